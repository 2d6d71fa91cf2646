"""The command for the store of replications: store list, verify, clear."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.base.errors import ChipgateError
from sim.base.label import SENTENCE
from sim.cli.common import Commands, as_json, examples
from sim.cli.terminal import echo_folded, echo_page

if TYPE_CHECKING:
    from sim.experiment.store import Store

in_folder = click.option("--store", "folder", type=click.Path(path_type=Path), help="Another folder than yours.")


@click.group(
    cls=Commands,
    help="""Replications that are kept, so that none is computed twice.

    'run', 'compare', 'explain', 'hindcast' and 'lesson' keep what they compute, and look here first; 'reproduce' never
    does. A change of the model, or another interpreter, computes anew.

    'chipgate store list' says where it is. --store DIR or the environment variable CHIPGATE_STORE names another folder,
    --no-store or CHIPGATE_STORE=none keeps nothing. CHIPGATE_STORE_LIMIT=5 allows 5 GB instead of 1.

    Illustrative, not predictive.""",
    epilog=examples("chipgate store list", "chipgate store clear"),
)
def store() -> None:
    pass


@store.command(
    "list",
    help="List what is kept, by scenario and seed, with its size.",
    epilog=examples("chipgate store list", "chipgate store list --store class-store"),
)
@in_folder
@as_json
def list_store(folder: Path | None, as_json: bool) -> None:
    from sim.studies.kept import kept_page

    echo_page(kept_page(_store(folder)), as_json)


@store.command(
    help="Read every part, and remove those that are damaged. Status 1 if there were any.",
    epilog=examples("chipgate store verify"),
)
@in_folder
@click.pass_context
def verify(context: click.Context, folder: Path | None) -> None:
    from sim.studies.kept import verified

    whole, damaged = verified(_store(folder))
    removed = f"; {damaged:,} {'was' if damaged == 1 else 'were'} damaged and removed" if damaged else ""
    echo_folded(f"{whole:,} part{' is' if whole == 1 else 's are'} whole{removed}. {SENTENCE}")
    context.exit(1 if damaged else 0)


@store.command(help="Remove all that is kept.", epilog=examples("chipgate store clear"))
@in_folder
def clear(folder: Path | None) -> None:
    from sim.studies.kept import amount, bytes_of

    own = _store(folder)
    gone = own.clear()
    were = "part was" if len(gone) == 1 else "parts were"
    echo_folded(f"{len(gone):,} {were} removed from {own.folder}, {amount(bytes_of(gone))}. {SENTENCE}")


def _store(folder: Path | None) -> Store:
    """The store that is meant. Raises ChipgateError where none is in use."""
    from sim.experiment.store import WHOSE, store_at

    if (own := store_at(folder)) is None:
        who = "--store" if folder else f"the variable {WHOSE}"
        raise ChipgateError(f"{who} says that nothing is kept; name a folder with --store")
    return own
