"""The grey channel: a rate that follows the premium, a delay, and a probability. Nothing about routes or methods."""

from __future__ import annotations

from collections import deque
from itertools import count

from sim.base.statistics import plain_sum
from sim.base.units import WEEKS_A_YEAR
from sim.model.demand import Demand
from sim.model.facts import GreyDispatched, GreyIntercepted, GreyLanded, OpeningBalance
from sim.model.market import Market
from sim.model.setting import Moment, Process, Setting
from sim.model.software import CUDA
from sim.scenario.parts import Grey, Segment

PRODUCT = "grey"
A_YEAR = 52  # weeks over which arrived need is counted


class GreyChannel:
    """Dispatches every week; only the volume responds to the world, so a shipment keeps its luck."""

    def __init__(
        self, terms: Grey, segments: dict[str, Segment], setting: Setting, demand: Demand, market: Market
    ) -> None:
        self.terms = terms
        self.setting = setting
        self.demand = demand
        self.market = market
        self.interception = terms.interception
        self.in_transit = 0.0
        self.start = setting.window.week(terms.available)
        # The year before the window asked at the starting rate.
        a_week = plain_sum(segment.projects * segment.size for segment in segments.values()) / WEEKS_A_YEAR
        self._arrived = deque((-a_week * weeks for weeks in range(A_YEAR, 0, -1)), maxlen=A_YEAR)

    def open(self) -> None:
        """Earlier shipments are on their way, at a premium of 1."""
        for slot in range(-1, -int(self.terms.delay) - 2, -1):
            land = slot + self.terms.delay
            if land > 0 and slot >= self.start:
                self._send(slot, min(self.terms.base, self.terms.cap), land)
        self.setting.record(OpeningBalance(0.0, "chips in transit", PRODUCT, self.in_transit))

    def dispatches(self) -> Process:
        """Every week a shipment leaves."""
        for week in count():
            premium = self._premium()
            self.market.prices[PRODUCT] = self.terms.price * premium
            if week >= self.start:
                chips = min(self.terms.base * premium**self.terms.elasticity, self.terms.cap)
                self._send(week, chips, self.terms.delay)
                self.setting.record(GreyDispatched(self.setting.env.now, PRODUCT, chips, premium))
            yield self.setting.env.timeout(1)

    def _premium(self) -> float:
        """1 + kappa x (need that waits and accepts CUDA / such need arrived in the last 52 weeks)."""
        arrived = self.demand.cuda_arrived
        last_year = arrived - self._arrived[0]
        self._arrived.append(arrived)
        return 1 + self.terms.kappa * self.market.need(CUDA) / last_year if last_year > 0 else 1.0

    def _send(self, slot: int, chips: float, weeks: float) -> None:
        self.in_transit += chips
        self.setting.after(weeks, self._arrive, (slot, chips))

    def _arrive(self, shipment: Moment) -> None:
        """At the border the shipment is intercepted or lands, by its own luck."""
        slot, chips = shipment.value
        luck = self.setting.streams["grey.interception" + ("/before" if slot < 0 else "")]
        self.in_transit -= chips
        now = self.setting.env.now
        if luck.happens(abs(slot), self.interception):
            self.setting.record(GreyIntercepted(now, PRODUCT, chips))
        else:
            self.market.receive(GreyLanded(now, PRODUCT, chips))
