"""A comparison's sampled worlds in an exhibit and sentences: how far the stated ranges move its differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.base.label import LABEL
from sim.base.statistics import finite
from sim.base.wording import listed
from sim.exhibits.exhibit import Cell, Column, Estimate, Exhibit, Name
from sim.experiment.comparison import Comparison
from sim.experiment.differences import WORDS, Difference
from sim.experiment.worlds import FEWEST, Held, OverWorlds, SampledWorlds
from sim.outcomes.cards import OUTCOMES, label_of

KEPT = 0.9
"""Share of the worlds from which on a sign is said to be kept."""
ASK = "--worlds 50 says how far the stated ranges of the assumptions move these differences."
NO_PROBABILITY = "A share of sampled worlds is not a probability: how likely a value in a range is, nobody has stated."


@dataclass(frozen=True)
class Line:
    """A difference, and what becomes of it over the worlds."""

    difference: Difference
    over: OverWorlds


def lines(comparison: Comparison) -> list[Line]:
    """A line for each difference that has a verdict; none without worlds."""
    if comparison.worlds is None:
        return []
    found = [(row, comparison.worlds.row(row.scenario, row.key)) for row in comparison.verdicts]
    return [Line(row, over) for row, over in found if over is not None]


# --- The table ---


def over_worlds(comparison: Comparison) -> Exhibit[Line]:
    """Where the mean differences of 90 % of the worlds lie, beside that at the scenarios' own values."""
    many = f"{len(comparison.worlds or ())} worlds"
    return Exhibit(
        key="worlds",
        title="",
        columns=(
            Column("outcome", lambda line: Name(line.over.key.name, label_of(line.over.key))),
            Column("difference", _here, "as stated", {"mean": 2}),
            Column(
                "range",
                lambda line: range_of(line.over) if line.over.told else "cannot tell",
                f"in 90 % of {many}",
                {"interval": 0},
            ),
            Column("median", _median, "median", {"mean": 1}),
            Column("same_sign", sign_kept, "same sign"),
        ),
        rows=tuple(lines(comparison)),
        by=lambda line: (
            f"{line.over.scenario}, less {line.difference.base}, over {many} sampled from the stated ranges"
        ),
        notes=gaps,
        record=lambda line: record(line.over),
    )


def _here(line: Line) -> Estimate:
    """The comparison's own difference, no finer than the range."""
    return Estimate(line.difference.mean, _half(line.over), line.over.unit, change=True)


def range_of(over: OverWorlds) -> Estimate:
    """Where most of the worlds lie, as an interval."""
    return Estimate((over.low + over.high) / 2, _half(over), over.unit, change=True)


def _median(line: Line) -> Cell:
    return Estimate(line.over.median, _half(line.over), line.over.unit, change=True) if line.over.told else None


def _half(over: OverWorlds) -> float:
    return (over.high - over.low) / 2


def sign_kept(line: Line) -> str:
    """In how many of the worlds that have a difference it has the sign that it has as stated, and in how many it is 0:
    `lower in 45 of 50, equal in 4`."""
    over, mean = line.over, line.difference.mean
    if not over.there:
        return ""
    more, less = WORDS.get(over.unit, ("higher", "lower"))
    if not mean or math.isnan(mean):
        return f"{more} in {over.higher}, {less} in {over.lower} of {over.there}"
    equal = over.there - over.higher - over.lower
    return f"{more if mean > 0 else less} in {_same(line)} of {over.there}{f', equal in {equal}' if equal else ''}"


def _same(line: Line) -> int:
    return line.over.higher if line.difference.mean > 0 else line.over.lower


def gaps(rows: Sequence[Line]) -> list[str]:
    """A sentence for each outcome that is missing in some worlds."""
    found = []
    for over in (line.over for line in rows if line.over.there < line.over.worlds):
        gone = over.worlds - over.there
        told = f"In {gone} of {over.worlds} worlds there is no {label_of(over.key)} to compare"
        left = f"too few are left to say (fewer than {FEWEST})" if not over.told else f"the row is about {over.there}"
        found.append(f"{told}; {left}.")
    return found


# --- Sentences ---


def signs(rows: Sequence[Difference], worlds: SampledWorlds | None) -> str:
    """Whether the differences that are named of one scenario keep their sign over the worlds, and which of them lie
    outside what most worlds have; empty without any."""
    if worlds is None:
        return ""
    found = [Line(row, over) for row in rows if (over := worlds.row(row.scenario, row.key)) and over.told]
    if not found:
        return ""
    where = f"Over {len(worlds)} worlds sampled from the stated ranges"
    lost = [line for line in found if _same(line) < KEPT * line.over.there]
    apart = [label_of(each.over.key) for each in found if _apart(each)]
    beyond = f" As stated, {listed(apart)} {'lie' if len(apart) > 1 else 'lies'} outside what 90 % of them have."
    if not lost:
        least = min(found, key=lambda line: _same(line) / line.over.there)
        same, there, several = _same(least), least.over.there, len(found) > 1
        count = f"all {there}" if same == there else f"{'at least ' * several}{same} of {there}"
        kept = f"the sign of each difference named here holds in {count}" if several else f"its sign holds in {count}"
    else:
        told = listed([f"{label_of(line.over.key)} ({sign_kept(line)})" for line in lost])
        kept = "the sign of what is named here holds in nine of ten or more, but not for"
        kept = f"{kept} {told}" if len(lost) < len(found) else f"the sign does not hold in nine of ten for {told}"
    return f"{where} {kept}.{beyond if apart else ''}"


def _apart(line: Line) -> bool:
    """Whether the difference as stated, with its interval, lies outside what most worlds have."""
    row, over = line.difference, line.over
    half = row.half_width if math.isfinite(row.half_width) else 0.0
    return row.mean + half < over.low or row.mean - half > over.high


def about(comparison: Comparison) -> list[str]:
    """What was sampled and how to read it; without worlds, how to have some."""
    worlds = comparison.worlds
    if worlds is None:
        return [ASK]
    pairs = "of one pair" if worlds.replications == 1 else f"the mean of {worlds.replications} pairs"
    return [
        f"Worlds: {varied_words(len(worlds.sample.inputs), worlds.low_only)}, the same for all scenarios."
        f"{held_words(worlds.held)}",
        f"The range holds 90 % of the sampled worlds, from the 5th to the 95th percentile. {NO_PROBABILITY} "
        f"Each world's number is {pairs}, so a part of the range is luck.",
    ]


def varied_words(many: int, low_only: bool) -> str:
    """141 assumptions vary together inside their stated ranges"""
    which = f"{many:,} assumption{'s' * (many != 1)}{' of low confidence' * low_only}"
    return f"{which} {'vary together inside their' if many != 1 else 'varies inside its'} stated ranges"


def held_words(held: Held) -> str:
    """A sentence, behind a blank, on the assumptions that keep their values; empty where there are none."""
    what = {
        "that somebody decides": held.levers,
        "whose confidence is not low": held.surer,
        "in a sum of which not all may vary": held.summed,
        "that the scenarios do not have alike": held.differing,
    }
    told = [f"{many:,} {words}" for words, many in what.items() if many]
    return f" Held at their values: {listed(told)}." if told else ""


# --- For machines ---


def record(over: OverWorlds) -> dict[str, Any]:
    """A row at full precision; None for what does not exist."""
    return {
        "scenario": over.scenario,
        "outcome": over.key.outcome,
        "item": over.key.item,
        "unit": over.unit,
        **columns(over),
        "replications": over.replications,
        "varied": over.varied,
    }


def columns(over: OverWorlds | None) -> dict[str, Any]:
    """What a record of the difference has beside it: None in all where there are no worlds of it."""
    numbers: Mapping[str, float] = {} if over is None else {"low": over.low, "median": over.median, "high": over.high}
    return {
        "worlds": over and over.worlds,
        "worlds_n": over and over.there,
        **{f"worlds_{name}": finite(numbers.get(name, math.nan)) for name in ("low", "median", "high")},
        "worlds_higher": over and over.higher,
        "worlds_lower": over and over.lower,
    }


def facts(worlds: SampledWorlds | None) -> dict[str, Any] | None:
    """What was sampled, as JSON takes it."""
    if worlds is None:
        return None
    return {
        "worlds": len(worlds),
        "replications": worlds.replications,
        "seed": worlds.sample.seed,
        "vary": "low" if worlds.low_only else "all",
        "varied": [each.key for each in worlds.sample.inputs],
        "held": worlds.held._asdict(),
    }


def world_records(comparison: Comparison) -> list[dict[str, Any]]:
    """A record for each scenario, outcome and world."""
    if comparison.worlds is None:
        return []
    return [
        {
            "label": LABEL,
            "base": comparison.names[0],
            "scenario": each.scenario,
            "outcome": each.key.outcome,
            "item": each.key.item,
            "unit": OUTCOMES[each.key.outcome].unit,
            "world": each.world,
            "replications": comparison.worlds.replications,
            "pairs": each.pairs,
            "base_mean": finite(each.base_mean),
            "scenario_mean": finite(each.scenario_mean),
            "difference": finite(each.difference),
        }
        for each in comparison.worlds.values
    ]
