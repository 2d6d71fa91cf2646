"""A run's table on terminals of several widths."""

import re

import pytest

from sim.label import SENTENCE
from sim.tables import HEADINGS, aligned, outcome_rows, print_run


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


def test_aligned_folds_into_widths():
    told = aligned(("a", "the words"), [("name", "two lines here"), ("b", "1")], (1,), (4, 9))
    assert told.splitlines() == [
        "a     the words",
        "----  ---------",
        "name  two lines",
        "           here",
        "b             1",
    ]
