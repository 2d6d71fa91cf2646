"""A picture of whatever results there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sim.base.errors import ChipgateError
from sim.experiment.run import Run
from sim.pictures.comparison import COMPARISON_PICTURES, comparison_picture
from sim.pictures.run import PICTURES, picture
from sim.pictures.slide import Slide

if TYPE_CHECKING:
    from sim.experiment.comparison import Comparison

Results: TypeAlias = "Run | Comparison"


def kinds_of(results: Results) -> list[str]:
    """The kinds of pictures that these results can be drawn as."""
    return list(PICTURES if isinstance(results, Run) else COMPARISON_PICTURES)


def picture_of(kind: str, results: Results, outcome: str | None = None) -> Slide:
    """A run's or a comparison's picture of that kind.

    Raises ChipgateError for a kind that the results do not have, or an outcome that it cannot show.
    """
    if kind not in kinds_of(results) and kind in {**PICTURES, **COMPARISON_PICTURES}:
        shows, these = ("a comparison", "a run") if isinstance(results, Run) else ("a single run", "a comparison")
        raise ChipgateError(f"'{kind}' shows {shows}, and these are the results of {these}")
    return picture(kind, results, outcome) if isinstance(results, Run) else comparison_picture(kind, results, outcome)
