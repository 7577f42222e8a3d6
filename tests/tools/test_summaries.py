"""What a person reads of a tool's work: one plain sentence, never the model's JSON, and a status that is true."""

import ast
from pathlib import Path
from typing import Any

import pytest

import jupyter_agent
from jupyter_agent.core.errors import ToolError
from jupyter_agent.core.notebook import Execution, source_hash
from jupyter_agent.core.person import for_person, for_reason, raised
from tests.tools.test_notebook_tools import Desk, at_desk


@pytest.mark.parametrize(
    ("tool", "arguments", "summary", "status"),
    [
        ("read_notebook", {}, "Read 3 cells of b.ipynb", "done"),
        ("read_cells", {"cell_ids": ["one"]}, "Read 1 cell of b.ipynb", "done"),
        ("list_variables", {}, "The kernel holds no variables yet", "done"),
        ("insert_cell", {"source": "1"}, "Inserted as cell 4", "done"),
        ("insert_cell", {"source": "1", "run": True}, "Inserted as cell 4 and ran in 0.1 s", "done"),
        (
            "insert_cell",
            {"source": "1 + 'a'", "run": True},
            "Inserted as cell 4 and ran: TypeError: unsupported operand type(s) for +: 'int' and 'str'",
            "failed",
        ),
        (
            "insert_cell",
            {"source": "x = (", "run": True},
            "Inserted as cell 4 and ran: SyntaxError: '(' was never closed (line 1)",
            "failed",
        ),
        (
            "insert_cell",
            {"source": "input('?')", "run": True},
            "Inserted as cell 4 and ran: it asks for input, which only works when you run it yourself",
            "failed",
        ),
        ("run_cell", {"cell_id": "one"}, "Cell 1 ran in 0.1 s", "done"),
        ("run_cell", {"cell_id": "three"}, "Cell 3 ran: NameError: name 'x' is not defined", "failed"),
        (
            "replace_cell",
            {"cell_id": "three", "source": "2", "expected_hash": source_hash("x + 1")},
            "Changed cell 3",
            "done",
        ),
        (
            "replace_cell",
            {"cell_id": "three", "source": "2", "expected_hash": source_hash("x + 1"), "run": True},
            "Changed cell 3 and ran in 0.1 s",
            "done",
        ),
    ],
)
def test_every_tool_tells_the_person_in_one_sentence(
    tool: str, arguments: dict[str, Any], summary: str, status: str
) -> None:
    async def story(desk: Desk) -> None:
        result = await desk.do(tool, **arguments)
        assert (result.summary, result.status) == (summary, status)

    at_desk(story)


def test_variables_are_told_of_in_a_few_words() -> None:
    async def story(desk: Desk) -> None:
        await desk.kernel.execute("import pandas\nbirds = pandas.DataFrame({'a': range(1200)})")
        assert (await desk.do("list_variables")).summary == "Found 2 variables"
        assert (await desk.do("describe_variable", name="birds")).summary == "birds: 1,200 rows x 1 column"

    at_desk(story)


@pytest.mark.parametrize(
    ("reason", "summary"),
    [
        ("no-kernel", "Inserted as cell 4. It was not run: this notebook has no kernel running."),
        (
            "unknown-outcome",
            (
                "The cell was written and its run had started, and how it ended is not known. If the page was closed, "
                "a change that was not saved may be gone with it."
            ),
        ),
    ],
)
def test_a_run_that_was_refused_or_got_lost_is_no_success(reason: str, summary: str) -> None:
    async def story(desk: Desk) -> None:
        async def refuse(_: str) -> Execution:
            raise ToolError(reason, "Words for a model. Ask the person.")

        desk.notebook.execute = refuse
        result = await desk.do("insert_cell", source="1", run=True)
        assert (result.summary, result.status) == (summary, "failed")

    at_desk(story)


def test_a_run_that_was_stopped_is_told_as_stopped() -> None:
    async def story(desk: Desk) -> None:
        async def stop(_: str) -> Execution:
            return Execution(cell_id="", status="aborted", execution_count=1, outputs=())

        desk.notebook.execute = stop
        result = await desk.do("run_cell", cell_id="one")
        assert (result.summary, result.status) == ("Cell 1 was stopped before it finished", "failed")

    at_desk(story)


def test_an_error_is_told_without_the_name_of_a_passing_file() -> None:
    assert raised("SyntaxError", "invalid syntax (1915398436.py, line 3)") == "SyntaxError: invalid syntax (line 3)"
    assert raised("KeyError", "'a (b)'") == "KeyError: 'a (b)'"
    assert raised("ValueError", "one\ntwo") == "ValueError: one"
    assert raised("KeyboardInterrupt", "") == "KeyboardInterrupt"


FOR_A_MODEL = (
    "the person",
    "Read the notebook again",
    "read the cell",
    "Do not",
    "do not try",
    "Read it again",
    "you read",
)


def test_what_is_written_for_a_model_is_never_what_a_person_reads() -> None:
    """Every ToolError in the package whose words are a model's has a sentence of its own for the person."""
    found = 0
    for path in Path(jupyter_agent.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ToolError" and node.args):
                continue
            if isinstance(node.args[0], ast.Constant):
                found += 1
                reason = str(node.args[0].value)
                words = for_reason(reason)
                assert words is not None, f"{path.name}: {reason}"
                assert not any(phrase in words for phrase in FOR_A_MODEL)
    assert found > 20
    assert for_person(ToolError("page-own", "The page says so.")) == "The page says so."
