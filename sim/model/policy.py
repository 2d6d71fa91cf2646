"""The dated rules: each acts once, on its day, on the part of the world that it is about."""

from __future__ import annotations

from collections.abc import Callable

from sim.model.facts import PolicyAnnounced, PolicyEffective, PolicyWithdrawn
from sim.model.setting import Setting
from sim.scenario.parts import Policy
from sim.scenario.policies.action import World
from sim.scenario.precedence import in_order


class Timeline:
    """All policies of the scenario, on the world. What is dated before the lead-in is so from its start."""

    def __init__(self, policies: dict[str, Policy], setting: Setting, world: World) -> None:
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
        self.policies[name].action.foresee(self.world, name)

    def withdraw(self, name: str) -> None:
        """The rule is given up before it acts."""
        self.setting.record(PolicyWithdrawn(self.setting.env.now, name))
        self._settle(name)

    def act(self, name: str) -> None:
        """The rule takes effect."""
        self.setting.record(PolicyEffective(self.setting.env.now, name))
        self._settle(name)
        self.policies[name].action.act(self.world, name)

    def _settle(self, name: str) -> None:
        """Nobody waits for the rule any more."""
        self.world.importer.foreseen.pop(name, None)
        self.world.memory.foreseen.discard(name)

    def _at(self, week: float, step: Callable[[str], None], name: str) -> None:
        now = self.setting.env.now
        if week <= now:
            step(name)
        else:
            self.setting.after(week - now, lambda _day: step(name))
