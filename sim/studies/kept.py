"""What the store holds, by scenario and seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from math import fsum
from typing import Any

from sim.base.errors import ChipgateError
from sim.exhibits.exhibit import Column, Exhibit
from sim.exhibits.page import Page, Said
from sim.experiment.identity import identity
from sim.experiment.store import Part, Store, read_part


@dataclass(frozen=True)
class Kept:
    """The replications of one scenario and seed, made by one thing."""

    scenario: str
    seed: int
    replications: int
    size: int
    """Bytes."""
    used: date
    current: bool
    """Whether this program, as it is, made them."""


def kept(store: Store) -> Iterator[Kept]:
    """What is kept, by shelf; damaged parts count with their size alone."""
    for _, parts in groupby(store.parts(), key=lambda part: part.path.parent):
        own, many, told = list(parts), 0, None
        for part in own:
            with suppress(OSError, ValueError, ChipgateError):
                block, told = read_part(part.path)
                many += len(block.numbers)
        if told:
            used = datetime.fromtimestamp(max(part.used for part in own), UTC).date()
            yield Kept(told.scenario, told.seed, many, bytes_of(own), used, told.identity == identity())


def bytes_of(parts: Iterable[Part]) -> int:
    """How much room parts take."""
    return int(fsum(part.size for part in parts))


COLUMNS: tuple[Column[Kept], ...] = (
    Column("scenario", lambda each: each.scenario),
    Column("seed", lambda each: each.seed, shows={"mean": 2}),
    Column("replications", lambda each: each.replications),
    Column("size", lambda each: amount(each.size), shows={"mean": 1}),
    Column("used", lambda each: each.used, "last used", shows={"mean": 4}),
    Column("current", lambda each: "yes" if each.current else "no", "usable here", shows={"mean": 3}),
)


def kept_page(store: Store) -> Page:
    """The store for people and machines."""
    rows = tuple(sorted(kept(store), key=lambda each: (each.scenario, each.seed, not each.current, -each.replications)))
    size = bytes_of(store.parts())
    reading = [f"Above {amount(store.limit)} what was least recently used is removed, when something is added."]
    if rows:
        reading.insert(0, "A line is a scenario with one set of values and a seed.")
    return Page(
        title=f"{amount(size)} in {store.folder}",
        parts=(Exhibit("kept", "", COLUMNS, rows, record=_record), Said("reading", tuple(reading))),
        facts={"folder": str(store.folder), "size": size, "limit": store.limit},
        elsewhere="--json has them",
    )


def _record(each: Kept) -> dict[str, Any]:
    return {**asdict(each), "used": each.used.isoformat()}


def amount(size: int) -> str:
    """So many bytes in words: 370 kB, 12 MB."""
    return f"{size / 1e3:,.0f} kB" if size < 1e6 else f"{size / 1e6:,.0f} MB"


def verified(store: Store) -> tuple[int, int]:
    """How many parts are whole, and how many were not and are removed. Raises OSError where one cannot be read."""
    whole = damaged = 0
    for part in store.parts():
        try:
            read_part(part.path)
            whole += 1
        except FileNotFoundError:  # another program has removed it
            continue
        except (ValueError, ChipgateError):
            damaged += 1
            part.remove()
    return whole, damaged
