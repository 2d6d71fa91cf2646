"""Known answers: cases in which arithmetic or theory says what must come out."""

import math
import random
from datetime import date, timedelta
from statistics import mean, stdev

import numpy as np
import pytest
from worlds import Luck, baseline, changed, design, foreign, of, segment, small, tell

from sim.base.statistics import incomplete_beta, summarise, t_quantile
from sim.base.units import WEEKS_A_YEAR
from sim.experiment.replication import record, replicate
from sim.model import facts as f
from sim.model import run
from sim.model.learning import learned
from sim.model.streams import Stream, Streams
from sim.outcomes.cards import compute_outcomes, wait_quantile
from sim.outcomes.history import History
from sim.outcomes.keys import Key
from sim.outcomes.ledger import Ledger, running_balances
from sim.scenario.parts import Scenario


def history(scenario, replication=0):
    return History(record(scenario, 7, replication), scenario)


def test_the_import_channel_alone_without_ban_or_cap_serves_everything_at_once() -> None:
    channel = changed(
        baseline(),
        designs={},
        anchors={},
        policies={},
        grey=None,
        imports={"gpu": foreign(cap=1e12)},
        vendor__lead_time=1e-9,
        vendor__lead_time_cv=0.0,
        vendor__transit=0.0,
        **{f"demand__{name}__cuda_share": 1.0 for name in baseline().demand},
    )
    seen = history(channel)
    served = {fact.project: fact.time for fact in seen.ledger.of(f.ProjectServed)}
    waits = [served[fact.project] - fact.time for fact in seen.asked if fact.time < seen.end - 1]
    assert max(waits) < 1.0 + 1e-6, "orders are placed once a week"
    assert compute_outcomes(seen)[Key("service_level")] == pytest.approx(1.0)


def test_no_supply_serves_nothing() -> None:
    seen = history(changed(baseline(), designs={}, anchors={}, imports={}, grey=None, policies={}))
    assert not seen.deliveries
    values = compute_outcomes(seen)
    assert (values[Key("delivered")], values[Key("service_level")], values[Key("market_value")]) == (0, 0, 0)
    assert values[Key("domestic_share")] is values[Key("wait_median")] is values[Key("power_per_compute")] is None


@pytest.mark.parametrize(("cover", "book", "stock"), [(0.0, 2400.0, 0.0), (6.0, 1200.0, 0.0), (20.0, 0.0, 1600.0)])
def test_under_constant_demand_an_ample_line_starts_what_is_asked_for(cover: float, book: float, stock: float) -> None:
    """A project of 200 chips a week, 12 weeks from order to chip: book + cover x 200 = 12 x 200 + stock.

    So a cover of 12 weeks would just do; with less, orders wait for the rest of the 12 weeks; with more, chips do.
    """
    world = small(
        demand={"cloud": segment(cuda_share=0.0, patience=1e3)},
        designs={"ascend": design()},
        foundry__wafer_starts=1e4,
        foundry__cover=cover,
    )
    facts = tell(world, Luck({"cloud": [week + 0.5 for week in range(200)]}))
    assert [lot.wafers for lot in of(facts, f.LotStarted) if lot.time >= 60] == pytest.approx([2.0] * 45)
    assert [look.production for look in of(facts, f.WhatBinds) if look.time >= 60] == pytest.approx([book] * 12)
    in_stock = [
        balances["chips in stock", "ascend"]
        for fact, balances in running_balances(facts)
        if isinstance(fact, f.WhatBinds) and fact.time >= 60
    ]
    assert in_stock == pytest.approx([stock] * 12)


def sold_out() -> Scenario:
    """More is ordered than the line can ever start: 5 wafers a week, 14 weeks each on the average."""
    return small(
        demand={"cloud": segment(cuda_share=0.0, size=1e9)},
        designs={"ascend": design()},
        foundry__wafer_starts=5.0,
        foundry__cycle_time=14.0,
        foundry__cycle_time_cv=0.25,
    )


def test_mean_foundry_work_in_progress_is_rate_times_mean_cycle_time() -> None:
    """Little's law for a line that is always full: the mean over replications settles near 5 x 14."""
    levels = [_time_average(sold_out(), number, "wafers in progress") for number in range(40)]
    half = 3 * stdev(levels) / math.sqrt(len(levels))
    assert half / 70 < 0.02, "a wide interval would cover anything"
    assert abs(mean(levels) - 70) < half


def test_the_opening_work_in_progress_is_what_an_endless_past_would_have_left() -> None:
    world = changed(sold_out(), window__end=date(2023, 1, 8))
    opening = [
        fact.amount
        for number in range(400)
        for fact in record(world, 3, number).of(f.OpeningBalance)
        if fact.account == "wafers in progress"
    ]
    expected = 5 * (14 - 0.5)  # the next lot starts half a week later, on average
    assert abs(mean(opening) - expected) < 4 * stdev(opening) / math.sqrt(len(opening))


def test_littles_law_holds_on_the_ledger() -> None:
    """Time-average of those who wait x time = sum of their waits, two ways of counting the same facts."""
    scenario = baseline()
    seen = history(scenario)
    left = {fact.project: fact.time for kind in (f.ProjectServed, f.ProjectCancelled) for fact in seen.ledger.of(kind)}
    waits = [left.get(name, seen.end) - fact.time for name, fact in seen.arrived.items()]
    area, count, before = 0.0, 0, 0.0
    for fact in seen.ledger.facts:
        area, before = area + count * (fact.time - before), fact.time
        count += isinstance(fact, f.ProjectArrived)
        count -= isinstance(fact, f.ProjectServed | f.ProjectCancelled)
    area += count * (seen.end - before)
    rate = len(waits) / seen.end
    assert area / seen.end == pytest.approx(rate * mean(waits), rel=1e-9)


def test_the_mean_backlog_is_the_balance_of_those_who_wait_averaged_over_time() -> None:
    scenario = baseline()
    values = compute_outcomes(history(scenario))
    assert values[Key("backlog")] == pytest.approx(_time_average(scenario, 0, "compute waiting", seed=7), rel=1e-9)
    yearly = [values[Key("backlog").at(year)] for year in range(2023, 2028)]
    days = [365, 366, 365, 365, 365]
    weighted = sum(level * n for level, n in zip(yearly, days, strict=True)) / sum(days)
    assert weighted == pytest.approx(values[Key("backlog")], rel=1e-9)


def test_expected_demand_is_projects_times_size_growing_by_the_year() -> None:
    scenario = changed(
        baseline(), designs={}, anchors={}, imports={}, grey=None, policies={}, projects={}, efficiency=None
    )
    scenario = changed(scenario, **{f"demand__{name}__cuda_share": 0.0 for name in scenario.demand})  # nobody ports
    asked = [replicate(scenario, 11, number).outcomes[Key("demand")] for number in range(60)]
    years = scenario.window.weeks / WEEKS_A_YEAR
    expected = sum(
        terms.projects * terms.size * ((1 + terms.growth) ** years - 1) / terms.growth
        for terms in scenario.demand.values()
    )
    summary = summarise(np.array(asked))
    assert abs(summary.mean - expected) < 2 * summary.half_width
    assert summary.half_width / expected < 0.02


def test_lognormal_numbers_have_the_mean_and_variation_asked_for() -> None:
    numbers = Stream("lognormal").lognormals(200_000, 14.0, 0.5)
    assert mean(numbers) == pytest.approx(14.0, rel=0.005)
    assert stdev(numbers) / mean(numbers) == pytest.approx(0.5, rel=0.01)


def test_poisson_points_have_unit_rate() -> None:
    counts = [len(Stream(f"poisson {i}").poisson(50.0)) for i in range(400)]
    assert mean(counts) == pytest.approx(50, abs=4 * math.sqrt(50 / 400))
    assert stdev(counts) ** 2 == pytest.approx(50, rel=0.3)


def test_choices_follow_their_shares() -> None:
    chosen = Stream("choice").choices(50_000, {"a": 0.7, "none": 0.0, "b": 0.3})
    assert chosen.count("a") / len(chosen) == pytest.approx(0.7, abs=0.01)
    assert set(chosen) == {"a", "b"}


def test_learning_halves_the_distance() -> None:
    assert [learned(0.2, 0.6, 10.0, n) for n in (0, 10, 20)] == pytest.approx([0.2, 0.4, 0.5])
    assert learned(39.0, 8.0, 150.0, 1e6) == pytest.approx(8.0)


def test_kaplan_meier_on_a_worked_example() -> None:
    """Served after 1, 3 and 6 weeks, gave up after 2 and 5: the curve falls to 4/5, 8/15 and 0."""
    scenario = small()
    ledger = Ledger()
    for i in range(5):
        ledger.record(f.ProjectArrived(0.0, f"p{i}", "cloud", 1.0, True, "CANN", ""))
    for i, (week, served) in enumerate([(1, True), (2, False), (3, True), (5, False), (6, True)]):
        ledger.record(f.ProjectServed(week, f"p{i}") if served else f.ProjectCancelled(week, f"p{i}", 1.0))
    seen = History(ledger, scenario)
    assert [wait_quantile(seen, share) for share in (0.2, 0.4, 0.5, 0.9)] == [1, 3, 6, 6]
    assert wait_quantile(History(Ledger(), scenario), 0.5) is None


def test_service_level_counts_only_what_came_within_52_weeks_and_cohorts_that_can_be_judged() -> None:
    ledger = Ledger()
    for name, week, need in [
        ("early", 0.0, 100.0),
        ("late", 60.0, 1000.0),
    ]:  # late: its 52 weeks end outside the window
        ledger.record(f.ProjectArrived(week, name, "cloud", need, True, "CANN", ""))
    for week, compute in [(10.0, 30.0), (52.0, 20.0), (53.0, 50.0)]:
        ledger.record(f.Delivered(week, "early", "gpu", 1.0, compute, 1.0))
    world = small(imports={"gpu": foreign()})
    values = compute_outcomes(History(ledger, world))
    assert values[Key("service_level")] == pytest.approx(0.5)
    assert values[Key("delivered").at(2023)] == pytest.approx(50.0)
    assert values[Key("delivered").at(2024)] == pytest.approx(50.0)


def test_a_year_whose_last_projects_cannot_be_judged_has_no_service_level() -> None:
    """Of 2024 only the first days' projects have their 52 weeks inside the window: they would pass for all the year."""
    ledger = Ledger()
    ledger.record(f.ProjectArrived(10.0, "first", "cloud", 100.0, True, "CANN", ""))
    ledger.record(f.ProjectArrived(53.0, "second", "cloud", 300.0, True, "CANN", ""))
    ledger.record(f.Delivered(54.0, "second", "gpu", 1.0, 300.0, 1.0))
    world = small(imports={"gpu": foreign()}, window__start=date(2023, 1, 1), window__end=date(2025, 1, 8))
    values = compute_outcomes(History(ledger, world))
    assert [values[Key("service_level").at(year)] for year in (None, 2023, 2024, 2025)] == [0.75, 0.0, None, None]


def test_domestic_majority_is_seen_in_the_first_sample_after_it() -> None:
    ledger = Ledger()
    ledger.record(f.ProjectArrived(0.0, "p", "cloud", 1e6, True, "CANN", ""))
    ledger.record(f.Delivered(1.0, "p", "gpu", 100.0, 1.0, 1.0))
    ledger.record(f.Delivered(30.0, "p", "ascend", 99.0, 1.0, 1.0))
    world = small(imports={"gpu": foreign()}, designs={"ascend": design()})
    year = compute_outcomes(History(ledger, world))[Key("domestic_majority")]
    assert year == pytest.approx(2023 + 56 / WEEKS_A_YEAR), (
        "the import of week 1 leaves the last 52 weeks between 52 and 56"
    )


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.7062), (2, 4.3027), (10, 2.2281), (30, 2.0423), (199, 1.9720)])
def test_students_t_as_in_printed_tables(freedom: int, t: float) -> None:
    assert t_quantile(0.95, freedom) == pytest.approx(t, abs=1e-4)


def test_the_incomplete_beta_function_where_it_has_a_closed_form() -> None:
    assert incomplete_beta(1, 3, 0.2) == pytest.approx(1 - 0.8**3)
    assert incomplete_beta(0.5, 0.5, 0.3) == pytest.approx(2 / math.pi * math.asin(math.sqrt(0.3)))


def test_the_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    draw = random.Random(5)
    covers = 0
    for _ in range(2000):
        summary = summarise(np.array([draw.gauss(3.0, 2.0) for _ in range(8)]))
        covers += summary.low < 3.0 < summary.high
    assert covers / 2000 == pytest.approx(0.95, abs=0.015)


def _time_average(scenario, number: int, account: str, seed: int = 3) -> float:
    area, before, level = 0.0, 0.0, 0.0
    for fact, balances in running_balances(record(scenario, seed, number).facts):
        area, before = area + level * (max(0.0, fact.time) - before), max(0.0, fact.time)
        level = sum(amount for (name, _), amount in balances.items() if name == account)
    end = scenario.window.weeks
    return (area + level * (end - before)) / end


def test_a_replication_is_told_the_same_by_every_way_of_running_it() -> None:
    scenario = baseline()
    told: list[f.Fact] = []
    run(scenario, Streams(7, 0), told.append)
    assert told == record(scenario, 7, 0).facts


def test_a_day_told_in_weeks_is_the_same_day_again() -> None:
    window = baseline().window
    days = [window.start + timedelta(days=n) for n in range(1826)]
    assert [window.day(window.week(day)) for day in days] == days
    assert window.day(window.week(days[7]) - 0.01) == days[6]
