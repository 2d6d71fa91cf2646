"""How much of a domestic chip's nominal compute is of use: software that learns, and systems for large projects."""

from __future__ import annotations

from math import inf

from sim.model.learning import learned
from sim.model.setting import Setting
from sim.scenario.parts import Scenario, System

CUDA = "CUDA"  # runs on the foreign vendor's chips only


class Systems:
    """What large projects get past the links between domestic chips. A pure function of scenario and week."""

    def __init__(self, scenario: Scenario) -> None:
        self.scale = scenario.scale
        self.window = scenario.window
        self.stack_of = {design.supplier: design.software for design in scenario.designs.values()}
        self._offers = {stack: self._catalogue(scenario, supplier) for supplier, stack in self.stack_of.items()}

    def _catalogue(self, scenario: Scenario, supplier: str) -> dict[float, list[tuple[float, System]]]:
        """By the week from which on it holds, ascending: what a project must need to fill a system, and the system,
        that which loses least first.

        A project fills a system whose chips, were they of the newest design, have no more compute than it needs.
        """
        week = self.window.week
        designs = [(week(d.available), d.performance) for d in scenario.designs.values() if d.supplier == supplier]
        systems = [(week(s.available), s) for s in self.scale.systems.values() if s.supplier == supplier]
        offers = {}
        for day in sorted({0.0, *(max(0.0, day) for day, _ in [*designs, *systems])}):
            newest = max((performance for first, performance in designs if first <= day), default=inf)
            on_sale = [
                (s.chips * newest, s) for first, s in systems if first <= day and s.efficiency >= self.scale.loose
            ]
            offers[day] = sorted(on_sale, key=lambda offer: -offer[1].efficiency)
        return offers

    def best(self, stack: str, need: float, week: float) -> System | None:
        """The system on sale in which a project of that size loses least; None for one that fills none."""
        if need <= self.scale.size:
            return None
        offers = next((on_sale for day, on_sale in reversed(self._offers[stack].items()) if day <= max(0.0, week)))
        return next((system for least, system in offers if need >= least), None)

    def efficiency(self, stack: str, need: float, week: float) -> float:
        """Share of nominal compute that a project of that size gets."""
        if need <= self.scale.size or stack not in self._offers:
            return 1.0
        system = self.best(stack, need, week)
        return system.efficiency if system else self.scale.loose

    def days(self, stack: str) -> list[float]:
        """The weeks from which on something new is on sale."""
        return list(self._offers[stack])


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
