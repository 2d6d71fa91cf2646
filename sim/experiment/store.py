"""Replications kept on disk: each is a function of scenario, seed, number and what computes it, and computed once.

A shelf holds one scenario and seed, in parts of ten replications: a sha256 and behind it a compressed npz file with the
arrays and what made them (`sim.experiment.block`). A part that does not fit its sha256, or that something else
made, is removed and computed again. What was least recently used goes first when there is too much.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import math
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from math import fsum
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from sim.base.atomic import reason, sweep, write_whole
from sim.base.errors import ChipgateError
from sim.base.files import open_plain
from sim.experiment.block import Block
from sim.experiment.identity import edited, identity
from sim.experiment.workers import CHUNK
from sim.outcomes.cards import keys_of
from sim.outcomes.history import History
from sim.outcomes.keys import Key
from sim.outcomes.ledger import Ledger
from sim.outcomes.series import series_of
from sim.scenario.parts import Scenario

GIGABYTE = 1_000_000_000  # bytes
LARGEST = 20_000_000  # bytes of a part
FORM = 1
"""Of the parts; another form is another shelf."""
ANY_KEY, ANY_PART = "[0-9a-f]" * 64, "[0-9]" * 8 + ".part"
"""Patterns of names: a folder that holds other files too loses none of them."""
WORDS = (
    "title",
    "question",
    "lever",
    "changes",
    "look_at",
    "expected",
    "no_effect",
    "hangs_on",
    "label",
    "name",
    "worlds",
)
"""What a scenario says of itself and of other worlds, which moves no number."""
WHOSE = "CHIPGATE_STORE"
"""The environment variable that names the folder of the store, or is `none`."""
MOST = "CHIPGATE_STORE_LIMIT"
"""That of its limit, in GB; 1 if nothing is said."""
NONE = "none"


class Part(NamedTuple):
    """A file of the store."""

    path: Path
    size: int
    used: float
    """When it was last used, seconds since 1970."""

    def remove(self) -> None:
        """Remove it, and the folders that held nothing else. Raises OSError where that is not allowed."""
        self.path.unlink(missing_ok=True)
        with suppress(OSError):
            self.path.parent.rmdir()
            self.path.parent.parent.rmdir()


Shape: TypeAlias = tuple[list[Key], list[tuple[tuple[str, str], int]]]


class Made(NamedTuple):
    """What is kept with a part's arrays."""

    key: str
    """Of its shelf."""
    identity: str
    """Of what computed it."""
    scenario: str
    """The name that the scenario had then."""
    seed: int


@dataclass
class Store:
    """A folder of parts."""

    folder: Path
    limit: int = GIGABYTE
    """Bytes of all parts."""
    reused: int = 0
    """How many replications came from it."""
    notes: list[str] = field(default_factory=list)
    """What went wrong, in sentences."""
    wrote: int = 0
    """Bytes since it was last trimmed."""

    def shelf(self, scenario: Scenario, seed: int) -> Shelf:
        """The place of a scenario's replications from a seed."""
        return Shelf(self, scenario, seed)

    def parts(self) -> Iterator[Part]:
        """Every part, shelf by shelf."""
        for path in self.folder.glob(f"??/{ANY_KEY}/{ANY_PART}"):
            with suppress(OSError):
                about = path.stat()
                yield Part(path, about.st_size, about.st_mtime)

    def trim(self) -> None:
        """Remove the least recently used parts until what is left is within the limit, and hidden files of programs
        that were killed."""
        parts = sorted(self.parts(), key=lambda part: part.used)
        left = fsum(part.size for part in parts)
        for part in parts:
            if left <= self.limit:
                break
            left -= part.size
            with suppress(OSError):
                part.remove()
        for shelf in self.folder.glob(f"??/{ANY_KEY}/"):
            sweep(shelf)

    def done(self) -> None:
        """Keep within the limit, if anything was written."""
        if self.wrote:
            with suppress(FileNotFoundError):  # another process trims too, and a folder went while it was listed
                self.trim()
            self.wrote = 0

    def clear(self) -> list[Part]:
        """Remove every part; those that there were. Anything else in the folder stays. Raises OSError."""
        parts = list(self.parts())
        for part in parts:
            part.remove()
        return parts

    def tell(self, note: str) -> None:
        """Say something once."""
        if note not in self.notes:
            self.notes.append(note)


@dataclass
class Shelf:
    """The replications of one scenario and seed."""

    store: Store
    scenario: Scenario
    seed: int

    @cached_property
    def key(self) -> str:
        """Of the scenario's values in their own order, the seed and what computes."""
        told = {"form": FORM, "scenario": values_of(self.scenario), "seed": self.seed, "identity": identity()}
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    @cached_property
    def shape(self) -> Shape:
        """What each of its parts has, as `_shape` tells it."""
        points = History(Ledger(), self.scenario).samples
        return keys_of(self.scenario), [(name, points) for name in series_of(self.scenario)]

    @cached_property
    def folder(self) -> Path:
        """Where its parts lie."""
        return self.store.folder / self.key[:2] / self.key

    def path(self, number: int) -> Path:
        """The part in which a replication belongs."""
        return self.folder / f"{number // CHUNK:08d}.part"

    def read(self, numbers: Collection[int]) -> Block | None:
        """Those of some replications of one part that are kept; None where none is."""
        path = self.path(min(numbers))
        block = self._whole(path)
        if block is None or not (found := block.only(numbers)).numbers:
            return None
        with suppress(OSError):
            os.utime(path)
        self.store.reused += len(found.numbers)
        return found

    def keep(self, block: Block) -> None:
        """Keep replications of one part, beside those of it that are kept already. What cannot be written is told, and
        is no error: the numbers are there."""
        if edited():
            self.store.tell("the program's files were edited since it started, so nothing new is kept in the store")
            return
        path = self.path(block.numbers[0])
        known = self._whole(path)
        whole = known.joined(block) if known else block
        data = whole.to_bytes(Made(self.key, identity(), self.scenario.name, self.seed)._asdict())
        try:
            try:
                self._put(path, data)
            except FileNotFoundError:  # another process trims, and has just removed the folder while it was empty
                self._put(path, data)
        except OSError as error:
            self.store.tell(
                f"the store '{self.store.folder}' cannot be written ({reason(error)}), so nothing new is kept"
            )
            return
        self.store.wrote += len(data)
        if self.store.wrote > self.store.limit / 10:  # a long run fills no disk meanwhile
            self.store.done()

    def _put(self, path: Path, data: bytes) -> None:
        self._make_folder()
        write_whole(path, hashlib.sha256(data).digest() + data)

    def _make_folder(self) -> None:
        """Whoever may write into the store's folder may write into the shelf's: a class may share a store."""
        self.store.folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder.parent, self.folder):
            with suppress(FileExistsError):
                folder.mkdir()
                folder.chmod(self.store.folder.stat().st_mode & 0o777)

    def _whole(self, path: Path) -> Block | None:
        """A part, if it is there and is what it should be; else it is removed."""
        if edited():
            return None
        try:
            block, told = read_part(path)
            if told.identity != identity():
                raise ValueError("something else made it")
            if _shape(block) != self.shape:
                raise ValueError("it has other outcomes or series")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self.store.tell(f"a part of the store '{self.store.folder}' cannot be read ({reason(error)})")
            return None
        except (ValueError, ChipgateError):
            with suppress(OSError):
                Part(path, 0, 0.0).remove()
            self.store.tell(
                f"a part of '{self.scenario.name}' in the store was damaged or not this program's; it is computed again"
            )
            return None
        return block


def _shape(block: Block) -> Shape:
    """Its outcomes, and its series with their number of points, in their order."""
    return list(block.outcomes), [(name, values.shape[1]) for name, values in block.series.items()]


def read_part(path: Path) -> tuple[Block, Made]:
    """A part and what is told about it. Raises OSError, ChipgateError for what is no plain file, and ValueError for one
    that does not fit its sha256, is no part, or lies in another's place."""
    with open_plain(path) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST or hashlib.sha256(data[32:]).digest() != data[:32]:
        raise ValueError("it is damaged")
    block, told = Block.from_bytes(data[32:])
    try:
        made = Made(str(told["key"]), str(told["identity"]), str(told["scenario"]), int(told["seed"]))
    except (KeyError, TypeError):
        raise ValueError("it does not say what made it") from None
    if made.key != path.parent.name or any(number // CHUNK != int(path.stem) for number in block.numbers):
        raise ValueError("it lies in another's place")
    return block, made


def values_of(value: Any) -> Any:
    """A scenario's values in their own order, which may move last digits, and without its words."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [item.name for item in dataclasses.fields(value)]
        unread = WORDS if isinstance(value, Scenario) else ("source",) if "effective" in names else ()
        told = [(name, values_of(getattr(value, name))) for name in names if name not in unread]
        return [type(value).__name__, told]
    if isinstance(value, dict):
        return [[str(key), values_of(item)] for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [values_of(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def default_folder() -> Path:
    """Where this user's store is, if nothing else is said."""
    import platformdirs

    return platformdirs.user_cache_path("chipgate", appauthor=False) / "replications"


def store_at(place: Path | str | None = None) -> Store | None:
    """The store in a folder; without one that of the variable CHIPGATE_STORE, else this user's. None where either says
    `none`. Raises ChipgateError for a place that is no folder, or in a home that is none, and for a limit that is no
    number."""
    named = place or os.environ.get(WHOSE, "")
    if str(named).strip().lower() == NONE:
        return None
    try:
        folder = Path(named).expanduser() if named else default_folder()
    except RuntimeError:
        where = f"in '{named}'" if named else "of this user"
        raise ChipgateError(f"there is no home folder {where} for the store; name another with --store") from None
    if os.path.exists(folder) and not os.path.isdir(folder):  # where nobody may look, it is told when it is used
        raise ChipgateError(f"the store '{folder}' is not a folder")
    return Store(folder, _limit())


def _limit() -> int:
    """The bytes that the variable CHIPGATE_STORE_LIMIT allows. Raises ChipgateError."""
    given = os.environ.get(MOST) or "1"
    with suppress(ValueError):
        if 0 <= (limit := GIGABYTE * float(given.lower().removesuffix("gb"))) < math.inf:
            return int(limit)
    raise ChipgateError(f"the variable {MOST} is '{given}'; it counts GB, such as 5 or 0.2")
