"""Files of pictures: their formats, and a place for them that is looked at before any work is done."""

from __future__ import annotations

from pathlib import Path

from sim.base.atomic import refuse_file, write_whole
from sim.base.errors import ChipgateError

FORMATS = ("svg", "png", "pdf")


def format_of(path: Path, overwrite: bool) -> str:
    """The format that a picture's name asks for. Raises ChipgateError for another one, and for a place that is taken or
    does not exist."""
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise ChipgateError(f"'{path}' is not a picture's name: it must end in .{', .'.join(FORMATS)}")
    refuse_file(path, overwrite, "picture")
    return form


def write_picture(path: Path, data: bytes) -> None:
    """The whole file, or none. Raises ChipgateError where it cannot be written."""
    try:
        write_whole(path, data)
    except OSError as error:
        raise ChipgateError(f"cannot write '{path}': {error.strerror}") from error
