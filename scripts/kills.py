"""Random kills, each followed by the same command: what stays is whole, and the last bytes are an undisturbed run's.

    python scripts/kills.py [--kills 30] [--seed 1] [--strict]
    python scripts/kills.py --equality

A run and a comparison are ended at a random moment, counted in their processor time, under each way to start worker
processes: killed, asked to end, stopped, or out of room on a disk. Then no process of theirs may be left, nothing
unfinished may count as a result, the store must be whole, and the same command must come to the same bytes without
computing again what is kept. With --equality nobody is killed: the same bytes are asked of any number of workers, any
store and each interpreter at hand. One line tells each; the exit status is 1 where anything failed. For Linux.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

import sim
from sim.base.wording import listed
from sim.exhibits.table import aligned

ROOT = Path(sim.__file__).resolve().parents[1]
SHORT = ["--set", "window.end=2024-01-01"]
COMMANDS = {
    "data only": ["run", "baseline", "-n", "80", *SHORT, "--no-pictures"],
    "run": ["run", "baseline", "-n", "40", *SHORT, "--pictures", "svg"],
    "compare": ["compare", "baseline", "hbm-crunch", "-n", "20", *SHORT, "--pictures", "svg"],
}
PLACE = ["--out", "results/x", "--overwrite"]
OLDER = ["run", "baseline", "-n", "4", "--seed", "2", *SHORT, "--no-pictures", "--workers", "1"]
METHODS = "fork", "spawn", "forkserver"
STRICT = {"KILL": 1.0, "others": 2.0}
"""Seconds within which nothing is left, after `kill -9` and after the others."""
PATIENCE = 240
"""Seconds after which a command counts as hung."""

# The command line under a way to start processes. Spawned workers import this file again, as they do any program's.
DRIVER = """
import multiprocessing, sys

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv.pop(1))
    from sim.__main__ import chipgate

    chipgate()
"""


# --- A command and its processes ---


@dataclass(frozen=True)
class Process:
    """One process as /proc tells of it."""

    pid: int
    parent: int
    ended: bool
    """Nothing of it is left but its place in the parent's list."""
    seconds: float
    """Of processor time, with its children's that have ended."""
    words: str
    """Its command line."""


def processes(session: int) -> Iterator[Process]:
    """Those of a session; a process that is no command's has another."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            about = text_of(f"/proc/{name}/stat").rpartition(")")[2].split()
            if int(about[3]) == session:
                seconds = sum(map(int, about[11:15])) / os.sysconf("SC_CLK_TCK")
                words = text_of(f"/proc/{name}/cmdline").replace("\0", " ")
                yield Process(int(name), int(about[1]), about[0] in "ZX", seconds, words)


def text_of(path: str) -> str:
    """What a file of the system says, read as fast as can be."""
    with open(path, errors="replace") as file:
        return file.read()


@dataclass
class Running:
    """A command at work, the leader of a session of its own."""

    child: subprocess.Popen[bytes]
    folder: Path
    errors: Path
    """Its stderr."""

    @property
    def alive(self) -> list[Process]:
        """Its processes."""
        self.child.poll()
        return [process for process in processes(self.child.pid) if not process.ended]

    @property
    def workers(self) -> list[int]:
        """Its worker processes: neither itself nor what helps the library to start them."""
        own = self.child.pid
        return [
            one.pid
            for one in self.alive
            if one.pid != own
            and "resource_tracker" not in one.words
            and not (one.parent == own and "forkserver" in one.words)
        ]

    @property
    def seconds(self) -> float:
        """Of processor time until now."""
        return sum(process.seconds for process in processes(self.child.pid))

    @property
    def writing(self) -> bool:
        """Whether its results are on their way, and so its pictures."""
        return any(path.name.startswith(".") for path in (self.folder / "results").iterdir())

    def until(self, reached: Callable[[], bool], patience: float = PATIENCE) -> bool:
        """Wait for something; whether it came before the command's end."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.child.poll() is not None:
                return False
            if reached():
                return True
            time.sleep(0.03)
        return False

    def ended(self, patience: float = PATIENCE) -> float:
        """Seconds until none of its processes is left; what is left then is killed."""
        began = time.monotonic()
        took = 0.0
        while self.alive and took < patience:
            time.sleep(0.01 if took < 1 else 0.1)
            took = time.monotonic() - began
        for process in self.alive:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        self.child.wait()
        return took

    @property
    def said(self) -> str:
        """What it wrote on stderr."""
        return self.errors.read_text(errors="replace")


BEGUN: list[Running] = []


def begin(
    folder: Path, command: Sequence[str], method: str = "fork", largest: int | None = None, nohup: bool = False
) -> Running:
    """Start a command in a folder that has its results, its store and its temporary files; perhaps with a limit to the
    size of a file, or deaf to SIGHUP."""
    for name in ("results", "store", "temp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    driver = folder.parent / "driver.py"
    driver.write_text(DRIVER)

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's job in the background would ignore it
        signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)
        if largest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    errors = folder / f"stderr-{len(list(folder.glob('stderr-*')))}"
    with (folder / "stdout").open("wb") as out, errors.open("wb") as err:
        child = subprocess.Popen(
            [sys.executable, str(driver), method, *command],
            cwd=folder,
            env=surroundings(folder),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            preexec_fn=prepare,
        )
    BEGUN.append(Running(child, folder, errors))
    return BEGUN[-1]


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of a command."""
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "CHIPGATE_STORE": str(folder / "store"),
        "TMPDIR": str(folder / "temp"),
    }


def final(folder: Path) -> dict[str, bytes]:
    """The files of a results folder by name, without what tells when and by which command it was made; none where it
    is not there."""
    files = {path.name: path.read_bytes() for path in folder.glob("*")} if folder.is_dir() else {}
    if about := files.get("manifest.json"):
        told = json.loads(about)
        command = told.pop("command")
        del told["seconds"]
        told["files"].pop("report.html", None)  # the report tells the command
        files["manifest.json"] = json.dumps(told).encode()
        if page := files.get("report.html"):
            files["report.html"] = page.replace(command.encode(), b"")
    return files


def other(found: dict[str, bytes], wanted: dict[str, bytes]) -> list[str]:
    """The names of files that differ."""
    return sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))


@dataclass(frozen=True)
class Reference:
    """What a command comes to, undisturbed."""

    files: dict[str, bytes]
    parts: dict[str, bytes]
    seconds: float
    """Of processor time."""


def parts(folder: Path) -> dict[str, bytes]:
    """The parts of a store, by place."""
    store = folder / "store"
    return {str(path.relative_to(store)): path.read_bytes() for path in store.glob("*/*/*.part")}


def undisturbed(folder: Path, command: Sequence[str], method: str = "fork") -> Reference:
    """Run a command to its end. Raises SystemExit where it fails."""
    running = begin(folder, command, method)
    seconds = 0.0
    while running.child.poll() is None:
        seconds = max(seconds, running.seconds)
        time.sleep(0.2)
    if running.child.returncode:
        raise SystemExit(f"undisturbed, 'chipgate {' '.join(command)}' failed:\n{running.said}")
    return Reference(final(folder / "results" / "x"), parts(folder), seconds)


# --- Disks that are full ---


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[bool]:
    """A disk of so many bytes in the place of a folder; false where this user may make none."""
    libc = ctypes.CDLL(None, use_errno=True)
    place.mkdir(parents=True, exist_ok=True)
    where = os.fsencode(place)
    mounted = not libc.mount(b"tmpfs", where, b"tmpfs", 0, f"size={size // 4096 * 4096}".encode())
    try:
        yield mounted
    finally:
        if mounted:
            libc.umount2(where, 2)  # detached even if somebody still has a file open


def enlarge(place: Path) -> None:
    """Give such a disk room."""
    ctypes.CDLL(None, use_errno=True).mount(b"tmpfs", os.fsencode(place), b"tmpfs", 32, b"size=64m")  # MS_REMOUNT


# --- The kills ---


@dataclass
class Kill:
    """One disturbance, and what came of it."""

    what: str
    command: str
    method: str
    moment: float
    """As a share of the undisturbed command's processor time."""
    warm: bool
    """Whether a part of the store is there before."""
    older: bool
    """Whether a results folder is there already."""
    at: str = "-"
    """What the command was doing."""
    took: float | None = None
    """Seconds until none of its processes was left; None where it was to go on."""
    status: int | None = None
    kept: int = 0
    wanted: int = 0
    faults: list[str] = field(default_factory=list)

    def expect(self, holds: object, fault: str) -> None:
        """Note what is wrong."""
        if not holds:
            self.faults.append(fault)


def signals(*numbers: signal.Signals, whole_group: bool = False) -> Callable[[Running], None]:
    """Send the command signals, one right after the other; as a terminal does, perhaps, which tells all processes."""

    def send(running: Running) -> None:
        for number in numbers:
            with suppress(ProcessLookupError):
                (os.killpg if whole_group else os.kill)(running.child.pid, number)
            time.sleep(0.03 if len(numbers) > 1 else 0)

    return send


def kill_worker(running: Running) -> None:
    """Kill one worker."""
    with suppress(ProcessLookupError):
        os.kill(random.choice(running.workers), signal.SIGKILL)


def stop_and_go_on(running: Running) -> None:
    """Stop all, wait, and let all go on, as a shell's `fg` does."""
    os.killpg(running.child.pid, signal.SIGSTOP)
    time.sleep(0.3)
    os.killpg(running.child.pid, signal.SIGCONT)


def with_stopped_worker(number: signal.Signals) -> Callable[[Running], None]:
    """End the command while one of its workers is stopped. A killed parent cannot wake it; a shell does."""

    def send(running: Running) -> None:
        worker = random.choice(running.workers)
        os.kill(worker, signal.SIGSTOP)
        os.kill(running.child.pid, number)
        if number == signal.SIGKILL:
            time.sleep(0.1)
            os.kill(worker, signal.SIGCONT)

    return send


KILL, TERM, HUP, INT = signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT
KILLS: dict[str, Callable[[Running], None]] = {
    "KILL parent": signals(KILL),
    "TERM parent": signals(TERM),
    "KILL worker": kill_worker,
    "INT parent": signals(INT),
    "KILL picture worker": kill_worker,
    "HUP parent": signals(HUP),
    "KILL parent, writing": signals(KILL),
    "INT all": signals(INT, whole_group=True),
    "TERM parent, writing": signals(TERM),
    "INT twice": signals(INT, INT, whole_group=True),
    "TERM after INT": signals(INT, TERM),
    "STOP all, CONT": stop_and_go_on,
    "HUP all, nohup": signals(HUP, whole_group=True),
    "STOP worker, KILL parent": with_stopped_worker(KILL),
    "STOP worker, TERM parent": with_stopped_worker(TERM),
}
FULL = {"full disk: store": "store", "full disk: results": "results"}
GOES_ON = {"KILL worker", "KILL picture worker", "STOP all, CONT", "HUP all, nohup"}
"""After these a command comes to its end by itself."""
WITH_WORKERS = {what for what in KILLS if "worker" in what}
WRITING = {what for what in KILLS if "writing" in what or "picture" in what}


def disturb(kill: Kill, folder: Path, command: Sequence[str], reference: Reference, limits: dict[str, float]) -> None:
    """Start the command, kill it and look at what is left."""
    if place := FULL.get(kill.what):
        used = sum(map(len, (reference.parts if place == "store" else reference.files).values()))
        with small_disk(folder / place, size := max(8192, int(used * kill.moment))) as mounted:
            running = begin(folder, command, kill.method, None if mounted else size // 4)
            kill.at = f"{size // 1000} kB" + ("" if mounted else ", a file of a quarter")
            running.ended()
            afterwards(kill, running, reference)
            if mounted:
                enlarge(folder / place)
            again(kill, folder, command, reference)
        return
    running = begin(folder, command, kill.method, nohup="nohup" in kill.what)
    running.until(lambda: running.seconds >= kill.moment * reference.seconds)
    if kill.what in WRITING:
        running.until(lambda: running.writing)
        time.sleep(0.7 * kill.moment)
    if kill.what in WITH_WORKERS:
        running.until(lambda: bool(running.workers))
    alive = running.alive
    if kill.what in WITH_WORKERS and not running.workers:
        kill.at = "over"  # no workers came any more
    else:
        kill.at = "over" if not alive else "writing" if running.writing else "computing" if parts(folder) else "early"
        with suppress(ProcessLookupError, IndexError):
            KILLS[kill.what](running)
    took = running.ended()
    if kill.at != "over" and kill.what not in GOES_ON:
        kill.took = took
        limit = limits["KILL" if "KILL parent" in kill.what else "others"]
        kill.expect(took <= limit, f"processes were left after {limit:g} s")
    kill.expect(took < PATIENCE, "it hung")
    afterwards(kill, running, reference)
    again(kill, folder, command, reference)


def afterwards(kill: Kill, running: Running, reference: Reference) -> None:
    """What must hold when a command has ended, however it did."""
    folder, kill.status = running.folder, running.child.returncode
    for words in ("Traceback", "Exception ignored", "Exception in thread"):
        kill.expect(words not in running.said, f"stderr has '{words}'")
    if "KILL parent" not in kill.what:
        hidden = [path for path in folder.rglob("*") if path.name.startswith(".")]
        kill.expect(not hidden, f"hidden: {listed(sorted({path.name for path in hidden}))}")
        kill.expect(not any((folder / "temp").iterdir()), "the temporary folder is not empty")
    counted = {row for pattern in ("*", "**") for row in count(folder / "results" / pattern / "outcomes.parquet")}
    kill.expect(counted <= {str(folder / "results/x/outcomes.parquet")}, f"counted: {listed(sorted(counted))}")
    place = folder / "results" / "x"
    there = final(place)
    whole = not other(there, reference.files)
    before = kill.older and not other(there, final(folder.parent / "older/results/x"))
    nothing = not (place.exists() or kill.older)
    data_only = fits_manifest(place) and set(other(there, reference.files)) <= missing(there, reference.files)
    kill.expect(whole or before or nothing or data_only, "the results folder is neither old nor new")
    if kill.what in GOES_ON:
        kill.expect(kill.status == 0 and whole, f"it did not go on: {running.said.strip()[-100:]}")
    elif kill.status == 0:
        kill.expect(whole, "it says that all is well, and the bytes are others")
    checked = subprocess.run(
        [sys.executable, "-m", "sim", "store", "verify"], env=surroundings(folder), capture_output=True, text=True
    )
    kill.expect(checked.returncode == 0, f"store verify: {checked.stdout.strip() or checked.stderr.strip()[-80:]}")


def fits_manifest(place: Path) -> bool:
    """Whether a results folder has all that its manifest names, as it names it, and nothing else."""
    try:
        sums: dict[str, str] = json.loads((place / "manifest.json").read_text())["files"]
    except (OSError, ValueError):
        return False
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.iterdir()}
    return {name: found[name] for name in found if name != "manifest.json"} == sums


def missing(there: dict[str, bytes], wanted: dict[str, bytes]) -> set[str]:
    """What a folder lacks that has its data and no pictures and report yet; and the manifest, which tells no more."""
    return {"manifest.json", *(wanted.keys() - there.keys())} if "summary.csv" in there else set()


def count(pattern: Path) -> list[str]:
    """The files that a question about all results would read."""
    rows: list[tuple[str]] = duckdb.execute("select file from glob(?)", [str(pattern)]).fetchall()
    return [name for (name,) in rows]


def again(kill: Kill, folder: Path, command: Sequence[str], reference: Reference) -> None:
    """The same command comes to the same bytes, and computes what was missing."""
    store = folder / "store"
    before = {path: path.stat().st_ino for path in store.glob("*/*/*.part")}
    kill.kept, kill.wanted = len(before), len(reference.parts)
    running = begin(folder, command, kill.method)
    kill.expect(running.ended() < PATIENCE, "given again, it hung")
    kill.expect(running.child.returncode == 0, f"given again: status {running.child.returncode}")
    kill.expect(not running.said.strip(), f"given again, it said: {running.said.strip()[-80:]}")
    if differ := other(final(folder / "results" / "x"), reference.files):
        kill.expect(False, f"given again, {listed(differ)} differ")
    kept = {path for path, number in before.items() if path.exists() and path.stat().st_ino == number}
    kill.expect(len(kept) == len(before), f"{len(before) - len(kept)} parts that were kept were computed again")
    kill.expect(parts(folder) == reference.parts, "the store has other parts than an undisturbed run's")


def killed(many: int, seed: int, limits: dict[str, float], place: Path) -> Iterator[Kill]:
    """The kills, one after the other, each told as it is done."""
    luck = random.Random(seed)
    random.seed(seed)
    undisturbed(place / "older", [*OLDER, *PLACE])
    known: dict[str, Reference] = {}
    kinds = [*KILLS, *FULL]
    for number in range(many):
        kill = Kill(
            kinds[number % len(kinds)],
            luck.choice(
                [name for name in COMMANDS if name != "data only" or kinds[number % len(kinds)] not in WRITING]
            ),
            METHODS[(number + number // len(kinds)) % len(METHODS)],
            luck.uniform(0.02, 0.95),
            luck.random() < 0.25,
            luck.random() < 0.5,
        )
        command, folder = [*COMMANDS[kill.command], *PLACE, "--workers", "2"], place / f"{number}"
        if kill.what in FULL:
            kill.warm = False
        if not (reference := known.get(kill.command)):
            reference = known[kill.command] = undisturbed(place / kill.command.replace(" ", "-"), command)
        if kill.warm:
            for name, data in reference.parts.items():
                if luck.random() < 0.5:
                    path = folder / "store" / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
        if kill.older and FULL.get(kill.what) != "results":
            shutil.copytree(place / "older/results", folder / "results")
        else:
            kill.older = False
        disturb(kill, folder, command, reference, limits)
        print(line(number, kill), file=sys.stderr, flush=True)
        if not kill.faults:
            shutil.rmtree(folder)
        yield kill


def line(number: int, kill: Kill) -> str:
    """One kill while the others are still to come."""
    return f"{number + 1:3}  {kill.what}, {kill.command}, {kill.method}: {'; '.join(kill.faults) or 'well'}"


def told_kills(done: Sequence[Kill]) -> str:
    """The table."""
    rows = [
        [
            str(number),
            kill.what,
            kill.command,
            kill.method,
            f"{kill.moment:.0%}",
            kill.at,
            "yes" if kill.older else "",
            "-" if kill.took is None else f"{kill.took:.2f}",
            str(kill.status),
            f"{kill.kept} of {kill.wanted}",
            "; ".join(kill.faults) or "well",
        ]
        for number, kill in enumerate(done, 1)
    ]
    heads = ["", "kill", "command", "start", "moment", "while", "older", "ended in s", "status", "kept", "afterwards"]
    took = defaultdict(list)
    for kill in done:
        if kill.took is not None:
            took["kill -9" if "KILL parent" in kill.what else "TERM, HUP, INT"].append(kill.took)
    spread = [
        f"After {name} nothing was left in {statistics.median(found):.2f} s (median), {max(found):.2f} s (longest) of "
        f"{len(found)}."
        for name, found in took.items()
    ]
    failed = sum(bool(kill.faults) for kill in done)
    end = f"{len(done) - failed} of {len(done)} kills left all well."
    return "\n\n".join([aligned(heads, rows, right=(0, 4, 7, 8)), "\n".join([*spread, end])])


# --- Equal bytes ---


def equal(place: Path) -> tuple[str, bool]:
    """The same run by any number of workers, any store, each interpreter at hand: a table, and whether all is well."""
    base = [*COMMANDS["run"], *PLACE]
    wanted = undisturbed(place / "reference", [*base, "--workers", "1", "--no-store"])
    rows, well = [["1 worker, no store", "the reference"]], True

    def ask(what: str, method: str, more: Sequence[str], some: int = 0) -> None:
        nonlocal well
        folder = place / f"{len(rows)}"
        if some:
            shutil.copytree(place / "1/store", folder / "store")
            for path in sorted((folder / "store").glob("*/*/*.part"))[some:]:
                path.unlink()
        found = undisturbed(folder, [*base, *more], method)
        differ = other(found.files, wanted.files)
        rows.append([f"{what}, {method}", f"{listed(differ)} differ" if differ else "same bytes"])
        well = well and not differ

    ask("1 worker, cold store", "fork", ["--workers", "1"])
    for method in METHODS:
        ask("2 workers, cold store", method, ["--workers", "2"])
    ask("2 workers, no store", "fork", ["--workers", "2", "--no-store"])
    ask("4 workers, cold store", "fork", ["--workers", "4"])
    ask("2 workers, warm store", "fork", ["--workers", "2"], some=1000)
    ask("4 workers, half of the store", "spawn", ["--workers", "4"], some=3)
    told, right = interpreters(place)
    return aligned(["", "against the reference"], [*rows, *told]), well and right


def interpreters(place: Path) -> tuple[list[list[str]], bool]:
    """The values of a run by each interpreter at hand against this one's."""
    rows, well, values = list[list[str]](), True, None
    for version in ("this", "3.11", "3.12", "3.13", "3.14"):
        if version == "this":
            python: Path | None = Path(sys.executable)
        elif version == f"{sys.version_info.major}.{sys.version_info.minor}":
            continue
        else:
            python = with_libraries(version)
        name = f"Python {version}" if version != "this" else f"Python {sys.version.split()[0]}"
        if python is None:
            rows.append([name, "not at hand"])
            continue
        folder = place / f"python-{version}"
        (folder / "store").mkdir(parents=True)
        command = ["run", "baseline", "-n", "20", "--no-pictures", "--no-store", "--out", "results/x"]
        done = subprocess.run(
            [str(python), "-m", "sim", *command], cwd=folder, env=surroundings(folder), capture_output=True, text=True
        )
        if done.returncode:
            rows.append([name, f"failed: {done.stderr.strip()[-100:]}"])
            well = False
            continue
        found = duckdb.read_parquet(str(folder / "results/x/outcomes.parquet")).fetchall()
        libraries = json.loads((folder / "results/x/manifest.json").read_text())["versions"]
        name += f", numpy {libraries['numpy']}"
        if values is None:
            values = found
            rows.append([name, f"{len(found):,} values of {20} replications"])
            continue
        differ = sum(one != another for one, another in zip(found, values, strict=True))
        well = well and not differ
        rows.append([name, f"{differ:,} values differ" if differ else "all values equal"])
    return rows, well


def with_libraries(version: str) -> Path | None:
    """An interpreter with this project's libraries, in an environment that is kept in `build`; None where the version
    is not at hand, or the libraries cannot be had."""
    pyenv = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python"))
    if not (python := shutil.which(f"python{version}", path=os.defpath) or (str(pyenv[-1]) if pyenv else None)):
        return None
    folder = ROOT / "build" / "kills" / version
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    try:
        if not folder.exists():
            subprocess.run([python, "-m", "venv", folder], check=True, capture_output=True)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *project["dependencies"]], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return folder / "bin/python"


def main(args: Sequence[str] | None = None) -> int:
    """Kill, or compare, and tell; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=30, help="how many (30)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (1)")
    parser.add_argument("--within", type=float, default=10, help="seconds in which all processes must be gone (10)")
    parser.add_argument("--strict", action="store_true", help="1 s after kill -9 and 2 s otherwise: a quiet machine")
    parser.add_argument("--equality", action="store_true", help="kill nobody, and compare bytes")
    given = parser.parse_args(args)
    limits = STRICT if given.strict else dict.fromkeys(STRICT, given.within)
    for number in (signal.SIGINT, signal.SIGTERM):  # also in the background of a shell
        signal.signal(number, signal.default_int_handler)
    place = Path(tempfile.mkdtemp(prefix="chipgate-kills-"))
    print(f"seed {given.seed}, in {place}, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}", flush=True)
    if given.equality:
        table, well = equal(place)
    else:
        done = list[Kill]()
        try:
            done.extend(killed(given.kills, given.seed, limits, place))
        except KeyboardInterrupt:  # what is done is told
            for running in BEGUN[-1:]:
                running.ended(patience=0)
        table, well = told_kills(done), len(done) == given.kills and not any(kill.faults for kill in done)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\n{table}\n\n{used.ru_utime + used.ru_stime + time.process_time():.0f} s of processor time")
    if well:
        shutil.rmtree(place)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
