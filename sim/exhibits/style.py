"""A little emphasis on a terminal: bold, and a colour that is never the only sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Style: TypeAlias = Callable[[str, str], str]
"""(text, style) -> the text as it is written; a style is words of CODES, or empty."""

CODES = {"bold": 1, "dim": 2, "italic": 3, "red": 31, "green": 32, "yellow": 33}


def unstyled(text: str, _style: str) -> str:
    """For a pipe, a file, and a terminal that shows no styles."""
    return text


def ansi(text: str, style: str) -> str:
    """With the escape codes of a terminal."""
    codes = ";".join(str(CODES[word]) for word in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text.strip() else text
