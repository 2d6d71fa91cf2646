"""Plain text in lines of at most 80 columns, for the narrowest of terminals."""

from __future__ import annotations

from sim.exhibits.layout import folded

WIDTH = 80


def wrapped(text: str, indent: str = "", width: int = WIDTH) -> list[str]:
    """The lines of a paragraph, at least one, those after the first behind `indent`."""
    return folded(text, width, indent)


def cut(text: str, room: int | None) -> str:
    """A text of at most so many letters, an ellipsis where some are left out."""
    return text if room is None or len(text) <= room else f"{text[: room - 1].rstrip()}…"
