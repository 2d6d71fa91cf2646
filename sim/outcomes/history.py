"""The facts of one replication, indexed for reading."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property, reduce
from itertools import chain, pairwise
from math import fsum
from operator import add, mul
from typing import NamedTuple, TypeAlias, TypeVar

from sim.model import facts as f
from sim.outcomes.installed import Installed
from sim.outcomes.keys import Period, Quarter
from sim.outcomes.ledger import Ledger
from sim.scenario.parts import Scenario

SAMPLE = 4.0  # weeks between the points of a series

SOURCES = ("domestic", "import", "grey")

Value: TypeAlias = float | None
Values: TypeAlias = dict[Period, Value]
Changes: TypeAlias = tuple[Sequence[float], Sequence[float]]
"""Weeks, ascending, and by how much an amount changes in each."""
F = TypeVar("F", bound=f.Fact)


class Sale(NamedTuple):
    """Deliveries of one product."""

    chips: float
    compute: float  # effective A100e
    yuan: float


def slices(weeks: Sequence[float], borders: Iterable[float], bisect: Callable[..., int] = bisect_left) -> list[slice]:
    """What lies between borders, of weeks that ascend, as facts do; what is on a border comes after it, or before it
    with `bisect_right`."""
    cuts = [0, *(bisect(weeks, border) for border in borders), len(weeks)]
    return [slice(*ends) for ends in pairwise(cuts)]


def added(amounts: Iterable[float], start: float = 0.0) -> float:
    """A sum from the left, the same on every interpreter: `sum` is more exact since Python 3.12."""
    return reduce(add, amounts, start)


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

    def by_year(self, facts: Sequence[F]) -> list[tuple[int, Sequence[F]]]:
        """Facts, which come in the order of their time, by calendar year; what is before week 0 is in the first."""
        weeks = [fact.time for fact in facts]
        return [(year, facts[own]) for year, own in zip(self.years, slices(weeks, self.borders[1:-1]), strict=True)]

    def sums(self, facts: Sequence[F], amount: Callable[[F], float]) -> Values:
        """An amount of facts, by year and in all."""
        return self.totals({year: added(map(amount, own)) for year, own in self.by_year(facts)})

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
    def delivery_weeks(self) -> list[float]:
        """When each was delivered, ascending."""
        return [fact.time for fact in self.deliveries]

    @cached_property
    def delivered_nominal(self) -> list[float]:
        """Nominal A100e of each delivery."""
        performance = {product: chip.performance for product, chip in self.chips.items()}
        return [chips * performance[product] for _, _, product, chips, _, _ in self.deliveries]

    @cached_property
    def installed(self) -> Installed:
        """What was delivered, as it is used at the end of each year."""
        return Installed(self.ledger, self.scenario, self.borders[1:])

    @cached_property
    def opening_backlog(self) -> float:
        """Effective A100e that projects of the lead-in still need when the window starts."""
        before = (changes[: bisect_left(weeks, 0.0)] for weeks, changes in self.backlog_changes)
        return max(0.0, fsum(chain.from_iterable(before)))

    @cached_property
    def sales(self) -> dict[tuple[str, Quarter], Sale]:
        """What was delivered, by product and quarter."""
        sales: dict[tuple[str, Quarter], Sale] = {}
        parts = slices(self.delivery_weeks, self._quarter_starts[1:])
        for quarter, part in zip(self.quarters, parts, strict=True):
            sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
            for _, _, product, chips, compute, yuan in self.deliveries[part]:
                own = sums[product]
                own[0] += chips
                own[1] += compute
                own[2] += yuan
            sales |= {(product, quarter): Sale(*own) for product, own in sums.items()}
        return sales

    def by_period(self, amounts: Iterable[tuple[Quarter, float]]) -> Values:
        """(quarter, amount) summed by quarter, by year and in all; 0 where there is none."""
        sums: dict[Period, float] = dict.fromkeys([None, *self.years, *self.quarters], 0.0)
        for quarter, amount in amounts:
            for period in (None, quarter.year, quarter):
                sums[period] += amount
        return dict(sums)

    @cached_property
    def backlog_changes(self) -> list[Changes]:
        """Of the compute that waits: what arrives, what is delivered, what is given up; the lead-in before week 0."""
        arrived, cancelled = self.ledger.of(f.ProjectArrived), self.ledger.of(f.ProjectCancelled)
        return [
            ([fact.time for fact in arrived], [fact.need for fact in arrived]),
            (self.delivery_weeks, [-fact.compute for fact in self.deliveries]),
            ([fact.time for fact in cancelled], [-fact.unmet for fact in cancelled]),
        ]

    def areas(self, steps: Iterable[float], moments: Iterable[float]) -> list[float]:
        """Of an amount, its sum over the weeks of each year, by the sums of a year's changes, and of changes times
        their week; what changes before week 0 does so then."""
        areas, level = [], 0.0
        for (start, end), step, moment in zip(pairwise(self.borders), steps, moments, strict=True):
            areas.append(level * (end - start) + step * end - moment)
            level += step
        return areas

    def averages(self, changes: Iterable[Changes]) -> Values:
        """Of an amount that changes, its mean over time, by year and over the window; rounding leaves none below 0."""
        steps, moments = [0.0] * len(self.years), [0.0] * len(self.years)
        for weeks, amounts in changes:
            opened = bisect_right(weeks, 0.0)
            for year, own in enumerate(slices(weeks, self.borders[1:-1])):
                inside = slice(max(opened, own.start), own.stop)
                steps[year] = added(amounts[own], steps[year])
                moments[year] = added(map(mul, amounts[inside], weeks[inside]), moments[year])
        areas = self.areas(steps, moments)
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
        found = ((fact.time, ends.get(fact.project, never)) for fact in self.asked)
        return sorted([(end - start, left) for start, (end, left) in found])

    def weeks_by_year(self, start: float, end: float) -> Iterator[tuple[int, float]]:
        """(year, how many weeks between two times lie in it); what lies beyond the window does not count."""
        for year, (first, last) in zip(self.years, pairwise(self.borders), strict=True):
            if (weeks := min(end, last) - max(start, first)) > 0:
                yield year, weeks

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
