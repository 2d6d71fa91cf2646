"""What the commands of studies share: where a study is shown, and the results folder that keeps it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from sim.cli.common import (
    Function,
    as_json,
    by_workers,
    command_given,
    drawing,
    echo_json,
    keeping,
    on_cluster,
    overwriting,
    refuse_taken,
    seeded,
    setting,
)
from sim.cli.terminal import echo_folded, echo_page, told_in_place

if TYPE_CHECKING:
    from sim.exhibits.page import Page
    from sim.pictures.slide import Slide
    from sim.studies.study import Study


@dataclass(frozen=True)
class Output:
    """How a command is asked to show its study."""

    out: Path | None
    overwrite: bool
    formats: tuple[str, ...]
    """Of pictures; none are drawn where it is empty."""
    as_json: bool
    start: float
    """When the command began, in seconds of `time.perf_counter`."""


def study_out(command: Function) -> Function:
    """The options about where a study is shown, as one parameter, `output`, for `echo_study`. A place for its folder
    that is taken is refused before the command begins."""

    @wraps(command)
    def begun(
        *args: Any, out: Path | None, overwrite: bool, formats: tuple[str, ...], as_json: bool, **more: Any
    ) -> Any:
        refuse_taken(out, overwrite)
        return command(*args, output=Output(out, overwrite, formats, as_json, time.perf_counter()), **more)

    into = click.option(
        "--out", type=click.Path(path_type=Path), help="Write a results folder here: report, tables, pictures."
    )
    return cast(Function, into(overwriting(drawing(as_json(begun)))))


def of_study(command: Function) -> Function:
    """The options that the commands of all studies have: seed, settings, who computes, what is kept, where it is
    shown."""
    return seeded(setting(by_workers(on_cluster(keeping(study_out(command))))))


def echo_study(study: Study, output: Output) -> None:
    """A study's page as text or JSON; where a folder is asked for, write it and say where it is. Raises
    ChipgateError."""
    from sim.exhibits.page import page_record

    seconds, page = time.perf_counter() - output.start, study.page()
    if output.out is None or not output.as_json:
        echo_page(page, output.as_json)
    if output.out is None:
        return
    folder = write_study(study, page, output.out, output.overwrite, output.formats, seconds)
    if output.as_json:
        echo_json({**page_record(page), "folder": str(folder)})
        return
    click.echo()
    echo_study_written(folder, output.formats)


def write_study(study: Study, page: Page, out: Path, overwrite: bool, formats: Sequence[str], seconds: float) -> Path:
    """Write a study's folder, with its page and with pictures in these formats; where it is. Raises ChipgateError."""
    from sim.folder.study import publish_study
    from sim.report.study import study_html

    def slides() -> Mapping[str, Slide]:
        from sim.pictures.choice import slides_of

        return slides_of(study)

    with told_in_place() as tell:
        done = publish_study(
            page,
            slides,
            out,
            command_given(),
            seconds,
            overwrite,
            page_of=study_html,
            formats=formats,
            tell=tell,
        )
    return done.folder


def echo_study_written(folder: Path, formats: Sequence[str], err: bool = False) -> None:
    """Where a study is."""
    pictures = "pictures" if formats else "no pictures"
    told = f"Written to {folder}: the report in report.html, all of it in study.json, tables, {pictures}."
    echo_folded(told, err=err)
