"""What is concluded of a comparison, and how its tables are to be read, in sentences made from the numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sim.base.rounding import decimals, rounded, scale_of
from sim.base.units import WEEKS_A_YEAR
from sim.experiment.comparison import Comparison
from sim.experiment.differences import Difference, direction, verdict_words
from sim.experiment.run import Run
from sim.studies.comparison_tables.columns import DifferenceTable
from sim.studies.comparison_tables.rows import (
    FEW,
    FEWEST,
    DifferenceRow,
    confidence_words,
    independent_words,
    smallest_words,
)

PHRASES = {
    "compute_years": "compute served over time",
    "delivered": "delivered compute",
    "wait_median": "median wait",
}
CERTAINTY = "More replications buy certainty about the model, not about its assumptions."


def heading(comparison: Comparison) -> str:
    """Which comparison it is, in one line."""
    return f"Compared with {comparison.names[0]}: {', '.join(comparison.names[1:])}; {comparison.base.made}"


def warnings(comparison: Comparison) -> list[str]:
    """What has to be known before the conclusions are read; often empty."""
    sought = comparison.precision
    missed = [sought.words()] if sought is not None and sought.needed is None else []
    return [*missed, *comparison.beside]


def conclusions(comparison: Comparison) -> list[tuple[str, str]]:
    """What is concluded of each scenario in one plain line: (name, text). The intervals are those of the verdicts."""
    return [
        (name, conclusion([row for row in comparison.verdicts if row.scenario == name], len(comparison)))
        for name in comparison.names[1:]
    ]


def conclusion(judged: Sequence[Difference], replications: int, what: str = "headline outcome") -> str:
    """What is concluded of one scenario's judged differences, in a sentence or more; `what` says of which they are."""
    if replications < 2:
        return "one replication has no interval, so nothing can be told."
    lost = [_lost(row) for row in judged if row.base_n != row.other_n]
    judged = [row for row in judged if row.pairs]
    if not judged:
        return " ".join([f"no {what} has a value in both.", *lost])
    where = "where both have a value" if lost else f"in any of {replications} replications"
    if all(row.equal == row.pairs for row in judged):
        return " ".join([f"no {what} differs {where}.", *lost])
    if all(row.verdict == "too small to matter" for row in judged):
        return " ".join([f"no {what} differs enough to matter.", *lost])
    named = "; ".join(_claim(row) for row in judged if row.verdict in ("better", "worse", "different"))
    parts = [named or "no difference can be named"]
    parts += [told[:1].upper() + told[1:] for told in unnamed(judged, lambda row: phrase(row.outcome))]
    return " ".join([". ".join(parts) + ".", *lost])


def unnamed(judged: Sequence[Difference], name: Callable[[Difference], str]) -> list[str]:
    """Which differences are not named, and why: those too small, and those of which one cannot tell."""
    open_ = [row for row in judged if row.verdict == "cannot tell"]
    lists = {
        "too small to matter": [name(row) for row in judged if row.verdict == "too small to matter"],
        "cannot tell whether it matters": [f"{name(row)} ({direction(row)})" for row in open_ if _leans(row)],
        "cannot tell": [name(row) for row in open_ if not _leans(row)],
    }
    return [f"{told}: {', '.join(names)}" for told, names in lists.items() if names]


def _lost(row: Difference) -> str:
    """Median wait has a value in 20 replications of baseline and in none of gone."""
    base, other = (str(many) if many else "none" for many in (row.base_n, row.other_n))
    told = f"{phrase(row.outcome)} has a value in {base} replications of {row.base} and {other} of {row.scenario}."
    return told[0].upper() + told[1:]


def _leans(row: Difference) -> bool:
    """Whether the direction is known, though not whether the difference matters."""
    return row.judgement is not None and abs(row.mean) > row.judgement.half_width


def phrase(outcome: str) -> str:
    """An outcome's name inside a sentence."""
    return PHRASES.get(outcome, outcome.replace("_", " "))


def _claim(row: Difference) -> str:
    """delivered compute is lower by 2.6 % (2.3 to 2.9), worse for buyers"""
    assert row.judgement is not None
    factor, unit = 1.0, f" {row.unit}"
    if row.unit == "share":
        factor, unit = 100.0, " points"
    elif row.unit == "date":
        factor, unit = WEEKS_A_YEAR, " weeks"
    elif row.card.relative and row.base_summary.mean:
        factor, unit = 100 / abs(row.base_summary.mean), " %"
    elif row.card.relative:
        divisor, word = scale_of(abs(row.mean), row.unit)
        factor, unit = 1 / divisor, f" {word}"
    mean, half = factor * abs(row.mean), factor * row.judgement.half_width
    places = decimals(half, mean)
    range_text = f" ({rounded(mean - half, places)} to {rounded(mean + half, places)})" if half else ""
    for_whom = f", {verdict_words(row)}" if row.verdict != "different" else ""
    return f"{phrase(row.outcome)} is {direction(row)} by {rounded(mean, places)}{unit}{range_text}{for_whom}"


def all_notes(comparison: Comparison) -> list[str]:
    """What is not compared, and how to read the tables."""
    return [*left_out(comparison), *reading_notes(comparison)]


def reading_notes(comparison: Comparison) -> list[str]:
    """How to read the tables: a few sentences on each of pairs, verdicts, what pairing bought, and certainty."""
    many = len(comparison)
    if many < 2:
        return [
            "One replication: there is no interval, so every verdict is that one cannot tell. Run more with "
            "--replications.",
            CERTAINTY,
        ]
    notes = [
        f"A difference is a scenario's value less that of {comparison.names[0]} in the same replication, with the same "
        f"projects, dates and luck (common random numbers); its interval is about the mean of {many:,} such pairs."
    ]
    if family := [row for row in comparison.verdicts if row.pairs]:
        notes.append(_verdicts_note(family))
    if bought := _pairing_note(comparison):
        notes.append(bought)
    if comparison.precision is not None:
        notes.append(comparison.precision.words())
    return [*notes, CERTAINTY]


def _verdicts_note(family: Sequence[Difference]) -> str:
    """The smallest differences worth naming, and the family."""
    borders: dict[str, list[str]] = {}
    for row in {row.outcome: row for row in family}.values():
        borders.setdefault(smallest_words(row.card, " of the base"), []).append(phrase(row.outcome))
    told = "; ".join(f"{', '.join(outcomes)} {text}" for text, outcomes in borders.items())
    ratio = ""
    if any(row.card.relative for row in family):
        ratio = (
            " Where the smallest difference is a share of the base, the verdict's interval is that of the ratio of the "
            "two means, for the base's mean is an estimate too."
        )
    levels = sorted({confidence_words(row.judgement.confidence) for row in family if row.judgement})
    span = levels[0] if len(levels) == 1 else f"{levels[0].removesuffix(' %')} to {levels[-1]}"
    return (
        f"A verdict sets an interval beside the smallest difference worth naming ({told}): beyond it, within it (too "
        f"small to matter), or across its border (cannot tell). The {len(family)} verdicts are one family by Holm's "
        f"procedure, in which the chance of even one wrong verdict is about 5 %; their intervals therefore have "
        f"{span} confidence, and so have the ranges of the conclusions.{ratio}"
    )


def _pairing_note(comparison: Comparison) -> str:
    """What the pairs have saved."""
    known = [row for row in comparison.verdicts if math.isfinite(row.independent) and row.pairs >= FEWEST]
    if not known:
        return ""
    ends = [min(known, key=lambda row: row.independent), max(known, key=lambda row: row.independent)]
    told = [f"{independent_words(row)} for {phrase(row.outcome)} in {row.scenario}" for row in dict.fromkeys(ends)]
    rough = ", rough numbers with so few pairs" if any(row.pairs < FEW for row in known) else ""
    without = any(math.isinf(row.independent) for row in comparison.verdicts)
    return (
        f"What pairing bought: for intervals as narrow as those of these {len(comparison):,} pairs, each scenario "
        f"would have needed so many independent replications: {' to '.join(told)} "
        f'("unpaired" in the full tables{rough})'
        f"{'; no number would do where all pairs agree.' if without else '.'}"
    )


def left_out(comparison: Comparison) -> list[str]:
    """What is not compared since not all scenarios have it, a sentence each; often empty."""
    base = _outcomes(comparison.base)
    told = []
    for run in comparison.others:
        other = _outcomes(run)
        for one, two, owner in ((base, other, comparison.names[0]), (other, base, run.scenario.name)):
            if missing := [name for name in one if name not in two]:
                told.append(f"{run.scenario.name}: only {owner} has {', '.join(missing)}, so it is not compared.")
    return told


def _outcomes(run: Run) -> list[str]:
    return list(dict.fromkeys(key.name for key in run.outcomes))


def gaps(rows: Sequence[DifferenceRow]) -> list[str]:
    """A sentence for each difference that speaks of some replications only."""
    return [
        f"{row.outcome}: exists in {row.source.base_n} replications of {row.source.base} and "
        f"{row.source.other_n} of {row.scenario}; {row.pairs}, and the row speaks of those only."
        for row in rows
        if row.pairs
    ]


def remarks(comparison: Comparison, table: DifferenceTable) -> list[str]:
    """What has to be said below a table, a sentence each."""
    return [*gaps(table.rows), *([] if table.judged else _one_sided(comparison, table.scenario))]


def _one_sided(comparison: Comparison, scenario: str) -> list[str]:
    """Which outcomes have no row since no pair has both values, and where they exist, in a sentence."""
    told = []
    for row in comparison.rows:
        if row.scenario == scenario and row.period is None and row.judgement is None and not row.pairs:
            having = [name for name, many in ((row.base, row.base_n), (scenario, row.other_n)) if many]
            where = f"in {having[0]} only" if len(having) == 1 else "never in the same replication"
            told += [f"{row.outcome} ({where})"] * bool(having)
    return [f"No row for {', '.join(told)}; see `chipgate run`."] if told else []
