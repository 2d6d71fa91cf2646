"""A formula in place of the model, for studies that ask for replications."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.experiment.cases import Case, Outcomes
from sim.outcomes.cards import keys_of
from sim.scenario.parts import Scenario
from sim.scenario.variants import got, number_of


@dataclass
class Formula:
    """Gives an outcome, and perhaps others by name, as functions of a scenario and of luck: the same standard normal
    numbers in each replication of every scenario, as in the model. Nothing else exists, and nothing binds."""

    of: Callable[[Scenario, Any], Any]
    outcome: str = "delivered"
    others: Mapping[str, Callable[[Scenario, Any], Any]] = field(default_factory=dict)
    asked: list[Case] = field(default_factory=list)

    def __call__(self, cases: Sequence[Case]) -> list[Outcomes]:
        self.asked += cases
        return [self._outcomes(case) for case in cases]

    def _outcomes(self, case: Case) -> Outcomes:
        luck = np.array([np.random.default_rng([case.seed, number]).normal() for number in case.numbers])
        known = {self.outcome: self.of, **self.others}
        found = {}
        for key in keys_of(case.scenario):
            there = (
                known[key.name](case.scenario, luck) if key.name in known else 0 if key.outcome == "binds" else np.nan
            )
            found[key] = np.asarray(there, dtype=float) + 0 * luck
        return found


def number(scenario: Scenario, key: str) -> float:
    """A value of a scenario as a number."""
    return number_of(got(scenario, key))
