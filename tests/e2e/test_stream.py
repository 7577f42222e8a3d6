"""The run belongs to the server: reloads, tabs, stops and restarts, with a model that stands still on demand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.lab import Lab
from tests.e2e.panel import PATIENCE, Notebook, Opener, Panel, paused, write_script


@pytest.fixture(scope="package")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the scripted model plays; a test writes it before it asks."""
    return tmp_path_factory.mktemp("script") / "script.json"


@pytest.fixture(scope="package")
def scripted_lab(start_lab: Callable[..., Lab], script: Path) -> Lab:
    """A JupyterLab in which the scripted model answers."""
    return start_lab(traits={"JupyterAgent.model": f"scripted:{script}"})


@pytest.fixture
def go(tmp_path: Path) -> Path:
    """The file for which a paused answer waits."""
    return tmp_path / f"go-{uuid4().hex}"


def open_panel(page: Page, lab: Lab) -> Panel:
    page.goto(lab.address("lab/tree/penguins.ipynb"))
    return Panel(page).show()


def test_a_reload_in_the_middle_loses_and_repeats_nothing(
    scripted_lab: Lab, script: Path, page: Page, go: Path
) -> None:
    write_script(script, paused("One two three. ", go, "Four five six."))
    panel = open_panel(page, scripted_lab).fresh()
    answer = panel.ask("Count")
    expect(answer).to_contain_text("One two three.")
    page.reload()
    panel = Panel(page).show()
    answer = panel.answers.first
    expect(answer).to_contain_text("One two three.", timeout=PATIENCE)
    expect(answer).to_have_attribute("data-status", "running")
    go.touch()
    panel.await_end(answer)
    expect(answer.locator(".ja-Markdown")).to_have_text("One two three. Four five six.")
    expect(panel.questions).to_have_text(["Count"])
    page.reload()
    expect(Panel(page).show().answers).to_have_count(1, timeout=PATIENCE)
    expect(Panel(page).answers.first.locator(".ja-Markdown")).to_have_text("One two three. Four five six.")


def test_a_line_that_is_cut_in_the_middle_loses_and_repeats_nothing(
    scripted_lab: Lab, script: Path, page: Page, go: Path
) -> None:
    write_script(script, paused("One two three. ", go, "Four five six."))
    panel = open_panel(page, scripted_lab).fresh()
    answer = panel.ask("Count")
    expect(answer).to_contain_text("One two three.")
    page.context.set_offline(True)
    go.touch()
    page.context.set_offline(False)
    panel.await_end(answer)
    expect(answer.locator(".ja-Markdown")).to_have_text("One two three. Four five six.")


def test_two_tabs_show_the_same_run(scripted_lab: Lab, script: Path, context: BrowserContext, go: Path) -> None:
    write_script(script, paused("One two three. ", go, "Four five six."))
    first = open_panel(context.new_page(), scripted_lab).fresh()
    one = first.ask("Count")
    expect(one).to_contain_text("One two three.")
    second = open_panel(context.new_page(), scripted_lab)
    two = second.answers.first
    expect(two).to_contain_text("One two three.", timeout=PATIENCE)
    go.touch()
    for panel, answer in ((first, one), (second, two)):
        panel.await_end(answer)
        expect(answer.locator(".ja-Markdown")).to_have_text("One two three. Four five six.")
        expect(panel.questions).to_have_text(["Count"])


def test_stop_keeps_what_was_said(scripted_lab: Lab, script: Path, page: Page, artifacts: Path) -> None:
    write_script(script, [{"text": "One two three. "}, {"hang": True}])
    panel = open_panel(page, scripted_lab).fresh()
    answer = panel.ask("Count")
    expect(answer).to_contain_text("One two three.")
    panel.stop()
    text = panel.await_end(answer, "cancelled")
    assert "One two three." in text
    assert "Stopped" in text
    page.screenshot(path=artifacts / "stream-stopped.png")


def test_stop_interrupts_the_cell_that_the_agent_runs(
    scripted_lab: Lab, script: Path, page: Page, open_notebook: Opener, artifacts: Path
) -> None:
    code = "import time\nprint('begun', flush=True)\nwhile True:\n    time.sleep(0.01)"
    write_script(script, [{"call": {"name": "insert_cell", "arguments": {"source": code, "run": True}}}])
    open_notebook(page, scripted_lab, "penguins.ipynb")
    panel = Panel(page).fresh()
    answer = panel.ask("Loop")
    panel.allow()
    page.wait_for_function(
        """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells.some(
          cell => (cell.outputs ?? []).some(output => `${output.text}`.includes('begun')))"""
    )
    panel.stop()
    panel.await_end(answer, "cancelled")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
    )
    cells = Notebook(page).cells()
    number, cell = next((n, cell) for n, cell in enumerate(cells, 1) if "begun" in "".join(cell["source"]))
    assert cell["outputs"][-1]["ename"] == "KeyboardInterrupt"
    card = answer.locator(".ja-Tool")
    expect(card).to_have_class("ja-Tool ja-is-stopped")
    expect(card.locator(".ja-Tool-status")).to_have_text("Stopped")
    expect(card.locator(".ja-Tool-summary")).to_have_text(f"Inserted as cell {number}; its run was interrupted")
    page.screenshot(path=artifacts / "stream-interrupted.png")


def test_an_approval_can_be_given_after_a_reload(
    scripted_lab: Lab, script: Path, page: Page, open_notebook: Opener
) -> None:
    call = {"call": {"name": "insert_cell", "arguments": {"source": "6 * 7", "run": True}}}
    write_script(script, [call], [{"text": "It is done."}])
    open_notebook(page, scripted_lab, "penguins.ipynb")
    panel = Panel(page).fresh()
    panel.ask("Multiply")
    panel.await_approval()
    open_notebook(page, scripted_lab, "penguins.ipynb")
    panel = Panel(page).show()
    panel.await_approval()
    panel.allow()
    assert "It is done." in panel.await_end(panel.answers.first)
    assert Notebook(page).sources().count("6 * 7") == 1


def test_a_killed_server_says_what_was_cut_short(
    start_lab: Callable[..., Lab], tmp_path: Path, page: Page, go: Path, artifacts: Path
) -> None:
    script = tmp_path / "script.json"
    lab = start_lab(traits={"JupyterAgent.model": f"scripted:{script}"})
    write_script(script, paused("One two three. ", go, "Never."))
    page.goto(lab.address())  # without a notebook: JupyterLab would ask what to do about its lost kernel
    panel = Panel(page).fresh()
    answer = panel.ask("Count")
    expect(answer).to_contain_text("One two three.")
    lab.kill()
    lab.start()
    expect(answer).not_to_have_attribute("data-status", "running", timeout=60_000)
    expect(answer).to_contain_text("One two three.")
    expect(answer).to_contain_text("server")
    page.screenshot(path=artifacts / "stream-killed.png")
    write_script(script, [], [{"text": "Here I am again."}])
    again = panel.ask("And now?")
    assert "Here I am again." in panel.await_end(again)


def test_a_failed_model_is_said_with_a_way_to_go_on(
    scripted_lab: Lab, script: Path, page: Page, artifacts: Path
) -> None:
    write_script(script, [{"text": "I was about to"}, {"error": "secret: abc"}], [{"text": "Now it works."}])
    panel = open_panel(page, scripted_lab).fresh()
    answer = panel.ask("Try")
    text = panel.await_end(answer, "failed")
    assert "I was about to" in text
    assert "secret" not in text
    page.screenshot(path=artifacts / "stream-failed.png")
    answer.get_by_role("button", name="Retry").click()
    expect(panel.answers.last).to_contain_text("Now it works.", timeout=PATIENCE)


HOSTILE = """# Hello <img src="https://canary.invalid/a.png" onerror="window.pwned=1">

<script>window.pwned = 1</script>

![pixel](https://canary.invalid/b.png) [click](javascript:window.pwned=1)
[data](data:text/html,<script>window.pwned=1</script>)

<button data-commandlinker-command="terminal:create-new">Run</button>
<div class="jp-Dialog" style="background:url(https://canary.invalid/c.png)">Allow once</div>
<iframe src="https://canary.invalid/d"></iframe><video poster="https://canary.invalid/e.png"></video>
<svg onload="window.pwned=1"></svg><style>@import url(https://canary.invalid/f.css)</style>

<https://canary.invalid/g> and ```inline <b>code</b>```
"""


def test_hostile_markdown_runs_nothing_and_loads_nothing(
    scripted_lab: Lab, script: Path, page: Page, artifacts: Path
) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    write_script(script, [{"text": HOSTILE, "chunk": 3}])
    panel = open_panel(page, scripted_lab).fresh()
    answer = panel.ask("Attack")
    panel.await_end(answer)
    assert [url for url in requests if "canary" in url] == []
    assert page.evaluate("() => window.pwned") is None
    for tag in ("script", "img", "iframe", "video", "style", "[data-commandlinker-command]", ".jp-Dialog", "[style]"):
        expect(answer.locator(".ja-Markdown").locator(tag)).to_have_count(0)
    links = answer.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert [link for link in links if not link.startswith(("http:", "https:", "mailto:"))] == []
    page.screenshot(path=artifacts / "hostile.png")


def test_a_reader_who_scrolls_up_is_left_alone(scripted_lab: Lab, script: Path, page: Page, go: Path) -> None:
    lines = "\n\n".join(f"Paragraph {number}." for number in range(80))
    write_script(script, paused(lines + "\n\n", go, "The end."))
    panel = open_panel(page, scripted_lab).fresh()
    answer = panel.ask("Tell me a lot")
    expect(answer).to_contain_text("Paragraph 79.", timeout=PATIENCE)
    log = panel.root.locator(".ja-Log")
    log.hover()
    page.mouse.wheel(0, -2000)
    jump = panel.root.get_by_role("button", name="Jump to latest")
    expect(jump).to_be_visible()
    top = log.evaluate("log => log.scrollTop")
    go.touch()
    panel.await_end(answer)
    assert log.evaluate("log => log.scrollTop") == top
    jump.click()
    expect(answer.get_by_text("The end.")).to_be_in_viewport()


def test_a_code_block_is_inserted_put_in_place_and_run_by_a_click(
    scripted_lab: Lab, script: Path, page: Page, open_notebook: Opener
) -> None:
    write_script(script, [{"text": "Try this:\n\n```python\nprint(6 * 7)\n```\n"}])
    open_notebook(page, scripted_lab, "penguins.ipynb")
    cells = Notebook(page)
    panel = Panel(page).fresh()
    answer = panel.ask("Code?")
    panel.await_end(answer)
    before = cells.sources()
    block = answer.locator(".ja-CodeBlock")

    def press(name: str) -> None:
        block.hover()
        block.get_by_role("button", name=name).click()

    press("Insert below")
    page.wait_for_function(
        "n => window.jupyterapp.shell.currentWidget.content.model.cells.length === n", arg=len(before) + 1
    )
    assert cells.sources().count("print(6 * 7)") == 1
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 2; }")
    assert cells.sources()[2] != "print(6 * 7)"
    press("Replace cell")
    page.wait_for_function(
        """() => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()
          === 'print(6 * 7)'"""
    )
    assert len(cells.sources()) == len(before) + 1
    press("Run")
    page.wait_for_function(
        """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells.some(
          cell => (cell.outputs ?? []).some(output => `${output.text}`.includes('42')))"""
    )
    assert len(cells.sources()) == len(before) + 2
