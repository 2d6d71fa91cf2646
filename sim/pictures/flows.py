"""Who buys whose chips: effective compute delivered, by segment of demand and by supplier or the grey channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from sim.base.rounding import percent, scale_of
from sim.base.units import show
from sim.outcomes.series import route
from sim.pictures.areas import Area
from sim.pictures.axes import PAPER, Floats, legend, say, three
from sim.pictures.lines import mean_of
from sim.pictures.names import readable
from sim.pictures.picture import Picture, picture
from sim.pictures.sources import FAMILIES, family_areas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from sim.experiment.run import Run
    from sim.scenario.parts import Scenario

GREY = "grey"  # the origin of what comes through unofficial networks, see `sim.outcomes.cards`
MOST_SEGMENTS = 4  # panels side by side; the smaller ones of more segments share one
NARROWEST = 0.25  # panel, as a share of the widest
WIDE = 0.09  # of the longest bar, that a part must be to have its amount in it


def origins(scenario: Scenario) -> dict[str, str]:
    """Suppliers with their family, each once, domestic first; the grey channel last."""
    found = {design.supplier: "domestic" for design in scenario.designs.values()}
    for product in scenario.imports.values():
        found.setdefault(product.supplier, "import")
    return found | ({GREY: "grey"} if scenario.grey else {})


def flow(run: Run, origin: str, segment: str) -> float:
    """A100e from an origin to a segment over the whole window, mean over the replications that have a value."""
    values = run.series.get(("flow", route(origin, segment)))
    return 0.0 if values is None else float(np.nan_to_num(mean_of(values.sum(axis=1))))


@picture
class Flows(Picture):
    """Stacked bars: of a run one a segment; of a comparison one a scenario, in a panel for each segment."""

    kind, order = "flows", 50
    what = "Effective compute delivered to each segment of demand, by supplier and grey channel; amounts on one scale."
    title = "Who buys whose chips? Effective compute delivered"

    @cached_property
    def segments(self) -> dict[str, list[str]]:
        """Those that get anything by name, the largest first; of very many the small ones together."""
        received = {
            segment: fsum(flow(run, origin, segment) for run in self.runs for origin in origins(run.scenario))
            for scenario in self.scenarios
            for segment in scenario.demand
        }
        served = sorted((name for name in received if received[name] > 0), key=lambda name: -received[name])
        single = served if len(served) <= MOST_SEGMENTS else served[: MOST_SEGMENTS - 1]
        rest = served[len(single) :]
        return {readable(name): [name] for name in single} | ({f"{len(rest)} others": rest} if rest else {})

    @cached_property
    def parts(self) -> list[Area]:
        """What comes from each origin, domestic suppliers first, in A100e, shape (segments, scenarios)."""
        members: dict[str, list[tuple[str, Floats]]] = {key: [] for key in FAMILIES}
        known = {name: family for scenario in self.scenarios for name, family in origins(scenario).items()}
        for origin, family in known.items():
            amounts = [
                [fsum(flow(run, origin, segment) for segment in group) for run in self.runs]
                for group in self.segments.values()
            ]
            if np.any(amounts):
                name = FAMILIES[GREY].name if origin == GREY else readable(origin)
                members[family].append((name, np.array(amounts)))
        return [part for key, own in members.items() if own for part in family_areas(key, own)]

    def draw(self, figure: FigureBase) -> None:
        """One scale for all bars."""
        parts = self.parts
        if not parts:
            ax = figure.subplots()
            ax.axis("off")
            known = any(name == "flow" for name, _ in self.base.series)
            say(ax, "Nothing is delivered in this window" if known else "There are no flows to show")
            return
        sums = np.sum([part.values for part in parts], axis=0)
        top = float(sums.max())
        divisor, unit = scale_of(top, "A100e")
        if self.alone:
            ax = figure.subplots()
            _draw_bars(
                ax, [replace(part, values=part.values[:, 0]) for part in parts], list(self.segments), divisor, top
            )
            ax.set_title(f"{unit[:1].upper()}{unit[1:]} delivered to projects of each segment")
        else:
            # As wide as what they show, so that an amount is as long in one panel as in another.
            widths = np.maximum(sums.max(axis=1), NARROWEST * top)
            panels = figure.subplots(1, len(widths), sharey=True, squeeze=False, width_ratios=widths)[0]
            for n, (ax, width, segment) in enumerate(zip(panels, widths, self.segments, strict=True)):
                _draw_bars(ax, [replace(part, values=part.values[n]) for part in parts], self.names, divisor, top)
                ax.set_title(segment)
                ax.set_xlim(0, 1.25 * width / divisor)
                ax.locator_params(axis="x", nbins=max(1, round(5 * width / top)))
            figure.supxlabel(f"{unit} delivered to projects of each segment", fontsize=10.5)
        ax.invert_yaxis()
        legend(figure, [(part.colour, part.name) for part in reversed(parts)])

    def caption(self) -> str:
        """What the bars are."""
        return (
            f"Bars: effective compute delivered up to the window's last four-weekly point, {self.mean_of}; in each the "
            "amount by origin, domestic suppliers first, behind it the sum. A delivery is no preference: who is "
            "refused one chip waits for another."
        )

    def describe(self) -> str:
        """What each segment gets, and from whom; with several scenarios a part for each."""
        told = []
        for place, scenario in enumerate(self.names):
            amounts = {part.name: part.values[:, place] for part in self.parts}
            sums = sum(amounts.values(), np.zeros(len(self.segments)))
            rows = []
            for n, (segment, got) in enumerate(zip(self.segments, sums.tolist(), strict=True)):
                whose = ", ".join(f"{name} {percent(own[n] / got)}" for name, own in amounts.items() if own[n])
                much = f"{show(got, 'A100e')} ({percent(got / sums.sum())}): {whose}" if got else "nothing"
                rows.append(f"{segment} gets {much}")
            told.append(f"{'' if self.alone else f'{scenario}: '}{'; '.join(rows) or 'nothing is delivered'}.")
        return " ".join(told)


def _draw_bars(ax: Axes, parts: Sequence[Area], names: Sequence[str], divisor: float, top: float) -> None:
    """A stacked bar for each name, its parts with their amounts where they are wide enough, its sum behind it."""
    left, places = np.zeros(len(names)), np.arange(len(names))
    for part in parts:
        values = part.values / divisor
        bars = ax.barh(places, values, left=left, height=0.7, color=part.colour, edgecolor="white", label=part.name)
        labels = [three(value) if value > WIDE * top / divisor else "" for value in values]
        ax.bar_label(bars, labels, label_type="center", fontsize=9.5, bbox=PAPER)
        left = left + values
    for place, total in zip(places, left, strict=True):
        ax.annotate(three(total), (total, place), (4, 0), textcoords="offset points", va="center", fontweight="bold")
    ax.set_yticks(places, names)
    ax.set_xmargin(0.1)
    ax.locator_params(axis="x", nbins=5)
    ax.grid(axis="x")
