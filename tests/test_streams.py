"""Common random numbers: everyone keeps their own luck, whatever else is in the world."""

import datetime
from collections import Counter, defaultdict
from typing import Any

import pytest
from worlds import baseline, changed, design, foreign, segment, small

from sim.experiment.replication import record, replicate
from sim.model import World
from sim.model import facts as f
from sim.model.streams import Stream, Streams
from sim.outcomes.ledger import Ledger
from sim.scenario.parts import Policy, Scenario
from sim.scenario.policies.mandate import Mandate


def facts_of(scenario: Scenario, kind: type) -> list[Any]:
    return record(scenario, 5, 2).of(kind)


def cloud_arrivals(scenario: Scenario) -> list[Any]:
    """Those of the window."""
    return [
        fact for fact in facts_of(scenario, f.ProjectArrived) if fact.project.startswith("cloud-") and fact.time >= 0
    ]


def test_a_longer_stream_begins_with_the_shorter_one() -> None:
    assert Stream("x").uniforms(1000)[:10] == Stream("x").uniforms(10)
    assert Stream("x").uniform(700) == Stream("x").uniforms(1000)[700]
    assert Stream("x").lognormal(7, 2.0, 0.5) == Stream("x").lognormals(9, 2.0, 0.5)[7]


def test_streams_of_other_names_seeds_and_replications_differ() -> None:
    numbers = {
        tuple(Streams(seed, replication)[name].uniforms(3))
        for seed in (1, 2)
        for replication in (1, 2)
        for name in ("demand.cloud.size", "demand.state.size")
    }
    assert len(numbers) == 8


def test_a_stream_asked_for_again_does_not_start_again() -> None:
    streams = Streams(1, 1)
    first = streams["foundry.lot"].uniforms(5)
    assert streams["foundry.lot"] is streams["foundry.lot"]
    assert streams["foundry.lot"].uniforms(6)[:5] == first[:5]


def test_uniforms_lie_strictly_inside_the_unit_interval() -> None:
    numbers = Stream("inside").uniforms(100_000)
    assert 0 < min(numbers) < 1e-4
    assert 1 - 1e-4 < max(numbers) < 1


def test_a_scenario_that_changes_nothing_is_bit_identical() -> None:
    scenario = baseline()
    assert record(scenario, 5, 2).facts == record(changed(scenario, title="Another", name="other"), 5, 2).facts


def spans(ledger: Ledger, start: type, end: type) -> dict[tuple[str, str, float], object]:
    """Weeks from start to end and what came out, by product and week of the start; both are known by their amount, which
    is no other's."""
    ends = {fact[1:3]: fact for fact in ledger.of(end)}
    return {
        (start.__name__, fact[1], fact[0]): [round(last[0] - fact[0], 6), *(round(x / last[2], 6) for x in last[3:])]
        for fact in ledger.of(start)
        if (last := ends.get(fact[1:3]))
    }


def luck_of(scenario: Scenario) -> dict[tuple[str, str, float], object]:
    """What chance has done, by whom it has done it to: projects by name, lots and shipments by week."""
    ledger = record(scenario, 5, 2)
    luck: dict[tuple[str, str, float], object] = {}
    waited: dict[str, float] = defaultdict(float)  # weeks, but for those of porting
    for kind, sign in ((f.ProjectArrived, -1), (f.PortingStarted, 1), (f.PortingFinished, -1), (f.ProjectCancelled, 1)):
        for fact in ledger.of(kind):
            waited[fact.project] += sign * fact.time
    for fact in ledger.of(f.ProjectCancelled):
        luck["patience", fact.project, 0.0] = round(waited[fact.project], 6)
    for fact in ledger.of(f.ProjectArrived):
        luck["project", fact.project, 0.0] = (round(fact.time, 6), fact.need, fact.insists, fact.stack)
    for kind in (f.GreyIntercepted, f.GreyLanded):
        luck |= {("grey", "", fact.time): kind for fact in ledger.of(kind)}
    return luck | spans(ledger, f.LotStarted, f.LotFinished)


AFTER = datetime.date(2029, 1, 1)
MORE: dict[str, dict[str, Any]] = {
    "a segment": {"demand": {"military": segment(size=9e3), **baseline().demand}},
    "a project": {"projects": {"wuhu": changed(baseline().projects["datong"], arrives=datetime.date(2023, 3, 1))}},
    "a product": {"imports": {"b30": foreign(cap=100.0), **baseline().imports}},
    "a design that is not on sale": {
        "designs": {"new": design(supplier="Huawei", available=AFTER), **baseline().designs}
    },
    "a longer lead-in": {"lead_in": 26.5},
    "a policy": {
        "policies": {
            "early": Policy.of(Mandate(segments=["cloud"], compliance=0.5), effective=datetime.date(2023, 2, 1)),
            **baseline().policies,
        }
    },
}


@pytest.mark.parametrize("more", MORE)
def test_what_is_added_changes_nobodys_luck(more: str) -> None:
    steady = changed(baseline(), foundry__yield_half=1e12)  # good dies a wafer tell the lot's own factor
    base, other = luck_of(steady), luck_of(changed(steady, **MORE[more]))
    shared = base.keys() & other.keys()
    assert {key: other[key] for key in shared} == {key: base[key] for key in shared}
    many = Counter(kind for kind, *_ in shared)
    assert min(many[kind] for kind in ("patience", "project", "LotStarted", "grey")) > 40, many


def test_an_order_has_the_lead_time_of_its_week_however_large_it_is() -> None:
    cloud = segment(size_cv=1.0, porting_wait=500.0, patience=1000.0)
    world = small(demand={"cloud": cloud}, imports={"gpu": foreign()}, vendor__lead_time_cv=0.5)
    more = changed(world, demand={"state": cloud, **world.demand})
    base, other = (spans(record(scenario, 5, 2), f.OrderPlaced, f.OrderShipped) for scenario in (world, more))
    shared = base.keys() & other.keys()
    assert len(shared) > 40
    assert {key: other[key] for key in shared} == {key: base[key] for key in shared}
    assert len(set(map(str, base.values()))) > 40


def test_a_policy_that_touches_nobody_changes_nothing_but_its_own_fact() -> None:
    scenario = baseline()
    nobody = Policy.of(Mandate(segments=["state"], compliance=0.0), effective=datetime.date(2024, 5, 5))
    more = record(changed(scenario, policies={**scenario.policies, "empty": nobody}), 5, 2).facts
    assert [fact for fact in more if getattr(fact, "policy", "") != "empty"] == record(scenario, 5, 2).facts


def test_a_bans_effect_starts_with_the_ban() -> None:
    scenario = baseline()
    without = changed(scenario, policies={k: v for k, v in scenario.policies.items() if k != "h20-block"})
    ban = scenario.window.week(scenario.policies["h20-block"].effective)
    before = [[fact for fact in record(s, 5, 2).facts if fact.time < ban - 1e-9] for s in (scenario, without)]
    assert before[0] == before[1]
    assert record(scenario, 5, 2).facts != record(without, 5, 2).facts


def test_faster_arrivals_bring_the_same_projects_sooner() -> None:
    scenario = changed(baseline(), efficiency=None, anchors={})  # which act from a date on
    slow = cloud_arrivals(scenario)
    fast = cloud_arrivals(changed(scenario, demand__cloud__projects=2 * scenario.demand["cloud"].projects))
    assert len(fast) > 1.5 * len(slow)
    for before, after in zip(slow, fast, strict=False):
        assert after.time < before.time
        assert (after.project, after.need, after.insists, after.stack) == (
            before.project,
            before.need,
            before.insists,
            before.stack,
        )


def test_a_larger_mean_size_scales_every_project_alike() -> None:
    scenario = baseline()
    small = cloud_arrivals(scenario)
    large = cloud_arrivals(changed(scenario, demand__cloud__size=3 * scenario.demand["cloud"].size))
    ratios = {round(after.need / before.need, 9) for before, after in zip(small, large, strict=True)}
    assert ratios == {3.0}


def test_who_complies_at_a_low_share_complies_at_a_higher_one() -> None:
    scenario = baseline()

    def bound(compliance):
        world = changed(scenario, **{"policies__domestic-only__actions__mandate__compliance": compliance})
        arrived = {x.project for x in facts_of(world, f.ProjectArrived) if x.time > 155}
        return {x.project for x in facts_of(world, f.ProjectMandated)} & arrived

    few, many = bound(0.3), bound(0.8)
    assert 0 < len(few) < len(many)
    assert few < many


def test_a_silent_and_a_recording_run_end_in_the_same_state() -> None:
    def end(record):
        world = World(baseline(), Streams(5, 2), record).run()
        waiting = {stack: [p.name for p in book.queue] for stack, book in world.market.books.items()}
        dies = [designer.dies for designer in world.foundry.designers]
        return waiting, dies, world.market.stock, world.memory.stacks, world.foundry.finished, world.software.ports

    heard: list[f.Fact] = []
    assert end(lambda fact: None) == end(heard.append)
    assert len(heard) > 1000


def test_a_replication_depends_on_its_number_only_not_on_what_ran_before() -> None:
    alone = replicate(baseline(), 9, 3)
    for number in (0, 1, 2):
        replicate(baseline(), 9, number)
    assert replicate(baseline(), 9, 3) == alone
    assert replicate(baseline(), 9, 4) != alone
