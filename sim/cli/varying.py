"""The commands that vary a key on purpose: breakeven, sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.cli.asking import asked, on_outcome
from sim.cli.common import examples, read, replications
from sim.cli.completion import completed, inputs, outcomes, scenarios
from sim.cli.studying import echo_study, of_study

if TYPE_CHECKING:
    from sim.cli.studying import Output
    from sim.studies.breakeven import Where


@click.command(
    help="""At which value of a key do two scenarios do equally well?

    With '--in both' the key is an assumption, true in both: how far off may it be before the conclusion turns? With
    '--in first' it is a lever that only FIRST pulls: how much of it would make FIRST as good as SECOND?

    Both ends of its range come first, so 'no such value in the range' is an answer.""",
    epilog=examples(
        "chipgate breakeven baseline hbm-crunch --vary memory.domestic.cxmt.rate",
        "chipgate breakeven baseline h20-stays --vary grey.base --in first",
    ),
)
@click.argument("first", shell_complete=completed(scenarios, files=True))
@click.argument("second", shell_complete=completed(scenarios, files=True))
@click.option(
    "--vary", "key", metavar="KEY", required=True, shell_complete=completed(inputs), help="The key in question."
)
@on_outcome
@click.option(
    "--in",
    "where",
    type=click.Choice(["both", "first"]),
    help="Where it is varied.  [default: both; first for what the file calls a lever]",
)
@click.option("--between", metavar="FROM:TO", default="", help="Its range.  [default: the one that the file states]")
@click.option(
    "--target",
    metavar="VALUE",
    default="",
    help="What SECOND less FIRST is to come to.  [default: 0]",
)
@replications("How many times each of them runs at each value.", default=50)
@of_study
def breakeven(
    first: str,
    second: str,
    key: str,
    outcome: str,
    where: Where | None,
    between: str,
    target: str,
    replications: int,
    seed: int,
    settings: tuple[str, ...],
    workers: int | None,
    output: Output,
) -> None:
    from sim.studies.breakeven import break_even

    study = break_even(
        read(first, settings),
        read(second, settings),
        key,
        outcome,
        asked(workers, f"Looking along {key}"),
        where=where,
        span=between,
        target=target,
        replications=replications,
        seed=seed,
    )
    echo_study(study, output)


@click.command(
    help="""Outcomes over a key, or over two.

    Of SCENARIO alone, or of the difference that OTHER makes. One key gives lines, two give a map; what binds stands
    with them.""",
    epilog=examples(
        "chipgate sweep baseline --vary imports.h20.cap --on delivered",
        "chipgate sweep baseline --vary foundry.growth='20 %/year:80 %/year:4'",
    ),
)
@click.argument("scenario", shell_complete=completed(scenarios, files=True))
@click.argument("other", required=False, shell_complete=completed(scenarios, files=True))
@click.option(
    "--vary",
    "vary",
    metavar="KEY=FROM:TO:STEPS",
    multiple=True,
    required=True,
    shell_complete=completed(inputs),
    help="A key and its values; KEY or KEY:STEPS takes the stated range. Repeat it for a map.",
)
@click.option(
    "--on",
    "outcomes",
    metavar="OUTCOME",
    multiple=True,
    default=["compute_years"],
    show_default="compute_years",
    shell_complete=completed(outcomes),
    help="An outcome, such as delivered or revenue_huawei; repeat it for more.",
)
@replications("How many times each of them runs at each value.", default=50)
@of_study
def sweep(
    scenario: str,
    other: str | None,
    vary: tuple[str, ...],
    outcomes: tuple[str, ...],
    replications: int,
    seed: int,
    settings: tuple[str, ...],
    workers: int | None,
    output: Output,
) -> None:
    from sim.studies.sweep import sweep as swept

    scenarios = [read(name, settings) for name in (scenario, other) if name]
    ask = asked(workers, f"Sweeping {' and '.join(vary)}")
    echo_study(swept(scenarios, vary, outcomes, ask, replications=replications, seed=seed), output)
