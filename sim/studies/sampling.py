"""What a sample of worlds is made of: what varies, what is held and why, what moves together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.base.wording import listed
from sim.exhibits.exhibit import Column, Exhibit
from sim.exhibits.page import Page, Said
from sim.scenario.load import Parameter, SourcedScenario, in_order
from sim.scenario.parts import Worlds
from sim.scenario.sampling import Sample, inputs_of, is_fixed
from sim.studies.worlds import NO_PROBABILITY, varied_words

FIGURES, FIXED, NARROW = (
    "figures of the articles, or derived from them",
    "the frame of the experiment, or held by the file",
    "a range without width",
)
LEVERS, SURER, BARE = "levers: somebody decides them", "of other than low confidence", "given without a range"
SUMMED = "in a sum of which not all may vary"


@dataclass(frozen=True)
class Group:
    """Values of a scenario that vary, or are held for the same reason."""

    what: str
    keys: tuple[str, ...]


def groups(sourced: SourcedScenario, sample: Sample) -> list[Group]:
    """All numbers and dates of a scenario, first those that vary."""
    varied = [each.key for each in sample.inputs]
    found: dict[str, list[str]] = {"vary": varied}
    could = {each.key: each.lever for each in inputs_of(sourced)}
    for key, parameter in sourced.parameters.items():
        if parameter.source.kind != "text" and key not in varied and not key.startswith("worlds."):
            found.setdefault(_why_held(sourced, parameter, could.get(key)), []).append(key)
    return [Group(what, tuple(keys)) for what, keys in found.items()]


def _why_held(sourced: SourcedScenario, parameter: Parameter, lever: bool | None) -> str:
    """Why a value keeps still; `lever` is None for one that could not vary at all."""
    if lever is not None:
        summed = {key for keys in (sourced.scenario.worlds or Worlds()).sums.values() for key in keys}
        return LEVERS if lever else SUMMED if parameter.key in summed else SURER
    if is_fixed(sourced, parameter.key):
        return FIXED
    if parameter.source.kind in ("figure", "derived"):
        return FIGURES
    return BARE if parameter.source.range is None else NARROW


def together(sourced: SourcedScenario, sample: Sample) -> list[str]:
    """What moves together in the sample, and how it is drawn, a sentence each."""
    rules, varied = sourced.scenario.worlds or Worlds(), {each.key for each in sample.inputs}
    found = {
        "Keep their sum": [listed(keys) for keys in rules.sums.values() if varied.intersection(keys)],
        "Keep their order, from low to high": [
            listed(keys) for keys in rules.order.values() if varied.intersection(keys) and in_order(sourced, keys)
        ],
        "Absent from some worlds": [f"{each.key} ({100 * each.off:g} %)" for each in sample.inputs if each.off],
        "Whole numbers": [each.key for each in sample.inputs if each.whole],
        "Drawn evenly over the logarithm": [each.key for each in sample.inputs if each.log],
    }
    return [f"{how}: {'; '.join(what)}." for how, what in found.items() if what]


COLUMNS: tuple[Column[Group], ...] = (
    Column("what", lambda group: group.what, "numbers and dates of the scenario"),
    Column("many", lambda group: len(group.keys), "how many"),
)


def sample_page(sourced: SourcedScenario, sample: Sample, low_only: bool) -> Page:
    """How many assumptions vary, how many are held and why, and what moves together."""
    many = len(sample.worlds)
    return Page(
        title=f"{sourced.scenario.name}: {many:,} world{'s' * (many != 1)} sampled, seed {sample.seed}",
        parts=(
            Said("varied", (f"{varied_words(len(sample.inputs), low_only)}.",)),
            Exhibit("values", "", COLUMNS, tuple(groups(sourced, sample)), record=_record),
            Said("together", tuple(together(sourced, sample)), title="What moves together, and how it is drawn"),
        ),
        facts={"scenario": sourced.scenario.name, "worlds": many, "seed": sample.seed},
        notes=(
            "Each range is covered evenly: in as many parts as there are worlds, one world lies in each (a Latin "
            "hypercube), but where a sum or an order leaves less room. Every world keeps the scenario's rules.",
            NO_PROBABILITY,
        ),
    )


def _record(group: Group) -> dict[str, Sequence[str] | str]:
    return {"what": group.what, "keys": group.keys}
