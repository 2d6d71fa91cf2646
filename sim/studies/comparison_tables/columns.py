"""The tables of a comparison: their columns, and which of them there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sim.exhibits.table import Design, Table, set_table
from sim.experiment.comparison import Comparison
from sim.studies.comparison_tables.rows import DifferenceRow, headline_rows, other_rows

COLUMNS = 132
"""Of plain text; Markdown, CSV and JSON have what does not fit."""


@dataclass(frozen=True)
class Column:
    """A column of the tables."""

    heading: str
    field: str
    """Of the DifferenceRow."""
    right: bool = False


def columns_of(judged: bool) -> list[Column]:
    """The columns of one scenario's table."""
    return [
        Column("outcome", "outcome"),
        Column("unit", "unit"),
        Column("base", "base", right=True),
        Column("other", "other", right=True),
        Column("difference", "difference", right=True),
        Column("95 % interval", "interval"),
        Column("of base", "relative", right=True),
        Column("same sign", "same_sign"),
        *(
            [
                Column("verdict", "verdict"),
                Column("interval of the verdict", "verdict_interval"),
                Column("smallest worth naming", "smallest"),
            ]
            if judged
            else []
        ),
        Column("unpaired", "independent", right=True),
    ]


COMPACT = {
    "outcome": Column("outcome", "labelled"),
    "interval": Column("95 % +/-", "margin", right=True),
}
"""What takes the place of a column where there is little room."""
FOLDED = ("labelled", "unit", "interval", "margin", "same_sign", "verdict")
"""Columns whose cells may take two lines where there is little room."""


def designs(judged: bool, rows: Sequence[DifferenceRow]) -> Iterator[Design]:
    """The tables of these rows, that with the most columns first: difference and interval stay nearly to the end.

    Where there is little room the unit stands behind the outcome's name, and half of the interval's width for the
    interval. Columns that say nothing are left out.
    """

    def without(columns: list[Column], *fields: str) -> list[Column]:
        return [column for column in columns if column.field not in fields]

    def design(columns: list[Column], folding: bool) -> Design:
        headings, cells, right = grid(columns, rows)
        return Design(headings, cells, right, [i for i, c in enumerate(columns) if folding and c.field in FOLDED])

    whole = [column for column in columns_of(judged) if any(getattr(row, column.field) for row in rows)]
    for field in ("", "smallest", "verdict_interval", "independent"):
        whole = without(whole, field)
        yield design(whole, folding=False)
    yield design(whole, folding=True)
    small = [COMPACT.get(column.field, column) for column in without(whole, "unit")]
    signs = [("same_sign",), ("relative",)]
    for fields in ((), *(signs if judged else signs[::-1]), ("base", "other"), ("margin",)):
        small = without(small, *fields)
        yield design(small, folding=True)


@dataclass(frozen=True)
class DifferenceTable:
    """One scenario's table, of its headline outcomes or of its others."""

    title: str
    scenario: str
    judged: bool
    rows: list[DifferenceRow]
    shown: Table
    """Its columns are as wide as those of all tables of its kind, which so stand below each other."""
    missing: list[str]
    """Headings of the columns that had no room."""


def tables_of(comparison: Comparison, every: bool, width: float) -> list[DifferenceTable]:
    """A table of headline outcomes for each scenario, then one of its others if wanted."""
    found = []
    kinds = [(True, headline_rows(comparison), "")]
    if every:
        kinds.append((False, other_rows(comparison), ", all other outcomes, without a verdict"))
    for judged, rows, what in (kind for kind in kinds if kind[1]):
        whole, common = next(designs(judged, rows)), set_table(designs(judged, rows), width)
        shown = {*common.design.headings, "unit"}
        shown |= {"95 % interval"} if COMPACT["interval"].heading in shown else set()
        missing = [heading for heading in whole.headings if heading not in shown]
        for name in comparison.names[1:]:
            if own := [i for i, row in enumerate(rows) if row.scenario == name]:
                cells = [common.design.rows[i] for i in own]
                table = replace(common, design=replace(common.design, rows=cells))
                title = f"{name}, less {comparison.names[0]}{what}"
                found.append(DifferenceTable(title, name, judged, [rows[i] for i in own], table, missing))
    order = comparison.names
    return sorted(found, key=lambda table: order.index(table.scenario))


def room_notes(tables: Sequence[DifferenceTable]) -> list[str]:
    """Which columns had no room in which table, and what stands for one of them, in a sentence each."""
    kinds = {True: "headline outcomes", False: "all other outcomes"}
    missing = {table.judged: ", ".join(table.missing) for table in tables}
    notes = []
    if any(COMPACT["interval"].heading in table.shown.design.headings for table in tables):
        notes.append("95 % +/-: half of the width of the difference's 95 % interval.")
    if len({*missing.values()}) == 1:
        told = next(iter(missing.values()))
    else:
        told = "; ".join(f"{names} ({kinds[judged]})" for judged, names in missing.items() if names)
    if told:
        notes.append(f"No room here for: {told}. The report, and differences.md in the results folder, have them.")
    return notes


def grid(columns: Sequence[Column], rows: Sequence[DifferenceRow]) -> tuple[list[str], list[list[str]], list[int]]:
    """Headings, cells, and which columns stand to the right."""
    cells = [[getattr(row, column.field) for column in columns] for row in rows]
    return [column.heading for column in columns], cells, [i for i, column in enumerate(columns) if column.right]
