"""What tests of pictures share: slides to draw on, and the texts that are seen."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.pictures.slide import MIDDLE, Slide, Words, drawing, new_slide, render

Box = tuple[float, float, float, float]


def slide_with(draw: Callable[[Axes], object], name: str = "a-picture", place: Box = MIDDLE, notes: str = "") -> Slide:
    """A slide with one drawing."""
    with drawing():
        slide = new_slide(Words(name, "A title", "A heading", "A question?", notes, "What it shows."))
        draw(slide.add_axes(place))
        return slide


def new_axes(width: float = 12.8, height: float = 7.2) -> Axes:
    """Axes with a column on their right, outside any slide."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure.add_axes(MIDDLE)


def seen(figure: Figure) -> list[Text]:
    """Every text that is seen; a tick outside the axes is not."""
    ticks, every = set(), set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            if ax.axison:
                ticks |= set(axis.get_ticklabels(which="both"))
            both = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            every |= {label for tick in both for label in (tick.label1, tick.label2)}
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in found if text not in every or text in ticks]


def words(figure: Figure) -> list[str]:
    """What the texts say."""
    return [text.get_text() for text in seen(figure)]


def assert_readable(slide: Slide, least: int = 5) -> None:
    """No text leaves the picture or touches another."""
    render(slide, "png")
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in seen(slide)]
    assert len(boxes) > least
    for text, where in boxes:
        inside = where.x0 >= 0 and where.y0 >= 0 and where.x1 <= slide.bbox.x1 and where.y1 <= slide.bbox.y1
        assert inside, f"{text!r} leaves the picture: {where}"
    # A hair of a pixel is rounding.
    for (text, a), (other, b) in itertools.combinations(boxes, 2):
        apart = a.x0 + 0.5 >= b.x1 or b.x0 + 0.5 >= a.x1 or a.y0 + 0.5 >= b.y1 or b.y0 + 0.5 >= a.y1
        assert apart, f"{text!r} touches {other!r}"


def assert_same_bytes(again: Callable[[], Slide], most: int) -> None:
    """Two drawings of one thing are the same file, and no large one."""
    first, second = (render(again(), "svg") for _ in range(2))
    assert first == second
    assert len(first) <= most
