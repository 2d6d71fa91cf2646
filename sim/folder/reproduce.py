"""Whether a results folder comes out the same when its scenarios run again, and if not, what may be the reason."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sim.base.errors import ChipgateError
from sim.base.statistics import finite
from sim.exhibits.exhibit import Column, Exhibit, Name
from sim.exhibits.page import Page, Said
from sim.experiment.cases import Ask, outcomes_of
from sim.experiment.comparison import Comparison
from sim.experiment.run import Floats, Run
from sim.experiment.worlds import plan
from sim.folder.drawing import Subject, pictures_of
from sim.folder.manifest import Manifest, read_manifest, scenario_files
from sim.folder.read import TABLES, read_runs, read_scenarios, subject_of, sum_of
from sim.folder.write import REPORT, Writer, data_files, described
from sim.outcomes.keys import Key, Quarter
from sim.pictures.files import FORMATS
from sim.scenario.load import SourcedScenario
from sim.scenario.show import scenario_hash

Part = Literal["data", "pictures", "report"]
State = Literal[
    "same", "differs", "edited", "edited and differs", "missing", "not made", "not compared", "edited, not compared"
]
Rerun = Callable[[SourcedScenario, int, int], Run]

LAST_DIGITS = 1e-9  # a relative difference below this is rounding: another order of sums, another library

STATES: dict[State, str] = {
    "same": "the same",
    "differs": "differs",
    "edited": "edited since; what comes out is as it was",
    "edited and differs": "edited since, and what comes out differs",
    "missing": "missing in the folder",
    "not made": "this version makes no such file",
    "edited, not compared": "edited since",
    "not compared": "not compared: it names machine and duration",
}
OTHERWISE: tuple[State, ...] = ("differs", "edited and differs", "not made")
"""The states of what does not come out as it was written."""
APART: dict[State, str] = {
    "edited": "Edited after the run, by the manifest, while what comes out is as it was",
    "edited and differs": "Edited after the run, by the manifest, and what comes out differs",
    "edited, not compared": "Edited after the run, by the manifest, and not compared",
    "missing": "Missing in the folder, so not compared",
}
# By whether the file is as its manifest says, and whether its values are.
SCENARIO_STATES: dict[tuple[bool, bool], State] = {
    (True, True): "same",
    (True, False): "differs",
    (False, True): "edited",
    (False, False): "edited and differs",
}


@dataclass(frozen=True)
class Checked:
    """One file of the folder beside the one that comes out now."""

    name: str
    part: Part
    state: State


@dataclass(frozen=True)
class Version:
    """What was of another version when the folder was written."""

    name: str
    then: str
    now: str


@dataclass(frozen=True)
class Furthest:
    """The value that moved most between the folder's outcomes and those that come out now."""

    scenario: str
    key: Key
    then: float
    now: float
    relative: float
    """Of the larger of both; infinite where the value exists only once."""


@dataclass(frozen=True)
class Reproduction:
    """What a rerun says about a results folder."""

    folder: Path
    about: Manifest
    files: list[Checked]
    versions: list[Version]
    """Those that differ between then and now."""
    code_changed: bool | None
    """Whether the program's own files are others than then; None where the folder does not say."""
    furthest: Furthest | None
    """None where the outcomes were not, or could not be, compared value by value."""
    hindrance: str = ""
    """Why they could not be; empty where they were, or needed no comparing."""
    notes: tuple[str, ...] = ()
    """Which outcomes and series only this version has, or only the one that wrote the folder."""

    @property
    def data(self) -> list[Checked]:
        """The files of data."""
        return [file for file in self.files if file.part == "data"]

    @property
    def same(self) -> bool:
        """Whether every file of data comes out the same."""
        return all(file.state == "same" for file in self.data)

    @property
    def edited(self) -> bool:
        """Whether a file of the folder is not as it was written."""
        return any("edited" in file.state for file in self.files)


def reproduce(folder: Path, rerun: Rerun, ask: Ask = outcomes_of) -> Reproduction:
    """Run a folder's own scenarios again, also in the worlds sampled for them, and compare each file that its manifest
    names, by its bytes.

    `rerun` takes a scenario, a number of replications and a seed; `ask` the cases of the sampled worlds. What comes out
    is written to a temporary folder and not kept. Raises ChipgateError where there is nothing that could run again.
    """
    about = read_manifest(folder)
    scenarios = read_scenarios(folder, about)
    planned = about.sampled and plan(
        scenarios, about.sampled.worlds, about.seed, about.sampled.replications, about.sampled.vary == "low"
    )
    runs = [rerun(sourced, about.replications, about.seed) for sourced in scenarios]
    subject = subject_of(about, runs)
    if planned and isinstance(subject, Comparison):
        subject.worlds = planned.run(ask)
    now = described(subject, about.command, about.seconds, about.keep)
    files = [*_scenarios_checked(folder, about, scenarios), *_others_checked(folder, about, subject)]
    furthest, hindrance, notes = None, "", list[str]()
    if any(file.name == TABLES[0] and file.state not in ("same", "missing") for file in files):
        try:
            then, notes = read_runs(folder, about, scenarios)
            furthest = _furthest(then, runs)
        except ChipgateError as error:
            hindrance = str(error)
    return Reproduction(
        folder=folder,
        about=about,
        files=files,
        versions=_other_versions(about, now),
        code_changed=about.code != now.code if about.code else None,
        furthest=furthest,
        hindrance=hindrance,
        notes=tuple(notes),
    )


# --- Files ---


def _scenarios_checked(folder: Path, about: Manifest, scenarios: list[SourcedScenario]) -> list[Checked]:
    """The scenarios are what is rerun, so they are held against the manifest: their bytes, and the values they give."""
    names = scenario_files(list(about.scenarios))
    checked = []
    for sourced in scenarios:
        name = sourced.scenario.name
        whole = sum_of(folder / names[name]) == about.files.get(names[name])
        equal = scenario_hash(sourced.scenario) == about.scenarios[name]
        checked.append(Checked(names[name], "data", SCENARIO_STATES[whole, equal]))
    return checked


def _others_checked(folder: Path, about: Manifest, subject: Subject) -> list[Checked]:
    """Every other file: first the data, then the pictures, then the report."""
    scenarios = set(scenario_files(list(about.scenarios)).values())
    data = {name: write for name, write in data_files(subject, about.keep).items() if name not in scenarios}
    named = [name for name in about.files if name not in scenarios]
    formats = [form for form in FORMATS if any(name.endswith(f".{form}") for name in named)]
    with pictures_of(subject, formats) as drawn:
        pictures = {name: hashlib.sha256(draw()).hexdigest() for name, draw in drawn.items()}
    sums = _sums(data) | pictures
    parts: dict[str, Part] = dict.fromkeys(named, "data")
    parts |= {name: "pictures" for name in named if name.endswith(tuple(f".{form}" for form in FORMATS))}
    parts |= {name: "report" for name in named if name == REPORT}
    order: tuple[Part, ...] = ("data", "pictures", "report")
    return [
        Checked(name, part, _state(sum_of(folder / name), about.files[name], sums.get(name), part))
        for part in order
        for name in named
        if parts[name] == part
    ]


def _sums(files: Mapping[str, Writer]) -> dict[str, str]:
    """The sha256 of each file as it comes out now."""
    sums = {}
    try:
        with tempfile.TemporaryDirectory(prefix="chipgate-") as place:
            for name, write in files.items():
                write(Path(place, name))
                sums[name] = str(sum_of(Path(place, name)))
    except OSError as error:
        raise ChipgateError(f"cannot write what comes out to a temporary folder: {error.strerror or error}") from error
    return sums


def _state(there: str | None, written: str, now: str | None, part: Part) -> State:
    """From a file's sha256 in the folder, in the manifest, and as it comes out now."""
    if there is None:
        return "missing"
    if part == "report":
        return "not compared" if there == written else "edited, not compared"
    if now is None:
        return "not made"
    if there == now:
        return "same"
    if there == written:
        return "differs"
    return "edited" if now == written else "edited and differs"


# --- Reasons ---


def _other_versions(about: Manifest, now: Manifest) -> list[Version]:
    then_all = {**about.versions, "interpreter": about.interpreter, "platform": about.platform}
    now_all = {**now.versions, "interpreter": now.interpreter, "platform": now.platform}
    return [
        Version(name, then_all.get(name, "unknown"), now_all.get(name, "unknown"))
        for name in dict.fromkeys([*then_all, *now_all])
        if then_all.get(name) != now_all.get(name)
    ]


def _furthest(before: list[Run], after: list[Run]) -> Furthest | None:
    """The outcome that moved most, of those that exist both then and now; None where there is none."""
    found: list[Furthest] = []
    for then, now in zip(before, after, strict=True):
        for key in (key for key in then.outcomes if key in now.outcomes):
            place, moved = _moved(then[key], now[key])
            pair = float(then[key][place]), float(now[key][place])
            found.append(Furthest(then.scenario.name, key, *pair, moved))
    return max(found, key=lambda one: one.relative, default=None)


def _moved(then: Floats, now: Floats) -> tuple[int, float]:
    """Where two arrays of one shape differ most, and by how much of the larger value there."""
    size = np.maximum(np.abs(then), np.abs(now))
    relative = np.divide(np.abs(now - then), size, out=np.zeros_like(size), where=size > 0)
    relative[np.isnan(then) & np.isnan(now)] = 0.0
    relative[np.isnan(then) != np.isnan(now)] = np.inf
    place = int(relative.argmax())
    return place, float(relative[place])


def findings(result: Reproduction) -> list[str]:
    """What a person should know, a sentence each, the conclusion first."""
    told = [_conclusion(result)]
    pictures = [file for file in result.files if file.part == "pictures"]
    if other := [file for file in pictures if file.state in OTHERWISE]:
        told.append(f"{len(other)} of {len(pictures)} pictures do not come out the same, byte for byte.")
    for state, words in APART.items():
        if found := [file for file in result.files if file.state == state]:
            told.append(f"{words}: {_names(found)}.")
    if result.hindrance:
        told.append(f"How far the values differ is not known: {result.hindrance}.")
    told += [f"{note}." for note in result.notes]
    if result.furthest is not None:
        told.append(_about_values(result.furthest))
    scenarios = set(scenario_files(list(result.about.scenarios)).values())
    states = {file.state for file in result.files if file.name in scenarios}
    if "edited and differs" in states:
        told.append("A scenario's own values were edited, so what follows from them may differ.")
    elif "differs" in states:
        told.append(
            "A scenario gives other values than then: a figure that it rests on, or how it is read, has changed."
        )
    elif any(file.state in OTHERWISE for file in result.files):
        told += _about_versions(result)
    return told


def _conclusion(result: Reproduction) -> str:
    """What comes out otherwise; files that were edited or are missing in the folder are told apart."""
    files, other = result.data, [file for file in result.data if file.state in OTHERWISE]
    if other:
        return f"{len(other)} of {len(files)} data files do not come out the same: {_names(other)}."
    same = sum(file.state == "same" for file in files)
    return f"{'All' if same == len(files) else f'{same} of'} {len(files)} data files come out the same, byte for byte."


def _names(files: list[Checked]) -> str:
    return ", ".join(file.name for file in files)


def _about_values(one: Furthest) -> str:
    """How far the outcomes moved."""
    where = f"{one.key} in {one.scenario}"
    if one.relative == 0:
        return "All values in outcomes.parquet are equal; only the file is written otherwise."
    if one.relative <= LAST_DIGITS:
        return f"The values differ in their last digits only, by at most {one.relative:.1g} of themselves ({where})."
    if np.isinf(one.relative):
        return f"Some values exist only then or only now, such as {where}."
    digits = next(digits for digits in range(6, 18) if f"{one.then:.{digits}g}" != f"{one.now:.{digits}g}")
    then, now = f"{one.then:.{digits}g}", f"{one.now:.{digits}g}"
    return f"The values differ by up to {one.relative:.2g} of themselves: {where}, {then} then, {now} now."


def _about_versions(result: Reproduction) -> list[str]:
    told = []
    if result.versions:
        told.append(
            f"Versions that differ: {'; '.join(f'{v.name} {v.then} then, {v.now} now' for v in result.versions)}."
        )
    else:
        told.append("No version differs.")
    if result.code_changed:
        told.append("The program's own code is not what it was then.")
    elif result.code_changed is None:
        told.append("The program's own code may have changed; the manifest does not say.")
    elif not result.versions and not any(file.state == "edited and differs" for file in result.data):
        told.append(
            "Nor does the program's own code, and the data are as they were written. So the manifest's seed or number "
            "of replications may have been edited: hold them against its command."
        )
    return told


# --- For people and programs ---


COLUMNS: tuple[Column[Checked], ...] = (
    Column("name", lambda file: file.name, "file"),
    Column("part", lambda file: file.part, "what it is", {"mean": 1}),
    Column("state", lambda file: Name(file.state, STATES[file.state]), "what comes out now"),
)


def reproduction_page(result: Reproduction) -> Page:
    """The files and what to know about them."""
    about, furthest = result.about, result.furthest
    many = f"{about.replications:,} replication{'s' * (about.replications != 1)}"
    return Page(
        title=f"{result.folder}: {many}{' of each scenario' * (about.kind == 'comparison')}, seed {about.seed}",
        question=f"first made by: {about.command}",
        parts=(Exhibit("files", "", COLUMNS, tuple(result.files)), Said("findings", tuple(findings(result)))),
        facts={
            "folder": str(result.folder),
            "kind": about.kind,
            "command": about.command,
            "seed": about.seed,
            "replications": about.replications,
            "same": result.same,
            "edited": result.edited,
            "versions": [{"name": v.name, "then": v.then, "now": v.now} for v in result.versions],
            "code_changed": result.code_changed,
            "hindrance": result.hindrance or None,
            "furthest": furthest and _furthest_record(furthest),
        },
        elsewhere="--json has them",
    )


def _furthest_record(furthest: Furthest) -> dict[str, Any]:
    period = furthest.key.period
    return {
        "scenario": furthest.scenario,
        "outcome": furthest.key.outcome,
        "item": furthest.key.item,
        "period": str(period) if isinstance(period, Quarter) else period,
        "then": finite(furthest.then),
        "now": finite(furthest.now),
        "relative": finite(furthest.relative),
    }
