"""The way to a provider, over real sockets: TLS, proxies, redirects, a key that goes nowhere else, and its end."""

import asyncio
import contextlib
import gzip
import json
import logging
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from jupyter_agent.agents import connection
from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.loop import Loop
from jupyter_agent.agents.models import Models
from jupyter_agent.agents.retries import Patience
from jupyter_agent.agents.scripted import ScriptedModel, ScriptedToolbox
from jupyter_agent.core.errors import ModelError
from tests.agents.relays import relay
from tests.agents.test_loop import context
from tests.agents.wires import WIRES, configured

KEY = "sk-Not-A-Real-Key-0123456789"
WELL: list[list[dict[str, Any]]] = [[{"text": "All is well."}]]


async def say(offered: Models, model: str, **options: Any) -> str:
    given = replace(context(ScriptedToolbox()), model=model)
    patience = Patience(retries=0)
    events = Loop(offered.resolve, patience=patience, **options).run(given)
    return "".join([getattr(event, "delta", "") async for event in events])


def lab(url: str, **more: Any) -> Models:
    return Models(providers={"lab": {"base_url": url, "api_key": KEY}}, environ={}, **more)


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


@pytest.fixture
def authority(tmp_path: Path) -> tuple[Path, Callable[[str], ssl.SSLContext]]:
    """The file of a certificate authority of one's own, and what it makes for a name."""
    ca, path = trustme.CA(), tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(path))

    def server(name: str) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(name).configure_cert(made)
        return made

    return path, server


async def test_a_certificate_of_ones_own_is_trusted_when_it_is_named(clean: Any, authority: Any) -> None:
    path, server = authority
    async with FakeProvider(ScriptedModel(WELL)) as fake, relay(int(fake.url[-5:]), tls=server("localhost")) as front:
        url = f"https://localhost:{front.port}/v1"
        with pytest.raises(ModelError, match="certificate of the model's address is not trusted"):
            await say(lab(url), "lab:fake")
        assert await say(lab(url, ca_file=str(path)), "lab:fake") == "All is well."
        clean.setenv("SSL_CERT_FILE", str(path))
        assert await say(lab(url), "lab:fake") == "All is well."


async def test_a_file_of_certificates_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match=r"'/no/such.pem' \(ca_file\) cannot be read"):
        await say(lab("https://x.example/v1", ca_file="/no/such.pem"), "lab:fake")


async def test_a_proxy_of_the_environment_is_gone_through_and_sees_no_key(clean: Any, authority: Any) -> None:
    path, server = authority
    async with (
        FakeProvider(ScriptedModel(WELL), key=KEY) as fake,
        relay(int(fake.url[-5:]), tls=server("provider.test")) as end,
        relay(end.port, proxy=True) as proxy,
    ):
        clean.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        offered = lab("https://provider.test/v1", ca_file=str(path))
        assert await say(offered, "lab:fake") == "All is well."
        assert proxy.asked == ["CONNECT provider.test:443 HTTP/1.1"]
        clean.setenv("NO_PROXY", "provider.test")
        with pytest.raises(ModelError, match="cannot be reached"):
            await say(offered, "lab:fake")
        assert len(proxy.asked) == 1


async def test_what_is_on_this_machine_goes_through_no_proxy(clean: Any) -> None:
    async with FakeProvider(ScriptedModel(WELL)) as fake, relay(1, proxy=True) as proxy:
        clean.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert await say(lab(fake.base_url), "lab:fake") == "All is well."
        assert proxy.asked == []


@pytest.mark.parametrize("wire", WIRES)
async def test_a_redirect_is_not_followed_so_that_the_key_stays(wire: str) -> None:
    async with FakeProvider(ScriptedModel(WELL)) as other:
        turn = [{"fault": "redirect", "to": f"{other.url}/v1/chat/completions"}]
        async with FakeProvider(ScriptedModel([turn])) as fake:
            offered = Models(providers=configured(fake, KEY), environ={})
            with pytest.raises(ModelError, match="sends its visitors on to another address"):
                await say(offered, f"{wire}:fake")
            assert len(fake.requests) == 1
        assert other.requests == []


@pytest.mark.parametrize("wire", WIRES)
async def test_the_key_is_sent_and_shows_nowhere_else(wire: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for asked in (KEY, "sk-Another-Key-0123456789"):
        async with FakeProvider(ScriptedModel(WELL), key=asked) as fake:
            offered = Models(providers=configured(fake, KEY), environ={})
            if asked == KEY:
                assert await say(offered, f"{wire}:fake") == "All is well."
            else:
                with pytest.raises(ModelError, match="did not accept the configured key") as told:
                    await say(offered, f"{wire}:fake")
                assert KEY not in repr(told.value)
                assert told.value.__cause__ is None
            assert fake.requests[0].key == KEY
            assert KEY.encode() not in fake.requests[0].raw
    assert KEY not in caplog.text


DIRTY = """
    OPENAI_API_KEY OPENAI_ADMIN_KEY OPENAI_ORG_ID OPENAI_PROJECT_ID OPENAI_WEBHOOK_SECRET OPENAI_BASE_URL
    OLLAMA_API_KEY OLLAMA_BASE_URL VLLM_API_KEY VLLM_BASE_URL OPENROUTER_API_KEY OPENROUTER_APP_URL
    OPENROUTER_APP_TITLE ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_BASE_URL ANTHROPIC_WEBHOOK_SIGNING_KEY
    ANTHROPIC_IDENTITY_TOKEN ANTHROPIC_ORGANIZATION_ID ANTHROPIC_WORKSPACE_ID ANTHROPIC_FEDERATION_RULE_ID
    AZURE_OPENAI_API_KEY AZURE_OPENAI_AD_TOKEN GOOGLE_API_KEY AWS_BEARER_TOKEN_BEDROCK
"""
"""All that the libraries read of the environment, but for the custom headers."""
SOILED = "soiled-0123456789"


@pytest.fixture
def dirty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DIRTY.split():
        monkeypatch.setenv(name, SOILED)
    for name in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{name}_CUSTOM_HEADERS", f"X-Gateway: {SOILED}\nAuthorization: Bearer {SOILED}")


@pytest.mark.parametrize("kind", ["openai", "openai-chat", "anthropic", "openrouter", "ollama", "vllm", "lmstudio"])
@pytest.mark.parametrize("key", [KEY, ""])
async def test_nothing_of_the_environment_goes_to_an_address_of_ones_own(kind: str, key: str, dirty: None) -> None:
    async with FakeProvider(ScriptedModel(WELL), models=("a/fake",)) as fake:
        url = fake.url if kind == "anthropic" else fake.base_url
        given = {"kind": kind, "base_url": url, "api_key": key, "headers": {"X-Team": "a-team"}}
        assert await say(Models(providers={"lab": given}, environ={}), "lab:a/fake") == "All is well."
        assert await say(Models(providers={kind: given}, environ={}), f"{kind}:a/fake") == "All is well."
    assert [request.headers["x-team"] for request in fake.requests] == ["a-team", "a-team"]
    assert [request.key for request in fake.requests] == [key or "none"] * 2
    for request in fake.requests:
        assert SOILED not in json.dumps(request.headers)


@pytest.mark.parametrize("provider", ["OPENAI", "ANTHROPIC"])
async def test_the_custom_headers_of_the_environment_go_where_the_environment_says(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{provider}_CUSTOM_HEADERS", "X-Gateway: a-gate")
    async with FakeProvider(ScriptedModel(WELL)) as fake:
        url = fake.base_url if provider == "OPENAI" else fake.url
        offered = Models(environ={f"{provider}_BASE_URL": url, f"{provider}_API_KEY": KEY})
        assert await say(offered, f"{provider.lower()}:fake") == "All is well."
    assert fake.requests[0].headers["x-gateway"] == "a-gate"


async def test_a_compressed_answer_is_not_unpacked() -> None:
    async def bomb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        data = gzip.compress(b"x" * 1_000_000)
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(data)}\r\n\r\n"
        writer.write(head.encode() + data)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(bomb, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        with pytest.raises(ModelError, match="answers in a compressed form although it was asked not to"):
            await say(lab(url), "lab:fake")


@pytest.mark.parametrize(
    ("more", "said", "shown"),
    [
        ({"api_key": "abc12"}, "bad key abc12", False),
        ({"headers": {"X-Team": "te4m"}}, "bad team te4m", False),
        ({"headers": {"Authorization": "Bearer abcdef12345"}}, "bad token abcdef12345", True),
        ({"api_key": "ab\\cdef'\"12345"}, "bad key " + repr("ab\\cdef'\"12345"), True),
    ],
)
async def test_of_what_a_provider_says_nothing_is_logged_that_shows_a_key(
    more: dict[str, Any], said: str, shown: bool, caplog: pytest.LogCaptureFixture
) -> None:
    step = {"fault": "raw", "text": f"data: {json.dumps({'error': {'message': said}})}\n\n"}
    async with FakeProvider(ScriptedModel([[{"text": "Hm"}, step]])) as fake:
        with pytest.raises(ModelError):
            await say(Models(providers={"lab": {"base_url": fake.base_url, **more}}, environ={}), "lab:fake")
    assert said.rpartition(" ")[2] not in caplog.text
    assert said[:7] in caplog.text if shown else "is not shown" in caplog.text
    assert "ModelAPIError" in caplog.text


async def test_a_key_in_an_error_of_the_provider_is_taken_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    step = {"fault": "raw", "text": f'data: {{"error": {{"message": "bad key {KEY}"}}}}\n\n'}
    async with FakeProvider(ScriptedModel([[{"text": "Hm"}, step]])) as fake:
        with pytest.raises(ModelError) as told:
            await say(lab(fake.base_url), "lab:fake")
    assert "bad key ⟨" in caplog.text
    assert KEY not in caplog.text + str(told.value)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("turn", [[{"text": "Well"}, {"hang": True}], [{"hang": True}]], ids=["talking", "silent"])
async def test_cancelling_closes_the_connection(wire: str, turn: list[dict[str, Any]]) -> None:
    async with FakeProvider(ScriptedModel([turn])) as fake:
        offered = Models(providers=configured(fake), environ={})
        task = asyncio.ensure_future(say(offered, f"{wire}:fake"))
        await fake.until(lambda now: len(now.requests) == 1)
        task.cancel()
        async with asyncio.timeout(2):
            with pytest.raises(asyncio.CancelledError):
                await task
            await fake.until(lambda now: now.open_connections == 0)
        assert len(fake.closed_early) == 1


@pytest.mark.parametrize("wire", WIRES)
async def test_an_answer_that_has_ended_leaves_no_connection_open(wire: str) -> None:
    async with FakeProvider(ScriptedModel(WELL)) as fake:
        assert await say(Models(providers=configured(fake), environ={}), f"{wire}:fake") == "All is well."
        await fake.until(lambda now: now.open_connections == 0)
        assert fake.closed_early == []


async def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "WHOLE", 10_000)
    turn = [{"text": "word " * 100, "chunk": 5}]
    async with FakeProvider(ScriptedModel([turn])) as fake:
        with pytest.raises(ModelError, match="sent more at once than can be taken"):
            await say(lab(fake.base_url), "lab:fake")
        await fake.until(lambda now: now.open_connections == 0)
