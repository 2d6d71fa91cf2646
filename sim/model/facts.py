"""What can happen, each as one named record. The model states each fact once, when it happens; time is in weeks
from the window's start, quantities are real numbers in the units named here."""

from __future__ import annotations

from typing import NamedTuple


class OpeningBalance(NamedTuple):
    """What an account holds when the window starts."""

    time: float
    account: str  # one of the accounts of sim.ledger
    product: str  # "" where the account has none
    amount: float


class ProjectArrived(NamedTuple):
    time: float
    project: str
    segment: str
    need: float  # effective A100e
    insists: bool  # on CUDA
    stack: str  # the domestic stack it runs on, or would port to


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


class LotStarted(NamedTuple):
    time: float
    product: str
    wafers: float


class LotFinished(NamedTuple):
    time: float
    product: str
    wafers: float
    dies: float  # good ones


class MemoryReceived(NamedTuple):
    time: float
    origin: str  # "foreign" or "domestic"
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


class PolicyEffective(NamedTuple):
    time: float
    policy: str


Fact = (
    OpeningBalance
    | ProjectArrived
    | ProjectMandated
    | PortingStarted
    | PortingFinished
    | Delivered
    | ProjectServed
    | ProjectCancelled
    | LotStarted
    | LotFinished
    | MemoryReceived
    | MemoryUsed
    | ChipsAssembled
    | OrderPlaced
    | OrderRefused
    | OrderShipped
    | OrderLanded
    | PolicyEffective
)
