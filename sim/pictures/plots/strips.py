"""What holds up the compute that waits: a strip for each scenario, its parts as shares of all that waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.base.rounding import percent, scale_of
from sim.base.units import DAYS_A_WEEK
from sim.outcomes.history import SAMPLE
from sim.pictures.plots.binds import HOLDS, Held, held
from sim.pictures.plots.canvas import (
    INK,
    SOFT_INK,
    TEXT_SIZE,
    Entry,
    Floats,
    Ruler,
    draw_column,
    figures,
    mean_words,
    readable,
    shorten,
    tidy,
    write,
)
from sim.pictures.plots.scenarios import shown
from sim.pictures.plots.timeline import day_number, draw_events, event_notes, name_inside, over_all, say, set_time

if TYPE_CHECKING:
    from sim.experiment.run import Run

TALL = 0.8  # of a strip, where the next begins at 1
MARGIN = 36.0  # points left of the names, and between them and the axes
TRACE = 1e-6  # of the largest need that ever waits; shares of less say nothing


@dataclass(frozen=True)
class Strip:
    """One scenario's strip."""

    name: str
    parts: list[Held]
    days: Floats  # shape (looks,), matplotlib's days
    edges: Floats  # shape (parts + 1, looks), shares from 0 to 1; nan where nothing waits
    end: float  # A100e that wait at the last look

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where something waits, shape (looks,)."""
        return np.asarray(~np.isnan(self.edges).any(axis=0))


def strip_of(run: Run) -> Strip:
    """The parts of what waits as shares of it, mean over replications, from the base of the strip up."""
    parts = held(run)
    looks = len(parts[0].need) if parts else 0
    sums = np.cumsum([np.zeros(looks), *(part.need for part in parts)], axis=0)
    total = sums[-1]
    some = total > TRACE * np.nanmax(total, initial=0.0)
    edges = np.where(some, sums / np.where(some, total, 1.0), np.nan)
    days = day_number(run.scenario.window.start) + DAYS_A_WEEK * SAMPLE * np.arange(looks, dtype=np.float64)
    end = float(total[-1]) if looks else 0.0
    return Strip(tidy(run.scenario.name), parts, days, edges, end)


def draw_strips(ax: Axes, runs: Sequence[Run]) -> Axes:
    """A strip for each scenario over time, the base on top: what holds up the compute that waits, as shares of it.

    A strip is as tall as all that waits at that time, however much it is. The base's policy events stand above.
    """
    strips = [strip_of(run) for run in shown(runs)]
    scenarios = [run.scenario for run in shown(runs)]
    base = over_all(scenarios)
    set_time(ax, base)
    ax.set_ylim(0, len(strips))
    ax.set_yticks([])
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(SOFT_INK)
    ax.tick_params(axis="x", labelsize=TEXT_SIZE, colors=SOFT_INK, pad=6)
    draw_events(ax, base, scenarios)
    if not any(strip.known.any() for strip in strips):
        return say(ax, "Nothing waits in this window, or its split is not known")
    for n, strip in enumerate(strips):
        _draw_strip(ax, len(strips) - 1 - n + (1 - TALL) / 2, strip, base)
    _write_names(ax, strips)
    draw_column(ax, _column(strips))
    return ax


def _draw_strip(ax: Axes, floor: float, strip: Strip, base: Any) -> None:
    days, edges = strip.days, floor + TALL * strip.edges
    known = strip.known
    for part, (low, high) in zip(strip.parts, pairwise(edges), strict=True):
        look: dict[str, Any] = {"facecolor": part.hold.face, "edgecolor": part.hold.mark, "hatch": part.hold.hatch}
        ax.fill_between(days, low, high, where=known.tolist(), linewidth=0, zorder=2, label=part.name, **look)
    for line in edges[1:-1]:
        ax.plot(days, line, color="white", linewidth=0.9, zorder=3)
    for part, (low, high) in zip(strip.parts, pairwise(edges), strict=True):
        name_inside(ax, part.name, days, low, high, base)


def _write_names(ax: Axes, strips: Sequence[Strip]) -> None:
    """The scenarios' names left of their strips."""
    ruler = Ruler(ax)
    low, high = ax.get_ylim()
    step = ruler.size[1] / (high - low)
    size, small = min(TEXT_SIZE, 0.5 * step), min(10.0, 0.3 * step)
    for n, strip in enumerate(strips):
        _write_name(ax, ruler, len(strips) - n - 0.5 + 0.42 * size / step, strip.name, size, "normal" if n else "bold")
        divisor, unit = scale_of(strip.end, "A100e")
        ends = f"ends at {figures(strip.end / divisor)} {unit.removesuffix(' A100e')}" if strip.end else "ends at 0"
        _write_name(ax, ruler, len(strips) - n - 0.5 - 0.75 * small / step, ends, small, "normal", SOFT_INK)


def _write_name(ax: Axes, ruler: Ruler, y: float, text: str, size: float, weight: str, colour: str = INK) -> None:
    room = ax.bbox.x0 / ruler.point - MARGIN
    text = shorten(text, room, lambda line: ruler.width(line, size, weight), tail=6)
    place: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "gid": "name", "ha": "right"}
    write(ax, -8 / ruler.size[0], y, text, size, weight=weight, color=colour, **place)


def _column(strips: Sequence[Strip]) -> list[Entry]:
    """The constraints that hold up anything anywhere, as they lie in a strip."""
    names = {part.name for strip in strips for part in strip.parts}
    found = [(readable(key), hold) for key, hold in HOLDS.items() if readable(key) in names]
    middle = len(strips) / 2
    return [Entry(name, middle, face=hold.face, hatch=hold.hatch, mark=hold.mark) for name, hold in reversed(found)]


# --- In words ---


def strips_notes(runs: Sequence[Run]) -> str:
    """How to read it."""
    return (
        f"Each strip is all that waits in that scenario at that time, be it little or much: {mean_words(runs[0])}, "
        "every four weeks. Beside it: A100e that wait at the end. The split is attribution by rule, not cause."
        f"{event_notes(runs)}"
    )


def strips_tells(runs: Sequence[Run]) -> str:
    """The largest parts of each scenario."""
    told = []
    for run in shown(runs):
        parts = sorted(held(run), key=lambda part: -part.share)[:3]
        shares = ", ".join(f"{part.name.lower()} {percent(part.share)}" for part in parts)
        told.append(f"{tidy(run.scenario.name)}: {shares or 'nothing waits'}")
    return f"Of all that waits, summed over time, the largest parts. {'; '.join(told)}."
