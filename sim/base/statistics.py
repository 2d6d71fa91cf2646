"""Means with their uncertainty. Student's t from its own definition, so that no statistics package is needed for it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

CONFIDENCE = 0.95
BOUNDED = 36  # values from which on the 10th and the 90th percentile have an interval that ends on both sides


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # where the fraction converges slowly, its mirror image converges fast
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    tiny = 1e-300
    c, d = 1.0, 1 / max(1 - (a + b) * x / (a + 1), tiny)
    fraction = d
    for m in range(1, 400):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + term * d or tiny)
            c = 1 + term / c or tiny
            fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * fraction / a


def t_tail(t: float, freedom: float) -> float:
    """Probability that Student's t with so many degrees of freedom lies further from 0 than `t`, on both sides."""
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


@cache
def t_quantile(confidence: float, freedom: int) -> float:
    """The t that leaves 1 - confidence outside, on both sides together."""
    low, high = 0.0, 1.0
    while t_tail(high, freedom) > 1 - confidence:
        high *= 2
    while low < (middle := (low + high) / 2) < high:
        if t_tail(middle, freedom) > 1 - confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def binomial_tail(n: int, share: float, least: int) -> float:
    """Probability of `least` or more hits in `n` tries, each a hit with probability `share`."""
    if not 0 < least <= n:
        return float(least <= 0)
    return incomplete_beta(least, n - least + 1, share)


@dataclass(frozen=True)
class Summary:
    """What replications say about one value. The interval is about the mean; the band is about a single run."""

    replications: int
    n: int  # replications in which the value exists
    mean: float
    half_width: float  # of the 95 % confidence interval of the mean; nan with fewer than two values
    p10: float
    median: float
    p90: float
    p10_interval: tuple[float, float] = (math.nan, math.nan)  # 95 %, see `quantile_interval`
    p90_interval: tuple[float, float] = (math.nan, math.nan)

    @property
    def low(self) -> float:
        """Lower end of the mean's interval."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end of the mean's interval."""
        return self.mean + self.half_width


def finite(value: float) -> float | None:
    """For JSON, which has no nan: None for a number that does not exist."""
    return float(value) if math.isfinite(value) else None


def mean(values: Sequence[float]) -> float:
    """Their mean, rounded once; nan where there are none."""
    return math.fsum(values) / len(values) if values else math.nan


def variance(values: Sequence[float]) -> float:
    """Their variance as a sample of more; nan with fewer than two."""
    if len(values) < 2:
        return math.nan
    middle = mean(values)
    return math.fsum([(value - middle) ** 2 for value in values]) / (len(values) - 1)


def skewness(values: Sequence[float]) -> float:
    """Of what they are a sample of, 0 where it is symmetric; nan with fewer than three, and where none differs."""
    n, spread = len(values), variance(values)
    if n < 3 or not spread:
        return math.nan
    middle, size = mean(values), math.sqrt(spread)
    return math.fsum([((value - middle) / size) ** 3 for value in values]) * n / ((n - 1) * (n - 2))


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share of sorted values lies, on a straight line between two neighbours."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def quantile_interval(ordered: Sequence[float], share: float) -> tuple[float, float]:
    """The 95 % interval of the value below which that share of all lies, from sorted values of any distribution.

    It runs between two of them: how many of them lie below the true one is binomial, so its coverage is exact, 95 % or
    more. An end is infinite where they are too few to bound it: of the 10th percentile the lower one below `BOUNDED`.
    """
    n = len(ordered)
    low, high = _rank(n, share), n + 1 - _rank(n, 1 - share)
    return ordered[low - 1] if low else -math.inf, ordered[high - 1] if high <= n else math.inf


@cache
def _rank(n: int, share: float) -> int:
    """The highest rank, from 1, that lies above the share's true value in 2.5 % of samples at most; 0 if none does."""
    # It does where fewer values lie below than its rank: n - rank + 1 or more that do not.
    return bisect_right(
        range(1, n + 1), (1 - CONFIDENCE) / 2, key=lambda rank: binomial_tail(n, 1 - share, n - rank + 1)
    )


def summarise(values: Iterable[float]) -> Summary:
    """The summary of one value over replications; nan where it does not exist."""
    everything = list(map(float, values))
    there = sorted([value for value in everything if value == value])
    if not there:
        return Summary(len(everything), 0, math.nan, math.nan, math.nan, math.nan, math.nan)
    half = math.nan
    if len(there) > 1:
        half = t_quantile(CONFIDENCE, len(there) - 1) * math.sqrt(variance(there) / len(there))
    p10, median, p90 = (quantile(there, share) for share in (0.1, 0.5, 0.9))
    ends = quantile_interval(there, 0.1), quantile_interval(there, 0.9)
    return Summary(len(everything), len(there), mean(there), half, p10, median, p90, *ends)
