"""The foreign vendor: orders follow the need, within each product's cap, for as long as no rule bans the product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count

from sim.model.facts import OpeningBalance, OrderLanded, OrderPlaced, OrderRefused, OrderShipped
from sim.model.market import Market
from sim.model.setting import Moment, Process, Setting
from sim.model.software import CUDA
from sim.scenario import Import, Reach, Segment, Vendor
from sim.units import WEEKS_A_YEAR

HISTORY = 6  # mean lead times: orders older than that have shipped, but for a few in a million


class Importer:
    """Orders once a week what waits for CUDA and is not on its way yet, the cheapest compute first."""

    def __init__(
        self,
        terms: Vendor,
        products: Mapping[str, Import],
        demand: Mapping[str, Segment],
        setting: Setting,
        market: Market,
    ) -> None:
        self.terms = terms
        self.products = products
        self.cheapest_first = sorted(products, key=lambda p: (products[p].price / products[p].performance, p))
        self.demand = demand
        self.setting = setting
        self.market = market
        self.rules: list[tuple[Reach, bool]] = []  # each ban (True) and lift (False) so far
        self.on_order: dict[str, dict[int, float]] = {product: {} for product in products}
        self.in_transit = dict.fromkeys(products, 0.0)

    def banned(self, product: str) -> bool:
        """Whether the last rule that reaches the product bans it."""
        for reach, bans in reversed(self.rules):
            if self._reaches(reach, product):
                return bans
        return False

    def ban(self, reach: Reach) -> None:
        """What it reaches ships no more; orders are refused, what has shipped arrives."""
        self.rules.append((reach, True))
        for product, orders in self.on_order.items():
            if self._reaches(reach, product):
                for slot in list(orders):
                    chips = orders.pop(slot)
                    self.setting.record(OrderRefused(self.setting.env.now, product, chips))

    def lift(self, reach: Reach) -> None:
        """What it reaches may be ordered again."""
        self.rules.append((reach, False))

    def open(self) -> None:
        """Earlier orders are on their way, as if demand had always come at its starting rate."""
        for product, chips in self._wanted(self._starting_demand(), week=0):
            for slot in range(-1, -int(HISTORY * self.terms.lead_time + self.terms.transit) - 2, -1):
                ship = slot + self._lead_time(product, slot)
                land = ship + self.terms.transit
                if ship > 0:
                    self.on_order[product][slot] = chips
                    self.setting.after(ship, self.ship, (product, slot))
                elif land > 0:
                    self.in_transit[product] += chips
                    self.setting.after(land, self.land, (product, chips))
            on_order = sum(self.on_order[product].values())
            self.setting.record(OpeningBalance(0.0, "chips on order", product, on_order))
            self.setting.record(OpeningBalance(0.0, "chips in transit", product, self.in_transit[product]))

    def orders(self) -> Process:
        """Process: every week's orders."""
        for week in count():
            for product, chips in self._wanted(self.market.need(CUDA) - self._coming(), week):
                self.on_order[product][week] = chips
                self.setting.record(OrderPlaced(self.setting.env.now, product, chips))
                self.setting.after(self._lead_time(product, week), self.ship, (product, week))
            yield self.setting.env.timeout(1)

    def ship(self, order: Moment) -> None:
        """An order leaves the vendor, unless a ban has refused it."""
        product, slot = order.value
        chips = self.on_order[product].pop(slot, 0.0)
        if chips > 0:
            self.in_transit[product] += chips
            self.setting.record(OrderShipped(self.setting.env.now, product, chips))
            self.setting.after(self.terms.transit, self.land, (product, chips))

    def land(self, shipment: Moment) -> None:
        """Chips arrive and are in stock."""
        product, chips = shipment.value
        self.in_transit[product] -= chips
        self.market.receive(OrderLanded(self.setting.env.now, product, chips))

    def _wanted(self, compute: float, week: int) -> Iterator[tuple[str, float]]:
        """Chips of each product that would bring that compute, none banned, none above its cap."""
        for product in self.cheapest_first:
            terms = self.products[product]
            if compute <= 0:
                return
            if week >= self.setting.window.week(terms.available) and not self.banned(product):
                chips = min(compute / terms.performance, terms.cap)
                compute -= chips * terms.performance
                if chips > 0:
                    yield product, chips

    def _coming(self) -> float:
        """A100e on order, in transit or in stock."""
        return sum(
            (sum(self.on_order[product].values()) + self.in_transit[product] + self.market.stock[product])
            * terms.performance
            for product, terms in self.products.items()
        )

    def _starting_demand(self) -> float:
        """A100e that arrive a week in the window's first year; all of it accepts CUDA."""
        return sum(terms.projects * terms.size for terms in self.demand.values()) / WEEKS_A_YEAR

    def _reaches(self, reach: Reach, product: str) -> bool:
        return reach.product == product or (
            reach.threshold is not None and self.products[product].performance >= reach.threshold
        )

    def _lead_time(self, product: str, slot: int) -> float:
        """The order's own lead time; orders before the window have a stream of their own."""
        luck = self.setting.streams[f"vendor.lead_time/{product}" + ("/before" if slot < 0 else "")]
        return luck.lognormal(abs(slot), self.terms.lead_time, self.terms.lead_time_cv)
