"""Parquet files by DuckDB, whatever the names of the folders that they lie in.

Left to itself it takes `year=2025` in a path for a column, and `*`, `?` and `[` for a pattern of several files.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from sim.base.label import LABEL


def source(path: Path) -> str:
    """What to write behind FROM: this file's own columns and `file_row_number`, in the order of its rows."""
    pattern = re.sub(r"([*?\[])", r"[\1]", str(path.absolute()))
    return f"read_parquet({quoted(pattern)}, hive_partitioning = false, file_row_number = true)"


def quoted(text: str) -> str:
    """As a text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def write_parquet(path: Path, tables: Iterable[Mapping[str, NDArray[Any]]]) -> None:
    """Tidy columns as Parquet, the tables one below the other, the label in the file's metadata too.

    nan is written as a missing value. Only one table is held in memory at a time. Raises OSError.
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
                database.register("data", _as_duckdb_reads(table))
                _copy(database, f"SELECT {_columns(table)} FROM data", written[-1])
                database.unregister("data")
            whole = " UNION ALL ".join(f"SELECT * EXCLUDE file_row_number FROM {source(part)}" for part in written)
            _copy(database, whole, path)
        except duckdb.IOException as error:
            raise OSError(str(error)) from error


def _columns(table: Mapping[str, NDArray[Any]]) -> str:
    kinds = {"year": "INTEGER", "quarter": "INTEGER", "date": "DATE"}
    there = {name: f"if(isnan({name}), NULL, {name})" if c.dtype.kind == "f" else name for name, c in table.items()}
    return ", ".join(f"{told}{f'::{kinds[name]}' if name in kinds else ''} AS {name}" for name, told in there.items())


def _as_duckdb_reads(table: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """It reads no array of days, but one of microseconds."""
    return {name: c.astype("datetime64[us]") if c.dtype.kind == "M" else c for name, c in table.items()}


def _copy(database: Any, query: str, target: Path) -> None:
    options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{label: '{LABEL}'}}"
    database.execute(f"COPY ({query}) TO {quoted(str(target))} ({options})")
