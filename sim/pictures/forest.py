"""Paired differences by outcome and scenario, each with the interval that its verdict rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.base.rounding import decimals, scale_of, signed
from sim.experiment.comparison import Comparison
from sim.experiment.differences import HEADLINES, Difference, verdict_words
from sim.pictures.axes import INK, SOFT_INK, say
from sim.pictures.names import outcome_name, short
from sim.pictures.picture import Picture, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

FIGURES = 3  # of a number in a picture; tables have more
COLUMNS = 3


class Look(NamedTuple):
    """How a verdict looks."""

    word: str
    marker: str
    colour: str
    filled: bool


# Shape and filling tell them apart in black and white; the word stands beside each.
LOOKS = {
    "better": Look("better", "o", "#00664d", True),
    "worse": Look("worse", "s", "#a33a00", True),
    "different": Look("different", "D", "#00568c", True),
    "too small to matter": Look("too small", "o", SOFT_INK, False),
    "cannot tell": Look("cannot tell", "s", SOFT_INK, False),
}


def scale(rows: Sequence[Difference]) -> tuple[float, str]:
    """What to divide the differences of one outcome by, and the unit they then have."""
    unit = rows[0].unit
    if unit == "share":
        return 0.01, "points"  # of per cent: a per cent sign would make it a ratio
    sizes = [abs(row.mean) for row in rows if math.isfinite(row.mean)] + [row.smallest for row in rows]
    return scale_of(max(sizes, default=0.0), unit)


def half_width(row: Difference) -> float:
    """Of the interval that its verdict rests on; nan where there is none."""
    return row.judgement.half_width if row.judgement else math.nan


def number(row: Difference, divisor: float, most: int = 2) -> str:
    """The mean difference with its sign, no finer than the interval drawn, three figures or `most` decimals."""
    if math.isnan(row.mean):
        return "no value"
    if row.mean == 0:
        return "0"
    size = max(abs(row.mean), row.smallest) / divisor
    known = FIGURES - 1 - math.floor(math.log10(size)) if size else 0
    half = half_width(row) if math.isfinite(half_width(row)) else row.half_width
    return minus(signed(row.mean / divisor, max(0, min(most, known, decimals(half / divisor, size)))))


def minus(text: str) -> str:
    """With a minus sign as long as a plus."""
    return text.replace("-", "\u2212")


@picture
class Forest(Picture):
    """A panel for each headline outcome, a row for each scenario."""

    kind, order, shows = "forest", 15, ("comparison",)
    what = "Paired differences of the headline outcomes, with their intervals and verdicts."
    title = "What does each scenario change? Paired differences"

    @cached_property
    def rows(self) -> dict[str, list[Difference]]:
        """The judged differences by outcome, in the order of the headlines, of the scenarios shown."""
        assert isinstance(self.result, Comparison)
        shown = [run.scenario.name for run in self.runs]
        found = {name: [row for row in self.result.verdicts if row.outcome == name] for name in HEADLINES}
        found = {name: [row for row in rows if row.scenario in shown] for name, rows in found.items()}
        return {name: rows for name, rows in found.items() if rows}

    def draw(self, figure: FigureBase) -> None:
        """Panels side by side, the scenarios' names left of them."""
        count = len(self.rows)
        if not count:
            say(figure.subplots(), "No outcome is judged")
            return
        axes = figure.subplots(-(-count // COLUMNS), min(COLUMNS, count), sharey=True, squeeze=False).ravel()
        for ax, rows in zip(axes, self.rows.values(), strict=False):
            _draw_panel(ax, rows)
        for ax in axes[count:]:
            ax.axis("off")

    def caption(self) -> str:
        """What the marks are, and how sure they are."""
        if max((row.replications for rows in self.rows.values() for row in rows), default=0) == 1:
            return (
                "Marks: the difference in the one pair of replications, with the same luck. One pair has no spread, so "
                "there is no interval and no verdict: run more replications. Grey: too small to matter."
            )
        return (
            "Marks: mean difference over pairs of replications with the same luck. Lines: the interval that the "
            "verdict rests on, of 95 % or more, so that about one comparison in twenty at most has a wrong verdict. "
            "Grey: too small to matter. Filled marks: clearly better, worse or different."
        )

    def describe(self) -> str:
        """Each difference with the interval that is drawn, and its verdict."""
        told = []
        for rows in self.rows.values():
            divisor, unit = scale(rows)
            told.append(f"{outcome_name(rows[0].key)}, {unit}: {'; '.join(_row_words(row, divisor) for row in rows)}.")
        if any(half_width(row) > 0 for rows in self.rows.values() for row in rows):
            told.insert(0, "In brackets the interval that the verdict rests on, of 95 % or more.")
        return " ".join(told) or "No outcome is judged."


def _draw_panel(ax: Axes, rows: Sequence[Difference]) -> None:
    """One outcome: marks with their intervals, numbers and verdicts in words right of the axes."""
    divisor, unit = scale(rows)
    zones = [row.smallest / divisor for row in rows]
    places = np.arange(len(rows))
    ax.barh(places, [2 * zone for zone in zones], 1, [-zone for zone in zones], color="#e4e4e4", zorder=1)
    ax.axvline(0, color=INK, linewidth=1, zorder=1.5)
    for place, row in zip(places, rows, strict=True):
        look = LOOKS[row.verdict or "cannot tell"]
        if not math.isnan(row.mean):
            half = half_width(row)
            ax.errorbar(
                row.mean / divisor,
                place,
                xerr=half / divisor if math.isfinite(half) else None,
                fmt=look.marker,
                color=look.colour,
                markerfacecolor=look.colour if look.filled else "white",
                markersize=7,
                elinewidth=2,
                zorder=3,
            )
        weight = "bold" if look.filled else "normal"
        text = f"{number(row, divisor)}  {look.word}"
        ax.text(
            1.02,
            float(place),
            text,
            transform=ax.get_yaxis_transform(),
            fontsize=9.5,
            color=look.colour,
            weight=weight,
            va="center",
        )
    ax.set_yticks(places, [short(row.scenario) for row in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.margins(x=0.06)
    ax.locator_params(axis="x", nbins=4)
    ax.xaxis.set_major_formatter(lambda value, _: minus(f"{value:+,.10g}") if value else "0")
    ax.grid(axis="x")
    ax.set_title(outcome_name(rows[0].key), color=INK, weight="bold", pad=20)
    below: dict[str, Any] = {"xytext": (0, 6), "textcoords": "offset points", "fontsize": 9.5, "color": SOFT_INK}
    ax.annotate(f"{unit}; {_side(rows[0])}", (0, 1), xycoords="axes fraction", **below)


def _side(row: Difference) -> str:
    """Which side is better for whom."""
    side = {"more": "right", "less": "left", "neither": ""}[row.card.better]
    return f"{side} is better for {row.card.for_whom}" if side else "neither side is better"


def _row_words(row: Difference, divisor: float) -> str:
    """A scenario's difference, its interval as it is drawn, both no finer than two figures of that, and its verdict."""
    half, mean, name = half_width(row) / divisor, row.mean / divisor, short(row.scenario)
    if math.isnan(mean) or not math.isfinite(half):
        return f"{name} {number(row, divisor)}, {verdict_words(row)}"
    if half == 0:
        return f"{name} {number(row, divisor)} in every pair, {verdict_words(row)}"
    places = decimals(half, abs(mean))
    middle, low, high = (minus(signed(end, places)) for end in (mean, mean - half, mean + half))
    return f"{name} {middle} ({low} to {high}), {verdict_words(row)}"
