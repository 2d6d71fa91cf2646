"""The world: its parts put together and run."""

from __future__ import annotations

import math
from itertools import count

import simpy

from sim.model.binding import EVERY, what_binds
from sim.model.demand import Demand
from sim.model.foundry import Foundry
from sim.model.grey import GreyChannel
from sim.model.market import Market
from sim.model.memory import Memory
from sim.model.policy import Timeline
from sim.model.setting import Process, Record, Setting
from sim.model.software import Software
from sim.model.streams import Streams
from sim.model.vendor import Importer
from sim.scenario.parts import Scenario


class World:
    """One replication. Demand meets supply in the market; the timeline changes the rules for all."""

    def __init__(self, scenario: Scenario, streams: Streams, record: Record) -> None:
        # From a whole week on, a whole week's day comes exactly when its orders do, and its rules before them.
        self.env = simpy.Environment(initial_time=-float(math.ceil(scenario.lead_in)))
        self.setting = setting = Setting(self.env, scenario.window, streams, record)
        self.software = Software(scenario, setting)
        self.market = Market(scenario, setting, self.software)
        self.demand = Demand(scenario, setting, self.market, self.software)
        self.foundry = Foundry(scenario, setting, self.market)
        self.memory = Memory(scenario, setting, self.foundry, self.market)
        self.importer = Importer(scenario, setting, self.market)
        self.grey = GreyChannel(scenario.grey, setting, self.market) if scenario.grey else None
        self.timeline = Timeline(scenario.policies, setting, self)

    def run(self) -> World:
        """The lead-in, in which the first projects come and wait; then the window, with all pipelines filled."""
        self.timeline.open()
        self.env.process(self.weeks())
        for buyers in self.demand.buyers:
            self.env.process(buyers.come())
        self.env.run(until=self.setting.window.weeks)
        return self

    def open(self) -> None:
        """Supply is on its way as if orders had always come at their opening rate."""
        for stack, book in self.market.books.items():
            book.open(self.demand.opening_orders(stack))
        self.memory.open(self.foundry)
        self.importer.open()
        if self.grey:
            self.grey.open()

    def weeks(self) -> Process:
        """The order of a week: designers ask and the line gives, memory is shared, the vendor, the grey channel."""
        yield self.env.timeout(-self.env.now)  # the lead-in; the rules of the first day come before all else
        self.open()
        for week in count():
            for book in self.market.books.values():
                book.new_week()
            self.foundry.start(week)
            self.memory.share(week)
            self.importer.order(week)
            if self.grey:
                self.grey.dispatch(week)
            if week % EVERY == 0:
                self.setting.record(what_binds(self.env.now, self.market, self.foundry, self.importer, self.grey))
            yield self.env.timeout(1)


def run(scenario: Scenario, streams: Streams, record: Record) -> World:
    """Run one replication, telling `record` every fact; returns the world as it stands at the end.

    The result depends on the scenario and the streams only.
    """
    return World(scenario, streams, record).run()
