"""Options over sampled worlds: their regret, and the worlds in which one beats another against what tells when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from sim.base.rounding import percent, scale_of
from sim.outcomes.cards import label_of
from sim.pictures.axes import COLOURS, INK, PALE, SOFT_INK, amount, legend, minus, set_values, unit_of
from sim.pictures.lines import look
from sim.pictures.names import distinct
from sim.pictures.slide import Words
from sim.pictures.study import Sketch, Sketches, sketches
from sim.scenario.sampling import Input
from sim.studies.robust import Robustness, When

SIDES = {"ahead": (COLOURS[1], "o"), "behind": (COLOURS[2], "s"), "too close": (SOFT_INK, "x")}
MOST = 2
"""Panels side by side."""
ROOM = 0.06
"""Of the axes' width, for what is off."""


@sketches.register(Robustness)
def robust_sketches(study: Robustness) -> Sketches:
    """Regret by option; and of rankings that reverse, the worlds against the input that tells most."""
    found = {"regret": _regret(study)} if study.there.any() else {}
    if told := [when for when in study.whens if when.duel and when.threshold][:MOST]:
        found["when"] = _when(study, told)
    return found


def _facts(study: Robustness) -> str:
    return (
        f"{len(study.there)} worlds sampled from the stated ranges, {study.runs.shape[2]} replications of each option "
        f"in each, seed {study.sample.seed}. Shares of sampled worlds are no probabilities."
    )


def _regret(study: Robustness) -> Sketch:
    """For each option, in what share of the worlds its regret is at most so much."""
    names, regrets = distinct(study.names), np.sort(study.regrets, axis=1)
    top, unit, worlds = float(regrets.max()), study.card.unit, regrets.shape[1]

    def draw(figure: FigureBase) -> None:
        ax = figure.subplots()
        divisor, word = scale_of(top, unit)
        shares = np.arange(worlds + 1) / worlds
        # The curve that stays at the left is drawn last, so that no other hides it.
        lines = {}
        for place in sorted(range(len(names)), key=lambda n: -float(regrets[n].sum())):
            x = np.concatenate([[0.0], regrets[place], [1.05 * top or 1.0]]) / divisor
            (lines[place],) = ax.step(x, np.append(shares, 1.0), where="post", **look(place))
        ax.set_xlim(0, (1.05 * top or 1.0) / divisor)
        ax.set_ylim(0, 1.02)
        ax.yaxis.set_major_formatter(lambda value, _: percent(value))
        ax.grid()
        ax.set_xlabel(f"Regret, {word}")
        legend(figure, [(lines[n], name) for n, name in enumerate(names)])

    best = max(study.options, key=lambda each: (each.alone + each.close, each.alone))
    leader = names[study.options.index(best)]
    highest = float(regrets[study.options.index(best)].max())
    cost = f"and costs {amount(highest, unit)} at worst" if best.regret[2].mean else "without regret"
    title = f"{leader} is the best or close to it in {best.alone + best.close} of {worlds} worlds, {cost}"
    described = [
        f"{name}: the best in {each.alone} worlds, close in {each.close}; median regret "
        f"{amount(each.regret[0].mean, each.regret[0].unit)}."
        for name, each in zip(names, study.options, strict=True)
    ]
    words = Words(
        "regret",
        title,
        f"Share of the sampled worlds in which regret in {label_of(study.key)} is at most so much",
        ("Regret: how much better the best option is in the same world. The further left, the better.", _facts(study)),
        " ".join([f"{title}.", *described]),
    )
    return Sketch(words, draw)


def _when(study: Robustness, told: Sequence[When]) -> Sketch:
    """A panel for each ranking that reverses: worlds by the input, and the difference of the two options."""

    def draw(figure: FigureBase) -> None:
        axes = figure.subplots(1, len(told), sharey=True, squeeze=False).ravel()
        spans = [_apart(study, when) for when in told]
        top, low = max(float(each.max()) for each in spans), min(float(each.min()) for each in spans)
        for ax, when, apart in zip(axes, told, spans, strict=True):
            _panel(ax, study, when, apart)
            set_values(ax, max(top, 0.0), study.card.unit, min(low, 0.0))
        drawn = {each.get_label(): each for ax in axes for each in ax.collections if len(each.get_offsets())}
        legend(figure, [(drawn[name], name) for name in SIDES if name in drawn])

    first = told[0]
    title = f"{first.so}, mostly where {first.rule}" if first.holds else f"{first.so}; no one threshold says when"
    if any(when.holds for when in told):
        note = (
            "Line and band: the threshold, and what 80 % of the bootstraps choose for it; none where it does not hold."
        )
    else:
        note = "The assumption is the one that tells most, which is too little for a threshold."
    top = float(np.abs(_apart(study, first)).max())
    words = Words(
        "when",
        title,
        f"Difference in {label_of(study.key)} in each sampled world, {unit_of(top, study.card.unit)}, against one "
        "assumption",
        (note, _facts(study)),
        " ".join([f"{title}.", *(when.told for when in told)]),
    )
    return Sketch(words, draw)


def _apart(study: Robustness, when: When) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What the option that is rarely ahead has more than the other, by world."""
    assert when.duel
    won, lost = when.duel
    return np.asarray(study.values[won] - study.values[lost])


def _panel(ax: Axes, study: Robustness, when: When, apart: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    found, tells = when.threshold, when.input
    assert found is not None
    assert tells is not None
    assert when.duel is not None
    x = study.inputs[found.place][study.there]
    x = np.where(np.isinf(x), _off_at(tells), x)
    sides = study.sides(*when.duel)
    for (name, (colour, marker)), own in zip(SIDES.items(), (sides > 0, sides < 0, sides == 0), strict=True):
        ax.scatter(x[own], apart[own], c=colour, marker=marker, s=45, zorder=3, label=name)
    ax.axhline(0, color=INK, linewidth=1, zorder=2)
    if when.holds:
        ax.axvspan(*found.spread, color=PALE, zorder=0.5)
        ax.axvline(found.at, color=INK, linestyle="--", zorder=2)
    ax.margins(x=0.04)
    if tells.log:
        ax.set_xscale("log")
    else:
        ax.locator_params(axis="x", nbins=5)
    ax.xaxis.set_major_formatter(lambda value, _: minus(_number(tells, value)))
    unit = f", {tells.unit}" if tells.unit not in ("", "date", "share") else ""
    ax.set_xlabel(f"{tells.key}{unit}")
    names = distinct(study.names)
    ax.set_title(f"{names[when.duel[0]]} less {names[when.duel[1]]}", color=INK)


def _off_at(tells: Input) -> float:
    return tells.low - ROOM * (tells.high - tells.low)


def _number(tells: Input, value: float) -> str:
    """A value on the axis, without its unit."""
    if value < tells.low - ROOM / 2 * (tells.high - tells.low):
        return "off" if tells.off else ""
    return tells.text(value).removesuffix(f" {tells.unit}")
