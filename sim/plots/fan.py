"""An outcome over time: a mean line for each scenario, with what single runs do around it.

What is known every four weeks is a line. What is known by year is a step over each year: a line from the middle of one
year to the next would let it change before the rule that changes it. A sum over a part of a year would look like a
collapse, so it is left out and that is said; a share or an average of a part of a year is shown.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from sim.intervals import summarise
from sim.outcomes import card_of
from sim.plots.canvas import (
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
from sim.plots.scenarios import OTHER_WIDTH, ScenarioLook, look_of, shown
from sim.plots.single_runs import MOST_BANDS, Spread, draw_band, draw_edge, spread_of_runs
from sim.plots.timeline import axis_scale, day_number, days_of, event_notes, over_all, say, set_up
from sim.policy_words import listed
from sim.rounding import SCALED, cells

if TYPE_CHECKING:
    from sim.experiment import Run

SERIES_WORDS = {
    "backlog": "Effective compute that waits",
    "binds": "Effective compute that this holds up: attribution by rule, not cause",
}
MARKS = 7  # on a line with many points
BAR = 7.0  # points from one bar of single runs to the next


@dataclass(frozen=True)
class Fan:
    """One scenario's line."""

    name: str
    days: Floats  # shape (points,), matplotlib's days; of steps their ends, two to a year
    mean: Floats
    band: Spread | None
    look: ScenarioLook
    steps: bool

    @property
    def end(self) -> int | None:
        """The last point that has a value."""
        known = np.flatnonzero(~np.isnan(self.mean))
        return int(known[-1]) if len(known) else None


def fan_series(run: Run, outcome: str) -> tuple[str, str] | None:
    """The series that shows an outcome every four weeks, where there is one: the backlog, and what binds."""
    name, _, item = outcome.partition("_")
    return (name, item) if name in SERIES_WORDS and (name, item) in run.series else None


def fan_outcomes(run: Run) -> list[str]:
    """The outcomes with values over time, those with a series or values by year, in the run's order."""
    yearly = [name for name, period in run.outcomes if isinstance(period, int)]
    series = [name for name in ("backlog",) if fan_series(run, name)]
    return list(dict.fromkeys([*series, *yearly]))


def fan_unit(runs: Sequence[Run], outcome: str) -> str:
    """The unit of an outcome as it is drawn: what binds is a quantity at each look, not a sum over time."""
    return "A100e" if fan_series(runs[0], outcome) else card_of(outcome).unit


def is_total(outcome: str) -> bool:
    """Whether a year's value is a sum over the year, so that a part of a year has less: compute, chips or money, unless
    it is averaged. A share, a price or a number of weeks is none."""
    card = card_of(outcome)
    return card.unit in SCALED and "averaged" not in card.definition


def years_of(run: Run, outcome: str) -> list[int]:
    """The calendar years with a value to show: of a total only those that the window holds as a whole."""
    years = [period for name, period in run.outcomes if name == outcome and isinstance(period, int)]
    return [year for year in years if not is_total(outcome) or _whole(run, year)]


def _whole(run: Run, year: int) -> bool:
    window = run.scenario.window
    return window.start <= datetime.date(year, 1, 1) and datetime.date(year + 1, 1, 1) <= window.end


def years_left_out(runs: Sequence[Run], outcome: str) -> list[int]:
    """The years of which a scenario's window has only a part, where that would look like a collapse of a total."""
    if fan_series(runs[0], outcome) or not is_total(outcome):
        return []
    return sorted(
        {
            period
            for run in shown(runs)
            for name, period in run.outcomes
            if name == outcome and isinstance(period, int) and not _whole(run, period)
        }
    )


def fans(runs: Sequence[Run], outcome: str) -> list[Fan]:
    """The lines of the scenarios that have the outcome, the base first."""
    found = []
    for place, run in enumerate(shown(runs)):
        days, values = _values(run, outcome)
        if len(days):
            name, steps = tidy(run.scenario.name), fan_series(run, outcome) is None
            found.append(Fan(name, days, mean_of(values), spread_of_runs(values), look_of(place), steps))
    return found


def _values(run: Run, outcome: str) -> tuple[Floats, Floats]:
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
    columns = [run.outcomes[outcome, year] for year in years for _ in range(2)]
    return np.array(ends), np.column_stack(columns) if columns else np.empty((len(run), 0))


def draw_fan(ax: Axes, runs: Sequence[Run], outcome: str = "backlog") -> Axes:
    """An outcome over time by scenario, the first being the base: mean lines, single runs, the base's policy events.

    One or two scenarios have the band of their single runs around their lines. With more, bands would hide each other:
    only the base's is drawn, and each scenario has a bar right of the axes, over its last point, instead. What is known
    by year is drawn in steps; of a total, years of which the window has only a part are left out.
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
    draw_column(ax, _names(lines), start)
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
    """A bar of single runs for each scenario right of the axes, over its last point; how many points wide they are."""
    width = Ruler(ax).size[0]
    place = ax.get_yaxis_transform()
    for n, fan in enumerate(lines):
        at, end = 1 + (BAR * (n + 1)) / width, fan.end
        look: dict[str, Any] = {"transform": place, "color": fan.look.colour, "clip_on": False}
        if end is None:
            continue
        if fan.band and not np.isnan(fan.band.low[end]):
            ax.plot([at, at], [fan.band.low[end], fan.band.high[end]], linewidth=2, **look)
        ax.plot([at], [fan.mean[end]], marker=fan.look.marker or "o", markersize=6, markeredgecolor="white", **look)
    return BAR * (len(lines) + 1)


def _names(lines: Sequence[Fan]) -> list[Entry]:
    """The scenarios from the top down, each near its line's end."""
    entries = []
    for fan in lines:
        look, end = fan.look, fan.end or 0
        weight = "bold" if look.width > OTHER_WIDTH else "normal"
        about: dict[str, Any] = {"colour": look.colour, "weight": weight, "joined": True}
        entries.append(Entry(fan.name, float(fan.mean[end]), dash=look.dash, marker=look.marker, **about))
    return sorted(entries, key=lambda entry: -entry.y)


# --- In words ---


def fan_title(outcome: str) -> str:
    """The title of the picture of an outcome."""
    return f"{outcome_name(outcome) if outcome else 'Outcome'} over time"


def fan_notes(runs: Sequence[Run], outcome: str) -> str:
    """How to read it."""
    if not outcome:
        return "No outcome has values over time."
    lines = fans(runs, outcome)
    series = fan_series(runs[0], outcome)
    defined = SERIES_WORDS[series[0]] if series else card_of(outcome).definition.rstrip(".")
    points = "every four weeks" if series else "a level for each calendar year"
    band = next((fan.band for fan in lines if fan.band), None)
    told = f"{defined}. Lines: {mean_words(runs[0])}, {points}.{_left_out_words(runs, outcome)} "
    if band is None:
        return f"{told}No band is drawn.{event_notes(runs)}"
    bars = "bars right of each line's last point"
    where = "Bands" if not _bars(lines) else f"Grey band, and {bars}" if lines[0].band else bars.capitalize()
    return f"{told}{where}: {band.kind}, not the mean's uncertainty.{event_notes(runs)}"


def _left_out_words(runs: Sequence[Run], outcome: str) -> str:
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


def fan_tells(runs: Sequence[Run], outcome: str) -> str:
    """The values at the last point, by scenario."""
    if not outcome:
        return "No outcome has values over time."
    told, banded = [], False
    for run in shown(runs):
        _, values = _values(run, outcome)
        known = np.flatnonzero(~np.isnan(values).all(axis=0))
        if not len(known):
            continue
        last = summarise(values[:, known[-1]])
        unit, mean, _, band = cells(last, fan_unit(runs, outcome))
        banded = banded or last.having >= FEWEST_FOR_QUANTILES
        spread = f" ({band})" if last.having >= FEWEST_FOR_QUANTILES else ""
        told.append(f"{tidy(run.scenario.name)} {mean}{spread} {unit}")
    left_out = _left_out_words(runs, outcome)
    if not told:
        return f"No run has a value to show.{left_out}"
    when = "At the end of the window" if fan_series(runs[0], outcome) else f"In {_last_years(runs, outcome)}"
    kind = "mean and, in brackets, 10-90 % of single runs" if banded else "mean"
    return f"{when}, {kind}: {'; '.join(told)}.{left_out}"


def _last_years(runs: Sequence[Run], outcome: str) -> str:
    """The last year with a value, where it is the same in every scenario that has one."""
    lasts = []
    for run in shown(runs):
        known = [year for year in years_of(run, outcome) if not np.isnan(run.outcomes[outcome, year]).all()]
        lasts += known[-1:]
    return str(lasts[0]) if _all_same(lasts) else "the last year with a value"
