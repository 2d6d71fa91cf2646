"""A results folder: everything about a run or a comparison, published whole or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import os
import platform
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from sim.base.atomic import NewFolder, reason, restore, sweep, whole_folder
from sim.base.errors import ChipgateError, ChipgateWarning
from sim.base.places import PACKAGE, scenario_folder
from sim.base.yaml_tree import printable
from sim.exhibits.page import page_markdown
from sim.exhibits.records import csv_text, json_text
from sim.experiment.comparison import Comparison
from sim.experiment.run import Run
from sim.folder import manifest
from sim.folder.drawing import Subject, pictures_of
from sim.folder.parquet import write_parquet
from sim.folder.worlds import SAMPLED, WORLDS, write_sample
from sim.scenario.show import resolved_yaml, scenario_hash
from sim.studies.comparing import comparison_page, comparison_record, difference_records
from sim.studies.summary import summary_records
from sim.studies.worlds import world_records

M = TypeVar("M", bound=manifest.Made)
Writer = Callable[[Path], object]
Tell = Callable[[str], object]
PageOf = Callable[[Subject, manifest.Manifest, Mapping[str, bytes]], str]
"""Makes a report from the results, their manifest, and the SVG pictures by name."""

Keep = Literal["all", "summary"]
"""Of each replication's series all, or their mean and quantiles by week."""

LIBRARIES = ("simpy", "numpy", "matplotlib", "duckdb", "click", "PyYAML")
IN_FOLDER = ("svg", "png")  # formats of each picture in a results folder, where nothing else is asked for
REPORT = "report.html"
SUMMARY = "series-summary.parquet"
LONGEST_NAME = 60  # of a comparison's folder, before it is told in short


def comparison_name(names: Iterable[str]) -> str:
    """A comparison's folder, after its scenarios, the base first: `baseline-vs-h20-stays`; many others are counted."""
    base, *others = names
    whole = f"{base}-vs-{'-'.join(others)}"
    return whole if len(whole) <= LONGEST_NAME else f"{base}-vs-{len(others)}-others"


def free_folder(scenario: str, results: Path = Path("results")) -> Path:
    """A folder for a run of that scenario that does not exist yet: results/baseline, results/baseline-2, ..."""
    sweep(results)
    number = 1
    while (folder := results / (scenario if number == 1 else f"{scenario}-{number}")).exists():
        number += 1
    return folder


def refuse_existing(folder: Path, overwrite: bool) -> None:
    """Refuse a place where something is already, or nothing can be, before any work is done. Raises ChipgateError."""
    try:
        str(folder).encode()
        restore(folder)
        if not Path(os.path.realpath(folder)).name:
            raise ChipgateError(f"'{folder}' is the top of all folders; name a folder in it")
        above = next(parent for parent in folder.absolute().parents if parent.exists())
        if not above.is_dir():
            raise ChipgateError(f"'{above}' is a file, so there can be no folder '{folder}' in it")
        if not folder.exists():
            if not os.access(above, os.W_OK | os.X_OK):
                raise ChipgateError(f"you may not write in '{above}'; name another folder")
        elif not folder.is_dir():
            raise ChipgateError(f"'{folder}' is a file; name a folder that does not exist yet")
        elif overwrite and folder.samefile("."):
            raise ChipgateError(f"'{folder}' is the folder that you are in, and cannot be replaced; go to another")
        elif not overwrite:
            raise ChipgateError(f"'{folder}' exists already; name another folder, or add --overwrite to replace it")
        elif strangers := _strangers(folder):
            told = ", ".join(strangers[:3]) + (", ..." if len(strangers) > 3 else "")
            raise ChipgateError(f"'{folder}' holds what is not part of a run ({told}); it is not replaced")
    except (OSError, UnicodeError) as error:
        name = ascii(str(folder)) if isinstance(error, UnicodeError) else f"'{folder}'"
        raise ChipgateError(f"cannot write in {name}: {reason(error)}; name another folder") from error


def _strangers(folder: Path) -> list[str]:
    """What a folder holds beside the files that its manifest names; all where that is not ours."""
    try:
        ours = {manifest.FILE, *manifest.manifest_of(folder).files}
    except ChipgateError:
        ours = set()
    return sorted(
        path.name
        for path in folder.iterdir()
        if (path.name not in ours or path.is_dir()) and not (path.name in LITTER or path.name.startswith("._"))
    )


# What a desktop puts into every folder that somebody looks at, and makes again: to lose it is no loss.
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini", ".directory")


@dataclass(frozen=True)
class Published(Generic[M]):
    """A results folder as it was written."""

    folder: Path
    manifest: M


def publish_results(
    subject: Subject,
    folder: Path | str,
    command: str,
    duration: float,
    overwrite: bool = False,
    *,
    page_of: PageOf,
    formats: Sequence[str] = IN_FOLDER,
    tell: Tell = lambda _: None,
    workers: int | None = None,
    keep: Keep = "all",
) -> Published[manifest.Manifest]:
    """Write the folder of a run or a comparison: first with its data, then again with pictures and report, so that the
    data are safe whatever becomes of those, and whoever sees the folder sees a whole one.

    `duration` is of all its runs, in seconds; `page_of` makes the report of it, see `sim.report.page.report_html`;
    `keep` says what of the series; without `formats` of pictures none are drawn, for the report neither. `tell` is
    given each step's name as it begins; so many workers draw pictures while the data are written. For more see
    `publish`. Raises ChipgateError; a ChipgateWarning tells where the data are if only they could be written.
    """
    with pictures_of(subject, ["svg", *formats] if formats else [], workers) as drawn:
        kinds = list(dict.fromkeys(Path(name).stem for name in drawn))

        def picture(name: str, path: Path) -> None:
            kind = Path(name).stem
            tell(f"Drawing pictures: {kind} ({kinds.index(kind) + 1} of {len(kinds)})")
            write_bytes(drawn[name](), path)

        def report(written: manifest.Manifest) -> str:
            tell("Writing the report")
            in_report = {Path(name).stem: draw() for name, draw in drawn.items() if name.endswith(".svg")}
            return page_of(subject, written, in_report)

        tell("Writing the data")
        data = data_files(subject, keep)
        done = publish(folder, data, described(subject, command, duration, keep), overwrite)
        try:
            kept = {name: partial(picture, name) for name in drawn if name.endswith(tuple(formats))}
            return _completed(done, data, kept, report)
        except BaseException:  # also Ctrl-C
            warnings.warn(
                f"'{done.folder}' holds all data, but no report and no pictures: give the same command again, with "
                f"--out {done.folder} --overwrite, or draw single ones with 'chipgate plot {done.folder}'",
                ChipgateWarning,
                stacklevel=2,
            )
            raise


def described(subject: Subject, command: str, duration: float, keep: Keep = "all") -> manifest.Manifest:
    """The manifest of a run or a comparison, without its files."""
    runs = runs_of(subject)
    return manifest.Manifest(
        kind="run" if isinstance(subject, Run) else "comparison",
        scenarios={run.scenario.name: scenario_hash(run.scenario) for run in runs},
        settings={run.scenario.name: list(run.sourced.settings) for run in runs if run.sourced.settings},
        seed=runs[0].seed,
        replications=len(runs[0]),
        precision=None if isinstance(subject, Run) else _rule(subject),
        looks=list(subject.looks.at) if isinstance(subject, Comparison) and subject.looks else [],
        sampled=None if isinstance(subject, Run) else _sampled(subject),
        keep=keep,
        **made(command, duration),
    )


def made(command: str, duration: float) -> dict[str, Any]:
    """What the manifest of any results folder says: the command, its seconds, and with what it was done."""
    return {
        "command": printable(command),
        "seconds": round(duration, 2),
        "versions": versions(),
        "code": code_fingerprint(),
        "interpreter": f"{platform.python_implementation()} {platform.python_version()}",
        # What can change a number's last digits: the processor's kind and the library of mathematics, no more.
        "platform": " ".join(filter(None, [platform.system(), platform.machine(), *platform.libc_ver()])),
    }


def _rule(comparison: Comparison) -> manifest.Precision | None:
    """How the number of replications was found, None where it was given."""
    found = comparison.precision
    if found is None:
        return None
    return manifest.Precision(wanted=found.wanted, outcomes=list(map(str, found.outcomes)), cap=found.cap)


def _sampled(comparison: Comparison) -> manifest.Sampled | None:
    """Which worlds a comparison has, None where it has none."""
    found = comparison.worlds
    if found is None:
        return None
    return manifest.Sampled(worlds=len(found), replications=found.replications, vary="low" if found.low_only else "all")


def runs_of(subject: Subject) -> list[Run]:
    """A run itself, or those of a comparison, the base first."""
    return [subject] if isinstance(subject, Run) else subject.runs


def data_files(subject: Subject, keep: Keep = "all") -> dict[str, Writer]:
    """How each file of data is written, by name: the same bytes for the same scenarios, seed and replications."""
    runs = runs_of(subject)
    scenarios = manifest.scenario_files([run.scenario.name for run in runs])
    files: dict[str, Writer] = {
        scenarios[run.scenario.name]: partial(_write_text, partial(resolved_yaml, run.sourced)) for run in runs
    }
    files["outcomes.parquet"] = lambda path: write_parquet(path, (run.outcome_columns() for run in runs))
    if keep == "all":
        files["series.parquet"] = lambda path: write_parquet(path, (run.series_columns() for run in runs))
    else:
        files[SUMMARY] = lambda path: write_parquet(path, (run.series_summary_columns() for run in runs))
    files["summary.csv"] = partial(_write_text, lambda: csv_text(row for run in runs for row in summary_records(run)))
    if isinstance(subject, Comparison):
        files["differences.csv"] = partial(_write_text, lambda: csv_text(difference_records(subject)))
        files["differences.json"] = partial(_write_text, lambda: json_text(comparison_record(subject)))
        files["differences.md"] = partial(_write_text, lambda: page_markdown(comparison_page(subject, every=True)))
        if worlds := subject.worlds:
            files[WORLDS] = partial(_write_text, lambda: csv_text(world_records(subject)))
            files[SAMPLED] = lambda path: write_sample(path, worlds.sample)
    return files


def write_bytes(data: bytes, path: Path) -> None:
    path.write_bytes(data)


def _write_text(text: Callable[[], str], path: Path) -> None:
    """The same bytes on every system, whatever its ends of lines."""
    path.write_bytes(text().encode())


def versions() -> dict[str, str]:
    """Versions of this program and of the libraries that its results depend on."""
    from sim.base.version import __version__

    return {"chipgate": __version__, **{name: importlib.metadata.version(name) for name in LIBRARIES}}


@cache
def code_fingerprint() -> str:
    """The sha256 of the program's own files and of the articles' figures: it changes with every change of the model.

    Once for each process, which goes on with the code that it began with.
    """
    files = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    files["figures.yaml"] = scenario_folder() / "figures.yaml"
    lines = [f"{name} {manifest.fingerprint(path)}" for name, path in sorted(files.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def publish(folder: Path | str, files: Mapping[str, Writer], about: M, overwrite: bool = False) -> Published[M]:
    """Write the files into a hidden folder beside `folder`, the manifest last, and give it its name in one step.

    Whoever sees the folder sees all of it. A name instead of a folder's path takes the first free folder of that name
    below `results`, also where another program takes one at the same time. What was there before is replaced only if
    `overwrite` is true. Raises ChipgateError.
    """
    counted = partial(free_folder, folder) if isinstance(folder, str) else None
    place = counted() if counted else Path(folder)
    refuse_existing(place, overwrite)
    with whole_folder(place, overwrite, counted) as new:
        whole = _with_manifest(new, about, {name: _written(new, name, write) for name, write in files.items()})
    return Published(new.folder, whole)


def _completed(
    done: Published[manifest.Manifest],
    files: Mapping[str, Writer],
    more: Mapping[str, Writer],
    report: Callable[[manifest.Manifest], str],
) -> Published[manifest.Manifest]:
    """Replace a folder by one that has its files, more of them and a report, which is given the manifest with all files
    but its own."""
    with whole_folder(done.folder, overwrite=True) as new:
        sums = {name: _linked(new, name, done, write) for name, write in files.items()}
        sums |= {name: _written(new, name, write) for name, write in more.items()}
        page = report(dataclasses.replace(done.manifest, files=dict(sums)))
        sums[REPORT] = _written(new, REPORT, partial(write_bytes, page.encode()))
        whole = _with_manifest(new, done.manifest, sums)
        refuse_existing(done.folder, overwrite=True)  # somebody may have put a file there meanwhile
    return Published(new.folder, whole)


def _written(new: NewFolder, name: str, write: Writer) -> str:
    """Write a file of a new folder; its sha256."""
    write(new.file(name))
    return manifest.fingerprint(new.file(name))


def _linked(new: NewFolder, name: str, done: Published[manifest.Manifest], write: Writer) -> str:
    """Take over a file that is written already; it is written again where the file system has no such links, and where
    somebody has replaced the folder meanwhile."""
    with suppress(OSError):
        os.link(done.folder / name, new.file(name))
        if manifest.fingerprint(new.file(name)) == done.manifest.files[name]:
            return done.manifest.files[name]
    new.file(name).unlink(missing_ok=True)
    return _written(new, name, write)


def _with_manifest(new: NewFolder, about: M, sums: dict[str, str]) -> M:
    """Write the manifest of a new folder, last of all."""
    whole = dataclasses.replace(about, files=sums)
    write_bytes(whole.to_json().encode(), new.file(manifest.FILE))
    return whole
