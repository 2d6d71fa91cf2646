"""The pictures of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.outcomes.keys import Key
from sim.pictures.card import Picture, card_named, chosen_outcome, slide_of
from sim.pictures.plots.canvas import SOFT_INK, tidy
from sim.pictures.plots.fan import draw_fan, fan_notes, fan_outcomes, fan_tells, fan_title
from sim.pictures.plots.flows import FLOWS_TITLE, draw_flows, flows_notes, flows_scale, flows_tells
from sim.pictures.plots.forest import draw_forest, forest_notes, forest_rows, forest_tells
from sim.pictures.plots.heatmap import draw_heat_legend, draw_heatmap, heat_height, heat_notes, heat_tells
from sim.pictures.plots.panels import add_panels, first_of_row, lowest_of_column, write_head
from sim.pictures.plots.policies import POLICIES_TITLE, draw_policies, policies_notes, policies_tells
from sim.pictures.plots.revenue import draw_revenue, revenue_notes, revenue_outcomes, revenue_tells, revenue_title
from sim.pictures.plots.scenarios import left_out, shown
from sim.pictures.plots.sources import draw_families, families_notes, families_tells, highest_rate
from sim.pictures.plots.strips import draw_strips, strips_notes, strips_tells
from sim.pictures.plots.timeline import axis_scale
from sim.pictures.run import printed
from sim.pictures.slide import MIDDLE, Slide, Words

if TYPE_CHECKING:
    from sim.experiment.comparison import Comparison
    from sim.scenario.parts import Scenario


WIDE = (0.07, 0.165, 0.9, 0.605)  # of a drawing that brings its own names
NAMED = (0.062, 0.165, 0.645, 0.605)  # with a wide column of names on its right
STRIPS = (0.18, 0.165, 0.66, 0.645)  # with names on both sides
FOREST = (0.18, 0.165, 0.675, 0.675)
FLOWS = (0.04, 0.165, 0.93, 0.645)
HEAD = 0.79  # where a unit stands that holds for all panels
TABLE = (0.18, 0.21, 0.79, 0.52)
LEGEND = 0.032  # height of the legend, below the table
MOST_NAMED = 15  # of the scenarios that are not shown; naming more would leave no room for how to read the picture


def _draw_sources(slide: Slide, comparison: Comparison, _: Key) -> None:
    runs = shown(comparison.runs)
    top = highest_rate(runs)
    unit = axis_scale(top, "A100e a week")[1]
    slide.text(WIDE[0], HEAD, unit[:1].upper() + unit[1:], fontsize=13, color=SOFT_INK, va="center")
    panels = add_panels(slide, len(runs), WIDE, (0.025, 0.105))
    for place, (ax, run) in enumerate(zip(panels, runs, strict=True)):
        draw_families(ax, run, top, first_of_row(place, len(runs)))
        if not lowest_of_column(place, len(runs)):
            ax.tick_params(axis="x", labelbottom=False)


def _draw_forest(slide: Slide, comparison: Comparison, _: Key) -> None:
    outcomes = forest_rows(comparison.rows)
    panels = add_panels(slide, len(outcomes), FOREST, (0.122, 0.12))
    for place, (ax, rows) in enumerate(zip(panels, outcomes.values(), strict=True)):
        draw_forest(ax, rows, first_of_row(place, len(outcomes)))


def _draw_heatmap(slide: Slide, comparison: Comparison, _: Key) -> None:
    left, bottom, width, height = TABLE
    ax = draw_heatmap(slide.add_axes(TABLE), comparison.rows)
    below = height * (1 - heat_height(ax, comparison.rows))
    draw_heat_legend(slide.add_axes((left, bottom + below - 2 * LEGEND, width, LEGEND)))


def _draw_flows(slide: Slide, comparison: Comparison, _: Key) -> None:
    runs = shown(comparison.runs)
    scale = flows_scale(runs)
    for ax, run in zip(add_panels(slide, len(runs), FLOWS, (0.025, 0.06)), runs, strict=True):
        draw_flows(ax, run, scale, column=False)
        write_head(ax, tidy(run.scenario.name))


def _scenarios(comparison: Comparison) -> list[Scenario]:
    return [run.scenario for run in shown(comparison.runs)]


COMPARISON_PICTURES: dict[str, Picture[Comparison]] = {
    "fan": Picture(
        title="Outcome over time, by scenario",
        what="An outcome over time, by scenario, with what single runs do around the means.",
        draw=lambda slide, comparison, outcome: draw_fan(slide.add_axes(NAMED), comparison.runs, outcome),
        notes=lambda comparison, outcome: fan_notes(comparison.runs, outcome),
        tells=lambda comparison, outcome: fan_tells(comparison.runs, outcome),
        outcomes=lambda comparison: fan_outcomes(comparison.base),
        titled=lambda _, outcome: f"{fan_title(outcome)}, by scenario",
    ),
    "sources": Picture(
        title="Whose chips arrive? Effective compute delivered a week",
        what="Effective compute delivered a week, domestic, imported and grey: one panel a scenario, on one scale.",
        draw=_draw_sources,
        notes=lambda comparison, _: families_notes(shown(comparison.runs)),
        tells=lambda comparison, _: families_tells(shown(comparison.runs)),
    ),
    "forest": Picture(
        title="What does each scenario change? Paired differences",
        what="Paired differences of the headline outcomes, with their intervals and verdicts.",
        draw=_draw_forest,
        notes=lambda comparison, _: forest_notes(comparison.rows),
        tells=lambda comparison, _: forest_tells(comparison.rows),
    ),
    "binds": Picture(
        title="What holds up the compute that projects wait for?",
        what="What holds up the compute that waits, as shares of it: one strip a scenario.",
        draw=lambda slide, comparison, _: draw_strips(slide.add_axes(STRIPS), comparison.runs),
        notes=lambda comparison, _: strips_notes(comparison.runs),
        tells=lambda comparison, _: strips_tells(comparison.runs),
    ),
    "heatmap": Picture(
        title="What does each scenario change? Outcomes side by side",
        what="Scenarios times outcomes: differences as numbers, colours and verdicts.",
        draw=_draw_heatmap,
        notes=lambda comparison, _: heat_notes(comparison.rows),
        tells=lambda comparison, _: heat_tells(comparison.rows),
    ),
    "flows": Picture(
        title=FLOWS_TITLE,
        what="Effective compute from suppliers and the grey channel to segments: one panel a scenario, on one scale.",
        draw=_draw_flows,
        notes=lambda comparison, _: flows_notes(shown(comparison.runs)),
        tells=lambda comparison, _: flows_tells(shown(comparison.runs)),
    ),
    "policies": Picture(
        title=POLICIES_TITLE,
        what="The policies over time, and which scenarios have them.",
        draw=lambda slide, comparison, _: draw_policies(slide.add_axes(MIDDLE), _scenarios(comparison)),
        notes=lambda comparison, _: policies_notes(_scenarios(comparison)),
        tells=lambda comparison, _: policies_tells(_scenarios(comparison)),
    ),
    "revenue": Picture(
        title="A supplier's revenue by quarter and scenario, beside the articles' figures",
        what="A supplier's revenue by quarter and scenario, beside the articles' figures.",
        draw=lambda slide, comparison, outcome: draw_revenue(
            slide.add_axes(NAMED), comparison.runs, printed(), outcome
        ),
        notes=lambda comparison, outcome: revenue_notes(comparison.runs, printed(), outcome),
        tells=lambda comparison, outcome: revenue_tells(comparison.runs, printed(), outcome),
        outcomes=lambda comparison: revenue_outcomes(comparison.base, printed()),
        titled=lambda _, outcome: revenue_title(printed(), outcome),
    ),
}
"""The kinds of pictures by name; the results of a comparison hold one of each."""


def _sentences(*parts: str) -> str:
    return " ".join(filter(None, parts))


def comparison_picture(kind: str, comparison: Comparison, outcome: str | None = None) -> Slide:
    """A comparison's picture of that kind, a slide of 1600 x 900 pixels, about an outcome where the kind takes one.

    Raises ChipgateError for a kind that is not in COMPARISON_PICTURES, or an outcome that it cannot show.
    """
    card = card_named(kind, COMPARISON_PICTURES)
    about = chosen_outcome(kind, card, comparison, outcome)
    base, *others = (tidy(scenario.name) for scenario in _scenarios(comparison))
    many = "" if len(comparison) == 1 else "s"
    size = f"{len(comparison)} replication{many} of each scenario, seed {comparison.base.seed}"
    compared = f"Compared with {base}: {', '.join(others)}"
    title = card.title_of(comparison, about)
    words = Words(
        name=f"{kind}-{outcome or ''}-compared",
        title=title,
        heading=compared,
        question="",
        notes=_sentences(
            left_out(comparison.runs, MOST_NAMED), f"{size}.", *comparison.beside, card.notes(comparison, about)
        ),
        description=_sentences(
            f"{title.rstrip('?')}. {compared}; {size}.",
            *comparison.beside,
            left_out(comparison.runs),
            card.tells(comparison, about),
        ),
    )
    return slide_of(card, comparison, about, words)
