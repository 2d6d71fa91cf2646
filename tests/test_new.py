"""chipgate new: a file to start from says what it changes, and is read before anybody relies on it."""

import re
from pathlib import Path

import pytest

from sim.scenario.load import load
from sim.scenario.new import LEVERS
from sim.scenario.show import diff

pytestmark = pytest.mark.usefixtures("here")

FILE = Path("my-world.yaml")


def changed_keys(extends: str, file: Path = FILE) -> set[str]:
    return {change["key"] for change in diff(load(extends), load(file))}


def test_a_file_says_beside_each_change_what_the_shipped_scenario_has(chipgate):
    settings = [
        "foundry.growth=20 %/year",
        "policies.h20-block=off",
        "lead_in={assumption: 9 weeks, range: [1, 13], reason: mine}",
    ]
    status, out, err = chipgate("new", FILE, *(word for setting in settings for word in ("--set", setting)))
    assert (status, err) == (0, "")
    assert out.splitlines()[-1].strip() == f"chipgate compare baseline {FILE}"
    assert (
        FILE.read_text().partition("extends")[2]
        == """: baseline
title: My world
question: "What if foundry.growth were 20 %/year and policies.h20-block were off and lead_in were 9 weeks?"

foundry:
  # baseline: 50 %/year (assumption, medium confidence: analyst estimates of how fast new tools come,
  # 20 %/year to 100 %/year); unit share/year
  growth: 20 %/year
policies:
  # baseline: effective 2025-04-01, source article 004, ban.product h20
  h20-block: off
# baseline: 13 weeks (assumption, low confidence: the first projects come and wait, so that the window
# does not start with empty books, 0 weeks to 52 weeks); unit weeks
lead_in: {assumption: 9 weeks, range: [1, 13], reason: mine}
"""
    )
    found = load(FILE).scenario
    assert (found.name, found.title, found.lead_in, found.foundry.growth) == ("my-world", "My world", 9.0, 0.2)
    assert "h20-block" not in found.policies
    keys = {key.partition(".")[0] if key.startswith("policies") else key for key in changed_keys("baseline")}
    assert keys == {"title", "question", "foundry.growth", "lead_in", "policies"}


def test_a_file_without_changes_offers_some_that_hold_once_their_signs_are_taken_away(chipgate):
    status, out, _ = chipgate("new", FILE)
    assert status == 0
    assert "Change something in my-world.yaml" in out
    assert changed_keys("baseline") == {"title", "question"}
    head, sign, offered = FILE.read_text().partition("# demand:")
    plain = re.sub("^# ", "", sign + offered, flags=re.MULTILINE)
    FILE.write_text(head + plain.replace("50 %/year  #", "44 %/year  #"))
    found, base = load(FILE), load("baseline")
    assert {key for key in LEVERS if found.parameters[key].value != base.parameters[key].value} == {"foundry.growth"}
    assert not found.scenario.policies


def test_a_file_can_extend_a_file_of_another_folder(chipgate):
    Path("sub").mkdir()
    chipgate("new", "base.yaml", "--set", "foundry.growth=20 %/year")
    status, out, _ = chipgate(
        "new", "sub/next.yaml", "--extends", "base.yaml", "--set", "foundry.growth=3", "--set", "title=Next: of all"
    )
    assert status == 2, "a title with a colon is in quotes"
    status, out, _ = chipgate(
        "new", "sub/next.yaml", "--extends", "base", "--set", "foundry.growth=3", "--set", "title=Next"
    )
    assert status == 0
    assert out.splitlines()[-1].strip() == "chipgate compare base sub/next.yaml"
    text = Path("sub/next.yaml").read_text()
    assert "extends: ../base.yaml\ntitle: Next\n" in text
    assert "# base: 20 %/year (user, base.yaml:" in text
    assert changed_keys("base.yaml", Path("sub/next.yaml")) == {"title", "question", "foundry.growth"}


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["mine.yaml", "--set", "foundry.grwth=3"], "unknown key 'grwth' in 'foundry'"),
        (["mine.yaml", "--set", "foundry.growth"], "write KEY=VALUE"),
        (["mine.yaml", "--set", "window.end=2027-01-01", "--set", "window={end: 2026-01-01}"], "overlap"),
        (["mine.yaml", "--set", "window={end: 2026-01-01}", "--set", "window.end=2027-01-01"], "overlap"),
        (["mine.yaml", "--set", "grey=off", "--set", "grey.kappa=2"], "missing in 'grey'"),
        (["mine.yaml", "--set", "projects.x={segment: cloud}", "--set", "projects.x.arrives=2025-01-01"], "missing"),
        (["mine.yaml", "--extends", "basline"], "did you mean 'baseline'?"),
        (["mine.txt"], "it must end in .yaml"),
        (["absent/mine.yaml"], "there is no folder 'absent' for the scenario"),
        (["taken.yaml"], "'taken.yaml' exists already; name another file, or add --overwrite"),
        (["taken.yaml", "--overwrite", "--extends", "taken.yaml"], "would have the name of what it extends"),
        (["taken (2).yaml"], "'taken (2)' cannot be a scenario's name"),
    ],
)
def test_a_mistake_leaves_everything_as_it_was(args, told, chipgate):
    taken = Path("taken.yaml")
    taken.write_text("extends: baseline\n")
    status, out, err = chipgate("new", *args)
    assert (status, out) == (2, "")
    assert told in err
    assert taken.read_text() == "extends: baseline\n"
    assert [path.name for path in Path().iterdir()] == ["taken.yaml"]


def test_a_name_that_means_another_scenario_beside_the_new_file_is_refused(chipgate):
    Path("sub").mkdir()
    Path("sub/no-controls.yaml").write_text("extends: baseline\n")
    status, _, err = chipgate("new", "sub/mine.yaml", "--extends", "no-controls")
    assert status == 2
    assert "beside 'sub/mine.yaml', 'no-controls' is another scenario" in err
    assert not Path("sub/mine.yaml").exists()


def test_what_was_there_is_replaced_only_when_that_is_asked_for(chipgate):
    chipgate("new", FILE)
    assert chipgate("new", FILE, "--overwrite", "--set", "lead_in=3 weeks")[0] == 0
    assert load(FILE).scenario.lead_in == 3.0


def test_a_file_is_not_called_as_what_it_extends_for_the_two_could_not_be_compared(chipgate):
    status, _, err = chipgate("new", "baseline.yaml")
    assert (status, Path("baseline.yaml").exists()) == (2, False)
    assert "choose another, such as my-baseline.yaml" in err


def test_a_policy_that_was_withdrawn_is_offered_as_that(chipgate):
    chipgate("new", FILE)
    assert "diffusion-rule: off  # withdrawn before it acts;" in FILE.read_text()
