"""Public money brings more projects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from sim.base.units import Quantity, show
from sim.base.wording import listed
from sim.scenario.fields import Named
from sim.scenario.policies.action import Action, World


@dataclass(frozen=True, kw_only=True)
class Push(Action, key="push", actor="state"):
    """Public money brings more projects."""

    segments: list[str]
    """Segments in which they come."""
    factor: Annotated[float, Quantity("x", at_least=0, at_most=10)]
    """What their arrival rate is multiplied by."""

    def act(self, world: World, policy: str) -> None:
        """Nothing on the day itself: the arrivals are drawn ahead."""

    def push(self, segment: str) -> float:
        """More arrivals from its day on."""
        return self.factor if segment in self.segments else 1.0

    def mentions(self) -> Iterator[tuple[str, str, str]]:
        """The segments."""
        return (("segments", segment, "demand") for segment in self.segments)

    def sentence(self, named: Named) -> str:
        """1.1 times as many state projects"""
        return f"{show(self.factor, '')} times as many {listed(self.segments)} projects"
