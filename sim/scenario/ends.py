"""One assumption alone at an end of its range, while what moves together is kept.

An end of a range alone may break what the scenario says under `worlds`: shares would not add up, dates would lose their
order. So what has a sum to keep with the assumption makes up for it, each inside its own range; and an assumption that
has an order to keep stops at its neighbours as they are. It then stands as near to its end as these let it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.base.wording import listed
from sim.scenario.load import SourcedScenario
from sim.scenario.parts import Worlds
from sim.scenario.sampling import Input
from sim.scenario.variants import Values, number_of

ROUNDING = 1e-12


class End(NamedTuple):
    """An assumption at an end of its range."""

    number: float
    """Where it stands."""
    values: Values
    """All that differs from the scenario; empty where it stands there already."""
    kept: str = ""
    """In words, what it keeps: its order with others, or a sum to which others give or from which they take."""


def ends_of(scenarios: Sequence[SourcedScenario], inputs: Mapping[str, Input], key: str) -> tuple[End, End]:
    """The low and the high end of one of the inputs that some scenarios share, in all of them alike."""
    own, rules = inputs[key], scenarios[0].scenario.worlds or Worlds()
    ends = (math.ceil(own.low), math.floor(own.high)) if own.whole else (own.low, own.high)
    low, high = (_end(scenarios, inputs, own, rules, float(end)) for end in ends)
    return low, high


def _end(
    scenarios: Sequence[SourcedScenario], inputs: Mapping[str, Input], own: Input, rules: Worlds, number: float
) -> End:
    kept = []
    for keys in _holding(rules.order, own):
        place = keys.index(own.key)
        least = min(own.now, max(_now(scenarios, keys[:place]), default=-math.inf))
        most = max(own.now, min(_now(scenarios, keys[place + 1 :]), default=math.inf))
        if not least <= number <= most:
            number = min(max(number, least), most)
            kept.append(f"keeps its order with {listed([key for key in keys if key != own.key])}")
    values = {own.key: number}
    for keys in _holding(rules.sums, own):
        others = [inputs[key] for key in keys if key in inputs and key != own.key]
        left = number - own.now
        for other in sorted(others, key=lambda each: (each.key != keys[-1], -each.now)):  # the last, then the largest
            if abs(left) > ROUNDING:
                values[other.key] = min(max(other.now - left, other.low), other.high)
                left -= other.now - values[other.key]
        if abs(left) > ROUNDING:
            values[own.key] = number = number - left
        moved = [key for key, value in values.items() if key != own.key and value != inputs[key].now]
        kept += [f"{listed(moved)} make{'s' * (len(moved) == 1)} up for it"] if moved else []
    changed = {key: inputs[key].value(value) for key, value in values.items() if value != inputs[key].now}
    return End(number, changed, " and ".join(kept))


def _holding(rules: Mapping[str, list[str]], own: Input) -> list[list[str]]:
    return [keys for keys in rules.values() if own.key in keys]


def _now(scenarios: Sequence[SourcedScenario], keys: Sequence[str]) -> list[float]:
    """The values of some keys in all of the scenarios, where they have them."""
    return [number_of(each.parameters[key].value) for each in scenarios for key in keys if key in each.parameters]
