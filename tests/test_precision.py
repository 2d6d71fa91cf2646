"""The number of replications that a precision takes: the rule on arrays, and on runs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paired import made_up, named

import sim.experiment.sequential
from sim.base.errors import ChipgateError
from sim.experiment.differences import difference
from sim.experiment.precision import (
    Precision,
    Width,
    enough,
    look_ahead,
    read_precision,
    relative_half_widths,
    width_words,
)
from sim.experiment.sequential import compare_to_precision, stopped
from sim.outcomes.keys import Key
from sim.scenario.load import load

NAN = math.nan


def widths(*shares):
    return np.array([shares], dtype=np.float64)


# --- The rule ---


@pytest.mark.parametrize(("n", "further"), [(3, 5), (100, 5), (119, 5), (120, 6), (200, 10), (1000, 50)])
def test_the_look_ahead_is_five_then_five_per_cent(n, further):
    assert look_ahead(n) == further


def test_enough_is_the_first_number_from_which_it_stays_narrow():
    assert enough(widths(NAN, 9, 9, 9, 1, 1, 1, 1, 1, 1), 2) == 5
    assert enough(widths(NAN, 9, 9, 9, 1, 1, 1, 1, 1), 2) is None, "the look ahead is not over"


def test_it_starts_at_three():
    assert enough(widths(NAN, 0, 0, 0, 0, 0, 0, 0), 2) == 3


def test_what_is_lost_in_the_look_ahead_is_sought_again_from_there():
    assert enough(widths(NAN, 9, 1, 1, 1, 9, 9, 1, 1, 1, 1, 1, 1), 2) == 8


def test_every_interval_counts_and_one_that_does_not_exist_is_not_narrow():
    narrow, late = [0.0] * 20, [NAN] * 6 + [1.0] * 14
    assert enough(np.array([narrow, late]), 2) == 7
    assert enough(np.array([narrow, [NAN] * 20]), 2) is None


def test_a_width_of_exactly_what_was_asked_is_enough():
    assert enough(widths(*[2.0] * 8), 2) == 3


@given(st.lists(st.sampled_from([1.0, 3.0]), min_size=1, max_size=60), st.integers(1, 60))
@settings(max_examples=200, deadline=None)
def test_more_replications_never_change_an_answer(shares, cut):
    """So batches of any size come to the same one."""
    early = enough(widths(*shares[:cut]), 2)
    assert early in (None, enough(widths(*shares), 2))


# --- Widths ---


def test_the_widths_are_those_of_the_difference_after_each_replication():
    rng = np.random.default_rng(3)
    base = rng.normal(100, 10, 25)
    other = base + rng.normal(2, 3, 25)
    base[4], other[[0, 9]] = NAN, NAN
    found = relative_half_widths(base, other)
    assert np.isnan(found[:2]).all()
    for n in range(3, 26):
        row = difference(made_up("base", delivered=base[:n]), made_up("other", delivered=other[:n]), "delivered")
        assert found[n - 1] == pytest.approx(row.half_width / row.base_summary.mean)
    assert found[9] == found[8], "a replication without a pair leaves it as it was"


def test_widths_of_nothing_of_no_spread_and_of_a_base_of_nothing():
    assert np.isnan(relative_half_widths(np.full(4, NAN), np.ones(4))).all()
    assert relative_half_widths(np.arange(1.0, 5), np.arange(1.0, 5))[1:].tolist() == [0, 0, 0]
    assert relative_half_widths(np.zeros(3), np.array([0.0, 1, 2]))[1:].tolist() == [math.inf, math.inf]
    assert relative_half_widths(np.zeros(3), np.zeros(3))[1:].tolist() == [0, 0], "both are 0, with certainty"


def test_stopping_by_the_rule_covers_nearly_as_often_as_it_says():
    """A truth of 5, asked to +/- 2 % of 100: the interval where the rule stops holds it in a little under 95 %."""
    rng = np.random.default_rng(4)
    covered, numbers = 0, []
    for _ in range(300):
        base = np.full(200, 100.0)
        other = base + rng.normal(5, 6, 200)
        shares = relative_half_widths(base, other)
        needed = enough(shares[None, :], 0.02)
        used = needed + look_ahead(needed)
        numbers.append(needed)
        covered += abs(np.mean(other[:used] - base[:used]) - 5) <= 100 * shares[used - 1]
    assert 0.90 <= covered / 300 <= 0.98
    assert 25 < np.mean(numbers) < 45, "(1.96 * 6 / 2) squared is 35"


# --- Runs ---


@pytest.fixture(scope="module")
def pair(tiny):
    return [load(tiny), load(tiny, {"name": "poorer", "foundry.yield_start": "20 %"})]


@pytest.fixture(scope="module")
def asked(pair):
    """delivered and backlog to 2 %, in batches of its own choice."""
    return compare_to_precision(pair, 0.02, ["delivered", "backlog"], cap=120, workers=1)


def test_the_comparison_holds_the_replications_that_the_rule_looked_at(asked):
    found = asked.precision
    assert found.needed is not None
    assert len(asked) == found.replications == max(20, found.needed + look_ahead(found.needed))
    assert 20 < len(asked) < 120, "the test asks for something that takes more than the first batch"
    for width in found.widths:
        row = asked.row(width.scenario, width.key)
        assert width.share == pytest.approx(row.half_width / row.base_summary.mean)
        assert width.share <= 0.02
    assert "more were run to see that it lasts" in found.words()
    assert "hold the truth a little less often than they say" in found.words()


@pytest.mark.parametrize(("batch", "workers"), [(7, 1), (40, 2)])
def test_neither_the_batches_nor_the_workers_change_the_result(asked, pair, batch, workers):
    again = compare_to_precision(pair, 0.02, ["delivered", "backlog"], cap=120, workers=workers, batch=batch)
    assert again.precision == asked.precision
    for run, other in zip(again.runs, asked.runs, strict=True):
        assert run.numbers == other.numbers
        for key, array in run.outcomes.items():
            np.testing.assert_array_equal(array, other.outcomes[key])


def test_runs_read_back_are_found_to_have_stopped_for_the_same_reason(asked):
    found = asked.precision
    assert stopped(asked.runs, found.wanted, found.outcomes, found.cap).precision == found


def test_the_widest_interval_stands_first_and_one_that_does_not_exist_before_all_others():
    rng = np.random.default_rng(5)
    base, luck = np.full(20, 100.0), rng.normal(0, 1, 20)
    outcomes = {"delivered": 1.0, "wait_median": NAN, "backlog": 9.0, "demand": 3.0}
    runs = [
        made_up("base", **dict.fromkeys(outcomes, base)),
        made_up("other", **{name: base + size * luck for name, size in outcomes.items()}),
    ]
    found = stopped(runs, 0.02, list(map(Key, outcomes)), 20).precision
    expected = ["wait_median", "backlog", "demand", "delivered"]
    assert [width.key.name for width in found.widths] == expected
    assert found.widths[1].share > found.widths[2].share > found.widths[3].share > 0
    assert [width["outcome"] for width in found.record()["widths"]] == expected


@pytest.mark.parametrize(
    ("needed", "replications", "told"),
    [
        (3, 20, "17 more were run, as 20 always are"),
        (14, 20, "6 more were run, as 20 always are"),
        (15, 20, "5 more were run to see that it lasts"),
        (40, 45, "5 more were run to see that it lasts"),
        (1000, 1050, "50 more were run to see that it lasts"),
    ],
)
def test_why_more_were_run_than_were_needed_is_told(needed, replications, told):
    found = Precision(0.02, ("delivered",), 2000, needed, replications, ())
    assert f"{needed:,} replications of each scenario; {told}, and all are used" in found.words()


def test_the_cap_ends_it_with_a_clear_word(pair):
    told = []
    comparison = compare_to_precision(
        pair, 0.0001, ["delivered"], cap=25, workers=1, progress=lambda many, wide: told.append((many, dict(wide)))
    )
    assert len(comparison) == 25
    assert comparison.precision.needed is None
    assert [many for many, _ in told] == [20, 25]
    assert list(told[0][1]) == [("poorer", Key("delivered"))]
    words = comparison.precision.words()
    assert "NOT reached" in words
    assert "cap of 25 replications still wider are delivered in poorer +/- " in words


def test_a_cap_inside_the_look_ahead_says_so():
    found = Precision(0.02, ("delivered",), 25, None, 25, (Width("other", "delivered", 0.019),))
    assert "all were, but not yet for long enough" in found.words()


@pytest.mark.parametrize(
    ("text", "told"), [("12.5%", "12.5 %"), ("7%", "7 %"), ("0.125 %", "0.125 %"), ("0.29", "29 %")]
)
def test_the_wish_is_told_as_it_was_asked(text, told):
    for needed in (20, None):
        found = Precision(read_precision(text), ("delivered",), 25, needed, 25, ())
        assert f"at most +/- {told} of the base's mean" in found.words()


@pytest.mark.parametrize(
    ("share", "wanted", "told"),
    [
        (0.0437, 0.02, "+/- 4.4 %"),
        (0.0204, 0.02, "+/- 2.04 %"),
        (0.12503, 0.125, "+/- 13 %"),
        (1.234, 0.02, "+/- 120 %"),
        (NAN, 0.02, "(exists in fewer than two pairs)"),
    ],
)
def test_a_width_that_is_wider_than_wanted_never_looks_as_if_it_were_not(share, wanted, told):
    assert width_words(share, wanted) == told


def test_a_missing_width_is_told_and_is_no_nan_in_json():
    found = Precision(0.02, ("delivered",), 25, None, 25, (Width("other", "delivered", NAN),))
    assert "exists in fewer than two pairs" in found.words()
    assert found.record()["widths"] == [{"scenario": "other", "outcome": "delivered", "share_of_base": None}]
    assert found.record()["reached"] is False


def made_up_world(monkeypatch, **outcomes):
    """Scenarios whose replications are written down: {outcome: (base, other)}."""

    def run(sourced, many, _seed, _workers, after=0, store=None):  # noqa: ARG001
        side = 0 if sourced.scenario.name == "base" else 1
        return made_up(
            sourced.scenario.name,
            **{key: np.resize(both[side], 500)[after : after + many] for key, both in outcomes.items()},
        )

    monkeypatch.setattr(sim.experiment.sequential, "run_scenario", run)
    return [named("base"), named("other")]


def test_an_outcome_that_is_0_in_the_base_has_no_share(monkeypatch):
    world = made_up_world(monkeypatch, delivered=([1, 2], [2, 3]), refusals=([0], [1]))
    with pytest.raises(ChipgateError, match=r"refusals is 0 in all of the first 20 .* base\n  choose --on delivered"):
        compare_to_precision(world, 0.02, ["delivered", "refusals"])


def test_an_outcome_that_never_exists_is_refused(monkeypatch):
    world = made_up_world(monkeypatch, delivered=([1, 2], [2, 3]), wait_median=([NAN], [1]))
    with pytest.raises(ChipgateError, match="wait_median exists in none of the first 20 pairs"):
        compare_to_precision(world, 0.02, ["wait_median", "delivered"])


def test_dates_and_unknown_outcomes_are_refused(monkeypatch):
    world = made_up_world(monkeypatch, delivered=([1, 2], [2, 3]))
    with pytest.raises(ChipgateError, match="'domestic_majority' is a date"):
        compare_to_precision(world, 0.02, ["domestic_majority"])
    with pytest.raises(ChipgateError, match="no outcome is named 'deliverd'; did you mean 'delivered'"):
        compare_to_precision(world, 0.02, ["deliverd"])
    with pytest.raises(ChipgateError, match="no outcome is named 'revenue_huawai'; did you mean 'revenue_huawei'"):
        compare_to_precision(world, 0.02, ["revenue_huawai"])


def test_a_precision_or_cap_that_makes_no_sense_is_refused(monkeypatch):
    world = made_up_world(monkeypatch, delivered=([1, 2], [2, 3]))
    with pytest.raises(ChipgateError, match="is not a share of the base's mean between 0 and 1"):
        compare_to_precision(world, 2.0)
    with pytest.raises(ChipgateError, match="cap: 19 is too few; the rule starts with 20"):
        compare_to_precision(world, 0.02, cap=19)


@pytest.mark.parametrize(("text", "share"), [("2%", 0.02), ("2 %", 0.02), ("0.5%", 0.005), ("0.02", 0.02)])
def test_a_precision_is_read_as_a_share(text, share):
    assert read_precision(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["2", "0", "-1%", "100%", "fine", "2 weeks", "nan"])
def test_what_is_no_precision_is_refused(text):
    with pytest.raises(ChipgateError, match=f"--precision {text}: "):
        read_precision(text)
