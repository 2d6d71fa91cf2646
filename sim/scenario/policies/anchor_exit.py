"""A largest customer leaves its supplier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.scenario.fields import Named
from sim.scenario.policies.action import Action, World


@dataclass(frozen=True, kw_only=True)
class AnchorExit(Action, key="anchor_exit", actor="buyers"):
    """A contract with a largest customer ends: its projects, also later ones, turn to another stack."""

    anchor: str
    """The contract, by its key under `anchors`."""

    def act(self, world: World, policy: str) -> None:
        """The customer's waiting projects port away."""
        world.demand.end_contract(self.anchor)

    def mentions(self) -> Iterator[tuple[str, str, str]]:
        """The contract."""
        yield "anchor", self.anchor, "anchors"

    def in_force(self) -> Iterator[str]:
        """The end."""
        yield f"the contract '{self.anchor}' has ended"

    def sentence(self, named: Named) -> str:
        """the contract Cambricon cloud ends"""
        return f"the contract {named(self.anchor)} ends"
