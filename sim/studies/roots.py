"""Where along a key a paired difference may be 0.

Every value of the key has the same replications, so the mean difference is a function of it. Its root is found by
straight lines between two values of opposite sign, which in later rounds give way to halving.

The interval of a root holds the values at which the 95 % interval of the difference holds 0: a test of each value,
inverted. At the true root that is Student's test of the pairs, so it covers the root as often as that interval covers a
mean, whatever the slope there is. The half-width divided by the slope would do so only where the curve is straight and
its slope known, and it is as much an estimate. Where the difference stays in doubt up to an end of the range, there the
interval has no end.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from sim.base.judgement import all_agree, judged_error, paired
from sim.base.statistics import CONFIDENCE, Summary, mean, summarise, t_quantile
from sim.exhibits.exhibit import Estimate
from sim.scenario.sampling import Input
from sim.studies.varied import whole

ROUNDS = 12
FINE = 1e-3  # of the range: how closely a root without any luck is known


@dataclass(frozen=True)
class Tried:
    """A value of the key, with the outcome in both scenarios over the pairs in which it exists."""

    number: float
    base: Summary
    other: Summary
    difference: Summary
    """The second less the first."""
    gap: Summary
    """The same less the target: what is to be 0."""
    half: float
    """Of the 95 % interval of the mean difference, and so of the gap; 0 where all pairs agree, nan with fewer than
    two."""
    share_half: float
    """The same of the difference as a share of the first's mean, which is an estimate too."""

    @property
    def share(self) -> Estimate | None:
        """The difference as a share of the first's mean; None where that is 0."""
        if not self.base.mean:
            return None
        return Estimate(self.difference.mean / abs(self.base.mean), self.share_half, "share")

    @property
    def sign(self) -> int:
        """Of the gap, where its interval leaves 0 out; else 0."""
        return int(self.gap.mean - self.half > 0) - int(self.gap.mean + self.half < 0)


class Root(NamedTuple):
    """Where along the key the gap may be 0."""

    number: float
    """The break-even; nan where it cannot be told whether there is one."""
    low: float
    """From here to `high` the interval of the gap holds 0; infinite where it does so up to an end of the range."""
    high: float
    before: int
    """The gap's sign below; 0 at an end of the range."""
    after: int

    @property
    def half(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


def tried_at(number: float, base: Iterable[float], other: Iterable[float], target: float) -> Tried:
    """A value of the key, with the outcome in each replication of both; nan where it does not exist."""
    x, y = paired([float(value) for value in base], [float(value) for value in other])
    difference = summarise(two - one for one, two in zip(x, y, strict=True))
    gap = summarise(two - one - target for one, two in zip(x, y, strict=True))
    half = 0.0 if all_agree(x, y) else difference.half_width
    error = judged_error(x, y, relative=True)
    share_half = t_quantile(CONFIDENCE, len(x) - 1) * error / abs(mean(x)) if len(x) > 1 and mean(x) else math.nan
    return Tried(number, summarise(x), summarise(y), difference, gap, half, share_half)


def roots_of(of: Input, tried: Sequence[Tried]) -> list[Root]:
    """Where the gap may be 0, with straight lines between the values tried, which are in order."""
    found, low, before, doubt = list[Root](), -math.inf, 0, not tried[0].sign
    zeros = _zeros(of, tried)
    for one, two in pairwise(tried):
        if one.sign and one.sign != two.sign:
            low, before, doubt = _between(of, one, two, one.sign), one.sign, True
        if two.sign and one.sign != two.sign:
            found.append(_root(zeros, low, _between(of, one, two, two.sign), before, two.sign))
            doubt = False
    return [*found, _root(zeros, low, math.inf, before, 0)] if doubt else found


def _root(zeros: Sequence[float], low: float, high: float, before: int, after: int) -> Root:
    """The gap goes from one side of 0 to the other; where the one or the other is in doubt, by a single zero."""
    inside = [zero for zero in zeros if low <= zero <= high]
    across = before == -after and before != 0
    single = before != after and len(inside) == 1
    return Root(inside[len(inside) // 2] if across or single else math.nan, low, high, before, after)


def _zeros(of: Input, tried: Sequence[Tried]) -> list[float]:
    """Where the mean gap is 0."""
    between = [_between(of, one, two) for one, two in pairwise(tried) if one.gap.mean * two.gap.mean < 0]
    return sorted([*between, *(each.number for each in tried if each.gap.mean == 0)])


def _between(of: Input, one: Tried, two: Tried, sign: int = 0) -> float:
    """Where the mean gap is 0 between two values, or that end of its interval which is the last to have a sign."""
    a, b = (each.gap.mean - sign * each.half if sign else each.gap.mean for each in (one, two))
    p, q = _place(of, one.number), _place(of, two.number)
    return _number(of, p + a / (a - b) * (q - p))


def _place(of: Input, number: float) -> float:
    """Where a value lies on its scale."""
    return math.log(number) if of.log else number


def _number(of: Input, place: float) -> float:
    return math.exp(place) if of.log else place


def narrowed(of: Input, tried: list[Tried], look: Callable[[Sequence[float]], list[Tried]]) -> list[Tried]:
    """The values tried, with more of them around each root, until both it and the ends of its interval are known."""
    for round_ in range(1, ROUNDS + 1):
        # Later rounds trust straight lines less, so that a jump costs no more than halving.
        wanted = _wanted(of, tried, min(0.5, 0.1 * round_))
        if not wanted:
            break
        tried = sorted([*tried, *look(wanted)], key=lambda each: each.number)
    return tried


def _wanted(of: Input, tried: Sequence[Tried], keep: float) -> list[float]:
    """Values to try next: one for each place that is sought and lies between two values too far apart, at least that
    share of the way from either."""
    places = [_place(of, each.number) for each in tried]
    found: list[float] = []
    for root in roots_of(of, tried):
        if math.isnan(root.number):
            continue
        sought = [_place(of, each) for each in (root.low, root.number, root.high) if math.isfinite(each)]
        near = max(FINE * (places[-1] - places[0]), (sought[-1] - sought[0]) / 2)
        for place in sought:
            if place in places:
                continue
            above = min(max(bisect(places, place), 1), len(places) - 1)
            p, q = places[above - 1], places[above]
            if q - p <= (max(1.0, near) if whole(of) else near):
                continue
            place = min(max(place, p + keep * (q - p)), q - keep * (q - p))
            if whole(of):
                place = min(max(float(round(place)), p + 1), q - 1)
            if all(abs(place - other) > near / 4 for other in found):
                found.append(place)
    return sorted(_number(of, place) for place in found)
