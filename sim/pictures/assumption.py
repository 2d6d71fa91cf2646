"""Is it the policy or the assumption? Two scenarios, as they stand and with an assumption changed: two lines that are
parallel where the policy does the same with and without it."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.figure import FigureBase

from sim.base.statistics import summarise
from sim.base.wording import capital
from sim.outcomes.cards import OUTCOMES, label_of
from sim.outcomes.keys import Key
from sim.pictures.axes import COLOURS, INK, legend, set_values, unit_of
from sim.pictures.lines import DASHES
from sim.pictures.names import distinct
from sim.pictures.slide import Words
from sim.pictures.study import Sketch, Sketches, sketches
from sim.studies.assumption import Assumed

MOST = 3
"""Panels side by side."""
MARKERS = ("o", "s")


@sketches.register(Assumed)
def assumption_sketches(study: Assumed) -> Sketches:
    """A panel for each outcome, with two lines."""
    keys, names = [key for key in study.keys if _exists(study, key)][:MOST], distinct(study.names)
    if not keys:
        return {}

    def draw(figure: FigureBase) -> None:
        lines: dict[str, Artist] = {}
        for ax, key in zip(figure.subplots(1, len(keys), squeeze=False).ravel(), keys, strict=True):
            unit, ends = OUTCOMES[key.outcome].unit, list[float]()
            for place, name in enumerate(names):
                means = [summarise(run[key].tolist()) for run in (study.stands[place], study.assumed[place])]
                lines[name], *_ = ax.errorbar(
                    (0, 1),
                    [each.mean for each in means],
                    yerr=[each.half_width for each in means] if means[0].n > 1 else None,
                    color=COLOURS[place],
                    linestyle=DASHES[place],
                    marker=MARKERS[place],
                    linewidth=2.2,
                    elinewidth=1.5,
                    markersize=8,
                )
                ends += [each.mean for each in means]
            room = 0.25 * (max(ends) - min(ends)) or abs(max(ends)) or 1.0
            set_values(ax, max(ends) + room, unit, min(ends) - room)
            ax.set_xlim(-0.3, 1.3)
            ax.set_xticks([0, 1], ["as it stands", "with the\nassumption"])
            ax.set_title(f"{capital(label_of(key))}, {unit_of(max(ends), unit)}", color=INK)
        legend(figure, [(line, name) for name, line in lines.items()])

    title = f"{study.switch.text}: {_finding(study, keys[0])}"
    words = Words(
        "assumption",
        title,
        f"Mean of {len(study.stands[0])} runs, and its 95 % interval, in each of the four",
        (
            "Parallel lines: the policy does the same with and without the assumption. Intervals are those of the "
            "means; the differences have others, for the runs are paired. Axes do not begin at 0.",
        ),
        " ".join([f"{title}.", *study.told.values()]),
    )
    return {"assumption": Sketch(words, draw)}


def _exists(study: Assumed, key: Key) -> bool:
    return all(row.pairs for row in study.of(key).values())


def _finding(study: Assumed, key: Key) -> str:
    found = next(each for each in study.interactions if each.key == key)
    verdict = found.judgement.verdict
    if verdict == "cannot tell":
        return f"whether the difference in {label_of(key)} hangs on it cannot be told"
    hangs = "hangs" if verdict == "different" else "does not hang"
    return f"the difference in {label_of(key)} {hangs} on it"
