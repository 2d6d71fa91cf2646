"""How wide pages and the columns of tables are, and where their texts break: between words."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Collection, Sequence
from itertools import product

PAGE = 100
"""Columns of a page of text at most, and of one that goes into a pipe or a file."""

NARROW = 80
"""Columns of text for the narrowest of terminals."""

GAP = 2  # blanks between two columns
UNBROKEN = "\u00a0"  # a blank at which no line ends


def page_width(terminal: int | None) -> int:
    """Columns of a page on a terminal of so many; None is a pipe or a file."""
    return min(terminal or PAGE, PAGE)


def folded(text: str, width: int = PAGE, indent: str = "", *, cut_words: bool = False) -> list[str]:
    """A text as lines of at most `width`, at least one, those after the first behind `indent`.

    A number keeps its per cent sign, and a word is never cut, however long it is, unless a column must hold.
    """
    lines = [text]
    if len(text) > width:
        lines = textwrap.wrap(
            _bound(text), width, subsequent_indent=indent, break_long_words=cut_words, break_on_hyphens=False
        )
    return [line.replace(UNBROKEN, " ") for line in lines]


def wrapped(text: str, indent: str = "", width: int = NARROW) -> list[str]:
    """The lines of a paragraph for the narrowest of terminals, at least one, those after the first behind `indent`."""
    return folded(text, width, indent)


def cut(text: str, room: int | None) -> str:
    """A text of at most so many letters, an ellipsis where some are left out."""
    return text if room is None or len(text) <= room else f"{text[: room - 1].rstrip()}…"


def _bound(text: str) -> str:
    return text.replace(" %", f"{UNBROKEN}%")


def longest_word(texts: Collection[str]) -> int:
    """How narrow a column of these texts can be."""
    return max((len(word) for text in texts for word in _bound(text).split(" ")), default=0)


def table_width(widths: Sequence[int]) -> int:
    """Of columns so wide, and the blanks between them."""
    return sum(widths) + GAP * (len(widths) - 1)


def fitted(columns: Sequence[Sequence[str]], room: float, folding: Collection[int] = ()) -> list[int]:
    """The widths of columns of texts, the headings among them, so that the table has room.

    Texts of the columns in `folding` may take more lines; of all widths that fit, these make the lowest table with the
    fewest lines in its cells. Where none fit, those columns are as wide as their longest words, and the table is wider
    than the room.
    """
    widths = [max(map(len, texts)) for texts in columns]
    if table_width(widths) <= room:
        return widths
    flexible = sorted(folding)
    least = {i: longest_word(columns[i]) for i in flexible}
    best = [least.get(i, width) for i, width in enumerate(widths)]
    lowest = (math.inf, math.inf)
    for choice in product(*(_foldings(columns[i], least[i], widths[i]) for i in flexible)):
        chosen = dict(zip(flexible, (width for width, _ in choice), strict=True))
        tried = [chosen.get(i, width) for i, width in enumerate(widths)]
        if table_width(tried) <= room:
            lines = [many for _, many in choice]
            height = (sum(map(max, zip(*lines, strict=True))), sum(map(sum, lines)))
            best, lowest = min((best, lowest), (tried, height), key=lambda found: found[1])
    return best


def _foldings(texts: Sequence[str], least: int, most: int) -> list[tuple[int, tuple[int, ...]]]:
    """Each way in which a column may fold: its smallest width, and the lines of each text."""
    found = {tuple(len(folded(text, width)) for text in texts): width for width in range(most, least - 1, -1)}
    return [(width, lines) for lines, width in found.items()]
