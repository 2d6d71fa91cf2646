"""Replications by a Dask cluster: a real scheduler and real workers on this machine, one of which is killed."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from itertools import islice
from pathlib import Path

import pytest
from test_experiment import endless_chunks, orders, same

import sim
import sim.experiment.cluster
from sim.base.errors import ChipgateError
from sim.experiment.cluster import Cluster, Team
from sim.experiment.identity import differing, maker
from sim.experiment.run import run_scenario
from sim.experiment.store import Store
from sim.experiment.workers import AHEAD, computed
from sim.scenario.load import load

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install -e '.[cluster]'")

ROOT = Path(__file__).parents[1]
LONG = 90  # seconds; a busy machine starts a process slowly
DIES = """
import os, signal
import sim.experiment.workers as workers
from sim.experiment.replication import replicate
def once(scenario, seed, number):
    print("replication", number, flush=True)
    if number == 13 and not os.path.exists({marker!r}):
        open({marker!r}, "x").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return replicate(scenario, seed, number)
workers.replicate = once
"""
Workers = Callable[..., list[subprocess.Popen]]


def dask(log: Path, program: Path, *words: object) -> subprocess.Popen:
    """A process of a cluster, with the program that is in a folder."""
    alone = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
    environment = os.environ | {"PYTHONPATH": str(program), "DASK_TEMPORARY_DIRECTORY": str(log.parent)}
    with log.open("wb") as file:
        command = [sys.executable, "-m", "dask", *map(str, words), *alone]
        return subprocess.Popen(command, stdout=file, stderr=file, cwd=log.parent, env=environment)


@pytest.fixture(scope="module")
def lacking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of programs without this one, which hides one that is installed."""
    folder = tmp_path_factory.mktemp("lacking")
    (folder / "sim.py").write_text("raise ModuleNotFoundError(\"No module named 'sim'\")")
    return folder


@pytest.fixture(scope="module")
def scheduler(lacking: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[distributed.Client]:
    """Somebody else who uses the cluster; its scheduler lacks the program."""
    folder = tmp_path_factory.mktemp("scheduler")
    about = folder / "scheduler.json"
    process = dask(folder / "log", lacking, "scheduler", "--port", "0", "--scheduler-file", about)
    try:
        deadline = time.monotonic() + LONG
        while not about.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert about.exists(), (folder / "log").read_text()
        with distributed.Client(scheduler_file=str(about), timeout=LONG, set_as_default=False) as client:
            yield client
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def workers(scheduler: distributed.Client, tmp_path: Path) -> Iterator[Workers]:
    """Starts so many workers with the program in a folder; they end with the test."""
    started: list[subprocess.Popen] = []

    def start(many: int, program: Path = ROOT, *more: object) -> list[subprocess.Popen]:
        for number in range(many):
            words = (
                "worker",
                scheduler.scheduler.address,
                "--nthreads",
                1,
                "--no-nanny",
                "--local-directory",
                tmp_path,
            )
            started.append(dask(tmp_path / f"worker-{number}.log", program, *words, *more))
        scheduler.wait_for_workers(many, timeout=LONG)
        return started

    yield start
    for process in started:
        process.kill()
        process.wait()
    deadline = time.monotonic() + LONG
    while scheduler.nthreads() and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.fixture
def cluster(scheduler: distributed.Client) -> Cluster:
    return Cluster(scheduler.scheduler.address)


def test_a_killed_worker_costs_no_replication_and_no_byte_and_the_store_keeps_them(
    tiny, tiny_run, cluster, workers, tmp_path
):
    marker, preload = tmp_path / "killed", tmp_path / "dies.py"
    preload.write_text(DIES.format(marker=str(marker)))
    both, store, told = workers(2, ROOT, "--preload", preload), Store(tmp_path / "store"), []
    run = run_scenario(load(tiny), 23, workers=cluster, progress=lambda: told.append(1), store=store)
    same(run, tiny_run)
    assert len(told) == 23
    assert marker.exists()
    assert sorted(str(process.poll()) for process in both) == ["-9", "None"]
    logs = [(tmp_path / f"worker-{number}.log").read_text() for number in range(2)]
    assert all("replication 13\n" in log for log in logs), "one was killed there, and the other did it again"
    same(run_scenario(load(tiny), 23, workers=Cluster("nobody is asked"), store=store), tiny_run)


def test_a_worker_with_other_files_is_refused_and_the_command_says_so(tiny, cluster, workers, chipgate, tmp_path):
    shutil.copytree(ROOT / "sim", tmp_path / "other" / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "other" / "sim" / "model" / "foundry.py").open("a") as file:
        file.write("# edited\n")
    workers(1, tmp_path / "other")
    status, shown, told = chipgate("run", tiny, "-n", 2, "--cluster", cluster.address, "--out", tmp_path / "results")
    assert (status, shown) == (2, "")
    assert "has a worker that computes with other files of chipgate; last digits would differ" in " ".join(told.split())
    assert not (tmp_path / "results").exists()


def test_a_worker_without_the_program_is_told_and_lives_on(tiny, cluster, workers, lacking):
    [process] = workers(1, lacking)
    with pytest.raises(
        ChipgateError, match=r"worker of .* cannot compute \(No module named 'sim'\); install the same chipgate"
    ):
        sim.run(tiny, replications=2, cluster=cluster.address)
    assert process.poll() is None


def test_what_is_not_wanted_any_more_is_cancelled_and_work_of_others_stays(tiny, scheduler, cluster, workers):
    workers(1)
    theirs, asked = scheduler.submit(pow, 2, 5), []
    endless = computed(orders(load(tiny).scenario, endless_chunks(asked)), cluster)
    assert [block.numbers[0] for block in islice(endless, 2)] == [0, 10]
    assert len(asked) == AHEAD + 1, "only a few are in flight"
    endless.close()
    deadline = time.monotonic() + LONG
    while any(scheduler.processing().values()) and time.monotonic() < deadline:
        time.sleep(0.05)  # what had begun comes to its end
    assert [*scheduler.who_has()] == [theirs.key]
    assert theirs.result() == 32


NOWHERE = [
    ("run baseline", "tcp://127.0.0.1:9", "no Dask scheduler answers at tcp://127.0.0.1:9 within 2 seconds"),
    ("run baseline", "", "'' is not the address of a Dask scheduler, such as tcp://10.0.0.5:8786"),
    ("compare baseline h20-stays", "everywhere", "'everywhere' is not the address of a Dask scheduler"),
    ("compare baseline h20-stays --precision 2%", "smtp://127.0.0.1:9", "(unknown address scheme 'smtp'"),
    ("explain baseline", "tcp://", "(missing port number"),
    ("hindcast", "tcp://[::1", "is not the address of a Dask scheduler"),
    ("run baseline", None, "has no workers; start some, as with: dask worker tcp://127.0.0.1:"),
]


@pytest.mark.parametrize(("command", "address", "told"), NOWHERE)
def test_a_cluster_that_is_not_there_is_told_in_a_sentence(
    command, address, told, cluster, chipgate, here, monkeypatch
):
    monkeypatch.setattr(sim.experiment.cluster, "WAIT", 5 if address is None else 2)  # one answers, be it slowly
    status, shown, error = chipgate(*command.split(), "--cluster", cluster.address if address is None else address)
    assert (status, shown) == (2, "")
    assert told in " ".join(error.split())
    assert not list(here.iterdir())


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ChipgateError, match=r"pip install '\.\[cluster\]'"):
        sim.run("baseline", replications=1, cluster="tcp://127.0.0.1:9")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (distributed.scheduler.KilledWorker("part", None, 3), "lost 4 workers over the same replications"),
        (CancelledError(), "went away; what the store keeps"),
    ],
)
def test_what_goes_wrong_with_a_cluster_is_told_in_words(error, told, cluster):
    with pytest.raises(ChipgateError, match=told), cluster.team():
        raise error


def test_what_differs_elsewhere_is_said_part_by_part():
    own = maker()
    version = own["Python"]
    assert differing(dict(own)) == ""
    assert differing(own | {"Python": "3.9"}) == f"Python 3.9 instead of {version}"
    assert differing({name: value for name, value in own.items() if name != "libm"}).startswith("libm none instead of")
    assert differing(own | {"files of chipgate": "0", "Python": "3.9"}).startswith(
        "other files of chipgate, Python 3.9"
    )


def test_a_result_is_waited_for_while_there_are_workers_and_an_error_is_none_to_wait_for(monkeypatch):
    monkeypatch.setattr(sim.experiment.cluster, "PATIENCE", 0.01)
    there = iter([2, 1])

    def size() -> int:
        if not (many := next(there, 0)):
            raise ChipgateError("no workers")
        return many

    team = Team(None, size, lambda: True, "")
    with pytest.raises(ChipgateError, match="no workers"):
        team.result(Future())
    assert not list(there), "it asked until there were none"
    failed = Future()
    failed.set_exception(TimeoutError("of the model"))
    with pytest.raises(TimeoutError, match="of the model"):
        team.result(failed)
