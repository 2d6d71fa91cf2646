"""Whose chips arrive: effective compute delivered over time, by product; of a comparison by source, a panel a
scenario."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.base.rounding import percent
from sim.outcomes.history import SAMPLE
from sim.pictures.axes import Floats, amount, day_at, days_of, highest
from sim.pictures.lines import mean_of
from sim.pictures.names import event_name, month_words, readable
from sim.pictures.picture import picture
from sim.pictures.stack import Area, Stack, shades
from sim.scenario.policies.ban import Ban
from sim.scenario.precedence import in_order

if TYPE_CHECKING:
    from sim.experiment.run import Run
    from sim.scenario.parts import Scenario

SMOOTHING = 12  # weeks that the mean of a delivery rate looks back
MOST_OF_A_FAMILY = 6  # products or suppliers shown one by one; the small ones of more are shown together
GONE = 0.02  # of a family's highest rate: less is a last remainder
YEAR = 365  # days
GREY = "grey"
POINT = 0.01  # of a share: less makes no difference to name


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
    what = "Effective compute delivered a week, by product; of a comparison by source, a panel a scenario on one scale."
    every = tuple(family.name for family in FAMILIES.values())
    empty = "Nothing is delivered"

    def amounts(self, run: Run) -> dict[str, Floats]:
        """A100e delivered in the four weeks to each point of the period, by product."""
        own = {item: mean_of(values)[1:] for (name, item), values in run.series.items() if name == "delivered"}
        return {item: np.nan_to_num(self.inside(days_of(run)[1:], values)[1]) for item, values in own.items()}

    def areas(self, run: Run) -> tuple[Floats, list[Area]]:
        """Products of a run, families of a comparison."""
        sizes = {product: float(values.sum()) for product, values in self.amounts(run).items()}
        days, found = days_of(run)[1:], []
        rates = {name: self.inside(days, rate)[1] for name, rate in delivered_rates(run).items() if sizes[name] > 0}
        for key, family in FAMILIES.items():
            own = [name for name in rates if family_of(run.scenario, name) == key]
            if self.alone and key != GREY:
                found += family_areas(key, [(readable(name), rates[name], sizes[name]) for name in own])
            elif own:
                rate, size = np.sum([rates[name] for name in own], axis=0), fsum(sizes[name] for name in own)
                found.append(Area(family.name, family.colours[1], rate, size, family.name))
        return self.inside(days, days)[0], found

    def finding(self) -> str:
        """Of a run who delivers the most, and when imports end; of a comparison whose share changes the most."""
        total = fsum(area.size for area in self.stacks[0][1])
        if not any(self.shares):
            return "Nothing is delivered"
        if self.alone:
            most = max(self.shares[0], key=self.shares[0].__getitem__)
            said = f"{most} deliver{'s' * (most == FAMILIES[GREY].name)} {percent(self.shares[0][most])} of "
            return f"{said}{amount(total, 'A100e')}{self._imports_end()}"
        name, n = self.contrast()
        one, two = (self.shares[at].get(name, 0.0) for at in (0, n))
        if abs(two - one) < POINT:
            return "Each source has the same share in every scenario"
        return f"{name}: {percent(one)} of compute in {self.names[0]}, {percent(two)} in {self.names[n]}"

    def _imports_end(self) -> str:
        """When the last imports of a run arrive, where that is long before its end, and the ban before it."""
        days, scenario = self.stacks[0][0], self.base.scenario
        imports = {name: own for name, own in self.amounts(self.base).items() if name in scenario.imports}
        total = np.sum([np.zeros(len(days)), *imports.values()], axis=0)
        there = np.flatnonzero(total > GONE * highest(total))
        if not len(there) or days[-1] - days[there[-1]] < YEAR / 2:
            return ""
        last, product = day_at(days[there[-1]]), max(imports, key=lambda name: imports[name][there[-1]])
        bans = [
            f" after {event_name(key, policy.effective)}"
            for key, policy in in_order(scenario.policies)
            if isinstance(policy.action, Ban) and policy.withdrawn is None
            if product in policy.action.reached(scenario.imports) and 0 <= (last - policy.effective).days <= YEAR
        ]
        return "".join([f"; imports end in {month_words(last)}", *bans[-1:]])

    def shown(self) -> str:
        """Compute a week."""
        return f"Effective compute delivered a week, {self.drawn_in}, {'by product' if self.alone else 'by source'}"

    def caption(self) -> str:
        """What the areas are, and what never arrives."""
        told = f"Areas: {self.mean_of}, over the {SMOOTHING} weeks before, so an end shows later."
        never = [readable(name) for name, own in self.amounts(self.base).items() if not own.any()] if self.alone else []
        return f"{told} Not delivered in any run: {', '.join(never)}." if never else told

    def describe(self) -> str:
        """What each scenario delivers in all, and whose it is."""
        told = []
        for name, (_, stack), shares in zip(self.names, self.stacks, self.shares, strict=True):
            parts = [f"{family.lower()} {percent(share)}" for family, share in shares.items()]
            told.append(f"{name}: {', '.join([amount(fsum(a.size for a in stack), 'A100e'), *parts])}")
        return f"Delivered in all: {'; '.join(told)}."
