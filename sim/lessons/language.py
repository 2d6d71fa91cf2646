"""The language in which exercises state properties: arithmetic and comparisons over the outcomes of runs.

`yours.delivered > base.delivered` is an array of truths, one a replication; `mean(yours.delivered[2025])` is a number;
`answers.wait` is what the student answered. What an expression can call is in `FUNCTIONS`, and no file can add to it
(`sim.base.expressions`).
"""

from __future__ import annotations

import hashlib
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.base import expressions
from sim.base.expressions import ARITHMETIC, ExpressionError, Language, Parts
from sim.base.judgement import NOISE, judge
from sim.base.judgement import variance_ratio as ratio_of_variances
from sim.base.statistics import CONFIDENCE, summarise, t_quantile
from sim.base.units import decimal_year
from sim.experiment.differences import difference
from sim.experiment.run import Run
from sim.outcomes.constraints import CONSTRAINTS
from sim.scenario.load import SourcedScenario

Floats = NDArray[np.float64]
Result: TypeAlias = Any
"""A number, a truth, a text, an array of shape (replications,) of numbers or truths, or a `Lazy` run."""


class BlankAnswerError(Exception):
    """An expression reads an answer that is not given yet; the text is the answer's name."""


@dataclass
class Lazy:
    """A run that is made when an expression first reads it."""

    sourced: SourcedScenario
    make: Callable[[], Run]

    @cached_property
    def run(self) -> Run:
        """The run itself."""
        return self.make()


# --- Functions ---

FUNCTIONS: dict[str, Callable[..., Result]] = {}
"""What an expression may call, by name."""


def function(call: Callable[..., Result]) -> Callable[..., Result]:
    """Put a function among those that an expression may call."""
    FUNCTIONS[call.__name__.rstrip("_")] = call
    return call


@function
def mean(values: Floats) -> float:
    """Mean of the values that exist."""
    return summarise(np.atleast_1d(values)).mean


@function
def sd(values: Floats) -> float:
    """Standard deviation over the replications; nan with fewer than two."""
    there = values[~np.isnan(values)]
    return float(there.std(ddof=1)) if len(there) > 1 else math.nan


@function
def low(values: Floats) -> float:
    """The value below which one run in ten lies."""
    return summarise(values).p10


@function
def high(values: Floats) -> float:
    """The value above which one run in ten lies."""
    return summarise(values).p90


@function
def half_width(values: Floats) -> float:
    """Half-width of the 95 % interval of the mean."""
    return summarise(values).half_width


@function
def count(values: Floats) -> int:
    """Replications in which the value exists."""
    return summarise(values).n


@function
def share(truths: NDArray[np.bool_]) -> float:
    """Share of the runs in which something is true."""
    return float(np.mean(truths))


@function
def first(values: Floats, number: float) -> Floats:
    """The values of the first replications; all where there are no more. Raises ExpressionError below one."""
    if not number >= 1:
        raise ExpressionError("'first' takes at least one replication")
    return values[: int(number)]


@function
def replications_for(values: Floats, wanted: float) -> float:
    """The smallest number of replications whose 95 % interval has that half-width, by the spread of these; nan where
    there is no spread, with fewer than two values, or no half-width."""
    spread, number = sd(values), 2
    if math.isnan(spread) or math.isnan(wanted):
        return math.nan
    while t_quantile(CONFIDENCE, number - 1) * spread / math.sqrt(number) > wanted * (1 + NOISE) and number < 100_000:
        number += 1 + number // 200
    return float(number)


@function
def near(a: float, b: float, tolerance: float) -> bool:
    """Whether two numbers are no further apart than that."""
    return bool(abs(a - b) <= tolerance * (1 + NOISE))


@function
def within(a: float, b: float, rate: float) -> bool:
    """Whether two positive numbers are no further apart than the factor 1 + rate."""
    return bool(a > 0 and b > 0 and max(a / b, b / a) <= (1 + rate) * (1 + NOISE))


@function
def variance_ratio(base: Floats, other: Floats) -> float:
    """Variance of the difference of independent runs over that of paired ones."""
    there = ~(np.isnan(base) | np.isnan(other))
    return ratio_of_variances(base[there].tolist(), other[there].tolist())


@function
def verdict(other: Lazy, base: Lazy, outcome: str, year: float | None = None) -> str:
    """The verdict on one outcome's paired difference, as a family of its own."""
    period = None if year is None else int(year)
    return judge([difference(base.run, other.run, (outcome, period)).claim])[0].verdict


@function
def leads(run: Lazy, year: float | None = None) -> str:
    """The constraint that holds up the most need, in a year or the whole window."""
    period = None if year is None else int(year)
    held = {name: mean(run.run["binds", name, period]) for name in CONSTRAINTS}
    return _largest(held)


@function
def largest(*pairs: str | float) -> str:
    """The name of the largest number: largest('a', 1, 'b', 2) is 'b'. Raises ExpressionError where one is nan."""
    return _largest({str(name): float(number) for name, number in zip(pairs[::2], pairs[1::2], strict=True)})


def _largest(numbers: Mapping[str, float]) -> str:
    """The name of the largest number, the first of equals. Raises ExpressionError where one does not exist."""
    for name, number in numbers.items():
        if math.isnan(number):
            raise ExpressionError(f"the number of '{name}' does not exist, so none is known to be the largest")
    return max(numbers, key=numbers.__getitem__)


@function
def min_(*numbers: float) -> float:
    """The smallest of two numbers or more; nan where one of them is."""
    return math.nan if any(map(math.isnan, numbers)) else min(*numbers)


@function
def max_(*numbers: float) -> float:
    """The largest of two numbers or more; nan where one of them is."""
    return math.nan if any(map(math.isnan, numbers)) else max(*numbers)


@function
def value(run: Lazy, key: str) -> Result:
    """A parameter of the run's scenario, in the model's unit; a date as a decimal year, nan for a key that is not
    there. Raises ExpressionError for a run with a constraint relaxed, whose parameters are no longer listed."""
    if not run.sourced.parameters:
        raise ExpressionError("a run with a constraint relaxed has no list of parameters")
    if (found := run.sourced.parameters.get(key)) is None:
        return math.nan
    return decimal_year(found.value) if isinstance(found.value, date) else found.value


@function
def erlang_c(servers: float, load: float) -> float:
    """Probability that one who comes to an M/M/c queue has to wait; `load` in servers, below their number."""
    if not 0 <= load < servers:
        raise ExpressionError("'erlang_c' takes a load below the number of servers")
    blocked = 1.0  # Erlang's loss formula by its recursion, and the waiting probability from it
    for n in range(1, int(servers) + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


@function
def secret(answer: str, salt: str, stored: str) -> bool:
    """Whether an answer is the one whose hash is stored."""
    return secret_hash(salt, answer) == stored


def secret_hash(salt: str, text: str) -> str:
    """A salted, slow hash of a word, capitals and blanks aside. It keeps an eye from reading the answer in a file, and
    no more: whoever can list the possible answers can try them all."""
    word = "".join(text.lower().split())
    return hashlib.pbkdf2_hmac("sha256", word.encode(), salt.encode(), 100_000).hex()[:32]


for maths in (math.sqrt, math.exp, math.log, abs):
    FUNCTIONS[maths.__name__] = maths

# --- Evaluation ---


@dataclass(frozen=True)
class Names:
    """What the names of an expression stand for."""

    runs: Mapping[str, Lazy] = field(default_factory=dict)
    answers: Mapping[str, float | str | None] = field(default_factory=dict)
    """None for one that is not given yet."""
    let: Mapping[str, str] = field(default_factory=dict)
    """Names for expressions."""
    functions: Mapping[str, Callable[..., Result]] = field(default_factory=dict)
    """Those that know the student's file."""

    def look_up(self, parts: Parts) -> Result:
        """The value of a name: of a run, of an outcome of it, of an answer, of an expression."""
        match parts:
            case ("answers", str() as name):
                if name not in self.answers:
                    raise ExpressionError(f"there is no answer '{name}'")
                if (answer := self.answers[name]) is None:
                    raise BlankAnswerError(name)
                return answer
            case (str() as name,) if name in self.runs:
                return self.runs[name]
            case (str() as name, str() as outcome) if name in self.runs:
                return self.runs[name].run[outcome]
            case (str() as name, str() as outcome, period) if name in self.runs:
                return self.runs[name].run[outcome, period]
            case (str() as name,) if name in self.let:
                return evaluate(self.let[name], self)
        raise ExpressionError(f"'{'.'.join(map(str, parts))}' is not known")


def evaluate(text: str, names: Names) -> Result:
    """What an expression comes to.

    Raises ExpressionError where it makes no sense, BlankAnswerError where it reads an answer not given yet, and
    ChipgateError for an outcome that does not exist.
    """
    language = Language(names.look_up, OPERATIONS, {**FUNCTIONS, **names.functions})
    with np.errstate(divide="ignore", invalid="ignore"):
        return expressions.evaluate(text, language)


def _or_nan(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operation in which a number over nothing is nan, as it is in an array."""

    def computed(left: Result, right: Result) -> Result:
        try:
            return operation(left, right)
        except ZeroDivisionError:
            return math.nan

    return computed


def _comparison(
    numbers: Callable[[Floats, Floats], Any], texts: Callable[[Any, Any], bool] | None = None
) -> Callable[[Result, Result], Result]:
    """A comparison by the gap between two numbers and the noise in it, or of two texts.

    The same amounts summed in another order are equal; what does not exist compares false.
    """

    def truth(left: Result, right: Result) -> Result:
        if isinstance(left, str) or isinstance(right, str):
            if texts is None:
                raise ExpressionError("a text is equal to another or not, never larger")
            return texts(left, right)
        left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)  # truths too
        return numbers(left - right, NOISE * np.maximum(np.abs(left), np.abs(right)))

    return truth


OPERATIONS: Mapping[str, Callable[..., Result]] = {
    **{sign: _or_nan(operation) for sign, operation in {**ARITHMETIC, "**": operator.pow}.items()},
    "<": _comparison(lambda gap, noise: gap < -noise),
    "<=": _comparison(lambda gap, noise: gap <= noise),
    ">": _comparison(lambda gap, noise: gap > noise),
    ">=": _comparison(lambda gap, noise: gap >= -noise),
    "==": _comparison(lambda gap, noise: np.abs(gap) <= noise, operator.eq),
    "!=": _comparison(lambda gap, noise: np.abs(gap) > noise, operator.ne),
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
}
"""What an expression may join its values with."""

# --- Sentences with numbers ---

SLOT = re.compile(r"\{([^{}|]+)(?:\|([^{}]*))?\}")


def slots(sentence: str) -> list[str]:
    """The expressions in the braces of a sentence."""
    return [match[1].strip() for match in SLOT.finditer(sentence)]


def vast(sentence: str) -> list[str]:
    """The braces of a sentence in which a number would be so wide or so precise that it fills a page, or the memory."""
    return [match[0] for match in SLOT.finditer(sentence) if re.search(r"\d{3}", match[2] or "")]


def filled(sentence: str, names: Names) -> str:
    """A sentence with its expressions worked out: `{mean(x) | .0%}`. Raises as `evaluate`."""

    def text(match: re.Match[str]) -> str:
        result, form = evaluate(match[1].strip(), names), (match[2] or "").strip()
        try:
            text = format(result, form or ("" if isinstance(result, str) else ",.4g"))
        except (TypeError, ValueError):
            raise ExpressionError(f"'{match[0]}' cannot be written so") from None
        return re.sub(r"(\d)%", r"\1 %", text)

    return SLOT.sub(text, sentence)
