"""A class's sealed predictions, joined: one table, one picture for each exercise.

Every prediction below a folder is read, also one that a browser or a submission box has renamed, with the log of checks
beside it. What is broken or was not read is told, and the rest is merged.

The model's value is the one that a student's own last check wrote down; for a student without a check the class's
median, or, where nobody has checked, a run with seed 1.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.base.errors import ChipgateError
from sim.base.files import UnusableFileError
from sim.base.label import LABEL
from sim.base.yaml_tree import composed, printable
from sim.exhibits.exhibit import Column, Exhibit
from sim.exhibits.page import Page, Said, page_record
from sim.exhibits.records import csv_text
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
        printable(str(folder)), _doubles_marked(rows), given.broken, sorted(given.waiting), copies, sorted(given.unread)
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


def _doubles_marked(rows: list[Row]) -> list[Row]:
    """Rows of one exercise under one name, or with one seed, are all kept, and say so: somebody may have sealed a
    second prediction when a check of the first had shown the model's value."""
    names = Counter((row.prediction.exercise, row.student.casefold()) for row in rows)
    seeds = Counter((row.prediction.exercise, row.prediction.seed) for row in rows)
    marked = []
    for row in rows:
        exercise, seed = row.prediction.exercise, row.prediction.seed
        twice = [
            *(["name"] if names[exercise, row.student.casefold()] > 1 else []),
            *([f"seed, {seed}"] if seeds[exercise, seed] > 1 else []),
        ]
        note = f"another prediction has this {' and this '.join(twice)}" if twice else ""
        marked.append(replace(row, note=_joined(row.note, note)))
    return marked


# --- As tables ---


def _number(value: float) -> str:
    return number_text(value, "")


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


COLUMNS: tuple[Column[Row], ...] = (
    Column("student", lambda row: row.student),
    Column("sign", lambda row: row.prediction.sign),
    Column("size", lambda row: _number(row.prediction.size)),
    Column("low", lambda row: _number(row.prediction.low)),
    Column("high", lambda row: _number(row.prediction.high)),
    Column("model", lambda row: _number(row.value)),
    Column("sign_right", lambda row: _yes(row.score.sign_right), "sign right", {"mean": 2}),
    Column("inside", lambda row: _yes(row.score.inside), shows={"mean": 1}),
    Column("score", lambda row: number_text(row.score.score, "", signed=False)),
    Column("passed", lambda row: _yes(row.passed) if row.tries else "", shows={"mean": 3}),
    Column("checks", lambda row: row.tries, shows={"mean": 4}),
    Column("seal", lambda row: row.prediction.code),
)
"""The first to give way are summed up below the table."""


def class_page(classroom: Classroom) -> Page:
    """The class: a table for each exercise, each student's own intervals over several, then what was left out and
    why."""
    units = {exercise: classroom.of(exercise)[0].unit for exercise in classroom.exercises}
    several = len(classroom.exercises) > 1
    left_out = (
        ("waiting", "No prediction yet", classroom.waiting),
        ("copies", "There twice, counted once", classroom.copies),
        ("not_read", "Not read", classroom.unread),
        ("broken", "Broken, left out", [f"{each.path}: {each.reason}" for each in classroom.broken]),
    )
    return Page(
        title=f"{len(classroom.rows)} predictions below {Path(classroom.folder).resolve().name}",
        parts=(
            Exhibit(
                "predictions",
                "",
                COLUMNS,
                tuple(classroom.rows),
                by=lambda row: _heading(row.prediction.exercise, units[row.prediction.exercise]),
                notes=_below,
                record=row_record,
            ),
            Said("calibration", (_pooled_text(classroom),) if several else ()),
            Exhibit("pooled", "", POOLED, tuple(pooled(classroom)), record=vars),
            *(Said(key, tuple(_first(items)), title=title) for key, title, items in left_out),
        ),
        facts={"folder": classroom.folder},
        notes=(CAVEAT,),
        elsewhere=f"{TABLE} has them",
    )


def _first(items: Sequence[str]) -> list[str]:
    """A list as long as somebody reads."""
    more = len(items) - MOST_LISTED
    return [*items[:MOST_LISTED], *([f"... and {more:,} more, in {RECORD}"] if more > 0 else [])]


def _heading(exercise: str, unit: str) -> str:
    apart = distance_word(unit)
    return f"{exercise}, in {unit}" + (f", the score in {apart}" if apart != unit else "")


def _below(rows: Sequence[Row]) -> list[str]:
    """What is said below the table of an exercise."""
    standing = [standing_text(rows)] if any(row.tries for row in rows) else []
    return [calibration_text(rows), *standing, *(f"{r.student} ({r.folder}): {r.note}" for r in rows if r.note)]


def calibration_text(rows: Sequence[Row]) -> str:
    """How many signs came out and how many intervals hold the model's value, and what that does not show: a class
    answers one question, so its intervals are no independent trials of their 80 %."""
    signs, inside = (sum(getattr(row.score, name) for row in rows) for name in ("sign_right", "inside"))
    many = len(rows)
    return (
        f"{signs} of {many} signs came out. {inside} of {many} intervals ({inside / many:.0%}) hold the model's value. "
        f"With one question they hit or miss together, so this is not a test of their {CONFIDENCE:.0%}."
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


POOLED: tuple[Column[Pooled], ...] = (
    Column("student", lambda each: each.student),
    Column("exercises", lambda each: each.exercises, "intervals"),
    Column("inside", lambda each: each.inside),
)


def _pooled_text(classroom: Classroom) -> str:
    """Calibration over the exercises: the class's intervals together."""
    inside, many = sum(row.score.inside for row in classroom.rows), len(classroom.rows)
    fairer = " Fairer than one exercise: each student's own, question by question." * bool(pooled(classroom))
    return (
        f"Over {len(classroom.exercises)} exercises {inside} of {many} intervals ({inside / many:.0%}) hold the "
        f"model's value; {CONFIDENCE:.0%} were meant to.{fairer}"
    ).replace("%", " %")


def standing_text(rows: Sequence[Row]) -> str:
    """Where those stand who have checked, in one line: what did not hold in their last check, the commonest first."""
    checked = [row for row in rows if row.tries]
    passed = sum(row.passed for row in rows)
    failing = Counter(name for row in checked if not row.passed for name in row.failing).most_common()
    names = ", ".join(f"{name} ({many})" for name, many in failing)
    text = f"{len(checked)} of {len(rows)} checked, {passed} passed."
    return f"{text} Not holding in the others' last check: {names}." if names else text


def class_record(classroom: Classroom) -> dict[str, Any]:
    """The class for machines: all of what is listed."""
    whole = {
        "waiting": classroom.waiting,
        "copies": classroom.copies,
        "not_read": classroom.unread,
        "broken": [vars(each) for each in classroom.broken],
        "pooled": [vars(each) for each in pooled(classroom)],
    }
    return page_record(class_page(classroom)) | whole


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
    records = [{key: _harmless(cell) for key, cell in row_record(row).items()} for row in classroom.rows]
    return csv_text(records) if records else "label\n"


def _harmless(cell: Any) -> Any:
    """A text in which a spreadsheet would see a formula, behind a mark that makes it a text; numbers stay numbers.

    Tabs and ends of lines, behind which it would look for one too, stand as their codes.
    """
    if not isinstance(cell, str):
        return cell
    text = printable(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
