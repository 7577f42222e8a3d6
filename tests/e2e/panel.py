"""The assistant's panel as a person uses it, and the notebook beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.lab import Lab

PATIENCE = 30_000
"""Milliseconds; for what takes a kernel or a server a moment on a loaded machine."""


class Panel:
    """The side panel of one page, or another place where the same view is shown."""

    def __init__(self, page: Page, root: str = ".jupyter-agent-panel .ja-Chat") -> None:
        self.page = page
        self.root = page.locator(root)
        self.field = self.root.get_by_label("Your message")
        self.answers = self.root.locator(".ja-Answer")
        self.questions = self.root.locator(".ja-Question")
        self.approvals = self.root.locator(".ja-Approval")

    def show(self) -> Panel:
        """Bring the panel to the front: by itself it opens only until a person closes it."""
        self.page.wait_for_function("() => window.jupyterapp?.commands.hasCommand('jupyter-agent:open')")
        self.page.evaluate(
            "() => window.jupyterapp.restored.then(() => window.jupyterapp.commands.execute('jupyter-agent:open'))"
        )
        expect(self.field).to_be_visible(timeout=PATIENCE)
        return self

    def fresh(self) -> Panel:
        """Begin a new conversation: the panel opens with the newest one of the server."""
        self.show()
        self.root.get_by_label("New chat", exact=True).click()
        expect(self.root.locator(".ja-Turn")).to_have_count(0)
        return self

    def ask(self, text: str) -> Locator:
        """Send a question and return its answer, which has begun."""
        before = self.answers.count()
        self.field.fill(text)
        self.field.press("Enter")
        answer = self.answers.nth(before)
        expect(answer).to_be_visible(timeout=PATIENCE)
        return answer

    def allow(self) -> None:
        """Click on the first open approval's button, as soon as it can be clicked."""
        self.approvals.first.get_by_role("button", name="Allow once").click(timeout=PATIENCE)

    def deny(self) -> None:
        self.approvals.first.get_by_role("button", name=re.compile("^Don.t allow$")).click(timeout=PATIENCE)

    def await_approval(self) -> Locator:
        card = self.approvals.first
        expect(card).to_be_visible(timeout=PATIENCE)
        return card

    def await_end(self, answer: Locator, status: str = "finished") -> str:
        """The answer's text when its run has ended as expected."""
        expect(answer).to_have_attribute("data-status", status, timeout=PATIENCE)
        return answer.inner_text()

    def stop(self) -> None:
        self.root.get_by_label("Stop", exact=True).click()


WIDGET = ".jp-NotebookPanel:visible .ja-Widget .ja-Chat"
"""The view in the output of a cell of the notebook in front."""


def chat_in_a_cell(cells: Notebook) -> Panel:
    """The person calls `chat()` in a cell at the end, and waits until it is there."""
    cells.append("import jupyter_agent\njupyter_agent.chat()")
    cells.run_last()
    widget = Panel(cells.page, WIDGET)
    expect(widget.field).to_be_visible(timeout=PATIENCE)
    return widget


class Notebook:
    """The notebook that a page shows in front, through JupyterLab's own model."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def cells(self) -> list[dict[str, Any]]:
        """Its cells as nbformat has them, at this moment."""
        cells: list[dict[str, Any]] = self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
        )
        return cells

    def sources(self) -> list[str]:
        return ["".join(cell["source"]) for cell in self.cells()]

    def run_all(self) -> None:
        """Run every cell and wait until the kernel has done them all."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(
            """() => {
              const panel = window.jupyterapp.shell.currentWidget;
              const done = cell => cell.model.type !== 'code' || cell.model.executionCount !== null;
              return panel.content.widgets.every(done)
                && panel.sessionContext.session.kernel.status === 'idle';
            }"""
        )

    def append(self, source: str) -> str:
        """A code cell of the person's at the end; its id."""
        cell_id: str = self.page.evaluate(
            """source => {
              const model = window.jupyterapp.shell.currentWidget.content.model.sharedModel;
              model.insertCell(model.cells.length, {cell_type: 'code', source});
              return model.cells[model.cells.length - 1].id;
            }""",
            source,
        )
        return cell_id

    def run_last(self) -> None:
        """Run the last cell and wait for its end."""
        self.page.evaluate(
            """async () => {
              const panel = window.jupyterapp.shell.currentWidget;
              panel.content.activeCellIndex = panel.content.widgets.length - 1;
              await window.jupyterapp.commands.execute('notebook:run-cell');
            }"""
        )

    def type_into(self, cell_id: str, text: str) -> None:
        """Type at the end of a cell as a person does, with the keyboard."""
        index: int = self.page.evaluate(
            """id => {
              const panel = window.jupyterapp.shell.currentWidget;
              const index = panel.content.widgets.findIndex(cell => cell.model.id === id);
              panel.content.activeCellIndex = index;
              return index;
            }""",
            cell_id,
        )
        self.page.locator(".jp-NotebookPanel:visible .jp-Cell").nth(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)

    def undo(self, cell_id: str) -> None:
        """What Ctrl+Z in the cell does."""
        self.page.evaluate(
            """id => window.jupyterapp.shell.currentWidget.content.widgets
              .find(cell => cell.model.id === id).model.sharedModel.undo()""",
            cell_id,
        )

    def source(self, cell_id: str) -> str:
        return next("".join(cell["source"]) for cell in self.cells() if cell["id"] == cell_id)


def write_script(path: Path, *turns: list[dict[str, Any]]) -> None:
    """What the scripted model will say in the next conversation."""
    path.write_text(json.dumps({"turns": turns}))


def paused(before: str, go: Path, after: str) -> list[dict[str, Any]]:
    """An answer that stands still in the middle until the file `go` exists."""
    return [{"text": before, "chunk": 5}, {"wait": {"file": str(go)}}, {"text": after, "chunk": 5}]


Opener = Callable[[Page, Lab, str], None]
