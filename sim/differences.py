"""Paired differences: what another scenario changes, how sure that is, and whether it is large enough to name.

Two scenarios replicated under common random numbers meet the same projects, dates and luck in each replication, so
one is taken from the other replication by replication, and chance that strikes both alike cancels out.

A verdict compares a difference with the smallest one worth naming, from the outcome's own definition. Its interval
lies beyond that (better, worse, or different where better has no meaning), within it (too small to matter), or across
its border (cannot tell). All verdicts of a comparison, headline outcomes times scenarios, are one family: Holm's
procedure keeps the chance of even one wrong verdict below 5 %, and each one's interval has the confidence at which
Holm judged it, so verdict and interval never contradict each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.experiment import Run
from sim.intervals import CONFIDENCE, Summary, summarise, t_quantile, t_tail
from sim.outcomes import OUTCOMES, Outcome, Period, card_of

Floats = NDArray[np.float64]
NOISE = 1e-9  # a difference below this share of the values is rounding inside the computer
Verdict = Literal["better", "worse", "different", "too small to matter", "cannot tell"]

VERDICTS: tuple[Verdict, ...] = ("better", "worse", "different", "too small to matter", "cannot tell")
HEADLINES = tuple(name for name, card in OUTCOMES.items() if card.headline)


@dataclass(frozen=True)
class Judgement:
    """One verdict of the family, with the interval that it rests on."""

    verdict: Verdict
    p: float  # adjusted by Holm: of the truth lying on the other side of the smallest difference worth naming
    confidence: float  # of the interval: 95 % or more, by the place in Holm's order
    half_width: float


@dataclass(frozen=True)
class Difference:
    """One outcome in one scenario, less the same in the base, over the pairs in which both exist."""

    base: str
    scenario: str
    outcome: str
    period: Period
    unit: str
    replications: int
    pairs: int  # replications in which the value exists in both
    base_summary: Summary
    other_summary: Summary
    mean: float
    half_width: float  # of the 95 % interval of the mean difference; nan with fewer than two pairs
    higher: int  # pairs in which the scenario's value is the higher one
    lower: int
    smallest: float  # difference worth naming, in the outcome's unit
    variance_ratio: float  # of two independent runs' difference over the paired one's; nan where neither varies
    judgement: Judgement | None = None  # of headline outcomes over the whole window

    @property
    def card(self) -> Outcome:
        """The outcome's definition."""
        return card_of(self.outcome)

    @property
    def equal(self) -> int:
        """Pairs without a difference."""
        return self.pairs - self.higher - self.lower

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.mean + self.half_width

    @property
    def relative(self) -> float:
        """The mean difference as a share of the base's mean; nan where that is 0, and for a date."""
        base = self.base_summary.mean
        return self.mean / abs(base) if base and self.unit != "date" else math.nan

    @property
    def same_sign(self) -> tuple[str, int]:
        """The direction of most pairs, and in how many of them it is so."""
        counts = {"higher": self.higher, "lower": self.lower, "equal": self.equal}
        most = max(counts, key=counts.__getitem__)
        return most, counts[most]

    @property
    def independent(self) -> float:
        """How many replications of each scenario, independent of each other, would give an interval as narrow; nan
        where that has no answer."""
        return self.pairs * self.variance_ratio


def paired(base: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The values of both in the replications in which both exist, each of shape (pairs,).

    The same amounts summed in another order differ in their last digits; such a pair is an equal one.
    """
    there = ~(np.isnan(base) | np.isnan(other))
    x, y = base[there], other[there]
    return x, np.where(np.abs(y - x) <= NOISE * np.maximum(np.abs(x), np.abs(y)), x, y)


def variance_ratio(base: Floats, other: Floats) -> float:
    """Variance of the difference of independent runs over that of the paired ones; arrays of shape (pairs,).

    Infinite where pairing leaves no variance at all, nan where there is none to remove or there are too few pairs.
    """
    if len(base) < 2:
        return math.nan
    apart, together = float(base.var(ddof=1) + other.var(ddof=1)), float((other - base).var(ddof=1))
    noise = (1e-12 * (float(np.abs(base).max()) + float(np.abs(other).max()))) ** 2
    if apart <= noise:
        return math.nan
    return apart / together if together > noise else math.inf


def difference(base: Run, other: Run, outcome: str, period: Period = None) -> Difference:
    """The paired difference of one outcome. Raises ChipgateError where a run does not have it, ValueError where the
    runs' replications do not pair."""
    if base.numbers != other.numbers or base.seed != other.seed:
        raise ValueError("paired runs need the same seed and the same replications")
    before, after = base[outcome, period], other[outcome, period]
    x, y = paired(before, after)
    summary = summarise(y - x)
    card = card_of(outcome)
    return Difference(
        base=base.scenario.name,
        scenario=other.scenario.name,
        outcome=outcome,
        period=period,
        unit=card.unit,
        replications=len(base),
        pairs=len(x),
        base_summary=summarise(before),
        other_summary=summarise(after),
        mean=summary.mean,
        half_width=summary.half_width,
        higher=int((y > x).sum()),
        lower=int((y < x).sum()),
        smallest=card.smallest * (abs(float(x.mean())) if card.relative and len(x) else 1.0),
        variance_ratio=variance_ratio(x, y),
    )


def differences(base: Run, others: Sequence[Run]) -> list[Difference]:
    """Every outcome that both scenarios have, by scenario, whole windows and years; the headlines judged as one
    family."""
    rows = [
        difference(base, other, name, period)
        for other in others
        for name, period in base.outcomes
        if (name, period) in other.outcomes and not isinstance(period, str)
    ]
    family = [n for n, row in enumerate(rows) if row.period is None and row.outcome in HEADLINES]
    for n, judgement in zip(family, judge([rows[n] for n in family]), strict=True):
        rows[n] = replace(rows[n], judgement=judgement)
    return rows


def judge(family: Sequence[Difference]) -> list[Judgement]:
    """The verdicts of a family, in its order, by Holm's step-down procedure.

    The claim put to the test in each is on which side of the smallest difference worth naming the truth lies; a p is
    that of an estimate so far from the border if the truth were on it. From the smallest p on, the k-th of m is judged
    at 5 % / (m - k + 1); at the first that fails, all further ones fail with it.
    """
    ps = [_p(row) for row in family]
    order = sorted(range(len(family)), key=ps.__getitem__)
    found: dict[int, Judgement] = {}
    adjusted, confidence, standing = 0.0, CONFIDENCE, True
    for rank, n in enumerate(order):
        left = len(family) - rank
        adjusted = max(adjusted, min(1.0, left * ps[n]))
        if standing:  # after the first that fails, its level is everyone's
            confidence = 1 - (1 - CONFIDENCE) / left
            standing = adjusted <= 1 - CONFIDENCE
        found[n] = Judgement(
            verdict=_claim(family[n]) if standing else "cannot tell",
            p=adjusted,
            confidence=confidence,
            half_width=_half_width(family[n], confidence),
        )
    return [found[n] for n in range(len(family))]


def _error(row: Difference) -> float:
    """Standard error of the mean difference."""
    return row.half_width / t_quantile(CONFIDENCE, row.pairs - 1) if row.pairs > 1 else math.nan


def _half_width(row: Difference, confidence: float) -> float:
    return t_quantile(confidence, row.pairs - 1) * _error(row) if row.pairs > 1 else math.nan


def _p(row: Difference) -> float:
    """Two-sided, since the data choose which side of the border is claimed."""
    if row.pairs < 2:
        return 1.0
    error, distance = _error(row), abs(abs(row.mean) - row.smallest)
    if error <= 1e-12 * abs(row.base_summary.mean):  # all pairs agree
        return 0.0
    return t_tail(distance / error, row.pairs - 1)


def _claim(row: Difference) -> Verdict:
    if abs(row.mean) < row.smallest or row.mean == 0:
        return "too small to matter"
    if row.card.better == "neither":
        return "different"
    return "better" if (row.mean > 0) == (row.card.better == "more") else "worse"


def direction(row: Difference) -> str:
    """The direction of the mean difference in the words of its unit: higher, later, longer and their opposites."""
    more, less = {"date": ("later", "earlier"), "weeks": ("longer", "shorter")}.get(row.unit, ("higher", "lower"))
    if row.mean == 0 or math.isnan(row.mean):
        return "the same"
    return more if row.mean > 0 else less


def verdict_words(row: Difference) -> str:
    """The verdict with the one it is for: `worse for buyers`; an empty text for what has none."""
    if row.judgement is None:
        return ""
    verdict = row.judgement.verdict
    return f"{verdict} for {row.card.for_whom}" if verdict in ("better", "worse") and row.card.for_whom else verdict
