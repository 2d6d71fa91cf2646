"""Designers and their foundry: orders pull wafers, and wafers become good dies."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

from sim.model.demand import BEFORE
from sim.model.facts import DiesReceived, LotFinished, LotStarted, OpeningBalance, WafersAsked
from sim.model.learning import Line, learned
from sim.model.market import YEAR, Market, shortfall
from sim.model.setting import Moment, Setting
from sim.scenario.parts import Scenario

HISTORY = 6  # mean cycle times: lots older than that have left, but for the rarest


class Designer:
    """One supplier: its designs, and all that is on its way to its customers."""

    def __init__(self, supplier: str, scenario: Scenario, setting: Setting, market: Market) -> None:
        self.supplier = supplier
        self.setting = setting
        self.stock = market.stock
        own = ((product, design) for product, design in scenario.designs.items() if design.supplier == supplier)
        self.designs = dict(sorted(own, key=lambda item: item[1].available))  # the newest last
        self.days = {product: setting.window.week(design.available) for product, design in self.designs.items()}
        self.stack = next(design.software for design in self.designs.values())
        self.book = market.books[self.stack]
        self.cover = scenario.foundry.cover
        self.wafers = dict.fromkeys(self.designs, 0.0)  # in progress
        self.dies = dict.fromkeys(self.designs, 0.0)  # good ones that wait for memory
        self.in_assembly = dict.fromkeys(self.designs, 0.0)  # chips
        self.newest: str | None = None  # the design of which it starts wafers
        self.refused = 0.0  # nominal A100e of wafers that it asked for this week and was not given

    def turn_to_newest(self) -> None:
        """It starts wafers for the newest design on sale; for none before its first is."""
        now = max(0.0, self.setting.env.now)
        self.newest = next((product for product in reversed(self.designs) if self.days[product] <= now), None)

    def compute_a_wafer(self, dies_a_wafer: float) -> float:
        """Nominal A100e of a wafer of its newest design; none where it has none."""
        if self.newest is None:
            return 0.0
        design = self.designs[self.newest]
        return dies_a_wafer / design.dies * design.performance

    def wanted(self, dies_a_wafer: float) -> float:
        """Nominal A100e to start: what is on its book and will join it while it is made, less what is on its way."""
        intake = self.book.last_year / YEAR
        return shortfall(self.book.waiting + self.cover * intake, self._on_its_way(dies_a_wafer))

    @property
    def waiting_for_memory(self) -> float:
        """Nominal A100e of the dies that wait for their stacks."""
        return fsum(self.dies[product] / design.dies * design.performance for product, design in self.designs.items())

    def _on_its_way(self, dies_a_wafer: float) -> float:
        """Nominal A100e in wafers at today's yield, in dies, in assembly and in stock."""
        return fsum(
            design.performance
            * (
                (self.wafers[product] * dies_a_wafer + self.dies[product]) / design.dies
                + self.in_assembly[product]
                + self.stock[product]
            )
            for product, design in self.designs.items()
        )


class Foundry:
    """One line for all designers: what it can do is shared in proportion to what they ask."""

    def __init__(self, scenario: Scenario, setting: Setting, market: Market) -> None:
        self.terms = terms = scenario.foundry
        self.setting = setting
        suppliers = dict.fromkeys(design.supplier for design in scenario.designs.values())
        self.designers = [Designer(supplier, scenario, setting, market) for supplier in suppliers]
        self.line = Line(terms.wafer_starts, terms.growth, terms.delay, terms.ceiling)
        self.learn(0.0)

    def learn(self, finished: float) -> None:
        """So many wafers have been finished since the window's start; what one gives on the average rests on that."""
        terms, self.finished = self.terms, finished
        dies = learned(terms.yield_start, terms.yield_ceiling, terms.yield_half, finished)
        self.dies_a_wafer = terms.dies_per_wafer * dies  # good ones

    def slow_growth(self, growth: float) -> None:
        """Growth falls to what it is without foreign tools; domestic ones make good a part of the loss."""
        lost = max(0.0, self.terms.growth - growth)
        self.line.growth = self.terms.growth - lost * (1 - self.terms.domestic_tools)

    def open(self) -> Iterator[tuple[Designer, str, float, float]]:
        """The line is as full as if orders had always come at their opening rate.

        Lots that are finished, but not yet assembled, are yielded: designer, design, chips, and when they were
        finished.
        """
        asked = self._asked({designer: designer.book.first_rate for designer in self.designers})
        part = self._part(fsum(asked.values()))
        for designer, wafers in asked.items():
            self._await_banks(designer)
            newest, lot = designer.newest, wafers * part
            if newest is None or lot == 0:
                continue
            for slot in range(-1, -int(HISTORY * self.terms.cycle_time) - 2, -1):
                finish = slot + self._cycle_time(designer, slot)
                if finish > 0:
                    designer.wafers[newest] += lot
                    self.setting.after(finish, self._finish, (designer, newest, slot, lot))
                else:
                    dies = self._good_dies(designer, slot, lot)
                    yield designer, newest, dies / designer.designs[newest].dies, finish
            self.setting.record(OpeningBalance(0.0, "wafers in progress", newest, designer.wafers[newest]))

    def _await_banks(self, designer: Designer) -> None:
        """Dies made elsewhere come into use when their design does."""
        for product, design in designer.designs.items():
            if design.die_bank:
                bank = designer, product, design.die_bank
                self.setting.after(max(0.0, designer.days[product]), self._unlock, bank)

    def start(self, week: int) -> None:
        """Designers ask for wafers to cover their books; each gets what it asks, or its part of what there is."""
        now, dies_a_wafer = self.setting.env.now, self.dies_a_wafer
        asked = self._asked({designer: designer.wanted(dies_a_wafer) for designer in self.designers})
        total = fsum(asked.values())
        part = self._part(total)
        for designer, wafers in asked.items():
            lot, product = wafers * part, designer.newest
            designer.refused = (wafers - lot) * designer.compute_a_wafer(dies_a_wafer)
            if product is not None and lot > 0:
                designer.wafers[product] += lot
                self.setting.record(LotStarted(now, product, lot))
                self.setting.after(self._cycle_time(designer, week), self._finish, (designer, product, week, lot))
        self.setting.record(WafersAsked(now, total, self.line.rate))
        self.line.end_week(full=part < 1.0)

    def _asked(self, wanted: dict[Designer, float]) -> dict[Designer, float]:
        """Wafers of each designer's newest design that give the nominal compute that it wants."""
        dies_a_wafer, wafers = self.dies_a_wafer, {}
        for designer, compute in wanted.items():
            designer.turn_to_newest()
            a_wafer = designer.compute_a_wafer(dies_a_wafer)
            wafers[designer] = compute / a_wafer if a_wafer else 0.0
        return wafers

    def _part(self, asked: float) -> float:
        """The share of what is asked that the line can do."""
        return min(1.0, self.line.rate / asked) if asked else 1.0

    def _finish(self, lot: Moment) -> None:
        """A lot is done; its dies are good by today's yield, and the line has learned from it."""
        designer, product, slot, wafers = lot.value
        dies = self._good_dies(designer, slot, wafers)
        designer.wafers[product] -= wafers
        designer.dies[product] += dies
        self.learn(self.finished + wafers)
        self.setting.record(LotFinished(self.setting.env.now, product, wafers, dies))

    def _unlock(self, bank: Moment) -> None:
        """Dies made elsewhere come into use."""
        designer, product, dies = bank.value
        designer.dies[product] += dies
        self.setting.record(DiesReceived(self.setting.env.now, product, dies))

    def _cycle_time(self, designer: Designer, slot: int) -> float:
        """The lot's own cycle time: a designer starts one lot a week at most."""
        luck = self.setting.streams[f"foundry.cycle_time/{designer.supplier}{BEFORE if slot < 0 else ''}"]
        return luck.lognormal(abs(slot), self.terms.cycle_time, self.terms.cycle_time_cv)

    def _good_dies(self, designer: Designer, slot: int, wafers: float) -> float:
        """Good dies of a lot, by its own luck."""
        luck = self.setting.streams[f"foundry.lot/{designer.supplier}{BEFORE if slot < 0 else ''}"]
        factor = luck.lognormal(abs(slot), 1.0, self.terms.lot_cv)
        return wafers * min(self.terms.dies_per_wafer, self.dies_a_wafer * factor)
