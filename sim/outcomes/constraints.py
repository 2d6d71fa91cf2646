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
    source: str
    """Of the chips that are ordered."""
    holds: str
    """Which orders it holds up: the orders that ..."""

    @property
    def label(self) -> str:
        """Its name for people."""
        return self.key.replace("_", " ")


CONSTRAINTS = {
    key: Constraint(key, letter, source, holds)
    for key, letter, source, holds in (
        ("licence", "L", "import", "are in review at a licence desk"),
        ("transit", "T", "import", "are shipped and on their way"),
        ("import_control", "C", "import", "are for CUDA; a ban is in force"),
        ("import_volume", "V", "import", "are for CUDA; too little shipped"),
        ("memory", "M", "domestic", "have dies that wait for memory"),
        ("wafers", "W", "domestic", "were given no wafers this week"),
        ("production", "P", "domestic", "are being made, or about to be"),
    )
}
"""By key."""


def constraint_label(key: str) -> str:
    """A constraint's name for people; `nothing` for NOTHING."""
    return CONSTRAINTS[key].label if key != NOTHING else "nothing"
