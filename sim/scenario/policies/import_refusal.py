"""The importing side turns licensed chips away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.base.units import Share, show
from sim.scenario.fields import Named
from sim.scenario.policies.action import Action, World


@dataclass(frozen=True, kw_only=True)
class ImportRefusal(Action, key="import_refusal", actor="state"):
    """Buyers are told to turn a foreign product away, though it may be sold to them."""

    product: str
    """The product, by its key under `imports`."""
    share: Share
    """Share of its weekly cap that is refused."""

    def act(self, world: World, policy: str) -> None:
        """The most that can be ordered in a week falls: an order that is only cut would come back a week later."""
        world.importer.caps[self.product] *= 1 - self.share

    def mentions(self) -> Iterator[tuple[str, str, str]]:
        """The product."""
        yield "product", self.product, "imports"

    def in_force(self) -> Iterator[str]:
        """What is refused."""
        yield f"'{self.product}' is turned away"

    def sentence(self, named: Named) -> str:
        """50 % of H20 turned away by buyers"""
        return f"{show(self.share, 'share')} of {named(self.product)} turned away by buyers"
