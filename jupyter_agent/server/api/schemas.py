"""The shapes of what endpoints answer, and of small bodies, as JSON Schema for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
ANY: Schema = {"type": "object"}
TIME: Schema = {"type": "integer", "description": "Milliseconds since the epoch."}


def maybe(schema: Schema) -> Schema:
    """Or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": schema}


def one_of(*values: str) -> Schema:
    """One of these texts."""
    return {"type": "string", "enum": list(values)}


def ref(name: str) -> Schema:
    """A schema of the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


def shape(description: str, /, *, optional: Mapping[str, Schema] | None = None, **required: Schema) -> Schema:
    """An object. It may hold more: clients ignore what they do not know."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "description": description, "properties": properties, "required": list(required)}


_SUMMARY = {
    "threadId": TEXT,
    "title": TEXT,
    "notebook": maybe(TEXT),
    "createdAt": TIME,
    "updatedAt": TIME,
}
_RUN = {
    "runId": TEXT,
    "threadId": TEXT,
    "parentRunId": maybe(TEXT),
    "status": one_of("running", "waiting", "finished"),
    "outcome": maybe(one_of("success", "error", "cancelled", "interrupt")),
    "error": maybe(shape("What went wrong.", code=TEXT, message=TEXT)),
    "firstSeq": maybe(NUMBER),
    "lastSeq": maybe(NUMBER),
    "model": TEXT,
    "mode": TEXT,
    "usage": maybe({"type": "array", "items": ANY, "description": "AG-UI's TokenUsage, one for each request."}),
    "startedAt": TIME,
    "finishedAt": maybe(TIME),
}

SCHEMAS: Mapping[str, Schema] = {
    "Problem": shape(
        "Why it was not done. `detail` is a sentence that a person can act on; some problems say more.",
        type={"type": "string", "description": "A short name of the reason, such as unknown-run."},
        title=TEXT,
        detail=TEXT,
        status=NUMBER,
    ),
    "Health": shape(
        "Enough to see what is wrong.",
        status=one_of("ok", "degraded"),
        version=TEXT,
        model=TEXT,
        store=shape(
            "Where conversations are kept.",
            kind=TEXT,
            path=maybe(TEXT),
            journal=maybe(TEXT),
            durable=BOOLEAN,
            message=maybe(TEXT),
        ),
        runs=shape("Runs in this process.", running=NUMBER),
        warnings=listed(TEXT),
    ),
    "Capabilities": shape(
        "AG-UI's AgentCapabilities, and under `jupyterAgent` the models, modes and limits of this service.",
        identity=ANY,
        transport=ANY,
        humanInTheLoop=ANY,
        jupyterAgent=shape(
            "What can be chosen.",
            models=listed(ANY),
            model=TEXT,
            modes=listed(ANY),
            mode=TEXT,
            limits=ANY,
            warnings=listed(TEXT),
        ),
    ),
    "Started": shape("A run and its thread.", threadId=TEXT, runId=TEXT),
    "Request": shape(
        "What a run waits for. `exact` is what will be done, byte for byte, and `hash` its hash.",
        requestId=TEXT,
        runId=TEXT,
        threadId=TEXT,
        kind=TEXT,
        toolCallId=TEXT,
        exact=ANY,
        hash=TEXT,
        risk=maybe(TEXT),
        expiresAt=TIME,
    ),
    "Run": shape("A run as it is now.", **_RUN, waitingFor=listed(ref("Request"))),
    "Answered": shape("The run that goes on; another one where a restart had ended the first.", runId=TEXT),
    "Threads": shape(
        "Newest first.",
        threads=listed(shape("A conversation.", **_SUMMARY, preview=TEXT, running=maybe(TEXT))),
    ),
    "Thread": shape(
        "A conversation: what is settled, and the cursor from which events tell the rest.",
        **_SUMMARY,
        messages={"type": "array", "items": ANY, "description": "AG-UI messages."},
        messageRuns={"type": "object", "additionalProperties": TEXT},
        runs=listed(shape("A run.", **_RUN)),
        requests=listed(ref("Request")),
        cursor=NUMBER,
    ),
    "Blob": shape("A file that was stored.", blobId=TEXT, size=NUMBER, contentType=TEXT),
    "Inputs": shape(
        "The answer to what a run waits for: `decision` and `hash` for an approval, `answer` for a question, `result` "
        "or `error` for a tool of the client's own.",
        requestId=TEXT,
        optional={
            "hash": {"type": "string", "description": "Of what was shown: what is approved is what runs."},
            "decision": one_of("approve", "deny"),
            "arguments": {"type": "object", "description": "Edited ones. They are judged again under a new hash."},
            "reason": TEXT,
            "answer": TEXT,
            "result": TEXT,
            "error": {"type": "string", "description": "Why there is no result."},
        },
    ),
    "Rename": shape("The new title.", title={"type": "string", "minLength": 1, "maxLength": 200}),
}
