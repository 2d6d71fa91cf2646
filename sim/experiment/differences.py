"""Paired differences: what another scenario changes, how sure that is, and whether it is large enough to name.

Two scenarios replicated under common random numbers meet the same projects, dates and luck in each replication, so
one is taken from the other replication by replication, and chance that strikes both alike cancels out.

All verdicts of a comparison, headline outcomes times scenarios, are one family, see `sim.base.judgement`; the smallest
difference worth naming comes from the outcome's own definition. The chance of even one wrong verdict is at most 5 % on
normal data; each interval holds for itself, at the confidence that stands beside it.

Where the smallest difference is a share of the base's mean, the verdict is about the ratio of the two means, for that
mean is an estimate too: its interval is that of the ratio (by the delta method), written in the outcome's unit.

A difference is about the pairs in which both values exist. How often they exist is compared beside it, by McNemar's
exact test; that p stands for itself, outside of the family.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.judgement import (
    ERROR,
    Claim,
    HowOften,
    Judgement,
    all_agree,
    how_often,
    in_doubt,
    judge,
    judged_error,
    judged_skewness,
    paired,
    variance_ratio,
)
from sim.base.label import LABEL
from sim.base.statistics import CONFIDENCE, Summary, finite, mean, summarise, t_quantile
from sim.experiment.columns import Columns
from sim.experiment.run import Run
from sim.outcomes.cards import OUTCOMES, Outcome
from sim.outcomes.keys import Key, Period, Quarter, Wanted

MANY = 10_000  # degrees of freedom from which on Student's t is as good as normal
TEXTS = ("label", "base", "scenario", "outcome", "item", "unit", "better", "for_whom", "verdict")
COUNTS = ("replications", "base_n", "scenario_n", "pairs", "higher", "lower", "equal")
HEADLINES = tuple(name for name, card in OUTCOMES.items() if card.headline)


@dataclass(frozen=True)
class Difference:
    """One outcome in one scenario, less the same in the base, over the pairs in which both exist."""

    base: str
    scenario: str
    key: Key
    unit: str
    replications: int
    pairs: int  # replications in which the value exists in both
    exists: HowOften  # in how many replications it exists in the base, and in the scenario
    base_summary: Summary  # over the pairs, so that the means of both and of the difference add up
    other_summary: Summary
    mean: float
    half_width: float  # of the 95 % interval of the mean difference; nan with fewer than two pairs
    higher: int  # pairs in which the scenario's value is the higher one
    lower: int
    margin: float  # difference worth naming, in the outcome's unit; nan where it is a share and there are no pairs
    variance_ratio: float  # of two independent runs' difference over the paired one's; nan where neither varies
    judged_error: float  # standard error of what a verdict is about, see `sim.base.judgement.judged_error`
    relative_error: float  # standard error of `relative`, in which the base's mean is an estimate too
    skewness: float  # of what a verdict is about, see `sim.base.judgement.judged_skewness`
    judgement: Judgement | None = None  # of headline outcomes over the whole window

    @property
    def card(self) -> Outcome:
        """The outcome's definition."""
        return OUTCOMES[self.key.outcome]

    @property
    def outcome(self) -> str:
        """The outcome's name with its item, such as `revenue_huawei`."""
        return self.key.name

    @property
    def period(self) -> Period:
        """The year, None for the whole window."""
        return self.key.period

    @property
    def claim(self) -> Claim:
        """What a verdict is about. Where all pairs agree, only those that differ can tell: a ratio that rests on one
        pair agrees with itself."""
        pairs = self.pairs if self.judged_error else (self.higher + self.lower or self.pairs)
        return Claim(self.mean, self.judged_error, self.margin, pairs, self.card.better)

    @property
    def verdict(self) -> str:
        """What is judged of it, without for whom; "" where nothing is."""
        return self.judgement.verdict if self.judgement else ""

    @property
    def in_doubt(self) -> bool:
        """Whether its verdict may be wrong more often than it says, for its pairs are few and skewed."""
        return self.judgement is not None and in_doubt(self.judgement, self.pairs, self.skewness)

    @property
    def p_exists(self) -> float:
        """Two-sided, of existing so much more often in one of both if it were a matter of chance; for itself, outside
        of the family. nan where it exists in all pairs or in none."""
        always = self.exists.base == self.exists.other in (0, self.replications)
        return math.nan if always else self.exists.p

    @property
    def equal(self) -> int:
        """Pairs without a difference."""
        return self.pairs - self.higher - self.lower

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.mean + self.half_width

    @property
    def relative(self) -> float:
        """The mean difference as a share of the base's mean; nan where that is 0, and for a date."""
        base = self.base_summary.mean
        return self.mean / abs(base) if base and self.unit != "date" else math.nan

    @property
    def relative_half_width(self) -> float:
        """Of the 95 % interval of `relative`; nan with fewer than two pairs."""
        return t_quantile(CONFIDENCE, self.pairs - 1) * self.relative_error if self.pairs > 1 else math.nan

    @property
    def same_sign(self) -> tuple[str, int]:
        """The direction of the mean difference, and in how many pairs it is so."""
        if self.mean == 0:
            return "equal", self.equal
        return ("higher", self.higher) if self.mean > 0 else ("lower", self.lower)

    @property
    def partial(self) -> bool:
        """Whether the value is missing in some of the pairs, on one side or both."""
        return self.pairs < self.replications

    @cached_property
    def independent(self) -> float:
        """How many replications of each scenario, independent of each other, would give an interval as narrow.

        Two independent runs also know their spread from twice as many values, so they need a little less than the
        variances alone say. Infinite where all pairs agree, nan where that has no answer.
        """
        needed = plain = self.pairs * self.variance_ratio
        if math.isfinite(plain):
            own = t_quantile(CONFIDENCE, self.pairs - 1)
            for _ in range(20):
                freedom = min(MANY, max(1, round(2 * needed) - 2))
                needed = plain * (t_quantile(CONFIDENCE, freedom) / own) ** 2
        return needed


def difference(base: Run, other: Run, wanted: Wanted) -> Difference:
    """The paired difference of one outcome. Raises ChipgateError where a run does not have it, ValueError where the
    runs' replications do not pair."""
    if base.numbers != other.numbers or base.seed != other.seed:
        raise ValueError("paired runs need the same seed and the same replications")
    key = base.key(wanted)
    before, after = base[key], other[key]
    x, y = paired(before.tolist(), after.tolist())
    summary = summarise(b - a for a, b in zip(x, y, strict=True))
    card = OUTCOMES[key.outcome]
    middle = abs(mean(x))
    return Difference(
        base=base.scenario.name,
        scenario=other.scenario.name,
        key=key,
        unit=card.unit,
        replications=len(base),
        pairs=len(x),
        exists=how_often((~np.isnan(before)).tolist(), (~np.isnan(after)).tolist()),
        base_summary=replace(summarise(x), replications=len(base)),
        other_summary=replace(summarise(y), replications=len(base)),
        mean=summary.mean,
        half_width=0.0 if all_agree(x, y) else summary.half_width,
        higher=[b > a for a, b in zip(x, y, strict=True)].count(True),
        lower=[b < a for a, b in zip(x, y, strict=True)].count(True),
        margin=card.margin * middle if card.relative else card.margin,
        variance_ratio=variance_ratio(x, y),
        judged_error=judged_error(x, y, card.relative),
        relative_error=judged_error(x, y, True) / middle if middle else math.nan,
        skewness=judged_skewness(x, y, card.relative),
    )


def differences(base: Run, others: Sequence[Run], error: float = ERROR) -> list[Difference]:
    """Every outcome that both scenarios have, by scenario, whole windows and years; the headlines judged as one
    family, whose chance of a wrong verdict is at most `error`."""
    rows = [
        difference(base, other, key)
        for other in others
        for key in base.outcomes
        if key in other.outcomes and not isinstance(key.period, Quarter)
    ]
    family = [n for n, row in enumerate(rows) if row.period is None and row.outcome in HEADLINES]
    for n, judgement in zip(family, judge([rows[n].claim for n in family], error), strict=True):
        rows[n] = replace(rows[n], judgement=judgement)
    return rows


WORDS = {"date": ("later", "earlier"), "weeks": ("longer", "shorter")}
"""For more and for less, by unit; elsewhere higher and lower."""


def direction(row: Difference) -> str:
    """The direction of the mean difference in the words of its unit: higher, later, longer and their opposites."""
    if row.mean == 0 or math.isnan(row.mean):
        return "the same"
    return WORDS.get(row.unit, ("higher", "lower"))[row.mean < 0]


def sign_words(row: Difference) -> str:
    """In how many pairs the difference has the sign of its mean: `lower in 200 of 200`; an empty text without pairs."""
    if not row.pairs:
        return ""
    sign, count = row.same_sign
    words = dict(zip(("higher", "lower"), WORDS.get(row.unit, ("higher", "lower")), strict=True))
    return f"{words.get(sign, sign)} in {count} of {row.pairs}"


def record(row: Difference) -> dict[str, Any]:
    """A difference at full precision, ready for JSON and CSV: None for what does not exist or is infinite, and for the
    year of a whole window."""
    judged = row.judgement
    half = judged.half_width if judged else math.nan
    numbers = {
        "base_mean": row.base_summary.mean,
        "scenario_mean": row.other_summary.mean,
        "difference": row.mean,
        "ci95_low": row.low,
        "ci95_high": row.high,
        "relative": row.relative,
        "margin": row.margin,
        "verdict_confidence": judged.confidence if judged else math.nan,
        "verdict_low": row.mean - half,
        "verdict_high": row.mean + half,
        "p_holm": judged.p if judged else math.nan,
        "skewness": row.skewness,
        "p_exists": row.p_exists,
        "independent_replications": row.independent,
    }
    return {
        "label": LABEL,
        "base": row.base,
        "scenario": row.scenario,
        "outcome": row.key.outcome,
        "item": row.key.item,
        "unit": row.unit,
        "year": row.period,
        "replications": row.replications,
        "base_n": row.exists.base,
        "scenario_n": row.exists.other,
        "pairs": row.pairs,
        "higher": row.higher,
        "lower": row.lower,
        "equal": row.equal,
        "better": row.card.better,
        "for_whom": row.card.for_whom or None,
        "verdict": judged.verdict if judged else None,
        **{name: finite(value) for name, value in numbers.items()},
    }


def columns(rows: Sequence[Difference]) -> Columns:
    """The records as columns: "" for a text that does not exist, nan for a number, and for the year of a whole
    window."""
    records = [record(row) for row in rows]
    return Columns({name: _column([r[name] for r in records], name) for name in (records[0] if records else ())})


def _column(values: Sequence[Any], name: str) -> NDArray[Any]:
    if name in TEXTS:
        return np.array([value or "" for value in values], dtype=np.str_)
    if name in COUNTS:
        return np.array(values, dtype=np.int64)
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)
