"""Tables for the terminal and for files. Aligned columns in a pipe; the same with a little colour on a terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal

from sim.base.label import LABEL, SENTENCE
from sim.base.rounding import cells
from sim.base.statistics import finite
from sim.exhibits.layout import UNBROKEN, fitted, folded, longest_word, page_width, table_width
from sim.experiment.run import Run
from sim.outcomes.cards import card_of

if TYPE_CHECKING:
    from rich.table import Table

HEADINGS = ("outcome", "unit", "mean", "95 % interval of the mean", "10-90 % of single runs")


def outcome_rows(run: Run) -> list[tuple[str, ...]]:
    """A row of texts for each outcome over the whole window, in the order of HEADINGS."""
    rows = []
    for (name, period), summary in run.summary().items():
        if period is None:
            rows.append((name, *cells(summary, card_of(name).unit)))
    return sorted(rows, key=lambda row: not card_of(row[0]).headline)  # headlines first, else in their order


def gaps(run: Run) -> list[str]:
    """A sentence for each of these rows that speaks of some replications only, or of none, in the same order."""
    told, summaries = [], run.summary()
    for name, *_ in outcome_rows(run):
        summary = summaries[name, None]
        if not summary.having:
            told.append(f"{name}: exists in no replication.")
        elif summary.having < summary.replications:
            told.append(
                f"{name}: exists in {summary.having:,} of {summary.replications:,} replications, and the row speaks of "
                f"those only."
            )
    return told


def aligned(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[int] = (),
    widths: Sequence[int] | None = None,
) -> str:
    """Columns of plain text, those in `right` aligned to the right; as wide as their texts, or folded into `widths`."""
    wide = widths or [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]

    def line(row: Sequence[str]) -> str:
        parts = [
            text.rjust(w) if i in right else text.ljust(w) for i, (text, w) in enumerate(zip(row, wide, strict=True))
        ]
        return "  ".join(parts).rstrip()

    def lines(row: Sequence[str]) -> list[str]:
        cells = [folded(text, width) for text, width in zip(row, wide, strict=True)]
        return [line(parts) for parts in zip_longest(*cells, fillvalue="")]

    told = [part for row in rows for part in lines(row)]
    return "\n".join([*lines(headings), "  ".join("-" * width for width in wide), *told])


HANGING = 2  # columns by which a folded name's other lines are indented


def terminal_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[int],
    widths: Sequence[int],
    styles: Sequence[str] = (),
    bold: int | None = None,
) -> Table:
    """The same on a terminal, texts folded into their columns, with a style for each row and perhaps a bold column.

    It is two columns wider than the widths and the blanks between them.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    names = longest_word([row[0] for row in [headings, *rows]])
    hanging = HANGING if names + HANGING <= widths[0] else 0

    def cells(row: Sequence[str]) -> list[Text]:
        indents = [" " * hanging, *("" for _ in row[1:])]
        return [Text("\n".join(folded(*cell))) for cell in zip(row, widths, indents, strict=True)]

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for i, heading in enumerate(cells(headings)):
        side: Literal["left", "right"] = "right" if i in right else "left"
        table.add_column(heading, justify=side, style="bold" if i == bold else "", overflow="fold")
    for n, row in enumerate(rows):
        table.add_row(*cells(row), style=styles[n] if styles else "")
    return table


EDGES = 2  # columns of a terminal that its table's edges take


def heading(run: Run) -> str:
    """Which run it was, in one line."""
    return f"{run.scenario.name}: {run.made}{run.beside}"


def run_text(run: Run) -> str:
    """The run's table with its heading and the label, for a pipe or a file."""
    table = aligned(HEADINGS, outcome_rows(run), right=(2,))
    below = [*(line for told in gaps(run) for line in folded(told, indent="  ")), ranges_help(run), SENTENCE]
    return "\n".join([heading(run), run.scenario.question, "", table, "", *below])


def reading_help(run: Run) -> str:
    """What has to be known beside the table: which rows speak of some replications only, and what the ranges mean."""
    return " ".join([*gaps(run), ranges_help(run)])


def ranges_help(run: Run) -> str:
    """What the two ranges mean."""
    if len(run) < 2:
        return "One replication: there is no interval. Run more with --replications."
    return "The interval is about the mean and shrinks with more replications; the band is where single runs fall."


def print_run(run: Run) -> None:
    """The run's table on a terminal, fitted to its width."""
    from rich.console import Console

    console = Console(highlight=False)
    console.print(heading(run), style="bold", markup=False)
    console.print(f"{run.scenario.question}\n", markup=False)
    headings, rows, widths = _fitting(outcome_rows(run), console.width - EDGES)
    mean = headings.index("mean")
    console.print(terminal_table(headings, rows, (mean,), widths, bold=mean))
    if missing := [text for text in HEADINGS if text not in (*headings, "unit")]:
        console.print(f"No room here for: {', '.join(missing)}. summary.csv and the report have it.", markup=False)
    for told in gaps(run):
        for line in folded(told, page_width(console.width), "  "):
            console.print(line, markup=False)
    console.print(ranges_help(run))
    console.print(SENTENCE, style="italic")


def _fitting(rows: Sequence[tuple[str, ...]], room: int) -> tuple[list[str], list[tuple[str, ...]], list[int]]:
    """Headings, rows and widths for a terminal: where there is little room the unit stands behind the outcome's name,
    and the band of single runs is the first to go."""
    named = [(labelled(name, unit), *texts) for name, unit, *texts in rows]
    joined = [HEADINGS[0], *HEADINGS[2:]]
    designs = [
        (list(HEADINGS), list(rows), ()),
        (joined, named, (0, 2, 3)),
        (joined[:-1], [row[:-1] for row in named], (0, 2)),
    ]
    for headings, shown, folding in designs:
        widths = fitted(list(zip(headings, *shown, strict=True)), room, folding)
        if table_width(widths) <= room:
            break
    return headings, shown, widths


def labelled(outcome: str, unit: str) -> str:
    """An outcome's name with its unit, which stays on one line."""
    return f"{outcome}, {unit.replace(' ', UNBROKEN)}"


def summary_records(run: Run) -> list[dict[str, Any]]:
    """Every value's summary but those by quarter, one record each; None where something does not exist."""

    return [
        {
            "label": LABEL,
            "scenario": run.scenario.name,
            "outcome": name,
            "unit": card_of(name).unit,
            "year": period,
            "mean": finite(summary.mean),
            "ci95_low": finite(summary.low),
            "ci95_high": finite(summary.high),
            "run_p10": finite(summary.p10),
            "run_median": finite(summary.median),
            "run_p90": finite(summary.p90),
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
