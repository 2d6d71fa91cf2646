"""Lines of scenarios over time, each a mean over replications, and the band of single runs around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sim.base.statistics import Summary, summarise
from sim.pictures.axes import INK, Floats, highest, legend

FEWEST_FOR_QUANTILES = 10  # below this many runs a 10-90 % band would be invented between the runs
MOST_BANDS = 2  # those of more lines would cover each other
MARKS = 7  # on a line

# Colour-blind readers, and those of a photocopy, go by dash and marker. The first is the base.
LOOKS: tuple[dict[str, Any], ...] = (
    {"color": INK, "linestyle": "-", "marker": "", "linewidth": 3.2},
    *(
        {"color": colour, "linestyle": dash, "marker": marker, "linewidth": 1.9}
        for colour, dash, marker in (
            ("#0067a8", (0, (7, 2)), "o"),
            ("#b34700", (0, (2, 1.5)), "s"),
            ("#00775a", (0, (7, 2, 2, 2)), "^"),
            ("#8a3a86", "-", "D"),
            ("#7a5c00", (0, (4, 2)), "v"),
            ("#4b4bbd", (0, (1, 1)), "P"),
            ("#a8174f", (0, (7, 2, 1, 2, 1, 2)), "X"),
            ("#5c5c5c", (0, (10, 3)), "*"),
        )
    ),
)


def mean_of(values: Floats) -> Floats:
    """Mean over the first axis of what exists; nan where nothing does."""
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    return np.asarray(np.where(there, values, 0.0).sum(axis=0) / np.where(count, count, np.nan), dtype=np.float64)


@dataclass(frozen=True)
class Band:
    """What single runs do around their mean."""

    low: Floats
    high: Floats
    name: str


def band_of(values: Floats) -> Band | None:
    """The band of single runs of values of shape (replications, points), or None where there is none to draw.

    It is nan where fewer than two runs have a value. With fewer than ten runs it reaches from the lowest to the
    highest, for tenths of so few runs are no observation.
    """
    counts = (~np.isnan(values)).sum(axis=0)
    n = int(counts.max(initial=0))
    if n < 2:
        return None
    few = n < FEWEST_FOR_QUANTILES
    low, high = np.full((2, len(counts)), np.nan)
    there = counts > 1
    low[there], high[there] = np.nanquantile(values[:, there], [0.0, 1.0] if few else [0.1, 0.9], axis=0)
    if np.allclose(low[there], high[there], rtol=1e-9, atol=0):
        return None
    return Band(low, high, f"lowest to highest of {n} runs" if few else "10-90 % of single runs")


@dataclass(frozen=True)
class Line:
    """One scenario's values over time."""

    name: str
    place: int
    """Among the scenarios; the base has 0."""
    days: Floats  # shape (points,), matplotlib's days
    values: Floats  # shape (replications, points)

    @cached_property
    def mean(self) -> Floats:
        """Shape (points,)."""
        return mean_of(self.values)

    @cached_property
    def band(self) -> Band | None:
        """Of single runs."""
        return band_of(self.values)

    @cached_property
    def end(self) -> int:
        """The last point that has a value; -1 where none has."""
        return int(np.flatnonzero(~np.isnan(self.mean)).max(initial=-1))

    @property
    def last(self) -> Summary:
        """The values at that point."""
        return summarise(self.values[:, self.end])

    @property
    def top(self) -> float:
        """The highest value that is drawn."""
        return highest(self.mean, *([self.band.high] if self.band else []))


def draw_lines(ax: Axes, lines: Sequence[Line], runs: int) -> None:
    """Means, with the band of the first line, or of both where there are two; a legend beside, in the lines' order.

    `runs` is the number of replications, which names a line that is alone.
    """
    for line in lines:
        look = LOOKS[line.place] | {"markersize": 7, "markeredgecolor": "white", "zorder": 3 + 0.01 * line.place}
        step = max(1, len(line.days) // MARKS)
        if line.end == 0 or len(line.days) == 1:
            look["marker"] = look["marker"] or "o"
        name = line.name if len(lines) > 1 else f"mean of {runs} runs" if runs > 1 else "the only run"
        every = (line.place * step // len(lines), step)  # marks of lines that lie on one another lie apart
        ax.plot(line.days, line.mean, label=name, markevery=every, **look)
    for line in lines[: 1 if len(lines) > MOST_BANDS else MOST_BANDS]:
        if line.band:
            name = line.band.name if len(lines) == 1 else f"{line.name}: {line.band.name}"
            about: dict[str, Any] = {
                "color": LOOKS[line.place]["color"],
                "linewidth": 0.8,
                "linestyle": (0, (1.5, 1.5)),
            }
            ax.fill_between(line.days, line.band.low, line.band.high, alpha=0.16, zorder=2, label=name, **about)
    handles, names = ax.get_legend_handles_labels()
    order = sorted(range(len(lines)), key=lambda n: -lines[n].mean[lines[n].end])
    order += range(len(lines), len(handles))
    legend(ax.figure, [(handles[n], names[n]) for n in order], handlelength=3.2)


def bands_words(lines: Sequence[Line]) -> str:
    """What the bands are, as a sentence with a space before it; empty where there are none."""
    band = next((line.band for line in lines[:MOST_BANDS] if line.band), None)
    return f" Band: {band.name}, not the mean's uncertainty." if band else " No band is drawn."
