"""Numbers for people: a scale word where it helps, and never more digits than the uncertainty leaves."""

from __future__ import annotations

import calendar
import math
from datetime import date, timedelta

from sim.base.units import DAYS_A_YEAR

NOISE = 1e-9  # a spread below this share of the number itself is rounding inside the computer
MOST_DECIMALS = 6
SCALED = {"A100e", "A100e-weeks", "A100e-years", "yuan", "chips", "stacks", "dies", "wafers"}


def scale_of(size: float, unit: str) -> tuple[float, str]:
    """What to divide by, and the unit to write behind the number: 2.5e6 A100e -> (1e6, "million A100e")."""
    if unit == "share":
        return 0.01, "%"
    size = float(f"{size:.4g}")  # 999,999.9 is a million
    if unit in SCALED:
        for word, factor in (("bn", 1e9), ("million", 1e6), ("thousand", 1e3)):
            if size >= factor:
                return factor, f"{word} {unit}"
    return 1.0, unit


def decimals(uncertainty: float, size: float) -> int:
    """Decimals that show two figures of the uncertainty, or four of the number where there is none; -1 rounds to
    tens."""
    if math.isfinite(uncertainty) and uncertainty > NOISE * size:
        figures, known = 2, uncertainty
    else:
        figures, known = 4, size
    if known == 0 or not math.isfinite(known):
        return 0
    # Rounded first, since 0.0996 is 0.10 in two figures.
    known = float(f"{known:.{figures - 1}e}")
    return min(MOST_DECIMALS, figures - 1 - math.floor(math.log10(known)))


def rounded(value: float, places: int) -> str:
    """A number with so many decimals; fewer than none round to tens and hundreds."""
    return f"{round(value, places) + 0.0:,.{max(0, places)}f}"  # + 0.0 turns -0.0 into 0.0


def signed(value: float, places: int) -> str:
    """A number with its sign and so many decimals; 0 has none."""
    text = rounded(value, places)
    return f"+{text}" if value > 0 and any(digit in "123456789" for digit in text) else text


def percent(share: float) -> str:
    """A share in whole per cent; what is there and less than half a per cent is `< 1 %`."""
    return "< 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def day_of(year: float) -> date:
    """The day of a decimal year, 2025.5 being the middle of 2025."""
    whole = math.floor(year)
    days = 366 if calendar.isleap(whole) else 365
    return date(whole, 1, 1) + timedelta(days=round((year - whole) * days))


def date_text(year: float, uncertainty: float) -> str:
    """A decimal year as a day, a month or a year: no finer than two figures of its uncertainty, in years."""
    if uncertainty * 12 >= 100:
        return f"{year:.0f}"
    return f"{day_of(year):%Y-%m}" if uncertainty * DAYS_A_YEAR >= 100 else day_of(year).isoformat()
