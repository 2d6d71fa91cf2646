"""The pictures of a results folder, drawn by worker processes while its data are written."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from typing import TypeAlias

from sim.experiment.comparison import Comparison
from sim.experiment.run import Run
from sim.experiment.workers import available_processors, begin_as_worker, ctrl_c_later, processes

Subject: TypeAlias = Run | Comparison
Drawn: TypeAlias = Mapping[str, Callable[[], bytes]]
"""What waits for each picture and gives its bytes, by the name of its file."""


@contextmanager
def pictures_of(subject: Subject, formats: Collection[str], workers: int | None = None) -> Iterator[Drawn]:
    """A picture of each kind in each of the formats, the same bytes for the same data, whoever draws them.

    With one worker, where there can be none, or where workers are not forked, each is drawn when it is asked for; so is
    what a worker that was killed leaves undone. A worker that is not forked needs as long to begin as its pictures
    take, and a copy of all arrays.
    """
    if not formats:
        yield {}
        return
    from sim.pictures.choice import kinds_of

    kinds, forms = kinds_of(subject), tuple(dict.fromkeys(formats))
    many = min(workers or available_processors(), len(kinds))
    forked = multiprocessing.get_start_method() == "fork" and not multiprocessing.current_process().daemon
    futures = dict[str, Future[dict[str, bytes]]]()

    @cache
    def here(kind: str) -> dict[str, bytes]:
        return _in_forms(subject, kind, forms)

    def drawn(kind: str, form: str) -> bytes:
        with suppress(BrokenProcessPool):
            if kind in futures:
                return futures[kind].result()[form]
        return here(kind)[form]  # a worker was killed, perhaps because memory ran out, or there is none

    with ExitStack() as until_drawn:
        if many > 1 and forked:
            with suppress(OSError), ExitStack() as begun:  # where the system gives no more processes, those begun end
                pool, given = begun.enter_context(processes(many, _begin, subject)), dict(futures)
                with ctrl_c_later(), suppress(BrokenProcessPool, ConnectionError):
                    for kind in kinds:
                        given[kind] = pool.submit(_draw, kind, forms)
                until_drawn.enter_context(begun.pop_all())
                futures |= given
        yield {f"{kind}.{form}": partial(drawn, kind, form) for kind in kinds for form in forms}


_subject: Subject  # in a worker


def _begin(subject: Subject) -> None:
    global _subject
    _subject = subject
    begin_as_worker()


def _draw(kind: str, forms: Collection[str]) -> dict[str, bytes]:
    return _in_forms(_subject, kind, forms)


def _in_forms(subject: Subject, kind: str, forms: Collection[str]) -> dict[str, bytes]:
    from sim.pictures.choice import picture_of
    from sim.pictures.slide import render

    slide = picture_of(kind, subject)
    return {form: render(slide, form) for form in forms}
