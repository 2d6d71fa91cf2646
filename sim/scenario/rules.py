"""What must hold between the values of a scenario, one small function a rule.

A rule yields what it finds; it never raises. It also runs on scenarios some of whose values could not be read:
those are `UNKNOWN`, with which every comparison is false. So a rule tests for what is wrong (`end <= start`), never
for what is right (`not end > start`), and nothing is said about a value that nobody knows.
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sim.base.label import LABEL
from sim.base.reading import UNKNOWN
from sim.base.units import closest, show
from sim.scenario.parts import ACTIONS, APPLY_EVERY, Policy, Reach, Scenario
from sim.scenario.precedence import Step, steps

Path = tuple[str, ...]
CLOSE_ENOUGH = 1e-9  # of a sum of shares
LONGEST_WINDOW = 30  # years; growth compounds, and a slip of the pen would run for hours
SLIP = 5  # years after the window's end at which a policy's date is more likely a slip than a window cut short


@dataclass(frozen=True)
class Finding:
    """The values at fault together, what is wrong with them, and what would be right.

    It is told at the one that the uppermost file or setting gives, since that is the likeliest to be mended.
    """

    paths: tuple[Path, ...]
    message: str
    hint: str = ""


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
    ends = [(supplier, path) for _, supplier, path in _suppliers(scenario)]
    ends += [(segment, ("demand", segment)) for segment in scenario.demand]
    for name, path in ends:
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
    stacks = ["CUDA", *scenario.software.stacks]
    grey = {} if scenario.grey is None else {"grey": scenario.grey}
    for group, chips in (("designs", scenario.designs), ("imports", scenario.imports), ("", grey)):
        for name, chip in chips.items():
            if _strange(chip.software, stacks) and _known(scenario.software.stacks):
                message = f"'{chip.software}' is neither CUDA nor one of 'software.stacks'"
                path = (group, name, "software") if group else (name, "software")
                yield Finding((path,), message, _meant(chip.software, stacks))


@rule
def policies_reach_known_products(scenario: Scenario) -> Iterator[Finding]:
    names = list(scenario.imports)
    for name, action, reach in _reaches(scenario):
        path = ("policies", name, action)
        if reach.product is not None and reach.threshold is not None:
            yield Finding((path,), f"this {action} has both a 'product' and a 'threshold'", "make two policies of it")
        elif reach.product is None and reach.threshold is None:
            yield Finding((path,), f"this {action} reaches nothing", "give it a 'product' or a 'threshold'")
        if _strange(reach.product, names) and _known(scenario.imports):
            message = f"no product under 'imports' is named '{reach.product}'"
            yield Finding(((*path, "product"),), message, _meant(str(reach.product), names))


@rule
def segments_are_known(scenario: Scenario) -> Iterator[Finding]:
    names = list(scenario.demand)
    used: list[tuple[Path, str]] = []
    for name, policy in scenario.policies.items():
        for action in ("mandate", "push"):
            part = getattr(policy, action)
            if part is not None:
                used += [(("policies", name, action, "segments"), segment) for segment in part.segments]
    used += [(("projects", name, "segment"), project.segment) for name, project in scenario.projects.items()]
    used += [(("anchors", name, "segment"), anchor.segment) for name, anchor in scenario.anchors.items()]
    for path, segment in used:
        if _strange(segment, names) and _known(scenario.demand):
            yield Finding((path,), f"no segment under 'demand' is named '{segment}'", _meant(segment, names))


@rule
def customers_have_names_of_their_own(scenario: Scenario) -> Iterator[Finding]:
    """Segments, the projects of each (cloud-0, cloud-1, ...), named projects and contracts are told apart by name."""
    for part, what in (("projects", "a project"), ("anchors", "a contract")):
        for name in getattr(scenario, part):
            segment, _, number = name.rpartition("-")
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
def a_contracts_supplier_has_one_stack(scenario: Scenario) -> Iterator[Finding]:
    """The customer's projects are on it."""
    for name, anchor in scenario.anchors.items():
        designs = {key: chip for key, chip in scenario.designs.items() if chip.supplier == anchor.supplier}
        stacks = [
            stack
            for stack in ("CUDA", *scenario.software.stacks)
            if any(chip.software == stack for chip in designs.values())
        ]
        if len(stacks) > 1 or "CUDA" in stacks:
            paths = (("anchors", name, "supplier"), *(("designs", key, "software") for key in designs))
            message = f"'{anchor.supplier}' has a contract, and its chips run {' and '.join(stacks)}"
            yield Finding(paths, message, "a customer's projects need one domestic stack")


@rule
def anchors_that_end_exist(scenario: Scenario) -> Iterator[Finding]:
    names = list(scenario.anchors)
    for name, policy in scenario.policies.items():
        if policy.anchor_exit is not None and _strange(policy.anchor_exit.anchor, names) and _known(scenario.anchors):
            path = ("policies", name, "anchor_exit", "anchor")
            anchor = policy.anchor_exit.anchor
            yield Finding((path,), f"no contract under 'anchors' is named '{anchor}'", _meant(anchor, names))


@rule
def the_foundry_starts_below_its_ceiling(scenario: Scenario) -> Iterator[Finding]:
    foundry = scenario.foundry
    if foundry.ceiling < foundry.wafer_starts:
        message = f"the ceiling of {foundry.ceiling:g} wafers a week is below the {foundry.wafer_starts:g} of the start"
        yield Finding((("foundry", "ceiling"), ("foundry", "wafer_starts")), message)


def _strange(word: str | None, words: list[str]) -> bool:
    return word is not None and _known(word) and word not in words


def _meant(word: str, words: list[str]) -> str:
    near = closest(word, words[:200])
    return f"did you mean '{near}'?" if near else f"known: {', '.join(words[:200])}"


# --- Policies ---


@rule
def policies_have_one_action(scenario: Scenario) -> Iterator[Finding]:
    for name, policy in scenario.policies.items():
        if not _known(policy):
            continue
        actions = policy.actions
        if not actions:
            hint = f"give it one of: {', '.join(ACTIONS)}"
            yield Finding((("policies", name),), f"the policy '{name}' has no action", hint)
        elif len(actions) > 1:
            message = f"the policy '{name}' has {len(actions)} actions: {', '.join(actions)}"
            yield Finding((("policies", name),), message, "make a policy of each")


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
def licence_desks_keep_up(scenario: Scenario) -> Iterator[Finding]:
    """Applications come every four weeks for each product; a desk whose utilisation reaches 1 would never catch up."""
    for name, policy in scenario.policies.items():
        desk = policy.licence
        if desk is None or not _known(desk):
            continue
        path = ("policies", name, "licence")
        if desk.officers % 1 > 0:
            yield Finding(((*path, "officers"),), f"{desk.officers:g} officers: a whole number is needed")
        applications = len(desk.products(scenario.imports))
        utilisation = applications / APPLY_EVERY * desk.work_time / desk.officers
        if utilisation >= 1 and policy.withdrawn is None:
            message = f"the desk of '{name}' has a utilisation of {utilisation:.2f}: its queue would grow for ever"
            come = f"{applications} application{'s' if applications > 1 else ''} every {APPLY_EVERY} weeks"
            hint = f"the utilisation is {come} x work time / officers; it must be below 1"
            yield Finding(((*path, "work_time"), (*path, "officers")), message, hint)


@rule
def policies_do_not_overlap(scenario: Scenario) -> Iterator[Finding]:
    """No policy starts while one of the same action on the same target is still in force."""
    in_force: dict[str, str] = {}
    for step in _steps(scenario):
        for target in _targets(step.policy):
            if target in in_force:
                earlier = in_force[target]
                message = f"'{step.name}' overlaps '{earlier}': {target} since {scenario.policies[earlier].effective}"
                yield Finding(_dates(step.name, earlier), message, "lift the earlier one, or switch one of them off")
        in_force = {target: name for target, name in in_force.items() if name not in step.ends}
        in_force |= dict.fromkeys(_targets(step.policy), step.name)


@rule
def names_decide_between_no_two_policies(scenario: Scenario) -> Iterator[Finding]:
    """Of two enforcements of one day, or two licences of one day for one product, only the names would tell which one
    holds."""
    holds: dict[tuple[object, ...], str] = {}
    for step in _steps(scenario):
        for action in {"enforcement", "licence"} & {*step.policy.actions}:
            for product in step.reached or [""]:
                earlier = holds.setdefault((step.policy.effective, action, product), step.name)
                if earlier != step.name:
                    message = f"'{earlier}' and '{step.name}' act on one day, and only one of them can hold"
                    yield Finding(_dates(step.name, earlier), message, "give one of them another day, or switch it off")


@rule
def lifts_find_something_to_lift(scenario: Scenario) -> Iterator[Finding]:
    """A lift acts on a product that a ban or a licence holds back when its turn comes."""
    for step in _steps(scenario):
        if step.idle and step.reached:  # a lift that reaches no known product is told by another rule
            day = step.policy.effective
            later = [
                other.name
                for other in _steps(scenario)
                if other.policy.effective == day and {"ban", "licence"} & {*other.policy.actions}
            ]
            hint = f"on one day a lift acts before {' and '.join(map(repr, later))}" if later else ""
            message = f"'{step.name}' lifts a ban or a licence, but none is in force on {day}"
            yield Finding(_dates(step.name, *later), message, hint)


def _dates(*names: str) -> tuple[Path, ...]:
    return tuple(("policies", name, "effective") for name in names)


def _steps(scenario: Scenario) -> Iterator[Step]:
    """The policies in the order in which they act; those of unknown date are left out."""
    known = {name: policy for name, policy in scenario.policies.items() if _known(policy.effective)}
    return steps(known, scenario.imports)


def _targets(policy: Policy) -> list[str]:
    """What a policy keeps in force, in words; two policies with a target in common overlap."""
    targets = []
    if policy.ban is not None and _known(policy.ban):
        ban = policy.ban
        if ban.product is not None and _known(ban.product):
            targets.append(f"'{ban.product}' is banned")
        if ban.threshold is not None and _known(ban.threshold):
            targets.append(f"products from {ban.threshold:.10g} A100e are banned")
    if policy.memory_control is not None:
        targets.append("foreign memory is controlled")
    if policy.equipment_control is not None:
        targets.append("equipment is controlled")
    if policy.anchor_exit is not None and _known(policy.anchor_exit) and _known(policy.anchor_exit.anchor):
        targets.append(f"the contract '{policy.anchor_exit.anchor}' has ended")
    if policy.mandate is not None:
        targets += [f"the segment '{segment}' is bound" for segment in policy.mandate.segments if _known(segment)]
    return targets


def _reaches(scenario: Scenario) -> Iterator[tuple[str, str, Reach]]:
    for name, policy in scenario.policies.items():
        for action in ("ban", "lift", "licence"):
            reach = getattr(policy, action)
            if reach is not None and _known(reach):
                yield name, action, reach


def _known(value: object) -> bool:
    return value is not UNKNOWN
