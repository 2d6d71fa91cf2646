"""The question of each shipped scenario, answered in a sentence from paired runs.

`python -m sim.studies.answers` writes `docs/scenarios.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from sim.base.atomic import write_whole
from sim.base.judgement import judge
from sim.base.label import SENTENCE
from sim.base.places import scenario_folder
from sim.base.statistics import summarise
from sim.base.wording import listed
from sim.exhibits.exhibit import Estimate, phrase
from sim.exhibits.markdown import safe
from sim.experiment.differences import HEADLINES, Difference, difference, direction
from sim.experiment.run import Run, run_scenario
from sim.experiment.store import store_at
from sim.outcomes.cards import OUTCOMES, item_label, label_of
from sim.outcomes.keys import Key
from sim.scenario.load import SourcedScenario, by_lever, load_shipped
from sim.scenario.parts import Scenario
from sim.scenario.show import scenario_hash
from sim.studies.comparing import judged_size, unnamed, verdict_of
from sim.studies.shape import striking

REPLICATIONS = 40


def base_of(sourced: SourcedScenario) -> str:
    """The scenario that a shipped one extends; "" where there is none."""
    return Path(sourced.files[1]).stem if len(sourced.files) > 1 else ""


def judged(base: Run, other: Run) -> list[Difference]:
    """What the scenario's file says to look at, then the headline outcomes, judged as one family; those that have a
    value in some pair."""
    wanted = dict.fromkeys([*other.scenario.look_at, *HEADLINES])
    rows = [row for name in wanted if name in base and (row := difference(base, other, name)).pairs]
    judgements = judge([row.claim for row in rows])
    return [replace(row, judgement=judgement) for row, judgement in zip(rows, judgements, strict=True)]


def answer(base: Run, other: Run) -> str:
    """What the scenario changes against its base, in a sentence: what is named, by verdict; what is not, and why; and
    whether no effect was expected."""
    rows = judged(base, other)
    named: dict[str, list[str]] = {}
    for row in rows:
        if verdict_of(row).decided:
            size = f"{_name(row.key)} {direction(row)} by {phrase(judged_size(row))}"
            named.setdefault(str(verdict_of(row)), []).append(size)
    verdicts = sorted(named, key=lambda verdict: verdict == "different")  # what is good or bad for somebody first
    parts = [f"{verdict}: {', '.join(named[verdict])}" for verdict in verdicts]
    parts += ["no difference can be named"] * (not named) + unnamed(rows, lambda row: _name(row.key))
    parts += _alone(base, other)
    return f"Against {base.scenario.name}, {'; '.join([*parts, *_expectation(other.scenario, rows)])}."


def _alone(base: Run, other: Run) -> list[str]:
    """What only the scenario has a value of, of what its file says to look at."""
    keys = [other.key(name) for name in other.scenario.look_at]
    only = [key for key in keys if key not in base.outcomes or not summarise(base[key]).n]
    return [f"only in {other.scenario.name}: {_value(other, key)}" for key in only if summarise(other[key]).n]


def _expectation(scenario: Scenario, rows: Sequence[Difference]) -> list[str]:
    """Whether what was found is what the scenario's file expects: that no headline outcome moves, or that one does."""
    headlines = [row for row in rows if row.card.headline]
    moved = [label_of(row.key) for row in headlines if verdict_of(row).decided]
    if scenario.no_effect:
        still = all(row.verdict == "too small to matter" for row in headlines)
        found = "and none does" if still else "and whether one does cannot be told"
        found = f"but {listed(moved)} {'do' if len(moved) > 1 else 'does'}" if moved else found
        return [f"no headline outcome was expected to move by enough to matter, {found}"]
    return [] if moved else ["an effect on a headline outcome was expected, and none is found"]


def _name(key: Key) -> str:
    """An outcome inside a sentence that has colons of its own: revenue (Huawei)."""
    return OUTCOMES[key.outcome].label + f" ({item_label(key)})" * bool(key.item)


def _value(run: Run, key: Key) -> str:
    return f"{_name(key)} {phrase(Estimate.of(summarise(run[key]), OUTCOMES[key.outcome].unit))}"


def alone(run: Run) -> str:
    """What happens in a scenario that extends none, in a sentence: its most striking shape, and its headlines."""
    return "; ".join([*(text.rstrip(".") for text in striking(run)), *(_value(run, Key(n)) for n in HEADLINES)]) + "."


# --- The page ---


INTRODUCTION = f"""\
Written by `python -m sim.studies.answers`: {REPLICATIONS} replications of each scenario with seed 1, paired with
those of the scenario that it extends. An answer gives what the scenario's file says to look at and the headline
outcomes, by verdict. Even one wrong verdict in an answer has a chance of at most 5 % on normal data, and the interval
of each stands in brackets ([how they are found](analyst.md#what-does-the-rule-change-and-how-sure-is-that)). *Too small
to matter* and *cannot tell* are answers too. What an answer *hangs on* is the simplification without which it would be
another one; [what the model leaves out](limits.md) has the others.
"""


def section(sourced: SourcedScenario, run: Run, base: Run | None) -> str:
    """A scenario on the page: its question, the answer, what that hangs on; and, for a test, a hash of its content."""
    scenario = sourced.scenario
    return "\n\n".join(
        [
            f"### `{scenario.name}`: {safe(scenario.title)}",
            f"<!-- {scenario.name} {scenario_hash(scenario)[:16]} -->",
            f"*{safe(scenario.question)}*",
            safe(answer(base, run) if base else alone(run)),
            f"*Hangs on:* {safe(scenario.hangs_on)}",
        ]
    )


def page(runs: Mapping[str, Run]) -> str:
    """All shipped scenarios by who pulls the lever, in Markdown."""
    blocks = ["# What the shipped scenarios answer", f"**{SENTENCE}**", INTRODUCTION.strip()]
    for lever, pulled in groupby(by_lever(), key=lambda each: each.lever):
        blocks += [f"## {lever.capitalize()}"] * bool(lever)
        for each in pulled:
            run = runs[each.name]
            blocks.append(section(run.sourced, run, runs.get(base_of(run.sourced))))
    return "\n\n".join(blocks) + "\n"


def main() -> None:
    """Write the page."""
    store = store_at()
    runs = {each.name: run_scenario(load_shipped(each.name), REPLICATIONS, store=store) for each in by_lever()}
    write_whole(scenario_folder().parent / "docs" / "scenarios.md", page(runs).encode())


if __name__ == "__main__":
    main()
