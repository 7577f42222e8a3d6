"""The configuration of a server without Jupyter: variables JUPYTER_AGENT_<NAME>, named as Jupyter's settings are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import isfinite
from pathlib import Path
from typing import Any, get_type_hints

from jupyter_core.paths import jupyter_data_dir

from .config import Config
from .core.policy import Mode

PREFIX = "JUPYTER_AGENT_"
MODES = (Mode.MANUAL, Mode.PLAN)
"""Those that a server may be started in."""
_NOT_SAID = "environ"
"""Is the environment itself."""


def config_from(variables: Mapping[str, str], **said: Any) -> Config:
    """What the variables say, and before them whatever is `said` and not None. Raises ValueError naming the variable.

    Conversations are kept in a directory of their own, beside those of Jupyter's own assistant: pages and running runs
    are known to one process only, so two servers on one directory would each show what the other cannot reach.
    """
    hints = get_type_hints(Config)
    found: dict[str, Any] = {"data_dir": Path(jupyter_data_dir()) / "jupyter_agent_service"}
    for one in fields(Config):
        name = PREFIX + one.name.upper()
        if one.name != _NOT_SAID and name in variables:
            try:
                found[one.name] = _read(hints[one.name], variables[name])
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
    return Config(**{**found, **{name: value for name, value in said.items() if value is not None}})


def listed(variables: Mapping[str, str], name: str) -> Sequence[str]:
    """The parts of a variable that holds several, with commas between them."""
    return [part.strip() for part in variables.get(PREFIX + name, "").split(",") if part.strip()]


def _read(kind: Any, text: str) -> Any:
    """One setting. Raises ValueError saying what it has to be."""
    if kind is str:
        return text
    if kind in {int, float}:
        return _number(kind, text)
    if kind is Mode:
        if text not in {mode.value for mode in MODES}:
            raise ValueError(f"must be {' or '.join(mode.value for mode in MODES)}.")
        return Mode(text)
    if kind == Path | None:
        return Path(text).expanduser() if text else None
    try:
        return dict(json.loads(text))
    except (TypeError, ValueError) as error:
        raise ValueError("must be a JSON object.") from error


def _number(kind: type[int | float], text: str) -> float:
    try:
        value = kind(text)
    except ValueError:
        value = 0
    if not isfinite(value) or value <= 0:
        raise ValueError(f"must be {'a whole number' if kind is int else 'a number'} above 0.")
    return value
