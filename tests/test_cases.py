"""Cases: many scenarios through one pool give what a run of each alone would, nothing twice, and say beforehand how much."""

import math

import numpy as np
import pytest

import sim.experiment.workers
from sim.base.errors import ChipgateError
from sim.experiment.cases import Case, Outcomes, key_asked, outcomes_of
from sim.experiment.replication import replicate
from sim.experiment.run import Run, run_scenario
from sim.experiment.store import Store
from sim.outcomes.keys import Key
from sim.scenario.load import SourcedScenario, load
from sim.scenario.variants import with_values

ASKED = [range(3), range(9, 12), range(2)]  # of each scenario; the second goes over from one part of ten to the next


@pytest.fixture(scope="module")
def scenarios(tiny) -> list[SourcedScenario]:
    base = load(tiny)
    return [base, with_values(base, {"foundry.cycle_time": 20.0}), with_values(base, {"memory.stock": 0.0})]


@pytest.fixture(scope="module")
def cases(scenarios) -> list[Case]:
    return [Case(each.scenario, 7, numbers) for each, numbers in zip(scenarios, ASKED, strict=True)]


@pytest.fixture(scope="module")
def runs(scenarios) -> list[Run]:
    return [
        run_scenario(each, len(numbers), 7, workers=1, after=numbers.start)
        for each, numbers in zip(scenarios, ASKED, strict=True)
    ]


@pytest.fixture
def computed(monkeypatch) -> list[int]:
    """The numbers of the replications that are computed here."""
    made: list[int] = []

    def counting(scenario, seed, number):
        made.append(number)
        return replicate(scenario, seed, number)

    monkeypatch.setattr(sim.experiment.workers, "replicate", counting)
    return made


def same(found: list[Outcomes], runs: list[Run]) -> None:
    assert len(found) == len(runs)
    for outcomes, run in zip(found, runs, strict=True):
        assert list(outcomes) == list(run.outcomes)
        for key, values in run.outcomes.items():
            assert outcomes[key].tobytes() == values.tobytes(), key


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("kept", [False, True], ids=["no store", "a store"])
def test_each_case_has_what_a_run_of_its_scenario_has(cases, runs, workers, kept, tmp_path):
    assert runs[0]["delivered"].tolist() != runs[2]["delivered"].tolist()[:3]
    same(outcomes_of(cases, workers, store=Store(tmp_path / "store") if kept else None), runs)
    same(outcomes_of(cases[::-1], workers), runs[::-1])


def test_what_is_kept_is_not_computed_again_and_what_is_missing_is_told_before(cases, runs, tmp_path, computed):
    told: list[tuple[int, int]] = []
    passed: list[int] = []

    def asked(some: list[Case]) -> list[Outcomes]:
        return outcomes_of(
            some,
            progress=lambda: passed.append(0),
            store=Store(tmp_path / "store"),
            announce=lambda missing: told.append((missing, len(computed))),
        )

    same(asked(cases), runs)
    assert told == [(8, 0)], "before anything is computed"
    assert len(passed) == len(computed) == 8
    same(asked(cases), runs)
    assert told == [(8, 0), (0, 8)]
    assert (len(passed), len(computed)) == (16, 8), "what is kept is progress too"
    more = [case._replace(numbers=range(8, 13)) for case in cases[1:2]]
    [outcomes] = asked(more)
    assert told[-1] == (2, 8)
    assert computed[8:] == [8, 12]
    assert outcomes[Key("delivered")][1:4].tolist() == runs[1]["delivered"].tolist(), "in the order of their numbers"


def test_the_same_case_twice_is_the_same_twice(cases, runs):
    same(outcomes_of([cases[0], cases[0]]), [runs[0], runs[0]])


def test_what_does_not_exist_is_nan(scenarios):
    nothing = with_values(scenarios[0], {f"demand.{name}.projects": 0.0 for name in scenarios[0].scenario.demand})
    quiet = with_values(nothing, {"lead_in": 0.0, "projects.datong.arrives": scenarios[0].scenario.window.end})
    [outcomes] = outcomes_of([Case(quiet.scenario, 1, range(2))])
    assert outcomes[Key("delivered")].tolist() == [0, 0]
    assert all(map(math.isnan, outcomes[Key("wait_median")]))
    assert all(isinstance(values, np.ndarray) and values.shape == (2,) for values in outcomes.values())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("delivered", Key("delivered")),
        ("delivered:2023", Key("delivered", "", 2023)),
        ("revenue_huawei", Key("revenue", "Huawei")),
    ],
)
def test_an_outcome_is_asked_for_by_its_name_and_year(scenarios, text, key):
    assert key_asked([each.scenario for each in scenarios], text) == key


@pytest.mark.parametrize("text", ["deliverd", "delivered:2031", "delivered:soon", "revenue_nobody", ""])
def test_an_outcome_that_there_is_not_is_told(scenarios, text):
    with pytest.raises(ChipgateError):
        key_asked([each.scenario for each in scenarios], text)
