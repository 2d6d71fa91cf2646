"""What holds up the compute that waits, over time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from sim.base.rounding import percent
from sim.base.units import DAYS_A_WEEK
from sim.outcomes.history import SAMPLE
from sim.pictures.plots.canvas import Entry, Floats, draw_column, mean_of, mean_words, readable
from sim.pictures.plots.timeline import day_number, event_notes, name_inside, say, set_up

if TYPE_CHECKING:
    from sim.experiment.run import Run


@dataclass(frozen=True)
class Hold:
    """How the part of one constraint looks."""

    face: str
    hatch: str
    mark: str  # the hatch's colour


# Bottom to top: what is wanting at home, then what is wanting abroad. Neighbours differ in lightness, and no hatch
# serves twice.
HOLDS = {
    "wafers": Hold("#0f6b4f", "", "#ffffff"),
    "memory": Hold("#8fd0b2", "//", "#0c3d2e"),
    "software": Hold("#4b3f9e", "..", "#ffffff"),
    "licence": Hold("#f3d9a4", "xx", "#5c3d00"),
    "transit": Hold("#b98a2e", "--", "#000000"),
    "import_volume": Hold("#f7b58f", "\\\\", "#6b2200"),
    "import_control": Hold("#b23a1e", "||", "#ffffff"),
}


@dataclass(frozen=True)
class Held:
    """The area of one constraint."""

    name: str
    hold: Hold
    need: Floats  # shape (looks,), A100e
    share: float  # of all that waits, over the whole window


def held(run: Run) -> list[Held]:
    """The areas from the bottom up, mean over replications; constraints that never hold up anything are left out."""
    means = {name: mean_of(run.series["binds", name]) for name in HOLDS if ("binds", name) in run.series}
    total = sum(float(np.nansum(mean)) for mean in means.values())
    sums = {name: float(np.nansum(mean)) for name, mean in means.items()}
    return [Held(readable(name), HOLDS[name], mean, sums[name] / total) for name, mean in means.items() if sums[name]]


def never_binding(run: Run) -> list[str]:
    """Names of the constraints that hold up nothing in any run."""
    return [
        readable(name) for name in HOLDS if ("binds", name) in run.series and (run.series["binds", name] == 0).all()
    ]


def draw_binds(ax: Axes, run: Run) -> Axes:
    """The compute that waits over time, in A100e, split by what holds it up: areas by constraint, the policy events
    above them.

    Heights are means over replications, every four weeks; the areas add up to the backlog. Domestic constraints lie at
    the bottom, those of imports on top. The column at the right names every area with its share of all that waits.
    """
    stack = held(run)
    looks = len(stack[0].need) if stack else 0
    days = day_number(run.scenario.window.start) + DAYS_A_WEEK * SAMPLE * np.arange(looks, dtype=np.float64)
    edges = np.cumsum([np.zeros(looks), *(part.need for part in stack)], axis=0)
    known = ~np.isnan(edges).any(axis=0)
    top = float(edges[-1][known].max(initial=0.0))
    set_up(ax, run.scenario, top, "A100e waiting")
    if not top:
        whole = any(name == "binds" for name, _ in run.series)
        return say(ax, "Nothing waits in this window" if whole else "There is no split to show")
    if known.sum() == 1:  # an area needs two ends
        at = int(np.flatnonzero(known)[0])
        until = min(days[at] + DAYS_A_WEEK * SAMPLE, day_number(run.scenario.window.end))
        days, edges, known = np.array([days[at], until]), edges[:, [at, at]], known[[at, at]]
    for part, (low, high) in zip(stack, pairwise(edges), strict=True):
        look: dict[str, Any] = {"facecolor": part.hold.face, "edgecolor": part.hold.mark, "hatch": part.hold.hatch}
        ax.fill_between(days, low, high, where=known.tolist(), linewidth=0, zorder=2, label=part.name, **look)
        ax.plot(days, np.where(known & (high > low), high, np.nan), color="white", linewidth=1.2, zorder=3)
    for part, (low, high) in zip(stack, pairwise(edges), strict=True):
        name_inside(ax, part.name, days, np.where(known, low, np.nan), np.where(known, high, np.nan), run.scenario)
    ends = edges[:, known][:, -1]
    entries = []
    for n in reversed(range(len(stack))):
        part, reaches = stack[n], bool(ends[n + 1] > ends[n])
        y = float(ends[n] + ends[n + 1]) / 2
        told = f"{part.name} {percent(part.share)}"
        look = {"face": part.hold.face, "hatch": part.hold.hatch, "mark": part.hold.mark, "joined": reaches}
        entries.append(Entry(told, y, **look))
    draw_column(ax, entries)
    return ax


def binds_notes(run: Run) -> str:
    """How to read it."""
    never = never_binding(run)
    missing = f" Holding up nothing in any run: {', '.join(never)}." if never else ""
    return (
        f"Areas: {mean_words(run)}, every four weeks; they add up to all that waits, and per cent is of that. The "
        "split is attribution by rule, not cause: a paired run that relieves one constraint shows that."
        f"{event_notes([run])}{missing}"
    )


def binds_tells(run: Run) -> str:
    """Whose part is how large, the largest first."""
    parts = sorted(held(run), key=lambda part: -part.share)
    shares = [f"{part.name.lower()} {percent(part.share)}" for part in parts]
    return f"Of all that waits, summed over time: {', '.join(shares)}." if shares else "Nothing waits."
