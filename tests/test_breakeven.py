"""Break-even: where a formula in place of the model has its roots, the study finds them, with their intervals."""

import datetime
import math

import numpy as np
import pytest
from formulas import Formula, number

import sim
from sim.base.errors import ChipgateError
from sim.exhibits.page import page_record, page_text
from sim.pictures.choice import slides_of
from sim.scenario.load import load_shipped
from sim.studies.breakeven import break_even, headline, target_of

GROWTH = "foundry.growth"  # 20 to 100 % a year, 50 % now
BASE, OTHER = load_shipped("baseline"), load_shipped("h20-stays")


def stays(scenario) -> bool:
    """Whether it is the second of the two."""
    return scenario.name == "h20-stays"


def curve(of, spread=0.0, base=100.0, key=GROWTH):
    """The second scenario less the first is `of(value of the key)`, and `spread` times the luck."""

    def outcome(scenario, luck):
        return base + 7 * luck + stays(scenario) * (of(number(scenario, key)) + spread * luck)

    return Formula(outcome)


def found(of, key=GROWTH, n=20, **more):
    formula = of if isinstance(of, Formula) else curve(of, key=key)
    return break_even(BASE, OTHER, key, "delivered", formula, replications=n, **{"where": "both", **more})


def answer(study) -> str:
    return " ".join(page_text(study.page(), 100).split())


# --- One value ---


def test_a_straight_line_is_met_where_it_crosses():
    study = found(lambda growth: growth - 0.44)
    (root,) = study.roots
    assert root.number == pytest.approx(0.44, abs=1e-3)
    assert (root.before, root.after) == (-1, 1)
    assert study.answer == "value"
    assert "is the same in both where foundry.growth is 44" in answer(study)
    assert "below, it is lower in h20-stays; above, it is higher in h20-stays. In baseline it is 50 %/year." in answer(
        study
    )


@pytest.mark.parametrize("slope", [1.0, -30.0])
def test_the_interval_holds_the_values_at_which_the_interval_of_the_difference_holds_0(slope):
    formula = curve(lambda growth: slope * (growth - 0.61), spread=0.1 * slope)
    (root,) = found(formula, n=12).roots
    luck = 0.1 * np.array([np.random.default_rng([1, n]).normal() for n in range(12)])
    half = 2.2009851600829 * luck.std(ddof=1) / math.sqrt(12)  # Student's t of 95 % with 11 degrees of freedom
    middle = 0.61 - luck.mean()
    assert (root.low, root.number, root.high) == pytest.approx((middle - half, middle, middle + half), abs=1e-9)


def test_the_interval_of_a_bent_curve_is_that_of_the_curve():
    bent = curve(lambda growth: 9 * (growth**4 - 0.3), spread=0.4)
    (root,) = found(bent, n=10).roots
    luck = 0.4 * np.array([np.random.default_rng([1, n]).normal() for n in range(10)])
    half = 2.2621571627409915 * luck.std(ddof=1) / math.sqrt(10)
    ends = [(0.3 - (luck.mean() + side * half) / 9) ** 0.25 for side in (1, 0, -1)]
    width = ends[2] - ends[0]
    assert (root.low, root.number, root.high) == pytest.approx(ends, abs=0.05 * width)


def test_a_jump_is_found_as_closely_as_the_range_allows():
    study = found(lambda growth: 1000.0 if growth > 0.7313 else -1.0)
    assert study.roots[0].number == pytest.approx(0.7313, abs=2e-3)
    assert len(study.tried) < 7 + 12


def test_a_date_is_found_to_the_day():
    day = datetime.date(2026, 9, 17)
    key = "memory.domestic.cxmt.available"
    study = found(lambda ordinal: ordinal - day.toordinal() + 0.25, key=key)
    assert study.of.value(study.roots[0].number) == day
    assert f"{key} is {day}" in answer(study)
    assert all(each.number == round(each.number) for each in study.tried)


def test_of_whole_numbers_it_is_said_between_which():
    key = "designs.ascend-910c.stacks"
    study = found(lambda stacks: stacks - 9.7, key=key, span="4:16")
    assert "stacks is between 9 stacks and 10 stacks" in answer(study)
    assert {each.number for each in study.tried} <= set(map(float, range(4, 17)))
    assert {9.0, 10.0} <= {each.number for each in study.tried}


def test_over_a_logarithm_the_values_are_spread_so():
    key = "foundry.wafer_starts"
    study = found(lambda wafers: math.log(wafers / 222), key=key)
    assert study.roots[0].number == pytest.approx(222, rel=2e-3)
    first, *_, last = study.tried
    assert (first.number, last.number) == (study.of.low, study.of.high)


def test_a_range_from_0_has_even_steps_where_the_stated_one_has_logarithms():
    study = found(lambda wafers: wafers - 130, key="foundry.wafer_starts", span="0:600 wafers/week")
    assert [each.number for each in study.tried[:1]] == [0]
    assert (study.of.log, study.roots[0].number) == (False, pytest.approx(130, abs=1))


def test_a_target_is_what_the_difference_comes_to():
    study = found(lambda growth: 10 * growth, target="6.5 A100e")
    assert study.roots[0].number == pytest.approx(0.65, abs=1e-3)
    assert "Delivered compute, h20-stays less baseline, is +6.5 A100e where foundry.growth is 65" in answer(study)


@pytest.mark.parametrize(("aim", "says"), [(-3, "more than that at all 7"), (20, "less than that at all 7")])
def test_beside_a_target_the_difference_stays_itself(aim, says):
    study = found(curve(lambda growth: 10 * growth, spread=0.5), target=f"{aim} A100e", n=12)
    text, rows = answer(study), page_record(study.page())["tried"]
    luck = np.array([np.random.default_rng([1, n]).normal() for n in range(12)])
    mean, half = 10 + 0.5 * luck.mean(), 2.2009851600829 * 0.5 * luck.std(ddof=1) / math.sqrt(12)
    ends = [rows[-1][name] for name in ("ci95_low", "difference", "ci95_high")]
    assert ends == pytest.approx([mean - half, mean, mean + half])
    ends = [rows[-1][name] for name in ("from_target_low", "from_target", "from_target_high")]
    assert ends == pytest.approx([mean - half - aim, mean - aim, mean + half - aim])
    assert rows[-1]["relative"] == pytest.approx(mean / (100 + 7 * luck.mean()))
    assert says in text
    assert ("over by" in text, "short by" in text) == (aim < 0, aim > 0)


def test_a_lever_is_pulled_by_the_first_alone():
    def outcome(scenario, luck):
        return 100 * number(scenario, GROWTH) + 3 * luck + 40 * stays(scenario)

    formula = Formula(outcome)
    study = found(formula, where="first")
    assert study.roots[0].number == pytest.approx(0.5 + 0.4, abs=1e-3), "as good as the other at what that has now"
    assert study.runs == 20 * len(formula.asked), "the other is run once"
    assert found(Formula(outcome)).answer == "none", "in both it changes nothing in the difference"


def test_what_the_file_calls_a_lever_is_varied_in_the_first_and_all_else_in_both():
    formula = curve(lambda _: 1.0)
    assert found(formula, where=None).where == "both"
    assert found(formula, key="policies.diffusion-rule.licence.approval", where=None).where == "first"


# --- None, several, and cannot tell ---


def test_where_there_is_none_it_is_said_how_far_the_nearest_end_is():
    study = found(lambda growth: growth - 3.6)
    assert study.answer == "none"
    assert study.nearest.number == 1.0
    told = answer(study)
    assert "No such value between 20 %/year and 100 %/year" in told
    assert "Nearest at 100 %/year: apart by 2.6" in told
    base = 100 + 7 * np.mean([np.random.default_rng([1, n]).normal() for n in range(20)])
    assert study.nearest.share.mean == pytest.approx(-2.6 / base)
    assert len(study.tried) == 7


def test_a_key_that_changes_nothing_is_told():
    assert "foundry.growth changes nothing in the difference" in answer(found(lambda _: 5.0))
    assert "changes nothing" not in answer(found(lambda growth: 5.0 + growth))
    assert "is exactly the same in both at all 7 values" in answer(found(lambda _: 0.0))


def test_two_values_are_both_told():
    study = found(lambda growth: (growth - 0.3) * (growth - 0.86))
    assert [root.number for root in study.found] == pytest.approx([0.3, 0.86], abs=2e-3)
    assert "There are 2 such values" in answer(study)


def test_where_the_nearest_end_is_in_doubt_nothing_is_claimed():
    study = found(curve(lambda growth: 1.1 - growth, spread=1.0), n=8)
    assert study.answer == "cannot tell"
    assert not study.found
    assert "Cannot tell from 6" in answer(study)


def test_the_nearest_to_a_doubtful_end_lies_in_that_doubt_and_not_at_another_value():
    study = found(curve(lambda growth: 100 * (growth - 0.3) * (1.02 - growth), spread=5.0), n=12)
    assert [root.number for root in study.roots] == [pytest.approx(0.3, abs=0.1), pytest.approx(math.nan, nan_ok=True)]
    assert study.nearest.number < 0.5
    assert "Nearest at 100 %/year: off by" in answer(study)


def test_where_the_difference_is_nowhere_clear_nothing_is_claimed():
    study = found(curve(lambda growth: growth - 0.6, spread=50.0), n=5)
    assert study.answer == "cannot tell"
    assert "Cannot tell: the interval of the difference holds 0 at every value tried" in answer(study)


def test_where_it_only_comes_near_nothing_is_claimed():
    study = found(curve(lambda growth: 40 * (growth - 0.6) ** 2 + 0.05, spread=1.0), n=10)
    assert study.answer == "cannot tell"
    assert "on either side it is higher in h20-stays" in answer(study)


def test_an_interval_that_reaches_the_end_of_the_range_has_no_end_there():
    study = found(curve(lambda growth: growth - 0.95, spread=0.3), n=12)
    (root,) = study.found
    assert math.isinf(root.high)
    assert "the interval reaches the end of the range" in answer(study)
    record = page_record(study.page())["breakeven"][0]
    assert record["high"] is None


@pytest.mark.parametrize(("there", "says"), [(3, "cannot tell"), (15, "value")])
def test_an_outcome_that_is_nearly_always_missing_tells_nothing(there, says):
    def outcome(scenario, luck):
        value = stays(scenario) * (number(scenario, GROWTH) - 0.5) + luck
        return np.where(np.arange(len(luck)) < there, value, np.nan)

    study = found(Formula(outcome))
    assert study.answer == says
    text = answer(study)
    if says == "value":
        assert "Both have a value in 15 or more of 20 pairs" in text
    else:
        assert "exists in both in only 3 of 20 replications" in text


# --- Pictures, programs, Python ---


def test_the_picture_marks_the_value_and_where_there_is_none_only_the_line():
    for study, there in ((found(lambda growth: growth - 0.44), True), (found(lambda growth: growth + 5), False)):
        (slide,) = slides_of(study).values()
        told = [text.get_text().strip() for text in slide.subfigs[0].legends[0].texts]
        assert "no difference" in told
        assert ("break-even" in told) is there
        assert slide.title == headline(study)


def test_programs_have_the_value_as_a_number_and_a_day_as_a_day():
    record = page_record(found(lambda growth: growth - 0.44).page())
    assert (record["verdict"], record["breakeven"][0]["value"]) == ("value", pytest.approx(0.44, abs=1e-3))
    assert record["tried"][0]["difference"] == pytest.approx(-0.24)
    study = found(lambda day: day - datetime.date(2026, 9, 17).toordinal() + 0.25, key="memory.domestic.cxmt.available")
    assert page_record(study.page())["breakeven"][0]["value"] == "2026-09-17"


def test_in_python_it_is_a_function(tiny, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(f"extends: {tiny}\nname: other\nfoundry: {{growth: 20 %/year}}\n", encoding="utf-8")
    study = sim.breakeven(tiny, other, vary="foundry.cover", replications=2, workers=1)
    assert (study.where, study.runs) == ("both", 2 * 2 * len(study.tried))
    with pytest.raises(ChipgateError, match="did you mean"):
        sim.breakeven("baseline", "h20-stays", vary="foundry.grwth")


# --- Before anything is run ---


def refused(match, first=BASE, second=OTHER, key=GROWTH, outcome="delivered", **more):
    formula = curve(lambda growth: growth)
    with pytest.raises(ChipgateError, match=match):
        break_even(first, second, key, outcome, formula, **more)
    assert not formula.asked


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"key": "foundry.grwth"}, "did you mean 'foundry.growth'"),
        ({"key": "foundry"}, "is a group of keys"),
        ({"key": "window.end"}, "frame of the experiment"),
        ({"key": "policies.h20-block.effective"}, "no range is stated .* FROM:TO"),
        ({"span": "50 %"}, "write FROM:TO"),
        ({"span": "50 %/year:0.5"}, "both ends are the same"),
        ({"span": "60 %/year:50 %/year"}, "the lower end first"),
        ({"span": "0.6:9 wafers"}, "does not measure this"),
        ({"span": "0.6:5000 %/year"}, "out of range"),
        ({"outcome": "deliverd"}, "did you mean 'delivered'"),
        ({"target": "5 yuan"}, "the target: 'yuan' does not measure this"),
        ({"replications": 1}, "no interval"),
        ({"where": "second"}, "write both or first"),
        ({"key": "software.stacks.CANN"}, "software.stacks"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_run(more, match):
    refused(match, **more)


def test_a_key_in_which_the_two_differ_is_no_assumption_of_both():
    other = load_shipped("hbm-crunch")
    key = "policies.memory-control.memory_control.leak"
    refused("28,000 stacks/week in baseline and 0 stacks/week in hbm-crunch; --in first", second=other, key=key)
    key = "policies.memory-control.announced"
    refused("hbm-crunch does not have it; --in first", second=other, key=key, where="both")


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("2 million A100e-years", "A100e-years", 2e6),
        ("-3", "A100e", -3),
        ("5 %", "share", 0.05),
        ("52.17857142857143 weeks", "date", 1.0),
        ("-1.5 bn yuan", "yuan", -1.5e9),
    ],
)
def test_targets_are_read_in_the_outcomes_unit(text, unit, number):
    assert target_of(text, unit) == pytest.approx(number)
