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
        self._found: dict[Case, list[tuple[float, float]]] = {}

    @cached_property
    def since(self) -> list[float]:
        """The week from which on each delivery is in use; infinite for chips whose port never ends.

        A chip that comes before its project's port ends waits for that; what the project had before works on.
        """
        since, ever = [], {project for project, _ in self._porting}
        for time, project, product, *_ in self.deliveries:
            if project in ever:
                case = project, self.stacks[product]
                if time >= self._porting.get(case, inf):
                    time = max(time, self._ported.get(case, inf))
            since.append(time)
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
        chip = {product: (self.stacks[product], chip.performance) for product, chip in self.chips.items()}
        for (_, project, product, chips, _, _), since in zip(self.deliveries, self.since, strict=True):
            if (n := bisect_left(self.ends, since)) == count:
                continue
            stack, performance = chip[product]
            if stack == CUDA:
                own = foreign
            elif project in self._large:
                own = large[project, stack]
            else:
                own = domestic
            own[n] += chips * performance
        useful = list(accumulate(domestic))
        for case, added in large.items():
            for n, (amount, (share, _)) in enumerate(zip(accumulate(added), self._best(case), strict=True)):
                useful[n] += amount * share
        return [
            cuda + ready * amount
            for cuda, ready, amount in zip(accumulate(foreign), self.readiness, useful, strict=True)
        ]

    @cached_property
    def kilowatts(self) -> float:
        """Power of all chips delivered, as installed on the last day; in a system a chip takes the multiple of that."""
        loose: dict[str, float] = defaultdict(float)  # chips, by product
        joined = []
        for _, project, product, chips, _, _ in self.deliveries:
            if project in self._large and (stack := self.stacks[product]) != CUDA:
                power = self._best((project, stack))[-1][1]
                joined.append(chips * self.chips[product].power * power)
            else:
                loose[product] += chips
        return fsum(joined) + fsum(chips * self.chips[product].power for product, chips in loose.items())

    def _best(self, case: Case) -> list[tuple[float, float]]:
        """The best efficiency that a large project has had by each day, since its order, and the power of a chip in
        that system.

        What is installed is joined into a better system when one comes, and a project keeps the system that it has.
        """
        if case not in self._found:
            steps = self._improvements(*case)
            days = [day for day, _, _ in steps]
            self._found[case] = [steps[max(1, bisect_right(days, end)) - 1][1:] for end in self.ends]
        return self._found[case]

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
