"""chipgate: a toy discrete-event simulator of AI-chip export-control scenarios. Illustrative, not predictive.

>>> import sim
>>> run = sim.run("baseline", replications=200)
>>> run["delivered"]            # a numpy array, one value for each replication
>>> run["domestic_share", 2025]
>>> run.table()                 # tidy columns, ready for pandas, polars or DuckDB
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sim.experiment import Run

__version__ = "0.1.0"
__all__ = ["__version__", "run"]


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
