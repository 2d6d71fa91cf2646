"""What is known of why projects wait: the split over time, its phases, and the paired runs that relax a constraint."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import fsum
from pathlib import Path

import numpy as np

from sim.base.errors import ChipgateError
from sim.base.units import closest
from sim.experiment.comparison import Comparison
from sim.experiment.differences import Difference
from sim.experiment.run import Run, run_scenario
from sim.experiment.store import store_at
from sim.outcomes.constraints import CONSTRAINTS, NOTHING, constraint_label
from sim.outcomes.history import SAMPLE
from sim.outcomes.keys import slug
from sim.scenario.load import SourcedScenario
from sim.scenario.parts import Scenario
from sim.scenario.precedence import in_order
from sim.studies.phases import Phase, largest, looks_of, phases, shares_of_books
from sim.studies.relax import RELAXATIONS, relax


@dataclass(frozen=True)
class PairedRun:
    """What relaxing one constraint alone does."""

    constraint: str
    differences: tuple[Difference, ...]
    """Of the headline outcomes, relaxed less base, judged as a comparison judges them."""
    then: str
    """What holds up the most in the relaxed world; NOTHING where the order books are empty."""
    unchanged: bool
    """Whether every outcome of every run stays what it was."""


@dataclass(frozen=True)
class Rule:
    """A policy on the time axis."""

    day: datetime.date
    """On which it acts, or is given up."""
    name: str
    told: str
    """What it does, and when it was announced."""
    inside: bool
    """Whether the day lies in the window; else the rule was in force before."""


@dataclass(frozen=True)
class Explanation:
    """What binds in a scenario, and why."""

    run: Run
    days: tuple[datetime.date, ...]
    """Of the looks, one every four weeks."""
    looks: dict[str, tuple[float, ...]]
    """What each constraint holds up at each look, mean over replications, nominal A100e; in the order of the rules."""
    phases: tuple[Phase, ...]
    comparison: Comparison | None
    """Of the run with its paired runs; None where there are none."""
    paired: tuple[PairedRun, ...]
    """The paired runs, the one told first leading."""
    rules: tuple[Rule, ...]

    @property
    def books(self) -> tuple[float, ...]:
        """All that is on the order books at each look, mean over replications, nominal A100e."""
        return tuple(fsum(values) for values in zip(*self.looks.values(), strict=True))


def explain(
    sourced: SourcedScenario,
    replications: int = 50,
    seed: int = 1,
    workers: int | None = None,
    relaxed: Iterable[str] | None = None,
    store: str | Path | None = None,
) -> Explanation:
    """Run a scenario, then once more without each leading constraint, or without each of those in `relaxed`; `store` as
    for `sim.run`. Raises ChipgateError.
    """
    kept = store_at(store)

    def made(scenario: SourcedScenario) -> Run:
        return run_scenario(scenario, replications, seed, workers, store=kept)

    run = made(sourced)
    chosen = leading(run) if relaxed is None else list(relaxed)
    return explained(run, {name: made(relax(sourced, name)) for name in chosen})


def explained(run: Run, relaxed: Mapping[str, Run]) -> Explanation:
    """What a run and its paired runs, by the constraint that each relaxes, say."""
    window = run.scenario.window
    means = {name: tuple(values.mean(axis=0).tolist()) for name, values in looks_of(run).items()}
    worlds = {
        name: _named(other, f"{run.scenario.name} with {constraint_label(name)} relaxed")
        for name, other in relaxed.items()
    }
    comparison = Comparison([run, *worlds.values()]) if worlds else None
    return Explanation(
        run=run,
        days=tuple(window.day(SAMPLE * look) for look in range(len(next(iter(means.values()))))),
        looks=means,
        phases=tuple(phases(run)),
        comparison=comparison,
        paired=tuple(_pair(comparison, name, world) for name, world in worlds.items()) if comparison else (),
        rules=tuple(_rules(run.scenario)),
    )


def leading(run: Run) -> list[str]:
    """The constraints worth relaxing: the one that holds up the most overall, and the one that took over last; where
    those are one, the next largest that had a phase. None where the order books are always empty."""
    shares = shares_of_books(run)
    biggest = largest(shares)
    if biggest == NOTHING:
        return []
    times = phases(run)
    led = [phase.constraint for phase in times if phase.constraint not in (NOTHING, biggest)]
    last = times[-1].constraint
    second = last if last in led else max(led, key=shares.__getitem__, default=None)
    return [biggest] if second is None else [biggest, second]


def chosen(names: Iterable[str]) -> list[str]:
    """The constraints asked for, each once, by key or in words: `import control`, `transit`. Raises ChipgateError."""
    by_words = {slug(card.label): key for key, card in CONSTRAINTS.items()}
    written = [slug(name.strip()) for name in names]
    found = dict.fromkeys(by_words.get(name, name) for name in written)
    for name in found:
        if name not in RELAXATIONS:
            near = closest(name, list(RELAXATIONS))
            hint = f"did you mean '{near}'? " if near else ""
            raise ChipgateError(f"no constraint is named '{name[:60]}'\n  {hint}there are {', '.join(RELAXATIONS)}")
    return list(found)


def _named(run: Run, name: str) -> Run:
    """The run under another name, for a relaxed scenario keeps its own."""
    sourced = replace(run.sourced, scenario=replace(run.scenario, name=name))
    return Run.of(sourced, run.seed, run.numbers, run.outcomes, run.series)


def _pair(comparison: Comparison, constraint: str, relaxed: Run) -> PairedRun:
    """What the relaxed run differs in, replication by replication."""
    same = all(
        key in relaxed.outcomes and np.array_equal(values, relaxed.outcomes[key], equal_nan=True)
        for key, values in comparison.base.outcomes.items()
    )
    rows = tuple(row for row in comparison.verdicts if row.scenario == relaxed.scenario.name)
    return PairedRun(constraint, rows, largest(shares_of_books(relaxed)), same)


def _rules(scenario: Scenario) -> Iterator[Rule]:
    """The policies that act or are given up before the window ends, in order of time."""
    window = scenario.window
    found = []
    for name, policy in in_order(scenario.policies):
        day, told = policy.effective, policy.action.sentence(str)
        if policy.withdrawn is not None:
            day, told = policy.withdrawn, f"withdrawn before it acts ({told})"
        if policy.announced is not None:
            told = f"{told}; announced {policy.announced.isoformat()}"
        if day < window.end and not (policy.withdrawn is not None and day < window.start):
            found.append(Rule(day, name, told, inside=day >= window.start))
    yield from sorted(found, key=lambda rule: rule.day)
