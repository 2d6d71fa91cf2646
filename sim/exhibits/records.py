"""Exhibits for machines: every column at full precision, as JSON and CSV take it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sim.base.statistics import finite
from sim.exhibits.exhibit import Cell, Estimate, Exhibit, Name, Share, Verdict


def records(exhibit: Exhibit[Any]) -> list[dict[str, Any]]:
    """A record for each row; None for what does not exist."""
    return [dict(exhibit.record(row)) if exhibit.record else _record(exhibit, row) for row in exhibit.rows]


def _record(exhibit: Exhibit[Any], row: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in exhibit.columns:
        found |= _values(column.key, column.of(row))
    return found


def _values(key: str, cell: Cell) -> dict[str, Any]:
    """An estimate takes a value for its mean, each end of its interval and of its band, and its unit."""
    if isinstance(cell, Estimate):
        ends = {"": cell.mean, "_low": cell.mean - cell.half, "_high": cell.mean + cell.half}
        bands = dict(zip(("_p10", "_p90"), cell.band, strict=True)) if not cell.change else {}
        numbers = {f"{key}{end}": finite(value) for end, value in (ends | bands).items()}
        return {**numbers, f"{key}_unit": cell.unit}
    if isinstance(cell, Name | Verdict | Share):
        return {key: cell[0] or None if isinstance(cell[0], str) else finite(cell[0])}
    return {key: cell.isoformat() if isinstance(cell, date) else cell}


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Records as CSV, with a line of names; empty for what does not exist."""
    found = list(rows)
    if not found:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(found[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()


def json_text(record: Mapping[str, Any]) -> str:
    """A record as a text that any reader takes: no nan."""
    return json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
