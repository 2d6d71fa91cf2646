"""What a kind of picture is. A kind is one class in one module of this package:

@picture
class Total(Picture):
    kind, order, shows = "total", 90, ("run",)
    what = "All that is delivered, as one number."

    def draw(self, figure):
        figure.subplots().bar(["delivered"], [self.base["delivered"].mean()])

    def finding(self):
        return f"{self.base['delivered'].mean():.0f} A100e are delivered"

    def shown(self):
        return "Effective compute delivered, A100e"
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

from matplotlib.figure import FigureBase

from sim.base.errors import ChipgateError
from sim.base.statistics import summarise
from sim.base.units import closest
from sim.experiment.comparison import Comparison
from sim.experiment.run import Run
from sim.outcomes.keys import Key
from sim.pictures.axes import Floats, Period, day_number
from sim.pictures.events import Events
from sim.pictures.names import distinct, short, tidy
from sim.pictures.slide import SIZES, Size, Slide, Words, new_slide
from sim.scenario.parts import Scenario

Results: TypeAlias = "Run | Comparison"
Subject = Literal["run", "comparison"]

SHORT = "the period is too short to show"
MOST_OTHERS = 8
"""Scenarios beside the base that one picture shows; a reader cannot tell more apart."""

PICTURES: dict[str, type[Picture]] = {}
"""The kinds by name; `sim.pictures.choice` knows all of them, in their order."""


class Picture(ABC):
    """A picture of a run or a comparison, about an outcome where its kind takes one, over a period of the window.

    Raises ChipgateError for results that the kind does not show, and for an outcome or a period that it cannot show.
    """

    kind: ClassVar[str]
    order: ClassVar[int]
    """Where it stands among the others, from low to high."""
    what: ClassVar[str]
    """One sentence for those who choose among the kinds."""
    shows: ClassVar[tuple[Subject, ...]] = ("run", "comparison")
    takes_outcome: ClassVar[bool] = False
    """Whether an outcome may be named."""
    over_time: ClassVar[bool] = False
    """Whether it has an axis of time, on which it marks the policy events by letters."""
    paired: ClassVar[bool] = False
    """Whether it takes each replication from its pair in the base."""
    of_series: ClassVar[bool] = False
    """Whether it needs the series of each replication, which a folder with a summary of them does not have."""

    def __init__(self, result: Results, outcome: Key | str | None = None, period: Period | None = None) -> None:
        self.result = result
        self.alone = isinstance(result, Run)
        """Whether it shows a single run."""
        every = [result] if isinstance(result, Run) else result.runs
        self.runs = every[: MOST_OTHERS + 1]
        """A run, or the base and as many others as one picture shows."""
        self.names = distinct([run.scenario.name for run in self.runs])
        self._left_out = [tidy(run.scenario.name) for run in every[MOST_OTHERS + 1 :]]
        if subject_of(result) not in self.shows:
            shows, these = ("a comparison", "a run") if self.alone else ("a single run", "a comparison")
            raise ChipgateError(f"'{self.kind}' shows {shows}, and these are the results of {these}")
        if self.paired:
            refuse_unpaired(self.kind, every)
        self.period = self._within(period)
        """What is shown of the window."""
        self.outcome = self._chosen(outcome)

    @property
    def outcomes(self) -> list[Key]:
        """The outcomes that it can be about, its default first; none where it is about no single one."""
        return []

    @abstractmethod
    def draw(self, figure: FigureBase) -> None:
        """Draw on a figure, or on a part of one, that has a constrained layout; inside `drawing()` for our style."""

    @abstractmethod
    def finding(self) -> str:
        """What the numbers say, in one short sentence without its full stop: the title."""

    @abstractmethod
    def shown(self) -> str:
        """What is drawn, in which unit: the subtitle."""

    def caption(self) -> str:
        """How to read it, in a line; empty where that is plain."""
        return ""

    def describe(self) -> str:
        """More of what it shows, in sentences with numbers, for readers who do not see it."""
        return ""

    @cached_property
    def events(self) -> Events:
        """The policy events of its scenarios, with their letters."""
        return Events(self.scenarios, self.period)

    def key(self) -> str:
        """What the letters of the events stand for; empty where there are none."""
        return self.events.key() if self.over_time else ""

    @property
    def base(self) -> Run:
        """The run, or the base of the comparison."""
        return self.runs[0]

    @property
    def scenarios(self) -> list[Scenario]:
        """Of the runs shown."""
        return [run.scenario for run in self.runs]

    @property
    def whole_window(self) -> bool:
        """Whether all of the window is shown."""
        window = self.base.scenario.window
        return self.period == (window.start, window.end)

    @property
    def mean_of(self) -> str:
        """What a line or an area shows."""
        return "the only run" if len(self.base) == 1 else f"mean of {len(self.base)} runs" if self._paired else "means"

    def clear(self, before: Floats, after: Floats) -> bool:
        """Whether the 95 % interval of the difference of two means, of pairs where the runs pair, leaves 0 out; values
        of shape (replications,). One replication has no interval, so nothing is clear."""
        if self._paired:
            change = summarise(after - before)
            return abs(change.mean) > change.half_width
        one, two = summarise(before), summarise(after)
        return abs(two.mean - one.mean) > math.hypot(one.half_width, two.half_width)

    def inside(self, days: Floats, values: Floats) -> tuple[Floats, Floats]:
        """Points and values, shapes (points,) and (..., points), of the period."""
        start, end = map(day_number, self.period)
        there = (days >= start) & (days <= end)
        return days[there], values[..., there]

    def slide(self, size: Size = SIZES["slide"]) -> Slide:
        """The picture as a slide, with its words and the label."""
        facts, finding = self._facts(), self.finding()
        words = Words(
            name=f"{self.kind}-{self.outcome or ''}-{self.base.scenario.name if self.alone else 'compared'}",
            title=finding,
            heading=self.shown(),
            notes=(self.key(), f"{self.caption()} {facts}".strip()),
            description=" ".join(filter(None, [f"{finding}. {self.shown()}.", facts, self.describe()])),
        )
        return new_slide(words, self.draw, size)

    @property
    def _paired(self) -> bool:
        return all(run.seed == self.base.seed and run.numbers == self.base.numbers for run in self.runs)

    def _facts(self) -> str:
        """Of what it is, in a few words, with the whole names of scenarios whose names are shortened."""
        if isinstance(self.result, Run):
            name, title = tidy(self.base.scenario.name), short(self.base.scenario.title, 70)
            return f"Scenario {name} ({title}), {_size(self.base)}{self.base.beside}."
        if self._paired:
            told = f"{_size(self.base).replace(', ', ' of each scenario, ')}."
        else:
            told = "; ".join(f"{name}: {_size(run)}" for name, run in zip(self.names, self.runs, strict=True))
            told = f"Not paired: {told}."
        whole = [tidy(scenario.name) for scenario in self.scenarios]
        cut = [f"{name} is {full}" for name, full in zip(self.names, whole, strict=True) if name != full]
        return " ".join(filter(None, [told, *self.result.beside, self._not_shown(), "; ".join(cut)]))

    def _not_shown(self) -> str:
        """How many scenarios are shown, and the names of those that have no room; empty where all have."""
        if not self._left_out:
            return ""
        every = len(self.runs) + len(self._left_out)
        return f"{len(self.runs)} of {every} scenarios shown; not shown: {', '.join(self._left_out)}."

    def _within(self, period: Period | None) -> Period:
        """The period asked for, as far as the window holds it; the window where none is."""
        window = self.base.scenario.window
        if period is None:
            return window.start, window.end
        if not self.over_time:
            raise ChipgateError(f"a picture of kind '{self.kind}' is about the whole window; leave the period out")
        start, end = max(period[0], window.start), min(period[1], window.end)
        if start >= end:
            raise ChipgateError(f"nothing of the window, {window.start} to {window.end}, lies in the period asked for")
        return start, end

    def _chosen(self, outcome: Key | str | None) -> Key | None:
        """The outcome asked for, by key or name, or the kind's default; None where it takes none or has none."""
        known = {key.name: key for key in self.outcomes}
        if outcome is None:
            return next(iter(known.values()), None)
        outcome = str(outcome)
        if not self.takes_outcome:
            raise ChipgateError(f"a picture of kind '{self.kind}' is about no single outcome; leave '{outcome}' out")
        refuse_unknown(f"a picture of kind '{self.kind}' cannot show '{outcome}'", outcome, list(known))
        return known[outcome]


def picture(kind: type[Picture]) -> type[Picture]:
    """Put a class among the kinds of pictures."""
    PICTURES[kind.kind] = kind
    return kind


def subject_of(result: Results) -> Subject:
    """What results are of."""
    return "run" if isinstance(result, Run) else "comparison"


def refuse_unknown(told: str, name: str, known: list[str]) -> None:
    """Refuse a name that is not among those known, with what is near. Raises ChipgateError."""
    if name not in known:
        near = closest(name, known)
        hint = f"did you mean '{near}'?" if near else f"there are {', '.join(known) or 'none here'}"
        raise ChipgateError(f"{told}; {hint}")


def refuse_unpaired(kind: str, runs: Sequence[Run]) -> None:
    """Refuse runs whose replications do not pair. Raises ChipgateError."""
    for run in runs[1:]:
        if (run.seed, run.numbers) != (runs[0].seed, runs[0].numbers):
            one, two = (f"{short(each.scenario.name)} has {_size(each)}" for each in (runs[0], run))
            raise ChipgateError(
                f"'{kind}' takes each replication from the one with the same luck, and these do not "
                f"pair: {one}, {two}; run them with the same seed and replications, or draw another kind, such as fan"
            )


def _size(run: Run) -> str:
    return f"{len(run)} replication{'s' * (len(run) != 1)}, seed {run.seed}"
