"""The public names of jupyter-agent, and the functions by which Jupyter finds it. Importing this costs nothing."""

from typing import Any

from .version import __version__

__all__ = ["__version__"]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where `jupyter labextension develop` finds the compiled front end, and under which name it is served."""
    return [{"src": "labextension", "dest": "jupyter-agent"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """The server extension. It is imported here, not above, so that a plain import loads no web framework."""
    from jupyter_agent.server.jupyter import JupyterAgent

    return [{"module": "jupyter_agent", "app": JupyterAgent}]
