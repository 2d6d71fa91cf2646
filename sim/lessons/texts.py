"""What exercises say on a terminal, in plain text."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Sequence
from functools import partial

from sim.base.judgement import NOISE
from sim.base.label import SENTENCE
from sim.base.wording import capital, listed
from sim.exhibits.layout import NARROW, wrapped
from sim.exhibits.prose import markdown_lines
from sim.lessons.check import Finding, Report, blank_answers
from sim.lessons.edits import allowed_text
from sim.lessons.exercise import Exercise, Predict, exercise_names
from sim.lessons.score import CONFIDENCE, PENALTY, border, card_of, distance_word, measure_word
from sim.lessons.seal import Prediction
from sim.lessons.work import ANSWERS, LOG, Work
from sim.studies.comparing import margin_words

SPELT = dict(enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), start=1))


LONG = 1e9  # from here on a size is written with a power of ten, such as 1e+15


def list_text(exercises: Sequence[Exercise], width: int = NARROW) -> str:
    """The exercises by level: number and name, minutes, goal."""
    fold = partial(wrapped, width=width)
    lines: list[str] = []
    wide = max((len(exercise.name) for exercise in exercises), default=0)
    level, levels = "", [exercise.machine.level for exercise in exercises]
    for exercise in sorted(exercises, key=lambda exercise: levels.index(exercise.machine.level)):
        machine = exercise.machine
        if machine.level != level:
            level = machine.level
            lines += ["", level.capitalize()]
        head = f"  {exercise.name:<{wide}}  {machine.minutes} min  "
        lines += fold(head + machine.goal, " " * len(head))
    return "\n".join([*lines, "", "Begin with: chipgate lesson start 1", *fold(SENTENCE)])


def started_text(exercise: Exercise, folder: str, seed: int, width: int = NARROW) -> str:
    """What to do after `start`."""
    fold = partial(wrapped, width=width)
    machine, number = exercise.machine, exercise.inside
    lines = [
        f"{folder} is laid out: {', '.join([*exercise.starting_files, ANSWERS])}. Your seed is {seed}.",
        "",
        f"  cd {shlex.quote(folder)}",
        f"  chipgate lesson show {number}       read what it is about, or open README.md",
        f"  chipgate lesson predict {number}    say what you expect; then you get what to do",
        f"  chipgate lesson check {number}      see what holds; as often as you like",
    ]
    if machine.edit:
        lines += ["", f"In {machine.edit.file} you may change:", *(f"  {line}" for line in allowed_text(machine.edit))]
    page = [part for line in lines for part in fold(line, " " * 6 if line.startswith(" ") else "")]
    return "\n".join([*page, "", *fold(SENTENCE)])


def question_text(predict: Predict, width: int = NARROW) -> str:
    """The question to predict, and in which measure."""
    return "\n".join(part for text in (predict.question, number_asked(predict)) for part in wrapped(text, width=width))


def number_asked(predict: Predict) -> str:
    """What the number is that is to be predicted, what its sign means, and what 'same' does."""
    of = {"percent": f" of its mean in {predict.base}", "points": "", "unit": ""}[predict.measure]
    when = f" of {predict.year}" if predict.year else ""
    less = {"date": "earlier", "weeks": "shorter"}.get(card_of(predict).unit, "lower")
    return (
        f"The number: '{predict.outcome}'{when} in {predict.other} less that in {predict.base}, in "
        f"{measure_word(predict)}{of}. Below 0: it is {less}. 'same' means less than {border_text(predict)}."
    )


def border_text(predict: Predict) -> str:
    """The border of 'same', either way; where its unit is not the one asked for, that is said."""
    card = card_of(predict)
    border = margin_words(card, " of its mean") + " either way"
    own = {"share": "percentage points", "date": "weeks"}.get(card.unit, card.unit)
    asked = measure_word(predict)
    return border if asked == ("%" if card.relative else own) else f"{border}, however much that is in {asked}"


def number_text(value: float, unit: str, signed: bool = True) -> str:
    """A size with its unit: +3.2 %; three figures, as a guess deserves."""
    signed = signed and value != 0
    plain = f"{value or 0.0:{'+' if signed else ''},.3g}"
    if 1000 <= abs(value) < LONG:
        digits = 2 - math.floor(math.log10(abs(value)))
        plain = f"{round(value, digits):{'+' if signed else ''},.0f}"
    return f"{plain} {unit.removesuffix('s') if plain.lstrip('+-') == '1' else unit}".strip()


def prediction_text(prediction: Prediction, unit: str) -> str:
    """A prediction in one sentence."""
    size, high = (number_text(x, unit) for x in (prediction.size, prediction.high))
    return f"{prediction.sign}, {size}; 80 % interval {number_text(prediction.low, '')} to {high}"


def sealed_text(prediction: Prediction, exercise: Exercise, command: str, width: int = NARROW) -> str:
    """What to say after sealing."""
    fold = partial(wrapped, width=width)
    unit = measure_word(exercise.machine.predict)
    lines = [
        *fold(f"Sealed: {prediction_text(prediction, unit)}."),
        *fold(
            f"The seal's code is {prediction.code}. Tell it to your teacher; it shows later that nothing was changed."
        ),
    ]
    if prediction.run_before:
        lines += fold("Results lay in this folder already, and the prediction says so.")
    lines += fold("README.md now says what to do, and answers.yaml what to answer.")
    if exercise.machine.later:
        lines += fold(f"Laid out beside them: {', '.join(exercise.machine.later)}.")
    return "\n".join([*lines, *fold(f"Run, edit and answer, then: {command}"), *fold(SENTENCE)])


def page_text(exercise: Exercise, whole: bool) -> str:
    """The student's page: whole, or up to the question to predict, and how the rest is to be had."""
    if whole:
        return exercise.readme.rstrip()
    here, there = exercise.called, exercise.inside
    later = (
        f"What to do, to look at and to answer comes when your prediction is sealed: `chipgate lesson start {here}`, "
        f"then `chipgate lesson predict {there}` in the new folder. All of it now: `chipgate lesson show {here} --all`."
    )
    return "\n".join([exercise.opening.rstrip(), "", *wrapped(later)])


def before_text(work: Work, runs: Sequence[int], width: int = NARROW) -> str:
    """What to say before a check: which answers are blank, and how many replications each run will have."""
    blank, number = blank_answers(work), len(runs)
    lines = []
    if blank:
        are = "answer is" if len(blank) == 1 else "answers are"
        lines.append(f"{capital(spelt(len(blank)))} {are} still blank: {listed(blank)}. The rest is checked.")
    same = f"{number} runs of {runs[0]} replications" if len(set(runs)) == 1 else ""
    lines.append(f"This check makes {same or f'{number} runs, {sum(runs)} replications in all'}.")
    return "\n".join(part for line in lines for part in wrapped(line, width=width))


def spelt(number: int) -> str:
    """A small number as a word."""
    return SPELT.get(number, str(number))


def report_text(report: Report, width: int = NARROW) -> str:
    """A check: what holds, what does not, hints, and how the prediction came out."""
    fold = partial(wrapped, width=width)
    exercise = report.work.exercise
    number = f"check {report.number}{_file_text(report)}"
    heading = f"{exercise.name}: {number}, seed {report.work.seed}, {replications_text(report)}"
    lines = [*fold(heading, "  "), *_doubts(report, width), ""]
    lines += [line for finding in report.findings for line in finding_lines(finding, width)]
    lines += ["", *score_lines(report, width)]
    if report.passed:
        explain = markdown_lines(exercise.section("Explain"), width)
        lines += ["", "All of it holds. To explain:", "", *explain, *_next_lines(exercise)]
    else:
        failed = sum(not finding.holds for finding in report.findings)
        do_not = "does not" if failed == 1 else "do not"
        left = f"{failed} of {len(report.findings)} {do_not} hold yet; check again as often as you like."
        lines += ["", *fold(left)]
    return "\n".join([*lines, "", *fold(SENTENCE)])


def finding_lines(finding: Finding, width: int = NARROW) -> list[str]:
    """Whether something holds, with what is to be said of it below."""
    mark, below = "holds         " if finding.holds else "does not hold ", " " * 17
    told = [*finding.detail.splitlines(), *([f"Hint: {finding.hint}"] if finding.hint else [])]
    texts = [f"  {mark} {finding.claim}", *(f"{below}{text}" for text in told)]
    return [line for text in texts for line in wrapped(text, below, width)]


def _file_text(report: Report) -> str:
    """Which file was checked, where it is not the exercise's own."""
    edit, file = report.work.exercise.machine.edit, report.work.file
    return f" of {file.name}" if edit and file and file.name != edit.file else ""


def _doubts(report: Report, width: int = NARROW) -> list[str]:
    """What makes a prediction or the log of checks worth less than it seems."""
    fold = partial(wrapped, width=width)
    lines = []
    if report.prediction.run_before:
        lines += fold("Sealed after a run: results lay in this folder before the prediction.", "  ")
    if report.log.bad:
        lines += fold(f"{LOG}: {report.log.told}. The other checks count.", "  ")
    return lines


def replications_text(report: Report) -> str:
    """How many replications were run, and of how many runs more or fewer: 20 of each run; two runs have 12."""
    own = Counter(terms.replications for terms in report.work.exercise.machine.runs.values() if terms.replications)
    others = "".join(
        f"; {spelt(runs)} {'run has' if runs == 1 else 'runs have'} {number}" for number, runs in sorted(own.items())
    )
    return f"{report.replications} replications of each run{others}"


def _next_lines(exercise: Exercise) -> list[str]:
    """Which exercise comes after this one; nothing after the last."""
    later = [name for name in exercise_names() if name > exercise.name] if exercise.shipped else []
    if not later:
        return []
    return ["", f"Next, outside this folder: chipgate lesson start {later[0]}"]


def score_lines(report: Report, width: int = NARROW) -> list[str]:
    """The prediction beside the model's value, in words."""
    fold = partial(wrapped, width=width)
    prediction, model, score = report.prediction, report.model, report.score
    unit = measure_word(report.work.exercise.machine.predict)
    apart = distance_word(unit)
    interval = ""
    if model.half_width <= NOISE * abs(model.value):
        interval = ", the same in every pair"
    elif math.isfinite(model.half_width):
        ends = [number_text(model.value + side * model.half_width, "") for side in (-1, 1)]
        interval = f" (95 % interval {ends[0]} to {ends[1]})"
    sign = "The sign is right." if score.sign_right else "The sign is wrong."
    if not score.sign_right and model.sign == "same" and (least := border(report.work.exercise.machine.predict)):
        told = number_text(least, unit, signed=False)
        sign = f"You said {prediction.sign}; less than {told} either way counts as the same."
    span = number_text(score.width, apart, signed=False)
    if score.inside:
        inside = "The model's value lies in your interval."
        made = f"the interval's width, {span}"
    else:
        missed = number_text(score.missed_by, apart, signed=False)
        inside = f"The model's value lies outside your interval, by {missed}."
        made = f"the interval's width, {span}, and {PENALTY:g} times the {missed} by which it missed"
    total = number_text(score.score, apart, signed=False)
    lines = [
        f"Your prediction, seal {prediction.code}: {prediction_text(prediction, unit)}.",
        f"The model on your seed: {model.direction}, {number_text(model.value, unit)}{interval}.",
        f"{sign} {inside}",
        f"Interval score: {total}; lower is better. It is {made}. An honest {CONFIDENCE:.0%} interval "
        "scores best in the long run: a narrow one pays, one that is too narrow costs more.",
    ]
    return [part for line in lines for part in fold(line.replace("80%", "80 %"), "  ")]
