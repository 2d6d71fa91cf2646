"""One replication: a pure function of scenario, seed and number. Standard library and SimPy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.model import run
from sim.model.facts import Fact
from sim.model.streams import Streams
from sim.outcomes.cards import compute_outcomes
from sim.outcomes.history import History, Value
from sim.outcomes.keys import Key
from sim.outcomes.ledger import Ledger
from sim.outcomes.series import compute_series
from sim.scenario.parts import Scenario


@dataclass(frozen=True)
class Replication:
    """Its number, its outcomes by key, its series by (name, item). Keys and their order depend on the scenario
    only."""

    number: int
    outcomes: dict[Key, Value]
    series: dict[tuple[str, str], list[float]]


def replicate(scenario: Scenario, seed: int, number: int) -> Replication:
    """Run replication `number` and reduce its facts to numbers."""
    history = History(record(scenario, seed, number), scenario)
    return Replication(number, compute_outcomes(history), compute_series(history))


def record(scenario: Scenario, seed: int, number: int) -> Ledger:
    """Run replication `number` and keep every fact."""
    ledger = Ledger()
    run(scenario, Streams(seed, number), ledger.record)
    return ledger


def listen(scenario: Scenario, seed: int, number: int, observe: Callable[[Fact], object]) -> None:
    """Run replication `number`, and pass each fact to `observe` as it happens."""
    run(scenario, Streams(seed, number), observe)
