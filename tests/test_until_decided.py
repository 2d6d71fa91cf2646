"""Replications until every verdict has fallen: when verdicts are read, that it stops, and that its error is kept."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from paired import made_up, named

import sim.experiment.sequential
from sim.base.errors import ChipgateError
from sim.experiment.comparison import Comparison
from sim.experiment.looks import Looks
from sim.experiment.sequential import compare_until_decided
from sim.outcomes.cards import OUTCOMES
from sim.pictures.choice import together

WORLD = [named("base"), named("other")]


@pytest.fixture
def world(monkeypatch):
    """Replications written down beforehand: what `base` and `other` have, by outcome; and how many each was asked for,
    from which on."""
    values: dict[str, tuple] = {}
    asked: list[tuple[str, int, int]] = []

    def run(sourced, many, seed, workers, after=0, store=None):  # noqa: ARG001
        name = sourced.scenario.name
        asked.append((name, after, many))
        own = {key: np.asarray(both[name == "other"])[after : after + many] for key, both in values.items()}
        made = made_up(name, **own)
        made.numbers = list(range(after, after + many))
        return made

    monkeypatch.setattr(sim.experiment.sequential, "run_scenario", run)
    return values, asked


@pytest.mark.parametrize(
    ("cap", "at"),
    [
        (20, (20,)),
        (29, (29,)),
        (30, (20, 30)),
        (59, (20, 59)),
        (60, (20, 40, 60)),
        (2000, (20, 40, 80, 160, 320, 640, 1280, 2000)),
    ],
)
def test_looks_double_up_to_the_cap(cap, at):
    assert Looks.up_to(cap).at == at
    assert Looks.up_to(cap).error * len(at) == pytest.approx(0.05)
    assert all(2 * later >= 3 * sooner for sooner, later in pairwise(at))


def waits(rng, centre, many=2000):
    return np.full(many, 50.0), 50.0 + rng.normal(centre, 1, many)


def test_it_stops_at_the_first_look_at_which_every_verdict_has_fallen(world):
    """A difference of 5 weeks against a margin of 2 is plain at once; one of 2.25 takes the second outcome longer."""
    values, asked = world
    values["wait_median"] = waits(np.random.default_rng(1), 5)
    assert len(compare_until_decided(WORLD)) == 20
    assert asked == [("base", 0, 20), ("other", 0, 20)]
    values["delivered"] = np.full(2000, 1.0), 1.0225 + np.random.default_rng(2).normal(0, 0.01, 2000)
    asked.clear()
    found = compare_until_decided(WORLD)
    assert len(found) in (160, 320)
    assert {row.outcome: row.verdict for row in found.verdicts} == {"wait_median": "worse", "delivered": "better"}
    before = Comparison([run.first(len(found) // 2) for run in found.runs], looks=found.looks)
    assert [row.outcome for row in before.open] == ["delivered"]
    assert found.runs[0].numbers == list(range(len(found)))


def test_a_verdict_stands_at_the_level_of_its_look(world):
    """With 8 looks a single outcome is judged at 5 % / 8, and the record says so."""
    values, _ = world
    values["wait_median"] = waits(np.random.default_rng(1), 5)
    [row] = compare_until_decided(WORLD).verdicts
    assert row.judgement.confidence == pytest.approx(1 - 0.05 / 8)


def test_a_truth_on_the_margin_runs_to_the_cap_and_is_told_as_open(world):
    values, asked = world
    pattern = 2.0 + np.tile([-1.0, 1.0], 250)
    values["wait_median"] = np.zeros(500), pattern
    told = []
    found = compare_until_decided(
        WORLD, cap=500, batch=100, waiting=lambda many, latest: told.append((many, len(latest)))
    )
    assert len(found) == 500
    assert [row.outcome for row in found.open] == ["wait_median"]
    assert told == [(20, 20), (40, 40), (80, 80), (160, 160), (260, 160), (320, 320), (420, 320)]
    assert [many for name, _, many in asked if name == "base"] == [20, 20, 40, 80, 100, 60, 100, 80]


def test_what_exists_in_no_pair_is_not_waited_for(world):
    values, _ = world
    values["wait_median"] = waits(np.random.default_rng(1), 5)
    values["backlog"] = np.full(2000, np.nan), np.full(2000, 0.5)
    found = compare_until_decided(WORLD)
    assert (len(found), found.open) == (20, [])
    assert found.row("other", "backlog").verdict == "cannot tell"


def test_batches_do_not_change_the_result(world):
    values, _ = world
    values["wait_median"] = waits(np.random.default_rng(5), 2.15)
    one, two = (compare_until_decided(WORLD, batch=batch) for batch in (7, 200))
    assert 40 < len(one) == len(two)
    assert one.rows == two.rows


def test_a_picture_of_some_of_the_scenarios_judges_at_the_same_level(world):
    values, _ = world
    values["wait_median"] = waits(np.random.default_rng(1), 5)
    found = compare_until_decided(WORLD, cap=80)
    assert together([found], ["base", "other"]).looks == found.looks


def test_a_cap_below_the_first_look_is_refused():
    with pytest.raises(ChipgateError, match="cap: 19 is too low"):
        compare_until_decided(WORLD, cap=19)


def wrong(world, monkeypatch, trials, seed):
    """The share of comparisons with a wrong verdict when they end: nothing is too small to name, and of a truth of 0 any
    claim is wrong."""
    monkeypatch.setitem(OUTCOMES, "wait_median", replace(OUTCOMES["wait_median"], margin=0.0))
    values, _ = world
    rng, found = np.random.default_rng(seed), 0
    for _ in range(trials):
        values["wait_median"] = waits(rng, 0, 160)
        comparison = compare_until_decided(WORLD, cap=160)
        found += not comparison.open
    return found / trials


def test_over_all_looks_even_one_wrong_verdict_stays_within_5_per_cent(world, monkeypatch):
    """Four looks; read at 5 % each, more than one comparison in ten would be wrong."""
    assert 0.01 < wrong(world, monkeypatch, 500, 31) <= 0.05
    monkeypatch.setattr(Looks, "error", 0.05)
    assert wrong(world, monkeypatch, 200, 32) > 0.08
