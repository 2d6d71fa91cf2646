"""Break-even: the value of a key at which one scenario does as well as another, or better by a target.

The ends of the range come first, with a few values between them, for the difference may reach the target more than
once, or never. Where it does, the values are narrowed down (`sim.studies.roots`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from sim.base.errors import ChipgateError
from sim.base.statistics import Summary, finite
from sim.base.units import WEEKS_A_YEAR, Quantity, UnitError
from sim.base.wording import capital, listed
from sim.exhibits.exhibit import Column, Estimate, Exhibit, change_scale, phrase
from sim.exhibits.page import Page, Said
from sim.experiment.cases import Ask, Case, Outcomes, key_asked
from sim.experiment.comparison import refuse_unfit
from sim.experiment.differences import WORDS
from sim.outcomes.cards import OUTCOMES, label_of
from sim.outcomes.keys import Key
from sim.scenario.load import SourcedScenario
from sim.scenario.sampling import Input
from sim.studies.roots import Root, Tried, narrowed, roots_of, tried_at
from sim.studies.study import Study, set_beside
from sim.studies.varied import Span, at, between, plain, refuse_apart, stated, steps, told, varied

Where: TypeAlias = Literal["both", "first"]
"""Where the key is varied: an assumption, true in both scenarios; or a lever, which only the first pulls."""

FIRST_LOOK = 7  # values: the ends and five between them
FEWEST = 0.5  # of the pairs in which the outcome has to exist


@dataclass(frozen=True, repr=False)
class BreakEven(Study):
    """At which value of a key the second of two scenarios less the first comes to a target."""

    base: str
    other: str
    of: Input
    where: Where
    outcome: Key
    target: float
    replications: int
    seed: int
    tried: tuple[Tried, ...]
    """In the order of the values; the first look only where the outcome is missing too often."""
    roots: tuple[Root, ...]
    note: str = ""
    """About the range."""

    @property
    def unit(self) -> str:
        """The outcome's."""
        return OUTCOMES[self.outcome.outcome].unit

    @property
    def label(self) -> str:
        """The outcome's, with its year."""
        return label_of(self.outcome) + (f" in {self.outcome.period}" if self.outcome.period else "")

    @property
    def found(self) -> list[Root]:
        """The values that there are."""
        return [root for root in self.roots if math.isfinite(root.number)]

    @property
    def runs(self) -> int:
        """Replications that it took, computed or kept."""
        return self.replications * (2 * len(self.tried) if self.where == "both" else len(self.tried) + 1)

    @property
    def nearest(self) -> Tried:
        """The value tried at which the gap is smallest."""
        return min(self.tried, key=lambda each: abs(each.gap.mean))

    @property
    def scarce(self) -> Tried | None:
        """A value tried at which the outcome is missing too often for any answer."""
        return _scarce(self.tried, self.replications)

    @property
    def answer(self) -> Literal["value", "none", "cannot tell"]:
        """In a word."""
        if self.scarce or (self.roots and not self.found):
            return "cannot tell"
        return "value" if self.found else "none"

    def content(self) -> Page:
        """The answer, what was tried, and how to read it."""
        return _page(self)


# --- What is asked ---


def break_even(
    first: SourcedScenario,
    second: SourcedScenario,
    key: str,
    outcome: str,
    ask: Ask,
    *,
    where: Where | None = None,
    span: Span = "",
    target: str | float = "",
    replications: int = 50,
    seed: int = 1,
) -> BreakEven:
    """At which value of the key the second scenario less the first comes to the target (0 if there is none).

    The key is varied in both scenarios or in the first alone; if nothing is said, in both where nobody decides it, and
    in the first where the file calls it a lever. `span` is FROM:TO in place of the stated range, or both ends; a target
    is in the outcome's unit. Raises ChipgateError, before anything is run.
    """
    refuse_unfit([first, second])
    if replications < 2:
        raise ChipgateError("one replication has no interval, so no value could be told; take more")
    if where not in (None, *get_args(Where)):
        raise ChipgateError(f"'{where}' is not where a key is varied; write {' or '.join(get_args(Where))}")
    of = varied(first, key, span)
    where = where or ("first" if of.lever else "both")
    if where == "both":
        refuse_apart(first, second, of, f"--in first varies it in {first.scenario.name} alone")
    wanted = key_asked([first.scenario, second.scenario], outcome)
    aim = target_of(target, OUTCOMES[wanted.outcome].unit) if target != "" else 0.0
    fixed: list[Outcomes] = []

    def look(numbers: Sequence[float]) -> list[Tried]:
        worlds = [at(first, {of: number}) for number in numbers]
        if where == "both":
            worlds += [at(second, {of: number}) for number in numbers]
        elif not fixed:
            worlds.append(second)
        found = ask([Case(world.scenario, seed, range(replications)) for world in worlds])
        ours, theirs = found[: len(numbers)], found[len(numbers) :]
        if where == "first":
            fixed.extend(theirs)
            theirs = fixed * len(numbers)
        return [
            tried_at(number, one[wanted], two[wanted], aim)
            for number, one, two in zip(numbers, ours, theirs, strict=True)
        ]

    tried = look(_first_look(of))
    if not _scarce(tried, replications):
        tried = narrowed(of, tried, look)
    return BreakEven(
        base=first.scenario.name,
        other=second.scenario.name,
        of=of,
        where=where,
        outcome=wanted,
        target=aim,
        replications=replications,
        seed=seed,
        tried=tuple(tried),
        roots=() if _scarce(tried, replications) else tuple(roots_of(of, tried)),
        note=stated(first, of),
        beside=set_beside([first, second]),
    )


def target_of(given: object, unit: str) -> float:
    """A difference in an outcome's unit, as a text or a number; of dates in weeks, and as years. Raises
    ChipgateError."""
    if unit == "date":
        return target_of(given, "weeks") / WEEKS_A_YEAR
    try:
        return Quantity(unit).read(given)
    except UnitError as error:
        raise ChipgateError(f"the target: {error}{f'; {error.hint}' if error.hint else ''}") from None


def _first_look(of: Input) -> list[float]:
    """The ends and a few values between; the one nearest to what the key is now moves there, for that has perhaps been
    run before."""
    found = steps(of, FIRST_LOOK)
    inside = range(1, len(found) - 1)
    if of.low < of.now < of.high and of.now not in found and inside:
        found[min(inside, key=lambda n: abs(found[n] - of.now))] = of.now
    return found


def _scarce(tried: Sequence[Tried], replications: int) -> Tried | None:
    least = min(tried, key=lambda each: each.gap.n)
    return least if least.gap.n < max(2, FEWEST * replications) else None


# --- What is said ---


def headline(study: BreakEven) -> str:
    """The answer in a line."""
    of, near = study.of, study.nearest
    if study.answer == "cannot tell":
        return f"Cannot tell at which {of.key} {_subject(study)} is {_aim(study)}"
    if study.answer == "none":
        least = phrase(near.share) if near.share and not study.target else _size(study, near)
        return f"No such value of {of.key}: {_subject(study)} is {_side(study, near.sign)}, by {least} or more"
    values = listed([root_value(of, root) for root in study.found])
    return capital(f"{_subject(study)} is {_aim(study)} where {of.key} is {values}")


def answers(study: BreakEven) -> list[str]:
    """The answer, in a sentence or two for each value."""
    if few := study.scarce:
        where = f"where {study.of.key} is {study.of.text(few.number)}"
        many = f"{few.gap.n} of {study.replications} replications"
        return [f"Cannot tell: {study.label} exists in both in only {many} {where}."]
    if all(each.gap.mean == each.half == 0 for each in study.tried):
        return [f"{capital(_subject(study))} is exactly {_aim(study)} at all {len(study.tried)} values tried."]
    if study.answer == "none":
        return _none(study)
    several = [f"There are {len(study.found)} such values."] if len(study.found) > 1 else []
    return several + [_at(study, root) if root in study.found else _in_doubt(study, root) for root in study.roots]


def _none(study: BreakEven) -> list[str]:
    """No such value, and how far from it the nearest is."""
    of, near = study.of, study.nearest
    share = f", {phrase(near.share)} of {study.base}" if near.share and not study.target else ""
    off = ("over" if near.sign > 0 else "short") if study.target else "apart"
    side = f"{_subject(study)} is {_side(study, near.sign)} at all {len(study.tried)} values tried"
    nearest = f"Nearest at {of.text(near.number)}: {off} by {_size(study, near)}{share}."
    found = [f"No such value between {of.text(of.low)} and {of.text(of.high)}: {side}. {nearest}"]
    if all(each.gap == study.tried[0].gap for each in study.tried):
        found.append(f"{of.key} changes nothing in the difference: it is exactly the same at each of them.")
    return found


def _at(study: BreakEven, root: Root) -> str:
    """A value that is found."""
    of, (low, high) = study.of, root_ends(study.of, root)
    ends = between(low, high) if low and high else f"up to {high}" if high else f"from {low}"
    beyond = "" if low and high else "; the interval reaches the end of the range, so it may lie beyond"
    lead = f"{capital(_subject(study))} is {_aim(study)} where {of.key} is {root_value(of, root)} ({ends}{beyond})"
    signs = {"below": root.before, "above": root.after}
    sides = [f"{where}, it is {_side(study, sign)}" for where, sign in signs.items() if sign]
    return f"{lead}: {'; '.join(sides)}. In {study.base} it is {of.text(of.now)}."


def _in_doubt(study: BreakEven, root: Root) -> str:
    """Where it cannot be told whether there is one."""
    low, high = root_ends(study.of, root)
    holds = f"the interval of the difference holds {_zero(study)}"
    if low and high:
        side = f"on either side it is {_side(study, root.before)}"
        return f"Cannot tell from {between(low, high)}: {holds} there, and {side}."
    inside = [each for each in study.tried if root.low <= each.number <= root.high]
    near = min(inside or study.tried, key=lambda each: abs(each.gap.mean))
    size = f"Nearest at {study.of.text(near.number)}: off by {_size(study, near)}."
    if low or high:
        return f"Cannot tell {f'from {low} on' if low else f'up to {high}'}: {holds} up to the end of the range. {size}"
    return f"Cannot tell: {holds} at every value tried. {size}"


def _subject(study: BreakEven) -> str:
    return f"{study.label}, {study.other} less {study.base}," if study.target else study.label


def _aim(study: BreakEven) -> str:
    """What the subject is to be."""
    return _target(study) if study.target else "the same in both"


def _zero(study: BreakEven) -> str:
    """What the difference is to be."""
    return _target(study) if study.target else "0"


def _target(study: BreakEven) -> str:
    divisor, unit = change_scale(abs(study.target), study.unit)
    return f"{study.target / divisor:+,.6g} {unit}".rstrip()


def _side(study: BreakEven, sign: int) -> str:
    """On which side of the target the difference lies."""
    if study.target:
        return f"{'more' if sign > 0 else 'less'} than that"
    return f"{WORDS.get(study.unit, ('higher', 'lower'))[sign < 0]} in {study.other}"


def _size(study: BreakEven, near: Tried) -> str:
    return phrase(Estimate(near.gap.mean, near.half, study.unit, change=True))


def root_value(of: Input, root: Root) -> str:
    """A break-even for people; of whole numbers the two between which it lies."""
    if math.isnan(root.number):
        return "cannot tell"
    if of.whole and root.number % 1:
        return f"between {of.text(float(math.floor(root.number)))} and {of.text(float(math.ceil(root.number)))}"
    return told(of, root.number, root.half)


def root_ends(of: Input, root: Root) -> tuple[str, str]:
    """The ends of its interval, of whole numbers outwards; empty for one beyond the range."""

    def end(number: float, outwards: Callable[[float], int]) -> str:
        if not math.isfinite(number):
            return ""
        return of.text(float(outwards(number))) if of.whole else told(of, number, root.half)

    return end(root.low, math.floor), end(root.high, math.ceil)


def _page(study: BreakEven) -> Page:
    of = study.of
    ends = between(of.text(of.low), of.text(of.high))
    which = "in both" if study.where == "both" else f"in {study.base} alone"
    return Page(
        title=f"Break-even of {study.base} and {study.other} over {of.key}, varied {which}; "
        f"{study.replications} replications, seed {study.seed}",
        question=f"At which value from {ends} is {_subject(study)} {_aim(study)}?",
        parts=(Said("answer", tuple(answers(study))), _roots(study), _values(study)),
        facts={
            "base": study.base,
            "scenario": study.other,
            "key": of.key,
            "in": study.where,
            "outcome": study.outcome.name,
            "year": study.outcome.period,
            "target": study.target,
            "verdict": study.answer,
            "seed": study.seed,
            "replications": study.replications,
            "runs": study.runs,
        },
        notes=tuple(_notes(study)),
        elsewhere="--json has them",
    )


def _roots(study: BreakEven) -> Exhibit[Root]:
    """The values at which it is reached, or may be."""
    of = study.of

    def side(sign: int) -> str:
        return _side(study, sign).replace("that", _zero(study)) if sign else "cannot tell"

    def record(root: Root) -> dict[str, Any]:
        ends = {"value": root.number, "low": root.low, "high": root.high}
        numbers = {name: plain(of, number) for name, number in ends.items()}
        return {**numbers, "unit": of.unit, "sign_below": root.before, "sign_above": root.after}

    columns: tuple[Column[Root], ...] = (
        Column("value", lambda root: root_value(of, root), of.key),
        Column("low", lambda root: root_ends(of, root)[0] or "beyond", "from"),
        Column("high", lambda root: root_ends(of, root)[1] or "beyond", "to"),
        Column("below", lambda root: side(root.before), "below", {"mean": 1}),
        Column("above", lambda root: side(root.after), "above", {"mean": 1}),
    )
    return Exhibit("breakeven", "Where it is reached, or may be", columns, study.roots, record=record)


def _values(study: BreakEven) -> Exhibit[Tried]:
    """The values tried, and the difference at each."""
    of, unit = study.of, study.unit

    def record(each: Tried) -> dict[str, Any]:
        numbers = {
            "base_mean": each.base.mean,
            "scenario_mean": each.other.mean,
            "difference": each.difference.mean,
            "ci95_low": each.difference.mean - each.half,
            "ci95_high": each.difference.mean + each.half,
            "from_target": each.gap.mean,
            "from_target_low": each.gap.mean - each.half,
            "from_target_high": each.gap.mean + each.half,
            "relative": each.share.mean if each.share else math.nan,
        }
        told_ = {"value": plain(of, each.number), "key_unit": of.unit, "outcome_unit": unit, "pairs": each.gap.n}
        return told_ | {name: finite(number) for name, number in numbers.items()}

    def column(key: str, label: str, of: Callable[[Tried], Summary], rank: int) -> Column[Tried]:
        def cell(each: Tried) -> Estimate:
            return Estimate(of(each).mean, each.half, unit, change=True)

        return Column(key, cell, label, {"mean": 0, "interval": rank}, common=True)

    from_target = (column("from_target", f"from {_target(study)}", lambda each: each.gap, 4),) if study.target else ()
    columns: tuple[Column[Tried], ...] = (
        Column("value", lambda each: of.text(each.number), of.key),
        Column("base", lambda each: Estimate.of(each.base, unit), study.base, {"mean": 2}, common=True),
        Column("other", lambda each: Estimate.of(each.other, unit), study.other, {"mean": 2}, common=True),
        column("difference", f"{study.other} less {study.base}", lambda each: each.difference, 0),
        *from_target,
        Column(
            "relative",
            lambda each: replace(each.share, change=True) if each.share else None,
            f"of {study.base}",
            {"mean": 1},
        ),
        Column("pairs", lambda each: each.gap.n, "pairs", {"mean": 3}),
    )
    return Exhibit("tried", f"{capital(study.label)} at the values tried", columns, study.tried, record=record)


def _notes(study: BreakEven) -> list[str]:
    """How to read it."""
    of = study.of
    where = (
        f"{of.key} is varied in both, as an assumption that is true in either."
        if study.where == "both"
        else f"{of.key} is varied in {study.base} alone, as a lever that only it pulls."
    )
    fewest = min(each.gap.n for each in study.tried)
    lost = f" Both have a value in {fewest} or more of {study.replications} pairs."
    return [
        f"{where} {len(study.tried)} values tried, {study.runs:,} runs.{lost if fewest < study.replications else ''}",
        f"Interval of a value: where the 95 % interval of the paired difference holds {_zero(study)}. Between the "
        "values tried it is taken as straight; one that turns between two of them and comes back would not be seen.",
        *([study.note] if study.note else []),
    ]
