"""A comparison as a page: text, in a pipe or on a terminal, and Markdown."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

from sim.base.label import SENTENCE
from sim.exhibits.layout import folded, page_width
from sim.exhibits.style import Style, unstyled
from sim.exhibits.table import side_by_side
from sim.experiment.comparison import Comparison
from sim.studies.comparison_tables.binding import LEADS, binds_side_by_side, narrow_binds
from sim.studies.comparison_tables.columns import COLUMNS, room_notes, tables_of
from sim.studies.comparison_tables.prose import all_notes, conclusions, heading, remarks, warnings

STYLES = {"better": "green", "worse": "red", "different": "bold", "cannot tell": "yellow", "too small to matter": "dim"}


def comparison_text(
    comparison: Comparison, every: bool = False, terminal: int | None = None, style: Style = unstyled
) -> str:
    """Plain text, fitted to a terminal of so many columns, if there is one; `every` adds the outcomes without a
    verdict."""
    width, room = page_width(terminal), terminal or COLUMNS

    def lines(texts: Iterable[str], how: str = "", indent: str = "  ") -> list[str]:
        return [style(line, how) for text in texts for line in folded(text, width, indent)]

    blocks = [
        lines([heading(comparison)], "bold", ""),
        *(lines([warning], "bold red", "") for warning in warnings(comparison)),
        lines(f"{name}: {told}" for name, told in conclusions(comparison)),
    ]
    tables = tables_of(comparison, every, room)
    for table in tables:
        styles = [STYLES.get(row.source.verdict, "") for row in table.rows]
        below = lines(remarks(comparison, table))
        blocks.append([*lines([table.title], "bold"), "", *table.shown.lines(style, styles), *below])
    (headings, *shares), leads = narrow_binds(comparison)
    blocks.append(lines(["What binds, as a share of the order books"], "bold"))
    blocks += [part.lines(style) for part in side_by_side(headings, shares, room)]
    blocks += [lines([LEADS], "bold"), lines(leads)]
    notes = [f"- {note}" for note in [*room_notes(tables), *all_notes(comparison)]]
    blocks += [[*lines(["How to read this"], "bold"), "", *lines(notes)], lines([SENTENCE], "italic", "")]
    return "\n\n".join("\n".join(block) for block in blocks)


def comparison_markdown(comparison: Comparison) -> str:
    """All tables as Markdown, all columns and all outcomes."""
    parts = [f"# {_safe(heading(comparison))}", f"**{SENTENCE}**", "## In short"]
    parts += [f"**{_safe(warning)}**" for warning in warnings(comparison)]
    parts.append("\n".join(f"- **{_safe(name)}**: {_safe(told)}" for name, told in conclusions(comparison)))
    for table in tables_of(comparison, True, math.inf):
        shown = table.shown.design
        parts += [f"## {_safe(table.title)}", _pipes(shown.headings, shown.rows, shown.right)]
        if below := remarks(comparison, table):
            parts.append("\n".join(f"- {_safe(told)}" for told in below))
    headings, rows = binds_side_by_side(comparison)
    cells = [[name, *map(str, row)] for name, row in rows]
    parts += ["## What binds", "Shares are of the order books, summed over time.", _pipes(headings, cells, [])]
    parts += ["## How to read this", "\n".join(f"- {_safe(note)}" for note in all_notes(comparison))]
    return "\n\n".join(parts) + "\n"


def _safe(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    return "".join(f"\\{sign}" if sign in "\\`*[]<>|#" else sign for sign in " ".join(text.split()))


def _pipes(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int]) -> str:
    """A Markdown table."""
    rules = ["---:" if i in right else "---" for i in range(len(headings))]
    lines = [list(map(_safe, headings)), rules, *([_safe(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
