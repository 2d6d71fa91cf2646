"""Data-centre projects: each arrives, orders, waits, perhaps ports, is served or gives up."""

from __future__ import annotations

from collections.abc import Callable
from math import fsum, inf, log
from statistics import NormalDist

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
from sim.model.software import CUDA, Software
from sim.model.streams import log_terms
from sim.scenario.arrivals import ArrivalRate, first_day
from sim.scenario.parts import NamedProject, Scenario, Segment

BEFORE = "/before"  # ends the names of streams of what came before the window


class Project:
    """One data centre. It runs one software stack at a time, and is on the order book of that stack only."""

    __slots__ = (
        "buyers", "customer", "due", "home", "name", "need", "number", "patience", "port", "since", "stack", "step",
        "unmet", "useful",
    )  # fmt: skip

    def __init__(self, buyers: Buyers, number: int) -> None:
        self.buyers = buyers
        self.number = number
        self.name = buyers.names(number)
        self.need = self.unmet = buyers.sizes[number]
        self.useful = 1.0
        self.patience = buyers.patience[number]
        self.customer, self.home = buyers.loyalty(number)  # the domestic stack that it runs or would port to
        self.stack = CUDA if buyers.cuda[number] < buyers.terms.cuda_share else self.home
        self.port: Moment | None = None  # the end of the port that is under way
        self.since = self.due = buyers.setting.env.now

    def arrive(self) -> None:
        """Order chips for its stack; wait for what is not in stock."""
        buyers = self.buyers
        insists = self.stack == CUDA
        buyers.record(
            ProjectArrived(self.since, self.name, buyers.segment, self.need, insists, self.home, self.customer)
        )
        if insists and self.bound():
            self.port_to(self.home)
            return
        buyers.market.order(self, self.stack)
        if insists and buyers.terms.porting_wait < self.patience:
            self._wait(buyers.terms.porting_wait, self.port_home)
        else:
            self._wait(self.patience, self.give_up)

    def bound(self) -> bool:
        """Whether a mandate binds it, by its own luck."""
        for policy in self.buyers.mandates:
            if self.buyers.complies(policy, self.number):
                self.buyers.record(ProjectMandated(self.buyers.setting.env.now, self.name, policy))
                return True
        return False

    def port_home(self) -> None:
        """It has waited long enough for CUDA chips."""
        self.buyers.market.leave(self)
        self.port_to(self.home)

    def port_to(self, stack: str) -> None:
        """Order the other stack's chips now and move the code to them meanwhile; patience stands still."""
        buyers = self.buyers
        now = buyers.setting.env.now
        if self.port is None:
            self.patience -= now - self.since
        self.home, self.due = stack, inf
        buyers.record(PortingStarted(now, self.name, stack))
        self.port = buyers.setting.after(buyers.porting_time(self.number), self._ported)
        buyers.market.order(self, stack)

    def _ported(self, moment: Moment) -> None:
        """Its chips, those that it has and those still to come, are of use from now on."""
        if moment is not self.port:
            return  # it has turned elsewhere meanwhile
        buyers = self.buyers
        self.port = None
        buyers.software.learn()
        buyers.record(PortingFinished(buyers.setting.env.now, self.name, self.home))
        self._wait(self.patience, self.give_up)

    def leave_supplier(self, stack: str) -> None:
        """Its customer's contract has ended: it cancels what it has on order there and turns to another stack."""
        self.customer = ""
        self.buyers.record(CustomerLeft(self.buyers.setting.env.now, self.name, stack))
        if self.stack == CUDA:
            self.home = stack
        else:
            self.buyers.market.leave(self)
            self.port_to(stack)

    def give_up(self) -> None:
        """Its patience has run out; what it received stays."""
        self.buyers.market.leave(self)
        unmet, self.unmet = self.unmet, 0.0
        self.buyers.record(ProjectCancelled(self.buyers.setting.env.now, self.name, unmet))

    def _wait(self, weeks: float, step: Callable[[], None]) -> None:
        """Take that step if it still waits then. An alarm that a later one has overtaken wakes nobody."""
        if self.unmet > 0:
            setting = self.buyers.setting
            self.since = setting.env.now
            self.due, self.step = self.since + weeks, step
            setting.after(weeks, self._wake)

    def _wake(self, _alarm: Moment) -> None:
        if self.unmet > 0 and self.buyers.setting.env.now >= self.due:
            self.step()


class Buyers:
    """Projects on the terms of one segment, each with its own luck, whatever the scenario.

    `key` begins the names of their streams: `demand.cloud` for a segment, `projects.datong` for a named project;
    those of the lead-in end with `/before` and are counted backwards from the window's start.
    """

    def __init__(
        self, key: str, segment: str, arrivals: list[float], sizes: list[float], demand: Demand, before: str = ""
    ) -> None:
        self.name = key.partition(".")[2]
        self.segment = segment
        self.before = before
        self.prefix = f"{segment}{before.replace('/', '-')}-" if self.name == segment else ""
        self.arrivals = arrivals
        self.sizes = sizes
        self.demand = demand
        self.setting = setting = demand.setting
        self.record = setting.record
        self.market = demand.market
        self.software = demand.software
        self.terms = terms = demand.scenario.demand[segment]
        self.mandates: dict[str, float] = {}  # the share that complies, by policy
        self.projects: list[Project] = []
        streams, total = setting.streams, len(arrivals)
        self.cuda = streams[f"{key}.cuda_share{before}"].uniforms(total)
        self.patience = streams[f"{key}.patience{before}"].lognormals(total, terms.patience, terms.patience_cv)
        self.stacks = streams[f"software.stacks/{self.name}{before}"].choices(total, self.software.terms.stacks)
        self.porting = streams[f"software.porting/{self.name}{before}"]
        self.contracts = []  # each with its share of the projects that those before it leave
        left = 1.0
        for name, anchor in demand.scenario.anchors.items():
            if anchor.segment == segment:
                share = min(1.0, anchor.projects / left) if left > 0 else 0.0
                self.contracts.append((name, anchor, share, streams[f"anchors.{name}.projects/{self.name}{before}"]))
                left -= anchor.projects

    def come(self) -> Process:
        """One project after another arrives."""
        env = self.setting.env
        for week, number in sorted((week, number) for number, week in enumerate(self.arrivals)):
            yield env.timeout(week - env.now)
            project = Project(self, number)
            self.projects.append(project)
            project.arrive()

    def waiting(self) -> list[Project]:
        """Those that wait now, in the order of their arrival."""
        return [project for project in self.projects if project.unmet > 0]

    def names(self, number: int) -> str:
        """cloud-17; cloud-before-3 for one of the lead-in; a named project is alone and bears its own name."""
        return f"{self.prefix}{number}" if self.prefix else self.name

    def loyalty(self, number: int) -> tuple[str, str]:
        """The contract that the project belongs to, "" for none, and its domestic stack.

        An anchor customer is on its supplier's stack while the contract runs, and on any other once it has ended.
        """
        for name, anchor, share, luck in self.contracts:
            begun = self.setting.env.now >= self.setting.window.week(anchor.starts)
            if begun and luck.happens(number, share):
                own = self.software.stack_of[anchor.supplier]
                return ("", self.other_stack(number, own)) if name in self.demand.ended else (name, own)
        return "", self.stacks[number]

    def other_stack(self, number: int, than: str) -> str:
        """The stack that the project would have had, or the most common other one."""
        if self.stacks[number] != than:
            return self.stacks[number]
        shares = self.software.terms.stacks
        return max((stack for stack in shares if stack != than), key=shares.__getitem__, default=than)

    def porting_time(self, number: int) -> float:
        """The project's weeks of porting if it starts now."""
        return self.porting.lognormal(number, self.software.porting_time, self.software.terms.porting_cv)

    def complies(self, policy: str, number: int) -> bool:
        """Whether the project complies with a mandate, by its own luck."""
        luck = self.setting.streams[f"policies.{policy}.mandate.compliance/{self.name}{self.before}"]
        return luck.happens(number, self.mandates[policy])


class Demand:
    """All segments, and the projects that the articles name."""

    def __init__(self, scenario: Scenario, setting: Setting, market: Market, software: Software) -> None:
        self.scenario = scenario
        self.setting = setting
        self.market = market
        self.software = software
        self.ended: set[str] = set()  # contracts of anchor customers
        self.buyers = [self._segment(name, terms) for name, terms in scenario.demand.items()]
        self.buyers += [self._before(name, terms) for name, terms in scenario.demand.items()]
        self.buyers += [self._one(name, terms) for name, terms in scenario.projects.items()]

    def mandate(self, policy: str, segments: list[str], compliance: float) -> None:
        """Projects of these segments that come with CUDA code or wait for CUDA chips start to port at once."""
        for buyers in self.buyers:
            if buyers.segment in segments:
                buyers.mandates[policy] = compliance
                for project in buyers.waiting():
                    if project.stack == CUDA and project.bound():
                        project.port_home()

    def end_contract(self, anchor: str) -> None:
        """An anchor customer's projects turn to other stacks, those still to come too."""
        self.ended.add(anchor)
        own = self.software.stack_of[self.scenario.anchors[anchor].supplier]
        for buyers in self.buyers:
            for project in buyers.waiting():
                if project.customer == anchor:
                    project.leave_supplier(buyers.other_stack(project.number, own))

    def opening_orders(self, stack: str) -> float:
        """Nominal A100e a week that joined the stack's book before the window, by its terms on the first day."""
        share = self.software.terms.stacks.get(stack, 0.0) / fsum(self.software.terms.stacks.values())
        orders = 0.0
        for terms in self.scenario.demand.values():
            a_week = first_day(terms) * terms.size
            if stack == CUDA:
                orders += a_week * terms.cuda_share
            else:
                large = self._share_of_large(terms)
                chips = (1 - large + large / self.scenario.scale.loose) / self.software.terms.readiness_start
                orders += a_week * (1 - terms.cuda_share) * share * chips
        return orders

    def _share_of_large(self, terms: Segment) -> float:
        """Share of a segment's need that large projects bring."""
        if terms.size_cv == 0:
            return float(terms.size > self.scenario.scale.size)
        spread, shift = log_terms(terms.size_cv)
        return 1 - NormalDist(shift + spread**2, spread).cdf(log(self.scenario.scale.size / terms.size))

    def _segment(self, name: str, terms: Segment) -> Buyers:
        """A Poisson process of projects; the same project comes first at any rate."""
        rate = ArrivalRate(name, self.scenario)
        arrivals = rate.weeks(self.setting.streams[f"demand.{name}.projects"].poisson(rate.expected))
        sizes = self.setting.streams[f"demand.{name}.size"].lognormals(len(arrivals), terms.size, terms.size_cv)
        shrunk = [size * rate.need(week) for size, week in zip(sizes, arrivals, strict=True)]
        return Buyers(f"demand.{name}", name, arrivals, shrunk, self)

    def _before(self, name: str, terms: Segment) -> Buyers:
        """Projects of the lead-in come at the rate of the window's first day."""
        a_week, weeks = first_day(terms), self.scenario.lead_in
        ago = self.setting.streams[f"demand.{name}.projects{BEFORE}"].poisson(a_week * weeks)
        sizes = self.setting.streams[f"demand.{name}.size{BEFORE}"].lognormals(len(ago), terms.size, terms.size_cv)
        return Buyers(f"demand.{name}", name, [-count / a_week for count in ago], sizes, self, BEFORE)

    def _one(self, name: str, terms: NamedProject) -> Buyers:
        """A named project asks on its day for what its budget buys."""
        week = self.setting.window.week(terms.arrives)
        arrivals = [week] if 0 <= week < self.setting.window.weeks else []
        sizes = [terms.budget * terms.chip_share / terms.price]
        return Buyers(f"projects.{name}", terms.segment, arrivals, sizes, self)
