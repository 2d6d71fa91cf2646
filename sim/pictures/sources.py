"""Whose chips arrive: effective compute delivered over time, by product; of a comparison by source, a panel a
scenario."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

import numpy as np

from sim.base.rounding import percent
from sim.experiment.run import Run
from sim.outcomes.history import SAMPLE
from sim.pictures.axes import Floats, days_of
from sim.pictures.lines import mean_of
from sim.pictures.names import readable, readables
from sim.pictures.picture import picture
from sim.pictures.stack import Area, Stack, shades
from sim.scenario.parts import Scenario
from sim.studies.shape import striking

SMOOTHING = 12  # weeks that the mean of a delivery rate looks back
MOST_OF_A_FAMILY = 6  # products or suppliers shown one by one; the small ones of more are shown together
GREY = "grey"


class Family(NamedTuple):
    """What comes from one source."""

    name: str
    colours: tuple[str, ...]
    """From the bottom up. They differ in lightness within a family and in hue between families; blue and orange stay
    apart for colour-blind readers."""


# Bottom to top.
FAMILIES = {
    "domestic": Family("Domestic chips", ("#1d5a91", "#6aa3d0", "#c3dbee")),
    "import": Family("Imports", ("#c35a10", "#f0983f", "#fbd9ac")),
    GREY: Family("Grey channel", ("#707070", "#8a8a8a", "#c6c6c6")),
}


def family_of(scenario: Scenario, product: str) -> str:
    """Where a product comes from: domestic, import, or, when it is in neither list of chips, the grey channel."""
    if product in scenario.designs:
        return "domestic"
    return "import" if product in scenario.imports else "grey"


def family_areas(key: str, members: Sequence[tuple[str, Floats, float]]) -> list[Area]:
    """A family's members, each with its name, values and size, as areas; of many the small ones as one."""
    ordered = list(members)
    if len(ordered) > MOST_OF_A_FAMILY:
        ordered.sort(key=lambda member: -member[2])
        rest = ordered[MOST_OF_A_FAMILY - 1 :]
        ordered[MOST_OF_A_FAMILY - 1 :] = [
            (f"{len(rest)} others", np.sum([v for _, v, _ in rest], axis=0), fsum(s for *_, s in rest))
        ]
    family = FAMILIES[key]
    shaded = zip(ordered, shades(family.colours, len(ordered)), strict=True)
    return [Area(name, colour, values, size, family.name) for (name, values, size), colour in shaded]


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


@picture
class Sources(Stack):
    """Areas by product, or by family in a panel for each scenario."""

    kind, order = "sources", 10
    of_series = True
    what = "Effective compute delivered a week, by product; of a comparison by source, a panel a scenario on one scale."
    every = tuple(family.name for family in FAMILIES.values())
    whole, empty = "effective compute", "Nothing is delivered"

    def amounts(self, run: Run) -> dict[str, Floats]:
        """A100e delivered in the four weeks to each point of the period, by product."""
        own = {item: mean_of(values)[1:] for (name, item), values in run.series.items() if name == "delivered"}
        return {item: np.nan_to_num(self.inside(days_of(run)[1:], values)[1]) for item, values in own.items()}

    def areas(self, run: Run) -> tuple[Floats, list[Area]]:
        """Products of a run, families of a comparison."""
        sizes = {product: float(values.sum()) for product, values in self.amounts(run).items()}
        days, found = days_of(run)[1:], []
        rates = {name: self.inside(days, rate)[1] for name, rate in delivered_rates(run).items() if sizes[name] > 0}
        names = readables(rates)
        for key, family in FAMILIES.items():
            own = [name for name in rates if family_of(run.scenario, name) == key]
            if self.alone and key != GREY:
                found += family_areas(key, [(names[name], rates[name], sizes[name]) for name in own])
            elif own:
                rate, size = np.sum([rates[name] for name in own], axis=0), fsum(sizes[name] for name in own)
                found.append(Area(family.name, family.colours[1], rate, size, family.name))
        return self.inside(days, days)[0], found

    def sums(self, run: Run) -> dict[str, Floats]:
        """What comes from each source."""
        found = {family.name: np.zeros(len(run)) for family in FAMILIES.values()}
        for (name, item), values in run.series.items():
            if name == "delivered":
                own = np.nan_to_num(self.inside(days_of(run)[1:], values[:, 1:])[1])
                found[FAMILIES[family_of(run.scenario, item)].name] += own.sum(axis=1)
        return found

    def leading(self) -> str:
        """Who delivers the most, and the most striking change."""
        most = max(self.shares[0], key=self.shares[0].__getitem__)
        said = f"{most} deliver{'s' * (most == FAMILIES[GREY].name)} {percent(self.shares[0][most])} of {self.whole}"
        strikes = [told.split(", in ")[0].rstrip(".") for told in striking(self.base)] if self.whole_window else []
        return "; ".join([said, *(f"{told[:1].lower()}{told[1:]}" for told in strikes)])

    def shown(self) -> str:
        """Compute a week."""
        return f"Effective compute delivered a week, {self.drawn_in}, {'by product' if self.alone else 'by source'}"

    def caption(self) -> str:
        """What the areas are, and what never arrives."""
        told = f"Areas: {self.mean_of}, over the {SMOOTHING} weeks before, so an end shows later."
        never = [readable(name) for name, own in self.amounts(self.base).items() if not own.any()] if self.alone else []
        return f"{told} Not delivered in any run: {', '.join(never)}." if never else told

    def describe(self) -> str:
        """The shares; of a run also the most striking change and what goes with it."""
        return " ".join([super().describe(), *(striking(self.base) if self.alone and self.whole_window else [])])
