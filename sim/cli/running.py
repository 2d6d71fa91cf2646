"""Commands that run scenarios: run, hindcast."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.base.label import SENTENCE
from sim.cli.common import (
    as_json,
    by_workers,
    echo_json,
    echo_written,
    into_folder,
    overwriting,
    published,
    read,
    run_told,
    seeded,
    setting,
)
from sim.cli.terminal import echo_folded, echo_page

if TYPE_CHECKING:
    from sim.scenario.load import SourcedScenario


@click.command(help="Run SCENARIO, a shipped name or a file, and write its results folder.")
@click.argument("scenario")
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), default=200, show_default=True)
@seeded
@setting
@into_folder
@overwriting
@by_workers
@click.option("--all", "every", is_flag=True, help="Show every outcome, not only the headlines.")
@click.option("--trace", is_flag=True, help="Tell the first replication as dated sentences, and write no folder.")
@as_json
def run(
    scenario: str,
    replications: int,
    seed: int,
    settings: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
    workers: int | None,
    every: bool,
    trace: bool,
    as_json: bool,
) -> None:
    if trace:
        unwanted = [
            name for name, given in {"--json": as_json, "--out": out, "--overwrite": overwrite}.items() if given
        ]
        if unwanted:
            raise click.UsageError(f"--trace tells sentences and writes no folder; leave out {unwanted[0]}")
    sourced = read(scenario, settings)
    if trace:
        _tell(sourced, seed)
        return
    from sim.studies.summary import run_page, summary_records

    result, done = published(
        [sourced.scenario.name], out, overwrite, lambda: run_told(sourced, replications, seed, workers)
    )
    if as_json:
        echo_json({**asdict(done.manifest), "folder": str(done.folder), "outcomes": summary_records(result)})
        return
    echo_page(run_page(result, every))
    echo_written(done.folder, "every outcome in summary.csv")


def _tell(sourced: SourcedScenario, seed: int) -> None:
    """One replication, sentence by sentence."""
    from sim.experiment.replication import listen
    from sim.outcomes.transcript import sentence

    scenario = sourced.scenario
    echo_folded(f"{scenario.name}, replication 0, seed {seed}. {SENTENCE}")
    below_the_date = " " * len("2023-01-01  ")
    listen(scenario, seed, 0, lambda fact: echo_folded(sentence(fact, scenario), indent=below_the_date))


@click.command(help="Hold the baseline against the figures of the articles, fitted and compared.")
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), default=200, show_default=True)
@seeded
@by_workers
@as_json
def hindcast(replications: int, seed: int, workers: int | None, as_json: bool) -> None:
    from sim.studies.hindcast import baseline, beside, hindcast_page

    result = beside(run_told(baseline(), replications, seed, workers))
    echo_page(hindcast_page(result), as_json)
