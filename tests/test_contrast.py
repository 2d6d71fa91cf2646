"""Why two scenarios differ: known answers on numbers made by hand, sentences word for word, and the command."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from paired import named

from sim.base.errors import ChipgateError
from sim.base.label import LABEL, SENTENCE
from sim.exhibits.page import WIDEST, page_markdown, page_record, page_text
from sim.exhibits.records import json_text
from sim.experiment.run import Run
from sim.outcomes.constraints import CONSTRAINTS
from sim.outcomes.keys import Key
from sim.studies.explain.difference import Contrast, contrast, contrast_page, contrast_sentences

MANY = 12
Values = float | Sequence[float]


def a_run(name: str, seed: int = 1, many: int = MANY, **parts: Mapping[str, Values]) -> Run:
    """A run of these outcomes over the whole window, by item; one number stands for the same in every replication."""
    everything = {
        "nominal": dict.fromkeys(("domestic", "import", "grey"), 0.0),
        "revenue": {"Huawei": 0.0},
        "binds": dict.fromkeys(CONSTRAINTS, 0.0),
    }
    outcomes = {
        Key(outcome, item): np.full(many, value, dtype=np.float64)
        for outcome, none in everything.items()
        for item, value in {**none, **parts.get(outcome, {})}.items()
    }
    return Run.of(named(name), seed, range(many), outcomes, {})


def around(value: float, spread: float, many: int = MANY) -> list[float]:
    """So many values, one below and one above by turns."""
    return [value + spread * sign for sign in (-1, 1)] * (many // 2)


BASE = a_run(
    "blocked",
    nominal={"domestic": 1e5, "import": 2e4, "grey": 5e3},
    revenue={"Huawei": 1e10, "Cambricon": 1e9, "Nvidia": 5e9},
    binds={"import_control": 4e7, "memory": 3e7, "wafers": 1e7},
)
OTHER = a_run(
    "free",
    nominal={"domestic": around(9e4, 1e3), "import": 5e4, "grey": 5e3},
    revenue={"Huawei": around(1.001e10, 1e7), "Cambricon": around(1.1e9, 5e8), "Nvidia": 8e9, "Newcomer": 1e9},
    binds={"import_control": 1e7, "memory": 4.5e7, "wafers": 1e7},
)


def values(found: Contrast, group: str) -> dict[str, tuple[float, float, float]]:
    return {row.key.item: (row.base_summary.mean, row.other_summary.mean, row.mean) for row in getattr(found, group)}


def test_each_part_has_base_other_and_difference_and_the_sum_leads():
    found = contrast(BASE, OTHER)
    assert values(found, "delivered") == {
        "": (125e3, 145e3, 20e3),
        "domestic": (100e3, 90e3, -10e3),
        "import": (20e3, 50e3, 30e3),
        "grey": (5e3, 5e3, 0),
    }
    assert values(found, "earned") == {
        "": (16e9, 20.11e9, pytest.approx(4.11e9)),
        "Huawei": (10e9, 10.01e9, pytest.approx(0.01e9)),
        "Cambricon": (1e9, 1.1e9, pytest.approx(0.1e9)),
        "Nvidia": (5e9, 8e9, 3e9),
        "Newcomer": (0, 1e9, 1e9),
    }
    assert values(found, "held_up") == {
        "": (80e6, 65e6, -15e6),
        "import_control": (40e6, 10e6, -30e6),
        "memory": (30e6, 45e6, 15e6),
        "wafers": (10e6, 10e6, 0),
    }, "what holds up nothing in either is left out"


def test_the_interval_is_that_of_the_pairs():
    """Student's t with 11 degrees of freedom is 2.201, and the spread of the pairs 1e3 by sqrt(12 / 11)."""
    found = contrast(BASE, OTHER)
    half = 2.20099 * 1e3 * math.sqrt(MANY / (MANY - 1)) / math.sqrt(MANY)
    for row in found.delivered[:2]:  # the sum has the spread of its only part that varies
        assert row.half_width == pytest.approx(half, rel=1e-4)
    assert found.delivered[2].half_width == 0


def test_three_sentences_say_what_came_from_where_who_earned_it_and_what_moved():
    assert contrast_sentences(contrast(BASE, OTHER)) == [
        "Against blocked, free delivers in nominal compute 20.0 thousand A100e more (18.9 to 21.1): imports 30.00 thousand "
        "A100e more, domestic chips 10.0 thousand A100e less (9.0 to 11.0); the same in every pair: the grey channel.",
        "In all, its suppliers earn 4.11 bn yuan more (3.59 to 4.63): Nvidia 3.000 bn yuan more, Newcomer 1.000 bn yuan "
        "more; too small to matter: Huawei; cannot tell: Cambricon.",
        "In all, its order books hold 15.00 million A100e-weeks less: import control 30.00 million A100e-weeks less, "
        "memory 15.00 million A100e-weeks more; the same in every pair: wafers; that is attribution by rule, and "
        "no cause: explain --relax shows what a constraint causes.",
    ]


def test_the_ranges_are_those_of_verdicts_that_hold_together():
    """By Holm's procedure, at 95 % or more; what is equal in every pair is not among them."""
    judged = [row for rows in contrast(BASE, OTHER).groups.values() for row in rows if row.judgement]
    assert len(judged) == 11
    assert sorted(row.judgement.confidence for row in judged) == pytest.approx(
        [1 - 0.05 / left for left in range(1, 12)]
    )
    assert all(row.judgement.half_width >= row.half_width for row in judged)
    assert {row.verdict for row in judged} <= {"different", "too small to matter", "cannot tell"}


def test_nothing_is_named_that_chance_may_have_made():
    """A tenth more of each, and a spread of a third of each: which way it goes cannot be told."""
    doubt = {
        "nominal": {"domestic": around(1.1e5, 3.5e4), "import": around(2.2e4, 7e3), "grey": around(5.5e3, 2e3)},
        "revenue": {"Huawei": around(1.1e10, 4e9)},
        "binds": {"memory": around(3.3e7, 1e7)},
    }
    base = a_run("base", nominal=BASE_NOMINAL, revenue={"Huawei": 1e10}, binds={"memory": 3e7})
    assert contrast_sentences(contrast(base, a_run("other", **doubt))) == [
        "Against base, other delivers in nominal compute more or less, which cannot be told; cannot tell: domestic "
        "chips, imports, the grey channel.",
        "In all, its suppliers earn more or less, which cannot be told; cannot tell: Huawei.",
        "In all, its order books hold more or less, which cannot be told; cannot tell: memory; that is attribution by "
        "rule, and no cause: explain --relax shows what a constraint causes.",
    ]


BASE_NOMINAL = {"domestic": 1e5, "import": 2e4, "grey": 5e3}


def test_what_is_sure_and_small_is_no_difference_and_what_leans_is_said_to_lean():
    base = a_run("base", nominal=BASE_NOMINAL)
    other = a_run("other", nominal={**BASE_NOMINAL, "domestic": around(1.005e5, 1e2), "import": around(2.05e4, 2e2)})
    first = contrast_sentences(contrast(base, other))[0]
    assert first == (
        "Against base, other delivers in nominal compute hardly more or less, too little to matter; too small to matter: "
        "domestic chips; cannot tell whether it matters: imports (higher); the same in every pair: the grey channel."
    )


def test_the_same_runs_differ_in_nothing():
    told = contrast_sentences(contrast(BASE, Run.of(named("twin"), 1, range(MANY), BASE.outcomes, {})))
    assert told[0].startswith(
        "Against blocked, twin delivers in nominal compute exactly as much; the same in every pair:"
    )
    assert told[1] == "In all, its suppliers earn exactly as much; the same in every pair: Huawei, Cambricon, Nvidia."
    assert "hold exactly as much; the same in every pair: import control, memory, wafers; that is" in told[2]


def test_one_pair_tells_nothing():
    one = contrast(a_run("base", many=1, nominal=BASE_NOMINAL), a_run("other", many=1, nominal={"domestic": 1.0}))
    assert contrast_sentences(one) == [
        "Against base, other delivers in nominal compute more or less, which cannot be told; cannot tell: domestic chips, "
        "imports, the grey channel.",
        "No supplier earns anything in either scenario.",
        "The order books are empty in either scenario.",
    ]
    page = contrast_page(one)
    assert page.notes[-1].startswith("One replication: there is no interval.")
    assert "nan" not in page_text(page)


def test_runs_that_do_not_pair_are_refused():
    with pytest.raises(
        ChipgateError, match=r"the same seed and replications .* base 12 with seed 1 and other 12 with seed"
    ):
        contrast(a_run("base"), a_run("other", seed=2))
    with pytest.raises(ChipgateError, match="base 12 with seed 1 and other 10 with seed 1"):
        contrast(a_run("base"), a_run("other", many=10))


@pytest.mark.parametrize("terminal", [None, 60, 80, 200])
def test_the_text_has_the_sentences_a_table_of_each_kind_and_the_label(terminal):
    found = contrast(BASE, OTHER)
    page = contrast_page(found)
    lines = page_text(page, terminal).splitlines()
    assert max(map(len, lines)) <= (terminal or WIDEST)
    text = " ".join(" ".join(lines).split())
    assert text.startswith("free, less blocked: where the difference comes from, 12 replications, seed 1,")
    for told in (*contrast_sentences(found), *page.notes, SENTENCE):
        assert told in text
        assert told in page_markdown(page).replace("\\", "")
    for title, rows in found.groups.items():
        assert title in lines
        assert len(rows) > 3
    for name in ("all", "domestic chips", "Nvidia", "import control"):
        assert any(line.startswith(name) for line in lines)
    if terminal == 200:
        row = next(" ".join(line.split()) for line in lines if line.startswith("domestic chips"))
        assert row.startswith("domestic chips, thousand A100e 100.0 90.00 -10.0 -11.0 to -9.0 -10.00 % lower in 12")


def test_the_record_is_json_and_holds_what_the_text_tells():
    found = contrast(BASE, OTHER)
    data = json.loads(json_text(page_record(contrast_page(found))))
    assert (data["label"], data["base"], data["scenario"], data["replications"]) == (LABEL, "blocked", "free", MANY)
    assert data["sentences"] == contrast_sentences(found)
    rows = [(row["outcome"], row["item"], row["difference"]) for row in data["differences"]]
    assert rows[:4] == [
        ("nominal", "", 20e3),
        ("nominal", "domestic", -10e3),
        ("nominal", "import", 30e3),
        ("nominal", "grey", 0),
    ]
    assert [item for outcome, item, _ in rows if outcome == "binds"] == ["", "import_control", "memory", "wafers"]


# --- The command ---


@pytest.mark.usefixtures("here")
def test_the_command_explains_what_a_comparison_holds_as_it_explains_new_runs(chipgate, tiny, compared):
    status, stored, errors = chipgate("explain", compared, "--json")
    assert (status, errors) == (0, "")
    data = json.loads(stored)
    assert [each["scenario"] for each in data["contrasts"]] == ["Slow growth", "slow-growth"]
    slow = tiny.parent / "slow.yaml"
    slow.write_text(f"extends: {tiny}\nname: slow-growth\nfoundry: {{growth: 150 %/year}}\n", encoding="utf-8")
    status, new, errors = chipgate("explain", tiny, slow, "-n", 11, "--workers", 1, "--json")
    assert (status, errors) == (0, "")
    both = data["contrasts"][1]["differences"], json.loads(new)["contrasts"][0]["differences"]
    for one, two in zip(*both, strict=True):
        assert {**one, "base": ""} == {**two, "base": ""}


def test_the_command_draws_both_and_reads_a_run_of_one(chipgate, published, compared, here):
    status, text, _ = chipgate("explain", compared, "--picture", "why.svg")
    assert status == 0
    assert text.endswith("The picture is in why.svg.\n")
    assert text.count("where the difference comes from") == 2
    assert [path.name for path in here.iterdir()] == ["why.svg"]
    status, text, _ = chipgate("explain", published, "--workers", 1)
    assert status == 0
    assert text.startswith("tiny: what binds, 23 replications, seed 1, ")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["COMPARED", "-n", "5"], "has runs of its own; leave out -n"),
        (["COMPARED", "--seed", "1"], "has runs of its own; leave out --seed"),
        (["COMPARED", "--relax", "memory"], "--relax is about what binds in one scenario"),
        (["COMPARED", "baseline"], "name two folders, or two scenarios"),
        (["TINY", "baseline", "--relax", "memory"], "--relax is about what binds in one scenario"),
        (["TINY", "baseline", "--project", "1"], "--project shows one project's life; leave out baseline"),
        (["TINY", "baseline"], "values over different windows cannot be compared"),
        (["TINY", "TINY"], "'tiny' is given twice"),
        (["PUBLISHED", "PUBLISHED"], "'tiny' is given twice"),
    ],
)
@pytest.mark.usefixtures("here")
def test_mistakes_are_told_to_people(chipgate, tiny, compared, published, args, told):
    places = {"TINY": tiny, "COMPARED": compared, "PUBLISHED": published}
    status, out, errors = chipgate("explain", *(places.get(arg, arg) for arg in args))
    assert (status, out) == (2, "")
    assert told in " ".join(errors.split())
    assert "Traceback" not in errors
