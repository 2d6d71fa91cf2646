"""The pictures of one run."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from sim.article_revenue import article_revenues
from sim.intervals import summarise
from sim.pictures.card import Picture, card_named, chosen_outcome, slide_of
from sim.pictures.slide import MIDDLE, Slide, Words
from sim.plots import (
    FAMILIES,
    FEWEST_FOR_QUANTILES,
    FLOWS_TITLE,
    POLICIES_TITLE,
    SMOOTHING,
    PrintedRevenue,
    draw_backlog,
    draw_binds,
    draw_fan,
    draw_flows,
    draw_policies,
    draw_revenue,
    draw_sources,
    events,
    fan_notes,
    fan_outcomes,
    fan_tells,
    fan_title,
    flows_notes,
    flows_tells,
    held,
    never_binding,
    never_delivered,
    policies_notes,
    policies_tells,
    revenue_notes,
    revenue_outcomes,
    revenue_tells,
    revenue_title,
    spread_of_runs,
    tidy,
)
from sim.units import show

if TYPE_CHECKING:
    from sim.experiment import Run


def _runs(run: Run) -> str:
    return f"mean of {len(run)} runs" if len(run) > 1 else "a single run"


def _dashed(run: Run) -> str:
    return " Dashed lines: policy events on the day they take effect." if events(run.scenario) else ""


def _sources_notes(run: Run, _: str = "") -> str:
    never = never_delivered(run)
    missing = f" Not delivered in any run: {', '.join(never)}." if never else ""
    return (
        f"Areas: {_runs(run)}; each point looks back {SMOOTHING} weeks, at the start over the weeks so far. "
        f"Effective: nominal compute times the share that software makes usable. "
        f"Per cent: of all compute delivered.{_dashed(run)}{missing}"
    )


def _backlog_notes(run: Run, _: str = "") -> str:
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


def _sources_tells(run: Run, _: str = "") -> str:
    shares = [
        f"{family.name.lower()} {mean:.0%}".replace("%", " %")
        for family in FAMILIES.values()
        if (family.outcome, None) in run.outcomes and not math.isnan(mean := summarise(run[family.outcome]).mean)
    ]
    return f"Of all effective compute delivered: {', '.join(shares)}." if shares else "Nothing is delivered."


def _backlog_tells(run: Run, _: str = "") -> str:
    ends = summarise(run.series["backlog", ""][:, -1])
    if ends.having == 0:
        return "No run has a value."
    mean, low, high = (show(value, "A100e") for value in (ends.mean, ends.p10, ends.p90))
    band = f" 10-90 % of single runs: {low} to {high}." if ends.having >= FEWEST_FOR_QUANTILES else ""
    return f"At the end {mean} wait{' on average' if len(run) > 1 else ''}.{band}"


def _binds_notes(run: Run, _: str = "") -> str:
    never = never_binding(run)
    missing = f" Holding up nothing in any run: {', '.join(never)}." if never else ""
    return (
        f"Areas: {_runs(run)}, every four weeks; they add up to all that waits, and per cent is of that. The split is "
        f"attribution by rule, not cause: a paired run that relieves one constraint shows that.{_dashed(run)}{missing}"
    )


def _binds_tells(run: Run, _: str = "") -> str:
    parts = sorted(held(run), key=lambda part: -part.share)
    shares = [f"{part.name.lower()} {part.share:.0%}".replace("%", " %") for part in parts]
    return f"Of all that waits, summed over time: {', '.join(shares)}." if shares else "Nothing waits."


@cache
def printed() -> list[PrintedRevenue]:
    """The articles' figures of suppliers' revenue."""
    return article_revenues()


def _fan_outcomes(run: Run) -> list[str]:
    """What is delivered comes first: the backlog has a picture of its own."""
    return sorted(fan_outcomes(run), key=lambda name: name != "delivered")


PICTURES: dict[str, Picture[Run]] = {
    "sources": Picture(
        title="Whose chips arrive? Effective compute delivered a week",
        what="Effective compute delivered a week, by product, stacked.",
        draw=lambda slide, run, _: draw_sources(slide.add_axes(MIDDLE), run),
        notes=_sources_notes,
        tells=_sources_tells,
    ),
    "backlog": Picture(
        title="How much compute do projects wait for?",
        what="The compute that waits over time, with the band of single runs.",
        draw=lambda slide, run, _: draw_backlog(slide.add_axes(MIDDLE), run),
        notes=_backlog_notes,
        tells=_backlog_tells,
    ),
    "binds": Picture(
        title="What holds up the compute that projects wait for?",
        what="The compute that waits over time, split by the constraint that holds it up.",
        draw=lambda slide, run, _: draw_binds(slide.add_axes(MIDDLE), run),
        notes=_binds_notes,
        tells=_binds_tells,
    ),
    "fan": Picture(
        title="Outcome over time",
        what="An outcome over time, with the band of single runs.",
        draw=lambda slide, run, outcome: draw_fan(slide.add_axes(MIDDLE), [run], outcome),
        notes=lambda run, outcome: fan_notes([run], outcome),
        tells=lambda run, outcome: fan_tells([run], outcome),
        outcomes=_fan_outcomes,
        titled=lambda _, outcome: fan_title(outcome),
    ),
    "flows": Picture(
        title=FLOWS_TITLE,
        what="Effective compute from suppliers and the grey channel to segments of demand.",
        draw=lambda slide, run, _: draw_flows(slide.add_axes(MIDDLE), run),
        notes=lambda run, _: flows_notes([run]),
        tells=lambda run, _: flows_tells([run]),
    ),
    "policies": Picture(
        title=POLICIES_TITLE,
        what="The policies over time: when they were announced, act, end or were withdrawn.",
        draw=lambda slide, run, _: draw_policies(slide.add_axes(MIDDLE), [run.scenario]),
        notes=lambda run, _: policies_notes([run.scenario]),
        tells=lambda run, _: policies_tells([run.scenario]),
    ),
    "revenue": Picture(
        title="A supplier's revenue by quarter, beside the articles' figures",
        what="A supplier's revenue by quarter, beside the articles' figures.",
        draw=lambda slide, run, outcome: draw_revenue(slide.add_axes(MIDDLE), [run], printed(), outcome),
        notes=lambda run, outcome: revenue_notes([run], printed(), outcome),
        tells=lambda run, outcome: revenue_tells([run], printed(), outcome),
        outcomes=lambda run: revenue_outcomes(run, printed()),
        titled=lambda _, outcome: revenue_title(printed(), outcome),
    ),
}
"""The kinds of pictures by name; the results of a run hold one of each."""


def picture(kind: str, run: Run, outcome: str | None = None) -> Slide:
    """A run's picture of that kind, a slide of 1600 x 900 pixels, about an outcome where the kind takes one.

    Raises ChipgateError for a kind that is not in PICTURES, or an outcome that it cannot show.
    """
    card, scenario = card_named(kind, PICTURES), run.scenario
    about = chosen_outcome(kind, card, run, outcome)
    size = f"{len(run)} replication{'s' if len(run) != 1 else ''}"
    facts = f"Scenario {tidy(scenario.name)}, {_runs(run)}, seed {run.seed}."
    title = card.title_of(run, about)
    words = Words(
        name=f"{kind}-{outcome or ''}-{scenario.name}",
        title=title,
        heading=scenario.title,
        question=scenario.question,
        notes=f"Scenario {tidy(scenario.name)}, {size}, seed {run.seed}. {card.notes(run, about)}",
        description=f"{title.rstrip('?')}: {facts} {card.tells(run, about)}",
    )
    return slide_of(card, run, about, words)
