"""The shape of a file, said by frozen dataclasses: keys are fields, and a field's type says how its value is written.

`float` and `datetime.date` are annotated with a unit (`sim.base.units`); `int` and `str` may be annotated with bounds
or a form, `list` and `dict` with the least number of entries. `| None` makes a key optional, a default may be left out.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from sim.base.units import CalendarDay, Quantity, UnitError, whole_number
from sim.base.units import show as show_quantity

Value: TypeAlias = float | datetime.date | str

LONGEST = 200  # characters of a quantity, a date or a name
LONGEST_TEXT = 1000
SHORT = {"short": True}
"""Metadata of a field that a text standing in for its whole group gives."""


def key(name: str) -> dict[str, str]:
    """Metadata of a field whose key in the file is another word, such as one of Python's own."""
    return {"key": name}


def spread(kinds: Mapping[str, type]) -> dict[str, Any]:
    """Metadata of a field that holds records of several kinds by key: the keys stand in the group itself, and each of
    them may be left out."""
    return {"spread": kinds}


class Kind(Protocol):
    """How a single value is written."""

    @property
    def unit(self) -> str:
        """Its unit; empty where it has none."""

    @property
    def example(self) -> str:
        """A well-written one, for messages."""

    def read(self, text: str) -> Any:
        """The value of a text. Raises UnitError."""


@dataclass(frozen=True)
class Words:
    """A text: one of some words, one of a form, or any."""

    words: tuple[str, ...] = ()
    form: str = ""
    """A regular expression that it matches as a whole."""
    called: str = ""
    """What a text of that form is."""
    longest: int = LONGEST_TEXT
    unit = ""
    example = "a text"

    def read(self, text: str) -> str:
        """The text itself. Raises UnitError."""
        if len(text) > self.longest:
            raise UnitError(f"'{text[:20]}...' is too long for a text")
        if self.words and text not in self.words:
            raise UnitError(f"'{text[:40]}' is not one of: {', '.join(self.words)}", text, self.words)
        if self.form and not re.fullmatch(self.form, text):
            raise UnitError(f"'{text[:40]}' is not {self.called}")
        return text


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    at_least: int = 0
    at_most: int | None = None
    unit = ""

    @property
    def example(self) -> str:
        """The least."""
        return str(self.at_least)

    def read(self, text: str) -> int:
        """The number. Raises UnitError."""
        number = whole_number(text.removeprefix("-"))
        if number is None:
            raise UnitError(f"'{text[:40]}' is not a whole number")
        number = -number if text.startswith("-") else number
        if number < self.at_least or (self.at_most is not None and number > self.at_most):
            bounds = f"at least {self.at_least}" + (f" and at most {self.at_most:,}" if self.at_most else "")
            raise UnitError(f"'{text}' is out of range; it must be {bounds}")
        return number


@dataclass(frozen=True)
class AtLeast:
    """The least number of entries of a list or a group of names, put on it with `Annotated`."""

    number: int


@dataclass(frozen=True)
class Leaf:
    """A single value."""

    kind: Kind = Words()

    @property
    def quantity(self) -> Quantity | None:
        """Its unit and bounds, where it is a quantity."""
        return self.kind if isinstance(self.kind, Quantity) else None

    @property
    def day(self) -> bool:
        """Whether it is a calendar day."""
        return isinstance(self.kind, CalendarDay)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it is one of; none where it may be any text."""
        return self.kind.words if isinstance(self.kind, Words) else ()

    @property
    def unit(self) -> str:
        """Its unit; `date` for a day, empty for a text."""
        return self.kind.unit

    @property
    def sourced(self) -> bool:
        """Whether it is one of the values that have a source in a scenario: quantities and days."""
        return self.quantity is not None or self.day

    @property
    def example(self) -> str:
        """A well-written one, for messages."""
        return self.kind.example

    def read(self, text: str) -> Any:
        """The value of a text. Raises UnitError."""
        if self.sourced and len(text) > LONGEST:
            raise UnitError(f"'{text[:20]}...' is too long for a {'date' if self.day else 'quantity'}")
        return self.kind.read(text)

    def show(self, value: Value) -> str:
        """The value for people."""
        return show_quantity(value, self.unit) if isinstance(value, float) else str(value)


SOME = Leaf(Words(form=r"(?s).*\S.*", called="a text"))
"""A text that says something."""


@dataclass(frozen=True)
class Member:
    """A key of a group; `off` means that there is none where it is optional."""

    shape: Shape
    required: bool = True
    default: Any = None
    optional: bool = False
    field: str = ""
    """The field that the key's value goes into, where it has another name."""
    spread: bool = False
    """Whether that field holds the values of several keys, by key."""


@dataclass(frozen=True)
class Group:
    """Keys, each with a shape of its own; `part` makes the record of them."""

    part: Callable[..., Any]
    members: dict[str, Member]
    short: str = ""
    """The key whose value may stand for the whole group; empty where none may."""

    def record(self, values: Mapping[str, Any]) -> Any:
        """The record of values by key; what is left out is at its default."""
        fields: dict[str, Any] = {}
        for name, value in values.items():
            member = self.members[name]
            if not member.spread:
                fields[member.field or name] = value
            elif value is not None:
                fields.setdefault(member.field, {})[name] = value
        return self.part(**fields)

    def value(self, record: Any, name: str) -> Any:
        """The value of a key in such a record; None where it is left out."""
        member = self.members[name]
        value = getattr(record, member.field or name)
        return value.get(name) if member.spread else value


@dataclass(frozen=True)
class Names:
    """Any number of entries, each by a name."""

    key: Leaf
    shape: Shape
    least: int = 0


@dataclass(frozen=True)
class Listing:
    """A list of values, or one of some words in its place; groups stand under names, so that a file can change one of
    them."""

    shape: Leaf
    least: int = 0
    most: int | None = None
    words: tuple[str, ...] = ()
    alone: bool = False
    """Whether a value may stand for a list of one."""


Shape: TypeAlias = Leaf | Group | Names | Listing


@functools.cache
def shape_of(part: Any) -> Group:
    """The keys of a frozen dataclass and of those in it. Raises TypeError for a type that no file could spell."""
    hints = typing.get_type_hints(part, include_extras=True)
    members: dict[str, Member] = {}
    short = ""
    for item in dataclasses.fields(part):
        if kinds := item.metadata.get("spread"):
            members |= {
                name: Member(shape_of(kind), False, None, True, item.name, True) for name, kind in kinds.items()
            }
            continue
        default = item.default_factory() if callable(item.default_factory) else item.default
        hint, optional = _without_none(hints[item.name])
        required = default is dataclasses.MISSING
        name = item.metadata.get("key", item.name)
        members[name] = Member(_shape(hint), required, None if required else default, optional, item.name)
        short = name if item.metadata.get("short") else short
    return Group(part, members, short)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        rest = [arm for arm in typing.get_args(hint) if arm is not type(None)]
        if len(rest) == 1:
            return rest[0], True
    return hint, False


def _shape(hint: Any) -> Shape:
    origin, arms = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        for mark in hint.__metadata__:
            if isinstance(mark, AtLeast):
                several = _shape(arms[0])
                assert isinstance(several, Listing | Names)
                return dataclasses.replace(several, least=mark.number)
            if hasattr(mark, "read"):
                return Leaf(mark)
        return _shape(arms[0])
    if hint is str:
        return Leaf()
    if hint is int:
        return Leaf(Whole())
    if origin is Literal:
        return Leaf(Words(arms))
    if origin is dict:
        name = _shape(arms[0])
        assert isinstance(name, Leaf)
        return Names(name, _shape(arms[1]))
    if origin in (list, tuple) and isinstance(inner := _shape(arms[0]), Leaf):
        return Listing(inner, *((len(arms), len(arms)) if origin is tuple else ()))
    if origin in {typing.Union, types.UnionType} and len(arms) == 2:
        items, words = map(_shape, arms)
        if isinstance(items, Listing) and isinstance(words, Leaf):
            return dataclasses.replace(items, words=words.words)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return shape_of(hint)
    raise TypeError(f"a file has no way to write {hint}")
