"""Which columns of a table there is room for, and how wide each is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.exhibits.layout import fitted, folded, table_width
from sim.experiment.comparison import Comparison
from sim.studies.comparison_tables.rows import DifferenceRow, headline_rows, other_rows

COLUMNS = 132
"""Of plain text; Markdown, CSV and JSON have what does not fit."""


@dataclass(frozen=True)
class Column:
    """A column of the tables, and how soon it gives way where there is too little room: the highest first, 0 never."""

    heading: str
    field: str
    right: bool = False
    gives_way: int = 0


def columns_of(judged: bool) -> list[Column]:
    """The columns of one scenario's table."""
    return [
        Column("outcome", "outcome"),
        Column("unit", "unit"),
        Column("base", "base", right=True, gives_way=1),
        Column("other", "other", right=True, gives_way=1),
        Column("difference", "difference", right=True),
        Column("95 % interval", "interval"),
        Column("of base", "relative", right=True, gives_way=4),
        Column("same sign", "same_sign", gives_way=2),
        *(
            [
                Column("verdict", "verdict"),
                Column("interval of the verdict", "verdict_interval", gives_way=5),
                Column("smallest worth naming", "smallest", gives_way=6),
            ]
            if judged
            else []
        ),
        Column("unpaired", "independent", right=True, gives_way=3),
    ]


def _designs(judged: bool) -> Iterator[tuple[list[Column], bool]]:
    """The columns for a terminal, the most first, and whether cells may take two lines: base, scenario and difference
    stay to the end. Where there is little room the unit stands behind the outcome's name, and half of the interval's
    width for the interval."""
    whole = columns_of(judged)
    for field in ("", "smallest", "verdict_interval", "independent"):
        whole = [column for column in whole if column.field != field]
        yield whole, False
    yield whole, True
    small = [COMPACT.get(column.field, column) for column in whole if column.field != "unit"]
    for field in ("", *(["same_sign", "relative"] if judged else ["relative", "same_sign"]), "margin"):
        small = [column for column in small if column.field != field]
        yield small, True


COMPACT = {
    "outcome": Column("outcome", "labelled"),
    "interval": Column("95 % +/-", "margin", right=True),
}
"""What takes the place of a column where there is little room."""
STAND_FOR = {"labelled": ("outcome", "unit"), "margin": ("interval",)}
"""The columns whose place they take."""


@dataclass(frozen=True)
class Table:
    """One scenario's table, of its headline outcomes or of its others."""

    title: str
    scenario: str
    judged: bool
    columns: list[Column]
    rows: list[DifferenceRow]
    widths: list[int]
    """Of the columns; the same in all tables of its kind, which so stand below each other."""


def tables_of(comparison: Comparison, every: bool, width: float, terminal: bool = False) -> list[Table]:
    """A table of headline outcomes for each scenario, then one of its others if wanted; on a terminal cells may take
    two lines."""
    found = []
    kinds = [(True, headline_rows(comparison), "")]
    if every:
        kinds.append((False, other_rows(comparison), ", all other outcomes, without a verdict"))
    for name in comparison.names[1:]:
        for judged, rows, what in kinds:
            if own := [row for row in rows if row.scenario == name]:
                columns, widths = narrowed(judged, rows, width) if terminal else fitting(judged, rows, width)
                title = f"{name}, less {comparison.names[0]}{what}"
                found.append(Table(title, name, judged, columns, own, widths))
    return found


def _told(columns: Sequence[Column], rows: Sequence[DifferenceRow]) -> list[Column]:
    """The columns that say anything."""
    return [column for column in columns if any(getattr(row, column.field) for row in rows)]


def _texts_of(column: Column, rows: Sequence[DifferenceRow]) -> list[str]:
    return [column.heading, *(getattr(row, column.field) for row in rows)]


def fitting(judged: bool, rows: Sequence[DifferenceRow], width: float) -> tuple[list[Column], list[int]]:
    """The columns for which there is room, each cell on one line, and their widths."""
    kept = _told(columns_of(judged), rows)
    while True:
        widths = fitted([_texts_of(column, rows) for column in kept], width)
        most = max(column.gives_way for column in kept)
        if not most or table_width(widths) <= width:
            return kept, widths
        kept = [column for column in kept if column.gives_way != most]


def narrowed(judged: bool, rows: Sequence[DifferenceRow], width: float) -> tuple[list[Column], list[int]]:
    """The first of the designs for a terminal that has room and no cell of more than two lines, and the widths of its
    columns; where none is so low, the first that has room."""
    first: tuple[list[Column], list[int]] | None = None
    for columns, folding in _designs(judged):
        kept = _told(columns, rows)
        narrow = [i for i, column in enumerate(kept) if folding and column.field in FOLDED]
        texts = [_texts_of(column, rows) for column in kept]
        widths = fitted(texts, width, narrow)
        if table_width(widths) > width:
            continue
        first = first or (kept, widths)
        if all(len(folded(text, widths[i])) <= LINES for i in narrow for text in texts[i]):
            return kept, widths
    return first or (kept, widths)


LINES = 2  # of a cell on a terminal, if it can be
FOLDED = ("labelled", "unit", "interval", "margin", "same_sign", "verdict")
"""Columns that take two lines where a terminal is narrow."""


def room_notes(tables: Sequence[Table]) -> list[str]:
    """Which columns had no room in which table, and what stands for one of them, in a sentence each."""
    without = {
        table.judged: [
            column.heading for column in _told(columns_of(table.judged), table.rows) if not _shown(column, table)
        ]
        for table in reversed(tables)  # tables of a kind have the same columns; the first may say more
    }
    missing = {judged: ", ".join(without[judged]) for judged in sorted(without, reverse=True) if without[judged]}
    notes = []
    if any(column.field == "margin" for table in tables for column in table.columns):
        notes.append("95 % +/-: half of the width of the difference's 95 % interval.")
    if len({*missing.values()}) == 1 and len(missing) == len(without):
        told = next(iter(missing.values()))
    else:
        kinds = {True: "headline outcomes", False: "all other outcomes"}
        told = "; ".join(f"{names} ({kinds[judged]})" for judged, names in missing.items())
    if told:
        notes.append(f"No room here for: {told}. The report, and differences.md in the results folder, have them.")
    return notes


def _shown(column: Column, table: Table) -> bool:
    return any(column.field in STAND_FOR.get(kept.field, (kept.field,)) for kept in table.columns)


def grid(columns: Sequence[Column], rows: Sequence[DifferenceRow]) -> tuple[list[str], list[list[str]], list[int]]:
    """Headings, cells, and which columns stand to the right."""
    cells = [[getattr(row, column.field) for column in columns] for row in rows]
    return [column.heading for column in columns], cells, [i for i, column in enumerate(columns) if column.right]
