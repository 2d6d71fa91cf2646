"""A comparison: scenarios run under common random numbers, and what each changes against the first.

comparison = sim.compare(["baseline", "h20-stays", "tight-border"], replications=200)
comparison["tight-border"]          # the run
comparison.rows                     # every paired difference, see `sim.experiment.differences`
comparison.differences              # the same as a table of arrays
comparison.worlds                   # the same in sampled worlds, see `sim.experiment.worlds`; None without
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from sim.base.errors import ChipgateError
from sim.base.judgement import ERROR
from sim.base.label import LABEL
from sim.base.units import closest
from sim.exhibits.html import notebook_html
from sim.experiment.differences import Difference, columns, differences
from sim.experiment.run import Run, run_scenario
from sim.outcomes.keys import Wanted, key_of

Runner = Callable[["SourcedScenario", int, int, "Workers | None"], Run]
"""Runs a scenario: so many replications, from that seed, by so many workers."""

if TYPE_CHECKING:
    from sim.experiment.cluster import Workers
    from sim.experiment.columns import Columns
    from sim.experiment.looks import Looks
    from sim.experiment.precision import Precision
    from sim.experiment.worlds import SampledWorlds
    from sim.scenario.load import SourcedScenario


class Comparison:
    """Runs of several scenarios with the same seed and replications; the first is the base."""

    def __init__(
        self,
        runs: Sequence[Run],
        precision: Precision | None = None,
        looks: Looks | None = None,
        worlds: SampledWorlds | None = None,
    ) -> None:
        refuse_unfit([run.sourced for run in runs])
        self.runs = list(runs)
        self.precision = precision
        """How the number of replications was found; None where it was given."""
        self.looks = looks
        """When verdicts were read until all were decided; None where that was not asked."""
        self.worlds = worlds
        """The same scenarios in sampled worlds; None where there are none."""

    @property
    def base(self) -> Run:
        """What the others are compared with."""
        return self.runs[0]

    @property
    def others(self) -> list[Run]:
        """What is compared with the base."""
        return self.runs[1:]

    @property
    def names(self) -> list[str]:
        """The scenarios' names, the base first."""
        return [run.scenario.name for run in self.runs]

    @cached_property
    def rows(self) -> list[Difference]:
        """Every paired difference, by scenario; the headline outcomes of the whole window are judged."""
        return differences(self.base, self.others, self.looks.error if self.looks else ERROR)

    @property
    def verdicts(self) -> list[Difference]:
        """The rows of the family that is judged."""
        return [row for row in self.rows if row.judgement is not None]

    @property
    def open(self) -> list[Difference]:
        """Those of which one cannot tell; one that exists in no pair puts nothing to the test."""
        return [row for row in self.verdicts if row.verdict == "cannot tell" and row.pairs]

    @cached_property
    def differences(self) -> Columns:
        """The same as a table of arrays of equal length; a value without a year is of the whole window."""
        return columns(self.rows)

    @property
    def beside(self) -> list[str]:
        """What was set beside the scenarios' files, in sentences."""
        beside = {run.scenario.name: run.beside.removeprefix(", ") for run in self.runs}
        if len(set(beside.values())) == 1:
            same = beside[self.names[0]]
            return [f"Each scenario is run {same}."] if same else []
        return [f"{name} is run {text}." for name, text in beside.items() if text]

    def _repr_html_(self) -> str:
        """What a notebook shows, see `sim.studies.notebook`."""
        return notebook_html(self)

    def row(self, scenario: str, wanted: Wanted) -> Difference:
        """One of the rows, such as `row("h20-stays", ("delivered", 2025))`. Raises ChipgateError."""
        rows = {row.key: row for row in self.rows if row.scenario == self[scenario].scenario.name}
        return rows[key_of(wanted, rows)]

    def __getitem__(self, name: str) -> Run:
        """The run of a scenario. Raises ChipgateError."""
        for run in self.runs:
            if run.scenario.name == name:
                return run
        near = closest(name, self.names)
        raise ChipgateError(
            f"no scenario here is named '{name}'; " + (f"did you mean '{near}'?" if near else ", ".join(self.names))
        )

    def __len__(self) -> int:
        """Replications of each scenario."""
        return len(self.base)

    def __repr__(self) -> str:
        others = ", ".join(self.names[1:])
        return f"<Comparison of {others} with {self.names[0]}: {self.base.made}. {LABEL}.>"


def refuse_unfit(scenarios: Sequence[SourcedScenario]) -> None:
    """Refuse scenarios that cannot be compared: a single one, two of one name, or windows that differ.

    Over another window a total, an average over time or a share is another quantity, so their difference would tell
    of the calendar and not of the rules. Raises ChipgateError.
    """
    if len(scenarios) < 2:
        raise ChipgateError("a comparison needs a base and at least one other scenario")
    seen: dict[str, SourcedScenario] = {}
    for sourced in scenarios:
        name = sourced.scenario.name
        if name in seen:
            if sourced.scenario == seen[name].scenario:
                raise ChipgateError(f"'{name}' is given twice; compare it with another scenario")
            files = " and ".join(dict.fromkeys(known.files[0] for known in (seen[name], sourced)))
            raise ChipgateError(f"two scenarios are named '{name}' ({files}); give one another 'name:' in its file")
        seen[name] = sourced
    base = scenarios[0].scenario
    for other in (sourced.scenario for sourced in scenarios[1:]):
        if (other.window.start, other.window.end) != (base.window.start, base.window.end):
            one, two = (f"{s.name} runs from {s.window.start} to {s.window.end}" for s in (base, other))
            raise ChipgateError(
                f"{one}, but {two}; values over different windows cannot be compared\n"
                f"  give all the same: --set window.start={base.window.start} --set window.end={base.window.end}"
            )


def compare_scenarios(
    scenarios: Sequence[SourcedScenario],
    replications: int = 200,
    seed: int = 1,
    workers: Workers | None = None,
    run: Runner = run_scenario,
) -> Comparison:
    """Run scenarios, the base first, each with the same seed and replications. Raises ChipgateError."""
    refuse_unfit(scenarios)
    return Comparison([run(sourced, replications, seed, workers) for sourced in scenarios])
