"""What a request to run may say: the part of a RunAgentInput that is taken, and the words for what is not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ag_ui.core import (
    AssistantMessage,
    ImagePart,
    Message,
    ResumeEntry,
    RunAgentInput,
    TextPart,
    ToolMessage,
    UserMessage,
)
from pydantic import Field

from .client import brought, offered, said, sound_text
from .errors import Invalid, TooLarge
from .images import referring
from .notebook import Binding
from .records import RunRecord
from .shape import Shape, fit

TITLE = 60
"""Characters of a new thread's title."""


class _Page(Shape):
    page_id: str = Field(max_length=128)
    document_id: str | None = Field(default=None, max_length=128)
    active_cell_id: str | None = Field(default=None, max_length=128)
    selection: str | None = Field(default=None, max_length=20_000)


class _NotebookPath(Shape):
    path: str = Field(max_length=4096)


class _Budget(Shape):
    steps: int | None = Field(default=None, ge=1)
    tool_calls: int | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=1)
    seconds: float | None = Field(default=None, gt=0)
    cost: float | None = Field(default=None, ge=0)


class _Forwarded(Shape):
    """`forwardedProps.jupyterAgent`."""

    model: str | None = Field(default=None, max_length=200)
    mode: str | None = Field(default=None, max_length=40)
    page: _Page | None = None
    notebook: _NotebookPath | None = None
    budget: _Budget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the server and the thread have already when a request comes."""

    tools: frozenset[str] = frozenset()
    """Names of the server's tools."""
    messages: frozenset[str] = frozenset()
    """Ids of the thread's messages; none for a thread that begins now."""
    awaited: frozenset[str] = frozenset()
    """Calls whose results a client is to bring."""
    earlier: RunAgentInput | None = None
    """What the run was told that waits for them, or for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A request, reduced to what counts."""

    input: RunAgentInput
    """What RUN_STARTED repeats: only messages that are new, only our own forwarded properties."""
    messages: tuple[Message, ...]
    """New ones of the person, results that were waited for; for a new thread also what its assistant said before."""
    goes_on: bool
    """It answers what an earlier run waits for."""
    binding: Binding
    model: str | None
    mode: str | None
    hash: str
    """Names the request as it was sent, so that a repetition can be told from another one under the same id."""
    budget: Mapping[str, float | None] = field(default_factory=dict)
    """What of its limits the run is to keep below, by the names of agent.Budget."""
    images: Mapping[str, bytes] = field(default_factory=dict)
    """Those that came as data, by the id of the blob that a message now refers to. To be kept before anything else."""

    def having(self, messages: Sequence[Message]) -> Accepted:
        """The same request with these messages in place of its own."""
        repeated = self.input.model_copy(update={"messages": [*messages]})
        return replace(self, input=repeated, messages=tuple(messages))

    def bringing(self, calls: Collection[str]) -> Accepted:
        """The same request with results for these calls only."""
        return self.having([m for m in self.messages if not isinstance(m, ToolMessage) or m.tool_call_id in calls])

    @property
    def users(self) -> list[UserMessage]:
        """What the person says."""
        return [message for message in self.messages if isinstance(message, UserMessage)]

    @property
    def results(self) -> list[ToolMessage]:
        """What a client's tools came to."""
        return [message for message in self.messages if isinstance(message, ToolMessage)]

    @property
    def text(self) -> str:
        """The input as canonical JSON."""
        return json.dumps(self.input.model_dump(mode="json", by_alias=True), sort_keys=True)

    @property
    def title(self) -> str | None:
        """The first line of the first message with words, cut; "Image" where there are none."""
        for message in self.users:
            lines = words_of(message).strip().splitlines()
            if lines:
                return lines[0] if len(lines[0]) <= TITLE else lines[0][: TITLE - 1].rstrip() + "…"
        return "Image" if self.users else None


def accept(body: RunAgentInput, known: Known, limit: int) -> Accepted:
    """Take what is new and what is waited for; everything else is dropped.

    Raises Invalid naming the field, TooLarge when what was taken has more than `limit` bytes of JSON: it has to fit the
    event that repeats it.
    """
    images: dict[str, bytes] = {}
    results = _results(body, known)
    # The thread's own messages come again with every request of a plain AG-UI client.
    fresh = [message for message in _conversation(body, known) if message.id not in known.messages]
    ids = [message.id for message in [*results, *fresh]]
    if (
        len(set(ids)) < len(ids)
        or any(name.startswith(f"{body.run_id}:") for name in ids)
        or any(result.id in known.messages for result in results)
    ):
        words = "messages: each message needs an id of its own, and none that begins with the run's."
        raise Invalid("field", words, field="messages")
    goes_on = bool(body.resume or results)
    earlier = known.earlier if goes_on else None
    forwarded = _forwarded(body)
    if earlier:
        forwarded = _over(_forwarded(earlier), forwarded)
    accepted = _accepted(
        RunAgentInput(
            thread_id=body.thread_id,
            run_id=body.run_id,
            parent_run_id=earlier.run_id if earlier else None,
            messages=[*results, *(_taken(message, body.thread_id, images) for message in fresh)],
            tools=offered(body.tools or (earlier.tools if earlier else None), known.tools) or None,
            context=said(body.context or (earlier.context if earlier else None)) or None,
            resume=[ResumeEntry(interrupt_id=e.interrupt_id, status=e.status, payload=e.payload) for e in body.resume]
            if body.resume
            else None,
        ),
        forwarded,
        _hash_of(body),
        goes_on=goes_on,
    )
    if len(accepted.input.model_dump_json(by_alias=True).encode()) > limit:
        words = f"The message is longer than {limit // 1000} kB. Put long text into a file or a cell."
        raise TooLarge("too-large", words)
    return replace(accepted, images=images)


def adopt(ended: RunRecord, run_id: str, entries: Sequence[ResumeEntry]) -> Accepted:
    """The input of the run that goes on where `ended` was interrupted."""
    earlier = RunAgentInput.model_validate_json(ended.input)
    going_on = earlier.model_copy(
        update={"run_id": run_id, "parent_run_id": ended.run_id, "messages": [], "resume": list(entries)}
    )
    return _accepted(going_on, _forwarded(earlier), _hash([ended.thread_id, run_id]), goes_on=True)


def _accepted(taken: RunAgentInput, forwarded: _Forwarded, name: str, *, goes_on: bool) -> Accepted:
    page = forwarded.page
    ours = forwarded.model_dump(by_alias=True, exclude_none=True)
    return Accepted(
        input=taken.model_copy(update={"forwarded_props": {"jupyterAgent": ours}}),
        messages=tuple(taken.messages),
        goes_on=goes_on,
        binding=Binding(
            page_id=page.page_id if page else None,
            document_id=page.document_id if page else None,
            path=forwarded.notebook.path if forwarded.notebook else None,
            active_cell_id=page.active_cell_id if page else None,
            selection=page.selection if page else None,
        ),
        model=forwarded.model,
        mode=forwarded.mode,
        budget=forwarded.budget.model_dump() if forwarded.budget else {},
        hash=name,
    )


def _results(body: RunAgentInput, known: Known) -> list[ToolMessage]:
    """Results that are waited for, one for each call."""
    found: dict[str, ToolMessage] = {}
    for message in body.messages:
        if isinstance(message, ToolMessage) and message.tool_call_id in known.awaited:
            found.setdefault(message.tool_call_id, brought(message))
    return list(found.values())


def _conversation(body: RunAgentInput, known: Known) -> list[UserMessage | AssistantMessage]:
    """What was said. Only a thread that is new to us takes a client's word for what its assistant said before."""
    users = [at for at, message in enumerate(body.messages) if isinstance(message, UserMessage)]
    spoken = body.messages[: users[-1] + 1] if users else []
    return [
        message
        for message in spoken
        if isinstance(message, UserMessage)
        or (isinstance(message, AssistantMessage) and message.content and not known.messages)
    ]


def _hash_of(body: RunAgentInput) -> str:
    """Over everything in a request that may count."""
    sent = body.model_dump(mode="json", by_alias=True, include={"thread_id", "run_id", "tools", "context", "resume"})
    spoken = [m for m in body.messages if isinstance(m, (UserMessage, AssistantMessage, ToolMessage))]
    ours = _forwarded(body).model_dump(by_alias=True, exclude_none=True)
    return _hash([sent, ours, [message.model_dump(mode="json", by_alias=True) for message in spoken]])


def _hash(value: Any) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _forwarded(body: RunAgentInput) -> _Forwarded:
    given: Any = body.forwarded_props
    ours = given.get("jupyterAgent") if isinstance(given, dict) else None
    return _Forwarded() if ours is None else fit(_Forwarded, ours, at="forwardedProps.jupyterAgent")


def _over(earlier: _Forwarded, new: _Forwarded) -> _Forwarded:
    """What is said now, beside all that was said before and not again. Of two budgets the smaller one holds."""
    budgets = [given.budget.model_dump(exclude_none=True) for given in (earlier, new) if given.budget]
    names = {name for budget in budgets for name in budget}
    least = {name: min(budget[name] for budget in budgets if name in budget) for name in names}
    said = {name: value for name in _Forwarded.model_fields if (value := getattr(new, name)) is not None}
    return earlier.model_copy(update={**said, "budget": _Budget(**least) if least else None})


def words_of(message: UserMessage) -> str:
    """What the person wrote, without the images."""
    if isinstance(message.content, str):
        return message.content
    return "\n".join(part.text for part in message.content if isinstance(part, TextPart))


def _taken(
    message: UserMessage | AssistantMessage, thread_id: str, images: dict[str, bytes]
) -> UserMessage | AssistantMessage:
    """The message with its words as one text before its images, if any. Raises Invalid for what is neither."""
    if isinstance(message, AssistantMessage):
        return AssistantMessage(id=message.id, content=sound_text(message.content or ""))
    words = words_of(message)
    found: list[ImagePart] = []
    for part in () if isinstance(message.content, str) else message.content:
        if isinstance(part, ImagePart):
            found.append(part)
        elif not isinstance(part, TextPart):
            raise Invalid("field", f"messages: text and images can be sent; {part.type} cannot.")
    if not words.strip() and not found:
        raise Invalid("field", "messages: a message is empty.")
    words = sound_text(words)
    if not found:
        return UserMessage(id=message.id, content=words)
    text = [TextPart(text=words)] if words.strip() else []
    return UserMessage(id=message.id, content=[*text, *referring(found, thread_id, images)])
