"""Characters that look like plain ones, or like nothing, and so spoil a text that seems right: full-width signs from
East Asian keyboards, curly quotes, blanks of other kinds, invisible signs, letters of other alphabets."""

from __future__ import annotations

import unicodedata

SIGNS = {"、": ",", "。": ".", "−": "-", "–": "-", "—": "-", "⁄": "/", "∕": "/", "٪": "%"}
SIGNS |= dict.fromkeys("“”„‟", '"') | dict.fromkeys("‘’‚‛", "'")
WIDE = ("FULLWIDTH ", "SMALL ")
ALPHABETS = ("CYRILLIC ", "GREEK ")


def alike(text: str) -> tuple[int, str, str] | None:
    """Where the first such character stands in a text, from 0; what it is, and what to do; None where all are plain."""
    for at, character in enumerate(text):
        if not character.isascii() and (told := _told(character)):
            return at, *told
    return None


def invisible(character: str) -> tuple[str, str]:
    """What a character that nobody sees is, and what to do."""
    return f"an invisible character stands here: {_named(character)}", "remove it"


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '').lower()}".rstrip()


def _told(character: str) -> tuple[str, str] | None:
    name, category = unicodedata.name(character, ""), unicodedata.category(character)
    if category == "Cf" or name.startswith("VARIATION SELECTOR"):
        return invisible(character)
    if category == "Zs":
        return f"this is not a plain blank: {_named(character)}", "write a plain blank"
    plain = SIGNS.get(character, "")
    if name.startswith(WIDE) and not plain:
        plain = unicodedata.normalize("NFKC", character)
    if plain.isascii() and plain:
        return f"'{character}' is not '{plain}': {_named(character)}", f"write '{plain}'"
    if name.startswith(ALPHABETS):
        return f"'{character}' is a letter of another alphabet: {_named(character)}", "write a plain one"
    return None
