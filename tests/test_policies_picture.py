"""The policy timeline: bars from day to day, what differs between scenarios, and all of it can be read."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

import pytest
from drawings import assert_readable, assert_same_bytes, new_axes, slide_with, words
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from worlds import baseline

from sim.pictures.plots.canvas import readable
from sim.pictures.plots.policies import (
    ACTORS,
    OTHERS,
    draw_policies,
    policies_notes,
    policies_tells,
    policy_rows,
    source_kind,
    whose,
)
from sim.scenario.load import load, shipped
from sim.scenario.parts import ACTIONS, LEVERS, Enforcement, Mandate, Policy, Reach, Scenario, Window
from sim.scenario.policy_words import does

BASE = baseline()
DAY = datetime.date
SHIPPED = [each.name for each in shipped()]


def named(*names: str) -> list[Scenario]:
    return [load(name).scenario for name in names]


def with_policies(policies: dict[str, Policy], **changes: object) -> Scenario:
    return dataclasses.replace(BASE, policies=policies, **changes)


def ban(day: datetime.date, product: str = "h20", **more: object) -> Policy:
    return Policy(effective=day, ban=Reach(product=product), **more)


def bars(ax: Axes) -> list[Rectangle]:
    return [patch for patch in ax.patches if patch.get_gid() == "bar"]


def days_of(ax: Axes, bar: Rectangle) -> tuple[datetime.date, datetime.date]:
    low, high = ax.get_xlim()
    start, wide = bar.get_x(), bar.get_width()
    return tuple(
        DAY(1970, 1, 1) + datetime.timedelta(days=round(low + x * (high - low))) for x in (start, start + wide)
    )


FOUR = named("baseline", "h20-stays", "early-embargo", "tight-border")
NINE = named(*["baseline", "h20-stays", "early-embargo", "tight-border", "licence-queue"])
NINE += named("anchor-exit", "tool-squeeze", "front-running", "hbm-crunch")
CROWD = {
    f"a-control-with-a-very-long-name-number-{n}": ban(DAY(2023 + n % 5, 1 + n % 12, 3), source="word " * 30)
    for n in range(60)
}
LONG = {
    "a-name-" * 20: Policy(
        effective=DAY(2027, 12, 30), mandate=Mandate(segments=["a segment " * 9] * 6, compliance=0.5)
    ),
    "$x^2$ \x07": Policy(effective=DAY(2023, 1, 1), announced=DAY(2022, 1, 1), ban=Reach(product="$y$\n\x07")),
}
CASES: dict[str, Sequence[Scenario]] = {
    "baseline": [BASE],
    "four scenarios": FOUR,
    "nine scenarios": NINE,
    "no policy": [with_policies({})],
    "one": [with_policies({"block": ban(DAY(2025, 4, 1))})],
    "sixty": [with_policies(CROWD)],
    "twenty against none": [with_policies({}), with_policies(dict(list(CROWD.items())[:20]), name="another " * 20)],
    "long words": [with_policies(LONG)],
    "ten weeks": [dataclasses.replace(BASE, window=Window(start=DAY(2025, 4, 1), end=DAY(2025, 6, 10)))],
    "forty years": [dataclasses.replace(BASE, window=Window(start=DAY(2020, 1, 1), end=DAY(2060, 1, 1)))],
}


def test_rows_stand_by_who_decides_and_in_order_of_time() -> None:
    assert [(row.actor, row.key) for row in policy_rows([BASE])] == [
        ("export authority", "threshold-october-2023"),
        ("export authority", "memory-control"),
        ("export authority", "h20-block"),
        ("export authority", "diffusion-rule"),
        ("state", "domestic-only"),
        ("state", "ai-plus"),
    ]


def test_what_all_share_is_one_row_and_what_differs_says_who_has_it() -> None:
    assert [(row.key, whose(row)) for row in policy_rows(FOUR)] == [
        ("threshold-october-2023", "changed in early-embargo"),
        ("threshold-october-2023", "only in early-embargo"),
        ("enforcement-2024", "only in tight-border"),
        ("memory-control", ""),
        ("h20-block", "not in h20-stays"),
        ("diffusion-rule", ""),
        ("domestic-only", ""),
        ("ai-plus", ""),
    ]


def test_other_words_about_the_source_make_no_other_rule() -> None:
    other = with_policies({"block": ban(DAY(2025, 4, 1), source="elsewhere")}, name="other")
    (row,) = policy_rows([with_policies({"block": ban(DAY(2025, 4, 1))}), other])
    assert row.scenarios == ("baseline", "other")


def test_many_names_are_counted() -> None:
    (row,) = [row for row in policy_rows(NINE) if row.key == "h20-block" and row.look is not OTHERS]
    assert whose(row) == "not in h20-stays and licence-queue, changed in front-running"
    assert whose(row, names=False) == "not in 2 scenarios, changed in front-running"


def test_every_action_has_an_actor_among_the_levers() -> None:
    assert set(ACTORS) == set(ACTIONS)
    assert set(ACTORS.values()) <= set(LEVERS)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in {"baseline", "front-running"}])
def test_the_shipped_scenarios_agree_about_who_decides(name: str) -> None:
    (scenario,) = named(name)
    differing = {row.actor for row in policy_rows([BASE, scenario]) if whose(row)}
    assert differing <= {scenario.lever}


def test_every_policy_of_the_shipped_scenarios_has_words() -> None:
    told = {does(policy, readable) for name in SHIPPED for policy in load(name).scenario.policies.values()}
    assert {
        "no imports from 0.6 A100e",
        "no H20",
        "foreign memory falls to 10,000 stacks a week",
        "imports from 0.4 A100e by licence, 50 % approved",
        "H20 by licence, 50 % approved, at most 150,000 chips a quarter",
        "domestic chips only for state projects, 90 % comply",
        "1.3 times as many state projects",
        "40 % of grey shipments intercepted",
        "the contract Cambricon cloud ends",
        "no foreign tools for the foundry, which then grows 20 % a year",
    } <= told
    assert does(Policy(effective=DAY(2025, 1, 1), lift=Reach(threshold=0.5))) == "imports from 0.5 A100e may ship again"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("article 002; the products before the H20 are an assumption", "article 002, assumption"),
        ("articles 000 and 004", "articles 000 and 004"),
        ("assumption; the articles only say so", "assumption"),
        ("a ministry's paper", "a ministry's paper"),
        ("", "no source given"),
    ],
)
def test_the_kind_of_a_source(source: str, kind: str) -> None:
    assert source_kind(ban(DAY(2025, 1, 1), source=source)) == kind


def test_bars_reach_from_the_day_it_acts_to_the_windows_end() -> None:
    ax = draw_policies(new_axes(), [BASE])
    end = DAY(2028, 1, 1)
    assert [days_of(ax, bar) for bar in bars(ax)] == [(row.policy.effective, end) for row in policy_rows([BASE])]


def test_another_rule_ends_a_bar() -> None:
    scenario = with_policies(
        {
            "ban": Policy(effective=DAY(2023, 6, 1), ban=Reach(threshold=0.4)),
            "lift-one": Policy(effective=DAY(2024, 1, 1), lift=Reach(product="h20")),
            "lift-all": Policy(effective=DAY(2025, 1, 1), lift=Reach(threshold=0.1)),
            "watch": Policy(effective=DAY(2023, 2, 1), enforcement=Enforcement(interception=0.2)),
            "watch-more": Policy(effective=DAY(2024, 2, 1), enforcement=Enforcement(interception=0.4)),
            "block": ban(DAY(2026, 1, 1)),
            "given-up": Policy(effective=DAY(2026, 3, 1), withdrawn=DAY(2026, 2, 1), lift=Reach(product="h20")),
        }
    )
    ends = {row.key: row.end for row in policy_rows([scenario])}
    assert ends == {
        "ban": DAY(2025, 1, 1),
        "lift-one": DAY(2026, 1, 1),
        "lift-all": None,
        "watch": DAY(2024, 2, 1),
        "watch-more": None,
        "block": None,
        "given-up": None,
    }
    ax = draw_policies(new_axes(), [scenario])
    assert (DAY(2023, 6, 1), DAY(2025, 1, 1)) in [days_of(ax, bar) for bar in bars(ax)]


def test_a_withdrawn_rule_is_hollow_and_dashed_with_a_cross_on_its_day() -> None:
    ax = draw_policies(new_axes(), [BASE])
    hollow = [bar for bar in bars(ax) if bar.get_facecolor()[:3] == (1, 1, 1)]
    assert len(hollow) == 1
    assert hollow[0].get_linestyle() != "solid"
    assert days_of(ax, hollow[0])[0] == DAY(2025, 5, 15)
    (cross,) = [line for line in ax.lines if line.get_marker() == "x"]
    low, high = ax.get_xlim()
    assert low + cross.get_xdata()[0] * (high - low) == pytest.approx((DAY(2025, 5, 12) - DAY(1970, 1, 1)).days)


def test_an_announcement_has_a_circle_on_its_day() -> None:
    ax = draw_policies(new_axes(), [BASE])
    low, high = ax.get_xlim()
    circles = [line.get_xdata()[0] * (high - low) + low for line in ax.lines if line.get_marker() == "o"]
    expected = [(day - DAY(1970, 1, 1)).days for day in (DAY(2024, 9, 2), DAY(2025, 1, 1))]
    assert sorted(circles) == pytest.approx(expected)


def test_what_is_announced_or_withdrawn_before_the_window_has_no_mark_at_its_edge() -> None:
    early = ban(DAY(2023, 6, 1), announced=DAY(2022, 5, 1))
    gone = ban(DAY(2023, 7, 1), announced=DAY(2022, 5, 1), withdrawn=DAY(2022, 8, 1))
    ax = draw_policies(new_axes(), [with_policies({"early": early, "gone": gone})])
    assert not [line for line in ax.lines if line.get_marker() in {"o", "x"}]


def test_rules_outside_the_window_say_so() -> None:
    scenario = with_policies({"old": ban(DAY(2022, 10, 7)), "late": ban(DAY(2029, 3, 1))})
    told = words(slide_with(lambda ax: draw_policies(ax, [scenario])))
    assert "Since Oct 2022: no H20" in told
    assert "Mar 2029, after the window: no H20" in told


def test_what_differs_looks_different_without_colour() -> None:
    ax = draw_policies(new_axes(), FOUR)
    looks = {row.look.hatch for row in policy_rows(FOUR)}
    assert len(looks) == 3
    assert [bar.get_hatch() or "" for bar in bars(ax)] == [
        "" if row.policy.withdrawn else row.look.hatch for row in policy_rows(FOUR)
    ]


@pytest.mark.parametrize("case", CASES)
def test_no_text_leaves_the_picture_or_touches_another(case: str) -> None:
    assert_readable(slide_with(lambda ax: draw_policies(ax, CASES[case])))


def test_rules_without_room_are_counted() -> None:
    slide = slide_with(lambda ax: draw_policies(ax, CASES["sixty"]))
    (ax,) = slide.axes
    (left_out,) = [int(text.split()[1]) for text in words(slide) if text.endswith("more, not shown here")]
    assert len(bars(ax)) + left_out == 60
    assert len(bars(ax)) > 15


def told_below(count: int) -> list[str]:
    """The texts of a comparison in which one rule of so many is changed in a scenario of a long name."""
    keys = [f"rule-{n}" for n in range(count)]
    source = "article 002; assumption: a reason"
    base = {key: ban(DAY(2023, 3, 1 + n % 20), source=source) for n, key in enumerate(keys)}
    other = base | {"rule-0": ban(DAY(2023, 9, 1), source=source)}
    scenarios = [with_policies(base), with_policies(other, name="another-scenario-of-a-name")]
    slide = slide_with(lambda ax: draw_policies(ax, scenarios))
    assert_readable(slide, 4)
    return words(slide)


@pytest.mark.parametrize("count", [1, 5, 7])
def test_the_source_stands_below_on_a_line_of_its_own_where_one_is_too_short(count: int) -> None:
    told = told_below(count)
    assert "only in another-scenario-of-a-name" in told
    assert told.count("article 002, assumption") == count + 1


def test_where_rows_are_low_who_has_a_rule_comes_before_its_source_and_the_notes_promise_no_more() -> None:
    told = told_below(11)
    assert "only in another-scenario-of-a-name" in told
    assert told.count("article 002, assumption") < 12
    assert "where there is room: the source" in policies_notes(FOUR)


def test_no_rule_says_so() -> None:
    none = with_policies({})
    assert "No rule acts in this scenario" in words(slide_with(lambda ax: draw_policies(ax, [none])))
    assert "No rule acts in any of these scenarios" in words(slide_with(lambda ax: draw_policies(ax, [none, none])))
    assert policies_tells([none]) == "No rule acts."


def test_the_notes_fit_their_three_lines() -> None:
    notes = f"Scenario baseline, 200 replications, seed 1. {policies_notes(NINE)}"
    told = words(slide_with(lambda ax: ax, notes=notes))
    (shown,) = [text for text in told if text.startswith("Scenario baseline")]
    assert " ".join(shown.split()) == notes


def test_what_it_tells() -> None:
    told = policies_tells(FOUR)
    assert "H20 block (export authority; article 004): no H20, from 2025-04-01, not in h20-stays." in told
    assert "announced 2025-01-01, withdrawn 2025-05-12, so it never acts." in told
    assert "orange" not in policies_notes([BASE])
    assert "Of 4 scenarios, solid: in all of them" in policies_notes(FOUR)


def test_the_same_scenarios_give_the_same_small_file() -> None:
    assert_same_bytes(lambda: slide_with(lambda ax: draw_policies(ax, NINE)), 60_000)
