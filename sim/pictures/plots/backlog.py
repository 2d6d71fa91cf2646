"""How much waits: the backlog over time, with the band of single runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from sim.base.statistics import summarise
from sim.base.units import show
from sim.pictures.plots.canvas import FEWEST_FOR_QUANTILES, SOFT_INK, Entry, draw_column, mean_of, mean_words
from sim.pictures.plots.single_runs import spread_of_runs
from sim.pictures.plots.timeline import days_of, event_notes, say, set_up

if TYPE_CHECKING:
    from sim.experiment.run import Run


def draw_backlog(ax: Axes, run: Run) -> Axes:
    """Effective compute that waits over time, in A100e: mean of the runs, band of single runs, policy events.

    The band holds, at each date by itself, the runs between the lowest tenth and the highest. It is no interval for
    the mean, which is far more certain. One run has no band, and the picture says so.
    """
    values, days = run.series["backlog", ""], days_of(run)
    mean, band = mean_of(values), spread_of_runs(values)
    known = ~np.isnan(mean)
    top = max(float(line[~np.isnan(line)].max(initial=0.0)) for line in ([mean, band.high] if band else [mean]))
    set_up(ax, run.scenario, top, "A100e waiting")
    if not known.any():
        return say(ax, "There is no backlog to show: no run has a value")
    marker = "o" if known.sum() == 1 else None
    ax.plot(days, mean, color="#0b3a63", linewidth=3, zorder=3, marker=marker, label=_mean_name(run))
    end = int(np.flatnonzero(known)[-1])
    entries = [Entry(_mean_name(run), float(mean[end]), colour="#0b3a63", weight="bold", joined=True)]
    if band:
        ax.fill_between(days, band.low, band.high, facecolor="#bcd6ec", edgecolor="none", zorder=2, label=band.name)
        for line in (band.low, band.high):
            ax.plot(days, line, color="#3f78ad", linewidth=1.2, linestyle=(0, (1.5, 1.5)), zorder=2.5)
        entries.insert(0, Entry(band.name, float(band.high[end]), face="#bcd6ec", joined=True))
    else:
        words = "One run: no band" if len(run) == 1 else "All runs agree: no band"
        entries.append(Entry(words, float(mean[end]), colour=SOFT_INK))
    if top == 0:
        say(ax, "Nothing waits in this window")
    draw_column(ax, entries)
    return ax


def _mean_name(run: Run) -> str:
    return f"Mean of {len(run)} runs" if len(run) > 1 else "The only run"


def backlog_notes(run: Run) -> str:
    """How to read it."""
    band = spread_of_runs(run.series["backlog", ""])
    if band is None:
        told = "No band is drawn."
    elif not band.few:
        told = "Band: at each date one run in ten lies below it, one in ten above; it is not the mean's uncertainty."
    else:
        told = "Band: at each date from the lowest to the highest run, for ten or more runs are needed to show tenths."
    return f"Line: {mean_words(run)}, every four weeks. {told}{event_notes([run])}"


def backlog_tells(run: Run) -> str:
    """How much waits at the end."""
    ends = summarise(run.series["backlog", ""][:, -1])
    if ends.having == 0:
        return "No run has a value."
    mean, low, high = (show(value, "A100e") for value in (ends.mean, ends.p10, ends.p90))
    band = f" 10-90 % of single runs: {low} to {high}." if ends.having >= FEWEST_FOR_QUANTILES else ""
    return f"At the end {mean} wait{' on average' if len(run) > 1 else ''}.{band}"
