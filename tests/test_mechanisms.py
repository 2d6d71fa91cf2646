"""Stories of the parts between an order and a chip in use: dated facts and amounts worked out by hand.

Weeks are counted from the window's start. The licence desk has stories of its own.
"""

import datetime
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from worlds import (
    Luck,
    baseline,
    changed,
    design,
    foreign,
    history_of,
    of,
    of_week,
    outcomes_of,
    policy,
    segment,
    small,
    tell,
    transcript,
)

from sim.base.units import WEEKS_A_YEAR
from sim.experiment.replication import record
from sim.model import facts as f
from sim.model.facts import Fact
from sim.model.streams import Streams
from sim.outcomes.cards import compute_outcomes
from sim.outcomes.constraints import CONSTRAINTS
from sim.outcomes.history import History
from sim.outcomes.installed import Installed
from sim.outcomes.keys import Key, Quarter
from sim.scenario.load import load
from sim.scenario.parts import Anchor, Design, Efficiency, Grey, MemoryMaker, NamedProject, Scenario, System
from sim.scenario.policies.action import Action
from sim.scenario.policies.anchor_exit import AnchorExit
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.enforcement import Enforcement
from sim.scenario.policies.equipment_control import EquipmentControl
from sim.scenario.policies.import_refusal import ImportRefusal
from sim.scenario.policies.licence import Licence
from sim.scenario.policies.lift import Lift
from sim.scenario.policies.mandate import Mandate
from sim.scenario.policies.memory_control import MemoryControl
from sim.scenario.policies.push import Push

# Of what comes on sale in week 1, nothing is on its way when the window starts.
LATER = of_week(1)
EVERY_WEEK = [week + 0.5 for week in range(200)]
GROWTH = 2 ** (1 / WEEKS_A_YEAR)  # a week's, of what doubles in a year


def patient(**changes: Any) -> Any:
    """Projects that wait to the end, on the stack that they came with."""
    return segment(**{**dict(porting_wait=500.0, patience=1000.0), **changes})


def domestic(**changes: Any) -> Any:
    """Projects on domestic stacks that wait to the end. One of 100 A100e orders 200 chips, which are two wafers."""
    return patient(cuda_share=0.0, **changes)


def nobody() -> Luck:
    return Luck({"cloud": []})


def orders(facts: list[Fact], product: str = "gpu") -> dict[float, float]:
    """Chips ordered, by week."""
    return {fact.time: round(fact.chips, 6) for fact in of(facts, f.OrderPlaced) if fact.product == product}


def lots(facts: list[Fact]) -> list[tuple[float, str, float]]:
    return [(lot.time, lot.product, round(lot.wafers, 6)) for lot in of(facts, f.LotStarted)]


# --- Designers and their foundry: orders pull wafers ---


def ascend(**changes: Any) -> Design:
    return design(**{"available": LATER, **changes})


def pulled(**changes: Any) -> Scenario:
    """Domestic projects, one design, and a line that can start all that is asked."""
    world = small(demand={"cloud": domestic()}, designs={"ascend": ascend()}, foundry__wafer_starts=1000.0)
    return changed(world, **changes)


def test_designers_ask_for_the_book_and_the_cover_less_what_is_on_its_way() -> None:
    """200 A100e a week joined the book in the year before the window. Every other die is good, so a wafer gives 50.

    Week 1: 200 on the book and 4 weeks of (51 x 200 + 200) / 52. Week 2: the same book, less intake, and 1000 on the
    way. Week 3: 400 on the book, 4 weeks of (49 x 200 + 400) / 52, less 1000.
    """
    world = pulled(foundry__cover=4.0, foundry__yield_start=0.5, foundry__yield_ceiling=0.5)
    facts = tell(world, Luck({"cloud": [0.5, 2.5]}))
    third = 400 + 4 * (49 * 200 + 400) / 52 - 1000
    assert lots(facts)[:2] == [(1.0, "ascend", 20.0), (3.0, "ascend", pytest.approx(third / 50, abs=1e-6))]


def test_dies_without_memory_chips_in_assembly_and_in_stock_are_on_the_way_too() -> None:
    """The first order's wafers become dies that find no memory until week 40; nothing more is ever started for it."""
    maker = MemoryMaker(available=of_week(40), rate=500.0, growth=0.0, ceiling=500.0)
    world = pulled(designs__ascend__stacks=1.0, memory__domestic={"maker": maker})
    facts = tell(world, Luck({"cloud": [0.5, 60.5]}))
    assert lots(facts) == [(1.0, "ascend", 2.0), (61.0, "ascend", 2.0)]
    idle = changed(world, demand__cloud__patience=20.0)
    assert lots(tell(idle, Luck({"cloud": [0.5, 60.5]}))) == [(1.0, "ascend", 2.0)], "who came first has given up"


def test_a_designer_starts_wafers_of_its_newest_design_only() -> None:
    """The next design has twice the performance and needs three dies: 200 A100e are 100 chips, 300 dies."""
    designs = {"next": ascend(available=of_week(3), performance=2.0, dies=3.0), "old": ascend()}
    facts = tell(pulled(designs=designs), Luck({"cloud": [0.5, 2.5]}))
    assert lots(facts) == [(1.0, "old", 2.0), (3.0, "next", 3.0)]


def two_designers(**changes: Any) -> Scenario:
    """State projects of 150 A100e run Huawei's stack, cloud projects of 50 A100e Hygon's: three wafers and one."""
    return small(
        demand={"state": domestic(size=150.0), "cloud": domestic(size=50.0)},
        designs={"ascend": ascend(supplier="Huawei"), "dcu": ascend(supplier="Hygon", software="DTK")},
        software__stacks={"CANN": 0.5, "DTK": 0.5},
        **changes,
    )


STACKS = {"software.stacks/state": [0.1] * 9, "software.stacks/cloud": [0.9] * 9}


def test_the_line_is_shared_in_proportion_to_what_is_asked_and_the_rest_stays_unused() -> None:
    facts = tell(two_designers(foundry__wafer_starts=3.0), Luck({"state": [0.5], "cloud": [0.5]}, STACKS))
    assert lots(facts) == [(1.0, "ascend", 2.25), (1.0, "dcu", 0.75), (2.0, "ascend", 0.75), (2.0, "dcu", 0.25)]
    assert [(week.wafers, week.rate) for week in of(facts, f.WafersAsked)[:4]] == [(0, 3), (4, 3), (1, 3), (0, 3)]


def growing(**changes: Any) -> Scenario:
    """A project for which the line of one wafer a week is full in weeks 1 and 2, and just enough in week 3."""
    return pulled(
        **{
            "demand__cloud__size": 150.0,
            "foundry__wafer_starts": 1.0,
            "foundry__growth": 1.0,
            "foundry__domestic_tools": 0.25,
            **changes,
        }
    )


def rates(world: Scenario) -> list[float]:
    return [week.rate for week in of(tell(world, Luck({"cloud": [0.5]})), f.WafersAsked)]


@pytest.mark.parametrize("delay", [0, 4])
def test_a_full_week_brings_a_weeks_growth_after_the_delay_and_no_other_week_does(delay: int) -> None:
    expected = [1.0] * (2 + delay) + [GROWTH] + [GROWTH**2] * 20
    assert rates(growing(foundry__delay=float(delay)))[:15] == pytest.approx(expected[:15])


def test_a_line_grows_to_its_ceiling_and_stays_there() -> None:
    assert rates(growing(foundry__ceiling=1.02))[5:9] == pytest.approx([1.0, GROWTH, 1.02, 1.02])


@pytest.mark.parametrize(
    ("tools", "control", "growth"), [(0.25, 0.2, 0.4), (0.0, 0.2, 0.2), (1.0, 0.2, 1.0), (0.25, 3.0, 1.0)]
)
def test_an_equipment_control_slows_growth_from_its_day_and_domestic_tools_make_good_a_part(
    tools: float, control: float, growth: float
) -> None:
    """It acts between the two weeks' growth, and never speeds the line up."""
    rule = {"control": policy(6, EquipmentControl(growth=control))}
    slowed = rates(growing(policies=rule, foundry__domestic_tools=tools))
    assert slowed[5:8] == pytest.approx([1.0, GROWTH, GROWTH * (1 + growth) ** (1 / WEEKS_A_YEAR)])


def test_yield_learns_from_finished_wafers_not_from_started_ones() -> None:
    """A line that was full before the window: a wafer a week finishes from week 1 on."""
    world = small(
        demand={"cloud": domestic()},
        designs={"ascend": design()},
        foundry__yield_start=0.2,
        foundry__yield_ceiling=0.6,
        foundry__yield_half=1.0,
    )
    assert [lot.dies for lot in of(tell(world, nobody()), f.LotFinished)[:3]] == pytest.approx([20.0, 40.0, 50.0])


def test_the_baseline_has_no_die_bank_and_the_scenario_of_that_name_has() -> None:
    assert not record(baseline(), 1, 0).of(f.DiesReceived)
    scenario = load("die-bank").scenario
    banked = record(scenario, 1, 0).of(f.DiesReceived)
    first_day = scenario.window.week(scenario.designs["ascend-910c"].available)
    assert [(fact.time, fact.product, fact.dies) for fact in banked] == [(first_day, "ascend-910c", 2.9e6)]


# --- Memory: shared every week among the dies that wait ---


def maker(rate: float, week: float = 1, growth: float = 0.0, ceiling: float = 1e9) -> dict[str, MemoryMaker]:
    return {"cxmt": MemoryMaker(available=of_week(week), rate=rate, growth=growth, ceiling=ceiling)}


def used(world: Scenario) -> list[tuple[float, str, float]]:
    """(week, design, chips) that found their stacks."""
    return [(fact.time, fact.product, round(fact.chips, 6)) for fact in of(tell(world, Luck()), f.MemoryUsed)]


def test_a_die_bank_comes_into_use_on_the_designs_first_day_and_is_made_into_chips_with_memory() -> None:
    bank = design(available=of_week(7), die_bank=100.0, dies=2.0, stacks=4.0)
    facts = tell(small(designs={"ascend": bank}, memory__domestic=maker(80.0, week=7)), Luck())
    assert [(fact.time, fact.dies) for fact in of(facts, f.DiesReceived)] == [(7.0, 100.0)]
    assert [tuple(fact) for fact in of(facts, f.MemoryUsed)] == [
        (7.0, "ascend", 20.0, 40.0, 80.0),
        (8.0, "ascend", 20.0, 40.0, 80.0),
        (9.0, "ascend", 10.0, 20.0, 40.0),
    ]
    assert [(fact.time, fact.chips) for fact in of(facts, f.ChipsAssembled)] == [
        (9.0, 20.0),
        (10.0, 20.0),
        (11.0, 10.0),
    ]


def test_what_comes_and_a_26th_of_the_stock_is_given_out_each_week() -> None:
    world = small(designs={"ascend": ascend(stacks=1.0, die_bank=100.0)}, memory__stock=260.0)
    assert used(world)[:2] == [(1.0, "ascend", 10.0), (2.0, "ascend", round(250 / 26, 6))]
    fed = changed(world, memory__domestic=maker(7.0))
    assert used(fed)[:2] == [(1.0, "ascend", 17.0), (2.0, "ascend", round(7 + 250 / 26, 6))]
    assert used(changed(world, memory__stock=26000.0)) == [(1.0, "ascend", 100.0)], "no more than is asked"


def test_memory_is_shared_in_proportion_to_the_stacks_that_waiting_dies_need() -> None:
    """Huawei's 100 dies need 3 stacks each, Hygon's 50 chips of two dies 2 each: 300 to 100."""
    world = two_designers(memory__domestic=maker(40.0))
    world = changed(world, designs__ascend__die_bank=100.0, designs__ascend__stacks=3.0)
    world = changed(world, designs__dcu__die_bank=100.0, designs__dcu__stacks=2.0, designs__dcu__dies=2.0)
    assert used(world)[:2] == [(1.0, "ascend", 10.0), (1.0, "dcu", 5.0)]


def test_the_newest_design_gets_its_designers_memory_first() -> None:
    designs = {
        "old": ascend(stacks=1.0, die_bank=100.0),
        "new": ascend(stacks=1.0, die_bank=100.0, available=of_week(2)),
    }
    assert used(small(designs=designs, memory__domestic=maker(40.0))) == [
        (1.0, "old", 40.0),
        (2.0, "new", 40.0),
        (3.0, "new", 40.0),
        (4.0, "new", 20.0),
        (4.0, "old", 20.0),
        (5.0, "old", 40.0),
    ]


def came(world: Scenario, origin: str = "cxmt") -> dict[float, float]:
    facts = of(tell(world, Luck()), f.MemoryReceived)
    return {fact.time: round(fact.stacks, 6) for fact in facts if fact.origin == origin}


@pytest.mark.parametrize(("first", "grown"), [(1, 6), (4, 6), (8, 9)])
def test_a_memory_maker_grows_after_weeks_in_which_dies_asked_for_more_than_all_makers_brought(
    first: int, grown: int
) -> None:
    """Full from week 1 on, and 4 weeks later it grows: not before its first delivery, but for the weeks before it."""
    world = small(
        designs={"ascend": ascend(stacks=1.0, die_bank=1e4)},
        memory__foreign={"samsung": 1.0},
        memory__domestic=maker(8.0, first, growth=1.0, ceiling=8.2),
    )
    growth = came(world)
    assert min(growth) == first
    assert [growth[grown - 1], growth[grown], growth[grown + 1]] == [8.0, round(8 * GROWTH, 6), 8.2]


def test_a_memory_maker_does_not_grow_while_what_comes_is_enough_or_nobody_asks() -> None:
    world = small(designs={"ascend": ascend(stacks=1.0, die_bank=8.0)}, memory__domestic=maker(8.0, growth=1.0))
    assert set(came(world).values()) == {8.0}
    assert set(came(changed(world, designs__ascend__die_bank=8.1)).values()) == {8.0, round(8 * GROWTH, 6)}


def test_foreign_makers_deliver_by_name_until_the_control_the_leak_and_the_domestic_one_after_it() -> None:
    world = small(
        memory__foreign={"sk-hynix": 5.0, "samsung": 3.0},
        memory__domestic=maker(4.0, week=2),
        policies={"control": policy(2, MemoryControl(leak=1.0))},
    )
    facts = of(tell(world, Luck()), f.MemoryReceived)
    assert [tuple(fact) for fact in facts[:7]] == [
        (0.0, "sk-hynix", 5.0),
        (0.0, "samsung", 3.0),
        (1.0, "sk-hynix", 5.0),
        (1.0, "samsung", 3.0),
        (2.0, "leak", 1.0),
        (2.0, "cxmt", 4.0),
        (3.0, "leak", 1.0),
    ]
    dry = changed(world, memory__domestic={}, policies__control=policy(2, MemoryControl(leak=0.0)))
    assert [fact.time for fact in of(tell(dry, Luck()), f.MemoryReceived)] == [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("withdrawn", "expected"),
    [(None, [10, 10, 10, 30, 30, 30, 1, 1]), (of_week(5), [10, 10, 10, 30, 30, 10, 10, 10])],
)
def test_the_memory_buyer_front_runs_an_announced_control_and_then_lives_on_the_leak(
    withdrawn: datetime.date | None, expected: list[float]
) -> None:
    control = changed(policy(6, MemoryControl(leak=1.0)), announced=of_week(3), withdrawn=withdrawn)
    world = small(memory__foreign={"maker": 10.0}, memory__front_running=3.0, policies={"control": control})
    assert [fact.stacks for fact in of(tell(world, Luck()), f.MemoryReceived)][:8] == expected


# --- Systems and scale: how useful a chip is ---


def scaled(size: float, supplier: str = "Designer", **changes: Any) -> Scenario:
    """One project of that size, of chips that are in stock from week 3 on; and the systems of one supplier."""
    systems = {
        "pod": System(supplier="Designer", available=of_week(20), chips=2000.0, efficiency=0.9, power=1.3),
        "matrix": System(supplier="Designer", available=of_week(10), chips=100.0, efficiency=0.8, power=1.2),
    }
    world = small(
        demand={"cloud": domestic(size=size)},
        designs={"ascend": ascend(supplier=supplier, die_bank=1e6)},
        scale__size=1000.0,
        scale__loose=0.6,
        scale__systems=systems,
    )
    return changed(world, **changes)


@pytest.mark.parametrize(
    ("size", "week", "supplier", "performance", "share"),
    [
        (1000.0, 25.5, "Designer", 1.0, 1.0),  # not large
        (1001.0, 5.5, "Designer", 1.0, 0.6),  # nothing but loose chips is on sale
        (1001.0, 10.5, "Designer", 1.0, 0.8),
        (1999.0, 25.5, "Designer", 1.0, 0.8),  # too small for a whole pod
        (2000.0, 19.5, "Designer", 1.0, 0.8),  # the pod is not on sale
        (2000.0, 20.5, "Designer", 1.0, 0.9),
        (2000.0, 20.5, "Designer", 1.1, 0.8),  # a pod of the newest design is more than it needs
        (2200.0, 20.5, "Designer", 1.1, 0.9),
        (2000.0, 20.5, "Another", 1.0, 0.6),  # the systems join their own supplier's chips only
    ],
)
def test_how_many_chips_a_project_orders_depends_on_its_size_the_date_and_the_supplier(
    size: float, week: float, supplier: str, performance: float, share: float
) -> None:
    world = scaled(size, supplier)
    newest = ascend(supplier=supplier, performance=performance, available=of_week(15))
    world = changed(world, designs={**world.designs, "newest": newest})
    facts = tell(world, Luck({"cloud": [week]}))
    [order], [delivery] = of(facts, f.ProjectOrdered), of(facts, f.Delivered)
    assert order.compute == pytest.approx(size / (0.5 * share)), "readiness x share"
    assert (delivery.chips, delivery.compute) == (order.compute, size)


def test_foreign_chips_lose_nothing_with_large_projects() -> None:
    world = changed(scaled(2000.0), demand__cloud__cuda_share=1.0, imports={"gpu": foreign(available=LATER)})
    assert [order.compute for order in of(tell(world, Luck({"cloud": [1.5]})), f.ProjectOrdered)] == [2000.0]


def test_what_is_installed_is_joined_into_a_better_system_and_never_loses() -> None:
    """Ordered loose in week 5.5; in week 30 comes a design of which neither system would be filled. A chip takes half
    a kilowatt, in the matrix 1.2 times as much."""
    world = scaled(2000.0, scale__systems__pod__available=of_week(40), designs__ascend__power=0.5)
    world = changed(world, designs={**world.designs, "great": ascend(performance=100.0, available=of_week(30))})
    history = history_of(tell(world, Luck({"cloud": [5.5]})), world)
    chips = 2000 / (0.5 * 0.6)
    assert [d.chips for d in history.deliveries] == [pytest.approx(chips)]
    looks = [5.0, 9.0, 10.0, 29.0, 31.0, 41.0]
    in_use = Installed(history.ledger, world, looks).in_use
    assert in_use == pytest.approx([0.0, *(chips * 0.5 * share for share in (0.6, 0.8, 0.8, 0.8, 0.8))])
    values = compute_outcomes(history)
    assert values[Key("installed_power")] == pytest.approx(chips * 0.5 * 1.2 / 1000)
    assert values[Key("power_per_compute")] == pytest.approx(0.5 * 1.2 / (0.5 * 0.8))


# --- The anchor customer ---


def anchored(**changes: Any) -> Scenario:
    """Half of the projects are the customer's from week 5 on; their stack is Huawei's, whatever they would draw."""
    world = small(
        demand={"cloud": domestic(patience=30.0)},
        designs={"ascend": ascend(supplier="Huawei"), "dcu": ascend(supplier="Hygon", software="DTK")},
        anchors={"contract": Anchor(supplier="Huawei", segment="cloud", projects=0.5, starts=of_week(5))},
        software__stacks={"CANN": 0.4, "DTK": 0.6},
    )
    return changed(world, **changes)


def anchor_luck(arrivals: list[float], customers: list[bool], stacks: list[float] | None = None) -> Luck:
    """Who is the customer's is written down; all others would be on CANN."""
    numbers = {
        "anchors.contract.projects/cloud": [0.1 if customer else 0.9 for customer in customers],
        "software.stacks/cloud": stacks or [0.2] * len(customers),
    }
    return Luck({"cloud": arrivals}, numbers)


def arrived(facts: list[Fact]) -> list[tuple[str, str]]:
    return [(fact.stack, fact.customer) for fact in of(facts, f.ProjectArrived)]


def test_from_the_contracts_start_on_the_customers_projects_are_on_the_suppliers_stack() -> None:
    facts = tell(anchored(), anchor_luck([4.5, 5.5, 6.5], [True, True, False], stacks=[0.9, 0.9, 0.9]))
    assert arrived(facts) == [("DTK", ""), ("CANN", "contract"), ("DTK", "")]


def test_two_contracts_on_one_segment_each_have_their_share_of_all_its_projects() -> None:
    terms = Anchor(supplier="Huawei", segment="cloud", projects=0.4, starts=of_week(0))
    scenario = changed(anchored(), anchors={"one": terms, "two": terms}, demand__cloud__projects=2000.0)
    customers = Counter(fact.customer for fact in of(tell(scenario, Streams(1, 0)), f.ProjectArrived))
    shares = {name: customers[name] / customers.total() for name in ("one", "two")}
    assert shares == pytest.approx({"one": 0.4, "two": 0.4}, abs=0.03)


EXIT = {"exit": policy(7, AnchorExit(anchor="contract"))}


def test_when_the_contract_ends_the_customers_waiting_projects_port_to_another_stack() -> None:
    """Their order leaves the supplier's book and joins the other one that day; nobody else turns."""
    facts = tell(anchored(policies=EXIT, foundry__wafer_starts=4.0), anchor_luck([6.5, 6.6], [True, False]))
    assert transcript(facts, "cloud-0") == [
        (6.5, "ProjectArrived"),
        (6.5, "ProjectOrdered"),
        (7.0, "CustomerLeft"),
        (7.0, "PortingStarted"),
        (7.0, "ProjectOrdered"),
        (15.0, "PortingFinished"),
        (19.0, "Delivered"),
        (19.0, "ProjectServed"),
    ]
    assert {fact.stack for kind in (f.CustomerLeft, f.PortingFinished) for fact in of(facts, kind)} == {"DTK"}
    assert {(d.project, d.product) for d in of(facts, f.Delivered)} == {("cloud-0", "dcu"), ("cloud-1", "ascend")}


@pytest.mark.parametrize(("draw", "stack"), [(0.05, "Other"), (0.2, "DTK"), (0.9, "DTK")])
def test_who_leaves_turns_to_the_stack_of_its_own_draw_or_the_most_common_other_one(draw: float, stack: str) -> None:
    world = anchored(policies=EXIT, software__stacks={"Other": 0.1, "CANN": 0.3, "DTK": 0.6})
    facts = tell(world, anchor_luck([6.5], [True], stacks=[draw]))
    assert [fact.stack for fact in of(facts, f.CustomerLeft)] == [stack]


def test_projects_of_the_customer_that_come_after_the_end_never_take_the_supplier() -> None:
    facts = tell(anchored(policies=EXIT), anchor_luck([7.5, 8.5, 9.5], [True, True, False], stacks=[0.2, 0.9, 0.2]))
    assert arrived(facts) == [("DTK", ""), ("DTK", ""), ("CANN", "")]
    assert not of(facts, f.PortingStarted)


def test_a_customers_project_on_cuda_only_changes_where_it_will_port() -> None:
    world = anchored(policies=EXIT, demand__cloud__cuda_share=1.0, demand__cloud__porting_wait=10.0)
    facts = tell(world, anchor_luck([5.5], [True]))
    assert transcript(facts, "cloud-0")[1:4] == [
        (5.5, "ProjectOrdered"),
        (7.0, "CustomerLeft"),
        (15.5, "PortingStarted"),
    ]
    assert [order.stack for order in of(facts, f.ProjectOrdered)] == ["CUDA", "DTK"]


def test_a_second_port_takes_the_place_of_the_first_which_never_ends() -> None:
    """The customer's project ports to CANN when the contract ends: chips for CANN that came meanwhile are of no use."""
    world = anchored(
        policies=EXIT,
        demand__cloud=segment(porting_wait=0.5, size=100.0),
        designs__ascend__die_bank=50.0,
        anchors__contract__starts=of_week(0),
    )
    history = history_of(tell(world, anchor_luck([3.25], [True])), world)
    facts = history.ledger.facts
    assert [(port.time, port.stack) for port in of(facts, f.PortingStarted)] == [(3.75, "CANN"), (7.0, "DTK")]
    assert [(port.time, port.stack) for port in of(facts, f.PortingFinished)] == [(15.0, "DTK")]
    assert [(d.time, d.product, d.chips) for d in history.deliveries] == [
        (3.75, "ascend", 50.0),
        (19.0, "dcu", 100.0),
        (20.0, "dcu", 50.0),
    ]
    assert history.installed.since == [float("inf"), 19.0, 20.0]


def test_the_largest_customers_share_by_hand() -> None:
    told: list[Fact] = [
        f.ProjectArrived(1.0, name, "cloud", 1000.0, False, "CANN", customer)
        for name, customer in [("p", "contract"), ("q", "contract"), ("r", ""), ("s", "")]
    ]
    told += [
        f.Delivered(2.0, "p", "ascend", 1.0, 1.0, 30.0),
        f.Delivered(3.0, "q", "ascend", 1.0, 1.0, 20.0),
        f.Delivered(4.0, "r", "ascend", 1.0, 1.0, 40.0),
        f.Delivered(5.0, "s", "dcu", 1.0, 1.0, 900.0),
        f.Delivered(60.0, "s", "ascend", 1.0, 1.0, 30.0),
        f.Delivered(61.0, "r", "ascend", 1.0, 1.0, 10.0),
    ]
    values = outcomes_of(told, anchored())
    assert values[Key("largest_customer", "Huawei")] == pytest.approx(50 / 130), "p and q are one customer"
    assert values[Key("largest_customer", "Huawei", 2023)] == pytest.approx(50 / 90)
    assert values[Key("largest_customer", "Huawei", 2024)] == pytest.approx(30 / 40)
    assert outcomes_of(told[:4], anchored())[Key("largest_customer", "Huawei")] is None


# --- Announced, effective, withdrawn ---


def foreseen(multiple: float = 3.0, **rule: Any) -> Scenario:
    """One project of 100 A100e a week waits for foreign chips; the cap is half as much again. In week 40 a block of
    them is announced for week 44."""
    block = changed(policy(44, Ban(threshold=0.6)), announced=of_week(40), **rule)
    return small(
        demand={"cloud": patient()},
        imports={"gpu": foreign(available=LATER, cap=150.0)},
        vendor__front_running=multiple,
        policies={"block": block},
    )


def around(ordered: dict[float, float]) -> list[float]:
    return [ordered.get(float(week), 0.0) for week in range(38, 48)]


def test_between_announcement_and_block_the_importer_orders_on_top_of_the_need_above_the_cap() -> None:
    facts = tell(foreseen(), Luck({"cloud": EVERY_WEEK}))
    assert around(orders(facts)) == [100, 100, 300, 300, 300, 300, 0, 0, 0, 0], "need + (3 - 1) x the mean of 26 weeks"
    assert transcript(facts, "block") == [(40.0, "PolicyAnnounced"), (44.0, "PolicyEffective")]
    assert around(orders(tell(foreseen(multiple=1.0), Luck({"cloud": EVERY_WEEK})))) == [100] * 6 + [0] * 4


def test_what_is_ordered_on_top_takes_the_place_of_no_other_order_before_it_lands() -> None:
    """Without the ban the orders of weeks 40 to 43 land from week 48 on; until then the need is ordered as before."""
    facts = tell(foreseen(withdrawn=of_week(44)), Luck({"cloud": EVERY_WEEK}))
    assert around(orders(facts)) == [100, 100, 300, 300, 300, 300, 100, 100, 100, 100]
    assert transcript(facts, "block") == [(40.0, "PolicyAnnounced"), (44.0, "PolicyWithdrawn")]


def test_the_trailing_mean_is_that_of_the_last_26_weeks() -> None:
    """On sale since week 27 and sold out: 13 of the 26 weeks before the announcement had orders, 100 each."""
    world = changed(foreseen(), imports__gpu__available=of_week(27), imports__gpu__cap=100.0)
    facts = tell(world, Luck({"cloud": EVERY_WEEK}))
    assert around(orders(facts))[:4] == pytest.approx([100, 100, 100 + 2 * 1300 / 26, 100 + 2 * 1400 / 26])


def test_front_running_leaves_alone_what_the_announced_rule_does_not_reach() -> None:
    world = foreseen()
    under = foreign(performance=0.5, price=1.0, cap=100.0, available=LATER)
    facts = tell(changed(world, imports={**world.imports, "under": under}), Luck({"cloud": EVERY_WEEK}))
    assert around(orders(facts, "under")) == [100.0] * 10
    assert around(orders(facts)) == [50, 50, 150, 150, 150, 150, 0, 0, 0, 0]


def test_an_announced_licence_is_front_run_too() -> None:
    terms = Licence(product="gpu", officers=1.0, work_time=3.0, approval=1.0)
    facts = tell(foreseen(actions={"licence": terms}), Luck({"cloud": EVERY_WEEK}))
    assert around(orders(facts))[:6] == [100, 100, 300, 300, 300, 300]
    assert next(fact.time for fact in of(facts, f.LicenceApplied)) == 44.0


def test_refused_imports_cut_the_most_that_can_be_ordered_from_that_day_on() -> None:
    rule = {"refusal": policy(4, ImportRefusal(product="gpu", share=0.6))}
    world = changed(foreseen(), policies=rule, demand__cloud__size=1e4)
    assert list(orders(tell(world, Luck({"cloud": [1.5]}))).items())[:4] == [(2, 150), (3, 150), (4, 60), (5, 60)]


@pytest.mark.parametrize(
    "action",
    [
        Ban(threshold=0.6),
        Licence(threshold=0.6, officers=2.0, work_time=3.0, approval=0.5),
        MemoryControl(leak=0.0),
        EquipmentControl(growth=0.0),
        Mandate(segments=["state"], compliance=1.0),
        Enforcement(interception=1.0),
        Push(segments=["state"], factor=2.0),
        AnchorExit(anchor="cambricon-cloud"),
        ImportRefusal(product="h20", share=0.9),
    ],
    ids=lambda action: action.key,
)
def test_a_withdrawn_rule_never_acts(action: Action) -> None:
    calm = changed(
        baseline(),
        window__end=datetime.date(2024, 7, 1),
        policies={},
        vendor__front_running=1.0,
        memory__front_running=1.0,
        memory__stock=0.0,
        **{"anchors__cambricon-cloud__starts": baseline().window.start},
    )
    rule = changed(policy(20, action), announced=of_week(10))
    withdrawn = changed(calm, policies={"rule": changed(rule, withdrawn=of_week(19))})
    assert world_facts(withdrawn) == world_facts(calm)
    assert world_facts(changed(calm, policies={"rule": rule})) != world_facts(calm), "else nothing was shown"


def world_facts(scenario: Scenario) -> list[Fact]:
    facts = tell(scenario, Streams(3, 1))
    return [fact for fact in facts if not isinstance(fact, f.PolicyAnnounced | f.PolicyWithdrawn | f.PolicyEffective)]


# --- The grey channel ---


def grey(**changes: Any) -> Grey:
    """10 chips a week of 1 A100e at a list price of 10 yuan, landing after 8 weeks, none intercepted."""
    terms = dict(
        supplier="networks",
        performance=1.0,
        price=10.0,
        power=1.0,
        software="CUDA",
        available=of_week(0),
        base=10.0,
        cap=1e9,
        kappa=2.0,
        elasticity=1.0,
        delay=8.0,
        interception=0.0,
    )
    return Grey(**{**terms, **changes})


def border(**changes: Any) -> Scenario:
    return small(demand={"cloud": patient()}, grey=grey(**changes))


def dispatched(facts: list[Fact]) -> list[Any]:
    return of(facts, f.GreyDispatched)


def test_the_premium_is_one_and_kappa_times_waiting_need_over_the_need_of_52_weeks() -> None:
    """Before the window 100 A100e came a week. Two projects come, then none."""
    facts = tell(border(), Luck({"cloud": [0.5, 1.5]}))
    assert [fact.premium for fact in dispatched(facts)[:5]] == pytest.approx(
        [
            1.0,
            1 + 2 * 100 / (51 * 100 + 100),
            1 + 2 * 200 / (50 * 100 + 200),
            1 + 2 * 200 / (49 * 100 + 200),
            1 + 2 * 200 / (48 * 100 + 200),
        ]
    )


def test_need_of_the_last_52_weeks_is_all_that_counts() -> None:
    facts = tell(border(delay=100.0), Luck({"cloud": [0.5, 1.5, 55.5]}))
    assert [fact.premium for fact in dispatched(facts)[51:57]] == pytest.approx(
        [
            1 + 2 * 200 / (100 + 200),
            1 + 2 * 200 / 200,
            1 + 2 * 200 / 100,
            1.0,  # nobody came in those weeks: no price can be told
            1.0,
            1 + 2 * 300 / 100,
        ]
    )


def test_the_premium_compares_with_need_that_could_have_been_met_from_abroad() -> None:
    """Both segments asked for 100 A100e a week before; a bound project that comes counts on neither side."""
    world = changed(border(), demand={"cloud": patient(), "state": patient()})
    bound = policy(0, Mandate(segments=["state"], compliance=1.0))
    facts = tell(changed(world, policies={"only-domestic": bound}), Luck({"cloud": [0.5], "state": [0.5]}))
    assert dispatched(facts)[1].premium == pytest.approx(1 + 2 * 100 / (51 * 200 + 100))


def test_volume_follows_the_premium_by_its_elasticity_up_to_the_cap_and_dispatch_times_do_not() -> None:
    premium = 1 + 2 * 100 / 5200
    terms = [(0.0, 1e9), (1.0, 1e9), (3.0, 1e9), (3.0, 10.5)]
    told = [dispatched(tell(border(elasticity=e, cap=cap), Luck({"cloud": [0.5]}))) for e, cap in terms]
    assert [facts[1].chips for facts in told] == pytest.approx([10.0, 10.0 * premium, 10.0 * premium**3, 10.5])
    assert all([fact.time for fact in facts] == list(range(105)) for facts in told)


def test_grey_chips_land_after_their_delay_and_cost_the_premium_of_the_week_in_which_they_are_bought() -> None:
    world = border()
    facts = tell(world, Luck({"cloud": [0.5]}))
    assert transcript(facts, "cloud-0")[1:3] == [(0.5, "ProjectOrdered"), (8.0, "Delivered")]
    first = of(facts, f.Delivered)[0]
    assert (first.chips, first.compute) == (10.0, 10.0)
    premium = 1 + 2 * 100 / (45 * 100 + 100)  # of week 7: the shipment lands before that of week 8 is dispatched
    assert first.yuan == pytest.approx(10.0 * 10.0 * premium)


def test_shipments_from_before_the_window_are_on_their_way_at_a_premium_of_one() -> None:
    facts = tell(border(available=of_week(-50), delay=3.0), nobody())
    opening = {fact.account: fact.amount for fact in of(facts, f.OpeningBalance) if fact.product == "grey"}
    assert opening == {"chips in transit": 20.0}
    assert [(fact.time, fact.chips) for fact in of(facts, f.GreyLanded)[:4]] == [
        (1.0, 10.0),
        (2.0, 10.0),
        (3.0, 10.0),
        (4.0, 10.0),
    ]


LUCK_AT_THE_BORDER = {"grey.interception": [0.5, 0.1, 0.3, 0.05]}


@pytest.mark.parametrize(
    ("interception", "lost"), [(0.0, []), (0.2, [9.0, 11.0]), (0.4, [9.0, 10.0, 11.0]), (1.0, [8.0, 9.0, 10.0, 11.0])]
)
def test_each_shipment_is_intercepted_by_its_own_luck(interception: float, lost: list[float]) -> None:
    facts = tell(border(interception=interception), Luck({"cloud": []}, LUCK_AT_THE_BORDER))
    assert [fact.time for fact in of(facts, f.GreyIntercepted) if fact.time < 12] == lost
    landed = [fact.time for fact in of(facts, f.GreyLanded) if fact.time < 12]
    assert sorted(landed + lost) == [8.0, 9.0, 10.0, 11.0]


def test_enforcement_changes_the_odds_from_its_day_on() -> None:
    watched = {"watch": policy(12, Enforcement(interception=1.0))}
    facts = tell(changed(border(), policies=watched), nobody())
    assert [fact.time for fact in of(facts, f.GreyLanded)] == [8.0, 9.0, 10.0, 11.0]
    assert of(facts, f.GreyIntercepted)[0].time == 12.0


def test_grey_outcomes_by_hand() -> None:
    world = border()
    told = [
        f.GreyDispatched(10.0, "grey", 5.0, 1.5),
        f.GreyDispatched(11.0, "grey", 7.0, 2.5),
        f.GreyDispatched(60.0, "grey", 7.0, 3.0),
        f.GreyIntercepted(20.0, "grey", 5.0),
        f.ProjectArrived(1.0, "p", "cloud", 9.0, True, "CANN", ""),
        f.GreyLanded(21.0, "grey", 7.0),
        f.Delivered(21.0, "p", "grey", 7.0, 7.0, 105.0),
    ]
    values = outcomes_of(told, world)
    assert values[Key("grey_premium")] == pytest.approx(7 / 3)
    assert (values[Key("grey_premium").at(2023)], values[Key("grey_premium").at(2024)]) == (2.0, 3.0)
    assert values[Key("grey_intercepted")] == 5.0
    assert (values[Key("grey_value").at(2023)], values[Key("market_value").at(2023)]) == (105.0, 0.0)


# --- Revenue ---


def on(year: int, month: int, day: int) -> float:
    """Noon of a day."""
    return (datetime.date(year, month, day) - small().window.start).days / 7 + 0.5 / 7


def sold(*sales: tuple[float, float]) -> list[Fact]:
    told: list[Fact] = [f.ProjectArrived(0.0, "p", "cloud", 1000.0, False, "CANN", "")]
    return told + [f.Delivered(week, "p", "ascend", 1.0, 1.0, yuan) for week, yuan in sales]


def test_revenue_by_quarter_by_hand() -> None:
    told = sold((on(2023, 3, 31), 1.0), (on(2023, 4, 1), 2.0), (on(2023, 12, 31), 4.0), (on(2024, 1, 1), 8.0))
    values = outcomes_of(told, small(designs={"ascend": design()}))
    revenue = {key.period: value for key, value in values.items() if key.name == "revenue_designer"}
    assert revenue == {
        None: 15.0,
        2023: 7.0,
        2024: 8.0,
        Quarter(2023, 1): 1.0,
        Quarter(2023, 2): 2.0,
        Quarter(2023, 3): 0.0,
        Quarter(2023, 4): 4.0,
        Quarter(2024, 1): 8.0,
        Quarter(2024, 2): 0.0,
        Quarter(2024, 3): 0.0,
        Quarter(2024, 4): 0.0,
    }


@pytest.mark.parametrize(
    ("end", "quarters"),
    [
        (datetime.date(2023, 7, 2), ["2023Q1", "2023Q2", "2023Q3"]),  # a last quarter of one day, 26 whole weeks
        (datetime.date(2023, 7, 4), ["2023Q1", "2023Q2", "2023Q3"]),
        (datetime.date(2023, 10, 1), ["2023Q1", "2023Q2", "2023Q3"]),  # 39 whole weeks, and none of the next quarter
    ],
)
def test_every_quarter_that_the_window_touches_is_there(end: datetime.date, quarters: list[str]) -> None:
    world = small(designs={"ascend": design()}, window__end=end)
    last_day = end - datetime.timedelta(days=1)
    values = outcomes_of(sold((on(last_day.year, last_day.month, last_day.day), 5.0)), world)
    own = {str(key.period): value for key, value in values.items() if isinstance(key.period, Quarter)}
    assert list(own) == quarters
    assert own[quarters[-1]] == 5.0


def test_quarters_add_up_to_years_and_years_to_the_whole() -> None:
    values = compute_outcomes(History(record(baseline(), 2, 0), baseline()))
    for supplier in ("huawei", "cambricon", "hygon", "nvidia"):
        own = {key.period: value for key, value in values.items() if key.name == f"revenue_{supplier}"}
        for year in range(2023, 2028):
            assert sum(own[Quarter(year, quarter)] for quarter in (1, 2, 3, 4)) == pytest.approx(own[year])
        assert sum(own[year] for year in range(2023, 2028)) == pytest.approx(own[None])


# --- Efficiency, pushes, named projects ---


def regular(**changes: Any) -> Scenario:
    """One project of 100 A100e a week, as regular as a clock where the luck says so."""
    return small(demand={"cloud": patient(), "state": patient()}, **changes)


def arrivals(scenario: Scenario, segment_name: str = "cloud") -> list[tuple[float, float]]:
    """(week, need) of each project, when the luck is a clock's."""
    facts = of(tell(scenario, Luck({segment_name: EVERY_WEEK})), f.ProjectArrived)
    return [(fact.time, fact.need) for fact in facts if fact.segment == segment_name]


def shock(saving: float, rebound: float, week: float = 52) -> Efficiency:
    return Efficiency(date=of_week(week), saving=saving, rebound=rebound)


def test_after_the_efficiency_step_each_project_needs_less_and_more_of_them_come() -> None:
    came = arrivals(regular(efficiency=shock(0.5, 0.6)))
    factor = (1 - 0.5 * (1 - 0.6)) / (1 - 0.5)
    assert [need for _, need in came[:52]] == [100.0] * 52
    assert [week for week, _ in came[:52]] == pytest.approx(EVERY_WEEK[:52])
    assert [week for week, _ in came[52:]] == pytest.approx([52 + (n + 0.5) / factor for n in range(len(came) - 52)])
    assert {need for _, need in came[52:]} == {50.0}


def test_who_waits_already_keeps_the_need_it_came_with() -> None:
    facts = tell(regular(efficiency=shock(0.5, 0.0, week=10)), Luck({"cloud": [9.5], "state": []}))
    assert of(facts, f.WhatBinds)[-1].import_volume == 100.0


@pytest.mark.parametrize(("rebound", "of_before"), [(0.0, 0.5), (0.6, 0.8), (1.0, 1.0), (1.2, 1.1)])
def test_the_rebound_takes_back_its_share_of_the_saving(rebound: float, of_before: float) -> None:
    """After the step, 52.4 weeks ask for what they would have asked for, times (1 - saving x (1 - rebound))."""
    asked = sum(need for week, need in arrivals(regular(efficiency=shock(0.5, rebound))) if week >= 52)
    assert asked == pytest.approx((small().window.weeks - 52) * 100 * of_before, abs=100.0)
    assert len(arrivals(regular(efficiency=shock(0.5, rebound)))) == pytest.approx(52 + 52.4 * of_before / 0.5, abs=1.0)


def test_a_push_brings_more_projects_of_its_segments_from_its_day_on() -> None:
    world = regular(policies={"plan": policy(52, Push(segments=["state"], factor=1.5))})
    pushed = [week for week, _ in arrivals(world, "state")]
    assert pushed == pytest.approx(
        [week + 0.5 for week in range(52)] + [52 + (n + 0.5) / 1.5 for n in range(len(pushed) - 52)]
    )
    assert len(pushed) == 52 + round(52.4 * 1.5)
    assert arrivals(world, "cloud") == arrivals(regular(), "cloud")


def test_pushes_and_the_efficiency_step_multiply() -> None:
    plan = {"plan": policy(60, Push(segments=["cloud"], factor=1.5))}
    came = [week for week, _ in arrivals(regular(policies=plan, efficiency=shock(0.5, 1.0)))]
    gaps = [after - before for before, after in pairwise(came)]
    assert gaps[10] == pytest.approx(1.0)
    assert gaps[58] == pytest.approx(1 / 2)
    assert gaps[-1] == pytest.approx(1 / 3)


def test_a_named_project_comes_on_its_day_for_what_its_budget_buys_on_the_terms_of_its_segment() -> None:
    """No step in efficiency makes its budget smaller."""
    datong = NamedProject(segment="cloud", arrives=of_week(3), budget=1000.0, chip_share=0.5, price=10.0)
    world = small(demand={"cloud": segment()}, projects={"datong": datong}, efficiency=shock(0.5, 0.6, week=1))
    facts = tell(world, nobody())
    [arrived] = of(facts, f.ProjectArrived)
    assert (arrived.project, arrived.segment, arrived.need, arrived.insists) == ("datong", "cloud", 50.0, True)
    assert transcript(facts, "datong") == [
        (3.0, "ProjectArrived"),
        (3.0, "ProjectOrdered"),
        (13.0, "PortingStarted"),
        (13.0, "ProjectOrdered"),
        (21.0, "PortingFinished"),
        (51.0, "ProjectCancelled"),
    ]


# --- What binds: one small world for each rule ---


def binding(facts: list[Fact], week: float) -> dict[str, float]:
    """The parts of the books in that week that are not zero."""
    [look] = [look for look in of(facts, f.WhatBinds) if look.time == week]
    return {name: round(part, 6) for name in CONSTRAINTS if (part := getattr(look, name))}


def test_what_is_applied_for_is_held_up_by_the_licence_as_far_as_the_application_goes() -> None:
    rule = Licence(product="gpu", officers=1.0, work_time=30.0, approval=1.0)
    world = small(
        demand={"cloud": patient()},
        imports={"gpu": foreign(cap=10.0, available=LATER)},
        policies={"rule": policy(0, rule)},
    )
    facts = tell(world, Luck({"cloud": [1.5]}))
    assert [binding(facts, week) for week in (4, 8, 12)] == [
        {"licence": 40.0, "import_volume": 60.0},
        {"licence": 80.0, "import_volume": 20.0},
        {"licence": 100.0},
    ]


def test_what_has_shipped_is_in_transit_and_what_is_only_ordered_is_not() -> None:
    world = small(demand={"cloud": patient()}, imports={"gpu": foreign(cap=30.0, available=LATER)})
    facts = tell(world, Luck({"cloud": [1.5]}))
    # Ordered 30, 30, 30 and 10 in weeks 2 to 5, shipped in weeks 8 to 11, landed in weeks 10 to 13.
    assert [binding(facts, week) for week in (4, 8, 12, 16)] == [
        {"import_volume": 100.0},
        {"transit": 30.0, "import_volume": 70.0},
        {"transit": 10.0},
        {},
    ]


def test_grey_chips_on_their_way_are_in_transit_too() -> None:
    facts = tell(border(base=5.0, performance=2.0, kappa=0.0), Luck({"cloud": [1.5]}))
    assert binding(facts, 4) == {"transit": 5 * 5 * 2.0, "import_volume": 50.0}


def test_cuda_is_held_up_by_the_control_where_a_ban_stops_a_product_on_sale() -> None:
    world = small(
        demand={"cloud": patient()},
        imports={"gpu": foreign(available=of_week(10))},
        policies={"block": policy(2, Ban(product="gpu")), "end": policy(14, Lift(product="gpu"))},
    )
    facts = tell(world, Luck({"cloud": [1.5]}))
    assert [binding(facts, week) for week in (8, 12, 16)] == [
        {"import_volume": 100.0},  # the product is not in the catalogue yet
        {"import_control": 100.0},
        {"import_volume": 100.0},  # it may be ordered again, and nothing has shipped
    ]


def test_a_domestic_book_is_held_up_by_memory_then_by_wafers_that_were_not_given_then_by_the_making() -> None:
    """Of 200 nominal A100e 60 wait for memory as 30 dies of 2; the line starts 50 of the 140 that are asked in week 4,
    50 in week 5, and the last 40 in week 6."""
    world = pulled(
        designs__ascend=ascend(die_bank=30.0, stacks=1.0, performance=2.0, dies=1.0), foundry__wafer_starts=0.25
    )
    facts = tell(world, Luck({"cloud": [3.5]}))
    assert [binding(facts, week) for week in (4, 8, 16)] == [
        {"memory": 60.0, "wafers": 90.0, "production": 50.0},
        {"memory": 60.0, "production": 140.0},
        {"memory": 200.0},
    ]


def test_the_parts_add_up_to_all_books_also_one_for_which_nobody_makes_chips() -> None:
    facts = tell(small(demand={"cloud": domestic()}), Luck({"cloud": [1.5]}))
    assert binding(facts, 8) == {"production": 200.0}


def test_what_binds_is_summed_over_the_time_around_each_look() -> None:
    """Two years of 365 and 366 days; the second look stands from week 54 on, so the first reaches into 2024."""
    told = [
        f.WhatBinds(48.0, 7.0, 0.0, 0.0, 0.0, 14.0, 0.0, 0.0),
        f.WhatBinds(60.0, 21.0, 0.0, 0.0, 0.0, 0.0, 7.0, 0.0),
    ]
    values = outcomes_of(told, small())
    first, second = 54 * 7 - 365, 731 - 54 * 7  # days of each in 2024
    assert values[Key("binds", "licence", 2023)] == pytest.approx(365)
    assert values[Key("binds", "licence", 2024)] == pytest.approx(first + 3 * second)
    assert values[Key("binds", "licence")] == pytest.approx(54 * 7 + 3 * second)
    assert values[Key("binds", "memory", 2023)] == pytest.approx(2 * 365)
    assert (values[Key("binds", "wafers", 2023)], values[Key("binds", "wafers", 2024)]) == (0, pytest.approx(second))
    assert {outcomes_of([], small())[Key("binds", name)] for name in CONSTRAINTS} == {0}
