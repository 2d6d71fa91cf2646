"""Projects may buy domestic chips only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.base.units import Share, show
from sim.base.wording import listed
from sim.scenario.fields import Named
from sim.scenario.policies.action import Action, World


@dataclass(frozen=True, kw_only=True)
class Mandate(Action, key="mandate", actor="state"):
    """Projects may buy domestic chips only; those with CUDA code start to port at once."""

    segments: list[str]
    """Segments that it binds."""
    compliance: Share
    """Share of their projects that comply."""

    def act(self, world: World, policy: str) -> None:
        """It binds projects on the CUDA book, and those still to come."""
        world.demand.mandate(policy, self.segments, self.compliance)

    def mentions(self) -> Iterator[tuple[str, str, str]]:
        """The segments."""
        return (("segments", segment, "demand") for segment in self.segments)

    def in_force(self) -> Iterator[str]:
        """Who is bound."""
        return (f"the segment '{segment}' is bound" for segment in self.segments)

    def sentence(self, named: Named) -> str:
        """domestic chips only for state projects, 90 % comply"""
        told = "" if self.compliance == 1 else f", {show(self.compliance, 'share')} comply"
        return f"domestic chips only for {listed(self.segments)} projects{told}"
