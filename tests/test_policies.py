"""A policy action is one file: what follows once that lies there, here for the recipe of CONTRIBUTING.md."""

import datetime
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from recipes import code
from worlds import baseline, of, policy, tell

import sim.scenario.policies
from sim.base.shapes import shape_of
from sim.model import facts as f
from sim.model.streams import Streams
from sim.pictures.policies import policy_rows
from sim.scenario.load import ScenarioError, check, load, shipped
from sim.scenario.parts import Scenario
from sim.scenario.policies.action import ACTIONS, Action
from sim.scenario.policies.ban import Ban
from sim.scenario.precedence import in_order
from sim.scenario.schema import page, schema
from sim.scenario.show import diff, resolved_yaml


@pytest.fixture
def tax(tmp_path_factory) -> Iterator[type[Action]]:
    """The action of the recipe in CONTRIBUTING.md, in a file that lies in another folder; gone after the test."""
    added = tmp_path_factory.mktemp("policies")
    [text] = code("A policy action")
    (added / "tax.py").write_text(text, encoding="utf-8")
    sim.scenario.policies.__path__.append(str(added))
    door = sim.scenario.policies
    exec(Path(door.__file__).read_text(encoding="utf-8"), vars(door))  # as a new process would, it finds the file
    yield ACTIONS["tax"]
    sim.scenario.policies.__path__.remove(str(added))
    del ACTIONS["tax"], sys.modules["sim.scenario.policies.tax"]
    shape_of.cache_clear()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def taxed(share: str = "100 %", **settings: str) -> Scenario:
    """The baseline with the H20 taxed on the first day, read from a file."""
    text = "extends: baseline\ntitle: x\npolicies:\n  dear:\n    effective: 2023-01-01\n"
    with open("taxed.yaml", "w", encoding="utf-8") as file:
        file.write(f"{text}    tax: {{product: h20, less: {share}}}\n")
    return load("taxed.yaml", settings).scenario


def test_its_keys_are_read_set_shown_and_written(tax):
    dear = taxed("50 %").policies["dear"]
    assert dear.action == tax(product="h20", less=0.5)
    assert taxed("50 %", **{"policies.dear.tax.less": "20 %"}).policies["dear"].action == tax(product="h20", less=0.2)
    sourced = load("taxed.yaml")
    changes = {change["key"]: change["after"] for change in diff(load("baseline"), sourced)}
    assert changes["policies.dear.tax.less"] == "50 %"
    with open("whole.yaml", "w", encoding="utf-8") as file:
        file.write(resolved_yaml(sourced))
    assert replace(load("whole.yaml").scenario, name="taxed") == sourced.scenario


@pytest.mark.usefixtures("tax")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"policies.dear.tax.les": "20 %"}, "unknown key 'les' in 'policies.dear.tax' / did you mean 'less'?"),
        ({"policies.dear.tax.less": "3"}, "'3' is out of range; it must be at most 100 % / did you mean '3 %'?"),
        ({"policies.dear.tax.product": "h2o"}, "no product under 'imports' is named 'h2o' / did you mean 'h20'?"),
        ({"policies.dear.tax.less": "100 %"}, "a tax of everything is a ban / such as 90 %"),
        (
            {"policies.dear.ban.product": "h20", "policies.h20-block": "off"},
            "the policy 'dear' has 2 actions: ban, tax / make a policy of each",
        ),
        (
            {"policies.more": "{effective: 2024-01-01, tax: {product: h20, less: 10 %}}"},
            "'more' overlaps 'dear': 'h20' is taxed since 2023-01-01 / switch one of them off",
        ),
    ],
)
def test_mistakes_in_it_are_told(settings, message):
    with pytest.raises(ScenarioError) as caught:
        taxed("50 %", **settings)
    assert [f"{mistake.message} / {mistake.hint}" for mistake in caught.value.mistakes] == [message]


@pytest.mark.usefixtures("tax")
def test_a_key_that_was_likely_meant_is_not_missed_beside():
    with pytest.raises(ScenarioError) as caught:
        load("baseline", {"policies.dear": "{effective: 2023-01-01, taxx: {product: h20, less: 50 %}}"})
    assert [mistake.hint for mistake in caught.value.mistakes] == ["did you mean 'tax'?"]


@pytest.mark.usefixtures("tax")
def test_it_is_on_the_page_and_in_the_schema():
    text = page()
    assert "### `policies.NAME.tax`\n\nBuyers order fewer of a foreign product.\n" in text
    assert "| `tax` | group |  | none | Buyers order fewer of a foreign product. |" in text
    assert "`ban`, `tax`:\nthese act last" in text
    properties = schema()["$defs"]["Policy"]["properties"]
    assert properties["tax"]["description"] == "Buyers order fewer of a foreign product."
    assert "actions" not in properties


@pytest.mark.usefixtures("tax")
def test_it_acts_on_the_world():
    assert any(fact.product == "h20" for fact in of(told(baseline()), f.OrderPlaced))
    facts = told(taxed("99.9999 %"))
    assert [fact.policy for fact in of(facts, f.PolicyEffective)][-1:] == ["dear"]
    assert all(fact.chips < 1 for fact in of(facts, f.OrderPlaced) if fact.product == "h20")


def told(scenario: Scenario) -> list[f.Fact]:
    """The facts of a year and a half, until well after the H20 comes, without other rules on it."""
    kept = {name: rule for name, rule in scenario.policies.items() if name == "dear"}
    window = replace(scenario.window, end=datetime.date(2024, 7, 1))
    return tell(replace(scenario, window=window, policies=kept), Streams(1, 0))


def test_it_has_its_turn_among_the_others(tax):
    rules = {
        "a": policy(1, tax(product="h20", less=0.5)),
        "b": policy(1, Ban(product="h20")),
        "c": policy(0, Ban(product="h20")),
    }
    assert [name for name, _ in in_order(rules)] == ["c", "b", "a"]


@pytest.mark.usefixtures("tax")
def test_the_picture_of_policies_tells_it():
    [row] = [row for row in policy_rows([taxed("50 %")]) if row.key == "dear"]
    assert (row.actor, row.policy.action.sentence(str.upper)) == ("state", "fewer H20")


# --- What the program says of its own ---


def test_every_action_says_what_it_does():
    policies = {key: rule for item in shipped() for key, rule in load(item.name).scenario.policies.items()}
    told = {rule.action.key: rule.action.sentence(str.upper) for rule in policies.values()}
    assert set(told) == set(ACTIONS), "else an action stands in no shipped scenario"
    assert told["ban"] == "no H20"
    assert told["lift"] == "H20 may ship again"
    assert told["import_refusal"] == "50 % of H20 turned away by buyers"
    assert told["anchor_exit"] == "the contract CAMBRICON-CLOUD ends"
    licence = policies["h20-licence"].action.sentence(str.upper)
    assert licence == "H20 by licence, 50 % approved, at most 150,000 chips a quarter"


def test_no_rule_judges_beside_a_policy_that_could_not_be_read():
    """The lift has something to lift once the ban can be read; the overlap is none once the lift can."""
    for broken in ("ban: 5", "ban: {product: [h20]}", "ban: {product: h20}, withdrawn: soon"):
        with pytest.raises(ScenarioError) as caught:
            load(
                "baseline",
                {
                    "policies.x": f"{{effective: 2023-06-01, {broken}}}",
                    "policies.y": "{effective: 2023-07-01, lift: {product: h20}}",
                },
            )
        assert len(caught.value.mistakes) == 1


def test_a_desk_that_does_not_keep_up_is_noted_and_no_mistake(chipgate):
    with open("slow.yaml", "w", encoding="utf-8") as file:
        file.write("extends: licence-queue\ntitle: x\npolicies: {h20-licence: {licence: {officers: 1}}}\n")
    note = "'h20-licence': its queue grows, for its load is 1.50: 1 application every 4 weeks x work time / officers"
    [slow, quick] = check(["slow.yaml", "licence-queue"])
    assert (slow.error, slow.notes, quick.notes) == (None, (note,), ())
    status, output, _ = chipgate("check", "slow.yaml")
    assert status == 0
    assert output.startswith(f"slow.yaml: ok\nnote: {note}\n")
