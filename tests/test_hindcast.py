"""The hindcast: what is fitted and what is compared, the table with its misses, and the words below it."""

import dataclasses
import json
import re
from datetime import timedelta

import pytest

from sim.articles.figures import figure
from sim.base.label import LABEL
from sim.base.places import scenario_folder
from sim.base.statistics import summarise
from sim.exhibits.exhibit import seen
from sim.experiment.replication import listen
from sim.experiment.run import run_scenario
from sim.model.facts import Delivered, ProjectArrived
from sim.outcomes.keys import Key, Quarter
from sim.outcomes.ledger import Ledger
from sim.scenario.load import load
from sim.studies import hindcast as b

PARAMETERS = [b.baseline().parameters[dial.key] for dial in b.DIALS]


def cells(result):
    """The table of figures as people see it: texts by heading, by figure."""
    [table] = [part for part in b.hindcast_page(result).parts if getattr(part, "key", "") == "figures"]
    shown = seen(table)
    return {
        b.world_of(row.target): {each.heading: each.cells[n].text for each in shown} for n, row in enumerate(table.rows)
    }


@pytest.fixture(scope="module")
def made():
    return b.runs(200, run_scenario)


@pytest.fixture(scope="module")
def result(made):
    return b.beside(*made)


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


def test_a_miss_is_the_mean_over_the_accepted_figure(made, result):
    run, unblocked, _ = made
    expected = {
        "cambricon-revenue-23": ("revenue_cambricon", [2023], 1.2e9 / 1.7),
        "cambricon-revenue-24": ("revenue_cambricon", [2024], 1.2e9),
        "cambricon-revenue-h1-24": ("revenue_cambricon", ["2024Q1", "2024Q2"], 2.881e9 / 40),
        "cambricon-revenue-q1-25": ("revenue_cambricon", ["2025Q1"], 2.88e9 / 2.59),
        "cambricon-revenue-q2-25": ("revenue_cambricon", ["2025Q2"], 2.881e9 - 2.88e9 / 2.59),
        "cambricon-revenue-q1-26": ("revenue_cambricon", ["2026Q1"], 2.88e9),
        "market-25": ("market_value", [2025], 178e9),
    }
    *rows, last = result.rows
    assert {row.figure.id for row in rows} == set(expected)
    assert last.miss == pytest.approx(unblocked["market_value", 2025].mean() / 178e9 - 1, rel=1e-12)
    texts = cells(result)
    for row in rows:
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


@pytest.mark.parametrize("target", [*b.TARGETS, b.UNBLOCKED], ids=b.world_of)
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
    assert moved.largest.target is target
    text = b.words(moved)["The largest miss"]
    assert text.startswith(f"{figure(target.figure).title}, {figure(target.figure).period}: the model is too ")
    assert ("too low" in text) is (factor < 1)
    assert b.SUGGESTED[target.outcome, factor < 1] in text
    assert "article" in text


def test_the_market_is_held_against_the_world_that_its_figure_was_projected_for(made, result):
    _, unblocked, _ = made
    assert load("h20-stays").scenario.policies.keys() == unblocked.scenario.policies.keys()
    assert "h20-block" not in unblocked.scenario.policies
    text = b.words(result)["The market of 2025"]
    assert cells(result)["market-25, in h20-stays"]["miss"] in text
    assert cells(result)["market-25"]["miss"] in text
    assert f"{b.FEWER} replications" in b.page(result)


def test_only_the_figures_in_the_baseline_are_counted(result):
    compared = [row for row in result.rows if not row.target.fitted and row.target is not b.UNBLOCKED]
    close = [row for row in compared if abs(row.miss) <= b.AIM]
    assert f"of the others, {len(close)} of {len(compared)}." in b.words(result)["What it shows"]


# --- Who buys domestic chips ---


def test_who_receives_domestic_compute_is_what_the_deliveries_say(made):
    """Summed again from single facts of one replication, by the segment of each project."""
    whole = made[2].first(1)
    ledger, scenario = Ledger(), whole.scenario
    listen(scenario, 1, 0, ledger.record)
    segments = {fact.project: fact.segment for fact in ledger.of(ProjectArrived)}
    got = dict.fromkeys(scenario.demand, 0.0)
    for fact in ledger.of(Delivered):
        if fact.product in scenario.designs and fact.time <= 4 * 31:
            got[segments[fact.project]] += fact.compute
    found = b.receivers(whole, scenario.window.start + timedelta(weeks=4 * 31)).shares
    assert {name: share.mean for name, share in found.items()} == pytest.approx(
        {name: amount / sum(got.values()) for name, amount in got.items()}
    )


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [([0.6, 0.62, 0.61], "agrees"), ([0.3, 0.31, 0.32], "disagrees"), ([0.3, 0.7, 0.52], "cannot tell")],
)
def test_the_verdict_on_the_statement_is_that_of_the_interval(result, shares, verdict):
    row = dataclasses.replace(result.receivers[0], shares={**result.receivers[0].shares, "state": summarise(shares)})
    assert row.most == verdict
    same, mixed = (dataclasses.replace(result, receivers=rows) for rows in ((row, row), (row, result.receivers[-1])))
    assert f"the model {verdict}." in b.words(same)["Who buys domestic chips"]
    told = b.words(mixed)["Who buys domestic chips"]
    assert ("at some times" in told) is (verdict != "agrees")


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
    assert [use[1] for use in uses] == ["fitted"] * 2 + ["compared"] * 6
    for title in ("How it was chosen", "What was seen when", "What it shows", "What it does not show"):
        assert f"{title}: " in flat
    for title in ("The largest miss", "The market of 2025", "Who buys domestic chips"):
        assert f"{title}: " in flat


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
    assert [row["use"] for row in record["figures"]] == ["fitted"] * 2 + ["compared"] * 6
    for row in record["figures"]:
        assert row["miss"] == pytest.approx(row["mean"] / row["articles"] - 1)
    assert [row["scenario"] for row in record["figures"]] == ["baseline"] * 7 + ["h20-stays"]
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
