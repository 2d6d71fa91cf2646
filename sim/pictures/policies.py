"""The policy timeline: what acts from when to when, and in which of several scenarios."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from sim.pictures.axes import day_number, say, set_time
from sim.pictures.names import distinct, event_name, in_which, month_words, readable, short
from sim.pictures.picture import Picture, picture
from sim.scenario.fields import LEVERS, Lever
from sim.scenario.parts import Policy, Scenario
from sim.scenario.precedence import ends

FEWEST_ROWS, MOST_ROWS = 5, 18
SHARED, OTHERWISE = "#5f7f9b", "#d0742a"


@dataclass(frozen=True)
class Row:
    """A policy as one or more scenarios have it."""

    key: str
    policy: Policy
    scenarios: tuple[str, ...]
    """The short names of those that have it so."""
    others: tuple[str, ...]
    """Of those that do not, or have it in another way."""
    end: datetime.date | None
    """Day on which another rule ends it; None where nothing does."""

    @property
    def actor(self) -> Lever:
        """Who decides on it."""
        return self.policy.action.actor

    @property
    def first(self) -> datetime.date:
        """The day from which there is something to show of it."""
        return min(self.policy.announced or self.policy.effective, self.policy.effective)

    @property
    def last(self) -> datetime.date:
        """The day after which there is nothing."""
        return self.policy.withdrawn or self.end or datetime.date.max

    @property
    def whose(self) -> str:
        """Which scenarios have it so, in few words; empty where all do."""
        return in_which(self.scenarios, self.others)

    @property
    def when(self) -> str:
        """The month from which it acts, or in which it was withdrawn."""
        withdrawn = self.policy.withdrawn
        return f"withdrawn {month_words(withdrawn)}" if withdrawn else month_words(self.policy.effective)

    @property
    def name(self) -> str:
        """Of the rule."""
        return event_name(self.key, self.policy.effective)


def policy_rows(scenarios: Sequence[Scenario]) -> list[Row]:
    """The policies of scenarios, the base first, by who decides and in order of time.

    What all share is one row; a policy that some have otherwise is a row for each way.
    """
    ended = {scenario.name: ends(scenario) for scenario in scenarios}
    ways: dict[tuple[str, str, datetime.date | None], list[Scenario]] = {}
    for scenario in scenarios:
        for key, policy in scenario.policies.items():
            # The words of its source do not make it another rule.
            way = key, repr(replace(policy, source="")), ended[scenario.name].get(key)
            ways.setdefault(way, []).append(scenario)
    names = dict(zip(ended, distinct(list(ended)), strict=True))
    found = []
    for (key, _, end), own in ways.items():
        having = tuple(names[scenario.name] for scenario in own)
        others = tuple(name for name in names.values() if name not in having)
        found.append(Row(key, own[0].policies[key], having, others, end))
    first = {key: min(row.policy.effective for row in found if row.key == key) for key in {row.key for row in found}}
    return sorted(found, key=lambda row: (LEVERS.index(row.actor), first[row.key], row.key))


@picture
class Policies(Picture):
    """A bar for each policy; with several scenarios one for each way in which it is set."""

    kind, order = "policies", 60
    over_time = True
    what = (
        "The policies over time: when they were announced, act, end or were withdrawn, and which scenarios have them."
    )

    @cached_property
    def rows(self) -> list[Row]:
        """Those that are announced, act or are withdrawn in the period, by who decides and in order of time."""
        start, end = self.period
        return [row for row in policy_rows(self.scenarios) if row.first < end and row.last > start]

    def key(self) -> str:
        """None: each rule has its name beside it."""
        return ""

    def draw(self, figure: FigureBase) -> None:
        """Names and what they do left, bars right."""
        ax, rows = figure.subplots(), self.rows[:MOST_ROWS]
        set_time(ax, self.period)
        ax.grid(axis="x")
        if not rows:
            every = any(scenario.policies for scenario in self.scenarios)
            where = "this time" if every else "this scenario" if self.alone else "any of these scenarios"
            say(ax, f"No rule acts in {where}")
            return
        for place, row in enumerate(rows):
            _draw_row(ax, row, place)
        size = mpl.rcParams["font.size"] * min(0.95, 13 / len(rows))
        ax.set_yticks(range(len(rows)), [_words(row) for row in rows], fontsize=size)
        ax.set_ylim(max(len(rows), FEWEST_ROWS) - 0.5, -0.5)

    def finding(self) -> str:
        """How many rules take effect in a run; which differ in a comparison."""
        days = [day for day, _ in self.events.letters]
        if self.alone or not self.rows:
            many = f"{len(days)} rule{'s take' if len(days) != 1 else ' takes'} effect"
            when = " to ".join(dict.fromkeys(month_words(day) for day in (days[:1] + days[-1:])))
            start, end = self.period
            given_up = [row.policy.withdrawn for row in self.rows if row.policy.withdrawn]
            withdrawn = sum(start <= day < end for day in given_up)
            never = f"; {withdrawn} {'is' if withdrawn == 1 else 'are'} withdrawn" if withdrawn else ""
            return f"{many}, {when}{never}" if days else f"No rule takes effect in this time{never}"
        told = [f"{row.name} {row.whose}" for row in self.rows if row.others]
        if len(told) == len(self.rows) > 2:
            return "No rule is the same in every scenario"
        if len(told) > 2:
            return f"{len(told)} of {len(self.rows)} rules are not in every scenario"
        return "; ".join(told) or "The rules are the same in every scenario"

    def shown(self) -> str:
        """Rules by who decides."""
        return (
            f"From when to when each rule acts, by who decides{'' if self.alone else '; orange: not in all scenarios'}"
        )

    def caption(self) -> str:
        """What lines and outlines are."""
        rows, more = self.rows, len(self.rows) - MOST_ROWS
        told = "Thin line: announced, so that buyers foresee it. " if any(row.policy.announced for row in rows) else ""
        told += "Outline: withdrawn, never acts. " if any(row.policy.withdrawn for row in rows) else ""
        return told + (f"{more} more rules are not shown here." if more > 0 else "")

    def describe(self) -> str:
        """Each rule with its dates."""
        parts = []
        for row in self.rows:
            ended = f"ends {row.end}" if row.end else ""
            told = [row.policy.action.sentence(readable), f"from {row.policy.effective}", ended, row.whose]
            told += [f"withdrawn {row.policy.withdrawn}, so it never acts"] if row.policy.withdrawn else []
            parts.append(f"{row.name} ({row.actor}): {', '.join(filter(None, told))}.")
        return " ".join(parts)


def _words(row: Row) -> str:
    """When and what, and below it what it does and which scenarios have it."""
    whose = f"; {row.whose}" if row.whose else ""
    return f"{row.name}, {row.when} ({row.actor}{short(whose, 40)})\n{short(row.policy.action.sentence(readable), 64)}"


def _draw_row(ax: Axes, row: Row, place: int) -> None:
    """A bar where it acts, an outline where it would have, a line from its announcement; nothing beyond the axes."""
    policy, (low, high) = row.policy, ax.get_xlim()
    colour = OTHERWISE if row.others else SHARED
    start, end = max(day_number(policy.effective), low), min(day_number(row.end) if row.end else high, high)
    look: dict[str, Any] = {"color": colour}
    if policy.withdrawn:
        look = {"facecolor": "none", "edgecolor": colour, "linewidth": 1.2}
    if start < end:
        ax.barh(place, end - start, 0.45, start, zorder=3, **look)
    if policy.announced and policy.announced < policy.effective:
        until = [day_number(policy.announced), day_number(policy.withdrawn or policy.effective)]
        ax.plot(until, [place] * 2, color=colour, linewidth=2, zorder=3, gid="announced")
