"""What differs between two scenarios, as the players of a game: each is taken from the one or from the other.

who = players(baseline, no_controls)            # four policies
worlds_between(baseline, no_controls, who)      # sixteen scenarios, the two themselves first and last
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.base.errors import ChipgateError
from sim.base.shapes import Group, Leaf, Listing, Shape, shape_of
from sim.base.units import closest
from sim.base.wording import listed
from sim.experiment.store import WORDS
from sim.scenario.parts import Scenario
from sim.scenario.rules import Finding, findings, named_in
from sim.scenario.variants import got, put

MOST = 6
"""Players; each one more doubles the worlds."""


@dataclass(frozen=True)
class Player:
    """Some of what differs, taken together."""

    name: str
    """Of a group; else the first two names of its keys: `policies.h20-block`, `foundry.growth`."""
    keys: tuple[str, ...]
    label: str
    """For people: without h20-block."""


def differing(base: Scenario, other: Scenario) -> list[str]:
    """The keys whose values differ, in the order of a file; what only one of them has at all is one key. Words, which
    move no number, do not count."""
    paths = _differing(shape_of(Scenario), base, other, ())
    return [".".join(path) for path in paths if path[0] not in WORDS and not _is_source(path)]


def _is_source(path: tuple[str, ...]) -> bool:
    """Whether it is where a policy comes from."""
    return (path[0], *path[2:]) == ("policies", "source")


def _differing(shape: Shape, one: Any, two: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if one is None or two is None or isinstance(shape, Leaf | Listing):
        if one != two:
            yield path
    elif isinstance(shape, Group):
        for name, member in shape.members.items():
            yield from _differing(member.shape, shape.value(one, name), shape.value(two, name), (*path, name))
    else:
        for name in dict.fromkeys([*one, *two]):
            yield from _differing(shape.shape, one.get(name), two.get(name), (*path, name))


def mixed(base: Scenario, other: Scenario, keys: Sequence[str]) -> Scenario:
    """The base with the values of some of the differing keys taken from the other. No rule is asked.

    With none of them it is the base itself, with all of them the other itself: the order of names, which decides last
    digits, is then its own too.
    """
    if set(keys) == set(differing(base, other)):
        return other
    scenario = base
    for key in keys:
        scenario = put(scenario, key, got(other, key))
    return scenario


# --- Who plays ---


def players(base: Scenario, other: Scenario, groups: Mapping[str, Sequence[str]] | None = None) -> tuple[Player, ...]:
    """What differs, by policy, or else by the first two names of its key; what `groups` name, by name of the group,
    goes together. A name of a group of keys stands for all that is in it.

    Raises ChipgateError where nothing differs, for a group that names what does not or that takes another's, and where
    more than six are left.
    """
    keys = differing(base, other)
    if not keys:
        raise ChipgateError(f"no value differs between {base.name} and {other.name}, so there is nothing to split")
    own = {key: ".".join(key.split(".")[:2]) for key in keys}
    by_key = _grouped(base, other, keys, groups or {})
    if taken := set(own.values()) & set(by_key.values()):
        raise ChipgateError(f"'{min(taken)}' is a key; give the group another name")
    parts: dict[str, list[str]] = {}
    for key in keys:
        parts.setdefault(by_key.get(key, own[key]), []).append(key)
    if len(parts) > MOST:
        first, second, *_ = parts.values()
        raise ChipgateError(
            f"{base.name} and {other.name} differ in {len(parts)} parts, and at most {MOST} can share a difference, "
            f"for each one more doubles the runs: {', '.join(parts)}\n"
            f"  let some go together, such as --group NAME={','.join(first + second)}"
        )
    return tuple(Player(name, tuple(inner), _label(base, name, inner)) for name, inner in parts.items())


def _label(base: Scenario, name: str, keys: Sequence[str]) -> str:
    """A policy by its own name, and whether it comes or goes; anything else as it is called."""
    first, _, policy = name.partition(".")
    if first != "policies":
        return name
    if list(keys) != [name]:
        return policy
    return f"{'without' if policy in base.policies else 'with'} {policy}"


def _grouped(
    base: Scenario, other: Scenario, keys: Sequence[str], groups: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """The group of each key that is in one."""
    found: dict[str, str] = {}
    for group, wanted in groups.items():
        if not group or not wanted or isinstance(wanted, str):
            raise ChipgateError(f"the group '{group}' needs a name and keys, such as --group NAME={keys[0]}")
        for each in wanted:
            inside = [key for key in keys if named_in([each], key)]
            if not inside:
                raise ChipgateError(f"the group '{group}' names '{each}': {_what_is_wrong(base, other, keys, each)}")
            for key in inside:
                if found.setdefault(key, group) != group:
                    raise ChipgateError(f"'{key}' is in two groups, '{found[key]}' and '{group}'; leave it in one")
    return found


def _what_is_wrong(base: Scenario, other: Scenario, keys: Sequence[str], wanted: str) -> str:
    """Why a key is none of those that differ."""
    if whole := next((key for key in keys if wanted.startswith(f"{key}.")), ""):
        owner = base if got(base, whole) is not None else other
        return f"only {owner.name} has '{whole}', which goes as a whole; name that"
    near = next((key for key in keys if wanted in key.split(".")), None) or closest(wanted, list(keys))
    told = f"did you mean '{near}'?" if near else f"what differs: {', '.join(keys)}"
    return f"that does not differ between {base.name} and {other.name}; {told}"


# --- The worlds between ---


def worlds_between(base: Scenario, other: Scenario, who: Sequence[Player]) -> list[Scenario]:
    """All worlds in which each player is as in the one or as in the other; bit i of a world's place in the list says
    that player i is as in the other. The first is the base itself, the last the other.

    Raises ChipgateError for one that breaks a rule, with its name and who belongs together.
    """
    every = [
        mixed(base, other, [key for player in members(who, place) for key in player.keys])
        for place in range(2 ** len(who))
    ]
    broken = {place: found for place, world in enumerate(every) if (found := next(findings(world), None))}
    if broken:
        place = min(broken, key=int.bit_count)
        raise ChipgateError(_broken(base, other, who, place, broken))
    return every


def members(who: Sequence[Player], place: int) -> list[Player]:
    """The players who are as in the other scenario in the world at that place."""
    return [player for n, player in enumerate(who) if place >> n & 1]


def _broken(base: Scenario, other: Scenario, who: Sequence[Player], place: int, broken: Mapping[int, Finding]) -> str:
    """What is wrong with a world between, and whom it would mend to group: its own, and whoever it lacks."""
    lacking = [n for n in range(len(who)) if not place >> n & 1]
    mends = next((n for n in lacking if place | 1 << n not in broken), lacking[0])
    together = [key for player in members(who, place | 1 << mends) for key in player.keys]
    finding = broken[place]
    hint = f" ({finding.hint})" if finding.hint else ""
    return (
        f"{base.name} with nothing of {other.name} but {listed([player.label for player in members(who, place)])} "
        f"breaks a rule: {finding.message}{hint}\n"
        f"  what belongs together can go together: --group NAME={','.join(together)}"
    )
