"""Grey shipments are watched more closely, or less."""

from __future__ import annotations

from dataclasses import dataclass

from sim.base.units import Share, show
from sim.scenario.fields import Named
from sim.scenario.policies.action import Action, World


@dataclass(frozen=True, kw_only=True)
class Enforcement(Action, key="enforcement", actor="export authority", replaces=True):
    """Grey shipments are watched more closely, or less."""

    interception: Share
    """Probability that a week's shipment is intercepted, from now on."""

    def act(self, world: World, policy: str) -> None:
        """Shipments that reach the border from now on."""
        if world.grey:
            world.grey.interception = self.interception

    def sentence(self, named: Named) -> str:
        """40 % of grey shipments intercepted"""
        return f"{show(self.interception, 'share')} of grey shipments intercepted"
