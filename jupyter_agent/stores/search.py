"""The words in messages: what a search finds, and what a list shows."""

from __future__ import annotations

from ag_ui.core import AssistantMessage, Message, TextPart, UserMessage

PREVIEW = 200
"""Characters of a thread's first message that a list shows."""


def words_of(message: Message) -> str:
    """What a person or the assistant said in plain text; empty for every other kind of message."""
    match message:
        case UserMessage(content=list(parts)):
            return "\n".join(part.text for part in parts if isinstance(part, TextPart))
        case UserMessage(content=str(text)) | AssistantMessage(content=str(text)):
            return text
        case _:
            return ""


def found(text: str | None, folded: str) -> bool:
    """Whether `folded`, a query after `str.casefold`, stands in the text literally, whatever the case."""
    return text is not None and folded in text.casefold()


def preview(text: str | None) -> str:
    """The beginning of a message on one line, at most PREVIEW characters."""
    line = " ".join((text or "")[: 4 * PREVIEW].split())
    return line if len(line) <= PREVIEW else line[: PREVIEW - 1].rstrip() + "…"
