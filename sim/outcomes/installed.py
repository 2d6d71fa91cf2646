"""What projects have installed, and how much of it is in use, by the software and the systems of the day."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
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
    """The chips of every project, from the day of their use on."""

    def __init__(self, ledger: Ledger, scenario: Scenario) -> None:
        self.chips = scenario.chips
        self.terms = scenario.software
        self.deliveries = ledger.of(f.Delivered)
        self._systems = Systems(scenario)
        self._needs = {fact.project: fact.need for fact in ledger.of(f.ProjectArrived)}
        self._ordered = {(fact.project, fact.stack): fact.time for fact in ledger.of(f.ProjectOrdered)}
        self._porting = {(fact.project, fact.stack): fact.time for fact in ledger.of(f.PortingStarted)}
        self._ported = {(fact.project, fact.stack): fact.time for fact in ledger.of(f.PortingFinished)}
        self._ports = sorted(fact.time for fact in ledger.of(f.PortingFinished) if fact.time >= 0)
        self._cases = [(fact.project, self.chips[fact.product].software) for fact in self.deliveries]
        self.since = [
            self._in_use_from(fact.time, case) for fact, case in zip(self.deliveries, self._cases, strict=True)
        ]
        """The week from which on each delivery is in use; infinite for chips whose port never ends."""

    def _in_use_from(self, delivered: float, case: Case) -> float:
        """A chip that comes before its project's port ends waits for that; what the project had before works on."""
        if delivered < self._porting.get(case, inf):
            return delivered
        return max(delivered, self._ported.get(case, inf))

    def readiness(self, week: float) -> float:
        """Share of a domestic chip's nominal compute that its software makes usable at that time."""
        terms = self.terms
        ports = bisect_right(self._ports, week)
        return learned(terms.readiness_start, terms.readiness_ceiling, terms.readiness_half, ports)

    def nominal(self, weeks: Sequence[float]) -> list[float]:
        """A100e of all chips delivered by each time."""
        return [
            plain_sum(
                fact.chips * self.chips[fact.product].performance for fact in self.deliveries if fact.time <= week
            )
            for week in weeks
        ]

    def in_use(self, weeks: Sequence[float]) -> list[float]:
        """A100e that projects get out of what they have at each time, ascending.

        A chip is worth what its project's software and systems are on that day, and never less than before.
        """
        own: dict[Case, list[float]] = defaultdict(lambda: [0.0] * len(weeks))
        for fact, case, since in zip(self.deliveries, self._cases, self.since, strict=True):
            for n in range(len(weeks) - 1, -1, -1):
                if since > weeks[n]:
                    break
                own[case][n] += fact.chips * self.chips[fact.product].performance
        readiness = [self.readiness(week) for week in weeks]
        sums = [0.0] * len(weeks)
        for case, amounts in own.items():
            large = case[1] != CUDA and self._needs[case[0]] > self._systems.scale.size
            for n, amount in enumerate(amounts):
                if amount:
                    useful = 1.0 if case[1] == CUDA else readiness[n]
                    sums[n] += amount * (useful * self._best(case, weeks[n])[0] if large else useful)
        return sums

    def kilowatts(self, week: float) -> float:
        """Power of all chips delivered by then, as installed; a chip in a system takes the system's multiple."""
        return plain_sum(
            fact.chips * self.chips[fact.product].power * self._best(case, week)[1]
            for fact, case in zip(self.deliveries, self._cases, strict=True)
            if fact.time <= week
        )

    def _best(self, case: Case, week: float) -> tuple[float, float]:
        """The best efficiency that a project has had since its order, and the power of a chip in that system.

        What is installed is joined into a better system when one comes, and a project keeps the system that it has.
        """
        (project, stack), systems = case, self._systems
        need, ordered = self._needs[project], self._ordered[case]
        best, power = systems.efficiency(stack, need, ordered), systems.best(stack, need, ordered)
        for day in systems.changes(stack):
            if ordered < day <= week and (efficiency := systems.efficiency(stack, need, day)) > best:
                best, power = efficiency, systems.best(stack, need, day)
        return best, power.power if power else 1.0
