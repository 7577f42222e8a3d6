"""What a tool is: something that is first prepared, so that it can be shown, and then performed exactly as shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel

from .notebook import Binding, Notebook
from .policy import Risk

Status = Literal["done", "denied", "failed", "stopped", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """The exact thing that will happen. What a person approves is the hash of this, and cards show nothing else."""

    tool: str
    title: str
    """One plain sentence: "Insert a cell after cell 3 and run it"."""
    arguments: dict[str, Any]
    """The validated arguments in canonical form."""
    code: str | None = None
    """The exact text that will be written or run."""
    language: str | None = None
    before: str | None = None
    """What stands there now, for a replacement."""
    target: dict[str, Any] | None = None
    """{documentId, path, cellId}: where it will happen."""

    def as_json(self) -> dict[str, Any]:
        """As the protocol has it, camelCase."""
        return {
            "tool": self.tool,
            "title": self.title,
            "arguments": self.arguments,
            "code": self.code,
            "language": self.language,
            "before": self.before,
            "target": self.target,
        }

    @property
    def hash(self) -> str:
        """Over the canonical JSON (sorted keys, no spaces, UTF-8), as "sha256:<hex>"."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the model is told, and how it ended."""

    content: str
    status: Status = "done"
    summary: str | None = None
    """One plain sentence for the person, where the content is written for a model. Cards show it."""


class Scope(Protocol):
    """What a tool may reach while it works for one run."""

    @property
    def owner(self) -> str: ...

    @property
    def run_id(self) -> str: ...

    @property
    def binding(self) -> Binding: ...

    async def notebook(self) -> Notebook:
        """The notebook that the run came from. Raises ToolError "no-notebook"."""
        ...

    def new_cell_id(self, call_id: str) -> str:
        """An id for a cell that this call inserts; the same for the same call, so repeating it makes no second cell."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of one turn of the model."""

    call_id: str
    name: str
    arguments: str | Mapping[str, Any]
    """JSON text as the model wrote it, or the parsed object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A call that was validated and looked at: what will happen, and what `perform` needs to do just that."""

    exact: Exact
    risk: Risk | None = None
    """Where the arguments make it riskier than the tool at its mildest: inserting, and running what was inserted."""
    data: dict[str, Any] = field(default_factory=dict)
    """Private to the tool."""


class Tool(Protocol):
    """`prepare` reads and decides, without effect; `perform` does what the plan says and nothing else.

    Both raise ToolError for what the model can mend. A tool with a risk below EDIT may leave the plan's texts empty.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    risk: ClassVar[Risk]
    """At its mildest."""
    Arguments: ClassVar[type[BaseModel]]

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan: ...

    async def perform(self, plan: Plan, scope: Scope) -> Result: ...
