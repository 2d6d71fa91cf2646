"""What may hold up an order: the constraints of a `WhatBinds` fact, in the order of its rules, as people read them."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING = ""
"""In place of a constraint where the order books are empty."""


@dataclass(frozen=True)
class Constraint:
    """One constraint."""

    key: str
    """As in the fact, the outcomes and the series."""
    letter: str
    """What stands for it where there is room for one."""
    holds: str
    """Which orders it holds up: the orders that ..."""

    @property
    def label(self) -> str:
        """Its name for people."""
        return self.key.replace("_", " ")


CONSTRAINTS = {
    key: Constraint(key, letter, holds)
    for key, letter, holds in (
        ("licence", "L", "are in review at a licence desk"),
        ("transit", "T", "are shipped and on their way"),
        ("import_control", "C", "are for CUDA; a ban is in force"),
        ("import_volume", "V", "are for CUDA; too little shipped"),
        ("memory", "M", "have dies that wait for memory"),
        ("wafers", "W", "were given no wafers this week"),
        ("production", "P", "are being made, or about to be"),
    )
}
"""By key."""


def constraint_label(key: str) -> str:
    """A constraint's name for people; `nothing` for NOTHING."""
    return CONSTRAINTS[key].label if key != NOTHING else "nothing"
