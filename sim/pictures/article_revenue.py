"""What the articles say that a supplier earned: the rows that the picture of revenue lays beside the model.

They are read off the ledger of figures: every figure in yuan whose title is a supplier's revenue and whose period is a
year, a part of one or a quarter. What is fitted and what is held out is the backcast's to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sim.articles.figures import Figure, read_figures
from sim.outcomes.keys import Key, Quarter
from sim.pictures.plots.revenue import PrintedRevenue
from sim.studies.backcast import TARGETS

TITLE = re.compile(r"(.+)'s revenue")
FITTED, HELD_OUT = "fitted", "held out"


def article_revenues(figures: Mapping[str, Figure] | None = None) -> list[PrintedRevenue]:
    """Every figure of a supplier's revenue, in the ledger's order, in yuan after its resolution.

    By default those of the shipped ledger. A figure in dollars is left out: it is one in yuan, converted.
    """
    uses = {target.figure: FITTED if target.fitted else HELD_OUT for target in TARGETS}
    found = []
    for figure in (read_figures() if figures is None else figures).values():
        title, quarters = TITLE.fullmatch(figure.title), quarters_of(figure.period)
        if title and quarters and figure.unit == "yuan" and isinstance(figure.accepted, float):
            found.append(
                PrintedRevenue(
                    figure=figure.id,
                    outcome=Key("revenue", title[1]),
                    value=figure.accepted,
                    period=figure.period,
                    quarters=quarters,
                    use=uses.get(figure.id, ""),
                    corrected=figure.accepted != figure.value,
                )
            )
    return found


def quarters_of(period: str) -> tuple[Quarter, ...]:
    """The quarters of a period as the ledger writes it: `Q1 2026`, `H1 2025`, `9 months 2024`, `2023`; none of any
    other."""
    match = re.fullmatch(r"(?:(?:Q([1-4])|H([12])|([369]) months) )?(\d{4})", period)
    if match is None:
        return ()
    quarter, half, months, year = match.groups()
    if quarter:
        first, last = int(quarter), int(quarter)
    elif half:
        first, last = 2 * int(half) - 1, 2 * int(half)
    else:
        first, last = 1, int(months) // 3 if months else 4
    return tuple(Quarter(int(year), n) for n in range(first, last + 1))
