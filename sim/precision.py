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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.comparison import Comparison, Runner, compare_scenarios, refuse_unfit
from sim.differences import HEADLINES, paired
from sim.errors import ChipgateError
from sim.experiment import Run, run_scenario
from sim.intervals import CONFIDENCE, finite, t_quantile
from sim.outcomes import OUTCOMES, card_of
from sim.rounding import MOST_DECIMALS, decimals, rounded
from sim.units import UnitError, closest, parse

if TYPE_CHECKING:
    from sim.load import SourcedScenario

FEWEST = 3  # replications before the rule is asked
AHEAD = 5  # replications that a narrow interval must last, up to 100; beyond, this share in per cent of the number
FIRST = 20  # replications to begin with
MOST_AT_ONCE = 200  # replications of a scenario between two looks
CAP = 2_000

Floats = NDArray[np.float64]
Progress = Callable[[int, Mapping[tuple[str, str], float]], object]
"""Is told how many replications each scenario has, and how wide each interval is, by scenario and outcome."""


def _untold(_many: int, _widths: Mapping[tuple[str, str], float]) -> None:
    """Nobody looks on."""


@dataclass(frozen=True)
class Width:
    """How wide an interval ended."""

    scenario: str
    outcome: str
    share: float  # half-width over the base's mean; nan with fewer than two pairs


@dataclass(frozen=True)
class Precision:
    """What was asked, and how it ended."""

    wanted: float  # half-width over the base's mean
    outcomes: tuple[str, ...]
    cap: int
    needed: int | None  # replications after which every interval was narrow enough; None where the cap came first
    replications: int  # that were run, the look ahead among them
    widths: tuple[Width, ...]  # with all of them, the widest first

    def words(self) -> str:
        """How it ended, in a sentence or two."""
        wish = f"{100 * self.wanted:.12g}"  # as asked, without what is only rounding inside the computer
        asked = f"a 95 % interval of at most +/- {wish} % of the base's mean for {', '.join(self.outcomes)}"
        if self.needed is not None:
            return (
                f"Precision: {asked} took {self.needed:,} replications of each scenario; {self._more()}, and all are "
                f"used. Since the runs end when intervals look narrow, these hold the truth a little less often than "
                f"they say, hardly less from a hundred replications on."
            )
        wide = [
            f"{width.outcome} in {width.scenario} {width_words(width.share, self.wanted)}"
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
            "outcomes": list(self.outcomes),
            "cap": self.cap,
            "reached": self.needed is not None,
            "needed": self.needed,
            "replications": self.replications,
            "widths": [
                {
                    "scenario": width.scenario,
                    "outcome": width.outcome,
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
    x, y = paired(base, other)
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


# --- Runs until it is fulfilled ---


def compare_as_asked(
    scenarios: Sequence[SourcedScenario],
    replications: int | None = None,
    precision: str | None = None,
    on: Sequence[str] = (),
    cap: int | None = None,
    seed: int = 1,
    workers: int | None = None,
    run: Runner = run_scenario,
    progress: Progress = _untold,
) -> Comparison:
    """Compare scenarios, the base first: with so many replications of each, 200 if nothing is said, or to a precision.

    `on` and `cap` belong to the precision, which finds the number of replications itself; `run` runs a scenario where
    the number is known, `progress` is told where it is sought (see `compare_to_precision`). Raises ChipgateError.
    """
    if precision is None:
        if on or cap is not None:
            raise ChipgateError("on and cap belong to precision; leave them out, or give a precision such as 2%")
        return compare_scenarios(scenarios, 200 if replications is None else replications, seed, workers, run)
    if replications is not None:
        raise ChipgateError("precision finds the number of replications; leave out replications, or precision")
    most = CAP if cap is None else cap
    return compare_to_precision(scenarios, read_precision(precision), on, seed, workers, most, progress)


def compare_to_precision(
    scenarios: Sequence[SourcedScenario],
    wanted: float,
    outcomes: Sequence[str] = (),
    seed: int = 1,
    workers: int | None = None,
    cap: int = CAP,
    progress: Progress = _untold,
    batch: int | None = None,
) -> Comparison:
    """Run scenarios, the base first, until the paired differences are known to `wanted`, a share of the base's mean.

    `outcomes` are those that count, all headline outcomes if there are none. `cap` is the most replications of each
    scenario. `progress` is told after each batch how many replications each scenario has, and how wide each interval
    is. The result does not depend on the size of the batches, nor on the workers. Raises ChipgateError.
    """
    refuse_unfit(scenarios)
    if not 0 < wanted < 1:
        raise ChipgateError(f"precision: {wanted:g} is no share of the base's mean between 0 and 1, such as 0.02")
    if cap < FIRST:
        raise ChipgateError(f"cap: {cap} is too few; the rule starts with {FIRST} replications")
    names = _known(outcomes)
    runs = [run_scenario(sourced, FIRST, seed, workers) for sourced in scenarios]
    _refuse_missing(runs, names)
    _refuse_without_share(runs, names)
    while True:
        have = len(runs[0])
        widths = _widths(runs, names)
        progress(have, {key: float(values[-1]) for key, values in widths.items()})
        needed = enough(np.array(list(widths.values())), wanted)
        if needed is not None or have == cap:
            used = cap if needed is None else max(needed + look_ahead(needed), FIRST)
            return stopped([run.first(used) for run in runs], wanted, names, cap)
        size = min(batch or _next_batch(have, widths, wanted), cap - have)
        runs = [run.joined(run_scenario(run.sourced, size, seed, workers, after=have)) for run in runs]


def stopped(runs: Sequence[Run], wanted: float, outcomes: Sequence[str], cap: int) -> Comparison:
    """The comparison of runs that the rule has stopped, with what it found; it finds the same again in runs read back.

    Raises ChipgateError.
    """
    widths = _widths(runs, outcomes)
    ends = [Width(*key, float(values[-1])) for key, values in widths.items()]
    ends.sort(key=lambda width: -width.share if math.isfinite(width.share) else -math.inf)
    needed = enough(np.array(list(widths.values())), wanted)
    return Comparison(runs, Precision(wanted, tuple(outcomes), cap, needed, len(runs[0]), tuple(ends)))


def _widths(runs: Sequence[Run], names: Sequence[str]) -> dict[tuple[str, str], Floats]:
    """`relative_half_widths` by scenario and outcome."""
    base = runs[0]
    return {
        (run.scenario.name, name): relative_half_widths(base[name], run[name]) for run in runs[1:] for name in names
    }


def _next_batch(have: int, widths: Mapping[tuple[str, str], Floats], wanted: float) -> int:
    """About as many more as the widest interval lets expect, for a half-width shrinks with the root of the number."""
    widest = max((float(values[-1]) for values in widths.values() if math.isfinite(values[-1])), default=wanted)
    needed = have * (widest / wanted) ** 2
    expected = (1 + AHEAD / 100) * needed - have
    return int(min(MOST_AT_ONCE, max(FIRST // 2, expected + 1)))


def _known(outcomes: Sequence[str]) -> tuple[str, ...]:
    """The outcomes that count, each once, without dates. Raises ChipgateError."""
    names = tuple(dict.fromkeys(outcomes)) or HEADLINES
    for name in names:
        try:
            unit = card_of(name).unit
        except KeyError:
            fit = [
                f"{card.name}_{card.per.upper()}" if card.per else card.name
                for card in OUTCOMES.values()
                if card.unit != "date"
            ]
            near = closest(name, fit)
            told = f"did you mean '{near}'?" if near else f"there are {', '.join(fit)}"
            raise ChipgateError(f"no outcome is named '{name}'; {told}") from None
        if unit == "date":
            raise ChipgateError(f"'{name}' is a date, and a date has no per cent; choose other outcomes with --on")
    return names


def _refuse_missing(runs: Sequence[Run], names: Sequence[str]) -> None:
    """Refuse an outcome that a scenario does not have. Raises ChipgateError."""
    for run in runs:
        known = list(dict.fromkeys(name for name, period in run.outcomes if period is None))
        for name in names:
            if name not in known:
                near = closest(name, known)
                raise ChipgateError(
                    f"{run.scenario.name} has no outcome '{name}'; "
                    + (f"did you mean '{near}'?" if near else f"it has {', '.join(known)}")
                )


def _refuse_without_share(runs: Sequence[Run], names: Sequence[str]) -> None:
    """Refuse an outcome whose half-width is no share of anything in the first replications. Raises ChipgateError."""
    base = runs[0]
    for other in runs[1:]:
        for name in names:
            x, _ = paired(base[name], other[name])
            why = ""
            if len(x) == 0:
                why = f"exists in none of the first {len(base)} pairs of {base.scenario.name} and {other.scenario.name}"
            elif not x.any():
                why = f"is 0 in all of the first {len(x)} replications of {base.scenario.name}"
            if why:
                left = [n for n in names if n != name]
                hint = " ".join(f"--on {n}" for n in left) or "another outcome with --on"
                raise ChipgateError(f"precision is a share of the base's mean, but {name} {why}\n  choose {hint}")
