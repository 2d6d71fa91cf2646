"""Who buys whose chips: effective compute delivered, by segment of demand and by supplier or the grey channel."""

from __future__ import annotations

from functools import cached_property
from math import fsum

import matplotlib as mpl
import numpy as np
from matplotlib.figure import FigureBase

from sim.base.rounding import percent, scale_of
from sim.base.statistics import summarise
from sim.base.wording import capital
from sim.experiment.run import Run
from sim.outcomes.series import route
from sim.pictures.axes import Floats, amount, legend, say, unit_of
from sim.pictures.lines import mean_of
from sim.pictures.names import readables
from sim.pictures.picture import SHORT, Picture, picture
from sim.pictures.sources import FAMILIES, GREY, family_areas
from sim.pictures.stack import Area
from sim.scenario.parts import Scenario

MOST_SEGMENTS = 6  # the largest of more
MOST_ROWS = 18  # of letters in full size


def origins(scenario: Scenario) -> dict[str, str]:
    """Suppliers with their family, each once, domestic first; the grey channel last."""
    found = {design.supplier: "domestic" for design in scenario.designs.values()}
    for product in scenario.imports.values():
        found.setdefault(product.supplier, "import")
    return found | ({GREY: GREY} if scenario.grey else {})


def flow(run: Run, origin: str, segment: str) -> float:
    """A100e from an origin to a segment over the whole window, mean over the replications that have a value."""
    values = run.series.get(("flow", route(origin, segment)))
    return 0.0 if values is None else float(np.nan_to_num(mean_of(values.sum(axis=1))))


def received(run: Run, segment: str) -> Floats:
    """A100e that a segment gets over the whole window, shape (replications,)."""
    flows = [run.series.get(("flow", route(origin, segment))) for origin in origins(run.scenario)]
    own = [np.nan_to_num(values).sum(axis=1) for values in flows if values is not None]
    return np.asarray(np.sum([np.zeros(len(run)), *own], axis=0), dtype=np.float64)


@picture
class Flows(Picture):
    """Stacked bars: of a run one a segment; of a comparison one for each scenario of each segment."""

    kind, order = "flows", 50
    of_series = True
    what = "Effective compute delivered to each segment of demand, by supplier and grey channel; amounts on one scale."

    @cached_property
    def received(self) -> dict[str, float]:
        """A100e by segment over all scenarios, of those that get anything, the largest first."""
        every = dict.fromkeys(segment for scenario in self.scenarios for segment in scenario.demand)
        pairs = [(run, origin) for run in self.runs for origin in origins(run.scenario)]
        received = {segment: fsum(flow(run, origin, segment) for run, origin in pairs) for segment in every}
        served = sorted((name for name in received if received[name] > 0), key=lambda name: -received[name])
        return {name: received[name] for name in served}

    @property
    def whole(self) -> float:
        """A100e to all segments in all scenarios, those that are not shown too."""
        return fsum(self.received.values())

    @cached_property
    def segments(self) -> dict[str, str]:
        """Those that are shown, by name; of very many the largest."""
        named = readables(self.received)
        return {named[name]: name for name in [*named][:MOST_SEGMENTS]}

    @cached_property
    def parts(self) -> list[Area]:
        """What comes from each origin, domestic suppliers first, in A100e, shape (segments, scenarios)."""
        known = {name: family for scenario in self.scenarios for name, family in origins(scenario).items()}
        members: dict[str, list[tuple[str, Floats, float]]] = {key: [] for key in FAMILIES}
        named = readables(known)
        for origin, family in known.items():
            values = np.array([[flow(run, origin, name) for run in self.runs] for name in self.segments.values()])
            if values.any():
                name = FAMILIES[GREY].name if origin == GREY else named[origin]
                members[family].append((name, values, float(values.sum())))
        return [part for key, own in members.items() for part in family_areas(key, own)]

    @cached_property
    def sums(self) -> Floats:
        """A100e, shape (segments, scenarios)."""
        return np.sum([part.values for part in self.parts], axis=0) if self.parts else np.zeros((0, len(self.runs)))

    @property
    def top(self) -> float:
        """The longest bar."""
        return float(self.sums.max(initial=0.0))

    @property
    def nothing(self) -> str:
        """Why there is no bar."""
        if len(self.base.weeks) < 2:
            return capital(SHORT)
        known = any(name == "flow" for name, _ in self.base.series)
        return "Nothing is delivered" if known else "There are no flows to show"

    def draw(self, figure: FigureBase) -> None:
        """A bar for each segment, or for each scenario of each segment."""
        ax = figure.subplots()
        if not self.top:
            say(ax, self.nothing)
            return
        divisor, _ = scale_of(self.top, "A100e")
        runs = range(len(self.runs))
        step = len(runs) + 0.6 * (not self.alone)
        places = np.array([n * step + run for n in range(len(self.segments)) for run in runs])
        left = np.zeros(len(places))
        for part in self.parts:
            values = part.values.ravel() / divisor
            bars = ax.barh(places, values, 0.7, left, color=part.colour, edgecolor="white", linewidth=0.6)
            left = left + values
        ax.bar_label(bars, [f"{total:#.3g}".rstrip(".") for total in left], padding=4)
        rows = [segment if self.alone else f"{segment}: {name}" for segment in self.segments for name in self.names]
        ax.set_yticks(places, rows, fontsize=mpl.rcParams["font.size"] * min(1.0, MOST_ROWS / len(rows)))
        ax.set_xlim(0, 1.1 * self.top / divisor)
        ax.invert_yaxis()
        ax.grid(axis="x")
        legend(figure, [(part.colour, part.name) for part in reversed(self.parts)])

    def finding(self) -> str:
        """Who gets the most, and from whom; of a comparison whose amount changes the most."""
        if not self.top:
            return self.nothing
        names = list(self.segments)
        if self.alone:
            most = max(self.parts, key=lambda part: float(part.values[0, 0]))
            got, whole = float(self.sums[0, 0]), self.whole
            whose = "the grey channel" if most.family == FAMILIES[GREY].name else most.name
            share = percent(float(most.values[0, 0]) / got)
            return f"{names[0]} projects get {percent(got / whole)} of compute, {share} of theirs from {whose}"
        gaps = np.abs(self.sums - self.sums[:, :1])
        if not gaps.any():
            return "Every segment gets the same in every scenario"
        each = [[received(run, segment) for run in self.runs] for segment in self.segments.values()]
        clear = [(n, k) for n, own in enumerate(each) for k in range(1, len(own)) if self.clear(own[0], own[k])]
        if not clear:
            return "No segment gets a clearly different amount in any scenario"
        n, other = max(clear, key=lambda at: float(gaps[at]))
        known = [summarise(each[n][place]) for place in (0, other)]
        base, its = (amount(summary.mean, "A100e", summary.half_width) for summary in known)
        return f"{names[n]} projects get {base} in {self.names[0]}, {its} in {self.names[other]}"

    def shown(self) -> str:
        """Compute by segment and origin."""
        return f"Effective compute delivered to each segment of demand, {unit_of(self.top, 'A100e')}, by supplier"

    def caption(self) -> str:
        """What the bars are."""
        told = f"Bars: {self.mean_of}, to the last four-weekly point. Who is refused one chip waits for another."
        small = [*self.received.values()][MOST_SEGMENTS:]
        if not small:
            return told
        rest = f"{len(small)} smaller segment{'s' * (len(small) > 1)} with {percent(fsum(small) / self.whole)}"
        return f"{told} Not shown: {rest} of compute."

    def describe(self) -> str:
        """What each segment gets, and how much of it is whose."""
        told = []
        for place, name in enumerate(self.names):
            for n, segment in enumerate(self.segments):
                got = float(self.sums[n, place])
                own = {part.name: float(part.values[n, place]) for part in self.parts}
                whose = ", ".join(f"{origin} {percent(value / got)}" for origin, value in own.items() if value)
                told.append(f"{segment} in {name} {amount(got, 'A100e')}{f' ({whose})' if whose else ''}")
        return f"{'; '.join(told)}."
