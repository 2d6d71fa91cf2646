"""An outcome over time: a mean line for each scenario, with what single runs do around it.

What is known every four weeks is a line. What is known by year is a step over each year: a line from the middle of one
year to the next would let it change before the rule that changes it. A sum over a part of a year would look like a
collapse, so it is left out and that is said; a share or an average of a part of a year is shown.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.base.rounding import SCALED, cells
from sim.base.statistics import Summary
from sim.base.wording import listed
from sim.experiment.run import Run
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.keys import Key
from sim.pictures.axes import Floats, day_number, days_of, highest, say, set_time, set_values, year_at
from sim.pictures.lines import FEWEST_FOR_QUANTILES, LOOKS, MOST_BANDS, Line, bands_words, draw_lines
from sim.pictures.names import outcome_name
from sim.pictures.picture import Picture, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

BACKLOG = Key("backlog")
SERIES_WORDS = {
    "backlog": "Effective compute that waits",
    "binds": "Nominal compute on order that this holds up: attribution by rule, not cause",
}


def series_of(run: Run, outcome: Key) -> tuple[str, str] | None:
    """The series that shows an outcome every four weeks, where there is one: the backlog, and what binds."""
    series = outcome.outcome, outcome.item
    return series if outcome.outcome in SERIES_WORDS and series in run.series else None


def years_of(run: Run, outcome: Key) -> dict[int, bool]:
    """The calendar years that an outcome has values for, and whether the window holds each as a whole."""
    window = run.scenario.window
    return {
        year: window.start <= datetime.date(year, 1, 1) and datetime.date(year + 1, 1, 1) <= window.end
        for *own, year in run.outcomes
        if own == [*outcome[:2]] and isinstance(year, int)
    }


def is_total(outcome: Key) -> bool:
    """Whether a year's value is a sum over the year, so that a part of a year has less: compute, chips or money, unless
    it is averaged. A share, a price or a number of weeks is none."""
    card = OUTCOMES[outcome.outcome]
    return card.unit in SCALED and not card.averaged


def values_of(run: Run, outcome: Key) -> tuple[Floats, Floats]:
    """Days, shape (points,), and values, shape (replications, points); by year a point a month, all on one level."""
    if series := series_of(run, outcome):
        values = run.series[series]
        return days_of(run, values.shape[1]), values
    window = run.scenario.window
    years = [year for year, whole in years_of(run, outcome).items() if whole or not is_total(outcome)]
    days, columns = [], []
    for year in years:
        start, end = max(window.start, datetime.date(year, 1, 1)), min(window.end, datetime.date(year + 1, 1, 1))
        days.append(np.linspace(day_number(start), day_number(end), 13))
        columns += 13 * [run.outcomes[outcome.at(year)]]
    if not years:
        return np.empty(0), np.empty((len(run), 0))
    return np.concatenate(days), np.column_stack(columns)


@picture
class Fan(Picture):
    """Lines by scenario; with more than two, bars beside them tell what single runs do at the end."""

    kind, order = "fan", 40
    takes_outcome = True
    over_time = True
    what = "An outcome over time, by scenario, with the band of single runs."

    @property
    def outcomes(self) -> list[Key]:
        """Those with values over time; of a run first what is delivered, for the backlog has a picture of its own."""
        series = [BACKLOG] if series_of(self.base, BACKLOG) else []
        yearly = [key.at(None) for key in self.base.outcomes if isinstance(key.period, int)]
        found = list(dict.fromkeys([*series, *yearly]))
        return sorted(found, key=lambda key: key != Key("delivered")) if self.alone else found

    @property
    def title(self) -> str:  # type: ignore[override]
        """With the outcome's name."""
        about = outcome_name(self.outcome) if self.outcome else "Outcome"
        return f"{about} over time{'' if self.alone else ', by scenario'}"

    @cached_property
    def lines(self) -> list[Line]:
        """Of the scenarios that have a value, the base first."""
        if not self.outcome:
            return []
        found = [
            Line(name, n, *values_of(run, self.outcome))
            for n, (name, run) in enumerate(zip(self.names, self.runs, strict=True))
        ]
        found = [line for line in found if len(line.days) and line.end >= 0]
        last = max((line.end for line in found), default=0)
        return [line if line.end == last else replace(line, name=f"{line.name} (to {_year(line)})") for line in found]

    @property
    def by_year(self) -> bool:
        """Whether it is known by year."""
        return not (self.outcome and series_of(self.base, self.outcome))

    @property
    def unit(self) -> str:
        """As it is drawn: what binds is a quantity at each look, not a sum over time."""
        return OUTCOMES[self.outcome.outcome].unit if self.outcome and self.by_year else "A100e"

    def draw(self, figure: FigureBase) -> None:
        """Lines, and with more than two the ends of their bands."""
        lines = self.lines
        bars = len(lines) > MOST_BANDS
        panels = figure.subplots(1, 2, sharey=True, width_ratios=[14, 1], squeeze=False)[0] if bars else []
        ax: Axes = panels[0] if bars else figure.subplots()
        set_time(ax, self.base.scenario)
        self.events.mark(ax)
        if not self.outcome or not lines:
            say(ax, "There is nothing to show: no run has a value" + " for a whole year" * bool(self._partial))
            return
        word = set_values(ax, highest(*(np.array([line.top]) for line in lines)), self.unit)
        a_year = " a year" if self.by_year and is_total(self.outcome) else ""
        ax.set_title(f"{outcome_name(self.outcome)}, {word}{a_year}", pad=20)
        draw_lines(ax, lines, len(self.base))
        if not any(line.top for line in lines):
            say(ax, "It is 0 throughout this window")
        if bars:
            _draw_ends(panels[1], lines)

    @property
    def _partial(self) -> list[str]:
        """The years left out, because the window has only a part of them."""
        if not self.outcome or not self.by_year or not is_total(self.outcome):
            return []
        return [str(year) for year, whole in years_of(self.base, self.outcome).items() if not whole]

    def _gaps(self) -> str:
        """What is not shown, with a space before it."""
        there = {line.place for line in self.lines}
        missing = [name for place, name in enumerate(self.names) if place not in there]
        told = f" No value to show: {', '.join(missing)}." if self.lines and missing else ""
        if years := self._partial:
            each = "it" if len(years) == 1 else "each"
            told += f" {listed(years)} left out: the window has only a part of {each}."
        return told

    def caption(self) -> str:
        """What the lines, the band and the bars are."""
        if not self.outcome:
            return "No outcome has values over time."
        series = series_of(self.base, self.outcome)
        defined = SERIES_WORDS[series[0]] if series else OUTCOMES[self.outcome.outcome].definition.rstrip(".")
        points = "every four weeks" if series else "a level for each calendar year"
        bars = " Bars beside: the same at each line's end." if len(self.lines) > MOST_BANDS else ""
        return f"{defined}. Lines: {self.mean_of}, {points}.{bands_words(self.lines)}{bars}{self._gaps()}"

    def describe(self) -> str:
        """The values at the last point, by scenario, with what is known of each mean."""
        if not self.lines:
            return f"No run has a value to show.{self._gaps()}"
        lasts = [line.last for line in self.lines]
        told = [f"{line.name} {_value_words(last, self.unit)}" for line, last in zip(self.lines, lasts, strict=True)]
        when = f"In {max(map(_year, self.lines))}" if self.by_year else "At the end of the window"
        kind = "mean" if len(self.base) > 1 else "in the single run"
        if any(last.half_width > 0 for last in lasts):
            band = ", then 10-90 % of single runs" * any(last.n >= FEWEST_FOR_QUANTILES for last in lasts)
            kind = f"mean and, in brackets, its 95 % interval{band}"
        return f"{when}, {kind}: {'; '.join(told)}.{self._gaps()}"


def _year(line: Line) -> int:
    """Of its last value."""
    return year_at(line.days[line.end] - 1)


def _draw_ends(ax: Axes, lines: Sequence[Line]) -> None:
    """The band of each line at its end, the lines side by side."""
    ax.axis("off")
    for line in lines:
        look, mean = LOOKS[line.place], line.mean[line.end]
        if line.band and not np.isnan(line.band.low[line.end]):
            ends = [line.band.low[line.end], line.band.high[line.end]]
            ax.plot([line.place] * 2, ends, color=look["color"], linewidth=2)
        ax.plot([line.place], [mean], color=look["color"], marker=look["marker"] or "o", markersize=6)
    ax.set_xlim(-0.8, len(LOOKS))


def _value_words(last: Summary, unit: str) -> str:
    """A mean no finer than two figures of its interval's half-width, that interval, and the band of enough runs."""
    unit, mean, interval, band = cells(last, unit)
    told = f"{mean} {unit}"
    if not last.half_width > 0:
        return told
    return f"{told} ({'; '.join([interval, band] if last.n >= FEWEST_FOR_QUANTILES else [interval])})"
