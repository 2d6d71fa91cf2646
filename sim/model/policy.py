"""The dated rules: each acts once, on its day, on the part of the world that it is about."""

from __future__ import annotations

from sim.model.demand import Demand
from sim.model.facts import PolicyEffective
from sim.model.memory import MemoryStock
from sim.model.setting import Moment, Setting
from sim.model.vendor import Importer
from sim.scenario import Policy


class Timeline:
    """All policies of the scenario. What was in force before the window acts at its start."""

    def __init__(
        self,
        policies: dict[str, Policy],
        setting: Setting,
        demand: Demand,
        memory: MemoryStock,
        importer: Importer,
    ) -> None:
        self.policies = policies
        self.setting = setting
        self.demand = demand
        self.memory = memory
        self.importer = importer

    def open(self) -> None:
        """Earlier rules act now; each later one is set for its day, before anything else that may happen on it."""
        for name, policy in sorted(self.policies.items(), key=lambda item: (item[1].effective, item[0])):
            week = self.setting.window.week(policy.effective)
            if week <= 0:
                self.act(name, policy)
            elif week < self.setting.window.weeks:
                self.setting.after(week, self._act, (name, policy))

    def _act(self, event: Moment) -> None:
        self.act(*event.value)

    def act(self, name: str, policy: Policy) -> None:
        """The rule takes effect."""
        self.setting.record(PolicyEffective(self.setting.env.now, name))
        if policy.ban:
            self.importer.ban(policy.ban)
        if policy.lift:
            self.importer.lift(policy.lift)
        if policy.memory_control:
            self.memory.control = policy.memory_control
        if policy.mandate:
            self.demand.mandate(name, policy.mandate)
