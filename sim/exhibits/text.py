"""Exhibits as plain text, the same in a pipe and on a terminal: a cell takes two lines at most, then columns give way,
and no number is cut."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from sim.exhibits.exhibit import Exhibit, Seen, SeenColumn, seen
from sim.exhibits.layout import PAGE, UNBROKEN, folded
from sim.exhibits.style import Style, unstyled
from sim.exhibits.table import Design, set_table

STYLES = {"better": "green", "worse": "red", "different": "bold", "cannot tell": "yellow", "too small to matter": "dim"}


EXTRA = 3
"""The rank from which on a column is an extra."""


def exhibit_lines(
    exhibit: Exhibit[Any], room: float = math.inf, style: Style = unstyled
) -> tuple[list[str], list[str]]:
    """The lines of an exhibit's tables, one below the other with the same columns; and the columns that had no room."""
    columns = seen(exhibit)
    common = set_table(_designs(columns), room)
    lines: list[str] = []
    for title, rows in exhibit.groups.items():
        told = folded(title, int(min(room, PAGE))) if title else []
        part = replace(common, design=replace(common.design, rows=[common.design.rows[n] for n in rows]))
        styles = [_style(columns, n) for n in rows]
        below = [line for note in exhibit.notes([exhibit.rows[n] for n in rows]) for line in _note(note, room)]
        lines += [*([""] if lines else []), *(style(line, "bold") for line in told), *([""] if told else [])]
        lines += [*part.lines(style, styles), *below]
    shown = common.design.headings
    return lines, list(dict.fromkeys(column.heading for column in columns if column.heading not in shown))


def _note(text: str, room: float) -> list[str]:
    return folded(text, int(min(room, PAGE)), "  ")


def _style(columns: Iterable[SeenColumn], row: int) -> str:
    """The style of a row: that of its verdict."""
    texts = (column.cells[row].text for column in columns)
    return next((how for text in texts for word, how in STYLES.items() if text.startswith(word)), "")


def _designs(columns: list[SeenColumn]) -> Iterator[Design]:
    """The tables of these columns, that with the most first. Columns that are extras stay only where names and other
    words have to break for them; for the rest, ranges and headings break too."""
    ranks = sorted({column.rank for column in columns}, reverse=True)
    for words_only, most in [
        *((True, rank) for rank in (math.inf, *ranks) if rank >= EXTRA),
        *((False, rank) for rank in (EXTRA, *ranks) if rank <= EXTRA),
    ]:
        kept = [column for column in columns if column.rank == 0 or column.rank < most]
        rows = list(zip(*([_text(cell, column.number) for cell in column.cells] for column in kept), strict=True))
        numbers = [n for n, column in enumerate(kept) if column.number]
        breaks = [n for n, column in enumerate(kept) if column.words or not words_only]
        yield Design([column.heading for column in kept], rows, numbers, breaks)


def _text(cell: Seen, number: bool) -> str:
    """A number stays on one line, and so does a unit."""
    text = cell.text.replace(" ", UNBROKEN) if number else cell.text
    return f"{text}, {cell.behind.replace(' ', UNBROKEN)}" if cell.behind else text
