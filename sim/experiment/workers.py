"""The worker processes of an experiment: they replicate a scenario in chunks, on one processor or several."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice, takewhile
from typing import Any

from sim.base.errors import ChipgateError
from sim.experiment.replication import Replication, replicate
from sim.scenario.parts import Scenario

CHUNK = 10  # replications handed to a worker at a time


def available_processors() -> int:
    """Processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def replications(scenario: Scenario, seed: int, numbers: Iterable[int], workers: int = 1) -> Iterator[Replication]:
    """The replications of those numbers, in their order, whatever the number of worker processes.

    A process that may have no children, as a pool's own workers, does all of it itself. Raises ChipgateError when a
    worker process is killed, or cannot start since the program's own file is not a module that it could import.
    """
    process = multiprocessing.current_process()
    if getattr(process, "_inheriting", False):
        raise SystemExit(1)  # a worker that imports an unguarded script, and would start workers of its own
    if workers == 1 or process.daemon:
        yield from _replicate_chunk(scenario, seed, numbers)
        return
    numbers = iter(numbers)
    chunks = iter(lambda: list(islice(numbers, CHUNK)), [])
    with _ctrl_c_later():  # what is imported here would take it badly
        stop, begun = multiprocessing.RawValue("b", 0), multiprocessing.RawValue("b", 0)
        pool = ProcessPoolExecutor(workers, initializer=_start_worker, initargs=(stop, begun))
        others = multiprocessing.active_children()
    try:
        # A few chunks ahead of the reader keep the workers busy without holding a long experiment in memory.
        with _ctrl_c_later():
            waiting = [pool.submit(_chunk, scenario, seed, chunk) for chunk in islice(chunks, 3 * workers)]
        while waiting:
            done = waiting.pop(0).result()
            waiting += [pool.submit(_chunk, scenario, seed, chunk) for chunk in islice(chunks, 1)]
            yield from done
    except (BrokenProcessPool, ConnectionError, EOFError) as error:
        if not begun.value and multiprocessing.get_start_method() != "fork":
            raise ChipgateError(UNGUARDED) from None
        raise ChipgateError(
            "a worker process was killed, perhaps because memory ran out; run again with fewer --workers"
        ) from error
    except OSError:  # the system gave some of the workers only, and those would wait for ever
        for worker in multiprocessing.active_children():
            if worker not in others:
                worker.terminate()
        raise
    finally:
        stop.value = 1
        pool.shutdown(wait=True, cancel_futures=True)


UNGUARDED = (
    "the worker processes could not start: each of them imports this program's file first, and so comes to this line "
    "again. Put what the file does below 'if __name__ == \"__main__\":', or run in one process with workers=1"
)


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """While processes start, Ctrl-C could get lost or hit a child that cannot handle it yet: it is heard afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no other thread hears it
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
        for number in pressed[:1]:
            signal.raise_signal(number)


_stop: Any = None  # in a worker: shared with the parent, 1 once nobody waits for its replications


def _start_worker(stop: Any, begun: Any) -> None:
    """Ctrl-C is for the parent, which then stops its workers."""
    global _stop
    _stop, begun.value = stop, 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()


def _chunk(scenario: Scenario, seed: int, numbers: Sequence[int]) -> list[Replication]:
    return list(takewhile(lambda _: not _stop.value, _replicate_chunk(scenario, seed, numbers)))


def _replicate_chunk(scenario: Scenario, seed: int, numbers: Iterable[int]) -> Iterator[Replication]:
    """Replications with the garbage collector at rest: a world is one tangle of references, cheapest to clear
    when done."""
    resting = gc.isenabled()
    for number in numbers:
        gc.disable()
        try:
            replication = replicate(scenario, seed, number)
        finally:
            if resting:
                gc.enable()
        yield replication
