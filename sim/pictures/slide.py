"""A slide: a figure of 1600 x 900 pixels with its words and its label, and the bytes of it as a file.

The same slide gives the same bytes. Nothing here needs a screen, and pyplot stays out: it takes long to import and
keeps every figure alive. Settings of the reader's own matplotlib do not reach these pictures.
"""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.base.label import LABEL, SENTENCE
from sim.pictures.files import FORMATS
from sim.pictures.fonts import FAMILY, FONTS, lend_letters
from sim.pictures.plots.canvas import INK, SOFT_INK, Ruler, tidy, wrap
from sim.pictures.slim import slim

INCHES = (12.8, 7.2)
DPI = 125  # 1600 x 900 pixels

STYLE: dict[str, Any] = {
    "font.family": FAMILY,
    "font.sans-serif": FONTS,
    "hatch.linewidth": 0.7,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "text.parse_math": False,
}

# matplotlib's settings are global, and its text layout is not made for threads.
_LOCK = threading.RLock()


@contextmanager
def drawing(**more: Any) -> Iterator[None]:
    """matplotlib's own defaults and our style, whatever the reader has set; one thread at a time."""
    defaults: dict[Any, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")
    }
    with _LOCK, mpl.rc_context(defaults | STYLE | more), warnings.catch_warnings():
        # A line for each letter and each place where it is measured; `sim.pictures.fonts` tells it once, in words.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
        yield


MIDDLE = (0.062, 0.165, 0.71, 0.605)  # of a drawing with a column of names on its right


class Slide(Figure):
    """A figure that carries the label, and what a file of it says about itself."""

    name: str
    """For ids and salts: kind and scenario."""
    title: str
    """What is shown, in a few words."""
    description: str
    """What it shows, in sentences, the label first: a text for readers who do not see it."""

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, object], dict[str, object]]:
        """How a notebook shows it: sharp, and with its description for those who do not see it."""
        return {"image/svg+xml": render(self, "svg").decode(), "text/plain": self.description}, {}


@dataclass(frozen=True)
class Words:
    """What stands around the drawing on a slide."""

    name: str
    """For ids and salts: kind and scenario."""
    title: str
    heading: str
    """What is shown, beside the label: a title and a question."""
    question: str
    notes: str
    """How to read it, below the drawing."""
    description: str
    """What it shows, for readers who do not see it."""


LEFT = 0.03  # margin, as a share of the width
NOTES = ((11.0, 3), (9.5, 4))  # size of the notes, and on how many lines they fit; small only where they would be cut


def new_slide(words: Words) -> Slide:
    """A slide with its words and its label; the drawing goes on axes inside its middle, `MIDDLE`.

    Call it inside `drawing()`, and draw there.
    """
    slide = Slide(figsize=INCHES, dpi=DPI, facecolor="white")
    FigureCanvasAgg(slide)
    slide.name = re.sub(r"[^A-Za-z0-9]+", "-", words.name).strip("-").lower()
    slide.title = words.title
    slide.description = f"{LABEL}. {words.description}"
    ruler = Ruler(slide.add_axes(MIDDLE))
    slide.delaxes(ruler.ax)
    points = INCHES[0] * 72
    slide.text(LEFT, 0.965, words.title, fontsize=23, fontweight="bold", color=INK, va="top")
    tag = slide.text(
        LEFT + 0.008,
        0.868,
        LABEL,
        fontsize=15,
        fontweight="bold",
        color="#6b0f0f",
        va="center",
        bbox={"facecolor": "#fff1d6", "edgecolor": "#6b0f0f", "linewidth": 1.3, "boxstyle": "round,pad=0.38"},
    )
    tag.set_gid("label")
    start = tag.get_window_extent().x1 / slide.bbox.width + 0.022
    text = _heading(words, (1 - start - LEFT) * points, lambda line: ruler.width(line, 14))
    slide.text(start, 0.868, text, fontsize=14, color=INK, va="center", linespacing=1.25)
    size, text = _notes(words.notes, (1 - 2 * LEFT) * points, ruler)
    slide.text(LEFT, 0.1, text, fontsize=size, color=SOFT_INK, va="top", linespacing=1.3)
    return slide


def _notes(notes: str, room: float, ruler: Ruler) -> tuple[float, str]:
    """The notes on their lines, and their size."""
    for size, lines in NOTES:
        text = wrap(notes, room, lines, partial(ruler.width, size=size))
        if " ".join(text.split()) == " ".join(notes.split()):
            break
    return size, text


def _heading(words: Words, room: float, width: Callable[[str], float]) -> str:
    """Title and question on two lines at most; a long title leaves the second to the question."""
    title, question = tidy(words.heading), tidy(words.question)
    if not question:
        return wrap(title, room, 2, width)
    if width(f"{title}: ") < room:
        return wrap(f"{title}: {question}", room, 2, width)
    return f"{wrap(title, room, 1, width)}\n{wrap(question, room, 1, width)}"


def render(slide: Slide, format: str) -> bytes:
    """A slide as an SVG, PNG or PDF file, the label in its metadata; the same slide gives the same bytes.

    Text stays text in an SVG, and its ids begin with the slide's name, so several can stand in one page. Raises
    ValueError for another format.
    """
    if format not in FORMATS:
        raise ValueError(f"no picture is written as '{format}'; formats are {', '.join(FORMATS)}")
    about: dict[str, Any]
    if format == "svg":
        about = {"Title": slide.title, "Description": slide.description, "Keywords": [LABEL]}
        about |= {"Creator": "chipgate", "Date": None}
    elif format == "png":
        about = {"Title": slide.title, "Description": slide.description, "Comment": SENTENCE, "Software": "chipgate"}
    else:
        about = {"Title": slide.title, "Subject": slide.description, "Keywords": LABEL, "Creator": "chipgate"}
        about |= {"Producer": None, "CreationDate": None}
    target = io.BytesIO()
    # An SVG names the usual fonts only: whoever shows it has a font for other letters, or finds one.
    lend_letters(slide.findobj(Text), lend=format != "svg")
    with drawing(**{"svg.hashsalt": slide.name}):
        slide.savefig(target, format=format, dpi=DPI, metadata=about)
    data = target.getvalue()
    return _prefixed(slim(data.decode()), slide.name).encode() if format == "svg" else data


def _prefixed(svg: str, name: str) -> str:
    """An SVG whose ids, and what refers to them, begin with a name of their own."""

    def tag(match: re.Match[str]) -> str:
        text = re.sub(r'(\s(?:id|xml:id)=")', rf"\g<1>{name}-", match[0])
        return re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", text)

    return re.sub(r"<[a-zA-Z][^>]*>", tag, svg)
