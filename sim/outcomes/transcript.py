"""One replication told as dated sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.model import facts as f
from sim.scenario.parts import Scenario

HELD = {
    "licence": "wait for a licence",
    "transit": "are on their way",
    "import_control": "are held back by import control",
    "import_volume": "are more than the vendor may ship",
    "memory": "wait for memory",
    "wafers": "wait for wafers",
    "production": "are in production",
}

SENTENCES: dict[type, Callable[[Any], str]] = {
    f.OpeningBalance: lambda x: f"at the start: {x.amount:,.0f} {x.account}" + (f", {x.product}" if x.product else ""),
    f.ProjectArrived: lambda x: (
        f"{x.project} arrives and asks for {x.need:,.0f} A100e; "
        + (f"it insists on CUDA, and would port to {x.stack}" if x.insists else f"it runs on {x.stack}")
        + (f"; it belongs to {x.customer}" if x.customer else "")
    ),
    f.ProjectOrdered: lambda x: f"{x.project} orders {x.compute:,.0f} A100e of chips for {x.stack}",
    f.ProjectMandated: lambda x: f"{x.project} is bound to domestic chips by {x.policy}",
    f.PortingStarted: lambda x: f"{x.project} starts to port to {x.stack}",
    f.PortingFinished: lambda x: f"{x.project} has ported to {x.stack}",
    f.Delivered: lambda x: (
        f"{x.project} receives {x.chips:,.1f} {x.product}"
        + f": {x.compute:,.1f} A100e for {x.yuan / 1e6:,.2f} million yuan"
    ),
    f.ProjectServed: lambda x: f"{x.project} has all it asked for",
    f.ProjectCancelled: lambda x: f"{x.project} gives up; {x.unmet:,.0f} A100e were never delivered",
    f.WafersAsked: lambda x: f"designers ask for {x.wafers:,.1f} wafers; the line can start {x.rate:,.1f} a week",
    f.LotStarted: lambda x: f"the foundry starts a lot of {x.wafers:,.1f} wafers for {x.product}",
    f.LotFinished: lambda x: f"a lot of {x.wafers:,.1f} wafers for {x.product} is finished: {x.dies:,.0f} good dies",
    f.CustomerLeft: lambda x: f"{x.project} leaves its supplier and turns to {x.stack}",
    f.DiesReceived: lambda x: f"{x.dies:,.0f} dies made elsewhere come into use for {x.product}",
    f.LicenceApplied: lambda x: f"a licence for {x.chips:,.0f} {x.product} is applied for (week {x.slot})",
    f.LicenceApproved: lambda x: (
        f"a licence for {x.chips:,.0f} {x.product}, applied for in week {x.slot}, is granted"
        + (f"; the quota leaves out {x.left:,.0f}" if x.left else "")
    ),
    f.LicenceRefused: lambda x: f"a licence for {x.chips:,.0f} {x.product}, applied for in week {x.slot}, is refused",
    f.GreyDispatched: lambda x: (
        f"{x.chips:,.0f} {x.product} chips are dispatched at {x.premium:.2f} times the list price"
    ),
    f.GreyIntercepted: lambda x: f"{x.chips:,.0f} {x.product} chips are intercepted",
    f.GreyLanded: lambda x: f"{x.chips:,.0f} {x.product} chips land",
    f.PolicyAnnounced: lambda x: f"RULE: {x.policy} is announced",
    f.PolicyWithdrawn: lambda x: f"RULE: {x.policy} is withdrawn before it acts",
    f.WhatBinds: lambda x: (
        "on the order books, "
        + (
            ", ".join(
                f"{part:,.0f} A100e {HELD[name]}" for name, part in x._asdict().items() if name != "time" and part > 0
            )
            or "there is nothing"
        )
    ),
    f.MemoryReceived: lambda x: f"{x.stacks:,.0f} {x.origin} memory stacks arrive",
    f.MemoryUsed: lambda x: f"{x.dies:,.0f} dies and {x.stacks:,.0f} stacks go into {x.chips:,.0f} {x.product}",
    f.ChipsAssembled: lambda x: f"{x.chips:,.0f} {x.product} leave assembly",
    f.OrderPlaced: lambda x: f"{x.chips:,.0f} {x.product} are ordered abroad",
    f.OrderRefused: lambda x: f"an order of {x.chips:,.0f} {x.product} is refused",
    f.OrderShipped: lambda x: f"{x.chips:,.0f} {x.product} are shipped",
    f.OrderLanded: lambda x: f"{x.chips:,.0f} {x.product} land",
    f.PolicyEffective: lambda x: f"RULE: {x.policy} takes effect",
}


def sentence(fact: f.Fact, scenario: Scenario) -> str:
    """The fact as one line: its date and what happened."""
    return f"{scenario.window.day(fact.time).isoformat()}  {SENTENCES[type(fact)](fact)}."
