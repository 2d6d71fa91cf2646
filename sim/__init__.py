"""chipgate: a toy discrete-event simulator of AI-chip export-control scenarios. Illustrative, not predictive.

>>> import sim
>>> run = sim.run("baseline", replications=200)
>>> run["delivered"]            # a numpy array, one value for each replication
>>> run["domestic_share", 2025]
>>> run.table()                 # tidy columns, ready for pandas, polars or DuckDB
>>> run.plot("backlog")         # a picture, which shows itself in a notebook
>>> comparison = sim.compare(["baseline", "h20-stays"], replications=200)
>>> comparison.differences      # every paired difference, as columns
>>> comparison.plot("forest")
>>> sim.read("results/reference")       # what a results folder holds, without running again
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sim.comparison import Comparison
    from sim.experiment import Run
    from sim.pictures import Slide

__version__ = "0.1.0"
__all__ = ["__version__", "compare", "html", "picture", "read", "run"]


def run(
    scenario: str | Path = "baseline",
    *,
    replications: int = 200,
    seed: int = 1,
    settings: Mapping[str, str] | None = None,
    workers: int | None = None,
) -> Run:
    """Run a scenario: the name of a shipped one, or the path of a file.

    `settings` overrides single keys, as `--set` does: {"foundry.growth": "50 %/year"}. The result is the same
    for any number of workers; None uses every processor. Raises sim.errors.ChipgateError, whose text says what
    is wrong and where.
    """
    from sim.experiment import run_scenario
    from sim.load import load

    return run_scenario(load(scenario, settings), replications, seed, workers)


def compare(
    scenarios: Sequence[str | Path],
    *,
    replications: int | None = None,
    precision: float | str | None = None,
    on: str | Sequence[str] = (),
    cap: int | None = None,
    seed: int = 1,
    settings: Mapping[str, str] | None = None,
    workers: int | None = None,
) -> Comparison:
    """Run scenarios under common random numbers, and compare each with the first.

    `replications` of each are 200 if nothing is said. With `precision` instead, such as "2%" or 0.02, replications are
    added until the half-width of the paired difference is at most that share of the base's mean for every outcome in
    `on` (all headline outcomes if there are none), or until `cap` replications (2,000); see `sim.precision`. `settings`
    apply to every scenario. Raises sim.errors.ChipgateError.
    """
    from sim.errors import ChipgateError
    from sim.load import load
    from sim.precision import compare_as_asked

    if isinstance(scenarios, str):
        other = scenarios if scenarios != "baseline" else "h20-stays"
        raise ChipgateError(f"compare takes a list of scenarios, such as ['baseline', '{other}']")
    sourced = [load(scenario, settings) for scenario in scenarios]
    wanted = None if precision is None else str(precision)
    outcomes = [on] if isinstance(on, str) else on
    return compare_as_asked(sourced, replications, wanted, outcomes, cap, seed, workers)


def read(folder: str | Path) -> Run | Comparison:
    """The run or the comparison of a results folder, without running again. Raises sim.errors.ChipgateError."""
    from pathlib import Path

    from sim.stored import read_results

    return read_results(Path(folder))


def picture(kind: str, result: Run | Comparison, outcome: str | None = None) -> Slide:
    """A picture of a run or of a comparison, which shows itself in a notebook. Raises sim.errors.ChipgateError."""
    from sim.pictures import picture_of

    return picture_of(kind, result, outcome)


def html(result: Run | Comparison) -> str:
    """What a notebook shows of a run or of a comparison: its tables, with the label."""
    from sim.comparison import Comparison
    from sim.notebook import comparison_html, run_html

    return comparison_html(result) if isinstance(result, Comparison) else run_html(result)
