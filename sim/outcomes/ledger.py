"""The ledger: the facts of one replication in their order, and the accounts that they post to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from sim.model import facts as f

F = TypeVar("F")

Posting = tuple[str, str, float]  # account, product ("" where the account has none), amount
Balances = dict[tuple[str, str], float]


class Ledger:
    """Append-only. `record` is handed to the model."""

    def __init__(self) -> None:
        self.facts: list[f.Fact] = []
        self.record = self.facts.append
        self._kinds: dict[type, list[Any]] = {}
        self._sorted = 0

    def of(self, kind: type[F]) -> list[F]:
        """The facts of one kind, in their order."""
        if self._sorted < len(self.facts):
            kinds = defaultdict(list)
            for fact in self.facts:
                kinds[type(fact)].append(fact)
            self._kinds, self._sorted = dict(kinds), len(self.facts)
        return self._kinds.get(kind, [])


# What each kind of fact moves, in from the outside, out to it, or from one account to the next.
POSTINGS: dict[type, Callable[[Any], tuple[Posting, ...]]] = {
    f.OpeningBalance: lambda x: ((x.account, x.product, x.amount),),
    f.ProjectArrived: lambda x: (("compute waiting", "", x.need),),
    f.ProjectCancelled: lambda x: (("compute waiting", "", -x.unmet),),
    f.Delivered: lambda x: (("compute waiting", "", -x.compute), ("chips in stock", x.product, -x.chips)),
    f.LotStarted: lambda x: (("wafers in progress", x.product, x.wafers),),
    f.LotFinished: lambda x: (("wafers in progress", x.product, -x.wafers), ("dies in stock", x.product, x.dies)),
    f.DiesReceived: lambda x: (("dies in stock", x.product, x.dies),),
    f.MemoryReceived: lambda x: (("stacks in stock", "", x.stacks),),
    f.MemoryUsed: lambda x: (
        ("stacks in stock", "", -x.stacks),
        ("dies in stock", x.product, -x.dies),
        ("chips in assembly", x.product, x.chips),
    ),
    f.ChipsAssembled: lambda x: (("chips in assembly", x.product, -x.chips), ("chips in stock", x.product, x.chips)),
    f.LicenceApplied: lambda x: (("chips in review", x.product, x.chips),),
    f.LicenceApproved: lambda x: (("chips in review", x.product, -x.chips - x.left),),
    f.LicenceRefused: lambda x: (("chips in review", x.product, -x.chips),),
    f.OrderPlaced: lambda x: (("chips on order", x.product, x.chips),),
    f.OrderRefused: lambda x: (("chips on order", x.product, -x.chips),),
    f.OrderShipped: lambda x: (("chips on order", x.product, -x.chips), ("chips in transit", x.product, x.chips)),
    f.OrderLanded: lambda x: (("chips in transit", x.product, -x.chips), ("chips in stock", x.product, x.chips)),
    f.GreyDispatched: lambda x: (("chips in transit", x.product, x.chips),),
    f.GreyIntercepted: lambda x: (("chips in transit", x.product, -x.chips),),
    f.GreyLanded: lambda x: (("chips in transit", x.product, -x.chips), ("chips in stock", x.product, x.chips)),
}


def postings(fact: f.Fact) -> tuple[Posting, ...]:
    """What the fact adds to and takes from the accounts; many facts move nothing."""
    move = POSTINGS.get(type(fact))
    return move(fact) if move else ()


def running_balances(facts: Iterable[f.Fact]) -> Iterator[tuple[f.Fact, Balances]]:
    """Each fact with the balances after it. The dictionary is the same one each time."""
    balances: Balances = defaultdict(float)
    for fact in facts:
        for account, product, amount in postings(fact):
            balances[account, product] += amount
        yield fact, balances
