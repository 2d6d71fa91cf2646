"""Experiments: a scenario replicated, and what comes out as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.base.statistics import Summary, summarise
from sim.base.units import closest
from sim.exhibits.markup import notebook_html
from sim.experiment.replication import Replication
from sim.experiment.workers import CHUNK, available_processors, replications
from sim.outcomes.cards import SAMPLE, Period, card_of
from sim.scenario.load import SourcedScenario

SERIES_UNITS = {"backlog": "A100e", "delivered": "A100e", "flow": "A100e", "revenue": "yuan", "binds": "A100e"}

Floats = NDArray[np.float64]


class Run:
    """A scenario's replications as arrays.

    `run["delivered"]` is an array of shape (replications,), `run["delivered", 2025]` the same for one year; a
    value that does not exist is nan. `run.series["backlog", ""]` has shape (replications, weeks). `run.table()`
    is tidy.
    """

    def __init__(self, sourced: SourcedScenario, seed: int, results: Iterable[Replication]) -> None:
        self.sourced = sourced
        self.scenario = sourced.scenario
        self.seed = seed
        rows = list(results)
        if not rows:
            raise ValueError("a run needs at least one replication")
        self.numbers = [row.number for row in rows]
        self.outcomes: dict[tuple[str, Period], Floats] = {
            key: np.array([np.nan if (v := row.outcomes[key]) is None else v for row in rows], dtype=np.float64)
            for key in rows[0].outcomes
        }
        self.series: dict[tuple[str, str], Floats] = {
            key: np.array([row.series[key] for row in rows], dtype=np.float64) for key in rows[0].series
        }

    @classmethod
    def of(
        cls,
        sourced: SourcedScenario,
        seed: int,
        numbers: Sequence[int],
        outcomes: Mapping[tuple[str, Period], Floats],
        series: Mapping[tuple[str, str], Floats],
    ) -> Run:
        """A run of arrays that exist already: each of shape (replications,) or (replications, weeks)."""
        run = cls.__new__(cls)
        run.sourced, run.scenario, run.seed, run.numbers = sourced, sourced.scenario, seed, list(numbers)
        run.outcomes, run.series = dict(outcomes), dict(series)
        return run

    def first(self, count: int) -> Run:
        """The run with its first replications only. Raises ValueError where there are fewer, or none is wanted."""
        if not 1 <= count <= len(self):
            raise ValueError(f"a run of {len(self)} has no first {count}")
        outcomes = {key: values[:count] for key, values in self.outcomes.items()}
        series = {key: values[:count] for key, values in self.series.items()}
        return Run.of(self.sourced, self.seed, self.numbers[:count], outcomes, series)

    def joined(self, more: Run) -> Run:
        """This run and more replications of the same scenario and seed."""
        outcomes = {key: np.concatenate([own, more.outcomes[key]]) for key, own in self.outcomes.items()}
        series = {key: np.concatenate([own, more.series[key]]) for key, own in self.series.items()}
        return Run.of(self.sourced, self.seed, [*self.numbers, *more.numbers], outcomes, series)

    @property
    def weeks(self) -> Floats:
        """The weeks of the series' points, shape (points,)."""
        return SAMPLE * np.arange(next(iter(self.series.values())).shape[1], dtype=np.float64)

    def __getitem__(self, key: str | tuple[str, Period]) -> Floats:
        """The values of an outcome, or of an outcome in one year or quarter, shape (replications,). Raises
        ChipgateError."""
        name, period = (key, None) if isinstance(key, str) else key
        if (name, period) in self.outcomes:
            return self.outcomes[name, period]
        names = list(dict.fromkeys(known for known, _ in self.outcomes))
        if name in names:
            periods = ", ".join(str(known) for n, known in self.outcomes if n == name and known is not None)
            raise ChipgateError(
                f"'{name}' has no value for {period}; " + (f"it has {periods}" if periods else "leave the year out")
            )
        near = closest(name, names)
        raise ChipgateError(
            f"no outcome is named '{name}'; " + (f"did you mean '{near}'?" if near else ", ".join(names))
        )

    def __len__(self) -> int:
        return len(self.numbers)

    def __repr__(self) -> str:
        return f"<Run of {self.scenario.name}: {len(self)} replications, seed {self.seed}. {LABEL}.>"

    @property
    def made(self) -> str:
        """How it was made, in a few words: `20 replications, seed 1, 2023-01-01 to 2028-01-01`."""
        many, window = len(self), self.scenario.window
        return f"{many:,} replication{'s' * (many != 1)}, seed {self.seed}, {window.start} to {window.end}"

    @property
    def beside(self) -> str:
        """What was set beside the scenario's file, as the end of a sentence: `, with foundry.growth=50 %/year`."""
        return f", with {', '.join(self.sourced.settings)}" if self.sourced.settings else ""

    def _repr_html_(self) -> str:
        """What a notebook shows, see `sim.studies.notebook`."""
        return notebook_html(self)

    def summary(self) -> dict[tuple[str, Period], Summary]:
        """Mean with its interval, and band of single runs, of every value."""
        return {key: summarise(values) for key, values in self.outcomes.items()}

    def table(self) -> dict[str, NDArray[Any]]:
        """Tidy columns of equal length: scenario, replication, outcome, unit, year (0 for the whole window), value,
        label. Values by quarter are among the series."""
        keys = [key for key in self.outcomes if not isinstance(key[1], str)]
        size = len(self)
        return {
            "scenario": np.full(len(keys) * size, self.scenario.name),
            "replication": np.tile(np.array(self.numbers, dtype=np.int32), len(keys)),
            "outcome": np.repeat([name for name, _ in keys], size),
            "unit": np.repeat([card_of(name).unit for name, _ in keys], size),
            "year": np.repeat(np.array([year or 0 for _, year in keys], dtype=np.int32), size),
            "value": np.concatenate([self.outcomes[key] for key in keys]),
            "label": np.full(len(keys) * size, LABEL),
        }

    def series_table(self) -> dict[str, NDArray[Any]]:
        """Tidy columns: scenario, replication, series, item, unit, week, date, value.

        The item is a product, a supplier, a route such as `huawei to cloud`, or a constraint; or "quarter" for an
        outcome by quarter, whose date is the quarter's first day.
        """
        start, size = self.scenario.window.start, len(self)
        every_four = [start + timedelta(weeks=float(week)) for week in self.weeks]
        parts = [(name, item, SERIES_UNITS[name], every_four, v) for (name, item), v in self.series.items()]
        parts += [(name, "quarter", card_of(name).unit, days, v) for name, (days, v) in self._by_quarter().items()]
        lengths = [values.size for *_, values in parts]
        return {
            "scenario": np.full(sum(lengths), self.scenario.name),
            "replication": np.concatenate(
                [np.repeat(np.array(self.numbers, dtype=np.int32), len(days)) for *_, days, _ in parts]
            ),
            "series": np.repeat([name for name, *_ in parts], lengths),
            "item": np.repeat([item for _, item, *_ in parts], lengths),
            "unit": np.repeat([unit for _, _, unit, *_ in parts], lengths),
            "week": np.concatenate(
                [np.tile([self.scenario.window.week(d) for d in days], size) for *_, days, _ in parts]
            ),
            "date": np.concatenate([np.tile(np.array(days, dtype="datetime64[D]"), size) for *_, days, _ in parts]),
            "value": np.concatenate([values.ravel() for *_, values in parts]),
        }

    def _by_quarter(self) -> dict[str, tuple[list[date], Floats]]:
        """Outcomes by quarter: the quarters' first days, and values of shape (replications, quarters)."""
        found: dict[str, list[str]] = {}
        for name, period in self.outcomes:
            if isinstance(period, str):
                found.setdefault(name, []).append(period)
        return {
            name: (
                [date(int(quarter[:4]), 3 * int(quarter[5]) - 2, 1) for quarter in quarters],
                np.column_stack([self.outcomes[name, quarter] for quarter in quarters]),
            )
            for name, quarters in found.items()
        }


def refuse_bad_number(name: str, number: object, least: int) -> None:
    """Refuse what is no whole number, or too small. Raises ChipgateError."""
    if not isinstance(number, Integral) or isinstance(number, bool):
        raise ChipgateError(f"{name}: {number!r} is no whole number")
    if number < least:
        raise ChipgateError(f"{name}: {number} is too low; at least {least} is needed")


def run_scenario(
    sourced: SourcedScenario,
    replications_wanted: int = 200,
    seed: int = 1,
    workers: int | None = None,
    progress: Callable[[], object] = lambda: None,
    after: int = 0,
) -> Run:
    """Replicate a scenario, from replication `after` on; `progress` is called after each. Raises ChipgateError."""
    refuse_bad_number("replications", replications_wanted, 1)
    refuse_bad_number("seed", seed, 0)
    if workers is not None:
        refuse_bad_number("workers", workers, 1)
    if workers is None:
        workers = min(available_processors(), -(-replications_wanted // CHUNK))

    def told() -> Iterator[Replication]:
        for replication in replications(sourced.scenario, seed, range(after, after + replications_wanted), workers):
            progress()
            yield replication

    return Run(sourced, seed, told())
