"""The command line: each command reads, calls, writes. What a command needs is imported when it runs."""

from __future__ import annotations

from copy import copy

import click

from sim.base.label import LABEL, SENTENCE
from sim.base.version import __version__
from sim.cli.attributing import attribute
from sim.cli.common import Commands
from sim.cli.comparing import compare
from sim.cli.explaining import explain
from sim.cli.folders import plot, reproduce
from sim.cli.lessons import lesson
from sim.cli.reading import check, figures, list_scenarios, schema, show
from sim.cli.robust import robust
from sim.cli.running import hindcast, run
from sim.cli.sampling import sample
from sim.cli.sensitivity import sensitivity
from sim.cli.starting import new
from sim.cli.storing import store
from sim.cli.varying import breakeven, sweep


@click.group(
    cls=Commands,
    epilog="""\b
    Start with:
      chipgate run baseline

    Let the tab key complete names (bash; zsh_source, fish_source):
      eval "$(_CHIPGATE_COMPLETE=bash_source chipgate)"
    """,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=f"""Simulate export-control scenarios for AI chips in China's data centres.

    {SENTENCE}""",
)
@click.version_option(__version__, message=f"chipgate %(version)s. {LABEL}.")
def main() -> None:
    pass


for command in (
    run,
    list_scenarios,
    show,
    new,
    compare,
    explain,
    sample,
    sensitivity,
    breakeven,
    sweep,
    attribute,
    robust,
    lesson,
    plot,
    reproduce,
    check,
    schema,
    figures,
    hindcast,
    store,
):
    main.add_command(command)

former = copy(hindcast)  # the name it had; found in older notes and lessons
former.hidden = True
main.add_command(former, "backcast")
