"""A finding as a typed table: rows at full precision, and columns that say how a row is seen.

Rows are the finding's own frozen dataclasses. What a cell is (an estimate, a name, a verdict, a share) is said by its
type, so the renderers (`text`, `html`, `markdown`, `records`) know no outcome. `seen` is the one place that sets scales
and digits: the numbers of a row share a scale, and none has more digits than its interval leaves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from sim.base.rounding import date_text, decimals, percent, rounded, scale_of, signed
from sim.base.statistics import Summary
from sim.base.units import WEEKS_A_YEAR

R = TypeVar("R")
View = Literal["mean", "interval", "band"]
HEADINGS: dict[View, str] = {"mean": "mean", "interval": "interval", "band": "10-90 % of runs"}


class Name(NamedTuple):
    """What a row is about."""

    key: str
    """For machines."""
    label: str
    """For people."""


class Verdict(NamedTuple):
    """What is judged of a difference, and for whom; both may be empty."""

    word: str
    for_whom: str = ""

    def __str__(self) -> str:
        return f"{self.word} for {self.for_whom}" if self.word in ("better", "worse") and self.for_whom else self.word

    @property
    def decided(self) -> bool:
        """Whether a difference worth naming is found: the only test of what is reported as one."""
        return self.word in ("better", "worse", "different")


class Share(NamedTuple):
    """A part of a whole, shown in whole per cent."""

    value: float


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval and the band of single runs; nan for what does not exist."""

    mean: float
    half: float = math.nan
    """Half of the interval's width."""
    unit: str = ""
    change: bool = False
    """A difference: shown with its sign, and between dates in weeks."""
    band: tuple[float, float] = (math.nan, math.nan)
    """Where 80 % of single runs fall."""

    @classmethod
    def of(cls, summary: Summary, unit: str) -> Estimate:
        """What replications say of one value."""
        band = (summary.p10, summary.p90) if summary.n > 1 else (math.nan, math.nan)
        return cls(summary.mean, summary.half_width, unit, band=band)

    @property
    def size(self) -> float:
        """What its scale is chosen by."""
        return max((abs(x) for x in (self.mean, self.band[1]) if math.isfinite(x)), default=0.0)


Cell: TypeAlias = str | int | date | Name | Verdict | Share | Estimate | None


@dataclass(frozen=True)
class Column(Generic[R]):
    """One thing about a row."""

    key: str
    of: Callable[[R], Cell]
    label: str = ""
    """Its heading; the key where it is empty."""
    shows: Mapping[View, int] = field(default_factory=lambda: {"mean": 0})
    """What people see of it, with ranks: where there is little room the highest gives way first, 0 never. Machines see
    everything."""
    common: bool = False
    """Whether the numbers of all rows share a scale, whose unit stands in the heading; all such columns in one unit
    have the same."""


@dataclass(frozen=True)
class Exhibit(Generic[R]):
    """A finding as it is set on paper."""

    key: str
    """For machines; the table's id on a page."""
    title: str
    columns: tuple[Column[R], ...]
    rows: tuple[R, ...]
    by: Callable[[R], str] | None = None
    """Parts the rows into tables of these titles, for people."""
    notes: Callable[[Sequence[R]], Sequence[str]] = lambda _rows: ()
    """What has to be said below some of the rows."""
    record: Callable[[R], Mapping[str, Any]] | None = None
    """A row for machines, where its columns are not enough."""

    @property
    def groups(self) -> dict[str, tuple[int, ...]]:
        """The rows' numbers by the title of their table."""
        found: dict[str, list[int]] = {}
        for n, row in enumerate(self.rows):
            found.setdefault(self.by(row) if self.by else self.title, []).append(n)
        return {title: tuple(rows) for title, rows in found.items()}


class Seen(NamedTuple):
    """A cell as people see it."""

    text: str
    behind: str = ""
    """What stands small behind it: the unit of the row's numbers behind its name."""
    strong: bool = False


@dataclass(frozen=True)
class SeenColumn:
    """A column as people see it."""

    heading: str
    rank: int
    cells: tuple[Seen, ...]
    number: bool
    """Aligned to the right, and never broken."""
    words: bool
    """Names and other words, which break where there is little room."""


def seen(exhibit: Exhibit[Any]) -> list[SeenColumn]:
    """The columns for people; those that say nothing are left out."""
    rows = [[column.of(row) for column in exhibit.columns] for row in exhibit.rows]
    common = _common(exhibit.columns, rows)
    lines = [_line(exhibit.columns, row, common) for row in rows]
    views = [(column, view, rank) for column in exhibit.columns for view, rank in column.shows.items()]
    found = []
    for n, (column, view, rank) in enumerate(views):
        cells = tuple(line[n] for line in lines)
        if any(cell.text for cell in cells):
            kinds = {type(column.of(row)) for row in exhibit.rows}
            number = view == "mean" and bool(kinds & {Estimate, Share, int})
            alone = len(column.shows) == 1
            heading = column.label or column.key if alone or view == "mean" else HEADINGS[view]
            if column.common and view == "mean":
                heading += f", {common[column.key][1]}"
            found.append(SeenColumn(heading, rank, cells, number, words=not number and view == "mean"))
    return found


def _common(columns: Sequence[Column[Any]], rows: Sequence[Sequence[Cell]]) -> dict[str, tuple[float, str]]:
    """The scale of each common column, by its key."""
    own = {
        column.key: [cell for row in rows if isinstance(cell := row[n], Estimate)]
        for n, column in enumerate(columns)
        if column.common
    }
    units = {key: cells[0].unit if cells else "" for key, cells in own.items()}
    found = {}
    for key, unit in units.items():
        alike = [cell for other, cells in own.items() if units[other] == unit for cell in cells]
        size = max((cell.size for cell in alike), default=0.0)
        found[key] = (change_scale if own[key] and all(cell.change for cell in own[key]) else scale_of)(size, unit)
    return found


def _scale(cells: Sequence[Cell]) -> tuple[float, str]:
    """The scale of some estimates in one unit: what to divide by, and the unit on it."""
    own = [cell for cell in cells if isinstance(cell, Estimate)]
    return scale_of(max((estimate.size for estimate in own), default=0.0), own[0].unit if own else "")


def _line(columns: Sequence[Column[Any]], cells: Sequence[Cell], common: Mapping[str, tuple[float, str]]) -> list[Seen]:
    """The cells of a row. Estimates in one unit share a scale; the first one's unit stands behind the row's name, if it
    has one, any other behind the number."""
    own = [
        cell for column, cell in zip(columns, cells, strict=True) if isinstance(cell, Estimate) and not column.common
    ]
    scales = {unit: _scale([e for e in own if e.unit == unit]) for unit in dict.fromkeys(e.unit for e in own)}
    named = not any(isinstance(cell, Name) for cell in cells)
    home = own[0].unit if own and not named else ""
    line = []
    for column, cell in zip(columns, cells, strict=True):
        for view in column.shows:
            if isinstance(cell, Estimate):
                divisor, unit = common[column.key] if column.common else scales[cell.unit]
                text = estimate_text(cell, divisor, view)
                alone = column.common or cell.unit == home or view != "mean" or text == "none"
                points = cell.change and cell.unit == home == "share" and view == "mean"
                line.append(Seen(text if alone and not points else f"{text} {'points' if points else unit}"))
            elif isinstance(cell, Name) and not named:
                named = True
                unit = scales[home][1] if own else ""
                line.append(Seen(cell.label, "" if unit in cell.label.split() else unit))
            elif isinstance(cell, Verdict):
                line.append(Seen(str(cell), strong=cell.decided))
            else:
                line.append(Seen(plain(cell)))
    return line


def plain(cell: Cell) -> str:
    """A cell that is no estimate, as text."""
    if isinstance(cell, Name):
        return cell.label
    if isinstance(cell, Share):
        return percent(cell.value)
    if isinstance(cell, int):
        return f"{cell:,}"
    return "" if cell is None else str(cell)


def estimate_text(estimate: Estimate, divisor: float, view: View = "mean") -> str:
    """An estimate on a scale; empty where a view of it does not exist."""
    mean, half = estimate.mean, estimate.half
    ends = {"mean": (mean,), "interval": (mean - half, mean + half), "band": estimate.band}[view]
    if not all(map(math.isfinite, ends)):
        return "none" if view == "mean" else ""
    if estimate.unit == "date" and not estimate.change:
        return " to ".join(date_text(end, half) for end in ends)
    factor = WEEKS_A_YEAR if estimate.unit == "date" else 1 / divisor
    places = decimals(half * factor, abs(mean) * factor)
    text = " to ".join((signed if estimate.change else rounded)(end * factor, places) for end in ends)
    return f"{text} weeks" if estimate.unit == "date" else text


def cells(summary: Summary, unit: str) -> tuple[str, str, str, str]:
    """A summary alone as texts: unit, mean, interval of the mean, band of single runs; all on one scale."""
    estimate = Estimate.of(summary, unit)
    divisor, word = scale_of(estimate.size, unit)
    mean, interval, band = (estimate_text(estimate, divisor, view) for view in HEADINGS)
    return word, mean, interval, band


def change_scale(size: float, unit: str) -> tuple[float, str]:
    """As `scale_of`, for a difference: of shares in points, of dates in weeks."""
    if unit == "date":
        return 1 / WEEKS_A_YEAR, "weeks"
    divisor, word = scale_of(size, unit)
    return divisor, "points" if unit == "share" else word


def phrase(estimate: Estimate, sign: bool = False) -> str:
    """An estimate inside a sentence, with its interval: its size, 1.09 million A100e (0.94 to 1.23), or a difference
    with its sign, +1.09 million A100e (+0.94 to +1.23)."""
    size = abs(estimate.mean)
    divisor, unit = (change_scale if estimate.change else scale_of)(size, estimate.unit)
    shown = Estimate(estimate.mean if sign else size, estimate.half, "" if estimate.change else estimate.unit, sign)
    interval = estimate_text(shown, divisor, "interval") if estimate.half else ""
    unit = "" if unit == "date" else unit
    return f"{estimate_text(shown, divisor)} {unit}".rstrip() + (f" ({interval})" if interval else "")
