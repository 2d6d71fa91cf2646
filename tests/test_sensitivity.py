"""What a result rests on, with formulas for the model, whose answers are known."""

import json
import math
import random
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.base.errors import ChipgateError
from sim.exhibits.exhibit import seen
from sim.exhibits.page import page_record, page_text
from sim.outcomes.keys import Key
from sim.pictures.choice import sketches_of, study_picture
from sim.scenario.load import load
from sim.scenario.variants import got, number_of
from sim.studies.sensitivity import STANDS, _standing, sensitivity

CAP, GROWTH, TIME, CEILING = "imports.h20.cap", "foundry.growth", "assembly.time", "foundry.ceiling"
LOWS = {CAP: 10_000, GROWTH: 0.2, TIME: 3, CEILING: 2500}
HIGHS = {CAP: 30_000, GROWTH: 1.0, TIME: 12, CEILING: 9000}
DELIVERED = Key("delivered")
LEVER = "policies.memory-control.effective"


@pytest.fixture(scope="module")
def baseline():
    return load("baseline")


@pytest.fixture(scope="module")
def other():
    return load("baseline", {"name": "other"})


def share(scenario, key):
    """Where a key stands in its range, from 0 to 1."""
    return (number_of(got(scenario, key)) - LOWS[key]) / (HIGHS[key] - LOWS[key])


class Formula:
    """Stands in for the model: `of` gives the outcome from a scenario and the number of a replication, the same luck
    for all. Remembers what it was asked."""

    def __init__(self, of):
        self.of, self.asked = of, []

    def __call__(self, cases):
        self.asked.append(list(cases))
        return [{DELIVERED: np.array([self.of(case.scenario, number) for number in case.numbers])} for case in cases]


def luck(*names):
    """From -1 to 1, the same for the same names."""
    return random.Random(repr(names)).uniform(-1, 1)


def studied(formula, *scenarios, keys=(CAP, GROWTH, TIME, CEILING), **more):
    return sensitivity(scenarios, "delivered", formula, keys=keys, **more)


def said(study):
    return " ".join(page_record(study.page())["conclusions"])


def shown(study, heading):
    """The cells of a column of the table of swings, as people see them."""
    [column] = [each for each in seen(study.page().parts[1]) if each.heading == heading]
    return [cell.text for cell in column.cells]


def linear(scenario, number):
    return 100 + luck(number) + 40 * share(scenario, CAP) - 10 * share(scenario, TIME) + 2 * share(scenario, GROWTH)


# --- Known answers ---


def test_a_straight_line_gives_its_slopes_and_its_order(baseline):
    study = studied(Formula(linear), baseline)
    assert [(row.input.key, row.place) for row in study.rows] == [(CAP, "1"), (TIME, "2"), (GROWTH, "3")]
    assert [row.size.mean for row in study.rows] == pytest.approx([40, -10, 2])
    cap = study.rows[0]
    at = share(baseline.scenario, CAP)
    assert (cap.low.at, cap.high.at) == ("10,000 chips/week", "30,000 chips/week")
    assert (cap.low.change.mean, cap.high.change.mean) == pytest.approx((-40 * at, 40 * (1 - at)))
    assert cap.high.value.mean == pytest.approx(study.now.mean + 40 * (1 - at))
    assert study.first == 1
    assert f"{CAP} moves it most" in said(study)
    assert f"After it, in this order: {TIME}, {GROWTH}." in said(study)
    assert "carry 94 % of the variance" in said(study)  # 1600 of 1600 + 100 + 4


def test_what_has_no_effect_is_exactly_zero_and_is_run_no_more(baseline):
    formula = Formula(linear)
    study = studied(formula, baseline)
    assert study.unmoved == (CEILING,)
    assert "1 of 4 assumptions change nothing wherever tried (at both ends, in 2 replications)" in said(study)
    as_it_is, zero_test, tornado = formula.asked
    assert [case.numbers for case in as_it_is] == [range(10)]
    assert [case.numbers for case in zero_test] == [range(2)] * 8
    assert [case.numbers for case in tornado] == [range(2, 10)] * 6
    assert {case.seed for cases in formula.asked for case in cases} == {1}
    assert study.runs == 10 + 16 + 48


def test_what_differs_by_rounding_only_is_zero(baseline):
    tiny = Formula(lambda scenario, number: 100 + luck(number) + 1e-10 * share(scenario, CAP))
    assert studied(tiny, baseline, keys=[CAP]).unmoved == (CAP,)


def test_an_effect_at_one_end_of_one_scenario_is_enough_to_be_no_zero(baseline, other):
    def of(scenario, number):
        return luck(number) + 5 * (scenario.name == "other" and share(scenario, CAP) == 1)

    study = studied(Formula(of), baseline, other, keys=[CAP, TIME])
    assert study.unmoved == (TIME,)
    [row] = study.rows
    assert (row.low.change.mean, row.high.change.mean, row.place) == (0, 5, "1")


def test_two_equal_inputs_have_no_order(baseline):
    equal = Formula(
        lambda scenario, number: luck(number) + share(scenario, CAP) + share(scenario, TIME) - share(scenario, GROWTH)
    )
    study = studied(equal, baseline)
    assert [row.place for row in study.rows] == ["no order yet"] * 3
    assert study.first == 0
    assert "No order yet" in said(study)
    assert "moves it most" not in said(study)


def test_an_order_is_told_as_far_as_it_stands(baseline):
    """The first is far ahead; the next two are level but for luck of their own in each replication."""

    def of(scenario, number):
        own = [3 * luck(key, number) * share(scenario, key) for key in (TIME, GROWTH)]
        return 100 * share(scenario, CAP) + 10 * share(scenario, TIME) + 10 * share(scenario, GROWTH) + math.fsum(own)

    study = studied(Formula(of), baseline, replications=20)
    assert [row.place for row in study.rows] == ["1", "no order yet", "no order yet"]
    assert "Of 2 further ones beyond the noise there is no order yet" in said(study)


def test_the_share_in_which_the_first_is_first_is_that_of_the_resamples(baseline):
    """Of three replications the last puts TIME first, which it does in every resample that holds it: in 19 of 27."""

    def of(scenario, number):
        return (2.0 if number < 2 else 0.0) * share(scenario, CAP) + (1.0 if number < 2 else 3.0) * share(
            scenario, TIME
        )

    study = studied(Formula(of), baseline, keys=[TIME, CAP], replications=3)
    assert [row.size.mean for row in study.rows] == pytest.approx([5 / 3, 4 / 3])
    assert study.first == pytest.approx(19 / 27, abs=0.05)
    again = studied(Formula(of), baseline, keys=[TIME, CAP], replications=3)
    assert again.first == study.first  # the resamples have luck of their own, the same each time


@pytest.mark.parametrize(("replications", "of_ten"), [(3, 4), (10, 2), (30, 2)])
def test_two_equal_but_for_luck_get_an_order_as_often_as_the_notes_say(replications, of_ten):
    chance = np.random.default_rng(1)
    told = 0
    for case in range(150):
        changes = np.zeros((2, 2, replications))
        changes[:, 1] = 10 + chance.normal(size=(2, replications))
        largest_first = changes[np.argsort(-changes[:, 1].mean(axis=1))]
        told += _standing(largest_first, str(case))[0] >= STANDS
    assert told / 150 == pytest.approx(of_ten / 10, abs=0.1)


def test_an_interaction_centred_where_the_scenario_stands_is_invisible_and_that_is_said(baseline):
    cap, time = (share(baseline.scenario, key) for key in (CAP, TIME))
    crossed = Formula(
        lambda scenario, number: luck(number) + 50 * (share(scenario, CAP) - cap) * (share(scenario, TIME) - time)
    )
    study = studied(crossed, baseline, keys=[CAP, TIME])
    assert study.unmoved == (CAP, TIME)
    study = studied(Formula(linear), baseline)
    assert any("sees no interactions" in note for note in study.page().notes)


def test_luck_of_its_own_is_within_the_noise(baseline):
    """Its own luck is drawn anew wherever it stands, as an input moves that shifts what comes when."""

    def of(scenario, number):
        return 100 + 10 * share(scenario, TIME) + luck(number, got(scenario, CAP))

    study = studied(Formula(of), baseline, keys=[CAP, TIME])
    assert [(row.input.key, row.place) for row in study.rows] == [(TIME, "1"), (CAP, "within the noise")]
    cap = study.rows[1]
    values = [luck(number, 30_000.0) - luck(number, got(baseline.scenario, CAP)) for number in range(10)]
    assert cap.high.change.half_width == pytest.approx(2.262 * np.std(values, ddof=1) / 10**0.5, rel=1e-3)
    assert f"1 of 2 assumptions stay within the noise at both ends: {CAP}." in said(study)


def test_what_lies_within_the_noise_and_might_be_larger_ends_the_order(baseline):
    def of(scenario, number):
        return share(scenario, TIME) + 9 * luck(number, got(scenario, CAP))

    study = studied(Formula(of), baseline, keys=[CAP, TIME])
    assert study.ranked == ()


@pytest.mark.parametrize("way", [10, -10])
def test_a_bend_swings_as_far_as_its_farther_end_and_neither_rises_nor_falls(baseline, way):
    at = share(baseline.scenario, CAP)
    bent = Formula(lambda scenario, number: luck(number) + way * abs(share(scenario, CAP) - at) + share(scenario, TIME))
    study = studied(bent, baseline, keys=[CAP, TIME])
    row, straight = study.rows
    assert row.size.mean == pytest.approx(10 * max(at, 1 - at))
    assert (row.bent, straight.bent) == (True, False)
    swing, other = shown(study, "swing")
    assert (swing[0].isdigit(), other[0]) == (True, "+")
    assert any("farther one does, without a sign" in note for note in study.page().notes)
    assert f"move it the same way at both ends, so that more may lie between: {CAP}" in said(study)


# --- A difference ---


def test_of_two_scenarios_the_difference_moves(baseline, other):
    """CAP moves both alike, TIME the second only, so that the difference rests on TIME."""

    def of(scenario, number):
        extra = 3 - 4 * share(scenario, TIME) if scenario.name == "other" else 0
        return luck(number) + 100 * share(scenario, CAP) + extra

    study = studied(Formula(of), baseline, other)
    at = share(baseline.scenario, TIME)
    assert study.now.mean == pytest.approx(3 - 4 * at)
    assert [(row.input.key, row.place) for row in study.rows] == [(TIME, "1"), (CAP, "within the noise")]
    time, cap = study.rows
    assert time.size.mean == pytest.approx(-4)
    assert (cap.low.change.mean, cap.high.change.mean) == (0, 0)
    assert set(study.unmoved) == {GROWTH, CEILING}  # CAP is none: it moves both
    assert f"The difference changes its sign with {TIME} at 12 weeks (-1" in said(study)
    assert study.runs == 2 * (10 + 2 * 8 + 8 * 4)


def test_where_no_end_turns_the_difference_that_is_said(baseline, other):
    study = studied(
        Formula(lambda scenario, number: linear(scenario, number) * (1 + (scenario.name == "other"))), baseline, other
    )
    assert "At no end does it change its sign." in said(study)


def test_assumptions_in_which_scenarios_differ_keep_their_values(baseline):
    slow = load("baseline", {"name": "slow", GROWTH: "30 %/year"})
    formula = Formula(linear)
    study = sensitivity([baseline, slow], "delivered", formula, 3)
    assert study.apart == (GROWTH,)
    assert f"The scenarios differ in 1 more, which keep their values: {GROWTH}." in said(study)
    assert {got(case.scenario, GROWTH) for cases in formula.asked for case in cases} == {0.5, 0.3}


# --- Which inputs ---


def test_uncertainties_vary_by_default_and_levers_if_wanted(baseline):
    nothing = Formula(lambda _scenario, number: luck(number))
    plain = sensitivity([baseline], "delivered", nothing, 3)
    assert CAP in plain.unmoved
    assert LEVER not in plain.unmoved
    assert plain.rows == plain.untried == ()
    every = sensitivity([baseline], "delivered", nothing, 3, levers=True)
    assert set(every.unmoved) > {*plain.unmoved, LEVER}
    assert studied(nothing, baseline, keys=[LEVER], replications=3).unmoved == (LEVER,)


def test_those_of_low_confidence_alone_if_wanted(baseline):
    grades = {CAP: "low", GROWTH: "high", TIME: "medium", CEILING: ""}
    parameters = {key: each for key, each in baseline.parameters.items() if each.source.confidence != "low"}
    for key, grade in grades.items():
        each = baseline.parameters[key]
        parameters[key] = replace(each, source=replace(each.source, confidence=grade))
    graded = replace(baseline, parameters=parameters)
    study = sensitivity([graded], "delivered", Formula(linear), 3, low_only=True)
    assert [row.input.key for row in study.rows] == [CAP]
    assert study.unmoved == ()
    del parameters[CAP]
    with pytest.raises(ChipgateError, match="no assumption of low confidence of baseline has a range"):
        sensitivity([graded], "delivered", Formula(linear), 3, low_only=True)


def test_what_is_alike_moves_as_one_whichever_of_them_is_named(baseline):
    three = [f"memory.foreign.{maker}" for maker in ("sk-hynix", "samsung", "micron")]

    def of(scenario, number):
        return luck(number) + math.fsum(number_of(got(scenario, key)) for key in three)

    study = studied(Formula(of), baseline, keys=[three[1], three[2], TIME])
    [row] = study.rows
    assert row.keys == (three[1], three[0], three[2])
    assert row.size.mean == pytest.approx(62_000 + 50_000 + 15_000 - 30_000 - 23_000 - 5000)
    assert study.runs == 10 + 4 * 2 + 2 * 8
    still = studied(Formula(lambda _scenario, number: luck(number)), baseline, keys=three)
    assert still.unmoved == tuple(three)


# --- What cannot be told ---


def test_an_outcome_that_nearly_never_exists_is_told_at_once(baseline):
    rare = Formula(lambda scenario, number: linear(scenario, number) if number < 2 else math.nan)
    study = studied(rare, baseline)
    assert len(rare.asked) == 1
    assert said(study).startswith("Cannot tell: delivered compute exists in 2 of 10 replications")
    assert "Nothing can be told" in study_picture(study).title


def test_an_end_at_which_it_hardly_exists_cannot_be_told_and_takes_no_place(baseline):
    def of(scenario, number):
        gone = share(scenario, CAP) == 1 and number != 5
        return math.nan if gone else 500 * share(scenario, CAP) + luck(number) + share(scenario, TIME)

    study = studied(Formula(of), baseline, keys=[CAP, TIME])
    assert [(row.input.key, row.place) for row in study.rows] == [(TIME, "1"), (CAP, "cannot tell")]
    assert f"{CAP}: the outcome exists in 1 of 10 pairs at an end." in page_text(study.page()).replace("\n  ", " ")


def test_a_world_that_breaks_a_rule_is_told_and_the_rest_goes_on(baseline):
    """A range is stated so wide that an end of it is no yield."""
    start = baseline.parameters["foundry.yield_ceiling"]
    wide = replace(start, source=replace(start.source, range=(0.1, 0.6)))
    rules = replace(baseline.scenario.worlds, order={})
    sourced = replace(
        baseline,
        scenario=replace(baseline.scenario, worlds=rules),
        parameters={**baseline.parameters, "foundry.yield_ceiling": wide},
    )
    study = studied(Formula(linear), sourced, keys=["foundry.yield_ceiling", CAP])
    assert [key for key, _ in study.untried] == ["foundry.yield_ceiling"]
    assert [row.input.key for row in study.rows] == [CAP]
    assert "foundry.yield_ceiling could not be tried" in said(study)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"replications": 2}, "3 replications or more"),
        ({"keys": ["imports.h20.caps"]}, "did you mean 'imports.h20.cap'"),
        ({"keys": ["imports.h20"]}, "is a group of keys"),
        ({"keys": ["designs.ascend-910c.stacks"]}, "has no width"),
        ({"keys": [CAP], "levers": True}, "either name the keys to vary"),
        ({"keys": [GROWTH]}, "given without a range"),
        ({"keys": [CEILING]}, "'foundry.ceiling' cannot vary: it is held by 'worlds.fixed'"),
        ({"keys": [TIME]}, "'assembly.time' cannot vary: the scenarios differ in it"),
        ({"outcome": "deliverd"}, "did you mean 'delivered'"),
    ],
)
def test_mistakes_are_told_before_anything_is_run(baseline, more, told):
    """Of two scenarios: the second has another growth without a range, and another range of the assembly's time."""
    formula = Formula(linear)
    slow = load("baseline", {"name": "slow", GROWTH: "30 %/year"})
    time, fixed = slow.parameters[TIME], replace(baseline.scenario.worlds, fixed=[CEILING])
    short = replace(time, source=replace(time.source, range=(4.0, 6.0)))
    slow = replace(slow, parameters={**slow.parameters, TIME: short}, scenario=replace(slow.scenario, worlds=fixed))
    held = replace(baseline, scenario=replace(baseline.scenario, worlds=fixed))
    outcome = more.pop("outcome", "delivered")
    with pytest.raises(ChipgateError, match=told):
        sensitivity([held, slow], outcome, formula, **more)
    assert formula.asked == []


# --- On paper ---


def test_the_record_has_every_number_and_the_page_what_matters(baseline):
    study = studied(Formula(linear), baseline)
    record = page_record(study.page())
    assert (record["unmoved"], record["runs"], record["replications"]) == ([CEILING], study.runs, 10)
    first = record["swings"][0]
    assert (first["input"], first["low"], first["rank"], first["order"]) == (CAP, "10,000 chips/week", 1, "1")
    assert first["swing"] == study.rows[0].size.mean
    assert first["high_value"] == study.rows[0].high.value.mean
    json.dumps(record, allow_nan=False)
    short = replace(study, shown=1)
    assert TIME not in "".join(map(str, page_record(short.page())["swings"]))


def test_numbers_are_as_fine_as_their_intervals_and_have_one_scale(baseline):
    def of(scenario, number):
        return 1e6 * linear(scenario, number) + 1e4 * luck(number, got(scenario, CAP))

    text = page_text(studied(Formula(of), baseline).page())
    assert "at both ends of each range, million A100e" in text


def test_the_picture_draws_both_ends_of_what_moves_it(baseline):
    study = studied(Formula(linear), baseline)
    [sketch] = sketches_of(study).values()
    assert sketch.words.title == f"{CAP} moves delivered compute most, then {TIME}, {GROWTH}"
    assert "3 of 3 that change it; 1 more changes nothing." in " ".join(sketch.words.notes)
    [ax] = study_picture(study).subfigs[0].axes
    assert [label.get_text() for label in ax.get_yticklabels()] == [CAP, TIME, GROWTH]
    texts = {text.get_text() for text in ax.texts}
    assert {"10,000 chips/week", "30,000 chips/week", "3 weeks", "12 weeks", "1", "2", "3"} <= texts
    widths = [bar.get_width() for bar in ax.patches]
    at = share(baseline.scenario, CAP)
    assert widths[1:3] == pytest.approx(sorted([-40 * at, 40 * (1 - at)], key=abs, reverse=True))


@pytest.mark.parametrize("way", [10, -10])
def test_of_a_bend_both_labels_stand_where_its_bars_are(baseline, way):
    at = share(baseline.scenario, CAP)
    bent = Formula(lambda scenario, number: luck(number) + way * abs(share(scenario, CAP) - at))
    [ax] = study_picture(studied(bent, baseline, keys=[CAP])).subfigs[0].axes
    places = {text.get_text(): text.xy[0] for text in ax.texts if "chips" in text.get_text()}
    assert len(places) == 2
    assert all(place * way > 0 for place in places.values())


def test_from_python_and_from_the_command_line_the_same(tiny, chipgate):
    study = sim.sensitivity(tiny, on="delivered", vary=["assembly.time"], replications=3, workers=1)
    status, out, err = chipgate(
        "sensitivity", tiny, "--on", "delivered", "--vary", "assembly.time", "-n", 3, "--workers", 1, "--json"
    )
    assert status == 0, err
    record = json.loads(out)
    assert record["runs"] == study.runs
    assert record["now"] == study.now.mean
    assert record["swings"] == page_record(study.page())["swings"]
