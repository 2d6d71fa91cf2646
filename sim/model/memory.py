"""Memory and assembly: a chip needs its dies and its stacks of high-bandwidth memory, and then some weeks."""

from __future__ import annotations

from math import fsum

from sim.model.facts import ChipsAssembled, MemoryReceived, MemoryUsed, OpeningBalance
from sim.model.foundry import Designer, Foundry
from sim.model.learning import Line
from sim.model.market import EXACT, Market
from sim.model.setting import Moment, Setting
from sim.scenario.parts import Scenario

STRETCH = 26  # weeks over which buyers stretch the stock that they have


class Memory:
    """One stock of stacks; what comes and a part of the stock are shared among the dies that wait, every week."""

    def __init__(self, scenario: Scenario, setting: Setting, foundry: Foundry, market: Market) -> None:
        self.terms = terms = scenario.memory
        self.assembly = scenario.assembly
        self.setting = setting
        self.market = market
        self.designers = foundry.designers
        self.leak: float | None = None  # foreign stacks a week under a memory control
        self.foreseen: set[str] = set()  # announced controls
        self.stacks = terms.stock
        delay = scenario.foundry.delay
        self.makers = {n: Line(maker.rate, maker.growth, delay, maker.ceiling) for n, maker in terms.domestic.items()}
        self.days = {name: setting.window.week(maker.available) for name, maker in terms.domestic.items()}

    def open(self, foundry: Foundry) -> None:
        """The stock with which the window starts; finished lots have found their memory, and some are in assembly."""
        self.setting.record(OpeningBalance(0.0, "stacks in stock", "", self.stacks))
        for designer, product, chips, finished in foundry.open():
            if finished + self.assembly.time > 0:
                self._assemble(designer, product, chips, finished + self.assembly.time)
        for designer in self.designers:
            for product, chips in designer.in_assembly.items():
                if chips:
                    self.setting.record(OpeningBalance(0.0, "chips in assembly", product, chips))

    def share(self, week: int) -> None:
        """Memory comes, and each designer gets what its dies ask for, or its part of what is given out."""
        stock = self.stacks
        self._receive(week)
        came = self.stacks - stock
        asked = {designer: self._asked(designer) for designer in self.designers}
        total = fsum(asked.values())
        part = min(1.0, (came + stock / STRETCH) / total) if total else 0.0
        for designer, stacks in asked.items():
            self._join(designer, stacks * part)
        for name, line in self.makers.items():
            line.end_week(full=total > came, open_yet=week >= self.days[name])

    def _receive(self, week: int) -> None:
        """Foreign makers deliver until a control, and more when they foresee it; then a leak, and domestic makers."""
        if self.leak is not None:
            self._deliver("leak", self.leak)
        else:
            for maker, rate in self.terms.foreign.items():
                self._deliver(maker, rate * (self.terms.front_running if self.foreseen else 1.0))
        for name, line in self.makers.items():
            if week >= self.days[name]:
                self._deliver(name, line.rate)

    def _deliver(self, origin: str, stacks: float) -> None:
        if stacks > 0:
            self.stacks += stacks
            self.setting.record(MemoryReceived(self.setting.env.now, origin, stacks))

    def _asked(self, designer: Designer) -> float:
        """Stacks for all its dies that wait."""
        return fsum(designer.dies[product] / d.dies * d.stacks for product, d in designer.designs.items())

    def _join(self, designer: Designer, stacks: float) -> None:
        """Dies and stacks go into assembly together, those of the newest design first."""
        for product in reversed(designer.designs):
            design, dies = designer.designs[product], designer.dies[product]
            chips = dies / design.dies
            used = chips * design.stacks
            if used > stacks * (1 + EXACT):
                chips, used = stacks / design.stacks, stacks
            if chips > 0:
                stacks = max(0.0, stacks - used)
                self.stacks = max(0.0, self.stacks - used)
                designer.dies[product] = max(0.0, dies - chips * design.dies)
                self._assemble(designer, product, chips, self.assembly.time)
                self.setting.record(MemoryUsed(self.setting.env.now, product, chips, chips * design.dies, used))

    def _assemble(self, designer: Designer, product: str, chips: float, weeks: float) -> None:
        designer.in_assembly[product] += chips
        self.setting.after(weeks, self._finish, (designer, product, chips))

    def _finish(self, batch: Moment) -> None:
        """The chips are stock."""
        designer, product, chips = batch.value
        designer.in_assembly[product] -= chips
        self.market.receive(ChipsAssembled(self.setting.env.now, product, chips))
