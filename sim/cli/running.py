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
    drawing,
    echo_json,
    echo_written,
    examples,
    into_folder,
    keeping,
    keeping_series,
    on_cluster,
    overwriting,
    published,
    read,
    replications,
    run_told,
    seeded,
    setting,
)
from sim.cli.completion import completed, scenarios
from sim.cli.terminal import echo_folded, echo_page

if TYPE_CHECKING:
    from sim.folder.write import Keep
    from sim.scenario.load import SourcedScenario


@click.command(
    help="""Run a scenario and write its results folder.

    SCENARIO is a name that 'chipgate list' shows, or a file of your own.""",
    epilog=examples("chipgate run baseline", "chipgate run mine.yaml -n 20 --set foundry.growth='20 %/year'"),
)
@click.argument("scenario", shell_complete=completed(scenarios, files=True))
@replications("How many times it runs, each time with other random draws.")
@seeded
@setting
@into_folder
@overwriting
@drawing
@by_workers
@on_cluster
@keeping
@keeping_series
@click.option("--all", "every", is_flag=True, help="Show every outcome, not only the headlines.")
@click.option("--trace", is_flag=True, help="Show the first replication as dated sentences, and write no folder.")
@as_json
def run(
    scenario: str,
    replications: int,
    seed: int,
    settings: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
    formats: tuple[str, ...],
    workers: int | None,
    keep: Keep,
    every: bool,
    trace: bool,
    as_json: bool,
) -> None:
    if trace:
        unwanted = [
            name for name, given in {"--json": as_json, "--out": out, "--overwrite": overwrite}.items() if given
        ]
        if unwanted:
            raise click.UsageError(f"--trace shows sentences and writes no folder; leave out {unwanted[0]}")
    sourced = read(scenario, settings)
    if trace:
        _tell(sourced, seed)
        return
    from sim.studies.summary import findings, run_page, summary_records

    result, done = published(
        [sourced.scenario.name],
        out,
        overwrite,
        formats,
        workers,
        keep,
        lambda: run_told(sourced, replications, seed, workers),
    )
    if as_json:
        echo_json(
            {
                **asdict(done.manifest),
                "folder": str(done.folder),
                "findings": findings(result),
                "outcomes": summary_records(result),
            }
        )
        return
    echo_page(run_page(result, every))
    echo_written(done, "every outcome in summary.csv")


def _tell(sourced: SourcedScenario, seed: int) -> None:
    """One replication, sentence by sentence."""
    from sim.experiment.replication import listen
    from sim.outcomes.transcript import sentence

    scenario = sourced.scenario
    echo_folded(f"{scenario.name}, replication 0, seed {seed}. {SENTENCE}")
    below_the_date = " " * len("2023-01-01  ")
    listen(scenario, seed, 0, lambda fact: echo_folded(sentence(fact, scenario), indent=below_the_date))


@click.command(
    help="""Hold the baseline against the figures of the articles.

    Those that it was fitted to stand apart from those that are only compared.""",
    epilog=examples("chipgate hindcast -n 20"),
)
@replications("How many times the baseline runs.")
@seeded
@by_workers
@on_cluster
@keeping
@as_json
def hindcast(replications: int, seed: int, workers: int | None, as_json: bool) -> None:
    from sim.studies.hindcast import beside, hindcast_page, runs

    result = beside(*runs(replications, lambda sourced, many: run_told(sourced, many, seed, workers)))
    echo_page(hindcast_page(result), as_json)
