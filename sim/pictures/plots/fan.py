"""An outcome over time: a mean line for each scenario, with what single runs do around it.

What is known every four weeks is a line. What is known by year is a step over each year: a line from the middle of one
year to the next would let it change before the rule that changes it. A sum over a part of a year would look like a
collapse, so it is left out and that is said; a share or an average of a part of a year is shown.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from sim.base.rounding import SCALED, cells
from sim.base.statistics import Summary, summarise
from sim.base.units import DAYS_A_WEEK
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.history import SAMPLE
from sim.outcomes.keys import Key
from sim.pictures.plots.canvas import (
    FEWEST_FOR_QUANTILES,
    Entry,
    Floats,
    Ruler,
    draw_column,
    mean_of,
    mean_words,
    outcome_name,
    tidy,
)
from sim.pictures.plots.scenarios import OTHER_WIDTH, ScenarioLook, look_of, shown
from sim.pictures.plots.single_runs import MOST_BANDS, Spread, draw_band, draw_edge, spread_of_runs
from sim.pictures.plots.timeline import axis_scale, day_at, day_number, days_of, event_notes, over_all, say, set_up
from sim.scenario.policy_words import listed

if TYPE_CHECKING:
    from sim.experiment.run import Run

BACKLOG = Key("backlog")
SERIES_WORDS = {
    "backlog": "Effective compute that waits",
    "binds": "Effective compute that this holds up: attribution by rule, not cause",
}
MARKS = 7  # on a line with many points
BAR = 7.0  # points from one bar of single runs to the next
NEAR = DAYS_A_WEEK * SAMPLE  # a line that ends so many days before the time axis does still ends with it


@dataclass(frozen=True)
class Fan:
    """One scenario's line."""

    name: str
    days: Floats  # shape (points,), matplotlib's days; of steps their ends, two to a year
    values: Floats  # shape (replications, points)
    mean: Floats
    band: Spread | None
    look: ScenarioLook
    steps: bool

    @property
    def end(self) -> int | None:
        """The last point that has a value."""
        known = np.flatnonzero(~np.isnan(self.mean))
        return int(known[-1]) if len(known) else None

    @property
    def last_year(self) -> int | None:
        """The calendar year of the last value; of steps the year that its level is of."""
        return None if self.end is None else day_at(self.days[self.end] - self.steps).year

    def ends_early(self, last: float) -> bool:
        """Whether it ends well before the time axis does, at that day."""
        return self.end is not None and last - self.days[self.end] > NEAR


def fan_series(run: Run, outcome: Key) -> tuple[str, str] | None:
    """The series that shows an outcome every four weeks, where there is one: the backlog, and what binds."""
    series = outcome.outcome, outcome.item
    return series if outcome.outcome in SERIES_WORDS and series in run.series else None


def fan_outcomes(run: Run) -> list[Key]:
    """The outcomes with values over time, those with a series or values by year, in the run's order."""
    yearly = [key.at(None) for key in run.outcomes if isinstance(key.period, int)]
    series = [key for key in (BACKLOG,) if fan_series(run, key)]
    return list(dict.fromkeys([*series, *yearly]))


def fan_unit(runs: Sequence[Run], outcome: Key) -> str:
    """The unit of an outcome as it is drawn: what binds is a quantity at each look, not a sum over time."""
    return "A100e" if fan_series(runs[0], outcome) else OUTCOMES[outcome.outcome].unit


def is_total(outcome: Key) -> bool:
    """Whether a year's value is a sum over the year, so that a part of a year has less: compute, chips or money, unless
    it is averaged. A share, a price or a number of weeks is none."""
    card = OUTCOMES[outcome.outcome]
    return card.unit in SCALED and not card.averaged


def years_of(run: Run, outcome: Key) -> list[int]:
    """The calendar years with a value to show: of a total only those that the window holds as a whole."""
    years = [key.period for key in run.outcomes if key.name == outcome.name and isinstance(key.period, int)]
    return [year for year in years if not is_total(outcome) or _whole(run, year)]


def _whole(run: Run, year: int) -> bool:
    window = run.scenario.window
    return window.start <= datetime.date(year, 1, 1) and datetime.date(year + 1, 1, 1) <= window.end


def years_left_out(runs: Sequence[Run], outcome: Key) -> list[int]:
    """The years of which a scenario's window has only a part, where that would look like a collapse of a total."""
    if fan_series(runs[0], outcome) or not is_total(outcome):
        return []
    return sorted(
        {
            key.period
            for run in shown(runs)
            for key in run.outcomes
            if key.name == outcome.name and isinstance(key.period, int) and not _whole(run, key.period)
        }
    )


def fans(runs: Sequence[Run], outcome: Key) -> list[Fan]:
    """The lines of the scenarios that have the outcome, the base first."""
    found = []
    for place, run in enumerate(shown(runs)):
        days, values = _values(run, outcome)
        if len(days):
            name, steps = tidy(run.scenario.name), fan_series(run, outcome) is None
            found.append(Fan(name, days, values, mean_of(values), spread_of_runs(values), look_of(place), steps))
    return found


def _values(run: Run, outcome: Key) -> tuple[Floats, Floats]:
    """Days, shape (points,), and values, shape (replications, points).

    A year has two points: its first day, or the window's, and its end.
    """
    if series := fan_series(run, outcome):
        values = run.series[series]
        return days_of(run)[: values.shape[1]], values
    window = run.scenario.window
    years = years_of(run, outcome)
    ends = []
    for year in years:
        start, end = max(window.start, datetime.date(year, 1, 1)), min(window.end, datetime.date(year + 1, 1, 1))
        ends += [day_number(start), day_number(end)]
    columns = [run[outcome.at(year)] for year in years for _ in range(2)]
    return np.array(ends), np.column_stack(columns) if columns else np.empty((len(run), 0))


def draw_fan(ax: Axes, runs: Sequence[Run], outcome: Key = BACKLOG) -> Axes:
    """An outcome over time by scenario, the first being the base: mean lines, single runs, the base's policy events.

    One or two scenarios have the band of their single runs around their lines. With more, bands would hide each other:
    only the base's is drawn, and each scenario has a bar right of its line's end instead, over its last point. What is
    known by year is drawn in steps; of a total, years of which the window has only a part are left out. The name of a
    line that ends before the window has the year of its last value behind it.
    """
    lines = fans(runs, outcome)
    tops = [line for fan in lines for line in (fan.mean, *([fan.band.high] if fan.band else []))]
    top = max((float(np.nanmax(values)) for values in tops if not np.isnan(values).all()), default=0.0)
    unit = fan_unit(runs, outcome)
    scenarios = [run.scenario for run in shown(runs)]
    set_up(ax, over_all(scenarios), top, unit, scenarios)
    lines = [fan for fan in lines if fan.end is not None]
    _, words = axis_scale(top, unit)
    a_year = " a year" if not fan_series(runs[0], outcome) and is_total(outcome) else ""
    ax.set_title(f"{outcome_name(outcome)}, {words}{a_year}", loc="left")
    if not lines:
        why = "the window has no whole year" if years_left_out(runs, outcome) else "no run has a value"
        return say(ax, f"There is nothing to show: {why}")
    bars = _bars(lines)
    for place, fan in enumerate(lines):
        if fan.band and (place == 0 or not bars):
            _draw_band(ax, fan, fan.band)
        (_draw_steps if fan.steps else _draw_line)(ax, fan, place, len(lines))
    start = _draw_bars(ax, lines) if bars else 0.0
    if top == 0:
        say(ax, "It is 0 throughout this window")
    draw_column(ax, _names(lines, ax.get_xlim()[1]), start)
    return ax


def _bars(lines: Sequence[Fan]) -> bool:
    """Whether bars tell what single runs do."""
    return len(lines) > MOST_BANDS and any(fan.band for fan in lines)


def _draw_band(ax: Axes, fan: Fan, band: Spread) -> None:
    draw_band(ax, fan.days, band, fan.look.colour, fan.look.width > OTHER_WIDTH)
    for edge in (band.low, band.high):
        draw_edge(ax, *(_apart(fan, edge) if fan.steps else (fan.days, edge)), fan.look.colour)


def _apart(fan: Fan, values: Floats) -> tuple[Floats, Floats]:
    """The points of steps with a gap between one year and the next."""
    gaps = np.arange(2, len(fan.days), 2)
    return np.insert(fan.days, gaps, np.nan), np.insert(values, gaps, np.nan)


def _draw_steps(ax: Axes, fan: Fan, place: int, count: int) -> None:
    """A level for each year, with a mark where no other scenario has its own, and thin lines from year to year."""
    look, zorder = fan.look, 3 + 0.01 * place
    about: dict[str, Any] = {"color": look.colour, "zorder": zorder}
    days, levels = _apart(fan, fan.mean)
    ax.plot(days, levels, linewidth=look.width, linestyle=look.dash, solid_capstyle="butt", label=fan.name, **about)
    starts, ends = fan.days[::2], fan.days[1::2]
    for n in np.flatnonzero(ends[:-1] == starts[1:]):
        ax.plot([ends[n]] * 2, fan.mean[2 * n + 1 : 2 * n + 3], linewidth=0.8, **about | {"zorder": 2.8})
    marker = look.marker or ("o" if count == 1 else "")
    at = starts + (ends - starts) * (place + 1) / (count + 1)
    ax.plot(at, fan.mean[::2], linestyle="none", marker=marker, markersize=7, markeredgecolor="white", **about)


def _draw_line(ax: Axes, fan: Fan, place: int, count: int) -> None:
    look, points = fan.look, len(fan.days)
    every: Any = None
    marker = look.marker
    if points > 2 * MARKS:  # far from those of lines that lie on this one
        step = points // MARKS
        every = (place * step // count, step)
    elif place == 0 or points == 1:
        marker = "o"
    ax.plot(
        fan.days,
        fan.mean,
        color=look.colour,
        linewidth=look.width,
        linestyle=look.dash,
        marker=marker,
        markersize=7,
        markeredgecolor="white",
        markevery=every,
        zorder=3 + 0.01 * place,
        label=fan.name,
    )


def _draw_bars(ax: Axes, lines: Sequence[Fan]) -> float:
    """A bar of single runs for each scenario right of its line's end; how many points those right of the axes take."""
    ruler, last = Ruler(ax), ax.get_xlim()[1]
    width, place = ruler.size[0], ax.get_yaxis_transform()
    beside: Counter[float] = Counter()  # bars at each place
    for fan in lines:
        end = fan.end
        if end is None:
            continue
        start = ruler.x(fan.days[end]) if fan.ends_early(last) else width
        beside[start] += 1
        at = (start + BAR * beside[start]) / width
        look: dict[str, Any] = {"transform": place, "color": fan.look.colour, "clip_on": False, "zorder": 5}
        if fan.band and not np.isnan(fan.band.low[end]):
            ax.plot([at, at], [fan.band.low[end], fan.band.high[end]], linewidth=2, **look)
        ax.plot([at], [fan.mean[end]], marker=fan.look.marker or "o", markersize=6, markeredgecolor="white", **look)
    return BAR * (beside[width] + 1) if beside[width] else 0.0


def _names(lines: Sequence[Fan], last: float) -> list[Entry]:
    """The scenarios from the top down, each near its line's end; nothing ties a name to the axes' edge, at the day
    `last`, where its line does not reach that."""
    entries = []
    for fan in lines:
        look, end = fan.look, fan.end or 0
        weight = "bold" if look.width > OTHER_WIDTH else "normal"
        about: dict[str, Any] = {"colour": look.colour, "weight": weight, "joined": not fan.ends_early(last)}
        entries.append(Entry(_told(fan, last), float(fan.mean[end]), dash=look.dash, marker=look.marker, **about))
    return sorted(entries, key=lambda entry: -entry.y)


def _told(fan: Fan, last: float) -> str:
    """A scenario's name, with the year of its last value where its line ends early: `baseline (2026)`."""
    return f"{fan.name} ({fan.last_year})" if fan.ends_early(last) else fan.name


# --- In words ---


def fan_title(outcome: Key) -> str:
    """The title of the picture of an outcome."""
    return f"{outcome_name(outcome) if outcome.outcome else 'Outcome'} over time"


def fan_notes(runs: Sequence[Run], outcome: Key) -> str:
    """How to read it."""
    if not outcome.outcome:
        return "No outcome has values over time."
    lines = fans(runs, outcome)
    series = fan_series(runs[0], outcome)
    defined = SERIES_WORDS[series[0]] if series else OUTCOMES[outcome.outcome].definition.rstrip(".")
    points = "every four weeks" if series else "a level for each calendar year"
    last = _last_day(runs)
    years = " In brackets: the year of a line's last value." if any(fan.ends_early(last) for fan in lines) else ""
    band = next((fan.band for fan in lines if fan.band), None)
    gaps = f"{_left_out_words(runs, outcome)}{_without_words(runs, lines)}"
    told = f"{defined}. Lines: {mean_words(runs[0])}, {points}.{gaps}{years} "
    if band is None:
        return f"{told}No band is drawn.{event_notes(runs)}"
    bars = "bars right of each line's end"
    where = "Bands" if not _bars(lines) else f"Grey band, and {bars}" if lines[0].band else bars.capitalize()
    return f"{told}{where}: {band.kind}, not the mean's uncertainty.{event_notes(runs)}"


def _left_out_words(runs: Sequence[Run], outcome: Key) -> str:
    """Which years are left out, with a space before it; empty where none is."""
    years = years_left_out(runs, outcome)
    if not years:
        return ""
    whose = "the window has" if _all_same(run.scenario.window for run in shown(runs)) else "a window has"
    each = "it" if len(years) == 1 else "each"
    return f" {listed(list(map(str, years)))} left out: {whose} only a part of {each}."


def _all_same(values: Iterable[object]) -> bool:
    first, *others = values
    return all(value == first for value in others)


def _without_words(runs: Sequence[Run], lines: Sequence[Fan]) -> str:
    """Which scenarios have no value, with a space before it; empty where each has one, or none has."""
    there = {fan.name for fan in lines if fan.end is not None}
    names = [tidy(run.scenario.name) for run in shown(runs)]
    without = [name for name in names if name not in there]
    return f" No value to show: {', '.join(without)}." if there and without else ""


def _last_day(runs: Sequence[Run]) -> float:
    """Where the time axis ends."""
    return day_number(over_all([run.scenario for run in shown(runs)]).window.end)


def fan_tells(runs: Sequence[Run], outcome: Key) -> str:
    """The values at the last point, by scenario, with what is known of each mean."""
    if not outcome.outcome:
        return "No outcome has values over time."
    lines = fans(runs, outcome)
    gaps = f"{_left_out_words(runs, outcome)}{_without_words(runs, lines)}"
    ended = [fan for fan in lines if fan.end is not None]
    if not ended:
        return f"No run has a value to show.{gaps}"
    together = _all_same(fan.days[fan.end or 0] for fan in ended)
    unit = fan_unit(runs, outcome)
    lasts = [summarise(fan.values[:, fan.end or 0]) for fan in ended]
    names = [fan.name if together else f"{fan.name} in {fan.last_year}" for fan in ended]
    told = [f"{name} {_value_words(last, unit)}" for name, last in zip(names, lasts, strict=True)]
    early = any(fan.ends_early(_last_day(runs)) for fan in ended)
    when = f"In {ended[0].last_year}"
    if not together:
        when = "At each line's end"
    elif fan_series(runs[0], outcome) and not early:
        when = "At the end of the window"
    elif early and not years_left_out(runs, outcome):
        when = f"{when}, the last year with a value"
    kind = "mean" if len(runs[0]) > 1 else "in the single run"
    if any(last.half_width > 0 for last in lasts):
        banded = any(last.having >= FEWEST_FOR_QUANTILES for last in lasts)
        more = ", then 10-90 % of single runs" if banded else ""
        kind = f"mean and, in brackets, its 95 % interval{more}"
    return f"{when}, {kind}: {'; '.join(told)}.{gaps}"


def _value_words(last: Summary, unit: str) -> str:
    """A mean no finer than two figures of its interval's half-width, that interval, and the band of enough runs."""
    unit, mean, interval, band = cells(last, unit)
    told = f"{mean} {unit}"
    if not last.half_width > 0:
        return told
    return f"{told} ({'; '.join([interval, band] if last.having >= FEWEST_FOR_QUANTILES else [interval])})"
