"""Outcomes: pure functions from the facts of one replication to numbers.

Each outcome is a card: its name, its unit, what it means (the docstring), which direction is better and for
whom, and the smallest difference worth naming. An outcome has a value for the whole window, and where that
makes sense one for each calendar year; None where it does not exist, such as the median wait of a world in
which nobody is served.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from math import fsum
from typing import cast

from sim.base.docstrings import docstring
from sim.base.judgement import Better
from sim.base.units import DAYS_A_WEEK, WEEKS_A_YEAR, closest
from sim.base.yaml_tree import quoted
from sim.model import facts as f
from sim.outcomes.constraints import CONSTRAINTS, constraint_label
from sim.outcomes.history import SAMPLE, Changes, History, Value, Values, added, slices
from sim.outcomes.keys import Key, Period, Quarter
from sim.outcomes.ledger import Ledger
from sim.scenario.parts import Scenario
from sim.scenario.rules import Finding

PROMISE = 52.0  # weeks within which a delivery counts for the service level

Compute = Callable[[History], "Value | Values | dict[str, Values]"]


@dataclass(frozen=True)
class Outcome:
    """One quantity of interest; see the module's text."""

    name: str
    """For machines: what is typed, and what files hold."""
    label: str
    """For people."""
    unit: str
    definition: str
    better: Better
    for_whom: str
    margin: float
    relative: bool  # whether `margin` is a share of the base's mean, or in the outcome's own unit
    averaged: bool  # over time, so that a part of a year has no less of it
    headline: bool
    per: str  # "" or what there is one of it for: a supplier, a constraint
    compute: Compute


OUTCOMES: dict[str, Outcome] = {}


def outcome(
    label: str,
    unit: str,
    *,
    better: Better = "neither",
    for_whom: str = "",
    margin: float,
    relative: bool = False,
    averaged: bool = False,
    headline: bool = False,
    per: str = "",
) -> Callable[[Compute], Compute]:
    """Put a function among the outcomes; its name and docstring are the outcome's."""

    def register(compute: Compute) -> Compute:
        name, text = compute.__name__, docstring(compute)
        OUTCOMES[name] = Outcome(
            name, label, unit, text, better, for_whom, margin, relative, averaged, headline, per, compute
        )
        return compute

    return register


SOURCE_LABELS = {"domestic": "domestic chips", "import": "imports", "grey": "the grey channel"}


def item_label(key: Key) -> str:
    """What an outcome is of, for people: a constraint, a source or a supplier; "" for none."""
    if OUTCOMES[key.outcome].per == "constraint" and key.item:
        return constraint_label(key.item)
    return SOURCE_LABELS.get(key.item, key.item)


def label_of(key: Key) -> str:
    """A value's name for people, without its period: `median wait`, `revenue: Huawei`."""
    card = OUTCOMES[key.outcome]
    return f"{card.label}: {item_label(key)}" if key.item else card.label


# --- Headlines, in the order in which they are reported ---


@outcome(
    "compute served over time",
    "A100e-years",
    better="more",
    for_whom="buyers",
    margin=0.02,
    relative=True,
    headline=True,
)
def compute_years(history: History) -> Values:
    """Compute served over time: effective compute delivered, times the years it is in use inside the window."""
    steps, moments, borders = [0.0] * len(history.years), [0.0] * len(history.years), history.borders[1:-1]
    for since, fact in zip(history.installed.since, history.deliveries, strict=True):
        if since < history.end:
            year, compute = bisect_right(borders, since), fact.compute
            steps[year] += compute
            moments[year] += compute * since
    areas = history.areas(steps, moments)
    return history.totals({year: area / WEEKS_A_YEAR for year, area in zip(history.years, areas, strict=True)})


@outcome("delivered compute", "A100e", better="more", for_whom="buyers", margin=0.02, relative=True, headline=True)
def delivered(history: History) -> Values:
    """Effective compute delivered to projects: a chip counts with its usefulness on the day it was ordered."""
    return history.totals(history.sold(lambda sale: sale.compute))


@outcome("backlog", "A100e", better="less", for_whom="buyers", averaged=True, margin=0.02, relative=True, headline=True)
def backlog(history: History) -> Values:
    """Effective compute that projects wait for, averaged over time."""
    return history.averages(history.backlog_changes)


def wait_quantile(history: History, share: float) -> Value:
    """The week by which that share of projects is fully served, by Kaplan-Meier.

    A project that gave up or still waits at the end counts as waiting until then, and says nothing about later.
    """
    waiting, at_risk = 1.0, len(history.waits)
    for weeks, left in history.waits:
        if not left:
            waiting *= 1 - 1 / at_risk
            if waiting <= 1 - share + 1e-12:
                return weeks
        at_risk -= 1
    return None


@outcome("median wait", "weeks", better="less", for_whom="buyers", margin=2, headline=True)
def wait_median(history: History) -> Value:
    """Weeks from arrival to full delivery of projects that arrive inside the window: median by Kaplan-Meier."""
    return wait_quantile(history, 0.5)


@outcome(
    "domestic revenue",
    "yuan",
    better="more",
    for_whom="domestic designers",
    margin=0.02,
    relative=True,
    headline=True,
)
def domestic_revenue(history: History) -> Values:
    """Revenue of all domestic designers: chips at their price when a project receives them; by year and by quarter."""
    return history.by_period(
        (quarter, sale.yuan)
        for (product, quarter), sale in history.sales.items()
        if history.source(product) == "domestic"
    )


@outcome("domestic share", "share", margin=0.01, headline=True)
def domestic_share(history: History) -> Values:
    """Share of delivered nominal compute that came from domestic chips; it also rises when less is imported."""
    return history.share("domestic")


# --- What was asked, delivered and given up ---


@outcome("demand", "A100e", margin=0.02, relative=True)
def demand(history: History) -> Values:
    """Effective compute that projects of the window asked for, by year of arrival."""
    return history.sums(history.asked, lambda fact: fact.need)


@outcome("opening backlog", "A100e", margin=0.02, relative=True)
def opening_backlog(history: History) -> Value:
    """Effective compute that projects of the lead-in still need on the window's first day."""
    return history.opening_backlog


@outcome("cancelled demand", "A100e", better="less", for_whom="buyers", margin=0.02, relative=True)
def cancelled(history: History) -> Values:
    """Effective compute still wanted by projects that gave up inside the window."""
    return history.sums(history.cancelled, lambda fact: fact.unmet)


@outcome("service level", "share", better="more", for_whom="buyers", margin=0.01)
def service_level(history: History) -> Values:
    """Share of the compute asked for that was delivered within 52 weeks of arrival, by year of arrival;
    projects whose 52 weeks do not end inside the window are left out, and so are years with such projects."""
    asked: dict[Period, float] = {}
    in_time: dict[Period, float] = defaultdict(float)
    promises: dict[str, tuple[float, int]] = {}  # by project: the day, and the year of its arrival
    early = [fact for fact in history.asked if fact.time + PROMISE <= history.end]
    for year, own in history.by_year(early):
        asked[year] = added(fact.need for fact in own)
        promises |= {fact.project: (fact.time + PROMISE, year) for fact in own}
    asked[None] = added(fact.need for fact in early)
    for time, project, _, _, compute, _ in history.deliveries:
        if project in promises and time <= promises[project][0]:
            in_time[None] += compute
            in_time[promises[project][1]] += compute
    ends: dict[Period, float] = {None: 0.0, **dict(zip(history.years, history.borders[1:], strict=True))}
    return {  # the first days of a year would pass for all of it
        year: in_time[year] / asked[year] if asked[year] and end + PROMISE <= history.end else None
        for year, end in ends.items()
    }


@outcome("90th percentile of waits", "weeks", better="less", for_whom="buyers", margin=4)
def wait_p90(history: History) -> Value:
    """Weeks from arrival to full delivery: 90th percentile by Kaplan-Meier."""
    return wait_quantile(history, 0.9)


@outcome("share of projects cancelled", "share", better="less", for_whom="buyers", margin=0.01)
def cancelled_share(history: History) -> Value:
    """Share of the window's projects that gave up inside it; read it together with the waits."""
    projects = {fact.project for fact in history.asked}
    gave_up = projects & {fact.project for fact in history.cancelled}
    return len(gave_up) / len(projects) if projects else None


# --- What is installed ---


@outcome("compute in use", "A100e", better="more", for_whom="buyers", averaged=True, margin=0.02, relative=True)
def in_use(history: History) -> Values:
    """Compute in use at the end of each year: nominal compute installed, times its usefulness on that day, so it may be
    more than was delivered. Chips that came before their project had ported are in use once it has."""
    return history.at_ends(history.installed.in_use)


@outcome("compute without use", "A100e", better="less", for_whom="buyers", averaged=True, margin=0.05, relative=True)
def out_of_use(history: History) -> Values:
    """Nominal compute installed but not usable at the end of each year: what software and the links between chips
    lose, and chips whose project has not ported yet."""
    by_year = (fsum(own[year] or 0.0 for own in history.nominal.values()) for year in history.years)
    both = zip(accumulate(by_year), history.installed.in_use, strict=True)
    return history.at_ends([max(0.0, installed - in_use) for installed, in_use in both])


@outcome("installed power", "MW", margin=0.02, relative=True)
def installed_power(history: History) -> Value:
    """Power of all chips delivered inside the window, as installed."""
    return history.installed.kilowatts / 1e3


@outcome("power per compute in use", "kW/A100e", better="less", for_whom="buyers", margin=0.02, relative=True)
def power_per_compute(history: History) -> Value:
    """Installed power for each A100e in use, at the end."""
    in_use = history.installed.in_use[-1]
    return history.installed.kilowatts / in_use if in_use else None


# --- Where it came from ---


@outcome("nominal compute", "A100e", margin=0.02, relative=True, per="source")
def nominal(history: History) -> dict[str, Values]:
    """Nominal compute delivered (chips x performance): domestic chips, imports, chips of the grey channel; by year and
    by quarter."""
    return history.nominal


@outcome("import share", "share", margin=0.01)
def import_share(history: History) -> Values:
    """Share of delivered nominal compute that the foreign vendor shipped."""
    return history.share("import")


@outcome("grey share", "share", margin=0.005)
def grey_share(history: History) -> Values:
    """Share of delivered nominal compute that came by the grey channel."""
    return history.share("grey")


@outcome("domestic majority from", "date", margin=0.1)
def domestic_majority(history: History) -> Value:
    """When the domestic share of the nominal compute delivered in the last 52 weeks first passes one half, as a decimal
    year. Checked every four weeks from week 52 on, so a world that starts with a majority has it then; none if it is
    not reached inside the window."""
    samples = slices(history.delivery_weeks, [SAMPLE * n for n in range(1, history.samples)])
    total = [added(history.delivered_nominal[own]) for own in samples]
    designs, sold = history.scenario.designs, list(zip(history.deliveries, history.delivered_nominal, strict=True))
    domestic = [added(compute for fact, compute in sold[own] if fact.product in designs) for own in samples]
    a_year = int(PROMISE / SAMPLE)
    for end in range(a_year, int(history.end // SAMPLE) + 1):
        if 2 * fsum(domestic[end - a_year : end]) > fsum(total[end - a_year : end]):
            start = history.scenario.window.start
            new_year = date(start.year, 1, 1)
            return start.year + ((start - new_year).days / DAYS_A_WEEK + end * SAMPLE) / WEEKS_A_YEAR
    return None


# --- Money ---


@outcome("market value", "yuan", margin=0.02, relative=True)
def market_value(history: History) -> Values:
    """All legal deliveries at their price, in yuan."""
    return history.totals(history.sold(lambda sale: sale.yuan, "domestic", "import"))


@outcome("grey market value", "yuan", margin=0.05, relative=True)
def grey_value(history: History) -> Values:
    """What buyers paid for grey deliveries, premium included, in yuan."""
    return history.totals(history.sold(lambda sale: sale.yuan, "grey"))


@outcome("revenue", "yuan", better="more", for_whom="the supplier", margin=0.02, relative=True, per="supplier")
def revenue(history: History) -> dict[str, Values]:
    """A supplier's revenue: chips at their price when a project receives them; by year and by quarter."""
    sums: dict[str, list[tuple[Quarter, float]]] = {
        chip.supplier: [] for product, chip in history.chips.items() if history.source(product) != "grey"
    }
    for (product, quarter), sale in history.sales.items():
        if history.source(product) != "grey":
            sums[history.chips[product].supplier].append((quarter, sale.yuan))
    return {supplier: history.by_period(own) for supplier, own in sums.items()}


@outcome("largest customer's share", "share", better="less", for_whom="the supplier", margin=0.02, per="supplier")
def largest_customer(history: History) -> dict[str, Values]:
    """Share of the revenue of a supplier with an anchor customer that came from its largest customer; a project
    without a contract is a customer of its own."""
    shares = {}
    by_period = [(None, history.deliveries), *history.by_year(history.deliveries)]
    for anchor in history.scenario.anchors.values():
        own = {product for product, chip in history.chips.items() if chip.supplier == anchor.supplier}
        values: Values = {}
        for period, deliveries in by_period:
            paid: dict[str, float] = defaultdict(float)
            for fact in deliveries:
                if fact.product in own:
                    paid[history.customers.get(fact.project) or fact.project] += fact.yuan
            values[period] = max(paid.values()) / fsum(paid.values()) if paid else None
        shares[anchor.supplier] = values
    return shares


# --- The foundry ---


@outcome("wafers started", "wafers", margin=0.02, relative=True)
def wafers(history: History) -> Values:
    """Wafers started."""
    return history.sums(history.ledger.of(f.LotStarted), lambda fact: fact.wafers)


@outcome("line capacity", "wafers/week", averaged=True, margin=0.02, relative=True)
def line_rate(history: History) -> Values:
    """Wafers that the foundry's line can start a week, at the end of each year."""
    weeks = history.ledger.of(f.WafersAsked)
    times = [fact.time for fact in weeks]
    last = [bisect_left(times, end) - 1 for end in history.borders[1:]]
    return history.at_ends([weeks[n].rate if n >= 0 else None for n in last])


@outcome("line utilisation", "share", averaged=True, margin=0.02)
def line_use(history: History) -> Values:
    """Share of the foundry line's capacity that was asked for and started."""
    weeks = history.ledger.of(f.WafersAsked)
    used = history.sums(weeks, lambda fact: min(fact.wafers, fact.rate))
    able = history.sums(weeks, lambda fact: fact.rate)
    return {period: (used[period] or 0.0) / rate if rate else None for period, rate in able.items()}


# --- The grey channel and the licence desk ---


@outcome("grey premium", "x", averaged=True, margin=0.05)
def grey_premium(history: History) -> Values:
    """Price of grey chips over their list price, averaged over the weeks of dispatch."""
    dispatched = history.ledger.of(f.GreyDispatched)
    by_period = [(None, dispatched), *history.by_year(dispatched)]
    premiums = {period: [fact.premium for fact in own] for period, own in by_period}
    return {period: fsum(own) / len(own) if own else None for period, own in premiums.items()}


@outcome("grey chips intercepted", "chips", margin=0.05, relative=True)
def grey_intercepted(history: History) -> Values:
    """Grey chips intercepted."""
    return history.sums(history.ledger.of(f.GreyIntercepted), lambda fact: fact.chips)


@outcome("licence applications", "applications", margin=0.05, relative=True)
def applications(history: History) -> Value:
    """Licence applications."""
    return float(len(history.ledger.of(f.LicenceApplied)))


@outcome("licence refusals", "applications", margin=0.05, relative=True)
def refusals(history: History) -> Value:
    """Licence applications refused, by the desk or by a ban."""
    return float(len(history.ledger.of(f.LicenceRefused)))


@outcome("licence review time", "weeks", margin=1)
def review_weeks(history: History) -> Value:
    """Mean weeks from a licence application to its decision, queue and work together; of those decided."""
    applied = {(fact.product, fact.slot): fact.time for fact in history.ledger.of(f.LicenceApplied)}
    decided = [(fact.product, fact.slot, fact.time) for fact in history.ledger.of(f.LicenceApproved)]
    decided += [(fact.product, fact.slot, fact.time) for fact in history.ledger.of(f.LicenceRefused)]
    weeks = [time - applied[product, slot] for product, slot, time in decided]
    return fsum(weeks) / len(weeks) if weeks else None


# --- What binds, what is idle, what was learned ---


@outcome("held up", "A100e-weeks", better="less", for_whom="buyers", margin=0.05, relative=True, per="constraint")
def binds(history: History) -> dict[str, Values]:
    """What holds up the order books, by rule, in nominal compute summed over time: a licence, transit, import control,
    import volume, memory, wafers, or production itself. Observed every four weeks; each observation stands for the
    time around it, half the way to the ones before and after."""
    sums = {name: dict.fromkeys(history.years, 0.0) for name in CONSTRAINTS}
    looks = history.ledger.of(f.WhatBinds)
    middles = [(one.time + two.time) / 2 for one, two in pairwise(looks)]
    for look, span in zip(looks, pairwise([0.0, *middles, history.end]), strict=bool(looks)):
        for year, weeks in history.weeks_by_year(*span):
            for name, held in zip(CONSTRAINTS, look[1:], strict=True):
                sums[name][year] += weeks * held
    return {name: history.totals(sums[name]) for name in CONSTRAINTS}


@outcome("idle stock", "A100e", better="less", for_whom="domestic suppliers", averaged=True, margin=0.1, relative=True)
def idle_stock(history: History) -> Value:
    """Nominal compute of chips in stock on which no order book draws, averaged over time."""
    performance = {product: chip.performance for product, chip in history.chips.items()}
    came: list[list[f.ChipsAssembled] | list[f.OrderLanded] | list[f.GreyLanded]] = [
        history.ledger.of(f.ChipsAssembled),
        history.ledger.of(f.OrderLanded),
        history.ledger.of(f.GreyLanded),
    ]
    changes: list[Changes] = [
        ([fact.time for fact in own], [fact.chips * performance[fact.product] for fact in own]) for own in came
    ]
    left = [-compute for compute in history.delivered_nominal]
    return history.averages([*changes, (history.delivery_weeks, left)])[None]


@outcome("projects ported", "projects", margin=0.02, relative=True)
def ported(history: History) -> Value:
    """Projects that have ported to a domestic stack inside the window."""
    return float(len([fact for fact in history.ledger.of(f.PortingFinished) if fact.time >= 0]))


@outcome("software readiness", "share", better="more", for_whom="domestic suppliers", averaged=True, margin=0.01)
def readiness(history: History) -> Values:
    """Share of a domestic chip's nominal compute that its software makes usable, at the end of each year."""
    return history.at_ends(history.installed.readiness)


def compute_outcomes(history: History) -> dict[Key, Value]:
    """Every outcome's values: the same keys in the same order in every replication of a scenario."""
    values: dict[Key, Value] = {}
    for name, card in OUTCOMES.items():
        result = card.compute(history)
        by_item = cast("dict[str, Value | Values]", result if card.per else {"": result})
        for item, own in by_item.items():
            by_period = own if isinstance(own, dict) else {None: own}
            values.update((Key(name, item, period), value) for period, value in by_period.items())
    return values


def keys_of(scenario: Scenario) -> list[Key]:
    """The keys of a scenario's values, known without running it: they do not depend on what happens."""
    return list(compute_outcomes(History(Ledger(), scenario)))


def looked_at_exist(scenario: Scenario) -> Iterator[Finding]:
    """A rule: what a scenario says to look at are outcomes that it has."""
    names = list(dict.fromkeys(key.name for key in keys_of(scenario))) if scenario.look_at else []
    for number, name in enumerate(scenario.look_at):
        if name not in names:
            near = closest(name, names)
            hint = f"did you mean '{near}'?" if near else f"such as {', '.join(names[:3])}"
            yield Finding((("look_at", str(number)),), f"no outcome is named {quoted(name)}", hint)
