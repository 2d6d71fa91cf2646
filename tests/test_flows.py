"""The picture of who gets whose chips: widths are what the run holds, and all of it can be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest
from drawings import assert_readable, assert_same_bytes, new_axes, slide_with, words
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from worlds import baseline, design, foreign, segment, small

from sim.base.rounding import percent
from sim.experiment.replication import Replication
from sim.experiment.run import Run
from sim.outcomes.series import route
from sim.pictures.comparison import FLOWS
from sim.pictures.plots.flows import draw_flows, flows, flows_notes, flows_scale, flows_tells
from sim.pictures.plots.panels import panel_boxes
from sim.pictures.plots.scenarios import MOST_OTHERS
from sim.scenario.load import SourcedScenario
from sim.scenario.parts import Scenario

BASE = baseline()
PANEL = (0.03, 0.5, 0.455, 0.26)


def a_run(amounts: Mapping[tuple[str, str], float], scenario: Scenario = BASE, runs: int = 3, points: int = 5) -> Run:
    """A run in which so many A100e flow in all from an origin to a segment, alike in every replication."""
    origins = [*{chip.supplier for chip in (*scenario.designs.values(), *scenario.imports.values())}, "grey"]
    series = {
        ("flow", route(origin, name)): [0.0] + [amounts.get((origin, name), 0.0) / (points - 1)] * (points - 1)
        for origin in sorted(origins)
        for name in scenario.demand
    }
    return Run(SourcedScenario(scenario, {}, ()), 7, [Replication(n, {}, dict(series)) for n in range(runs)])


def many(suppliers: int, importers: int, segments: int) -> Scenario:
    """A world of many names, long ones too."""
    return small(
        designs={f"chip-{n}": design(supplier=f"Designer of long names {n}") for n in range(suppliers)},
        imports={f"import-{n}": foreign(supplier=f"Vendor {n}") for n in range(importers)},
        demand={f"a-segment-with-a-long-name-{n}": segment() for n in range(segments)},
    )


def every_flow(scenario: Scenario) -> Run:
    names = sorted({chip.supplier for chip in scenario.chips.values()})
    return a_run(
        {
            (name, key): 10.0 ** (1 + (n + m) % 4)
            for n, name in enumerate(names)
            for m, key in enumerate(scenario.demand)
        },
        scenario,
    )


KNOWN = {
    ("Huawei", "state"): 1.2e6,
    ("Huawei", "cloud"): 3e5,
    ("Nvidia", "cloud"): 4e5,
    ("grey", "other"): 1e5,
    ("Cambricon", "cloud"): 40.0,
}
CROWDED = every_flow(many(30, 12, 11))
CASES = {
    "known": a_run(KNOWN),
    "one replication": a_run(KNOWN, runs=1),
    "one flow": a_run({("Nvidia", "cloud"): 5.0}),
    "grey only": a_run({("grey", "state"): 5e9, ("grey", "other"): 5.0}),
    "tiny": a_run({("Huawei", "state"): 1e-4, ("grey", "state"): 1e-5}),
    "one large, all others small": a_run({("Huawei", "state"): 1e7} | {(o, s): 3.0 for o, s in KNOWN if o != "Huawei"}),
    "crowded": CROWDED,
    "nothing": a_run({}),
    "odd names": every_flow(
        small(designs={"a": design(supplier="$x^2$\n\x07<b>&")}, demand={"$s$ \u200b": segment(), "t": segment()})
    ),
}


def ribbons(ax: Axes) -> list[float]:
    """How wide each ribbon is at its left end, in points."""
    found = []
    for patch in ax.patches:
        if patch.get_gid() == "ribbon" and patch.get_facecolor()[3] > 0:
            vertices = patch.get_path().vertices
            found.append(float(vertices[:, 1][np.isclose(vertices[:, 0], vertices[0, 0])].max() - vertices[0, 1]))
    return found


def test_flows_are_sums_over_time_and_means_over_replications() -> None:
    run = a_run(KNOWN)
    run.series["flow", "Huawei to state"] *= np.array([[0.5], [1.0], [np.nan]])
    found = flows(run)
    assert [(one.name, one.family) for one in found.origins] == [
        ("Huawei", "domestic"),
        ("Cambricon", "domestic"),
        ("Nvidia", "import"),
        ("Grey channel", "grey"),
    ]
    assert found.segments == ("State", "Cloud", "Other")
    assert found.origins[0].amounts == pytest.approx((9e5, 3e5, 0.0))
    assert found.total == pytest.approx(1_700_040)
    assert found.received(1) == pytest.approx(700_040)
    assert found.of_family("domestic") == pytest.approx(1_200_040)


def test_all_that_is_delivered_flows_somewhere(tiny_run: Run) -> None:
    delivered = sum(
        float(values.sum(axis=1).mean()) for (name, _), values in tiny_run.series.items() if name == "delivered"
    )
    assert flows(tiny_run).total == pytest.approx(delivered)
    assert delivered > 0


def test_ribbons_are_as_wide_as_what_flows() -> None:
    amounts = {("Huawei", "state"): 6e5, ("Huawei", "cloud"): 3e5, ("Nvidia", "cloud"): 1e5}
    wide = sorted(ribbons(draw_flows(new_axes(), a_run(amounts))))
    assert [each / wide[0] for each in wide] == pytest.approx([1, 3, 6])


def test_ribbons_tile_the_bars_at_both_ends() -> None:
    ax = draw_flows(new_axes(), a_run({(origin, name): 1e5 for origin in ("Huawei", "Nvidia") for name in BASE.demand}))
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    paths = [patch.get_path().vertices for patch in ax.patches if patch.get_gid() == "ribbon"]
    assert (len(bars), len(paths)) == (5, 6)
    for side in (0, 3):  # where a ribbon's lower edge begins and ends
        spans = sorted((float(path[side, 1]), float(path[7 - side, 1])) for path in paths)
        own = [bar for bar in bars if abs(bar.get_x() - paths[0][side, 0]) < 2 * bar.get_width()]
        for bar in own:
            low, high = bar.get_y(), bar.get_y() + bar.get_height()
            inside = [span for span in spans if low - 0.01 < span[0] < high - 0.01]
            assert [span[0] for span in inside] == pytest.approx([low, *(span[1] for span in inside[:-1])])
            assert inside[-1][1] == pytest.approx(high)


def test_panels_have_one_scale() -> None:
    little, much = a_run({("Huawei", "state"): 1e5}), a_run({("Huawei", "state"): 1e5} | {("Nvidia", "cloud"): 7e5})
    scale = flows_scale([little, much])
    assert scale == pytest.approx(8e5)
    alone = ribbons(draw_flows(new_axes(), little, scale=scale, column=False))
    among = ribbons(draw_flows(new_axes(), much, scale=scale, column=False))
    assert min(among) == pytest.approx(alone[0])
    assert max(among) == pytest.approx(7 * alone[0])
    assert ribbons(draw_flows(new_axes(), little))[0] > 5 * alone[0]


def test_a_flow_too_small_to_see_is_a_line() -> None:
    ax = draw_flows(new_axes(), a_run({("Huawei", "state"): 1e7, ("Cambricon", "cloud"): 3.0}))
    lines = [patch for patch in ax.patches if patch.get_gid() == "ribbon" and patch.get_facecolor()[3] == 0]
    assert len(lines) == 1
    assert lines[0].get_linewidth() > 0.5


def test_origins_differ_in_their_hatches() -> None:
    run = a_run({(origin, "state"): 1e5 for origin in ("Huawei", "Cambricon", "Hygon", "Nvidia", "grey")})
    ax = draw_flows(new_axes(), run)
    hatches = [patch.get_hatch() or "" for patch in ax.patches if patch.get_gid() == "ribbon"]
    assert len(set(hatches)) == len(hatches) == 5


def test_amounts_and_shares_stand_at_both_ends() -> None:
    told = words(slide_with(lambda ax: draw_flows(ax, a_run(KNOWN))))
    for text in (
        "Million A100e from",
        "Domestic designs 75 %",
        "Huawei 1.50 (75 %)",
        "Cambricon < 0.01 (< 1 %)",
        "Nvidia 0.40 (20 %)",
        "Grey channel 0.10 (5 %)",
        "State 1.20 (60 %)",
        "Cloud 0.70 (35 %)",
        "domestic 43 %, imports 57 %",
    ):
        assert text in told
    panel = words(slide_with(lambda ax: draw_flows(ax, a_run(KNOWN), column=False), place=PANEL))
    assert {"2.00 million A100e", "Huawei 75 %", "State 60 %"} <= set(panel)


def test_many_suppliers_and_segments_are_drawn_together() -> None:
    found = flows(CROWDED)
    assert [origin.name for origin in found.origins if origin.name.endswith("others")] == ["26 others", "8 others"]
    assert len(found.segments) == 7
    assert found.segments[-1] == "5 others"
    delivered = sum(float(values.sum(axis=1).mean()) for values in CROWDED.series.values())
    assert found.total == pytest.approx(delivered)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("panel", [False, True])
def test_no_text_leaves_the_picture_or_touches_another(case: str, panel: bool) -> None:
    slide = slide_with(
        lambda ax: draw_flows(ax, CASES[case], column=not panel), place=PANEL if panel else (0.062, 0.165, 0.71, 0.605)
    )
    assert_readable(slide, 3)


@pytest.mark.parametrize("place", [(0.03, 0.2, 0.3, 0.2), (0.03, 0.2, 0.22, 0.13)])
def test_small_panels_can_be_read(place: tuple[float, float, float, float]) -> None:
    assert_readable(slide_with(lambda ax: draw_flows(ax, a_run(KNOWN), column=False), place=place), 8)


def test_a_long_name_is_cut_and_its_amount_is_not() -> None:
    told = words(slide_with(lambda ax: draw_flows(ax, CROWDED)))
    cut = [text for text in told if text.startswith("Designer of") and "…" in text]
    assert len(cut) == 4
    assert all(text.endswith(" 0.03 (3 %)") for text in cut)
    assert len(set(cut)) == 4


@pytest.mark.parametrize("count", range(1, MOST_OTHERS + 2))
def test_in_panels_of_any_number_no_name_of_the_baseline_is_cut(count: int) -> None:
    run = a_run(KNOWN | {("Hygon", "other"): 4e4})
    boxes = panel_boxes(count, FLOWS, (0.025, 0.06))
    for place in (boxes[0], boxes[-1]):
        slide = slide_with(lambda ax: draw_flows(ax, run, column=False), place=place)
        told = words(slide)
        assert any(text.startswith("Cambricon ") for text in told)
        assert any(text.startswith("Cloud ") for text in told)
        assert not any("…" in text for text in told)
        assert min(text.get_fontsize() for ax in slide.axes for text in ax.texts) >= 6.5
        assert_readable(slide)


def test_names_in_a_panel_get_no_smaller_than_they_must() -> None:
    (place, *_) = panel_boxes(2, FLOWS, (0.025, 0.06))
    (ax,) = slide_with(lambda ax: draw_flows(ax, a_run(KNOWN), column=False), place=place).axes
    assert {text.get_fontsize() for text in ax.texts} >= {13.0}


def test_where_the_grey_channel_finds_no_room_for_its_name_it_is_grey() -> None:
    small = words(slide_with(lambda ax: draw_flows(ax, a_run(KNOWN), column=False), place=(0.03, 0.2, 0.27, 0.23)))
    assert "Grey 5 %" in small
    large = words(slide_with(lambda ax: draw_flows(ax, a_run(KNOWN))))
    assert any(text.startswith("Grey channel ") for text in large)


def test_a_world_without_flows_says_so() -> None:
    assert "Nothing is delivered in this window" in words(slide_with(lambda ax: draw_flows(ax, CASES["nothing"])))
    run = dataclasses.replace(Replication(0, {}, {("backlog", ""): [0.0]}))
    without = Run(SourcedScenario(BASE, {}, ()), 7, [run])
    assert "There are no flows to show" in words(slide_with(lambda ax: draw_flows(ax, without)))
    assert flows_tells([without]) == "Nothing is delivered."


def test_the_notes_fit_their_three_lines() -> None:
    notes = f"Scenario baseline, 200 replications, seed 1. {flows_notes([a_run(KNOWN)])}"
    told = words(slide_with(lambda ax: ax, notes=notes))
    (shown,) = [text for text in told if text.startswith("Scenario baseline")]
    assert " ".join(shown.split()) == notes


def test_what_it_tells() -> None:
    run = a_run(KNOWN)
    assert flows_tells([run]) == (
        "Other gets 0.100 million A100e (5 %): grey 100 %. "
        "Cloud gets 0.700 million A100e (35 %): domestic 43 %, imports 57 %. "
        "State gets 1.20 million A100e (60 %): domestic 100 %."
    )
    assert flows_tells([run, CASES["nothing"]]).endswith("baseline: Nothing is delivered.")
    assert "mean of 3 runs" in flows_notes([run])
    assert "a single run" in flows_notes([CASES["one replication"]])
    assert "one scale" in flows_notes([run, run])


def test_shares_in_words() -> None:
    assert [percent(share) for share in (0.0, 0.001, 0.006, 0.5, 1.0)] == ["0 %", "< 1 %", "1 %", "50 %", "100 %"]


def test_the_same_run_gives_the_same_small_file() -> None:
    assert_same_bytes(lambda: slide_with(lambda ax: draw_flows(ax, a_run(KNOWN))), 60_000)
    assert_same_bytes(lambda: slide_with(lambda ax: draw_flows(ax, CROWDED)), 60_000)
