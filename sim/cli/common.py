"""What the commands share: how mistakes are told, common options, reading a scenario, running with a progress bar."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from sim.errors import ChipgateError

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


def run_told(sourced: SourcedScenario, replications: int, seed: int, workers: int | None, label: str) -> Run:
    """A run, with a progress bar where a person looks on."""
    from sim.experiment import run_scenario

    bar: Any = nullcontext()
    if sys.stderr.isatty():
        bar = click.progressbar(length=replications, label=label, file=sys.stderr)
    with bar as shown:
        return run_scenario(sourced, replications, seed, workers, (lambda: shown.update(1)) if shown else lambda: None)
