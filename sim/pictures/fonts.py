"""The fonts of pictures, and letters that the usual one does not have, such as those of Chinese names.

if told := boxes_words(run.scenario):
    print(told)
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

if TYPE_CHECKING:
    from sim.scenario.parts import Scenario

FAMILY = ["sans-serif"]
# The first comes with matplotlib and is the widest: what fits with it fits with the others, where an SVG is shown.
FONTS = ["DejaVu Sans", "Verdana", "Arial", "Helvetica", "sans-serif"]
LENDERS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",  # the name under which matplotlib knows the file that holds all of them
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "Heiti TC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "SimHei",
    "Malgun Gothic",
    "Arial Unicode MS",
)
"""Fonts with Chinese, and most with Japanese and Korean letters; the first that is there and has a letter draws it."""
MOST_TOLD = 8  # letters in a sentence


def lend_letters(texts: Iterable[Text], lend: bool = True) -> None:
    """Let the fonts of `LENDERS` that are there draw what the usual one lacks, in the texts that need it and no other.

    Without `lend` every text has the usual fonts only.
    """
    for text in texts:
        lenders = _lenders(text.get_text()) if lend else []
        if text.get_fontfamily() != [*FAMILY, *lenders]:
            text.set_fontfamily([*FAMILY, *lenders])


def boxes_words(*scenarios: Scenario) -> str:
    """A sentence about the letters of scenarios that no font here has; empty where all can be drawn."""
    letters = dict.fromkeys(letter for scenario in scenarios for letter in repr(scenario) if letter.isprintable())
    lacking = [letter for letter in letters if _lacks(FONTS[0], letter) and not _lenders(letter)]
    if not lacking:
        return ""
    some = "".join(lacking[:MOST_TOLD]) + "…" * (len(lacking) > MOST_TOLD)
    return (
        f"No font on this machine has the letters {some}, so PNG and PDF pictures show boxes for them; "
        "SVG pictures and the report keep them."
    )


def _lenders(text: str) -> list[str]:
    """The fonts that have what the usual one lacks of a text."""
    lacking = {letter for letter in text if letter.isprintable() and _lacks(FONTS[0], letter)}
    if not lacking:
        return []
    there = set(font_manager.get_font_names())
    return [name for name in LENDERS if name in there and any(not _lacks(name, letter) for letter in lacking)]


def _lacks(name: str, letter: str) -> bool:
    return ord(letter) > 127 and not _font(name).get_char_index(ord(letter))


@functools.cache
def _font(name: str) -> FT2Font:
    return FT2Font(font_manager.findfont(name, fallback_to_default=False))
