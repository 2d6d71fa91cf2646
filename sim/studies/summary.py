"""What a run comes to: its outcomes as an exhibit, and its findings in a few sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.base.label import LABEL
from sim.base.rounding import scale_of
from sim.base.statistics import BOUNDED, Summary, finite
from sim.base.wording import capital
from sim.exhibits.exhibit import Column, Estimate, Exhibit, Name, estimate_text
from sim.exhibits.page import Page, Said
from sim.experiment.run import NotKept, Run
from sim.outcomes.cards import OUTCOMES, label_of
from sim.outcomes.keys import Key, Quarter
from sim.studies.binding import binding_sentences
from sim.studies.shape import striking


@dataclass(frozen=True)
class Value:
    """An outcome of a run."""

    scenario: str
    key: Key
    summary: Summary

    @property
    def unit(self) -> str:
        """Of its numbers."""
        return OUTCOMES[self.key.outcome].unit

    @property
    def empty(self) -> bool:
        """Whether it exists in no replication, or is 0 in each."""
        return not self.summary.n or (self.summary.mean == self.summary.p90 == 0 and not self.summary.half_width)


COLUMNS: tuple[Column[Value], ...] = (
    Column("outcome", lambda value: Name(value.key.name, label_of(value.key))),
    Column(
        "value",
        lambda value: Estimate.of(value.summary, value.unit),
        "mean",
        {"mean": 0, "interval": 1, "band": 2},
    ),
)


def values(run: Run) -> list[Value]:
    """Each outcome over the whole window and by year: the whole window first, and in it the headlines."""
    keys = [key for key in run.outcomes if not isinstance(key.period, Quarter)]
    found = [Value(run.scenario.name, key, run.summary_of(key)) for key in keys]
    return sorted(found, key=lambda v: (v.key.period is not None, not OUTCOMES[v.key.outcome].headline))


def summary(run: Run, headlines: bool) -> Exhibit[Value]:
    """The headline outcomes over the whole window, or the others; what is empty is left out."""
    rows = [value for value in values(run) if value.key.period is None and not value.empty]
    shown = tuple(value for value in rows if OUTCOMES[value.key.outcome].headline is headlines)
    title = "Headline outcomes" if headlines else "Other outcomes"
    return Exhibit("headlines" if headlines else "others", title, COLUMNS, shown, notes=gaps)


def gaps(rows: Sequence[Value]) -> list[str]:
    """A sentence for each outcome that speaks of some replications only."""
    return [
        f"{label_of(row.key)}: exists in {row.summary.n:,} of {row.summary.replications:,} replications; the row is "
        "about those."
        for row in rows
        if row.summary.n < row.summary.replications
    ]


def findings(run: Run) -> list[str]:
    """What binds first and what takes over, and the most striking shape with what goes with it."""
    if isinstance(run.series, NotKept):
        return [capital(run.series.why)]
    return [*binding_sentences(run), *striking(run)]


def run_page(run: Run, every: bool = False) -> Page:
    """The headline outcomes and the findings; `every` adds the other outcomes."""
    tables = [summary(run, headlines=True), *([summary(run, headlines=False)] if every else [])]
    return Page(
        title=f"{run.scenario.name}: {run.made}{run.beside}",
        question=run.scenario.question,
        parts=(*tables, Said("findings", tuple(findings(run)))),
        facts={"scenario": run.scenario.name, "seed": run.seed, "replications": len(run)},
        notes=tuple(reading(run)),
        elsewhere="summary.csv and the report have them",
    )


def reading(run: Run) -> list[str]:
    """What has to be known beside the table."""
    ranges = "Interval: where the mean of many runs lies, at 95 %. 10-90 %: where single runs fall."
    if len(run) < 2:
        ranges = "One replication: there is no interval. Run more with --replications."
    return [
        " ".join([ranges, *_ends(run)]),
        "A100e: the compute of one Nvidia A100. Compute is effective: what software and systems make of the chips. "
        "Shares, order books and what is called nominal count the chips alone. Backlog: asked for, not yet delivered.",
    ]


def _ends(run: Run) -> list[str]:
    """How surely the ends of a band are known, in a sentence about the first outcome that has one."""
    for value in summary(run, headlines=True).rows:
        found = value.summary
        if not found.p90 > found.p10:
            continue
        ends = [
            Estimate(found.mean, found.half_width, value.unit, band=e) for e in (found.p10_interval, found.p90_interval)
        ]
        divisor, unit = scale_of(Estimate.of(found, value.unit).size, value.unit)
        low, high = (estimate_text(end, divisor, "band") for end in ends)
        if not low:
            return [f"How surely its ends are known cannot be said below {BOUNDED} runs."]
        name = label_of(value.key)
        return [f"The ends of a band are estimates too: for {name}, {low} and {high} {unit} at 95 % (see summary.csv)."]
    return []


def summary_records(run: Run) -> list[dict[str, Any]]:
    """Every value but those by quarter, one record each; None where something does not exist."""
    return [_record(value) for value in values(run)]


def _record(value: Value) -> dict[str, Any]:
    found: Mapping[str, float] = {
        "mean": value.summary.mean,
        "ci95_low": value.summary.low,
        "ci95_high": value.summary.high,
        "run_p10": value.summary.p10,
        "run_p10_ci95_low": value.summary.p10_interval[0],
        "run_p10_ci95_high": value.summary.p10_interval[1],
        "run_median": value.summary.median,
        "run_p90": value.summary.p90,
        "run_p90_ci95_low": value.summary.p90_interval[0],
        "run_p90_ci95_high": value.summary.p90_interval[1],
    }
    return {
        "label": LABEL,
        "scenario": value.scenario,
        "outcome": value.key.outcome,
        "item": value.key.item,
        "unit": value.unit,
        "year": value.key.period,
        **{name: finite(number) for name, number in found.items()},
        "n": value.summary.n,
        "replications": value.summary.replications,
    }
