"""A page that a person can read, made from the OpenAPI document: no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --faint: light-dark(#666, #aaa);
  --GET: light-dark(#1a7f37, #4ac26b); --POST: light-dark(#0969da, #58a6ff); --PUT: light-dark(#9a6700, #d4a72c);
  --PATCH: light-dark(#8250df, #bc8cff); --DELETE: light-dark(#cf222e, #ff7b72) }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 54rem; margin: 3rem auto; padding: 0 1.25rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem }
small, dt small { color: var(--faint); font-weight: 400 } code { font: 13px/1.5 ui-monospace, monospace }
details { border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; overflow: hidden }
summary { cursor: pointer; padding: .55rem .9rem; display: flex; gap: .8rem; align-items: baseline; flex-wrap: wrap }
summary:hover { background: var(--soft) } summary > span { margin-left: auto; color: var(--faint) }
b { font: 600 12px ui-monospace, monospace; min-width: 4.2rem; color: var(--color) }
details > div { padding: .2rem .9rem .9rem; border-top: 1px solid var(--line) }
dl { display: grid; grid-template-columns: minmax(7rem, auto) 1fr; gap: .25rem 1rem; margin: .4rem 0 }
dt { font: 13px/1.8 ui-monospace, monospace } dd { margin: 0 } h3 { font-size: .85rem; margin: 1rem 0 0 }
pre { font: 12px/1.5 ui-monospace, monospace; background: var(--soft); padding: .8rem; overflow: auto; margin: 0;
  scroll-margin: 4rem }
""" + "".join(f".{method} {{ --color: var(--{method}) }} " for method in ("GET", "POST", "PUT", "PATCH", "DELETE"))

POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page."""


def page(document: Mapping[str, Any], origin: str) -> str:
    """The page. `origin` is where whoever reads it has found the service: http://127.0.0.1:8790."""
    return "".join(_page(document, origin))


def notice(title: str, words: str) -> str:
    """A page that says one thing."""
    return f"{_head(title)}<h1>{escape(title)}</h1><p>{_words(words)}</p>"


def _head(title: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
    )


def _page(document: Mapping[str, Any], origin: str) -> Iterator[str]:
    info = document["info"]
    yield _head(info["title"])
    yield f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>"
    yield f"<p>{escape(info['description'])}</p>"
    yield '<p>For programs: <a href="openapi.json">openapi.json</a>. Every refusal is a problem in words: '
    yield "<code>{type, title, detail, status}</code>.</p>"
    for tag in document["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2>"
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if operation["tags"] == [tag["name"]]:
                    yield from _operation(method.upper(), path, operation, origin)
    yield "<h2>Shapes</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        # Inside, so that a link to it opens it.
        yield f"<details><summary><code>{escape(name)}</code></summary>"
        yield f'<pre id="{escape(name)}">{escape(json.dumps(schema, indent=2))}</pre></details>'


def _operation(method: str, path: str, operation: Mapping[str, Any], origin: str) -> Iterator[str]:
    yield f'<details class="{method}"><summary><b>{method}</b><code>{escape(path)}</code>'
    yield f"<span>{escape(operation['summary'])}</span></summary><div><p>{_words(operation['description'])}</p>"
    told = [
        (f"{escape(one['name'])} <small>{one['in']}</small>", _words(one["description"]))
        for one in operation["parameters"]
    ]
    if "requestBody" in operation:
        told.append(("<small>body</small>", _contents(operation["requestBody"])))
    if told:
        yield from _list("Takes", told)
    yield from _example(method, path, operation, origin)
    answers = [
        (status, f"{_words(answer['description'])} {_contents(answer)}")
        for status, answer in operation["responses"].items()
    ]
    yield from _list("Answers", answers)
    yield "</div></details>"


def _example(method: str, path: str, operation: Mapping[str, Any], origin: str) -> Iterator[str]:
    """A body; and where its path has nothing to fill in, what to type to send it."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    if body is None:
        return
    yield f"<h3>For example</h3><pre>{escape(json.dumps(body, indent=2))}</pre>"
    if "{" not in path:
        headers = '-H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
        line = f"curl -N -X {method} {origin}{path} {headers} -d '{json.dumps(body)}'"
        yield f"<h3>To type</h3><pre>{escape(line)}</pre>"


def _list(title: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    yield f"<h3>{title}</h3><dl>"
    yield from (f"<dt>{name}</dt><dd>{words}</dd>" for name, words in rows)
    yield "</dl>"


def _words(text: str) -> str:
    """A text, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _contents(holder: Mapping[str, Any]) -> str:
    """The types and shapes of a body. A problem's are said once, above."""
    said = []
    for kind, content in holder.get("content", {}).items():
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        shape = f' <a href="#{escape(name)}">{escape(name)}</a>' if name else ""
        if name != "Problem":
            said.append(f"<code>{escape(kind)}</code>{shape}")
    return ", ".join(said)
