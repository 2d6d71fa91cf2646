"""A class's sealed predictions, joined: one table, one picture for each exercise.

Every file below a folder whose name ends in `prediction.json` is read, so that folders and the renamed files of a
course's submission box both work; the log of checks is looked for beside it under the same name. What is broken is
told with its reason, and the rest is merged.

The model's value is the one that a student's own last check wrote down; for a student without a check the class's
median, or, where nobody has checked, a run with seed 1.
"""

from __future__ import annotations

import csv
import io
import os
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.errors import ChipgateError
from sim.label import LABEL, SENTENCE
from sim.lessons import seal
from sim.lessons.check import Runner, refuse_foreign
from sim.lessons.exercise import Exercise, exercise_names, find
from sim.lessons.score import CONFIDENCE, Score, distance_word, measure_word, model_value, scored
from sim.lessons.seal import CAVEAT, Prediction, UnusableFileError, read_prediction
from sim.lessons.texts import number_text
from sim.lessons.work import ANSWERS, LOG, read_log
from sim.tables import aligned

SEED = 1  # of the run that stands in where nobody has checked


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
class Broken:
    """A file that could not be used, and why."""

    path: str
    reason: str


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
    broken: list[Broken] = []
    paths = list(_walk(folder, broken))
    predictions = [path for path in paths if path.name.endswith(seal.FILE)]
    waiting = [
        str(path.parent.relative_to(folder))
        for path in paths
        if path.name == ANSWERS and path.with_name(seal.FILE) not in predictions
    ]
    if not predictions and not waiting and not broken:
        raise ChipgateError(f"'{folder}' holds no {seal.FILE}, in no folder below it")
    found, copies = _without_copies(_read(predictions, folder, broken), folder)
    rows = [row for name in sorted({f.exercise.name for f in found}) for row in _rows(name, found, folder, runner)]
    return Classroom(str(folder), _told_apart(rows), broken, sorted(waiting), copies)


def _walk(folder: Path, broken: list[Broken]) -> Iterator[Path]:
    """Every file below a folder, in order; links to folders are not followed, hidden folders are left out."""

    def refused(error: OSError) -> None:
        broken.append(Broken(_below(Path(error.filename), folder), f"cannot be read: {error.strerror}"))

    for where, folders, files in os.walk(folder, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            inside = Path(where) / name
            if name.endswith(seal.FILE) and not any(path.is_file() for path in inside.rglob(f"*{seal.FILE}")):
                broken.append(Broken(_below(inside, folder), "is a folder; a prediction is a file"))
        yield from (Path(where) / name for name in sorted(files) if not name.startswith("."))


def _below(path: Path, folder: Path) -> str:
    """A path as seen from the class's folder."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _read(paths: Iterable[Path], folder: Path, broken: list[Broken]) -> list[Found]:
    """Predictions with their logs; a broken log costs the checks and not the prediction."""
    known: dict[str, Exercise] = {}
    found = []
    for path in paths:
        try:
            prediction = read_prediction(path)
            if prediction.exercise not in exercise_names():
                raise ChipgateError(f"there is no exercise '{prediction.exercise}' in this version of chipgate")
            if prediction.exercise not in known:
                known[prediction.exercise] = find(prediction.exercise)
            refuse_foreign(prediction, known[prediction.exercise])
        except ChipgateError as error:
            broken.append(Broken(_below(path, folder), _reason(error)))
            continue
        note = "results lay there before it was sealed" if prediction.run_before else ""
        log: list[dict[str, Any]] = []
        beside = path.with_name(path.name.removesuffix(seal.FILE) + LOG)
        try:
            tries = read_log(beside)
            log = [entry for entry in tries if entry["seal"] == prediction.seal]
            if len(log) < len(tries):
                note = _joined(note, f"{len(tries) - len(log)} checks belong to another prediction")
        except ChipgateError as error:
            broken.append(Broken(_below(beside, folder), _reason(error)))
        found.append(Found(path, prediction, known[prediction.exercise], log, note))
    return found


def _reason(error: ChipgateError) -> str:
    """What is wrong, without the path and the advice to a student."""
    return error.reason if isinstance(error, UnusableFileError) else str(error)


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
        copies.append(
            f"{_below(worse.path, folder)} is {_below(better.path, folder)} again, seal {each.prediction.code}"
        )
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
    rows = []
    for each in own:
        last = each.log[-1] if each.log else None
        prediction = each.prediction
        rows.append(
            Row(
                student=prediction.name or _unnamed(each.path, folder),
                folder=_below(each.path.parent, folder),
                prediction=prediction,
                unit=measure_word(each.exercise.machine.predict),
                passed=any(entry["passed"] for entry in each.log),
                tries=len(each.log),
                failing=[name for name, holds in last["properties"].items() if not holds] if last else [],
                value=last["value"] if last else value,
                sign=last["sign"] if last else sign,
                value_from="own check" if last else source,
                note=each.note,
            )
        )
    return sorted(rows, key=lambda row: (row.student.casefold(), row.folder))


def _unnamed(path: Path, folder: Path) -> str:
    """What to call a student who gave no name: the folder below the class's, or what stands before the file's name."""
    if path.parent != folder:
        return str(path.parent.relative_to(folder))
    return path.name.removesuffix(seal.FILE).rstrip("-_. ") or path.name


def _run(exercise: Exercise, runner: Runner) -> tuple[float, seal.Sign]:
    predict, number = exercise.machine.predict, exercise.machine.replications
    base, other = (runner(exercise.scenario(name), number, SEED) for name in (predict.base, predict.other))
    found = model_value(predict, base, other)
    return found.value, found.sign


def _told_apart(rows: list[Row]) -> list[Row]:
    """Rows of one exercise under the same name are both kept, and say so."""
    names = Counter((row.prediction.exercise, row.student) for row in rows)
    return [
        replace(row, note=_joined(row.note, "another prediction has this name"))
        if names[row.prediction.exercise, row.student] > 1
        else row
        for row in rows
    ]


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


def class_text(classroom: Classroom) -> str:
    """The class for a terminal: a table for each exercise, then what was left out and why."""
    lines = []
    for exercise in classroom.exercises:
        rows = classroom.of(exercise)
        lines += [_heading(exercise, rows[0].unit), "", _table(rows), "", calibration_text(rows)]
        lines += [standing_text(rows)] if any(row.tries for row in rows) else []
        lines += [f"  {row.student} ({row.folder}): {row.note}" for row in rows if row.note]
        lines.append("")
    lines += [pooled_text(classroom), ""] if len(classroom.exercises) > 1 else []
    for told, items in (
        ("No prediction yet", classroom.waiting),
        ("There twice, counted once", classroom.copies),
        ("Broken, left out", [f"{each.path}: {each.reason}" for each in classroom.broken]),
    ):
        if items:
            lines += [f"{told}:", *(f"  {item}" for item in items), ""]
    return "\n".join([*lines, CAVEAT, SENTENCE])


def _heading(exercise: str, unit: str) -> str:
    apart = distance_word(unit)
    return f"{exercise}, in {unit}" + (f", the score in {apart}" if apart != unit else "")


def _table(rows: Sequence[Row]) -> str:
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
    return aligned(HEADINGS, cells, right=(2, 3, 4, 5, 8, 10))


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


def pooled_text(classroom: Classroom) -> str:
    """Calibration over the exercises: the class's intervals together, then each student's own."""
    inside, many = sum(row.score.inside for row in classroom.rows), len(classroom.rows)
    own = pooled(classroom)
    told = (
        f"Over {len(classroom.exercises)} exercises {inside} of {many} intervals ({inside / many:.0%}) hold the "
        f"model's value; {CONFIDENCE:.0%} were meant to."
    ).replace("%", " %")
    if not own:
        return told
    cells = [(each.student, str(each.exercises), str(each.inside)) for each in own]
    table = aligned(("student", "intervals", "inside"), cells, right=(1, 2))
    return f"{told} Fairer than one exercise: each student's own, question by question.\n\n{table}"


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
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell
