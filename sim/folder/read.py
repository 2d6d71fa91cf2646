"""What a results folder holds, read back without running again.

>>> run = read_results(Path("results/baseline"))     # doctest: +SKIP

A run comes back equal to the one that was written: every value, and so every picture drawn from it. Its scenario is
the folder's own, so a value's source names the folder's file.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError, ChipgateWarning
from sim.base.wording import listed
from sim.experiment.block import finite
from sim.experiment.comparison import Comparison
from sim.experiment.looks import Looks
from sim.experiment.run import Floats, NotKept, Run
from sim.folder.manifest import FILE, Manifest, fingerprint, read_manifest, scenario_files
from sim.folder.parquet import KINDS, source
from sim.folder.worlds import SAMPLED, WORLDS, read_worlds
from sim.outcomes.cards import keys_of
from sim.outcomes.keys import Key, Period, Quarter
from sim.outcomes.series import SERIES_UNITS, series_of
from sim.scenario.load import ScenarioError, SourcedScenario, load
from sim.scenario.parts import Scenario
from sim.scenario.show import scenario_hash

TABLES = ("outcomes.parquet", "series.parquet")
MOST_VALUES = 100_000  # of a replication; this version's have some 3,000
MOST_POINTS = 10_000  # of a series
LARGEST_TEXT = 20_000_000  # bytes that may differ in their line ends only
SUMMARISED = "of its series it has the mean and quantiles by week, but this needs those of each replication"


def read_results(folder: Path) -> Run | Comparison:
    """The run or the comparison that a results folder was written from.

    What another version wrote and this one does not know is left out, what it did not write yet is missing; a
    ChipgateWarning tells of either. Raises ChipgateError where the folder is none, and where a file that is read is
    missing, or was changed or spoiled.
    """
    about = read_manifest(folder)
    worlds = [SAMPLED, WORLDS] if about.sampled else []
    for name in [*scenario_files(list(about.scenarios)).values(), *TABLES[: 2 if about.keep == "all" else 1], *worlds]:
        refuse_changed(folder, about, name)
    scenarios = read_scenarios(folder, about)
    for sourced in scenarios:
        name = sourced.scenario.name
        if scenario_hash(sourced.scenario) != about.scenarios[name]:
            raise ChipgateError(
                f"the scenario '{name}' in '{folder}' reads otherwise now than when it ran: a figure that it rests on, "
                f"or the way scenarios are read, has changed{_since(about)}"
            )
    runs, notes = read_runs(folder, about, scenarios)
    for note in notes:
        warnings.warn(note, ChipgateWarning, stacklevel=3)
    subject = subject_of(about, runs)
    if about.sampled and isinstance(subject, Comparison):
        subject.worlds = read_worlds(folder, about, about.sampled, scenarios)
    return subject


def subject_of(about: Manifest, runs: Sequence[Run]) -> Run | Comparison:
    """The run itself, or the comparison of several; how its number of replications was found is found again."""
    if about.kind == "run":
        return runs[0]
    if about.looks:
        return Comparison(runs, looks=Looks(tuple(about.looks)))
    if about.precision is None:
        return Comparison(runs)
    from sim.experiment.sequential import stopped

    outcomes = [runs[0].key(name) for name in about.precision.outcomes]
    return stopped(runs, about.precision.wanted, outcomes, about.precision.cap)


def refuse_changed(folder: Path, about: Manifest, name: str) -> None:
    """Refuse a file that is not as its manifest says. Raises ChipgateError."""
    path = folder / name
    if name not in about.files:
        raise ChipgateError(f"'{folder / FILE}' names no {name}, so '{folder}' is not a complete results folder")
    now = sum_of(path)
    if now is None:
        raise ChipgateError(f"'{path}' is missing, though {FILE} names it; run again with: {about.command}")
    if now == about.files[name]:
        return
    if (
        path.stat().st_size <= LARGEST_TEXT
        and hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest() == about.files[name]
    ):
        raise ChipgateError(
            f"'{path}' has other line ends than when it was written, and nothing else in it was changed: git may have "
            f"done so; fetch it again with core.autocrlf=false, or run again with: {about.command}"
        )
    raise ChipgateError(
        f"'{path}' was changed after it was written: its sha256 is not the one in {FILE}; "
        f"run again with: {about.command}"
    )


def sum_of(path: Path) -> str | None:
    """The sha256 of a file, None where there is none. Raises ChipgateError where it cannot be read."""
    try:
        return fingerprint(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ChipgateError(f"cannot read '{path}': {error.strerror}") from error


def read_scenarios(folder: Path, about: Manifest) -> list[SourcedScenario]:
    """The folder's own scenarios, in the manifest's order, as they stand there now. Raises ChipgateError."""
    scenarios = []
    for name, file in scenario_files(list(about.scenarios)).items():
        try:
            sourced = load(folder / file)
        except ScenarioError as error:
            if sum_of(folder / file) != about.files.get(file):
                raise
            raise _of_another_model(folder / file, about, error) from error
        if sourced.scenario.name != name:
            raise ChipgateError(f"'{folder / file}' holds the scenario '{sourced.scenario.name}', not '{name}'")
        scenarios.append(replace(sourced, settings=tuple(about.settings.get(name, ()))))
    return scenarios


def read_runs(folder: Path, about: Manifest, scenarios: Sequence[SourcedScenario]) -> tuple[list[Run], list[str]]:
    """The runs of those scenarios, from the folder's tables as they stand there now; and a sentence each on what is
    left out and what is missing, since another version wrote it. Raises ChipgateError."""
    outcomes = _read_table(folder / TABLES[0], about, ("scenario", "outcome", "item", "year", "quarter"))
    whole = about.keep == "all"
    series = _read_table(folder / TABLES[1], about, ("scenario", "series", "item")) if whole else []
    runs, unknown, missing = [], dict[str, None](), dict[str, None]()
    for sourced in scenarios:
        numbers, values, lines = _arrays(folder, about, sourced.scenario, outcomes, series)
        keys, items = keys_of(sourced.scenario), series_of(sourced.scenario) if whole else []
        unknown |= dict.fromkeys([*_named(values, keys), *_titled(lines, items)])
        missing |= dict.fromkeys([*_named(keys, values), *_titled(items, lines)])
        values = {key: values[key] for key in keys if key in values}
        lines = {item: lines[item] for item in items if item in lines}
        if not values:
            raise ChipgateError(f"'{folder / TABLES[0]}' holds no outcome of the scenario '{sourced.scenario.name}'")
        again = re.sub(r" --keep[ =]summary", "", about.command)
        told = NotKept(
            f"'{folder}' was written with --keep summary: {SUMMARISED}; run again without it, into another folder or "
            f"with --overwrite: {again}"
        )
        runs.append(Run.of(sourced, about.seed, numbers, values, lines if whole else told))
    notes = [
        f"'{folder}' {verb} {listed(list(names))}, {what}{_since(about)}"
        for verb, names, what in (
            ("holds", unknown, "unknown to this version and left out"),
            ("lacks", missing, "which this version has: missing in what is read"),
        )
        if names
    ]
    return runs, notes


# --- Tables ---


@dataclass(frozen=True)
class Block:
    """Rows that belong to one value or one series, in the order in which they were written."""

    key: tuple[Any, ...]
    """The columns that it was asked for by; None where the file lacks one."""
    replications: NDArray[np.int32]
    dates: NDArray[np.datetime64] | None
    values: Floats
    """nan where there is none. All three of shape (rows,)."""


def _read_table(path: Path, about: Manifest, keys: tuple[str, ...]) -> list[Block]:
    """The blocks of a Parquet file, scenario by scenario, in the order of its rows. Raises ChipgateError.

    DuckDB keeps the order of a scenario's rows, but may set pieces of large scenarios by turns.
    """
    import duckdb

    dated = "series" in keys
    many = about.replications * len(about.scenarios)
    most = MOST_POINTS * about.replications if dated else about.replications
    try:
        with duckdb.connect(config={"threads": 1}) as database:
            (rows,) = database.execute(f"SELECT count(*) FROM {source(path)}").fetchall()[0]
            if rows > MOST_VALUES * many:
                raise ChipgateError(f"'{path}' holds {rows:,} rows, far more than {many:,} replications can have")
            there = [name for name, *_ in database.execute(f"DESCRIBE FROM {source(path)}").fetchall()]
            asked = ", ".join(
                f"{name if name in there else 'NULL'}::{KINDS.get(name, 'VARCHAR')} AS {name}" for name in keys
            )
            borders = database.execute(
                f"SELECT {asked}, min(file_row_number) AS first, count(*) FROM {source(path)} "
                f"GROUP BY ALL ORDER BY first LIMIT {MOST_VALUES}"
            ).fetchall()
            whole = {name: {key[n] for key in borders} for n, name in enumerate(keys) if name in there}
            _refuse_spoiled(path, about, whole)
            for key in borders:
                if key[-1] > most:
                    raise _not_as_written(path, about) if dated else _other_number(path, about, key[0], key[-1])
            day = ", date::DATE AS date" if dated else ""
            names = list(dict.fromkeys(scenario for scenario, *_ in borders))
            columns = database.execute(
                f"SELECT replication::INTEGER AS replication, value::DOUBLE AS value{day} FROM {source(path)} "
                f"ORDER BY {'list_position(?, scenario::VARCHAR), ' if 'scenario' in there else ''}file_row_number",
                [names] if "scenario" in there else [],
            ).fetchnumpy()
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise ChipgateError(f"cannot read '{path}' as a table of results: {reason}") from error
    replications = _plain(columns["replication"], -1)
    values = _plain(columns["value"], np.nan)
    dates = _plain(columns["date"], np.datetime64("NaT")) if dated else None
    if not finite(values):
        raise ChipgateError(f"'{path}' holds values that are infinite or far too large")
    _refuse_spoiled(path, about, {**whole, "replication": set(np.unique(replications).tolist())})
    borders.sort(key=lambda block: (names.index(block[0]), block[-2]))
    starts = accumulate((count for *_, count in borders), initial=0)
    return [
        Block(
            tuple(key),
            replications[first : first + count],
            None if dates is None else dates[first : first + count],
            values[first : first + count],
        )
        for first, (*key, _, count) in zip(starts, borders, strict=False)
    ]


def _plain(column: Any, missing: Any) -> NDArray[Any]:
    """A column as an array without a mask."""
    return np.ma.filled(column, missing)


def _refuse_spoiled(path: Path, about: Manifest, columns: Mapping[str, set[Any]]) -> None:
    """Refuse a table of an older version that took a folder such as `year=2025` above it for one of these columns.

    Raises ChipgateError.
    """
    alone = {"replication": about.replications == 1, "scenario": set(about.scenarios) == columns["scenario"]}
    for name, values in columns.items():
        if len(values) == 1 and not values & {None, -1} and not alone.get(name, False):
            folder = f"{name}={next(iter(values))}"
            raise ChipgateError(
                f"'{path}' is spoiled: every row has {folder}, since an older version took a folder of that name above "
                f"it for a column{_since(about)}; run again with: {about.command}"
            )


def _arrays(
    folder: Path, about: Manifest, scenario: Scenario, outcomes: Sequence[Block], series: Sequence[Block]
) -> tuple[list[int], dict[Key, Floats], dict[tuple[str, str], Floats]]:
    """One scenario's replications, outcomes and series, from the blocks of all.

    Older folders have one text for an outcome and its item, such as `revenue_huawei`, and quarters among the series.
    """
    mine = [block for block in outcomes if block.key[0] == scenario.name]
    if not mine:
        raise ChipgateError(f"'{folder / TABLES[0]}' holds no outcome of the scenario '{scenario.name}'")
    numbers = mine[0].replications
    if len(numbers) != about.replications:
        raise _other_number(folder / TABLES[0], about, scenario.name, len(numbers))
    if any(not np.array_equal(block.replications, numbers) for block in mine):
        raise _not_as_written(folder / TABLES[0], about)
    names = {(key.name, key.period): key for key in keys_of(scenario)}

    def named(text: str, period: Period) -> Key:
        return names.get((text, period), Key(text, "", period))

    values: dict[Key, Floats] = {}
    for block in mine:
        _, outcome, item, year, quarter = block.key
        period = year if quarter is None else Quarter(year, quarter)
        values[named(outcome, period) if item is None else Key(outcome, item, period)] = block.values
    lines: dict[tuple[str, str], Floats] = {}
    for block in series:
        name, title, item = block.key
        if name != scenario.name:
            continue
        table, days = _by_replication(folder / TABLES[1], about, block, numbers)
        if item == "quarter" and title not in SERIES_UNITS:
            values |= {named(title, Quarter.of(day)): own for day, own in zip(days, table.T.copy(), strict=True)}
        else:
            lines[title, item] = table
    return numbers.tolist(), values, lines


def _by_replication(path: Path, about: Manifest, block: Block, numbers: NDArray[np.int32]) -> tuple[Floats, list[date]]:
    """A series' values, of shape (replications, points), and the dates of its points."""
    points, rest = divmod(len(block.values), len(numbers))
    if rest or not np.array_equal(block.replications, np.repeat(numbers, points)) or block.dates is None:
        raise _not_as_written(path, about)
    return block.values.reshape(len(numbers), points), block.dates[:points].astype("datetime64[D]").tolist()


# --- Other versions ---


def _named(keys: Iterable[Key], others: Collection[Key]) -> list[str]:
    """The outcomes that are not among the others, without the period where those have none of it."""
    names = {key.name for key in others}
    return [str(key) if key.name in names else key.name for key in keys if key not in others]


def _titled(series: Iterable[tuple[str, str]], others: Collection[tuple[str, str]]) -> list[str]:
    """The series that are not among the others, without the item where those have none of it."""
    titles = {title for title, _ in others}
    lost = [(title, item) for title, item in series if (title, item) not in others]
    return [f"the series {title}{f' of {item}' if item and title in titles else ''}" for title, item in lost]


def _not_as_written(path: Path, about: Manifest) -> ChipgateError:
    return ChipgateError(f"'{path}' is not laid out as this version writes it{_since(about)}")


def _other_number(path: Path, about: Manifest, scenario: str, many: int) -> ChipgateError:
    return ChipgateError(
        f"'{path}' holds {many} replications of '{scenario}', but {FILE} says {about.replications}{_since(about)}"
    )


def _of_another_model(path: Path, about: Manifest, error: ScenarioError) -> ChipgateError:
    """A scenario that is as it was written, so nothing in it is to be mended."""
    first, *others = error.mistakes
    more = f", and {len(others)} more such finding{'s' * (len(others) > 1)}" if others else ""
    return ChipgateError(
        f"'{path}' is as it was written, but this version's model is another and cannot read it: {first.message}{more}"
        f"{_since(about)}; the folder's tables, such as {TABLES[0]}, can still be read by themselves"
    )


def _since(about: Manifest) -> str:
    """Which version wrote the folder, where it is another."""
    from sim.base.version import __version__

    theirs = about.versions.get("chipgate", "of no version")
    return "" if theirs == __version__ else f"; chipgate {theirs} wrote it, and this is {__version__}"
