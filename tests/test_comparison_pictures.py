"""Pictures of comparisons: they show the runs and their differences, all can be read, and each carries the label."""

from __future__ import annotations

import colorsys
import dataclasses
import datetime
import functools
import io
import itertools
import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.base.rounding import cells
from sim.base.statistics import summarise
from sim.experiment.comparison import Comparison
from sim.experiment.differences import HEADLINES
from sim.experiment.run import Run, run_scenario
from sim.outcomes.cards import OUTCOMES
from sim.pictures.comparison import COMPARISON_PICTURES, comparison_picture
from sim.pictures.files import FORMATS
from sim.pictures.plots.canvas import luminance, outcome_name
from sim.pictures.plots.fan import Fan, draw_fan, fan_notes, fan_outcomes, fan_tells, fans, is_total
from sim.pictures.plots.forest import VERDICT_LOOKS, draw_forest, forest_notes, forest_rows, forest_tells, number, scale
from sim.pictures.plots.heatmap import HIGHER, LOWER, colour_of, draw_heatmap, heat_notes, heat_rows, ink_on
from sim.pictures.plots.panels import panel_boxes
from sim.pictures.plots.scenarios import MOST_OTHERS, left_out, look_of
from sim.pictures.plots.sources import delivered_rates, draw_families, family_rates, highest_rate
from sim.pictures.plots.strips import draw_strips, strip_of
from sim.pictures.plots.timeline import events
from sim.pictures.run import PICTURES, picture
from sim.pictures.slide import Slide, render
from sim.pictures.slim import slim, slim_path, straightened
from sim.scenario.load import load

SMALL = {
    "window.start": "2024-01-01",
    "window.end": "2026-02-01",
    "demand.state.projects": "15 projects/year",
    "demand.cloud.projects": "15 projects/year",
    "demand.other.projects": "15 projects/year",
}


# --- Comparisons to draw ---


def named(run: Run, name: str) -> Run:
    """The same run under another name."""
    sourced = dataclasses.replace(run.sourced, scenario=dataclasses.replace(run.scenario, name=name))
    return Run.of(sourced, run.seed, run.numbers, run.outcomes, run.series)


def without(run: Run, *outcomes: str) -> Run:
    """A run in which no replication has a value of those outcomes."""
    values = {key: np.full(len(run), np.nan) if key[0] in outcomes else own for key, own in run.outcomes.items()}
    return Run.of(run.sourced, run.seed, run.numbers, values, run.series)


def at_rest(run: Run) -> Run:
    """A run in which nothing is asked for, so nothing waits and nothing arrives."""
    outcomes = {key: np.zeros(len(run)) for key in run.outcomes}
    return Run.of(run.sourced, run.seed, run.numbers, outcomes, {key: 0 * own for key, own in run.series.items()})


@functools.cache
def runs() -> tuple[Run, ...]:
    return tuple(
        run_scenario(load(name, SMALL), 12, seed=3, workers=1) for name in ("baseline", "h20-stays", "tight-border")
    )


def many(count: int) -> list[Run]:
    """So many scenarios beside the base, most with long names."""
    others = itertools.cycle(runs()[1:])
    names = ("h20-stays", "tight-border", *(f"a-scenario-whose-name-goes-on-and-on-to-number-{n}" for n in range(9)))
    return [named(run, name) for run, name in zip(others, names[:count], strict=False)]


@functools.cache
def case(name: str) -> Comparison:
    base, h20_stays, tight_border = runs()
    return {
        "two others": lambda: Comparison([base, h20_stays, tight_border]),
        "one other": lambda: Comparison([base, h20_stays]),
        "eight others": lambda: Comparison([base, *many(8)]),
        "ten others": lambda: Comparison([base, *many(10)]),
        "one replication": lambda: Comparison([run.first(1) for run in runs()]),
        "five replications": lambda: Comparison([run.first(5) for run in runs()]),
        "a missing outcome": lambda: Comparison(
            [base, without(h20_stays, "wait_median", "domestic_share"), tight_border]
        ),
        "nothing happens": lambda: Comparison([at_rest(base), named(at_rest(base), "another")]),
    }[name]()


CASES = (
    "two others",
    "one other",
    "eight others",
    "one replication",
    "a missing outcome",
    "nothing happens",
)
each_case = pytest.mark.parametrize("name", CASES)
each_kind = pytest.mark.parametrize("kind", COMPARISON_PICTURES)


@functools.cache
def slide_of(kind: str, name: str, outcome: str | None = None) -> Slide:
    return comparison_picture(kind, case(name), outcome)


@functools.cache
def svg_of(kind: str) -> str:
    return render(slide_of(kind, "two others"), "svg").decode()


def new_axes() -> Axes:
    figure = Figure(figsize=(12.8, 7.2))
    FigureCanvasAgg(figure)
    return figure.add_axes((0.18, 0.165, 0.6, 0.6))


def texts(figure: Figure) -> list[Text]:
    """Every text that is seen; a tick outside the axes is not."""
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    axes = [(ax, axis) for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    every = {
        label
        for _, axis in axes
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        for label in (tick.label1, tick.label2)
    }
    shown = {label for ax, axis in axes if ax.axison for label in axis.get_ticklabels(which="both")}
    return [text for text in found if text not in every or text in shown]


def words_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in texts(figure)]


def box(text: Text) -> Bbox:
    return Text.get_window_extent(text)


def overlap(a: Bbox, b: Bbox) -> bool:
    return a.x0 + 0.5 < b.x1 and b.x0 + 0.5 < a.x1 and a.y0 + 0.5 < b.y1 and b.y0 + 0.5 < a.y1


def assert_readable(slide: Slide) -> None:
    seen = [(text.get_text(), box(text)) for text in texts(slide)]
    assert len(seen) > 4
    for words, where in seen:
        inside = where.x0 >= 0 and where.y0 >= 0 and where.x1 <= slide.bbox.x1 and where.y1 <= slide.bbox.y1
        assert inside, f"{words!r} leaves the picture: {where}"
    for (words, where), (others, there) in itertools.combinations(seen, 2):
        assert not overlap(where, there), f"{words!r} touches {others!r}"


# --- All of it can be read ---


@each_case
@each_kind
def test_no_text_leaves_the_picture_or_touches_another(kind: str, name: str) -> None:
    slide = slide_of(kind, name)
    assert_readable(slide)
    assert [text.get_fontsize() for text in texts(slide) if text.get_text() == LABEL] == [15]


@pytest.mark.parametrize("outcome", ["domestic_share", "binds_memory", "grey_premium", "revenue_cambricon"])
def test_a_fan_of_any_outcome_can_be_read(outcome: str) -> None:
    assert_readable(slide_of("fan", "two others", outcome))
    assert_readable(picture("fan", runs()[0], outcome))


@each_kind
def test_every_text_has_the_contrast_that_reading_asks_for(kind: str) -> None:
    slide = slide_of(kind, "eight others")
    for text in texts(slide):
        ink, paper = luminance(text.get_color()), 1.0
        patch = text.get_bbox_patch()
        if patch is not None and (patch.get_alpha() or 1) == 1:
            paper = luminance(patch.get_facecolor()[:3])
        elif text.get_gid() in ("cell", "legend"):
            centre = text.get_transform().transform(text.get_position())
            faces = [p for p in text.axes.patches if p.get_window_extent().contains(*centre)]
            paper = luminance(faces[0].get_facecolor()[:3]) if faces else 1.0
        pale, dark = max(ink, paper), min(ink, paper)
        assert (pale + 0.05) / (dark + 0.05) >= 4.5, text.get_text()


def test_scenarios_and_verdicts_are_told_apart_without_colour() -> None:
    looks = [look_of(place) for place in range(MOST_OTHERS + 1)]
    assert len({look.marker for look in looks}) == len(looks)
    assert len({(look.dash, look.width) for look in looks}) >= len(looks) - 1
    verdicts = list(VERDICT_LOOKS.values())
    assert len({(look.marker, look.filled) for look in verdicts}) == len({look.word for look in verdicts}) == 5


@pytest.mark.parametrize("times", [-200.0, -30, -11, -5, -1.5, -0.2, 0, 0.2, 1.5, 5, 11, 30, 200])
def test_a_number_on_any_colour_of_the_heat_map_can_be_read(times: float) -> None:
    face = colour_of(times)
    pale, dark = sorted([luminance(face), luminance(ink_on(face))], reverse=True)
    assert (pale + 0.05) / (dark + 0.05) >= 4.5


def test_panels_lie_inside_their_box_and_apart() -> None:
    for count in range(1, 10):
        boxes = panel_boxes(count, (0.1, 0.2, 0.8, 0.6), (0.02, 0.05))
        assert len({(round(wide, 9), round(tall, 9)) for _, _, wide, tall in boxes}) == 1
        for left, bottom, wide, tall in boxes:
            assert left >= 0.1 - 1e-9
            assert bottom >= 0.2 - 1e-9
            assert left + wide <= 0.9 + 1e-9
            assert bottom + tall + 0.05 <= 0.8 + 1e-9
        places = [Bbox.from_bounds(*place) for place in boxes]
        assert not any(a.overlaps(b) for a, b in itertools.combinations(places, 2))


# --- What is shown is what the comparison holds ---


def test_a_fan_shows_each_scenarios_mean_and_the_bases_band() -> None:
    comparison = case("two others")
    ax = draw_fan(new_axes(), comparison.runs)
    for run in comparison.runs:
        (line,) = [line for line in ax.lines if line.get_label() == run.scenario.name]
        assert list(line.get_ydata()) == pytest.approx(list(run.series["backlog", ""].mean(axis=0)))
    (area,) = ax.collections
    assert area.get_label() == "10-90 % of single runs"


def test_bars_tell_what_single_runs_do_at_the_last_point() -> None:
    comparison = case("two others")
    ax = draw_fan(new_axes(), comparison.runs)
    bars = [
        line for line in ax.lines if line.get_transform() == ax.get_yaxis_transform() and len(line.get_xdata()) == 2
    ]
    expected = [np.quantile(run.series["backlog", ""][:, -1], [0.1, 0.9]) for run in comparison.runs]
    assert [list(bar.get_ydata()) for bar in bars] == [pytest.approx(list(ends)) for ends in expected]
    assert all(bar.get_xdata()[0] > 1 for bar in bars)


def until(run: Run, outcome: str, last: int) -> Run:
    """A run in which an outcome has no value after a year."""
    values = {
        (name, period): np.full(len(run), np.nan)
        if name == outcome and isinstance(period, int) and period > last
        else own
        for (name, period), own in run.outcomes.items()
    }
    return Run.of(run.sourced, run.seed, run.numbers, values, run.series)


def right_of_lines(ax: Axes) -> dict[str, list[float]]:
    """Where the marks of single runs stand right of the lines, as shares of the axes' width, by colour."""
    marks: dict[str, list[float]] = {}
    for line in ax.lines:
        if line.get_transform() == ax.get_yaxis_transform():
            marks.setdefault(line.get_color(), []).append(float(line.get_xdata()[0]))
    return marks


def test_marks_and_names_of_a_line_that_ends_early_say_so() -> None:
    """At the edge of the axes they would be read as values of the last years."""
    base, h20_stays, tight_border = runs()
    mixed = [base, until(h20_stays, "domestic_share", 2024), without(tight_border, "domestic_share")]
    mixed.append(named(base, "another"))
    ax = draw_fan(new_axes(), mixed, "domestic_share")
    marks = right_of_lines(ax)
    low, high = ax.get_xlim()
    end = (dates.date2num(datetime.date(2025, 1, 1)) - low) / (high - low)
    early = marks.pop(look_of(1).colour)
    assert all(end < at < end + 0.05 for at in early)
    assert set(marks) == {look_of(0).colour, look_of(3).colour}
    assert all(1 < at < 1.1 for at in itertools.chain(*marks.values()))
    told = [text.get_text() for text in ax.texts if text.get_gid() == "name"]
    assert sorted(told) == ["another", "baseline", "h20-stays (2024)"]
    leaders = [line for line in ax.lines if line.get_transform() == ax.transAxes and line.get_linewidth() == 0.8]
    assert len(leaders) == 2, "nothing ties the third name to the edge, which its line does not reach"
    notes, words = fan_notes(mixed, "domestic_share"), fan_tells(mixed, "domestic_share")
    assert "In brackets: the year of a line's last value." in notes
    assert "No value to show: tight-border." in notes
    assert words.endswith("No value to show: tight-border.")
    assert words.startswith("At each line's end, mean")
    assert "h20-stays in 2024 " in words
    assert "baseline in 2026 " in words


@pytest.mark.parametrize("count", [1, 2, 3])
def test_where_all_lines_end_early_no_mark_stands_at_the_edge(count: int) -> None:
    short = [until(run, "domestic_share", 2024) for run in runs()[:count]]
    ax = draw_fan(new_axes(), short, "domestic_share")
    assert len(right_of_lines(ax)) == (3 if count == 3 else 0)
    assert all(at < 0.6 for at in itertools.chain(*right_of_lines(ax).values()))
    told = [text.get_text() for text in ax.texts if text.get_gid() == "name"]
    assert sorted(told) == [f"{run.scenario.name} (2024)" for run in short]
    assert fan_tells(short, "domestic_share").startswith("In 2024, the last year with a value, mean")


def test_a_line_that_reaches_the_end_has_no_year_behind_its_name() -> None:
    for outcome in ("backlog", "domestic_share"):
        ax = draw_fan(new_axes(), runs(), outcome)
        told = [text.get_text() for text in ax.texts if text.get_gid() == "name"]
        assert sorted(told) == ["baseline", "h20-stays", "tight-border"]
        assert "In brackets: the year" not in fan_notes(runs(), outcome)
        assert "No value to show" not in fan_notes(runs(), outcome)


def test_the_fans_words_say_how_well_each_mean_is_known() -> None:
    told = fan_tells(runs(), "backlog")
    assert told.startswith(
        "At the end of the window, mean and, in brackets, its 95 % interval, then 10-90 % of single runs: baseline "
    )
    for run in runs():
        last = summarise(run.series["backlog", ""][:, -1])
        unit, mean, interval, band = cells(last, "A100e")
        assert f"{run.scenario.name} {mean} {unit} ({interval}; {band})" in told
    assert "10-90 %" not in fan_tells([run.first(5) for run in runs()], "backlog")
    assert "its 95 % interval: " in fan_tells([run.first(5) for run in runs()], "backlog")
    assert "(" not in fan_tells([run.first(1) for run in runs()], "backlog")


def test_two_scenarios_both_have_a_band_and_no_bars() -> None:
    ax = draw_fan(new_axes(), case("one other").runs)
    assert len(ax.collections) == 2
    assert len({area.get_hatch() for area in ax.collections}) == 2
    assert not [line for line in ax.lines if line.get_transform() == ax.get_yaxis_transform()]


def days_of(fan: Fan) -> list[str]:
    return [str(np.datetime64("1970-01-01") + np.timedelta64(int(day), "D")) for day in fan.days]


def test_a_total_is_a_step_over_each_whole_year_and_a_part_of_a_year_is_left_out() -> None:
    (fan,) = fans(runs()[:1], "delivered")
    assert days_of(fan) == ["2024-01-01", "2025-01-01", "2025-01-01", "2026-01-01"]
    means = [float(runs()[0]["delivered", year].mean()) for year in (2024, 2025)]
    assert list(fan.mean) == pytest.approx([means[0]] * 2 + [means[1]] * 2)
    ax = draw_fan(new_axes(), runs()[:1], "delivered")
    (line,) = [line for line in ax.lines if line.get_label() == "baseline"]
    seen = np.array(line.get_ydata(), dtype=float)
    assert set(seen[~np.isnan(seen)]) == set(fan.mean)
    assert np.isnan(seen).sum() == 1, "no slanting line from year to year"
    slide = picture("fan", runs()[0], "delivered")
    told = " ".join(" ".join(words_of(slide)).split())
    assert "A100e a year" in told
    assert "2026 left out: the window has only a part of it." in told
    assert "In 2025, mean" in slide.description
    assert "2026 left out" in slide.description


def test_a_share_or_an_average_of_a_part_of_a_year_is_shown() -> None:
    for outcome in ("domestic_share", "grey_premium"):
        (fan,) = fans(runs()[:1], outcome)
        assert days_of(fan)[-2:] == ["2026-01-01", "2026-02-01"]
        told = " ".join(" ".join(words_of(picture("fan", runs()[0], outcome))).split())
        assert "a year" not in told
        assert "left out" not in told


def test_a_total_is_what_the_years_add_up_to() -> None:
    run = runs()[0]
    yearly = {name for name, period in run.outcomes if isinstance(period, int)}
    years = (2024, 2025, 2026)
    there = [name for name in yearly if (run[name] > 0).any()]
    adds_up = {name for name in there if np.allclose(sum(run[name, year] for year in years), run[name])}
    assert {"delivered", "market_value", "cancelled", "revenue_huawei"} <= adds_up
    assert {name for name in there if is_total(name)} == adds_up
    assert {"backlog", "domestic_share"} <= set(there) - adds_up


def test_a_window_without_a_whole_year_says_why_nothing_is_shown() -> None:
    run = runs()[0]
    window = dataclasses.replace(run.scenario.window, start=datetime.date(2024, 2, 1), end=datetime.date(2024, 9, 1))
    sourced = dataclasses.replace(run.sourced, scenario=dataclasses.replace(run.scenario, window=window))
    short = Run.of(sourced, run.seed, run.numbers, {("delivered", 2024): run["delivered", 2024]}, {})
    slide = picture("fan", short, "delivered")
    assert "There is nothing to show: the window has no whole year" in words_of(slide)
    assert "2024 left out" in slide.description


def test_marks_of_scenarios_on_one_level_lie_apart() -> None:
    run = runs()[0]
    same = [run, *(named(run, f"another-{n}") for n in range(MOST_OTHERS))]
    ax = draw_fan(new_axes(), same, "delivered")
    marks = [line for line in ax.lines if line.get_linestyle() == "None" and len(line.get_xdata()) == 2]
    at = [float(line.get_xdata()[0]) for line in marks if line.get_marker() not in ("", "None")]
    assert len(at) == MOST_OTHERS
    assert min(np.diff(sorted(at))) > 30


def test_what_has_values_over_time_can_be_a_fan_and_nothing_else() -> None:
    known = fan_outcomes(runs()[0])
    assert known[0] == "backlog"
    assert {"domestic_share", "market_value", "binds_memory", "revenue_huawei"} <= set(known)
    assert not {"wait_median", "review_weeks"} & set(known)


def test_an_event_that_a_scenario_does_not_have_is_marked() -> None:
    ax = draw_fan(new_axes(), case("two others").runs)
    told = [text.get_text() for text in ax.texts if text.get_gid() == "event"]
    assert "Apr 2025: H20 block*" in told
    assert "Dec 2024: Memory control" in told
    assert "dotted, with *" in " ".join(" ".join(words_of(slide_of("fan", "two others"))).split())
    alone = draw_fan(new_axes(), runs()[:1])
    assert not any("*" in text.get_text() for text in alone.texts)


def test_panels_of_sources_have_one_scale_and_each_its_families_share() -> None:
    comparison = case("two others")
    slide = slide_of("sources", "two others")
    assert len({ax.get_ylim() for ax in slide.axes}) == 1
    assert [ax.texts[0].get_text() for ax in slide.axes] == ["baseline", "h20-stays", "tight-border"]
    for ax, run in zip(slide.axes, comparison.runs, strict=True):
        told = [text.get_text() for text in ax.texts]
        assert f"Imports {100 * run['import_share'].mean():.0f} %" in told
        rates = family_rates(run)
        assert sum(rates.values()) == pytest.approx(sum(delivered_rates(run).values()))
        assert ax.get_ylim()[1] >= sum(rates.values()).max()
        dashed = {line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"}
        assert len(dashed) == len({day for day, _ in events(run.scenario)})


def test_a_panel_of_sources_stacks_families_in_one_order() -> None:
    run = runs()[0]
    ax = draw_families(new_axes(), run, highest_rate([run]))
    rates = family_rates(run)
    assert list(rates) == ["domestic", "import", "grey"]
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in ax.collections]
    assert tops == pytest.approx([total.max() for total in np.cumsum(list(rates.values()), axis=0)])
    assert len({area.get_hatch() for area in ax.collections}) == 3


def test_a_forest_row_is_the_difference_with_the_interval_of_its_verdict() -> None:
    comparison = case("two others")
    rows = forest_rows(comparison.rows)
    assert tuple(rows) == HEADLINES
    own = rows["delivered"]
    divisor, unit = scale(own)
    assert all(row.judgement.half_width > row.half_width > 0 for row in own)
    ax = draw_forest(new_axes(), own)
    marks = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert [float(mark.get_xdata()[0]) for mark in marks] == pytest.approx([row.mean / divisor for row in own])
    for mark, row in zip(marks, own, strict=True):
        look = VERDICT_LOOKS[row.judgement.verdict]
        assert mark.get_marker() == look.marker
        assert (mark.get_markerfacecolor() == "white") == (not look.filled)
    lines = [line for line in ax.lines if line.get_linewidth() == 2.2]
    ends = [end for row in own for end in (row.mean - row.judgement.half_width, row.mean + row.judgement.half_width)]
    assert [float(end) for line in lines for end in line.get_xdata()] == pytest.approx([end / divisor for end in ends])
    zones = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert [zone.get_x() for zone in zones] == pytest.approx([-row.smallest / divisor for row in own])
    assert [zone.get_width() for zone in zones] == pytest.approx([2 * row.smallest / divisor for row in own])
    told = [text.get_text() for text in ax.texts]
    for row in own:
        assert any(text.endswith(VERDICT_LOOKS[row.judgement.verdict].word) for text in told)
    assert f"{unit}; right is better for buyers" in told


def test_which_side_is_better_is_said_and_never_flipped() -> None:
    rows = forest_rows(case("two others").rows)
    for outcome, own in rows.items():
        ax = draw_forest(new_axes(), own)
        side = {"more": "right", "less": "left", "neither": "neither side"}[OUTCOMES[outcome].better]
        assert f"; {side} is better" in " ".join(text.get_text() for text in ax.texts)
        low, high = ax.get_xlim()
        assert low < 0 < high


def test_a_difference_without_a_value_is_said_and_not_drawn() -> None:
    rows = forest_rows(case("a missing outcome").rows)
    ax = draw_forest(new_axes(), rows["wait_median"])
    told = [text.get_text() for text in ax.texts]
    assert any(text.startswith("no value") for text in told)
    assert len([line for line in ax.lines if line.get_linestyle() == "None"]) == 1


def test_a_strip_holds_the_shares_of_all_that_waits() -> None:
    run = runs()[0]
    strip = strip_of(run)
    known = strip.known
    assert known.any()
    assert strip.edges[-1][known] == pytest.approx(1)
    assert (np.diff(strip.edges[:, known], axis=0) >= 0).all()
    waits = {name: own.mean(axis=0)[known] for (series, name), own in run.series.items() if series == "binds"}
    shares = np.diff(strip.edges[:, known], axis=0)
    for part, share in zip(strip.parts, shares, strict=True):
        key = part.name.lower().replace(" ", "_")
        assert share == pytest.approx(waits[key] / sum(waits.values()))


def test_the_bases_strip_lies_on_top_and_parts_have_hatches() -> None:
    ax = draw_strips(new_axes(), case("two others").runs)
    heights = {text.get_text(): text.get_position()[1] for text in ax.texts if text.get_gid() == "name"}
    assert heights["baseline"] > heights["h20-stays"] > heights["tight-border"]
    looks = {area.get_label(): area.get_hatch() for area in ax.collections}
    assert len(set(looks.values())) == len(looks) > 3


def test_the_heat_map_has_a_cell_for_each_difference_with_its_number_and_verdict() -> None:
    comparison = case("two others")
    scenarios, outcomes, cells = heat_rows(comparison.rows)
    assert scenarios == ["h20-stays", "tight-border"]
    assert tuple(outcomes[: len(HEADLINES)]) == HEADLINES
    ax = draw_heatmap(new_axes(), comparison.rows)
    told = [text.get_text() for text in ax.texts if text.get_gid() == "cell"]
    assert len(told) == len(scenarios) * (len(outcomes) + len(HEADLINES))
    row = cells["h20-stays", "delivered"]
    assert f"{100 * row.relative:+.1f}" in told or f"{100 * row.relative:+.0f}" in told
    assert told.count("cannot tell") == sum(r.judgement.verdict == "cannot tell" for r in comparison.verdicts)
    blue, orange = colour_of(5), colour_of(-5)
    assert luminance(blue) < luminance(colour_of(2)) < 1
    assert blue != orange
    assert colour_of(30) == colour_of(300)


def test_an_outcome_that_exists_in_no_pair_takes_no_column_of_the_heat_map() -> None:
    comparison = case("two others")
    gone = [
        dataclasses.replace(row, pairs=0, mean=math.nan) if row.outcome == "wait_p90" else row
        for row in comparison.rows
    ]
    assert "wait_p90" in heat_rows(comparison.rows)[1]
    assert "wait_p90" not in heat_rows(gone)[1]


def test_few_runs_have_a_range_instead_of_tenths() -> None:
    notes = " ".join(" ".join(words_of(slide_of("fan", "five replications"))).split())
    assert "lowest to highest run" in notes
    assert "10-90 %" not in slide_of("fan", "five replications").description


@each_kind
def test_what_finds_no_room_is_named_first_and_not_in_the_heading(kind: str) -> None:
    slide = slide_of(kind, "ten others")
    name = "a-scenario-whose-name-goes-on-and-on-to-number"
    said = f"9 of 11 scenarios shown; not shown: {name}-6, {name}-7."
    notes = [" ".join(text.split()) for text in words_of(slide) if "scenarios shown" in text]
    assert len(notes) == 1
    assert notes[0].startswith(said)
    assert said in slide.description
    (heading,) = [text for text in words_of(slide) if text.startswith("Compared with")]
    assert "number-6" not in heading
    assert "scenarios shown" not in slide_of(kind, "eight others").description


def test_of_very_many_scenarios_without_room_the_last_are_counted() -> None:
    base, other, _ = runs()
    crowd = [base, *(named(other, f"number-{n}") for n in range(40))]
    assert left_out(crowd, 3) == "9 of 41 scenarios shown; not shown: number-8, number-9, number-10 and 29 more."
    assert "number-39." in left_out(crowd)
    assert left_out(crowd[:9]) == ""


def test_at_most_nine_scenarios_are_drawn() -> None:
    assert len(fans(case("ten others").runs, "backlog")) == MOST_OTHERS + 1
    assert len(slide_of("sources", "ten others").axes) == MOST_OTHERS + 1


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("fan", "It is 0 throughout this window"),
        ("sources", "Nothing is delivered"),
        ("binds", "Nothing waits in this window, or its split is not known"),
    ],
)
def test_an_empty_picture_says_why(kind: str, words: str) -> None:
    assert words in words_of(slide_of(kind, "nothing happens"))


def test_longer_windows_make_room_for_all() -> None:
    base, other, _ = runs()
    early = dataclasses.replace(other.scenario.window, start=base.scenario.window.start.replace(year=2023))
    sourced = dataclasses.replace(other.sourced, scenario=dataclasses.replace(other.scenario, window=early))
    shifted = Run.of(sourced, other.seed, other.numbers, other.outcomes, other.series)
    ax = draw_fan(new_axes(), [base, shifted])
    first = np.datetime64("1970-01-01") + np.timedelta64(round(ax.get_xlim()[0]), "D")
    assert str(first) == "2023-01-01"


# --- Kinds and outcomes by name ---


def test_each_kind_says_what_it_shows_in_a_sentence() -> None:
    for cards in (PICTURES, COMPARISON_PICTURES):
        for card in cards.values():
            assert card.title
            assert card.what.endswith(".")
    assert [kind for kind, card in COMPARISON_PICTURES.items() if card.takes_outcome] == ["fan", "revenue"]
    assert set(COMPARISON_PICTURES) == {
        *("fan", "sources", "forest", "binds", "heatmap", "flows", "policies", "revenue")
    }
    assert set(PICTURES) == {"sources", "backlog", "binds", "fan", "flows", "policies", "revenue"}


@pytest.mark.parametrize(
    ("kind", "outcome", "said"),
    [
        ("fann", None, "no kind of picture is named 'fann'; did you mean 'fan'?"),
        ("xyz", None, "no kind of picture is named 'xyz'; there are fan, sources"),
        ("fan", "domestic_shar", "cannot show 'domestic_shar'; did you mean 'domestic_share'?"),
        ("fan", "wait_median", "cannot show 'wait_median'"),
        ("sources", "delivered", "is about no single outcome; leave 'delivered' out"),
    ],
)
def test_a_wrong_name_is_refused_with_what_is_near(kind: str, outcome: str | None, said: str) -> None:
    with pytest.raises(ChipgateError, match=re.escape(said)):
        comparison_picture(kind, case("two others"), outcome)


def test_a_runs_pictures_refuse_alike() -> None:
    with pytest.raises(ChipgateError, match="did you mean 'backlog'"):
        picture("backlogs", runs()[0])
    with pytest.raises(ChipgateError, match="about no single outcome"):
        picture("binds", runs()[0], "delivered")


def test_the_title_names_the_outcome() -> None:
    assert slide_of("fan", "two others").title == "Backlog over time, by scenario"
    assert picture("fan", runs()[0], "revenue_huawei").title == "Revenue: Huawei over time"
    assert outcome_name("grey_premium") == "Grey premium"


# --- Words, bytes and size ---


@each_kind
def test_a_picture_tells_what_it_shows_in_sentences_with_numbers(kind: str) -> None:
    slide = slide_of(kind, "two others")
    assert slide.description.startswith(f"{LABEL}. ")
    assert (
        "Compared with baseline: h20-stays, tight-border; 12 replications of each scenario, seed 3."
        in slide.description
    )
    told = slide.description.split("seed 3.")[1]
    assert re.search(r"\d", told)
    assert told.endswith(".")
    assert ".." not in told


def test_the_notes_claim_no_more_than_the_statistics() -> None:
    """Holm's procedure keeps the chance of a wrong verdict at about 5 %, since a t interval is about right itself."""
    rows = case("two others").rows
    for notes in (forest_notes(rows), heat_notes(rows)):
        assert "about one comparison in twenty at most" in notes


def test_a_single_pair_has_no_interval_and_its_notes_claim_none() -> None:
    rows = case("one replication").rows
    for notes in (forest_notes(rows), heat_notes(rows)):
        assert "run more replications" in notes
        assert "95 %" not in notes
        assert "one comparison in twenty" not in notes
    ax = draw_forest(new_axes(), forest_rows(rows)["delivered"])
    assert not [line for line in ax.lines if line.get_linewidth() == 2.2]


def test_a_number_is_no_finer_than_the_interval_drawn_beside_it() -> None:
    row = case("two others").row("h20-stays", "delivered")
    judged = dataclasses.replace(row.judgement, half_width=45.0)
    wide = dataclasses.replace(row, mean=-13.46, half_width=2.1, smallest=1.0, judgement=judged)
    assert number(wide, 1.0) == "\u221213"
    assert number(dataclasses.replace(wide, judgement=None), 1.0) == "\u221213.5"
    unknown = dataclasses.replace(judged, half_width=math.nan)
    assert number(dataclasses.replace(wide, judgement=unknown), 1.0) == "\u221213.5"


def test_the_heat_maps_hues_are_no_verdicts() -> None:
    """A reader of both pictures must not take lower for worse."""

    def hue(colour: str) -> float:
        return 360 * colorsys.rgb_to_hsv(*to_rgb(colour))[0]

    verdicts = [hue(look.colour) for look in VERDICT_LOOKS.values() if look.filled]
    for colour in (HIGHER, LOWER):
        assert min(min(abs(hue(colour) - other), 360 - abs(hue(colour) - other)) for other in verdicts) > 30
    assert abs(hue(HIGHER) - hue(LOWER)) > 120


def test_the_forest_is_told_with_its_verdicts() -> None:
    told = slide_of("forest", "two others").description
    row = case("two others").row("h20-stays", "delivered")
    word = row.judgement.verdict
    assert re.search(rf"Delivered, .*?: h20-stays [+\u2212][\d.]+ \([^()]+\), {word}", told)


def test_the_forests_words_give_each_difference_with_the_interval_that_is_drawn() -> None:
    comparison = case("two others")
    told = slide_of("forest", "two others").description.replace("\u2212", "-").replace(",", "")
    assert "In brackets the interval that the verdict rests on of 95 % or more." in told
    for outcome, rows in forest_rows(comparison.rows).items():
        divisor, unit = scale(rows)
        own = told.split(f"{outcome_name(outcome)} {unit}: ")[1].split(". ")[0]
        for row in rows:
            half = row.judgement.half_width / divisor
            if half == 0:
                assert f"{row.scenario} 0 in every pair {row.judgement.verdict}" in own
                continue
            found = re.search(rf"{row.scenario} (\S+) \((\S+) to (\S+)\) {row.judgement.verdict}", own)
            assert found, (row.scenario, own)
            ends = [row.mean / divisor, row.mean / divisor - half, row.mean / divisor + half]
            assert [float(text) for text in found.groups()] == pytest.approx(ends, abs=0.06 * half)
            decimals = {len(text.partition(".")[2]) for text in found.groups()}
            assert decimals == {max(0, 1 - math.floor(math.log10(float(f"{half:.1e}"))))}


def test_the_forests_words_invent_no_interval() -> None:
    told = slide_of("forest", "one replication").description
    assert "In brackets" not in told
    assert " to " not in told.split("seed 3.")[1].replace("too small to matter", "")
    rows = case("nothing happens").rows
    assert "another 0 in every pair, too small to matter" in forest_tells(rows)
    assert "no value, cannot tell" in forest_tells(case("a missing outcome").rows)


@each_kind
def test_a_difference_of_shares_is_told_in_points(kind: str) -> None:
    slide = slide_of(kind, "two others")
    told = " ".join([*words_of(slide), slide.description])
    assert "% points" not in told
    assert (kind in {"forest", "heatmap"}) == bool(re.search(r"\bpoints\b[;,) ]", told.replace("last points", "")))


@each_kind
def test_the_same_comparison_gives_the_same_bytes(kind: str) -> None:
    again = comparison_picture(kind, Comparison(list(runs())))
    assert render(again, "svg").decode() == svg_of(kind)


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_of_every_format_carries_the_label(format: str) -> None:
    data = render(slide_of("forest", "two others"), format)
    if format == "png":
        with Image.open(io.BytesIO(data)) as image:
            assert image.size == (1600, 900)
            assert LABEL in image.info["Comment"]
    else:
        assert LABEL.encode() in data
    assert data == render(slide_of("forest", "two others"), format)


@each_kind
def test_an_svg_is_small_keeps_its_text_and_repeats_no_id(kind: str) -> None:
    svg = svg_of(kind)
    assert len(svg) < 60_000
    words = [element.text for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert LABEL in words
    assert slide_of(kind, "two others").title in words
    ids = re.findall(r'\sid="([^"]*)"', svg)
    assert len(ids) == len(set(ids))
    assert all(name.startswith(f"{kind}-compared-") for name in ids)
    for pointed in re.findall(r'(?:url\(#|href="#)([^")]*)', svg):
        assert pointed in ids


def test_all_pictures_of_a_comparison_and_its_runs_share_no_id() -> None:
    pages = [svg_of(kind) for kind in COMPARISON_PICTURES]
    pages += [render(picture(kind, runs()[0]), "svg").decode() for kind in PICTURES]
    ids = [name for page in pages for name in re.findall(r'\sid="([^"]*)"', page)]
    assert len(ids) == len(set(ids)) > 20


def test_a_notebook_shows_a_slide_with_its_text() -> None:
    slide = slide_of("fan", "two others")
    data, _ = slide._repr_mimebundle_()
    assert data["image/svg+xml"] == svg_of("fan")
    assert data["text/plain"] == slide.description


def test_a_slim_path_lies_where_the_path_does() -> None:
    path = "M 0 0 \nL 10 0.001 \nL 20 -0.001 \nL 30 0 \nL 30 12.3456 \nL 0 12.3456 \nz\n"
    assert slim_path(path) == "M0 0l30 0 0 12.35-30 0z"
    assert straightened([(0, 0), (1, 0.02), (2, 0), (3, 5)]) == [(0, 0), (2, 0), (3, 5)]
    noisy = [(float(n), float(np.sin(n / 3) * 2)) for n in range(100)]
    kept = straightened(noisy)
    drawn = np.interp([x for x, _ in noisy], [x for x, _ in kept], [y for _, y in kept])
    assert np.abs(drawn - [y for _, y in noisy]).max() < 0.07
    assert 20 < len(kept) < 90


def circle(x: float, y: float, radius: float, way: int = 1) -> str:
    """A circle as matplotlib writes one: eight curves from its top."""
    angles = np.pi / 2 + way * np.arange(9) * np.pi / 4
    ends = [(x + radius * np.cos(angle), y + radius * np.sin(angle)) for angle in angles]
    curves = [f"C {a:.6f} {b:.6f} {c:.6f} {d:.6f} {c:.6f} {d:.6f}" for (a, b), (c, d) in itertools.pairwise(ends)]
    return f"M {ends[0][0]:.6f} {ends[0][1]:.6f} \n" + " \n".join(curves) + " \nz\n"


def test_a_circle_of_eight_curves_becomes_two_arcs() -> None:
    assert slim_path(circle(5, 7, 2) + circle(5, 7, -1)) == (
        "M5 9a2 2 0 1 1 0-4a2 2 0 1 1 0 4zM5 6a1 1 0 1 1 0 2a1 1 0 1 1 0-2z"
    )
    assert slim_path(circle(5, 7, 2, way=-1)) == "M5 9a2 2 0 1 0 0-4a2 2 0 1 0 0 4z", "a hole stays a hole"
    square = circle(5, 7, 2).replace("C 3.585786 8.414214", "C 3 9").replace("3.585786 8.414214", "3 9")
    assert "a" not in slim_path(square)


def test_ids_that_nothing_refers_to_go_and_the_label_stays() -> None:
    svg = '<svg id="a"><g id="label"><use href="#b"/></g><g id="c"/><path id="b" d="M 1 2"/></svg>'
    assert slim(svg) == '<svg><g id="label"><use href="#b"/></g><g/><path id="b" d="M1 2"/></svg>'
