"""Series: from the facts of one replication to values every four weeks."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from sim.model import facts as f
from sim.outcomes.constraints import CONSTRAINTS
from sim.outcomes.history import SAMPLE, History, added, slices
from sim.outcomes.ledger import Ledger
from sim.scenario.parts import Scenario

SERIES_UNITS = {"backlog": "A100e", "delivered": "A100e", "flow": "A100e", "revenue": "yuan", "binds": "A100e"}


def route(origin: str, segment: str) -> str:
    """From whom to whom compute flows, as the name of a series' item: huawei to cloud."""
    return f"{origin} to {segment}"


def compute_series(history: History) -> dict[tuple[str, str], list[float]]:
    """Values every four weeks, by (series, item): the backlog at that moment, and what was delivered, by product and by
    route, and earned, by supplier, in the four weeks that end then (so they are 0 at week 0)."""
    bins = history.samples
    moments = [SAMPLE * n for n in range(bins)]
    steps = [0.0] * bins
    for weeks, changes in history.backlog_changes:
        *until, _after = slices(weeks, moments, bisect_right)
        steps = [added(changes[own], step) for step, own in zip(steps, until, strict=True)]
    series = {("backlog", ""): [max(0.0, level) for level in accumulate(steps)]}  # no rounding below nothing
    for product in history.chips:
        series["delivered", product] = [0.0] * bins
    for chip in history.chips.values():
        series["revenue", chip.supplier] = [0.0] * bins
    for origin in dict.fromkeys(map(history.origin, history.chips)):
        for segment in history.scenario.demand:
            series["flow", route(origin, segment)] = [0.0] * bins
    rows = {
        product: (
            series["delivered", product],
            series["revenue", chip.supplier],
            {segment: series["flow", route(history.origin(product), segment)] for segment in history.scenario.demand},
        )
        for product, chip in history.chips.items()
    }
    arrived = history.arrived
    *until, _after = slices(history.delivery_weeks, moments, bisect_right)
    for sample, own in enumerate(until):
        for _, project, product, _, compute, yuan in history.deliveries[own]:
            delivered, revenue, flows = rows[product]
            delivered[sample] += compute
            revenue[sample] += yuan
            flows[arrived[project].segment][sample] += compute
    for name in CONSTRAINTS:
        series["binds", name] = [getattr(look, name) for look in history.ledger.of(f.WhatBinds)]
    return series


def series_of(scenario: Scenario) -> list[tuple[str, str]]:
    """The series that a scenario has, known without running it: they do not depend on what happens."""
    return list(compute_series(History(Ledger(), scenario)))
