"""How explanations put things: names, months, shares, lists and lines."""

from __future__ import annotations

import calendar
import datetime
import textwrap

from sim import rounding
from sim.relief import RELIEFS


def words(constraint: str) -> str:
    """A constraint's name in a sentence."""
    return RELIEFS[constraint].words


def month(day: datetime.date) -> str:
    """A day's month and year in words."""
    return f"{calendar.month_name[day.month]} {day.year}"


def percent(share: float) -> str:
    """A share as whole per cent, or `less than 1 %`."""
    return rounding.percent(share).replace("<", "less than")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]


COLUMNS = 100
"""Of a page at most, and of one that goes into a pipe or a file."""


def page_width(terminal: int | None) -> int:
    """Columns of a page on a terminal of so many; None is a pipe or a file."""
    return min(terminal or COLUMNS, COLUMNS)


def wrapped(text: str, indent: int = 0, width: int = COLUMNS) -> list[str]:
    """Lines of at most so many columns; a number keeps its per cent sign."""
    lines = textwrap.wrap(text.replace(" %", "\u00a0%"), width, subsequent_indent=" " * indent)
    return [line.replace("\u00a0", " ") for line in lines] or [""]
