"""The most striking shape in a run's deliveries: made-up runs of which it is known what moves, when, and with what."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from worlds import foreign, policy, small

from sim.experiment.run import Run
from sim.outcomes.constraints import CONSTRAINTS
from sim.outcomes.keys import Key, Quarter
from sim.scenario.load import SourcedScenario
from sim.scenario.parts import Policy
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.lift import Lift
from sim.scenario.policies.mandate import Mandate
from sim.studies.shape import striking

QUARTERS = [Quarter(year, number) for year in (2023, 2024) for number in (1, 2, 3, 4)]
FLAT = [1000.0] * 8
ENDS = [1000.0, 1000.0, 1000.0, 500.0, 10.0, 10.0, 10.0, 10.0]


def a_run(
    imports: Sequence[Sequence[float]],
    domestic: Sequence[float] = FLAT,
    held: Mapping[str, Sequence[float]] | None = None,
    policies: Mapping[str, Policy] | None = None,
) -> Run:
    """A run of two years: what is delivered by quarter, for imports in each replication, and what each constraint holds
    up in the first and in the second year."""
    many = len(imports)
    outcomes = {
        Key("nominal", item, quarter): np.array([values[n] for values in rows])
        for item, rows in (("domestic", [domestic] * many), ("import", imports))
        for n, quarter in enumerate(QUARTERS)
    }
    years = {name: (held or {}).get(name, (0.0, 0.0)) for name in CONSTRAINTS}
    looks = {
        ("binds", name): np.repeat([[first] * 13 + [second] * 14], many, axis=0)
        for name, (first, second) in years.items()
    }
    scenario = small(imports={"h": foreign()}, policies=dict(policies or {}))
    return Run.of(SourcedScenario(scenario, {}, ()), 1, range(many), outcomes, looks)


def test_where_imports_end_it_says_so_with_the_constraint_that_grows_and_the_policy():
    run = a_run(
        [ENDS] * 10,
        held={"import_control": (0.0, 50.0), "import_volume": (30.0, 40.0), "memory": (0.0, 900.0)},
        policies={
            "block": policy(50, Ban(product="h")),
            "before": policy(5, Ban(product="h")),
            "after": policy(90, Ban(product="h")),
        },
    )
    assert striking(run) == [
        "Compute delivered from imports all but ends between 2023Q3 and 2024Q1, in every run, while more and more is held "
        f"up by import control; in force from then on: block ({run.scenario.policies['block'].effective})."
    ]


def test_a_rule_that_is_lifted_before_the_end_or_reaches_something_else_is_not_in_force():
    rules = {
        "block": policy(50, Ban(product="h")),
        "lifted": policy(58, Lift(product="h")),
        "elsewhere": policy(52, Mandate(segments=["cloud"], compliance=0.5)),
    }
    [text] = striking(a_run([ENDS] * 10, policies=rules))
    assert text == "Compute delivered from imports all but ends between 2023Q3 and 2024Q1, in every run."


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1000, 1000, 1000, 900, 600, 600, 600, 600], "falls by 40 % between 2023Q3 and 2024Q1, in every run."),
        ([600, 600, 600, 600, 900, 900, 900, 900], "rises by 50 % between 2023Q3 and 2024Q1, in every run."),
        ([0, 0, 0, 0, 900, 900, 900, 900], "begins between 2023Q3 and 2024Q1, in every run."),
        ([100, 100, 100, 2000, 2000, 1500, 1500, 1500], "falls by 25 % between 2023Q4 and 2024Q2, in every run."),
    ],
)
def test_a_fall_goes_before_a_rise_and_the_largest_is_told_with_its_size(values, told):
    assert striking(a_run([values] * 10)) == [f"Compute delivered from imports {told}"]


@pytest.mark.parametrize(
    "run",
    [
        a_run([FLAT] * 10),
        a_run([[0.0] * 8] * 10, [0.0] * 8),
        a_run([[50.0] * 4 + [0.0] * 4] * 10),
        a_run([ENDS]),
    ],
    ids=["nothing moves", "nothing is delivered", "what moves is small", "one replication"],
)
def test_where_nothing_moves_that_matters_nothing_is_told(run):
    assert striking(run) == []


@pytest.mark.parametrize(("falling", "told"), [(10, "in every run"), (9, "in 9 of 10 runs"), (8, "")])
def test_a_fall_in_fewer_than_nine_of_ten_runs_is_not_told(falling, told):
    """The other runs rise so little that the mean still falls by more than half."""
    found = striking(a_run([ENDS] * falling + [[100.0] * 3 + [101.0, 102.0, 103.0, 104.0, 105.0]] * (10 - falling)))
    assert [told in text for text in found] == [True] * bool(told)


def test_a_policy_that_was_given_up_is_not_named():
    gone = Policy.of(Ban(product="h"), effective=policy(50, Ban()).effective, withdrawn=policy(40, Ban()).effective)
    assert "in force" not in striking(a_run([ENDS] * 10, policies={"gone": gone}))[0]


def test_a_constraint_on_other_chips_is_not_named():
    assert "while" not in striking(a_run([ENDS] * 10, held={"memory": (0.0, 900.0), "licence": (5.0, 1.0)}))[0]


def test_the_last_quarter_counts_only_where_the_window_has_all_of_it():
    run = a_run([[*FLAT[1:], 3.0]] * 10)
    assert "all but ends between 2024Q2 and 2024Q4" in striking(run)[0]
    short = SourcedScenario(small(window__end=datetime.date(2024, 12, 31)), {}, ())
    assert striking(Run.of(short, 1, range(10), run.outcomes, run.series)) == []
