"""Small worlds for tests: the baseline cut down to the parts that a story needs, and luck that is written down."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable
from functools import cache
from typing import Any

from sim.model import World
from sim.model import facts as f
from sim.model.facts import Fact
from sim.model.streams import Stream, Streams
from sim.outcomes.cards import compute_outcomes
from sim.outcomes.history import History
from sim.outcomes.keys import Key
from sim.outcomes.ledger import Ledger
from sim.scenario.load import load
from sim.scenario.parts import Design, Import, Policy, Scenario, Segment
from sim.scenario.policies.action import Action


@cache
def baseline() -> Scenario:
    return load("baseline").scenario


def changed(part: Any, **changes: Any) -> Any:
    """A part with other values; `foundry__growth=0` reaches into it."""
    for path, value in changes.items():
        first, _, rest = path.partition("__")
        inner = part[first] if isinstance(part, dict) else getattr(part, first)
        new = changed(inner, **{rest: value}) if rest else value
        part = {**part, first: new} if isinstance(part, dict) else dataclasses.replace(part, **{first: new})
    return part


def segment(**changes: Any) -> Segment:
    """Projects of 100 A100e that insist on CUDA, port after 10 weeks and give up after 40; one a week."""
    terms = dict(
        projects=365.25 / 7,
        growth=0.0,
        size=100.0,
        size_cv=0.0,
        cuda_share=1.0,
        porting_wait=10.0,
        patience=40.0,
        patience_cv=0.0,
    )
    return Segment(**{**terms, **changes})


def foreign(**changes: Any) -> Import:
    """A foreign chip of 1 A100e for 10 yuan, without a cap to speak of."""
    terms = dict(
        supplier="Vendor",
        performance=1.0,
        price=10.0,
        power=1.0,
        software="CUDA",
        available=datetime.date(2023, 1, 1),
        cap=1e9,
    )
    return Import(**{**terms, **changes})


def design(**changes: Any) -> Design:
    """A domestic chip of 1 A100e for 10 yuan: one die, no memory."""
    terms = dict(
        supplier="Designer",
        performance=1.0,
        price=10.0,
        power=1.0,
        software="CANN",
        available=datetime.date(2023, 1, 1),
        dies=1.0,
        stacks=0.0,
    )
    return Design(**{**terms, **changes})


def of_week(week: float) -> datetime.date:
    """The first day of that whole week."""
    return datetime.date(2023, 1, 1) + datetime.timedelta(weeks=week)


def policy(week: float, action: Action, **dates: datetime.date) -> Policy:
    """An event at the start of that whole week."""
    return Policy.of(action, effective=of_week(week), **dates)


def small(**changes: Any) -> Scenario:
    """Two years with nobody and nothing in them, no lead-in, and no chance anywhere: add what the story needs.

    Designers make nothing ahead. The line can start 1 wafer a week, 100 good dies each, and grows never; 10 weeks in
    the foundry, 2 in assembly. Imports ship after 6 weeks and land 2 later. Ports take 8 weeks and make domestic chips
    no better than 0.5.
    """
    none = changed(
        baseline(),
        window__end=datetime.date(2025, 1, 1),
        lead_in=0.0,
        demand={},
        projects={},
        efficiency=None,
        anchors={},
        designs={},
        imports={},
        grey=None,
        policies={},
        scale__size=1e12,
        foundry__wafer_starts=1.0,
        foundry__growth=0.0,
        foundry__delay=4.0,
        foundry__ceiling=1e9,
        foundry__cover=0.0,
        foundry__dies_per_wafer=100.0,
        foundry__cycle_time=10.0,
        foundry__cycle_time_cv=0.0,
        foundry__lot_cv=0.0,
        foundry__yield_start=1.0,
        foundry__yield_ceiling=1.0,
        assembly__time=2.0,
        memory__stock=0.0,
        memory__foreign={},
        memory__domestic={},
        vendor__lead_time=6.0,
        vendor__lead_time_cv=0.0,
        vendor__transit=2.0,
        software__stacks={"CANN": 1.0},
        software__porting_start=8.0,
        software__porting_floor=8.0,
        software__porting_cv=0.0,
        software__readiness_start=0.5,
        software__readiness_ceiling=0.5,
    )
    return changed(none, **changes)


class Fixed(Stream):
    """A stream whose first numbers are written down; the others are one half."""

    def __init__(self, numbers: Iterable[float] = ()) -> None:
        super().__init__("fixed")
        self._uniforms = list(numbers)

    def uniforms(self, entities: int) -> list[float]:
        self._uniforms.extend([0.5] * (entities - len(self._uniforms)))
        return self._uniforms


class Arrivals(Stream):
    """A stream of arrivals whose weeks are written down, for a segment to which one project comes a week."""

    def __init__(self, weeks: Iterable[float]) -> None:
        super().__init__("fixed")
        self._weeks = list(weeks)

    def poisson(self, total: float) -> list[float]:
        return [week for week in self._weeks if week < total]


class Luck(Streams):
    """Streams with written-down numbers, by name; `arrivals` gives the weeks at which projects come, by segment.

    Of the lead-in's, under cloud/before, it gives how many weeks before the window they come.
    """

    def __init__(
        self, arrivals: dict[str, list[float]] | None = None, numbers: dict[str, list[float]] | None = None
    ) -> None:
        super().__init__(0, 0)
        for name, values in (numbers or {}).items():
            self._streams[name] = Fixed(values)
        for name, weeks in (arrivals or {}).items():
            segment, slash, before = name.partition("/")
            self._streams[f"demand.{segment}.projects{slash}{before}"] = Arrivals(weeks)

    def __getitem__(self, name: str) -> Stream:
        if name not in self._streams:
            self._streams[name] = Fixed()
        return self._streams[name]


def tell(scenario: Scenario, luck: Streams) -> list[Fact]:
    """Every fact of one replication."""
    facts: list[Fact] = []
    World(scenario, luck, facts.append).run()
    return facts


def outcomes_of(facts: Iterable[Fact], scenario: Scenario) -> dict[Key, Any]:
    """What is computed from them."""
    return compute_outcomes(history_of(facts, scenario))


def history_of(facts: Iterable[Fact], scenario: Scenario) -> History:
    """The facts as outcomes read them."""
    ledger = Ledger()
    for fact in facts:
        ledger.record(fact)
    return History(ledger, scenario)


def transcript(facts: Iterable[Fact], about: str) -> list[tuple[float, str]]:
    """(week, kind) of the facts about one project, product or policy."""
    return [
        (round(fact.time, 6), type(fact).__name__)
        for fact in facts
        if about in (getattr(fact, "project", ""), getattr(fact, "product", ""), getattr(fact, "policy", ""))
        and not isinstance(fact, f.OpeningBalance)
    ]


def of(facts: Iterable[Fact], kind: type) -> list[Any]:
    return [fact for fact in facts if isinstance(fact, kind)]
