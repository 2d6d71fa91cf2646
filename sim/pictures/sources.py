"""Whose chips arrive: effective compute delivered over time, by product; of a comparison a panel for each scenario."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch

from sim.base.rounding import percent
from sim.base.statistics import summarise
from sim.base.units import show
from sim.outcomes.history import SAMPLE
from sim.outcomes.keys import Key
from sim.pictures.areas import Area, draw_areas, shades
from sim.pictures.axes import INK, Floats, days_of, highest, legend, say, set_time, set_values
from sim.pictures.lines import mean_of
from sim.pictures.names import readable
from sim.pictures.picture import Picture, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from sim.experiment.run import Run
    from sim.scenario.parts import Scenario

SMOOTHING = 12  # weeks that the mean of a delivery rate looks back
MOST_OF_A_FAMILY = 6  # products or suppliers shown one by one; the small ones of more are shown together


@dataclass(frozen=True)
class Family:
    """What comes from one source: its name, and its colours."""

    name: str
    short: str
    colours: tuple[str, ...]
    """From the bottom up. They differ in lightness within a family and in hue between families; blue and orange stay
    apart for colour-blind readers."""

    @property
    def colour(self) -> str:
        """Of the whole family."""
        return shades(self.colours, 1)[0]


# Bottom to top.
FAMILIES = {
    "domestic": Family("Domestic designs", "domestic", ("#1d5a91", "#6aa3d0", "#c3dbee")),
    "import": Family("Imports", "imports", ("#c35a10", "#f0983f", "#fbd9ac")),
    "grey": Family("Grey channel", "grey", ("#5a5a5a", "#8a8a8a", "#c6c6c6")),
}


def family_of(scenario: Scenario, product: str) -> str:
    """Where a product comes from: domestic, import, or, when it is in neither list of chips, the grey channel."""
    if product in scenario.designs:
        return "domestic"
    return "import" if product in scenario.imports else "grey"


def family_areas(key: str, members: Sequence[tuple[str, Floats]]) -> list[Area]:
    """A family's members as areas; of many the largest, and the others as one."""
    if len(members) > MOST_OF_A_FAMILY:
        by_size = sorted(members, key=lambda member: -float(np.nansum(member[1])))
        small = [id(member) for member in by_size[MOST_OF_A_FAMILY - 1 :]]
        rest = np.sum([values for _, values in by_size[MOST_OF_A_FAMILY - 1 :]], axis=0)
        members = [member for member in members if id(member) not in small]
        members = [*members, (f"{len(small)} others", rest)]
    colours = shades(FAMILIES[key].colours, len(members))
    return [Area(name, colour, values) for (name, values), colour in zip(members, colours, strict=True)]


def delivered_rates(run: Run) -> dict[str, Floats]:
    """Mean effective compute delivered a week, by product, in A100e a week, shape (points - 1,) for `run.weeks[1:]`.

    Each value is the mean over replications and over the 12 weeks that end at its point (in the first 12 weeks, over
    the weeks so far). It looks back only: a centred mean would let deliveries fall before the rule that stops them.
    """
    rates = {}
    for (name, product), values in run.series.items():
        if name == "delivered":
            each = mean_of(values)[1:]
            span = int(SMOOTHING / SAMPLE)
            means = [each[max(0, end - span) : end].mean() / SAMPLE for end in range(1, len(each) + 1)]
            rates[product] = np.array(means, dtype=np.float64)
    return rates


def products(run: Run) -> dict[str, list[Area]]:
    """The areas of products by family, from the bottom up; products that are never delivered are left out."""
    rates = {product: rate for product, rate in delivered_rates(run).items() if np.nansum(rate) > 0}
    found = {
        key: [(readable(product), rate) for product, rate in rates.items() if family_of(run.scenario, product) == key]
        for key in FAMILIES
    }
    return {key: family_areas(key, members) for key, members in found.items() if members}


def families(run: Run) -> list[Area]:
    """One area for each family that delivers anything, from the bottom up."""
    return [
        Area(FAMILIES[key].name, FAMILIES[key].colour, np.sum([area.values for area in areas], axis=0))
        for key, areas in products(run).items()
    ]


def share_of(run: Run, key: str) -> str:
    """A family's share of the effective compute that is drawn, in per cent; empty where there is none."""
    sums = dict.fromkeys(FAMILIES, 0.0)
    for (series, product), values in run.series.items():
        if series == "delivered":
            sums[family_of(run.scenario, product)] += float(mean_of(values)[1:].sum())
    total = sum(sums.values())
    return percent(sums[key] / total) if total > 0 else ""


@picture
class Sources(Picture):
    """Areas by product, or by family in a panel for each scenario."""

    kind, order = "sources", 10
    over_time = True
    what = "Effective compute delivered a week, by product; of a comparison by source, a panel a scenario on one scale."
    title = "Whose chips arrive? Effective compute delivered a week"

    def draw(self, figure: FigureBase) -> None:
        """One picture, or panels on one scale."""
        (self._draw_products if self.alone else self._draw_panels)(figure)

    def _draw_products(self, figure: FigureBase) -> None:
        """A run: a legend from the top of the stack down, with each family's share."""
        ax, found = figure.subplots(), products(self.base)
        unit = self._draw_stack(ax, self.base, list(chain(*found.values())), 10.5)
        ax.set_title(f"{unit[:1].upper()}{unit[1:]} a week", pad=20)
        entries: list[tuple[Any, str]] = []
        for key, areas in reversed(found.items()):
            entries.append((Patch(alpha=0), f"{FAMILIES[key].name} {share_of(self.base, key)}".strip()))
            entries += [(area.colour, area.name) for area in reversed(areas)]
        if drawn := legend(figure, entries):
            for (look, _), text in zip(entries, drawn.get_texts(), strict=True):
                text.set_fontweight("normal" if isinstance(look, str) else "bold")

    def _draw_panels(self, figure: FigureBase) -> None:
        """A comparison: a panel for each scenario."""
        count = len(self.runs)
        columns = {2: 2, 4: 2}.get(count, 3)
        axes = figure.subplots(-(-count // columns), columns, sharex=True, sharey=True, squeeze=False).ravel()
        stacks = [families(run) for run in self.runs]
        top = highest(*(np.sum([area.values for area in stack], axis=0) for stack in stacks if stack))
        for ax, run, name, stack in zip(axes, self.runs, self.names, stacks, strict=False):
            unit = self._draw_stack(ax, run, stack, 8.5, top)
            shares = ", ".join(f"{share_of(run, key)} {FAMILIES[key].short}" for key in products(run))
            ax.set_title(f"{name}\n{shares}", pad=15, fontsize=9.5, color=INK)
        for ax in axes[count:]:
            ax.axis("off")
        figure.supylabel(f"{unit} a week", fontsize=10.5)
        there = {area.name for stack in stacks for area in stack}
        shown = [family for family in reversed(FAMILIES.values()) if family.name in there]
        legend(figure, [(family.colour, family.name) for family in shown])

    def _draw_stack(self, ax: Axes, run: Run, stack: list[Area], size: float, top: float | None = None) -> str:
        """Areas up to `top` or their own, with events of that size; the unit."""
        set_time(ax, run.scenario)
        total = np.sum([area.values for area in stack], axis=0) if stack else np.zeros(1)
        unit = set_values(ax, highest(total) if top is None else top, "A100e")
        self.events.mark(ax, run.scenario, size)
        if stack and len(total) > 1:
            draw_areas(ax, days_of(run)[1:], stack, names=self.alone)
        else:
            say(ax, "Nothing is delivered" if run.weeks.size > 2 else "The window is too short to show")
        return unit

    def caption(self) -> str:
        """What the areas are, and what never arrives."""
        told = (
            f"Areas: {self.mean_of}, each point over the {SMOOTHING} weeks before it. Effective: nominal compute times "
            "the share that software and systems made usable on the day of the order."
        )
        if not self.alone:
            return f"{told} All panels have one scale."
        never = [readable(product) for product, rate in delivered_rates(self.base).items() if (rate == 0).all()]
        missing = f" Not delivered in any run: {', '.join(never)}." if never else ""
        return f"{told}{missing}"

    def describe(self) -> str:
        """What each scenario delivers in all, and whose it is."""
        told = []
        for name, run in zip(self.names, self.runs, strict=True):
            parts = [f"{FAMILIES[key].name.lower()} {share_of(run, key)}".strip() for key in products(run)]
            total = summarise(run["delivered"]).mean if Key("delivered") in run.outcomes else math.nan
            amount = [] if math.isnan(total) else [f"{show(total, 'A100e')} in all"]
            words = ", ".join([*amount, *parts]) if parts else "nothing"
            told.append(f"{'' if self.alone else f'{name}: '}{words}")
        return f"Effective compute delivered: {'; '.join(told)}."
