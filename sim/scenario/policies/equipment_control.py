"""Foreign tools for the foundry stop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.base.units import Growth, show
from sim.scenario.fields import Named
from sim.scenario.policies.action import Action, World


@dataclass(frozen=True, kw_only=True)
class EquipmentControl(Action, key="equipment_control", actor="export authority", replaces=True):
    """Foreign tools for the foundry stop."""

    growth: Growth
    """Growth of the full line a year without foreign tools, before domestic ones make up for a part."""

    def act(self, world: World, policy: str) -> None:
        """A full line grows more slowly."""
        world.foundry.slow_growth(self.growth)

    def in_force(self) -> Iterator[str]:
        """The control."""
        yield "equipment is controlled"

    def sentence(self, named: Named) -> str:
        """no foreign tools for the foundry, which then grows 20 % a year"""
        return f"no foreign tools for the foundry, which then grows {show(self.growth, 'share a year')}"
