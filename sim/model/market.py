"""Chips in stock, projects that wait, and who gets what: first come, first served."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from typing import Any, Protocol

from sim.base.statistics import plain_sum
from sim.model.facts import ChipsAssembled, Delivered, GreyLanded, OrderLanded, ProjectServed
from sim.model.setting import Setting
from sim.model.software import CUDA, DomesticSoftware
from sim.model.systems import Systems
from sim.scenario.parts import Anchor, Scenario

Stacks = frozenset[str]
Crowd = tuple[Stacks, bool]  # the stacks that its projects accept, and whether they are porting


class Waiting(Protocol):
    """A project, as the market knows it."""

    number: int
    name: str
    buyers: Any
    need: float
    unmet: float
    arrived: float
    stack: str
    customer: str
    accepts: Stacks
    porting: bool

    def obey(self, policy: str) -> None:
        """Take note of a mandate that came into force."""

    def leave_supplier(self, stack: str) -> None:
        """Turn to another stack."""


Queue = list[tuple[float, str, Waiting]]

EXACT = 1 + 1e-12  # an order of just what is needed must not leave a project waiting for a rounding error


class Market:
    """Matches chips to projects whenever either comes, so that no chip lies idle that a waiting project accepts.

    A project is served in the order in which projects arrived, whatever it did since. Each software stack has
    its own queue; an entry whose project is gone, or accepts the stack no more, is dropped when it comes to the
    head.
    """

    def __init__(self, scenario: Scenario, setting: Setting, software: DomesticSoftware) -> None:
        self.setting = setting
        self.chips = scenario.chips
        self.software = software
        self.systems = Systems(scenario, setting)
        self.prices = {product: chip.price for product, chip in self.chips.items()}
        self.stock = dict.fromkeys(self.chips, 0.0)
        self._in_stock: set[str] = set()
        self.waiting: dict[str, Waiting] = {}
        self.anchors: dict[str, Anchor] = dict(scenario.anchors)  # contracts that still run
        self._queues: dict[str, Queue] = defaultdict(list)  # by software stack
        self._customers: dict[str, Queue] = defaultdict(list)  # by contract
        self.crowds: dict[Crowd, float] = defaultdict(float)  # effective A100e that wait
        self._count: dict[Crowd, int] = defaultdict(int)

    def need(self, stack: str) -> float:
        """Effective A100e that wait and accept that stack."""
        return plain_sum(need for (accepted, _), need in self.crowds.items() if stack in accepted)

    def enter(self, project: Waiting) -> None:
        """A project waits from now on; it accepts nothing yet."""
        self.waiting[project.name] = project
        self._count_in(project)

    def accept(self, project: Waiting, stacks: Stacks, porting: bool = False) -> None:
        """A waiting project accepts other stacks than before; it takes what is there, and queues for the rest."""
        self._count_out(project)
        new = stacks - project.accepts
        project.accepts, project.porting = stacks, porting
        self._count_in(project)
        while self._in_stock and project.unmet > 0 and (product := self._cheapest(project)):
            self._deliver(project, product, self.stock[product])
        if project.unmet > 0:
            for stack in new:
                heappush(self._queues[stack], (project.arrived, project.name, project))
            if project.customer and project.stack in new:
                heappush(self._customers[project.customer], (project.arrived, project.name, project))

    def leave(self, project: Waiting) -> None:
        """A project waits no more."""
        del self.waiting[project.name]
        self._count_out(project)

    def receive(self, arrival: ChipsAssembled | OrderLanded | GreyLanded) -> None:
        """Chips come into stock and go to those who wait for them, the earliest arrival first."""
        product = arrival.product
        self.stock[product] += arrival.chips
        if self.stock[product] > 0:
            self._in_stock.add(product)
        self.setting.record(arrival)
        for name, contract in self.anchors.items():
            if contract.supplier == self.chips[product].supplier:
                self._serve(self._customers[name], product, arrival.chips * contract.reserved)
        self._serve(self._queues[self.chips[product].software], product, self.stock[product])

    def _serve(self, queue: Queue, product: str, chips: float) -> None:
        """So many chips of the product go to the head of that queue, and on to the next; a project that would get
        nothing out of them keeps its place."""
        stack = self.chips[product].software
        passed: Queue = []
        while queue and chips > 0 and product in self._in_stock:
            project = queue[0][2]
            if project.unmet == 0 or stack not in project.accepts:
                heappop(queue)
            elif self._effective(project, product)[0] == 0:
                passed.append(heappop(queue))
            else:
                chips -= self._deliver(project, product, chips)
        for entry in passed:
            heappush(queue, entry)

    def _count_in(self, project: Waiting) -> None:
        crowd = project.accepts, project.porting
        self.crowds[crowd] += project.unmet
        self._count[crowd] += 1

    def _count_out(self, project: Waiting) -> None:
        crowd = project.accepts, project.porting
        self._count[crowd] -= 1
        self.crowds[crowd] -= project.unmet
        if not self._count[crowd]:
            self.crowds[crowd] = 0.0  # no rounding is carried over from one crowd to the next

    def _cheapest(self, project: Waiting) -> str | None:
        """The product in stock with the lowest price for the compute that this project gets out of it, ties by name."""
        offers = [
            (self.prices[product] / a_chip, product)
            for product in self._in_stock
            if self.chips[product].software in project.accepts and (a_chip := self._effective(project, product)[0])
        ]
        return min(offers)[1] if offers else None

    def _effective(self, project: Waiting, product: str) -> tuple[float, str]:
        """Effective A100e that the project gets out of a chip today, and the system in which it gets them."""
        chip = self.chips[product]
        if chip.software == CUDA:
            return chip.performance, ""
        share, system = self.systems.serve(project.need, chip)
        return chip.performance * self.software.readiness * share, system

    def _deliver(self, project: Waiting, product: str, limit: float) -> float:
        """As many chips of the product as the project needs and the limit allows; their revenue falls now."""
        a_chip, system = self._effective(project, product)
        stock = self.stock[product]
        limit = min(limit, stock)
        chips, compute = project.unmet / a_chip, project.unmet
        if chips > limit * EXACT:
            chips, compute = limit, limit * a_chip
        self.stock[product] = max(0.0, stock - chips)
        if chips >= stock:
            self._in_stock.discard(product)
        self.crowds[project.accepts, project.porting] -= compute
        project.unmet -= compute
        now = self.setting.env.now
        yuan = chips * self.prices[product]
        self.setting.record(Delivered(now, project.name, product, chips, compute, yuan, system))
        if project.unmet == 0:
            self.leave(project)
            self.setting.record(ProjectServed(now, project.name))
        return chips
