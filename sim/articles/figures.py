"""The ledger of figures: the numbers and dates of the five articles, one number an id (scenarios/figures.yaml).

A figure has the value that its article prints and, where that is disputed, a resolution; `accepted` is the
value after it. A derived figure is our own arithmetic over the accepted values of others. Whether the figures
agree with one another is asked in `sim.articles.relations` and `sim.articles.suspects`.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from sim.base import expressions
from sim.base.errors import ChipgateError
from sim.base.expressions import HYPHENED, ExpressionError, Language, Parts
from sim.base.files import read_plain
from sim.base.places import scenario_folder
from sim.base.reading import Reader
from sim.base.shapes import SOME, Leaf, Names, Words, shape_of
from sim.base.units import MEASURES, Quantity, UnitError, closest, measure_of, parse_day, show
from sim.base.yaml_tree import Document
from sim.exhibits.exhibit import Column, Exhibit
from sim.exhibits.page import Page, Said

Kind = Literal["reported", "projected", "derived", "claimed", "alleged"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Value = float | datetime.date


@dataclass(frozen=True)
class Resolution:
    """How a dispute about a figure is settled: the value accepted (None: it stands as printed), and why."""

    value: Value | None
    text: str | None
    why: str


@dataclass(frozen=True)
class Figure:
    """One number or date of an article, or one derived from them."""

    id: str
    title: str
    value: Value | None  # in `unit`; a date's first day; None: only named, without a number
    unit: str  # a measure of sim.base.units, or `date`, or `none`
    text: str  # the value as the ledger writes it
    period: str
    kind: Kind
    article: str  # "000" to "004"; "" where derived
    line: int  # of the article; 0 where derived
    printed: str  # the number's own words in the article; "" where derived
    said_by: str
    derived: str  # the expression over other ids; "" where an article prints the figure
    resolution: Resolution | None
    note: str

    @property
    def accepted(self) -> Value | None:
        """The value after the resolution."""
        if self.resolution is None or self.resolution.value is None:
            return self.value
        return self.resolution.value

    @property
    def accepted_text(self) -> str:
        """The value after the resolution, as the ledger writes it."""
        return (self.resolution and self.resolution.text) or self.text

    @property
    def where(self) -> str:
        """Article and line, `000:L2`; empty where derived."""
        return f"{self.article}:L{self.line}" if self.article else ""


@functools.cache
def read_figures() -> dict[str, Figure]:
    """The shipped ledger, by id in the file's order. Raises ChipgateError where the file is wrong."""
    path = scenario_folder() / "figures.yaml"
    return read_ledger(read_plain(path).decode("utf-8"), path.name)


def figure(name: str) -> Figure:
    """The figure of that id. Raises ChipgateError, with the likeliest id, where there is none."""
    return _look_up(name, read_figures())


def _look_up(name: str, figures: Mapping[str, Figure]) -> Figure:
    if name in figures:
        return figures[name]
    likeliest = closest(name, list(figures))
    hint = f"; did you mean '{likeliest}'?" if likeliest else "; `chipgate figures` lists them"
    raise ChipgateError(f"no figure has the id '{name}'{hint}")


# --- Reading the file ---


class UnitWord:
    """A plain measure, `date`, or `none`."""

    unit = ""
    example = "yuan"

    def read(self, text: str) -> str:
        """The unit itself. Raises UnitError."""
        if text not in {"date", "none"} and ((measure := measure_of(text)) is None or measure[1] != 1):
            words = "write a plain measure, such as 'yuan', or 'date', or 'none'"
            raise UnitError(f"'{text}' is not a unit; {words}", text, tuple(MEASURES))
        return text


Some = Annotated[str, SOME.kind]
Where = Annotated[str, Words(form=r"\d{3}:L[1-9]\d*", called="a place in an article; write it as 000:L2")]


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A resolution as the ledger writes it."""

    value: str = ""
    why: Some


@dataclass(frozen=True, kw_only=True)
class Written:
    """A figure as the ledger writes it."""

    title: Some
    value: Some = ""
    unit: Annotated[str, UnitWord()]
    period: Some = ""
    kind: Kind
    where: Where = ""
    printed: Some = ""
    said_by: Some
    derived: Some = ""
    note: Some = ""
    resolution: Settled | None = None


def read_ledger(text: str, name: str = "figures.yaml") -> dict[str, Figure]:
    """The figures that a ledger's YAML text states, in its order.

    Raises ChipgateError, which tells every mistake at its place.
    """
    reader, table = Reader.of(Document.of(name, text, Path(name), "ledger of figures"), text)
    ids = Words(form=HYPHENED.pattern, called="an id: lower-case words, letter first, joined by hyphens")
    written: dict[str, Written] = reader.read(Names(Leaf(ids), shape_of(Written)), table)
    reader.refuse()
    figures: dict[str, Figure] = {}
    unread = dict(written)
    while unread:
        # A derived figure is read once those that it names are.
        ready = [key for key in unread if not any(other in unread for other in ids_of(unread[key].derived))]
        for key in ready:
            figures[key] = _figure(key, unread.pop(key), figures, reader)
        if not ready:
            circle = f"these figures are derived from one another in a circle: {', '.join(unread)}"
            reader.tell(reader.place((next(iter(unread)), "derived")), circle)
            break
    reader.refuse()
    return {key: figures[key] for key in written}


def _figure(name: str, each: Written, figures: Mapping[str, Figure], reader: Reader) -> Figure:
    """A figure from its keys; what does not fit together is told at its place."""

    def tell(message: str, *keys: str) -> None:
        reader.tell(reader.place((name, *keys)), message)

    def value_of(text: str, *keys: str) -> Value | None:
        try:
            if each.unit == "date":
                return parse_day(f"{text}-01" if re.fullmatch(r"\d{4}", text) else text)
            return Quantity(each.unit).read(text)
        except UnitError as error:
            tell(str(error), *keys)
            return None

    value: Value | None = None
    text, resolution = each.value, None
    if each.derived:
        if each.kind != "derived" or each.value or each.where or each.printed:
            tell("what is derived is of kind 'derived', with no 'value', 'where' or 'printed'", "derived")
        elif not reader.mistakes:  # else a figure that it names may have no value yet
            try:
                value = number = evaluate(each.derived, figures)
                text = show(number, each.unit)
            except ChipgateError as error:
                tell(str(error), "derived")
    else:
        for key in ("where", "printed"):
            if not getattr(each, key):
                tell(f"'{key}' is missing", key)
        if bool(text) == (each.unit == "none"):
            tell("a figure has a 'value', unless its unit is 'none'", "value")
        elif text:
            value = value_of(text, "value")
    if (settled := each.resolution) is not None:
        if settled.value and each.unit == "none":
            tell("a figure of unit 'none' takes no value", "resolution", "value")
        other = value_of(settled.value, "resolution", "value") if settled.value and each.unit != "none" else None
        resolution = Resolution(other, settled.value or None, settled.why)
    article, _, line = each.where.partition(":L")
    same = ("title", "unit", "period", "kind", "printed", "said_by", "derived", "note")
    return Figure(
        id=name,
        value=value,
        text=text,
        article=article,
        line=int(line or 0),
        resolution=resolution,
        **{key: getattr(each, key) for key in same},
    )


# --- Arithmetic over ids ---


def evaluate(expression: str, figures: Mapping[str, Figure] | None = None) -> float:
    """The value of arithmetic over ids: `cambricon-revenue-24 / (1 + cambricon-revenue-growth-24)`.

    Numbers, ids, + - * / and brackets; ids hold hyphens, so a minus has a space before and after it. Ids
    stand for accepted values, by default of the shipped ledger, each in its figure's unit; dates, and figures
    without a number, take no part. Raises ChipgateError.
    """
    ledger = read_figures() if figures is None else figures

    def value_of(parts: Parts) -> float:
        name = ".".join(map(str, parts))
        try:
            found = _look_up(name, ledger)
        except ChipgateError as error:
            minus = " (A minus sign needs a space before and after it.)" if "-" in name else ""
            raise ExpressionError(f"{error}{minus}") from None
        if not isinstance(found.accepted, float):
            what = "a date" if found.unit == "date" else "only named, without a number"
            raise ExpressionError(f"'{name}' is {what}; there is no arithmetic with it")
        return found.accepted

    value = expressions.evaluate(expression, Language(value_of, hyphens=True))
    if not (isinstance(value, float) and math.isfinite(value)):
        raise ExpressionError(f"in '{expression}': {value} is not a number to compute with")
    return value


def ids_of(expression: str) -> tuple[str, ...]:
    """The ids in an expression, each once, in order of appearance."""
    return tuple(dict.fromkeys(HYPHENED.findall(expression)))


def with_origins(names: Iterable[str], ledger: Mapping[str, Figure]) -> dict[str, None]:
    """Figures and those that they are derived from, each once; a figure that is not in the ledger is left out."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name in ledger and name not in found:
            found[name] = None
            waiting += ids_of(ledger[name].derived)
    return found


# --- Showing ---


def plain(value: Value | None) -> float | str | None:
    """A value as JSON takes it: a date as text."""
    return value.isoformat() if isinstance(value, datetime.date) else value


def _record(each: Figure) -> dict[str, Any]:
    """A figure as JSON takes it."""
    row = asdict(each)
    row |= {"value": plain(each.value), "accepted": plain(each.accepted), "where": each.where}
    if each.resolution is not None:
        row["resolution"] |= {"value": plain(each.resolution.value)}
    return row


COLUMNS: tuple[Column[Figure], ...] = (
    Column("id", lambda each: each.id),
    Column("value", lambda each: f"{each.accepted_text or '-'}{' *' if each.resolution else ''}"),
    Column("period", lambda each: each.period, shows={"mean": 1}),
    Column("kind", lambda each: each.kind, shows={"mean": 2}),
    Column("where", lambda each: each.where or "-"),
    Column("said_by", lambda each: each.said_by, "said by", {"mean": 3}),
)


def figures_page(figures: Mapping[str, Figure]) -> Page:
    """The ledger, accepted values, with the disputed ones explained below it."""
    disputed = [each for each in figures.values() if each.resolution is not None]
    return Page(
        title=f"{len(figures)} figures of the articles, as accepted",
        parts=(
            Exhibit("figures", "", COLUMNS, tuple(figures.values()), record=_record),
            resolutions(disputed, "* disputed"),
        ),
        facts={},
        elsewhere="--json has them",
    )


def resolutions(figures: Iterable[Figure], title: str = "") -> Said:
    """How disputed figures are resolved, and why."""
    found = list(figures)
    return Said("resolutions", tuple(map(_resolved, found)), tuple(f"{f.id} ({f.where})" for f in found), title)


def _resolved(each: Figure) -> str:
    if each.resolution is None:
        return f"{each.text}. It has no resolution."
    settled = f"{each.text} -> {each.resolution.text}" if each.resolution.text else each.text or "no number"
    return f"{settled}. {each.resolution.why}"
