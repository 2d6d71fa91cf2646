"""How a study's replications are asked for on the command line: told first, watched, kept, and gone on with."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sim.cli.common import refuse_little_memory, reused, store_in_use, told_of_stop, who_computes
from sim.cli.completion import completed, outcomes
from sim.cli.terminal import echo_folded, progress_bar

if TYPE_CHECKING:
    from sim.experiment.cases import Ask, Case, Outcomes
    from sim.experiment.cluster import Workers

LONG = 10  # seconds from which on a study is told before it begins

on_outcome = click.option(
    "--on",
    "outcome",
    metavar="OUTCOME",
    default="compute_years",
    show_default=True,
    shell_complete=completed(outcomes),
    help="The outcome in question, such as delivered or revenue_huawei; with a year as delivered:2026.",
)


def asked(workers: Workers | None, label: str) -> Ask:
    """Asks for replications of many scenarios: says first how many there are and about how long they take, shows how
    far it is where a person looks on, and keeps what is done when it is stopped."""

    def ask(cases: Sequence[Case]) -> list[Outcomes]:
        from sim.experiment.cases import outcomes_of
        from sim.experiment.workers import available_processors

        refuse_little_memory()
        by = who_computes(workers) or available_processors()
        many = len([number for case in cases for number in case.numbers])
        store, before = store_in_use(), reused()
        at_once = by if isinstance(by, int) else available_processors()

        def announce(missing: int) -> None:
            if missing > at_once and (seconds := missing * _pace(cases[-1]) / at_once) >= LONG:
                kept = f", {reused() - before:,} of them kept from before" if reused() > before else ""
                echo_folded(f"{label}: {many:,} runs{kept}; about {seconds:,.0f} seconds.", err=True)

        with (
            told_of_stop(store),
            progress_bar(many, 2 * at_once, label, lambda: reused() - before) as step,
        ):
            return outcomes_of(cases, by, step, store, announce)

    return ask


def _pace(case: Case) -> float:
    """Seconds that one replication takes here and now, without what the first one imports."""
    from sim.experiment.replication import replicate

    def once() -> float:
        start = time.perf_counter()
        replicate(case.scenario, case.seed, case.numbers.start)
        return time.perf_counter() - start

    return min(once(), once())
