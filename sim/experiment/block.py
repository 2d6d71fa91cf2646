"""Some replications of one scenario and seed as arrays: what a worker hands over, and what the store keeps."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np

from sim.experiment.replication import Replication
from sim.experiment.room import Floats, room
from sim.outcomes.keys import Key, Quarter

MOST_BYTES = 100_000_000  # of a block's arrays


@dataclass(frozen=True)
class Block:
    """Replications as arrays; a value that does not exist is nan."""

    numbers: tuple[int, ...]
    outcomes: Mapping[Key, Floats]
    """Each of shape (replications,)."""
    series: Mapping[tuple[str, str], Floats]
    """Each of shape (replications, points)."""

    @classmethod
    def of(cls, rows: Sequence[Replication]) -> Block:
        """That of some replications of one scenario."""
        keys, items = (rows[0].outcomes, rows[0].series) if rows else ({}, {})
        outcomes = {key: np.array([row.outcomes[key] for row in rows], dtype=np.float64) for key in keys}
        series = {item: np.array([row.series[item] for row in rows], dtype=np.float64) for item in items}
        return cls(tuple(row.number for row in rows), outcomes, series)

    def only(self, wanted: Collection[int]) -> Block:
        """Those of its replications that are wanted."""
        own = [place for place, number in enumerate(self.numbers) if number in wanted]
        if len(own) == len(self.numbers):
            return self
        return self._each(lambda values: values[own], tuple(self.numbers[place] for place in own))

    def joined(self, more: Block) -> Block:
        """Its replications and those of another that it does not have, by number."""
        more = more.only(set(more.numbers) - set(self.numbers))
        numbers = self.numbers + more.numbers
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        outcomes = {key: np.concatenate([own, more.outcomes[key]])[order] for key, own in self.outcomes.items()}
        series = {key: np.concatenate([own, more.series[key]])[order] for key, own in self.series.items()}
        return Block(tuple(sorted(numbers)), outcomes, series)

    def _each(self, taken: Callable[[Floats], Floats], numbers: tuple[int, ...]) -> Block:
        outcomes = {key: taken(values) for key, values in self.outcomes.items()}
        return Block(numbers, outcomes, {key: taken(values) for key, values in self.series.items()})

    def to_bytes(self, about: Mapping[str, Any]) -> bytes:
        """A compressed npz file; `about` is kept with it, and has none of the names below."""
        periods = [[*key.period] if isinstance(key.period, Quarter) else key.period for key in self.outcomes]
        told = {
            **about,
            "numbers": self.numbers,
            "outcomes": [[key.outcome, key.item, period] for key, period in zip(self.outcomes, periods, strict=True)],
            "series": list(self.series),
        }
        target = io.BytesIO()
        np.savez_compressed(
            target,
            about=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8),
            outcomes=np.array([*self.outcomes.values()], dtype=np.float64),
            series=np.array([*self.series.values()], dtype=np.float64),
        )
        return target.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> tuple[Block, dict[str, Any]]:
        """A block and what was told about it. Raises ValueError for anything else than what `to_bytes` made."""
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if fsum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                    raise ValueError("it is too large")
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                told = json.loads(arrays["about"].tobytes())
                outcomes, series = arrays["outcomes"], arrays["series"]
            numbers = tuple(int(number) for number in told.pop("numbers"))
            keys = [_key(*parts) for parts in told.pop("outcomes")]
            items = [(str(name), str(item)) for name, item in told.pop("series")]
            own, lines = dict(zip(keys, outcomes, strict=True)), dict(zip(items, series, strict=True))
        except SPOILED as error:
            raise ValueError(str(error)) from None
        whole = {len(set(numbers)) == len(numbers), len(own) == len(keys), len(lines) == len(items)}
        if (
            not all(whole)
            or outcomes.shape != (len(keys), len(numbers))
            or series[..., 0].shape != (len(items), len(numbers))
        ):
            raise ValueError("its arrays have other sizes than it says")
        if {outcomes.dtype, series.dtype} != {np.dtype(np.float64)} or not (finite(outcomes) and finite(series)):
            raise ValueError("its arrays hold something else than numbers")
        return cls(numbers, own, lines), told


SPOILED = (
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    RuntimeError,
    ArithmeticError,
    MemoryError,
)
"""What libraries raise for bytes that somebody has made up."""
LARGEST = 1e100
"""No value of this model comes near, and its square is a number still."""


def finite(values: Floats) -> bool:
    """Whether all of them are numbers that can be computed with; one that does not exist is nan."""
    return bool(
        np.fmax.reduce(values, None, initial=0) < LARGEST and np.fmin.reduce(values, None, initial=0) > -LARGEST
    )


def _key(outcome: str, item: str, period: Any) -> Key:
    return Key(outcome, item, Quarter(*period) if isinstance(period, list) else period)


def filled(blocks: Iterable[Block], numbers: Sequence[int]) -> Block:
    """The replications of those numbers, in their order, out of blocks that come in any order; each is put into arrays
    of the whole size as it comes, so that nothing is held twice."""
    places = {number: place for place, number in enumerate(numbers)}
    whole: Block | None = None
    for block in blocks:
        if whole is None:
            outcomes, series = block.outcomes, block.series
            points = {values.shape[1] for values in series.values()}
            own = room(len(outcomes), len(numbers)), room(len(series), len(numbers), *points)
            whole = Block(
                tuple(numbers), dict(zip(outcomes, own[0], strict=True)), dict(zip(series, own[1], strict=True))
            )
        at = [places[number] for number in block.numbers]
        for key, values in block.outcomes.items():
            whole.outcomes[key][at] = values
        for name, rows in block.series.items():
            whole.series[name][at] = rows
    if whole is None:
        raise ValueError("a run needs at least one replication")
    return whole
