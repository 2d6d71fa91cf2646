"""The check of the figures: do they agree as printed, who is to blame, and is every suspect settled?"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sim.articles.figures import Figure, render_resolution, wrap
from sim.articles.relations import Ledger, Violation, read_relations, violations
from sim.articles.suspects import Suspects, suspects
from sim.base.label import SENTENCE
from sim.exhibits.layout import page_width


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


def report_row(report: Report) -> dict[str, Any]:
    """The report as plain data, ready for JSON."""
    return {
        "label": SENTENCE,
        "violations": [
            {
                "relation": violation.relation.name,
                "says": violation.relation.says,
                "principle": violation.relation.principle,
                "figures": violation.relation.ids,
                "found": violation.found,
            }
            for violation in report.violations
        ],
        "suspects": report.suspects,
        "unsettled": report.unsettled,
        "still_wrong": report.still_wrong,
        "untouched": report.untouched,
        "exit_status": report.exit_status,
    }


def render_check(report: Report, terminal: int | None = None) -> str:
    """The report as text, fitted to a terminal of so many columns, if there is one."""
    told = partial(wrap, width=page_width(terminal))
    count = len(report.violations)
    lines = told(
        f"{len(read_relations())} relations between the printed figures; violated: {count or 'none'}.", first=""
    )
    for violation in report.violations:
        relation = violation.relation
        lines += told(f"{relation.name}: {relation.says}")
        lines += told(f"found {violation.found}. {relation.principle}", first="    ")
    if report.suspects:
        several = len(report.suspects) > 1
        lines += ["", *told("The smallest set of figures whose removal clears every violation:", first="")]
        for found in report.suspects:
            lines += told(f"{'one of these: ' if several else ''}{', '.join(found)}")
        for id_ in dict.fromkeys(itertools.chain(*report.suspects)):
            figure = report.figures[id_]
            lines.append("")
            if figure.resolution is None:
                lines += told(f"{id_} ({figure.where}): {figure.text}. It has no resolution.")
            else:
                lines += render_resolution(figure, page_width(terminal))
    if report.unsettled:
        words = f"Error: suspected, and without a resolution: {', '.join(report.unsettled)}."
        lines += ["", *told(words, first="")]
    if report.still_wrong:
        words = f"Error: with the resolutions applied, suspected again: {', '.join(report.still_wrong)}."
        lines += ["", *told(words, first="")]
    if report.suspects and report.exit_status == 0:
        lines += ["", *told("Every suspect has a resolution.", first="")]
    if not violations(report.figures):
        lines += ["", *told("With the resolutions applied, every relation holds.", first="")]
    named = set(itertools.chain(*report.suspects))
    others = [id_ for id_, figure in report.figures.items() if figure.resolution and id_ not in named]
    for words, ids in (
        ("Resolved too, though no relation needs it:", others),
        ("No relation touches:", report.untouched),
    ):
        if ids:
            lines += ["", *told(f"{words} {', '.join(ids)}.", first="", rest="  ")]
    lines += ["", *told(SENTENCE, first="", rest="")]
    return "\n".join(lines) + "\n"
