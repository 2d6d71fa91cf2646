"""Lines over time, each a mean over replications, and bands of single runs; and what outcomes have values over time.

What is known every four weeks is a line. What is known by year is a step over each year: a line from the middle of one
year to the next would let it change before the rule that changes it. A sum over a part of a year would look like a
collapse, so it is left out and that is said; a share or an average of a part of a year is shown.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from sim.base.rounding import SCALED
from sim.base.statistics import Summary, summarise
from sim.experiment.run import NotKept, Run
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.keys import Key
from sim.pictures.axes import COLOURS, INK, Floats, day_number, days_of, highest

BACKLOG = Key("backlog")
SHARES = (0.95, 0.8, 0.5)  # of single runs
FAINT = 0.14  # how much a band darkens what is behind it
# Those who see no colours go by the dashes. The first is the base.
DASHES: tuple[Any, ...] = (
    "-",
    *((0, tuple(map(int, lengths))) for lengths in ("72", "22", "7222", "42", "11", "721212", "93", "3111")),
)


def look(place: int) -> dict[str, Any]:
    """Colour, dashes and width of the line of a scenario; the base has place 0."""
    return {"color": COLOURS[place], "linestyle": DASHES[place], "linewidth": 2.0 if place else 2.8}


def mean_of(values: Floats) -> Floats:
    """Mean over the first axis of what exists; nan where nothing does."""
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    return np.asarray(np.where(there, values, 0.0).sum(axis=0) / np.where(count, count, np.nan), dtype=np.float64)


@dataclass(frozen=True)
class Band:
    """What single runs do around their mean."""

    low: Floats
    high: Floats
    name: str


def bands_of(values: Floats) -> list[Band]:
    """The bands of single runs of values of shape (replications, points), from the widest to the narrowest.

    A share has a band where at least one run is expected beyond either end of it; of two or three runs there is one
    from the lowest to the highest, for quantiles of so few are no observation. Nan where fewer than two have a value.
    """
    counts = (~np.isnan(values)).sum(axis=0)
    n = int(counts.max(initial=0))
    there = counts > 1
    known = {f"{share:.0%}".replace("%", " %"): (1 - share) / 2 for share in SHARES if n * (1 - share) / 2 >= 1 - 1e-9}
    ends = {f"{name} of single runs": tail for name, tail in known.items()} or {f"lowest to highest of {n} runs": 0.0}
    found = []
    for name, tail in ends.items() if there.any() else ():
        low, high = np.full((2, len(counts)), np.nan)
        low[there], high[there] = np.nanquantile(values[:, there], [tail, 1 - tail], axis=0)
        if not np.allclose(low[there], high[there], rtol=1e-9, atol=0):
            found.append(Band(low, high, name))
    return found


def draw_bands(ax: Axes, days: Floats, bands: list[Band], colour: str = INK) -> list[tuple[Artist, str]]:
    """The bands, each darker than the one around it; entries of a legend."""
    for band in bands:
        ax.fill_between(days, band.low, band.high, color=colour, alpha=FAINT, linewidth=0, zorder=2)
    shades = [1 - (1 - FAINT) ** (n + 1) for n in range(len(bands))]
    looks = [Patch(color=colour, alpha=shade, linewidth=0) for shade in shades]
    return [(patch, band.name) for patch, band in reversed(list(zip(looks, bands, strict=True)))]


@dataclass(frozen=True)
class Line:
    """One scenario's values over time."""

    name: str
    place: int
    """Among the scenarios; the base has 0."""
    days: Floats  # shape (points,), matplotlib's days
    values: Floats  # shape (replications, points)

    @cached_property
    def mean(self) -> Floats:
        """Shape (points,)."""
        return mean_of(self.values)

    @cached_property
    def bands(self) -> list[Band]:
        """Of single runs."""
        return bands_of(self.values)

    @cached_property
    def end(self) -> int:
        """The last point that has a value; -1 where none has."""
        return int(np.flatnonzero(~np.isnan(self.mean)).max(initial=-1))

    @property
    def start(self) -> int:
        """The first one."""
        return int(np.flatnonzero(~np.isnan(self.mean))[0])

    @property
    def last(self) -> Summary:
        """The values at the last one."""
        return summarise(self.values[:, self.end])

    @property
    def top(self) -> float:
        """The highest value that is drawn."""
        return highest(self.mean, *(band.high for band in self.bands[:1]))

    def draw(self, ax: Axes, **more: Any) -> Artist:
        """The mean."""
        how = look(self.place) | more | ({"marker": "o"} if self.end == self.start else {})
        (drawn,) = ax.plot(self.days, self.mean, label=self.name, zorder=3 - 0.01 * self.place, **how)
        return drawn


def draw_lines(ax: Axes, lines: list[Line]) -> list[tuple[Artist, str]]:
    """Means, and the bands of the first line; entries of a legend, the line that ends highest first."""
    drawn = [(line.draw(ax), line.name) for line in lines]
    order = sorted(range(len(lines)), key=lambda n: -lines[n].mean[lines[n].end])
    bands = draw_bands(ax, lines[0].days, lines[0].bands)
    whose = f"{lines[0].name}: " if len(lines) > 1 else ""
    return [*(drawn[n] for n in order), *((patch, f"{whose}{name}") for patch, name in bands)]


# --- Values over time ---

INSIDE = 0.25  # days by which a year's points keep away from its neighbours'


def has_series(run: Run, outcome: Key) -> bool:
    """Whether an outcome is known every four weeks: the backlog, and what binds."""
    kept = outcome.outcome in ("backlog", "binds") and not isinstance(run.series, NotKept)
    return kept and (outcome.outcome, outcome.item) in run.series


def over_time(run: Run) -> list[Key]:
    """The outcomes with values over time."""
    series = [BACKLOG] if has_series(run, BACKLOG) else []
    return list(dict.fromkeys([*series, *(key.at(None) for key in run.outcomes if isinstance(key.period, int))]))


def unit_over_time(run: Run, outcome: Key) -> str:
    """The unit of an outcome over time: what binds is a quantity at each look, not a sum over time."""
    return "A100e" if has_series(run, outcome) else OUTCOMES[outcome.outcome].unit


def is_total(outcome: Key) -> bool:
    """Whether a year's value is a sum over the year, so that a part of a year has less: compute, chips or money, unless
    it is averaged. A share, a price or a number of weeks is none."""
    card = OUTCOMES[outcome.outcome]
    return card.unit in SCALED and not card.averaged


def years_of(run: Run, outcome: Key) -> dict[int, bool]:
    """The calendar years that an outcome has values for, and whether the window holds each as a whole."""
    window = run.scenario.window
    return {
        year: window.start <= datetime.date(year, 1, 1) and datetime.date(year + 1, 1, 1) <= window.end
        for *own, year in run.outcomes
        if own == [*outcome[:2]] and isinstance(year, int)
    }


def values_of(run: Run, outcome: Key) -> tuple[Floats, Floats]:
    """Days, shape (points,), and values, shape (replications, points); by year a point a month, all on one level."""
    if has_series(run, outcome):
        values = run.series[outcome.outcome, outcome.item]
        return days_of(run)[: values.shape[1]], values
    window = run.scenario.window
    days, columns = [np.empty(0)], []
    for year, whole in years_of(run, outcome).items():
        if whole or not is_total(outcome):
            start, end = max(window.start, datetime.date(year, 1, 1)), min(window.end, datetime.date(year + 1, 1, 1))
            days.append(np.linspace(day_number(start) + INSIDE, day_number(end) - INSIDE, 13))
            columns += 13 * [run.outcomes[outcome.at(year)]]
    return np.concatenate(days), np.column_stack(columns) if columns else np.empty((len(run), 0))
