"""Series: from the facts of one replication to values every four weeks."""

from __future__ import annotations

from itertools import accumulate

from sim.model import facts as f
from sim.outcomes.constraints import CONSTRAINTS
from sim.outcomes.history import SAMPLE, History
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
    changes = [0.0] * bins
    for time, change in history.backlog_changes:
        sample = int(-(-time // SAMPLE)) if time > 0 else 0
        if sample < bins:
            changes[sample] += change
    series = {("backlog", ""): [max(0.0, level) for level in accumulate(changes)]}  # no rounding below nothing
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
    for fact in history.deliveries:
        sample = int(-(-fact.time // SAMPLE))
        if sample < bins:
            delivered, revenue, flows = rows[fact.product]
            delivered[sample] += fact.compute
            revenue[sample] += fact.yuan
            flows[arrived[fact.project].segment][sample] += fact.compute
    for name in CONSTRAINTS:
        series["binds", name] = [getattr(look, name) for look in history.ledger.of(f.WhatBinds)]
    return series


def series_of(scenario: Scenario) -> list[tuple[str, str]]:
    """The series that a scenario has, known without running it: they do not depend on what happens."""
    return list(compute_series(History(Ledger(), scenario)))
