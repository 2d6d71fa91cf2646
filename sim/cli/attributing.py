"""The command that splits a difference over what makes it: attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.base.errors import ChipgateError
from sim.cli.asking import asked, on_outcome
from sim.cli.common import examples, read, replications
from sim.cli.completion import completed, scenarios
from sim.cli.studying import echo_study, of_study

if TYPE_CHECKING:
    from sim.cli.studying import Output


@click.command(
    help="""Split a difference over the policies that make it.

    Whatever OTHER sets differently from BASE is a part: each policy, each key. All worlds between the two are run, and
    each part is what its change adds, averaged over all orders (the Shapley value), beside what it adds alone and last.
    'explain BASE OTHER' looks into the runs of the two; this makes further ones, of the worlds between them.""",
    epilog=examples(
        "chipgate attribute baseline no-controls --on delivered",
        "chipgate attribute baseline no-stockpile --group bought=memory.f*",
    ),
)
@click.argument("base", shell_complete=completed(scenarios, files=True))
@click.argument("other", shell_complete=completed(scenarios, files=True))
@on_outcome
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="NAME=KEY,KEY",
    help="Let these keys, of those that differ, go together; * is any letters. Repeat it for more groups.",
)
@replications("How many times each of the worlds runs.", default=40)
@of_study
def attribute(
    base: str,
    other: str,
    outcome: str,
    groups: tuple[str, ...],
    replications: int,
    seed: int,
    settings: tuple[str, ...],
    workers: int | None,
    output: Output,
) -> None:
    from sim.studies.attribution import attribution

    one, two = (read(name, settings) for name in (base, other))
    ask = asked(workers, f"Between {one.scenario.name} and {two.scenario.name}")
    echo_study(attribution(one, two, outcome, ask, _named(groups), replications, seed), output)


def _named(groups: tuple[str, ...]) -> dict[str, list[str]]:
    """The keys of each group, by its name. Raises ChipgateError."""
    found: dict[str, list[str]] = {}
    for text in groups:
        name, equals, keys = text.partition("=")
        if not equals:
            raise ChipgateError(f"--group {text}: write NAME=KEY,KEY, such as --group chips=policies.h20-block,imports")
        found.setdefault(name.strip(), []).extend(key.strip() for key in keys.split(",") if key.strip())
    return found
