"""The results folder of a study: its page, tables and pictures, published whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base.label import LABEL
from sim.exhibits.exhibit import Exhibit
from sim.exhibits.page import Page, page_record
from sim.exhibits.records import csv_text, json_text, records
from sim.folder.manifest import StudyManifest
from sim.folder.write import IN_FOLDER, REPORT, Published, Tell, made, publish, write_bytes

if TYPE_CHECKING:
    from sim.pictures.slide import Slide

RECORD = "study.json"
PageOf = Callable[[Page, Mapping[str, bytes], StudyManifest], str]
"""Makes a report from a study's page, its SVG pictures by name, and the manifest."""


def publish_study(
    page: Page,
    slides: Callable[[], Mapping[str, Slide]],
    folder: Path | str,
    command: str,
    duration: float,
    overwrite: bool = False,
    *,
    page_of: PageOf,
    formats: Sequence[str] = IN_FOLDER,
    tell: Tell = lambda _: None,
) -> Published[StudyManifest]:
    """Write the folder of a study; a name instead of a folder's path takes the first free one of it below `results`.

    `slides` makes its pictures by the names of their files; without `formats` it is not asked, and the report has none.
    `duration` is of the computing, in seconds; `page_of` makes the report, see `sim.report.study.study_html`. `tell` is
    given each step's name as it begins. Everything is made before anything is written. Raises ChipgateError.
    """
    files, in_report = study_files(page), dict[str, bytes]()
    if formats:
        from sim.pictures.slide import render

        tell("Drawing pictures")
        for name, slide in slides().items():
            in_report[name] = render(slide, "svg")
            files |= {f"{name}.{form}": in_report[name] if form == "svg" else render(slide, form) for form in formats}
    tell("Writing the report")
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    about = StudyManifest(files=sums, **made(command, duration))
    files[REPORT] = page_of(page, in_report, about).encode()
    return publish(folder, {name: partial(write_bytes, data) for name, data in files.items()}, about, overwrite)


def study_files(page: Page) -> dict[str, bytes]:
    """A study's data by the names of their files: all of it as JSON, and each exhibit that has rows as CSV."""
    exhibits = [part for part in page.parts if isinstance(part, Exhibit) and part.rows]
    tables = {
        f"{exhibit.key}.csv": csv_text({"label": LABEL, **row} for row in records(exhibit)) for exhibit in exhibits
    }
    if len(tables) < len(exhibits):
        raise ValueError(f"two exhibits of '{page.title}' have one key")
    return {name: text.encode() for name, text in {RECORD: json_text(page_record(page)), **tables}.items()}
