"""Worlds: what a scenario's assumptions might be instead, sampled together from the ranges that its files state.

Ranges cannot be sampled one by one: shares would not add up, and dates would lose their order. What moves together is
said by the scenario itself, under `worlds`, so that every sampled world passes the check. Of many worlds each range is
covered evenly (a Latin hypercube), and each key has luck of its own, named after it.
"""

from __future__ import annotations

import datetime
import math
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sim.base.errors import ChipgateError
from sim.base.shapes import Value
from sim.scenario.load import Parameter, SourcedScenario, in_order
from sim.scenario.parts import Worlds
from sim.scenario.rules import named_in
from sim.scenario.variants import Values, leaf_of, number_of, parameter_of, with_values

MOST = 100_000  # worlds
FRAME = ("window", "lead_in", "worlds")
"""What no scenario lets vary: worlds that differ in it could not be compared."""
TOGETHER = "all that must keep its sum, or its order, is to be named under 'worlds' in the file: 'sums', 'order'"


@dataclass(frozen=True)
class Input:
    """An assumption with the range that its file states. Days are counted as numbers."""

    key: str
    unit: str
    low: float
    high: float
    now: float
    """Its value in the scenario."""
    whole: bool = False
    log: bool = False
    lever: bool = False
    """Whether somebody decides it."""
    confidence: str = ""
    off: float = 0.0
    """Share of the worlds that are without it."""

    def value(self, number: float) -> Value:
        """A number as a value of the key."""
        return datetime.date.fromordinal(round(number)) if self.unit == "date" else number

    def text(self, number: float) -> str:
        """The same for people."""
        return leaf_of(self.key).show(self.value(number))

    def at(self, share: float, low: float, high: float) -> float:
        """The number below which that share of the samples between two ends lies. Raises ChipgateError where it is to
        be whole and no whole number lies between them."""
        if self.whole:
            ends, low, high = (low, high), math.ceil(low), math.floor(high)
            if low > high:
                between = " and ".join(map(self.text, ends))
                raise ChipgateError(f"'{self.key}' is to be a whole number, and there is none between {between}")
            return float(min(high, math.floor(low + share * (high - low + 1))))
        value = low * math.exp(share * math.log(high / low)) if self.log else low + share * (high - low)
        return min(high, value)


def inputs_of(sourced: SourcedScenario) -> list[Input]:
    """Every assumption that may vary, in the order of the file: those with a range that has a width, but for what
    the scenario holds fixed. Raises ChipgateError."""
    return [
        _input(sourced, parameter)
        for parameter in sourced.parameters.values()
        if _has_width(parameter) and not is_fixed(sourced, parameter.key)
    ]


def input_of(sourced: SourcedScenario, key: str) -> Input:
    """The assumption of that key, with its range. Raises ChipgateError for a key that there is not, and for one without
    a range or whose range has no width."""
    parameter = parameter_of(sourced, key)
    if parameter.source.range is None:
        what = {"figure": "a figure of the articles", "derived": "derived from figures"}.get(
            parameter.source.kind, "given without a range"
        )
        raise ChipgateError(f"'{key}' of {sourced.scenario.name} is {what}, so no range says what else it might be")
    if not _has_width(parameter):
        raise ChipgateError(f"the range of '{key}' has no width: it is {parameter.text} and nothing else")
    return _input(sourced, parameter)


def shared_inputs(scenarios: Sequence[SourcedScenario]) -> list[Input]:
    """The inputs that may vary in all of some scenarios alike: those in which they do not differ."""
    first, *others = scenarios
    same = [{each.key: each for each in inputs_of(other)} for other in others]
    return [each for each in inputs_of(first) if all(each == other.get(each.key) for other in same)]


def _has_width(parameter: Parameter) -> bool:
    ends = parameter.source.range
    return ends is not None and number_of(ends[0]) < number_of(ends[1])


def _input(sourced: SourcedScenario, parameter: Parameter) -> Input:
    ends, worlds, key = parameter.source.range, sourced.scenario.worlds or Worlds(), parameter.key
    assert ends is not None
    low, high = map(number_of, ends)
    found = Input(
        key=key,
        unit=parameter.unit,
        low=low,
        high=high,
        now=number_of(parameter.value),
        whole=named_in(worlds.whole, key),
        log=named_in(worlds.log, key),
        lever=named_in(worlds.levers, key),
        confidence=parameter.source.confidence,
        off=next((each.share for each in worlds.off.values() if each.key == key), 0.0),
    )
    if found.log and low <= 0:
        raise ChipgateError(f"'{key}' is sampled over the logarithm, and its range begins with {found.text(low)}")
    found.at(0.0, low, high)  # whole, it needs a whole number in its range
    return found


def is_fixed(sourced: SourcedScenario, key: str) -> bool:
    """Whether a key never varies: it is of the frame, or the scenario says so."""
    return named_in((*FRAME, *(sourced.scenario.worlds or Worlds()).fixed), key)


def why_fixed(sourced: SourcedScenario, key: str) -> str:
    """Why a key never varies, as what it does; empty where it may."""
    if named_in(FRAME, key):
        return "is the frame of the experiment"
    return "is held by 'worlds.fixed'" if is_fixed(sourced, key) else ""


# --- Sampling ---


@dataclass(frozen=True)
class Sample:
    """Worlds, each with a value for every input; of what is off, None."""

    inputs: tuple[Input, ...]
    worlds: tuple[Values, ...]
    seed: int

    def of(self, sourced: SourcedScenario) -> Iterator[SourcedScenario]:
        """A scenario in each of the worlds. Raises ChipgateError for a world that breaks a rule."""
        for number, values in enumerate(self.worlds):
            try:
                world = with_values(sourced, values, f"in world {number}")
            except ChipgateError as error:
                raise ChipgateError(f"{error}\n  {TOGETHER}") from None
            yield world


def sample(
    scenarios: Sequence[SourcedScenario],
    many: int,
    seed: int = 1,
    vary: Callable[[Input], bool] = lambda each: not each.lever,
) -> Sample:
    """So many worlds in which all of some scenarios can be run: what they differ in keeps its values. What `vary` does
    not want keeps them too: the levers, if nothing is said; and a sum of which not all may vary. Raises
    ChipgateError."""
    rules, named = scenarios[0].scenario.worlds or Worlds(), {each.key: each for each in varying_in(scenarios, vary)}
    if not named:
        raise ChipgateError("nothing is left that could vary: no assumption has a range and is wanted")
    first = {key: keys[0] for keys in rules.alike.values() for key in keys}
    luck = {key: _strata(many, f"{seed}/worlds/{first.get(key, key)}") for key in named}
    orders = Orders.of(scenarios, named)
    worlds = [_world(rules, orders, named, {key: own[n] for key, own in luck.items()}) for n in range(many)]
    return Sample(tuple(named.values()), tuple(worlds), seed)


def varying(*, levers: bool = False, low_only: bool = False) -> Callable[[Input], bool]:
    """Which assumptions vary: the levers too or not, and perhaps only what is of low confidence."""
    return lambda each: (levers or not each.lever) and (each.confidence == "low" or not low_only)


def varying_in(scenarios: Sequence[SourcedScenario], vary: Callable[[Input], bool]) -> list[Input]:
    """The shared inputs that are wanted, without those of a sum of which not all are: nothing makes up for them."""
    found = [each for each in shared_inputs(scenarios) if vary(each)]
    for keys in (scenarios[0].scenario.worlds or Worlds()).sums.values():
        if len(keys) == 1 or not {each.key for each in found}.issuperset(keys):
            found = [each for each in found if each.key not in keys]
    return found


def _strata(many: int, stream: str) -> list[float]:
    """Shares from 0 to 1, one in each of so many strata, in any order."""
    luck = random.Random(stream)
    order = list(range(many))
    luck.shuffle(order)
    return [(stratum + luck.random()) / many for stratum in order]


def _world(rules: Worlds, orders: Orders, inputs: Mapping[str, Input], luck: Mapping[str, float]) -> Values:
    """One world: first what is off, then what moves together, then the rest."""
    off = [key for key, each in inputs.items() if luck[key] < each.off]
    luck = {key: (luck[key] - each.off) / (1 - each.off) for key, each in inputs.items() if key not in off}
    free = {key: each for key, each in inputs.items() if key not in off}
    values: dict[str, float] = {}
    for keys in rules.sums.values():
        values |= _summed(keys, free, luck)
    values |= ordered(orders, free, luck, values)
    for key, each in free.items():
        if key not in values:
            values[key] = each.at(luck[key], each.low, each.high)
    return {key: each.value(values[key]) if key in values else None for key, each in inputs.items()}


def _summed(keys: Sequence[str], inputs: Mapping[str, Input], luck: Mapping[str, float]) -> dict[str, float]:
    """Values that keep their sum: each as far inside its range as leaves the later ones inside theirs. Where one of
    them is off, none varies."""
    if any(key not in inputs for key in keys):
        return {key: inputs[key].now for key in keys if key in inputs}
    left = math.fsum(inputs[key].now for key in keys)
    found = {}
    for n, key in enumerate(keys[:-1]):
        own, later = inputs[key], [inputs[other] for other in keys[n + 1 :]]
        low = max(own.low, left - math.fsum(each.high for each in later))
        high = min(own.high, left - math.fsum(each.low for each in later))
        if low > high:
            raise ChipgateError(f"the ranges of {', '.join(keys)} cannot keep their sum")
        found[key] = own.at(luck[key], low, high)
        left -= found[key]
    return {**found, keys[-1]: left}


@dataclass(frozen=True)
class Orders:
    """Which values must not be lower than which others. A value that a scenario keeps has a name of its own in it, for
    another scenario may have another one."""

    below: Mapping[str, Collection[str]]
    above: Mapping[str, Collection[str]]
    kept: Mapping[str, float]
    """The values that do not vary."""

    @classmethod
    def of(cls, scenarios: Sequence[SourcedScenario], inputs: Collection[str]) -> Orders:
        """What the orders of some scenarios ask of worlds in which those inputs vary. An order that a scenario's own
        values break is none of its: it asks what if it were otherwise."""
        below: dict[str, set[str]] = {}
        above: dict[str, set[str]] = {}
        kept: dict[str, float] = {}
        for number, each in enumerate(scenarios):
            for keys in (each.scenario.worlds or Worlds()).order.values():
                if not in_order(each, keys):
                    continue
                values = {key: number_of(each.parameters[key].value) for key in keys if key in each.parameters}
                names = {key: key if key in inputs else f"{number} {key}" for key in values}
                kept |= {names[key]: value for key, value in values.items() if key not in inputs}
                for one, other in pairwise(names.values()):
                    below.setdefault(other, set()).add(one)
                    above.setdefault(one, set()).add(other)
        return cls(below, above, kept)


def ordered(
    orders: Orders, inputs: Mapping[str, Input], luck: Mapping[str, float], known: Mapping[str, float]
) -> dict[str, float]:
    """Values that keep the orders: each between the highest that those below it are or must be, and the lowest that
    those above it are or must be."""
    ends = {key: (each.low, each.high) for key, each in inputs.items()}
    ends |= {key: (value, value) for key, value in (*orders.kept.items(), *known.items())}
    anywhere = (-math.inf, math.inf)  # what is off in this world
    whole = {key for key, each in inputs.items() if each.whole}

    def lowest(key: str) -> float:
        below = [(each, lowest(each)) for each in orders.below.get(key, ())]
        return max([ends.get(key, anywhere)[0], *(math.ceil(low) if each in whole else low for each, low in below)])

    def highest(key: str) -> float:
        above = [(each, highest(each)) for each in orders.above.get(key, ())]
        return min([ends.get(key, anywhere)[1], *(math.floor(high) if each in whole else high for each, high in above)])

    found: dict[str, float] = {}
    for key in dict.fromkeys((*orders.above, *orders.below)):
        if key in inputs and key not in known:
            low, high = lowest(key), highest(key)
            if low > high:
                raise ChipgateError(f"the range of '{key}' leaves it no place in its order")
            found[key] = inputs[key].at(luck[key], low, high)
            ends[key] = (found[key], found[key])
    return found
