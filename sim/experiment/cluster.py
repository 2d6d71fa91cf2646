"""Many machines: a Dask cluster that runs already, whose workers compute what a local worker process would."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sim.base.errors import ChipgateError
from sim.base.version import __version__

T = TypeVar("T")
WAIT = 15  # seconds for an answer, or for a first worker
PATIENCE = 30  # seconds without a result, after which somebody looks whether there are workers


@dataclass(frozen=True)
class Team:
    """Who computes chunks: worker processes of this program, or those of a cluster."""

    executor: Executor
    size: Callable[[], int]
    """How many chunks it computes at the same time, by now. Raises ChipgateError for a cluster without workers."""
    begun: Callable[[], bool]
    """Whether a worker was ever there."""
    stranger: str
    """What is said where a worker would give other numbers; {} stands for what differs there."""

    def result(self, future: Future[T] | None) -> T:
        """What comes out, as long as somebody is there to compute it."""
        assert future is not None
        while True:
            try:
                return future.result(PATIENCE)
            except TimeoutError:
                if future.done():
                    raise
                self.size()


@dataclass(frozen=True)
class Cluster:
    """A Dask cluster by its scheduler's address, such as tcp://10.0.0.5:8786."""

    address: str

    @contextmanager
    def team(self) -> Iterator[Team]:
        """Its workers. What was asked of them is cancelled with the block's end, and nobody else's work touched.
        Raises ChipgateError, also for what goes wrong in the block with the cluster itself."""
        try:
            import distributed
            from distributed.client import ClosedClientError
            from distributed.scheduler import KilledWorker
        except ImportError:
            raise ChipgateError(
                "--cluster needs Dask, which is not installed: pip install '.[cluster]' in chipgate's folder"
            ) from None
        self._refuse_silence()
        noise = logging.getLogger("distributed")
        level = noise.level
        noise.setLevel(logging.CRITICAL)  # what matters of it is said in words
        client = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)  # identity says it better
                client = distributed.Client(self.address, timeout=WAIT, set_as_default=False)
            executor = client.get_executor(pure=False)
            try:
                yield Team(executor, lambda: self._threads(client), lambda: True, f"{self} {STRANGER}")
            finally:
                executor.shutdown(wait=False)
        except KilledWorker as error:
            raise ChipgateError(
                f"{self} lost {error.allowed_failures + 1} workers over the same replications, perhaps because memory "
                "ran out; give each worker more"
            ) from None
        except (ImportError, AttributeError, TypeError) as error:
            raise ChipgateError(
                f"a worker of {self} cannot compute ({error}); install the same chipgate there, {__version__}"
            ) from error
        except (CancelledError, ClosedClientError, OSError) as error:
            level = logging.CRITICAL  # the library goes on trying for a while, aloud
            raise ChipgateError(
                f"{self} went away; what the store keeps of this run will not be computed again"
            ) from error
        finally:
            if client:
                client.close(timeout=WAIT)
            noise.setLevel(level)

    def __str__(self) -> str:
        return f"the cluster at {self.address}"

    def _threads(self, client: Any) -> int:
        """Of its workers together, of which one is waited for."""
        if not (threads := client.scheduler_info(n_workers=0).get("total_threads", 0)):
            try:
                client.wait_for_workers(1, timeout=WAIT)
            except TimeoutError:
                raise ChipgateError(f"{self} has no workers; start some, as with: dask worker {self.address}") from None
            threads = 1
        return int(threads)

    def _refuse_silence(self) -> None:
        """Refuse an address that is none, and one at which no Dask scheduler answers. Raises ChipgateError."""
        import asyncio

        from distributed.comm import connect
        from distributed.security import Security

        async def ask() -> None:
            how = Security().get_connection_args("client")
            comm = await asyncio.wait_for(connect(self.address, timeout=WAIT, **how), WAIT + 1)
            await comm.close()

        try:
            with ThreadPoolExecutor(1) as thread:  # a notebook has a loop of its own in this one
                thread.submit(asyncio.run, ask()).result()
        except (ValueError, TypeError) as error:
            raise ChipgateError(
                f"'{self.address}' is not the address of a Dask scheduler, such as tcp://10.0.0.5:8786 ({error})"
            ) from None
        except (OSError, MemoryError):  # what is no scheduler may tell of messages of any size
            raise ChipgateError(f"no Dask scheduler answers at {self.address} within {WAIT} seconds") from None


STRANGER = "has a worker that computes with {}; last digits would differ, so make it the same there as here"
Workers = int | Cluster
"""So many processes of this machine, or a cluster's."""
