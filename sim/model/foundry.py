"""The foundry: every week each design starts a lot, weeks later the lot is finished, and its good dies look for
memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import count

from sim.base.units import WEEKS_A_YEAR
from sim.model.facts import LotFinished, LotStarted, OpeningBalance
from sim.model.learning import learned
from sim.model.memory import MemoryStock
from sim.model.setting import Moment, Process, Setting
from sim.scenario.parts import Design, EquipmentControl, Foundry

HISTORY = 6  # mean cycle times: lots older than that have left, but for the rarest


class Fab:
    """One line for all designers; its yield learns from every wafer it finishes."""

    def __init__(self, terms: Foundry, designs: Mapping[str, Design], setting: Setting, memory: MemoryStock) -> None:
        self.terms = terms
        self.designs = designs
        self.setting = setting
        self.memory = memory
        self.finished = 0.0  # wafers since the window's start
        self.in_progress = 0.0  # wafers
        self.rate = min(terms.wafer_starts, terms.ceiling)  # wafer starts a week
        self.growth = terms.growth  # a year
        self._steps = {product: self._share_by_week(design) for product, design in designs.items()}

    @property
    def good_share(self) -> float:
        """Share of gross dies that are good, today."""
        terms = self.terms
        return learned(terms.yield_start, terms.yield_ceiling, terms.yield_half, self.finished)

    def open(self) -> None:
        """The line is full: lots of earlier weeks, as if it had always run at its starting rate."""
        for product, design in self.designs.items():
            wafers = self.rate * self.share(product, 0)
            if wafers == 0:
                continue
            opening_wafers = opening_chips = 0.0
            for slot in range(-1, -int(HISTORY * self.terms.cycle_time) - 2, -1):
                finish = slot + self._cycle_time(product, slot)
                ready = finish + self.memory.assembly.time
                if finish > 0:
                    opening_wafers += wafers
                    self.setting.after(finish, self.finish, (product, slot, wafers))
                elif ready > 0:
                    chips = self._good_dies(product, slot, wafers) / design.dies
                    opening_chips += chips
                    self.memory.assemble(product, chips, ready)
            self.in_progress += opening_wafers
            self.setting.record(OpeningBalance(0.0, "wafers in progress", product, opening_wafers))
            self.setting.record(OpeningBalance(0.0, "chips in assembly", product, opening_chips))

    def starts(self) -> Process:
        """Process: every week a lot of each design."""
        for week in count():
            for product in self.designs:
                wafers = self.rate * self.share(product, week)
                if wafers > 0:
                    self.in_progress += wafers
                    self.setting.record(LotStarted(self.setting.env.now, product, wafers))
                    self.setting.after(self._cycle_time(product, week), self.finish, (product, week, wafers))
            yield self.setting.env.timeout(1)
            self.rate = min(self.rate * (1 + self.growth) ** (1 / WEEKS_A_YEAR), self.terms.ceiling)

    def control_equipment(self, control: EquipmentControl) -> None:
        """Growth falls to what it is without foreign tools; domestic ones make good a part of the loss."""
        lost = max(0.0, self.terms.growth - control.growth)
        self.growth = self.terms.growth - lost * (1 - self.terms.domestic_tools)

    def share(self, product: str, week: float) -> float:
        """The design's share of wafer starts in that week."""
        weeks, shares = self._steps[product]
        return shares[bisect_right(weeks, week)]

    def finish(self, lot: Moment) -> None:
        """A lot is done; its dies are good by today's yield, and the line has learned from it."""
        product, slot, wafers = lot.value
        dies = self._good_dies(product, slot, wafers)
        self.in_progress -= wafers
        self.finished += wafers
        self.memory.receive(LotFinished(self.setting.env.now, product, wafers, dies))

    def _share_by_week(self, design: Design) -> tuple[list[float], list[float]]:
        """The weeks at which the design's share of wafer starts changes; the share before the first and from
        each on."""
        window = self.setting.window
        available = window.week(design.available)
        dated = sorted(design.wafer_share.items())
        before = [share for day, share in dated if window.week(day) <= available][-1:]
        steps = [(available, before[0] if before else 0.0)]
        steps += [(window.week(day), share) for day, share in dated if window.week(day) > available]
        return [week for week, _ in steps], [0.0, *(share for _, share in steps)]

    def _cycle_time(self, product: str, slot: int) -> float:
        """The lot's own cycle time; lots before the window have a stream of their own."""
        luck = self.setting.streams[f"foundry.cycle_time/{product}" + ("/before" if slot < 0 else "")]
        return luck.lognormal(abs(slot), self.terms.cycle_time, self.terms.cycle_time_cv)

    def _good_dies(self, product: str, slot: int, wafers: float) -> float:
        luck = self.setting.streams[f"foundry.lot/{product}" + ("/before" if slot < 0 else "")]
        share = min(1.0, self.good_share * luck.lognormal(abs(slot), 1.0, self.terms.lot_cv))
        return wafers * self.terms.dies_per_wafer * share
