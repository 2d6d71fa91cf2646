"""What holds up the order books in a run: the shares of the constraints, and the times in which each leads.

The split is attribution by rule, see `sim.model.binding`.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import fsum

import numpy as np
from numpy.typing import NDArray

from sim.experiment.run import Run
from sim.outcomes.constraints import CONSTRAINTS, NOTHING
from sim.outcomes.history import SAMPLE

LOOKS = 3
"""Looks in a row that make a phase: twelve weeks."""
TRACE = 1e-6  # of the fullest the books ever are; less is rounding
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Phase:
    """A time in which one constraint holds up the most."""

    constraint: str
    """NOTHING where nothing is on order."""
    first: int
    """Its first look."""
    last: int
    """Its last look."""
    start: datetime.date
    """Day of its first look."""
    end: datetime.date
    """Day on which the next one starts, or the window ends."""
    share: float
    """Of what is on the order books in it; nan where nothing is."""
    agreeing: int
    """Single runs in which the constraint holds up the most in this time."""


def looks_of(run: Run) -> dict[str, Floats]:
    """What each constraint holds up, nominal A100e, each of shape (replications, looks)."""
    return {name: run.series["binds", name] for name in CONSTRAINTS}


def books(run: Run) -> Floats:
    """All that is on the order books, summed over time, nominal A100e-weeks, shape (replications,)."""
    return np.asarray(np.sum([run["binds", name] for name in CONSTRAINTS], axis=0), dtype=np.float64)


def shares_of_books(run: Run) -> dict[str, float]:
    """Each constraint's share of the order books, summed over time; 0 where nothing is on order."""
    total = float(books(run).mean())
    return {name: float(run["binds", name].mean()) / total if total else 0.0 for name in CONSTRAINTS}


def largest(amounts: Mapping[str, float]) -> str:
    """The constraint with the largest amount, at a tie the first by the order of the rules; NOTHING if all are 0."""
    name = max(amounts, key=amounts.__getitem__)
    return name if amounts[name] > 0 else NOTHING


def phases(run: Run) -> list[Phase]:
    """The times in which one constraint holds up the most, in the mean over replications.

    One begins when a constraint holds up the most at three looks in a row. A shorter lead counts to the phase that it
    interrupts; before the first phase, to that.
    """
    looks = looks_of(run)
    means = {name: values.mean(axis=0) for name, values in looks.items()}
    ordered = np.sum(list(means.values()), axis=0)
    count = len(ordered)
    trace = TRACE * float(ordered.max(initial=0.0))
    leaders = [
        largest({name: float(mean[look]) for name, mean in means.items()}) if ordered[look] > trace else NOTHING
        for look in range(count)
    ]
    starts = smoothed(leaders, largest({name: float(mean.sum()) for name, mean in means.items()}))
    window = run.scenario.window
    found = []
    for (first, name), (after, _) in pairwise([*starts, (count, NOTHING)]):
        held = {key: values[:, first:after].sum(axis=1) for key, values in looks.items()}
        every = fsum(float(values.mean()) for values in held.values())
        led = [largest({key: float(values[n]) for key, values in held.items()}) == name for n in range(len(run))]
        share = float(held[name].mean()) / every if name and every else math.nan
        end = window.day(SAMPLE * after) if after < count else window.end
        found.append(Phase(name, first, after - 1, window.day(SAMPLE * first), end, share, led.count(True)))
    return found


def smoothed(leaders: Sequence[str], fallback: str) -> list[tuple[int, str]]:
    """(first look, leader) of each phase; with no lead of three looks at all, the fallback has the whole time."""
    long = []
    look = 0
    for name, run in groupby(leaders):
        length = len(list(run))
        if length >= LOOKS:
            long.append((look, name))
        look += length
    starts: list[tuple[int, str]] = []
    for first, name in long:
        if not starts or starts[-1][1] != name:
            starts.append((first if starts else 0, name))
    return starts or [(0, fallback)]
