"""Data-centre projects: each arrives, takes what is there, waits, perhaps ports, is served or gives up."""

from __future__ import annotations

from collections.abc import Callable

from sim.base.statistics import plain_sum
from sim.model.arrivals import ArrivalRate
from sim.model.facts import (
    CustomerLeft,
    PortingFinished,
    PortingStarted,
    ProjectArrived,
    ProjectCancelled,
    ProjectMandated,
)
from sim.model.market import Market
from sim.model.setting import Moment, Process, Setting
from sim.model.software import CUDA, DomesticSoftware
from sim.scenario.parts import Mandate, NamedProject, Scenario, Segment


class Project:
    """One data centre. What it will do next, and when, is `step` and `due`; an earlier alarm was overtaken."""

    __slots__ = (
        "accepts",
        "arrived",
        "buyers",
        "customer",
        "due",
        "insists",
        "mandated",
        "name",
        "need",
        "number",
        "patience",
        "porting",
        "since",
        "stack",
        "step",
        "unmet",
    )

    def __init__(self, buyers: Buyers, number: int) -> None:
        self.buyers = buyers
        self.number = number
        self.name = buyers.names(number)
        self.need = self.unmet = buyers.sizes[number]
        self.insists = buyers.cuda[number] < buyers.terms.cuda_share  # until it has ported
        self.customer, self.stack = buyers.loyalty(number)
        self.patience = buyers.patience[number]
        self.arrived = self.since = buyers.setting.env.now
        self.mandated = self.porting = False
        self.accepts: frozenset[str] = frozenset()

    def arrive(self) -> None:
        """Ask for chips; wait if there are too few."""
        buyers = self.buyers
        buyers.market.enter(self)
        buyers.record(
            ProjectArrived(self.arrived, self.name, buyers.segment, self.unmet, self.insists, self.stack, self.customer)
        )
        for policy in buyers.mandates:
            self._heed(policy)
        if not self.mandated:
            buyers.cuda_arrived += self.need
        buyers.market.accept(self, self._acceptable())
        if self.unmet > 0:
            if self.insists and self.mandated:
                self.start_porting()
            elif self.insists and buyers.terms.porting_wait < self.patience:
                self._wait(buyers.terms.porting_wait, self.start_porting)
            else:
                self._wait(self.patience, self.give_up)

    def obey(self, policy: str) -> None:
        """A mandate comes into force while it waits: if it is bound, only domestic chips will do from now on."""
        before = self.mandated
        self._heed(policy)
        if self.mandated and not before:
            self.buyers.market.accept(self, self._acceptable(), self.porting)
            if self.insists and not self.porting:
                self.start_porting()

    def leave_supplier(self, stack: str) -> None:
        """Its customer's contract has ended: it turns to another stack, and has to port if it ran on the old one."""
        self.customer, self.stack = "", stack
        self.buyers.record(CustomerLeft(self.buyers.setting.env.now, self.name, stack))
        if not self.insists:
            self.insists = True
            self.start_porting()

    def start_porting(self) -> None:
        """Move the code to its domestic stack; its patience stands still meanwhile."""
        buyers = self.buyers
        now = buyers.setting.env.now
        self.patience -= now - self.since
        buyers.record(PortingStarted(now, self.name, self.stack))
        buyers.market.accept(self, self._acceptable(), porting=True)
        self._wait(buyers.porting_time(self.number), self.finish_porting)

    def finish_porting(self) -> None:
        """From now on domestic chips will do."""
        buyers = self.buyers
        self.insists = False
        buyers.software.learn()
        buyers.record(PortingFinished(buyers.setting.env.now, self.name, self.stack))
        buyers.market.accept(self, self._acceptable())
        if self.unmet > 0:
            self._wait(self.patience, self.give_up)

    def give_up(self) -> None:
        """Its patience has run out; what it received stays."""
        self.buyers.market.leave(self)
        unmet, self.unmet = self.unmet, 0.0
        self.buyers.record(ProjectCancelled(self.buyers.setting.env.now, self.name, unmet))

    def _heed(self, policy: str) -> None:
        if self.buyers.complies(policy, self.number):
            self.mandated = True
            self.buyers.record(ProjectMandated(self.buyers.setting.env.now, self.name, policy))

    def _acceptable(self) -> frozenset[str]:
        return self.buyers.accepts[self.stack, not self.mandated, not self.insists]

    def _wait(self, weeks: float, step: Callable[[], None]) -> None:
        setting = self.buyers.setting
        self.since = setting.env.now
        self.due, self.step = self.since + weeks, step
        setting.after(weeks, self._wake)

    def _wake(self, _alarm: Moment) -> None:
        if self.unmet > 0 and self.buyers.setting.env.now >= self.due:
            self.step()


class Buyers:
    """Projects on the terms of one segment, each with its own luck, whatever the scenario.

    `key` begins the names of their streams: `demand.cloud` for a segment, `projects.datong` for a named project.
    """

    def __init__(
        self,
        key: str,
        segment: str,
        arrivals: list[float],
        sizes: list[float],
        scenario: Scenario,
        setting: Setting,
        market: Market,
        software: DomesticSoftware,
    ) -> None:
        self.name = key.partition(".")[2]
        self.segment = segment
        self.terms = scenario.demand[segment]
        self.arrivals = arrivals
        self.sizes = sizes
        self.setting = setting
        self.record = setting.record
        self.market = market
        self.software = software
        self.mandates: dict[str, Mandate] = {}
        self.cuda_arrived = 0.0  # A100e asked for so far by projects that accepted CUDA when they came
        streams, total = setting.streams, len(arrivals)
        self.cuda = streams[f"{key}.cuda_share"].uniforms(total)
        self.patience = streams[f"{key}.patience"].lognormals(total, self.terms.patience, self.terms.patience_cv)
        self.stacks = streams[f"software.stacks/{self.name}"].choices(total, software.terms.stacks)
        self.porting = streams[f"software.porting/{self.name}"]
        self.contracts = []  # each with its share of the projects that those before it leave
        left = 1.0
        for name, anchor in scenario.anchors.items():
            if anchor.segment == segment:
                share = min(1.0, anchor.projects / left) if left > 0 else 0.0
                self.contracts.append((name, anchor, share, streams[f"anchors.{name}.projects/{self.name}"]))
                left -= anchor.projects
        self.accepts = {
            (stack, foreign, domestic): frozenset([CUDA] * foreign + [stack] * domestic)
            for stack in software.terms.stacks
            for foreign in (False, True)
            for domestic in (False, True)
        }

    def come(self) -> Process:
        """One project after another arrives."""
        env = self.setting.env
        for number, week in enumerate(self.arrivals):
            yield env.timeout(week - env.now)
            Project(self, number).arrive()

    def names(self, number: int) -> str:
        """cloud-17; a named project is alone and bears its own name."""
        return self.name if self.name != self.segment else f"{self.segment}-{number}"

    def loyalty(self, number: int) -> tuple[str, str]:
        """The contract that the project belongs to, "" for none, and its domestic stack.

        An anchor customer is on its supplier's stack, and on any other once the contract has ended.
        """
        for name, anchor, share, luck in self.contracts:
            if luck.happens(number, share):
                own = self.software.stack_of[anchor.supplier]
                return (name, own) if name in self.market.anchors else ("", self.other_stack(number, own))
        return "", self.stacks[number]

    def other_stack(self, number: int, than: str) -> str:
        """The stack that the project would have had, or the most common other one."""
        if self.stacks[number] != than:
            return self.stacks[number]
        shares = self.software.terms.stacks
        return max((stack for stack in shares if stack != than), key=shares.__getitem__, default=than)

    def porting_time(self, number: int) -> float:
        """The project's weeks of porting if it starts now."""
        software = self.software
        return self.porting.lognormal(number, software.porting_time, software.terms.porting_cv)

    def complies(self, policy: str, number: int) -> bool:
        """Whether the project complies with a mandate, by its own luck."""
        luck = self.setting.streams[f"policies.{policy}.mandate.compliance/{self.name}"]
        return luck.happens(number, self.mandates[policy].compliance)


class Demand:
    """All segments, and the projects that the articles name."""

    def __init__(self, scenario: Scenario, setting: Setting, market: Market, software: DomesticSoftware) -> None:
        self.scenario = scenario
        self.setting = setting
        self.market = market
        self.software = software
        self.buyers = [self._segment(name, terms) for name, terms in scenario.demand.items()]
        self.buyers += [self._one(name, terms) for name, terms in scenario.projects.items()]

    @property
    def cuda_arrived(self) -> float:
        """A100e asked for so far by projects that accepted CUDA when they came."""
        return plain_sum(buyers.cuda_arrived for buyers in self.buyers)

    def mandate(self, policy: str, mandate: Mandate) -> None:
        """The mandate binds projects still to come, and those that wait already."""
        bound = [buyers for buyers in self.buyers if buyers.segment in mandate.segments]
        for buyers in bound:
            buyers.mandates[policy] = mandate
        for project in list(self.market.waiting.values()):
            if project.buyers in bound and project.unmet > 0:
                project.obey(policy)

    def end_contract(self, name: str) -> None:
        """An anchor customer's projects refuse the supplier's chips, those still to come too."""
        anchor = self.market.anchors.pop(name)
        own = self.software.stack_of[anchor.supplier]
        for project in list(self.market.waiting.values()):
            if project.customer == name and project.unmet > 0:
                project.leave_supplier(project.buyers.other_stack(project.number, own))

    def _segment(self, name: str, terms: Segment) -> Buyers:
        """A Poisson process of projects; the same project comes first at any rate."""
        rate = ArrivalRate(name, self.scenario)
        arrivals = rate.arrivals(self.setting.streams[f"demand.{name}.projects"])
        sizes = self.setting.streams[f"demand.{name}.size"].lognormals(len(arrivals), terms.size, terms.size_cv)
        shrunk = [size * rate.need(week) for size, week in zip(sizes, arrivals, strict=True)]
        return Buyers(f"demand.{name}", name, arrivals, shrunk, self.scenario, self.setting, self.market, self.software)

    def _one(self, name: str, terms: NamedProject) -> Buyers:
        """A named project asks on its day for what its budget buys."""
        week = self.setting.window.week(terms.arrives)
        arrivals = [week] if 0 <= week < self.setting.window.weeks else []
        sizes = [terms.budget * terms.chip_share / terms.price]
        return Buyers(
            f"projects.{name}", terms.segment, arrivals, sizes, self.scenario, self.setting, self.market, self.software
        )
