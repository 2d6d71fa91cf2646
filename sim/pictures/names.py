"""Keys as people write them: `ascend-910b` is Ascend 910B, `h20-block` is H20 block."""

from __future__ import annotations

import calendar
import datetime

from sim.outcomes.keys import Key

INITIALISMS = frozenset({"ai", "dcu", "eu", "euv", "duv", "gpu", "npu", "tpu", "us"})  # those that have a vowel
MONTHS = frozenset(calendar.month_name[1:])
LONGEST = 36  # letters of a name in a picture


def tidy(text: str) -> str:
    """Text on one line, without characters that cannot be drawn."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def short(text: str, most: int = LONGEST) -> str:
    """Tidy text of at most so many letters; one that is cut keeps its end, in which long names differ."""
    text = tidy(text)
    return text if len(text) <= most else f"{text[: most - 9].rstrip()}…{text[-8:].lstrip()}"


def readable(key: str) -> str:
    """A key of a scenario file as a name."""
    words = tidy(key).replace("_", "-").split("-")
    # A key written with capitals says itself how it is spelt.
    name = " ".join(word if word.lower() != word else _word(word) for word in words if word)
    return short(name[:1].upper() + name[1:])


def _word(word: str) -> str:
    """A code or an initialism in capitals, a month with its capital, any other word as it is."""
    if any(letter.isdigit() for letter in word) or word in INITIALISMS or not set(word) & set("aeiouy"):
        return word.upper()
    return word.capitalize() if word.capitalize() in MONTHS else word


def event_name(key: str, day: datetime.date) -> str:
    """A policy's key as a name, without the words that repeat its date: `threshold-october-2023` is Threshold."""
    month = calendar.month_name[day.month].lower()
    words = key.replace("_", "-").split("-")
    return readable("-".join(word for word in words if word not in {str(day.year), month, month[:3]}) or key)


def outcome_name(key: Key) -> str:
    """An outcome as a name: `domestic_share` is Domestic share, `revenue_cambricon` is Revenue: Cambricon."""
    return readable(key.outcome) + (f": {readable(key.item)}" if key.item else "")


def month_words(day: datetime.date) -> str:
    """Apr 2025."""
    return f"{calendar.month_abbr[day.month]} {day.year}"
