"""Whole numbers as people type them."""

from __future__ import annotations

LONGEST = 100  # digits; Python itself refuses to read some thousands


def whole_number(text: str) -> int | None:
    """What a text of the digits 0 to 9 stands for; None for any other text, and for one far too long to be meant."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
