"""Which rule decides: the same answer for the model, the checks, the relaxations and the pictures."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from worlds import changed, foreign, of, policy, segment, small, tell

from sim.model import facts as f
from sim.model.streams import Streams
from sim.scenario.parts import Policy, Scenario
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.enforcement import Enforcement
from sim.scenario.policies.equipment_control import EquipmentControl
from sim.scenario.policies.licence import Licence
from sim.scenario.policies.lift import Lift
from sim.scenario.policies.mandate import Mandate
from sim.scenario.policies.memory_control import MemoryControl
from sim.scenario.precedence import ends, in_order
from sim.studies.relax import RELAXATIONS

BAN, LIFT = Ban(product="h"), Lift(product="h")
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
    return policy(week, BAN).effective


@pytest.mark.parametrize("week", [-10, 0, 10])
def test_of_a_ban_and_a_licence_on_one_day_the_ban_decides_whatever_their_names(week):
    one = world(a_ban=policy(week, BAN), z_licence=policy(week, DESK))
    two = world(z_ban=policy(week, BAN), a_licence=policy(week, DESK))
    assert landed(one) == landed(two) == landed(world(ban=policy(week, BAN)))


def test_a_lift_gives_way_to_a_licence_of_the_same_day():
    ban = policy(0, BAN)
    one = world(ban=ban, a_lift=policy(10, LIFT), desk=policy(10, DESK))
    two = world(ban=ban, z_lift=policy(10, LIFT), desk=policy(10, DESK))
    assert len(of(tell(one, Streams(1, 0)), f.LicenceApplied)) > 10
    assert landed(one) == landed(two)


def test_on_one_day_others_act_by_name_then_lifts_then_licences_then_bans():
    actions = [BAN, LIFT, DESK, MemoryControl(leak=0.0), Mandate(segments=[], compliance=1.0)]
    rules = {f"{letter}-{action.key}": policy(1, action) for letter in "ba" for action in actions}
    assert [name for name, _ in in_order({**rules, "z": policy(0, BAN)})] == [
        "z",
        *("a-mandate", "a-memory_control", "b-mandate", "b-memory_control"),
        *("a-lift", "b-lift", "a-licence", "b-licence", "a-ban", "b-ban"),
    ]


def test_a_rule_ends_when_others_decide_on_all_that_it_reached():
    scenario = world(
        a=policy(1, Ban(threshold=0.1)),
        b=policy(2, DESK),
        c=policy(3, Lift(product="g")),
        d=policy(4, LIFT),
        e=policy(5, BAN),
        given_up=dataclasses.replace(policy(6, Lift(threshold=0.1)), withdrawn=day(5)),
        m=policy(1, MemoryControl(leak=1.0)),
        n=policy(2, EquipmentControl(growth=0.1)),
        o=policy(3, Enforcement(interception=0.1)),
        p=policy(7, Enforcement(interception=0.2)),
    )
    assert ends(scenario) == {"a": day(3), "b": day(4), "d": day(5), "o": day(7)}


def test_another_rule_of_the_same_kind_ends_none_but_a_licence():
    """What is banned or free stays so; of two desks only one takes orders."""
    more = Ban(threshold=0.1)
    assert ends(world(a=policy(1, BAN), b=policy(2, more))) == {}
    assert ends(world(a=policy(1, more), b=policy(2, LIFT), c=policy(3, Lift(threshold=0.1)))) == {"a": day(3)}
    assert ends(world(a=policy(1, DESK), b=policy(2, DESK))) == {"a": day(2)}


def test_a_lift_of_a_licence_stays_without_bans():
    scenario = world(ban=policy(1, BAN), desk=policy(2, DESK), lift=policy(3, LIFT))
    assert list(RELAXATIONS["import_control"].override(scenario).policies) == ["desk", "lift"]
    only_bans = changed(scenario, policies={name: scenario.policies[name] for name in ("ban", "lift")})
    assert RELAXATIONS["import_control"].override(only_bans).policies == {}
