"""Axes: a window's time, values in a unit that suits them, a legend beside, words where there is nothing to show."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import FigureBase
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sim.base.rounding import decimals, scale_of
from sim.base.units import DAYS_A_WEEK, show
from sim.experiment.run import Run

Floats = NDArray[np.float64]
INK, SOFT_INK, GRID, PALE = "#1a1a1a", "#4d4d4d", "#d9d9d9", "#e4e4e4"
COLOURS = (INK, "#0067a8", "#b34700", "#00775a", "#8a3a86", "#7a5c00", "#4b4bbd", "#a8174f", "#5c5c5c")
"""Of lines and words; they are dark enough to be read on white."""
DARK = {
    "#ffffff": "#17191c",
    GRID: "#3a3e43",
    PALE: "#2b2f34",
    SOFT_INK: "#b3b5b8",
    **dict(
        zip(
            COLOURS,
            ("#e9e8e5", "#6bb8f0", "#ff9a52", "#4fc9a4", "#d68fd2", "#d4b24a", "#a3a3f5", "#f57fa8", "#a8a8a8"),
            strict=True,
        )
    ),
}
"""What stands for a colour on a dark page; those that are not here fill areas, and are good on both."""
ON_LIGHT, ON_DARK = "#141414", "#fdfdfd"
"""Of words that lie on such an area, which stay as they are on a dark page, as it does."""
PAPER: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.2}
"""Behind words that lie on a drawing."""
EPOCH = datetime.date(1970, 1, 1)  # matplotlib counts days from here

Period = tuple[datetime.date, datetime.date]
"""From the first day to the one after the last."""


def day_number(day: datetime.date) -> float:
    """A day as a place on the time axis, in matplotlib's count of days."""
    return float((day - EPOCH).days)


def day_at(place: float) -> datetime.date:
    """The day of a place on the time axis."""
    return EPOCH + datetime.timedelta(days=place)


def days_of(run: Run) -> Floats:
    """The points of a run's series as places on the time axis, shape (points,)."""
    return day_number(run.scenario.window.start) + DAYS_A_WEEK * run.weeks


def columns_of(ax: Axes) -> int:
    """How many axes stand side by side."""
    spec = ax.get_subplotspec()
    return spec.get_gridspec().ncols if spec else 1


def set_time(ax: Axes, period: Period) -> None:
    """A period on the x axis."""
    ax.set_xlim(*map(day_number, period))
    locator = AutoDateLocator(minticks=2, maxticks=max(5, 8 // columns_of(ax)))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def set_values(ax: Axes, top: float, unit: str, low: float = 0.0) -> None:
    """Values from `low` to `top` on the y axis, in what `unit_of` says."""
    divisor, _ = scale_of(max(top, -low), unit)
    room = 0.05 * (top - low) or 1.0
    ax.set_ylim(low - room * (low < 0), top + room)
    ax.yaxis.set_major_formatter(lambda value, _: minus(f"{value / divisor:,.10g}"))
    ax.grid(axis="y")


def unit_of(top: float, unit: str) -> str:
    """The unit in which axes up to `top` are labelled, such as million A100e."""
    return scale_of(top, unit)[1]


def highest(*values: Floats) -> float:
    """The largest of them, 0 where there is none."""
    return float(max((each[~np.isnan(each)].max(initial=0.0) for each in values), default=0.0))


def amount(value: float, unit: str, half: float = math.nan) -> str:
    """A quantity in a sentence, with three figures at most, and none finer than half of its interval leaves."""
    known = round(value, decimals(half, abs(value))) if half > 0 else value
    return minus(show(float(f"{known:.3g}"), unit))


def minus(text: str) -> str:
    """With a minus sign as long as a plus."""
    return text.replace("-", "\u2212")


def legend(figure: FigureBase, entries: Iterable[tuple[Artist | str, str]], **more: Any) -> None:
    """Names beside the axes, each with an artist or a colour."""
    handles = [(Patch(color=look) if isinstance(look, str) else look, name) for look, name in entries]
    if handles:
        about: Any = {"loc": "outside right upper", **more}
        figure.legend([handle for handle, _ in handles], [name for _, name in handles], **about)


def say(ax: Axes, words: str) -> None:
    """Words in the middle of axes that have nothing else to show."""
    ax.set_yticks([])
    ax.text(0.5, 0.45, words, transform=ax.transAxes, fontsize="large", ha="center", zorder=6)
