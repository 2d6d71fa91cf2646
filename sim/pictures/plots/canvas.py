"""What every picture needs: names as people write them, text that fits, and a column of names right of the axes."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from numpy.typing import NDArray

from sim.base.rounding import rounded
from sim.outcomes.keys import Key

if TYPE_CHECKING:
    from sim.experiment.run import Run

Floats = NDArray[np.float64]

FEWEST_FOR_QUANTILES = 10  # below this many runs a 10-90 % band would be invented between the runs

INK = "#1a1a1a"
SOFT_INK = "#4d4d4d"  # 8:1 on white
GRID = "#d9d9d9"
TEXT_SIZE = 13.0
LINE = 1.28  # height of a line of text over its font size
ELLIPSIS = "…"
NO_BREAK = "\u00a0"  # a blank at which no line ends

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


def outcome_name(key: Key) -> str:
    """An outcome as a name: `domestic_share` is Domestic share, `revenue_cambricon` is Revenue: Cambricon."""
    return readable(key.outcome) + (f": {readable(key.item)}" if key.item else "")


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
        """Width of a line of text.

        A Chinese, Japanese or Korean letter is as wide as it is tall in every font that has it, and a reader's own
        font may draw it; so it is counted, and the same on a machine without such a font.
        """
        narrow = "".join(letter for letter in text if unicodedata.east_asian_width(letter) not in "WF")
        line = Text(0, 0, narrow, fontsize=size, fontweight=weight, parse_math=False)
        line.set_figure(self.ax.figure)
        return float(line.get_window_extent().width / self.point) + size * (len(text) - len(narrow))

    def x(self, value: float) -> float:
        """Distance of a place on the time axis from the left edge."""
        low, high = self.ax.get_xlim()
        return (value - low) / (high - low) * self.size[0]


def write(ax: Axes, x: float, y: float, text: str, size: float = TEXT_SIZE, **more: Any) -> None:
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
    """A text on at most so many lines of that width; what does not fit ends in an ellipsis.

    A number stays on one line with its per cent sign.
    """
    rows = [""]
    words = re.sub(r"(?<=\d) %", f"{NO_BREAK}%", " ".join(text.split())).split(" ")
    for n, word in enumerate(words):
        longer = f"{rows[-1]} {word}".strip()
        if width(longer) <= room or not rows[-1]:
            rows[-1] = longer
        elif len(rows) < lines:
            rows.append(word)
        else:
            rows[-1] = " ".join([rows[-1], *words[n:]])
            break
    return "\n".join(shorten(row.replace(NO_BREAK, " "), room, width) for row in rows)


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


# --- Values and colours ---


def mean_of(values: Floats) -> Floats:
    """Mean over the first axis of what exists; nan where nothing does."""
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    return np.asarray(np.where(there, values, 0.0).sum(axis=0) / np.where(count, count, np.nan), dtype=np.float64)


def mean_words(run: Run) -> str:
    """What a line or an area shows: the mean of so many runs, or a single one."""
    return f"mean of {len(run)} runs" if len(run) > 1 else "a single run"


def figures(value: float) -> str:
    """A number with three figures and never fewer, so that numbers side by side are alike: 4.00, 3.39, 412, 1,000."""
    if not value or not math.isfinite(value):
        return f"{value:.0f}"
    # Rounded first, since 9.996 is 10.0.
    size = math.floor(math.log10(abs(float(f"{value:.2e}"))))
    return rounded(value, 2 - size)


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 to 1, as the accessibility guidelines define it."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


# --- The column of names ---


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
    dash: Any = ""  # of its line, in its colour; none where empty
    marker: str = ""  # on that line


def draw_column(ax: Axes, entries: Sequence[Entry], start: float = 0.0) -> None:
    """Names right of the axes, near what they name, in the order given from the top down.

    They begin `start` points right of where they usually do, to leave room for something between.
    """
    if not entries:
        return
    ruler = Ruler(ax)
    height = ruler.size[1]
    room = (ax.figure.bbox.x1 - ax.bbox.x1) / ruler.point - 12 - start
    size = max(7.0, min(TEXT_SIZE, height / len(entries) / (1.15 * LINE)))
    low, high = ax.get_ylim()
    wanted = [(entry.y - low) / (high - low) * height for entry in entries]
    # A head of a family needs a little air above it.
    heights = [size * LINE * (1.25 if entry.weight == "bold" else 1.08) for entry in entries]
    centres = spread(wanted, heights, 0, height)

    def at(points: float) -> float:
        return 1 + (start + points) / ruler.size[0]

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
        if entry.dash:
            places = [at(left), at(left + 1.1 * size), at(left + 2.2 * size)]
            line: dict[str, Any] = {"color": entry.colour, "linestyle": entry.dash, "marker": entry.marker}
            ax.plot(places, [y] * 3, transform=ax.transAxes, clip_on=False, markevery=[1], linewidth=2, **line)
            left += 2.2 * size + 6
        text = _fitting(ruler, entry, max(room - left, 60), size)
        write(ax, at(left), y, text, size, color=entry.colour, weight=entry.weight, gid="name")


def _fitting(ruler: Ruler, entry: Entry, room: float, size: float) -> str:
    # Names of long products differ at their ends.
    return shorten(entry.text, room, lambda text: ruler.width(text, size, entry.weight), tail=6)
