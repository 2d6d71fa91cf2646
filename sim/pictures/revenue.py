"""A supplier's revenue by quarter, beside what the articles say that it earned.

The articles' figures are read off the ledger: every one in yuan whose title is a supplier's revenue and whose period is
a year, a part of one or a quarter. What is fitted and what is held out is the hindcast's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D

from sim.articles.figures import Figure, read_figures
from sim.base.rounding import scale_of
from sim.base.statistics import summarise
from sim.experiment.run import Run
from sim.outcomes.keys import Key, Quarter
from sim.pictures.axes import INK, PAPER, Floats, day_number, highest, legend, say, set_time, set_values
from sim.pictures.lines import Line, bands_words, draw_lines
from sim.pictures.names import readable
from sim.pictures.picture import Picture, picture
from sim.studies.hindcast import TARGETS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

TITLE = re.compile(r"(.+)'s revenue")
CARD = "revenue"
FITTED, COMPARED = "fitted", "compared"
FILLS = {FITTED: INK, COMPARED: "white", "": "#b0b0b0"}


@dataclass(frozen=True)
class PrintedRevenue:
    """A figure of the articles."""

    figure: str
    """Its id in the ledger."""
    outcome: Key
    """The model's outcome that it is a value of, such as the revenue of Cambricon, over the whole window."""
    value: float
    """Yuan over its whole period, after its resolution."""
    period: str
    """As the ledger writes it."""
    quarters: tuple[Quarter, ...]
    """Its quarters, such as 2025Q1."""
    use: str
    """`fitted` or `compared` in the hindcast of the baseline; empty where it is in neither."""
    corrected: bool = False
    """Whether it is not as the article prints it."""

    @property
    def days(self) -> tuple[float, float]:
        """From the beginning of its first quarter to the end of its last."""
        return quarter_ends(self.quarters[0])[0], quarter_ends(self.quarters[-1])[1]

    @property
    def rate(self) -> float:
        """Yuan a quarter."""
        return self.value / len(self.quarters)


def printed_revenues(figures: Iterable[Figure]) -> list[PrintedRevenue]:
    """Every figure of a supplier's revenue, in order of time, in yuan after its resolution.

    A figure in dollars is left out: it is one in yuan, converted.
    """
    uses = {target.figure: FITTED if target.fitted else COMPARED for target in TARGETS}
    found = []
    for figure in figures:
        title, quarters, value = TITLE.fullmatch(figure.title), quarters_of(figure.period), figure.accepted
        if title and quarters and figure.unit == "yuan" and isinstance(value, float):
            outcome, use = Key(CARD, title[1]), uses.get(figure.id, "")
            corrected = value != figure.value
            found.append(PrintedRevenue(figure.id, outcome, value, figure.period, quarters, use, corrected))
    return sorted(found, key=lambda row: (sum(row.days), row.value))


@cache
def shipped() -> list[PrintedRevenue]:
    """Those of the shipped ledger."""
    return printed_revenues(read_figures().values())


def quarters_of(period: str) -> tuple[Quarter, ...]:
    """The quarters of a period as the ledger writes it: `Q1 2026`, `H1 2025`, `9 months 2024`, `2023`; none of any
    other."""
    match = re.fullmatch(r"(?:(?:Q([1-4])|H([12])|([369]) months) )?(\d{4})", period)
    if match is None:
        return ()
    quarter, half, months, year = match.groups()
    if quarter:
        first, last = int(quarter), int(quarter)
    elif half:
        first, last = 2 * int(half) - 1, 2 * int(half)
    else:
        first, last = 1, int(months) // 3 if months else 4
    return tuple(Quarter(int(year), n) for n in range(first, last + 1))


def quarter_ends(quarter: Quarter) -> tuple[float, float]:
    """First day of a quarter, and the day after its last, as places on the time axis."""
    return day_number(quarter.first_day), day_number(quarter.next.first_day)


def earned(run: Run, outcome: Key) -> dict[Quarter, Floats]:
    """Yuan in each quarter that the window holds as a whole; a part of one would look like a fall."""
    low, high = day_number(run.scenario.window.start), day_number(run.scenario.window.end)
    return {
        key.period: values
        for key, values in run.outcomes.items()
        if key.at(None) == outcome
        and isinstance(key.period, Quarter)
        and low <= quarter_ends(key.period)[0]
        and quarter_ends(key.period)[1] <= high
    }


@picture
class Revenue(Picture):
    """Lines by scenario, and a diamond for each figure."""

    kind, order = "revenue", 70
    over_time = takes_outcome = True
    what = "A supplier's revenue by quarter, by scenario, beside the articles' figures."

    @property
    def outcomes(self) -> list[Key]:
        """The suppliers' revenues by quarter, those with most figures first."""
        quarterly = (key.at(None) for key in self.base.outcomes if isinstance(key.period, Quarter))
        mine = [key for key in dict.fromkeys(quarterly) if key.outcome == CARD]
        return sorted(mine, key=lambda key: -sum(row.outcome == key for row in shipped()))

    @property
    def title(self) -> str:  # type: ignore[override]
        """With the supplier's name."""
        beside = ", beside the articles' figures" if self.figures else ""
        return f"{self.supplier}'s revenue by quarter{beside}"

    @property
    def supplier(self) -> str:
        """Its name."""
        return readable(self.outcome.item) if self.outcome else "A supplier"

    @cached_property
    def figures(self) -> list[PrintedRevenue]:
        """Of this supplier."""
        return [row for row in shipped() if row.outcome == self.outcome]

    @cached_property
    def drawn(self) -> list[PrintedRevenue]:
        """Those inside the window."""
        window = self.base.scenario.window
        low, high = day_number(window.start), day_number(window.end)
        return [row for row in self.figures if low <= row.days[0] and row.days[1] <= high]

    @cached_property
    def earned(self) -> list[dict[Quarter, Floats]]:
        """By scenario and quarter."""
        return [earned(run, self.outcome) if self.outcome else {} for run in self.runs]

    @cached_property
    def lines(self) -> list[Line]:
        """Of the scenarios that have a value, the base first; points in the middle of quarters."""
        found = []
        for n, (name, own) in enumerate(zip(self.names, self.earned, strict=True)):
            if own:
                days = np.array([sum(quarter_ends(quarter)) / 2 for quarter in own])
                found.append(Line(name, n, days, np.column_stack(list(own.values()))))
        return [line for line in found if line.end >= 0]

    def draw(self, figure: FigureBase) -> None:
        """Figures of longer periods are drawn over their time, at their mean a quarter."""
        ax, lines = figure.subplots(), self.lines
        set_time(ax, self.base.scenario)
        self.events.mark(ax)
        top = highest(np.array([line.top for line in lines] + [row.rate for row in self.drawn]))
        ax.set_title(f"Revenue, {set_values(ax, 1.08 * top, 'yuan')} a quarter", pad=20)
        if not lines and not self.drawn:
            whose = f"{self.supplier}'s" if self.outcome else "any supplier's"
            say(ax, f"There is no whole quarter of {whose} revenue to show")
            return
        if lines:
            draw_lines(ax, lines, len(self.base))
        self._draw_figures(ax, figure)

    def _draw_figures(self, ax: Axes, figure: FigureBase) -> None:
        """Diamonds with numbers, and a legend of what they are."""
        entries = []
        for number, row in enumerate(self.drawn, 1):
            middle = sum(row.days) / 2
            if len(row.quarters) > 1:
                ax.plot(row.days, [row.rate] * 2, color=INK, linewidth=1.6, marker="|", zorder=4.4)
            look: dict[str, Any] = {"marker": "D", "color": INK, "markerfacecolor": FILLS[row.use], "linestyle": "none"}
            ax.plot([middle], [row.rate], markersize=8, markeredgewidth=1.6, zorder=4.6, gid="figure", **look)
            ax.annotate(
                str(number),
                (middle, row.rate),
                (7, 7),
                textcoords="offset points",
                weight="bold",
                zorder=4.7,
                bbox=PAPER,
            )
            told = f"{number}  {row.period}: {_yuan(row.value)}{', corrected' * row.corrected}\n{self._model(0, row)}"
            entries.append((Line2D([], [], **look), told))
        gaps = {"fontsize": 9.5, "labelspacing": min(0.5, 4 / (len(entries) or 1))}
        legend(figure, entries, loc="outside right lower", title="Figures of the articles", alignment="left", **gaps)

    def caption(self) -> str:
        """What lines and diamonds are."""
        told = f"Lines: {self.mean_of}, by whole quarter.{bands_words(self.lines)}{self._same_words()}"
        if not self.figures:
            return f"{told} The articles give no revenue of this supplier."
        more = " Longer figures: at their mean a quarter." if any(len(row.quarters) > 1 for row in self.drawn) else ""
        more += " Corrected: not as printed." if any(row.corrected for row in self.drawn) else ""
        outside = len(self.figures) - len(self.drawn)
        more += f" {outside} figure{'s' * (outside > 1)} outside the window." if outside else ""
        whose = "" if self.alone else f"; model: {self.names[0]}"
        return f"{told} Full diamonds: the baseline was fitted to them; hollow: compared; grey: neither{whose}.{more}"

    def describe(self) -> str:
        """Each figure beside the model, or the last quarter of a supplier without figures."""
        parts = [] if self.figures else [f"The articles give no revenue of {self.supplier}."]
        same = self._same()
        for n, (name, own) in enumerate(zip(self.names, self.earned, strict=True)):
            if name in same:
                continue
            rows = [row for row in self.figures if set(row.quarters) <= set(own)]
            told = "; ".join(f"{self._said(row) if n == 0 else row.period}, {self._model(n, row)}" for row in rows)
            if not rows and own:
                quarter, values = list(own.items())[-1]
                told = f"{_yuan(summarise(values).mean)} yuan in Q{quarter.quarter} {quarter.year}"
            parts.append(f"{'' if self.alone else f'{name}: '}{told or 'no whole quarter to show'}.")
        return " ".join(parts) + self._same_words()

    @staticmethod
    def _said(row: PrintedRevenue) -> str:
        """A figure with its id and its use."""
        said = ", corrected and not as the articles print it" if row.corrected else " in the articles"
        return f"{row.period} {_yuan(row.value)} yuan{said} ({row.figure}, {row.use or 'neither fitted nor compared'})"

    def _model(self, place: int, row: PrintedRevenue) -> str:
        """A scenario's mean beside a figure, and how far it misses."""
        own = self.earned[place]
        if not set(row.quarters) <= set(own):
            return "no value in the model"
        mean = summarise(np.sum([own[quarter] for quarter in row.quarters], axis=0)).mean
        if np.isnan(mean):
            return "no value in the model"
        miss = f"{100 * (mean / row.value - 1):+.0f} %" if row.value else "no share of it"
        return f"model {_yuan(mean)} ({miss})"

    def _same(self) -> list[str]:
        """The scenarios in which the supplier earns in every replication what it does in the base."""
        base = self.earned[0]
        return [
            name
            for name, own in zip(self.names[1:], self.earned[1:], strict=True)
            if list(own) == list(base)
            and all(np.allclose(own[quarter], base[quarter], rtol=1e-9, atol=0, equal_nan=True) for quarter in own)
        ]

    def _same_words(self) -> str:
        same = self._same()
        if not same:
            return ""
        if len(same) == len(self.runs) - 1 > 1:
            return " It earns the same in every scenario, run by run."
        return f" Run by run the same as in {self.names[0]}: {', '.join(same)}."


def _yuan(value: float) -> str:
    """Three figures and a word."""
    size, word = scale_of(abs(value), "yuan")
    return f"{value / size:.3g} {word.removesuffix('yuan').strip()}".strip()
