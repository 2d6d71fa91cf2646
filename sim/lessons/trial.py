"""An exercise tried out as its author must: the pages are whole, the solution passes, and wrong answers fail.

Beside the exercise lie `solution`, the files that a student would hand in, and typical wrong answers, `wrong-1` and so
on, in `tests` of its folder; those of the exercises that come with the program lie in `tests/exercises` of the source.
An answer may be written `= expression`, or `= expression %`, and is worked out on the seed. A file `fails` beside a
wrong answer names the properties that it must fail in.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sim.base.errors import ChipgateError
from sim.base.files import read_plain
from sim.base.label import LABEL
from sim.base.places import CHECKOUT
from sim.base.wording import listed
from sim.experiment.run import Run
from sim.lessons import language
from sim.lessons.check import Finding, Report, Runner, Runs, begin_prediction, check
from sim.lessons.edits import FREE
from sim.lessons.exercise import ANSWERS, README, TEACHER, YOURS, Exercise, names_read
from sim.lessons.language import Names
from sim.lessons.score import card_of
from sim.lessons.work import read_work, start
from sim.scenario.load import SourcedScenario, load_shipped, shipped
from sim.scenario.show import scenario_hash

EXAMPLE = Path(__file__).parent / "example"
"""An exercise to start one's own from."""
SOLUTION, WRONG, FAILS = "solution", "wrong-*", "fails"
STUDENT = ("Goal", "Predict", "Do", "Look at", "Explain", "Go further")
TEACHERS = ("What to expect", "Common wrong ideas", "Debrief", "Time plan")
WIDEST = 80  # columns of a student's page


def overlay_folder(exercise: Exercise) -> Path:
    """Where an exercise's solution and wrong answers lie."""
    return CHECKOUT / "tests" / "exercises" / exercise.name if exercise.shipped else exercise.folder / "tests"


def example_files() -> dict[str, bytes]:
    """The files of the example, by their ways in its folder."""
    files = (path for path in sorted(EXAMPLE.rglob("*")) if path.is_file())
    return {path.relative_to(EXAMPLE).as_posix(): path.read_bytes() for path in files}


# --- Working as a student would ---


@dataclass
class Once:
    """A runner of at most so many replications, which makes each run once."""

    runner: Runner
    most: int | None = None
    made: dict[tuple[str, int, int], Run] = field(default_factory=dict)

    def __call__(self, sourced: SourcedScenario, replications: int, seed: int) -> Run:
        number = min(replications, self.most or replications)
        key = (scenario_hash(sourced.scenario), number, seed)
        if key not in self.made:
            self.made[key] = self.runner(sourced, number, seed)
        return self.made[key]


def begun(exercise: Exercise, folder: Path, seed: int, **expected: Any) -> Path:
    """A started folder with a prediction."""
    start(exercise, folder, seed)
    terms = {"sign": "higher", "size": 5.0, "low": 1.0, "high": 20.0, "name": "", **expected}
    begin_prediction(read_work(exercise, folder))(**terms)
    return folder


def lay_over(exercise: Exercise, folder: Path, overlay: Path, runner: Runner, only_answers: bool = False) -> None:
    """Put somebody's files and answers into a started folder, and nothing outside it. Raises ChipgateError."""
    for path in sorted(overlay.iterdir()):
        if path.name not in (ANSWERS, FAILS) and not only_answers:
            (folder / path.name).write_bytes(read_plain(path))
    if not (overlay / ANSWERS).is_file():
        return
    try:
        given = yaml.load(read_plain(overlay / ANSWERS), yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ChipgateError(f"'{overlay / ANSWERS}' is not YAML: {error}") from None
    if not isinstance(given, dict):
        raise ChipgateError(f"'{overlay / ANSWERS}' is 'answer: value' lines")
    runs = Runs(read_work(exercise, folder), runner)
    names = Names(runs={name: runs.lazy(name) for name in runs.names}, let=exercise.machine.let)

    def worked_out(answer: Any) -> Any:
        if not isinstance(answer, str) or not answer.startswith("="):
            return answer
        expression = answer[1:].removesuffix("%")
        return f"{language.evaluate(expression, names)}{answer[1 + len(expression) :]}"

    content = yaml.safe_load((folder / ANSWERS).read_text(encoding="utf-8"))
    content["answers"] = {key: worked_out(answer) for key, answer in given.items()}
    (folder / ANSWERS).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def handed_in(exercise: Exercise, overlay: Path, seed: int, runner: Runner, only_answers: bool = False) -> Report:
    """The check of somebody's files and answers on a seed, in a temporary folder. Raises ChipgateError."""
    with tempfile.TemporaryDirectory(prefix="chipgate-") as place:
        try:
            folder = begun(exercise, Path(place, "work"), seed)
            lay_over(exercise, folder, overlay, runner, only_answers)
            return check(read_work(exercise, folder), runner)
        except ChipgateError as error:  # its author knows the files by another place
            there = rf"[^\s']*{re.escape(Path(place).name)}[\\/]work[\\/]"
            raise ChipgateError(re.sub(there, lambda _: f"{overlay.as_posix()}/", str(error))) from None


# --- Trying it out ---


def tried(exercise: Exercise, seeds: Iterable[int], runner: Runner, most: int | None = None) -> Iterator[Finding]:
    """What must hold of an exercise, one after the other: of its pages, its solution, each wrong answer, and the start
    that nobody has touched. Raises ChipgateError where it has no solution."""
    found = faults(exercise)
    yield Finding("pages", "The pages have their parts, and tell no answer.", not found, "\n".join(found), "")
    folder = overlay_folder(exercise)
    if not (folder / SOLUTION).is_dir():
        source = "; of the program's own exercises it comes with the source" if exercise.shipped else ""
        raise ChipgateError(
            f"'{folder / SOLUTION}' is not there: the files and answers that a student would hand in{source}"
        )
    once = {seed: Once(runner, most) for seed in seeds}
    trials = [(SOLUTION, "The solution passes.", False)]
    trials += [(path.name, _claim(path), False) for path in sorted(folder.glob(WRONG)) if path.is_dir()]
    if exercise.machine.edit:
        trials.append((SOLUTION, "The start that nobody has touched fails, also with the right answers.", True))
    for name, claim, untouched in trials:
        told = []
        for seed, runs in once.items():
            if wrong := _wrong(exercise, folder / name, seed, runs, untouched):
                told.append(f"Seed {seed}: {wrong}.")
        yield Finding("start" if untouched else name, claim, not told, "\n".join(told), "")
    if len(trials) - bool(exercise.machine.edit) == 1:
        yield Finding(WRONG, "A wrong answer is tried.", False, f"There is no '{folder / 'wrong-1'}'.", "")


def _claim(overlay: Path) -> str:
    named = _named(overlay)
    return f"{overlay.name} fails{f' in {listed(named)}' if named else ''}."


def _named(overlay: Path) -> list[str]:
    """The properties that a wrong answer must fail in."""
    path = overlay / FAILS
    return read_plain(path).decode("utf-8", "replace").split() if os.path.lexists(path) else []


def _wrong(exercise: Exercise, overlay: Path, seed: int, runner: Runner, untouched: bool) -> str:
    """What is not as it should be with one trial; empty where all is."""
    try:
        report = handed_in(exercise, overlay, seed, runner, untouched)
    except ChipgateError as error:
        return f"it cannot be checked: {error}"
    failed = [finding.name for finding in report.findings if not finding.holds]
    if overlay.name == SOLUTION and not untouched:
        told = [f"{finding.name} ({finding.detail})" for finding in report.findings if not finding.holds]
        return f"it fails in {listed(told)}" if failed else ""
    missing = [] if untouched else [name for name in _named(overlay) if name not in failed]
    if missing and failed:
        return f"it fails in {listed(failed)}, not in {listed(missing)}"
    return "" if failed else "it passes"


# --- Pages ---


def faults(exercise: Exercise) -> list[str]:
    """What is missing in an exercise's pages, and what in its terms would give an answer away."""
    return [*_student_faults(exercise), *_teacher_faults(exercise), *_terms_faults(exercise)]


def _page_faults(name: str, page: str, title: str, wanted: tuple[str, ...]) -> Iterator[str]:
    lines, found = page.splitlines() or [""], re.findall(r"^## (.*)$", page, re.MULTILINE)
    if lines[0] != f"# {title}":
        yield f"{name} should begin with '# {title}'."
    if LABEL not in "\n".join(lines[:6]):
        yield f"{name} should say '{LABEL}' below its title."
    if tuple(found) != wanted:
        yield f"{name} should have the sections {listed(wanted)}, not {listed(found)}."


def _student_faults(exercise: Exercise) -> Iterator[str]:
    page, machine = exercise.readme, exercise.machine
    yield from _page_faults(README, page, exercise.heading, STUDENT)
    for heading in STUDENT:
        if not exercise.section(heading):
            yield f"{README}: nothing stands below '{heading}'."
    if f"About {machine.minutes} minutes" not in exercise.section("Goal"):
        yield f"{README} says 'About {machine.minutes} minutes' in its goal."
    for number, line in enumerate(page.splitlines(), start=1):
        if len(line) > WIDEST:
            yield f"{README}:{number} is wider than {WIDEST} columns."
    if re.search(r"<\w+[ >]|!\[", page):
        yield f"{README} is plain text: no HTML, no images."
    if "?" not in exercise.section("Explain"):
        yield f"{README} asks something below 'Explain'."
    for key in [*(machine.edit.keys if machine.edit else []), *machine.answers]:
        if f"`{key}`" not in page:
            yield f"{README} names `{key}`."
    for target in re.findall(r"\]\(([^)#]+)\)", page):
        if target not in [*exercise.starting_files, *machine.later]:
            yield f"{README} links to '{target}', which students do not have."


def _teacher_faults(exercise: Exercise) -> Iterator[str]:
    page, minutes = exercise.teacher, exercise.machine.minutes
    yield from _page_faults(TEACHER, page, f"{exercise.heading}: the teacher's page", TEACHERS)
    planned = sum(int(number) for number in re.findall(r"^\| *(\d+) *\|", page, re.MULTILINE))
    if planned not in (0, minutes):
        yield f"{TEACHER} plans {planned} minutes, and exercise.yaml says {minutes}."


def _terms_faults(exercise: Exercise) -> Iterator[str]:
    machine = exercise.machine
    own = {YOURS, *machine.runs, "secret", "erlang_c"}
    for name, each in machine.properties.items():
        words = names_read(machine, each.test)
        if "answers" in words and not words & own:
            yield f"exercise.yaml: '{name}' sets answers beside a number that is stored, not beside runs."
    try:
        card_of(machine.predict)
        if all(_is_shipped(exercise, name) for name in (machine.predict.base, machine.predict.other)):
            yield (
                "exercise.yaml: the prediction is about two scenarios that come with the program, whose difference can "
                "be read elsewhere; make 'base' or 'other' a file of this exercise."
            )
    except ChipgateError as error:
        yield f"exercise.yaml: the prediction cannot be read: {error}"


def _is_shipped(exercise: Exercise, name: str) -> bool:
    """Whether a scenario comes with the program, also under a name or with words of the exercise's own."""
    return not name.endswith(".yaml") or _values(exercise.scenario(name)) in _shipped_values()


@cache
def _shipped_values() -> list[dict[str, Any]]:
    return [_values(load_shipped(each.name)) for each in shipped()]


def _values(sourced: SourcedScenario) -> dict[str, Any]:
    """All of a scenario but texts for people."""
    return {key: p.value for key, p in sourced.parameters.items() if key not in FREE and not key.endswith(".source")}
