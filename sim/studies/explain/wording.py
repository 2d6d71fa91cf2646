"""How explanations put things: names, months, shares and letters."""

from __future__ import annotations

import calendar
import datetime

from sim.base import rounding
from sim.studies.relief import RELIEFS


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
