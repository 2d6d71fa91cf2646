"""What binds, and why: known answers on numbers made by hand, sentences word for word, and the command."""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from worlds import design, foreign, policy, segment, small

from sim.base.errors import ChipgateError
from sim.base.label import LABEL, SENTENCE
from sim.exhibits.exhibit import seen
from sim.exhibits.page import WIDEST, page_markdown, page_record, page_text
from sim.exhibits.records import json_text
from sim.exhibits.text import exhibit_lines
from sim.experiment.comparison import Comparison
from sim.experiment.replication import Replication
from sim.experiment.run import Run, run_scenario
from sim.outcomes.constraints import CONSTRAINTS, NOTHING
from sim.outcomes.keys import Key
from sim.outcomes.transcript import sentence
from sim.scenario.load import SourcedScenario, load
from sim.scenario.parts import NamedProject, Scenario
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.lift import Lift
from sim.studies.binding import binding, parts, phases_of
from sim.studies.explain.known import Explanation, chosen, explain, explained, leading
from sim.studies.explain.life import closing_words, life_text, tell_project
from sim.studies.explain.page import explanation_page, paired, reading, sentences
from sim.studies.explain.text_strip import BLOCKS, PLAIN_BLOCKS, strip, writable_blocks
from sim.studies.phases import phases, smoothed
from sim.studies.relax import relax

START = datetime.date(2023, 1, 1)


def window(looks: int, **changes: object) -> Scenario:
    """A world whose window holds so many looks."""
    end = START + datetime.timedelta(weeks=4 * looks - 1)
    return small(window__end=end, **changes)


def a_run(
    *binds: Mapping[str, Sequence[float]],
    delivered: float | Sequence[float] = 1e6,
    backlog: float | Sequence[float] = 1e5,
    wait: float | Sequence[float] = 50.0,
    scenario: Scenario | None = None,
) -> Run:
    """A run with a replication for each split given: what each constraint holds up at each look, zero where left out."""
    looks = len(next(iter(binds[0].values())))
    rows = []
    for n, split in enumerate(binds):
        series = {("binds", name): list(split.get(name, [0.0] * looks)) for name in CONSTRAINTS}
        outcomes = {Key("binds", name): 4 * sum(series["binds", name]) for name in CONSTRAINTS}
        for name, value in (("delivered", delivered), ("backlog", backlog), ("wait_median", wait)):
            outcomes[Key(name)] = value if isinstance(value, int | float) else value[n]
        rows.append(Replication(n, outcomes, series))
    return Run(SourcedScenario(scenario or window(looks), {}, ()), 7, rows)


def letters(text: str) -> dict[str, list[float]]:
    """`LLLM`: who holds up all of 100 A100e at each look; a dot where nothing waits."""
    names = {"L": "licence", "M": "memory", "W": "wafers", "C": "import_control"}
    return {name: [100.0 * (letter == key) for letter in text] for key, name in names.items()}


def text_of(why: Explanation, terminal: int | None = None) -> str:
    return page_text(explanation_page(why), terminal)


def record(why: Explanation) -> dict[str, Any]:
    return page_record(explanation_page(why))


# --- Phases ---


def told_phases(text: str) -> list[tuple[str, int, int]]:
    return [(phase.constraint, phase.first, phase.last) for phase in phases(a_run(letters(text)))]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ("LLLMMM", [("licence", 0, 2), ("memory", 3, 5)]),
        ("LLLMMLLL", [("licence", 0, 7)]),
        ("LLLMLMMM", [("licence", 0, 4), ("memory", 5, 7)]),
        ("MLLLL", [("licence", 0, 4)]),
        ("LLLLMM", [("licence", 0, 5)]),
        ("LLMMLLMMM", [("memory", 0, 8)]),
        ("LLMMLLMM", [("licence", 0, 7)]),
        (".LLL", [("licence", 0, 3)]),
        ("...LLL", [(NOTHING, 0, 2), ("licence", 3, 5)]),
        ("LLL.LLL", [("licence", 0, 6)]),
        ("LLL...", [("licence", 0, 2), (NOTHING, 3, 5)]),
        ("LLL...LLL", [("licence", 0, 2), (NOTHING, 3, 5), ("licence", 6, 8)]),
        ("......", [(NOTHING, 0, 5)]),
        ("L", [("licence", 0, 0)]),
    ],
)
def test_three_looks_in_a_row_make_a_phase_and_a_flicker_makes_none(looks, expected):
    assert told_phases(looks) == expected


def test_smoothing_knows_its_fallback():
    assert smoothed(["a", "b", "a", "b"], "b") == [(0, "b")]
    assert smoothed(["a"] * 3 + ["b"] + ["a"] * 3, "b") == [(0, "a")]


def test_a_phase_has_its_days_and_the_share_of_what_waits_in_it():
    run = a_run({"licence": [60, 60, 60, 10, 10, 10], "memory": [40, 40, 40, 30, 30, 30]})
    first, second = phases(run)
    assert (first.start, first.end, first.share) == (START, datetime.date(2023, 3, 26), pytest.approx(0.6))
    assert (second.start, second.end) == (datetime.date(2023, 3, 26), run.scenario.window.end)
    assert second.share == pytest.approx(0.75)


def test_a_phase_counts_the_single_runs_that_agree():
    run = a_run(letters("LLLL"), letters("LLLL"), letters("LLMM"), letters("MMMM"))
    (phase,) = phases(run)
    assert (phase.constraint, phase.agreeing) == ("licence", 3)  # at a tie the first by the order of the rules


def test_the_mean_over_runs_decides_and_not_their_number():
    run = a_run({"licence": [10.0] * 3, "memory": [0.0] * 3}, {"licence": [10.0] * 3}, {"memory": [50.0] * 3})
    assert [phase.constraint for phase in phases(run)] == ["memory"]


def test_a_trace_of_need_left_by_rounding_is_nothing():
    run = a_run({"licence": [1e-5, 1e-5, 1e-5, 100, 100, 100]})
    assert [phase.constraint for phase in phases(run)] == [NOTHING, "licence"]


# --- Parts, and which to relax ---


def test_parts_are_means_and_totals_with_their_interval():
    run = a_run({"licence": [1, 3]}, {"licence": [3, 5], "wafers": [0, 4]})
    why = explained(run, {})
    assert (why.looks["licence"], why.looks["wafers"], why.books) == ((2, 4), (0, 2), (2, 6))
    assert why.days == (START, datetime.date(2023, 1, 29))
    first, second, *none, total = parts(run)
    assert (first.constraint, second.constraint, total.constraint) == ("licence", "wafers", NOTHING)
    assert first.total.mean == 24  # (4 x 4 + 4 x 8) / 2
    assert first.total.half_width == pytest.approx(12.7062 * 8, rel=1e-4)  # t with one degree
    assert (first.share, second.share, total.share) == (pytest.approx(24 / 32), pytest.approx(8 / 32), 1)
    assert total.total.mean == 32
    assert {part.total.mean for part in none} == {0}
    assert [row.constraint for row in binding(run).rows] == ["licence", "wafers", NOTHING]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ("LLLLLMMM", ["licence", "memory"]),  # the largest, and what took over
        ("MMMLLLLL", ["licence", "memory"]),  # these are one, so the next largest phase
        ("LLLL", ["licence"]),
        ("WWWMMMMMLLLLLLL", ["licence", "memory"]),
        ("MMMMMMWWWWWLLL", ["memory", "licence"]),
        ("LLLLLMMMM...", ["licence", "memory"]),
        ("MLLLLL", ["licence"]),  # a flicker leads nothing
        ("....", []),
    ],
)
def test_the_largest_and_what_took_over_are_relaxed(looks, expected):
    assert leading(a_run(letters(looks))) == expected


def test_a_difference_is_taken_run_by_run():
    base = a_run(*[letters("LLL")] * 3, delivered=[100.0, 200.0, 300.0], wait=[10.0, 20.0, 30.0])
    other = a_run(*[letters("MMM")] * 3, delivered=[121.0, 219.0, 320.0], wait=[math.nan, 15.0, 24.0])
    (pair,) = explained(base, {"licence": other}).paired
    delivered, backlog, wait = pair.differences
    assert delivered.mean == 20
    assert delivered.half_width == pytest.approx(4.30265 * 1 / math.sqrt(3), rel=1e-4)
    assert backlog.mean == 0
    assert (wait.pairs, wait.mean) == (2, -5.5)
    assert (pair.then, pair.unchanged) == ("memory", False)


def test_what_is_named_is_what_a_comparison_names():
    """2.2 % more by 0.7 %, in a family of three: the interval of the verdict lies across the 2 % worth naming."""
    base = a_run(*TWO)
    other = a_run(*TWO, delivered=around(1.022e6, 1.1e4), backlog=around(9e4, 1e3), wait=around(50.5, 0.1))
    (pair,) = explained(base, {"licence": other}).paired
    elsewhere = SourcedScenario(window(8, name="elsewhere"), {}, ())
    compared = Comparison([base, Run.of(elsewhere, 7, other.numbers, other.outcomes, other.series)])
    assert [row.judgement for row in pair.differences] == [row.judgement for row in compared.verdicts]
    assert [row.verdict for row in pair.differences] == ["cannot tell", "better", "too small to matter"]


# --- Sentences, word for word ---

TWO = [letters("LLLLLMMM")] * 12


def around(value: float, spread: float) -> list[float]:
    """A value for each run of TWO."""
    return [value + spread * sign for sign in (-1, 1)] * 6


def third(other: Run, base: Run) -> str:
    return sentences(explained(base, {"licence": other}))[2]


def test_the_sentences_say_what_bound_what_took_over_and_what_each_relaxation_would_change():
    base = a_run(*TWO)
    relaxed = a_run(
        *[letters("WWWWWWWW")] * 12, delivered=around(1.21e6, 1e4), backlog=around(9.3e4, 1e3), wait=around(44, 1)
    )
    other = a_run(*TWO, delivered=around(1.05e6, 1e4), wait=40)
    assert sentences(explained(base, {"licence": relaxed, "memory": other})) == [
        "What held up the most first, from January to May 2023: licence, 100 % of the order books.",
        "Then memory from May 2023 (100 % to the end).",
        "With orders free of licences: delivered compute is higher by 21.00 % "
        "(20.03 to 21.97), better for buyers; backlog is lower by 7.00 % (6.06 to 7.94), better for buyers; median wait "
        "is shorter by 6.00 weeks (5.10 to 6.90), better for buyers. Wafers would then have held up the most.",
        "With all the memory it could use: delivered compute is higher by 5.00 % (4.15 to 5.85), better for buyers; "
        "median wait is shorter by 10.00 weeks, better for buyers. Too small to matter: backlog. Licence would then "
        "have held up the most.",
    ]


def test_more_phases_are_told_in_their_order():
    split = {
        "licence": [60.0] * 4 + [30.0] * 8,
        "wafers": [40.0] * 8 + [0.0] * 4,
        "memory": [0.0] * 4 + [50.0] * 4 + [70.0] * 4,
    }
    split["import_control"] = [0.0] * 8 + [0.0] * 4
    told = sentences(explained(a_run({**split, "licence": [60.0] * 4 + [10.0] * 4 + [80.0] * 4}), {}))
    assert (
        told[1]
        == "Then memory from April 2023 (50 % until August 2023) and licence from August 2023 (53 % to the end)."
    )
    assert told[2] == "No paired run was made, so nothing is said about cause."


def test_a_phase_in_which_fewer_than_half_of_the_runs_agree_says_so():
    lone = {"licence": [900.0] * 4 + [0.0] * 4, "wafers": [0.0] * 4 + [1.0] * 4}
    most = {"memory": [100.0] * 4 + [0.0] * 4, "wafers": [0.0] * 4 + [1.0] * 4}
    assert sentences(explained(a_run(lone, most, most), {}))[:2] == [
        "What held up the most first, from January to April 2023: licence, 82 % of the order books, in only 1 of 3 "
        "runs.",
        "Then wafers from April 2023 (100 % to the end).",
    ]


def test_one_constraint_throughout():
    split = {"memory": [90.0] * 4, "wafers": [10.0] * 4}
    told = sentences(explained(a_run(split), {}))
    assert told[0] == "What held up the most throughout: memory, 90 % of the order books."
    assert told[1] == "The next largest, wafers, held up 10 % in all."
    alone = sentences(explained(a_run({"memory": [90.0] * 4}), {}))
    assert alone[1] == "Nothing else held up any order."


def test_a_world_in_which_nothing_ever_waits():
    why = explained(a_run(letters("....")), {})
    assert sentences(why) == ["The order books are always empty in this world, so nothing binds."]
    text = text_of(why)
    assert sentences(why)[0] in text
    assert SENTENCE.split(":")[0] in text
    json_text(record(why))


def test_a_world_in_which_nothing_waits_at_first_or_at_last():
    why = explained(a_run(letters("....LLLL...")), {})
    assert sentences(why)[:2] == [
        "The order books were empty until April 2023. What held up the most first, from April to August 2023: licence, 100 % of "
        "the order books.",
        "Then nothing from August 2023, for the order books were empty.",
    ]


def test_a_relaxation_that_changes_nothing_at_all():
    base = a_run(*TWO)
    assert third(a_run(*TWO), base=base) == ("With orders free of licences, nothing at all would have changed.")


def test_too_small_to_matter_and_cannot_tell_are_said_as_such():
    small_change = a_run(*TWO, delivered=around(1.005e6, 1e3), backlog=around(1.05e5, 3e4), wait=around(48, 1))
    assert third(small_change, base=a_run(*TWO)) == (
        "With orders free of licences: no difference can be named. Too small to "
        "matter: delivered compute. Cannot tell whether it matters: median wait (shorter). Cannot tell: backlog. "
        "Licence would still have held up the most."
    )


def test_a_relaxation_that_makes_things_worse_says_so():
    worse = a_run(*TWO, delivered=around(0.9e6, 1e4))
    why = explained(a_run(*TWO), {"licence": worse})
    assert "delivered compute is lower by 10.00 % (9.15 to 10.85), worse for buyers. Too" in sentences(why)[2]


def test_after_a_relaxation_nothing_may_wait():
    told = third(a_run(*[letters("........")] * 12, delivered=around(1.1e6, 1e4)), base=a_run(*TWO))
    assert told.endswith(" The order books would then have been empty.")


def test_one_replication_has_no_interval_and_names_nothing():
    base = a_run(TWO[0])
    told = third(a_run(letters("WWWWWWWW"), delivered=1.2e6), base=base)
    assert told == (
        "With orders free of licences: one replication has no interval, so "
        "nothing can be concluded. Wafers would then have held up the most."
    )
    assert reading(explained(base, {}))[-1].startswith("One replication: there is no interval.")
    assert "nan" not in text_of(explained(base, {"licence": base}))


def test_a_value_that_some_runs_lack_is_told_with_their_number():
    base = a_run(*TWO, wait=[*around(50, 1)[:-1], math.nan])
    why = explained(base, {"licence": a_run(*[letters("WWWWWWWW")] * 12, wait=around(40, 1))})
    assert (
        "Median wait has a value in 11 replications of baseline and in 12 of baseline with licence relaxed: whether that "
        "is more than luck cannot be told (p = 1, exact paired test)." in sentences(why)[2]
    )
    assert "both exist in 11 of 12, and the row is about those." in " ".join(text_of(why).split())
    assert record(why)["differences"][2]["pairs"] == 11


def test_what_is_attribution_and_what_is_cause_is_said():
    alone, both = (reading(explained(a_run(*TWO), worlds)) for worlds in ({}, {"licence": a_run(*TWO)}))
    assert alone == ["The split is attribution by rule, not cause."]
    assert both == [f"{alone[0]} The paired runs show cause, inside this toy: same luck, one constraint relaxed."]


# --- The strip, character for character ---


def with_rules(looks: int) -> Scenario:
    return window(
        looks,
        imports={"h": foreign()},
        policies={
            "old": policy(-5, Ban(threshold=3.0)),
            "block": policy(13, Ban(product="h")),
            "thaw": policy(14, Lift(product="h")),
            "later": policy(900, Ban(product="h")),
            "given-up": dataclasses.replace(
                policy(40, Ban(product="h")),
                announced=datetime.date(2023, 5, 1),
                withdrawn=datetime.date(2023, 6, 4),
            ),
        },
    )


STRIP_RUN = a_run(
    {"licence": [0, 10, 20, 30, 40, 10, 5], "memory": [0, 0, 0, 10, 40, 60, 95], "wafers": [0, 10, 0, 0, 0, 0, 0]},
    scenario=with_rules(7),
)
TRANSCRIPT = """\
Each constraint's share of the order books, every 4 weeks: a full block is 100 %.
The order books: a full block is 100.0 A100e.

holds up most     LLLLMM
L licence         ▄█▆▄▁▁
M memory            ▂▄▇█
W wafers          ▄
the order books   ▂▂▃▆▆█
                 2023
                 Q1 Q2 Q3
rules               1 3
                    2"""


def test_the_strip_in_a_pipe():
    assert "\n".join(strip(explained(STRIP_RUN, {}))) == TRANSCRIPT


def test_without_blocks_plain_characters_tell_the_same():
    text = "\n".join(strip(explained(STRIP_RUN, {}), blocks=PLAIN_BLOCKS))
    assert text.isascii()
    assert "L licence         =@*=.." in text
    assert len(PLAIN_BLOCKS) == len(BLOCKS)
    assert writable_blocks("utf-8") == BLOCKS
    assert writable_blocks("ascii") == writable_blocks("cp1252") == writable_blocks(None) == PLAIN_BLOCKS


def test_colours_only_help():
    why = explained(STRIP_RUN, {})
    coloured = strip(why, colour=True)
    assert [re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() for line in coloured] == strip(why)
    for name in ("licence", "memory", "wafers"):
        (row,) = [line for line in coloured if f" {name}" in line]
        assert re.match(r"\x1b\[30;48;5;\d+m[A-Z]\x1b\[0m ", row)
        assert "\x1b[38;5;" in row
    assert "\x1b" not in "\n".join(strip(why))


def test_the_rules_are_dated_below_the_strip():
    lines = text_of(explained(STRIP_RUN, {})).splitlines()
    first = lines.index("-  2022-11-27  old: no imports from 3 A100e")
    assert lines[first + 1 : first + 4] == [
        "1  2023-04-02  block: no h",
        "2  2023-04-09  thaw: h may ship again",
        "3  2023-06-04  given-up: withdrawn before it acts (no h); announced 2023-05-01",
    ]
    assert not any("later" in line for line in lines)


def test_where_names_are_too_wide_the_strip_shortens_them_and_keeps_a_column_for_each_look():
    why = explained(a_run({"import_control": [10] * 46, "import_volume": [10] * 46}), {})
    lines = strip(why, width=60)
    assert [line.split("  ")[0] for line in lines[:2]] == [
        "Each constraint's share of the order books, every 4 weeks: a",
        "full block is 50 %.",
    ]
    assert [line[:16] for line in lines[4:8]] == [
        "holds up most CC",
        "C control     ██",
        "V volume      ██",
        "order books   ██",
    ]
    assert {len(line) for line in lines[4:8]} == {60}
    assert strip(why, width=63)[4:6] == [
        "holds up most    " + 46 * "C",
        "C import control " + 46 * "█",
    ]
    assert "every 8 weeks" in " ".join(strip(why, width=59))


@pytest.mark.parametrize("looks", [1, 26, 66, 80, 81, 391])
@pytest.mark.parametrize("terminal", [60, 80, 100, None])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_cut(looks, terminal):
    run = a_run(*[{"import_control": [1234567.0] * looks, "licence": [1e5] * looks}] * 2, delivered=[1e9, 1.1e9])
    relaxed = a_run(*[{"import_control": [1234567.0] * looks, "licence": [9e4] * looks}] * 2, delivered=[2e9, 2.3e9])
    why = explained(run, {"import_control": relaxed})
    text = text_of(why, terminal)
    assert max(map(len, text.splitlines())) <= (terminal or WIDEST)
    assert max(len(line) for line in text.splitlines() if line.startswith("C ")) >= min(looks, 20) + 14, "the strip"
    for exhibit in (binding(run), phases_of([run]), paired(why)):
        missing = exhibit_lines(exhibit, terminal or WIDEST)[1]
        for each in seen(exhibit):
            if each.number and each.heading not in missing:
                assert all(cell.text in text for cell in each.cells)


def test_years_that_have_no_room_are_left_out_and_none_touch():
    (years,) = [
        line for line in strip(explained(a_run({"licence": [1.0] * 391}), {})) if line.strip().startswith("2023")
    ]
    told = [int(year) for year in years.split()]
    assert told == sorted(told)
    assert len(told) > 5


# --- The whole text ---


def test_the_text_holds_parts_phases_paired_runs_sentences_and_the_label():
    why = explained(a_run(*TWO), {"licence": a_run(*TWO, delivered=around(1.21e6, 1e4), wait=45.0)})
    text = text_of(why)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "baseline: what binds, 12 replications, seed 7, 2023-01-01 to 2023-08-06"
    at = lines.index("Binding constraints, by what they hold up over time") + 2
    assert [lines[at], *lines[at + 2 : at + 5]] == [
        "binding constraint held up, thousand A100e-weeks interval share the orders that ...",
        "licence 2.000 2.000 to 2.000 62 % are in review at a licence desk",
        "memory 1.200 1.200 to 1.200 38 % have dies that wait for memory",
        "all 3.200 3.200 to 3.200 100 %",
    ]
    assert "2023-05-21 2023-08-06 memory 100 % 12 of 12" in lines
    assert "baseline with licence relaxed, less baseline" in lines
    assert any(line.startswith("median wait, weeks 50.00 45.00 -5.000") for line in lines)
    flat = " ".join(text.split())
    assert all(each in flat for each in sentences(why))
    assert flat.endswith(SENTENCE)
    for each in (*sentences(why), "| memory | 1.200 | 1.200 to 1.200 | 38 % |"):
        assert each in page_markdown(explanation_page(why)).replace("\\", "")


def test_the_record_is_json_and_holds_what_the_text_tells():
    why = explained(a_run(*TWO), {"licence": a_run(*TWO, wait=[math.nan] * 12)})
    data = json.loads(json_text(record(why)))
    assert data["label"] == LABEL
    assert [(part["constraint"], part["share"]) for part in data["binding_constraints"]] == [
        ("licence", 0.625),
        ("memory", 0.375),
        (None, 1),
    ]
    assert data["sentences"] == sentences(why)
    assert data["looks"]["licence"] == [100] * 5 + [0] * 3
    phase = {"constraint": "memory", "start": "2023-05-21", "end": "2023-08-06", "share": 1.0, "runs_agreeing": 12}
    assert phase.items() <= data["phases"][1].items()
    assert [pair["relaxed"] for pair in data["paired_runs"]] == ["licence"]
    assert (data["differences"][2]["difference"], data["differences"][2]["verdict"]) == (None, "cannot tell")


# --- On the model itself ---


def busy() -> SourcedScenario:
    """A year in which a ban and scarce imports bind."""
    scenario = small(
        window__end=datetime.date(2024, 1, 1),
        demand={"cloud": segment(porting_wait=1e5, patience=1e6)},
        imports={"h": foreign(cap=30.0)},
        policies={"block": policy(26, Ban(product="h"))},
    )
    return SourcedScenario(scenario, {}, ())


def test_explain_runs_the_scenario_and_relaxes_what_leads():
    why = explain(busy(), 3, seed=5, workers=1)
    assert [phase.constraint for phase in why.phases] == ["import_volume", "import_control"]
    assert [pair.constraint for pair in why.paired] == ["import_control", "import_volume"]
    assert sum(why.books) == pytest.approx(sum(run_scenario(busy(), 3, 5, 1).series["backlog", ""].mean(axis=0)))
    relaxed = {pair.constraint: run_scenario(relax(busy(), pair.constraint), 3, 5, 1) for pair in why.paired}
    assert repr(explained(run_scenario(busy(), 3, 5, 1), relaxed).paired) == repr(why.paired), "nan included"
    assert explain(busy(), 3, seed=5, workers=1, relaxed=["licence"]).paired[0].unchanged


def test_constraints_are_named_as_people_write_them():
    assert chosen(["Memory", "import control", "import-volume", "memory"]) == [
        "memory",
        "import_control",
        "import_volume",
    ]
    assert chosen([constraint.label for constraint in CONSTRAINTS.values()]) == list(CONSTRAINTS)
    with pytest.raises(ChipgateError, match="did you mean 'wafers'"):
        chosen(["wafer"])


# --- One project ---


def lives(**changes: object) -> SourcedScenario:
    """One project that asks for 100 A100e on the first day and insists on CUDA; it ports after 10 weeks, in 8."""
    project = NamedProject(segment="cloud", arrives=START, budget=1000.0, chip_share=1.0, price=10.0)
    late = dataclasses.replace(project, arrives=datetime.date(2030, 1, 1))
    terms = dict(demand={"cloud": segment(projects=0.0)}, projects={"datong": project, "late": late}, policies={})
    return SourcedScenario(small(**{**terms, **changes}), {}, ())


def test_a_project_that_ports_and_is_served():
    life = tell_project(lives(designs={"ascend": design()}), "datong")
    assert life.story == (
        "2023-01-01  datong arrives and asks for 100 A100e; it insists on CUDA, and would port to CANN.",
        "2023-01-01  datong orders 100 A100e of chips for CUDA.",
        "2023-03-12  datong starts to port to CANN.",
        "2023-03-12  datong orders 200 A100e of chips for CANN.",
        "2023-05-07  datong has ported to CANN.",
        "2023-06-04  datong receives 100.0 ascend: 50.0 A100e for 0.00 million yuan.",
        "2023-06-11  datong receives 100.0 ascend: 50.0 A100e for 0.00 million yuan.",
        "2023-06-11  datong has all it asked for.",
    )
    assert life.received == {"ascend": 100}
    assert life.held == {"import_volume": 10, "production": 13}
    assert closing_words(life) == (
        "datong was served in full after 23 weeks. It received all of the 100 A100e it asked for: 100 A100e from "
        "ascend. It paid 2 thousand yuan, 20 yuan an A100e. It was held up by production for 13 weeks and import volume "
        "for 10 weeks."
    )


@pytest.mark.parametrize(
    ("weeks", "told"),
    [
        (12.5, "Of these, 50 A100e came before its port ended and were in use from then on, 2023-06-07. It was"),
        (30.0, "Of these, 100 A100e came before its port ended and were in use from then on, 2023-10-08. It was"),
        (500.0, "Of these, 100 A100e came before its port ended and were never in use inside the window. It was"),
    ],
)
def test_chips_that_come_before_the_port_ends_are_in_use_from_its_end(weeks, told):
    """50 A100e come in week 22 and 50 in week 23; the port begins in week 10."""
    world = lives(designs={"ascend": design()}, software__porting_start=weeks, software__porting_floor=weeks)
    life = tell_project(world, "datong")
    assert (life.fate, life.weeks) == ("served", 23)
    assert told in closing_words(life)


def test_a_project_that_gives_up_behind_a_ban():
    blocked = lives(
        demand={"cloud": segment(projects=0.0, porting_wait=50.0)},
        imports={"h": foreign(cap=5.0)},
        policies={"block": policy(10, Ban(product="h"))},
    )
    life = tell_project(blocked, "datong")
    assert (life.fate, life.weeks) == ("gave up", 40)
    # Ten are in transit when the window starts; those ordered in the first weeks land from week 8 on.
    assert life.held["import_control"] > 25
    assert sum(life.held.values()) == pytest.approx(40)
    assert "datong gave up after 40 weeks. It received " in closing_words(life)
    assert life.story[-1].startswith("2023-10-08  datong gives up")


def test_weeks_up_to_a_look_at_which_nothing_waits_any_more_count_as_at_the_look_before():
    """Served in week 30: by the look of week 28 the last two weeks are those of chips in transit."""
    lifted = lives(
        demand={"cloud": segment(projects=0.0, porting_wait=60.0)},
        imports={"h": foreign(cap=1000.0)},
        policies={"block": policy(0, Ban(product="h")), "lift": policy(22, Lift(product="h"))},
    )
    life = tell_project(lifted, "datong")
    assert (life.fate, life.weeks) == ("served", 30)
    assert life.held == {"import_control": 20, "transit": 6, "import_volume": 4}


def test_a_project_that_waits_for_wafers_to_the_end():
    terms = segment(projects=0.0, cuda_share=0.0, patience=1e6)
    waiting = lives(demand={"cloud": terms}, designs={"ascend": design()}, foundry__wafer_starts=0.0)
    life = tell_project(waiting, "1")
    assert (life.project, life.fate, life.held) == ("datong", "still waits", {"wafers": pytest.approx(life.weeks)})
    assert closing_words(life) == (
        "datong still waits at the end of the window, after 104 weeks. It received nothing and paid nothing. It was "
        "held up by wafers for 104 weeks."
    )


def test_a_project_served_at_once():
    early = lives(
        imports={"h": foreign()},
        projects={
            "datong": NamedProject(
                segment="cloud", arrives=datetime.date(2023, 3, 1), budget=10.0, chip_share=1, price=1
            )
        },
        demand={"cloud": segment(projects=52.0)},
    )
    life = tell_project(early, "datong")
    if life.weeks == 0:
        assert closing_words(life).startswith("datong had all it asked for at once.")
        assert closing_words(life).endswith("Nothing held it up.")
    else:
        assert life.fate == "served"


def test_on_a_terminal_a_life_fits_it_and_says_the_same():
    life = tell_project(lives(designs={"ascend": design()}), "datong")
    narrow = life_text(life, 60)
    assert max(map(len, narrow.splitlines())) <= 60
    assert narrow.split() == life_text(life).split()
    assert all(line in life_text(life).splitlines() for line in life.story), "a pipe has each fact on one line"


def test_the_story_is_told_by_the_facts_in_their_order():
    sourced = lives(designs={"ascend": design()})
    from sim.experiment.replication import record

    facts = [fact for fact in record(sourced.scenario, 1, 0).facts if getattr(fact, "project", "") == "datong"]
    assert tell_project(sourced, "datong").story == tuple(sentence(fact, sourced.scenario) for fact in facts)


def test_a_name_that_does_not_exist_brings_near_names():
    sourced = SourcedScenario(small(demand={"cloud": segment()}), {}, ())
    for name, told in (
        ("clud-3", "did you mean 'cloud-3'"),
        ("Cloud-17", "did you mean 'cloud-17'"),
        ("nobody", r"there are cloud-0 to cloud-\d+$"),
        ("0", r"there is no project 0: \d+ arrive in replication 0, the first is 1"),
        ("99999", "there is no project 99999"),
        ("-1", "no project named '-1'"),
        ("²", "no project named '²'"),
        ("9" * 5000, f"no project named '{'9' * 60}' arrives"),
        ("", "no project named ''"),
    ):
        with pytest.raises(ChipgateError, match=told):
            tell_project(sourced, name)
    with pytest.raises(ChipgateError, match="'late' arrives on 2030-01-01, outside the window"):
        tell_project(lives(), "late")
    with pytest.raises(ChipgateError, match="no project arrives"):
        tell_project(SourcedScenario(small(), {}, ()), "x")


def test_a_number_counts_arrivals_from_one():
    sourced = SourcedScenario(small(demand={"cloud": segment()}), {}, ())
    assert [tell_project(sourced, number).project for number in ("1", "3")] == ["cloud-0", "cloud-2"]


def test_another_replication_has_another_life():
    sourced = SourcedScenario(small(demand={"cloud": segment(size_cv=1.0)}), {}, ())
    needs = {tell_project(sourced, "cloud-3", seed, k).need for seed, k in ((1, 0), (1, 1), (2, 0))}
    assert len(needs) == 3


# --- The command ---


@pytest.mark.usefixtures("here")
def test_the_command_tells_the_whole(chipgate, tiny):
    status, text, errors = chipgate("explain", tiny, "-n", 2, "--workers", 1)
    assert (status, errors) == (0, "")
    assert text.startswith("tiny: what binds, 2 replications, seed 1, ")
    for part in ("holds up most", "relaxed, less tiny", "have held up the most", LABEL):
        assert part in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= WIDEST
    assert "\x1b" not in text


@pytest.mark.usefixtures("here")
def test_the_command_writes_json(chipgate, tiny):
    status, text, _ = chipgate("explain", tiny, "-n", 2, "--workers", 1, "--json", "--relax", "import volume")
    data = json.loads(text)
    assert status == 0
    assert [pair["relaxed"] for pair in data["paired_runs"]] == ["import_volume"]
    assert data["replications"] == 2
    status, text, _ = chipgate("explain", tiny, "--project", "1", "--json")
    life = json.loads(text)
    assert (status, life["label"], life["replication"]) == (0, LABEL, 0)
    assert life["story"][0].startswith(life["arrived"])


@pytest.mark.usefixtures("here")
def test_the_command_hears_settings_and_seed(chipgate, tiny):
    _, one, _ = chipgate("explain", tiny, "-n", 1, "--seed", 2)
    _, two, _ = chipgate("explain", tiny, "-n", 1, "--seed", 2)
    _, three, _ = chipgate("explain", tiny, "-n", 1, "--seed", 3)
    _, four, _ = chipgate("explain", tiny, "-n", 1, "--seed", 2, "--set", "window.end=2023-06-01")
    assert one == two
    assert len({one, three, four}) == 3
    assert "One replication: there is no interval." in " ".join(one.split())


def test_the_command_draws_a_picture_and_replaces_none_in_silence(chipgate, tiny, here):
    ask = ("explain", tiny, "-n", 1, "--relax", "wafers", "--picture")
    status, text, _ = chipgate(*ask, "why.svg")
    assert status == 0
    assert text.endswith("The picture is in why.svg.\n")
    assert LABEL in Path("why.svg").read_text(encoding="utf-8")
    before = Path("why.svg").read_bytes()
    status, _, told = chipgate(*ask, "why.svg")
    assert (status, told) == (2, "'why.svg' exists already; name another file, or add --overwrite to replace it\n")
    assert Path("why.svg").read_bytes() == before
    status, _, _ = chipgate(*ask, "why.svg", "--overwrite", "--seed", 4)
    assert status == 0
    assert Path("why.svg").read_bytes() != before
    assert [path.name for path in here.iterdir()] == ["why.svg"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--picture", "why.gif"], "'why.gif' is not a picture's name: it must end in .svg, .png, .pdf"),
        (["--picture", "nowhere/why.png"], "there is no folder 'nowhere' for the picture"),
        (["--picture", ".png"], "is not a picture's name"),
        (["--relax", "memroy"], "no constraint is named 'memroy'\n  did you mean 'memory'?"),
        (["--replication", "1"], "--replication belongs to --project"),
        (["--project", "1", "--relax", "memory"], "leave out --relax"),
        (["--project", "1", "--picture", "a.png"], "leave out --picture"),
        (["--project", "clod-1"], "did you mean 'cloud-1'"),
        (["--project", "datong"], "'datong' arrives on 2025-01-06, outside the window of 'tiny'"),
        (["--set", "foundry"], "write KEY=VALUE"),
        (["-n", "0"], "it must be at least 1"),
    ],
)
@pytest.mark.usefixtures("here")
def test_mistakes_are_told_to_people(chipgate, tiny, args, told):
    status, out, errors = chipgate("explain", tiny, *args)
    assert (status, out) == (2, "")
    assert told in errors
    assert "Traceback" not in errors


@pytest.mark.usefixtures("here")
def test_a_pipe_that_knows_no_blocks_gets_plain_characters(process, tiny, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = process("explain", tiny, "-n", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "holds up most" in done.stdout


def test_the_baseline_is_explained_in_whole_sentences():
    told = sentences(explain(load("baseline"), 2, workers=1))
    assert re.match(r"What held up the most (first|throughout), ", told[0])
    for text in told:
        assert text.endswith(".")
        assert "nan" not in text
        assert "  " not in text
