"""The shipped scenarios: each is short, asks one question, and moves what it says it moves, or says why it does not."""

import gc
import math
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from worlds import changed

from sim.base.statistics import Summary, summarise
from sim.experiment.replication import replicate
from sim.experiment.workers import available_processors
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.keys import Key
from sim.scenario.load import check, load, shipped
from sim.scenario.parts import Scenario

QUESTIONS = [
    "no-controls",
    "h20-stays",
    "early-embargo",
    "licence-queue",
    "front-running",
    "leaky-border",
    "tight-border",
    "hbm-crunch",
    "hbm-breakthrough",
    "tool-squeeze",
    "tool-breakthrough",
    "yield-breakthrough",
    "die-bank",
    "no-mandate",
    "early-mandate",
    "software-parity",
    "software-stuck",
    "efficiency-dividend",
    "efficiency-rebound",
    "anchor-exit",
    "late-superpods",
]
NAMES = ["baseline", *QUESTIONS]
HEADLINES = [name for name, card in OUTCOMES.items() if card.headline]
PATHS = {item.name: item.path for item in shipped()}


def test_the_scenarios_of_the_model_are_shipped_and_no_others() -> None:
    assert sorted(PATHS) == sorted(NAMES)


def test_every_number_of_a_shipped_file_has_a_source() -> None:
    assert [(file.name, str(file.error)) for file in check(PATHS.values()) if file.error] == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_scenario_says_what_it_asks_who_acts_what_changes_and_where_to_look(name: str) -> None:
    scenario = load(name).scenario
    assert scenario.question.endswith("?")
    assert scenario.question.count("?") == 1
    assert scenario.lever != "none"
    assert scenario.changes.endswith(".")
    assert scenario.title
    known = {key.name for key in replicate(changed(scenario, demand={}, projects={}), 1, 0).outcomes}
    assert scenario.look_at
    assert set(scenario.look_at) <= known


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_scenario_is_a_short_difference_from_the_baseline(name: str) -> None:
    lines = Path(PATHS[name]).read_text(encoding="utf-8").splitlines()
    assert "extends: baseline" in lines
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 300, "short in the other direction too"


# --- What each of them moves ---

SEED = 1
REPLICATIONS = 16
MORE = 40  # where nothing is expected: to show that nothing happens takes longer

Runs = dict[str, np.ndarray]  # by scenario: (replications, headline outcomes)


def headline_values(job: tuple[Scenario, int]) -> list[float]:
    scenario, number = job
    gc.disable()  # a world is one tangle of references, cheapest to clear when done
    try:
        outcomes = replicate(scenario, SEED, number).outcomes
    finally:
        gc.enable()
    return [math.nan if (value := outcomes[Key(name)]) is None else value for name in HEADLINES]


def run_all(jobs: dict[str, tuple[Scenario, int]]) -> Runs:
    """So many replications of each scenario, all with the same seed and numbers, on every processor."""
    each = [(scenario, number) for scenario, replications in jobs.values() for number in range(replications)]
    with ProcessPoolExecutor(available_processors(), initializer=gc.freeze) as pool:
        rows = iter(pool.map(headline_values, each, chunksize=8))
        return {name: np.array([next(rows) for _ in range(replications)]) for name, (_, replications) in jobs.items()}


@pytest.fixture(scope="module")
def runs() -> Runs:
    scenarios = {name: load(name).scenario for name in NAMES}
    return run_all(
        {
            name: (scenario, MORE if name == "baseline" or scenario.no_effect else REPLICATIONS)
            for name, scenario in scenarios.items()
        }
    )


@dataclass(frozen=True)
class Effect:
    """A paired difference in units of the smallest difference worth naming."""

    outcome: str
    difference: Summary

    @property
    def is_clear(self) -> bool:
        """Larger than that difference, with the whole interval."""
        return self.difference.low > 1 or self.difference.high < -1

    @property
    def is_none(self) -> bool:
        """Smaller than that difference, with the whole interval."""
        return self.difference.low > -1 and self.difference.high < 1

    def __str__(self) -> str:
        return f"{self.outcome} {self.difference.mean:+.2f} ± {self.difference.half_width:.2f}"


def effects(runs: Runs, name: str, against: str = "baseline") -> dict[str, Effect]:
    """What the scenario does to each headline outcome."""
    other = runs[name]
    base = runs[against][: len(other)]
    found = {}
    for column, outcome in enumerate(HEADLINES):
        card = OUTCOMES[outcome]
        assert card.smallest > 0
        smallest = card.smallest * (abs(np.nanmean(base[:, column])) if card.relative else 1.0)
        found[outcome] = Effect(outcome, summarise((other[:, column] - base[:, column]) / smallest))
    return found


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_scenario_moves_a_headline_outcome_or_says_why_it_does_not(name: str, runs: Runs) -> None:
    found = effects(runs, name)
    told = f"in units of the smallest difference worth naming: {', '.join(map(str, found.values()))}"
    if load(name).scenario.no_effect:
        assert all(effect.is_none for effect in found.values()), told
    else:
        assert any(effect.is_clear for effect in found.values()), told


# --- Why more wafers do not mean more compute ---

WAFERS = {"tool-breakthrough": +1, "yield-breakthrough": +1, "tool-squeeze": -1}


def variant(scenario: Scenario, kind: str) -> Scenario:
    """The world with memory for all; or with memory as scarce as it is, but each stack of it worth the same whenever
    it is used, in whatever chip and wherever."""
    if kind == "plenty":
        return changed(scenario, memory__stock=1e10)
    designs = {name: changed(design, stacks=4 * design.performance) for name, design in scenario.designs.items()}
    return changed(
        scenario, designs=designs, scale__size=1e12, software__readiness_start=0.9, software__readiness_ceiling=0.9
    )


@pytest.fixture(scope="module")
def memory_runs(runs: Runs) -> Runs:
    names = ("baseline", *WAFERS)
    others = {
        f"{name}, {kind}": (variant(load(name).scenario, kind), 12)
        for name in names
        for kind in ("plenty", "worth the same")
    }
    return {f"{name}, as it is": runs[name][:12] for name in names} | run_all(others)


def delivered(runs: Runs, name: str, kind: str) -> Summary:
    """Change of the compute delivered, as a share."""
    base, other = runs[f"baseline, {kind}"], runs[f"{name}, {kind}"]
    column = HEADLINES.index("delivered")
    return summarise((other[:, column] - base[:, column]) / base[:, column].mean())


@pytest.mark.parametrize(("name", "more_dies"), WAFERS.items())
def test_while_memory_is_scarce_more_dies_do_not_bring_more_compute(
    name: str, more_dies: int, memory_runs: Runs
) -> None:
    change = delivered(memory_runs, name, "as it is")
    assert more_dies * change.mean + change.half_width < 0, "a little less, and surely so"
    assert abs(change.mean) < 0.06


@pytest.mark.parametrize(("name", "more_dies"), WAFERS.items())
def test_with_memory_for_all_more_dies_bring_more_compute(name: str, more_dies: int, memory_runs: Runs) -> None:
    change = delivered(memory_runs, name, "plenty")
    assert more_dies * change.mean - change.half_width > 0.03


@pytest.mark.parametrize("name", WAFERS)
def test_the_loss_is_that_scarce_stacks_are_used_earlier_where_they_are_worth_less(
    name: str, memory_runs: Runs
) -> None:
    """Earlier designs, unready software and loose chips give less compute a stack; without these differences nothing
    is lost and nothing gained."""
    as_it_is, same = (delivered(memory_runs, name, kind) for kind in ("as it is", "worth the same"))
    assert abs(same.mean) + same.half_width < 0.003
    assert abs(same.mean) < abs(as_it_is.mean) / 10
