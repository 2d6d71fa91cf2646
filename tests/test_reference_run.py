"""The committed reference run: its numbers still come out, and what the README shows of it is there.

Every draw comes from Python's own generator, so a value may differ between versions of numpy only by the order in
which numbers are added: 1e-9 of the value, and half-widths and verdicts accordingly. All replications with CHIPGATE_FULL
set, else the first of them; of the sampled worlds all, else the first in two of the scenarios.
"""

import dataclasses
import os
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.experiment.cases import outcomes_of
from sim.experiment.comparison import Comparison
from sim.experiment.workers import available_processors
from sim.experiment.worlds import plan
from sim.folder.manifest import read_manifest
from sim.folder.read import read_results
from sim.scenario.load import load

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "results" / "reference"
TOLERANCE = 1e-9
MANY = 20 if os.environ.get("CHIPGATE_FULL") else 8
"""Replications that are made again, of 20."""


@pytest.fixture(scope="module")
def committed() -> Comparison:
    comparison = read_results(FOLDER)
    assert isinstance(comparison, Comparison)
    return Comparison([run.first(MANY) for run in comparison.runs])


@pytest.fixture(scope="module")
def again(committed) -> Comparison:
    """The shipped scenarios of those names, as they are now."""
    return sim.compare(committed.names, replications=len(committed), seed=committed.base.seed)


def test_every_value_still_comes_out(committed, again):
    moved = [
        f"{before.scenario.name} {key}"
        for before, now in zip(committed.runs, again.runs, strict=True)
        for key, values in before.outcomes.items()
        if not np.allclose(now[key], values, rtol=TOLERANCE, atol=1e-6, equal_nan=True)
    ]
    assert not moved, "results moved; say so in the changelog and run 'make reference'"


def test_series_still_come_out(committed, again):
    for before, now in zip(committed.runs, again.runs, strict=True):
        assert list(now.series) == list(before.series)
        for key, values in before.series.items():
            np.testing.assert_allclose(now.series[key], values, rtol=TOLERANCE, atol=1e-6, err_msg=str(key))


def test_every_verdict_still_comes_out(committed, again):
    assert len(committed.verdicts) == 30
    for before, now in zip(committed.verdicts, again.verdicts, strict=True):
        assert (now.scenario, now.outcome, now.judgement.verdict) == (
            before.scenario,
            before.outcome,
            before.judgement.verdict,
        )
        assert now.judgement.half_width == pytest.approx(before.judgement.half_width, rel=1e-6, abs=1e-6)


def test_the_same_worlds_are_sampled_and_their_differences_still_come_out():
    """Eight replications, or all with CHIPGATE_FULL."""
    whole = read_results(FOLDER)
    then, scenarios = whole.worlds, [load(name) for name in whole.names]
    now = plan(scenarios, len(then), whole.base.seed, then.replications)
    assert now.sample == then.sample
    assert now.held == then.held
    worlds = len(then) if MANY == 20 else 1
    many = len(whole.names)
    shown = range(many) if MANY == 20 else range(2)
    cases = [now.cases[many * world + n] for world in range(worlds) for n in shown]
    found = dataclasses.replace(now, names=tuple(whole.names[n] for n in shown), cases=tuple(cases)).run(
        partial(outcomes_of, workers=available_processors())
    )
    before = {each[:3]: each for each in then.values}
    assert len(found.values) == 6 * worlds * (len(shown) - 1)
    for each in found.values:
        assert each[3:] == pytest.approx(before[each[:3]][3:], rel=TOLERANCE, abs=1e-6, nan_ok=True)


def test_its_files_are_those_that_its_manifest_names():
    about = read_manifest(FOLDER)
    assert {path.name for path in FOLDER.iterdir()} == {"manifest.json", *about.files}
    assert "/" not in about.command.replace("results/reference", "")


def test_the_makefile_makes_it():
    command = re.search(r"chipgate compare (.+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert command
    assert f"chipgate compare {command[1]}" == read_manifest(FOLDER).command


def test_the_pictures_that_the_readme_shows_are_its_own():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", readme)
    assert shown
    for text, target in shown:
        assert target.startswith("results/reference/")
        assert (ROOT / target).is_file()
        assert len(text) > 20  # a text for readers who do not see it
