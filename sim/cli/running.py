"""Commands that run scenarios: run, explain, backcast."""

from __future__ import annotations

import sys
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
from sim.cli.terminal import echo_folded, style_of_stdout, terminal_width
from sim.exhibits.style import unstyled
from sim.pictures.files import format_of, write_picture

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
    from sim.experiment.tables import run_text, summary_records

    result, done = published(
        [sourced.scenario.name], out, overwrite, lambda: run_told(sourced, replications, seed, workers)
    )
    if as_json:
        echo_json({**asdict(done.manifest), "folder": str(done.folder), "outcomes": summary_records(result)})
        return
    click.echo(run_text(result, terminal_width(), style_of_stdout()))
    echo_written(done.folder, "this table in summary.csv")


def _tell(sourced: SourcedScenario, seed: int) -> None:
    """One replication, sentence by sentence."""
    from sim.experiment.replication import listen
    from sim.outcomes.transcript import sentence

    scenario = sourced.scenario
    echo_folded(f"{scenario.name}, replication 0, seed {seed}. {SENTENCE}")
    below_the_date = " " * len("2023-01-01  ")
    listen(scenario, seed, 0, lambda fact: echo_folded(sentence(fact, scenario), indent=below_the_date))


@click.command(help="Explain what binds in SCENARIO over time, and what relieving it alone would change.")
@click.argument("scenario")
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), default=50, show_default=True)
@seeded
@setting
@click.option(
    "--relieve",
    "relieved",
    multiple=True,
    metavar="CONSTRAINT",
    help="Relieve this one, such as memory.  [default: the largest, and the one that took over]",
)
@click.option("--picture", type=click.Path(path_type=Path), help="Draw what binds into this file: .svg, .png or .pdf.")
@overwriting
@click.option("--project", metavar="NAME", help="Tell one project's life instead: cloud-17, or N for the N-th to come.")
@click.option("--replication", type=click.IntRange(0), help="The replication that the project lives in.  [default: 0]")
@by_workers
@as_json
def explain(
    scenario: str,
    replications: int,
    seed: int,
    settings: tuple[str, ...],
    relieved: tuple[str, ...],
    picture: Path | None,
    overwrite: bool,
    project: str | None,
    replication: int | None,
    workers: int | None,
    as_json: bool,
) -> None:
    if project is not None and (relieved or picture):
        unwanted = "--relieve" if relieved else "--picture"
        raise click.UsageError(f"--project tells one project's life; leave out {unwanted}")
    if project is None and replication is not None:
        raise click.UsageError("--replication belongs to --project; how many to run is --replications")
    from sim.studies.explain.known import chosen, explained, leading
    from sim.studies.explain.life import life_record, life_text, tell_project
    from sim.studies.explain.page import explanation_record, explanation_text
    from sim.studies.explain.text_strip import writable_blocks
    from sim.studies.relief import relieve

    sourced = read(scenario, settings)
    if project is not None:
        life = tell_project(sourced, project, seed, replication or 0)
        if as_json:
            echo_json(life_record(life))
        else:
            click.echo(life_text(life, terminal_width()))
        return
    names = chosen(relieved)
    form = format_of(picture, overwrite) if picture else ""
    base = run_told(sourced, replications, seed, workers)
    why = explained(
        base,
        {
            name: run_told(relieve(sourced, name), replications, seed, workers, f"Relieving {name}")
            for name in names or leading(base)
        },
    )
    if picture:
        from sim.pictures.choice import picture_of
        from sim.pictures.slide import render

        write_picture(picture, render(picture_of("binds", base), form))
    if as_json:
        echo_json(explanation_record(why))
        return
    coloured = style_of_stdout() is not unstyled
    click.echo(explanation_text(why, coloured, writable_blocks(sys.stdout.encoding), terminal_width()))
    if picture:
        click.echo()
        echo_folded(f"The picture is in {picture}.")


@click.command(help="Hold the baseline against the figures of the articles, fitted and held out.")
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), default=200, show_default=True)
@seeded
@by_workers
@as_json
def backcast(replications: int, seed: int, workers: int | None, as_json: bool) -> None:
    from sim.studies.backcast import backcast_record, backcast_text, baseline, beside

    result = beside(run_told(baseline(), replications, seed, workers))
    if as_json:
        echo_json(backcast_record(result))
    else:
        click.echo(backcast_text(result, terminal_width()))
