"""Memory and assembly: a chip needs its dies and its stacks of high-bandwidth memory, and then some weeks."""

from __future__ import annotations

from collections import deque
from itertools import count

from sim.base.units import WEEKS_A_YEAR
from sim.model.facts import ChipsAssembled, DiesReceived, LotFinished, MemoryReceived, MemoryUsed, OpeningBalance
from sim.model.market import Market
from sim.model.setting import Moment, Process, Setting
from sim.scenario.parts import MemoryControl, Scenario


class MemoryStock:
    """One stock of stacks; dies wait for them, first come, first served."""

    def __init__(self, scenario: Scenario, setting: Setting, market: Market) -> None:
        self.terms = scenario.memory
        self.assembly = scenario.assembly
        self.designs = scenario.designs
        self.setting = setting
        self.market = market
        self.control: MemoryControl | None = None
        self.foreseen: set[str] = set()  # announced controls
        self.stacks = 0.0
        self.in_assembly = 0.0  # chips
        self.dies: deque[tuple[str, float]] = deque()  # good ones that wait for memory

    def open(self) -> None:
        """The stock with which the window starts, and the banks of dies that will come into use."""
        self.stacks = self.terms.stock
        self.setting.record(OpeningBalance(0.0, "stacks in stock", "", self.stacks))
        for product, design in self.designs.items():
            if design.die_bank:
                bank = product, design.die_bank
                self.setting.after(max(0.0, self.setting.window.week(design.available)), self._unlock, bank)

    def deliveries(self) -> Process:
        """Every week the makers deliver. Between the announcement of a control and its day they deliver more."""
        for week in count():
            if self.control:
                self._deliver("leak", self.control.leak)
            else:
                for maker, rate in self.terms.foreign.items():
                    self._deliver(maker, rate * (self.terms.front_running if self.foreseen else 1.0))
            for name, terms in self.terms.domestic.items():
                weeks = week - self.setting.window.week(terms.available)
                if weeks >= 0:
                    self._deliver(name, terms.rate * (1 + terms.growth) ** (weeks / WEEKS_A_YEAR))
            yield self.setting.env.timeout(1)

    def receive(self, dies: LotFinished | DiesReceived) -> None:
        """Good dies come and look for their stacks."""
        if dies.dies > 0:
            self.dies.append((dies.product, dies.dies))
        self.setting.record(dies)
        self._join()

    def assemble(self, product: str, chips: float, weeks: float) -> None:
        """Chips will be ready that many weeks from now."""
        self.in_assembly += chips
        self.setting.after(weeks, self._finish, (product, chips))

    def _unlock(self, bank: Moment) -> None:
        product, dies = bank.value
        self.receive(DiesReceived(self.setting.env.now, product, dies))

    def _deliver(self, origin: str, stacks: float) -> None:
        if stacks > 0:
            self.stacks += stacks
            self.setting.record(MemoryReceived(self.setting.env.now, origin, stacks))
            self._join()

    def _join(self) -> None:
        """Dies and stacks that have found each other go into assembly."""
        while self.dies:
            product, waiting = self.dies.popleft()
            design = self.designs[product]
            wanted = waiting / design.dies
            chips = min(wanted, self.stacks / design.stacks) if design.stacks else wanted
            if chips < wanted:
                self.dies.appendleft((product, waiting - chips * design.dies))
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
