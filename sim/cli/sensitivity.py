"""The command that asks what a result rests on: sensitivity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from sim.cli.asking import asked, on_outcome
from sim.cli.common import examples, low_only, read, replications
from sim.cli.completion import completed, inputs, scenarios
from sim.cli.studying import Output, echo_study, of_study

if TYPE_CHECKING:
    from sim.experiment.cases import Case, Outcomes


@click.command(
    help="""Find the assumptions that a result rests on.

    Each assumption stands alone at both ends of the range that its file states: how far does the outcome of SCENARIO
    move? With OTHER, how far does the difference, OTHER less SCENARIO? First two replications find what changes
    nothing; of the rest there is an order as far as the replications tell one.""",
    epilog=examples(
        "chipgate sensitivity baseline --on delivered",
        "chipgate sensitivity baseline h20-stays --vary imports.h20.cap",
    ),
)
@click.argument("scenario", shell_complete=completed(scenarios, files=True))
@click.argument("other", required=False, shell_complete=completed(scenarios, files=True))
@on_outcome
@replications("How many times each end is run, at least 3.", default=10)
@click.option("--levers", is_flag=True, help="Also what somebody decides, such as dates of rules.")
@low_only
@click.option(
    "--vary",
    "keys",
    multiple=True,
    metavar="KEY",
    shell_complete=completed(inputs),
    help="Only this assumption, such as imports.h20.cap; repeat it for more.",
)
@click.option("--all", "every", is_flag=True, help="Show every assumption, also those that change nothing.")
@of_study
def sensitivity(
    scenario: str,
    other: str | None,
    outcome: str,
    replications: int,
    levers: bool,
    low_only: bool,
    keys: tuple[str, ...],
    seed: int,
    settings: tuple[str, ...],
    every: bool,
    workers: int | None,
    output: Output,
) -> None:
    from sim.studies import sensitivity as study

    labels = iter(("As it is", "Zero test", "Tornado"))

    def ask(cases: Sequence[Case]) -> list[Outcomes]:
        return asked(workers, next(labels))(cases)

    subjects = [read(name, settings) for name in (scenario, other) if name]
    found = study.sensitivity(subjects, outcome, ask, replications, seed, levers=levers, low_only=low_only, keys=keys)
    whole = every or output.as_json or output.out is not None
    echo_study(replace(found, shown=len(found.rows)) if whole else found, output)
