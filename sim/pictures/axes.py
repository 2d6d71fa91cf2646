"""Axes: a window's time, values in a unit that suits them, a legend beside, words where there is nothing to show."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import FigureBase
from matplotlib.legend import Legend
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sim.base.rounding import scale_of
from sim.base.units import DAYS_A_WEEK

if TYPE_CHECKING:
    from sim.experiment.run import Run
    from sim.scenario.parts import Scenario

Floats = NDArray[np.float64]
INK, SOFT_INK, GRID = "#1a1a1a", "#4d4d4d", "#d9d9d9"
PAPER: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.2}
"""Behind words that lie on a drawing."""
EPOCH = datetime.date(1970, 1, 1)  # matplotlib counts days from here


def day_number(day: datetime.date) -> float:
    """A day as a place on the time axis, in matplotlib's count of days."""
    return float((day - EPOCH).days)


def year_at(place: float) -> int:
    """The calendar year of a place on the time axis."""
    return (EPOCH + datetime.timedelta(days=place)).year


def days_of(run: Run, points: int | None = None) -> Floats:
    """The points of a run's series, or so many of them, as places on the time axis, shape (points,)."""
    return day_number(run.scenario.window.start) + DAYS_A_WEEK * run.weeks[:points]


def set_time(ax: Axes, scenario: Scenario) -> None:
    """The whole window on the x axis."""
    ax.set_xlim(day_number(scenario.window.start), day_number(scenario.window.end))
    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def set_values(ax: Axes, top: float, unit: str) -> str:
    """Values from 0 to `top` on the y axis, told in a unit that suits them; that unit."""
    divisor, word = scale_of(top, unit)
    ax.set_ylim(0, 1.05 * top or 1.0)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value / divisor:,.10g}")
    ax.grid(axis="y")
    return word


def highest(*values: Floats) -> float:
    """The largest of them, 0 where there is none."""
    return float(max((each[~np.isnan(each)].max(initial=0.0) for each in values), default=0.0))


def three(value: float) -> str:
    """A number with three figures and never fewer, so that numbers side by side are alike: 4.00, 3.39, 412."""
    return f"{value:#.3g}".rstrip(".")


def legend(figure: FigureBase, entries: Iterable[tuple[Artist | str, str]], **more: Any) -> Legend | None:
    """Names beside the axes, each with an artist or a colour; None where there are no names."""
    handles = [(Patch(color=look) if isinstance(look, str) else look, name) for look, name in entries]
    if not handles:
        return None
    about: Any = {"loc": "outside right upper", **more}
    return figure.legend([handle for handle, _ in handles], [name for _, name in handles], **about)


def say(ax: Axes, words: str) -> None:
    """Words in the middle of axes that have nothing else to show."""
    ax.set_yticks([])
    ax.text(0.5, 0.45, words, transform=ax.transAxes, fontsize=15, ha="center", zorder=6)
