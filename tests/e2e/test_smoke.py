"""JupyterLab starts with both halves of the extension in place."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

import jupyter_agent
from tests.e2e.lab import Lab


def test_jupyterlab_opens_a_notebook_with_the_assistant_active(
    lab: Lab,
    page: Page,
    notebook: str,
    open_notebook: Callable[..., None],
    console_errors: list[str],
    artifacts: Path,
) -> None:
    open_notebook(page, lab, notebook)
    page.screenshot(path=artifacts / "smoke.png")
    plugins = page.evaluate("window.jupyterapp.listPlugins().filter(id => id.startsWith('jupyter-agent'))")
    assert plugins
    assert page.evaluate("ids => ids.every(id => window.jupyterapp.isPluginActivated(id))", plugins)
    assert [error for error in console_errors if "jupyter-agent" in error] == []


def test_the_server_extension_is_enabled_and_answers(lab: Lab) -> None:
    with lab.request("jupyter-agent/v1/health") as response:
        assert response.status == 200
        assert json.load(response)["version"] == jupyter_agent.__version__
