"""Policy events on a time axis: thin lines with letters, which a key below the picture explains."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes

from sim.pictures.axes import SOFT_INK, Period, columns_of, day_number
from sim.pictures.names import distinct, event_name, in_which, month_words
from sim.scenario.parts import Scenario

Event = tuple[datetime.date, str]
"""The day on which a policy takes effect, and its name."""
LETTERED = 400  # points of a picture, below which its events have no letters
NEAR = 1.3  # times the size of letters that those of two events keep apart


def events_of(scenario: Scenario, period: Period | None = None) -> list[Event]:
    """The policies that take effect inside the period or the window, in order of time; a withdrawn one never does."""
    start, end = period or (scenario.window.start, scenario.window.end)
    found = [(policy.effective, key) for key, policy in scenario.policies.items() if policy.withdrawn is None]
    return [(day, event_name(key, day)) for day, key in sorted(found) if start <= day < end]


class Events:
    """The policy events of the scenarios of a picture, the base first, each with a letter."""

    def __init__(self, scenarios: Sequence[Scenario], period: Period | None = None) -> None:
        self._having = {scenario.name: events_of(scenario, period) for scenario in scenarios}
        self._names = dict(zip(self._having, distinct(list(self._having)), strict=True))
        every = sorted({event for own in self._having.values() for event in own})
        self.letters = {
            event: ascii_uppercase[n % 26] + (str(n // 26 + 1) if n >= 26 else "") for n, event in enumerate(every)
        }

    def key(self) -> str:
        """What each letter stands for, and which scenarios have it where not all do."""
        parts = []
        for event, letter in self.letters.items():
            having = [self._names[name] for name, own in self._having.items() if event in own]
            whose = in_which(having, [name for name in self._names.values() if name not in having])
            parts.append(f"{letter} {event[1]}, {month_words(event[0])}{f' ({whose})' if whose else ''}")
        return f"Policy events: {'; '.join(parts)}." if parts else ""

    def mark(self, ax: Axes, scenarios: Sequence[Scenario] = ()) -> None:
        """Mark the events of some of the scenarios, or of all: dashed what all of those have, dotted what some have.

        The time axis must be set. Letters of events too close together stand in one text.
        """
        owners = [self._having[scenario.name] for scenario in scenarios] or list(self._having.values())
        low, high = ax.get_xlim()
        wide = 72 * ax.figure.bbox.width / ax.figure.dpi
        near = (high - low) * NEAR * mpl.rcParams["font.size"] * columns_of(ax) / wide
        groups: list[list[Event]] = []
        for event in self.letters:
            if not any(event in own for own in owners):
                continue
            day = day_number(event[0])
            dash = (0, (5, 3)) if all(event in own for own in owners) else (0, (1, 2))
            ax.axvline(day, color="white", linewidth=2, alpha=0.6, zorder=4)
            ax.axvline(day, color=SOFT_INK, linewidth=0.8, linestyle=dash, zorder=4.1)
            if groups and day - day_number(groups[-1][0][0]) < near:
                groups[-1].append(event)
            else:
                groups.append([event])
        for group in groups if wide > LETTERED else ():  # a thumbnail has no key to them
            letters = [self.letters[event] for event in group]
            text = "".join(letters) if len(letters) < 3 else f"{letters[0]}-{letters[-1]}"
            middle = (day_number(group[0][0]) + day_number(group[-1][0])) / 2
            at: Any = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "bottom", "gid": "event"}
            ax.text(middle, 1.0, text, fontsize="small", fontweight="bold", **at)
