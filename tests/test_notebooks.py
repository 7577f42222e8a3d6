"""The notebooks that a person opens first: they run, on the real data, and are stored clean."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def test_there_is_a_notebook() -> None:
    assert list(NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom_on_a_real_kernel(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_it_is_stored_with_cell_ids_and_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    for cell in notebook.cells:
        assert cell.metadata == {}
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_the_penguins_are_the_real_ones() -> None:
    notebook = nbformat.read(NOTEBOOKS / "penguins.ipynb", as_version=4)
    question = "print(len(penguins), penguins['species'].value_counts().sort_index().to_dict())"
    notebook.cells.append(nbformat.v4.new_code_cell(question))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    assert notebook.cells[-1].outputs[0].text == "344 {'Adelie': 152, 'Chinstrap': 68, 'Gentoo': 124}\n"
