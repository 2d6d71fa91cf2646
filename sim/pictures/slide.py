"""A slide: a figure with its words and its label, and the bytes of it as a file.

The same slide gives the same bytes. Nothing here needs a screen, and pyplot stays out: it takes long to import and
keeps every figure alive. Settings of the reader's own matplotlib do not reach these pictures.
"""

from __future__ import annotations

import io
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, FigureBase, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine, LayoutEngine

from sim.base.label import LABEL, SENTENCE
from sim.pictures.axes import DARK, GRID, INK, SOFT_INK
from sim.pictures.files import FORMATS
from sim.pictures.names import is_wide, tidy


class Size(NamedTuple):
    """What a picture is made for."""

    inches: tuple[float, float]
    dpi: int
    scale: float
    """Of its letters: 1 on a slide."""
    title: float = 20
    """Of its letters, before that scale."""
    notes: bool = True
    """Whether it has room for words below the drawing."""


SIZES = {
    "slide": Size((12.8, 7.2), 125, 1.0),  # 1600 x 900 pixels
    "page": Size((6.7, 5.2), 240, 0.66),  # as wide as the text of a sheet of A4
    "thumbnail": Size((4.8, 2.7), 150, 0.45, title=26, notes=False),
}
FILL = "\u2060"  # stands behind a letter that takes the room of two
MARGIN = 0.03  # of the width
LETTER = {"normal": 0.57, "bold": 0.61}  # width of one, as a share of its height

STYLE: dict[str, Any] = {
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],  # the first comes with matplotlib
    # Of the others, one that is there draws Chinese, Japanese and Korean letters; the second is the name under which
    # matplotlib knows the file that holds all of them.
    "font.family": [
        "sans-serif",
        "Noto Sans CJK SC",
        "Noto Sans CJK JP",
        "Microsoft YaHei",
        "PingFang SC",
        "WenQuanYi Micro Hei",
    ],
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a name starts no formula
    "axes.axisbelow": True,
    "axes.edgecolor": SOFT_INK,
    "axes.labelcolor": INK,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": SOFT_INK,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "axes.xmargin": 0,
    "grid.color": GRID,
    "hatch.color": INK,
    "patch.edgecolor": INK,
    "xtick.color": SOFT_INK,
    "xtick.labelcolor": INK,
    "ytick.color": SOFT_INK,
    "ytick.labelcolor": INK,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": "medium",
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
}

PATH, MORE = re.compile(rb' d="[^"]*"'), re.compile(rb"(?<=\.\d)\d+")

# matplotlib's settings are global, and its text layout is not made for threads.
_LOCK = threading.RLock()


@contextmanager
def drawing(**more: Any) -> Iterator[None]:
    """matplotlib's own defaults and our style, whatever the reader has set; one thread at a time."""
    defaults: dict[Any, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")
    }
    with _LOCK, mpl.rc_context(defaults | STYLE | more), _quiet_fonts():
        yield


@contextmanager
def _quiet_fonts() -> Iterator[None]:
    """matplotlib would name every font of the list that is not there, and every letter that none has."""
    fonts = logging.getLogger("matplotlib.font_manager")
    level = fonts.level
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
        fonts.setLevel(logging.ERROR)
        try:
            yield
        finally:
            fonts.setLevel(level)


@dataclass(frozen=True)
class Words:
    """What stands around the drawing on a slide."""

    name: str
    """For ids: kind and scenario."""
    title: str
    """What is found, in a sentence; one or two lines."""
    heading: str
    """What is shown, in which unit; one or two lines."""
    notes: tuple[str, ...]
    """Below the drawing: paragraphs."""
    description: str
    """What it shows, for readers who do not see it."""


class Slide(Figure):
    """A figure that carries the label, and what a file of it says about itself."""

    name: str
    """For ids: kind and scenario."""
    title: str
    """What is found, in a sentence."""
    description: str
    """What it shows, in sentences, the label first: a text for readers who do not see it."""

    def savefig(self, *args: Any, **more: Any) -> None:
        """As of any figure, without a word about fonts that this machine does not have."""
        with _quiet_fonts(), mpl.rc_context({"figure.constrained_layout.use": False, "figure.autolayout": False}):
            super().savefig(*args, **more)

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, object], dict[str, object]]:
        """How a notebook shows it: sharp, and with its description for those who do not see it."""
        return {"image/svg+xml": render(self, "svg").decode(), "text/plain": self.description}, {}


def new_slide(words: Words, draw: Callable[[FigureBase], object], size: Size = SIZES["slide"]) -> Slide:
    """A slide with its words and its label; `draw` gets the part of the figure that is between them."""
    width, height = (72 * inches / size.scale for inches in size.inches)  # in points of a slide's letters
    with drawing(**{"font.size": 11 * size.scale}):
        layout = ConstrainedLayoutEngine(w_pad=0.04, h_pad=0.04, wspace=0.02, hspace=0.02)
        slide = Slide(figsize=size.inches, dpi=size.dpi, facecolor="white", layout=layout)
        FigureCanvasAgg(slide)
        slide.name = re.sub(r"[^A-Za-z0-9]+", "-", words.name).strip("-").lower()
        slide.title, slide.description = words.title, f"{LABEL}. {words.description}"

        def put(text: str, points: float, at: float, most: int, **more: Any) -> float:
            """Write below `at`, in so many lines at most; where they end. Points from the top, as all here."""
            letter = LETTER[more.get("fontweight", "normal")] * points
            lines = _lines(text, int((1 - 2 * MARGIN) * width / letter), most)
            about: dict[str, Any] = {"fontsize": points * size.scale, "va": "top", "linespacing": 1.25} | more
            slide.text(MARGIN, 1 - at / height, "\n".join(lines), **about)
            return at + 1.3 * points * len(lines)

        head = put(LABEL, 12, 16, 1, color=SOFT_INK, gid="label") + 5
        head = put(words.title, size.title, head, 3, fontweight="bold") + 4
        head = put(words.heading, 12, head, 2, color=SOFT_INK) + 8
        foot = 10.0
        for text in reversed(words.notes if size.notes else ()):
            foot += put(text, 10, 0, 4, color=SOFT_INK) + 2
            slide.texts[-1].set_y(foot / height)
        rows, columns = [head, height - head - foot - 6, foot + 6], [MARGIN, 1 - 2 * MARGIN, MARGIN]
        middle = slide.add_subfigure(slide.add_gridspec(3, 3, height_ratios=rows, width_ratios=columns)[1, 1])
        draw(middle)
        _settle(slide, layout, middle)
        return slide


def _settle(slide: Slide, layout: LayoutEngine, middle: SubFigure) -> None:
    """Lay it out once and for all. The solver's last digits differ from one time to the next, so they are rounded."""
    layout.execute(slide)
    slide.set_layout_engine(None)  # with "none" matplotlib would draw twice whenever it saves
    middle.bbox_relative.set_points(middle.bbox_relative.get_points().round(4))
    for ax in middle.axes:
        ax.set_position(np.round(ax.get_position().bounds, 4).tolist())
    for text in middle.texts:
        text.set_position(np.round(text.get_position(), 4).tolist())


def _lines(text: str, width: int, most: int) -> list[str]:
    """A text as lines of so many letters; what is too long ends in an ellipsis. A number keeps its per cent sign."""
    wide = "".join(letter + FILL * is_wide(letter) for letter in tidy(text).replace(" %", "\u00a0%"))
    lines = wrap(wide, width, max_lines=most, break_on_hyphens=False, placeholder=" …")
    return [line.replace("\u00a0", " ").replace(FILL, "") for line in lines]


def render(slide: Slide, format: str) -> bytes:
    """A slide as an SVG, PNG or PDF file, the label in its metadata; the same slide gives the same bytes.

    Text stays text in an SVG, which is dark where its reader prefers that. Raises ValueError for another format.
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
    packed = (
        {"pil_kwargs": {"compress_level": 3}} if format == "png" else {}
    )  # 2 % larger than at 6, in 60 % of the time
    with drawing(**{"svg.hashsalt": slide.name}):
        slide.savefig(target, format=format, dpi=slide.dpi, metadata=about, **packed)
    if format != "svg":
        return target.getvalue()
    # Tenths of a point are enough, and make half as many bytes of a page of pictures.
    data = PATH.sub(lambda path: MORE.sub(b"", path[0]), target.getvalue())
    data = MARK.sub(rb"\1", data)
    return data.replace(b"<svg ", b'<svg class="chipgate" ', 1).replace(b" <defs>", _DARK_STYLE + b" <defs>", 1)


MARK = re.compile(rb'(<path id="m[0-9a-f]+" d="[^"]*" style=")stroke: #[0-9a-f]{6}(?:; )?')
"""A mark's own line, which a dark page cannot reach: each use of the mark says the same colour."""
_DARK_STYLE = (
    " <style>@media screen and (prefers-color-scheme: dark) {\n"
    + "".join(
        f'svg.chipgate [style*="{what}: {light}"] {{ {what}: {dark} !important }}\n'
        for light, dark in DARK.items()
        for what in ("fill", "stroke")
    )
    + "}</style>\n"
).encode()
