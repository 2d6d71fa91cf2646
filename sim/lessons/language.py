"""The language in which exercises state properties: arithmetic and comparisons over the outcomes of runs.

`yours.delivered > base.delivered` is an array of truths, one a replication; `mean(yours.delivered[2025])` is a number;
`answers.wait` is what the student answered. An expression is read into Python's syntax tree and evaluated node by node
from a short list of what is allowed, so a file can state a property but never run code. What it can call is in
`FUNCTIONS`, and no file can add to it.
"""

from __future__ import annotations

import ast
import hashlib
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.base.statistics import CONFIDENCE, summarise, t_quantile
from sim.base.units import DAYS_A_YEAR
from sim.experiment.differences import NOISE, difference, judge
from sim.experiment.differences import variance_ratio as ratio_of_variances
from sim.experiment.run import Run
from sim.outcomes.cards import CONSTRAINTS
from sim.scenario.load import SourcedScenario

Floats = NDArray[np.float64]
Result: TypeAlias = Any
"""A number, a truth, a text, an array of shape (replications,) of numbers or truths, or a `Lazy` run."""


class BlankAnswerError(Exception):
    """An expression reads an answer that is not given yet; the text is the answer's name."""


class BadExpressionError(ChipgateError):
    """An expression of an exercise that cannot be evaluated: a mistake of its author, not of the student."""


class Lazy:
    """A run that is made when an expression first reads it."""

    def __init__(self, sourced: SourcedScenario, make: Callable[[], Run]) -> None:
        self.sourced = sourced
        self._make = make
        self._run: Run | None = None

    @property
    def run(self) -> Run:
        """The run itself."""
        if self._run is None:
            self._run = self._make()
        return self._run


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
    return summarise(values).having


@function
def share(truths: NDArray[np.bool_]) -> float:
    """Share of the runs in which something is true."""
    return float(np.mean(truths))


@function
def first(values: Floats, number: float) -> Floats:
    """The values of the first replications; all where there are no more. Raises BadExpressionError below one."""
    if not number >= 1:
        raise BadExpressionError("'first' takes at least one replication")
    return values[: int(number)]


@function
def replications_for(values: Floats, wanted: float) -> float:
    """The smallest number of replications whose 95 % interval has that half-width, by the spread of these; nan where
    there is no spread, with fewer than two values, or no half-width."""
    spread, number = sd(values), 2
    if math.isnan(spread) or math.isnan(wanted):
        return math.nan
    while t_quantile(CONFIDENCE, number - 1) * spread / math.sqrt(number) > wanted and number < 100_000:
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
    return ratio_of_variances(base[there], other[there])


@function
def verdict(other: Lazy, base: Lazy, outcome: str, year: float | None = None) -> str:
    """The verdict on one outcome's paired difference, as a family of its own."""
    period = None if year is None else int(year)
    return judge([difference(base.run, other.run, outcome, period)])[0].verdict


@function
def leads(run: Lazy, year: float | None = None) -> str:
    """The constraint that holds up the most need, in a year or the whole window."""
    period = None if year is None else int(year)
    held = {name: mean(run.run[f"binds_{name}", period]) for name in CONSTRAINTS}
    return _largest(held)


@function
def largest(*pairs: str | float) -> str:
    """The name of the largest number: largest('a', 1, 'b', 2) is 'b'. Raises BadExpressionError where one is nan."""
    return _largest({str(name): float(number) for name, number in zip(pairs[::2], pairs[1::2], strict=True)})


def _largest(numbers: Mapping[str, float]) -> str:
    """The name of the largest number, the first of equals. Raises BadExpressionError where one does not exist."""
    for name, number in numbers.items():
        if math.isnan(number):
            raise BadExpressionError(f"the number of '{name}' does not exist, so none is known to be the largest")
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
    there. Raises BadExpressionError for a run with a constraint relieved, whose parameters are no longer listed."""
    if not run.sourced.parameters:
        raise BadExpressionError("a run with a constraint relieved has no list of parameters")
    found = run.sourced.parameters.get(key)
    if found is not None and isinstance(found.value, date):
        return found.value.year + (found.value.timetuple().tm_yday - 1) / DAYS_A_YEAR
    return math.nan if found is None else found.value


@function
def erlang_c(servers: float, load: float) -> float:
    """Probability that one who comes to an M/M/c queue has to wait; `load` in servers, below their number."""
    if not 0 <= load < servers:
        raise BadExpressionError("'erlang_c' takes a load below the number of servers")
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

ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


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


def parse(text: str) -> ast.expr:
    """An expression's syntax tree. Raises BadExpressionError."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpressionError(f"'{text}' is no expression") from None


def words_of(text: str) -> set[str]:
    """The names that an expression reads: runs, `answers`, names of `let` and functions. Raises BadExpressionError."""
    return {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)}


def evaluate(text: str, names: Names) -> Result:
    """What an expression comes to.

    Raises BadExpressionError where it makes no sense, BlankAnswerError where it reads an answer not given yet, and
    ChipgateError for an outcome that does not exist.
    """
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            return _value(parse(text), names)
    except BadExpressionError as error:
        raise BadExpressionError(f"{error}, in: {text}") from None
    except (TypeError, ValueError, ArithmeticError, IndexError) as error:
        raise BadExpressionError(f"cannot work out '{text}': {error}") from None


def _value(node: ast.expr, names: Names) -> Result:
    match node:
        case ast.Constant(value=bool() | int() | float() | str()):
            return node.value
        case ast.Name():
            return _named(node.id, names)
        case ast.Attribute(value=ast.Name(id="answers")):
            return _answer(node.attr, names)
        case ast.Attribute():
            return _run(node.value, names)[node.attr]
        case ast.Subscript(value=ast.Attribute() as outcome, slice=ast.Constant(value=int() | str() as period)):
            return _run(outcome.value, names)[outcome.attr, period]
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            return _computed(ARITHMETIC[type(node.op)], _value(node.left, names), _value(node.right, names))
        case ast.UnaryOp(op=ast.USub()):
            return -_value(node.operand, names)
        case ast.UnaryOp(op=ast.Not()):
            return np.logical_not(_value(node.operand, names))
        case ast.BoolOp():
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            truths = [_value(part, names) for part in node.values]
            result = truths[0]
            for truth in truths[1:]:
                result = join(result, truth)
            return result
        case ast.Compare():
            return _compared(node, names)
        case ast.Call(func=ast.Name(id=name), keywords=[]):
            return _called(name, [_value(part, names) for part in node.args], names)
    raise BadExpressionError(f"'{ast.unparse(node)}' has no place in an expression")


def _computed(operation: Callable[[Any, Any], Any], left: Result, right: Result) -> Result:
    """A number over nothing is nan, as it is in an array."""
    try:
        return operation(left, right)
    except ZeroDivisionError:
        return math.nan


def _named(name: str, names: Names) -> Result:
    if name in names.runs:
        return names.runs[name]
    if name in names.let:
        return _value(parse(names.let[name]), names)
    raise BadExpressionError(f"'{name}' is not known")


def _run(node: ast.expr, names: Names) -> Run:
    if isinstance(node, ast.Name) and node.id in names.runs:
        return names.runs[node.id].run
    raise BadExpressionError(f"'{ast.unparse(node)}' is no run")


def _answer(name: str, names: Names) -> float | str:
    if name not in names.answers:
        raise BadExpressionError(f"there is no answer '{name}'")
    answer = names.answers[name]
    if answer is None:
        raise BlankAnswerError(name)
    return answer


def _called(name: str, arguments: list[Result], names: Names) -> Result:
    known = {**FUNCTIONS, **names.functions}
    if name not in known:
        raise BadExpressionError(f"there is no function '{name}'")
    return known[name](*arguments)


def _compared(node: ast.Compare, names: Names) -> Result:
    """A chain of comparisons, such as 0 < a < b."""
    sides = [_value(part, names) for part in [node.left, *node.comparators]]
    result: Result = True
    for comparison, (left, right) in zip(node.ops, pairwise(sides), strict=True):
        result = np.logical_and(result, _truth(comparison, left, right))
    return result


def _truth(comparison: ast.cmpop, left: Result, right: Result) -> Result:
    """One comparison. The same amounts summed in another order are equal; what does not exist compares false."""
    if isinstance(left, str) or isinstance(right, str):
        if isinstance(comparison, ast.Eq | ast.NotEq):
            return (left == right) == isinstance(comparison, ast.Eq)
        raise BadExpressionError("a text is equal to another or not, never larger")
    left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)  # truths too
    gap = left - right
    noise = NOISE * np.maximum(np.abs(left), np.abs(right))
    match comparison:
        case ast.Lt():
            return gap < -noise
        case ast.LtE():
            return gap <= noise
        case ast.Gt():
            return gap > noise
        case ast.GtE():
            return gap >= -noise
        case ast.Eq():
            return np.abs(gap) <= noise
        case ast.NotEq():
            return np.abs(gap) > noise
    raise BadExpressionError("this comparison has no place in an expression")


# --- Sentences with numbers ---

SLOT = re.compile(r"\{([^{}|]+)(?:\|([^{}]*))?\}")


def slots(sentence: str) -> list[str]:
    """The expressions in the braces of a sentence."""
    return [match[1].strip() for match in SLOT.finditer(sentence)]


def filled(sentence: str, names: Names) -> str:
    """A sentence with its expressions worked out: `{mean(x) | .0%}`. Raises as `evaluate`."""

    def text(match: re.Match[str]) -> str:
        result, form = evaluate(match[1].strip(), names), (match[2] or "").strip()
        try:
            told = format(result, form or ("" if isinstance(result, str) else ",.4g"))
        except (TypeError, ValueError):
            raise BadExpressionError(f"'{match[0]}' cannot be written so") from None
        return re.sub(r"(\d)%", r"\1 %", told)

    return SLOT.sub(text, sentence)
