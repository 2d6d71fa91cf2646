"""Pictures as slides and as files: a figure with its words and its label, and the bytes of it.

    for kind in PICTURES:
        data = render(picture(kind, run), "svg")

The same run gives the same bytes. Nothing here needs a screen, and pyplot stays out: it takes long to import and
keeps every figure alive. Settings of the reader's own matplotlib do not reach these pictures.
"""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sim.intervals import summarise
from sim.label import LABEL, SENTENCE
from sim.plots import (
    FAMILIES,
    FEWEST_FOR_QUANTILES,
    INK,
    SMOOTHING,
    SOFT_INK,
    Ruler,
    draw_backlog,
    draw_binds,
    draw_sources,
    events,
    held,
    never_binding,
    never_delivered,
    spread_of_runs,
    tidy,
    wrap,
)
from sim.units import show

if TYPE_CHECKING:
    from sim.experiment import Run
    from sim.scenario import Scenario

FORMATS = ("svg", "png", "pdf")
INCHES = (12.8, 7.2)
DPI = 125  # 1600 x 900 pixels

STYLE: dict[str, Any] = {
    "font.family": ["sans-serif"],
    # The first comes with matplotlib and is the widest: what fits with it fits with the others, where an SVG is shown.
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica", "sans-serif"],
    "hatch.linewidth": 0.7,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "text.parse_math": False,
}

# matplotlib's settings are global, and its text layout is not made for threads.
_LOCK = threading.RLock()


@contextmanager
def _settings(**more: Any) -> Iterator[None]:
    """matplotlib's own defaults and our style, whatever the reader has set; one thread at a time."""
    defaults: dict[Any, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")
    }
    with _LOCK, mpl.rc_context(defaults | STYLE | more):
        yield


class Slide(Figure):
    """A figure that carries the label, and what a file of it says about itself."""

    name: str
    """For ids and salts: kind and scenario."""
    title: str
    """What is shown, in a few words."""
    description: str
    """What it shows, in sentences, the label first: a text for readers who do not see it."""


@dataclass(frozen=True)
class Picture:
    """A kind of picture."""

    title: str
    draw: Callable[[Axes, Run], Axes]
    notes: Callable[[Run], str]
    """How to read it."""
    tells: Callable[[Run], str]
    """What it shows, for readers who do not see it."""


def _runs(run: Run) -> str:
    return f"mean of {len(run)} runs" if len(run) > 1 else "a single run"


def _dashed(run: Run) -> str:
    return " Dashed lines: policy events on the day they take effect." if events(run.scenario) else ""


def _sources_notes(run: Run) -> str:
    never = never_delivered(run)
    missing = f" Not delivered in any run: {', '.join(never)}." if never else ""
    return (
        f"Areas: {_runs(run)}; each point looks back {SMOOTHING} weeks, at the start over the weeks so far. "
        f"Effective: nominal compute times the share that software makes usable. "
        f"Per cent: of all compute delivered.{_dashed(run)}{missing}"
    )


def _backlog_notes(run: Run) -> str:
    band = spread_of_runs(run.series["backlog", ""])
    if band is None:
        spread = "No band is drawn."
    elif band.name.startswith("10"):
        spread = "Band: at each date one run in ten lies below it, one in ten above; it is not the mean's uncertainty."
    else:
        spread = (
            "Band: at each date from the lowest to the highest run, for ten or more runs are needed to show tenths."
        )
    return f"Line: {_runs(run)}, every four weeks. {spread}{_dashed(run)}"


def _sources_tells(run: Run) -> str:
    shares = [
        f"{family.name.lower()} {mean:.0%}".replace("%", " %")
        for family in FAMILIES.values()
        if (family.outcome, None) in run.outcomes and not math.isnan(mean := summarise(run[family.outcome]).mean)
    ]
    return f"Of all effective compute delivered: {', '.join(shares)}." if shares else "Nothing is delivered."


def _backlog_tells(run: Run) -> str:
    ends = summarise(run.series["backlog", ""][:, -1])
    if ends.having == 0:
        return "No run has a value."
    mean, low, high = (show(value, "A100e") for value in (ends.mean, ends.p10, ends.p90))
    band = f" 10-90 % of single runs: {low} to {high}." if ends.having >= FEWEST_FOR_QUANTILES else ""
    return f"At the end {mean} wait{' on average' if len(run) > 1 else ''}.{band}"


def _binds_notes(run: Run) -> str:
    never = never_binding(run)
    missing = f" Holding up nothing in any run: {', '.join(never)}." if never else ""
    return (
        f"Areas: {_runs(run)}, every four weeks; they add up to all that waits, and per cent is of that. The split is "
        f"attribution by rule, not cause: a paired run that relieves one constraint shows that.{_dashed(run)}{missing}"
    )


def _binds_tells(run: Run) -> str:
    parts = sorted(held(run), key=lambda part: -part.share)
    shares = [f"{part.name.lower()} {part.share:.0%}".replace("%", " %") for part in parts]
    return f"Of all that waits, summed over time: {', '.join(shares)}." if shares else "Nothing waits."


PICTURES: dict[str, Picture] = {
    "sources": Picture(
        "Whose chips arrive? Effective compute delivered a week", draw_sources, _sources_notes, _sources_tells
    ),
    "backlog": Picture("How much compute do projects wait for?", draw_backlog, _backlog_notes, _backlog_tells),
    "binds": Picture("What holds up the compute that projects wait for?", draw_binds, _binds_notes, _binds_tells),
}
"""The kinds of pictures by name; the results of a run hold one of each."""


def picture(kind: str, run: Run) -> Slide:
    """A run's picture of that kind, a slide of 1600 x 900 pixels. Raises KeyError for a kind not in PICTURES."""
    card, scenario = PICTURES[kind], run.scenario
    with _settings():
        slide = Slide(figsize=INCHES, dpi=DPI, facecolor="white")
        FigureCanvasAgg(slide)
        slide.name = re.sub(r"[^A-Za-z0-9]+", "-", f"{kind}-{scenario.name}").strip("-").lower()
        slide.title = card.title
        facts = f"Scenario {tidy(scenario.name)}, {_runs(run)}, seed {run.seed}."
        slide.description = f"{LABEL}. {card.title.rstrip('?')}: {facts} {card.tells(run)}"
        ax = slide.add_axes((0.062, 0.165, 0.71, 0.605))
        ruler = Ruler(ax)
        left, points = 0.03, INCHES[0] * 72
        slide.text(left, 0.965, card.title, fontsize=23, fontweight="bold", color=INK, va="top")
        tag = slide.text(
            left + 0.008,
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
        words = _heading(scenario, (1 - start - left) * points, lambda text: ruler.width(text, 14))
        slide.text(start, 0.868, words, fontsize=14, color=INK, va="center", linespacing=1.25)
        size = f"{len(run)} replication{'s' if len(run) != 1 else ''}"
        notes = f"Scenario {tidy(scenario.name)}, {size}, seed {run.seed}. {card.notes(run)}"
        words = wrap(notes, (1 - 2 * left) * points, 3, lambda text: ruler.width(text, 11))
        slide.text(left, 0.1, words, fontsize=11, color=SOFT_INK, va="top", linespacing=1.3)
        card.draw(ax, run)
        return slide


def _heading(scenario: Scenario, room: float, width: Callable[[str], float]) -> str:
    """Title and question on two lines at most; a long title leaves the second to the question."""
    title, question = tidy(scenario.title), tidy(scenario.question)
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
    with _settings(**{"svg.hashsalt": slide.name}):
        slide.savefig(target, format=format, dpi=DPI, metadata=about)
    data = target.getvalue()
    return _prefixed(data.decode(), slide.name).encode() if format == "svg" else data


def _prefixed(svg: str, name: str) -> str:
    """An SVG whose ids, and what refers to them, begin with a name of their own."""

    def tag(match: re.Match[str]) -> str:
        text = re.sub(r'(\s(?:id|xml:id)=")', rf"\g<1>{name}-", match[0])
        return re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", text)

    return re.sub(r"<[a-zA-Z][^>]*>", tag, svg)
