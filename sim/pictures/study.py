"""Pictures of studies. A study has one or two, sketched by a function that a module of this package registers:

@sketches.register(Harvest)
def harvest_sketches(study: Harvest) -> Sketches:
    words = Words(name="harvest", title="Apples lead", heading="Tonnes by kind", notes=(), description="Two bars.")
    return {"harvest": Sketch(words, lambda figure: figure.subplots().bar(study.kinds, study.tonnes))}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import NamedTuple, TypeAlias

from matplotlib.figure import FigureBase

from sim.pictures.slide import Words
from sim.studies.study import Study


class Sketch(NamedTuple):
    """A picture before it is drawn in a size."""

    words: Words
    draw: Callable[[FigureBase], object]


Sketches: TypeAlias = Mapping[str, Sketch]
"""By the names of their files, without a suffix; the most telling first."""


@singledispatch
def sketches(_study: Study) -> Sketches:
    """The pictures of a study; `sim.pictures.choice.sketches_of` sees to it that every kind is registered."""
    return {}
