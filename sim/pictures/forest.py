"""Paired differences by outcome and scenario, each with the interval that its verdict rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from sim.base.rounding import scale_of
from sim.base.wording import capital
from sim.exhibits.exhibit import Estimate, estimate_text
from sim.experiment.comparison import Comparison
from sim.experiment.differences import HEADLINES, Difference
from sim.outcomes.cards import label_of
from sim.pictures.axes import INK, PALE, SOFT_INK, minus, say
from sim.pictures.picture import Picture, picture
from sim.studies.comparing import verdict_of

COLUMNS = 3
CANNOT = "cannot tell"


# A word beside each says the same.
HUES = {"better": "#00775a", "worse": "#b34700", "different": "#0067a8"}
WORDS = {"too small to matter": "too small", CANNOT: CANNOT}


def scale(rows: Sequence[Difference]) -> tuple[float, str]:
    """What to divide the differences of one outcome by, and the unit they then have."""
    if rows[0].unit == "share":
        return 0.01, "points"  # of per cent: a per cent sign would make it a ratio
    sizes = [abs(row.mean) for row in rows if math.isfinite(row.mean)] + [row.margin for row in rows]
    return scale_of(max(sizes, default=0.0), rows[0].unit)


def number(row: Difference, divisor: float) -> str:
    """The mean difference with its sign, no finer than its verdict's interval, or its own where there is none."""
    judged = row.judgement.half_width if row.judgement else math.nan
    half = judged if math.isfinite(judged) else row.half_width
    return minus(estimate_text(Estimate(row.mean, half, change=True), divisor))


@picture
class Forest(Picture):
    """A panel for each headline outcome, a row for each scenario."""

    kind, order, shows = "forest", 15, ("comparison",)
    what = "Paired differences of the headline outcomes, with their intervals and verdicts."
    paired = True

    @cached_property
    def rows(self) -> dict[str, list[Difference]]:
        """The judged differences by outcome, in the order of the headlines, of the scenarios shown."""
        assert isinstance(self.result, Comparison)
        shown = [run.scenario.name for run in self.runs]
        found = {name: [row for row in self.result.verdicts if row.outcome == name] for name in HEADLINES}
        found = {name: [row for row in rows if row.scenario in shown] for name, rows in found.items()}
        return {name: rows for name, rows in found.items() if rows}

    @property
    def short(self) -> dict[str, str]:
        """The names in the picture by the whole ones."""
        return {run.scenario.name: name for run, name in zip(self.runs, self.names, strict=True)}

    def draw(self, figure: FigureBase) -> None:
        """Panels side by side, the scenarios' names left of them."""
        count = len(self.rows)
        if not count:
            say(figure.subplots(), "No outcome is judged")
            return
        axes = figure.subplots(-(-count // COLUMNS), min(COLUMNS, count), sharey=True, squeeze=False).ravel()
        for ax, rows in zip(axes, self.rows.values(), strict=False):
            _draw_panel(ax, rows, [self.short[row.scenario] for row in rows])
        for ax in axes[count:]:
            ax.axis("off")

    def finding(self) -> str:
        """How many outcomes each scenario clearly changes, the one that changes most first."""
        every = [row for rows in self.rows.values() for row in rows]
        if not every:
            return "No outcome is judged"
        if max(row.pairs for row in every) < 2:
            return "One pair of replications shows no difference clearly"
        clear = dict.fromkeys(self.names[1:], 0)
        for row in every:
            clear[self.short[row.scenario]] += row.verdict in HUES
        most, *more = sorted(clear, key=lambda name: -clear[name])
        rest = f", {more[0]} {clear[more[0]] or 'none'}" if more else ""
        rest += f", {len(more) - 1} more below" if len(more) > 1 else ""
        return f"{most} clearly changes {clear[most] or 'none'} of {len(self.rows)} headline outcomes{rest}"

    def shown(self) -> str:
        """Differences with their intervals."""
        return f"Mean difference from {self.names[0]}, and the interval that its verdict rests on (95 % or more)"

    def caption(self) -> str:
        """What the zones are."""
        zone = "Grey zone: too small to matter."
        one = max((row.replications for rows in self.rows.values() for row in rows), default=0) == 1
        return f"{zone} One pair has no interval: run more replications." if one else zone

    def describe(self) -> str:
        """Each difference and its verdict."""
        told = []
        for rows in self.rows.values():
            divisor, unit = scale(rows)
            each = [f"{self.short[row.scenario]} {number(row, divisor)}, {verdict_of(row)}" for row in rows]
            told.append(f"{capital(label_of(rows[0].key))}, {unit}: {'; '.join(each)}.")
        return " ".join(told)


def _draw_panel(ax: Axes, rows: Sequence[Difference], names: Sequence[str]) -> None:
    """One outcome: marks with their intervals, numbers and verdicts in words right of the axes."""
    divisor, unit = scale(rows)
    places = np.arange(len(rows))
    zones = np.array([row.margin / divisor for row in rows])
    ax.barh(places, 2 * zones, 1, -zones, color=PALE, zorder=1)
    ax.axvline(0, color=INK, linewidth=1, zorder=1.5)
    for place, row in zip(places.tolist(), rows, strict=True):
        hue, text = HUES.get(row.verdict, SOFT_INK), WORDS.get(row.verdict, row.verdict or CANNOT)
        half = row.judgement.half_width / divisor if row.judgement else math.nan
        if not math.isnan(row.mean):
            bar: Any = half if math.isfinite(half) else None
            ax.errorbar(row.mean / divisor, place, xerr=bar, fmt="o", color=hue, elinewidth=2, zorder=3)
        at: Any = {"transform": ax.get_yaxis_transform(), "va": "center", "fontsize": "small"}
        at["weight"] = "bold" if row.verdict in HUES else "normal"
        ax.text(1.02, place, f"{number(row, divisor)}  {text}", color=hue, **at)
    ax.set_yticks(places, names)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.margins(x=0.06)
    ax.locator_params(axis="x", nbins=4)
    ax.xaxis.set_major_formatter(lambda value, _: minus(f"{value:+,.10g}") if value else "0")
    ax.grid(axis="x")
    ax.set_title(f"{capital(label_of(rows[0].key))}\n{unit}", color=INK, fontsize="small")
