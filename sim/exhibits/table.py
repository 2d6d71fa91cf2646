"""Tables of plain text, the same in a pipe and on a terminal: columns that fold and give way. A number is never cut."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sim.exhibits.layout import GAP, folded, longest_word, word_lengths
from sim.exhibits.style import Style, unstyled

HANGING = 2  # columns by which the other lines of a folded name are indented
LINES = 2  # of a cell, if it can be
SENTENCE = 60  # letters from which on a text is one
CUT = 12  # letters of a word that is cut, at least


@dataclass(frozen=True)
class Design:
    """One way to set a table. The columns in `right` are aligned to the right; texts of those in `folding` may take
    more lines where there is little room."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Collection[int] = ()
    folding: Collection[int] = ()

    @property
    def columns(self) -> list[tuple[str, ...]]:
        """The texts of each column, its heading the first."""
        return list(zip(self.headings, *self.rows, strict=True))


@dataclass(frozen=True)
class Table:
    """A design with the widths of its columns; none where it has no room, and each row is told line by line."""

    design: Design
    widths: Sequence[int]
    room: float

    def lines(self, style: Style = unstyled, rows: Sequence[str] = (), bold: int | None = None) -> list[str]:
        """Its lines, with a style for each row, perhaps, and one bold column."""
        told = self.design
        if self.widths:
            return aligned(told.headings, told.rows, told.right, self.widths, style, rows, bold).split("\n")
        return list(_stacked(told, int(self.room), style, rows))


def set_table(designs: Iterable[Design], room: float = math.inf) -> Table:
    """The first design that has room and no cell of over two lines, but for sentences; else the last that has room;
    where none has any, the last with long words cut, or else with a line for each cell."""
    fits: Table | None = None
    for design in designs:
        columns = design.columns
        widths = fitted(columns, room, design.folding)
        last = Table(design, (), room)
        if table_width(widths) <= room:
            fits = Table(design, widths, room)
            if not any(_crumpled(text, widths[i]) for i in design.folding for text in columns[i]):
                return fits
    if fits:
        return fits
    widths = fitted(last.design.columns, room, last.design.folding, CUT)
    return Table(last.design, widths, room) if table_width(widths) <= room else last


def _crumpled(text: str, width: int) -> bool:
    """Whether a text takes more lines than it should; a sentence may take as many as it likes."""
    return len(text) <= SENTENCE and len(folded(text, width)) > LINES


def aligned(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Collection[int] = (),
    widths: Sequence[int] | None = None,
    style: Style = unstyled,
    styles: Sequence[str] = (),
    bold: int | None = None,
) -> str:
    """Columns of text, those in `right` aligned to the right; as wide as their texts, or folded into `widths`.

    `styles` has one for each row, and `bold` is a column.
    """
    wide = widths or [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]
    names = longest_word([row[0] for row in [headings, *rows]])
    hanging = " " * (HANGING if names + HANGING <= wide[0] else 0)

    def line(row: Sequence[str], strong: int | None) -> str:
        parts = [
            text.rjust(w) if i in right else text.ljust(w) for i, (text, w) in enumerate(zip(row, wide, strict=True))
        ]
        return "  ".join(style(text, "bold" if i == strong else "") for i, text in enumerate(parts)).rstrip()

    def lines(row: Sequence[str], how: str, strong: int | None = None) -> list[str]:
        indents = [hanging, *("" for _ in row[1:])]
        cells = [folded(*cell, cut_words=True) for cell in zip(row, wide, indents, strict=True)]
        return [style(line(parts, strong), how) for parts in zip_longest(*cells, fillvalue="")]

    told = [part for n, row in enumerate(rows) for part in lines(row, styles[n] if styles else "", bold)]
    return "\n".join([*lines(headings, "bold"), "  ".join("-" * width for width in wide), *told])


def _stacked(design: Design, width: int, style: Style, styles: Sequence[str]) -> Iterator[str]:
    """Each row as its first cell, and below it a line for each of the others, behind its heading."""
    for n, (name, *cells) in enumerate(design.rows):
        yield from (
            style(line, styles[n] if styles else "bold") for line in folded(name, width, " " * HANGING, cut_words=True)
        )
        for heading, cell in zip(design.headings[1:], cells, strict=True):
            if cell:
                told = f"{heading}: {cell}" if heading else cell
                yield from folded(f"{' ' * HANGING}{told}", width, " " * 2 * HANGING)


def table_width(widths: Sequence[int]) -> int:
    """Of columns so wide, and the blanks between them."""
    return sum(widths) + GAP * (len(widths) - 1)


def fitted(
    columns: Sequence[Sequence[str]], room: float, folding: Collection[int] = (), longest: float = math.inf
) -> list[int]:
    """The widths of columns of texts, the headings among them, so that the table has room.

    Texts of the columns in `folding` may take more lines: step by step the column gives way that makes the table least
    high. Where nothing fits, those columns are as wide as their longest words, or as `longest`, beyond which words are
    cut, and the table is wider than the room.
    """
    widths = [max(map(len, texts)) for texts in columns]
    if table_width(widths) <= room:
        return widths
    steps = {i: _foldings(columns[i], int(min(longest_word(columns[i]), longest)), widths[i]) for i in folding}
    lines = [[1] * len(columns[0]) for _ in columns]

    def cost(i: int) -> tuple[float, int]:
        """What a column's next step costs: lines of the table for each letter of width, then lines of its cells."""
        width, taller = steps[i][0]
        before, after = (
            sum(map(max, zip(*tried, strict=True))) for tried in (lines, [*lines[:i], taller, *lines[i + 1 :]])
        )
        return (after - before) / (widths[i] - width), sum(taller)

    while table_width(widths) > room and (left := [i for i, further in steps.items() if further]):
        i = min(left, key=cost)
        widths[i], lines[i] = steps[i].pop(0)
    for i, texts in enumerate(columns):  # what is left over goes to the first that gave way
        widths[i] += int(max(0, min(room - table_width(widths), max(map(len, texts)) - widths[i])))
    return widths


def _foldings(texts: Sequence[str], least: int, most: int) -> list[tuple[int, list[int]]]:
    """Each way in which a column folds, the widest first: its smallest width, and the lines of each text."""
    words = [word_lengths(text) for text in texts]
    found = {tuple(_lines(lengths, width) for lengths in words): width for width in range(most, least - 1, -1)}
    return [(width, list(lines)) for lines, width in found.items() if max(lines) > 1]


def _lines(words: Sequence[int], width: int) -> int:
    """The lines that words of so many letters take."""
    lines, room = 1, width + 1
    for length in words:
        if length >= room and room <= width:
            lines, room = lines + 1, width + 1
        room -= length + 1
    return lines
