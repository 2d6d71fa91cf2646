"""How often the interval of a break-even holds the true one: python scripts/coverage_breakeven.py

The truth is that of a pool: so many paired replications of a world that ends early, at nine values of a key, each
replication going straight from one value to the next. A try draws 20 of them, with replacement, and looks for the
break-even as `chipgate breakeven` does. Beside the interval in use, the test inverted, stands the one that divides the
half-width by the slope. The pool's replications are kept in the store, so only the first time takes minutes.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.base.label import SENTENCE
from sim.experiment.cases import Case, key_asked, outcomes_of
from sim.experiment.store import store_at
from sim.scenario.load import load
from sim.scenario.sampling import Input
from sim.studies.breakeven import FIRST_LOOK, Where
from sim.studies.roots import Root, Tried, narrowed, roots_of, tried_at
from sim.studies.varied import at, steps, varied

SETTINGS = {"window.end": "2026-06-01"}
VALUES, POOL, DRAWN, TRIES = 9, 100, 20, 1000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """A break-even with a known answer."""

    first: str
    second: str
    key: str
    outcome: str
    target: float
    where: Where


QUESTIONS = (
    Question("baseline", "h20-stays", "imports.h20.cap", "delivered", 380_000, "both"),
    Question("baseline", "h20-stays", "imports.h20.cap", "delivered", 450_000, "both"),  # where the curve is flat
    Question("baseline", "h20-stays", "software.readiness_start", "delivered", 450_000, "first"),
)


def curves(question: Question) -> tuple[Input, Floats, Floats, Floats]:
    """The key, its values, and what the pool has at them in both scenarios, shapes (values, pool)."""
    one, two = (load(name, SETTINGS) for name in (question.first, question.second))
    of = varied(one, question.key)
    numbers = steps(of, VALUES)
    wanted = key_asked([one.scenario, two.scenario], question.outcome)
    worlds = [at(one, {of: number}) for number in numbers]
    worlds += [at(two, {of: number}) for number in numbers] if question.where == "both" else [two]
    cases = [Case(world.scenario, 1, range(POOL)) for world in worlds]
    found = np.array([each[wanted] for each in outcomes_of(cases, store=store_at())])
    base, other = found[:VALUES], found[VALUES:]
    return of, np.array(numbers), base, np.broadcast_to(other, base.shape)


def looker(numbers: Floats, base: Floats, other: Floats, target: float) -> Callable[[Sequence[float]], list[Tried]]:
    """Looks at any values, on straight lines between those of some replications."""

    def look(wanted: Sequence[float]) -> list[Tried]:
        found = []
        for number in wanted:
            n = int(np.clip(np.searchsorted(numbers, number), 1, len(numbers) - 1))
            share = (number - numbers[n - 1]) / (numbers[n] - numbers[n - 1])
            x, y = ((1 - share) * each[n - 1] + share * each[n] for each in (base, other))
            found.append(tried_at(number, x, y, target))
        return found

    return look


def by_slope(tried: Sequence[Tried], root: Root) -> tuple[float, float]:
    """The other interval: the half-width at the root over the slope there, of the two values next to it."""
    for one, two in pairwise(tried):
        if one.number <= root.number <= two.number:
            slope = (two.gap.mean - one.gap.mean) / (two.number - one.number)
            half = (one.half + two.half) / 2 / abs(slope) if slope else math.inf
            return root.number - half, root.number + half
    return math.nan, math.nan


def covered(question: Question, seed: int = 1) -> str:
    """What so many tries came to, in a line."""
    of, numbers, base, other = curves(question)
    whole = looker(numbers, base, other, question.target)(numbers.tolist())
    truths = roots_of(of, whole)
    if len(truths) != 1 or math.isnan(truths[0].number):
        return f"{question}: the pool has no single break-even: {truths}"
    truth, luck = truths[0].number, np.random.default_rng(seed)
    held, found, found_held, held_by_slope, looks = 0, 0, 0, 0, 0
    for _ in range(TRIES):
        drawn = luck.integers(0, POOL, DRAWN)
        look = looker(numbers, base[:, drawn], other[:, drawn], question.target)
        tried = narrowed(of, look(steps(of, FIRST_LOOK)), look)
        looks += len(tried)
        roots = roots_of(of, tried)
        held += any(root.low <= truth <= root.high for root in roots)
        for root in roots:
            if not math.isnan(root.number):
                low, high = by_slope(tried, root)
                found, found_held = found + 1, found_held + (root.low <= truth <= root.high)
                held_by_slope += low <= truth <= high
    expected = 1.96 * math.sqrt(0.95 * 0.05 / TRIES)
    return (
        f"{question.second} less {question.first}, {question.outcome} over {question.key}: truth {of.text(truth)}. "
        f"In {held / TRIES:.1%} of {TRIES:,} tries it lay where the interval of the difference holds the target "
        f"({0.95:.0%} +/- {expected:.1%} expected). Of {found:,} values found the interval held it in "
        f"{found_held / found:.1%}, the one by the slope in {held_by_slope / found:.1%}. "
        f"{looks / TRIES:.1f} values looked at in a try"
    )


def main() -> None:
    """Print what each question came to."""
    print(f"{SENTENCE}\n")
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    for question in QUESTIONS:
        start = time.process_time()
        print(f"{covered(question)}; {time.process_time() - start:.0f} s")


if __name__ == "__main__":
    main()
