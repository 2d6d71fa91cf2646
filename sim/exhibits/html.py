"""Exhibits as HTML, for reports and notebooks: tables that a screen reader can walk, and that scroll where they are
wider than the page. All that comes in is text, and escaped. Colours are those of the page around."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import singledispatch
from html import escape
from typing import Any

from sim.base.label import SENTENCE
from sim.exhibits.exhibit import Exhibit, Seen, seen

NONE = "–"  # a cell with nothing in it
WHOLE = 12  # rows that a table may have and still be kept on one sheet of paper
NARROW = 3  # columns for which a telephone has room
STYLE = """.chipgate caption{text-align:left;font-weight:bold}.chipgate td,.chipgate th{text-align:left;
vertical-align:top;padding:.2em .8em .2em 0}.chipgate .number{text-align:right;white-space:nowrap}
.chipgate small{opacity:.75}.chipgate .sideways{display:none}.chipgate .scroll{overflow-x:auto}"""


def exhibit_html(exhibit: Exhibit[Any], of: str = "", whole: bool = False) -> list[str]:
    """The exhibit's tables, each with the notes below it; `of` keeps their ids apart from those of other pages. A
    `whole` one keeps all of its columns on a telephone, and scrolls."""
    columns = seen(exhibit)
    numbers = [n for n, column in enumerate(columns) if column.number]
    extras = None if whole else [n for n, column in enumerate(columns) if column.rank > 1]
    tables = []
    for n, (title, rows) in enumerate(exhibit.groups.items()):
        cells = [[column.cells[row] for column in columns] for row in rows]
        name = of + (exhibit.key if exhibit.by is None else f"{exhibit.key}-{n + 1}")
        notes = exhibit.notes([exhibit.rows[row] for row in rows])
        tables.append(
            table_html([column.heading for column in columns], cells, numbers, title, name, extras) + paragraphs(notes)
        )
    return tables


def table_html(
    headings: Sequence[str],
    rows: Sequence[Sequence[str | Seen]],
    numbers: Collection[int] = (),
    caption: str = "",
    name: str = "",
    extras: Collection[int] | None = None,
) -> str:
    """A table whose first column names its rows; the columns in `numbers` stand to the right. In an exhibit those in
    `extras` give way on a telephone."""
    gone = extras or ()
    classes = [" ".join(["number"] * (n in numbers) + ["extra"] * (n in gone)) for n in range(len(headings))]

    def line(tag: str, cells: Sequence[str | Seen]) -> str:
        return "".join(_cell(tag if n else "th", cell, classes[n], n == 0) for n, cell in enumerate(cells))

    head = "".join(f'<th scope="col"{_class(classes[n])}>{_text(heading)}</th>' for n, heading in enumerate(headings))
    body = "\n".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    sizes = " ".join(
        ["exhibit"] * (extras is not None) + ["wide"] * (len(headings) > NARROW) + ["whole"] * (len(rows) <= WHOLE)
    )
    own = f' id="{escape(name)}"' if name else ""
    title = (
        f'<caption><span id="{escape(name)}-caption">{_text(caption)}</span>'
        '<span class="sideways" aria-hidden="true">Scroll sideways for all columns &rarr;</span></caption>\n'
        if caption
        else ""
    )
    body = f"<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}\n</tbody>"
    table = f'<table{own} class="{sizes}">\n{title}{body}\n</table>'
    if not name or not caption:
        return table
    return f'<div class="scroll" role="region" aria-labelledby="{escape(name)}-caption" tabindex="0">\n{table}\n</div>'


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _cell(tag: str, cell: str | Seen, names: str, first: bool) -> str:
    own = cell if isinstance(cell, Seen) else Seen(cell)
    text = _text(own.text or NONE)
    if own.strong:
        text = f"<strong>{text}</strong>"
    if own.behind:
        text += f" <small>{_text(own.behind)}</small>"
    scope = ' scope="row"' if first else ""
    return f"<{tag}{scope}{_class(names)}>{text}</{tag}>"


def _text(text: str) -> str:
    """Escaped; a number stays on one line with its per cent sign."""
    return escape(text).replace(" %", "\u00a0%")


def paragraphs(texts: Iterable[str]) -> str:
    """A paragraph for each text that says anything."""
    return "".join(f"<p>{_text(text)}</p>" for text in texts if text)


def framed(heading: str, parts: Sequence[str]) -> str:
    """Parts of HTML under a heading, for a notebook, with the label below."""
    top = f"<p><strong>{_text(heading)}</strong></p>" if heading else ""
    return f'<div class="chipgate"><style>{STYLE}</style>{top}{"".join(parts)}<p><em>{escape(SENTENCE)}</em></p></div>'


@singledispatch
def notebook_html(result: Any) -> str:
    """What a notebook shows of a result: the page that registered for its kind, or its words where none did."""
    return framed(repr(result), [])
