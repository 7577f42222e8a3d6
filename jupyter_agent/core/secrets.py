"""Values in texts that look like secrets. Pure: it knows forms, not contents.

Best effort and no boundary: an encoded or unusual secret passes. What it finds never leaves the machine for a model.
Every form takes time in proportion to the text, whatever the text: whoever writes a cell must not stop the server.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

MARK = "⟨hidden:"
"""What stands in place of a value begins so. No tool may be called with it: it would overwrite what it stands for."""

LONGEST_KEY = 20_000
"""Characters of a private key at most."""
_START = r"(?:\b|(?<=\\[nrt]))"
"""Where a word begins, also after a line break that is escaped, as in JSON."""
_RUN = r"(?:(?<![\w-])|(?<=\\[nrt]))"
"""Likewise, and not after a hyphen: what may be thousands of characters long is tried once for each run of them."""
_FORMS = (
    ("key", "sk-", _START + r"sk-(?:ant|or|proj|svcacct)-[\w-]{20,}+"),
    ("key", "sk-", _START + r"sk-(?=[a-zA-Z_-]{0,60}+\d)(?=[a-z0-9_-]{0,60}+[A-Z])[\w-]{20,}+"),
    ("key", "AIza", _START + r"AIza[\w-]{35}(?![\w-])"),
    ("key", "AKIA ASIA", _START + r"(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("key", "hf_ gsk_ r8_ npm_ pcsk_", _START + r"(?:hf_|gsk_|r8_|npm_|pcsk_)[\w-]{30,}+"),
    ("key", "nvapi- pplx- xai- lsv2_", _START + r"(?:nvapi-|pplx-|xai-|lsv2_[a-z]{2}_)[\w-]{30,}+"),
    ("key", "sk_ rk_", _START + r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}+"),
    ("key", "SG.", _START + r"SG\.[\w-]{16,64}\.[\w-]{16,}+"),
    ("token", "ghp_ gho_ ghu_ ghs_ ghr_", _START + r"gh[pousr]_[A-Za-z0-9]{36,}+"),
    ("token", "github_pat_", _START + r"github_pat_\w{22,}+"),
    ("token", "glpat-", _START + r"glpat-[\w-]{20,}+"),
    ("token", "pypi-AgE", _START + r"pypi-AgE[\w-]{50,}+"),
    ("token", "xox", _START + r"xox[abeoprs]-[A-Za-z0-9-]{10,}+"),
    ("token", "hooks.slack.com", r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}+"),
    ("token", "ya29. GOCSPX-", _START + r"(?:ya29\.|GOCSPX-)[\w-]{20,}+"),
    ("token", "dapi do", _START + r"(?:dapi[a-f0-9]{32}|do[opr]_v1_[a-f0-9]{64})\b"),
    ("token", "eyJ", _RUN + r"eyJ[\w-]{8,}+\.eyJ[\w-]{8,}+\.[\w-]{8,}+"),
)
"""Kind, what has to be in the text at all (to look for it is much faster), and form."""
_KNOWN = tuple((kind, words.split(), re.compile(form, re.ASCII)) for kind, words, form in _FORMS)
_EDGE = re.compile(r"-----(?P<edge>BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_BODY = re.compile(r"[\w+/=:,.\s\"'\\-]*+")
"""What stands in a private key: lines of base64, perhaps each in quotes, and before them lines like `DEK-Info: …`."""
_LONG = re.compile(r"[\w+/]{40}")
_REST = re.compile(
    r"[ \t]*+[\w+/=]{40,}+|"
    r"(?:[ \t]*+(?:(?:[\r\n]|\\[rn])[ \t]*+)++(?:[\w-]{3,20}+: [^\s\"'\\]++|[\w+/=]++)(?=[\s\"'\\]|\Z))++",
    re.ASCII,
)
"""What is left of one that was cut off: the lines of base64 after its first line, up to any quote."""
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
_PATH = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}:/|~|\.{1,2})?/", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[A-Za-z_]+\d{0,2}(?:_[A-Za-z]*\d{0,2})*(?:\.[A-Za-z]+\d{0,2}(?:_[A-Za-z]*\d{0,2})*)+")
"""Names with dots between, as in code."""
_SYMBOL = re.compile(r"[^\w.-]")
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[A-Za-z]")


_PASSES = 10


def hide(text: str) -> str:
    """The text with `⟨hidden: <kind>⟩` in place of each value that looks like a secret. Doing it again changes nothing.

    Hashes, UUIDs, pictures in base64 and code stay as they are, unless they are assigned to a name that says what
    they are. A long one takes a while: a megabyte, a quarter of a second.
    """
    for _ in range(_PASSES):
        once = _pass(text)
        if once == text:
            break
        text = once  # what was hidden may have been what kept its neighbour from being seen
    return text


def hide_in_json(text: str) -> str:
    """The same for a text that may be JSON: then it still is, and the same but for what is hidden."""
    try:
        value = json.loads(text)
        hidden = hide_inside(value)
        if not isinstance(value, (dict, list)):
            return hide(text)
        told = text if hidden == value else json.dumps(hidden, ensure_ascii=False, allow_nan=False)
        told.encode()
    except (ValueError, RecursionError):
        return hide(text)
    return told


def hide_inside(value: Any, name: str = "") -> Any:
    """A JSON value with the texts in it hidden; each is looked at together with the name that it stands under."""
    match value:
        case dict():
            return {hide(key): hide_inside(item, key) for key, item in value.items()}
        case list():
            return [hide_inside(item, name) for item in value]
        case str():
            before = f'{name}="'
            told = hide(f'{before}{value}"')
            return told[len(before) : -1] if told.startswith(before) and told.endswith('"') else hide(value)
        case _:
            return value


def _pass(text: str) -> str:
    text = _without_private_keys(text)
    for kind, words, form in _KNOWN:
        if any(word in text for word in words):
            text = form.sub(_mark(kind), text)
    text = _IN_URL.sub(lambda found: _replaced(found, "password", _is_password), text)
    text = _BEARER.sub(lambda found: _replaced(found, "token", _is_random), text)
    return _ASSIGNED.sub(_assigned, text)


def _without_private_keys(text: str) -> str:
    parts: list[str] = []
    at = 0
    for edge, after in pairwise([*_EDGE.finditer(text), None]):
        if edge is None or edge["edge"] == "END":
            continue
        end = edge.end()
        if after is not None and after["edge"] == "END" and _is_key(text[end : after.start()]):
            end = after.end()
        elif (rest := _REST.match(text, end)) is not None:
            end = rest.end()
        else:
            continue  # code that only speaks of keys
        parts += [text[at : edge.start()], _mark("private key")]
        at = end
    return "".join([*parts, text[at:]])


def _is_key(body: str) -> bool:
    return len(body) <= LONGEST_KEY and bool(_BODY.fullmatch(body) or _LONG.search(body))


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
    if not looks_secret(value) or (group == "bare" and not (_is_random(value) and not _ATTRIBUTE.fullmatch(value))):
        return found[0]
    begin, end = found.start(group) - found.start(), found.end(group) - found.start()
    return found[0][:begin] + _mark(kind) + found[0][end:]


def _mark(kind: str) -> str:
    return f"{MARK} {kind}⟩"


def _is_password(value: str) -> bool:
    """Letters with digits or signs among them, and no placeholder."""
    if _TEMPLATE.search(value) or _is_path(value):
        return False
    return bool(_LETTER.search(value) and (_DIGIT.search(value) or _SYMBOL.search(value)))


def _is_random(value: str) -> bool:
    """Long, mixed, and as unpredictable as no word is."""
    if len(value) < 12 or _TEMPLATE.search(value) or _is_path(value):
        return False
    mixed = _DIGIT.search(value) and _LETTER.search(value)
    return bool(mixed) and _entropy(value) >= (3.0 if len(value) >= 20 else 2.8)


def _is_path(value: str) -> bool:
    """A path of words. Base64 may begin with a slash, too."""
    return bool(_PATH.match(value)) and not any(_is_random(step) for step in re.split(r"[/._-]+", value))


def _entropy(value: str) -> float:
    """Bits per character."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
