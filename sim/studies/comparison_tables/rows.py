"""A paired difference as a row of texts: every number rounded no finer than the interval beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.base.rounding import date_text, decimals, rounded, scale_of, signed
from sim.base.statistics import Summary
from sim.base.units import WEEKS_A_YEAR
from sim.experiment.comparison import Comparison
from sim.experiment.differences import Difference, sign_words, verdict_words
from sim.experiment.tables import labelled
from sim.outcomes.cards import Outcome

FEWEST, FEW = 10, 30
"""Pairs below which a number that rests on a ratio of variances is not told, and below which it has one figure."""


@dataclass(frozen=True)
class DifferenceRow:
    """One difference as texts, all numbers of a row on the scale that its unit names; "" where there is nothing."""

    scenario: str
    outcome: str
    """Its name, such as wait_median."""
    unit: str
    """Of all numbers of the row, such as million A100e; % of a share, whose difference is in points of per cent; the
    difference of dates is in weeks, and says so."""
    base: str
    """Mean over the pairs."""
    other: str
    """Mean over the pairs."""
    difference: str
    """With its sign: +0.061."""
    interval: str
    """95 % interval of the mean difference: -0.065 to -0.057; empty with fewer than two pairs."""
    margin: str
    """Half of its width: 0.004; empty where it is."""
    relative: str
    """The difference as a share of the base's mean, -2.6 %; empty for shares and dates, and where the base is 0."""
    same_sign: str
    """lower in 200 of 200."""
    pairs: str
    """both exist in 180 of 200; empty where they exist in all."""
    smallest: str
    """The smallest difference worth naming: 2 %, 1 point, 2 weeks."""
    verdict: str
    """worse for buyers; empty for what is not judged."""
    verdict_interval: str
    """What the verdict rests on: -0.067 to -0.055 (99.2 %)."""
    independent: str
    """Independent replications that the 95 % interval would have needed, to two figures, one with few pairs."""
    source: Difference

    @property
    def labelled(self) -> str:
        """The outcome with its unit, where they share a column."""
        return labelled(self.outcome, self.unit)


def headline_rows(comparison: Comparison) -> list[DifferenceRow]:
    """The judged differences, scenario by scenario, in the order of the outcomes."""
    return [row_of(row) for row in comparison.verdicts]


def other_rows(comparison: Comparison) -> list[DifferenceRow]:
    """The other outcomes over the whole window that exist in some pair; they have no verdict."""
    return [row_of(row) for row in comparison.rows if row.period is None and row.judgement is None and row.pairs]


def row_of(row: Difference) -> DifferenceRow:
    """A difference in words and rounded numbers."""
    scale = _Scale.of(row)
    verdict = ""
    if row.judgement is not None and math.isfinite(row.judgement.half_width):
        interval = scale.interval(row.mean, row.judgement.half_width)
        verdict = f"{interval} ({confidence_words(row.judgement.confidence)})"
    return DifferenceRow(
        scenario=row.scenario,
        outcome=row.outcome,
        unit=scale.unit,
        base=scale.mean(row.base_summary),
        other=scale.mean(row.other_summary),
        difference=scale.difference(row.mean, row.half_width) if row.pairs else "none",
        interval=scale.interval(row.mean, row.half_width),
        margin=scale.margin(row.mean, row.half_width),
        relative=_relative(row),
        same_sign=sign_words(row),
        pairs=f"both exist in {row.pairs} of {row.replications}" if row.partial else "",
        smallest=smallest_words(row.card),
        verdict=verdict_words(row),
        verdict_interval=verdict,
        independent=independent_words(row),
        source=row,
    )


@dataclass(frozen=True)
class _Scale:
    """What the numbers of a row are divided by, and what is written behind them."""

    divisor: float
    unit: str
    behind: str = ""  # the difference of dates is in weeks
    date: bool = False

    @classmethod
    def of(cls, row: Difference) -> _Scale:
        if row.unit == "date":
            return cls(1 / WEEKS_A_YEAR, "date", " weeks", date=True)
        sizes = [abs(s.mean) for s in (row.base_summary, row.other_summary)]
        return cls(*scale_of(max(sizes) if row.pairs else 0.0, row.unit))

    def mean(self, summary: Summary) -> str:
        if not summary.n:
            return "none"
        if self.date:
            return date_text(summary.mean, summary.half_width)
        places = decimals(summary.half_width / self.divisor, abs(summary.mean) / self.divisor)
        return rounded(summary.mean / self.divisor, places)

    def difference(self, mean: float, half_width: float) -> str:
        return signed(mean / self.divisor, self._places(mean, half_width)) + self.behind

    def interval(self, mean: float, half_width: float) -> str:
        if not math.isfinite(half_width):
            return ""
        places = self._places(mean, half_width)
        low, high = (signed(end / self.divisor, places) for end in (mean - half_width, mean + half_width))
        return f"{low} to {high}{self.behind}"

    def margin(self, mean: float, half_width: float) -> str:
        if not math.isfinite(half_width):
            return ""
        return rounded(half_width / self.divisor, self._places(mean, half_width)) + self.behind

    def _places(self, mean: float, half_width: float) -> int:
        return decimals(half_width / self.divisor, abs(mean) / self.divisor)


def _relative(row: Difference) -> str:
    """The difference in per cent of the base's mean, no finer than the interval of that ratio."""
    if row.unit in ("share", "date") or not math.isfinite(row.relative):
        return ""
    mean, half_width = 100 * row.relative, 100 * row.relative_half_width
    return f"{signed(mean, decimals(half_width, abs(mean)))} %"


def confidence_words(share: float) -> str:
    """A confidence of 95 % or more, with two figures of what is left to 100 %: 95 %, 97.5 %, 99.17 %."""
    return f"{100 * share:.{decimals(100 * (1 - share), 0.0)}f}".rstrip("0").rstrip(".") + " %"


def independent_words(row: Difference) -> str:
    """The independent replications to two figures, for they rest on two estimated variances; to one with few pairs, and
    none with very few."""
    number = row.independent
    if math.isnan(number) or row.pairs < FEWEST:
        return ""
    return "no number" if math.isinf(number) else rounded(number, min(0, decimals(number, 0.0) - (row.pairs < FEW)))


def smallest_words(card: Outcome, of_what: str = "") -> str:
    """The smallest difference worth naming, in words: 2 %, 1 point, 2 weeks; behind a per cent what it is of."""
    if card.relative:
        return f"{100 * card.smallest:g} %{of_what}"
    if card.unit == "share":
        points = 100 * card.smallest
        return f"{points:g} point{'s' * (points != 1)}"
    if card.unit == "date":
        return f"{card.smallest * WEEKS_A_YEAR:.0f} weeks"
    unit = card.unit.removesuffix("s") if card.smallest == 1 else card.unit
    return f"{card.smallest:g} {unit}"
