"""Tables of a comparison: for the terminal, Markdown, CSV and JSON, and rows of texts for the report.

Every text is rounded no finer than the interval beside it; CSV and JSON have full precision.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.comparison import Comparison
from sim.differences import Difference, direction, record, sign_words, verdict_words
from sim.experiment import Run
from sim.explain import NOTHING, Era, eras, percent, words
from sim.intervals import Summary, finite, summarise
from sim.label import LABEL, SENTENCE
from sim.layout import fitted, folded, page_width, table_width
from sim.outcomes import CONSTRAINTS, Outcome
from sim.rounding import date_text, decimals, rounded, scale_of, signed
from sim.tables import EDGES, aligned, labelled, terminal_table
from sim.units import WEEKS_A_YEAR

COLUMNS = 132
"""Of plain text; Markdown, CSV and JSON have what does not fit."""
PHRASES = {"delivered": "delivered compute", "wait_median": "median wait"}
FEWEST, FEW = 10, 30
"""Pairs below which a number that rests on a ratio of variances is not told, and below which it has one figure."""
CERTAINTY = "More replications buy certainty about the model, not about its assumptions."


@dataclass(frozen=True)
class DifferenceRow:
    """One difference as texts, all numbers of a row on the scale that its unit names; "" where there is nothing."""

    scenario: str
    outcome: str
    """Its name, such as wait_median."""
    unit: str
    """Of all numbers of the row, such as million A100e; % of a share, whose difference is in points of per cent; the
    difference of dates is in weeks, and says so."""
    base: str
    """Mean over the pairs."""
    other: str
    """Mean over the pairs."""
    difference: str
    """With its sign: +0.061."""
    interval: str
    """95 % interval of the mean difference: -0.065 to -0.057; empty with fewer than two pairs."""
    margin: str
    """Half of its width: 0.004; empty where it is."""
    relative: str
    """The difference as a share of the base's mean, -2.6 %; empty for shares and dates, and where the base is 0."""
    same_sign: str
    """lower in 200 of 200."""
    pairs: str
    """both exist in 180 of 200; empty where they exist in all."""
    smallest: str
    """The smallest difference worth naming: 2 %, 1 point, 2 weeks."""
    verdict: str
    """worse for buyers; empty for what is not judged."""
    verdict_interval: str
    """What the verdict rests on: -0.067 to -0.055 (99.2 %)."""
    independent: str
    """Independent replications that the 95 % interval would have needed, to two figures, one with few pairs."""
    source: Difference

    @property
    def labelled(self) -> str:
        """The outcome with its unit, where they share a column."""
        return labelled(self.outcome, self.unit)


@dataclass(frozen=True)
class Column:
    """A column of the tables, and how soon it gives way where there is too little room: the highest first, 0 never."""

    heading: str
    field: str
    right: bool = False
    gives_way: int = 0


def _columns(judged: bool) -> list[Column]:
    """The columns of one scenario's table."""
    return [
        Column("outcome", "outcome"),
        Column("unit", "unit"),
        Column("base", "base", right=True, gives_way=1),
        Column("scenario", "other", right=True, gives_way=1),
        Column("difference", "difference", right=True),
        Column("95 % interval", "interval"),
        Column("of base", "relative", right=True, gives_way=4),
        Column("same sign", "same_sign", gives_way=2),
        *(
            [
                Column("verdict", "verdict"),
                Column("interval of the verdict", "verdict_interval", gives_way=5),
                Column("smallest worth naming", "smallest", gives_way=6),
            ]
            if judged
            else []
        ),
        Column("unpaired", "independent", right=True, gives_way=3),
    ]


def _designs(judged: bool) -> Iterator[tuple[list[Column], bool]]:
    """The columns for a terminal, the most first, and whether cells may take two lines: base, scenario and difference
    stay to the end. Where there is little room the unit stands behind the outcome's name, and half of the interval's
    width for the interval."""
    whole = _columns(judged)
    for field in ("", "smallest", "verdict_interval", "independent"):
        whole = [column for column in whole if column.field != field]
        yield whole, False
    yield whole, True
    small = [COMPACT.get(column.field, column) for column in whole if column.field != "unit"]
    for field in ("", *(["same_sign", "relative"] if judged else ["relative", "same_sign"]), "margin"):
        small = [column for column in small if column.field != field]
        yield small, True


COMPACT = {
    "outcome": Column("outcome", "labelled"),
    "interval": Column("95 % +/-", "margin", right=True),
}
"""What takes the place of a column where there is little room."""
STAND_FOR = {"labelled": ("outcome", "unit"), "margin": ("interval",)}
"""The columns whose place they take."""


# --- Rows ---


def headline_rows(comparison: Comparison) -> list[DifferenceRow]:
    """The judged differences, scenario by scenario, in the order of the outcomes."""
    return [_texts(row) for row in comparison.verdicts]


def other_rows(comparison: Comparison) -> list[DifferenceRow]:
    """The other outcomes over the whole window that exist in some pair; they have no verdict."""
    return [_texts(row) for row in comparison.rows if row.period is None and row.judgement is None and row.pairs]


def _texts(row: Difference) -> DifferenceRow:
    """A difference in words and rounded numbers."""
    scale = _Scale.of(row)
    verdict = ""
    if row.judgement is not None and math.isfinite(row.judgement.half_width):
        interval = scale.interval(row.mean, row.judgement.half_width)
        verdict = f"{interval} ({_confidence(row.judgement.confidence)})"
    return DifferenceRow(
        scenario=row.scenario,
        outcome=row.outcome,
        unit=scale.unit,
        base=scale.mean(row.base_summary),
        other=scale.mean(row.other_summary),
        difference=scale.difference(row.mean, row.half_width) if row.pairs else "none",
        interval=scale.interval(row.mean, row.half_width),
        margin=scale.margin(row.mean, row.half_width),
        relative=_relative(row),
        same_sign=sign_words(row),
        pairs=f"both exist in {row.pairs} of {row.replications}" if row.partial else "",
        smallest=smallest_words(row.card),
        verdict=verdict_words(row),
        verdict_interval=verdict,
        independent=_count(row),
        source=row,
    )


@dataclass(frozen=True)
class _Scale:
    """What the numbers of a row are divided by, and what is written behind them."""

    divisor: float
    unit: str
    behind: str = ""  # the difference of dates is in weeks
    date: bool = False

    @classmethod
    def of(cls, row: Difference) -> _Scale:
        if row.unit == "date":
            return cls(1 / WEEKS_A_YEAR, "date", " weeks", date=True)
        sizes = [abs(s.mean) for s in (row.base_summary, row.other_summary)]
        return cls(*scale_of(max(sizes) if row.pairs else 0.0, row.unit))

    def mean(self, summary: Summary) -> str:
        if not summary.having:
            return "none"
        if self.date:
            return date_text(summary.mean, summary.half_width)
        places = decimals(summary.half_width / self.divisor, abs(summary.mean) / self.divisor)
        return rounded(summary.mean / self.divisor, places)

    def difference(self, mean: float, half_width: float) -> str:
        return signed(mean / self.divisor, self._places(mean, half_width)) + self.behind

    def interval(self, mean: float, half_width: float) -> str:
        if not math.isfinite(half_width):
            return ""
        places = self._places(mean, half_width)
        low, high = (signed(end / self.divisor, places) for end in (mean - half_width, mean + half_width))
        return f"{low} to {high}{self.behind}"

    def margin(self, mean: float, half_width: float) -> str:
        if not math.isfinite(half_width):
            return ""
        return rounded(half_width / self.divisor, self._places(mean, half_width)) + self.behind

    def _places(self, mean: float, half_width: float) -> int:
        return decimals(half_width / self.divisor, abs(mean) / self.divisor)


def _relative(row: Difference) -> str:
    """The difference in per cent of the base's mean."""
    if row.unit in ("share", "date") or not math.isfinite(row.relative):
        return ""
    size = 100 / abs(row.base_summary.mean)
    return f"{signed(row.mean * size, decimals(row.half_width * size, abs(row.mean) * size))} %"


def _confidence(share: float) -> str:
    """A confidence of 95 % or more, with the decimals that tell it from 100 %."""
    return f"{100 * share:.{decimals(100 * (1 - share), 0.0) - 1}f} %"


def _count(row: Difference) -> str:
    """The independent replications to two figures, for they rest on two estimated variances; to one with few pairs, and
    none with very few."""
    number = row.independent
    if math.isnan(number) or row.pairs < FEWEST:
        return ""
    return "no number" if math.isinf(number) else rounded(number, min(0, decimals(number, 0.0) - (row.pairs < FEW)))


def smallest_words(card: Outcome) -> str:
    """The smallest difference worth naming, in words: 2 %, 1 point, 2 weeks."""
    if card.relative:
        return f"{100 * card.smallest:g} %"
    if card.unit == "share":
        points = 100 * card.smallest
        return f"{points:g} point{'s' * (points != 1)}"
    if card.unit == "date":
        return f"{card.smallest * WEEKS_A_YEAR:.0f} weeks"
    unit = card.unit.removesuffix("s") if card.smallest == 1 else card.unit
    return f"{card.smallest:g} {unit}"


# --- In short ---


def warnings(comparison: Comparison) -> list[str]:
    """What has to be known before the conclusions are read; often empty."""
    sought = comparison.precision
    return [sought.words()] if sought is not None and sought.needed is None else []


def conclusions(comparison: Comparison) -> list[tuple[str, str]]:
    """What is concluded of each scenario in one plain line: (name, text). The intervals are those of the verdicts."""
    return [
        (name, _conclusion([row for row in comparison.verdicts if row.scenario == name], len(comparison)))
        for name in comparison.names[1:]
    ]


def _conclusion(judged: Sequence[Difference], replications: int) -> str:
    if replications < 2:
        return "one replication has no interval, so nothing can be told."
    judged = [row for row in judged if row.pairs]
    if not judged:
        return "no headline outcome has a value in both."
    if all(row.equal == row.pairs for row in judged):
        return f"no headline outcome differs in any of {replications} replications."
    if all(_verdict(row) == "too small to matter" for row in judged):
        return "no headline outcome differs enough to matter."
    named = "; ".join(_claim(row) for row in judged if _verdict(row) in ("better", "worse", "different"))
    parts = [named or "no difference can be named"]
    open_ = [row for row in judged if _verdict(row) == "cannot tell"]
    leaning = [f"{phrase(row.outcome)} ({direction(row)})" for row in open_ if _leans(row)]
    lists = {
        "Too small to matter": [phrase(row.outcome) for row in judged if _verdict(row) == "too small to matter"],
        "Cannot tell whether it matters": leaning,
        "Cannot tell": [phrase(row.outcome) for row in open_ if not _leans(row)],
    }
    parts += [f"{told}: {', '.join(outcomes)}" for told, outcomes in lists.items() if outcomes]
    return ". ".join(parts) + "."


def _leans(row: Difference) -> bool:
    """Whether the direction is known, though not whether the difference matters."""
    return row.judgement is not None and abs(row.mean) > row.judgement.half_width


def _verdict(row: Difference) -> str:
    return row.judgement.verdict if row.judgement else ""


def phrase(outcome: str) -> str:
    """An outcome's name inside a sentence."""
    return PHRASES.get(outcome, outcome.replace("_", " "))


def _claim(row: Difference) -> str:
    """delivered compute is lower by 2.6 % (2.3 to 2.9), worse for buyers"""
    assert row.judgement is not None
    factor, unit = 1.0, f" {row.unit}"
    if row.unit == "share":
        factor, unit = 100.0, " points"
    elif row.unit == "date":
        factor, unit = WEEKS_A_YEAR, " weeks"
    elif row.card.relative and row.base_summary.mean:
        factor, unit = 100 / abs(row.base_summary.mean), " %"
    elif row.card.relative:
        divisor, word = scale_of(abs(row.mean), row.unit)
        factor, unit = 1 / divisor, f" {word}"
    mean, half = factor * abs(row.mean), factor * row.judgement.half_width
    places = decimals(half, mean)
    range_text = f" ({rounded(mean - half, places)} to {rounded(mean + half, places)})" if half else ""
    for_whom = f", {verdict_words(row)}" if _verdict(row) != "different" else ""
    return f"{phrase(row.outcome)} is {direction(row)} by {rounded(mean, places)}{unit}{range_text}{for_whom}"


def reading_notes(comparison: Comparison) -> list[str]:
    """How to read the tables: a few sentences on each of pairs, verdicts, what pairing bought, and certainty."""
    many = len(comparison)
    if many < 2:
        return [
            "One replication: there is no interval, so every verdict is that one cannot tell. Run more with "
            "--replications.",
            CERTAINTY,
        ]
    notes = [
        f"A difference is a scenario's value less that of {comparison.names[0]} in the same replication, with the same "
        f"projects, dates and luck (common random numbers); its interval is about the mean of {many:,} such pairs."
    ]
    if family := [row for row in comparison.verdicts if row.pairs]:
        notes.append(_verdicts_note(family))
    if bought := _pairing_note(comparison):
        notes.append(bought)
    if comparison.precision is not None:
        notes.append(comparison.precision.words())
    return [*notes, CERTAINTY]


def _verdicts_note(family: Sequence[Difference]) -> str:
    """The smallest differences worth naming, and the family."""
    borders: dict[str, list[str]] = {}
    for row in {row.outcome: row for row in family}.values():
        text = smallest_words(row.card) + (" of the base" if row.card.relative else "")
        borders.setdefault(text, []).append(phrase(row.outcome))
    told = "; ".join(f"{', '.join(outcomes)} {text}" for text, outcomes in borders.items())
    ratio = ""
    if any(row.card.relative for row in family):
        ratio = (
            " Where the smallest difference is a share of the base, the verdict's interval is that of the ratio of the "
            "two means, for the base's mean is an estimate too."
        )
    levels = sorted({_confidence(row.judgement.confidence) for row in family if row.judgement})
    span = levels[0] if len(levels) == 1 else f"{levels[0].removesuffix(' %')} to {levels[-1]}"
    return (
        f"A verdict sets an interval beside the smallest difference worth naming ({told}): beyond it, within it (too "
        f"small to matter), or across its border (cannot tell). The {len(family)} verdicts are one family by Holm's "
        f"procedure, in which the chance of even one wrong verdict is about 5 %; their intervals therefore have "
        f"{span} confidence.{ratio}"
    )


def _pairing_note(comparison: Comparison) -> str:
    """What the pairs have saved."""
    known = [row for row in comparison.verdicts if math.isfinite(row.independent) and row.pairs >= FEWEST]
    if not known:
        return ""
    ends = [min(known, key=lambda row: row.independent), max(known, key=lambda row: row.independent)]
    told = [f"{_count(row)} for {phrase(row.outcome)} in {row.scenario}" for row in dict.fromkeys(ends)]
    rough = ", rough numbers with so few pairs" if any(row.pairs < FEW for row in known) else ""
    without = any(math.isinf(row.independent) for row in comparison.verdicts)
    return (
        f"What pairing bought: for intervals as narrow as those of these {len(comparison):,} pairs, each scenario "
        f"would have needed so many independent replications: {' to '.join(told)} "
        f'("unpaired" in the full tables{rough})'
        f"{'; no number would do where all pairs agree.' if without else '.'}"
    )


def left_out(comparison: Comparison) -> list[str]:
    """What is not compared since not all scenarios have it, a sentence each; often empty."""
    base = _outcomes(comparison.base)
    told = []
    for run in comparison.others:
        other = _outcomes(run)
        for one, two, owner in ((base, other, comparison.names[0]), (other, base, run.scenario.name)):
            if missing := [name for name in one if name not in two]:
                told.append(f"{run.scenario.name}: only {owner} has {', '.join(missing)}, so it is not compared.")
    return told


def _outcomes(run: Run) -> list[str]:
    return list(dict.fromkeys(name for name, _ in run.outcomes))


# --- What binds ---


def binds_side_by_side(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Headings ("what binds" and the scenarios), and a row of texts for each constraint that holds up something: its
    share of all that waits, and the times in which it holds up the most; the last row is all that waits."""
    known = [(_shares(run), eras(run)) for run in comparison.runs]
    rows = [
        [words(name), *(_bound(shares[name], [era for era in led if era.constraint == name]) for shares, led in known)]
        for name in CONSTRAINTS
        if any(shares[name] > 0 for shares, _ in known)
    ]
    waiting = [summarise(_waiting(run)) for run in comparison.runs]
    divisor, unit = scale_of(max(total.mean for total in waiting), "A100e-weeks")
    totals = [
        rounded(total.mean / divisor, decimals(total.half_width / divisor, total.mean / divisor)) for total in waiting
    ]
    return ["what binds", *comparison.names], [*rows, [f"all that waits, {unit}", *totals]]


def _waiting(run: Run) -> NDArray[np.float64]:
    """All that waits, summed over time, A100e-weeks, shape (replications,)."""
    return np.sum([run[f"binds_{name}"] for name in CONSTRAINTS], axis=0)  # type: ignore[no-any-return]


def _shares(run: Run) -> dict[str, float]:
    """Each constraint's share of all that waits, summed over time; 0 where nothing waits."""
    total = float(_waiting(run).mean())
    return {name: float(run[f"binds_{name}"].mean()) / total if total else 0.0 for name in CONSTRAINTS}


def _bound(share: float, led: Sequence[Era]) -> str:
    """59 %; most from 2023-01 to 2024-05"""
    times = ", ".join(f"{era.start:%Y-%m} to {era.end:%Y-%m}" for era in led)
    return percent(share) + (f"; most from {times}" if times else "")


def _binds_tables(comparison: Comparison) -> tuple[list[list[str]], list[str]]:
    """For narrow places: shares only, and a sentence for each scenario about what holds up the most when."""
    headings, rows = binds_side_by_side(comparison)
    shares = [[row[0], *(cell.partition(";")[0] for cell in row[1:])] for row in rows]
    leads = []
    for run in comparison.runs:
        parts = [
            f"{words(era.constraint) if era.constraint != NOTHING else 'nothing'} {era.start:%Y-%m} to {era.end:%Y-%m}"
            for era in eras(run)
        ]
        leads.append(f"{run.scenario.name}: {', '.join(parts)}")
    return [headings, *shares], leads


# --- Text ---


def heading(comparison: Comparison) -> str:
    """Which comparison it is, in one line."""
    window, many = comparison.base.scenario.window, len(comparison)
    return (
        f"Compared with {comparison.names[0]}: {', '.join(comparison.names[1:])}; {many:,} "
        f"replication{'s' * (many != 1)}, seed {comparison.base.seed}, {window.start} to {window.end}"
    )


@dataclass(frozen=True)
class _Table:
    """One scenario's table, of its headline outcomes or of its others."""

    title: str
    scenario: str
    judged: bool
    columns: list[Column]
    rows: list[DifferenceRow]
    widths: list[int]
    """Of the columns; the same in all tables of its kind, which so stand below each other."""


def _tables(comparison: Comparison, every: bool, width: float, terminal: bool = False) -> list[_Table]:
    """A table of headline outcomes for each scenario, then one of its others if wanted; on a terminal cells may take
    two lines."""
    found = []
    kinds = [(True, headline_rows(comparison), "")]
    if every:
        kinds.append((False, other_rows(comparison), ", all other outcomes, without a verdict"))
    for name in comparison.names[1:]:
        for judged, rows, what in kinds:
            if own := [row for row in rows if row.scenario == name]:
                columns, widths = _narrowed(judged, rows, width) if terminal else _fitting(judged, rows, width)
                title = f"{name}, less {comparison.names[0]}{what}"
                found.append(_Table(title, name, judged, columns, own, widths))
    return found


def _told(columns: Sequence[Column], rows: Sequence[DifferenceRow]) -> list[Column]:
    """The columns that say anything."""
    return [column for column in columns if any(getattr(row, column.field) for row in rows)]


def _texts_of(column: Column, rows: Sequence[DifferenceRow]) -> list[str]:
    return [column.heading, *(getattr(row, column.field) for row in rows)]


def _fitting(judged: bool, rows: Sequence[DifferenceRow], width: float) -> tuple[list[Column], list[int]]:
    """The columns for which there is room, each cell on one line, and their widths."""
    kept = _told(_columns(judged), rows)
    while True:
        widths = fitted([_texts_of(column, rows) for column in kept], width)
        most = max(column.gives_way for column in kept)
        if not most or table_width(widths) <= width:
            return kept, widths
        kept = [column for column in kept if column.gives_way != most]


def _narrowed(judged: bool, rows: Sequence[DifferenceRow], width: float) -> tuple[list[Column], list[int]]:
    """The first of the designs for a terminal for which there is room, and the widths of its columns."""
    for columns, folding in _designs(judged):
        kept = _told(columns, rows)
        narrow = [i for i, column in enumerate(kept) if folding and column.field in FOLDED]
        widths = fitted([_texts_of(column, rows) for column in kept], width, narrow)
        if table_width(widths) <= width:
            break
    return kept, widths


FOLDED = ("labelled", "unit", "interval", "margin", "same_sign", "verdict")
"""Columns that take two lines where a terminal is narrow."""


def _room_note(tables: Sequence[_Table]) -> list[str]:
    """Which columns had no room in which table, and what stands for one of them, in a sentence each."""
    without = {
        table.judged: [
            column.heading for column in _told(_columns(table.judged), table.rows) if not _shown(column, table)
        ]
        for table in reversed(tables)  # tables of a kind have the same columns; the first may say more
    }
    missing = {judged: ", ".join(without[judged]) for judged in sorted(without, reverse=True) if without[judged]}
    notes = []
    if any(column.field == "margin" for table in tables for column in table.columns):
        notes.append("95 % +/-: half of the width of the difference's 95 % interval.")
    if len({*missing.values()}) == 1 and len(missing) == len(without):
        told = next(iter(missing.values()))
    else:
        kinds = {True: "headline outcomes", False: "all other outcomes"}
        told = "; ".join(f"{names} ({kinds[judged]})" for judged, names in missing.items())
    if told:
        notes.append(f"No room here for: {told}. The report, and differences.md in the results folder, have them.")
    return notes


def _shown(column: Column, table: _Table) -> bool:
    return any(column.field in STAND_FOR.get(kept.field, (kept.field,)) for kept in table.columns)


def _grid(columns: Sequence[Column], rows: Sequence[DifferenceRow]) -> tuple[list[str], list[list[str]], list[int]]:
    """Headings, cells, and which columns stand to the right."""
    cells = [[getattr(row, column.field) for column in columns] for row in rows]
    return [column.heading for column in columns], cells, [i for i, column in enumerate(columns) if column.right]


def gaps(rows: Sequence[DifferenceRow]) -> list[str]:
    """A sentence for each difference that speaks of some replications only."""
    return [
        f"{row.outcome}: exists in {row.source.base_having} replications of {row.source.base} and "
        f"{row.source.other_having} of {row.scenario}; {row.pairs}, and the row speaks of those only."
        for row in rows
        if row.pairs
    ]


def _below(comparison: Comparison, table: _Table) -> list[str]:
    """What has to be said below a table, a sentence each."""
    return [*gaps(table.rows), *([] if table.judged else _one_sided(comparison, table.scenario))]


def _one_sided(comparison: Comparison, scenario: str) -> list[str]:
    """Which outcomes have no row since no pair has both values, and where they exist, in a sentence."""
    told = []
    for row in comparison.rows:
        if row.scenario == scenario and row.period is None and row.judgement is None and not row.pairs:
            having = [name for name, many in ((row.base, row.base_having), (scenario, row.other_having)) if many]
            where = f"in {having[0]} only" if len(having) == 1 else "never in the same replication"
            told += [f"{row.outcome} ({where})"] * bool(having)
    return [f"No row for {', '.join(told)}; see `chipgate run`."] if told else []


def comparison_text(comparison: Comparison, every: bool = False) -> str:
    """Plain text for a pipe or a file; `every` adds the outcomes without a verdict."""
    blocks = [
        "\n".join(folded(heading(comparison))),
        *("\n".join(folded(warning)) for warning in warnings(comparison)),
        "\n".join(line for name, told in conclusions(comparison) for line in folded(f"{name}: {told}", indent="  ")),
    ]
    tables = _tables(comparison, every, COLUMNS)
    for table in tables:
        below = [line for told in _below(comparison, table) for line in folded(told, indent="  ")]
        blocks.append("\n".join([table.title, "", aligned(*_grid(table.columns, table.rows)), *below]))
    (headings, *shares), leads = _binds_tables(comparison)
    binds = aligned(headings, shares, right=range(1, len(headings)))
    told = "\n".join(line for lead in leads for line in folded(lead, indent="  "))
    blocks += [f"What binds, as a share of all that waits\n\n{binds}", f"What holds up the most, when\n\n{told}"]
    noted = [*_room_note(tables), *all_notes(comparison)]
    notes = [line for note in noted for line in folded(f"- {note}", indent="  ")]
    return "\n\n".join([*blocks, "\n".join(["How to read this", "", *notes]), SENTENCE])


def all_notes(comparison: Comparison) -> list[str]:
    """What is not compared, and how to read the tables."""
    return [*left_out(comparison), *reading_notes(comparison)]


STYLES = {"better": "green", "worse": "red", "different": "bold", "cannot tell": "yellow", "too small to matter": "dim"}


def print_comparison(comparison: Comparison, every: bool = False) -> None:
    """The same on a terminal, fitted to its width, with a little colour."""
    from rich.console import Console

    console = Console(highlight=False)
    width = console.width

    def write(text: str, indent: int = 0, style: str = "") -> None:
        for line in folded(text, page_width(width), " " * indent):
            console.print(line, style=style, markup=False)

    write(heading(comparison), style="bold")
    console.print()
    for warning in warnings(comparison):
        write(warning, style="bold red")
        console.print()
    for name, told in conclusions(comparison):
        write(f"{name}: {told}", indent=2)
    tables = _tables(comparison, every, width - EDGES, terminal=True)
    for table in tables:
        console.print()
        write(table.title, style="bold")
        styles = [STYLES.get(_verdict(row.source), "") for row in table.rows]
        console.print(terminal_table(*_grid(table.columns, table.rows), table.widths, styles))
        for told in _below(comparison, table):
            write(told, indent=2)
    (headings, *shares), leads = _binds_tables(comparison)
    console.print()
    write("What binds, as a share of all that waits", style="bold")
    for titles, cells, widths in _side_by_side(headings, shares, width - EDGES):
        console.print(terminal_table(titles, cells, range(1, len(titles)), widths))
    write("What holds up the most, when", style="bold")
    for lead in leads:
        write(lead, indent=2)
    console.print()
    write("How to read this", style="bold")
    for note in [*_room_note(tables), *all_notes(comparison)]:
        write(f"- {note}", indent=2)
    console.print()
    write(SENTENCE, style="italic")


def _side_by_side(
    headings: Sequence[str], rows: Sequence[Sequence[str]], room: int
) -> Iterator[tuple[list[str], list[list[str]], list[int]]]:
    """A table as several below each other, with widths: the first column and as many of the others as have room."""
    columns = list(zip(headings, *rows, strict=True))
    first, rest = columns[0], columns[1:]
    while rest:
        for many in range(len(rest), 0, -1):
            widths = fitted([first, *rest[:many]], room, (0,))
            if table_width(widths) <= room:
                break
        titles, *cells = ([*row] for row in zip(first, *rest[:many], strict=True))
        yield titles, cells, widths
        rest = rest[many:]


# --- Markdown ---


def comparison_markdown(comparison: Comparison) -> str:
    """All tables as Markdown, all columns and all outcomes."""
    parts = [f"# {_safe(heading(comparison))}", f"**{SENTENCE}**", "## In short"]
    parts += [f"**{_safe(warning)}**" for warning in warnings(comparison)]
    parts.append("\n".join(f"- **{_safe(name)}**: {_safe(told)}" for name, told in conclusions(comparison)))
    for table in _tables(comparison, True, math.inf):
        parts += [f"## {_safe(table.title)}", _pipes(*_grid(table.columns, table.rows))]
        if below := _below(comparison, table):
            parts.append("\n".join(f"- {_safe(told)}" for told in below))
    headings, cells = binds_side_by_side(comparison)
    parts += ["## What binds", "Shares are of all that waits, summed over time.", _pipes(headings, cells, [])]
    parts += ["## How to read this", "\n".join(f"- {_safe(note)}" for note in all_notes(comparison))]
    return "\n\n".join(parts) + "\n"


def _safe(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    return "".join(f"\\{sign}" if sign in "\\`*[]<>|#" else sign for sign in " ".join(text.split()))


def _pipes(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> str:
    """A Markdown table."""
    rules = ["---:" if i in right else "---" for i in range(len(headings))]
    lines = [list(map(_safe, headings)), rules, *([_safe(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# --- As data ---


def comparison_csv(comparison: Comparison) -> str:
    """Every difference, years too, at full precision: tidy CSV; a value without a year is of the whole window."""
    records = [record(row) for row in comparison.rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Everything as JSON takes it."""
    return {
        "label": LABEL,
        "base": comparison.names[0],
        "scenarios": comparison.names,
        "seed": comparison.base.seed,
        "replications": len(comparison),
        "precision": comparison.precision.record() if comparison.precision else None,
        "warnings": warnings(comparison),
        "conclusions": dict(conclusions(comparison)),
        "differences": [record(row) for row in comparison.rows],
        "what_binds": {run.scenario.name: _binds_record(run) for run in comparison.runs},
        "left_out": left_out(comparison),
        "reading": reading_notes(comparison),
    }


def _binds_record(run: Run) -> dict[str, Any]:
    return {
        "shares_of_all_that_waits": _shares(run),
        "eras": [
            {
                "constraint": era.constraint or None,
                "start": era.start.isoformat(),
                "end": era.end.isoformat(),
                "share": finite(era.share),
                "runs_agreeing": era.agreeing,
            }
            for era in eras(run)
        ],
    }


def comparison_json(comparison: Comparison) -> str:
    """The same as a text, without nan."""
    return json.dumps(comparison_record(comparison), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
