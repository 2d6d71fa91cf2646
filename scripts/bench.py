"""How fast a replication is, against commit a29c830 in the same run; and how its time grows with the world's size.

    python scripts/bench.py [--turns 40] [--commands] [--out build/bench.json]

Both trees answer from warm processes of their own, in turns, in seconds of processor time. `--commands` also times
whole commands of both, which takes some minutes. Where a29c830 is out of
reach, its committed figures stand in (`bench_reference.json`, which is the "reference" of a run that had it). It
measures and does not judge: the exit status is 0 whether the aims are met or not.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import json
import math
import multiprocessing
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sim
from sim.base.errors import ChipgateError
from sim.base.version import __version__
from sim.exhibits.table import aligned
from sim.experiment.replication import replicate
from sim.model import run
from sim.model.streams import Streams
from sim.scenario.load import load_shipped
from sim.scenario.parts import Scenario

ROOT = Path(sim.__file__).resolve().parents[1]
REFERENCE = "a29c830b6eda46fafd5ccbb567074c51511c7a4f"
REFERENCE_FILE = Path(__file__).with_name("bench_reference.json")
SEED = 1
AIMS = {"ratio": 0.6, "ratio_stretch": 0.45, "exponent": 1.05}
SIZES = {1: 10, 10: 2, 100: 1}
"""How many times the baseline's demand and supply, and how many replications of each are timed in a round."""
ROUNDS = 5

# What a child imports from its tree, and what it answers: a line of figures for each number of a replication.
THEN = """
import sim.experiment as workers
from sim.experiment import Run
from sim.load import load
from sim.model import run
from sim.replication import replicate
from sim.streams import Streams
columns, parquet = Run.series_table, "sim.results"
"""
NOW = """
from sim.experiment import workers
from sim.experiment.replication import replicate
from sim.experiment.run import Run
from sim.model import run
from sim.model.streams import Streams
from sim.scenario.load import load
columns, parquet = Run.series_columns, "sim.folder.parquet"
"""
ANSWERS = f"""
import gc, json, sys, time
import simpy

gc.disable()  # as `run` does while it works on a replication

def seconds(work):
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start

def ticks(env):
    while True:
        yield env.timeout(1)

def answer(number):
    facts, worlds, bare = [], [], simpy.Environment()
    replication = seconds(lambda: replicate(scenario, {SEED}, number))
    model = seconds(lambda: worlds.append(run(scenario, Streams({SEED}, number), facts.append)))
    events = next(worlds[0].env._eid)
    bare.process(ticks(bare))
    return dict(
        replication=replication,
        model=model,
        bare=seconds(lambda: bare.run(until=events)),
        events=events,
        facts=len(facts),
    )

scenario = load("scenarios/baseline.yaml").scenario
for line in sys.stdin:
    print(json.dumps(answer(int(line))), flush=True)
"""

# The same for a table of 2,000 replications, those of twenty again and again.
TABLE = f"""
import importlib, json, time
from dataclasses import replace
from pathlib import Path

write_parquet = importlib.import_module(parquet).write_parquet
sourced = load("baseline")
few = [replicate(sourced.scenario, {SEED}, number) for number in range(20)]
run = Run(sourced, {SEED}, [replace(few[number % 20], number=number) for number in range(2000)])
wall, processor = time.perf_counter(), time.process_time()
write_parquet(Path("series.parquet").resolve(), [columns(run)])
print(json.dumps(dict(wall=time.perf_counter() - wall, processor=time.process_time() - processor)))
"""

# And what a command does beside its replications, in all its processes, where it gets those of twenty for nothing.
BESIDE = f"""
import atexit, json, os, sys, tempfile
from dataclasses import replace
from sim.cli import main

names = sys.argv[2 : sys.argv.index("--replications")]
few = {{name: [replicate(load(name).scenario, {SEED}, number) for number in range(20)] for name in names}}
workers.replicate = lambda scenario, _, number: replace(few[scenario.name][number % 20], number=number)
os.environ["CHIPGATE_STORE"] = tempfile.mkdtemp(dir=os.getcwd())  # it is empty
before = sum(os.times()[:4])
atexit.register(lambda: print(json.dumps(dict(processor=sum(os.times()[:4]) - before))))
main()
"""

Figures = dict[str, Any]


@dataclass(frozen=True)
class Command:
    """What a person types, and what it should take."""

    name: str
    words: tuple[str, ...] = ()
    program: str = ""  # that takes the words instead of `chipgate` and says its seconds itself
    again: bool = False  # what the store has by now
    share: float | None = None  # of the other tree's seconds, at most
    seconds: float | None = None  # at most


RUN = ("run", "baseline", "--replications", "200")
COMPARE = ("compare", "baseline", "h20-stays", "early-embargo", "tight-border", "software-parity", "hbm-crunch")
COMMANDS = (
    Command("chipgate --help", ("--help",), seconds=0.1),
    Command("run of 200", RUN, share=0.6),
    Command("  beside its replications", RUN, BESIDE, share=0.5),
    Command("  again, from the store", RUN, again=True, seconds=4),
    Command("compare six x 200", COMPARE + RUN[2:], share=0.6),
    Command("  beside its replications", COMPARE + RUN[2:], BESIDE, share=0.5),
    Command("  again, from the store", COMPARE + RUN[2:], again=True, seconds=8),
    Command("Parquet of 2,000 series", program=TABLE, seconds=2.5),
)


@dataclass(frozen=True)
class Turn:
    """One replication of one tree, in seconds of processor time."""

    replication: float
    """Facts, outcomes and series."""
    model: float
    """The facts alone."""
    bare: float
    """A bare SimPy loop of as many events."""
    events: int
    facts: int


# --- Two trees in turns ---


def git(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """What git does and says in this tree, if there is a git and the tree is a clone."""
    # A tree that was unpacked inside another clone is not that clone's.
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(ROOT.parent)}
    command = ["git", "-C", str(ROOT), *map(str, words)]
    try:
        return subprocess.run(command, env=env, capture_output=True, text=True)
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 127, "", "there is no git")


@contextmanager
def worktree(commit: str) -> Iterator[Path | None]:
    """The tree of a commit in a temporary folder; None where history does not reach it. Raises ChipgateError."""
    if git("cat-file", "-e", f"{commit}^{{commit}}").returncode:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="chipgate-bench-") as folder:
        tree = Path(folder).resolve() / "tree"
        try:
            if (done := git("worktree", "add", "--detach", tree, commit)).returncode:
                raise ChipgateError(f"git makes no worktree of {commit[:7]}: {done.stderr.strip()}")
            yield tree
        finally:
            git("worktree", "remove", "--force", tree)


@contextmanager
def answering(tree: Path, imports: str) -> Iterator[Callable[[int], Turn]]:
    """A warm process that runs the tree's baseline, and tells a replication's figures by its number."""
    with subprocess.Popen(
        [sys.executable, "-c", imports + ANSWERS],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for this process, which then ends the child
    ) as child:
        questions, answers = child.stdin, child.stdout
        assert questions
        assert answers

        def ask(number: int) -> Turn:
            with suppress(BrokenPipeError):
                print(number, file=questions, flush=True)
            if line := answers.readline():
                return Turn(**json.loads(line))
            raise ChipgateError(f"the replications of '{tree}' ended with the error above")

        try:
            ask(0)  # to be warm
            yield ask
        finally:
            child.kill()


def alternate(turns: int) -> tuple[list[Turn], list[Turn]]:
    """The turns of this tree and those of a29c830, the first to run changing each time; none of the latter without
    history."""
    mine: list[Turn] = []
    theirs: list[Turn] = []
    with ExitStack() as stack:
        sides = [(mine, stack.enter_context(answering(ROOT, NOW)))]
        if tree := stack.enter_context(worktree(REFERENCE)):
            sides.append((theirs, stack.enter_context(answering(tree, THEN))))
        for number in range(1, turns + 1):
            for side, ask in sides:
                side.append(ask(number))
            sides.reverse()
    return mine, theirs


# --- Whole commands ---


def commands() -> list[Figures]:
    """Each command's seconds in this tree and in a29c830, None where it has no such thing, is out of reach, or misses a
    package that it needs (pydantic)."""
    found = []
    with ExitStack() as stack:
        sides = [("this", ROOT, NOW)]
        if then := stack.enter_context(worktree(REFERENCE)):
            sides.append(("reference", then, THEN))
        places = {}
        for side, tree, _ in list(sides):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="chipgate-bench-"))
            places[side] = Path(folder).resolve()
            try:  # and compile it
                timed(tree, places[side], ["-m", "sim", "run", "baseline", "--replications", "1"])
            except ChipgateError as error:
                if side == "this":
                    raise
                print(f"The commands of {REFERENCE[:7]} are not timed. {error}", file=sys.stderr)
                sides.pop()
        if (method := multiprocessing.get_start_method()) != "fork":
            print(f"What is beside replications is not timed: workers start by {method}, not fork.", file=sys.stderr)
        for command in COMMANDS:
            taken: Figures = {"this": None, "reference": None}
            for side, tree, imports in sides:
                if (command.again and side != "this") or (command.program == BESIDE and method != "fork"):
                    continue
                if not command.again and not command.program:
                    shutil.rmtree(places[side] / "store", ignore_errors=True)  # another command left it
                program = ["-c", imports + command.program] if command.program else ["-m", "sim"]
                printed, taken[side] = timed(tree, places[side], [*program, *command.words])
                if command.program:
                    taken[side] = json.loads(printed.splitlines()[-1])  # below DuckDB's progress
            found.append({"name": command.name, **taken})
    return found


def timed(tree: Path, folder: Path, words: Sequence[str]) -> tuple[str, Figures]:
    """What a program of a tree prints, and its seconds on the wall and of processor time, its workers' too. It works in
    a folder that also has its store and its compiled code. Raises ChipgateError."""
    path = os.pathsep.join(filter(None, [str(tree), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": path, "PYTHONPYCACHEPREFIX": str(folder / "code")}
    env |= {"CHIPGATE_STORE": str(folder / "store"), "PYTHONDONTWRITEBYTECODE": ""}
    wall, before = time.perf_counter(), os.times()
    done = subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True)
    after = os.times()
    if done.returncode:
        raise ChipgateError(f"'{' '.join(words)}' of '{tree}' failed: {done.stderr.strip().rpartition(chr(10))[2]}")
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return done.stdout, {"wall": time.perf_counter() - wall, "processor": processor}


def table_of_commands(found: Figures) -> str:
    """The commands' seconds, and whether they meet their aims."""
    rows = []
    for command, taken in zip(COMMANDS, found["commands"], strict=True):
        this, reference = taken["this"], taken["reference"]
        cells = [f"{side[key]:,.2f}" if side and key in side else "" for side in (reference, this) for key in UNITS]
        told = verdict(this["wall"], command.seconds) if command.seconds else ""
        if this and reference and command.share:
            unit = "wall" if "wall" in this else "processor"
            share = this[unit] / reference[unit]
            told = f"{share:.2f}; {verdict(share, command.share)}"
        rows.append([command.name, *cells, told])
    commit = REFERENCE[:7]
    return aligned(
        ["seconds", f"{commit}: wall", "processor", "this tree: wall", "processor", ""], rows, right=range(1, 5)
    )


UNITS = "wall", "processor"


# --- A larger world ---


def grown(scenario: Scenario, factor: float) -> Scenario:
    """The scenario's first year with so many times as many projects of the same sizes, and as much supply for them.

    What halves a distance of learning grows too, so that all is learned at the same pace. No check is asked, for there
    are more projects than a file may have.
    """
    s, f = scenario, factor
    return replace(
        s,
        window=replace(s.window, end=s.window.start + datetime.timedelta(weeks=52)),
        demand={name: replace(x, projects=x.projects * f) for name, x in s.demand.items()},
        foundry=replace(
            s.foundry,
            wafer_starts=s.foundry.wafer_starts * f,
            ceiling=s.foundry.ceiling * f,
            yield_half=s.foundry.yield_half * f,
        ),
        memory=replace(
            s.memory,
            stock=s.memory.stock * f,
            foreign={name: rate * f for name, rate in s.memory.foreign.items()},
            domestic={
                name: replace(x, rate=x.rate * f, ceiling=x.ceiling * f) for name, x in s.memory.domestic.items()
            },
        ),
        imports={name: replace(x, cap=x.cap * f) for name, x in s.imports.items()},
        grey=s.grey and replace(s.grey, base=s.grey.base * f, cap=s.grey.cap * f),
        software=replace(
            s.software, porting_half=s.software.porting_half * f, readiness_half=s.software.readiness_half * f
        ),
    )


def growth() -> Figures:
    """How the time of a replication grows with the size of the world.

    Each world runs the same replications in every round, and its quickest round counts: the work of others only adds.
    """
    baseline = load_shipped("baseline").scenario
    worlds = {size: grown(baseline, size) for size in SIZES}
    rounds = [{size: milliseconds(world, SIZES[size]) for size, world in worlds.items()} for _ in range(ROUNDS)]
    quickest = {size: min(each[size] for each in rounds) for size in worlds}
    events = {size: next(run(world, Streams(SEED, 0), lambda _: None).env._eid) for size, world in worlds.items()}
    return {
        "worlds": [{"size": size, "events": events[size], "milliseconds": quickest[size]} for size in worlds],
        **exponents(list(worlds), list(quickest.values())),
    }


def milliseconds(scenario: Scenario, replications: int) -> float:
    """Processor time of a replication: the mean of the first so many."""
    gc.collect()
    start = time.process_time()
    for number in range(replications):
        replicate(scenario, SEED, number)
    return 1000 * (time.process_time() - start) / replications


def exponents(sizes: Sequence[float], times: Sequence[float]) -> Figures:
    """The power of the size that the time grows with, by least squares of its logarithm; and the greatest from one
    size to the next, since what costs the same in every world hides growth among the small ones."""
    x, y = [math.log(size) for size in sizes], [math.log(value) for value in times]
    steps = [(y[i + 1] - y[i]) / (x[i + 1] - x[i]) for i in range(len(x) - 1)]
    return {"exponent": statistics.linear_regression(x, y).slope, "steepest": max(steps)}


# --- Figures ---


def figures(commit: str | None, turns: Sequence[Turn], where: Figures) -> Figures:
    """What the turns of one tree say, with the interpreter and the machine."""
    return {
        "commit": commit,
        **where,
        "milliseconds": spread(1000 * turn.replication for turn in turns),
        "milliseconds_of_facts": spread(1000 * turn.model for turn in turns),
        "events": statistics.mean(turn.events for turn in turns),
        "facts": statistics.mean(turn.facts for turn in turns),
        "microseconds_an_event": statistics.median(1e6 * turn.replication / turn.events for turn in turns),
        "microseconds_a_bare_event": statistics.median(1e6 * turn.bare / turn.events for turn in turns),
        "in_bare_events": spread(turn.replication / (turn.bare / turn.events) for turn in turns),
    }


def turn_by_turn(mine: Sequence[Turn], theirs: Sequence[Turn]) -> Figures:
    """This tree's time as a share of the other's."""
    return spread(one.replication / other.replication for one, other in zip(mine, theirs, strict=True))


def scaled(this: Figures, committed: Figures) -> Figures:
    """This tree's time as a share of a committed one, each in the bare events that took as long where and when it was
    measured: machines differ by more than trees do."""
    mine, expected = this["in_bare_events"], committed["in_bare_events"]["median"]
    return {"median": mine["median"] / expected, "quartiles": [value / expected for value in mine["quartiles"]]}


def spread(values: Iterable[float]) -> Figures:
    """The median and the quartiles."""
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": median, "quartiles": [low, high]}


def interpreter() -> str:
    """Its name and version, and whether it was built with profile-guided optimisation: that is worth a third."""
    guided = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    name = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{name}, {'with' if guided else 'without'} profile-guided optimisation"


def machine() -> Figures:
    """The processor, how many there are, and how busy they are."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = models[0] if models else platform.processor() or platform.machine()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": name,
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
    }


def measured(turns: int, whole: bool = False) -> Figures:
    """All of it, as it is saved, with `whole` commands too. Raises ChipgateError."""
    where = {"interpreter": interpreter(), "machine": machine()}
    mine, theirs = alternate(turns)
    commit = git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*").stdout.strip() or None
    this = figures(commit, mine, where)
    if theirs:
        reference, ratio = figures(REFERENCE, theirs, where), turn_by_turn(mine, theirs)
    else:
        reference = json.loads(REFERENCE_FILE.read_text(encoding="utf-8"))
        ratio = scaled(this, reference)
    return {
        "chipgate": __version__,
        "turns": turns,
        "in_one_run": bool(theirs),
        "this": this,
        "reference": reference,
        "ratio": ratio,
        "growth": growth(),
        "aims": AIMS,
        **({"commands": commands()} if whole else {}),
    }


def told(found: Figures) -> str:
    """What was measured, for people."""
    this, reference, ratio, growth = found["this"], found["reference"], found["ratio"], found["growth"]
    worlds = growth["worlds"]

    def row(name: str, digits: int, value: Callable[[Figures], float]) -> list[str]:
        return [name, f"{value(reference):,.{digits}f}", f"{value(this):,.{digits}f}"]

    parts = [
        place(this),
        aligned(
            ["", reference["commit"][:7], "this tree"],
            [
                row("a replication, ms", 1, lambda x: x["milliseconds"]["median"]),
                row("  without outcomes and series", 1, lambda x: x["milliseconds_of_facts"]["median"]),
                row("  its events", 0, lambda x: x["events"]),
                row("  its facts", 0, lambda x: x["facts"]),
                row("an event, microseconds", 2, lambda x: x["microseconds_an_event"]),
                row("  of a bare SimPy loop", 2, lambda x: x["microseconds_a_bare_event"]),
                row("a replication, bare events", 0, lambda x: x["in_bare_events"]["median"]),
            ],
            right=(1, 2),
        ),
        aligned(
            ["demand and supply, a year", *(f"x {world['size']}" for world in worlds)],
            [
                ["a replication, ms", *(f"{world['milliseconds']:,.1f}" for world in worlds)],
                ["  its events", *(f"{world['events']:,}" for world in worlds)],
            ],
            right=range(1, 1 + len(worlds)),
        ),
        *([table_of_commands(found)] if "commands" in found else []),
    ]
    if not found["in_one_run"]:
        parts.append(
            f"There is no history here to build {reference['commit'][:7]} from, so its committed figures stand in\n"
            f"({place(reference)}),\ncounted in bare events. Only a ratio from one run says much."
        )
    low, high = ratio["quartiles"]
    parts.append(
        f"ratio     {ratio['median']:.2f} (half of {found['turns']} turns: {low:.2f} to {high:.2f}); "
        f"{verdict(ratio['median'], AIMS['ratio'])}, stretch {AIMS['ratio_stretch']}\n"
        f"exponent  {growth['exponent']:.2f}; {verdict(growth['exponent'], AIMS['exponent'])}\n"
        f"steepest  {growth['steepest']:.2f} from one size to the next; {verdict(growth['steepest'], AIMS['exponent'])}"
    )
    return "\n\n".join(parts)


def place(side: Figures) -> str:
    """Where figures were measured, and how busy it was, since the work of others widens every spread."""
    machine = side["machine"]
    return f"{side['interpreter']}; {machine['cores']} x {machine['processor']}, load {machine['load'][0]:.1f} before"


def verdict(value: float, aim: float) -> str:
    """Whether an aim is met."""
    return f"aim at most {aim}: {'met' if value <= aim else 'missed'}"


def main(args: Sequence[str] | None = None) -> int:
    """Measure, save and tell; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--turns", type=int, default=40, help="replications of each tree (40)")
    parser.add_argument("--commands", action="store_true", help="time whole commands too: some minutes")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json", help="file for the figures")
    given = parser.parse_args(args)
    if given.turns < 2:
        parser.error("--turns is at least 2: one turn has no spread")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the worktree goes away then too
    try:
        found = measured(given.turns, given.commands)
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    except (ChipgateError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    print(f"{told(found)}\n\nsaved in {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
