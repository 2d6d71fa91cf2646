"""Whole pages of HTML from templates: no text of a result or of a file is taken for HTML."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from sim.base.label import LABEL, SENTENCE

TEMPLATES = Path(__file__).parent / "templates"


def report_page(name: str, **content: Any) -> str:
    """A page of a template in `frame.html`, with the label and the style sheet, which is all that its policy allows."""
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    style_hash = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = template(TEMPLATES / name)
    text: str = page.render(label=LABEL, sentence=SENTENCE, style=style, style_hash=style_hash, **content)
    return text


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
