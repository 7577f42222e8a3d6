"""What a client brings along: tools that it carries out itself, and what it says about itself and what it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ag_ui.core import Context, Tool, ToolMessage

from .agent import ToolDefinition
from .errors import Invalid, ToolError
from .records import RequestRecord
from .tool import Call, Exact, Plan, Result

TOOLS = 64
"""Tools that one client may offer."""
DESCRIPTION = 4_000
"""Characters of the description of one."""
CONTEXT = 32
"""Things that one client may say."""
VALUE = 20_000
"""Characters of one of them."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTool:
    """A tool that the client offered with its message. The server never carries it out: it waits for the result."""

    name: str
    description: str
    parameters: dict[str, Any]

    @property
    def definition(self) -> ToolDefinition:
        return ToolDefinition(name=self.name, description=self.description, parameters=self.parameters)

    def plan(self, call: Call) -> Plan:
        """What the client will be shown. Raises ToolError for arguments that are no JSON object."""
        arguments: Any = call.arguments
        try:
            arguments = json.loads(arguments or "{}") if isinstance(arguments, str) else dict(arguments)
        except ValueError as error:
            raise ToolError("arguments", f"The arguments of {self.name} are not JSON: {error}.") from error
        if not isinstance(arguments, dict):
            raise ToolError("arguments", f"The arguments of {self.name} must be a JSON object.")
        return Plan(exact=Exact(tool=self.name, title=f"Use {self.name} of the application", arguments=arguments))


def offered(given: Sequence[Tool] | None, taken: Collection[str]) -> list[Tool]:
    """The client's tools as they are kept. `taken` are the names of the server's. Raises Invalid naming the field."""
    tools = list(given or ())
    if len(tools) > TOOLS:
        raise _misfit("tools", f"a client can offer {TOOLS} tools at most")
    names: set[str] = set()
    for at, tool in enumerate(tools):
        if not _NAME.fullmatch(tool.name):
            raise _misfit(f"tools.{at}.name", "must be 1 to 64 letters, digits, _ or -, beginning with a letter or _")
        if tool.name in taken:
            raise _misfit(f"tools.{at}.name", f"{tool.name} is a tool of this server. Choose another name")
        if tool.name in names:
            raise _misfit(f"tools.{at}.name", f"{tool.name} is offered twice")
        if len(tool.description) > DESCRIPTION:
            raise _misfit(f"tools.{at}.description", f"must have {DESCRIPTION} characters at most")
        names.add(tool.name)
    schemas = [_schema(tool.parameters, f"tools.{at}.parameters") for at, tool in enumerate(tools)]
    return [
        Tool(name=tool.name, description=tool.description, parameters=schema)
        for tool, schema in zip(tools, schemas, strict=True)
    ]


def client_tools(kept: Sequence[Tool] | None) -> dict[str, ClientTool]:
    """What `offered` gave, by name."""
    return {
        tool.name: ClientTool(name=tool.name, description=tool.description, parameters=tool.parameters or {})
        for tool in kept or ()
    }


def said(given: Sequence[Context] | None) -> list[Context]:
    """What the client says, as it is kept. Raises Invalid naming the field."""
    items = list(given or ())
    if len(items) > CONTEXT:
        raise _misfit("context", f"a client can say {CONTEXT} things at most")
    for at, item in enumerate(items):
        if len(item.description) > DESCRIPTION:
            raise _misfit(f"context.{at}.description", f"must have {DESCRIPTION} characters at most")
        if len(item.value) > VALUE:
            raise _misfit(f"context.{at}.value", f"must have {VALUE} characters at most")
    return [Context(description=item.description, value=item.value) for item in items]


def brought(message: ToolMessage) -> ToolMessage:
    """A client's result as it is kept: its words, and whether it failed."""
    content = message.content
    if not isinstance(content, str):
        content = "\n".join(getattr(part, "text", f"[{part.type}: only text can be read here]") for part in content)
    if message.error:
        content = f"{message.error}\n{content}".strip()
    note = {"jupyter_agent": {"status": "failed" if message.error else "done"}}
    return ToolMessage(id=message.id, tool_call_id=message.tool_call_id, content=sound_text(content), metadata=note)


def told(message: ToolMessage) -> Result:
    """A stored result, as the toolbox gives it back."""
    status = (message.metadata or {}).get("jupyter_agent", {}).get("status", "done")
    return Result(content=str(message.content), status=status)


def outcome(record: RequestRecord) -> Result:
    """What became of a client's tool by the end of its request."""
    answer = json.loads(record.answer or "{}")
    match record.state:
        case "answered" if "error" in answer:
            return Result(content=answer["error"], status="failed", summary="The application could not do this.")
        case "answered":
            return Result(content=answer["result"])
        case "expired":
            return Result(
                content="No result came from the application in time. It is not known whether this was done.",
                status="unknown",
                summary="The application did not say in time whether this was done.",
            )
        case _:
            return Result(content="No result came from the application before the person went on.", status="stopped")


def _schema(given: Any, field: str) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments, which are always an object."""
    schema = {"type": "object", "properties": {}} if given is None else given
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise _misfit(field, 'must be a JSON Schema of an object: {"type": "object", "properties": {…}}')
    return {"type": "object", "properties": {}, **schema}


def sound_text(text: str) -> str:
    """The same with what UTF-8 cannot hold replaced."""
    return text.encode("utf-8", "replace").decode()


def _misfit(field: str, words: str) -> Invalid:
    return Invalid("field", f"{field}: {words}.", field=field)
