"""Made-up runs for tests of differences: a name and arrays of outcomes, without any simulation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from sim.experiment.run import Run
from sim.outcomes.constraints import CONSTRAINTS
from sim.outcomes.keys import Key
from sim.scenario.load import SourcedScenario, load


@cache
def named(name: str) -> SourcedScenario:
    return load("baseline", {"name": name})


def made_up(name: str, **outcomes: Sequence[float]) -> Run:
    """A run whose outcomes over the whole window are these values, one a replication."""
    arrays = {Key(key): np.array(values, dtype=np.float64) for key, values in outcomes.items()}
    (size,) = {len(values) for values in arrays.values()}
    return Run.of(named(name), 1, range(size), arrays, {})


def quiet(run: Run) -> Run:
    """The run in a world in which nothing binds, so that sentences about that can be made."""
    outcomes = {Key("binds", name): np.zeros(len(run)) for name in CONSTRAINTS}
    series = {("binds", name): np.zeros((len(run), 3)) for name in CONSTRAINTS}
    return Run.of(run.sourced, run.seed, run.numbers, {**run.outcomes, **outcomes}, {**run.series, **series})
