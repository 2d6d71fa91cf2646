"""Parquet files by DuckDB, whatever the names of the folders that they lie in.

Left to itself it takes `year=2025` in a path for a column, and `*`, `?` and `[` for a pattern of several files.
"""

from __future__ import annotations

import re
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


def named(column: str) -> str:
    """As a column's name in SQL."""
    return '"' + column.replace('"', '""') + '"'


def write_parquet(
    path: Path, tables: Iterable[Mapping[str, Spread | NDArray[Any]]], about: Mapping[str, str] | None = None
) -> None:
    """Tidy columns as Parquet, the tables one below the other, the label in the file's metadata too, and what else is
    to be said `about` them there.

    nan and NaT are written as missing values. It goes block by block: of a column that recurs only its values are in
    memory, words as a dictionary; what does not recur is read where it is. Raises OSError.
    """
    import duckdb

    every = list(tables)
    words = {name: _words(table[name] for table in every) for name in every[0]}
    metadata = ", ".join(f"{name}: {quoted(text)}" for name, text in {"label": LABEL, **(about or {})}.items())
    options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{metadata}}}"
    with duckdb.connect(config={"threads": 1}) as database:
        whole = []
        for number, table in enumerate(every):
            arrays = {name: column for name, column in table.items() if not isinstance(column, Spread)}
            database.register(f"data{number}", {name: _as_duckdb_reads(column) for name, column in arrays.items()})
            rows = len(next(iter(arrays.values())))
            told = ", ".join(f"{_in_sql(name, column, words[name])} AS {named(name)}" for name, column in table.items())
            whole.append(f"SELECT {told} FROM data{number} POSITIONAL JOIN range({rows}) place(i)")
        try:
            database.execute(f"COPY ({' UNION ALL '.join(whole)}) TO {quoted(str(path))} ({options})")
        except duckdb.IOException as error:
            raise OSError(str(error)) from error
        except RuntimeError as error:
            if "interrupted" not in str(error):
                raise
            raise KeyboardInterrupt from None  # so DuckDB calls Ctrl-C


TYPES = {"i": "INTEGER", "f": "DOUBLE", "M": "DATE"}
KINDS = {"year": "INTEGER", "quarter": "INTEGER", "date": "DATE"}


def _words(columns: Iterable[Spread | NDArray[Any]]) -> str:
    """The type of the words that recur in all tables' columns of a name; empty where there are none."""
    recurring = [column.values for column in columns if isinstance(column, Spread) and column.values.dtype.kind == "U"]
    found = dict.fromkeys(str(word) for values in recurring for word in values)
    return f"ENUM({', '.join(map(quoted, found))})" if found else ""


def _in_sql(name: str, column: Spread | NDArray[Any], words: str) -> str:
    """A column's value in row i; nan is NULL."""
    if isinstance(column, Spread):
        told = _recurring(column, words)
    else:
        it = named(name)
        told = f"if(isnan({it}), NULL, {it})" if column.dtype.kind == "f" else it
        told += "::DATE" if column.dtype.kind == "M" else ""
    return f"{told}::{KINDS[name]}" if name in KINDS else told


def _recurring(column: Spread, words: str) -> str:
    values, place = column.values, f"i // {column.each} % {len(column.values)}"
    if values.dtype.kind == "i" and np.array_equal(values, np.arange(values[0], values[0] + len(values))):
        return f"({values[0]} + {place})::INTEGER"
    told = ["NULL" if value != value else quoted(str(value)) for value in values.tolist()]
    kind = TYPES.get(values.dtype.kind, words)
    return f"{told[0]}::{kind}" if len(told) == 1 else f"([{', '.join(told)}]::{kind}[])[{place} + 1]"


def _as_duckdb_reads(column: NDArray[Any]) -> NDArray[Any]:
    """It reads no array of days, but one of microseconds."""
    return column.astype("datetime64[us]") if column.dtype.kind == "M" else column
