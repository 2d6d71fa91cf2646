"""The picture of a class: each student's interval as a line against what the model says, and how many hold it."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from sim.exhibits.records import json_text
from sim.lessons.classroom import FEWEST, OPEN, Classroom, Row, calibration_text, class_csv, class_record, held_text
from sim.lessons.handed_in import RECORD, TABLE
from sim.lessons.score import HIT, INTENDED, MISSED, WHAT_IS_WRONG, WRONG, measure_word
from sim.pictures.axes import COLOURS, INK, SOFT_INK
from sim.pictures.names import short, tidy
from sim.pictures.slide import Slide, Words, new_slide, render

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

LOOKS = {OPEN: "#a6a6a6", HIT: COLOURS[1], MISSED: SOFT_INK, WRONG: COLOURS[2]}
NAMED = 40  # students whose names have room
FARTHEST = 8.0  # times as far from the model as the nearer half of the class; ends beyond that are cut off


def class_picture(rows: Sequence[Row], named: bool = True) -> Slide:
    """A class's predictions of one exercise as a slide, with or without the students' names. Raises ValueError without
    a row."""
    if not rows:
        raise ValueError("a class without a prediction has no picture")
    exercise, said = rows[0].exercise, calibration_text(rows)
    question = tidy(exercise.machine.predict.question)
    words = Words(
        name=f"class-{exercise.name}",
        title=held_text(rows, share=False),
        heading=exercise.machine.title,
        notes=(
            said,
            f"Each line: one student's {INTENDED} interval, the mark its size.{_beyond_words(rows)} {WHAT_IS_WRONG} "
            f"Dark line: the model, {_origin(rows)}.",
        ),
        description=f"{question} The intervals that {len(rows)} students predicted. {said}",
    )

    def draw(figure: FigureBase) -> None:
        figure.suptitle("\n".join(wrap(question, 130, max_lines=3, placeholder=" …")), x=0, ha="left", fontsize=12)
        left, right = figure.subplots(1, 2, width_ratios=[6, 1])
        draw_class(left, rows, named)
        draw_counts(right, Counter(row.outcome for row in rows))

    return new_slide(words, draw)


def _origin(rows: Sequence[Row]) -> str:
    """Where the picture's value of the model comes from, in words."""
    checked = any(row.tries for row in rows)
    own = "median over those who checked; an interval counts beside the value of its own student's seed"
    return own if checked else rows[0].value_from


def draw_class(ax: Axes, rows: Sequence[Row], named: bool = True) -> Axes:
    """Each student's interval as a line, the highest guess at the top, and the model's value across them."""
    ordered = sorted(rows, key=lambda row: (-row.prediction.size, row.score is None))
    limits = _limits(rows)
    for height, row in enumerate(ordered):
        prediction, colour = row.prediction, LOOKS[row.outcome]
        drawn = np.clip([prediction.low, prediction.high], *limits)
        width = 3.6 if row.outcome == WRONG else 2.4
        ax.plot(drawn, [height, height], color=colour, linewidth=width, solid_capstyle="butt")
        face = "white" if row.outcome in (MISSED, WRONG) else colour
        if limits[0] <= prediction.size <= limits[1]:
            ax.plot([prediction.size], [height], marker="o", markersize=6, color=colour, markerfacecolor=face)
        for limit, arrow, beyond in zip(limits, "<>", _beyond(row, limits), strict=True):
            if beyond:
                ax.plot([limit], [height], marker=arrow, markersize=9, color=colour, clip_on=False)
    model = _model(rows)
    ax.axvline(model, color=INK, linewidth=2, zorder=0)
    ax.text(model, -0.75, "the model", fontsize=12, fontweight="bold", color=INK, ha="center", va="bottom")
    ax.axvline(0, color=SOFT_INK, linewidth=0.8, linestyle=":", zorder=0)
    ax.set_xlim(*limits)
    ax.set_ylim(len(rows) - 0.3, -0.7)
    named = named and len(rows) <= NAMED
    ax.set_yticks(range(len(rows)) if named else [], labels=[_name(row) for row in ordered] if named else [])
    ax.tick_params(axis="y", length=0, pad=9, labelsize=min(12.0, 280 / len(rows)))
    ax.tick_params(axis="x", labelsize=12)
    ax.locator_params(axis="x", nbins=7)
    ax.set_xlabel(f"difference predicted, {measure_word(rows[0].exercise.machine.predict)}", fontsize=12)
    return ax


def draw_counts(ax: Axes, counts: Counter[str]) -> Axes:
    """How many intervals came out how, as parts of a bar; where they are few, in words only."""
    many = sum(counts.values()) - counts[OPEN]
    foot, height = 0.0, -0.12
    for outcome in (HIT, MISSED, WRONG):
        part = counts[outcome] / many if many >= FEWEST else 0.0
        height = max(foot + part / 2, height + 0.12)
        ax.bar([0], [part], bottom=foot, width=1, color=LOOKS[outcome], edgecolor="white", linewidth=1.5)
        _tell(ax, height, counts, outcome)
        foot += part
    if counts[OPEN]:
        _tell(ax, -0.1, counts, OPEN)
    ax.set(xlim=(-0.5, 3), ylim=(-0.1, 1.05))
    ax.set_axis_off()
    return ax


def _tell(ax: Axes, height: float, counts: Counter[str], outcome: str) -> None:
    words = f"{counts[outcome]} {outcome}".replace("ly ", "ly\n")
    ax.text(0.7, height, words, fontsize=12, color=LOOKS[outcome], va="center")


def _name(row: Row) -> str:
    """The student's name, or the seal's code where there is none that can be drawn."""
    return short(row.student, 20) or row.prediction.code


def _model(rows: Sequence[Row]) -> float:
    """The model's value that is drawn; one student's edited log does not move it far."""
    return statistics.median(row.value for row in rows if row.value is not None)


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Room for the model's value, 0, and the intervals, but for ends many times further from the model than those of
    the nearer half of the class: drawn out to them, all others would be a line."""
    model = _model(rows)
    ends = [(row.prediction.low, row.prediction.size, row.prediction.high) for row in rows]
    far = max(statistics.median_low(max(abs(low - model), abs(high - model)) for low, _, high in ends), abs(model))
    inside = [end for three in ends for end in three if abs(end - model) <= FARTHEST * far]
    low, high = min([0.0, model, *inside]), max([0.0, model, *inside])
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def _beyond(row: Row, limits: tuple[float, float]) -> tuple[bool, bool]:
    """Whether an interval goes on beyond the drawing's left and right ends."""
    prediction = row.prediction
    return prediction.low < limits[0], prediction.high > limits[1]


def _beyond_words(rows: Sequence[Row]) -> str:
    """How many intervals go on beyond the drawing; empty where none does."""
    limits = _limits(rows)
    many = sum(any(_beyond(row, limits)) for row in rows)
    return f" Arrows: {many} interval{' goes' if many == 1 else 's go'} on beyond the drawing." if many else ""


def class_files(classroom: Classroom, named: bool = True) -> tuple[dict[str, bytes], dict[str, str]]:
    """A class as files, by name: the table as CSV, all of it as JSON, and a picture of each exercise, with or without
    the students' names; and the exercises whose picture could not be drawn, with the reason."""
    files = {TABLE: class_csv(classroom).encode(), RECORD: json_text(class_record(classroom)).encode()}
    failed = {}
    for name in classroom.exercises:
        try:
            slide = class_picture(classroom.of(name), named)
            files |= {f"{name}.{form}": render(slide, form) for form in ("svg", "png")}
        except Exception as error:  # whatever it is, it must not cost a teacher the table and the other pictures
            failed[name] = f"{type(error).__name__}: {error}"
    return files, failed
