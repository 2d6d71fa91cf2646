"""A key that is varied on purpose: between which values, and where along them runs are made."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from sim.base.errors import ChipgateError
from sim.base.rounding import decimals
from sim.base.shapes import Leaf, Value
from sim.base.units import UnitError
from sim.scenario.load import SourcedScenario
from sim.scenario.sampling import Input, input_of, why_fixed
from sim.scenario.variants import leaf_of, number_of, parameter_of, with_values

Span: TypeAlias = str | tuple[Value, Value]
"""Two values of a key: written FROM:TO, or each as a text, a number in the key's unit or a date."""


def varied(sourced: SourcedScenario, key: str, between: Span = "") -> Input:
    """A key with the range that its file states, or with that `between` two values. Raises ChipgateError for a key that
    may not vary, and for a range that is none."""
    parameter = parameter_of(sourced, key)
    refuse_fixed(sourced, key)
    if between != "":
        ends = _ends(key, between)
        own = replace(parameter, source=replace(parameter.source, range=ends))
        scenario = sourced.scenario
        if scenario.worlds and number_of(ends[0]) <= 0:  # 0 has no logarithm, so the steps are even
            scenario = replace(scenario, worlds=replace(scenario.worlds, log=[]))
        return input_of(replace(sourced, scenario=scenario, parameters={**sourced.parameters, key: own}), key)
    if parameter.source.range is None:
        raise ChipgateError(f"no range is stated for '{key}' of {sourced.scenario.name}; say one, FROM:TO")
    return input_of(sourced, key)


def refuse_fixed(sourced: SourcedScenario, key: str) -> None:
    """Refuse a key that never varies. Raises ChipgateError."""
    if why := why_fixed(sourced, key):
        raise ChipgateError(f"'{key}' {why} and does not vary; change it with --set")


def _ends(key: str, between: object) -> tuple[float, float]:
    """Two values of a key, the lower first."""
    leaf = leaf_of(key)
    given = [text.strip() for text in between.split(":")] if isinstance(between, str) else between
    if not isinstance(given, list | tuple) or len(given) != 2 or "" in given:
        shown = f"'{between[:60]}'" if isinstance(between, str) else repr(between)[:60]
        raise ChipgateError(f"{shown} is not a range of '{key}'; write FROM:TO, such as {leaf.example}:...")
    try:
        low, high = (_end(leaf, each) for each in given)
    except UnitError as error:
        raise ChipgateError(f"the range of {key}: {error}{f'; {error.hint}' if error.hint else ''}") from None
    if number_of(low) == number_of(high):
        raise ChipgateError(f"from {given[0]} to {given[1]} is no range of '{key}': both ends are the same")
    if number_of(low) > number_of(high):
        raise ChipgateError(f"from {given[0]} to {given[1]} is no range of '{key}'; write the lower end first")
    return low, high


def _end(leaf: Leaf, given: object) -> Any:
    """A value as a text, a number or a date. Raises UnitError."""
    if isinstance(given, str):
        return leaf.read(given)
    if leaf.quantity:
        return leaf.quantity.read(given)
    if not isinstance(given, datetime.date):
        raise UnitError(f"{given!r} is no date; write one such as '{leaf.example}'")
    return leaf.read(given.isoformat()[:10])


def refuse_apart(first: SourcedScenario, second: SourcedScenario, of: Input, instead: str) -> None:
    """Refuse a key that is no assumption of both scenarios, and say what to do `instead`. Raises ChipgateError."""
    one, two = first.scenario.name, second.scenario.name
    own = second.parameters.get(of.key)
    if own is None or number_of(own.value) != of.now:
        why = f"{two} does not have it" if own is None else f"it is {of.text(of.now)} in {one} and {own.text} in {two}"
        alike = "" if own is None else f", and --set {of.key}='{own.text}' makes them alike"
        raise ChipgateError(f"'{of.key}' is no assumption that both share, for {why}; {instead}{alike}")


def stated(sourced: SourcedScenario, of: Input) -> str:
    """What to know of the range: that it goes beyond the one that the file states; empty where it does not."""
    ends = sourced.parameters[of.key].source.range
    if ends is None:
        return f"The file states no range for {of.key}."
    low, high = map(number_of, ends)
    if low <= of.low and of.high <= high:
        return ""
    return f"The range goes beyond the one that the file states for {of.key}: {of.text(low)} to {of.text(high)}."


def at(sourced: SourcedScenario, values: Mapping[Input, float]) -> SourcedScenario:
    """The scenario with these values. Raises ChipgateError where they break a rule."""
    return with_values(sourced, {of.key: of.value(number) for of, number in values.items()})


def steps(of: Input, many: int) -> list[float]:
    """So many values from one end of the range to the other, evenly, or evenly over the logarithm; of whole numbers and
    days each once, so perhaps fewer."""
    found = [of.at(n / (many - 1), of.low, of.high) for n in range(many)]
    return list(dict.fromkeys(map(float, map(round, found)) if of.unit == "date" else found))


def whole(of: Input) -> bool:
    """Whether there is nothing between one value and the next: whole numbers, and days."""
    return of.whole or of.unit == "date"


def told(of: Input, number: float, half: float = math.nan) -> str:
    """A value for people, no finer than two figures of half of its interval."""
    known = half > 0 and math.isfinite(half) and not whole(of)
    return of.text(round(number, decimals(half, abs(number))) if known else number)


def between(low: str, high: str) -> str:
    """Two values for people, their unit once: 20 to 80 %/year."""
    number, blank, unit = low.partition(" ")
    return f"{number if blank and high.endswith(f' {unit}') else low} to {high}"


def plain(of: Input, number: float) -> float | str | None:
    """A value as JSON takes it."""
    if not math.isfinite(number):
        return None
    return str(of.value(number)) if of.unit == "date" else number
