"""HTML for notebooks: tables and a frame with the label.

Colours are the notebook's own, so that it works in a light one and a dark one. All that comes in is text, and escaped.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import singledispatch
from html import escape
from typing import Any

from sim.base.label import SENTENCE

CELL = "padding:0.2em 0.8em 0.2em 0;vertical-align:top;"


def table_html(
    headings: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = (), name: str = ""
) -> str:
    """A table; the columns in `right` stand to the right, and `name` is its caption."""

    def line(tag: str, cells: Sequence[str]) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        parts = [
            f'<{tag}{scope} style="{CELL}text-align:{"right" if i in right else "left"}">{escape(cell)}</{tag}>'
            for i, cell in enumerate(cells)
        ]
        return f"<tr>{''.join(parts)}</tr>"

    caption = f'<caption style="text-align:left;font-weight:bold">{escape(name)}</caption>' if name else ""
    body = "".join(line("td", row) for row in rows)
    return f"<table>{caption}<thead>{line('th', headings)}</thead><tbody>{body}</tbody></table>"


def framed(heading: str, parts: Sequence[str], notes: Sequence[str] = ()) -> str:
    """Parts of HTML under a heading, with notes and the label below."""
    top = f"<p><strong>{escape(heading)}</strong></p>" if heading else ""
    told = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<div>{top}{''.join(parts)}{told}<p><em>{escape(SENTENCE)}</em></p></div>"


@singledispatch
def notebook_html(result: Any) -> str:
    """What a notebook shows of a result: the page that registered for its kind, or its words where none did."""
    return framed(repr(result), [])
