"""A picture of whatever results there are: every module of `sim.pictures` may hold a kind, or sketch a study."""

from __future__ import annotations

import datetime
import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import sim.pictures
from sim.base.errors import ChipgateError
from sim.base.units import UnitError, parse_day
from sim.experiment.comparison import Comparison
from sim.experiment.run import NotKept, Run
from sim.outcomes.keys import Key
from sim.pictures.axes import Period
from sim.pictures.picture import PICTURES, Picture, Results, Subject, refuse_unknown, subject_of
from sim.pictures.slide import SIZES, Size, Slide, new_slide
from sim.pictures.study import Sketch, Sketches, sketches
from sim.studies.study import Study


@cache
def pictures() -> dict[str, type[Picture]]:
    """Every kind by name, in the order in which they are shown."""
    for module in pkgutil.iter_modules(sim.pictures.__path__, "sim.pictures."):
        importlib.import_module(module.name)
    return dict(sorted(PICTURES.items(), key=lambda item: item[1].order))


def kinds_of(result: Results | Subject, summary: bool = False) -> list[str]:
    """The kinds of pictures that these results, or a run or a comparison at all, can be drawn as; where only a
    `summary` of the series is kept, those that need no more."""
    subject = result if isinstance(result, str) else subject_of(result)
    if not isinstance(result, str):
        runs = [result] if isinstance(result, Run) else result.runs
        summary = any(isinstance(run.series, NotKept) for run in runs)
    return [kind for kind, card in pictures().items() if subject in card.shows and not (summary and card.of_series)]


def picture_of(
    kind: str, result: Results, outcome: Key | str | None = None, period: Period | None = None, size: str = "slide"
) -> Slide:
    """A run's or a comparison's picture of that kind, over the window or a period of it, in one of `SIZES`.

    Raises ChipgateError for a kind that the results do not have, or an outcome, a period or a size that it cannot show.
    """
    wanted = _size(size)
    if kind not in pictures():
        refuse_unknown(f"no kind of picture is named '{kind}'", kind, kinds_of(result))
    return pictures()[kind](result, outcome, period).slide(wanted)


def study_picture(study: Study, kind: str | None = None, size: str = "slide") -> Slide:
    """A study's picture of that name, or its first. Raises ChipgateError for one or a size that there is not."""
    found, wanted = sketches_of(study), _size(size)
    if not found:
        raise ChipgateError("this study has no picture")
    kind = next(iter(found)) if kind is None else kind
    refuse_unknown(f"no picture of this study is named '{kind}'", kind, list(found))
    return new_slide(*found[kind], wanted)


def slides_of(study: Study) -> dict[str, Slide]:
    """All pictures of a study, by name."""
    return {name: new_slide(*sketch) for name, sketch in sketches_of(study).items()}


def sketches_of(study: Study) -> Sketches:
    """The sketches of a study, by name; none where no module has registered any."""
    pictures()  # imports every module
    return {
        name: Sketch(replace(words, notes=(*words.notes, *study.beside)), draw)
        for name, (words, draw) in sketches(study).items()
    }


def _size(name: str) -> Size:
    refuse_unknown(f"no size of picture is named '{name}'", name, list(SIZES))
    return SIZES[name]


def together(results: Sequence[Results], scenarios: Sequence[str] = (), kind: str | None = None) -> Results:
    """The runs of several results as one, the first of them the base; of those only the scenarios named, in their
    order, and the base beside a single one where the kind shows differences from it.

    A run that is in several is taken once. Runs that do not pair are drawn as well, but not by kinds that need pairs.
    Raises ChipgateError for a scenario that is not there, for windows that differ, and for two runs of one name.
    """
    if len(results) == 1 and not scenarios:
        return results[0]
    runs: list[Run] = []
    for result in results:
        for run in [result] if isinstance(result, Run) else result.runs:
            if not any(_same(run, known) for known in runs):
                runs.append(run)
    names = [run.scenario.name for run in runs]
    for name in scenarios:
        refuse_unknown(f"no scenario here is named '{name}'", name, names)
    for name in names:
        if names.count(name) > 1 and (name in scenarios or not scenarios):
            raise ChipgateError(
                f"'{name}' is in these results more than once, and not alike (its values, seed or replications); "
                "a picture needs a name for each: draw the folders apart, or name other scenarios with --scenario"
            )
    if len(scenarios) == 1 and kind in pictures() and pictures()[kind].paired:
        scenarios = [names[0], *scenarios]
    if scenarios:
        runs = [runs[names.index(name)] for name in dict.fromkeys(scenarios)]
    first = runs[0].scenario
    for other in (run.scenario for run in runs[1:]):
        if other.window != first.window:
            one, two = (f"{s.name} runs from {s.window.start} to {s.window.end}" for s in (first, other))
            raise ChipgateError(f"{one}, but {two}; a picture has one window: draw them apart")
    if len(runs) == 1:
        return runs[0]
    found = [result.looks for result in results if isinstance(result, Comparison) and result.looks]
    together = Comparison(runs, looks=max(found, key=lambda looks: len(looks.at), default=None))
    match results:
        case [Comparison() as whole] if runs[0] is whole.base:
            together.worlds = whole.worlds  # which are about differences from that base
    return together


def period_of(start: object = None, end: object = None) -> Period | None:
    """From the beginning of one day, month or year to the end of another, such as 2025, "2025-04" or a date; None
    where neither is given. Raises ChipgateError."""
    if start is None and end is None:
        return None
    first = datetime.date.min if start is None else _days(start)[0]
    last = datetime.date.max if end is None else _days(end)[1]
    if last <= first:
        raise ChipgateError(f"the end, {end}, lies before the beginning, {start}")
    return first, last


def _days(written: object) -> Period:
    """The first day of what was written, and the one after its last."""
    text = str(written).strip()
    try:
        day = parse_day(f"{text}-01" if len(text) == len("2025") else text)
    except UnitError as error:
        or_year = ", or a year such as 2025" if str(error).endswith("year-month") else ""
        raise ChipgateError(f"{error}{or_year}") from None
    if len(text) > len("2025-04"):
        return day, day + datetime.timedelta(days=1)
    months = 12 * day.year + day.month - 1 + (12 if len(text) == len("2025") else 1)
    return day, datetime.date(months // 12, months % 12 + 1, 1)


def _same(one: Run, other: Run) -> bool:
    return (one.scenario, one.seed, one.numbers) == (other.scenario, other.seed, other.numbers)
