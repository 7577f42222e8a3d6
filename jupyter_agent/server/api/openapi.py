"""The OpenAPI document of the contract, made from the table of routes, the words beside it and the models of bodies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ag_ui.core import RunAgentInput
from pydantic import TypeAdapter

from ...version import __version__
from .described import DESCRIBED, IDS, Described
from .refusals import PROBLEM
from .routes import PREFIX, ROUTES, Route
from .schemas import SCHEMAS, TEXT, Schema, ref

_ANY_BYTES: Schema = {"type": "string", "format": "binary"}
_USUAL: Mapping[int, str] = {
    401: "The request says nobody whom this service knows.",
    403: "It comes from another site.",
    503: "The server is closing, or cannot keep anything just now.",
}


def document(bodies: Mapping[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.1. `bodies` are the types of request bodies that other rooms know: name of the schema -> type."""
    types = {"RunAgentInput": RunAgentInput, **bodies}
    found, rest = TypeAdapter.json_schemas(
        [(name, "validation", TypeAdapter(kind)) for name, kind in types.items()],
        ref_template="#/components/schemas/{model}",
    )
    # A model stands under its name in the definitions; what was found under that name only points there.
    schemas = {**{name: schema for (name, _), schema in found.items()}, **rest["$defs"], **SCHEMAS}
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"/{PREFIX}/{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "jupyter-agent",
            "version": __version__,
            "description": "An assistant that answers in event streams. A run belongs to the server, not to the "
            "connection: whoever leaves can come back after the last frame that they have read.",
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": name} for name in dict.fromkeys(one.group for one in DESCRIBED.values())],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "For programs."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "jupyter-agent-<port>",
                    "description": "For browsers: the address that the service prints when it starts sets it.",
                },
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    told = DESCRIBED[route.operation]
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "tags": [told.group],
        "summary": told.summary,
        "description": told.description,
        "parameters": _parameters(route, told),
        "responses": _responses(route, told),
    }
    if route.body == "bytes":
        operation["requestBody"] = {"required": True, "content": {"*/*": {"schema": _ANY_BYTES}}}
    elif told.body is not None:
        content = {"schema": ref(told.body), **({"example": told.example} if told.example else {})}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _parameters(route: Route, told: Described) -> list[dict[str, Any]]:
    ids = [
        {"name": name, "in": "path", "required": True, "description": IDS[name], "schema": TEXT}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    others = [
        {
            "name": name,
            "in": one.place,
            "required": one.required,
            "description": one.description,
            "schema": one.schema,
        }
        for name, one in told.parameters.items()
    ]
    return ids + others


def _responses(route: Route, told: Described) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, (words, schema) in told.answers.items():
        responses[str(status)] = {"description": words}
        if route.streams and status == 200:
            responses["200"]["content"] = {"text/event-stream": {"schema": TEXT}}
        elif schema == "bytes":
            responses[str(status)]["content"] = {"*/*": {"schema": _ANY_BYTES}}
        elif schema is not None:
            responses[str(status)]["content"] = {"application/json": {"schema": ref(schema)}}
    usual = dict(_USUAL)
    if route.body != "none" or told.parameters:
        usual[400] = "Something does not fit: which field, and why."
    if route.body != "none":
        usual[413] = "The body is too large."
    for status, words in sorted({**usual, **told.refusals}.items()):
        responses[str(status)] = {"description": words, "content": {PROBLEM: {"schema": ref("Problem")}}}
    return responses
