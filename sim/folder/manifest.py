"""The manifest of a results folder: what was run, with what, and a fingerprint of each file."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from sim.base.atomic import restore
from sim.base.errors import ChipgateError
from sim.base.files import open_plain
from sim.base.label import LABEL
from sim.base.places import scenario_folder
from sim.base.reading import Reader, Wrong
from sim.base.shapes import AtLeast, Whole, Words, shape_of
from sim.base.units import Quantity
from sim.base.version import __version__
from sim.base.yaml_tree import Entry, Table, Text, read_file

FILE = "manifest.json"
LARGEST, LARGEST_SHARE = 20_000_000, 1_000_000  # bytes of a file, and more for each replication

FileName = Annotated[str, Words(form=r"[^/\\\x00]+", called="the name of a file beside the manifest")]
Fingerprint = Annotated[str, Words(form=r"[0-9a-f]{64}", called="a sha256")]
Command = Annotated[str, Words(longest=100_000)]


@dataclass(frozen=True, kw_only=True)
class Precision:
    """The rule that found a comparison's number of replications."""

    wanted: Annotated[float, Quantity("", above=0, below=1)]
    """Half-width of the paired differences, as a share of the base's mean."""
    outcomes: Annotated[list[str], AtLeast(1)]
    cap: Annotated[int, Whole(1)]


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """The worlds of a comparison, sampled from its seed."""

    worlds: Annotated[int, Whole(1, 100_000)]
    replications: Annotated[int, Whole(1, 1_000_000)]
    """Of each scenario in each world."""
    vary: Literal["all", "low"] = "all"
    """Whether all assumptions that nobody decides varied, or those of low confidence."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """How a results folder was made. Written last, so that a folder with a manifest is whole."""

    label: str = LABEL
    kind: str
    command: Command
    seconds: Annotated[float, Quantity("", at_least=0)]
    """Duration of the computing, without the writing."""
    versions: dict[str, str]
    code: str = ""
    """The sha256 of the program's own files, which a version does not tell apart."""
    interpreter: str
    platform: str
    files: dict[FileName, str] = field(default_factory=dict)
    """The sha256 of each other file, by name."""

    def to_json(self) -> str:
        """The text of the file."""
        about = dataclasses.asdict(self)
        about["files"] = about.pop("files")  # there may be many, so they come last
        return json.dumps(about, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True, kw_only=True)
class Manifest(Made):
    """Of a run or a comparison."""

    kind: Literal["run", "comparison"]
    scenarios: Annotated[dict[str, Fingerprint], AtLeast(1)]
    """The sha256 of each scenario's values, by name; a comparison's base is the first."""
    settings: dict[str, list[Command]] = field(default_factory=dict)
    """What was set beside scenarios' files, by name: foundry.growth=50 %/year."""
    seed: int
    replications: Annotated[int, Whole(1, 1_000_000)]
    precision: Precision | None = None
    """How their number was found, where it was not given."""
    looks: list[Annotated[int, Whole(1, 1_000_000)]] = field(default_factory=list)
    """Or after how many replications verdicts were to be read until all were decided."""
    sampled: Sampled | None = None
    """Which worlds were sampled, where there are some."""
    keep: Literal["all", "summary"] = "all"
    """Whether the series of each replication are in the folder, or their mean and quantiles by week."""


@dataclass(frozen=True, kw_only=True)
class StudyManifest(Made):
    """Of a study over runs, which are in the store and not in the folder."""

    kind: Literal["study"] = "study"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run or a comparison; what a later version has added to it is passed over. Raises ChipgateError,
    also for the folder of a study."""
    about = manifest_of(folder)
    if isinstance(about, StudyManifest):
        raise ChipgateError(
            f"'{folder}' holds a study, and only what 'chipgate run' and 'chipgate compare' wrote can be read, drawn "
            "or reproduced: see its report.html and study.json, or give its command again with another --out, for the "
            f"store keeps what was computed: {about.command}"
        )
    return about


def manifest_of(folder: Path) -> Manifest | StudyManifest:
    """The manifest of any results folder. Raises ChipgateError."""
    restore(folder)
    path = folder / FILE
    if not os.path.lexists(path):
        if (scenario_folder() / f"{folder}.yaml").is_file() or folder.suffix in (".yaml", ".yml"):
            told = f"'{folder}' is a scenario, not a results folder"
            raise ChipgateError(f"{told}; run it first: chipgate run {folder}")
        if not folder.exists():
            raise ChipgateError(f"there is no folder '{folder}'; 'chipgate run' says where it has written one")
        raise ChipgateError(f"'{folder}' is not a results folder: it holds no {FILE}")
    reader, table = Reader.of(*read_file(path, str(path), "manifest"), blanks=True)
    theirs = _version(table)
    reader.lenient = theirs not in ("", __version__)
    shape = shape_of(StudyManifest if _text(table, "kind") == "study" else Manifest)
    about: Manifest | StudyManifest = reader.read(shape, table)
    if not reader.mistakes and isinstance(about, Manifest):
        reader.tell_all(_one_scenario_or_several(about))
        reader.tell_all(_stopped_at_a_look(about))
    writer = f"; chipgate {theirs[:40]} wrote it, and this is {__version__}" if reader.lenient else ""
    reader.refuse(f"'{path}' is not a manifest that can be read{writer}:\n\n")
    if isinstance(about, Manifest):
        _refuse_huge(folder, about)
    return about


def _refuse_huge(folder: Path, about: Manifest) -> None:
    """Refuse a folder with a file that would take for ever to read. Raises ChipgateError."""
    most = LARGEST + LARGEST_SHARE * about.replications * len(about.scenarios)
    for name in about.files:
        with suppress(OSError):
            if (size := (folder / name).stat().st_size) > most:
                raise ChipgateError(
                    f"'{folder / name}' is far too large: {size / 1e6:,.0f} MB, where {about.replications:,} "
                    f"replications take at most {most / 1e6:,.0f}"
                )


def _version(table: Table) -> str:
    """Which version wrote a manifest, whatever else may be wrong with it; empty where it does not say."""
    match table.entries.get("versions"):
        case Entry(node=Table() as versions):
            return _text(versions, "chipgate")
    return ""


def _text(table: Table, key: str) -> str:
    """The text of a key; empty where it is not there, or something else."""
    match table.entries.get(key):
        case Entry(node=Text(text=text)):
            return text
    return ""


def _one_scenario_or_several(about: Manifest) -> Iterator[Wrong]:
    if (about.kind == "run") != (len(about.scenarios) == 1):
        yield ("scenarios",), f"a {about.kind} of {len(about.scenarios)} scenarios cannot be", ""


def _stopped_at_a_look(about: Manifest) -> Iterator[Wrong]:
    if about.looks and about.replications not in about.looks:
        yield ("replications",), f"there was no look after {about.replications} replications", "see 'looks'"


def scenario_files(names: Sequence[str]) -> dict[str, str]:
    """The file of each scenario's values, by the scenario's name: `scenario.yaml`, among several `scenario-NAME.yaml`.

    Names may hold blanks, and differ only in their capitals; files do not, since some systems take those for one.
    """
    if len(names) == 1:
        return {names[0]: "scenario.yaml"}
    files: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFKC", name).casefold())[:50].strip("-.") or "unnamed"
        number = 1
        while (file := f"scenario-{plain}{f'-{number}' if number > 1 else ''}.yaml") in files.values():
            number += 1
        files[name] = file
    return files


def fingerprint(path: Path) -> str:
    """The sha256 of a plain file. Raises OSError, and ChipgateError for what is no file."""
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
