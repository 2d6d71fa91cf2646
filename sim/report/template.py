"""Whole pages of HTML from templates: no text of a result or of a file is taken for HTML."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


def template(path: Path) -> Any:
    """A Jinja template, whose names must all be given. A number stays on one line with its per cent sign."""
    return _environment(path.parent).get_template(path.name)


@cache
def _environment(folder: Path) -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: unbroken(value) if type(value) is str else value,  # not a style sheet, nor a picture
    )


def unbroken(text: str) -> str:
    """A text whose numbers stay on one line with their per cent signs."""
    return text.replace(" %", "\u00a0%")
