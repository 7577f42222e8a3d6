"""Whether a value has the shape that is asked for, and the words for it if not."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from .errors import Invalid

M = TypeVar("M", bound=BaseModel)


class Shape(BaseModel):
    """A part of a request's body: camelCase on the wire, unknown fields ignored, types not coerced."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", strict=True, frozen=True)


def fit(model: type[M], value: Any, *, at: str = "") -> M:
    """`value` as a `model`. Raises Invalid("field") naming the first field that does not fit, and why.

    `at` is where in the body the value stands, for example "forwardedProps.jupyterAgent".
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise misfit(error, at=at) from error


def misfit(error: ValidationError, *, at: str = "") -> Invalid:
    """The first thing that does not fit, as a sentence; `field` is where it is."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join([at] * bool(at) + [str(part) for part in first["loc"]]) or "the body"
    return Invalid("field", f"{field}: {first['msg']}.", field=field)
