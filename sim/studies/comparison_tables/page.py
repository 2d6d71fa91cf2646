"""A comparison as a page: plain text, a terminal with a little colour, Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sim.base.label import SENTENCE
from sim.exhibits.layout import fitted, folded, page_width, table_width
from sim.experiment.comparison import Comparison
from sim.experiment.tables import EDGES, aligned, terminal_table
from sim.studies.comparison_tables.binding import LEADS, binds_side_by_side, narrow_binds
from sim.studies.comparison_tables.columns import COLUMNS, grid, room_notes, tables_of
from sim.studies.comparison_tables.prose import all_notes, conclusions, heading, remarks, warnings


def comparison_text(comparison: Comparison, every: bool = False) -> str:
    """Plain text for a pipe or a file; `every` adds the outcomes without a verdict."""
    blocks = [
        "\n".join(folded(heading(comparison))),
        *("\n".join(folded(warning)) for warning in warnings(comparison)),
        "\n".join(line for name, told in conclusions(comparison) for line in folded(f"{name}: {told}", indent="  ")),
    ]
    tables = tables_of(comparison, every, COLUMNS)
    for table in tables:
        below = [line for told in remarks(comparison, table) for line in folded(told, indent="  ")]
        blocks.append("\n".join([table.title, "", aligned(*grid(table.columns, table.rows)), *below]))
    (headings, *shares), leads = narrow_binds(comparison)
    binds = aligned(headings, shares, right=range(1, len(headings)))
    told = "\n".join(line for lead in leads for line in folded(lead, indent="  "))
    blocks += [f"What binds, as a share of all that waits\n\n{binds}", f"{LEADS}\n\n{told}"]
    noted = [*room_notes(tables), *all_notes(comparison)]
    notes = [line for note in noted for line in folded(f"- {note}", indent="  ")]
    return "\n\n".join([*blocks, "\n".join(["How to read this", "", *notes]), SENTENCE])


STYLES = {"better": "green", "worse": "red", "different": "bold", "cannot tell": "yellow", "too small to matter": "dim"}


def print_comparison(comparison: Comparison, every: bool = False) -> None:
    """The same on a terminal, fitted to its width, with a little colour."""
    from rich.console import Console

    console = Console(highlight=False)
    width = console.width

    def write(text: str, indent: int = 0, style: str = "") -> None:
        for line in folded(text, page_width(width), " " * indent):
            console.print(line, style=style, markup=False)

    write(heading(comparison), style="bold")
    console.print()
    for warning in warnings(comparison):
        write(warning, style="bold red")
        console.print()
    for name, told in conclusions(comparison):
        write(f"{name}: {told}", indent=2)
    tables = tables_of(comparison, every, width - EDGES, terminal=True)
    for table in tables:
        console.print()
        write(table.title, style="bold")
        styles = [STYLES.get(row.source.verdict, "") for row in table.rows]
        console.print(terminal_table(*grid(table.columns, table.rows), table.widths, styles))
        for told in remarks(comparison, table):
            write(told, indent=2)
    (headings, *shares), leads = narrow_binds(comparison)
    console.print()
    write("What binds, as a share of all that waits", style="bold")
    for titles, cells, widths in _side_by_side(headings, shares, width - EDGES):
        console.print(terminal_table(titles, cells, range(1, len(titles)), widths))
    write(LEADS, style="bold")
    for lead in leads:
        write(lead, indent=2)
    console.print()
    write("How to read this", style="bold")
    for note in [*room_notes(tables), *all_notes(comparison)]:
        write(f"- {note}", indent=2)
    console.print()
    write(SENTENCE, style="italic")


def _side_by_side(
    headings: Sequence[str], rows: Sequence[Sequence[str]], room: int
) -> Iterator[tuple[list[str], list[list[str]], list[int]]]:
    """A table as several below each other, with widths: the first column and as many of the others as have room."""
    columns = list(zip(headings, *rows, strict=True))
    first, rest = columns[0], columns[1:]
    while rest:
        for many in range(len(rest), 0, -1):
            widths = fitted([first, *rest[:many]], room, (0,))
            if table_width(widths) <= room:
                break
        titles, *cells = ([*row] for row in zip(first, *rest[:many], strict=True))
        yield titles, cells, widths
        rest = rest[many:]


def comparison_markdown(comparison: Comparison) -> str:
    """All tables as Markdown, all columns and all outcomes."""
    parts = [f"# {_safe(heading(comparison))}", f"**{SENTENCE}**", "## In short"]
    parts += [f"**{_safe(warning)}**" for warning in warnings(comparison)]
    parts.append("\n".join(f"- **{_safe(name)}**: {_safe(told)}" for name, told in conclusions(comparison)))
    for table in tables_of(comparison, True, math.inf):
        parts += [f"## {_safe(table.title)}", _pipes(*grid(table.columns, table.rows))]
        if below := remarks(comparison, table):
            parts.append("\n".join(f"- {_safe(told)}" for told in below))
    headings, rows = binds_side_by_side(comparison)
    cells = [[name, *map(str, row)] for name, row in rows]
    parts += ["## What binds", "Shares are of all that waits, summed over time.", _pipes(headings, cells, [])]
    parts += ["## How to read this", "\n".join(f"- {_safe(note)}" for note in all_notes(comparison))]
    return "\n\n".join(parts) + "\n"


def _safe(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    return "".join(f"\\{sign}" if sign in "\\`*[]<>|#" else sign for sign in " ".join(text.split()))


def _pipes(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> str:
    """A Markdown table."""
    rules = ["---:" if i in right else "---" for i in range(len(headings))]
    lines = [list(map(_safe, headings)), rules, *([_safe(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
