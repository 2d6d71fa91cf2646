"""A student's work checked: against properties of their own runs, on their own seed; and their prediction scored."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from sim.base.errors import ChipgateError
from sim.base.expressions import ExpressionError
from sim.base.label import LABEL
from sim.base.statistics import finite
from sim.experiment.run import Run
from sim.lessons import language, seal
from sim.lessons.edits import Changed, changes
from sim.lessons.exercise import YOURS, Exercise, Property, names_read
from sim.lessons.language import BlankAnswerError, Lazy, Names
from sim.lessons.score import ModelValue, Score, asks, border, measure_word, model_value, refuse_contradiction, scored
from sim.lessons.seal import Prediction, read_prediction
from sim.lessons.work import LOG, Log, Work, add_to_log, lay_out_rest, read_log, refuse_unwritable, write_name
from sim.scenario.load import SourcedScenario, load

Runner = Callable[[SourcedScenario, int, int], Run]
"""Runs a scenario: so many replications, that seed."""
NEARLY_ALL = 0.95
"""The share of the runs in which a property must hold, where its exercise does not say."""


@dataclass(frozen=True)
class Finding:
    """Whether one property holds."""

    name: str
    claim: str
    holds: bool
    detail: str
    """Numbers of the student's own runs, or what is missing."""
    hint: str
    """For one that does not hold; empty otherwise."""
    blank: bool = False
    """Whether it fails for want of an answer, which counts as no try."""


@dataclass(frozen=True)
class Report:
    """The outcome of one check."""

    work: Work
    prediction: Prediction
    number: int
    """This check's number in the student's log, from 1."""
    replications: int
    findings: list[Finding]
    model: ModelValue
    score: Score
    log: Log
    """The checks before this one."""

    @property
    def passed(self) -> bool:
        """Whether every property holds."""
        return all(finding.holds for finding in self.findings)


def sealed_prediction(work: Work) -> Prediction:
    """The work's prediction, its seal whole and its exercise and seed the work's own. Raises ChipgateError."""
    exercise, path = work.exercise, work.folder / seal.FILE
    if not path.exists():
        raise ChipgateError(
            f"{work.place} holds no prediction yet. First say what you expect, "
            f"then look: chipgate lesson predict {exercise.called}"
        )
    prediction = read_prediction(path)
    refuse_foreign(prediction, exercise)
    if prediction.seed != work.seed:
        raise ChipgateError(
            f"answers.yaml says seed {work.seed}, but the prediction was sealed with seed {prediction.seed}; "
            "put the seed back in answers.yaml"
        )
    return prediction


def has_predicted(exercise: Exercise) -> bool:
    """Whether a prediction of this exercise is sealed in the folder stood in, or in the one that `start` makes here."""
    for folder in (Path(), Path(exercise.work)):
        try:
            if read_prediction(folder / seal.FILE).exercise == exercise.name:
                return True
        except ChipgateError:
            continue
    return False


def refuse_known(exercise: Exercise, known: Mapping[str, Any]) -> None:
    """Refuse what contradicts itself in a prediction of which sign, size, low or high may not be known yet.

    Raises ChipgateError.
    """
    if {"sign", "size"} <= known.keys():
        seal.refuse_wrong_size(known["sign"], known["size"])
        refuse_contradiction(exercise.machine.predict, known["sign"], known["size"])
    low, high = known.get("low", -seal.LARGEST_SIZE), known.get("high", seal.LARGEST_SIZE)
    seal.refuse_wrong_interval(known.get("size", low), low, high)


def refuse_foreign(prediction: Prediction, exercise: Exercise) -> None:
    """Refuse a prediction of another exercise, or of an earlier text of this one. Raises ChipgateError."""
    if prediction.exercise != exercise.name:
        raise ChipgateError(f"this prediction is of {prediction.exercise}, not of {exercise.name}")
    if dict(prediction.asks) != asks(exercise.machine.predict):
        raise ChipgateError(f"{exercise.name} asks another question now than when this prediction was sealed")


def begin_prediction(work: Work) -> Callable[..., Prediction]:
    """What seals this work's prediction, given sign, size, low, high and name, and lays out the rest of the page.

    Raises ChipgateError, at once, where one is sealed already, or the log shows that the work was checked before.
    """
    exercise, path = work.exercise, work.folder / seal.FILE
    if path.exists():
        prediction = read_prediction(path)
        raise ChipgateError(
            f"'{path}' holds a sealed prediction already, seal {prediction.code}; a second one is not taken"
        )
    log = read_log(work.folder / LOG)
    if log.tries or log.bad:
        raise ChipgateError(
            f"'{work.folder / LOG}' shows that this work was checked, and its prediction is gone: it is too late for "
            f"another. Put {seal.FILE} back, or begin anew: chipgate lesson start {exercise.called} ANOTHER-FOLDER"
        )

    def seal_it(*, sign: str, size: float, **expected: Any) -> Prediction:
        refuse_contradiction(exercise.machine.predict, sign, size)
        prediction = seal.write_prediction(
            work.folder,
            exercise=exercise.name,
            asks=asks(exercise.machine.predict),
            seed=work.seed,
            run_before=(work.folder / "results").exists(),
            sign=sign,
            size=size,
            **expected,
        )
        write_name(work.folder, prediction.name)
        lay_out_rest(exercise, work.folder)
        return prediction

    return seal_it


def check(work: Work, runner: Runner) -> Report:
    """Check a student's work and write the check down in its log. Raises ChipgateError, and then nothing is written."""
    machine = work.exercise.machine
    prediction = sealed_prediction(work)
    refuse_unwritable(work.folder)  # before anything runs
    lay_out_rest(work.exercise, work.folder)  # where that failed when the prediction was sealed
    log = read_log(work.folder / LOG)
    tries = [entry for entry in log.tries if entry["seal"] == prediction.seal]
    changed = _changes(work)
    runs = Runs(work, runner)
    names = Names(
        runs={name: runs.lazy(name) for name in runs.names},
        answers=work.answers,
        let=machine.let,
        functions={"changed": lambda: len(changed), "effort": lambda: math.fsum(c.effort for c in changed)},
    )
    findings = [_finding(name, each, names, tries, work) for name, each in machine.properties.items()]
    findings += _texts(work)
    model = model_value(machine.predict, runs.predicted(machine.predict.base), runs.predicted(machine.predict.other))
    score = scored(prediction, model.value, model.sign, border(machine.predict) or 0.0)
    report = Report(work, prediction, len(tries) + 1, machine.replications, findings, model, score, log)
    add_to_log(work.folder, log_entry(report))
    return report


def _changes(work: Work) -> list[Changed]:
    edit = work.exercise.machine.edit
    if edit is None or work.file is None:
        return []
    return changes(edit, work.exercise.scenario(edit.base), load(work.file))


class Runs:
    """The runs of a check, each made once and only when something reads it."""

    def __init__(self, work: Work, runner: Runner) -> None:
        self.work = work
        self._runner = runner
        self._known: dict[tuple[str, int], Run] = {}

    @property
    def names(self) -> list[str]:
        """The names of runs that expressions may read."""
        return [*([YOURS] if self.work.file is not None else []), *self.work.exercise.machine.runs]

    def lazy(self, name: str) -> Lazy:
        """The run of a name."""
        exercise = self.work.exercise
        terms = exercise.terms(name)
        sourced = exercise.prepared(terms, self.work.file)
        number = terms.replications or exercise.machine.replications
        plain = not terms.set and not terms.relax
        return Lazy(sourced, lambda: self._made(terms.scenario if plain else f"{name}:", sourced, number))

    def predicted(self, scenario: str) -> Run:
        """The run of a scenario that the prediction is about."""
        exercise = self.work.exercise
        return self._made(scenario, exercise.scenario(scenario), exercise.machine.replications)

    def _made(self, key: str, sourced: SourcedScenario, number: int) -> Run:
        """Made once for each scenario; the names of runs with terms of their own end in a colon."""
        if (key, number) not in self._known:
            self._known[key, number] = self._runner(sourced, number, self.work.seed)
        return self._known[key, number]


def blank_answers(work: Work, each: Property | None = None) -> list[str]:
    """The answers that are still blank, of all or of those that a property reads."""
    machine = work.exercise.machine
    blank = [name for name in machine.answers if work.answers[name] is None]
    if each is None:
        return blank
    earlier = [text for name, text in machine.let.items() if name in _names_of(work, each)]
    return [name for name in blank if re.search(rf"\banswers\.{name}\b", " ".join([each.test, each.tell, *earlier]))]


def _names_of(work: Work, each: Property) -> set[str]:
    """The names that a property reads."""
    texts = [each.test, *language.slots(each.tell)]
    return {name for text in texts for name in names_read(work.exercise.machine, text)}


def planned(work: Work) -> list[int]:
    """The replications of each run that a check of this work makes: of those that its properties read, unless an answer
    in them is blank, and of the prediction, each once. Raises ChipgateError."""
    made: list[int] = []

    def dry(_sourced: SourcedScenario, replications: int, _seed: int) -> Any:
        made.append(replications)

    runs, machine = Runs(work, dry), work.exercise.machine
    read = [_names_of(work, each) for each in machine.properties.values() if not blank_answers(work, each)]
    for name in runs.names:
        if any(name in names for names in read):
            _ = runs.lazy(name).run
    for scenario in (machine.predict.base, machine.predict.other):
        runs.predicted(scenario)
    return made


def _finding(name: str, each: Property, names: Names, tries: list[dict[str, Any]], work: Work) -> Finding:
    """One property's finding; its hint depends on how often it failed before, blank answers not counted."""
    blank = False
    try:
        for answer in blank_answers(work, each):
            raise BlankAnswerError(answer)  # before a run is made for it
        holds, detail = judged(each, names)
        detail = " ".join(part for part in (detail, language.filled(each.tell, names)) if part)
    except BlankAnswerError as error:
        holds, detail, blank = False, f"'{error}' in answers.yaml is still blank.", True
    except ExpressionError as error:
        raise ChipgateError(f"the exercise's property '{name}' cannot be checked: {error}") from None
    failed = [entry for entry in tries if entry["properties"].get(name) is False]
    failed_before = sum(name not in entry.get("blank", []) for entry in failed)
    hint = "" if holds else each.hints[min(failed_before, len(each.hints) - 1)]
    return Finding(name, each.claim, holds, detail, hint, blank)


def judged(each: Property, names: Names) -> tuple[bool, str]:
    """Whether a property holds, and in how many runs where it is about single runs.

    Raises ExpressionError and BlankAnswerError.
    """
    truth = language.evaluate(each.test, names)
    if isinstance(truth, np.ndarray) and truth.dtype == np.bool_:
        having, needed = int(truth.sum()), math.ceil((each.share or NEARLY_ALL) * len(truth) - 1e-9)
        detail = f"It is so in {having} of {len(truth)} runs" + (f"; {needed} are needed." if having < needed else ".")
        return having >= needed, detail
    if not isinstance(truth, bool | np.bool_):
        raise ExpressionError(f"'{each.test}' is neither true nor false")
    if each.share is not None:
        raise ExpressionError(f"'in: {each.share:.0%}' belongs to a test of single runs; this is a single truth")
    return bool(truth), ""


def _texts(work: Work) -> list[Finding]:
    """A property for each question that is answered in words: that it is, and not by one word many times."""
    findings = []
    for name, question in work.exercise.machine.answers.items():
        if question.kind == "text":
            written = str(work.answers[name] or "").casefold()
            words, different = len(written.split()), len(set(re.findall(r"\w+", written)))
            holds = words >= question.words and different >= question.different
            detail = "" if holds else f"It has {words} words so far; {question.words} are wanted."
            if words >= question.words and not holds:
                detail = f"Different words in it: {different}; {question.different} are wanted."
            hint = "" if holds else f"Write it behind '{name}' in answers.yaml, in 'quotes'; nobody marks the words."
            claim = f"You answered in words: {question.question}"
            findings.append(Finding(name, claim, holds, detail, hint, blank=not words))
    return findings


# --- What is written down, and shown ---


def log_entry(report: Report) -> dict[str, Any]:
    """One line of the log."""
    return {
        "label": LABEL,
        "exercise": report.work.exercise.name,
        "seal": report.prediction.seal,
        "number": report.number,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "passed": report.passed,
        "properties": {finding.name: finding.holds for finding in report.findings},
        "blank": [finding.name for finding in report.findings if finding.blank],
        "value": float(report.model.value),
        "sign": report.model.sign,
    }


def report_record(report: Report) -> dict[str, Any]:
    """The check for machines."""
    half = report.model.half_width
    return {
        "label": LABEL,
        "exercise": report.work.exercise.name,
        "seed": report.work.seed,
        "number": report.number,
        "replications": report.replications,
        "passed": report.passed,
        "file": report.work.file.name if report.work.file else None,
        "log_broken": report.log.told or None,
        "properties": [vars(finding) for finding in report.findings],
        "prediction": prediction_record(report.prediction),
        "model": {"value": report.model.value, "half_width": finite(half)}
        | {"sign": report.model.sign, "unit": measure_word(report.work.exercise.machine.predict)},
        "score": vars(report.score),
    }


def prediction_record(prediction: Prediction) -> Mapping[str, Any]:
    """A prediction for machines."""
    return {"label": LABEL, **vars(prediction), "code": prediction.code}
