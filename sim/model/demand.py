"""Data-centre projects: each arrives, takes what is there, waits, perhaps ports, is served or gives up."""

from __future__ import annotations

import math
from collections.abc import Callable

from sim.model.facts import (
    PortingFinished,
    PortingStarted,
    ProjectArrived,
    ProjectCancelled,
    ProjectMandated,
)
from sim.model.market import Market
from sim.model.setting import Moment, Process, Setting
from sim.model.software import CUDA, DomesticSoftware
from sim.scenario import Mandate, Scenario, Segment
from sim.units import WEEKS_A_YEAR


class Project:
    """One data centre. What it will do next, and when, is `step` and `due`; an alarm that rings earlier was
    overtaken."""

    __slots__ = (
        "accepts",
        "arrived",
        "buyers",
        "due",
        "insists",
        "mandated",
        "name",
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
        self.name = f"{buyers.name}-{number}"
        self.unmet = buyers.sizes[number]
        self.insists = buyers.cuda[number] < buyers.terms.cuda_share  # until it has ported
        self.stack = buyers.stacks[number]
        self.patience = buyers.patience[number]
        self.arrived = self.since = buyers.setting.env.now
        self.mandated = self.porting = False
        self.accepts: frozenset[str] = frozenset()

    def arrive(self) -> None:
        """Ask for chips; wait if there are too few."""
        buyers = self.buyers
        buyers.market.enter(self)
        buyers.record(ProjectArrived(self.arrived, self.name, buyers.name, self.unmet, self.insists, self.stack))
        for policy in buyers.mandates:
            self._heed(policy)
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
            self.buyers.market.accept(self, self._acceptable())
            if self.insists and not self.porting and self.unmet > 0:
                self.start_porting()

    def start_porting(self) -> None:
        """Move the code to its domestic stack; its patience stands still meanwhile."""
        now = self.buyers.setting.env.now
        self.patience -= now - self.since
        self.porting = True
        self.buyers.record(PortingStarted(now, self.name, self.stack))
        self._wait(self.buyers.porting_time(self.number), self.finish_porting)

    def finish_porting(self) -> None:
        """From now on domestic chips will do."""
        buyers = self.buyers
        self.porting = self.insists = False
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
    """One segment: its projects arrive as a Poisson process, and each has its own luck, whatever the scenario."""

    def __init__(self, name: str, terms: Segment, setting: Setting, market: Market, software: DomesticSoftware) -> None:
        self.name = name
        self.terms = terms
        self.setting = setting
        self.record = setting.record
        self.market = market
        self.software = software
        self.mandates: dict[str, Mandate] = {}
        streams = setting.streams
        # Unit-rate arrivals pushed through the inverse of the cumulative rate: the same project comes first at
        # any rate.
        expected = streams[f"demand.{name}.projects"].poisson(self.expected(setting.window.weeks))
        self.arrivals = [self.week_of(projects) for projects in expected]
        total = len(self.arrivals)
        self.sizes = streams[f"demand.{name}.size"].lognormals(total, terms.size, terms.size_cv)
        self.cuda = streams[f"demand.{name}.cuda_share"].uniforms(total)
        self.stacks = streams[f"software.stacks/{name}"].choices(total, software.terms.stacks)
        self.patience = streams[f"demand.{name}.patience"].lognormals(total, terms.patience, terms.patience_cv)
        self.porting = streams[f"software.porting/{name}"]
        self.accepts = {
            (stack, foreign, domestic): frozenset([CUDA] * foreign + [stack] * domestic)
            for stack in software.terms.stacks
            for foreign in (False, True)
            for domestic in (False, True)
        }

    def come(self) -> Process:
        """Process: one project after another arrives."""
        env = self.setting.env
        for number, week in enumerate(self.arrivals):
            yield env.timeout(week - env.now)
            Project(self, number).arrive()

    def expected(self, week: float) -> float:
        """Projects expected by then: N (g^t - 1) / (g - 1) by year t, for N in the first year and a factor g a year."""
        first, growth = self.terms.projects, self.terms.growth
        years = week / WEEKS_A_YEAR
        return first * (math.expm1(years * math.log1p(growth)) / growth if growth else years)

    def week_of(self, projects: float) -> float:
        """The week by which so many are expected: the inverse of `expected`."""
        first, growth = self.terms.projects, self.terms.growth
        years = math.log1p(projects * growth / first) / math.log1p(growth) if growth else projects / first
        return years * WEEKS_A_YEAR

    def porting_time(self, number: int) -> float:
        """The project's weeks of porting if it starts now."""
        software = self.software
        return self.porting.lognormal(number, software.porting_time, software.terms.porting_cv)

    def complies(self, policy: str, number: int) -> bool:
        """Whether the project complies with a mandate, by its own luck."""
        luck = self.setting.streams[f"policies.{policy}.mandate.compliance/{self.name}"]
        return luck.happens(number, self.mandates[policy].compliance)


class Demand:
    """All segments."""

    def __init__(self, scenario: Scenario, setting: Setting, market: Market, software: DomesticSoftware) -> None:
        self.market = market
        self.segments = {
            name: Buyers(name, terms, setting, market, software) for name, terms in scenario.demand.items()
        }

    def mandate(self, policy: str, mandate: Mandate) -> None:
        """The mandate binds projects still to come, and those that wait already."""
        bound = [self.segments[name] for name in mandate.segments]
        for buyers in bound:
            buyers.mandates[policy] = mandate
        for project in list(self.market.waiting.values()):
            if project.buyers in bound and project.unmet > 0:
                project.obey(policy)
