"""The check of the figures: do they agree as printed, who is to blame, and is every suspect settled?"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from sim.articles.figures import Figure, resolutions
from sim.articles.relations import Ledger, Violation, read_relations, violations
from sim.articles.suspects import Suspects, suspects
from sim.exhibits.exhibit import Column, Exhibit
from sim.exhibits.page import Page, Said


@dataclass(frozen=True)
class Report:
    """What the check of a ledger found.

    `suspects` holds the smallest sets of figures that explain the violations, one where the relations can
    decide. A suspect is settled by its resolution; `unsettled` are those without one, `still_wrong` those
    whose accepted value is a suspect again. `untouched` are the printed figures that no relation involves.
    """

    figures: Ledger
    violations: tuple[Violation, ...]
    suspects: tuple[Suspects, ...]
    unsettled: Suspects
    still_wrong: Suspects
    untouched: Suspects

    @property
    def exit_status(self) -> int:
        """0 where every suspect is settled, 1 otherwise."""
        return 1 if self.unsettled or self.still_wrong else 0


def as_printed(figures: Ledger) -> dict[str, Figure]:
    """The ledger with no resolution applied."""
    return {id_: replace(figure, resolution=None) for id_, figure in figures.items()}


def as_accepted(figures: Ledger) -> dict[str, Figure]:
    """The ledger with every resolution applied and nothing left to resolve."""
    return {
        id_: replace(figure, value=figure.accepted, text=figure.accepted_text, resolution=None)
        for id_, figure in figures.items()
    }


def check(figures: Ledger) -> Report:
    """Recompute every relation on the printed values, name the suspects, and ask whether each is settled.

    Where the relations cannot decide between sets of suspects, one of them settled is enough.
    """
    printed = as_printed(figures)
    named = suspects(printed)
    unsettled = _least([[id_ for id_ in found if figures[id_].resolution is None] for found in named])
    # A value accepted instead has to clear what it was accused of; a reason alone lets the printed one stand.
    wrong = [
        [id_ for id_ in found if id_ not in unsettled and not _left_standing(figures[id_])]
        for found in suspects(figures)
    ]
    involved = {id_ for relation in read_relations() for id_ in relation.ids}
    return Report(
        figures=figures,
        violations=tuple(violations(printed)),
        suspects=named,
        unsettled=unsettled,
        still_wrong=_least(wrong),
        untouched=tuple(id_ for id_, each in figures.items() if id_ not in involved and not each.derived),
    )


def _least(sets: list[list[str]]) -> Suspects:
    """Nothing where any of the sets is empty, else every id in them."""
    return () if not all(sets) else tuple(dict.fromkeys(itertools.chain(*sets)))


def _left_standing(figure: Figure) -> bool:
    return figure.resolution is not None and figure.resolution.value is None


# --- Showing ---

COLUMNS: tuple[Column[Violation], ...] = (
    Column("relation", lambda each: each.relation.name),
    Column("says", lambda each: each.relation.says),
    Column("found", lambda each: each.found),
    Column("principle", lambda each: each.relation.principle, "since"),
    Column("figures", lambda each: ", ".join(each.relation.ids), shows={}),
)


def check_page(report: Report) -> Page:
    """The relations that do not hold, the suspects, and whether the resolutions clear them."""
    several = len(report.suspects) > 1
    named = dict.fromkeys(itertools.chain(*report.suspects))
    resolved_too = [id_ for id_, figure in report.figures.items() if figure.resolution and id_ not in named]
    clear = report.suspects and report.exit_status == 0
    said = [
        (report.unsettled, f"Error: suspected, and without a resolution: {', '.join(report.unsettled)}."),
        (report.still_wrong, f"Error: with the resolutions applied, suspected again: {', '.join(report.still_wrong)}."),
        (clear, "Every suspect has a resolution."),
        (not violations(report.figures), "With the resolutions applied, every relation holds."),
        (resolved_too, f"Resolved too, though no relation needs it: {', '.join(resolved_too)}."),
        (report.untouched, f"No relation touches: {', '.join(report.untouched)}."),
    ]
    suspects = tuple(f"{'one of these: ' if several else ''}{', '.join(found)}" for found in report.suspects)
    count = len(report.violations)
    return Page(
        title=f"{len(read_relations())} relations between the printed figures; violated: {count or 'none'}.",
        parts=(
            Exhibit("violations", "", COLUMNS, report.violations),
            Said("smallest", suspects, title="The smallest set of figures whose removal clears every violation"),
            resolutions(report.figures[id_] for id_ in named),
            Said("findings", tuple(text for wanted, text in said if wanted)),
        ),
        facts={
            "suspects": report.suspects,
            "unsettled": report.unsettled,
            "still_wrong": report.still_wrong,
            "untouched": report.untouched,
            "exit_status": report.exit_status,
        },
        elsewhere="--json has them",
    )
