"""Tables for the terminal and for files. Aligned columns in a pipe; the same with a little colour on a terminal."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

from sim.experiment import Run
from sim.label import LABEL, SENTENCE
from sim.outcomes import card_of
from sim.rounding import cells

HEADINGS = ("outcome", "unit", "mean", "95 % interval of the mean", "10-90 % of single runs")


def outcome_rows(run: Run) -> list[tuple[str, ...]]:
    """A row of texts for each outcome over the whole window, in the order of HEADINGS."""
    rows = []
    for (name, period), summary in run.summary().items():
        if period is None:
            unit, *texts = cells(summary, card_of(name).unit)
            if summary.having < summary.replications:
                texts[-1] += f" (exists in {summary.having} of {summary.replications} runs)"
            rows.append((name, unit, *texts))
    return sorted(rows, key=lambda row: not card_of(row[0]).headline)  # headlines first, else in their order


def aligned(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Columns of plain text, those in `right` aligned to the right."""
    widths = [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]

    def line(row: Sequence[str]) -> str:
        parts = [
            text.rjust(w) if i in right else text.ljust(w) for i, (text, w) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(parts).rstrip()

    return "\n".join([line(headings), "  ".join("-" * width for width in widths), *map(line, rows)])


def heading(run: Run) -> str:
    """Which run it was, in one line."""
    scenario, many = run.scenario, len(run)
    window = f"{scenario.window.start:%Y-%m-%d} to {scenario.window.end:%Y-%m-%d}"
    return f"{scenario.name}: {many:,} replication{'s' * (many != 1)}, seed {run.seed}, {window}"


def run_text(run: Run) -> str:
    """The run's table with its heading and the label, for a pipe or a file."""
    table = aligned(HEADINGS, outcome_rows(run), right=(2,))
    return f"{heading(run)}\n{run.scenario.question}\n\n{table}\n\n{reading_help(run)}\n{SENTENCE}"


def reading_help(run: Run) -> str:
    """What the two ranges mean."""
    if len(run) < 2:
        return "One replication: there is no interval. Run more with --replications."
    return "The interval is about the mean and shrinks with more replications; the band is where single runs fall."


def print_run(run: Run) -> None:
    """The run's table on a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print(heading(run), style="bold", markup=False)
    console.print(f"{run.scenario.question}\n", markup=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, text in enumerate(HEADINGS):
        table.add_column(text, justify="right" if i == 2 else "left", style="bold" if i == 2 else "", overflow="fold")
    for row in outcome_rows(run):
        table.add_row(*row)
    console.print(table)
    console.print(reading_help(run))
    console.print(SENTENCE, style="italic")


def summary_records(run: Run) -> list[dict[str, Any]]:
    """Every value's summary but those by quarter, one record each; None where something does not exist."""

    def there(value: float) -> float | None:
        return None if math.isnan(value) else value

    return [
        {
            "label": LABEL,
            "scenario": run.scenario.name,
            "outcome": name,
            "unit": card_of(name).unit,
            "year": period,
            "mean": there(summary.mean),
            "ci95_low": there(summary.low),
            "ci95_high": there(summary.high),
            "run_p10": there(summary.p10),
            "run_median": there(summary.median),
            "run_p90": there(summary.p90),
            "having": summary.having,
            "replications": summary.replications,
        }
        for (name, period), summary in run.summary().items()
        if not isinstance(period, str)
    ]


def summary_csv(run: Run) -> str:
    """The same as CSV; the label is a column, and a value without a year is of the whole window."""
    records = summary_records(run)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()
