"""Is it the policy or the assumption? The four lines and their interaction, with formulas for the model; contested
figures; bad input."""

import json
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from sim.articles.figures import read_figures
from sim.base.errors import ChipgateError
from sim.exhibits.page import page_record, page_text
from sim.experiment.cases import Case, Outcomes
from sim.experiment.comparison import Comparison
from sim.experiment.run import Run
from sim.outcomes.keys import Key
from sim.pictures.choice import slides_of
from sim.scenario.load import SourcedScenario, load, load_shipped, shipped
from sim.scenario.parts import Scenario
from sim.studies.assumption import Assumed, as_printed, assumed, switch_of

DELIVERED = Key("delivered")
CAP = "imports.h20.cap=12000"
MANY = 12
Formula = Callable[[Scenario, int], float]


@pytest.fixture(scope="module")
def pair() -> list[SourcedScenario]:
    return [load("baseline"), load("h20-stays")]


def study_of(pair: Sequence[SourcedScenario], formula: Formula, text: str = CAP) -> Assumed:
    def values(scenario: Scenario) -> Outcomes:
        return {DELIVERED: np.array([formula(scenario, n) for n in range(MANY)])}

    def ask(cases: Sequence[Case]) -> list[Outcomes]:
        assert [(case.seed, case.numbers) for case in cases] == [(1, range(MANY))] * 2
        return [values(case.scenario) for case in cases]

    runs = [Run.of(each, 1, range(MANY), values(each.scenario), {}) for each in pair]
    return assumed(Comparison(runs), switch_of(pair, text), [DELIVERED], ask)


def by_hand(base: float, policy: float, in_base: float, in_other: float) -> Formula:
    """Luck that all have in common, and as much again that each has of its own for a hundredth."""

    def formula(scenario: Scenario, number: int) -> float:
        luck = np.random.default_rng(number).normal(0, 1, 5).tolist()
        stays, assumption = scenario.name == "h20-stays", scenario.imports["h20"].cap == 12_000
        effect = policy * stays + assumption * (in_other if stays else in_base)
        return base + 100 * luck[0] + effect + luck[1 + 2 * stays + assumption]

    return formula


def test_the_four_lines_are_the_differences_put_in(pair):
    study = study_of(pair, by_hand(base=1000.0, policy=300.0, in_base=-80.0, in_other=-200.0))
    rows = study.of(DELIVERED)
    wanted = {"policy": 300.0, "policy_with": 180.0, "assumption_in_base": -80.0, "assumption_in_other": -200.0}
    assert {what: row.mean for what, row in rows.items()} == pytest.approx(wanted, abs=2)
    assert [row.verdict for row in rows.values()] == ["better", "better", "worse", "worse"]
    assert all(row.half_width < 3 for row in rows.values()), "the luck in common cancels out"
    [found] = study.interactions
    assert found.estimate.mean == pytest.approx(-120.0, abs=3)
    assert (found.judgement.verdict, found.larger) == ("different", "the policy")
    *lines, last = page_record(study.page())["lines_delivered"]
    assert [row["line"] for row in lines] == list(wanted)
    assert (last["line"], last["verdict"]) == ("interaction", "different")
    assert last["difference"] == pytest.approx(lines[1]["difference"] - lines[0]["difference"])
    assert last["ci95_low"] < last["difference"] < last["ci95_high"]
    assert last.keys() == lines[0].keys()
    assert "interaction: the second less the first" in page_text(study.page(), 120)
    [told] = study.told.values()
    assert "The assumption itself lowers it by" in told
    assert "From baseline, the policy moves it more" in told
    assert "With the assumption what the policy changes is smaller, by" in told


@pytest.mark.parametrize(
    ("effects", "told"),
    [
        ((300.0, 50.0, 50.0), "What the policy changes does not hang on the assumption"),
        ((300.0, 50.0, -500.0), "With the assumption what the policy changes turns round"),
        ((300.0, 50.0, 400.0), "With the assumption what the policy changes is larger"),
        ((100.0, -400.0, -400.0), "From baseline, the assumption moves it more"),
        ((300.0, 300.0, 300.0), "Which of the two moves baseline more cannot be told"),
        ((300.0, 0.0, 0.0), "The assumption itself does not clearly move it in baseline"),
    ],
)
def test_what_the_four_lines_say(pair, effects, told):
    policy, in_base, in_other = effects
    [text] = study_of(pair, by_hand(1000.0, policy, in_base, in_other)).told.values()
    assert told in text


def test_an_interaction_that_luck_hides_cannot_be_told(pair):
    def noisy(scenario: Scenario, number: int) -> float:
        cap = round(scenario.imports["h20"].cap)
        luck = np.random.default_rng([number, cap, len(scenario.name)])
        return 1000 + float(luck.normal(0, 60))

    [text] = study_of(pair, noisy).told.values()
    assert "Whether what the policy changes hangs on the assumption, these replications cannot tell" in text


def test_an_assumption_that_changes_nothing_does_exactly_nothing(pair):
    study = study_of(pair, lambda scenario, n: 1000.0 + n + 50 * (scenario.name == "h20-stays"))
    rows = study.of(DELIVERED)
    assert rows["assumption_in_base"].mean == rows["assumption_in_other"].mean == 0.0
    assert study.interactions[0].estimate.mean == 0.0
    assert "changes nothing in baseline, and changes nothing in h20-stays" in study.told["delivered compute"]


def test_an_outcome_that_does_not_exist_says_nothing(pair):
    study = study_of(pair, lambda *_: float("nan"))
    assert study.told == {"delivered compute": "it does not exist in all four, so nothing can be said."}
    assert slides_of(study) == {}


def test_both_scenarios_get_the_assumption_and_nothing_else(pair):
    switch = switch_of(pair, "foundry.growth = 60 %/year")
    assert switch.text == "foundry.growth = 60 %/year"
    for before, after in zip(pair, switch.scenarios, strict=True):
        assert after.scenario.foundry.growth == 0.6
        assert after.scenario.policies == before.scenario.policies
    assert switch.warnings == ()


def test_a_value_outside_the_stated_range_is_told(pair):
    [warning] = switch_of(pair, "imports.h20.cap=90000").warnings
    assert "90,000 chips/week lies outside the range" in warning


def test_the_picture_has_two_lines_and_says_whether_the_difference_hangs_on_it(pair):
    study = study_of(pair, by_hand(1000.0, 300.0, -80.0, -200.0))
    slide = slides_of(study)["assumption"]
    assert slide.title == "imports.h20.cap = 12,000 chips/week: the difference in delivered compute hangs on it"
    drawn = [line.get_ydata().tolist() for line in slide.subfigs[0].axes[0].lines]
    means = [[run[DELIVERED].mean() for run in runs] for runs in zip(study.stands, study.assumed, strict=True)]
    assert np.allclose(drawn, means)


# --- Bad input ---


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("imports.h20.cap", "write KEY=VALUE"),
        ("imports.h20.cpa=1", "did you mean 'imports.h20.cap'?"),
        ("imports.h20=1", "is a group of keys of baseline"),
        ("imports.h20.cap=many", "'many' is not a quantity"),
        ("imports.h20.cap=3 weeks", "'weeks' does not measure this"),
        ("imports.h20.cap=22000", "is 22,000 chips/week already"),
        ("imports.h20.cap=off", "cannot be left out"),
        ("software.stacks.CANN=10 %", "software"),
        ("window.end=2028-01-01", "'window.end' is the frame of the experiment and does not vary"),
    ],
)
def test_an_assumption_that_cannot_be_made_is_refused(pair, text, told):
    with pytest.raises(ChipgateError) as error:
        switch_of(pair, text)
    assert told in str(error.value)


def test_what_the_scenarios_differ_in_is_no_assumption(pair):
    given = [pair[0], load("hbm-crunch")]
    key = next(
        key
        for key, each in given[0].parameters.items()
        if key in given[1].parameters and given[1].parameters[key].value != each.value and each.source.kind != "text"
    )
    with pytest.raises(ChipgateError) as error:
        switch_of(given, f"{key}=1")
    assert "it is what they differ in" in str(error.value)
    assert "'chipgate show baseline --diff hbm-crunch'" in str(error.value)


def test_the_command_refuses_before_anything_runs(chipgate, here):
    status, _, err = chipgate("compare", "baseline", "h20-stays", "no-mandate", "--assumption", CAP)
    assert (status, err) == (2, "an assumption is tried in two scenarios, and here are 3; compare two\n")
    status, _, err = chipgate("compare", "baseline", "h20-stays", "--assumption", CAP, "--on", "deliverd")
    assert status == 2
    assert "did you mean 'delivered'?" in err
    assert not list(here.iterdir())


def test_the_view_follows_the_comparison_which_stays_as_it_is(chipgate, here, tiny):
    other = here / "other.yaml"
    other.write_text(f"extends: {tiny}\nname: other\nfoundry: {{growth: 20 %/year}}\n", encoding="utf-8")
    plain = ["compare", tiny, other, "-n", "3", "--no-pictures", "--workers", "1", "--json"]
    status, alone, err = chipgate(*plain)
    assert status == 0, err
    status, both, err = chipgate(*plain, "--assumption", "foundry.cycle_time=20 weeks", "--on", "delivered")
    assert status == 0, err
    one, two = json.loads(alone), json.loads(both)
    view = two.pop("assumption")
    assert one["differences"] == two["differences"]
    assert [line["line"] for line in view["lines_delivered"]] == [
        "policy",
        "policy_with",
        "assumption_in_base",
        "assumption_in_other",
        "interaction",
    ]
    whole = next(
        row for row in one["differences"] if (row["outcome"], row["item"], row["year"]) == ("delivered", "", None)
    )
    assert view["lines_delivered"][0]["difference"] == whole["difference"]
    assert (here / view["folder"] / "study.json").is_file()


# --- Contested figures ---


def test_no_shipped_scenario_rests_on_a_figure_that_was_corrected():
    corrected = [each.id for each in read_figures().values() if each.resolution and each.resolution.value is not None]
    assert corrected == ["cambricon-revenue-h1-25", "cambricon-revenue-h1-25-usd"]
    for each in shipped():
        for name in corrected:
            assert as_printed(load_shipped(each.name), name) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cambricon-revenue-h1-25=printed", "which is only held against it ('chipgate hindcast')"),
        ("cambricon-revenue-h1-25=corrected", "which is only held against it ('chipgate hindcast')"),
        ("cambricon-revenue-h1-25=27 bn", "take it as printed or corrected"),
        ("control-oct23=printed", "changes no number: it stands as printed, 2023-10"),
        ("datong=printed", "is not contested"),
    ],
)
def test_a_contested_figure_that_drives_nothing_says_so(pair, text, told):
    with pytest.raises(ChipgateError) as error:
        switch_of(pair, text)
    assert told in str(error.value)


@pytest.fixture
def resting(tmp_path) -> list[SourcedScenario]:
    """A price that rests on the corrected figure, and another scenario with the same."""
    price = "{derived: cambricon-revenue-h1-25 / 40000, unit: yuan}"
    text = f"extends: baseline\ntitle: Own\ndesigns: {{siyuan-590: {{price: {price}}}}}\n"
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "other.yaml").write_text("extends: own\ntitle: Other\npolicies: {h20-block: off}\n", encoding="utf-8")
    return [load(tmp_path / "own.yaml"), load(tmp_path / "other.yaml")]


def test_a_contested_figure_is_a_switch_where_a_value_rests_on_it(resting):
    assert resting[0].scenario.designs["siyuan-590"].price == pytest.approx(72_025.0)
    switch = switch_of(resting, "cambricon-revenue-h1-25=printed")
    assert switch.text == "cambricon-revenue-h1-25 as printed, 28.81 bn yuan"
    assert [each.scenario.designs["siyuan-590"].price for each in switch.scenarios] == pytest.approx([720_250.0] * 2)
    with pytest.raises(ChipgateError, match="is as corrected in the files"):
        switch_of(resting, "cambricon-revenue-h1-25=corrected")
