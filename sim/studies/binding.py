"""What binds in a run, as exhibits and in sentences: attribution by rule, see `sim.model.binding`."""

from __future__ import annotations

import calendar
import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.base.rounding import percent
from sim.base.statistics import Summary, finite, summarise
from sim.base.wording import listed
from sim.exhibits.exhibit import Column, Estimate, Exhibit, Name, Share
from sim.experiment.run import Run
from sim.outcomes.constraints import CONSTRAINTS, NOTHING, constraint_label
from sim.studies.phases import Phase, books, largest, phases, shares_of_books

UNIT = "A100e-weeks"
LEADING = 4  # constraints that are shown in the narrowest place


# --- What each constraint holds up ---


@dataclass(frozen=True)
class Part:
    """What one constraint holds up in a run, or NOTHING for all of the order books."""

    constraint: str
    total: Summary
    """Summed over time, nominal A100e-weeks."""
    share: float
    """Of the order books, over the whole window; 0 where they are always empty."""


def parts(run: Run) -> list[Part]:
    """The parts of the order books, from the largest down, and all of them as the last."""
    shares = shares_of_books(run)
    found = [Part(name, summarise(run["binds", name]), shares[name]) for name in CONSTRAINTS]
    total = summarise(books(run))
    return [*sorted(found, key=lambda part: -part.total.mean), Part(NOTHING, total, float(total.mean > 0))]


PARTS: tuple[Column[Part], ...] = (
    Column(
        "constraint",
        lambda part: Name(part.constraint, CONSTRAINTS[part.constraint].label if part.constraint else "all"),
        "binding constraint",
    ),
    Column("total", lambda part: Estimate.of(part.total, UNIT), "held up", {"mean": 0, "interval": 2}, common=True),
    Column("share", lambda part: Share(part.share), "share"),
    Column(
        "orders",
        lambda part: CONSTRAINTS[part.constraint].holds if part.constraint else "",
        "the orders that ...",
        {"mean": 4},
    ),
)


def binding(run: Run) -> Exhibit[Part]:
    """What each constraint holds up, summed over time, those that hold up something."""
    shown = tuple(part for part in parts(run) if part.total.mean)
    return Exhibit("binding_constraints", "Binding constraints, by what they hold up over time", PARTS, shown)


@dataclass(frozen=True)
class Held:
    """What holds up the order books of one scenario."""

    scenario: str
    parts: tuple[Part, ...]

    def part(self, constraint: str) -> Part:
        """The part of a constraint, or of NOTHING: all."""
        return next(part for part in self.parts if part.constraint == constraint)


def binding_side_by_side(runs: Sequence[Run]) -> Exhibit[Held]:
    """The shares of the constraints in each scenario; where there is little room the smallest give way first."""
    rows = tuple(Held(run.scenario.name, tuple(parts(run))) for run in runs)
    largest_ = {name: max(row.part(name).share for row in rows) for name in CONSTRAINTS}
    order = sorted((name for name in CONSTRAINTS if largest_[name] > 0), key=lambda name: -largest_[name])

    def share(name: str, rank: int) -> Column[Held]:
        return Column(name, lambda row: Share(row.part(name).share), constraint_label(name), {"mean": rank})

    columns: tuple[Column[Held], ...] = (
        Column("scenario", lambda row: row.scenario),
        *(share(name, max(0, n - LEADING)) for n, name in enumerate(order, start=1)),
        Column("total", _total, "order books", {"mean": len(order)}),
    )
    return Exhibit("binding_constraints", "Binding constraints, as shares of the order books", columns, rows)


def _total(row: Held) -> Estimate:
    return Estimate.of(row.part(NOTHING).total, UNIT)


# --- Which holds up the most, and when ---


@dataclass(frozen=True)
class Time:
    """A phase of one scenario."""

    scenario: str
    phase: Phase
    runs: int


def phases_of(runs: Sequence[Run]) -> Exhibit[Time]:
    """Which constraint holds up the most, one after the other, in each scenario."""
    rows = tuple(Time(run.scenario.name, phase, len(run)) for run in runs for phase in phases(run))
    columns: tuple[Column[Time], ...] = (
        *([Column[Time]("scenario", lambda row: row.scenario)] if len(runs) > 1 else []),
        Column("start", lambda row: row.phase.start, "from"),
        Column("end", lambda row: row.phase.end, "to"),
        Column("constraint", lambda row: Name(row.phase.constraint, _leader(row.phase)), "holds up the most"),
        Column(
            "share", lambda row: None if math.isnan(row.phase.share) else Share(row.phase.share), "of the books then"
        ),
        Column("agree", lambda row: f"{row.phase.agreeing} of {row.runs}", "runs that agree", {"mean": 1}),
    )
    return Exhibit("phases", "What holds up the most, one phase after the other", columns, rows, record=_record)


def _record(row: Time) -> dict[str, Any]:
    """A phase as JSON takes it."""
    phase = row.phase
    return {
        "scenario": row.scenario,
        "constraint": phase.constraint or None,
        "start": phase.start.isoformat(),
        "end": phase.end.isoformat(),
        "share": finite(phase.share),
        "runs_agreeing": phase.agreeing,
    }


def _leader(phase: Phase) -> str:
    return constraint_label(phase.constraint) if phase.constraint != NOTHING else "the order books are empty"


# --- In sentences ---


def binding_sentences(run: Run) -> list[str]:
    """What held up the most first, and what then."""
    if not books(run).any():
        return ["The order books are always empty in this world, so nothing binds."]
    found, shares = phases(run), shares_of_books(run)
    if all(phase.constraint == NOTHING for phase in found):
        return ["The order books are all but always empty in this world, so nothing binds for long."]
    if len(found) == 1:  # the same number as in the table, which weighs the window's ends by their time
        found = [replace(found[0], share=shares[found[0].constraint])]
    return [_first(found, len(run)), _took_over(found, shares, len(run))]


def _first(found: Sequence[Phase], runs: int) -> str:
    begin = ""
    phase = found[0]
    if phase.constraint == NOTHING and len(found) > 1:
        begin = f"The order books were empty until {_month(found[1].start)}. "
        phase = found[1]
    when = "throughout" if len(found) == 1 else f"first, {_span(phase)}"
    size = f"{percent(phase.share)} of the order books{_agreed(phase, runs)}"
    return f"{begin}What held up the most {when}: {constraint_label(phase.constraint)}, {size}."


def _span(phase: Phase) -> str:
    """In which months, in words."""
    last = phase.end - datetime.timedelta(days=1)
    if (phase.start.year, phase.start.month) == (last.year, last.month):
        return f"in {_month(last)}"
    first = calendar.month_name[phase.start.month] if phase.start.year == last.year else _month(phase.start)
    return f"from {first} to {_month(last)}"


def _took_over(found: Sequence[Phase], shares: dict[str, float], runs: int) -> str:
    shown = found[2:] if found[0].constraint == NOTHING else found[1:]
    if not shown:
        first = next(phase.constraint for phase in found if phase.constraint)
        rest = {name: share for name, share in shares.items() if name != first}
        second = largest(rest)
        if second == NOTHING:
            return "Nothing else held up any order."
        return f"The next largest, {constraint_label(second)}, held up {percent(rest[second])} in all."
    told = []
    for phase in shown:
        if phase.constraint == NOTHING:
            told.append(f"nothing from {_month(phase.start)}, for the order books were empty")
            continue
        until = "to the end" if phase is found[-1] else f"until {_month(phase.end)}"
        size = f"{percent(phase.share)} {until}{_agreed(phase, runs)}"
        told.append(f"{constraint_label(phase.constraint)} from {_month(phase.start)} ({size})")
    return f"Then {listed(told)}."


def _agreed(phase: Phase, runs: int) -> str:
    """A word of caution where fewer than half of the single runs have the same leader."""
    return f", in only {phase.agreeing} of {runs} runs" if phase.agreeing < runs / 2 else ""


def _month(day: datetime.date) -> str:
    return f"{calendar.month_name[day.month]} {day.year}"
