"""Replications of many scenarios through one pool of workers: what a study asks for.

cases = [Case(world.scenario, seed, range(4)) for world in worlds]
outcomes_of(cases, workers=2)       # for each case its outcomes as arrays of shape (4,)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from sim.base.errors import ChipgateError
from sim.experiment.block import Block
from sim.experiment.cluster import Workers
from sim.experiment.room import Floats
from sim.experiment.store import Store
from sim.experiment.workers import CHUNK, Order, computed
from sim.outcomes.cards import keys_of
from sim.outcomes.keys import Key, key_of
from sim.scenario.parts import Scenario


class Case(NamedTuple):
    """Some replications of one scenario."""

    scenario: Scenario
    seed: int
    numbers: range


Outcomes: TypeAlias = dict[Key, Floats]
"""Arrays of shape (replications,), by outcome; a value that does not exist is nan."""
Ask: TypeAlias = Callable[[Sequence[Case]], list[Outcomes]]
"""Whoever has replications computed for a study, and gives the outcomes of each case, of the whole window and of each
year, in the order of the cases."""


def key_asked(scenarios: Sequence[Scenario], text: str) -> Key:
    """The outcome that a text such as `delivered`, `delivered:2026` or `revenue_huawei` names in all of some scenarios.
    Raises ChipgateError, before anything is run."""
    if not isinstance(text, str):
        raise ChipgateError(f"on: {text!r} is not an outcome; write one as 'delivered' or 'delivered:2026'")
    name, *more = text.split(":")
    wanted = (name, *(int(each) if each.isascii() and each.isdigit() else each for each in more))
    key, *others = [key_of(wanted, keys_of(scenario)) for scenario in scenarios]
    assert all(other == key for other in others)
    return key


def outcomes_of(
    cases: Sequence[Case],
    workers: Workers = 1,
    progress: Callable[[], object] = lambda: None,
    store: Store | None = None,
    announce: Callable[[int], object] = lambda _missing: None,
) -> list[Outcomes]:
    """The outcomes of each case; `announce` is told how many replications have to be computed before that begins.
    Raises ChipgateError."""
    parts: list[list[Block]] = [[] for _ in cases]
    for n, block in blocks(cases, workers, progress, store, announce):
        parts[n].append(Block(block.numbers, block.outcomes, {}))  # series are many, and no study needs them
    found = []
    for blocks_ in parts:
        whole = blocks_[0]
        for block in blocks_[1:]:
            whole = whole.joined(block)
        found.append(dict(whole.outcomes))
    return found


def blocks(
    cases: Sequence[Case],
    workers: Workers,
    progress: Callable[[], object],
    store: Store | None,
    announce: Callable[[int], object] = lambda _missing: None,
) -> Iterator[tuple[int, Block]]:
    """Blocks of those replications, each with the number of its case, those that are kept first."""
    shelves = [store.shelf(case.scenario, case.seed) if store else None for case in cases]
    missing: list[tuple[int, Order]] = []
    for n, (case, shelf) in enumerate(zip(cases, shelves, strict=True)):
        for chunk in chunks(case.numbers):
            if shelf and (block := shelf.read(chunk)):
                for _ in block.numbers:
                    progress()
                yield n, block
                chunk = [number for number in chunk if number not in block.numbers]
            missing += [(n, Order(case.scenario, case.seed, chunk))] if chunk else []
    announce(len([number for _, order in missing for number in order.numbers]))
    if isinstance(workers, int):
        workers = min(workers, len(missing))
    found = computed([order for _, order in missing], workers, progress) if missing else iter(())
    for (n, _), block in zip(missing, found, strict=True):
        if shelf := shelves[n]:
            shelf.keep(block)
        yield n, block
    if store:
        store.done()


def chunks(numbers: range) -> Iterator[list[int]]:
    """Some replications in parts of ten, each part beginning with a round number but for the first."""
    start = numbers.start
    while start < numbers.stop:
        end = min(numbers.stop, (start // CHUNK + 1) * CHUNK)
        yield list(range(start, end))
        start = end
