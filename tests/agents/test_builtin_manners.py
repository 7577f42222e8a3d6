"""What the built-in assistant understands and how it speaks: plain words, true ones, and not too many."""

import asyncio
from typing import Any

import pytest
from pydantic_ai.messages import BinaryContent, ModelRequest, UserContent, UserPromptPart

from jupyter_agent.agents.builtin import BLIND, BRIEF_WELCOME, LONGEST, WELCOME, BuiltinModel, _paced
from jupyter_agent.agents.history import UNSEEN
from jupyter_agent.agents.played import Text
from jupyter_agent.agents.skills.shown import quoted
from jupyter_agent.core.errors import ToolError
from jupyter_agent.core.notebook import Execution
from jupyter_agent.core.policy import Mode
from tests.agents.bench import Bench
from tests.agents.test_builtin import BIRDS, talk


def test_the_first_line_does_not_advise_help_to_who_asks_for_help() -> None:
    bench, (said,) = talk("help")
    first = str(bench.thread[1].content)
    assert first.startswith(f"{BRIEF_WELCOME}\n\nI follow fixed rules")
    assert WELCOME not in first
    assert "I cannot undo or delete anything" in said


@pytest.mark.parametrize(
    "question",
    [
        "bonjour",
        "Hola, ¿qué tal?",
        "что это",
        "what is love",
        "show me magic",
        "explain quantum physics",
        "which is best",
    ],
)
def test_other_languages_and_other_matters_are_not_understood(question: str) -> None:
    _, (said,) = talk(question)
    assert said.startswith("I did not understand that")
    assert "nothing named" not in said


def test_a_clear_name_that_is_not_there_is_said_to_be_missing() -> None:
    _, said = talk("describe nothing", "what is my_table", "what is `love`")
    assert [words.split(". ")[0] for words in said] == [
        "The kernel holds nothing named `nothing`",
        "The kernel holds nothing named `my_table`",
        "The kernel holds nothing named `love`",
    ]


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("yes", "I have asked you nothing"),
        ("No, thanks!", "I have asked you nothing"),
        ("undo", "I cannot undo anything myself."),
        ("take that back", "I cannot undo anything myself."),
        ("delete cell 3", "I cannot delete anything yet."),
        ("Please remove this cell", "I cannot delete anything yet."),
        ("describe", "Describe what? For example `describe penguins`."),
        ("run", "Run what? For example `run cell 2`."),
    ],
)
def test_short_orders_get_an_honest_answer(question: str, begins: str) -> None:
    bench, (said,) = talk(question)
    assert said.startswith(begins)
    assert bench.used == []


@pytest.mark.parametrize(
    "question", ["how many rows does birds have?", "shape of birds", "How many columns are there?"]
)
def test_it_tells_how_large_a_table_is(question: str) -> None:
    _, (said,) = talk(question)
    assert said == "`birds` has 4 rows and 3 columns."


def test_it_tells_what_one_cell_does() -> None:
    _, said = talk("what does cell 2 do", "explain cell 1", "what is in cell 9", cells=("#: # Birds", BIRDS))
    assert said == [
        "**Cell 2** (run): imports `pandas`; sets `birds`.",
        "Cell 1 holds text under the heading “Birds”, and nothing to run.",
        "There is no cell 9: the notebook has 2.",
    ]


def test_a_fenced_block_alone_is_proposed_as_a_cell_to_run() -> None:
    bench, (said,) = talk("```python\n1 + 1\n```", cells=())
    assert (bench.sources(), bench.asked[0].arguments["run"]) == (["1 + 1"], True)
    assert said.startswith("Cell 1 ran")
    bench, (said,) = talk("```sql\nselect 1\n```", cells=())
    assert said.startswith("I did not understand that")


def test_it_runs_all_cells_that_have_not_been_run_until_one_fails() -> None:
    bench, said = talk("run all cells", "run all", cells=("x = 1", "#: text", "x + 1"), run=False)
    assert said[0] == "I run what has not been run yet: cell 1 and cell 3.\n\nAll of them ran without an error."
    assert said[1].startswith("Every code cell has been run already.")
    bench, (told,) = talk("run the whole notebook", cells=("x = 1", "y", "x"), run=False)
    assert [exact.title for exact in bench.asked] == ["Run cell 1", "Run cell 2"]
    assert "Cell 2 raised NameError: name 'y' is not defined" in told
    assert told.endswith("I stopped there and left the cells after it as they are.")
    _, (told,) = talk("run all cells", cells=("x = 1",), run=False, mode=Mode.PLAN)
    assert told.startswith("I may only read in this mode")


def test_data_that_is_not_loaded_is_loaded_first_and_the_request_goes_on() -> None:
    cells = ("limit = 3", "#: text", BIRDS, "never = 1 / 0")
    bench, (said,) = talk("profile birds", cells=cells, run=False)
    assert [exact.title for exact in bench.asked] == [
        "Run cell 1",
        "Run cell 3",
        "Insert a code cell at the end and run it",
    ]
    assert said.startswith(
        "`birds` is not loaded: cell 3 sets it. I run cell 1 and cell 3 first.\n\n`birds` has 4 rows"
    )
    bench, (said,) = talk("profile birds", cells=cells, run=False, says=lambda _: False)
    assert said.endswith("first.\n\nAll right, I have left everything as it is.")
    bench, (said,) = talk("profile birds", cells=cells, run=False, mode=Mode.PLAN)
    assert said.endswith("so run cell 1 and cell 3 yourself and ask me again.")


def test_a_cell_that_loads_a_file_is_guessed_where_no_name_is_said() -> None:
    loads = "import pandas as pd\nbirds = pd.DataFrame({'a': [1, 2]})\nopen('/dev/null').close()"
    bench, (said,) = talk("plot a", cells=(loads,), run=False)
    assert said.endswith("The plot is below cell 2.")
    assert bench.asked[0].title == "Run cell 1"


def test_data_that_cannot_be_loaded_is_said() -> None:
    _, (said,) = talk("describe birds", cells=("birds = 1 / 0",), run=False)
    assert "Cell 1 raised ZeroDivisionError: division by zero" in said


def test_cells_that_are_asked_for_in_a_row_stand_in_that_order() -> None:
    async def story() -> None:
        bench = await Bench("1", "2").open()
        bench.notebook.active_cell_id = "c1"
        for source in ("1.1", "1.2"):
            await bench.say(f"insert: {source}")
        assert bench.sources() == ["1", "1.1", "1.2", "2"]
        bench.notebook.active_cell_id = "c2"
        await bench.say("insert: 2.1")
        assert bench.sources() == ["1", "1.1", "1.2", "2", "2.1"]
        del bench.notebook.document.cells[2]
        bench.notebook.active_cell_id = "c1"
        await bench.say("insert: 1.3")
        assert bench.sources() == ["1", "1.1", "1.3", "2", "2.1"]

    asyncio.run(story())


def test_a_cell_never_goes_above_the_one_that_sets_what_it_needs() -> None:
    async def story() -> None:
        bench = await Bench("#: Birds", BIRDS, "1").open(run=False)
        bench.notebook.active_cell_id = "c1"
        await bench.say("plot body_mass_g of birds by species")
        await bench.say("which species is the heaviest")
        assert [cell.id for cell in bench.notebook.document.cells][:2] == ["c1", "c2"]
        assert [source.split(".")[0] for source in bench.sources()[2:]] == ["birds", "birds", "1"]
        assert "hist" in bench.sources()[2]

    asyncio.run(story())


def test_a_picture_that_it_cannot_draw_is_said() -> None:
    bench, said = talk("pie chart of species", "plot body mass over time")
    assert said[0].startswith("I cannot draw what `pie` stands for, so I take the nearest that I can.\n\nHow often")
    assert said[1].startswith("`birds` has no column `time`.")
    assert len(bench.sources()) == 2


@pytest.mark.parametrize(
    ("question", "source", "words"),
    [
        ("box plot of body_mass_g by species", 'birds.plot.box(column="body_mass_g", by="species");', "The spread of"),
        ("boxplot of body mass", 'birds["body_mass_g"].plot.box();', "The spread of"),
        (
            "plot body_mass_g by bill_length_mm",
            'birds.plot.scatter(x="bill_length_mm", y="body_mass_g");',
            "`body_mass_g` against",
        ),
        (
            "plot body_mas_g",
            'birds["body_mass_g"].plot.hist(bins=20, title="body_mass_g", xlabel="body_mass_g");',
            "I took `body_mas_g` for `body_mass_g`.",
        ),
        (
            "plot bill lenght against body-mass",
            'birds.plot.scatter(x="body_mass_g", y="bill_length_mm");',
            "I took `bill lenght`",
        ),
    ],
)
def test_plots_are_what_was_asked_for_and_corrections_are_said(question: str, source: str, words: str) -> None:
    bench, (said,) = talk(question)
    assert bench.sources()[1:] == [source]
    assert said.startswith(words)


def test_a_grouping_is_never_dropped_in_silence() -> None:
    bench, said = talk(
        "plot body_mass_g by colour",
        "plot bill_length_mm against body_mass_g by colour",
        "box plot of body_mass_g by species and bill_length_mm",
    )
    every = "It has `species`, `bill_length_mm` and `body_mass_g`."
    assert said[0] == f"`birds` has no column `colour`. {every}"
    assert said[1] == f"`birds` has no column `colour`. {every}"
    assert len(bench.sources()) == 2
    assert "I cannot also split this drawing by `bill_length_mm`" in said[2]


@pytest.mark.parametrize(
    ("question", "source", "first"),
    [
        (
            "Which species is the heaviest?",
            'birds.groupby("species", observed=True)["body_mass_g"].mean().sort_values(ascending=False)',
            "`Gentoo` has the highest mean of `body_mass_g`: 4,400 (cell 2).",
        ),
        (
            "which species has the shortest bill",
            'birds.groupby("species", observed=True)["bill_length_mm"].mean().sort_values()',
            "`Adelie` has the lowest mean of `bill_length_mm`: 39.1 (cell 2).",
        ),
        (
            "median body mass by species",
            'birds.groupby("species", observed=True)["body_mass_g"].median().sort_values(ascending=False)',
            "`Gentoo` has the highest median of `body_mass_g`: 4,400 (cell 2).",
        ),
    ],
)
def test_questions_about_groups_are_answered_with_a_cell(question: str, source: str, first: str) -> None:
    bench, (said,) = talk(question)
    assert bench.sources()[1:] == [source]
    assert said.startswith(first)


def test_a_question_about_groups_that_does_not_fit_the_table_is_not_understood() -> None:
    _, said = talk("which island is the oldest", "which species is the longest")
    assert said[0].startswith("I did not understand that")
    _, (said_,) = talk("which species is the longest", cells=(BIRDS + "\nbirds['wing_length_mm'] = 1.5",))
    assert said_ == "Which column do you mean: `bill_length_mm` and `wing_length_mm`?"


@pytest.mark.parametrize(
    ("cell", "meant", "mended"),
    [
        ("import seabron as sns", "seaborn", "import seaborn as sns"),
        ("import pandsa\npandsa.DataFrame()", "pandas", "import pandas\npandas.DataFrame()"),
        ("from numpyy import array", "numpy", "from numpy import array"),
        ("import matplotlb.pyplot as plt", "matplotlib", "import matplotlib.pyplot as plt"),
        ("import sklearnn", "sklearn", "import sklearn"),
        ("import matplotlib.pyplt as plt", "matplotlib.pyplot", "import matplotlib.pyplot as plt"),
    ],
)
def test_a_misspelt_module_is_mended_and_never_installed(cell: str, meant: str, mended: str) -> None:
    bench, (said,) = talk("explain the last error", cells=(cell,))
    assert f"Did you mean `{meant}`?" in said
    assert bench.asked[0].code == mended
    assert "%pip" not in said


def test_a_module_that_nobody_knows_is_installed_only_with_a_caution() -> None:
    _, (said,) = talk("explain the last error", cells=("import zzyzx_tools",))
    assert "If `zzyzx_tools` is really its name, and you trust it" in said
    assert said.endswith("```python\n%pip install zzyzx_tools\n```")


def test_a_syntax_error_is_told_with_its_line_and_without_a_file() -> None:
    _, said = talk("explain the last error", "run cell 1", cells=("x = 1\ny = (2",))
    assert said[0].startswith("Cell 1 raised SyntaxError: '(' was never closed (line 2)\n\nPython could not read")
    assert said[0].endswith("It happened in this line: `y = (2`")
    assert said[1].startswith(
        "Cell 1 raised SyntaxError: '(' was never closed (line 2)\n\nSay **explain the last error**"
    )


def test_an_error_from_before_a_restart_is_said_to_be_one() -> None:
    async def story() -> None:
        bench = await Bench("size + 1").open()
        bench.notebook.document.cells[0].execution_count = None
        said = await bench.say("explain the last error")
        assert said.startswith("This error is from before the kernel was restarted: cell 1 has not been run since.")
        assert bench.used == ["read_notebook"]

    asyncio.run(story())


def test_an_error_whose_kernel_has_forgotten_everything_is_said_to_be_old() -> None:
    async def story() -> None:
        bench = await Bench(BIRDS, "birds['bodymass']").open()
        bench.kernel.namespace.clear()
        said = await bench.say("explain the last error")
        assert said.startswith("The kernel holds nothing now, so this error is from before it was restarted.")
        assert bench.asked == []

    asyncio.run(story())


def test_a_run_that_got_lost_is_told_truthfully() -> None:
    async def story() -> None:
        bench = await Bench("1").open()

        async def vanish(_: str) -> Execution:
            raise ToolError("unknown-outcome", "The page went away. Do not run it again without asking.")

        bench.notebook.execute = vanish
        for request in ("run: 1 + 1", "run cell 1"):
            said = await bench.say(request)
            assert "how it ended is not known" in said
            assert "may be gone with it" in said
            assert "without asking" not in said
            assert "is in cell" not in said
        bench.notebook.execute = None
        assert await bench.say("run: 1 + 1") == (
            "The text is in cell 3. It was not run: this notebook has no kernel running."
        )
        assert await bench.say("run cell 1") == "This notebook has no kernel running. Start one from the Kernel menu."

    asyncio.run(story())


def test_output_is_quoted_briefly_and_the_rest_is_counted() -> None:
    _, (said,) = talk("run: print(*range(1000), sep='\\n')", cells=())
    assert said.startswith("Cell 1 ran and put out:\n\n```text\n0\n1\n")
    assert said.endswith("\n19\n```\n\n… and 980 more lines (see cell 1)")
    _, (said,) = talk("run: print(*range(100_000), sep='\\n')", cells=())
    assert said.endswith("\n19\n```\n\n… and 99,980 more lines (see cell 1)")


def test_objects_without_words_are_not_quoted() -> None:
    def of(text: str, **more: Any) -> str:
        return quoted({"run": {"outputs": [{"kind": "display", "text": text, **more}]}}, "cell 6")

    assert of("<IPython.core.display.HTML object>") == ""
    assert of("<Axes: xlabel='a'>") == "```text\n<Axes: xlabel='a'>\n```"
    assert of("a", truncated=True) == "```text\na\n```\n\n… and more (see cell 6)"
    assert of("a", truncated=True, lines=3) == "```text\na\n```\n\n… and 2 more lines (see cell 6)"


def test_tables_and_blocks_are_told_at_once_and_only_prose_word_by_word() -> None:
    table = "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n"
    block = "```text\n1 2 3\n```"
    text = f"Two words\n\n{table}Then this:\n\n{block}"
    pieces = _paced(text)
    assert "".join(pieces) == text
    assert pieces == ["Two ", "words\n\n", table, "Then ", "this:\n\n", block]
    assert "".join(_paced("````text\n```\nx\n````\nend")) == "````text\n```\nx\n````\nend"


def test_a_long_answer_is_told_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("jupyter_agent.agents.builtin.asyncio.sleep", sleep)

    async def told(pace: float) -> float:
        slept.clear()
        from pydantic_ai.messages import ModelRequest, UserPromptPart

        async for _ in BuiltinModel(pace=pace).play(
            [ModelRequest(parts=[UserPromptPart(content="help")])], frozenset()
        ):
            pass
        return sum(slept)

    assert asyncio.run(told(0.008)) <= LONGEST
    assert asyncio.run(told(1.0)) == pytest.approx(LONGEST)


PICTURE = BinaryContent(data=b"", media_type="image/png")


@pytest.mark.parametrize(
    ("content", "then"),
    [
        (f"hello\n{UNSEEN}", "Hello. Say **help**"),
        (["hello", PICTURE], "Hello. Say **help**"),
        (UNSEEN, None),
        ([PICTURE], None),
    ],
)
def test_it_says_that_it_cannot_see_and_answers_the_words(content: str | list[UserContent], then: str | None) -> None:
    async def said() -> str:
        asked = ModelRequest(parts=[UserPromptPart(content=content)])
        pieces = BuiltinModel(pace=0).play([asked], frozenset())
        return "".join([piece.text async for piece in pieces if isinstance(piece, Text)])

    first, blind, *rest = asyncio.run(said()).split("\n\n")
    assert (first, blind) == (WELCOME, BLIND)
    assert [words.startswith(then or "?") for words in rest] == ([True] if then else [])
