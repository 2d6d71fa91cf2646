"""A comparison for programs, at full precision: CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from sim.base.label import LABEL
from sim.experiment.comparison import Comparison
from sim.experiment.differences import record
from sim.studies.comparison_tables.binding import binds_record
from sim.studies.comparison_tables.prose import conclusions, left_out, reading_notes, warnings


def comparison_csv(comparison: Comparison) -> str:
    """Every difference, years too, at full precision: tidy CSV; a value without a year is of the whole window."""
    records = [record(row) for row in comparison.rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Everything as JSON takes it."""
    return {
        "label": LABEL,
        "base": comparison.names[0],
        "scenarios": comparison.names,
        "seed": comparison.base.seed,
        "replications": len(comparison),
        "precision": comparison.precision.record() if comparison.precision else None,
        "warnings": warnings(comparison),
        "conclusions": dict(conclusions(comparison)),
        "differences": [record(row) for row in comparison.rows],
        "what_binds": {run.scenario.name: binds_record(run) for run in comparison.runs},
        "left_out": left_out(comparison),
        "reading": reading_notes(comparison),
    }


def comparison_json(comparison: Comparison) -> str:
    """The same as a text, without nan."""
    return json.dumps(comparison_record(comparison), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
