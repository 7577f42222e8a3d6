"""What a request to run may say: the part of a RunAgentInput that is taken, and the words for what is not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ag_ui.core import ResumeEntry, RunAgentInput, TextPart, UserMessage
from pydantic import Field

from .errors import Invalid, TooLarge
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


class _Forwarded(Shape):
    """`forwardedProps.jupyterAgent`."""

    model: str | None = Field(default=None, max_length=200)
    mode: str | None = Field(default=None, max_length=40)
    page: _Page | None = None
    notebook: _NotebookPath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A request, reduced to what counts."""

    input: RunAgentInput
    """What RUN_STARTED repeats: only the new user messages, only our own forwarded properties."""
    messages: tuple[UserMessage, ...]
    binding: Binding
    model: str | None
    mode: str | None
    hash: str
    """Names the request as it was sent, so that a repetition can be told from another one under the same id."""

    @property
    def text(self) -> str:
        """The input as canonical JSON."""
        return json.dumps(self.input.model_dump(mode="json", by_alias=True), sort_keys=True)

    @property
    def title(self) -> str | None:
        """The first line of the first message, cut."""
        for message in self.messages:
            lines = str(message.content).strip().splitlines()
            if lines:
                return lines[0] if len(lines[0]) <= TITLE else lines[0][: TITLE - 1].rstrip() + "…"
        return None


def accept(body: RunAgentInput, known: set[str], limit: int) -> Accepted:
    """Take the new user messages and our forwarded properties; everything else is dropped.

    `known` are ids of messages that the thread already has. Raises Invalid naming the field, TooLarge when what was
    taken has more than `limit` bytes of JSON: it has to fit the event that repeats it.
    """
    forwarded = _forwarded(body)
    users = [message for message in body.messages if isinstance(message, UserMessage)]
    ids = [message.id for message in users]
    if len(set(ids)) < len(ids) or any(name.startswith(f"{body.run_id}:") for name in ids):
        raise Invalid("field", "messages: each message needs an id of its own, and none that begins with the run's.")
    # The thread's own messages come again with every request of a plain AG-UI client.
    fresh = [_plain(message) for message in users if message.id not in known]
    accepted = _accepted(body.thread_id, body.run_id, messages=fresh, forwarded=forwarded, sent=users)
    if len(accepted.input.model_dump_json(by_alias=True).encode()) > limit:
        words = f"The message is longer than {limit // 1000} kB. Put long text into a file or a cell."
        raise TooLarge("too-large", words)
    return accepted


def adopt(ended: RunRecord, run_id: str, entries: Sequence[ResumeEntry]) -> Accepted:
    """The input of the run that goes on where `ended` was interrupted."""
    earlier = RunAgentInput.model_validate_json(ended.input)
    return _accepted(
        ended.thread_id, run_id, messages=[], forwarded=_forwarded(earlier), parent=ended.run_id, resume=list(entries)
    )


def _accepted(
    thread_id: str,
    run_id: str,
    *,
    messages: list[UserMessage],
    forwarded: _Forwarded,
    sent: Sequence[UserMessage] = (),
    parent: str | None = None,
    resume: list[ResumeEntry] | None = None,
) -> Accepted:
    page = forwarded.page
    ours = forwarded.model_dump(by_alias=True, exclude_none=True)
    return Accepted(
        input=RunAgentInput(
            thread_id=thread_id,
            run_id=run_id,
            parent_run_id=parent,
            messages=[*messages],
            forwarded_props={"jupyterAgent": ours},
            resume=resume,
        ),
        messages=tuple(messages),
        binding=Binding(
            page_id=page.page_id if page else None,
            document_id=page.document_id if page else None,
            path=forwarded.notebook.path if forwarded.notebook else None,
            active_cell_id=page.active_cell_id if page else None,
            selection=page.selection if page else None,
        ),
        model=forwarded.model,
        mode=forwarded.mode,
        hash=_hash([thread_id, run_id, ours, [message.model_dump(mode="json", by_alias=True) for message in sent]]),
    )


def _hash(value: Any) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _forwarded(body: RunAgentInput) -> _Forwarded:
    given: Any = body.forwarded_props
    ours = given.get("jupyterAgent") if isinstance(given, dict) else None
    return _Forwarded() if ours is None else fit(_Forwarded, ours, at="forwardedProps.jupyterAgent")


def _plain(message: UserMessage) -> UserMessage:
    """The message with its content as one text. Raises Invalid for what is not text."""
    content = message.content
    if not isinstance(content, str):
        texts = [part.text for part in content if isinstance(part, TextPart)]
        if len(texts) != len(content):
            raise Invalid("field", "messages: only text can be sent; images and files are not supported yet.")
        content = "\n".join(texts)
    if not content.strip():
        raise Invalid("field", "messages: a message is empty.")
    return UserMessage(id=message.id, content=content.encode("utf-8", "replace").decode())
