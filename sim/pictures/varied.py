"""A key of a scenario on an axis."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import LogLocator, NullFormatter

from sim.pictures.axes import EPOCH, minus
from sim.scenario.sampling import Input


def places(of: Input, numbers: Iterable[float]) -> list[float]:
    """Values of a key as places on the axis."""
    first = EPOCH.toordinal() if of.unit == "date" else 0
    return [number - first for number in numbers]


def set_key(ax: Axes, of: Input) -> None:
    """A key with its range on the x axis, on a logarithm where its values are spread so."""
    if of.log:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_minor_formatter(NullFormatter())
    low, high = places(of, (of.low, of.high))
    room = 0 if of.log else 0.02 * (high - low)
    ax.set_xlim(low - room, high + room)
    unit, divisor = of.unit, 1.0
    if of.unit == "date":
        locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        unit = ""
    else:
        if of.unit.startswith("share"):
            unit, divisor = of.unit.replace("share", "%"), 0.01
        ax.xaxis.set_major_formatter(lambda value, _: minus(f"{value / divisor:,.10g}"))
    ax.set_xlabel(", ".join(filter(None, [of.key, unit])))
