"""What the commands share: how mistakes are told, common options, reading a scenario, running with a progress bar."""

from __future__ import annotations

import json
import shutil
import sys
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import click

from sim.base.errors import ChipgateError

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from sim.experiment.run import Run
    from sim.scenario.load import SourcedScenario


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
seeded = click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same numbers."
)
by_workers = click.option("--workers", type=click.IntRange(1, 256), help="Processes.  [default: every processor]")
as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")


def read(scenario: str, settings: tuple[str, ...] = ()) -> SourcedScenario:
    """A scenario with the changes given on the command line."""
    from sim.scenario.load import load

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


def terminal_width(err: bool = False) -> int | None:
    """Columns of the terminal that stdout, or stderr, is; None where it is none."""
    stream = sys.stderr if err else sys.stdout
    return shutil.get_terminal_size().columns if stream.isatty() else None


def echo_folded(text: str, err: bool = False, indent: str = "") -> None:
    """A sentence, on a terminal as lines that break between words; a path stays whole."""
    from sim.exhibits.layout import folded

    width = terminal_width(err)
    click.echo("\n".join(folded(text, width, indent)) if width else text, err=err)


def run_told(sourced: SourcedScenario, replications: int, seed: int, workers: int | None, label: str) -> Run:
    """A run, with a progress bar where a person looks on."""
    from sim.experiment.run import run_scenario
    from sim.experiment.workers import CHUNK, available_processors

    if not sys.stderr.isatty():
        return run_scenario(sourced, replications, seed, workers)
    first = CHUNK * (workers or available_processors())
    with _bar(replications, first, label) as bar:
        done = count(1)
        return run_scenario(sourced, replications, seed, workers, lambda: bar.update(1, next(done)))


def _bar(length: int, first: int, label: str) -> ProgressBar[int]:
    """A progress bar that fits on one line, and estimates how long it takes once the `first` steps are done.

    Before, the workers' first blocks are under way and would count as nothing.
    """
    start = time.perf_counter()

    def left(done: int | None) -> str | None:
        if done is None or not first <= done < length:
            return None
        return time_left((time.perf_counter() - start) / done * (length - done))

    room = shutil.get_terminal_size().columns - len(f"{label}  []  100%  {time_left(0)}") - 1
    width = max(5, min(36, room))
    return click.progressbar(
        length=length, label=label, file=sys.stderr, width=width, show_eta=False, item_show_func=left
    )


def time_left(seconds: float) -> str:
    """An estimate in words: 0:14 left."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{f'{hours}:{minutes:02}' if hours else minutes}:{rest:02} left"
