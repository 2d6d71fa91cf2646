"""The foreign vendor: orders follow the need, within each product's cap, for as long as no rule bans the product."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from math import fsum

from sim.model.demand import BEFORE
from sim.model.facts import OpeningBalance, OrderLanded, OrderPlaced, OrderRefused, OrderShipped
from sim.model.licence import LicenceDesk
from sim.model.market import Market, shortfall
from sim.model.setting import Moment, Setting
from sim.model.software import CUDA
from sim.scenario.fields import Reach
from sim.scenario.parts import Scenario
from sim.scenario.policies.licence import APPLY_EVERY, Licence

HISTORY = 6  # mean lead times: orders older than that have shipped, but for the rarest
TRAILING = 26  # weeks of orders whose mean front-running multiplies

BANNED, FREE = "banned", "free"
Regime = str | LicenceDesk


class Importer:
    """Orders once a week what waits on the CUDA book and is not on its way yet, the cheapest compute first."""

    def __init__(self, scenario: Scenario, setting: Setting, market: Market) -> None:
        self.terms = scenario.vendor
        self.products = products = scenario.imports
        self.cheapest_first = sorted(products, key=lambda p: (products[p].price / products[p].performance, p))
        self.days = {product: setting.window.week(terms.available) for product, terms in products.items()}
        self.caps = {product: terms.cap for product, terms in products.items()}  # chips a week
        self.setting = setting
        self.market = market
        self.book = market.books[CUDA]
        self.regime: dict[str, Regime] = dict.fromkeys(products, FREE)  # what the last rule that reached it says
        self.desks: list[LicenceDesk] = []
        self.foreseen: dict[str, Reach] = {}  # what announced policies will stop
        self.on_order: dict[str, dict[int, float]] = {product: {} for product in products}
        self.in_transit = dict.fromkeys(products, 0.0)
        # Front-run chips that have not landed, by the week of their order.
        self._on_top: dict[str, dict[int, float]] = {product: {} for product in products}
        self._trailing = {product: deque([0.0] * TRAILING, maxlen=TRAILING) for product in products}

    def available(self, product: str) -> bool:
        """Whether the vendor has it in its catalogue."""
        return max(0.0, self.setting.env.now) >= self.days[product]

    def ban(self, reach: Reach) -> None:
        """What it reaches ships no more; what is ordered or in review is refused, what has shipped arrives."""
        for product in self._rule(reach, BANNED):
            orders = self.on_order[product]
            for slot in list(orders):
                self.setting.record(OrderRefused(self.setting.env.now, product, orders.pop(slot)))
                self._on_top[product].pop(slot, None)
            for desk in self.desks:
                for slot in [slot for name, slot in desk.in_review if name == product]:
                    desk.refuse(product, slot)

    def lift(self, reach: Reach) -> None:
        """What it reaches may be ordered again."""
        self._rule(reach, FREE)

    def license(self, policy: str, licence: Licence) -> None:
        """Orders of what it reaches go through a desk from now on."""
        self.desks.append(LicenceDesk(policy, licence, self.setting, self._place))
        self._rule(licence, self.desks[-1])

    def _rule(self, reach: Reach, regime: Regime) -> tuple[str, ...]:
        """The products that the latest rule reaches, on which it decides from now on."""
        reached = reach.reached(self.products)
        self.regime |= dict.fromkeys(reached, regime)
        return reached

    def in_review(self) -> float:
        """A100e applied for and not decided."""
        return fsum(
            chips * self.products[product].performance
            for desk in self.desks
            for (product, _), chips in desk.in_review.items()
        )

    def shipped(self) -> float:
        """A100e in transit."""
        return fsum(self.in_transit[product] * terms.performance for product, terms in self.products.items())

    def open(self) -> None:
        """Earlier orders are on their way, as if demand had always come at its opening rate."""
        for product, chips in self._wanted(self.book.first_rate):
            if self.regime[product] != FREE:
                continue
            self._trailing[product].extend([chips] * TRAILING)
            for slot in range(-1, -int(HISTORY * self.terms.lead_time + self.terms.transit) - 2, -1):
                ship = slot + self._lead_time(product, slot)
                land = ship + self.terms.transit
                if ship > 0:
                    self.on_order[product][slot] = chips
                    self.setting.after(ship, self._ship, (product, slot))
                elif land > 0:
                    self.in_transit[product] += chips
                    self.setting.after(land, self._land, (product, slot, chips))
            on_order = fsum(self.on_order[product].values())
            self.setting.record(OpeningBalance(0.0, "chips on order", product, on_order))
            self.setting.record(OpeningBalance(0.0, "chips in transit", product, self.in_transit[product]))

    def order(self, week: int) -> None:
        """The week's orders and applications."""
        wanted = dict(self._wanted(shortfall(self.book.waiting, self._coming())))
        for product in self.cheapest_first:
            regime, chips = self.regime[product], wanted.get(product, 0.0)
            if isinstance(regime, LicenceDesk):
                if chips > 0 and regime.takes(week):
                    regime.apply(product, week, chips)
            elif regime == FREE:
                on_top = self._front_run(product)
                self._trailing[product].append(chips)
                if on_top > 0:
                    self._on_top[product][week] = on_top
                self._place(product, week, chips + on_top)

    def _place(self, product: str, slot: int, chips: float) -> None:
        """Chips are ordered; they ship after their own lead time."""
        if chips > 0:
            self.on_order[product][slot] = chips
            self.setting.record(OrderPlaced(self.setting.env.now, product, chips))
            self.setting.after(self._lead_time(product, slot), self._ship, (product, slot))

    def _front_run(self, product: str) -> float:
        """Chips to order on top of the need, while a rule that will stop the product is announced."""
        foreseen = any(product in reach.reached(self.products) for reach in self.foreseen.values())
        if not foreseen or not self.available(product):
            return 0.0
        return (self.terms.front_running - 1) * fsum(self._trailing[product]) / TRAILING

    def _ship(self, order: Moment) -> None:
        """An order leaves the vendor, unless a ban has refused it."""
        product, slot = order.value
        chips = self.on_order[product].pop(slot, 0.0)
        if chips > 0:
            self.in_transit[product] += chips
            self.setting.record(OrderShipped(self.setting.env.now, product, chips))
            self.setting.after(self.terms.transit, self._land, (product, slot, chips))

    def _land(self, shipment: Moment) -> None:
        """Chips arrive and are in stock."""
        product, slot, chips = shipment.value
        self.in_transit[product] -= chips
        self._on_top[product].pop(slot, None)
        self.market.receive(OrderLanded(self.setting.env.now, product, chips))

    def _wanted(self, compute: float) -> Iterator[tuple[str, float]]:
        """Chips of each product that would bring that compute, none banned, none above its cap.

        An application stands for all weeks until the next one may be made.
        """
        for product in self.cheapest_first:
            terms, regime = self.products[product], self.regime[product]
            if compute > 0 and regime != BANNED and self.available(product):
                weeks = APPLY_EVERY if isinstance(regime, LicenceDesk) else 1
                chips = min(compute / terms.performance, self.caps[product] * weeks)
                compute = shortfall(compute, chips * terms.performance)
                yield product, chips

    def _coming(self) -> float:
        """A100e in review, on order, in transit or in stock, less what was ordered on top of the need."""
        return self.in_review() + fsum(
            terms.performance
            * (
                fsum(self.on_order[product].values())
                + self.in_transit[product]
                + self.market.stock[product]
                - fsum(self._on_top[product].values())
            )
            for product, terms in self.products.items()
        )

    def _lead_time(self, product: str, slot: int) -> float:
        """The order's own lead time; orders before the window have a stream of their own."""
        luck = self.setting.streams[f"vendor.lead_time/{product}" + (BEFORE if slot < 0 else "")]
        return luck.lognormal(abs(slot), self.terms.lead_time, self.terms.lead_time_cv)
