"""The HTTP connection to a provider: proxies and certificates of the environment, no redirects, bounded frames."""

from __future__ import annotations

import codecs
import ssl
from collections.abc import AsyncIterator

import httpx2

from ..core.errors import ModelError

FRAME = 4_000_000
"""Bytes of one line of a stream at most."""
WHOLE = 64_000_000
"""Bytes of one answer at most."""
_TIMES = httpx2.Timeout(600.0, connect=10.0)
"""The loop watches over silence; these are only for what it cannot see."""


def connect(ca_file: str | None = None, *, local: bool = False) -> httpx2.AsyncClient:
    """A client of our own: HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE count, and `ca_file` is trusted beside the usual.

    What is `local` goes through no proxy, since nothing is to leave the machine. Raises ModelError when `ca_file`
    cannot be read.
    """
    context = httpx2.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ModelError(f"The file of certificates {ca_file!r} (ca_file) cannot be read.") from error
    return httpx2.AsyncClient(
        verify=context,
        timeout=_TIMES,
        trust_env=not local,
        follow_redirects=False,
        # Compressed answers could grow without bound, and streams of words are short anyhow.
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [_inspect]},
    )


async def _inspect(response: httpx2.Response) -> None:
    if response.is_redirect:
        raise ModelError(
            f"The address of the model, {response.request.url.host}, sends its visitors on to another address, which "
            "is not followed, so that no key goes astray. Configure the final address as base_url."
        )
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in {"", "identity"}:
        raise ModelError(
            f"The address of the model, {response.request.url.host}, answers in a compressed form although it was "
            "asked not to. Switch that off there, or use an address without the proxy that does it."
        )
    response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    """An answer that cannot grow without end, and whose text is UTF-8: what is not becomes U+FFFD."""

    def __init__(self, stream: object) -> None:
        assert isinstance(stream, httpx2.AsyncByteStream)  # noqa: S101 - an async client gets no other
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        line = whole = 0
        async for chunk in self._stream:
            whole += len(chunk)
            at = chunk.rfind(b"\n")
            line = line + len(chunk) if at < 0 else len(chunk) - at - 1
            if line > FRAME or whole > WHOLE:
                raise ModelError("The model's provider sent more at once than can be taken, so it was cut off.")
            if mended := decoder.decode(chunk):
                yield mended.encode()
        if rest := decoder.decode(b"", final=True):
            yield rest.encode()

    async def aclose(self) -> None:
        await self._stream.aclose()
