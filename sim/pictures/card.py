"""What a kind of picture is, whatever it shows: one run or a comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from sim.base.errors import ChipgateError
from sim.base.units import closest
from sim.outcomes.keys import Key
from sim.pictures.slide import Slide, Words, drawing, new_slide

Subject = TypeVar("Subject")
NO_OUTCOME = Key("")


@dataclass(frozen=True)
class Picture(Generic[Subject]):
    """A kind of picture. What it calls is given the subject, and the outcome it is about, or NO_OUTCOME."""

    title: str
    """What it shows, in a few words; a picture about an outcome begins with that."""
    what: str
    """One sentence for those who choose among the kinds."""
    draw: Callable[[Slide, Subject, Key], object]
    notes: Callable[[Subject, Key], str]
    """How to read it."""
    tells: Callable[[Subject, Key], str]
    """What it shows, in sentences with numbers, for readers who do not see it."""
    outcomes: Callable[[Subject], list[Key]] | None = None
    """The outcomes that it can be about, its default first; None where it is about none."""
    titled: Callable[[Subject, Key], str] | None = None
    """The title of a picture about an outcome."""

    @property
    def takes_outcome(self) -> bool:
        """Whether an outcome may be named."""
        return self.outcomes is not None

    def title_of(self, subject: Subject, outcome: Key) -> str:
        """The title above the picture."""
        return self.titled(subject, outcome) if self.titled else self.title


def card_named(kind: str, cards: Mapping[str, Picture[Subject]]) -> Picture[Subject]:
    """One of the kinds. Raises ChipgateError, with what is near, for a name that is none."""
    if kind in cards:
        return cards[kind]
    near = closest(kind, list(cards))
    hint = f"did you mean '{near}'?" if near else f"there are {', '.join(cards)}"
    raise ChipgateError(f"no kind of picture is named '{kind}'; {hint}")


def chosen_outcome(kind: str, card: Picture[Subject], subject: Subject, outcome: str | None) -> Key:
    """The outcome that a picture is about: the one asked for, or the kind's default, or NO_OUTCOME where it takes none.

    Raises ChipgateError for an outcome that the kind does not take or the subject does not have.
    """
    if card.outcomes is None:
        if outcome is not None:
            raise ChipgateError(f"a picture of kind '{kind}' is about no single outcome; leave '{outcome}' out")
        return NO_OUTCOME
    known = {key.name: key for key in card.outcomes(subject)}
    if outcome is None:
        return next(iter(known.values()), NO_OUTCOME)
    if outcome not in known:
        near = closest(outcome, list(known))
        hint = f"did you mean '{near}'?" if near else f"it can show {', '.join(known) or 'none here'}"
        raise ChipgateError(f"a picture of kind '{kind}' cannot show '{outcome}'; {hint}")
    return known[outcome]


def slide_of(card: Picture[Subject], subject: Subject, outcome: Key, words: Words) -> Slide:
    """The picture with its words around it."""
    with drawing():
        slide = new_slide(words)
        card.draw(slide, subject, outcome)
        return slide
