"""A supplier's revenue by quarter, beside those figures of the articles that the hindcast holds against the model."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from sim.articles.figures import figure as figure_of
from sim.base.rounding import decimals, percent, signed
from sim.base.statistics import summarise
from sim.base.wording import capital
from sim.experiment.run import Run
from sim.outcomes.keys import Key, Quarter
from sim.pictures.axes import INK, Floats, amount, day_number, minus, unit_of
from sim.pictures.fan import Fan
from sim.pictures.lines import Line
from sim.pictures.names import readable
from sim.pictures.picture import picture
from sim.studies.hindcast import AIM, TARGETS, Row, Target, accepted, resolution_of

CARD = "revenue"


def days_of_quarter(quarter: Quarter) -> tuple[float, float]:
    """Its first day and the day after its last, as places on the time axis."""
    return day_number(quarter.first_day), day_number(quarter.next.first_day)


def quarters_of(target: Target) -> list[Quarter]:
    """The quarters that a figure is of."""
    found: list[Quarter] = []
    for period in target.periods:
        found += [period] if isinstance(period, Quarter) else [Quarter(int(period or 0), n) for n in range(1, 5)]
    return found


def earned(run: Run, outcome: Key) -> dict[Quarter, Floats]:
    """Yuan in each quarter that the window holds as a whole; a part of one would look like a fall."""
    low, high = day_number(run.scenario.window.start), day_number(run.scenario.window.end)
    own = {key.period: values for key, values in run.outcomes.items() if key.at(None) == outcome}
    whole = (
        q for q in own if isinstance(q, Quarter) and low <= days_of_quarter(q)[0] and days_of_quarter(q)[1] <= high
    )
    return {quarter: own[quarter] for quarter in whole}


@picture
class Revenue(Fan):
    """Lines by scenario, and a numbered mark for each figure."""

    kind, order = "revenue", 70
    what = "A supplier's revenue by quarter, by scenario, beside the articles' figures."

    @property
    def outcomes(self) -> list[Key]:
        """The suppliers' revenues by quarter, that with figures first."""
        mine = [k.at(None) for k in self.base.outcomes if isinstance(k.period, Quarter) and k.outcome == CARD]
        return sorted(dict.fromkeys(mine), key=lambda key: key.item != "Cambricon")

    @cached_property
    def figures(self) -> list[Row]:
        """Those of this supplier inside the period, each beside the base."""
        own = earned(self.base, self.outcome) if self.outcome else {}
        low, high = map(day_number, self.period)
        found = []
        for target in TARGETS:
            quarters = quarters_of(target)
            inside = low <= days_of_quarter(quarters[0])[0] and days_of_quarter(quarters[-1])[1] <= high
            if target.keys[0].at(None) == self.outcome and inside and set(quarters) <= set(own):
                model = summarise(np.sum([own[quarter] for quarter in quarters], axis=0))
                found += [Row(target, figure_of(target.figure), model)] if model.n else []
        return sorted(found, key=lambda row: quarters_of(row.target))

    @cached_property
    def lines(self) -> list[Line]:
        """Of the scenarios that have a value, the base first; points in the middle of quarters."""
        found = []
        for n, (name, run) in enumerate(zip(self.names, self.runs, strict=True)):
            if own := earned(run, self.outcome) if self.outcome else {}:
                days = np.array([sum(days_of_quarter(quarter)) / 2 for quarter in own])
                found.append(Line(name, n, *self.inside(days, np.column_stack(list(own.values())))))
        return [line for line in found if len(line.days) and line.end >= 0]

    @property
    def by_year(self) -> bool:
        """No: it is known by quarter."""
        return False

    @property
    def points(self) -> int:
        """Quarters that the window holds as a whole, of all scenarios."""
        return sum(len(earned(run, self.outcome)) for run in self.runs) if self.outcome else 0

    @property
    def whole(self) -> str:
        """What a short period lacks."""
        return ": it has no whole quarter"

    @property
    def label(self) -> str:
        """The outcome's name."""
        return f"quarterly {super().label}"

    @property
    def unit(self) -> str:
        """Of revenue."""
        return "yuan"

    @property
    def top(self) -> float:
        """The highest value that is drawn."""
        return max(super().top, *(_rate(row) for row in self.figures), 0.0)

    def more(self, ax: Axes) -> list[tuple[Artist, str]]:
        """The figures as numbers over the time that they are of, at their mean a quarter."""
        for number, row in enumerate(self.figures, 1):
            quarters = quarters_of(row.target)
            ends = days_of_quarter(quarters[0])[0], days_of_quarter(quarters[-1])[1]
            fill, ink = (INK, "white") if row.target.fitted else ("white", INK)
            circle = {"boxstyle": "circle,pad=0.25", "facecolor": fill, "edgecolor": INK}
            at: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": "x-small", "weight": "bold", "zorder": 5}
            ax.plot(ends, [_rate(row)] * 2, color=INK, linewidth=1.2, zorder=4.4)
            ax.text(sum(ends) / 2, _rate(row), str(number), color=ink, bbox=circle, gid="figure", **at)
        return [(Patch(alpha=0), f"{number}  {_words(row)}") for number, row in enumerate(self.figures, 1)]

    def finding(self) -> str:
        """How many of the figures the model is near; without any, how the revenue goes."""
        if not self.figures:
            return super().finding()
        near = sum(abs(row.miss) <= AIM for row in self.figures)
        whose = f"{readable(self.figures[0].target.keys[0].item)}'s revenue"
        if len(self.figures) == 1:
            return (
                f"The model {'comes' if near else 'does not come'} within {percent(AIM)} of the one figure of {whose}"
            )
        return f"The model comes within {percent(AIM)} of {near or 'none'} of {len(self.figures)} figures of {whose}"

    def shown(self) -> str:
        """Revenue and its unit."""
        return f"{capital(self.label)}, {unit_of(self.top, self.unit)}"

    def caption(self) -> str:
        """What numbers are."""
        if not self.figures:
            return f"{super().caption()} No figure of the articles to compare with."
        return f"{super().caption()} Numbers: figures of the articles, and the model's mean in {self.names[0]}."

    def describe(self) -> str:
        """Each figure beside the model."""
        return " ".join([super().describe(), *(f"{_words(row)} ({row.figure.id})." for row in self.figures)])


def _rate(row: Row) -> float:
    """A figure, yuan a quarter."""
    return accepted(row.figure) / len(quarters_of(row.target))


def _words(row: Row) -> str:
    """A figure, and the model beside it."""
    used = ", fitted" if row.target.fitted else ""
    corrected = " (corrected)" if resolution_of(row.figure) == "corrected" else ""
    told, half = accepted(row.figure), row.model.half_width
    said, model = (text.removesuffix(" yuan") for text in (amount(told, "yuan"), amount(row.model.mean, "yuan", half)))
    places = min(0, decimals(100 * half / told, 100 * abs(row.miss))) if half > 0 else 0
    return minus(f"{row.figure.period}{used}: {said}{corrected}\nmodel {model} ({signed(100 * row.miss, places)} %)")
