"""A run's table on terminals of several widths."""

import re

import pytest
from paired import made_up

from sim.base.label import SENTENCE
from sim.experiment.tables import HEADINGS, aligned, gaps, outcome_rows, print_run, reading_help, run_text


@pytest.fixture
def shown(tiny_run, monkeypatch, capsys):
    def at(columns: int) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        print_run(tiny_run)
        return capsys.readouterr().out

    return at


@pytest.mark.parametrize("columns", [60, 80, 100, 130])
def test_no_name_and_no_number_is_broken(shown, tiny_run, columns):
    text = shown(columns)
    lines = text.splitlines()
    assert max(map(len, lines)) <= columns
    assert SENTENCE in " ".join(text.split())
    for name, unit, mean, interval, _band in outcome_rows(tiny_run):
        line = re.search(rf"^ {name}\b.*$", text, re.MULTILINE)
        assert line, name
        assert mean in line[0].split()
        assert all(end in text for end in [*unit.split(), *interval.split(" to ")])


def test_eighty_columns_have_every_column_and_fewer_say_what_is_missing(shown):
    at_80, at_50 = (" ".join(shown(columns).split()) for columns in (80, 50))
    assert "No room" not in at_80
    assert "10-90 % of" in at_80
    assert f"No room here for: {HEADINGS[-1]}. summary.csv and the report have it." in at_50


def test_the_unit_has_a_column_of_its_own_where_there_is_room(shown):
    assert re.search(r"^ outcome +unit +mean ", shown(130), re.MULTILINE)
    assert re.search(r"^ domestic_share, % ", shown(80), re.MULTILINE)


NAN = float("nan")
GAPS = [
    "wait_median: exists in 2 of 3 replications, and the row speaks of those only.",
    "domestic_majority: exists in no replication.",
]


@pytest.mark.parametrize("columns", [None, 45, 60, 80, 130])
def test_what_exists_in_some_replications_only_is_told_below_the_table_whatever_its_columns(
    columns, monkeypatch, capsys
):
    """A mean never stands without this warning, also where the last columns have no room."""
    run = made_up("gappy", delivered=[1e6, 2e6, 3e6], wait_median=[3.0, NAN, 5.0], domestic_majority=[NAN] * 3)
    if columns is None:
        text = run_text(run)
    else:
        monkeypatch.setenv("COLUMNS", str(columns))
        print_run(run)
        text = capsys.readouterr().out
    assert max(map(len, text.splitlines()[2:])) <= (columns or 110)
    table, told = text.split("wait_median: exists", 1)
    assert "exists" not in table
    assert " ".join(GAPS) in " ".join(f"wait_median: exists{told}".split())
    assert gaps(run) == GAPS
    assert not any(cell != cell.strip() for row in outcome_rows(run) for cell in row)


def test_the_report_and_a_notebook_tell_it_beside_what_the_ranges_mean():
    run = made_up("gappy", delivered=[1e6, 2e6, 3e6], wait_median=[3.0, NAN, 5.0], domestic_majority=[NAN] * 3)
    assert reading_help(run).startswith(f"{' '.join(GAPS)} The interval is about the mean")
    whole = made_up("whole", delivered=[1e6, 2e6, 3e6])
    assert gaps(whole) == []
    assert reading_help(whole).startswith("The interval is about the mean")


def test_aligned_folds_into_widths():
    told = aligned(("a", "the words"), [("name", "two lines here"), ("b", "1")], (1,), (4, 9))
    assert told.splitlines() == [
        "a     the words",
        "----  ---------",
        "name  two lines",
        "           here",
        "b             1",
    ]
