"""What must hold between the figures (scenarios/relations.yaml), and where it does not.

A printed number stands for an interval: right to half a unit of its last printed digit, where the zeros that
end a whole number may be rounding ("300 billion" is 250 to 350); "more than N" reads as N to 2N, since who
means more would say more. A date stands for its whole day, month or year, counted in years. A relation is
violated only if no reading within the intervals satisfies it.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from string import Template

from sim.articles.figures import Figure, ids_of
from sim.base.expressions import Language, evaluate
from sim.base.files import read_plain
from sim.base.places import scenario_folder
from sim.base.reading import Reader
from sim.base.shapes import shape_of
from sim.base.units import DAYS_A_YEAR, decimal_year
from sim.base.yaml_tree import Document

Ledger = Mapping[str, Figure]

MORE_THAN = ("more than", "greater than", "above", "over")


@dataclass(frozen=True)
class Interval:
    """All values from `low` to `high`; arithmetic gives all values that the operands' values can give."""

    low: float
    high: float

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Interval) -> Interval:
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(corners), max(corners))

    def __truediv__(self, other: Interval) -> Interval:
        if other.low <= 0 <= other.high:
            return Interval(-math.inf, math.inf)
        return self * Interval(1 / other.high, 1 / other.low)

    def __str__(self) -> str:
        ends = (self.low, self.high)
        low, high = (f"{end:.4g}" if abs(end) < 1e5 else f"{end / 1e9:.4g} bn" for end in ends)
        return low if low == high else f"{low} to {high}"


@dataclass(frozen=True)
class Relation:
    """What must hold between figures: `what` agrees with, or is at least or at most, other arithmetic."""

    name: str
    what: str
    says: str
    principle: str
    agrees_with: str = ""
    at_least: str = ""
    at_most: str = ""

    @functools.cached_property
    def ids(self) -> tuple[str, ...]:
        """The figures involved."""
        return ids_of(" ".join((self.what, self.agrees_with, self.at_least, self.at_most)))


@dataclass(frozen=True)
class Violation:
    """A relation that no reading of its figures satisfies, and what was found instead."""

    relation: Relation
    found: str


@dataclass(frozen=True, kw_only=True)
class Written:
    """A relation as the file writes it, once for `each` of some texts."""

    what: str
    says: str
    principle: str
    agrees_with: str = ""
    at_least: str = ""
    at_most: str = ""
    each: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class File:
    """The whole file: texts that relations share, and relations by name."""

    words: dict[str, str]
    relations: dict[str, Written]


@functools.cache
def read_relations() -> tuple[Relation, ...]:
    """The shipped relations, in the file's order. Raises ChipgateError where the file is wrong."""
    path = scenario_folder() / "relations.yaml"
    text = read_plain(path).decode("utf-8")
    reader, table = Reader.of(Document.of(path.name, text, path, "table of relations"), text)
    file: File = reader.read(shape_of(File), table)
    reader.refuse()
    relations = []
    for name, written in file.relations.items():
        fields = {"name": name, **asdict(written)}
        for each in fields.pop("each") or [""]:
            filled = {key: Template(text).substitute(file.words, each=each) for key, text in fields.items()}
            relations.append(Relation(**filled))
    return tuple(relations)


def reading(figure: Figure) -> Interval | None:
    """What the accepted value stands for, given how many digits and words it is printed with.

    A date is counted in years. None where a figure has no number.
    """
    value, text = figure.accepted, figure.accepted_text
    if isinstance(value, datetime.date):
        first = decimal_year(value)
        return Interval(first, first + {4: 1.0, 7: 1 / 12, 10: 1 / DAYS_A_YEAR}[len(text)])
    if value is None:
        return None
    if figure.printed.startswith(MORE_THAN):
        return Interval(value, 2 * value)
    half = half_a_digit(text) * abs(value)
    return Interval(value - half, value + half)


def half_a_digit(text: str) -> float:
    """Half a unit of the last digit that counts, as a share of the number: `1.2 bn yuan` -> 0.05 / 1.2.

    A zero that ends a whole number may be rounding and does not count; behind a decimal point it does.
    """
    match = re.match(r"[-+]?([\d_]+(?:\.(\d+))?)", text)
    if match is None or not float(match[1]):
        return 0.0
    digits, behind = match[1].replace("_", ""), match[2]
    place = -len(behind) if behind else len(digits) - len(digits.rstrip("0"))
    return 0.5 * 10.0**place / float(digits)


def violations(figures: Ledger, relations: Iterable[Relation] | None = None) -> list[Violation]:
    """The relations, by default the shipped ones, that the accepted values break.

    One whose figures are not all there is not asked.
    """
    asked = read_relations() if relations is None else relations
    return [Violation(relation, found) for relation in asked if (found := broken(relation, figures))]


def broken(relation: Relation, figures: Ledger) -> str:
    """What was found against a relation; empty where it holds, or cannot be asked."""
    readings = {id_: found for id_ in relation.ids if id_ in figures and (found := reading(figures[id_]))}
    if len(readings) < len(relation.ids):
        return ""
    language = Language(lambda path: readings[str(path[0])], number=lambda value: Interval(value, value), hyphens=True)
    what = evaluate(relation.what, language)
    for words, bound in (
        ("agreeing with", relation.agrees_with),
        ("at least", relation.at_least),
        ("at most", relation.at_most),
    ):
        if bound:
            limit = evaluate(bound, language)
            too_low = words != "at most" and what.high < limit.low
            too_high = words != "at least" and what.low > limit.high
            if too_low or too_high:
                return f"{what}, instead of {words} {limit}"
    return ""
