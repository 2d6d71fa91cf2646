"""When projects are expected: a rate that grows, and steps where the world gives it a push."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from sim.base.units import WEEKS_A_YEAR
from sim.scenario.parts import Scenario, Segment


class ArrivalRate:
    """The arrival rate of one segment: N projects in the first year, growing, times a factor that steps on
    given days."""

    def __init__(self, segment: str, scenario: Scenario) -> None:
        self.terms = scenario.demand[segment]
        self.window = scenario.window
        self.efficiency = scenario.efficiency
        # (expected before, week, factor from then on), ascending; the last ends the window.
        self.pieces: list[tuple[float, float, float]] = [(0.0, 0.0, 1.0)]
        steps = [(min(max(0.0, week), self.window.weeks), step) for week, step in self._pushes(segment, scenario)]
        for week, step in sorted([*steps, (self.window.weeks, 1.0)]):
            expected, since, factor = self.pieces[-1]
            expected += factor * (self._grown(week) - self._grown(since))
            self.pieces.append((expected, week, factor * step))

    def _pushes(self, segment: str, scenario: Scenario) -> list[tuple[float, float]]:
        pushes = [
            (self.window.week(policy.effective), factor)
            for policy in scenario.policies.values()
            if policy.withdrawn is None and (factor := policy.action.push(segment)) != 1
        ]
        if self.efficiency:
            saving, rebound = self.efficiency.saving, self.efficiency.rebound
            more = (1 - saving * (1 - rebound)) / (1 - saving)
            pushes.append((self.window.week(self.efficiency.date), more))
        return pushes

    @property
    def expected(self) -> float:
        """Projects expected in the window."""
        return self.pieces[-1][0]

    def weeks(self, points: Iterable[float]) -> list[float]:
        """The week by which each number of projects, ascending and below `expected`, is expected.

        It turns unit-rate arrivals into the segment's: the first project stays the first when the rate changes.
        """
        weeks = []
        pieces = pairwise(self.pieces)
        (before, start, factor), (upto, _, _) = next(pieces)
        for point in points:
            while point >= upto:
                (before, start, factor), (upto, _, _) = next(pieces)
            weeks.append(self._week(self._grown(start) + (point - before) / factor))
        return weeks

    def need(self, week: float) -> float:
        """What a project that arrives then needs, as a share of what it would have needed without the step in
        efficiency."""
        if self.efficiency and week >= self.window.week(self.efficiency.date):
            return 1 - self.efficiency.saving
        return 1.0

    def _grown(self, week: float) -> float:
        """Projects expected by then at factor 1: N (g^t - 1) / (g - 1) by year t, for N a year and a growth of
        g a year."""
        first, growth = self.terms.projects, self.terms.growth
        years = week / WEEKS_A_YEAR
        return first * (math.expm1(years * math.log1p(growth)) / growth if growth else years)

    def _week(self, projects: float) -> float:
        """The week by which so many are expected: the inverse of `_grown`."""
        first, growth = self.terms.projects, self.terms.growth
        years = math.log1p(projects * growth / first) / math.log1p(growth) if growth else projects / first
        return years * WEEKS_A_YEAR


def first_day(terms: Segment) -> float:
    """Projects a week at the rate of the window's first day: N ln(1+g)/g a year; that of the lead-in."""
    return terms.projects / WEEKS_A_YEAR * (math.log1p(terms.growth) / terms.growth if terms.growth else 1.0)


def expected_projects(scenario: Scenario) -> dict[str, float]:
    """Projects expected in the window and its lead-in, by segment."""
    return {
        name: ArrivalRate(name, scenario).expected + scenario.lead_in * first_day(terms)
        for name, terms in scenario.demand.items()
    }
