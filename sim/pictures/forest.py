"""Paired differences by outcome and scenario, each with the interval that its verdict rests on, and below it where it
lies in most of the sampled worlds, if there are some."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.lines import Line2D
from matplotlib.transforms import offset_copy

from sim.base.rounding import scale_of
from sim.base.wording import capital
from sim.exhibits.exhibit import Estimate, estimate_text
from sim.experiment.comparison import Comparison
from sim.experiment.differences import HEADLINES, Difference
from sim.experiment.worlds import OverWorlds, SampledWorlds
from sim.outcomes.cards import label_of
from sim.pictures.axes import INK, PALE, SOFT_INK, legend, minus, say
from sim.pictures.picture import Picture, picture
from sim.studies.comparing import verdict_of
from sim.studies.worlds import NO_PROBABILITY, range_of

COLUMNS = 3
CANNOT = "cannot tell"


# A word beside each says the same.
HUES = {"better": "#00775a", "worse": "#b34700", "different": "#0067a8"}
WORDS = {"too small to matter": "too small", CANNOT: CANNOT}
OVER_WORLDS = "#8ea6b8"  # lighter than any mark, and seen on a dark page as well
BELOW = 0.7  # of a letter's height: where the range over worlds lies, below the interval


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
            _draw_ranges(ax, [self._over(row) for row in rows], scale(rows)[0])
        for ax in axes[count:]:
            ax.axis("off")
        if worlds := self._worlds:
            marks: list[tuple[Artist | str, str]] = [
                (
                    Line2D([], [], color=SOFT_INK, linewidth=2, marker="o"),
                    "as stated, with the interval of its verdict",
                ),
                (OVER_WORLDS, f"90 % of {len(worlds)} sampled worlds"),
            ]
            legend(figure, marks, loc="outside lower right", ncols=2)

    @property
    def _worlds(self) -> SampledWorlds | None:
        """The worlds of the comparison."""
        return self.result.worlds if isinstance(self.result, Comparison) else None

    def _over(self, row: Difference) -> OverWorlds | None:
        """What becomes of a difference over the worlds; None where nothing can be told."""
        found = self._worlds and self._worlds.row(row.scenario, row.key)
        return found if found and found.told else None

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
        worlds = f" {NO_PROBABILITY}" if self._worlds else ""
        return f"{zone}{' One pair has no interval: run more replications.' if one else ''}{worlds}"

    def describe(self) -> str:
        """Each difference and its verdict."""
        told = []
        for rows in self.rows.values():
            divisor, unit = scale(rows)
            each = [
                f"{self.short[row.scenario]} {number(row, divisor)}, {verdict_of(row)}{self._over_words(row, divisor)}"
                for row in rows
            ]
            told.append(f"{capital(label_of(rows[0].key))}, {unit}: {'; '.join(each)}.")
        return " ".join(told)

    def _over_words(self, row: Difference, divisor: float) -> str:
        """The range over the worlds behind a difference; empty where there is none."""
        over = self._over(row)
        if not over:
            return ""
        return f", in 90 % of {over.worlds} worlds {minus(estimate_text(range_of(over), divisor, 'interval'))}"


def _draw_ranges(ax: Axes, found: Sequence[OverWorlds | None], divisor: float) -> None:
    """Where each difference lies in most worlds, below its interval."""
    below = offset_copy(ax.transData, ax.get_figure(root=True), y=-BELOW * mpl.rcParams["font.size"], units="points")
    look: Any = {"color": OVER_WORLDS, "linewidth": 4, "solid_capstyle": "butt", "zorder": 2}
    for place, over in enumerate(found):
        if over:
            ends = [over.low / divisor, over.high / divisor]
            ax.plot(ends, [place, place], transform=below, **look)
            ax.update_datalim([(end, place) for end in ends])  # which a transform of its own leaves as they are
    ax.autoscale_view(scaley=False)


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
