"""The backcast: three parameters fitted to three figures of the articles, and three later figures held out.

The choice of parameters and figures stands below as data. `chipgate backcast --fit` repeats the search and looks at the
fitted figures only: its world ends before the last of the held-out ones. `chipgate backcast` then lays the model beside
all six, the misses included.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.experiment import Run, run_scenario
from sim.figures import Figure, figure
from sim.intervals import Summary, summarise
from sim.load import Parameter, load
from sim.outcomes import Period

AIM = 0.15  # a fitted figure should be met within this share
FIT_END = "2026-01-01"  # the search needs no later day
BILLION = 1e9
WIDTH = 100  # columns of the words below the table

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Dial:
    """A parameter that is fitted, inside the range that the baseline gives it, and why it was chosen."""

    key: str
    why: str


@dataclass(frozen=True)
class Target:
    """A figure of the articles, and the value of the model that is held against it."""

    figure: str
    outcome: str
    period: Period
    fitted: bool


DIALS = (
    Dial(
        "designs.siyuan-590.wafer_share.2023-01-01",
        "sets the level of Cambricon's revenue and hardly anything else; one share for three years, none by quarter",
    ),
    Dial(
        "foundry.wafer_starts",
        "sets what all domestic designers can sell, and with it the market of 2025; its growth and the yield stay",
    ),
    Dial(
        "demand.state.size",
        "sets how much is wanted by those who take domestic chips first, without which more wafers would lie idle",
    ),
)
TARGETS = (
    Target("cambricon-revenue-23", "revenue_cambricon", 2023, fitted=True),
    Target("cambricon-revenue-24", "revenue_cambricon", 2024, fitted=True),
    Target("market-25", "market_value", 2025, fitted=True),
    Target("cambricon-revenue-q1-25", "revenue_cambricon", "2025Q1", fitted=False),
    Target("cambricon-revenue-q2-25", "revenue_cambricon", "2025Q2", fitted=False),
    Target("cambricon-revenue-q1-26", "revenue_cambricon", "2026Q1", fitted=False),
)
FITTED = tuple(target for target in TARGETS if target.fitted)
HELD_OUT = tuple(target for target in TARGETS if not target.fitted)


# --- The search ---


@dataclass(frozen=True)
class Found:
    """Where the search ended: the values, the misses there, and how often it asked."""

    values: tuple[float, ...]
    misses: tuple[float, ...]
    asked: int


def search(
    misses: Callable[[tuple[float, ...]], Sequence[float]],
    low: Sequence[float],
    high: Sequence[float],
    rounds: int = 12,
) -> Found:
    """The values from `low` to `high`, all above 0, with the least sum of squared misses.

    Steps of Gauss and Newton on a logarithmic scale from the middle of the ranges; a step that would leave them ends at
    their edge, one that makes things worse is halved. There is no chance in it.
    """
    lowest = np.log(np.asarray(low, dtype=np.float64))
    span = np.log(np.asarray(high, dtype=np.float64)) - lowest
    asked = 0

    def values_at(place: Floats) -> tuple[float, ...]:
        return tuple(float(value) for value in np.clip(np.exp(lowest + place * span), low, high))

    def ask(place: Floats) -> Floats:
        nonlocal asked
        asked += 1
        return np.asarray(misses(values_at(place)), dtype=np.float64)

    place = np.full(len(low), 0.5)
    here = ask(place)
    for _ in range(rounds):
        columns = []
        for i in range(len(place)):
            nearby = place.copy()
            nearby[i] += 0.05 if place[i] <= 0.9 else -0.05
            columns.append((ask(nearby) - here) / (nearby[i] - place[i]))
        step = _step(np.column_stack(columns), here, -place, 1 - place)
        while np.abs(step).max() > 0.005:
            there = ask(place + step)
            if there @ there < here @ here:
                break
            step = step / 2
        else:
            break
        place, here = place + step, there
    return Found(values_at(place), tuple(float(miss) for miss in here), asked)


def _step(slope: Floats, misses: Floats, low: Floats, high: Floats) -> Floats:
    """The step within bounds after which the misses, were they linear, would be least: every way to hold some of its
    parts at a bound is tried."""
    tried: list[tuple[float, int, Floats]] = []
    for held in itertools.product((None, low, high), repeat=len(low)):
        step = np.array([0.0 if bound is None else bound[i] for i, bound in enumerate(held)])
        free = [i for i, bound in enumerate(held) if bound is None]
        if free:
            step[free] = np.linalg.lstsq(slope[:, free], -misses - slope @ step, rcond=None)[0]
        if np.all(step >= low - 1e-12) and np.all(step <= high + 1e-12):
            left = misses + slope @ step
            tried.append((float(left @ left), len(tried), np.clip(step, low, high)))
    return min(tried)[2]


@dataclass(frozen=True)
class Fit:
    """The fitted parameters as found, and the fitted figures' misses as shares."""

    dials: tuple[Parameter, ...]
    """As they stand in the baseline."""
    found: tuple[float, ...]
    """In the unit of each."""
    misses: tuple[float, ...]
    asked: int
    replications: int
    seed: int


def dials() -> tuple[Parameter, ...]:
    """The fitted parameters as they stand in the baseline."""
    parameters = load("baseline").parameters
    return tuple(parameters[dial.key] for dial in DIALS)


def fit(replications: int = 40, seed: int = 1, workers: int | None = None) -> Fit:
    """Search the ranges of the baseline for the values that come closest to the fitted figures.

    Every trial has the same luck, so that only the parameters differ. Raises ChipgateError.
    """
    parameters = dials()
    ranges = [(float(a), float(b)) for a, b in (_range(parameter) for parameter in parameters)]
    wanted = [accepted(figure(target.figure)) for target in FITTED]

    def misses(values: tuple[float, ...]) -> list[float]:
        settings = {p.key: f"{value!r} {p.unit}" for p, value in zip(parameters, values, strict=True)}
        world = load("baseline", {"window.end": FIT_END, **settings})
        run = run_scenario(world, replications, seed, workers)
        means = [float(run[target.outcome, target.period].mean()) for target in FITTED]
        return [math.log(mean / figure) for mean, figure in zip(means, wanted, strict=True)]

    found = search(misses, [low for low, _ in ranges], [high for _, high in ranges])
    shares = tuple(math.expm1(miss) for miss in found.misses)
    return Fit(parameters, found.values, shares, found.asked, replications, seed)


def _range(parameter: Parameter) -> tuple[Any, Any]:
    assert parameter.source.range is not None, parameter.key
    return parameter.source.range


def accepted(figure: Figure) -> float:
    """The figure's number, after its resolution."""
    assert isinstance(figure.accepted, float), figure.id
    return figure.accepted


def two_digits(value: float) -> float:
    """A value as it is written into the baseline: more digits than two would mean nothing."""
    return float(f"{value:.1e}")


# --- Side by side ---


@dataclass(frozen=True)
class Row:
    """A figure of the articles beside the model."""

    target: Target
    figure: Figure
    model: Summary

    @property
    def miss(self) -> float:
        """The model's mean over the figure, less 1."""
        return self.model.mean / accepted(self.figure) - 1


@dataclass(frozen=True)
class Backcast:
    """All figures beside the model."""

    dials: tuple[Parameter, ...]
    rows: tuple[Row, ...]
    replications: int
    seed: int

    @property
    def largest(self) -> Row:
        """The row with the largest miss, up or down."""
        return max(self.rows, key=lambda row: abs(row.miss))


def backcast(
    replications: int = 200,
    seed: int = 1,
    workers: int | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Backcast:
    """Run the baseline and lay it beside the figures. Raises ChipgateError."""
    return beside(run_scenario(load("baseline"), replications, seed, workers, progress))


def beside(run: Run) -> Backcast:
    """A run laid beside the figures."""
    rows = [Row(t, figure(t.figure), summarise(run[t.outcome, t.period])) for t in TARGETS]
    parameters = tuple(run.sourced.parameters[dial.key] for dial in DIALS)
    return Backcast(parameters, tuple(rows), len(run), run.seed)
