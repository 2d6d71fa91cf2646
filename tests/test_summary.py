"""A run's page: its headline outcomes and the others, what is left out, gaps, and the same in every medium."""

import re

import numpy as np
import pytest
from paired import made_up, quiet

from sim.base.label import LABEL, SENTENCE
from sim.exhibits.exhibit import seen
from sim.exhibits.page import page_html, page_markdown, page_record, page_text
from sim.exhibits.records import csv_text
from sim.exhibits.text import exhibit_lines
from sim.experiment.differences import HEADLINES
from sim.outcomes.cards import OUTCOMES, label_of
from sim.outcomes.keys import Quarter
from sim.studies.binding import binding_sentences
from sim.studies.summary import findings, reading, run_page, summary, summary_records

NAN = float("nan")


@pytest.fixture
def patchy():
    """Outcomes that exist in two runs of three, in none, and always; one that is 0 in each, and one of two suppliers."""
    values = {"delivered": [1e6, 2e6, 3e6], "wait_median": [3.0, NAN, 5.0], "domestic_majority": [NAN] * 3}
    return made_up("patchy", **values, grey_value=[0.0] * 3, idle_stock=[0.0, 0.0, 1.0])


def test_the_headlines_come_first_and_the_rest_when_asked(tiny_run):
    short, long = page_text(run_page(tiny_run)), page_text(run_page(tiny_run, every=True))
    heads = [row.key.name for row in summary(tiny_run, headlines=True).rows]
    rest = [row.key.name for row in summary(tiny_run, headlines=False).rows]
    assert heads == [name for name in HEADLINES if name in heads]
    assert len(heads) == 6
    assert not {*heads} & {*rest}
    for each in summary(tiny_run, headlines=False).rows:
        assert f"\n{label_of(each.key)}" in long
        assert f"\n{label_of(each.key)}," not in short
    assert short.startswith(f"tiny: 23 replications, seed 1, 2023-01-01 to 2024-04-01\n{tiny_run.scenario.question}\n")


def test_each_row_has_mean_interval_and_band_of_the_runs_on_one_scale(tiny_run):
    checked = 0
    for exhibit in (summary(tiny_run, headlines=True), summary(tiny_run, headlines=False)):
        name, *numbers = seen(exhibit)
        assert [each.heading for each in numbers] == ["mean", "interval", "10-90 % of runs"]
        for n, row in enumerate(exhibit.rows):
            found, behind = row.summary, name.cells[n].behind
            if row.unit == "date":
                continue
            factor = {"%": 0.01, "thousand": 1e3, "million": 1e6, "bn": 1e9}.get(behind.partition(" ")[0], 1.0)
            shown = [float(text) for each in numbers for text in each.cells[n].text.replace(",", "").split(" to ")]
            expected = np.array([found.mean, found.low, found.high, found.p10, found.p90]) / factor
            assert shown == pytest.approx(expected.tolist(), abs=found.half_width / factor / 9 + 1e-6)
            checked += 1
    assert checked > 20


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 130])
def test_on_a_terminal_no_name_and_no_number_is_broken(tiny_run, columns):
    text = page_text(run_page(tiny_run, every=True), columns)
    lines = text.splitlines()
    assert max(map(len, lines)) <= columns
    assert SENTENCE in " ".join(text.split())
    for exhibit in (summary(tiny_run, headlines=True), summary(tiny_run, headlines=False)):
        told, missing = exhibit_lines(exhibit, columns)
        assert "\n".join(told) in text
        words = " ".join(told).split()
        for each in seen(exhibit)[1:]:
            if each.heading not in missing:
                assert all({*cell.text.split()} <= {*words} for cell in each.cells), each.heading


@pytest.mark.parametrize(("columns", "gone"), [(40, "interval, 10-90 % of runs"), (50, "10-90 % of runs"), (80, "")])
def test_the_band_gives_way_first_and_what_has_no_room_is_named(tiny_run, columns, gone):
    flat = " ".join(page_text(run_page(tiny_run), columns).split())
    assert flat.partition("Hidden columns: ")[2].partition(";")[0] == gone
    if gone:
        assert f"{gone}; summary.csv and the report have them." in flat


def test_what_exists_in_no_run_or_is_always_0_is_left_out(patchy):
    names = [row.key.name for each in (True, False) for row in summary(patchy, headlines=each).rows]
    assert names == ["delivered", "wait_median", "idle_stock"]
    rare = made_up("rare", idle_stock=[0.0] * 19 + [1.0])
    assert [row.key.name for row in summary(rare, headlines=False).rows] == ["idle_stock"]


@pytest.mark.parametrize("columns", [None, 45, 60, 80, 130])
def test_what_exists_in_some_replications_only_is_told_below_the_table_whatever_its_columns(patchy, columns):
    """A mean never stands without this warning, also where the last columns have no room."""
    gap = "median wait: exists in 2 of 3 replications; the row is about those."
    page = run_page(quiet(patchy))
    flat = " ".join(page_text(page, columns).split())
    assert flat.count("exists in") == 1
    assert gap in flat
    for text in (page_markdown(page), page_html(page)):
        assert gap in text


def test_the_findings_say_what_binds_and_stand_in_every_medium(tiny_run):
    told = findings(tiny_run)
    assert told[:2] == binding_sentences(tiny_run)
    page = run_page(tiny_run)
    assert page_record(page)["findings"] == told
    for text in (page_text(page), page_markdown(page), page_html(page).replace("\u00a0", " ")):
        assert all(each in " ".join(text.split()) for each in told)


def test_one_replication_claims_neither_interval_nor_band(tiny_run):
    page = run_page(tiny_run.first(1), every=True)
    text = page_text(page)
    assert [each.heading for each in seen(summary(tiny_run.first(1), headlines=True))] == ["outcome", "mean"]
    assert "1 replication, " in text
    assert "One replication: there is no interval." in text
    assert "Interval: where" not in text
    assert not re.search(r"\bnan\b", text + page_markdown(page) + page_html(page))


def test_the_interval_and_the_band_are_explained_apart_and_so_are_the_units(tiny_run):
    flat = " ".join(page_text(run_page(tiny_run)).split())
    for told in (
        "Interval: where the mean of many runs lies, at 95 %.",
        "10-90 %: where single runs fall.",
        "A100e: ",
        "Backlog: ",
    ):
        assert told in flat


def test_how_surely_the_ends_of_a_band_are_known_is_told_of_one_outcome():
    """100 values 1 to 100 million: the interval of the 10th percentile runs from the 5th to the 17th."""
    told = reading(made_up("world", delivered=1e6 * np.arange(1.0, 101)))[0]
    assert told.endswith(
        "The ends of a band are estimates too: for delivered compute, 5.0 to 17.0 and 84.0 to 96.0 million A100e at 95 % (see "
        "summary.csv)."
    )
    few = reading(made_up("world", delivered=1e6 * np.arange(1.0, 36)))[0]
    assert few.endswith("10-90 %: where single runs fall. How surely its ends are known cannot be said below 36 runs.")
    assert reading(made_up("world", delivered=[1e6] * 40))[0].endswith("where single runs fall."), "no band, no ends"


def test_the_records_hold_every_value_but_those_by_quarter_at_full_precision(tiny_run, patchy):
    found = tiny_run.summary()
    keys = [key for key in found if not isinstance(key.period, Quarter)]
    records = summary_records(tiny_run)
    assert {(row["outcome"], row["item"], row["year"]) for row in records} == {
        (k.outcome, k.item, k.period) for k in keys
    }
    assert len(records) == len(keys)
    assert {row["label"] for row in records} == {LABEL}
    by_key = {(row["outcome"], row["item"], row["year"]): row for row in records}
    row, own = (
        by_key["delivered", "", 2023],
        found[next(k for k in keys if (k.outcome, k.period) == ("delivered", 2023))],
    )
    assert (row["mean"], row["ci95_low"], row["run_p90"]) == (own.mean, own.low, own.p90)
    assert (row["run_p10_ci95_low"], row["run_p10_ci95_high"]) == (None, own.p10_interval[1]), "23 are too few"
    assert (row["run_p90_ci95_low"], row["run_p90_ci95_high"]) == (own.p90_interval[0], None)
    gone = {row["outcome"]: row for row in summary_records(patchy)}["domestic_majority"]
    assert (gone["mean"], gone["ci95_high"], gone["n"], gone["replications"]) == (None, None, 0, 3)
    assert "nan" not in csv_text(summary_records(patchy))


def test_every_outcome_has_a_label_that_is_no_key(tiny_run):
    for key in tiny_run.outcomes:
        assert "_" not in label_of(key)
        assert OUTCOMES[key.outcome].label in label_of(key)
