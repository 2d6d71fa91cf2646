"""What a scenario changes, and when: an outcome over time, less the same in the base, pair by pair of replications."""

from __future__ import annotations

from functools import cached_property, reduce

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import FigureBase

from sim.base.rounding import signed
from sim.base.wording import capital
from sim.experiment.comparison import Comparison
from sim.experiment.run import Run
from sim.outcomes.keys import Key
from sim.pictures.axes import (
    COLOURS,
    INK,
    Floats,
    amount,
    days_of,
    highest,
    legend,
    minus,
    say,
    set_time,
    set_values,
    unit_of,
)
from sim.pictures.fan import Fan
from sim.pictures.lines import Line, draw_bands, over_time, values_of
from sim.pictures.picture import picture
from sim.pictures.stack import panels

DELIVERED = Key("delivered")
UNCLEAR = {"too small to matter": "differs too little to matter", "cannot tell": "may or may not differ"}
NAMED = 2  # scenarios in the title


@picture
class DifferenceOverTime(Fan):
    """A panel for each scenario: the mean difference, and what single pairs do."""

    kind, order, shows = "difference", 5, ("comparison",)
    of_series = True
    paired = True
    what = "What each scenario changes over time, against the first: delivered compute so far, or another outcome."

    @property
    def outcomes(self) -> list[Key]:
        """What is delivered, then all others with values over time."""
        return sorted(over_time(self.base), key=lambda key: key != DELIVERED)

    @property
    def summed(self) -> bool:
        """Whether it is what has come together since the beginning."""
        return self.outcome == DELIVERED and any(name == "delivered" for name, _ in self.base.series)

    @property
    def by_year(self) -> bool:
        """Whether it is known by year."""
        return not self.summed and super().by_year

    def values(self, run: Run) -> tuple[Floats, Floats]:
        """Days and a run's values, shapes (points,) and (replications, points)."""
        if not self.summed:
            return (
                self.inside(*values_of(run, self.outcome)) if self.outcome else (np.empty(0), np.empty((len(run), 0)))
            )
        products = [values for (name, _), values in run.series.items() if name == "delivered"]
        return self.inside(days_of(run), np.cumsum(reduce(np.add, products), axis=1))

    @cached_property
    def lines(self) -> list[Line]:
        """The differences, of the scenarios that have any."""
        days, before = self.values(self.base)
        every = [(n, self.values(run)[1]) for n, run in enumerate(self.runs[1:], 1)]
        found = [Line(self.names[n], n, days, after - before) for n, after in every if after.shape == before.shape]
        return [line for line in found if line.days.size and line.end >= 0]

    @property
    def low(self) -> float:
        """The lowest value that is drawn, or 0."""
        return -highest(*(-line.mean for line in self.lines), *(-b.low for line in self.lines for b in line.bands[:1]))

    def draw(self, figure: FigureBase) -> None:
        """Each on the same scale, around a line for no difference."""
        if not self.lines:
            say(figure.subplots(), "There is no difference to show")
        entries: dict[str, Artist] = {}
        for ax, line in zip(panels(figure, len(self.lines)), self.lines, strict=True):
            set_time(ax, self.period)
            set_values(ax, self.top, self.unit, self.low)
            self.events.mark(ax, [self.scenarios[0], self.scenarios[line.place]])
            ax.set_title(line.name, pad=15, color=INK)
            ax.axhline(0, color=INK, linewidth=1, zorder=2.5)
            entries[self.mean_of.replace("run", "pair")] = line.draw(ax, color=COLOURS[1], linestyle="-")
            bands = draw_bands(ax, line.days, line.bands, COLOURS[1])
            entries |= {name.replace("runs", "pairs"): patch for patch, name in bands}
        legend(figure, [(artist, name) for name, artist in entries.items()])

    def finding(self) -> str:
        """What the largest difference ends at, or both where there are two."""
        told = [self._ends(line) for line in sorted(self.lines, key=lambda line: -abs(line.last.mean))]
        named = told[:1] if len(told) > NAMED else told
        return f"{capital(self.label)}: {'; '.join(named) or 'there is no difference to show'}"

    def _ends(self, line: Line) -> str:
        """A scenario's difference at the end. Of what the comparison judges, by its verdict."""
        last, before = line.last, float(self.values(self.base)[1][:, line.end].mean())
        verdict, mean, half = "", last.mean, last.half_width
        if self.summed and self.whole_window and isinstance(self.result, Comparison):
            row = self.result.row(self.scenarios[line.place].name, DELIVERED)
            verdict, mean = row.verdict, row.mean
            half = row.judgement.half_width if row.judgement else half
        if mean == 0 or verdict in UNCLEAR:
            return f"{line.name} {UNCLEAR.get(verdict, 'is the same')}"
        unclear = ", not clear" if not verdict and not abs(mean) > half else ""
        share = minus(f" ({signed(100 * mean / abs(before), 0)} %)") if before else ""
        side = "above" if mean > 0 else "below"
        return f"{line.name} ends {amount(abs(mean), self.unit, half)} {side} {self.names[0]}{share}{unclear}"

    def shown(self) -> str:
        """The outcome, so far or at that time, and its unit."""
        unit = unit_of(max(self.top, -self.low), self.unit)
        return f"{capital(self.label)}{' so far' * self.summed}, difference from {self.names[0]}, {unit}"

    def caption(self) -> str:
        """What a pair is."""
        return f"A pair: the same luck in both scenarios. Dotted: events of only one of the two.{self.gaps()}"
