"""A picture of whatever results there are: every module of `sim.pictures` may hold a kind."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import sim.pictures
from sim.base.errors import ChipgateError
from sim.base.units import closest
from sim.outcomes.keys import Key
from sim.pictures.picture import PICTURES, Picture, Results, Subject, subject_of
from sim.pictures.slide import Slide


@cache
def pictures() -> dict[str, type[Picture]]:
    """Every kind by name, in the order in which they are shown."""
    for module in pkgutil.iter_modules(sim.pictures.__path__, "sim.pictures."):
        importlib.import_module(module.name)
    return dict(sorted(PICTURES.items(), key=lambda item: item[1].order))


def kinds_of(result: Results | Subject) -> list[str]:
    """The kinds of pictures that these results, or a run or a comparison at all, can be drawn as."""
    subject = result if isinstance(result, str) else subject_of(result)
    return [kind for kind, card in pictures().items() if subject in card.shows]


def picture_of(kind: str, result: Results, outcome: Key | str | None = None) -> Slide:
    """A run's or a comparison's picture of that kind, a slide of 1600 x 900 pixels.

    Raises ChipgateError for a kind that the results do not have, or an outcome that it cannot show.
    """
    if kind in pictures():
        return pictures()[kind](result, outcome).slide()
    known = kinds_of(result)
    near = closest(kind, known)
    hint = f"did you mean '{near}'?" if near else f"there are {', '.join(known)}"
    raise ChipgateError(f"no kind of picture is named '{kind}'; {hint}")
