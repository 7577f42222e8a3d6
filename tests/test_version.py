"""One version for both halves."""

import json
from pathlib import Path

import jupyter_agent


def test_the_front_end_has_the_version_of_the_server() -> None:
    package = json.loads((Path(__file__).parents[1] / "labextension" / "package.json").read_text())
    assert package["version"] == jupyter_agent.__version__
