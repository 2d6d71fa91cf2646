"""Paired differences and their verdicts: known answers, edges, invariances, and errors counted over many trials."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paired import made_up

from sim.base.errors import ChipgateError
from sim.base.judgement import HowOften, how_often, in_doubt, judged_skewness
from sim.base.judgement import judge as judge_claims
from sim.base.statistics import skewness, t_quantile, t_tail
from sim.experiment.comparison import Comparison
from sim.experiment.differences import (
    HEADLINES,
    columns,
    difference,
    differences,
    direction,
    record,
    sign_words,
)
from sim.outcomes.cards import OUTCOMES
from sim.studies.comparing import verdict_of

NAN = math.nan
CLAIMS = {"better", "worse", "different", "too small to matter"}


def of(outcome, base, other):
    """The difference of one outcome."""
    return difference(made_up("base", **{outcome: base}), made_up("other", **{outcome: other}), outcome)


def judge(rows):
    return judge_claims([row.claim for row in rows])


def judged(*rows):
    """The rows with the verdicts of one family."""
    return [replace(row, judgement=found) for row, found in zip(rows, judge(rows), strict=True)]


def verdict(outcome, base, other):
    [row] = judged(of(outcome, base, other))
    return row.judgement.verdict


# --- Known answers ---


def test_a_difference_worked_out_by_hand():
    row = of("delivered", [1, 2, 3], [2, 4, 6])
    assert row.mean == pytest.approx(2)
    assert row.half_width == pytest.approx(4.302652729749 / math.sqrt(3))  # t of 2 degrees, spread 1
    assert (row.higher, row.lower, row.equal) == (3, 0, 0)
    assert row.base_summary.mean == 2
    assert row.other_summary.mean == 4
    assert row.relative == 1
    assert row.margin == pytest.approx(0.02 * 2)
    assert row.variance_ratio == pytest.approx((1 + 4) / 1)
    assert row.same_sign == ("higher", 3)


def test_the_sign_that_pairs_share_is_that_of_the_mean_difference_even_where_most_have_another():
    assert of("delivered", [5, 5, 5, 5], [4, 4, 5, 9]).same_sign == ("higher", 1)
    assert of("delivered", [5, 5, 5, 5], [6, 6, 5, 1]).same_sign == ("lower", 1)
    assert of("delivered", [5, 5, 5, 5], [6, 4, 5, 5]).same_sign == ("equal", 2)


def test_what_is_known_of_a_relative_difference_counts_the_bases_own_uncertainty():
    """Half as much again in each pair: the difference varies with the base, its share of it does not."""
    row = of("delivered", [1, 2, 3], [1.5, 3, 4.5])
    assert (row.relative, row.relative_half_width) == (0.5, 0.0)
    assert row.half_width > 1
    weeks = of("wait_median", [10, 20, 30], [12, 22, 32])
    assert weeks.relative == pytest.approx(0.1)
    left = [y - x * 22 / 20 for x, y in ((10, 12), (20, 22), (30, 32))]
    error = math.sqrt(sum(x * x for x in left) / 2 / 3) / 20
    assert weeks.relative_half_width == pytest.approx(t_quantile(0.95, 2) * error), "though all differences are 2"
    assert math.isnan(of("delivered", [1], [2]).relative_half_width)


def test_independent_replications_are_those_whose_interval_is_as_narrow():
    rng = np.random.default_rng(5)
    luck = rng.normal(100, 10, 30)
    row = of("delivered", luck, luck + rng.normal(3, 1, 30))
    needed = row.independent
    assert 30 * 50 < needed < 30 * row.variance_ratio, "two independent runs know their spread from more values"
    apart = row.variance_ratio * 30 * (row.half_width / t_quantile(0.95, 29)) ** 2  # the variances of both together
    assert t_quantile(0.95, round(2 * needed) - 2) * math.sqrt(apart / needed) == pytest.approx(
        row.half_width, rel=1e-3
    )


def test_pairing_that_does_not_help_is_not_flattered():
    rng = np.random.default_rng(6)
    row = of("delivered", rng.normal(0, 1, 400), rng.normal(0, 1, 400))
    assert 300 < row.independent < 500


def test_holms_levels_by_hand():
    """Three outcomes, two of them clear: the third is judged at 5 % alone, and would fail at 5 % / 3."""
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, 20)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    error = 1 / math.sqrt(20)

    def at(distance):  # so many standard errors beyond two weeks
        return of("wait_median", np.zeros(20), 2 + distance * error + noise)

    clear, clearer, close = at(6), at(9), at(2.2)
    assert 0.05 / 3 < t_tail(2.2, 19) < 0.05
    one, two, three = judge([clear, clearer, close])
    assert [j.verdict for j in (one, two, three)] == ["worse", "worse", "worse"]
    assert two.confidence == pytest.approx(1 - 0.05 / 3)
    assert one.confidence == pytest.approx(1 - 0.05 / 2)
    assert three.confidence == pytest.approx(0.95)
    assert two.p == pytest.approx(3 * t_tail(9, 19))
    assert one.p == pytest.approx(2 * t_tail(6, 19))
    assert three.p == pytest.approx(t_tail(2.2, 19))
    lost = judge([close, at(2.21), at(0.1)])
    assert [j.verdict for j in lost] == ["cannot tell"] * 3
    assert {round(j.confidence, 9) for j in lost} == {round(1 - 0.05 / 3, 9)}, "the first that fails sets the level"
    assert lost[0].p == lost[1].p == pytest.approx(3 * t_tail(2.21, 19)), "an adjusted p never falls"


def test_each_verdict_in_its_place():
    noise = np.tile([-0.1, 0.1], 10)
    base = np.full(20, 100.0)
    assert verdict("wait_median", base, base + 5 + noise) == "worse"
    assert verdict("wait_median", base, base - 5 + noise) == "better"
    assert verdict("wait_median", base, base + 1 + noise) == "too small to matter"
    assert verdict("wait_median", base, base + 2 + noise) == "cannot tell"
    assert verdict("delivered", base, base + 5 + noise) == "better"
    assert verdict("delivered", base, base - 5 + noise) == "worse"
    assert verdict("market_value", base, base + 5 + noise) == "different"
    assert verdict("market_value", base, base - 5 + noise) == "different"


def test_the_words_name_the_one_it_is_for_and_the_direction_of_its_unit():
    noise = np.tile([-0.1, 0.1], 10)
    [row] = judged(of("wait_median", np.full(20, 100.0), 105 + noise))
    assert str(verdict_of(row)) == "worse for buyers"
    assert (direction(row), sign_words(row)) == ("longer", "longer in 20 of 20")
    [share] = judged(of("domestic_share", np.full(20, 0.5), 0.4 + noise / 100))
    assert str(verdict_of(share)) == "different", "no share of what there is is better for its suppliers"
    assert (direction(share), sign_words(share)) == ("lower", "lower in 20 of 20")
    day = of("domestic_majority", [2025.5, 2025.6], [2025.0, 2025.0])
    assert (direction(day), sign_words(day), str(verdict_of(day))) == ("earlier", "earlier in 2 of 2", "")
    same = of("delivered", [1, 2], [1, 2])
    assert (direction(same), sign_words(same)) == ("the same", "equal in 2 of 2")


# --- Edges ---


def test_one_replication_has_no_interval_and_no_verdict():
    [row] = judged(of("delivered", [1], [2]))
    assert row.mean == 1
    assert math.isnan(row.half_width)
    assert math.isnan(row.judgement.half_width)
    assert row.judgement.verdict == "cannot tell"
    assert row.judgement.p == 1
    assert math.isnan(row.independent)


def test_a_value_that_exists_in_no_pair_has_no_difference():
    [row] = judged(of("delivered", [1, NAN], [NAN, 2]))
    assert (row.pairs, *row.exists) == (0, 1, 1, 1, 1)
    assert all(math.isnan(value) for value in (row.mean, row.half_width, row.margin, row.relative, row.independent))
    assert row.judgement.verdict == "cannot tell"
    assert (direction(row), sign_words(row)) == ("the same", "")


def test_a_difference_speaks_of_the_pairs_only_and_its_means_add_up():
    row = of("wait_median", [10, 20, NAN, 99], [11, 22, 30, NAN])
    assert (row.pairs, row.replications, *row.exists) == (2, 4, 3, 3, 1, 1)
    assert row.partial
    assert row.base_summary.mean == 15
    assert row.other_summary.mean - row.base_summary.mean == row.mean == 1.5
    assert (row.base_summary.n, row.base_summary.replications) == (2, 4)
    assert row.margin == 2
    assert of("delivered", [10, 20, 1000], [11, 22, NAN]).margin == pytest.approx(0.02 * 15)


@pytest.mark.parametrize("shift", [0.0, 5.0])
def test_few_pairs_that_all_agree_prove_nothing_and_many_do(shift):
    """A spread of nothing gives no t, so it is the number of agreeing pairs that counts."""
    base = np.arange(1.0, 21.0)
    [few] = judged(of("wait_median", base[:4], base[:4] + shift))
    assert few.half_width == 0
    assert few.judgement.verdict == "cannot tell"
    assert math.isnan(few.judgement.half_width)
    [many] = judged(of("wait_median", base, base + shift))
    assert many.judgement.verdict == ("worse" if shift else "too small to matter")
    assert many.judgement.half_width == 0
    assert many.independent == math.inf


def test_rounding_inside_the_computer_is_no_difference():
    rng = np.random.default_rng(2)
    base = rng.uniform(1e6, 2e6, 20)
    row = of("delivered", base, base * (1 + 1e-14))
    assert (row.mean, row.equal, row.half_width) == (0, 20, 0)
    shifted = of("wait_median", base, base + 0.1)  # the differences differ in their last digits
    assert shifted.half_width == 0
    assert shifted.independent == math.inf
    assert shifted.higher == 20


def test_a_base_of_nothing_makes_every_difference_worth_naming():
    noise = np.tile([-0.1, 0.1], 10)
    row = of("delivered", np.zeros(20), 1 + noise)
    assert row.margin == 0
    assert math.isnan(row.relative)
    assert verdict("delivered", np.zeros(20), 1 + noise) == "better"
    assert verdict("delivered", np.zeros(20), noise) == "cannot tell"
    assert verdict("delivered", np.zeros(20), np.zeros(20)) == "too small to matter"


def test_a_difference_of_exactly_the_smallest_is_worth_naming():
    assert verdict("wait_median", np.zeros(20), np.full(20, 2.0)) == "worse"
    assert verdict("wait_median", np.zeros(20), np.full(20, 1.999)) == "too small to matter"


def test_where_neither_varies_pairing_has_nothing_to_buy():
    assert math.isnan(of("delivered", np.full(5, 1.0), np.full(5, 2.0)).independent)


def test_runs_that_do_not_pair_are_refused():
    with pytest.raises(ValueError, match="same seed"):
        difference(made_up("base", delivered=[1, 2]), made_up("other", delivered=[1, 2, 3]), "delivered")
    with pytest.raises(ChipgateError, match="did you mean 'delivered'"):
        difference(made_up("base", delivered=[1, 2]), made_up("other", delivered=[1, 2]), "deliverd")


def test_only_what_both_have_is_compared_and_only_headlines_are_judged():
    base = made_up("base", delivered=[1, 2], backlog=[1, 2], cancelled=[1, 2])
    other = made_up("other", delivered=[1, 3], cancelled=[2, 2], grey_share=[0, 1])
    rows = differences(base, [other])
    assert [row.outcome for row in rows] == ["delivered", "cancelled"]
    assert [row.judgement is not None for row in rows] == [True, False]
    assert {"delivered", "backlog"} <= set(HEADLINES)


# --- How often ---


@pytest.mark.parametrize(
    ("only_base", "only_other", "p"),
    [
        (5, 0, 2 * 0.5**5),
        (0, 5, 2 * 0.5**5),
        (6, 1, 2 * (1 + 7) / 2**7),
        (8, 2, 2 * (1 + 10 + 45) / 2**10),
        (3, 3, 1.0),
        (0, 0, 1.0),
        (0, 1, 1.0),
        (20, 0, 2 / 2**20),
    ],
)
def test_how_often_is_compared_by_the_pairs_that_disagree(only_base, only_other, p):
    """The coin by hand: so few heads or fewer, on either side. Pairs that agree say nothing."""
    for both, neither in ((0, 0), (7, 3)):
        base = [True] * (both + only_base) + [False] * (only_other + neither)
        other = [True] * both + [False] * only_base + [True] * only_other + [False] * neither
        found = how_often(base, other)
        assert found == HowOften(both + only_base, both + only_other, only_base, only_other)
        assert found.p == pytest.approx(p, rel=1e-12)


def test_how_often_takes_pairs_only():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        how_often([True, False], [True])


def test_the_exact_test_holds_its_error():
    """Existing by chance in seven of ten on either side: 5 % or fewer are called a difference."""
    rng = np.random.default_rng(21)
    found = [how_often(*(rng.uniform(size=(2, 30)) < 0.7)).p <= 0.05 for _ in range(2000)]
    assert 0.01 < np.mean(found) <= 0.05


def test_a_difference_says_how_often_both_exist_and_nothing_of_what_always_or_never_does():
    gone = of("wait_median", [5.0] * 8, [6.0] * 2 + [NAN] * 6)
    assert (gone.exists, record(gone)["p_exists"]) == (HowOften(8, 2, 6, 0), pytest.approx(2 / 2**6))
    assert record(of("wait_median", [5.0, NAN], [6.0, NAN]))["p_exists"] == 1
    assert [record(of("wait_median", [x] * 3, [x] * 3))["p_exists"] for x in (1.0, NAN)] == [None, None]


# --- Few and skewed ---


def test_a_skewness_by_hand():
    """1, 2, 3, 10: deviations -3, -2, -1, 6 with cubes that sum to 180 and squares to 50."""
    assert skewness([1, 2, 3, 10]) == pytest.approx(180 / (50 / 3) ** 1.5 * 4 / (3 * 2))
    assert skewness([-1, -2, -3, -10]) == -skewness([1, 2, 3, 10])
    assert skewness([1, 2, 3]) == 0
    assert all(math.isnan(skewness(values)) for values in ([], [1, 5], [2, 2, 2]))


def test_what_is_skewed_is_what_the_verdict_is_about():
    """Half as much again of a skewed base: the differences are skewed, their share of the base is all the same."""
    base = [1.0, 2.0, 3.0, 10.0]
    assert math.isnan(judged_skewness(base, [1.5 * x for x in base], relative=True))
    assert judged_skewness(base, [1.5 * x for x in base], relative=False) == pytest.approx(skewness(base))
    assert of("wait_median", [0, 0, 0, 0], base).skewness == skewness(base)


SKEWED = np.tile([-1.0, -1.0, -1.0, 3.0], 15)  # skewness 1.2
EVEN = np.tile([-1.0, -1.0, 1.0, 1.0], 15)


@pytest.mark.parametrize(
    ("pairs", "luck", "centre", "doubt"),
    [
        (20, SKEWED, 4.0, True),
        (20, -SKEWED, 4.0, True),
        (20, EVEN, 4.0, False),
        (48, SKEWED, 3.0, True),
        (52, SKEWED, 3.0, False),
        (20, SKEWED, 2.5, False),
        (20, SKEWED, 40.0, False),
        (20, 0 * SKEWED, 4.0, False),
    ],
    ids=["skewed", "to the left", "even", "48", "enough", "cannot tell", "very clear", "all equal"],
)
def test_verdicts_of_few_and_skewed_pairs_are_in_doubt(pairs, luck, centre, doubt):
    base = np.arange(pairs) % 7.0
    [row] = judged(of("wait_median", base, base + centre + luck[:pairs]))
    assert (row.verdict == "cannot tell") is (centre == 2.5)
    assert row.in_doubt is doubt
    assert in_doubt(row.judgement, pairs, row.skewness) is doubt


def test_in_doubt_tells_skewed_pairs_whose_verdicts_are_wrong_more_often():
    """At the border, 20 pairs of skewness 2 at 5 % / 6: three times as many wrong verdicts as it says; without those in
    doubt fewer than it says."""
    rng = np.random.default_rng(22)
    wrong, kept, trials = 0, 0, 3000
    for _ in range(trials):
        luck = rng.exponential(1, 20) - 1
        [row] = judged(of("wait_median", np.zeros(20), 2.0 + luck))
        if row.judgement.p <= 0.05 / 6:
            wrong += 1
            kept += not row.in_doubt
    assert wrong / trials > 0.025
    assert kept / trials < 0.05 / 6


# --- Laws ---

values = st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 3)), min_size=2, max_size=12)


@st.composite
def families(draw):
    """Rows with any means and spreads; some at, some near the smallest difference."""
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        size = draw(st.integers(2, 30))
        rng = np.random.default_rng(draw(st.integers(0, 10_000)))
        centre = draw(st.sampled_from([0.0, 0.5, 1.9, 2.0, 2.1, 4.0, -1.9, -2.0, -3.0]))
        noise = draw(st.sampled_from([0.0, 0.01, 0.1, 1.0, 3.0])) * rng.normal(0, 1, size)
        base = rng.normal(100, 10, size)
        rows.append(of("wait_median", base, base + centre + noise))
    return rows


@given(families())
@settings(max_examples=100, deadline=None)
def test_verdict_and_interval_never_contradict_each_other(family):
    for row in judged(*family):
        judgement, low, high = row.judgement, row.mean - row.judgement.half_width, row.mean + row.judgement.half_width
        beyond = low >= row.margin or high <= -row.margin
        within = -row.margin < low and high < row.margin
        assert (judgement.verdict in ("better", "worse")) == beyond
        assert (judgement.verdict == "too small to matter") == within
        if not math.isnan(judgement.half_width):
            assert judgement.half_width >= row.half_width * (1 - 1e-9), "no less confidence than 95 %"


@given(families())
@settings(max_examples=100, deadline=None)
def test_the_family_is_holms(family):
    """Against the textbook: p adjusted by running maxima, a claim where it is at most 5 %."""
    alone = [judge([row])[0].p for row in family]
    order = sorted(range(len(family)), key=alone.__getitem__)
    highest, expected = 0.0, {}
    for rank, n in enumerate(order):
        highest = max(highest, min(1.0, (len(family) - rank) * alone[n]))
        expected[n] = highest
    for n, judgement in enumerate(judge(family)):
        assert judgement.p == pytest.approx(expected[n])
        if abs(expected[n] - 0.05) > 1e-9:
            assert (judgement.verdict in CLAIMS) == (expected[n] < 0.05)


@given(values, st.data())
@settings(max_examples=100, deadline=None)
def test_base_and_other_changing_places_turns_the_sign_and_better_into_worse(base, data):
    other = data.draw(st.lists(st.floats(-1e3, 1e3), min_size=len(base), max_size=len(base)))
    [there] = judged(of("wait_median", base, other))
    [back] = judged(of("wait_median", other, base))
    assert back.mean == pytest.approx(-there.mean, abs=1e-9)
    assert back.half_width == pytest.approx(there.half_width)
    assert (back.higher, back.lower) == (there.lower, there.higher)
    turned = {"better": "worse", "worse": "better"}
    assert back.judgement.verdict == turned.get(there.judgement.verdict, there.judgement.verdict)


@given(st.integers(0, 1000), st.sampled_from([1e-6, 0.3, 7.0, 1e6]))
@settings(max_examples=50, deadline=None)
def test_the_unit_does_not_matter_to_a_relative_verdict(seed, factor):
    rng = np.random.default_rng(seed)
    base = rng.normal(100, 5, 10)
    other = base + rng.normal(rng.choice([0, 2, 4]), 1, 10)
    assert verdict("delivered", base, other) == verdict("delivered", factor * base, factor * other)


@given(st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_more_of_the_same_evidence_never_takes_a_verdict_back(seed):
    rng = np.random.default_rng(seed)
    base = rng.normal(100, 5, 8)
    other = base + rng.normal(rng.choice([0, 1, 2, 3]), 1, 8)
    before = verdict("wait_median", base, other)
    after = verdict("wait_median", np.tile(base, 4), np.tile(other, 4))
    assert before in (after, "cannot tell")


# --- Errors counted ---


def test_a_share_of_the_base_is_judged_by_the_ratio_of_the_means():
    """By hand: base 1, 2, 3 and other 2, 4, 7 have the ratio 13/6; what is left of it is -1/6, -1/3, 1/2."""
    row = of("delivered", [1, 2, 3], [2, 4, 7])
    left = [-1 / 6, -1 / 3, 1 / 2]
    assert row.judged_error == pytest.approx(math.sqrt(sum(x * x for x in left) / 2 / 3))
    exact = of("delivered", np.arange(1.0, 21), 1.5 * np.arange(1.0, 21))
    assert exact.half_width > 0
    assert exact.judged_error == 0, "half as much again in every pair is no matter of chance"
    weeks = of("wait_median", [1, 2, 3], [2, 4, 7])
    assert weeks.judged_error == pytest.approx(weeks.half_width / t_quantile(0.95, 2))


@pytest.mark.parametrize("noise", [2.0, 20.0])
def test_the_interval_of_a_relative_change_holds_it(noise):
    """True: 45 % more, in a base whose mean is an estimate. Taking that mean as known would hold it far less often
    where the noise is small."""
    rng = np.random.default_rng(11)
    trials, held = 600, 0
    for _ in range(trials):
        base = rng.normal(100, 20, 20)
        row = of("delivered", base, 1.45 * base + rng.normal(0, noise, 20))
        [judgement] = judge([row])
        held += abs(row.mean / row.base_summary.mean - 0.45) <= judgement.half_width / row.base_summary.mean
    assert 0.925 <= held / trials <= 0.975


def families_with_a_wrong_verdict(centres, right, trials, seed):
    """Share of families in which a verdict is neither right nor `cannot tell`."""
    rng = np.random.default_rng(seed)
    wrong = 0
    for _ in range(trials):
        rows = [of("wait_median", np.zeros(10), rng.normal(centre, 1, 10)) for centre in centres]
        found = [judgement.verdict for judgement in judge(rows)]
        wrong += any(v not in (r, "cannot tell") for v, r in zip(found, right, strict=True))
    return wrong / trials


def test_a_family_at_the_border_holds_its_error():
    """The worst place to be: the truth a hair beyond the smallest difference, so "too small" is wrong."""
    share = families_with_a_wrong_verdict([2.0001] * 6, ["worse"] * 6, trials=250, seed=11)
    assert 0 < share < 0.05


def test_without_a_zone_of_indifference_it_is_the_classical_family(monkeypatch):
    """With nothing too small to name, any claim about a truth of 0 is wrong, and 5 % of families make one."""
    monkeypatch.setitem(OUTCOMES, "wait_median", replace(OUTCOMES["wait_median"], margin=0.0))
    share = families_with_a_wrong_verdict([0.0] * 6, ["cannot tell"] * 6, trials=400, seed=12)
    assert 0.025 < share < 0.08
    alone = families_with_a_wrong_verdict([0.0], ["cannot tell"], trials=600, seed=13)
    assert 0.025 < alone < 0.08


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(14)
    covered = 0
    for _ in range(1000):
        luck = rng.normal(50, 20, 8)
        row = of("wait_median", luck, luck + rng.normal(1.5, 2, 8))
        covered += row.low <= 1.5 <= row.high
    assert 930 <= covered <= 970


# --- As data ---


def test_a_record_holds_no_nan_and_no_infinity():
    for row in [
        *judged(of("delivered", [1], [2])),
        of("delivered", [1, NAN], [NAN, 2]),
        of("delivered", [1, 2], [1, 2]),
    ]:
        numbers = [value for value in record(row).values() if isinstance(value, float)]
        assert all(map(math.isfinite, numbers))
    assert record(of("delivered", [1, 2], [1, 2]))["independent_replications"] is None


def test_columns_are_arrays_of_one_length_and_kind():
    table = columns([*judged(of("delivered", [1, 2], [1, 3])), of("domestic_majority", [1, NAN], [NAN, 2])])
    assert {len(values) for values in table.values()} == {2}
    assert table["outcome"].tolist() == ["delivered", "domestic_majority"]
    assert table["verdict"].tolist() == ["cannot tell", ""]
    assert np.isnan(table["year"]).all(), "the whole window"
    assert np.isnan(table["difference"]).tolist() == [False, True]
    assert columns([]) == {}


def test_a_record_tells_the_verdicts_interval_and_the_p_of_the_signs():
    """Six pairs that all agree: a p of 2 / 2^6, and an interval without width where the level takes it."""
    [row] = judged(of("delivered", [10] * 6, [13] * 6))
    assert record(row)["p_holm"] == pytest.approx(0.03125)
    assert (record(row)["verdict_low"], record(row)["verdict_high"]) == (3, 3)
    [row] = judged(of("wait_median", [10.0, 20.0, 30.0], [20.0, 32.0, 44.0]))
    half = t_quantile(0.95, 2) * 2 / math.sqrt(3)  # differences of 10, 12 and 14 weeks
    assert (record(row)["verdict_low"], record(row)["verdict_high"]) == pytest.approx((12 - half, 12 + half))


def test_a_ratio_that_rests_on_one_pair_decides_nothing():
    """Nine pairs of nothing agree with any ratio; the tenth alone would else be certain of its own."""
    one = ([0.0] * 9 + [100.0], [0.0] * 9 + [20.0])
    row = Comparison([made_up("base", backlog=one[0]), made_up("other", backlog=one[1])]).row("other", "backlog")
    assert (row.lower, row.verdict) == (1, "cannot tell")
    ten = ([0.0] * 9 + [100.0 + n for n in range(20)], [0.0] * 9 + [20.0 + 0.2 * n for n in range(20)])
    assert (
        Comparison([made_up("base", backlog=ten[0]), made_up("other", backlog=ten[1])]).row("other", "backlog").verdict
        == "better"
    )
