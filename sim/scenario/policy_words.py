"""What policies do, in words: the same for a table, a sentence and a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.base.units import show
from sim.scenario.parts import (
    AnchorExit,
    Enforcement,
    EquipmentControl,
    Licence,
    Mandate,
    MemoryControl,
    Policy,
    Push,
    Reach,
)


def does(policy: Policy, name: Callable[[str], str] = str) -> str:
    """What a policy does, in a few words; `name` turns the key of a product or a contract into what people read."""
    match policy:
        case Policy(ban=Reach() as reach):
            return f"no {_reach(reach, name)}"
        case Policy(lift=Reach() as reach):
            return f"{_reach(reach, name)} may ship again"
        case Policy(licence=Licence() as licence):
            quota = "" if licence.quota is None else f", at most {show(licence.quota, 'chips a quarter')}"
            return f"{_reach(licence, name)} by licence, {show(licence.approval, 'share')} approved{quota}"
        case Policy(mandate=Mandate() as mandate):
            told = "" if mandate.compliance == 1 else f", {show(mandate.compliance, 'share')} comply"
            return f"domestic chips only for {listed(mandate.segments)} projects{told}"
        case Policy(push=Push() as push):
            return f"{show(push.factor, '')} times as many {listed(push.segments)} projects"
        case Policy(enforcement=Enforcement() as enforcement):
            return f"{show(enforcement.interception, 'share')} of grey shipments intercepted"
        case Policy(anchor_exit=AnchorExit() as leaving):
            return f"the contract {name(leaving.anchor)} ends"
        case Policy(memory_control=MemoryControl() as control):
            return f"foreign memory falls to {show(control.leak, 'stacks a week')}"
        case Policy(equipment_control=EquipmentControl() as control):
            return f"no foreign tools for the foundry, which then grows {show(control.growth, 'share a year')}"
        case _:
            raise AssertionError(policy)


def _reach(reach: Reach, name: Callable[[str], str]) -> str:
    return name(reach.product) if reach.product else f"imports from {show(reach.threshold or 0.0, 'A100e')}"


def listed(items: Sequence[str]) -> str:
    """a, b and c; nobody where there are none. Each on one line, without what cannot be drawn."""
    names = ["".join(letter for letter in " ".join(item.split()) if letter.isprintable()) for item in items] or [
        "nobody"
    ]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
