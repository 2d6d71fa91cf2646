"""Sampled worlds as files: what each world is, a column for each key; and what scenarios change in each world."""

from __future__ import annotations

import csv
import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.exhibits.records import csv_text
from sim.experiment.block import LARGEST
from sim.experiment.columns import Spread
from sim.experiment.worlds import InWorld, SampledWorlds, held, sample_columns
from sim.folder.manifest import Manifest, Sampled
from sim.folder.parquet import named, source, write_parquet
from sim.outcomes.cards import keys_of
from sim.outcomes.keys import Key
from sim.scenario.load import SourcedScenario
from sim.scenario.sampling import Input, Sample, input_of
from sim.scenario.variants import Values, number_of

WORLDS = "worlds.csv"
"""A row for each scenario, outcome and world."""
SAMPLED = "worlds.parquet"
"""A row for each world, a column for each key that varied."""
SLACK = 1e-9  # of a range's width: what keeps a sum may end a last digit outside


# --- Written ---


def write_sample(path: Path, sample: Sample) -> None:
    """The worlds as Parquet, see `sample_columns`; the units by key and the seed are in the file's metadata. Raises
    OSError."""
    units = json.dumps({each.key: each.unit for each in sample.inputs}, ensure_ascii=False)
    columns: dict[str, Spread | NDArray[Any]] = {**sample_columns(sample), "label": Spread(np.array([LABEL]))}
    write_parquet(path, [columns], {"units": units, "seed": str(sample.seed)})


def sample_file(sample: Sample, form: str) -> bytes:
    """The worlds as a file of the form: `.parquet`, or `.csv`. Raises OSError."""
    if form == ".csv":
        worlds = enumerate(sample.worlds)
        return csv_text({"label": LABEL, "world": number, **world} for number, world in worlds).encode()
    with tempfile.TemporaryDirectory(prefix="chipgate-") as place:
        write_sample(Path(place, SAMPLED), sample)
        return Path(place, SAMPLED).read_bytes()


# --- Read ---


def read_worlds(folder: Path, about: Manifest, sampled: Sampled, scenarios: Sequence[SourcedScenario]) -> SampledWorlds:
    """The worlds of a comparison, from its folder's files as they stand there now. Raises ChipgateError."""
    sample = _sample(folder / SAMPLED, sampled, about.seed, scenarios)
    values = _values(folder / WORLDS, sampled, scenarios)
    low_only = sampled.vary == "low"
    return SampledWorlds(sample, sampled.replications, low_only, held(scenarios, low_only), tuple(values))


def _sample(path: Path, sampled: Sampled, seed: int, scenarios: Sequence[SourcedScenario]) -> Sample:
    """The worlds of a Parquet file. Raises ChipgateError."""
    import duckdb

    try:
        with duckdb.connect(config={"threads": 1}) as database:
            (rows,) = database.execute(f"SELECT count(*) FROM {source(path)}").fetchall()[0]
            there = [name for name, *_ in database.execute(f"DESCRIBE FROM {source(path)}").fetchall()]
            keys = [name for name in there if name not in ("world", "label", "file_row_number")]
            if rows != sampled.worlds or not keys or len(keys) > len(scenarios[0].parameters):
                _refuse(path, f"it has {rows:,} worlds and {len(keys):,} keys")
            inputs = [_known(path, scenarios[0], key) for key in keys]
            told = ", ".join(f"{named(each.key)}::{'DATE' if each.unit == 'date' else 'DOUBLE'}" for each in inputs)
            found = database.execute(
                f"SELECT world::INTEGER, label::VARCHAR, {told} FROM {source(path)} ORDER BY file_row_number"
            ).fetchall()
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise ChipgateError(f"cannot read '{path}' as a table of worlds: {reason}") from error
    worlds: list[Values] = []
    for number, (world, label, *values) in enumerate(found):
        if world != number or label != LABEL:
            _refuse(path, f"row {number + 1} is not world {number} under the label")
        for each, value in zip(inputs, values, strict=True):
            room = SLACK * (each.high - each.low)
            if value is not None and not each.low - room <= number_of(value) <= each.high + room:
                _refuse(path, f"{each.key} in world {number} is {value}, outside its range")
        worlds.append(dict(zip(keys, values, strict=True)))
    return Sample(tuple(inputs), tuple(worlds), seed)


def _known(path: Path, base: SourcedScenario, key: str) -> Input:
    try:
        return input_of(base, key)
    except ChipgateError as error:
        _refuse(path, str(error))


def _values(path: Path, sampled: Sampled, scenarios: Sequence[SourcedScenario]) -> list[InWorld]:
    """The rows of a CSV file, each world once for each scenario and outcome; of outcomes that this version does not
    know none."""
    base, *others = [each.scenario.name for each in scenarios]
    known = [set(keys_of(each.scenario)) for each in scenarios]
    found: dict[tuple[str, Key], list[InWorld]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file, strict=True), 1):
                if row["label"] != LABEL or row["base"] != base or row["scenario"] not in others:
                    _refuse(path, f"row {number} is not about a scenario of this comparison, under the label")
                each = _in_world(row, sampled)
                worlds = found.setdefault((each.scenario, each.key), [])
                if each.world != len(worlds):
                    _refuse(path, f"row {number} is not about world {len(worlds)} of {sampled.worlds}")
                worlds.append(each)
    except (OSError, UnicodeError, csv.Error, ValueError, KeyError, TypeError) as error:
        raise ChipgateError(f"'{path}' is not laid out as this version writes it: {error}") from error
    if {scenario for scenario, _ in found} != set(others):
        _refuse(path, "it does not have every scenario of this comparison")
    for (scenario, key), worlds in found.items():
        if len(worlds) != sampled.worlds:
            _refuse(path, f"{key} in {scenario} has {len(worlds):,} worlds, and there are {sampled.worlds:,}")
    return [each for (_, key), worlds in found.items() if all(key in keys for keys in known) for each in worlds]


def _in_world(row: Mapping[str, str], sampled: Sampled) -> InWorld:
    """A row's values. Raises ValueError, and KeyError for a column that is not there."""
    if None in row.values() or None in row:
        raise ValueError("a row has more or fewer values than there are columns")
    pairs, world = int(row["pairs"]), int(row["world"])
    texts = [row[name] for name in ("base_mean", "scenario_mean", "difference")]
    means = [float(text) if pairs else np.nan for text in texts]
    if not 0 <= pairs <= sampled.replications or int(row["replications"]) != sampled.replications:
        raise ValueError(f"world {world} has {row['pairs']} of {row['replications']} pairs")
    if not all(abs(each) < LARGEST for each in means) if pairs else any(texts):
        raise ValueError(f"world {world} has a number that cannot be computed with")
    base, other, apart = means
    if pairs and not math.isclose(other - base, apart, rel_tol=1e-6, abs_tol=SLACK * (abs(base) + abs(other))):
        raise ValueError(f"world {world} has a difference that its means do not have")
    return InWorld(row["scenario"], Key(row["outcome"], row["item"]), world, pairs, *means)


def _refuse(path: Path, why: str) -> NoReturn:
    raise ChipgateError(f"'{path}' is not as it was written: {why}")
