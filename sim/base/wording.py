"""Words that every room joins in the same way."""

from __future__ import annotations

from collections.abc import Sequence


def listed(items: Sequence[str]) -> str:
    """a, b and c; nobody where there are none. Each on one line, without what cannot be drawn."""
    names = ["".join(letter for letter in " ".join(item.split()) if letter.isprintable()) for item in items]
    if len(names) < 2:
        return names[0] if names else "nobody"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def capital(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]
