"""One assumption alone at an end of its range, while what moves together is kept.

An end of a range alone may break what the scenario says under `worlds`: shares would not add up, dates would lose their
order. So what is alike goes to the same end; what has a sum to keep with the assumption makes up for it, inside its own
range; and an assumption that has an order to keep stops at its neighbours as they are. It then stands as near to its
end as these let it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.base.wording import listed
from sim.scenario.load import SourcedScenario
from sim.scenario.parts import Worlds
from sim.scenario.sampling import Input, Orders, ordered
from sim.scenario.variants import Values

ROUNDING = 1e-12


class End(NamedTuple):
    """An assumption at an end of its range."""

    number: float
    """Where it stands."""
    values: Values
    """All that differs from the scenario; empty where it stands there already."""
    kept: str = ""
    """In words, what it keeps: its order with others, or a sum to which others give or from which they take."""


def along_with(scenarios: Sequence[SourcedScenario], inputs: Mapping[str, Input], key: str) -> tuple[str, ...]:
    """The other inputs that always stand where this one does in its range."""
    rules = scenarios[0].scenario.worlds or Worlds()
    found = dict.fromkeys(each for keys in rules.alike.values() if key in keys for each in keys)
    return tuple(each for each in found if each in inputs and each != key)


def ends_of(scenarios: Sequence[SourcedScenario], inputs: Mapping[str, Input], key: str) -> tuple[End, End]:
    """The low and the high end of one of the inputs that some scenarios share, in all of them alike. Raises
    ChipgateError where its order leaves it no place in its range."""
    low, high = (_end(scenarios, inputs, key, share) for share in (0.0, 1.0))
    return low, high


def _end(scenarios: Sequence[SourcedScenario], inputs: Mapping[str, Input], key: str, share: float) -> End:
    moving = {each: inputs[each] for each in (key, *along_with(scenarios, inputs, key))}
    ends = {each: _outmost(own, share) for each, own in moving.items()}
    orders = Orders.of(scenarios, moving)
    inside = ordered(orders, moving, dict.fromkeys(moving, share), {})
    stopped = {each: value for each, value in inside.items() if not math.isclose(value, ends[each], rel_tol=ROUNDING)}
    values, kept = ends | stopped, []
    if key in stopped:
        near = (orders.above if share else orders.below)[key]
        kept.append(f"keeps its order with {listed(sorted({name.split()[-1] for name in near}))}")
    for keys in (scenarios[0].scenario.worlds or Worlds()).sums.values():
        for own in [moving[each] for each in keys if each in moving]:
            values |= _summed([inputs[each] for each in keys if each in inputs], own, values[own.key])
    moved = [each for each, value in values.items() if each not in moving and value != inputs[each].now]
    kept += [f"{listed(moved)} make{'s' * (len(moved) == 1)} up for it"] if moved else []
    changed = {each: inputs[each].value(value) for each, value in values.items() if value != inputs[each].now}
    return End(values[key], changed, " and ".join(kept))


def _outmost(own: Input, share: float) -> float:
    if own.whole:
        return float(math.floor(own.high) if share else math.ceil(own.low))
    return own.high if share else own.low


def _summed(together: Sequence[Input], own: Input, number: float) -> dict[str, float]:
    """One of them there, or as near as the others can make up for: the last of them first, then the largest."""
    left, values = number - own.now, {}
    for other in sorted(together, key=lambda each: (each is not together[-1], -each.now)):
        if other is not own and abs(left) > ROUNDING:
            values[other.key] = min(max(other.now - left, other.low), other.high)
            left -= other.now - values[other.key]
    return {**values, own.key: number - left if abs(left) > ROUNDING else number}
