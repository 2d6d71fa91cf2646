"""A page: what is said, the exhibits, how to read them and the label, on a terminal, as Markdown, HTML or a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from zlib import crc32

from sim.base.label import LABEL, SENTENCE
from sim.exhibits.exhibit import Exhibit
from sim.exhibits.html import exhibit_html, framed, paragraphs
from sim.exhibits.layout import folded, page_width
from sim.exhibits.markdown import exhibit_markdown, safe
from sim.exhibits.records import records
from sim.exhibits.style import Style, unstyled
from sim.exhibits.text import exhibit_lines

WIDEST = 132
"""Columns of a table in a pipe; Markdown, CSV and JSON have what does not fit."""


@dataclass(frozen=True)
class Said:
    """Sentences, each perhaps about something that is named before it."""

    key: str
    """For machines."""
    texts: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    """A name for each text, or none at all."""
    title: str = ""

    @property
    def named(self) -> list[tuple[str, str]]:
        """Each sentence after its name, which is empty where it has none."""
        return list(zip(self.about or ("",) * len(self.texts), self.texts, strict=True))

    @property
    def lines(self) -> list[str]:
        """The sentences, each behind its name."""
        return [f"{name}: {text}" if name else text for name, text in self.named]


@dataclass(frozen=True)
class Drawing:
    """What is drawn in letters, for text only."""

    lines: Callable[[int], Sequence[str]]
    """From the columns of the page to lines."""


Part: TypeAlias = Said | Drawing | Exhibit[Any]


@dataclass(frozen=True)
class Page:
    """All that is shown of a result."""

    title: str
    parts: tuple[Part, ...]
    facts: Mapping[str, Any]
    """For machines: scenarios, seed, replications."""
    question: str = ""
    warnings: tuple[str, ...] = ()
    """What has to be known before anything else; often empty."""
    notes: tuple[str, ...] = ()
    """How to read it."""
    elsewhere: str = ""
    """Where columns are that had no room."""


def page_text(page: Page, terminal: int | None = None, style: Style = unstyled) -> str:
    """Plain text, fitted to a terminal of so many columns, if there is one."""
    width, hidden = page_width(terminal), list[str]()

    def lines(texts: Iterable[str], how: str = "", indent: str = "  ") -> list[str]:
        return [style(line, how) for text in texts for line in folded(text, width, indent)]

    blocks = [[*lines([page.title], "bold", ""), *lines([page.question] * bool(page.question), "", "")]]
    blocks.append(lines(page.warnings, "bold red", ""))
    for part in page.parts:
        if isinstance(part, Said) and part.texts:
            title = [part.title] * bool(part.title and part.texts)
            blocks.append([*lines(title, "bold", ""), *lines(part.lines)])
        elif isinstance(part, Drawing):
            blocks.append(list(part.lines(width)))
        elif isinstance(part, Exhibit) and part.rows:
            table, missing = exhibit_lines(part, terminal or WIDEST, style)
            blocks.append(table)
            hidden += missing
    notes = list(page.notes)
    if hidden:
        notes.append(f"Hidden columns: {', '.join(dict.fromkeys(hidden))}; {page.elsewhere}.")
    blocks += [lines(notes), lines([SENTENCE], "italic", "")]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def page_markdown(page: Page) -> str:
    """All tables as Markdown, all columns."""
    blocks = [f"# {safe(page.title)}", f"**{SENTENCE}**", safe(page.question)]
    blocks += [f"**{safe(warning)}**" for warning in page.warnings]
    for part in page.parts:
        if isinstance(part, Said):
            blocks.append(f"## {safe(part.title)}" if part.title else "")
            told = [f"- **{safe(name)}**: {safe(text)}" if name else f"- {safe(text)}" for name, text in part.named]
            blocks.append("\n".join(told))
        elif isinstance(part, Exhibit) and part.rows:
            blocks += exhibit_markdown(part)
    blocks += ["## How to read this", "\n".join(f"- {safe(note)}" for note in page.notes)] if page.notes else []
    return "\n\n".join(block for block in blocks if block) + "\n"


def page_html(page: Page) -> str:
    """For a notebook, which may hold several pages."""
    of = f"p{crc32(repr((page.title, page.facts)).encode()):08x}-"
    parts = [paragraphs([page.question, *page.warnings])]
    for part in page.parts:
        if isinstance(part, Said):
            parts.append(paragraphs(part.lines))
        elif isinstance(part, Exhibit) and part.rows:
            parts += exhibit_html(part, of)
    return framed(page.title, [*parts, paragraphs(page.notes)])


def page_record(page: Page) -> dict[str, Any]:
    """Everything as JSON takes it: None for what does not exist."""
    found: dict[str, Any] = {"label": LABEL, **page.facts, "warnings": list(page.warnings)}
    for part in page.parts:
        if isinstance(part, Said):
            found[part.key] = dict(zip(part.about, part.texts, strict=True)) if part.about else list(part.texts)
        elif isinstance(part, Exhibit):
            found[part.key] = records(part)
    return {**found, "notes": list(page.notes)}
