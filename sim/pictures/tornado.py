"""A tornado: how far each assumption alone moves an outcome, or a difference, between the ends of its range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from sim.exhibits.exhibit import Estimate, estimate_text
from sim.pictures.axes import INK, PALE, SOFT_INK, legend, minus, say
from sim.pictures.names import short
from sim.pictures.slide import Words
from sim.pictures.study import Sketch, Sketches, sketches
from sim.studies.sensitivity import SHOWN, Sensitivity, Side, Swing

LOW, HIGH = "#b34700", "#0067a8"
"""Of bars and labels, by the end of the range."""
ROOM = 0.36
"""Beside the bars, for their labels, as a share of the width."""


@sketches.register(Sensitivity)
def tornado(study: Sensitivity) -> Sketches:
    """The assumptions that move it most, of those that can be told."""
    rows = [row for row in study.rows if row.known][:SHOWN]
    _, unit = study.scale
    many, still = len([row for row in study.rows if row.known]), len(study.unmoved)
    shown = f"{len(rows)} of {many} that change it"
    shown += f"; {still} more change{'s' * (still == 1)} nothing" if still else ""
    words = Words(
        name=f"tornado-{study.key}-{'-'.join(study.scenarios)}",
        title=_finding(study, rows),
        heading=f"Change at both ends of each range, {unit}; as it is: {study.value(study.now)}",
        notes=(
            "Grey: the noise, half of the wider of two 95 % intervals. A tornado moves one assumption at a time, so it "
            "sees no interactions.",
            f"{study.of}, {study.replications} replications, seed {study.seed}. {shown}.",
        ),
        description=f"{_finding(study, rows)}. {_described(study, rows)}",
    )
    return {"tornado": Sketch(words, lambda figure: _draw(figure, study, rows))}


def _finding(study: Sensitivity, rows: Sequence[Swing]) -> str:
    clear = [row for row in rows if row.clear]
    what = f"the difference in {study.about}" if study.compared else study.about
    if not clear:
        return f"No assumption moves {what} beyond the noise" if rows else f"Nothing can be told of {what}"
    if not study.ranked:
        return f"No order yet of what moves {what}"
    first, *more = study.ranked
    then = f", then {', '.join(row.input.key for row in more[:2])}" if more else ""
    return f"{first.input.key} moves {what} most{then}"


def _described(study: Sensitivity, rows: Sequence[Swing]) -> str:
    told = [
        f"{row.input.key}: {_number(study, row.low)} at {row.low.at}, {_number(study, row.high)} at {row.high.at}, "
        f"{row.place if row.rank is None else f'number {row.rank}'}."
        for row in rows
    ]
    return " ".join(told)


def _number(study: Sensitivity, side: Side) -> str:
    divisor, unit = study.scale
    return minus(f"{estimate_text(Estimate(side.change.mean, side.change.half_width, change=True), divisor)} {unit}")


def _draw(figure: FigureBase, study: Sensitivity, rows: Sequence[Swing]) -> None:
    ax = figure.subplots()
    if not rows:
        say(ax, "Nothing to show")
        return
    divisor, _ = study.scale
    for place, row in enumerate(rows):
        _draw_row(ax, place, row, divisor)
    ax.axvline(0, color=INK, linewidth=1, zorder=4)
    ax.text(1.01, -0.75, "order", transform=ax.get_yaxis_transform(), color=SOFT_INK, fontsize="small")
    ax.set_yticks(range(len(rows)), [short(row.name, 44) for row in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.margins(x=ROOM)
    ax.xaxis.set_major_formatter(lambda value, _: minus(f"{value:+,.10g}") if value else "0")
    ax.grid(axis="x")
    legend(figure, [(LOW, "at the low end"), (HIGH, "at the high end")], loc="outside upper right", ncols=2)


def _draw_row(ax: Axes, place: int, row: Swing, divisor: float) -> None:
    """The noise, a bar to each end with its interval, and the ends' values beyond them; the shorter of two bars on one
    side lies on the longer, and is thinner."""
    noise = max(side.change.half_width for side in row.sides) / divisor
    ax.barh(place, 2 * noise, 1, -noise, color=PALE, zorder=1)
    ends = [(row.low, LOW), (row.high, HIGH)]
    reach = [0.0, noise, -noise]
    for thin, (side, colour) in enumerate(sorted(ends, key=lambda end: -abs(end[0].change.mean))):
        mean, half = side.change.mean / divisor, side.change.half_width / divisor
        ax.barh(place, mean, 0.3 if thin and row.bent else 0.62, color=colour, zorder=2)
        ax.errorbar(mean, place, xerr=half, color=SOFT_INK, elinewidth=1.5, capsize=2.5, zorder=3)
        reach += [mean - half, mean + half]
    about: Any = {"textcoords": "offset points", "fontsize": "small"}
    for n, (side, colour) in enumerate(sorted(ends, key=lambda end: end[0].change.mean)):
        rises = side.change.mean > 0 if row.bent else n == 1
        x, gap, ha = (max(reach), 5, "left") if rises else (min(reach), -5, "right")
        va = ("bottom", "top")[n] if row.bent else "center"  # two on one side stand one above the other
        ax.annotate(side.at, (x, place), (gap, 0), color=colour, ha=ha, va=va, **about)
    ranked = row.rank is not None
    at: Any = {"transform": ax.get_yaxis_transform(), "va": "center", "weight": "bold" if ranked else "normal"}
    ax.text(1.01, place, row.place, color=INK if ranked else SOFT_INK, fontsize="small", **at)
