"""`jupyter agent …`: what can be done from a command line. What is not asked for is not imported."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .version import __version__

PORT = 8790


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked; the exit code. What does not fit is said in a sentence, and the code is 2."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        _serve(asked)
    except ValueError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)  # noqa: T201 - it is a command
        return 2
    return 0


def _serve(asked: argparse.Namespace) -> None:
    """Raises ValueError, in words."""
    from .config import models_of
    from .core.policy import Mode
    from .environment import config_from, listed
    from .server.serve import serve

    variables = dict(os.environ)
    if asked.in_memory:
        variables["JUPYTER_AGENT_DATA_DIR"] = ""
    config = config_from(
        variables, model=asked.model, mode=Mode(asked.mode) if asked.mode else None, data_dir=asked.data_dir
    )
    models = models_of(config)
    if not models.known(config.model):
        raise ValueError(str(models.unknown(config.model)))
    serve(
        config,
        host=asked.host,
        port=asked.port,
        token=variables.get("JUPYTER_AGENT_TOKEN"),
        hosts=[*asked.allow_host, *listed(variables, "ALLOWED_HOSTS")],
        origins=[*asked.allow_origin, *listed(variables, "ALLOWED_ORIGINS")],
        browser=asked.open,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jupyter agent", description="A streaming assistant that lives in Jupyter.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")
    serve = commands.add_parser(
        "serve",
        help="serve the assistant over HTTP on this machine, without Jupyter",
        description="Serve the assistant over HTTP on this machine, without Jupyter. Every setting can also be a "
        "variable JUPYTER_AGENT_<NAME>. JUPYTER_AGENT_TOKEN is the token for programs; otherwise one is made up.",
    )
    serve.add_argument("--host", default="127.0.0.1", help="address of this machine to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=_port, default=PORT, help=f"port; 0 takes any free one (default: {PORT})")
    serve.add_argument("--model", help="the model that answers unless another is chosen")
    serve.add_argument("--mode", choices=["manual", "plan"], help="manual asks before edits and runs, plan only reads")
    kept = serve.add_mutually_exclusive_group()
    kept.add_argument("--data-dir", type=Path, help="where conversations are kept, best on a local disk")
    kept.add_argument("--in-memory", action="store_true", help="keep conversations in memory only")
    serve.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="host name of a server in front of this one"
    )
    serve.add_argument(
        "--allow-origin", action="append", default=[], metavar="ORIGIN", help="the same as browsers see it: https://…"
    )
    serve.add_argument(
        "--open", action=argparse.BooleanOptionalAction, default=False, help="open the documentation in a browser"
    )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text[:6]) > 65535:
        raise argparse.ArgumentTypeError("must be a whole number from 0 to 65535.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
