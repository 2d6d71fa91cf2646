"""Numbers as people write them, in answers and predictions: 79,000, 71.57 %, 12%, -3 weeks."""

from __future__ import annotations

import re

from sim.base.units import UnitError, parse

THOUSANDS = re.compile(r"([-+]?[1-9]\d{0,2}(?:,\d{3})+)(?![\d,])(.*)", re.DOTALL)
"""A number whose thousands are grouped by commas, as in the program's own tables, and what follows it."""
OTHER_WORDS = {"%": ("percent", "per cent"), "percentage points": ("percentage point", "points", "point")}


def read_number(text: str, unit: str) -> float:
    """An answer in its question's unit, perhaps copied from a table.

    Raises UnitError, also for a bare share beyond 1: who copies 71.57 from a row in % means 71.57 %.
    """
    plain = _ungrouped(text)
    number = parse(plain, unit)
    if unit == "share" and abs(number) > 1 and plain.strip()[-1] in "0123456789.":
        beyond = "above 100 %" if number > 0 else "below -100 %"
        raise UnitError(
            f"'{text}' without a unit is {number * 100:,.10g} %, {beyond}; did you mean {text} %? "
            "Write the number with its %"
        )
    return number


def read_amount(text: str, unit: str) -> float:
    """A predicted number in the unit asked for, with or without that unit behind it. Raises UnitError."""
    number = _ungrouped(text).strip()
    for word in (unit, *OTHER_WORDS.get(unit, (unit.removesuffix("s"),))):
        if word and number.casefold().endswith(word.casefold()):
            number = number[: -len(word)]
            break
    try:
        return float(number)
    except ValueError:
        told = f" in {unit}" if unit else ""
        raise UnitError(f"'{text}' is not a number{told}; write it as 12 or {f'12 {unit}'.strip()}") from None


def _ungrouped(text: str) -> str:
    """A number without the commas between its thousands, with the keyboard's minus for the printer's. Raises UnitError
    for any other comma."""
    text = text.replace("\u2212", "-")
    grouped = THOUSANDS.fullmatch(text.strip())
    plain = grouped[1].replace(",", "") + grouped[2] if grouped else text
    if re.search(r",\d", plain):
        raise UnitError(f"'{text}' has a comma that is not between thousands; decimals have a point, as in 1,234.5")
    return plain
