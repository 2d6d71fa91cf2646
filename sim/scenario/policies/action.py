"""What a policy action is, and the world on which it acts.

An action is one class in one file of this folder; what it needs of the world beyond what stands here, it adds to the
protocols, which only tell the type checker. Its fields are its keys in a scenario file; it says who acts, what it
does to the world, which names it mentions, what it keeps in force, and itself in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

from sim.base.shapes import shape_of
from sim.scenario.fields import Lever, Named, Part, Product, Reach

ACTIONS: dict[str, type[Action]] = {}
"""Every action by its key in a scenario file, in the order in which those of one day take effect: the last decides."""


class Importer(Protocol):
    """The foreign vendor, as a policy meets it."""

    caps: dict[str, float]
    foreseen: dict[str, Reach]

    def ban(self, reach: Reach) -> None: ...
    def lift(self, reach: Reach) -> None: ...
    def license(self, policy: str, licence: Any) -> None: ...


class Memory(Protocol):
    """The stock of memory, as a policy meets it."""

    leak: float | None
    foreseen: set[str]


class Foundry(Protocol):
    """The foundry, as a policy meets it."""

    def slow_growth(self, growth: float) -> None: ...


class Demand(Protocol):
    """Data-centre projects, as a policy meets them."""

    def mandate(self, policy: str, segments: list[str], compliance: float) -> None: ...
    def end_contract(self, anchor: str) -> None: ...


class Market(Protocol):
    """Books and prices, as a policy meets them."""

    prices: dict[str, float]


class Grey(Protocol):
    """The grey channel, as a policy meets it."""

    interception: float


class World(Protocol):
    """What a policy can change; `sim.model.world.World` is one."""

    @property
    def importer(self) -> Importer: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def foundry(self) -> Foundry: ...
    @property
    def demand(self) -> Demand: ...
    @property
    def market(self) -> Market: ...
    @property
    def grey(self) -> Grey | None: ...


class Action(Part):
    """The base of all actions. A subclass is known once it is defined: `class Ban(Reach, Action, key="ban", ...)`."""

    key: ClassVar[str]
    actor: ClassVar[Lever]
    """Who acts."""
    order: ClassVar[int]
    """Actions of one day take effect in ascending order, those of one order by the policies' names."""
    replaces: ClassVar[bool]
    """Whether a later one takes the place of the one before, where it reaches; else they stand side by side."""
    frees: ClassVar[bool]
    """Whether imports that it reaches may ship; else it holds them back."""

    def __init_subclass__(
        cls, *, key: str, actor: Lever, order: int = 0, replaces: bool = False, frees: bool = False, **more: Any
    ) -> None:
        super().__init_subclass__(**more)
        cls.key, cls.actor, cls.order, cls.replaces, cls.frees = key, actor, order, replaces, frees
        ACTIONS[key] = cls
        ranked = sorted(ACTIONS.items(), key=lambda item: (item[1].order, item[0]))
        ACTIONS.clear()
        ACTIONS.update(ranked)
        shape_of.cache_clear()  # the shape of a policy has a new key

    def act(self, world: World, policy: str) -> None:
        """Take effect, once, on the policy's day."""
        raise NotImplementedError

    def foresee(self, world: World, policy: str) -> None:
        """The world learns, on the day of its announcement, that the policy will come."""

    def push(self, segment: str) -> float:
        """The factor on the arrivals of a segment's projects from its day on; arrivals are drawn ahead."""
        return 1.0

    def reached(self, imports: Mapping[str, Product]) -> tuple[str, ...]:
        """The imports on which it decides from its day on, until a later one reaches them."""
        return ()

    def mentions(self) -> Iterator[tuple[str, str, str]]:
        """The names that must exist in the scenario: this action's key, the name, and the group of the scenario."""
        return iter(())

    def in_force(self) -> Iterator[str]:
        """What it keeps in force, in words; two policies that keep the same in force overlap."""
        return iter(())

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """What its keys cannot be: the one at fault, or none for all of them, what is wrong, and a hint or none.

        As a rule does (`sim.scenario.rules`), it says nothing about a value that could not be read.
        """
        return iter(())

    def notes(self, imports: Mapping[str, Product]) -> Iterator[str]:
        """What is no mistake and worth knowing."""
        return iter(())

    def sentence(self, named: Named) -> str:
        """What it does, in a few words."""
        raise NotImplementedError
