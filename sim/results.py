"""A results folder: everything about a run, published whole or not at all."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from sim import manifest
from sim.errors import ChipgateError
from sim.experiment import Run
from sim.label import LABEL
from sim.show import resolved_yaml, scenario_hash
from sim.tables import summary_csv

if TYPE_CHECKING:
    from sim.pictures import Slide

Writer = Callable[[Path], object]

LIBRARIES = ("simpy", "numpy", "matplotlib", "duckdb", "click", "pydantic", "PyYAML")


def free_folder(scenario: str, results: Path = Path("results")) -> Path:
    """A folder for a run of that scenario that does not exist yet: results/baseline, results/baseline-2, ..."""
    number = 1
    while (folder := results / (scenario if number == 1 else f"{scenario}-{number}")).exists():
        number += 1
    return folder


def refuse_existing(folder: Path, overwrite: bool) -> None:
    """Refuse a place where something is already, or nothing can be, before any work is done. Raises ChipgateError."""
    try:
        str(folder).encode()
        above = next(parent for parent in folder.absolute().parents if parent.exists())
        if not above.is_dir():
            raise ChipgateError(f"'{above}' is a file, so there can be no folder '{folder}' in it")
        if not folder.exists():
            if not os.access(above, os.W_OK | os.X_OK):
                raise ChipgateError(f"you may not write in '{above}'; name another folder")
        elif not folder.is_dir():
            raise ChipgateError(f"'{folder}' is a file; name a folder that does not exist yet")
        elif not overwrite:
            raise ChipgateError(f"'{folder}' exists already; name another folder, or add --overwrite to replace it")
        elif strangers := _strangers(folder):
            told = ", ".join(strangers[:3]) + (", ..." if len(strangers) > 3 else "")
            raise ChipgateError(f"'{folder}' holds what is no part of a run ({told}); it is not replaced")
    except (OSError, UnicodeError) as error:
        name = ascii(str(folder)) if isinstance(error, UnicodeError) else f"'{folder}'"
        raise ChipgateError(f"cannot write in {name}: {_reason(error)}; name another folder") from error


def _strangers(folder: Path) -> list[str]:
    """What a folder holds beside hidden files and the files that its manifest names; all where that is not ours."""
    try:
        ours = {manifest.FILE, *manifest.read_manifest(folder).files}
    except ChipgateError:
        ours = set()
    return sorted(path.name for path in folder.iterdir() if path.name not in ours and not path.name.startswith("."))


def _reason(error: Exception) -> str:
    """What an error says, without numbers and paths."""
    return (isinstance(error, OSError) and error.strerror) or str(error).partition("\n")[0]


def publish_run(run: Run, folder: Path, command: str, duration: float, overwrite: bool = False) -> manifest.Manifest:
    """Write a run's folder and return its manifest. `duration` is the run's, in seconds."""
    from sim.pictures import PICTURES, picture

    files: dict[str, Writer] = {
        "scenario.yaml": lambda path: path.write_text(resolved_yaml(run.sourced), encoding="utf-8"),
        "outcomes.parquet": lambda path: write_parquet(path, run.table()),
        "series.parquet": lambda path: write_parquet(path, run.series_table()),
        "summary.csv": lambda path: path.write_text(summary_csv(run), encoding="utf-8"),
    }
    for kind in PICTURES:
        slide = picture(kind, run)
        for form in ("svg", "png"):
            files[f"{kind}.{form}"] = partial(_write_picture, slide, form)
    about = manifest.Manifest(
        kind="run",
        scenarios={run.scenario.name: scenario_hash(run.scenario)},
        seed=run.seed,
        replications=len(run),
        command=command,
        seconds=round(duration, 2),
        versions=versions(),
        interpreter=f"{platform.python_implementation()} {platform.python_version()}",
        platform=platform.platform(),
    )
    return publish(folder, files, about, overwrite)


def _write_picture(slide: Slide, form: str, path: Path) -> None:
    from sim.pictures import render

    path.write_bytes(render(slide, form))


def versions() -> dict[str, str]:
    """Versions of this program and of the libraries that its results depend on."""
    from sim import __version__

    return {"chipgate": __version__, **{name: importlib.metadata.version(name) for name in LIBRARIES}}


def write_parquet(path: Path, table: Mapping[str, NDArray[Any]]) -> None:
    """Tidy columns as Parquet, the label in the file's metadata too; nan and year 0 are written as missing values.

    Raises OSError.
    """
    import duckdb

    written = {
        "year": "NULLIF(year, 0)",
        "value": "CASE WHEN isnan(value) THEN NULL ELSE value END",
        "date": "CAST(date AS DATE)",
    }
    columns = ", ".join(f"{written.get(name, name)} AS {name}" for name in table)
    # DuckDB reads no array of days, but one of microseconds.
    data = {name: c.astype("datetime64[us]") if c.dtype.kind == "M" else c for name, c in table.items()}
    target = str(path).replace("'", "''")
    with duckdb.connect(config={"threads": 1}) as database:
        database.register("data", data)
        try:
            database.execute(
                f"COPY (SELECT {columns} FROM data) TO '{target}' "
                f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{label: '{LABEL}'}})"
            )
        except duckdb.IOException as error:
            raise OSError(str(error)) from error


def publish(
    folder: Path, files: Mapping[str, Writer], about: manifest.Manifest, overwrite: bool = False
) -> manifest.Manifest:
    """Write the files into a hidden folder beside `folder`, the manifest last, and give it its name in one step.

    Whoever sees the folder sees all of it. What was there before is replaced only if `overwrite` is true.
    Raises ChipgateError.
    """
    refuse_existing(folder, overwrite)
    place = Path(os.path.realpath(folder))  # a link stays a link
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=f".{place.name[:50]}-", dir=place.parent))
    except OSError as error:
        raise ChipgateError(f"cannot write in '{folder.parent}': {_reason(error)}") from error
    try:
        sums = {}
        for name, write in files.items():
            write(hidden / name)
            sums[name] = manifest.fingerprint(hidden / name)
        whole = about.model_copy(update={"files": sums})
        (hidden / manifest.FILE).write_text(whole.to_json(), encoding="utf-8")
        for path in hidden.iterdir():
            _to_disk(path)
        hidden.chmod(0o755)
        _give_name(hidden, place, overwrite)
    except OSError as error:
        raise ChipgateError(f"cannot write '{folder}': {_reason(error)}; nothing was kept") from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return whole


def _give_name(hidden: Path, folder: Path, overwrite: bool) -> None:
    """Rename; an older folder of the same name steps aside first and comes back if that fails."""
    aside = hidden.with_name(f"{hidden.name}.old")
    try:
        if overwrite and folder.exists():
            folder.rename(aside)
        hidden.rename(folder)  # fails where a folder with anything in it has appeared meanwhile
    except BaseException:  # also Ctrl-C, for at this moment the older folder has another name
        if aside.exists() and not folder.exists():
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
    _to_disk(folder.parent)


def _to_disk(path: Path) -> None:
    if sys.platform == "win32":
        return  # no handle on a folder there, and files are flushed on close
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
