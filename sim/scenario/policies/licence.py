"""Imports need a licence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from sim.base.units import Quantity, Share, SomeWeeks, show
from sim.scenario.fields import Named, Product, Reach
from sim.scenario.policies.action import Action, World

APPLY_EVERY = 4
"""Weeks between two licence applications for one product, at least."""


@dataclass(frozen=True, kw_only=True)
class Licence(Reach, Action, key="licence", actor="export authority", order=2, replaces=True):
    """Orders of what it reaches go through a licence desk; a product is applied for every four weeks at most."""

    officers: Annotated[float, Quantity("officers", at_least=1, at_most=1000)]
    """Officers at the desk, a whole number; each works on one application at a time."""
    work_time: SomeWeeks
    """Mean time that an officer needs for one application (exponential)."""
    approval: Share
    """Probability that an application is approved."""
    quota: Annotated[float, Quantity("chips/quarter", at_least=0)] | None = None
    """Most chips approved in a quarter of a year; no limit where it is left out."""

    def act(self, world: World, policy: str) -> None:
        """A desk opens."""
        world.importer.license(policy, self)

    def foresee(self, world: World, policy: str) -> None:
        """The vendor's customers order ahead."""
        world.importer.foreseen[policy] = self

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """Half an officer."""
        yield from super().mistakes()
        if self.officers % 1 > 0:
            yield "officers", f"{self.officers:g} officers: a whole number is needed", ""

    def notes(self, imports: Mapping[str, Product]) -> Iterator[str]:
        """A desk that does not keep up with an application every four weeks for each product."""
        products = len(self.reached(imports))
        load = products / APPLY_EVERY * self.work_time / self.officers
        if load >= 1:
            come = f"{products} application{'s' if products > 1 else ''} every {APPLY_EVERY} weeks"
            yield f"its queue grows, for its load is {load:.2f}: {come} x work time / officers"

    def sentence(self, named: Named) -> str:
        """H20 by licence, 50 % approved"""
        quota = "" if self.quota is None else f", at most {show(self.quota, 'chips a quarter')}"
        return f"{self.words(named)} by licence, {show(self.approval, 'share')} approved{quota}"
