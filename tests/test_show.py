"""Showing a scenario: each value with its unit and source, what differs, and the scenario as one file."""

import dataclasses
import datetime
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.base.label import SENTENCE
from sim.base.shapes import shape_of
from sim.base.units import Share, Weeks
from sim.base.yaml_tree import Document, Table
from sim.exhibits.page import page_record, page_text
from sim.scenario.fields import Part
from sim.scenario.load import Reading, ScenarioError, load, shipped
from sim.scenario.parts import Policy, Scenario
from sim.scenario.sampling import inputs_of
from sim.scenario.show import changed_page, diff, resolved_yaml, scenario_hash, show, shown_page, source_text
from sim.scenario.sources import SOURCED

MINE = """\
extends: baseline
title: "Fewer wafers: a 'what if' #1"
question: What if, and why?
foundry:
  cycle_time: 3 months
  wafer_starts: {calibrated: 200 wafers/week, to: [datong, market-25], range: [100, 400 wafers/week], reason: "a, b: c"}
imports:
  h20:
    price: {derived: datong / 50000, unit: yuan, reason: a guess}
policies:
  h20-block: off
  "off": {effective: {figure: framework-cancelled}, source: "12:30", lift: {threshold: 0.6}}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(MINE, encoding="utf-8")


def test_each_value_is_shown_with_its_unit_and_source():
    rows = {row["key"]: row for row in show(load("mine.yaml", {"assembly.time": "6"}))}
    assert rows["foundry.cycle_time"] == {
        "key": "foundry.cycle_time",
        "value": "13.04 weeks",
        "unit": "weeks",
        "kind": "user",
        "source": "user, mine.yaml:5, written 3 months",
        "range": "",
        "confidence": "",
        "file": "mine.yaml",
        "line": 5,
    }
    assert rows["assembly.time"]["source"] == "user, --set assembly.time=6"
    assert rows["foundry.wafer_starts"]["source"] == "calibrated to datong, market-25: a, b: c"
    assert rows["foundry.wafer_starts"]["range"] == "100 to 400 wafers/week"
    assert rows["imports.h20.price"]["source"] == "derived from datong / 50000: a guess"
    assert rows["imports.h20.price"]["value"] == "90 thousand yuan"
    assert rows["policies.off.effective"]["source"].startswith("figure framework-cancelled (2025-05-15)")
    assert rows["policies.off.source"] | {"line": 0} == {
        "key": "policies.off.source",
        "value": "12:30",
        "unit": "",
        "kind": "text",
        "source": "",
        "range": "",
        "confidence": "",
        "file": "mine.yaml",
        "line": 0,
    }
    assert json.loads(json.dumps(list(rows.values()))) == list(rows.values())


def test_every_number_and_date_that_the_model_reads_is_shown_with_its_source():
    def numbers(value: object, key: str = "") -> dict[str, object]:
        if isinstance(value, Policy):  # its action's key stands beside its dates
            value = {**vars(value), **value.actions}
            del value["actions"]
        elif dataclasses.is_dataclass(value):
            value = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
        if isinstance(value, dict):
            return {k: v for name in value for k, v in numbers(value[name], f"{key}.{name}".strip(".")).items()}
        return {key: value} if isinstance(value, float | datetime.date) else {}

    sourced = load("baseline")
    sources = {key: p for key, p in sourced.parameters.items() if p.source.kind != "text"}
    assert {key: parameter.value for key, parameter in sources.items()} == numbers(sourced.scenario)
    assert {parameter.source.kind for parameter in sources.values()} <= {*SOURCED}


def test_the_difference_of_two_scenarios_is_what_changes():
    baseline, mine = load("baseline"), load("mine.yaml")
    changes = {change["key"]: change for change in diff(baseline, mine)}
    assert changes["foundry.cycle_time"]["before"] == "14 weeks"
    assert changes["foundry.cycle_time"]["after"] == "13.04 weeks"
    assert changes["policies.h20-block.ban.product"]["after"] == ""
    assert changes["policies.h20-block.ban.product"]["source"] == "not in mine"
    assert changes["policies.h20-block.effective"]["source"] == "not in mine; figure h20-block (2025-04)"
    assert changes["policies.off.lift.threshold"]["before"] == ""
    assert {key.split(".")[0] for key in changes} == {"title", "question", "foundry", "imports", "policies"}
    assert diff(baseline, baseline) == []
    back = {change["key"]: change for change in diff(mine, baseline)}
    added = back["policies.off.effective"]
    assert (added["before"], added["after"]) == (changes["policies.off.effective"]["after"], "")
    assert added["source"] == f"not in baseline; {changes['policies.off.effective']['source']}"


def test_a_new_source_for_the_same_value_is_a_difference():
    Path("same.yaml").write_text("extends: baseline\nassembly: {time: 5 weeks}\n")
    [change] = diff(load("baseline"), load("same.yaml"))
    assert (change["before"], change["after"], change["source"]) == ("5 weeks", "5 weeks", "user, same.yaml:2")


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 200])
@pytest.mark.parametrize(
    "page",
    [
        lambda: shown_page(load("mine.yaml")),
        lambda: changed_page(load("baseline"), load("mine.yaml")),
        lambda: changed_page(load("baseline"), load("licence-queue")),
    ],
    ids=["show", "diff", "diff of shipped ones"],
)
def test_what_a_terminal_shows_fits_it_and_ends_with_the_label(page, columns):
    text = page_text(page(), columns)
    assert max(map(len, text.splitlines())) <= columns
    assert " ".join(text.split()).endswith(SENTENCE)
    keys = [row["key"] for row in page_record(page())["parameters"]]
    assert columns < 100 or all(key in text for key in keys), "no key is in pieces"


def test_a_scenario_ends_with_how_many_assumptions_may_vary_and_how_far_they_can_be_trusted():
    def told(**settings: str) -> list[str]:
        shown = shown_page(load("mine.yaml", {key.replace("__", "."): value for key, value in settings.items()}))
        return [note for note in shown.notes if note.startswith(("Uncertain", "Levers"))]

    inputs = inputs_of(load("mine.yaml"))
    low = [each.key for each in inputs if each.confidence == "low" and not each.lever]
    levers = [each.key for each in inputs if each.lever]
    assert "foundry.lot_cv" in low
    uncertain, decided = told()
    assert f", {len(low)} of low and 1 of unstated confidence." in uncertain, "mine.yaml has no grade for its own"
    assert decided == f"Levers, which somebody decides: {len(levers)}."
    assert f", {len(low) - 1} of low and 1 of" in told(foundry__lot_cv="0.1")[0], "a bare value has no range"
    assert told(worlds__fixed="[" + ", ".join(shape_of(Scenario).members) + "]") == []


def test_texts_about_a_scenario_come_after_its_parameters():
    lines = page_text(changed_page(load("baseline"), load("licence-queue")), 80).splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("title: "))
    told = [line.split(":")[0] for line in lines[first:] if line[:1].strip()]
    assert told[:6] == ["title", "question", "hangs_on", "lever", "changes", "look_at"]
    assert any(line.startswith("policies.h20-licence") for line in lines[:first])


def test_a_difference_goes_both_ways_and_none_is_told():
    base, mine = load("baseline"), load("mine.yaml")
    for one, two in ((base, mine), (mine, base)):
        text = page_text(changed_page(one, two))
        assert "foundry.wafer_starts" in text
        assert "foundry.cycle_time" in text
    assert "no value differs" in page_text(changed_page(base, base))


# --- One file ---


@pytest.mark.parametrize("name", ["mine.yaml", *(each.name for each in shipped())])
def test_a_resolved_scenario_is_the_same_scenario(name):
    first = load(name)
    text = resolved_yaml(first)
    Path("resolved.yaml").write_text(text, encoding="utf-8")
    second = load("resolved.yaml")
    assert second.scenario == first.scenario
    assert scenario_hash(second.scenario) == scenario_hash(first.scenario)
    assert second.files == ("resolved.yaml",)
    for key, parameter in first.parameters.items():
        one, two = parameter.source, second.parameters[key].source
        assert (one.kind, one.reason, one.range, one.figures) == (two.kind, two.reason, two.range, two.figures)
        assert one.confidence == two.confidence
    assert inputs_of(second) == inputs_of(first)
    assert SENTENCE in text.splitlines()[0]
    assert resolved_yaml(second).splitlines()[2:] == text.splitlines()[2:]


def test_a_resolved_scenario_says_what_a_figure_was():
    text = resolved_yaml(load("mine.yaml"))
    assert '{derived: datong / 50000, unit: yuan, reason: "a guess"}  # 90 thousand yuan' in text
    assert 'to: [datong, market-25], range: [100, 400 wafers/week], reason: "a, b: c"}' in text


def test_a_number_left_out_is_shown_as_a_default():
    @dataclass(frozen=True, kw_only=True)
    class Queue(Part):
        wait: Weeks = 3.0
        limit: Share | None = None

    place = Document("it").place()
    reading = Reading([place.document], complete=True)
    assert reading.read(shape_of(Queue), Table({}, place), ()) == Queue()
    assert [(p.key, p.text, source_text(p)) for p in reading.parameters.values()] == [("wait", "3 weeks", "default")]


def test_shipped_scenarios_have_a_title_and_a_question():
    names = {each.name for each in shipped()}
    assert "baseline" in names
    assert not names & {"figures", "relations"}


def test_a_broken_shipped_file_is_listed_still(tmp_path, monkeypatch):
    (tmp_path / "broken.yaml").write_bytes(b"title: [\xff")
    monkeypatch.setattr("sim.scenario.load.scenario_folder", lambda: tmp_path)
    assert [(each.name, each.title) for each in shipped() if each.name == "broken"] == [("broken", "")]
    with pytest.raises(ScenarioError):
        load("broken")
