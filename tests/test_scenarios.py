"""The shipped scenarios: each is short, asks one question, and moves what it says it moves, or says why it does not."""

import gc
import math
import os
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
    "h20-stays-no-mandate",
    "port-sooner",
    "slow-lines",
    "h20-returns",
    "import-refusal",
    "no-stockpile",
]
EXTENDS = {"import-refusal": "h20-returns", "h20-stays-no-mandate": "h20-stays"}  # the others extend the baseline
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
    assert (scenario.expected or scenario.no_effect).endswith(".")
    assert scenario.title
    known = {key.name for key in replicate(changed(scenario, demand={}, projects={}), 1, 0).outcomes}
    assert scenario.look_at
    assert set(scenario.look_at) <= known


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_scenario_is_a_short_difference_from_what_it_extends(name: str) -> None:
    lines = Path(PATHS[name]).read_text(encoding="utf-8").splitlines()
    assert f"extends: {EXTENDS.get(name, 'baseline')}" in lines
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 300, "short in the other direction too"


# --- What each of them moves ---

SEED = 1
pytestmark = pytest.mark.skipif(
    not os.environ.get("CHIPGATE_FULL"), reason="every shipped scenario, many times: minutes; `make laws` runs them"
)
REPLICATIONS = 10
MORE = 40  # where nothing is expected, or little: to show that takes longer
LITTLE = {"port-sooner", "tool-breakthrough"}

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
            name: (scenario, MORE if scenario.no_effect or name in {"baseline", *LITTLE} else REPLICATIONS)
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
    def is_small(self) -> bool:
        """Surely smaller than twice that difference."""
        return -2 < self.difference.low <= self.difference.high < 2

    def __str__(self) -> str:
        return f"{self.outcome} {self.difference.mean:+.2f} ± {self.difference.half_width:.2f}"


def effects(runs: Runs, name: str, against: str = "baseline") -> dict[str, Effect]:
    """What the scenario does to each headline outcome."""
    other = runs[name]
    base = runs[against][: len(other)]
    found = {}
    for column, outcome in enumerate(HEADLINES):
        card = OUTCOMES[outcome]
        assert card.margin > 0
        smallest = card.margin * (abs(np.nanmean(base[:, column])) if card.relative else 1.0)
        found[outcome] = Effect(outcome, summarise((other[:, column] - base[:, column]) / smallest))
    return found


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_scenario_moves_a_headline_outcome_or_says_why_it_does_not(name: str, runs: Runs) -> None:
    found = effects(runs, name, EXTENDS.get(name, "baseline"))
    told = f"in units of the smallest difference worth naming: {', '.join(map(str, found.values()))}"
    if load(name).scenario.no_effect:
        assert all(effect.is_small for effect in found.values()), told
    else:
        assert any(effect.is_clear for effect in found.values()), told


# --- What more wafers do while memory is a stock ---

WAFERS = {"tool-breakthrough": +1, "yield-breakthrough": +1, "tool-squeeze": -1}
EARLY, LATE = Key("nominal", "domestic", 2024), Key("nominal", "domestic", 2026)


@pytest.fixture(scope="module")
def supply() -> dict[tuple[str, str], list[dict[Key, float]]]:
    """Outcomes of eight replications, with memory as it is and with memory for all."""
    jobs = []
    for name in ("baseline", *WAFERS):
        scenario = load(name).scenario
        jobs += [(name, "as it is", scenario), (name, "plenty", changed(scenario, memory__stock=1e10))]
    with ProcessPoolExecutor(available_processors()) as pool:
        found = {(name, kind): [pool.submit(supplied, world, n) for n in range(8)] for name, kind, world in jobs}
        return {case: [each.result() for each in several] for case, several in found.items()}


def supplied(scenario: Scenario, number: int) -> dict[Key, float]:
    outcomes = replicate(scenario, SEED, number).outcomes
    return {key: float(outcomes[key] or 0) for key in (EARLY, LATE, Key("compute_years"), Key("delivered"))}


@pytest.mark.parametrize(("name", "sign"), WAFERS.items())
def test_more_dies_bring_chips_earlier_and_the_memory_is_gone_sooner(name: str, sign: int, supply) -> None:
    def change(key: Key, kind: str) -> Summary:
        """Of domestic chips, as a share; more is more dies' doing."""
        base, other = ([run[key] for run in supply[case, kind]] for case in ("baseline", name))
        return summarise(np.subtract(other, base) * sign / np.mean(base))

    assert change(EARLY, "as it is").low > 0
    assert change(LATE, "as it is").mean < -0.02
    assert change(LATE, "plenty").mean > change(LATE, "as it is").mean + 0.03, "it was for want of memory"
    assert change(Key("compute_years"), "as it is").mean > -0.001
    assert change(Key("compute_years"), "plenty").low > 0
    assert change(Key("delivered"), "as it is").mean < 0.005, "memory is what ends"
