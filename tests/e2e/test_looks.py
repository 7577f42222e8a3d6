"""What it looks like: every surface, light and dark, narrow and wide. The pictures go to the artefacts."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.lab import Lab
from tests.e2e.panel import PATIENCE, Notebook, Opener, Panel

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def wear(page: Page, theme: str) -> None:
    """Change the theme and wait until it is on."""
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", THEMES[theme])
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=THEMES[theme])


WINDOWS = [("light", 1440, 900), ("light", 1000, 700), ("dark", 1440, 900), ("dark", 1920, 1080)]


def test_pictures(lab: Lab, page: Page, open_notebook: Opener, artifacts: Path) -> None:
    folder = lab.root / "story"
    folder.mkdir()
    for name in ("penguins.ipynb", "penguins.csv"):
        shutil.copy(lab.root / name, folder / name)
    open_notebook(page, lab, "story/penguins.ipynb")
    panel = Panel(page).fresh()

    def pictures(state: str) -> None:
        for theme, width, height in WINDOWS:
            wear(page, theme)
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=artifacts / f"looks-{state}-{theme}-{width}.png", animations="disabled")
            assert panel.root.evaluate("root => root.scrollWidth <= root.clientWidth")
        wear(page, "light")

    pictures("welcome")
    Notebook(page).run_all()
    panel.await_end(panel.ask("help"))
    pictures("help")
    answer = panel.ask("Plot flipper_length_mm against body_mass_g by species")
    panel.await_approval()
    expect(panel.approvals.first.get_by_role("button", name="Allow once")).to_be_enabled()
    pictures("approval")
    panel.allow()
    panel.await_end(answer)
    pictures("answer")


def test_a_chat_is_renamed_found_and_deleted(lab: Lab, page: Page, artifacts: Path) -> None:
    page.goto(lab.address())
    panel = Panel(page).fresh()
    panel.await_end(panel.ask("help"))
    menu = panel.root.locator(".ja-ThreadMenu > button")
    menu.click()
    row = panel.root.locator(".ja-Thread.ja-is-current")
    row.get_by_label("Rename").click()
    field = panel.root.get_by_label("New name of this chat")
    field.fill("About help")
    field.press("Enter")
    expect(row).to_contain_text("About help")
    search = panel.root.get_by_label("Search chats")
    search.fill("no such chat at all")
    expect(row).to_have_count(0)
    search.fill("about help")
    expect(row).to_have_count(1)
    page.screenshot(path=artifacts / "looks-chats.png")
    row.get_by_label("Delete").click()
    panel.root.locator(".ja-Thread.ja-is-deleting").get_by_role("button", name="Delete").click()
    expect(panel.root.locator(".ja-ThreadList li", has_text="About help")).to_have_count(0)
    expect(panel.root.locator(".ja-Turn")).to_have_count(0)


def test_a_card_says_the_same_before_and_after_a_reload(
    lab: Lab, page: Page, notebook: str, open_notebook: Opener, artifacts: Path
) -> None:
    open_notebook(page, lab, notebook)
    panel = Panel(page).fresh()
    answer = panel.ask("run: 1 / 0")
    panel.allow()
    panel.await_end(answer)
    cards = panel.root.locator(".ja-Tool")
    before = cards.all_inner_texts()
    assert any("Insert" in words and "run it" in words for words in before), before
    assert not any("{" in words for words in before), before
    expect(cards.last.locator(".ja-Tool-summary")).to_be_visible()
    wear(page, "dark")
    page.screenshot(path=artifacts / "looks-failed-dark.png", animations="disabled")
    wear(page, "light")
    open_notebook(page, lab, notebook)
    expect(cards).to_have_count(len(before), timeout=PATIENCE)
    assert cards.all_inner_texts() == before


def test_a_small_window_and_a_long_title(
    lab: Lab, page: Page, notebook: str, open_notebook: Opener, artifacts: Path
) -> None:
    page.set_viewport_size({"width": 900, "height": 700})
    open_notebook(page, lab, notebook)
    panel = Panel(page).fresh()
    panel.await_end(panel.ask("help, please, with a question that has a title as long as a title can be"))
    assert panel.root.evaluate("root => root.clientWidth") <= 310
    for width in (900, 1440):
        page.set_viewport_size({"width": width, "height": 700})
        expect(panel.root.locator(".ja-ModelMenu > button .ja-Icon").last).to_be_visible()
        expect(panel.root.locator(".ja-ThreadMenu > button .ja-Icon").last).to_be_visible()
        name = panel.root.locator(".ja-ModelMenu .ja-Popover-name")
        assert name.evaluate("name => name.scrollWidth <= name.clientWidth"), f"the model's name is cut at {width}"
        title = panel.root.locator(".ja-ThreadMenu .ja-Popover-name")
        assert title.evaluate("title => title.clientWidth") >= 30
    panel.root.locator(".ja-ModelMenu > button").click()
    missing = panel.root.get_by_role("region", name="Not set up here")
    expect(missing.get_by_role("button", name="Copy OPENROUTER_API_KEY")).to_have_count(1)
    page.set_viewport_size({"width": 900, "height": 700})
    page.screenshot(path=artifacts / "looks-small.png", animations="disabled")
