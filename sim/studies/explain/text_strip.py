"""The split over time as lines of text."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from itertools import groupby

from sim.base.rounding import decimals, percent, rounded, scale_of
from sim.base.statistics import mean
from sim.exhibits.layout import PAGE, folded
from sim.outcomes.constraints import CONSTRAINTS, NOTHING, constraint_label
from sim.outcomes.history import SAMPLE
from sim.studies.explain.known import Explanation, Rule
from sim.studies.phases import TRACE, largest

WIDEST = 80  # cells
MARGIN = 17  # columns of names
NARROW = 14  # columns of names that do without what the table below them repeats
BLOCKS = " ▁▂▃▄▅▆▇█"
PLAIN_BLOCKS = " .:-=+*#@"  # where the blocks cannot be written
MARKS = "123456789abcdefghijklmnopqrstuvwxyz"
COLOURS = {
    "licence": 180,
    "transit": 109,
    "import_control": 209,
    "import_volume": 221,
    "memory": 75,
    "wafers": 114,
    "production": 250,
}
"""Of a terminal's 256; light enough for black letters on them."""


def strip(why: Explanation, colour: bool = False, blocks: str = BLOCKS, width: int = PAGE) -> list[str]:
    """The split over time as lines of text, at most so many columns: how to read it, which constraint holds up the
    most, each one's share by the height of its blocks, the order books, the calendar and the rules. Letters and rows
    tell the constraints apart, colours only help."""
    count = len(why.days)
    margin = MARGIN if MARGIN + min(count, WIDEST) <= width else NARROW
    per = math.ceil(count / max(1, min(WIDEST, width - margin)))
    cells = [slice(first, first + per) for first in range(0, count, per)]
    books = [mean(why.books[cell]) for cell in cells]
    shown = {name: looks for name, looks in why.looks.items() if any(looks)}
    peak = max(books)
    trace = TRACE * peak

    def paint(text: str, constraint: str, background: bool = False) -> str:
        if not colour or constraint == NOTHING or not text.strip():
            return text
        code = f"30;48;5;{COLOURS[constraint]}" if background else f"38;5;{COLOURS[constraint]}"
        return f"\x1b[{code}m{text}\x1b[0m"

    def block(value: float, full: float) -> str:
        levels = len(blocks) - 1
        return blocks[0 if value < 0.005 * full else max(1, min(levels, round(value / full * levels)))]

    heights = {name: [mean(looks[cell]) for cell in cells] for name, looks in shown.items()}
    leaders = [
        largest({name: own[n] for name, own in heights.items()}) if books[n] > trace else NOTHING
        for n in range(len(cells))
    ]
    shares = {
        name: [held / all_of_it if all_of_it > trace else 0.0 for held, all_of_it in zip(own, books, strict=True)]
        for name, own in heights.items()
    }
    full = math.ceil(10 * max(max(own) for own in shares.values()) - 1e-9) / 10
    amount, unit = scale_of(peak, "A100e")
    lines = [
        *folded(
            f"Each constraint's share of the order books, every {int(SAMPLE) * per} weeks: "
            f"a full block is {percent(full)}.",
            width=width,
        ),
        *folded(
            f"The order books: a full block is {rounded(peak / amount, decimals(math.nan, peak / amount))} {unit}.",
            width=width,
        ),
        "",
    ]
    letters = [(name, (CONSTRAINTS[name].letter if name else " ") * len(list(run))) for name, run in groupby(leaders)]
    lines.append(f"{'holds up most':<{margin}}" + "".join(paint(text, name, background=True) for name, text in letters))
    for name, own in shares.items():
        row = "".join(block(share, full) for share in own)
        letter = paint(CONSTRAINTS[name].letter, name, background=True)  # pale names would be lost on white
        told = constraint_label(name) if margin == MARGIN else constraint_label(name).removeprefix("import ")
        lines.append(f"{letter} {told:<{margin - 2}}{paint(row, name)}")
    lines.append(
        f"{'the order books' if margin == MARGIN else 'order books':<{margin}}"
        + "".join(block(book, peak) for book in books)
    )
    lines += [" " * margin + row for row in _calendar(why, per, len(cells), width - margin)]
    lines += _marks(why, per, len(cells), margin)
    return [line.rstrip() for line in lines]


def writable_blocks(encoding: str | None) -> str:
    """The blocks, or plain characters where an encoding has none."""
    try:
        BLOCKS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN_BLOCKS
    return BLOCKS


def _cell(why: Explanation, day: datetime.date, per: int) -> int:
    return int(why.run.scenario.window.week(day) / SAMPLE / per)


def _calendar(why: Explanation, per: int, cells: int, room: int) -> list[str]:
    """Rows that name years and, where there is room, quarters."""
    start, end = why.run.scenario.window.start, why.run.scenario.window.end
    years = [max(start, datetime.date(year, 1, 1)) for year in range(start.year, end.year + 1)]
    rows = [_placed([(_cell(why, day, per), f"{day.year}") for day in years if day < end], cells, room)]
    if per == 1:
        quarters = [datetime.date(day.year, number, 1) for day in years for number in (1, 4, 7, 10)]
        inside = [day for day in quarters if start <= day < end]
        rows.append(_placed([(_cell(why, day, per), f"Q{(day.month + 2) // 3}") for day in inside], cells, room))
    return [row for row in rows if row]


def _placed(labels: Iterable[tuple[int, str]], cells: int, room: int) -> str:
    """Labels at their cells on one row; one that would touch the one before, or go beyond the room, is left out."""
    row = ""
    for cell, label in labels:
        if cell < cells and cell + len(label) <= room and (not row or cell > len(row)):
            row = row.ljust(cell) + label
    return row


def _marks(why: Explanation, per: int, cells: int, margin: int) -> list[str]:
    """Rows of marks below the axis, one for each rule inside the window; a second row where two meet."""
    rows: list[dict[int, str]] = []
    for mark, rule in marked(why):
        if mark:
            cell = min(_cell(why, rule.day, per), cells - 1)
            row = next((row for row in rows if cell not in row), None)
            if row is None:
                row = {}
                rows.append(row)
            row[cell] = mark
    lines = []
    for n, row in enumerate(rows):
        name = "rules" if n == 0 else ""
        lines.append(f"{name:<{margin}}" + "".join(row.get(cell, " ") for cell in range(cells)))
    return lines


def marked(why: Explanation) -> list[tuple[str, Rule]]:
    """Each rule with its mark; none for those in force before the window, nor beyond the last mark."""
    inside = iter(MARKS)
    return [(next(inside, "") if rule.inside else "", rule) for rule in why.rules]
