"""Reliefs: each takes away its own constraint and nothing else, and moves nobody's luck."""

from __future__ import annotations

import dataclasses
import datetime
import typing
from collections import Counter

import pytest
from worlds import baseline, changed, design, foreign, of, policy, segment, small, tell

from sim.base.units import CalendarDay, Quantity
from sim.model import facts as f
from sim.model.streams import Streams
from sim.outcomes.constraints import CONSTRAINTS
from sim.scenario.fields import Part
from sim.scenario.load import load, shipped
from sim.scenario.parts import Grey, Scenario
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.licence import Licence
from sim.scenario.policies.lift import Lift
from sim.scenario.rules import findings
from sim.studies.relax import RELAXATIONS, relax

each = pytest.mark.parametrize("constraint", CONSTRAINTS)
DOMESTIC_WILL_DO = segment(cuda_share=0.0, patience=1e6)
CUDA_ONLY = segment(porting_wait=1e5, patience=1e6)

# One a constraint, in which it holds up orders.
WORLDS: dict[str, Scenario] = {
    "licence": small(
        demand={"cloud": CUDA_ONLY},
        imports={"h": foreign()},
        policies={"desk": policy(0, Licence(product="h", officers=1, work_time=3.0, approval=0.5, quota=200.0))},
    ),
    "transit": small(
        demand={"cloud": CUDA_ONLY},
        imports={"h": foreign()},
        vendor__lead_time=6.5,  # nothing ships at a look
        grey=Grey(
            supplier="nobody",
            performance=1.0,
            price=10.0,
            power=1.0,
            software="CUDA",
            available=datetime.date(2022, 1, 1),
            base=20.0,
            cap=20.0,
            kappa=0.0,
            elasticity=0.0,
            delay=8.0,
            interception=0.0,
        ),
    ),
    "memory": small(demand={"cloud": DOMESTIC_WILL_DO}, designs={"ascend": design(stacks=1.0)}),
    "import_control": small(
        demand={"cloud": CUDA_ONLY},
        imports={"h": foreign(cap=50.0)},
        policies={
            "block": policy(10, Ban(product="h")),
            "thaw": policy(40, Lift(product="h")),
            "again": policy(60, Ban(threshold=0.5)),
        },
    ),
    "import_volume": small(demand={"cloud": CUDA_ONLY}, imports={"h": foreign(cap=30.0)}),
    "wafers": small(demand={"cloud": DOMESTIC_WILL_DO}, designs={"ascend": design()}),
    "production": small(demand={"cloud": DOMESTIC_WILL_DO}, designs={"ascend": design()}, foundry__wafer_starts=4.0),
}


# What is ordered, sent or asked for at the very moment of a look is seen although it takes no time.
LEFT = {"transit": 0.12, "import_volume": 0.25, "wafers": 0.005, "production": 0.21}


def held_up(scenario: Scenario, constraint: str) -> float:
    looks = of(tell(scenario, Streams(1, 0)), f.WhatBinds)
    return sum(getattr(look, constraint) for look in looks)


def test_every_constraint_has_a_relaxation_in_the_order_of_the_rules():
    assert tuple(RELAXATIONS) == tuple(CONSTRAINTS) == f.WhatBinds._fields[1:]
    letters = [constraint.letter for constraint in CONSTRAINTS.values()]
    assert len(set(letters)) == len(letters)
    assert all(relaxation.override.__doc__ for relaxation in RELAXATIONS.values())


@each
def test_relaxing_a_constraint_that_binds_makes_its_part_vanish(constraint):
    before = held_up(WORLDS[constraint], constraint)
    after = held_up(RELAXATIONS[constraint].override(WORLDS[constraint]), constraint)
    assert before > 1000
    assert after <= LEFT.get(constraint, 0.001) * before


@pytest.mark.parametrize(
    ("name", "constraint"), [("baseline", c) for c in CONSTRAINTS] + [("licence-queue", "licence")]
)
def test_it_vanishes_in_the_shipped_worlds_too(name, constraint):
    scenario = load(name).scenario
    before = held_up(scenario, constraint)
    assert held_up(RELAXATIONS[constraint].override(scenario), constraint) <= LEFT.get(constraint, 0.001) * before
    assert before > 0 or (name, constraint) == ("baseline", "licence")


def out_of_bounds(part: Part, path: str = "") -> list[str]:
    """Keys whose value its own unit does not allow."""
    wrong = []
    for name, hint in typing.get_type_hints(type(part), include_extras=True).items():
        if name.startswith("_"):
            continue
        value = getattr(part, name)
        parts = [value] if isinstance(value, Part) else list(value.values()) if isinstance(value, dict) else []
        for inner in parts:
            if isinstance(inner, Part):
                wrong += out_of_bounds(inner, f"{path}{name}.")
        for kind in getattr(hint, "__metadata__", ()):
            if isinstance(kind, Quantity):
                kind.read(value)
            else:
                assert isinstance(kind, CalendarDay)
    return wrong


@pytest.mark.parametrize("name", [scenario.name for scenario in shipped()])
def test_a_relaxed_scenario_is_valid(name):
    sourced = load(name)
    for constraint in CONSTRAINTS:
        relaxed = relax(sourced, constraint)
        assert list(findings(relaxed.scenario)) == []
        assert out_of_bounds(relaxed.scenario) == []
        assert (relaxed.scenario.name, relaxed.files) == (name, sourced.files)


def test_the_bounds_are_looked_at():
    with pytest.raises(ValueError, match="at most 100"):
        out_of_bounds(changed(baseline(), foundry__yield_start=1.5))


@each
def test_unrelated_luck_is_unchanged(constraint):
    """The same projects come at the same time with the same wishes; a lot of the same week takes the same part of the
    mean cycle time; grey shipments have the same fate."""

    def luck(scenario: Scenario) -> tuple[list[f.ProjectArrived], dict[tuple[str, float], float], list[float]]:
        facts = tell(scenario, Streams(3, 2))
        started = Counter((lot.product, lot.wafers) for lot in of(facts, f.LotStarted))
        finished = {(lot.product, lot.wafers): lot.time for lot in of(facts, f.LotFinished)}
        return (
            of(facts, f.ProjectArrived),
            {
                (lot.product, lot.time): (finished[lot.product, lot.wafers] - lot.time) / scenario.foundry.cycle_time
                for lot in of(facts, f.LotStarted)
                if started[lot.product, lot.wafers] == 1 and (lot.product, lot.wafers) in finished
            },
            [fact.time - (scenario.grey.delay if scenario.grey else 0) for fact in of(facts, f.GreyIntercepted)],
        )

    # Shipments sent just before the end land inside the window if they land at once.
    projects, lots, intercepted = luck(baseline())
    same_projects, same_lots, same_intercepted = luck(RELAXATIONS[constraint].override(baseline()))
    assert len(projects) > 1000
    assert same_projects == projects
    both = lots.keys() & same_lots.keys()
    assert len(both) > 200
    assert [same_lots[lot] for lot in both] == pytest.approx([lots[lot] for lot in both], rel=1e-3)
    within = [week for week in intercepted if week >= 0]
    assert [week for week in same_intercepted if week >= 0][: len(within)] == pytest.approx(within)


@pytest.mark.parametrize(
    ("constraint", "touched"),
    [
        ("licence", {"policies"}),
        ("transit", {"vendor", "grey"}),
        ("memory", {"memory"}),
        ("import_control", {"policies"}),
        ("import_volume", {"imports", "vendor"}),
        ("wafers", {"foundry"}),
        ("production", {"foundry", "assembly"}),
    ],
)
def test_a_relaxation_touches_only_its_own(constraint, touched):
    before = load("licence-queue").scenario
    after = RELAXATIONS[constraint].override(before)
    names = [field.name for field in dataclasses.fields(Scenario)]
    assert {name for name in names if getattr(before, name) != getattr(after, name)} == touched


def test_what_the_relaxations_set():
    base = load("licence-queue").scenario
    assert "h20-licence" in base.policies
    assert "h20-licence" not in RELAXATIONS["licence"].override(base).policies
    assert {policy.action.key for policy in RELAXATIONS["import_control"].override(baseline()).policies.values()} == {
        policy.action.key for policy in baseline().policies.values()
    } - {"ban"}
    assert RELAXATIONS["import_control"].override(WORLDS["import_control"]).policies == {}
    foundry = RELAXATIONS["wafers"].override(base).foundry
    assert (foundry.wafer_starts, foundry.ceiling, foundry.growth) == (
        10 * base.foundry.wafer_starts,
        10 * base.foundry.ceiling,
        base.foundry.growth,
    )


def test_a_world_without_grey_goods_licences_or_bans_can_be_relaxed():
    world = small(demand={"cloud": segment()}, imports={"h": foreign()})
    for constraint in ("licence", "import_control", "wafers"):
        assert RELAXATIONS[constraint].override(world) in (
            world,
            changed(world, foundry__wafer_starts=10, foundry__ceiling=1e10),
        )
    assert RELAXATIONS["transit"].override(world).grey is None


def test_without_a_desk_that_took_the_place_of_a_ban_orders_are_free():
    rules = {
        "block": policy(10, Ban(product="h")),
        "desk": policy(20, Licence(product="h", officers=1, work_time=3.0, approval=0.5)),
        "thaw": policy(30, Lift(product="h")),
        "given-up": dataclasses.replace(
            policy(40, Licence(product="h", officers=1, work_time=3.0, approval=0.5)),
            withdrawn=datetime.date(2023, 6, 1),
        ),
    }
    freed = RELAXATIONS["licence"].override(small(imports={"h": foreign()}, policies=rules, scale__systems={}))
    assert {name: rule.action.key for name, rule in freed.policies.items()} == {
        "block": "ban",
        "desk": "lift",
        "given-up": "licence",
    }
    assert list(findings(freed)) == []
