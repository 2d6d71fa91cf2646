"""Who gets whose chips: effective compute from its origin, a supplier or the grey channel, to segments of demand.

draw_flows(ax, run)                                        # one run, segments named in the column right of the axes
draw_flows(ax, run, scale=flows_scale(runs), column=False)   # a panel among others: one scale, names inside
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from sim.base.rounding import percent
from sim.outcomes.series import route
from sim.pictures.plots.canvas import (
    INK,
    LINE,
    SOFT_INK,
    TEXT_SIZE,
    Ruler,
    figures,
    luminance,
    mean_words,
    readable,
    shorten,
    spread,
    tidy,
    write,
)
from sim.pictures.plots.sources import FAMILIES, Family, shades
from sim.pictures.plots.timeline import axis_scale, say

if TYPE_CHECKING:
    from sim.experiment.run import Run
    from sim.scenario.parts import Scenario

FLOWS_TITLE = "Who gets whose chips? Effective compute delivered"
GREY = "grey"  # the origin of what comes through unofficial networks, see `sim.outcomes.history`
MOST_OF_A_FAMILY = 5  # suppliers drawn one by one; the others of a family are drawn together
MOST_SEGMENTS = 7
BAR = 11.0  # width of a bar in points
AIR = 11.0  # between a bar and its text, in points
ROOMY = 420.0  # points of width from which amounts are written, not only shares
NARROW = 4.0
LEAST = 8.0  # size of text in a panel below which names are cut instead
LEFT, RIGHT = 0.36, 0.3  # shares of the width that the texts of a side take at most
THIN = 0.9  # points: a flow too small to see is drawn this wide
TWO_FIGURES = re.compile(r"(?<!< )\b[0-9]+ %")
SEGMENT = "#3a3a3a"
MADE_OF = {"domestic": "domestic", "import": "imports", "grey": "grey"}
# Straight strokes only, for ribbons bend and circles would make large files; none serves twice.
HATCHES = {
    "domestic": ("", "//", "--", "xx", "////"),
    "import": ("\\\\", "\\\\\\\\", "++", "\\\\--", "\\\\||"),
    "grey": ("||",),
}


@dataclass(frozen=True)
class Origin:
    """Where compute comes from."""

    name: str
    family: str
    """A key of `FAMILIES`."""
    amounts: tuple[float, ...]
    """A100e to each segment, mean over replications."""

    @property
    def total(self) -> float:
        """A100e to all segments."""
        return sum(self.amounts)


@dataclass(frozen=True)
class Flows:
    """All that is delivered, by origin and segment, both from the bottom up; those with nothing are left out."""

    origins: tuple[Origin, ...]
    segments: tuple[str, ...]

    @property
    def total(self) -> float:
        """A100e delivered."""
        return sum(origin.total for origin in self.origins)

    def received(self, segment: int) -> float:
        """A100e that a segment gets."""
        return sum(origin.amounts[segment] for origin in self.origins)

    def of_family(self, family: str) -> float:
        """A100e that come from a family."""
        return sum(origin.total for origin in self.origins if origin.family == family)


def flows(run: Run) -> Flows:
    """What flows from whom to whom over the whole window, in A100e, mean over the replications that have a value.

    A family of many suppliers has its largest one by one and the others together; so have segments.
    """
    scenario = run.scenario
    every = tuple(scenario.demand)
    origins = [
        Origin(readable(name), family, tuple(_mean(run, name, segment) for segment in every))
        for name, family in _origins(scenario)
    ]
    origins = [
        kept
        for key, family in FAMILIES.items()
        for kept in _lumped([one for one in origins if one.family == key and one.total > 0], key, family)
    ]
    received = [sum(origin.amounts[n] for origin in origins) for n in range(len(every))]
    groups = _segment_groups(received)
    names = tuple(readable(every[group[0]]) if len(group) == 1 else f"{len(group)} others" for group in groups)
    merged = [
        Origin(one.name, one.family, tuple(sum(one.amounts[n] for n in group) for group in groups)) for one in origins
    ]
    return Flows(tuple(merged), names)


def flows_scale(runs: Sequence[Run]) -> float:
    """The amount that fills the height of panels on one scale, in A100e."""
    return max(flows(run).total for run in runs)


def _origins(scenario: Scenario) -> list[tuple[str, str]]:
    """Suppliers with their family, each once, domestic first; the grey channel last."""
    found = {design.supplier: "domestic" for design in scenario.designs.values()}
    for product in scenario.imports.values():
        found.setdefault(product.supplier, "import")
    if scenario.grey:
        found.setdefault(GREY, "grey")
    return list(found.items())


def _mean(run: Run, origin: str, segment: str) -> float:
    values = run.series.get(("flow", route(origin, segment)))
    if values is None:
        return 0.0
    sums = values.sum(axis=1)
    there = sums[~np.isnan(sums)]
    return float(there.mean()) if len(there) else 0.0


def _lumped(members: list[Origin], key: str, family: Family) -> list[Origin]:
    """A family's origins; of very many the small ones together. The grey channel is its family."""
    if key == "grey":
        return [Origin(family.name, key, member.amounts) for member in members]
    if len(members) <= MOST_OF_A_FAMILY:
        return members
    large = sorted(members, key=lambda member: -member.total)[: MOST_OF_A_FAMILY - 1]
    small = [member for member in members if member not in large]
    together = tuple(sum(parts) for parts in zip(*(member.amounts for member in small), strict=True))
    return [*(m for m in members if m in large), Origin(f"{len(small)} others", key, together)]


def _segment_groups(received: Sequence[float]) -> list[list[int]]:
    served = [n for n, amount in enumerate(received) if amount > 0]
    if len(served) <= MOST_SEGMENTS:
        return [[n] for n in served]
    large = sorted(served, key=lambda n: -received[n])[: MOST_SEGMENTS - 1]
    return [*([n] for n in served if n in large), [n for n in served if n not in large]]


# --- Words about it ---


def flows_notes(runs: Sequence[Run]) -> str:
    """How to read the picture of one run, or of several on one scale."""
    below = "; below a segment: of what that gets. " if len(runs) == 1 else ". All panels have one scale. "
    return (
        f"Widths: effective compute delivered up to the window's last four-weekly point, {mean_words(runs[0])}. "
        f"Per cent: of all of it{below}Colour and hatch: origin; the smallest flows are lines, wider than they should "
        "be. A delivery is no preference: who is refused one chip waits for another."
    )


def flows_tells(runs: Sequence[Run]) -> str:
    """What the picture shows, in sentences with numbers; with several runs a part for each."""
    parts = [_told(flows(run)) for run in runs]
    if len(runs) == 1:
        return parts[0]
    return " ".join(f"{tidy(run.scenario.name)}: {part}" for run, part in zip(runs, parts, strict=True))


def _told(found: Flows) -> str:
    if not found.total:
        return "Nothing is delivered."
    size, unit = axis_scale(found.total, "A100e")
    rows = []
    for n in reversed(range(len(found.segments))):
        received = found.received(n)
        shares = ", ".join(f"{name} {percent(part)}" for name, part in _mix(found, n))
        share = percent(received / found.total)
        rows.append(f"{found.segments[n]} gets {figures(received / size)} {unit} ({share}): {shares}.")
    return " ".join(rows)


def _mix(found: Flows, segment: int) -> list[tuple[str, float]]:
    """What a segment's compute is made of: families in a word, and shares, those of 0.5 % and more."""
    received = found.received(segment)
    sums = {
        MADE_OF[key]: sum(one.amounts[segment] for one in found.origins if one.family == key) / received
        for key in FAMILIES
    }
    return [(name, share) for name, share in sums.items() if share >= 0.005]


# --- Drawing ---


@dataclass(frozen=True)
class Look:
    """How what comes from one origin is filled."""

    face: str
    hatch: str
    ink: str

    @property
    def pale(self) -> str:
        """The face mixed with white, for what crosses other things."""
        return "#" + "".join(f"{round(int(self.face[n : n + 2], 16) * 0.62 + 255 * 0.38):02x}" for n in (1, 3, 5))

    @property
    def mark(self) -> str:
        """The colour of the hatch on the pale face."""
        return "#ffffff" if luminance(self.pale) < 0.25 else self.ink


def _looks(found: Flows) -> list[Look]:
    looks = []
    for key, family in FAMILIES.items():
        count = sum(origin.family == key for origin in found.origins)
        faces = zip(shades(family, count) if count else [], HATCHES[key], strict=False)
        looks += [Look(face, hatch, family.ink) for face, hatch in faces]
    return looks


@dataclass(frozen=True)
class Line:
    """A line of text beside a bar."""

    text: str
    amount: str  # behind it; this is never cut
    y: float  # where it would like to stand, in points from the bottom
    size: float
    colour: str = INK
    weight: str = "normal"
    tied: bool = False  # whether a thin line ties it to its bar at `y`, when it stands elsewhere
    short: str = ""  # what it says where the text finds no room; the text cut, where this is empty


@dataclass(frozen=True)
class Frame:
    """Where things stand, in points from the lower left corner of the axes."""

    left: float  # the outer edges of the two rows of bars
    right: float
    top: float
    origins: list[tuple[float, float]]  # lower and upper edge of each bar
    segments: list[tuple[float, float]]
    grain: float  # points an A100e
    size: float  # of text
    detailed: bool  # whether there is room for amounts, not only for shares


def draw_flows(ax: Axes, run: Run, scale: float | None = None, column: bool = True) -> Axes:
    """Ribbons from origins, on the left, to segments of demand, on the right, as wide as what is delivered, in A100e.

    Domestic suppliers lie at the bottom, imports on them, the grey channel on top, as in the picture of sources.
    Amounts and shares stand at both ends. `scale` is the amount that fills the height: give panels of one size that
    are to be compared `flows_scale(runs)`. The segments' names stand in the column right of the axes, or
    inside them where `column` is False.
    """
    found = flows(run)
    ax.set_axis_off()
    ruler = Ruler(ax)
    width, height = ruler.size
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    if not found.total:
        whole = any(name == "flow" for name, _ in run.series)
        return say(ax, "Nothing is delivered in this window" if whole else "There are no flows to show")
    frame = _frame(ruler, found, scale or found.total, column)
    looks = _looks(found)
    _draw_ribbons(ax, found, frame, looks)
    for look, (low, high) in zip(looks, frame.origins, strict=True):
        _draw_bar(ax, frame.left, low, high, look)
    for low, high in frame.segments:
        _draw_bar(ax, frame.right - BAR, low, high, Look(SEGMENT, "", SEGMENT))
    _draw_lines(ax, _origin_lines(found, frame), frame.left, -1, frame.left - AIR)
    beside = (ax.figure.bbox.x1 - ax.bbox.x1) / ruler.point if column else 0
    room = width + beside - frame.right - AIR - (4 if column else 0)
    _draw_lines(ax, _segment_lines(ruler, found, frame, room), frame.right, 1, room)
    _draw_heads(ax, found, frame)
    return ax


def _draw_heads(ax: Axes, found: Flows, frame: Frame) -> None:
    """What the sides are; in a small panel what flows in all, for that is what its shares are of."""
    size, unit = axis_scale(found.total, "A100e")
    look = {"transform": ax.transData, "color": SOFT_INK, "gid": "name"}
    if frame.detailed:
        y = ax.get_ylim()[1]
        head = f"{unit[:1].upper()}{unit[1:]} from"
        write(ax, frame.left - AIR, y, head, frame.size, ha="right", va="top", **look)
        write(ax, frame.right + AIR, y, "to projects of", frame.size, va="top", **look)
        return
    y = frame.origins[-1][1] + 0.7 * frame.size
    told = f"{figures(found.total / size)} {unit}"
    write(ax, (frame.left + frame.right) / 2, y, told, frame.size, ha="center", **look)


def _frame(ruler: Ruler, found: Flows, scale: float, column: bool) -> Frame:
    width, height = ruler.size
    rows = 3 + len(found.origins)
    size = max(6.5, min(TEXT_SIZE, height / rows / (1.3 * LINE)))
    detailed = width >= ROOMY and size >= 10
    # The same in panels of one size, whatever flows in them: else their scales would differ.
    top = height - max(9.0, min(24.0, 0.1 * height))
    spare = 0.14 * top
    grain = (top - spare) / max(scale, found.total)
    weights = [1.0 if a.family == b.family else 2.0 for a, b in pairwise(found.origins)]
    wanted = max(5 * sum(weights), 12.0 * (len(found.segments) - 1))
    gaps = min(spare, wanted)
    even = [1.0] * (len(found.segments) - 1)
    frame = Frame(
        left=0.0,
        right=width,
        top=top,
        origins=_edges([one.total * grain for one in found.origins], weights, gaps),
        segments=_edges([found.received(n) * grain for n in range(len(found.segments))], even, gaps),
        grain=grain,
        size=size,
        detailed=detailed,
    )

    def widest(lines: Sequence[Line], brief: bool = False) -> float:
        # The same in panels whose shares have one figure or two.
        names = [line.short if brief and line.short else line.text for line in lines]
        amounts = [TWO_FIGURES.sub("88 %", line.amount) for line in lines]
        told = [f"{name} {amount}" for name, amount in zip(names, amounts, strict=True)]
        return max(ruler.width(text, line.size, line.weight) for text, line in zip(told, lines, strict=True)) + 1

    def fits(frame: Frame) -> bool:
        origins, segments = _origin_lines(found, frame), _segment_lines(ruler, found, frame, width)
        return widest(origins, brief=True) <= LEFT * width and widest(segments) <= RIGHT * width

    # In a panel names get smaller before they are cut.
    while not (column or frame.detailed) and frame.size > LEAST and not fits(frame):
        frame = replace(frame, size=max(LEAST, frame.size - 0.25))
    left = min(widest(_origin_lines(found, frame)), LEFT * width) + AIR
    right = width
    if not column:
        right -= min(widest(_segment_lines(ruler, found, frame, width)), RIGHT * width) + AIR
    return replace(frame, left=left, right=right)


def _edges(heights: Sequence[float], weights: Sequence[float], gaps: float) -> list[tuple[float, float]]:
    """Lower and upper edges of bars from the bottom up, the gaps shared out by weight; a single bar stands between."""
    y = 0.0 if weights else gaps / 2
    edges = []
    for height, weight in zip(heights, [*weights, 0.0], strict=True):
        edges.append((y, y + height))
        y += height + (gaps * weight / sum(weights) if weights else 0.0)
    return edges


def _draw_ribbons(ax: Axes, found: Flows, frame: Frame, looks: Sequence[Look]) -> None:
    """Thick ones first, so that thin ones are seen where they cross."""
    ribbons = []
    into = [low for low, _ in frame.segments]
    for origin, look, (y, _) in zip(found.origins, looks, frame.origins, strict=True):
        for n, amount in enumerate(origin.amounts):
            thick = amount * frame.grain
            if thick > 0:
                ribbons.append((thick, y, into[n], look))
            y += thick
            into[n] += thick
    x0, x1 = frame.left + BAR, frame.right - BAR
    middle = (x0 + x1) / 2
    curve = [Path.CURVE4] * 3
    for thick, y0, y1, look in sorted(ribbons, key=lambda ribbon: -ribbon[0]):
        if thick < THIN:
            line = [(x0, y0), (middle, y0), (middle, y1), (x1, y1)]
            path = Path(line, [Path.MOVETO, *curve])
            ax.add_patch(PathPatch(path, facecolor="none", edgecolor=look.ink, linewidth=THIN, zorder=3, gid="ribbon"))
            continue
        there = [(x0, y0), (middle, y0), (middle, y1), (x1, y1)]
        back = [(x1, y1 + thick), (middle, y1 + thick), (middle, y0 + thick), (x0, y0 + thick)]
        path = Path([*there, *back, (x0, y0)], [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])
        narrow = thick < NARROW  # too thin for a hatch and a white rim
        fill = {"facecolor": look.face, "hatch": ""} if narrow else {"facecolor": look.pale, "hatch": look.hatch}
        ax.add_patch(PathPatch(path, edgecolor=look.mark, linewidth=0, zorder=2, gid="ribbon", **fill))
        rim = {"edgecolor": look.ink, "linewidth": 0.4} if narrow else {"edgecolor": "white", "linewidth": 0.9}
        ax.add_patch(PathPatch(path, facecolor="none", zorder=2, **rim))


def _draw_bar(ax: Axes, x: float, low: float, high: float, look: Look) -> None:
    thick = max(high - low, THIN)
    ax.add_patch(Rectangle((x, low), BAR, thick, facecolor=look.face, edgecolor=look.ink, linewidth=0.8, zorder=4))


def _amount(found: Flows, amount: float, frame: Frame) -> str:
    share = percent(amount / found.total)
    if not frame.detailed:
        return share
    size = axis_scale(found.total, "A100e")[0]
    places = 2 if found.total < 10 * size else 1 if found.total < 100 * size else 0
    least = 10**-places
    told = f"{amount / size:.{places}f}" if amount / size >= least / 2 else f"< {least:g}"
    return f"{told} ({share})"


def _origin_lines(found: Flows, frame: Frame) -> list[Line]:
    """From the top down: each family's name with its share, and its suppliers."""
    lines = []
    placed = list(zip(found.origins, frame.origins, strict=True))
    for key, family in reversed(FAMILIES.items()):
        own = [(origin, edges) for origin, edges in placed if origin.family == key]
        if not own:
            continue
        if key == "grey" or not frame.detailed:
            colour, weight = family.ink, "bold" if key == "grey" else "normal"
        else:
            top = own[-1][1][1]
            share = percent(found.of_family(key) / found.total)
            lines.append(Line(family.name, share, top - 0.4 * frame.size, frame.size, family.ink, "bold"))
            colour, weight = INK, "normal"
        for origin, (low, high) in reversed(own):
            told = _amount(found, origin.total, frame)
            short = family.short if key == "grey" else ""
            lines.append(Line(origin.name, told, (low + high) / 2, frame.size, colour, weight, True, short))
    return lines


def _segment_lines(ruler: Ruler, found: Flows, frame: Frame, room: float) -> list[Line]:
    """From the top down: each segment with what it gets, and of what that is made."""
    lines = []
    small = frame.size - 2
    for n in reversed(range(len(found.segments))):
        low, high = frame.segments[n]
        y = (low + high) / 2
        told = _amount(found, found.received(n), frame)
        lines.append(Line(found.segments[n], told, y, frame.size, INK, "bold", tied=True))
        if frame.detailed:
            parts = [f"{name} {percent(share)}" for name, share in _mix(found, n)]
            rows = _rows(parts, lambda text: ruler.width(text, small) <= room)
            lines += [Line(row, "", y, small, SOFT_INK) for row in rows]
    return lines


def _rows(parts: Sequence[str], fits: Callable[[str], bool]) -> list[str]:
    """Parts joined by commas into rows that fit, none broken."""
    rows: list[str] = []
    for n, part in enumerate(parts):
        told = part + ("," if n < len(parts) - 1 else "")
        if rows and fits(f"{rows[-1]} {told}"):
            rows[-1] += f" {told}"
        else:
            rows.append(told)
    return rows


def _draw_lines(ax: Axes, lines: Sequence[Line], edge: float, side: int, room: float) -> None:
    """Texts beside a row of bars, left (-1) or right (1) of its edge, near what they name, in the order given."""
    ruler = Ruler(ax)
    limit = ruler.size[1] - 1.6 * lines[0].size
    squeeze = min(1.0, limit / sum(line.size * LINE * 1.1 for line in lines))
    heights = [line.size * LINE * 1.1 * squeeze for line in lines]
    centres = spread([line.y for line in lines], heights, 0, limit)
    for line, y in zip(lines, centres, strict=True):
        size = line.size * squeeze

        def width(text: str, line: Line = line, size: float = size) -> float:
            return ruler.width(text, size, line.weight)

        if line.tied and abs(y - line.y) > 2:
            ends = [edge + side * 1, edge + side * (AIR - 2)], [line.y, y]
            ax.plot(*ends, color=SOFT_INK, linewidth=0.8, clip_on=False, zorder=5)
        look = {"transform": ax.transData, "ha": "left" if side == 1 else "right", "gid": "name"}
        behind = f" {line.amount}" if line.amount else ""
        fits = not line.short or width(line.text + behind) <= room
        text = shorten(line.text if fits else line.short, room - width(behind), width, tail=3) + behind
        write(ax, edge + side * AIR, y, text, size, color=line.colour, weight=line.weight, **look)
