"""Pictures of a run: each function takes axes and a run, draws on the axes, and returns them.

Nothing here knows of files, windows or slides (`sim.pictures` does), so a notebook can use it on axes of its own:

    figure = Figure(figsize=(12, 6))
    draw_backlog(figure.add_axes((0.08, 0.1, 0.7, 0.8)), run)

Names stand in a column right of the axes, so leave about a fifth of the figure's width there, and give the axes their
final size first: what stands where is worked out in points while drawing. Whoever uses the axes elsewhere adds
`sim.label.LABEL`.

Colour is never the only sign: bands have hatches of their own, families a thick border, and every line a name beside
it.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from sim.intervals import summarise
from sim.outcomes import SAMPLE
from sim.units import DAYS_A_WEEK

if TYPE_CHECKING:
    from sim.experiment import Run
    from sim.scenario import Scenario

Floats = NDArray[np.float64]

SMOOTHING = 12  # weeks that the mean of a delivery rate looks back
FEWEST_FOR_QUANTILES = 10  # below this many runs a 10-90 % band would be invented between the runs

INK = "#1a1a1a"
SOFT_INK = "#4d4d4d"  # 8:1 on white
GRID = "#d9d9d9"
TEXT_SIZE = 13.0
EVENT_SIZES = (12.0, 11.0, 10.0, 9.0)
MOST_TO_UNTANGLE = 16  # events; more would take long, and cannot avoid that a line passes behind a label
LINE = 1.28  # height of a line of text over its font size
ELLIPSIS = "…"

EPOCH = datetime.date(1970, 1, 1)  # matplotlib counts days from here
MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June")
MONTHS += ("July", "August", "September", "October", "November", "December")
INITIALISMS = frozenset({"ai", "dcu", "eu", "euv", "duv", "gpu", "npu", "tpu", "us"})  # those that have a vowel


# --- Names ---


def _word(word: str) -> str:
    """A code or an initialism in capitals, a month with its capital, any other word as it is."""
    if any(letter.isdigit() for letter in word) or word in INITIALISMS or not set(word) & set("aeiouy"):
        return word.upper()
    return word.capitalize() if word.capitalize() in MONTHS else word


def readable(key: str) -> str:
    """A key of a scenario file as a name: `ascend-910b` is Ascend 910B, `h20-block` is H20 block."""
    words = tidy(key).replace("_", "-").split("-")
    # A key written with capitals says itself how it is spelt.
    name = " ".join(word if word.lower() != word else _word(word) for word in words if word)
    return name[:1].upper() + name[1:]


def event_name(key: str, day: datetime.date) -> str:
    """A policy's key as a name, without the words that repeat its date: `threshold-october-2023` is Threshold."""
    told = {str(day.year), MONTHS[day.month - 1].lower(), MONTHS[day.month - 1][:3].lower()}
    words = key.replace("_", "-").split("-")
    return readable("-".join(word for word in words if word not in told) or key)


def tidy(text: str) -> str:
    """Text on one line, without characters that cannot be drawn."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


# --- Measuring text ---


@dataclass(frozen=True)
class Ruler:
    """Measures in points on the axes as they are now."""

    ax: Axes

    @property
    def point(self) -> float:
        """Pixels in a point."""
        return self.ax.figure.dpi / 72

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the axes."""
        return self.ax.bbox.width / self.point, self.ax.bbox.height / self.point

    def width(self, text: str, size: float, weight: str = "normal") -> float:
        """Width of a line of text."""
        line = Text(0, 0, text, fontsize=size, fontweight=weight, parse_math=False)
        line.set_figure(self.ax.figure)
        return float(line.get_window_extent().width / self.point)

    def x(self, value: float) -> float:
        """Distance of a place on the time axis from the left edge."""
        low, high = self.ax.get_xlim()
        return (value - low) / (high - low) * self.size[0]


def _write(ax: Axes, x: float, y: float, text: str, size: float = TEXT_SIZE, **more: Any) -> None:
    """A line of text, in fractions of the axes unless told otherwise; a dollar in a name starts no formula."""
    more = {"transform": ax.transAxes, "color": INK, "va": "center_baseline", "zorder": 6, "parse_math": False, **more}
    ax.text(x, y, text, fontsize=size, **more)


def shorten(text: str, room: float, width: Callable[[str], float], tail: int = 0) -> str:
    """The longest beginning of a text, with an ellipsis and its last `tail` letters, that fits the room."""
    if width(text) <= room:
        return text
    end = ELLIPSIS + text[len(text) - tail :].lstrip()
    low, high = 0, len(text) - tail
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if width(text[:middle].rstrip() + end) <= room else (low, middle)
    return text[:low].rstrip() + end


def wrap(text: str, room: float, lines: int, width: Callable[[str], float]) -> str:
    """A text on at most so many lines of that width; what does not fit ends in an ellipsis."""
    rows = [""]
    words = text.split()
    for n, word in enumerate(words):
        longer = f"{rows[-1]} {word}".strip()
        if width(longer) <= room or not rows[-1]:
            rows[-1] = longer
        elif len(rows) < lines:
            rows.append(word)
        else:
            rows[-1] = " ".join([rows[-1], *words[n:]])
            break
    return "\n".join(shorten(row, room, width) for row in rows)


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Centres of a column of texts, from the top down, near those wanted, without overlap, inside (low, high).

    `wanted` and `heights` have shape (texts,) and one unit. A column that is too tall keeps its order and leaves at
    the bottom.
    """
    shifts = np.concatenate([[0.0], np.cumsum([(a + b) / 2 for a, b in pairwise(heights)])]) if heights else np.zeros(0)
    # Without the spacing the centres only have to fall: neighbours in the wrong order share the mean of what they want.
    pools: list[tuple[float, int]] = []
    for value in (want + shift for want, shift in zip(wanted, shifts, strict=True)):
        pool = (value, 1)
        while pools and pools[-1][0] < pool[0]:
            mean, count = pools.pop()
            pool = ((mean * count + pool[0] * pool[1]) / (count + pool[1]), count + pool[1])
        pools.append(pool)
    if not pools:
        return []
    levels = np.concatenate([np.full(count, mean) for mean, count in pools])
    floor, ceiling = low + heights[-1] / 2 + shifts[-1], high - heights[0] / 2
    return [float(centre) for centre in np.minimum(np.maximum(levels, floor), ceiling) - shifts]


# --- Time ---


def day_number(day: datetime.date) -> float:
    """A day as a place on the time axis, in matplotlib's count of days."""
    return float((day - EPOCH).days)


def _days(run: Run) -> Floats:
    """The series' points as places on the time axis, shape (points,)."""
    return day_number(run.scenario.window.start) + DAYS_A_WEEK * run.weeks


def _set_time(ax: Axes, scenario: Scenario) -> None:
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
        names = [_date(day, exact=True) for day in ticks]
    ax.set_xticks([day_number(day) for day in ticks], names)
    ax.xaxis.set_minor_locator(FixedLocator([day_number(day) for day in minor]) if minor else NullLocator())
    for label, day in zip(ax.get_xticklabels(), ticks, strict=True):
        label.set_horizontalalignment("right" if day == end else "center")


def _date(day: datetime.date, exact: bool) -> str:
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


def draw_events(ax: Axes, scenario: Scenario) -> Axes:
    """Mark a scenario's policy events on axes that show its window on the x axis in matplotlib's days.

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
    texts = [f"{_date(day, exact)}: {name}" for day, name in marked]
    size, shown, flags = _fit_events(ruler, texts, [ruler.x(day) for day in days])
    step, gap, top = size * LINE, size * 0.4, size * 0.5
    left_out = len(texts) - len(shown)
    levels = max((flag.level for flag in flags), default=-1) + 1 + (left_out > 0)
    share = min(0.9, (top + levels * step + size * 0.6) / height)
    low, high = ax.get_ylim()
    ax.set_ylim(low, low + (high - low) / (1 - share))

    down = ax.get_xaxis_transform()
    for n, day in enumerate(days):
        reach = 1 - (top + flags[n].level * step) / height if n < len(shown) else 1 - share
        # A pale line below the dark one keeps it visible on dark areas.
        ax.plot([day, day], [0, reach], transform=down, color="white", linewidth=2.6, alpha=0.8, zorder=4)
        ax.plot([day, day], [0, reach], transform=down, color=INK, linewidth=1, linestyle=(0, (4, 2.5)), zorder=4.1)
    for text, day, flag in zip(shown, days, flags, strict=False):
        place = down + ScaledTranslation(flag.side * gap / 72, 0, ax.figure.dpi_scale_trans)
        y = 1 - (top + (flag.level + 0.5) * step) / height
        side = "left" if flag.side == 1 else "right"
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        _write(ax, day, y, text, size, transform=place, ha=side, gid="event", bbox=box)
    if left_out:
        words = f"and {left_out} later event{'s' if left_out > 1 else ''}, not named here"
        y = 1 - (top + (levels - 0.5) * step) / height
        words = shorten(words, room, lambda text: ruler.width(text, size))
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        _write(ax, 0.99, y, words, size, ha="right", gid="event", bbox=box)
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


def _scale(top: float, unit: str) -> tuple[float, str]:
    """The size of the unit that suits numbers up to `top`, and its name."""
    sizes = [(1e9, "billion "), (1e6, "million "), (1e3, "thousand "), (1.0, ""), (1e-3, "thousandths of an ")]
    size, word = next((known for known in sizes if top >= known[0] or (top == 0 and known[0] == 1)), sizes[-1])
    return size, word + unit


def _set_up(ax: Axes, scenario: Scenario, top: float, unit: str) -> None:
    """Axes for values from 0 to `top`, with the unit above them and room for the events."""
    size, words = _scale(top, unit)
    _set_time(ax, scenario)
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
    draw_events(ax, scenario)


def _say(ax: Axes, words: str) -> Axes:
    """Words in the middle of axes that have nothing else to show."""
    ax.set_yticks([])
    _write(ax, 0.5, 0.4, words, TEXT_SIZE + 3, ha="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 6})
    return ax


def _mean(values: Floats) -> Floats:
    """Mean over the first axis of what exists; nan where nothing does."""
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    return np.asarray(np.where(there, values, 0.0).sum(axis=0) / np.where(count, count, np.nan), dtype=np.float64)


@dataclass(frozen=True)
class Entry:
    """A line of the column right of the axes."""

    text: str
    y: float  # where it would like to stand, in data units
    colour: str = INK
    weight: str = "normal"
    face: str = ""  # of its swatch; none where empty
    hatch: str = ""
    mark: str = INK  # of the swatch's hatch
    joined: bool = False  # whether a thin line ties it to the data at `y`


def _draw_column(ax: Axes, entries: Sequence[Entry]) -> None:
    """Names right of the axes, near what they name, in the order given from the top down."""
    if not entries:
        return
    ruler = Ruler(ax)
    height = ruler.size[1]
    room = (ax.figure.bbox.x1 - ax.bbox.x1) / ruler.point - 12
    size = max(7.0, min(TEXT_SIZE, height / len(entries) / (1.15 * LINE)))
    low, high = ax.get_ylim()
    wanted = [(entry.y - low) / (high - low) * height for entry in entries]
    # A head of a family needs a little air above it.
    heights = [size * LINE * (1.25 if entry.weight == "bold" else 1.08) for entry in entries]
    centres = spread(wanted, heights, 0, height)

    def at(points: float) -> float:
        return 1 + points / ruler.size[0]

    for entry, want, centre in zip(entries, wanted, centres, strict=True):
        y, left = centre / height, 12.0
        if entry.joined:
            ends = [at(1), at(10)], [want / height, y]
            ax.plot(*ends, transform=ax.transAxes, color=SOFT_INK, linewidth=0.8, clip_on=False)
        if entry.face:
            width, tall = 1.5 * size, 0.84 * size
            look: dict[str, Any] = {
                "facecolor": entry.face,
                "edgecolor": entry.mark,
                "hatch": entry.hatch,
                "linewidth": 0,
            }
            corner = at(left), y - tall / 2 / height
            shape = width / ruler.size[0], tall / height
            ax.add_patch(Rectangle(corner, *shape, transform=ax.transAxes, clip_on=False, **look))
            left += width + 5
        text = _fitting(ruler, entry, max(room - left, 60), size)
        _write(ax, at(left), y, text, size, color=entry.colour, weight=entry.weight, gid="name")


def _fitting(ruler: Ruler, entry: Entry, room: float, size: float) -> str:
    # Names of long products differ at their ends.
    return shorten(entry.text, room, lambda text: ruler.width(text, size, entry.weight), tail=6)


# --- Delivered by source ---


@dataclass(frozen=True)
class Family:
    """Products of one source: their common name, the shades of their areas from the bottom up, and the hatches."""

    name: str
    others: str
    outcome: str  # its share of what is delivered
    ink: str
    shades: tuple[str, ...]
    hatches: tuple[str, ...]


# Bottom to top. The shades differ in lightness within a family and in hue between families (blue and orange stay
# apart for colour-blind readers); no hatch serves twice.
FAMILIES = {
    "domestic": Family(
        "Domestic designs",
        "other designs",
        "domestic_share",
        "#123c62",
        ("#2a6ca6", "#7fb2d9", "#d3e5f3"),
        ("", "//", "..", "--", "xx", "oo", "////", "...."),
    ),
    "import": Family(
        "Imports",
        "other imports",
        "import_share",
        "#7a3300",
        ("#c35a10", "#f0983f", "#fbd9ac"),
        ("\\\\", "||", "++", "\\\\\\\\", "||||", "++++"),
    ),
    "grey": Family(
        "Grey channel",
        "other grey goods",
        "grey_share",
        "#3d3d3d",
        ("#5a5a5a", "#969696", "#dddddd"),
        ("O", "*", "O.", "*-"),
    ),
}


@dataclass(frozen=True)
class Band:
    """A product's area in the stack, or that of several small ones."""

    name: str
    family: str
    face: str
    hatch: str
    rate: Floats  # shape (points - 1,), A100e a week

    @property
    def mark(self) -> str:
        """The hatch's colour: white or the family's ink, whichever stands out more on the face."""
        ink, face = FAMILIES[self.family].ink, luminance(self.face)
        return "#ffffff" if 1.05 / (face + 0.05) > (face + 0.05) / (luminance(ink) + 0.05) else ink


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 to 1, as the accessibility guidelines define it."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def family_of(scenario: Scenario, product: str) -> str:
    """Where a product comes from: domestic, import, or, when it is in neither list of chips, the grey channel."""
    if product in scenario.designs:
        return "domestic"
    return "import" if product in scenario.imports else "grey"


def delivered_rates(run: Run) -> dict[str, Floats]:
    """Mean effective compute delivered a week, by product, in A100e a week, shape (points - 1,) for `run.weeks[1:]`.

    Each value is the mean over replications and over the 12 weeks that end at its point (in the first 12 weeks, over
    the weeks so far). It looks back only: a centred mean would let deliveries fall before the rule that stops them.
    """
    rates = {}
    for (name, product), values in run.series.items():
        if name == "delivered":
            each = _mean(values)[1:]
            span = int(SMOOTHING / SAMPLE)
            means = [each[max(0, end - span) : end].mean() / SAMPLE for end in range(1, len(each) + 1)]
            rates[product] = np.array(means, dtype=np.float64)
    return rates


def shades(family: Family, count: int) -> list[str]:
    """So many colours of a family, from its darkest to its palest."""
    stops = np.array([to_rgb(colour) for colour in family.shades])
    places = np.linspace(0, len(stops) - 1, count) if count > 1 else np.array([0.6])
    mixed = [[float(np.interp(at, range(len(stops)), stops[:, part])) for part in range(3)] for at in places]
    return [to_hex((red, green, blue)) for red, green, blue in mixed]


def bands(run: Run) -> list[Band]:
    """The areas of the stack from the bottom up; products that are never delivered are left out.

    A family with more products than can be told apart shows its largest, and the others as one area.
    """
    rates = {product: rate for product, rate in delivered_rates(run).items() if np.nansum(rate) > 0}
    stack = []
    for key, family in FAMILIES.items():
        members = [
            (readable(product), rate) for product, rate in rates.items() if family_of(run.scenario, product) == key
        ]
        if len(members) > len(family.hatches):
            by_size = sorted(range(len(members)), key=lambda n: -float(np.nansum(members[n][1])))
            small = by_size[len(family.hatches) - 1 :]
            rest = np.sum([members[n][1] for n in small], axis=0)
            members = [member for n, member in enumerate(members) if n not in small]
            members.append((f"{len(small)} {family.others}", rest))
        looks = zip(members, shades(family, len(members)), family.hatches, strict=False)
        stack += [Band(name, key, colour, hatch, rate) for (name, rate), colour, hatch in looks]
    return stack


def never_delivered(run: Run) -> list[str]:
    """Names of the scenario's products of which no replication delivers anything."""
    return [readable(product) for product, rate in delivered_rates(run).items() if (rate == 0).all()]


def draw_sources(ax: Axes, run: Run) -> Axes:
    """Effective compute delivered a week over time, in A100e a week: areas by product, the policy events above them.

    Domestic designs lie at the bottom, imports on them, grey goods on top. Heights are those of `delivered_rates`; a
    point where a product has no value is left blank. The column at the right names every area, and the share of all
    delivered compute of each family (the mean of that outcome over replications).
    """
    stack, days = bands(run), _days(run)[1:]
    edges = np.cumsum([np.zeros(len(days)), *(band.rate for band in stack)], axis=0)
    known = ~np.isnan(edges).any(axis=0)
    top = float(edges[-1][known].max(initial=0.0))
    _set_up(ax, run.scenario, top, f"A100e a week, mean of the last {SMOOTHING} weeks")
    if not top:
        return _say(ax, _why_empty(run))
    if known.sum() == 1:  # an area needs two ends
        at = int(np.flatnonzero(known)[0])
        days, edges, known = days[at] + DAYS_A_WEEK * SAMPLE * np.array([-1, 0]), edges[:, [at, at]], known[[at, at]]
    for n, (band, (low, high)) in enumerate(zip(stack, pairwise(edges), strict=True)):
        ax.fill_between(
            days,
            low,
            high,
            where=known.tolist(),
            facecolor=band.face,
            edgecolor=band.mark,
            hatch=band.hatch,
            linewidth=0,
            zorder=2,
            label=band.name,
        )
        last_of_family = n + 1 < len(stack) and stack[n + 1].family != band.family
        line = np.where(known & ((high > low) | last_of_family), high, np.nan)
        ax.plot(days, line, color=INK if last_of_family else "white", linewidth=2 if last_of_family else 0.9, zorder=3)
    for band, (low, high) in zip(stack, pairwise(edges), strict=True):
        _name_inside(ax, band.name, days, np.where(known, low, np.nan), np.where(known, high, np.nan), run.scenario)
    _draw_column(ax, list(_sources_column(run, stack, edges[:, known], ax.get_ylim()[1])))
    return ax


def _why_empty(run: Run) -> str:
    if len(run.weeks) < 2:
        return "The window is too short to show"
    if all(np.isnan(rate).all() for rate in delivered_rates(run).values()):
        return "There is no delivery rate to show: values are missing"
    return "Nothing is delivered in this window"


def _sources_column(run: Run, stack: list[Band], edges: Floats, top: float) -> Iterable[Entry]:
    """Family heads and products from the top of the stack down."""
    ends = edges[:, -1]
    y = top
    for n in reversed(range(len(stack))):
        band, family = stack[n], FAMILIES[stack[n].family]
        reaches = ends[n + 1] > ends[n]
        if n + 1 == len(stack) or stack[n + 1].family != band.family:
            # A family that has ended by then stands at the top, out of the way of those that go on.
            going_on = any(ends[m + 1] > ends[m] for m in range(n + 1) if stack[m].family == band.family)
            y = float(ends[n + 1]) if going_on else top
            share = summarise(run[family.outcome]).mean if (family.outcome, None) in run.outcomes else math.nan
            told = "" if math.isnan(share) else f" {share:.0%}".replace("%", " %")
            yield Entry(family.name + told, y, colour=family.ink, weight="bold")
        if reaches:
            y = float(ends[n] + ends[n + 1]) / 2
        yield Entry(band.name, y, face=band.face, hatch=band.hatch, mark=band.mark, joined=bool(reaches))


def _name_inside(ax: Axes, name: str, days: Floats, low: Floats, high: Floats, scenario: Scenario) -> None:
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
        _write(ax, *place, name, transform=ax.transData, ha="center", zorder=5, bbox=box, gid="name")


# --- Backlog ---


@dataclass(frozen=True)
class Spread:
    """What single runs do around their mean: two lines, each of shape (points,), and what they are."""

    low: Floats
    high: Floats
    name: str


def spread_of_runs(values: Floats) -> Spread | None:
    """The band of single runs of a series of shape (replications, points), or None where there is none to draw.

    With fewer than ten runs it reaches from the lowest to the highest, for tenths of so few runs are no observation.
    """
    there = values[~np.isnan(values).any(axis=1)]
    if len(there) < 2:
        return None
    few = len(there) < FEWEST_FOR_QUANTILES
    low, high = np.quantile(there, [0.0, 1.0] if few else [0.1, 0.9], axis=0)
    if np.allclose(low, high, rtol=1e-9, atol=0):
        return None
    return Spread(low, high, f"Lowest to highest of {len(there)}" if few else "10-90 % of single runs")


def draw_backlog(ax: Axes, run: Run) -> Axes:
    """Effective compute that waits over time, in A100e: mean of the runs, band of single runs, policy events.

    The band holds, at each date by itself, the runs between the lowest tenth and the highest. It is no interval for
    the mean, which is far more certain. One run has no band, and the picture says so.
    """
    values, days = run.series["backlog", ""], _days(run)
    mean, band = _mean(values), spread_of_runs(values)
    known = ~np.isnan(mean)
    top = max(float(line[~np.isnan(line)].max(initial=0.0)) for line in ([mean, band.high] if band else [mean]))
    _set_up(ax, run.scenario, top, "A100e waiting")
    if not known.any():
        return _say(ax, "There is no backlog to show: no run has a value")
    marker = "o" if known.sum() == 1 else None
    ax.plot(days, mean, color="#0b3a63", linewidth=3, zorder=3, marker=marker, label=_mean_name(run))
    end = int(np.flatnonzero(known)[-1])
    entries = [Entry(_mean_name(run), float(mean[end]), colour="#0b3a63", weight="bold", joined=True)]
    if band:
        ax.fill_between(days, band.low, band.high, facecolor="#bcd6ec", edgecolor="none", zorder=2, label=band.name)
        for line in (band.low, band.high):
            ax.plot(days, line, color="#3f78ad", linewidth=1.2, linestyle=(0, (1.5, 1.5)), zorder=2.5)
        entries.insert(0, Entry(band.name, float(band.high[end]), face="#bcd6ec", joined=True))
    else:
        words = "One run: no band" if len(run) == 1 else "All runs agree: no band"
        entries.append(Entry(words, float(mean[end]), colour=SOFT_INK))
    if top == 0:
        _say(ax, "Nothing waits in this window")
    _draw_column(ax, entries)
    return ax


def _mean_name(run: Run) -> str:
    return f"Mean of {len(run)} runs" if len(run) > 1 else "The only run"


# --- What binds ---


@dataclass(frozen=True)
class Hold:
    """How the part of one constraint looks."""

    face: str
    hatch: str
    mark: str  # the hatch's colour


# Bottom to top: what is wanting at home, then what is wanting abroad. Neighbours differ in lightness, and no hatch
# serves twice.
HOLDS = {
    "wafers": Hold("#0f6b4f", "", "#ffffff"),
    "memory": Hold("#8fd0b2", "//", "#0c3d2e"),
    "software": Hold("#4b3f9e", "..", "#ffffff"),
    "licence": Hold("#f3d9a4", "xx", "#5c3d00"),
    "transit": Hold("#b98a2e", "--", "#000000"),
    "import_volume": Hold("#f7b58f", "\\\\", "#6b2200"),
    "import_control": Hold("#b23a1e", "||", "#ffffff"),
}


@dataclass(frozen=True)
class Held:
    """The area of one constraint."""

    name: str
    hold: Hold
    need: Floats  # shape (looks,), A100e
    share: float  # of all that waits, over the whole window


def held(run: Run) -> list[Held]:
    """The areas from the bottom up, mean over replications; constraints that never hold up anything are left out."""
    means = {name: _mean(run.series["binds", name]) for name in HOLDS if ("binds", name) in run.series}
    total = sum(float(np.nansum(mean)) for mean in means.values())
    sums = {name: float(np.nansum(mean)) for name, mean in means.items()}
    return [Held(readable(name), HOLDS[name], mean, sums[name] / total) for name, mean in means.items() if sums[name]]


def never_binding(run: Run) -> list[str]:
    """Names of the constraints that hold up nothing in any run."""
    return [
        readable(name) for name in HOLDS if ("binds", name) in run.series and (run.series["binds", name] == 0).all()
    ]


def draw_binds(ax: Axes, run: Run) -> Axes:
    """The compute that waits over time, in A100e, split by what holds it up: areas by constraint, the policy events
    above them.

    Heights are means over replications, every four weeks; the areas add up to the backlog. Domestic constraints lie at
    the bottom, those of imports on top. The column at the right names every area with its share of all that waits.
    """
    stack = held(run)
    looks = len(stack[0].need) if stack else 0
    days = day_number(run.scenario.window.start) + DAYS_A_WEEK * SAMPLE * np.arange(looks, dtype=np.float64)
    edges = np.cumsum([np.zeros(looks), *(part.need for part in stack)], axis=0)
    known = ~np.isnan(edges).any(axis=0)
    top = float(edges[-1][known].max(initial=0.0))
    _set_up(ax, run.scenario, top, "A100e waiting")
    if not top:
        whole = any(name == "binds" for name, _ in run.series)
        return _say(ax, "Nothing waits in this window" if whole else "There is no split to show")
    if known.sum() == 1:  # an area needs two ends
        at = int(np.flatnonzero(known)[0])
        until = min(days[at] + DAYS_A_WEEK * SAMPLE, day_number(run.scenario.window.end))
        days, edges, known = np.array([days[at], until]), edges[:, [at, at]], known[[at, at]]
    for part, (low, high) in zip(stack, pairwise(edges), strict=True):
        look: dict[str, Any] = {"facecolor": part.hold.face, "edgecolor": part.hold.mark, "hatch": part.hold.hatch}
        ax.fill_between(days, low, high, where=known.tolist(), linewidth=0, zorder=2, label=part.name, **look)
        ax.plot(days, np.where(known & (high > low), high, np.nan), color="white", linewidth=1.2, zorder=3)
    for part, (low, high) in zip(stack, pairwise(edges), strict=True):
        _name_inside(ax, part.name, days, np.where(known, low, np.nan), np.where(known, high, np.nan), run.scenario)
    ends = edges[:, known][:, -1]
    entries = []
    for n in reversed(range(len(stack))):
        part, reaches = stack[n], bool(ends[n + 1] > ends[n])
        y = float(ends[n] + ends[n + 1]) / 2
        told = f"{part.name} {part.share:.0%}".replace("%", " %") if part.share >= 0.005 else f"{part.name} < 1 %"
        look = {"face": part.hold.face, "hatch": part.hold.hatch, "mark": part.hold.mark, "joined": reaches}
        entries.append(Entry(told, y, **look))
    _draw_column(ax, entries)
    return ax
