"""The folder that a student works in: laid out whole or not at all, its answers read, every check written down."""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from sim.base.atomic import whole_folder, write_whole
from sim.base.errors import ChipgateError
from sim.base.files import UnusableFileError, read_plain
from sim.base.label import LABEL, SENTENCE
from sim.base.reading import UNKNOWN, Reader
from sim.base.shapes import Group, Leaf, Member, shape_of
from sim.base.units import UnitError, example
from sim.base.yaml_tree import quoted, read_file
from sim.exhibits.layout import wrapped
from sim.folder.write import free_folder, refuse_existing
from sim.lessons import seal
from sim.lessons.exercise import ANSWERS as ANSWERS
from sim.lessons.exercise import README, Exercise, Question, name_of
from sim.lessons.numbers import read_number

LOG = "checks.jsonl"
LATER = "What to do, to look at and to answer is laid out here as soon as your prediction is sealed: {command}."
LARGEST_SEED = 999_999
LARGEST_LOG = 1_000_000  # bytes; a check takes some 700
MOST_BAD = 100  # lines of a log that are no checks
SCENARIOS = (".yaml", ".yml")

Answer = float | str | None


@dataclass(frozen=True)
class Work:
    """A student's folder as it is now."""

    exercise: Exercise
    folder: Path
    seed: int
    name: str
    answers: Mapping[str, Answer]
    """Numbers in their question's unit, texts, None where nothing is written yet."""
    file: Path | None
    """The scenario that the student edits; None in an exercise without one."""

    @property
    def place(self) -> str:
        """The folder in a sentence."""
        return shown(self.folder)


def shown(folder: Path) -> str:
    """A folder in a sentence."""
    return "this folder" if folder == Path() else f"'{folder}'"


def refuse_taken(folder: Path) -> None:
    """Refuse a place where something is already, or nothing can be. Raises ChipgateError."""
    if folder.is_dir() or folder.is_symlink():
        raise ChipgateError(f"'{folder}' exists already; name another folder")
    refuse_existing(folder, overwrite=False)


def lay_out(folder: Path | str, files: Mapping[str, bytes]) -> Path:
    """Write a new folder with these files, by their ways in it, whole or not at all, and return its path.

    A name instead of a path takes the first free folder of that name below `results`, also where another program takes
    one at the same time. Raises ChipgateError where something is already.
    """
    counted = partial(free_folder, folder) if isinstance(folder, str) else None
    place = counted() if counted else Path(folder)
    refuse_taken(place)
    with whole_folder(place, another=counted) as new:
        for name, data in files.items():
            new.file(name).write_bytes(data)
    return new.folder


def start(exercise: Exercise, folder: Path, seed: int | None = None, name: str = "") -> int:
    """Lay out a folder to work in and return its seed, a random one where none is given. Raises ChipgateError."""
    seed = secrets.randbelow(LARGEST_SEED) + 1 if seed is None else seed
    files = {file: read_plain(exercise.folder / file) for file in exercise.starting_files}
    files[README] = (exercise.opening + later_text(exercise)).encode()
    files[ANSWERS] = who_text(exercise.seen_from(folder), seed, seal.tidy_name(name)).encode()
    lay_out(folder, files)
    return seed


def later_text(exercise: Exercise) -> str:
    """The end of a page whose rest is laid out later."""
    return "\n".join([*wrapped(LATER.format(command=f"`chipgate lesson predict {exercise.inside}`")), ""])


def write_name(folder: Path, name: str) -> None:
    """Write a student's name into the file of answers, where none stands there yet. Raises ChipgateError."""
    path = folder / ANSWERS
    try:
        written = path.read_text(encoding="utf-8")
        named = re.sub(r"^name:[ \t]*$", lambda _: _name_line(name), written, count=1, flags=re.MULTILINE)
        if named != written:
            write_whole(path, named.encode())
    except UnicodeDecodeError:
        return
    except OSError as error:
        raise ChipgateError(
            f"your prediction is sealed with your name, but '{path}' cannot take the name: {error.strerror}"
        ) from None


def lay_out_rest(exercise: Exercise, folder: Path) -> None:
    """Lay out what is for later: more files, the questions to answer, and the rest of the page, behind what the
    student's files hold already.

    Nothing is written twice or over a file, and a page saved as something else than UTF-8 stays as it is. Raises
    ChipgateError.
    """
    page, answers = folder / README, folder / ANSWERS
    try:
        for file in exercise.machine.later:
            if not (folder / file).exists():
                write_whole(folder / file, read_plain(exercise.folder / file))
        written = answers.read_text(encoding="utf-8")
        if not re.search(r"^answers\s*:", written, re.MULTILINE):
            write_whole(answers, f"{written.rstrip()}\n\n{questions_text(exercise)}".encode())
        read = read_plain(page).decode("utf-8") if page.is_file() else exercise.opening
        if exercise.rest not in read:
            write_whole(page, (read.removesuffix(later_text(exercise)) + exercise.rest).encode())
    except UnicodeDecodeError:
        return
    except OSError as error:
        raise ChipgateError(
            f"your prediction is sealed, but {shown(folder)} cannot take the rest of the page: {error.strerror}\n"
            f"  'chipgate lesson show {exercise.called} --all' prints it"
        ) from None


def who_text(exercise: str, seed: int, name: str) -> str:
    """The head of the file of answers: which exercise, as `find` finds it, which seed, who."""
    bare = re.fullmatch(r"\d\d-[\w-]+", exercise)
    lines = [
        *wrapped(f"# {SENTENCE}", "# "),
        f"label: {LABEL}",
        f"exercise: {exercise if bare else json.dumps(exercise, ensure_ascii=False)}",
        f"seed: {seed}  # your own luck: run with --seed {seed}",
        _name_line(name),
    ]
    return "\n".join(lines) + "\n"


def _name_line(name: str) -> str:
    return f"name: {json.dumps(name, ensure_ascii=False) if name else ''}".rstrip()


def questions_text(exercise: Exercise) -> str:
    """The rest of the file of answers: still blank, each below its question."""
    lines = [
        "# Your answers: write each behind its colon, leave blank what you do not",
        "# know yet; a text goes in 'quotes'.",
        "answers:" if exercise.machine.answers else "answers: {}",
    ]
    for key, question in exercise.machine.answers.items():
        told = wrapped(f"  # {question.question} ({wanted(question)})", "  # ")
        lines += [*told, f"  {key}:"]
    return "\n".join(lines) + "\n"


def wanted(question: Question) -> str:
    """What kind of answer a question takes, in words."""
    match question.kind:
        case "number":
            known = {"share": "a percentage, such as 4.5 % or -4.5 %", "": "a number"}
            return known.get(question.unit, f"a number of {question.unit}")
        case "choice":
            return f"one of: {', '.join(question.choices)}"
        case "text":
            return f"{question.words} words or more of your own, {question.different} of them different"
        case "key":
            return "a key with all of its dots, as README.md lists it"
    return "one word"


# --- Reading a folder ---


def work_folder(exercise: Exercise, given: Path | None) -> Path:
    """The folder meant: the one given or the one around a file given; else the one stood in, else the one that `start`
    makes here.

    Raises ChipgateError.
    """
    if given is not None:
        if not given.exists():
            raise ChipgateError(f"there is no '{given}'; 'chipgate lesson start {exercise.called}' lays out a folder")
        return given if given.is_dir() else given.parent
    for folder in (Path(), Path(exercise.work)):
        if (folder / ANSWERS).is_file():
            return folder
    raise ChipgateError(
        f"there is no folder of this exercise here; 'chipgate lesson start {exercise.called}' lays one out"
    )


@dataclass(frozen=True)
class AnswerTo:
    """How the answer to a question is written."""

    question: Question
    exercise: Exercise
    unit = ""

    @property
    def example(self) -> str:
        """A well-written one, or what it takes."""
        question = self.question
        return example(question.unit) if question.kind == "number" else wanted(question)

    def read(self, text: str) -> float | str:
        """The answer: a number in the question's unit, or a text on one line. Raises UnitError."""
        question, text = self.question, " ".join(text.split())
        if question.kind == "number":
            return read_number(text, question.unit)
        if question.kind == "choice" and text not in question.choices:
            raise UnitError(f"{quoted(text)} is not among the choices", hint=wanted(question))
        if question.kind == "key" and text not in self.exercise.keys:
            raise UnitError(f"{quoted(text)} is not a complete key", hint="write it in full, as README.md lists it")
        return text


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """`answers.yaml`; what is still blank is left out."""

    label: str = ""
    exercise: str = ""
    seed: int | None = None
    name: str = ""
    answers: dict[str, str] = field(default_factory=dict)


def sheet_of(exercise: Exercise) -> Group:
    """The keys of an exercise's file of answers."""
    questions = exercise.machine.answers
    keys = {key: Member(Leaf(AnswerTo(each, exercise)), required=False, field=key) for key, each in questions.items()}
    sheet = shape_of(Sheet)
    answers = replace(sheet.members["answers"], shape=Group(dict, keys))
    return replace(sheet, members={**sheet.members, "answers": answers})


def read_work(exercise: Exercise, given: Path | None) -> Work:
    """A student's folder: the one given, or the one around a file given; a scenario given is checked in place of the
    exercise's own file. Raises ChipgateError, which tells every mistake in answers.yaml."""
    folder = work_folder(exercise, given)
    for name in ("", README, ANSWERS, seal.FILE, LOG, *exercise.machine.later):
        refuse_link(folder / name)
    path = folder / ANSWERS
    if not os.path.lexists(path):
        raise ChipgateError(
            f"{shown(folder)} holds no {ANSWERS}, so it is not the folder of an exercise; "
            f"'chipgate lesson start {exercise.called}' lays one out"
        )
    reader, table = Reader.of(*read_file(path, str(path), "file of answers"), blanks=True)
    sheet: Sheet = reader.read(sheet_of(exercise), table)
    if reader.complete and sheet.exercise is not UNKNOWN and _told_by(sheet, folder) != exercise.name:
        told = (
            f"these are the answers of {quoted(sheet.exercise)}"
            if sheet.exercise
            else "this file does not say its exercise"
        )
        reader.mistakes.clear()  # the others come of it
        hint = "check each folder with its own exercise's number"
        reader.tell(reader.place(("exercise",)), f"{told}, not of {exercise.name}", hint)
    elif reader.complete and sheet.seed is None:
        reader.tell(reader.place(("seed",)), "the seed is missing", "it is the one that 'lesson start' wrote")
    reader.refuse()
    answers = {**dict.fromkeys(exercise.machine.answers), **sheet.answers}
    seed = sheet.seed or 0
    return Work(exercise, folder, seed, seal.tidy_name(sheet.name), answers, _edited(exercise, folder, given))


def _told_by(sheet: Sheet, folder: Path) -> str:
    """The name of the exercise that a folder's answers tell: it may have been copied away from where they say."""
    return name_of(folder / sheet.exercise) if sheet.exercise else ""


def _edited(exercise: Exercise, folder: Path, given: Path | None) -> Path | None:
    """The scenario to check: the file given, or the exercise's own where a folder or another of its files is given.

    Raises ChipgateError for any other file, which would be passed over.
    """
    edit = exercise.machine.edit
    own = {README, ANSWERS, LOG, seal.FILE, *(exercise.starting_files if edit is None else ())}
    chosen = given if given is not None and not given.is_dir() and given.name not in own else None
    if edit is None:
        if chosen is not None:
            raise ChipgateError(f"this exercise has no file to edit, so '{chosen}' is not checked; leave it out")
        return None
    if chosen is not None and not (chosen.is_file() and chosen.suffix.lower() in SCENARIOS):
        raise ChipgateError(f"'{chosen}' is not a scenario: name a YAML file, such as {edit.file}, or the folder")
    path = chosen or folder / edit.file
    if not path.is_file():
        raise ChipgateError(
            f"{shown(folder)} holds no {edit.file}, the file to edit; a fresh copy comes from "
            f"'chipgate lesson start {exercise.called} ANOTHER-FOLDER'"
        )
    return path


# --- The log of checks ---


@dataclass(frozen=True)
class Log:
    """The checks written down so far."""

    tries: list[dict[str, Any]]
    """The earliest first."""
    bad: dict[int, str]
    """Lines that are no check, by number from 1, and why: one may be cut off by a crash or a full disk."""

    @property
    def told(self) -> str:
        """What of it cannot be read; empty where all can."""
        if not self.bad:
            return ""
        line, reason = next(iter(self.bad.items()))
        more = len(self.bad) - 1
        others = f", and so {'is' if more == 1 else 'are'} {more} more" if more else ""
        return f"line {line} is broken and left out{others}: {reason}"


def read_log(path: Path) -> Log:
    """The log of checks, without a check where there is no file; a line that is no check costs the others nothing.

    Raises ChipgateError where none of it can be read.
    """
    if not os.path.lexists(path):
        return Log([], {})
    aside = "Move it away to go on without it"
    data = read_plain(path, LARGEST_LOG, aside)
    log = Log([], {})
    for number, line in enumerate(io.BytesIO(data.removeprefix(codecs.BOM_UTF8)), start=1):
        if not line.strip():
            continue
        try:
            log.tries.append(_try(seal.read_json_text(line.decode("utf-8"))))
        except (ValueError, RecursionError) as error:
            log.bad[number] = str(error)
        if len(log.bad) > MOST_BAD:
            raise UnusableFileError(path, f"is not a log of checks: over {MOST_BAD} of its lines are broken", aside)
    return log


def _try(entry: Any) -> dict[str, Any]:
    """An entry of the log, its value as a float. Raises ValueError where it is none."""
    if not _is_try(entry):
        raise ValueError("this is not a check")
    return {**entry, "value": float(entry["value"])}


def _is_try(entry: Any) -> bool:
    """Whether an entry has what readers of the log rely on."""
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("seal"), str)
        and isinstance(entry.get("passed"), bool)
        and isinstance(entry.get("properties"), dict)
        and all(name.isprintable() and isinstance(holds, bool) for name, holds in entry["properties"].items())
        and type(entry.get("value")) in (int, float)
        and abs(entry["value"]) <= seal.LARGEST_SIZE
        and isinstance(entry.get("blank", []), list)
        and entry.get("sign") in seal.SIGNS
    )


def refuse_link(path: Path) -> None:
    """Refuse what lies elsewhere, or has another name elsewhere: it would be written there. Raises ChipgateError."""
    if path.is_symlink() or (path.is_file() and path.stat().st_nlink > 1):
        raise UnusableFileError(path, "is a link", "Put a copy in its place, or move it away")


def refuse_unwritable(folder: Path) -> None:
    """Refuse a folder in which no check could be written down. Raises ChipgateError."""
    log = folder / LOG
    if not os.access(log if log.exists() else folder, os.W_OK):
        raise ChipgateError(
            f"you may not write in {shown(folder)}, so a check could not be written down; copy it to a place of yours"
        )


def add_to_log(folder: Path, entry: Mapping[str, Any]) -> None:
    """Write a check down behind the earlier ones, on a line of its own where the last was cut off; whole or not at all.

    Raises ChipgateError.
    """
    line = f"{json.dumps(entry, ensure_ascii=False, allow_nan=False)}\n".encode()
    path = folder / LOG
    refuse_link(path)
    try:
        with path.open("a+b", buffering=0) as file:
            if end := file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            try:
                if file.write(line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                file.truncate(end)
                if not end:
                    path.unlink()
                raise
    except OSError as error:
        raise ChipgateError(f"cannot write '{path}': {error.strerror}") from None
