"""The page of a study's results folder: what is found, its pictures, and how to do it again."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from sim.exhibits.exhibit import Exhibit
from sim.exhibits.html import exhibit_html
from sim.exhibits.page import Page, Said
from sim.folder.manifest import StudyManifest
from sim.report.page import files, versions
from sim.report.svg import image
from sim.report.template import report_page


def study_html(page: Page, pictures: Mapping[str, bytes], about: StudyManifest) -> str:
    """The page, UTF-8 text.

    `pictures` are SVG files by name, in the order of the page. `about` is the folder's manifest; the files that it
    names already are listed with their fingerprints. Raises ValueError for a picture that is no SVG.
    """
    parts: list[Said | Markup] = []
    for part in page.parts:  # what is drawn in letters has its picture here
        if isinstance(part, Said) and part.texts:
            parts.append(part)
        elif isinstance(part, Exhibit) and part.rows:
            parts.append(Markup("\n".join(exhibit_html(part, "table-", whole=True))))
    return report_page(
        "study.html",
        title=page.title,
        question=page.question,
        warnings=page.warnings,
        parts=parts,
        notes=page.notes,
        pictures={name: image(svg, name) for name, svg in pictures.items()},
        about=about,
        versions=versions(about),
        files=files(about),
    )
