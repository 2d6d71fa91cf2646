"""Pictures show what the results hold: each kind's numbers, in what is drawn and in its words."""

from __future__ import annotations

import dataclasses
import datetime
import math
import re
from collections.abc import Sequence
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

from sim.articles.figures import read_figures
from sim.base.rounding import cells
from sim.base.statistics import summarise
from sim.experiment.comparison import Comparison
from sim.experiment.differences import HEADLINES
from sim.experiment.run import Run
from sim.outcomes.cards import CONSTRAINTS, OUTCOMES
from sim.outcomes.keys import Key, Quarter
from sim.pictures.axes import day_number, set_values, year_at
from sim.pictures.backlog import Backlog
from sim.pictures.binds import COLOURS, Binds, held, shares, strip
from sim.pictures.choice import picture_of
from sim.pictures.events import Events, events_of
from sim.pictures.fan import Fan, is_total, years_of
from sim.pictures.flows import Flows, flow
from sim.pictures.forest import LOOKS, Forest, number, scale
from sim.pictures.lines import band_of
from sim.pictures.picture import Picture
from sim.pictures.policies import OTHERS, Policies, policy_rows, source_kind
from sim.pictures.revenue import Revenue, earned, printed_revenues, quarter_ends, quarters_of, shipped
from sim.pictures.sources import Sources, delivered_rates, families, products
from sim.scenario.fields import LEVERS
from sim.scenario.load import load
from sim.scenario.load import shipped as shipped_scenarios
from sim.scenario.parts import Policy, Scenario, Window
from sim.scenario.policies.action import ACTIONS
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.enforcement import Enforcement
from sim.scenario.policies.lift import Lift
from sim.studies.hindcast import TARGETS

DAY = datetime.date
CAMBRICON = Key("revenue", "Cambricon")


def drawn(picture: Picture) -> list[Axes]:
    """The picture's axes, on a figure of one's own."""
    figure = Figure(layout="constrained")
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
        "Policy events: A Threshold, Oct 2023; B Enforcement, Jul 2024 (only tight-border); C Memory "
    )
    assert "; D H20 block, Apr 2025 (not h20-stays); " in key
    assert Events([dataclasses.replace(BASE, policies={})]).key() == ""


def test_each_panel_marks_its_own_events_by_the_common_letters() -> None:
    picture = Sources(COMPARED["two others"]())
    for ax, run in zip(drawn(picture), runs(), strict=True):
        told = [text.get_text() for text in ax.texts if text.get_gid() == "event"]
        assert told == [picture.events.letters[event] for event in events_of(run.scenario)]


# --- Sources ---


def test_areas_stack_up_to_what_is_delivered_a_week_over_twelve_weeks_back() -> None:
    run = CASES["baseline"]
    found = products(run)
    assert list(found) == ["domestic", "import", "grey"]
    total = sum(area.values for areas in found.values() for area in areas)
    delivered = sum(run.series["delivered", product].mean(axis=0) for product in BASE.chips)
    for point, back in ((1, 1), (2, 2), (3, 3), (30, 3), (POINTS - 1, 3)):
        assert total[point - 1] == pytest.approx(delivered[point - back + 1 : point + 1].sum() / (4 * back))
    assert sum(area.values for area in families(run)) == pytest.approx(total)
    (ax,) = drawn(Sources(run))
    assert max(path.vertices[:, 1].max() for area in ax.collections for path in area.get_paths()) == pytest.approx(
        total.max()
    )


def test_a_delivery_rate_never_looks_ahead() -> None:
    steps = [0.0] * 10 + [120.0] * 10 + [0.0] * (POINTS - 20)
    rate = delivered_rates(a_run({"h20": steps}))["h20"]  # its first value belongs to the second point
    assert rate[:13] == pytest.approx([0] * 9 + [10, 20, 30, 30])
    assert rate[17:23] == pytest.approx([30, 30, 20, 10, 0, 0])


def test_many_products_are_shown_together_and_nothing_is_lost() -> None:
    run = CASES["many products"]
    found = products(run)
    assert [area.name for area in found["domestic"]][-1] == "10 others"
    whole = sum(area.values for areas in found.values() for area in areas)
    assert whole == pytest.approx(sum(delivered_rates(run).values()))


def test_products_never_delivered_are_named_and_shares_told() -> None:
    picture = Sources(a_run({**NOTHING, "h20": [5.0] * POINTS}))
    assert "Not delivered in any run: Ascend 910B" in picture.caption()
    assert "Imports 100 %" in notes(picture)
    assert picture.describe() == "Effective compute delivered: imports 100 %."
    assert "Nothing is delivered" in notes(Sources(CASES["nothing"]))


def test_panels_have_one_scale() -> None:
    axes = drawn(Sources(COMPARED["two others"]()))
    assert len({ax.get_ylim() for ax in axes}) == 1
    assert axes[0].get_ylim()[1] >= max(sum(area.values for area in families(run)).max() for run in runs())


# --- Bands, backlog, fan ---


def test_a_band_holds_the_middle_eight_tenths_and_of_few_runs_all() -> None:
    band = band_of(np.arange(101.0)[:, None] * np.array([1.0, 2.0]))
    assert (band.low.tolist(), band.high.tolist(), band.name) == ([10, 20], [90, 180], "10-90 % of single runs")
    few = band_of(np.array([[1.0], [5.0], [2.0]]))
    assert (few.low[0], few.high[0], few.name) == (1, 5, "lowest to highest of 3 runs")
    assert band_of(np.array([[1.0]])) is None
    assert band_of(np.array([[1.0], [1.0]])) is None


def test_the_backlog_is_the_mean_over_replications_with_its_band() -> None:
    run = a_run({}, [[0.0, 10.0], [0.0, 30.0], [0.0, 50.0]], in_window(DAY(2025, 4, 1), DAY(2025, 5, 1)))
    (ax,) = drawn(Backlog(run))
    (line,) = [line for line in ax.lines if line.get_label() == "mean of 3 runs"]
    assert list(line.get_ydata()) == [0, 30]
    (band,) = ax.collections
    assert band.get_paths()[0].vertices[:, 1].max() == 50
    assert "No band is drawn." in Backlog(CASES["one replication"]).caption()
    assert Backlog(CASES["one replication"]).describe() == (
        "At the end of the window, in the single run: baseline 1.000 million A100e."
    )


def test_a_fan_shows_each_scenarios_mean_and_at_its_end_what_single_runs_do() -> None:
    ax, ends = drawn(Fan(COMPARED["two others"]()))
    for run in runs():
        (line,) = [line for line in ax.lines if line.get_label() == run.scenario.name]
        assert line.get_ydata() == pytest.approx(run.series["backlog", ""].mean(axis=0))
    bars = [list(line.get_ydata()) for line in ends.lines if len(line.get_xdata()) == 2]
    expected = [np.quantile(run.series["backlog", ""][:, -1], [0.1, 0.9]) for run in runs()]
    assert bars == [pytest.approx(list(pair)) for pair in expected]
    assert len(drawn(Fan(COMPARED["one other"]()))) == 1, "two scenarios have bands instead"


def test_the_fans_words_say_how_well_each_mean_is_known() -> None:
    told = Fan(COMPARED["two others"]()).describe()
    assert told.startswith(
        "At the end of the window, mean and, in brackets, its 95 % interval, then 10-90 % of single runs: baseline "
    )
    for run in runs():
        unit, mean, interval, band = cells(summarise(run.series["backlog", ""][:, -1]), "A100e")
        assert f"{run.scenario.name} {mean} {unit} ({interval}; {band})" in told
    few = Fan(Comparison([run.first(5) for run in runs()])).describe()
    assert "its 95 % interval: " in few
    assert "10-90 %" not in few
    assert "(" not in Fan(COMPARED["one replication"]()).describe()


def test_a_total_is_a_level_for_each_whole_year_and_a_part_of_a_year_is_left_out() -> None:
    run = runs()[0]
    picture = Fan(run, "delivered")
    (line,) = picture.lines
    assert sorted(set(line.mean)) == pytest.approx(sorted(run["delivered", year].mean() for year in (2024, 2025)))
    assert (year_at(line.days[0]), line.days[-1]) == (2024, day_number(DAY(2026, 1, 1)))
    assert "A100e a year" in notes(picture)
    for told in (picture.caption(), picture.describe()):
        assert "2026 left out: the window has only a part of it." in told
    assert picture.describe().startswith("In 2025, mean")
    (share,) = Fan(run, "domestic_share").lines
    assert share.days[-1] == day_number(DAY(2026, 2, 1)), "a share of a part of a year is shown"


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


def test_what_binds_adds_up_to_the_order_books_and_strips_to_one() -> None:
    run = runs()[0]
    areas = held(run)
    assert set(COLOURS) == set(CONSTRAINTS)
    total = sum(area.values for area in areas)
    assert total == pytest.approx(sum(run.series["binds", name].mean(axis=0) for name in CONSTRAINTS))
    parts = sum(area.values for area in strip(areas))
    assert parts[total > 0] == pytest.approx(1)
    assert np.isnan(parts[total == 0]).all()
    assert sum(shares(run).values()) == pytest.approx(1)
    picture, (name, share) = Binds(run), next(iter(shares(run).items()))
    assert f"{name} {100 * share:.0f} %" in notes(picture)
    assert picture.describe().startswith(f"Of the order books, summed over time: {name.lower()} {100 * share:.0f} %")
    assert "Holding up nothing in any run: Memory, Licence, Import volume." in picture.caption()
    axes = drawn(Binds(COMPARED["two others"]()))
    assert [ax.get_ylabel().split("\n")[0] for ax in axes] == [run.scenario.name for run in runs()]


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
    assert Flows(run).describe() == (
        "State gets 1.2 million A100e (60 %): Huawei 100 %; Cloud gets 700,000 A100e (35 %): Huawei 43 %, Nvidia 57 %; "
        "Other gets 100,000 A100e (5 %): Grey channel 100 %."
    )


def test_an_amount_is_as_long_in_each_panel_of_a_comparison() -> None:
    comparison = COMPARED["two others"]()
    axes = drawn(Flows(comparison))
    scales = [
        (ax.get_xlim()[1] / ax.get_subplotspec().get_gridspec().get_width_ratios()[n]) for n, ax in enumerate(axes)
    ]
    assert scales == pytest.approx([scales[0]] * len(axes))
    for n, run in enumerate(comparison.runs):
        whole = sum(float(part.values[:, n].sum()) for part in Flows(comparison).parts)
        flows = [values.sum(axis=1).mean() for (name, _), values in run.series.items() if name == "flow"]
        assert whole == pytest.approx(sum(flows))
    assert flow(runs()[0], "nobody", "cloud") == 0


# --- Forest ---


def test_a_forest_row_is_the_difference_with_the_interval_of_its_verdict() -> None:
    picture = Forest(COMPARED["two others"]())
    assert tuple(picture.rows) == HEADLINES
    for ax, (outcome, rows) in zip(drawn(picture), picture.rows.items(), strict=True):
        divisor, unit = scale(rows)
        for n, (container, row) in enumerate(zip(ax.containers[1:], rows, strict=True)):
            mark, _, (bar,) = container
            look, half = LOOKS[row.verdict], row.judgement.half_width / divisor
            assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (pytest.approx(row.mean / divisor), n)
            assert mark.get_marker() == look.marker
            assert bar.get_segments()[0][:, 0] == pytest.approx([row.mean / divisor - half, row.mean / divisor + half])
        told = [text.get_text() for text in ax.texts]
        side = {"more": "right", "less": "left", "neither": "neither side"}[OUTCOMES[outcome].better]
        assert any(text.startswith(f"{unit}; {side} is better") for text in told)
        assert [text for text in told if text.endswith(tuple(LOOKS[row.verdict].word for row in rows))]
        low, high = ax.get_xlim()
        assert low <= 0 <= high


def test_the_forests_words_give_each_difference_with_its_interval_and_verdict() -> None:
    picture = Forest(COMPARED["two others"]())
    told = picture.describe().replace("\u2212", "-").replace(",", "")
    assert told.startswith("In brackets the interval that the verdict rests on of 95 % or more. Compute years ")
    row = picture.rows["delivered"][0]
    divisor, half = scale(picture.rows["delivered"])[0], row.judgement.half_width
    found = re.search(rf"Delivered [^:]*: h20-stays (\S+) \((\S+) to (\S+)\) {row.verdict}", told)
    ends = [row.mean / divisor, (row.mean - half) / divisor, (row.mean + half) / divisor]
    assert [float(text) for text in found.groups()] == pytest.approx(ends, abs=0.06 * half / divisor)
    assert "about one comparison in twenty at most" in picture.caption()
    assert "another 0 in every pair, too small to matter" in Forest(COMPARED["nothing happens"]()).describe()
    assert "no value, cannot tell" in Forest(COMPARED["missing values"]()).describe()


def test_a_single_pair_has_no_interval_and_its_words_claim_none() -> None:
    picture = Forest(COMPARED["one replication"]())
    assert "run more replications" in picture.caption()
    assert "In brackets" not in picture.describe()
    assert all(len(container[2]) == 0 for ax in drawn(picture) for container in ax.containers[1:])


def test_a_number_is_no_finer_than_the_interval_drawn_beside_it() -> None:
    row = Forest(COMPARED["two others"]()).rows["delivered"][0]
    judged = dataclasses.replace(row.judgement, half_width=45.0)
    wide = dataclasses.replace(row, mean=-13.46, half_width=2.1, smallest=1.0, judgement=judged)
    assert number(wide, 1.0) == "\u221213"
    unknown = dataclasses.replace(judged, half_width=math.nan)
    assert number(dataclasses.replace(wide, judgement=unknown), 1.0) == "\u221213.5"
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
        ("export authority", "threshold-october-2023", "changed in early-embargo"),
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
    (hollow,) = [bar for bar in ax.patches if bar.get_facecolor()[:3] == (1, 1, 1)]
    assert hollow.get_x() == day_number(DAY(2025, 5, 15))
    marks = {line.get_marker(): line.get_xdata()[0] for line in ax.lines}
    assert marks == {"o": day_number(DAY(2025, 1, 1)), "x": day_number(DAY(2025, 5, 12))}
    told = [text.get_text() for text in ax.texts]
    assert "Apr 2025: no H20 (article 004)" in told
    assert any(text.startswith("Withdrawn May 2025: imports from 0.4 A100e by licence") for text in told)
    assert "H20 block (export authority; article 004): no H20, from 2025-04-" in picture.describe()


def test_rules_outside_the_window_say_so_and_those_without_room_are_counted() -> None:
    outside = with_policies({"old": ban(DAY(2022, 10, 7)), "late": ban(DAY(2029, 3, 1))})
    told = notes(Policies(a_run(scenario=outside)))
    assert "Since Oct 2022: no H20" in told
    assert "Mar 2029, after the window: no H20" in told
    assert "22 more rules are not shown here." in Policies(CASES["forty policies"]).caption()
    assert Policies(CASES["forty policies"]).describe().count("no H20, from") == 40
    assert Policies(CASES["no policies"]).describe() == "No rule acts."


def test_colours_of_a_comparison_have_words() -> None:
    picture = Policies(COMPARED["two others"]())
    assert {"in all scenarios", "in the first, not so in all", "not so in the first"} <= set(words(picture.slide()))
    assert [row.whose for row in picture.rows if row.colour == OTHERS] == ["only in tight-border"]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("article 002; the products before the H20 are an assumption", "article 002, assumption"),
        ("articles 000 and 004", "articles 000 and 004"),
        ("a ministry's paper", "a ministry's paper"),
        ("", "no source given"),
    ],
)
def test_the_kind_of_a_source(source: str, kind: str) -> None:
    assert source_kind(ban(DAY(2025, 1, 1), source=source)) == kind


# --- Revenue ---


def test_the_ledgers_revenues_are_found_with_their_quarters_and_use() -> None:
    assert [(row.figure, row.period, len(row.quarters), row.use) for row in shipped()] == [
        ("cambricon-revenue-23", "2023", 4, "fitted"),
        ("cambricon-revenue-h1-24", "H1 2024", 2, "compared"),
        ("cambricon-revenue-24", "2024", 4, "fitted"),
        ("cambricon-revenue-q1-25", "Q1 2025", 1, "compared"),
        ("cambricon-revenue-h1-25", "H1 2025", 2, ""),
        ("cambricon-revenue-q2-25", "Q2 2025", 1, "compared"),
        ("cambricon-revenue-q1-26", "Q1 2026", 1, "compared"),
    ]
    ledger = read_figures()
    assert [row.value for row in shipped()] == [ledger[row.figure].accepted for row in shipped()]
    assert [row.figure for row in shipped() if row.corrected] == ["cambricon-revenue-h1-25"]
    targets = {target.figure: target.keys[0].at(None) for target in TARGETS if target.outcome == "revenue"}
    assert targets.items() <= {row.figure: row.outcome for row in shipped()}.items()


def test_another_suppliers_revenue_in_the_ledger_is_found_too() -> None:
    known = read_figures()["cambricon-revenue-24"]
    new = dataclasses.replace(known, id="huawei-revenue", title="Two Words's revenue", period="9 months 2024")
    dollars = dataclasses.replace(new, unit="dollars")
    growth = dataclasses.replace(new, title="growth of Huawei's revenue over a year before")
    (row,) = printed_revenues([new, dollars, growth, dataclasses.replace(new, period="from Q1 2026")])
    assert (row.figure, row.outcome, row.use) == ("huawei-revenue", Key("revenue", "Two Words"), "")
    assert row.quarters == (Quarter(2024, 1), Quarter(2024, 2), Quarter(2024, 3))


@pytest.mark.parametrize(
    ("period", "quarters"),
    [
        ("Q4 2024", ("2024Q4",)),
        ("H2 2025", ("2025Q3", "2025Q4")),
        ("6 months 2024", ("2024Q1", "2024Q2")),
        ("2023", ("2023Q1", "2023Q2", "2023Q3", "2023Q4")),
        ("Jan 2025", ()),
        ("", ()),
    ],
)
def test_periods_become_quarters(period: str, quarters: Sequence[str]) -> None:
    assert tuple(map(str, quarters_of(period))) == quarters


def test_quarters_are_whole_and_add_up_to_their_year(tiny_run: Run) -> None:
    assert quarter_ends(Quarter(2025, 4)) == (day_number(DAY(2025, 10, 1)), day_number(DAY(2026, 1, 1)))
    own = earned(tiny_run, CAMBRICON)
    assert sum(own[Quarter(2023, n)] for n in range(1, 5)) == pytest.approx(tiny_run[CAMBRICON.at(2023)])
    run = a_run(scenario=dataclasses.replace(BASE, window=Window(start=DAY(2023, 2, 1), end=DAY(2023, 10, 2))))
    assert list(earned(run, CAMBRICON)) == [Quarter(2023, 2), Quarter(2023, 3)]


def test_the_line_is_the_mean_and_each_diamond_a_figure_told_with_its_miss() -> None:
    picture = Revenue(a_run())
    assert picture.outcome == CAMBRICON
    (ax,) = drawn(picture)
    (line,) = [line for line in ax.lines if line.get_label() == "mean of 12 runs"]
    assert line.get_ydata() == pytest.approx([1e8 * (n + 1) for n in range(len(QUARTERS))])
    diamonds = [mark for mark in ax.lines if mark.get_gid() == "figure"]
    assert [mark.get_ydata()[0] for mark in diamonds] == pytest.approx([row.rate for row in shipped()])
    hollow = [mark.get_markerfacecolor() == "white" for mark in diamonds]
    assert hollow == [row.use == "compared" for row in shipped()]
    told = notes(picture)
    # The thirteenth quarter earns 1.3 bn; the article says 2.88 bn.
    assert "7 Q1 2026: 2.88 bn model 1.3 bn (-55 %)" in told
    assert "3 2024: 1.2 bn model 2.6 bn (+117 %)" in told
    assert "5 H1 2025: 2.88 bn, corrected" in told
    said = picture.describe().split("; ")
    for row, part in zip(shipped(), said, strict=True):
        assert part.startswith(row.period)
        assert ("corrected and not as the articles print it" in part) == row.corrected
        assert f"({row.figure}, {row.use or 'neither fitted nor compared'})" in part


def test_a_figure_outside_the_window_is_counted_not_drawn(tiny_run: Run) -> None:
    picture = Revenue(tiny_run)
    assert len(picture.drawn) == 1
    assert "6 figures outside the window." in picture.caption()


def test_a_supplier_without_figures_says_so(tiny_run: Run) -> None:
    picture = Revenue(tiny_run, "revenue_huawei")
    assert {key.name for key in picture.outcomes} == {
        "revenue_cambricon",
        "revenue_huawei",
        "revenue_hygon",
        "revenue_nvidia",
    }
    assert picture.title == "Huawei's revenue by quarter"
    assert "The articles give no revenue of this supplier." in picture.caption()
    assert re.fullmatch(r"The articles give no revenue of Huawei\. [\d.]+ \w+ yuan in Q1 2024\.", picture.describe())


def test_scenarios_that_earn_the_same_are_named() -> None:
    base = a_run()
    same, other = named(base, "same"), named(a_run(revenue=[5e8] * 20), "other")
    told = Revenue(Comparison([base, same, other])).describe()
    assert told.startswith("baseline: 2023 706 million yuan in the articles (cambricon-revenue-23, fitted), model 1 bn")
    assert "; 2024, model 2 bn (+67 %)" in told.split("other: ")[1]
    assert told.endswith("Run by run the same as in baseline: same.")
    assert "It earns the same in every scenario" in Revenue(Comparison([base, same, named(base, "too")])).caption()


def test_a_picture_about_an_outcome_is_titled_so() -> None:
    assert picture_of("fan", runs()[0], "domestic_share").title == "Domestic share over time"
    assert picture_of("fan", COMPARED["two others"]()).title == "Backlog over time, by scenario"


def test_where_nobody_sells_anything_there_is_no_suppliers_revenue_to_show() -> None:
    run = a_run()
    run.outcomes = {key: values for key, values in run.outcomes.items() if key.outcome != "revenue"}
    assert "There is no whole quarter of any supplier's revenue to show" in words(picture_of("revenue", run))


def test_ticks_of_wide_axes_are_written_out() -> None:
    """The unit fits the means; an interval may be far wider, and there is no word beyond a billion."""
    forest = drawn(Forest(COMPARED["two others"]()))[0]
    assert [forest.xaxis.get_major_formatter()(tick) for tick in (-1e4, 0.0, 0.25)] == ["\u221210,000", "0", "+0.25"]
    [axes] = Figure().subplots(1, 1, squeeze=False).ravel()
    set_values(axes, 2e16, "yuan")
    assert axes.yaxis.get_major_formatter()(1.5e16) == "15,000,000"
