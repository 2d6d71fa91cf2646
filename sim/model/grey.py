"""The grey channel: a rate that follows the premium, a delay, and a probability. Nothing about routes or methods."""

from __future__ import annotations

from sim.model.demand import BEFORE
from sim.model.facts import GreyDispatched, GreyIntercepted, GreyLanded, OpeningBalance
from sim.model.market import Market
from sim.model.setting import Moment, Setting
from sim.model.software import CUDA
from sim.scenario.parts import Grey

PRODUCT = "grey"


class GreyChannel:
    """Dispatches every week; only the volume responds to the world, so a shipment keeps its luck."""

    def __init__(self, terms: Grey, setting: Setting, market: Market) -> None:
        self.terms = terms
        self.setting = setting
        self.market = market
        self.book = market.books[CUDA]
        self.interception = terms.interception
        self.in_transit = 0.0
        self.start = setting.window.week(terms.available)

    def open(self) -> None:
        """Earlier shipments are on their way, at a premium of 1."""
        for slot in range(-1, -int(self.terms.delay) - 2, -1):
            land = slot + self.terms.delay
            if land > 0 and slot >= self.start:
                self._send(slot, min(self.terms.base, self.terms.cap), land)
        self.setting.record(OpeningBalance(0.0, "chips in transit", PRODUCT, self.in_transit))

    def dispatch(self, week: int) -> None:
        """The week's shipment leaves."""
        premium = self._premium()
        self.market.prices[PRODUCT] = self.terms.price * premium
        if week >= self.start:
            chips = min(self.terms.base * premium**self.terms.elasticity, self.terms.cap)
            self._send(week, chips, self.terms.delay)
            self.setting.record(GreyDispatched(self.setting.env.now, PRODUCT, chips, premium))

    def _premium(self) -> float:
        """1 + kappa x (the CUDA book / what joined it in the last 52 weeks)."""
        last_year = self.book.last_year
        return 1 + self.terms.kappa * self.book.waiting / last_year if last_year > 0 else 1.0

    def _send(self, slot: int, chips: float, weeks: float) -> None:
        self.in_transit += chips
        self.setting.after(weeks, self._arrive, (slot, chips))

    def _arrive(self, shipment: Moment) -> None:
        """At the border the shipment is intercepted or lands, by its own luck."""
        slot, chips = shipment.value
        luck = self.setting.streams["grey.interception" + (BEFORE if slot < 0 else "")]
        self.in_transit -= chips
        now = self.setting.env.now
        if luck.happens(abs(slot), self.interception):
            self.setting.record(GreyIntercepted(now, PRODUCT, chips))
        else:
            self.market.receive(GreyLanded(now, PRODUCT, chips))
