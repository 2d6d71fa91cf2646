"""What must hold between the values of a scenario, one small function a rule.

A rule yields what it finds; it never raises. It also runs on scenarios some of whose values could not be read:
those are `UNKNOWN`, with which every comparison is false. So a rule tests for what is wrong (`end <= start`), never
for what is right (`not end > start`), and nothing is said about a value that nobody knows.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from sim.base.label import LABEL
from sim.base.reading import UNKNOWN
from sim.base.shapes import Group, Leaf, Member, Names, shape_of
from sim.base.units import WEEKS_A_YEAR, closest, show
from sim.scenario.arrivals import ArrivalRate, expected_projects
from sim.scenario.parts import Chip, Scenario, Worlds
from sim.scenario.policies.action import ACTIONS, Action
from sim.scenario.policies.anchor_exit import AnchorExit
from sim.scenario.precedence import Step, steps

Path = tuple[str, ...]
CLOSE_ENOUGH = 1e-9  # of a sum of shares
LONGEST_WINDOW = 30  # years; growth compounds, and a slip of the pen would run for hours
MOST_PROJECTS = 500_000
SLIP = 5  # years after the window's end at which a policy's date is more likely a slip than a window cut short


@dataclass(frozen=True)
class Finding:
    """The values at fault together, what is wrong with them, and what would be right.

    It is told at the one that the uppermost file or setting gives, since that is the likeliest to be mended.
    """

    paths: tuple[Path, ...]
    message: str
    hint: str = ""
    missing: Path = ()
    """What is not there; where a file took it out, it is told there."""


Rule = Callable[[Scenario], Iterator[Finding]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Mark a function as one of the rules that every scenario must keep."""
    RULES.append(function)
    return function


def findings(scenario: Scenario) -> Iterator[Finding]:
    """Everything that the rules find."""
    for check in RULES:
        yield from check(scenario)


# --- Texts and windows ---


@rule
def name_is_plain(scenario: Scenario) -> Iterator[Finding]:
    """The name becomes a folder's and a stream's name."""
    if _known(scenario.name) and not re.fullmatch(r"\w[\w .-]{0,59}", scenario.name):
        hint = "letters, digits, '-', '_', '.' and spaces, at most 60; a line 'name: ...' in the file gives another"
        yield Finding((("name",),), f"'{scenario.name[:60]}' cannot be a scenario's name", hint)


@rule
def label_stays(scenario: Scenario) -> Iterator[Finding]:
    if _known(scenario.label) and scenario.label != LABEL:
        yield Finding((("label",),), f"the label is '{LABEL}'", "remove this line")


@rule
def window_ends_after_its_start(scenario: Scenario) -> Iterator[Finding]:
    start, end = scenario.window.start, scenario.window.end
    if end <= start:
        yield Finding(
            (("window", "end"), ("window", "start")), f"the window ends on {end}, not after its start on {start}"
        )
    elif (end - start).days > LONGEST_WINDOW * 366:
        yield Finding((("window", "end"), ("window", "start")), f"the window is longer than {LONGEST_WINDOW} years")


@rule
def the_world_is_not_too_large(scenario: Scenario) -> Iterator[Finding]:
    """Each project costs time and memory, and growth compounds."""
    parts = (scenario.window, scenario.lead_in, scenario.demand, scenario.efficiency, scenario.policies)
    if not all(map(_whole, parts)) or any(len(policy.actions) != 1 for policy in scenario.policies.values()):
        return
    if not 0 < scenario.window.weeks < LONGEST_WINDOW * 53:
        return
    expected = expected_projects(scenario)
    total = sum(expected.values())
    if total <= MOST_PROJECTS:
        return
    most = max(expected, key=expected.__getitem__)
    terms, factor = scenario.demand[most], ArrivalRate(most, scenario).pieces[-1][-1]
    years = scenario.window.weeks / WEEKS_A_YEAR
    hint = (
        f"{expected[most]:,.0f} of them are of '{most}': {show(terms.projects, 'projects/year')}, growing by "
        f"{show(terms.growth, 'share/year')} over {years:.3g} years"
    )
    paths: list[Path] = [("demand", most, "projects"), ("demand", most, "growth"), ("window", "end"), ("lead_in",)]
    if factor > 2:
        hint += f", and in the end {factor:,.4g} times as many by the step in efficiency and by policies"
        paths += [("efficiency", "saving"), ("efficiency", "rebound")]
        paths += [("policies", name) for name, policy in scenario.policies.items() if policy.action.push(most) > 1]
    message = f"{total:,.0f} projects are expected in the window and its lead-in, more than {MOST_PROJECTS:,}"
    yield Finding(tuple(paths), message, hint)


# --- Learning curves ---


@rule
def yield_does_not_fall(scenario: Scenario) -> Iterator[Finding]:
    if scenario.foundry.yield_ceiling < scenario.foundry.yield_start:
        yield _beyond(scenario.foundry, "foundry", "yield_start", "yield_ceiling", "above")


@rule
def readiness_does_not_fall(scenario: Scenario) -> Iterator[Finding]:
    if scenario.software.readiness_ceiling < scenario.software.readiness_start:
        yield _beyond(scenario.software, "software", "readiness_start", "readiness_ceiling", "above")


@rule
def porting_does_not_slow(scenario: Scenario) -> Iterator[Finding]:
    if scenario.software.porting_floor > scenario.software.porting_start:
        yield _beyond(scenario.software, "software", "porting_start", "porting_floor", "below")


def _beyond(part: object, name: str, start: str, end: str, where: str) -> Finding:
    unit = "weeks" if start.startswith("porting") else "share"
    first, last = (show(getattr(part, key), unit) for key in (start, end))
    message = f"'{start}' is {first}, {where} '{end}', which is {last}"
    return Finding(((name, start), (name, end)), message)


# --- Shares ---


@rule
def stacks_share_all_ports(scenario: Scenario) -> Iterator[Finding]:
    shares = scenario.software.stacks
    total = _sum(shares)
    if abs(total - 1) > CLOSE_ENOUGH:
        message = f"the shares of the stacks add up to {show(total, 'share')}, not 100 %"
        yield Finding((("software", "stacks"),), message, _parts(dict(shares)))


def _sum(shares: dict[str, float]) -> float:
    """The sum of shares; no number, to which every comparison is false, where one of them is unknown."""
    parts = list(shares.values()) if _known(shares) else [UNKNOWN]
    return sum(parts) if all(map(_known, parts)) else float("nan")


def _parts(shares: dict[str, float]) -> str:
    return " + ".join(f"{name} {show(share, 'share')}" for name, share in shares.items())


# --- Names ---


@rule
def chips_have_one_name_each(scenario: Scenario) -> Iterator[Finding]:
    for name in scenario.imports:
        if name in scenario.designs:
            paths = ("imports", name), ("designs", name)
            yield Finding(paths, f"'{name}' names a design and an import", "give each chip its own name")


TAKEN = {"grey": "the grey channel", "cuda": "the foreign vendor's software"}


@rule
def names_do_not_mean_something_else(scenario: Scenario) -> Iterator[Finding]:
    """The grey channel is told from products and suppliers, and CUDA from domestic stacks, by name alone."""
    names: list[tuple[str, Path]] = [
        (name, (*path, name))
        for path, group in (
            (("designs",), scenario.designs),
            (("imports",), scenario.imports),
            (("software", "stacks"), scenario.software.stacks),
        )
        for name in group
    ]
    names += [(supplier, path) for _, supplier, path in _suppliers(scenario) if path[0] != "grey"]
    for name, path in names:
        if means := TAKEN.get(name.strip().casefold()):
            yield Finding((path,), f"the name '{name}' stands for {means}", "choose another name")


@rule
def names_fit_where_they_are_joined(scenario: Scenario) -> Iterator[Finding]:
    """Streams join names by '/', and what a supplier delivers to a segment is 'huawei to cloud'."""
    for part in ("designs", "imports", "demand", "projects"):
        for name in getattr(scenario, part):
            if "/" in name or not name.strip():
                yield Finding(((part, name),), f"the name '{name}' is empty or holds a '/'", "choose another name")
    suppliers = [(supplier, path) for _, supplier, path in _suppliers(scenario)]
    for name, path in suppliers:
        if "/" in name:
            yield Finding((path,), f"the name '{name}' holds a '/'", "choose another name")
    for name, path in [*suppliers, *((segment, ("demand", segment)) for segment in scenario.demand)]:
        if " to " in name:
            yield Finding((path,), f"the name '{name}' holds ' to '", "flows are named 'supplier to segment'")


@rule
def suppliers_are_told_apart(scenario: Scenario) -> Iterator[Finding]:
    """A supplier sells domestic designs, imports or grey chips, and outcomes know it by letters and digits alone."""
    known: dict[str, tuple[str, str, Path]] = {}
    for group, supplier, path in _suppliers(scenario):
        key = re.sub("[ -]", "_", supplier.lower())
        other_group, other, other_path = known.setdefault(key, (group, supplier, path))
        if supplier != other:
            message = f"'{supplier}' and '{other}' are one name among the outcomes"
            yield Finding((path, other_path), message, "write both alike, or choose another name")
        elif group != other_group:
            message = f"'{supplier}' is a supplier of '{other_group}' and of '{group}'"
            yield Finding((path, other_path), message, "give one of them another name")


def _suppliers(scenario: Scenario) -> Iterator[tuple[str, str, Path]]:
    """(group of keys, supplier, path) of each chip whose supplier is known."""
    for group in ("designs", "imports"):
        for name, chip in getattr(scenario, group).items():
            if _known(chip.supplier):
                yield group, chip.supplier, (group, name, "supplier")
    if scenario.grey is not None and _known(scenario.grey.supplier):
        yield "grey", scenario.grey.supplier, ("grey", "supplier")


@rule
def chips_run_known_software(scenario: Scenario) -> Iterator[Finding]:
    stacks = list(scenario.software.stacks) if _known(scenario.software.stacks) else []
    for name, design in scenario.designs.items():
        path = ("designs", name, "software")
        if design.software == "CUDA":
            yield Finding((path,), f"the domestic design '{name}' runs CUDA", "give it one of 'software.stacks'")
        elif stacks and _strange(design.software, stacks):
            yield Finding(
                (path,), f"'{design.software}' is not one of 'software.stacks'", _meant(design.software, stacks)
            )


@rule
def foreign_chips_run_cuda(scenario: Scenario) -> Iterator[Finding]:
    """They are ordered for projects that accept CUDA, and for no others."""
    chips: list[tuple[Path, Chip]] = [(("imports", name), chip) for name, chip in scenario.imports.items()]
    chips += [] if scenario.grey is None else [(("grey",), scenario.grey)]
    for path, chip in chips:
        if _strange(chip.software, ["CUDA"]):
            message = f"'{path[-1]}' comes from abroad and runs '{chip.software}', not CUDA"
            yield Finding(((*path, "software"),), message, "write 'software: CUDA'")


WHAT = {"imports": "product", "demand": "segment", "anchors": "contract"}
"""What the entries of a group of the scenario are called."""


@rule
def mentioned_names_exist(scenario: Scenario) -> Iterator[Finding]:
    used: list[tuple[Path, str, str]] = []
    used += [(("projects", name, "segment"), project.segment, "demand") for name, project in scenario.projects.items()]
    used += [(("anchors", name, "segment"), anchor.segment, "demand") for name, anchor in scenario.anchors.items()]
    used += [
        ((*path, key), name, group) for path, action in _actions(scenario) for key, name, group in action.mentions()
    ]
    for path, name, group in used:
        there = getattr(scenario, group)
        if _known(there) and _strange(name, list(there)):
            what = WHAT.get(group, "entry")
            message = f"no {what} under '{group}' is named '{name}'"
            yield Finding((path,), message, _meant(name, list(there)), (group, name))


BEFORE = "-before"  # ends a segment's name in those of its projects of the lead-in


@rule
def customers_have_names_of_their_own(scenario: Scenario) -> Iterator[Finding]:
    """Segments, the projects of each (cloud-0, or cloud-before-0 in the lead-in), named projects and contracts are told
    apart by name."""
    for name in scenario.demand:
        if name.endswith(BEFORE) and (other := name.removesuffix(BEFORE)) in scenario.demand:
            message = f"the projects of '{name}' would have the names of those in the lead-in of '{other}'"
            yield Finding((("demand", name),), message, "give the segment another name")
    for part, what in (("projects", "a project"), ("anchors", "a contract")):
        for name in getattr(scenario, part):
            segment, _, number = name.rpartition("-")
            segment = segment.removesuffix(BEFORE)
            others = []
            if name in scenario.demand:
                others.append("a segment")
            if part == "anchors" and name in scenario.projects:
                others.append("a project")
            if number.isascii() and number.isdigit() and segment in scenario.demand:
                others.append(f"one of the projects of '{segment}'")
            for other in others:
                yield Finding(((part, name),), f"'{name}' names {what} and {other}", f"give {what} another name")


@rule
def suppliers_have_designs(scenario: Scenario) -> Iterator[Finding]:
    names = list(dict.fromkeys(design.supplier for design in scenario.designs.values()))
    parts: list[tuple[Path, str]] = [
        (("anchors", name, "supplier"), anchor.supplier) for name, anchor in scenario.anchors.items()
    ]
    parts += [(("scale", "systems", name, "supplier"), s.supplier) for name, s in scenario.scale.systems.items()]
    for path, supplier in parts:
        if _strange(supplier, names) and UNKNOWN not in names and _known(scenario.designs):
            yield Finding((path,), f"no design is sold by '{supplier}'", _meant(supplier, names))


@rule
def contracts_share_what_there_is(scenario: Scenario) -> Iterator[Finding]:
    """The contracts on one segment have its projects at most once."""
    shares: dict[str, dict[str, float]] = {}
    for name, anchor in scenario.anchors.items():
        if _known(anchor) and _known(anchor.segment):
            shares.setdefault(anchor.segment, {})[name] = anchor.projects
    for segment, parts in shares.items():
        if _sum(parts) > 1 + CLOSE_ENOUGH:
            message = f"the contracts take {show(_sum(parts), 'share')} of the projects of '{segment}', over 100 %"
            yield Finding(tuple(("anchors", name, "projects") for name in parts), message, _parts(parts))


@rule
def each_designer_has_a_stack_of_its_own(scenario: Scenario) -> Iterator[Finding]:
    """A project orders for a stack, and the stack's designer has what it orders made."""
    stacks: dict[str, tuple[str, str]] = {}  # by supplier: its stack, and the design that runs it
    owners: dict[str, tuple[str, str]] = {}  # by stack: its supplier, and a design
    for name, design in scenario.designs.items():
        supplier, stack, path = design.supplier, design.software, ("designs", name, "software")
        if not _known(supplier) or not _known(stack) or stack == "CUDA":
            continue
        own, design_of_own = stacks.setdefault(supplier, (stack, name))
        owner, design_of_owner = owners.setdefault(stack, (supplier, name))
        if own != stack:
            message = f"'{supplier}' has designs for '{own}' and for '{stack}'"
            yield Finding((path, ("designs", design_of_own, "software")), message, "a designer has one stack")
        if owner != supplier:
            message = f"'{stack}' is the stack of '{owner}' and of '{supplier}'"
            hint = "give each a stack of its own, with its share under 'software.stacks'"
            yield Finding((path, ("designs", design_of_owner, "software")), message, hint)


@rule
def the_foundry_starts_below_its_ceiling(scenario: Scenario) -> Iterator[Finding]:
    foundry = scenario.foundry
    if foundry.ceiling < foundry.wafer_starts:
        message = f"the ceiling of {foundry.ceiling:g} wafers a week is below the {foundry.wafer_starts:g} of the start"
        yield Finding((("foundry", "ceiling"), ("foundry", "wafer_starts")), message)


def _strange(word: str, words: list[str]) -> bool:
    return _known(word) and word not in words


def _meant(word: str, words: list[str]) -> str:
    near = closest(word, words[:200])
    return f"did you mean '{near}'?" if near else f"known: {', '.join(words[:200]) or 'none'}"


# --- Policies ---


@rule
def policies_have_one_action(scenario: Scenario) -> Iterator[Finding]:
    for name, policy in scenario.policies.items():
        actions = policy.actions
        if not _known(actions):
            continue
        if not actions:
            hint = f"give it one of: {', '.join(ACTIONS)}"
            yield Finding((("policies", name),), f"the policy '{name}' has no action", hint)
        elif len(actions) > 1:
            message = f"the policy '{name}' has {len(actions)} actions: {', '.join(actions)}"
            yield Finding((("policies", name),), message, "make a policy of each")


@rule
def actions_make_sense(scenario: Scenario) -> Iterator[Finding]:
    for path, action in _actions(scenario):
        for key, message, hint in action.mistakes():
            yield Finding(((*path, key) if key else path,), message, hint)


@rule
def who_leaves_has_another_stack_to_turn_to(scenario: Scenario) -> Iterator[Finding]:
    if _known(scenario.software.stacks) and len(scenario.software.stacks) == 1:
        for path, action in _actions(scenario):
            if isinstance(action, AnchorExit):
                message = f"no stack but '{next(iter(scenario.software.stacks))}' is there to turn to"
                yield Finding((path,), message, "give 'software.stacks' a second one, with designs that run it")


@rule
def policies_act_near_the_window(scenario: Scenario) -> Iterator[Finding]:
    """One before the window is in force from its first day, and one soon after it never acts; a later date is a
    slip."""
    for name, policy in scenario.policies.items():
        if scenario.window.start < scenario.window.end and policy.effective.year > scenario.window.end.year + SLIP:
            message = f"'{name}' acts on {policy.effective}, long after the window has ended ({scenario.window.end})"
            hint = f"to switch it off, write '{name}: off'"
            yield Finding((("policies", name, "effective"), ("window", "end")), message, hint)


@rule
def policies_are_announced_then_withdrawn_before_they_act(scenario: Scenario) -> Iterator[Finding]:
    for name, policy in scenario.policies.items():
        announced, withdrawn, effective = policy.announced, policy.withdrawn, policy.effective
        path = ("policies", name)
        if announced is not None and announced > effective:
            message = f"'{name}' is announced on {announced}, after it acts on {effective}"
            yield Finding(((*path, "announced"), (*path, "effective")), message)
        if withdrawn is not None and withdrawn > effective:
            message = f"'{name}' is withdrawn on {withdrawn}, after it acts on {effective}"
            yield Finding(((*path, "withdrawn"), (*path, "effective")), message, "use a lift instead")
        if withdrawn is not None and announced is not None and withdrawn < announced:
            message = f"'{name}' is withdrawn on {withdrawn}, before it is announced on {announced}"
            yield Finding(((*path, "withdrawn"), (*path, "announced")), message)


@rule
def policies_do_not_overlap(scenario: Scenario) -> Iterator[Finding]:
    """No policy starts while another that keeps the same in force still does."""
    in_force: dict[str, str] = {}
    for step in _steps(scenario):
        kept = list(step.policy.action.in_force())
        for target in kept:
            if target in in_force:
                earlier = in_force[target]
                message = f"'{step.name}' overlaps '{earlier}': {target} since {scenario.policies[earlier].effective}"
                hint = "lift the earlier one, or switch one of them off" if step.reached else "switch one of them off"
                yield Finding(_dates(step.name, earlier), message, hint)
        in_force = {target: name for target, name in in_force.items() if name not in step.ends}
        in_force |= dict.fromkeys(kept, step.name)


@rule
def names_decide_between_no_two_policies(scenario: Scenario) -> Iterator[Finding]:
    """Of two policies of one day that take each other's place, such as two licences for one product, only the names
    would tell which one holds. Those that keep something in force overlap, which is told above."""
    holds: dict[tuple[object, ...], str] = {}
    for step in _steps(scenario):
        action = step.policy.action
        if action.replaces and not any(action.in_force()):
            for product in step.reached or [""]:
                earlier = holds.setdefault((step.policy.effective, action.key, product), step.name)
                if earlier != step.name:
                    message = f"'{earlier}' and '{step.name}' act on one day, and only one of them can hold"
                    yield Finding(_dates(step.name, earlier), message, "give one of them another day, or switch it off")


@rule
def what_is_set_free_was_held_back(scenario: Scenario) -> Iterator[Finding]:
    """A lift acts on a product that a ban or a licence holds back when its turn comes."""
    acting = list(_steps(scenario))
    for turn, step in enumerate(acting):
        if step.idle and step.reached:  # a lift that reaches no known product is told by another rule
            day = step.policy.effective
            later = [
                other.name
                for other in acting[turn + 1 :]
                if other.policy.effective == day and other.reached and not other.policy.action.frees
            ]
            hint = (
                f"on one day a {step.policy.action.key} acts before {' and '.join(map(repr, later))}" if later else ""
            )
            message = f"'{step.name}' frees imports, but nothing holds them back on {day}"
            yield Finding(_dates(step.name, *later), message, hint)


# --- Sampled worlds ---


@rule
def what_is_sampled_can_exist(scenario: Scenario) -> Iterator[Finding]:
    """A pattern may match nothing in this scenario, for what it matches may be switched off; but some scenario could
    have such a key."""
    worlds = scenario.worlds or Worlds()
    for part in ("fixed", "levers", "whole", "log"):
        for pattern in filter(_known, getattr(worlds, part)):
            yield from _nowhere(("worlds", part), pattern)
    lists = {(part, name): keys for part in JOINT for name, keys in getattr(worlds, part).items()}
    for (part, name), keys in lists.items():
        for key in filter(_known, keys):
            yield from _nowhere(("worlds", part, name), key, one=True)
    for name, each in worlds.off.items():
        if _known(each) and _known(each.key):
            path = ("worlds", "off", name, "key")
            yield from _nowhere(path, each.key, one=True)
            if any(isinstance(found.shape, Leaf) and not found.optional for found in _keys(each.key)):
                yield Finding((path,), f"no scenario can be without '{each.key}'", "name a key that may be 'off'")


JOINT = ("sums", "order", "alike")
"""The groups of `worlds` that hold lists of keys."""


@rule
def what_is_sampled_together_fits(scenario: Scenario) -> Iterator[Finding]:
    """What is added up, or put in order, has one unit; no key is in two sums, twice in an order, or in a sum and in an
    order; and no sum asks for whole numbers."""
    worlds = scenario.worlds or Worlds()
    above = TopologicalSorter[str]()
    for part in JOINT:
        placed: set[str] = set()
        for name, keys in getattr(worlds, part).items():
            path, own = ("worlds", part, name), list(filter(_known, keys))
            twice = [key for n, key in enumerate(own) if key in placed or key in own[:n]]
            yield from (Finding((path,), f"'{key}' is named twice under '{part}'", "name it once") for key in twice)
            if part != "order":  # a key may keep several of those
                placed |= {*own}
            leaves = {key: found.shape for key in own for found in _keys(key)[:1]}
            units = {leaf.unit: key for key, leaf in leaves.items() if isinstance(leaf, Leaf) and leaf.sourced}
            if part != "alike" and len(units) > 1:
                told = " and ".join(f"'{key}' in {unit or 'no unit'}" for unit, key in list(units.items())[:2])
                yield Finding((path,), f"{told} have no unit in common", "make a list of each")
            if part == "order" and not twice:
                for one, other in pairwise(own):
                    above.add(other, one)
    yield from _summed_otherwise(worlds)
    absent: set[str] = set()
    for name, each in worlds.off.items():
        if _known(each) and _known(each.key):
            if each.key in absent:
                message = f"'{each.key}' is named twice under 'off'"
                yield Finding((("worlds", "off", name, "key"),), message, "name it once")
            absent.add(each.key)
    try:
        above.prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        yield Finding((("worlds", "order"),), f"these orders go round in a circle: {circle}", "turn one of them round")


def _summed_otherwise(worlds: Worlds) -> Iterator[Finding]:
    """Keys of a sum that are to keep an order too, or to be whole."""
    orders = {key: name for name, keys in worlds.order.items() for key in keys}
    for name, keys in worlds.sums.items():
        path, hint = ("worlds", "sums", name), "take it out of one"
        for key in filter(_known, keys):
            if key in orders:
                message = f"'{key}' stands in a sum and in an order, and cannot keep both"
                yield Finding((path, ("worlds", "order", orders[key])), message, hint)
            if named_in(filter(_known, worlds.whole), key):
                yield Finding((path, ("worlds", "whole")), f"'{key}' stands in a sum, so it cannot be whole", hint)


def named_in(patterns: Iterable[str], key: str) -> bool:
    """Whether one of some patterns names the key, or a group that holds it."""
    return any(_names(pattern, key) for pattern in patterns)


@functools.cache
def _names(pattern: str, key: str) -> bool:
    wanted, names = pattern.split("."), key.split(".")
    return len(wanted) <= len(names) and all(map(fnmatchcase, names, wanted))


@functools.cache
def _nowhere(path: Path, pattern: str, one: bool = False) -> tuple[Finding, ...]:
    """What is wrong with a pattern, or with what is to be `one` number or date."""
    found = _keys(pattern)
    if not found:
        names = pattern.split(".")
        right = next(n for n in range(len(names)) if not _keys(".".join(names[: n + 1])))
        groups = [each.shape for each in _keys(".".join(names[:right]))] if right else [shape_of(Scenario)]
        near = closest(names[right], [key for each in groups if isinstance(each, Group) for key in each.members])
        hint = f"did you mean '{'.'.join([*names[:right], near, *names[right + 1 :]])}'?" if near else ""
        return (Finding((path,), f"no scenario has a key '{pattern[:100]}'", hint),)
    if one and ("*" in pattern or "?" in pattern):
        return (Finding((path,), f"'{pattern}' stands for several keys", "name one key after the other"),)
    if one and not any(isinstance(each.shape, Leaf) and each.shape.sourced for each in found):
        return (Finding((path,), f"'{pattern}' is neither a number nor a date", "name a key that is one"),)
    return ()


@functools.cache
def _keys(pattern: str) -> tuple[Member, ...]:
    """The keys that a pattern could name in some scenario."""
    found = [Member(shape_of(Scenario))]
    for name in pattern.split("."):
        inner: list[Member] = []
        for each in found:
            if isinstance(each.shape, Group):
                inner += [member for key, member in each.shape.members.items() if fnmatchcase(key, name)]
            elif isinstance(each.shape, Names):
                inner.append(Member(each.shape.shape))
        found = inner
    return tuple(found)


def _dates(*names: str) -> tuple[Path, ...]:
    return tuple(("policies", name, "effective") for name in names)


def _steps(scenario: Scenario) -> Iterator[Step]:
    """The policies in the order in which they act; none where one of them is not wholly known, for what the others do
    may hang on it."""
    if all(_whole(policy) and len(policy.actions) == 1 for policy in scenario.policies.values()):
        yield from steps(scenario.policies, scenario.imports)


def _actions(scenario: Scenario) -> Iterator[tuple[Path, Action]]:
    """Every action that could be read, with its path; a policy may have several by mistake."""
    for name, policy in scenario.policies.items():
        for key, action in policy.actions.items():
            if _known(action):
                yield ("policies", name, key), action


def _known(value: object) -> bool:
    return value is not UNKNOWN


def _whole(value: object) -> bool:
    """Whether all parts of a value are known."""
    if dataclasses.is_dataclass(value):
        return all(_whole(getattr(value, item.name)) for item in dataclasses.fields(value))
    if isinstance(value, dict):
        return all(map(_whole, value.values()))
    return all(map(_whole, value)) if isinstance(value, list) else _known(value)


# --- What is no mistake ---


def notes(scenario: Scenario) -> Iterator[str]:
    """What is worth knowing about a scenario that keeps every rule."""
    for name, policy in scenario.policies.items():
        if policy.withdrawn is None:
            yield from (f"'{name}': {note}" for note in policy.action.notes(scenario.imports))
    for stack, share in scenario.software.stacks.items():
        if share and all(design.software != stack for design in scenario.designs.values()):
            yield f"no design runs '{stack}': {show(share, 'share')} of all projects would wait for chips in vain"
