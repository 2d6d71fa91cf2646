"""What a result rests on: each assumption alone at both ends of its range, under common random numbers.

First the zero test. The same luck meets every world, so an assumption without effect changes nothing at all: two
replications at both ends of its range show it, and it is run no more. How far the outcome moves between the ends of the
others makes a tornado; its order is told only as far as it stands when the replications are drawn again.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from sim.base.errors import ChipgateError
from sim.base.judgement import NOISE
from sim.base.rounding import percent
from sim.base.statistics import Summary, finite, summarise
from sim.base.wording import capital, listed
from sim.exhibits.exhibit import Column, Estimate, Exhibit, Name, change_scale, phrase
from sim.exhibits.page import Page, Said
from sim.experiment.cases import Ask, Case, key_asked
from sim.experiment.comparison import refuse_unfit
from sim.experiment.room import Floats
from sim.outcomes.cards import OUTCOMES, label_of
from sim.outcomes.keys import Key
from sim.scenario.ends import End, along_with, ends_of
from sim.scenario.load import SourcedScenario
from sim.scenario.parts import Scenario
from sim.scenario.sampling import Input, input_of, inputs_of, shared_inputs, varying, why_fixed
from sim.scenario.variants import with_values
from sim.studies.study import Study, set_beside

FEWEST = 3
"""Replications, and pairs at an end, below which nothing can be told."""
FIRST = 2
"""Replications of the zero test."""
RESAMPLES = 1000
STANDS = 0.9
"""Share of the resamples in which an order must be the same."""
SHOWN = 12
"""Inputs on a page and in a picture, if nothing else is said."""
FEW = 3
"""Names of those that are not shown."""


class Side(NamedTuple):
    """An input at one end of its range."""

    at: str
    """Where it stands, as a scenario's file would say it."""
    end: str
    """The end itself, which what it keeps may not let it reach."""
    change: Summary
    """What it changes of the outcome, or of the difference, in pairs of replications."""
    value: Summary
    """What the outcome or the difference then is."""
    kept: str
    """What it keeps, see `sim.scenario.ends.End`."""

    @property
    def clear(self) -> bool:
        """Whether the interval of the change leaves out 0."""
        return abs(self.change.mean) > self.change.half_width


@dataclass(frozen=True)
class Swing:
    """What an input with an effect does between the ends of its range."""

    input: Input
    along: tuple[str, ...]
    """Others that always stand where it does in their ranges, and went with it."""
    low: Side
    high: Side
    size: Summary
    """How far the outcome moves from end to end, with a plus where it rises with the input; where it is bent, how far
    the end that moves it more does, without a sign."""
    rank: int | None = None
    """Its place from the largest down, as far as the order stands."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All that moved: the input and those that went along."""
        return (self.input.key, *self.along)

    @property
    def name(self) -> str:
        """The input's key, and how many went along."""
        return f"{self.input.key} (+{len(self.along)})" if self.along else self.input.key

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both."""
        return self.low, self.high

    @property
    def bent(self) -> bool:
        """Whether both ends move the outcome the same way, so that it neither rises nor falls with the input."""
        return _same_way(*self.sides)

    @property
    def known(self) -> bool:
        """Whether the outcome exists in pairs enough."""
        return min(side.change.n for side in self.sides) >= FEWEST

    @property
    def clear(self) -> bool:
        """Whether the change at one of its ends lies beyond the noise."""
        return self.known and any(side.clear for side in self.sides)

    @property
    def place(self) -> str:
        """Its rank, or why it has none."""
        if not self.known:
            return "cannot tell"
        if not self.clear:
            return "within the noise"
        return "no order yet" if self.rank is None else str(self.rank)


@dataclass(frozen=True, repr=False)
class Sensitivity(Study):
    """What an outcome of a scenario rests on, or how much another scenario changes it."""

    scenarios: tuple[str, ...]
    key: Key
    seed: int
    replications: int
    now: Summary
    """The outcome as the scenario is, or the difference of the second less the first."""
    rows: tuple[Swing, ...]
    """The inputs that change something, the largest swing first and what cannot be told last."""
    first: float
    """Share of the resamples in which the first row is first."""
    unmoved: tuple[str, ...]
    """Inputs that change nothing wherever tried."""
    untried: tuple[tuple[str, str], ...]
    """Inputs that could not be tried alone, each with the reason."""
    apart: tuple[str, ...]
    """Assumptions in which the two scenarios differ, so that each keeps its own."""
    runs: int
    """Replications of scenarios that it rests on."""
    shown: int = SHOWN
    """Rows that its page has, at most."""

    @property
    def ranked(self) -> tuple[Swing, ...]:
        """The rows whose order stands."""
        return tuple(row for row in self.rows if row.rank is not None)

    @property
    def compared(self) -> bool:
        """Whether it is about a difference."""
        return len(self.scenarios) > 1

    @property
    def about(self) -> str:
        """The outcome, in words."""
        period = f" of {self.key.period}" if self.key.period else ""
        return f"{label_of(self.key)}{period}"

    @property
    def of(self) -> str:
        """The scenario, or both."""
        return " less ".join(reversed(self.scenarios))

    @property
    def scale(self) -> tuple[float, str]:
        """What to divide changes by, and the unit that they then have."""
        sizes = [abs(row.size.mean) for row in self.rows if row.known]
        return change_scale(max(sizes, default=0.0), OUTCOMES[self.key.outcome].unit)

    def value(self, summary: Summary) -> str:
        """What the outcome or the difference is, in words."""
        unit = OUTCOMES[self.key.outcome].unit
        return phrase(Estimate(summary.mean, summary.half_width, unit, change=self.compared), sign=self.compared)

    def content(self) -> Page:
        """The tornado as a table, what it says and how to read it."""
        return Page(
            title=f"What {self.about} rests on: {self.of}, {self.replications} replications, seed {self.seed}",
            parts=(Said("conclusions", tuple(_conclusions(self))), _table(self)),
            facts={
                "study": "sensitivity",
                "scenarios": list(self.scenarios),
                "outcome": self.key.name,
                "period": str(self.key.period) if self.key.period else None,
                "seed": self.seed,
                "replications": self.replications,
                "runs": self.runs,
                **_record("now", self.now),
                "unmoved": list(self.unmoved),
                "untried": dict(self.untried),
                "apart": list(self.apart),
            },
            notes=tuple(_notes(self)),
            elsewhere="--json has them",
        )


# --- The runs ---


class Trial(NamedTuple):
    """An input at one end of its range."""

    input: Input
    along: tuple[str, ...]
    """Other inputs that go to the same end with it."""
    end: End
    worlds: tuple[Scenario, ...]
    """Each of the scenarios there; none where the input stands there already."""


def sensitivity(
    scenarios: Sequence[SourcedScenario],
    outcome: str,
    ask: Ask,
    replications: int = 10,
    seed: int = 1,
    *,
    levers: bool = False,
    low_only: bool = False,
    keys: Sequence[str] = (),
) -> Sensitivity:
    """What an outcome of one scenario rests on, or of two the difference of the second less the first.

    The inputs are the uncertainties that have a range; with `levers` also what somebody decides, with `low_only` only
    those of low confidence, or else those that `keys` names. `ask` is asked for the scenarios as they are, for the zero
    test, and for the inputs that pass it. Raises ChipgateError before that.
    """
    if len(scenarios) > 1:
        refuse_unfit(scenarios)
    if replications < FEWEST:
        raise ChipgateError(f"a swing is told from noise by {FEWEST} replications or more, such as -n 10")
    key = key_asked([each.scenario for each in scenarios], outcome)
    shared = {each.key: each for each in shared_inputs(scenarios)}
    trials, untried = _trials(scenarios, shared, _chosen(scenarios, shared, levers, low_only, keys))

    bases = [found[key] for found in ask([Case(each.scenario, seed, range(replications)) for each in scenarios])]

    def computed(some: Sequence[Trial], numbers: range) -> list[list[Floats]]:
        cases = [Case(world, seed, numbers) for trial in some for world in trial.worlds]
        found = iter(ask(cases) if cases else ())
        as_it_is = [base[numbers.start : numbers.stop] for base in bases]
        return [[next(found)[key] for _ in trial.worlds] or as_it_is for trial in some]

    now = bases[-1] - bases[0] if len(bases) > 1 else bases[0]
    rows, first, unmoved, runs = list[Swing](), 0.0, list[str](), len(bases) * replications
    if (~np.isnan(now)).sum() >= FEWEST:
        start = computed(trials, range(FIRST))
        moving = {trial.input.key for trial, values in zip(trials, start, strict=True) if _moves(bases, values)}
        still = [(trial.input.key, *trial.along) for trial in trials[::2] if trial.input.key not in moving]
        unmoved = [key for keys in still for key in keys]
        kept = [n for n, trial in enumerate(trials) if trial.input.key in moving]
        rest = [trials[n] for n in kept]
        more = computed(rest, range(FIRST, replications))
        ends = [
            [np.concatenate(both) for both in zip(start[n], later, strict=True)]
            for n, later in zip(kept, more, strict=True)
        ]
        rows, first = _rows(rest, now, np.array([_change(bases, values) for values in ends]), f"{seed}/{key}")
        runs += FIRST * _runs(trials) + (replications - FIRST) * _runs(rest)
    return Sensitivity(
        scenarios=tuple(each.scenario.name for each in scenarios),
        key=key,
        seed=seed,
        replications=replications,
        now=summarise(now),
        rows=tuple(rows),
        first=first,
        unmoved=tuple(unmoved),
        untried=tuple(untried),
        apart=() if keys else _apart(scenarios, shared),
        runs=runs,
        beside=set_beside(scenarios),
    )


def _chosen(
    scenarios: Sequence[SourcedScenario], shared: dict[str, Input], levers: bool, low_only: bool, keys: Sequence[str]
) -> list[Input]:
    """The inputs that are wanted. Raises ChipgateError."""
    if keys and (levers or low_only):
        raise ChipgateError("either name the keys to vary, or choose by levers and low confidence")
    for key in keys:
        for each in scenarios:
            input_of(each, key)
        if key not in shared:
            differ = len(scenarios) > 1 and any(own.key == key for own in inputs_of(scenarios[0]))
            why = "the scenarios differ in it" if differ else f"it {why_fixed(scenarios[0], key)}"
            raise ChipgateError(f"'{key}' cannot vary: {why}")
    if keys:
        return [shared[key] for key in dict.fromkeys(keys)]
    found = list(filter(varying(levers=levers, low_only=low_only), shared.values()))
    if not found:
        what = " of low confidence" if low_only else ""
        raise ChipgateError(f"no assumption{what} of {scenarios[0].scenario.name} has a range that could vary")
    return found


def _trials(
    scenarios: Sequence[SourcedScenario], shared: dict[str, Input], inputs: Sequence[Input]
) -> tuple[list[Trial], list[tuple[str, str]]]:
    """Each input at its low and its high end; and those that cannot be tried there, with the reason."""
    trials, untried, done = list[Trial](), list[tuple[str, str]](), set[str]()
    for own in inputs:
        if own.key in done:
            continue
        along = along_with(scenarios, shared, own.key)
        done |= {own.key, *along}
        try:
            both = [
                Trial(
                    own, along, end, tuple(with_values(each, end.values).scenario for each in scenarios if end.values)
                )
                for end in ends_of(scenarios, shared, own.key)
            ]
        except ChipgateError as error:
            untried.append((own.key, str(error).partition("\n")[0]))
            continue
        if any(trial.worlds for trial in both):
            trials += both
        else:
            untried.append((own.key, f"it cannot move alone, for it {both[0].end.kept}"))
    return trials, untried


def _apart(scenarios: Sequence[SourcedScenario], shared: dict[str, Input]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(own.key for each in scenarios for own in inputs_of(each) if own.key not in shared))


def _runs(trials: Sequence[Trial]) -> int:
    return len([world for trial in trials for world in trial.worlds])


# --- What they say ---


def _moves(bases: Sequence[Floats], ends: Sequence[Floats]) -> bool:
    """Whether an end changes anything in any of the scenarios, be it that the outcome exists; rounding aside."""
    return any(
        not np.allclose(base[: len(end)], end, rtol=NOISE, atol=0, equal_nan=True)
        for base, end in zip(bases, ends, strict=True)
    )


def _change(bases: Sequence[Floats], ends: Sequence[Floats]) -> Floats:
    """What an end changes of the outcome or of the difference, by replication; 0 where that is rounding, nan where the
    outcome does not exist."""
    moved = [end - base for base, end in zip(bases, ends, strict=True)]
    change = moved[-1] - moved[0] if len(moved) > 1 else moved[0]
    size = np.max(np.abs([*bases, *ends]), axis=0)
    return np.where(np.abs(change) <= NOISE * size, 0.0, change)


def _rows(trials: Sequence[Trial], now: Floats, changes: Floats, stream: str) -> tuple[list[Swing], float]:
    """The swings from the largest down, ranked as far as the order stands, and how surely the first is first; changes
    of shape (trials, replications), of which each input has two in a row."""
    pairs = list(zip(trials[::2], trials[1::2], changes[::2], changes[1::2], strict=True))
    found = [(_swing(low, high, now, at_low, at_high), at_low, at_high) for low, high, at_low, at_high in pairs]
    found.sort(key=lambda each: (not each[0].known, -abs(each[0].size.mean)))
    known = [each for each in found if each[0].known]
    if not known:
        return [row for row, *_ in found], 0.0
    standing = _standing(np.array([[low, high] for _, low, high in known]), stream)
    rows, ranked = list[Swing](), True
    for n, (row, *_) in enumerate(found):
        ranked = ranked and row.clear and standing[n] >= STANDS
        rows.append(replace(row, rank=n + 1) if ranked else row)
    return rows, standing[0]


def _swing(low: Trial, high: Trial, now: Floats, at_low: Floats, at_high: Floats) -> Swing:
    def side(trial: Trial, end: float, change: Floats) -> Side:
        own = trial.input
        return Side(
            own.text(trial.end.number), own.text(end), summarise(change), summarise(now + change), trial.end.kept
        )

    own, sides = low.input, (side(low, low.input.low, at_low), side(high, low.input.high, at_high))
    ways = [at_high - at_low, at_high, -at_low]
    if _same_way(*sides):
        ways = [math.copysign(1, sides[0].change.mean) * way for way in (at_low, at_high)]
    size = max(map(summarise, ways), key=lambda way: abs(way.mean) if way.n else -1.0)
    return Swing(own, low.along, *sides, size)


def _same_way(low: Side, high: Side) -> bool:
    return low.change.mean * high.change.mean > 0


def _standing(changes: Floats, stream: str) -> list[float]:
    """The share of resamples of the replications in which the first row, the first two, the first three and so on are
    the same; changes of shape (inputs, 2, replications). Of two that are equal neither is first."""
    many, luck = changes.shape[-1], random.Random(f"sensitivity/{stream}")
    drawn = [[int(many * luck.random()) for _ in range(many)] for _ in range(RESAMPLES)]
    counts = np.array([np.bincount(numbers, minlength=many) for numbers in drawn]).T
    with np.errstate(invalid="ignore"):  # no value in a resample: such an order does not stand
        low, high = np.moveaxis((np.nan_to_num(changes) @ counts) / (~np.isnan(changes) @ counts), 1, 0)
    sizes = np.max([np.abs(high - low), np.abs(high), np.abs(low)], axis=0)
    below = np.maximum.accumulate(sizes[::-1], axis=0)[::-1]
    larger = sizes > (1 + NOISE) * np.vstack([below[1:], np.zeros(RESAMPLES)])
    return [float(share) for share in np.logical_and.accumulate(larger, axis=0).mean(axis=1)]


# --- On paper ---


def _table(study: Sensitivity) -> Exhibit[Swing]:
    divisor, unit = study.scale

    def column(key: str, label: str, of: Callable[[Swing], Summary], rank: int) -> Column[Swing]:
        def cell(row: Swing) -> Estimate:
            sign = key != "swing" or not row.bent
            return Estimate(of(row).mean / divisor, of(row).half_width / divisor, change=sign)

        return Column(key, cell, label, {"mean": 0, "interval": rank})

    return Exhibit(
        key="swings",
        title=f"Change of {study.about} at both ends of each range, {unit}",
        columns=(
            Column("input", lambda row: Name(row.input.key, row.name), "assumption"),
            Column("low", lambda row: row.low.at, "low end", {"mean": 1}),
            column("low_change", "at low", lambda row: row.low.change, 2),
            Column("high", lambda row: row.high.at, "high end", {"mean": 1}),
            column("high_change", "at high", lambda row: row.high.change, 2),
            column("swing", "swing", lambda row: row.size, 3),
            Column("order", lambda row: row.place, "order"),
        ),
        rows=study.rows[: study.shown],
        notes=lambda rows: [note for row in rows for note in _gaps(study, row)],
        record=_row_record,
    )


def _gaps(study: Sensitivity, row: Swing) -> list[str]:
    """Where an input stands short of an end, or something moves with it, or replications are missing."""
    told = [f"{row.input.key} takes along what is alike: {listed(row.along)}."] if row.along else []
    for side in row.sides:
        short = f", not at {side.end}" if side.at != side.end else ""
        told += [f"{row.input.key} stands at {side.at}{short}: {side.kept}."] if side.kept else []
    fewest = min(side.change.n for side in row.sides)
    if fewest < study.replications:
        told.append(f"{row.input.key}: the outcome exists in {fewest} of {study.replications} pairs at an end.")
    return told


def _row_record(row: Swing) -> dict[str, Any]:
    found: dict[str, Any] = {"input": row.input.key, "along": ", ".join(row.along) or None}
    for end, side in (("low", row.low), ("high", row.high)):
        found |= {end: side.at, **_record(f"{end}_change", side.change), **_record(f"{end}_value", side.value)}
        found[f"{end}_keeps"] = side.kept or None
    about = {"lever": row.input.lever, "confidence": row.input.confidence or None}
    return found | _record("swing", row.size) | {"same_way": row.bent, "rank": row.rank, "order": row.place} | about


def _record(name: str, summary: Summary) -> dict[str, Any]:
    ends = {name: summary.mean, f"{name}_low": summary.low, f"{name}_high": summary.high}
    return {**{key: finite(value) for key, value in ends.items()}, f"{name}_n": summary.n}


def _conclusions(study: Sensitivity) -> list[str]:
    """What the rows say, the most important first."""
    if study.now.n < FEWEST:
        where = "in both scenarios " if study.compared else ""
        return [
            f"Cannot tell: {study.about} exists {where}in {study.now.n} of {study.replications} replications, and "
            f"fewer than {FEWEST} say nothing. Take more replications, or another outcome."
        ]
    told = [f"{capital(study.about)} of {study.of}: {study.value(study.now)}.", *_order(study), *_turns(study)]
    clear, both = [row for row in study.rows if row.clear], " of both scenarios" * study.compared
    bent = [row for row in clear if row.bent and all(side.clear for side in row.sides)]
    groups = (
        (f"change nothing wherever tried (at both ends, in {FIRST} replications{both})", study.unmoved),
        ("stay within the noise at both ends", _keys(row for row in study.rows if row.known and not row.clear)),
        ("move it the same way at both ends, so that more may lie between", _keys(bent)),
        (
            "cannot be told, for the outcome hardly ever exists there",
            _keys(row for row in study.rows if not row.known),
        ),
    )
    many = len(_keys(study.rows)) + len(study.unmoved)
    told += [f"{len(keys)} of {many} assumptions {what}: {_some(study, keys)}." for what, keys in groups if keys]
    if study.apart:
        told.append(
            f"The scenarios differ in {len(study.apart)} more, which keep their values: {_some(study, study.apart)}."
        )
    return told + [f"{key} could not be tried: {reason}." for key, reason in study.untried]


def _order(study: Sensitivity) -> list[str]:
    """The assumptions that move it most, as far as their order stands."""
    clear = [row for row in study.rows if row.clear]
    if not clear:
        return ["No assumption moves it beyond the noise."] if study.rows else []
    if not study.ranked:
        row, share = study.rows[0], percent(study.first)
        return [f"No order yet: {row.input.key} swings most here, and is first in {share} of the resamples only."]
    first, *more = study.ranked
    squares = [row.size.mean**2 for row in study.rows if row.known]
    alone = percent(first.size.mean**2 / math.fsum(squares))
    told = [
        f"{first.input.key} moves it most: {study.value(first.low.value)} at {first.low.at}, "
        f"{study.value(first.high.value)} at {first.high.at}.",
        f"Were effects straight lines that add up, it would carry {alone} of the variance over the ranges tried.",
    ]
    if more:
        told.append(f"After it, in this order: {', '.join(row.input.key for row in more)}.")
    if len(clear) > len(study.ranked):
        told.append(f"Of {len(clear) - len(study.ranked)} further ones beyond the noise there is no order yet.")
    return told


def _turns(study: Sensitivity) -> list[str]:
    """Where a difference changes its sign."""
    if not study.compared or not _sign(study.now):
        return []
    turned = [
        f"{row.input.key} at {side.at} ({study.value(side.value)})"
        for row in study.rows
        for side in row.sides
        if _sign(side.value) == -_sign(study.now)
    ]
    return [
        f"The difference changes its sign with {listed(turned)}." if turned else "At no end does it change its sign."
    ]


def _sign(summary: Summary) -> int:
    """1 or -1 where its interval leaves 0 out, else 0; with too few pairs nothing does."""
    clear = summary.n >= FEWEST and abs(summary.mean) > summary.half_width
    return (1 if summary.mean > 0 else -1) if clear else 0


def _keys(rows: Iterable[Swing]) -> list[str]:
    return [key for row in rows for key in row.keys]


def _some(study: Sensitivity, keys: Sequence[str]) -> str:
    """Keys: all of them where the page has all rows, else the first few."""
    whole = len(keys) <= FEW or study.shown >= len(study.rows)
    return listed(keys if whole else [*keys[:FEW], f"{len(keys) - FEW} more"])


def _notes(study: Sensitivity) -> list[str]:
    if not study.rows:
        return []
    order = f"{STANDS:.0%}".replace("%", " %")
    return [
        "Each assumption stands alone at an end of its range, all else as it is; changes are means of "
        f"{study.replications} pairs with common random numbers. Each 95 % interval holds for itself, so of many "
        "assumptions a few look clear by luck.",
        "swing: how far it moves from end to end, with a plus where it rises with the assumption; where both ends move "
        "it the same way, how far the farther one does, without a sign. within the noise: no "
        "end changes it by more than half of its interval's width. It is as wide as the stated range is, and no "
        "probability.",
        f"order: told as far as it stands in {order} of {RESAMPLES:,} resamples of the replications. Even so, two that "
        "are equal but for luck get an order in one of five cases, and with three or four replications in two of five.",
        "A tornado moves one assumption at a time, so it sees no interactions: what two do only together.",
    ]
