"""The hindcast: what is fitted and what is compared, the table with its misses, and the words below it."""

import dataclasses
import json
import re

import pytest

from sim.articles.figures import figure
from sim.base.label import LABEL
from sim.base.places import scenario_folder
from sim.exhibits.exhibit import seen
from sim.experiment.run import run_scenario
from sim.outcomes.keys import Key, Quarter
from sim.scenario.load import load
from sim.studies import hindcast as b

PARAMETERS = [b.baseline().parameters[dial.key] for dial in b.DIALS]


def cells(result):
    """The table of figures as people see it: texts by heading, by figure."""
    [table] = [part for part in b.hindcast_page(result).parts if getattr(part, "key", "") == "figures"]
    shown = seen(table)
    return {row.figure.id: {each.heading: each.cells[n].text for each in shown} for n, row in enumerate(table.rows)}


@pytest.fixture(scope="module")
def run():
    return run_scenario(b.baseline(), 200)


@pytest.fixture(scope="module")
def result(run):
    return b.beside(run)


# --- The choice ---


def test_at_most_two_parameters_are_fitted_to_as_many_figures():
    assert 1 <= len({dial.key for dial in b.DIALS}) == len(b.DIALS) <= 2
    assert len(b.FITTED) >= len(b.DIALS)


def test_what_is_fitted_and_what_is_compared_is_what_was_agreed():
    halves = Quarter(2024, 1), Quarter(2024, 2)
    assert [(t.figure, t.outcome, t.periods, t.fitted) for t in b.TARGETS] == [
        ("cambricon-revenue-23", "revenue", (2023,), True),
        ("cambricon-revenue-24", "revenue", (2024,), True),
        ("cambricon-revenue-h1-24", "revenue", halves, False),
        ("cambricon-revenue-q1-25", "revenue", (Quarter(2025, 1),), False),
        ("cambricon-revenue-q2-25", "revenue", (Quarter(2025, 2),), False),
        ("cambricon-revenue-q1-26", "revenue", (Quarter(2026, 1),), False),
        ("market-25", "market_value", (2025,), False),
    ]
    assert b.TARGETS[2].keys == [Key("revenue", "Cambricon", quarter) for quarter in halves]


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.key)
def test_a_fitted_value_lies_inside_its_range_and_says_what_it_is_fitted_to(parameter):
    low, high = parameter.source.range
    assert low <= parameter.value <= high
    assert parameter.source.kind == "calibrated"
    assert set(parameter.source.figures) <= {target.figure for target in b.FITTED}
    assert parameter.source.reason


def test_nothing_else_is_calibrated_and_nothing_to_a_figure_that_is_compared():
    calibrated = {key for key, p in b.baseline().parameters.items() if p.source.kind == "calibrated"}
    assert calibrated == {dial.key for dial in b.DIALS}
    compared = {target.figure for target in b.TARGETS if not target.fitted}
    assert not compared & {name for p in b.baseline().parameters.values() for name in p.source.figures}


def test_the_baseline_meant_is_the_shipped_one(here):
    (here / "baseline.yaml").write_text(
        "extends: baseline\nfoundry: {wafer_starts: 100 wafers/week}\n", encoding="utf-8"
    )
    assert load("baseline").scenario.foundry.wafer_starts == 100
    assert b.baseline().scenario.foundry.wafer_starts != 100


# --- Side by side ---


def test_a_miss_is_the_mean_over_the_accepted_figure(run, result):
    expected = {
        "cambricon-revenue-23": ("revenue_cambricon", [2023], 1.2e9 / 1.7),
        "cambricon-revenue-24": ("revenue_cambricon", [2024], 1.2e9),
        "cambricon-revenue-h1-24": ("revenue_cambricon", ["2024Q1", "2024Q2"], 2.881e9 / 40),
        "cambricon-revenue-q1-25": ("revenue_cambricon", ["2025Q1"], 2.88e9 / 2.59),
        "cambricon-revenue-q2-25": ("revenue_cambricon", ["2025Q2"], 2.881e9 - 2.88e9 / 2.59),
        "cambricon-revenue-q1-26": ("revenue_cambricon", ["2026Q1"], 2.88e9),
        "market-25": ("market_value", [2025], 178e9),
    }
    assert {row.figure.id for row in result.rows} == set(expected)
    texts = cells(result)
    for row in result.rows:
        outcome, periods, wanted = expected[row.figure.id]
        miss = sum(run[outcome, period].mean() for period in periods) / wanted - 1
        assert row.miss == pytest.approx(miss, rel=1e-12)
        told = float(texts[row.figure.id]["miss"].removesuffix(" %").replace(",", ""))
        assert told == pytest.approx(100 * miss, abs=max(0.1, 100 * row.model.half_width / wanted / 9)), "fine enough"
        assert row.model.low < row.model.mean < row.model.high


def test_the_fitted_figures_are_met_within_the_aim(result):
    assert {row.figure.id: row.miss for row in result.rows if row.target.fitted and abs(row.miss) > b.AIM} == {}


def test_the_page_is_what_the_program_makes(result):
    page = (scenario_folder() / "HINDCAST.md").read_text(encoding="utf-8")
    assert page == b.page(result), "write it anew with: python -m sim.studies.hindcast"
    assert LABEL in page


def test_the_table_says_where_a_figure_was_corrected_or_disputed(result):
    kinds = {name: row["kind of figure"] for name, row in cells(result).items()}
    assert kinds["cambricon-revenue-23"] == "derived"
    assert kinds["market-25"] == "projected; disputed, kept as printed"
    assert kinds["cambricon-revenue-q2-25"] == "derived; from cambricon-revenue-h1-25, corrected"
    assert b.kind_of(figure("cambricon-revenue-h1-25")) == "reported; corrected"


@pytest.mark.parametrize("target", b.TARGETS, ids=lambda target: target.figure)
@pytest.mark.parametrize("factor", [0.01, 100])
def test_the_words_name_the_largest_miss_and_what_the_articles_suggest_for_it(result, target, factor):
    rows = [
        dataclasses.replace(
            row,
            model=dataclasses.replace(row.model, mean=b.accepted(row.figure) * (factor if row.target is target else 1)),
        )
        for row in result.rows
    ]
    moved = dataclasses.replace(result, rows=tuple(rows))
    assert moved.largest.figure.id == target.figure
    text = b.words(moved)["The largest miss"]
    assert text.startswith(f"{figure(target.figure).title}, {figure(target.figure).period}: the model is too ")
    assert ("too low" in text) is (factor < 1)
    assert b.SUGGESTED[target.outcome, factor < 1] in text
    assert "article" in text


# --- The command ---


def test_the_command_prints_parameters_figures_and_plain_words(chipgate):
    status, out, err = chipgate("hindcast", "--replications", 3, "--seed", 4, "--workers", 1)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Hindcast of the baseline: 3 replications, seed 4"
    flat = " ".join(out.split())
    assert LABEL in flat
    for parameter in PARAMETERS:
        [line] = [line for line in lines if re.match(rf"{re.escape(parameter.key)}  ", line)]
        assert parameter.text in line
        assert parameter.source.range_text[0] in line
    uses = [use for line in lines if (use := re.search(r"  [+-][\d,.]+ %  .*?(fitted|compared)", line))]
    assert [use[1] for use in uses] == ["fitted"] * 2 + ["compared"] * 5
    for title in ("How it was chosen: ", "What it shows: ", "What it does not show: ", "The largest miss: "):
        assert title in flat


def test_one_replication_has_no_interval(chipgate):
    status, out, _ = chipgate("hindcast", "-n", 1)
    assert status == 0
    assert "nan" not in out
    record = json.loads(chipgate("hindcast", "-n", 1, "--json")[1])
    assert {row["ci95_low"] for row in record["figures"]} == {None}


def test_the_json_says_the_same_whatever_the_number_of_workers(chipgate):
    one, two = (chipgate("hindcast", "-n", 3, "--json", "--workers", workers) for workers in (1, 2))
    assert one == two
    record = json.loads(one[1])
    assert record["label"] == LABEL
    assert [row["use"] for row in record["figures"]] == ["fitted"] * 2 + ["compared"] * 5
    for row in record["figures"]:
        assert row["miss"] == pytest.approx(row["mean"] / row["articles"] - 1)
    assert record["largest_miss"] == max(record["figures"], key=lambda row: abs(row["miss"]))["figure"]
    assert [p["key"] for p in record["parameters"]] == [dial.key for dial in b.DIALS]
    assert [(p["value"], p["range"]) for p in record["parameters"]] == [
        (p.text, " to ".join(p.source.range_text)) for p in PARAMETERS
    ]
    assert "calibrated to cambricon-revenue-23" in record["parameters"][0]["source"]


@pytest.mark.parametrize(
    "wrong", [("-n", 0), ("--replications", "many"), ("--seed", -1), ("--workers", 0), ("baseline",)]
)
def test_bad_input_leaves_with_status_2(chipgate, wrong):
    status, out, err = chipgate("hindcast", *wrong)
    assert (status, out) == (2, "")
    assert "Error" in err
