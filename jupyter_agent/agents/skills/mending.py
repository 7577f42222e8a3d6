"""Mending code by exchanging one name: what was probably meant, and the source with it in place."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable
from typing import Any

from .near import near
from .reading import parse


def closest(wrong: str, known: Iterable[str]) -> str | None:
    """The name that was probably meant, if one is close enough."""
    names = list(dict.fromkeys(known))
    folded = [name for name in names if name.lower() == wrong.lower()]
    if folded:
        return folded[0]
    return next(iter(near(wrong, names)), None)


def with_name(source: str, wrong: str, right: str) -> str:
    """The source with one name put in place of another, where it is a name and not an attribute, keyword or text."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return re.sub(rf"(?<![\w.]){re.escape(wrong)}(?!\w)", right, source)
    lines = source.splitlines(keepends=True)
    for at in range(len(tokens) - 1, -1, -1):
        token = tokens[at]
        after_dot = at > 0 and tokens[at - 1].string == "."
        if token.type == tokenize.NAME and token.string == wrong and not after_dot:
            row, column = token.start[0] - 1, token.start[1]
            lines[row] = lines[row][:column] + right + lines[row][column + len(wrong) :]
    return "".join(lines)


def with_key(source: str, wrong: str, right: str) -> str:
    """The source with one text literal put in place of another, quotes kept."""
    pattern = rf"(['\"]){re.escape(wrong)}\1"
    return re.sub(pattern, lambda match: f"{match.group(1)}{right}{match.group(1)}", source)


def subscripted(source: str, key: Any) -> str | None:
    """The variable that is asked for `key` with square brackets."""
    tree = parse(source)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            inside = [leaf.value for leaf in ast.walk(node.slice) if isinstance(leaf, ast.Constant)]
            if key in inside:
                return node.value.id
    return None
