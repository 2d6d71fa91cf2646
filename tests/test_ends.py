"""One assumption alone at an end of its range, while sums and order are kept."""

import dataclasses
import math
from datetime import date

import pytest

from sim.scenario.ends import along_with, ends_of
from sim.scenario.load import load
from sim.scenario.sampling import shared_inputs
from sim.scenario.variants import got, number_of, with_values

STACKS = ("software.stacks.Neuware", "software.stacks.DTK", "software.stacks.CANN")


@pytest.fixture(scope="module")
def baseline():
    return load("baseline")


def ends(key, *scenarios):
    return ends_of(scenarios, {each.key: each for each in shared_inputs(scenarios)}, key)


def test_what_moves_with_nothing_stands_at_its_ends_alone(baseline):
    low, high = ends("imports.h20.cap", baseline)
    assert (low.values, high.values) == ({"imports.h20.cap": 10_000}, {"imports.h20.cap": 30_000})
    assert low.kept == high.kept == ""
    assert dict(ends("efficiency.date", baseline)[1].values) == {"efficiency.date": date(2025, 3, 1)}


def test_where_the_scenario_stands_at_an_end_nothing_is_changed(baseline):
    low, high = ends("designs.ascend-910c.die_bank", baseline)
    assert low.values == {}
    assert high.values == {"designs.ascend-910c.die_bank": 2.9e6}


def test_what_is_alike_goes_to_the_same_end(baseline):
    low, high = ends("memory.foreign.samsung", baseline)
    assert low.values == {
        "memory.foreign.sk-hynix": 30_000, "memory.foreign.samsung": 23_000, "memory.foreign.micron": 5000
    }  # fmt: skip
    assert high.number == 50_000
    inputs = {each.key: each for each in shared_inputs([baseline])}
    assert along_with([baseline], inputs, "memory.foreign.samsung") == (
        "memory.foreign.sk-hynix",
        "memory.foreign.micron",
    )
    assert along_with([baseline], inputs, "imports.h20.cap") == ()


@pytest.mark.parametrize("key", STACKS)
def test_a_sum_is_kept_and_nothing_leaves_its_range(baseline, key):
    inputs = {each.key: each for each in shared_inputs([baseline])}
    for end in ends(key, baseline):
        world = with_values(baseline, end.values).scenario
        shares = {each: got(world, each) for each in STACKS}
        assert math.fsum(shares.values()) == pytest.approx(1, abs=1e-12)
        for each, share in shares.items():
            assert inputs[each].low - 1e-12 <= share <= inputs[each].high + 1e-12


def test_the_last_of_a_sum_makes_up_first_and_for_the_last_the_largest_other(baseline):
    low, _ = ends("software.stacks.Neuware", baseline)
    assert set(low.values) == {"software.stacks.Neuware", "software.stacks.CANN"}
    assert low.kept == "software.stacks.CANN makes up for it"
    _, high = ends("software.stacks.CANN", baseline)
    assert set(high.values) == {"software.stacks.CANN", "software.stacks.DTK"}
    worlds = dataclasses.replace(baseline.scenario.worlds, sums={"stacks": [STACKS[2], STACKS[1], STACKS[0]]})
    turned = dataclasses.replace(baseline, scenario=dataclasses.replace(baseline.scenario, worlds=worlds))
    low, _ = ends("software.stacks.DTK", turned)
    assert set(low.values) == {"software.stacks.DTK", "software.stacks.Neuware"}  # CANN is larger, and not the last


def test_an_end_that_the_others_cannot_make_up_for_is_reached_as_far_as_they_can(baseline):
    low, _ = ends("software.stacks.CANN", baseline)
    assert low.number == pytest.approx(0.55)  # not 0.5: Neuware goes to 15 % at most, DTK to 30 %
    assert low.kept == "software.stacks.DTK and software.stacks.Neuware make up for it"


def test_order_is_kept_with_the_neighbours_as_they_are(baseline):
    low, high = ends("policies.memory-control.effective", baseline)
    assert low.values == {"policies.memory-control.effective": date(2024, 9, 2)}  # the day it is announced
    assert low.kept == "keeps its order with policies.memory-control.announced"
    assert high.kept == ""


def test_order_is_kept_in_both_scenarios(baseline):
    """In the other the neighbour stands elsewhere, and both have to stand the same world."""
    other = load("baseline", {"name": "other", "policies.memory-control.announced": "2024-11-01"})
    low, _ = ends("policies.memory-control.effective", baseline, other)
    assert low.kept == "keeps its order with policies.memory-control.announced"
    assert low.values == {"policies.memory-control.effective": date(2024, 11, 1)}


def test_whole_numbers_stay_whole(baseline):
    source = baseline.parameters["designs.siyuan-590.stacks"].source
    parameter = dataclasses.replace(
        baseline.parameters["designs.siyuan-590.stacks"], source=dataclasses.replace(source, range=(2.5, 5.5))
    )
    sourced = dataclasses.replace(baseline, parameters={**baseline.parameters, "designs.siyuan-590.stacks": parameter})
    assert [end.number for end in ends("designs.siyuan-590.stacks", sourced)] == [3, 5]


def test_every_end_of_every_range_passes_the_check_and_goes_as_far_as_said(baseline):
    inputs = {each.key: each for each in shared_inputs([baseline])}
    for key, own in inputs.items():
        for end, wanted in zip(ends_of([baseline], inputs, key), (own.low, own.high), strict=True):
            world = with_values(baseline, end.values)  # raises for one that breaks a rule
            assert number_of(got(world.scenario, key)) == pytest.approx(end.number)
            assert end.kept or end.number == wanted, key
