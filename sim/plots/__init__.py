"""Pictures of a run: each function takes axes and rows, draws on the axes, and returns them.

Nothing here knows of files, windows or slides (`sim.pictures` does), so a notebook can use it on axes of its own:

    figure = Figure(figsize=(12, 6))
    draw_backlog(figure.add_axes((0.08, 0.1, 0.7, 0.8)), run)

Names stand in a column right of the axes, so leave about a fifth of the figure's width there, and give the axes their
final size first: what stands where is worked out in points while drawing. Whoever uses the axes elsewhere adds
`sim.label.LABEL`.

Colour is never the only sign: bands have hatches of their own, families a thick border, and every line a name beside
it.
"""

from sim.plots.backlog import draw_backlog, spread_of_runs
from sim.plots.binds import HOLDS, draw_binds, held, never_binding
from sim.plots.canvas import (
    FEWEST_FOR_QUANTILES,
    INK,
    SOFT_INK,
    Ruler,
    event_name,
    luminance,
    readable,
    shorten,
    spread,
    tidy,
    wrap,
)
from sim.plots.sources import FAMILIES, SMOOTHING, bands, delivered_rates, draw_sources, never_delivered
from sim.plots.timeline import draw_events, events, place_flags, stagger_flags

__all__ = [
    "FAMILIES",
    "FEWEST_FOR_QUANTILES",
    "HOLDS",
    "INK",
    "SMOOTHING",
    "SOFT_INK",
    "Ruler",
    "bands",
    "delivered_rates",
    "draw_backlog",
    "draw_binds",
    "draw_events",
    "draw_sources",
    "event_name",
    "events",
    "held",
    "luminance",
    "never_binding",
    "never_delivered",
    "place_flags",
    "readable",
    "shorten",
    "spread",
    "spread_of_runs",
    "stagger_flags",
    "tidy",
    "wrap",
]
