"""Areas on one another over time, from the bottom up, with their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex

from sim.pictures.axes import PAPER, Floats

NAMED = 0.075  # of the axes' height, that an area must be thick to have its name in it


@dataclass(frozen=True)
class Area:
    """One of the areas."""

    name: str
    colour: str
    values: Floats  # shape (points,), or what its bars are of


def draw_areas(ax: Axes, days: Floats, areas: Sequence[Area], names: bool = True) -> None:
    """Areas of shape (points,) on one another, each with its name at its thickest place where there is room.

    Nothing is drawn where one of them has no value.
    """
    if not areas:
        return
    ax.stackplot(
        days,
        [area.values for area in areas],
        labels=[area.name for area in areas],
        colors=[area.colour for area in areas],
        edgecolor="white",
        linewidth=0.8,
        zorder=2,
    )
    if not names:
        return
    low, high = ax.get_xlim()
    inside = (days > low + 0.1 * (high - low)) & (days < high - 0.1 * (high - low))
    edges = np.cumsum([np.zeros(len(days)), *(area.values for area in areas)], axis=0)
    for area, floor, ceiling in zip(areas, edges[:-1], edges[1:], strict=True):
        thick = np.where(inside & ~np.isnan(edges[-1]), ceiling - floor, 0.0)
        n = int(np.argmax(thick)) if len(thick) else 0
        if len(thick) and thick[n] > NAMED * ax.get_ylim()[1]:
            at = days[n], (floor[n] + ceiling[n]) / 2
            ax.text(*at, area.name, fontsize=10.5, ha="center", va="center", zorder=5, bbox=PAPER, gid="name")


def shades(colours: Sequence[str], count: int) -> list[str]:
    """So many colours between those, from the first to the last; the middle one where only one is asked for."""
    between = LinearSegmentedColormap.from_list("", list(colours))
    return [to_hex(between(place)) for place in (np.linspace(0, 1, count) if count > 1 else [0.4])]
