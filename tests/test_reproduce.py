"""A results folder rerun: what is the same, what is not, and what may be the reason."""

import json
import os
import re
import shutil
from contextlib import nullcontext
from pathlib import Path

import duckdb
import numpy as np
import pytest

from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.exhibits.page import page_record, page_text
from sim.experiment.run import Run, run_scenario
from sim.experiment.sequential import compare_to_precision, compare_until_decided
from sim.folder.manifest import fingerprint
from sim.folder.parquet import write_parquet
from sim.folder.read import read_results
from sim.folder.reproduce import Checked, Reproduction, findings, reproduce, reproduction_page
from sim.folder.write import publish_results
from sim.outcomes.keys import Key
from sim.report.page import report_html
from sim.scenario.load import load

DATA = ["scenario.yaml", "outcomes.parquet", "series.parquet", "summary.csv"]


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(published, tmp_path / "tiny"))


@pytest.fixture
def again(published: Path, tiny_run: Run, monkeypatch: pytest.MonkeyPatch):
    """`reproduce` with a rerun that is known already, and pictures drawn already."""
    drawn = {path.name: path.read_bytes for path in published.iterdir() if path.suffix in (".svg", ".png")}
    monkeypatch.setattr("sim.folder.reproduce.pictures_of", lambda subject, *_: nullcontext(drawn))

    def reproduced(folder: Path, run: Run = tiny_run) -> Reproduction:
        return reproduce(folder, lambda sourced, replications, seed: run)

    return reproduced


def states(result: Reproduction) -> dict[str, str]:
    """The state of each file that is not the same."""
    return {file.name: file.state for file in result.files if file.state not in ("same", "not compared")}


def tell(folder: Path, **more: object) -> None:
    """Let the manifest say something else."""
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for key, value in more.items():
        told[key] = {**told[key], **value} if isinstance(value, dict) else value
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")


def moved(run: Run, change) -> Run:
    """The run with one outcome changed."""
    outcomes = {key: values.copy() for key, values in run.outcomes.items()}
    change(outcomes[Key("delivered")])
    return Run.of(run.sourced, run.seed, run.numbers, outcomes, run.series)


def as_if(folder: Path, run: Run) -> None:
    """Let the folder, with its manifest, be of a run with those outcomes."""
    write_parquet(folder / "outcomes.parquet", [run.table()])
    tell(folder, files={"outcomes.parquet": fingerprint(folder / "outcomes.parquet")})


# --- The same ---


def test_a_folder_comes_out_the_same_from_the_command_line(published, chipgate, tmp_path, monkeypatch):
    """As long as nothing else is read or written: not the shipped scenarios, not the folder, nothing left behind."""
    monkeypatch.setattr("sim.scenario.load.scenario_folder", lambda: tmp_path / "no scenarios here")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = {path.name: path.stat().st_mtime_ns for path in published.iterdir()}
    status, out, _ = chipgate("reproduce", published, "--workers", 1)
    assert status == 0
    assert {path.name: path.stat().st_mtime_ns for path in published.iterdir()} == before
    assert os.listdir(tmp_path) == []
    for name in (*DATA, "backlog.svg", "backlog.png"):
        assert re.search(rf"(?m)^{name} +(data|pictures) +the same$", out), name
    assert re.search(r"(?m)^report.html +report +not compared: ", out)
    assert "All 4 data files come out the same, byte for byte.\n" in out
    assert "first made by: chipgate run tiny.yaml -n 23\n" in out
    assert LABEL in out


def test_a_comparison_comes_out_the_same_and_each_scenario_keeps_its_name(compared, chipgate):
    status, out, _ = chipgate("reproduce", compared, "--workers", 1, "--json")
    told = json.loads(out)
    assert (status, told["label"], told["same"], told["kind"]) == (0, LABEL, True, "comparison")
    assert (told["replications"], told["seed"], told["command"]) == (11, 1, "chipgate compare tiny.yaml others -n 11")
    assert {file["name"]: file["state"] for file in told["files"]} == {
        path.name: "not compared" if path.name == "report.html" else "same"
        for path in compared.iterdir()
        if path.name != "manifest.json"
    }
    assert (told["versions"], told["code_changed"], told["furthest"]) == ([], False, None)


def test_replications_that_a_precision_asked_for_come_out_the_same(tiny, tmp_path, monkeypatch):
    """Also what was found on the way, which stands among the differences."""
    monkeypatch.setattr("sim.folder.write.pictures_of", lambda *_: nullcontext({}))
    monkeypatch.setattr("sim.folder.reproduce.pictures_of", lambda *_: nullcontext({}))
    scenarios = [load(tiny), load(tiny, {"name": "other", "foundry.growth": "20 %/year"})]
    comparison = compare_to_precision(scenarios, 0.4, ["delivered"], workers=1, cap=60)
    publish_results(comparison, tmp_path / "out", "chipgate compare", 1, page_of=report_html)
    assert comparison.precision is not None
    assert '"reached"' in (tmp_path / "out" / "differences.json").read_text(encoding="utf-8")
    asked = []

    def rerun(sourced, replications, seed):
        asked.append((sourced.scenario.name, replications, seed))
        return run_scenario(sourced, replications, seed, workers=1)

    result = reproduce(tmp_path / "out", rerun)
    assert asked == [("tiny", len(comparison), 1), ("other", len(comparison), 1)]
    assert result.same, states(result)


def test_what_was_run_until_decided_comes_out_the_same(tiny, tmp_path, monkeypatch):
    """Also the verdicts, whose level is that of one look, and what is open."""
    monkeypatch.setattr("sim.folder.write.pictures_of", lambda *_: nullcontext({}))
    monkeypatch.setattr("sim.folder.reproduce.pictures_of", lambda *_: nullcontext({}))
    scenarios = [load(tiny), load(tiny, {"name": "other", "foundry.growth": "20 %/year"})]
    comparison = compare_until_decided(scenarios, workers=1, cap=30)
    publish_results(comparison, tmp_path / "out", "chipgate compare", 1, page_of=report_html)
    data = json.loads((tmp_path / "out" / "differences.json").read_text(encoding="utf-8"))
    assert data["until_decided"]["looks"] == [20, 30]
    assert min(row["verdict_confidence"] for row in data["differences"] if row["verdict"]) >= 0.975
    result = reproduce(tmp_path / "out", lambda *asked: run_scenario(*asked, workers=1))
    assert result.same, states(result)
    again = read_results(tmp_path / "out")
    assert again.looks == comparison.looks
    assert [row.judgement for row in again.verdicts] == [row.judgement for row in comparison.verdicts]


# --- Not the same ---


def test_an_edited_file_is_told_apart_from_one_that_comes_out_otherwise(folder, again):
    with (folder / "summary.csv").open("a") as file:
        file.write("mine\n")
    result = again(folder)
    assert states(result) == {"summary.csv": "edited"}
    assert not result.same
    assert findings(result) == [
        "3 of 4 data files come out the same, byte for byte.",
        "Edited after the run, by the manifest, while what comes out is as it was: summary.csv.",
    ]


def test_missing_files_edited_reports_and_pictures_are_told_and_only_data_count(folder, again):
    (folder / "report.html").write_text("mine")
    (folder / "backlog.png").write_text("mine")
    (folder / "backlog.svg").unlink()
    result = again(folder)
    assert states(result) == {"report.html": "edited, not compared", "backlog.png": "edited", "backlog.svg": "missing"}
    assert result.same
    assert findings(result)[0] == "All 4 data files come out the same, byte for byte."
    assert findings(result)[1:] == [
        "Edited after the run, by the manifest, while what comes out is as it was: backlog.png.",
        "Edited after the run, by the manifest, and not compared: report.html.",
        "Missing in the folder, so not compared: backlog.svg.",
    ], "no picture comes out otherwise"
    (folder / "series.parquet").unlink()
    result = again(folder)
    assert findings(result)[0] == "3 of 4 data files come out the same, byte for byte."
    assert states(result)["series.parquet"] == "missing"
    assert not result.same


def test_values_that_differ_in_their_last_digits_are_told_as_such(folder, again, tiny_run):
    as_if(folder, moved(tiny_run, lambda values: np.multiply(values, 1 + 4e-15, out=values)))
    tell(folder, versions={"numpy": "1.26.0"})
    result = again(folder)
    assert states(result) == {"outcomes.parquet": "differs"}
    assert result.furthest is not None
    assert result.furthest.key == Key("delivered")
    assert result.furthest.relative == pytest.approx(4e-15, rel=0.1)
    told = findings(result)
    assert any("in their last digits only, by at most 4e-15 of themselves (delivered in tiny)" in text for text in told)
    assert f"Versions that differ: numpy 1.26.0 then, {np.__version__} now." in told


@pytest.mark.parametrize(
    ("by", "last_digits"),
    [(5e-10, True), (2e-9, False), (1e-6, False), (5e-4, False)],
    ids=["5e-10", "2e-9", "1e-6", "5e-4"],
)
def test_a_billionth_is_rounding_and_more_than_that_is_not(by, last_digits, folder, again, tiny_run):
    as_if(folder, moved(tiny_run, lambda values: np.multiply(values, 1 + by, out=values)))
    told = findings(again(folder))
    assert (
        any(text.startswith("The values differ in their last digits only, by at most") for text in told) == last_digits
    )
    assert any(text.startswith(f"The values differ by up to {by:.2g} of themselves") for text in told) != last_digits


def test_values_that_moved_are_told_with_the_one_that_moved_most(folder, again, tiny_run):
    def change(values):
        values[3] *= 2

    as_if(folder, moved(tiny_run, change))
    result = again(folder)
    there = tiny_run["delivered"][3]
    assert (result.furthest.then, result.furthest.now, result.furthest.relative) == (2 * there, there, 0.5)
    told = findings(result)
    assert (
        f"The values differ by up to 0.5 of themselves: delivered in tiny, {2 * there:g} then, {there:g} now." in told
    )
    assert told[-2] == "No version differs."
    assert told[-1].startswith(
        "Nor does the program's own code, and the data are as they were written. So the manifest's"
    )
    tell(folder, code="0" * 64)
    assert findings(again(folder))[-2:] == ["No version differs.", "The program's own code is not what it was then."]
    tell(folder, code="")
    assert findings(again(folder))[-1] == "The program's own code may have changed; the manifest does not say."


def test_a_value_that_exists_only_once_is_told(folder, again, tiny_run):
    def change(values):
        values[3] = np.nan

    as_if(folder, moved(tiny_run, change))
    result = again(folder)
    assert "Some values exist only then or only now, such as delivered in tiny." in findings(result)
    json.dumps(page_record(reproduction_page(result)), allow_nan=False)


def test_a_table_with_the_same_values_in_other_bytes_is_told_as_such(folder, again):
    """As when another DuckDB packs them otherwise."""
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE data AS FROM '{folder / 'outcomes.parquet'}'")
        database.execute(f"COPY data TO '{folder / 'outcomes.parquet'}' (FORMAT parquet, COMPRESSION snappy)")
    tell(folder, files={"outcomes.parquet": fingerprint(folder / "outcomes.parquet")})
    result = again(folder)
    assert states(result) == {"outcomes.parquet": "differs"}
    assert "All values in outcomes.parquet are equal; only the file is written otherwise." in findings(result)


def test_an_edited_scenario_is_what_runs_and_is_named_as_the_reason(folder, tiny_run, again):
    path = folder / "scenario.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    assert states(again(folder)) == {"scenario.yaml": "edited"}
    path.write_text(path.read_text(encoding="utf-8").replace("Tiny", "Huge"), encoding="utf-8")
    result = again(folder, moved(tiny_run, lambda values: np.multiply(values, 3, out=values)))
    assert states(result)["scenario.yaml"] == "edited and differs"
    assert findings(result)[0] == (
        "3 of 4 data files do not come out the same: scenario.yaml, outcomes.parquet, summary.csv."
    )
    assert findings(result)[1] == "Edited after the run, by the manifest, and what comes out differs: scenario.yaml."
    assert findings(result)[-1] == "A scenario's own values were edited, so what follows from them may differ."


def test_a_scenario_that_reads_otherwise_now_is_named_as_the_reason(folder, again):
    tell(folder, scenarios={"tiny": "0" * 64})
    result = again(folder)
    assert states(result) == {"scenario.yaml": "differs"}
    assert "a figure that it rests on, or how it is read, has changed" in findings(result)[-1]


def test_a_damaged_table_does_not_hinder_the_rest(folder, again):
    (folder / "outcomes.parquet").write_bytes(b"no table")
    result = again(folder)
    assert states(result) == {"outcomes.parquet": "edited"}
    assert result.furthest is None
    assert any(re.match("How far the values differ is not known: cannot read", text) for text in findings(result))


def test_two_values_that_differ_are_never_told_with_the_same_digits(folder, again, tiny_run):
    as_if(folder, moved(tiny_run, lambda values: np.multiply(values, 1 + 3e-8, out=values)))
    [told] = [text for text in findings(again(folder)) if text.startswith("The values differ by up to 3e-08")]
    then, now = re.search(r"tiny, (\S+) then, (\S+) now", told).groups()
    assert then != now


def test_replications_that_do_not_fit_the_table_are_told_as_the_reason(folder, again, tiny_run):
    """As when somebody has edited the manifest."""
    tell(folder, replications=24)
    result = again(folder, run_scenario(tiny_run.sourced, 24, tiny_run.seed, workers=1))
    assert states(result)["outcomes.parquet"] == "differs"
    reason = f"'{folder / 'outcomes.parquet'}' holds 23 replications of 'tiny', but manifest.json says 24"
    assert f"How far the values differ is not known: {reason}." in findings(result)
    assert page_record(reproduction_page(result))["hindrance"] == reason


def test_an_outcome_that_exists_only_now_is_told_beside_how_far_the_others_moved(folder, again, tiny_run):
    values = {key: value for key, value in tiny_run.outcomes.items() if key != Key("delivered", "", 2023)}
    as_if(folder, Run.of(tiny_run.sourced, tiny_run.seed, tiny_run.numbers, values, tiny_run.series))
    told = findings(again(folder))
    assert f"'{folder}' lacks delivered of 2023, which this version has: missing in what is read." in told
    assert "All values in outcomes.parquet are equal; only the file is written otherwise." in told


def test_a_file_that_this_version_does_not_make_is_told(folder, again):
    (folder / "extra.csv").write_text("label\n")
    (folder / "moons.svg").write_text("<svg/>")
    sums = {name: fingerprint(folder / name) for name in ("extra.csv", "moons.svg")}
    tell(folder, files=sums, versions={"chipgate": "99.0"})
    result = again(folder)
    assert states(result) == {"extra.csv": "not made", "moons.svg": "not made"}
    assert Checked("moons.svg", "pictures", "not made") in result.files
    assert Checked("extra.csv", "data", "not made") in result.files
    assert any(text.startswith("Versions that differ: chipgate 99.0 then") for text in findings(result))


def test_what_is_told_stands_in_text_and_record_alike(folder, again, chipgate, monkeypatch):
    (folder / "summary.csv").write_text("mine")
    result = again(folder)
    text, record = page_text(reproduction_page(result)), page_record(reproduction_page(result))
    assert all(sentence in " ".join(text.split()) for sentence in record["findings"])
    assert (record["same"], record["label"]) == (False, LABEL)
    monkeypatch.setattr("sim.folder.reproduce.reproduce", lambda folder, rerun, ask: result)
    assert chipgate("reproduce", folder)[0] == 1
    status, out, _ = chipgate("reproduce", folder, "--json")
    assert (status, json.loads(out)) == (1, record)


def test_the_status_is_1_where_only_a_picture_was_edited(folder, again, chipgate, monkeypatch):
    for edited, status in ((False, 0), (True, 1)):
        if edited:
            (folder / "backlog.png").write_text("mine")
        result = again(folder)
        assert (result.same, result.edited) == (True, edited)
        monkeypatch.setattr("sim.folder.reproduce.reproduce", lambda folder, rerun, ask, result=result: result)
        assert chipgate("reproduce", folder)[0] == status


# --- Nothing to run ---


def never(*_: object) -> Run:
    raise AssertionError("nothing may run")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), r"holds no manifest\.json"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), r"is not a manifest"),
        (lambda folder: (folder / "scenario.yaml").unlink(), r"scenario\.yaml"),
        (lambda folder: (folder / "scenario.yaml").write_text("fondry: {}"), r"unknown\s+key\s+'fondry'"),
        (lambda folder: tell(folder, replications=0), r"'0' is out of range"),
        (lambda folder: shutil.rmtree(folder), r"there\s+is\s+no\s+folder"),
    ],
    ids=["no manifest", "a bad manifest", "no scenario", "a bad scenario", "no replications", "no folder"],
)
def test_a_folder_that_cannot_run_again_is_told_with_status_2(spoil, told, folder, chipgate):
    spoil(folder)
    with pytest.raises(ChipgateError, match=told):
        reproduce(folder, never)
    status, out, err = chipgate("reproduce", folder)
    assert (status, out) == (2, "")
    assert re.search(told, err)


def test_ctrl_c_leaves_nothing_behind(folder, tmp_path, monkeypatch, tiny_run):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    monkeypatch.setattr("sim.folder.reproduce.pictures_of", lambda *_: nullcontext({}))

    def pressed(_):
        assert os.listdir(place), "it is written there"
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.folder.reproduce.data_files", lambda *_: {"summary.csv": pressed})
    before = sorted(os.listdir(folder))
    with pytest.raises(KeyboardInterrupt):
        reproduce(folder, lambda *_: tiny_run)
    assert (os.listdir(place), sorted(os.listdir(folder))) == ([], before)


def test_a_full_disk_is_told_in_words(folder, monkeypatch, tiny_run):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.folder.reproduce.pictures_of", lambda *_: nullcontext({}))
    monkeypatch.setattr("sim.folder.reproduce.data_files", lambda *_: {"summary.csv": full})
    with pytest.raises(ChipgateError, match="temporary folder: No space left on device"):
        reproduce(folder, lambda *_: tiny_run)
