"""The pictures of one run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from sim.intervals import summarise
from sim.pictures.slide import MIDDLE, Slide, Words, drawing, new_slide
from sim.plots import (
    FAMILIES,
    FEWEST_FOR_QUANTILES,
    SMOOTHING,
    draw_backlog,
    draw_binds,
    draw_sources,
    events,
    held,
    never_binding,
    never_delivered,
    spread_of_runs,
    tidy,
)
from sim.units import show

if TYPE_CHECKING:
    from sim.experiment import Run


@dataclass(frozen=True)
class Picture:
    """A kind of picture."""

    title: str
    draw: Callable[[Axes, Run], Axes]
    notes: Callable[[Run], str]
    """How to read it."""
    tells: Callable[[Run], str]
    """What it shows, for readers who do not see it."""


def _runs(run: Run) -> str:
    return f"mean of {len(run)} runs" if len(run) > 1 else "a single run"


def _dashed(run: Run) -> str:
    return " Dashed lines: policy events on the day they take effect." if events(run.scenario) else ""


def _sources_notes(run: Run) -> str:
    never = never_delivered(run)
    missing = f" Not delivered in any run: {', '.join(never)}." if never else ""
    return (
        f"Areas: {_runs(run)}; each point looks back {SMOOTHING} weeks, at the start over the weeks so far. "
        f"Effective: nominal compute times the share that software makes usable. "
        f"Per cent: of all compute delivered.{_dashed(run)}{missing}"
    )


def _backlog_notes(run: Run) -> str:
    band = spread_of_runs(run.series["backlog", ""])
    if band is None:
        spread = "No band is drawn."
    elif band.name.startswith("10"):
        spread = "Band: at each date one run in ten lies below it, one in ten above; it is not the mean's uncertainty."
    else:
        spread = (
            "Band: at each date from the lowest to the highest run, for ten or more runs are needed to show tenths."
        )
    return f"Line: {_runs(run)}, every four weeks. {spread}{_dashed(run)}"


def _sources_tells(run: Run) -> str:
    shares = [
        f"{family.name.lower()} {mean:.0%}".replace("%", " %")
        for family in FAMILIES.values()
        if (family.outcome, None) in run.outcomes and not math.isnan(mean := summarise(run[family.outcome]).mean)
    ]
    return f"Of all effective compute delivered: {', '.join(shares)}." if shares else "Nothing is delivered."


def _backlog_tells(run: Run) -> str:
    ends = summarise(run.series["backlog", ""][:, -1])
    if ends.having == 0:
        return "No run has a value."
    mean, low, high = (show(value, "A100e") for value in (ends.mean, ends.p10, ends.p90))
    band = f" 10-90 % of single runs: {low} to {high}." if ends.having >= FEWEST_FOR_QUANTILES else ""
    return f"At the end {mean} wait{' on average' if len(run) > 1 else ''}.{band}"


def _binds_notes(run: Run) -> str:
    never = never_binding(run)
    missing = f" Holding up nothing in any run: {', '.join(never)}." if never else ""
    return (
        f"Areas: {_runs(run)}, every four weeks; they add up to all that waits, and per cent is of that. The split is "
        f"attribution by rule, not cause: a paired run that relieves one constraint shows that.{_dashed(run)}{missing}"
    )


def _binds_tells(run: Run) -> str:
    parts = sorted(held(run), key=lambda part: -part.share)
    shares = [f"{part.name.lower()} {part.share:.0%}".replace("%", " %") for part in parts]
    return f"Of all that waits, summed over time: {', '.join(shares)}." if shares else "Nothing waits."


PICTURES: dict[str, Picture] = {
    "sources": Picture(
        "Whose chips arrive? Effective compute delivered a week", draw_sources, _sources_notes, _sources_tells
    ),
    "backlog": Picture("How much compute do projects wait for?", draw_backlog, _backlog_notes, _backlog_tells),
    "binds": Picture("What holds up the compute that projects wait for?", draw_binds, _binds_notes, _binds_tells),
}
"""The kinds of pictures by name; the results of a run hold one of each."""


def picture(kind: str, run: Run) -> Slide:
    """A run's picture of that kind, a slide of 1600 x 900 pixels. Raises KeyError for a kind not in PICTURES."""
    card, scenario = PICTURES[kind], run.scenario
    size = f"{len(run)} replication{'s' if len(run) != 1 else ''}"
    facts = f"Scenario {tidy(scenario.name)}, {_runs(run)}, seed {run.seed}."
    words = Words(
        name=f"{kind}-{scenario.name}",
        title=card.title,
        heading=scenario.title,
        question=scenario.question,
        notes=f"Scenario {tidy(scenario.name)}, {size}, seed {run.seed}. {card.notes(run)}",
        description=f"{card.title.rstrip('?')}: {facts} {card.tells(run)}",
    )
    with drawing():
        slide = new_slide(words)
        card.draw(slide.add_axes(MIDDLE), run)
        return slide
