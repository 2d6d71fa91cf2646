"""Why two scenarios differ: what was delivered from where, who earned it, and what held up the order books.

    found = contrast(comparison.base, comparison["h20-stays"])
    print(page_text(contrast_page(found)))

It needs no runs but the two. That one constraint held up less is attribution by rule; cause is shown by relaxing it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.base.errors import ChipgateError
from sim.base.judgement import Claim, judge
from sim.base.statistics import CONFIDENCE, t_quantile
from sim.exhibits.exhibit import Estimate, Exhibit, phrase
from sim.exhibits.page import Page, Said
from sim.experiment.differences import Difference, difference, record
from sim.experiment.run import Run
from sim.outcomes.cards import item_label
from sim.outcomes.keys import Key
from sim.studies.comparing import columns_of, unnamed, verdict_of

ALL = ""
"""The item of a sum over all items."""


@dataclass(frozen=True)
class Contrast:
    """What differs between two runs with the same luck. Rows are the other scenario's values less the base's over the
    whole window, the sum of all first; what is 0 in both is left out. Rows that are not equal in every pair are judged
    as one family, by their amounts and for nobody's good."""

    base: Run
    other: Run
    delivered: tuple[Difference, ...]
    """Nominal A100e, by source."""
    earned: tuple[Difference, ...]
    """Yuan, by supplier."""
    held_up: tuple[Difference, ...]
    """Nominal A100e-weeks on the order books, by constraint."""

    @property
    def extends(self) -> bool:
        """Whether the other scenario's question is about the base."""
        return set(self.base.sourced.files) < set(self.other.sourced.files)

    @property
    def groups(self) -> dict[str, tuple[Difference, ...]]:
        """The rows by what they are about."""
        return {
            "Delivered, nominal, by source": self.delivered,
            "Revenue, by supplier": self.earned,
            "The order books, by what holds them up": self.held_up,
        }


def contrast(base: Run, other: Run) -> Contrast:
    """What differs. Raises ChipgateError where the runs' replications do not pair."""
    if (base.seed, base.numbers) != (other.seed, other.numbers):
        made = " and ".join(f"{run.scenario.name} {len(run)} with seed {run.seed}" for run in (base, other))
        raise ChipgateError(f"only runs with the same seed and replications can be set side by side: {made}")
    groups = [_rows(base, other, outcome) for outcome in ("nominal", "revenue", "binds")]
    family = [row for rows in groups for row in rows if not _same(row)]
    judgements = dict(zip((row.key for row in family), judge([_claim(row) for row in family]), strict=True))
    judged = [tuple(replace(row, judgement=judgements.get(row.key)) for row in rows) for rows in groups]
    return Contrast(base, other, *judged)


def _rows(base: Run, other: Run, outcome: str) -> list[Difference]:
    """The sum of an outcome over its items, and each item that is anything but 0 in one of the runs."""
    known = [key for run in (base, other) for key in run.outcomes if key.outcome == outcome and key.period is None]
    keys = [Key(outcome, ALL), *dict.fromkeys(known)]
    before, after = (_with_sum(run, keys) for run in (base, other))
    return [difference(before, after, key) for key in keys if before[key].any() or after[key].any()]


def _with_sum(run: Run, keys: Sequence[Key]) -> Run:
    """The run with these keys only, of which the first is the sum of the others; an item that it does not know is 0."""
    total, *items = keys
    values = {key: run.outcomes[key] if key in run.outcomes else np.zeros(len(run)) for key in items}
    sums = np.asarray(np.sum([np.zeros(len(run)), *values.values()], axis=0), dtype=np.float64)
    return Run.of(run.sourced, run.seed, run.numbers, {total: sums, **values}, {})


def _claim(row: Difference) -> Claim:
    """What a verdict is about: that so much more, or less, is worth naming."""
    error = row.half_width / t_quantile(CONFIDENCE, row.pairs - 1) if row.pairs > 1 else math.nan
    return Claim(row.mean, error, row.margin, row.pairs, "neither")


def _same(row: Difference) -> bool:
    """Whether it is equal in every pair."""
    return row.equal == row.pairs


# --- Sentences ---


def contrast_sentences(found: Contrast) -> list[str]:
    """What changed in what was delivered and from where; who earned it; what moved on the order books. Nothing is said
    to differ whose verdict is not that it does."""
    base, other = found.base.scenario.name, found.other.scenario.name
    rule = "; that is attribution by rule, and no cause: explain --relax shows what a constraint causes"
    return [
        _sentence(found.delivered, f"Against {base}, {other} delivers in nominal compute {{}}", "Nothing is delivered"),
        _sentence(found.earned, "In all, its suppliers earn {}", "No supplier earns anything"),
        _sentence(found.held_up, "In all, its order books hold {}", "The order books are empty", rule),
    ]


def _sentence(rows: Sequence[Difference], lead: str, nothing: str, behind: str = "") -> str:
    """What is known of the sum, then of its parts: first those that differ, the largest first."""
    if not rows:
        return f"{nothing} in either scenario."
    total, *parts = rows
    if verdict_of(total).decided:
        much = _amount(total)
    elif _same(total):
        much = "exactly as much"
    else:
        small = total.verdict == "too small to matter"
        much = "hardly more or less, too little to matter" if small else "more or less, which cannot be told"
    differing = sorted((row for row in parts if verdict_of(row).decided), key=lambda row: -abs(row.mean))
    equal = [_name(row) for row in parts if _same(row)]
    told = [*unnamed(parts, _name), *([f"the same in every pair: {', '.join(equal)}"] if equal else [])]
    named = ", ".join(f"{_name(row)} {_amount(row)}" for row in differing)
    return "; ".join([lead.format(much) + f": {named}" * bool(named), *told]) + f"{behind}."


def _name(row: Difference) -> str:
    """What a row is about."""
    return item_label(row.key) or "all"


def _amount(row: Difference) -> str:
    """1.09 million A100e more (0.94 to 1.23), by the interval of the verdict."""
    assert row.judgement is not None
    amount, bracket, interval = phrase(Estimate(row.mean, row.judgement.half_width, row.unit)).partition(" (")
    return f"{amount} {'more' if row.mean > 0 else 'less'}{bracket}{interval}"


# --- The page ---


def contrast_page(found: Contrast) -> Page:
    """The sentences, and a table of each group."""
    base, other = found.base.scenario.name, found.other.scenario.name
    titles = {row.key.outcome: title for title, rows in found.groups.items() for row in rows}
    return Page(
        title=f"{other}, less {base}: where the difference comes from, {found.base.made}{found.base.beside}",
        question=found.other.scenario.question if found.extends else "",
        parts=(
            Said("sentences", tuple(contrast_sentences(found))),
            Exhibit(
                "differences",
                "",
                columns_of(_name, base, other),
                tuple(row for rows in found.groups.values() for row in rows),
                by=lambda row: titles[row.key.outcome],
                record=record,
            ),
        ),
        facts={
            "base": base,
            "scenario": other,
            "question": found.other.scenario.question,
            "seed": found.base.seed,
            "replications": len(found.base),
        },
        notes=tuple(_reading(found)),
        elsewhere="--json has them",
    )


def _reading(found: Contrast) -> list[str]:
    """What the numbers are and are not."""
    notes = ["What the two scenarios set differently: `chipgate show BASE --diff OTHER`."]
    if len(found.base) == 1:
        return [*notes, "One replication: there is no interval. Run more with --replications."]
    return [
        "Each difference is between replications with the same projects, dates and luck; the ranges in the sentences "
        "are those of the verdicts. " + notes[0]
    ]
