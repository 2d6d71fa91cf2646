"""Commands that read a results folder: plot, reproduce."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sim.base.errors import ChipgateError
from sim.base.label import SENTENCE
from sim.cli.asking import asked
from sim.cli.common import as_json, by_workers, examples, overwriting, run_told
from sim.cli.completion import completed, kinds, outcomes
from sim.cli.terminal import echo_folded, echo_page
from sim.pictures.files import FORMATS, format_of, write_picture

LONGEST = 120  # letters of a file's name that is made here


class _Plot(click.Command):
    """A command whose help names the kinds of pictures."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from sim.pictures.kinds import kinds_told

        with formatter.section("Kinds"):
            formatter.write_dl(list(kinds_told().items()))
        super().format_epilog(ctx, formatter)


@click.command(
    cls=_Plot,
    help="""Draw a picture from results folders, without running again.

    DIR is what 'chipgate run' or 'chipgate compare' has written. Several are drawn together, the first run of the
    first is the base. Runs of the same seed and replications are paired; others can be drawn side by side.""",
    epilog=examples(
        "chipgate plot results/baseline --kind fan --outcome delivered --from 2025",
        "chipgate plot results/baseline results/h20-stays --kind difference",
    ),
)
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
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
@click.option("--scenario", "scenarios", metavar="NAME", multiple=True, help="Only this one; may be repeated.")
@click.option("--from", "start", metavar="WHEN", help="Only from this year, month or day on.")
@click.option("--to", "end", metavar="WHEN", help="Only to the end of this year, month or day.")
@click.option("--size", help="slide, page or thumbnail.  [default: slide]")
@click.option("--format", "form", type=click.Choice(FORMATS), help="[default: that of --out, or svg]")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The picture's file.  [default: DIR-KIND.svg in this folder]"
)
@overwriting
def plot(
    folders: tuple[Path, ...],
    kind: str | None,
    outcome: str | None,
    scenarios: tuple[str, ...],
    start: str | None,
    end: str | None,
    size: str | None,
    form: str | None,
    out: Path | None,
    overwrite: bool,
) -> None:
    from sim.folder.read import read_results
    from sim.pictures.choice import period_of, picture_of, together
    from sim.pictures.slide import render

    options: dict[str, object] = {
        "--outcome": outcome,
        "--scenario": scenarios,
        "--from": start,
        "--to": end,
        "--size": size,
    }
    options |= {"--format": form, "--out": out, "--overwrite": overwrite}
    if kind is None:
        if given := [name for name, value in options.items() if value]:
            raise click.UsageError(f"{given[0]} belongs to a picture; name its --kind")
        for line, indent in _kinds(folders):
            echo_folded(line, indent=indent)
        return
    subject = together([read_results(folder) for folder in folders], scenarios, kind)
    slide = picture_of(kind, subject, outcome, period_of(start, end), size or "slide")
    names = [*(folder.resolve().name for folder in folders), kind, outcome, *scenarios, start, end, size]
    target, form = _target(folders, "-".join(filter(None, names)), form, out, overwrite)
    write_picture(target, render(slide, form))
    echo_folded(f"Written to {target}. {SENTENCE}")


def _kinds(folders: Sequence[Path]) -> list[tuple[str, str]]:
    """The kinds of pictures that folders' results can give, a sentence each, and how its other lines are indented."""
    from sim.folder.manifest import read_manifest
    from sim.pictures.choice import kinds_of, pictures

    about = [read_manifest(folder) for folder in folders]
    subject = about[0].kind if len(folders) == 1 else "comparison"
    kinds = kinds_of(subject, any(each.keep == "summary" for each in about))
    width = max(map(len, kinds))
    cards = [(kind, pictures()[kind]) for kind in kinds]
    lines = [f"  {kind:<{width}}  {card.what}{' Takes --outcome.' * card.takes_outcome}" for kind, card in cards]
    named = " ".join(map(str, folders))
    what = f"{named} holds a {subject}" if len(folders) == 1 else f"{named} together are a comparison"
    return [
        (f"{what}; it can be drawn as", ""),
        *((line, " " * (width + 4)) for line in lines),
        ("", ""),
        (f"Such as: chipgate plot {named} --kind {kinds[0]}", "  "),
        (SENTENCE, ""),
    ]


def _target(
    folders: Sequence[Path], name: str, form: str | None, out: Path | None, overwrite: bool
) -> tuple[Path, str]:
    """The picture's file and its format. Raises ChipgateError for a place that is taken, or the results' own."""
    words = re.sub(r"[^\w.-]+", "-", name)[:LONGEST]
    target = out or Path(f"{words}.{form or 'svg'}")
    found = format_of(target, overwrite)
    if form is not None and found != form:
        raise click.UsageError(f"--out {target} and --format {form} contradict each other; leave one out")
    for folder in folders:
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

    ask = asked(workers, "Running sampled worlds")
    result = rerun(folder, lambda sourced, replications, seed: run_told(sourced, replications, seed, workers), ask)
    echo_page(reproduction_page(result), as_json)
    sys.exit(0 if result.same and not result.edited else 1)
