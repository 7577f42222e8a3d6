"""The assistant's chat in the output of a cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import anywidget
import traitlets
from IPython.core.getipython import get_ipython

_BUNDLE = Path(__file__).parent / "static"

_IN_WORDS = (
    "The assistant's chat is shown here while the notebook is open in JupyterLab or Jupyter Notebook. "
    "If it is not, run this cell again."
)


class Chat(anywidget.AnyWidget):
    """The chat of `jupyter_agent.chat()`.

    The browser speaks with the Jupyter server by itself. What is synced with the kernel, and may be saved in the
    notebook, is how the chat looks and which conversation it is: nothing of what is said, and no right to read it.
    """

    _esm = _BUNDLE / "widget.js"
    _css = _BUNDLE / "widget.css"

    thread = traitlets.Unicode(help="The id of the conversation. Another id shows another conversation.").tag(sync=True)
    height = traitlets.Unicode("480px", help="How high the chat is, as CSS has it.").tag(sync=True)

    @traitlets.default("thread")
    def _new_thread(self) -> str:
        # Made here and not in the browser: a page that is reloaded while the kernel is busy still finds it.
        return str(uuid4())

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Say in words what is not shown wherever widgets, or outputs, are not alive."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/plain"] = _IN_WORDS
        return bundle


@dataclass(slots=True)
class _Cell:
    """The newest chats of one cell, in the order in which it calls for them."""

    execution: str = ""
    calls: int = 0
    """In this execution, so far."""
    chats: list[Chat] = field(default_factory=list)


_cells: dict[str, _Cell] = {}
"""By id, as long as the kernel lives."""


def chat_in_this_cell(height: str) -> Chat:
    """A chat that goes on with the conversation that this cell showed when it ran last."""
    execution, cell_id = _here()
    if cell_id is None:
        return Chat(height=height)
    cell = _cells.setdefault(cell_id, _Cell())
    if cell.execution != execution:
        cell.execution, cell.calls = execution, 0
    before = cell.chats[cell.calls : cell.calls + 1]
    chat = Chat(height=height, thread=before[0].thread) if before else Chat(height=height)
    cell.chats[cell.calls : cell.calls + 1] = [chat]
    cell.calls += 1
    return chat


def _here() -> tuple[str, str | None]:
    """The execution and the cell that we are called from; no cell where the front end does not name one."""
    request: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)()
    cell_id = request.get("metadata", {}).get("cellId")
    return request.get("header", {}).get("msg_id", ""), cell_id if isinstance(cell_id, str) else None
