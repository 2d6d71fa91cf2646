"""An explanation as a page of text and as a record for programs."""

from __future__ import annotations

import math
from typing import Any

from sim.base.label import LABEL, SENTENCE
from sim.base.rounding import decimals, percent, rounded, scale_of
from sim.base.statistics import Summary, finite
from sim.exhibits.layout import PAGE, folded, page_width
from sim.exhibits.table import Design, set_table
from sim.experiment.differences import record
from sim.outcomes.constraints import CONSTRAINTS
from sim.studies.comparison_tables.columns import tables_of
from sim.studies.comparison_tables.prose import gaps
from sim.studies.explain.known import Explanation
from sim.studies.explain.prose import reading_help, sentences
from sim.studies.explain.text_strip import BLOCKS, marked, strip
from sim.studies.phases import phase_record
from sim.studies.relax import RELAXATIONS


def explanation_text(why: Explanation, colour: bool = False, blocks: str = BLOCKS, terminal: int | None = None) -> str:
    """The strip, the rules, the parts, the paired runs and the sentences, at most 100 columns wide, and no wider than
    the terminal, if there is one."""
    width, scenario = page_width(terminal), why.run.scenario
    lines = [*folded(f"{scenario.name}: what binds, {why.run.made}", width), *folded(scenario.question, width), ""]
    if why.total.mean:
        lines += [*strip(why, colour, blocks, width), ""]
        for mark, rule in marked(why):
            lines += folded(f"{mark or '-'}  {rule.day}  {rule.name}: {rule.told}", width, " " * 15)
        lines += [""] if why.rules else []
        lines += [_parts_table(why, width), ""]
        changed = {row.scenario for pair in why.paired if not pair.unchanged for row in pair.differences}
        tables = tables_of(why.comparison, False, width) if why.comparison else []
        for table in (table for table in tables if table.scenario in changed):
            lines += [*folded(table.title, width), "", *table.shown.lines()]
            lines += [*(line for told in gaps(table.rows) for line in folded(told, width, "  ")), ""]
    for told in sentences(why):
        lines += folded(told, width)
    lines += ["", *folded(" ".join(reading_help(why)), width), *folded(SENTENCE, width)]
    return "\n".join(lines)


def _parts_table(why: Explanation, width: int) -> str:
    """The parts from the largest down, on one scale, and their sum."""
    divisor, unit = scale_of(why.total.mean, "A100e-weeks")
    rows = []
    for part in sorted(why.parts, key=lambda part: -part.total.mean):
        card = CONSTRAINTS[part.constraint]
        rows.append((card.letter, card.label, *_scaled(part.total, divisor), percent(part.share), card.holds))
    rows.append(("", "all", *_scaled(why.total, divisor), "100 %", ""))
    headings = ("", "what binds", unit, "95 % interval", "share", "the orders that ...")
    short = [row[:-1] for row in rows]  # the words are the first to go
    designs = [
        Design(headings, rows, (2, 4), (2, 5) if width < PAGE else ()),
        Design(headings[:-1], short, (2, 4)),
        Design(headings[:-1], short, (2, 4), (1, 2, 3)),
        Design(headings[1:-1], [row[1:] for row in short], (1, 3), (0, 1, 2)),
    ]
    return "\n".join(set_table(designs, width).lines())


def _scaled(summary: Summary, divisor: float) -> tuple[str, str]:
    """Mean and interval on a common scale."""
    places = min(3, decimals(summary.half_width / divisor, summary.mean / divisor))
    interval = ""
    if math.isfinite(summary.half_width) and summary.mean:
        interval = f"{rounded(summary.low / divisor, places)} to {rounded(summary.high / divisor, places)}"
    return rounded(summary.mean / divisor, places) if summary.mean else "0", interval


def explanation_record(why: Explanation) -> dict[str, Any]:
    """Everything as JSON takes it: None for what does not exist."""
    return {
        "label": LABEL,
        "scenario": why.run.scenario.name,
        "question": why.run.scenario.question,
        "seed": why.run.seed,
        "replications": len(why.run),
        "unit": "A100e-weeks",
        "total": _record(why.total),
        "parts": [{"constraint": part.constraint, "share": part.share, **_record(part.total)} for part in why.parts],
        "phases": [phase_record(phase) for phase in why.phases],
        "looks": {
            "unit": "A100e",
            "dates": [day.isoformat() for day in why.days],
            **{part.constraint: list(part.looks) for part in why.parts},
        },
        "paired_runs": [
            {
                "relaxed": pair.constraint,
                "override": RELAXATIONS[pair.constraint].opening,
                "what_then_holds_up_most": pair.then or None,
                "unchanged": pair.unchanged,
                "differences": [record(row) for row in pair.differences],
            }
            for pair in why.paired
        ],
        "rules": [{"date": rule.day.isoformat(), "name": rule.name, "told": rule.told} for rule in why.rules],
        "sentences": sentences(why),
        "reading": reading_help(why),
    }


def _record(summary: Summary) -> dict[str, float | None]:
    return {"mean": finite(summary.mean), "low": finite(summary.low), "high": finite(summary.high)}
