"""Scenarios run until their paired differences are known to a precision, by the rule of `sim.experiment.precision`, or
until every verdict has fallen, by that of `sim.experiment.looks`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.base.judgement import paired
from sim.experiment.comparison import Comparison, Runner, compare_scenarios, refuse_unfit
from sim.experiment.differences import HEADLINES
from sim.experiment.looks import Looks
from sim.experiment.precision import (
    AHEAD,
    FIRST,
    Precision,
    Width,
    enough,
    look_ahead,
    read_precision,
    relative_half_widths,
)
from sim.experiment.run import MOST, Run, refuse_bad_number, run_scenario
from sim.experiment.store import Store
from sim.outcomes.cards import OUTCOMES, keys_of
from sim.outcomes.keys import Key, key_of

if TYPE_CHECKING:
    from sim.experiment.cluster import Workers
    from sim.scenario.load import SourcedScenario

MOST_AT_ONCE = 200  # replications of a scenario between two looks
CAP = 2_000

Floats = NDArray[np.float64]
Progress = Callable[[int, Mapping[tuple[str, Key], float]], object]
"""Is told how many replications each scenario has, and how wide each interval is, by scenario and outcome."""

Waiting = Callable[[int, Comparison], object]
"""Is told how many replications each scenario has, and what the last look has found."""


def _untold(_many: int, _found: object) -> None:
    """Nobody looks on."""


def compare_as_asked(
    scenarios: Sequence[SourcedScenario],
    replications: int | None = None,
    precision: str | None = None,
    on: Sequence[str] = (),
    cap: int | None = None,
    seed: int = 1,
    workers: Workers | None = None,
    run: Runner = run_scenario,
    progress: Progress = _untold,
    store: Store | None = None,
    until_decided: bool = False,
    waiting: Waiting = _untold,
) -> Comparison:
    """Compare scenarios, the base first: with so many replications of each, 200 if nothing is said, to a precision, or
    until every verdict has fallen.

    `on` belongs to the precision, `cap` to either rule, which finds the number of replications itself; `run` runs a
    scenario where the number is known; `progress` or `waiting` is told, and the store asked, where it is sought (see
    `compare_to_precision` and `compare_until_decided`). Raises ChipgateError.
    """
    if until_decided:
        if replications is not None or precision is not None or on:
            raise ChipgateError(
                "until decided, the verdicts find the number of replications; leave out replications, precision and on"
            )
        return compare_until_decided(scenarios, seed, workers, CAP if cap is None else cap, waiting, store=store)
    if precision is None:
        if on or cap is not None:
            raise ChipgateError(
                "on and cap belong to precision, and cap to until decided; leave them out, or give a precision such as "
                "2%"
            )
        return compare_scenarios(scenarios, 200 if replications is None else replications, seed, workers, run)
    if replications is not None:
        raise ChipgateError("precision finds the number of replications; leave out replications, or precision")
    most = CAP if cap is None else cap
    return compare_to_precision(scenarios, read_precision(precision), on, seed, workers, most, progress, store=store)


def compare_to_precision(
    scenarios: Sequence[SourcedScenario],
    wanted: float,
    outcomes: Sequence[str] = (),
    seed: int = 1,
    workers: Workers | None = None,
    cap: int = CAP,
    progress: Progress = _untold,
    batch: int | None = None,
    store: Store | None = None,
) -> Comparison:
    """Run scenarios, the base first, until the paired differences are known to `wanted`, a share of the base's mean.

    `outcomes` are those that count, all headline outcomes if there are none. `cap` is the most replications of each
    scenario. `progress` is told after each batch how many replications each scenario has, and how wide each interval
    is. The result does not depend on the size of the batches, nor on the workers. Raises ChipgateError.
    """
    refuse_unfit(scenarios)
    if not 0 < wanted < 1:
        raise ChipgateError(f"precision: {wanted:g} is not a share of the base's mean between 0 and 1, such as 0.02")
    refuse_bad_number("cap", cap, 1, MOST)
    if cap < FIRST:
        raise ChipgateError(f"cap: {cap} is too few; the rule starts with {FIRST} replications")
    keys = _known(outcomes, scenarios)
    runs = [run_scenario(sourced, FIRST, seed, workers, store=store) for sourced in scenarios]
    _refuse_without_share(runs, keys)
    while True:
        have = len(runs[0])
        widths = _widths(runs, keys)
        progress(have, {key: float(values[-1]) for key, values in widths.items()})
        needed = enough(np.array(list(widths.values())), wanted)
        if needed is not None or have == cap:
            used = cap if needed is None else max(needed + look_ahead(needed), FIRST)
            return stopped([run.first(used) for run in runs], wanted, keys, cap)
        size = min(batch or _next_batch(have, widths, wanted), cap - have)
        runs = _longer(runs, size, workers, store)


def compare_until_decided(
    scenarios: Sequence[SourcedScenario],
    seed: int = 1,
    workers: Workers | None = None,
    cap: int = CAP,
    waiting: Waiting = _untold,
    batch: int = MOST_AT_ONCE,
    store: Store | None = None,
) -> Comparison:
    """Run scenarios, the base first, up to the look at which every verdict has fallen, or up to `cap` replications.

    `waiting` is told after each batch. The result does not depend on the size of the batches, nor on the workers.
    Raises ChipgateError.
    """
    refuse_unfit(scenarios)
    refuse_bad_number("cap", cap, FIRST, MOST)
    looks = Looks.up_to(cap)
    runs = [run_scenario(sourced, looks.at[0], seed, workers, store=store) for sourced in scenarios]
    found = Comparison(runs, looks=looks)
    for at in looks.at[1:]:
        waiting(len(runs[0]), found)
        if not found.open:
            break
        while (missing := at - len(runs[0])) > 0:
            runs = _longer(runs, min(batch, missing), workers, store)
            if missing > batch:
                waiting(len(runs[0]), found)
        found = Comparison(runs, looks=looks)
    return found


def _longer(runs: Sequence[Run], size: int, workers: Workers | None, store: Store | None) -> list[Run]:
    """The runs with so many more replications of each."""
    return [run.joined(run_scenario(run.sourced, size, run.seed, workers, after=len(run), store=store)) for run in runs]


def stopped(runs: Sequence[Run], wanted: float, outcomes: Sequence[Key], cap: int) -> Comparison:
    """The comparison of runs that the rule has stopped, with what it found; it finds the same again in runs read back.

    Raises ChipgateError.
    """
    widths = _widths(runs, outcomes)
    ends = [Width(*key, float(values[-1])) for key, values in widths.items()]
    ends.sort(key=lambda width: -width.share if math.isfinite(width.share) else -math.inf)
    needed = enough(np.array(list(widths.values())), wanted)
    return Comparison(runs, Precision(wanted, tuple(outcomes), cap, needed, len(runs[0]), tuple(ends)))


def _widths(runs: Sequence[Run], keys: Sequence[Key]) -> dict[tuple[str, Key], Floats]:
    """`relative_half_widths` by scenario and outcome."""
    base = runs[0]
    return {(run.scenario.name, key): relative_half_widths(base[key], run[key]) for run in runs[1:] for key in keys}


def _next_batch(have: int, widths: Mapping[tuple[str, Key], Floats], wanted: float) -> int:
    """About as many more as the widest interval lets expect, for a half-width shrinks with the root of the number."""
    widest = max((float(values[-1]) for values in widths.values() if math.isfinite(values[-1])), default=wanted)
    needed = have * (widest / wanted) ** 2
    expected = (1 + AHEAD / 100) * needed - have
    return int(min(MOST_AT_ONCE, max(FIRST // 2, expected + 1)))


def _known(outcomes: Sequence[str], scenarios: Sequence[SourcedScenario]) -> tuple[Key, ...]:
    """The outcomes that count, each once, over the whole window: all scenarios have them, and none is a date.

    Raises ChipgateError.
    """
    known = [[key for key in keys_of(sourced.scenario) if key.period is None] for sourced in scenarios]
    found = tuple(dict.fromkeys(key_of(name, known[0]) for name in outcomes or HEADLINES))
    for key in found:
        if OUTCOMES[key.outcome].unit == "date":
            raise ChipgateError(f"'{key}' is a date, and a date has no per cent; choose other outcomes with --on")
        for sourced, own in zip(scenarios, known, strict=True):
            if key not in own:
                raise ChipgateError(f"{sourced.scenario.name} has no outcome '{key}'; choose other outcomes with --on")
    return found


def _refuse_without_share(runs: Sequence[Run], keys: Sequence[Key]) -> None:
    """Refuse an outcome whose half-width is not a share of anything in the first replications. Raises ChipgateError."""
    base = runs[0]
    for other in runs[1:]:
        for key in keys:
            x, _ = paired(base[key].tolist(), other[key].tolist())
            why = ""
            if not x:
                why = f"exists in none of the first {len(base)} pairs of {base.scenario.name} and {other.scenario.name}"
            elif not any(x):
                why = f"is 0 in all of the first {len(x)} replications of {base.scenario.name}"
            if why:
                hint = " ".join(f"--on {left}" for left in keys if left != key) or "another outcome with --on"
                raise ChipgateError(f"precision is a share of the base's mean, but {key} {why}\n  choose {hint}")
