"""The ledger of figures: the numbers and dates of the five articles, one number an id (scenarios/figures.yaml).

A figure has the value that its article prints and, where that is disputed, a resolution; `accepted` is the
value after it. A derived figure is our own arithmetic over the accepted values of others. Whether the figures
agree with one another is asked in `sim.articles.consistency`.
"""

from __future__ import annotations

import ast
import datetime
import functools
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from sim.base.errors import ChipgateError
from sim.base.label import SENTENCE
from sim.base.places import scenario_folder
from sim.base.units import UnitError, closest, measure_of, parse, parse_day, show
from sim.exhibits.layout import folded

KINDS = ("reported", "projected", "derived", "claimed", "alleged")
KEYS = (
    *("title", "value", "unit", "period", "kind", "where", "printed", "said_by"),
    *("derived", "note", "resolution"),
)

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
    kind: str  # one of KINDS
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
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ChipgateError(f"cannot read the ledger of figures, {path}: {error.strerror}") from None
    return read_ledger(text, path.name)


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


def read_ledger(text: str, name: str = "figures.yaml") -> dict[str, Figure]:
    """The figures that a ledger's YAML text states, in its order.

    Raises ChipgateError with the file, the line and the id at the first mistake.
    """
    import yaml

    # As text, so that `120.80` keeps its last digit and `2025-05-15` is ours to read.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        raise ChipgateError(f"{name} is not YAML: {' '.join(str(error).split())}") from None

    figures: dict[str, Figure] = {}
    unread = {key: (node, line) for key, node, line in _pairs(root, name)}
    order = list(unread)
    while unread:
        waiting = len(unread)
        for key, (node, line) in list(unread.items()):
            fields = {field: _plain(value, name) for field, value, _ in _pairs(node, name)}
            place = f"{name}, line {line}, '{key}'"
            # A derived figure is read once those that it names are.
            needs = ids_of(str(fields["derived"])) if "derived" in fields else ()
            if not any(other in unread for other in needs):
                figures[key] = _figure(key, fields, figures, place)
                del unread[key]
        if len(unread) == waiting:
            raise ChipgateError(f"{name}: these figures are derived from one another in a circle: {', '.join(unread)}")
    return {key: figures[key] for key in order}


def _pairs(node: Any, name: str) -> list[tuple[str, Any, int]]:
    """The (key, value, line) of a YAML mapping, each key once."""
    if node is None or node.id != "mapping":
        line = 1 if node is None else node.start_mark.line + 1
        raise ChipgateError(f"{name}, line {line}: `key: value` lines belong here")
    pairs = [(str(key.value), value, key.start_mark.line + 1) for key, value in node.value]
    first: dict[str, int] = {}
    for key, _, line in pairs:
        if key in first:
            raise ChipgateError(f"{name}, line {line}: '{key}' is here twice, first in line {first[key]}")
        first[key] = line
    return pairs


def _plain(node: Any, name: str) -> str | dict[str, str]:
    if node.id == "mapping":
        return {key: _scalar(value, name) for key, value, _ in _pairs(node, name)}
    return _scalar(node, name)


def _scalar(node: Any, name: str) -> str:
    if node.id != "scalar":
        raise ChipgateError(f"{name}, line {node.start_mark.line + 1}: a text belongs here, not a list or keys")
    return str(node.value).strip()


def _figure(name: str, fields: dict[str, Any], figures: Mapping[str, Figure], place: str) -> Figure:
    if not ID.fullmatch(name):
        raise ChipgateError(f"{place}: an id is lower-case words, letter first, joined by hyphens")
    _known(fields, KEYS, place)
    fields = dict(fields)
    settled = fields.pop("resolution", None)
    for key, text in fields.items():
        if not isinstance(text, str) or (not text and key != "unit"):
            raise ChipgateError(f"{place}: '{key}' must be a text")
    sources = ("derived",) if "derived" in fields else ("where", "printed")
    for key in ("title", "unit", "kind", "said_by", *sources):
        if key not in fields:
            raise ChipgateError(f"{place}: '{key}' is missing")
    if fields["kind"] not in KINDS:
        raise ChipgateError(f"{place}: '{fields['kind']}' is no kind of figure; one of: {', '.join(KINDS)}")
    unit = fields["unit"]
    if unit not in {"date", "none"} and ((measure := measure_of(unit)) is None or measure[1] != 1):
        raise ChipgateError(
            f"{place}: '{unit}' is no unit; write a plain measure, such as 'yuan', or 'date', or 'none'"
        )

    article, line = _where(fields.get("where", ""), place)
    if "derived" in fields:
        if fields["kind"] != "derived" or {"value", "where", "printed"} & set(fields):
            raise ChipgateError(f"{place}: what is derived is of kind 'derived', with no 'value', 'where' or 'printed'")
        number = _evaluated(fields["derived"], figures, place)
        value: Value | None = number
        text = show(number, unit)
    else:
        if ("value" in fields) == (unit == "none"):
            raise ChipgateError(f"{place}: a figure has a 'value', unless its unit is 'none'")
        text = fields.get("value", "")
        value = _value(text, unit, place) if text else None
    return Figure(
        id=name,
        title=fields["title"],
        value=value,
        unit=unit,
        text=text,
        period=fields.get("period", ""),
        kind=fields["kind"],
        article=article,
        line=line,
        printed=fields.get("printed", ""),
        said_by=fields["said_by"],
        derived=fields.get("derived", ""),
        resolution=None if settled is None else _resolution(settled, unit, place),
        note=fields.get("note", ""),
    )


def _known(fields: Mapping[str, Any], keys: tuple[str, ...], place: str) -> None:
    for key in fields:
        if key not in keys:
            likeliest = closest(key, keys)
            hint = f"did you mean '{likeliest}'?" if likeliest else f"one of: {', '.join(keys)}"
            raise ChipgateError(f"{place}: unknown key '{key}'; {hint}")


def _where(text: str, place: str) -> tuple[str, int]:
    match = re.fullmatch(r"(\d{3}):L([1-9]\d*)|", text)
    if match is None:
        raise ChipgateError(f"{place}: '{text}' is no place in an article; write it as 000:L2")
    return match[1] or "", int(match[2] or 0)


def _value(text: str, unit: str, place: str) -> Value:
    try:
        if unit == "date":
            return parse_day(f"{text}-01" if re.fullmatch(r"\d{4}", text) else text)
        value = parse(text, unit)
    except UnitError as error:
        raise ChipgateError(f"{place}: {error}") from None
    if not math.isfinite(value):
        raise ChipgateError(f"{place}: '{text}' is too large to compute with")
    return value


def _resolution(settled: object, unit: str, place: str) -> Resolution:
    if not isinstance(settled, dict):
        raise ChipgateError(f"{place}: a resolution has a 'why', and a 'value' where another one is accepted")
    _known(settled, ("value", "why"), f"{place}, resolution")
    if not settled.get("why"):
        raise ChipgateError(f"{place}, resolution: 'why' is missing")
    text = settled.get("value")
    if text is not None and unit == "none":
        raise ChipgateError(f"{place}, resolution: a figure of unit 'none' takes no value")
    value = None if text is None else _value(text, unit, f"{place}, resolution")
    return Resolution(value=value, text=text, why=settled["why"])


def _evaluated(expression: str, figures: Mapping[str, Figure], place: str) -> float:
    try:
        return evaluate(expression, figures)
    except ChipgateError as error:
        raise ChipgateError(f"{place}: {error}") from None


# --- Arithmetic over ids ---

Tree = float | str | tuple[str, "Tree", "Tree"]
N = TypeVar("N")

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
SIGNS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LONGEST = 400  # characters of an expression; keeps hostile nesting off Python's own limit


def evaluate(expression: str, figures: Mapping[str, Figure] | None = None) -> float:
    """The value of arithmetic over ids: `cambricon-revenue-24 / (1 + cambricon-revenue-growth-24)`.

    Numbers, ids, + - * / and brackets; ids hold hyphens, so a minus has a space before and after it. Ids
    stand for accepted values, by default of the shipped ledger, each in its figure's unit; dates, and figures
    without a number, take no part. Raises ChipgateError.
    """
    ledger = read_figures() if figures is None else figures

    def value_of(leaf: float | str) -> float:
        if isinstance(leaf, float):
            return leaf
        try:
            found = _look_up(leaf, ledger)
        except ChipgateError as error:
            minus = " (A minus sign needs a space before and after it.)" if "-" in leaf else ""
            raise ChipgateError(f"in '{expression}': {error}{minus}") from None
        if not isinstance(found.accepted, float):
            what = "a date" if found.unit == "date" else "only named, without a number"
            raise ChipgateError(f"in '{expression}': '{leaf}' is {what}; there is no arithmetic with it")
        return found.accepted

    try:
        value = compute(parse_expression(expression), value_of)
    except ZeroDivisionError:
        raise ChipgateError(f"in '{expression}': division by zero") from None
    if not math.isfinite(value):
        raise ChipgateError(f"in '{expression}': the value is too large to compute with")
    return value


def compute(tree: Tree, value_of: Callable[[float | str], N]) -> N:
    """The value of a parsed expression, in whatever arithmetic `value_of` gives numbers and ids."""
    if not isinstance(tree, tuple):
        return value_of(tree)
    sign, left, right = tree
    value: N = OPERATORS[sign](compute(left, value_of), compute(right, value_of))
    return value


def ids_of(expression: str) -> tuple[str, ...]:
    """The ids in an expression, each once, in order of appearance."""
    return tuple(dict.fromkeys(ID.findall(expression)))


@functools.cache
def parse_expression(expression: str) -> Tree:
    """An expression as a tree: a number, an id, or (sign, left, right). Raises ChipgateError."""
    wrong = ChipgateError(
        f"'{expression}' is no arithmetic over figures; write numbers, ids, + - * / and brackets, "
        "with a space before and after a minus"
    )
    if not re.fullmatch(rf"[-a-z0-9.+*/() ]{{1,{LONGEST}}}", expression):
        raise wrong
    names: list[str] = []

    def rename(match: re.Match[str]) -> str:
        names.append(match[0])
        return f" _{len(names) - 1} "

    def tree_of(node: ast.expr) -> Tree:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name):
                return names[int(name[1:])]
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in SIGNS:
                return SIGNS[type(sign)], tree_of(left), tree_of(right)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return "-", 0.0, tree_of(operand)
        raise wrong

    # Python's own grammar, once the hyphens are out of the way: only the four signs get through.
    try:
        return tree_of(ast.parse(ID.sub(rename, expression).strip(), mode="eval").body)
    except (SyntaxError, OverflowError, RecursionError, MemoryError):
        raise wrong from None


# --- Showing ---


def figure_rows(figures: Mapping[str, Figure]) -> list[dict[str, Any]]:
    """The ledger as one plain dict a figure, ready for JSON: dates as text, plus `accepted` and `where`."""

    def plain(value: Value | None) -> float | str | None:
        return value.isoformat() if isinstance(value, datetime.date) else value

    rows = []
    for each in figures.values():
        row = asdict(each)
        row |= {"value": plain(each.value), "accepted": plain(each.accepted), "where": each.where}
        if each.resolution is not None:
            row["resolution"] |= {"value": plain(each.resolution.value)}
        rows.append(row)
    return rows


def render_figures(figures: Mapping[str, Figure]) -> str:
    """The ledger as a table for a terminal, accepted values, with the disputed ones explained below it."""
    head = ("id", "value", "period", "kind", "where", "said by")
    rows = [head]
    for each in figures.values():
        value = f"{each.accepted_text or '-'}{' *' if each.resolution else ''}"
        rows.append((each.id, value, each.period, each.kind, each.where or "-", each.said_by))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines += wrap("  ".join(cells).rstrip(), "", " " * (sum(widths[:-1]) + 2 * (len(widths) - 1)))
    disputed = [each for each in figures.values() if each.resolution is not None]
    lines += ["", "* disputed:"]
    for each in disputed:
        lines += render_resolution(each)
    lines += ["", SENTENCE]
    return "\n".join(lines) + "\n"


def render_resolution(each: Figure) -> list[str]:
    """The lines that tell how a disputed figure is resolved, and why."""
    assert each.resolution is not None, each.id
    settled = f"{each.text} -> {each.resolution.text}" if each.resolution.text else each.text or "no number"
    return wrap(f"{each.id} ({each.where}): {settled}. {each.resolution.why}")


def wrap(text: str, first: str = "  ", rest: str = "    ") -> list[str]:
    """A paragraph as indented lines."""
    return folded(f"{first}{text}", indent=rest)
