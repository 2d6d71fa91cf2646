"""Which rule decides: the same answer for the model, the checks, the reliefs and the pictures."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from worlds import changed, foreign, of, policy, segment, small, tell

from sim.model import facts as f
from sim.model.streams import Streams
from sim.scenario.parts import (
    ACTIONS,
    Enforcement,
    EquipmentControl,
    Licence,
    Mandate,
    MemoryControl,
    Policy,
    Reach,
    Scenario,
)
from sim.scenario.precedence import ends, in_order
from sim.studies.relief import RELIEFS

H = Reach(product="h")
DESK = Licence(product="h", officers=1, work_time=1.0, approval=1.0)


def world(**policies: Policy) -> Scenario:
    """Buyers who want CUDA only, two imports, and these rules."""
    return small(
        demand={"cloud": segment(porting_wait=1e5, patience=1e6)},
        imports={"h": foreign(cap=50.0), "g": foreign(cap=10.0, performance=0.1)},
        policies={name.replace("_", "-"): rule for name, rule in policies.items()},
    )


def landed(scenario: Scenario) -> list[tuple[float, str, float]]:
    return [(fact.time, fact.product, fact.chips) for fact in of(tell(scenario, Streams(1, 0)), f.OrderLanded)]


def day(week: float) -> datetime.date:
    return policy(week).effective


@pytest.mark.parametrize("week", [-10, 0, 10])
def test_of_a_ban_and_a_licence_on_one_day_the_ban_decides_whatever_their_names(week):
    one = world(a_ban=policy(week, ban=H), z_licence=policy(week, licence=DESK))
    two = world(z_ban=policy(week, ban=H), a_licence=policy(week, licence=DESK))
    assert landed(one) == landed(two) == landed(world(ban=policy(week, ban=H)))


def test_a_lift_gives_way_to_a_licence_of_the_same_day():
    ban = policy(0, ban=H)
    one = world(ban=ban, a_lift=policy(10, lift=H), desk=policy(10, licence=DESK))
    two = world(ban=ban, z_lift=policy(10, lift=H), desk=policy(10, licence=DESK))
    assert len(of(tell(one, Streams(1, 0)), f.LicenceApplied)) > 10
    assert landed(one) == landed(two)


def test_the_order_of_a_day_is_that_of_the_actions_then_of_the_names():
    parts = dict(
        ban=H,
        lift=H,
        licence=DESK,
        memory_control=MemoryControl(leak=0.0),
        mandate=Mandate(segments=[], compliance=1.0),
    )
    rules = {f"{letter}-{action}": policy(1, **{action: part}) for letter in "ba" for action, part in parts.items()}
    early = {"z": policy(0, ban=H)}
    assert [name for name, _ in in_order({**rules, **early})] == [
        "z",
        *(f"{letter}-{action}" for action in ACTIONS if action in parts for letter in "ab"),
    ]


def test_a_rule_ends_when_others_decide_on_all_that_it_reached():
    both = Reach(threshold=0.1)
    scenario = world(
        a=policy(1, ban=both),
        b=policy(2, licence=DESK),
        c=policy(3, lift=Reach(product="g")),
        d=policy(4, lift=H),
        e=policy(5, ban=H),
        given_up=dataclasses.replace(policy(6, lift=both), withdrawn=day(5)),
        m=policy(1, memory_control=MemoryControl(leak=1.0)),
        n=policy(2, equipment_control=EquipmentControl(growth=0.1)),
        o=policy(3, enforcement=Enforcement(interception=0.1)),
        p=policy(7, enforcement=Enforcement(interception=0.2)),
    )
    assert ends(scenario) == {"a": day(3), "b": day(4), "d": day(5), "o": day(7)}


def test_another_rule_of_the_same_kind_ends_none_but_a_licence():
    """What is banned or free stays so; of two desks only one takes orders."""
    more = Reach(threshold=0.1)
    assert ends(world(a=policy(1, ban=H), b=policy(2, ban=more))) == {}
    assert ends(world(a=policy(1, ban=more), b=policy(2, lift=H), c=policy(3, lift=more))) == {"a": day(3)}
    assert ends(world(a=policy(1, licence=DESK), b=policy(2, licence=DESK))) == {"a": day(2)}


def test_a_lift_of_a_licence_stays_without_bans():
    scenario = world(ban=policy(1, ban=H), desk=policy(2, licence=DESK), lift=policy(3, lift=H))
    assert list(RELIEFS["import_control"].override(scenario).policies) == ["desk", "lift"]
    only_bans = changed(scenario, policies={name: scenario.policies[name] for name in ("ban", "lift")})
    assert RELIEFS["import_control"].override(only_bans).policies == {}
