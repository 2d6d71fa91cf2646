"""Paired differences of one outcome, by scenario, each with the interval that its verdict rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from sim.base.rounding import decimals, rounded, scale_of, signed
from sim.experiment.differences import HEADLINES, Difference, verdict_words
from sim.pictures.plots.canvas import GRID, INK, SOFT_INK, Ruler, outcome_name, shorten, tidy, write
from sim.pictures.plots.panels import write_head
from sim.pictures.plots.scenarios import MOST_OTHERS

ROW = 19.0  # points from one scenario to the next, at most
SIZE = 10.5
FIGURES = 3  # of a number in a picture; tables have more
ZONE = "#e4e4e4"
BESIDE = 102.0  # points right of the axes that number and verdict take
MARGIN = 36.0  # points left of the names, and between them and the axes


@dataclass(frozen=True)
class VerdictLook:
    """How a verdict looks."""

    word: str
    marker: str
    colour: str
    filled: bool


# Shape and filling tell them apart in black and white; the word stands beside each.
VERDICT_LOOKS = {
    "better": VerdictLook("better", "o", "#00664d", True),
    "worse": VerdictLook("worse", "s", "#a33a00", True),
    "different": VerdictLook("different", "D", "#00568c", True),
    "too small to matter": VerdictLook("too small", "o", SOFT_INK, False),
    "cannot tell": VerdictLook("cannot tell", "s", SOFT_INK, False),
}


def forest_rows(rows: Sequence[Difference]) -> dict[str, list[Difference]]:
    """The judged rows by outcome, in the order of the headlines; of the first scenarios that have room."""
    names = list(dict.fromkeys(row.scenario for row in rows))[:MOST_OTHERS]
    found = {name: [row for row in rows if row.outcome == name and row.judgement] for name in HEADLINES}
    return {
        name: [row for row in own if row.scenario in names]
        for name, own in found.items()
        if any(row.scenario in names for row in own)
    }


def scale(rows: Sequence[Difference]) -> tuple[float, str]:
    """What to divide the differences of one outcome by, and the unit they then have."""
    unit = rows[0].unit
    if unit == "share":
        return 0.01, "points"  # of per cent: a per cent sign would make it a ratio
    sizes = [abs(row.mean) for row in rows if math.isfinite(row.mean)] + [row.smallest for row in rows]
    return scale_of(max(sizes, default=0.0), unit)


def number(row: Difference, divisor: float, most: int = 2) -> str:
    """The mean difference with its sign, no finer than its interval, three figures or `most` decimals.

    The interval is the one that its verdict rests on, where it has one: that is what is drawn beside it.
    """
    if math.isnan(row.mean):
        return "no value"
    size = max(abs(row.mean), row.smallest) / divisor
    known = FIGURES - 1 - math.floor(math.log10(size)) if size else 0
    judged = row.judgement.half_width if row.judgement else math.nan
    half = judged if math.isfinite(judged) else row.half_width
    text = rounded(row.mean / divisor, max(0, min(most, known, decimals(half / divisor, size))))
    return with_sign(text) if float(text.replace(",", "")) else text.removeprefix("-") if row.mean else "0"


def with_sign(text: str) -> str:
    """A number that is not negative with a plus, another with a minus sign as long as that."""
    return text.replace("-", "\u2212") if text.startswith("-") else f"+{text}"


def draw_forest(ax: Axes, rows: Sequence[Difference], names: bool = True) -> Axes:
    """The judged differences of one outcome: a row a scenario, in the order given, with the verdict in a word.

    Lines are the intervals that the verdicts rest on, of 95 % confidence or more. The grey zone is what is too small to
    matter. Names stand left of the axes where `names` is true, numbers and words right of them.
    """
    divisor, unit = scale(rows)
    height = Ruler(ax).size[1]
    step = min(ROW, height / len(rows))
    air = (height / step - len(rows)) / 2  # rows that would fit above, and below
    ax.set_ylim(len(rows) - 0.5 + air, -0.5 - air)
    ax.set_xlim(*_limits(rows, divisor))
    for n, row in enumerate(rows):
        top, bottom = n - 0.5 - air * (n == 0), n + 0.5 + air * (n == len(rows) - 1)
        zone = row.smallest / divisor
        ax.add_patch(Rectangle((-zone, top), 2 * zone, bottom - top, facecolor=ZONE, linewidth=0, zorder=1))
        _draw_row(ax, n, row, divisor)
        _write_row(ax, n, row, divisor, min(SIZE, step / 1.2), names)
    ax.axvline(0, color=INK, linewidth=1, zorder=1.5)
    write_head(ax, outcome_name(rows[0].key), _side(rows[0], unit), BESIDE)
    _frame(ax)
    return ax


def _limits(rows: Sequence[Difference], divisor: float) -> tuple[float, float]:
    ends = [0.0]
    for row in rows:
        half = row.judgement.half_width if row.judgement and math.isfinite(row.judgement.half_width) else 0.0
        mean = row.mean if math.isfinite(row.mean) else 0.0
        ends += [mean - half, mean + half, row.smallest, -row.smallest]
    low, high = min(ends) / divisor, max(ends) / divisor
    pad = 0.06 * (high - low) or 1.0
    return low - pad, high + pad


def _draw_row(ax: Axes, n: int, row: Difference, divisor: float) -> None:
    if math.isnan(row.mean) or row.judgement is None:
        return
    look, half, mean = VERDICT_LOOKS[row.judgement.verdict], row.judgement.half_width / divisor, row.mean / divisor
    if math.isfinite(half):
        ax.plot([mean - half, mean + half], [n, n], color=look.colour, linewidth=2.2, zorder=3)
    face = look.colour if look.filled else "white"
    more: dict[str, Any] = {"markeredgecolor": look.colour, "markeredgewidth": 1.5, "markerfacecolor": face}
    ax.plot([mean], [n], marker=look.marker, markersize=7, linestyle="none", zorder=4, **more)


def _write_row(ax: Axes, n: int, row: Difference, divisor: float, size: float, names: bool) -> None:
    """A row's number and verdict right of the axes, and its scenario left of them."""
    ruler = Ruler(ax)
    width, _ = ruler.size
    look = VERDICT_LOOKS[row.judgement.verdict if row.judgement else "cannot tell"]
    place: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "gid": "row"}
    text, weight = f"{number(row, divisor)}  {look.word}", "bold" if look.filled else "normal"
    write(ax, 1 + 7 / width, n, text, size, color=look.colour, weight=weight, **place)
    if names:
        room = ax.bbox.x0 / ruler.point - MARGIN
        name = shorten(tidy(row.scenario), room, lambda line: ruler.width(line, size), tail=6)
        write(ax, -9 / width, n, name, size, ha="right", **place)


def _side(row: Difference, unit: str) -> str:
    """The unit, and which side is better for whom."""
    card = row.card
    side = {"more": "right", "less": "left", "neither": ""}[card.better]
    told = f"; {side} is better for {card.for_whom}" if side else "; neither side is better"
    return f"{unit}{told}"


def _frame(ax: Axes) -> None:
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(SOFT_INK)
    ax.set_yticks([])
    low, high = ax.get_xlim()
    ticks = [tick for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high) if low <= tick <= high]
    ax.set_xticks(ticks, [with_sign(f"{tick:,.4g}") if tick else "0" for tick in ticks])
    ax.tick_params(axis="x", labelsize=SIZE - 1, colors=SOFT_INK, labelcolor=INK, length=3, pad=3)
    ax.grid(axis="x", color=GRID, linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)


# --- In words ---


def has_one_pair(rows: Sequence[Difference]) -> bool:
    """Whether there is a single pair of replications, and so no interval anywhere."""
    return max((row.replications for row in rows), default=0) == 1


def forest_notes(rows: Sequence[Difference]) -> str:
    """How to read it."""
    judged = [row for row in rows if row.judgement]
    if not judged:
        return "No outcome is judged."
    if has_one_pair(judged):
        return (
            "Marks: the difference in the one pair of replications, with the same luck. One pair has no spread, so "
            "no interval is drawn, and no verdict can be told: run more replications. Grey: too small to matter."
        )
    return (
        "Marks: mean difference over pairs of replications with the same luck. Lines: the interval that the verdict "
        "rests on, of 95 % or more, wide enough that about one comparison in twenty at most has a wrong verdict. "
        "Grey: too small to matter. Filled: better (round), worse (square), different (diamond); hollow: too small, "
        "cannot tell."
    )


def forest_tells(rows: Sequence[Difference]) -> str:
    """Each difference with the interval that is drawn, and its verdict."""
    told = []
    for own in forest_rows(rows).values():
        divisor, unit = scale(own)
        told.append(f"{outcome_name(own[0].key)}, {unit}: {'; '.join(_row_words(row, divisor) for row in own)}.")
    judged = [row.judgement for rows in forest_rows(rows).values() for row in rows if row.judgement]
    if not told:
        return "No outcome is judged."
    if not any(judgement.half_width > 0 for judgement in judged):
        return " ".join(told)
    return f"In brackets the interval that the verdict rests on, of 95 % or more. {' '.join(told)}"


def _row_words(row: Difference, divisor: float) -> str:
    """A scenario's difference, its interval as it is drawn, both no finer than two figures of that, and its verdict."""
    half = row.judgement.half_width / divisor if row.judgement else math.nan
    mean, verdict = row.mean / divisor, verdict_words(row)
    if math.isnan(mean) or not math.isfinite(half):
        return f"{tidy(row.scenario)} {number(row, divisor)}, {verdict}"
    if half == 0:
        return f"{tidy(row.scenario)} {number(row, divisor)} in every pair, {verdict}"
    places = decimals(half, abs(mean))
    middle, low, high = (signed(end, places).replace("-", "\u2212") for end in (mean, mean - half, mean + half))
    return f"{tidy(row.scenario)} {middle} ({low} to {high}), {verdict}"
