"""What the parts of a scenario and its policies share: the base of both, units, and which imports a policy reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol, get_args

from sim.base.units import Quantity, show

Compute = Annotated[float, Quantity("A100e", above=0)]
Yuan = Annotated[float, Quantity("yuan", above=0)]
Power = Annotated[float, Quantity("kW", at_least=0)]
ChipsAWeek = Annotated[float, Quantity("chips/week", at_least=0)]
Stacks = Annotated[float, Quantity("stacks", at_least=0)]
StacksAWeek = Annotated[float, Quantity("stacks/week", at_least=0)]
Ports = Annotated[float, Quantity("ports", above=0)]
Wafers = Annotated[float, Quantity("wafers", above=0)]

Lever = Literal["none", "export authority", "buyers", "state", "industry", "technology"]
LEVERS: tuple[Lever, ...] = get_args(Lever)

Named = Callable[[str], str]
"""Turns the key of a product, a segment or a contract into what people read."""


class Part:
    """A group of keys in a scenario file; a key that is not listed is a mistake."""


class Product(Protocol):
    """What a reach asks of an import."""

    @property
    def performance(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class Reach(Part):
    """Which imports a policy is about: one product, or every product at or above a performance."""

    product: str | None = None
    """One product, by its key under `imports`."""
    threshold: Compute | None = None
    """Every product whose performance is at least this."""

    def reached(self, imports: Mapping[str, Product]) -> tuple[str, ...]:
        """The imports that it reaches, by name, in their order."""
        return tuple(
            name
            for name, chip in imports.items()
            # "Not below", so that to the checks a product of unknown performance counts as reached.
            if name == self.product or (self.threshold is not None and not chip.performance < self.threshold)
        )

    def mentions(self) -> Iterator[tuple[str, str, str]]:
        """The product, where there is one."""
        if self.product is not None:
            yield "product", self.product, "imports"

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """Both keys, or none of them."""
        if self.product is not None and self.threshold is not None:
            yield "", "both a 'product' and a 'threshold' are given", "make two policies of it"
        elif self.product is None and self.threshold is None:
            yield "", "this reaches nothing", "give it a 'product' or a 'threshold'"

    def words(self, named: Named) -> str:
        """H20, or imports from 1 A100e."""
        return named(self.product) if self.product else f"imports from {show(self.threshold or 0.0, 'A100e')}"
