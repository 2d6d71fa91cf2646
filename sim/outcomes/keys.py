"""What identifies a value: an outcome, the item that it is of, and a period.

One function makes the name that people see and type (`Key.name`: `revenue_huawei`), one finds the key that they mean
(`key_of`), by looking among what exists.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import NamedTuple, TypeAlias

from sim.base.errors import ChipgateError
from sim.base.units import closest


class Quarter(NamedTuple):
    """A quarter of a calendar year, printed as 2025Q1."""

    year: int
    quarter: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def first_day(self) -> date:
        """The day on which it begins."""
        return date(self.year, 3 * self.quarter - 2, 1)

    @property
    def next(self) -> Quarter:
        """The quarter after it."""
        return Quarter(self.year + self.quarter // 4, self.quarter % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.quarter}"


Period: TypeAlias = int | Quarter | None
"""A calendar year, a quarter, or None: the whole window."""


class Key(NamedTuple):
    """An outcome's value over one period: `Key("revenue", "Huawei", 2025)`."""

    outcome: str
    """The name of its card."""
    item: str = ""
    """What the outcome has one value for each of: a supplier, a constraint; "" where it has a single one."""
    period: Period = None

    @property
    def name(self) -> str:
        """What people see and type, without the period: `revenue_huawei`, `binds_import_control`, `delivered`."""
        return f"{self.outcome}_{slug(self.item)}" if self.item else self.outcome

    def at(self, period: Period) -> Key:
        """The same over another period."""
        return self._replace(period=period)

    def __str__(self) -> str:
        return self.name if self.period is None else f"{self.name} of {self.period}"


def slug(name: str) -> str:
    """A name as part of another: Import control -> import_control."""
    return name.lower().replace(" ", "_").replace("-", "_")


Wanted: TypeAlias = str | tuple[str | int | Quarter | None, ...]
"""A key, or what a person writes for one: a name; an outcome and its item; either with a period behind it."""
QUARTER = re.compile(r"(\d{4})Q([1-4])")


def key_of(wanted: Wanted, known: Collection[Key]) -> Key:
    """The key that is meant, one of `known`.

    `delivered`, `("delivered", 2025)`, `("revenue", "huawei")`, `("revenue_huawei", "2025Q1")` and keys themselves are
    understood. Raises ChipgateError, with what is near, where there is none.
    """
    written = _as_written(wanted)
    if written in known:
        return written
    own = [key for key in known if key.name == written.name]
    if len(items := list(dict.fromkeys(key.item for key in own))) > 1:
        told = f"write an outcome and its item, such as {(own[0].outcome, items[0])!r}"
        raise ChipgateError(f"'{written.name}' may be {' or '.join(items)}; {told}")
    for key in own:
        if key.period == written.period:
            return key
    if own:
        periods = ", ".join(str(key.period) for key in own if key.period is not None)
        told = f"it has {periods}" if periods else "leave the year out"
        raise ChipgateError(f"'{written.name}' has no value for {written.period or 'the whole window'}; {told}")
    names = list(dict.fromkeys(key.name for key in known))
    if each := list(dict.fromkeys(key.name for key in known if key.outcome == written.name)):
        raise ChipgateError(f"'{written.name}' has one value for each item: {', '.join(each)}")
    near = closest(written.name, names)
    raise ChipgateError(
        f"no outcome is named '{written.name}'; " + (f"did you mean '{near}'?" if near else ", ".join(names))
    )


def _as_written(wanted: Wanted) -> Key:
    """The parts of what was written; whether there is such a key is another question."""
    parts = [wanted] if isinstance(wanted, str) else wanted
    fit = isinstance(parts, list | tuple) and all(isinstance(part, str | int | Quarter | None) for part in parts)
    if not parts or not fit:
        raise ChipgateError(f"{wanted!r} is not an outcome; write a name, perhaps an item, and a year or a quarter")
    outcome, *more = parts
    item = ""
    if len(more) > 1 or (more and isinstance(more[0], str) and not QUARTER.fullmatch(more[0])):
        item = str(more.pop(0))
    period = more.pop(0) if more else None
    if isinstance(period, str) and (quarter := QUARTER.fullmatch(period)):
        period = Quarter(int(quarter[1]), int(quarter[2]))
    if more or isinstance(period, str):
        raise ChipgateError(f"{wanted!r} is not an outcome; write a name, perhaps an item, and a year or a quarter")
    return Key(str(outcome), item, period)
