"""Areas on one another over time: of a run one picture, of a comparison a panel for each scenario on one scale."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import FigureBase

from sim.base.rounding import percent
from sim.base.wording import capital, listed
from sim.experiment.run import Run
from sim.pictures.axes import INK, PAPER, Floats, day_number, highest, legend, say, set_time, set_values, unit_of
from sim.pictures.events import events_of
from sim.pictures.picture import SHORT, Picture

NAMED = 0.09  # of the axes' height, that an area must be thick to have its name in it
POINT = 0.01  # of a share: less makes no difference to name
CLEAR = 0.05  # of the axes' width, that a name keeps from the events and the ends


@dataclass(frozen=True)
class Area:
    """One of the areas."""

    name: str
    colour: str
    values: Floats  # shape (points,), or what its bars are of
    size: float
    """Of all of it, to compare it with others."""
    family: str
    """What it is a part of; its own name where that is nothing else."""


def shades(colours: Sequence[str], count: int) -> list[str]:
    """So many colours between those, from the first to the last; the middle one where only one is asked for."""
    between = LinearSegmentedColormap.from_list("", list(colours))
    return [to_hex(between(place)) for place in ([0.4] if count == 1 else np.linspace(0, 1, count))]


def panels(figure: FigureBase, count: int) -> list[Axes]:
    """So many axes side by side that share both scales."""
    if not count:
        return []
    columns = {2: 2, 4: 2}.get(count, min(count, 3))
    axes = figure.subplots(-(-count // columns), columns, sharex=True, sharey=True, squeeze=False).ravel()
    for ax in axes[count:]:
        ax.axis("off")
    return list(axes[:count])


class Stack(Picture):
    """A kind says what its areas are; they are drawn here."""

    over_time = True
    unit = "A100e"
    every: ClassVar[Sequence[str]]
    """The names of all areas that a comparison may have, from the bottom up."""
    whole: ClassVar[str]
    """What they are parts of."""
    empty: ClassVar[str]
    """What is said in place of areas."""

    @abstractmethod
    def areas(self, run: Run) -> tuple[Floats, list[Area]]:
        """Days, and the areas at them from the bottom up; those that are always empty are left out."""

    @cached_property
    def stacks(self) -> list[tuple[Floats, list[Area]]]:
        """Of each scenario."""
        return [self.areas(run) for run in self.runs]

    @cached_property
    def top(self) -> float:
        """The highest sum."""
        return highest(*(np.sum([area.values for area in stack], axis=0) for _, stack in self.stacks if stack))

    @property
    def drawn_in(self) -> str:
        """The unit of the axes."""
        return unit_of(self.top, self.unit)

    @cached_property
    def shares(self) -> list[dict[str, float]]:
        """Of the whole, by scenario and family, in the order of the areas."""
        found: list[dict[str, float]] = []
        for _, stack in self.stacks:
            whole = fsum(area.size for area in stack)
            names = dict.fromkeys(area.family for area in stack)
            found.append({name: fsum(area.size for area in stack if area.family == name) / whole for name in names})
        return found

    def draw(self, figure: FigureBase) -> None:
        """Areas, each with its name where there is room, and a legend from the top down."""
        for ax, run, name, (days, stack) in zip(
            panels(figure, len(self.runs)), self.runs, self.names, self.stacks, strict=True
        ):
            set_time(ax, self.period)
            set_values(ax, self.top, self.unit)
            self.events.mark(ax, [run.scenario])
            if not self.alone:
                ax.set_title(name, pad=15, color=INK)
            if not stack or len(days) < 2:
                say(ax, self.empty if len(days) > 1 else capital(SHORT))
                continue
            colours = [area.colour for area in stack]
            values = [area.values for area in stack]
            ax.stackplot(days, values, colors=colours, edgecolor="white", linewidth=0.6, zorder=2)
            if self.alone:
                self._name(ax, run, days, stack)
        entries = {area.name: area for _, stack in self.stacks for area in stack}
        whole = fsum(area.size for area in entries.values())
        upwards = [name for name in ([*entries] if self.alone else self.every) if name in entries]
        told = [f"{name} {percent(entries[name].size / whole)}" if self.alone else name for name in upwards]
        legend(figure, reversed([(entries[name].colour, text) for name, text in zip(upwards, told, strict=True)]))

    def finding(self) -> str:
        """Of a run its own; of a comparison the part whose share differs the most from the base's."""
        if not any(len(days) > 1 for days, _ in self.stacks):
            return capital(SHORT)
        if not any(self.shares):
            return self.empty
        if self.alone:
            return self.leading()
        if none := [name for name, own in zip(self.names, self.shares, strict=True) if not own]:
            return f"{self.empty} in {listed(none) if len(none) <= 3 else f'{len(none)} scenarios'}"
        base, are = self.shares[0], f"{capital(self.whole)} {'are' if self.whole.endswith('s') else 'is'}"
        every = [(name, n) for n, own in enumerate(self.shares) for name in base | own]
        gaps = {(name, n): abs(self.shares[n].get(name, 0) - base.get(name, 0)) for name, n in every}
        clear = [(name, n) for name, n in gaps if n and self.clear(self._parts(0, name), self._parts(n, name))]
        if max(gaps.values()) < POINT:
            return f"{are} split alike in every scenario"
        if not clear:
            return f"{are} split in no clearly different way"
        name, n = max(clear, key=gaps.__getitem__)
        one, two = (percent(self.shares[at].get(name, 0)) for at in (0, n))
        return f"{name}: {one} of {self.whole} in {self.names[0]}, {two} in {self.names[n]}"

    @abstractmethod
    def sums(self, run: Run) -> dict[str, Floats]:
        """What each area is over the period, A100e, shape (replications,), by family."""

    def _parts(self, place: int, name: str) -> Floats:
        """A share of the whole, by replication, such that their mean is the ratio of the means and their spread that
        of the ratio (by the delta method)."""
        sums = {key: np.nan_to_num(values) for key, values in self.sums(self.runs[place]).items()}
        whole = np.sum([*sums.values()], axis=0)
        part = sums.get(name, np.zeros(len(whole)))
        share = part.mean() / whole.mean()
        return np.asarray(share + (part - share * whole) / whole.mean(), dtype=np.float64)

    @abstractmethod
    def leading(self) -> str:
        """What leads in a run, in a sentence without its full stop."""

    def describe(self) -> str:
        """The parts of each scenario, the largest first."""
        told = []
        for name, shares in zip(self.names, self.shares, strict=True):
            parts = [f"{part.lower()} {percent(shares[part])}" for part in sorted(shares, key=lambda key: -shares[key])]
            told.append(f"{name} {', '.join(parts) or 'nothing'}")
        return f"{capital(self.whole)}: {'; '.join(told)}."

    def _name(self, ax: Axes, run: Run, days: Floats, stack: Sequence[Area]) -> None:
        """Names at the thickest places that are clear of events."""
        low, high = ax.get_xlim()
        taken = [low, high, *(day_number(day) for day, _ in events_of(run.scenario, self.period))]
        clear = np.min([np.abs(days - day) for day in taken], axis=0) > CLEAR * (high - low)
        edges = np.cumsum([np.zeros(len(days)), *(area.values for area in stack)], axis=0)
        for area, floor, ceiling in zip(stack, edges[:-1], edges[1:], strict=True):
            thick = np.where(clear & ~np.isnan(edges[-1]), ceiling - floor, 0.0)
            n = int(np.argmax(thick))
            if thick[n] > NAMED * ax.get_ylim()[1]:
                at = days[n], (floor[n] + ceiling[n]) / 2
                ax.text(*at, area.name, fontsize="small", ha="center", va="center", zorder=5, bbox=PAPER, gid="name")
