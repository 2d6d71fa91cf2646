"""What a results folder holds, read back without running again.

>>> run = read_results(Path("results/baseline"))     # doctest: +SKIP

A run comes back equal to the one that was written: every value, and so every picture drawn from it. Its scenario is
the folder's own, so a value's source names the folder's file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.experiment.comparison import Comparison
from sim.experiment.run import SERIES_UNITS, Floats, Run
from sim.folder.manifest import FILE, Manifest, fingerprint, read_manifest, scenario_files
from sim.outcomes.cards import OUTCOMES, Period
from sim.scenario.load import SourcedScenario, load
from sim.scenario.show import scenario_hash

TABLES = ("outcomes.parquet", "series.parquet")


def read_results(folder: Path) -> Run | Comparison:
    """The run or the comparison that a results folder was written from.

    Raises ChipgateError where the folder is none, where a file that is read is missing or was changed, and where
    another version wrote what this one does not know.
    """
    about = read_manifest(folder)
    for name in [*scenario_files(list(about.scenarios)).values(), *TABLES]:
        refuse_changed(folder, about, name)
    scenarios = read_scenarios(folder, about)
    for sourced in scenarios:
        name = sourced.scenario.name
        if scenario_hash(sourced.scenario) != about.scenarios[name]:
            raise ChipgateError(
                f"the scenario '{name}' in '{folder}' reads otherwise now than when it ran: a figure that it rests on, "
                f"or the way scenarios are read, has changed{_since(about)}"
            )
    runs = read_runs(folder, about, scenarios)
    return subject_of(about, runs)


def subject_of(about: Manifest, runs: Sequence[Run]) -> Run | Comparison:
    """The run itself, or the comparison of several; how its number of replications was found is found again."""
    if about.kind == "run":
        return runs[0]
    if about.precision is None:
        return Comparison(runs)
    from sim.experiment.sequential import stopped

    return stopped(runs, about.precision.wanted, about.precision.outcomes, about.precision.cap)


def refuse_changed(folder: Path, about: Manifest, name: str) -> None:
    """Refuse a file that is not as its manifest says. Raises ChipgateError."""
    path = folder / name
    if name not in about.files:
        raise ChipgateError(f"'{folder / FILE}' names no {name}, so '{folder}' is no whole results folder")
    now = sum_of(path)
    if now is None:
        raise ChipgateError(f"'{path}' is missing, though {FILE} names it; run again with: {about.command}")
    if now != about.files[name]:
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
        sourced = load(folder / file)
        if sourced.scenario.name != name:
            raise ChipgateError(f"'{folder / file}' holds the scenario '{sourced.scenario.name}', not '{name}'")
        scenarios.append(replace(sourced, settings=tuple(about.settings.get(name, ()))))
    return scenarios


def read_runs(folder: Path, about: Manifest, scenarios: Sequence[SourcedScenario]) -> list[Run]:
    """The runs of those scenarios, from the folder's tables as they stand there now. Raises ChipgateError."""
    outcomes = _read_table(folder / TABLES[0], ("scenario", "outcome", "year"))
    series = _read_table(folder / TABLES[1], ("scenario", "series", "item"))
    return [_run(folder, about, sourced, outcomes, series) for sourced in scenarios]


# --- Tables ---


@dataclass(frozen=True)
class Block:
    """Rows that belong to one value or one series, in the order in which they were written."""

    key: tuple[Any, ...]
    """Scenario, outcome and year; or scenario, series and item."""
    replications: NDArray[np.int32]
    dates: NDArray[np.datetime64] | None
    values: Floats
    """nan where there is none. All three of shape (rows,)."""


def _read_table(path: Path, keys: tuple[str, str, str]) -> list[Block]:
    """The blocks of a Parquet file, in the order of its rows. Raises ChipgateError."""
    import duckdb

    dated = "series" in keys
    file = "read_parquet($path, file_row_number = true)"
    try:
        with duckdb.connect(config={"threads": 1}) as database:
            borders = database.execute(
                f"SELECT {', '.join(keys)}, min(file_row_number) AS first, count(*) FROM {file} "
                "GROUP BY ALL ORDER BY first",
                {"path": str(path)},
            ).fetchall()
            columns = database.execute(
                f"SELECT replication::INTEGER AS replication, value::DOUBLE AS value{', date' if dated else ''} "
                f"FROM {file} ORDER BY file_row_number",
                {"path": str(path)},
            ).fetchnumpy()
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise ChipgateError(f"cannot read '{path}' as a table of results: {reason}") from error
    replications = _plain(columns["replication"], -1)
    values = _plain(columns["value"], np.nan)
    dates = _plain(columns["date"], np.datetime64("NaT")) if dated else None
    return [
        Block(
            tuple(key),
            replications[first : first + count],
            None if dates is None else dates[first : first + count],
            values[first : first + count],
        )
        for *key, first, count in borders
    ]


def _plain(column: Any, missing: Any) -> NDArray[Any]:
    """A column as an array without a mask."""
    return np.ma.filled(column, missing)


def _run(
    folder: Path, about: Manifest, sourced: SourcedScenario, outcomes: Sequence[Block], series: Sequence[Block]
) -> Run:
    """One scenario's run from the blocks of all."""
    name = sourced.scenario.name
    mine = [block for block in outcomes if block.key[0] == name]
    if not mine:
        raise ChipgateError(f"'{folder / TABLES[0]}' holds no outcome of the scenario '{name}'")
    numbers = mine[0].replications
    if len(numbers) != about.replications:
        raise ChipgateError(
            f"'{folder / TABLES[0]}' holds {len(numbers)} replications of '{name}', "
            f"but {FILE} says {about.replications}{_since(about)}"
        )
    if any(not np.array_equal(block.replications, numbers) for block in mine):
        raise _not_as_written(folder / TABLES[0], about)
    values: dict[str, dict[Period, Floats]] = {}
    for block in mine:
        values.setdefault(block.key[1], {})[block.key[2]] = block.values
    found: dict[tuple[str, str], Floats] = {}
    for block in series:
        if block.key[0] != name:
            continue
        table, dates = _by_replication(folder / TABLES[1], about, block, numbers)
        _, title, item = block.key
        if item == "quarter" and title not in SERIES_UNITS:
            quarters = map(_quarter, dates)
            values.setdefault(title, {}).update(zip(quarters, table.T.copy(), strict=True))
        else:
            found[title, item] = table
    scenario = sourced.scenario
    needed = set(SERIES_UNITS) if scenario.demand and scenario.chips else {"backlog"}
    _refuse_unknown(folder, about, set(values), {title for title, _ in found}, needed)
    flat = {(title, period): array for title, periods in values.items() for period, array in periods.items()}
    return Run.of(sourced, about.seed, numbers.tolist(), flat, found)


def _by_replication(path: Path, about: Manifest, block: Block, numbers: NDArray[np.int32]) -> tuple[Floats, list[date]]:
    """A series' values, of shape (replications, points), and the dates of its points."""
    points, rest = divmod(len(block.values), len(numbers))
    if rest or not np.array_equal(block.replications, np.repeat(numbers, points)) or block.dates is None:
        raise _not_as_written(path, about)
    return block.values.reshape(len(numbers), points), block.dates[:points].astype("datetime64[D]").tolist()


def _quarter(first_day: date) -> str:
    return f"{first_day.year}Q{(first_day.month + 2) // 3}"


# --- Other versions ---


def _refuse_unknown(folder: Path, about: Manifest, outcomes: set[str], series: set[str], needed: set[str]) -> None:
    """Refuse what this version has no words for, or needs and does not find. Raises ChipgateError."""
    everywhere = {name for name, card in OUTCOMES.items() if not card.per}
    for told, names in (
        ("holds the unknown outcome", {name for name in outcomes if not _has_card(name)}),
        ("holds the unknown series", series - set(SERIES_UNITS)),
        ("lacks the outcome", everywhere - outcomes),
        ("lacks the series", needed - series),
    ):
        if names:
            raise ChipgateError(f"'{folder}' {told} '{min(names)}'{_since(about)}")


def _has_card(name: str) -> bool:
    return name in OUTCOMES or any(card.per and name.startswith(f"{card.name}_") for card in OUTCOMES.values())


def _not_as_written(path: Path, about: Manifest) -> ChipgateError:
    return ChipgateError(f"'{path}' is not laid out as this version writes it{_since(about)}")


def _since(about: Manifest) -> str:
    """Which version wrote the folder, where it is another."""
    from sim.base.version import __version__

    theirs = about.versions.get("chipgate", "of no version")
    return "" if theirs == __version__ else f"; chipgate {theirs} wrote it, and this is {__version__}"
