"""A difference split over what differs: whose doing it is, exactly, by the Shapley value.

    found = attribution(baseline, no_controls, "delivered", ask)
    print(page_text(found.page()))

All worlds between the two scenarios are run with the same luck (`sim.studies.players`). Every number here is a sum of
weighted worlds, taken in each replication and then over the replications as a paired mean with Student's t.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from sim.base.judgement import CLEAR, ENOUGH, NOISE, SKEWED, Claim, all_agree, in_doubt, judge, judged_error
from sim.base.statistics import Summary, finite, mean, skewness, summarise, t_tail
from sim.base.units import WEEKS_A_YEAR
from sim.base.wording import capital, listed
from sim.exhibits.exhibit import Column, Estimate, Exhibit, Name, Verdict, phrase
from sim.exhibits.page import Page, Said
from sim.experiment.cases import Ask, Case, key_asked
from sim.experiment.comparison import refuse_unfit
from sim.experiment.run import MOST, refuse_bad_number
from sim.outcomes.cards import OUTCOMES, label_of
from sim.outcomes.keys import Key
from sim.scenario.load import SourcedScenario
from sim.studies.players import Player, members, players, worlds_between
from sim.studies.study import Study, set_beside

Weights: TypeAlias = Mapping[int, float]
"""By a world's place in the list of all."""
NAMED = 3  # interactions in a sentence
MORE = "three or more"
THERE, NONE = "different", "none"
THREE = ("part", "alone", "added last")


@dataclass(frozen=True)
class Part:
    """What one player adds to the difference, and at both ends of the orders in which the players may come."""

    name: str
    """As the player's; empty for the sum of all."""
    label: str
    part: Estimate
    """The Shapley value: what it adds, averaged over all orders. The parts add up to the difference."""
    alone: Estimate
    """What it adds to the base."""
    last: Estimate
    """What it adds where all others are there already."""
    skewed: tuple[str, ...] = ()
    """Which of the three may have too narrow an interval, for few and skewed values."""


@dataclass(frozen=True)
class Interaction:
    """What some players do together beyond what fewer of them do: a Harsanyi dividend, or the sum of several."""

    names: tuple[str, ...]
    """Of the two players; empty for the sum over all sets of three or more."""
    label: str
    together: Estimate
    """Its interval has 95 % or more, so that all verdicts hold together."""
    verdict: str
    """`different` where the interval leaves 0 out, `none` where it is 0 in every pair, else `cannot tell`."""
    skewed: bool
    """Whether that may be wrong more often than it says, for few and skewed values."""


@dataclass(frozen=True)
class World:
    """A world between the two scenarios."""

    changed: tuple[str, ...]
    """The players who are as in the other scenario, by name."""
    value: Summary
    """Of the outcome, over the pairs."""


@dataclass(frozen=True, repr=False)
class Attribution(Study):
    """The difference between two scenarios in one outcome, split."""

    base: str
    other: str
    key: Key
    who: tuple[Player, ...]
    seed: int
    replications: int
    pairs: int
    """Replications in which the outcome exists in all worlds; everything is over these."""
    worlds: tuple[World, ...]
    """Of 2 to the power of the players, the base first and the other last."""
    parts: tuple[Part, ...]
    """The largest first."""
    total: Part
    """Their sums, the first of which is the difference itself."""
    interactions: tuple[Interaction, ...]
    """Of each pair, the largest first, and of three or more."""

    @property
    def label(self) -> str:
        """The outcome for people."""
        return label_of(self.key) + (f" of {self.key.period}" if self.key.period is not None else "")

    @property
    def rows(self) -> tuple[Part, ...]:
        """The parts, and their sum where there are several; none where no replication says anything."""
        every = (*self.parts, self.total) if len(self.parts) > 1 else self.parts
        return every if self.pairs else ()

    def content(self) -> Page:
        """Sentences, the parts with their sum, what they do together, and how to read it."""
        return attribution_page(self)


def attribution(
    base: SourcedScenario,
    other: SourcedScenario,
    outcome: str,
    ask: Ask,
    groups: Mapping[str, Sequence[str]] | None = None,
    replications: int = 40,
    seed: int = 1,
) -> Attribution:
    """Split the difference in an outcome over what differs, or over `groups` of keys, by name of the group.

    Raises ChipgateError, before anything is run, for scenarios that cannot be compared or do not differ, for an outcome
    that not all worlds between them have, and for groups and worlds that cannot be.
    """
    refuse_bad_number("replications", replications, 1, MOST)
    refuse_bad_number("seed", seed, 0)
    refuse_unfit([base, other])
    one, two = base.scenario, other.scenario
    who = players(one, two, groups)
    scenarios = worlds_between(one, two, who)
    key = key_asked(scenarios, outcome)
    answers = ask([Case(scenario, seed, range(replications)) for scenario in scenarios])
    values = np.array([outcomes[key] for outcomes in answers])
    there = values[:, ~np.isnan(values).any(axis=0)].tolist()
    found = split(one.name, two.name, key, who, there, seed, replications)
    return replace(found, beside=set_beside([base, other]))


# --- Splitting ---


def split(
    base: str, other: str, key: Key, who: Sequence[Player], values: Sequence[Sequence[float]], seed: int, many: int
) -> Attribution:
    """Split the difference between the last and the first of 2 to the power of the players worlds; `values` has the
    shape (worlds, pairs), in the order of `worlds_between`."""
    given, unit, everyone = values, OUTCOMES[key.outcome].unit, len(values) - 1
    if unit == "date":  # two days differ by weeks
        values, unit = [[day * WEEKS_A_YEAR for day in world] for world in given], "weeks"

    def part(name: str, label: str, *weights: Weights) -> Part:
        rows = [combined(each, values) for each in weights]
        skewed = [what for what, row in zip(THREE, rows, strict=True) if _in_doubt(row)]
        shown, first, latest = (_estimate(row, unit) for row in rows)
        return Part(name, label, shown, first, latest, tuple(skewed))

    own = [1 << n for n in range(len(who))]
    alone: list[Weights] = [{one: 1.0, 0: -1.0} for one in own]
    last: list[Weights] = [{everyone: 1.0, everyone - one: -1.0} for one in own]
    parts = [part(player.name, player.label, shapley(n, len(who)), alone[n], last[n]) for n, player in enumerate(who)]
    return Attribution(
        base,
        other,
        key,
        tuple(who),
        seed,
        many,
        len(values[0]),
        tuple(
            World(tuple(player.name for player in members(who, place)), summarise(world))
            for place, world in enumerate(given)
        ),
        tuple(sorted(parts, key=lambda part: -abs(part.part.mean))),
        part("", "sum", {everyone: 1.0, 0: -1.0}, _sum(alone), _sum(last)),
        _interactions(who, values, unit),
    )


def shapley(player: int, many: int) -> Weights:
    """The weights of all worlds in a player's Shapley value: over all orders of so many players, each alike, the mean
    of the world with it less the world before it."""
    found = {}
    for place in range(2**many):
        before = (place & ~(1 << player)).bit_count()
        weight = math.factorial(before) * math.factorial(many - 1 - before) / math.factorial(many)
        found[place] = weight if place >> player & 1 else -weight
    return found


def dividend(together: int) -> Weights:
    """The weights of all worlds in the Harsanyi dividend of the players that make up a world: what they do together
    beyond all that fewer of them do."""
    size = together.bit_count()
    inside = [place for place in range(together + 1) if place | together == together]
    return {place: (-1.0) ** (size - place.bit_count()) for place in inside}


def combined(weights: Weights, values: Sequence[Sequence[float]]) -> list[float]:
    """The weighted sum of worlds in each replication; what is rounding beside its terms is 0."""
    found = []
    for n in range(len(values[0])):
        terms = [weight * values[place][n] for place, weight in weights.items()]
        value = math.fsum(terms)
        found.append(value if abs(value) > NOISE * max(map(abs, terms)) else 0.0)
    return found


def _estimate(values: Sequence[float], unit: str) -> Estimate:
    summary = summarise(values)
    half = 0.0 if all_agree([0.0] * len(values), values) else summary.half_width
    return Estimate(summary.mean, half, unit, change=True)


def _in_doubt(values: Sequence[float]) -> bool:
    """Whether its interval may be too narrow, for few and skewed values; what is very clear stays so. As in
    `sim.base.judgement.in_doubt`."""
    if not (3 <= len(values) < ENOUGH and abs(skewness(values)) > SKEWED):
        return False
    claim = _claim(values)
    return bool(claim.error) and t_tail(abs(claim.mean) / claim.error, claim.pairs - 1) > CLEAR


def _interactions(who: Sequence[Player], values: Sequence[Sequence[float]], unit: str) -> tuple[Interaction, ...]:
    """What each pair of players does together, and three or more; what is not 0 throughout is judged as one family."""
    pairs = [place for place in range(len(values)) if place.bit_count() == 2]
    more = [place for place in range(len(values)) if place.bit_count() > 2]
    rows = [(tuple(members(who, place)), combined(dividend(place), values)) for place in pairs]
    if more:
        rows.append(((), combined(_sum(map(dividend, more)), values)))
    judgements = iter(judge([_claim(row) for _, row in rows if any(row)]))
    found = []
    for two, row in rows:
        half, verdict, skewed = 0.0, NONE, False
        if any(row):
            judged = next(judgements)
            half, verdict, skewed = judged.half_width, judged.verdict, in_doubt(judged, len(row), skewness(row))
        names, label = tuple(each.name for each in two), _both(*two) if two else MORE
        found.append(Interaction(names, label, Estimate(mean(row), half, unit, change=True), verdict, skewed))
    return tuple(sorted(found, key=lambda row: (not row.names, -abs(row.together.mean))))


def _both(one: Player, two: Player) -> str:
    """The two of them: without this and that."""
    word, _, name = two.label.partition(" ")
    return f"{one.label} and {name if name and one.label.startswith(f'{word} ') else two.label}"


def _claim(values: Sequence[float]) -> Claim:
    """That their mean is not 0."""
    error = judged_error([0.0] * len(values), values, relative=False)
    return Claim(mean(values), error, 0.0, len(values), "neither")


def _sum(several: Iterable[Weights]) -> Weights:
    found: dict[int, float] = {}
    for weights in several:
        for place, weight in weights.items():
            found[place] = found.get(place, 0.0) + weight
    return found


# --- Sentences ---


def sentences(found: Attribution) -> list[str]:
    """The difference, its parts, what they do together, and what the order does. Nothing is said to be there whose
    interval holds 0."""
    if not found.pairs:
        return [f"Cannot tell: in no replication does {found.label} exist in all {len(found.worlds)} worlds."]
    if found.pairs < 2:
        return ["One replication has no interval, so nothing can be concluded."]
    total, way = found.total.part, f"from {found.base} to {found.other}"
    told = f"{capital(way)}, {found.label} changes by {phrase(total, sign=True)}."
    if not _clear(total):
        told = f"Whether {found.label} changes {way} cannot be told: {phrase(total, sign=True)}."
    if _nothing(total):
        told = f"{capital(way)}, {found.label} changes in no pair of replications."
    if len(found.who) == 1:
        return [told, f"Only {found.who[0].name} differs between the two, so there is nothing to split."]
    return [told, _parts(found), _together(found), *_order(found)]


def _clear(estimate: Estimate) -> bool:
    """Whether its interval leaves 0 out."""
    return abs(estimate.mean) > estimate.half


def _nothing(estimate: Estimate) -> bool:
    """Whether it is 0 in every pair."""
    return estimate.mean == estimate.half == 0


def _parts(found: Attribution) -> str:
    """Each part, those that are not clear by name only."""
    clear = [each for each in found.parts if _clear(each.part)]
    lists = {
        "cannot tell of": [each.label for each in found.parts if not _clear(each.part) and not _nothing(each.part)],
        "nothing in any pair by": [each.label for each in found.parts if _nothing(each.part)],
    }
    told = [f"{each.label} {phrase(each.part, sign=True)}" for each in clear]
    told += [f"{text} {listed(names)}" for text, names in lists.items() if names]
    apart = len({each.part.mean > 0 for each in clear}) > 1
    behind = " They pull both ways, so percentages of the difference would mislead." if apart else ""
    return f"Its parts: {'; '.join(told)}.{behind}"


def _together(found: Attribution) -> str:
    """The clear interactions, the largest first."""
    clear = [each for each in found.interactions if each.verdict == THERE]
    if not clear:
        none = all(each.verdict == NONE for each in found.interactions)
        return "Each adds the same whatever else is changed." if none else "No interaction is clearly there."
    told = [f"{each.label} {phrase(each.together, sign=True)}" for each in clear[:NAMED]]
    told += [f"{len(clear) - NAMED} more in the table"] if len(clear) > NAMED else []
    return f"Together, beyond what fewer of them do: {'; '.join(told)}."


def _order(found: Attribution) -> list[str]:
    """For whom it matters most what is changed already; nothing where no interaction is clear."""
    if all(each.verdict != THERE for each in found.interactions):
        return []
    most = max(found.parts, key=lambda each: abs(each.last.mean - each.alone.mean))
    sums, ends = ([phrase(estimate, sign=True) for estimate in (part.alone, part.last)] for part in (found.total, most))
    return [
        f"So it matters what is changed already: alone they add up to {sums[0]}, added last to {sums[1]}. The "
        f"widest gap is that of {most.label}: alone {ends[0]}, added last {ends[1]}."
    ]


# --- The page ---


def attribution_page(found: Attribution) -> Page:
    """Sentences, parts and interactions."""
    what = "1 change" if len(found.who) == 1 else f"{len(found.who)} changes"
    made = f"{found.replications} replication{'s' * (found.replications != 1)}, seed {found.seed}"
    together = found.interactions if found.pairs else ()
    return Page(
        title=f"{found.other}, less {found.base}: {found.label}, split over {what}; {made}",
        parts=(
            Said("sentences", tuple(sentences(found))),
            Exhibit("parts", f"What each change adds to {found.label}", COLUMNS, found.rows),
            Exhibit("interactions", "What they do together, beyond what fewer of them do", TOGETHER, together),
        ),
        facts={
            "base": found.base,
            "scenario": found.other,
            "outcome": found.key.name,
            "year": found.key.period,
            "unit": OUTCOMES[found.key.outcome].unit,
            "seed": found.seed,
            "replications": found.replications,
            "pairs": found.pairs,
            "changes": {player.name: list(player.keys) for player in found.who},
            "worlds": [
                {
                    "changed": list(world.changed),
                    "mean": finite(world.value.mean),
                    "ci95_low": finite(world.value.low),
                    "ci95_high": finite(world.value.high),
                }
                for world in found.worlds
            ],
        },
        warnings=tuple(_warnings(found)),
        notes=tuple(_reading(found)),
        elsewhere="--json has them",
    )


def _warnings(found: Attribution) -> list[str]:
    """What has to be known before anything else; often nothing."""
    told = []
    if 0 < found.pairs < found.replications:
        told.append(
            f"{capital(found.label)} exists in all {len(found.worlds)} worlds in {found.pairs} of {found.replications} "
            "replications, and everything here is about those."
        )
    skewed = [f"{row.label} ({listed(row.skewed)})" for row in found.rows if row.skewed]
    skewed += [f"{row.label} (beyond)" for row in found.interactions if row.skewed]
    if skewed:
        told.append(
            f"Few and skewed differences: the intervals of {listed(skewed)} may miss more often than they say; run "
            f"{ENOUGH} replications or more."
        )
    return told


COLUMNS: tuple[Column[Part], ...] = (
    Column("change", lambda row: Name(row.name, row.label)),
    Column("part", lambda row: row.part, "part", {"mean": 0, "interval": 1}, common=True),
    Column("alone", lambda row: row.alone, "alone", common=True),
    Column("last", lambda row: row.last, "added last", common=True),
)
TOGETHER: tuple[Column[Interaction], ...] = (
    Column("together", lambda row: Name(" + ".join(row.names) or MORE, row.label)),
    Column("beyond", lambda row: row.together, "beyond", {"mean": 0, "interval": 1}, common=True),
    Column("verdict", lambda row: Verdict(row.verdict)),
)


def _reading(found: Attribution) -> list[str]:
    """What the numbers are."""
    if len(found.who) == 1 or found.pairs < 2:
        return [] if found.pairs > 1 else ["Run more with --replications."]
    return [
        f"A part is the Shapley value: what a change adds, averaged over all orders in which the {len(found.who)} can "
        f"be made. The parts add up to the difference. Alone: added to {found.base}; added last: to all the others. "
        f"All {len(found.worlds)} worlds between the two are run with the same projects, dates and luck; intervals of "
        "parts are 95 %.",
        "Beyond: the Harsanyi dividend of two changes, what both do less what each does alone; half is in each part. "
        "Its interval has 95 % or more, so that all verdicts on them hold together.",
    ]
