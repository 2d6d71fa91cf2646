"""How a prediction came out: its sign, whether its interval holds the model's value, and the interval score.

The interval score of Gneiting and Raftery (2007): the interval's width, and where the value lies outside, the distance
to the nearer end times 2 over the share left outside, 10 for an interval of 80 %. Lower is better; on average it is
lowest for whoever states the interval that they honestly believe.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from sim.base.errors import ChipgateError
from sim.experiment.differences import WORDS, difference, direction
from sim.experiment.run import Run
from sim.lessons.exercise import Predict
from sim.lessons.seal import Prediction, Sign
from sim.outcomes.cards import OUTCOMES, Outcome, keys_of
from sim.outcomes.keys import Key, key_of
from sim.scenario.load import load

CONFIDENCE = 0.8
PENALTY = 2 / (1 - CONFIDENCE)
INTENDED = f"{CONFIDENCE:.0%}".replace("%", " %")
HIT, MISSED, WRONG = "hit", "missed", "confidently wrong"
WHAT_IS_WRONG = (
    f"Confidently wrong: the whole {INTENDED} interval lies in another direction than the model's value, or misses it "
    "by more than its own width."
)


@dataclass(frozen=True)
class ModelValue:
    """What the model says: the paired mean difference in the measure that the exercise asks for."""

    value: float
    half_width: float
    """Of the 95 % interval of the mean; nan with fewer than two pairs."""
    sign: Sign
    direction: str
    """In words: higher, later, longer, ... or the same."""


@dataclass(frozen=True)
class Score:
    """One prediction against the model's value."""

    sign_right: bool
    inside: bool
    confidently_wrong: bool
    """Whether the whole interval lies in another direction than the model's, or misses it by more than its own width,
    and in either case by what is worth naming: the student was sure, with 80 %, of something that is not so."""
    width: float
    missed_by: float
    """Distance of the value from the nearer end; 0 inside."""
    score: float

    @property
    def outcome(self) -> str:
        """How the interval comes out: hit | missed | confidently wrong."""
        return WRONG if self.confidently_wrong else HIT if self.inside else MISSED


def asks(predict: Predict) -> dict[str, Any]:
    """The predicted quantity as it is sealed."""
    return {
        "base": predict.base,
        "other": predict.other,
        "outcome": predict.outcome,
        "year": predict.year,
        "in": predict.measure,
    }


@cache
def _baseline_keys() -> list[Key]:
    """What an exercise may ask for: every one starts from the baseline."""
    return keys_of(load("baseline").scenario)


def card_of(predict: Predict) -> Outcome:
    """The card of the outcome that is asked for. Raises ChipgateError where there is none of that name."""
    return OUTCOMES[key_of(predict.outcome, _baseline_keys()).outcome]


def measure_word(predict: Predict) -> str:
    """The unit of sizes and intervals: %, percentage points, or the outcome's own unit."""
    words = {"percent": "%", "points": "percentage points"}
    if predict.measure in words:
        return words[predict.measure]
    unit = card_of(predict).unit
    return "years" if unit == "date" else unit


def way_words(predict: Predict) -> tuple[str, str]:
    """What 'higher' and 'lower' are called of the quantity asked for: a wait is longer, a date later."""
    return WORDS.get(card_of(predict).unit, ("more", "less"))


def border(predict: Predict) -> float | None:
    """The size from which on a difference is no longer 'same', in the measure asked for; None where that hangs on the
    base's mean, which nobody knows before the runs."""
    card = card_of(predict)
    if card.relative != (predict.measure == "percent"):
        return None
    return card.margin * (1 if predict.measure == "unit" else 100)


def refuse_contradiction(predict: Predict, sign: str, size: float) -> None:
    """Refuse a sign that the size belies. Raises ChipgateError."""
    small = border(predict)
    if small is None:
        return
    unit = measure_word(predict)
    same = f"'same' means less than {small:g} {unit.removesuffix('s') if small == 1 else unit} either way"
    if sign == "same" and abs(size) >= small:
        raise ChipgateError(f"{same}, and your size is {size:g}; say '{'higher' if size > 0 else 'lower'}'")
    if sign != "same" and abs(size) < small:
        raise ChipgateError(f"{same}, and so is your size, {size:g}; say 'same', or a size further from 0")


def distance_word(unit: str) -> str:
    """The unit of a distance between two values, of an interval's width and of a score: two values in % lie percentage
    points apart."""
    return "percentage points" if unit == "%" else unit


def model_value(predict: Predict, base: Run, other: Run) -> ModelValue:
    """The model's answer to the exercise's question, from paired runs. Raises ChipgateError where it has none."""
    found = difference(base, other, (predict.outcome, predict.year))
    before = abs(found.base_summary.mean)
    scale = {"percent": 100 / before if before else math.nan, "points": 100.0, "unit": 1.0}[predict.measure]
    value = found.mean * scale
    if not math.isfinite(value):
        raise ChipgateError(f"'{predict.outcome}' has no difference between {predict.base} and {predict.other}")
    small = abs(found.mean) < found.margin or found.mean == 0
    sign: Sign = "same" if small else "higher" if value > 0 else "lower"
    return ModelValue(value, found.half_width * scale, sign, "about the same" if small else direction(found))


def scored(prediction: Prediction, value: float, sign: str, smallest: float = 0.0) -> Score:
    """A prediction against the model's value and sign; `smallest` is the size from which on there is a direction, 0
    where that is not known."""
    low, high = prediction.low, prediction.high
    missed_by = max(low - value, value - high, 0.0)
    held = {"higher": high > 0 and high >= smallest, "lower": low < 0 and low <= -smallest}
    held["same"] = low <= 0 <= high or (low < smallest and high > -smallest)
    return Score(
        sign_right=prediction.sign == sign,
        inside=missed_by == 0,
        confidently_wrong=missed_by > smallest and (not held[sign] or missed_by > high - low),
        width=high - low,
        missed_by=missed_by,
        score=high - low + PENALTY * missed_by,
    )
