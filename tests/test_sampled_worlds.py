"""A comparison over sampled worlds: what is sampled and held, where most worlds lie, what is said of it, drawn, written,
read back and made again. A formula stands in for the model wherever the numbers are asked for."""

import csv
import datetime
import functools
import json
import math
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest
from paired import quiet

import sim
import sim.studies.notebook  # which registers what a notebook shows
from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.exhibits.page import page_markdown, page_record, page_text
from sim.experiment.comparison import Comparison
from sim.experiment.differences import HEADLINES
from sim.experiment.run import Run
from sim.experiment.worlds import Held, SampledWorlds, plan, plan_as_asked, sampled
from sim.folder.manifest import read_manifest
from sim.folder.read import read_results
from sim.folder.reproduce import reproduce
from sim.folder.worlds import read_worlds
from sim.folder.write import publish_results
from sim.outcomes.keys import Key
from sim.pictures.choice import together
from sim.pictures.forest import OVER_WORLDS, Forest
from sim.report.page import report_html
from sim.scenario.load import load
from sim.scenario.sampling import input_of, inputs_of
from sim.scenario.variants import got, number_of
from sim.studies.comparing import comparison_page, comparison_record, conclusions, difference_records
from sim.studies.worlds import NO_PROBABILITY, held_words, over_worlds

KEY = "foundry.delay"
"""An assumption on which the formulas turn."""


@functools.cache
def both():
    """The baseline, and another with a key of its own, which therefore keeps its values in both."""
    return load("baseline"), load("baseline", {"name": "other", "foundry.growth": "90 %/year"})


@pytest.fixture(scope="module")
def scenarios():
    return both()


def values(scenario, number, name, effect):
    """Replication `number` of an outcome: luck, the same for both, and an effect in the other scenario."""
    luck = 1000 + 10 * number + len(name)
    changed = scenario.name not in ("baseline", "tiny")
    return luck + (effect(number_of(got(scenario, KEY)), number, name) if changed else 0.0)


def formula(effect):
    def ask(cases):
        return [
            {
                Key(name): np.array([values(case.scenario, number, name, effect) for number in case.numbers])
                for name in HEADLINES
            }
            for case in cases
        ]

    return ask


def run_of(sourced, effect, many) -> Run:
    outcomes = {
        Key(name): np.array([values(sourced.scenario, number, name, effect) for number in range(many)])
        for name in HEADLINES
    }
    return Run.of(sourced, 1, range(many), outcomes, {})


def compared(scenarios, effect, many=50, replications=4, runs=3) -> Comparison:
    """Both runs, and the worlds, by the formula."""
    ask = formula(effect)
    found = [quiet(run_of(sourced, effect, runs)) for sourced in scenarios]
    return Comparison(found, worlds=planned(many, replications).run(ask))


@functools.cache
def planned(many=50, replications=4):
    return plan(both(), many, 1, replications)


def drawn_values(worlds: SampledWorlds) -> np.ndarray:
    return np.array([world[KEY] for world in worlds.sample.worlds])


def test_the_formulas_rest_on_an_assumption_that_varies(scenarios):
    [found] = [each for each in plan(scenarios, 10).sample.inputs if each.key == KEY]
    assert found.low < found.now < found.high


# --- What is sampled ---


def test_every_scenario_meets_the_same_worlds_with_the_same_replications(scenarios):
    asked = plan(scenarios, 12, seed=7, replications=3)
    assert len(asked.cases) == 24
    assert {(case.seed, case.numbers) for case in asked.cases} == {(7, range(3))}
    for base, other in zip(asked.cases[::2], asked.cases[1::2], strict=True):
        assert (base.scenario.name, other.scenario.name) == ("baseline", "other")
        assert base.scenario.memory == other.scenario.memory
        assert got(base.scenario, KEY) == got(other.scenario, KEY)
    assert len({got(case.scenario, KEY) for case in asked.cases}) == 12


def test_what_the_scenarios_differ_in_and_what_somebody_decides_keep_their_values(scenarios):
    asked = plan(scenarios, 12)
    growth = [{got(case.scenario, "foundry.growth") for case in asked.cases[n::2]} for n in (0, 1)]
    assert growth == [{got(sourced.scenario, "foundry.growth")} for sourced in scenarios]
    levers = [each.key for each in inputs_of(scenarios[0]) if each.lever]
    assert levers
    for key in levers:
        assert {got(case.scenario, key) for case in asked.cases} == {got(scenarios[0].scenario, key)}
    assert asked.held.differing == 1
    assert asked.held.levers == len(levers)
    assert asked.held.surer == 0


def test_only_assumptions_of_low_confidence_vary_if_that_is_asked_for(tmp_path):
    path = tmp_path / "graded.yaml"
    path.write_text(
        "extends: baseline\nname: graded\nfoundry:\n  delay:\n    assumption: 30 weeks\n    range: [13 weeks, 78 weeks]\n"
        "    confidence: low\n    reason: a guess\n",
        encoding="utf-8",
    )
    two = [load(path), load(path, {"name": "other"})]
    low, every = plan(two, 10, low_only=True), plan(two, 10)
    assert KEY in [each.key for each in low.sample.inputs]
    unsure = [each for each in every.sample.inputs if each.confidence == "low"]
    assert [each for each in unsure if each not in low.sample.inputs] == [input_of(two[0], "software.stacks.DTK")]
    assert {*low.sample.inputs} < {*unsure}
    assert low.held == Held(every.held.levers, 0, len(every.sample.inputs) - len(unsure), 1)
    assert "1 in a sum of which not all may vary" in held_words(low.held)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"many": 9}, "worlds: 9 is too low; at least 10"),
        ({"many": 1}, "worlds: 1 is too low; at least 10"),
        ({"many": 10.5}, "worlds: 10.5 is not a whole number"),
        ({"many": 10, "replications": 0}, "replications in each world: 0 is too low"),
    ],
)
def test_what_cannot_be_sampled_is_refused_before_anything_is_run(scenarios, asked, told):
    with pytest.raises(ChipgateError, match=told):
        plan(scenarios, **asked)


def test_options_of_worlds_want_worlds(scenarios):
    assert plan_as_asked(scenarios, None, 1, None, False) is None
    for more in ((4, False), (None, True)):
        with pytest.raises(ChipgateError, match=r"belongs? to worlds"):
            plan_as_asked(scenarios, None, 1, *more)
    assert len(plan_as_asked(scenarios, 10, 1, None, False).cases[0].numbers) == 4


# --- Where most worlds lie ---


def test_the_range_is_that_of_nine_tenths_of_the_worlds_mean_differences(scenarios):
    comparison = compared(scenarios, lambda x, number, _: x * x - 900 + number, many=50)
    effects = drawn_values(comparison.worlds) ** 2 - 900 + np.mean(range(4))
    row = comparison.worlds.row("other", Key("delivered"))
    assert (row.worlds, row.there, row.replications) == (50, 50, 4)
    assert [row.low, row.median, row.high] == pytest.approx(np.quantile(effects, [0.05, 0.5, 0.95]))
    assert (row.higher, row.lower) == ((effects > 0).sum(), (effects < 0).sum())
    assert row.varied == len(comparison.worlds.sample.inputs)


def test_more_worlds_do_not_change_how_the_range_is_read(scenarios):
    """Of an effect that is the assumption itself, evenly drawn, the range is nine tenths of the stated one."""
    comparison = compared(scenarios, lambda x, *_: x, many=100)
    [about] = [each for each in comparison.worlds.sample.inputs if each.key == KEY]
    row, width = comparison.worlds.row("other", Key("delivered")), about.high - about.low
    assert row.low == pytest.approx(about.low + 0.05 * width, abs=width / 100)
    assert row.high == pytest.approx(about.high - 0.05 * width, abs=width / 100)


def missing_below(limit):
    """An effect of which the median wait does not exist in worlds below a limit, nor the backlog in a first pair."""

    def effect(x, number, name):
        gone = (name == "wait_median" and x < limit) or (name == "backlog" and number == 0)
        return math.nan if gone else 5.0 + number

    return effect


def test_worlds_without_an_outcome_are_counted_and_the_others_are_told(scenarios):
    limit = 30.0
    comparison = compared(scenarios, missing_below(limit))
    there = int((drawn_values(comparison.worlds) >= limit).sum())
    assert 10 <= there < 50
    row = comparison.worlds.row("other", Key("wait_median"))
    assert (row.worlds, row.there, row.higher) == (50, there, there)
    assert row.low == pytest.approx(6.5)
    assert comparison.worlds.row("other", Key("backlog")).low == pytest.approx(7.0), "over three pairs of four"
    told = page_text(comparison_page(comparison), 100)
    assert f"In {50 - there} of 50 worlds there is no median wait to compare; the row is about {there}." in told


def test_too_few_worlds_with_a_value_cannot_tell(scenarios):
    limit = np.sort(drawn_values(planned()))[-9]
    comparison = compared(scenarios, missing_below(limit))
    row = comparison.worlds.row("other", Key("wait_median"))
    assert (row.there, row.higher) == (9, 9)
    assert np.isnan([row.low, row.median, row.high]).all()
    page = comparison_page(comparison)
    assert "too few are left to say (fewer than 10)" in " ".join(page_text(page, 100).split())
    [line] = [each for each in page_text(page, 132).splitlines() if each.startswith("median wait") and "of 9" in each]
    assert "cannot tell" in line
    [record] = [each for each in page_record(page)["worlds"] if each["outcome"] == "wait_median"]
    assert (record["worlds_low"], record["worlds_n"]) == (None, 9)


# --- What is said ---


def said(comparison):
    return conclusions(comparison)[0][1]


def test_signs_that_hold_in_all_worlds_are_said_to(scenarios):
    assert said(compared(scenarios, lambda *_: 50.0)).endswith(
        "Over 50 worlds sampled from the stated ranges the sign of each difference named here holds in all 50."
    )


def test_signs_that_turn_or_vanish_are_named_with_their_counts(scenarios):
    def effect(x, _, name):
        return {"delivered": 100 * (x - 25), "backlog": 300.0 if x > 26 else 0.0}.get(name, 50.0)

    comparison = compared(scenarios, effect)
    x = drawn_values(comparison.worlds)
    assert got(scenarios[0].scenario, KEY) > 26, "as stated both are higher"
    higher, some = int((x > 25).sum()), int((x > 26).sum())
    assert max(higher, some) < 45
    told = said(comparison)
    assert "the sign of what is named here holds in nine of ten or more, but not for " in told
    assert f"delivered compute (higher in {higher} of 50)" in told
    assert f"backlog (higher in {some} of 50, equal in {50 - some})" in told


def test_a_difference_that_lies_outside_of_most_worlds_is_named(scenarios):
    now = got(scenarios[0].scenario, KEY)
    apart = said(compared(scenarios, lambda x, _, name: 300.0 if name == "backlog" and x == now else 50.0))
    assert apart.endswith(" As stated, backlog lies outside what 90 % of them have.")


def test_where_no_sign_holds_that_is_said(scenarios):
    told = said(compared(scenarios, lambda x, *_: 100 * (x - 25)))
    assert "the sign does not hold in nine of ten for " in told


def test_where_nothing_differs_as_stated_no_sign_is_claimed(scenarios):
    now = got(scenarios[0].scenario, KEY)
    comparison = compared(scenarios, lambda x, *_: x - now)
    x = drawn_values(comparison.worlds)
    assert "Over 50 worlds" not in said(comparison)
    told = page_text(comparison_page(comparison), 132)
    assert f"higher in {(x > now).sum()}, lower in {(x < now).sum()} of 50" in told


def test_the_table_fits_a_narrow_terminal_and_says_what_was_held(scenarios):
    comparison = compared(scenarios, lambda x, *_: 1e6 * x)
    told = page_text(comparison_page(comparison), 80)
    assert max(map(len, told.splitlines())) <= 80
    flat = " ".join(told.split())
    assert "other, less baseline, over 50 worlds sampled from the stated ranges" in flat
    assert "higher in 50 of 50" in flat
    worlds = comparison.worlds
    assert f"Worlds: {len(worlds.sample.inputs)} assumptions vary together inside their stated ranges" in flat
    assert f"{worlds.held.levers} that somebody decides and 1 that the scenarios do not have alike" in flat
    assert "the mean of 4 pairs" in flat
    assert NO_PROBABILITY in flat


def test_every_form_has_the_worlds(scenarios):
    comparison = compared(scenarios, lambda x, *_: x)
    row = comparison.worlds.row("other", Key("delivered"))
    record = comparison_record(comparison)
    assert record["sampled"]["worlds"] == 50
    assert KEY in record["sampled"]["varied"]
    [one] = [each for each in record["worlds"] if each["outcome"] == "delivered"]
    [beside] = [
        each for each in difference_records(comparison) if (each["outcome"], each["year"]) == ("delivered", None)
    ]
    for each in (one, beside):
        assert (each["worlds_low"], each["worlds_median"], each["worlds_high"]) == (row.low, row.median, row.high)
        assert (each["worlds_n"], each["worlds_higher"]) == (50, 50)
    assert "over 50 worlds sampled from the stated ranges" in page_markdown(comparison_page(comparison))
    assert "over 50 worlds sampled" in comparison._repr_html_()


def test_without_worlds_one_line_says_how_to_have_them(scenarios):
    comparison = Comparison(compared(scenarios, lambda x, *_: x).runs)
    told = page_text(comparison_page(comparison))
    assert "--worlds 50 says how far the stated ranges of the assumptions move these differences." in told
    assert not over_worlds(comparison).rows
    assert comparison_record(comparison)["sampled"] is None
    assert not [name for name in difference_records(comparison)[0] if name.startswith("worlds")]


# --- Drawn ---


def ranges(forest):
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    forest.draw(figure)
    return [(ax, line.get_xdata()) for ax in figure.axes for line in ax.lines if line.get_color() == OVER_WORLDS]


def test_the_forest_has_a_range_for_each_outcome_inside_its_axes(scenarios):
    comparison = compared(scenarios, lambda x, *_: x)
    row = comparison.worlds.row("other", Key("delivered"))
    found = ranges(Forest(comparison))
    assert len(found) == 6
    for ax, ends in found[:5]:
        low, high = ax.get_xlim()
        assert low < ends[0] < ends[1] < high
        np.testing.assert_allclose(ends, [row.low, row.high])
    assert "in 90 % of 50 worlds +" in Forest(comparison).describe()
    assert NO_PROBABILITY in Forest(comparison).caption()


def test_what_cannot_be_told_is_not_drawn(scenarios):
    limit = np.sort(drawn_values(planned()))[-9]
    assert len(ranges(Forest(compared(scenarios, missing_below(limit))))) == 5
    assert not ranges(Forest(Comparison(compared(scenarios, lambda x, *_: x).runs)))


def test_worlds_go_with_their_base_only(scenarios):
    comparison = compared(scenarios, lambda x, *_: x)
    assert together([comparison], ["baseline", "other"]).worlds is comparison.worlds
    assert together([comparison], ["other", "baseline"]).worlds is None


# --- Written, read back, made again ---


def small(tiny_comparison) -> Comparison:
    """Three small scenarios, of which two have the effect, in twelve worlds."""

    scenarios = [run.sourced for run in tiny_comparison.runs]
    return Comparison(tiny_comparison.runs, worlds=plan(scenarios, 12, 1, 2).run(formula(missing_below(25.0))))


@pytest.fixture(scope="module")
def original(tiny_comparison):
    return small(tiny_comparison)


@pytest.fixture(scope="module")
def kept(original, tmp_path_factory):
    """Its results folder, without pictures; tests only read it."""
    folder = tmp_path_factory.mktemp("kept") / "worlds"
    publish_results(original, folder, "chipgate compare", 1.0, page_of=report_html, formats=())
    return folder


@pytest.fixture
def folder(kept, tmp_path):
    """A copy of its worlds, to spoil."""
    for name in ("worlds.csv", "worlds.parquet", "manifest.json"):
        shutil.copy(kept / name, tmp_path)
    return tmp_path


@pytest.fixture
def reread(folder, original):
    """Reads those worlds, as they stand there now."""
    about = read_manifest(folder)
    return lambda: read_worlds(folder, about, about.sampled, [run.sourced for run in original.runs])


def test_what_is_read_back_is_what_was_written(kept, original):
    found = read_results(kept).worlds
    assert found.sample == original.worlds.sample
    assert repr(found) == repr(original.worlds)
    assert repr(found.rows) == repr(original.worlds.rows), "nan is like nan"
    days = [world["designs.ascend-910c.available"] for world in found.sample.worlds]
    assert {type(day) for day in days} == {datetime.date}
    assert None in [world["designs.ascend-910c.die_bank"] for world in found.sample.worlds]


def test_the_folder_says_what_was_sampled_and_under_the_label(kept):
    about = read_manifest(kept)
    assert (about.sampled.worlds, about.sampled.replications, about.sampled.vary) == (12, 2, "all")
    rows = list(csv.DictReader((kept / "worlds.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 2 * 6 * 12
    assert {row["label"] for row in rows} == {LABEL}
    with duckdb.connect() as database:
        told = dict(
            database.execute(f"FROM parquet_kv_metadata('{kept / 'worlds.parquet'}') SELECT key, value").fetchall()
        )
    assert told[b"label"] == LABEL.encode()
    assert json.loads(told[b"units"])[KEY] == "weeks"
    page = (kept / "report.html").read_text(encoding="utf-8")
    assert "over 12 worlds sampled from the stated ranges" in page
    assert "worlds.parquet" in page


def test_a_folder_of_an_older_version_is_read_without_worlds(kept, tmp_path):
    folder = Path(shutil.copytree(kept, tmp_path / "older"))
    path = folder / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    del told["sampled"]
    path.write_text(json.dumps(told), encoding="utf-8")
    assert read_results(folder).worlds is None


@pytest.mark.parametrize("name", ["worlds.csv", "worlds.parquet"])
def test_worlds_that_were_changed_afterwards_are_refused(kept, tmp_path, name):
    folder = Path(shutil.copytree(kept, tmp_path / "changed"))
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(ChipgateError, match=f"{name}' was changed"):
        read_results(folder)
    (folder / name).unlink()
    with pytest.raises(ChipgateError, match=f"{name}' is missing"):
        read_results(folder)


def edited(text, change):
    rows = list(csv.DictReader(text.splitlines()))
    rows = change(rows) or rows
    return "\n".join([",".join(rows[0]), *(",".join(f'"{value}"' for value in row.values()) for row in rows)]) + "\n"


def put(number, **more):
    return lambda rows: rows[number].update(more)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (put(0, label="A forecast"), "under the label"),
        (put(3, scenario="tiny"), "row 4 is not about a scenario of this comparison"),
        (put(3, base="other"), "row 4 is not about a scenario of this comparison"),
        (put(3, world="4"), "row 4 is not about world 3 of 12"),
        (put(3, world="-1"), "row 4 is not about world 3 of 12"),
        (put(0, difference="inf"), "cannot be computed with"),
        (put(0, difference="-999"), "world 0 has a difference that its means do not have"),
        (put(0, base_mean="nan"), "cannot be computed with"),
        (put(0, base_mean="1e300"), "cannot be computed with"),
        (put(0, base_mean=""), "could not convert"),
        (put(0, pairs="0"), "cannot be computed with"),
        (put(0, pairs="3"), "3 of 2 pairs"),
        (put(0, replications="4"), "2 of 4 pairs"),
        (lambda rows: rows[:-1], "has 11 worlds, and there are 12"),
        (lambda rows: [*rows, rows[0]], "is not about world 12 of 12"),
        (lambda rows: [{key: value for key, value in row.items() if key != "pairs"} for row in rows], "pairs"),
    ],
)
def test_a_table_of_worlds_that_cannot_be_is_refused(folder, reread, change, told):
    path = folder / "worlds.csv"
    path.write_text(edited(path.read_text(encoding="utf-8"), change), encoding="utf-8")
    with pytest.raises(ChipgateError, match=told):
        reread()


def test_a_table_of_worlds_that_is_cut_is_told_in_words(folder, reread):
    path = folder / "worlds.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rstrip().rindex(",")] + "\n", encoding="utf-8")
    with pytest.raises(ChipgateError, match="a row has more or fewer values than there are columns"):
        reread()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT * FROM worlds LIMIT 11", "it has 11 worlds"),
        (f"SELECT * REPLACE ('inf'::DOUBLE AS \"{KEY}\") FROM worlds", f"{KEY} in world 0 is inf"),
        ("SELECT * REPLACE ('infinity'::DATE AS \"designs.ascend-910c.available\") FROM worlds", "in world 0 is"),
        ('SELECT *, 1 AS "foundry.delays" FROM worlds', "no key 'foundry.delays'"),
        ("SELECT * REPLACE ('A forecast' AS label) FROM worlds", "is not world 0 under the label"),
        ("SELECT * REPLACE (11 - world AS world) FROM worlds", "is not world 0"),
        ("SELECT * EXCLUDE label FROM worlds", "as a table of worlds"),
        ("SELECT world, label FROM worlds", "0 keys"),
    ],
)
def test_worlds_that_cannot_be_are_refused(folder, reread, query, told):
    path = folder / "worlds.parquet"
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE worlds AS FROM '{path}'")
        database.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    with pytest.raises(ChipgateError, match=told):
        reread()


@pytest.mark.parametrize("name", ["worlds.csv", "worlds.parquet"])
@pytest.mark.parametrize("junk", [b"", b"\x00\xff" * 50, b'label,base\n"unfinished'])
def test_what_is_no_table_is_refused(folder, reread, name, junk):
    (folder / name).write_bytes(junk)
    with pytest.raises(ChipgateError, match=name):
        reread()


def test_an_outcome_that_this_version_does_not_know_is_left_out(folder, reread):
    path = folder / "worlds.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",backlog,", ",happiness,"), encoding="utf-8")
    assert {row.key.outcome for row in reread().rows} == set(HEADLINES) - {"backlog"}


def test_a_rerun_makes_the_worlds_again_and_says_where_they_differ(kept, tiny_comparison):
    def again(effect):
        result = reproduce(kept, lambda sourced, *_: tiny_comparison[sourced.scenario.name], formula(effect))
        return {file.name: file.state for file in result.data}

    assert set(again(missing_below(25.0)).values()) == {"same"}
    moved = again(lambda *_: 4.0)
    assert moved["worlds.csv"] == moved["differences.md"] == "differs"
    assert moved["worlds.parquet"] == moved["outcomes.parquet"] == "same"


# --- On the command line, and in Python ---


@pytest.fixture
def other(tiny):
    path = tiny.parent / "faster.yaml"
    path.write_text(f"extends: {tiny.name}\nname: faster\nfoundry: {{growth: 150 %/year}}\n", encoding="utf-8")
    return path


def test_compare_runs_worlds_and_gives_the_same_numbers_in_python(chipgate, tiny, other, here):
    more = ("-n", 3, "--no-pictures", "--workers", 1)
    status, out, err = chipgate("compare", tiny, other, *more, "--worlds", 10, "--per-world", 2, "--json")
    assert status == 0, err
    told = json.loads(out)
    assert told["sampled"]["replications"] == 2
    comparison = sim.compare([tiny, other], replications=3, worlds=10, per_world=2, workers=1, store="none")
    [record] = [each for each in told["worlds"] if each["outcome"] == "delivered"]
    row = comparison.worlds.row("faster", Key("delivered"))
    assert (record["worlds_low"], record["worlds_high"]) == (row.low, row.high)
    assert repr(read_results(here / told["folder"]).worlds) == repr(comparison.worlds)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--worlds", 9), "9"),
        (("--worlds", "many"), "many"),
        (("--per-world", 2), "per-world belongs to worlds; leave it out"),
        (("--low-only",), "low-only belongs to worlds; leave it out"),
    ],
)
def test_compare_refuses_before_it_runs(chipgate, tiny, other, monkeypatch, options, told):
    monkeypatch.setattr("sim.experiment.replication.replicate", None)
    status, _, err = chipgate("compare", tiny, other, *options)
    assert status == 2
    assert told in err


def test_sample_writes_a_row_for_each_world_and_a_column_for_each_key(chipgate, here):
    options = ("baseline", "-n", 20, "--seed", 3, "--levers")
    status, out, _ = chipgate("sample", *options, "--out", "worlds.parquet")
    assert status == 0
    assert "Keep their sum: software.stacks.Neuware, software.stacks.DTK and software.stacks.CANN." in out
    assert chipgate("sample", *options, "--out", "worlds.csv")[0] == 0
    expected = sampled(load("baseline"), 20, 3, levers=True)
    keys = [each.key for each in expected.inputs]
    with duckdb.connect() as database:
        rows = database.execute("FROM 'worlds.parquet' ORDER BY world").fetchall()
        types = {name: kind for name, kind, *_ in database.execute("DESCRIBE FROM 'worlds.parquet'").fetchall()}
    assert list(types) == ["world", *keys, "label"]
    assert [dict(zip(keys, row[1:], strict=False)) for row in rows] == list(expected.worlds)
    assert types["designs.ascend-910c.available"] == "DATE"
    announced = [row[1 + keys.index("policies.memory-control.announced")] for row in rows]
    assert announced.count(None) == 4, "one world in five is without it"
    table = list(csv.DictReader((here / "worlds.csv").read_text(encoding="utf-8").splitlines()))
    assert [each["policies.memory-control.announced"] for each in table] == [str(day or "") for day in announced]
    assert [float(each[KEY]) for each in table] == [world[KEY] for world in expected.worlds]
    np.testing.assert_array_equal(
        sim.sample(worlds=20, seed=3, levers=True)[KEY], [world[KEY] for world in expected.worlds]
    )


def test_sample_counts_every_number_of_the_scenario_once(chipgate):
    status, out, _ = chipgate("sample", "baseline", "-n", 5, "--json")
    assert status == 0
    groups = {each["what"]: each["keys"] for each in json.loads(out)["values"]}
    keys = [key for group in groups.values() for key in group]
    numbers = {
        key
        for key, each in load("baseline").parameters.items()
        if each.source.kind != "text" and not key.startswith("worlds.")
    }
    assert len(keys) == len(set(keys))
    assert set(keys) == numbers
    assert groups["levers: somebody decides them"] == [each.key for each in inputs_of(load("baseline")) if each.lever]
    assert "window.start" in groups["the frame of the experiment, or held by the file"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--out", "worlds.xlsx"), "must end in .parquet or .csv"),
        (("--out", "taken.csv"), "exists already"),
        (("--out", "nowhere/worlds.csv"), "no folder"),
        (("--overwrite",), "--out"),
        (("-n", 0), "0"),
    ],
)
def test_sample_refuses(chipgate, here, options, told):
    (here / "taken.csv").write_text("mine", encoding="utf-8")
    status, out, err = chipgate("sample", "baseline", *options)
    assert (status, out) == (2, "")
    assert told in err
    assert (here / "taken.csv").read_text(encoding="utf-8") == "mine"
    assert chipgate("sample", "baseline", "-n", 2, "--out", "taken.csv", "--overwrite")[0] == 0
