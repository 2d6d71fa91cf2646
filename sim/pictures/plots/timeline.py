"""The time axis: the window's years, and the policy events marked where they take effect."""

from __future__ import annotations

import dataclasses
import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import ScaledTranslation

from sim.base.units import DAYS_A_WEEK
from sim.pictures.plots.canvas import (
    ELLIPSIS,
    GRID,
    INK,
    LINE,
    MONTHS,
    SOFT_INK,
    TEXT_SIZE,
    Floats,
    Ruler,
    event_name,
    shorten,
    tidy,
    write,
)
from sim.pictures.plots.scenarios import shown

if TYPE_CHECKING:
    from sim.experiment.run import Run
    from sim.scenario.parts import Scenario

EPOCH = datetime.date(1970, 1, 1)  # matplotlib counts days from here
EVENT_SIZES = (12.0, 11.0, 10.0, 9.0)
MOST_TO_UNTANGLE = 16  # events; more would take long, and cannot avoid that a line passes behind a label


def day_number(day: datetime.date) -> float:
    """A day as a place on the time axis, in matplotlib's count of days."""
    return float((day - EPOCH).days)


def day_at(number: float) -> datetime.date:
    """The day at a place on the time axis."""
    return EPOCH + datetime.timedelta(days=math.floor(number))


def days_of(run: Run) -> Floats:
    """The series' points as places on the time axis, shape (points,)."""
    return day_number(run.scenario.window.start) + DAYS_A_WEEK * run.weeks


def set_time(ax: Axes, scenario: Scenario) -> None:
    """The whole window on the x axis, with ticks that a reader counts by: years, months, or days."""
    start, end = scenario.window.start, scenario.window.end
    ax.set_xlim(day_number(start), day_number(end))
    months = (end.year - start.year) * 12 + end.month - start.month
    first = [
        datetime.date(month // 12, month % 12 + 1, 1)
        for month in range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    ]
    inside = [day for day in first if start <= day <= end]
    minor: list[datetime.date] = []
    if months > 24:
        step = math.ceil(months / 12 / 10)
        ticks = [day for day in inside if day.month == 1 and day.year % step == 0]
        minor = [day for day in inside if day.month in (4, 7, 10)] if months <= 144 else []
        names = [str(day.year) for day in ticks]
    elif months > 3:
        step = math.ceil(months / 8)
        ticks = inside[::step]
        names = [f"{MONTHS[day.month - 1][:3]} {day.year}" for day in ticks]
    else:
        step = max(1, math.ceil((end - start).days / 5))
        ticks = [start + datetime.timedelta(days=day) for day in range(0, (end - start).days, step)]
        names = [date_words(day, exact=True) for day in ticks]
    ax.set_xticks([day_number(day) for day in ticks], names)
    ax.xaxis.set_minor_locator(FixedLocator([day_number(day) for day in minor]) if minor else NullLocator())
    for label, day in zip(ax.get_xticklabels(), ticks, strict=True):
        label.set_horizontalalignment("right" if day == end else "center")


def date_words(day: datetime.date, exact: bool) -> str:
    month = f"{MONTHS[day.month - 1][:3]} {day.year}"
    return f"{day.day} {month}" if exact else month


# --- Policy events ---


@dataclass(frozen=True)
class Flag:
    """Where an event's label stands: right (1) or left (-1) of its line, on a level counted from the top."""

    side: int
    level: int


def place_flags(
    xs: Sequence[float], widths: Sequence[float], room: float, gap: float, turning: float = 0.0
) -> list[Flag] | None:
    """Sides and levels for labels beside vertical lines, so that no label touches another or is crossed by a line.

    A line ends at its own label's level, so whatever a label covers must stand lower. `xs` (ascending) and `widths`
    have shape (events,), in the unit of `room`, the axes' width. `turning` is how many levels it must save to put a
    label left of its line: readers expect it on the right. None where a label fits on neither side of its line.
    """
    sides = []
    for x, width in zip(xs, widths, strict=True):
        if x + gap + width <= room:
            sides.append(1)
        elif x - gap - width >= 0:
            sides.append(-1)
        else:
            return None

    def cost(levels: list[int] | None, sides: list[int]) -> tuple[float, ...]:
        if levels is None:
            return (math.inf,)
        left = sides.count(-1)
        return (max(levels, default=0) + turning * left, sum(levels), left)

    best = _levels(xs, widths, sides, gap)
    # Turning one label at a time to the other side, while that helps, makes a tree of a crowd: half left, half right.
    improved = True
    while improved:
        improved = False
        for i, (x, width) in enumerate(zip(xs, widths, strict=True)):
            turned = [*sides[:i], -sides[i], *sides[i + 1 :]]
            fits = x + gap + width <= room if turned[i] == 1 else x - gap - width >= 0
            if fits and cost(levels := _levels(xs, widths, turned, gap), turned) < cost(best, sides):
                sides, best, improved = turned, levels, True
    return None if best is None else [Flag(side, level) for side, level in zip(sides, best, strict=True)]


def stagger_flags(xs: Sequence[float], widths: Sequence[float], room: float, gap: float) -> list[Flag] | None:
    """As `place_flags`, but a line may pass behind a label on its way up: many events in a row need few levels so."""
    sides = [1 if x + gap + width <= room else -1 for x, width in zip(xs, widths, strict=True)]
    if any(side == -1 and x - gap - width < 0 for x, width, side in zip(xs, widths, sides, strict=True)):
        return None
    levels = _levels(xs, widths, sides, gap, crossing=True)
    return None if levels is None else [Flag(side, level) for side, level in zip(sides, levels, strict=True)]


def _levels(
    xs: Sequence[float], widths: Sequence[float], sides: Sequence[int], gap: float, crossing: bool = False
) -> list[int] | None:
    """The highest level that each label can have, or None where two labels would have to stand below each other."""
    spans = [
        (x, x + 2 * gap + width) if side == 1 else (x - 2 * gap - width, x)
        for x, width, side in zip(xs, widths, sides, strict=True)
    ]
    n = len(xs)

    def covers(i: int, j: int) -> bool:
        """Whether label i stands over line j; of lines on one day the first counts as the outer one."""
        if i == j or (xs[i] == xs[j] and (j < i) == (sides[i] == 1)):
            return False
        return spans[i][0] <= xs[j] <= spans[i][1]

    above = [[i for i in range(n) if not crossing and covers(i, j)] for j in range(n)]
    levels: dict[int, int] = {}
    while len(levels) < n:
        ready = next((j for j in range(n) if j not in levels and all(i in levels for i in above[j])), None)
        if ready is None:
            return None
        level = max((levels[i] + 1 for i in above[ready]), default=0)
        start, end = spans[ready]
        while any(at == level and spans[i][0] < end and start < spans[i][1] for i, at in levels.items()):
            level += 1
        levels[ready] = level
    return [levels[i] for i in range(n)]


def events(scenario: Scenario) -> list[tuple[datetime.date, str]]:
    """The policies that take effect inside the window, as (day, name), in order of time; a withdrawn one never does."""
    window = scenario.window
    found = [(policy.effective, key) for key, policy in scenario.policies.items() if policy.withdrawn is None]
    return [(day, event_name(key, day)) for day, key in sorted(found) if window.start <= day < window.end]


def not_in_all(scenario: Scenario, others: Sequence[Scenario]) -> list[tuple[datetime.date, str]]:
    """The events of a scenario that one of the others does not have on that day."""
    theirs = [set(events(other)) for other in others]
    return [event for event in events(scenario) if not all(event in known for known in theirs)]


def over_all(scenarios: Sequence[Scenario]) -> Scenario:
    """The first scenario, its window widened to hold those of all."""
    start = min(scenario.window.start for scenario in scenarios)
    end = max(scenario.window.end for scenario in scenarios)
    window = dataclasses.replace(scenarios[0].window, start=start, end=end)
    return dataclasses.replace(scenarios[0], window=window)


def event_notes(runs: Sequence[Run]) -> str:
    """What the dashed lines are, with a space before it; empty where there are none."""
    scenarios = [run.scenario for run in shown(runs)]
    if not events(over_all(scenarios)):
        return ""
    if len(scenarios) == 1:
        return " Dashed lines: policy events on the day they take effect."
    stars = "; dotted, with *: not so in every scenario" if not_in_all(over_all(scenarios), scenarios) else ""
    return f" Dashed lines: policy events of {tidy(scenarios[0].name)}{stars}."


def draw_events(ax: Axes, scenario: Scenario, others: Sequence[Scenario] = ()) -> Axes:
    """Mark a scenario's policy events on axes that show its window on the x axis in matplotlib's days.

    An event that one of the `others` does not have on that day has an asterisk and a thin line of dots.

    Makes room for the labels by raising the upper limit of the y axis, so it comes after the data. Labels do not
    touch each other, nor leave the axes. Where there are many, lines pass behind labels and labels get smaller and
    shorter; at the very worst the last ones are counted instead of named.
    """
    marked = events(scenario)
    if not marked:
        return ax
    ruler = Ruler(ax)
    room, height = ruler.size
    days = [day_number(day) for day, _ in marked]
    exact = scenario.window.weeks <= 52
    partly = not_in_all(scenario, others)
    texts = [f"{date_words(day, exact)}: {name}{'*' * ((day, name) in partly)}" for day, name in marked]
    size, labels, flags = _fit_events(ruler, texts, [ruler.x(day) for day in days])
    step, gap, top = size * LINE, size * 0.4, size * 0.5
    left_out = len(texts) - len(labels)
    levels = max((flag.level for flag in flags), default=-1) + 1 + (left_out > 0)
    share = min(0.9, (top + levels * step + size * 0.6) / height)
    low, high = ax.get_ylim()
    ax.set_ylim(low, low + (high - low) / (1 - share))

    down = ax.get_xaxis_transform()
    for n, day in enumerate(days):
        reach = 1 - (top + flags[n].level * step) / height if n < len(labels) else 1 - share
        # A pale line below the dark one keeps it visible on dark areas.
        ax.plot([day, day], [0, reach], transform=down, color="white", linewidth=2.6, alpha=0.8, zorder=4)
        dash = (0, (1, 2)) if marked[n] in partly else (0, (4, 2.5))
        ax.plot([day, day], [0, reach], transform=down, color=INK, linewidth=1, linestyle=dash, zorder=4.1)
    for text, day, flag in zip(labels, days, flags, strict=False):
        place = down + ScaledTranslation(flag.side * gap / 72, 0, ax.figure.dpi_scale_trans)
        y = 1 - (top + (flag.level + 0.5) * step) / height
        side = "left" if flag.side == 1 else "right"
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        write(ax, day, y, text, size, transform=place, ha=side, gid="event", bbox=box)
    if left_out:
        words = f"and {left_out} later event{'s' if left_out > 1 else ''}, not named here"
        y = 1 - (top + (levels - 0.5) * step) / height
        words = shorten(words, room, lambda text: ruler.width(text, size))
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        write(ax, 0.99, y, words, size, ha="right", gid="event", bbox=box)
    return ax


def _fit_events(ruler: Ruler, texts: list[str], xs: list[float]) -> tuple[float, list[str], list[Flag]]:
    """Font size, labels and places: the kindest that fit a part of the axes' height; fewer labels where none do."""
    room, height = ruler.size
    for count in range(len(texts), 0, -1):
        for longest in (34, 24, 16):
            for size in EVENT_SIZES:
                allowed = 0.34 if size > EVENT_SIZES[-1] or longest > 16 else 0.5
                cut = [
                    text if len(text) <= longest else text[: longest - 1].rstrip() + ELLIPSIS for text in texts[:count]
                ]
                widths = [ruler.width(text, size) for text in cut]
                levels = int(allowed * height / (size * LINE)) - 1
                flags = _place(xs[:count], widths, room, size * 0.4, levels)
                if flags:
                    return size, cut, flags
    return EVENT_SIZES[-1], [], []


def _place(xs: Sequence[float], widths: Sequence[float], room: float, gap: float, levels: int) -> list[Flag] | None:
    """The clearest way to place labels on at most so many levels."""
    if len(xs) <= MOST_TO_UNTANGLE:
        for turning in (1.5, 0.6, 0.0):
            flags = place_flags(xs, widths, room, gap, turning)
            if flags and max(flag.level for flag in flags) < levels:
                return flags
    flags = stagger_flags(xs, widths, room, gap)
    return flags if flags and max(flag.level for flag in flags) < levels else None


# --- Axes ---


def axis_scale(top: float, unit: str) -> tuple[float, str]:
    """The size of the unit that suits numbers up to `top`, and its name."""
    if unit.startswith("share"):
        return 0.01, unit.replace("share", "per cent")
    sizes = [(1e9, "billion "), (1e6, "million "), (1e3, "thousand "), (1.0, ""), (1e-3, "thousandths of an ")]
    size, word = next((known for known in sizes if top >= known[0] or (top == 0 and known[0] == 1)), sizes[-1])
    return size, word + unit


def set_up(ax: Axes, scenario: Scenario, top: float, unit: str, others: Sequence[Scenario] = ()) -> None:
    """Axes for values from 0 to `top`, with the unit above them and room for the events; see `draw_events`."""
    size, words = axis_scale(top, unit)
    set_time(ax, scenario)
    top = top * 1.05 if top > 0 else 1.0
    ax.set_ylim(0, top)
    ticks = [tick for tick in MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top) if tick <= top]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / size:,.4g}"))
    ax.set_title(words[:1].upper() + words[1:], loc="left", fontsize=TEXT_SIZE, color=SOFT_INK, pad=8)
    ax.grid(axis="y", color=GRID, linewidth=0.8, zorder=0)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(SOFT_INK)
    ax.tick_params(axis="both", labelsize=TEXT_SIZE, colors=SOFT_INK, labelcolor=INK)
    ax.tick_params(axis="x", pad=6)
    ax.tick_params(axis="y", length=0)
    draw_events(ax, scenario, others)


def frame(ax: Axes, scenario: Scenario, top: float, unit: float, names: bool, size: float) -> None:
    """A small panel over the window for values from 0 to `top`, told in `unit`s: few ticks, events without names."""
    set_time(ax, scenario)
    places, words = list(ax.get_xticks()), [label.get_text() for label in ax.get_xticklabels()]
    every = max(1, math.ceil(max(map(len, words), default=0) * len(words) * size * 0.75 / Ruler(ax).size[0]))
    ax.set_xticks(places[::every], words[::every])
    ax.xaxis.set_minor_locator(NullLocator())
    top = top or 1.0
    ax.set_ylim(0, top * 1.04)
    ticks = [tick for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(0, top) if tick <= top]
    ax.set_yticks(ticks, [f"{tick / unit:,.4g}" for tick in ticks] if names else [""] * len(ticks))
    for day, _ in events(scenario):
        place = [day_number(day)] * 2, [0, top * 1.04]
        ax.plot(*place, color="white", linewidth=2, alpha=0.7, zorder=4)
        ax.plot(*place, color=INK, linewidth=0.8, linestyle=(0, (4, 2.5)), zorder=4.1)
    ax.grid(axis="y", color=GRID, linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(SOFT_INK)
    ax.tick_params(axis="both", labelsize=size, colors=SOFT_INK, labelcolor=INK)
    ax.tick_params(axis="y", length=0)


def say(ax: Axes, words: str) -> Axes:
    """Words in the middle of axes that have nothing else to show."""
    ax.set_yticks([])
    write(ax, 0.5, 0.4, words, TEXT_SIZE + 3, ha="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 6})
    return ax


def name_inside(ax: Axes, name: str, days: Floats, low: Floats, high: Floats, scenario: Scenario) -> None:
    """A band's name inside it, where it is thick and wide enough, clear of the events' lines."""
    ruler = Ruler(ax)
    size = TEXT_SIZE
    width, height = ruler.width(name, size) + 10, size * LINE + 4
    points_a_day = ruler.size[0] / (ax.get_xlim()[1] - ax.get_xlim()[0])
    points_a_unit = ruler.size[1] / (ax.get_ylim()[1] - ax.get_ylim()[0])
    half = width / points_a_day / 2
    grid = np.linspace(days[0], days[-1], 400)
    over, under = np.interp(grid, days, high) * points_a_unit, np.interp(grid, days, low) * points_a_unit
    lines = [day_number(day) for day, _ in events(scenario)]
    best, place = 0.0, None
    # A band that reaches the right edge has its name there; a second one beside it would say nothing.
    last = days[0] + 0.75 * (days[-1] - days[0]) if high[-1] > low[-1] else days[-1]
    for centre in grid[(grid - half >= days[0]) & (grid + half <= last)]:
        if any(abs(line - centre) < half + 2 / points_a_day for line in lines):
            continue
        covered = np.abs(grid - centre) <= half
        floor, ceiling = float(under[covered].max()), float(over[covered].min())  # nan beside a gap, so never the best
        if ceiling - floor - height > best:
            best, place = ceiling - floor - height, (float(centre), (floor + ceiling) / 2 / points_a_unit)
    if place:
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.88, "boxstyle": "round,pad=0.18"}
        write(ax, *place, name, transform=ax.transData, ha="center", zorder=5, bbox=box, gid="name")
