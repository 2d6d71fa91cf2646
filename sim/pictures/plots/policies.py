"""The policy timeline: what acts from when to when, and in which of several scenarios.

draw_policies(ax, [scenario])
draw_policies(ax, [base, other, another])     # the first is the base
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sim.pictures.plots.canvas import GRID, INK, LINE, SOFT_INK, TEXT_SIZE, Ruler, readable, shorten, tidy, write
from sim.pictures.plots.timeline import date_words, day_number, over_all, set_time
from sim.scenario.parts import Policy, Window
from sim.scenario.policy_words import does, listed
from sim.scenario.precedence import ends

if TYPE_CHECKING:
    from sim.scenario.parts import Lever, Scenario

POLICIES_TITLE = "Which rules act when, and what do they do?"
# Who decides on an action; front-running, which buyers decide on, is in the announcement and not in the rule.
ACTORS: dict[str, Lever] = {
    "ban": "export authority",
    "lift": "export authority",
    "licence": "export authority",
    "memory_control": "export authority",
    "equipment_control": "export authority",
    "enforcement": "export authority",
    "mandate": "state",
    "push": "state",
    "anchor_exit": "buyers",
}
TALLEST = 46.0  # points a row
LOWEST = 15.0
SMALLEST = 7.0
SMALLER = 9.0  # of the two lines below a name, where there are two
HEAD = 0.62  # height of a group's head, in rows


@dataclass(frozen=True)
class Look:
    """How a bar is filled."""

    face: str
    hatch: str
    means: str


SHARED = Look("#3b5f7f", "", "solid: in all of them")
BASES = Look("#2a6ca6", "//", "blue with /: in the first, but not so in all")
OTHERS = Look("#c35a10", "\\\\", "orange with \\: not so in the first")
OTHERS_INK = "#8a3b00"


@dataclass(frozen=True)
class Row:
    """A policy as one or more scenarios have it."""

    key: str
    policy: Policy
    scenarios: tuple[str, ...]
    """The names of those that have it so."""
    otherwise: tuple[str, ...]
    """Of those that have it in another way."""
    without: tuple[str, ...]
    """Of those that do not have it."""
    look: Look
    end: datetime.date | None
    """Day on which another rule ends it; None where nothing does."""

    @property
    def actor(self) -> Lever:
        """Who decides on it."""
        return ACTORS[self.policy.action]


def policy_rows(scenarios: Sequence[Scenario]) -> list[Row]:
    """The policies of scenarios, the base first, by who decides and in order of time.

    What all share is one row; a policy that some have otherwise is a row for each way.
    """
    names = tuple(scenario.name for scenario in scenarios)
    ended = [ends(scenario) for scenario in scenarios]
    found = []
    for key in dict.fromkeys(key for scenario in scenarios for key in scenario.policies):
        ways: list[tuple[Policy, datetime.date | None, list[int]]] = []
        for n, scenario in enumerate(scenarios):
            if key not in scenario.policies:
                continue
            policy = scenario.policies[key]
            end = ended[n].get(key)
            for known, its_end, own in ways:
                # The words of its source do not make it another rule.
                if replace(known, source=policy.source) == policy and its_end == end:
                    own.append(n)
                    break
            else:
                ways.append((policy, end, [n]))
        for policy, end, own in ways:
            look = SHARED if len(own) == len(scenarios) else BASES if 0 in own else OTHERS
            have = tuple(names[n] for n in own)
            others = [scenario for n, scenario in enumerate(scenarios) if n not in own]
            otherwise = tuple(scenario.name for scenario in others if key in scenario.policies)
            without = tuple(scenario.name for scenario in others if key not in scenario.policies)
            found.append(Row(key, policy, have, otherwise, without, look, end))
    actors = list(dict.fromkeys(ACTORS.values()))
    first = {key: min(row.policy.effective for row in found if row.key == key) for key in {row.key for row in found}}
    return sorted(found, key=lambda row: (actors.index(row.actor), first[row.key], row.key, row.look is OTHERS))


# --- Words about it ---


def source_kind(policy: Policy) -> str:
    """Where the event comes from, in a word or two: the articles, an assumption, both; else its own words."""
    text = tidy(policy.source)
    articles = list(dict.fromkeys(re.findall(r"\b\d{3}\b", text))) if "article" in text.lower() else []
    kinds = [f"article{'s' * (len(articles) > 1)} {listed(articles)}"] if articles else []
    kinds += ["assumption"] if "assumption" in text.lower() else []
    return ", ".join(kinds) or text or "no source given"


def whose(row: Row, names: bool = True) -> str:
    """Which scenarios have it, in few words, by name or by number; empty where all do."""
    if not row.otherwise and not row.without:
        return ""

    def told(scenarios: Sequence[str]) -> str:
        return listed(scenarios) if names or len(scenarios) == 1 else f"{len(scenarios)} scenarios"

    if row.look is OTHERS:
        return f"only in {told(row.scenarios)}"
    parts = [f"not in {told(row.without)}"] if row.without else []
    parts += [f"changed in {told(row.otherwise)}"] if row.otherwise else []
    return ", ".join(parts)


def policies_notes(scenarios: Sequence[Scenario]) -> str:
    """How to read the picture of one scenario, or of several, the base first."""
    kinds = {row.look.means for row in policy_rows(scenarios)} if len(scenarios) > 1 else set()
    known = [look.means for look in (SHARED, BASES, OTHERS) if look.means in kinds]
    compared = f" Of {len(scenarios)} scenarios, {'; '.join(known)}." if known else ""
    return (
        f"Bars: from the day on which a rule acts until another undoes it, else to the window's end. Circle and thin "
        f"line: announced, so that buyers foresee it. Cross, and a hollow bar from its date on: withdrawn, never acts."
        f"{compared} Below a name, where there is room: the source of event and date."
    )


def policies_tells(scenarios: Sequence[Scenario]) -> str:
    """What the picture shows, in sentences with dates."""
    parts = []
    for row in policy_rows(scenarios):
        policy = row.policy
        told = [does(policy, readable), f"from {policy.effective.isoformat()}"]
        told += [f"to {row.end.isoformat()}"] if row.end else []
        told += [f"announced {policy.announced.isoformat()}"] if policy.announced else []
        told += [f"withdrawn {policy.withdrawn.isoformat()}, so it never acts"] if policy.withdrawn else []
        told += [whose(row)] if whose(row) else []
        parts.append(f"{readable(row.key)} ({row.actor}; {source_kind(policy)}): {', '.join(told)}.")
    return " ".join(parts) or "No rule acts."


# --- Drawing ---


def draw_policies(ax: Axes, scenarios: Sequence[Scenario]) -> Axes:
    """The policies of scenarios over time, the base first: a row each, by who decides.

    What a rule does stands above its bar, its name and source in the column right of the axes; with several scenarios
    also who has it. The time is the longest window of them. Rows that find no room are counted.
    """
    whole = over_all(scenarios)
    window = whole.window
    _set_axes(ax, whole)
    found = policy_rows(scenarios)
    if not found:
        return _say_none(ax, len(scenarios))
    height = Ruler(ax).size[1]
    shown, left_out = _that_fit(found, height)
    actors = list(dict.fromkeys(row.actor for row in shown))
    step = min(TALLEST, height / (len(shown) + HEAD * len(actors) + (HEAD if left_out else 0)))
    y = height
    for actor in actors:
        head = f"{actor[:1].upper()}{actor[1:]}"
        size = min(TEXT_SIZE, 0.5 * step)
        look: dict[str, Any] = {"transform": ax.transAxes, "weight": "bold", "color": SOFT_INK, "gid": "name"}
        write(ax, 0, (y - 0.55 * HEAD * step) / height, head, size, **look)
        y -= HEAD * step
        for row in (row for row in shown if row.actor == actor):
            _draw_row(ax, row, window, y, step)
            y -= step
    if left_out:
        words = f"and {left_out} more, not shown here"
        write(ax, 0, (y - 0.5 * HEAD * step) / height, words, min(TEXT_SIZE, 0.5 * step), color=SOFT_INK, gid="name")
    return ax


def _set_axes(ax: Axes, scenario: Scenario) -> None:
    set_time(ax, scenario)
    ax.set_ylim(0, 1)
    ax.set_yticks([])
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(SOFT_INK)
    ax.tick_params(axis="x", labelsize=TEXT_SIZE, colors=SOFT_INK, labelcolor=INK, pad=6)
    ax.grid(axis="x", color=GRID, linewidth=0.8, zorder=0)
    ax.set_axisbelow(True)


def _say_none(ax: Axes, count: int) -> Axes:
    words = "No rule acts in this scenario" if count == 1 else "No rule acts in any of these scenarios"
    write(ax, 0.5, 0.5, words, TEXT_SIZE + 3, ha="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 6})
    return ax


def _that_fit(found: list[Row], height: float) -> tuple[list[Row], int]:
    for count in range(len(found), 1, -1):
        heads = len({row.actor for row in found[:count]}) + (count < len(found))
        if (count + HEAD * heads) * LOWEST <= height:
            return found[:count], len(found) - count
    return found[:1], len(found) - 1


def _draw_row(ax: Axes, row: Row, window: Window, y: float, step: float) -> None:
    """A row from `y` points down: what it does above its bar, the name right of it."""
    ruler = Ruler(ax)
    width, height = ruler.size
    policy = row.policy

    def at(points: float) -> float:
        return (y - points) / height

    def place(day: datetime.date) -> float:
        return ruler.x(day_number(min(max(day, window.start), window.end))) / width

    size = min(TEXT_SIZE - 1, 0.43 * step)
    start, end = place(policy.effective), place(row.end or window.end)
    ax.plot([0, 1 + 200 / width], [at(step)] * 2, transform=ax.transAxes, color=GRID, linewidth=0.8, clip_on=False)
    middle, thick = 0.72 * step, 0.28 * step
    look: dict[str, Any] = {"transform": ax.transAxes, "zorder": 3, "gid": "bar", "clip_on": False}
    if policy.withdrawn is not None:
        look |= {"facecolor": "white", "edgecolor": row.look.face, "linestyle": (0, (3, 2)), "linewidth": 1.2}
    else:
        look |= {"facecolor": row.look.face, "edgecolor": "white", "hatch": row.look.hatch, "linewidth": 0}
    ax.add_patch(Rectangle((start, at(middle + thick / 2)), end - start, thick / height, **look))
    _draw_announcement(ax, row, window, place, at(middle))
    told = f"{_when(row, window)}: {does(policy, readable)}"
    told = shorten(told, width - 4, lambda text: ruler.width(text, size))
    first = place(policy.announced) if policy.announced else start
    x = max(0.0, min(first, 1 - (ruler.width(told, size) + 4) / width))
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    write(ax, x, at(0.3 * step), told, size, gid="does", zorder=2.5, bbox=box)
    _draw_name(ax, row, y, step)


def _draw_announcement(ax: Axes, row: Row, window: Window, place: Callable[[datetime.date], float], y: float) -> None:
    policy, colour = row.policy, row.look.face
    until = policy.withdrawn or policy.effective
    line: dict[str, Any] = {"transform": ax.transAxes, "color": colour, "zorder": 3.5, "clip_on": False}
    if policy.announced is not None and policy.announced < until:
        ax.plot([place(policy.announced), place(until)], [y, y], linewidth=1.4, **line)
        if window.start <= policy.announced < window.end:
            ax.plot([place(policy.announced)], [y], marker="o", markersize=5.5, markerfacecolor="white", **line)
    if policy.withdrawn is not None and window.start <= policy.withdrawn < window.end:
        ax.plot([place(policy.withdrawn)], [y], marker="x", markersize=7, markeredgewidth=2.2, **line)


def _when(row: Row, window: Window) -> str:
    policy = row.policy
    day = policy.withdrawn or policy.effective
    words = date_words(day, exact=window.weeks <= 52)
    if policy.withdrawn is not None:
        return f"Withdrawn {words}"
    if day < window.start:
        return f"Since {words}"
    return f"{words}, after the window" if day >= window.end else words


def _draw_name(ax: Axes, row: Row, y: float, step: float) -> None:
    """Name, and below it who has it and where it comes from, on two lines where one is too short.

    In a low row there is only name and who.
    """
    ruler = Ruler(ax)
    width, height = ruler.size
    room = (ax.figure.bbox.x1 - ax.bbox.x1) / ruler.point - 16
    name, who, kind = readable(row.key), whose(row), source_kind(row.policy)
    both = step >= 2 * LINE * SMALLEST
    size = min(TEXT_SIZE - 0.5, step * (0.4 if both else 0.6))
    small = min(10.5, 0.36 * step)
    colour = OTHERS_INK if row.look is OTHERS else SOFT_INK

    def put(text: str, share: float, size: float, weight: str, colour: str, tail: int = 0) -> None:
        told = shorten(text, room, lambda text: ruler.width(text, size, weight), tail)
        write(ax, 1 + 10 / width, (y - share * step) / height, told, size, weight=weight, color=colour, gid="name")

    if not both:
        put(f"{name} {who}".strip(), 0.5, size, "normal", colour if who else INK, tail=6)
        return
    below = f"{who}; {kind}" if who else kind
    if ruler.width(below, small) <= room or not who:
        put(name, 0.3, size, "bold", INK, tail=6)  # long names differ at their ends
        put(below, 0.72, small, "normal", colour)
        return
    least = min(small, SMALLER, 0.25 * step)
    three = least >= SMALLEST
    fits = small if not three else least
    mine = next((way for way in (who, whose(row, names=False)) if ruler.width(way, fits) <= room), who)
    if not three:
        put(name, 0.3, size, "bold", INK, tail=6)
        put(mine, 0.72, small, "normal", colour)
        return
    put(name, 0.2, min(size, 0.35 * step), "bold", INK, tail=6)
    put(mine, 0.53, least, "normal", colour)
    put(kind, 0.81, least, "normal", SOFT_INK)
