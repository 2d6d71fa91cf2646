"""Licensed foreign memory stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.base.units import show
from sim.scenario.fields import Named, StacksAWeek
from sim.scenario.policies.action import Action, World


@dataclass(frozen=True, kw_only=True)
class MemoryControl(Action, key="memory_control", actor="export authority", replaces=True):
    """Licensed foreign memory stops."""

    leak: StacksAWeek
    """Foreign stacks that still arrive."""

    def act(self, world: World, policy: str) -> None:
        """The leak takes the place of licensed deliveries."""
        world.memory.leak = self.leak

    def foresee(self, world: World, policy: str) -> None:
        """Buyers of memory order ahead."""
        world.memory.foreseen.add(policy)

    def in_force(self) -> Iterator[str]:
        """The control."""
        yield "foreign memory is controlled"

    def sentence(self, named: Named) -> str:
        """foreign memory falls to 28,000 stacks a week"""
        return f"foreign memory falls to {show(self.leak, 'stacks a week')}"
