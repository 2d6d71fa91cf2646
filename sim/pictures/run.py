"""The pictures of one run."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sim.outcomes.keys import Key
from sim.pictures.article_revenue import article_revenues
from sim.pictures.card import Picture, card_named, chosen_outcome, slide_of
from sim.pictures.plots.backlog import backlog_notes, backlog_tells, draw_backlog
from sim.pictures.plots.binds import binds_notes, binds_tells, draw_binds
from sim.pictures.plots.canvas import mean_words, tidy
from sim.pictures.plots.fan import draw_fan, fan_notes, fan_outcomes, fan_tells, fan_title
from sim.pictures.plots.flows import FLOWS_TITLE, draw_flows, flows_notes, flows_tells
from sim.pictures.plots.policies import POLICIES_TITLE, draw_policies, policies_notes, policies_tells
from sim.pictures.plots.revenue import (
    PrintedRevenue,
    draw_revenue,
    revenue_notes,
    revenue_outcomes,
    revenue_tells,
    revenue_title,
)
from sim.pictures.plots.sources import draw_sources, sources_notes, sources_tells
from sim.pictures.slide import MIDDLE, Slide, Words

if TYPE_CHECKING:
    from sim.experiment.run import Run


@cache
def printed() -> list[PrintedRevenue]:
    """The articles' figures of suppliers' revenue."""
    return article_revenues()


def _fan_outcomes(run: Run) -> list[Key]:
    """What is delivered comes first: the backlog has a picture of its own."""
    return sorted(fan_outcomes(run), key=lambda key: key != Key("delivered"))


PICTURES: dict[str, Picture[Run]] = {
    "sources": Picture(
        title="Whose chips arrive? Effective compute delivered a week",
        what="Effective compute delivered a week, by product, stacked.",
        draw=lambda slide, run, _: draw_sources(slide.add_axes(MIDDLE), run),
        notes=lambda run, _: sources_notes(run),
        tells=lambda run, _: sources_tells(run),
    ),
    "backlog": Picture(
        title="How much compute do projects wait for?",
        what="The compute that waits over time, with the band of single runs.",
        draw=lambda slide, run, _: draw_backlog(slide.add_axes(MIDDLE), run),
        notes=lambda run, _: backlog_notes(run),
        tells=lambda run, _: backlog_tells(run),
    ),
    "binds": Picture(
        title="What holds up the compute that projects wait for?",
        what="The compute that waits over time, split by the constraint that holds it up.",
        draw=lambda slide, run, _: draw_binds(slide.add_axes(MIDDLE), run),
        notes=lambda run, _: binds_notes(run),
        tells=lambda run, _: binds_tells(run),
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
    facts = f"Scenario {tidy(scenario.name)}, {mean_words(run)}, seed {run.seed}{run.beside}."
    title = card.title_of(run, about)
    words = Words(
        name=f"{kind}-{outcome or ''}-{scenario.name}",
        title=title,
        heading=scenario.title,
        question=scenario.question,
        notes=f"Scenario {tidy(scenario.name)}, {size}, seed {run.seed}{run.beside}. {card.notes(run, about)}",
        description=f"{title.rstrip('?')}: {facts} {card.tells(run, about)}",
    )
    return slide_of(card, run, about, words)
