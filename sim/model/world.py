"""The world: its parts put together and run."""

from __future__ import annotations

import simpy

from sim.model.binding import Lookout
from sim.model.demand import Demand
from sim.model.foundry import Fab
from sim.model.grey import GreyChannel
from sim.model.market import Market
from sim.model.memory import MemoryStock
from sim.model.policy import Timeline
from sim.model.setting import Record, Setting
from sim.model.software import DomesticSoftware
from sim.model.streams import Streams
from sim.model.vendor import Importer
from sim.scenario.parts import Scenario


class World:
    """One replication. Demand meets supply in the market; the timeline changes the rules for all."""

    def __init__(self, scenario: Scenario, streams: Streams, record: Record) -> None:
        self.env = simpy.Environment()
        self.setting = setting = Setting(self.env, scenario.window, streams, record)
        self.software = DomesticSoftware(scenario.software, scenario.designs)
        self.market = Market(scenario, setting, self.software)
        self.demand = Demand(scenario, setting, self.market, self.software)
        self.memory = MemoryStock(scenario, setting, self.market)
        self.fab = Fab(scenario.foundry, scenario.designs, setting, self.memory)
        self.importer = Importer(scenario, setting, self.market)
        self.grey: GreyChannel | None = None
        if scenario.grey:
            self.grey = GreyChannel(scenario.grey, scenario.demand, setting, self.demand, self.market)
        self.timeline = Timeline(
            scenario.policies, setting, self.demand, self.fab, self.memory, self.importer, self.grey
        )
        self.lookout = Lookout(setting, self.market, self.software, self.memory, self.importer, self.grey)

    def run(self) -> World:
        """From the opening balances to the end of the window."""
        self.timeline.open()
        self.memory.open()
        self.fab.open()
        self.importer.open()
        for buyers in self.demand.buyers:
            self.env.process(buyers.come())
        self.env.process(self.fab.starts())
        self.env.process(self.memory.deliveries())
        self.env.process(self.importer.orders())
        if self.grey:
            self.grey.open()
            self.env.process(self.grey.dispatches())
        self.env.process(self.lookout.watch())
        self.env.run(until=self.setting.window.weeks)
        return self


def run(scenario: Scenario, streams: Streams, record: Record) -> World:
    """Run one replication, telling `record` every fact; returns the world as it stands at the end.

    The result depends on the scenario and the streams only.
    """
    return World(scenario, streams, record).run()
