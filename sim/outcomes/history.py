"""The facts of one replication, indexed for reading."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import pairwise
from math import fsum
from typing import NamedTuple, TypeAlias

from sim.model import facts as f
from sim.outcomes.installed import Installed
from sim.outcomes.keys import Period, Quarter
from sim.outcomes.ledger import Ledger
from sim.scenario.parts import Scenario

SAMPLE = 4.0  # weeks between the points of a series

SOURCES = ("domestic", "import", "grey")

Value: TypeAlias = float | None
Values: TypeAlias = dict[Period, Value]


class Sale(NamedTuple):
    """Deliveries of one product."""

    chips: float
    compute: float  # effective A100e
    yuan: float


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
        """Every project by name, those of the lead-in too."""
        return {fact.project: fact for fact in self.ledger.of(f.ProjectArrived)}

    @cached_property
    def asked(self) -> list[f.ProjectArrived]:
        """Projects that arrived inside the window: demand."""
        return [fact for fact in self.arrived.values() if fact.time >= 0]

    @cached_property
    def cancelled(self) -> list[f.ProjectCancelled]:
        """Projects that gave up inside the window."""
        return [fact for fact in self.ledger.of(f.ProjectCancelled) if fact.time >= 0]

    @cached_property
    def deliveries(self) -> list[f.Delivered]:
        return self.ledger.of(f.Delivered)

    @cached_property
    def installed(self) -> Installed:
        """What was delivered, as it is used at the end of each year."""
        return Installed(self.ledger, self.scenario, self.borders[1:])

    @cached_property
    def opening_backlog(self) -> float:
        """Effective A100e that projects of the lead-in still need when the window starts."""
        return max(0.0, fsum(change for time, change in self.backlog_changes if time < 0))

    @cached_property
    def sales(self) -> dict[tuple[str, Quarter], Sale]:
        """What was delivered, by product and quarter."""
        sums: dict[tuple[str, Quarter], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        quarters, starts, last = self.quarters, self._quarter_starts, len(self.quarters)
        for fact in self.deliveries:
            own = sums[fact.product, quarters[bisect_right(starts, fact.time, 1, last) - 1]]
            own[0] += fact.chips
            own[1] += fact.compute
            own[2] += fact.yuan
        return {key: Sale(*own) for key, own in sums.items()}

    def by_period(self, amounts: Iterable[tuple[Quarter, float]]) -> Values:
        """(quarter, amount) summed by quarter, by year and in all; 0 where there is none."""
        sums: dict[Period, float] = dict.fromkeys([None, *self.years, *self.quarters], 0.0)
        for quarter, amount in amounts:
            for period in (None, quarter.year, quarter):
                sums[period] += amount
        return dict(sums)

    @cached_property
    def backlog_changes(self) -> list[tuple[float, float]]:
        """(week, change of the compute that waits), in no order; the lead-in's lie before week 0."""
        return [
            *((fact.time, fact.need) for fact in self.ledger.of(f.ProjectArrived)),
            *((fact.time, -fact.compute) for fact in self.deliveries),
            *((fact.time, -fact.unmet) for fact in self.ledger.of(f.ProjectCancelled)),
        ]

    def areas(self, changes: Iterable[tuple[float, float]]) -> list[float]:
        """Of an amount that changes, its sum over the weeks of each year; what changes before week 0 does so then."""
        count = len(self.years)
        steps, moments = [0.0] * count, [0.0] * count
        borders = self.borders[1:-1]
        for time, change in changes:
            year = bisect_right(borders, time)
            steps[year] += change
            if time > 0:
                moments[year] += change * time
        areas, level = [], 0.0
        for (start, end), step, moment in zip(pairwise(self.borders), steps, moments, strict=True):
            areas.append(level * (end - start) + step * end - moment)
            level += step
        return areas

    def averages(self, changes: Iterable[tuple[float, float]]) -> Values:
        """Of an amount that changes, its mean over time, by year and over the window; rounding leaves none below 0."""
        areas = self.areas(changes)
        spans = [end - start for start, end in pairwise(self.borders)]
        values: Values = {None: max(0.0, fsum(areas) / self.end)}
        values.update((year, max(0.0, area / span)) for year, area, span in zip(self.years, areas, spans, strict=True))
        return values

    @cached_property
    def waits(self) -> list[tuple[float, bool]]:
        """(weeks from arrival, whether it left unserved) of each project of the window, ascending; at a tie the served
        come first."""
        ends = {fact.project: (fact.time, False) for fact in self.ledger.of(f.ProjectServed)}
        ends.update((fact.project, (fact.time, True)) for fact in self.cancelled)
        never = (self.end, True)
        waits = []
        for fact in self.asked:
            end, left = ends.get(fact.project, never)
            waits.append((end - fact.time, left))
        return sorted(waits)

    def weeks_by_year(self, start: float, end: float) -> Iterator[tuple[int, float]]:
        """(year, how many weeks between two times lie in it); what lies beyond the window does not count."""
        for year, (first, last) in zip(self.years, pairwise(self.borders), strict=True):
            if (weeks := min(end, last) - max(start, first)) > 0:
                yield year, weeks

    def by_year(self, amounts: Iterable[tuple[float, float]]) -> dict[int, float]:
        """(time, amount) summed by year."""
        sums, borders = [0.0] * len(self.years), self.borders[1:-1]
        for time, amount in amounts:
            sums[bisect_right(borders, time)] += amount
        return dict(zip(self.years, sums, strict=True))

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

    @cached_property
    def quarters(self) -> list[Quarter]:
        """All quarters of the window, the first and the last perhaps not whole."""
        window = self.scenario.window
        quarter, quarters = Quarter.of(window.start), []
        while quarter.first_day < window.end:
            quarters.append(quarter)
            quarter = quarter.next
        return quarters

    @cached_property
    def _quarter_starts(self) -> list[float]:
        return [self.scenario.window.week(quarter.first_day) for quarter in self.quarters]

    @cached_property
    def nominal(self) -> dict[str, Values]:
        """Nominal A100e delivered, by source, and by year, quarter and in all."""
        return {
            source: self.by_period(
                (quarter, sale.chips * self.chips[product].performance)
                for (product, quarter), sale in self.sales.items()
                if self.source(product) == source
            )
            for source in SOURCES
        }

    def share(self, source: str) -> Values:
        """The share of delivered nominal compute that came from a source, by year and in all."""
        shares: Values = {}
        for period in [None, *self.years]:
            parts = {name: own[period] or 0.0 for name, own in self.nominal.items()}
            total = fsum(parts.values())
            shares[period] = parts[source] / total if total else None
        return shares

    def sold(self, amount: Callable[[Sale], float], *sources: str) -> dict[int, float]:
        """An amount of what was delivered from some sources, or from all, by year."""
        sums: dict[int, float] = defaultdict(float)
        for (product, quarter), sale in self.sales.items():
            if not sources or self.source(product) in sources:
                sums[quarter.year] += amount(sale)
        return sums

    def at_ends(self, levels: Sequence[Value]) -> Values:
        """What stands at the end of each year; the last is the window's."""
        return {None: levels[-1], **dict(zip(self.years, levels, strict=True))}

    def totals(self, amounts: Mapping[int, float]) -> Values:
        """Yearly amounts with their sum; a year without one has 0."""
        return {None: fsum(amounts.values()), **{year: amounts.get(year, 0.0) for year in self.years}}
