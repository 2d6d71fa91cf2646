"""Quantities written with their unit: `14 weeks`, `40 %`, `4.5 bn yuan`, `230 wafers/week`.

A unit is a measure (`yuan`, `wafers`, `A100e`), perhaps with a scale word before it (`thousand`, `million`,
`bn`), perhaps per something (`/week`, `/year`, `/A100e`). Inside the program every quantity is a plain float in
the unit that its key names.
"""

from __future__ import annotations

import datetime
import difflib
import functools
import re
from dataclasses import dataclass
from typing import Annotated

DAYS_A_WEEK = 7.0
DAYS_A_YEAR = 365.25
WEEKS_A_YEAR = DAYS_A_YEAR / DAYS_A_WEEK

SCALES = {"thousand": 1e3, "million": 1e6, "bn": 1e9, "billion": 1e9, "trillion": 1e12}

# measure as written -> (what it measures, how many of the first-named measure of that kind it is)
MEASURES: dict[str, tuple[str, float]] = {
    "": ("number", 1.0),
    "share": ("number", 1.0),  # written `40 %` or `0.4`, shown as per cent
    "%": ("number", 0.01),
    "x": ("number", 1.0),
    "weeks": ("time", 1.0),
    "week": ("time", 1.0),
    "days": ("time", 1 / DAYS_A_WEEK),
    "day": ("time", 1 / DAYS_A_WEEK),
    "months": ("time", WEEKS_A_YEAR / 12),
    "month": ("time", WEEKS_A_YEAR / 12),
    "quarters": ("time", WEEKS_A_YEAR / 4),
    "quarter": ("time", WEEKS_A_YEAR / 4),
    "years": ("time", WEEKS_A_YEAR),
    "year": ("time", WEEKS_A_YEAR),
    "yuan": ("yuan", 1.0),
    "CNY": ("yuan", 1.0),
    "RMB": ("yuan", 1.0),
    "dollars": ("dollars", 1.0),
    "dollar": ("dollars", 1.0),
    "USD": ("dollars", 1.0),
    "kW": ("power", 1.0),
    "MW": ("power", 1e3),
    "W": ("power", 1e-3),
    "nm": ("nm", 1.0),
    "A100e": ("A100e", 1.0),
    "A100e-years": ("A100e-years", 1.0),
    "A100e-weeks": ("A100e-weeks", 1.0),
    **{
        word: (many, 1.0)
        for one, many in [
            ("chip", "chips"),
            ("die", "dies"),
            ("wafer", "wafers"),
            ("stack", "stacks"),
            ("project", "projects"),
            ("port", "ports"),
            ("officer", "officers"),
            ("application", "applications"),
        ]
        for word in (one, many)
    },
}

EXAMPLES = {"weeks": "14 weeks", "share": "40 %", "share/year": "35 %/year", "yuan": "4.5 bn yuan", "": "1.5"}

NUMBER = re.compile(r"\s*([-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(.*?)\s*", re.DOTALL)
GROUPED = re.compile(
    r"\s*([-+]?[0-9]{1,3}(?:[ ,'’][0-9]{3})+(?:\.[0-9]+)?)(?![0-9,'’.])(.*)"
)  # 1,000 or 1'000 or 1 000
DECIMAL_COMMA = re.compile(r"\s*([-+]?[0-9]+),([0-9]+(?![0-9,.]).*)")
DOTS_AND_COMMA = re.compile(r"\s*([-+]?[0-9]{1,3}(?:\.[0-9]{3})+),([0-9]+(?![0-9,.]).*)")  # 1.000,5
LONGEST = 100  # digits of a whole number; Python itself refuses to read some thousands
LARGEST, SMALLEST = 1e15, 1e-9  # of a quantity but 0; products and quotients of a few are still numbers
YEARS = range(1900, 2200)  # of a date
DATE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
NEARLY_A_DATE = re.compile(
    r"([0-9]{4})(?:[-/. ]?([0-9]{1,2})(?:[-/. ]?([0-9]{1,2}))?)?[.]?"
)  # 2027, 2027/1/31, 20270131


class UnitError(ValueError):
    """A text that is not a value of the kind asked for, and what would be right; `word` and `words` serve a 'did you
    mean'."""

    def __init__(self, message: str, word: str = "", words: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message)
        self.word = word
        self.words = words
        self.hint = hint


@functools.cache
def measure_of(unit: str) -> tuple[tuple[str, str], float] | None:
    """What a unit measures, as (numerator, denominator), and its size; None where a word is not known."""
    top, slash, bottom = (part.strip() for part in unit.partition("/"))
    if slash and not bottom:
        return None
    scale, _, rest = top.rpartition(" ")
    if scale and scale not in SCALES:
        return None
    if not scale and top in SCALES:
        scale, rest = top, ""
    above, below = MEASURES.get(rest), MEASURES.get(bottom)
    if above is None or below is None:
        return None
    return (above[0], below[0]), SCALES.get(scale, 1.0) * above[1] / below[1]


@functools.cache
def spellings(unit: str) -> tuple[str, ...]:
    """The ways to write a unit, the plainest first: `weeks` -> weeks, days, months, years."""
    top, slash, bottom = unit.partition("/")
    kind = MEASURES[top][0]
    tops = [word for word, (measures, _) in MEASURES.items() if measures == kind and word not in {top, "share"}]
    tops.sort(key=lambda word: not word.endswith("s"))  # `days` and `months` before `day`
    if kind in {"number", "time"}:
        scaled: list[str] = []
    else:
        scaled = [f"{word} {top}".strip() for word in ("thousand", "million", "bn")]
    words = [top, *scaled, *tops]
    if top == "share":
        words = ["%", "share"] if slash else ["%", ""]
    return tuple(f"{word}{slash}{bottom}" for word in words)


def parse(text: str, unit: str) -> float:
    """The number of `unit` that a text such as `4.5 bn yuan` stands for.

    Raises UnitError, ready to be shown, when the text is not a number, or its unit does not measure what `unit`
    does. A bare number is a count of `unit` itself.
    """
    if grouped := GROUPED.fullmatch(text):
        plain = re.sub(r"[ ,'’]", "", grouped[1])
        raise UnitError(f"'{text}' has signs or blanks between its digits", hint=f"write {plain}{grouped[2]}")
    if comma := DECIMAL_COMMA.fullmatch(text):
        raise UnitError(f"'{text}' has a comma in the place of its decimal point", hint=f"write {comma[1]}.{comma[2]}")
    if dotted := DOTS_AND_COMMA.fullmatch(text):
        plain = f"{dotted[1].replace('.', '')}.{dotted[2]}"
        raise UnitError(f"'{text}' has points between its digits and a comma for its point", hint=f"write {plain}")
    match = NUMBER.fullmatch(text)
    if match is None:
        raise UnitError(f"'{text}' is not a quantity; write a number and a unit, such as '{example(unit)}'")
    number, written = float(match[1].replace("_", "")), " ".join(match[2].split())
    if not written:
        return number
    wanted, given = measure_of(unit), measure_of(written)
    assert wanted is not None, unit
    if given is None or given[0] != wanted[0]:
        words = spellings(unit)
        may_be = ", ".join(word or "no unit" for word in words[:6])
        raise UnitError(f"'{written}' does not measure this; write a number and one of: {may_be}", written, words)
    # Dividing by the wanted size only where it is not 1 keeps `3 weeks` exactly 3.
    return number * (given[1] if wanted[1] == 1 else given[1] / wanted[1])


def example(unit: str) -> str:
    """A well-written quantity of that unit, for messages."""
    return EXAMPLES.get(unit, f"10 {unit}".strip())


def show(value: float, unit: str) -> str:
    """A quantity for people: at most four figures, a scale word where it helps, never more digits than it has."""
    if unit.startswith("share"):
        return f"{value * 100:.4g} {unit.replace('share', '%')}"
    if unit in {"", "x"}:
        return f"{value:.4g} {unit}".strip()
    if unit == "yuan" or abs(value) >= 1e6:
        for word, size in (("bn", 1e9), ("million", 1e6), ("thousand", 1e3)):
            if abs(value) >= size:
                return f"{value / size:.4g} {word} {unit}"
    return f"{value:,.0f} {unit}" if abs(value) >= 1e4 else f"{value:.4g} {unit}"


def parse_day(text: str) -> datetime.date:
    """A calendar date, `2025-04-15`, or a month, `2025-04`, which stands for its first day."""
    match = DATE.fullmatch(text.strip())
    if match is None:
        near = NEARLY_A_DATE.fullmatch(text.strip())
        hint = f"did you mean '{near[1]}-{int(near[2] or 1):02}-{int(near[3] or 1):02}'?" if near else ""
        raise UnitError(f"'{text}' is not a date; write year-month-day, such as '2025-04-15', or year-month", hint=hint)
    if int(match[1]) not in YEARS:
        raise UnitError(f"'{text}' is out of range; a year from {YEARS[0]} to {YEARS[-1]} belongs here")
    try:
        return datetime.date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        raise UnitError(f"'{text}' is not a day of the calendar") from None


def decimal_year(day: datetime.date) -> float:
    """A day as a year with decimals, in years of 365.25 days; one that starts a year is a whole number."""
    return day.year + (day.timetuple().tm_yday - 1) / DAYS_A_YEAR


def whole_number(text: str) -> int | None:
    """What a text of the digits 0 to 9 stands for; None for any other text, and for one far too long to be meant."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None


@dataclass(frozen=True)
class Quantity:
    """The unit and bounds of a float, put on it with `Annotated`."""

    unit: str
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    @property
    def example(self) -> str:
        """A well-written one."""
        return example(self.unit)

    def read(self, value: object) -> float:
        """A number, or a text with a unit, as a float within the bounds. Raises UnitError."""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise UnitError(f"a quantity belongs here, such as '{example(self.unit)}'")
        number = parse(value, self.unit) if isinstance(value, str) else value
        if not -LARGEST <= number <= LARGEST:  # also nan, and whole numbers that no float can hold
            raise UnitError(f"'{str(value)[:60]}' is out of range: too large to compute with")
        if 0 < abs(number) < SMALLEST:
            raise UnitError(f"'{str(value)[:60]}' is out of range: too small to compute with")
        for holds, words in (
            (self.at_least is None or number >= self.at_least, f"at least {self._bound(self.at_least)}"),
            (self.above is None or number > self.above, f"above {self._bound(self.above)}"),
            (self.at_most is None or number <= self.at_most, f"at most {self._bound(self.at_most)}"),
            (self.below is None or number < self.below, f"below {self._bound(self.below)}"),
        ):
            if not holds:
                raise UnitError(f"'{value}' is out of range; it must be {words}")
        return float(number)

    def _bound(self, bound: float | None) -> str:
        return "" if bound is None else show(bound, self.unit)


class CalendarDay:
    """A date or a month; put on a `datetime.date` with `Annotated`."""

    unit = "date"
    example = "2025-04-15"

    def read(self, text: str) -> datetime.date:
        """The day. Raises UnitError."""
        return parse_day(text)


Day = Annotated[datetime.date, CalendarDay()]
Weeks = Annotated[float, Quantity("weeks", at_least=0, at_most=1040)]
SomeWeeks = Annotated[float, Quantity("weeks", above=0, at_most=1040)]
Share = Annotated[float, Quantity("share", at_least=0, at_most=1)]
SomeShare = Annotated[float, Quantity("share", at_least=0.001, at_most=1)]
Growth = Annotated[float, Quantity("share/year", above=-1, at_most=10)]
Spread = Annotated[float, Quantity("", at_least=0, at_most=5)]


def closest(word: str, words: list[str] | tuple[str, ...]) -> str | None:
    """The likeliest meant word, for a 'did you mean'."""
    found = difflib.get_close_matches(word, [w for w in words if w], n=1, cutoff=0.6)
    return found[0] if found else None
