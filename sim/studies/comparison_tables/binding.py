"""What binds in each scenario, side by side: attribution by rule, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.base.rounding import decimals, percent, rounded, scale_of
from sim.base.statistics import summarise
from sim.experiment.comparison import Comparison
from sim.experiment.run import Run
from sim.outcomes.constraints import CONSTRAINTS, constraint_label
from sim.studies.phases import Phase, books, phase_record, phases, shares_of_books

LEADS = "What holds up the most, when; in brackets how many single runs agree, where not all do"


@dataclass(frozen=True)
class Bound:
    """What a constraint holds up in a scenario, in words."""

    share: str
    """Of the order books, 59 %; or the order books themselves."""
    times: tuple[str, ...] = ()
    """When it holds up the most: 2023-01 to 2024-05, in 18 of 20 runs."""

    def __str__(self) -> str:
        return f"{self.share}; most from {', '.join(self.times)}" if self.times else self.share


def binds_side_by_side(comparison: Comparison) -> tuple[list[str], list[tuple[str, list[Bound]]]]:
    """Headings ("what binds" and the scenarios), and a row for each constraint that holds up something: its name and
    what it holds up in each scenario; the last row is all the order books."""
    known = [(shares_of_books(run), phases(run), len(run)) for run in comparison.runs]
    rows = [
        (
            constraint_label(name),
            [
                Bound(percent(shares[name]), tuple(_when(phase, runs) for phase in led if phase.constraint == name))
                for shares, led, runs in known
            ],
        )
        for name in CONSTRAINTS
        if any(shares[name] > 0 for shares, *_ in known)
    ]
    totals = [summarise(books(run)) for run in comparison.runs]
    divisor, unit = scale_of(max(total.mean for total in totals), "A100e-weeks")
    sums = [
        Bound(rounded(total.mean / divisor, decimals(total.half_width / divisor, total.mean / divisor)))
        for total in totals
    ]
    return ["what binds", *comparison.names], [*rows, (f"the order books, {unit}", sums)]


def _when(phase: Phase, runs: int) -> str:
    """2023-01 to 2024-05, and in how many single runs it leads then, where not in all."""
    agreeing = "" if phase.agreeing == runs else f" ({phase.agreeing} of {runs} runs)"
    return f"{phase.start:%Y-%m} to {phase.end:%Y-%m}{agreeing}"


def narrow_binds(comparison: Comparison) -> tuple[list[list[str]], list[str]]:
    """For narrow places: shares only, and a sentence for each scenario about what holds up the most when."""
    headings, rows = binds_side_by_side(comparison)
    shares = [[name, *(bound.share for bound in row)] for name, row in rows]
    leads = []
    for run in comparison.runs:
        parts = [f"{constraint_label(phase.constraint)} {_when(phase, len(run))}" for phase in phases(run)]
        leads.append(f"{run.scenario.name}: {', '.join(parts)}")
    return [headings, *shares], leads


def binds_record(run: Run) -> dict[str, Any]:
    """What binds in a scenario as JSON takes it."""
    return {"shares_of_the_order_books": shares_of_books(run), "phases": [phase_record(phase) for phase in phases(run)]}
