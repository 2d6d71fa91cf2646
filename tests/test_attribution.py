"""A difference split: games with known answers, the worlds between two scenarios, and what cannot be split."""

from __future__ import annotations

import dataclasses
import json
import math
import random
from collections.abc import Callable, Collection, Sequence
from functools import cache
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import sim
from sim.base.errors import ChipgateError
from sim.base.statistics import summarise
from sim.exhibits.page import page_text
from sim.experiment.cases import Case, Outcomes
from sim.experiment.replication import replicate
from sim.outcomes.keys import Key
from sim.pictures.axes import PALE
from sim.pictures.choice import sketches_of
from sim.scenario.load import SourcedScenario, load, shipped
from sim.scenario.rules import findings
from sim.studies.attribution import Attribution, attribution, dividend, shapley, split
from sim.studies.players import Player, differing, mixed, players, worlds_between

DELIVERED = Key("delivered")
FOUR = {"threshold-october-2023", "memory-control", "diffusion-rule", "h20-block"}
N = 8
known = cache(load)

Game = Callable[[Collection[str], int], float]
"""From the policies that are gone and a replication's number to a value."""


def played(game: Game, replications: int = N, groups: dict[str, list[str]] | None = None) -> Attribution:
    """A made-up game in place of the model: the baseline's four controls are taken out."""

    def ask(cases: Sequence[Case]) -> list[Outcomes]:
        return [
            {DELIVERED: np.array([game(FOUR - case.scenario.policies.keys(), number) for number in case.numbers])}
            for case in cases
        ]

    return attribution(known("baseline"), known("no-controls"), "delivered", ask, groups, replications)


def split_by(game: Callable[[int, int], float], many: int, replications: int) -> Attribution:
    """A game by place and replication, of so many players."""
    values = [[game(place, number) for number in range(replications)] for place in range(2**many)]
    who = [Player(name, (name,), name) for name in "abcdef"[:many]]
    return split("base", "other", DELIVERED, who, values, 1, replications)


def means(found: Attribution, what: str = "part") -> dict[str, float]:
    return {each.name.removeprefix("policies."): getattr(each, what).mean for each in found.parts}


def told(found: Attribution) -> str:
    return " ".join(page_text(found.page()).split())


# --- Games with known answers ---


def test_in_an_additive_game_each_part_is_what_it_adds_alone_and_last():
    worth = {"threshold-october-2023": 3000.0, "memory-control": -500.0, "diffusion-rule": 0.0, "h20-block": 7000.0}
    found = played(lambda gone, n: 1e6 + 100 * n + math.fsum(worth[name] for name in gone))
    for what in ("part", "alone", "last"):
        assert means(found, what) == pytest.approx(worth)
    assert found.total.part.mean == pytest.approx(9500)
    assert [each.part.half for each in found.parts] == [0.0] * 4, "luck that strikes all worlds alike cancels out"
    assert {each.verdict for each in found.interactions} == {"none"}
    assert "Each adds the same whatever else is changed." in told(found)
    assert "nothing in any pair by without diffusion-rule" in told(found)
    assert "They pull both ways" in told(found)


def test_what_only_two_do_together_is_shared_evenly_and_is_nothing_alone_and_everything_last():
    both = {"h20-block", "memory-control"}
    found = played(lambda gone, n: 5000.0 + n + (1000.0 if both <= set(gone) else 0.0))
    assert means(found) == pytest.approx(dict.fromkeys(FOUR, 0.0) | dict.fromkeys(both, 500.0))
    assert means(found, "alone") == pytest.approx(dict.fromkeys(FOUR, 0.0))
    assert means(found, "last") == pytest.approx(dict.fromkeys(FOUR, 0.0) | dict.fromkeys(both, 1000.0))
    first, *rest = found.interactions
    assert (first.label, first.together.mean) == ("without memory-control and h20-block", pytest.approx(1000))
    assert first.names == ("policies.memory-control", "policies.h20-block")
    assert [first.verdict, *{each.verdict for each in rest}] == ["different", "none"]
    assert "alone 0 A100e, added last +1.000 thousand A100e" in told(found)


def test_the_game_of_one_left_glove_and_two_right_ones():
    """Worked out by hand: the left one is worth 2/3, each right one 1/6; a pair is 1, and the third takes 1 back."""
    left, right, spare = "h20-block", "memory-control", "diffusion-rule"
    groups = {"spare": ["policies.diffusion-rule", "policies.threshold-october-2023"]}
    found = played(lambda gone, _: 60.0 * (left in gone and (right in gone or spare in gone)), groups=groups)
    assert means(found) == pytest.approx({left: 40.0, right: 10.0, "spare": 10.0})
    assert means(found, "alone") == {left: 0.0, right: 0.0, "spare": 0.0}
    assert means(found, "last") == {left: 60.0, right: 0.0, "spare": 0.0}
    together = {each.label: each.together.mean for each in found.interactions}
    assert sorted(together.values()) == [-60.0, 0.0, 60.0, 60.0]
    assert together["three or more"] == -60.0
    assert found.total.part.mean == 60.0
    assert (found.total.alone.mean, found.total.last.mean) == (0.0, 60.0)


@pytest.mark.parametrize("many", [1, 2, 3, 6])
def test_a_part_is_the_mean_over_all_orders_and_the_parts_add_up_to_the_difference(many):
    luck = random.Random(many)
    worth = [[luck.gauss(0, 1000) for _ in range(5)] for _ in range(2**many)]
    found = split_by(lambda place, number: worth[place][number], many, 5)
    sums = np.zeros((many, 5))
    for order in permutations(range(many)):
        place = 0
        for player in order:
            sums[player] += np.subtract(worth[place | 1 << player], worth[place])
            place |= 1 << player
    by_hand = {"abcdef"[n]: summarise(row) for n, row in enumerate(sums / math.factorial(many))}
    for each in found.parts:
        assert each.part.mean == pytest.approx(by_hand[each.name].mean)
        assert each.part.half == pytest.approx(by_hand[each.name].half_width), "per replication, by Student's t"
    difference = math.fsum(worth[-1]) / 5 - math.fsum(worth[0]) / 5
    assert math.fsum(means(found).values()) == pytest.approx(difference, rel=1e-12)
    assert found.total.part.mean == pytest.approx(difference, rel=1e-12)
    together = math.fsum(each.together.mean for each in found.interactions)
    assert found.total.alone.mean + together == pytest.approx(difference), "alone and dividends add up to it too"


def test_weights_are_those_of_the_textbook():
    assert shapley(0, 2) == {0: -0.5, 1: 0.5, 2: -0.5, 3: 0.5}
    assert shapley(2, 3) == pytest.approx(
        {0: -1 / 3, 1: -1 / 6, 2: -1 / 6, 3: -1 / 3, 4: 1 / 3, 5: 1 / 6, 6: 1 / 6, 7: 1 / 3}
    )
    assert dividend(0b101) == {0: 1, 1: -1, 4: -1, 5: 1}
    assert dividend(0b111) == {0: -1, 1: 1, 2: 1, 3: -1, 4: 1, 5: -1, 6: -1, 7: 1}


def test_among_many_interactions_that_are_luck_alone_hardly_one_is_found():
    """At 95 % each, one of eleven would be found in some two of five tries."""

    def tried(seed: int) -> bool:
        luck = random.Random(seed)
        found = split_by(lambda place, _: 100.0 * place.bit_count() + luck.gauss(0, 1), 4, 10)
        return any(each.verdict == "different" for each in found.interactions)

    assert [tried(seed) for seed in range(200)].count(True) <= 16  # 5 % and three standard errors


def test_dates_differ_by_weeks_and_shares_by_points():
    values = [[2025.0, 2025.1, 2025.0], [2025.5, 2025.6, 2025.5]]
    who = [Player("a", ("a",), "a")]
    later = split("base", "other", Key("domestic_majority"), who, values, 1, 3)
    assert (later.total.part.mean, later.total.part.unit) == (pytest.approx(365.25 / 14), "weeks")
    assert later.worlds[0].value.mean == pytest.approx(2025 + 0.1 / 3), "a world has its day"
    shares = split("base", "other", Key("domestic_share"), who, [[0.5, 0.5, 0.6], [0.25, 0.25, 0.35]], 1, 3)
    assert "changes by -25.00 points." in told(shares)


# --- What cannot be told ---


def test_what_is_missing_in_some_worlds_is_left_out_and_told():
    def game(gone: Collection[str], number: int) -> float:
        return math.nan if number in (2, 5) and "h20-block" in gone else 1000.0 + number + 10 * len(gone)

    found = played(game)
    assert (found.pairs, found.replications) == (6, 8)
    assert found.total.part.mean == pytest.approx(40)
    assert "Delivered compute exists in all 16 worlds in 6 of 8 replications" in told(found)


def test_what_exists_nowhere_in_all_worlds_cannot_be_told():
    found = played(lambda gone, _: math.nan if len(gone) == 2 else 1.0)
    assert found.pairs == 0
    assert "Cannot tell: in no replication does delivered compute exist in all 16 worlds." in told(found)
    json.dumps(found.page().facts, allow_nan=False)
    [(words, draw)] = sketches_of(found).values()
    draw(Figure())
    assert words.title == "Delivered compute cannot be split"


def test_one_replication_concludes_nothing_and_unclear_parts_are_not_claimed():
    assert "nothing can be concluded" in told(played(lambda gone, _: 1000.0 + len(gone), 1))
    luck = random.Random(1)
    found = played(lambda gone, _: 1000.0 + luck.gauss(0, 100) + 2000 * ("h20-block" in gone))
    sentence = next(text for text in found.page().parts[0].texts if text.startswith("Its parts"))
    assert sentence.startswith("Its parts: without h20-block +")
    assert sentence.count("+") == 3, "no other has a number"
    assert "cannot tell of" in sentence
    assert "No interaction is clearly there." in told(found)


def test_intervals_of_few_and_skewed_values_are_told_and_clear_or_even_ones_are_not():
    def game(gone: Collection[str], number: int) -> float:
        rare = 50.0 if number == 3 and len(gone) == 4 else 0.0
        return 1e6 + number + 1000.0 * ("h20-block" in gone) + number % 2 * ("diffusion-rule" in gone) + rare

    found = played(game, 10)
    skewed = {each.label: each.skewed for each in (*found.parts, found.total)}
    assert skewed["without memory-control"] == ("part", "added last"), "which one replication decides"
    assert skewed["without h20-block"] == (), "very clear"
    assert "Few and skewed differences: the intervals of" in told(found)
    assert "without memory-control (part and added last)" in told(found)
    assert "Few and skewed" not in told(played(game, 50)), "and not of many"
    even = played(lambda gone, number: 1e6 + number % 2 * ("diffusion-rule" in gone), 10)
    assert not [each for each in (*even.parts, *even.interactions) if each.skewed]


# --- The worlds between ---


OTHERS = [item.name for item in shipped() if item.name != "baseline"]


@pytest.mark.parametrize("name", OTHERS)
def test_a_mixed_world_differs_from_each_of_the_two_in_just_the_keys_of_the_other(name):
    base, other = known("baseline").scenario, known(name).scenario
    keys = differing(base, other)
    assert keys
    for one, two in ((base, other), (other, base)):
        assert mixed(one, two, []) is one
        assert mixed(one, two, keys) is two
        for taken in [keys[:1], keys[1:], keys[::2]]:
            world = mixed(one, two, taken)
            assert set(differing(one, world)) == set(taken)
            assert set(differing(world, two)) == set(keys) - set(taken)


def test_the_last_world_has_the_others_order_too_and_so_its_last_digits():
    base = load("baseline", {"window.end": "2023-07-01"}).scenario
    demand = {name: base.demand[name] for name in reversed(base.demand)}
    other = dataclasses.replace(
        base,
        name="other",
        demand=demand,
        foundry=dataclasses.replace(base.foundry, growth=0.2),
        memory=dataclasses.replace(base.memory, stock=1e6),
    )
    worlds = worlds_between(base, other, players(base, other))
    assert len(worlds) == 4
    assert [list(world.demand) for world in (worlds[0], worlds[-1])] == [list(base.demand), list(demand)]
    assert replicate(worlds[0], 1, 0) == replicate(base, 1, 0)
    assert replicate(worlds[-1], 1, 0) == replicate(other, 1, 0)
    assert worlds[1].foundry == other.foundry
    assert worlds[2].memory == other.memory


def test_words_are_no_players():
    base = known("baseline").scenario
    policies = {name: dataclasses.replace(policy, source="elsewhere") for name, policy in base.policies.items()}
    other = dataclasses.replace(base, name="other", title="Another", lever="state", policies=policies, worlds=None)
    assert differing(base, other) == []
    with pytest.raises(ChipgateError, match="no value differs between baseline and other"):
        players(base, other)


def test_players_are_policies_and_parts_of_keys():
    base, other = known("baseline").scenario, known("front-running").scenario
    assert [player.name for player in players(base, other)] == ["vendor.front_running", "policies.h20-block"]
    assert [player.label for player in players(base, other)] == ["vendor.front_running", "h20-block"]
    gone, new = known("h20-stays").scenario, known("licence-queue").scenario
    assert [player.label for player in players(gone, new)] == ["with h20-licence"]
    grouped = players(base, known("no-controls").scenario, {"chips": ["policies.h20-block", "policies.thr*"]})
    assert {player.name: len(player.keys) for player in grouped} == {
        "chips": 2,
        "policies.memory-control": 1,
        "policies.diffusion-rule": 1,
    }
    crunch = known("hbm-crunch").scenario
    leak = {"leak": ["policies.memory-control.memory_control"]}
    assert [player.name for player in players(base, crunch, leak)] == ["policies.memory-control", "leak"]


def unasked(_cases: Sequence[Case]) -> list[Outcomes]:
    raise AssertionError("nothing is run")


SEVEN = {
    "foundry.growth": 0.2, "foundry.ceiling": 3000, "memory.stock": 0, "vendor.transit": 0, "assembly.time": 0,
    "lead_in": 0, "scale.loose": 0.5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("other", "groups", "outcome", "wrong"),
    [
        ("baseline", {}, "delivered", "'baseline' is given twice"),
        ("shorter", {}, "delivered", "values over different windows cannot be compared"),
        ("same", {}, "delivered", "no value differs between baseline and same, so there is nothing to split"),
        ("no-controls", {}, "deliverd", "no outcome is named 'deliverd'; did you mean 'delivered'"),
        ("no-controls", {"a": ["foundry.growth"]}, "delivered", "that does not differ between baseline and no-con"),
        ("no-controls", {"a": ["h20-block"]}, "delivered", "did you mean 'policies.h20-block'"),
        (
            "no-controls",
            {"a": ["policies.h20-block.ban"]},
            "delivered",
            "only baseline has 'policies.h20-block', which",
        ),
        (
            "no-controls",
            {"a": ["policies.h20-block"], "b": ["policies.h20*"]},
            "delivered",
            "'policies.h20-block' is in two groups, 'a' and 'b'",
        ),
        ("no-controls", {"a": []}, "delivered", "the group 'a' needs a name and keys"),
        ("no-controls", {"a": "policies"}, "delivered", "the group 'a' needs a name and keys"),
        ("no-controls", {"policies.h20-block": ["policies.diff*"]}, "delivered", "give the group another name"),
        ("seven", {}, "delivered", r"differ in 7 parts, and at most 6 can share a difference.*foundry\.growth"),
        ("software-parity", {}, "delivered", "but software.readiness_start breaks a rule: 'readiness_start' is 95 %"),
    ],
)
def test_what_cannot_be_split_is_told_before_anything_is_run(other, groups, outcome, wrong):
    found: dict[str, SourcedScenario] = {
        "shorter": load("no-controls", {"window.end": "2027-01-01"}),
        "same": load("baseline", {"name": "same"}),
        "seven": load("baseline", {"name": "seven", **SEVEN}),
    }
    with pytest.raises(ChipgateError, match=f"(?s){wrong}"):
        attribution(known("baseline"), found.get(other) or known(other), outcome, unasked, groups)


@pytest.mark.parametrize("other", ["seven", "software-parity"])
def test_the_group_that_an_error_proposes_is_a_way_out(other):
    base = known("baseline").scenario
    two = load("baseline", {"name": "seven", **SEVEN}).scenario if other == "seven" else known(other).scenario
    with pytest.raises(ChipgateError) as error:
        worlds_between(base, two, players(base, two))
    keys = str(error.value).rpartition("--group NAME=")[2].split(",")
    worlds = worlds_between(base, two, players(base, two, {"NAME": keys}))
    assert not [found for world in worlds for found in findings(world)]


def test_alone_something_differs_that_is_all_of_it():
    def ask(cases: Sequence[Case]) -> list[Outcomes]:
        return [{DELIVERED: np.arange(3.0) + 5.0 * ("h20-block" not in case.scenario.policies)} for case in cases]

    found = attribution(known("baseline"), known("h20-stays"), "delivered", ask, replications=3)
    assert "Only policies.h20-block differs between the two, so there is nothing to split." in told(found)
    assert means(found) == {"h20-block": 5.0}
    assert found.interactions == ()
    assert found.rows == found.parts, "a sum of one is not told"


# --- The door, the command and the picture ---


@pytest.fixture
def two_changes(tiny: Path, here: Path) -> Path:
    other = here / "other.yaml"
    other.write_text(
        f"extends: {tiny}\nname: other\nfoundry: {{growth: 5 %/year, wafer_starts: 50 wafers/week}}\n",
        encoding="utf-8",
    )
    return other


def test_real_worlds_give_the_two_scenarios_own_numbers_and_parts_that_add_up(tiny, two_changes):
    found = sim.attribute(tiny, two_changes, on="delivered", replications=3, workers=1, store="none")
    comparison = sim.compare([tiny, two_changes], replications=3, workers=1, store="none")
    own = [world.value.mean for world in (found.worlds[0], found.worlds[-1])]
    assert own == [summarise(run["delivered"]).mean for run in comparison.runs], "to the last bit"
    assert {each.name for each in found.parts} == {"foundry.growth", "foundry.wafer_starts"}
    difference = comparison.row("other", "delivered")
    assert math.fsum(means(found).values()) == pytest.approx(difference.mean, rel=1e-9)
    assert found.total.part.half == pytest.approx(difference.half_width, rel=1e-9)
    assert found.total.part.mean != 0
    assert "Illustrative, not predictive" in sim.plot(found).description


def test_the_command_groups_keys_and_refuses_what_is_no_group(chipgate, tiny, two_changes):
    about = ("attribute", tiny, two_changes, "-n", 2, "--workers", 1, "--on", "delivered")
    status, out, _ = chipgate(*about, "--group", "line=foundry.growth, foundry.wafer_starts", "--json")
    found = json.loads(out)
    assert (status, found["changes"]) == (0, {"line": ["foundry.wafer_starts", "foundry.growth"]})
    assert [world["changed"] for world in found["worlds"]] == [[], ["line"]]
    assert found["parts"][0]["change"] == "line"
    status, out, err = chipgate(*about, "--group", "line")
    assert (status, out) == (2, "")
    assert "write NAME=KEY,KEY" in err


def test_each_bar_of_the_waterfall_begins_where_the_one_before_it_ends():
    worth = {"threshold-october-2023": 3e6, "memory-control": -1e6, "diffusion-rule": 0.0, "h20-block": 5e6}
    both = {"h20-block", "memory-control"}
    found = played(lambda gone, n: 1e7 + n + math.fsum(worth[name] for name in gone) + 2e6 * (both <= set(gone)))
    [(words, draw)] = sketches_of(found).values()
    figure = Figure()
    draw(figure)
    [ax] = figure.axes
    assert [bar.get_x() for bar in ax.patches] == pytest.approx([0, 6, 9, 9, 0])
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([6, 3, 0, 0, 9])
    marks = {line.get_marker(): list(line.get_xdata()) for line in ax.lines}
    assert marks["o"] == pytest.approx([5, 9, 8, 9])
    assert marks["D"] == pytest.approx([7, 9, 10, 9])
    pale = [to_hex(bar.get_facecolor()) == PALE for bar in ax.patches]
    assert pale == [False, False, True, True, True], "two add nothing; the last is the sum"
    assert (
        words.title
        == "no-controls: +9.000 million A100e in delivered compute; the largest part is dropping h20-block (+6.000)"
    )
    assert "without memory-control: 0, alone −1.000, added last +1.000." in words.description


def test_a_part_of_which_nothing_can_be_told_is_pale_on_the_waterfall():
    found = played(lambda gone, n: n * ("memory-control" in gone) * (-1) ** n + 100.0 * ("h20-block" in gone))
    [(words, draw)] = sketches_of(found).values()
    figure = Figure()
    draw(figure)
    bars = figure.axes[0].patches
    assert [to_hex(bar.get_facecolor()) == PALE for bar in bars] == [False, True, True, True, True]
    assert bars[1].get_width()
    assert words.title.endswith("; the largest part is dropping h20-block (+100.0)")
