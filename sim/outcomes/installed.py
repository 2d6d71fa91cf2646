"""What projects have installed, and how much of it is in use, by the software and the systems of the day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from math import fsum, inf

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
        self.terms = scenario.software
        self.deliveries = ledger.of(f.Delivered)
        self.chips = scenario.chips
        self.stacks = {product: chip.software for product, chip in self.chips.items()}
        self._systems = Systems(scenario)
        self._large = {
            fact.project: fact.need for fact in ledger.of(f.ProjectArrived) if fact.need > scenario.scale.size
        }
        self._ordered = {
            (fact.project, fact.stack): fact.time for fact in ledger.of(f.ProjectOrdered) if fact.project in self._large
        }
        self._porting = {(fact.project, fact.stack): fact.time for fact in ledger.of(f.PortingStarted)}
        self._ported = {(fact.project, fact.stack): fact.time for fact in ledger.of(f.PortingFinished)}
        self._ports = sorted(fact.time for fact in ledger.of(f.PortingFinished) if fact.time >= 0)
        self._steps: dict[Case, list[tuple[float, float, float]]] = {}

    @cached_property
    def since(self) -> list[float]:
        """The week from which on each delivery is in use; infinite for chips whose port never ends.

        A chip that comes before its project's port ends waits for that; what the project had before works on.
        """
        since = []
        for fact in self.deliveries:
            case = fact.project, self.stacks[fact.product]
            early = fact.time >= self._porting.get(case, inf)
            since.append(max(fact.time, self._ported.get(case, inf)) if early else fact.time)
        return since

    @cached_property
    def readiness(self) -> list[float]:
        """Share of a domestic chip's nominal compute that its software makes usable on each day."""
        terms = self.terms
        ported = (bisect_right(self._ports, end) for end in self.ends)
        return [
            learned(terms.readiness_start, terms.readiness_ceiling, terms.readiness_half, ports) for ports in ported
        ]

    @cached_property
    def in_use(self) -> list[float]:
        """A100e that projects get out of what they have on each day.

        A chip is worth what its project's software and systems are on that day, and never less than before.
        """
        count = len(self.ends)
        foreign, domestic = [0.0] * count, [0.0] * count  # come into use between the day before and that day
        large: dict[Case, list[float]] = defaultdict(lambda: [0.0] * count)
        for fact, since in zip(self.deliveries, self.since, strict=True):
            if (n := bisect_left(self.ends, since)) == count:
                continue
            stack = self.stacks[fact.product]
            if stack == CUDA:
                own = foreign
            elif fact.project in self._large:
                own = large[fact.project, stack]
            else:
                own = domestic
            own[n] += fact.chips * self.chips[fact.product].performance
        useful = list(accumulate(domestic))
        for case, added in large.items():
            for n, amount in enumerate(accumulate(added)):
                useful[n] += amount * self._best(case, n)[0] if amount else 0.0
        return [
            cuda + ready * amount
            for cuda, ready, amount in zip(accumulate(foreign), self.readiness, useful, strict=True)
        ]

    @cached_property
    def kilowatts(self) -> float:
        """Power of all chips delivered, as installed on the last day; in a system a chip takes the multiple of that."""
        last = len(self.ends) - 1
        loose: dict[str, float] = defaultdict(float)  # chips, by product
        joined = []
        for fact in self.deliveries:
            if fact.project in self._large and (stack := self.stacks[fact.product]) != CUDA:
                power = self._best((fact.project, stack), last)[1]
                joined.append(fact.chips * self.chips[fact.product].power * power)
            else:
                loose[fact.product] += fact.chips
        return fsum(joined) + fsum(chips * self.chips[product].power for product, chips in loose.items())

    def _best(self, case: Case, n: int) -> tuple[float, float]:
        """The best efficiency that a large project has had by the nth day, since its order, and the power of a chip in
        that system.

        What is installed is joined into a better system when one comes, and a project keeps the system that it has.
        """
        if case not in self._steps:
            self._steps[case] = self._improvements(*case)
        return next((share, power) for day, share, power in reversed(self._steps[case]) if day <= self.ends[n])

    def _improvements(self, project: str, stack: str) -> list[tuple[float, float, float]]:
        """(week, efficiency, power) from each week on, on which a project's chips come to be worth more."""
        steps: list[tuple[float, float, float]] = []
        need, ordered = self._large[project], self._ordered[project, stack]
        for day in [ordered, *(day for day in self._systems.days(stack) if day > ordered)]:
            system = self._systems.best(stack, need, day)
            efficiency, power = (system.efficiency, system.power) if system else (self._systems.scale.loose, 1.0)
            if not steps or efficiency > steps[-1][1]:
                steps.append((day, efficiency, power))
        return steps
