"""Paired values, and what may be said of their difference. Plain numbers in, plain numbers out.

A verdict compares a difference with a margin, the smallest one worth naming. Its interval lies beyond that (better,
worse, or different where better has no meaning), within it (too small to matter), or across its border (cannot tell).
By Holm's procedure the chance of even one wrong verdict in a family is at most 5 % on normal data. Student's t takes
the mean of the pairs to be normal; where they are few and skewed that chance is higher (at 20 pairs of skewness 1.36 it
can be 18 %), see `in_doubt`. A verdict is read off an interval that has the confidence at which Holm judged it, so the
two cannot contradict each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sim.base.statistics import CONFIDENCE, binomial_tail, mean, skewness, t_quantile, t_tail, variance

NOISE = 1e-9  # a difference below this share of the values is rounding inside the computer
ERROR = 1 - CONFIDENCE  # chance of even one wrong verdict in a family
ENOUGH, SKEWED = 50, 0.6  # pairs from which on, and size of the skewness up to which, a mean is taken as normal
CLEAR = 1e-5  # a p below which skewness is no matter: in trials of 10 pairs of skewness 2 it was 1 in 600, not 100,000
Better = Literal["more", "less", "neither"]
Verdict = Literal["better", "worse", "different", "too small to matter", "cannot tell"]

VERDICTS: dict[Better, tuple[Verdict, Verdict]] = {
    "more": ("better", "worse"),
    "less": ("worse", "better"),
    "neither": ("different", "different"),
}
"""What more of something is, and what less is, by the direction that is better."""


# --- Pairs ---


def paired(base: Iterable[float], other: Iterable[float]) -> tuple[list[float], list[float]]:
    """The values of both in the replications in which both exist; nan is none.

    The same amounts summed in another order differ in their last digits; such a pair is an equal one.
    """
    there = [(x, y) for x, y in zip(base, other, strict=True) if not (math.isnan(x) or math.isnan(y))]
    return [x for x, _ in there], [x if abs(y - x) <= NOISE * max(abs(x), abs(y)) else y for x, y in there]


def all_agree(base: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two or more pairs all have the same difference, but for rounding."""
    if len(base) < 2:
        return False
    differences = [y - x for x, y in zip(base, other, strict=True)]
    size = max(max(map(abs, base)), max(map(abs, other)))
    return max(differences) - min(differences) <= NOISE * size


def variance_ratio(base: Sequence[float], other: Sequence[float]) -> float:
    """Variance of the difference of independent runs over that of the paired ones.

    Infinite where pairing leaves no variance at all, nan where there is none to remove or there are too few pairs.
    """
    still = [0.0] * len(base)
    if len(base) < 2 or (all_agree(base, still) and all_agree(other, still)):
        return math.nan
    if all_agree(base, other):
        return math.inf
    apart, together = variance(base) + variance(other), variance([y - x for x, y in zip(base, other, strict=True)])
    if together == 0:  # values so small that their squares are nothing
        return math.inf if apart else math.nan
    return apart / together


def judged_error(base: Sequence[float], other: Sequence[float], relative: bool) -> float:
    """Standard error of what a verdict is about, in the values' own unit.

    It is that of the mean difference; or, where the margin is a share of the base's mean, that of the ratio of the two
    means (by the delta method) times the base's mean. 0 where all pairs agree, nan with fewer than two.
    """
    if len(base) < 2:
        return math.nan
    left = _left(base, other, relative)
    return math.sqrt(variance(left) / len(left)) if left else math.nan


def judged_skewness(base: Sequence[float], other: Sequence[float], relative: bool) -> float:
    """Skewness of what a verdict is about, pair by pair, see `judged_error`; nan where all agree, or are fewer than
    three."""
    return skewness(_left(base, other, relative))


def _left(base: Sequence[float], other: Sequence[float], relative: bool) -> list[float]:
    """What varies of a verdict: the differences, or what the ratio of the means leaves unexplained; 0 where all pairs
    agree, and empty where the base is so small that no share of it is a number."""
    middle = mean(base)
    ratio = mean(other) / middle if relative and middle else 1.0
    if not math.isfinite(ratio):
        return []
    expected = [x * ratio for x in base]
    if all_agree(expected, other):
        return [0.0] * len(base)
    return [y - x for x, y in zip(expected, other, strict=True)]


# --- How often ---


class HowOften(NamedTuple):
    """Of pairs of yes or no: how many have a yes on one side, and on that side only."""

    base: int
    other: int
    only_base: int
    only_other: int

    @property
    def p(self) -> float:
        """Two-sided, of the exact test of McNemar: of pairs that disagree falling so unevenly, though each side is as
        likely. 1 where none disagrees."""
        many, more = self.only_base + self.only_other, max(self.only_base, self.only_other)
        return min(1.0, 2 * binomial_tail(many, 0.5, more))


def how_often(base: Iterable[bool], other: Iterable[bool]) -> HowOften:
    """How often something is so in both sides of pairs, replications or sampled worlds; of the same length."""
    pairs = list(zip(map(bool, base), map(bool, other), strict=True))
    both = pairs.count((True, True))
    only_base, only_other = pairs.count((True, False)), pairs.count((False, True))
    return HowOften(both + only_base, both + only_other, only_base, only_other)


# --- Verdicts ---


class Claim(NamedTuple):
    """A paired difference that is put to the test."""

    mean: float
    error: float
    """Standard error, see `judged_error`; 0 where all pairs agree."""
    margin: float
    """The smallest difference worth naming, in the unit of the mean."""
    pairs: int
    better: Better
    """Which direction is."""


@dataclass(frozen=True)
class Judgement:
    """One verdict of a family, with the interval that it rests on."""

    verdict: Verdict
    p: float  # two-sided, adjusted by Holm: of so clear an estimate if the truth were on the border of the verdict
    confidence: float  # of the interval: that of the family or more, by the place in Holm's order
    half_width: float  # nan where the pairs are too few for an interval of that confidence


def judge(family: Sequence[Claim], error: float = ERROR) -> list[Judgement]:
    """The verdicts of a family, in its order, by Holm's step-down procedure; `error` is the chance of a wrong one.

    The claim put to the test in each is on which side of the margin the truth lies; a p is that of an estimate so far
    from it if the truth were on it. From the smallest p on, the k-th of m is judged at error / (m - k + 1); at the
    first that fails, all further ones are judged at its level, and fail with it since their p is larger. What exists in
    no pair puts no claim to the test, and does not count.
    """
    ps = [_p(claim) for claim in family]
    order = sorted((n for n, claim in enumerate(family) if claim.pairs), key=ps.__getitem__)
    found = {n: Judgement("cannot tell", 1.0, 1 - error, math.nan) for n in range(len(family))}
    adjusted, confidence, standing = 0.0, 1 - error, True
    for rank, n in enumerate(order):
        left = len(order) - rank
        adjusted = max(adjusted, min(1.0, left * ps[n]))
        if standing:
            confidence = 1 - error / left
        half = _half_width(family[n], confidence)
        verdict = _verdict(family[n], half)
        standing = standing and verdict != "cannot tell"
        found[n] = Judgement(verdict, adjusted, confidence, half)
    return list(found.values())


def in_doubt(judgement: Judgement, pairs: int, skew: float) -> bool:
    """Whether a verdict may be wrong more often than it says, for its pairs are few and skewed.

    Who cannot tell claims nothing that could be wrong, and what is very clear would be clear of skewed pairs too.
    """
    claims = judgement.verdict != "cannot tell" and judgement.p > CLEAR
    return claims and pairs < ENOUGH and abs(skew) > SKEWED


def _half_width(claim: Claim, confidence: float) -> float:
    if claim.pairs < 2:
        return math.nan
    if claim.error == 0:  # an interval without width needs pairs enough to believe that none would differ
        return 0.0 if _p_of_agreement(claim.pairs) <= 1 - confidence else math.nan
    return t_quantile(confidence, claim.pairs - 1) * claim.error


def _p(claim: Claim) -> float:
    """Two-sided, since the data choose which side of the border is claimed."""
    if claim.pairs < 2:
        return 1.0
    if claim.error == 0:
        return _p_of_agreement(claim.pairs)
    return t_tail(abs(abs(claim.mean) - claim.margin) / claim.error, claim.pairs - 1)


def _p_of_agreement(pairs: int) -> float:
    """Where all pairs agree there is no spread for a t, so the signs decide: of all pairs falling on one side of the
    border though each side is as likely."""
    return 2 * 0.5**pairs


def _verdict(claim: Claim, half_width: float) -> Verdict:
    """Where the interval lies: beyond the margin, within it, or across its border."""
    low, high = claim.mean - half_width, claim.mean + half_width
    if low >= claim.margin and low > 0:
        return VERDICTS[claim.better][0]
    if high <= -claim.margin and high < 0:
        return VERDICTS[claim.better][1]
    if -claim.margin < low <= high < claim.margin or low == high == 0:
        return "too small to matter"
    return "cannot tell"
