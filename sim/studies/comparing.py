"""A comparison in exhibits and sentences: what another scenario changes, how sure that is, and how to read it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sim.base.judgement import ENOUGH, ERROR
from sim.base.rounding import decimals, rounded
from sim.base.units import WEEKS_A_YEAR
from sim.base.wording import capital, listed
from sim.exhibits.exhibit import Cell, Column, Estimate, Exhibit, Name, Verdict, phrase
from sim.exhibits.page import Page, Said, page_record
from sim.experiment.comparison import Comparison
from sim.experiment.differences import Difference, direction, record, sign_words
from sim.experiment.run import Run
from sim.outcomes.cards import Outcome, label_of
from sim.outcomes.keys import Key
from sim.studies.binding import binding_side_by_side, phases_of
from sim.studies.worlds import about, columns, facts, over_worlds, signs

FEWEST, FEW = 10, 30
"""Pairs below which a number that rests on a ratio of variances is not told, and below which it has one figure."""


# --- The table ---


def name_of(row: Difference) -> str:
    """What a difference is about, for people."""
    return label_of(row.key)


def columns_of(
    name: Callable[[Difference], str], base: str = "base", other: str = "other"
) -> tuple[Column[Difference], ...]:
    """The columns of a table of differences; `name` says what a row is about, and the scenarios head their columns."""
    return (
        Column("outcome", lambda row: Name(row.outcome, name(row))),
        Column("base", lambda row: Estimate.of(row.base_summary, row.unit), base, {"mean": 3}),
        Column("other", lambda row: Estimate.of(row.other_summary, row.unit), other, {"mean": 3}),
        Column(
            "difference",
            lambda row: Estimate(row.mean, _half_width(row), row.unit, change=True),
            "difference",
            {"mean": 0, "interval": 0},
        ),
        Column("relative", _relative, "of base", {"mean": 2}),
        Column("same_sign", sign_words, "same sign", {"mean": 4}),
        Column("verdict", verdict_of, "verdict"),
        Column("margin", lambda row: margin_words(row.card) if row.judgement else "", "margin", {"mean": 5}),
        Column("independent", independent_words, "runs if unpaired", {"mean": 6}),
    )


def verdict_of(row: Difference) -> Verdict:
    """What is judged of it, nothing where nothing is; what is equal in every pair is the same, however few they are."""
    same = row.judgement is not None and 0 < row.pairs == row.equal
    return Verdict("the same" if same else row.verdict, row.card.for_whom)


def _half_width(row: Difference) -> float:
    """Of the interval that the verdict rests on, of 95 % confidence or more; without one, of the 95 % interval."""
    return row.judgement.half_width if row.judgement else row.half_width


def _relative(row: Difference) -> Cell:
    """The difference as a share of the base's mean; none for shares and dates, and where the base is 0."""
    if row.unit in ("share", "date") or not math.isfinite(row.relative):
        return None
    return Estimate(row.relative, row.relative_half_width, "share", change=True)


def margin_words(card: Outcome, of_what: str = "") -> str:
    """The margin, the smallest difference worth naming, in words: 2 %, 1 point, 2 weeks; behind a per cent what it is
    of."""
    if card.relative:
        return f"{100 * card.margin:g} %{of_what}"
    if card.unit == "share":
        points = 100 * card.margin
        return f"{points:g} point{'s' * (points != 1)}"
    if card.unit == "date":
        return f"{card.margin * WEEKS_A_YEAR:.0f} weeks"
    unit = card.unit.removesuffix("s") if card.margin == 1 else card.unit
    return f"{card.margin:g} {unit}"


def independent_words(row: Difference) -> str:
    """The independent replications that an interval as narrow would have needed: to two figures, for they rest on two
    estimated variances; to one with few pairs, and none with very few."""
    number = row.independent
    if math.isnan(number) or row.pairs < FEWEST:
        return ""
    return "no number" if math.isinf(number) else rounded(number, min(0, decimals(number, 0.0) - (row.pairs < FEW)))


def differences(comparison: Comparison, headlines: bool) -> Exhibit[Difference]:
    """The judged differences of each scenario, with those that its file says to look at; or all others over the whole
    window that exist somewhere and are not 0, which have no verdict."""
    look_at = {
        (run.scenario.name, name)
        for run in comparison.others
        for name in (*run.scenario.look_at, *comparison.base.scenario.look_at)
    }

    def wanted(row: Difference) -> bool:
        told = row.judgement is not None or (row.scenario, row.outcome) in look_at
        there = row.judgement is not None or (
            bool(row.base_summary.p90 or row.other_summary.p90) if row.pairs else any(row.exists)
        )
        return row.period is None and told is headlines and bool(there)

    rows = sorted((row for row in comparison.rows if wanted(row)), key=lambda row: comparison.names.index(row.scenario))
    behind = "" if headlines else ": all other outcomes, without a verdict"
    alone = comparison.names[1] if len(comparison.names) == 2 else "other"
    return Exhibit(
        key="differences" if headlines else "others",
        title="",
        columns=columns_of(name_of, comparison.names[0], alone),
        rows=tuple(rows),
        by=lambda row: f"{row.scenario}, less {row.base}{behind}",
        notes=gaps,
        record=record,
    )


def gaps(rows: Sequence[Difference]) -> list[str]:
    """A sentence or two for each difference that speaks of some replications only, or of none."""
    return [
        f"{name_of(row)}: exists in {row.exists.base} replications of {row.base} and {row.exists.other} of "
        f"{row.scenario}; both exist in {row.pairs} of {row.replications}, and the row is about those."
        + (f" {capital(_more_often(row))}." if row.exists.base != row.exists.other else "")
        for row in rows
        if row.partial and any(row.exists)
    ]


def _more_often(row: Difference) -> str:
    """it exists less often in gone (p = 0.0039, exact paired test)"""
    test = f"(p = {row.p_exists:.2g}, exact paired test)"
    if row.p_exists > ERROR:
        return f"whether that is more than luck cannot be told {test}"
    return f"it exists {'less' if row.exists.other < row.exists.base else 'more'} often in {row.scenario} {test}"


# --- Conclusions ---


def conclusions(comparison: Comparison) -> list[tuple[str, str]]:
    """What is concluded of each scenario in one plain line: (name, text). The intervals are those of the verdicts."""
    found = []
    for name in comparison.names[1:]:
        judged = [row for row in comparison.verdicts if row.scenario == name]
        over = signs([row for row in judged if verdict_of(row).decided], comparison.worlds)
        found.append((name, f"{conclusion(judged, len(comparison))} {over}".rstrip()))
    return found


def conclusion(judged: Sequence[Difference], replications: int, what: str = "headline outcome") -> str:
    """What is concluded of one scenario's judged differences, in a sentence or more; `what` says of which they are."""
    if replications < 2:
        return "one replication has no interval, so nothing can be concluded."
    lost = [_lost(row) for row in judged if row.exists.base != row.exists.other]
    judged = [row for row in judged if row.pairs]
    if not judged:
        return " ".join([f"no {what} has a value in both.", *lost])
    where = "where both have a value" if lost else f"in any of {replications} replications"
    if all(row.equal == row.pairs for row in judged):
        return " ".join([f"no {what} differs {where}.", *lost])
    if all(row.verdict == "too small to matter" for row in judged):
        return " ".join([f"no {what} differs enough to matter.", *lost])
    named = "; ".join(_claim(row) for row in judged if verdict_of(row).decided)
    sentences = [named or "no difference can be named", *map(capital, unnamed(judged, name_of))]
    return " ".join([". ".join(sentences) + ".", *lost])


def unnamed(judged: Sequence[Difference], name: Callable[[Difference], str]) -> list[str]:
    """Which differences are not named, and why: those too small, and those of which one cannot tell."""
    open_ = [row for row in judged if row.verdict == "cannot tell"]
    lists = {
        "too small to matter": [name(row) for row in judged if row.verdict == "too small to matter"],
        "cannot tell whether it matters": [f"{name(row)} ({direction(row)})" for row in open_ if _leans(row)],
        "cannot tell": [name(row) for row in open_ if not _leans(row)],
    }
    return [f"{text}: {', '.join(names)}" for text, names in lists.items() if names]


def _lost(row: Difference) -> str:
    """Median wait has a value in 20 replications of baseline and in 0 of gone: it exists less often in gone (...)."""
    where = f"in {row.exists.base} replications of {row.base} and in {row.exists.other} of {row.scenario}"
    return capital(f"{name_of(row)} has a value {where}: {_more_often(row)}.")


def _leans(row: Difference) -> bool:
    """Whether the direction is known, though not whether the difference matters."""
    return row.judgement is not None and abs(row.mean) > row.judgement.half_width


def _claim(row: Difference) -> str:
    """delivered compute is lower by 2.6 % (2.3 to 2.9), worse for buyers"""
    verdict = verdict_of(row)
    behind = f", {verdict}" if verdict.word != "different" else ""
    return f"{name_of(row)} is {direction(row)} by {phrase(judged_size(row))}{behind}"


def judged_size(row: Difference) -> Estimate:
    """What a verdict is about, with the interval that it rests on: a share of the base where the margin is one."""
    assert row.judgement is not None
    base = abs(row.base_summary.mean)
    if row.card.relative and base:
        return Estimate(row.mean / base, row.judgement.half_width / base, "share")
    return Estimate(row.mean, row.judgement.half_width, row.unit, change=True)


# --- How to read it ---


def warnings(comparison: Comparison) -> list[str]:
    """What has to be known before the conclusions are read; often empty."""
    sought = comparison.precision
    missed = [sought.words()] if sought is not None and sought.needed is None else []
    missed += [undecided(comparison)] if comparison.looks and comparison.open else []
    return [*missed, *skewed(comparison.verdicts), *comparison.beside]


def skewed(judged: Sequence[Difference]) -> list[str]:
    """A sentence where verdicts rest on few and skewed pairs; often none."""
    named = [f"{name_of(row)} in {row.scenario}" for row in judged if row.in_doubt]
    verdicts = f"verdict{'s' * (len(named) > 1)} on {listed(named)}"
    told = f"Few and skewed differences: the {verdicts} may be wrong more often than in 5 % of comparisons"
    return [f"{told}; run {ENOUGH} replications or more."] if named else []


def undecided(comparison: Comparison) -> str:
    """Which verdicts are open at the cap, each with its interval beside its margin."""
    open_ = [
        f"{name_of(row)} in {row.scenario}, {f'{direction(row)} by ' if row.mean else ''}{phrase(judged_size(row))}, "
        f"margin {margin_words(row.card)}" + ", too few pairs for an interval" * math.isnan(judged_size(row).half)
        for row in comparison.open
    ]
    return (
        f"NOT all decided: at the cap of {len(comparison):,} replications {len(open_)} of {len(comparison.verdicts)} "
        f"verdicts {'is' if len(open_) == 1 else 'are'} open, the interval across the margin: {'; '.join(open_)}."
    )


def looks_words(comparison: Comparison, at: Sequence[int]) -> str:
    """How many replications the verdicts took, and how their error is kept over all looks."""
    many = len(comparison)
    fell = "" if comparison.open else f"every verdict has fallen after {many:,} replications of each scenario, "
    return (
        f"Until decided: {fell}at look {at.index(many) + 1} of {len(at)}, fixed beforehand (after "
        f"{listed([f'{each:,}' for each in at])} replications). Each look judges at 5 % / {len(at)}, so even one wrong "
        "verdict over all looks has a chance of at most 5 % on normal data."
    )


def reading(comparison: Comparison) -> list[str]:
    """How to read the tables, in two sentences and what is particular to this comparison."""
    if len(comparison) < 2:
        return [
            "One replication: there is no interval, and every verdict is `cannot tell`. Run more with --replications.",
            *about(comparison),
        ]
    notes = [
        f"Each difference is between replications with the same projects, dates and luck ({len(comparison):,} pairs). "
        "A verdict sets its interval (95 % or more: even one wrong verdict has a chance of at most 5 % on normal data) "
        "beside a margin, the smallest difference worth naming: beyond it, within it (too small to matter) or across "
        "it (cannot tell)."
    ]
    looked_at = [row for row in differences(comparison, headlines=True).rows if row.judgement is None]
    if looked_at:
        notes.append("Rows without a verdict: what the scenario's file says to look at, with 95 % intervals.")
    if comparison.precision is not None and comparison.precision.needed is not None:
        notes.append(comparison.precision.words())
    if comparison.looks is not None:
        notes.append(looks_words(comparison, comparison.looks.at))
    return [*notes, *about(comparison), *left_out(comparison)]


def _looks_record(comparison: Comparison, at: Sequence[int]) -> dict[str, Any]:
    """How the verdicts were decided, as JSON takes it."""
    open_ = [{"scenario": row.scenario, "outcome": row.outcome} for row in comparison.open]
    return {"decided": not open_, "open": open_, "looks": list(at)}


def left_out(comparison: Comparison) -> list[str]:
    """What is not compared since not all scenarios have it, a sentence each; often empty."""
    base = _outcomes(comparison.base)
    found = []
    for run in comparison.others:
        other = _outcomes(run)
        for one, two, owner in ((base, other, comparison.names[0]), (other, base, run.scenario.name)):
            if missing := [label_of(key) for key in one if key not in two]:
                found.append(f"{run.scenario.name}: only {owner} has {', '.join(missing)}, so it is not compared.")
    return found


def _outcomes(run: Run) -> dict[Key, None]:
    return dict.fromkeys(key.at(None) for key in run.outcomes)


# --- The page ---


def comparison_page(comparison: Comparison, every: bool = False) -> Page:
    """Conclusions, headline differences and binding constraints; `every` adds the other outcomes and the phases."""
    tables = [differences(comparison, headlines=True), *([differences(comparison, headlines=False)] if every else [])]
    phases = [phases_of(comparison.runs)] if every else []
    return _page(comparison, *tables, over_worlds(comparison), binding_side_by_side(comparison.runs), *phases)


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Everything as JSON takes it: every difference, years too, at full precision."""
    table = replace(differences(comparison, headlines=True), rows=tuple(comparison.rows))
    tables = table, over_worlds(comparison), binding_side_by_side(comparison.runs), phases_of(comparison.runs)
    return page_record(_page(comparison, *tables))


def difference_records(comparison: Comparison) -> list[dict[str, Any]]:
    """Every difference as CSV takes it, years too, at full precision; with worlds, what becomes of it in them."""
    worlds = comparison.worlds
    if worlds is None:
        return list(map(record, comparison.rows))
    return [record(row) | columns(worlds.row(row.scenario, row.key)) for row in comparison.rows]


def _page(comparison: Comparison, *tables: Exhibit[Any]) -> Page:
    found = conclusions(comparison)
    return Page(
        title=f"Compared with {comparison.names[0]}: {', '.join(comparison.names[1:])}; {comparison.base.made}",
        parts=(Said("conclusions", tuple(text for _, text in found), tuple(name for name, _ in found)), *tables),
        facts={
            "base": comparison.names[0],
            "scenarios": comparison.names,
            "seed": comparison.base.seed,
            "replications": len(comparison),
            "precision": comparison.precision.record() if comparison.precision else None,
            "until_decided": _looks_record(comparison, comparison.looks.at) if comparison.looks else None,
            "sampled": facts(comparison.worlds),
        },
        warnings=tuple(warnings(comparison)),
        notes=tuple(reading(comparison)),
        elsewhere="the report and differences.md have them",
    )
