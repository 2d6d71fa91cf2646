"""Order books and chips in stock: who gets what."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from sim.model.facts import ChipsAssembled, Delivered, GreyLanded, OrderLanded, ProjectOrdered, ProjectServed
from sim.model.setting import Setting
from sim.model.software import CUDA, Software
from sim.scenario.parts import Scenario

YEAR = 52  # weeks
EXACT = 1e-9  # of an order; less is a rounding error, which nobody waits for and nobody orders


class Customer(Protocol):
    """A project, as the market knows it."""

    name: str
    stack: str
    need: float  # effective A100e
    unmet: float  # effective A100e
    useful: float  # effective A100e it gets out of a nominal one, as of its order


class Book:
    """The orders for one software stack, first come, first served; nominal A100e."""

    def __init__(self, products: Iterable[str]) -> None:
        self.products = list(products)  # that it can be served with
        self.waiting = 0.0
        self.joined = 0.0  # since the lead-in began
        self.queue: deque[Customer] = deque()  # some have left meanwhile
        self.projects = 0  # that wait
        self.first_rate = 0.0  # a week, before the window
        self.last_year = 0.0  # what joined in the 52 weeks before this one
        self._joined: deque[float] = deque()  # by week, over a year

    def open(self, a_week: float) -> None:
        """Orders are taken to have come at that rate for a year."""
        self.first_rate = a_week
        self._joined.extend(self.joined - a_week * weeks for weeks in range(YEAR, 0, -1))

    def new_week(self) -> None:
        """A week is over."""
        self.last_year = self.joined - self._joined.popleft()
        self._joined.append(self.joined)

    def join(self, project: Customer) -> None:
        """Its order counts from now on."""
        order = project.unmet / project.useful
        self.waiting += order
        self.joined += order
        self.projects += 1
        self.queue.append(project)

    def leave(self, project: Customer) -> None:
        """What it has still on order counts no more; its place in the queue is skipped when it comes to the head."""
        self.projects -= 1
        if self.projects:
            self.take(project.unmet / project.useful)
        else:
            self.waiting = 0.0  # no rounding stays

    def take(self, order: float) -> None:
        """So much is on order no more. A far larger order loses small ones in rounding, but nothing falls below 0."""
        self.waiting = max(0.0, self.waiting - order)


def shortfall(wanted: float, there: float) -> float:
    """What is wanted beyond what is there."""
    missing = wanted - there
    return missing if missing > EXACT * wanted else 0.0


class Market:
    """A project is on the book of the stack that it runs, from the day on which it chose it."""

    def __init__(self, scenario: Scenario, setting: Setting, software: Software) -> None:
        self.setting = setting
        self.software = software
        self.chips = scenario.chips
        self.prices = {product: chip.price for product, chip in self.chips.items()}
        self.stock = dict.fromkeys(self.chips, 0.0)
        self.books = {
            stack: Book(product for product, chip in self.chips.items() if chip.software == stack)
            for stack in [*scenario.software.stacks, *(chip.software for chip in self.chips.values()), CUDA]
        }

    def order(self, project: Customer, stack: str) -> None:
        """A project orders what it still needs for a stack: it takes what is in stock, and joins the book for the rest.

        It keeps to the number of chips that it needs by today's software and systems.
        """
        book = self.books[stack]
        project.stack = stack
        project.useful = self.software.usefulness(stack, project.need)
        now = self.setting.env.now
        self.setting.record(ProjectOrdered(now, project.name, stack, project.unmet / project.useful))
        book.join(project)
        while project.unmet > 0 and (product := self._cheapest(book)):
            self._deliver(project, product)

    def leave(self, project: Customer) -> None:
        """A project takes back what it has on order."""
        if project.unmet > 0:
            self.books[project.stack].leave(project)

    def receive(self, arrival: ChipsAssembled | OrderLanded | GreyLanded) -> None:
        """Chips come into stock and go to the head of the book."""
        product = arrival.product
        self.stock[product] += arrival.chips
        self.setting.record(arrival)
        stack = self.chips[product].software
        queue = self.books[stack].queue
        while queue and self.stock[product] > 0:
            if queue[0].unmet == 0 or queue[0].stack != stack:
                queue.popleft()
            else:
                self._deliver(queue[0], product)

    def _cheapest(self, book: Book) -> str | None:
        """The product in stock with the lowest price for its compute, ties by name."""
        offers = [
            (self.prices[product] / self.chips[product].performance, product)
            for product in book.products
            if self.stock[product] > 0
        ]
        return min(offers)[1] if offers else None

    def _deliver(self, project: Customer, product: str) -> None:
        """As many chips as the project needs and the stock holds; their revenue falls now."""
        compute_a_chip = self.chips[product].performance * project.useful
        stock, book = self.stock[product], self.books[project.stack]
        chips, compute = project.unmet / compute_a_chip, project.unmet
        if abs(stock - chips) * compute_a_chip <= EXACT * project.need:
            chips = stock
        elif chips > stock:
            chips, compute = stock, stock * compute_a_chip
        self.stock[product] = stock - chips
        served = compute == project.unmet
        if served:
            book.leave(project)
            project.unmet = 0.0
        else:
            project.unmet -= compute
            book.take(compute / project.useful)
        now = self.setting.env.now
        self.setting.record(Delivered(now, project.name, product, chips, compute, chips * self.prices[product]))
        if served:
            self.setting.record(ProjectServed(now, project.name))
