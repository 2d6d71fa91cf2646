"""Slips planted in the ledger of figures, one at a time, and what the check makes of them.

`python -m tests.figures_planted`, in the checkout, writes what is published, scenarios/FIGURES_CHECK.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sim.articles.consistency import as_accepted, check
from sim.articles.figures import Figure, read_figures
from sim.articles.relations import Ledger, read_relations, violations
from sim.articles.suspects import slipped, suspects
from sim.base.label import SENTENCE
from sim.base.places import scenario_folder

PUBLISHED: Path = scenario_folder() / "FIGURES_CHECK.md"


def times(factor: float) -> Callable[[Figure], Figure]:
    def slip(figure: Figure) -> Figure:
        assert isinstance(figure.value, float)
        return replace(figure, value=figure.value * factor)

    return slip


NUMBER_SLIPS = {"x10": times(10), "/10": times(0.1), "x2": times(2), "/2": times(0.5)}
DATE_SLIPS: dict[str, Callable[[Figure], Figure]] = {
    "ten years late": lambda figure: slipped(figure, 1),
    "ten years early": lambda figure: slipped(figure, -1),
}


@dataclass(frozen=True)
class Planted:
    """One figure with one slip, and the sets of suspects that the check then names."""

    id: str
    slip: str
    caught: bool
    suspects: tuple[tuple[str, ...], ...]

    @property
    def accused(self) -> set[str]:
        return {id_ for found in self.suspects for id_ in found}

    @property
    def named(self) -> bool:
        return self.id in self.accused

    @property
    def innocents(self) -> int:
        return len(self.accused - {self.id})


def plant(ledger: Ledger, slips: dict[str, Callable[[Figure], Figure]], of: type) -> list[Planted]:
    """Each slip in each printed figure of that type in turn, the rest of the ledger being right."""
    planted = []
    for slip, make in slips.items():
        for id_, figure in ledger.items():
            if isinstance(figure.value, of) and not figure.derived:
                wrong = {**ledger, id_: make(figure)}
                planted.append(Planted(id_, slip, bool(violations(wrong)), suspects(wrong)))
    return planted


def plant_all() -> list[Planted]:
    ledger = as_accepted(read_figures())
    return plant(ledger, NUMBER_SLIPS, float) + plant(ledger, DATE_SLIPS, date)


def counts(planted: Iterable[Planted]) -> dict[str, list[int]]:
    """By slip: planted, caught, named, named alone, innocents accused."""
    table: dict[str, list[int]] = {}
    for each in planted:
        one = [1, each.caught, each.named, each.accused == {each.id}, each.innocents]
        before = table.get(each.slip, [0] * len(one))
        table[each.slip] = [a + b for a, b in zip(before, one, strict=True)]
    return table


def describe() -> str:
    """The published page."""
    report = check(read_figures())
    planted = plant_all()
    tenfold = [each for each in planted if each.slip not in {"x2", "/2"}]
    lines = [
        "# What the check of the figures can see",
        "",
        f"*{SENTENCE}*",
        "",
        "Written by `python -m tests.figures_planted`; a test keeps it current.",
        "",
        f"`chipgate figures --check` holds {len(read_relations())} relations against the figures of the five articles. As",
        f"printed, the figures violate {len(report.violations)} of them, and the smallest set whose removal clears",
        f"every violation is {either(report.suspects)}. As resolved, they violate none.",
        "",
        "## Planted slips",
        "",
        "Each slip is planted in each figure in turn, in the ledger as resolved. *Caught*: a relation is violated.",
        "*Named*: the figure is among the suspects. *Innocents*: right figures among the suspects.",
        "",
        "| slip | planted | caught | named | named alone | innocents accused |",
        "|---|---|---|---|---|---|",
        *(f"| {slip} | {' | '.join(map(str, row))} |" for slip, row in counts(planted).items()),
        "",
        "Derived figures are computed, so there is nothing to plant. Ties are broken by asking which figure a slip",
        "of the decimal point, or of a decade, would mend: that helps with slips by ten and not with slips by two,",
        "which also mostly stay within the bounds, wide on principle. Those two rows show the limits of the check.",
        "",
        "### Slips by ten, or by ten years, that are not caught",
        "",
        *(f"- `{each.id}`, {each.slip}" for each in tenfold if not each.caught),
        "",
        "### Caught, but not told from another figure",
        "",
        *(
            f"- `{each.id}`, {each.slip}: {either(each.suspects)}"
            for each in tenfold
            if each.caught and each.accused != {each.id}
        ),
        "",
        "### Figures that no relation touches",
        "",
        *(f"- `{id_}`" for id_ in report.untouched),
        "",
        "## The relations",
        "",
        "| relation | what must hold | on what principle |",
        "|---|---|---|",
        *(f"| {each.name} | {each.says} | {each.principle} |" for each in read_relations()),
    ]
    return "\n".join(lines) + "\n"


def either(suspects: Iterable[tuple[str, ...]]) -> str:
    return " or ".join(" with ".join(f"`{id_}`" for id_ in found) for found in suspects)


if __name__ == "__main__":
    PUBLISHED.write_text(describe(), encoding="utf-8")
