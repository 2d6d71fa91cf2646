"""The picture of a class: each student's interval as a line, and what the model says across all of them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from sim.lessons.classroom import Classroom, Row, calibration_text, class_csv, class_record
from sim.lessons.exercise import Exercise, find
from sim.lessons.handed_in import RECORD, TABLE
from sim.pictures.axes import INK, SOFT_INK
from sim.pictures.names import short, tidy
from sim.pictures.slide import Slide, Words, new_slide, render

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

MISSED = "#b3400a"
HELD = "#1f5f8b"
NAMED = 40  # students whose names have room
FARTHEST = 8.0  # times as far from the model as the nearer half of the class; ends beyond that are cut off


def class_picture(exercise: Exercise, rows: Sequence[Row]) -> Slide:
    """A class's predictions of one exercise as a slide. Raises ValueError without a row."""
    if not rows:
        raise ValueError("a class without a prediction has no picture")
    held, question = calibration_text(rows), tidy(exercise.machine.predict.question)
    words = Words(
        name=f"class-{exercise.name}",
        title="What did the class expect?",
        heading=exercise.machine.title,
        notes=(
            f"{held} Each line: one student's 80 % interval, the mark its size; dashed and hollow where the interval "
            f"misses the value of that student's own seed.{_beyond_words(rows)} Dark line: the model, {_origin(rows)}.",
        ),
        description=f"{question} The intervals that {len(rows)} students predicted. {held}",
    )

    def draw(figure: FigureBase) -> None:
        figure.suptitle("\n".join(wrap(question, 130, max_lines=3, placeholder=" …")), x=0.03, ha="left", fontsize=12)
        draw_class(figure.subplots(), rows)

    return new_slide(words, draw)


def _origin(rows: Sequence[Row]) -> str:
    """Where the picture's value of the model comes from, in words."""
    checked = any(row.value_from == "own check" for row in rows)
    return "median over the seeds of those who checked" if checked else rows[0].value_from


def draw_class(ax: Axes, rows: Sequence[Row]) -> Axes:
    """Each student's interval as a line, narrow ones at the top, and the model's value across them."""
    ordered = sorted(rows, key=lambda row: row.score.width)
    limits = _limits(rows)
    for height, row in enumerate(ordered):
        prediction, held = row.prediction, row.score.inside
        colour = HELD if held else MISSED
        drawn = np.clip([prediction.low, prediction.high], *limits)
        ax.plot(
            drawn,
            [height, height],
            color=colour,
            linewidth=2.4,
            linestyle="-" if held else (0, (3, 1.5)),
            solid_capstyle="butt",
        )
        face = colour if held else "white"
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
    names = len(rows) <= NAMED
    ax.set_yticks(range(len(rows)) if names else [], labels=[_name(row) for row in ordered] if names else [])
    ax.tick_params(axis="y", length=0, pad=9, labelsize=min(12.0, 280 / len(rows)))
    ax.tick_params(axis="x", labelsize=12)
    ax.locator_params(axis="x", nbins=7)
    ax.set_xlabel(f"difference predicted, {rows[0].unit}", fontsize=12)
    return ax


def _name(row: Row) -> str:
    """The student's name, or the seal's code where there is none that can be drawn."""
    return short(row.student, 20) or row.prediction.code


def _model(rows: Sequence[Row]) -> float:
    """The model's value that is drawn; one student's edited log does not move it far."""
    return float(np.median([row.value for row in rows]))


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


def class_files(classroom: Classroom) -> tuple[dict[str, bytes], dict[str, str]]:
    """A class as files, by name: the table as CSV, all of it as JSON, and a picture of each exercise; and the exercises
    whose picture could not be drawn, with the reason."""
    record = json.dumps(class_record(classroom), indent=2, ensure_ascii=False, allow_nan=False)
    files = {TABLE: class_csv(classroom).encode(), RECORD: f"{record}\n".encode()}
    failed = {}
    for name in classroom.exercises:
        try:
            slide = class_picture(find(name), classroom.of(name))
            files |= {f"{name}.{form}": render(slide, form) for form in ("svg", "png")}
        except Exception as error:  # whatever it is, it must not cost a teacher the table and the other pictures
            failed[name] = f"{type(error).__name__}: {error}"
    return files, failed
