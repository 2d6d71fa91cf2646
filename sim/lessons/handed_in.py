"""What a class handed in: which files below a folder are predictions and logs of checks, and what is neither.

Browsers, mail programs and submission boxes rename files: `prediction (1).json`, `Prediction.json`,
`prediction.json.txt`, `ada_123_prediction.json`. All of these are predictions, and so is a sealed one of any other
name. What is neither, nor one of the files that every student's folder holds, is listed: it may be somebody's work.

Whatever lies there, the walk ends soon. Each folder in the class's own, as a rule one student's, may hold so many names
and bytes; what lies beyond is told and not looked at, and costs nobody else anything. So are links.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from sim.base.errors import ChipgateError
from sim.base.yaml_tree import printable
from sim.folder import manifest
from sim.lessons import seal
from sim.lessons.exercise import laid_out_names
from sim.lessons.work import ANSWERS, LARGEST_LOG, LOG, SCENARIOS

TABLE, RECORD = "class.csv", "class.json"
"""What a merge writes."""
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
OF_THE_SYSTEM = ("desktop.ini", "thumbs.db")
"""Files that no person made."""
MOST_NAMES = 50_000  # of files and folders in one folder of the class's, those below it among them
MOST_BYTES = 20_000_000  # of the files there that are read, of which each counts as a block at least
BLOCK = 4096
DEEPEST = 20  # folders in each other
MOST_UNREAD = 1000  # that are listed


@dataclass(frozen=True)
class Broken:
    """A file that could not be used, and why."""

    path: str
    reason: str
    student: str = ""
    """Whose it is, where the path does not say it all."""


@dataclass(frozen=True)
class Bundle:
    """The predictions and logs that lie in one folder."""

    predictions: list[Path]
    logs: list[Path]


@dataclass
class HandedIn:
    """All that lies below a class's folder. Paths in texts are seen from there, and can be printed."""

    folder: Path
    bundles: list[Bundle] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    """Folders of exercises that hold no prediction yet."""
    unread: list[str] = field(default_factory=list)
    """What is no prediction, no log, and no file that every student's folder holds."""
    broken: list[Broken] = field(default_factory=list)

    def below(self, path: Path) -> str:
        """A path as seen from the class's folder, printable."""
        return printable(str(path.relative_to(self.folder)))

    def spoil(self, path: Path, reason: str, student: str = "") -> None:
        """Tell of a file or folder that could not be used."""
        self.broken.append(Broken(self.below(path), reason, student))


def handed_in(folder: Path) -> HandedIn:
    """Everything below a folder. Hidden files and folders are left out, and of folders of results, those of a merge
    among them, only what is a prediction or a log is looked at."""
    return _Walk(folder).found


class _Walk:
    """The way through all folders, and how much is left to each of those that lie in the class's own."""

    def __init__(self, folder: Path) -> None:
        self.found = HandedIn(folder)
        self.names, self.bytes = Counter[str](), Counter[str]()
        self.full = set[str]()
        self.unread = 0
        self.normal = re.compile("|".join(map(_renamed, [ANSWERS, *laid_out_names()])), re.DOTALL)
        todo, named = [(folder, "", 0, False, False)], list[Path]()
        while todo:
            here, owner, depth, results, working = todo.pop()
            if depth > DEEPEST:
                self.found.spoil(here, f"lies in over {DEEPEST} folders, and was not looked at")
                continue
            folders, files = self._inside(here, owner)
            results = results or (depth > 0 and _holds_results(here.name, files))
            working = working or (ANSWERS in files and any(map(prediction_key, files)))
            named += [here] if depth and prediction_key(here.name) else []
            self._sort_out(here, owner, files, results, working)
            todo += [(here / name, owner or name, depth + 1, results, working) for name in reversed(folders)]
        used = {above for bundle in self.found.bundles for path in bundle.predictions for above in path.parents}
        for path in named:
            if path not in used:
                self.found.spoil(path, "is a folder; a prediction is a file")
        if (more := self.unread - MOST_UNREAD) > 0:
            self.found.unread.append(f"... and {more:,} more")

    def _inside(self, here: Path, owner: str) -> tuple[list[str], dict[str, int]]:
        """The folders and the files in a folder, by name, each file with its size; links are told."""
        folders, files = list[str](), dict[str, int]()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if not self._spend(self.names, owner, 1, MOST_NAMES, f"{MOST_NAMES:,} files and folders"):
                        break
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    elif not entry.is_symlink():
                        files[entry.name] = entry.stat(follow_symlinks=False).st_size
                    elif prediction_key(entry.name) or log_key(entry.name):
                        self.found.spoil(here / entry.name, "is a link; only the file itself counts")
                    else:
                        self._pass_over(here / entry.name, " (a link)")
        except OSError as error:
            self.found.spoil(here, f"cannot be read: {error.strerror}")
        return sorted(folders), dict(sorted(files.items()))

    def _spend(self, of: Counter[str], owner: str, many: int, most: int, told: str) -> bool:
        """Whether so much is left to a folder of the class's own; told once if not."""
        of[owner] += many
        if of[owner] > most and owner not in self.full:
            self.found.spoil(self.found.folder / owner, f"holds over {told}; not all were looked at")
            self.full.add(owner)
        return of[owner] <= most

    def _pass_over(self, path: Path, why: str) -> None:
        self.unread += 1
        if self.unread <= MOST_UNREAD:
            self.found.unread.append(f"{self.found.below(path)}{why}")

    def _sort_out(self, here: Path, owner: str, files: dict[str, int], results: bool, working: bool) -> None:
        """Each file of one folder to where it belongs. Where a student has worked, and a prediction lies, notes and
        trials of their own are as they should be."""
        named = {name for name in files if prediction_key(name) or log_key(name)}
        perhaps = [name for name in files if not results and name.lower().endswith((".json", ".txt"))]
        predictions, logs = list[str](), list[str]()
        for name in dict.fromkeys([*sorted(named, key=lambda name: (files[name], name)), *perhaps]):  # small ones first
            size = max(BLOCK, min(files[name], LARGEST_LOG))
            if not self._spend(self.bytes, owner, size, MOST_BYTES, f"{MOST_BYTES / 1e6:g} MB of data"):
                break
            if log_key(name):
                logs.append(name)
            elif name in named or _is_sealed(here / name):
                predictions.append(name)
        if predictions or logs:
            self.found.bundles.append(Bundle([here / name for name in predictions], [here / name for name in logs]))
        if results:
            return
        named.update(predictions)
        others = [name for name in files if name not in named]
        unread = [name for name in others if not self._is_normal(name, beside_answers=ANSWERS in files)]
        if working:
            unread = [name for name in unread if name.lower().endswith(ARCHIVES)]
        for name in unread:
            self._pass_over(here / name, " (unpack it first)" if name.lower().endswith(ARCHIVES) else "")
        before = {(prediction_key(name) or ("", ""))[0] for name in predictions}
        for name in others:
            # Answers with something before their name belong to a prediction with the same, or to one with nothing.
            if (key := _key(ANSWERS, name)) and not (before & {key[0], ""} if key[0] else before):
                place = self.found.below(here if name == ANSWERS else here / name)
                self.found.waiting.append(f"{place} (some of what lies there was not read)" if unread else place)

    def _is_normal(self, name: str, beside_answers: bool) -> bool:
        """Whether a file is one that a student's folder holds: laid out by `start`, or another scenario of theirs."""
        if name.lower() in OF_THE_SYSTEM or (beside_answers and name.lower().endswith(SCENARIOS)):
            return True
        return self.normal.fullmatch(name.lower()) is not None


def _holds_results(name: str, files: Collection[str]) -> bool:
    return name == "results" or manifest.FILE in files or (TABLE in files and RECORD in files)


def _is_sealed(path: Path) -> bool:
    """Whether a file of any other name is a sealed prediction by its content."""
    try:
        content = seal.read_json(path)
    except ChipgateError:
        return False
    return isinstance(content, dict) and {"seal", "asks"} <= content.keys()


def prediction_key(name: str) -> tuple[str, str] | None:
    """What stands before and behind 'prediction' in a file's name, in small letters; None in another name."""
    return _key(seal.FILE, name)


def log_key(name: str) -> tuple[str, str] | None:
    """The same of a log of checks."""
    return _key(LOG, name)


def _key(own: str, name: str) -> tuple[str, str] | None:
    found = re.fullmatch(_renamed(own), name.lower(), re.DOTALL)
    return (found[1], found[2]) if found else None


def _renamed(own: str) -> str:
    """An expression for a file's own name, and for what a renaming puts before and behind its stem."""
    stem, _, ending = own.lower().rpartition(".")
    return rf"(.*){re.escape(stem)}(.*)\.{ending}(\.txt)?"
