"""What exercises say on a terminal, in plain text."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from sim.label import SENTENCE
from sim.lessons.check import Report
from sim.lessons.edits import allowed_text
from sim.lessons.exercise import Exercise, Predict
from sim.lessons.score import CONFIDENCE, PENALTY, measure_word
from sim.lessons.seal import Prediction
from sim.lessons.work import ANSWERS
from sim.outcomes import card_of
from sim.units import show

WIDTH = 100


def list_text(exercises: Sequence[Exercise]) -> str:
    """The exercises by level: number and name, minutes, goal."""
    lines: list[str] = []
    wide = max((len(exercise.name) for exercise in exercises), default=0)
    level = ""
    for exercise in exercises:
        machine = exercise.machine
        if machine.level != level:
            level = machine.level
            lines += ["", level.capitalize()]
        head = f"  {exercise.name:<{wide}}  {machine.minutes} min  "
        lines += textwrap.wrap(machine.goal, WIDTH, initial_indent=head, subsequent_indent=" " * len(head))
    return "\n".join([*lines, "", "Begin with: chipgate lesson start 1", SENTENCE])


def started_text(exercise: Exercise, folder: str, seed: int) -> str:
    """What to do after `start`."""
    machine, number = exercise.machine, exercise.number
    lines = [
        f"{folder} is laid out: {', '.join([*exercise.starting_files, ANSWERS])}. Your seed is {seed}.",
        "",
        f"  cd {folder}",
        f"  chipgate lesson show {number}       read what it is about, or open README.md",
        f"  chipgate lesson predict {number}    say what you expect, before anything is run",
        f"  chipgate lesson check {number}      see what holds; as often as you like",
    ]
    if machine.edit:
        lines += ["", f"In {machine.edit.file} may change:", *(f"  {line}" for line in allowed_text(machine.edit))]
    return "\n".join([*lines, "", SENTENCE])


def question_text(predict: Predict) -> str:
    """The question to predict, and in which measure."""
    of = {"percent": f" of its mean in {predict.base}", "points": "", "unit": ""}[predict.measure]
    when = f" of {predict.year}" if predict.year else ""
    smallest = smallest_text(predict)
    less = {"date": "earlier", "weeks": "shorter"}.get(card_of(predict.outcome).unit, "lower")
    lines = [
        *textwrap.wrap(predict.question, WIDTH),
        *textwrap.wrap(
            f"The number: '{predict.outcome}'{when} in {predict.other} less that in {predict.base}, in "
            f"{measure_word(predict)}{of}. Below 0: it is {less}. 'same' means less than {smallest} either way.",
            WIDTH,
        ),
    ]
    return "\n".join(lines)


def smallest_text(predict: Predict) -> str:
    """The smallest difference worth naming."""
    card = card_of(predict.outcome)
    if card.relative:
        return f"{card.smallest * 100:g} % of its mean"
    if card.unit == "share":
        return f"{card.smallest * 100:g} percentage point{'s' * (card.smallest != 0.01)}"
    return f"{card.smallest:g} years" if card.unit == "date" else show(card.smallest, card.unit)


def number_text(value: float, unit: str, signed: bool = True) -> str:
    """A size with its unit: +3.2 %; three figures, as a guess deserves."""
    plain = f"{value:+,.3g}" if signed else f"{value:,.3g}"
    if abs(value) >= 1000:
        digits = 2 - math.floor(math.log10(abs(value)))
        plain = f"{round(value, digits):{'+' if signed else ''},.0f}"
    return f"{plain} {unit}".strip()


def prediction_text(prediction: Prediction, unit: str) -> str:
    """A prediction in one sentence."""
    size, low, high = (number_text(x, unit if last else "") for x, last in _last_with_unit(prediction))
    return f"{prediction.sign}, {size}; 80 % interval {low} to {high}"


def _last_with_unit(prediction: Prediction) -> list[tuple[float, bool]]:
    return [(prediction.size, True), (prediction.low, False), (prediction.high, True)]


def sealed_text(prediction: Prediction, exercise: Exercise, told: str) -> str:
    """What to say after sealing."""
    unit = measure_word(exercise.machine.predict)
    lines = [
        f"Sealed: {prediction_text(prediction, unit)}.",
        f"The seal's code is {prediction.code}. Tell it to your teacher; it shows later that nothing was changed.",
    ]
    if prediction.run_before:
        lines.append("Results lay in this folder already, and the prediction says so.")
    return "\n".join([*lines, f"Now run, edit and answer, then: {told}", SENTENCE])


def report_text(report: Report) -> str:
    """A check: what holds, what does not, hints, and how the prediction came out."""
    exercise, many = report.work.exercise, report.replications
    lines = [f"{exercise.name}: check {report.number}, seed {report.work.seed}, {many} replications of each run", ""]
    for finding in report.findings:
        mark = "holds         " if finding.holds else "does not hold "
        lines += _wrapped(f"  {mark} {finding.claim}", 17)
        lines += _wrapped(f"{'':17}{finding.told}", 17) if finding.told else []
        lines += _wrapped(f"{'':17}Hint: {finding.hint}", 17) if finding.hint else []
    lines += ["", *score_lines(report)]
    if report.passed:
        lines += ["", "All of it holds. To explain:", "", exercise.section("Explain")]
    else:
        failed = sum(not finding.holds for finding in report.findings)
        lines += ["", f"{failed} of {len(report.findings)} do not hold yet; check again as often as you like."]
    return "\n".join([*lines, "", SENTENCE])


def score_lines(report: Report) -> list[str]:
    """The prediction beside the model's value, in words."""
    prediction, model, score = report.prediction, report.model, report.score
    unit = measure_word(report.work.exercise.machine.predict)
    interval = ""
    if math.isfinite(model.half_width):
        ends = [number_text(model.value + side * model.half_width, "") for side in (-1, 1)]
        interval = f" (95 % interval {ends[0]} to {ends[1]})"
    sign = "The sign came out." if score.sign_right else "The sign did not come out."
    width = number_text(score.width, unit, signed=False)
    if score.inside:
        inside = "The model's value lies in your interval."
        made = f"the interval's width, {width}"
    else:
        missed = number_text(score.missed_by, unit, signed=False)
        inside = f"The model's value lies outside your interval, by {missed}."
        made = f"the interval's width, {width}, and {PENALTY:g} times the {missed} by which it missed"
    total = number_text(score.score, unit, signed=False)
    lines = [
        f"Your prediction, seal {prediction.code}: {prediction_text(prediction, unit)}.",
        f"The model on your seed: {model.direction}, {number_text(model.value, unit)}{interval}.",
        f"{sign} {inside}",
        f"Interval score: {total}; lower is better. It is {made}. Who is honest about an {CONFIDENCE:.0%} interval "
        "scores best in the long run: narrow pays, too narrow costs more.",
    ]
    return [part for line in lines for part in _wrapped(line.replace("80%", "80 %"), 2)]


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent, drop_whitespace=True) or [""]
