"""A scenario with some values changed: a world, an end of a range, a step of a sweep. No file is read again."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any, TypeAlias

from sim.base.errors import ChipgateError
from sim.base.shapes import Group, Leaf, Names, Shape, Value, shape_of
from sim.base.units import closest
from sim.scenario.load import Parameter, Source, SourcedScenario
from sim.scenario.parts import Scenario
from sim.scenario.rules import findings

Values: TypeAlias = Mapping[str, Value | None]
"""By dotted key, in the key's unit; None is off."""


def with_values(sourced: SourcedScenario, values: Values, what: str = "this") -> SourcedScenario:
    """The scenario with other values, which keep all rules. Raises ChipgateError, which says of `what` it is true; and
    KeyError for a key that no scenario could have."""
    scenario, parameters = sourced.scenario, dict(sourced.parameters)
    for key, value in values.items():
        scenario = put(scenario, key, value)
        if value is None:
            for gone in [name for name in parameters if name == key or name.startswith(f"{key}.")]:
                del parameters[gone]
        else:
            leaf = leaf_of(key)
            text = leaf.show(value)
            parameters[key] = Parameter(key, value, leaf.unit, text, Source("user", text))
    settings = [f"{key}={'off' if value is None else leaf_of(key).show(value)}" for key, value in values.items()]
    for finding in findings(scenario):
        hint = f"\n  {finding.hint}" if finding.hint else ""
        raise ChipgateError(f"{sourced.scenario.name} with {', '.join(settings)[:200]}: {what} {finding.message}{hint}")
    return dataclasses.replace(
        sourced, scenario=scenario, parameters=parameters, settings=(*sourced.settings, *settings)
    )


def put(scenario: Scenario, key: str, value: Any) -> Scenario:
    """The scenario with another value, or another part, at a key; None takes it out. No rule is asked. Raises
    KeyError."""
    changed: Scenario = _put(shape_of(Scenario), scenario, key.split("."), value)
    return changed


def got(scenario: Scenario, key: str) -> Any:
    """The value, or the part, at a key; None where there is none. Raises KeyError for a key that no scenario could
    have."""
    shape: Shape = shape_of(Scenario)
    found: Any = scenario
    for name in key.split("."):
        inner = _inner(shape, name)
        if found is not None:
            found = shape.value(found, name) if isinstance(shape, Group) else found.get(name)
        shape = inner
    return found


def leaf_of(key: str) -> Leaf:
    """How the value of a key is written. Raises KeyError for a key that no scenario could have, and for a group."""
    shape: Shape = shape_of(Scenario)
    for name in key.split("."):
        shape = _inner(shape, name)
    if not isinstance(shape, Leaf):
        raise KeyError(key)
    return shape


def parameter_of(sourced: SourcedScenario, key: str) -> Parameter:
    """A number or a date of a scenario. Raises ChipgateError where there is none of that key."""
    found = sourced.parameters.get(key)
    if found is None or found.source.kind == "text":
        name = sourced.scenario.name
        known = [each.key for each in sourced.parameters.values() if each.source.kind != "text"]
        below = [each for each in known if each.startswith(f"{key}.")]
        if below:
            raise ChipgateError(f"'{key}' is a group of keys of {name}; name one of them, such as '{below[0]}'")
        if found is not None:
            raise ChipgateError(f"'{key}' of {name} is a text, '{found.text[:60]}'; name a number or a date")
        near = closest(key, known)
        hint = f"did you mean '{near}'?" if near else f"'chipgate show {name}' lists its keys"
        raise ChipgateError(f"{name} has no key '{key[:100]}'; {hint}")
    return found


def _inner(shape: Shape, name: str) -> Shape:
    if isinstance(shape, Group):
        return shape.members[name].shape
    if isinstance(shape, Names):
        return shape.shape
    raise KeyError(name)


def _put(shape: Shape, record: Any, path: list[str], value: Any) -> Any:
    name, *rest = path
    inner = _inner(shape, name)
    if isinstance(shape, Names):
        entries = dict(record)
        if rest:
            entries[name] = _put(inner, entries[name], rest, value)
        elif value is None:
            entries.pop(name, None)
        else:
            entries[name] = value
        return entries
    assert isinstance(shape, Group)
    if rest:
        value = _put(inner, shape.value(record, name), rest, value)
    member = shape.members[name]
    field = member.field or name
    if member.spread:
        kept = {key: own for key, own in getattr(record, field).items() if key != name}
        value = {**kept, name: value} if value is not None else kept
    elif value is None and not member.optional:
        raise KeyError(f"{name} cannot be left out")
    return dataclasses.replace(record, **{field: value})


def number_of(value: Value) -> float:
    """A number or a date as a number that can be computed with; a day counts the days of the calendar."""
    return float(value.toordinal()) if isinstance(value, datetime.date) else float(value)
