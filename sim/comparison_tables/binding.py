"""What binds in each scenario, side by side: attribution by rule, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.comparison import Comparison
from sim.experiment import Run
from sim.explain import NOTHING, Era, eras, percent, words
from sim.intervals import finite, summarise
from sim.outcomes import CONSTRAINTS
from sim.rounding import decimals, rounded, scale_of


def binds_side_by_side(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Headings ("what binds" and the scenarios), and a row of texts for each constraint that holds up something: its
    share of all that waits, and the times in which it holds up the most; the last row is all that waits."""
    known = [(shares_of_waiting(run), eras(run)) for run in comparison.runs]
    rows = [
        [words(name), *(_bound(shares[name], [era for era in led if era.constraint == name]) for shares, led in known)]
        for name in CONSTRAINTS
        if any(shares[name] > 0 for shares, _ in known)
    ]
    waiting = [summarise(_waiting(run)) for run in comparison.runs]
    divisor, unit = scale_of(max(total.mean for total in waiting), "A100e-weeks")
    totals = [
        rounded(total.mean / divisor, decimals(total.half_width / divisor, total.mean / divisor)) for total in waiting
    ]
    return ["what binds", *comparison.names], [*rows, [f"all that waits, {unit}", *totals]]


def _waiting(run: Run) -> NDArray[np.float64]:
    """All that waits, summed over time, A100e-weeks, shape (replications,)."""
    return np.sum([run[f"binds_{name}"] for name in CONSTRAINTS], axis=0)  # type: ignore[no-any-return]


def shares_of_waiting(run: Run) -> dict[str, float]:
    """Each constraint's share of all that waits, summed over time; 0 where nothing waits."""
    total = float(_waiting(run).mean())
    return {name: float(run[f"binds_{name}"].mean()) / total if total else 0.0 for name in CONSTRAINTS}


def _bound(share: float, led: Sequence[Era]) -> str:
    """59 %; most from 2023-01 to 2024-05"""
    times = ", ".join(f"{era.start:%Y-%m} to {era.end:%Y-%m}" for era in led)
    return percent(share) + (f"; most from {times}" if times else "")


def narrow_binds(comparison: Comparison) -> tuple[list[list[str]], list[str]]:
    """For narrow places: shares only, and a sentence for each scenario about what holds up the most when."""
    headings, rows = binds_side_by_side(comparison)
    shares = [[row[0], *(cell.partition(";")[0] for cell in row[1:])] for row in rows]
    leads = []
    for run in comparison.runs:
        parts = [
            f"{words(era.constraint) if era.constraint != NOTHING else 'nothing'} {era.start:%Y-%m} to {era.end:%Y-%m}"
            for era in eras(run)
        ]
        leads.append(f"{run.scenario.name}: {', '.join(parts)}")
    return [headings, *shares], leads


def binds_record(run: Run) -> dict[str, Any]:
    return {
        "shares_of_all_that_waits": shares_of_waiting(run),
        "eras": [
            {
                "constraint": era.constraint or None,
                "start": era.start.isoformat(),
                "end": era.end.isoformat(),
                "share": finite(era.share),
                "runs_agreeing": era.agreeing,
            }
            for era in eras(run)
        ],
    }
