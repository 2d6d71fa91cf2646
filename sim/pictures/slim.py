"""A smaller SVG that looks the same: a page of many pictures has to stay light on a bad network.

matplotlib writes six decimals, every point of every area, each dot of a hatch as eight curves, and a name for
everything, however little of that a screen can show.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

PLACES = 2  # decimals of a coordinate, in points; a picture is 922 points wide
PLACES_OF_MANY = 1  # of each of an outline's points: half of that is a tenth of a pixel on a slide
MANY = 12  # points
TOLERANCE = 0.05  # points by which an outline may move
NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"

Point = tuple[float, float]


def slim(svg: str, keep: Sequence[str] = ("label",)) -> str:
    """The same picture in fewer bytes. Ids that nothing refers to go, except those to `keep`."""
    svg = re.sub(r'(<path[^>]*? d=")([^"]*)"', lambda match: f'{match[1]}{slim_path(match[2])}"', svg)
    svg = re.sub(rf'(\s(?:x|y|width|height)=")({NUMBER})"', lambda match: f'{match[1]}{_short(float(match[2]))}"', svg)
    svg = re.sub(rf' transform="rotate\(-?0(?:\.0+)?(?: {NUMBER}){{2}}\)"', "", svg)
    svg = _one_font(svg).replace("; stroke-dashoffset: 0", "")
    svg = _without_idle_ids(svg, keep)
    svg = re.sub(r"\n\s+", "\n", svg)
    leaf = re.compile(r"<g>\n(<(?:path|use)\b[^>]*/>|<text\b[^>]*>[^<]*</text>)\n</g>")
    while leaf.search(svg):
        svg = leaf.sub(r"\1", svg)
    return svg


def slim_path(path: str) -> str:
    """The data of a path with short numbers, circles as arcs, and points that lie on a line left out."""
    tokens = path.split()
    return "".join(_written(part) for part in _parts(tokens))


Command = tuple[str, list[float]]
LENGTHS = {"M": 2, "L": 2, "Q": 4, "C": 6, "z": 0}


def _parts(tokens: Sequence[str]) -> Iterator[list[Command]]:
    """The pieces of a path, each from one M to the next."""
    part: list[Command] = []
    at = 0
    while at < len(tokens):
        name = tokens[at]
        if name == "M" and part:
            yield part
            part = []
        numbers = [float(token) for token in tokens[at + 1 : at + 1 + LENGTHS[name]]]
        part.append((name, numbers))
        at += 1 + LENGTHS[name]
    if part:
        yield part


def _written(part: Sequence[Command]) -> str:
    names = "".join(name for name, _ in part)
    if names == "MCCCCCCCCz" and (circle := _circle(part)):
        return circle
    if re.fullmatch("ML{3,}z?", names):
        outline = straightened([(numbers[0], numbers[1]) for name, numbers in part if name != "z"])
        places = PLACES_OF_MANY if len(outline) > MANY else PLACES
        outline = [(round(x, places), round(y, places)) for x, y in outline]
        return f"M{_numbers(outline[0])}l{_numbers(_steps(outline))}{'z' * names.endswith('z')}"
    return "".join(name + _numbers(numbers) for name, numbers in part)


def _steps(points: Sequence[Point]) -> list[float]:
    """From each point, as it is written, to the next, so that no rounding adds up."""
    return [step for (x, y), (u, v) in pairwise(points) for step in (u - x, v - y)]


def _circle(part: Sequence[Command]) -> str:
    """A circle as two arcs; empty where the curves are none."""
    ends = [numbers[-2:] for _, numbers in part[:-1]]
    (x, y), (u, v) = ends[0], ends[4]
    centre, radius = ((x + u) / 2, (y + v) / 2), math.dist((x, y), (u, v)) / 2
    if any(abs(math.dist(end, centre) - radius) > 0.01 * radius + 1e-5 for end in ends):
        return ""
    across = [round(u - x, PLACES), round(v - y, PLACES)]
    quarter = ends[2]
    # A hole is a circle drawn the other way round.
    sweep = (x - centre[0]) * (quarter[1] - centre[1]) > (y - centre[1]) * (quarter[0] - centre[0])
    arcs = (f"a{_numbers([radius, radius, 0, 1, sweep, *way])}" for way in (across, [-across[0], -across[1]]))
    return f"M{_numbers([x, y])}{''.join(arcs)}z"


def straightened(points: Sequence[Point], tolerance: float = TOLERANCE) -> list[Point]:
    """Points of a line without those from which it would move by less than that, by Douglas and Peucker's rule."""
    kept = {0, len(points) - 1}
    # A closed outline is split at its middle, for its ends are one point.
    middle = len(points) // 2
    kept.add(middle)
    spans = [(0, middle), (middle, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        worst, where = tolerance, None
        for n in range(first + 1, last):
            if (away := _distance(points[n], points[first], points[last])) > worst:
                worst, where = away, n
        if where is not None:
            kept.add(where)
            spans += [(first, where), (where, last)]
    return [points[n] for n in sorted(kept)]


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to the straight way between two others."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length if length else 0.0
    along = min(1.0, max(0.0, along))
    return math.dist(point, (start[0] + along * dx, start[1] + along * dy))


def _short(number: float) -> str:
    """A number without what it does not need: 0.50 is .5, -0.00 is 0."""
    text = re.sub(r"^(-?)0\.", r"\1.", f"{number:.{PLACES}f}".rstrip("0").rstrip("."))
    return "0" if text == "-0" else text


def _numbers(numbers: Iterable[float]) -> str:
    """Numbers one after the other; a minus sign parts them as well as a space."""
    return " ".join(map(_short, numbers)).replace(" -", "-")


def _one_font(svg: str) -> str:
    """The family of fonts once, for the whole picture, instead of with every text."""
    found = re.search(r"font-family: ([^;\"]+)", svg)
    if found is None:
        return svg
    family = found[1]
    svg = svg.replace(f"font-family: {family}; ", "").replace(f"; font-family: {family}", "")
    bold = rf"font: (\d+|bold) ({NUMBER})px {re.escape(family)}"
    svg = re.sub(bold, r"font-weight: \1; font-size: \2px", svg)
    return re.sub(r"<svg ", f'<svg font-family="{family}" ', svg, count=1)


def _without_idle_ids(svg: str, keep: Sequence[str]) -> str:
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg)) | set(keep)
    return re.sub(r' id="([^"]*)"', lambda match: match[0] if match[1] in used else "", svg)
