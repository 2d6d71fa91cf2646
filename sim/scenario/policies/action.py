"""What a policy action is, and the world on which it acts.

An action is one class in one file of this folder. Its fields are its keys in a scenario file; it says who acts, what it
does to the world, which names it mentions, what it keeps in force, and itself in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Protocol

from sim.scenario.fields import Part, Reach

Named = Callable[[str], str]
"""Turns the key of a product, a segment or a contract into what people read."""

ACTIONS: dict[str, type[Action]] = {}
"""Every action by its key in a scenario file, in the order in which actions of one day take effect: the last decides."""


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
    def grey(self) -> Grey | None: ...


class Action(Part):
    """The base of all actions. A subclass is known from its definition on: `class Ban(Action, Reach, key="ban", ...)`."""

    key: ClassVar[str]
    actor: ClassVar[str]
    """Who acts: `export authority`, `state`, `buyers` or `industry`."""
    order: ClassVar[int]
    """Actions of one day take effect in ascending order, those of one order by the policies' names."""

    def __init_subclass__(cls, *, key: str, actor: str, order: int = 0, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.key, cls.actor, cls.order = key, actor, order
        ACTIONS[key] = cls
        ranked = sorted(ACTIONS.items(), key=lambda item: (item[1].order, item[0]))
        ACTIONS.clear()
        ACTIONS.update(ranked)

    def act(self, world: World, policy: str) -> None:
        """Take effect, once, on the policy's day."""
        raise NotImplementedError

    def foresee(self, world: World, policy: str) -> None:
        """The world learns, on the day of its announcement, that the policy will come."""

    def push(self, segment: str) -> float:
        """The factor on the arrivals of a segment's projects from its day on; arrivals are drawn ahead."""
        del segment
        return 1.0

    def mentions(self) -> Iterator[tuple[str, str, str]]:
        """The names that must exist in the scenario: this action's key, the name, and the group of the scenario."""
        return iter(())

    def in_force(self) -> Iterator[str]:
        """What it keeps in force, in words; two policies that keep the same in force overlap."""
        return iter(())

    def sentence(self, named: Named) -> str:
        """What it does, in a few words."""
        raise NotImplementedError


def listed(names: list[str]) -> str:
    """a, b and c; nobody where there are none."""
    if not names:
        return "nobody"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
