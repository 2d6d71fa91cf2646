"""What a terminal shows: how wide it is, whether it takes styles, folded sentences, a bar of progress.

Only styles need escape codes. A pipe, NO_COLOR and TERM=dumb get none.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

import click

from sim.base.errors import ChipgateError
from sim.exhibits.layout import folded
from sim.exhibits.style import Style, ansi, unstyled

if TYPE_CHECKING:
    from sim.exhibits.page import Page

NARROWEST, USUAL, WIDEST = 20, 80, 100


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees what goes into a stream; a closed one is None."""
    return stream is not None and stream.isatty()


def terminal_width(err: bool = False) -> int | None:
    """Columns of the terminal that stdout, or stderr, is; None where it is none."""
    stream = sys.stderr if err else sys.stdout
    return columns_of(stream) if is_terminal(stream) else None


def columns_of(stream: TextIO) -> int:
    """Columns of a terminal: COLUMNS, if that is set, else what the terminal itself says."""
    columns = 0
    with suppress(OSError, ValueError):
        columns = int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size(stream.fileno()).columns
    return max(columns, NARROWEST) if columns > 0 else USUAL


def is_dumb() -> bool:
    """Whether the terminal understands no escape codes, and perhaps no return to a line's beginning."""
    return os.environ.get("TERM") == "dumb"


def is_watched() -> bool:
    """Whether a person sees lines on stderr that are written over."""
    return is_terminal(sys.stderr) and not is_dumb()


def style_of_stdout() -> Style:
    """How emphasis is written on stdout."""
    plain = not is_terminal(sys.stdout) or is_dumb() or bool(os.environ.get("NO_COLOR"))
    return unstyled if plain else ansi


def echo_folded(text: str, err: bool = False, indent: str = "") -> None:
    """A sentence, on a terminal as lines that break between words; a path stays whole."""
    width = terminal_width(err)
    click.echo("\n".join(folded(text, min(width, WIDEST), indent)) if width else text, err=err)


def echo_error(error: ChipgateError) -> None:
    """What is wrong, on stderr; on a terminal no wider than that is."""
    width = terminal_width(err=True)
    lines = error.told(width).split("\n") if width else [str(error)]
    for line in lines:
        fits = not width or len(line) <= width
        click.echo(line if fits else "\n".join(folded(line, min(width or 0, WIDEST))), err=True)


# --- Progress ---


@contextmanager
def progress_bar(
    length: int, first: int, label: str, reused: Callable[[], int] = lambda: 0
) -> Iterator[Callable[[], None]]:
    """What is called after each of `length` steps, and tells a person who looks on how far it is and how long it takes.

    The time left is estimated once `first` steps are done, beside those that `reused` counts and that took no time:
    before, the workers' first blocks are under way and would count as nothing.
    """
    if not is_watched():
        yield lambda: None
        return
    start, done, shown = time.perf_counter(), 0, ""

    def show() -> None:
        nonlocal shown
        old = reused()
        left = f"{old:,} reused" if old else ""
        if first <= done - old and done < length:
            left = time_left((time.perf_counter() - start) / (done - old) * (length - done))
        line = bar_line(label, done / length, left, columns_of(sys.stderr))
        if line != shown:
            click.echo(f"\r{line}", err=True, nl=False)
            shown = line

    def step() -> None:
        nonlocal done
        done += 1
        show()

    try:
        show()
        yield step
    finally:
        click.echo(err=True)


@contextmanager
def told_in_place() -> Iterator[Callable[[str], None]]:
    """What tells a person who looks on where the work stands, on one line that is written over and gone in the end."""
    shown = False

    def tell(text: str) -> None:
        nonlocal shown
        if is_watched():
            room = columns_of(sys.stderr) - 1
            click.echo(f"\r{text[:room]:<{room}}", err=True, nl=False)
            shown = True

    try:
        yield tell
    finally:
        if shown:
            tell("")
            click.echo("\r", err=True, nl=False)


def bar_line(label: str, share: float, left: str, columns: int) -> str:
    """`Running baseline  [#####-----]   50%  0:14 left`, on one line."""
    room = columns - len("  []  100%  00:00:00 left") - 1
    label = label[: max(room - 5, 5)]
    width = max(5, min(36, room - len(label)))
    full = int(share * width)
    line = f"{label}  [{'#' * full}{'-' * (width - full)}]  {int(100 * share):3}%  {left}"
    return f"{line[: columns - 1]:<{columns - 1}}"


def time_left(seconds: float) -> str:
    """An estimate in words: 0:14 left."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{f'{hours}:{minutes:02}' if hours else minutes}:{rest:02} left"


# --- Help ---


class HelpFormatter(click.HelpFormatter):
    """Help as wide as the terminal, also where that is narrow."""

    def __init__(self, *_: Any, **__: Any) -> None:
        width = columns_of(sys.stdout) if sys.stdout is not None else USUAL
        super().__init__(width=min(width, WIDEST) - 2)

    def write_text(self, text: str) -> None:
        """Paragraphs; one marked by a backspace keeps its lines where they fit."""
        mark, *lines = text.split("\n")
        if mark != "\b":
            super().write_text(text)
            return
        indent = " " * self.current_indent
        for line in lines:
            self.write("\n".join(folded(f"{indent}{line}".rstrip(), self.width, indent + " " * 4)) + "\n")

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl(rows, min(col_max, self.width // 2 - col_spacing), col_spacing)


def echo_page(page: Page, as_json: bool = False) -> None:
    """A page as text, fitted to the terminal, or as JSON."""
    from sim.exhibits.page import page_record, page_text
    from sim.exhibits.records import json_text

    text = json_text(page_record(page)) if as_json else page_text(page, terminal_width(), style_of_stdout()) + "\n"
    click.echo(text, nl=False)
