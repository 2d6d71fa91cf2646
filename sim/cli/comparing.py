"""The command that compares scenarios: compare."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.asking import asked
from sim.cli.assuming import Assuming, assuming
from sim.cli.common import (
    Integer,
    by_workers,
    drawing,
    echo_json,
    echo_written,
    examples,
    into_folder,
    keeping,
    keeping_series,
    low_only,
    on_cluster,
    overwriting,
    published,
    read,
    replications,
    run_told,
    seeded,
    setting,
    store_in_use,
    who_computes,
)
from sim.cli.completion import completed, outcomes, scenarios
from sim.cli.terminal import echo_page, told_in_place

if TYPE_CHECKING:
    from sim.experiment.cluster import Workers
    from sim.experiment.comparison import Comparison, Runner
    from sim.experiment.run import Run
    from sim.experiment.sequential import Progress, Waiting
    from sim.folder.manifest import Manifest
    from sim.folder.write import Keep, Published
    from sim.outcomes.keys import Key
    from sim.scenario.load import SourcedScenario

FORMATS = ("text", "markdown", "csv", "json")


@click.command(
    help="""Compare scenarios with a base and write a results folder.

    Each OTHER is paired with BASE, replication by replication. Scenarios are names that 'chipgate list' shows, or files
    of your own; --set changes all of them.""",
    epilog=examples(
        "chipgate compare baseline h20-stays",
        "chipgate compare baseline mine.yaml early-embargo -n 50 --format markdown",
    ),
)
@click.argument("base", shell_complete=completed(scenarios, files=True))
@click.argument("others", nargs=-1, required=True, metavar="OTHER...", shell_complete=completed(scenarios, files=True))
@replications("How many times each of them runs.  [default: 200]", default=None)
@click.option(
    "--precision",
    metavar="SHARE",
    help="Instead of -n: add replications until each difference is known to +/- this share of the base, such as 2%.",
)
@click.option(
    "--on",
    "outcomes",
    multiple=True,
    metavar="OUTCOME",
    shell_complete=completed(outcomes),
    help="An outcome that --precision is about; may be repeated.  [default: the headline outcomes]",
)
@click.option("--until-decided", is_flag=True, help="Instead of -n: add replications until every verdict has fallen.")
@click.option(
    "--cap",
    type=Integer(20, 1_000_000),
    help="Most replications with --precision and --until-decided.  [default: 2000]",
)
@seeded
@setting
@into_folder
@overwriting
@drawing
@by_workers
@on_cluster
@keeping
@keeping_series
@assuming
@click.option(
    "--worlds",
    type=Integer(10, 100_000),
    metavar="N",
    help="Compare them also in so many worlds, sampled from the assumptions' ranges.",
)
@click.option(
    "--per-world", type=Integer(1, 1_000_000), metavar="N", help="Replications in each of them.  [default: 4]"
)
@low_only
@click.option("--all", "every", is_flag=True, help="Show every outcome, not only those with a verdict.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Of what is written here.  [default: text]")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def compare(
    base: str,
    others: tuple[str, ...],
    replications: int | None,
    precision: str | None,
    outcomes: tuple[str, ...],
    until_decided: bool,
    cap: int | None,
    seed: int,
    settings: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
    formats: tuple[str, ...],
    workers: int | None,
    keep: Keep,
    assumption: str | None,
    worlds: int | None,
    per_world: int | None,
    low_only: bool,
    every: bool,
    form: str | None,
    as_json: bool,
) -> None:
    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} are two formats; choose one")
    from sim.experiment.comparison import refuse_unfit
    from sim.experiment.sequential import compare_as_asked
    from sim.experiment.worlds import plan_as_asked

    scenarios = [read(name, settings) for name in (base, *others)]
    refuse_unfit(scenarios)
    planned = plan_as_asked(scenarios, worlds, seed, per_world, low_only)
    view = Assuming(scenarios, assumption, outcomes, out, overwrite) if assumption else None
    if view and precision is None:
        outcomes = ()  # they are the view's
    run_each, store = _runner(len(scenarios)), store_in_use()

    def compared() -> Comparison:
        with _progress_told() as (told, waiting):
            found = compare_as_asked(
                scenarios,
                replications,
                precision,
                outcomes,
                cap,
                seed,
                who_computes(workers),
                run_each,
                told,
                store,
                until_decided,
                waiting,
            )
        if planned:
            found.worlds = planned.run(asked(workers, "Running sampled worlds"))
        return found

    names = [sourced.scenario.name for sourced in scenarios]
    comparison, done = published(names, out, overwrite, formats, workers, keep, compared)
    form = "json" if as_json else form or "text"
    tell = partial(_tell, comparison, form, every, done)
    if view:
        view.follow(comparison, done.folder, formats, workers, form, tell)
    else:
        tell({})


def _runner(many: int) -> Runner:
    """Runs so many scenarios, each with a progress bar that names it and says which of them it is."""
    number = count(1)

    def run(sourced: SourcedScenario, replications: int, seed: int, workers: Workers | None) -> Run:
        label = f"Running {sourced.scenario.name} ({next(number)} of {many})"
        return run_told(sourced, replications, seed, workers, label)

    return run


@contextmanager
def _progress_told() -> Iterator[tuple[Progress, Waiting]]:
    """What tells a person who looks on how wide the widest interval still is, or how many verdicts are open."""
    from sim.experiment.precision import width_words

    with told_in_place() as tell:

        def told(many: int, widths: Mapping[tuple[str, Key], float]) -> None:
            (scenario, outcome), widest = max(widths.items(), key=lambda item: -1.0 if math.isnan(item[1]) else item[1])
            tell(f"{many} replications of each; widest: {outcome} in {scenario}, {width_words(widest)}")

        def waiting(many: int, found: Comparison) -> None:
            verdicts = f"{len(found.open)} of {len(found.verdicts)} verdicts open"
            tell(f"{many} replications of each; {verdicts} at {len(found)}")

        yield told, waiting


def _tell(comparison: Comparison, form: str, every: bool, done: Published[Manifest], more: Mapping[str, Any]) -> None:
    """The tables on stdout; where the folder is told beside data that a program reads, on stderr."""
    from sim.exhibits.page import page_markdown
    from sim.exhibits.records import csv_text
    from sim.studies.comparing import comparison_page, comparison_record, difference_records

    if form == "json":
        manifest = asdict(done.manifest)
        del manifest["precision"], manifest["looks"], manifest["sampled"]  # the comparison's own say more
        echo_json({**comparison_record(comparison), **manifest, "folder": str(done.folder), **more})
        return
    if form == "csv":
        click.echo(csv_text(difference_records(comparison)), nl=False)
    elif form == "markdown":
        click.echo(page_markdown(comparison_page(comparison, every=True)), nl=False)
    else:
        echo_page(comparison_page(comparison, every))
    echo_written(done, "these tables", err=form != "text")
