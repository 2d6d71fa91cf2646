"""What projects have installed, and how much of it is in use, by the software and the systems of the day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from math import inf

from sim.base.statistics import plain_sum
from sim.model import facts as f
from sim.model.learning import learned
from sim.model.software import CUDA, Systems
from sim.outcomes.ledger import Ledger
from sim.scenario.parts import Scenario

Case = tuple[str, str]
"""A project and a software stack."""


class Installed:
    """The chips of every project, from the day of their use on, looked at on some days: `ends`, weeks, ascending."""

    def __init__(self, ledger: Ledger, scenario: Scenario, ends: Sequence[float]) -> None:
        self.ends = ends
        self.chips = scenario.chips
        self.terms = scenario.software
        self.deliveries = ledger.of(f.Delivered)
        self._systems = Systems(scenario)
        self._needs = {fact.project: fact.need for fact in ledger.of(f.ProjectArrived)}
        self._ordered = {(fact.project, fact.stack): fact.time for fact in ledger.of(f.ProjectOrdered)}
        self._porting = {(fact.project, fact.stack): fact.time for fact in ledger.of(f.PortingStarted)}
        self._ported = {(fact.project, fact.stack): fact.time for fact in ledger.of(f.PortingFinished)}
        self._ports = sorted(fact.time for fact in ledger.of(f.PortingFinished) if fact.time >= 0)
        self._steps: dict[Case, list[tuple[float, float, float]]] = {}
        self._cases = [(fact.project, self.chips[fact.product].software) for fact in self.deliveries]

    @cached_property
    def since(self) -> list[float]:
        """The week from which on each delivery is in use; infinite for chips whose port never ends.

        A chip that comes before its project's port ends waits for that; what the project had before works on.
        """
        return [
            fact.time if fact.time < self._porting.get(case, inf) else max(fact.time, self._ported.get(case, inf))
            for fact, case in zip(self.deliveries, self._cases, strict=True)
        ]

    @cached_property
    def readiness(self) -> list[float]:
        """Share of a domestic chip's nominal compute that its software makes usable on each day."""
        terms = self.terms
        ported = (bisect_right(self._ports, end) for end in self.ends)
        return [
            learned(terms.readiness_start, terms.readiness_ceiling, terms.readiness_half, ports) for ports in ported
        ]

    @cached_property
    def nominal(self) -> list[float]:
        """A100e of all chips delivered by each day."""
        added = [0.0] * (len(self.ends) + 1)
        for fact in self.deliveries:
            added[bisect_left(self.ends, fact.time)] += fact.chips * self.chips[fact.product].performance
        return list(accumulate(added[:-1]))

    @cached_property
    def in_use(self) -> list[float]:
        """A100e that projects get out of what they have on each day.

        A chip is worth what its project's software and systems are on that day, and never less than before.
        """
        count = len(self.ends)
        own: dict[Case, list[float]] = defaultdict(lambda: [0.0] * count)
        for fact, case, since in zip(self.deliveries, self._cases, self.since, strict=True):
            if (first := bisect_left(self.ends, since)) < count:
                own[case][first] += fact.chips * self.chips[fact.product].performance
        sums = [0.0] * count
        for case, added in own.items():
            for n, amount in enumerate(accumulate(added)):
                if amount:
                    sums[n] += amount * (1.0 if case[1] == CUDA else self.readiness[n] * self._best(case, n)[0])
        return sums

    @cached_property
    def kilowatts(self) -> float:
        """Power of all chips delivered, as installed on the last day; in a system a chip takes the multiple of that."""
        last = len(self.ends) - 1
        return plain_sum(
            fact.chips * self.chips[fact.product].power * self._best(case, last)[1]
            for fact, case in zip(self.deliveries, self._cases, strict=True)
        )

    def _best(self, case: Case, n: int) -> tuple[float, float]:
        """The best efficiency that a project has had by the nth day, since its order, and the power of a chip in that
        system.

        What is installed is joined into a better system when one comes, and a project keeps the system that it has.
        """
        project, stack = case
        if stack == CUDA or self._needs[project] <= self._systems.scale.size:
            return 1.0, 1.0
        if case not in self._steps:
            self._steps[case] = self._improvements(stack, self._needs[project], self._ordered[case])
        return next((share, power) for day, share, power in reversed(self._steps[case]) if day <= self.ends[n])

    def _improvements(self, stack: str, need: float, ordered: float) -> list[tuple[float, float, float]]:
        """(week, efficiency, power) from each week on, on which a project's chips come to be worth more."""
        steps: list[tuple[float, float, float]] = []
        for day in [ordered, *sorted(day for day in self._systems.changes(stack) if day > ordered)]:
            efficiency, system = self._systems.efficiency(stack, need, day), self._systems.best(stack, need, day)
            if not steps or efficiency > steps[-1][1]:
                steps.append((day, efficiency, system.power if system else 1.0))
        return steps
