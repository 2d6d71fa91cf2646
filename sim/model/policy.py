"""The dated rules: each acts once, on its day, on the part of the world that it is about."""

from __future__ import annotations

from collections.abc import Callable

from sim.model.demand import Demand
from sim.model.facts import PolicyAnnounced, PolicyEffective, PolicyWithdrawn
from sim.model.foundry import Fab
from sim.model.grey import GreyChannel
from sim.model.memory import MemoryStock
from sim.model.setting import Moment, Setting
from sim.model.vendor import Importer
from sim.scenario.parts import Policy
from sim.scenario.precedence import in_order


class Timeline:
    """All policies of the scenario. What was announced or in force before the window is so from its start."""

    def __init__(
        self,
        policies: dict[str, Policy],
        setting: Setting,
        demand: Demand,
        fab: Fab,
        memory: MemoryStock,
        importer: Importer,
        grey: GreyChannel | None,
    ) -> None:
        self.policies = policies
        self.setting = setting
        self.demand = demand
        self.fab = fab
        self.memory = memory
        self.importer = importer
        self.grey = grey

    def open(self) -> None:
        """Each rule is set for its days, before anything else that may happen on them; a withdrawn one never acts."""
        for name, policy in in_order(self.policies):
            week = self.setting.window.week
            if policy.announced:
                self._at(week(policy.announced), self.announce, name)
            if policy.withdrawn:
                self._at(week(policy.withdrawn), self.withdraw, name)
            else:
                self._at(week(policy.effective), self.act, name)

    def announce(self, name: str) -> None:
        """Buyers foresee the rule."""
        self.setting.record(PolicyAnnounced(self.setting.env.now, name))
        policy = self.policies[name]
        if reach := policy.ban or policy.licence:
            self.importer.foresee(name, reach)
        if policy.memory_control:
            self.memory.foreseen.add(name)

    def withdraw(self, name: str) -> None:
        """The rule is given up before it acts."""
        self.setting.record(PolicyWithdrawn(self.setting.env.now, name))
        self._settle(name)

    def act(self, name: str) -> None:
        """The rule takes effect. A push is in the arrivals already, which are drawn ahead."""
        self.setting.record(PolicyEffective(self.setting.env.now, name))
        self._settle(name)
        policy = self.policies[name]
        if policy.ban:
            self.importer.ban(policy.ban)
        if policy.lift:
            self.importer.lift(policy.lift)
        if policy.licence:
            self.importer.license(name, policy.licence)
        if policy.memory_control:
            self.memory.control = policy.memory_control
        if policy.equipment_control:
            self.fab.control_equipment(policy.equipment_control)
        if policy.mandate:
            self.demand.mandate(name, policy.mandate)
        if policy.enforcement and self.grey:
            self.grey.interception = policy.enforcement.interception
        if policy.anchor_exit:
            self.demand.end_contract(policy.anchor_exit.anchor)

    def _settle(self, name: str) -> None:
        """Nobody waits for the rule any more."""
        self.importer.foreseen.pop(name, None)
        self.memory.foreseen.discard(name)

    def _at(self, week: float, step: Callable[[str], None], name: str) -> None:
        if week <= 0:
            step(name)
        else:
            self.setting.after(week, self._ring, (step, name))

    def _ring(self, day: Moment) -> None:
        step, name = day.value
        step(name)
