"""A difference step by step: each part begins where the one before it ends."""

from __future__ import annotations

import math
from functools import partial
from itertools import accumulate
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import FigureBase

from sim.base.wording import capital
from sim.exhibits.exhibit import Estimate, change_scale, estimate_text
from sim.pictures.axes import INK, PALE, SOFT_INK, legend, minus, say
from sim.pictures.names import short
from sim.pictures.slide import Words
from sim.pictures.study import Sketch, Sketches, sketches
from sim.studies.attribution import Attribution

HIGHER, LOWER = "#0067a8", "#b34700"  # the number beside a bar has the sign
LETTERS = 36  # of a part's name
WITHOUT = "without "


@sketches.register(Attribution)
def attribution_sketches(study: Attribution) -> Sketches:
    """The waterfall."""
    return {"waterfall": Sketch(_words(study), partial(_draw, study))}


def _scale(found: Attribution) -> tuple[float, str]:
    """What to divide by, and the unit then, of all that is drawn."""
    sizes = [abs(each.mean) for row in found.rows for each in (row.part, row.alone, row.last)]
    return change_scale(max(filter(math.isfinite, sizes), default=0.0), found.total.part.unit)


def _number(estimate: Estimate, divisor: float) -> str:
    return minus(estimate_text(Estimate(estimate.mean, estimate.half, change=True), divisor))


def _finding(found: Attribution) -> str:
    """The difference, and its largest part, where its sign can be told."""
    if not found.pairs:
        return f"{capital(found.label)} cannot be split"
    most, total = found.parts[0], found.total.part
    divisor, unit = change_scale(abs(total.mean), total.unit)
    whole = f"{found.other}: {_number(total, divisor)} {unit} in {found.label}"
    if len(found.parts) == 1:
        return f"{whole}, {most.label}"
    if not _clear(most.part):
        return (
            f"{whole}; of no part can the sign be told" if not any(_clear(each.part) for each in found.parts) else whole
        )
    how = f"dropping {most.label.removeprefix(WITHOUT)}" if most.label.startswith(WITHOUT) else most.label
    return f"{whole}; the largest part is {how} ({_number(most.part, divisor)})"


def _clear(part: Estimate) -> bool:
    """Whether its interval leaves 0 out."""
    return abs(part.mean) > part.half


def _words(found: Attribution) -> Words:
    divisor, unit = _scale(found)
    told = [
        f"{step.label}: {_number(step.part, divisor)}, alone {_number(step.alone, divisor)}, "
        f"added last {_number(step.last, divisor)}."
        for step in found.parts
    ]
    finding, heading = _finding(found), f"{capital(found.label)}: difference from {found.base}, {unit}"
    return Words(
        name=f"waterfall-{found.key}-{found.other}",
        title=finding,
        heading=heading,
        notes=(
            "Bar: what a change adds, averaged over all orders (Shapley value), and its 95 % interval. "
            "Marks: alone and last, from where the bar begins. Pale: cannot tell.",
            f"{found.base} to {found.other}, {found.pairs} pairs of replications, seed {found.seed}.",
        ),
        description=" ".join([f"{finding}. {heading}.", *told]),
    )


def _draw(found: Attribution, figure: FigureBase) -> None:
    """A row for each part and one for the sum, the numbers right of the axes."""
    ax = figure.subplots()
    if not found.rows:
        say(ax, "Nothing can be said")
        return
    divisor, _ = _scale(found)
    ends = list(accumulate(step.part.mean / divisor for step in found.parts))
    starts = [0.0, *ends[:-1], 0.0]
    aside: Any = {"transform": ax.get_yaxis_transform(), "va": "center"}
    for row, (step, start) in enumerate(zip(found.rows, starts, strict=False)):
        width, half = step.part.mean / divisor, step.part.half / divisor
        if step is found.total:
            hue, fill = INK, PALE
        elif _clear(step.part):
            hue = fill = HIGHER if width > 0 else LOWER
        else:
            hue, fill = SOFT_INK, PALE
        ax.barh(row, width, 0.6, start, color=fill, edgecolor=hue, zorder=2)
        bar: Any = half if math.isfinite(half) else None
        ax.errorbar(start + width, row, xerr=bar, fmt="none", ecolor=INK, elinewidth=1.5, capsize=4, zorder=3)
        ax.text(1.02, row, _number(step.part, divisor), color=hue, weight="bold", **aside)
    for row, end in enumerate(ends[: len(found.rows) - 1]):
        ax.plot([end, end], [row - 0.3, row + 1.3], color=SOFT_INK, linewidth=1, zorder=1.5)
    rows = range(len(found.parts))
    marks: list[tuple[Artist | str, str]] = []
    for name, marker, own in (
        ("alone", "o", [step.alone.mean for step in found.parts]),
        ("added last", "D", [step.last.mean for step in found.parts]),
    ):
        places = [start + value / divisor for start, value in zip(starts, own, strict=False)]
        look: Any = {"marker": marker, "linestyle": "none", "markersize": 8, "zorder": 4}
        [mark] = ax.plot(places, rows, color=INK, markerfacecolor="white", **look)
        marks.append((mark, name))
    ax.axvline(0, color=INK, linewidth=1, zorder=1)
    ax.set_yticks(range(len(found.rows)), [short(step.label, LETTERS) for step in found.rows])
    ax.set_ylim(len(found.rows) - 0.5, -0.5)
    ax.margins(x=0.06)
    ax.xaxis.set_major_formatter(lambda value, _: minus(f"{value:+,.10g}") if value else "0")
    ax.grid(axis="x")
    legend(figure, marks, loc="outside lower right", ncols=2)
