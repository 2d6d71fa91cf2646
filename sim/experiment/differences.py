"""Paired differences: what another scenario changes, how sure that is, and whether it is large enough to name.

Two scenarios replicated under common random numbers meet the same projects, dates and luck in each replication, so
one is taken from the other replication by replication, and chance that strikes both alike cancels out.

A verdict compares a difference with the smallest one worth naming, from the outcome's own definition. Its interval
lies beyond that (better, worse, or different where better has no meaning), within it (too small to matter), or across
its border (cannot tell). All verdicts of a comparison, headline outcomes times scenarios, are one family: Holm's
procedure keeps the chance of even one wrong verdict at about 5 % (about, since Student's t takes the mean of the pairs
to be normal). A verdict is read off an interval that has the confidence at which Holm judged it, so the two cannot
contradict each other. It is the verdicts that hold together at 95 %; each interval holds for itself, at the confidence
that stands beside it.

Where the smallest difference is a share of the base's mean, the verdict is about the ratio of the two means, for that
mean is an estimate too: its interval is that of the ratio (by the delta method), written in the outcome's unit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.base.label import LABEL
from sim.base.statistics import CONFIDENCE, Summary, finite, summarise, t_quantile, t_tail
from sim.experiment.columns import Columns
from sim.experiment.run import Run
from sim.outcomes.cards import OUTCOMES, Better, Outcome, Period, card_of

Floats = NDArray[np.float64]
NOISE = 1e-9  # a difference below this share of the values is rounding inside the computer
MANY = 10_000  # degrees of freedom from which on Student's t is as good as normal
Verdict = Literal["better", "worse", "different", "too small to matter", "cannot tell"]

CLAIMS: dict[Better, tuple[Verdict, Verdict]] = {
    "more": ("better", "worse"),
    "less": ("worse", "better"),
    "neither": ("different", "different"),
}
"""What more of an outcome is, and what less is, by the direction that is better."""
TEXTS = ("label", "base", "scenario", "outcome", "unit", "better", "for_whom", "verdict")
COUNTS = ("year", "replications", "base_having", "scenario_having", "pairs", "higher", "lower", "equal")
HEADLINES = tuple(name for name, card in OUTCOMES.items() if card.headline)


@dataclass(frozen=True)
class Judgement:
    """One verdict of the family, with the interval that it rests on."""

    verdict: Verdict
    p: float  # two-sided, adjusted by Holm: of so clear an estimate if the truth were on the border of the verdict
    confidence: float  # of the interval: 95 % or more, by the place in Holm's order
    half_width: float  # nan where the pairs are too few for an interval of that confidence


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
    base_having: int  # replications in which it exists in the base
    other_having: int  # and in the scenario
    base_summary: Summary  # over the pairs, so that the means of both and of the difference add up
    other_summary: Summary
    mean: float
    half_width: float  # of the 95 % interval of the mean difference; nan with fewer than two pairs
    higher: int  # pairs in which the scenario's value is the higher one
    lower: int
    smallest: float  # difference worth naming, in the outcome's unit; nan where it is a share and there are no pairs
    variance_ratio: float  # of two independent runs' difference over the paired one's; nan where neither varies
    judged_error: float  # standard error of what a verdict is about, see `judged_error`
    relative_error: float  # standard error of `relative`, in which the base's mean is an estimate too
    judgement: Judgement | None = None  # of headline outcomes over the whole window

    @property
    def card(self) -> Outcome:
        """The outcome's definition."""
        return card_of(self.outcome)

    @property
    def verdict(self) -> str:
        """What is judged of it, without for whom; "" where nothing is."""
        return self.judgement.verdict if self.judgement else ""

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
    def relative_half_width(self) -> float:
        """Of the 95 % interval of `relative`; nan with fewer than two pairs."""
        return t_quantile(CONFIDENCE, self.pairs - 1) * self.relative_error if self.pairs > 1 else math.nan

    @property
    def same_sign(self) -> tuple[str, int]:
        """The direction of the mean difference, and in how many pairs it is so."""
        if self.mean == 0:
            return "equal", self.equal
        return ("higher", self.higher) if self.mean > 0 else ("lower", self.lower)

    @property
    def partial(self) -> bool:
        """Whether the value is missing in some of the pairs, on one side or both."""
        return self.pairs < self.replications

    @property
    def independent(self) -> float:
        """How many replications of each scenario, independent of each other, would give an interval as narrow.

        Two independent runs also know their spread from twice as many values, so they need a little less than the
        variances alone say. Infinite where all pairs agree, nan where that has no answer.
        """
        needed = plain = self.pairs * self.variance_ratio
        if math.isfinite(plain):
            own = t_quantile(CONFIDENCE, self.pairs - 1)
            for _ in range(20):
                freedom = min(MANY, max(1, round(2 * needed) - 2))
                needed = plain * (t_quantile(CONFIDENCE, freedom) / own) ** 2
        return needed


def paired(base: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The values of both in the replications in which both exist, each of shape (pairs,).

    The same amounts summed in another order differ in their last digits; such a pair is an equal one.
    """
    there = ~(np.isnan(base) | np.isnan(other))
    x, y = base[there], other[there]
    return x, np.where(np.abs(y - x) <= NOISE * np.maximum(np.abs(x), np.abs(y)), x, y)


def all_agree(base: Floats, other: Floats) -> bool:
    """Whether two or more pairs all have the same difference, but for rounding; arrays of shape (pairs,)."""
    size = np.maximum(np.abs(base), np.abs(other)).max(initial=0.0)
    return len(base) > 1 and float(np.ptp(other - base)) <= NOISE * size


def variance_ratio(base: Floats, other: Floats) -> float:
    """Variance of the difference of independent runs over that of the paired ones; arrays of shape (pairs,).

    Infinite where pairing leaves no variance at all, nan where there is none to remove or there are too few pairs.
    """
    still = np.zeros_like(base)
    if len(base) < 2 or (all_agree(base, still) and all_agree(other, still)):
        return math.nan
    if all_agree(base, other):
        return math.inf
    with np.errstate(invalid="ignore", divide="ignore"):  # values so small that their squares are nothing
        return float((base.var(ddof=1) + other.var(ddof=1)) / (other - base).var(ddof=1))


def judged_error(base: Floats, other: Floats, relative: bool) -> float:
    """Standard error of what a verdict is about, in the outcome's unit; arrays of shape (pairs,).

    It is that of the mean difference; or, where the smallest difference is a share of the base's mean, that of the
    ratio of the means times the base's mean. 0 where all pairs agree, nan with fewer than two.
    """
    if len(base) < 2:
        return math.nan
    middle = float(base.mean())
    with np.errstate(invalid="ignore", over="ignore"):  # a base so small that no share of it is a number
        expected = base * (float(other.mean()) / middle) if relative and middle else base
        return 0.0 if all_agree(expected, other) else float((other - expected).std(ddof=1)) / math.sqrt(len(base))


def difference(base: Run, other: Run, outcome: str, period: Period = None) -> Difference:
    """The paired difference of one outcome. Raises ChipgateError where a run does not have it, ValueError where the
    runs' replications do not pair."""
    if base.numbers != other.numbers or base.seed != other.seed:
        raise ValueError("paired runs need the same seed and the same replications")
    before, after = base[outcome, period], other[outcome, period]
    x, y = paired(before, after)
    summary = summarise(y - x)
    card = card_of(outcome)
    middle = abs(float(x.mean())) if len(x) else math.nan
    border = card.smallest
    if card.relative:
        border *= middle
    return Difference(
        base=base.scenario.name,
        scenario=other.scenario.name,
        outcome=outcome,
        period=period,
        unit=card.unit,
        replications=len(base),
        pairs=len(x),
        base_having=int((~np.isnan(before)).sum()),
        other_having=int((~np.isnan(after)).sum()),
        base_summary=replace(summarise(x), replications=len(base)),
        other_summary=replace(summarise(y), replications=len(base)),
        mean=summary.mean,
        half_width=0.0 if all_agree(x, y) else summary.half_width,
        higher=int((y > x).sum()),
        lower=int((y < x).sum()),
        smallest=border,
        variance_ratio=variance_ratio(x, y),
        judged_error=judged_error(x, y, card.relative),
        relative_error=judged_error(x, y, True) / middle if middle else math.nan,
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
    at 5 % / (m - k + 1); at the first that fails, all further ones are judged at its level, and fail with it since
    their p is larger. What exists in no pair puts no claim to the test, and does not count.
    """
    ps = [_p(row) for row in family]
    order = sorted((n for n, row in enumerate(family) if row.pairs), key=ps.__getitem__)
    found = {n: Judgement("cannot tell", 1.0, CONFIDENCE, math.nan) for n, row in enumerate(family) if not row.pairs}
    adjusted, confidence, standing = 0.0, CONFIDENCE, True
    for rank, n in enumerate(order):
        left = len(order) - rank
        adjusted = max(adjusted, min(1.0, left * ps[n]))
        if standing:
            confidence = 1 - (1 - CONFIDENCE) / left
        half = _half_width(family[n], confidence)
        verdict = _verdict(family[n], half)
        standing = standing and verdict != "cannot tell"
        found[n] = Judgement(verdict, adjusted, confidence, half)
    return [found[n] for n in range(len(family))]


def _half_width(row: Difference, confidence: float) -> float:
    if row.pairs < 2:
        return math.nan
    if row.judged_error == 0:  # an interval without width needs pairs enough to believe that none would differ
        return 0.0 if _p_of_agreement(row.pairs) <= 1 - confidence else math.nan
    return t_quantile(confidence, row.pairs - 1) * row.judged_error


def _p(row: Difference) -> float:
    """Two-sided, since the data choose which side of the border is claimed."""
    if row.pairs < 2:
        return 1.0
    if row.judged_error == 0:
        return _p_of_agreement(row.pairs)
    return t_tail(abs(abs(row.mean) - row.smallest) / row.judged_error, row.pairs - 1)


def _p_of_agreement(pairs: int) -> float:
    """Where all pairs agree there is no spread for a t, so the signs decide: of all pairs falling on one side of the
    border though each side is as likely."""
    return 2 * 0.5**pairs


def _verdict(row: Difference, half_width: float) -> Verdict:
    """Where the interval lies: beyond the smallest difference worth naming, within it, or across the border."""
    low, high = row.mean - half_width, row.mean + half_width
    if low >= row.smallest and low > 0:
        return CLAIMS[row.card.better][0]
    if high <= -row.smallest and high < 0:
        return CLAIMS[row.card.better][1]
    if -row.smallest < low <= high < row.smallest or low == high == 0:
        return "too small to matter"
    return "cannot tell"


WORDS = {"date": ("later", "earlier"), "weeks": ("longer", "shorter")}
"""For more and for less, by unit; elsewhere higher and lower."""


def direction(row: Difference) -> str:
    """The direction of the mean difference in the words of its unit: higher, later, longer and their opposites."""
    if row.mean == 0 or math.isnan(row.mean):
        return "the same"
    return WORDS.get(row.unit, ("higher", "lower"))[row.mean < 0]


def sign_words(row: Difference) -> str:
    """In how many pairs the difference has the sign of its mean: `lower in 200 of 200`; an empty text without pairs."""
    if not row.pairs:
        return ""
    sign, count = row.same_sign
    words = dict(zip(("higher", "lower"), WORDS.get(row.unit, ("higher", "lower")), strict=True))
    return f"{words.get(sign, sign)} in {count} of {row.pairs}"


def verdict_words(row: Difference) -> str:
    """The verdict with the one it is for: `worse for buyers`; an empty text for what has none."""
    if row.judgement is None:
        return ""
    verdict = row.judgement.verdict
    return f"{verdict} for {row.card.for_whom}" if verdict in ("better", "worse") and row.card.for_whom else verdict


def record(row: Difference) -> dict[str, Any]:
    """A difference at full precision, ready for JSON and CSV: None for what does not exist or is infinite, and for the
    year of a whole window."""
    judged = row.judgement
    half = judged.half_width if judged else math.nan
    numbers = {
        "base_mean": row.base_summary.mean,
        "scenario_mean": row.other_summary.mean,
        "difference": row.mean,
        "ci95_low": row.low,
        "ci95_high": row.high,
        "relative": row.relative,
        "smallest_worth_naming": row.smallest,
        "verdict_confidence": judged.confidence if judged else math.nan,
        "verdict_low": row.mean - half,
        "verdict_high": row.mean + half,
        "p_holm": judged.p if judged else math.nan,
        "independent_replications": row.independent,
    }
    return {
        "label": LABEL,
        "base": row.base,
        "scenario": row.scenario,
        "outcome": row.outcome,
        "unit": row.unit,
        "year": row.period,
        "replications": row.replications,
        "base_having": row.base_having,
        "scenario_having": row.other_having,
        "pairs": row.pairs,
        "higher": row.higher,
        "lower": row.lower,
        "equal": row.equal,
        "better": row.card.better,
        "for_whom": row.card.for_whom or None,
        "verdict": judged.verdict if judged else None,
        **{name: finite(value) for name, value in numbers.items()},
    }


def columns(rows: Sequence[Difference]) -> Columns:
    """The records as columns: "" for a text that does not exist, nan for a number, 0 for the year of a whole window."""
    records = [record(row) for row in rows]
    return Columns({name: _column([r[name] for r in records], name) for name in (records[0] if records else ())})


def _column(values: Sequence[Any], name: str) -> NDArray[Any]:
    if name in TEXTS:
        return np.array([value or "" for value in values], dtype=np.str_)
    if name in COUNTS:
        return np.array([value or 0 for value in values], dtype=np.int64)
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)
