"""An outcome over time: a mean line for each scenario, with what single runs do around the first."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from sim.base.rounding import NOISE
from sim.base.statistics import summarise
from sim.base.wording import capital, listed
from sim.exhibits.exhibit import cells
from sim.outcomes.cards import label_of
from sim.outcomes.keys import Key
from sim.pictures.axes import Floats, amount, day_at, highest, legend, say, set_time, set_values, unit_of
from sim.pictures.lines import Line, draw_lines, has_series, is_total, over_time, unit_over_time, values_of, years_of
from sim.pictures.picture import SHORT, Picture, picture

LEVEL = 0.03  # of a value: less is no rise and no fall


@picture
class Fan(Picture):
    """Lines by scenario."""

    kind, order = "fan", 40
    takes_outcome = over_time = True
    what = "An outcome over time, by scenario, with the bands of single runs."

    @property
    def outcomes(self) -> list[Key]:
        """Those with values over time; of a run first what is delivered, for the backlog has a picture of its own."""
        return (
            sorted(over_time(self.base), key=lambda key: key != Key("delivered"))
            if self.alone
            else over_time(self.base)
        )

    @cached_property
    def lines(self) -> list[Line]:
        """Of the scenarios that have a value, the base first."""
        if not self.outcome:
            return []
        found = [
            Line(name, n, *self.inside(*values_of(run, self.outcome)))
            for n, (name, run) in enumerate(zip(self.names, self.runs, strict=True))
        ]
        found = [line for line in found if len(line.days) and line.end >= 0]
        last = max((line.end for line in found), default=0)
        return [line if line.end == last else replace(line, name=f"{line.name} (to {_year(line)})") for line in found]

    @property
    def label(self) -> str:
        """The outcome's name."""
        return label_of(self.outcome) if self.outcome else "outcome"

    @property
    def by_year(self) -> bool:
        """Whether it is known by year."""
        return not (self.outcome and has_series(self.base, self.outcome))

    @property
    def unit(self) -> str:
        """As it is drawn."""
        return unit_over_time(self.base, self.outcome) if self.outcome else ""

    @property
    def top(self) -> float:
        """The highest value that is drawn."""
        return max((line.top for line in self.lines), default=0.0)

    @property
    def nothing(self) -> str:
        """Why there is no line."""
        return "no run has a value" if self.points or not self.outcome else SHORT + self.whole

    @property
    def points(self) -> int:
        """How many there are in the period, with a value or without."""
        return sum(len(self.inside(*values_of(run, self.outcome))[0]) for run in self.runs) if self.outcome else 0

    @property
    def whole(self) -> str:
        """What a short period lacks, with a colon before it."""
        return ": it has no whole year" * bool(self._partial)

    def draw(self, figure: FigureBase) -> None:
        """Lines, the bands of the first, and a legend."""
        ax = figure.subplots()
        set_time(ax, self.period)
        self.events.mark(ax)
        if not self.lines:
            say(ax, f"There is nothing to show: {self.nothing}")
            return
        set_values(ax, self.top, self.unit)
        legend(figure, [*draw_lines(ax, self.lines), *self.more(ax)])
        if not self.top:
            say(ax, "It is 0 throughout")

    def more(self, ax: Axes) -> list[tuple[Artist, str]]:  # noqa: ARG002 - for kinds that draw more
        """What else a kind draws beside the lines, for the legend."""
        return []

    def finding(self) -> str:
        """How it goes in a run; where scenarios end."""
        name = capital(self.label)
        if not self.lines:
            return f"{name}: {self.nothing}"
        base, when = self.lines[0], f"in {max(map(_year, self.lines))}" if self.by_year else "at the end"
        first, last = base.values[:, base.start], base.values[:, base.end]
        if self.alone:
            if np.ptp(base.mean[base.start : base.end + 1]) <= NOISE * highest(base.mean):
                when = f" {when}" if self.by_year else " throughout" * (base.end > base.start)
                return f"{name} is {self._mean(last)}{when}"
            change = float(base.mean[base.end] - base.mean[base.start])
            if abs(change) <= LEVEL * highest(base.mean) or self._mean(first) == self._mean(last):
                return f"{name} ends near where it begins, at {self._mean(last)}"
            begin = f" in {day_at(base.days[base.start]).year}" * self.by_year
            told = f"from {self._mean(first)}{begin} to {self._mean(last)} {when}"
            if len(base.values) > 1 and not self.clear(first, last):
                return f"{name}: {told}, no clear change"
            return f"{name} {'rises' if change > 0 else 'falls'} {told}"
        others = [line for line in self.lines if line.place != base.place]
        clear = [line for line in others if self.clear(last, line.values[:, line.end])]
        far = max(clear or others or [base], key=lambda line: abs(line.mean[line.end] - base.mean[base.end]))
        if abs(far.mean[far.end] - base.mean[base.end]) <= LEVEL * abs(base.mean[base.end]):
            same = " in every scenario" if len(self.lines) == len(self.runs) else ""
            return f"{name} {when} is about the same{same}: {self._mean(last)}"
        if not clear:
            return f"{name} {when} may not differ clearly between the scenarios"
        ends = self._mean(last), self._mean(far.values[:, far.end])
        return f"{name} {when}: {ends[0]} in {base.name}, {ends[1]} in {far.name}"

    def _mean(self, values: Floats) -> str:
        """The mean of values of shape (replications,), no finer than its interval."""
        summary = summarise(values)
        return amount(summary.mean, self.unit, summary.half_width)

    def shown(self) -> str:
        """The outcome and its unit."""
        a_year = " a year" if self.outcome and self.by_year and is_total(self.outcome) else ""
        points = " for each calendar year" if self.by_year and not a_year else ""
        return f"{capital(self.label)}, {unit_of(self.top, self.unit)}{a_year}{points}"

    @property
    def _partial(self) -> list[str]:
        """The years left out, because the window has only a part of them."""
        if not self.outcome or not self.by_year or not is_total(self.outcome):
            return []
        return [str(year) for year, whole in years_of(self.base, self.outcome).items() if not whole]

    def gaps(self) -> str:
        """What is not shown, with a space before it."""
        there = {line.place for line in self.lines}
        missing = [
            name for place, name in enumerate(self.names) if place not in there and not (place == 0 and self.paired)
        ]
        told = f" No value to show: {', '.join(missing)}." if self.lines and missing else ""
        if years := self._partial:
            each = "it" if len(years) == 1 else "each"
            told += f" {listed(years)} left out: the window has only a part of {each}."
        return told

    def caption(self) -> str:
        """What the lines are."""
        lines = f"Line{'s' * (not self.alone)}: {self.mean_of}."
        return f"{lines}{self.gaps()}" if self.outcome else "No outcome has values over time."

    def describe(self) -> str:
        """The values at the last point, by scenario, with the mean's interval."""
        told = []
        for line in self.lines:
            unit, mean, interval, _ = cells(line.last, self.unit)
            told.append(f"{line.name} {mean} {unit}{f' ({interval})' if line.last.half_width > 0 else ''}")
        return f"At the end, mean (95 % interval): {'; '.join(told) or 'none'}.{self.gaps()}"


def _year(line: Line) -> int:
    """Of its last value."""
    return day_at(line.days[line.end] - 1).year
