"""A results folder read back: what comes back is what was written, or it is said why not."""

import json
import re
import shutil
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from sim import __version__
from sim.base.errors import ChipgateError, ChipgateWarning
from sim.experiment.comparison import Comparison
from sim.experiment.run import Run, run_scenario
from sim.experiment.sequential import compare_to_precision
from sim.folder.manifest import Precision, fingerprint, read_manifest
from sim.folder.read import read_results
from sim.folder.write import publish_results
from sim.outcomes.keys import Key, Quarter
from sim.pictures.choice import kinds_of, picture_of
from sim.pictures.slide import render
from sim.report.page import report_html
from sim.scenario.load import load


@pytest.fixture(scope="module")
def stored(published: Path) -> Run:
    found = read_results(published)
    assert isinstance(found, Run)
    return found


@pytest.fixture(scope="module")
def stored_comparison(compared: Path) -> Comparison:
    found = read_results(compared)
    assert isinstance(found, Comparison)
    return found


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(published, tmp_path / "tiny"))


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.folder.write.pictures_of", lambda *_: nullcontext({}))


def equal(one: Run, two: Run) -> None:
    assert (one.seed, one.numbers, one.scenario) == (two.seed, two.numbers, two.scenario)
    for mine, theirs in ((one.outcomes, two.outcomes), (one.series, two.series)):
        assert list(mine) == list(theirs)
        for key, values in mine.items():
            assert values.dtype == theirs[key].dtype == np.float64, key
            np.testing.assert_array_equal(values, theirs[key], err_msg=str(key))


def renew(folder: Path, name: str, **more: object) -> None:
    """Let the manifest say that a file is as it stands there now."""
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    told["files"][name] = fingerprint(folder / name)
    (folder / "manifest.json").write_text(json.dumps({**told, **more}), encoding="utf-8")


def rewrite(folder: Path, name: str, query: str) -> None:
    """Write a table anew, as another version might have, with its fingerprint."""
    with duckdb.connect() as database:
        for table in ("outcomes", "series"):
            database.execute(f"CREATE TABLE {table} AS FROM read_parquet('{folder / table}.parquet')")
        database.execute(f"CREATE VIEW file AS FROM {name.removesuffix('.parquet')}")
        database.execute(f"COPY ({query}) TO '{folder / name}' (FORMAT parquet)")
    renew(folder, name)


# --- What comes back ---


def test_a_run_comes_back_equal_to_the_one_that_was_written(stored, tiny_run):
    equal(stored, tiny_run)
    assert stored.summary().keys() == tiny_run.summary().keys()
    assert any(isinstance(key.period, Quarter) for key in stored.outcomes), "values by quarter are among them"
    assert any(np.isnan(values).any() for values in stored.outcomes.values()), "what does not exist does not come back"


def test_a_comparison_comes_back_with_its_runs_in_order(stored_comparison, tiny_comparison):
    assert stored_comparison.names == tiny_comparison.names == ["tiny", "Slow growth", "slow-growth"]
    for one, two in zip(stored_comparison.runs, tiny_comparison.runs, strict=True):
        equal(one, two)
    assert stored_comparison.precision is None


@pytest.mark.usefixtures("no_pictures")
def test_a_comparison_of_many_replications_comes_back_too(tiny_comparison, tmp_path):
    """So many rows that DuckDB writes a piece of each scenario by turns."""
    times = 26
    many = [
        Run.of(
            run.sourced,
            run.seed,
            range(times * len(run)),
            {key: np.tile(values, times) for key, values in run.outcomes.items()},
            {key: np.tile(values, (times, 1)) for key, values in run.series.items()},
        )
        for run in tiny_comparison.runs
    ]
    publish_results(Comparison(many), tmp_path / "out", "", 0, page_of=report_html)
    with duckdb.connect() as database:
        rows = database.execute(f"SELECT count(*) FROM '{tmp_path}/out/series.parquet'").fetchall()[0][0]
    assert rows > 3 * 122_880, "more than a row group of each scenario"
    again = read_results(tmp_path / "out")
    for one, two in zip(again.runs, many, strict=True):
        equal(one, two)


@pytest.mark.usefixtures("no_pictures")
def test_what_it_was_told_to_be_known_to_comes_back_too(tiny, tmp_path):
    scenarios = [load(tiny), load(tiny, {"name": "other", "foundry.growth": "20 %/year"})]
    for cap, wanted in ((40, 0.5), (21, 1e-6)):
        comparison = compare_to_precision(scenarios, wanted, ["demand", "delivered"], workers=1, cap=cap)
        about = publish_results(comparison, tmp_path / f"{cap}", "", 0, page_of=report_html).manifest
        assert about.precision == Precision(wanted=wanted, outcomes=["demand", "delivered"], cap=cap)
        assert comparison.precision.outcomes == (Key("demand"), Key("delivered"))
        again = read_results(tmp_path / f"{cap}")
        assert again.precision == comparison.precision
        assert (again.precision.needed is None) == (cap == 21)


@pytest.mark.parametrize("kind", kinds_of("run"))
def test_a_picture_drawn_from_a_runs_folder_has_the_bytes_of_the_one_in_it(kind, stored, published):
    assert render(picture_of(kind, stored), "svg") == (published / f"{kind}.svg").read_bytes()


@pytest.mark.parametrize("kind", kinds_of("comparison"))
def test_a_picture_drawn_from_a_comparisons_folder_has_the_bytes_of_the_one_in_it(kind, stored_comparison, compared):
    assert render(picture_of(kind, stored_comparison), "svg") == (compared / f"{kind}.svg").read_bytes()


@pytest.mark.usefixtures("no_pictures")
def test_what_was_set_beside_a_file_comes_back_too(tiny, tmp_path):
    run = run_scenario(load(tiny, {"name": "set", "foundry.growth": "20 %/year", "grey": "off"}), 2, workers=1)
    assert run.sourced.settings == ("foundry.growth=20 %/year", "grey=off"), "a name changes no number"
    publish_results(run, tmp_path / "out", "chipgate run", 1, page_of=report_html)
    assert read_manifest(tmp_path / "out").settings == {"set": ["foundry.growth=20 %/year", "grey=off"]}
    assert read_results(tmp_path / "out").sourced.settings == run.sourced.settings


def test_a_name_with_blanks_and_one_replication_come_back(tiny, tmp_path):
    run = run_scenario(load(tiny, {"name": "My own 昇腾 world", "grey": "off"}), 1, seed=7, workers=1)
    publish_results(run, tmp_path / "one", "", 0, page_of=report_html)
    equal(read_results(tmp_path / "one"), run)


@pytest.mark.usefixtures("no_pictures")
def test_a_window_that_starts_inside_a_quarter_keeps_its_quarters(tiny, tmp_path):
    run = run_scenario(load(tiny, {"window.start": "2023-02-15"}), 2, workers=1)
    publish_results(run, tmp_path / "late", "", 0, page_of=report_html)
    equal(read_results(tmp_path / "late"), run)
    assert run.scenario.window.start == date(2023, 2, 15)


# --- What was changed, or is not there ---


@pytest.mark.parametrize("name", ["scenario.yaml", "outcomes.parquet", "series.parquet"])
def test_a_file_that_was_changed_or_taken_away_is_told_by_name(name, folder):
    path = folder / name
    path.write_bytes(path.read_bytes() + b"\n")
    told = rf"{name}' was changed after it was written: its sha256 .*; run again with: chipgate run tiny.yaml -n 23$"
    with pytest.raises(ChipgateError, match=told):
        read_results(folder)
    path.unlink()
    with pytest.raises(ChipgateError, match=rf"{name}' is missing, though manifest\.json names it; run again with"):
        read_results(folder)
    path.mkdir()
    with pytest.raises(ChipgateError, match=rf"cannot read '.*{name}': "):
        read_results(folder)


def test_what_is_not_read_may_be_missing(folder, tiny_run):
    for path in folder.iterdir():
        if path.name not in ("manifest.json", "scenario.yaml", "outcomes.parquet", "series.parquet"):
            path.unlink()
    equal(read_results(folder), tiny_run)


def test_a_manifest_without_the_tables_is_of_no_whole_folder(folder):
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del told["files"]["series.parquet"]
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ChipgateError, match=r"names no series\.parquet, so '.*tiny' is not a complete results folder"):
        read_results(folder)


@pytest.mark.parametrize("place", ["absent", "empty", "file.txt"])
def test_what_is_no_results_folder_is_told_as_such(place, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("mine")
    with pytest.raises(ChipgateError, match=r"not a results folder|there is no folder|Not a directory"):
        read_results(tmp_path / place)


# --- Folders of strangers ---


@pytest.mark.parametrize("size", [1_500_000_000, 60_000_000])
@pytest.mark.parametrize("name", ["scenario.yaml", "series.parquet", "summary.csv"])
def test_a_file_that_nobodys_replications_could_fill_is_not_read(name, size, folder):
    with (folder / name).open("r+b") as file:
        file.truncate(size)
    with pytest.raises(ChipgateError, match=rf"{name}' is far too large: .+, where 23 replications take at most 43$"):
        read_results(folder)


@pytest.mark.parametrize(
    ("name", "query", "told"),
    [
        (
            "outcomes.parquet",
            "SELECT file.* FROM (FROM file LIMIT 1) file, range(3_000_000)",
            "holds 3,000,000 rows, far",
        ),
        (
            "outcomes.parquet",
            "FROM file UNION ALL SELECT one.* FROM (FROM file LIMIT 1) one, range(30)",
            "holds 53 replications of 'tiny'",
        ),
        (
            "series.parquet",
            "FROM file UNION ALL SELECT one.* FROM (FROM file LIMIT 1) one, range(300_000)",
            "is not laid out as this",
        ),
        (
            "series.parquet",
            "SELECT * REPLACE ('inf'::DOUBLE AS value) FROM file",
            "values that are infinite or far too",
        ),
        (
            "outcomes.parquet",
            "SELECT * REPLACE (-1e300 AS value) FROM file",
            "values that are infinite or far too large",
        ),
        ("outcomes.parquet", "SELECT * REPLACE ([outcome] AS outcome) FROM file", "holds no outcome of the scenario"),
        ("outcomes.parquet", "SELECT * REPLACE ({'a': item} AS item) FROM file", "holds no outcome of the scenario"),
        ("series.parquet", "SELECT * REPLACE ('never' AS date) FROM file", "as a table of results: Conversion Error"),
    ],
    ids=["rows", "more rows", "points", "infinite", "huge", "lists", "structs", "no dates"],
)
@pytest.mark.filterwarnings("ignore::sim.base.errors.ChipgateWarning")
def test_a_table_that_was_made_up_is_refused_before_it_fills_the_memory(name, query, told, folder):
    rewrite(folder, name, query)
    with pytest.raises(ChipgateError, match=told) as caught:
        read_results(folder)
    assert "\n" not in str(caught.value)


# --- Folders of other versions, or of none ---


@pytest.mark.parametrize("name", ["outcomes.parquet", "series.parquet"])
@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_table_is_told_in_one_line_even_if_its_sum_is_right(name, damage, folder):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes({"cut": data[: len(data) // 2], "text": b"no table", "empty": b""}[damage])
    renew(folder, name)
    with pytest.raises(ChipgateError, match=rf"cannot read '.*{name}' as a table of results: .+") as caught:
        read_results(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "query", "told"),
    [
        ("outcomes.parquet", "SELECT * EXCLUDE value FROM file", "as a table of results: .*value"),
        ("outcomes.parquet", "FROM file WHERE scenario = 'other'", "holds no outcome of the scenario 'tiny'"),
        (
            "outcomes.parquet",
            "FROM file WHERE replication < 22",
            "holds 22 replications of 'tiny', but manifest.json says 23",
        ),
        (
            "outcomes.parquet",
            "FROM file WHERE year IS NULL OR replication > 0",
            "is not laid out as this version writes",
        ),
        ("outcomes.parquet", "FROM file ORDER BY replication DESC, outcome, year", None),
        ("series.parquet", "FROM file ORDER BY week, replication", "is not laid out as this version writes it"),
    ],
)
def test_a_table_that_another_version_wrote_is_told_as_such(name, query, told, folder):
    rewrite(folder, name, query)
    renew(folder, name, versions={"chipgate": "0.0.9"})
    with pytest.raises(ChipgateError, match=told or "is not laid out as this version writes it") as caught:
        read_results(folder)
    if "table of results" not in (told or "") and "holds no outcome" not in (told or ""):
        assert str(caught.value).endswith(f"; chipgate 0.0.9 wrote it, and this is {__version__}")


OLD_OUTCOMES = """
    SELECT scenario, replication, outcome || if(item = '', '', '_' || replace(lower(item), ' ', '_')) AS outcome,
           unit, year, value, label FROM outcomes WHERE quarter IS NULL"""
OLD_SERIES = """
    FROM series UNION ALL
    SELECT scenario, replication, outcome || if(item = '', '', '_' || lower(item)), 'quarter', unit, 0, make_date(year, 3 * quarter - 2, 1),
           value FROM (FROM outcomes WHERE quarter IS NOT NULL ORDER BY outcome, item, replication, year, quarter)"""


def test_a_folder_of_the_first_version_has_the_same_outcomes_by_other_names(folder, tiny_run, recwarn):
    rewrite(folder, "series.parquet", OLD_SERIES)
    rewrite(folder, "outcomes.parquet", OLD_OUTCOMES)
    equal(read_results(folder), tiny_run)
    assert not recwarn.list, "nothing is missing, nothing left out"


def test_what_only_another_version_has_is_left_out_or_missing_with_a_note(folder, tiny_run):
    rewrite(
        folder,
        "outcomes.parquet",
        "SELECT * REPLACE (if(outcome = 'delivered', 'shipped', outcome) AS outcome) FROM file "
        "WHERE outcome != 'demand' OR year IS NOT DISTINCT FROM 2023",
    )
    rewrite(folder, "series.parquet", "SELECT * REPLACE (if(series = 'flow', 'stream', series) AS series) FROM file")
    renew(folder, "series.parquet", versions={"chipgate": "0.0.9"})
    with pytest.warns(ChipgateWarning) as told:
        run = read_results(folder)
    since = f"; chipgate 0.0.9 wrote it, and this is {__version__}"
    assert [str(note.message) for note in told] == [
        f"'{folder}' holds shipped and the series stream, unknown to this version and left out{since}",
        f"'{folder}' lacks delivered, demand, demand of 2024 and the series flow, which this version has: "
        f"missing in what is read{since}",
    ]
    assert {key.name for key in tiny_run.outcomes} - {key.name for key in run.outcomes} == {"delivered"}
    np.testing.assert_array_equal(run["cancelled", 2024], tiny_run["cancelled", 2024])
    with pytest.raises(ChipgateError, match="no outcome is named 'delivered'"):
        run["delivered"]
    with pytest.raises(ChipgateError, match="there is no series 'flow of huawei to cloud'"):
        run.series["flow", "huawei to cloud"]


@pytest.mark.usefixtures("no_pictures")
def test_a_comparison_goes_on_without_an_outcome_that_an_older_folder_lacks(compared, tiny_comparison, tmp_path):
    folder = Path(shutil.copytree(compared, tmp_path / "older"))
    rewrite(folder, "outcomes.parquet", "FROM file WHERE outcome != 'wait_median'")
    with pytest.warns(ChipgateWarning, match="lacks wait_median, which this version has"):
        older = read_results(folder)
    assert {row.outcome for row in tiny_comparison.verdicts} - {row.outcome for row in older.verdicts} == {
        "wait_median"
    }


# --- Folders whose names DuckDB would take for more than a name ---

PLACES = ["year=2025/out", "a?b/out", "a*b/out", "[ab]/out", "it's/out", "scenario=x/replication=3/out"]


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("place", PLACES)
def test_a_folder_holds_and_gives_back_its_own_numbers_whatever_its_path(place, tiny, tmp_path):
    """Beside it lies another run, in a folder that its path would match as a pattern."""
    run, other = (run_scenario(load(tiny), 2, seed=seed, workers=1) for seed in (1, 2))
    for one, path in ((other, tmp_path / "axb/out"), (other, tmp_path / "a/out"), (run, tmp_path / place)):
        publish_results(one, path, "", 0, page_of=report_html)
    publish_results(run, tmp_path / "plain", "", 0, page_of=report_html)
    for name in ("outcomes.parquet", "series.parquet"):
        assert (tmp_path / place / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()
    equal(read_results(tmp_path / place), run)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [("outcomes.parquet", "year", 2025), ("outcomes.parquet", "outcome", "x"), ("series.parquet", "item", "x")],
)
def test_a_folder_that_was_spoiled_by_its_path_is_told_as_such(name, column, value, folder):
    rewrite(folder, name, f"SELECT * REPLACE ({value!r} AS {column}) FROM file")
    told = (
        rf"{name}' is spoiled: every row has {column}={value}, since .*; run again with: chipgate run tiny.yaml -n 23"
    )
    with pytest.raises(ChipgateError, match=told):
        read_results(folder)


# --- Scenarios that are others now ---


def test_a_scenario_that_now_reads_otherwise_is_refused(folder):
    """As when a figure has been corrected since: the file is as it was, its values are not."""
    path = folder / "scenario.yaml"
    text, changes = re.subn(r"(?m)^question: .*$", 'question: "Another?"', path.read_text(encoding="utf-8"))
    assert changes == 1
    path.write_text(text, encoding="utf-8")
    renew(folder, "scenario.yaml")
    with pytest.raises(ChipgateError, match=r"the scenario 'tiny' in '.*' reads otherwise now than when it ran"):
        read_results(folder)
    renew(folder, "scenario.yaml", versions={"chipgate": "0.0.9"})
    with pytest.raises(ChipgateError, match=r"has changed; chipgate 0\.0\.9 wrote it"):
        read_results(folder)


def test_a_scenario_of_another_name_is_refused(folder):
    about = read_manifest(folder)
    renew(folder, "scenario.yaml", scenarios={"other": about.scenarios["tiny"]})
    with pytest.raises(ChipgateError, match=r"scenario\.yaml' holds the scenario 'tiny', not 'other'"):
        read_results(folder)


def test_a_scenario_of_another_model_is_told_as_such_and_nothing_in_it_asks_to_be_mended(folder):
    """As when keys have come and gone since: the file is as it was written."""
    path = folder / "scenario.yaml"
    text, changes = re.subn(r"(?m)^lead_in: .*$", "fondry: {}", path.read_text(encoding="utf-8"))
    assert changes == 1
    path.write_text(text, encoding="utf-8")
    renew(folder, "scenario.yaml")
    with pytest.raises(ChipgateError) as told:
        read_results(folder)
    assert str(told.value).removeprefix(f"'{path}' ") == (
        "is as it was written, but this version's model is another and cannot read it: unknown key 'fondry' in the "
        "scenario, and 1 more such finding; the folder's tables, such as outcomes.parquet, can still be read by themselves"
    )
    renew(folder, "scenario.yaml", versions={"chipgate": "0.0.9"})
    with pytest.raises(ChipgateError, match=r"finding; chipgate 0\.0\.9 wrote it, and this is .*; the folder's tables"):
        read_results(folder)


# --- Whatever the folder is called ---


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize(
    ("place", "decoy"),
    [
        ("year=2025/replication=3/out", "out"),
        ("scenario=other/value=1/out", "out"),
        ("a?b/out", "axb/out"),
        ("x*y/out", "xxy/out"),
        ("[ab]/out", "a/out"),
        ("[!c]/{d,e}/it's/**", "d/out"),
    ],
)
def test_a_folders_name_is_neither_a_column_nor_a_pattern(place, decoy, tiny, tiny_run, published, tmp_path):
    """The bytes are those of any other folder, and the file that is read is the one that was checked."""
    publish_results(run_scenario(load(tiny), 2, seed=9, workers=1), tmp_path / decoy, "", 0, page_of=report_html)
    publish_results(tiny_run, tmp_path / place, "chipgate run tiny.yaml -n 23", 1.25, page_of=report_html)
    for name in ("outcomes.parquet", "series.parquet", "summary.csv"):
        assert (tmp_path / place / name).read_bytes() == (published / name).read_bytes(), name
    equal(read_results(tmp_path / place), tiny_run)


@pytest.mark.parametrize(("column", "value"), [("year", "2025"), ("replication", "3"), ("outcome", "'delivered'")])
def test_a_table_that_took_its_folder_for_a_column_is_told_as_spoiled(column, value, folder):
    rewrite(folder, "outcomes.parquet", f"SELECT * REPLACE ({value} AS {column}) FROM outcomes")
    with pytest.raises(
        ChipgateError, match=rf"is spoiled: every row has {column}={value.strip(chr(39))}, since an older"
    ):
        read_results(folder)
