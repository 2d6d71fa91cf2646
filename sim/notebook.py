"""What a notebook shows of a run and of a comparison."""

from __future__ import annotations

from html import escape

from sim import comparison_tables, tables
from sim.comparison import Comparison
from sim.comparison_tables import all_notes, conclusions, gaps, headline_rows, warnings
from sim.experiment import Run
from sim.markup import framed, table_html

FIELDS = {
    "outcome": "outcome",
    "unit": "unit",
    "base": "base",
    "other": "scenario",
    "difference": "difference",
    "interval": "95 % interval",
    "relative": "of base",
    "same_sign": "same sign",
    "verdict": "verdict",
    "verdict_interval": "interval of the verdict",
}
NUMBERS = (2, 3, 4, 6)


def run_html(run: Run) -> str:
    """A run's question and its table of outcomes."""
    table = table_html(tables.HEADINGS, tables.outcome_rows(run), right=(2,))
    return framed(tables.heading(run), [f"<p>{escape(run.scenario.question)}</p>", table], [tables.reading_help(run)])


def comparison_html(comparison: Comparison) -> str:
    """What is concluded of each scenario, and a table of its headline outcomes."""
    short = "".join(f"<li>{escape(f'{name}: {told}')}</li>" for name, told in conclusions(comparison))
    told = [f"<p><strong>{escape(warning)}</strong></p>" for warning in warnings(comparison)]
    parts = [*told, f"<ul>{short}</ul>"]
    rows = headline_rows(comparison)
    for name in comparison.names[1:]:
        cells = [[getattr(row, field) for field in FIELDS] for row in rows if row.scenario == name]
        parts.append(table_html(list(FIELDS.values()), cells, NUMBERS, f"{name}, less {comparison.names[0]}"))
    return framed(comparison_tables.heading(comparison), parts, [*gaps(rows), *all_notes(comparison)])
