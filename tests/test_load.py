"""Reading scenario files: what is read, and what is said to each mistake."""

import dataclasses
import datetime
import hashlib
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.base import yaml_tree
from sim.base.errors import ChipgateError
from sim.base.places import scenario_folder
from sim.outcomes.cards import looked_at_exist
from sim.scenario.load import Checked, ScenarioError, check, load, shipped
from sim.scenario.show import scenario_hash

BASELINE = (scenario_folder() / "baseline.yaml").read_text(encoding="utf-8")
TRANSCRIPTS = Path(__file__).parent / "data" / "mistakes.txt"


def transcripts(text: str) -> list[tuple[str, dict[str, str], str, str]]:
    """The blocks of the transcripts: a name, settings, a file, and the report that it gets."""
    blocks = []
    for block in re.split(r"^== ", text, flags=re.MULTILINE)[1:]:
        name, _, body = block.partition("\n")
        written, told = re.split(r"^--\n", body, maxsplit=1, flags=re.MULTILINE)
        given = dict(line.removeprefix("$ --set ").split("=", 1) for line in re.findall(r"^\$ .*$", written, re.M))
        blocks.append((name, given, re.sub(r"^\$ .*\n", "", written, flags=re.MULTILINE), told.strip("\n")))
    return blocks


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str, name: str = "mine.yaml") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def told(name_or_path: str, **given: str) -> str:
    """The report of a scenario that cannot be read."""
    with pytest.raises(ScenarioError) as caught:
        load(name_or_path, given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "written", "expected"),
    [pytest.param(*rest, id=name) for name, *rest in transcripts(TRANSCRIPTS.read_text(encoding="utf-8"))],
)
@pytest.mark.parametrize("parser", [yaml.SafeLoader, yaml_tree.PARSER], ids=["python", "libyaml"])
def test_a_mistake_is_told_as_in_the_transcript(given, written, expected, parser, monkeypatch):
    monkeypatch.setattr(yaml_tree, "PARSER", parser)
    assert told(write(written), **given) == expected


@pytest.mark.parametrize("length", range(1, 120, 3))
def test_how_a_message_breaks_does_not_hang_on_the_length_of_the_path(length):
    above = Path("m" * length)
    above.mkdir()
    name = write("extends: baseline\nfondry: {}\n", f"{above}/mine.yaml")
    first, second, *_ = told(name).splitlines()
    message = "unknown key 'fondry' in the scenario"
    assert first == f"{name}:2:1: {message}" or (first, second) == (f"{name}:2:1:", f"    {message}")
    assert len(first) <= yaml_tree.WIDTH or first == f"{name}:2:1:"


# --- What is read ---


@pytest.mark.parametrize("scenario", shipped(), ids=lambda each: each.name)
def test_every_shipped_scenario_loads_and_no_number_in_it_stands_bare(scenario):
    assert check([scenario.path]) == [Checked(str(scenario.path))]
    assert scenario.title
    assert scenario.question


def test_a_bare_number_is_a_mistake_in_a_shipped_file_and_fine_in_ones_own(folder, monkeypatch):
    own = write("extends: baseline\nassembly:\n  time: 6 weeks\n")
    assert check([own]) == [Checked(own)]
    (folder / "shipped").mkdir()
    for name in ("baseline", "figures"):
        text = (scenario_folder() / f"{name}.yaml").read_text(encoding="utf-8")
        write(text, f"shipped/{name}.yaml")
    write(Path(own).read_text(), "shipped/bare.yaml")
    monkeypatch.setattr("sim.scenario.load.scenario_folder", lambda: folder / "shipped")
    [error] = [file.error for file in check(["bare"])]
    assert str(error).splitlines()[:3] == [
        "scenarios/bare.yaml:3:9: 'assembly.time' stands bare in a shipped scenario",
        "  3 |   time: 6 weeks",
        "    |         ^^^^^^^ give it one of: figure, derived, calibrated, assumption",
    ]
    assert load("bare").scenario.assembly.time == 6


def test_a_file_changes_what_it_extends_and_keeps_the_rest():
    mine = load(write("extends: baseline\nfoundry:\n  cycle_time: 26 weeks\n"))
    baseline = load("baseline")
    assert mine.scenario.foundry.cycle_time == 26
    assert mine.scenario.foundry.growth == baseline.scenario.foundry.growth
    assert mine.scenario.name == "mine"
    assert mine.files == ("mine.yaml", load("baseline").files[0])
    source = mine.parameters["foundry.cycle_time"].source
    assert (source.kind, source.text, source.file, source.line) == ("user", "26 weeks", "mine.yaml", 3)
    assert mine.parameters["foundry.growth"] == baseline.parameters["foundry.growth"]


def test_words_about_a_scenario_are_not_those_of_the_one_that_it_extends():
    name = write("extends: h20-stays\ntitle: Mine\n")
    mine, base = load(name).scenario, load("h20-stays").scenario
    assert (mine.question, mine.changes, mine.expected, mine.hangs_on, mine.look_at) == ("", "", "", "", [])
    assert base.changes
    assert base.hangs_on
    assert load("h20-stays", {"foundry.growth": "20 %/year"}).scenario.changes == base.changes
    assert mine.policies == base.policies


def test_a_value_outside_the_range_of_what_it_replaces_is_noted():
    name = write("extends: baseline\ndemand: {cloud: {growth: 145 %/year}, state: {growth: 50 %/year}}\n")
    (found,) = check([name])
    told = "demand.cloud.growth: 145 %/year lies outside the range that baseline.yaml gives, 20 %/year to 50 %/year"
    assert (found.error, found.notes) == (None, (told,))


def test_what_kind_of_text_needs_quotes_is_told():
    write("extends: baseline\n")
    assert "put a text with a colon in quotes" in told("mine.yaml", title="a: b # c")
    assert "put a text that starts with [ or { in quotes" in told("mine.yaml", title="[a]")


def test_an_outcome_to_look_at_is_one_that_exists():
    name = write("extends: baseline\nlook_at: [delivered, delivred, revenue_huawei]\n")
    (found,) = check([name], [looked_at_exist])
    assert "mine.yaml:2:22: no outcome is named 'delivred'" in str(found.error)
    assert "did you mean 'delivered'?" in str(found.error)
    write("extends: baseline\nlook_at: [delivered, revenue_huawei]\n")
    assert check([name], [looked_at_exist]) == [Checked(name)]
    every = [scenario.path for scenario in shipped()]
    assert [found.error for found in check(every, [looked_at_exist])] == [None] * len(every)


def test_a_value_replaces_the_one_below_together_with_its_source():
    text = "extends: baseline\nassembly: {time: {assumption: 6 weeks, range: [5 weeks, 2 months], reason: a  guess}}\n"
    first = load(write(text))
    source = first.parameters["assembly.time"].source
    assert (source.kind, source.reason, source.range_text) == ("assumption", "a guess", ("5 weeks", "2 months"))
    assert source.range == pytest.approx((5, 365.25 / 6 / 7))
    second = load(write("extends: mine\nassembly: {time: 7 weeks}\n", "other.yaml"))
    assert second.parameters["assembly.time"].source.range is None


def test_off_removes_a_name_and_a_list_is_replaced_whole():
    text = """\
extends: baseline
policies:
  h20-block: off
  domestic-only: {mandate: {segments: [cloud, other]}}
"""
    scenario = load(write(text)).scenario
    assert "h20-block" not in scenario.policies
    assert scenario.policies["domestic-only"].action.segments == ["cloud", "other"]


def test_settings_are_the_last_layer():
    write("extends: baseline\nassembly: {time: 6 weeks}\n")
    given = {
        "assembly.time": "7 weeks",
        "policies.h20-block": "off",
        "policies.domestic-only.mandate.segments": "[cloud]",
    }
    mine = load("mine.yaml", given)
    assert mine.scenario.assembly.time == 7
    assert "h20-block" not in mine.scenario.policies
    assert mine.scenario.policies["domestic-only"].action.segments == ["cloud"]
    source = mine.parameters["assembly.time"].source
    assert (source.kind, source.file, source.line) == ("user", "--set assembly.time=7 weeks", 0)


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("foundry.growth", 0.5, "50 %/year"),
        ("foundry.cycle_time", 20, "20 weeks"),
        ("foundry.cycle_time", np.float64(20.5), "20.5 weeks"),
        ("window.end", datetime.date(2026, 3, 1), "2026-03-01"),
    ],
)
def test_a_setting_may_be_a_number_in_the_keys_unit_or_a_date(key, value, written):
    assert load("baseline", {key: value}).scenario == load("baseline", {key: written}).scenario


@pytest.mark.parametrize(("key", "value"), [("foundry.growth", None), ("foundry.growth", True), (3, "1")])
def test_a_setting_of_another_kind_is_refused_by_its_key(key, value):
    with pytest.raises(ChipgateError, match=f"^the setting '{key}' cannot be "):
        load("baseline", {key: value})


def test_a_files_name_is_the_same_however_its_accents_are_written():
    assert load(write("extends: baseline\n", "cafe\u0301.yaml")).scenario.name == "caf\u00e9"
    assert "a line 'name: ...' in the file gives another" in told(write("extends: baseline\n", "plan (2).yaml"))
    assert load(write("extends: baseline\nname: plan 2\n", "plan (2).yaml")).scenario.name == "plan 2"


def test_a_figure_gives_its_accepted_value_and_a_derived_number_its_arithmetic():
    text = """\
extends: baseline
imports:
  h20:
    price: {derived: datong / 2, unit: yuan}
policies:
  h20-block: {effective: {figure: mandate}}
"""
    mine = load(write(text))
    price, date = mine.parameters["imports.h20.price"], mine.parameters["policies.h20-block.effective"]
    assert (price.value, price.unit, price.text) == (2.25e9, "yuan", "2.25 bn yuan")
    assert (price.source.kind, price.source.text, price.source.figures) == ("derived", "datong / 2", ("datong",))
    assert (date.value, date.source.kind) == (datetime.date(2025, 11, 1), "figure")


def test_text_stays_text():
    scenario = load(
        write("extends: baseline\ntitle: NO\nquestion: 012\nname: 12:30 # no\n".replace(":30", "-30"))
    ).scenario
    assert (scenario.title, scenario.question, scenario.name) == ("NO", "012", "12-30")


def test_a_name_means_the_file_beside_else_the_shipped_one(folder):
    write("extends: baseline\nassembly: {time: 6 weeks}\n", "baseline.yaml")
    assert load("baseline").scenario.assembly.time == 6
    (folder / "sub").mkdir()
    write("extends: ../baseline.yaml\n", "sub/one.yaml")
    write("extends: one\n", "sub/two.yaml")
    assert load("sub/two.yaml").scenario.assembly.time == 6
    assert load("sub/two.yaml").files[:3] == ("sub/two.yaml", "sub/one.yaml", "baseline.yaml")


def test_the_hash_follows_the_values_only():
    one = load(write("extends: baseline\nname: x\nassembly: {time: 5 weeks}\n", "one.yaml")).scenario
    two = load(write("# longer\nextends: baseline\nname: x\nassembly: {time: 35 days}\n", "two.yaml")).scenario
    assert scenario_hash(one) == scenario_hash(two)
    assert re.fullmatch("[0-9a-f]{64}", scenario_hash(one))
    assert scenario_hash(load("one.yaml", {"assembly.time": "6 weeks"}).scenario) != scenario_hash(one)


def test_a_word_that_scenarios_got_later_leaves_the_hash_of_earlier_folders_as_it_was():
    scenario = dataclasses.replace(load("baseline").scenario, hangs_on="")
    known = {name: value for name, value in dataclasses.asdict(scenario).items() if name not in ("hangs_on", "worlds")}
    text = json.dumps(known, sort_keys=True, separators=(",", ":"), default=lambda day: day.isoformat())
    assert scenario_hash(scenario) == hashlib.sha256(text.encode()).hexdigest()
    assert scenario_hash(dataclasses.replace(scenario, hangs_on="Luck.")) != scenario_hash(scenario)
    assert scenario_hash(dataclasses.replace(scenario, worlds=None)) == scenario_hash(scenario), "it moves no value"


# --- Files that cannot be read ---


def test_a_mistake_in_a_parent_is_told_as_the_parents():
    write("extends: baseline\nfoundry: {growt: 3 %/year}\n", "parent.yaml")
    report = told(write("extends: parent\n"))
    assert report.startswith("parent.yaml:2:11: unknown key 'growt' in 'foundry'")
    assert report.endswith("1 mistake in parent.yaml, which mine.yaml extends")


def test_an_unreadable_parent_hides_no_mistake_of_the_child_and_adds_none():
    write("extends: baseline\ntitle: 'open\n", "parent.yaml")
    report = told(write("extends: parent\nfoundry: {growt: 3 %/year}\npolicies: {x: off}\n"))
    assert "parent.yaml:2:8: this quote is never closed" in report
    assert "mine.yaml:2:11: unknown key 'growt' in 'foundry'" in report
    assert report.endswith("2 mistakes in mine.yaml")


def test_a_circle_is_told_with_its_chain():
    write("extends: b\n", "a.yaml")
    write("extends: c\n", "b.yaml")
    write("extends: ./a.yaml\n", "c.yaml")
    assert "c.yaml:1:10: this closes a circle of 'extends': a.yaml -> b.yaml -> c.yaml -> a.yaml" in told("a.yaml")


def test_a_link_to_itself_is_told():
    os.symlink("loop.yaml", "loop.yaml")
    assert told("loop.yaml").startswith("loop.yaml: this cannot be read")


def test_an_unknown_name_is_told_with_the_nearest():
    assert (
        told("basline")
        == "no scenario is named 'basline'\n  did you mean 'baseline'? 'chipgate list' names those shipped"
    )
    assert told("no/such.yaml").startswith("there is no file 'no/such.yaml'")
    assert told("x" * 5000).startswith("no scenario is named 'xxx")
    assert told("nul\0").startswith("no scenario is named")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("h20-block", "'h20-block' is a policy of the baseline, not a scenario\n  did you mean 'h20-stays'?"),
        (
            "diffusion-rule",
            "'diffusion-rule' is a policy of the baseline, not a scenario\n  'chipgate show baseline' shows",
        ),
        ("h20", "'h20' is a chip of the baseline, not a scenario"),
        ("cloud", "'cloud' is a segment of demand of the baseline"),
        ("foundry.growth", "'foundry.growth' is a key, not a scenario"),
        ("foundry", "'foundry' is a key, not a scenario"),
    ],
)
def test_what_is_something_else_than_a_scenario_is_told_as_that(name, expected):
    assert told(name).startswith(expected)


def test_a_folder_is_told(folder):
    (folder / "some.yaml").mkdir()
    assert told("some.yaml") == "'some.yaml' is a folder, not a scenario"
    (folder / "results").mkdir()
    (folder / "results" / "scenario.yaml").touch()
    assert (
        told("results")
        == "'results' is a results folder, not a scenario\n  what was run lies in it: results/scenario.yaml"
    )


@pytest.mark.parametrize("name", ["/dev/zero", "pipe.yaml"])
def test_a_device_and_a_pipe_are_told(name):
    os.mkfifo("pipe.yaml")
    assert "this is not a file that can be read" in " ".join(told(name).split())


def test_a_file_that_may_not_be_read_is_told(monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    write("extends: baseline\n")
    monkeypatch.setattr(os, "open", refuse)
    assert told("mine.yaml").startswith("mine.yaml: this cannot be read: Permission denied")


def test_a_file_over_a_megabyte_is_told_and_not_read():
    write("extends: baseline\n")
    os.truncate("mine.yaml", 10**12)
    assert told("mine.yaml").startswith("mine.yaml: this is far too large, over 1 MB")


def test_a_file_that_is_not_utf_8_is_told_with_the_byte():
    Path("mine.yaml").write_bytes(b"extends: baseline\ntitle: caf\xe9\n")
    assert told("mine.yaml").startswith("mine.yaml:2:11: this file is not UTF-8: byte 29 is 0xe9")
    Path("mine.yaml").write_bytes("\ufeffextends: baseline\n".encode())
    assert load("mine.yaml").scenario.name == "mine"


def test_what_moves_a_cursor_is_refused_and_never_shown():
    report = told(write("extends: baseline\ntitle: \x1b[2J\n"))
    assert report.startswith("mine.yaml:2:8: the character U+001B has no place in a text")
    report += told(write('extends: baseline\n"\\e[2J": 1\nassembly: {time: "\\e[2J"}\n'))
    assert "\x1b" not in report


@pytest.mark.parametrize(
    "letter",
    ["\\e]0;pwned\\a", "\\r", "\\u202e", "\\u200b"],
    ids=["escape", "return", "backwards", "unseen"],
)
def test_an_escaped_letter_that_nobody_could_see_is_refused_at_its_place(letter):
    report = told(write(f'extends: baseline\ntitle: "a {letter}"\n'))
    cause = (
        r"(the character U\+[0-9A-F]{4} has no place in a text|an invisible character stands here: U\+[0-9A-F]{4} .*)"
    )
    assert re.match(rf"mine\.yaml:2:8: {cause}\n", report)


def test_blanks_and_joiners_of_other_scripts_may_stand_in_a_text():
    title = "图\u3000图 می\u200cخواهم\u00a0ok"
    assert load(write(f"extends: baseline\ntitle: {title}\n")).scenario.title == title


@pytest.mark.parametrize("opening", ["a: " + "[" * 400_000, "{a: " * 100_000, "- " * 400_000])
def test_deep_nesting_is_told(opening):
    assert "this is nested too deeply, over 30 levels" in told(write(opening))


def test_a_long_line_is_shown_cut_around_the_mistake():
    report = told(write(f"extends: baseline\nassembly: {{tim: 3 weeks, {' ' * 3000}tme: 4}}\n"))
    assert all(len(line) <= 112 for line in report.splitlines())
    shown = [line for line in report.splitlines() if line.startswith(("  2 |", "    |"))]
    assert shown[1].index("^") == shown[0].index("tim:")
    assert shown[3].index("^") == shown[2].index("tme:")


def test_many_mistakes_are_counted_not_listed():
    report = told(write("extends: baseline\n" + "".join(f"key{number}: 1\n" for number in range(3000))))
    assert report.endswith("... and 2,950 more\n\n3,000 mistakes in mine.yaml")


def test_a_wide_letter_keeps_the_caret_below_its_word():
    report = told(write("extends: baseline\nassembly: {寒: 1}\n"))
    line, caret = report.splitlines()[1:3]
    assert line == "  2 | assembly: {寒: 1}"
    assert caret.startswith("    |            ^^ ")


# --- Whatever stands in a file or a setting, a person is told what is wrong ---

PIECES = [
    *("{", "}", "[", "]", ":", ": ", "- ", "\n", "\n  ", "off", "&a ", "*a", "!!x ", '"', "'", "#", "|", ">", "%", "@"),
    *("2023-01-01", ".nan", "1e999", "40 %", ",", "? ", "<<: ", "---\n", "\t", "\x00", "\u2028", "\x85", "null", "~"),
    *(
        "extends: baseline\n",
        "{figure: datong}",
        "{derived: 1 / 0, unit: yuan}",
        "{derived: ((((, unit: yuan}",
        "9" * 400,
    ),
]
pieces = st.sampled_from(PIECES) | st.text(max_size=5)
some = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tell_or_read(path: Path, given: dict[str, str]) -> None:
    try:
        load(path, given)
    except ScenarioError as error:
        report = str(error)
    else:
        report = "0 mistakes in it"
    assert re.search(r"^[\d,]+ mistakes? in ", report, flags=re.MULTILINE)


@some
@given(
    data=st.binary(max_size=60)
    | st.lists(pieces, max_size=12).map(lambda words: "".join(words).encode("utf-8", "replace"))
)
def test_any_text_is_read_or_told(data, tmp_path):
    (tmp_path / "any.yaml").write_bytes(data)
    tell_or_read(tmp_path / "any.yaml", {})


@settings(some, max_examples=60)
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), pieces), min_size=1, max_size=4))
def test_a_baseline_with_slips_of_the_pen_is_read_or_told(changes, tmp_path):
    text = BASELINE
    for where, length, piece in changes:
        start = int(where * len(text))
        text = text[:start] + piece + text[start + length :]
    (tmp_path / "slip.yaml").write_bytes(text.encode("utf-8", "replace"))
    tell_or_read(tmp_path / "slip.yaml", {})


keys = st.lists(
    st.sampled_from(["foundry", "growth", "policies", "h20-block", "window", "start", "designs", "", "é"]), max_size=4
).map(".".join)


@settings(some, max_examples=60)
@given(given=st.dictionaries(keys | st.text(max_size=8), st.lists(pieces, max_size=4).map("".join), max_size=3))
def test_any_setting_is_read_or_told(given, tmp_path):
    (tmp_path / "any.yaml").write_text("extends: baseline\n")
    tell_or_read(tmp_path / "any.yaml", given)


def test_settings_may_add_a_policy_key_by_key():
    added = {
        "policies.equipment-control.effective": "2024-01-01",
        "policies.equipment-control.equipment_control.growth": "20 %/year",
    }
    assert load("baseline", added).scenario.policies["equipment-control"].effective.year == 2024
