"""Conventions of the house, read off the code itself."""

import ast
import dataclasses
import sys
from datetime import date
from pathlib import Path

import pytest
from worlds import changed

import sim.scenario
from sim.load import load
from sim.replication import replicate
from sim.scenario import Policy, Reach

SIM = Path(sim.scenario.__file__).parent
MODULES = sorted(path for path in SIM.rglob("*.py") if "scenarios" not in path.parts)

# Each floor may import the floors below it and its own.
FLOORS = [
    {"label", "errors", "places", "markup", "columns", "layout", "svg", "whole", "picture_files", "digits"},
    {"manifest"},
    {"units"},
    {"scenario", "streams", "figures", "yaml_tree"},
    {"model", "consistency", "rules", "reference", "load"},
    {"ledger", "show", "relief", "policy_words"},
    {"outcomes"},
    {"replication"},
    {"intervals"},
    {"experiment"},
    {"differences"},
    {"comparison"},
    {"rounding", "plots", "pictures", "tables", "trace", "backcast", "article_revenue"},
    {"explain", "precision"},
    {"comparison_tables"},
    {"report", "notebook"},
    {"results"},
    {"stored"},
    {"reproduce"},
    {"lessons"},
    {"cli"},
    {"__main__"},
]
# What a browser must be able to run: SimPy and the standard library only.
BROWSER = {"label", "errors", "units", "scenario", "streams", "model", "ledger", "outcomes", "replication"}


def name_of(path: Path) -> str:
    return path.relative_to(SIM).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Top-level names of the modules a file imports; `sim.x` as x."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    type_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in type_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.module == "sim":
                found |= {f"sim.{alias.name}" for alias in node.names}
            else:
                found.add(node.module or "")
    return found


def floor(name: str) -> int:
    return next(i for i, names in enumerate(FLOORS) if name in names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SIM)))
def test_imports_point_down(path: Path) -> None:
    if path == SIM / "__init__.py":
        return  # the front door opens on to every floor, when it is used
    mine = name_of(path)
    for module in imports(path):
        if module.startswith("sim.") and module != "sim.__version__":
            theirs = module.split(".")[1]
            assert floor(theirs) <= floor(mine), f"{mine} imports {theirs}, which lies above it"


@pytest.mark.parametrize("path", [p for p in MODULES if name_of(p) in BROWSER], ids=lambda p: str(p.relative_to(SIM)))
def test_model_streams_and_outcomes_need_simpy_and_the_standard_library_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for inner in ast.walk(node)}
    at_import = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in inside
        for alias in node.names
    }
    foreign = {module.split(".")[0] for module in at_import} - set(sys.stdlib_module_names) - {"sim", "simpy"}
    assert not foreign
    ours = {module.split(".")[1] for module in at_import if module.startswith("sim.")}
    assert ours <= BROWSER


def test_the_model_knows_no_ledger_no_statistics_and_no_face() -> None:
    for path in (SIM / "model").glob("*.py"):
        ours = {module for module in imports(path) if module.startswith("sim.")}
        allowed = ("sim.model", "sim.scenario", "sim.streams", "sim.units")
        assert all(module.startswith(allowed) for module in ours), path
        others = {module.split(".")[0] for module in imports(path)} - {"sim", "simpy", "__future__"}
        assert others <= set(sys.stdlib_module_names) - {"logging", "random", "statistics", "time"}, path


# Read by the list of scenarios, the tables and the results folder, not by the model.
FOR_PEOPLE = {
    ("Scenario", "name"),
    ("Scenario", "title"),
    ("Scenario", "question"),
    ("Scenario", "lever"),
    ("Scenario", "changes"),
    ("Scenario", "look_at"),
    ("Scenario", "no_effect"),
    ("Scenario", "label"),
    ("Policy", "source"),
}


def test_a_key_that_nothing_reads_cannot_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every field of every part is read while shipped scenarios run, or is on the list above."""
    parts = [c for c in vars(sim.scenario).values() if isinstance(c, type) and issubclass(c, sim.scenario.Part)]
    parts.remove(sim.scenario.Part)
    # Together these have every action and every optional part.
    names = ("baseline", "licence-queue", "tight-border", "tool-squeeze", "anchor-exit", "die-bank")
    scenarios = [load(name).scenario for name in names]
    lifted = Policy(effective=date(2026, 1, 1), lift=Reach(product="h20"))
    scenarios.append(changed(scenarios[0], policies={**scenarios[0].policies, "lifted": lifted}))
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
    monkeypatch.undo()
    for part in parts:
        users = {part.__name__} | {sub.__name__ for sub in part.__subclasses__()}
        for field in dataclasses.fields(part):
            known = {(c.__name__, field.name) for c in part.__mro__} & FOR_PEOPLE
            assert known or any((user, field.name) in read for user in users), f"{part.__name__}.{field.name}"
