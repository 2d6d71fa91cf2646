"""The policy timeline: what acts from when to when, and in which of several scenarios."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.base.wording import listed
from sim.pictures.axes import PAPER, day_number, legend, say, set_time
from sim.pictures.names import month_words, readable, short, tidy
from sim.pictures.picture import Picture, picture
from sim.scenario.fields import LEVERS, Lever
from sim.scenario.precedence import ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from sim.scenario.parts import Policy, Scenario, Window

FEWEST_ROWS, MOST_ROWS = 5, 18
LETTER = 0.0009  # width of a letter of size 1, as a share of the axes'
SHARED, BASES, OTHERS = "#3b5f7f", "#7fb2d9", "#c35a10"
MEANS = {SHARED: "in all scenarios", BASES: "in the first, not so in all", OTHERS: "not so in the first"}


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
    colour: str
    end: datetime.date | None
    """Day on which another rule ends it; None where nothing does."""

    @property
    def actor(self) -> Lever:
        """Who decides on it."""
        return self.policy.action.actor

    @property
    def whose(self) -> str:
        """Which scenarios have it, in few words; empty where all do."""

        def told(names: Sequence[str]) -> str:
            return listed([short(name) for name in names]) if len(names) <= 3 else f"{len(names)} scenarios"

        if self.colour == OTHERS:
            return f"only in {told(self.scenarios)}"
        parts = [f"not in {told(self.without)}"] if self.without else []
        parts += [f"changed in {told(self.otherwise)}"] if self.otherwise else []
        return ", ".join(parts)


def policy_rows(scenarios: Sequence[Scenario]) -> list[Row]:
    """The policies of scenarios, the base first, by who decides and in order of time.

    What all share is one row; a policy that some have otherwise is a row for each way.
    """
    ended = {scenario.name: ends(scenario) for scenario in scenarios}
    found = []
    for key in dict.fromkeys(key for scenario in scenarios for key in scenario.policies):
        ways: dict[tuple[Any, ...], list[Scenario]] = {}
        for scenario in scenarios:
            if key in scenario.policies:
                policy = scenario.policies[key]
                # The words of its source do not make it another rule.
                way = repr(replace(policy, source="")), ended[scenario.name].get(key)
                ways.setdefault(way, []).append(scenario)
        for (_, end), own in ways.items():
            colour = SHARED if len(own) == len(scenarios) else BASES if own[0] is scenarios[0] else OTHERS
            others = [scenario for scenario in scenarios if scenario not in own]
            otherwise = tuple(scenario.name for scenario in others if key in scenario.policies)
            without = tuple(scenario.name for scenario in others if key not in scenario.policies)
            names = tuple(scenario.name for scenario in own)
            found.append(Row(key, own[0].policies[key], names, otherwise, without, colour, end))
    first = {key: min(row.policy.effective for row in found if row.key == key) for key in {row.key for row in found}}
    return sorted(found, key=lambda row: (LEVERS.index(row.actor), first[row.key], row.key, row.colour == OTHERS))


def source_kind(policy: Policy) -> str:
    """Where the event comes from, in a word or two: the articles, an assumption, both; else its own words."""
    text = tidy(policy.source)
    articles = list(dict.fromkeys(re.findall(r"\b\d{3}\b", text))) if "article" in text.lower() else []
    kinds = [f"article{'s' * (len(articles) > 1)} {listed(articles)}"] if articles else []
    kinds += ["assumption"] if "assumption" in text.lower() else []
    return ", ".join(kinds) or text or "no source given"


@picture
class Policies(Picture):
    """A bar for each policy; with several scenarios one for each way in which it is set."""

    kind, order = "policies", 60
    what = (
        "The policies over time: when they were announced, act, end or were withdrawn, and which scenarios have them."
    )
    title = "Which rules act when, and what do they do?"

    @cached_property
    def rows(self) -> list[Row]:
        """By who decides and in order of time."""
        return policy_rows(self.scenarios)

    def draw(self, figure: FigureBase) -> None:
        """Names left, bars with what they do above them."""
        ax, rows = figure.subplots(), self.rows[:MOST_ROWS]
        window = self.base.scenario.window
        set_time(ax, self.base.scenario)
        ax.grid(axis="x")
        if not rows:
            say(ax, f"No rule acts in {'this scenario' if self.alone else 'any of these scenarios'}")
            return
        size = min(10.5, 150 / len(rows))
        for place, row in enumerate(rows):
            _draw_row(ax, row, window, place, size)
        ax.set_yticks(range(len(rows)), [_name(row) for row in rows], fontsize=size)
        ax.set_ylim(max(len(rows), FEWEST_ROWS) - 0.4, -0.6)
        colours = [colour for colour in MEANS if any(row.colour == colour for row in rows)]
        if not self.alone:
            legend(figure, [(colour, MEANS[colour]) for colour in colours], loc="outside upper right", ncols=3)

    def caption(self) -> str:
        """What bars and marks are."""
        more = len(self.rows) - MOST_ROWS
        cut = f" {more} more rules are not shown here." if more > 0 else ""
        return (
            "Bars: from the day on which a rule acts until another undoes it, else to the window's end. Circle and "
            f"thin line: announced, so that buyers foresee it. Cross and hollow bar: withdrawn, never acts.{cut}"
        )

    def describe(self) -> str:
        """Each rule with its dates."""
        parts = []
        for row in self.rows:
            policy = row.policy
            told = [policy.action.sentence(readable), f"from {policy.effective.isoformat()}"]
            told += [f"to {row.end.isoformat()}"] if row.end else []
            told += [f"announced {policy.announced.isoformat()}"] if policy.announced else []
            told += [f"withdrawn {policy.withdrawn.isoformat()}, so it never acts"] if policy.withdrawn else []
            told += [row.whose] if row.whose else []
            parts.append(f"{readable(row.key)} ({row.actor}; {source_kind(policy)}): {', '.join(told)}.")
        return " ".join(parts) or "No rule acts."


def _name(row: Row) -> str:
    """Name, and below it who decides and which scenarios have it."""
    return f"{readable(row.key)}\n{row.actor}{f'; {row.whose}' if row.whose else ''}"


def _draw_row(ax: Axes, row: Row, window: Window, place: int, size: float) -> None:
    """A bar, what it does above it, and the marks of its announcement and withdrawal."""
    policy, low, high = row.policy, *ax.get_xlim()
    start = min(max(day_number(policy.effective), low), high)
    end = min(day_number(row.end), high) if row.end else high
    look: dict[str, Any] = {"color": row.colour}
    if policy.withdrawn:
        look = {"facecolor": "white", "edgecolor": row.colour, "linestyle": (0, (3, 2)), "linewidth": 1.2}
    ax.barh(place + 0.22, max(0.0, end - start), 0.3, start, zorder=3, **look)
    until = policy.withdrawn or policy.effective
    if policy.announced and policy.announced < until:
        days = [day_number(policy.announced), day_number(until)]
        ax.plot(
            days, [place + 0.22] * 2, color=row.colour, marker="o", markevery=[0], markerfacecolor="white", zorder=4
        )
        start = max(low, days[0])
    if policy.withdrawn:
        ax.plot(day_number(policy.withdrawn), place + 0.22, "x", color=row.colour, markersize=7, mew=2.2, zorder=4)
    text = short(f"{_when(policy, window)}: {policy.action.sentence(readable)} ({source_kind(policy)})", 120)
    late = (start - low) / (high - low) + LETTER * size * len(text) > 1
    ax.text(
        high if late else start,
        place - 0.17,
        text,
        fontsize=size,
        ha="right" if late else "left",
        va="center",
        zorder=2.5,
        bbox=PAPER,
        gid="does",
    )


def _when(policy: Policy, window: Window) -> str:
    day = policy.withdrawn or policy.effective
    if policy.withdrawn:
        return f"Withdrawn {month_words(day)}"
    if day < window.start:
        return f"Since {month_words(day)}"
    return f"{month_words(day)}, after the window" if day >= window.end else month_words(day)
