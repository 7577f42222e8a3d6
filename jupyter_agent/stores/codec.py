"""Messages and changes as the JSON text in which stores hold them."""

from __future__ import annotations

import json

from ag_ui.core import Message
from pydantic import TypeAdapter, ValidationError

from jupyter_agent.core.errors import StoreError
from jupyter_agent.core.notebook import Change
from jupyter_agent.core.records import as_dict

_messages: TypeAdapter[Message] = TypeAdapter(Message)


def encode_message(message: Message) -> str:
    """An AG-UI message as AG-UI writes it: camelCase, without what is not set."""
    return message.model_dump_json(by_alias=True, exclude_none=True)


def decode_message(text: str) -> Message:
    """The message that `encode_message` made this text from. Raises StoreError when it is none."""
    try:
        return _messages.validate_json(text)
    except ValidationError as error:
        raise StoreError(f"The store holds a message that cannot be read: {error.errors()[0]['msg']}.") from error


def encode_change(change: Change) -> str:
    """A change as JSON text."""
    return json.dumps(as_dict(change), ensure_ascii=False)


def decode_change(text: str) -> Change:
    """The change that `encode_change` made this text from."""
    return Change(**json.loads(text))
