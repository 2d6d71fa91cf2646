"""The one law by which yield, porting and readiness improve with experience."""

import math


def learned(start: float, limit: float, half: float, experience: float) -> float:
    """From `start` towards `limit`; every `half` of experience halves the distance."""
    return limit + (start - limit) * math.exp2(-experience / half)
