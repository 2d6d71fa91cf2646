"""The most striking shape in a run's deliveries, and what goes with it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from math import fsum
from typing import NamedTuple

import numpy as np

from sim.base.rounding import percent
from sim.base.wording import listed
from sim.experiment.run import Floats, Run
from sim.outcomes.cards import item_label
from sim.outcomes.constraints import CONSTRAINTS, constraint_label
from sim.outcomes.history import SAMPLE
from sim.outcomes.keys import Key, Quarter
from sim.scenario.parts import Scenario
from sim.scenario.precedence import in_order

SPAN = 2  # quarters over which deliveries change
SMALL = 0.05  # of a quarter's deliveries of all sources: a smaller change strikes nobody
TRACE = 0.02  # of what it was: as good as nothing
MOST = 0.9  # of single runs must agree


class Change(NamedTuple):
    """How the deliveries of one source change over half a year."""

    key: Key
    before: Quarter
    after: Quarter
    sizes: tuple[float, float]
    """Mean deliveries of both quarters, nominal A100e."""
    agreeing: int
    """Single runs in which they change in the same direction."""

    @property
    def size(self) -> float:
        """By how much."""
        return self.sizes[1] - self.sizes[0]


def striking(run: Run) -> list[str]:
    """The largest fall of what a source delivers, or else the largest rise, in a sentence; none where nothing moves."""
    found = list(_changes(run))
    every = fsum(max((x for c in found for x in c.sizes if c.key.item == item), default=0.0) for item in _sources(run))
    large = [c for c in found if abs(c.size) >= SMALL * every and c.agreeing >= MOST * len(run)]
    falls = [change for change in large if change.size < 0]
    if not large or len(run) < 2:
        return []
    return [_sentence(run, max(falls or large, key=lambda change: abs(change.size)))]


def _sources(run: Run) -> list[str]:
    return list(dict.fromkeys(key.item for key in run.outcomes if key.outcome == "nominal"))


def _changes(run: Run) -> Iterator[Change]:
    quarters = {
        key.period: None for key in run.outcomes if key.outcome == "nominal" and isinstance(key.period, Quarter)
    }
    whole = [quarter for quarter in quarters if quarter.next.first_day <= run.scenario.window.end]
    for item in _sources(run):
        for before, after in zip(whole, whole[SPAN:], strict=False):
            values = [run["nominal", item, quarter] for quarter in (before, after)]
            sizes = tuple(float(each.mean()) for each in values)
            same = np.sign(values[1] - values[0]) == math.copysign(1, sizes[1] - sizes[0])
            yield Change(Key("nominal", item), before, after, (sizes[0], sizes[1]), int(same.sum()))


def _sentence(run: Run, change: Change) -> str:
    """Compute delivered from imports falls by 97 % between 2025Q1 and 2025Q3, in every run; and what goes with it."""
    runs = "every run" if change.agreeing == len(run) else f"{change.agreeing} of {len(run)} runs"
    between = f"between {change.before} and {change.after}, in {runs}"
    grown = _grown(run, change)
    meanwhile = f", while more and more is held up by {constraint_label(grown)}" if grown else ""
    rules = _in_force(run.scenario, change)
    behind = f"; in force from then on: {listed(rules)}" if rules else ""
    return f"Compute delivered from {item_label(change.key)} {_moved(*change.sizes)} {between}{meanwhile}{behind}."


def _in_force(scenario: Scenario, change: Change) -> list[str]:
    """The rules that came in that time, reach the source, and still hold at its end: of imports those that hold them
    back, or free them where they rise; of domestic chips the export authority's controls, where they fall."""
    start, end, rises = change.before.first_day, change.after.next.first_day, change.size > 0
    acting = [
        (name, policy, set(policy.action.reached(scenario.imports)))
        for name, policy in in_order(scenario.policies)
        if policy.withdrawn is None and start <= policy.effective < end
    ]
    if change.key.item == "domestic":
        held = [
            (n, p) for n, p, reached in acting if not reached and p.action.actor == "export authority" and not rises
        ]
    else:
        last = {product: policy for _, policy, reached in acting for product in reached}
        held = [(n, p) for n, p, reached in acting if p.action.frees is rises and any(last[x] is p for x in reached)]
    return [f"{name} ({policy.effective})" for name, policy in held]


def _moved(before: float, after: float) -> str:
    """In which direction, and how far."""
    if after < TRACE * before:
        return "all but ends"
    if before < TRACE * after:
        return "begins"
    return f"{'falls' if after < before else 'rises'} by {percent(abs(after / before - 1))}"


def _grown(run: Run, change: Change) -> str:
    """Of the constraints on that source, the one that grows most from the first quarter to the last; "" for a rise, and
    where none grows."""
    if change.size > 0:
        return ""
    window = run.scenario.window

    def held(name: str, quarter: Quarter) -> float:
        looks: Floats = run.series["binds", name].mean(axis=0)
        first, last = (math.ceil(window.week(day) / SAMPLE) for day in (quarter.first_day, quarter.next.first_day))
        return float(looks[first:last].mean()) if last > first else 0.0

    own = [name for name, constraint in CONSTRAINTS.items() if constraint.source == change.key.item]
    growth = {name: held(name, change.after) - held(name, change.before) for name in own}
    name = max(growth, key=growth.__getitem__, default="")
    return name if name and growth[name] > 0 else ""
