"""The command that compares options over sampled worlds: robust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.cli.asking import asked, on_outcome
from sim.cli.common import Integer, examples, low_only, read, replications
from sim.cli.completion import completed, scenarios
from sim.cli.studying import echo_study, of_study

if TYPE_CHECKING:
    from sim.cli.studying import Output


@click.command(
    help="""Ask which of several options stands over the assumptions.

    OPTIONS are scenarios among which somebody chooses. All of them run in the same worlds, which are sampled from the
    ranges that the scenario files state. Told are how often each is the best, its regret, where the ranking reverses,
    and, if one assumption tells it, when.""",
    epilog=examples(
        "chipgate robust h20-stays baseline early-embargo --on delivered",
        "chipgate robust h20-stays baseline --worlds 40",
    ),
)
@click.argument(
    "options", nargs=-1, required=True, metavar="OPTION...", shell_complete=completed(scenarios, files=True)
)
@click.option("--worlds", type=Integer(1, 100_000), default=100, show_default=True, help="How many are sampled.")
@replications("How many times each option runs in each world.", default=4)
@on_outcome
@click.option(
    "--want",
    "wanted",
    multiple=True,
    metavar="BOUND",
    help="Count the worlds in which this is met, such as 'delivered >= 5 million A100e'; repeat it for more.",
)
@low_only
@of_study
def robust(
    options: tuple[str, ...],
    worlds: int,
    replications: int,
    outcome: str,
    wanted: tuple[str, ...],
    low_only: bool,
    seed: int,
    settings: tuple[str, ...],
    workers: int | None,
    output: Output,
) -> None:
    from sim.studies import robust as study

    given = [read(name, settings) for name in options]
    ask = asked(workers, f"Running {len(given)} options in {worlds:,} worlds")
    echo_study(study.robust(given, outcome, ask, worlds, replications, seed, wanted, low_only), output)
