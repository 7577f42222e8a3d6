"""The tools that look at the notebook and change it, over a notebook in memory."""

import asyncio
import json
from typing import Any

import pytest

from jupyter_agent.core.errors import ToolError
from jupyter_agent.core.notebook import source_hash
from jupyter_agent.core.policy import Risk
from jupyter_agent.core.tool import Call, Plan, Result, Tool
from jupyter_agent.hosts.memory import MemoryNotebook
from jupyter_agent.kernels.memory import MemoryKernel
from jupyter_agent.tools import build_tools
from jupyter_agent.tools.notebook import InsertCell
from tests.agents.bench import Scope


class Desk:
    """A notebook of two code cells and a text, and all tools."""

    def __init__(self) -> None:
        self.kernel = MemoryKernel()
        self.notebook = MemoryNotebook(path="a/b.ipynb", execute=self.kernel.execute, kernel_id="k")
        self.tools: dict[str, Tool] = {tool.name: tool for tool in build_tools(self.kernel)}
        self.scope = Scope(self.notebook)

    async def lay(self) -> None:
        for name, kind, source in (("one", "code", "x = 1"), ("two", "markdown", "# Two"), ("three", "code", "x + 1")):
            await self.notebook.insert(cell_id=name, type=kind, source=source, after=None)  # type: ignore[arg-type]  # literals

    async def plan(self, tool: str, **arguments: Any) -> Plan:
        made = self.tools[tool].Arguments.model_validate(arguments)
        return await self.tools[tool].prepare(made, Call(call_id="c", name=tool, arguments=arguments), self.scope)

    async def do(self, tool: str, **arguments: Any) -> Result:
        return await self.tools[tool].perform(await self.plan(tool, **arguments), self.scope)

    async def told(self, tool: str, **arguments: Any) -> Any:
        return json.loads((await self.do(tool, **arguments)).content)


def at_desk(story: Any) -> Any:
    async def play() -> Any:
        desk = Desk()
        await desk.lay()
        return await story(desk)

    return asyncio.run(play())


def test_every_tool_has_a_name_a_description_and_a_described_schema() -> None:
    tools = build_tools(MemoryKernel())
    assert [(tool.name, tool.risk) for tool in tools] == [
        ("read_notebook", Risk.READ),
        ("read_cells", Risk.READ),
        ("insert_cell", Risk.EDIT),
        ("replace_cell", Risk.EDIT),
        ("run_cell", Risk.RUN),
        ("list_variables", Risk.READ),
        ("describe_variable", Risk.READ),
    ]
    for tool in tools:
        schema = tool.Arguments.model_json_schema()
        assert schema["additionalProperties"] is False
        assert all("description" in field for field in schema["properties"].values())
    assert [tool.name for tool in build_tools()] == [tool.name for tool in tools][:5]


def test_reading_tells_cells_with_ids_numbers_and_hashes() -> None:
    async def story(desk: Desk) -> None:
        await desk.notebook.run(cell_id="one", source="x = 1")
        await desk.notebook.run(cell_id="three", source="x + 1")
        told = await desk.told("read_notebook")
        assert (told["path"], told["language"], told["kernel"]) == (
            "a/b.ipynb",
            "python",
            {"name": "python3", "status": "idle"},
        )
        assert told["cells"] == [
            {
                "id": "one",
                "number": 1,
                "type": "code",
                "source": "x = 1",
                "hash": source_hash("x = 1"),
                "executionCount": 1,
            },
            {"id": "two", "number": 2, "type": "markdown", "source": "# Two", "hash": source_hash("# Two")},
            {
                "id": "three",
                "number": 3,
                "type": "code",
                "source": "x + 1",
                "hash": source_hash("x + 1"),
                "executionCount": 2,
                "outputs": [{"kind": "result", "text": "2", "mimeTypes": ["text/plain"]}],
            },
        ]
        assert [cell["id"] for cell in (await desk.told("read_cells", cell_ids=["three", "one"]))["cells"]] == [
            "one",
            "three",
        ]

    at_desk(story)


def test_a_long_source_is_cut_when_glanced_at_and_whole_when_read_closely() -> None:
    async def story(desk: Desk) -> None:
        long = "x = '" + "a" * 20_000 + "'"
        await desk.notebook.insert(cell_id="long", type="code", source=long, after=None)
        glanced = (await desk.told("read_notebook"))["cells"][3]
        assert glanced["sourceTruncated"] is True
        assert len(glanced["source"]) < 7_000
        assert (await desk.told("read_cells", cell_ids=["long"]))["cells"][0]["source"] == long

    at_desk(story)


@pytest.mark.parametrize(
    ("arguments", "title", "risk"),
    [
        ({"source": "1"}, "Insert a code cell at the end", Risk.EDIT),
        ({"source": "1", "after_cell_id": "two", "run": True}, "Insert a code cell after cell 2 and run it", Risk.RUN),
        (
            {"source": "hi", "cell_type": "markdown", "after_cell_id": "one"},
            "Insert a text cell after cell 1",
            Risk.EDIT,
        ),
    ],
)
def test_an_insertion_is_shown_exactly_before_it_happens(arguments: dict[str, Any], title: str, risk: Risk) -> None:
    async def story(desk: Desk) -> None:
        plan = await desk.plan("insert_cell", **arguments)
        again = await desk.plan("insert_cell", **arguments)
        assert (plan.exact.title, plan.risk, plan.exact.code) == (title, risk, arguments["source"])
        assert plan.exact.target == {"documentId": "d", "path": "a/b.ipynb", "cellId": desk.scope.new_cell_id("c")}
        assert plan.exact.hash == again.exact.hash
        assert len(desk.notebook.changes) == 3

    at_desk(story)


def test_a_first_cell_is_said_to_be_the_first() -> None:
    async def story(desk: Desk) -> None:
        desk.notebook.document.cells.clear()
        assert (await desk.plan("insert_cell", source="1")).exact.title == "Insert a code cell as the first cell"

    at_desk(story)


def test_an_inserted_cell_is_there_and_its_run_is_told_in_the_same_answer() -> None:
    async def story(desk: Desk) -> None:
        told = await desk.told("insert_cell", source="print('hi')\n6 * 7", after_cell_id="one", run=True)
        assert told["inserted"] == {
            "id": desk.scope.new_cell_id("c"),
            "number": 2,
            "hash": source_hash("print('hi')\n6 * 7"),
        }
        assert told["run"]["status"] == "ok"
        assert [output["text"] for output in told["run"]["outputs"]] == ["hi\n", "42"]
        # The same call again makes no second cell.
        await desk.do("insert_cell", source="print('hi')\n6 * 7", after_cell_id="one")
        assert [cell.id for cell in desk.notebook.document.cells] == [
            "one",
            desk.scope.new_cell_id("c"),
            "two",
            "three",
        ]

    at_desk(story)


def test_an_error_comes_back_with_name_value_and_traceback() -> None:
    async def story(desk: Desk) -> None:
        run = (await desk.told("insert_cell", source="1 / 0", run=True))["run"]
        assert (run["status"], run["error"]["name"], run["error"]["value"]) == (
            "error",
            "ZeroDivisionError",
            "division by zero",
        )
        assert run["error"]["traceback"].endswith("ZeroDivisionError: division by zero\n")

    at_desk(story)


def test_input_in_a_cell_is_explained() -> None:
    async def story(desk: Desk) -> None:
        run = (await desk.told("insert_cell", source="input('?')", run=True))["run"]
        assert "asked the person for input" in run["note"]

    at_desk(story)


def test_a_flood_of_output_is_cut() -> None:
    async def story(desk: Desk) -> None:
        run = (await desk.told("insert_cell", source="print('a' * 1_000_000)\n'b' * 100_000", run=True))["run"]
        assert [output["truncated"] for output in run["outputs"]] == [True, True]
        assert len(json.dumps(run)) < 10_000

    at_desk(story)


def test_a_write_stands_and_is_told_when_its_run_is_refused() -> None:
    async def story(desk: Desk) -> None:
        desk.notebook.execute = None
        result = await desk.do("insert_cell", source="1", run=True)
        told = json.loads(result.content)
        assert result.status == "failed"
        assert (told["inserted"]["number"], told["run"]["status"], told["run"]["reason"]) == (4, "refused", "no-kernel")

    at_desk(story)


def test_a_replacement_shows_both_sides_and_is_written_once() -> None:
    async def story(desk: Desk) -> None:
        arguments = {"cell_id": "three", "source": "x + 2", "expected_hash": source_hash("x + 1"), "run": False}
        plan = await desk.plan("replace_cell", **arguments)
        assert (plan.exact.title, plan.exact.before, plan.exact.code) == ("Change cell 3", "x + 1", "x + 2")
        told = await desk.told("replace_cell", **arguments)
        assert told == {"replaced": {"id": "three", "number": 3, "hash": source_hash("x + 2")}}
        assert (await desk.notebook.read(["three"])).cells[0].source == "x + 2"

    at_desk(story)


def test_a_changed_cell_refuses_the_replacement_before_and_after_it_is_approved() -> None:
    async def story(desk: Desk) -> None:
        arguments = {"cell_id": "three", "source": "x + 2", "expected_hash": source_hash("x + 1")}
        plan = await desk.plan("replace_cell", **arguments)
        desk.notebook.document.cells[2].source = "mine"
        with pytest.raises(ToolError) as refused:
            await desk.plan("replace_cell", **arguments)
        assert refused.value.reason == "changed"
        assert refused.value.facts == {"source": "mine", "sourceHash": source_hash("mine")}
        with pytest.raises(ToolError, match="changed since"):
            await desk.tools["replace_cell"].perform(plan, desk.scope)
        assert desk.notebook.document.cells[2].source == "mine"

    at_desk(story)


def test_what_was_shown_is_what_runs() -> None:
    async def story(desk: Desk) -> None:
        plan = await desk.plan("run_cell", cell_id="one")
        assert (plan.exact.title, plan.exact.code, desk.tools["run_cell"].risk) == ("Run cell 1", "x = 1", Risk.RUN)
        desk.notebook.document.cells[0].source = "x = 'something else'"
        with pytest.raises(ToolError) as refused:
            await desk.tools["run_cell"].perform(plan, desk.scope)
        assert refused.value.reason == "changed"
        assert desk.kernel.count == 0

    at_desk(story)


@pytest.mark.parametrize(
    ("tool", "arguments", "reason"),
    [
        ("run_cell", {"cell_id": "two"}, "not-code"),
        ("run_cell", {"cell_id": "gone"}, "unknown-cell"),
        ("insert_cell", {"source": "x", "after_cell_id": "gone"}, "unknown-cell"),
        ("insert_cell", {"source": "x", "cell_type": "markdown", "run": True}, "not-code"),
        (
            "replace_cell",
            {"cell_id": "two", "source": "x", "expected_hash": source_hash("# Two"), "run": True},
            "not-code",
        ),
        ("replace_cell", {"cell_id": "gone", "source": "x", "expected_hash": ""}, "unknown-cell"),
        ("read_cells", {"cell_ids": ["gone"]}, "unknown-cell"),
        ("describe_variable", {"name": "nothing"}, "unknown-variable"),
    ],
)
def test_what_a_model_can_mend_is_an_answer_to_it(tool: str, arguments: dict[str, Any], reason: str) -> None:
    async def story(desk: Desk) -> None:
        with pytest.raises(ToolError) as refused:
            await desk.do(tool, **arguments)
        assert refused.value.reason == reason
        assert len(desk.notebook.changes) == 3

    at_desk(story)


def test_variables_are_told_with_their_details() -> None:
    async def story(desk: Desk) -> None:
        await desk.kernel.execute("ages = {'ann': 3}")
        told = await desk.told("list_variables")
        assert told == {
            "variables": [
                {
                    "name": "ages",
                    "type": "dict",
                    "kind": "mapping",
                    "summary": "mapping of 1",
                    "details": {"length": 1, "keys": ["ann"]},
                }
            ],
            "total": 1,
        }
        assert (await desk.told("describe_variable", name="ages"))["variable"]["details"]["first"] == [
            {"key": "ann", "type": "int", "value": 3}
        ]

    at_desk(story)


@pytest.mark.parametrize(("kernel_id", "language", "reason"), [(None, None, "no-kernel"), ("k", "R", "language")])
def test_without_a_python_kernel_variables_cannot_be_told(
    kernel_id: str | None, language: str | None, reason: str
) -> None:
    async def story(desk: Desk) -> None:
        desk.notebook.kernel_id, desk.notebook.language = kernel_id, language
        with pytest.raises(ToolError) as refused:
            await desk.do("list_variables")
        assert refused.value.reason == reason

    at_desk(story)


def test_a_carriage_return_cannot_hide_a_line() -> None:
    hidden = InsertCell.Arguments.model_validate({"source": "# tidy up\rimport os\r\nos.getcwd()"})
    assert hidden.model_dump()["source"] == "# tidy up\nimport os\nos.getcwd()"
