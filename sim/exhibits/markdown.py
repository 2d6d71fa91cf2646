"""Exhibits as Markdown."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from sim.exhibits.exhibit import Exhibit, seen


def exhibit_markdown(exhibit: Exhibit[Any]) -> list[str]:
    """The exhibit's tables, each below its heading and above its notes: blocks of Markdown."""
    columns = seen(exhibit)
    numbers = [n for n, column in enumerate(columns) if column.number]
    blocks = []
    for title, rows in exhibit.groups.items():
        cells = [
            [f"{cell.text}, {cell.behind}" if cell.behind else cell.text for cell in line]
            for line in ([column.cells[row] for column in columns] for row in rows)
        ]
        blocks += [f"## {safe(title)}" if title else "", pipes([column.heading for column in columns], cells, numbers)]
        blocks.append("\n".join(f"- {safe(note)}" for note in exhibit.notes([exhibit.rows[row] for row in rows])))
    return blocks


def safe(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    shown = "".join(f"\\{sign}" if sign in "\\`*_[]<>|#~&$" else sign for sign in " ".join(text.split()))
    return re.sub(r"^(\d*)([-+.)])(?=[ -])", r"\1\\\2", shown)  # no list, and no line


def pipes(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[int] = ()) -> str:
    """A Markdown table; the columns in `numbers` stand to the right."""
    rules = ["---:" if n in numbers else "---" for n in range(len(headings))]
    lines = [list(map(safe, headings)), rules, *([safe(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
