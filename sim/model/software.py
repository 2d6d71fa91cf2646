"""How much of a domestic chip's nominal compute is of use: software that learns, and systems for large projects."""

from __future__ import annotations

from sim.model.learning import learned
from sim.model.setting import Setting
from sim.scenario.parts import Scenario

CUDA = "CUDA"  # runs on the foreign vendor's chips only


class Software:
    """How far the domestic stacks have come, by the number of projects that have ported to any of them."""

    def __init__(self, scenario: Scenario, setting: Setting) -> None:
        self.terms = scenario.software
        self.scale = scenario.scale
        self.setting = setting
        self.ports = 0
        self.readiness = self.terms.readiness_start
        week = setting.window.week
        self.stack_of = {design.supplier: design.software for design in scenario.designs.values()}
        self._designs = {
            stack: [(week(d.available), d.performance) for d in scenario.designs.values() if d.software == stack]
            for stack in self.stack_of.values()
        }
        self._systems = {
            stack: [
                (week(s.available), s.chips, s.efficiency) for s in self.scale.systems.values() if s.supplier == own
            ]
            for own, stack in self.stack_of.items()
        }

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
        return 1.0 if stack == CUDA else self.readiness * self.scale_efficiency(stack, need, self.setting.env.now)

    def scale_efficiency(self, stack: str, need: float, week: float) -> float:
        """Share that a project of that size gets past the links between chips.

        A large one loses least in the best system on sale of which it fills at least one, made of the newest design.
        """
        if need <= self.scale.size:
            return 1.0
        today = max(0.0, week)
        performance = max((size for day, size in self._designs[stack] if day <= today), default=0.0)
        fitting = [
            share for day, chips, share in self._systems[stack] if day <= today and need >= chips * performance > 0
        ]
        return max(fitting, default=self.scale.loose)
