"""Conclusions in plain words: the amount, its interval and its unit, worked out by hand."""

import math

import pytest
from paired import made_up

from sim.base.statistics import t_quantile
from sim.experiment.comparison import Comparison
from sim.studies.comparison_tables.prose import conclusions

WEEKS = [10.0, 11.0, 12.0, 13.0]
"""Differences in pairs, in the unit that is told: mean 11.5, standard error 0.645."""
HALF = t_quantile(0.95, 3) * math.sqrt(5 / 3) / 2


def concluded(outcome: str, base: list[float], other: list[float]) -> str:
    [(_, text)] = conclusions(Comparison([made_up("base", **{outcome: base}), made_up("other", **{outcome: other})]))
    return text


@pytest.mark.parametrize(
    ("outcome", "one", "told"),
    [
        ("wait_median", 1.0, "median wait is longer by 11.5 weeks (9.4 to 13.6), worse for buyers."),
        ("domestic_share", 0.01, "domestic share is higher by 11.5 points (9.4 to 13.6)."),
    ],
)
def test_an_amount_is_told_in_the_words_of_its_unit(outcome, one, told):
    assert abs(HALF - 2.05) < 0.01
    base = [0.2, 0.3, 0.4, 0.5]
    other = [value + one * more for value, more in zip(base, WEEKS, strict=True)]
    assert concluded(outcome, base, other) == told


def test_an_amount_relative_to_the_base_is_told_in_per_cent():
    """A base of 100 that does not vary: the ratio's interval is that of the differences, in per cent."""
    assert concluded("delivered", [100.0] * 4, [100 + more for more in WEEKS]) == (
        "delivered compute is higher by 11.5 % (9.4 to 13.6), better for buyers."
    )


def test_who_knows_the_direction_but_not_whether_it_matters_says_both():
    """The smallest difference of a median wait is 2 weeks: 1.5 to 3.5 lies across it, -1 to 4 also across 0."""
    half = t_quantile(0.95, 3)
    told = concluded("wait_median", [10.0] * 4, [10 + 2.5 + x / half for x in (-1, 1, -1.2, 1.2)])
    assert told == "no difference can be named. Cannot tell whether it matters: median wait (longer)."
    told = concluded("wait_median", [10.0] * 4, [10 + 1.5 + x for x in (-2, 2, -2.2, 2.2)])
    assert told == "no difference can be named. Cannot tell: median wait."


def test_what_has_ceased_to_exist_is_never_told_as_no_difference():
    nan = math.nan
    same = {"delivered": [1.0, 2.0, 3.0]}
    for other, told in (
        ([7.0, nan, nan], "Median wait has a value in 3 replications of base and 1 of other."),
        ([nan] * 3, "Median wait has a value in 3 replications of base and none of other."),
    ):
        comparison = Comparison(
            [made_up("base", **same, wait_median=[7.0, 8.0, 9.0]), made_up("other", **same, wait_median=other)]
        )
        assert conclusions(comparison) == [("other", f"no headline outcome differs where both have a value. {told}")]
        more = Comparison([made_up("base", **same, wait_median=[7.0, 8.0, 9.0]), made_up("other", wait_median=other)])
        assert conclusions(more)[0][1].endswith(f". {told}")


def test_what_exists_in_no_pair_neither_spoils_a_conclusion_nor_counts_in_the_family():
    nan = math.nan
    outcomes = {"delivered": [1.0, 2.0], "backlog": [3.0, 4.0], "service_level": [nan, nan]}
    comparison = Comparison([made_up("base", **outcomes), made_up("other", **outcomes)])
    assert conclusions(comparison) == [("other", "no headline outcome differs in any of 2 replications.")]
    nothing = {"service_level": [nan, nan]}
    comparison = Comparison([made_up("base", **nothing), made_up("other", **nothing)])
    assert conclusions(comparison) == [("other", "no headline outcome has a value in both.")]
    base = {"delivered": [10.0, 11.0, 12.0, 13.0], "service_level": [nan] * 4}
    more = {"delivered": [11.0, 12.5, 13.0, 14.5], "service_level": [nan] * 4}
    with_it = Comparison([made_up("base", **base), made_up("other", **more)]).row("other", "delivered").judgement
    del base["service_level"], more["service_level"]
    alone = Comparison([made_up("base", **base), made_up("other", **more)]).row("other", "delivered").judgement
    assert with_it == alone
