"""Pictures of runs and comparisons: each function takes axes and rows, draws on the axes, and returns them.

Nothing here knows of files, windows or slides (`sim.pictures` does), so a notebook can use it on axes of its own:

    figure = Figure(figsize=(12, 6))
    draw_backlog(figure.add_axes((0.08, 0.1, 0.7, 0.8)), run)
    draw_fan(figure.add_axes((0.08, 0.1, 0.65, 0.8)), comparison.runs, "domestic_share")

Names stand in a column right of the axes, so leave about a fifth of the figure's width there, and give the axes their
final size first: what stands where is worked out in points while drawing. `draw_forest`, `draw_heatmap` and
`draw_strips` have names on the left too. Of several panels on one picture, `add_panels` makes the axes. Whoever uses
the axes elsewhere adds `sim.label.LABEL`.

Colour is never the only sign: bands have hatches of their own, families a thick border, scenarios a marker and a
dash, verdicts a shape and a word, and every line a name beside it.
"""

from sim.plots.backlog import backlog_notes, backlog_tells, draw_backlog
from sim.plots.binds import HOLDS, binds_notes, binds_tells, draw_binds, held, never_binding
from sim.plots.canvas import (
    FEWEST_FOR_QUANTILES,
    INK,
    SOFT_INK,
    Ruler,
    event_name,
    luminance,
    mean_words,
    outcome_name,
    readable,
    shorten,
    spread,
    tidy,
    wrap,
)
from sim.plots.fan import draw_fan, fan_notes, fan_outcomes, fan_series, fan_tells, fan_title, fans
from sim.plots.flows import FLOWS_TITLE, draw_flows, flows, flows_notes, flows_scale, flows_tells
from sim.plots.forest import draw_forest, forest_notes, forest_rows, forest_tells
from sim.plots.heatmap import draw_heat_legend, draw_heatmap, heat_height, heat_notes, heat_rows, heat_tells
from sim.plots.panels import add_panels, first_of_row, lowest_of_column, panel_boxes, write_head, write_swatches
from sim.plots.policies import POLICIES_TITLE, draw_policies, policies_notes, policies_tells, policy_rows
from sim.plots.revenue import (
    PrintedRevenue,
    draw_revenue,
    revenue_notes,
    revenue_outcomes,
    revenue_tells,
    revenue_title,
)
from sim.plots.scenarios import MOST_OTHERS, left_out, look_of, shown
from sim.plots.single_runs import spread_of_runs
from sim.plots.sources import (
    FAMILIES,
    SMOOTHING,
    bands,
    delivered_rates,
    draw_families,
    draw_sources,
    families_notes,
    families_tells,
    family_rates,
    highest_rate,
    never_delivered,
    sources_notes,
    sources_tells,
)
from sim.plots.strips import draw_strips, strip_of, strips_notes, strips_tells
from sim.plots.timeline import axis_scale, draw_events, event_notes, events, place_flags, stagger_flags

__all__ = [
    "FAMILIES",
    "FEWEST_FOR_QUANTILES",
    "FLOWS_TITLE",
    "HOLDS",
    "INK",
    "MOST_OTHERS",
    "POLICIES_TITLE",
    "SMOOTHING",
    "SOFT_INK",
    "PrintedRevenue",
    "Ruler",
    "add_panels",
    "axis_scale",
    "backlog_notes",
    "backlog_tells",
    "bands",
    "binds_notes",
    "binds_tells",
    "delivered_rates",
    "draw_backlog",
    "draw_binds",
    "draw_events",
    "draw_families",
    "draw_fan",
    "draw_flows",
    "draw_forest",
    "draw_heat_legend",
    "draw_heatmap",
    "draw_policies",
    "draw_revenue",
    "draw_sources",
    "draw_strips",
    "event_name",
    "event_notes",
    "events",
    "families_notes",
    "families_tells",
    "family_rates",
    "fan_notes",
    "fan_outcomes",
    "fan_series",
    "fan_tells",
    "fan_title",
    "fans",
    "first_of_row",
    "flows",
    "flows_notes",
    "flows_scale",
    "flows_tells",
    "forest_notes",
    "forest_rows",
    "forest_tells",
    "heat_height",
    "heat_notes",
    "heat_rows",
    "heat_tells",
    "held",
    "highest_rate",
    "left_out",
    "look_of",
    "lowest_of_column",
    "luminance",
    "mean_words",
    "never_binding",
    "never_delivered",
    "outcome_name",
    "panel_boxes",
    "place_flags",
    "policies_notes",
    "policies_tells",
    "policy_rows",
    "readable",
    "revenue_notes",
    "revenue_outcomes",
    "revenue_tells",
    "revenue_title",
    "shorten",
    "shown",
    "sources_notes",
    "sources_tells",
    "spread",
    "spread_of_runs",
    "stagger_flags",
    "strip_of",
    "strips_notes",
    "strips_tells",
    "tidy",
    "wrap",
    "write_head",
    "write_swatches",
]
