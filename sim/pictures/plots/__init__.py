"""Pictures of runs and comparisons: each function takes axes and rows, draws on the axes, and returns them.

Nothing here knows of files, windows or slides (`sim.pictures` does), so a notebook can use it on axes of its own:

    figure = Figure(figsize=(12, 6))
    draw_backlog(figure.add_axes((0.08, 0.1, 0.7, 0.8)), run)
    draw_fan(figure.add_axes((0.08, 0.1, 0.65, 0.8)), comparison.runs, "domestic_share")

Names stand in a column right of the axes, so leave about a fifth of the figure's width there, and give the axes their
final size first: what stands where is worked out in points while drawing. `draw_forest`, `draw_heatmap` and
`draw_strips` have names on the left too. Of several panels on one picture, `add_panels` makes the axes. Whoever uses
the axes elsewhere adds `sim.base.label.LABEL`.

Colour is never the only sign: bands have hatches of their own, families a thick border, scenarios a marker and a
dash, verdicts a shape and a word, and every line a name beside it.
"""
