"""What can happen, each as one named record. The model states each fact once, when it happens; time is in weeks
from the window's start, quantities are real numbers in the units named here."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Fact(Protocol):
    """Any of the records below."""

    @property
    def time(self) -> float: ...


class OpeningBalance(NamedTuple):
    """What an account holds when the window starts."""

    time: float
    account: str  # one of the accounts of sim.outcomes.ledger
    product: str  # "" where the account has none
    amount: float


class ProjectArrived(NamedTuple):
    time: float
    project: str
    segment: str
    need: float  # effective A100e
    insists: bool  # on CUDA
    stack: str  # the domestic stack it runs on, or would port to
    customer: str  # an anchor customer's contract, or "" for a customer of its own


class ProjectOrdered(NamedTuple):
    """A project joins the order book of a stack, and leaves any other."""

    time: float
    project: str
    stack: str
    compute: float  # nominal A100e, by the software and the systems of the day


class CustomerLeft(NamedTuple):
    """A project turns away from the supplier whose anchor customer it was."""

    time: float
    project: str
    stack: str  # the one it turns to


class ProjectMandated(NamedTuple):
    """A rule binds the project to domestic chips."""

    time: float
    project: str
    policy: str


class PortingStarted(NamedTuple):
    time: float
    project: str
    stack: str


class PortingFinished(NamedTuple):
    time: float
    project: str
    stack: str


class Delivered(NamedTuple):
    time: float
    project: str
    product: str
    chips: float
    compute: float  # effective A100e
    yuan: float


class ProjectServed(NamedTuple):
    time: float
    project: str


class ProjectCancelled(NamedTuple):
    time: float
    project: str
    unmet: float  # effective A100e


class WafersAsked(NamedTuple):
    """A week at the foundry."""

    time: float
    wafers: float  # that designers asked for
    rate: float  # wafers that the line can start a week


class LotStarted(NamedTuple):
    time: float
    product: str
    wafers: float


class LotFinished(NamedTuple):
    time: float
    product: str
    wafers: float
    dies: float  # good ones


class DiesReceived(NamedTuple):
    """A bank of dies made elsewhere comes into use."""

    time: float
    product: str
    dies: float


class MemoryReceived(NamedTuple):
    time: float
    origin: str  # the maker, or "leak"
    stacks: float


class MemoryUsed(NamedTuple):
    """Dies and stacks go into assembly together."""

    time: float
    product: str
    chips: float
    dies: float
    stacks: float


class ChipsAssembled(NamedTuple):
    time: float
    product: str
    chips: float


class LicenceApplied(NamedTuple):
    time: float
    product: str
    slot: int  # week of the application: at most one a product
    chips: float


class LicenceApproved(NamedTuple):
    time: float
    product: str
    slot: int
    chips: float  # no more than the quota leaves
    left: float  # chips applied for beyond that


class LicenceRefused(NamedTuple):
    time: float
    product: str
    slot: int
    chips: float


class OrderPlaced(NamedTuple):
    time: float
    product: str
    chips: float


class OrderRefused(NamedTuple):
    time: float
    product: str
    chips: float


class OrderShipped(NamedTuple):
    time: float
    product: str
    chips: float


class OrderLanded(NamedTuple):
    time: float
    product: str
    chips: float


class GreyDispatched(NamedTuple):
    time: float
    product: str
    chips: float
    premium: float  # price over list price


class GreyIntercepted(NamedTuple):
    time: float
    product: str
    chips: float


class GreyLanded(NamedTuple):
    time: float
    product: str
    chips: float


class PolicyAnnounced(NamedTuple):
    time: float
    policy: str


class PolicyWithdrawn(NamedTuple):
    time: float
    policy: str


class PolicyEffective(NamedTuple):
    time: float
    policy: str


class WhatBinds(NamedTuple):
    """The order books, split by what holds them up; nominal A100e."""

    time: float
    licence: float
    transit: float
    import_control: float
    import_volume: float
    memory: float
    wafers: float
    production: float
