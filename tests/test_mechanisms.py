"""Stories of the parts that the articles add: a situation goes in, dated facts and amounts worked out by hand come out.

Weeks are counted from the window's start. The licence desk has stories of its own.
"""

import datetime
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from worlds import Luck, baseline, changed, design, foreign, of, policy, segment, small, tell, transcript

from sim.base.units import WEEKS_A_YEAR
from sim.experiment.replication import record
from sim.model import facts as f
from sim.model.facts import Fact
from sim.model.streams import Streams
from sim.outcomes.cards import compute_outcomes
from sim.outcomes.history import CONSTRAINTS, History
from sim.outcomes.keys import Key, Quarter
from sim.outcomes.ledger import Ledger
from sim.outcomes.series import compute_series
from sim.scenario.load import load
from sim.scenario.parts import Anchor, Efficiency, Grey, MemoryMaker, NamedProject, Scenario, System
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

EVERY_WEEK = [week + 0.5 for week in range(200)]


def nobody() -> Luck:
    return Luck({"cloud": []})


def of_week(week: float) -> datetime.date:
    return policy(week).effective


def patient(**changes: Any) -> Any:
    """Projects that wait for CUDA to the end."""
    return segment(**{**dict(porting_wait=500.0, patience=1000.0), **changes})


def orders(facts: list[Fact], product: str = "gpu") -> dict[float, float]:
    """Chips ordered, by week."""
    return {fact.time: round(fact.chips, 6) for fact in of(facts, f.OrderPlaced) if fact.product == product}


def outcomes_of(facts: list[Fact], scenario: Scenario) -> dict[Any, Any]:
    ledger = Ledger()
    for fact in facts:
        ledger.record(fact)
    return compute_outcomes(History(ledger, scenario))


# --- Products banned by what they can do ---


def test_a_product_designed_under_a_threshold_ships_until_a_later_rule_catches_it() -> None:
    world = small(
        demand={"cloud": patient()},
        imports={
            "a800": foreign(available=of_week(1), cap=50.0),
            "h20": foreign(performance=0.5, price=20.0, available=of_week(6)),
        },
        policies={
            "first": policy(4, Ban(threshold=0.6)),
            "second": policy(12, Ban(threshold=0.5)),
        },
    )
    facts = tell(world, Luck({"cloud": [1.5, 2.5, 6.5, 11.5, 12.5]}))
    assert transcript(facts, "a800")[:4] == [
        (2.0, "OrderPlaced"),
        (3.0, "OrderPlaced"),
        (4.0, "OrderRefused"),
        (4.0, "OrderRefused"),
    ]
    assert orders(facts, "h20") == {6.0: 400.0, 7.0: 200.0}, "a week's need at 0.5 A100e a chip, from its first day on"
    assert transcript(facts, "h20") == [
        (6.0, "OrderPlaced"),
        (7.0, "OrderPlaced"),
        (12.0, "OrderRefused"),
        (12.0, "OrderRefused"),
    ]


# --- Announced, effective, withdrawn ---


def foreseen(multiple: float = 3.0, **rule: Any) -> Scenario:
    """One project of 100 A100e a week waits for foreign chips; the cap is half as much again. In week 40 a block of
    them is announced for week 44."""
    block = changed(policy(44, Ban(threshold=0.6)), announced=of_week(40), **rule)
    return small(
        demand={"cloud": patient()},
        imports={"gpu": foreign(available=of_week(1), cap=150.0)},
        vendor__front_running=multiple,
        policies={"block": block},
    )


def around(ordered: dict[float, float]) -> list[float]:
    return [ordered.get(float(week), 0.0) for week in range(38, 48)]


def test_between_announcement_and_block_the_importer_orders_on_top_of_the_need_above_the_cap() -> None:
    facts = tell(foreseen(), Luck({"cloud": EVERY_WEEK}))
    assert around(orders(facts)) == [100, 100, 300, 300, 300, 300, 0, 0, 0, 0], "need + (3 - 1) x the mean of 26 weeks"
    assert transcript(facts, "block") == [(40.0, "PolicyAnnounced"), (44.0, "PolicyEffective")]


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


def test_at_a_multiple_of_one_nobody_front_runs() -> None:
    facts = tell(foreseen(multiple=1.0), Luck({"cloud": EVERY_WEEK}))
    assert around(orders(facts)) == [100] * 6 + [0] * 4


def test_front_running_leaves_alone_what_the_announced_rule_does_not_reach() -> None:
    world = foreseen()
    under = foreign(performance=0.5, price=1.0, cap=100.0, available=of_week(1))
    facts = tell(changed(world, imports={**world.imports, "under": under}), Luck({"cloud": EVERY_WEEK}))
    assert around(orders(facts, "under")) == [100.0] * 10
    assert around(orders(facts)) == [50, 50, 150, 150, 150, 150, 0, 0, 0, 0]


def test_an_announced_licence_is_front_run_too() -> None:
    terms = Licence(product="gpu", officers=1.0, work_time=3.0, approval=1.0)
    facts = tell(foreseen(actions={"licence": terms}), Luck({"cloud": EVERY_WEEK}))
    assert around(orders(facts))[:6] == [100, 100, 300, 300, 300, 300]
    assert next(fact.time for fact in of(facts, f.LicenceApplied)) == 44.0


def test_the_memory_buyer_front_runs_an_announced_control_and_then_lives_on_the_leak() -> None:
    control = changed(policy(6, MemoryControl(leak=1.0)), announced=of_week(3))
    world = small(memory__foreign={"maker": 10.0}, memory__front_running=3.0, policies={"control": control})
    assert received(tell(world, Luck()))[:8] == [10, 10, 10, 30, 30, 30, 1, 1]


def test_memory_is_bought_as_before_when_the_control_is_withdrawn() -> None:
    control = changed(policy(6, MemoryControl(leak=1.0)), announced=of_week(3), withdrawn=of_week(5))
    world = small(memory__foreign={"maker": 10.0}, memory__front_running=3.0, policies={"control": control})
    assert received(tell(world, Luck()))[:8] == [10, 10, 10, 30, 30, 10, 10, 10]


def received(facts: list[Fact]) -> list[float]:
    return [fact.stacks for fact in of(facts, f.MemoryReceived)]


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


def border(demand: Any = None, **changes: Any) -> Scenario:
    return small(demand={"cloud": patient() if demand is None else demand}, grey=grey(**changes))


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


def test_need_bound_to_domestic_chips_does_not_raise_the_premium() -> None:
    world = border()
    bound = policy(0, Mandate(segments=["cloud"], compliance=1.0))
    facts = tell(changed(world, policies={"only-domestic": bound}), Luck({"cloud": [0.5, 1.5]}))
    assert {fact.premium for fact in dispatched(facts)[:40]} == {1.0}


def test_the_premium_compares_with_need_that_could_have_been_met_from_abroad() -> None:
    """Both segments asked for 100 A100e a week before; a bound project that comes counts on neither side."""
    world = changed(border(), demand={"cloud": patient(), "state": patient()})
    bound = policy(0, Mandate(segments=["state"], compliance=1.0))
    facts = tell(changed(world, policies={"only-domestic": bound}), Luck({"cloud": [0.5], "state": [0.5]}))
    assert dispatched(facts)[1].premium == pytest.approx(1 + 2 * 100 / (51 * 200 + 100))


def test_volume_follows_the_premium_by_its_elasticity_up_to_the_cap() -> None:
    premium = 1 + 2 * 100 / 5200
    volumes = [
        dispatched(tell(border(elasticity=elasticity, cap=cap), Luck({"cloud": [0.5]})))[1].chips
        for elasticity, cap in [(0.0, 1e9), (1.0, 1e9), (3.0, 1e9), (3.0, 10.5)]
    ]
    assert volumes == pytest.approx([10.0, 10.0 * premium, 10.0 * premium**3, 10.5])


def test_grey_chips_land_after_their_delay_and_cost_the_premium_of_the_week_in_which_they_are_bought() -> None:
    world = border()
    facts = tell(world, Luck({"cloud": [0.5]}))
    assert transcript(facts, "cloud-0")[:2] == [(0.5, "ProjectArrived"), (8.0, "Delivered")]
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


def test_no_grey_chips_leave_before_their_day() -> None:
    assert dispatched(tell(border(available=of_week(5)), nobody()))[0].time == 5.0


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


def test_enforcement_may_also_be_relaxed() -> None:
    relaxed = {"look away": policy(12, Enforcement(interception=0.0))}
    facts = tell(changed(border(interception=1.0), policies=relaxed), nobody())
    assert of(facts, f.GreyLanded)[0].time == 12.0


def test_grey_outcomes_by_hand() -> None:
    world = border()
    told = [
        f.GreyDispatched(10.0, "grey", 5.0, 1.5),
        f.GreyDispatched(11.0, "grey", 7.0, 2.5),
        f.GreyDispatched(60.0, "grey", 7.0, 3.0),
        f.GreyIntercepted(20.0, "grey", 5.0),
        f.ProjectArrived(1.0, "p", "cloud", 9.0, True, "CANN", ""),
        f.GreyLanded(21.0, "grey", 7.0),
        f.Delivered(21.0, "p", "grey", 7.0, 7.0, 105.0, ""),
    ]
    values = outcomes_of(told, world)
    assert values[Key("grey_premium")] == pytest.approx(7 / 3)
    assert (values[Key("grey_premium").at(2023)], values[Key("grey_premium").at(2024)]) == (2.0, 3.0)
    assert values[Key("grey_intercepted")] == 5.0
    assert (values[Key("grey_value").at(2023)], values[Key("market_value").at(2023)]) == (105.0, 0.0)


# --- Equipment control, domestic tools, the ceiling, the die bank ---


def tooled(**changes: Any) -> Scenario:
    """Wafer starts of 1 a week that double each year; domestic tools make good a quarter of what is lost."""
    return small(designs={"ascend": design()}, foundry__growth=1.0, foundry__domestic_tools=0.25, **changes)


def growth_by_week(facts: list[Fact]) -> list[float]:
    """Growth a year, from each week's lot to the next."""
    wafers = [lot.wafers for lot in of(facts, f.LotStarted)]
    return [(after / before) ** WEEKS_A_YEAR - 1 for before, after in pairwise(wafers)]


def test_an_equipment_control_slows_growth_and_domestic_tools_make_good_a_part() -> None:
    rule = {"control": policy(10, EquipmentControl(growth=0.2))}
    growth = growth_by_week(tell(tooled(policies=rule), Luck()))
    assert growth[:9] == pytest.approx([1.0] * 9)
    assert growth[10:20] == pytest.approx([1.0 - 0.8 * (1 - 0.25)] * 10)


@pytest.mark.parametrize(("domestic_tools", "growth"), [(0.0, 0.2), (1.0, 1.0)])
def test_domestic_tools_make_good_between_nothing_and_all(domestic_tools: float, growth: float) -> None:
    rule = {"control": policy(10, EquipmentControl(growth=0.2))}
    world = changed(tooled(policies=rule), foundry__domestic_tools=domestic_tools)
    assert growth_by_week(tell(world, Luck()))[15] == pytest.approx(growth)


def test_an_equipment_control_never_speeds_the_foundry_up() -> None:
    rule = {"control": policy(10, EquipmentControl(growth=3.0))}
    assert growth_by_week(tell(tooled(policies=rule), Luck()))[15] == pytest.approx(1.0)


def test_without_domestic_lithography_wafer_starts_reach_a_ceiling_and_stay_there() -> None:
    wafers = [lot.wafers for lot in of(tell(changed(tooled(), foundry__ceiling=1.5), Luck()), f.LotStarted)]
    reached = next(week for week, started in enumerate(wafers) if started == 1.5)
    assert reached == 31, "1.5 = 2 ^ (30.5 / 52.18)"
    assert wafers[30] == pytest.approx(2 ** (30 / WEEKS_A_YEAR))
    assert set(wafers[reached:]) == {1.5}


def test_a_die_bank_comes_into_use_on_the_designs_first_day_and_waits_for_memory() -> None:
    bank = design(available=of_week(7), die_bank=100.0, dies=2.0, stacks=4.0, wafer_share={of_week(0): 0.0})
    facts = tell(small(designs={"ascend": bank}, memory__foreign={"maker": 40.0}), Luck())
    assert transcript(facts, "ascend")[:1] == [(7.0, "DiesReceived")]
    used = [(fact.time, fact.chips, fact.dies, fact.stacks) for fact in of(facts, f.MemoryUsed)]
    assert used == [(7.0, 50.0, 100.0, 200.0)], "by then eight weeks' memory is there"
    assert [(fact.time, fact.chips) for fact in of(facts, f.ChipsAssembled)] == [(9.0, 50.0)]


def test_the_baseline_has_no_die_bank_and_the_scenario_of_that_name_has() -> None:
    assert not record(baseline(), 1, 0).of(f.DiesReceived)
    scenario = load("die-bank").scenario
    banked = record(scenario, 1, 0).of(f.DiesReceived)
    first_day = scenario.window.week(scenario.designs["ascend-910c"].available)
    assert [(fact.time, fact.product, fact.dies) for fact in banked] == [(first_day, "ascend-910c", 2.9e6)]


# --- Memory makers ---


def test_foreign_makers_deliver_by_name_until_the_control_the_leak_and_the_domestic_one_after_it() -> None:
    world = small(
        memory__foreign={"sk-hynix": 5.0, "samsung": 3.0, "micron": 2.0},
        memory__domestic={"cxmt": MemoryMaker(available=of_week(2), rate=4.0, growth=0.0)},
        policies={"control": policy(2, MemoryControl(leak=1.0))},
    )
    facts = of(tell(world, Luck()), f.MemoryReceived)
    assert [(fact.time, fact.origin, fact.stacks) for fact in facts[:10]] == [
        (0.0, "sk-hynix", 5.0),
        (0.0, "samsung", 3.0),
        (0.0, "micron", 2.0),
        (1.0, "sk-hynix", 5.0),
        (1.0, "samsung", 3.0),
        (1.0, "micron", 2.0),
        (2.0, "leak", 1.0),
        (2.0, "cxmt", 4.0),
        (3.0, "leak", 1.0),
        (3.0, "cxmt", 4.0),
    ]


def test_without_a_leak_nothing_foreign_comes_after_the_control() -> None:
    world = small(memory__foreign={"samsung": 3.0}, policies={"control": policy(2, MemoryControl(leak=0.0))})
    assert [fact.time for fact in of(tell(world, Luck()), f.MemoryReceived)] == [0.0, 1.0]


def test_in_the_baseline_memory_binds_in_2026_and_does_not_before_2025() -> None:
    for replication in range(3):
        values = compute_outcomes(History(record(baseline(), 1, replication), baseline()))
        assert values[Key("binds", "memory", 2023)] == values[Key("binds", "memory", 2024)] == 0
        assert values[Key("binds", "memory", 2026)] > values[Key("binds", "memory", 2025)]
        assert values[Key("binds", "memory", 2026)] > 0.25 * values[Key("binds", "wafers", 2026)], (
            "not just for a moment"
        )


def test_the_stockpile_is_used_before_dies_wait() -> None:
    """100 dies a week from week 1 on, 4 stacks each: a stock of 1000 makes 250 chips."""
    world = small(designs={"ascend": design(stacks=4.0)}, memory__stock=1000.0)
    used = of(tell(world, Luck()), f.MemoryUsed)
    assert [(fact.time, fact.chips) for fact in used] == [(1.0, 100.0), (2.0, 100.0), (3.0, 50.0)]


# --- Systems and scale ---


def scaled(size: float, supplier: str = "Designer") -> Scenario:
    """One project of that size; 100 chips a week of that supplier, and the systems of another."""
    systems = {
        "pod": System(supplier="Designer", available=of_week(20), chips=2000.0, efficiency=0.9, power=1.3),
        "matrix": System(supplier="Designer", available=of_week(10), chips=100.0, efficiency=0.8, power=1.2),
    }
    return small(
        demand={"cloud": patient(size=size, cuda_share=0.0)},
        designs={"ascend": design(supplier=supplier)},
        scale__size=1000.0,
        scale__loose=0.6,
        scale__systems=systems,
    )


@pytest.mark.parametrize(
    ("size", "week", "supplier", "share", "system"),
    [
        (1000.0, 25.5, "Designer", 1.0, ""),  # not large
        (1001.0, 5.5, "Designer", 0.6, ""),  # nothing but loose chips is on sale
        (1001.0, 10.5, "Designer", 0.8, "matrix"),
        (1999.0, 25.5, "Designer", 0.8, "matrix"),  # too small for a whole pod
        (2000.0, 19.5, "Designer", 0.8, "matrix"),  # the pod is not on sale
        (2000.0, 20.5, "Designer", 0.9, "pod"),
        (2000.0, 20.5, "Another", 0.6, ""),  # the systems join their own supplier's chips only
    ],
)
def test_what_a_project_gets_out_of_a_chip_depends_on_its_size_the_date_and_the_supplier(
    size: float, week: float, supplier: str, share: float, system: str
) -> None:
    world = scaled(size, supplier)
    first = of(tell(world, Luck({"cloud": [week]})), f.Delivered)[0]
    assert first.time == week
    assert (first.compute / first.chips, first.system) == (pytest.approx(0.5 * share), system), "readiness x share"


def test_a_project_that_waits_when_a_system_comes_gets_the_rest_of_its_need_in_it() -> None:
    """Each week's chips are worth 30 A100e loose, and 40 from week 10 on, when what was in stock is long gone."""
    facts = of(tell(scaled(1001.0), Luck({"cloud": [0.5]})), f.Delivered)
    by_week = {fact.time: (pytest.approx(fact.compute), fact.system) for fact in facts}
    assert (by_week[9.0], by_week[11.0]) == ((30.0, ""), (40.0, "matrix"))


def test_foreign_chips_lose_nothing_with_large_projects() -> None:
    world = changed(scaled(2000.0), demand__cloud__cuda_share=1.0, designs={})
    facts = tell(changed(world, imports={"gpu": foreign(available=of_week(1))}), Luck({"cloud": [1.5]}))
    assert {(fact.compute / fact.chips, fact.system) for fact in of(facts, f.Delivered)} == {(1.0, "")}


def test_a_chip_in_a_system_takes_the_systems_multiple_of_its_power() -> None:
    world = changed(scaled(1.0), designs__ascend__power=0.5)
    told = [
        f.ProjectArrived(1.0, "p", "cloud", 100.0, False, "CANN", ""),
        f.Delivered(2.0, "p", "ascend", 40.0, 20.0, 400.0, ""),
        f.Delivered(11.0, "p", "ascend", 100.0, 50.0, 1000.0, "matrix"),
        f.Delivered(21.0, "p", "ascend", 60.0, 30.0, 600.0, "pod"),
    ]
    values = outcomes_of(told, world)
    kilowatts = 40 * 0.5 + 100 * 0.5 * 1.2 + 60 * 0.5 * 1.3
    assert values[Key("installed_power")] == pytest.approx(kilowatts / 1000)
    assert values[Key("power_per_compute")] == pytest.approx(kilowatts / 100)


# --- Stacks ---


def test_a_project_ports_to_the_stack_it_draws_and_then_takes_chips_of_that_stack_only() -> None:
    world = small(
        demand={"cloud": segment()},
        designs={
            "ascend": design(wafer_share={of_week(0): 0.5}),
            "hygon": design(software="DTK", supplier="Hygon", price=20.0, wafer_share={of_week(0): 0.5}),
        },
        software__stacks={"CANN": 0.7, "DTK": 0.3},
    )
    facts = tell(world, Luck({"cloud": [20.0, 20.5]}, {"software.stacks/cloud": [0.69, 0.71]}))
    assert {(fact.project, fact.stack) for fact in of(facts, f.PortingFinished)} == {
        ("cloud-0", "CANN"),
        ("cloud-1", "DTK"),
    }
    assert {(fact.project, fact.product) for fact in of(facts, f.Delivered)} == {
        ("cloud-0", "ascend"),
        ("cloud-1", "hygon"),
    }


# --- The anchor customer ---


def anchored(size: float = 100.0, **changes: Any) -> Scenario:
    """Chips of Designer, on CANN, 100 from week 30 on and 100 each week. Half of the projects are the customer's, for
    whom 60 % are reserved; nobody insists on CUDA."""
    return small(
        demand={"cloud": patient(cuda_share=0.0, size=size)},
        designs={
            "ascend": design(available=of_week(18), wafer_share={of_week(18): 1.0}),
            "hygon": design(supplier="Hygon", software="DTK", wafer_share={of_week(0): 0.0}),
        },
        anchors={"contract": Anchor(supplier="Designer", segment="cloud", projects=0.5, reserved=0.6)},
        software__stacks={"CANN": 0.4, "DTK": 0.6},
        **changes,
    )


def anchor_luck(arrivals: list[float], customers: list[bool], stacks: list[float] | None = None) -> Luck:
    """Who is the customer's is written down; all others would be on CANN."""
    numbers = {
        "anchors.contract.projects/cloud": [0.1 if customer else 0.9 for customer in customers],
        "software.stacks/cloud": stacks or [0.2] * len(customers),
    }
    return Luck({"cloud": arrivals}, numbers)


def test_the_reserved_share_goes_first_to_the_customer_the_rest_to_whoever_came_first() -> None:
    facts = tell(anchored(), anchor_luck([1.0, 2.0], [False, True]))
    assert [(d.time, d.project, d.chips) for d in of(facts, f.Delivered)[:4]] == [
        (30.0, "cloud-1", pytest.approx(60.0)),
        (30.0, "cloud-0", pytest.approx(40.0)),
        (31.0, "cloud-1", pytest.approx(60.0)),
        (31.0, "cloud-0", pytest.approx(40.0)),
    ]


def test_what_the_customer_does_not_need_goes_to_others() -> None:
    facts = tell(anchored(size=20.0), anchor_luck([1.0, 1.5, 2.0], [False, False, True]))
    assert [(d.time, d.project, round(d.chips, 6)) for d in of(facts, f.Delivered)] == [
        (30.0, "cloud-2", 40.0),
        (30.0, "cloud-0", 40.0),
        (30.0, "cloud-1", 20.0),
        (31.0, "cloud-1", 20.0),
    ]


def test_two_contracts_on_one_segment_each_have_their_share_of_all_its_projects() -> None:
    contracts = {
        name: Anchor(supplier="Designer", segment="cloud", projects=0.4, reserved=0.1) for name in ("one", "two")
    }
    scenario = changed(anchored(), anchors=contracts, demand__cloud__projects=2000.0)
    customers = Counter(fact.customer for fact in of(tell(scenario, Streams(1, 0)), f.ProjectArrived))
    assert {name: customers[name] / customers.total() for name in contracts} == pytest.approx(
        dict.fromkeys(contracts, 0.4), abs=0.03
    )


def test_a_contract_named_after_a_stack_has_a_queue_of_its_own() -> None:
    """Cloud-1 waits for the customer's chips first, whatever the contract is called."""

    def told(name: str) -> list[tuple[float, str, float]]:
        scenario = changed(anchored(), anchors={name: anchored().anchors["contract"]})
        luck = anchor_luck([1.0, 2.0], [False, True])
        luck._streams[f"anchors.{name}.projects/cloud"] = luck["anchors.contract.projects/cloud"]
        return [(d.time, d.project, d.chips) for d in of(tell(scenario, luck), f.Delivered)]

    assert told("CANN") == told("contract")


def test_without_a_waiting_customer_nothing_is_held_back() -> None:
    facts = tell(anchored(), anchor_luck([1.0], [False]))
    assert [(d.time, d.chips) for d in of(facts, f.Delivered)] == [(30.0, 100.0), (31.0, 100.0)]


def test_the_customer_is_on_its_suppliers_stack_whatever_it_would_have_drawn() -> None:
    facts = tell(anchored(), anchor_luck([1.0, 2.0], [True, False], stacks=[0.9, 0.9]))
    assert [(a.project, a.stack, a.customer) for a in of(facts, f.ProjectArrived)] == [
        ("cloud-0", "CANN", "contract"),
        ("cloud-1", "DTK", ""),
    ]


EXIT = {"exit": policy(20, AnchorExit(anchor="contract"))}


def test_when_the_contract_ends_the_customers_waiting_projects_port_to_another_stack() -> None:
    facts = tell(anchored(policies=EXIT), anchor_luck([1.0, 2.0], [True, False]))
    assert transcript(facts, "cloud-0") == [
        (1.0, "ProjectArrived"),
        (20.0, "CustomerLeft"),
        (20.0, "PortingStarted"),
        (28.0, "PortingFinished"),
    ]
    assert {
        fact.stack for kind in (f.CustomerLeft, f.PortingStarted, f.PortingFinished) for fact in of(facts, kind)
    } == {"DTK"}
    assert [(d.project, d.chips) for d in of(facts, f.Delivered)] == [("cloud-1", 100.0), ("cloud-1", 100.0)]


def test_projects_of_the_customer_that_come_after_the_end_avoid_the_supplier() -> None:
    facts = tell(anchored(policies=EXIT), anchor_luck([21.0, 22.0, 23.0], [True, True, False], stacks=[0.2, 0.9, 0.2]))
    assert [(a.project, a.stack, a.customer) for a in of(facts, f.ProjectArrived)] == [
        ("cloud-0", "DTK", ""),
        ("cloud-1", "DTK", ""),
        ("cloud-2", "CANN", ""),
    ]
    assert not of(facts, f.PortingStarted)


def test_a_customers_project_that_has_not_ported_yet_turns_to_the_other_stack_and_ports_when_it_would_have() -> None:
    world = changed(anchored(policies=EXIT), demand__cloud__cuda_share=1.0, demand__cloud__porting_wait=25.0)
    facts = tell(world, anchor_luck([1.0], [True]))
    assert transcript(facts, "cloud-0") == [
        (1.0, "ProjectArrived"),
        (20.0, "CustomerLeft"),
        (26.0, "PortingStarted"),
        (34.0, "PortingFinished"),
    ]
    assert {fact.stack for fact in of(facts, f.PortingFinished)} == {"DTK"}


def test_the_largest_customers_share_by_hand() -> None:
    told: list[Fact] = [
        f.ProjectArrived(1.0, name, "cloud", 1000.0, False, "CANN", customer)
        for name, customer in [("p", "contract"), ("q", "contract"), ("r", ""), ("s", "")]
    ]
    told += [
        f.Delivered(2.0, "p", "ascend", 1.0, 1.0, 30.0, ""),
        f.Delivered(3.0, "q", "ascend", 1.0, 1.0, 20.0, ""),
        f.Delivered(4.0, "r", "ascend", 1.0, 1.0, 40.0, ""),
        f.Delivered(5.0, "s", "hygon", 1.0, 1.0, 900.0, ""),
        f.Delivered(60.0, "s", "ascend", 1.0, 1.0, 30.0, ""),
        f.Delivered(61.0, "r", "ascend", 1.0, 1.0, 10.0, ""),
    ]
    values = outcomes_of(told, anchored())
    assert values[Key("largest_customer", "Designer")] == pytest.approx(50 / 130), "p and q are one customer"
    assert values[Key("largest_customer", "Designer", 2023)] == pytest.approx(50 / 90)
    assert values[Key("largest_customer", "Designer", 2024)] == pytest.approx(30 / 40)
    assert outcomes_of(told[:4], anchored())[Key("largest_customer", "Designer")] is None


# --- Revenue ---


def on(year: int, month: int, day: int) -> float:
    """Noon of a day."""
    return (datetime.date(year, month, day) - small().window.start).days / 7 + 0.5 / 7


def sold(*sales: tuple[float, float]) -> list[Fact]:
    told: list[Fact] = [f.ProjectArrived(0.0, "p", "cloud", 1000.0, False, "CANN", "")]
    return told + [f.Delivered(week, "p", "ascend", 1.0, 1.0, yuan, "") for week, yuan in sales]


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


def datong(**changes: Any) -> NamedProject:
    terms = dict(segment="cloud", arrives=of_week(3), budget=1000.0, chip_share=0.5, price=10.0)
    return NamedProject(**{**terms, **changes})


def test_a_named_project_comes_on_its_day_for_what_its_budget_buys_on_the_terms_of_its_segment() -> None:
    facts = tell(small(demand={"cloud": segment()}, projects={"datong": datong()}), nobody())
    [arrived] = of(facts, f.ProjectArrived)
    assert (arrived.project, arrived.segment, arrived.need, arrived.insists) == ("datong", "cloud", 50.0, True)
    assert transcript(facts, "datong") == [
        (3.0, "ProjectArrived"),
        (13.0, "PortingStarted"),
        (21.0, "PortingFinished"),
        (51.0, "ProjectCancelled"),
    ]


def test_a_named_project_has_luck_of_its_own() -> None:
    """Adding it changes nothing for the others, where there is nothing that they could take from one another."""
    empty = changed(
        baseline(), window__end=datetime.date(2024, 1, 1), designs={}, anchors={}, imports={}, grey=None, policies={}
    )
    alone = changed(empty, projects={})
    named = changed(empty, projects={"datong": changed(baseline().projects["datong"], arrives=of_week(3))})
    assert "datong" in {fact.project for fact in of(tell(named, Streams(3, 1)), f.ProjectArrived)}

    def told(scenario: Scenario) -> list[tuple[float, str, str]]:
        facts = tell(scenario, Streams(3, 1))
        lives = (f.ProjectArrived, f.PortingStarted, f.ProjectCancelled)
        return [
            (fact.time, type(fact).__name__, fact.project)
            for fact in facts
            if isinstance(fact, lives) and fact.project != "datong"
        ]

    assert told(named) == told(alone)


def test_a_named_project_is_bound_by_a_mandate_on_its_segment() -> None:
    bound = {"rule": policy(0, Mandate(segments=["cloud"], compliance=1.0))}
    facts = tell(small(demand={"cloud": segment()}, projects={"datong": datong()}, policies=bound), nobody())
    assert transcript(facts, "datong")[:3] == [
        (3.0, "ProjectArrived"),
        (3.0, "ProjectMandated"),
        (3.0, "PortingStarted"),
    ]


def test_the_efficiency_step_leaves_a_named_projects_budget_alone() -> None:
    world = small(demand={"cloud": segment()}, projects={"datong": datong()}, efficiency=shock(0.5, 0.6, week=1))
    assert [fact.need for fact in of(tell(world, nobody()), f.ProjectArrived)] == [50.0]


# --- Mandates on those who wait ---


def mandated(week: float, compliance: float = 1.0, **changes: Any) -> Scenario:
    rule = {"rule": policy(week, Mandate(segments=["cloud"], compliance=compliance))}
    return small(demand={"cloud": segment(**changes)}, imports={"gpu": foreign(available=of_week(12))}, policies=rule)


def test_a_project_that_ports_when_the_mandate_comes_goes_on_porting_and_takes_no_imports() -> None:
    facts = tell(mandated(14), Luck({"cloud": [1.5]}))
    assert transcript(facts, "cloud-0") == [
        (1.5, "ProjectArrived"),
        (11.5, "PortingStarted"),
        (14.0, "ProjectMandated"),
        (19.5, "PortingFinished"),
        (49.5, "ProjectCancelled"),
    ]
    assert [fact.time for fact in of(facts, f.OrderLanded)] == [20.0], "ordered before the mandate, and left in stock"


def test_a_project_that_needs_no_port_waits_on_under_the_mandate_for_domestic_chips() -> None:
    facts = tell(mandated(14, cuda_share=0.0), Luck({"cloud": [1.5]}))
    assert transcript(facts, "cloud-0") == [
        (1.5, "ProjectArrived"),
        (14.0, "ProjectMandated"),
        (41.5, "ProjectCancelled"),
    ]


@pytest.mark.parametrize(("compliance", "bound"), [(0.0, 0), (0.3, 1), (0.6, 2), (1.0, 3)])
def test_higher_compliance_binds_the_same_projects_and_more(compliance: float, bound: int) -> None:
    luck = {"policies.rule.mandate.compliance/cloud": [0.5, 0.2, 0.8]}
    facts = tell(mandated(5, compliance), Luck({"cloud": [1.5, 2.5, 6.5]}, luck))
    assert {fact.project for fact in of(facts, f.ProjectMandated)} == set(["cloud-1", "cloud-0", "cloud-2"][:bound])


# --- What binds: one small world for each rule ---


def binding(facts: list[Fact], week: float) -> dict[str, float]:
    """The parts of the need that waits in that week that are not zero."""
    [look] = [look for look in of(facts, f.WhatBinds) if look.time == week]
    return {name: round(part, 6) for name in CONSTRAINTS if (part := getattr(look, name))}


def banked(bank: float, **changes: Any) -> Any:
    """A design of which so many dies are there from the start, and no more are made."""
    return design(die_bank=bank, wafer_share={of_week(0): 0.0}, **changes)


def test_need_that_is_being_ported_is_held_up_by_software() -> None:
    facts = tell(small(demand={"cloud": segment()}), Luck({"cloud": [1.5]}))
    assert [binding(facts, week) for week in (8, 12, 16, 20)] == [
        {"import_volume": 100.0},
        {"software": 100.0},
        {"software": 100.0},
        {"wafers": 100.0},
    ]


def test_need_that_could_use_idle_domestic_chips_is_held_up_by_software_as_far_as_they_go() -> None:
    def waits(chips: float) -> dict[str, float]:
        world = small(demand={"cloud": patient()}, designs={"ascend": banked(chips)})
        return binding(tell(world, Luck({"cloud": [1.5]})), 8)

    assert waits(30.0) == {"software": 15.0, "import_volume": 85.0}, "30 chips at a readiness of a half"
    assert waits(1000.0) == {"software": 100.0}


def test_need_applied_for_is_held_up_by_the_licence_as_far_as_the_application_goes() -> None:
    rule = Licence(product="gpu", officers=1.0, work_time=30.0, approval=1.0)
    world = small(
        demand={"cloud": patient()},
        imports={"gpu": foreign(cap=10.0, available=of_week(1))},
        policies={"rule": policy(0, rule)},
    )
    facts = tell(world, Luck({"cloud": [1.5]}))
    assert [binding(facts, week) for week in (4, 8, 12)] == [
        {"licence": 40.0, "import_volume": 60.0},
        {"licence": 80.0, "import_volume": 20.0},
        {"licence": 100.0},
    ]


def test_need_that_has_shipped_is_in_transit_and_what_is_only_ordered_is_not() -> None:
    world = small(demand={"cloud": patient()}, imports={"gpu": foreign(cap=30.0, available=of_week(1))})
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


def test_what_is_on_its_way_counts_first_for_those_who_can_use_nothing_else() -> None:
    world = small(demand={"cloud": patient(cuda_share=0.5)}, imports={"gpu": foreign(cap=120.0, available=of_week(1))})
    facts = tell(world, Luck({"cloud": [1.2, 1.5]}, {"demand.cloud.cuda_share": [0.1, 0.9]}))
    assert binding(facts, 8) == {"transit": 120.0, "wafers": 80.0}


def test_what_is_on_its_way_holds_up_nobody_who_is_bound_to_domestic_chips() -> None:
    world = small(
        demand={"cloud": patient(), "state": patient(cuda_share=0.0)},
        imports={"gpu": foreign(available=of_week(1))},
        policies={"rule": policy(3, Mandate(segments=["state"], compliance=1.0))},
    )
    facts = tell(world, Luck({"cloud": [1.5], "state": [1.5]}))
    assert binding(facts, 8) == {"transit": 100.0, "wafers": 100.0}, "200 were ordered before the mandate"


def test_need_for_domestic_chips_is_held_up_by_memory_as_far_as_dies_wait() -> None:
    world = small(
        demand={"cloud": patient(cuda_share=0.0)},
        designs={"ascend": banked(30.0, dies=2.0, stacks=1.0, performance=2.0)},
    )
    assert binding(tell(world, Luck({"cloud": [1.5]})), 8) == {"memory": 15.0, "wafers": 85.0}, "15 chips of 2 x 0.5"


def test_need_for_cuda_alone_is_held_up_by_the_control_where_a_ban_stops_a_product_on_sale() -> None:
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


def test_what_is_left_is_held_up_by_wafers() -> None:
    facts = tell(small(demand={"cloud": patient(cuda_share=0.0)}), Luck({"cloud": [1.5]}))
    assert binding(facts, 8) == {"wafers": 100.0}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("baseline", {}),
        ("baseline", {"assembly__time": 3.0, "vendor__lead_time_cv": 0.0}),  # chips come at the very moment of a look
        ("licence-queue", {}),
        ("anchor-exit", {}),
    ],
)
def test_the_parts_add_up_to_the_backlog_at_every_look(name: str, changes: dict[str, Any]) -> None:
    scenario = changed(load(name).scenario, **changes)
    history = History(record(scenario, 5, 0), scenario)
    series = compute_series(history)
    parts = [series["binds", constraint] for constraint in CONSTRAINTS]
    assert len(parts[0]) == len(series["backlog", ""]) == history.samples == 66
    assert [sum(split) for split in zip(*parts, strict=True)] == pytest.approx(
        series["backlog", ""], rel=1e-9, abs=1e-3
    )
    assert min(min(part) for part in parts) >= 0
    assert all(max(part) > 0 for part, constraint in zip(parts, CONSTRAINTS, strict=True) if constraint != "licence")


def test_what_binds_is_summed_over_the_time_around_each_look() -> None:
    """Two years of 365 and 366 days; the second look stands from week 54 on, so the first reaches into 2024."""
    told = [
        f.WhatBinds(48.0, 7.0, 0.0, 0.0, 14.0, 0.0, 0.0, 0.0),
        f.WhatBinds(60.0, 21.0, 0.0, 0.0, 0.0, 0.0, 0.0, 7.0),
    ]
    values = outcomes_of(told, small())
    first, second = 54 * 7 - 365, 731 - 54 * 7  # days of each in 2024
    assert values[Key("binds", "software", 2023)] == pytest.approx(365)
    assert values[Key("binds", "software", 2024)] == pytest.approx(first + 3 * second)
    assert values[Key("binds", "software")] == pytest.approx(54 * 7 + 3 * second)
    assert values[Key("binds", "memory", 2023)] == pytest.approx(2 * 365)
    assert (values[Key("binds", "wafers", 2023)], values[Key("binds", "wafers", 2024)]) == (0, pytest.approx(second))
    assert {outcomes_of([], small())[Key("binds", name)] for name in CONSTRAINTS} == {0}


def test_what_binds_summed_over_time_is_the_average_backlog_times_the_window() -> None:
    """But for what arrives and leaves between two looks."""
    for replication in range(2):
        values = compute_outcomes(History(record(baseline(), 1, replication), baseline()))
        waiting = sum(values[Key("binds", name)] for name in CONSTRAINTS)
        assert waiting == pytest.approx(values[Key("backlog")] * baseline().window.weeks, rel=0.006)
