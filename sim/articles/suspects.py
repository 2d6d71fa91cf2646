"""Where figures do not agree with one another: which of them are to blame?

The suspects are the smallest sets of figures whose removal clears every violation. Where several are equally
small, those are kept that explain the violations as well: a slip of the usual sort in each of their figures
(the decimal point by up to three places, a year by up to three decades), undone, satisfies every relation. A
figure that is merely the other end of a violated relation seldom passes: its own relations hold it. If some
still tie, all of them are named.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from sim.articles.figures import Figure
from sim.articles.relations import Ledger, Relation, broken, read_relations, violations

Suspects = tuple[str, ...]  # the ids of one set, in the ledger's order

SHIFTS = (-3, -2, -1, 1, 2, 3)  # places of a decimal point; thousand, million and billion are three apart
MOST_SLIPS = 3  # an explanation by more slips than this explains nothing, and takes long to look for


def suspects(figures: Ledger, relations: Iterable[Relation] | None = None) -> tuple[Suspects, ...]:
    """The smallest sets of figures whose removal clears every violation, reduced to those that explain them.

    Exact: all sets of the least size are found. Empty where nothing is violated; more than one where the
    relations, by default the shipped ones, cannot tell them apart.
    """
    asked = read_relations() if relations is None else tuple(relations)
    violated = [violation.relation.ids for violation in violations(figures, asked)]
    if not violated:
        return ()
    order = list(figures)
    size = next(size for size in itertools.count(1) if any(_clearing(violated, size)))
    smallest = sorted(
        {tuple(sorted(found, key=order.index)) for found in _clearing(violated, size)},
        key=lambda found: [order.index(id_) for id_ in found],
    )
    explaining = [found for found in smallest if _explains(found, figures, asked)]
    return tuple(explaining or smallest)


def _clearing(violated: Collection[tuple[str, ...]], size: int) -> Iterator[frozenset[str]]:
    """All sets of at most that many figures that meet every violated relation."""
    if not violated:
        yield frozenset()
    elif size:
        first, *_ = violated
        for id_ in first:
            for rest in _clearing([ids for ids in violated if id_ not in ids], size - 1):
                yield rest | {id_}


def _explains(found: Suspects, figures: Ledger, relations: Iterable[Relation]) -> bool:
    """Whether a usual slip in each of these figures, undone, leaves every relation satisfied."""
    if len(found) > MOST_SLIPS:
        return False
    concerned = [relation for relation in relations if set(found) & set(relation.ids)]
    for shifts in itertools.product(SHIFTS, repeat=len(found)):
        mended = {**figures, **{id_: slipped(figures[id_], n) for id_, n in zip(found, shifts, strict=True)}}
        if not any(broken(relation, mended) for relation in concerned):
            return True
    return False


def slipped(figure: Figure, places: int) -> Figure:
    """The figure with its accepted value's decimal point moved, or its year moved by as many decades."""
    value = figure.accepted
    if isinstance(value, datetime.date):
        moved: float | datetime.date = datetime.date(value.year + 10 * places, value.month, min(value.day, 28))
    else:
        assert value is not None, figure.id
        moved = value * 10.0**places
    return replace(figure, value=moved, text=figure.accepted_text, resolution=None)
