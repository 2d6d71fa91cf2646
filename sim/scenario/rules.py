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
from sim.scenario.parts import ACTIONS, Policy, Reach, Scenario

Path = tuple[str, ...]
APPLY_EVERY = 4  # weeks between two licence applications for one product
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
        hint = "letters, digits, '-', '_', '.' and spaces, at most 60"
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


@rule
def wafers_are_shared_once(scenario: Scenario) -> Iterator[Finding]:
    """At any date the designs' wafer shares add up to 100 % at most; the first date of each excess is told."""
    designs = scenario.designs
    steps = sorted(
        (max(day, design.available), day, name)
        for name, design in designs.items()
        for day in (design.wafer_share if _known(design.available) else ())
    )
    since: dict[str, datetime.date] = {}
    exceeded = False
    for today, group in itertools.groupby(steps, key=lambda step: step[0]):
        since |= {name: day for _, day, name in group}
        shares = {name: designs[name].wafer_share[since[name]] for name in designs if name in since}
        before, exceeded = exceeded, _sum(shares) > 1 + CLOSE_ENOUGH
        if exceeded and not before:
            newest = sorted(since, key=lambda name: since[name], reverse=True)
            paths = tuple(("designs", name, "wafer_share", str(since[name])) for name in newest)
            message = f"on {today} the designs' wafer shares add up to {show(_sum(shares), 'share')}, over 100 %"
            yield Finding(paths, message, _parts({name: share for name, share in shares.items() if share > 0}))


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
def named_projects_have_names_of_their_own(scenario: Scenario) -> Iterator[Finding]:
    for name in scenario.projects:
        if name in scenario.demand:
            yield Finding(
                (("projects", name),), f"'{name}' names a project and a segment", "give the project another name"
            )


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
        actions = [action for action in ACTIONS if getattr(policy, action) is not None]
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
        applications = len(_products(scenario, desk))
        utilisation = applications / APPLY_EVERY * desk.work_time / desk.officers
        if utilisation >= 1:
            message = f"the desk of '{name}' has a utilisation of {utilisation:.2f}: its queue would grow for ever"
            come = f"{applications} application{'s' if applications > 1 else ''} every {APPLY_EVERY} weeks"
            hint = f"the utilisation is {come} x work time / officers; it must be below 1"
            yield Finding(((*path, "work_time"), (*path, "officers")), message, hint)


@rule
def policies_do_not_overlap(scenario: Scenario) -> Iterator[Finding]:
    """No policy starts while one of the same action on the same target is still in force."""
    in_force: dict[str, str] = {}
    still_banned: dict[str, set[str]] = {}
    for name, policy in _in_time(scenario):
        for target in _targets(policy):
            if target in in_force:
                earlier = in_force[target]
                message = f"'{name}' overlaps '{earlier}': {target} since {scenario.policies[earlier].effective}"
                yield Finding(_dates(name, earlier), message, "lift the earlier one, or switch one of them off")
            else:
                in_force[target] = name
        if policy.ban is not None:
            still_banned[name] = _products(scenario, policy.ban)
        if policy.lift is not None:
            for ban, products in still_banned.items():
                lifted = products & _products(scenario, policy.lift)
                products -= lifted
                if lifted and not products:  # its last product ships again
                    in_force = {target: since for target, since in in_force.items() if since != ban}


@rule
def lifts_find_a_ban(scenario: Scenario) -> Iterator[Finding]:
    """A lift acts on a product that is banned, and not on the very day of the ban."""
    banned: dict[str, str] = {}
    for name, policy in _in_time(scenario):
        if policy.ban is not None:
            banned |= dict.fromkeys(_products(scenario, policy.ban), name)
        if policy.lift is None or not _known(policy.lift):
            continue
        lifted = _products(scenario, policy.lift) & banned.keys()
        # A lift that reaches no known product is told by another rule.
        if not lifted and _products(scenario, policy.lift):
            message = f"'{name}' lifts a ban, but none is in force on {policy.effective}"
            yield Finding(_dates(name), message)
        for ban in sorted({banned[product] for product in lifted}):
            if scenario.policies[ban].effective == policy.effective:
                message = f"'{name}' lifts what '{ban}' bans on the same day"
                yield Finding(_dates(name, ban), message, "which comes first?")
        for product in lifted:
            del banned[product]


def _dates(*names: str) -> tuple[Path, ...]:
    return tuple(("policies", name, "effective") for name in names)


def _in_time(scenario: Scenario) -> list[tuple[str, Policy]]:
    """The policies in the order they act; on one day bans come first. Those of unknown date, and those
    withdrawn, are left out."""
    acting = [(name, policy) for name, policy in scenario.policies.items() if policy.withdrawn is None]
    known = [(name, policy) for name, policy in acting if _known(policy.effective)]
    return sorted(known, key=lambda item: (item[1].effective, item[1].lift is not None, item[0]))


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


def _products(scenario: Scenario, reach: Reach) -> set[str]:
    """The imports that a ban or a lift reaches; one of unknown performance counts as reached."""
    if not _known(reach):
        return set()
    if reach.product is not None:
        return {reach.product} & scenario.imports.keys() if _known(scenario.imports) else set()
    if reach.threshold is None:
        return set()
    return {name for name, chip in scenario.imports.items() if not chip.performance < reach.threshold}


def _reaches(scenario: Scenario) -> Iterator[tuple[str, str, Reach]]:
    for name, policy in scenario.policies.items():
        for action in ("ban", "lift", "licence"):
            reach = getattr(policy, action)
            if reach is not None and _known(reach):
                yield name, action, reach


def _known(value: object) -> bool:
    return value is not UNKNOWN
