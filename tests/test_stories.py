"""Stories: a situation goes in, a list of dated facts comes out. Weeks are counted from the window's start."""

import pytest
from worlds import Luck, changed, design, foreign, of, policy, segment, small, tell, transcript

from sim.model import facts as f
from sim.scenario.parts import MemoryMaker
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.lift import Lift
from sim.scenario.policies.mandate import Mandate
from sim.scenario.policies.memory_control import MemoryControl


def test_a_project_that_finds_its_chips_in_stock_is_served_at_once() -> None:
    # 100 dies a week, 10 weeks in the line, 2 in assembly, from before the window: 50 A100e a week are in stock at once
    world = small(demand={"cloud": segment(cuda_share=0.0)}, designs={"ascend": design()})
    facts = tell(world, Luck({"cloud": [5.5]}))
    assert transcript(facts, "cloud-0") == [(5.5, "ProjectArrived"), (5.5, "Delivered"), (5.5, "ProjectServed")]


def test_a_project_takes_deliveries_in_parts_until_its_need_is_met() -> None:
    world = small(demand={"cloud": segment(cuda_share=0.0, size=120.0)}, designs={"ascend": design()})
    facts = tell(world, Luck({"cloud": [0.5]}))
    assert [(d.time, d.chips, d.compute) for d in of(facts, f.Delivered)] == [
        (1.0, 100.0, 50.0),
        (2.0, 100.0, 50.0),
        (3.0, 40.0, 20.0),
    ]


def test_imports_are_ordered_once_a_week_and_land_after_lead_time_and_transit() -> None:
    world = small(demand={"cloud": segment()}, imports={"gpu": foreign(available=of_week(1))})
    facts = tell(world, Luck({"cloud": [1.5]}))
    assert transcript(facts, "gpu") == [
        (2.0, "OrderPlaced"),
        (8.0, "OrderShipped"),
        (10.0, "OrderLanded"),
        (10.0, "Delivered"),
    ]


def test_the_vendor_orders_only_what_is_not_on_its_way() -> None:
    world = small(demand={"cloud": segment()}, imports={"gpu": foreign(available=of_week(1))})
    facts = tell(world, Luck({"cloud": [1.5, 3.5]}))
    assert [(order.time, order.chips) for order in of(facts, f.OrderPlaced)] == [(2.0, 100.0), (4.0, 100.0)]


def test_the_vendor_orders_the_cheapest_compute_first_up_to_its_cap() -> None:
    products = {"dear": foreign(price=20.0, available=of_week(1)), "cheap": foreign(cap=30.0, available=of_week(1))}
    facts = tell(small(demand={"cloud": segment()}, imports=products), Luck({"cloud": [1.5]}))
    assert [(order.product, order.chips) for order in of(facts, f.OrderPlaced)] == [("cheap", 30.0), ("dear", 70.0)]


def test_a_project_that_insists_on_cuda_ports_after_its_wait_and_then_takes_domestic_chips() -> None:
    world = small(demand={"cloud": segment()}, designs={"ascend": design()})
    facts = tell(world, Luck({"cloud": [20.0]}))
    assert transcript(facts, "cloud-0") == [
        (20.0, "ProjectArrived"),
        (30.0, "PortingStarted"),
        (38.0, "PortingFinished"),
        (38.0, "Delivered"),
        (38.0, "ProjectServed"),
    ]


def test_patience_stands_still_while_a_project_ports() -> None:
    world = small(demand={"cloud": segment()})
    facts = tell(world, Luck({"cloud": [0.0]}))
    assert transcript(facts, "cloud-0") == [
        (0.0, "ProjectArrived"),
        (10.0, "PortingStarted"),
        (18.0, "PortingFinished"),
        (48.0, "ProjectCancelled"),  # 40 weeks of patience and 8 of porting
    ]


def test_a_project_whose_patience_is_short_gives_up_before_it_would_port() -> None:
    facts = tell(small(demand={"cloud": segment(patience=6.0)}), Luck({"cloud": [0.0]}))
    assert transcript(facts, "cloud-0") == [(0.0, "ProjectArrived"), (6.0, "ProjectCancelled")]


def test_what_a_cancelled_project_received_stays_with_it() -> None:
    world = small(demand={"cloud": segment(cuda_share=0.0, patience=1.0, size=1000.0)}, designs={"ascend": design()})
    facts = tell(world, Luck({"cloud": [10.5]}))
    received = sum(d.compute for d in of(facts, f.Delivered))
    assert received > 0
    assert [cancelled.unmet for cancelled in of(facts, f.ProjectCancelled)] == [pytest.approx(1000.0 - received)]


def test_chips_that_land_while_a_project_ports_end_its_story() -> None:
    world = small(demand={"cloud": segment(porting_wait=5.0)}, imports={"gpu": foreign(available=of_week(1))})
    facts = tell(world, Luck({"cloud": [1.5]}))
    assert transcript(facts, "cloud-0") == [
        (1.5, "ProjectArrived"),
        (6.5, "PortingStarted"),
        (10.0, "Delivered"),
        (10.0, "ProjectServed"),
    ]


def test_first_come_first_served_even_where_the_later_one_was_ready_first() -> None:
    # cloud-0 comes first and has ported by week 18; cloud-1 needs no port. Chips are made from week 30 on.
    world = small(demand={"cloud": segment(cuda_share=0.5)}, designs={"ascend": design(available=of_week(18))})
    facts = tell(world, Luck({"cloud": [0.0, 1.0]}, {"demand.cloud.cuda_share": [0.4, 0.6]}))
    assert [d.project for d in of(facts, f.Delivered)] == ["cloud-0", "cloud-0", "cloud-1", "cloud-1"]


def test_a_project_takes_the_cheapest_effective_compute_ties_by_name() -> None:
    designs = {
        "b": design(price=10.0, wafer_share={of_week(0): 0.25}),
        "a": design(price=10.0, wafer_share={of_week(0): 0.25}),
        "cheap": design(price=5.0, wafer_share={of_week(0): 0.5}),
    }
    facts = tell(small(demand={"cloud": segment(cuda_share=0.0, size=40.0)}, designs=designs), Luck({"cloud": [1.5]}))
    assert [(d.product, d.chips) for d in of(facts, f.Delivered)] == [("cheap", 50.0), ("a", 25.0), ("b", 5.0)]


def test_a_state_project_arriving_after_the_mandate_takes_no_imports_and_ports_at_once() -> None:
    facts = tell(mandated(compliance=1.0), Luck({"state": [6.5], "cloud": [6.5]}))
    assert transcript(facts, "state-0") == [
        (6.5, "ProjectArrived"),
        (6.5, "ProjectMandated"),
        (6.5, "PortingStarted"),
        (14.5, "PortingFinished"),
        (54.5, "ProjectCancelled"),
    ]
    assert [d.project for d in of(facts, f.Delivered)] == ["cloud-0"]


def test_a_mandate_binds_projects_that_wait_already() -> None:
    facts = tell(mandated(compliance=1.0), Luck({"state": [2.5]}))
    assert transcript(facts, "state-0") == [
        (2.5, "ProjectArrived"),
        (6.0, "ProjectMandated"),
        (6.0, "PortingStarted"),
        (14.0, "PortingFinished"),
        (50.5, "ProjectCancelled"),
    ]


def test_a_mandate_leaves_alone_the_projects_that_do_not_comply() -> None:
    luck = {"policies.only-domestic.mandate.compliance/state": [0.9]}
    facts = tell(mandated(compliance=0.8), Luck({"state": [6.5]}, luck))
    assert "ProjectMandated" not in {kind for _, kind in transcript(facts, "state-0")}
    assert of(facts, f.ProjectServed)


def test_a_ban_refuses_what_is_on_order_and_lets_arrive_what_has_shipped() -> None:
    world = small(
        demand={"cloud": segment()},
        imports={"gpu": foreign(available=of_week(1))},
        policies={"block": policy(9, Ban(product="gpu"))},
    )
    facts = tell(world, Luck({"cloud": [1.5, 4.5]}))
    assert transcript(facts, "gpu") == [
        (2.0, "OrderPlaced"),
        (5.0, "OrderPlaced"),
        (8.0, "OrderShipped"),
        (9.0, "OrderRefused"),
        (10.0, "OrderLanded"),
        (10.0, "Delivered"),
    ]


def test_a_lift_lets_orders_flow_again() -> None:
    world = small(
        demand={"cloud": segment()},
        imports={"gpu": foreign(available=of_week(1))},
        policies={
            "block": policy(2, Ban(product="gpu")),
            "end": policy(7, Lift(product="gpu")),
        },
    )
    facts = tell(world, Luck({"cloud": [1.5]}))
    assert [order.time for order in of(facts, f.OrderPlaced)] == [7.0]


def test_a_threshold_bans_what_reaches_it_and_spares_what_was_designed_under_it() -> None:
    world = small(
        demand={"cloud": segment()},
        imports={
            "at": foreign(performance=0.6, available=of_week(1)),
            "under": foreign(performance=0.59, price=100.0, available=of_week(1)),
        },
        policies={"threshold": policy(0, Ban(threshold=0.6))},
    )
    assert {order.product for order in of(tell(world, Luck({"cloud": [1.5]})), f.OrderPlaced)} == {"under"}


def test_a_later_ban_by_name_catches_the_product_designed_under_the_threshold() -> None:
    world = small(
        demand={"cloud": segment()},
        imports={"under": foreign(performance=0.5, available=of_week(1))},
        policies={
            "threshold": policy(0, Ban(threshold=0.6)),
            "block": policy(6, Ban(product="under")),
        },
    )
    assert [order.time for order in of(tell(world, Luck({"cloud": [1.5, 7.5]})), f.OrderPlaced)] == [2.0]


def test_dies_wait_for_memory_and_the_first_lot_goes_first() -> None:
    designs = {
        "early": design(stacks=1.0, wafer_share={of_week(0): 1.0, of_week(1): 0.0}, available=of_week(0)),
        "late": design(stacks=1.0, wafer_share={of_week(1): 1.0}, available=of_week(1)),
    }
    world = small(designs=designs, memory__foreign={"maker": 10.0})
    used = of(tell(world, Luck()), f.MemoryUsed)
    first_late = next(i for i, use in enumerate(used) if use.product == "late")
    assert {use.product for use in used[:first_late]} == {"early"}
    early_dies = sum(lot.dies for lot in of(tell(world, Luck()), f.LotFinished) if lot.product == "early")
    assert sum(use.dies for use in used[:first_late]) == pytest.approx(early_dies)


def test_a_memory_control_cuts_deliveries_to_the_leak() -> None:
    world = small(memory__foreign={"maker": 10.0}, policies={"control": policy(3, MemoryControl(leak=4.0))})
    received = [(fact.time, fact.stacks) for fact in of(tell(world, Luck()), f.MemoryReceived)]
    assert received[:5] == [(0.0, 10.0), (1.0, 10.0), (2.0, 10.0), (3.0, 4.0), (4.0, 4.0)]


def test_domestic_memory_starts_on_its_day_and_doubles_each_year() -> None:
    world = small(memory__domestic={"maker": MemoryMaker(rate=8.0, available=of_week(4), growth=1.0)})
    received = {fact.time: fact.stacks for fact in of(tell(world, Luck()), f.MemoryReceived)}
    assert min(received) == 4.0
    assert received[4.0] == 8.0
    assert received[4.0 + 52] == pytest.approx(8.0 * 2 ** (52 * 7 / 365.25))


def test_yield_learns_from_finished_wafers_not_from_started_ones() -> None:
    world = small(
        designs={"ascend": design()}, foundry__yield_start=0.2, foundry__yield_ceiling=0.6, foundry__yield_half=1.0
    )
    lots = of(tell(world, Luck()), f.LotFinished)
    assert [lot.dies for lot in lots[:3]] == pytest.approx([20.0, 40.0, 50.0])


def test_each_port_makes_the_next_one_shorter_and_the_chips_more_usable() -> None:
    world = changed(
        small(demand={"cloud": segment(size=1e6)}, designs={"ascend": design()}),
        software__porting_floor=0.0,
        software__porting_half=1.0,
        software__readiness_ceiling=1.0,
        software__readiness_half=1.0,
    )
    facts = tell(world, Luck({"cloud": [0.0, 9.0]}))
    started = {fact.project: fact.time for fact in of(facts, f.PortingStarted)}
    finished = {fact.project: fact.time for fact in of(facts, f.PortingFinished)}
    assert [finished[p] - started[p] for p in ("cloud-0", "cloud-1")] == pytest.approx([8.0, 4.0])
    usable = [d.compute / d.chips for d in of(facts, f.Delivered)]
    assert usable[0] == pytest.approx(0.75)
    assert usable[-1] == pytest.approx(0.875)


def test_a_rule_from_before_the_window_is_in_force_from_its_start() -> None:
    world = small(
        demand={"cloud": segment()},
        imports={"gpu": foreign()},
        policies={"old": policy(-20, Ban(product="gpu"))},
    )
    facts = tell(world, Luck({"cloud": [1.5]}))
    assert [fact.time for fact in of(facts, f.PolicyEffective)] == [0.0]
    assert not of(facts, f.OrderLanded)


def of_week(week: float):  # type: ignore[no-untyped-def]
    return policy(week).effective


def mandated(compliance: float):  # type: ignore[no-untyped-def]
    """State and cloud projects, imports for all, and a mandate on the state in week 6."""
    return small(
        demand={"state": segment(), "cloud": segment()},
        imports={"gpu": foreign(available=of_week(1))},
        policies={"only-domestic": policy(6, Mandate(segments=["state"], compliance=compliance))},
    )
