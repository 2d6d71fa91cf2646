"""What binds: the order books, split by rules in a fixed order, each limited by the quantity that justifies it.

It is attribution by rule and not cause: the cause is shown by a paired run that relaxes one constraint.
"""

from __future__ import annotations

from math import fsum

from sim.model.facts import WhatBinds
from sim.model.foundry import Foundry
from sim.model.grey import PRODUCT as GREY
from sim.model.grey import GreyChannel
from sim.model.market import Market
from sim.model.software import CUDA
from sim.model.vendor import BANNED, Importer

EVERY = 4  # weeks between two looks


def what_binds(now: float, market: Market, foundry: Foundry, importer: Importer, grey: GreyChannel | None) -> WhatBinds:
    """The books now, in nominal A100e. The parts add up to what is on all books."""
    left = importer.book.waiting
    left -= (licence := min(left, importer.in_review()))
    shipped = importer.shipped() + (grey.in_transit * market.chips[GREY].performance if grey else 0.0)
    left -= (transit := min(left, max(0.0, shipped)))  # no rounding below nothing
    banned = any(importer.regime[p] == BANNED and importer.available(p) for p in importer.products)
    memory = wafers = making = 0.0
    for stack, book in market.books.items():
        if stack != CUDA:
            own = [designer for designer in foundry.designers if designer.stack == stack]
            memory += (without_memory := min(book.waiting, fsum(d.waiting_for_memory for d in own)))
            wafers += (without_wafers := min(book.waiting - without_memory, fsum(d.refused for d in own)))
            making += book.waiting - without_memory - without_wafers
    return WhatBinds(
        time=now,
        licence=licence,
        transit=transit,
        import_control=left if banned else 0.0,
        import_volume=0.0 if banned else left,
        memory=memory,
        wafers=wafers,
        production=making,
    )
