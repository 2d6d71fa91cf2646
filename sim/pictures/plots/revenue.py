"""A supplier's revenue by quarter, beside what the articles say that it earned.

draw_revenue(ax, [run], article_revenues(), Key("revenue", "Cambricon"))        # see sim.pictures.article_revenue
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from sim.base.statistics import summarise
from sim.outcomes.keys import Key, Quarter
from sim.pictures.plots.canvas import (
    INK,
    LINE,
    SOFT_INK,
    Entry,
    Floats,
    Ruler,
    draw_column,
    mean_of,
    mean_words,
    readable,
    tidy,
    write,
)
from sim.pictures.plots.scenarios import look_of, shown
from sim.pictures.plots.single_runs import BASE_BAND, MOST_BANDS, Spread, draw_band, draw_edge, spread_of_runs
from sim.pictures.plots.timeline import axis_scale, day_number, event_notes, events, over_all, say, set_up

if TYPE_CHECKING:
    from sim.experiment.run import Run
    from sim.scenario.parts import Scenario

CARD = "revenue"
LABEL_SIZE = 10.0
FARTHEST = 170.0  # points from a figure to its label
DETOUR = 25.0  # points that a label goes further, to leave the line of a policy event alone
FILLS = {"fitted": INK, "held out": "white", "": "#b0b0b0"}


@dataclass(frozen=True)
class PrintedRevenue:
    """A figure of the articles."""

    figure: str
    """Its id in the ledger."""
    outcome: Key
    """The model's outcome that it is a value of."""
    value: float
    """Yuan over its whole period, after its resolution."""
    period: str
    """As the ledger writes it."""
    quarters: tuple[Quarter, ...]
    """Its quarters."""
    use: str
    """`fitted` or `held out` in the backcast of the baseline; empty where it is in neither."""
    corrected: bool = False
    """Whether it is not as the article prints it."""


@dataclass(frozen=True)
class Earned:
    """What a supplier earns in one scenario, by whole quarter."""

    quarters: tuple[Quarter, ...]
    days: Floats
    """The middle of each quarter in matplotlib's days, shape (quarters,)."""
    values: Floats
    """Yuan, shape (replications, quarters)."""

    def over(self, quarters: Sequence[Quarter]) -> Floats | None:
        """Yuan over several quarters, shape (replications,); None where one is not in the window as a whole."""
        if not set(quarters) <= set(self.quarters):
            return None
        columns = [self.values[:, self.quarters.index(quarter)] for quarter in quarters]
        return np.asarray(np.sum(columns, axis=0), dtype=np.float64)


def quarter_ends(quarter: Quarter) -> tuple[datetime.date, datetime.date]:
    """First day of a quarter, and the day after its last."""
    year, number = quarter
    return quarter.first_day, datetime.date(year + number // 4, 3 * number % 12 + 1, 1)


def earned(run: Run, outcome: Key) -> Earned:
    """What the outcome is in each quarter that the window holds as a whole; a part of one would look like a fall."""
    window = run.scenario.window
    quarters = []
    for key in run.outcomes:
        if key.name == outcome.name and isinstance(key.period, Quarter):
            first, end = quarter_ends(key.period)
            if window.start <= first and end <= window.end:
                quarters.append(key.period)
    days = [_middle([quarter]) for quarter in quarters]
    columns = [run[outcome.at(quarter)] for quarter in quarters]
    values = np.column_stack(columns) if columns else np.empty((len(run), 0))
    return Earned(tuple(quarters), np.array(days, dtype=np.float64), values)


def _middle(quarters: Sequence[Quarter]) -> float:
    return (day_number(quarter_ends(quarters[0])[0]) + day_number(quarter_ends(quarters[-1])[1])) / 2


def revenue_outcomes(run: Run, figures: Sequence[PrintedRevenue] = ()) -> list[Key]:
    """The suppliers' revenues that a run has by quarter; those with most figures first."""
    mine = [key.at(None) for key in run.outcomes if key.outcome == CARD and isinstance(key.period, Quarter)]
    return sorted(dict.fromkeys(mine), key=lambda key: -sum(row.outcome == key for row in figures))


# --- Words about it ---


def _by_time(row: PrintedRevenue) -> tuple[float, float]:
    """What figures are sorted by, in the picture and in its words."""
    return _middle(row.quarters), row.value


def _supplier(outcome: Key) -> str:
    return readable(outcome.item)


def revenue_title(figures: Sequence[PrintedRevenue], outcome: Key) -> str:
    """The title of the picture."""
    beside = ", beside the articles' figures" if any(row.outcome == outcome for row in figures) else ""
    return f"{_supplier(outcome)}'s revenue by quarter{beside}"


def revenue_notes(runs: Sequence[Run], figures: Sequence[PrintedRevenue], outcome: Key) -> str:
    """How to read it."""
    own = [row for row in figures if row.outcome == outcome]
    same = _same_words(runs, _same_as_base(runs, outcome))
    told = f"Lines: {mean_words(runs[0])}, by whole quarter.{_band_words(runs, outcome)}{same}"
    if not own:
        return f"{told} The articles give no revenue of this supplier.{event_notes(runs)}"
    base = earned(runs[0], outcome)
    whose = f"{tidy(runs[0].scenario.name)}'s" if len(runs) > 1 else "the model's"
    more = " Longer figures: at their mean a quarter." if any(len(row.quarters) > 1 for row in own) else ""
    more += " Corrected: not as printed." if any(row.corrected for row in own) else ""
    outside = sum(base.over(row.quarters) is None for row in own)
    more += f" {outside} figure{'s' * (outside > 1)} outside the window." if outside else ""
    fitted = "full: the baseline was fitted to it, hollow: held out, grey: in neither"
    return f"{told} Diamonds: figures, with {whose} miss; {fitted}.{more}{event_notes(runs)}"


def _band_words(runs: Sequence[Run], outcome: Key) -> str:
    bands = [line.band for line in _lines(runs, outcome) if line.band]
    if not bands:
        return ""
    whose = "Bands" if len(runs) <= MOST_BANDS else f"Band of {tidy(runs[0].scenario.name)}"
    return f" {whose}: {bands[0].kind}."


def revenue_tells(runs: Sequence[Run], figures: Sequence[PrintedRevenue], outcome: Key) -> str:
    """What it shows: each figure beside the model, or the last quarter of a supplier without figures."""
    own = [row for row in figures if row.outcome == outcome]
    same = _same_as_base(runs, outcome)
    parts = [] if own else [f"The articles give no revenue of {_supplier(outcome)}."]
    for place, run in enumerate(shown(runs)):
        name, found = tidy(run.scenario.name), earned(run, outcome)
        if name in same:
            continue
        rows = sorted((row for row in own if found.over(row.quarters) is not None), key=_by_time)
        told = "; ".join((_beside if place == 0 else _beside_again)(row, found) for row in rows)
        if not rows and found.quarters:
            told = f"{_yuan(summarise(found.values[:, -1]).mean)} yuan in {_words(found.quarters[-1])}"
        parts.append(f"{f'{name}: ' if len(runs) > 1 else ''}{told or 'no whole quarter to show'}.")
    return " ".join(parts) + _same_words(runs, same)


def _same_as_base(runs: Sequence[Run], outcome: Key) -> list[str]:
    """The scenarios in which the supplier earns in every replication what it does in the base."""
    base = earned(runs[0], outcome)
    others = [(tidy(run.scenario.name), earned(run, outcome)) for run in shown(runs)[1:]]
    return [
        name
        for name, found in others
        if base.quarters == found.quarters and np.allclose(base.values, found.values, rtol=1e-9, atol=0, equal_nan=True)
    ]


def _same_words(runs: Sequence[Run], same: Sequence[str]) -> str:
    if not same:
        return ""
    if len(same) == len(shown(runs)) - 1 > 1:
        return " It earns the same in every scenario, run by run."
    return f" Run by run the same as in {tidy(runs[0].scenario.name)}: {', '.join(same)}."


def _beside_again(row: PrintedRevenue, found: Earned) -> str:
    return f"{row.period} {_model(row, found.over(row.quarters))}"


def _beside(row: PrintedRevenue, found: Earned) -> str:
    said = ", corrected and not as the articles print it" if row.corrected else " in the articles"
    use = row.use or "neither fitted nor held out"
    return f"{row.period} {_yuan(row.value)} yuan{said} ({row.figure}, {use}), {_model(row, found.over(row.quarters))}"


def _model(row: PrintedRevenue, values: Floats | None) -> str:
    """The model's mean beside a figure, and how far it misses."""
    mean = summarise(values).mean if values is not None else np.nan
    if np.isnan(mean):
        return "no value in the model"
    miss = f"{100 * (mean / row.value - 1):+.0f} %" if row.value else "no share of it"
    return f"model {_yuan(float(mean))} ({miss})"


def _yuan(value: float) -> str:
    size, word = axis_scale(abs(value), "")
    short = {"billion": "bn"}.get(word.strip(), word.strip())
    return f"{value / size:.3g} {short}".strip()


def _words(quarter: Quarter) -> str:
    return f"Q{quarter.quarter} {quarter.year}"


# --- Drawing ---


@dataclass(frozen=True)
class Line:
    """One scenario's revenue as it is drawn."""

    name: str
    place: int
    found: Earned
    mean: Floats
    band: Spread | None


def draw_revenue(ax: Axes, runs: Sequence[Run], figures: Sequence[PrintedRevenue], outcome: Key) -> Axes:
    """A supplier's revenue by quarter, in yuan, by scenario, the first being the base; figures of the articles on it.

    Lines are means over replications, at the middle of whole quarters. One or two scenarios have the band of their
    single runs; of more only the base has. A figure of a year or half a year is drawn over its time at its mean a
    quarter. Each figure is told with its id, its use in the backcast, and the base's miss.
    """
    lines = _lines(runs, outcome)
    own = [row for row in figures if row.outcome == outcome]
    scenarios = [run.scenario for run in shown(runs)]
    whole = over_all(scenarios)
    drawn = [row for row in own if whole.window.start <= quarter_ends(row.quarters[0])[0]]
    drawn = [row for row in drawn if quarter_ends(row.quarters[-1])[1] <= whole.window.end]
    drawn.sort(key=_by_time)
    tops = [float(np.nanmax(values)) for line in lines for values in _edges(line) if not np.isnan(values).all()]
    top = max([*tops, *(row.value / len(row.quarters) for row in drawn)], default=0.0)
    set_up(ax, whole, top, "yuan", scenarios)
    unit = axis_scale(top, "yuan a quarter")[1]
    ax.set_title(unit[:1].upper() + unit[1:], loc="left")
    if not tops and not drawn:
        return say(ax, f"There is no whole quarter of {_supplier(outcome)}'s revenue to show")
    for line in lines:
        _draw_line(ax, line, len(lines))
    unnamed = _draw_figures(ax, drawn, lines, whole)
    entries = _names(lines, len(runs[0]))
    if not own:
        entries.append(Entry("No figure in the articles", 0.0, colour=SOFT_INK))
    if unnamed:
        entries.append(Entry(f"{unnamed} figure{'s' * (unnamed > 1)} not named", 0.0, colour=SOFT_INK))
    if top == 0:
        say(ax, "It is 0 throughout this window")
    draw_column(ax, sorted(entries, key=lambda entry: -entry.y))
    return ax


def _lines(runs: Sequence[Run], outcome: Key) -> list[Line]:
    lines = []
    for place, run in enumerate(shown(runs)):
        found = earned(run, outcome)
        if found.quarters and not np.isnan(found.values).all():
            band = _band(run, outcome) if place == 0 or len(runs) <= MOST_BANDS else None
            lines.append(Line(tidy(run.scenario.name), place, found, mean_of(found.values), band))
    return lines


def _band(run: Run, outcome: Key) -> Spread | None:
    values = earned(run, outcome).values
    return spread_of_runs(values) if values.size else None


def _edges(line: Line) -> list[Floats]:
    return [line.mean, *((line.band.low, line.band.high) if line.band else ())]


def _draw_line(ax: Axes, line: Line, count: int) -> None:
    look, days = look_of(line.place), line.found.days
    if line.band:
        draw_band(ax, days, line.band, look.colour, line.place == 0)
        for edge in (line.band.low, line.band.high):
            draw_edge(ax, days, edge, look.colour)
    every = (line.place % count, count) if len(days) > 2 * count else None
    more: dict[str, Any] = {
        "markersize": 6 if line.place else 5,
        "markeredgecolor": "white",
        "markevery": every if line.place else None,
    }
    more |= {"linewidth": look.width - 0.6, "linestyle": look.dash, "marker": look.marker or "o"}
    ax.plot(days, line.mean, color=look.colour, zorder=3 + 0.01 * line.place, label=line.name, **more)


def _names(lines: Sequence[Line], replications: int) -> list[Entry]:
    entries = []
    for line in lines:
        look = look_of(line.place)
        end = int(np.flatnonzero(~np.isnan(line.mean))[-1])
        about: dict[str, Any] = {"colour": look.colour, "weight": "normal" if line.place else "bold"}
        if len(lines) == 1:
            name = f"Mean of {replications} runs" if replications > 1 else "The only run"
            entries.append(Entry(name, float(line.mean[end]), joined=True, **about))
            if line.band:
                entries.append(Entry(line.band.name, float(line.band.high[end]), face=BASE_BAND, joined=True))
        else:
            about |= {"dash": look.dash, "marker": look.marker}
            entries.append(Entry(line.name, float(line.mean[end]), joined=True, **about))
    return entries


@dataclass(frozen=True)
class Box:
    """A rectangle in points from the lower left corner of the axes."""

    x0: float
    y0: float
    x1: float
    y1: float

    def meets(self, other: Box, air: float = 0.0) -> bool:
        """Whether two overlap, or come nearer than `air`."""
        across = self.x0 < other.x1 + air and other.x0 < self.x1 + air
        return across and self.y0 < other.y1 + air and other.y0 < self.y1 + air

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """Its point that is nearest to a place."""
        return min(max(x, self.x0), self.x1), min(max(y, self.y0), self.y1)


@dataclass(frozen=True)
class Ground:
    """What the labels of figures keep clear of."""

    room: Box
    taken: list[Box]
    labels: list[Box]
    """Those that stand already."""
    curve: Floats
    """Lines and edges of bands as points, shape (points, 2)."""
    events: list[float]
    """Where the lines of policy events stand; a label may cover one, but better does not."""


def _draw_figures(ax: Axes, rows: Sequence[PrintedRevenue], lines: Sequence[Line], scenario: Scenario) -> int:
    """Diamonds, and beside each what it is; how many have no room for their words."""
    ruler = Ruler(ax)
    width, height = ruler.size
    places = [_draw_diamond(ax, row) for row in rows]
    taken = [Box(x - 7, y - 7, x + 7, y + 7) for x, y, _ in places] + [span for _, _, span in places]
    marks = [ruler.x(day_number(day)) for day, _ in events(scenario)]
    ground = Ground(Box(2, 2, width - 2, height - 2), [*taken, *_event_names(ax)], [], _curve(ax, lines), marks)
    base = next((line.found for line in lines if line.place == 0), None)
    for row, (x, y, _) in zip(rows, places, strict=True):
        how = ["corrected"] * row.corrected + [row.use or "in neither"]
        text = [
            f"{row.period}: {', '.join([_yuan(row.value), *how])}",
            _model(row, base.over(row.quarters) if base else None),
            row.figure,
        ]
        for told in (text, text[:2], text[:1]):
            wide = max(ruler.width(line, LABEL_SIZE, _weight(n)) for n, line in enumerate(told))
            box = _place(ground, (x, y), wide, len(told) * LABEL_SIZE * LINE)
            if box:
                ground.labels.append(box)
                _draw_label(ax, (x, y), box, told)
                break
    return len(rows) - len(ground.labels)


def _draw_diamond(ax: Axes, row: PrintedRevenue) -> tuple[float, float, Box]:
    """A figure at its mean a quarter, with a line over its time where that is longer; its place and its line's."""
    ruler = Ruler(ax)
    low, high = ax.get_ylim()
    y = row.value / len(row.quarters)
    start, end = day_number(quarter_ends(row.quarters[0])[0]), day_number(quarter_ends(row.quarters[-1])[1])
    middle = (start + end) / 2
    if len(row.quarters) > 1:
        for colour, wide in (("white", 4.5), (INK, 1.8)):
            ax.plot([start, end], [y, y], color=colour, linewidth=wide, marker="|", zorder=4.4)
    else:
        start = end = middle
    look: dict[str, Any] = {"markerfacecolor": FILLS[row.use], "markeredgecolor": INK, "markeredgewidth": 1.8}
    ax.plot([middle], [y], marker="D", markersize=8, zorder=4.6, gid="figure", **look)
    up = (y - low) / (high - low) * ruler.size[1]
    return ruler.x(middle), up, Box(ruler.x(start), up - 3, ruler.x(end), up + 3)


def _weight(line: int) -> str:
    return "bold" if line == 0 else "normal"


def _draw_label(ax: Axes, anchor: tuple[float, float], box: Box, text: Sequence[str]) -> None:
    width, height = Ruler(ax).size
    x, y = box.nearest(*anchor)
    ends = [anchor[0] / width, x / width], [anchor[1] / height, y / height]
    ax.plot(*ends, transform=ax.transAxes, color=INK, linewidth=0.8, zorder=4.5)
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    step = LABEL_SIZE * LINE
    for n, line in enumerate(text):
        colour = SOFT_INK if n == 2 else INK
        up = (box.y1 - (n + 0.5) * step) / height
        write(
            ax, box.x0 / width, up, line, LABEL_SIZE, zorder=5, color=colour, weight=_weight(n), gid="told", bbox=paper
        )


def _event_names(ax: Axes) -> list[Box]:
    """The boxes of the policy events' names."""
    point = Ruler(ax).point
    boxes = []
    for text in ax.texts:
        if text.get_gid() == "event":
            where = text.get_window_extent()
            sides = where.x0 - ax.bbox.x0, where.y0 - ax.bbox.y0, where.x1 - ax.bbox.x0, where.y1 - ax.bbox.y0
            boxes.append(Box(*(side / point for side in sides)))
    return boxes


def _curve(ax: Axes, lines: Sequence[Line]) -> Floats:
    """Every line and band edge as points to keep clear of, shape (points, 2)."""
    ruler = Ruler(ax)
    low, high = ax.get_ylim()
    found = [np.empty((0, 2))]
    for line in lines:
        xs = np.array([ruler.x(day) for day in line.found.days])
        grid = np.arange(xs[0], xs[-1] + 1, 3.0)
        for values in _edges(line):
            ups = np.interp(grid, xs, (values - low) / (high - low) * ruler.size[1])
            found.append(np.column_stack([grid, ups]))
    return np.concatenate(found)


def _place(ground: Ground, anchor: tuple[float, float], width: float, height: float) -> Box | None:
    """The place for a label nearest to what it names that covers nothing, and whose leader crosses no other label."""
    room = ground.room
    tried = []
    for left in np.arange(room.x0, room.x1 - width, 8.0).tolist():
        covered = sum(left - 2 < mark < left + width + 2 for mark in ground.events)
        for bottom in np.arange(room.y0, room.y1 - height, 5.0).tolist():
            box = Box(left, bottom, left + width, bottom + height)
            end = box.nearest(*anchor)
            far = math.hypot(end[0] - anchor[0], end[1] - anchor[1])
            if far <= FARTHEST:
                tried.append((far + DETOUR * covered, left, bottom, box, end))
    ranked = sorted(tried, key=lambda place: place[:3])
    return next((box for *_, box, end in ranked if _is_clear(ground, box) and not _crosses(ground, anchor, end)), None)


def _is_clear(ground: Ground, box: Box) -> bool:
    if any(box.meets(other, 4) for other in (*ground.taken, *ground.labels)):
        return False
    x, y = ground.curve[:, 0], ground.curve[:, 1]
    over = (x > box.x0 - 3) & (x < box.x1 + 3) & (y > box.y0 - 3) & (y < box.y1 + 3)
    return not over.any()


def _crosses(ground: Ground, start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Whether a leader passes through another label."""
    (x0, y0), (x1, y1) = start, end
    steps = [(x0 + (x1 - x0) * n / 20, y0 + (y1 - y0) * n / 20) for n in range(21)]
    return any(other.nearest(*step) == step for other in ground.labels for step in steps)
