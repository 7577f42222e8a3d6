"""The public names of jupyter-agent, and the functions by which Jupyter finds it. Importing this costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .widget import Chat

__all__ = ["__version__", "chat"]


def chat(*, height: int | str = "480px") -> Chat:
    """Show the assistant's chat in the output of this cell: run again, it goes on with the cell's conversation.

    `height` is a number of pixels, or any length that CSS has.
    """
    from .widget import chat_in_this_cell

    return chat_in_this_cell(f"{height}px" if isinstance(height, int) else height)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where `jupyter labextension develop` finds the compiled front end, and under which name it is served."""
    return [{"src": "labextension", "dest": "jupyter-agent"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """The server extension. It is imported here, not above, so that a plain import loads no web framework."""
    from jupyter_agent.server.jupyter import JupyterAgent

    return [{"module": "jupyter_agent", "app": JupyterAgent}]
