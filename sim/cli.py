"""The command line: each command reads, calls, writes. What a command needs is imported when it runs."""

from __future__ import annotations

import json
import shlex
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim import __version__
from sim.errors import ChipgateError
from sim.label import LABEL, SENTENCE

if TYPE_CHECKING:
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
        echo_json({**manifest, "folder": str(folder), "outcomes": summary_records(result)})
        return
    if sys.stdout.isatty():
        print_run(result)
    else:
        click.echo(run_text(result))
    pictures = ", ".join(name for name in manifest["files"] if name.endswith(".png"))
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
    """List the shipped scenarios and their questions."""
    from sim.load import shipped

    scenarios = shipped()
    if as_json:
        echo_json(
            {
                "label": LABEL,
                "scenarios": [{"name": s.name, "title": s.title, "question": s.question} for s in scenarios],
            }
        )
        return
    width = max(len(s.name) for s in scenarios)
    for s in scenarios:
        click.echo(f"{s.name:<{width}}  {s.question}")
    click.echo(f"\nRun one with: chipgate run {scenarios[0].name}\n{SENTENCE}")


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
