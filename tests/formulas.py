"""A formula in place of the model, for studies that ask for replications."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.experiment.cases import Case, Outcomes
from sim.outcomes.cards import keys_of
from sim.scenario.parts import Scenario
from sim.scenario.variants import got, number_of


@dataclass
class Formula:
    """Gives each outcome asked for as a function of a scenario and of luck: the same standard normal numbers in each
    replication of every scenario, as in the model. All else is nan."""

    of: Callable[[Scenario, Any], Any]
    outcome: str = "delivered"
    asked: list[Case] = field(default_factory=list)

    def __call__(self, cases: Sequence[Case]) -> list[Outcomes]:
        self.asked += cases
        return [self._outcomes(case) for case in cases]

    def _outcomes(self, case: Case) -> Outcomes:
        luck = np.array([np.random.default_rng([case.seed, number]).normal() for number in case.numbers])
        values = np.asarray(self.of(case.scenario, luck), dtype=float) + 0 * luck
        nothing = np.full(len(luck), np.nan)
        return {key: values if key.name == self.outcome else nothing for key in keys_of(case.scenario)}


def number(scenario: Scenario, key: str) -> float:
    """A value of a scenario as a number."""
    return number_of(got(scenario, key))
