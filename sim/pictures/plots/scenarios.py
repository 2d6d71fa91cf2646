"""How scenarios are told apart in one picture: the base, and up to eight others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.pictures.plots.canvas import INK, tidy

if TYPE_CHECKING:
    from sim.experiment.run import Run

MOST_OTHERS = 8
"""Scenarios beside the base that one picture shows; a reader cannot tell more apart."""

Dash = tuple[float, tuple[float, ...]]


@dataclass(frozen=True)
class ScenarioLook:
    """A scenario's line."""

    colour: str
    dash: Dash | str
    marker: str
    width: float


OTHER_WIDTH = 2.0
BASE_LOOK = ScenarioLook(INK, "-", "", 3.6)
# Colour-blind readers, and those of a photocopy, go by dash and marker; each colour is dark enough for its name.
OTHER_LOOKS = tuple(
    ScenarioLook(colour, dash, marker, OTHER_WIDTH)
    for colour, dash, marker in (
        ("#0067a8", (0, (7, 2)), "o"),
        ("#b34700", (0, (2, 1.5)), "s"),
        ("#00775a", (0, (7, 2, 2, 2)), "^"),
        ("#8a3a86", "-", "D"),
        ("#7a5c00", (0, (4, 2)), "v"),
        ("#4b4bbd", (0, (1, 1)), "P"),
        ("#a8174f", (0, (7, 2, 1, 2, 1, 2)), "X"),
        ("#5c5c5c", (0, (10, 3)), "*"),
    )
)


def look_of(place: int) -> ScenarioLook:
    """The look of a comparison's scenario by its place; the base has place 0."""
    return BASE_LOOK if place == 0 else OTHER_LOOKS[(place - 1) % len(OTHER_LOOKS)]


def shown(runs: Sequence[Run]) -> list[Run]:
    """The base and as many of the others as one picture shows."""
    return list(runs[: MOST_OTHERS + 1])


def left_out(runs: Sequence[Run], most: int | None = None) -> str:
    """A sentence that says how many scenarios are shown, and names those that have no room; empty where all have.

    Of more than `most` the others are counted.
    """
    names = [tidy(run.scenario.name) for run in runs[MOST_OTHERS + 1 :]]
    if not names:
        return ""
    told = names[:most]
    more = f" and {len(names) - len(told)} more" if len(names) > len(told) else ""
    return f"{len(runs) - len(names)} of {len(runs)} scenarios shown; not shown: {', '.join(told)}{more}."
