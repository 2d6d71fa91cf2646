"""A run's table, for a pipe and a terminal, and the same as records and CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from typing import Any

from sim.base.label import LABEL, SENTENCE
from sim.base.rounding import cells
from sim.base.statistics import Summary, finite
from sim.exhibits.layout import UNBROKEN, folded, page_width
from sim.exhibits.style import Style, unstyled
from sim.exhibits.table import Design, set_table
from sim.experiment.run import Run
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.keys import Key, Quarter

HEADINGS = ("outcome", "unit", "mean", "95 % interval of the mean", "10-90 % of single runs")


def in_window(run: Run) -> list[tuple[Key, Summary]]:
    """Each outcome over the whole window: the headlines first, else in their order."""
    found = [(key, summary) for key, summary in run.summary().items() if key.period is None]
    return sorted(found, key=lambda row: not OUTCOMES[row[0].outcome].headline)


def outcome_rows(run: Run) -> list[tuple[str, ...]]:
    """A row of texts for each of them, in the order of HEADINGS."""
    return [(key.name, *cells(summary, OUTCOMES[key.outcome].unit)) for key, summary in in_window(run)]


def gaps(run: Run) -> list[str]:
    """A sentence for each of them that speaks of some replications only, or of none."""
    told = []
    for key, summary in in_window(run):
        if not summary.n:
            told.append(f"{key.name}: exists in no replication.")
        elif summary.n < summary.replications:
            told.append(
                f"{key.name}: exists in {summary.n:,} of {summary.replications:,} replications, and the row "
                f"speaks of those only."
            )
    return told


def heading(run: Run) -> str:
    """Which run it was, in one line."""
    return f"{run.scenario.name}: {run.made}{run.beside}"


def run_text(run: Run, terminal: int | None = None, style: Style = unstyled) -> str:
    """The run's table with its heading and the label; fitted to a terminal of so many columns, or as wide as it is."""
    width = page_width(terminal)
    table = set_table(_designs(outcome_rows(run)), terminal or math.inf)
    shown = table.design.headings
    below = [*gaps(run), ranges_help(run)]
    if missing := [text for text in HEADINGS if text not in (*shown, "unit")]:
        below.insert(0, f"No room here for: {', '.join(missing)}. summary.csv and the report have it.")
    lines = [
        *(style(line, "bold") for line in folded(heading(run), width)),
        *folded(run.scenario.question, width),
        "",
        *table.lines(style, bold=shown.index("mean")),
        "",
        *(line for told in below for line in folded(told, width, "  ")),
        *(style(line, "italic") for line in folded(SENTENCE, width)),
    ]
    return "\n".join(lines)


def _designs(rows: Sequence[tuple[str, ...]]) -> Iterator[Design]:
    """Where there is little room the unit stands behind the outcome's name, and the band of single runs is the first to
    go, then the interval."""
    yield Design(HEADINGS, rows, right=(2,))
    named = [(labelled(name, unit), *texts) for name, unit, *texts in rows]
    joined = (HEADINGS[0], *HEADINGS[2:])
    for many, folding in ((4, (0, 2, 3)), (3, (0, 2)), (2, (0,))):
        yield Design(joined[:many], [row[:many] for row in named], (1,), folding)


def reading_help(run: Run) -> str:
    """What has to be known beside the table: which rows speak of some replications only, and what the ranges mean."""
    return " ".join([*gaps(run), ranges_help(run)])


def ranges_help(run: Run) -> str:
    """What the two ranges mean."""
    if len(run) < 2:
        return "One replication: there is no interval. Run more with --replications."
    return "The interval is about the mean and shrinks with more replications; the band is where single runs fall."


def labelled(outcome: str, unit: str) -> str:
    """An outcome's name with its unit, which stays on one line."""
    return f"{outcome}, {unit.replace(' ', UNBROKEN)}"


def summary_records(run: Run) -> list[dict[str, Any]]:
    """Every value's summary but those by quarter, one record each; None where something does not exist."""

    return [
        {
            "label": LABEL,
            "scenario": run.scenario.name,
            "outcome": key.outcome,
            "item": key.item,
            "unit": OUTCOMES[key.outcome].unit,
            "year": key.period,
            "mean": finite(summary.mean),
            "ci95_low": finite(summary.low),
            "ci95_high": finite(summary.high),
            "run_p10": finite(summary.p10),
            "run_median": finite(summary.median),
            "run_p90": finite(summary.p90),
            "n": summary.n,
            "replications": summary.replications,
        }
        for key, summary in run.summary().items()
        if not isinstance(key.period, Quarter)
    ]


def summary_csv(run: Run) -> str:
    """The same as CSV; the label is a column, and a value without a year is of the whole window."""
    records = summary_records(run)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()
