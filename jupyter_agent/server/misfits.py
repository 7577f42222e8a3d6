"""Settings that Jupyter's configuration has and that cannot be: which one, and what it may be, in one sentence."""

from __future__ import annotations

from typing import Any

from traitlets import Dict, Enum, Float, HasTraits, Integer, TraitError
from traitlets.config import Config
from traitlets.config.loader import DeferredConfig, LazyConfigValue


def misfit(app: HasTraits, config: Config) -> str:
    """Why the assistant was not started. Only values that can hold no key are shown."""
    name = type(app).__name__
    for setting, given in config.get(name, {}).items():
        trait: Any = app.traits(config=True).get(setting)
        if trait is None or isinstance(given, LazyConfigValue):
            continue
        value = given.get_value(trait) if isinstance(given, DeferredConfig) else given
        try:
            setattr(app, setting, value)
        except TraitError:
            harmless = isinstance(trait, Enum | Integer | Float)
            cannot = f"cannot be {repr(value)[:80]}" if harmless else "cannot be what it is set to"
            return f"The assistant was not started: {name}.{setting} {cannot}. {_may_be(trait)}"
    return f"The assistant was not started: the settings of {name} cannot be applied. Check what is set for it."


def _may_be(trait: Any) -> str:
    match trait:
        case Enum():
            return f"Choose {' or '.join(map(str, trait.values or ()))}."
        case Integer() | Float():
            kind = "a whole number" if isinstance(trait, Integer) else "a number"
            return f"It has to be {kind}, {trait.min:g} or more."
        case Dict():
            return "It has to be a dictionary; as a variable of the environment, a JSON object."
        case _:
            return "It has to be text."
