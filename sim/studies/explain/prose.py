"""What is known, in sentences made from the numbers."""

from __future__ import annotations

import calendar
import datetime

from sim.base.rounding import percent
from sim.base.wording import listed
from sim.outcomes.constraints import NOTHING, constraint_label
from sim.studies.comparison_tables.prose import conclusion
from sim.studies.explain.known import Explanation, PairedRun
from sim.studies.phases import Phase, largest
from sim.studies.relax import RELAXATIONS


def sentences(why: Explanation) -> list[str]:
    """What bound first; what took over and when; and for each paired run what relaxing a constraint alone would have
    changed."""
    if not why.total.mean:
        return [
            "The order books are always empty in this world, so nothing binds.",
            "Nothing takes over.",
            "There is nothing to relax, so no paired run was made.",
        ]
    relaxed = [_paired_words(pair, len(why.run)) for pair in why.paired]
    return [_first(why), _took_over(why), *(relaxed or ["No paired run was made, so nothing is said about cause."])]


def _first(why: Explanation) -> str:
    begin = ""
    phase = why.phases[0]
    if phase.constraint == NOTHING and len(why.phases) > 1:
        begin = f"The order books were empty until {_month(why.phases[1].start)}. "
        phase = why.phases[1]
    name = _capital(constraint_label(phase.constraint))
    if len(why.phases) == 1:
        return f"{name} bound throughout: it held up {percent(phase.share)} of the order books."
    span = _span(phase)
    return f"{begin}{name} bound first: {span} it held up the most, {percent(phase.share)} of the order books."


def _span(phase: Phase) -> str:
    """In which months, in words."""
    last = phase.end - datetime.timedelta(days=1)
    if (phase.start.year, phase.start.month) == (last.year, last.month):
        return f"in {_month(last)}"
    first = calendar.month_name[phase.start.month] if phase.start.year == last.year else _month(phase.start)
    return f"from {first} to {_month(last)}"


def _took_over(why: Explanation) -> str:
    shown = why.phases[2:] if why.phases[0].constraint == NOTHING else why.phases[1:]
    if not shown:
        first = next(phase.constraint for phase in why.phases if phase.constraint)
        rest = {part.constraint: part.share for part in why.parts if part.constraint != first}
        second = largest(rest)
        if second == NOTHING:
            return "Nothing took over, and nothing else held up any order."
        return (
            f"Nothing took over: the next largest, {constraint_label(second)}, held up {percent(rest[second])} in all."
        )
    told = []
    for n, phase in enumerate(shown):
        if phase.constraint == NOTHING:
            told.append(f"the order books were empty from {_month(phase.start)} on")
            continue
        verb = " took over" if n == 0 else ""
        until = "to the end" if phase is why.phases[-1] else f"until {_month(phase.end)}"
        told.append(
            f"{constraint_label(phase.constraint)}{verb} in {_month(phase.start)} ({percent(phase.share)} {until})"
        )
    return f"{_capital(listed(told))}."


def _paired_words(pair: PairedRun, replications: int) -> str:
    """What a paired run shows for buyers, in the words of a comparison, and what would have come next."""
    opening = RELAXATIONS[pair.constraint].opening
    if pair.unchanged:
        return f"{opening}, nothing at all would have changed."
    rows = [row for row in pair.differences if row.card.for_whom == "buyers"]
    told = f"{opening}: {conclusion(rows, replications, 'outcome for buyers')}"
    if pair.then == NOTHING:
        return f"{told} The order books would then have been empty."
    still = "still" if pair.then == pair.constraint else "then"
    return f"{told} {_capital(constraint_label(pair.then))} would {still} have held up the most."


def reading_help(why: Explanation) -> list[str]:
    """What the numbers are and are not."""
    many = len(why.run)
    led = [phase.agreeing for phase in why.phases if phase.constraint]
    told = ["The split is attribution by rule, not cause."]
    if why.paired:
        told.append(
            "The paired runs show cause: same seed, same luck, one constraint relaxed. Both hold inside this toy only."
        )
        told.append("Verdicts, and the ranges in the sentences, are those of `chipgate compare` on the same runs.")
    if any(row.verdict == "worse" for pair in why.paired for row in pair.differences):
        told.append("Relaxing one constraint alone can hurt.")
    if len(led) > 1:
        told.append("What holds up the most takes over once it does so at three looks in a row, twelve weeks.")
    if many > 1 and why.total.mean:
        runs = f"{min(led)}" if min(led) == max(led) else f"{min(led)} to {max(led)}"
        told.append(f"Taken alone, {runs} of {many} single runs have the same constraint lead in each of these times.")
    if many == 1:
        told.append("One replication: there is no interval. Run more with --replications.")
    return told


def _month(day: datetime.date) -> str:
    """A day's month and year in words."""
    return f"{calendar.month_name[day.month]} {day.year}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
