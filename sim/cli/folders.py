"""Commands that read a results folder: plot, reproduce."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from sim.base.errors import ChipgateError
from sim.base.label import SENTENCE
from sim.cli.common import as_json, by_workers, examples, overwriting, run_told
from sim.cli.completion import completed, kinds, outcomes
from sim.cli.terminal import echo_folded, echo_page
from sim.pictures.files import FORMATS, format_of, write_picture


class _Plot(click.Command):
    """A command whose help names the kinds of pictures."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from sim.pictures.kinds import kinds_told

        with formatter.section("Kinds"):
            formatter.write_dl(list(kinds_told().items()))
        super().format_epilog(ctx, formatter)


@click.command(
    cls=_Plot,
    help="""Draw a picture from a results folder, without running again.

    DIR is what 'chipgate run' or 'chipgate compare' has written.""",
    epilog=examples(
        "chipgate plot results/baseline --kind sources",
        "chipgate plot results/baseline --kind fan --outcome delivered",
    ),
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--kind",
    metavar="KIND",
    help="Which picture.  [default: list those that DIR can give]",
    shell_complete=completed(kinds),
)
@click.option(
    "--outcome",
    metavar="OUTCOME",
    help="What it is about, for a kind that can show several outcomes.",
    shell_complete=completed(outcomes),
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="[default: that of --out, or svg]")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The picture's file.  [default: DIR-KIND.svg in this folder]"
)
@overwriting
def plot(
    folder: Path, kind: str | None, outcome: str | None, form: str | None, out: Path | None, overwrite: bool
) -> None:
    from sim.folder.read import read_results
    from sim.pictures.choice import picture_of
    from sim.pictures.slide import render

    if kind is None:
        options = {"--outcome": outcome, "--format": form, "--out": out, "--overwrite": overwrite}
        if given := [name for name, value in options.items() if value]:
            raise click.UsageError(f"{given[0]} belongs to a picture; name its --kind")
        for line, indent in _kinds(folder):
            echo_folded(line, indent=indent)
        return
    subject = read_results(folder)
    slide = picture_of(kind, subject, outcome)
    target, form = _target(folder, kind, outcome, form, out, overwrite)
    write_picture(target, render(slide, form))
    echo_folded(f"Written to {target}. {SENTENCE}")


def _kinds(folder: Path) -> list[tuple[str, str]]:
    """The kinds of pictures that a folder's results can give, a sentence each, and how its other lines are indented."""
    from sim.folder.manifest import read_manifest
    from sim.pictures.choice import kinds_of, pictures

    about = read_manifest(folder)
    kinds = kinds_of(about.kind)
    width = max(map(len, kinds))
    cards = [(kind, pictures()[kind]) for kind in kinds]
    lines = [f"  {kind:<{width}}  {card.what}{' Takes --outcome.' * card.takes_outcome}" for kind, card in cards]
    return [
        (f"{folder} holds a {about.kind}; it can be drawn as", ""),
        *((line, " " * (width + 4)) for line in lines),
        ("", ""),
        (f"Such as: chipgate plot {folder} --kind {kinds[0]}", "  "),
        (SENTENCE, ""),
    ]


def _target(
    folder: Path, kind: str, outcome: str | None, form: str | None, out: Path | None, overwrite: bool
) -> tuple[Path, str]:
    """The picture's file and its format. Raises ChipgateError for a place that is taken, or the results' own."""
    if out is None:
        words = re.sub(r"[^\w.-]+", "-", "-".join(filter(None, (folder.resolve().name, kind, outcome))))
        target = Path(f"{words}.{form or 'svg'}")
    else:
        target = out
    found = format_of(target, overwrite)
    if form is not None and found != form:
        raise click.UsageError(f"--out {target} and --format {form} contradict each other; leave one out")
    _refuse_the_results_own(folder, target, asked=out is not None)
    return target, found


def _refuse_the_results_own(folder: Path, target: Path, asked: bool) -> None:
    """A results folder holds what its manifest names: nothing of it is redrawn in place, nothing is added unasked."""
    from sim.folder.manifest import read_manifest

    if target.resolve().parent != folder.resolve():
        return
    if target.name in read_manifest(folder).files:
        raise ChipgateError(f"'{target}' is part of the results, and stays as it is; name another file with --out")
    if not asked:
        raise ChipgateError(f"'{target}' would lie among the results in '{folder}'; name a file elsewhere with --out")


@click.command(
    help="""Run a results folder again: does it come out the same?

    Each file of DIR but the report is compared, byte for byte. Status 1 if the data differ, or if a file was edited
    since.""",
    epilog=examples("chipgate reproduce results/baseline"),
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@by_workers
@as_json
def reproduce(folder: Path, workers: int | None, as_json: bool) -> None:
    from sim.folder.reproduce import reproduce as rerun
    from sim.folder.reproduce import reproduction_page

    result = rerun(folder, lambda sourced, replications, seed: run_told(sourced, replications, seed, workers))
    echo_page(reproduction_page(result), as_json)
    sys.exit(0 if result.same and not result.edited else 1)
