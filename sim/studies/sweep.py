"""A sweep: outcomes of a scenario, or of two their difference, at several values of one key or two, and what binds
there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

from sim.base.errors import ChipgateError
from sim.base.judgement import NOISE, all_agree, paired
from sim.base.rounding import scale_of
from sim.base.statistics import Summary, finite, mean, summarise
from sim.base.units import whole_number
from sim.base.wording import capital
from sim.exhibits.exhibit import Column, Estimate, Exhibit, Share, change_scale, estimate_text, phrase
from sim.exhibits.page import Page, Said
from sim.experiment.cases import Ask, Case, Outcomes, key_asked
from sim.experiment.comparison import refuse_unfit
from sim.experiment.differences import WORDS
from sim.experiment.room import Floats
from sim.outcomes.cards import OUTCOMES, label_of
from sim.outcomes.constraints import CONSTRAINTS, constraint_label
from sim.outcomes.keys import Key
from sim.scenario.load import SourcedScenario
from sim.scenario.sampling import Input
from sim.studies.binding import LEADING
from sim.studies.phases import largest
from sim.studies.study import Study, set_beside
from sim.studies.varied import at, plain, refuse_apart, stated, steps, varied

STEPS, MOST_STEPS, MOST_POINTS = 5, 100, 400
MOST_KEYS = 2
FEWEST = 0.5  # of the replications in which an outcome has to exist
BREAK_EVEN = "chipgate breakeven"


@dataclass(frozen=True)
class Vary:
    """A key and the values that it takes."""

    of: Input
    numbers: tuple[float, ...]


@dataclass(frozen=True)
class Point:
    """One outcome at one value of each key: over the replications in which it exists."""

    numbers: tuple[float, ...]
    outcome: Key
    summary: Summary
    """Of the scenario, or of the second less the first."""
    half: float
    """Of the mean's 95 % interval; 0 where all replications agree."""
    change: Summary
    """The same replications less those at the first value of each key."""
    change_half: float


@dataclass(frozen=True)
class Held:
    """What binds in one scenario at one value of each key: shares of the order books over the whole window."""

    scenario: str
    numbers: tuple[float, ...]
    shares: Mapping[str, float]
    """By constraint; all 0 where nothing is on order."""

    @property
    def leader(self) -> str:
        """The constraint that holds up the most; NOTHING where none holds up anything."""
        return largest(self.shares)


@dataclass(frozen=True, repr=False)
class Sweep(Study):
    """Outcomes over one key, or over two."""

    scenarios: tuple[str, ...]
    """One, or two whose difference it is: the second less the first."""
    vary: tuple[Vary, ...]
    outcomes: tuple[Key, ...]
    replications: int
    seed: int
    points: tuple[Point, ...]
    """By outcome, then by the values of the first key, then by those of the second."""
    held: tuple[Held, ...]
    """By scenario, then as the points."""
    beyond: tuple[str, ...] = ()
    """About ranges that go beyond the stated ones."""

    @property
    def runs(self) -> int:
        """Replications that it took, computed or kept."""
        return self.replications * len(self.held)

    @property
    def what(self) -> str:
        """Of which its numbers are."""
        return " less ".join(reversed(self.scenarios))

    def of(self, outcome: Key) -> list[Point]:
        """The points of one outcome."""
        return [point for point in self.points if point.outcome == outcome]

    def content(self) -> Page:
        """What is found, all values, and what binds."""
        return _page(self)


# --- What is asked ---


def read_vary(sourced: SourcedScenario, text: str) -> Vary:
    """A key with its values, from KEY, KEY:STEPS, KEY=FROM:TO or KEY=FROM:TO:STEPS. Raises ChipgateError."""
    key, equals, rest = text.partition("=")
    if equals:
        parts = rest.split(":")
        if len(parts) not in (2, 3):
            raise ChipgateError(f"--vary {text[:80]}: write KEY=FROM:TO:STEPS, or KEY:STEPS over the stated range")
        between, many = ":".join(parts[:2]), "".join(parts[2:]).strip()
    else:
        key, _, many = text.partition(":")
        between = ""
    of = varied(sourced, key.strip(), between)
    count = whole_number(many) if many else STEPS
    if count is None or not 2 <= count <= MOST_STEPS:
        raise ChipgateError(f"'{many[:40]}' is no number of steps for '{of.key}'; write a whole one, 2 to {MOST_STEPS}")
    return Vary(of, tuple(steps(of, count)))


def sweep(
    scenarios: Sequence[SourcedScenario],
    vary: Sequence[str],
    outcomes: Sequence[str],
    ask: Ask,
    *,
    replications: int = 50,
    seed: int = 1,
) -> Sweep:
    """Outcomes of a scenario, or of two their difference, at all values of one key or two, see `read_vary`. A key has
    the same value in both scenarios. Raises ChipgateError, before anything is run."""
    if not 1 <= len(scenarios) <= 2:
        raise ChipgateError("a sweep is of one scenario, or of two whose difference it shows")
    if len(scenarios) > 1:
        refuse_unfit(scenarios)
    if not 1 <= len(vary) <= MOST_KEYS:
        raise ChipgateError(f"a sweep varies one key or two, not {len(vary)}")
    axes = [read_vary(scenarios[0], text) for text in vary]
    if len({axis.of.key for axis in axes}) < len(axes):
        raise ChipgateError(f"'{axes[0].of.key}' cannot be varied twice")
    for axis in axes:
        for other in scenarios[1:]:
            refuse_apart(scenarios[0], other, axis.of, "sweep each of them alone")
    wanted = list(dict.fromkeys(key_asked([each.scenario for each in scenarios], text) for text in outcomes))
    places = list(product(*(axis.numbers for axis in axes)))
    if len(places) > MOST_POINTS:
        raise ChipgateError(f"{len(places):,} pairs of values are more than {MOST_POINTS}; take fewer steps")
    keys = [axis.of for axis in axes]
    worlds = [at(each, dict(zip(keys, place, strict=True))) for each in scenarios for place in places]
    found = ask([Case(world.scenario, seed, range(replications)) for world in worlds])
    by_scenario = [found[n * len(places) : (n + 1) * len(places)] for n in range(len(scenarios))]
    return Sweep(
        scenarios=tuple(each.scenario.name for each in scenarios),
        vary=tuple(axes),
        outcomes=tuple(wanted),
        replications=replications,
        seed=seed,
        points=tuple(point for key in wanted for point in _points(key, places, by_scenario)),
        held=tuple(
            Held(each.scenario.name, place, shares_held(outcomes))
            for each, own in zip(scenarios, by_scenario, strict=True)
            for place, outcomes in zip(places, own, strict=True)
        ),
        beyond=tuple(filter(None, (stated(scenarios[0], of) for of in keys))),
        beside=set_beside(scenarios),
    )


def _points(key: Key, places: Sequence[tuple[float, ...]], by_scenario: Sequence[Sequence[Outcomes]]) -> list[Point]:
    own = [_values(*(outcomes[key] for outcomes in each)) for each in zip(*by_scenario, strict=True)]
    return [
        Point(place, key, *_summary([0.0] * len(values), values), *_summary(own[0], values))
        for place, values in zip(places, own, strict=True)
    ]


def _values(one: Floats, two: Floats | None = None) -> list[float]:
    """In each replication; of two scenarios the second less the first, and nan where either is missing."""
    if two is None:
        return list(one.tolist())
    alike = abs(two - one) <= NOISE * abs(one)  # the same amounts in another order
    return [0.0 if same else value for same, value in zip(alike.tolist(), (two - one).tolist(), strict=True)]


def _summary(base: Sequence[float], other: Sequence[float]) -> tuple[Summary, float]:
    """Of the differences of two, and half the width of the mean's interval."""
    x, y = paired(base, other)
    summary = summarise(b - a for a, b in zip(x, y, strict=True))
    return summary, 0.0 if all_agree(x, y) else summary.half_width


def shares_held(outcomes: Outcomes) -> dict[str, float]:
    """Each constraint's share of the order books, as the tables of a run have it; 0 where nothing is on order."""
    held = {name: mean(outcomes[Key("binds", name)].tolist()) for name in CONSTRAINTS}
    total = math.fsum(held.values())
    return {name: own / total if total else 0.0 for name, own in held.items()}


# --- What is said ---


def told_at(study: Sweep, numbers: Sequence[float]) -> str:
    """Values of the keys for people: 20 %/year; with two keys foundry.growth 20 %/year, grey.cap 3000 chips/week."""
    texts = [axis.of.text(number) for axis, number in zip(study.vary, numbers, strict=True)]
    if len(texts) == 1:
        return texts[0]
    return ", ".join(f"{axis.of.key} {text}" for axis, text in zip(study.vary, texts, strict=True))


def headline(study: Sweep, outcome: Key) -> str:
    """The first thing that is found of one outcome, for a title."""
    points = [point for point in study.of(outcome) if point.summary.n]
    told = finding(study, outcome).split(". ")[0].rstrip(".").split("; ")[0].split(": it differs by")[0]
    if len(study.vary) == 1 or told.startswith("Cannot") or "nothing:" in told or not points:
        return told
    divisor, unit = scale(study, outcome)
    ends = " to ".join(estimate_text(estimate(study, pick(points, key=_mean)), divisor) for pick in (min, max))
    ends = ends.replace("-", "\u2212")
    of = f", {study.what}" if len(study.scenarios) > 1 else ""
    return f"{capital(name_of(outcome))}{of}: {ends} {unit.replace('date', '')}".rstrip() + ", over both keys"


def _mean(point: Point) -> float:
    return point.summary.mean


def finding(study: Sweep, outcome: Key) -> str:
    """What the keys do to one outcome, in a sentence or two."""
    points, unit = study.of(outcome), OUTCOMES[outcome.outcome].unit
    name = f"{name_of(outcome)}{f' of {study.what}' * (len(study.scenarios) > 1)}"
    keys, apart = " and ".join(axis.of.key for axis in study.vary), len(study.scenarios) > 1
    if few := [point for point in points if point.summary.n < max(2, FEWEST * study.replications)]:
        least = min(few, key=lambda point: point.summary.n)
        exists = f"exists in only {least.summary.n} of {study.replications} replications"
        return f"Cannot tell: {name} {exists} at {told_at(study, least.numbers)}."
    if all(point.change_half == 0 == point.change.mean for point in points):
        return (
            f"{keys} {'change' if len(study.vary) > 1 else 'changes'} nothing: {name} is exactly the same everywhere."
        )
    low, high = (pick(points, key=_mean) for pick in (min, max))
    lowest, highest = (
        f"at {told_at(study, each.numbers)}, {phrase(estimate(study, each), sign=apart)}" for each in (low, high)
    )
    ends = f"lowest {lowest}; highest {highest}"
    if len(study.vary) > 1:
        told = f"{capital(name)}: {ends}"
    else:
        first, last = points[0], points[-1]
        by = phrase(Estimate(last.change.mean, last.change_half, unit, change=True))
        at = f"at {told_at(study, last.numbers)} than at {told_at(study, first.numbers)}"
        if abs(last.change.mean) > last.change_half:
            word = WORDS.get(unit, ("higher", "lower"))[last.change.mean < 0]
            told = f"{capital(name)} is {word} {at} by {by}"
        else:
            told = f"Cannot tell whether {name} is higher or lower {at}: it differs by {by}"
        if {low.numbers, high.numbers} != {first.numbers, last.numbers}:
            told += f"; {ends}"
    return f"{told}.{_signs(study, points)}"


def _signs(study: Sweep, points: Sequence[Point]) -> str:
    """Of a difference, where it is clear on which side it lies."""
    if len(study.scenarios) == 1:
        return ""
    more = len([point for point in points if point.summary.mean - point.half > 0])
    less = len([point for point in points if point.summary.mean + point.half < 0])
    told = [f"more at {more}" * bool(more), f"less at {less}" * bool(less)]
    open_ = len(points) - more - less
    told += [f"not clear at {open_}" * bool(open_)]
    where = f" '{BREAK_EVEN}' finds where it turns." if more and less and len(study.vary) == 1 else ""
    return f" Of {len(points)} values it is clearly {', '.join(filter(None, told))}.{where}"


def bound(study: Sweep, scenario: str) -> str:
    """What holds up the most, in a sentence."""
    held = [each for each in study.held if each.scenario == scenario]
    lead = f"What holds up the most{f' in {scenario}' * (len(study.scenarios) > 1)}"
    leaders = list(dict.fromkeys(each.leader for each in held))
    if len(leaders) == 1:
        return f"{lead}: {constraint_label(leaders[0])} everywhere."
    if len(study.vary) > 1:
        counts = [f"{constraint_label(name)} at {[e.leader for e in held].count(name)}" for name in leaders]
        return f"{lead}: {', '.join(counts)} of {len(held)} pairs of values."
    spans = [(name, list(own)) for name, own in groupby(held, key=lambda each: each.leader)]
    told = [f"{constraint_label(name)} {_span(study, own)}" for name, own in spans]
    return f"{lead}: {', '.join(told)}."


def _span(study: Sweep, own: Sequence[Held]) -> str:
    first, last = (told_at(study, each.numbers) for each in (own[0], own[-1]))
    return f"at {first}" if first == last else f"from {first} to {last}"


def name_of(outcome: Key) -> str:
    """An outcome with its year."""
    return label_of(outcome) + (f" in {outcome.period}" if outcome.period else "")


def estimate(study: Sweep, point: Point) -> Estimate:
    """A point's value with its interval; a difference where there are two scenarios."""
    unit = OUTCOMES[point.outcome.outcome].unit
    return Estimate(point.summary.mean, point.half, unit, change=len(study.scenarios) > 1)


def scale(study: Sweep, outcome: Key) -> tuple[float, str]:
    """What to divide an outcome's values by, and their unit."""
    size = max((abs(point.summary.mean) for point in study.of(outcome) if point.summary.n), default=0.0)
    return (change_scale if len(study.scenarios) > 1 else scale_of)(size, OUTCOMES[outcome.outcome].unit)


def _page(study: Sweep) -> Page:
    keys = " and ".join(axis.of.key for axis in study.vary)
    return Page(
        title=f"Sweep of {study.what} over {keys}; {study.replications} replications, seed {study.seed}",
        parts=(
            Said("findings", tuple(finding(study, outcome) for outcome in study.outcomes)),
            Said("binds", tuple(bound(study, scenario) for scenario in study.scenarios)),
            *(_table(study, outcome) for outcome in study.outcomes),
            _held(study),
        ),
        facts={
            "scenarios": list(study.scenarios),
            "keys": [axis.of.key for axis in study.vary],
            "outcomes": [str(outcome) for outcome in study.outcomes],
            "seed": study.seed,
            "replications": study.replications,
            "runs": study.runs,
        },
        notes=(
            f"Interval: where the mean of many runs lies, at 95 %. {study.runs:,} runs, in each world with the same "
            "projects, dates and luck. What binds is attribution by rule, as a share of the order books.",
            *study.beyond,
        ),
        elsewhere="--json has them",
    )


def _axes(study: Sweep) -> list[Column[Any]]:
    """The values of the keys, of a row that has them."""

    def column(n: int, of: Input) -> Column[Any]:
        return Column(f"key_{n + 1}", lambda row: of.text(row.numbers[n]), of.key)

    return [column(n, axis.of) for n, axis in enumerate(study.vary)]


def _keys(study: Sweep, numbers: Sequence[float]) -> dict[str, Any]:
    """The values of the keys as JSON takes them."""
    return {axis.of.key: plain(axis.of, number) for axis, number in zip(study.vary, numbers, strict=True)}


def _table(study: Sweep, outcome: Key) -> Exhibit[Point]:
    """One outcome at all values."""
    unit, apart = OUTCOMES[outcome.outcome].unit, len(study.scenarios) > 1

    def record(point: Point) -> dict[str, Any]:
        numbers = {
            "mean": point.summary.mean,
            "ci95_low": point.summary.mean - point.half,
            "ci95_high": point.summary.mean + point.half,
            "change": point.change.mean,
            "change_ci95_low": point.change.mean - point.change_half,
            "change_ci95_high": point.change.mean + point.change_half,
        }
        found = {name: finite(number) for name, number in numbers.items()}
        about = {"outcome": str(outcome), "unit": unit, "n": point.summary.n, "replications": study.replications}
        return _keys(study, point.numbers) | about | found

    columns = (
        *_axes(study),
        Column[Point](
            "mean",
            lambda point: estimate(study, point),
            study.what if apart else "mean",
            {"mean": 0, "interval": 0},
            common=True,
        ),
        Column[Point](
            "change",
            lambda point: Estimate(point.change.mean, point.change_half, unit, change=True),
            "change from the first",
            {"mean": 1, "interval": 2},
            common=True,
        ),
    )
    rows = tuple(study.of(outcome))
    return Exhibit(
        f"sweep_{str(outcome).replace(' of ', '_')}", capital(name_of(outcome)), columns, rows, record=record
    )


def _held(study: Sweep) -> Exhibit[Held]:
    """What binds at all values, those constraints that hold up something."""
    sizes = {name: max(each.shares[name] for each in study.held) for name in CONSTRAINTS}
    order = sorted((name for name in CONSTRAINTS if sizes[name] > 0), key=lambda name: -sizes[name])

    def share(name: str, rank: int) -> Column[Held]:
        return Column(name, lambda row: Share(row.shares[name]), constraint_label(name), {"mean": rank})

    columns = (
        *([Column[Held]("scenario", lambda row: row.scenario)] if len(study.scenarios) > 1 else []),
        *_axes(study),
        *(share(name, max(0, n - LEADING)) for n, name in enumerate(order, start=1)),
    )

    def record(row: Held) -> dict[str, Any]:
        return {"scenario": row.scenario, **_keys(study, row.numbers), **row.shares}

    return Exhibit(
        "binding_constraints", "Binding constraints, as shares of the order books", columns, study.held, record=record
    )
