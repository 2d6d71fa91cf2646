"""Stories: a situation goes in, a list of dated facts comes out. Weeks are counted from the window's start."""

import pytest
from worlds import (
    Luck,
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
from sim.outcomes.keys import Key
from sim.scenario.load import load
from sim.scenario.parts import Scenario
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.licence import Licence
from sim.scenario.policies.lift import Lift
from sim.scenario.policies.mandate import Mandate

# Of what comes on sale in week 1, nothing is on its way when the window starts.
LATER = of_week(1)


# --- A project, its stack, its chips ---


def test_a_project_that_finds_its_chips_in_stock_is_served_at_once() -> None:
    # 200 nominal A100e a week were ordered before the window, of which the line could make half.
    world = small(demand={"cloud": segment(cuda_share=0.0)}, designs={"ascend": design()})
    facts = tell(world, Luck({"cloud": [5.5]}))
    assert transcript(facts, "cloud-0") == [
        (5.5, "ProjectArrived"),
        (5.5, "ProjectOrdered"),
        (5.5, "Delivered"),
        (5.5, "ProjectServed"),
    ]
    assert not of(facts, f.LotStarted), "500 chips are in stock, more than it orders"


def test_a_project_takes_deliveries_in_parts_until_its_need_is_met() -> None:
    world = small(demand={"cloud": segment(cuda_share=0.0, size=120.0)}, designs={"ascend": design()})
    facts = tell(world, Luck({"cloud": [0.5]}))
    assert [(d.time, d.chips, d.compute) for d in of(facts, f.Delivered)] == [
        (1.0, 100.0, 50.0),
        (2.0, 100.0, 50.0),
        (3.0, 40.0, 20.0),
    ]


def test_what_a_cancelled_project_received_stays_with_it() -> None:
    """Ten weeks of 100 chips are in stock when it comes, and the eleventh comes before it gives up."""
    world = small(demand={"cloud": segment(cuda_share=0.0, patience=1.0, size=1000.0)}, designs={"ascend": design()})
    facts = tell(world, Luck({"cloud": [10.5]}))
    assert [(d.time, d.compute) for d in of(facts, f.Delivered)] == [(10.5, 500.0), (11.0, 50.0)]
    assert [(cancelled.time, cancelled.unmet) for cancelled in of(facts, f.ProjectCancelled)] == [(11.5, 450.0)]


def test_a_project_takes_the_cheapest_compute_in_stock_ties_by_name() -> None:
    designs = {
        "b": design(die_bank=25.0, available=LATER),
        "a": design(die_bank=25.0, available=LATER),
        "cheap": design(die_bank=50.0, price=5.0, available=LATER),
    }
    facts = tell(small(demand={"cloud": segment(cuda_share=0.0, size=40.0)}, designs=designs), Luck({"cloud": [5.5]}))
    assert [(d.product, d.chips) for d in of(facts, f.Delivered)] == [("cheap", 50.0), ("a", 25.0), ("b", 5.0)]


def test_imports_are_ordered_once_a_week_and_land_after_lead_time_and_transit() -> None:
    facts = tell(importing(), Luck({"cloud": [1.5]}))
    assert transcript(facts, "gpu") == [
        (2.0, "OrderPlaced"),
        (8.0, "OrderShipped"),
        (10.0, "OrderLanded"),
        (10.0, "Delivered"),
    ]


def test_the_vendor_orders_only_what_is_not_on_its_way() -> None:
    facts = tell(importing(), Luck({"cloud": [1.5, 3.5]}))
    assert [(order.time, order.chips) for order in of(facts, f.OrderPlaced)] == [(2.0, 100.0), (4.0, 100.0)]


def test_the_vendor_orders_the_cheapest_compute_first_up_to_its_cap() -> None:
    products = {"dear": foreign(price=20.0, available=LATER), "cheap": foreign(cap=30.0, available=LATER)}
    facts = tell(small(demand={"cloud": segment()}, imports=products), Luck({"cloud": [1.5]}))
    assert [(order.product, order.chips) for order in of(facts, f.OrderPlaced)] == [("cheap", 30.0), ("dear", 70.0)]


# --- Porting ---


def test_a_project_that_has_waited_for_cuda_joins_the_domestic_book_and_pulls_wafers_while_it_ports() -> None:
    world = small(demand={"cloud": segment()}, designs={"ascend": design()})
    facts = tell(world, Luck({"cloud": [20.5]}))
    assert transcript(facts, "cloud-0") == [
        (20.5, "ProjectArrived"),
        (20.5, "ProjectOrdered"),
        (30.5, "PortingStarted"),
        (30.5, "ProjectOrdered"),
        (38.5, "PortingFinished"),
        (43.0, "Delivered"),
        (44.0, "Delivered"),
        (44.0, "ProjectServed"),
    ]
    assert [(order.stack, order.compute) for order in of(facts, f.ProjectOrdered)] == [("CUDA", 100.0), ("CANN", 200.0)]
    assert [(lot.time, lot.wafers) for lot in of(facts, f.LotStarted)] == [(31.0, 1.0), (32.0, 1.0)]


def test_chips_that_come_before_a_port_ends_are_paid_at_once_and_in_use_from_its_end() -> None:
    """Of 100 A100e 60 come from abroad before the project turns; the port to the rest takes until week 31.5."""
    world = importing(
        imports__gpu__cap=30.0,
        designs={"ascend": design()},
        software__porting_start=20.0,
        software__porting_floor=20.0,
    )
    history = history_of(tell(world, Luck({"cloud": [1.5]})), world)
    assert [(d.time, d.product, d.chips, d.yuan) for d in history.deliveries] == [
        (10.0, "gpu", 30.0, 300.0),
        (11.0, "gpu", 30.0, 300.0),
        (24.0, "ascend", 80.0, 800.0),
    ]
    assert history.installed.since == [10.0, 11.0, 31.5], "what it had before works on"
    values = outcomes_of(history.ledger.facts, world)
    used = sum(compute * (world.window.weeks - since) for compute, since in ((30, 10.0), (30, 11.0), (40, 31.5)))
    assert values[Key("compute_years")] == pytest.approx(used / WEEKS_A_YEAR)


def test_what_lands_after_a_project_has_turned_waits_for_the_next_one() -> None:
    facts = tell(importing(demand__cloud__porting_wait=5.0), Luck({"cloud": [1.5, 12.5]}))
    assert [(d.time, d.project) for d in of(facts, f.Delivered)] == [(12.5, "cloud-1")]
    assert of(facts, f.OrderLanded)[0].time == 10.0


def test_patience_stands_still_while_a_project_ports() -> None:
    facts = tell(small(demand={"cloud": segment()}), Luck({"cloud": [0.5]}))
    assert transcript(facts, "cloud-0")[2:] == [
        (10.5, "PortingStarted"),
        (10.5, "ProjectOrdered"),
        (18.5, "PortingFinished"),
        (48.5, "ProjectCancelled"),  # 40 weeks of patience and 8 of porting
    ]


def test_a_project_with_less_patience_than_porting_wait_gives_up_and_never_ports() -> None:
    facts = tell(small(demand={"cloud": segment(patience=6.0)}), Luck({"cloud": [0.5]}))
    assert transcript(facts, "cloud-0") == [
        (0.5, "ProjectArrived"),
        (0.5, "ProjectOrdered"),
        (6.5, "ProjectCancelled"),
    ]


def test_a_book_serves_first_who_joined_it_first_not_who_came_first() -> None:
    """Cloud-0 comes first, and joins the domestic book in week 10.5; cloud-1 does so in week 5.5."""
    world = small(demand={"cloud": segment(cuda_share=0.5)}, designs={"ascend": design(available=LATER)})
    facts = tell(world, Luck({"cloud": [0.5, 5.5]}, {"demand.cloud.cuda_share": [0.4, 0.6]}))
    assert [d.project for d in of(facts, f.Delivered)] == ["cloud-1", "cloud-1", "cloud-0", "cloud-0"]


def test_ports_that_end_shorten_the_next_ones_and_make_all_chips_more_useful() -> None:
    """Poorer software means more chips for the same work, and what is installed gains when software improves."""
    world = changed(
        small(demand={"cloud": segment()}, designs={"ascend": design()}),
        software__porting_floor=0.0,
        software__porting_half=1.0,
        software__readiness_ceiling=1.0,
        software__readiness_half=1.0,
    )
    facts = tell(world, Luck({"cloud": [0.5, 9.5]}))
    times = {kind: [fact.time for fact in of(facts, kind)] for kind in (f.PortingStarted, f.PortingFinished)}
    assert times == {f.PortingStarted: [10.5, 19.5], f.PortingFinished: [18.5, 23.5]}
    ordered = {order.project: order.compute for order in of(facts, f.ProjectOrdered) if order.stack == "CANN"}
    assert ordered == pytest.approx({"cloud-0": 100 / 0.5, "cloud-1": 100 / 0.75})
    values = outcomes_of(facts, world)
    assert values[Key("delivered")] == pytest.approx(200.0), "at the usefulness of the orders"
    assert values[Key("in_use")] == pytest.approx(sum(ordered.values()) * 0.875)


def test_a_project_ports_to_the_stack_it_draws_and_takes_chips_of_that_stack_only() -> None:
    world = small(
        demand={"cloud": segment()},
        designs={"ascend": design(), "hygon": design(software="DTK", supplier="Hygon", price=1.0)},
        software__stacks={"CANN": 0.7, "DTK": 0.3},
    )
    facts = tell(world, Luck({"cloud": [0.5, 1.5]}, {"software.stacks/cloud": [0.69, 0.71]}))
    assert [(port.project, port.stack) for port in of(facts, f.PortingStarted)] == [
        ("cloud-0", "CANN"),
        ("cloud-1", "DTK"),
    ]
    assert {(d.project, d.product) for d in of(facts, f.Delivered)} == {("cloud-0", "ascend"), ("cloud-1", "hygon")}


# --- Mandates ---


def mandated(compliance: float = 0.8, **changes: object) -> Scenario:
    """State and cloud projects, imports for all, and a mandate on the state in week 6."""
    rule = policy(6, Mandate(segments=["state"], compliance=compliance))
    return importing(demand={"state": segment(), "cloud": segment()}, policies={"only-domestic": rule}, **changes)


def test_a_bound_project_that_arrives_with_cuda_code_ports_at_once() -> None:
    facts = tell(mandated(), Luck({"state": [6.5], "cloud": [6.5]}))
    assert transcript(facts, "state-0") == [
        (6.5, "ProjectArrived"),
        (6.5, "ProjectMandated"),
        (6.5, "PortingStarted"),
        (6.5, "ProjectOrdered"),
        (14.5, "PortingFinished"),
        (54.5, "ProjectCancelled"),
    ]
    assert [(order.project, order.stack) for order in of(facts, f.ProjectOrdered)] == [
        ("state-0", "CANN"),
        ("cloud-0", "CUDA"),
    ]


def test_a_mandate_binds_who_waits_for_cuda_before_that_days_orders() -> None:
    """Ordered in week 5.5; in week 6 nobody orders its foreign chips any more, and its wafers are started."""
    facts = tell(mandated(designs={"ascend": design()}), Luck({"state": [5.5], "cloud": []}))
    assert transcript(facts, "state-0") == [
        (5.5, "ProjectArrived"),
        (5.5, "ProjectOrdered"),
        (6.0, "ProjectMandated"),
        (6.0, "PortingStarted"),
        (6.0, "ProjectOrdered"),
        (14.0, "PortingFinished"),
        (18.0, "Delivered"),
        (19.0, "Delivered"),
        (19.0, "ProjectServed"),
    ]
    assert not of(facts, f.OrderPlaced)
    assert [lot.time for lot in of(facts, f.LotStarted)] == [6.0, 7.0]


def test_a_mandate_changes_nothing_for_who_does_not_comply_or_ports_or_is_on_a_domestic_stack() -> None:
    luck = {
        "policies.only-domestic.mandate.compliance/state": [0.9, 0.1, 0.1],
        "demand.state.cuda_share": [0.5, 0.5, 0.99],
    }
    world = mandated(demand__state__porting_wait=4.0, demand__state__cuda_share=0.9)
    arrivals = {"state": [5.5, 1.5, 1.6], "cloud": []}
    free, bound = (tell(scenario, Luck(arrivals, luck)) for scenario in (changed(world, policies={}), world))
    assert [fact for fact in bound if not isinstance(fact, f.PolicyEffective)] == free


@pytest.mark.parametrize(("compliance", "bound"), [(0.0, []), (0.3, [1]), (0.6, [1, 0]), (1.0, [1, 0, 2])])
def test_higher_compliance_binds_the_same_projects_and_more(compliance: float, bound: list[int]) -> None:
    luck = {"policies.only-domestic.mandate.compliance/state": [0.5, 0.2, 0.8]}
    facts = tell(mandated(compliance), Luck({"state": [1.5, 2.5, 6.5], "cloud": []}, luck))
    assert {fact.project for fact in of(facts, f.ProjectMandated)} == {f"state-{number}" for number in bound}


# --- Bans and lifts ---


def importing(**changes: object) -> Scenario:
    """Foreign chips from week 1 on for projects on CUDA."""
    return changed(small(demand={"cloud": segment()}, imports={"gpu": foreign(available=LATER)}), **changes)


def test_a_ban_refuses_what_is_on_order_and_lets_arrive_what_has_shipped() -> None:
    facts = tell(importing(policies={"block": policy(9, Ban(product="gpu"))}), Luck({"cloud": [1.5, 4.5]}))
    assert transcript(facts, "gpu") == [
        (2.0, "OrderPlaced"),
        (5.0, "OrderPlaced"),
        (8.0, "OrderShipped"),
        (9.0, "OrderRefused"),
        (10.0, "OrderLanded"),
        (10.0, "Delivered"),
    ]


def test_a_lift_lets_orders_flow_again_on_its_day() -> None:
    rules = {"block": policy(2, Ban(product="gpu")), "end": policy(7, Lift(product="gpu"))}
    facts = tell(importing(policies=rules), Luck({"cloud": [1.5]}))
    assert [order.time for order in of(facts, f.OrderPlaced)] == [7.0]


def test_of_rules_of_one_day_a_ban_beats_a_licence_and_a_licence_beats_a_lift() -> None:
    desk = Licence(product="gpu", officers=1, work_time=1.0, approval=1.0)

    def told(*actions: Ban | Licence | Lift) -> set[type]:
        """What happens to the chips under an old ban and these rules of one day; the alphabet would decide otherwise."""
        rules = {f"rule {'zyx'[n]}": policy(4, action) for n, action in enumerate(actions)}
        facts = tell(importing(policies={"old": policy(0, Ban(product="gpu")), **rules}), Luck({"cloud": [1.5]}))
        return {kind for kind in (f.OrderPlaced, f.LicenceApplied) if of(facts, kind)}

    assert told(Ban(threshold=0.5), desk, Lift(product="gpu")) == set()
    assert told(desk, Lift(product="gpu")) == {f.OrderPlaced, f.LicenceApplied}
    assert told(Lift(product="gpu")) == {f.OrderPlaced}


def test_a_product_designed_under_a_threshold_ships_until_a_later_rule_catches_it() -> None:
    world = small(
        demand={"cloud": segment(porting_wait=100.0, patience=1000.0)},
        imports={
            "a800": foreign(available=LATER, cap=50.0),
            "h20": foreign(performance=0.5, price=20.0, available=of_week(6)),
        },
        policies={"first": policy(4, Ban(threshold=0.6)), "second": policy(12, Ban(threshold=0.5))},
    )
    facts = tell(world, Luck({"cloud": [1.5, 2.5, 6.5, 11.5, 12.5]}))
    assert transcript(facts, "a800") == [
        (2.0, "OrderPlaced"),
        (3.0, "OrderPlaced"),
        (4.0, "OrderRefused"),
        (4.0, "OrderRefused"),
    ]
    ordered = [(order.time, order.chips) for order in of(facts, f.OrderPlaced) if order.product == "h20"]
    assert ordered == [(6.0, 400.0), (7.0, 200.0)], "a week's need at 0.5 A100e a chip, from its first day on"
    assert transcript(facts, "h20")[2:] == [(12.0, "OrderRefused"), (12.0, "OrderRefused")]


# --- The first day ---


@pytest.mark.parametrize("lead_in", [0.0, 4.0])
@pytest.mark.parametrize("week", [-20, -2, 0])
def test_a_rule_of_the_first_day_or_from_before_is_in_force_from_the_start(week: float, lead_in: float) -> None:
    rules = {"old": policy(week, Ban(product="gpu"))}
    facts = tell(importing(imports__gpu__available=of_week(0), lead_in=lead_in, policies=rules), Luck({"cloud": [1.5]}))
    assert [fact.time for fact in of(facts, f.PolicyEffective)] == [max(week, -lead_in)]
    assert not of(facts, f.OrderPlaced)
    assert not of(facts, f.OrderLanded)


def test_projects_of_the_lead_in_count_in_what_waits_and_is_delivered_and_not_in_what_was_asked() -> None:
    """Two projects of 200 chips, the first from 1.5 weeks before the window; 100 chips a week from week 13 on."""
    world = small(demand={"cloud": segment(cuda_share=0.0)}, designs={"ascend": design(available=LATER)}, lead_in=4.0)
    facts = tell(world, Luck({"cloud/before": [1.5], "cloud": [0.5]}))
    assert [(arrived.time, arrived.project) for arrived in of(facts, f.ProjectArrived)] == [
        (-1.5, "cloud-before-0"),
        (0.5, "cloud-0"),
    ]
    assert [(d.time, d.project) for d in of(facts, f.Delivered)] == [
        (13.0, "cloud-before-0"),
        (14.0, "cloud-before-0"),
        (15.0, "cloud-0"),
        (16.0, "cloud-0"),
    ]
    values = outcomes_of(facts, world)
    assert {name: values[Key(name)] for name in ("opening_backlog", "demand", "delivered", "domestic_revenue")} == {
        "opening_backlog": 100.0,
        "demand": 100.0,
        "delivered": 200.0,
        "domestic_revenue": 4000.0,
    }
    assert values[Key("wait_median")] == 15.5
    waited = (100 * 13 + 50 * 1) + (100 * 14.5 + 50 * 1)
    assert values[Key("backlog")] == pytest.approx(waited / world.window.weeks)


@pytest.mark.parametrize(("size", "wafers"), [(25.0, 0.5), (100.0, 1.0)])
def test_pipelines_are_as_full_on_the_first_day_as_the_opening_rate_made_them(size: float, wafers: float) -> None:
    """State orders 2 chips an A100e, up to what the line can do; cloud 100 foreign ones a week."""
    world = small(
        demand={"state": segment(cuda_share=0.0, size=size), "cloud": segment()},
        designs={"ascend": design()},
        imports={"gpu": foreign()},
        memory__stock=7.0,
    )
    opening = of(tell(world, Luck({"state": [], "cloud": []})), f.OpeningBalance)
    assert {(fact.account, fact.product): fact.amount for fact in opening} == {
        ("stacks in stock", ""): 7.0,
        ("wafers in progress", "ascend"): 9 * wafers,  # those that finish in weeks 1 to 9
        ("chips in assembly", "ascend"): 2 * 100 * wafers,
        ("chips on order", "gpu"): 500.0,  # those that ship in weeks 1 to 5
        ("chips in transit", "gpu"): 200.0,
    }


def test_nothing_is_on_its_way_where_nothing_was_ordered() -> None:
    facts = tell(small(demand={"cloud": segment()}, designs={"ascend": design()}), Luck({"cloud": []}))
    assert not [fact for fact in facts if isinstance(fact, f.LotFinished | f.ChipsAssembled)]


def test_a_line_that_can_do_nothing_starts_no_lots() -> None:
    world = small(demand={"cloud": segment(cuda_share=0.0)}, designs={"ascend": design()}, foundry__wafer_starts=0.0)
    facts = tell(world, Luck({"cloud": [0.5]}))
    assert {(week.wafers, week.rate) for week in of(facts, f.WafersAsked)} == {(0.0, 0.0), (2.0, 0.0)}
    assert not [fact for fact in facts if isinstance(fact, f.LotStarted | f.LotFinished | f.ChipsAssembled)]


@pytest.mark.parametrize("lead_in", [0.0, 13.0, 13.044642857142856, 8.7])
def test_a_rule_acts_before_that_days_orders_whatever_the_lead_in(lead_in: float) -> None:
    """Weeks of which a clock that starts at -13.04 or -8.7 would make a hair more; the first is three months."""
    rules = {"block": policy(27, Ban(product="gpu")), "end": policy(53, Lift(product="gpu"))}
    facts = tell(importing(policies=rules, lead_in=lead_in), Luck({"cloud/before": [], "cloud": [26.5, 52.5]}))
    assert [order.time for order in of(facts, f.OrderPlaced) if order.time > 20] == [53.0]


@pytest.mark.parametrize("name", ["baseline", "no-controls"])
def test_nobody_orders_makes_or_waits_for_a_rounding_error(name: str) -> None:
    ledger = record(load(name).scenario, 5, 1)
    for kind in (f.LotStarted, f.OrderPlaced, f.MemoryUsed, f.Delivered):
        assert min(getattr(fact, "wafers" if kind is f.LotStarted else "chips") for fact in ledger.of(kind)) > 1e-6, (
            kind
        )
