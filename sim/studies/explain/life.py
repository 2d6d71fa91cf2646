"""One project's life, fact by fact."""

from __future__ import annotations

import datetime
import difflib
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum
from typing import Any

from sim.base.errors import ChipgateError
from sim.base.label import LABEL, SENTENCE
from sim.base.rounding import percent
from sim.base.units import show, whole_number
from sim.base.wording import listed
from sim.exhibits.layout import folded, page_width
from sim.experiment.replication import record
from sim.model import facts as f
from sim.model.software import CUDA
from sim.outcomes.constraints import NOTHING, constraint_label
from sim.outcomes.installed import Installed
from sim.outcomes.ledger import Ledger
from sim.outcomes.transcript import sentence
from sim.scenario.load import SourcedScenario
from sim.scenario.parts import Scenario
from sim.studies.phases import largest


@dataclass(frozen=True)
class Life:
    """One project in one replication."""

    scenario: str
    seed: int
    replication: int
    project: str
    story: tuple[str, ...]
    """Dated sentences."""
    arrived: datetime.date
    end: datetime.date
    """When it was served or gave up, or the end of the window."""
    fate: str
    """served, gave up or still waits."""
    weeks: float
    """From arrival to the end."""
    need: float
    """Effective A100e."""
    received: dict[str, float]
    """Effective A100e, by product."""
    paid: float
    """Yuan."""
    held: dict[str, float]
    """Weeks that each constraint held it up, from the most down; see `_held`."""
    early: float
    """Effective A100e of it that came before its project's port ended, and was of no use until then."""
    ported: datetime.date | None
    """The day of their use; None where there are none, and where the port never ended."""


IMPORTED = ("licence", "transit", "import_control", "import_volume")
DOMESTIC = ("memory", "wafers", "production")


def tell_project(sourced: SourcedScenario, project: str, seed: int = 1, replication: int = 0) -> Life:
    """One project's life. `project` is its name, or N for the N-th to arrive.

    Raises ChipgateError, with near names, where there is none.
    """
    scenario = sourced.scenario
    ledger = record(scenario, seed, replication)
    name = _found(ledger, scenario, project, replication)
    own = [fact for fact in ledger.facts if getattr(fact, "project", None) == name]
    (arrival,) = (fact for fact in own if isinstance(fact, f.ProjectArrived))
    end, fate = scenario.window.weeks, "still waits"
    received: dict[str, float] = defaultdict(float)
    paid = 0.0
    early, ported = _early(ledger, scenario, name)
    for fact in own:
        if isinstance(fact, f.Delivered):
            received[fact.product] += fact.compute
            paid += fact.yuan
        elif isinstance(fact, f.ProjectServed | f.ProjectCancelled):
            end, fate = fact.time, "served" if isinstance(fact, f.ProjectServed) else "gave up"
    return Life(
        scenario=scenario.name,
        seed=seed,
        replication=replication,
        project=name,
        story=tuple(sentence(fact, scenario) for fact in own),
        arrived=scenario.window.day(arrival.time),
        end=scenario.window.day(end),
        fate=fate,
        weeks=end - arrival.time,
        need=arrival.need,
        received=dict(received),
        paid=paid,
        held=_held(own, ledger.of(f.WhatBinds), end),
        early=early,
        ported=scenario.window.day(ported) if early and ported < math.inf else None,
    )


def _found(ledger: Ledger, scenario: Scenario, project: str, replication: int) -> str:
    """The name of a project that arrived; a number counts those of the window."""
    arrivals = ledger.of(f.ProjectArrived)
    names = [fact.project for fact in arrivals]
    if project in names:
        return project
    if not names:
        raise ChipgateError(f"no project arrives in replication {replication} of '{scenario.name}'")
    if (number := whole_number(project)) is not None:
        inside = [fact.project for fact in arrivals if fact.time >= 0]
        if 1 <= number <= len(inside):
            return inside[number - 1]
        raise ChipgateError(
            f"there is no project {project}: {len(inside):,} arrive in replication {replication}, the first is 1"
        )
    if project in scenario.projects:
        day = scenario.projects[project].arrives
        raise ChipgateError(f"'{project}' arrives on {day}, outside the window of '{scenario.name}'")
    shown = "".join(letter for letter in project[:60] if letter.isprintable())
    near = difflib.get_close_matches(project[:60].lower(), names, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(repr(name) for name in near)}? " if near else ""
    counts: dict[str, int] = defaultdict(int)
    for name in names:
        counts[name if name in scenario.projects else name.rpartition("-")[0]] += 1
    known = [
        key if key in scenario.projects else (f"{key}-0" if many == 1 else f"{key}-0 to {key}-{many - 1}")
        for key, many in sorted(counts.items())
    ]
    raise ChipgateError(
        f"no project named '{shown}' arrives in replication {replication}\n  {hint}there are {', '.join(known)}"
    )


def _early(ledger: Ledger, scenario: Scenario, name: str) -> tuple[float, float]:
    """Effective A100e that came before a project's port ended, and the week from which on they were of use."""
    installed = Installed(ledger, scenario, ())
    waited = [
        (fact.compute, since)
        for fact, since in zip(installed.deliveries, installed.since, strict=True)
        if fact.project == name and since > fact.time
    ]
    return fsum(compute for compute, _ in waited), max((since for _, since in waited), default=math.inf)


def _held(own: Sequence[f.Fact], looks: Sequence[f.WhatBinds], end: float) -> dict[str, float]:
    """Weeks by what held the project up: while it is on the CUDA book the largest of the parts of imports at the next
    look, on a domestic book the largest of memory, wafers and production. The facts split all such books, so this is
    what held up orders like its own."""
    orders = [(fact.time, fact.stack) for fact in own if isinstance(fact, f.ProjectOrdered)]
    weeks: dict[str, float] = defaultdict(float)
    for (start, stack), (stop, _) in pairwise([*orders, (end, "")]):
        borders = [start, *(look.time for look in looks if start < look.time < stop), stop]
        for before, after in pairwise(borders):
            weeks[_holder(IMPORTED if stack == CUDA else DOMESTIC, after, looks)] += after - before
    return {name: spent for name, spent in sorted(weeks.items(), key=lambda item: -item[1]) if spent > 0}


def _holder(parts: Sequence[str], time: float, looks: Sequence[f.WhatBinds]) -> str:
    """What held up orders like its own at the first look from then on, else at the last one before."""
    at = next((n for n, look in enumerate(looks) if look.time >= time), len(looks) - 1)
    for look in (looks[at], looks[max(0, at - 1)]):
        name = largest({part: float(getattr(look, part)) for part in parts})
        if name != NOTHING:
            return name
    return parts[-1]


def life_text(life: Life, terminal: int | None = None) -> str:
    """The story with its heading, its closing words and the label; fitted to a terminal of so many columns, if any."""
    width = page_width(terminal)
    head = f"{life.scenario}: the life of {life.project}, replication {life.replication}, seed {life.seed}"
    story = list(life.story)
    if terminal:
        story = [line for sentence in story for line in folded(sentence, width, " " * len("2023-01-01  "))]
    closing = folded(closing_words(life), width)
    rule = "What held it up is told by rule, for orders like its own, every four weeks: attribution, not cause."
    last = [*folded(rule, width), *folded(SENTENCE, width)]
    return "\n".join([*folded(head, width), "", *story, "", *closing, "", *last])


def closing_words(life: Life) -> str:
    """How long it waited, what it got from which products, what it paid, and what held it up."""
    got = fsum(life.received.values())
    waited = "less than a week" if life.weeks < 1 else _weeks(life.weeks)
    if life.fate == "served" and life.weeks == 0:
        told = f"{life.project} had all it asked for at once."
    else:
        ending = {
            "served": "was served in full after",
            "gave up": "gave up after",
            "still waits": "still waits at the end of the window, after",
        }[life.fate]
        told = f"{life.project} {ending} {waited}."
    if not got:
        return f"{told} It received nothing and paid nothing.{_held_words(life)}"
    products = sorted(life.received.items(), key=lambda item: -item[1])
    origins = listed([f"{compute:,.0f} A100e from {product}" for product, compute in products])
    share = "all" if life.fate == "served" else percent(got / life.need)
    return (
        f"{told} It received {share} of the {life.need:,.0f} A100e it asked for: {origins}. "
        f"It paid {show(life.paid, 'yuan')}, {show(life.paid / got, 'yuan')} an A100e."
        f"{_early_words(life)}{_held_words(life)}"
    )


def _early_words(life: Life) -> str:
    """What came before its port ended."""
    if not life.early:
        return ""
    then = f"were in use from then on, {life.ported}" if life.ported else "were never in use inside the window"
    return f" Of these, {life.early:,.0f} A100e came before its port ended and {then}."


def _held_words(life: Life) -> str:
    if not life.held:
        return " Nothing held it up."
    parts = [
        f"{constraint_label(name)} {f'for {_weeks(weeks)}' if weeks >= 0.5 else 'briefly'}"
        for name, weeks in life.held.items()
    ]
    return f" It was held up by {listed(parts)}."


def _weeks(weeks: float) -> str:
    return f"{weeks:.0f} week{'s' * (round(weeks) != 1)}"


def life_record(life: Life) -> dict[str, Any]:
    """Everything as JSON takes it."""
    return {
        "label": LABEL,
        "scenario": life.scenario,
        "seed": life.seed,
        "replication": life.replication,
        "project": life.project,
        "arrived": life.arrived.isoformat(),
        "end": life.end.isoformat(),
        "fate": life.fate,
        "weeks": life.weeks,
        "need": life.need,
        "received": life.received,
        "paid": life.paid,
        "held_up_weeks": life.held,
        "came_before_the_port_ended": life.early,
        "in_use_from": life.ported.isoformat() if life.ported else None,
        "story": list(life.story),
        "closing": closing_words(life),
    }
