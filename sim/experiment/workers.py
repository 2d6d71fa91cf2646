"""The worker processes of an experiment: they replicate a scenario in chunks, on one processor or several."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sim.base.errors import ChipgateError, ChipgateWarning
from sim.experiment.block import Block
from sim.experiment.cluster import Cluster, Team, Workers
from sim.experiment.identity import differing, maker
from sim.experiment.replication import Replication, replicate
from sim.scenario.parts import Scenario

CHUNK = 10  # replications handed to a worker at a time
ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""The signals that end a program: Ctrl-C, and those that its command takes for one."""
AHEAD = 3  # chunks for each that computes
TRIES = 2  # of a chunk whose worker was killed


@dataclass(frozen=True)
class Order:
    """Some replications of a scenario, computed where the bytes of this are read. So machines of a cluster through
    which they only pass need not have the program, and a worker that lacks it answers with an error instead of
    ending."""

    scenario: Scenario
    seed: int
    numbers: Sequence[int]

    def __reduce__(self) -> tuple[Any, ...]:
        return _chunk, (maker(), pickle.dumps((self.scenario, self.seed, self.numbers)))


def available_processors() -> int:
    """Processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def computed(
    orders: Iterable[Order], workers: Workers = 1, progress: Callable[[], object] = lambda: None
) -> Iterator[Block]:
    """The replications that are ordered, order by order, in theirs whatever the number of workers, processes of this
    machine or a cluster's; `progress` is called for each replication.

    A process that may have no children, as a pool's own workers, does all of it itself. A chunk whose worker was
    killed is done again, once; a cluster does so by itself. Raises ChipgateError where that fails too, when the workers
    cannot start since the program's own file is not a module that they could import, or where one would give other
    numbers than this process.
    """
    process = multiprocessing.current_process()
    if getattr(process, "_inheriting", False):
        raise SystemExit(1)  # a worker that imports an unguarded script, and would start workers of its own
    if isinstance(workers, int) and workers > 1 and process.daemon:
        alone = "this process is a daemon and may have no workers of its own, so it computes every replication itself"
        warnings.warn(alone, ChipgateWarning, stacklevel=2)
        workers = 1
    if isinstance(workers, int) and workers <= 1:
        for order in orders:
            rows = []
            for replication in _replicate_chunk(order):
                rows.append(replication)
                progress()
            yield Block.of(rows)
        return
    to_come, waiting = iter(orders), list[_Task]()
    while True:
        with workers.team() if isinstance(workers, Cluster) else _pool(workers) as team:
            for task in waiting:
                task.future = None
            while True:
                try:
                    # A few chunks ahead of the reader keep all busy without holding a long experiment in memory.
                    room = AHEAD * team.size() - len(waiting)
                    with ctrl_c_later():
                        waiting += [_Task(order) for order in islice(to_come, max(0, room))]
                        for task in waiting:
                            task.begin(team)
                    if not waiting:
                        return
                    by, block = team.result(waiting[0].future)
                except (BrokenProcessPool, ConnectionError, EOFError) as error:
                    if not waiting or waiting[0].tries < TRIES:
                        break  # and once more, with other workers
                    if not team.begun() and multiprocessing.get_start_method() != "fork":
                        raise ChipgateError(UNGUARDED) from None
                    raise ChipgateError(
                        "a worker process was killed twice, perhaps because memory ran out; run again with fewer "
                        "--workers"
                    ) from error
                if other := differing(by):
                    raise ChipgateError(team.stranger.format(other))
                del waiting[0]
                for _ in block.numbers:
                    progress()
                yield block


@dataclass
class _Task:
    """An order that a worker has or will have."""

    order: Order
    tries: int = 0
    future: Future[tuple[dict[str, str], Block]] | None = None

    def begin(self, team: Team) -> None:
        """Hand it over, if nobody has it."""
        if self.future is None:
            self.tries += 1
            self.future = team.executor.submit(pickle.loads, pickle.dumps(self.order))


@contextmanager
def _pool(workers: int) -> Iterator[Team]:
    """Worker processes."""
    with ctrl_c_later():  # what is imported here would take it badly
        begun = multiprocessing.RawValue("b", 0)
    with processes(workers, _start_worker, begun) as pool:
        yield Team(pool, lambda: workers, lambda: bool(begun.value), EDITED)


@contextmanager
def processes(many: int, initializer: Callable[..., object], *args: object) -> Iterator[Executor]:
    """So many processes, which end with the block, at once and whatever they are doing."""
    with ctrl_c_later():
        others = multiprocessing.active_children()
        pool = ProcessPoolExecutor(many, initializer=initializer, initargs=args)
    try:
        yield pool
    finally:
        # Also one that is stopped and would not hear that it should end, or that began while the pool broke: the pool
        # would wait for it without end.
        for process in multiprocessing.active_children():
            if process not in others:
                process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


EDITED = "the program's files were edited while it ran; run it again"
UNGUARDED = (
    "the worker processes could not start: each of them imports this program's file first, and so comes to this line "
    "again. Put what the file does below 'if __name__ == \"__main__\":', or run in one process with workers=1"
)


@contextmanager
def ctrl_c_later() -> Iterator[None]:
    """While processes start, Ctrl-C and its like could get lost or hit a child that cannot handle them yet: they are
    heard afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no other thread hears it
        return
    pressed: list[int] = []
    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        if callable(handler):
            signal.signal(number, lambda number, _frame: pressed.append(number))
    if masks := hasattr(signal, "pthread_sigmask"):  # not on Windows
        # A terminal tells all processes of Ctrl-C; those that begin as new programs inherit this, no handler.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, handler)
        for number in pressed[:1]:
            signal.raise_signal(number)


_one_at_a_time = threading.Lock()  # a worker of a cluster may have threads, which share the garbage collector


def _start_worker(begun: Any) -> None:
    begun.value = 1
    begin_as_worker()
    gc.freeze()


def begin_as_worker() -> None:
    """Be a worker: Ctrl-C is for the parent, which then stops its workers. Other signals end this process, but for
    those that the command ignores, as under nohup; and so does the parent's end, whatever ends it: it would wait for
    work for ever."""
    for number in ENDING:  # a forked worker has its parent's handlers
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _chunk(asked_by: Mapping[str, str], order: bytes) -> tuple[dict[str, str], Block]:
    """What made a chunk, and the chunk; an empty one where something else asks for it, whose scenarios may not even be
    read here."""
    own = maker()
    with _one_at_a_time:
        return own, Block.of(list(_replicate_chunk(Order(*pickle.loads(order)))) if own == asked_by else [])


def _replicate_chunk(order: Order) -> Iterator[Replication]:
    """Replications with the garbage collector at rest: a world is one tangle of references, cheapest to clear
    when done."""
    resting = gc.isenabled()
    for number in order.numbers:
        gc.disable()
        try:
            replication = replicate(order.scenario, order.seed, number)
        finally:
            if resting:
                gc.enable()
        yield replication
