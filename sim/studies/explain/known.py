"""What is known of why projects wait: the split over time, its eras, and the paired runs that relieve a constraint."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.base.statistics import Summary, finite, summarise
from sim.base.units import closest
from sim.experiment.run import Run, run_scenario
from sim.outcomes.cards import CONSTRAINTS, SAMPLE, Outcome, card_of
from sim.scenario.load import SourcedScenario
from sim.scenario.parts import Scenario
from sim.scenario.policy_words import does
from sim.scenario.precedence import in_order
from sim.studies.relief import RELIEFS, relieve

LOOKS = 3
"""Looks in a row that make an era: twelve weeks."""
NOTHING = ""
"""What holds up the most where nothing waits."""
TRACE_OF_NEED = 1e-6  # of the largest need that ever waits; less is rounding
NAMED = ("delivered", "backlog", "wait_median")
"""The outcomes that a paired run is judged by."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """What one constraint holds up."""

    constraint: str
    total: Summary
    """Summed over time, A100e-weeks."""
    share: float
    """Of all that waits, over the whole window; nan where nothing ever waits."""
    looks: tuple[float, ...]
    """Mean over replications at each look, A100e."""


@dataclass(frozen=True)
class Era:
    """A time in which one constraint holds up the most."""

    constraint: str
    """NOTHING where nothing waits."""
    first: int
    """Its first look."""
    last: int
    """Its last look."""
    start: datetime.date
    """Day of its first look."""
    end: datetime.date
    """Day on which the next one starts, or the window ends."""
    share: float
    """Of the need that waits in it; nan where nothing does."""
    agreeing: int
    """Single runs in which the constraint holds up the most of all that waits in this time."""


@dataclass(frozen=True)
class Effect:
    """What relieving one constraint does to an outcome."""

    outcome: str
    base: Summary
    relieved: Summary
    difference: Summary
    """Relieved less base, run by run."""

    @property
    def card(self) -> Outcome:
        """The outcome's own card."""
        return card_of(self.outcome)

    @property
    def relative(self) -> bool:
        """Whether it is told as a share of the base's mean."""
        return self.card.relative and self.base.mean != 0

    @property
    def change(self) -> tuple[float, float]:
        """The mean difference and the half width of its 95 % interval: a share of the base's mean, or in the outcome's
        own unit. The half width is nan with fewer than two runs."""
        size = abs(self.base.mean) if self.relative else 1.0
        return self.difference.mean / size, self.difference.half_width / size

    @property
    def named(self) -> bool:
        """Whether the difference is worth naming: large enough by the outcome's card, and its interval without 0."""
        mean, half = self.change
        smallest = 0.0 if self.card.relative and not self.relative else self.card.smallest
        return self.difference.having > 0 and mean != 0 and abs(mean) >= smallest and not abs(mean) <= half

    @property
    def partial(self) -> bool:
        """Whether some pairs of runs have no difference, such as where half of the projects are never served."""
        return 0 < self.difference.having < self.difference.replications

    @property
    def pairs(self) -> str:
        """How many pairs of runs have a difference, in words."""
        return f"{self.difference.having} of {self.difference.replications} pairs of runs"

    @property
    def better(self) -> bool:
        """Whether it goes in the direction that is better for buyers."""
        return (self.difference.mean > 0) == (self.card.better == "more")


@dataclass(frozen=True)
class PairedRun:
    """What relieving one constraint alone does."""

    constraint: str
    effects: tuple[Effect, ...]
    then: str
    """What holds up the most in the relieved world; NOTHING where nothing waits."""
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

    scenario: str
    question: str
    seed: int
    replications: int
    start: datetime.date
    end: datetime.date
    days: tuple[datetime.date, ...]
    """Of the looks, one every four weeks."""
    parts: tuple[Part, ...]
    """In the order of the rules."""
    total: Summary
    """All that waits, summed over time, A100e-weeks."""
    eras: tuple[Era, ...]
    paired: tuple[PairedRun, ...]
    """The paired runs, the one told first leading."""
    rules: tuple[Rule, ...]

    @property
    def waiting(self) -> tuple[float, ...]:
        """All that waits at each look, mean over replications, A100e."""
        return tuple(sum(values) for values in zip(*(part.looks for part in self.parts), strict=True))

    def part(self, constraint: str) -> Part:
        """The part of that constraint."""
        return next(part for part in self.parts if part.constraint == constraint)


def explain(
    sourced: SourcedScenario,
    replications: int = 50,
    seed: int = 1,
    workers: int | None = None,
    relieved: Iterable[str] | None = None,
) -> Explanation:
    """Run a scenario, then once more without each leading constraint, or without each of those in `relieved`.

    Raises ChipgateError.
    """
    run = run_scenario(sourced, replications, seed, workers)
    chosen = leading(run) if relieved is None else list(relieved)
    return explained(run, {name: run_scenario(relieve(sourced, name), replications, seed, workers) for name in chosen})


def explained(run: Run, relieved: Mapping[str, Run]) -> Explanation:
    """What a run and its paired runs, by the constraint that each relieves, say."""
    window = run.scenario.window
    looks = _looks(run)
    means = {name: values.mean(axis=0) for name, values in looks.items()}
    total = summarise(all_waiting(run))
    totals = {name: summarise(run[f"binds_{name}"]) for name in CONSTRAINTS}
    return Explanation(
        scenario=run.scenario.name,
        question=run.scenario.question,
        seed=run.seed,
        replications=len(run),
        start=window.start,
        end=window.end,
        days=tuple(window.day(SAMPLE * look) for look in range(_count(looks))),
        parts=tuple(
            Part(name, own, own.mean / total.mean if total.mean else math.nan, tuple(means[name].tolist()))
            for name, own in totals.items()
        ),
        total=total,
        eras=tuple(eras(run)),
        paired=tuple(_pair(run, name, other) for name, other in relieved.items()),
        rules=tuple(_rules(run.scenario)),
    )


def _looks(run: Run) -> dict[str, Floats]:
    """What each constraint holds up, each of shape (replications, looks)."""
    return {name: run.series["binds", name] for name in CONSTRAINTS}


def _count(looks: Mapping[str, Floats]) -> int:
    return int(next(iter(looks.values())).shape[1])


def all_waiting(run: Run) -> Floats:
    """All that waits, summed over time, A100e-weeks, shape (replications,)."""
    return np.asarray(np.sum([run[f"binds_{name}"] for name in CONSTRAINTS], axis=0), dtype=np.float64)


def shares_of_waiting(run: Run) -> dict[str, float]:
    """Each constraint's share of all that waits, summed over time; 0 where nothing waits."""
    total = float(all_waiting(run).mean())
    return {name: float(run[f"binds_{name}"].mean()) / total if total else 0.0 for name in CONSTRAINTS}


def era_record(era: Era) -> dict[str, Any]:
    """An era as JSON takes it."""
    return {
        "constraint": era.constraint or None,
        "start": era.start.isoformat(),
        "end": era.end.isoformat(),
        "share": finite(era.share),
        "runs_agreeing": era.agreeing,
    }


def largest(amounts: Mapping[str, float]) -> str:
    """The constraint with the largest amount, at a tie the first by the order of the rules; NOTHING if all are 0."""
    name = max(amounts, key=amounts.__getitem__)
    return name if amounts[name] > 0 else NOTHING


def eras(run: Run) -> list[Era]:
    """The times in which one constraint holds up the most, in the mean over replications.

    One begins when a constraint holds up the most at three looks in a row. A shorter lead counts to the era that it
    interrupts; before the first era, to that.
    """
    looks = _looks(run)
    means = {name: values.mean(axis=0) for name, values in looks.items()}
    count = _count(looks)
    waiting = np.sum(list(means.values()), axis=0)
    trace = TRACE_OF_NEED * float(waiting.max(initial=0.0))
    leaders = [
        largest({name: float(mean[look]) for name, mean in means.items()}) if waiting[look] > trace else NOTHING
        for look in range(count)
    ]
    starts = smoothed(leaders, largest({name: float(mean.sum()) for name, mean in means.items()}))
    window = run.scenario.window
    found = []
    for (first, name), (after, _) in pairwise([*starts, (count, NOTHING)]):
        held = {key: values[:, first:after].sum(axis=1) for key, values in looks.items()}
        every = sum(float(values.mean()) for values in held.values())
        led = [largest({key: float(values[n]) for key, values in held.items()}) == name for n in range(len(run))]
        share = float(held[name].mean()) / every if name and every else math.nan
        end = window.day(SAMPLE * after) if after < count else window.end
        found.append(Era(name, first, after - 1, window.day(SAMPLE * first), end, share, sum(led)))
    return found


def smoothed(leaders: Sequence[str], fallback: str) -> list[tuple[int, str]]:
    """(first look, leader) of each era; with no lead of three looks at all, the fallback has the whole time."""
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


def leading(run: Run) -> list[str]:
    """The constraints worth relieving: the one that holds up the most overall, and the one that took over last; where
    those are one, the next largest that had an era. None where nothing ever waits."""
    totals = {name: float(run[f"binds_{name}"].mean()) for name in CONSTRAINTS}
    biggest = largest(totals)
    if biggest == NOTHING:
        return []
    led = [era.constraint for era in eras(run) if era.constraint not in (NOTHING, biggest)]
    last = eras(run)[-1].constraint
    second = last if last in led else max(led, key=totals.__getitem__, default=None)
    return [biggest] if second is None else [biggest, second]


def chosen(names: Iterable[str]) -> list[str]:
    """The constraints asked for, each once; `import control` is `import_control`. Raises ChipgateError."""
    found = dict.fromkeys(name.strip().lower().replace(" ", "_").replace("-", "_") for name in names)
    for name in found:
        if name not in RELIEFS:
            near = closest(name, list(RELIEFS))
            hint = f"did you mean '{near}'? " if near else ""
            raise ChipgateError(f"no constraint is named '{name[:60]}'\n  {hint}there are {', '.join(RELIEFS)}")
    return list(found)


def _pair(run: Run, constraint: str, relieved: Run) -> PairedRun:
    """What the relieved run differs in, replication by replication."""
    effects = tuple(
        Effect(name, summarise(run[name]), summarise(relieved[name]), summarise(relieved[name] - run[name]))
        for name in NAMED
    )
    then = largest({name: float(relieved[f"binds_{name}"].mean()) for name in CONSTRAINTS})
    same = all(
        key in relieved.outcomes and np.array_equal(values, relieved.outcomes[key], equal_nan=True)
        for key, values in run.outcomes.items()
    )
    return PairedRun(constraint, effects, then, same)


def _rules(scenario: Scenario) -> Iterator[Rule]:
    """The policies that act or are given up before the window ends, in order of time."""
    window = scenario.window
    found = []
    for name, policy in in_order(scenario.policies):
        day, told = policy.effective, does(policy)
        if policy.withdrawn is not None:
            day, told = policy.withdrawn, f"withdrawn before it acts ({told})"
        if policy.announced is not None:
            told = f"{told}; announced {policy.announced.isoformat()}"
        if day < window.end and not (policy.withdrawn is not None and day < window.start):
            found.append(Rule(day, name, told, inside=day >= window.start))
    yield from sorted(found, key=lambda rule: rule.day)
