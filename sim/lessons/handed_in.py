"""What a class handed in: which files below a folder are predictions and logs of checks, and what is neither.

Browsers, mail programs and submission boxes rename files: `prediction (1).json`, `Prediction.json`,
`prediction.json.txt`, `ada_123_prediction.json`. All of these are predictions, and so is a sealed one of any other
name. What is neither, nor one of the files that every student's folder holds, is listed: it may be somebody's work.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from sim.base.errors import ChipgateError
from sim.base.yaml_tree import printable
from sim.folder import manifest
from sim.lessons import seal
from sim.lessons.exercise import laid_out_names
from sim.lessons.work import ANSWERS, LOG, SCENARIOS

TABLE, RECORD = "class.csv", "class.json"
"""What a merge writes."""
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
OF_THE_SYSTEM = ("desktop.ini", "thumbs.db")
"""Files that no person made."""


@dataclass(frozen=True)
class Broken:
    """A file that could not be used, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Bundle:
    """The predictions and logs that lie in one folder."""

    predictions: list[Path]
    logs: list[Path]


@dataclass
class HandedIn:
    """All that lies below a class's folder. Paths in texts are seen from there, and can be printed."""

    bundles: list[Bundle] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    """Folders of exercises that hold no prediction yet."""
    unread: list[str] = field(default_factory=list)
    """What is no prediction, no log, and no file that every student's folder holds."""
    broken: list[Broken] = field(default_factory=list)


def handed_in(folder: Path) -> HandedIn:
    """Everything below a folder. Links to folders are not followed, hidden files and folders are left out, and of
    folders of results only what is a prediction or a log is looked at."""
    found = HandedIn()

    def refused(error: OSError) -> None:
        found.broken.append(Broken(below(Path(error.filename), folder), f"cannot be read: {error.strerror}"))

    results: set[Path] = set()
    working: set[Path] = set()
    for where, folders, files in os.walk(folder, onerror=refused):
        here = Path(where)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        names = sorted(name for name in files if not name.startswith("."))
        if here != folder and (here.parent in results or _holds_results(here.name, names)):
            results.add(here)
        if here.parent in working or (ANSWERS in names and any(map(prediction_key, names))):
            working.add(here)
        for name in folders:
            _look_at_folder(here / name, folder, found)
        _sort_out(here, names, here in results, here in working, folder, found)
    return found


def _holds_results(name: str, files: list[str]) -> bool:
    return name == "results" or manifest.FILE in files or {TABLE, RECORD} <= set(files)


def _look_at_folder(path: Path, folder: Path, found: HandedIn) -> None:
    if path.is_symlink():
        found.unread.append(f"{below(path, folder)} (a link to a folder)")
    elif prediction_key(path.name) and not any(
        inside.is_file() and prediction_key(inside.name) for inside in path.rglob("*")
    ):
        found.broken.append(Broken(below(path, folder), "is a folder; a prediction is a file"))


def _sort_out(here: Path, names: list[str], results: bool, working: bool, folder: Path, found: HandedIn) -> None:
    """Each file of one folder to where it belongs. Where a student has worked, and a prediction lies, notes and trials
    of their own are as they should be."""
    predictions = [name for name in names if prediction_key(name) or (not results and _is_sealed(here / name))]
    logs = [name for name in names if log_key(name)]
    if predictions or logs:
        found.bundles.append(Bundle([here / name for name in predictions], [here / name for name in logs]))
    if results:
        return
    others = [name for name in names if name not in (*predictions, *logs)]
    unread = [name for name in others if not _is_normal(name, beside_answers=ANSWERS in names)]
    if working:
        unread = [name for name in unread if name.lower().endswith(ARCHIVES)]
    found.unread += [f"{below(here / name, folder)}{_advice(name)}" for name in unread]
    for name in others:
        if (key := _key(ANSWERS, name)) and _is_waiting(key[0], predictions):
            place = below(here, folder) if name == ANSWERS else below(here / name, folder)
            found.waiting.append(f"{place} (some of what lies there was not read)" if unread else place)


def _is_waiting(before: str, predictions: list[str]) -> bool:
    """Whether answers with that before their name have no prediction among those in their folder; one without such a
    beginning may be anybody's."""
    keys = [prediction_key(name) for name in predictions]
    return not any(key is None or key[0] in ("", before) for key in keys) if before else not keys


def _is_sealed(path: Path) -> bool:
    """Whether a file of any other name is a sealed prediction by its content."""
    if path.suffix.lower() not in (".json", ".txt"):
        return False
    try:
        content = seal.read_json(path)
    except ChipgateError:
        return False
    return isinstance(content, dict) and {"seal", "asks"} <= content.keys()


def _is_normal(name: str, beside_answers: bool) -> bool:
    """Whether a file is one that a student's folder holds: laid out by `start`, or another scenario of theirs."""
    if name.lower() in OF_THE_SYSTEM or (beside_answers and name.lower().endswith(SCENARIOS)):
        return True
    return any(_key(own, name) for own in [ANSWERS, *laid_out_names()])


def _advice(name: str) -> str:
    return " (unpack it first)" if name.lower().endswith(ARCHIVES) else ""


def prediction_key(name: str) -> tuple[str, str] | None:
    """What stands before and behind 'prediction' in a file's name, in small letters; None in another name."""
    return _key(seal.FILE, name)


def log_key(name: str) -> tuple[str, str] | None:
    """The same of a log of checks."""
    return _key(LOG, name)


def _key(own: str, name: str) -> tuple[str, str] | None:
    """What a renaming put before and behind the stem of a file's own name; None for a file of another name."""
    stem, _, ending = own.lower().rpartition(".")
    found = re.fullmatch(rf"(.*){re.escape(stem)}(.*)\.{ending}(\.txt)?", name.lower(), re.DOTALL)
    return (found[1], found[2]) if found else None


def below(path: Path, folder: Path) -> str:
    """A path as seen from the class's folder, printable."""
    return printable(str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path))
