"""How wide pages are, and where their texts break: between words."""

from __future__ import annotations

import textwrap
from collections.abc import Collection

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
    """A text as lines of at most `width`, at least one, those after the first behind `indent`, or behind four blanks
    where that would take over half of the width.

    A number keeps its per cent sign, and a word is never cut, however long it is, unless a column must hold.
    """
    lines = [text]
    if len(text) > width:
        indent = indent if len(indent) <= width / 2 else indent[:4]
        lines = textwrap.wrap(
            _bound(text), width, subsequent_indent=indent, break_long_words=cut_words, break_on_hyphens=False
        )
    return [line.replace(UNBROKEN, " ") for line in lines]


def wrapped(text: str, indent: str = "", width: int = NARROW) -> list[str]:
    """The lines of a paragraph for the narrowest of terminals, at least one, those after the first behind `indent`."""
    return folded(text, width, indent)


def _bound(text: str) -> str:
    return text.replace(" %", f"{UNBROKEN}%")


def word_lengths(text: str) -> list[int]:
    """The letters of each word, between which lines may end."""
    return [len(word) for word in _bound(text).split(" ")]


def longest_word(texts: Collection[str]) -> int:
    """How narrow a column of these texts can be."""
    return max((length for text in texts for length in word_lengths(text)), default=0)
