"""A comparison over worlds: how far the stated ranges of the assumptions move its differences.

Each scenario runs with the same few replications in each of some sampled worlds, so every world has a mean paired
difference of its own. Where 90 % of those lie says what the comparison's conclusion rests on; luck says little of that.

planned = plan([baseline, other], many=50, seed=1)      # raises for what cannot be sampled, before anything is run
comparison.worlds = planned.run(ask)
comparison.worlds.row("other", Key("delivered")).low
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.base.judgement import paired
from sim.base.label import LABEL
from sim.base.shapes import Value
from sim.base.statistics import mean, quantile
from sim.experiment.cases import Ask, Case, Outcomes
from sim.experiment.columns import Columns
from sim.experiment.differences import HEADLINES
from sim.experiment.run import MOST, refuse_bad_number
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.keys import Key
from sim.scenario.load import SourcedScenario
from sim.scenario.sampling import MOST as MOST_WORLDS
from sim.scenario.sampling import Input, Sample, inputs_of, sample, shared_inputs, varying, varying_in

FEWEST = 10
"""Worlds with a value, below which nothing is said of where most of them lie."""
USUAL = 4
"""Replications in each world."""
LOW, HIGH = 0.05, 0.95


class InWorld(NamedTuple):
    """What one scenario changes of one outcome in one world: means over the pairs in which both have a value, nan where
    there are none."""

    scenario: str
    key: Key
    world: int
    pairs: int
    base_mean: float
    scenario_mean: float
    difference: float


@dataclass(frozen=True)
class OverWorlds:
    """The same over all worlds: the mean paired differences of one outcome in one scenario, in the outcome's unit."""

    scenario: str
    key: Key
    worlds: int
    there: int
    """Worlds in which there is a difference, for both have a value in some pair."""
    low: float
    """The 5th percentile of those; as `median` and `high` nan where fewer than `FEWEST` have one."""
    median: float
    high: float
    """The 95th percentile."""
    higher: int
    """Worlds in which the scenario's mean is the higher one."""
    lower: int
    replications: int
    """In each world."""
    varied: int
    """Assumptions sampled."""

    @property
    def unit(self) -> str:
        """The outcome's."""
        return OUTCOMES[self.key.outcome].unit

    @property
    def told(self) -> bool:
        """Whether enough worlds have a value to say where most of them lie."""
        return self.there >= FEWEST


class Held(NamedTuple):
    """How many assumptions with a range keep their values."""

    levers: int
    """Somebody decides them."""
    differing: int
    """The scenarios do not have them alike."""
    surer: int
    """They are not of low confidence, where only those vary."""
    summed: int
    """They stand in a sum of which not all may vary."""


@dataclass(frozen=True)
class SampledWorlds:
    """A comparison's worlds, and what its scenarios change in each."""

    sample: Sample
    replications: int
    """In each world, of each scenario."""
    low_only: bool
    """Whether only assumptions of low confidence vary."""
    held: Held
    values: tuple[InWorld, ...]
    """By scenario, outcome and world."""

    def __len__(self) -> int:
        return len(self.sample.worlds)

    @cached_property
    def rows(self) -> list[OverWorlds]:
        """A row for each scenario and headline outcome."""
        found: dict[tuple[str, Key], list[InWorld]] = {}
        for each in self.values:
            found.setdefault((each.scenario, each.key), []).append(each)
        return [self._row(*which, worlds) for which, worlds in found.items()]

    def row(self, scenario: str, key: Key) -> OverWorlds | None:
        """One of the rows; None where there is none."""
        return next((row for row in self.rows if (row.scenario, row.key) == (scenario, key)), None)

    def _row(self, scenario: str, key: Key, worlds: Sequence[InWorld]) -> OverWorlds:
        there = sorted(each.difference for each in worlds if each.pairs)
        low, median, high = (quantile(there, share) if len(there) >= FEWEST else math.nan for share in (LOW, 0.5, HIGH))
        return OverWorlds(
            scenario,
            key,
            worlds=len(worlds),
            there=len(there),
            low=low,
            median=median,
            high=high,
            higher=len([each for each in there if each > 0]),
            lower=len([each for each in there if each < 0]),
            replications=self.replications,
            varied=len(self.sample.inputs),
        )


@dataclass(frozen=True)
class Planned:
    """Worlds that are sampled and wait to be run."""

    names: tuple[str, ...]
    sample: Sample
    low_only: bool
    held: Held
    cases: tuple[Case, ...]
    """World by world, in each the scenarios in their order."""

    def run(self, ask: Ask) -> SampledWorlds:
        """What the scenarios change in each world. Raises ChipgateError."""
        found = ask(self.cases)
        many = len(self.names)
        worlds = [found[n : n + many] for n in range(0, len(found), many)]
        values = [
            in_world(scenario, key, number, base, other)
            for n, scenario in enumerate(self.names[1:], 1)
            for key in map(Key, HEADLINES)
            for number, (base, other) in enumerate((each[0], each[n]) for each in worlds)
            if key in base and key in other
        ]
        return SampledWorlds(self.sample, len(self.cases[0].numbers), self.low_only, self.held, tuple(values))


def plan(
    scenarios: Sequence[SourcedScenario], many: int, seed: int = 1, replications: int = USUAL, low_only: bool = False
) -> Planned:
    """So many worlds, the same for all scenarios, of which the first is the base; each has the comparison's first
    replications. Levers keep their values, and with `low_only` all that is not of low confidence. Raises ChipgateError,
    also for fewer worlds than could say anything."""
    refuse_bad_number("worlds", many, FEWEST, MOST_WORLDS)
    refuse_bad_number("replications in each world", replications, 1, MOST)
    drawn = sample(scenarios, many, seed, varying(low_only=low_only))
    numbers = range(replications)
    worlds = zip(*map(drawn.of, scenarios), strict=True)
    cases = [Case(sourced.scenario, seed, numbers) for world in worlds for sourced in world]
    return Planned(
        tuple(each.scenario.name for each in scenarios), drawn, low_only, held(scenarios, low_only), tuple(cases)
    )


def plan_as_asked(
    scenarios: Sequence[SourcedScenario], many: int | None, seed: int, replications: int | None, low_only: bool
) -> Planned | None:
    """The same with what was left out as usual; None where no worlds are asked for. Raises ChipgateError."""
    if many is None:
        given = ["per-world"] * (replications is not None) + ["low-only"] * low_only
        if given:
            belong, them = ("belong", "them") if given[1:] else ("belongs", "it")
            raise ChipgateError(
                f"{' and '.join(given)} {belong} to worlds; leave {them} out, or give worlds such as 50"
            )
        return None
    return plan(scenarios, many, seed, USUAL if replications is None else replications, low_only)


def held(scenarios: Sequence[SourcedScenario], low_only: bool) -> Held:
    """How many assumptions keep their values where these scenarios are compared."""
    every = {each.key for sourced in scenarios for each in inputs_of(sourced)}
    shared = shared_inputs(scenarios)
    free = [each for each in shared if not each.lever]
    wanted = [each for each in free if varying(low_only=low_only)(each)]
    summed = len(wanted) - len(varying_in(scenarios, varying(low_only=low_only)))
    return Held(len(shared) - len(free), len(every) - len(shared), len(free) - len(wanted), summed)


def sampled(
    sourced: SourcedScenario,
    many: int,
    seed: int = 1,
    *,
    levers: bool = False,
    low_only: bool = False,
    progress: Callable[[], object] = lambda: None,
) -> Sample:
    """Worlds of one scenario, each of which keeps its rules; `progress` is called when that is known of one. Raises
    ChipgateError."""
    refuse_bad_number("worlds", many, 1, MOST_WORLDS)
    refuse_bad_number("seed", seed, 0)
    drawn = sample([sourced], many, seed, varying(levers=levers, low_only=low_only))
    for _ in drawn.of(sourced):
        progress()
    return drawn


def sample_columns(sample: Sample) -> Columns:
    """The worlds as columns of equal length: the world's number, each key that varies, in the key's unit or as a day,
    and the label; nan and NaT where a world is without it."""
    columns = {each.key: _column(each, [world[each.key] for world in sample.worlds]) for each in sample.inputs}
    many = len(sample.worlds)
    return Columns({"world": np.arange(many, dtype=np.int32), **columns, "label": np.array([LABEL] * many)})


def _column(about: Input, values: Sequence[Value | None]) -> NDArray[Any]:
    if about.unit == "date":
        return np.array(values, dtype="datetime64[D]")
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def in_world(scenario: str, key: Key, world: int, base: Outcomes, other: Outcomes) -> InWorld:
    """The difference of one outcome in one world."""
    x, y = paired(base[key].tolist(), other[key].tolist())
    change = mean([b - a for a, b in zip(x, y, strict=True)])
    return InWorld(scenario, key, world, len(x), mean(x), mean(y), change)
