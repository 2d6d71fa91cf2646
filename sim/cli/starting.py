"""The command that writes a scenario file to start from: new."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from sim.base.errors import ChipgateError
from sim.base.label import SENTENCE
from sim.cli.common import examples, overwriting, pairs, setting
from sim.cli.completion import completed, scenarios
from sim.cli.terminal import echo_folded


@click.command(
    help="""Write a scenario file of your own to start from.

    FILE extends another scenario and shows beside each value the one that it replaces. Without --set it offers some
    keys to change, as comments.""",
    epilog=examples("chipgate new mine.yaml", "chipgate new mine.yaml --set foundry.growth='20 %/year'"),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--extends",
    default="baseline",
    show_default=True,
    metavar="SCENARIO",
    help="The scenario that it changes.",
    shell_complete=completed(scenarios, files=True),
)
@setting
@overwriting
def new(file: Path, extends: str, settings: tuple[str, ...], overwrite: bool) -> None:
    from sim.base.atomic import refuse_file
    from sim.scenario.new import write_new

    if file.suffix not in (".yaml", ".yml"):
        raise ChipgateError(f"'{file}' is not a scenario's name: it must end in .yaml")
    refuse_file(file, overwrite, "scenario")
    write_new(file, extends, pairs(settings))
    echo_folded(f"Written to {file}, which extends {extends}. {SENTENCE}")
    click.echo()
    if not settings:
        echo_folded(f"Change something in {file}: it says how. Then type")
    click.echo(f"  {shlex.join(['chipgate', 'compare', extends, str(file)])}")
