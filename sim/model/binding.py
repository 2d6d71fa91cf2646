"""What binds: the need that waits, split by rules in a fixed order, each limited by the quantity that justifies it.

It is attribution by rule and not cause: the cause is shown by a paired run that relieves one constraint.
"""

from __future__ import annotations

from sim.base.statistics import plain_sum
from sim.model.facts import WhatBinds
from sim.model.grey import PRODUCT as GREY
from sim.model.grey import GreyChannel
from sim.model.market import Market
from sim.model.memory import MemoryStock
from sim.model.setting import Process, Setting
from sim.model.software import CUDA, DomesticSoftware
from sim.model.vendor import BANNED, Importer

EVERY = 4  # weeks


class Lookout:
    """Looks every four weeks and changes nothing."""

    def __init__(
        self,
        setting: Setting,
        market: Market,
        software: DomesticSoftware,
        memory: MemoryStock,
        importer: Importer,
        grey: GreyChannel | None,
    ) -> None:
        self.setting = setting
        self.market = market
        self.software = software
        self.memory = memory
        self.importer = importer
        self.grey = grey

    def watch(self) -> Process:
        """State what binds, every four weeks."""
        while True:
            self.setting.record(self.look())
            yield self.setting.env.timeout(EVERY)
            yield self.setting.env.timeout(0)  # after all else that was set for this moment

    def look(self) -> WhatBinds:
        """The split now. Its parts add up to the need that waits."""
        porting = cuda_only = others = others_cuda = 0.0
        for (accepts, busy), waiting in self.market.crowds.items():
            need = max(0.0, waiting)  # rounding may leave a crowd a hair below nothing
            if busy:
                porting += need
            elif accepts == {CUDA}:
                cuda_only += need
            else:
                others += need
                others_cuda += need if CUDA in accepts else 0.0
        unready = min(cuda_only, self._idle())
        cuda_only -= unready

        def imported(quantity: float) -> float:
            """Need that such a quantity of imports will meet, first of those who accept nothing else."""
            nonlocal cuda_only, others, others_cuda
            quantity = max(0.0, quantity)  # rounding may leave a sum of shipments a hair below nothing
            from_only = min(cuda_only, quantity)
            from_others = min(others_cuda, quantity - from_only)
            cuda_only, others, others_cuda = cuda_only - from_only, others - from_others, others_cuda - from_others
            return from_only + from_others

        licence = imported(self.importer.in_review())
        transit = imported(self.importer.shipped() + self._grey_shipped())
        memory = min(others, self._waiting_dies())
        control = any(self.importer.regime[p] == BANNED and self.importer.available(p) for p in self.importer.products)
        return WhatBinds(
            time=self.setting.env.now,
            software=porting + unready,
            licence=licence,
            transit=transit,
            memory=memory,
            import_control=cuda_only if control else 0.0,
            import_volume=0.0 if control else cuda_only,
            wafers=others - memory,
        )

    def _idle(self) -> float:
        """A100e of domestic chips in stock that nobody who waits accepts."""
        return plain_sum(
            self.market.stock[product] * design.performance * self.software.readiness
            for product, design in self.memory.designs.items()
        )

    def _waiting_dies(self) -> float:
        """A100e of the chips that dies without memory would make."""
        designs = self.memory.designs
        return self.software.readiness * plain_sum(
            dies / designs[product].dies * designs[product].performance for product, dies in self.memory.dies
        )

    def _grey_shipped(self) -> float:
        return self.grey.in_transit * self.market.chips[GREY].performance if self.grey else 0.0
