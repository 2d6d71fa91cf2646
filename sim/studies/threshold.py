"""Scenario discovery with one input and one threshold: which worlds are the cases, such as those in which one option
beats another?

Of all inputs and thresholds the one is taken at which the cases and the other worlds lie furthest apart (Kolmogorov and
Smirnov's distance). Among many inputs some threshold always looks good. So this one must be better than 95 % of those
that the same search finds for shuffled labels, and the search must choose the same input in 90 % of the bootstraps,
which draw as many worlds from the worlds; else no one threshold says when.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.base.statistics import quantile

FEWEST_WORLDS, FEWEST_CASES = 20, 5
"""Below these nothing is looked for; the cases, and the others too, must be so many."""
TRIES = 200
"""Shuffles, and bootstraps."""
BETTER, STANDS = 0.95, 0.90
"""Share of the shuffles that must be worse, and of the bootstraps that must choose the same input."""
FIGURES = 3
"""Of a threshold, as people see one; more only where fewer would put a world on the other side."""

ROUNDING = 1e-12

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Threshold:
    """The best that one input and one threshold can tell, and whether it can be told."""

    place: int
    """Which of the inputs it is."""
    at: float
    above: bool
    """Whether the cases lie from the threshold on, or below it."""
    inside: int
    """Worlds on that side."""
    caught: int
    """Cases on that side."""
    cases: int
    worse: float
    """Share of the shuffles whose best threshold is worse."""
    same: float
    """Share of the bootstraps that choose the same input alone, and the same side."""
    spread: tuple[float, float]
    """What 80 % of those choose for the threshold; nan where none does."""

    @property
    def coverage(self) -> float:
        """Share of the cases that it catches."""
        return self.caught / self.cases

    @property
    def density(self) -> float:
        """Share of cases among the worlds that it catches."""
        return self.caught / self.inside

    @property
    def holds(self) -> bool:
        """Whether it may be told: better than shuffled labels, and steady."""
        return self.worse >= BETTER and self.same >= STANDS


def enough(cases: Flags) -> bool:
    """Whether there are worlds enough, and cases and others enough, to look for a threshold; flags of shape
    (worlds,)."""
    many = int(cases.sum())
    return len(cases) >= FEWEST_WORLDS and min(many, len(cases) - many) >= FEWEST_CASES


def threshold_of(values: Floats, cases: Flags, seed: int = 1) -> Threshold:
    """The best threshold that tells the cases from the others; values of shape (inputs, worlds), -inf for what is off,
    and flags of shape (worlds,), for which `enough` must hold."""
    luck = np.random.default_rng([seed, len(cases)])
    best = _search(values, cases)
    side = (values[best.place] >= best.at) == best.above
    shuffles = [_search(values, luck.permutation(cases)) for _ in range(TRIES)]
    bootstraps: list[_Found] = []
    while len(bootstraps) < TRIES:
        drawn = luck.integers(len(cases), size=len(cases))
        if 0 < cases[drawn].sum() < len(cases):
            bootstraps.append(_search(values[:, drawn], cases[drawn]))
    same = [each for each in bootstraps if (each.place, each.above, each.alone) == (best.place, best.above, True)]
    chosen = sorted([each.at for each in same])
    return Threshold(
        best.place,
        best.at,
        best.above,
        inside=int(side.sum()),
        caught=int((side & cases).sum()),
        cases=int(cases.sum()),
        worse=len([each for each in shuffles if each.apart < best.apart - ROUNDING]) / TRIES,
        same=len(same) / TRIES,
        spread=(quantile(chosen, 0.1), quantile(chosen, 0.9)) if chosen else (math.nan, math.nan),
    )


class _Found(NamedTuple):
    """What a search finds."""

    apart: float
    """Distance of the two groups, 0 to 1."""
    place: int
    alone: bool
    """Whether no other input is as good."""
    above: bool
    low: float
    high: float
    """The values between which the threshold lies."""

    @property
    def at(self) -> float:
        """A threshold above the one value and at most at the other, with as few figures as that allows."""
        if math.isinf(self.low):  # what is off lies below all that is not
            return self.high
        rounded = (float(f"{(self.low + self.high) / 2:.{figures}g}") for figures in range(FIGURES, 17))
        return next((at for at in rounded if self.low < at <= self.high), self.high)


def _search(values: Floats, cases: Flags) -> _Found:
    """The input and the threshold at which the groups are furthest apart."""
    order = np.argsort(values, axis=1)
    ordered, labels = np.take_along_axis(values, order, axis=1), cases[order]
    ahead = labels.cumsum(axis=1) / labels[0].sum() - (~labels).cumsum(axis=1) / (~labels[0]).sum()
    apart = np.where(ordered[:, :-1] < ordered[:, 1:], np.abs(ahead[:, :-1]), 0.0)  # none between equal values
    place, cut = map(int, np.unravel_index(int(apart.argmax()), apart.shape))
    widest = float(apart[place, cut])
    alone = int((apart.max(axis=1) > widest - ROUNDING).sum()) == 1
    low, high = ordered[place, cut : cut + 2].tolist()
    return _Found(widest, place, alone, bool(ahead[place, cut] < 0), low, high)
