"""An exercise as its folder states it: two pages and `exercise.yaml`, the machine's half."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from sim.base.errors import ChipgateError
from sim.base.expressions import ExpressionError, names_in
from sim.base.files import read_plain
from sim.base.places import scenario_folder
from sim.base.reading import KeyPath, Reader, Wrong
from sim.base.shapes import SHORT, AtLeast, Whole, key, shape_of
from sim.base.units import Quantity, closest, whole_number
from sim.base.yaml_tree import Text, composed, quoted, read_file
from sim.lessons import language
from sim.scenario.load import SourcedScenario, load, load_shipped
from sim.studies.relax import RELAXATIONS, relax

README, TEACHER, MACHINE = "README.md", "TEACHER.md", "exercise.yaml"
ANSWERS = "answers.yaml"
"""In a student's folder."""
YOURS = "yours"
"""The name of the student's own run in expressions."""
OF_THE_FILE = ("changed", "effort")
"""Functions that know what the student changed."""

Measure = Literal["percent", "points", "unit"]


@dataclass(frozen=True, kw_only=True)
class Predict:
    """The quantity predicted: a paired difference, `other` less `base`, as the mean over the pairs."""

    question: str
    base: str
    other: str
    outcome: str
    year: int | None = None
    measure: Measure = field(metadata=key("in"))


@dataclass(frozen=True, kw_only=True)
class RunTerms:
    """A run that expressions may name: a scenario, perhaps with settings laid over it or a constraint relaxed."""

    scenario: str = field(metadata=SHORT)
    set: dict[str, str] = field(default_factory=dict)
    relax: str | None = None
    replications: Annotated[int, Whole(2)] | None = None


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Which file the student edits, what it must equal otherwise, and which keys may differ how far."""

    file: str
    base: str
    keys: Annotated[dict[str, tuple[str, str] | Literal["off", "any"]], AtLeast(1)]


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question answered in the student's answers.yaml."""

    question: str
    kind: Literal["number", "choice", "name", "key", "text"]
    """A key is one of the scenario that the student's file starts from."""
    unit: str = ""
    choices: list[str] = field(default_factory=list)
    words: Annotated[int, Whole(1)] = 10

    @property
    def different(self) -> int:
        """How many of a text's words must differ: half of those asked for, rounded up."""
        return (self.words + 1) // 2


@dataclass(frozen=True, kw_only=True)
class Property:
    """Something that must hold in the student's own runs."""

    claim: str
    test: str
    share: Annotated[float, Quantity("share", above=0, at_most=1)] | None = field(default=None, metadata=key("in"))
    """The share of the runs in which it must hold; None for a test that is a single truth, or 95 %."""
    tell: str = ""
    hints: Annotated[list[str], AtLeast(1)]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """`exercise.yaml`."""

    title: str
    goal: str
    minutes: Annotated[int, Whole(20, 60)]
    level: Literal["first steps", "mechanisms", "open questions"]
    predict: Predict
    replications: Annotated[int, Whole(2, 1000)]
    runs: dict[str, RunTerms] = field(default_factory=dict)
    edit: Edit | None = None
    files: list[str] = field(default_factory=list)
    """What lies beside the page from the start."""
    later: list[str] = field(default_factory=list)
    """What is laid out with the rest of the page, when a prediction is sealed."""
    answers: dict[str, Question] = field(default_factory=dict)
    let: dict[str, str] = field(default_factory=dict)
    properties: Annotated[dict[str, Property], AtLeast(1)]


class Exercise:
    """An exercise's folder, its machine's half read and checked."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        self.folder = folder
        self.machine = machine
        self._scenarios: dict[tuple[str, str], SourcedScenario] = {}

    @property
    def name(self) -> str:
        """Its folder's name: 01-first-run."""
        return name_of(self.folder)

    @property
    def number(self) -> int | None:
        """The number that its name begins with, from 1; None where it begins with none."""
        return int(self.name[:2]) if re.match(r"\d\d-", self.name, re.ASCII) else None

    @property
    def heading(self) -> str:
        """Its title as its pages have it: 01. A first run."""
        return f"{'' if self.number is None else f'{self.number:02}. '}{self.machine.title}"

    @property
    def shipped(self) -> bool:
        """Whether it comes with the program."""
        return os.path.realpath(self.folder.parent) == os.path.realpath(exercise_folder())

    @property
    def called(self) -> str:
        """How commands name it, from where the user stands: by number, or by folder."""
        folder = self.folder.as_posix()
        bare = "/" not in folder and folder not in (".", "..")
        return str(self.number) if self.shipped else shlex.quote(f"./{folder}" if bare else folder)

    @property
    def inside(self) -> str:
        """How commands name it in a folder in which a student works on it."""
        return self.called if self.shipped else "."

    @property
    def work(self) -> str:
        """The folder that a student works in, where no other is named."""
        return self.name if self.shipped else f"{self.name}-work"

    def seen_from(self, folder: Path) -> str:
        """What tells that folder which exercise it is about: the name of one that comes with the program, or the way
        to another's folder."""
        if self.shipped:
            return self.name
        try:
            way = os.path.relpath(os.path.realpath(self.folder), os.path.realpath(folder))
        except ValueError:  # on another drive
            way = os.path.abspath(self.folder)
        return Path(way).as_posix()

    @cached_property
    def readme(self) -> str:
        """The student's page."""
        return _page(self.folder / README)

    @cached_property
    def teacher(self) -> str:
        """The teacher's page."""
        return _page(self.folder / TEACHER)

    @property
    def starting_files(self) -> list[str]:
        """What the student gets at the start, by name."""
        machine = self.machine
        return list(dict.fromkeys([README, *([machine.edit.file] if machine.edit else []), *machine.files]))

    @property
    def opening(self) -> str:
        """The student's page up to the question to predict; what comes after it could tell the answer."""
        found = re.search(r"^## Predict\n.*?(?=^## |\Z)", self.readme, re.MULTILINE | re.DOTALL)
        return self.readme[: found.end()] if found else self.readme

    @property
    def rest(self) -> str:
        """The student's page from there on."""
        return self.readme.removeprefix(self.opening)

    def section(self, heading: str) -> str:
        """The text of one section of the student's page; empty where there is none."""
        found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", self.readme, re.MULTILINE | re.DOTALL)
        return found[1].strip() if found else ""

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of the scenario that the student's file starts from; none where nothing is edited."""
        edit = self.machine.edit
        return frozenset(self.scenario(edit.base).parameters) if edit else frozenset()

    def scenario(self, name: str, settings: dict[str, str] | None = None) -> SourcedScenario:
        """A shipped scenario, or a file of the exercise's folder: never one that lies in the student's."""
        key = name, str(settings or "")
        if key not in self._scenarios:
            file = name.endswith(".yaml")
            self._scenarios[key] = load(self.folder / name, settings) if file else load_shipped(name, settings)
        return self._scenarios[key]

    def terms(self, run: str) -> RunTerms:
        """The terms of a run that expressions name. Raises KeyError."""
        if run == YOURS and self.machine.edit is not None:
            return RunTerms(scenario=YOURS)
        return self.machine.runs[run]

    def prepared(self, terms: RunTerms, yours: Path | None) -> SourcedScenario:
        """The scenario of a run's terms; `yours` is the student's file. Raises ChipgateError."""
        if terms.scenario == YOURS:
            assert yours is not None
            sourced = load(yours, terms.set)
        else:
            sourced = self.scenario(terms.scenario, terms.set)
        return relax(sourced, terms.relax) if terms.relax else sourced


def name_of(folder: Path) -> str:
    """The name of the exercise in a folder, also of the one stood in."""
    return composed(Path(os.path.abspath(folder)).name)


def _page(path: Path) -> str:
    """A page's text, without what could move a terminal's cursor."""
    try:
        text = read_plain(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ChipgateError(f"cannot read '{path}': {error}") from None
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")


# --- Finding ---


def exercise_folder() -> Path:
    """The folder of the shipped exercises."""
    return scenario_folder() / "exercises"


def exercise_names() -> list[str]:
    """Those that come with the program, by number: 01-first-run, ..."""
    folder = exercise_folder()
    found = [path.name for path in folder.glob("[0-9][0-9]-*") if path.is_dir()] if folder.is_dir() else []
    return sorted(found)


def laid_out_names() -> set[str]:
    """The names of all files of one exercise or another that students get."""
    names = {path.name for path in exercise_folder().glob("[0-9][0-9]-*/*")}
    return names - {MACHINE, TEACHER}


def find(wanted: str) -> Exercise:
    """The exercise of a number (1, 01), a name (first-run, 01-first-run) or the beginning of one; of a folder that
    holds an exercise.yaml, such as ./mine; of '.', the one that the folder stood in is about. Raises ChipgateError."""
    names = exercise_names()
    word = wanted.strip().rstrip("/").lower()
    if (number := whole_number(word)) is not None:
        matching = [name for name in names if int(name[:2]) == number]
    else:
        matching = [name for name in names if word in (name, name[3:])]
        if not matching and (folder := _folder_of(wanted)):
            return read_exercise(folder)
        begun = [name for name in names if word and (name.startswith(word) or name[3:].startswith(word))]
        matching = matching or begun
    if len(matching) == 1:
        return read_exercise(exercise_folder() / matching[0])
    if matching:
        raise ChipgateError(f"{quoted(wanted)} may be {' or '.join(matching)}; give the number or more letters")
    near = closest(word, [*names, *(name[3:] for name in names)])
    hint = f"did you mean '{near}'? " if near else ""
    if wanted == ".":
        raise ChipgateError(f"there is no exercise here: neither {MACHINE} nor what 'lesson start' lays out")
    if "/" in wanted or os.sep in wanted:
        raise ChipgateError(f"there is no exercise in {quoted(wanted)}: the folder of one holds {MACHINE}")
    raise ChipgateError(f"there is no exercise {quoted(wanted)}; {hint}'chipgate lesson list' names them")


def _folder_of(wanted: str) -> Path | None:
    """The folder that a word means, of an exercise or of work on one; None for any other word. Raises ChipgateError
    where an exercise is not where the work says."""
    try:
        if wanted and (Path(wanted) / MACHINE).is_file():
            return Path(wanted)
        if wanted.rstrip("/") != "." or not Path(ANSWERS).is_file():
            return None
    except (OSError, ValueError):  # no folder can have that name
        return None
    _, table = Reader.of(*read_file(Path(ANSWERS), ANSWERS, "file of answers"))
    entry = table.entries.get("exercise")
    told = entry.node.text if entry and isinstance(entry.node, Text) else ""
    if told in exercise_names():
        return exercise_folder() / told
    if told and (Path(told) / MACHINE).is_file():
        return Path(told)
    raise ChipgateError(
        f"{ANSWERS} says that this folder is about the exercise {quoted(told)}, and that is not there; name the folder "
        f"that holds its {MACHINE} in place of '.'"
    )


def all_exercises(broken: dict[str, str] | None = None) -> list[Exercise]:
    """Every shipped exercise, by number. One that cannot be read goes into `broken`, the reason by its name; without
    that, raises ChipgateError."""
    found = []
    for name in exercise_names():
        try:
            found.append(read_exercise(exercise_folder() / name))
        except ChipgateError as error:
            if broken is None:
                raise
            broken[name] = str(error)
    return found


# --- Reading ---


def read_exercise(folder: Path) -> Exercise:
    """The exercise of a folder. Raises ChipgateError, which tells its author every mistake at its place."""
    reader, table = Reader.of(*read_file(folder / MACHINE, f"{name_of(folder)}/{MACHINE}", "exercise"))
    exercise = Exercise(folder, reader.read(shape_of(Machine), table))
    for checks in ((_wrong_names, _wrong_expressions, _missing_files), (_leaks,)):
        reader.refuse()
        for check in checks:
            reader.tell_all(check(exercise))
    reader.refuse()
    return exercise


def _wrong_names(exercise: Exercise) -> Iterable[Wrong]:
    """Names that could not be told apart in an expression, or that mean nothing."""
    machine = exercise.machine
    taken = {YOURS, "answers", *OF_THE_FILE, *language.FUNCTIONS}
    for group in ("runs", "let", "answers"):
        for name in getattr(machine, group):
            if not name.isidentifier():
                yield (group, name), f"'{name}' is not a name: letters, digits and _", ""
            if group != "answers":
                if name in taken:
                    yield (group, name), f"the name '{name}' is taken", ""
                taken.add(name)
    for name, terms in machine.runs.items():
        if terms.scenario == YOURS and machine.edit is None:
            yield ("runs", name), "without 'edit' there is no file of the student's", ""
        if terms.relax is not None and terms.relax not in RELAXATIONS:
            yield (
                ("runs", name, "relax"),
                f"no constraint is named '{terms.relax}'",
                f"one of: {', '.join(RELAXATIONS)}",
            )
    for name, question in machine.answers.items():
        if (question.kind == "choice") != (len(question.choices) > 1):
            yield ("answers", name, "choices"), "'choices' belong to a choice, two or more", ""
        if question.kind == "key" and machine.edit is None:
            yield ("answers", name, "kind"), "without 'edit' there is no file that could have the key", ""
        if question.kind == "text" and name in machine.properties:
            yield ("answers", name), "a property has this name; a text has one of its own", ""


def _wrong_expressions(exercise: Exercise) -> Iterable[Wrong]:
    """Expressions that cannot be read, or that read what is not there."""
    machine = exercise.machine
    known = {"answers", *machine.runs, *language.FUNCTIONS}
    known |= {YOURS, *OF_THE_FILE} if machine.edit else set()
    for name, text in machine.let.items():
        yield from _unknown(("let", name), text, known)
        known.add(name)
    for name, each in machine.properties.items():
        yield from _unknown(("properties", name, "test"), each.test, known)
        for text in language.slots(each.tell):
            yield from _unknown(("properties", name, "tell"), text, known)
        for text in language.vast(each.tell):
            yield ("properties", name, "tell"), f"'{text}' has too many digits", "two at most, such as {x | .1%}"


def _leaks(exercise: Exercise) -> Iterable[Wrong]:
    """Sentences that would give an answer away."""
    machine = exercise.machine
    for name, each in machine.properties.items():
        if "answers" in names_read(machine, each.test):
            told = {word for text in language.slots(each.tell) for word in names_read(machine, text)}
            if told & {YOURS, *machine.runs}:
                yield ("properties", name, "tell"), "this would give the answer away", "it may show answers only"


def _unknown(path: KeyPath, text: str, known: set[str]) -> Iterable[Wrong]:
    try:
        strange = sorted(names_in(text) - known)
    except ExpressionError as error:
        yield path, str(error), ""
        return
    for word in strange:
        near = closest(word, sorted(known))
        yield path, f"'{word}' is not known", f"did you mean '{near}'?" if near else ""


def names_read(machine: Machine, text: str) -> set[str]:
    """The names that an expression reads, those behind the names of `let` too. Raises ChipgateError."""
    words = names_in(text) if text.strip() else set()
    for word in [word for word in words if word in machine.let]:
        earlier = dict(list(machine.let.items())[: list(machine.let).index(word)])
        words |= names_read(replace(machine, let=earlier), machine.let[word])
    return words


def _missing_files(exercise: Exercise) -> Iterable[Wrong]:
    machine = exercise.machine
    scenarios: dict[KeyPath, str] = {("predict", side): getattr(machine.predict, side) for side in ("base", "other")}
    scenarios |= {("runs", name, "scenario"): terms.scenario for name, terms in machine.runs.items()}
    files: dict[KeyPath, str] = {(): README}
    for group in ("files", "later"):
        files |= {(group, str(number)): name for number, name in enumerate(getattr(machine, group))}
    if machine.edit:
        scenarios["edit", "base"], files["edit", "file"] = machine.edit.base, machine.edit.file
    files |= {path: name for path, name in scenarios.items() if name.endswith(".yaml")}
    for path, name in files.items():
        if Path(name).name != name or not (exercise.folder / name).is_file():
            yield path, f"there is no file '{name}' beside it", ""
        elif (exercise.folder / name).is_symlink():
            yield path, f"'{name}' is a link", "put the file itself there"
        elif path and name in (README, TEACHER, MACHINE, ANSWERS):
            yield path, f"'{name}' is no scenario's name", ""
    for path, name in scenarios.items():
        if path not in files and name != YOURS and not (scenario_folder() / f"{name}.yaml").is_file():
            yield path, f"no shipped scenario is named '{name}'", ""
