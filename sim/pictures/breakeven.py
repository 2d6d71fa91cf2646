"""A break-even: the difference over the key with its interval, the line that it is to cross, and where it does."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import FigureBase

from sim.base.wording import capital
from sim.exhibits.exhibit import change_scale
from sim.pictures.axes import COLOURS, INK, SOFT_INK, legend, minus
from sim.pictures.slide import Words
from sim.pictures.study import Sketch, Sketches, sketches
from sim.pictures.varied import places, set_key
from sim.studies.breakeven import BreakEven, answers, headline

LINE, FOUND = COLOURS[1], COLOURS[2]


@sketches.register(BreakEven)
def breakeven_sketches(study: BreakEven) -> Sketches:
    """One picture."""
    where = "both" if study.where == "both" else f"{study.base} alone"
    words = Words(
        name=f"breakeven-{study.base}-{study.other}-{study.of.key}",
        title=headline(study),
        heading=f"{capital(study.label)}, {study.other} less {study.base}, {_scale(study)[1]}; key varied in {where}",
        notes=(
            f"{study.replications} pairs at each value, seed {study.seed}. Dots: values tried. Light: 95 % interval of "
            "the mean difference.",
        ),
        description=" ".join([f"{headline(study)}.", *answers(study)]),
    )
    return {"breakeven": Sketch(words, lambda figure: _draw(study, figure))}


def _scale(study: BreakEven) -> tuple[float, str]:
    """What to divide the differences by, and their unit."""
    size = max((abs(each.difference.mean) for each in study.tried if each.difference.n), default=0.0)
    return change_scale(size, study.unit)


def _draw(study: BreakEven, figure: FigureBase) -> None:
    ax, (divisor, _) = figure.subplots(), _scale(study)
    at = places(study.of, [each.number for each in study.tried])
    middle = np.array([each.difference.mean for each in study.tried]) / divisor
    half = np.array([each.half for each in study.tried]) / divisor
    entries: dict[str, Artist] = {}
    set_key(ax, study.of)
    band = ax.fill_between(at, middle - half, middle + half, color=LINE, alpha=0.2, linewidth=0)
    (line,) = ax.plot(at, middle, color=LINE, linewidth=2, marker="o", markersize=4)
    entries["mean difference"], entries["its 95 % interval"] = line, band
    name = "target" if study.target else "no difference"
    entries[name] = ax.axhline(study.target / divisor, color=INK, linewidth=1.2)
    ends = ax.get_xlim()
    for root in study.found:
        low, number, high = places(study.of, [root.low, root.number, root.high])
        entries["break-even"] = ax.axvline(number, color=FOUND, linewidth=2, linestyle=(0, (4, 2)))
        low, high = max(low, ends[0]), min(high, ends[1])
        entries["its 95 % interval "] = ax.axvspan(low, high, color=FOUND, alpha=0.15, linewidth=0)
    if study.of.low <= study.of.now <= study.of.high and math.isfinite(study.of.now):
        (now,) = places(study.of, [study.of.now])
        entries[f"now in {study.base}"] = ax.axvline(now, color=SOFT_INK, linewidth=1.2, linestyle=":")
    ax.margins(y=0.08)
    ax.yaxis.set_major_formatter(lambda value, _: minus(f"{value:+,.10g}") if value else "0")
    ax.grid(axis="y")
    legend(figure, [(artist, text) for text, artist in entries.items()])
