"""Several panels on one picture: where they stand, and what stands above each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.pictures.plots.canvas import INK, LINE, SOFT_INK, Ruler, shorten, write

Box = tuple[float, float, float, float]
"""Left, bottom, width and height, as shares of the figure."""

HEAD = 12.0  # font size of a panel's name
ABOVE = 5.0  # points between a panel and what stands above it
SWATCH = 10.0  # points


def columns_for(count: int) -> int:
    """Columns of a grid of panels: up to three side by side, four as two by two."""
    return {1: 1, 2: 2, 4: 2}.get(count, 3)


def panel_boxes(count: int, box: Box, gap: tuple[float, float]) -> list[Box]:
    """Places of so many panels of one size inside a box, row by row; `gap` is between them, across and down.

    The gap down is also left above the first row, for heads.
    """
    columns = columns_for(count)
    rows = -(-count // columns)
    left, bottom, width, height = box
    wide = (width - gap[0] * (columns - 1)) / columns
    tall = (height - gap[1] * rows) / rows
    return [
        (left + (n % columns) * (wide + gap[0]), bottom + (rows - 1 - n // columns) * (tall + gap[1]), wide, tall)
        for n in range(count)
    ]


def add_panels(figure: Figure, count: int, box: Box, gap: tuple[float, float]) -> list[Axes]:
    """Axes at those places."""
    return [figure.add_axes(place) for place in panel_boxes(count, box, gap)]


def lowest_of_column(place: int, count: int) -> bool:
    """Whether no panel stands below that one."""
    return place + columns_for(count) >= count


def first_of_row(place: int, count: int) -> bool:
    """Whether a panel is the leftmost of its row."""
    return place % columns_for(count) == 0


def write_head(ax: Axes, head: str, below: str = "", beside: float = 0.0) -> None:
    """A panel's name above it, and a softer line below that name; both end in an ellipsis where they are too long.

    A blank `below` leaves room for another's line. They may reach `beside` points further than the axes, where the
    panel has texts on its right.
    """
    ruler = Ruler(ax)
    width, height = ruler.size
    size, above = HEAD, ABOVE
    width += beside
    y = 1 + above / height
    if below.strip():
        sizes = [size - less for less in (1.5, 2.0, 2.5, 3.0)]
        small = next((each for each in sizes if ruler.width(below, each) <= width), sizes[-1])
        text = shorten(below, width, lambda line: ruler.width(line, small))
        write(ax, 0, y, text, small, va="baseline", color=SOFT_INK, gid="head")
    if below:
        y += size * LINE / height
    text = shorten(head, width, lambda line: ruler.width(line, size, "bold"), tail=6)
    write(ax, 0, y, text, size, va="baseline", weight="bold", gid="head")


def write_swatches(ax: Axes, items: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Names with their swatches in a line above a panel, smaller where they would not fit."""
    ruler = Ruler(ax)
    width, height = ruler.size

    def length(size: float) -> float:
        return sum(SWATCH + 3 + ruler.width(text, size) for text, _ in items) + 9 * (len(items) - 1)

    size = next((size for size in (10.0, 9.5, 9.0, 8.5, 8.0, 7.5) if length(size) <= width), 7.0)
    x = 0.0
    for text, look in items:
        corner = x / width, 1 + ABOVE / height
        more: dict[str, Any] = {"linewidth": 0, "clip_on": False, "transform": ax.transAxes, **look}
        ax.add_patch(Rectangle(corner, SWATCH / width, 0.72 * size / height, **more))
        x += SWATCH + 3
        write(ax, x / width, 1 + ABOVE / height, text, size, va="baseline", color=INK, gid="head")
        x += ruler.width(text, size) + 9
