"""Conservation at every instant: after each fact the ledger's balances are what the world itself holds."""

from collections import defaultdict

import pytest
from worlds import baseline, changed

from sim.model import World
from sim.model import facts as f
from sim.model.streams import Streams
from sim.outcomes.ledger import POSTINGS, postings
from sim.scenario.parts import Scenario

SILENT = {
    f.ProjectMandated,
    f.CustomerLeft,
    f.PortingStarted,
    f.PortingFinished,
    f.ProjectServed,
    f.PolicyAnnounced,
    f.PolicyWithdrawn,
    f.PolicyEffective,
    f.WhatBinds,
}


def holdings(world: World) -> dict[tuple[str, str], float]:
    """What is in the world now, counted from its state and not from its facts."""
    held = {
        ("compute waiting", ""): sum(project.unmet for project in world.market.waiting.values()),
        ("stacks in stock", ""): world.memory.stacks,
    }
    for product in world.market.chips:
        held["chips in stock", product] = world.market.stock[product]
    for product, orders in world.importer.on_order.items():
        held["chips on order", product] = sum(orders.values())
        held["chips in transit", product] = world.importer.in_transit[product]
    for desk in world.importer.desks:
        for (product, _), chips in desk.in_review.items():
            held["chips in review", product] = held.get(("chips in review", product), 0.0) + chips
    if world.grey:
        held["chips in transit", "grey"] = world.grey.in_transit
    return held


def totals(world: World) -> dict[str, float]:
    return {
        "dies in stock": sum(dies for _, dies in world.memory.dies),
        "wafers in progress": world.fab.in_progress,
        "chips in assembly": world.memory.in_assembly,
    }


def check_every_fact(scenario: Scenario, seed: int, replication: int) -> int:
    """Run, comparing both counts after each fact; returns how many facts were checked."""
    balances: dict[tuple[str, str], float] = defaultdict(float)
    flows: dict[str, float] = defaultdict(float)
    checked = 0

    def check(fact: f.Fact) -> None:
        nonlocal checked
        checked += 1
        for account, product, amount in postings(fact):
            balances[account, product] += amount
            flows[account] += abs(amount)
        if fact.time == 0.0 and isinstance(fact, f.OpeningBalance):
            return  # the opening is stated account by account
        for key, held in holdings(world).items():
            assert balances[key] == pytest.approx(held, rel=1e-9, abs=1e-9 * flows[key[0]] + 1e-12), (key, fact)
        for account, held in totals(world).items():
            balance = sum(amount for (name, _), amount in balances.items() if name == account)
            assert balance == pytest.approx(held, rel=1e-9, abs=1e-9 * flows[account] + 1e-12), (account, fact)
        assert min(balances.values()) >= -1e-9 * max(flows.values()), fact

    world = World(scenario, Streams(seed, replication), check)
    world.run()
    return checked


def short(**changes: object) -> Scenario:
    """The baseline cut to three years and a tenth of the projects, so that checking each fact stays quick."""
    scenario = changed(baseline(), window__end=baseline().window.start.replace(year=2026))
    for name in scenario.demand:
        scenario = changed(
            scenario,
            **{
                f"demand__{name}__projects": scenario.demand[name].projects / 10,
                f"demand__{name}__size": scenario.demand[name].size * 10,
            },
        )
    return changed(scenario, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"memory__stock": 0.0, "memory__foreign": {"maker": 500.0}},
        {"foundry__yield_start": 0.0},
        {"assembly__time": 0.0, "vendor__transit": 0.0},
        {"designs": {}, "anchors": {}},
        {"imports": {}, "policies": {}},
        {"software__stacks": {"CANN": 0.0, "Neuware": 1.0, "DTK": 0.0}},
    ],
    ids=["baseline", "little memory", "no yield", "no delays", "no designs", "no imports", "one stack"],
)
def test_what_comes_in_is_what_goes_out_and_what_is_there(changes: dict[str, object]) -> None:
    assert check_every_fact(short(**changes), 3, 1) > 300


def test_every_kind_of_fact_posts_or_is_known_to_move_nothing() -> None:
    kinds = set(f.Fact.__args__)
    assert kinds == POSTINGS.keys() | SILENT
    assert not POSTINGS.keys() & SILENT


def test_facts_come_in_the_order_of_time() -> None:
    times: list[float] = []
    World(baseline(), Streams(3, 1), lambda fact: times.append(fact.time)).run()
    assert times == sorted(times)
    assert times[0] == 0.0
    assert times[-1] < baseline().window.weeks
