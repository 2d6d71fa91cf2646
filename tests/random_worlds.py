"""Random valid scenarios, as settings to lay over the baseline: its numbers inside their ranges, at the ends, and
beyond them up to what the schema allows; parts left out; other policies.

Worlds are small, so that a replication takes little time: few projects, a window of at most four years.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from sim.base.shapes import Group, Leaf, Names, shape_of
from sim.base.units import Quantity
from sim.scenario.load import Parameter, ScenarioError, load
from sim.scenario.parts import Scenario

Settings = dict[str, str]

DISCARDED = 0.1  # of all random worlds, at most; the rules of the loader refuse them


def some(examples: int) -> Callable[[Any], Any]:
    """So many random examples, the same in every run."""
    return hypothesis.settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # making a failing world smaller takes minutes
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


class Tried(Counter[str]):
    """Counts the random worlds that were tried, and those that the loader's own rules refused."""

    def load(self, settings: Settings) -> Scenario:
        self["all"] += 1
        try:
            return load("baseline", settings).scenario
        except ScenarioError:
            self["discarded"] += 1
            hypothesis.reject()

    def assert_few_discarded(self) -> None:
        assert self["all"] > 0
        assert self["discarded"] <= DISCARDED * self["all"], dict(self)


# Parts that the baseline can do without.
SPARE = [
    "grey",
    "efficiency",
    "projects.datong",
    "anchors.cambricon-cloud",
    "designs.hygon-dcu",
    "designs.siyuan-690",
    "designs.ascend-next",
    "imports.a800",
    "imports.h800",
    "memory.domestic.cxmt",
    "memory.foreign.micron",
    "scale.systems.cloudmatrix-384",
    "scale.systems.superpod-2026",
    *(f"policies.{name}" for name in load("baseline").scenario.policies),
]

# Pairs of which the first is never above the second.
ASCENDING = [
    ("foundry.yield_start", "foundry.yield_ceiling"),
    ("foundry.wafer_starts", "foundry.ceiling"),
    ("software.readiness_start", "software.readiness_ceiling"),
    ("software.porting_floor", "software.porting_start"),
]

# Drawn in a way of their own below.
OWN_WAY = ("window.", "policies.", "software.stacks.")


@cache
def ranged() -> dict[str, Parameter]:
    """The baseline's numbers that have a range."""
    return {
        key: parameter
        for key, parameter in load("baseline").parameters.items()
        if parameter.source.range and parameter.unit != "date" and not key.startswith(OWN_WAY)
    }


@cache
def quantity(key: str) -> Quantity:
    """The unit and bounds of a key."""
    shape = shape_of(Scenario)
    for name in key.split("."):
        inner = shape.members[name].shape if isinstance(shape, Group) else shape.shape
        assert isinstance(inner, Group | Names | Leaf)
        shape = inner
    assert isinstance(shape, Leaf)
    assert shape.quantity is not None
    return shape.quantity


def numbers(key: str) -> st.SearchStrategy[float]:
    """A number for a key: within its range, at an end of it, or up to a factor of four beyond."""
    low, high = (float(end) for end in ranged()[key].source.range)
    bounds = quantity(key)
    least = bounds.at_least if bounds.at_least is not None else bounds.above
    most = bounds.at_most if bounds.at_most is not None else bounds.below
    from_, to = low / 4, high * 4
    if least is not None:
        from_ = max(from_, least if bounds.at_least is not None else least + low / 8)
    if most is not None:
        to = min(to, most if bounds.at_most is not None else 0.99 * most)
    ends = [low, high, from_, to]
    if bounds.at_least is not None:
        ends.append(bounds.at_least)
    return st.sampled_from(ends) | plain(low, high) | plain(from_, to)


def plain(low: float, high: float) -> st.SearchStrategy[float]:
    """A number, but for those too close to zero to compute with."""
    return st.floats(low, high).map(lambda number: number if abs(number) > 1e-6 else 0.0)


def days(first: str, last: str) -> st.SearchStrategy[str]:
    """A calendar day."""
    return st.dates(datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)).map(str)


@st.composite
def policies(draw: st.DrawFn) -> Settings:
    """A few events on top of the baseline's, or none."""
    some_day, share = days("2022-06-01", "2027-12-31"), plain(0, 1)
    actions = {
        "random-ban": f"ban: {{threshold: {draw(st.sampled_from([0.1, 0.47, 0.9, 3.2]))}}}",
        "random-licence": (
            f"licence: {{product: {draw(st.sampled_from(['a800', 'h800', 'h20']))}, officers: {draw(st.integers(1, 5))}, "
            f"work_time: {draw(st.floats(0.01, 3.9))}, approval: {draw(share)}"
            + draw(st.sampled_from(["}", ", quota: 0}", ", quota: 20000}"]))
        ),
        "random-mandate": f"mandate: {{segments: [cloud, other], compliance: {draw(share)}}}",
        "random-enforcement": f"enforcement: {{interception: {draw(share)}}}",
        "random-push": f"push: {{segments: [cloud], factor: {draw(st.sampled_from([0.0, 0.5, 3.0]))}}}",
        "random-equipment": f"equipment_control: {{growth: {draw(plain(-0.5, 1))}}}",
        "random-exit": "anchor_exit: {anchor: cambricon-cloud}",
        "random-refusal": f"import_refusal: {{product: {draw(st.sampled_from(['a800', 'h800', 'h20']))}, share: {draw(share)}}}",
    }
    settings = {}
    for name in draw(st.lists(st.sampled_from(list(actions)), unique=True, max_size=4)):
        day = draw(some_day)
        notice = draw(st.sampled_from(["", "announced: 2022-06-01, "]))
        settings[f"policies.{name}"] = f"{{effective: {day}, {notice}{actions[name]}}}"
    if "policies.random-ban" in settings and draw(st.booleans()):
        settings["policies.random-lift"] = "{effective: 2026-02-02, lift: {threshold: 0.01}}"
    return settings


@st.composite
def worlds(draw: st.DrawFn) -> Settings:
    """A scenario: the baseline with these settings."""
    settings: Settings = {}
    start = draw(st.sampled_from(["2023-01-01", "2022-10-01", "2024-07-01"]) | days("2022-10-01", "2025-01-01"))
    short = draw(st.integers(0, 9)) == 9
    length = draw(st.sampled_from([1, 7, 28, 364, 365]) if short else st.integers(700, 1461))
    settings["window.start"] = start
    settings["window.end"] = str(datetime.date.fromisoformat(start) + datetime.timedelta(days=length))
    for segment in ("state", "cloud", "other"):
        settings[f"demand.{segment}.projects"] = repr(draw(st.sampled_from([0, 1]) | st.integers(1, 15)))
        settings[f"demand.{segment}.size"] = repr(draw(st.floats(100, 200_000)))
    for key in draw(st.lists(st.sampled_from(sorted(ranged().keys() - settings.keys())), unique=True, max_size=25)):
        settings[key] = repr(draw(numbers(key)))
    for low, high in ASCENDING:
        if low in settings or high in settings:
            known = load("baseline").parameters
            pair = (float(settings.get(key, known[key].value)) for key in (low, high))
            settings[low], settings[high] = map(repr, sorted(pair))
    quarters = draw(st.permutations([[4, 0, 0], [2, 1, 1], [1, 3, 0]]))[0]
    for stack, parts in zip(draw(st.permutations(["CANN", "Neuware", "DTK"])), quarters, strict=True):
        settings[f"software.stacks.{stack}"] = repr(parts / 4)
    settings.update(draw(policies()))
    for part in draw(st.lists(st.sampled_from(SPARE), unique=True, max_size=6)):
        settings = {key: value for key, value in settings.items() if not within(key, part)}
        settings[part] = "off"
        *_, name = part.split(".")
        for key in [key for key, value in settings.items() if key.startswith("policies.random") and name in value]:
            del settings[key]  # it is about what is not there
    return settings


def within(key: str, part: str) -> bool:
    """Whether a key is that part or lies in it."""
    return key == part or key.startswith(f"{part}.")


def laid_over(settings: Settings, above: Settings) -> Settings:
    """Settings with others above them, which no part that is switched off contradicts."""
    kept = {
        key: value
        for key, value in settings.items()
        if not any(within(key, other) or within(other, key) for other in above)
    }
    return {**kept, **above}
