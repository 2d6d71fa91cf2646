"""Domestic software: each port leaves tools and people behind, so the next is quicker and the chips do more."""

from __future__ import annotations

from collections.abc import Mapping

from sim.model.learning import learned
from sim.scenario.parts import Design, Software

CUDA = "CUDA"  # runs on the foreign vendor's chips only


class DomesticSoftware:
    """How far the domestic stacks have come, by the number of projects that have ported to any of them."""

    def __init__(self, terms: Software, designs: Mapping[str, Design]) -> None:
        self.terms = terms
        self.ports = 0
        self.readiness = terms.readiness_start
        self.stack_of = {design.supplier: design.software for design in designs.values()}

    @property
    def porting_time(self) -> float:
        """Mean weeks of a port that starts now."""
        terms = self.terms
        return learned(terms.porting_start, terms.porting_floor, terms.porting_half, self.ports)

    def learn(self) -> None:
        """One more project has ported."""
        self.ports += 1
        terms = self.terms
        self.readiness = learned(terms.readiness_start, terms.readiness_ceiling, terms.readiness_half, self.ports)
