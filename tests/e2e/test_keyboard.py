"""Without a mouse: where the focus is, and that keys go where it is."""

from __future__ import annotations

import re

from playwright.sync_api import ConsoleMessage, Page, expect

from tests.e2e.lab import Lab
from tests.e2e.panel import PATIENCE, Notebook, Opener, Panel

SHORTCUT = "Control+Shift+Digit1"


FOCUSED = "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"


def tab_to(page: Page, name: str, *, key: str = "Tab") -> None:
    """Press Tab until the button of that name has the focus; a `.` in the name stands for any character."""
    for _ in range(40):
        if re.fullmatch(name, page.evaluate(FOCUSED)):
            return
        page.keyboard.press(key)
    raise AssertionError(f"Tab never came to {name!r}")


def watch_commands(page: Page) -> None:
    """Record every command that JupyterLab carries out from now on."""
    page.evaluate(
        """() => {
          window.carriedOut = [];
          window.jupyterapp.commands.commandExecuted.connect((_, {id}) => window.carriedOut.push(id));
        }"""
    )


def test_an_approval_is_given_by_keys_alone_and_the_focus_goes_on_to_the_composer(
    lab: Lab, page: Page, notebook: str, open_notebook: Opener
) -> None:
    open_notebook(page, lab, notebook)
    panel = Panel(page).fresh()
    expect(panel.field).to_be_focused()
    watch_commands(page)
    page.keyboard.type("run: 6 * 7")
    page.keyboard.press("Enter")
    card = panel.await_approval()
    expect(card.get_by_role("button", name="Allow once")).to_be_enabled()
    tab_to(page, "Allow once", key="Shift+Tab")
    page.keyboard.press("Enter")
    # At once, and still when the card is gone and the answer complete.
    expect(panel.field).to_be_focused()
    page.keyboard.type("dd a b x")
    panel.await_end(panel.answers.last)
    expect(panel.approvals).to_have_count(0)
    expect(panel.field).to_be_focused()
    expect(panel.field).to_have_value("dd a b x")
    assert "6 * 7" in Notebook(page).sources()
    assert [name for name in page.evaluate("window.carriedOut") if name.startswith("notebook:")] == []


def test_refusing_and_stopping_leave_the_focus_in_the_composer(
    lab: Lab, page: Page, notebook: str, open_notebook: Opener
) -> None:
    open_notebook(page, lab, notebook)
    panel = Panel(page).fresh()
    answer = panel.ask("run: 6 * 7")
    panel.await_approval()
    tab_to(page, "Don.t allow", key="Shift+Tab")
    page.keyboard.press("Space")
    panel.await_end(answer)
    expect(panel.field).to_be_focused()
    panel.ask("run: 6 * 7")
    panel.await_approval()
    tab_to(page, "Stop")
    page.keyboard.press("Enter")
    panel.await_end(panel.answers.last, "cancelled")
    expect(panel.field).to_be_focused()


def test_a_new_chat_begins_in_its_composer(lab: Lab, page: Page, notebook: str, open_notebook: Opener) -> None:
    open_notebook(page, lab, notebook)
    panel = Panel(page).fresh()
    panel.await_end(panel.ask("help"))
    tab_to(page, "New chat", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(panel.root.locator(".ja-Turn")).to_have_count(0)
    expect(panel.field).to_be_focused()
    page.keyboard.type("help")
    expect(panel.field).to_have_value("help")
    panel.root.get_by_label("New chat", exact=True).click()
    expect(panel.field).to_be_focused()
    expect(panel.field).to_have_value("")


def test_the_shortcut_goes_from_a_cell_to_the_composer(
    lab: Lab, page: Page, notebook: str, open_notebook: Opener
) -> None:
    loud: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("warning", "error"):
            loud.append(message.text)

    page.on("console", listen)
    open_notebook(page, lab, notebook)
    panel = Panel(page).show()
    page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-right-area')")
    expect(panel.field).not_to_be_visible()
    page.locator(".jp-NotebookPanel:visible .jp-CodeCell .cm-content").first.click()
    watch_commands(page)
    before = Notebook(page).sources()
    page.keyboard.press(SHORTCUT)
    expect(panel.field).to_be_focused(timeout=PATIENCE)
    assert page.evaluate("window.carriedOut") == ["jupyter-agent:open"]
    page.keyboard.type("x")
    expect(panel.field).to_have_value("x")
    assert Notebook(page).sources() == before
    assert [text for text in loud if "jupyter-agent" in text or "shortcut" in text.lower()] == []


def test_the_panel_opens_by_itself_until_the_person_closes_it(lab: Lab, page: Page) -> None:
    field = Panel(page).field
    for _ in range(2):  # the first visit, and one after JupyterLab's layout was reset
        page.goto(lab.address())
        expect(field).to_be_visible(timeout=PATIENCE)
    page.evaluate("() => window.jupyterapp.restored")
    tab = page.locator(".jp-SideBar.jp-mod-right .lm-TabBar-tab[data-id='jupyter-agent-panel']")
    tab.click()
    expect(field).not_to_be_visible()
    page.goto(lab.address())
    page.evaluate("() => window.jupyterapp.restored")
    expect(tab).to_be_visible()
    expect(field).not_to_be_visible()
    tab.click()
    expect(field).to_be_visible()
    page.goto(lab.address())
    expect(field).to_be_visible(timeout=PATIENCE)
