"""The page of answers: whole, of today's scenarios and today's model; and how an answer is put together."""

import os
import re
from dataclasses import replace

import numpy as np
import pytest
from paired import made_up

from sim.base.places import CHECKOUT
from sim.exhibits.markdown import safe
from sim.experiment.run import Run, run_scenario
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.keys import Key
from sim.scenario.load import load_shipped, shipped
from sim.scenario.show import scenario_hash
from sim.studies import answers
from sim.studies.answers import REPLICATIONS, answer, base_of, judged, section

PAGE = (CHECKOUT / "docs" / "scenarios.md").read_text(encoding="utf-8")
NAMES = [each.name for each in shipped()]
STALE = "write it anew with: make answers"


def part(name: str) -> str:
    """What the page says of a scenario."""
    return re.split(r"^##", PAGE.partition(f"### `{name}`: ")[2], maxsplit=1, flags=re.MULTILINE)[0]


# --- The page ---


def test_every_shipped_scenario_stands_on_the_page_once():
    assert sorted(re.findall(r"^### `(.+)`: ", PAGE, re.MULTILINE)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_about_the_scenario_as_it_is(name):
    scenario = load_shipped(name).scenario
    assert f"<!-- {name} {scenario_hash(scenario)[:16]} -->" in part(name), STALE
    assert f"*{safe(scenario.question)}*" in part(name)
    assert f"*Hangs on:* {safe(scenario.hangs_on)}" in part(name)


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_hangs_on_one_sentence(name):
    hangs_on = load_shipped(name).scenario.hangs_on
    assert hangs_on.endswith(".")
    assert ". " not in hangs_on


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"baseline"}))
def test_a_scenario_moves_a_headline_outcome_or_says_why_it_does_not(name):
    """By the page, which is held against runs below; that takes no run here."""
    scenario, told = load_shipped(name).scenario, part(name)
    assert ("no headline outcome was expected to move" in told) is bool(scenario.no_effect)
    assert "none is found" not in told
    assert f"Against {base_of(load_shipped(name))}, " in told


def ran(name: str) -> Run:
    return run_scenario(load_shipped(name), REPLICATIONS)


def test_the_answers_are_those_of_the_model_as_it_is():
    """Two of them run again, letter by letter: one in which nothing was expected, one with an outcome of its own."""
    base = ran("baseline")
    for name in ("no-mandate", "licence-queue"):
        assert section(load_shipped(name), ran(name), base) in PAGE, STALE
    assert section(load_shipped("baseline"), base, None) in PAGE, STALE


@pytest.mark.skipif(not os.environ.get("CHIPGATE_FULL"), reason="minutes; `make laws` asks for it")
def test_the_whole_page_is_what_the_program_makes():
    assert answers.page({name: ran(name) for name in NAMES}) == PAGE, STALE


# --- An answer ---

VALUES = np.linspace(1.0e6, 1.2e6, 20)
WAVE = np.tile([-1.0, 1.0], 10)


def runs(look_at=(), no_effect="", **factors):
    """Two made-up runs; each headline outcome of the other is the base's times 1, or times what is said."""
    names = [name for name, card in OUTCOMES.items() if card.headline]
    base, other = (
        made_up(name, **{each: VALUES * (own.get(each, 1.0)) for each in {**dict.fromkeys(names), **factors}})
        for name, own in (("base", {}), ("other", factors))
    )
    scenario = replace(other.scenario, look_at=list(look_at), no_effect=no_effect)
    sourced = replace(other.sourced, scenario=scenario)
    return base, Run.of(sourced, other.seed, other.numbers, other.outcomes, other.series)


def test_what_is_good_or_bad_for_somebody_comes_first_and_by_verdict():
    told = answer(*runs(domestic_share=1.2, delivered=1.5, backlog=0.5, domestic_revenue=0.8))
    plain = re.sub(r"\.\d+| \([^)]*\)", "", told)  # no decimals, no intervals
    assert plain == (
        "Against base, better for buyers: delivered compute higher by 50 %, backlog lower by 50 %; "
        "worse for domestic designers: domestic revenue lower by 20 %; "
        "different: domestic share higher by 22,000,000 points; "
        "too small to matter: compute served over time, median wait."
    )
    assert re.search(r"points \([\d,]+ to [\d,]+\);", told), "with the interval of the verdict"


def test_what_the_file_says_to_look_at_is_judged_with_the_headlines_and_comes_first():
    pair = runs(look_at=["demand", "backlog"], demand=1.1)
    rows = judged(*pair)
    assert [row.outcome for row in rows][:3] == ["demand", "backlog", "compute_years"]
    assert len(rows) == 7
    assert all(row.judgement for row in rows)
    assert "different: demand higher by 10.00 %; " in answer(*pair)


def test_no_difference_is_said_and_whether_that_was_expected():
    nothing = "Against base, no difference can be named; too small to matter: "
    assert answer(*runs()).startswith(nothing)
    assert answer(*runs()).endswith("; an effect on a headline outcome was expected, and none is found.")
    told = answer(*runs(no_effect="Because."))
    assert told.startswith(nothing)
    assert told.endswith("; no headline outcome was expected to move by enough to matter, and none does.")
    assert answer(*runs(no_effect="Because.", backlog=2)).endswith(", but backlog does.")
    assert answer(*runs(no_effect="Because.", backlog=2, delivered=2)).endswith(
        ", but delivered compute and backlog do."
    )
    unsure = answer(*runs(no_effect="Because.", backlog=1.02 + WAVE / 20))
    assert "cannot tell" in unsure
    assert unsure.endswith("to matter, and whether one does cannot be told.")


def test_what_only_the_scenario_has_is_told_by_its_value():
    base, other = runs(look_at=["review_weeks"])
    for run, values in ((base, np.full(20, np.nan)), (other, 6 + WAVE)):
        run.outcomes[Key("review_weeks")] = values
    assert "; only in other: licence review time 6.00 weeks (5.52 to 6.48); " in answer(base, other)
    assert "review" not in answer(base, base)
