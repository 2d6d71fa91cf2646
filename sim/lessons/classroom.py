"""A class's sealed predictions, joined: who has sealed and checked, and how each prediction came out.

Every prediction below a folder is read, also one that a browser or a submission box has renamed, with the log of checks
beside it. What is broken or was not read is told, and the rest is merged.

The model's value is the one that a student's own last check wrote down. Who has not checked has none, and is not
counted; only where nobody has checked, all stand beside a run with seed 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sim.base.errors import ChipgateError
from sim.base.files import UnusableFileError
from sim.base.label import LABEL
from sim.base.yaml_tree import composed, printable, quoted
from sim.exhibits.exhibit import Column, Exhibit, Name
from sim.exhibits.page import Page, Said, page_record
from sim.exhibits.records import csv_text
from sim.lessons import seal
from sim.lessons.check import Runner, refuse_foreign
from sim.lessons.exercise import Exercise, exercise_names, find
from sim.lessons.handed_in import RECORD, TABLE, Broken, Bundle, HandedIn, handed_in, log_key, prediction_key
from sim.lessons.score import (
    HIT,
    INTENDED,
    MISSED,
    WHAT_IS_WRONG,
    WRONG,
    Score,
    asks,
    border,
    distance_word,
    measure_word,
    model_value,
    scored,
)
from sim.lessons.seal import CAVEAT, Prediction, read_prediction
from sim.lessons.texts import number_text
from sim.lessons.work import Log, read_log
from sim.pictures.names import short

MOST_LISTED = 20  # of what was not read
LONGEST_REASON, LONGEST_NAME = 200, 36  # letters shown
FEWEST = 5  # students of whom a share is said
SEED = 1  # of the run that stands in where nobody has checked
OWN, STAND_IN = "own check", f"run with seed {SEED}"
OPEN = "not checked"
"""How an interval comes out of a student who has no value of the model's."""
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # what a cell begins with that a spreadsheet computes, wide ones too


@dataclass(frozen=True)
class Row:
    """One student's prediction of one exercise."""

    student: str
    """The name in the prediction, else the folder's."""
    folder: str
    file: str
    """Where the prediction lies, as seen from the class's folder."""
    prediction: Prediction
    exercise: Exercise
    note: str = ""
    tries: int = 0
    passed: bool = False
    failing: list[str] = field(default_factory=list)
    """Properties that did not hold in the last check."""
    value: float | None = None
    """The model's, in the exercise's measure; None for who has not checked where others have."""
    sign: seal.Sign | None = None

    @property
    def value_from(self) -> str:
        """own check | run with seed 1; empty without a value."""
        return OWN if self.tries else "" if self.value is None else STAND_IN

    @property
    def score(self) -> Score | None:
        """The prediction against the model's value."""
        if self.value is None or self.sign is None:
            return None
        return scored(self.prediction, self.value, self.sign, border(self.exercise.machine.predict) or 0.0)

    @property
    def outcome(self) -> str:
        """How the interval comes out: hit | missed | confidently wrong | not checked."""
        return self.score.outcome if self.score else OPEN

    @property
    def standing(self) -> str:
        """How far the student has come: sealed; 2 checks; passed, 3 (checks)."""
        if self.passed:
            return f"passed, {self.tries}"
        return f"{self.tries} check{'s' if self.tries > 1 else ''}" if self.tries else "sealed"


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


def merge(folder: Path, runner: Runner, own: Sequence[Exercise] = ()) -> Classroom:
    """Join all sealed predictions below a folder, of shipped exercises and the teacher's own.

    Raises ChipgateError where there is no such folder, or nothing in it to merge.
    """
    if not folder.is_dir():
        raise ChipgateError(f"there is no folder '{folder}'; name the one that holds your class's folders")
    given, known = handed_in(folder), {exercise.name: exercise for exercise in own}
    everything = [row for bundle in given.bundles for row in _read(bundle, given, known)]
    if not everything and not given.waiting and not given.broken:
        there = f"; what lies there was not read: {', '.join(given.unread[:3])}" if given.unread else ""
        more = ", ..." if len(given.unread) > 3 else ""
        raise ChipgateError(f"'{folder}' holds no {seal.FILE}, in no folder below it{there}{more}")
    rows, copies = _without_copies(everything)
    rows = _doubles_marked(_with_stand_ins(rows, runner))
    rows.sort(key=lambda row: (row.prediction.exercise, row.student.casefold(), row.file))
    return Classroom(printable(str(folder)), rows, given.broken, sorted(given.waiting), copies, sorted(given.unread))


class Checks(NamedTuple):
    """What a log says of one prediction, the last check's findings among it."""

    log: Path
    tries: int
    passed: bool
    failing: list[str]
    value: float
    sign: seal.Sign


def _read(bundle: Bundle, given: HandedIn, known: dict[str, Exercise]) -> list[Row]:
    """A folder's predictions, each with its own checks; a broken log costs the checks and not the prediction.

    What is broken, and logs that belong to no prediction, go into `given`; `known` keeps the exercises that were read.
    """
    checks, many, faults = dict[str, Checks](), dict[Path, int](), dict[Path, str]()
    for path in bundle.logs:
        try:
            log = read_log(path)
        except ChipgateError as error:
            log, faults[path] = Log([], {}), _reason(error)
        many[path] = len(log.tries)
        faults.setdefault(path, printable(log.told))
        for each, found in _by_seal(path, log).items():
            checks[each] = max(checks.get(each, found), found, key=lambda found: found.tries)
    by_key = {log_key(path.name): path for path in reversed(bundle.logs)}
    rows, used = list[Row](), dict[Path, str]()
    for path in bundle.predictions:
        own, beside = None, by_key.get(prediction_key(path.name))
        student = _student(path, given.folder)
        try:
            prediction = read_prediction(path)
            exercise = _exercise_of(prediction, known)
        except ChipgateError as error:
            student = _claimed(path) or student
            given.spoil(path, _reason(error), student)
        else:
            student = composed(prediction.name) or student
            if own := checks.get(prediction.seal):
                beside = own.log  # browsers number each file on its own: it may be called `checks (1).jsonl`
            foreign = many[beside] - (own.tries if own else 0) if beside else 0
            note = _joined(
                "results lay there before it was sealed" * prediction.run_before,
                f"{foreign} check{' belongs' if foreign == 1 else 's belong'} to another prediction" * (foreign > 0),
                "its log of checks is broken" * bool(beside and faults[beside]),
            )
            row = Row(student, given.below(path.parent), given.below(path), prediction, exercise, note)
            if own:
                names = {*exercise.machine.properties, *exercise.machine.answers}
                failing = [name for name in own.failing if name in names]
                row = replace(row, tries=own.tries, passed=own.passed, failing=failing, value=own.value, sign=own.sign)
            rows.append(row)
        if beside:
            used.setdefault(beside, student)
    given.unread += [f"{given.below(path)} (the prediction is missing)" for path in many if path not in used]
    for path, student in used.items():
        if faults[path]:
            given.spoil(path, faults[path], student)
    return rows


def _by_seal(path: Path, log: Log) -> dict[str, Checks]:
    """The checks in a log, by the seal of the prediction that they are of."""
    found = dict[str, Checks]()
    for entry in log.tries:
        before = found.get(entry["seal"])
        failing = [name for name, holds in entry["properties"].items() if not holds]
        so_far = (before.tries + 1, before.passed or entry["passed"]) if before else (1, entry["passed"])
        found[entry["seal"]] = Checks(path, *so_far, failing, entry["value"], entry["sign"])
    return found


def _exercise_of(prediction: Prediction, known: dict[str, Exercise]) -> Exercise:
    """The exercise that a prediction is of. Raises ChipgateError."""
    name = prediction.exercise
    if name not in known:
        if name not in exercise_names():
            for own in known.values():  # a copy of it may have another name, such as 'wages (1)'
                if not own.shipped and asks(own.machine.predict) == dict(prediction.asks):
                    return own
            raise ChipgateError(f"chipgate has no exercise {quoted(name)}; one of your own is named by --exercise DIR")
        known[name] = find(name)
    refuse_foreign(prediction, known[name])
    return known[name]


def _reason(error: ChipgateError) -> str:
    """What is wrong, without the path and the advice to a student."""
    text = printable(error.reason if isinstance(error, UnusableFileError) else str(error))
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]} …"


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _student(path: Path, folder: Path) -> str:
    """What to call a student who gave no name: the folder below the class's, and what stands before the file's name."""
    key = prediction_key(path.name)
    before = path.name[: len(key[0])].strip("-_. ") if key else ""
    parts = [str(path.parent.relative_to(folder))] if path.parent != folder else []
    return composed(printable("/".join([*parts, *([before] if before else [])]) or path.name))


def _claimed(path: Path) -> str:
    """The name in a prediction that cannot be used; empty where none can be read."""
    try:
        return composed(seal.tidy_name(seal.read_json(path)["name"]))
    except (ChipgateError, LookupError, TypeError, AttributeError):
        return ""


def _without_copies(rows: list[Row]) -> tuple[list[Row], list[str]]:
    """Each seal once, with the most checks; and what was left out."""
    kept, copies = dict[str, Row](), []
    for row in rows:
        better, worse = row, kept.get(row.prediction.seal)
        if worse and worse.tries >= row.tries:
            better, worse = worse, row
        kept[row.prediction.seal] = better
        if worse:
            copies.append(f"{worse.file} is {better.file} again, seal {row.prediction.code}")
    return list(kept.values()), copies


def _with_stand_ins(rows: list[Row], runner: Runner) -> list[Row]:
    """Where nobody has checked an exercise, its rows beside a run of the model."""
    checked, found = {row.exercise.name for row in rows if row.tries}, {}
    for name, exercise in sorted({row.exercise.name: row.exercise for row in rows}.items()):
        if name not in checked:
            predict, number = exercise.machine.predict, exercise.machine.replications
            runs = (runner(exercise.scenario(each), number, SEED) for each in (predict.base, predict.other))
            found[name] = model_value(predict, *runs)
    return [
        replace(row, value=model.value, sign=model.sign) if (model := found.get(row.exercise.name)) else row
        for row in rows
    ]


def _doubles_marked(rows: list[Row]) -> list[Row]:
    """Rows of one exercise under one name, or with one seed, are all kept, and say so: somebody may have sealed a
    second prediction when a check of the first had shown the model's value."""

    def keys(row: Row) -> dict[str, tuple[str, str]]:
        seed, exercise = str(row.prediction.seed), row.exercise.name
        return {"name": (exercise, row.student.casefold()), f"seed, {seed[:20]}": (exercise, f"\n{seed}")}

    many = Counter(key for row in rows for key in keys(row).values())
    twice = [" and this ".join(what for what, key in keys(row).items() if many[key] > 1) for row in rows]
    notes = [f"another prediction has this {what}" if what else "" for what in twice]
    return [replace(row, note=_joined(row.note, note)) for row, note in zip(rows, notes, strict=True)]


# --- As tables ---


def _number(value: float) -> str:
    return number_text(value, "")


def _named(row: Row) -> Name:
    """A student's name, short enough that one long word leaves the others their table."""
    return Name(row.student, short(row.student, LONGEST_NAME))


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def _model(row: Row) -> str:
    if row.value is None:
        return OPEN
    return _number(row.value) + f" (seed {SEED})" * (row.value_from == STAND_IN)


COLUMNS: tuple[Column[Row], ...] = (
    Column("student", _named),
    Column("sign", lambda row: row.prediction.sign, shows={"mean": 3}),
    Column("size", lambda row: _number(row.prediction.size), shows={"mean": 4}),
    Column("low", lambda row: _number(row.prediction.low)),
    Column("high", lambda row: _number(row.prediction.high)),
    Column("model", _model),
    Column("sign_right", lambda row: _yes(row.score.sign_right) if row.score else "", "sign right", {"mean": 5}),
    Column("interval", lambda row: row.outcome if row.score else ""),
    Column("score", lambda row: number_text(row.score.score, "", signed=False) if row.score else "", shows={"mean": 1}),
)
"""Those that give way are summed up below the table; how an interval came out stays."""
CODES: tuple[Column[Row], ...] = (
    Column("student", _named),
    Column("exercise", lambda row: row.exercise.name),
    Column("seal", lambda row: row.prediction.code),
)


def students(classroom: Classroom) -> list[list[Row]]:
    """The rows of each student, by name."""
    found = dict[str, list[Row]]()
    for row in classroom.rows:
        found.setdefault(row.student.casefold(), []).append(row)
    return [rows for _, rows in sorted(found.items())]


def intervals(rows: Sequence[Row], *outcomes: str) -> int | None:
    """How many intervals of one name came out like this; None where the name stands twice in one exercise, since it may
    be that of two students."""
    alone = len(rows) == len({row.exercise.name for row in rows})
    return sum(row.outcome in outcomes for row in rows) if alone else None


def _students_exhibit(classroom: Classroom) -> Exhibit[list[Row]]:
    """Who has sealed and who has checked; over several exercises also each student's own intervals."""

    def standing(exercise: str, rows: list[Row]) -> str:
        return "; ".join(row.standing for row in rows if row.exercise.name == exercise)

    several = len(classroom.exercises) > 1
    columns = [Column[list[Row]]("student", lambda rows: _named(rows[0]))]
    for name in classroom.exercises:
        short = name[:2] if several and name[:2].isdecimal() else name
        columns.append(Column(name, partial(standing, name), short))
    if several:
        columns += [
            Column("hit", lambda rows: intervals(rows, HIT), shows={"mean": 1}),
            Column("intervals", lambda rows: intervals(rows, HIT, MISSED, WRONG), "of", {"mean": 1}),
            Column("confidently_wrong", lambda rows: intervals(rows, WRONG), WRONG, {"mean": 2}),
        ]
    title = "Who has sealed; who has checked, how often; who has passed"
    return Exhibit("students", title, tuple(columns), tuple(students(classroom)))


def class_page(classroom: Classroom) -> Page:
    """The class: who has come how far, a table of predictions for each exercise, then what was left out and why."""
    broken = [_told(each) for each in classroom.broken]
    left_out = {
        "waiting": ("No prediction yet", classroom.waiting),
        "copies": ("There twice, counted once", classroom.copies),
        "not_read": ("Not read", classroom.unread),
        "broken": ("Broken, left out", broken),
    }
    return Page(
        title=f"{len(classroom.rows)} predictions below {Path(classroom.folder).resolve().name}",
        parts=(
            _students_exhibit(classroom),
            Said("calibration", _calibration(classroom)),
            Exhibit(
                "predictions",
                "",
                COLUMNS,
                tuple(classroom.rows),
                by=lambda row: _heading(row.exercise),
                notes=_below,
                record=row_record,
            ),
            Exhibit("codes", "Codes of the seals, to compare with those on the board", CODES, tuple(classroom.rows)),
            *(Said(key, tuple(_first(items)), title=title) for key, (title, items) in left_out.items()),
        ),
        facts={"folder": classroom.folder},
        notes=(WHAT_IS_WRONG, CAVEAT),
        elsewhere=f"{TABLE} has them",
    )


def _told(broken: Broken) -> str:
    """What is broken, behind the student's name where the path does not say it."""
    named = "" if broken.path.startswith(broken.student) else f"{broken.student}, "
    return f"{named}{broken.path}: {broken.reason}"


def _first(items: Sequence[str]) -> list[str]:
    """A list as long as somebody reads."""
    more = len(items) - MOST_LISTED
    return [*items[:MOST_LISTED], *([f"... and {more:,} more, in {RECORD}"] if more > 0 else [])]


def _heading(exercise: Exercise) -> str:
    unit = measure_word(exercise.machine.predict)
    apart = distance_word(unit)
    return f"{exercise.name}, in {unit}" + (f", the score in {apart}" if apart != unit else "")


def _below(rows: Sequence[Row]) -> list[str]:
    """What is said below the table of an exercise."""
    standing = [standing_text(rows)] if any(row.tries for row in rows) else []
    return [calibration_text(rows), *standing, *(f"{r.student} ({r.folder}): {r.note}" for r in rows if r.note)]


def held_text(rows: Sequence[Row], share: bool = True) -> str:
    """How many intervals hold the model's value, as a share too unless they are few, and how many are confidently
    wrong."""
    hit, wrong, left = (sum(row.outcome == outcome for row in rows) for outcome in (HIT, WRONG, OPEN))
    many = len(rows) - left
    shared = f" ({hit / many:.0%})".replace("%", " %") if share and many >= FEWEST else ""
    return f"{hit} of {many} intervals{shared} hold the model's value, {wrong} {'is' if wrong == 1 else 'are'} {WRONG}"


def calibration_text(rows: Sequence[Row]) -> str:
    """How the predictions of one exercise came out, and what that does not show: a class answers one question, so its
    intervals are no independent trials of their 80 %."""
    scores = [row.score for row in rows if row.score]
    left = len(rows) - len(scores)
    sentences = [
        f"Nobody has checked: the model's value is that of a {STAND_IN}." * (rows[0].value_from == STAND_IN),
        f"{sum(score.sign_right for score in scores)} of {len(scores)} signs came out.",
        f"{held_text(rows)}.",
        f"{left} {'has not checked and is' if left == 1 else 'have not checked and are'} not counted." * (left > 0),
        f"With one question they hit or miss together, so this is not a test of their {INTENDED}.",
    ]
    return " ".join(filter(None, sentences))


def _calibration(classroom: Classroom) -> tuple[str, ...]:
    """Calibration over several exercises: the class's intervals together."""
    many = len(classroom.exercises)
    text = (
        f"Over {many} exercises {held_text(classroom.rows)}; {INTENDED} were meant to hold it. Fairer than one "
        "exercise: each student's own, question by question."
    )
    return (text,) if many > 1 else ()


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
    return page_record(class_page(classroom)) | {
        "waiting": classroom.waiting,
        "copies": classroom.copies,
        "not_read": classroom.unread,
        "broken": [vars(each) for each in classroom.broken],
    }


def row_record(row: Row) -> dict[str, Any]:
    """A row of the class, flat; None where the student has no value of the model's."""
    prediction, score = row.prediction, row.score
    sealed = {key: getattr(prediction, key) for key in ("seed", "sign", "size", "low", "high", "sealed", "seal")}
    come_out = {key: getattr(score, key, None) for key in ("sign_right", "inside", "confidently_wrong")}
    return {
        "label": LABEL,
        "exercise": prediction.exercise,
        "student": row.student,
        "folder": row.folder,
        "unit": measure_word(row.exercise.machine.predict),
        **sealed,
        "seal_code": prediction.code,
        "model_value": row.value,
        "model_sign": row.sign,
        "model_value_from": row.value_from,
        **come_out,
        "interval_score": score and score.score,
        "passed": row.passed,
        "checks": row.tries,
        "failing": " ".join(row.failing),
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
