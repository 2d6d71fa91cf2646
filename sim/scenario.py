"""A scenario: every parameter of the model, frozen, each a plain number in the unit that its type names.

The model reads nothing else. Files are turned into scenarios by `sim.load`, which keeps beside each value the
source it came from. This module needs the standard library only, so that the model can run where nothing else
is installed. `scenarios/REFERENCE.md` and the JSON Schema are made from the types and texts below.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Annotated

from sim.label import LABEL
from sim.units import DAYS_A_WEEK, WEEKS_A_YEAR, Day, Growth, Quantity, Share, SomeWeeks, Spread, Weeks

Compute = Annotated[float, Quantity("A100e", above=0)]
Yuan = Annotated[float, Quantity("yuan", above=0)]
Power = Annotated[float, Quantity("kW", at_least=0)]
ChipsAWeek = Annotated[float, Quantity("chips/week", at_least=0)]
Stacks = Annotated[float, Quantity("stacks", at_least=0)]
StacksAWeek = Annotated[float, Quantity("stacks/week", at_least=0)]
Ports = Annotated[float, Quantity("ports", above=0)]
Wafers = Annotated[float, Quantity("wafers", above=0)]


class Part:
    """A group of keys in a scenario file; a key that is not listed is a mistake."""


@dataclass(frozen=True, kw_only=True)
class Window(Part):
    """The time that is simulated. The clock counts weeks from its start."""

    start: Day
    """First day."""
    end: Day
    """Day after the last."""

    @property
    def weeks(self) -> float:
        """Length in weeks."""
        return self.week(self.end)

    def week(self, day: datetime.date) -> float:
        """The clock's reading at the start of a calendar day; negative before the window."""
        return (day - self.start).days / DAYS_A_WEEK

    def day(self, week: float) -> datetime.date:
        """The calendar day of a reading of the clock."""
        return self.start + datetime.timedelta(days=int(week * DAYS_A_WEEK // 1))

    def years(self, week: float) -> float:
        """Years since the start, for yearly growth."""
        return week / WEEKS_A_YEAR


@dataclass(frozen=True, kw_only=True)
class Segment(Part):
    """Data-centre projects of one kind of buyer."""

    projects: Annotated[float, Quantity("projects/year", at_least=0, at_most=20000)]
    """Expected number of projects that arrive in the first year (a Poisson process)."""
    growth: Growth
    """Growth of the arrival rate a year."""
    size: Compute
    """Mean compute a project needs, effective."""
    size_cv: Spread
    """Coefficient of variation of the size (lognormal)."""
    cuda_share: Share
    """Share of projects that insist on CUDA when they arrive."""
    porting_wait: Weeks
    """Waiting time after which a project that insists on CUDA starts to port to a domestic stack."""
    patience: SomeWeeks
    """Mean waiting time after which a project gives up; it stands still while the project ports."""
    patience_cv: Spread
    """Coefficient of variation of the patience (lognormal)."""


@dataclass(frozen=True, kw_only=True)
class Chip(Part):
    """An accelerator that can be delivered to a project."""

    supplier: str
    """Company that sells it."""
    performance: Compute
    """Nominal performance of a chip."""
    price: Yuan
    """Price of a chip."""
    power: Power
    """Power a chip as installed, system overhead included."""
    software: str
    """Software stack that it runs: CUDA, or one of the domestic stacks."""
    available: Day
    """First day on which it is made (a domestic design) or ordered (an import)."""


@dataclass(frozen=True, kw_only=True)
class Design(Chip):
    """A domestic accelerator, made in the foundry."""

    dies: Annotated[float, Quantity("dies", above=0)]
    """Good logic dies a chip."""
    stacks: Stacks
    """Stacks of high-bandwidth memory a chip."""
    wafer_share: dict[Day, Share]
    """Share of all wafer starts, each from its date on; zero before the first, and until the design is available."""


@dataclass(frozen=True, kw_only=True)
class Import(Chip):
    """An accelerator that the foreign vendor may ship while no rule bans it."""

    cap: ChipsAWeek
    """Most chips that can be ordered in a week."""


@dataclass(frozen=True, kw_only=True)
class Vendor(Part):
    """The foreign vendor: orders follow the waiting need that accepts CUDA, up to each product's cap."""

    lead_time: SomeWeeks
    """Mean time from order to shipment (lognormal)."""
    lead_time_cv: Spread
    """Coefficient of variation of the lead time."""
    transit: Weeks
    """Time from shipment to landing, fixed."""


@dataclass(frozen=True, kw_only=True)
class Foundry(Part):
    """The domestic 7 nm foundry, one for all designers."""

    wafer_starts: Annotated[float, Quantity("wafers/week", at_least=0)]
    """Wafers for accelerators started a week, at the start of the window."""
    growth: Growth
    """Growth of wafer starts a year."""
    dies_per_wafer: Annotated[float, Quantity("dies/wafer", above=0)]
    """Gross dies a wafer."""
    cycle_time: SomeWeeks
    """Mean time of a lot in the foundry (lognormal)."""
    cycle_time_cv: Spread
    """Coefficient of variation of the cycle time."""
    yield_start: Share
    """Share of gross dies that are good, at the start of the window."""
    yield_ceiling: Share
    """Share of gross dies that are good after endless learning."""
    yield_half: Wafers
    """Finished wafers that halve the distance between yield and ceiling."""
    lot_cv: Spread
    """Coefficient of variation of a lot's own factor on its good dies (lognormal, mean 1)."""


@dataclass(frozen=True, kw_only=True)
class Memory(Part):
    """High-bandwidth memory: one stock that every domestic chip takes its stacks from."""

    stock: Stacks
    """Stock at the start of the window."""
    foreign: StacksAWeek
    """Licensed foreign deliveries, until a memory control stops them."""
    domestic: StacksAWeek
    """Domestic maker's deliveries when it starts."""
    domestic_from: Day
    """First day of the domestic maker's deliveries."""
    domestic_growth: Growth
    """Growth of the domestic maker's deliveries a year."""


@dataclass(frozen=True, kw_only=True)
class Assembly(Part):
    """Packaging, test and delivery of a chip once its dies and stacks are there."""

    time: Weeks
    """Time it takes, fixed."""


@dataclass(frozen=True, kw_only=True)
class Software(Part):
    """Domestic software stacks: who ports where, how long it takes, how much of a chip's nominal compute is usable."""

    stacks: dict[str, Share]
    """Domestic stacks and the share of projects that port to each."""
    porting_start: SomeWeeks
    """Mean porting time of the first project (lognormal)."""
    porting_floor: Weeks
    """Mean porting time after endless learning."""
    porting_half: Ports
    """Ported projects that halve the distance between porting time and floor."""
    porting_cv: Spread
    """Coefficient of variation of the porting time."""
    readiness_start: Share
    """Share of a domestic chip's nominal compute that is usable, at the start of the window."""
    readiness_ceiling: Share
    """The same after endless learning."""
    readiness_half: Ports
    """Ported projects that halve the distance between readiness and ceiling."""


@dataclass(frozen=True, kw_only=True)
class Reach(Part):
    """Which imports a ban or its lifting reaches: one product, or every product at or above a performance."""

    product: str | None = None
    """One product, by its key under `imports`."""
    threshold: Compute | None = None
    """Every product whose performance is at least this."""


@dataclass(frozen=True, kw_only=True)
class MemoryControl(Part):
    """Licensed foreign memory stops."""

    leak: StacksAWeek
    """Foreign stacks that still arrive."""


@dataclass(frozen=True, kw_only=True)
class Mandate(Part):
    """Projects accept domestic chips only, those already waiting too; they start to port at once."""

    segments: list[str]
    """Segments that it binds."""
    compliance: Share
    """Share of their projects that comply."""


@dataclass(frozen=True, kw_only=True)
class Policy(Part):
    """A dated event with exactly one action."""

    effective: Day
    """Day on which it acts."""
    source: str = ""
    """Where the event and its date come from."""
    ban: Reach | None = None
    """Action: imports stop shipping. What has shipped arrives; what is on order is refused."""
    lift: Reach | None = None
    """Action: banned imports may ship again."""
    memory_control: MemoryControl | None = None
    """Action: licensed foreign memory stops."""
    mandate: Mandate | None = None
    """Action: projects accept domestic chips only."""

    @property
    def action(self) -> str:
        """The key of its one action."""
        return next(name for name in ACTIONS if getattr(self, name) is not None)


ACTIONS = ("ban", "lift", "memory_control", "mandate")


@dataclass(frozen=True, kw_only=True)
class Scenario(Part):
    """Everything the model reads."""

    name: str
    """The scenario's short name; the file's own name where it is left out."""
    title: str
    """A heading of a few words."""
    question: str
    """The question it asks, in one sentence."""
    window: Window
    """The time that is simulated."""
    demand: dict[str, Segment]
    """Segments of demand, by name."""
    designs: dict[str, Design]
    """Domestic accelerators, by name."""
    foundry: Foundry
    """The domestic foundry."""
    memory: Memory
    """High-bandwidth memory."""
    assembly: Assembly
    """Packaging and test."""
    imports: dict[str, Import]
    """Foreign accelerators, by name."""
    vendor: Vendor
    """The foreign vendor."""
    software: Software
    """Domestic software stacks."""
    policies: dict[str, Policy] = field(default_factory=dict)
    """Dated events, by name."""
    label: str = LABEL
    """What every result is marked with."""

    @property
    def chips(self) -> dict[str, Chip]:
        """Every accelerator, domestic and foreign, by name."""
        return {**self.designs, **self.imports}
