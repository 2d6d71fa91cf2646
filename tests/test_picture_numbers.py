"""Pictures show what the results hold: each kind's numbers, in what is drawn and in its words."""

from __future__ import annotations

import dataclasses
import datetime
import math
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pictured import (
    BASE,
    CASES,
    COMPARED,
    FLOWS,
    NOTHING,
    POINTS,
    QUARTERS,
    a_run,
    in_window,
    named,
    runs,
    without,
    words,
)

from sim.articles.figures import figure
from sim.base.statistics import summarise
from sim.exhibits.exhibit import cells
from sim.experiment.comparison import Comparison
from sim.experiment.differences import HEADLINES
from sim.experiment.run import Run
from sim.outcomes.cards import CONSTRAINTS, OUTCOMES
from sim.outcomes.keys import Key, Quarter
from sim.outcomes.series import route
from sim.pictures.axes import day_at, day_number, set_values
from sim.pictures.backlog import Backlog
from sim.pictures.binds import HUES, Binds
from sim.pictures.choice import picture_of
from sim.pictures.difference import DifferenceOverTime
from sim.pictures.events import Events, events_of
from sim.pictures.fan import Fan
from sim.pictures.flows import Flows, flow
from sim.pictures.forest import CANNOT, WORDS, Forest, number, scale
from sim.pictures.lines import bands_of, is_total, years_of
from sim.pictures.picture import Picture
from sim.pictures.policies import Policies, policy_rows
from sim.pictures.revenue import Revenue, days_of_quarter, earned, quarters_of
from sim.pictures.sources import Sources, delivered_rates
from sim.scenario.fields import LEVERS
from sim.scenario.load import load
from sim.scenario.load import shipped as shipped_scenarios
from sim.scenario.parts import Policy, Scenario, Window
from sim.scenario.policies.action import ACTIONS
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.enforcement import Enforcement
from sim.scenario.policies.lift import Lift
from sim.studies.comparing import verdict_of
from sim.studies.hindcast import TARGETS
from sim.studies.phases import shares_of_books

DAY = datetime.date
CAMBRICON = Key("revenue", "Cambricon")


def drawn(picture: Picture) -> list[Axes]:
    """The picture's axes, on a figure of one's own."""
    figure = Figure(figsize=(16, 9), layout="constrained")
    picture.draw(figure)
    return figure.axes


def notes(picture: Picture) -> str:
    return " ".join(" ".join(words(picture.slide())).split())


# --- Policy events ---


def test_events_are_those_inside_the_window_that_take_effect() -> None:
    days = (DAY(2022, 10, 7), DAY(2023, 1, 1), DAY(2027, 12, 31), DAY(2028, 1, 1))
    policies = {f"rule-{n}": Policy.of(Ban(product="h20"), effective=day) for n, day in enumerate(days)}
    policies["given-up"] = Policy.of(Ban(product="h20"), effective=DAY(2025, 1, 1), withdrawn=DAY(2024, 1, 1))
    found = events_of(dataclasses.replace(BASE, policies=policies))
    assert found == [(DAY(2023, 1, 1), "Rule 1"), (DAY(2027, 12, 31), "Rule 2")]


def test_letters_have_a_key_that_says_who_has_the_event() -> None:
    key = Events([load(name).scenario for name in ("baseline", "h20-stays", "tight-border")]).key()
    assert key.startswith(
        "Policy events: A Threshold, Oct 2023; B Enforcement, Jul 2024 (only in tight-border); C Memory "
    )
    assert "; D H20 block, Apr 2025 (not in h20-stays); " in key
    assert Events([dataclasses.replace(BASE, policies={})]).key() == ""


def test_each_panel_marks_its_own_events_by_the_common_letters() -> None:
    picture = Sources(COMPARED["two others"]())
    for ax, run in zip(drawn(picture), runs(), strict=True):
        told = [text.get_text() for text in ax.texts if text.get_gid() == "event"]
        assert told == [picture.events.letters[event] for event in events_of(run.scenario)]


# --- Sources ---


def stacked(picture: Sources | Binds, place: int = 0) -> np.ndarray:
    return np.sum([area.values for area in picture.stacks[place][1]], axis=0)


def test_areas_stack_up_to_what_is_delivered_a_week_over_twelve_weeks_back() -> None:
    run = CASES["baseline"]
    picture = Sources(run)
    assert list(picture.shares[0]) == ["Domestic chips", "Imports", "Grey channel"]
    total = stacked(picture)
    delivered = sum(run.series["delivered", product].mean(axis=0) for product in BASE.chips)
    for point, back in ((1, 1), (2, 2), (3, 3), (30, 3), (POINTS - 1, 3)):
        assert total[point - 1] == pytest.approx(delivered[point - back + 1 : point + 1].sum() / (4 * back))
    assert sum(area.size for area in picture.stacks[0][1]) == pytest.approx(delivered[1:].sum())
    (ax,) = drawn(picture)
    assert max(path.vertices[:, 1].max() for area in ax.collections for path in area.get_paths()) == pytest.approx(
        total.max()
    )


def test_a_delivery_rate_never_looks_ahead() -> None:
    steps = [0.0] * 10 + [120.0] * 10 + [0.0] * (POINTS - 20)
    rate = delivered_rates(a_run({"h20": steps}))["h20"]  # its first value belongs to the second point
    assert rate[:13] == pytest.approx([0] * 9 + [10, 20, 30, 30])
    assert rate[17:23] == pytest.approx([30, 30, 20, 10, 0, 0])


def test_many_products_are_shown_together_and_nothing_is_lost() -> None:
    picture = Sources(CASES["many products"])
    domestic = [area.name for area in picture.stacks[0][1] if area.family == "Domestic chips"]
    assert (len(domestic), domestic[-1]) == (6, "10 others")
    assert stacked(picture) == pytest.approx(sum(delivered_rates(CASES["many products"]).values()))


def test_products_never_delivered_are_named_and_shares_told() -> None:
    picture = Sources(a_run({**NOTHING, "h20": [5.0] * POINTS}))
    assert "Not delivered in any run: Ascend 910B" in picture.caption()
    assert "H20 100 %" in notes(picture)
    assert picture.finding() == "Imports deliver 100 % of effective compute"
    assert "Nothing is delivered" in notes(Sources(CASES["nothing"]))


def test_a_runs_title_has_the_most_striking_change_where_the_whole_window_is_shown(monkeypatch) -> None:
    told = "Compute delivered from imports all but ends between 2025Q1 and 2025Q3, in every run; in force: h20-block."
    monkeypatch.setattr("sim.pictures.sources.striking", lambda run: [told])
    run = CASES["baseline"]
    end = "; compute delivered from imports all but ends between 2025Q1 and 2025Q3"
    assert Sources(run).finding().endswith(f" of effective compute{end}")
    assert Sources(run).describe().endswith(told)
    part = Sources(run, period=(DAY(2023, 6, 1), DAY(2024, 4, 1)))
    assert end not in part.finding()
    assert told not in part.describe()


def test_a_comparisons_title_names_the_source_that_changes_the_most() -> None:
    comparison = COMPARED["two others"]()
    picture = Sources(comparison)
    base, *others = picture.shares
    gaps = {
        (family, name): abs(own.get(family, 0) - base.get(family, 0))
        for name, own in zip(picture.names[1:], others, strict=True)
        for family in own | base
    }
    family, name = max(gaps, key=gaps.__getitem__)
    other = picture.shares[picture.names.index(name)]
    one, two = (f"{100 * own[family]:.0f} %" for own in (base, other))
    assert picture.finding() == f"{family}: {one} of effective compute in baseline, {two} in {name}"
    assert Sources(COMPARED["nothing happens"]()).finding() == "Nothing is delivered"
    run = runs()[0]
    assert (
        Sources(Comparison([run, named(run, "same")])).finding() == "Effective compute is split alike in every scenario"
    )


def test_a_period_has_its_own_shares() -> None:
    """Imports come in 2023 and 2024 only, in as large amounts as domestic chips."""
    early = [100.0] * 27 + [0.0] * (POINTS - 27)
    run = a_run({**NOTHING, "h20": early, "ascend-910b": [100.0] * POINTS})
    half = {"Domestic chips": pytest.approx(0.5), "Imports": pytest.approx(0.5)}
    assert Sources(run, period=(DAY(2023, 1, 1), DAY(2025, 1, 1))).shares == [half]
    assert Sources(run, period=(DAY(2025, 2, 1), DAY(2026, 1, 1))).shares[0]["Domestic chips"] == 1.0


def test_panels_have_one_scale() -> None:
    for kind in (Sources, Binds):
        picture = kind(COMPARED["two others"]())
        axes = drawn(picture)
        assert len({ax.get_ylim() for ax in axes}) == 1
        assert axes[0].get_ylim()[1] >= max(stacked(picture, n).max() for n in range(3))


# --- Bands, backlog, fan ---


def test_bands_hold_their_share_of_runs_and_none_is_drawn_of_too_few() -> None:
    bands = bands_of(np.arange(101.0)[:, None] * np.array([1.0, 2.0]))
    assert [(band.name, band.low.tolist(), band.high.tolist()) for band in bands] == [
        ("95 % of single runs", pytest.approx([2.5, 5]), pytest.approx([97.5, 195])),
        ("80 % of single runs", pytest.approx([10, 20]), pytest.approx([90, 180])),
        ("50 % of single runs", [25, 50], [75, 150]),
    ]
    assert [[band.name[:2] for band in bands_of(np.arange(float(n))[:, None])] for n in (40, 39, 10, 9, 4)] == [
        ["95", "80", "50"],
        ["80", "50"],
        ["80", "50"],
        ["50"],
        ["50"],
    ]
    (few,) = bands_of(np.array([[1.0], [5.0], [2.0]]))
    assert (few.low[0], few.high[0], few.name) == (1, 5, "lowest to highest of 3 runs")
    assert bands_of(np.array([[1.0]])) == bands_of(np.array([[1.0], [1.0]])) == []


def test_the_backlog_is_the_mean_over_replications_with_its_band() -> None:
    run = a_run({}, [[0.0, 20.0], [0.0, 30.0], [0.0, 40.0]], in_window(DAY(2025, 4, 1), DAY(2025, 5, 1)))
    (ax,) = drawn(Backlog(run))
    (line,) = [line for line in ax.lines if line.get_label() == "baseline"]
    assert list(line.get_ydata()) == [0, 30]
    (band,) = ax.collections
    assert band.get_paths()[0].vertices[:, 1].max() == 40
    assert Backlog(run).finding() == "Backlog rises from 0 A100e to 30 A100e at the end"
    assert list(drawn(Backlog(CASES["one replication"]))[0].collections) == []
    assert (
        Backlog(CASES["one replication"]).describe()
        == "At the end, mean (95 % interval): baseline 1.000 million A100e."
    )


def test_a_title_says_whether_it_rises_falls_or_stays() -> None:
    window = in_window(DAY(2025, 4, 1), DAY(2025, 5, 1))
    for values, said in (
        ([100.0, 50.0], "Backlog falls from 100 A100e to 50 A100e at the end"),
        ([100.0, 101.0], "Backlog ends near where it begins, at 101 A100e"),
        ([100.0, 100.0], "Backlog is 100 A100e throughout"),
    ):
        assert Backlog(a_run({}, [values] * 2, window)).finding() == said
    apart = a_run({}, [[200.0, 400.0], [251.0, 601.0], [220.0, 120.0]], window)
    assert Backlog(apart).finding() == "Backlog: from 224 A100e to 370 A100e at the end, no clear change"
    one = a_run({}, [[100.0, 50.0]], window)
    assert Backlog(one).finding() == "Backlog falls from 100 A100e to 50 A100e at the end"


def test_a_window_too_short_to_show_is_no_time_without_deliveries() -> None:
    run = a_run(scenario=in_window(DAY(2025, 4, 1), DAY(2025, 4, 22)))
    run.series = {key: 0 * values for key, values in run.series.items()}
    for kind in (Sources, Flows):
        assert kind(run).finding() == "The period is too short to show"
    assert Backlog(run).finding() == "Backlog is 0 A100e"
    year = Fan(a_run(), "delivered", (DAY(2025, 2, 1), DAY(2025, 5, 1)))
    assert year.finding() == "Delivered compute is 300,000 A100e in 2025"
    assert Revenue(run, CAMBRICON).finding().endswith(": the period is too short to show: it has no whole quarter")
    nothing = named(a_run(NOTHING), "nothing")
    assert Sources(Comparison([a_run(), nothing])).finding() == "Nothing is delivered in nothing"


def test_titles_of_comparisons_name_no_difference_that_the_pairs_leave_open() -> None:
    """The same mean difference, once alike in every pair and once from a single one."""
    base = a_run()
    for gains, clear in ((np.ones(12), True), (np.eye(12)[0] * 12, False)):
        other = named(base, "other")
        other.series = {
            key: values * (1 + gains[:, None] * (key[1] in ("", "h20", route("Huawei", "state"))))
            for key, values in base.series.items()
        }
        told = [kind(Comparison([base, other])).finding() for kind in (Fan, Sources, Flows)]
        assert [" in other" in each and "clear" not in each for each in told] == [clear] * 3, told


def test_a_fan_shows_each_scenarios_mean_and_the_bands_of_the_base() -> None:
    (ax,) = drawn(Fan(COMPARED["two others"]()))
    for run in runs():
        (line,) = [line for line in ax.lines if line.get_label() == run.scenario.name]
        assert line.get_ydata() == pytest.approx(run.series["backlog", ""].mean(axis=0))
    base = runs()[0].series["backlog", ""]
    tops = [band.get_paths()[0].vertices[:, 1].max() for band in ax.collections]
    assert tops == pytest.approx([np.quantile(base, share, axis=0).max() for share in (0.9, 0.75)])


def test_the_fans_words_say_how_well_each_mean_is_known() -> None:
    picture = Fan(COMPARED["two others"]())
    told = picture.describe()
    for run in runs():
        unit, mean, interval, _ = cells(summarise(run.series["backlog", ""][:, -1]), "A100e")
        assert f"{run.scenario.name} {mean} {unit} ({interval})" in told
    assert "(95" not in Fan(COMPARED["one replication"]()).describe().replace("(95 % interval)", "")
    ends = {run.scenario.name: run.series["backlog", ""][:, -1].mean() for run in runs()}
    far = max(ends, key=lambda name: abs(ends[name] - ends["baseline"]))
    assert re.fullmatch(rf"Backlog at the end: .* in baseline, .* in {far}", picture.finding())


def test_a_total_is_a_level_for_each_whole_year_and_a_part_of_a_year_is_left_out() -> None:
    run = runs()[0]
    picture = Fan(run, "delivered")
    (line,) = picture.lines
    assert sorted(set(line.mean)) == pytest.approx(sorted(run["delivered", year].mean() for year in (2024, 2025)))
    assert (day_at(line.days[0]).year, day_at(line.days[-1])) == (2024, DAY(2025, 12, 31))
    assert "A100e a year" in notes(picture)
    for told in (picture.caption(), picture.describe()):
        assert "2026 left out: the window has only a part of it." in told
    assert re.fullmatch(r"Delivered compute: from .* in 2024 to .* in 2025, no clear change", picture.finding())
    (share,) = Fan(run, "domestic_share").lines
    assert day_at(share.days[-1]) == DAY(2026, 1, 31), "a share of a part of a year is shown"


def test_a_total_is_what_the_years_add_up_to() -> None:
    run = runs()[0]
    yearly = {key.at(None) for key in run.outcomes if isinstance(key.period, int)}
    there = [key for key in yearly if (run[key] > 0).any()]
    adds_up = {key for key in there if np.allclose(sum(run[key.at(year)] for year in (2024, 2025, 2026)), run[key])}
    assert {"delivered", "market_value", "cancelled", "revenue_huawei"} <= {key.name for key in adds_up}
    assert {key for key in there if is_total(key)} == adds_up


def test_lines_without_values_or_that_end_early_say_so() -> None:
    base, one, other = runs()
    mixed = Comparison([base, without(one, "domestic_share", after=2024), without(other, "domestic_share")])
    picture = Fan(mixed, "domestic_share")
    assert [line.name for line in picture.lines] == ["baseline", "h20-stays (to 2024)"]
    assert "No value to show: tight-border." in picture.caption()
    assert "h20-stays (to 2024) " in picture.describe()


def test_what_has_values_over_time_can_be_a_fan() -> None:
    known = Fan(COMPARED["two others"]()).outcomes
    assert known[0] == Key("backlog")
    known = [key.name for key in known]
    assert {"domestic_share", "market_value", "binds_memory", "revenue_huawei"} <= set(known)
    assert not {"wait_median", "review_weeks"} & set(known)
    assert Fan(runs()[0]).outcome == Key("delivered")
    assert years_of(runs()[0], Key("delivered")) == {2024: True, 2025: True, 2026: False}


# --- What binds ---


def test_what_binds_adds_up_to_the_order_books_with_the_shares_that_the_tables_have() -> None:
    run = runs()[0]
    picture = Binds(run)
    assert set(HUES) == set(CONSTRAINTS)
    total = stacked(picture)
    assert total == pytest.approx(sum(run.series["binds", name].mean(axis=0) for name in CONSTRAINTS))
    (shares,) = picture.shares
    assert sum(shares.values()) == pytest.approx(1)
    assert {name.lower(): share for name, share in shares.items()} == pytest.approx(
        {CONSTRAINTS[key].label: share for key, share in shares_of_books(run).items() if share}
    )
    first, second = sorted(shares, key=lambda name: -shares[name])[:2]
    told = [f"{100 * shares[name]:.0f} %" for name in (first, second)]
    assert picture.finding() == f"{first} holds up {told[0]} of the order books, {second.lower()} {told[1]}"
    assert f"{first} {told[0]}" in notes(picture)
    assert "Holding up nothing in any run: Memory, Licence, Import volume." in picture.describe()
    axes = drawn(Binds(COMPARED["two others"]()))
    assert [ax.get_title() for ax in axes] == [run.scenario.name for run in runs()]


# --- The difference over time ---


def test_a_difference_is_what_has_been_delivered_so_far_pair_by_pair() -> None:
    comparison = COMPARED["two others"]()
    picture = DifferenceOverTime(comparison)
    base, *others = (
        sum(values for (name, _), values in run.series.items() if name == "delivered").cumsum(axis=1) for run in runs()
    )
    for ax, line, other in zip(drawn(picture), picture.lines, others, strict=True):
        assert line.values == pytest.approx(other - base)
        (mean,) = [each for each in ax.lines if each.get_label() == line.name]
        assert mean.get_ydata() == pytest.approx((other - base).mean(axis=0))
        tops = [band.get_paths()[0].vertices[:, 1].max() for band in ax.collections]
        assert tops == pytest.approx([np.quantile(other - base, share, axis=0).max() for share in (0.9, 0.75)])


def test_the_titles_verdict_is_the_one_of_the_tables() -> None:
    """With few replications nothing is clear, however large the mean is; with a clear row the title has its number."""
    comparison = COMPARED["two others"]()
    told = DifferenceOverTime(comparison).finding()
    assert told.startswith("Delivered compute: ")
    for name in comparison.names[1:]:
        row = comparison.row(name, "delivered")
        unclear = {"cannot tell": "may or may not differ", "too small to matter": "differs too little to matter"}
        side = "above" if row.mean > 0 else "below"
        assert f"{name} {unclear[row.verdict]}" in told if row.verdict in unclear else f" {side} baseline (" in told
    clear = a_run({**NOTHING, "h20": [500.0] * POINTS}), named(a_run({**NOTHING, "h20": [750.0] * POINTS}), "more")
    for run, size in zip(clear, (500.0, 750.0), strict=True):
        run.outcomes[Key("delivered")] = np.full(12, size * (POINTS - 1)) + np.arange(12)
    told = DifferenceOverTime(Comparison(list(clear))).finding()
    assert told == "Delivered compute: more ends 16,200 A100e above baseline (+49 %)"


def test_a_difference_can_be_of_any_outcome_over_time_and_of_a_period() -> None:
    comparison = COMPARED["one other"]()
    base, other = comparison.runs
    backlog = DifferenceOverTime(comparison, "backlog")
    assert backlog.lines[0].values == pytest.approx(other.series["backlog", ""] - base.series["backlog", ""])
    yearly = DifferenceOverTime(comparison, "domestic_share").lines[0]
    assert set(yearly.mean) == {
        (other["domestic_share", y] - base["domestic_share", y]).mean() for y in (2024, 2025, 2026)
    }
    late = DifferenceOverTime(comparison, period=(DAY(2025, 1, 1), DAY(2026, 2, 1))).lines[0]
    whole = DifferenceOverTime(comparison).lines[0]
    assert late.mean[-1] - late.mean[0] == pytest.approx(whole.mean[-1] - whole.mean[-len(late.mean)])


# --- Flows ---


def test_flows_are_amounts_by_segment_and_origin() -> None:
    run = CASES["baseline"]
    picture = Flows(run)
    assert list(picture.segments) == ["State", "Cloud", "Other"], "the largest first"
    found = {(part.name, s): float(part.values[n, 0]) for n, s in enumerate(picture.segments) for part in picture.parts}
    assert {key: value for key, value in found.items() if value} == {
        ("Huawei", "State"): pytest.approx(1.2e6),
        ("Huawei", "Cloud"): pytest.approx(3e5),
        ("Nvidia", "Cloud"): pytest.approx(4e5),
        ("Grey channel", "Other"): pytest.approx(1e5),
    }
    (ax,) = drawn(Flows(run))
    assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(sum(FLOWS.values()) / 1e6)
    assert Flows(run).finding() == "State projects get 60 % of compute, 100 % of theirs from Huawei"
    assert Flows(run).describe() == (
        "State in baseline 1.2 million A100e (Huawei 100 %); Cloud in baseline 700,000 A100e (Huawei 43 %, Nvidia 57 %); "
        "Other in baseline 100,000 A100e (Grey channel 100 %)."
    )


def test_names_cut_alike_stay_apart_and_shares_are_of_all_segments() -> None:
    sides = [f"national-computing-centres-of-the-{side}-region" for side in ("east", "west")]
    names = [*sides, *(f"segment-{n}" for n in range(6))]
    demand = dict.fromkeys(names, BASE.demand["cloud"])
    run = a_run(scenario=dataclasses.replace(BASE, demand=demand))
    run.series |= {("flow", route("Huawei", name)): np.full((12, 2), 50.0) for name in names}
    picture = Flows(run)
    assert list(picture.segments.values()) == names[:6]
    assert [name[-2:] for name in list(picture.segments)[:2]] == [" 1", " 2"]
    assert " projects get 12 % of compute, 100 % of theirs from Huawei" in picture.finding()
    assert "Not shown: 2 smaller segments with 25 % of compute." in picture.caption()
    base, other = (named(run, name) for name in sides)
    assert len(set(Fan(Comparison([base, other])).names)) == 2


def test_each_scenario_has_a_bar_in_each_segment() -> None:
    comparison = COMPARED["two others"]()
    picture = Flows(comparison)
    (ax,) = drawn(picture)
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert rows[:3] == [f"{next(iter(picture.segments))}: {name}" for name in comparison.names]
    assert len(rows) == 3 * len(picture.segments)
    for n, run in enumerate(comparison.runs):
        flows = [values.sum(axis=1).mean() for (name, _), values in run.series.items() if name == "flow"]
        assert picture.sums[:, n].sum() == pytest.approx(sum(flows))
    assert flow(runs()[0], "nobody", "cloud") == 0


# --- Forest ---


def test_a_forest_row_is_the_difference_with_the_interval_of_its_verdict() -> None:
    picture = Forest(COMPARED["two others"]())
    assert tuple(picture.rows) == HEADLINES
    for ax, (outcome, rows) in zip(drawn(picture), picture.rows.items(), strict=True):
        divisor, unit = scale(rows)
        for n, (container, row) in enumerate(zip(ax.containers[1:], rows, strict=True)):
            mark, _, (bar,) = container
            half = row.judgement.half_width / divisor
            assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (pytest.approx(row.mean / divisor), n)
            assert bar.get_segments()[0][:, 0] == pytest.approx([row.mean / divisor - half, row.mean / divisor + half])
        told = [text.get_text() for text in ax.texts]
        assert told == [f"{number(row, divisor)}  {WORDS.get(row.verdict, row.verdict)}" for row in rows]
        assert ax.get_title() == f"{OUTCOMES[outcome].label.capitalize()}\n{unit}"
        low, high = ax.get_xlim()
        assert low <= 0 <= high


def test_the_forests_words_give_each_difference_with_its_verdict_and_the_title_counts_the_clear_ones() -> None:
    picture = Forest(COMPARED["two others"]())
    told = picture.describe()
    row = picture.rows["delivered"][0]
    divisor, _ = scale(picture.rows["delivered"])
    assert f"Delivered compute, thousand A100e: h20-stays {number(row, divisor)}, {verdict_of(row)};" in told
    clear = [row.scenario for rows in picture.rows.values() for row in rows if row.verdict not in (CANNOT, *WORDS)]
    most = max(picture.names[1:], key=clear.count)
    assert picture.finding().startswith(f"{most} clearly changes {clear.count(most) or 'none'} of 6 headline outcomes")
    assert "another 0, the same" in Forest(COMPARED["nothing happens"]()).describe()
    assert "none, cannot tell" in Forest(COMPARED["missing values"]()).describe()


def test_a_single_pair_has_no_interval_and_its_words_claim_none() -> None:
    picture = Forest(COMPARED["one replication"]())
    assert "run more replications" in picture.caption()
    assert picture.finding() == "One pair of replications shows no difference clearly"
    assert all(len(container[2]) == 0 for ax in drawn(picture) for container in ax.containers[1:])


def test_a_number_is_no_finer_than_the_interval_drawn_beside_it() -> None:
    row = Forest(COMPARED["two others"]()).rows["delivered"][0]
    judged = dataclasses.replace(row.judgement, half_width=45.0)
    wide = dataclasses.replace(row, mean=-13.46, half_width=2.1, margin=1.0, judgement=judged)
    assert number(wide, 1.0) == "\u221213"
    unknown = dataclasses.replace(judged, half_width=math.nan)
    assert number(dataclasses.replace(wide, judgement=unknown), 1.0) == "\u221213.5", "that of the row itself"
    assert number(dataclasses.replace(wide, mean=0.0), 1.0) == "0"


# --- Policies ---

FOUR = [load(name).scenario for name in ("baseline", "h20-stays", "early-embargo", "tight-border")]
SHIPPED = [scenario.name for scenario in shipped_scenarios()]


def with_policies(policies: dict[str, Policy], **changes: object) -> Scenario:
    return dataclasses.replace(BASE, policies=policies, **changes)


def ban(day: datetime.date, product: str = "h20", **more: object) -> Policy:
    return Policy.of(Ban(product=product), effective=day, **more)


def test_what_all_share_is_one_row_and_what_differs_says_who_has_it() -> None:
    assert [(row.actor, row.key, row.whose) for row in policy_rows(FOUR)] == [
        ("export authority", "threshold-october-2023", "not in early-embargo"),
        ("export authority", "threshold-october-2023", "only in early-embargo"),
        ("export authority", "enforcement-2024", "only in tight-border"),
        ("export authority", "memory-control", ""),
        ("export authority", "h20-block", "not in h20-stays"),
        ("export authority", "diffusion-rule", ""),
        ("state", "domestic-only", ""),
        ("state", "ai-plus", ""),
    ]
    other = with_policies({"block": ban(DAY(2025, 4, 1), source="elsewhere")}, name="other")
    (row,) = policy_rows([with_policies({"block": ban(DAY(2025, 4, 1))}), other])
    assert row.scenarios == ("baseline", "other"), "other words about the source make no other rule"


def test_every_action_has_an_actor_among_the_levers() -> None:
    assert {action.actor for action in ACTIONS.values()} <= set(LEVERS)


@pytest.mark.parametrize(
    "name", [name for name in SHIPPED if name not in {"baseline", "front-running", "h20-stays-no-mandate"}]
)
def test_the_shipped_scenarios_agree_about_who_decides(name: str) -> None:
    sourced = load(name)
    changed = load(Path(sourced.files[1]).stem).scenario
    assert {row.actor for row in policy_rows([changed, sourced.scenario]) if row.whose} <= {sourced.scenario.lever}


def test_another_rule_ends_a_bar() -> None:
    scenario = with_policies(
        {
            "ban": Policy.of(Ban(threshold=0.4), effective=DAY(2023, 6, 1)),
            "lift-one": Policy.of(Lift(product="h20"), effective=DAY(2024, 1, 1)),
            "lift-all": Policy.of(Lift(threshold=0.1), effective=DAY(2025, 1, 1)),
            "watch": Policy.of(Enforcement(interception=0.2), effective=DAY(2023, 2, 1)),
            "watch-more": Policy.of(Enforcement(interception=0.4), effective=DAY(2024, 2, 1)),
            "block": ban(DAY(2026, 1, 1)),
            "given-up": Policy.of(Lift(product="h20"), effective=DAY(2026, 3, 1), withdrawn=DAY(2026, 2, 1)),
        }
    )
    ends = {row.key: row.end for row in policy_rows([scenario])}
    assert {key: end for key, end in ends.items() if end} == {
        "ban": DAY(2025, 1, 1),
        "lift-one": DAY(2026, 1, 1),
        "watch": DAY(2024, 2, 1),
    }


def test_bars_reach_from_day_to_day_and_what_is_withdrawn_is_hollow() -> None:
    picture = Policies(a_run())
    (ax,) = drawn(picture)
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    assert bars == [(day_number(row.policy.effective), day_number(DAY(2028, 1, 1))) for row in picture.rows]
    (hollow,) = [bar for bar in ax.patches if bar.get_facecolor()[3] == 0]
    assert hollow.get_x() == day_number(DAY(2025, 5, 15))
    announced = [tuple(line.get_xdata()) for line in ax.lines if line.get_gid() == "announced"]
    assert (day_number(DAY(2025, 1, 1)), day_number(DAY(2025, 5, 12))) in announced
    told = [label.get_text() for label in ax.get_yticklabels()]
    assert "H20 block, Apr 2025 (export authority)\nno H20" in told
    assert any(text.startswith("Diffusion rule, withdrawn May 2025 (export authority)\nimports from") for text in told)
    assert "H20 block (export authority): no H20, from 2025-04-" in picture.describe()
    assert picture.finding() == "5 rules take effect, Oct 2023 to Mar 2026; 1 is withdrawn"
    late = Policies(a_run(), period=(DAY(2027, 1, 1), DAY(2027, 6, 1)))
    assert "Diffusion rule" not in {row.name for row in late.rows}
    assert late.finding() == "No rule takes effect in this time"


def test_rules_outside_the_window_are_left_out_and_those_without_room_are_counted() -> None:
    outside = with_policies({"old": ban(DAY(2022, 10, 7)), "late": ban(DAY(2029, 3, 1))})
    picture = Policies(a_run(scenario=outside))
    (ax,) = drawn(picture)
    assert [label.get_text().split("\n")[0] for label in ax.get_yticklabels()] == ["Old, Oct 2022 (export authority)"]
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [
        (day_number(BASE.window.start), (BASE.window.end - BASE.window.start).days)
    ], "one acts from the first day on, the other not here"
    assert picture.finding() == "No rule takes effect in this time"
    assert "22 more rules are not shown here." in Policies(CASES["forty policies"]).caption()
    assert Policies(CASES["forty policies"]).describe().count("no H20, from") == 40
    assert "No rule acts in this scenario" in notes(Policies(CASES["no policies"]))


def test_what_differs_between_scenarios_is_the_title() -> None:
    picture = Policies(COMPARED["two others"]())
    assert picture.finding() == "Enforcement only in tight-border; H20 block not in h20-stays"
    assert [row.whose for row in picture.rows if row.others] == ["only in tight-border", "not in h20-stays"]
    base = runs()[0]
    assert Policies(Comparison([base, named(base, "same")])).finding() == "The rules are the same in every scenario"


# --- Revenue ---


def test_a_figure_is_of_quarters() -> None:
    assert {target.figure: [str(quarter) for quarter in quarters_of(target)] for target in TARGETS[1:5]} == {
        "cambricon-revenue-24": ["2024Q1", "2024Q2", "2024Q3", "2024Q4"],
        "cambricon-revenue-h1-24": ["2024Q1", "2024Q2"],
        "cambricon-revenue-q1-25": ["2025Q1"],
        "cambricon-revenue-q2-25": ["2025Q2"],
    }


def test_quarters_are_whole_and_add_up_to_their_year(tiny_run: Run) -> None:
    assert days_of_quarter(Quarter(2025, 4)) == (day_number(DAY(2025, 10, 1)), day_number(DAY(2026, 1, 1)))
    own = earned(tiny_run, CAMBRICON)
    assert sum(own[Quarter(2023, n)] for n in range(1, 5)) == pytest.approx(tiny_run[CAMBRICON.at(2023)])
    run = a_run(scenario=dataclasses.replace(BASE, window=Window(start=DAY(2023, 2, 1), end=DAY(2023, 10, 2))))
    assert list(earned(run, CAMBRICON)) == [Quarter(2023, 2), Quarter(2023, 3)]


def test_the_line_is_the_mean_and_each_number_a_figure_told_with_its_miss() -> None:
    picture = Revenue(a_run())
    assert picture.outcome == CAMBRICON
    (ax,) = drawn(picture)
    (line,) = [line for line in ax.lines if line.get_label() == "baseline"]
    assert line.get_ydata() == pytest.approx([1e8 * (n + 1) for n in range(len(QUARTERS))])
    marks = [text for text in ax.texts if text.get_gid() == "figure"]
    rows = picture.figures
    assert [row.figure.id for row in rows] == [
        f"cambricon-revenue-{when}" for when in ("23", "h1-24", "24", "q1-25", "q2-25", "q1-26")
    ]
    assert [mark.get_position()[1] for mark in marks] == pytest.approx(
        [figure(row.figure.id).accepted / len(quarters_of(row.target)) for row in rows]
    )
    assert [mark.get_color() == "white" for mark in marks] == [row.target.fitted for row in rows], "on a full circle"
    told = notes(picture)
    # The thirteenth quarter earns 1.3 bn; the article says 2.88 bn.
    assert "6 Q1 2026: 2.88 bn model 1.3 bn (\u221255 %)" in told
    assert "3 2024, fitted: 1.2 bn model 2.6 bn (+117 %)" in told
    misses = [abs(row.miss) for row in rows]
    near = sum(miss <= 0.2 for miss in misses)
    assert picture.finding() == f"The model comes within 20 % of {near or 'none'} of 6 figures of Cambricon's revenue"
    assert all(row.figure.id in picture.describe() for row in rows)


def test_a_figure_outside_the_period_is_not_drawn(tiny_run: Run) -> None:
    assert len(Revenue(tiny_run).figures) == 1
    assert [row.figure.id for row in Revenue(a_run(), period=(DAY(2025, 1, 1), DAY(2026, 1, 1))).figures] == [
        "cambricon-revenue-q1-25",
        "cambricon-revenue-q2-25",
    ]


def test_a_miss_is_no_finer_than_the_models_interval() -> None:
    run = a_run()
    run.outcomes = {
        key: values * np.linspace(0.1, 81.0, 12) if key.outcome == "revenue" else values
        for key, values in run.outcomes.items()
    }
    assert "6 Q1 2026: 2.88 bn model 53 bn (+1,730 %)" in notes(Revenue(run)), "of 52.7 bn, 22 more or less"


def test_a_supplier_without_figures_says_so(tiny_run: Run) -> None:
    picture = Revenue(tiny_run, "revenue_huawei")
    assert {key.name for key in picture.outcomes} == {
        f"revenue_{name}" for name in ("cambricon", "huawei", "hygon", "nvidia")
    }
    assert picture.finding().startswith("Quarterly revenue: Huawei")
    assert "No figure of the articles to compare with." in picture.caption()


def test_a_picture_about_an_outcome_is_titled_so() -> None:
    assert picture_of("fan", runs()[0], "domestic_share").title.startswith("Domestic share: from ")
    assert picture_of("fan", COMPARED["two others"]()).title.startswith("Backlog at the end: ")


def test_where_nobody_sells_anything_there_is_no_suppliers_revenue_to_show() -> None:
    run = a_run()
    run.outcomes = {key: values for key, values in run.outcomes.items() if key.outcome != "revenue"}
    assert "There is nothing to show: no run has a value" in words(picture_of("revenue", run))


def test_ticks_of_wide_axes_are_written_out() -> None:
    """The unit fits the means; an interval may be far wider, and there is no word beyond a billion."""
    forest = drawn(Forest(COMPARED["two others"]()))[0]
    assert [forest.xaxis.get_major_formatter()(tick) for tick in (-1e4, 0.0, 0.25)] == ["\u221210,000", "0", "+0.25"]
    [axes] = Figure().subplots(1, 1, squeeze=False).ravel()
    set_values(axes, 2e16, "yuan")
    assert axes.yaxis.get_major_formatter()(1.5e16) == "15,000,000"
