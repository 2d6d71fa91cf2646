"""What single runs do around their mean: a band, worked out and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sim.pictures.plots.canvas import FEWEST_FOR_QUANTILES, Floats

BAND, BASE_BAND = "#cfe0ee", "#dedede"
MOST_BANDS = 2  # scenarios whose bands lie in the axes; those of more would cover each other


@dataclass(frozen=True)
class Spread:
    """What single runs do around their mean: two lines, each of shape (points,), and what they are."""

    low: Floats
    high: Floats
    name: str
    few: bool
    """Whether it reaches from the lowest run to the highest."""

    @property
    def kind(self) -> str:
        """What it is, inside a sentence."""
        return "lowest to highest run" if self.few else "10-90 % of single runs"


def spread_of_runs(values: Floats) -> Spread | None:
    """The band of single runs of a series of shape (replications, points), or None where there is none to draw.

    It is nan where fewer than two runs have a value. With fewer than ten runs it reaches from the lowest to the
    highest, for tenths of so few runs are no observation.
    """
    counts = (~np.isnan(values)).sum(axis=0)
    having = int(counts.max(initial=0))
    if having < 2:
        return None
    few = having < FEWEST_FOR_QUANTILES
    low, high = np.full((2, len(counts)), np.nan)
    there = counts > 1
    low[there], high[there] = np.nanquantile(values[:, there], [0.0, 1.0] if few else [0.1, 0.9], axis=0)
    if np.allclose(low[there], high[there], rtol=1e-9, atol=0):
        return None
    return Spread(low, high, f"Lowest to highest of {having}" if few else "10-90 % of single runs", few)


def draw_band(ax: Axes, days: Floats, band: Spread, colour: str, base: bool) -> None:
    """The band's area; that of the base is grey, another hatched."""
    face, hatch = (BASE_BAND, "") if base else (BAND, "//")
    more: dict[str, Any] = {"alpha": 0.75, "hatch": hatch, "edgecolor": colour, "linewidth": 0}
    where = (~np.isnan(band.low)).tolist()
    ax.fill_between(days, band.low, band.high, where=where, facecolor=face, zorder=2, label=band.name, **more)


def draw_edge(ax: Axes, days: Floats, edge: Floats, colour: str) -> None:
    """One edge of a band."""
    ax.plot(days, edge, color=colour, linewidth=0.8, linestyle=(0, (1.5, 1.5)), zorder=2.5)
