"""What a notebook shows of a run and of a comparison."""

from __future__ import annotations

from html import escape

from sim.exhibits.markup import framed, notebook_html, table_html
from sim.experiment import tables
from sim.experiment.comparison import Comparison
from sim.experiment.run import Run
from sim.studies.comparison_tables.columns import columns_of, grid
from sim.studies.comparison_tables.prose import all_notes, conclusions, gaps, heading, warnings
from sim.studies.comparison_tables.rows import headline_rows

LEFT_OUT = ("smallest", "independent")
"""Columns of the tables for which a notebook has no room; the notes tell of both."""


@notebook_html.register(Run)
def run_html(run: Run) -> str:
    """A run's question and its table of outcomes."""
    table = table_html(tables.HEADINGS, tables.outcome_rows(run), right=(2,))
    return framed(tables.heading(run), [f"<p>{escape(run.scenario.question)}</p>", table], [tables.reading_help(run)])


@notebook_html.register(Comparison)
def comparison_html(comparison: Comparison) -> str:
    """What is concluded of each scenario, and a table of its headline outcomes."""
    short = "".join(f"<li>{escape(f'{name}: {told}')}</li>" for name, told in conclusions(comparison))
    told = [f"<p><strong>{escape(warning)}</strong></p>" for warning in warnings(comparison)]
    parts = [*told, f"<ul>{short}</ul>"]
    rows = headline_rows(comparison)
    shown = [column for column in columns_of(judged=True) if column.field not in LEFT_OUT]
    for name in comparison.names[1:]:
        table = grid(shown, [row for row in rows if row.scenario == name])
        parts.append(table_html(*table, f"{name}, less {comparison.names[0]}"))
    return framed(heading(comparison), parts, [*gaps(rows), *all_notes(comparison)])
