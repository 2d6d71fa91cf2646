"""The rules between values: each is broken once, told once, and silent about what nobody could read."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from sim.scenario.load import ScenarioError, load
from sim.scenario.parts import Scenario
from sim.scenario.policies.action import ACTIONS
from sim.scenario.rules import RULES, UNKNOWN, Finding, Rule, findings


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("extends: baseline\npolicies: {h20-block: off, threshold-october-2023: off}\n")


def found(*changes: str) -> list[str]:
    """The messages and hints about a baseline without its bans, with some settings."""
    settings = {}
    for change in changes:
        key, _, settings[key] = change.partition("=")
    try:
        load("mine.yaml", settings)
    except ScenarioError as error:
        return [f"{m.message} / {m.hint}" if m.hint else m.message for m in error.mistakes]
    return []


def ban(name: str, day: str, reach: str, action: str = "ban") -> str:
    return f"policies.{name}={{effective: {day}, {action}: {{{reach}}}}}"


def lift(name: str, day: str, reach: str) -> str:
    return ban(name, day, reach, "lift")


def licence(name: str, day: str, reach: str) -> str:
    return ban(name, day, f"{reach}, officers: 2, work_time: 2 weeks, approval: 50 %", "licence")


def mandate(name: str, day: str, segments: str) -> str:
    return f"policies.{name}={{effective: {day}, mandate: {{segments: [{segments}], compliance: 90 %}}}}"


A_CHIP = "{supplier: x, performance: 1, price: 1, power: 1, software: CUDA, available: 2026-06, cap: 1}"

BROKEN = {
    "a name that is no folder's": (
        ["name=../up"],
        "'../up' cannot be a scenario's name / letters, digits, '-', '_', '.' and spaces, at most 60; a line 'name: ...' in the file gives another",
    ),
    "another label": (["label=a forecast"], "the label is 'Illustrative, not predictive' / remove this line"),
    "a window that runs backwards": (
        ["window.start=2024-01-01", "window.end=2024-01-01"],
        "the window ends on 2024-01-01, not after its start on 2024-01-01",
    ),
    "a falling yield": (
        ["foundry.yield_start=60 %", "foundry.yield_ceiling=50 %"],
        "'yield_start' is 60 %, above 'yield_ceiling', which is 50 %",
    ),
    "a falling readiness": (
        ["software.readiness_start=90 %", "software.readiness_ceiling=80 %"],
        "'readiness_start' is 90 %, above 'readiness_ceiling', which is 80 %",
    ),
    "porting that slows": (
        ["software.porting_start=8 weeks", "software.porting_floor=9 weeks"],
        "'porting_start' is 8 weeks, below 'porting_floor', which is 9 weeks",
    ),
    "stacks' shares": (
        ["software.stacks={CANN: 70 %, Neuware: 15 %, DTK: 10 %}"],
        "the shares of the stacks add up to 95 %, not 100 % / CANN 70 % + Neuware 15 % + DTK 10 %",
    ),
    "a chip's name taken": (
        [
            f"imports.siyuan-690={A_CHIP}",
        ],
        "'siyuan-690' names a design and an import / give each chip its own name",
    ),
    "software that nobody ports to": (
        ["designs.siyuan-690.software=Neurware", "designs.siyuan-590=off"],
        "'Neurware' is not one of 'software.stacks' / did you mean 'Neuware'?",
    ),
    "an import for a domestic stack": (
        ["imports.h20.software=CANN"],
        "'h20' comes from abroad and runs 'CANN', not CUDA / write 'software: CUDA'",
    ),
    "a grey channel for a domestic stack": (
        ["grey.software=CANN"],
        "'grey' comes from abroad and runs 'CANN', not CUDA / write 'software: CUDA'",
    ),
    "a product that does not exist": (
        [ban("x", "2024-01", "product: h2o")],
        "no product under 'imports' is named 'h2o' / did you mean 'h20'?",
    ),
    "a product and a threshold": (
        [ban("x", "2024-01", "product: h20, threshold: 1")],
        "both a 'product' and a 'threshold' are given / make two policies of it",
    ),
    "a ban of nothing": (
        [ban("x", "2024-01", "")],
        "this reaches nothing / give it a 'product' or a 'threshold'",
    ),
    "a refusal of a product that does not exist": (
        ["policies.x={effective: 2024-01, import_refusal: {product: h2o, share: 50 %}}"],
        "no product under 'imports' is named 'h2o' / did you mean 'h20'?",
    ),
    "a segment that does not exist": (
        [mandate("x", "2024-01", "clouds")],
        "no segment under 'demand' is named 'clouds' / did you mean 'cloud'?",
    ),
    "no action": (
        ["policies.x={effective: 2024-01}"],
        f"the policy 'x' has no action / give it one of: {', '.join(ACTIONS)}",
    ),
    "two actions": (
        [
            "policies.x={effective: 2024-01, ban: {product: h20}, memory_control: {leak: 1}}",
            "policies.memory-control=off",
        ],
        "the policy 'x' has 2 actions: memory_control, ban / make a policy of each",
    ),
    "a window of centuries": (
        ["window.end=2123-01-01"],
        "the window is longer than 30 years",
    ),
    "a policy long after the end": (
        [ban("x", "2052-01-01", "product: h20")],
        "'x' acts on 2052-01-01, long after the window has ended (2028-01-01) / to switch it off, write 'x: off'",
    ),
    "a rule announced after it acts": (
        ["policies.memory-control.announced=2025-01-01"],
        "'memory-control' is announced on 2025-01-01, after it acts on 2024-12-02",
    ),
    "a rule withdrawn after it acts": (
        ["policies.memory-control.withdrawn=2025-01-01"],
        "'memory-control' is withdrawn on 2025-01-01, after it acts on 2024-12-02 / use a lift instead",
    ),
    "a rule withdrawn before it is announced": (
        ["policies.memory-control.withdrawn=2024-08-01"],
        "'memory-control' is withdrawn on 2024-08-01, before it is announced on 2024-09-02",
    ),
    "half an officer": (["policies.diffusion-rule.licence.officers=6.5"], "6.5 officers: a whole number is needed"),
    "a named project of an unknown segment": (
        ["projects.datong.segment=clod"],
        "no segment under 'demand' is named 'clod' / did you mean 'cloud'?",
    ),
    "a named project with a segment's name": (
        [
            "projects.cloud={segment: other, arrives: 2024-01, budget: 1 bn yuan, chip_share: 50 %, "
            "price: 100 thousand yuan}"
        ],
        "'cloud' names a project and a segment / give a project another name",
    ),
    "a named project with the name of another": (
        ["projects.cloud-17={segment: other, arrives: 2024-01, budget: 1 bn yuan, chip_share: 50 %, price: 1 yuan}"],
        "'cloud-17' names a project and one of the projects of 'cloud' / give a project another name",
    ),
    "a named project with the name of another of the lead-in": (
        [
            "projects.cloud-before-0={segment: other, arrives: 2024-01, budget: 1 bn yuan, chip_share: 50 %, "
            "price: 1 yuan}"
        ],
        "'cloud-before-0' names a project and one of the projects of 'cloud' / give a project another name",
    ),
    "a named project that needs nothing": (
        ["projects.datong.chip_share=0 %"],
        "'0 %' is out of range; it must be at least 0.1 %",
    ),
    "a segment whose projects have the names of others": (
        [
            "demand.cloud-before={projects: 9, growth: 0, size: 900, size_cv: 1, cuda_share: 0.5, porting_wait: 4, "
            "patience: 30, patience_cv: 1}"
        ],
        "the projects of 'cloud-before' would have the names of those in the lead-in of 'cloud' / "
        "give the segment another name",
    ),
    "a contract with a project's name": (
        ["anchors.datong={supplier: Cambricon, segment: state, projects: 10 %, starts: 2024-01}"],
        "'datong' names a contract and a project / give a contract another name",
    ),
    "an import named as the channel": (
        [f"imports.Grey={A_CHIP}"],
        "the name 'Grey' stands for the grey channel / choose another name",
    ),
    "a supplier named as the channel": (
        ["imports.h20.supplier=grey"],
        "the name 'grey' stands for the grey channel / choose another name",
    ),
    "a domestic stack named CUDA": (
        ["software.stacks={CUDA: 10 %, CANN: 60 %, Neuware: 15 %, DTK: 15 %}"],
        "the name 'CUDA' stands for the foreign vendor's software / choose another name",
    ),
    "a name that would be cut": (
        [f"imports.a/before={A_CHIP}"],
        "the name 'a/before' is empty or holds a '/' / choose another name",
    ),
    "a supplier's name that would be cut": (
        ["imports.h20.supplier=Nvidia/before"],
        "the name 'Nvidia/before' holds a '/' / choose another name",
    ),
    "a supplier whose flows are ambiguous": (
        ["imports.h20.supplier=A to B"],
        "the name 'A to B' holds ' to ' / flows are named 'supplier to segment'",
    ),
    "suppliers of one name among the outcomes": (
        ["designs.hygon-dcu.supplier=huawei"],
        "'huawei' and 'Huawei' are one name among the outcomes / write both alike, or choose another name",
    ),
    "a supplier at home and abroad": (
        ["grey.supplier=Nvidia"],
        "'Nvidia' is a supplier of 'imports' and of 'grey' / give one of them another name",
    ),
    "more projects than there are": (
        ["anchors.two={supplier: Hygon, segment: cloud, projects: 90 %, starts: 2024-01}"],
        "the contracts take 104.5 % of the projects of 'cloud', over 100 % / cambricon-cloud 14.5 % + two 90 %",
    ),
    "a designer with two stacks": (
        ["software.stacks={CANN: 70 %, Neuware: 10 %, DTK: 10 %, Other: 10 %}", "designs.siyuan-690.software=Other"],
        "'Cambricon' has designs for 'Neuware' and for 'Other' / a designer has one stack",
    ),
    "a domestic design for CUDA": (
        ["designs.hygon-dcu.software=CUDA"],
        "the domestic design 'hygon-dcu' runs CUDA / give it one of 'software.stacks'",
    ),
    "a crowded world": (
        [
            "demand.cloud.projects=0",
            "demand.state.projects=0",
            "demand.other.projects=20000",
            "demand.other.growth=100 %/year",
            "efficiency=off",
            "lead_in=0 weeks",
        ],
        "619,696 projects are expected in the window and its lead-in, more than 500,000 / "
        "619,696 of them are of 'other': 20,000 projects/year, growing by 100 %/year over 5 years",
    ),
    "a contract of a supplier without chips": (
        ["anchors.cambricon-cloud.supplier=Cambrian"],
        "no design is sold by 'Cambrian' / did you mean 'Cambricon'?",
    ),
    "the end of a contract that does not exist": (
        ["policies.x={effective: 2025-07, anchor_exit: {anchor: cambricon}}"],
        "no contract under 'anchors' is named 'cambricon' / did you mean 'cambricon-cloud'?",
    ),
    "a customer that leaves for nowhere": (
        [
            "software.stacks={Neuware: 100 %, CANN: off, DTK: off}",
            *(f"designs.{name}=off" for name in ("ascend-910b", "ascend-910c", "ascend-next", "hygon-dcu")),
            *(f"scale.systems.{name}=off" for name in ("cloudmatrix-384", "superpod-2026")),
            "policies.x={effective: 2025-07, anchor_exit: {anchor: cambricon-cloud}}",
        ],
        "no stack but 'Neuware' is there to turn to / give 'software.stacks' a second one, with designs that run it",
    ),
    "a ceiling below the start": (
        ["foundry.ceiling=200 wafers/week"],
        "the ceiling of 200 wafers a week is below the 540 of the start",
    ),
    "a product banned twice": (
        [ban("x", "2024-01", "product: h20"), ban("y", "2024-02", "product: h20")],
        "'y' overlaps 'x': 'h20' is banned since 2024-01-01 / lift the earlier one, or switch one of them off",
    ),
    "a threshold set twice": (
        [ban("x", "2024-01", "threshold: 1"), ban("y", "2024-02", "threshold: 1 A100e")],
        "'y' overlaps 'x': products from 1 A100e are banned since 2024-01-01 / "
        "lift the earlier one, or switch one of them off",
    ),
    "memory controlled twice": (
        ["policies.x={effective: 2025-06, memory_control: {leak: 0}}"],
        "'x' overlaps 'memory-control': foreign memory is controlled since 2024-12-02 / switch one of them off",
    ),
    "a segment bound twice": (
        [mandate("x", "2024-01", "cloud"), mandate("y", "2024-01", "other, cloud")],
        "'y' overlaps 'x': the segment 'cloud' is bound since 2024-01-01 / switch one of them off",
    ),
    "two of one day of which only one can hold": (
        [f"policies.{n}={{effective: 2024-01, enforcement: {{interception: {n[1:]} %}}}}" for n in ("p10", "p20")],
        "'p10' and 'p20' act on one day, and only one of them can hold / give one of them another day, or switch it off",
    ),
    "two desks of one day for one product": (
        [licence("x", "2024-01", "product: h20"), licence("y", "2024-01", "threshold: 0.1")],
        "'x' and 'y' act on one day, and only one of them can hold / give one of them another day, or switch it off",
    ),
    "a product turned away twice": (
        [
            f"policies.{x}={{effective: 2024-0{n}, import_refusal: {{product: h20, share: 50 %}}}}"
            for n, x in ((1, "x"), (2, "y"))
        ],
        "'y' overlaps 'x': 'h20' is turned away since 2024-01-01 / switch one of them off",
    ),
    "a lift of nothing": (
        [lift("x", "2024-01", "product: h20")],
        "'x' frees imports, but nothing holds them back on 2024-01-01",
    ),
    "a lift on the day of the ban": (
        [ban("x", "2024-01", "product: h20"), lift("y", "2024-01", "threshold: 0.1")],
        "'y' frees imports, but nothing holds them back on 2024-01-01 / on one day a lift acts before 'x'",
    ),
    "a group that is never varied and does not exist": (
        ["worlds.fixed=[windw, lead_in]"],
        "no scenario has a key 'windw' / did you mean 'window'?",
    ),
    "a lever that no policy could have": (
        ["worlds.levers=[policies.*.*.treshold]"],
        "no scenario has a key 'policies.*.*.treshold' / did you mean 'policies.*.*.threshold'?",
    ),
    "a key below a number": (["worlds.log=[foundry.delay.half]"], "no scenario has a key 'foundry.delay.half'"),
    "an order of patterns": (
        ["worlds.order.x=[demand.*.patience, lead_in]"],
        "'demand.*.patience' stands for several keys / name one key after the other",
    ),
    "a group that moves with a number": (
        ["worlds.alike.x=[foundry, foundry.delay]"],
        "'foundry' is neither a number nor a date / name a key that is one",
    ),
    "a text that moves with a number": (
        ["worlds.alike.x=[grey.software, grey.delay]"],
        "'grey.software' is neither a number nor a date / name a key that is one",
    ),
    "worlds without what every scenario has": (
        ["worlds.off.x={key: foundry.delay, share: 10 %}"],
        "no scenario can be without 'foundry.delay' / name a key that may be 'off'",
    ),
    "an order of weeks and shares": (
        ["worlds.order.x=[foundry.delay, foundry.growth]"],
        "'foundry.delay' in weeks and 'foundry.growth' in share/year have no unit in common / make a list of each",
    ),
    "an order that comes back": (
        ["worlds.order.x=[foundry.delay, foundry.cover, foundry.delay]"],
        "'foundry.delay' is named twice under 'order' / name it once",
    ),
    "orders in a circle": (
        ["worlds.order.x=[foundry.delay, foundry.cover]", "worlds.order.y=[foundry.cover, foundry.delay]"],
        "these orders go round in a circle: foundry.cover -> foundry.delay -> foundry.cover / turn one of them round",
    ),
    "a share of two sums": (
        ["worlds.sums.x=[software.stacks.CANN, demand.state.cuda_share]"],
        "'software.stacks.CANN' is named twice under 'sums' / name it once",
    ),
    "a share of a sum that has an order to keep too": (
        ["worlds.order.x=[software.stacks.Neuware, demand.state.cuda_share]"],
        "'software.stacks.Neuware' stands in a sum and in an order, and cannot keep both / take it out of one",
    ),
    "a sum of whole numbers": (
        ["worlds.sums.x=[designs.ascend-910b.stacks, memory.stock]"],
        "'designs.ascend-910b.stacks' stands in a sum, so it cannot be whole / take it out of one",
    ),
    "what is off in two shares of the worlds": (
        ["worlds.off.x={key: designs.ascend-910c.die_bank, share: 10 %}"],
        "'designs.ascend-910c.die_bank' is named twice under 'off' / name it once",
    ),
}

FINE = {
    "a ban, lifted and set again": [
        ban("x", "2024-01", "product: h20"),
        lift("y", "2024-02", "product: h20"),
        ban("z", "2024-03", "product: h20"),
    ],
    "a threshold, its products lifted one by one, and set again": [
        ban("w", "2024-01", "threshold: 1"),
        lift("x", "2024-02", "product: a800"),
        lift("y", "2024-03", "product: h800"),
        ban("z", "2024-04", "threshold: 1"),
    ],
    "a ban that takes the place of a lifted one on the same day": [
        ban("x", "2024-01", "threshold: 1"),
        lift("z", "2024-02", "threshold: 1"),
        ban("y", "2024-02", "product: h800"),
    ],
    "a ban, a licence in its place, and a ban again": [
        ban("x", "2024-01", "product: h20"),
        licence("y", "2024-02", "product: h20"),
        ban("z", "2024-03", "product: h20"),
        lift("w", "2024-04", "product: h20"),
    ],
    "a licence, lifted": [licence("x", "2024-01", "product: h20"), lift("y", "2024-02", "product: h20")],
    "a product below a threshold": [ban("x", "2024-01", "threshold: 1"), ban("y", "2024-02", "product: h20")],
    "mandates of different segments": [mandate("x", "2024-01", "cloud"), mandate("y", "2024-01", "other")],
    "a policy after a shortened window": ["window.end=2024-01-01"],
    "a withdrawn rule beside another on the same target": [
        "policies.x={effective: 2025-06, withdrawn: 2025-05, memory_control: {leak: 0}}",
    ],
    "a policy before the window": [ban("x", "2020-01", "product: h20")],
    "floats that miss the sum by a hair": ["software.stacks={CANN: 0.7, Neuware: 0.1, DTK: 0.2}"],
    "sampled keys of what is switched off": ["worlds.order.x=[policies.gone.announced, policies.gone.effective]"],
    "a key in two orders, and numbers of two units that move alike": [
        "worlds.order.x=[foundry.delay, foundry.cover]",
        "worlds.order.y=[foundry.delay, assembly.time]",
        "worlds.alike.x=[foundry.delay, foundry.growth]",
    ],
}


@pytest.mark.parametrize(("changes", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_told_once(changes, message):
    assert found(*changes) == [message]


@pytest.mark.parametrize("changes", FINE.values(), ids=FINE)
def test_what_is_allowed_is_not_told(changes):
    assert found(*changes) == []


def test_every_rule_is_broken_above(monkeypatch):
    broken = set()

    def noted(rule: Rule) -> Rule:
        def check(scenario: Scenario) -> Iterator[Finding]:
            for finding in rule(scenario):
                broken.add(rule.__name__)
                yield finding

        return check

    monkeypatch.setattr("sim.scenario.rules.RULES", [noted(rule) for rule in RULES])
    for changes, _ in BROKEN.values():
        found(*changes)
    assert broken == {rule.__name__ for rule in RULES}


def test_rules_and_unreadable_values_are_told_together():
    messages = found("foundry.growth=35 weeks", ban("x", "2024-01", "product: h2o"), "window.end=soon")
    assert len(messages) == 3


def test_of_two_values_the_one_in_the_uppermost_file_is_told(tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: baseline\nfoundry:\n  yield_ceiling: 10 %\n")
    with pytest.raises(ScenarioError) as caught:
        load("mine.yaml")
    lines = str(caught.value).splitlines()
    assert lines[0] == "mine.yaml:3:18: 'yield_start' is 29 %, above 'yield_ceiling', which is 10 %"
    assert lines[3].endswith("note: together with this")
    assert "scenarios/baseline.yaml:" in lines[3]


def blinded(value: Any) -> Iterator[Any]:
    """The value with each of its parts, at every depth, unknown in turn."""
    yield UNKNOWN
    if dataclasses.is_dataclass(value):
        for item in dataclasses.fields(value):
            held = getattr(value, item.name)
            for part in blinded(held) if held is not None else ():
                yield dataclasses.replace(value, **{item.name: part})
    elif isinstance(value, dict):
        for key in value:
            for part in blinded(value[key]):
                yield {**value, key: part}
    elif isinstance(value, list):
        for number in range(len(value)):
            yield [*value[:number], UNKNOWN, *value[number + 1 :]]


def test_rules_say_nothing_about_values_that_nobody_knows():
    scenario = load("baseline").scenario
    worlds = [world for world in blinded(scenario) if isinstance(world, Scenario)]
    assert len(worlds) > 150
    for world in worlds:
        assert list(findings(world)) == []
