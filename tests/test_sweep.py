"""A sweep: the values at which it looks, what it says of them, and what binds there; a formula in place of the model."""

import datetime
import json

import numpy as np
import pytest
from formulas import Formula, number

import sim
from sim.base.errors import ChipgateError
from sim.exhibits.page import page_record, page_text
from sim.experiment.run import run_scenario
from sim.outcomes.keys import Key
from sim.pictures.choice import sketches_of, slides_of
from sim.scenario.load import load, load_shipped
from sim.studies.phases import shares_of_books
from sim.studies.sweep import read_vary, shares_held, sweep

GROWTH, CAP = "foundry.growth", "imports.h20.cap"
BASE, OTHER = load_shipped("baseline"), load_shipped("h20-stays")


def swept(of, *vary, scenarios=(BASE,), n=8, outcomes=("delivered",)):
    """What the sweep makes of `of(scenario, luck)`."""
    return sweep(scenarios, vary, outcomes, Formula(of), replications=n)


def said(study) -> str:
    return " ".join(page_text(study.page(), 100).split())


def rising(scenario, luck):
    return 1000 * number(scenario, GROWTH) + luck


# --- Values ---


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("foundry.growth", [0.2, 0.4, 0.6, 0.8, 1.0]),
        ("foundry.growth:3", [0.2, 0.6, 1.0]),
        ("foundry.growth=20 %/year:80 %/year:4", [0.2, 0.4, 0.6, 0.8]),
        ("foundry.growth= 0.2 : 30 %/year", [0.2, 0.225, 0.25, 0.275, 0.3]),
        ("designs.ascend-910c.stacks=4:7:7", [4, 5, 6, 7]),
        ("foundry.wafer_starts=100:10000:3", [100, 1000, 10000]),
    ],
)
def test_values_stand_evenly_over_the_range(text, numbers):
    assert read_vary(BASE, text).numbers == pytest.approx(numbers)


def test_dates_are_days():
    axis = read_vary(BASE, "memory.domestic.cxmt.available=2026-01-01:2026-01-04:3")
    days = [axis.of.value(each) for each in axis.numbers]
    assert days == [datetime.date(2026, 1, day) for day in (1, 2, 4)]


@pytest.mark.parametrize(
    ("vary", "match"),
    [
        (["foundry.grwth"], "did you mean 'foundry.growth'"),
        (["foundry.growth:1"], "'1' is no number of steps"),
        (["foundry.growth:101"], "2 to 100"),
        (["foundry.growth:many"], "'many' is no number of steps"),
        (["foundry.growth=0.2"], "write KEY=FROM:TO:STEPS"),
        (["foundry.growth=0.2:0.4:3:5"], "write KEY=FROM:TO:STEPS"),
        (["foundry.growth=0.2:0.2:3"], "both ends are the same"),
        (["foundry.growth=0.4:0.2:3"], "the lower end first"),
        (["policies.h20-block.effective:3"], "no range is stated"),
        (["window.end"], "frame of the experiment"),
        (["foundry.growth", "foundry.growth:3"], "varied twice"),
        (["foundry.growth", "imports.h20.cap", "grey.kappa"], "one key or two, not 3"),
        (["foundry.growth:30", "imports.h20.cap:30"], "900 pairs of values are more than 400"),
        (["foundry.yield_start=0.29:0.9:3"], "foundry.yield_start=59.5 %: .* above"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_run(vary, match):
    formula = Formula(rising)
    with pytest.raises(ChipgateError, match=match):
        sweep([BASE], vary, ["delivered"], formula)
    assert not formula.asked


def test_two_scenarios_share_what_is_varied():
    with pytest.raises(ChipgateError, match=r"no assumption that both share.*sweep each of them alone"):
        swept(rising, "policies.memory-control.memory_control.leak", scenarios=(BASE, load_shipped("hbm-crunch")))


# --- What is found ---


def test_each_value_has_its_mean_and_its_paired_change():
    study = swept(rising, "foundry.growth:3", n=16)
    luck = np.array([np.random.default_rng([1, n]).normal() for n in range(16)])
    first, middle, last = study.of(Key("delivered"))
    assert middle.summary.mean == pytest.approx(600 + luck.mean())
    half = 2.131449545559323 * luck.std(ddof=1) / 4  # Student's t of 95 % with 15 degrees of freedom
    assert middle.half == pytest.approx(half)
    assert (last.change.mean, last.change_half, first.change.mean) == (pytest.approx(800), 0, 0)
    assert "Delivered compute is higher at 100 %/year than at 20 %/year by 800.0 A100e." in said(study)


def test_a_peak_between_the_ends_is_named():
    text = said(swept(lambda s, luck: luck - 900 * (number(s, GROWTH) - 0.6) ** 2, "foundry.growth"))
    assert "; lowest at" in text
    assert "; highest at 60 %/year" in text


def test_a_change_within_the_noise_is_not_named():
    def noisy(scenario, luck):
        return luck * (1 + number(scenario, GROWTH)) + 0.01 * number(scenario, GROWTH)

    assert "Cannot tell whether delivered compute is higher or lower at 100 %/year" in said(swept(noisy, GROWTH))


def test_a_key_without_effect_is_told():
    text = said(swept(lambda _, luck: luck, GROWTH))
    assert "foundry.growth changes nothing: delivered compute is exactly the same everywhere." in text


def test_an_outcome_that_is_nearly_always_missing_tells_nothing():
    def rare(scenario, luck):
        return np.where((np.arange(len(luck)) < 2) | (number(scenario, GROWTH) < 0.9), luck, np.nan)

    assert "Cannot tell: delivered compute exists in only 2 of 8 replications at 100 %/year" in said(
        swept(rare, GROWTH)
    )


def test_of_two_scenarios_it_is_the_difference_and_where_it_turns():
    def outcome(scenario, luck):
        return 50 + 9 * luck + (scenario.name == "h20-stays") * 10 * (number(scenario, GROWTH) - 0.5)

    study = swept(outcome, GROWTH, scenarios=(BASE, OTHER))
    assert [point.summary.mean for point in study.points] == pytest.approx([-3, -1, 1, 3, 5])
    text = said(study)
    assert "Of 5 values it is clearly more at 3, less at 2. 'chipgate breakeven' finds where it turns." in text


def test_a_map_has_every_pair_of_values_and_names_its_ends():
    def outcome(scenario, luck):
        return luck + 100 * number(scenario, GROWTH) + number(scenario, CAP) / 100

    study = swept(outcome, f"{GROWTH}:3", f"{CAP}:2")
    assert [(round(g, 9), c) for g, c in (point.numbers for point in study.points)] == [
        (g, c) for g in (0.2, 0.6, 1.0) for c in (1e4, 3e4)
    ]
    assert "highest at foundry.growth 100 %/year, imports.h20.cap 30,000 chips/week, 40" in said(study)


# --- What binds ---


def test_what_binds_is_a_share_of_the_order_books_and_where_another_takes_over_is_said():
    held = {"binds_memory": lambda scenario, _: 100 * number(scenario, GROWTH), "binds_wafers": lambda *_: 50}
    study = sweep([BASE], ["foundry.growth:3"], ["delivered"], Formula(rising, others=held), replications=4)
    first, _, last = study.held
    assert (first.shares["memory"], first.leader) == (pytest.approx(20 / 70), "wafers")
    assert (last.shares["memory"], last.leader) == (pytest.approx(100 / 150), "memory")
    assert "What holds up the most: wafers at 20 %/year, memory from 60 %/year to 100 %/year." in said(study)


def test_the_shares_are_those_of_a_runs_tables(tiny):
    run = run_scenario(load(tiny), 3, 1, 1)
    assert shares_held(dict(run.outcomes)) == pytest.approx(shares_of_books(run))


# --- Pictures, and programs ---


def test_one_key_is_a_picture_and_two_are_a_map_for_each_outcome():
    one = swept(rising, GROWTH, outcomes=("delivered", "backlog"))
    assert list(sketches_of(one)) == ["sweep"]
    two = swept(rising, f"{GROWTH}:2", f"{CAP}:2", outcomes=("delivered", "backlog"))
    assert list(sketches_of(two)) == ["map-delivered", "map-backlog"]
    slide = slides_of(two)["map-delivered"]
    cells = [text.get_text() for text in slide.subfigs[0].axes[0].texts]
    assert len(cells) == 4, "a number in each"


def test_the_title_is_one_finding_of_two_lines_at_most():
    def bent(scenario, luck):
        return 1e9 * (scenario is not BASE.scenario) * (number(scenario, CAP) - 18_000) ** 2 + luck

    (slide,) = slides_of(swept(bent, CAP, scenarios=(BASE, OTHER), outcomes=("delivered", "backlog"))).values()
    assert ";" not in slide.title
    [title] = [text.get_text() for text in slide.texts if text.get_weight() == "bold"]
    assert title.count("\n") <= 1
    assert "…" not in title


def test_programs_have_every_value():
    record = page_record(swept(rising, "foundry.growth:2").page())
    rows = record["sweep_delivered"]
    assert [row["foundry.growth"] for row in rows] == [0.2, 1.0]
    assert rows[1]["change"] == pytest.approx(800)
    json.dumps(record)


def test_in_python_it_is_a_function(tiny):
    study = sim.sweep([tiny], vary="foundry.cover:2", on=["delivered", "backlog"], replications=2, workers=1)
    assert [len(study.of(key)) for key in study.outcomes] == [2, 2]
    with pytest.raises(ChipgateError, match="no number of steps"):
        sim.sweep("baseline", vary="foundry.cover:1")
