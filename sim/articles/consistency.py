"""Do the figures of the ledger agree with one another, and if not, which are to blame?

Relations between figures are data: arithmetic over ids, and what it must agree with or stay within, on a
stated principle. Bounds from outside the articles are ours, and wide.

A printed number stands for an interval: right to half a unit of its last printed digit, where the zeros that
end a whole number may be rounding ("300 billion" is 250 to 350); "more than N" reads as N to 2N, since who
means more would say more. A date stands for its whole day, month or year, counted in years. A relation is
violated only if no reading within the intervals satisfies it.

The suspects are the smallest sets of figures whose removal clears every violation. Where several are equally
small, those are kept that explain the violations as well: a slip of the usual sort in each of their figures
(the decimal point by up to three places, a year by up to three decades), undone, satisfies every relation. A
figure that is merely the other end of a violated relation seldom passes: its own relations hold it. If some
still tie, all of them are named.
"""

from __future__ import annotations

import datetime
import functools
import itertools
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.articles.figures import Figure, compute, ids_of, parse_expression, render_resolution, wrap
from sim.base.label import SENTENCE
from sim.base.units import DAYS_A_YEAR

Ledger = Mapping[str, Figure]
Suspects = tuple[str, ...]  # the ids of one set, in the ledger's order

MORE_THAN = ("more than", "greater than", "above", "over")
SHIFTS = (-3, -2, -1, 1, 2, 3)  # places of a decimal point; thousand, million and billion are three apart
MOST_SLIPS = 3  # an explanation by more slips than this explains nothing, and takes long to look for


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


@dataclass(frozen=True)
class Report:
    """What the check of a ledger found.

    `suspects` holds the smallest sets of figures that explain the violations, one where the relations can
    decide. A suspect is settled by its resolution; `unsettled` are those without one, `still_wrong` those
    whose accepted value is a suspect again. `untouched` are the printed figures that no relation involves.
    """

    figures: Ledger
    violations: tuple[Violation, ...]
    suspects: tuple[Suspects, ...]
    unsettled: Suspects
    still_wrong: Suspects
    untouched: Suspects

    @property
    def exit_status(self) -> int:
        """0 where every suspect is settled, 1 otherwise."""
        return 1 if self.unsettled or self.still_wrong else 0


# --- The relations ---

ROUNDING = "An identity: it holds within the rounding of the printed numbers."
TENFOLD = (
    "An order of magnitude, the coarsest bound there is: a listed company of billions does not change "
    "tenfold from one period to the next."
)
RISING = (
    "The articles call this revenue rapidly growing (001:L2, 002:L6), so no period's average falls below "
    "that of the one before."
)
IN_ORDER = "What the articles tell as one after another lies in that order."

MULTIPLE = "At 1,000 it takes a thousand years of all revenue to earn the price; at 0.1, five weeks of it."
YUAN_A_DOLLAR = "Since 2008 a dollar has cost 6.0 to 7.4 yuan; 6 to 8 leaves room."
LATEST = "2026.25"  # the end of Q1 2026, the latest period that an article reports on


def _conversion(yuan: str) -> Relation:
    return Relation(
        f"exchange rate: {yuan}",
        what=f"{yuan} / {yuan}-usd",
        at_least="6",
        at_most="8",
        says="The yuan and the dollar figure are one amount.",
        principle=YUAN_A_DOLLAR,
    )


def _same_rate(one: str, other: str) -> Relation:
    return Relation(
        f"one rate: {one}, {other}",
        what=f"{one} / {one}-usd",
        agrees_with=f"{other} / {other}-usd",
        says="One article converts at one rate.",
        principle=ROUNDING,
    )


def _before(one: str, other: str, says: str) -> Relation:
    return Relation(f"{one} before {other}", what=one, at_most=other, says=says, principle=IN_ORDER)


def _has_happened(date: str) -> Relation:
    return Relation(
        f"{date} has happened",
        what=date,
        at_most=LATEST,
        says="What is reported as done lies in the past.",
        principle="The latest period that any of the articles reports on is the first quarter of 2026.",
    )


def _one_in_ten(rise: str) -> Relation:
    return Relation(f"tenfold: {rise}", f"1 + {rise}", "A year's growth is below tenfold.", TENFOLD, at_most="10")


# The amounts that article 001 gives in yuan and in dollars.
CONVERTED = ("cambricon-value-peak", "cambricon-revenue-h1-25", "cambricon-profit-h1-25")
Q1_25 = "cambricon-revenue-q1-26 / (1 + cambricon-revenue-growth-q1-26)"
PAST = (
    "cambricon-founded",
    "cambricon-founded-again",
    "entity-listing",
    "control-oct23",
    "cambricon-first-profit",
    "rule-jan25",
    "h20-block",
    "framework-cancelled",
    "mandate",
    "ai-plus",
)

RELATIONS: tuple[Relation, ...] = (
    # Market value and share price
    _conversion("cambricon-value-jan25"),
    *map(_conversion, CONVERTED),
    *itertools.starmap(_same_rate, itertools.combinations(CONVERTED, 2)),
    Relation(
        "a fraction of Nvidia",
        what="cambricon-value-jan25-usd",
        at_most="nvidia-value / 10",
        says="Cambricon is worth only a fraction of Nvidia (000:L3).",
        principle="Who writes 'only a fraction' means less than a tenth.",
    ),
    Relation(
        "the largest company",
        what="nvidia-value / 1000000000000",
        at_most="12",
        says="Nvidia is worth less than a tenth of all listed shares (in trillion dollars).",
        principle="The world's listed shares are worth some 120 trillion dollars; none is a tenth of that.",
    ),
    Relation(
        "the peak",
        what="cambricon-value-peak",
        at_least="cambricon-value-jan25",
        at_most="10 * cambricon-value-jan25",
        says="The highest market value is above an earlier one, by less than tenfold.",
        principle=TENFOLD,
    ),
    Relation(
        "value to revenue, 2024",
        what="cambricon-value-jan25 / cambricon-revenue-24",
        at_least="0.1",
        at_most="1000",
        says="A market value is 0.1 to 1,000 times a year's revenue.",
        principle=MULTIPLE,
    ),
    Relation(
        "value to revenue, 2025",
        what="cambricon-value-peak / (2 * cambricon-revenue-h1-25)",
        at_least="0.1",
        at_most="1000",
        says="A market value is 0.1 to 1,000 times a year's revenue.",
        principle=MULTIPLE,
    ),
    Relation(
        "rise of the share price",
        what="cambricon-share-rise-to / cambricon-share-rise-from - 1",
        agrees_with="cambricon-share-rise",
        says="The rise is the later price over the earlier, less one.",
        principle=ROUNDING,
    ),
    Relation(
        "the share price climbed",
        what="cambricon-share-rise-to",
        at_least="cambricon-share-rise-from",
        at_most="10 * cambricon-share-rise-from",
        says="The later price is above the earlier (000:L5), by less than tenfold.",
        principle=TENFOLD,
    ),
    *(
        Relation(
            f"a price of record: {price}",
            what=price,
            at_most="3000",
            says="A share costs less than 3,000 yuan.",
            principle="No share on the mainland's exchanges has cost above 2,700 yuan in this century.",
        )
        for price in ("cambricon-share-rise-from", "cambricon-share-rise-to")
    ),
    _one_in_ten("cambricon-share-rise"),
    _one_in_ten("share-rise-350"),
    _one_in_ten("cambricon-revenue-growth-24"),
    _one_in_ten("cambricon-revenue-growth-q1-26"),
    # Revenue: quarter, half year, year, run-rate
    Relation(
        "run-rate",
        what="4 * cambricon-revenue-q1-26",
        agrees_with="cambricon-run-rate",
        says="The run-rate is four times the quarter.",
        principle=ROUNDING,
    ),
    Relation(
        "quarter within half year, 2025",
        what=Q1_25,
        at_most="cambricon-revenue-h1-25",
        says="The first quarter of 2025 (Q1 2026 less its growth) is a part of the half year.",
        principle="A part is no more than the whole.",
    ),
    Relation(
        "first to second quarter of 2025, rising",
        what="cambricon-revenue-h1-25",
        at_least=f"2 * {Q1_25}",
        says="The second quarter of 2025 (half year less first quarter) is not below the first.",
        principle=RISING,
    ),
    Relation(
        "first to second quarter of 2025, tenfold",
        what="cambricon-revenue-h1-25",
        at_most=f"11 * {Q1_25}",
        says="The second quarter of 2025 (half year less first quarter) is less than ten times the first.",
        principle=TENFOLD,
    ),
    Relation(
        "second quarter of 2025 to first of 2026",
        what=f"cambricon-revenue-h1-25 - {Q1_25}",
        at_most="cambricon-revenue-q1-26",
        says="The first quarter of 2026 is not below the second of 2025.",
        principle=RISING,
    ),
    Relation(
        "half year to run-rate",
        what="2 * cambricon-revenue-h1-25",
        at_most="cambricon-run-rate",
        says="The run-rate of early 2026 is not below twice the half year of 2025.",
        principle=RISING,
    ),
    Relation(
        "2024 to the half year of 2025",
        what="2 * cambricon-revenue-h1-25 / cambricon-revenue-24",
        at_least="1",
        at_most="10",
        says="The average quarter of the half year is one to ten times that of 2024.",
        principle=f"{RISING} {TENFOLD}",
    ),
    Relation(
        "2024 to the first quarter of 2025",
        what=f"4 * {Q1_25} / cambricon-revenue-24",
        at_least="1",
        at_most="10",
        says="The first quarter of 2025 is one to ten times the average quarter of 2024.",
        principle=f"{RISING} {TENFOLD}",
    ),
    Relation(
        "2024 to run-rate",
        what="cambricon-run-rate",
        at_least="cambricon-revenue-24",
        says="The run-rate of early 2026 is not below the revenue of 2024.",
        principle=RISING,
    ),
    Relation(
        "half year within 2024",
        what="cambricon-revenue-h1-25 / cambricon-revenue-growth-h1-25",
        at_most="cambricon-revenue-24",
        at_least="cambricon-revenue-24 / 101",
        says="The first half of 2024 (that of 2025 over its multiple) is a part of 2024, and not too small.",
        principle=(
            "A part is no more than the whole; and were each quarter ten times the one before (1, 10, 100, "
            "1000), the first half would still be one in 101."
        ),
    ),
    # Profit
    Relation(
        "range of the forecast",
        what="cambricon-profit-q4-24-high / cambricon-profit-q4-24-low",
        at_least="1",
        at_most="10",
        says="The high end is above the low one, by less than tenfold.",
        principle="A forecast that spans an order of magnitude forecasts nothing.",
    ),
    *(
        relation
        for end in ("cambricon-profit-q4-24-low", "cambricon-profit-q4-24-high")
        for relation in (
            Relation(
                f"profit within revenue: {end}",
                what=end,
                at_most="cambricon-revenue-24",
                says="The net income of a quarter is no more than the revenue of its year.",
                principle="Net income is a part of revenue, and the quarter a part of the year.",
            ),
            Relation(
                f"the turn to profit: {end}",
                what=f"{end} + cambricon-loss-9m-24 / 3",
                at_most="cambricon-revenue-24",
                says="The fourth quarter of 2024 is better than the average losing one by less than revenue.",
                principle="A chip designer's costs are mostly staff and stay: only revenue improves a result.",
            ),
            Relation(
                f"a year of loss: {end}",
                what=end,
                at_most="cambricon-loss-9m-24",
                says="The last quarter of 2024 earns less than the other three lost.",
                principle="The profit of 2025 came after years of losses (001:L21), so 2024 is one.",
            ),
            Relation(
                f"profit improved: {end}",
                what="cambricon-profit-h1-25 / 2",
                at_least=end,
                at_most=f"10 * {end}",
                says="A quarter of early 2025 earns more than the last of 2024, by less than tenfold.",
                principle=f"Profitability has improved (001:L21). {TENFOLD}",
            ),
        )
    ),
    Relation(
        "margin, half year of 2025",
        what="cambricon-profit-h1-25",
        at_most="cambricon-revenue-h1-25",
        says="The net margin is at most 100 %.",
        principle="Net income is a part of revenue.",
    ),
    Relation(
        "margin improved",
        what="cambricon-profit-h1-25 / cambricon-revenue-h1-25",
        at_least="cambricon-profit-q4-24-low / cambricon-revenue-24",
        says="The net margin of early 2025 is not below the least that the last quarter of 2024 had.",
        principle="Profitability has improved (001:L21), and a quarter's revenue is at most its year's.",
    ),
    # Share of the market
    *(
        Relation(
            f"share of market: {revenue}",
            what=f"{revenue} / market-25",
            at_most="0.5",
            says="Cambricon sells less than half of what China's market buys.",
            principle="The market is highly contested (001:L35), so no one in it holds half.",
        )
        for revenue in ("cambricon-revenue-24", "2 * cambricon-revenue-h1-25", "cambricon-run-rate")
    ),
    Relation(
        "one centre within the market",
        what="datong",
        at_most="market-25",
        says="One computing centre costs less than a year of the national market.",
        principle="A part is no more than the whole.",
    ),
    Relation(
        "AI chips within all chips",
        what="market-25 / 1000000000",
        at_most="1600",
        says="China's AI chips are less than all its chips (in bn yuan).",
        principle="China buys chips of all sorts for some 200 bn dollars a year, at most 8 yuan each.",
    ),
    # Chips
    *(
        Relation(
            f"node: {node}",
            what=node,
            at_least="2",
            at_most="16",
            says="An AI chip under export control is made at 2 to 16 nm.",
            principle="The controls call 16 nm and below advanced; none below 2 nm is in volume production.",
        )
        for node in ("cambricon-node", "siyuan-590-node")
    ),
    Relation(
        "one node",
        what="cambricon-node",
        agrees_with="siyuan-590-node",
        says="Two articles give the process of one company's chips.",
        principle="One fact printed twice is one number.",
    ),
    Relation(
        "Siyuan 590 against A100",
        what="siyuan-590",
        at_least="0.1",
        at_most="1",
        says="The chip has a tenth of its rival's performance at least, and all of it at most.",
        principle="An order of magnitude below it is no rival; what is given as a share does not exceed it.",
    ),
    Relation(
        "CloudMatrix against NVL72",
        what="cloudmatrix / nvl72",
        at_least="1",
        at_most="10",
        says="The domestic system rivals the other with more chips (003:L6), less than ten for one.",
        principle="A system that needs an order of magnitude more chips for the same work is no rival.",
    ),
    # Dates
    Relation(
        "founded once",
        what="cambricon-founded",
        agrees_with="cambricon-founded-again",
        says="Two articles give the year in which Cambricon was founded.",
        principle="One fact printed twice is one number.",
    ),
    *(
        _before(founded, event, says)
        for founded in ("cambricon-founded", "cambricon-founded-again")
        for event, says in (
            ("cambricon-first-profit", "A firm is founded before it earns."),
            ("entity-listing", "A firm is founded before it is listed."),
            ("control-oct23", "A firm is there before the market that a control leaves to it."),
        )
    ),
    _before("control-oct23", "h20-block", "The H20 was made for the rules before its block (004:L2)."),
    _before("control-oct23", "mandate", "The mandate responded to the control (002:L5)."),
    _before("mandate", "ai-plus", "The Two Sessions reinforced the mandate (002:L5)."),
    _before("rule-jan25", "framework-cancelled", "A framework is announced before it is due."),
    _before("h20-block", "framework-cancelled", "The block came while the framework was still to come (004:L2)."),
    Relation(
        "notice of the framework",
        what="framework-cancelled - rule-jan25",
        at_most="1",
        says="The framework was due within a year of being announced.",
        principle="US rules of this kind take effect within months.",
    ),
    Relation(
        "Huawei's plan",
        what="superpods-to - superpods",
        at_least="0",
        at_most="5",
        says="The plan ends after it starts, within five years.",
        principle="Plans for products look two or three generations of chips ahead, no further.",
    ),
    *map(_has_happened, PAST),
)


# --- Checking ---


def reading(figure: Figure) -> Interval | None:
    """What the accepted value stands for, given how many digits and words it is printed with.

    A date is counted in years. None where a figure has no number.
    """
    value, text = figure.accepted, figure.accepted_text
    if isinstance(value, datetime.date):
        first = value.year + (value.timetuple().tm_yday - 1) / DAYS_A_YEAR
        return Interval(first, first + {4: 1.0, 7: 1 / 12, 10: 1 / DAYS_A_YEAR}[len(text)])
    if value is None:
        return None
    half = half_a_digit(text) * abs(value)
    if figure.printed.startswith(MORE_THAN):
        return Interval(value, 2 * value)
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


def violations(figures: Ledger) -> list[Violation]:
    """The relations that the accepted values break; one whose figures are not all there is not asked."""
    return [Violation(relation, found) for relation in RELATIONS if (found := _broken(relation, figures))]


def _broken(relation: Relation, figures: Ledger) -> str:
    """What was found against a relation; empty where it holds, or cannot be asked."""
    readings = {id_: reading(figures[id_]) for id_ in relation.ids if id_ in figures}
    if len(readings) < len(relation.ids) or None in readings.values():
        return ""

    def value_of(leaf: float | str) -> Interval:
        if isinstance(leaf, float):
            return Interval(leaf, leaf)
        found = readings[leaf]
        assert found is not None, leaf
        return found

    what = compute(parse_expression(relation.what), value_of)
    for words, bound in (
        ("agreeing with", relation.agrees_with),
        ("at least", relation.at_least),
        ("at most", relation.at_most),
    ):
        if bound:
            limit = compute(parse_expression(bound), value_of)
            too_low = words != "at most" and what.high < limit.low
            too_high = words != "at least" and what.low > limit.high
            if too_low or too_high:
                return f"{_figures(what)}, instead of {words} {_figures(limit)}"
    return ""


def _figures(interval: Interval) -> str:
    ends = (interval.low, interval.high)
    low, high = (f"{end:.4g}" if abs(end) < 1e5 else f"{end / 1e9:.4g} bn" for end in ends)
    return low if low == high else f"{low} to {high}"


def suspects(figures: Ledger) -> tuple[Suspects, ...]:
    """The smallest sets of figures whose removal clears every violation, reduced to those that explain them.

    Exact: all sets of the least size are found. Empty where nothing is violated; more than one where the
    relations cannot tell them apart.
    """
    broken = [violation.relation.ids for violation in violations(figures)]
    if not broken:
        return ()
    order = list(figures)
    size = next(size for size in itertools.count(1) if any(_clearing(broken, size)))
    smallest = sorted(
        {tuple(sorted(found, key=order.index)) for found in _clearing(broken, size)},
        key=lambda found: [order.index(id_) for id_ in found],
    )
    explaining = [found for found in smallest if _explains(found, figures)]
    return tuple(explaining or smallest)


def _clearing(broken: Collection[tuple[str, ...]], size: int) -> Iterator[frozenset[str]]:
    """All sets of at most that many figures that meet every broken relation."""
    if not broken:
        yield frozenset()
    elif size:
        first, *_ = broken
        for id_ in first:
            for rest in _clearing([ids for ids in broken if id_ not in ids], size - 1):
                yield rest | {id_}


def _explains(found: Suspects, figures: Ledger) -> bool:
    """Whether a usual slip in each of these figures, undone, leaves every relation satisfied."""
    if len(found) > MOST_SLIPS:
        return False
    concerned = [relation for relation in RELATIONS if set(found) & set(relation.ids)]
    for shifts in itertools.product(SHIFTS, repeat=len(found)):
        mended = {**figures, **{id_: slipped(figures[id_], n) for id_, n in zip(found, shifts, strict=True)}}
        if not any(_broken(relation, mended) for relation in concerned):
            return True
    return False


def slipped(figure: Figure, places: int) -> Figure:
    """The figure with its accepted value's decimal point moved, or its year moved by as many decades."""
    value = figure.accepted
    if isinstance(value, datetime.date):
        moved: float | datetime.date = datetime.date(value.year + 10 * places, value.month, min(value.day, 28))
    else:
        assert value is not None, figure.id
        moved = value * 10.0**places
    return replace(figure, value=moved, text=figure.accepted_text, resolution=None)


def as_printed(figures: Ledger) -> dict[str, Figure]:
    """The ledger with no resolution applied."""
    return {id_: replace(figure, resolution=None) for id_, figure in figures.items()}


def as_accepted(figures: Ledger) -> dict[str, Figure]:
    """The ledger with every resolution applied and nothing left to resolve."""
    return {
        id_: replace(figure, value=figure.accepted, text=figure.accepted_text, resolution=None)
        for id_, figure in figures.items()
    }


def check(figures: Ledger) -> Report:
    """Recompute every relation on the printed values, name the suspects, and ask whether each is settled.

    Where the relations cannot decide between sets of suspects, one of them settled is enough.
    """
    printed = as_printed(figures)
    named = suspects(printed)
    unsettled = _least([[id_ for id_ in found if figures[id_].resolution is None] for found in named])
    # A value accepted instead has to clear what it was accused of; a reason alone lets the printed one stand.
    wrong = [
        [id_ for id_ in found if id_ not in unsettled and not _left_standing(figures[id_])]
        for found in suspects(figures)
    ]
    involved = {id_ for relation in RELATIONS for id_ in relation.ids}
    return Report(
        figures=figures,
        violations=tuple(violations(printed)),
        suspects=named,
        unsettled=unsettled,
        still_wrong=_least(wrong),
        untouched=tuple(id_ for id_, each in figures.items() if id_ not in involved and not each.derived),
    )


def _least(sets: list[list[str]]) -> Suspects:
    """Nothing where any of the sets is empty, else every id in them."""
    return () if not all(sets) else tuple(dict.fromkeys(itertools.chain(*sets)))


def _left_standing(figure: Figure) -> bool:
    return figure.resolution is not None and figure.resolution.value is None


# --- Showing ---


def report_row(report: Report) -> dict[str, Any]:
    """The report as plain data, ready for JSON."""
    return {
        "label": SENTENCE,
        "violations": [
            {
                "relation": violation.relation.name,
                "says": violation.relation.says,
                "principle": violation.relation.principle,
                "figures": violation.relation.ids,
                "found": violation.found,
            }
            for violation in report.violations
        ],
        "suspects": report.suspects,
        "unsettled": report.unsettled,
        "still_wrong": report.still_wrong,
        "untouched": report.untouched,
        "exit_status": report.exit_status,
    }


def render_check(report: Report) -> str:
    """The report for a terminal."""
    count = len(report.violations)
    lines = [f"{len(RELATIONS)} relations between the printed figures; violated: {count or 'none'}."]
    for violation in report.violations:
        relation = violation.relation
        lines += wrap(f"{relation.name}: {relation.says}")
        lines += wrap(f"found {violation.found}. {relation.principle}", first="    ")
    if report.suspects:
        several = len(report.suspects) > 1
        lines += ["", "The smallest set of figures whose removal clears every violation:"]
        for found in report.suspects:
            lines += wrap(f"{'one of these: ' if several else ''}{', '.join(found)}")
        for id_ in dict.fromkeys(itertools.chain(*report.suspects)):
            figure = report.figures[id_]
            lines.append("")
            if figure.resolution is None:
                lines += wrap(f"{id_} ({figure.where}): {figure.text}. It has no resolution.")
            else:
                lines += render_resolution(figure)
    if report.unsettled:
        words = f"Error: suspected, and without a resolution: {', '.join(report.unsettled)}."
        lines += ["", *wrap(words, first="")]
    if report.still_wrong:
        words = f"Error: with the resolutions applied, suspected again: {', '.join(report.still_wrong)}."
        lines += ["", *wrap(words, first="")]
    if report.suspects and report.exit_status == 0:
        lines += ["", "Every suspect has a resolution."]
    if not violations(report.figures):
        lines += ["", "With the resolutions applied, every relation holds."]
    named = set(itertools.chain(*report.suspects))
    others = [id_ for id_, figure in report.figures.items() if figure.resolution and id_ not in named]
    for words, ids in (
        ("Resolved too, though no relation needs it:", others),
        ("No relation touches:", report.untouched),
    ):
        if ids:
            lines += ["", *wrap(f"{words} {', '.join(ids)}.", first="", rest="  ")]
    lines += ["", SENTENCE]
    return "\n".join(lines) + "\n"
