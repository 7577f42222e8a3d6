"""The first story: ask beside a notebook, allow what is proposed, see it run, read the answer.

Told with the built-in assistant and with models behind real wires, from the panel and from a widget in a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import sizes
from tests.e2e.lab import Lab
from tests.e2e.panel import PATIENCE, Notebook, Opener, Panel, chat_in_a_cell
from tests.e2e.settings import SETTINGS, Setting

MISSPELT = 'penguins["body_mas_g"].mean()'
MENDED = 'penguins["body_mass_g"].mean()'


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The heart of the story is told in every setting. What is about the panel's page is told there; in short, once."""
    told = SETTINGS if "beside" in metafunc.fixturenames else [one for one in SETTINGS if one.surface == "panel"]
    everywhere = "heart" in metafunc.definition.keywords or sizes.SIZE == "full"
    metafunc.parametrize("setting", told if everywhere else told[:1], ids=str, scope="package")


@pytest.fixture
def lab(setting: Setting, lab_with: Callable[[str], Lab]) -> Lab:
    """The one in which the setting's model answers."""
    return lab_with(setting.model)


@pytest.fixture
def beside(setting: Setting, lab: Lab, page: Page, notebook: str, open_notebook: Opener) -> tuple[Notebook, Panel]:
    """The penguins notebook with every cell run, and a new conversation beside it or in it."""
    open_notebook(page, lab, notebook)
    cells = Notebook(page)
    cells.run_all()
    return cells, Panel(page).fresh() if setting.surface == "panel" else chat_in_a_cell(cells)


@pytest.fixture
def misspelt(beside: tuple[Notebook, Panel]) -> tuple[Notebook, Panel, str]:
    """The same, with a cell of the person's at the end that names a column wrongly and has failed; its id."""
    cells, panel = beside
    cell = cells.append(MISSPELT)
    cells.run_last()
    return cells, panel, cell


@pytest.mark.heart
def test_the_assistant_profiles_the_penguins(
    beside: tuple[Notebook, Panel], page: Page, artifacts: Path, console_errors: list[str]
) -> None:
    cells, panel = beside
    before = cells.sources()

    answer = panel.ask("Profile penguins")
    card = panel.await_approval()
    shown = "".join(card.inner_text().split())
    assert cells.sources() == before, "nothing is written before it is allowed"
    page.screenshot(path=artifacts / "story-approval.png")

    panel.allow()
    text = panel.await_end(answer)
    assert "344" in text, "the answer uses the output of the cell"
    added = [cell for cell in cells.cells() if "".join(cell["source"]) not in before]
    assert len(added) == 1
    assert all("".join(line.split()) in shown for line in "".join(added[0]["source"]).splitlines())
    assert added[0]["execution_count"] is not None
    assert added[0]["outputs"] != []
    expect(panel.approvals).to_have_count(0)
    page.screenshot(path=artifacts / "story-light.png")
    assert [error for error in console_errors if "jupyter-agent" in error] == []


def test_an_answer_is_seen_growing(lab: Lab, page: Page, notebook: str, open_notebook: Opener) -> None:
    open_notebook(page, lab, notebook)
    panel = Panel(page).fresh()
    page.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => {
            const answer = document.querySelector('.ja-Answer');
            if (answer?.dataset.status !== 'running') return;
            const said = [...answer.querySelectorAll('.ja-Markdown')].map(text => text.textContent).join('');
            if (said) window.seen.push(said.length);
          }).observe(document.querySelector('.ja-Chat'), {subtree: true, childList: true, characterData: true});
        }"""
    )
    answer = panel.ask("help")
    text = panel.await_end(answer)
    assert text.startswith("I am the built-in assistant: rules, not a language model.")
    lengths = page.evaluate("window.seen")
    assert len(set(lengths)) >= 3, lengths
    assert lengths == sorted(lengths)


def test_a_plot_is_drawn_after_one_click(beside: tuple[Notebook, Panel], page: Page, artifacts: Path) -> None:
    cells, panel = beside
    answer = panel.ask("Plot flipper_length_mm against body_mass_g")
    panel.allow()
    panel.await_end(answer)
    last = next(
        cell
        for cell in cells.cells()
        if "flipper_length_mm" in "".join(cell["source"]) and "plot" in "".join(cell["source"])
    )
    assert any("image/png" in output.get("data", {}) for output in last["outputs"])
    page.screenshot(path=artifacts / "story-plot.png")


@pytest.mark.heart
def test_what_is_not_allowed_does_not_happen(beside: tuple[Notebook, Panel]) -> None:
    cells, panel = beside
    before = cells.sources()
    answer = panel.ask("Profile penguins")
    panel.await_approval()
    panel.deny()
    panel.await_end(answer)
    assert cells.sources() == before
    expect(answer.locator(".ja-Tool.ja-is-denied")).to_have_count(1)


def test_plan_mode_reads_and_does_not_write(beside: tuple[Notebook, Panel]) -> None:
    cells, panel = beside
    before = cells.sources()
    panel.root.get_by_label("What it may do: Ask first").click()
    panel.root.get_by_role("radio", name="Read only").click()
    answer = panel.ask("Profile penguins")
    panel.await_end(answer)
    expect(panel.approvals).to_have_count(0)
    assert cells.sources() == before


@pytest.mark.heart
def test_an_error_is_explained_and_mended(misspelt: tuple[Notebook, Panel, str], page: Page, artifacts: Path) -> None:
    cells, panel, cell = misspelt
    answer = panel.ask("Explain the last error")
    panel.await_approval()
    page.screenshot(path=artifacts / "story-mend.png")
    panel.allow()
    text = panel.await_end(answer)
    assert "body_mass_g" in text
    assert cells.source(cell) == MENDED


@pytest.mark.heart
def test_text_that_the_person_typed_meanwhile_stays(
    misspelt: tuple[Notebook, Panel, str], page: Page, artifacts: Path
) -> None:
    cells, panel, cell = misspelt
    answer = panel.ask("Explain the last error")
    panel.await_approval()
    cells.type_into(cell, "  # mine")
    panel.allow()
    panel.await_end(answer)
    assert cells.source(cell) == MISSPELT + "  # mine"
    page.screenshot(path=artifacts / "story-kept.png")


def test_the_agents_edit_is_one_undo_step_of_its_own(misspelt: tuple[Notebook, Panel, str], page: Page) -> None:
    cells, panel, cell = misspelt
    cells.type_into(cell, " ")
    page.keyboard.press("Backspace")
    answer = panel.ask("Explain the last error")
    panel.allow()
    panel.await_end(answer)
    assert cells.source(cell) == MENDED
    cells.undo(cell)
    assert cells.source(cell) == MISSPELT


def test_a_rename_between_proposal_and_click_does_no_harm(
    beside: tuple[Notebook, Panel], page: Page, notebook: str
) -> None:
    cells, panel = beside
    before = cells.sources()
    answer = panel.ask("Profile penguins")
    panel.await_approval()
    renamed = notebook.replace(".ipynb", "-renamed.ipynb")
    page.evaluate("path => window.jupyterapp.shell.currentWidget.context.rename(path)", renamed)
    page.wait_for_function("path => window.jupyterapp.shell.currentWidget.context.path === path", arg=renamed)
    panel.allow()
    assert "344" in panel.await_end(answer)
    assert len(cells.sources()) == len(before) + 1


def test_with_two_windows_on_one_notebook_the_one_that_asked_is_changed(
    lab: Lab, context: BrowserContext, notebook: str, open_notebook: Opener
) -> None:
    here, there = context.new_page(), context.new_page()
    for page in (here, there):
        open_notebook(page, lab, notebook)
    Notebook(here).run_all()
    before = Notebook(there).sources()
    panel = Panel(here).fresh()
    answer = panel.ask("Profile penguins")
    panel.allow()
    panel.await_end(answer)
    assert len(Notebook(here).sources()) == len(before) + 1
    assert Notebook(there).sources() == before


def test_without_a_notebook_the_answer_says_so(lab: Lab, page: Page) -> None:
    page.goto(lab.address())
    panel = Panel(page)
    expect(panel.field).to_be_visible(timeout=PATIENCE)
    answer = panel.fresh().ask("Summarise this notebook")
    assert "notebook" in panel.await_end(answer)
    expect(panel.approvals).to_have_count(0)


def test_a_cell_that_asks_for_input_is_refused_in_words(
    lab: Lab, page: Page, notebook: str, open_notebook: Opener
) -> None:
    open_notebook(page, lab, notebook)
    panel = Panel(page).fresh()
    answer = panel.ask('run: name = input("Your name? ")')
    panel.allow()
    text = panel.await_end(answer)
    assert "input" in text


def test_a_dead_kernel_is_said(lab: Lab, page: Page, notebook: str, open_notebook: Opener) -> None:
    open_notebook(page, lab, notebook)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.sessionContext.session")
    panel = Panel(page).fresh()
    answer = panel.ask("run: 1 + 1")
    panel.allow()
    assert "kernel" in panel.await_end(answer)
