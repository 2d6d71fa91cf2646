"""The card for whoever leads a lesson: where the data come from, and five reasons to trust the model and five not to.

The sentences are written here, their numbers are counted. `python -m sim.studies.facilitator` writes
`docs/facilitator.md`.
"""

from __future__ import annotations

from collections import Counter
from statistics import median

from sim.articles.figures import KINDS, Figure, read_figures
from sim.base.atomic import write_whole
from sim.base.label import SENTENCE
from sim.base.places import scenario_folder
from sim.base.wording import listed
from sim.exhibits.markdown import pipes
from sim.experiment.differences import HEADLINES
from sim.outcomes.ledger import POSTINGS
from sim.scenario.load import Kind, Parameter, SourcedScenario, load_shipped
from sim.studies.hindcast import FITTED, TARGETS

SOURCES: dict[Kind, str] = {
    "figure": "taken from a figure",
    "derived": "derived from figures",
    "calibrated": "fitted to figures",
    "assumption": "assumptions",
}


def figures_table(figures: list[Figure]) -> str:
    """How many figures of each kind each article prints, and how many of them are disputed."""

    def row(name: str, own: list[Figure]) -> list[str]:
        kinds = Counter(each.kind for each in own)
        disputed = len([each for each in own if each.resolution is not None])
        return [name, *(str(kinds[kind]) for kind in KINDS), str(disputed), str(len(own))]

    articles = {f"article {each.article}" if each.article else "our arithmetic": each.article for each in figures}
    rows = [row(name, [each for each in figures if each.article == article]) for name, article in articles.items()]
    headings = ["from", *KINDS, "disputed", "in all"]
    return pipes(headings, [*rows, row("all", figures)], range(1, len(headings)))


def width(parameter: Parameter) -> float:
    """The upper end of a range over its lower one; nan where it has no such ends."""
    match parameter.source.range:
        case (float(low), float(high)) if low > 0:
            return high / low
    return float("nan")


def page(sourced: SourcedScenario, figures: list[Figure]) -> str:
    """The card in Markdown: a page of paper."""
    scenario = sourced.scenario
    values = [
        each
        for each in sourced.parameters.values()
        if each.source.kind != "text" and not each.key.startswith("worlds.")
    ]
    kinds = Counter(each.source.kind for each in values)
    assumed, every = kinds["assumption"], len(values)
    printed = [each for each in figures if each.article]
    disputed = [each for each in printed if each.resolution is not None]
    replaced = [each for each in disputed if each.resolution and each.resolution.value is not None]
    one_firm = len([each for each in printed if "Cambricon" in each.title or each.id.startswith("cambricon")])
    low = len([each for each in values if each.source.kind == "assumption" and each.source.confidence == "low"])
    spans = [span for each in values if (span := width(each)) == span]
    days = [sourced.parameters[f"policies.{name}.effective"].source.kind for name in scenario.policies]
    dated = days.count("figure")
    fitted = len(FITTED)
    sources = [f"{kinds[kind]} {words}" for kind, words in SOURCES.items()]
    return f"""\
# Facilitator's card

**{SENTENCE}**

Written by `python -m sim.studies.facilitator` from the ledger and the baseline. For a lesson:
[docs/teaching.md](teaching.md).

## Where do the data come from?

Five news articles print {len(printed)} numbers and dates (*figures*); `chipgate figures` lists them with article
and line.

{figures_table(figures)}

Disputed are {listed([f"`{each.id}`" for each in disputed])}; {len(replaced)} of these {len(disputed)} were given
another value, and the ledger says why. A *claimed* figure is one that somebody is said to have stated; an *alleged*
one is denied.

The baseline has {every} values: {listed(sources)}. `chipgate show baseline` has the source beside each.

## Five reasons to trust it

1. **Each number can be traced.** None of the {every} values stands bare: {every - assumed} lead to a figure, and
   each of the {assumed} assumptions has a range and a reason.
2. **Nothing is lost or made of nothing.** {len(POSTINGS)} kinds of events move wafers, dies, stacks of memory,
   chips and unmet demand between accounts, and tests balance the accounts after every single event.
3. **Differences are not luck.** Two scenarios meet the same projects, dates and luck, and a scenario that changes
   nothing gives the same digits. A difference in one of the {len(HEADLINES)} headline outcomes is named only if it
   lies beyond a margin that was fixed beforehand.
4. **Misses are published.** Of {len(TARGETS)} figures beside the model, {fitted} are fitted; the other
   {len(TARGETS) - fitted} stand in [the hindcast](../scenarios/HINDCAST.md) as they fell.
5. **Anybody gets the same answer.** Scenario and seed give the same files, byte for byte; `chipgate reproduce` says
   so on your machine.

## Five reasons not to

1. **Most of it is assumed.** {assumed} of {every} values are assumptions, {low} of them guesses or mechanisms
   that nobody has measured, and half of the ranges span a factor of {median(spans):.1f} or more. An interval says
   how certain the model's mean is, never how right an assumption is.
2. **The witnesses are few.** {one_firm} of the {len(printed)} figures are about one firm, Cambricon, and
   {len(disputed)} figures had to be disputed.
3. **No test was clean.** All {len(TARGETS)} figures were on view before the structure of the model was chosen.
4. **Nobody answers.** The {len(scenario.policies)} rules are a list of dates, {dated} of which an article prints.
   No government reacts, no price but that of grey chips rises with shortage, and nobody invests what he earns.
5. **The world is small.** One foundry, and no other buyers of its wafers or of the memory.
   [What is left out](limits.md) is at least as important as what is in.

*Ask the class:* which one of the {assumed} assumptions would have to be wrong to turn today's answer round?
[What each scenario's answer hangs on](scenarios.md) is a start.
"""


def main() -> None:
    """Write the card."""
    path = scenario_folder().parent / "docs" / "facilitator.md"
    write_whole(path, page(load_shipped("baseline"), list(read_figures().values())).encode())


if __name__ == "__main__":
    main()
