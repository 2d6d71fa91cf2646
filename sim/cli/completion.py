"""What a shell completes beside commands and options: names that the program knows, and files.

Each function says what exists; it is asked only while somebody presses the tab key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.base.errors import ChipgateError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]


def completed(names: Callable[[], Iterable[str]], files: bool = False) -> Complete:
    """What `shell_complete` of a parameter takes: the names that go on as typed, perhaps beside files."""

    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        from click.shell_completion import CompletionItem

        # Files come first: bash forgets what stands before them.
        found = [CompletionItem(incomplete, type="file")] if files else []
        try:
            return found + [CompletionItem(name) for name in names() if name.startswith(incomplete)]
        except ChipgateError:  # a broken file is told when it is used
            return found

    return complete


def scenarios() -> list[str]:
    """Those shipped, and those of the current folder."""
    from sim.scenario.load import known_names

    return known_names(Path())


def kinds() -> list[str]:
    """Kinds of pictures."""
    from sim.pictures.kinds import kinds_told

    return list(kinds_told())


def outcomes() -> list[str]:
    """Outcomes by name, as the baseline has them."""
    from sim.outcomes.cards import keys_of
    from sim.scenario.load import load_shipped

    return list(dict.fromkeys(key.name for key in keys_of(load_shipped("baseline").scenario)))


def inputs() -> list[str]:
    """Assumptions of the baseline that may vary."""
    from sim.scenario.load import load_shipped
    from sim.scenario.sampling import inputs_of

    return [each.key for each in inputs_of(load_shipped("baseline"))]


def constraints() -> list[str]:
    """What may bind, and can be relaxed."""
    from sim.outcomes.constraints import CONSTRAINTS

    return list(CONSTRAINTS)


def exercises() -> list[str]:
    """Exercises by name."""
    from sim.lessons.exercise import exercise_names

    return exercise_names()
