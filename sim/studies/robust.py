"""Which of several options to take where nobody knows the assumptions: how often each is best over worlds sampled from
the stated ranges, what it costs to have chosen it (regret), where the ranking reverses, and which one threshold says
when.

All options meet the same worlds, and in each world the same luck. Worlds are sampled, not weighed: how many of them say
something is a share of sampled worlds and no probability.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ChipgateError
from sim.base.judgement import ERROR, how_often
from sim.base.rounding import decimals, percent, scale_of, signed
from sim.base.shapes import Value
from sim.base.statistics import finite, summarise
from sim.base.wording import capital, listed
from sim.exhibits.exhibit import Column, Estimate, Exhibit, Name, estimate_text
from sim.exhibits.page import Page, Said
from sim.experiment.cases import Ask, Case, Outcomes, key_asked
from sim.experiment.comparison import refuse_unfit
from sim.experiment.run import refuse_bad_number
from sim.outcomes.cards import OUTCOMES, Outcome, label_of
from sim.outcomes.keys import Key
from sim.scenario.load import SourcedScenario
from sim.scenario.sampling import MOST, Input, Sample, sample, varying
from sim.scenario.variants import number_of
from sim.studies.comparing import margin_words
from sim.studies.study import Study, set_beside
from sim.studies.threshold import BETTER, FEWEST_CASES, FEWEST_WORLDS, STANDS, TRIES, Threshold, enough, threshold_of
from sim.studies.wants import Want, want_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


# --- What is found ---


@dataclass(frozen=True)
class Option:
    """One of those among whom is chosen."""

    name: str
    alone: int
    """Worlds in which it is the best, and no other is close."""
    close: int
    """Further worlds in which it is the best, or too close to the best to matter."""
    regret: tuple[Estimate, Estimate, Estimate]
    """How much better the best one is: median, 90th percentile and worst of the worlds."""
    met: tuple[int, ...]
    """Worlds in which each want is met, and last all of them together."""
    without: int
    """Worlds in which it has no value."""


@dataclass(frozen=True)
class Duel:
    """Two options."""

    one: str
    other: str
    ahead: int
    """Worlds in which the first is better by more than the margin."""
    behind: int
    close: int
    unclear: int
    """Worlds among those ahead and behind in which luck alone might do it: the 95 % interval reaches across 0."""
    low: float
    """10th percentile over the worlds of the first less the second."""
    high: float
    """90th percentile."""

    @property
    def reverses(self) -> bool:
        """Whether each is ahead somewhere."""
        return self.ahead > 0 and self.behind > 0


@dataclass(frozen=True)
class When:
    """Worlds in which something is so, and the one threshold that best tells them from the others."""

    what: str
    """Such as: early-embargo beats baseline."""
    cases: int
    worlds: int
    threshold: Threshold | None
    """None where there are too few worlds to look for one."""
    input: Input | None
    duel: tuple[int, int] | None = None
    """The options that it is about, by their places; None where it is about a want."""

    @property
    def holds(self) -> bool:
        """Whether one threshold says when."""
        return self.threshold is not None and self.threshold.holds

    @property
    def rule(self) -> str:
        """The threshold in words, whether or not it holds: imports.h20.cap below 18,100 chips/week."""
        if self.threshold is None or self.input is None:
            return ""
        if self.input.off and self.threshold.at <= self.input.low:
            return f"{self.input.key} {'not ' * self.threshold.above}off"
        return (
            f"{self.input.key} {'from' if self.threshold.above else 'below'} {self.input.text(self.threshold.at)}"
            + (" on" if self.threshold.above else "")
        )

    @property
    def so(self) -> str:
        """How often it is so."""
        return f"{self.what} in {self.cases} of {self.worlds} worlds"

    @property
    def told(self) -> str:
        """What may be said of it."""
        so, found = self.so, self.threshold
        if found is None or self.input is None:
            few = f"{FEWEST_WORLDS} in all" if self.worlds < FEWEST_WORLDS else f"{FEWEST_CASES} of either kind"
            return f"{so}. Too few worlds to say when: it takes {few}."
        if not found.holds:
            shuffled = f"better than {percent(found.worse)} of shuffled labels"
            return (
                f"{so}. No one threshold says when. The best, {self.rule}, is {shuffled} and is chosen again in "
                f"{percent(found.same)} of the bootstraps; {percent(BETTER)} and {percent(STANDS)} are asked."
            )
        low, high = map(self.input.text, found.spread)
        return (
            f"{so}: mostly where {self.rule} (80 % of bootstraps: {low} to {high}). That holds {found.caught} of the "
            f"{found.cases} (coverage {percent(found.coverage)}), and of the {found.inside} worlds there these are "
            f"{percent(found.density)} (density)."
        )


@dataclass(frozen=True, eq=False, repr=False)
class Robustness(Study):
    """Options over the same sampled worlds."""

    scenarios: tuple[SourcedScenario, ...]
    key: Key
    sample: Sample
    runs: Floats
    """The outcome, of shape (options, worlds, replications); nan where it does not exist."""
    wants: tuple[Want, ...]
    met: Flags
    """Whether each want is met, and last whether all are, of shape (options, worlds, wants + 1)."""
    low_only: bool = False

    @property
    def names(self) -> list[str]:
        """The options, in their order."""
        return [each.scenario.name for each in self.scenarios]

    @property
    def card(self) -> Outcome:
        """The outcome's definition."""
        return OUTCOMES[self.key.outcome]

    @cached_property
    def inputs(self) -> Floats:
        """What was sampled, of shape (inputs, worlds); -inf is off."""
        return np.array([[_number(world[each.key]) for world in self.sample.worlds] for each in self.sample.inputs])

    @cached_property
    def there(self) -> Flags:
        """Worlds in which all options have a value in the same replication, of shape (worlds,)."""
        return np.asarray(np.any(~np.isnan(self.runs).any(axis=0), axis=1))

    @cached_property
    def values(self) -> Floats:
        """Means in these worlds over the replications in which all have a value, of shape (options, worlds there)."""
        return _mean(np.where(np.isnan(self.runs).any(axis=0), np.nan, self.runs)[:, self.there])

    @cached_property
    def regrets(self) -> Floats:
        """How much better the best option is, of the same shape."""
        good = self.values if self.card.better == "more" else -self.values
        return np.asarray(good.max(axis=0) - good)

    @property
    def margins(self) -> Floats:
        """The smallest difference worth naming in each of these worlds; a share is one of what the first option has."""
        share = np.abs(self.values[0]) if self.card.relative else np.ones(self.values.shape[1])
        return np.asarray(self.card.margin * share)

    def sides(self, one: int, other: int) -> Floats:
        """In each of these worlds 1 where the one option is ahead of the other, -1 where it is behind, 0 where they are
        too close."""
        ahead = self.regrets[other] - self.regrets[one]
        return np.where(np.abs(ahead) > self.margins, np.sign(ahead), 0.0)

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """What is found of each."""
        best = self.regrets <= self.margins
        shared = best.sum(axis=0) > 1
        return tuple(
            Option(
                name,
                alone=int((best[n] & ~shared).sum()),
                close=int((best[n] & shared).sum()),
                regret=_regret(self.regrets[n], self.card, self.sample.seed),
                met=tuple(self.met[n].sum(axis=0).tolist()),
                without=int(np.isnan(self.runs[n]).all(axis=1).sum()),
            )
            for n, name in enumerate(self.names)
        )

    @cached_property
    def duels(self) -> dict[tuple[int, int], Duel]:
        """What is found of each two, by their places."""
        return {pair: self._duel(*pair) for pair in combinations(range(len(self.names)), 2)}

    def _duel(self, one: int, other: int) -> Duel:
        sides, apart = self.sides(one, other), self.values[one] - self.values[other]
        luck = _might_be_luck((self.runs[one] - self.runs[other])[self.there])
        low, high = np.quantile(apart, [0.1, 0.9]).tolist() if apart.size else (math.nan, math.nan)
        ahead, behind, close, unclear = (
            int(each.sum()) for each in (sides > 0, sides < 0, sides == 0, (sides != 0) & luck)
        )
        return Duel(self.names[one], self.names[other], ahead, behind, close, unclear, low, high)

    @cached_property
    def whens(self) -> tuple[When, ...]:
        """Of each two, where one is ahead in some worlds only, those worlds: of the one that is ahead less often. And
        of each option those in which it misses what is wanted, or meets it, whichever are fewer."""
        found = []
        for (one, other), duel in self.duels.items():
            ahead = {(one, other): duel.ahead, (other, one): duel.behind}
            won, lost = min([pair for pair in ahead if ahead[pair]], key=ahead.__getitem__, default=(one, other))
            if 0 < ahead[won, lost] < self.there.sum():
                what = f"{self.names[won]} beats {self.names[lost]}"
                found.append(self._when(what, self.sides(won, lost) > 0, self.inputs[:, self.there], (won, lost)))
        for name, met in zip(self.names, self.met[:, :, -1], strict=True):
            if self.wants and 0 < met.sum() < len(met):
                cases, word = (met, "meets") if 2 * met.sum() < len(met) else (~met, "misses")
                what = f"{name} {word} {'all that is wanted' if self.wants[1:] else self.wants[0]}"
                found.append(self._when(what, cases, self.inputs))
        return tuple(found)

    def _when(self, what: str, cases: Flags, inputs: Floats, duel: tuple[int, int] | None = None) -> When:
        found = threshold_of(inputs, cases, self.sample.seed) if enough(cases) else None
        return When(what, int(cases.sum()), len(cases), found, self.sample.inputs[found.place] if found else None, duel)

    def content(self) -> Page:
        """What is found, the tables, and how to read them."""
        return _page(self)


# --- Finding it ---


def robust(
    scenarios: Sequence[SourcedScenario],
    outcome: str,
    ask: Ask,
    worlds: int = 100,
    replications: int = 4,
    seed: int = 1,
    wanted: Sequence[str] = (),
    low_only: bool = False,
) -> Robustness:
    """Compare options over so many sampled worlds, each with so many replications of each option, on an outcome such as
    `delivered`, and on bounds such as `wait_median <= 30 weeks`. With `low_only` only assumptions of low confidence
    vary. Raises ChipgateError, before anything is asked for."""
    if len(scenarios) < 2:
        raise ChipgateError("to choose takes two options or more, such as h20-stays and early-embargo")
    refuse_unfit(scenarios)
    refuse_bad_number("worlds", worlds, 1, MOST)
    plain = [each.scenario for each in scenarios]
    key, wants = key_asked(plain, outcome), [want_of(plain, text) for text in wanted]
    refuse_no_direction(key)
    sampled = sample(scenarios, worlds, seed, varying(low_only=low_only))
    by_option = [[Case(world.scenario, seed, range(replications)) for world in sampled.of(each)] for each in scenarios]
    found = iter(ask([case for world in zip(*by_option, strict=True) for case in world]))
    by_world = [[next(found) for _ in scenarios] for _ in range(worlds)]
    return Robustness(
        tuple(scenarios),
        key,
        sampled,
        np.array([[own[key] for own in world] for world in by_world]).swapaxes(0, 1),
        tuple(wants),
        np.array([[_meets(own, wants) for own in world] for world in by_world]).swapaxes(0, 1),
        low_only,
        beside=set_beside(scenarios),
    )


def refuse_no_direction(key: Key) -> None:
    """Refuse an outcome of which neither more nor less is better. Raises ChipgateError."""
    if OUTCOMES[key.outcome].better == "neither":
        fit = [name for name, card in OUTCOMES.items() if card.headline and card.better != "neither"]
        raise ChipgateError(
            f"of '{key}' neither more nor less is better, so no option is the best; choose another with --on: "
            f"{', '.join(fit)}"
        )


def _number(value: Value | None) -> float:
    return -math.inf if value is None else number_of(value)


def _mean(values: Floats) -> Floats:
    """Mean over the last axis of what exists; nan where nothing does."""
    there = ~np.isnan(values)
    count = there.sum(axis=-1)
    total = np.where(there, values, 0.0).sum(axis=-1)
    return np.asarray(np.divide(total, count, out=np.full(np.shape(count), np.nan), where=count > 0))


def _meets(outcomes: Outcomes, wants: Sequence[Want]) -> list[bool]:
    """Whether the mean of the replications meets each want, and last whether it meets all."""
    each = [want.met(float(_mean(outcomes[want.key]))) for want in wants]
    return [*each, all(each)]


def _regret(regrets: Floats, card: Outcome, seed: int) -> tuple[Estimate, Estimate, Estimate]:
    """Median, 90th percentile and worst; the intervals of the first two are those of other worlds, by the bootstrap."""
    size, unit = (100, "points") if card.unit == "share" else (1, card.unit)  # of per cent
    if not len(regrets):
        return (Estimate(math.nan, unit=unit),) * 3
    drawn = np.random.default_rng([seed, len(regrets)]).integers(len(regrets), size=(TRIES, len(regrets)))
    shares = [0.5, 0.9]
    halves = 2 * np.quantile(regrets[drawn], shares, axis=1).std(axis=1)
    median, high = (
        Estimate(size * value, size * half, unit)
        for value, half in zip(np.quantile(regrets, shares).tolist(), halves.tolist(), strict=True)
    )
    return median, high, Estimate(size * float(regrets.max()), unit=unit)


def _might_be_luck(apart: Floats) -> Flags:
    """Whether the 95 % interval of the mean of differences, of shape (worlds, replications), reaches across 0."""
    found = [summarise(own) for own in apart.tolist()]
    return np.array([not abs(each.mean) > each.half_width for each in found], dtype=np.bool_)


# --- On paper ---


def _page(study: Robustness) -> Page:
    card, sampled = study.card, study.sample
    which = ", of low confidence" if study.low_only else ""
    direction = f"{'More' if card.better == 'more' else 'Less'} of it is better, for {card.for_whom}."
    return Page(
        title=f"{capital(_label(study))} with {listed(study.names)}, over {len(study.there):,} sampled worlds",
        parts=(
            Said("conclusions", tuple(_option_told(each, study) for each in study.options), tuple(study.names)),
            _options(study),
            _duels(study),
            Said("rankings", tuple(_duel_told(each) for each in study.duels.values())),
            _wants(study),
            Said("when", tuple(each.told for each in study.whens), title="When?" if study.whens else ""),
        ),
        facts={
            "study": "robust",
            "scenarios": study.names,
            "outcome": str(study.key),
            "worlds": len(study.there),
            "replications": study.runs.shape[2],
            "seed": sampled.seed,
            "inputs": [each.key for each in sampled.inputs],
            "thresholds": list(map(_record, study.whens)),
            "values": {
                name: list(map(finite, own)) for name, own in zip(study.names, _mean(study.runs).tolist(), strict=True)
            },
        },
        question=f"Which of them to take, not knowing which world it will be? {direction}",
        warnings=tuple(_warnings(study)),
        notes=(
            f"Each world takes a value from the stated range of each of {len(sampled.inputs)} assumptions{which}; what "
            "somebody decides, and what the options differ in, stays. All options meet the same worlds, and "
            f"{study.runs.shape[2]} times the same luck in each. How many worlds say something is a share of sampled "
            "worlds, and no probability: nobody says that they are equally likely.",
            "Regret: how much better the best option is in that world. Too close: apart by less than the margin, "
            f"{margin_words(card, f' of what {study.names[0]} has')}.",
            *_reading_of_rules(study),
        ),
        elsewhere="--json has them",
    )


def _label(study: Robustness) -> str:
    """The outcome for people, with its year."""
    return label_of(study.key) + (f" of {study.key.period}" if study.key.period else "")


def _warnings(study: Robustness) -> Iterator[str]:
    """What has to be known first: that nobody has this choice, and which worlds say nothing."""
    pulls = {each.scenario.name: each.scenario.lever for each in study.scenarios if each.scenario.lever != "none"}
    if len(set(pulls.values())) > 1:
        who = listed([f"{name} ({lever})" for name, lever in pulls.items()])
        yield (
            f"These are not alternatives of one actor: who pulls the lever differs, {who}. So nobody has this choice; "
            "best and regret only say in which of them more or less comes out."
        )
    if missing := int((~study.there).sum()):
        own = [f"{each.without} of {each.name}" for each in study.options if each.without]
        several = f" ({', '.join(own)})" if own else ""
        yield (
            f"{capital(_label(study))} does not exist for all options in {missing} of {len(study.there)} worlds"
            f"{several}; best, regret and rankings are about the other {len(study.there) - missing}."
        )
        yield from _more_often(study)


def _more_often(study: Robustness) -> Iterator[str]:
    """In which of two the outcome exists in more worlds, and whether that is more than the luck of the sample."""
    exists = np.any(~np.isnan(study.runs), axis=2)
    for one, other in study.duels:
        found = how_often(exists[one].tolist(), exists[other].tolist())
        if found.base != found.other:
            more, less = (one, other) if found.base > found.other else (other, one)
            so = f"It exists more often in {study.names[more]} than in {study.names[less]}"
            if found.p > ERROR:
                so = f"Whether it exists more often in {study.names[more]} than in {study.names[less]} cannot be told"
            yield (
                f"{so}: in {max(found.base, found.other)} against {min(found.base, found.other)} worlds "
                f"(p = {found.p:.2g}, exact paired test)."
            )


def _option_told(option: Option, study: Robustness) -> str:
    """best in 27 of 40 worlds, ..."""
    worlds = int(study.there.sum())
    wanted = _wants_told(option, study)
    if not worlds:
        return f"cannot tell: in no world do all options have a value.{wanted}"
    if option.alone:
        more = f", and close to it in {option.close} more" if option.close else ""
        best = f"the best in {option.alone} of {worlds} worlds{more}"
    elif option.close:
        best = f"never the only best, but close to the best in {option.close} of {worlds} worlds"
    else:
        best = f"the best in none of {worlds} worlds"
    median, high, worst = map(_size, option.regret)
    regret = f"Regret {median} at the median, {high} or more in a tenth of them, {worst} at worst"
    if not option.regret[2].mean:
        regret = "No regret in any of them"
    return f"{best}. {regret}.{wanted}"


def _wants_told(option: Option, study: Robustness) -> str:
    if not study.wants:
        return ""
    what = str(study.wants[0]) if len(study.wants) == 1 else "all that is wanted"
    return f" It meets {what} in {option.met[-1]} of {len(study.there)}."


def _size(estimate: Estimate) -> str:
    """A size inside a sentence, no finer than its interval."""
    divisor, unit = scale_of(estimate.size, estimate.unit)
    text = estimate_text(estimate, divisor)
    return f"{text} {unit}".rstrip() if any(digit in "123456789" for digit in text) else "next to none"


def _duel_told(duel: Duel) -> str:
    worlds = duel.ahead + duel.behind + duel.close
    if not worlds:
        return f"{duel.one} and {duel.other}: cannot tell."
    close = f", too close in {duel.close}" if duel.close else ""
    if duel.reverses:
        found = f"the ranking reverses: ahead in {duel.ahead} of {worlds} worlds, behind in {duel.behind}{close}"
    elif duel.ahead or duel.behind:
        sides = [duel.one, duel.other]
        first, second = sides if duel.ahead else sides[::-1]
        found = f"{first} is ahead in {duel.ahead or duel.behind} of {worlds} worlds{close}, {second} in none"
    else:
        found = f"too close in all {worlds} worlds"
    decided = duel.ahead + duel.behind
    luck = f" Luck alone might do it in {duel.unclear} of the {decided} where one is ahead." if duel.unclear else ""
    return f"{duel.one} against {duel.other}: {found}.{luck}"


def _options(study: Robustness) -> Exhibit[Option]:
    def regret(place: int, key: str, label: str) -> Column[Option]:
        return Column(key, lambda each: each.regret[place], label, {"mean": place}, common=True)

    return Exhibit(
        "options",
        f"How often the best, and regret, over {int(study.there.sum())} worlds",
        (
            Column("option", lambda each: Name(each.name, each.name)),
            Column("alone", lambda each: each.alone, "best"),
            Column("close", lambda each: each.close, "close to it", {"mean": 1}),
            regret(0, "regret_median", "regret: median"),
            regret(1, "regret_p90", "90 %"),
            regret(2, "regret_worst", "worst"),
            Column("without", lambda each: each.without or None, "no value", {"mean": 3}),
        ),
        study.options,
    )


def _duels(study: Robustness) -> Exhibit[Duel]:
    unit = "points" if study.card.unit == "share" else study.card.unit

    def span(duel: Duel) -> str:
        low, high = (100 * end if unit == "points" else end for end in (duel.low, duel.high))
        if not math.isfinite(low):
            return ""
        divisor, word = scale_of(max(abs(low), abs(high)), unit)
        places = decimals((high - low) / divisor, max(abs(low), abs(high)) / divisor)
        return f"{signed(low / divisor, places)} to {signed(high / divisor, places)} {word}"

    def record(duel: Duel) -> dict[str, object]:
        return {**asdict(duel), "low": finite(duel.low), "high": finite(duel.high), "reverses": duel.reverses}

    return Exhibit(
        "duels",
        "Who is ahead of whom, in how many worlds",
        (
            Column("pair", lambda each: f"{each.one} against {each.other}", "pair"),
            Column("ahead", lambda each: each.ahead),
            Column("behind", lambda each: each.behind),
            Column("close", lambda each: each.close, "too close"),
            Column("unclear", lambda each: each.unclear, "luck might do it", {"mean": 2}),
            Column("span", span, "difference in 80 % of worlds", {"mean": 1}),
        ),
        tuple(study.duels.values()),
        record=record,
    )


@dataclass(frozen=True)
class _Met:
    """How often an option meets a want."""

    want: str
    option: str
    worlds: int
    of: int


def _wants(study: Robustness) -> Exhibit[_Met]:
    wanted = [*map(str, study.wants), *(["all of these"] if study.wants[1:] else [])]
    return Exhibit(
        "wants",
        "How often what is wanted is met",
        (
            Column("want", lambda each: each.want, "wanted"),
            Column("option", lambda each: each.option),
            Column("worlds", lambda each: each.worlds, "worlds"),
            Column("of", lambda each: each.of),
        ),
        tuple(
            _Met(want, each.name, each.met[n], len(study.there))
            for n, want in enumerate(wanted)
            for each in study.options
        ),
    )


def _record(when: When) -> dict[str, object]:
    """What a threshold is for machines."""
    found: dict[str, object] = {"what": when.what, "cases": when.cases, "worlds": when.worlds, "holds": when.holds}
    if when.threshold and when.input:
        rest = asdict(when.threshold) | {"place": when.input.key, "spread": list(map(finite, when.threshold.spread))}
        rest |= {"at": finite(when.threshold.at), "input": rest.pop("place"), "rule": when.rule}
        found |= rest | {"coverage": when.threshold.coverage, "density": when.threshold.density}
    return found


def _reading_of_rules(study: Robustness) -> Iterator[str]:
    if study.whens:
        yield (
            f"A threshold is told only if it tells the worlds apart better than {percent(BETTER)} of {TRIES} that the "
            f"same search finds for shuffled labels, and if {percent(STANDS)} of {TRIES} bootstraps of the worlds "
            "choose the same input. Coverage: the share of such worlds that it catches. Density: the share of such "
            "worlds among those that it catches. Both are a little too good, for the same worlds chose it."
        )
