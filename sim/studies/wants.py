"""What somebody wants of an outcome: `delivered >= 5 million A100e`, `wait_median <= 30 weeks`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.base.errors import ChipgateError
from sim.base.rounding import date_text
from sim.base.units import NUMBER, Quantity, UnitError, decimal_year, parse_day, show, spellings
from sim.experiment.cases import key_asked
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.keys import Key
from sim.scenario.parts import Scenario

SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
WRITTEN = re.compile(r"\s*([^\s<>=]+)\s*([<>=]+)\s*(.+?)\s*", re.DOTALL)
DIMENSIONLESS = ("", "x", "share")
EXAMPLE = "'delivered >= 5 million A100e'"


@dataclass(frozen=True)
class Want:
    """A bound on an outcome."""

    key: Key
    sign: str
    value: float
    """In the outcome's unit; a date as a decimal year."""

    def met(self, value: float) -> bool:
        """Whether a value keeps to it; one that does not exist, nan, never does."""
        return SIGNS[self.sign](value, self.value)

    def __str__(self) -> str:
        unit = OUTCOMES[self.key.outcome].unit
        return f"{self.key} {self.sign} {date_text(self.value, 0.0) if unit == 'date' else show(self.value, unit)}"


def want_of(scenarios: Sequence[Scenario], text: str) -> Want:
    """The bound that a text states, on an outcome that all of some scenarios have. Raises ChipgateError."""
    match = WRITTEN.fullmatch(text)
    if match is None:
        raise ChipgateError(f"'{text[:100]}' is not a bound on an outcome; write one as {EXAMPLE}")
    name, sign, quantity = match.groups()
    if sign not in SIGNS:
        raise ChipgateError(f"'{text[:100]}': '{sign}' is not one of {', '.join(SIGNS)}, as in {EXAMPLE}")
    key = key_asked(scenarios, name)
    unit = OUTCOMES[key.outcome].unit
    try:
        value = decimal_year(parse_day(quantity)) if unit == "date" else Quantity(unit).read(quantity)
    except UnitError as error:
        hint = f"; {error.hint}" if error.hint else ""
        raise ChipgateError(f"'{text[:100]}': {error}{hint}") from None
    written = NUMBER.fullmatch(quantity)
    bare = unit != "date" and written is not None and not written[2]
    if unit == "share" and value > 1:
        hint = f"; write {quantity} %?" if bare else ""
        raise ChipgateError(f"'{text[:100]}': {key} is a share, and {show(value, unit)} is more than all{hint}")
    if value and bare and unit not in DIMENSIONLESS:
        units = [each for each in spellings(unit) if each in (unit, f"million {unit}")]
        raise ChipgateError(f"'{text[:100]}' lacks a unit; write {' or '.join(f'{quantity} {each}' for each in units)}")
    return Want(key, sign, value)
