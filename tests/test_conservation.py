"""Conservation at every instant: after each fact the ledger's balances are what the world itself holds."""

from collections import defaultdict
from math import isclose

import pytest
from hypothesis import given
from random_worlds import Settings, Tried, some, worlds
from worlds import baseline, changed

from sim.model import World
from sim.model import facts as f
from sim.model.streams import Streams
from sim.outcomes.ledger import POSTINGS, postings
from sim.scenario.load import load
from sim.scenario.parts import Scenario

SILENT = {
    f.ProjectOrdered,
    f.ProjectMandated,
    f.CustomerLeft,
    f.PortingStarted,
    f.PortingFinished,
    f.ProjectServed,
    f.WafersAsked,
    f.PolicyAnnounced,
    f.PolicyWithdrawn,
    f.PolicyEffective,
    f.WhatBinds,
}


def holdings(world: World) -> dict[tuple[str, str], float]:
    """What is in the world now, counted from its state and not from its facts."""
    held: dict[tuple[str, str], float] = defaultdict(float)
    held["compute waiting", ""] = sum(p.unmet for buyers in world.demand.buyers for p in buyers.projects)
    held["stacks in stock", ""] = world.memory.stacks
    for product in world.market.chips:
        held["chips in stock", product] = world.market.stock[product]
    for designer in world.foundry.designers:
        for product in designer.designs:
            held["wafers in progress", product] = designer.wafers[product]
            held["dies in stock", product] = designer.dies[product]
            held["chips in assembly", product] = designer.in_assembly[product]
    for product, orders in world.importer.on_order.items():
        held["chips on order", product] = sum(orders.values())
        held["chips in transit", product] = world.importer.in_transit[product]
    for desk in world.importer.desks:
        for (product, _), chips in desk.in_review.items():
            held["chips in review", product] += chips
    if world.grey:
        held["chips in transit", "grey"] = world.grey.in_transit
    return held


def check_every_fact(scenario: Scenario, seed: int, replication: int) -> int:
    """Run, comparing both counts after each fact; returns how many facts were checked."""
    balances: dict[tuple[str, str], float] = defaultdict(float)
    flows: dict[str, float] = defaultdict(float)
    checked, opened = 0, False

    def check(fact: f.Fact) -> None:
        nonlocal checked, opened
        for account, product, amount in postings(fact):
            balances[account, product] += amount
            flows[account] += abs(amount)
        if isinstance(fact, f.OpeningBalance):
            opened = True
            return  # the opening is stated account by account
        checked += 1
        held = holdings(world)
        for key in held | balances if opened else [("compute waiting", "")]:
            exact = 1e-9 * flows[key[0]] + 1e-12
            assert isclose(balances[key], held[key], rel_tol=1e-9, abs_tol=exact), (key, fact)
            assert balances[key] >= -exact, (key, fact)

    world = World(scenario, Streams(seed, replication), check)
    world.run()
    return checked


def few(scenario: Scenario) -> Scenario:
    """A tenth of the projects, ten times as large, so that checking each fact stays quick."""
    for name, terms in scenario.demand.items():
        fewer = changed(terms, projects=terms.projects / 10, size=terms.size * 10)
        scenario = changed(scenario, demand={**scenario.demand, name: fewer})
    return scenario


@pytest.mark.parametrize("name", ["baseline", "licence-queue", "import-refusal", "early-embargo", "no-stockpile"])
def test_what_comes_in_is_what_goes_out_and_what_is_there(name: str) -> None:
    assert check_every_fact(few(load(name).scenario), 3, 1) > 3000


@pytest.mark.parametrize(
    "changes",
    [
        {"memory__stock": 0.0, "memory__foreign": {"maker": 500.0}},
        {"foundry__yield_start": 0.001},
        {"assembly__time": 0.0, "vendor__transit": 0.0},
        {"designs": {}, "anchors": {}},
        {"imports": {}, "policies": {}, "lead_in": 0.0},
        {"software__stacks": {"CANN": 0.0, "Neuware": 1.0, "DTK": 0.0}},
    ],
    ids=["little memory", "little yield", "no delays", "no designs", "no imports and no lead-in", "one stack"],
)
def test_nothing_is_lost_where_a_part_is_missing(changes: dict[str, object]) -> None:
    three_years = changed(few(baseline()), window__end=baseline().window.start.replace(year=2026))
    assert check_every_fact(changed(three_years, **changes), 3, 1) > 300


def test_nothing_is_lost_in_random_worlds() -> None:
    tried = Tried()

    @some(15)
    @given(worlds())
    def check(settings: Settings) -> None:
        assert check_every_fact(tried.load(settings), 1, 1) > 0

    check()
    tried.assert_few_discarded()


def test_every_kind_of_fact_posts_or_is_known_to_move_nothing() -> None:
    kinds = {kind for kind in vars(f).values() if isinstance(kind, type) and "time" in getattr(kind, "_fields", ())}
    assert kinds == POSTINGS.keys() | SILENT
    assert not POSTINGS.keys() & SILENT


def test_facts_come_in_the_order_of_time() -> None:
    times: list[float] = []
    World(baseline(), Streams(3, 1), lambda fact: times.append(fact.time)).run()
    assert times == sorted(times)
    assert -baseline().lead_in < times[0] < 0.0
    assert times[-1] < baseline().window.weeks
