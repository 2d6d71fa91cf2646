"""An explanation as a page: the strip, the parts, the paired runs and what they say."""

from __future__ import annotations

from sim.base.wording import capital
from sim.exhibits.exhibit import Exhibit
from sim.exhibits.layout import folded
from sim.exhibits.page import Drawing, Page, Said
from sim.experiment.differences import Difference, record
from sim.outcomes.constraints import NOTHING, constraint_label
from sim.studies.binding import binding, binding_sentences, phases_of
from sim.studies.comparing import columns_of, conclusion, gaps, name_of
from sim.studies.explain.known import Explanation, PairedRun
from sim.studies.explain.text_strip import BLOCKS, marked, strip
from sim.studies.relax import RELAXATIONS


def explanation_page(why: Explanation, colour: bool = False, blocks: str = BLOCKS) -> Page:
    """What binds and when, what relaxing a constraint changes, in tables and sentences."""
    run = why.run
    drawing = Drawing(lambda width: _drawn(why, colour, blocks, width) if any(why.books) else [])
    facts = {
        "scenario": run.scenario.name,
        "question": run.scenario.question,
        "seed": run.seed,
        "replications": len(run),
        "looks": {"unit": "A100e", "dates": [day.isoformat() for day in why.days], **why.looks},
        "rules": [{"date": rule.day.isoformat(), "name": rule.name, "told": rule.told} for rule in why.rules],
        "paired_runs": [
            {
                "relaxed": pair.constraint,
                "override": RELAXATIONS[pair.constraint].opening,
                "then": pair.then or None,
                "unchanged": pair.unchanged,
            }
            for pair in why.paired
        ],
    }
    return Page(
        title=f"{run.scenario.name}: what binds, {run.made}",
        question=run.scenario.question,
        parts=(drawing, binding(run), phases_of([run]), paired(why), Said("sentences", tuple(sentences(why)))),
        facts=facts,
        notes=tuple(reading(why)),
        elsewhere="--json has them",
    )


def _drawn(why: Explanation, colour: bool, blocks: str, width: int) -> list[str]:
    """The strip, and the policies on its axis."""
    lines = [*strip(why, colour, blocks, width), ""] if why.rules else strip(why, colour, blocks, width)
    for mark, rule in marked(why):
        lines += folded(f"{mark or '-'}  {rule.day}  {rule.name}: {rule.told}", width, " " * 15)
    return lines


def paired(why: Explanation) -> Exhibit[Difference]:
    """The headline differences of the paired runs that change anything."""
    rows = tuple(row for pair in why.paired if not pair.unchanged for row in pair.differences)
    title = f"less {why.run.scenario.name}"
    return Exhibit(
        "differences",
        "",
        columns_of(name_of, why.run.scenario.name, "relaxed"),
        rows,
        by=lambda row: f"{row.scenario}, {title}",
        notes=gaps,
        record=record,
    )


def sentences(why: Explanation) -> list[str]:
    """What bound first; what took over and when; and for each paired run what relaxing a constraint alone would have
    changed."""
    found = binding_sentences(why.run)
    if not any(why.books):
        return found
    changed = [_paired_words(pair, len(why.run)) for pair in why.paired]
    return [*found, *(changed or ["No paired run was made, so nothing is said about cause."])]


def _paired_words(pair: PairedRun, replications: int) -> str:
    """What a paired run shows for buyers, in the words of a comparison, and what would have come next."""
    opening = RELAXATIONS[pair.constraint].opening
    if pair.unchanged:
        return f"{opening}, nothing at all would have changed."
    rows = [row for row in pair.differences if row.card.for_whom == "buyers"]
    found = f"{opening}: {conclusion(rows, replications, 'outcome for buyers')}"
    if pair.then == NOTHING:
        return f"{found} The order books would then have been empty."
    still = "still" if pair.then == pair.constraint else "then"
    return f"{found} {capital(constraint_label(pair.then))} would {still} have held up the most."


def reading(why: Explanation) -> list[str]:
    """What the numbers are and are not."""
    notes = ["The split is attribution by rule, not cause."]
    if why.paired:
        notes[0] += " The paired runs show cause, inside this toy: same luck, one constraint relaxed."
    if len(why.run) == 1:
        notes.append("One replication: there is no interval. Run more with --replications.")
    return notes
