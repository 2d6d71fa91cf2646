"""Commands that run scenarios: run, explain, backcast."""

from __future__ import annotations

import os
import shlex
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.base.label import SENTENCE
from sim.cli.boxes import tell_boxes
from sim.cli.common import as_json, by_workers, echo_folded, echo_json, read, run_told, seeded, setting, terminal_width
from sim.pictures.files import format_of, write_picture

if TYPE_CHECKING:
    from sim.scenario.load import SourcedScenario


@click.command()
@click.argument("scenario")
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), default=200, show_default=True)
@seeded
@setting
@click.option("--out", type=click.Path(path_type=Path), help="Results folder.  [default: results/SCENARIO, numbered]")
@click.option("--overwrite", is_flag=True, help="Replace an existing results folder.")
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
    """Run SCENARIO, a shipped name or a file, and write its results folder."""
    if trace and (as_json or out):
        unwanted = "--json" if as_json else "--out"
        raise click.UsageError(f"--trace tells sentences and writes no folder; leave out {unwanted}")
    if overwrite and out is None:
        raise click.UsageError("--overwrite replaces the folder that --out names; without --out a run takes a new one")
    sourced = read(scenario, settings)
    if trace:
        _tell(sourced, seed)
        return
    from sim.experiment.tables import print_run, run_text, summary_records
    from sim.folder.write import free_folder, publish_results, refuse_existing
    from sim.report.page import report_html

    name = sourced.scenario.name
    refuse_existing(out or free_folder(name), overwrite)
    start = time.perf_counter()
    result = run_told(sourced, replications, seed, workers, f"Running {name}")
    seconds = time.perf_counter() - start
    command = shlex.join(["chipgate", *sys.argv[1:]])
    done = publish_results(result, out or name, command, seconds, overwrite, page_of=report_html)
    folder = done.folder
    tell_boxes([result])
    if as_json:
        echo_json({**asdict(done.manifest), "folder": str(folder), "outcomes": summary_records(result)})
        return
    if sys.stdout.isatty():
        print_run(result)
    else:
        click.echo(run_text(result))
    click.echo()
    echo_folded(f"Written to {folder}: this table in summary.csv, the report in report.html, pictures and all data.")


def _tell(sourced: SourcedScenario, seed: int) -> None:
    """One replication, sentence by sentence."""
    from sim.experiment.replication import listen
    from sim.outcomes.transcript import sentence

    scenario = sourced.scenario
    echo_folded(f"{scenario.name}, replication 0, seed {seed}. {SENTENCE}")
    below_the_date = " " * len("2023-01-01  ")
    listen(scenario, seed, 0, lambda fact: echo_folded(sentence(fact, scenario), indent=below_the_date))


@click.command()
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
@click.option("--overwrite", is_flag=True, help="Replace an existing picture.")
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
    """Explain what binds in SCENARIO over time, and what relieving it alone would change."""
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
    base = run_told(sourced, replications, seed, workers, f"Running {sourced.scenario.name}")
    why = explained(
        base,
        {
            name: run_told(relieve(sourced, name), replications, seed, workers, f"Relieving {name}")
            for name in names or leading(base)
        },
    )
    if picture:
        from sim.pictures.run import picture as slide
        from sim.pictures.slide import render

        write_picture(picture, render(slide("binds", base), form))
    if as_json:
        echo_json(explanation_record(why))
        return
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    text = explanation_text(why, coloured, writable_blocks(sys.stdout.encoding), terminal_width())
    click.echo(text, color=coloured)
    if picture:
        click.echo()
        echo_folded(f"The picture is in {picture}.")


@click.command()
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), default=200, show_default=True)
@seeded
@by_workers
@as_json
def backcast(replications: int, seed: int, workers: int | None, as_json: bool) -> None:
    """Hold the baseline against the figures of the articles, fitted and held out."""
    from sim.studies.backcast import backcast_record, backcast_text, baseline, beside

    result = beside(run_told(baseline(), replications, seed, workers, "Running baseline"))
    if as_json:
        echo_json(backcast_record(result))
    else:
        click.echo(backcast_text(result, terminal_width()))
