"""Search for the fitted parameters of the hindcast, from the fitted figures alone: a minute or two.

    python scripts/fit_hindcast.py

Which parameters are fitted to which figures stands in `sim.studies.hindcast`. The world of the search ends before the
last of the held-out figures. What it finds goes into scenarios/baseline.yaml by hand, in two digits.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.articles.figures import figure
from sim.base.label import LABEL, SENTENCE
from sim.base.units import show
from sim.exhibits.table import aligned
from sim.experiment.run import run_scenario
from sim.experiment.store import store_at
from sim.studies.hindcast import DIALS, FITTED, accepted, baseline, range_of, turned

END = "2026-01-01"  # the end of the last fitted figure

Floats = NDArray[np.float64]


def per_cent(share: float) -> str:
    """A miss for people."""
    return f"{share:+.1%}".replace("%", " %")


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


def fit(replications: int, seed: int) -> Found:
    """Search the ranges of the baseline for the values that come closest to the fitted figures.

    The values are in the units of the parameters, the misses logarithms of model over figure. Every trial has the same
    luck, so that only the parameters differ. Raises ChipgateError.
    """
    parameters = [baseline().parameters[dial.key] for dial in DIALS]
    ranges = [range_of(parameter) for parameter in parameters]
    wanted = [accepted(figure(target.figure)) for target in FITTED]
    store = store_at()

    def misses(values: tuple[float, ...]) -> list[float]:
        turns = (turned(dial, value) for dial, value in zip(DIALS, values, strict=True))
        settings = {key: text for turn in turns for key, text in turn.items()}
        run = run_scenario(baseline({"window.end": END, **settings}), replications, seed, store=store)
        means = [float(target.of(run).mean()) for target in FITTED]
        return [math.log(mean / figure) for mean, figure in zip(means, wanted, strict=True)]

    return search(misses, [low for low, _ in ranges], [high for _, high in ranges])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what the search finds beside what the baseline has, and how far the fitted figures are missed there."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", "--replications", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    found = fit(given.replications, given.seed)
    rows = []
    for dial, value in zip(DIALS, found.values, strict=True):
        p = baseline().parameters[dial.key]
        two_digits = float(f"{value:.1e}")  # more would mean nothing
        rows.append((p.key, show(two_digits, p.unit), p.text, " to ".join(p.source.range_text or ())))
    missed = [(t.figure, per_cent(math.expm1(miss))) for t, miss in zip(FITTED, found.misses, strict=True)]
    print(f"Search: {found.asked} trials of {given.replications} replications, seed {given.seed}. {LABEL}.\n")
    print(aligned(("parameter", "found", "in the baseline", "range"), rows), end="\n\n")
    print(aligned(("fitted figure", "miss where found"), missed, right=(1,)), end="\n\n")
    print(SENTENCE)


if __name__ == "__main__":
    main()
