"""A table as named arrays of equal length, which shows itself in a notebook and goes into pandas or polars."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.exhibits.html import framed, paragraphs, table_html
from sim.outcomes.keys import Period, Quarter

SHOWN = 40
"""Rows that a notebook shows."""


@dataclass(frozen=True)
class Spread:
    """A column whose values recur: each stands in `each` rows that follow one another, and after the last comes the
    first again."""

    values: NDArray[Any]
    each: int = 1

    def array(self, rows: int) -> NDArray[Any]:
        """All of it, shape (rows,)."""
        return np.tile(np.repeat(self.values, self.each), -(-rows // (self.each * len(self.values))))[:rows]


class Columns(dict[str, NDArray[Any]]):
    """Arrays of equal length, by name: `columns["difference"]`, or `pandas.DataFrame(columns)`."""

    @classmethod
    def of(cls, spread: Mapping[str, Spread | NDArray[Any]]) -> Columns:
        """A table of which `value` says how many rows it has."""
        rows = len(spread["value"])  # type: ignore[arg-type]
        return cls({name: each.array(rows) if isinstance(each, Spread) else each for name, each in spread.items()})

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return len(next(iter(self.values()), ()))

    def to_pandas(self) -> Any:
        """A pandas.DataFrame. Raises ChipgateError where pandas is not installed."""
        return _imported("pandas").DataFrame(dict(self))

    def to_polars(self) -> Any:
        """A polars.DataFrame, with null for nan. Raises ChipgateError where polars is not installed."""
        return _imported("polars").DataFrame(dict(self), nan_to_null=True)

    def __repr__(self) -> str:
        return f"<Columns: {self.rows:,} rows of {', '.join(self)}>"

    def _repr_html_(self) -> str:
        """The first rows, without the label's column, for it stands below."""
        shown = {name: values[:SHOWN] for name, values in self.items() if name != "label"}
        numbers = [i for i, values in enumerate(shown.values()) if values.dtype.kind in "if"]
        rows = [[_text(value) for value in row] for row in zip(*shown.values(), strict=True)]
        more = [f"{self.rows - SHOWN:,} more rows are not shown."] if self.rows > SHOWN else []
        return framed("", [table_html(list(shown), rows, numbers), paragraphs(more)])


def period_columns(periods: Iterable[Period]) -> dict[str, NDArray[np.float64]]:
    """The columns `year` and `quarter` of some periods. What is missing is nan, since numpy has no missing whole
    number, and 0 would be one: both for the whole window, the quarter for a year."""
    pairs = [period if isinstance(period, Quarter) else (period, None) for period in periods]
    table = np.array([[math.nan if part is None else part for part in pair] for pair in pairs], dtype=np.float64)
    return dict(zip(("year", "quarter"), table.reshape(-1, 2).T, strict=True))


def _text(value: Any) -> str:
    """A cell: six figures of a number, nothing for what does not exist."""
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    return str(value)


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ChipgateError(
            f"{name} is not installed; install it beside chipgate, or use the arrays as they are: a dict by column name"
        ) from None
