"""Options over sampled worlds, with formulas for the model: regret by hand, rankings, thresholds, bounds, bad input."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from sim.base.errors import ChipgateError
from sim.exhibits.exhibit import seen
from sim.experiment.cases import Ask, Case, Outcomes
from sim.outcomes.keys import Key
from sim.pictures.choice import sketches_of, slides_of
from sim.scenario.load import SourcedScenario, load
from sim.scenario.parts import Scenario
from sim.studies.robust import Robustness, robust
from sim.studies.threshold import enough, threshold_of
from sim.studies.wants import want_of

DELIVERED, WAIT = Key("delivered"), Key("wait_median")
CAP = "imports.h20.cap"
Formula = Callable[[Scenario, int], float]


def by(formula: Formula, key: Key = DELIVERED) -> Ask:
    """Whoever computes: one outcome of each replication, by a formula."""

    def ask(cases: Sequence[Case]) -> list[Outcomes]:
        return [{key: np.array([formula(case.scenario, n) for n in case.numbers])} for case in cases]

    return ask


def cap_of(scenario: Scenario) -> float:
    return scenario.imports["h20"].cap


@pytest.fixture(scope="module")
def options() -> list[SourcedScenario]:
    return [load("h20-stays"), load("early-embargo")]


def said(study: Robustness) -> str:
    return "\n".join(line for part in study.page().parts if hasattr(part, "lines") for line in part.lines)


# --- Regret ---


def by_hand(rows: Sequence[Sequence[float]]) -> Formula:
    """The first option has the first row, a value for each world in the order in which they are asked for."""
    left = {name: iter(row) for name, row in zip(("h20-stays", "baseline", "early-embargo"), rows, strict=True)}
    now: dict[str, float] = {}

    def formula(scenario: Scenario, number: int) -> float:
        if number == 0:
            now[scenario.name] = next(left[scenario.name])
        return now[scenario.name]

    return formula


def test_regret_and_rankings_of_three_worlds_are_those_found_by_hand():
    """The margin is 2 % of what the first option has: 2, 2 and 4."""
    rows = [[100.0, 100.0, 200.0], [101.0, 90.0, 230.0], [60.0, 104.0, 100.0]]
    three = [load(name) for name in ("h20-stays", "baseline", "early-embargo")]
    study = robust(three, "delivered", by(by_hand(rows)), worlds=3, replications=2)
    stays, baseline, embargo = study.options
    assert study.regrets.tolist() == [[1.0, 4.0, 30.0], [0.0, 14.0, 0.0], [41.0, 0.0, 130.0]]
    assert [(each.alone, each.close) for each in study.options] == [(0, 1), (1, 1), (1, 0)]
    assert [each.mean for each in stays.regret] == pytest.approx([4.0, 24.8, 30.0])
    assert [each.mean for each in baseline.regret] == pytest.approx([0.0, 11.2, 14.0])
    assert embargo.regret[2].mean == 130.0
    duels = {(each.one, each.other): (each.ahead, each.behind, each.close) for each in study.duels.values()}
    assert duels == {
        ("h20-stays", "baseline"): (1, 1, 1),
        ("h20-stays", "early-embargo"): (2, 1, 0),
        ("baseline", "early-embargo"): (2, 1, 0),
    }
    assert "h20-stays against baseline: the ranking reverses: ahead in 1 of 3 worlds, behind in 1, too close in 1" in (
        said(study)
    )
    assert "Too few worlds to say when" in said(study)


def test_where_less_is_better_the_lowest_is_the_best(options):
    def wait(scenario: Scenario, _number: int) -> float:
        return 30.0 if scenario.name == "h20-stays" else 40.0

    study = robust(options, "wait_median", by(wait, WAIT), worlds=4)
    assert [each.alone for each in study.options] == [4, 0]
    assert study.options[1].regret[0].mean == 10.0
    assert study.whens == ()
    assert "h20-stays is ahead in 4 of 4 worlds, early-embargo in none" in said(study)


def test_all_options_meet_the_same_worlds_and_the_same_luck(options):
    asked: list[Case] = []

    def ask(cases: Sequence[Case]) -> list[Outcomes]:
        asked.extend(cases)
        return [{DELIVERED: np.ones(len(case.numbers))} for case in cases]

    robust(options, "delivered", ask, worlds=5, replications=3, seed=7)
    assert [case.scenario.name for case in asked] == ["h20-stays", "early-embargo"] * 5
    assert {(case.seed, case.numbers) for case in asked} == {(7, range(3))}
    assert len({case.scenario.foundry for case in asked}) == 5
    for one, other in zip(asked[::2], asked[1::2], strict=True):
        assert (one.scenario.foundry, one.scenario.demand) == (other.scenario.foundry, other.scenario.demand)
        assert one.scenario.policies != other.scenario.policies


def test_only_assumptions_of_low_confidence_vary_where_that_is_asked(options):
    every = robust(options, "delivered", by(lambda *_: 1.0), worlds=3).sample.inputs
    study = robust(options, "delivered", by(lambda *_: 1.0), worlds=3, low_only=True)
    summed = "software.stacks.DTK"  # the shares beside it are of medium confidence
    assert study.sample.inputs == tuple(each for each in every if each.confidence == "low" and each.key != summed)
    assert 0 < len(study.sample.inputs) < len(every)
    assert "assumptions, of low confidence; what somebody decides" in study.page().notes[0]


def test_worlds_without_a_value_are_counted_and_left_out(options):
    """The outcome does not exist where the cap is low, and of the embargo in one replication more."""

    def wait(scenario: Scenario, number: int) -> float:
        if scenario.name == "early-embargo" and (cap_of(scenario) < 15_000 or number == 0):
            return math.nan
        return 30.0 - number if scenario.name == "h20-stays" else 40.0

    study = robust(options, "wait_median", by(wait, WAIT), worlds=40, replications=3)
    none = int((study.inputs[[each.key for each in study.sample.inputs].index(CAP)] < 15_000).sum())
    assert 0 < none < 40
    assert [each.without for each in study.options] == [0, none]
    assert study.values.shape == (2, 40 - none)
    assert set(study.values[0]) == {28.5}, "the mean of the replications in which both exist"
    missing, test = study.page().warnings
    assert f"in {none} of 40 worlds ({none} of early-embargo)" in missing
    assert f"more often in h20-stays than in early-embargo: in 40 against {40 - none} worlds (p = " in test


@pytest.mark.parametrize(("gone", "told"), [(4, "cannot be told: in 30 against 26"), (8, "in 30 against 22")])
def test_how_often_it_exists_is_compared_by_an_exact_test(options, gone, told):
    """Of 4 worlds that disagree all fall on one side with p = 2 / 16, of 8 with p = 2 / 256."""
    worlds = iter(range(1000))

    def wait(scenario: Scenario, _number: int) -> float:
        return math.nan if scenario.name == "early-embargo" and next(worlds) < gone else 30.0

    study = robust(options, "wait_median", by(wait, WAIT), worlds=30, replications=1)
    [test] = study.page().warnings[1:]
    assert told in test
    assert f"(p = {2 / 2**gone:.2g}, exact paired test)" in test


def test_an_outcome_that_exists_nowhere_cannot_tell(options):
    study = robust(options, "wait_median", by(lambda *_: math.nan, WAIT), worlds=3)
    assert "h20-stays: cannot tell: in no world do all options have a value." in said(study)
    assert "h20-stays and early-embargo: cannot tell." in said(study)
    assert sketches_of(study) == {}


def test_an_option_that_is_ahead_in_some_worlds_only_asks_when_too(options):
    """The embargo costs something only where many H20 would come."""

    def formula(scenario: Scenario, _number: int) -> float:
        many = scenario.name == "h20-stays" and cap_of(scenario) > 20_000
        return 1.1e6 if many else 1e6

    [when] = robust(options, "delivered", by(formula), worlds=40).whens
    assert when.what == "h20-stays beats early-embargo"
    assert (when.input.key, when.threshold.above, when.holds) == (CAP, True, True)
    assert when.rule.startswith(f"{CAP} from ")


def test_a_difference_that_luck_may_have_made_is_counted(options):
    def formula(scenario: Scenario, number: int) -> float:
        return 100.0 if scenario.name == "h20-stays" else (100.0, 180.0)[number % 2]

    [duel] = robust(options, "delivered", by(formula), worlds=4, replications=4).duels.values()
    assert (duel.behind, duel.unclear) == (4, 4)


# --- One threshold ---


def reversing(scenario: Scenario, _number: int) -> float:
    """The embargo is better where few H20 could come anyhow."""
    return 1e6 if scenario.name == "early-embargo" else 1e6 + 100 * (cap_of(scenario) - 18_000)


def test_a_known_threshold_is_found_and_told(options):
    study = robust(options, "delivered", by(reversing), worlds=60)
    [when] = study.whens
    assert when.holds
    assert when.input.key == CAP
    values = study.inputs[[each.key for each in study.sample.inputs].index(CAP)]
    ahead = 100 * (values - 18_000) < -study.margins
    assert when.cases == ahead.sum()
    assert values[ahead].max() < when.threshold.at <= values[~ahead].min()
    assert (when.threshold.above, when.threshold.coverage, when.threshold.density) == (False, 1.0, 1.0)
    assert when.threshold.spread[0] <= when.threshold.at <= when.threshold.spread[1]
    assert f"early-embargo beats h20-stays in {when.cases} of 60 worlds: mostly where {CAP} below 17," in said(study)
    record = study.page().facts["thresholds"][0]
    assert (record["input"], record["holds"], record["at"]) == (CAP, True, when.threshold.at)


def test_the_threshold_that_is_printed_is_the_one_that_was_counted():
    """With too few figures it would lie on the other side of a world."""
    values = np.array([[1234.5 if case else 1234.51 for case in [True] * 15 + [False] * 15]])
    found = threshold_of(values, np.array([True] * 15 + [False] * 15))
    assert 1234.5 < found.at <= 1234.51
    assert found.coverage == found.density == 1.0


def test_what_is_off_lies_below_all_that_is_not():
    values = np.array([[-math.inf] * 12 + [5.0 + n for n in range(18)]])
    found = threshold_of(values, np.array([True] * 12 + [False] * 18))
    assert (found.at, found.above, found.caught, found.inside) == (5.0, False, 12, 12)


def test_pure_noise_gives_hardly_any_threshold():
    """Forty sets of labels have nothing to do with forty inputs, of which one is always the best."""
    holds, better = [], []
    for seed in range(40):
        luck = np.random.default_rng(seed)
        values, cases = luck.random((40, 40)), luck.random(40) < 0.4
        found = threshold_of(values, cases, seed)
        holds.append(found.holds)
        better.append(found.worse >= 0.95)
    assert sum(holds) <= 1
    assert sum(better) <= 6, "the shuffles alone let through about one in twenty"


def test_two_inputs_that_tell_the_same_are_not_told_apart():
    luck = np.random.default_rng(3)
    first = luck.random(60)
    values = np.array([first, first + luck.normal(0, 0.02, 60), luck.random(60)])
    cases = (first < 0.5) ^ (luck.random(60) < 0.1)
    found = threshold_of(values, cases)
    assert found.worse == 1.0
    assert found.same < 0.9
    assert not found.holds


def test_too_few_worlds_or_cases_are_not_searched():
    assert enough(np.array([True] * 5 + [False] * 15))
    assert not enough(np.array([True] * 5 + [False] * 14))
    assert not enough(np.array([True] * 4 + [False] * 30))
    assert not enough(np.array([False] * 4 + [True] * 30))


def test_a_threshold_that_does_not_hold_is_not_told_as_one(options):
    luck = iter(np.random.default_rng(5).normal(0, 1e5, 10_000).tolist())
    study = robust(options, "delivered", by(lambda *_: 1e6 + next(luck)), worlds=40)
    [when] = study.whens
    assert not when.holds
    assert "No one threshold says when. The best, " in when.told
    assert "mostly where" not in said(study)


# --- Bounds ---


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("delivered >= 5 million A100e", DELIVERED, 5e6),
        ("delivered:2026>=500 thousand A100e", Key("delivered", "", 2026), 5e5),
        ("compute_years > 9.5 million A100e-years", Key("compute_years"), 9.5e6),
        ("wait_median <= 6 months", WAIT, 365.25 / 14),
        ("domestic_share < 80 %", Key("domestic_share"), 0.8),
        ("revenue_huawei >= 400 bn yuan", Key("revenue", "Huawei"), 4e11),
        ("domestic_majority <= 2025-01", Key("domestic_majority"), 2025.0),
    ],
)
def test_a_bound_is_read_in_the_units_of_its_outcome(options, text, key, value):
    want = want_of([each.scenario for each in options], text)
    assert want.key == key
    assert want.value == pytest.approx(value)
    assert want.met(value * 1.01) is (">" in want.sign)
    assert not want.met(math.nan)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("delivered", "write one as 'delivered >= 5 million A100e'"),
        ("delivered = 5", "'=' is not one of >=, <=, >, <"),
        ("deliverd >= 5", "did you mean 'delivered'?"),
        ("delivered >= 5 weeks", "'weeks' does not measure this; write a number and one of: A100e"),
        ("delivered >= 1,000", "write 1000"),
        ("delivered >= lots", "'lots' is not a quantity"),
        ("domestic_majority >= 2025/1", "did you mean '2025-01-01'?"),
    ],
)
def test_a_bound_that_cannot_be_read_is_refused_before_any_run(options, text, told):
    with pytest.raises(ChipgateError, match=None) as error:
        robust(options, "delivered", lambda _cases: pytest.fail("it ran"), wanted=[text])
    assert told in str(error.value)


def test_bounds_are_counted_each_and_together(options):
    def ask(cases: Sequence[Case]) -> list[Outcomes]:
        return [{DELIVERED: np.full(2, cap_of(case.scenario)), WAIT: np.full(2, 30.0)} for case in cases]

    wanted = ["delivered >= 20 thousand A100e", "wait_median <= 26 weeks"]
    study = robust(options, "delivered", ask, worlds=40, wanted=wanted)
    enough_ = int((study.inputs[[each.key for each in study.sample.inputs].index(CAP)] >= 20_000).sum())
    assert 0 < enough_ < 40
    assert [each.met for each in study.options] == [(enough_, 0, 0)] * 2
    alone = robust(options, "delivered", ask, worlds=40, wanted=wanted[:1])
    assert f"It meets delivered >= 20,000 A100e in {enough_} of 40." in said(alone)
    assert [each.input.key for each in alone.whens] == [CAP] * 2
    assert "h20-stays meets" in alone.whens[0].what or "h20-stays misses" in alone.whens[0].what


# --- Who chooses ---


def test_options_of_several_actors_are_told_to_be_none():
    given = [load("h20-stays"), load("no-mandate"), load("baseline")]
    [warning] = robust(given, "delivered", by(lambda *_: 1.0), worlds=2).page().warnings
    assert "h20-stays (export authority) and no-mandate (state)" in warning


def test_the_baseline_goes_with_any_actor(options):
    given = [*options, load("baseline")]
    assert robust(given, "delivered", by(lambda *_: 1.0), worlds=2).page().warnings == ()


def test_it_is_said_for_whom_better_is_and_what_the_margin_is(options):
    page = robust(options, "delivered", by(lambda *_: 1.0), worlds=2).page()
    assert page.question.endswith("More of it is better, for buyers.")
    assert "2 % of what h20-stays has" in page.notes[1]
    assert "no probability" in page.notes[0]


@pytest.mark.parametrize(
    ("names", "outcome", "told"),
    [
        (["h20-stays", "baseline"], "domestic_share", "neither more nor less is better"),
        (["h20-stays", "baseline"], "deliverd", "did you mean 'delivered'?"),
        (["h20-stays"], "delivered", "two options or more"),
        (["h20-stays", "h20-stays"], "delivered", "given twice"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_run(names, outcome, told):
    with pytest.raises(ChipgateError, match=None) as error:
        robust([load(name) for name in names], outcome, lambda _cases: pytest.fail("it ran"))
    assert told in str(error.value)


def test_regrets_of_all_options_have_one_scale(options):
    """530 thousand beside 0.97 million reads as if it were more."""
    values = {"h20-stays": iter([1e6, 4e6, 3e6]), "early-embargo": iter([1e6 + 53e4, 4e6 - 197e4, 3e6])}
    study = robust(options, "delivered", by(lambda scenario, _: next(values[scenario.name])), 3, 1)
    [table] = [part for part in study.page().parts if getattr(part, "key", "") == "options"]
    columns = {column.heading: [cell.text for cell in column.cells] for column in seen(table)}
    assert columns["worst, million A100e"] == ["0.5300", "1.970"]
    assert not any(cell.behind for column in seen(table) for cell in column.cells)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("domestic_share >= 50", "5000 % is more than all; write 50 %?"),
        ("domestic_share >= 150 %", "150 % is more than all"),
        ("delivered >= 5", "lacks a unit; write 5 A100e or 5 million A100e"),
        ("wait_median <= 30", "lacks a unit; write 30 weeks"),
    ],
)
def test_a_bound_that_is_likely_meant_otherwise_is_refused(options, text, told):
    with pytest.raises(ChipgateError) as error:
        want_of([each.scenario for each in options], text)
    assert str(error.value).endswith(told)


@pytest.mark.parametrize(
    ("text", "value"), [("domestic_share >= 0.5", 0.5), ("domestic_share <= 100 %", 1), ("delivered > 0", 0)]
)
def test_a_bound_that_needs_no_unit_is_taken_without(options, text, value):
    assert want_of([each.scenario for each in options], text).value == value


# --- Pictures ---


def test_pictures_say_who_leads_and_when(options):
    study = robust(options, "delivered", by(reversing), worlds=60)
    slides = slides_of(study)
    assert list(slides) == ["regret", "when"]
    assert slides["regret"].title.startswith("h20-stays is the best or close to it in ")
    assert slides["when"].title.startswith(f"{study.whens[0].so}, mostly where {CAP} below ")
    [ax] = slides["when"].subfigs[0].axes
    assert [len(each.get_offsets()) for each in ax.collections] == [
        study.whens[0].cases,
        study.duels[0, 1].ahead,
        study.duels[0, 1].close,
    ]


def test_a_threshold_that_does_not_hold_is_not_drawn(options):
    luck = iter(np.random.default_rng(5).normal(0, 1e5, 10_000).tolist())
    slide = slides_of(robust(options, "delivered", by(lambda *_: 1e6 + next(luck)), worlds=40))["when"]
    assert "no one threshold says when" in slide.title
    assert len(slide.subfigs[0].axes[0].lines) == 1, "the line of no difference"


def test_without_a_reversal_only_regret_is_drawn(options):
    study = robust(options, "delivered", by(lambda scenario, _: len(scenario.name)), worlds=5)
    assert list(sketches_of(study)) == ["regret"]
    assert (
        slides_of(study)["regret"].title == "early-embargo is the best or close to it in 5 of 5 worlds, without regret"
    )
