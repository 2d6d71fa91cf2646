"""The picture of a class: each student's interval as a line, and what the model says across all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import MaxNLocator

from sim.lessons.classroom import Classroom, Row, calibration_text, class_csv, class_record
from sim.lessons.exercise import Exercise, find
from sim.pictures.slide import LEFT, Slide, Words, drawing, new_slide, render
from sim.plots import INK, SOFT_INK, Ruler, shorten, tidy, wrap

PLACE = (0.2, 0.225, 0.72, 0.495)
QUESTION_TOP, QUESTION_LINES, QUESTION_SIZE = 0.827, 3, 12  # between the heading and the drawing
MISSED = "#b3400a"
HELD = "#1f5f8b"
NAMED = 40  # students whose names have room


def class_picture(exercise: Exercise, rows: Sequence[Row]) -> Slide:
    """A class's predictions of one exercise as a slide. Raises ValueError without a row."""
    if not rows:
        raise ValueError("a class without a prediction has no picture")
    told, question = calibration_text(rows), tidy(exercise.machine.predict.question)
    words = Words(
        name=f"class-{exercise.name}",
        title="What did the class expect?",
        heading=exercise.machine.title,
        question="",  # too long for what a heading leaves of it
        notes=(
            f"{told} Each line: one student's 80 % interval, the mark its size; dashed and hollow where the interval "
            f"misses the value of that student's own seed. Dark line: the model, {_origin(rows)}."
        ),
        description=f"{question} The intervals that {len(rows)} students predicted. {told}",
    )
    with drawing():
        slide = new_slide(words)
        write_question(slide, question)
        draw_class(slide.add_axes(PLACE), rows)
        return slide


def write_question(slide: Slide, question: str) -> None:
    """The question below the heading, over the whole width."""
    ruler = Ruler(slide.add_axes(PLACE))
    slide.delaxes(ruler.ax)
    room = (1 - 2 * LEFT) * slide.get_figwidth() * 72
    text = wrap(question, room, QUESTION_LINES, lambda line: ruler.width(line, QUESTION_SIZE))
    slide.text(LEFT, QUESTION_TOP, text, fontsize=QUESTION_SIZE, color=INK, va="top", linespacing=1.25)


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
        ax.plot(
            np.clip([prediction.low, prediction.high], *limits),
            [height, height],
            color=colour,
            linewidth=2.4,
            linestyle="-" if held else (0, (3, 1.5)),
            solid_capstyle="butt",
        )
        face = colour if held else "white"
        ax.plot([prediction.size], [height], marker="o", markersize=6, color=colour, markerfacecolor=face)
    model = float(np.median([row.value for row in rows]))
    ax.axvline(model, color=INK, linewidth=2, zorder=0)
    ax.text(model, -0.75, "the model", fontsize=12, fontweight="bold", color=INK, ha="center", va="bottom")
    ax.axvline(0, color=SOFT_INK, linewidth=0.8, linestyle=":", zorder=0)
    ax.set_xlim(*limits)
    ax.set_ylim(len(rows) - 0.3, -0.7)
    names = len(rows) <= NAMED
    ax.set_yticks(range(len(rows)) if names else [], labels=[_name(row) for row in ordered] if names else [])
    ax.tick_params(axis="y", length=0, labelsize=min(12.0, 280 / len(rows)))
    ax.tick_params(axis="x", labelsize=12)
    ax.xaxis.set_major_locator(MaxNLocator(7))
    ax.set_xlabel(f"difference predicted, {rows[0].unit}", fontsize=12)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    return ax


def _name(row: Row) -> str:
    """The student's name; the seal's code where the font has not all its letters."""
    name = tidy(row.student)
    font = get_font(findfont("DejaVu Sans"))
    drawable = all(font.get_char_index(ord(letter)) for letter in name)
    return shorten(name, 16, lambda text: float(len(text))) if drawable else row.prediction.code


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Room for all but a few very wide intervals, and for the model's value and 0."""
    lows, highs = ([getattr(row.prediction, end) for row in rows] for end in ("low", "high"))
    low = min(float(np.quantile(lows, 0.05)), 0.0, *(row.value for row in rows))
    high = max(float(np.quantile(highs, 0.95)), 0.0, *(row.value for row in rows))
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def class_files(classroom: Classroom) -> tuple[dict[str, bytes], dict[str, str]]:
    """A class as files, by name: the table as CSV, all of it as JSON, and a picture of each exercise; and the exercises
    whose picture could not be drawn, with the reason."""
    record = json.dumps(class_record(classroom), indent=2, ensure_ascii=False, allow_nan=False)
    files = {"class.csv": class_csv(classroom).encode(), "class.json": f"{record}\n".encode()}
    failed = {}
    for name in classroom.exercises:
        try:
            slide = class_picture(find(name), classroom.of(name))
            files |= {f"{name}.{form}": render(slide, form) for form in ("svg", "png")}
        except Exception as error:  # whatever it is, it must not cost a teacher the table and the other pictures
            failed[name] = f"{type(error).__name__}: {error}"
    return files, failed
