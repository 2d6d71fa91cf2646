"""What holds up the order books: of a run over time; of a comparison as shares, a strip for each scenario."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.base.rounding import percent, scale_of
from sim.pictures.areas import Area, draw_areas
from sim.pictures.axes import days_of, highest, legend, say, set_time, set_values, three
from sim.pictures.lines import mean_of
from sim.pictures.names import readable
from sim.pictures.picture import Picture, picture
from sim.studies.phases import TRACE, shares_of_books

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

    from sim.experiment.run import Run

# Bottom to top: what is made at home and what is wanting there, then what comes from abroad and what is wanting there.
# Neighbours differ in lightness.
COLOURS = {
    "production": "#dfe3e0",
    "wafers": "#0f6b4f",
    "memory": "#8fd0b2",
    "transit": "#b98a2e",
    "licence": "#f3d9a4",
    "import_control": "#b23a1e",
    "import_volume": "#f7b58f",
}


def held(run: Run) -> list[Area]:
    """What each constraint holds up in A100e, mean over replications, from the bottom up; those that never hold up
    anything are left out."""
    means = {name: mean_of(run.series["binds", name]) for name in COLOURS if ("binds", name) in run.series}
    return [Area(readable(name), COLOURS[name], mean) for name, mean in means.items() if np.nansum(mean)]


def shares(run: Run) -> dict[str, float]:
    """By constraint, of the order books, summed over time as the tables sum them, the largest first; empty where those
    are."""
    parts = shares_of_books(run) if held(run) else {}
    return {readable(name): part for name, part in sorted(parts.items(), key=lambda item: -item[1]) if part}


def strip(areas: list[Area]) -> list[Area]:
    """The areas as shares of the order books at each look, nan where those are empty."""
    total = np.sum([area.values for area in areas], axis=0)
    some = total > TRACE * highest(total)
    return [
        Area(area.name, area.colour, np.where(some, area.values / np.where(some, total, 1), np.nan)) for area in areas
    ]


@picture
class Binds(Picture):
    """Areas by constraint."""

    kind, order = "binds", 30
    over_time = True
    what = "What holds up the order books: over time; of a comparison as shares of them, a strip a scenario."
    title = "What holds up the order books?"

    @cached_property
    def held(self) -> list[list[Area]]:
        """Of each scenario."""
        return [held(run) for run in self.runs]

    def draw(self, figure: FigureBase) -> None:
        """One picture of amounts, or strips of shares."""
        axes = figure.subplots(len(self.runs), 1, sharex=True, squeeze=False)[:, 0]
        for ax, run, name, areas in zip(axes, self.runs, self.names, self.held, strict=True):
            set_time(ax, run.scenario)
            total = np.sum([area.values for area in areas], axis=0) if areas else np.zeros(1)
            if self.alone:
                ax.set_title(f"On the order books, nominal, {set_values(ax, highest(total), 'A100e')}", pad=20)
            else:
                ax.set_ylim(0, 1)
                ax.set_yticks([])
                divisor, unit = scale_of(float(total[-1]), "A100e")
                ends = f"\nends at {three(float(total[-1]) / divisor)} {unit}" if areas else ""
                ax.set_ylabel(f"{name}{ends}", rotation=0, ha="right", va="center", fontsize=10)
                areas = strip(areas) if areas else []
            if highest(total):
                draw_areas(ax, days_of(run, len(total)), areas, names=self.alone)
            else:
                known = any(name == "binds" for name, _ in run.series)
                say(ax, "The order books are empty in this window" if known else "There is no split to show")
            self.events.mark(ax, run.scenario, 10.5 if self.alone else 8)
        self._draw_legend(figure)

    def _draw_legend(self, figure: FigureBase) -> None:
        """The constraints in the order in which they lie; of a run with their shares."""
        there = {area.name: area.colour for areas in self.held for area in areas}
        names = [readable(name) for name in reversed(COLOURS) if readable(name) in there]
        told = shares(self.base) if self.alone else {}
        legend(figure, [(there[name], f"{name} {percent(told[name])}" if name in told else name) for name in names])

    def caption(self) -> str:
        """What the areas are."""
        by_rule = "The split is attribution by rule, not cause: paired runs that relax a constraint show that."
        if not self.alone:
            return (
                f"Each strip is the order books of that scenario at that time, be they full or not: {self.mean_of}, "
                f"every four weeks. {by_rule}"
            )
        series = self.base.series
        never = [readable(name) for name in COLOURS if ("binds", name) in series and not series["binds", name].any()]
        missing = f" Holding up nothing in any run: {', '.join(never)}." if never else ""
        return f"Areas: {self.mean_of}, every four weeks; per cent: of the order books over time. {by_rule}{missing}"

    def describe(self) -> str:
        """Whose part is how large."""
        most = None if self.alone else 3
        told = []
        for name, run in zip(self.names, self.runs, strict=True):
            parts = [f"{part.lower()} {percent(share)}" for part, share in list(shares(run).items())[:most]]
            told.append(f"{'' if self.alone else f'{name}: '}{', '.join(parts) or 'the order books are empty'}")
        largest = "" if self.alone else ", the largest parts"
        return f"Of the order books, summed over time{largest}: {'; '.join(told)}."
