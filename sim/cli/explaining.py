"""The command that explains: explain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sim.base.label import LABEL
from sim.base.places import scenario_folder
from sim.cli.common import (
    Integer,
    as_json,
    by_workers,
    echo_json,
    examples,
    keeping,
    on_cluster,
    overwriting,
    read,
    replications,
    run_told,
    seeded,
    setting,
)
from sim.cli.completion import completed, constraints, scenarios
from sim.cli.terminal import echo_folded, style_of_stdout, terminal_width
from sim.exhibits.style import unstyled
from sim.pictures.files import format_of, write_picture

if TYPE_CHECKING:
    from sim.experiment.run import Run

OF_NEW_RUNS = {"replications": "-n", "seed": "--seed", "settings": "--set"}


@click.command(
    help="""Explain what binds in a scenario, or a difference.

    Of SCENARIO alone: what binds over time, and what relaxing it alone would change.

    With OTHER, explain what is different there: what was delivered from where, who earned it, and what held up the
    order books. A results folder may stand for each of them, or a comparison's for both: its runs are explained.""",
    epilog=examples("chipgate explain baseline h20-stays", "chipgate explain results/baseline --relax memory"),
)
@click.argument("scenario", shell_complete=completed(scenarios, files=True))
@click.argument("other", required=False, shell_complete=completed(scenarios, files=True))
@replications("How many times each of them runs.", default=50)
@seeded
@setting
@click.option(
    "--relax",
    "relaxed",
    multiple=True,
    metavar="CONSTRAINT",
    shell_complete=completed(constraints),
    help="Relax this one, such as memory.  [default: the largest, and the one that took over]",
)
@click.option("--picture", type=click.Path(path_type=Path), help="Draw what binds into this file: .svg, .png or .pdf.")
@overwriting
@click.option("--project", metavar="NAME", help="Show one project's life instead: cloud-17, or N for the N-th to come.")
@click.option("--replication", type=Integer(), help="The replication that the project lives in.  [default: 0]")
@by_workers
@on_cluster
@keeping
@as_json
@click.pass_context
def explain(
    context: click.Context,
    scenario: str,
    other: str | None,
    replications: int,
    seed: int,
    settings: tuple[str, ...],
    relaxed: tuple[str, ...],
    picture: Path | None,
    overwrite: bool,
    project: str | None,
    replication: int | None,
    workers: int | None,
    as_json: bool,
) -> None:
    if project is not None:
        _refuse_beside("--project shows one project's life", {"--relax": relaxed, "--picture": picture, other: other})
        _tell_life(scenario, settings, project, seed, replication or 0, as_json)
        return
    if replication is not None:
        raise click.UsageError("--replication belongs to --project; how many to run is --replications")
    if other:
        _refuse_beside("--relax is about what binds in one scenario", {other: relaxed})
    from sim.studies.explain.known import chosen

    names = chosen(relaxed)
    form = format_of(picture, overwrite) if picture else ""
    given = [name for key, name in OF_NEW_RUNS.items() if _is_given(context, key)]
    subjects = [scenario, other] if other else [scenario]
    runs = _stored(subjects, given) or _run(subjects, settings, replications, seed, workers)
    if len(runs) > 1:
        _refuse_beside("--relax is about what binds in one scenario", {scenario: relaxed})
        text, record = _contrasts(runs)
    else:
        text, record = _explanation(runs[0], names, workers)
    if picture:
        _draw(picture, form, runs)
    if as_json:
        echo_json(record)
        return
    click.echo(text)
    if picture:
        click.echo()
        echo_folded(f"The picture is in {picture}.")


def _is_given(context: click.Context, parameter: str) -> bool:
    return context.get_parameter_source(parameter) is not ParameterSource.DEFAULT


def _refuse_beside(told: str, others: dict[str | None, Any]) -> None:
    """Refuse what does not go together."""
    if unwanted := [name for name, value in others.items() if name and value]:
        raise click.UsageError(f"{told}; leave out {unwanted[0]}")


def _tell_life(
    scenario: str, settings: tuple[str, ...], project: str, seed: int, replication: int, as_json: bool
) -> None:
    from sim.studies.explain.life import life_record, life_text, tell_project

    life = tell_project(read(scenario, settings), project, seed, replication)
    if as_json:
        echo_json(life_record(life))
    else:
        click.echo(life_text(life, terminal_width()))


def _stored(subjects: list[str], given: list[str]) -> list[Run]:
    """The runs that these results folders hold; none where scenarios are meant."""
    folders = [name for name in subjects if _is_folder(name)]
    if not folders:
        return []
    if len(folders) < len(subjects):
        raise click.UsageError("a results folder has runs of its own; name two folders, or two scenarios")
    if given:
        raise click.UsageError(f"'{folders[0]}' has runs of its own; leave out {given[0]}")
    from sim.experiment.run import Run
    from sim.folder.read import read_results

    runs: list[Run] = []
    for folder in folders:
        found = read_results(Path(folder))
        runs += [found] if isinstance(found, Run) else found.runs
    return runs


def _is_folder(name: str) -> bool:
    """Whether a folder is meant: a scenario of that name comes first."""
    scenarios = (Path(f"{name}.yaml"), scenario_folder() / f"{name}.yaml")
    return Path(name).is_dir() and not any(path.is_file() for path in scenarios)


def _run(
    subjects: list[str], settings: tuple[str, ...], replications: int, seed: int, workers: int | None
) -> list[Run]:
    """New runs of one scenario or two."""
    from sim.experiment.comparison import refuse_unfit

    scenarios = [read(name, settings) for name in subjects]
    if len(scenarios) > 1:
        refuse_unfit(scenarios)
    return [run_told(sourced, replications, seed, workers) for sourced in scenarios]


def _contrasts(runs: list[Run]) -> tuple[str, dict[str, Any]]:
    """What is different in each of the others, as text and as a record."""
    from sim.exhibits.page import page_record, page_text
    from sim.experiment.comparison import Comparison
    from sim.studies.explain.difference import contrast, contrast_page

    comparison = Comparison(runs)
    found = [contrast_page(contrast(comparison.base, other)) for other in comparison.others]
    record = {"label": LABEL, "base": comparison.names[0], "contrasts": [page_record(each) for each in found]}
    return "\n\n".join(page_text(each, terminal_width(), style_of_stdout()) for each in found), record


def _explanation(base: Run, names: list[str], workers: int | None) -> tuple[str, dict[str, Any]]:
    """What binds in one scenario, and what relaxing it would change, as text and as a record."""
    from sim.exhibits.page import page_record, page_text
    from sim.studies.explain.known import explained, leading
    from sim.studies.explain.page import explanation_page
    from sim.studies.explain.text_strip import writable_blocks
    from sim.studies.relax import relax

    relaxed = {
        name: run_told(relax(base.sourced, name), len(base), base.seed, workers, f"Relaxing {name}")
        for name in names or leading(base)
    }
    why = explained(base, relaxed)
    style = style_of_stdout()
    page = explanation_page(why, style is not unstyled, writable_blocks(sys.stdout.encoding))
    return page_text(page, terminal_width(), style), page_record(page)


def _draw(picture: Path, form: str, runs: list[Run]) -> None:
    """The picture of what binds."""
    from sim.experiment.comparison import Comparison
    from sim.pictures.choice import picture_of
    from sim.pictures.slide import render

    write_picture(picture, render(picture_of("binds", Comparison(runs) if len(runs) > 1 else runs[0]), form))
