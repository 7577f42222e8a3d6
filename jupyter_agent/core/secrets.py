"""Values in texts that look like secrets. Pure: it knows forms, not contents.

Best effort and no boundary: an encoded or unusual secret passes. What it finds never leaves the machine for a model.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable

MARK = "⟨hidden:"
"""What stands in place of a value begins so. No tool may be called with it: it would overwrite what it stands for."""

_START = r"(?:\b|(?<=\\[nrt]))"
"""Where a word begins, also after a line break that is escaped, as in JSON."""
_END_OF_KEY = r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)"
_FORMS = (
    ("private key", rf"-----BEGIN [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----[^⟨]{{0,20000}}?{_END_OF_KEY}"),
    ("key", _START + r"sk-(?:ant|or|proj|svcacct)-[\w-]{20,300}"),
    ("key", _START + r"sk-(?=[\w-]{0,300}\d)(?=[\w-]{0,300}[A-Z])[\w-]{20,300}"),
    ("key", _START + r"AIza[\w-]{35}(?![\w-])"),
    ("key", _START + r"(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("key", _START + r"(?:hf_|gsk_|r8_|npm_|pcsk_|nvapi-|pplx-|xai-|lsv2_[a-z]{2}_)[\w-]{30,300}"),
    ("key", _START + r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,200}"),
    ("key", _START + r"SG\.[\w-]{16,64}\.[\w-]{16,64}"),
    ("token", _START + r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("token", _START + r"github_pat_\w{22,255}"),
    ("token", _START + r"glpat-[\w-]{20,255}"),
    ("token", _START + r"pypi-AgE[\w-]{50,500}"),
    ("token", _START + r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    ("token", r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,100}"),
    ("token", _START + r"(?:ya29\.[\w-]{20,500}|GOCSPX-[\w-]{20,64})"),
    ("token", _START + r"(?:dapi[a-f0-9]{32}|do[opr]_v1_[a-f0-9]{64})\b"),
    ("token", _START + r"eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,4000}"),
)
_KNOWN = tuple((kind, re.compile(form, re.ASCII)) for kind, form in _FORMS)
_WORDS = r"passwords?|passwd|passphrase|pwd"
_KEYS = r"secrets?|tokens?|credentials?|(?:api|access|account|secret|private|signing|encryption|auth)[_-]?keys?"
_ASSIGNED = re.compile(
    rf"""(?P<name>{_WORDS}|{_KEYS})(?:\\?["'])?\]?[ \t]{{0,8}}(?::=|=>|=|:)[ \t]{{0,8}}"""
    r"""(?:(?:[rbf]{0,2}\\?["'])(?P<quoted>[^\s"'\\⟨⟩]{6,400})(?=\\?["'])|(?P<bare>[\w+/=.~!@#$%^&*-]{8,400})(?![\w(\[]))""",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"(?<=://)[^\s/:@\"'<>⟨⟩]{0,100}:(?P<quoted>[^\s/@\"'<>⟨⟩]{6,200})(?=@[\w.\[-])")
_BEARER = re.compile(r"\b(?:bearer|basic)[ \t]{1,4}(?P<bare>[\w.~+/=-]{16,2000})", re.IGNORECASE | re.ASCII)
_TEMPLATE = re.compile(r"^[$%{]|[{}]|\*{3}|\.{3}|^(?:x+|your|my|some|example|change|insert|enter)[_-]?", re.IGNORECASE)
_SYMBOL = re.compile(r"[^\w.-]")
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[A-Za-z]")


def hide(text: str) -> str:
    """The text with `⟨hidden: <kind>⟩` in place of each value that looks like a secret. Doing it again changes nothing.

    Hashes, UUIDs, pictures in base64 and code stay as they are, unless they are assigned to a name that says what
    they are.
    """
    while True:
        once = _pass(text)
        if once == text:
            return text
        text = once  # what was hidden may have been what kept its neighbour from being seen


def _pass(text: str) -> str:
    for kind, form in _KNOWN:
        text = form.sub(_mark(kind), text)
    text = _IN_URL.sub(lambda found: _replaced(found, "password", _is_password), text)
    text = _BEARER.sub(lambda found: _replaced(found, "token", _is_random), text)
    return _ASSIGNED.sub(_assigned, text)


def _assigned(found: re.Match[str]) -> str:
    if re.fullmatch(_WORDS, found["name"], re.IGNORECASE):
        return _replaced(found, "password", _is_password)
    return _replaced(found, "secret", _is_random)


def _replaced(found: re.Match[str], kind: str, looks_secret: Callable[[str], bool]) -> str:
    """The match with its value hidden, if that looks like one."""
    groups = found.groupdict()
    group = "quoted" if groups.get("quoted") is not None else "bare"
    value = found[group]
    # Without quotes it may be code, so it has to look more like a secret.
    if not looks_secret(value) or (group == "bare" and not _is_random(value)):
        return found[0]
    begin, end = found.start(group) - found.start(), found.end(group) - found.start()
    return found[0][:begin] + _mark(kind) + found[0][end:]


def _mark(kind: str) -> str:
    return f"{MARK} {kind}⟩"


def _is_password(value: str) -> bool:
    """Letters with digits or signs among them, and no placeholder."""
    if _TEMPLATE.search(value):
        return False
    return bool(_LETTER.search(value) and (_DIGIT.search(value) or _SYMBOL.search(value)))


def _is_random(value: str) -> bool:
    """Long, mixed, and as unpredictable as no word is."""
    if len(value) < 12 or _TEMPLATE.search(value):
        return False
    mixed = _DIGIT.search(value) and _LETTER.search(value)
    return bool(mixed) and _entropy(value) >= (3.0 if len(value) >= 20 else 2.8)


def _entropy(value: str) -> float:
    """Bits per character."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
