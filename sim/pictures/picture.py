"""What a kind of picture is. A kind is one class in one module of this package:

@picture
class Total(Picture):
    kind, order, shows = "total", 90, ("run",)
    what = "All that is delivered, as one number."
    title = "How much is delivered?"

    def draw(self, figure):
        figure.subplots().bar(["delivered"], [self.base["delivered"].mean()])

    def caption(self):
        return "Bar: the mean over replications."

    def describe(self):
        return f"{self.base['delivered'].mean():.0f} A100e are delivered."
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from sim.base.errors import ChipgateError
from sim.base.units import closest
from sim.experiment.run import Run
from sim.outcomes.keys import Key
from sim.pictures.events import Events
from sim.pictures.names import short, tidy
from sim.pictures.slide import Slide, Words, new_slide

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

    from sim.experiment.comparison import Comparison
    from sim.scenario.parts import Scenario

Results: TypeAlias = "Run | Comparison"
Subject = Literal["run", "comparison"]

MOST_OTHERS = 8
"""Scenarios beside the base that one picture shows; a reader cannot tell more apart."""
MOST_NAMED = 15  # of the scenarios that are not shown

PICTURES: dict[str, type[Picture]] = {}
"""The kinds by name; `sim.pictures.choice` knows all of them, in their order."""


class Picture(ABC):
    """A picture of a run or a comparison, about an outcome where its kind takes one.

    Raises ChipgateError for results that the kind does not show, and for an outcome that it cannot show.
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
    """Whether it marks the policy events by letters, so that it needs a key to them."""
    title: str
    """What it shows, in a few words; a class's own or a property."""

    def __init__(self, result: Results, outcome: Key | str | None = None) -> None:
        self.result = result
        self.alone = isinstance(result, Run)
        """Whether it shows a single run."""
        every = [result] if isinstance(result, Run) else result.runs
        self.runs = every[: MOST_OTHERS + 1]
        """A run, or the base and as many others as one picture shows."""
        self.names = [short(run.scenario.name) for run in self.runs]
        self._left_out = [tidy(run.scenario.name) for run in every[MOST_OTHERS + 1 :]]
        if subject_of(result) not in self.shows:
            shows, these = ("a comparison", "a run") if self.alone else ("a single run", "a comparison")
            raise ChipgateError(f"'{self.kind}' shows {shows}, and these are the results of {these}")
        self.outcome = self._chosen(outcome)

    @property
    def outcomes(self) -> list[Key]:
        """The outcomes that it can be about, its default first; none where it is about no single one."""
        return []

    @abstractmethod
    def draw(self, figure: FigureBase) -> None:
        """Draw on a figure, or on a part of one, that has a constrained layout; inside `drawing()` for our style."""

    @abstractmethod
    def caption(self) -> str:
        """How to read it, in one or two lines."""

    @abstractmethod
    def describe(self) -> str:
        """What it shows, in sentences with numbers, for readers who do not see it."""

    @cached_property
    def events(self) -> Events:
        """The policy events of its scenarios, with their letters."""
        return Events(self.scenarios)

    @property
    def base(self) -> Run:
        """The run, or the base of the comparison."""
        return self.runs[0]

    @property
    def scenarios(self) -> list[Scenario]:
        """Of the runs shown."""
        return [run.scenario for run in self.runs]

    @property
    def mean_of(self) -> str:
        """What a line or an area shows."""
        return f"mean of {len(self.base)} runs" if len(self.base) > 1 else "a single run"

    def slide(self) -> Slide:
        """The picture as a slide, with its words and the label."""
        count = len(self.base)
        size = f"{count} replication{'s' * (count != 1)}"
        scenario = self.base.scenario
        if isinstance(self.result, Run):
            heading = f"{short(scenario.title, 120)}: {scenario.question}"
            about = f"Scenario {self.names[0]}, {size}, seed {self.base.seed}{self.base.beside}."
        else:
            heading = f"Compared with {self.names[0]}: {', '.join(self.names[1:])}"
            sentences = [f"{size} of each scenario, seed {self.base.seed}.", *self.result.beside, self._not_shown()]
            about = " ".join(filter(None, sentences))
        words = Words(
            name=f"{self.kind}-{self.outcome or ''}-{scenario.name if self.alone else 'compared'}",
            title=self.title,
            heading=heading,
            notes=(self.events.key() if self.over_time else "", f"{about} {self.caption()}"),
            description=f"{self.title.rstrip('?')}. {'' if self.alone else f'{heading}. '}{about} {self.describe()}",
        )
        return new_slide(words, self.draw)

    def _not_shown(self) -> str:
        """How many scenarios are shown, and the names of those that have no room; empty where all have."""
        if not self._left_out:
            return ""
        names, more = self._left_out[:MOST_NAMED], len(self._left_out) - MOST_NAMED
        told = ", ".join(names) + (f" and {more} more" if more > 0 else "")
        every = len(self.runs) + len(self._left_out)
        return f"{len(self.runs)} of {every} scenarios shown; not shown: {told}."

    def _chosen(self, outcome: Key | str | None) -> Key | None:
        """The outcome asked for, by key or name, or the kind's default; None where it takes none or has none."""
        known = {key.name: key for key in self.outcomes}
        if outcome is None:
            return next(iter(known.values()), None)
        outcome = str(outcome)
        if not self.takes_outcome:
            raise ChipgateError(f"a picture of kind '{self.kind}' is about no single outcome; leave '{outcome}' out")
        if outcome not in known:
            near = closest(outcome, list(known))
            hint = f"did you mean '{near}'?" if near else f"it can show {', '.join(known) or 'none here'}"
            raise ChipgateError(f"a picture of kind '{self.kind}' cannot show '{outcome}'; {hint}")
        return known[outcome]


def picture(kind: type[Picture]) -> type[Picture]:
    """Put a class among the kinds of pictures."""
    PICTURES[kind.kind] = kind
    return kind


def subject_of(result: Results) -> Subject:
    """What results are of."""
    return "run" if isinstance(result, Run) else "comparison"
