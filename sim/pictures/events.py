"""Policy events on a time axis: thin lines with letters, which a key below the picture explains."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from sim.pictures.axes import INK, day_number
from sim.pictures.names import event_name, month_words, short

if TYPE_CHECKING:
    from sim.scenario.parts import Scenario

Event = tuple[datetime.date, str]
"""The day on which a policy takes effect, and its name."""


def events_of(scenario: Scenario) -> list[Event]:
    """The policies that take effect inside the window, in order of time; a withdrawn one never does."""
    window = scenario.window
    found = [(policy.effective, key) for key, policy in scenario.policies.items() if policy.withdrawn is None]
    return [(day, event_name(key, day)) for day, key in sorted(found) if window.start <= day < window.end]


class Events:
    """The policy events of the scenarios of a picture, the base first, each with a letter."""

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self._having = {scenario.name: events_of(scenario) for scenario in scenarios}
        every = sorted({event for own in self._having.values() for event in own})
        self.letters = {
            event: ascii_uppercase[n % 26] + (str(n // 26 + 1) if n >= 26 else "") for n, event in enumerate(every)
        }

    def key(self) -> str:
        """What each letter stands for, and which scenarios have it where not all do."""
        parts = [
            f"{letter} {name}, {month_words(day)}{self._whose(day, name)}"
            for (day, name), letter in self.letters.items()
        ]
        return f"Policy events: {'; '.join(parts)}." if parts else ""

    def _whose(self, day: datetime.date, name: str) -> str:
        having = [short(scenario) for scenario, own in self._having.items() if (day, name) in own]
        without = [short(scenario) for scenario, own in self._having.items() if (day, name) not in own]
        if not without:
            return ""
        which, names = ("only", having) if len(having) <= len(without) else ("not", without)
        return f" ({which} {', '.join(names) if len(names) <= 3 else f'{len(names)} scenarios'})"

    def mark(self, ax: Axes, scenario: Scenario | None = None, size: float = 10.5) -> None:
        """Mark the events of one of the scenarios, or of all: dashed what all have, dotted what some have.

        The time axis must be set. Letters of events too close together for their size stand in one text.
        """
        own = list(self.letters) if scenario is None else self._having[scenario.name]
        low, high = ax.get_xlim()
        near = (high - low) * size / 600
        groups: list[list[Event]] = []
        for event in own:
            day = day_number(event[0])
            shared = scenario is not None or all(event in known for known in self._having.values())
            ax.axvline(day, color="white", linewidth=2.4, alpha=0.7, zorder=4)
            dash = (0, (5, 3)) if shared else (0, (1, 2))
            ax.axvline(day, color=INK, linewidth=0.9, linestyle=dash, zorder=4.1)
            if groups and day - day_number(groups[-1][0][0]) < near:
                groups[-1].append(event)
            else:
                groups.append([event])
        for group in groups:
            letters = [self.letters[event] for event in group]
            text = "".join(letters) if len(letters) < 3 else f"{letters[0]}-{letters[-1]}"
            middle = (day_number(group[0][0]) + day_number(group[-1][0])) / 2
            place: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "bottom"}
            ax.text(middle, 1.0, text, fontsize=size, fontweight="bold", gid="event", **place)
