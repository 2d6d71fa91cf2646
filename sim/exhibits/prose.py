"""Markdown as a terminal shows it: paragraphs folded into its width, headings bold, code and tables as they are."""

from __future__ import annotations

import re

from sim.exhibits.layout import folded
from sim.exhibits.style import Style, unstyled

ITEM = re.compile(r" *(?:[-*]|\d+\.) +")
CODE = 4  # blanks, beyond those of the text around it


def markdown_lines(text: str, width: int, style: Style = unstyled) -> list[str]:
    """The lines of a text with headings, paragraphs, lists, indented code and tables, none wider than `width` but for a
    word that is."""
    lines: list[str] = []
    paragraph: list[str] = []
    hanging = 0  # of the list's item that the text belongs to

    def end() -> None:
        if paragraph:
            lines.extend(folded(" ".join(paragraph).replace("**", ""), width, " " * hanging))
            paragraph.clear()

    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        hanging = hanging if paragraph or indent >= hanging or not line else indent
        item = ITEM.match(line)
        if not line or line.startswith("#"):
            end()
            lines.extend(style(part, "bold") for part in folded(line.lstrip("# "), width))
        elif line.lstrip().startswith("|") or (not paragraph and indent >= hanging + CODE):
            end()
            lines.extend(folded(line, width, " " * (indent + CODE)))
        elif paragraph and not item:
            paragraph.append(line.strip())
        else:
            end()
            hanging = len(item[0]) if item else indent
            paragraph.append(line)
    end()
    return lines
