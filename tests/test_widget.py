"""The chat in a cell, as far as the kernel knows it. What it shows is tested in the browser."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import jupyter_agent
from tests.kernels.live import Live, live

STATIC = Path(jupyter_agent.__file__).parent / "static"

HEAVY = {"anywidget", "fastapi", "httpx", "ipywidgets", "pydantic", "pydantic_ai", "starlette", "tornado", "traitlets"}

OURS = {"height", "thread"}
ANYWIDGETS = {"_anywidget_id", "_css", "_esm"}
IPYWIDGETS = {
    *("_dom_classes", "_model_module", "_model_module_version", "_model_name", "_view_count", "_view_module"),
    *("_view_module_version", "_view_name", "layout", "tabbable", "tooltip"),
}


def test_importing_the_package_loads_neither_widgets_nor_models_nor_web_frameworks():
    code = "import json, sys, jupyter_agent; print(json.dumps([*{name.partition('.')[0] for name in sys.modules}]))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(json.loads(result.stdout))


def test_what_is_synced_is_how_it_looks_and_which_conversation_it_is():
    chat = jupyter_agent.chat()
    assert set(chat.keys) == OURS | ANYWIDGETS | IPYWIDGETS
    assert (UUID(chat.thread).version, chat.height) == (4, "480px")
    assert chat.trait_metadata("thread", "sync")


def test_each_chat_is_a_conversation_of_its_own():
    assert jupyter_agent.chat().thread != jupyter_agent.chat().thread


async def run_cell(kernel: Live, cell_id: str | None, code: str, *names: str) -> list[str]:
    """The values of these names after a front end has run the code as this cell."""
    content: dict[str, Any] = {"code": code, "user_expressions": {name: name for name in names}, "allow_stdin": False}
    request = kernel.client.session.msg("execute_request", content, metadata={"cellId": cell_id} if cell_id else {})
    kernel.client.shell_channel.send(request)
    while True:
        reply = await kernel.client.get_shell_msg(timeout=30)
        if reply["parent_header"].get("msg_id") == request["header"]["msg_id"]:
            assert reply["content"]["status"] == "ok", reply["content"]
            told = reply["content"]["user_expressions"]
            return [told[name]["data"]["text/plain"] for name in names]


CHAT = "import jupyter_agent\na = jupyter_agent.chat()"
TWO = f"{CHAT}\nb = jupyter_agent.chat()"


async def test_a_cell_that_is_run_again_goes_on_with_its_conversations():
    async with live() as kernel:
        a, b = await run_cell(kernel, "one", TWO, "a.thread", "b.thread")
        assert a != b
        assert await run_cell(kernel, "one", TWO, "a.thread", "b.thread") == [a, b]
        other = await run_cell(kernel, "two", TWO, "a.thread", "b.thread")
        assert {a, b}.isdisjoint(other)
        await run_cell(kernel, "one", CHAT)
        # As when the person begins a new chat in the one that is shown.
        await run_cell(kernel, "three", "a.thread = 'newer'")
        assert await run_cell(kernel, "one", TWO, "a.thread", "b.thread") == ["'newer'", b]


async def test_where_the_cell_is_not_known_each_chat_is_a_new_conversation():
    async with live() as kernel:
        [first] = await run_cell(kernel, None, CHAT, "a.thread")
        [second] = await run_cell(kernel, None, CHAT, "a.thread")
        assert first != second


@pytest.mark.parametrize(("given", "height"), [(300, "300px"), ("60vh", "60vh")])
def test_it_is_as_high_as_one_wants(given, height):
    assert jupyter_agent.chat(height=given).height == height


def test_where_nothing_is_alive_a_sentence_stands():
    bundle = jupyter_agent.chat()._repr_mimebundle_()
    assert bundle is not None
    assert "is shown here while the notebook is open in JupyterLab" in bundle[0]["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in bundle[0]


def test_the_bundle_needs_nothing_from_elsewhere():
    script, style = ((STATIC / name).read_text() for name in ("widget.js", "widget.css"))
    assert re.search(r"export\{\w+ as default\};?\s*$", script)
    assert not re.search(r"""\bimport\s*[("'{*]|\bfrom\s*["']|\brequire\(""", script)
    assert not re.search(r"@import|url\(", style)
