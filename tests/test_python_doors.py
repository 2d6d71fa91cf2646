"""What the studies take in Python: arguments of another kind are refused in words, before anything is run."""

import datetime
from functools import partial

import pytest

import sim
from sim.base.errors import ChipgateError

DAY, NAN, INF = datetime.date(2026, 1, 1), float("nan"), float("inf")
BOTH = ["baseline", "h20-stays"]
attribute = partial(sim.attribute, "baseline", "no-controls")
breakeven = partial(sim.breakeven, *BOTH, on="delivered", replications=2)
growth, day = (partial(breakeven, vary=key) for key in ("foundry.growth", "memory.domestic.cxmt.available"))
robust = partial(sim.robust, BOTH)
sensitivity = partial(sim.sensitivity, "baseline")
sweep = partial(sim.sweep, "baseline", vary="foundry.growth")


class RanError(Exception):
    """It went so far as to ask for replications."""


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch):
    """Whoever asks for replications gets this."""

    def asked(*_args, **_more):
        raise RanError

    monkeypatch.setattr("sim.experiment.cases.outcomes_of", asked)
    monkeypatch.setattr("sim.experiment.run.blocks", asked)


@pytest.mark.parametrize(
    ("door", "argument", "given", "told"),
    [
        *[(growth, "target", given, "the target: a quantity belongs here") for given in (DAY, True, None, [5])],
        *[(growth, "target", given, "the target: .* too large") for given in (NAN, INF, "1e400", 10**400)],
        *[(growth, "between", given, "write FROM:TO") for given in (5, None, (1,), ("", "1"), {"a": 1})],
        *[(growth, "between", (given, 0.5), "range of foundry.growth: a quantity") for given in (DAY, True, None)],
        *[(growth, "between", (given, 0.5), "range of foundry.growth: .* too large") for given in (NAN, -INF)],
        (growth, "between", (0.5, 0.2), "the lower end first"),
        *[(day, "between", (given, "2026-05"), f"{given} is no date") for given in (100, True, NAN)],
        *[(breakeven, "vary", given, "vary: .* is not right here") for given in (None, 5, ["foundry.growth"])],
        *[(door, "vary", given, "vary: .*list of such") for door in (sensitivity, sweep) for given in (None, 5, [5])],
        *[
            (door, "on", given, "on: .* is not an outcome")
            for door in (attribute, growth, robust, sensitivity)
            for given in (None, 5, ["delivered"])
        ],
        *[
            (door, "on", given, "on: .*list of such")
            for door in (sweep, partial(sim.compare, BOTH))
            for given in (5, [5])
        ],
        *[
            (door, name, given, f"{name}: .* is not a whole number")
            for door in (attribute, growth, robust, sensitivity, sweep)
            for name in ("replications", "seed", "workers")
            for given in ("3", 3.0, True)
        ],
        *[(robust, "worlds", given, "worlds: .* is not a whole number") for given in ("5", 5.0)],
        (robust, "worlds", 0, "worlds: 0 is too low"),
        *[(robust, "want", given, "want: .*list of such") for given in (None, 5, [5])],
        (robust, "want", "delivered >= 1e400 A100e", "too large to compute with"),
        *[(attribute, "groups", given, "groups: .* names no groups") for given in ({5: ["a"]}, ["a"], "a=policies.*")],
        (attribute, "groups", {"a": [5]}, "groups: a: .*list of such"),
        *[
            (door, name, given, f"{name}: .* neither True nor False")
            for door, name in (
                (sensitivity, "levers"),
                (sensitivity, "low_only"),
                (robust, "low_only"),
                (sim.sample, "levers"),
                (partial(sim.compare, BOTH), "until_decided"),
                (partial(sim.compare, BOTH), "low_only"),
            )
            for given in ("no", 1, None)
        ],
        *[(sim.robust, "options", given, "no list of scenarios") for given in ("baseline", None)],
        *[(partial(sim.sweep, vary="foundry.growth"), "scenarios", given, "no list of sc") for given in (5, None)],
    ],
)
def test_what_is_of_another_kind_is_refused_by_name(door, argument, given, told):
    with pytest.raises(ChipgateError, match=told):
        door(**{argument: given})


@pytest.mark.parametrize(
    ("door", "argument", "given"),
    [
        *[(growth, "target", given) for given in (5, 5.0, "5 A100e")],
        *[(growth, "between", given) for given in ((0.2, 0.5), ["20 %/year", 0.5], "20 %/year:50 %/year")],
        *[(day, "between", (given, "2027-01")) for given in (DAY, datetime.datetime(2026, 1, 1, 12))],
        (attribute, "groups", {"all": "policies.*"}),
        (sensitivity, "vary", "foundry.growth"),
    ],
)
def test_numbers_dates_and_texts_are_taken(door, argument, given):
    with pytest.raises(RanError):
        door(**{argument: given})
