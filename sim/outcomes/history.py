"""The facts of one replication, indexed for reading."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

from sim.base.statistics import plain_sum
from sim.base.units import DAYS_A_WEEK
from sim.model import facts as f
from sim.outcomes.keys import Period, Quarter
from sim.outcomes.ledger import Ledger
from sim.scenario.parts import Scenario

SAMPLE = 4.0  # weeks between the points of a series
CONSTRAINTS = f.WhatBinds._fields[1:]

Value: TypeAlias = float | None
Values: TypeAlias = dict[Period, Value]


class History:
    """The facts of one replication, sorted and summed once for all outcomes."""

    def __init__(self, ledger: Ledger, scenario: Scenario) -> None:
        self.scenario = scenario
        self.ledger = ledger
        self.end = scenario.window.weeks
        self.chips = scenario.chips
        first, last = scenario.window.start.year, scenario.window.end.year
        whole = scenario.window.end == date(last, 1, 1)
        self.years = list(range(first, last if whole else last + 1))
        borders = [scenario.window.week(date(year, 1, 1)) for year in self.years[1:]]
        self.borders = [0.0, *borders, self.end]

    def year(self, time: float) -> int:
        """The calendar year of a time."""
        return self.years[bisect_right(self.borders, time, 1, len(self.years)) - 1]

    @cached_property
    def arrived(self) -> dict[str, f.ProjectArrived]:
        return {fact.project: fact for fact in self.ledger.of(f.ProjectArrived)}

    @cached_property
    def deliveries(self) -> list[f.Delivered]:
        return self.ledger.of(f.Delivered)

    @cached_property
    def compute_by_year(self) -> dict[tuple[str, int], float]:
        """Effective A100e delivered, by product and year."""
        return self._delivered_by_year(lambda fact: fact.compute)

    @cached_property
    def yuan_by_year(self) -> dict[tuple[str, int], float]:
        """Revenue in yuan, by product and year."""
        return self._delivered_by_year(lambda fact: fact.yuan)

    def _delivered_by_year(self, amount: Callable[[f.Delivered], float]) -> dict[tuple[str, int], float]:
        sums: dict[tuple[str, int], float] = defaultdict(float)
        for fact in self.deliveries:
            sums[fact.product, self.year(fact.time)] += amount(fact)
        return sums

    @cached_property
    def backlog_steps(self) -> list[tuple[float, float]]:
        """(week, change of the compute that waits), in no order."""
        return [
            *((fact.time, fact.need) for fact in self.ledger.of(f.ProjectArrived)),
            *((fact.time, -fact.compute) for fact in self.deliveries),
            *((fact.time, -fact.unmet) for fact in self.ledger.of(f.ProjectCancelled)),
        ]

    @cached_property
    def waits(self) -> list[tuple[float, bool]]:
        """(weeks from arrival, whether it left unserved) of each project, ascending; at a tie the served come first."""
        ends = {fact.project: (fact.time, False) for fact in self.ledger.of(f.ProjectServed)}
        ends.update((fact.project, (fact.time, True)) for fact in self.ledger.of(f.ProjectCancelled))
        never = (self.end, True)
        waits = []
        for project, fact in self.arrived.items():
            end, left = ends.get(project, never)
            waits.append((end - fact.time, left))
        return sorted(waits)

    def weeks_by_year(self, start: float, end: float) -> Iterator[tuple[int, float]]:
        """(year, how many weeks between two times lie in it); what lies beyond the window does not count."""
        for year, (first, last) in zip(self.years, pairwise(self.borders), strict=True):
            if (weeks := min(end, last) - max(start, first)) > 0:
                yield year, weeks

    def by_year(self, amounts: Iterable[tuple[float, float]]) -> dict[int, float]:
        """(time, amount) summed by year."""
        sums: dict[int, float] = defaultdict(float)
        for time, amount in amounts:
            sums[self.year(time)] += amount
        return sums

    @cached_property
    def customers(self) -> dict[str, str]:
        """The contract of each project that belongs to an anchor customer."""
        return {fact.project: fact.customer for fact in self.arrived.values() if fact.customer}

    @property
    def samples(self) -> int:
        """How many points a series has, the first at week 0, the last before the end."""
        return int(-(-self.end // SAMPLE))

    def source(self, product: str) -> str:
        """Where a product comes from: domestic, import or grey."""
        if product in self.scenario.designs:
            return "domestic"
        return "import" if product in self.scenario.imports else "grey"

    def origin(self, product: str) -> str:
        """Who a buyer has a product from: its supplier, or the grey channel."""
        return "grey" if self.source(product) == "grey" else self.chips[product].supplier

    def quarter(self, time: float) -> Quarter:
        """The calendar quarter of a time."""
        return Quarter.of(self.scenario.window.day(time))

    @cached_property
    def quarters(self) -> list[Quarter]:
        """All quarters of the window, the last perhaps of a few days."""
        last_day = self.end - 0.5 / DAYS_A_WEEK
        return list(dict.fromkeys(self.quarter(week) for week in [*range(int(self.end)), last_day]))

    @cached_property
    def kilowatts(self) -> float:
        """Power of all chips delivered, as installed; a chip in a system takes the system's multiple."""
        systems = self.scenario.scale.systems
        return plain_sum(
            fact.chips * self.chips[fact.product].power * (systems[fact.system].power if fact.system else 1.0)
            for fact in self.deliveries
        )

    def share(self, source: str) -> Values:
        """The share of delivered compute that came from a source, by year and in all."""
        part: dict[Period, float] = defaultdict(float)
        total: dict[Period, float] = defaultdict(float)
        for (product, year), compute in self.compute_by_year.items():
            for period in (year, None):
                total[period] += compute
                part[period] += compute if self.source(product) == source else 0.0
        return {period: part[period] / total[period] if total[period] else None for period in [None, *self.years]}

    def totals(self, amounts: Mapping[int, float]) -> Values:
        """Yearly amounts with their sum; a year without one has 0."""
        return {None: plain_sum(amounts.values()), **{year: amounts.get(year, 0.0) for year in self.years}}
