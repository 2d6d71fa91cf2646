"""How many replications are enough: a sequential rule with a look ahead.

The rule is that of Hoad, Robinson and Davies (2010, Automated selection of the number of replications for a
discrete-event simulation, Journal of the Operational Research Society 61). From three replications on, the number
needed is the first at which the 95 % interval is narrow enough and stays so for a few more; the look ahead guards
against a run of replications that agree by luck. Here it is asked of every chosen outcome in every scenario at once, of
the paired difference, and the half-width is taken as a share of the base's mean: a difference may be 0, so a share of
the difference might never become small.

To stop when an interval looks narrow is to stop a little more often when the spread happens to be underestimated, so
the interval holds the truth a little less often than in 95 % of cases: most with few replications, hardly at all from a
hundred on. Whether a difference is there has no say in the stopping, so it does not favour any verdict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.base.judgement import paired
from sim.base.rounding import MOST_DECIMALS, decimals, rounded
from sim.base.statistics import CONFIDENCE, finite, t_quantile
from sim.base.units import UnitError, parse
from sim.outcomes.keys import Key

FEWEST = 3  # replications before the rule is asked
AHEAD = 5  # replications that a narrow interval must last, up to 100; beyond, this share in per cent of the number
FIRST = 20  # replications to begin with

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Width:
    """How wide an interval ended."""

    scenario: str
    key: Key
    share: float  # half-width over the base's mean; nan with fewer than two pairs


@dataclass(frozen=True)
class Precision:
    """What was asked, and how it ended."""

    wanted: float  # half-width over the base's mean
    outcomes: tuple[Key, ...]
    cap: int
    needed: int | None  # replications after which every interval was narrow enough; None where the cap came first
    replications: int  # that were run, the look ahead among them
    widths: tuple[Width, ...]  # with all of them, the widest first

    def words(self) -> str:
        """How it ended, in a sentence or two."""
        wish = f"{100 * self.wanted:.12g}"  # as asked, without what is only rounding inside the computer
        asked = f"a 95 % interval of at most +/- {wish} % of the base's mean for {', '.join(map(str, self.outcomes))}"
        if self.needed is not None:
            return (
                f"Precision: {asked} took {self.needed:,} replications of each scenario; {self._more()}, and all are "
                f"used. Since the runs end when intervals look narrow, these hold the truth a little less often than "
                f"they say, hardly less from a hundred replications on."
            )
        wide = [
            f"{width.key} in {width.scenario} {width_words(width.share, self.wanted)}"
            for width in self.widths
            if not width.share <= self.wanted
        ]
        left = f"still wider are {'; '.join(wide)}" if wide else "all were, but not yet for long enough to last"
        return f"Precision NOT reached: {asked} was asked for; at the cap of {self.cap:,} replications {left}."

    def _more(self) -> str:
        """Why more were run than were needed."""
        assert self.needed is not None
        more = f"{self.replications - self.needed:,} more were run"
        if self.replications > self.needed + look_ahead(self.needed):
            return f"{more}, as {FIRST} always are"
        return f"{more} to see that it lasts"

    def record(self) -> dict[str, Any]:
        """The same as JSON takes it."""
        return {
            "wanted": self.wanted,
            "outcomes": list(map(str, self.outcomes)),
            "cap": self.cap,
            "reached": self.needed is not None,
            "needed": self.needed,
            "replications": self.replications,
            "widths": [
                {
                    "scenario": width.scenario,
                    "outcome": str(width.key),
                    "share_of_base": finite(width.share),
                }
                for width in self.widths
            ],
        }


def width_words(share: float, wanted: float = 0.0) -> str:
    """A half-width over the base's mean in per cent: to two figures, or as many as show that it is wider than wanted.

    It is nan where an outcome exists in fewer than two pairs.
    """
    if not math.isfinite(share):
        return "(exists in fewer than two pairs)"
    size = 100 * share
    places = decimals(size, 0.0)
    if share > wanted:
        while places < MOST_DECIMALS and round(size, places) <= 100 * wanted:
            places += 1
    return f"+/- {rounded(size, places)} %"


def read_precision(text: str) -> float:
    """The share that `2%` or `0.02` stands for. Raises ChipgateError."""
    try:
        share = parse(text, "share")
    except UnitError as error:
        raise ChipgateError(f"--precision {text}: {error}") from None
    if not 0 < share < 1:
        raise ChipgateError(f"--precision {text}: write a share of the base's mean between 0 and 100 %, such as 2%")
    return share


# --- The rule, on arrays ---


def look_ahead(n: int) -> int:
    """How many further replications an interval must stay narrow: 5 up to 100, then 5 %."""
    return AHEAD * max(n, 100) // 100


def relative_half_widths(base: Floats, other: Floats) -> Floats:
    """Half-width of the paired difference's 95 % interval, over the base's mean, after each replication.

    Arrays of shape (replications,), nan where a value does not exist; so is the result where there are fewer than two
    pairs, and it is infinite where the base's mean is 0.
    """
    found = np.full(len(base), np.nan)
    there = np.flatnonzero(~(np.isnan(base) | np.isnan(other)))
    if len(there) < 2:
        return found
    x, y = map(np.array, paired(base.tolist(), other.tolist()))
    count = np.arange(1, len(x) + 1)
    # Welford's sums, since a difference of running sums of squares would lose the digits that matter.
    mean, squares, spread = 0.0, 0.0, np.zeros(len(x))
    for n, value in enumerate((y - x).tolist(), 1):
        step = value - mean
        mean += step / n
        squares += step * (value - mean)
        spread[n - 1] = squares
    t = np.array([math.nan, *(t_quantile(CONFIDENCE, n - 1) for n in count[1:].tolist())])
    with np.errstate(divide="ignore", invalid="ignore"):
        half = t * np.sqrt(spread / (count - 1) / count)
        share = half / np.abs(np.cumsum(x) / count)
    share[half == 0] = 0.0
    # A replication without a pair leaves the interval as it was.
    last = np.searchsorted(there, np.arange(len(base)), side="right") - 1
    found[last >= 0] = share[last[last >= 0]]
    return found


def enough(widths: Floats, wanted: float) -> int | None:
    """The number of replications needed: the first n, from three on, at which every interval is at most `wanted` and
    stays so for `look_ahead(n)` more.

    `widths` has shape (intervals, replications). None where the rule is not fulfilled within them, the look ahead
    included; then a longer array may fulfil it, and a shorter one gives the same answer or None.
    """
    if widths.shape[1] == 0:
        return None
    narrow = np.all(widths <= wanted, axis=0)  # nan is not narrow
    start = None
    for n in range(FEWEST, len(narrow) + 1):
        if not narrow[n - 1]:
            start = None
            continue
        start = n if start is None else start
        if n - start >= look_ahead(start):
            return start
    return None
