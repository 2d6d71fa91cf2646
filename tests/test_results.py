"""The results folder: whole or not at all, never over something else, and every number in it agrees with the others."""

import csv
import dataclasses
import errno
import hashlib
import importlib.metadata
import json
import math
import multiprocessing
import os
import platform
import re
import signal
from contextlib import nullcontext
from pathlib import Path

import duckdb
import numpy as np
import pytest
import yaml

import sim
import sim.folder.drawing
from sim.base.atomic import NewFolder
from sim.base.errors import ChipgateError, ChipgateWarning
from sim.base.label import LABEL
from sim.exhibits.records import csv_text
from sim.experiment.run import run_scenario
from sim.folder.drawing import pictures_of
from sim.folder.manifest import Manifest, read_manifest
from sim.folder.parquet import write_parquet
from sim.folder.read import read_results
from sim.folder.write import (
    code_fingerprint,
    comparison_name,
    free_folder,
    publish,
    publish_results,
    refuse_existing,
)
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.keys import Key, Quarter
from sim.pictures.choice import kinds_of
from sim.report.page import report_html
from sim.scenario.load import load
from sim.scenario.show import scenario_hash
from sim.studies.summary import summary_records

pytestmark = pytest.mark.usefixtures("here")

DATA = ["outcomes.parquet", "series.parquet", "summary.csv"]


def read(path: Path, what: str = "*", **more) -> list[tuple]:
    """Rows of a query on a file, named `file`."""
    with duckdb.connect() as database:
        database.execute(f"CREATE VIEW file AS FROM read_parquet('{path}')")
        return database.execute(f"SELECT {what} FROM file {more.get('rest', '')}").fetchall()


def sums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


ABOUT = Manifest(
    kind="run",
    scenarios={"tiny": "0" * 64},
    seed=1,
    replications=1,
    command="chipgate run any",
    seconds=0.0,
    versions={},
    interpreter="",
    platform="",
)
OURS = dataclasses.replace(ABOUT, files={"a.txt": ""})


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture
def no_pictures(monkeypatch):
    """They take most of the time of a folder, and say nothing about its data."""
    monkeypatch.setattr("sim.folder.write.pictures_of", lambda *_: nullcontext({}))


# --- What is in it ---


def test_the_folder_holds_the_data_the_scenario_the_pictures_twice_the_report_and_the_manifest(published):
    pictures = [f"{kind}.{form}" for kind in kinds_of("run") for form in ("svg", "png")]
    assert pictures
    assert {path.name for path in published.iterdir()} == {
        *DATA,
        "scenario.yaml",
        "manifest.json",
        "report.html",
        *pictures,
    }


def test_the_manifest_says_what_was_run_with_what(published, tiny_run):
    told = manifest(published)
    assert told["label"] == LABEL
    assert told["kind"] == "run"
    assert told["scenarios"] == {"tiny": scenario_hash(tiny_run.scenario)}
    assert (told["seed"], told["replications"], told["seconds"]) == (1, 23, 1.25)
    assert told["command"] == "chipgate run tiny.yaml -n 23"
    assert told["versions"]["chipgate"] == sim.__version__
    for library in ("simpy", "numpy", "duckdb", "matplotlib"):
        assert told["versions"][library] == importlib.metadata.version(library)
    assert told["interpreter"] == f"{platform.python_implementation()} {platform.python_version()}"


def test_the_manifests_sums_are_those_of_every_other_file(published):
    expected = sums(published)
    del expected["manifest.json"]
    assert manifest(published)["files"] == expected


def test_outcomes_are_a_tidy_table_for_duckdb(published):
    with duckdb.connect() as database:
        columns = database.execute(f"DESCRIBE FROM '{published / 'outcomes.parquet'}'").fetchall()
    assert [(name, kind) for name, kind, *_ in columns] == [
        ("scenario", "VARCHAR"),
        ("replication", "INTEGER"),
        ("outcome", "VARCHAR"),
        ("item", "VARCHAR"),
        ("unit", "VARCHAR"),
        ("year", "INTEGER"),
        ("quarter", "INTEGER"),
        ("value", "DOUBLE"),
        ("label", "VARCHAR"),
    ]


def test_series_are_a_tidy_table_for_duckdb(published):
    with duckdb.connect() as database:
        columns = database.execute(f"DESCRIBE FROM '{published / 'series.parquet'}'").fetchall()
    assert [(name, kind) for name, kind, *_ in columns] == [
        ("scenario", "VARCHAR"),
        ("replication", "INTEGER"),
        ("series", "VARCHAR"),
        ("item", "VARCHAR"),
        ("unit", "VARCHAR"),
        ("week", "DOUBLE"),
        ("date", "DATE"),
        ("value", "DOUBLE"),
    ]
    start = read(published / "series.parquet", "min(date)::VARCHAR, max(date)::VARCHAR")
    assert start == [("2023-01-01", "2024-03-24")]


def test_outcomes_hold_every_value_of_the_run_and_nothing_where_there_is_none(published, tiny_run):
    rows = read(published / "outcomes.parquet", "outcome, item, year, quarter, replication, value, unit, scenario")
    assert len(rows) == len(tiny_run.outcomes) * len(tiny_run)
    absent = 0
    for name, item, year, quarter, replication, value, unit, scenario in rows:
        expected = tiny_run[Key(name, item, Quarter(year, quarter) if quarter else year)][replication]
        absent += value is None
        assert (value is None and math.isnan(expected)) or value == expected
        assert (unit, scenario) == (OUTCOMES[name].unit, "tiny")
    assert absent, "in a world of fifteen months some outcome does not exist"
    assert {year for _, _, year, *_ in rows} == {None, 2023, 2024}


def test_series_hold_every_point_of_the_run(published, tiny_run):
    for (name, item), values in tiny_run.series.items():
        rest = f"WHERE series = '{name}' AND item = '{item}' ORDER BY replication, week"
        found = read(published / "series.parquet", "value", rest=rest)
        assert [value for (value,) in found] == values.ravel().tolist()


def test_the_summarys_first_line_is_its_header_and_its_numbers_are_those_of_the_outcomes(published):
    text = (published / "summary.csv").read_text(encoding="utf-8")
    first, *_ = text.splitlines()
    assert first == (
        "label,scenario,outcome,item,unit,year,mean,ci95_low,ci95_high,run_p10,run_p10_ci95_low,run_p10_ci95_high,"
        "run_median,run_p90,run_p90_ci95_low,run_p90_ci95_high,n,replications"
    )
    rows = list(csv.DictReader(text.splitlines()))
    student = 2.0738730679040147  # t of 22 degrees of freedom, from a table
    whole = 0
    for row in rows:
        where = f"WHERE outcome = '{row['outcome']}' AND item = '{row['item']}' AND quarter IS NULL"
        where += f" AND year IS NOT DISTINCT FROM {row['year'] or 'NULL'}"
        values = np.array([value for (value,) in read(published / "outcomes.parquet", "value", rest=where)], float)
        there = values[~np.isnan(values)]
        assert (int(row["replications"]), int(row["n"])) == (len(values), len(there))
        if len(there) == 0:
            assert not any(row[name] for name in ("mean", "ci95_low", "ci95_high", "run_p10", "run_median", "run_p90"))
        elif len(there) == len(values):
            whole += 1
            half = student * there.std(ddof=1) / math.sqrt(len(there))
            told = [float(row[name]) for name in ("mean", "ci95_low", "ci95_high", "run_p10", "run_median", "run_p90")]
            expected = [there.mean(), there.mean() - half, there.mean() + half, *np.quantile(there, [0.1, 0.5, 0.9])]
            assert told == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert whole > 20
    assert len({(row["outcome"], row["item"], row["year"]) for row in rows}) == len(rows)


@pytest.mark.usefixtures("no_pictures")
def test_the_scenario_beside_the_data_runs_again_to_the_same_bytes(published, tmp_path):
    again = run_scenario(load(published / "scenario.yaml"), 23, seed=1, workers=1)
    publish_results(again, tmp_path / "again", "", 0, page_of=report_html)
    for name in DATA:
        assert (tmp_path / "again" / name).read_bytes() == (published / name).read_bytes(), name
    assert manifest(tmp_path / "again")["scenarios"] == manifest(published)["scenarios"]


def test_the_scenario_beside_the_data_holds_every_value_with_its_source_and_extends_nothing(published):
    text = (published / "scenario.yaml").read_text(encoding="utf-8")
    read_back = yaml.safe_load(text)
    assert "extends" not in read_back
    assert set(read_back["foundry"]["cycle_time"]) == {"assumption", "range", "confidence", "reason"}
    mine, theirs = load(published / "scenario.yaml"), load("baseline")
    assert mine.parameters["foundry.growth"].source.reason == theirs.parameters["foundry.growth"].source.reason


def test_data_files_have_the_same_bytes_whatever_the_number_of_workers(tiny, published, tmp_path):
    publish_results(run_scenario(load(tiny), 23, seed=1, workers=3), tmp_path / "three", "", 0, page_of=report_html)
    three, one = sums(tmp_path / "three"), sums(published)
    for name in ("manifest.json", "report.html"):  # these tell the command and the duration
        del three[name], one[name]
    assert three == one


# --- A comparison's ---


def test_a_comparisons_folder_holds_all_its_runs_in_one_table_each_and_a_file_for_every_scenario(compared):
    scenarios = ["scenario-tiny.yaml", "scenario-slow-growth.yaml", "scenario-slow-growth-2.yaml"]
    differences = ["differences.csv", "differences.json", "differences.md"]
    pictures = [f"{kind}.{form}" for kind in kinds_of("comparison") for form in ("svg", "png")]
    assert pictures
    names = [*scenarios, *DATA, *differences, *pictures, "report.html"]
    assert list(manifest(compared)["files"]) == names
    assert {path.name for path in compared.iterdir()} == {*names, "manifest.json"}


def test_a_comparisons_manifest_names_the_base_first(compared, tiny_comparison):
    told = manifest(compared)
    assert told["kind"] == "comparison"
    assert list(told["scenarios"]) == ["tiny", "Slow growth", "slow-growth"]
    assert list(told["scenarios"].values()) == [scenario_hash(run.scenario) for run in tiny_comparison.runs]
    assert (told["seed"], told["replications"], told["precision"]) == (1, 11, None)
    expected = sums(compared)
    del expected["manifest.json"]
    assert told["files"] == expected


@pytest.mark.parametrize("name", ["outcomes.parquet", "series.parquet"])
def test_a_comparisons_table_is_its_runs_tables_one_below_the_other(name, compared, tiny_comparison, tmp_path):
    rows = []
    for number, run in enumerate(tiny_comparison.runs):
        write_parquet(tmp_path / f"{number}.parquet", [run.table() if name.startswith("out") else run.series_table()])
        rows += read(tmp_path / f"{number}.parquet")
    assert read(compared / name) == rows
    assert {row[0] for row in rows} == {"tiny", "Slow growth", "slow-growth"}


def test_a_comparisons_summary_has_one_header_and_every_scenario(compared, tiny_comparison):
    rows = list(csv.reader((compared / "summary.csv").read_text(encoding="utf-8").splitlines()))
    each = [list(csv.reader(csv_text(summary_records(run)).splitlines())) for run in tiny_comparison.runs]
    assert rows == [each[0][0], *(row for table in each for row in table[1:])]


def test_a_comparisons_default_name_tells_its_scenarios_or_how_many_they_are():
    assert comparison_name(["baseline", "h20-stays"]) == "baseline-vs-h20-stays"
    assert comparison_name(["baseline", "a", "b"]) == "baseline-vs-a-b"
    assert comparison_name(["baseline", *("scenario" * 2 for _ in range(4))]) == "baseline-vs-4-others"


@pytest.mark.usefixtures("no_pictures")
def test_the_report_is_given_the_sums_of_all_other_files_and_is_in_the_manifest_itself(tiny_run):
    seen = []
    page = publish_results(
        tiny_run, Path("new"), "", 0, page_of=lambda _, about, __: seen.append(about.files) or "<p>page</p>"
    ).manifest
    assert list(seen[0]) == ["scenario.yaml", *DATA]
    assert page.files == {**seen[0], "report.html": hashlib.sha256(b"<p>page</p>").hexdigest()}
    assert Path("new/report.html").read_text() == "<p>page</p>"
    assert read_manifest(Path("new")) == page


def test_the_programs_own_fingerprint_changes_with_its_code_and_its_figures_only(tmp_path, monkeypatch):
    assert re.fullmatch("[0-9a-f]{64}", code_fingerprint())
    package, shipped = tmp_path / "package", tmp_path / "shipped"
    (package / "model").mkdir(parents=True)
    shipped.mkdir()
    monkeypatch.setattr("sim.folder.write.PACKAGE", package)
    monkeypatch.setattr("sim.folder.write.scenario_folder", lambda: shipped)
    seen = []
    for path, text in [
        (shipped / "figures.yaml", "one"),
        (package / "model" / "world.py", "1"),
        (package / "model" / "world.py", "2"),
        (package / "world.py", "2"),
        (shipped / "figures.yaml", "two"),
    ]:
        path.write_text(text)
        seen.append(code_fingerprint.__wrapped__())
    assert len(set(seen)) == len(seen)
    (package / "notes.txt").write_text("no code")
    assert code_fingerprint.__wrapped__() == seen[-1]


@pytest.mark.usefixtures("no_pictures")
def test_a_folder_may_have_a_quote_and_letters_of_any_script_in_its_name(tiny_run, tmp_path):
    folder = tmp_path / "it's 昇腾"
    publish_results(tiny_run, folder, "", 0, page_of=report_html)
    assert read(Path(str(folder / "outcomes.parquet").replace("'", "''")), "count(*)")[0][0] > 0


# --- Whole or not at all ---


@pytest.fixture
def files():
    return {"a.txt": lambda path: path.write_text("a"), "b.txt": lambda path: path.write_text("b")}


def refuse(error):
    def write(path):
        path.write_text("half of it")
        raise error

    return write


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_name_that_another_program_takes_meanwhile_is_counted_on(files):
    def rival(path):
        path.write_text("c")
        other = Path("results") / ("two" if not Path("results/two").exists() else "two-2")
        other.mkdir()
        (other / "theirs.txt").write_text("theirs")

    files["c.txt"] = rival
    assert publish("one", {"a.txt": files["a.txt"]}, ABOUT).folder == Path("results/one")
    done = publish("two", files, ABOUT)
    assert done.folder == Path("results/two-2")
    assert sorted(os.listdir("results")) == ["one", "two", "two-2"]
    assert os.listdir("results/two") == ["theirs.txt"]
    assert read_manifest(done.folder) == done.manifest


def test_a_folder_appears_with_all_its_files_at_once(files):
    seen = []
    files["c.txt"] = lambda path: (seen.append(Path("new").exists()), path.write_text("c"))
    told = publish(Path("new"), files, ABOUT).manifest
    assert seen == [False]
    assert os.listdir() == ["new"]
    assert sorted(os.listdir("new")) == ["a.txt", "b.txt", "c.txt", "manifest.json"]
    assert read_manifest(Path("new")) == told
    assert told == dataclasses.replace(ABOUT, files={n: s for n, s in sums(Path("new")).items() if n in files})


@pytest.mark.parametrize("error", [KeyboardInterrupt(), FULL, ValueError("a bug")], ids=["ctrl-c", "full", "bug"])
@pytest.mark.parametrize("before", [False, True], ids=["new", "replacing"])
def test_what_fails_half_way_leaves_everything_as_it_was(files, error, before):
    if before:
        publish(Path("out"), {"old.txt": lambda path: path.write_text("old")}, ABOUT)
    files["b.txt"] = refuse(error)
    expected = ChipgateError if error is FULL else type(error)
    with pytest.raises(expected) as caught:
        publish(Path("out"), files, ABOUT, overwrite=before)
    if error is FULL:
        kept = "what was there stays as it was" if before else "nothing was kept"
        assert str(caught.value) == f"cannot write 'out': No space left on device; {kept}"
    assert os.listdir() == (["out"] if before else [])
    if before:
        assert sorted(os.listdir("out")) == ["manifest.json", "old.txt"]
        assert Path("out/old.txt").read_text() == "old"


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("name", DATA)
def test_a_data_file_that_cannot_be_written_is_told_in_words_and_nothing_stays(name, tiny_run, monkeypatch):
    """As on a full disk: the file's place is taken by a folder, so that the writer itself fails."""
    file = NewFolder.file

    def occupied(new, wanted):
        path = file(new, wanted)
        if wanted == name:
            path.mkdir(exist_ok=True)
        return path

    monkeypatch.setattr(NewFolder, "file", occupied)
    with pytest.raises(ChipgateError, match=r"^cannot write 'out': .+; nothing was kept$") as caught:
        publish_results(tiny_run, Path("out"), "", 0, page_of=report_html)
    assert "\n" not in str(caught.value)
    assert os.listdir() == []


def found(pattern: str) -> set[str]:
    """What DuckDB and pathlib find, both of which look into hidden folders."""
    with duckdb.connect() as database:
        files = database.execute(f"SELECT file FROM glob('{pattern}')").fetchall()
    return {file for (file,) in files} | {str(path) for path in Path().glob(pattern)}


@pytest.mark.parametrize("before", [False, True], ids=["new", "replacing"])
@pytest.mark.parametrize("pattern", ["results/*/outcomes.parquet", "results/**/*outcomes.parquet"])
def test_nobodys_pattern_finds_unfinished_work(before, pattern):
    place, seen = Path("results/one"), []

    def table(path):
        duckdb.sql(f"COPY (SELECT 1) TO '{path}' (FORMAT parquet)")

    files = {"outcomes.parquet": table, "summary.csv": lambda path: (seen.append(found(pattern)), path.touch())}
    if before:
        publish(place, {"outcomes.parquet": table}, ABOUT)
    publish(place, files, ABOUT, overwrite=before)
    there = {"results/one/outcomes.parquet"}
    assert seen == [there if before else set()]
    assert found(pattern) == there


# --- Data are safe before pictures begin ---


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("error", [KeyboardInterrupt(), FULL, ValueError("a bug")], ids=["ctrl-c", "full", "bug"])
@pytest.mark.parametrize("before", [False, True], ids=["new", "replacing"])
def test_whatever_becomes_of_report_and_pictures_the_data_are_kept_and_it_is_told(error, before, tiny_run):
    if before:
        publish(Path("out"), {"old.txt": lambda path: path.write_text("old")}, ABOUT)
    seen = []

    def fails(*_):
        seen.append(read_results(Path("out")).numbers)
        raise error

    with (
        pytest.warns(ChipgateWarning, match=r"^'out' holds all data, but no report and no pictures: .+--out out "),
        pytest.raises(ChipgateError if error is FULL else type(error)),
    ):
        publish_results(tiny_run, Path("out"), "", 0, before, page_of=fails)
    assert os.listdir() == ["out"]
    assert sorted(os.listdir("out")) == sorted([*DATA, "scenario.yaml", "manifest.json"])
    assert seen == [read_results(Path("out")).numbers] == [tiny_run.numbers]


@pytest.mark.usefixtures("no_pictures")
def test_of_two_that_replace_a_folder_at_once_the_last_leaves_a_whole_one(tiny_run):
    def meanwhile(*_):
        publish(Path("out"), dict.fromkeys(DATA, lambda path: path.write_text("theirs")), ABOUT, overwrite=True)
        return ""

    publish_results(tiny_run, Path("out"), "", 0, page_of=meanwhile)
    assert manifest(Path("out"))["files"] == {n: s for n, s in sums(Path("out")).items() if n != "manifest.json"}
    assert read_results(Path("out")).numbers == tiny_run.numbers


@pytest.mark.usefixtures("no_pictures")
def test_where_files_take_no_second_name_the_data_are_written_again(tiny_run, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    publish_results(tiny_run, Path("out"), "", 0, page_of=lambda *_: "")
    assert manifest(Path("out"))["files"] == {n: s for n, s in sums(Path("out")).items() if n != "manifest.json"}


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.filterwarnings("ignore::sim.base.errors.ChipgateWarning")
def test_what_somebody_puts_into_the_folder_meanwhile_stays(tiny_run):
    with pytest.raises(ChipgateError, match=r"holds what is not part of a run \(notes.txt\)"):
        publish_results(tiny_run, Path("out"), "", 0, page_of=lambda *_: str(Path("out/notes.txt").write_text("mine")))
    assert Path("out/notes.txt").read_text() == "mine"


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="it is the call that is refused here")
@pytest.mark.parametrize("given", [0, 1])
def test_where_the_system_gives_no_more_processes_this_one_draws(given, tiny_run, monkeypatch):
    fork, calls = os.fork, []

    def refused():
        calls.append(1)
        if len(calls) > given:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return fork()

    monkeypatch.setattr("sim.pictures.choice.kinds_of", lambda _: ["backlog", "fan"])
    monkeypatch.setattr("sim.folder.drawing._in_forms", lambda *_: {"svg": b"drawn"})
    monkeypatch.setattr(os, "fork", refused)
    with pictures_of(tiny_run, ["svg"], workers=2) as pictures:
        assert [draw() for draw in pictures.values()] == [b"drawn"] * 2


# --- Never over something else ---


def test_a_folder_that_appears_meanwhile_is_left_alone(files):
    def meanwhile(path):
        path.write_text("b")
        Path("out").mkdir()
        Path("out/theirs.txt").write_text("theirs")

    files["b.txt"] = meanwhile
    with pytest.raises(ChipgateError, match=r"cannot write 'out': .*; nothing was kept"):
        publish(Path("out"), files, ABOUT)
    assert os.listdir() == ["out"]
    assert os.listdir("out") == ["theirs.txt"]


def test_an_existing_folder_is_refused_unless_it_is_to_be_replaced_and_then_replaced_whole(files):
    out = Path("out")
    publish(out, {"old.txt": lambda path: path.write_text("old")}, ABOUT)
    with pytest.raises(ChipgateError, match="'out' exists already; name another folder, or add --overwrite"):
        publish(out, files, ABOUT)
    assert sorted(os.listdir(out)) == ["manifest.json", "old.txt"]
    publish(out, files, ABOUT, overwrite=True)
    assert sorted(os.listdir(out)) == ["a.txt", "b.txt", "manifest.json"]
    assert os.listdir() == ["out"]


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ({"notes.txt": "mine"}, "notes.txt"),
        ({"manifest.json": '{"label": "mine", "files": ["work.py"]}', "work.py": ""}, "manifest.json, work.py"),
        ({"manifest.json": '{"name": "another program"}'}, "manifest.json"),
        ({"manifest.json": OURS.to_json(), "a.txt": "", "b.txt": ""}, "b.txt"),
        ({"manifest.json": "no json"}, "manifest.json"),
        ({"manifest.json": "[]"}, "manifest.json"),
        ({f"{letter}.txt": "" for letter in "abcd"}, "a.txt, b.txt, c.txt, ..."),
    ],
    ids=["no manifest", "another's manifest", "no label", "one file too many", "no json", "a list", "many"],
)
def test_a_folder_with_anything_else_in_it_is_never_replaced(files, held, told):
    Path("out").mkdir()
    for name, text in held.items():
        Path("out", name).write_text(text)
    with pytest.raises(
        ChipgateError, match=re.escape(f"'out' holds what is not part of a run ({told}); it is not rep")
    ):
        publish(Path("out"), files, ABOUT, overwrite=True)
    assert {name: Path("out", name).read_text() for name in os.listdir("out")} == held
    assert os.listdir() == ["out"]


@pytest.mark.parametrize("name", [".env", ".git/config", ".ipynb_checkpoints/a.ipynb", "a.txt/b.txt"])
@pytest.mark.parametrize("ours", [True, False], ids=["a run's folder", "only hidden things"])
def test_hidden_files_and_folders_are_somebodys_work(name, ours, files):
    if ours:
        publish(Path("out"), {"b.txt": files["b.txt"]}, dataclasses.replace(ABOUT, files={"a.txt": ""}))
    mine = Path("out", name)
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine")
    with pytest.raises(ChipgateError, match=re.escape(f"({name.partition('/')[0]}); it is not replaced")):
        refuse_existing(Path("out"), overwrite=True)
    with pytest.raises(ChipgateError):
        publish(Path("out"), files, ABOUT, overwrite=True)
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("name", [".DS_Store", "._a.txt", "Thumbs.db", "desktop.ini", ".directory"])
def test_what_a_desktop_leaves_by_itself_does_not_hinder_a_replacement(name, files):
    publish(Path("out"), files, ABOUT)
    Path("out", name).write_text("")
    publish(Path("out"), files, ABOUT, overwrite=True)
    assert sorted(os.listdir("out")) == ["a.txt", "b.txt", "manifest.json"]


def test_an_empty_folder_may_be_replaced_if_asked(files):
    Path("out").mkdir()
    publish(Path("out"), files, ABOUT, overwrite=True)
    assert sorted(os.listdir("out")) == ["a.txt", "b.txt", "manifest.json"]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("/", "'/' is the top of all folders; name a folder in it"),
        ("/..", "'/..' is the top of all folders; name a folder in it"),
        ("file", "'file' is a file; name a folder that does not exist yet"),
        ("file/out", "' is a file, so there can be no folder 'file/out' in it"),
        ("file/a/b/out", "' is a file, so there can be no folder 'file/a/b/out' in it"),
        ("x" * 300, "File name too long; name another folder"),
        ("bad\udcff", "name another folder"),
    ],
    ids=["top", "above the top", "file", "below a file", "far below a file", "too long", "no text"],
)
def test_a_place_where_no_folder_can_be_is_refused_before_any_work(folder, told, overwrite):
    Path("file").write_text("mine")
    with pytest.raises(ChipgateError, match=re.escape(told) + "$") as caught:
        refuse_existing(Path(folder), overwrite)
    str(caught.value).encode()
    assert os.listdir() == ["file"]
    assert Path("file").read_text() == "mine"


@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_no_command_writes_to_the_top_of_all_folders(more, chipgate, tiny, monkeypatch):
    monkeypatch.setattr("sim.cli.running.run_told", lambda *_: pytest.fail("it ran"))
    told = (2, "", "'/' is the top of all folders; name a folder in it\n")
    assert chipgate("run", tiny, "--out", "/", *more) == told
    monkeypatch.chdir("/")
    with pytest.raises(ChipgateError, match=r"^'\.' is the top of all folders"):
        refuse_existing(Path(), bool(more))


def test_the_folder_in_which_a_shell_stands_is_not_taken_from_under_it(here):
    with pytest.raises(ChipgateError, match=r"^'\.' is the folder that you are in, and cannot be replaced"):
        refuse_existing(Path(), overwrite=True)
    assert here.exists()


def test_a_place_where_one_may_not_write_is_refused_before_any_work(monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ChipgateError, match=r"you may not write in '.*'; name another folder"):
        refuse_existing(Path("deep/out"), overwrite=False)
    monkeypatch.undo()
    refuse_existing(Path("deep/out"), overwrite=False)


def test_folders_above_are_made_and_a_link_stays_a_link(files):
    publish(Path("deep/down/out"), files, ABOUT)
    Path("link").symlink_to("deep/down/out")
    files["c.txt"] = lambda path: path.write_text("c")
    publish(Path("link"), files, ABOUT, overwrite=True)
    assert Path("link").is_symlink()
    assert Path("deep/down/out/c.txt").is_file()
    assert sorted(os.listdir("deep/down")) == ["out"]
    assert sorted(os.listdir()) == ["deep", "link"]


def test_a_run_without_a_folders_name_gets_the_next_number():
    for expected in ("results/tiny", "results/tiny-2", "results/tiny-3"):
        folder = free_folder("tiny")
        assert folder == Path(expected)
        folder.mkdir(parents=True)
    assert free_folder("other") == Path("results/other")


def test_parquet_of_nothing_but_missing_values_still_says_what_it_is(tmp_path):
    table = {"year": np.array([np.nan, np.nan]), "value": np.array([np.nan, np.nan])}
    write_parquet(tmp_path / "empty.parquet", [table])
    assert read(tmp_path / "empty.parquet") == [(None, None), (None, None)]


def test_the_pictures_of_a_killed_worker_are_drawn_all_the_same(tiny_run, monkeypatch):
    here, draw = os.getpid(), sim.folder.drawing._in_forms

    def draw_or_die(*which):
        return draw(*which) if os.getpid() == here else os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr("sim.folder.drawing._in_forms", draw_or_die)
    with sim.folder.drawing.pictures_of(tiny_run, ["svg"], 2) as drawn:
        assert drawn["backlog.svg"]() == draw(tiny_run, "backlog", ["svg"])["svg"]
