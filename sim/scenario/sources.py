"""The ways to say in a scenario where a number or a date comes from, each a group of keys of its own."""

from __future__ import annotations

from dataclasses import dataclass

from sim.articles.figures import Figure, read_figures
from sim.base.shapes import SOME, Group, Leaf, Listing, Member, Words
from sim.base.units import MEASURES, UnitError, measure_of, spellings
from sim.base.yaml_tree import quoted

SOURCED = ("figure", "derived", "calibrated", "assumption")
GRADES = {
    "high": "known, or reported alike by several who could know, such as the date of a rule",
    "medium": "an estimate by analysts or the press, with a spread",
    "low": "a guess, or the strength of a mechanism that nobody has measured",
}
"""How far an assumption can be trusted."""


@dataclass(frozen=True)
class FigureId:
    """A figure of the articles, by its id."""

    unit = ""
    example = "datong"

    def read(self, text: str) -> Figure:
        """The figure. Raises UnitError."""
        known = read_figures()
        if text not in known:
            raise UnitError(f"there is no figure {quoted(text)}", text, tuple(known), "'chipgate figures' lists them")
        return known[text]


@dataclass(frozen=True)
class UnitWord:
    """The unit of a derived number, likely one that measures what `wanted` does."""

    wanted: str
    unit = ""
    example = "yuan"

    def read(self, text: str) -> str:
        """The unit itself. Raises UnitError."""
        if measure_of(text) is None:
            likely = () if self.wanted == "date" else spellings(self.wanted)
            raise UnitError(f"unknown unit {quoted(text)}", text, (*likely, *MEASURES))
        return text


def ways(leaf: Leaf) -> dict[str, Group]:
    """The groups of keys that may stand in the place of a bare value, by the key that each must have."""
    figure, some = Member(Leaf(FigureId())), Member(SOME)
    figures = Member(Listing(Leaf(FigureId()), least=1, alone=True))
    why = Member(SOME, required=False)
    ends = Member(Listing(leaf, least=2, most=2))
    grade = Member(Leaf(Words(tuple(GRADES))), required=False)
    members = {
        "figure": {"figure": figure, "reason": why},
        "derived": {"derived": some, "unit": Member(Leaf(UnitWord(leaf.unit))), "reason": why},
        "calibrated": {"calibrated": Member(leaf), "to": figures, "range": ends, "confidence": grade, "reason": some},
        "assumption": {"assumption": Member(leaf), "range": ends, "confidence": grade, "reason": some},
    }
    return {kind: Group(dict, members[kind]) for kind in SOURCED}
