"""The assistant's chat in the output of a cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import anywidget
import traitlets

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
