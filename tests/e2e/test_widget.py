"""The chat in a cell: `jupyter_agent.chat()` in JupyterLab and in Jupyter Notebook, with a scripted model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.lab import Lab
from tests.e2e.panel import PATIENCE, Notebook, Opener, Panel, paused, write_script
from tests.e2e.test_keyboard import tab_to, watch_commands
from tests.e2e.test_looks import wear

CHAT = "import jupyter_agent\n\njupyter_agent.chat()"
MULTIPLY = [{"call": {"name": "insert_cell", "arguments": {"source": "6 * 7", "run": True}}}]
DONE = [{"text": "It is done."}]

WATCH_LINES = """
  window.lines = [];
  window.EventSource = class extends EventSource {
    constructor(url) {
      super(url);
      window.lines.push(this);
    }
  };
"""
STREAMS_OF_RUNS = """() => window.lines.filter(
  line => /[/]runs[/]/.test(line.url) && line.readyState !== EventSource.CLOSED).length"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the scripted model plays; a test writes it before it asks."""
    return tmp_path_factory.mktemp("widget") / "script.json"


@pytest.fixture(scope="module")
def house(start_lab: Callable[..., Lab], script: Path) -> Lab:
    """One server for JupyterLab and Notebook, in which the scripted model answers."""
    return start_lab(
        traits={"JupyterAgent.model": f"scripted:{script}", "JupyterNotebookApp.expose_app_in_browser": True}
    )


@pytest.fixture
def go(tmp_path: Path) -> Path:
    """The file for which a paused answer waits."""
    return tmp_path / f"go-{uuid4().hex}"


@pytest.fixture
def path(house: Lab) -> str:
    """A notebook that shows the chat in its first cell."""
    return new_notebook(house, CHAT, "mine = 1")


def new_notebook(house: Lab, *sources: str) -> str:
    empty: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**empty, "id": uuid4().hex[:8], "source": source} for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    name = f"chat-{uuid4().hex[:8]}.ipynb"
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (house.root / name).write_text(json.dumps(content))
    return name


def widget(page: Page, number: int = 0) -> Panel:
    return Panel(page, f".ja-Widget >> nth={number} >> .ja-Chat:not(.ja-Widget-line)")


def run_first(page: Page) -> Panel:
    """Run the cell that shows the chat, and wait for it."""
    page.evaluate(
        """async () => {
          window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0;
          await window.jupyterapp.commands.execute('notebook:run-cell');
        }"""
    )
    chat = widget(page)
    expect(chat.field).to_be_visible(timeout=PATIENCE)
    return chat


def hide_panel(page: Page) -> None:
    page.evaluate("() => window.jupyterapp.shell.collapseRight()")
    expect(page.locator("#jupyter-agent-panel .ja-Chat")).not_to_be_visible()


def allow_from_elsewhere(house: Lab) -> None:
    """Approve what the newest conversation waits for as another client of the server would."""

    def ask(path: str, body: object = None) -> Any:
        with house.request(f"jupyter-agent/v1/{path}", method="GET" if body is None else "POST", body=body) as response:
            return json.load(response)

    run = ask("threads?limit=1")["threads"][0]["running"]
    [request] = ask(f"runs/{run}")["waitingFor"]
    ask(f"runs/{run}/inputs", {"requestId": request["requestId"], "hash": request["hash"], "decision": "approve"})


def save(page: Page) -> None:
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")


def sources_of(page: Page, path: str) -> list[str]:
    """The cells of an open notebook, whether or not it is in front."""
    sources: list[str] = page.evaluate(
        """path => [...window.jupyterapp.shell.widgets('main')].find(one => one.context?.path === path)
          .content.model.toJSON().cells.map(cell => [cell.source].flat().join(''))""",
        path,
    )
    return sources


def test_the_widget_works_on_its_own_notebook_while_another_is_in_front_and_the_panel_is_closed(
    house: Lab, script: Path, page: Page, path: str, open_notebook: Opener, artifacts: Path, console_errors: list[str]
) -> None:
    other = new_notebook(house, "other = 1")
    write_script(script, MULTIPLY, DONE)
    open_notebook(page, house, path)
    hide_panel(page)
    chat = run_first(page)
    expect(chat.root).to_contain_text(path)
    answer = chat.ask("Multiply")
    chat.await_approval()
    page.evaluate(
        "path => window.jupyterapp.commands.execute('docmanager:open', {path, options: {mode: 'split-right'}})", other
    )
    page.wait_for_function("path => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=other)
    # A click would bring the widget's own notebook to the front.
    allow_from_elsewhere(house)
    assert "It is done." in chat.await_end(answer)
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path") == other
    assert sources_of(page, other) == ["other = 1"]
    assert sorted(sources_of(page, path)) == sorted([CHAT, "6 * 7", "mine = 1"])
    outputs = page.locator(".jp-OutputArea-output", has_text=re.compile("^42$"))
    expect(outputs).to_have_count(1)
    page.screenshot(path=artifacts / "widget-two-notebooks.png")
    assert [error for error in console_errors if "404" not in error] == []


def test_a_reload_in_the_middle_loses_nothing_and_nothing_is_open_at_rest(
    house: Lab, script: Path, page: Page, path: str, open_notebook: Opener, go: Path
) -> None:
    page.add_init_script(WATCH_LINES)
    write_script(script, paused("One two three. ", go, "Four five six."))
    open_notebook(page, house, path)
    chat = run_first(page)
    assert page.evaluate(STREAMS_OF_RUNS) == 0
    expect(chat.ask("Count")).to_contain_text("One two three.", timeout=PATIENCE)
    assert page.evaluate(STREAMS_OF_RUNS) == 1
    save(page)
    open_notebook(page, house, path)
    chat = widget(page)
    answer = chat.answers.first
    expect(answer).to_contain_text("One two three.", timeout=PATIENCE)
    expect(answer).to_have_attribute("data-status", "running")
    assert page.evaluate(STREAMS_OF_RUNS) == 1
    go.touch()
    chat.await_end(answer)
    expect(answer.locator(".ja-Markdown")).to_have_text("One two three. Four five six.")
    expect(chat.questions).to_have_text(["Count"])
    assert page.evaluate(STREAMS_OF_RUNS) == 0


def test_a_second_view_and_the_panel_see_every_word(
    house: Lab, script: Path, page: Page, path: str, open_notebook: Opener, go: Path, artifacts: Path
) -> None:
    write_script(script, paused("One two three. ", go, "Four five six."))
    open_notebook(page, house, path)
    hide_panel(page)
    run_first(page)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:create-output-view')")
    expect(page.locator(".ja-Widget")).to_have_count(2, timeout=PATIENCE)
    first, second = widget(page, 0), widget(page, 1)
    expect(second.field).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("It cannot see or change cells")).to_have_count(0)
    second.ask("Count")
    for chat in (first, second):
        expect(chat.answers.first).to_contain_text("One two three.", timeout=PATIENCE)
    page.screenshot(path=artifacts / "widget-two-views.png")
    go.touch()
    for chat in (first, second):
        chat.await_end(chat.answers.first)
        expect(chat.answers.first.locator(".ja-Markdown")).to_have_text("One two three. Four five six.")


@pytest.mark.parametrize("where", ["JupyterLab", "Notebook"])
def test_a_cell_that_is_run_again_goes_on_with_its_conversation(
    house: Lab, script: Path, page: Page, path: str, open_notebook: Opener, where: str
) -> None:
    write_script(script, [{"text": "First answer."}])
    (open_notebook if where == "JupyterLab" else open_in_notebook7)(page, house, path)
    chat = run_first(page)
    chat.await_end(chat.ask("First question"))
    old = page.locator(".ja-Widget").element_handle()
    run_first(page)
    page.wait_for_function("old => !old.isConnected", arg=old)
    expect(chat.questions).to_have_text(["First question"], timeout=PATIENCE)
    chat.root.get_by_label("New chat", exact=True).click()
    expect(chat.root.locator(".ja-Turn")).to_have_count(0)
    write_script(script, [{"text": "Second answer."}])
    chat.await_end(chat.ask("Second question"))
    Notebook(page).run_all()
    expect(chat.questions).to_have_text(["Second question"], timeout=PATIENCE)
    expect(chat.answers.first).to_contain_text("Second answer.")


def test_what_is_asked_in_the_panel_is_seen_in_the_widget_of_the_same_conversation(
    house: Lab, script: Path, page: Page, path: str, open_notebook: Opener
) -> None:
    write_script(script, [{"text": "First answer."}], [{"text": "Second answer."}])
    open_notebook(page, house, path)
    chat = run_first(page)
    title = f"Asked here {uuid4().hex[:6]}"
    chat.await_end(chat.ask(title))
    panel = Panel(page)
    panel.root.locator(".ja-ThreadMenu > button").click()
    panel.root.locator(".ja-Thread-open", has_text=title).click()
    expect(panel.answers).to_have_count(1)
    write_script(script, [], [{"text": "Second answer."}])
    panel.await_end(panel.ask("Asked there"))
    chat.await_end(chat.answers.nth(1))
    expect(chat.questions).to_have_text([title, "Asked there"])


def test_nothing_of_the_chat_is_in_the_notebook_file(
    house: Lab, script: Path, page: Page, path: str, open_notebook: Opener
) -> None:
    write_script(script, [{"text": "A pangolin is an animal."}])
    open_notebook(page, house, path)
    chat = run_first(page)
    chat.await_end(chat.ask("What is a pangolin, please?"))
    page.evaluate("() => window.jupyterapp.commands.execute('@jupyter-widgets/jupyterlab-manager:saveWidgetState')")
    save(page)
    text = (house.root / path).read_text()
    states = json.loads(text)["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    [state] = [one["state"] for one in states.values() if one["model_name"] == "AnyModel"]
    assert re.fullmatch(r"[\da-f-]{36}", state["thread"])
    assert "pangolin" not in text
    assert house.token not in text
    assert "The assistant's chat is shown here" in text


def test_keys_act_on_the_chat_and_never_on_the_notebook(
    house: Lab, script: Path, page: Page, path: str, open_notebook: Opener
) -> None:
    write_script(script, MULTIPLY, DONE)
    open_notebook(page, house, path)
    hide_panel(page)
    chat = run_first(page)
    before = Notebook(page).sources()
    watch_commands(page)
    chat.field.click()
    page.keyboard.type("dd a b x")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+Backspace")
    page.keyboard.type("Multiply")
    expect(chat.field).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.approvals.first.get_by_role("button", name="Allow once")).to_be_enabled(timeout=PATIENCE)
    tab_to(page, "Allow once", key="Shift+Tab")
    for key in ("d", "d", "a", "b", "x", "Escape", "ArrowUp", "Control+m"):
        page.keyboard.press(key)
    assert carried_out(page) == []
    assert Notebook(page).sources() == before
    page.keyboard.press("Enter")
    assert "It is done." in chat.await_end(chat.answers.first)
    expect(chat.field).to_be_focused()
    page.keyboard.press("Control+s")
    page.wait_for_function("() => window.carriedOut.includes('docmanager:save')")


def carried_out(page: Page) -> list[str]:
    names: list[str] = page.evaluate("window.carriedOut")
    return [name for name in names if name.startswith("notebook:")]


def test_running_every_cell_leaves_the_focus_where_it_is(
    house: Lab, page: Page, path: str, open_notebook: Opener
) -> None:
    open_notebook(page, house, path)
    page.locator(".jp-NotebookPanel:visible .jp-CodeCell .cm-content").last.click()
    focused = "() => document.activeElement.closest('.ja-Widget') === null"
    Notebook(page).run_all()
    expect(widget(page).field).to_be_visible(timeout=PATIENCE)
    assert page.evaluate(focused)


def test_without_the_extension_it_chats_and_says_what_it_cannot_do(
    house: Lab, script: Path, page: Page, path: str, open_notebook: Opener, artifacts: Path
) -> None:
    page.route("**/extensions/jupyter-agent/**", lambda route: route.abort())
    write_script(script, [{"text": "Hello all the same."}])
    open_notebook(page, house, path)
    chat = run_first(page)
    expect(page.get_by_text("It cannot see or change cells here: the assistant's extension")).to_be_visible()
    assert "Hello all the same." in chat.await_end(chat.ask("Hello"))
    page.screenshot(path=artifacts / "widget-without-extension.png")


def test_a_server_without_the_assistant_is_said_in_a_sentence(
    house: Lab, page: Page, path: str, open_notebook: Opener, artifacts: Path
) -> None:
    answers: dict[str, Any] = {"status": 404, "body": "{}"}

    def answer(route: Route) -> None:
        route.fulfill(**answers) if answers else route.continue_()

    page.route("**/jupyter-agent/v1/threads?limit=1", answer)
    open_notebook(page, house, path)
    hide_panel(page)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell')")
    frame = page.locator(".ja-Widget")
    expect(frame).to_contain_text("This Jupyter server does not have the assistant.", timeout=PATIENCE)
    page.screenshot(path=artifacts / "widget-no-assistant.png")
    answers["status"] = 403
    frame.get_by_role("button", name="Try again").click()
    expect(frame).to_contain_text("sign in again")
    answers.clear()
    frame.get_by_role("button", name="Try again").click()
    expect(widget(page).field).to_be_visible()


def open_in_notebook7(page: Page, house: Lab, path: str) -> None:
    page.goto(house.address(f"notebooks/{path}"))
    page.wait_for_function(
        """() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'""",
        timeout=60_000,
    )


def test_jupyter_notebook_has_the_panel_and_the_widget_and_both_work(
    house: Lab, script: Path, page: Page, path: str, artifacts: Path, console_errors: list[str]
) -> None:
    write_script(script, MULTIPLY, DONE)
    open_in_notebook7(page, house, path)
    chat = run_first(page)
    expect(chat.root).to_contain_text(path)
    expect(page.get_by_text("It cannot see or change cells")).to_have_count(0)
    answer = chat.ask("Multiply")
    chat.allow()
    assert "It is done." in chat.await_end(answer)
    assert sorted(Notebook(page).sources()) == sorted([CHAT, "6 * 7", "mine = 1"])
    page.screenshot(path=artifacts / "widget-notebook7.png")
    page.evaluate("() => window.jupyterapp.commands.execute('jupyter-agent:open')")
    panel = Panel(page)
    expect(panel.field).to_be_visible()
    write_script(script, [{"text": "Here too."}])
    panel.root.get_by_label("New chat", exact=True).click()
    assert "Here too." in panel.await_end(panel.ask("And here?"))
    page.screenshot(path=artifacts / "widget-notebook7-panel.png")
    # Jupyter Notebook has complaints of its own there.
    assert [error for error in console_errors if "jupyter-agent" in error] == []


@pytest.mark.parametrize("address", ["tree", "edit/penguins.csv", "consoles/x"])
def test_the_other_pages_of_jupyter_notebook_are_as_they_were(
    house: Lab, page: Page, address: str, artifacts: Path, console_errors: list[str]
) -> None:
    page.goto(house.address(address))
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)")
    page.screenshot(path=artifacts / f"widget-notebook7-{address.partition('/')[0]}.png")
    expect(page.locator("#jupyter-agent-panel .ja-Chat")).not_to_be_visible()
    assert [error for error in console_errors if "jupyter-agent" in error] == []


def test_pictures(house: Lab, script: Path, page: Page, path: str, open_notebook: Opener, artifacts: Path) -> None:
    said = "The **mean** of `mine` is 1.\n\n- one\n- two\n\n```python\nmine + 1\n```\n"
    write_script(script, [{"text": said}, *MULTIPLY], DONE)
    open_notebook(page, house, path)
    hide_panel(page)
    chat = run_first(page)
    frame = page.locator(".ja-Widget")

    def pictures(state: str) -> None:
        for theme in ("light", "dark"):
            wear(page, theme)
            for width in (0, 300):
                frame.evaluate("(frame, width) => { frame.style.width = width ? `${width}px` : ''; }", width)
                picture = artifacts / f"widget-{state}-{theme}-{width or 'wide'}.png"
                frame.screenshot(path=picture, animations="disabled")
                assert chat.root.evaluate("root => root.scrollWidth <= root.clientWidth")
                assert frame.evaluate("frame => frame.getBoundingClientRect().height") == 480
        wear(page, "light")
        frame.evaluate("frame => { frame.style.width = ''; }")

    pictures("welcome")
    answer = chat.ask("What is the mean?")
    expect(chat.approvals.first.get_by_role("button", name="Allow once")).to_be_enabled(timeout=PATIENCE)
    pictures("approval")
    page.screenshot(path=artifacts / "widget-in-notebook.png", animations="disabled")
    chat.allow()
    chat.await_end(answer)
    pictures("answer")
