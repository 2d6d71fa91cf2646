"""Memory and assembly: a chip needs its dies and its stacks of high-bandwidth memory, and then some weeks."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import count

from sim.model.facts import ChipsAssembled, LotFinished, MemoryReceived, MemoryUsed, OpeningBalance
from sim.model.market import Market
from sim.model.setting import Moment, Process, Setting
from sim.scenario import Assembly, Design, Memory, MemoryControl
from sim.units import WEEKS_A_YEAR


class MemoryStock:
    """One stock of stacks; dies wait for them, first come, first served."""

    def __init__(
        self,
        terms: Memory,
        assembly: Assembly,
        designs: Mapping[str, Design],
        setting: Setting,
        market: Market,
    ) -> None:
        self.terms = terms
        self.assembly = assembly
        self.designs = designs
        self.setting = setting
        self.market = market
        self.control: MemoryControl | None = None
        self.stacks = 0.0
        self.in_assembly = 0.0  # chips
        self._dies: deque[tuple[str, float]] = deque()

    @property
    def dies(self) -> float:
        """Good dies that wait for memory."""
        return sum(dies for _, dies in self._dies)

    def open(self) -> None:
        """The stock with which the window starts."""
        self.stacks = self.terms.stock
        self.setting.record(OpeningBalance(0.0, "stacks in stock", "", self.stacks))

    def deliveries(self) -> Process:
        """Process: every week the makers deliver."""
        start = self.setting.window.week(self.terms.domestic_from)
        for week in count():
            foreign = self.control.leak if self.control else self.terms.foreign
            self._deliver("foreign", foreign)
            if week >= start:
                years = (week - start) / WEEKS_A_YEAR
                self._deliver("domestic", self.terms.domestic * (1 + self.terms.domestic_growth) ** years)
            yield self.setting.env.timeout(1)

    def receive(self, lot: LotFinished) -> None:
        """Good dies come from the foundry and look for their stacks."""
        if lot.dies > 0:
            self._dies.append((lot.product, lot.dies))
        self.setting.record(lot)
        self._join()

    def assemble(self, product: str, chips: float, weeks: float) -> None:
        """Chips will be ready that many weeks from now."""
        self.in_assembly += chips
        self.setting.after(weeks, self._finish, (product, chips))

    def _deliver(self, origin: str, stacks: float) -> None:
        if stacks > 0:
            self.stacks += stacks
            self.setting.record(MemoryReceived(self.setting.env.now, origin, stacks))
            self._join()

    def _join(self) -> None:
        """Dies and stacks that have found each other go into assembly."""
        while self._dies:
            product, waiting = self._dies.popleft()
            design = self.designs[product]
            wanted = waiting / design.dies
            chips = min(wanted, self.stacks / design.stacks) if design.stacks else wanted
            if chips < wanted:
                self._dies.appendleft((product, waiting - chips * design.dies))
            if chips > 0:
                dies = waiting if chips == wanted else chips * design.dies
                stacks = chips * design.stacks if chips == wanted else self.stacks
                self.stacks = max(0.0, self.stacks - stacks)
                self.assemble(product, chips, self.assembly.time)
                self.setting.record(MemoryUsed(self.setting.env.now, product, chips, dies, stacks))
            if chips < wanted:
                return

    def _finish(self, batch: Moment) -> None:
        product, chips = batch.value
        self.in_assembly -= chips
        self.market.receive(ChipsAssembled(self.setting.env.now, product, chips))
