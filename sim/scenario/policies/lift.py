"""Banned imports ship again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.scenario.fields import Reach
from sim.scenario.policies.action import Action, Named, World


@dataclass(frozen=True, kw_only=True)
class Lift(Reach, Action, key="lift", actor="export authority", order=1):
    """Banned imports may ship again."""

    def act(self, world: World, policy: str) -> None:
        """From now on they may be ordered."""
        world.importer.lift(self)

    def mentions(self) -> Iterator[tuple[str, str, str]]:
        """The product."""
        return self.products()

    def sentence(self, named: Named) -> str:
        """H20 may ship again"""
        return f"{self.words(named)} may ship again"
