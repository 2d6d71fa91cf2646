"""Experiments: a scenario replicated, and what comes out as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from numbers import Integral
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.base.statistics import Summary, summarise
from sim.exhibits.html import notebook_html
from sim.experiment.block import Block, filled
from sim.experiment.cases import Case, blocks
from sim.experiment.cluster import Cluster, Workers
from sim.experiment.columns import Columns, Spread, period_columns
from sim.experiment.replication import Replication
from sim.experiment.room import one_after_another
from sim.experiment.store import Store
from sim.experiment.workers import available_processors
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.history import SAMPLE
from sim.outcomes.keys import Key, Wanted, key_of
from sim.outcomes.series import SERIES_UNITS
from sim.scenario.load import SourcedScenario

Floats = NDArray[np.float64]


class Series(dict[tuple[str, str], Floats]):
    """Arrays by (series, item). One that is not there, as in a folder of another version, is told in words."""

    def __missing__(self, key: tuple[str, str]) -> Floats:
        there = ", ".join(dict.fromkeys(name for name, _ in self)) or "none"
        raise ChipgateError(f"there is no series '{' of '.join(filter(None, key))}'; there are {there}")


class NotKept(Series):
    """Series that a results folder keeps in summary only: whoever asks for a replication's is told so, in words."""

    def __init__(self, why: str) -> None:
        self.why = why

    def _refuse(self, *_: object) -> NoReturn:
        raise ChipgateError(self.why)

    def __missing__(self, _key: tuple[str, str]) -> NoReturn:
        self._refuse()

    __contains__ = __iter__ = __or__ = __ror__ = get = keys = values = items = copy = _refuse

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return NotKept, (self.why,)


MOST = 1_000_000  # replications of one run
MOST_WORKERS = 256


class Run:
    """A scenario's replications as arrays.

    `run["delivered"]` is an array of shape (replications,), `run["delivered", 2025]` the same for one year,
    `run["revenue", "huawei", 2025]` for one supplier; a value that does not exist is nan. `run.series["backlog", ""]`
    has shape (replications, weeks). `run.table()` is tidy.
    """

    def __init__(self, sourced: SourcedScenario, seed: int, results: Iterable[Replication]) -> None:
        self.sourced = sourced
        self.scenario = sourced.scenario
        self.seed = seed
        rows = list(results)
        if not rows:
            raise ValueError("a run needs at least one replication")
        block = Block.of(rows)
        self.numbers = list(block.numbers)
        self.outcomes: dict[Key, Floats] = dict(block.outcomes)
        self.series = Series(block.series)

    @classmethod
    def of(
        cls,
        sourced: SourcedScenario,
        seed: int,
        numbers: Sequence[int],
        outcomes: Mapping[Key, Floats],
        series: Mapping[tuple[str, str], Floats],
    ) -> Run:
        """A run of arrays that exist already: each of shape (replications,) or (replications, weeks)."""
        run = cls.__new__(cls)
        run.sourced, run.scenario, run.seed, run.numbers = sourced, sourced.scenario, seed, list(numbers)
        run.outcomes, run.series = dict(outcomes), series if isinstance(series, Series) else Series(series)
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
        parts = [Block(tuple(run.numbers), run.outcomes, run.series) for run in (self, more)]
        whole = filled(parts, [*self.numbers, *more.numbers])
        return Run.of(self.sourced, self.seed, whole.numbers, whole.outcomes, whole.series)

    @property
    def weeks(self) -> Floats:
        """The weeks of the series' points, shape (points,)."""
        return SAMPLE * np.arange(next(iter(self.series.values())).shape[1], dtype=np.float64)

    def key(self, wanted: Wanted) -> Key:
        """The key of one of its outcomes, see `sim.outcomes.keys.key_of`. Raises ChipgateError."""
        return key_of(wanted, self.outcomes)

    def __getitem__(self, wanted: Wanted) -> Floats:
        """The values of an outcome, shape (replications,): of its name, perhaps of an item, a year or a quarter. Raises
        ChipgateError."""
        return self.outcomes[self.key(wanted)]

    def __contains__(self, wanted: object) -> bool:
        """Whether it has such an outcome."""
        try:
            return bool(self.key(wanted))  # type: ignore[arg-type]
        except ChipgateError:
            return False

    __iter__ = None  # its outcomes are the keys of `run.outcomes`

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

    def summary(self) -> dict[Key, Summary]:
        """Mean with its interval, and band of single runs, of every value."""
        return {key: self.summary_of(key) for key in self.outcomes}

    def summary_of(self, key: Key) -> Summary:
        """The same of one of them, worked out once: tables, report and files ask for it in turn."""
        if key not in self._summaries:
            self._summaries[key] = summarise(self.outcomes[key].tolist())
        return self._summaries[key]

    @cached_property
    def _summaries(self) -> dict[Key, Summary]:
        return {}

    def table(self) -> Columns:
        """Tidy columns of equal length: scenario, replication, outcome, item ("" where there is none), unit, year,
        quarter (1 to 4), value, label. Year and quarter are nan where a value is of the whole window, or of a year."""
        return Columns.of(self.outcome_columns())

    def series_table(self) -> Columns:
        """Tidy columns of equal length: scenario, replication, series, item, unit, week, date, value.

        The item is a product, a supplier, a route such as `huawei to cloud`, or a constraint.
        """
        return Columns.of(self.series_columns())

    def outcome_columns(self) -> dict[str, Spread | Floats]:
        """The columns of `table`, what recurs told once: outcome by outcome, in them replication by replication."""
        keys, size = list(self.outcomes), len(self)
        own = {
            "outcome": np.array([key.outcome for key in keys]),
            "item": np.array([key.item for key in keys]),
            "unit": np.array([OUTCOMES[key.outcome].unit for key in keys]),
            **period_columns([key.period for key in keys]),
        }
        return {
            "scenario": Spread(np.array([self.scenario.name])),
            "replication": Spread(np.array(self.numbers, dtype=np.int32)),
            **{name: Spread(values, size) for name, values in own.items()},
            "value": one_after_another([*self.outcomes.values()]),
            "label": Spread(np.array([LABEL])),
        }

    def series_columns(self) -> dict[str, Spread | Floats]:
        """The columns of `series_table`, alike: series by series, in them replication by replication and week by
        week."""
        numbers = Spread(np.array(self.numbers, dtype=np.int32), len(self.weeks))
        columns = {"value": one_after_another([*self.series.values()])}
        return self._by_week({"replication": numbers}, columns, len(self))

    def series_summary_columns(self) -> dict[str, Spread | Floats]:
        """Mean and quantiles over the replications in which there is a value, in place of each: series by series, in
        them week by week."""
        found = [summary_by_week(values) for values in self.series.values()]
        columns = {name: np.concatenate([each[n] for each in found]) for n, name in enumerate(("mean", *QUANTILES))}
        return self._by_week({}, columns, 1)

    def _by_week(
        self, first: Mapping[str, Spread], last: Mapping[str, Floats], times: int
    ) -> dict[str, Spread | Floats]:
        """Columns about the series' points, each of which stands so many times, between some others."""
        start, keys = self.scenario.window.start, list(self.series)
        days = np.array([start + timedelta(weeks=float(week)) for week in self.weeks], dtype="datetime64[D]")
        own = {"series": [n for n, _ in keys], "item": [i for _, i in keys], "unit": [SERIES_UNITS[n] for n, _ in keys]}
        return {
            "scenario": Spread(np.array([self.scenario.name])),
            **first,
            **{name: Spread(np.array(texts), times * len(days)) for name, texts in own.items()},
            "week": Spread(self.weeks),
            "date": Spread(days),
            **last,
        }


QUANTILES = {"p2_5": 0.025, "p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9, "p97_5": 0.975}
"""Those that bands of single runs are drawn with."""


def summary_by_week(values: Floats) -> Floats:
    """Mean and quantiles, shape (8, points), of values of shape (replications, points); nan where there are none."""
    found = np.full((1 + len(QUANTILES), values.shape[1]), np.nan)
    for point, column in enumerate(values.T):
        there = column[~np.isnan(column)]
        if len(there):
            found[:, point] = there.mean(), *np.quantile(there, [*QUANTILES.values()])
    return found


def refuse_bad_number(name: str, number: object, least: int, most: int | None = None) -> None:
    """Refuse what is not a whole number, too small or too large. Raises ChipgateError."""
    if not isinstance(number, Integral) or isinstance(number, bool):
        raise ChipgateError(f"{name}: {number!r} is not a whole number")
    if int(number) < least:
        raise ChipgateError(f"{name}: {number} is too low; at least {least} is needed")
    if most is not None and int(number) > most:
        raise ChipgateError(f"{name}: {number} is too high; at most {most:,} can be asked for")


def run_scenario(
    sourced: SourcedScenario,
    replications_wanted: int = 200,
    seed: int = 1,
    workers: Workers | None = None,
    progress: Callable[[], object] = lambda: None,
    after: int = 0,
    store: Store | None = None,
) -> Run:
    """Replicate a scenario, from replication `after` on; `progress` is called after each. What the store has is taken
    from there, and what is computed goes into it. Raises ChipgateError."""
    refuse_bad_number("replications", replications_wanted, 1, MOST)
    refuse_bad_number("seed", seed, 0)
    if workers is None:
        workers = available_processors()
    if not isinstance(workers, Cluster):
        refuse_bad_number("workers", workers, 1, MOST_WORKERS)
    numbers = range(after, after + replications_wanted)
    found = blocks([Case(sourced.scenario, seed, numbers)], workers, progress, store)
    whole = filled((block for _, block in found), numbers)
    return Run.of(sourced, seed, whole.numbers, whole.outcomes, whole.series)
