"""A comparison: what may be compared, and how its parts are found."""

import datetime

import numpy as np
import pytest
from paired import made_up, named

from sim.base.errors import ChipgateError
from sim.experiment.comparison import Comparison, compare_scenarios, refuse_unfit
from sim.scenario.load import load


@pytest.fixture(scope="module")
def comparison():
    base = made_up("base", delivered=[1, 2, 3], cancelled=[1, 1, 2])
    return Comparison(
        [base, made_up("more", delivered=[2, 3, 5], cancelled=[1, 1, 1]), made_up("less", delivered=[0, 1, 1])]
    )


def test_the_first_is_the_base(comparison):
    assert comparison.base.scenario.name == "base"
    assert comparison.names == ["base", "more", "less"]
    assert [run.scenario.name for run in comparison.others] == ["more", "less"]
    assert len(comparison) == 3


def test_a_run_is_found_by_its_name_and_a_near_one_suggested(comparison):
    assert comparison["more"]["delivered"].tolist() == [2, 3, 5]
    with pytest.raises(ChipgateError, match="no scenario here is named 'mroe'; did you mean 'more'"):
        comparison["mroe"]


def test_a_row_is_found_by_scenario_and_outcome(comparison):
    assert comparison.row("more", "delivered").mean == pytest.approx(4 / 3)
    with pytest.raises(ChipgateError, match="no outcome is named 'cancelled'; delivered"):
        comparison.row("less", "cancelled")


def test_the_rows_are_whole_windows_and_years_and_the_judged_ones_are_headlines(tiny_comparison):
    periods = {row.period for row in tiny_comparison.rows}
    assert periods == {None, 2023, 2024}, "no quarters"
    assert {row.period for row in tiny_comparison.verdicts} == {None}
    assert len(tiny_comparison.verdicts) == 6 * 2


def test_the_differences_are_a_table_of_the_same_rows(tiny_comparison):
    table = tiny_comparison.differences
    assert table.rows == len(tiny_comparison.rows)
    first = tiny_comparison.rows[0]
    assert (table["scenario"][0], table["outcome"][0], table["difference"][0]) == (
        first.scenario,
        first.outcome,
        first.mean,
    )
    assert np.unique(table["label"]).tolist() == ["Illustrative, not predictive"]


def test_the_same_rules_under_another_name_differ_in_nothing(tiny):
    comparison = compare_scenarios([load(tiny), load(tiny, {"name": "again"})], 3, workers=1)
    assert {row.equal for row in comparison.rows if row.pairs == 3} == {3}


def test_it_says_what_it_is(comparison):
    assert repr(comparison) == (
        f"<Comparison of more, less with base: {comparison.base.made}. Illustrative, not predictive.>"
    )


def test_one_scenario_alone_is_no_comparison():
    with pytest.raises(ChipgateError, match="a base and at least one other"):
        refuse_unfit([named("base")])


def test_two_scenarios_of_one_name_cannot_be_told_apart():
    with pytest.raises(ChipgateError, match=r"two scenarios are named 'base' \(.*baseline.yaml\)"):
        refuse_unfit([named("base"), load("baseline", {"name": "base", "foundry.growth": "60 %/year"})])
    with pytest.raises(ChipgateError, match="'base' is given twice"):
        refuse_unfit([named("base"), named("base")])


def test_other_windows_cannot_be_compared_and_the_message_says_how_they_could():
    short = load("baseline", {"name": "short", "window.end": "2025-01-01"})
    with pytest.raises(ChipgateError) as refused:
        refuse_unfit([named("base"), named("other"), short])
    assert "short runs from 2023-01-01 to 2025-01-01; values over different windows" in str(refused.value)
    end = named("base").scenario.window.end
    assert isinstance(end, datetime.date)
    assert f"--set window.end={end}" in str(refused.value)
    with pytest.raises(ChipgateError, match="different windows"):
        compare_scenarios([named("base"), short], 1)
