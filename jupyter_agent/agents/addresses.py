"""Addresses as people write them: read, or refused with a sentence that does not repeat them."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from ..core.errors import Invalid


def address(url: str) -> str:
    """An http address in one form. Raises Invalid for what is none, and for one with a password in it."""
    _parts(url)
    return url.strip().rstrip("/")


def ollama_address(host: str) -> str:
    """What OLLAMA_HOST means: host, host:port, :port or a URL; a server's 0.0.0.0 is this machine. Raises Invalid."""
    if _is_ip(host) and ":" in host:
        host = f"[{host}]"
    if host.startswith(":"):
        host = f"127.0.0.1{host}"
    parts = _parts(host if "://" in host else f"http://{host}")
    name = parts.hostname or ""
    name = "127.0.0.1" if name in {"0.0.0.0", "::"} else name  # noqa: S104 - it is read here, not listened on
    port = parts.port or (443 if parts.scheme == "https" else 11434)
    return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}:{port}/v1"


def is_loopback(host: str) -> bool:
    """Whether what is sent there stays on this machine."""
    return host == "localhost" or (_is_ip(host) and ip_address(host).is_loopback)


def _parts(url: str) -> SplitResult:
    url = url.strip()
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        raise Invalid("field", "it is not an address such as http://host:8000/v1.") from None
    if not known or not url.isprintable() or " " in url:
        raise Invalid("field", "it has to begin with http:// or https:// and name a host, as in http://host:8000/v1.")
    if "@" in parts.netloc:
        raise Invalid("field", "it must not hold a name or a password: put what is secret into api_key or headers.")
    return parts


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
