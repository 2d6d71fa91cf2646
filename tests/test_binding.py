"""What binds: its parts add up to the order books, which are put together again from the facts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sim.experiment.replication import record
from sim.model import facts as f
from sim.model.binding import what_binds
from sim.model.market import Book
from sim.model.software import CUDA
from sim.scenario.load import load

FOR_CUDA = ("licence", "transit", "import_control", "import_volume")
AT_HOME = ("memory", "wafers", "production")


@pytest.mark.parametrize("name", ["baseline", "licence-queue", "anchor-exit", "hbm-crunch"])
def test_at_every_look_the_parts_add_up_to_the_books(name):
    """A project is on the book of its last order, with what it ordered less what it has received of that; it leaves
    with its next order, and when it gives up."""
    scenario = load(name).scenario
    books: dict[str, tuple[str, float]] = {}
    looks = ported = gave_up = 0
    for fact in record(scenario, 3, 1).facts:
        if isinstance(fact, f.ProjectOrdered):
            ported += fact.project in books
            books[fact.project] = fact.stack, fact.compute
        elif isinstance(fact, f.Delivered):
            stack, left = books[fact.project]
            chip = scenario.chips[fact.product]
            assert chip.software == stack
            books[fact.project] = stack, left - fact.chips * chip.performance
        elif isinstance(fact, f.ProjectCancelled):
            gave_up += 1
            del books[fact.project]
        elif isinstance(fact, f.WhatBinds):
            looks += 1
            abroad = sum(left for stack, left in books.values() if stack == CUDA)
            at_home = sum(left for stack, left in books.values() if stack != CUDA)
            assert sum(getattr(fact, part) for part in FOR_CUDA) == pytest.approx(abroad, rel=1e-9, abs=1e-3)
            assert sum(getattr(fact, part) for part in AT_HOME) == pytest.approx(at_home, rel=1e-9, abs=1e-3)
            assert min(fact[1:]) >= 0
    assert looks == 66
    assert min(ported, gave_up) > 20
    assert {*FOR_CUDA, *AT_HOME} == {*f.WhatBinds._fields[1:]}


def test_no_part_falls_below_nothing_by_rounding():
    left, in_review = 3.4, 0.7
    assert left - (in_review + (left - in_review)) < 0
    market = SimpleNamespace(books={}, chips={})
    importer = SimpleNamespace(
        book=SimpleNamespace(waiting=left), in_review=lambda: in_review, shipped=lambda: 10.0, regime={}, products={}
    )
    look = what_binds(0.0, market, SimpleNamespace(designers=[]), importer, None)
    assert (look.licence, look.transit, look.import_volume) == (in_review, left - in_review, 0.0)


def test_a_book_holds_nothing_less_than_nothing_once_an_order_has_left_beside_which_others_are_lost_in_rounding():
    book = Book(["chip"])
    small, huge = (SimpleNamespace(unmet=unmet, useful=1.0) for unmet in (0.3, 3e20))
    book.join(small)
    book.join(huge)
    book.join(SimpleNamespace(unmet=0.2, useful=1.0))
    book.leave(huge)
    book.leave(small)
    assert book.waiting == 0.0
