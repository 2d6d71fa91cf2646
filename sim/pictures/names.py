"""Keys as people write them: `ascend-910b` is Ascend 910B, `h20-block` is H20 block."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

from sim.base.wording import capital

INITIALISMS = frozenset({"ai", "dcu", "eu", "euv", "duv", "gpu", "npu", "tpu", "us"})  # those that have a vowel
MONTHS = frozenset(calendar.month_name[1:])
LONGEST = 28  # letters of a name in a picture


def tidy(text: str) -> str:
    """Text on one line, without characters that cannot be drawn."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def is_wide(text: str) -> bool:
    """Whether it has letters twice as wide as Latin ones, such as Chinese."""
    return any(east_asian_width(letter) in "WF" for letter in text)


def short(text: str, most: int = LONGEST) -> str:
    """Tidy text of at most so many letters; one that is cut keeps its end, in which long names differ."""
    text = tidy(text)
    most = most // 2 if is_wide(text) else most
    return text if len(text) <= most else f"{text[: most - 7].rstrip()}…{text[-6:].lstrip()}"


def distinct(texts: Sequence[str]) -> list[str]:
    """Texts of one picture, each short and no two alike: those that are cut alike are numbered."""
    cut = list(map(short, texts))
    numbered = [f"{short(name, LONGEST - 4)} {cut[: n + 1].count(name)}" for n, name in enumerate(cut)]
    return [more if cut.count(name) > 1 else name for name, more in zip(cut, numbered, strict=True)]


def readable(key: str) -> str:
    """A key of a scenario file as a name."""
    return short(_spelt(key))


def readables(keys: Iterable[str]) -> dict[str, str]:
    """Keys of one picture, each with a name of its own."""
    known = list(keys)
    return dict(zip(known, distinct(list(map(_spelt, known))), strict=True))


def _spelt(key: str) -> str:
    """Words of any length."""
    words = tidy(key).replace("_", "-").split("-")
    # A key written with capitals says itself how it is spelt.
    return capital(" ".join(word if word.lower() != word else _word(word) for word in words if word))


def _word(word: str) -> str:
    """A code or an initialism in capitals, a month with its capital, any other word as it is."""
    if (
        any(letter.isdigit() for letter in word)
        or word in INITIALISMS
        or (word.isascii() and not set(word) & set("aeiouy"))
    ):
        return word.upper()
    return word.capitalize() if word.capitalize() in MONTHS else word


def event_name(key: str, day: datetime.date) -> str:
    """A policy's key as a name, without the words that repeat its date: `threshold-october-2023` is Threshold."""
    month = calendar.month_name[day.month].lower()
    words = key.replace("_", "-").split("-")
    return readable("-".join(word for word in words if word not in {str(day.year), month, month[:3]}) or key)


def in_which(having: Sequence[str], without: Sequence[str]) -> str:
    """Which scenarios, by their short names, have something: `only in a`, `not in b, c`; empty where all have it."""
    if not without:
        return ""
    which, names = ("only", having) if len(having) <= len(without) else ("not", without)
    return f"{which} in {', '.join(names) if len(names) <= 3 else f'{len(names)} scenarios'}"


def month_words(day: datetime.date) -> str:
    """Apr 2025."""
    return f"{calendar.month_abbr[day.month]} {day.year}"
