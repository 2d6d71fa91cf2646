"""The command that samples worlds: sample."""

from __future__ import annotations

from pathlib import Path

import click

from sim.base.errors import ChipgateError
from sim.cli.common import Integer, as_json, examples, low_only, overwriting, read, seeded, setting
from sim.cli.completion import completed, scenarios
from sim.cli.terminal import echo_folded, echo_page, progress_bar

FORMS = (".parquet", ".csv")


@click.command(
    help="""Sample worlds from the ranges of the assumptions.

    A world has a value for each assumption that nobody decides, all sampled together, and keeps the scenario's rules.
    Nothing is run: 'chipgate compare --worlds' runs scenarios in such worlds.""",
    epilog=examples("chipgate sample baseline", "chipgate sample baseline -n 500 --out worlds.parquet"),
)
@click.argument("scenario", shell_complete=completed(scenarios, files=True))
@click.option("-n", "--worlds", type=Integer(1, 100_000), default=100, show_default=True, help="How many worlds.")
@seeded
@setting
@click.option("--levers", is_flag=True, help="What somebody decides varies too.")
@low_only
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write a row for each world, a column for each key: a .parquet or .csv file.  [default: none is written]",
)
@overwriting
@as_json
def sample(
    scenario: str,
    worlds: int,
    seed: int,
    settings: tuple[str, ...],
    levers: bool,
    low_only: bool,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    if out is None and overwrite:
        raise click.UsageError("--overwrite replaces the file that --out names; name it")
    from sim.base.atomic import reason, refuse_file, write_whole
    from sim.experiment.worlds import sampled
    from sim.folder.worlds import sample_file
    from sim.studies.sampling import sample_page

    if out:
        if out.suffix.lower() not in FORMS:
            raise ChipgateError(f"'{out}' is not a name for worlds: it must end in {' or '.join(FORMS)}")
        refuse_file(out, overwrite, "file")
    sourced = read(scenario, settings)
    with progress_bar(worlds, 100, "Checking worlds") as step:
        found = sampled(sourced, worlds, seed, levers=levers, low_only=low_only, progress=step)
    if out:
        try:
            write_whole(out, sample_file(found, out.suffix.lower()))
        except OSError as error:
            raise ChipgateError(f"cannot write '{out}': {reason(error)}") from error
    echo_page(sample_page(sourced, found, low_only), as_json)
    if out:
        click.echo(err=as_json)
        echo_folded(f"Written to {out}: a row for each world, a column for each key.", err=as_json)
