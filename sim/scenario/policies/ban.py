"""Imports stop shipping."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.scenario.fields import Named, Reach
from sim.scenario.policies.action import Action, World


@dataclass(frozen=True, kw_only=True)
class Ban(Reach, Action, key="ban", actor="export authority", order=3):
    """Imports stop shipping. What has shipped arrives; what is on order or in review is refused."""

    def act(self, world: World, policy: str) -> None:
        """From now on the vendor ships none of them."""
        world.importer.ban(self)

    def foresee(self, world: World, policy: str) -> None:
        """The vendor's customers order ahead."""
        world.importer.foreseen[policy] = self

    def in_force(self) -> Iterator[str]:
        """What is banned."""
        if self.product is not None:
            yield f"'{self.product}' is banned"
        if self.threshold is not None:
            yield f"products from {self.threshold:.10g} A100e are banned"

    def sentence(self, named: Named) -> str:
        """no H20"""
        return f"no {self.words(named)}"
