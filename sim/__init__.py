"""chipgate: a toy discrete-event simulator of AI-chip export-control scenarios. Illustrative, not predictive.

>>> import sim
>>> run = sim.run("baseline", replications=200)
>>> run["delivered"]            # a numpy array, one value for each replication
>>> run["domestic_share", 2025]
>>> run.table()                 # tidy columns, ready for pandas, polars or DuckDB
>>> sim.plot(run, "backlog")    # a picture, which shows itself in a notebook
>>> comparison = sim.compare(["baseline", "h20-stays"], replications=200)
>>> comparison.differences      # every paired difference, as columns
>>> sim.plot(comparison, "forest")
>>> sim.sensitivity("baseline", "h20-stays", on="delivered").rows       # which assumptions that rests on
>>> sim.attribute("baseline", "no-controls", on="delivered")    # whose doing the difference is
>>> sim.breakeven("baseline", "h20-stays", vary="software.readiness_start", where="first").roots
>>> sim.plot(sim.sweep("baseline", vary="imports.h20.cap", on="delivered"))
>>> sim.read("results/reference")       # what a results folder holds, without running again
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sim.base.shapes import Value
    from sim.experiment.cases import Ask
    from sim.experiment.columns import Columns
    from sim.experiment.comparison import Comparison
    from sim.experiment.run import Run
    from sim.pictures.slide import Slide
    from sim.scenario.load import SourcedScenario
    from sim.studies.attribution import Attribution
    from sim.studies.breakeven import BreakEven, Where
    from sim.studies.robust import Robustness
    from sim.studies.sensitivity import Sensitivity
    from sim.studies.study import Study
    from sim.studies.sweep import Sweep
    from sim.studies.varied import Span

from sim.base.version import __version__

__all__ = [
    "__version__",
    "attribute",
    "breakeven",
    "compare",
    "plot",
    "read",
    "robust",
    "run",
    "sample",
    "sensitivity",
    "sweep",
]


def run(
    scenario: str | Path = "baseline",
    *,
    replications: int = 200,
    seed: int = 1,
    settings: Mapping[str, Value] | None = None,
    workers: int | None = None,
    store: str | Path | None = None,
    cluster: str | None = None,
) -> Run:
    """Run a scenario: the name of a shipped one, or the path of a file.

    `settings` overrides single keys, as `--set` does: {"foundry.growth": "50 %/year"}; a number counts the key's own
    unit, 0.5 here; a date may be a datetime.date, and False is off. The result is the same for any number of workers;
    None uses every processor. What was computed before comes from the store of replications: in another folder than
    yours with `store`, "none" for none. With `cluster`, the address of a Dask scheduler, its workers compute instead.
    Raises sim.base.errors.ChipgateError, whose text says what is wrong and where.
    """
    _pages_of_notebooks()
    from sim.experiment.cluster import Cluster
    from sim.experiment.run import run_scenario
    from sim.experiment.store import store_at
    from sim.outcomes.cards import looked_at_exist
    from sim.scenario.load import load

    sourced = load(scenario, settings, [looked_at_exist])
    who = workers if cluster is None else Cluster(cluster)
    return run_scenario(sourced, replications, seed, who, store=store_at(store))


def compare(
    scenarios: Sequence[str | Path],
    *,
    replications: int | None = None,
    precision: float | str | None = None,
    on: str | Sequence[str] = (),
    cap: int | None = None,
    until_decided: bool = False,
    worlds: int | None = None,
    per_world: int | None = None,
    low_only: bool = False,
    seed: int = 1,
    settings: Mapping[str, Value] | None = None,
    workers: int | None = None,
    store: str | Path | None = None,
    cluster: str | None = None,
) -> Comparison:
    """Run scenarios under common random numbers, and compare each with the first.

    `replications` of each are 200 if nothing is said. With `precision` instead, such as "2%" or 0.02, replications are
    added until the half-width of the paired difference is at most that share of the base's mean for every outcome in
    `on` (all headline outcomes if there are none), or until `cap` replications (2,000); see
    `sim.experiment.precision`. With `until_decided` they are added until no verdict is "cannot tell", or up to `cap`,
    see `sim.experiment.looks`. With `worlds`, such as 50, they are also compared in so many worlds sampled from the
    ranges of their assumptions, with `low_only` of those of low confidence, by `per_world` replications in each (4 if
    nothing is said); `comparison.worlds` has what is found, see `sim.experiment.worlds`. `settings` apply to every
    scenario; `store` and `cluster` as for `run`. Raises sim.base.errors.ChipgateError.
    """
    _pages_of_notebooks()
    from sim.base.errors import ChipgateError
    from sim.experiment.cases import outcomes_of
    from sim.experiment.cluster import Cluster
    from sim.experiment.comparison import refuse_unfit
    from sim.experiment.run import run_scenario
    from sim.experiment.sequential import compare_as_asked
    from sim.experiment.store import store_at
    from sim.experiment.workers import available_processors
    from sim.experiment.worlds import plan_as_asked
    from sim.outcomes.cards import looked_at_exist
    from sim.scenario.load import load

    if not isinstance(scenarios, list | tuple):
        other = scenarios if isinstance(scenarios, str) and scenarios != "baseline" else "h20-stays"
        raise ChipgateError(f"compare takes a list of scenarios, such as ['baseline', '{other}']")
    _refuse_no_flag(until_decided=until_decided, low_only=low_only)
    outcomes = _texts("on", on, "delivered")
    sourced = [load(scenario, settings, [looked_at_exist]) for scenario in scenarios]
    wanted = None if precision is None else str(precision)
    kept = store_at(store)
    run = partial(run_scenario, store=kept)
    who = workers if cluster is None else Cluster(cluster)
    refuse_unfit(sourced)
    planned = plan_as_asked(sourced, worlds, seed, per_world, low_only)
    comparison = compare_as_asked(
        sourced, replications, wanted, outcomes, cap, seed, who, run, store=kept, until_decided=until_decided
    )
    if planned:
        comparison.worlds = planned.run(partial(outcomes_of, workers=who or available_processors(), store=kept))
    return comparison


def sample(
    scenario: str | Path = "baseline",
    worlds: int = 100,
    *,
    levers: bool = False,
    low_only: bool = False,
    seed: int = 1,
    settings: Mapping[str, Value] | None = None,
) -> Columns:
    """Worlds sampled from the ranges of a scenario's assumptions, as columns: pandas.DataFrame(sim.sample()).

    A row is a world, a column a key in the key's unit; `levers` says whether what somebody decides varies too,
    `low_only` that nothing but assumptions of low confidence does. Each world keeps the scenario's rules. Raises
    sim.base.errors.ChipgateError.
    """
    from sim.experiment.worlds import sample_columns, sampled
    from sim.scenario.load import load

    _refuse_no_flag(levers=levers, low_only=low_only)
    return sample_columns(sampled(load(scenario, settings), worlds, seed, levers=levers, low_only=low_only))


def sensitivity(
    scenario: str | Path,
    other: str | Path | None = None,
    *,
    on: str = "compute_years",
    replications: int = 10,
    levers: bool = False,
    low_only: bool = False,
    vary: Sequence[str] = (),
    seed: int = 1,
    settings: Mapping[str, Value] | None = None,
    workers: int | None = None,
    store: str | Path | None = None,
    cluster: str | None = None,
) -> Sensitivity:
    """Which assumptions an outcome of a scenario rests on, or with `other` the difference of that less the scenario.

    Each assumption that nobody decides stands alone at both ends of its range; `levers` adds those that somebody
    decides, `low_only` takes those of low confidence only, `vary` those of these keys. `on` is an outcome, with a year
    as "delivered:2026". `rows` has the swings, `page()` what they say, `sim.plot` the tornado. `settings` apply to both
    scenarios; the rest is as for `run`. Raises sim.base.errors.ChipgateError.
    """
    _pages_of_notebooks()
    from sim.studies.sensitivity import sensitivity

    _refuse_no_flag(levers=levers, low_only=low_only)
    keys = _texts("vary", vary, "foundry.growth")
    names = [scenario] if other is None else [scenario, other]
    sourced, ask = _asked(names, replications, seed, settings, workers, store, cluster)
    return sensitivity(sourced, on, ask, replications, seed, levers=levers, low_only=low_only, keys=keys)


def attribute(
    base: str | Path,
    other: str | Path,
    *,
    on: str = "compute_years",
    groups: Mapping[str, str | Sequence[str]] | None = None,
    replications: int = 40,
    seed: int = 1,
    settings: Mapping[str, Value] | None = None,
    workers: int | None = None,
    store: str | Path | None = None,
    cluster: str | None = None,
) -> Attribution:
    """Split the difference between two scenarios in an outcome over the policies that make it, exactly.

    What differs is one part a policy, and else one for the first two names of a key; `groups`, such as
    {"chips": ["policies.h20-block", "imports"]}, lets keys go together. So many `replications` of each world between
    the two are run: 2 to the power of the parts, of which there may be six. `settings`, `store` and `cluster` as for
    `compare`. Raises sim.base.errors.ChipgateError.
    """
    _pages_of_notebooks()
    from sim.base.errors import ChipgateError
    from sim.studies.attribution import attribution

    if not isinstance(groups, Mapping | None) or not all(isinstance(name, str) for name in groups or {}):
        raise ChipgateError(f"groups: {groups!r} names no groups; write {{'chips': ['policies.h20-block', 'imports']}}")
    keys = {name: _texts(f"groups: {name}", own, "policies.h20-block") for name, own in (groups or {}).items()}
    (one, two), ask = _asked([base, other], replications, seed, settings, workers, store, cluster)
    return attribution(one, two, on, ask, keys, replications, seed)


def breakeven(
    first: str | Path,
    second: str | Path,
    *,
    vary: str,
    on: str = "compute_years",
    where: Where | None = None,
    between: Span = "",
    target: str | float = "",
    replications: int = 50,
    seed: int = 1,
    settings: Mapping[str, Value] | None = None,
    workers: int | None = None,
    store: str | Path | None = None,
    cluster: str | None = None,
) -> BreakEven:
    """At which value of the key `vary` the second scenario less the first comes to a target, 0 if nothing is said.

    `where` is "both" for an assumption that is true in both, "first" for a lever that only the first pulls; if nothing
    is said, what the file calls a lever is one. `between` is "FROM:TO" in place of the stated range, or (FROM, TO) as
    texts, numbers or dates; `target` is in the outcome's unit, of dates in weeks. Of what is found, `answer` is
    "value", "none" or "cannot tell", and `roots` are the values with their intervals. The rest is as for `run`. Raises
    sim.base.errors.ChipgateError, before anything is run.
    """
    from sim.studies.breakeven import break_even

    key, *_ = _texts("vary", vary, "foundry.growth", many=False)
    (one, two), ask = _asked([first, second], replications, seed, settings, workers, store, cluster)
    return break_even(
        one,
        two,
        key,
        on,
        ask,
        where=where,
        span=between,
        target=target,
        replications=replications,
        seed=seed,
    )


def sweep(
    scenarios: str | Path | Sequence[str | Path],
    *,
    vary: str | Sequence[str],
    on: str | Sequence[str] = "compute_years",
    replications: int = 50,
    seed: int = 1,
    settings: Mapping[str, Value] | None = None,
    workers: int | None = None,
    store: str | Path | None = None,
    cluster: str | None = None,
) -> Sweep:
    """Outcomes of a scenario, or of two their difference, at several values of one key or two.

    `vary` is "KEY", "KEY:STEPS" or "KEY=FROM:TO:STEPS", or a list of two. `points` has each outcome at each value,
    `held` what binds there. The rest is as for `run`. Raises sim.base.errors.ChipgateError, before anything is run.
    """
    from pathlib import Path

    from sim.studies.sweep import sweep as swept

    keys, outcomes = _texts("vary", vary, "foundry.growth"), _texts("on", on, "delivered")
    names = [scenarios] if isinstance(scenarios, str | Path) else scenarios
    sourced, ask = _asked(names, replications, seed, settings, workers, store, cluster)
    return swept(sourced, keys, outcomes, ask, replications=replications, seed=seed)


def robust(
    options: Sequence[str | Path],
    *,
    on: str = "compute_years",
    worlds: int = 100,
    replications: int = 4,
    want: str | Sequence[str] = (),
    low_only: bool = False,
    seed: int = 1,
    settings: Mapping[str, Value] | None = None,
    workers: int | None = None,
    store: str | Path | None = None,
    cluster: str | None = None,
) -> Robustness:
    """Compare options in worlds that are sampled from the stated ranges: how often each is the best on an outcome, its
    regret, where rankings reverse, and which one threshold says when.

    `want` is a bound such as "delivered >= 5 million A100e", or several. With `low_only` only assumptions of low
    confidence vary. `settings` apply to every option; `workers`, `store` and `cluster` as for `run`. Raises
    sim.base.errors.ChipgateError.
    """
    _pages_of_notebooks()
    from sim.studies import robust as study

    _refuse_no_flag(low_only=low_only)
    wanted = _texts("want", want, "delivered >= 5 million A100e")
    sourced, ask = _asked(options, replications, seed, settings, workers, store, cluster)
    return study.robust(sourced, on, ask, worlds, replications, seed, wanted, low_only)


def _texts(name: str, given: object, example: str, many: bool = True) -> list[str]:
    """A text, or several, that an argument is to be. Raises ChipgateError."""
    from sim.base.errors import ChipgateError

    if isinstance(given, str):
        return [given]
    if many and isinstance(given, list | tuple) and all(isinstance(each, str) for each in given):
        return list(given)
    raise ChipgateError(f"{name}: {given!r} is not right here; write '{example}'{', or a list of such' * many}")


def _refuse_no_flag(**given: object) -> None:
    """Refuse what is neither True nor False: 'no' would count as true. Raises ChipgateError."""
    from sim.base.errors import ChipgateError

    for name, value in given.items():
        if not isinstance(value, bool):
            raise ChipgateError(f"{name}: {value!r} is neither True nor False")


def _asked(
    scenarios: Sequence[str | Path],
    replications: int,
    seed: int,
    settings: Mapping[str, Value] | None,
    workers: int | None,
    store: str | Path | None,
    cluster: str | None,
) -> tuple[list[SourcedScenario], Ask]:
    """Scenarios as they are read, and who computes what a study asks about them. Raises ChipgateError, also for numbers
    that are none."""
    from sim.base.errors import ChipgateError
    from sim.experiment.cases import outcomes_of
    from sim.experiment.cluster import Cluster
    from sim.experiment.run import MOST, MOST_WORKERS, refuse_bad_number
    from sim.experiment.store import store_at
    from sim.experiment.workers import available_processors
    from sim.outcomes.cards import looked_at_exist
    from sim.scenario.load import load

    if not isinstance(scenarios, list | tuple):
        raise ChipgateError(f"{scenarios!r} is no list of scenarios, such as ['baseline', 'h20-stays']")
    refuse_bad_number("replications", replications, 1, MOST)
    refuse_bad_number("seed", seed, 0)
    if workers is None:
        workers = available_processors()
    refuse_bad_number("workers", workers, 1, MOST_WORKERS)
    sourced = [load(scenario, settings, [looked_at_exist]) for scenario in scenarios]
    who = workers if cluster is None else Cluster(cluster)
    return sourced, partial(outcomes_of, workers=who, store=store_at(store))


def read(folder: str | Path) -> Run | Comparison:
    """The run or the comparison of a results folder, without running again. Raises sim.base.errors.ChipgateError."""
    from os import PathLike
    from pathlib import Path

    _pages_of_notebooks()
    from sim.base.errors import ChipgateError
    from sim.folder.read import read_results

    if not isinstance(folder, str | PathLike):
        raise ChipgateError(f"read takes a results folder's path, not {folder!r}")
    return read_results(Path(folder))


def plot(
    result: Run | Comparison | Study | Sequence[Run | Comparison],
    kind: str | None = None,
    outcome: str | None = None,
    *,
    scenarios: Sequence[str] = (),
    start: object = None,
    end: object = None,
    size: str = "slide",
) -> Slide:
    """A picture of a run, a comparison, several of them together, or a study, which shows itself in a notebook.

    `kind` is one that `sim.pictures.choice.kinds_of(result)` lists, the first of them if nothing is said. `scenarios`
    are those to draw, the first of them the base. `start` and `end` bound what is shown of the window: years, months
    such as "2025-04", or days. `size` is "slide", "page" or "thumbnail". A study takes a kind, which is the name of one
    of its pictures, and a size only. Raises sim.base.errors.ChipgateError.
    """
    from sim.base.errors import ChipgateError
    from sim.experiment.comparison import Comparison
    from sim.experiment.run import Run
    from sim.pictures.choice import kinds_of, period_of, picture_of, study_picture, together
    from sim.studies.study import Study

    if isinstance(result, Study):
        if outcome is not None or scenarios or start is not None or end is not None:
            raise ChipgateError("a study's picture is of all of it; leave out outcome, scenarios, start and end")
        return study_picture(result, kind, size)
    given = result if isinstance(result, list | tuple) else [result]
    results = [each for each in given if isinstance(each, Run | Comparison)]
    if not results or len(results) < len(given):
        raise ChipgateError(
            f"plot takes a run or a comparison, such as sim.read(folder) gives, or a study, not {result!r:.60}"
        )
    subject = together(results, [scenarios] if isinstance(scenarios, str) else scenarios, kind)
    if kind is not None and not isinstance(kind, str):
        raise ChipgateError(f"a kind of picture is a text, such as '{kinds_of(subject)[0]}', not {kind!r:.60}")
    return picture_of(kind or kinds_of(subject)[0], subject, outcome, period_of(start, end), size)


def _pages_of_notebooks() -> None:
    """Results show themselves in a notebook once the pages for that are imported, which register themselves."""
    import sim.studies.notebook  # noqa: F401
