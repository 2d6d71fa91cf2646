"""The two laws of growth: what is done often improves, and a line that was full grows."""

from __future__ import annotations

import math
from collections import deque

from sim.base.units import WEEKS_A_YEAR


def learned(start: float, limit: float, half: float, experience: float) -> float:
    """From `start` towards `limit`; every `half` of experience halves the distance."""
    return limit + (start - limit) * math.exp2(-experience / half)


class Line:
    """A production line: each week in which it was full adds a week's growth, `delay` weeks later, up to a ceiling."""

    def __init__(self, rate: float, growth: float, delay: float, ceiling: float) -> None:
        self.rate = min(rate, ceiling)  # a week
        self.growth = growth  # a year
        self.ceiling = ceiling
        self._full = deque([False] * round(delay))  # weeks whose growth is still to come

    def end_week(self, full: bool, open_yet: bool = True) -> None:
        """A week is over; what was ordered `delay` weeks ago, because the line was full then, starts to work."""
        self._full.append(full)
        if self._full.popleft() and open_yet:
            self.rate = min(self.rate * (1 + self.growth) ** (1 / WEEKS_A_YEAR), self.ceiling)
