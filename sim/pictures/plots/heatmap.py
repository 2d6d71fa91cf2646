"""Scenarios times outcomes: what each scenario changes, in one table with colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle

from sim.experiment.differences import Difference
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.keys import Key
from sim.pictures.plots.canvas import SOFT_INK, Ruler, luminance, outcome_name, shorten, tidy, wrap, write
from sim.pictures.plots.forest import VERDICT_LOOKS, has_one_pair, number
from sim.pictures.plots.scenarios import MOST_OTHERS

# Two hues that no verdict has: beside green for better and orange for worse in the forest plot, orange for lower would
# make a shorter wait look bad. Green and orange by verdict were no better: what is better is so for buyers in one
# column and for suppliers in the next, and most columns are not judged, so a row's colours would add up to a verdict
# that nobody gave. Purple and olive stay apart for colour-blind readers; the sign stands in each cell.
HIGHER, LOWER = "#54278f", "#665c00"
STRONGEST = 30.0  # smallest differences worth naming at which a colour is full
SIZE = 12.5
ROW = 62.0  # points of a row, at most
MOST_COLUMNS = 11
MARGIN = 36.0  # points left of the names, and between them and the cells
LEGEND = (-30.0, -10.0, -3.0, -1.0, 0.0, 1.0, 3.0, 10.0, 30.0)

COLUMNS = tuple(
    sorted(
        (name for name, card in OUTCOMES.items() if card.headline or (card.better != "neither" and not card.per)),
        key=lambda name: not OUTCOMES[name].headline,
    )
)
"""The outcomes shown: the headlines, then those that are better one way for someone."""


def heat_rows(rows: Sequence[Difference]) -> tuple[list[str], list[str], dict[tuple[str, str], Difference]]:
    """Scenarios, outcomes, and the differences of the whole window by both.

    The headline outcomes, and as many others in which something differs as have room.
    """
    scenarios = list(dict.fromkeys(row.scenario for row in rows))[:MOST_OTHERS]
    cells = {(row.scenario, row.outcome): row for row in rows if row.period is None and row.outcome in COLUMNS}
    own = {name: [cells[scenario, name] for scenario in scenarios if (scenario, name) in cells] for name in COLUMNS}
    outcomes = [name for name, found in own.items() if any(row.judgement or (row.pairs and row.mean) for row in found)]
    return scenarios, outcomes[:MOST_COLUMNS], cells


def colour_of(times: float) -> str:
    """The colour of a difference in units of the smallest one worth naming: purple is higher, olive lower.

    It grows with the logarithm, and is full from thirty times on; what is too small to matter is all but white.
    """
    if math.isnan(times) or times == 0:
        return "#ffffff"
    strength = min(1.0, math.log1p(abs(times)) / math.log1p(STRONGEST))
    strength = strength if abs(times) >= 1 else 0.05
    full = to_rgb(HIGHER if times > 0 else LOWER)
    return to_hex((1 - strength * (1 - full[0]), 1 - strength * (1 - full[1]), 1 - strength * (1 - full[2])))


def ink_on(face: str) -> str:
    """Black or white, whichever is read more easily on that colour."""
    paper = luminance(face)
    return "#ffffff" if 1.05 / (paper + 0.05) > (paper + 0.05) / 0.05 else "#000000"


def amount(row: Difference) -> str:
    """The mean difference as a cell has it: in per cent of the base where it is judged so, else in its unit."""
    if row.card.relative and math.isfinite(row.relative):
        return number(row, abs(row.base_summary.mean) / 100, 1)
    return number(row, 0.01 if row.unit == "share" else 1.0, 1)


def unit_of(outcome: str) -> str:
    """The unit of a column's numbers."""
    card = OUTCOMES[outcome]
    return "% of base" if card.relative else {"share": "points"}.get(card.unit, card.unit)


def times_smallest(row: Difference) -> float:
    """A difference in units of the smallest one worth naming."""
    if math.isnan(row.mean) or not row.smallest:
        return math.copysign(math.inf, row.mean) if row.mean else 0.0
    return row.mean / row.smallest


def draw_heatmap(ax: Axes, rows: Sequence[Difference]) -> Axes:
    """A table of differences: a row a scenario, a column an outcome of the whole window, the headlines first.

    A cell has the mean difference, and below it the verdict in a word, or nothing where none is judged. Purple is
    higher, olive lower, the stronger the more times the smallest difference worth naming it is.
    """
    scenarios, outcomes, cells = heat_rows(rows)
    ax.set_axis_off()
    ruler = Ruler(ax)
    wide, tall = ruler.size
    ax.set_xlim(0, wide)
    ax.set_ylim(tall, 0)
    judged = sum(OUTCOMES[name].headline for name in outcomes)
    air = 12.0 if 0 < judged < len(outcomes) else 0.0
    width, height = (wide - air) / len(outcomes), heat_height(ax, rows) * tall / len(scenarios)
    for column, outcome in enumerate(outcomes):
        left = column * width + (air if column >= judged else 0.0)
        _write_column(ax, ruler, left, width, outcome)
        for line, scenario in enumerate(scenarios):
            _draw_cell(ax, ruler, (left, line * height, width, height), cells.get((scenario, outcome)))
    for line, scenario in enumerate(scenarios):
        room = ax.bbox.x0 / ruler.point - MARGIN
        name = shorten(tidy(scenario), room, lambda text: ruler.width(text, SIZE), tail=6)
        write(ax, -8, (line + 0.5) * height, name, SIZE, transform=ax.transData, ha="right", gid="name")
    return ax


def heat_height(ax: Axes, rows: Sequence[Difference]) -> float:
    """The share of the axes' height that the table takes."""
    return min(1.0, ROW * len(heat_rows(rows)[0]) / Ruler(ax).size[1])


def _write_column(ax: Axes, ruler: Ruler, left: float, width: float, outcome: str) -> None:
    room = width - 4
    longest = max(outcome_name(Key(outcome)).split(), key=len)
    size = max(8.0, _fitting(ruler, longest, room, 10.5))
    names = wrap(outcome_name(Key(outcome)), room, 2, lambda text: ruler.width(text, size, "bold")).split("\n")
    place: dict[str, Any] = {"transform": ax.transData, "ha": "center", "va": "baseline", "gid": "head"}
    middle = left + width / 2
    for n, line in enumerate(reversed(names)):
        write(ax, middle, -19 - 13 * n, line, size, weight="bold", **place)
    unit = shorten(unit_of(outcome), room, lambda text: ruler.width(text, size - 1))
    write(ax, middle, -6, unit, size - 1, color=SOFT_INK, **place)


def _draw_cell(ax: Axes, ruler: Ruler, box: tuple[float, float, float, float], row: Difference | None) -> None:
    left, top, width, height = box
    face = colour_of(times_smallest(row)) if row and not math.isnan(row.mean) else "#f2f2f2"
    ax.add_patch(Rectangle((left, top), width, height, facecolor=face, edgecolor="white", linewidth=2))
    ink = ink_on(face)
    text = amount(row) if row else "none"
    size = _fitting(ruler, text, width - 6, min(SIZE, 0.34 * height))
    judged = row.judgement if row else None
    place: dict[str, Any] = {"transform": ax.transData, "ha": "center", "color": ink, "gid": "cell"}
    middle = left + width / 2
    if judged is None:
        write(ax, middle, top + height / 2, text, size, **place)
        return
    word = VERDICT_LOOKS[judged.verdict].word
    filled = VERDICT_LOOKS[judged.verdict].filled
    write(ax, middle, top + 0.35 * height, text, size, weight="bold" if filled else "normal", **place)
    smaller = _fitting(ruler, word, width - 6, min(10.5, 0.28 * height))
    write(ax, middle, top + 0.7 * height, word, smaller, **place)


def _fitting(ruler: Ruler, text: str, room: float, size: float) -> float:
    """The size at which a text fits."""
    return size * min(1.0, room / max(ruler.width(text, size, "bold"), 1e-9))


def draw_heat_legend(ax: Axes) -> Axes:
    """What the colours mean, as a row of swatches."""
    ax.set_axis_off()
    ruler = Ruler(ax)
    wide, tall = ruler.size
    ax.set_xlim(0, wide)
    ax.set_ylim(0, tall)
    cell = 38.0
    place: dict[str, Any] = {"transform": ax.transData, "gid": "legend"}
    x = 0.0
    for side in ("lower", "higher"):
        steps = LEGEND[:4] if side == "lower" else LEGEND[5:]
        if side == "lower":
            write(ax, x, tall / 2, side, 10.5, **place)
            x += ruler.width(side, 10.5) + 7
        for times in steps:
            face = colour_of(times)
            ax.add_patch(Rectangle((x, 0), cell, tall, facecolor=face, edgecolor="white", linewidth=1))
            told = f"{abs(times):g} ×" if abs(times) < STRONGEST else f"{abs(times):g}+ ×"
            write(ax, x + cell / 2, tall / 2, told, 9.5, ha="center", color=ink_on(face), **place)
            x += cell
        x += 6
    write(ax, x, tall / 2, "higher     times the smallest difference worth naming", 10.5, **place)
    return ax


# --- In words ---


def heat_notes(rows: Sequence[Difference]) -> str:
    """How to read it."""
    base = tidy(rows[0].base) if rows else "the base"
    colours = "Purple: higher, olive: lower; neither is better by itself."
    others = "The other columns are not judged; a table of the results has all outcomes."
    if has_one_pair(rows):
        return (
            f"Numbers: difference from {base} over the whole window, in the one pair of replications. {colours} One "
            f"pair has no spread, so there is no interval, and no verdict can be told: run more replications. {others}"
        )
    return (
        f"Numbers: mean paired difference from {base} over the whole window. {colours} Words: verdicts of the headline "
        "outcomes, on intervals wide enough that about one comparison in twenty at most has a wrong one; bold where it "
        f"is better, worse or different. {others}"
    )


def heat_tells(rows: Sequence[Difference]) -> str:
    """Each scenario's differences that were named."""
    scenarios, outcomes, cells = heat_rows(rows)
    told = []
    for scenario in scenarios:
        own = [cells[scenario, name] for name in outcomes if (scenario, name) in cells]
        named = [row for row in own if row.judgement and VERDICT_LOOKS[row.judgement.verdict].filled]
        each = [
            f"{outcome_name(row.key).lower()} {amount(row)} {unit_of(row.outcome)} ({row.judgement.verdict})"
            for row in named
            if row.judgement
        ]
        told.append(f"{tidy(scenario)}: {', '.join(each) or 'no headline outcome is better, worse or different'}")
    return f"{'; '.join(told)}."
