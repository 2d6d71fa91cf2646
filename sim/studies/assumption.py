"""Is it the policy or the assumption? Two scenarios as their files say, and both with one assumption changed.

Four lines of paired differences: what the second scenario changes as it stands, and with the assumption; and what the
assumption itself changes in the one and in the other. How far the first two differ, the interaction, is how much the
answer hangs on the assumption. A contested figure is such an assumption: as printed, or as corrected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal, get_args

from sim.articles.figures import Figure, evaluate, read_figures, with_origins
from sim.base.errors import ChipgateError
from sim.base.judgement import Claim, Judgement, judge, judged_error, paired
from sim.base.statistics import finite, summarise
from sim.base.units import UnitError
from sim.base.wording import capital
from sim.exhibits.exhibit import Column, Estimate, Exhibit, Name, Verdict, phrase
from sim.exhibits.page import Page, Said
from sim.experiment.cases import Ask, Case
from sim.experiment.comparison import Comparison
from sim.experiment.differences import Difference, difference, direction, record, sign_words
from sim.experiment.run import Run
from sim.outcomes.cards import label_of
from sim.outcomes.keys import Key
from sim.scenario.load import SourcedScenario
from sim.scenario.variants import Values, leaf_of, number_of, parameter_of, with_values
from sim.studies.comparing import verdict_of
from sim.studies.study import Study
from sim.studies.varied import refuse_fixed

Reading = Literal["printed", "corrected"]


# --- The assumption ---


@dataclass(frozen=True)
class Switch:
    """An assumption with another value, the same in both scenarios."""

    text: str
    """For people: imports.h20.cap = 10,000 chips/week."""
    scenarios: tuple[SourcedScenario, SourcedScenario]
    """Both with it."""
    warnings: tuple[str, ...] = ()


def switch_of(scenarios: Sequence[SourcedScenario], text: str) -> Switch:
    """The assumption that a text such as `imports.h20.cap=10000 chips/week` or `FIGURE=printed` changes in two
    scenarios. Raises ChipgateError, before anything is run."""
    if len(scenarios) != 2:
        raise ChipgateError(f"an assumption is tried in two scenarios, and here are {len(scenarios)}; compare two")
    name, equals, value = map(str.strip, text.partition("="))
    if not equals or not name or not value:
        raise ChipgateError(f"'{text[:100]}' is no assumption; write KEY=VALUE, such as imports.h20.cap=10000")
    ledger = read_figures()
    if name in ledger:
        return _of_figure(scenarios, ledger[name], value)
    return _of_key(scenarios, name, value)


def _of_key(scenarios: Sequence[SourcedScenario], key: str, text: str) -> Switch:
    one, other = [parameter_of(each, key) for each in scenarios]
    base, second = [each.scenario.name for each in scenarios]
    for each in scenarios:
        refuse_fixed(each, key)
    if one.value != other.value:
        raise ChipgateError(
            f"'{key}' is {one.text} in {base} and {other.text} in {second}: it is what they differ in, so it is no "
            f"assumption of both; name another key ('chipgate show {base} --diff {second}' lists what differs)"
        )
    leaf = leaf_of(key)
    try:
        value = None if text == "off" else leaf.read(text)
    except UnitError as error:
        hint = f"; {error.hint}" if error.hint else ""
        raise ChipgateError(f"'{key}={text[:100]}': {error}{hint}") from None
    if value == one.value:
        raise ChipgateError(f"'{key}' is {one.text} already; give it another value")
    shown = "off" if value is None else leaf.show(value)
    ends, warnings = one.source.range, list[str]()
    if ends and value is not None and not number_of(ends[0]) <= number_of(value) <= number_of(ends[1]):
        warnings.append(
            f"{shown} lies outside the range that the file states for {key}, {_span(one.source.range_text)}."
        )
    return _switch(scenarios, f"{key} = {shown}", [{key: value}] * 2, warnings)


def _span(ends: tuple[str, str] | None) -> str:
    return " to ".join(ends or ())


def _switch(
    scenarios: Sequence[SourcedScenario], text: str, values: Sequence[Values], warnings: Sequence[str] = ()
) -> Switch:
    try:
        one, other = [with_values(each, own) for each, own in zip(scenarios, values, strict=True)]
    except KeyError:
        raise ChipgateError(f"{text}: this cannot be left out; give it a value") from None
    return Switch(text, (one, other), tuple(warnings))


# --- A contested figure ---


def _of_figure(scenarios: Sequence[SourcedScenario], figure: Figure, reading: str) -> Switch:
    names = " or ".join(each.scenario.name for each in scenarios)
    if reading not in get_args(Reading):
        raise ChipgateError(
            f"'{figure.id}' is a figure; take it as {' or '.join(get_args(Reading))}, not '{reading[:60]}'"
        )
    if figure.resolution is None:
        raise ChipgateError(f"the figure '{figure.id}' is not contested: it has no resolution in the ledger")
    if figure.resolution.value is None:
        raise ChipgateError(f"the dispute about '{figure.id}' changes no number: it stands as printed, {figure.text}")
    values = [as_printed(each, figure.id) for each in scenarios]
    if not any(values):
        raise ChipgateError(
            f"no value of {names} rests on the figure '{figure.id}', so it changes nothing in the model, which is only "
            "held against it ('chipgate hindcast')"
        )
    if reading == "corrected":
        raise ChipgateError(f"'{figure.id}' is as corrected in the files, {figure.accepted_text}; try it as printed")
    return _switch(scenarios, f"{figure.id} as printed, {figure.text}", values)


def as_printed(sourced: SourcedScenario, name: str) -> Values:
    """The values that rest on a figure, directly or by arithmetic, if it is taken as printed; none where no value
    does. Raises ChipgateError."""
    ledger = _printed(read_figures(), name)
    found = {}
    for parameter in sourced.parameters.values():
        source = parameter.source
        if source.kind in ("figure", "derived") and name in with_origins(source.figures, ledger):
            leaf = leaf_of(parameter.key)
            if source.kind == "derived":
                written = f"{evaluate(source.text, ledger)!r} {source.unit}"
            else:
                printed = ledger[source.figures[0]]
                written = printed.text if leaf.day else f"{printed.value!r} {printed.unit}"
            try:
                found[parameter.key] = leaf.read(written)
            except UnitError as error:
                raise ChipgateError(f"'{parameter.key}' with '{name}' as printed: {error}") from None
    return found


def _printed(ledger: Mapping[str, Figure], name: str) -> Mapping[str, Figure]:
    """The ledger with one figure as its article prints it, and what is derived from it."""
    found = {**ledger, name: replace(ledger[name], resolution=None)}
    moved = [each for each in ledger.values() if each.derived and name in with_origins([each.id], ledger)]
    for _ in moved:  # as often as they may rest on one another
        found |= {each.id: replace(each, value=evaluate(each.derived, found)) for each in moved}
    return found


# --- What is found ---


@dataclass(frozen=True)
class Line:
    """One of the four differences of an outcome."""

    what: str
    """For machines: policy, policy_with, assumption_in_base, assumption_in_other."""
    label: str
    row: Difference

    @property
    def estimate(self) -> Estimate:
        """The difference with the interval of its verdict."""
        return _estimate(self.row)


@dataclass(frozen=True)
class Interaction:
    """How much more the second scenario changes with the assumption than without."""

    key: Key
    estimate: Estimate
    """With the interval of its verdict."""
    half_width: float
    """Of the 95 % interval by itself."""
    judgement: Judgement
    larger: str
    """Which moves the base more: the policy, the assumption; empty where that is not sure."""

    what: ClassVar[str] = "interaction"
    label: ClassVar[str] = "interaction: the second less the first"


@dataclass(frozen=True, eq=False, repr=False)
class Assumed(Study):
    """A comparison of two, and the same with an assumption changed."""

    switch: Switch
    stands: tuple[Run, Run]
    assumed: tuple[Run, Run]
    keys: tuple[Key, ...]

    @property
    def names(self) -> list[str]:
        """The base's name and the other's."""
        return [run.scenario.name for run in self.stands]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Four for each outcome, all judged as one family."""
        (one, other), (one_with, other_with) = self.stands, self.assumed
        base, second = self.names
        found = [
            Line(what, label, difference(before, after, key))
            for key in self.keys
            for what, label, before, after in (
                ("policy", f"{second} less {base}, as it stands", one, other),
                ("policy_with", f"{second} less {base}, with the assumption", one_with, other_with),
                ("assumption_in_base", f"the assumption in {base}", one, one_with),
                ("assumption_in_other", f"the assumption in {second}", other, other_with),
            )
        ]
        judged = judge([line.row.claim for line in found])
        return tuple(
            replace(line, row=replace(line.row, judgement=each)) for line, each in zip(found, judged, strict=True)
        )

    def of(self, key: Key) -> dict[str, Difference]:
        """The four of an outcome by what they are."""
        return {line.what: line.row for line in self.lines if line.row.key == key}

    @cached_property
    def interactions(self) -> tuple[Interaction, ...]:
        """One for each outcome, over the replications in which it exists in all four."""
        claims, halves, larger = [], [], []
        for key in self.keys:
            (one, other), (one_with, other_with) = [[run[key] for run in runs] for runs in (self.stands, self.assumed)]
            before, after = paired((other - one).tolist(), (other_with - one_with).tolist())
            found = summarise(y - x for x, y in zip(before, after, strict=True))
            margin = self.of(key)["policy"].margin
            halves.append(found.half_width)
            claims.append(Claim(found.mean, judged_error(before, after, False), margin, found.n, "neither"))
            policy, assumption = other - one, one_with - one
            signs = [1 if summarise(each).mean >= 0 else -1 for each in (policy, assumption)]
            more = summarise(signs[0] * policy - signs[1] * assumption)
            sure = abs(more.mean) > more.half_width
            larger.append(("the policy" if more.mean > 0 else "the assumption") if sure else "")
        judged = judge(claims)
        return tuple(
            Interaction(
                key, Estimate(claim.mean, each.half_width, self.of(key)["policy"].unit, change=True), half, each, who
            )
            for key, claim, half, each, who in zip(self.keys, claims, halves, judged, larger, strict=True)
        )

    @property
    def told(self) -> dict[str, str]:
        """What the four lines of each outcome say."""
        return {_label(each.key): self._told(each) for each in self.interactions}

    def content(self) -> Page:
        """The four lines of each outcome with their interaction, what they say, and how to read them."""
        base, second = self.names
        return Page(
            title=f"The policy or the assumption? {base} and {second} with {self.switch.text}",
            parts=(
                Said("assumption", tuple(self.told.values()), tuple(self.told)),
                *map(self._exhibit, self.keys),
            ),
            facts={
                "study": "assumption",
                "base": base,
                "scenario": second,
                "assumption": self.switch.text,
                "replications": len(self.stands[0]),
                "seed": self.stands[0].seed,
            },
            warnings=self.switch.warnings,
            notes=(
                "All four have the same luck, replication by replication. Their verdicts hold together, as in a "
                "comparison. The interaction is the second line less the first, judged by the margin of the first.",
            ),
            elsewhere="--json has them",
        )

    def _exhibit(self, key: Key) -> Exhibit[Line | Interaction]:
        def of(each: Line | Interaction) -> dict[str, Any]:
            if isinstance(each, Line):
                return {"line": each.what, **record(each.row)}
            mean, judged = each.estimate.mean, each.judgement
            own = {
                "difference": mean,
                "ci95_low": mean - each.half_width,
                "ci95_high": mean + each.half_width,
                "verdict_confidence": judged.confidence,
                "verdict_low": mean - judged.half_width,
                "verdict_high": mean + judged.half_width,
                "p_holm": judged.p,
            }
            first = record(self.of(key)["policy"])
            shared = {name: value if name in SHARED else None for name, value in first.items()}
            numbers = {name: finite(value) for name, value in own.items()}
            return {"line": each.what, **shared, **numbers, "verdict": judged.verdict}

        return Exhibit(
            "_".join(map(str, filter(None, ("lines", key.name, key.period)))),
            capital(_label(key)),
            COLUMNS,
            (
                *(line for line in self.lines if line.row.key == key),
                *(each for each in self.interactions if each.key == key),
            ),
            record=of,
        )

    def _told(self, found: Interaction) -> str:
        rows, (base, second) = self.of(found.key), self.names
        if not all(row.pairs for row in rows.values()):
            return "it does not exist in all four, so nothing can be said."
        policy, changed = rows["policy"], rows["policy_with"]
        moved = [_moved(rows[f"assumption_in_{which}"]) for which in ("base", "other")]
        sentences = [
            f"{second} is {_apart(policy)} as it stands, {_apart(changed)} with the assumption",
            f"The assumption itself {moved[0]} in {base}, and {moved[1]} in {second}",
            f"From {base}, {found.larger} moves it more"
            if found.larger
            else f"Which of the two moves {base} more cannot be told",
            self._interaction(found, policy, changed),
        ]
        return ". ".join(sentences) + "."

    def _interaction(self, found: Interaction, policy: Difference, changed: Difference) -> str:
        verdict = found.judgement.verdict
        if verdict == "too small to matter":
            return "What the policy changes does not hang on the assumption"
        if verdict == "cannot tell":
            return "Whether what the policy changes hangs on the assumption, these replications cannot tell"
        turned = policy.mean * changed.mean < 0 and all(verdict_of(row).decided for row in (policy, changed))
        more = abs(changed.mean) > abs(policy.mean)
        how = "turns round" if turned else f"is {'larger' if more else 'smaller'}"
        return f"With the assumption what the policy changes {how}, by {phrase(found.estimate)}: they interact"


def _label(key: Key) -> str:
    return label_of(key) + (f" of {key.period}" if key.period else "")


def _estimate(row: Difference) -> Estimate:
    """The difference with the interval of its verdict."""
    return Estimate(row.mean, row.judgement.half_width if row.judgement else row.half_width, row.unit, change=True)


def _apart(row: Difference) -> str:
    """higher by 1.5 million A100e (1.4 to 1.6)"""
    found = _estimate(row)
    if not abs(row.mean) > found.half:
        return "not clearly different" if row.mean else "the same"
    return f"{direction(row)} by {phrase(found)}"


def _moved(row: Difference) -> str:
    """lowers it by 0.2 million A100e (0.1 to 0.3)"""
    found = _estimate(row)
    if not abs(row.mean) > found.half:
        return "does not clearly move it" if row.mean else "changes nothing"
    return f"{'raises' if row.mean > 0 else 'lowers'} it by {phrase(found)}"


SHARED = ("label", "base", "scenario", "outcome", "item", "unit", "year", "replications", "margin")
"""What the record of an interaction has in common with those of its lines."""
COLUMNS: tuple[Column[Line | Interaction], ...] = (
    Column("line", lambda each: Name(each.what, each.label), "difference of"),
    Column("difference", lambda each: each.estimate, "difference", {"mean": 0, "interval": 0}, common=True),
    Column("same_sign", lambda each: sign_words(each.row) if isinstance(each, Line) else "", "same sign", {"mean": 2}),
    Column(
        "verdict",
        lambda each: verdict_of(each.row) if isinstance(each, Line) else Verdict(each.judgement.verdict),
        "verdict",
        {"mean": 1},
    ),
)


# --- Asking ---


def assumed(comparison: Comparison, switch: Switch, keys: Sequence[Key], ask: Ask) -> Assumed:
    """Two scenarios that are compared already, run again with the assumption: as often, with the same luck."""
    one, other = comparison.runs
    found = ask([Case(each.scenario, one.seed, range(len(one))) for each in switch.scenarios])
    first, second = [
        Run.of(sourced, one.seed, one.numbers, outcomes, {})
        for sourced, outcomes in zip(switch.scenarios, found, strict=True)
    ]
    return Assumed(switch, (one, other), (first, second), tuple(dict.fromkeys(keys)))
