"""The licence desk: stories of single applications, and the desk alone against Erlang's formula."""

import math
import random
from statistics import mean, stdev
from typing import Any

import pytest
import simpy
from worlds import Luck, changed, foreign, of, of_week, outcomes_of, policy, segment, small, tell, transcript

from sim.base.statistics import t_quantile
from sim.model import facts as f
from sim.model.facts import Fact
from sim.model.licence import LicenceDesk
from sim.model.setting import Setting
from sim.model.streams import Streams
from sim.outcomes.keys import Key
from sim.scenario.parts import Scenario
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.licence import Licence
from sim.scenario.rules import notes


def exponential(*multiples: float) -> list[float]:
    """Numbers that give an exponential of such multiples of its mean."""
    return [-math.expm1(-multiple) for multiple in multiples]


MEAN = exponential(*[1.0] * 200)  # every review takes the mean work time


def desk(**terms: Any) -> Licence:
    """One officer, 3 weeks of work on an application, every one approved."""
    return Licence(**{**dict(product="gpu", officers=1.0, work_time=3.0, approval=1.0), **terms})


def licensed(since: float = 0, **terms: Any) -> Scenario:
    """Projects that wait for foreign chips for ever, and a desk through which all orders of them go."""
    return small(
        demand={"cloud": segment(porting_wait=500.0, patience=1000.0)},
        imports={"gpu": foreign(available=of_week(1))},
        policies={"rule": policy(since, desk(**terms))},
    )


def luck(arrivals: list[float], **work: list[float]) -> Luck:
    """Every review takes the mean, or what is written down for a product, by week of application."""
    numbers = {f"policies.rule.licence.work_time/{p}": MEAN for p in ("gpu", "a", "b", "c")}
    numbers |= {f"policies.rule.licence.work_time/{product}": values for product, values in work.items()}
    return Luck({"cloud": arrivals}, numbers)


def applications(facts: list[Fact], kind: type) -> list[tuple[float, str, float]]:
    return [(round(fact.time, 6), fact.product, fact.chips) for fact in of(facts, kind)]


def test_an_application_is_worked_on_approved_ordered_shipped_and_landed() -> None:
    facts = tell(licensed(), luck([1.5]))
    assert transcript(facts, "gpu") == [
        (4.0, "LicenceApplied"),
        (7.0, "LicenceApproved"),
        (7.0, "OrderPlaced"),
        (13.0, "OrderShipped"),
        (15.0, "OrderLanded"),
        (15.0, "Delivered"),
    ]
    assert {
        fact.chips for kind in (f.LicenceApplied, f.LicenceApproved, f.OrderPlaced) for fact in of(facts, kind)
    } == {100.0}


def test_the_work_time_is_the_applications_own() -> None:
    facts = tell(licensed(), luck([1.5], gpu=exponential(1, 1, 1, 1, 5)))
    assert applications(facts, f.LicenceApproved) == [(4.0 + 5 * 3.0, "gpu", 100.0)]


def test_a_refused_application_is_made_again_at_the_next_date() -> None:
    refused_once = luck([1.5])
    refused_once["policies.rule.licence.approval/gpu"].uniforms(0)[:] = [0.5, 0.5, 0.5, 0.5, 0.7]
    assert transcript(tell(licensed(approval=0.6), refused_once), "gpu")[:5] == [
        (4.0, "LicenceApplied"),
        (7.0, "LicenceRefused"),
        (8.0, "LicenceApplied"),
        (11.0, "LicenceApproved"),
        (11.0, "OrderPlaced"),
    ]


def test_under_a_certain_denial_nothing_is_ever_ordered() -> None:
    facts = tell(licensed(approval=0.0), luck([1.5]))
    assert [fact.time for fact in of(facts, f.LicenceApplied)] == list(range(4, 105, 4))
    assert [round(fact.time, 6) for fact in of(facts, f.LicenceRefused)] == list(range(7, 104, 4))
    assert not of(facts, f.OrderPlaced)


def test_a_product_is_applied_for_every_four_weeks_at_most() -> None:
    facts = tell(licensed(), luck([1.5, 4.5, 5.5, 8.5]))
    assert applications(facts, f.LicenceApplied) == [(4.0, "gpu", 100.0), (8.0, "gpu", 200.0), (12.0, "gpu", 100.0)]


def test_before_the_rule_acts_orders_need_no_licence_and_after_it_they_wait_for_the_next_date() -> None:
    facts = tell(licensed(since=5), luck([1.5, 4.5]))
    assert applications(facts, f.OrderPlaced)[0] == (2.0, "gpu", 100.0)
    assert applications(facts, f.LicenceApplied) == [(8.0, "gpu", 100.0)]


def test_what_was_ordered_before_the_rule_ships() -> None:
    facts = tell(licensed(since=5), luck([1.5]))
    assert transcript(facts, "gpu") == [
        (2.0, "OrderPlaced"),
        (8.0, "OrderShipped"),
        (10.0, "OrderLanded"),
        (10.0, "Delivered"),
    ]


def test_an_application_stands_for_four_weeks_of_the_cap() -> None:
    facts = tell(changed(licensed(), imports__gpu__cap=10.0), luck([1.5]))
    assert applications(facts, f.LicenceApplied)[:2] == [(4.0, "gpu", 40.0), (8.0, "gpu", 40.0)]


def test_two_officers_work_side_by_side() -> None:
    facts = tell(two_products(officers=2.0), luck([1.5], b=exponential(1, 1, 1, 1, 2)))
    assert applications(facts, f.LicenceApplied) == [(4.0, "a", 40.0), (4.0, "b", 60.0)]
    assert applications(facts, f.LicenceApproved) == [(7.0, "a", 40.0), (10.0, "b", 60.0)]


def test_at_one_officer_the_second_application_queues() -> None:
    facts = tell(two_products(officers=1.0), luck([1.5], b=exponential(1, 1, 1, 1, 2)))
    assert applications(facts, f.LicenceApproved) == [(7.0, "a", 40.0), (13.0, "b", 60.0)]


def test_the_queue_of_a_desk_that_does_not_keep_up_grows_and_is_no_error() -> None:
    """An application every 4 weeks, 10 weeks of work on each: the load is 2.5."""
    world = changed(licensed(work_time=10.0), imports__gpu__cap=10.0, demand__cloud__size=1e6)
    facts = tell(world, luck([1.5]))
    assert len(of(facts, f.LicenceApplied)) == 26
    assert [round(fact.time - fact.slot, 6) for fact in of(facts, f.LicenceApproved)] == [10 + 6 * n for n in range(10)]
    assert any("its load is 2.50" in note for note in notes(world))


def test_the_quota_cuts_what_is_approved_and_is_renewed_each_quarter() -> None:
    """A quarter is 13.04 weeks: two applications fall into the first, four into the next."""
    approved = of(tell(licensed(quota=30.0), luck([1.5])), f.LicenceApproved)
    assert [(round(fact.time, 6), fact.chips, fact.left) for fact in approved[:7]] == [
        (7.0, 30.0, 70.0),
        (11.0, 0.0, 70.0),
        (15.0, 30.0, 40.0),
        (19.0, 0.0, 40.0),
        (23.0, 0.0, 40.0),
        (27.0, 30.0, 10.0),
        (31.0, 0.0, 10.0),
    ]


def test_the_quota_is_the_desks_and_not_each_products() -> None:
    facts = tell(two_products(officers=2.0, quota=50.0), luck([1.5], b=exponential(1, 1, 1, 1, 1.2)))
    assert applications(facts, f.LicenceApproved)[:2] == [(7.0, "a", 40.0), (7.6, "b", 10.0)]


def test_a_ban_refuses_what_is_in_review() -> None:
    world = licensed()
    ban = policy(6, Ban(product="gpu"))
    facts = tell(changed(world, policies={**world.policies, "block": ban}), luck([1.5]))
    assert transcript(facts, "gpu") == [(4.0, "LicenceApplied"), (6.0, "LicenceRefused")]


def test_a_ban_refuses_what_was_approved_and_has_not_shipped() -> None:
    world = licensed()
    ban = policy(9, Ban(product="gpu"))
    facts = tell(changed(world, policies={**world.policies, "block": ban}), luck([1.5]))
    assert transcript(facts, "gpu") == [
        (4.0, "LicenceApplied"),
        (7.0, "LicenceApproved"),
        (7.0, "OrderPlaced"),
        (9.0, "OrderRefused"),
    ]


def test_officers_do_not_work_on_what_a_ban_has_refused_in_the_queue() -> None:
    world = two_products(officers=1.0)
    world = changed(
        world,
        imports={**world.imports, "b": foreign(price=11.0, cap=10.0), "c": foreign(price=12.0)},
        policies={**world.policies, "block": policy(6, Ban(product="b"))},
    )
    facts = tell(world, luck([1.5]))
    assert applications(facts, f.LicenceApplied)[:3] == [(4.0, "a", 40.0), (4.0, "b", 40.0), (4.0, "c", 20.0)]
    assert applications(facts, f.LicenceRefused) == [(6.0, "b", 40.0)]
    assert applications(facts, f.LicenceApproved)[:2] == [(7.0, "a", 40.0), (10.0, "c", 20.0)]


def test_a_withdrawn_licence_rule_leaves_orders_alone() -> None:
    world = changed(licensed(since=5), policies__rule__withdrawn=of_week(4))
    facts = tell(world, luck([1.5, 5.5]))
    assert [order.time for order in of(facts, f.OrderPlaced)] == [2.0, 6.0]
    assert not of(facts, f.LicenceApplied)


def test_applications_refusals_and_weeks_in_review_are_counted() -> None:
    refused_once = luck([1.5], gpu=exponential(1, 1, 1, 1, 1, 1, 1, 1, 2))
    refused_once["policies.rule.licence.approval/gpu"].uniforms(0)[:] = [0.5, 0.5, 0.5, 0.5, 0.7]
    world = licensed(approval=0.6)
    values = outcomes_of(tell(world, refused_once), world)
    assert values[Key("applications")] == 2
    assert values[Key("refusals")] == 1
    assert values[Key("review_weeks")] == pytest.approx((3.0 + 6.0) / 2)


def two_products(**terms: Any) -> Scenario:
    """The cheaper product's cap leaves 60 of 100 A100e to the dearer one."""
    world = licensed(product=None, threshold=0.5, **terms)
    return changed(
        world,
        imports={
            "a": foreign(price=10.0, cap=10.0, available=of_week(1)),
            "b": foreign(price=11.0, available=of_week(1)),
        },
    )


# --- Known answer: the desk alone is a queue M/M/c ---


def erlang_c_wait(arrivals: float, work_time: float, officers: int) -> float:
    """Mean wait for an officer: C / (c / work time - arrivals), C the chance that all c are busy."""
    load = arrivals * work_time
    all_busy = load**officers / math.factorial(officers) * officers / (officers - load)
    some_free = sum(load**k / math.factorial(k) for k in range(officers))
    return all_busy / (some_free + all_busy) / (officers / work_time - arrivals)


def mean_wait(officers: int, work_time: float, arrivals: float, replication: int, settle: int, counted: int) -> float:
    """Mean wait of applications that come at random, after some that let the queue settle."""
    env = simpy.Environment()
    streams = Streams(11, replication)
    facts: list[Fact] = []
    setting = Setting(env, small().window, streams, facts.append)
    terms = desk(officers=float(officers), work_time=work_time)
    alone = LicenceDesk("rule", terms, setting, lambda *_: None)
    chance = random.Random(f"arrivals {replication}")

    def come():  # type: ignore[no-untyped-def]
        for number in range(settle + counted):
            yield env.timeout(chance.expovariate(arrivals))
            alone.apply("gpu", number, 1.0)

    env.process(come())
    env.run()
    applied = {fact.slot: fact.time for fact in of(facts, f.LicenceApplied)}
    work = streams["policies.rule.licence.work_time/gpu"]
    approved = of(facts, f.LicenceApproved)
    assert len(approved) == settle + counted
    return mean(
        fact.time - applied[fact.slot] - work.exponential(fact.slot, work_time)
        for fact in approved
        if fact.slot >= settle
    )


def test_erlangs_formula_where_it_has_a_short_form() -> None:
    """One officer: rho / (1 - rho) work times. Two: rho^2 / (1 - rho^2)."""
    assert erlang_c_wait(0.1, 6.0, 1) == pytest.approx(6.0 * 0.6 / 0.4)
    assert erlang_c_wait(0.2, 6.0, 2) == pytest.approx(6.0 * 0.36 / 0.64)


@pytest.mark.parametrize(("officers", "replications"), [(1, 60), (2, 70), (3, 90)])
def test_applications_wait_as_erlangs_formula_says(officers: int, replications: int) -> None:
    work_time, load = 6.0, 0.6
    arrivals = load * officers / work_time
    waits = [mean_wait(officers, work_time, arrivals, replication, 200, 2300) for replication in range(replications)]
    half = t_quantile(0.95, len(waits) - 1) * stdev(waits) / math.sqrt(len(waits))
    expected = erlang_c_wait(arrivals, work_time, officers)
    assert half / expected < 0.05, "a wide interval would cover anything"
    assert abs(mean(waits) - expected) < half
