"""What is known, in sentences made from the numbers."""

from __future__ import annotations

import calendar
import datetime
import math

from sim.base.rounding import decimals, rounded, scale_of
from sim.scenario.policy_words import listed
from sim.studies.explain.known import NOTHING, Effect, Era, Explanation, PairedRun, largest
from sim.studies.explain.wording import capital, lower, month, percent, words
from sim.studies.relief import RELIEFS


def sentences(why: Explanation) -> tuple[str, str, str]:
    """What bound first; what took over and when; what relieving it alone would have changed."""
    if not why.total.mean:
        return (
            "Nothing ever waits in this world, so nothing binds.",
            "Nothing takes over.",
            "There is nothing to relieve, so no paired run was made.",
        )
    return _first(why), _took_over(why), _relieved(why)


def _first(why: Explanation) -> str:
    begin = ""
    era = why.eras[0]
    if era.constraint == NOTHING and len(why.eras) > 1:
        begin = f"Nothing waited until {month(why.eras[1].start)}. "
        era = why.eras[1]
    name = capital(words(era.constraint))
    if len(why.eras) == 1:
        return f"{name} bound throughout: it held up {percent(era.share)} of the need that waited."
    span = _span(era)
    return f"{begin}{name} bound first: {span} it held up the most, {percent(era.share)} of the need that waited."


def _span(era: Era) -> str:
    """In which months, in words."""
    last = era.end - datetime.timedelta(days=1)
    if (era.start.year, era.start.month) == (last.year, last.month):
        return f"in {month(last)}"
    first = calendar.month_name[era.start.month] if era.start.year == last.year else month(era.start)
    return f"from {first} to {month(last)}"


def _took_over(why: Explanation) -> str:
    shown = [era for n, era in enumerate(why.eras) if n > 0]
    if why.eras[0].constraint == NOTHING:
        shown = shown[1:]
    if not shown:
        first = next(era.constraint for era in why.eras if era.constraint)
        rest = {part.constraint: part.share for part in why.parts if part.constraint != first}
        next_one = largest(rest)
        if next_one == NOTHING:
            return "Nothing took over, and nothing else held up any need."
        return f"Nothing took over: the next largest, {words(next_one)}, held up {percent(rest[next_one])} in all."
    told = []
    for n, era in enumerate(shown):
        if era.constraint == NOTHING:
            told.append(f"nothing waited from {month(era.start)} on")
            continue
        verb = " took over" if n == 0 else ""
        until = "to the end" if era is why.eras[-1] else f"until {month(era.end)}"
        told.append(f"{words(era.constraint)}{verb} in {month(era.start)} ({percent(era.share)} {until})")
    return f"{capital(listed(told))}."


def _relieved(why: Explanation) -> str:
    if not why.paired:
        return "No paired run was made, so nothing is said about cause."
    told = [_paired_words(why.paired[0])]
    told += [lower(_paired_words(pair, brief=True)) for pair in why.paired[1:]]
    return f"{'; '.join(told)}{' (one replication, so no interval)' if why.replications == 1 else ''}."


def _paired_words(pair: PairedRun, brief: bool = False) -> str:
    """What a paired run shows; in brief, the first two outcomes and not what would have come next."""
    opening = RELIEFS[pair.constraint].opening
    if pair.unchanged:
        return f"{opening}, nothing at all would have changed"
    named = [effect for effect in pair.effects if effect.named]
    if not named:
        return f"{opening}, nothing worth naming would have changed ({_small(pair)})"
    told = named[:2] if brief else named
    clauses = [_clause(effect, labelled=not brief and effect is named[0]) for effect in told]
    verdict = ""
    if not any(effect.better for effect in named):
        verdict = ": worse, not better, for relieving one constraint alone can hurt"
    elif not all(effect.better for effect in named):
        verdict = ": better in one respect, worse in another"
    return f"{opening}, {listed(clauses)}{verdict}{'' if brief else f'; {_then(pair)}'}"


def _then(pair: PairedRun) -> str:
    if pair.then == NOTHING:
        return "nothing would then have waited"
    return f"{words(pair.then)} would {'still' if pair.then == pair.constraint else 'then'} have held up the most"


def _clause(effect: Effect, labelled: bool) -> str:
    """What an outcome would have been, with its interval."""
    mean, half = effect.change
    more = mean > 0
    amount, interval = amount_words(effect, abs(mean), half)
    told = [f"{'95 % interval ' if labelled else ''}{interval}"] if interval else []
    told += [f"in the {effect.pairs} that have one"] if effect.partial else []
    interval = f" ({', '.join(told)})" if told else ""
    match effect.outcome:
        case "delivered":
            return f"{amount} {'more' if more else 'less'} compute would have been delivered{interval}"
        case "backlog":
            return f"the mean backlog would have been {amount} {'higher' if more else 'lower'}{interval}"
        case _:
            return f"the median wait {amount} {'longer' if more else 'shorter'}{interval}"


def _small(pair: PairedRun) -> str:
    """Differences that are not worth naming, in brackets."""
    told = []
    for effect in pair.effects:
        mean, half = effect.change
        if effect.difference.having:
            amount, interval = amount_words(effect, mean, half)
            name = {"delivered": "compute delivered", "backlog": "mean backlog"}.get(effect.outcome, "median wait")
            interval = f", 95 % interval {interval}" if interval else ""
            told.append(f"{name} {'+' if mean > 0 else ''}{amount}{interval}")
    return "; ".join(told) or "no run has a value"


def amount_words(effect: Effect, mean: float, half: float) -> tuple[str, str]:
    """A difference with its unit, and its interval, empty where there is none; one figure of the uncertainty."""
    if effect.relative:
        divisor, unit = 0.01, "%"
    else:
        divisor, unit = scale_of(abs(mean), effect.card.unit)
    value, spread = mean / divisor, half / divisor
    places = decimals(spread, abs(value)) - (1 if math.isfinite(spread) and spread > 0 else 2)
    places = min(max(places, 0), 0 if abs(value) >= 10 and not spread < 1 else 1)
    text = f"{rounded(value, places)} {unit}"
    if not math.isfinite(spread):
        return text, ""
    return text, f"{rounded(value - spread, places)} to {rounded(value + spread, places)} {unit}"


def reading_help(why: Explanation) -> list[str]:
    """What the numbers are and are not."""
    many = why.replications
    eras_told = [era for era in why.eras if era.constraint]
    told = ["The split is attribution by rule, not cause."]
    if why.paired:
        told.append(
            "The paired runs show cause: same seed, same luck, one constraint relieved. Both hold inside this toy only."
        )
    if len(eras_told) > 1:
        told.append("What holds up the most takes over once it does so at three looks in a row, twelve weeks.")
    if many > 1 and why.total.mean:
        agreeing = sorted({era.agreeing for era in eras_told})
        led = f"{agreeing[0]}" if len(agreeing) == 1 else f"{agreeing[0]} to {agreeing[-1]}"
        told.append(f"Taken alone, {led} of {many} single runs have the same constraint lead in each of these times.")
    if many == 1:
        told.append("One replication: there is no interval. Run more with --replications.")
    return told
