"""A sweep: over one key a line for each outcome, over two a map; and what binds at the same values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import fsum

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm, ListedColormap, Normalize, to_rgb
from matplotlib.figure import FigureBase

from sim.base.rounding import decimals, rounded, signed
from sim.base.wording import capital
from sim.outcomes.constraints import CONSTRAINTS
from sim.outcomes.keys import Key
from sim.pictures.axes import COLOURS, INK, ON_DARK, ON_LIGHT, legend, minus
from sim.pictures.binds import HUES
from sim.pictures.names import short
from sim.pictures.slide import Words
from sim.pictures.study import Sketch, Sketches, sketches
from sim.pictures.varied import places, set_key
from sim.studies.sweep import Sweep, bound, finding, headline, name_of, scale

LINE = COLOURS[1]
MOST_PANELS = 3
MOST_NUMBERS = 8
"""Columns, and rows, of a map whose cells have room for a number."""


@sketches.register(Sweep)
def sweep_sketches(study: Sweep) -> Sketches:
    """Over one key one picture, over two a map for each outcome."""
    binds = [bound(study, scenario) for scenario in study.scenarios]
    notes = (
        f"{study.replications} replications at each value, seed {study.seed}, with the same luck. What binds: share of "
        "the order books over the whole window, by rule.",
    )
    if len(study.vary) > 1:
        return {
            f"map-{outcome.name}": Sketch(
                Words(
                    name=f"map-{study.what}-{outcome}",
                    title=headline(study, outcome),
                    heading=f"{capital(name_of(outcome))}, {study.what}, {scale(study, outcome)[1]}; right: what "
                    "holds up the most",
                    notes=notes,
                    description=" ".join([finding(study, outcome), *binds]),
                ),
                partial(_draw_map, study, outcome),
            )
            for outcome in study.outcomes
        }
    shown, left = study.outcomes[:MOST_PANELS], study.outcomes[MOST_PANELS:]
    missing = f" Not shown: {', '.join(map(name_of, left))}." if left else ""
    words = Words(
        name=f"sweep-{study.what}-{study.vary[0].of.key}",
        title=headline(study, shown[0]),
        heading=f"{study.what} over {study.vary[0].of.key}: means with 95 % intervals; below, what binds",
        notes=(f"{notes[0]}{missing}",),
        description=" ".join([*(finding(study, outcome) for outcome in study.outcomes), *binds]),
    )
    return {"sweep": Sketch(words, partial(_draw_lines, study, shown))}


# --- One key ---


def _draw_lines(study: Sweep, shown: tuple[Key, ...], figure: FigureBase) -> None:
    (axis,), strips = study.vary, len(study.scenarios)
    heights = [3.0] * len(shown) + [1.0] * strips
    axes = figure.subplots(len(heights), sharex=True, squeeze=False, height_ratios=heights).ravel()
    at = places(axis.of, axis.numbers)
    for ax, outcome in zip(axes, shown, strict=False):
        divisor, unit = scale(study, outcome)
        points = study.of(outcome)
        middle = np.array([point.summary.mean for point in points]) / divisor
        half = np.array([point.half for point in points]) / divisor
        ax.fill_between(at, middle - half, middle + half, color=LINE, alpha=0.2, linewidth=0)
        ax.plot(at, middle, color=LINE, linewidth=2, marker="o", markersize=5)
        if strips > 1:
            ax.axhline(0, color=INK, linewidth=1)
        ax.margins(y=0.12)
        ax.set_title(f"{capital(name_of(outcome))}, {unit}", color=INK)
        ax.yaxis.set_major_formatter(lambda value, _: minus(f"{value:,.10g}"))
        ax.locator_params(axis="y", nbins=4)
        ax.grid(axis="y")
    entries = dict[str, str]()
    for ax, scenario in zip(axes[len(shown) :], study.scenarios, strict=True):
        held = [each for each in study.held if each.scenario == scenario]
        names = [name for name in HUES if any(each.shares[name] for each in held)]
        shares = [[100 * each.shares[name] for each in held] for name in names]
        if names:
            ax.stackplot(at, shares, colors=[HUES[name] for name in names], edgecolor="white", linewidth=0.6)
        entries |= {name: HUES[name] for name in names}
        ax.set_ylim(0, 100)
        ax.set_yticks([0, 100])
        ax.set_title(f"What binds{f' in {scenario}' * (strips > 1)}, % of the order books", color=INK)
    set_key(axes[-1], axis.of)
    order = [name for name in reversed(HUES) if name in entries]
    legend(figure, [(entries[name], CONSTRAINTS[name].label) for name in order], loc="outside right lower")


# --- Two keys ---


def _draw_map(study: Sweep, outcome: Key, figure: FigureBase) -> None:
    """Colours with a bar, and numbers where there is room; the first key upwards, the second to the right."""
    up, right = (len(axis.numbers) for axis in study.vary)
    divisor, unit = scale(study, outcome)
    points = study.of(outcome)
    values = np.array([point.summary.mean for point in points]).reshape(up, right) / divisor
    many = len(study.scenarios)
    axes = figure.subplots(1, 1 + many, squeeze=False, width_ratios=[2.2] + [1.0] * many).ravel()
    split = np.nanmin(values) < 0 < np.nanmax(values) if np.isfinite(values).any() else False
    norm = CenteredNorm() if split else Normalize()
    drawn = axes[0].pcolormesh(values, cmap="PuOr" if split else "YlGnBu", norm=norm, edgecolors="white", linewidth=1)
    bar = figure.colorbar(drawn, ax=axes[0], location="left", shrink=0.8)
    bar.set_label(unit)
    bar.ax.yaxis.set_major_formatter(lambda value, _: minus(f"{value:,.10g}"))
    bar.outline.set_visible(False)
    if max(up, right) <= MOST_NUMBERS:
        for n, point in enumerate(points):
            row, column = divmod(n, right)
            if point.summary.n:
                places_ = decimals(point.half / divisor, abs(values[row, column]))
                text = (signed if many > 1 else rounded)(values[row, column], places_)
                colour = _readable(drawn.cmap(drawn.norm(values[row, column])))
                axes[0].text(column + 0.5, row + 0.5, minus(text), ha="center", va="center", color=colour)
    _label(study, axes[0])
    names = list(HUES)
    for ax, scenario in zip(axes[1:], study.scenarios, strict=True):
        leaders = [each.leader for each in study.held if each.scenario == scenario]
        codes = np.array([names.index(name) if name else np.nan for name in leaders]).reshape(up, right)
        ax.pcolormesh(
            codes,
            cmap=ListedColormap(list(HUES.values())),
            vmin=-0.5,
            vmax=len(names) - 0.5,
            edgecolors="white",
            linewidth=1,
        )
        if max(up, right) <= MOST_NUMBERS:
            for n, name in enumerate(leaders):
                if name:
                    hue, at = HUES[name], (n % right + 0.5, n // right + 0.5)
                    ax.text(*at, CONSTRAINTS[name].letter, ha="center", va="center", color=_readable(to_rgb(hue)))
        ax.set_title(short(scenario, 16) if many > 1 else "What binds", color=INK)
        ax.set_xticks([])
        ax.set_yticks([])
    led = [name for name in reversed(HUES) if any(each.leader == name for each in study.held)]
    legend(
        figure,
        [(HUES[name], f"{CONSTRAINTS[name].letter}: {CONSTRAINTS[name].label}") for name in led],
        loc="outside right upper",
    )


def _readable(colour: Sequence[float]) -> str:
    """Which of two colours has more contrast with this one, by its luminance."""
    shine = fsum(weight * part**2.2 for weight, part in zip((0.2126, 0.7152, 0.0722), colour, strict=False))
    return ON_DARK if shine < 0.18 else ON_LIGHT


def _label(study: Sweep, ax: Axes) -> None:
    """The values of both keys along the sides of a map, as many as have room."""
    for axis, side in zip(study.vary, (ax.yaxis, ax.xaxis), strict=True):
        ticks = range(0, len(axis.numbers), -(-len(axis.numbers) // 6))
        side.set_ticks([n + 0.5 for n in ticks], [axis.of.text(axis.numbers[n]) for n in ticks], fontsize="small")
        side.set_label_text(axis.of.key)
    ax.tick_params(length=0)
