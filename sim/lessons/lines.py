"""Plain text in lines of at most 80 columns, for the narrowest of terminals."""

from __future__ import annotations

import textwrap

WIDTH = 80
NO_BREAK = "\u00a0"  # textwrap breaks at other blanks only


def wrapped(text: str, indent: str = "", width: int = WIDTH) -> list[str]:
    """The lines of a paragraph, at least one, those after the first behind `indent`.

    A % stays with the word before it, and no word, name of a file or option is ever broken.
    """
    lines = textwrap.wrap(
        text.replace(" %", f"{NO_BREAK}%"),
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(NO_BREAK, " ") for line in lines] or [""]


def cut(text: str, room: int | None) -> str:
    """A text of at most so many letters, an ellipsis where some are left out."""
    return text if room is None or len(text) <= room else f"{text[: room - 1].rstrip()}…"
