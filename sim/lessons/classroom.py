"""A class's sealed predictions, joined: one table, one picture for each exercise.

Every prediction below a folder is read, also one that a browser or a submission box has renamed, with the log of checks
beside it. What is broken or was not read is told, and the rest is merged.

The model's value is the one that a student's own last check wrote down; for a student without a check the class's
median, or, where nobody has checked, a run with seed 1.
"""

from __future__ import annotations

import csv
import io
import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.base.errors import ChipgateError
from sim.base.files import UnusableFileError
from sim.base.label import LABEL, SENTENCE
from sim.base.yaml_tree import composed, printable
from sim.exhibits.layout import GAP, NARROW, cut, wrapped
from sim.exhibits.table import Design, aligned, set_table
from sim.lessons import seal
from sim.lessons.check import Runner, refuse_foreign
from sim.lessons.exercise import Exercise, exercise_names, find
from sim.lessons.handed_in import (
    RECORD,
    TABLE,
    Broken,
    Bundle,
    HandedIn,
    below,
    handed_in,
    log_key,
    prediction_key,
)
from sim.lessons.score import CONFIDENCE, Score, distance_word, measure_word, model_value, scored
from sim.lessons.seal import CAVEAT, Prediction, read_prediction
from sim.lessons.texts import number_text
from sim.lessons.work import Log, read_log

MOST_LISTED = 20  # of what was not read
SEED = 1  # of the run that stands in where nobody has checked
FORMULA = ("=", "+", "-", "@")  # what a cell begins with that a spreadsheet computes


@dataclass(frozen=True)
class Row:
    """One student's prediction of one exercise."""

    student: str
    """The name in the prediction, else the folder's."""
    folder: str
    prediction: Prediction
    unit: str
    passed: bool
    tries: int
    failing: list[str]
    """Properties that did not hold in the last check."""
    value: float
    """The model's, in `unit`."""
    sign: seal.Sign
    value_from: str
    """own check | class median | run with seed 1"""
    note: str

    @property
    def score(self) -> Score:
        """The prediction against the model's value."""
        return scored(self.prediction, self.value, self.sign)


@dataclass(frozen=True)
class Classroom:
    """A class, exercise by exercise."""

    folder: str
    rows: list[Row]
    """By exercise and student."""
    broken: list[Broken]
    waiting: list[str]
    """Folders of exercises that hold no prediction yet."""
    copies: list[str]
    """What lies there twice, and was counted once."""
    unread: list[str]
    """Files that are neither predictions nor what every student's folder holds."""

    @property
    def exercises(self) -> list[str]:
        """The exercises in it, by number."""
        return sorted({row.prediction.exercise for row in self.rows})

    def of(self, exercise: str) -> list[Row]:
        """The rows of one exercise."""
        return [row for row in self.rows if row.prediction.exercise == exercise]


@dataclass(frozen=True)
class Found:
    """A prediction with its checks, not yet beside the model's value."""

    path: Path
    prediction: Prediction
    exercise: Exercise
    log: list[dict[str, Any]]
    note: str


def merge(folder: Path, runner: Runner) -> Classroom:
    """Join all sealed predictions below a folder. Raises ChipgateError where there is no such folder, or nothing in it
    to merge."""
    if not folder.is_dir():
        raise ChipgateError(f"there is no folder '{folder}'; name the one that holds your class's folders")
    given = handed_in(folder)
    everything, known = [], dict[str, Exercise]()
    for bundle in given.bundles:
        everything += _read(bundle, folder, given, known)
    if not everything and not given.waiting and not given.broken:
        there = f"; what lies there was not read: {', '.join(given.unread[:3])}" if given.unread else ""
        more = ", ..." if len(given.unread) > 3 else ""
        raise ChipgateError(f"'{folder}' holds no {seal.FILE}, in no folder below it{there}{more}")
    found, copies = _without_copies(everything, folder)
    rows = [row for name in sorted({f.exercise.name for f in found}) for row in _rows(name, found, folder, runner)]
    return Classroom(
        printable(str(folder)), _told_apart(rows), given.broken, sorted(given.waiting), copies, sorted(given.unread)
    )


def _read(bundle: Bundle, folder: Path, given: HandedIn, known: dict[str, Exercise]) -> list[Found]:
    """A folder's predictions, each with its own log; a broken log costs the checks and not the prediction.

    What is broken, and logs that belong to no prediction, go into `given`; `known` keeps the exercises that were read.
    """
    logs: dict[Path, Log | ChipgateError] = {}
    for path in bundle.logs:
        try:
            logs[path] = read_log(path)
        except ChipgateError as error:
            logs[path] = error
    found, used = [], set()
    for path in bundle.predictions:
        try:
            prediction = read_prediction(path)
            if prediction.exercise not in exercise_names():
                raise ChipgateError(f"there is no exercise '{prediction.exercise}' in this version of chipgate")
            if prediction.exercise not in known:
                known[prediction.exercise] = find(prediction.exercise)
            refuse_foreign(prediction, known[prediction.exercise])
        except ChipgateError as error:
            given.broken.append(Broken(below(path, folder), _reason(error)))
            used |= {log for log in logs if log_key(log.name) == prediction_key(path.name)}
            continue
        beside = _log_of(path, prediction, logs)
        tries, note = _tries(prediction, logs[beside] if beside else Log([], {}))
        used |= {beside} if beside else set()
        found.append(Found(path, prediction, known[prediction.exercise], tries, note))
    given.unread += [f"{below(path, folder)} (the prediction is missing)" for path in logs if path not in used]
    given.broken += [Broken(below(path, folder), told) for path in sorted(used) if (told := _fault(logs[path]))]
    return found


def _log_of(path: Path, prediction: Prediction, logs: Mapping[Path, Log | ChipgateError]) -> Path | None:
    """The log of a prediction: the one whose checks name its seal, else the one whose name was changed as its own was;
    browsers number each file on its own, so `prediction (1).json` may belong to `checks.jsonl`."""

    def fits(log: Path) -> tuple[int, bool, bool]:
        content = logs[log]
        own = 0 if isinstance(content, ChipgateError) else len(_own(content, prediction))
        return own, log_key(log.name) == prediction_key(path.name), log.suffix == ".txt" and path.suffix == ".txt"

    best = max(sorted(logs), key=fits, default=None)
    return best if best and any(fits(best)[:2]) else None


def _own(log: Log, prediction: Prediction) -> list[dict[str, Any]]:
    return [entry for entry in log.tries if entry["seal"] == prediction.seal]


def _tries(prediction: Prediction, log: Log | ChipgateError) -> tuple[list[dict[str, Any]], str]:
    """A prediction's own checks, and what is to be said of it and of them."""
    note = "results lay there before it was sealed" if prediction.run_before else ""
    if isinstance(log, ChipgateError):
        return [], _joined(note, "the log of checks could not be read")
    tries = _own(log, prediction)
    if foreign := len(log.tries) - len(tries):
        note = _joined(note, f"{foreign} check{' belongs' if foreign == 1 else 's belong'} to another prediction")
    if bad := len(log.bad):
        note = _joined(note, f"{bad} line{' of the log is' if bad == 1 else 's of the log are'} broken")
    return tries, note


def _fault(log: Log | ChipgateError) -> str:
    """What of a log could not be read; empty where all could."""
    return _reason(log) if isinstance(log, ChipgateError) else printable(log.told)


def _reason(error: ChipgateError) -> str:
    """What is wrong, without the path and the advice to a student."""
    return printable(error.reason if isinstance(error, UnusableFileError) else str(error))


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _without_copies(found: list[Found], folder: Path) -> tuple[list[Found], list[str]]:
    """Each seal once, with the longest log; and what was left out."""
    kept: dict[str, Found] = {}
    copies = []
    for each in found:
        other = kept.get(each.prediction.seal)
        if other is None:
            kept[each.prediction.seal] = each
            continue
        better, worse = (each, other) if len(each.log) > len(other.log) else (other, each)
        kept[each.prediction.seal] = better
        copies.append(f"{below(worse.path, folder)} is {below(better.path, folder)} again, seal {each.prediction.code}")
    return list(kept.values()), copies


def _rows(exercise: str, found: Sequence[Found], folder: Path, runner: Runner) -> list[Row]:
    """One exercise's rows by student, each beside the model's value."""
    own = [each for each in found if each.exercise.name == exercise]
    checked = [each.log[-1] for each in own if each.log]
    if not checked:
        value, sign, source = *_run(own[0].exercise, runner), f"run with seed {SEED}"
    else:
        value = statistics.median(entry["value"] for entry in checked)
        sign, source = Counter(entry["sign"] for entry in checked).most_common(1)[0][0], "class median"
    known = properties_of(own[0].exercise)
    rows = []
    for each in own:
        last = each.log[-1] if each.log else None
        prediction = each.prediction
        rows.append(
            Row(
                student=composed(prediction.name) or _unnamed(each.path, folder),
                folder=below(each.path.parent, folder),
                prediction=prediction,
                unit=measure_word(each.exercise.machine.predict),
                passed=any(entry["passed"] for entry in each.log),
                tries=len(each.log),
                failing=[name for name, holds in last["properties"].items() if name in known and not holds]
                if last
                else [],
                value=last["value"] if last else value,
                sign=last["sign"] if last else sign,
                value_from="own check" if last else source,
                note=each.note,
            )
        )
    return sorted(rows, key=lambda row: (row.student.casefold(), row.folder))


def _unnamed(path: Path, folder: Path) -> str:
    """What to call a student who gave no name: the folder below the class's, and what stands before the file's name."""
    key = prediction_key(path.name)
    before = path.name[: len(key[0])].strip("-_. ") if key else ""
    parts = [str(path.parent.relative_to(folder))] if path.parent != folder else []
    parts += [before] if before else []
    return printable("/".join(parts) or path.name)


def properties_of(exercise: Exercise) -> set[str]:
    """The names of all that a check of an exercise looks at: its properties, and its questions answered in words."""
    questions = exercise.machine.answers
    return {*exercise.machine.properties, *(name for name in questions if questions[name].kind == "text")}


def _run(exercise: Exercise, runner: Runner) -> tuple[float, seal.Sign]:
    predict, number = exercise.machine.predict, exercise.machine.replications
    base, other = (runner(exercise.scenario(name), number, SEED) for name in (predict.base, predict.other))
    found = model_value(predict, base, other)
    return found.value, found.sign


def _told_apart(rows: list[Row]) -> list[Row]:
    """Rows of one exercise under one name, or with one seed, are all kept, and say so: somebody may have sealed a
    second prediction when a check of the first had told the model's value."""
    names = Counter((row.prediction.exercise, row.student.casefold()) for row in rows)
    seeds = Counter((row.prediction.exercise, row.prediction.seed) for row in rows)
    told = []
    for row in rows:
        exercise, seed = row.prediction.exercise, row.prediction.seed
        twice = [
            *(["name"] if names[exercise, row.student.casefold()] > 1 else []),
            *([f"seed, {seed}"] if seeds[exercise, seed] > 1 else []),
        ]
        note = f"another prediction has this {' and this '.join(twice)}" if twice else ""
        told.append(replace(row, note=_joined(row.note, note)))
    return told


# --- As tables ---

HEADINGS: tuple[str, ...] = (
    "student",
    "sign",
    "size",
    "low",
    "high",
    "model",
    "sign right",
    "inside",
    "score",
    "passed",
    "checks",
    "seal",
)
RIGHT = ("size", "low", "high", "model", "score", "checks")
LEFT_OUT = ("checks", "passed", "sign right", "inside")
"""Columns that a narrow terminal goes without, the first one first: the lines below the table sum them up."""
NAME = 8  # letters of a student's name that are always shown


def class_text(classroom: Classroom, width: int | None = None) -> str:
    """The class as text: a table for each exercise, then what was left out and why; fitted to a terminal's width, or as
    wide as it is for a file or a pipe."""
    lines = []
    for exercise in classroom.exercises:
        rows = classroom.of(exercise)
        lines += [*_said(_heading(exercise, rows[0].unit), width), "", *_table(rows, width), ""]
        lines += _said(calibration_text(rows), width)
        lines += _said(standing_text(rows), width) if any(row.tries for row in rows) else []
        lines += _items([f"{row.student} ({row.folder}): {row.note}" for row in rows if row.note], width)
        lines.append("")
    lines += [*_pooled_lines(classroom, width), ""] if len(classroom.exercises) > 1 else []
    for told, items in (
        ("No prediction yet", classroom.waiting),
        ("There twice, counted once", classroom.copies),
        ("Not read", _first(classroom.unread)),
        ("Broken, left out", [f"{each.path}: {each.reason}" for each in classroom.broken]),
    ):
        if items:
            lines += [f"{told}:", *_items(items, width), ""]
    return "\n".join([*lines, *_said(CAVEAT, width), *_said(SENTENCE, width)])


def _first(items: Sequence[str]) -> list[str]:
    """A list as long as somebody reads; the record has all of it."""
    more = len(items) - MOST_LISTED
    return [*items[:MOST_LISTED], *([f"... and {more:,} more, in {RECORD}"] if more > 0 else [])]


def _said(text: str, width: int | None, indent: str = "") -> list[str]:
    """A text as lines, as long as they are without a terminal's width."""
    return wrapped(text, indent, min(width, NARROW)) if width else [text]


def _items(texts: Sequence[str], width: int | None) -> list[str]:
    return [line for text in texts for line in _said(f"  {text}", width, " " * 4)]


def _heading(exercise: str, unit: str) -> str:
    apart = distance_word(unit)
    return f"{exercise}, in {unit}" + (f", the score in {apart}" if apart != unit else "")


def _table(rows: Sequence[Row], width: int | None) -> list[str]:
    """The table's lines. Where a terminal has no room for all of it, names are cut, then columns are left out."""
    table = set_table(_designs(_cells(rows), width), width or math.inf)
    missing = [heading for heading in HEADINGS if heading not in table.design.headings]
    told = f"No room here for: {', '.join(missing)}. {TABLE} has {'them' if len(missing) > 1 else 'it'}."
    return [*table.lines(), *(_said(told, width) if missing else [])]


def _designs(cells: Sequence[tuple[str, ...]], width: int | None) -> Iterator[Design]:
    """The table with fewer and fewer columns; only headings take more than one line."""
    columns = {heading: texts for heading, *texts in zip(HEADINGS, *cells, strict=True)}
    for name in ("", *LEFT_OUT):
        columns.pop(name, None)
        others = sum(
            GAP + max(map(len, [*heading.split(), *texts]))
            for heading, texts in columns.items()
            if heading != "student"
        )
        longest = max(width - others, NAME) if width else None
        shown = columns | {"student": [cut(text, longest) for text in columns["student"]]}
        right = [i for i, heading in enumerate(shown) if heading in RIGHT]
        yield Design(list(shown), list(zip(*shown.values(), strict=True)), right, range(1, len(shown)))


def _cells(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Each row's texts, in the order of HEADINGS."""
    cells = []
    for row in rows:
        prediction, score = row.prediction, row.score
        numbers = [number_text(x, "") for x in (prediction.size, prediction.low, prediction.high, row.value)]
        truths = ["yes" if truth else "no" for truth in (score.sign_right, score.inside)]
        checked = ["yes" if row.passed else "no" if row.tries else "", str(row.tries)]
        cells.append(
            (
                row.student,
                prediction.sign,
                *numbers,
                *truths,
                number_text(score.score, "", signed=False),
                *checked,
                prediction.code,
            )
        )
    return cells


def calibration_text(rows: Sequence[Row]) -> str:
    """How many signs came out and how many intervals hold the model's value, and what that does not show: a class
    answers one question, so its intervals are no independent trials of their 80 %."""
    signs, inside = (sum(getattr(row.score, name) for row in rows) for name in ("sign_right", "inside"))
    many = len(rows)
    return (
        f"{signs} of {many} signs came out. {inside} of {many} intervals ({inside / many:.0%}) hold the model's value. "
        f"With one question they hit or miss together, so this is no test of their {CONFIDENCE:.0%}."
    ).replace("%", " %")


@dataclass(frozen=True)
class Pooled:
    """One student's intervals over several exercises."""

    student: str
    exercises: int
    inside: int
    """Intervals that hold the model's value."""


def pooled(classroom: Classroom) -> list[Pooled]:
    """Each student's intervals over all exercises, by name; students who predicted in one exercise only are left out,
    and so are names that stand twice in one exercise, since they may be two students."""
    own: dict[str, list[Row]] = {}
    for row in classroom.rows:
        own.setdefault(row.student.casefold(), []).append(row)
    return [
        Pooled(rows[0].student, len(rows), sum(row.score.inside for row in rows))
        for _, rows in sorted(own.items())
        if 1 < len(rows) == len({row.prediction.exercise for row in rows})
    ]


def _pooled_lines(classroom: Classroom, width: int | None) -> list[str]:
    """Calibration over the exercises: the class's intervals together, then each student's own."""
    inside, many = sum(row.score.inside for row in classroom.rows), len(classroom.rows)
    own = pooled(classroom)
    told = (
        f"Over {len(classroom.exercises)} exercises {inside} of {many} intervals ({inside / many:.0%}) hold the "
        f"model's value; {CONFIDENCE:.0%} were meant to."
    ).replace("%", " %")
    if not own:
        return _said(told, width)
    headings = ("student", "intervals", "inside")
    longest = max(width - sum(GAP + len(heading) for heading in headings[1:]), NAME) if width else None
    cells = [(cut(each.student, longest), str(each.exercises), str(each.inside)) for each in own]
    told = f"{told} Fairer than one exercise: each student's own, question by question."
    return [*_said(told, width), "", aligned(headings, cells, right=(1, 2))]


def standing_text(rows: Sequence[Row]) -> str:
    """Where those stand who have checked, in one line: what did not hold in their last check, the commonest first."""
    checked = [row for row in rows if row.tries]
    passed = sum(row.passed for row in rows)
    failing = Counter(name for row in checked if not row.passed for name in row.failing).most_common()
    told = ", ".join(f"{name} ({many})" for name, many in failing)
    text = f"{len(checked)} of {len(rows)} checked, {passed} passed."
    return f"{text} Not holding in the others' last check: {told}." if told else text


def class_record(classroom: Classroom) -> dict[str, Any]:
    """The class for machines."""
    return {
        "label": LABEL,
        "folder": classroom.folder,
        "predictions": [row_record(row) for row in classroom.rows],
        "pooled": [vars(each) for each in pooled(classroom)],
        "waiting": classroom.waiting,
        "copies": classroom.copies,
        "not_read": classroom.unread,
        "broken": [vars(each) for each in classroom.broken],
        "caveat": CAVEAT,
    }


def row_record(row: Row) -> dict[str, Any]:
    """A row of the class, flat."""
    prediction, score = row.prediction, row.score
    return {
        "label": LABEL,
        "exercise": prediction.exercise,
        "student": row.student,
        "folder": row.folder,
        "seed": prediction.seed,
        "unit": row.unit,
        "sign": prediction.sign,
        "size": prediction.size,
        "low": prediction.low,
        "high": prediction.high,
        "model_value": row.value,
        "model_sign": row.sign,
        "model_value_from": row.value_from,
        "sign_right": score.sign_right,
        "inside": score.inside,
        "interval_score": score.score,
        "passed": row.passed,
        "checks": row.tries,
        "failing": " ".join(row.failing),
        "sealed": prediction.sealed,
        "seal_code": prediction.code,
        "seal": prediction.seal,
        "note": row.note,
    }


def class_csv(classroom: Classroom) -> str:
    """The rows as CSV, with the label as a column; a text that a spreadsheet would compute is written as a text."""
    text = io.StringIO()
    records = [{key: _harmless(cell) for key, cell in row_record(row).items()} for row in classroom.rows]
    writer = csv.DictWriter(text, list(records[0]) if records else ["label"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """A text in which a spreadsheet would see a formula, behind a mark that makes it a text; numbers stay numbers.

    Tabs and ends of lines, behind which it would look for one too, stand as their codes.
    """
    if not isinstance(cell, str):
        return cell
    text = printable(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
