"""The notebook of the docs: it runs, and says what its committed copy says."""

import copy
import re
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from sim.base.label import LABEL

ABSOLUTE = r"""(?:^|[\s"'(=])(?:/[A-Za-z][\w.-]*){2,}|[A-Z]:\\\\\w"""  # a path from a root, of any machine
NOTEBOOK = Path(__file__).parents[1] / "docs" / "compare.ipynb"


@pytest.fixture(scope="module")
def committed():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(committed):
    notebook = copy.deepcopy(committed)
    for cell in notebook.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return NotebookClient(notebook, kernel_name="python3", timeout=300, record_timing=False).execute()


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def told(cell):
    """What a cell prints and returns, as text; pictures and tables differ in their bytes between libraries' versions."""
    texts = [output.text if output.output_type == "stream" else output.data["text/plain"] for output in cell.outputs]
    return "".join(texts)


def test_it_runs_in_order_and_without_an_error(committed, executed):
    for notebook in (committed, executed):
        assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
        assert not [o for cell in code(notebook) for o in cell.outputs if o.output_type == "error"]


def test_it_says_what_the_committed_copy_says(committed, executed):
    for before, now in zip(code(committed), code(executed), strict=True):
        assert told(now) == told(before), before.source


def test_a_comparison_shows_its_table_and_each_picture_shows_itself(executed):
    shown = [output.data for cell in code(executed) for output in cell.outputs if output.output_type != "stream"]
    tables = [data["text/html"] for data in shown if "text/html" in data]
    pictures = [data["image/svg+xml"] for data in shown if "image/svg+xml" in data]
    assert len(tables) == 1
    assert "better for buyers" in tables[0]
    assert len(pictures) == 2
    for page in (*tables, *pictures):
        assert LABEL in page


def test_the_committed_copy_knows_no_machine_and_no_hour(committed):
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert "iopub" not in text  # the hours at which cells ran
    for place in (NOTEBOOK.parents[1], tempfile.gettempdir()):
        assert str(place) not in text
    assert not re.search(ABSOLUTE, text)
    assert LABEL in committed.cells[0].source
