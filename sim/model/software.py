"""How much of a domestic chip's nominal compute is of use: software that learns, and systems for large projects."""

from __future__ import annotations

from sim.model.learning import learned
from sim.model.setting import Setting
from sim.scenario.parts import Scenario, System

CUDA = "CUDA"  # runs on the foreign vendor's chips only


class Systems:
    """What large projects get past the links between domestic chips. A pure function of scenario and week."""

    def __init__(self, scenario: Scenario) -> None:
        self.scale = scenario.scale
        week = scenario.window.week
        designs = scenario.designs.values()
        self.stack_of = {design.supplier: design.software for design in designs}
        self._designs = {
            stack: [(week(design.available), design.performance) for design in designs if design.software == stack]
            for stack in self.stack_of.values()
        }
        self._systems = {
            stack: [
                (week(system.available), system) for system in self.scale.systems.values() if system.supplier == own
            ]
            for own, stack in self.stack_of.items()
        }

    def best(self, stack: str, need: float, week: float) -> System | None:
        """The system on sale in which a project of that size loses least; None for a project that fills none.

        It fills one whose chips, were they of the newest design, have no more compute than it needs.
        """
        if need <= self.scale.size or stack not in self._systems:
            return None
        today = max(0.0, week)
        newest = max((performance for day, performance in self._designs[stack] if day <= today), default=0.0)
        fitting = [
            system
            for day, system in self._systems[stack]
            if day <= today and need >= system.chips * newest > 0 and system.efficiency >= self.scale.loose
        ]
        return max(fitting, key=lambda system: system.efficiency, default=None)

    def efficiency(self, stack: str, need: float, week: float) -> float:
        """Share of nominal compute that a project of that size gets."""
        if need <= self.scale.size or stack == CUDA:
            return 1.0
        system = self.best(stack, need, week)
        return system.efficiency if system else self.scale.loose

    def changes(self, stack: str) -> list[float]:
        """The weeks on which something new comes on sale for the stack."""
        return [day for day, _ in [*self._designs.get(stack, ()), *self._systems.get(stack, ())]]


class Software:
    """How far the domestic stacks have come, by the number of projects that have ported to any of them."""

    def __init__(self, scenario: Scenario, setting: Setting) -> None:
        self.terms = scenario.software
        self.setting = setting
        self.systems = Systems(scenario)
        self.stack_of = self.systems.stack_of
        self.ports = 0
        self.readiness = self.terms.readiness_start

    @property
    def porting_time(self) -> float:
        """Mean weeks of a port that starts now."""
        terms = self.terms
        return learned(terms.porting_start, terms.porting_floor, terms.porting_half, self.ports)

    def learn(self) -> None:
        """One more project has ported. Before the window nobody learns: the terms are those of its first day."""
        if self.setting.env.now < 0:
            return
        self.ports += 1
        terms = self.terms
        self.readiness = learned(terms.readiness_start, terms.readiness_ceiling, terms.readiness_half, self.ports)

    def usefulness(self, stack: str, need: float) -> float:
        """Share of nominal compute that a project of that size can use today."""
        return 1.0 if stack == CUDA else self.readiness * self.systems.efficiency(stack, need, self.setting.env.now)
