"""Whose chips arrive: effective compute delivered over time, by source."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb

from sim.base.rounding import percent
from sim.base.statistics import summarise
from sim.base.units import DAYS_A_WEEK, show
from sim.outcomes.history import SAMPLE
from sim.outcomes.keys import Key
from sim.pictures.plots.canvas import (
    INK,
    Entry,
    Floats,
    draw_column,
    luminance,
    mean_of,
    mean_words,
    readable,
    tidy,
    write,
)
from sim.pictures.plots.panels import write_head, write_swatches
from sim.pictures.plots.timeline import axis_scale, days_of, event_notes, frame, name_inside, say, set_up

if TYPE_CHECKING:
    from sim.experiment.run import Run
    from sim.scenario.parts import Scenario

SMOOTHING = 12  # weeks that the mean of a delivery rate looks back


@dataclass(frozen=True)
class Family:
    """Products of one source: their common name, the shades of their areas from the bottom up, and the hatches."""

    name: str
    short: str
    others: str
    outcome: str  # its share of what is delivered
    ink: str
    shades: tuple[str, ...]
    hatches: tuple[str, ...]


# Bottom to top. The shades differ in lightness within a family and in hue between families (blue and orange stay
# apart for colour-blind readers); no hatch serves twice.
FAMILIES = {
    "domestic": Family(
        "Domestic designs",
        "Domestic",
        "other designs",
        "domestic_share",
        "#123c62",
        ("#2a6ca6", "#7fb2d9", "#d3e5f3"),
        ("", "//", "..", "--", "xx", "oo", "////", "...."),
    ),
    "import": Family(
        "Imports",
        "Imports",
        "other imports",
        "import_share",
        "#7a3300",
        ("#c35a10", "#f0983f", "#fbd9ac"),
        ("\\\\", "||", "++", "\\\\\\\\", "||||", "++++"),
    ),
    "grey": Family(
        "Grey channel",
        "Grey",
        "other grey goods",
        "grey_share",
        "#3d3d3d",
        ("#5a5a5a", "#969696", "#dddddd"),
        ("O", "*", "O.", "*-"),
    ),
}


@dataclass(frozen=True)
class Band:
    """A product's area in the stack, or that of several small ones."""

    name: str
    family: str
    face: str
    hatch: str
    rate: Floats  # shape (points - 1,), A100e a week

    @property
    def mark(self) -> str:
        """The hatch's colour: white or the family's ink, whichever stands out more on the face."""
        ink, face = FAMILIES[self.family].ink, luminance(self.face)
        return "#ffffff" if 1.05 / (face + 0.05) > (face + 0.05) / (luminance(ink) + 0.05) else ink


def family_of(scenario: Scenario, product: str) -> str:
    """Where a product comes from: domestic, import, or, when it is in neither list of chips, the grey channel."""
    if product in scenario.designs:
        return "domestic"
    return "import" if product in scenario.imports else "grey"


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


def shades(family: Family, count: int) -> list[str]:
    """So many colours of a family, from its darkest to its palest."""
    stops = np.array([to_rgb(colour) for colour in family.shades])
    places = np.linspace(0, len(stops) - 1, count) if count > 1 else np.array([0.6])
    mixed = [[float(np.interp(at, range(len(stops)), stops[:, part])) for part in range(3)] for at in places]
    return [to_hex((red, green, blue)) for red, green, blue in mixed]


def bands(run: Run) -> list[Band]:
    """The areas of the stack from the bottom up; products that are never delivered are left out.

    A family with more products than can be told apart shows its largest, and the others as one area.
    """
    rates = {product: rate for product, rate in delivered_rates(run).items() if np.nansum(rate) > 0}
    stack = []
    for key, family in FAMILIES.items():
        members = [
            (readable(product), rate) for product, rate in rates.items() if family_of(run.scenario, product) == key
        ]
        if len(members) > len(family.hatches):
            by_size = sorted(range(len(members)), key=lambda n: -float(np.nansum(members[n][1])))
            small = by_size[len(family.hatches) - 1 :]
            rest = np.sum([members[n][1] for n in small], axis=0)
            members = [member for n, member in enumerate(members) if n not in small]
            members.append((f"{len(small)} {family.others}", rest))
        looks = zip(members, shades(family, len(members)), family.hatches, strict=False)
        stack += [Band(name, key, colour, hatch, rate) for (name, rate), colour, hatch in looks]
    return stack


def never_delivered(run: Run) -> list[str]:
    """Names of the scenario's products of which no replication delivers anything."""
    return [readable(product) for product, rate in delivered_rates(run).items() if (rate == 0).all()]


def draw_sources(ax: Axes, run: Run) -> Axes:
    """Effective compute delivered a week over time, in A100e a week: areas by product, the policy events above them.

    Domestic designs lie at the bottom, imports on them, grey goods on top. Heights are those of `delivered_rates`; a
    point where a product has no value is left blank. The column at the right names every area, and the share of all
    delivered compute of each family (the mean of that outcome over replications).
    """
    stack, days = bands(run), days_of(run)[1:]
    edges = np.cumsum([np.zeros(len(days)), *(band.rate for band in stack)], axis=0)
    known = ~np.isnan(edges).any(axis=0)
    top = float(edges[-1][known].max(initial=0.0))
    set_up(ax, run.scenario, top, f"A100e a week, mean of the last {SMOOTHING} weeks")
    if not top:
        return say(ax, _why_empty(run))
    if known.sum() == 1:  # an area needs two ends
        at = int(np.flatnonzero(known)[0])
        days, edges, known = days[at] + DAYS_A_WEEK * SAMPLE * np.array([-1, 0]), edges[:, [at, at]], known[[at, at]]
    for n, (band, (low, high)) in enumerate(zip(stack, pairwise(edges), strict=True)):
        ax.fill_between(
            days,
            low,
            high,
            where=known.tolist(),
            facecolor=band.face,
            edgecolor=band.mark,
            hatch=band.hatch,
            linewidth=0,
            zorder=2,
            label=band.name,
        )
        last_of_family = n + 1 < len(stack) and stack[n + 1].family != band.family
        line = np.where(known & ((high > low) | last_of_family), high, np.nan)
        ax.plot(days, line, color=INK if last_of_family else "white", linewidth=2 if last_of_family else 0.9, zorder=3)
    for band, (low, high) in zip(stack, pairwise(edges), strict=True):
        name_inside(ax, band.name, days, np.where(known, low, np.nan), np.where(known, high, np.nan), run.scenario)
    draw_column(ax, list(_sources_column(run, stack, edges[:, known], ax.get_ylim()[1])))
    return ax


def _why_empty(run: Run) -> str:
    if len(run.weeks) < 2:
        return "The window is too short to show"
    if all(np.isnan(rate).all() for rate in delivered_rates(run).values()):
        return "There is no delivery rate to show: values are missing"
    return "Nothing is delivered in this window"


def _sources_column(run: Run, stack: list[Band], edges: Floats, top: float) -> Iterable[Entry]:
    """Family heads and products from the top of the stack down."""
    ends = edges[:, -1]
    y = top
    for n in reversed(range(len(stack))):
        band, family = stack[n], FAMILIES[stack[n].family]
        reaches = ends[n + 1] > ends[n]
        if n + 1 == len(stack) or stack[n + 1].family != band.family:
            # A family that has ended by then stands at the top, out of the way of those that go on.
            going_on = any(ends[m + 1] > ends[m] for m in range(n + 1) if stack[m].family == band.family)
            y = float(ends[n + 1]) if going_on else top
            yield Entry(f"{family.name} {_share(run, band.family)}".rstrip(), y, colour=family.ink, weight="bold")
        if reaches:
            y = float(ends[n] + ends[n + 1]) / 2
        yield Entry(band.name, y, face=band.face, hatch=band.hatch, mark=band.mark, joined=bool(reaches))


def _share(run: Run, key: str) -> str:
    name = FAMILIES[key].outcome
    share = summarise(run[name]).mean if Key(name) in run.outcomes else math.nan
    return "" if math.isnan(share) else percent(share)


def sources_notes(run: Run) -> str:
    """How to read it."""
    never = never_delivered(run)
    missing = f" Not delivered in any run: {', '.join(never)}." if never else ""
    border = " Thick line: border of families." if len(family_rates(run)) > 1 else ""
    return (
        f"Areas: {mean_words(run)}; each point looks back {SMOOTHING} weeks, at the start over the weeks so far. "
        f"Effective: nominal compute times the share that software makes usable. "
        f"Per cent: of all compute delivered.{border}{event_notes([run])}{missing}"
    )


def sources_tells(run: Run) -> str:
    """Whose share is how large."""
    shares = [f"{family.name.lower()} {share}" for key, family in FAMILIES.items() if (share := _share(run, key))]
    return f"Of all effective compute delivered: {', '.join(shares)}." if shares else "Nothing is delivered."


# --- One panel a scenario ---

FAMILY_HATCHES = {"domestic": "", "import": "\\\\", "grey": ".."}


def family_rates(run: Run) -> dict[str, Floats]:
    """As `delivered_rates`, by family, from the bottom of a stack up; families that deliver nothing are left out."""
    sums: dict[str, Floats] = {}
    for product, rate in delivered_rates(run).items():
        family = family_of(run.scenario, product)
        sums[family] = sums.get(family, np.zeros(len(rate))) + rate
    return {key: sums[key] for key in FAMILIES if key in sums and np.nansum(sums[key]) > 0}


def highest_rate(runs: Iterable[Run]) -> float:
    """The largest rate of all that is delivered, in A100e a week, for a scale that panels share."""
    tops = [np.nanmax(sum(rates.values()), initial=0.0) for run in runs if (rates := family_rates(run))]
    return float(max(tops, default=0.0))


def family_look(key: str) -> dict[str, Any]:
    """How the area of a whole family looks."""
    family = FAMILIES[key]
    return {"facecolor": family.shades[1 - (key == "domestic")], "edgecolor": family.ink, "hatch": FAMILY_HATCHES[key]}


def draw_families(ax: Axes, run: Run, top: float, names: bool = True, size: float = 10.5) -> Axes:
    """A small picture of effective compute delivered a week, in A100e a week: an area a family, on a scale up to `top`.

    Its head has the scenario's name, and each family's share of all delivered compute. Dashed lines are the scenario's
    own policy events, without their names. `names` says whether the y axis is labelled.
    """
    rates, days = family_rates(run), days_of(run)[1:]
    edges = np.cumsum([np.zeros(len(days)), *rates.values()], axis=0)
    unit, _ = axis_scale(top, "")
    frame(ax, run.scenario, top, unit, names, size)
    for key, (low, high) in zip(rates, pairwise(edges), strict=True):
        known = ~np.isnan(low + high)
        ax.fill_between(days, low, high, where=known.tolist(), linewidth=0, zorder=2, **family_look(key))
        ax.plot(days, np.where(high > low, high, np.nan), color="white", linewidth=0.9, zorder=3)
    told = [(f"{FAMILIES[key].short} {_share(run, key)}".strip(), family_look(key)) for key in rates]
    if not told:
        write(ax, 0.5, 0.4, "Nothing is delivered", size, ha="center")
    write_head(ax, tidy(run.scenario.name), " " if told else "")
    write_swatches(ax, told)
    return ax


def families_notes(runs: Sequence[Run]) -> str:
    """How to read the panels."""
    return (
        f"Areas, all on one scale: {mean_words(runs[0])}; each point looks back {SMOOTHING} weeks. Effective: nominal "
        "compute times the share that software makes usable. Per cent: of all compute delivered in that scenario. "
        "Dashed lines: its own policy events."
    )


def families_tells(runs: Sequence[Run]) -> str:
    """What each scenario delivers in all, and whose it is."""
    told = []
    for run in runs:
        shares = [f"{FAMILIES[key].short.lower()} {_share(run, key)}" for key in family_rates(run)]
        total = summarise(run["delivered"]).mean if Key("delivered") in run.outcomes else math.nan
        amount = [] if math.isnan(total) else [f"{show(total, 'A100e')} in all"]
        told.append(f"{tidy(run.scenario.name)}: {', '.join([*amount, *shares]) if shares else 'nothing'}")
    return f"Effective compute delivered. {'; '.join(told)}."
