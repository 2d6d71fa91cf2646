"""Pictures: what they show is what the run holds, all of it can be read, and each carries the label."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import hashlib
import io
import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from sim.base.label import LABEL
from sim.experiment.replication import Replication
from sim.experiment.run import Run
from sim.outcomes.keys import Key
from sim.pictures.files import FORMATS
from sim.pictures.plots.backlog import draw_backlog
from sim.pictures.plots.canvas import event_name, luminance, readable, shorten, spread, wrap
from sim.pictures.plots.single_runs import spread_of_runs
from sim.pictures.plots.sources import FAMILIES, bands, delivered_rates, draw_sources, never_delivered, sources_notes
from sim.pictures.plots.timeline import draw_events, events, place_flags, stagger_flags
from sim.pictures.run import PICTURES, picture
from sim.pictures.slide import Slide, render
from sim.scenario.load import SourcedScenario, load
from sim.scenario.parts import Policy, Reach, Scenario, Window

BASE = load("baseline").scenario
DAY = datetime.date
AROUND_BLOCK = DAY(2025, 4, 10)


# --- Worlds to draw ---


def a_run(
    delivered: Mapping[str, Sequence[float]] | None = None,
    backlog: Sequence[Sequence[float]] | None = None,
    scenario: Scenario = BASE,
    runs: int = 12,
) -> Run:
    """A run with the series given: `delivered` by product alike in every replication, `backlog` one list a replication."""
    points = int(scenario.window.weeks // 4) + 1
    if delivered is None:
        rise, hump = np.linspace(0, 30000, points), 20000 * np.sin(np.linspace(0, np.pi, points)) ** 2
        delivered = {
            product: (rise if product in scenario.designs else hump) * (1 + n % 3) / 3
            for n, product in enumerate(scenario.chips)
        }
    if backlog is None:
        backlog = [np.linspace(0, 1e6, points) * (1 + n / runs) for n in range(runs)]
    rows = [
        Replication(
            n,
            {Key("domestic_share"): 0.6, Key("import_share"): 0.4},
            {("backlog", ""): list(waiting), **{("delivered", key): list(row) for key, row in delivered.items()}},
        )
        for n, waiting in enumerate(backlog)
    ]
    return Run(SourcedScenario(scenario, {}, ()), 7, rows)


def with_events(*days: datetime.date, names: Sequence[str] = (), scenario: Scenario = BASE) -> Scenario:
    names = names or [f"control-number-{n}-of-them" for n in range(len(days))]
    policies = {name: Policy(effective=day, ban=Reach(product="h20")) for name, day in zip(names, days, strict=True)}
    return dataclasses.replace(scenario, policies=policies)


def with_products(designs: int, imports: int) -> Scenario:
    one, other = BASE.designs["ascend-910b"], BASE.imports["h20"]
    return dataclasses.replace(
        BASE,
        designs={f"very-long-design-name-{n}00x": one for n in range(designs)},
        imports={f"import-{n}00": other for n in range(imports)},
    )


def in_window(start: datetime.date, end: datetime.date) -> Scenario:
    return dataclasses.replace(BASE, window=Window(start=start, end=end))


def days_after(start: datetime.date, *days: int) -> list[datetime.date]:
    return [start + datetime.timedelta(days=n) for n in days]


POINTS = int(BASE.window.weeks // 4) + 1
NOTHING = {product: [0.0] * POINTS for product in BASE.chips}
TALKATIVE = dataclasses.replace(
    BASE, title="A title that goes on " * 12, question="Why, and $how$, & <b>when</b>? " + "And so on. " * 40
)
CROWDED = with_events(*days_after(AROUND_BLOCK, *range(14)))
CASES: dict[str, Run] = {
    "baseline": a_run(),
    "no events": a_run(scenario=dataclasses.replace(BASE, policies={})),
    "fourteen events in two weeks": a_run(scenario=CROWDED),
    "events at both ends": a_run(scenario=with_events(*days_after(BASE.window.start, 0, 0, 3, 1810, 1820, 1825))),
    "fourteen events spread out": a_run(scenario=with_events(*days_after(BASE.window.start, *range(10, 1800, 130)))),
    "forty events": a_run(scenario=with_events(*days_after(BASE.window.start, *range(400, 1600, 30)))),
    "long words": a_run(scenario=TALKATIVE),
    "nothing delivered, nothing waits": a_run(NOTHING, [[0.0] * POINTS] * 12),
    "one replication": a_run(runs=1),
    "three replications": a_run(runs=3),
    "nan": a_run({key: [np.nan] * POINTS for key in BASE.chips}, [[np.nan] * POINTS] * 12),
    "nan in the middle": a_run(
        {key: [5.0] * 20 + [np.nan if key == "h20" else 5.0] * 9 + [5.0] * (POINTS - 29) for key in BASE.chips}
    ),
    "one point with a value": a_run(
        {key: [np.nan] * 7 + [9.0] + [np.nan] * (POINTS - 8) for key in BASE.chips},
        [[np.nan] * 7 + [9.0] + [np.nan] * (POINTS - 8)] * 12,
    ),
    "fifteen designs and nine imports": a_run(scenario=with_products(15, 9)),
    "one product": a_run({"ascend-910b": [100.0] * POINTS}),
    "grey goods": a_run({"ascend-910b": [100.0] * POINTS, "h20": [90.0] * POINTS, "h100": [40.0] * POINTS}),
    "three weeks": a_run(scenario=in_window(DAY(2025, 4, 1), DAY(2025, 4, 22))),
    "ten weeks": a_run(scenario=in_window(DAY(2025, 4, 1), DAY(2025, 6, 10))),
    "fifteen months": a_run(scenario=in_window(DAY(2024, 8, 20), DAY(2025, 11, 20))),
    "forty years": a_run(scenario=in_window(DAY(2020, 1, 1), DAY(2060, 1, 1))),
    "tiny numbers": a_run({"ascend-910b": [3e-4] * POINTS}, [[2e-4] * POINTS] * 2),
}
each_case = pytest.mark.parametrize("case", CASES)
KINDS = ("sources", "backlog", "binds")  # those of one run over time; tests of the others stand beside theirs
each_kind = pytest.mark.parametrize("kind", KINDS)
each_format = pytest.mark.parametrize("format", FORMATS)


@functools.cache
def slide_of(kind: str, case: str) -> Slide:
    return picture(kind, CASES[case])


@functools.cache
def file_of(kind: str, case: str, format: str) -> bytes:
    return render(slide_of(kind, case), format)


def new_axes(width: float = 12.8, height: float = 7.2) -> Axes:
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure.add_axes((0.08, 0.12, 0.7, 0.75))


def texts(figure: Figure) -> list[Text]:
    """Every text that is seen; a tick outside the axes is not."""
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    ticks = {
        label for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for label in axis.get_ticklabels(which="both")
    }
    every = {
        label
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        for label in (tick.label1, tick.label2)
    }
    return [text for text in found if text not in every or text in ticks]


def box(text: Text) -> Bbox:
    """Where the letters stand; a text's own box, not the frame around it."""
    return Text.get_window_extent(text)


def overlap(a: Bbox, b: Bbox) -> bool:
    # A hair of a pixel is rounding.
    return a.x0 + 0.5 < b.x1 and b.x0 + 0.5 < a.x1 and a.y0 + 0.5 < b.y1 and b.y0 + 0.5 < a.y1


def event_texts(figure: Figure) -> list[Text]:
    return [text for text in texts(figure) if text.get_gid() == "event"]


# --- All of it can be read ---

MANY_IN_A_ROW = {"fourteen events spread out", "forty events"}  # here a line may pass behind a label


@each_case
@each_kind
def test_no_text_leaves_the_picture_or_touches_another(kind: str, case: str) -> None:
    slide = slide_of(kind, case)
    file_of(kind, case, "png")
    seen = [(text.get_text(), box(text)) for text in texts(slide)]
    assert len(seen) > 5
    for words, where in seen:
        inside = where.x0 >= 0 and where.y0 >= 0 and where.x1 <= slide.bbox.x1 and where.y1 <= slide.bbox.y1
        assert inside, f"{words!r} leaves the picture: {where}"
    for (words, where), (others, there) in itertools.combinations(seen, 2):
        assert not overlap(where, there), f"{words!r} touches {others!r}"


@each_case
@each_kind
def test_events_labels_stay_in_the_axes_and_no_line_runs_through_their_letters(kind: str, case: str) -> None:
    run = CASES[case]
    slide = slide_of(kind, case)
    (ax,) = slide.axes
    labels = event_texts(slide)
    named = [text for text in labels if not text.get_text().startswith("and ")]
    lines = [line for line in ax.lines if line.get_linestyle() == "--" and line.get_color() == "#1a1a1a"]
    assert len(lines) == len(events(run.scenario))
    assert len(named) == len(lines)
    for text in labels:
        where = box(text)
        assert ax.bbox.x0 - 0.5 <= where.x0 < where.x1 <= ax.bbox.x1 + 0.5, text.get_text()
        assert ax.bbox.y0 <= where.y0 < where.y1 <= ax.bbox.y1 + 0.5, text.get_text()
    for text, line in itertools.product(named, lines):
        (x, _), (_, top) = line.get_transform().transform(line.get_xydata())
        where = box(text)
        if where.x0 - 1 < x < where.x1 + 1 and top > where.y0 + 0.5:
            assert case in MANY_IN_A_ROW, f"a line crosses {text.get_text()!r}"
            paper = text.get_bbox_patch()
            assert text.zorder > line.zorder
            assert paper is not None
            assert paper.get_facecolor() == (1, 1, 1, 1)


@each_kind
def test_every_text_has_the_contrast_that_reading_asks_for(kind: str) -> None:
    slide = slide_of(kind, "baseline")
    for text in texts(slide):
        ink, paper = luminance(text.get_color()), 1.0
        patch = text.get_bbox_patch()
        if patch is not None and (patch.get_alpha() or 1) == 1:
            paper = luminance(patch.get_facecolor()[:3])
        assert (paper + 0.05) / (ink + 0.05) >= 4.5, text.get_text()


def test_data_stay_below_the_events_labels() -> None:
    ax = draw_backlog(new_axes(), CASES["fourteen events in two weeks"])
    lowest = min(box(text).y0 for text in event_texts(ax.figure))
    highest = ax.transData.transform((0, 1e6 * (1 + 11 / 12)))[1]
    assert highest < lowest


def test_crowded_events_stand_half_left_and_half_right() -> None:
    flags = place_flags([100.0, 101.0, 102.0, 103.0], [50.0] * 4, 200.0, 1.0)
    assert flags is not None
    assert [flag.side for flag in flags] == [-1, -1, 1, 1]
    assert [flag.level for flag in flags] == [1, 0, 0, 1]


def test_a_label_stands_right_of_its_line_unless_that_saves_levels_or_it_would_leave() -> None:
    flags = place_flags([10.0, 60.0, 195.0], [60.0] * 3, 200.0, 1.0, turning=1.5)
    assert flags is not None
    assert [(flag.side, flag.level) for flag in flags] == [(1, 0), (1, 1), (-1, 0)]


def test_many_events_in_a_row_stand_on_few_levels_and_a_line_may_pass_behind_a_label() -> None:
    flags = stagger_flags([0.0, 20.0, 40.0, 60.0, 80.0], [30.0] * 5, 200.0, 1.0)
    assert flags is not None
    assert [(flag.side, flag.level) for flag in flags] == [(1, 0), (1, 1), (1, 0), (1, 1), (1, 0)]


def test_a_label_that_fits_on_neither_side_has_no_place() -> None:
    assert place_flags([100.0], [150.0], 200.0, 1.0) is None


def test_events_too_many_to_name_are_counted() -> None:
    scenario = with_events(*days_after(AROUND_BLOCK, *range(60)))
    labels = [text.get_text() for text in event_texts(picture("backlog", a_run(scenario=scenario)))]
    counted = [int(match[1]) for text in labels if (match := re.match(r"and (\d+) later events?, not named", text))]
    assert len(counted) == 1
    assert len(labels) - 1 + counted[0] == 60


def test_an_event_outside_the_window_is_not_marked() -> None:
    scenario = with_events(DAY(2022, 10, 7), DAY(2023, 1, 1), DAY(2027, 12, 31), DAY(2028, 1, 1), names=list("abcd"))
    assert [day for day, _ in events(scenario)] == [DAY(2023, 1, 1), DAY(2027, 12, 31)]


def test_events_are_told_in_words_with_their_date() -> None:
    slide = slide_of("sources", "baseline")
    told = [text.get_text() for text in event_texts(slide)]
    assert told == [
        "Oct 2023: Threshold",
        "Dec 2024: Memory control",
        "Apr 2025: H20 block",
        "Nov 2025: Domestic only",
        "Mar 2026: AI plus",
    ]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ascend-910b", "Ascend 910B"),
        ("ascend-next", "Ascend next"),
        ("siyuan-590", "Siyuan 590"),
        ("hygon-dcu", "Hygon DCU"),
        ("h20", "H20"),
        ("ai-plus", "AI plus"),
        ("hbm_crunch", "HBM crunch"),
        ("rule-of-january", "Rule of January"),
        ("CloudMatrix-384", "CloudMatrix 384"),
    ],
)
def test_keys_become_names(key: str, name: str) -> None:
    assert readable(key) == name


def test_an_events_name_does_not_repeat_its_date() -> None:
    assert event_name("threshold-october-2023", DAY(2023, 10, 17)) == "Threshold"
    assert event_name("threshold-october-2023", DAY(2024, 11, 1)) == "Threshold October 2023"
    assert event_name("october-2023", DAY(2023, 10, 1)) == "October 2023"


def test_a_column_of_texts_keeps_its_order_and_its_distance() -> None:
    assert spread([50, 20], [10, 10], 0, 100) == [50, 20]
    assert spread([50, 50], [10, 10], 0, 100) == [55, 45]
    assert spread([99, 98, 97], [10, 10, 10], 0, 100) == [95, 85, 75]
    assert spread([2, 1], [10, 20], 0, 100) == [25, 10]
    assert spread([], [], 0, 100) == []


def test_words_that_do_not_fit_end_in_an_ellipsis() -> None:
    assert wrap("one two three four five", 9, 2, len) == "one two\nthree fo…"
    assert wrap("one two", 9, 2, len) == "one two"
    assert wrap("of 10-90 % or so", 9, 9, len) == "of\n10-90 %\nor so", "no line begins with a per cent sign"
    assert wrap("incomprehensibilities", 9, 2, len) == "incompre…"
    assert shorten("very long design 300", 12, len, tail=3) == "very lon…300"


def test_a_long_scenario_title_leaves_room_for_the_question() -> None:
    words = [text.get_text() for text in texts(slide_of("backlog", "long words"))]
    (heading,) = [text for text in words if text.startswith("A title that goes on")]
    assert [line[:20] for line in heading.split("\n")] == ["A title that goes on", "Why, and $how$, & <b"]


# --- What is shown is what the run holds ---


def areas(ax: Axes) -> list[PolyCollection]:
    return [item for item in ax.collections if isinstance(item, PolyCollection)]


def heights(area: PolyCollection, day: float) -> tuple[float, float]:
    """Lower and upper edge of an area at one of its points."""
    ys = np.concatenate([path.vertices[path.vertices[:, 0] == day, 1] for path in area.get_paths()])
    return float(ys.min()), float(ys.max())


def test_the_areas_stack_up_to_what_is_delivered_a_week() -> None:
    run = CASES["baseline"]
    ax = draw_sources(new_axes(), run)
    total = sum(run.series["delivered", product].mean(axis=0) for product in BASE.chips)
    first = (BASE.window.start - DAY(1970, 1, 1)).days
    for point, back in ((1, 1), (2, 2), (3, 3), (30, 3), (POINTS - 1, 3)):
        edges = [heights(area, first + 28 * point) for area in areas(ax)]
        assert edges[0][0] == 0
        assert [high for _, high in edges[:-1]] == pytest.approx([low for low, _ in edges[1:]])
        expected = total[point - back + 1 : point + 1].sum() / (4 * back)
        assert edges[-1][1] == pytest.approx(expected)


def test_a_delivery_rate_looks_back_twelve_weeks_and_never_ahead() -> None:
    steps = [0.0] * 10 + [120.0] * 10 + [0.0] * (POINTS - 20)
    rate = delivered_rates(a_run({"h20": steps}))["h20"]  # its first value belongs to the second point
    assert rate[:13] == pytest.approx([0] * 9 + [10, 20, 30, 30])
    assert rate[17:23] == pytest.approx([30, 30, 20, 10, 0, 0])


def test_the_mean_is_over_replications() -> None:
    backlog = [[0.0, 10.0], [0.0, 30.0], [0.0, 50.0]]
    run = a_run({}, backlog, scenario=in_window(DAY(2025, 4, 1), DAY(2025, 5, 1)))
    ax = draw_backlog(new_axes(), run)
    (line,) = [line for line in ax.lines if line.get_label() == "Mean of 3 runs"]
    assert list(line.get_ydata()) == [0, 30]
    (band,) = areas(ax)
    assert heights(band, (DAY(2025, 4, 29) - DAY(1970, 1, 1)).days) == (10, 50)


def test_the_band_holds_the_middle_eight_tenths_of_the_runs() -> None:
    values = np.arange(101.0)[:, None] * np.array([1.0, 2.0])
    band = spread_of_runs(values)
    assert band is not None
    assert band.name == "10-90 % of single runs"
    assert band.low == pytest.approx([10, 20])
    assert band.high == pytest.approx([90, 180])


def test_few_runs_have_a_range_instead_of_tenths() -> None:
    band = spread_of_runs(np.array([[1.0], [5.0], [2.0]]))
    assert band is not None
    assert (band.low[0], band.high[0], band.name) == (1, 5, "Lowest to highest of 3")


@pytest.mark.parametrize(
    ("case", "words"),
    [("one replication", "One run: no band"), ("nothing delivered, nothing waits", "All runs agree: no band")],
)
def test_where_there_is_no_band_the_picture_says_so(case: str, words: str) -> None:
    ax = draw_backlog(new_axes(), CASES[case])
    assert areas(ax) == []
    assert words in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize(
    ("kind", "case", "words"),
    [
        ("sources", "nothing delivered, nothing waits", "Nothing is delivered in this window"),
        ("sources", "nan", "There is no delivery rate to show: values are missing"),
        ("sources", "three weeks", "The window is too short to show"),
        ("backlog", "nothing delivered, nothing waits", "Nothing waits in this window"),
        ("backlog", "nan", "There is no backlog to show: no run has a value"),
    ],
)
def test_an_empty_picture_says_why(kind: str, case: str, words: str) -> None:
    assert words in [text.get_text() for text in texts(slide_of(kind, case))]


def test_a_name_inside_an_area_lies_wholly_inside_it() -> None:
    run = CASES["nan in the middle"]
    ax = draw_sources(new_axes(), run)
    gap = [(BASE.window.start - DAY(1970, 1, 1)).days + 28 * n for n in (19, 31)]
    named = [text for text in ax.texts if text.get_gid() == "name" and text.get_transform() == ax.transData]
    assert len(named) > 3
    for text in named:
        where = box(text).transformed(ax.transData.inverted())
        (area,) = [area for area in areas(ax) if area.get_label() == text.get_text()]
        low, high = heights(area, gap[0] - 28)
        assert low < where.y0 < where.y1 < high
        assert where.x1 < gap[0] or where.x0 > gap[1]
        for day, _ in events(BASE):
            assert not where.x0 < (day - DAY(1970, 1, 1)).days < where.x1


def test_a_time_without_values_is_left_blank() -> None:
    ax = draw_sources(new_axes(), CASES["nan in the middle"])
    missing = (BASE.window.start - DAY(1970, 1, 1)).days + 28 * 24
    assert [len(area.get_paths()) for area in areas(ax)] == [2] * len(BASE.chips)
    for area in areas(ax):
        assert not any((path.vertices[:, 0] == missing).any() for path in area.get_paths())


def test_products_never_delivered_are_named_in_the_caption() -> None:
    run = a_run({**NOTHING, "h20": [5.0] * POINTS})
    assert "Ascend next" in never_delivered(run)
    assert [band.name for band in bands(run)] == ["H20"]
    words = " ".join(" ".join(text.get_text() for text in texts(picture("sources", run))).split())
    assert "Not delivered in any run: Ascend 910B" in words


def test_more_products_than_can_be_told_apart_are_shown_together_and_nothing_is_lost() -> None:
    run = CASES["fifteen designs and nine imports"]
    shown = bands(run)
    assert [band.name for band in shown if band.name[0].isdigit()] == ["8 other designs", "4 other imports"]
    rates = delivered_rates(run)
    assert sum(band.rate for band in shown) == pytest.approx(sum(rates.values()))


def test_two_keys_with_one_name_keep_two_areas() -> None:
    one = BASE.designs["ascend-910b"]
    run = a_run(scenario=dataclasses.replace(BASE, designs={"chip-1": one, "chip_1": one}, imports={}, grey=None))
    assert [band.name for band in bands(run)] == ["Chip 1", "Chip 1"]


@pytest.mark.parametrize("case", ["baseline", "fifteen designs and nine imports", "grey goods"])
def test_areas_are_told_apart_without_colour(case: str) -> None:
    ax = draw_sources(new_axes(), CASES[case])
    hatches = [area.get_hatch() for area in areas(ax)]
    assert len(set(hatches)) == len(hatches)
    for band in bands(CASES[case]):
        # The hatch itself has to show on its area.
        pale, dark = sorted([luminance(band.face), luminance(band.mark)], reverse=True)
        assert (pale + 0.05) / (dark + 0.05) >= 3, band.name


def test_no_hatch_serves_two_families() -> None:
    hatches = [hatch for family in FAMILIES.values() for hatch in family.hatches]
    assert len(set(hatches)) == len(hatches)


def test_families_lie_in_one_order_with_a_thick_border_and_their_share() -> None:
    run = CASES["grey goods"]
    assert [band.family for band in bands(run)] == ["domestic", "import", "grey"]
    ax = draw_sources(new_axes(), run)
    borders = [line for line in ax.lines if line.get_linewidth() == 2]
    assert [float(line.get_ydata()[9]) for line in borders] == [25, 47.5]
    assert "Thick line: border of families." in sources_notes(run)
    names = [text.get_text() for text in ax.texts]
    assert {"Domestic designs 60 %", "Imports 40 %", "Grey channel"} <= set(names)


@pytest.mark.parametrize(("top", "unit"), [(3.0, "A100e"), (3e3, "Thousand A100e"), (3e6, "Million A100e")])
def test_the_unit_suits_the_numbers(top: float, unit: str) -> None:
    ax = draw_backlog(new_axes(), a_run(backlog=[[0.0] * (POINTS - 1) + [top]] * 2))
    assert ax.get_title(loc="left") == f"{unit} waiting"
    ax.figure.canvas.draw()
    assert "3" in [label.get_text() for label in ax.get_yticklabels()]


@pytest.mark.parametrize("draw", [draw_sources, draw_backlog])
@pytest.mark.parametrize("size", [(12.8, 7.2), (6.4, 3.6), (2.0, 1.5)])
def test_a_notebook_may_draw_on_axes_of_its_own(draw: type, size: tuple[float, float]) -> None:
    ax = new_axes(*size)
    assert draw(ax, CASES["baseline"]) is ax
    assert len(ax.lines) > 0


def test_events_may_be_drawn_on_any_axes_over_the_window() -> None:
    ax = new_axes()
    ax.set_xlim(*((day - DAY(1970, 1, 1)).days for day in (BASE.window.start, BASE.window.end)))
    ax.set_ylim(-3, 5)
    assert draw_events(ax, BASE) is ax
    low, high = ax.get_ylim()
    assert low == -3
    assert high > 5
    assert len(event_texts(ax.figure)) == len(events(BASE)) == 5


# --- The label, and the bytes ---


@each_case
@each_kind
def test_the_label_is_large_and_clear_on_every_picture(kind: str, case: str) -> None:
    slide = slide_of(kind, case)
    (label,) = [text for text in texts(slide) if text.get_text() == LABEL]
    assert label.get_fontsize() >= 14
    with Image.open(io.BytesIO(file_of(kind, "baseline", "png"))) as image:
        pixels = np.asarray(image.convert("L"), dtype=float)
    where = box(label)
    letters = pixels[int(pixels.shape[0] - where.y1) : int(pixels.shape[0] - where.y0), int(where.x0) : int(where.x1)]
    assert 0.1 < (letters < 100).mean() < 0.6
    assert letters.max() > 230


@each_kind
def test_the_label_is_in_the_metadata_of_every_format(kind: str) -> None:
    tree = ElementTree.fromstring(file_of(kind, "baseline", "svg"))
    metadata = tree.find("{http://www.w3.org/2000/svg}metadata")
    assert metadata is not None
    assert LABEL in [text.strip() for text in metadata.itertext()]
    assert any(text.startswith(f"{LABEL}. ") for text in metadata.itertext())
    with Image.open(io.BytesIO(file_of(kind, "baseline", "png"))) as image:
        assert LABEL in image.info["Comment"]
        assert LABEL in image.info["Description"]
    assert f"/Keywords ({LABEL})".encode() in file_of(kind, "baseline", "pdf")


@each_format
@each_kind
def test_the_same_run_gives_the_same_bytes(kind: str, format: str) -> None:
    slide = picture(kind, CASES["baseline"])
    first = render(slide, format)
    for other in FORMATS:
        render(slide, other)
    assert render(slide, format) == first
    assert render(picture(kind, a_run()), format) == first
    year = str(datetime.datetime.now(tz=datetime.UTC).year).encode()
    assert b"CreationDate" not in first
    assert b"<dc:date>" + year not in first
    assert render(picture(kind, CASES["one replication"]), format) != first


def digest() -> str:
    """The bytes of every kind in every format, in short."""
    slides = [picture(kind, CASES["baseline"]) for kind in KINDS]
    return hashlib.sha256(b"".join(render(slide, format) for slide in slides for format in FORMATS)).hexdigest()


def test_another_process_gives_the_same_bytes_without_pyplot() -> None:
    here = Path(__file__).parent
    code = "import sys, test_plots; print(test_plots.digest()); print('matplotlib.pyplot' in sys.modules)"
    paths = os.pathsep.join([str(here), str(here.parent)])
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo"}
        result = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert result.stdout.split() == [digest(), "False"]


def test_a_readers_own_settings_neither_reach_a_picture_nor_are_changed() -> None:
    plain = digest()
    own = {
        "font.size": 30,
        "axes.facecolor": "black",
        "svg.fonttype": "path",
        "text.parse_math": True,
        "font.family": "serif",
    }
    with mpl.rc_context(own):
        before = dict(mpl.rcParams)
        assert digest() == plain
        assert dict(mpl.rcParams) == before


@each_case
@each_kind
def test_an_svg_keeps_its_text_and_names_its_ids_after_itself(kind: str, case: str) -> None:
    slide = slide_of(kind, case)
    svg = file_of(kind, case, "svg").decode()
    tree = ElementTree.fromstring(svg)
    words = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert LABEL in words
    assert slide.title in words
    ids = re.findall(r'\sid="([^"]*)"', svg)
    assert f"{kind}-baseline-label" in ids
    assert len(set(ids)) == len(ids)
    assert all(name.startswith(f"{kind}-baseline-") for name in ids)
    for pointed in re.findall(r'(?:url\(#|href="#)([^")]*)', svg):
        assert pointed in ids
    assert "sans-serif" in svg
    if case == "long words":
        assert any(text and text.startswith("Why, and $how$, & <b>when</b>?") for text in words)


def test_two_pictures_in_one_page_share_no_id() -> None:
    run = CASES["baseline"]
    ids = [re.findall(r'\sid="([^"]*)"', render(picture(kind, run), "svg").decode()) for kind in PICTURES]
    flat = [name for own in ids for name in set(own)]
    assert len(flat) == len(set(flat)) > 2 * len(PICTURES)


def test_a_png_is_a_slide_of_1600_by_900() -> None:
    with Image.open(io.BytesIO(render(picture("backlog", CASES["baseline"]), "png"))) as image:
        assert image.size == (1600, 900)


def test_a_picture_says_scenario_replications_and_seed() -> None:
    slide = slide_of("backlog", "baseline")
    words = " ".join(" ".join(text.get_text() for text in texts(slide)).split())
    assert "Scenario baseline, 12 replications, seed 7." in words
    assert "Mean of 12 runs" in words
    assert slide.description.startswith(LABEL)
    assert "Scenario baseline, mean of 12 runs, seed 7." in slide.description
    band = "10-90 % of single runs: 1.092 million A100e to 1.825 million A100e."
    assert slide.description.endswith(f"At the end 1.458 million A100e wait on average. {band}")


def test_an_unknown_format_is_refused_with_those_known() -> None:
    with pytest.raises(ValueError, match="svg, png, pdf"):
        render(picture("backlog", CASES["one replication"]), "gif")
