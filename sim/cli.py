"""The command line: each command reads, calls, writes. What a command needs is imported when it runs."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from contextlib import nullcontext
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim import __version__
from sim.errors import ChipgateError
from sim.label import LABEL, SENTENCE

if TYPE_CHECKING:
    from sim.experiment import Run
    from sim.load import SourcedScenario


class Commands(click.Group):
    """A group whose commands tell a person's mistakes on stderr and leave with status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ChipgateError as error:
            click.echo(str(error), err=True)
            ctx.exit(2)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """In the order in which a newcomer meets them."""
        return list(self.commands)


@click.group(
    cls=Commands,
    epilog="Start with: chipgate run baseline",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=f"""Simulate export-control scenarios for AI chips in China's data centres.

    {SENTENCE}""",
)
@click.version_option(__version__, message=f"chipgate %(version)s. {LABEL}.")
def main() -> None:
    pass


setting = click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change one key, such as foundry.growth='50 %/year'."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")


def read(scenario: str, settings: tuple[str, ...] = ()) -> SourcedScenario:
    """A scenario with the changes given on the command line."""
    from sim.load import load

    pairs = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise ChipgateError(f"--set {text}: write KEY=VALUE, such as --set foundry.growth='50 %/year'")
        pairs[key.strip()] = value.strip()
    return load(scenario, pairs)


def echo_json(data: Any) -> None:
    """JSON that any reader takes: no nan."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False, default=str))


@main.command()
@click.argument("scenario")
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), default=200, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same numbers.")
@setting
@click.option("--out", type=click.Path(path_type=Path), help="Results folder.  [default: results/SCENARIO, numbered]")
@click.option("--overwrite", is_flag=True, help="Replace an existing results folder.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes.  [default: every processor]")
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
    from sim.experiment import run_scenario
    from sim.results import free_folder, publish_run, refuse_existing
    from sim.tables import print_run, run_text, summary_records

    name = sourced.scenario.name
    refuse_existing(out or free_folder(name), overwrite)
    start = time.perf_counter()
    bar: Any = nullcontext()
    if sys.stderr.isatty():
        bar = click.progressbar(length=replications, label=f"Running {name}", file=sys.stderr)
    with bar as shown:
        result = run_scenario(
            sourced, replications, seed, workers, (lambda: shown.update(1)) if shown else lambda: None
        )
    seconds = time.perf_counter() - start
    folder = out or free_folder(name)  # only now, since another run may have taken the name meanwhile
    manifest = publish_run(result, folder, shlex.join(["chipgate", *sys.argv[1:]]), seconds, overwrite)
    if as_json:
        echo_json({**manifest.model_dump(), "folder": str(folder), "outcomes": summary_records(result)})
        return
    if sys.stdout.isatty():
        print_run(result)
    else:
        click.echo(run_text(result))
    pictures = ", ".join(name for name in manifest.files if name.endswith(".png"))
    click.echo(f"\nWritten to {folder}: the table in summary.csv, the pictures {pictures}, and all data.")


def _tell(sourced: SourcedScenario, seed: int) -> None:
    """One replication, sentence by sentence."""
    from sim.replication import listen
    from sim.trace import sentence

    scenario = sourced.scenario
    click.echo(f"{scenario.name}, replication 0, seed {seed}. {SENTENCE}")
    listen(scenario, seed, 0, lambda fact: click.echo(sentence(fact, scenario)))


@main.command("list")
@as_json
def list_scenarios(as_json: bool) -> None:
    """List the shipped scenarios and their questions, by who pulls the lever."""
    from sim.load import shipped
    from sim.scenario import LEVERS

    rank: dict[str, int] = {lever: i for i, lever in enumerate(LEVERS)}
    scenarios = sorted(shipped(), key=lambda s: rank.get(s.lever, 0))
    if as_json:
        echo_json(
            {
                "label": LABEL,
                "scenarios": [
                    {"name": s.name, "lever": s.lever or None, "title": s.title, "question": s.question}
                    for s in scenarios
                ],
            }
        )
        return
    width = max(len(s.name) for s in scenarios)
    for lever, pulled in groupby(scenarios, key=lambda s: s.lever):
        click.echo(f"\n{lever.capitalize()}" if lever else "")
        for s in pulled:
            click.echo(f"  {s.name:<{width}}  {s.question}")
    click.echo(f"\nRun one with: chipgate run baseline\n{SENTENCE}")


@main.command()
@click.argument("scenario")
@click.option("--diff", "other", metavar="OTHER", help="Show only what differs in OTHER.")
@setting
@as_json
def show(scenario: str, other: str | None, settings: tuple[str, ...], as_json: bool) -> None:
    """Show each parameter of SCENARIO: value, unit and source."""
    from sim.show import changed_text, diff, shown_text
    from sim.show import show as rows

    sourced = read(scenario, settings)
    compared = read(other) if other else None
    if as_json:
        data = diff(sourced, compared) if compared else rows(sourced)
        echo_json({"label": LABEL, "scenario": sourced.scenario.name, "parameters": data})
    else:
        click.echo(changed_text(sourced, compared) if compared else shown_text(sourced))


@main.command()
@click.argument("scenario")
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), default=50, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same numbers.")
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
@click.option("--workers", type=click.IntRange(1, 256), help="Processes.  [default: every processor]")
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
    from sim.explain import (
        chosen,
        explained,
        explanation_record,
        explanation_text,
        leading,
        life_record,
        life_text,
        picture_format,
        tell_project,
        writable_blocks,
    )
    from sim.relief import relieve

    sourced = read(scenario, settings)
    if project is not None:
        life = tell_project(sourced, project, seed, replication or 0)
        if as_json:
            echo_json(life_record(life))
        else:
            click.echo(life_text(life))
        return
    names = chosen(relieved)
    form = picture_format(picture, overwrite) if picture else ""
    base = _run_told(sourced, replications, seed, workers, f"Running {sourced.scenario.name}")
    why = explained(
        base,
        {
            name: _run_told(relieve(sourced, name), replications, seed, workers, f"Relieving {name}")
            for name in names or leading(base)
        },
    )
    if picture:
        from sim.pictures import picture as slide
        from sim.pictures import render

        try:
            picture.write_bytes(render(slide("binds", base), form))
        except OSError as error:
            raise ChipgateError(f"cannot write '{picture}': {error.strerror}") from error
    if as_json:
        echo_json(explanation_record(why))
        return
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    click.echo(explanation_text(why, coloured, writable_blocks(sys.stdout.encoding)), color=coloured)
    if picture:
        click.echo(f"\nThe picture is in {picture}.")


def _run_told(sourced: SourcedScenario, replications: int, seed: int, workers: int | None, label: str) -> Run:
    """A run, with a progress bar where a person looks on."""
    from sim.experiment import run_scenario

    bar: Any = nullcontext()
    if sys.stderr.isatty():
        bar = click.progressbar(length=replications, label=label, file=sys.stderr)
    with bar as shown:
        return run_scenario(sourced, replications, seed, workers, (lambda: shown.update(1)) if shown else lambda: None)


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def check(files: tuple[str, ...]) -> None:
    """Check scenario files and tell every mistake in them."""
    from sim.load import check as check_files

    outcome = check_files(files)
    wrong = [error for _, error in outcome if error]
    for name, error in outcome:
        if error is None:
            click.echo(f"{name}: ok")
    if wrong:
        raise ChipgateError("\n\n".join(map(str, wrong)))
    click.echo(f"\n{SENTENCE}")


@main.command()
def schema() -> None:
    """Write the JSON Schema of scenario files, for editors."""
    from sim.reference import schema as scenario_schema

    echo_json(scenario_schema())


@main.command()
@click.option(
    "--check", "checked", is_flag=True, help="Recompute the relations between the figures; status 1 if one is wrong."
)
@as_json
def figures(checked: bool, as_json: bool) -> None:
    """List the figures of the articles, or check them against each other."""
    from sim.consistency import check as check_figures
    from sim.consistency import render_check, report_row
    from sim.figures import figure_rows, read_figures, render_figures

    ledger = read_figures()
    if checked:
        report = check_figures(ledger)
        if as_json:
            echo_json({**report_row(report), "label": LABEL})
        else:
            click.echo(render_check(report))
        sys.exit(report.exit_status)
    if as_json:
        echo_json({"label": LABEL, "figures": figure_rows(ledger)})
    else:
        click.echo(render_figures(ledger))


@main.command()
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), help="[default: 200; with --fit 40]")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same numbers.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes.  [default: every processor]")
@click.option("--fit", "again", is_flag=True, help="Repeat the search for the fitted parameters; a minute or two.")
@as_json
def backcast(replications: int | None, seed: int, workers: int | None, again: bool, as_json: bool) -> None:
    """Hold the baseline against the figures of the articles, fitted and held out."""
    from sim.backcast import backcast_record, backcast_text, baseline, beside, fit, fit_record, fit_text

    if again:
        found = fit(replications or 40, seed, workers)
        if as_json:
            echo_json(fit_record(found))
        else:
            click.echo(fit_text(found))
        return
    result = beside(_run_told(baseline(), replications or 200, seed, workers, "Running baseline"))
    if as_json:
        echo_json(backcast_record(result))
    else:
        click.echo(backcast_text(result))
