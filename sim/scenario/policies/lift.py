"""Banned imports ship again."""

from __future__ import annotations

from dataclasses import dataclass

from sim.scenario.fields import Named, Reach
from sim.scenario.policies.action import Action, World


@dataclass(frozen=True, kw_only=True)
class Lift(Reach, Action, key="lift", actor="export authority", order=1, frees=True):
    """Banned imports may ship again."""

    def act(self, world: World, policy: str) -> None:
        """From now on they may be ordered."""
        world.importer.lift(self)

    def sentence(self, named: Named) -> str:
        """H20 may ship again"""
        return f"{self.words(named)} may ship again"
