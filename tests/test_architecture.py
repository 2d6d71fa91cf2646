"""Conventions of the house, read off the code itself."""

import ast
import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import simpy

import sim
from sim.base.shapes import Group, Names, Shape, shape_of
from sim.experiment.replication import replicate
from sim.scenario.load import load, shipped
from sim.scenario.parts import Scenario
from sim.scenario.sampling import sample

SIM = Path(sim.__file__).parent
ROOMS = (
    "base",
    "exhibits",
    "articles",
    "scenario",
    "model",
    "outcomes",
    "experiment",
    "studies",
    "pictures",
    "folder",
    "report",
    "lessons",
    "cli",
)
"""Each room imports itself and the ones before it, also inside functions and for types."""
PLAIN = ROOMS[: ROOMS.index("outcomes") + 1]
"""What a browser must be able to run: standard library, SimPy and PyYAML."""


def imported(path: Path) -> set[str]:
    """Whole names of all that a file imports, wherever it stands in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_one_way_and_the_lower_rooms_need_little(room: str) -> None:
    rooms = {f"sim.{name}" for name in ROOMS[: ROOMS.index(room) + 1]}
    libraries = {*sys.stdlib_module_names, "simpy", "yaml"} if room in PLAIN else set()
    files = sorted((SIM / room).rglob("*.py"))
    assert files
    for path in files:
        for name in imported(path):
            if name.startswith("sim."):
                assert ".".join(name.split(".")[:2]) in rooms, f"{path} imports {name}"
            elif room in PLAIN:
                assert name.split(".")[0] in libraries, f"{path} imports {name}"


@pytest.mark.parametrize("room", ["model", "outcomes", "experiment", "studies"])
def test_floats_are_not_added_by_sum(room: str) -> None:
    """It makes up for rounding from Python 3.12 on; `math.fsum` gives the same digits everywhere."""
    for path in (SIM / room).rglob("*.py"):
        names = [
            node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ]
        assert not [name for name in names if isinstance(name, ast.Name) and name.id == "sum"], path


DIGITS = """
from sim.base.shapes import Group, Names, Shape, shape_of
from sim.experiment.replication import replicate
from sim.scenario.load import load, shipped
found = replicate(load("baseline").scenario, 1, 0)
print(*found.outcomes.items(), *found.series.items(), sep="\\n")
"""


def other_pythons() -> list[str]:
    """Interpreters of other versions on this machine, by name or kept by pyenv."""
    names = [shutil.which(f"python3.{minor}") for minor in range(11, 20)]
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions").glob("3.1[1-9].*/bin/python")
    ask = "import sys; print(sys.executable, sys.version_info.minor)"
    found = {}
    for python in [*filter(None, names), *map(str, kept)]:
        told = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
        if told.returncode == 0:  # pyenv also has names for versions that are not chosen
            path, minor = told.stdout.rsplit(maxsplit=1)
            found[int(minor)] = path
    return [path for minor, path in sorted(found.items()) if minor != sys.version_info.minor]


def test_every_python_gives_the_same_digits() -> None:
    """The model and its outcomes need no more than simpy and yaml, which another Python can take from this one."""
    others = other_pythons()
    if not others:
        pytest.skip("no other Python is installed here")
    places = os.pathsep.join([str(SIM.parent), str(Path(simpy.__file__).parents[1])])
    told = {
        python: subprocess.run(
            [python, "-c", DIGITS], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": places}
        ).stdout
        for python in [sys.executable, *others]
    }
    assert len(set(told.values())) == 1, sorted(told)
    assert told[sys.executable].count("\n") > 200


def test_every_module_stands_in_a_room() -> None:
    doors = {"__init__.py", "__main__.py", "py.typed", "__pycache__", "scenarios"}
    assert {path.name for path in SIM.iterdir()} - doors == set(ROOMS)


def test_the_model_reads_no_clock_and_writes_no_log() -> None:
    for path in (SIM / "model").glob("*.py"):
        assert not {name.split(".")[0] for name in imported(path)} & {"logging", "time"}, path


def test_the_model_alone_loads_nothing_above_it() -> None:
    code = "import sys, sim.model.world; print(*sorted(m for m in sys.modules if m.startswith('sim.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name.split(".")[1] for name in loaded} <= set(ROOMS[: ROOMS.index("model") + 1])


# Read by the list of scenarios, the tables and the results folder, not by the model.
FOR_PEOPLE = {
    ("Scenario", "name"),
    ("Scenario", "title"),
    ("Scenario", "question"),
    ("Scenario", "lever"),
    ("Scenario", "changes"),
    ("Scenario", "look_at"),
    ("Scenario", "expected"),
    ("Scenario", "no_effect"),
    ("Scenario", "hangs_on"),
    ("Scenario", "label"),
    ("Policy", "source"),
}


def parts_of(shape: Shape) -> Iterator[type]:
    """The classes of a shape and of those in it."""
    match shape:
        case Group(part=part, members=members):
            yield part
            for member in members.values():
                yield from parts_of(member.shape)
        case Names(shape=inner):
            yield from parts_of(inner)


def test_a_key_that_nothing_reads_cannot_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every field of every part is read while shipped scenarios run, or are sampled, or is on the list above."""
    parts = set(parts_of(shape_of(Scenario)))
    every = {item.name: load(item.name).scenario for item in shipped()}
    by_action = {
        rule.action.key: name for name, each in every.items() for rule in each.policies.values() if not rule.withdrawn
    }
    # Together these have every action that is shipped and every optional part.
    scenarios = [every[name] for name in {"baseline", "die-bank", *by_action.values()}]
    read: set[tuple[str, str]] = set()
    for part in parts:
        names = {field.name for field in dataclasses.fields(part)}

        def spy(self: object, name: str, names: set[str] = names) -> object:
            if name in names:
                read.add((type(self).__name__, name))
            return object.__getattribute__(self, name)

        monkeypatch.setattr(part, "__getattribute__", spy)
    for scenario in scenarios:
        replicate(scenario, 1, 1)
    sample([load("baseline")], 2)
    monkeypatch.undo()
    for part in parts:
        for field in dataclasses.fields(part):
            assert (part.__name__, field.name) in read | FOR_PEOPLE, f"{part.__name__}.{field.name}"
