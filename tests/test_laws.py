"""The laws of `laws.yaml`: on every shipped scenario, on extreme inputs, on random worlds, and on pairs of runs.

With CHIPGATE_FULL set, on more of each."""

from __future__ import annotations

import operator
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property, reduce
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import simpy
import yaml
from hypothesis import given
from hypothesis import strategies as st
from random_worlds import Settings, Tried, laid_over, some, worlds
from worlds import baseline

from sim.base.expressions import ARITHMETIC, Language, Parts, evaluate
from sim.base.units import WEEKS_A_YEAR, decimal_year, parse
from sim.model import World
from sim.model import facts as f
from sim.model.demand import Project
from sim.model.licence import LicenceDesk
from sim.model.setting import Setting
from sim.model.streams import Streams
from sim.outcomes.cards import OUTCOMES, compute_outcomes
from sim.outcomes.history import History
from sim.outcomes.keys import Key
from sim.outcomes.ledger import Ledger, postings
from sim.outcomes.series import compute_series
from sim.scenario.load import load, shipped
from sim.scenario.parts import Scenario
from sim.scenario.policies.licence import Licence

LAWS = yaml.load((Path(__file__).parent / "laws.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
ALWAYS, PAIRED = LAWS["always"], LAWS["paired"]
SCENARIOS = [scenario.name for scenario in shipped()]
FEW = LAWS["few_projects"]
FULL = bool(os.environ.get("CHIPGATE_FULL"))
CLOSE = 1e-9  # of the largest number compared


# --- Predicates ---


def true(text: str, row: Mapping[str, Any], scenario: Scenario) -> bool:
    """Whether a predicate holds of a row of named numbers."""
    sizes = [0.0]

    def look_up(parts: Parts) -> float:
        first, *rest = map(str, parts)
        value = float(reduce(getattr, rest, row[first] if first in row else getattr(scenario, first)))
        sizes.append(abs(value))
        return value

    def slack() -> float:
        """What rounding may amount to in the numbers of one comparison."""
        largest = max(sizes)
        sizes[:] = [0.0]
        return CLOSE * largest

    comparisons: dict[str, Callable[[float, float], bool]] = {
        "<": operator.lt,
        ">": operator.gt,
        "==": lambda left, right: abs(left - right) <= slack(),
        "<=": lambda left, right: left <= right + slack(),
        ">=": lambda left, right: left >= right - slack(),
    }
    truth = evaluate(text, Language(look_up, {**ARITHMETIC, **comparisons, "and": operator.and_}))
    assert isinstance(truth, bool), f"not a predicate: {text}"
    return truth


# --- What laws speak of ---


class Case:
    """One replication, with all that laws speak of."""

    def __init__(self, scenario: Scenario, seed: int = 1, number: int = 1) -> None:
        self.scenario = scenario
        self.ledger = Ledger()
        self.world = World(scenario, Streams(seed, number), self.ledger.record).run()

    def copy(self) -> Case:
        """The same replication, to be tampered with."""
        other = object.__new__(Case)
        other.scenario, other.ledger, other.world = self.scenario, self.ledger, self.world
        return other

    @cached_property
    def projects(self) -> dict[str, Project]:
        return {project.name: project for buyers in self.world.demand.buyers for project in buyers.projects}

    @cached_property
    def outcomes(self) -> dict[tuple[str, Any], float | None]:
        return compute_outcomes(History(self.ledger, self.scenario))

    @cached_property
    def series(self) -> dict[tuple[str, str], list[float]]:
        return compute_series(History(self.ledger, self.scenario))

    def sum(self, kind: type, field: str, **which: str) -> float:
        """A field summed over the facts of a kind, such as those of one product."""
        return sum(
            getattr(fact, field)
            for fact in self.ledger.of(kind)
            if all(getattr(fact, name) == value for name, value in which.items())
        )

    def opening(self, account: str, product: str | None = None) -> float:
        return sum(
            fact.amount
            for fact in self.ledger.of(f.OpeningBalance)
            if fact.account == account and product in (None, fact.product)
        )

    def broken(self, only: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
        """Each law that does not hold, or that law alone, and the row that breaks it."""
        known: dict[str, list[Row]] = {}
        for law in ALWAYS:
            if only and law["law"] != only:
                continue
            kind, where, holds = law["of"], law.get("where", "0 == 0"), law["holds"]
            if kind not in known:
                known[kind] = list(ROWS[kind](self))
            for row in known[kind]:
                if true(where, row, self.scenario) and not true(holds, row, self.scenario):
                    yield law["law"], row


Row = dict[str, Any]
ROWS: dict[str, Callable[[Case], Iterable[Row]]] = {}


def rows(name: str) -> Callable[[Callable[[Case], Iterable[Row]]], Callable[[Case], Iterable[Row]]]:
    """Name the kind of rows that a function makes of a case."""

    def register(function: Callable[[Case], Iterable[Row]]) -> Callable[[Case], Iterable[Row]]:
        ROWS[name] = function
        return function

    return register


@rows("number")
def each_number(case: Case) -> Iterator[Row]:
    """Smallest, largest and total of each field of each kind of fact, each account, each outcome, each series."""

    def row(name: str, values: Iterable[float]) -> Row:
        values = list(values)
        return dict(name=name, smallest=min(values), largest=max(values), total=sum(values))

    for kind in dict.fromkeys(map(type, case.ledger.facts)):
        for field, values in zip(kind._fields, zip(*case.ledger.of(kind), strict=True), strict=True):
            if field != "time" and isinstance(values[0], float | int):  # the lead-in's is negative
                yield row(f"{kind.__name__}.{field}", values)
    levels: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0])
    for fact in case.ledger.facts:
        for account, product, amount in postings(fact):
            level = levels[account, product]
            level.append(level[-1] + amount)
    for (account, product), values in levels.items():
        yield row(f"{account} {product}", values)
    for key, value in case.outcomes.items():
        if value is not None:
            yield row(str(key), [value])
    for (name, item), points in case.series.items():
        yield row(f"series {name} {item}", points)


@rows("share")
def each_share(case: Case) -> Iterator[Row]:
    for key, value in case.outcomes.items():
        if value is not None and OUTCOMES[key.outcome].unit == "share":
            yield dict(name=str(key), value=value)


@rows("date")
def each_date(case: Case) -> Iterator[Row]:
    window = case.scenario.window
    opens = decimal_year(window.start)
    for key, value in case.outcomes.items():
        if value is not None and OUTCOMES[key.outcome].unit == "date":
            yield dict(name=key.name, value=value, opens=opens, closes=opens + window.weeks / WEEKS_A_YEAR)


@rows("year with deliveries")
def each_year(case: Case) -> Iterator[Row]:
    for key, share in case.outcomes.items():
        if key.outcome == "domestic_share" and share is not None:
            others = [case.outcomes[key._replace(outcome=name)] for name in ("import_share", "grey_share")]
            yield dict(year=key.period, domestic=share, imported=others[0], grey=others[1])


@rows("series")
def each_series(case: Case) -> Iterator[Row]:
    for (name, item), points in case.series.items():
        yield dict(name=f"{name} {item}", points=len(points), looks=len(case.ledger.of(f.WhatBinds)))


@rows("smallest delivery")
def the_smallest_delivery(case: Case) -> Iterator[Row]:
    if deliveries := case.ledger.of(f.Delivered):
        yield {name: min(getattr(fact, name) for fact in deliveries) for name in ("chips", "compute", "yuan")}


@rows("MemoryUsed")
def each_use_of_memory(case: Case) -> Iterator[Row]:
    for fact in case.ledger.of(f.MemoryUsed):
        yield dict(fact._asdict(), design=case.scenario.designs[fact.product])


@rows("look")
def each_look(case: Case) -> Iterator[Row]:
    """What binds, and what is on the books then, nominal, summed over the projects."""
    books: dict[str, float] = {}
    for fact in case.ledger.facts:
        match fact:
            case f.ProjectOrdered():
                books[fact.project] = fact.compute
            case f.Delivered():
                books[fact.project] -= fact.chips * case.scenario.chips[fact.product].performance
            case f.ProjectServed() | f.ProjectCancelled():
                del books[fact.project]
            case f.WhatBinds():
                yield dict(time=fact.time, parts=sum(fact[1:]), on_order=sum(books.values()))


@rows("week")
def each_week(case: Case) -> Iterator[Row]:
    """The line, and the memory that came and was used; the stock before that."""
    sums: dict[type, dict[float, float]] = {}
    for kind, field in ((f.LotStarted, "wafers"), (f.MemoryReceived, "stacks"), (f.MemoryUsed, "stacks")):
        sums[kind] = defaultdict(float)
        for fact in case.ledger.of(kind):
            sums[kind][fact.time] += getattr(fact, field)
    stock = case.opening("stacks in stock")
    for week in case.ledger.of(f.WafersAsked):
        lots, received, given = (by_week[week.time] for by_week in sums.values())
        yield dict(
            week._asdict(),
            started=lots,
            least_of_asked_and_rate=min(week.wafers, week.rate),
            stacks_before=stock,
            stacks_came=received,
            stacks_used=given,
        )
        stock += received - given


@rows("world")
def the_world(case: Case) -> Iterator[Row]:
    """Sums of the facts, and what the world holds in the end, counted from its state."""
    world, designers = case.world, case.world.foundry.designers
    yield dict(
        opening_backlog=case.outcomes[Key("opening_backlog")],
        demand=case.outcomes[Key("demand")],
        delivered=case.outcomes[Key("delivered")],
        cancelled=case.outcomes[Key("cancelled")],
        waiting=sum(project.unmet for project in case.projects.values()),
        stacks_at_start=case.opening("stacks in stock"),
        stacks_received=case.sum(f.MemoryReceived, "stacks"),
        stacks_used=case.sum(f.MemoryUsed, "stacks"),
        stacks_in_stock=world.memory.stacks,
        wafers_at_start=case.opening("wafers in progress"),
        wafers_started=case.sum(f.LotStarted, "wafers"),
        wafers_finished=case.sum(f.LotFinished, "wafers"),
        wafers_in_progress=sum(sum(designer.wafers.values()) for designer in designers),
        assembling_at_start=case.opening("chips in assembly"),
        joined=case.sum(f.MemoryUsed, "chips"),
        made=case.sum(f.ChipsAssembled, "chips"),
        in_assembly=sum(sum(designer.in_assembly.values()) for designer in designers),
    )


@rows("project")
def each_project(case: Case) -> Iterator[Row]:
    got: dict[str, float] = defaultdict(float)
    for fact in case.ledger.of(f.Delivered):
        got[fact.project] += fact.compute
    gave_up = {fact.project: fact.unmet for fact in case.ledger.of(f.ProjectCancelled)}
    for name, project in case.projects.items():
        waiting, cancelled = project.unmet, gave_up.get(name, 0.0)
        yield dict(name=name, asked=project.need, delivered=got[name], waiting=waiting, cancelled=cancelled)


@rows("chip")
def each_chip(case: Case) -> Iterator[Row]:
    for name in case.scenario.chips:
        yield dict(
            name=name,
            made=case.sum(f.ChipsAssembled, "chips", product=name),
            landed=case.sum(f.OrderLanded, "chips", product=name) + case.sum(f.GreyLanded, "chips", product=name),
            delivered=case.sum(f.Delivered, "chips", product=name),
            in_stock=case.world.market.stock[name],
        )


@rows("design")
def each_design(case: Case) -> Iterator[Row]:
    waiting = {name: dies for designer in case.world.foundry.designers for name, dies in designer.dies.items()}
    for name in case.scenario.designs:
        yield dict(
            name=name,
            wafers_finished=case.sum(f.LotFinished, "wafers", product=name),
            finished=case.sum(f.LotFinished, "dies", product=name),
            banked=case.sum(f.DiesReceived, "dies", product=name),
            used=case.sum(f.MemoryUsed, "dies", product=name),
            waiting=waiting[name],
        )


@rows("import")
def each_import(case: Case) -> Iterator[Row]:
    importer = case.world.importer
    desks = importer.desks
    for name in case.scenario.imports:
        yield dict(
            name=name,
            on_order_at_start=case.opening("chips on order", name),
            ordered=case.sum(f.OrderPlaced, "chips", product=name),
            refused=case.sum(f.OrderRefused, "chips", product=name),
            shipped=case.sum(f.OrderShipped, "chips", product=name),
            on_order=sum(importer.on_order[name].values()),
            in_transit_at_start=case.opening("chips in transit", name),
            landed=case.sum(f.OrderLanded, "chips", product=name),
            in_transit=importer.in_transit[name],
            applied=case.sum(f.LicenceApplied, "chips", product=name),
            approved=case.sum(f.LicenceApproved, "chips", product=name),
            cut=case.sum(f.LicenceApproved, "left", product=name),
            not_approved=case.sum(f.LicenceRefused, "chips", product=name),
            in_review=sum(chips for desk in desks for (product, _), chips in desk.in_review.items() if product == name),
        )


@rows("grey channel")
def the_grey_channel(case: Case) -> Iterator[Row]:
    if case.world.grey:
        yield dict(
            in_transit_at_start=case.opening("chips in transit", "grey"),
            dispatched=case.sum(f.GreyDispatched, "chips"),
            landed=case.sum(f.GreyLanded, "chips"),
            intercepted=case.sum(f.GreyIntercepted, "chips"),
            in_transit=case.world.grey.in_transit,
        )


# --- Always ---


def lawful(scenario: Scenario, seed: int = 1) -> Case:
    """Hold one replication to all laws."""
    case = Case(scenario, seed)
    for law, row in case.broken():
        raise AssertionError(f"{scenario.name}: {law}: {row}")
    return case


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_laws_hold_in_every_shipped_scenario(name: str) -> None:
    assert lawful(load(name, {} if FULL else FEW).scenario).ledger.of(f.Delivered)


@pytest.mark.parametrize("extreme", LAWS["extremes"])
def test_the_laws_hold_on_extreme_inputs(extreme: str) -> None:
    for name in SCENARIOS if FULL else LAWS["extremes_on"]:
        lawful(load(name, FEW | LAWS["extremes"][extreme]["set"]).scenario)


def test_the_laws_hold_in_random_worlds() -> None:
    tried = Tried()

    @some(30)
    @given(worlds())
    def check(settings: Settings) -> None:
        lawful(tried.load(settings))

    check()
    tried.assert_few_discarded()


# --- Every law can be broken ---

Tamper = Callable[[Case], None]


def change(kind: type, **changes: Callable[[float], float]) -> Tamper:
    """Change fields of the last fact of a kind."""

    def tamper(case: Case) -> None:
        at, fact = [(i, fact) for i, fact in enumerate(case.ledger.facts) if type(fact) is kind][-1]
        new = fact._replace(**{field: function(getattr(fact, field)) for field, function in changes.items()})
        case.ledger = told([*case.ledger.facts[:at], new, *case.ledger.facts[at + 1 :]])

    return tamper


def repeat(kind: type) -> Tamper:
    """State the last fact of a kind twice."""

    def tamper(case: Case) -> None:
        at = max(i for i, fact in enumerate(case.ledger.facts) if type(fact) is kind)
        case.ledger = told([*case.ledger.facts[: at + 1], *case.ledger.facts[at:]])

    return tamper


def say(name: str, value: float) -> Tamper:
    """Say that an outcome has that value."""
    return lambda case: case.outcomes.update({Key(name): value})


def told(facts: list[f.Fact]) -> Ledger:
    ledger = Ledger()
    for fact in facts:
        ledger.record(fact)
    return ledger


TAMPERS: list[tuple[str, Tamper]] = [
    ("nothing is negative", change(f.GreyIntercepted, chips=lambda chips: -chips)),
    ("nothing is negative", change(f.MemoryUsed, stacks=lambda stacks: 1e9 * stacks)),
    ("nothing is negative", say("backlog", -1.0)),
    ("every number is finite", say("power_per_compute", float("nan"))),
    ("every number is finite", change(f.GreyDispatched, premium=lambda _: float("inf"))),
    ("shares lie between nothing and all", say("service_level", 1.01)),
    ("the sources share what is delivered", say("grey_share", 0.9)),
    ("dates lie inside the window", say("domestic_majority", 2028.1)),
    ("a series has a point for each look", lambda case: case.series["backlog", ""].append(0.0)),
    ("nothing is delivered for nothing", change(f.Delivered, yuan=lambda _: 0.0)),
    ("compute is conserved", repeat(f.Delivered)),
    ("each project's compute is conserved", change(f.Delivered, compute=lambda compute: 1.001 * compute)),
    ("chips are conserved", repeat(f.OrderLanded)),
    ("dies are conserved", change(f.LotFinished, dies=lambda dies: dies + 1)),
    ("stacks are conserved", repeat(f.MemoryReceived)),
    ("wafers are conserved", repeat(f.LotStarted)),
    ("assembly loses nothing", change(f.ChipsAssembled, chips=lambda chips: chips / 2)),
    ("orders are conserved", change(f.OrderPlaced, chips=lambda chips: chips + 1)),
    ("transit is conserved", repeat(f.OrderLanded)),
    ("applications are conserved", change(f.LicenceApproved, left=lambda left: left + 1)),
    ("grey shipments are conserved", repeat(f.GreyIntercepted)),
    ("stacks used are stacks a chip times chips", change(f.MemoryUsed, stacks=lambda stacks: 1.01 * stacks)),
    ("what binds adds up to the order books", change(f.WhatBinds, wafers=lambda wafers: wafers + 1)),
    ("the line starts what is asked for, as far as it can", change(f.LotStarted, wafers=lambda wafers: 1.01 * wafers)),
    ("the line never passes its ceiling", change(f.WafersAsked, rate=lambda rate: 100 * rate)),
    ("memory is stretched", change(f.MemoryUsed, stacks=lambda stacks: 100 * stacks)),
    ("a wafer gives no more good dies than it has", change(f.LotFinished, dies=lambda dies: 1000 * dies)),
]


@pytest.fixture(scope="module")
def lawful_case() -> Case:
    return lawful(load("licence-queue", FEW).scenario)


@pytest.mark.parametrize(("law", "tamper"), TAMPERS, ids=[f"{i} {law}" for i, (law, _) in enumerate(TAMPERS)])
def test_a_law_is_broken_by_facts_that_were_tampered_with(law: str, tamper: Tamper, lawful_case: Case) -> None:
    case = lawful_case.copy()
    tamper(case)
    assert list(case.broken(law))


def test_there_is_a_way_to_break_each_law() -> None:
    assert {law for law, _ in TAMPERS} == {law["law"] for law in ALWAYS}


# --- The same luck, one input changed ---


def shipments(scenario: Scenario, seed: int) -> tuple[list[Any], set[tuple[float, float]]]:
    """(week, chips) of all grey shipments that leave, and of those that land."""
    ledger = Case(scenario, seed).ledger
    left, landed = ([(x.time, x.chips) for x in ledger.of(kind)] for kind in (f.GreyDispatched, f.GreyLanded))
    return left, set(landed)


def hold_interception(settings: Settings, load: Callable[[Settings], Scenario], seed: int) -> bool:
    """Whether more interception let less land, as it should for the law to say something."""
    law = PAIRED["more interception lands some of the same grey shipments"]
    less, more = (shipments(load(laid_over(settings, law["with"] | law[which])), seed) for which in ("less", "more"))
    assert more[0] == less[0], f"seed {seed}: other shipments leave"
    assert more[1] <= less[1], f"seed {seed}: others land"
    return more[1] < less[1]


@pytest.mark.parametrize("name", ["baseline", "leaky-border"])
def test_more_interception_lands_some_of_the_same_shipments(name: str) -> None:
    assert all(hold_interception(FEW, lambda settings: load(name, settings).scenario, seed) for seed in (1, 2))


def test_more_interception_lands_some_of_the_same_shipments_in_random_worlds() -> None:
    tried = Tried()

    @some(10)
    @given(worlds(), st.integers(1, 1000))
    def check(settings: Settings, seed: int) -> None:
        tried["differ"] += hold_interception(settings, tried.load, seed)

    check()
    tried.assert_few_discarded()
    assert tried["differ"] > tried["all"] / 8, dict(tried)  # of two a pair


@some(60)
@given(
    st.sets(st.tuples(st.integers(0, 30).map(lambda i: 4 * i), st.sampled_from("abc")), min_size=1),
    st.integers(1, 4),
    st.floats(0.01, 30),
    st.floats(1, 5),
    st.integers(1, 1000),
)
def test_a_longer_review_never_shortens_a_wait_for_the_same_applications(
    applications: set[tuple[int, str]], officers: int, weeks: float, longer: float, seed: int
) -> None:
    law = PAIRED["a longer review never shortens a wait"]
    law_weeks = [parse(law[which]["work_time"], "weeks") for which in ("less", "more")]
    for pair in [law_weeks, (weeks, weeks * longer)]:
        less, more = (decisions(review(sorted(applications), officers, work_time, seed)) for work_time in pair)
        assert less.keys() == more.keys() == {(product, week) for week, product in applications}
        assert all(more[key] >= less[key] * (1 - CLOSE) for key in less)


def decisions(ledger: Ledger) -> dict[tuple[str, int], float]:
    """When each application was decided."""
    decided = [*ledger.of(f.LicenceApproved), *ledger.of(f.LicenceRefused)]
    return {(fact.product, fact.slot): fact.time for fact in decided}


def review(applications: list[tuple[int, str]], officers: int, work_time: float, seed: int) -> Ledger:
    """A desk alone decides these applications, however long it takes."""
    ledger, env = Ledger(), simpy.Environment()
    terms = Licence(threshold=1.0, officers=officers, work_time=work_time, approval=0.5)
    setting = Setting(env, baseline().window, Streams(seed, 1), ledger.record)
    desk = LicenceDesk("desk", terms, setting, lambda *_: None)

    def apply() -> Iterator[simpy.Event]:
        for week, product in applications:
            yield env.timeout(week - env.now)
            desk.apply(product, week, 1.0)

    env.process(apply())
    env.run()
    return ledger


# --- More of everything ---

MORE = LAWS["more_of_everything"]
PAIRS = int(MORE["pairs_in_full" if FULL else "pairs"])
COUNTED = ("compute_years", "delivered")


@cache
def served(settings: tuple[tuple[str, str], ...], seed: int) -> dict[str, float]:
    outcomes = Case(load("baseline", dict(settings)).scenario, seed).outcomes
    return {name: outcomes[Key(name)] or 0.0 for name in COUNTED}


def lower(law: str, world: dict[str, str]) -> dict[str, list[float]]:
    """By how much more of a thing changes what is counted, in a pair of runs for each seed that falls beyond tolerance."""
    changes: dict[str, list[float]] = {name: [] for name in COUNTED}
    for seed in range(PAIRS):
        less, more = (served(tuple(settings.items()), seed) for settings in (world, world | MORE["laws"][law]))
        for name, change in changes.items():
            change.append(more[name] / less[name] - 1)
    tolerance = parse(MORE["tolerance"], "share")
    print(f"\n{law}" + (", no feedbacks" if world else ""), end=":")
    for name, change in changes.items():
        falls = sum(by < -tolerance for by in change)
        print(f" {name} {mean(change):+.2%} ({min(change):+.2%} to {max(change):+.2%}), lower in {falls}", end=";")
    return {name: [by for by in change if by < -tolerance] for name, change in changes.items()}


@pytest.mark.parametrize("law", MORE["laws"])
def test_more_of_everything_never_lowers_compute_served_over_time(law: str) -> None:
    assert lower(law, {})["compute_years"] == []


@pytest.mark.skipif(not FULL, reason="takes minutes; CHIPGATE_FULL=1 asks for it")
@pytest.mark.parametrize("law", MORE["laws"])
def test_more_of_everything_without_feedbacks(law: str) -> None:
    assert lower(law, MORE["without_feedbacks"])["compute_years"] == []
