"""Parquet files by DuckDB, whatever the names of the folders that they lie in.

Left to itself it takes `year=2025` in a path for a column, and `*`, `?` and `[` for a pattern of several files.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.label import LABEL
from sim.experiment.columns import Spread


def source(path: Path) -> str:
    """What to write behind FROM: this file's own columns and `file_row_number`, in the order of its rows."""
    pattern = re.sub(r"([*?\[])", r"[\1]", str(path.absolute()))
    return f"read_parquet({quoted(pattern)}, hive_partitioning = false, file_row_number = true)"


def quoted(text: str) -> str:
    """As a text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def write_parquet(path: Path, tables: Iterable[Mapping[str, Spread | NDArray[Any]]]) -> None:
    """Tidy columns as Parquet, the tables one below the other, the label in the file's metadata too.

    nan is written as a missing value. Only one table is held in memory at a time, and of a column that recurs its
    values once. Raises OSError.
    """
    import duckdb

    with (
        tempfile.TemporaryDirectory(dir=path.parent, prefix=".parts-") as parts,
        duckdb.connect(config={"threads": 1}) as database,
    ):
        written = []
        try:
            for number, table in enumerate(tables):
                written.append(Path(parts, f"{number}.parquet"))
                arrays = {name: column for name, column in table.items() if not isinstance(column, Spread)}
                database.register("data", {name: _as_duckdb_reads(column) for name, column in arrays.items()})
                rows = len(next(iter(arrays.values())))
                told = ", ".join(f"{_in_sql(name, column)} AS {name}" for name, column in table.items())
                _copy(database, f"SELECT {told} FROM data POSITIONAL JOIN range({rows}) place(i)", written[-1])
                database.unregister("data")
            if len(written) == 1:
                written[0].replace(path)
                return
            whole = " UNION ALL ".join(f"SELECT * EXCLUDE file_row_number FROM {source(part)}" for part in written)
            _copy(database, whole, path)
        except duckdb.IOException as error:
            raise OSError(str(error)) from error


KINDS = {"year": "INTEGER", "quarter": "INTEGER", "date": "DATE"}


def _in_sql(name: str, column: Spread | NDArray[Any]) -> str:
    """A column's value in row i; nan is NULL."""
    if isinstance(column, Spread):
        told = _recurring(column)
    else:
        told = f"if(isnan({name}), NULL, {name})" if column.dtype.kind == "f" else name
    return f"{told}::{KINDS[name]}" if name in KINDS else told


def _recurring(column: Spread) -> str:
    values, place = column.values, f"i // {column.each} % {len(column.values)}"
    if values.dtype.kind == "i":
        if np.array_equal(values, np.arange(values[0], values[0] + len(values))):
            return f"({values[0]} + {place})::INTEGER"
        told = [f"{value}::INTEGER" for value in values.tolist()]
    elif values.dtype.kind == "f":
        told = ["NULL" if value != value else f"{value!r}::DOUBLE" for value in values.tolist()]
    elif values.dtype.kind == "M":
        told = [f"DATE '{value}'" for value in values.astype(str)]
    else:
        told = [quoted(str(value)) for value in values]
    return told[0] if len(told) == 1 else f"([{', '.join(told)}])[{place} + 1]"


def _as_duckdb_reads(column: NDArray[Any]) -> NDArray[Any]:
    """It reads no array of days, but one of microseconds."""
    return column.astype("datetime64[us]") if column.dtype.kind == "M" else column


def _copy(database: Any, query: str, target: Path) -> None:
    options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{label: '{LABEL}'}}"
    database.execute(f"COPY ({query}) TO {quoted(str(target))} ({options})")
