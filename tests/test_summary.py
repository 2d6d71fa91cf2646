"""A run's table on terminals of several widths."""

import re

import pytest
from paired import made_up

from sim.base.label import SENTENCE
from sim.exhibits.style import ansi
from sim.experiment.tables import HEADINGS, gaps, outcome_rows, reading_help, run_text


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 130])
def test_no_name_and_no_number_is_broken(tiny_run, columns):
    text = run_text(tiny_run, columns)
    lines = text.splitlines()
    assert max(map(len, lines)) <= columns
    assert SENTENCE in " ".join(text.split())
    for name, unit, mean, interval, _band in outcome_rows(tiny_run):
        line = re.search(rf"^{name}\b.*(\n .*)*$", text, re.MULTILINE)
        assert line, name
        assert mean in line[0].split()
        assert all(end in text for end in [*unit.split(), *(interval.split(" to ") if columns >= 60 else [])])


def test_eighty_columns_have_every_column_and_fewer_say_what_is_missing(tiny_run):
    told = {columns: " ".join(run_text(tiny_run, columns).split()) for columns in (40, 56, 80)}
    assert "No room" not in told[80]
    assert "10-90 % of" in told[80]
    assert f"No room here for: {HEADINGS[-1]}. summary.csv and the report have it." in told[56]
    assert f"No room here for: {HEADINGS[-2]}, {HEADINGS[-1]}. summary.csv" in told[40]


def test_the_unit_has_a_column_of_its_own_where_there_is_room(tiny_run):
    assert re.search(r"^outcome +unit +mean ", run_text(tiny_run, 130), re.MULTILINE)
    assert re.search(r"^domestic_share, % ", run_text(tiny_run, 80), re.MULTILINE)


def test_styles_change_nothing_but_the_look(tiny_run):
    styled = run_text(tiny_run, 80, ansi)
    assert "\x1b[1m" in styled
    assert re.sub(r"\x1b\[[\d;]*m", "", styled) == run_text(tiny_run, 80)


NAN = float("nan")
GAPS = [
    "wait_median: exists in 2 of 3 replications, and the row speaks of those only.",
    "domestic_majority: exists in no replication.",
]


@pytest.mark.parametrize("columns", [None, 45, 60, 80, 130])
def test_what_exists_in_some_replications_only_is_told_below_the_table_whatever_its_columns(columns):
    """A mean never stands without this warning, also where the last columns have no room."""
    run = made_up("gappy", delivered=[1e6, 2e6, 3e6], wait_median=[3.0, NAN, 5.0], domestic_majority=[NAN] * 3)
    text = run_text(run, columns)
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
