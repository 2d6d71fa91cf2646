"""A scenario: every parameter of the model, frozen, each a plain number in the unit that its type names.

The model reads nothing else. Files are turned into scenarios by `sim.scenario.load`, which keeps beside each value the
source it came from. This module needs the standard library only, so that the model can run where nothing else
is installed. `scenarios/REFERENCE.md` and the JSON Schema are made from the types and texts below.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Annotated, Any

from sim.base.label import LABEL
from sim.base.shapes import spread
from sim.base.units import DAYS_A_WEEK, WEEKS_A_YEAR, Day, Growth, Quantity, Share, SomeShare, SomeWeeks, Spread, Weeks
from sim.scenario.fields import (
    ChipsAWeek,
    Compute,
    Lever,
    Part,
    Ports,
    Power,
    Stacks,
    StacksAWeek,
    Wafers,
    Yuan,
)
from sim.scenario.policies.action import ACTIONS, Action


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
        # A hair more, for 3 / 7 of a week times 7 may fall just short of 3 days.
        return self.start + datetime.timedelta(days=int((week * DAYS_A_WEEK + 1e-6) // 1))

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
class NamedProject(Part):
    """One project that the articles name. It waits, ports and gives up as its segment does, with luck of its own."""

    segment: str
    """Segment whose terms it has."""
    arrives: Day
    """Day on which it asks for chips."""
    budget: Yuan
    """What it spends in total."""
    chip_share: SomeShare
    """Share of the budget that goes into accelerators."""
    price: Yuan
    """Price of an effective A100e, from which its need is worked out."""


@dataclass(frozen=True, kw_only=True)
class Efficiency(Part):
    """A step in what a given result costs: projects that arrive later need less compute, and more of them come."""

    date: Day
    """First day on which projects arrive with the smaller need."""
    saving: Annotated[float, Quantity("share", at_least=0, below=1)]
    """Share of the compute that is saved."""
    rebound: Annotated[float, Quantity("", at_least=0, at_most=3)]
    """Share of the saving that more projects take back: 1 leaves total demand as it was, more than 1 raises it."""


@dataclass(frozen=True, kw_only=True)
class Anchor(Part):
    """A supplier's contract with its largest customer, who belongs to one segment."""

    supplier: str
    """Company whose stack the customer runs."""
    segment: str
    """Segment that the customer's projects belong to."""
    projects: Share
    """Share of that segment's projects that are the customer's; their domestic stack is the supplier's."""
    starts: Day
    """First day of the contract."""


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
    die_bank: Annotated[float, Quantity("dies", at_least=0)] | None = None
    """Good dies made elsewhere that are in stock when the design becomes available."""


@dataclass(frozen=True, kw_only=True)
class Import(Chip):
    """An accelerator that the foreign vendor may ship while no rule bans it."""

    cap: ChipsAWeek
    """Most chips that can be ordered in a week."""


@dataclass(frozen=True, kw_only=True)
class Vendor(Part):
    """The foreign vendor: orders follow what waits on the CUDA book, up to each product's cap."""

    lead_time: SomeWeeks
    """Mean time from order to shipment (lognormal)."""
    lead_time_cv: Spread
    """Coefficient of variation of the lead time."""
    transit: Weeks
    """Time from shipment to landing, fixed."""
    front_running: Annotated[float, Quantity("x", at_least=1, at_most=10)]
    """Orders a week, as a multiple of the last 26 weeks' mean, between the announcement of a rule that will
    stop a product and the day on which it acts. What is above the mean comes on top of the cap."""


@dataclass(frozen=True, kw_only=True)
class Grey(Chip):
    """Unofficial supply of foreign chips: a rate, a delay and a probability."""

    base: ChipsAWeek
    """Chips dispatched a week at a premium of 1."""
    cap: ChipsAWeek
    """Most chips dispatched a week."""
    kappa: Annotated[float, Quantity("", at_least=0, at_most=100)]
    """Rise of the premium: it is 1 + kappa x what waits on the CUDA book / what joined that book in the last 52
    weeks."""
    elasticity: Annotated[float, Quantity("", at_least=0, at_most=10)]
    """Volume is base x premium to this power, up to the cap."""
    delay: Weeks
    """Time from dispatch to landing, fixed."""
    interception: Share
    """Probability that a week's shipment is intercepted."""


@dataclass(frozen=True, kw_only=True)
class System(Part):
    """A supplier's chips joined into one machine, which a large project uses better than loose chips."""

    supplier: str
    """Company whose chips it joins."""
    available: Day
    """First day on which it is delivered."""
    chips: Annotated[float, Quantity("chips", above=0)]
    """Chips in it; only a project that needs at least one whole system gets it."""
    efficiency: SomeShare
    """Share of nominal performance that a large project gets."""
    power: Annotated[float, Quantity("x", above=0, at_most=10)]
    """Power of a chip in it, as a multiple of a loose chip's."""


@dataclass(frozen=True, kw_only=True)
class Scale(Part):
    """What large projects lose with domestic chips. Foreign chips come in mature systems and lose nothing."""

    size: Compute
    """A project above this size is large."""
    loose: SomeShare
    """Share of nominal performance that it gets from loose chips."""
    systems: dict[str, System] = field(default_factory=dict)
    """Systems, by name."""


@dataclass(frozen=True, kw_only=True)
class Foundry(Part):
    """The domestic 7 nm foundry, one for all designers."""

    wafer_starts: Annotated[float, Quantity("wafers/week", at_least=0)]
    """Wafers for accelerators started a week, at the start of the window."""
    growth: Growth
    """Growth of the line a year, while it is full."""
    delay: Annotated[float, Quantity("weeks", at_least=0, at_most=520)]
    """Weeks from a full week to the growth that it brings."""
    ceiling: Annotated[float, Quantity("wafers/week", at_least=0)]
    """Most wafer starts a week without domestic lithography."""
    cover: Annotated[float, Quantity("weeks", at_least=0, at_most=520)]
    """Weeks of expected orders that designers have made in advance."""
    domestic_tools: Share
    """Share of the growth lost to an equipment control that domestic tools make up for."""
    dies_per_wafer: Annotated[float, Quantity("dies/wafer", above=0)]
    """Gross dies a wafer."""
    cycle_time: SomeWeeks
    """Mean time of a lot in the foundry (lognormal)."""
    cycle_time_cv: Spread
    """Coefficient of variation of the cycle time."""
    yield_start: SomeShare
    """Share of gross dies that are good, at the start of the window."""
    yield_ceiling: SomeShare
    """Share of gross dies that are good after endless learning."""
    yield_half: Wafers
    """Finished wafers that halve the distance between yield and ceiling."""
    lot_cv: Spread
    """Coefficient of variation of a lot's own factor on its good dies (lognormal, mean 1)."""


@dataclass(frozen=True, kw_only=True)
class MemoryMaker(Part):
    """A domestic maker of high-bandwidth memory."""

    available: Day
    """First day of its deliveries."""
    rate: StacksAWeek
    """Its deliveries when it starts."""
    growth: Growth
    """Growth of its deliveries a year, while dies ask for more than comes."""
    ceiling: StacksAWeek
    """Most it can make."""


@dataclass(frozen=True, kw_only=True)
class Memory(Part):
    """High-bandwidth memory: one stock that every domestic chip takes its stacks from."""

    stock: Stacks
    """Stock at the start of the window."""
    foreign: dict[str, StacksAWeek]
    """Licensed deliveries of each foreign maker, until a memory control stops them."""
    front_running: Annotated[float, Quantity("x", at_least=1, at_most=10)]
    """Foreign deliveries between the announcement of a memory control and the day on which it acts, as a
    multiple of what they were."""
    domestic: dict[str, MemoryMaker]
    """Domestic makers, by name."""


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
    readiness_start: SomeShare
    """Share of a domestic chip's nominal compute that is usable, at the start of the window."""
    readiness_ceiling: SomeShare
    """The same after endless learning."""
    readiness_half: Ports
    """Ported projects that halve the distance between readiness and ceiling."""


@dataclass(frozen=True, kw_only=True)
class Policy(Part):
    """A dated event with exactly one action."""

    effective: Day
    """Day on which it acts."""
    announced: Day | None = None
    """Day from which buyers foresee it; if left out, nobody does."""
    withdrawn: Day | None = None
    """Day on which it is given up; it never acts, but until then buyers expect it to."""
    source: str = ""
    """Where the event and its date come from."""
    actions: dict[str, Action] = field(default_factory=dict, metadata=spread(ACTIONS))
    """What it does, by the key that stands beside the dates in a file; one in a valid scenario."""

    @classmethod
    def of(cls, action: Action, **dates: Any) -> Policy:
        """A policy of that action; `dates` are its other fields."""
        return cls(actions={action.key: action}, **dates)

    @property
    def action(self) -> Action:
        """Its one action."""
        (action,) = self.actions.values()
        return action


@dataclass(frozen=True, kw_only=True)
class Without(Part):
    """An assumption that some of the sampled worlds are without."""

    key: str
    """Its key, one that may be left out."""
    share: Share
    """Share of the worlds that are without it."""


@dataclass(frozen=True, kw_only=True)
class Worlds(Part):
    """How worlds are sampled from the ranges of the assumptions. `*` in a key stands for any one name, and the name of
    a group for all that is in it."""

    fixed: list[str] = field(default_factory=list)
    """Keys that never vary, beside the frame of the experiment: `window` and `lead_in`."""
    levers: list[str] = field(default_factory=list)
    """Keys that somebody decides; the others are uncertainties, which nobody decides."""
    whole: list[str] = field(default_factory=list)
    """Keys whose values are whole numbers."""
    log: list[str] = field(default_factory=list)
    """Keys sampled evenly over the logarithm: half as much is as likely drawn as twice as much."""
    sums: dict[str, list[str]] = field(default_factory=dict)
    """Keys whose values keep their sum; the last of them takes what the others leave."""
    order: dict[str, list[str]] = field(default_factory=dict)
    """Keys of which none is lower, or earlier, than the one before it."""
    alike: dict[str, list[str]] = field(default_factory=dict)
    """Keys that stand at the same place of their ranges: where one is low, all are."""
    off: dict[str, Without] = field(default_factory=dict)
    """What some worlds are without, by a name of its own."""


@dataclass(frozen=True, kw_only=True)
class Scenario(Part):
    """Everything the model reads."""

    name: str
    """The scenario's short name; if left out, the name of its file."""
    title: str
    """A heading of a few words."""
    question: str = ""
    """The question it asks, in one sentence."""
    lever: Lever = "none"
    """Who pulls the lever."""
    changes: str = ""
    """What it changes, in a sentence or two."""
    look_at: list[str] = field(default_factory=list)
    """Outcomes to look at first."""
    expected: str = ""
    """What is expected, and why, in a sentence or two."""
    no_effect: str = ""
    """Why no effect on the headline outcomes is expected, where none is."""
    hangs_on: str = ""
    """The simplification that the answer to its question hangs on, in a sentence."""
    window: Window
    """The time that is simulated."""
    lead_in: Annotated[float, Quantity("weeks", at_least=0, at_most=260)]
    """Weeks before the window in which the first projects come and wait."""
    demand: dict[str, Segment]
    """Segments of demand, by name."""
    projects: dict[str, NamedProject] = field(default_factory=dict)
    """Projects that the articles name."""
    efficiency: Efficiency | None = None
    """A step in what a given result costs."""
    anchors: dict[str, Anchor] = field(default_factory=dict)
    """Contracts with a largest customer."""
    designs: dict[str, Design]
    """Domestic accelerators, by name."""
    scale: Scale
    """Large projects and the systems that serve them."""
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
    grey: Grey | None = None
    """Unofficial supply of foreign chips."""
    software: Software
    """Domestic software stacks."""
    policies: dict[str, Policy] = field(default_factory=dict)
    """Dated events, by name."""
    worlds: Worlds | None = None
    """How worlds are sampled from the ranges: what moves together, and who decides."""
    label: str = LABEL
    """What every result is marked with."""

    @property
    def chips(self) -> dict[str, Chip]:
        """Every accelerator, domestic, foreign and grey, by name."""
        return {**self.designs, **self.imports, **({"grey": self.grey} if self.grey else {})}
