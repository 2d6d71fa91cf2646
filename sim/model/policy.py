"""The dated rules: each acts once, on its day, on the part of the world that it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.model.facts import PolicyAnnounced, PolicyEffective, PolicyWithdrawn
from sim.model.setting import Moment, Setting
from sim.scenario.parts import Policy
from sim.scenario.precedence import in_order


class Timeline:
    """All policies of the scenario, on the world. What is dated before the lead-in is so from its start."""

    def __init__(self, policies: dict[str, Policy], setting: Setting, world: Any) -> None:
        self.policies = policies
        self.setting = setting
        self.world = world

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
            self.world.importer.foresee(name, reach)
        if policy.memory_control:
            self.world.memory.foreseen.add(name)

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
            self.world.importer.ban(policy.ban)
        if policy.lift:
            self.world.importer.lift(policy.lift)
        if policy.licence:
            self.world.importer.license(name, policy.licence)
        if policy.memory_control:
            self.world.memory.leak = policy.memory_control.leak
        if policy.equipment_control:
            self.world.foundry.slow_growth(policy.equipment_control.growth)
        if policy.mandate:
            self.world.demand.mandate(name, policy.mandate.segments, policy.mandate.compliance)
        if policy.enforcement and self.world.grey:
            self.world.grey.interception = policy.enforcement.interception
        if policy.anchor_exit:
            self.world.demand.end_contract(policy.anchor_exit.anchor)

    def _settle(self, name: str) -> None:
        """Nobody waits for the rule any more."""
        self.world.importer.foreseen.pop(name, None)
        self.world.memory.foreseen.discard(name)

    def _at(self, week: float, step: Callable[[str], None], name: str) -> None:
        now = self.setting.env.now
        if week <= now:
            step(name)
        else:
            self.setting.after(week - now, self._ring, (step, name))

    def _ring(self, day: Moment) -> None:
        step, name = day.value
        step(name)
