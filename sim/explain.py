"""Why projects wait: what binds over time, what took over when, and what relieving one constraint alone would change.

    why = explain(load("baseline"), replications=50)
    print(explanation_text(why))

The split of the need that waits is attribution by rule (`sim.model.binding`). The paired runs show cause: the same
seed and replications, hence the same luck, with one constraint relieved (`sim.relief`). All sentences are made from
the numbers. `tell_project` tells one project's life instead.
"""

from __future__ import annotations

import calendar
import datetime
import difflib
import math
import os
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ChipgateError
from sim.experiment import Run, run_scenario
from sim.intervals import Summary, summarise
from sim.label import LABEL, SENTENCE
from sim.ledger import Ledger
from sim.load import SourcedScenario
from sim.model import facts as f
from sim.outcomes import CONSTRAINTS, SAMPLE, Outcome, card_of
from sim.relief import RELIEFS, relieve
from sim.replication import record
from sim.rounding import decimals, rounded, scale_of
from sim.scenario import AnchorExit, Enforcement, Mandate, MemoryControl, Policy, Push, Reach, Scenario
from sim.tables import aligned
from sim.trace import sentence
from sim.units import closest, show

LOOKS = 3
"""Looks in a row that make an era: twelve weeks."""
NOTHING = ""
"""What holds up the most where nothing waits."""
TRACE_OF_NEED = 1e-6  # of the largest need that ever waits; less is rounding
NAMED = ("delivered", "backlog", "wait_median")
"""The outcomes that a paired run is judged by."""

Floats = NDArray[np.float64]


def words(constraint: str) -> str:
    """A constraint's name in a sentence."""
    return RELIEFS[constraint].words


# --- What is known ---


@dataclass(frozen=True)
class Part:
    """What one constraint holds up."""

    constraint: str
    total: Summary
    """Summed over time, A100e-weeks."""
    share: float
    """Of all that waits, over the whole window; nan where nothing ever waits."""
    looks: tuple[float, ...]
    """Mean over replications at each look, A100e."""


@dataclass(frozen=True)
class Era:
    """A time in which one constraint holds up the most."""

    constraint: str
    """NOTHING where nothing waits."""
    first: int
    """Its first look."""
    last: int
    """Its last look."""
    start: datetime.date
    """Day of its first look."""
    end: datetime.date
    """Day on which the next one starts, or the window ends."""
    share: float
    """Of the need that waits in it; nan where nothing does."""
    agreeing: int
    """Single runs in which the constraint holds up the most of all that waits in this time."""


@dataclass(frozen=True)
class Effect:
    """What relieving one constraint does to an outcome."""

    outcome: str
    base: Summary
    relieved: Summary
    difference: Summary
    """Relieved less base, run by run."""

    @property
    def card(self) -> Outcome:
        """The outcome's own card."""
        return card_of(self.outcome)

    @property
    def relative(self) -> bool:
        """Whether it is told as a share of the base's mean."""
        return self.card.relative and self.base.mean != 0

    @property
    def change(self) -> tuple[float, float]:
        """The mean difference and the half width of its 95 % interval: a share of the base's mean, or in the outcome's
        own unit. The half width is nan with fewer than two runs."""
        size = abs(self.base.mean) if self.relative else 1.0
        return self.difference.mean / size, self.difference.half_width / size

    @property
    def named(self) -> bool:
        """Whether the difference is worth naming: large enough by the outcome's card, and its interval without 0."""
        mean, half = self.change
        smallest = 0.0 if self.card.relative and not self.relative else self.card.smallest
        return self.difference.having > 0 and mean != 0 and abs(mean) >= smallest and not abs(mean) <= half

    @property
    def partial(self) -> bool:
        """Whether some pairs of runs have no difference, such as where half of the projects are never served."""
        return 0 < self.difference.having < self.difference.replications

    @property
    def pairs(self) -> str:
        """How many pairs of runs have a difference, in words."""
        return f"{self.difference.having} of {self.difference.replications} pairs of runs"

    @property
    def better(self) -> bool:
        """Whether it goes in the direction that is better for buyers."""
        return (self.difference.mean > 0) == (self.card.better == "more")


@dataclass(frozen=True)
class PairedRun:
    """What relieving one constraint alone does."""

    constraint: str
    effects: tuple[Effect, ...]
    then: str
    """What holds up the most in the relieved world; NOTHING where nothing waits."""
    unchanged: bool
    """Whether every outcome of every run stays what it was."""


@dataclass(frozen=True)
class Rule:
    """A policy on the time axis."""

    day: datetime.date
    """On which it acts, or is given up."""
    name: str
    told: str
    """What it does, and when it was announced."""
    inside: bool
    """Whether the day lies in the window; else the rule was in force before."""


@dataclass(frozen=True)
class Explanation:
    """What binds in a scenario, and why."""

    scenario: str
    question: str
    seed: int
    replications: int
    start: datetime.date
    end: datetime.date
    days: tuple[datetime.date, ...]
    """Of the looks, one every four weeks."""
    parts: tuple[Part, ...]
    """In the order of the rules."""
    total: Summary
    """All that waits, summed over time, A100e-weeks."""
    eras: tuple[Era, ...]
    paired: tuple[PairedRun, ...]
    """The paired runs, the one told first leading."""
    rules: tuple[Rule, ...]

    @property
    def waiting(self) -> tuple[float, ...]:
        """All that waits at each look, mean over replications, A100e."""
        return tuple(sum(values) for values in zip(*(part.looks for part in self.parts), strict=True))

    def part(self, constraint: str) -> Part:
        """The part of that constraint."""
        return next(part for part in self.parts if part.constraint == constraint)


# --- From runs to what is known ---


def explain(
    sourced: SourcedScenario,
    replications: int = 50,
    seed: int = 1,
    workers: int | None = None,
    relieved: Iterable[str] | None = None,
) -> Explanation:
    """Run a scenario, then once more without each leading constraint, or without each of those in `relieved`.

    Raises ChipgateError.
    """
    run = run_scenario(sourced, replications, seed, workers)
    chosen = leading(run) if relieved is None else list(relieved)
    return explained(run, {name: run_scenario(relieve(sourced, name), replications, seed, workers) for name in chosen})


def explained(run: Run, relieved: Mapping[str, Run]) -> Explanation:
    """What a run and its paired runs, by the constraint that each relieves, say."""
    window = run.scenario.window
    looks = _looks(run)
    means = {name: values.mean(axis=0) for name, values in looks.items()}
    total = summarise(_total(run))
    totals = {name: summarise(run[f"binds_{name}"]) for name in CONSTRAINTS}
    return Explanation(
        scenario=run.scenario.name,
        question=run.scenario.question,
        seed=run.seed,
        replications=len(run),
        start=window.start,
        end=window.end,
        days=tuple(window.day(SAMPLE * look) for look in range(_count(looks))),
        parts=tuple(
            Part(name, own, own.mean / total.mean if total.mean else math.nan, tuple(means[name].tolist()))
            for name, own in totals.items()
        ),
        total=total,
        eras=tuple(eras(run)),
        paired=tuple(_pair(run, name, other) for name, other in relieved.items()),
        rules=tuple(_rules(run.scenario)),
    )


def _looks(run: Run) -> dict[str, Floats]:
    """What each constraint holds up, each of shape (replications, looks)."""
    return {name: run.series["binds", name] for name in CONSTRAINTS}


def _count(looks: Mapping[str, Floats]) -> int:
    return int(next(iter(looks.values())).shape[1])


def _total(run: Run) -> Floats:
    """All that waits, summed over time, A100e-weeks, shape (replications,)."""
    return np.asarray(np.sum([run[f"binds_{name}"] for name in CONSTRAINTS], axis=0), dtype=np.float64)


def _largest(amounts: Mapping[str, float]) -> str:
    """The constraint with the largest amount, at a tie the first by the order of the rules; NOTHING if all are 0."""
    name = max(amounts, key=amounts.__getitem__)
    return name if amounts[name] > 0 else NOTHING


def eras(run: Run) -> list[Era]:
    """The times in which one constraint holds up the most, in the mean over replications.

    One begins when a constraint holds up the most at three looks in a row. A shorter lead counts to the era that it
    interrupts; before the first era, to that.
    """
    looks = _looks(run)
    means = {name: values.mean(axis=0) for name, values in looks.items()}
    count = _count(looks)
    waiting = np.sum(list(means.values()), axis=0)
    trace = TRACE_OF_NEED * float(waiting.max(initial=0.0))
    leaders = [
        _largest({name: float(mean[look]) for name, mean in means.items()}) if waiting[look] > trace else NOTHING
        for look in range(count)
    ]
    starts = smoothed(leaders, _largest({name: float(mean.sum()) for name, mean in means.items()}))
    window = run.scenario.window
    found = []
    for (first, name), (after, _) in pairwise([*starts, (count, NOTHING)]):
        held = {key: values[:, first:after].sum(axis=1) for key, values in looks.items()}
        every = sum(float(values.mean()) for values in held.values())
        led = [_largest({key: float(values[n]) for key, values in held.items()}) == name for n in range(len(run))]
        share = float(held[name].mean()) / every if name and every else math.nan
        end = window.day(SAMPLE * after) if after < count else window.end
        found.append(Era(name, first, after - 1, window.day(SAMPLE * first), end, share, sum(led)))
    return found


def smoothed(leaders: Sequence[str], fallback: str) -> list[tuple[int, str]]:
    """(first look, leader) of each era; with no lead of three looks at all, the fallback has the whole time."""
    long = []
    look = 0
    for name, run in groupby(leaders):
        length = len(list(run))
        if length >= LOOKS:
            long.append((look, name))
        look += length
    starts: list[tuple[int, str]] = []
    for first, name in long:
        if not starts or starts[-1][1] != name:
            starts.append((first if starts else 0, name))
    return starts or [(0, fallback)]


def leading(run: Run) -> list[str]:
    """The constraints worth relieving: the one that holds up the most overall, and the one that took over last; where
    those are one, the next largest that had an era. None where nothing ever waits."""
    totals = {name: float(run[f"binds_{name}"].mean()) for name in CONSTRAINTS}
    biggest = _largest(totals)
    if biggest == NOTHING:
        return []
    led = [era.constraint for era in eras(run) if era.constraint not in (NOTHING, biggest)]
    last = eras(run)[-1].constraint
    second = last if last in led else max(led, key=totals.__getitem__, default=None)
    return [biggest] if second is None else [biggest, second]


def chosen(names: Iterable[str]) -> list[str]:
    """The constraints asked for, each once; `import control` is `import_control`. Raises ChipgateError."""
    found = dict.fromkeys(name.strip().lower().replace(" ", "_").replace("-", "_") for name in names)
    for name in found:
        if name not in RELIEFS:
            near = closest(name, list(RELIEFS))
            hint = f"did you mean '{near}'? " if near else ""
            raise ChipgateError(f"no constraint is named '{name[:60]}'\n  {hint}there are {', '.join(RELIEFS)}")
    return list(found)


def _pair(run: Run, constraint: str, relieved: Run) -> PairedRun:
    """What the relieved run differs in, replication by replication."""
    effects = tuple(
        Effect(name, summarise(run[name]), summarise(relieved[name]), summarise(relieved[name] - run[name]))
        for name in NAMED
    )
    then = _largest({name: float(relieved[f"binds_{name}"].mean()) for name in CONSTRAINTS})
    same = all(
        key in relieved.outcomes and np.array_equal(values, relieved.outcomes[key], equal_nan=True)
        for key, values in run.outcomes.items()
    )
    return PairedRun(constraint, effects, then, same)


def _rules(scenario: Scenario) -> Iterator[Rule]:
    """The policies that act or are given up before the window ends, in order of time."""
    window = scenario.window
    found = []
    for name, policy in scenario.policies.items():
        day, told = policy.effective, _action(policy)
        if policy.withdrawn is not None:
            day, told = policy.withdrawn, f"withdrawn before it acts ({told})"
        if policy.announced is not None:
            told = f"{told}; announced {policy.announced.isoformat()}"
        if day < window.end and not (policy.withdrawn is not None and day < window.start):
            found.append(Rule(day, name, told, inside=day >= window.start))
    yield from sorted(found, key=lambda rule: (rule.day, rule.name))


def _action(policy: Policy) -> str:
    """What a policy does, in a few words."""
    match policy:
        case Policy(ban=Reach() as reach):
            return f"bans {_reached(reach)}"
        case Policy(lift=Reach() as reach):
            return f"lifts the ban on {_reached(reach)}"
        case Policy(licence=Reach() as reach):
            return f"{_reached(reach)} need a licence"
        case Policy(mandate=Mandate() as mandate):
            return f"domestic chips only for {_listed(mandate.segments)}"
        case Policy(push=Push() as push):
            return f"{show(push.factor, '')} times as many {_listed(push.segments)} projects"
        case Policy(enforcement=Enforcement() as enforcement):
            return f"{show(enforcement.interception, 'share')} of grey shipments are intercepted"
        case Policy(anchor_exit=AnchorExit() as leaving):
            return f"the contract {leaving.anchor} ends"
        case Policy(memory_control=MemoryControl()):
            return "foreign memory stops"
        case _:
            return "foreign tools for the foundry stop"


def _reached(reach: Reach) -> str:
    return reach.product or f"imports from {show(reach.threshold or 0.0, 'A100e')}"


# --- Sentences ---


def month(day: datetime.date) -> str:
    """A day's month and year in words."""
    return f"{calendar.month_name[day.month]} {day.year}"


def percent(share: float) -> str:
    """A share as whole per cent, or `less than 1 %`."""
    return "less than 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


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
    name = _capital(words(era.constraint))
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
        next_one = _largest(rest)
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
    return f"{_capital(_listed(told))}."


def _relieved(why: Explanation) -> str:
    if not why.paired:
        return "No paired run was made, so nothing is said about cause."
    told = [_paired_words(why.paired[0])]
    told += [_lower(_paired_words(pair, brief=True)) for pair in why.paired[1:]]
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
    return f"{opening}, {_listed(clauses)}{verdict}{'' if brief else f'; {_then(pair)}'}"


def _then(pair: PairedRun) -> str:
    if pair.then == NOTHING:
        return "nothing would then have waited"
    return f"{words(pair.then)} would {'still' if pair.then == pair.constraint else 'then'} have held up the most"


def _clause(effect: Effect, labelled: bool) -> str:
    """What an outcome would have been, with its interval."""
    mean, half = effect.change
    more = mean > 0
    amount, interval = _amount(effect, abs(mean), half)
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
            amount, interval = _amount(effect, mean, half)
            name = {"delivered": "compute delivered", "backlog": "mean backlog"}.get(effect.outcome, "median wait")
            interval = f", 95 % interval {interval}" if interval else ""
            told.append(f"{name} {'+' if mean > 0 else ''}{amount}{interval}")
    return "; ".join(told) or "no run has a value"


def _amount(effect: Effect, mean: float, half: float) -> tuple[str, str]:
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


def _listed(items: Sequence[str]) -> str:
    """a, b and c."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


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


# --- The strip ---

COLUMNS = 100
WIDEST = 80  # cells
MARGIN = 17  # columns of names
BLOCKS = " ▁▂▃▄▅▆▇█"
PLAIN_BLOCKS = " .:-=+*#@"  # where the blocks cannot be written
PICTURE_FORMATS = (".svg", ".png", ".pdf")
MARKS = "123456789abcdefghijklmnopqrstuvwxyz"
COLOURS = {
    "software": 141,
    "licence": 180,
    "transit": 109,
    "memory": 75,
    "import_control": 209,
    "import_volume": 221,
    "wafers": 114,
}
"""Of a terminal's 256; light enough for black letters on them."""


def strip(why: Explanation, colour: bool = False, blocks: str = BLOCKS) -> list[str]:
    """The split over time as lines of text, at most 100 columns: how to read it, which constraint holds up the most,
    each one's share by the height of its blocks, all that waits, the calendar and the rules. Letters and rows tell the
    constraints apart, colours only help."""
    count = len(why.days)
    per = max(1, math.ceil(count / WIDEST))
    cells = [slice(first, first + per) for first in range(0, count, per)]
    waiting = [_mean(why.waiting[cell]) for cell in cells]
    shown = [part for part in why.parts if part.total.mean > 0]
    peak = max(waiting)
    trace = TRACE_OF_NEED * peak

    def paint(text: str, constraint: str, background: bool = False) -> str:
        if not colour or constraint == NOTHING or not text.strip():
            return text
        code = f"30;48;5;{COLOURS[constraint]}" if background else f"38;5;{COLOURS[constraint]}"
        return f"\x1b[{code}m{text}\x1b[0m"

    def block(value: float, full: float) -> str:
        levels = len(blocks) - 1
        return blocks[0 if value < 0.005 * full else max(1, min(levels, round(value / full * levels)))]

    heights = {part.constraint: [_mean(part.looks[cell]) for cell in cells] for part in shown}
    leaders = [
        _largest({name: own[n] for name, own in heights.items()}) if waiting[n] > trace else NOTHING
        for n in range(len(cells))
    ]
    shares = {
        name: [held / all_of_it if all_of_it > trace else 0.0 for held, all_of_it in zip(own, waiting, strict=True)]
        for name, own in heights.items()
    }
    full = math.ceil(10 * max(max(own) for own in shares.values()) - 1e-9) / 10
    amount, unit = scale_of(peak, "A100e")
    lines = [
        f"Each constraint's share of the need that waits, every {int(SAMPLE) * per} weeks: "
        f"a full block is {percent(full)}.",
        f"All that waits: a full block is {rounded(peak / amount, decimals(math.nan, peak / amount))} {unit}.",
        "",
    ]
    letters = [(name, (RELIEFS[name].letter if name else " ") * len(list(run))) for name, run in groupby(leaders)]
    lines.append(f"{'holds up most':<{MARGIN}}" + "".join(paint(text, name, background=True) for name, text in letters))
    for name, own in shares.items():
        row = "".join(block(share, full) for share in own)
        letter = paint(RELIEFS[name].letter, name, background=True)  # pale names would be lost on white
        lines.append(f"{letter} {words(name):<{MARGIN - 2}}{paint(row, name)}")
    lines.append(f"{'all that waits':<{MARGIN}}" + "".join(block(need, peak) for need in waiting))
    lines += [" " * MARGIN + row for row in _calendar(why, per, len(cells))]
    lines += _marks(why, per, len(cells))
    return [line.rstrip() for line in lines]


def writable_blocks(encoding: str | None) -> str:
    """The blocks, or plain characters where an encoding has none."""
    try:
        BLOCKS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN_BLOCKS
    return BLOCKS


def picture_format(path: Path, overwrite: bool) -> str:
    """The format that a picture's name asks for. Raises ChipgateError for another one, and for a place that is taken or
    does not exist, before any work is done."""
    form = path.suffix.lower()
    if form not in PICTURE_FORMATS:
        raise ChipgateError(f"'{path}' is no picture's name: it must end in {', '.join(PICTURE_FORMATS)}")
    if path.is_dir():
        raise ChipgateError(f"'{path}' is a folder; name a file")
    if os.path.lexists(path) and not overwrite:
        raise ChipgateError(f"'{path}' exists already; name another file, or add --overwrite to replace it")
    if not path.parent.is_dir():
        raise ChipgateError(f"there is no folder '{path.parent}' for the picture")
    return form[1:]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _cell(why: Explanation, day: datetime.date, per: int) -> int:
    return int((day - why.start).days / 7 / SAMPLE / per)


def _calendar(why: Explanation, per: int, cells: int) -> list[str]:
    """Rows that name years and, where there is room, quarters."""
    years = [max(why.start, datetime.date(year, 1, 1)) for year in range(why.start.year, why.end.year + 1)]
    rows = [_placed([(_cell(why, day, per), f"{day.year}") for day in years if day < why.end], cells)]
    if per == 1:
        quarters = [datetime.date(day.year, number, 1) for day in years for number in (1, 4, 7, 10)]
        inside = [day for day in quarters if why.start <= day < why.end]
        rows.append(_placed([(_cell(why, day, per), f"Q{(day.month + 2) // 3}") for day in inside], cells))
    return [row for row in rows if row]


def _placed(labels: Iterable[tuple[int, str]], cells: int) -> str:
    """Labels at their cells on one row; one that would touch the one before is left out."""
    row = ""
    for cell, label in labels:
        if cell < cells and (not row or cell > len(row)):
            row = row.ljust(cell) + label
    return row


def _marks(why: Explanation, per: int, cells: int) -> list[str]:
    """Rows of marks below the axis, one for each rule inside the window; a second row where two meet."""
    rows: list[dict[int, str]] = []
    for mark, rule in _marked(why):
        if mark:
            cell = min(_cell(why, rule.day, per), cells - 1)
            row = next((row for row in rows if cell not in row), None)
            if row is None:
                row = {}
                rows.append(row)
            row[cell] = mark
    lines = []
    for n, row in enumerate(rows):
        name = "rules" if n == 0 else ""
        lines.append(f"{name:<{MARGIN}}" + "".join(row.get(cell, " ") for cell in range(cells)))
    return lines


def _marked(why: Explanation) -> list[tuple[str, Rule]]:
    """Each rule with its mark; none for those in force before the window, nor beyond the last mark."""
    inside = iter(MARKS)
    return [(next(inside, "") if rule.inside else "", rule) for rule in why.rules]


# --- Text ---


def explanation_text(why: Explanation, colour: bool = False, blocks: str = BLOCKS) -> str:
    """The strip, the rules, the parts, the paired runs and the sentences, at most 100 columns wide."""
    many = why.replications
    lines = [
        f"{why.scenario}: what binds, {many:,} replication{'s' * (many != 1)}, seed {why.seed}, "
        f"{why.start} to {why.end}",
        *_wrapped(why.question),
        "",
    ]
    if why.total.mean:
        lines += [*strip(why, colour, blocks), ""]
        for mark, rule in _marked(why):
            lines += _wrapped(f"{mark or '-'}  {rule.day}  {rule.name}: {rule.told}", indent=15)
        lines += [""] if why.rules else []
        lines += [_parts_table(why), ""]
        lines += [_paired_table(why), *_gaps(why), ""] if why.paired else []
    for told in sentences(why):
        lines += _wrapped(told)
    lines += ["", *_wrapped(" ".join(reading_help(why))), *_wrapped(SENTENCE)]
    return "\n".join(lines)


def _wrapped(text: str, indent: int = 0) -> list[str]:
    """Lines of at most so many columns; a number keeps its per cent sign."""
    lines = textwrap.wrap(text.replace(" %", "\u00a0%"), COLUMNS, subsequent_indent=" " * indent)
    return [line.replace("\u00a0", " ") for line in lines] or [""]


def _parts_table(why: Explanation) -> str:
    """The parts from the largest down, on one scale, and their sum."""
    divisor, unit = scale_of(why.total.mean, "A100e-weeks")
    rows = []
    for part in sorted(why.parts, key=lambda part: -part.total.mean):
        card = RELIEFS[part.constraint]
        rows.append((card.letter, card.words, *_scaled(part.total, divisor), percent(part.share), card.holds))
    rows.append(("", "all", *_scaled(why.total, divisor), "100 %", ""))
    headings = ("", "what binds", unit, "95 % interval", "share", "the need that ...")
    table = aligned(headings, rows, right=(2, 4))
    if max(map(len, table.splitlines())) > COLUMNS:  # the words are the first to go
        table = aligned(headings[:-1], [row[:-1] for row in rows], right=(2, 4))
    return table


def _scaled(summary: Summary, divisor: float) -> tuple[str, str]:
    """Mean and interval on a common scale."""
    places = min(3, decimals(summary.half_width / divisor, summary.mean / divisor))
    interval = ""
    if math.isfinite(summary.half_width) and summary.mean:
        interval = f"{rounded(summary.low / divisor, places)} to {rounded(summary.high / divisor, places)}"
    return rounded(summary.mean / divisor, places) if summary.mean else "0", interval


def _paired_table(why: Explanation) -> str:
    """What each paired run changes."""
    rows = []
    for pair in why.paired:
        for n, effect in enumerate(pair.effects):
            size = max(abs(effect.base.mean), abs(effect.relieved.mean))
            divisor, unit = scale_of(size, effect.card.unit) if math.isfinite(size) else (1.0, effect.card.unit)
            texts = [
                rounded(value.mean / divisor, decimals(value.half_width / divisor, abs(value.mean) / divisor))
                if value.having
                else "none"
                for value in (effect.base, effect.relieved)
            ]
            difference, interval = _amount(effect, *effect.change) if effect.difference.having else ("", "")
            if pair.unchanged:
                difference, interval = "none", ""
            sign = "+" if effect.difference.mean > 0 else ""
            rows.append(
                (words(pair.constraint) if n == 0 else "", effect.outcome, unit, *texts, sign + difference, interval)
            )
    headings = ("relieved alone", "outcome", "unit", "as it is", "relieved", "difference", "95 % interval, paired")
    return aligned(headings, rows, right=(3, 4, 5))


def _gaps(why: Explanation) -> list[str]:
    """Where a value does not exist in every run."""
    return [
        line
        for pair in why.paired
        for effect in pair.effects
        if effect.partial
        for line in _wrapped(f"Only {effect.pairs} have a {effect.outcome} with and without {words(pair.constraint)}.")
    ]


# --- As data ---


def explanation_record(why: Explanation) -> dict[str, Any]:
    """Everything as JSON takes it: None for what does not exist."""
    return {
        "label": LABEL,
        "scenario": why.scenario,
        "question": why.question,
        "seed": why.seed,
        "replications": why.replications,
        "unit": "A100e-weeks",
        "total": _record(why.total),
        "parts": [
            {"constraint": part.constraint, "share": _finite(part.share), **_record(part.total)} for part in why.parts
        ],
        "eras": [
            {
                "constraint": era.constraint or None,
                "start": era.start.isoformat(),
                "end": era.end.isoformat(),
                "share": _finite(era.share),
                "runs_agreeing": era.agreeing,
            }
            for era in why.eras
        ],
        "looks": {
            "unit": "A100e",
            "dates": [day.isoformat() for day in why.days],
            **{part.constraint: list(part.looks) for part in why.parts},
        },
        "paired_runs": [
            {
                "relieved": pair.constraint,
                "override": RELIEFS[pair.constraint].opening,
                "what_then_holds_up_most": pair.then or None,
                "unchanged": pair.unchanged,
                "effects": [
                    {
                        "outcome": effect.outcome,
                        "unit": effect.card.unit,
                        "base": _record(effect.base),
                        "relieved": _record(effect.relieved),
                        "difference": _record(effect.difference),
                        "pairs_of_runs": effect.difference.having,
                        "worth_naming": effect.named,
                    }
                    for effect in pair.effects
                ],
            }
            for pair in why.paired
        ],
        "rules": [{"date": rule.day.isoformat(), "name": rule.name, "told": rule.told} for rule in why.rules],
        "sentences": list(sentences(why)),
        "reading": reading_help(why),
    }


def _record(summary: Summary) -> dict[str, float | None]:
    exists = math.isfinite(summary.half_width)
    return {
        "mean": _finite(summary.mean),
        "low": summary.low if exists else None,
        "high": summary.high if exists else None,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


# --- One project ---


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


STATES = ("ports", "takes CUDA only", "takes domestic chips")
IMPORTED = ("licence", "transit", "import_control", "import_volume")
DOMESTIC = ("memory", "wafers")


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
        held=_held(own, ledger.of(f.WhatBinds), arrival, end),
    )


def _found(ledger: Ledger, scenario: Scenario, project: str, replication: int) -> str:
    """The name of a project that arrived."""
    names = [fact.project for fact in ledger.of(f.ProjectArrived)]
    if project in names:
        return project
    if not names:
        raise ChipgateError(f"no project arrives in replication {replication} of '{scenario.name}'")
    if project.isascii() and project.isdigit():
        if 1 <= int(project) <= len(names):
            return names[int(project) - 1]
        raise ChipgateError(
            f"there is no project {project}: {len(names):,} arrive in replication {replication}, the first is 1"
        )
    if project in scenario.projects:
        day = scenario.projects[project].arrives
        raise ChipgateError(f"'{project}' arrives on {day}, outside the window of '{scenario.name}'")
    shown = "".join(letter for letter in project[:60] if letter.isprintable())
    near = difflib.get_close_matches(project[:60].lower(), names, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(repr(name) for name in near)}? " if near else ""
    counts: dict[str, int] = defaultdict(int)
    for fact in ledger.of(f.ProjectArrived):
        counts[fact.segment if fact.project not in scenario.projects else fact.project] += 1
    known = [
        key if key in scenario.projects else (f"{key}-0" if many == 1 else f"{key}-0 to {key}-{many - 1}")
        for key, many in sorted(counts.items())
    ]
    raise ChipgateError(
        f"no project named '{shown}' arrives in replication {replication}\n  {hint}there are {', '.join(known)}"
    )


def _held(
    own: Sequence[f.Fact], looks: Sequence[f.WhatBinds], arrival: f.ProjectArrived, end: float
) -> dict[str, float]:
    """Weeks by what held the project up: software while it ports; while it takes CUDA only, the largest of the parts of
    imports at the next look; after that, the larger of memory and wafers. The facts split the need of all who wait, so
    this is what held up need like its own."""
    changes = [(arrival.time, "takes CUDA only" if arrival.insists else "takes domestic chips")]
    for fact in own:
        if isinstance(fact, f.PortingStarted):
            changes.append((fact.time, "ports"))
        elif isinstance(fact, f.PortingFinished):
            changes.append((fact.time, "takes domestic chips"))
    weeks: dict[str, float] = defaultdict(float)
    for (start, state), (stop, _) in pairwise([*changes, (end, "")]):
        borders = [start, *(look.time for look in looks if start < look.time < stop), stop]
        for before, after in pairwise(borders):
            weeks[_holder(state, after, looks)] += after - before
    return {name: spent for name, spent in sorted(weeks.items(), key=lambda item: -item[1]) if spent > 0}


def _holder(state: str, time: float, looks: Sequence[f.WhatBinds]) -> str:
    """What held up need like its own at the first look from then on, else at the last one before."""
    if state == "ports":
        return "software"
    parts = IMPORTED if state == "takes CUDA only" else DOMESTIC
    at = next((n for n, look in enumerate(looks) if look.time >= time), len(looks) - 1)
    for look in (looks[at], looks[max(0, at - 1)]):
        name = _largest({part: float(getattr(look, part)) for part in parts})
        if name != NOTHING:
            return name
    return "software" if state == "takes CUDA only" and looks[at].software > 0 else parts[-1]


def life_text(life: Life) -> str:
    """The story with its heading, its closing words and the label."""
    head = f"{life.scenario}: the life of {life.project}, replication {life.replication}, seed {life.seed}"
    closing = _wrapped(closing_words(life))
    rule = "What held it up is told by rule, for need like its own, every four weeks: attribution, not cause."
    return "\n".join([head, "", *life.story, "", *closing, "", rule, *_wrapped(SENTENCE)])


def closing_words(life: Life) -> str:
    """How long it waited, what it got from which products, what it paid, and what held it up."""
    got = sum(life.received.values())
    waited = "less than a week" if life.weeks < 1 else f"{life.weeks:.0f} week{'s' * (round(life.weeks) != 1)}"
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
    origins = _listed([f"{compute:,.0f} A100e from {product}" for product, compute in products])
    share = "all" if life.fate == "served" else percent(got / life.need)
    return (
        f"{told} It received {share} of the {life.need:,.0f} A100e it asked for: {origins}. "
        f"It paid {show(life.paid, 'yuan')}, {show(life.paid / got, 'yuan')} an A100e.{_held_words(life)}"
    )


def _held_words(life: Life) -> str:
    if not life.held:
        return " Nothing held it up."
    parts = [
        f"{words(name)} for {weeks:.0f} week{'s' * (round(weeks) != 1)}" if weeks >= 0.5 else f"{words(name)} briefly"
        for name, weeks in life.held.items()
    ]
    return f" It was held up by {_listed(parts)}."


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
        "story": list(life.story),
        "closing": closing_words(life),
    }
