"""Sampled worlds: what is drawn lies in its range and moves together, evenly and with luck of its own; and a scenario in
such a world is the scenario that the same settings would load."""

import dataclasses
import datetime
import math
import os
from functools import cache
from itertools import combinations
from statistics import correlation, median

import pytest

from sim.base.errors import ChipgateError
from sim.scenario.load import SourcedScenario, check, load, load_shipped, shipped
from sim.scenario.parts import Worlds
from sim.scenario.sampling import (
    TOGETHER,
    Input,
    Orders,
    Sample,
    _summed,
    input_of,
    inputs_of,
    is_fixed,
    ordered,
    sample,
    shared_inputs,
)
from sim.scenario.variants import got, leaf_of, number_of, put, with_values
from sim.studies.sampling import together

NAMES = [each.name for each in shipped()]
MANY = 200
CHECKED = MANY if os.environ.get("CHIPGATE_FULL") else 10  # of those, held against all rules: 4 ms each


def everything(_each: Input) -> bool:
    return True


scenario_of = cache(load_shipped)


@cache
def baseline_sample(many: int = MANY, seed: int = 1) -> Sample:
    return sample([scenario_of("baseline")], many, seed, everything)


def numbers(found: Sample, key: str) -> list[float]:
    """The values of a key, where it is not off."""
    return [number_of(value) for world in found.worlds if (value := world[key]) is not None]


def rules_of(sourced: SourcedScenario) -> Worlds:
    return sourced.scenario.worlds or Worlds()


def value(sourced: SourcedScenario, key: str) -> float:
    return number_of(sourced.parameters[key].value)


def in_order(sourced: SourcedScenario, keys: list[str]) -> bool:
    values = [value(sourced, key) for key in keys if key in sourced.parameters]
    return values == sorted(values)


# --- What shipped scenarios say ---


@pytest.mark.parametrize("name", NAMES)
def test_every_assumption_of_a_shipped_file_says_how_far_it_can_be_trusted(name):
    sources = {key: each.source for key, each in scenario_of(name).parameters.items()}
    assumed = [key for key, source in sources.items() if source.kind in {"assumption", "calibrated"}]
    assert len(assumed) > 100
    assert [key for key in assumed if not sources[key].confidence] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scenario_keeps_its_own_orders_so_that_none_is_passed_over(name):
    sourced = scenario_of(name)
    assert [keys for keys in rules_of(sourced).order.values() if not in_order(sourced, keys)] == []


def test_what_an_authority_sets_is_a_lever_and_what_firms_do_is_none():
    levers = {each.key for name in NAMES for each in inputs_of(scenario_of(name)) if each.lever}
    assert {key.split(".")[0] for key in levers} == {"policies"}
    for key in ("memory-control.effective", "h20-licence.licence.quota", "threshold-october-2023.ban.threshold"):
        assert f"policies.{key}" in levers
    assert not levers & {"policies.memory-control.memory_control.leak", "policies.ai-plus.push.factor"}


# --- Worlds of shipped scenarios ---


@pytest.mark.parametrize("beside", [False, True], ids=["alone, levers too", "beside the baseline, uncertainties"])
@pytest.mark.parametrize("name", NAMES)
def test_every_world_of_a_shipped_scenario_makes_sense(name, beside):
    asked = scenario_of(name)
    scenarios = [scenario_of("baseline"), asked] if beside else [asked]
    found = sample(scenarios, MANY) if beside else sample(scenarios, MANY, 1, everything)
    assert len(found.worlds) == MANY
    assert not (beside and any(each.lever for each in found.inputs))
    for each in found.inputs:
        assert not is_fixed(asked, each.key)
        values = numbers(found, each.key)
        assert len(values) == MANY or each.off > 0
        near = 1e-9 * (each.high - each.low)
        assert each.low - near <= min(values)
        assert max(values) <= each.high + near
        if each.whole:
            assert all(value.is_integer() for value in values)
    varied = {each.key for each in found.inputs}
    for before in scenarios:
        some = dataclasses.replace(found, worlds=found.worlds[:: MANY // CHECKED])
        for after in some.of(before):  # each has kept all rules
            kept = [key for key, one in before.parameters.items() if key not in varied]
            assert all(after.parameters[key].value == before.parameters[key].value for key in kept)
            for keys in rules_of(before).sums.values():
                total = math.fsum(value(before, key) for key in keys)
                assert math.fsum(value(after, key) for key in keys) == pytest.approx(total, abs=1e-12)
            assert [keys for keys in rules_of(before).order.values() if not in_order(after, keys)] == []


def test_what_scenarios_differ_in_does_not_vary():
    base, other = scenario_of("baseline"), scenario_of("no-stockpile")
    shared = {each.key for each in shared_inputs([base, other])}
    own = {each.key for each in inputs_of(base)}
    assert own - shared == {
        "memory.stock",
        "memory.front_running",
        *(f"memory.foreign.{maker}" for maker in ("sk-hynix", "samsung", "micron")),
    }


def test_an_order_that_a_scenario_breaks_binds_the_others_only():
    """The embargo's threshold lies below the H20, which would leave it its lowest performance alone."""
    base, embargo = scenario_of("baseline"), scenario_of("early-embargo")
    values = numbers(sample([base, embargo], MANY), "imports.h20.performance")
    assert min(values) < 0.41
    assert max(values) > 0.49
    hasty = load_shipped("baseline", {"demand.cloud.patience": "20 weeks"})
    values = numbers(sample([base, hasty], MANY), "demand.other.patience")
    assert min(values) < 28
    assert max(values) == pytest.approx(65, abs=1.5), "the baseline's cloud platforms wait 65 weeks"


def test_what_may_be_off_is_off_in_its_share_of_worlds():
    found = baseline_sample()
    assert MANY - len(numbers(found, "designs.ascend-910c.die_bank")) == 0.5 * MANY
    assert MANY - len(numbers(found, "policies.memory-control.announced")) == 0.2 * MANY
    bank = numbers(found, "designs.ascend-910c.die_bank")
    assert median(bank) == pytest.approx(2.9e6 / 2, rel=0.02), "where it is there, all its range"


def test_what_is_alike_stands_at_the_same_place_of_its_range():
    found = baseline_sample()
    named = {each.key: each for each in found.inputs}

    def places(key: str) -> list[float]:
        return [(number - named[key].low) / (named[key].high - named[key].low) for number in numbers(found, key)]

    makers = [f"memory.foreign.{maker}" for maker in ("sk-hynix", "samsung", "micron")]
    for one, other in [makers[:2], makers[1:], ("imports.h800.price", "grey.price")]:
        assert places(one) == pytest.approx(places(other))
    together = [math.fsum(each) for each in zip(*(numbers(found, key) for key in makers), strict=True)]
    assert min(together) < 59_000
    assert max(together) > 126_000, "all three high at once: the estimate is one of their total"


# --- Luck ---


def test_every_range_is_covered_evenly():
    found, rules = baseline_sample(), rules_of(scenario_of("baseline"))
    bound = {key for part in (rules.sums, rules.order) for keys in part.values() for key in keys}
    free = [each for each in found.inputs if each.key not in bound and not (each.whole or each.off)]
    free = [each for each in free if each.unit != "date"]
    assert len(free) > 80
    for each in free:
        low, high, values = each.low, each.high, numbers(found, each.key)
        if each.log:
            low, high, *values = map(math.log, (low, high, *values))
        strata = [math.floor(MANY * (number - low) / (high - low) + 1e-9) for number in values]
        assert sorted(strata) == list(range(MANY)), each.key


def test_keys_have_luck_of_their_own():
    found = baseline_sample()
    keys = ["foundry.growth", "foundry.delay", "grey.interception", "memory.stock", "software.readiness_half"]
    pairs = [correlation(numbers(found, one), numbers(found, other)) for one, other in combinations(keys, 2)]
    assert max(map(abs, pairs)) < 0.25, "3.5 standard errors of 200 worlds"


def test_whole_numbers_are_drawn_alike_often():
    values = numbers(baseline_sample(), "designs.ascend-910b.stacks")
    assert {number: values.count(number) for number in values} == dict.fromkeys([4.0, 5.0, 6.0, 7.0, 8.0], MANY / 5)


def test_a_key_has_the_same_luck_whatever_else_varies():
    base = [scenario_of("baseline")]
    one, low = "foundry.yield_half", "low"
    alone = sample(base, MANY, 1, lambda each: each.key == one)
    assert [each.key for each in alone.inputs] == [one]
    unsure = sample(base, MANY, 1, lambda each: each.confidence == low and not each.lever)
    assert {each.confidence for each in unsure.inputs} == {low}
    assert numbers(alone, one) == numbers(unsure, one) == numbers(baseline_sample(), one)
    assert numbers(baseline_sample(MANY, 2), one) != numbers(alone, one)
    assert sample(base, MANY, 1, everything) == baseline_sample()


def test_over_the_logarithm_the_middle_is_the_geometric_mean():
    line = Input("foundry.wafer_starts", "wafers/week", 150.0, 600.0, 540.0, log=True)
    assert line.at(0.5, line.low, line.high) == pytest.approx(300)
    assert (line.at(0, 150, 600), line.at(1, 150, 600)) == (150, pytest.approx(600))
    for many in (MANY, 999):
        assert median(numbers(baseline_sample(many), "foundry.wafer_starts")) == pytest.approx(300, rel=0.01)


def test_the_frame_never_varies_whatever_else_a_file_holds():
    base, mine = scenario_of("baseline"), load_shipped("baseline", {"worlds.fixed": "[grey]"})
    assert base.parameters["lead_in"].source.range, "it could vary"
    gone = {each.key for each in inputs_of(base)} - {each.key for each in inputs_of(mine)}
    assert gone
    assert {key.split(".")[0] for key in gone} == {"grey"}
    for sourced in (base, mine):
        assert not [each.key for each in inputs_of(sourced) if each.key.startswith(("window", "lead_in", "worlds"))]


def test_nothing_that_could_vary_is_told():
    with pytest.raises(ChipgateError, match="nothing is left that could vary"):
        sample([scenario_of("baseline")], 2, 1, lambda _each: False)


# --- Sums and orders, by hand ---


def given(key: str, low: float, high: float, now: float = 0.0) -> tuple[str, Input]:
    return key, Input(key, "", low, high, now)


def test_shares_keep_their_sum_and_the_last_takes_what_is_left():
    parts = dict([given("a", 0, 0.4, 0.2), given("b", 0.1, 0.5, 0.3), given("c", 0.3, 0.9, 0.5)])
    assert _summed("abc", parts, {"a": 0, "b": 0.5}) == pytest.approx({"a": 0, "b": 0.3, "c": 0.7})
    most = _summed("abc", parts, {"a": 1, "b": 1})
    assert most == pytest.approx({"a": 0.4, "b": 0.3, "c": 0.3}), "b leaves c the least that it may have"
    del parts["b"]
    assert _summed("abc", parts, {"a": 1}) == {"a": 0.2, "c": 0.5}, "where one may not vary, none does"
    impossible = dict([given("a", 0, 1, 5), given("b", 0, 1, 5)])
    with pytest.raises(ChipgateError, match="the ranges of a, b cannot keep their sum"):
        _summed("ab", impossible, {"a": 0})


CHAIN = Orders({"b": "a", "c": "b"}, {"a": "b", "b": "c"}, {})
MIDDLE = dict.fromkeys("abc", 0.5)


def test_each_of_an_order_lies_between_the_one_below_and_what_those_above_can_reach():
    free = dict(given(key, 0, 10) for key in "abc")
    assert ordered(CHAIN, free, MIDDLE, {}) == {"a": 5, "b": 7.5, "c": 8.75}
    assert ordered(CHAIN, free | dict([given("c", 0, 6)]), MIDDLE, {}) == {"a": 3, "b": 4.5, "c": 5.25}
    assert ordered(CHAIN, free | dict([given("a", 4, 10)]), MIDDLE, {}) == {"a": 7, "b": 8.5, "c": 9.25}
    assert ordered(CHAIN, free, MIDDLE, {"b": 4}) == {"a": 2, "c": 7}, "b is known from a sum"
    ends = {key: free[key] for key in "ac"}
    assert ordered(CHAIN, ends, MIDDLE, {}) == {"a": 5, "c": 7.5}, "b is off"
    assert ordered(dataclasses.replace(CHAIN, kept={"b": 4}), ends, MIDDLE, {}) == {"a": 2, "c": 7}


def test_two_orders_bind_the_key_that_they_share():
    fork = Orders({"b": "a", "c": "a"}, {"a": "bc"}, {})
    free = dict([given("a", 0, 10), given("b", 0, 6), given("c", 0, 4)])
    assert ordered(fork, free, MIDDLE, {}) == {"a": 2, "b": 4, "c": 3}


def test_an_order_that_cannot_be_kept_is_told():
    high = dict([given("a", 5, 10)])
    with pytest.raises(ChipgateError, match="the range of 'a' leaves it no place in its order"):
        ordered(dataclasses.replace(CHAIN, kept={"b": 4}), high, MIDDLE, {})


def test_a_whole_number_of_an_order_stays_whole_and_leaves_those_beside_it_room():
    """Between a and c, whole b has the numbers up to 4 only, so a must not pass 4; below 4.5 there is none from 4.4 on."""
    free = dict([given("a", 0, 10), given("b", 0, 8), given("c", 0, 10)])
    free["b"] = dataclasses.replace(free["b"], whole=True)
    del free["c"]
    chain = dataclasses.replace(CHAIN, kept={"c": 4.5})
    assert ordered(chain, free, dict.fromkeys("abc", 1.0), {}) == {"a": 4, "b": 4}
    mine = {
        "designs.siyuan-690.stacks": "{assumption: 4.5, range: [4.4, 8], reason: mine}",
        "designs.ascend-910c.stacks": "4.5",
        "worlds.order.x": "[designs.siyuan-690.stacks, designs.ascend-910c.stacks]",
    }
    with pytest.raises(ChipgateError) as caught:
        sample([load_shipped("baseline", mine)], 2)
    assert str(caught.value) == (
        "'designs.siyuan-690.stacks' is to be a whole number, and there is none between 4.4 stacks and 4.5 stacks"
    )


def test_a_sum_of_which_not_all_vary_is_held_and_not_counted():
    base = scenario_of("baseline")
    shares = [key for keys in rules_of(base).sums.values() for key in keys]
    low = sample([base], 2, 1, lambda each: each.confidence == "low")
    assert 0 < len([each for each in inputs_of(base) if each.key in shares and each.confidence == "low"]) < len(shares)
    assert not {each.key for each in low.inputs} & {*shares}
    alone = load_shipped("baseline", {"worlds.sums.x": "[foundry.delay]"})
    assert len(sample([alone], 2).inputs) == len(sample([base], 2).inputs) - 1


def test_an_order_that_the_scenario_breaks_is_noted_at_check_and_not_said_to_be_kept(tmp_path):
    """Only this one: whoever asks what if cloud platforms were hasty should know that no world puts them in order."""
    file = tmp_path / "mine.yaml"
    file.write_text("extends: baseline\ntitle: mine\ndemand: {cloud: {patience: 50 weeks}}\n")
    [found] = check([file])
    assert found.notes == (
        "'worlds.order.patience' is passed over in sampled worlds, for the scenario's own values break it: "
        "demand.other.patience 52 weeks, demand.cloud.patience 50 weeks and demand.state.patience 78 weeks",
    )
    for sourced, listed in ((load(file), False), (scenario_of("baseline"), True)):
        [kept] = [each for each in together(sourced, sample([sourced], 2)) if each.startswith("Keep their order")]
        assert ("demand.cloud.patience" in kept) is listed
        assert "demand.cloud.porting_wait" in kept


def test_a_range_without_logarithm_is_noted_at_check(tmp_path):
    saving = "{assumption: 20 %, range: [0 %, 50 %], reason: mine}"
    text = f"extends: baseline\ntitle: mine\nefficiency: {{date: 2025-01-20, rebound: 1, saving: {saving}}}\n"
    file = tmp_path / "mine.yaml"
    file.write_text(f"{text}worlds: {{log: [efficiency]}}\n")
    [found] = check([file])
    assert found.notes == (
        "no world can be sampled: 'worlds.log' names efficiency.saving, whose range begins with 0 %, which has no "
        "logarithm",
    )
    file.write_text(f"{text}worlds: {{log: [efficiency], fixed: [efficiency.saving]}}\n")
    assert [each.notes for each in check([file])] == [()]


def test_a_world_that_breaks_a_rule_is_told_with_what_the_file_should_say():
    part = load_shipped("baseline", {"worlds.sums.stacks": "[software.stacks.Neuware, software.stacks.DTK]"})
    with pytest.raises(ChipgateError) as caught:
        list(sample([part], 2).of(part))
    assert "in world 0 the shares of the stacks add up to" in str(caught.value)
    assert str(caught.value).endswith(TOGETHER)


# --- One input ---


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("foundry.dealy", "baseline has no key 'foundry.dealy'; did you mean 'foundry.delay'?"),
        ("qqqq", "baseline has no key 'qqqq'; 'chipgate show baseline' lists its keys"),
        ("foundry", "'foundry' is a group of keys of baseline; name one of them, such as 'foundry.wafer_starts'"),
        ("grey.software", "'grey.software' of baseline is a text, 'CUDA'; name a number or a date"),
        ("projects.datong.budget", "'projects.datong.budget' of baseline is a figure of the articles, so no range"),
        ("designs.siyuan-590.performance", "'designs.siyuan-590.performance' of baseline is derived from figures"),
        ("assembly.time", "'assembly.time' of baseline is given without a range"),
        ("designs.ascend-910b.dies", "the range of 'designs.ascend-910b.dies' has no width: it is 1 die"),
        ("memory.stock", "'memory.stock' is sampled over the logarithm, and its range begins with 0 stacks"),
        ("foundry.lot_cv", "'foundry.lot_cv' is to be a whole number, and there is none between 0.1 and 0.3"),
    ],
)
def test_a_key_that_cannot_vary_is_told(key, message):
    lot = "{assumption: 0.1, range: [0.1, 0.3], reason: mine}"
    mine = {"worlds.log": "[memory.stock]", "worlds.whole": "[foundry.lot_cv]"}
    sourced = load_shipped("baseline", {"assembly.time": "6 weeks", "foundry.lot_cv": lot, **mine})
    with pytest.raises(ChipgateError) as caught:
        input_of(sourced, key)
    assert str(caught.value).startswith(message)


def test_an_input_has_its_range_and_says_its_values_as_people_do():
    cxmt = input_of(scenario_of("baseline"), "memory.domestic.cxmt.available")
    assert (cxmt.low, cxmt.high) == (datetime.date(2026, 6, 1).toordinal(), datetime.date(2028, 1, 1).toordinal())
    assert cxmt.value(cxmt.low + 0.4) == datetime.date(2026, 6, 1)
    assert cxmt.text(cxmt.high) == "2028-01-01"
    officers = input_of(scenario_of("baseline"), "policies.diffusion-rule.licence.officers")
    assert (officers.low, officers.high, officers.now, officers.whole, officers.lever) == (2, 12, 6, True, True)
    assert officers.confidence == "low"
    assert officers.text(3.0) == "3 officers"
    assert [officers.at(share, 1.2, 3.9) for share in (0, 0.49, 0.5, 1)] == [2, 2, 3, 3], "2 and 3, alike often"


# --- A scenario with other values ---


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ({"foundry.cycle_time": 20.0}, {"foundry.cycle_time": "20 weeks"}),
        ({"imports.h20.available": datetime.date(2024, 4, 1)}, {"imports.h20.available": "2024-04-01"}),
        ({"policies.memory-control.announced": None}, {"policies.memory-control.announced": "off"}),
        ({"policies.h20-block": None}, {"policies.h20-block": "off"}),
        ({"designs.ascend-910c.die_bank": None, "memory.stock": 0.0}, {"designs.ascend-910c.die_bank": "off", "memory.stock": "0"}),
        ({"policies.memory-control.memory_control.leak": 5.0}, {"policies.memory-control.memory_control.leak": "5"}),
    ],
)  # fmt: skip
def test_other_values_make_the_scenario_that_settings_load(values, settings):
    one, other = with_values(scenario_of("baseline"), values), load_shipped("baseline", settings)
    assert one.scenario == other.scenario
    told = [{key: (each.value, each.unit, each.text, each.source.kind) for key, each in sourced.parameters.items()} for sourced in (one, other)]  # fmt: skip
    assert told[0] == told[1]
    assert len(one.settings) == len(values)


def test_other_values_that_break_a_rule_are_refused():
    base = scenario_of("baseline")
    with pytest.raises(ChipgateError) as caught:
        with_values(base, {"foundry.yield_ceiling": 0.1}, "in world 7")
    assert str(caught.value) == (
        "baseline with foundry.yield_ceiling=10 %: in world 7 'yield_start' is 29 %, above 'yield_ceiling', which is 10 %"
    )
    for key in ("foundry.dealy", "foundry.delay.half"):
        with pytest.raises(KeyError):
            with_values(base, {key: 1.0})
    with pytest.raises(KeyError, match="delay cannot be left out"):
        with_values(base, {"foundry.delay": None})


def test_every_number_and_date_can_be_put_and_got():
    base = scenario_of("baseline")
    keys = [key for key, each in base.parameters.items() if each.source.kind != "text"]
    assert len(keys) > 160
    for key in keys:
        now = base.parameters[key].value
        assert got(base.scenario, key) == now
        other = now + datetime.timedelta(days=1) if isinstance(now, datetime.date) else now + 1.5
        changed = put(base.scenario, key, other)
        assert got(changed, key) == other
        assert [each for each in keys if got(changed, each) != base.parameters[each].value] == [key]
        assert put(changed, key, now) == base.scenario
        assert leaf_of(key).unit == base.parameters[key].unit
