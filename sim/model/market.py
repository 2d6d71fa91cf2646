"""Chips in stock, projects that wait, and who gets what: first come, first served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from sim.model.facts import ChipsAssembled, Delivered, OrderLanded, ProjectServed
from sim.model.setting import Setting
from sim.model.software import CUDA, DomesticSoftware
from sim.scenario import Chip

if TYPE_CHECKING:
    from sim.model.demand import Project

Stacks = frozenset[str]

EXACT = 1 + 1e-12  # an order of just what is needed must not leave a project waiting for a rounding error


class Market:
    """Matches chips to projects whenever either comes, so that no chip lies idle that a waiting project accepts.

    A project is served in the order in which projects arrived, whatever it did since. Each software stack has
    its own queue; an entry whose project is gone, or accepts the stack no more, is dropped when it comes to the
    head.
    """

    def __init__(self, setting: Setting, chips: Mapping[str, Chip], software: DomesticSoftware) -> None:
        self.setting = setting
        self.chips = chips
        self.software = software
        self.stock = dict.fromkeys(chips, 0.0)
        self._in_stock: set[str] = set()
        self.waiting: dict[str, Project] = {}
        self._queues: dict[str, list[tuple[float, str, Project]]] = defaultdict(list)
        self._need: dict[Stacks, float] = defaultdict(float)
        self._count: dict[Stacks, int] = defaultdict(int)

    def need(self, stack: str) -> float:
        """Effective A100e that wait and accept that stack."""
        return sum(need for accepted, need in self._need.items() if stack in accepted)

    def enter(self, project: Project) -> None:
        """A project waits from now on; it accepts nothing yet."""
        self.waiting[project.name] = project
        self._count_in(project)

    def accept(self, project: Project, stacks: Stacks) -> None:
        """A waiting project accepts other stacks than before; it takes what is there, and queues for the rest."""
        self._count_out(project)
        project.accepts = stacks
        self._count_in(project)
        while self._in_stock and project.unmet > 0 and (product := self._cheapest(project)):
            self._deliver(project, product)
        if project.unmet > 0:
            for stack in stacks:
                heappush(self._queues[stack], (project.arrived, project.name, project))

    def leave(self, project: Project) -> None:
        """A project waits no more."""
        del self.waiting[project.name]
        self._count_out(project)

    def receive(self, arrival: ChipsAssembled | OrderLanded) -> None:
        """Chips come into stock and go to those who wait for them, the earliest arrival first."""
        product = arrival.product
        self.stock[product] += arrival.chips
        self._in_stock.add(product)
        self.setting.record(arrival)
        stack = self.chips[product].software
        queue = self._queues[stack]
        while queue and product in self._in_stock:
            project = queue[0][2]
            if project.unmet > 0 and stack in project.accepts:
                self._deliver(project, product)
            else:
                heappop(queue)

    def _count_in(self, project: Project) -> None:
        self._need[project.accepts] += project.unmet
        self._count[project.accepts] += 1

    def _count_out(self, project: Project) -> None:
        self._count[project.accepts] -= 1
        self._need[project.accepts] -= project.unmet
        if not self._count[project.accepts]:
            self._need[project.accepts] = 0.0  # no rounding is carried over from one crowd to the next

    def _cheapest(self, project: Project) -> str | None:
        """The product in stock with the lowest price for the compute that this project gets out of it, ties by name."""
        offers = [
            (self.chips[product].price / self._effective(product), product)
            for product in self._in_stock
            if self.chips[product].software in project.accepts
        ]
        return min(offers)[1] if offers else None

    def _effective(self, product: str) -> float:
        """Effective A100e a chip, today."""
        chip = self.chips[product]
        return chip.performance if chip.software == CUDA else chip.performance * self.software.readiness

    def _deliver(self, project: Project, product: str) -> None:
        """As many chips of the product as the project needs and the stock holds; its revenue falls now."""
        a_chip = self._effective(product)
        stock = self.stock[product]
        chips, compute = project.unmet / a_chip, project.unmet
        if chips > stock * EXACT:
            chips, compute = stock, stock * a_chip
        self.stock[product] = max(0.0, stock - chips)
        if chips >= stock:
            self._in_stock.discard(product)
        self._need[project.accepts] -= compute
        project.unmet -= compute
        now = self.setting.env.now
        self.setting.record(Delivered(now, project.name, product, chips, compute, chips * self.chips[product].price))
        if project.unmet == 0:
            self.leave(project)
            self.setting.record(ProjectServed(now, project.name))
