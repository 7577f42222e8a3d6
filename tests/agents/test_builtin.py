"""The built-in assistant, in conversations: what it says, what it asks for, and what it does."""

import asyncio
import json
from typing import Any

import pytest
from ag_ui.core import AssistantMessage

from jupyter_agent.agents.builtin import WELCOME
from jupyter_agent.agents.skills import answer
from jupyter_agent.agents.skills.steps import Here, Outcome, Say, Use
from jupyter_agent.core.policy import Mode
from jupyter_agent.core.tool import Exact
from tests.agents.bench import Bench

BIRDS = """import pandas as pd
birds = pd.DataFrame({
    "species": ["Adelie", "Gentoo", None, "Gentoo"],
    "bill_length_mm": [39.1, None, None, 50.2],
    "body_mass_g": [3750, 3800, 4000, 5000],
})"""


def talk(*messages: str, cells: tuple[str, ...] = (BIRDS,), run: bool = True, **how: Any) -> tuple[Bench, list[str]]:
    """A conversation: the bench after it, and the answers."""

    async def story() -> tuple[Bench, list[str]]:
        bench = await Bench(*cells, **how).open(run=run)
        return bench, [await bench.say(message) for message in messages]

    return asyncio.run(story())


def test_its_first_line_in_a_thread_says_what_it_is_and_only_the_first() -> None:
    bench, _ = talk("hello", "hello")
    texts = [message.content for message in bench.thread if isinstance(message, AssistantMessage)]
    assert texts == [
        f"{WELCOME}\n\nHello. Say **help** for all I can do, or try `summarise this notebook`.",
        "Hello. Say **help** for all I can do, or try `summarise this notebook`.",
    ]
    assert WELCOME.startswith("I am the built-in assistant: rules, not a language model.")


def test_help_names_what_it_can_do() -> None:
    _, (said,) = talk("What can you do?")
    for words in ("summarise this notebook", "list variables", "profile", "plot", "explain the last error", "run:"):
        assert words in said


@pytest.mark.parametrize("question", ["tell me a joke", "translate this to French", "", "?!", "42"])
def test_what_it_does_not_understand_it_says(question: str) -> None:
    bench, (said,) = talk(question)
    assert said.startswith("I did not understand that")
    assert "Say **help** for examples." in said
    assert bench.used == []


@pytest.mark.parametrize(
    "question", ["summarise this notebook", "Summarize the notebook!", "What does this notebook do?", "overview"]
)
def test_it_summarises_the_notebook(question: str) -> None:
    cells = (
        "#: # Birds\n\n```\n# not a heading\n```\n\n## Load",
        BIRDS,
        "def sing(x): ...\n%time 1",
        "birds['weight']",
        "open('a.csv')",
    )
    bench, (said,) = talk(question, cells=cells)
    assert bench.used == ["read_notebook"]
    assert said == (
        "**birds.ipynb** has 5 cells: 4 of code and 1 of text.\n\n"
        "Its headings:\n\n- Birds\n  - Load\n\n"
        "The code:\n\n"
        "- **Cell 2** (run): imports `pandas`; sets `birds`\n"
        "- **Cell 3** (failed with SyntaxError): defines `sing`; uses `%time`\n"
        "- **Cell 4** (failed with KeyError): shows `birds['weight']`\n"
        "- **Cell 5** (failed with FileNotFoundError): reads `a.csv`\n\n"
        "All 4 code cells have been run. Cell 3, cell 4 and cell 5 failed: "
        "say **explain the last error** and I will look at it."
    )


def test_it_summarises_a_notebook_that_was_never_run_and_an_empty_one() -> None:
    _, (said,) = talk("summarise this notebook", cells=("x = 1",), run=False)
    assert said.endswith("- **Cell 1** (not run): sets `x`\n\nNo code cell has been run yet.")
    _, (said,) = talk("summarise this notebook", cells=())
    assert said == "This notebook is empty."


@pytest.mark.parametrize(
    "question", ["list variables", "What variables do I have?", "show me all the variables", "variables"]
)
def test_it_lists_the_variables(question: str) -> None:
    bench, (said,) = talk(question)
    assert bench.used == ["list_variables"]
    assert said == (
        "The kernel holds 1 variable:\n\n| Name | Type | What |\n| --- | --- | --- |\n"
        "| `birds` | pandas.DataFrame | 4 rows x 3 columns |\n\nModules: `pd`."
    )


@pytest.mark.parametrize(
    "question", ["describe birds", "What is `birds`?", "what's in Birds", "tell me about the variable brids", "birds"]
)
def test_it_describes_a_variable_even_a_little_misspelt(question: str) -> None:
    bench, (said,) = talk(question)
    assert bench.used == ["list_variables", "describe_variable"]
    assert said.endswith(
        "`birds` is of type `pandas.DataFrame`: 4 rows x 3 columns.\n\n"
        "| Column | Type | Missing |\n| --- | --- | --- |\n"
        "| `species` | str | 1 |\n| `bill_length_mm` | float64 | 2 |\n| `body_mass_g` | int64 | 0 |"
    )


def test_it_says_when_there_is_no_such_variable_and_what_comes_close() -> None:
    _, said = talk("describe bill_length", "describe nothing_at_all")
    assert said == [
        "The kernel holds nothing named `bill_length`. Close to it: `bill_length_mm`.",
        "The kernel holds nothing named `nothing_at_all`. Say **list variables** to see all.",
    ]


@pytest.mark.parametrize(
    "question", ["profile birds", "profile the data", "Which values are missing? Show missing values."]
)
def test_it_profiles_a_table_with_a_cell_that_it_adds_and_runs(question: str) -> None:
    bench, (said,) = talk(question)
    assert [(exact.tool, exact.title) for exact in bench.asked] == [
        ("insert_cell", "Insert a code cell at the end and run it")
    ]
    assert bench.sources()[1] == (
        "# A profile of birds\n"
        'print(f"{birds.shape[0]:,} rows, {birds.shape[1]:,} columns, {birds.isna().sum().sum():,} missing values")\n'
        'print(birds.dtypes.to_frame("dtype").assign(missing=birds.isna().sum()).to_string())\n'
        "birds.describe()"
    )
    assert said == (
        "`birds` has 4 rows and 3 columns (cell 2). 3 values are missing: `bill_length_mm` (2) and `species` (1). "
        "2 of the 3 columns hold numbers. Say `plot bill_length_mm` to see one of them."
    )


def test_it_asks_which_table_when_there_are_several() -> None:
    _, said = talk("profile the data", "profile fish", cells=(BIRDS, "fish = birds.copy()"))
    assert said[0] == "Which table? The kernel holds `birds` and `fish`. Say `profile birds`."
    assert said[1].startswith("`fish` has 4 rows")


@pytest.mark.parametrize("question", ["profile xyz", "Profile of `xyz`, please.", "missing values in the xyz table?"])
def test_it_says_when_there_is_no_such_table_and_what_there_is(question: str) -> None:
    bench, said = talk(question, question, cells=(BIRDS, "fish = birds.copy()\nxyz = [1]"))
    assert said == ["The kernel holds no table named `xyz`. It holds `birds` and `fish`. Say `profile birds`."] * 2
    assert bench.asked == []
    assert talk("profile birdsong")[1] == ["The kernel holds no table named `birdsong`. Did you mean `birds`?"]


@pytest.mark.parametrize(
    "question", ["explore my data", "profile it", "missing values in body mass", "profile species"]
)
def test_words_that_name_no_table_mean_the_one_that_there_is(question: str) -> None:
    assert talk(question)[1][0].startswith("`birds` has 4 rows")


@pytest.mark.parametrize(
    ("columns", "rest"), [(4, " and `d` (1)."), (5, "`d` (1) and 1 more column."), (7, " and 3 more columns.")]
)
def test_what_is_missing_in_many_columns_is_cut_with_what_the_rest_is(columns: int, rest: str) -> None:
    gaps = {name: [None, 1.0] for name in "abcdefg"[:columns]}
    said = talk("profile wide", cells=(f"import pandas as pd\nwide = pd.DataFrame({gaps})",))[1][0]
    assert "missing: `a` (1), `b` (1), `c` (1)" in said
    assert f"{rest} All" in said or f"{rest} {columns} of" in said


HISTOGRAM = 'birds["bill_length_mm"].plot.hist(bins=20, title="bill_length_mm", xlabel="bill_length_mm");'
BARS = 'birds["species"].value_counts().head(30).plot.bar(title="species");'
PAIR = 'birds.plot.scatter(x="body_mass_g", y="bill_length_mm");'
COLOURED = (
    'birds.dropna(subset=["species"]).astype({"species": "category"})'
    '.plot.scatter(x="body_mass_g", y="bill_length_mm", c="species", cmap="tab10", alpha=0.7);'
)
LAYERS = (
    'birds.groupby("species", observed=True)["body_mass_g"]'
    '.plot.hist(bins=20, alpha=0.6, legend=True, xlabel="body_mass_g");'
)
BOXES = 'birds.plot.box(column="body_mass_g", by="species");'


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("plot bill_length_mm", HISTOGRAM),
        ("Histogram of bill length, please", HISTOGRAM),
        ("draw a chart of 'Species'", BARS),
        ("plot bill_length_mm against body_mass_g", PAIR),
        ("visualize `bill_lenght_mm` vs body mass", PAIR),
        ("plot bill_length_mm against body_mass_g by species", COLOURED),
        ("scatter plot of bill length and body mass, coloured by species", COLOURED),
        ("plot body_mass_g for each species", LAYERS),
        ("box plot of body_mass_g and species", BOXES),
    ],
)
def test_it_plots_a_column_or_a_pair(question: str, source: str) -> None:
    bench, (said,) = talk(question)
    assert bench.sources()[1:] == [source]
    assert said.endswith("The plot is below cell 2.")


def test_it_asks_which_column_is_meant() -> None:
    _, said = talk("plot birds", "plot bl_lngh", "plot wingspan", "plot wingspan against body mass", "plot it")
    assert said[0] == "Which column of `birds`? It has `species`, `bill_length_mm` and `body_mass_g`."
    assert said[1] == "`birds` has no column `bl_lngh`. Did you mean `bill_length_mm`?"
    every = "It has `species`, `bill_length_mm` and `body_mass_g`."
    assert said[2:4] == [f"`birds` has no column `wingspan`. {every}"] * 2
    assert said[4] == f"Which column of `birds`? {every}"


def test_without_matplotlib_it_says_how_to_get_it() -> None:
    async def story() -> None:
        bench = await Bench(
            BIRDS, "import sys\nhidden = sys.modules.get('matplotlib')\nsys.modules['matplotlib'] = None"
        ).open()
        try:
            said = await bench.say("plot body_mass_g")
        finally:
            await bench.kernel.execute("sys.modules.pop('matplotlib')\nif hidden: sys.modules['matplotlib'] = hidden")
        assert said == (
            "This kernel has no matplotlib, so it cannot draw.\n\n"
            "Run `%pip install matplotlib` in a cell, then cell 3 again."
        )

    asyncio.run(story())


def test_a_misspelt_name_is_explained_and_mended() -> None:
    bench, (said,) = talk("explain the last error", cells=(BIRDS, "len(bird)  # bird here stays\nbirds.bird = 1"))
    assert bench.used == ["read_notebook", "list_variables", "replace_cell"]
    assert bench.asked[0].before == "len(bird)  # bird here stays\nbirds.bird = 1"
    assert bench.asked[0].code == "len(birds)  # bird here stays\nbirds.bird = 1"
    assert said.startswith(
        "Cell 2 uses the name `bird`, which the kernel does not know. Did you mean `birds`?\n\nThat was it."
    )


def test_a_name_that_another_cell_makes_is_made_by_running_that_cell() -> None:
    async def story() -> None:
        bench = await Bench("size = 3", "size + 1").open(run=False)
        await bench.notebook.run(cell_id="c2", source="size + 1")
        said = await bench.say("Why did this fail?")
        assert [exact.title for exact in bench.asked] == ["Run cell 1"]
        assert said == (
            "Cell 2 uses the name `size`, which the kernel does not know. "
            "Cell 1 gives it that name: it has to be run first.\n\n"
            "Cell 1 has been run. Run the failed cell again, and it should find the name."
        )

    asyncio.run(story())


def test_a_missing_import_is_added() -> None:
    bench, (said,) = talk("fix the error", cells=("math.floor(2.5)",))
    assert bench.sources() == ["import math\nmath.floor(2.5)"]
    assert said.endswith("That was it. Cell 1 ran and put out:\n\n```text\n2\n```")


@pytest.mark.parametrize(
    ("cell", "mended"),
    [
        ("birds['bill_lenght_mm'].sum()", "birds['bill_length_mm'].sum()"),
        ('birds[["species", "bodymass_g"]].shape', None),
        ("ages = {'anna': 3}\nages['ana']", "ages = {'anna': 3}\nages['anna']"),
    ],
)
def test_a_misspelt_key_is_explained_and_mended(cell: str, mended: str | None) -> None:
    bench, (said,) = talk("what went wrong?", cells=(BIRDS, cell))
    if mended is None:
        assert "Cell 2 asks for" in said
    else:
        assert bench.sources()[1] == mended
        assert "that is probably what you meant" in said
        assert "That was it." in said


@pytest.mark.parametrize(
    ("module", "package"), [("skimage", "scikit-image"), ("serial.tools", "pyserial"), ("cv2", "opencv-python")]
)
def test_a_missing_module_is_explained_with_the_name_of_its_package(module: str, package: str) -> None:
    _, (said,) = talk("explain the error", cells=(f"import {module}",))
    assert said.startswith(
        f"Cell 1 imports `{module.split('.', maxsplit=1)[0]}`, which is not installed where this kernel runs."
    )
    assert said.endswith(f"run this in a cell, then run cell 1 again:\n\n```python\n%pip install {package}\n```")


def test_other_errors_are_put_in_plain_words_and_no_error_too() -> None:
    _, (said,) = talk("explain the last error", cells=("1 / 0",))
    assert said == "Cell 1 raised ZeroDivisionError: division by zero\n\nSomething is divided by zero."
    _, (said,) = talk("explain the last error", cells=("1",))
    assert said == "No cell of this notebook shows an error."


@pytest.mark.parametrize(
    ("message", "source", "runs"),
    [
        ("run: 1 + 1", "1 + 1", True),
        ("Please run `1 + 1`.", "1 + 1", True),
        ("insert: x = 5", "x = 5", False),
        ("Run this:\n```python\nx = 5\nx\n```", "x = 5\nx", True),
        ("add a new cell with\n```\nx = 5\n```", "x = 5", False),
    ],
)
def test_it_inserts_or_runs_code_that_it_is_given(message: str, source: str, runs: bool) -> None:
    bench, (said,) = talk(message, cells=())
    assert bench.sources() == [source]
    assert [exact.arguments["run"] for exact in bench.asked] == [runs]
    assert said.startswith("Cell 1 ran" if runs else "Done: it is cell 1.")


def test_a_new_cell_goes_after_the_one_that_the_person_is_in() -> None:
    async def story() -> None:
        bench = await Bench("1", "2").open()
        bench.notebook.active_cell_id = "c1"
        await bench.say("insert: 1.5")
        assert bench.sources() == ["1", "1.5", "2"]
        assert [exact.title for exact in bench.asked] == ["Insert a code cell after cell 1"]

    asyncio.run(story())


def test_it_runs_a_cell_by_number_and_the_present_one() -> None:
    bench, said = talk("run cell 2", "run cell 9", "run this cell", "run cell 1", cells=("#: text", "print('hi')"))
    assert said == [
        "Cell 2 ran and put out:\n\n```text\nhi\n```",
        "There is no cell 9: the notebook has 2.",
        "I cannot tell which cell you are in. Say its number, for example `run cell 2`.",
        "Cell 1 holds text, not code, so there is nothing to run.",
    ]
    assert bench.asked == []


def test_input_in_a_cell_is_explained_and_never_waits() -> None:
    _, (said,) = talk("run: input('name?')", cells=())
    assert said == "Cell 1 asks for input with `input()`, which only works when you run it yourself."


def test_after_a_no_it_stops_politely() -> None:
    bench, (said,) = talk("profile birds", says=lambda _: False)
    assert said == "All right, I have left everything as it is."
    assert bench.sources() == [BIRDS]


def test_a_cell_that_the_person_changed_while_they_were_asked_keeps_their_text() -> None:
    async def story() -> None:
        bench = await Bench(BIRDS, "birds['bill_lenght_mm']").open()

        def types(_: Exact) -> bool:
            bench.notebook.document.cells[1].source = "birds  # mine"
            return True

        bench.says = types
        said = await bench.say("explain the last error")
        assert bench.sources()[1] == "birds  # mine"
        assert said.endswith("You have changed that cell meanwhile, so your text was kept and I wrote nothing.")

    asyncio.run(story())


def test_in_plan_mode_it_shows_the_code_and_touches_nothing() -> None:
    bench, (said,) = talk("plot body_mass_g", mode=Mode.PLAN)
    assert said.startswith("I may only read in this mode, so here it is for you to use:\n\n```python\nbirds[")
    assert bench.sources() == [BIRDS]
    assert bench.asked == []


def test_without_a_notebook_or_with_a_dead_kernel_it_says_what_to_do() -> None:
    async def story() -> None:
        bench = await Bench().open()
        bench.scope.held = None
        assert await bench.say("summarise this notebook") == (
            "The notebook that this is about is not open. Open it and ask again."
        )
        bench.scope.held = bench.notebook
        bench.kernel.dead = True
        assert await bench.say("list variables") == ("The kernel has died. Restart it from the Kernel menu.")
        bench.notebook.kernel_id = None
        assert "has no kernel running" in await bench.say("list variables")

    asyncio.run(story())


def test_output_cannot_break_out_of_its_block() -> None:
    _, (said,) = talk("run: print('```\\n# Heading')", cells=())
    assert said == "Cell 1 ran and put out:\n\n````text\n```\n# Heading\n````"


def test_a_skill_says_the_same_each_time() -> None:
    first, second = (talk("summarise this notebook", "profile birds")[1] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "question", ["profile birds", "plot x", "explain the last error", "run: 1", "describe x", "run cell 1"]
)
def test_whatever_a_tool_answers_a_skill_ends_in_words(question: str) -> None:
    answers = [
        "{}",
        "no json",
        '{"variables": []}',
        '{"cells": []}',
        "It failed. (no-kernel)",
        json.dumps({"x": [1, None]}),
    ]
    for text in answers:
        for status in ("done", "denied", "failed", "stopped"):
            data = json.loads(text) if text.startswith("{") else {}
            skill = answer(question, Here(tools=frozenset({"insert_cell", "replace_cell", "run_cell"})))
            said, sent = [], None
            while True:
                try:
                    step = skill.send(sent)
                except StopIteration:
                    break
                sent = None
                if isinstance(step, Use):
                    sent = Outcome(status=status, text=text, data=data)
                else:
                    assert isinstance(step, Say)
                    said.append(step.text)
            assert said
