"""--keep summary: mean and quantiles by week instead of every replication's series, and what can be done with them."""

import copy
import json
import pickle
import shutil
from contextlib import nullcontext
from pathlib import Path

import duckdb
import numpy as np
import pytest

from sim.base.errors import ChipgateError
from sim.experiment.run import QUANTILES, Run, run_scenario
from sim.folder.read import read_results
from sim.folder.reproduce import reproduce
from sim.folder.write import publish_results
from sim.pictures.choice import kinds_of, picture_of
from sim.pictures.slide import render
from sim.report.page import report_html
from sim.studies.notebook import run_html

TOLD = "was written with --keep summary: of its series it has the mean and quantiles by week, but this needs those of"


@pytest.fixture(scope="module")
def folder(tiny_run, tmp_path_factory):
    """The tiny run's results, in summary."""
    folder = tmp_path_factory.mktemp("kept") / "out"
    publish_results(tiny_run, folder, "chipgate run tiny", 1, page_of=report_html, keep="summary")
    return folder


def test_the_folder_holds_the_mean_and_quantiles_of_what_a_full_one_holds(folder, tiny_run):
    assert not (folder / "series.parquet").exists()
    assert json.loads((folder / "manifest.json").read_text())["keep"] == "summary"
    names = ", ".join(["mean", *QUANTILES])
    for (series, item), values in tiny_run.series.items():
        found = duckdb.execute(
            f"SELECT week, {names} FROM '{folder / 'series-summary.parquet'}' WHERE series = ? AND item = ? ORDER BY week",
            [series, item],
        ).fetchnumpy()
        assert found["week"].tolist() == tiny_run.weeks.tolist()
        with np.errstate(all="ignore"):
            there = ~np.isnan(values).all(axis=0)
        np.testing.assert_allclose(found["mean"][there], np.nanmean(values[:, there], axis=0))
        for name, share in QUANTILES.items():
            np.testing.assert_allclose(found[name][there], np.nanquantile(values[:, there], share, axis=0))


def test_all_that_is_drawn_and_told_in_it_is_that_of_a_full_one(folder, published):
    pictures = sorted(path.name for path in published.glob("*.svg"))
    assert pictures
    for name in [*pictures, "outcomes.parquet", "summary.csv"]:
        assert (folder / name).read_bytes() == (published / name).read_bytes(), name


def test_what_is_read_back_has_its_outcomes_and_says_why_it_has_no_series(folder, tiny_run):
    run = read_results(folder)
    assert isinstance(run, Run)
    assert list(run.outcomes) == list(tiny_run.outcomes)
    assert all(np.array_equal(run[key], tiny_run[key], equal_nan=True) for key in tiny_run.outcomes)
    for asked in (
        lambda: run.series["backlog", ""],
        lambda: run.series.get(("backlog", "")),
        lambda: ("backlog", "") in run.series,
        lambda: list(run.series),
        run.series_table,
        lambda: run.weeks,
    ):
        with pytest.raises(ChipgateError, match=TOLD):
            asked()


def test_what_is_not_kept_is_missing_in_a_copy_too_and_a_notebook_shows_the_rest(folder):
    run = read_results(folder)
    for same in (pickle.loads(pickle.dumps(run)), copy.deepcopy(run)):
        with pytest.raises(ChipgateError, match=TOLD):
            same.series["backlog", ""]
    for made in (run.series.copy, lambda: run.series | {}, lambda: {} | run.series, lambda: dict(run.series)):
        with pytest.raises(ChipgateError, match=TOLD):
            made()
    shown = run_html(run)
    assert "Headline outcomes" in shown
    assert TOLD in " ".join(shown.split())


@pytest.mark.parametrize("kind", kinds_of("run"))
def test_a_picture_is_drawn_or_says_what_is_not_there(folder, kind):
    lacks = kind in ("sources", "binds", "flows")
    with pytest.raises(ChipgateError, match=TOLD) if lacks else nullcontext():
        render(picture_of(kind, read_results(folder)), "svg")


@pytest.mark.usefixtures("here")
def test_commands_keep_a_summary_and_say_so(tiny, chipgate):
    code, out, _ = chipgate("run", tiny, "-n", 3, "--keep", "summary", "--out", "one", "--no-pictures", "--workers", 1)
    assert (code, "data, with a summary of the series, without pictures" in out) == (0, True)
    Path("other.yaml").write_text(tiny.read_text().replace("name: tiny", "name: other"))
    compared = chipgate("compare", tiny, "other.yaml", "-n", 3, "--keep", "summary", "--out", "two", "--workers", 1)
    assert compared[0] == 0, compared
    code, _, err = chipgate("plot", "two", "--kind", "difference")
    assert (code, TOLD in " ".join(err.split())) == (2, True)
    code, _, err = chipgate("explain", "one")
    assert (code, TOLD in " ".join(err.split())) == (2, True)


def test_it_is_reproduced(folder, tmp_path):
    again = shutil.copytree(folder, tmp_path / "again")
    result = reproduce(again, lambda sourced, many, seed: run_scenario(sourced, many, seed, workers=1))
    assert result.same
    assert "series-summary.parquet" in [file.name for file in result.data]
    assert [file.state for file in result.files if file.part == "pictures" and file.state != "same"] == []
    shutil.copyfile(again / "summary.csv", again / "series-summary.parquet")
    result = reproduce(again, lambda sourced, many, seed: run_scenario(sourced, many, seed, workers=1))
    assert [file.name for file in result.files if file.state == "edited"] == ["series-summary.parquet"]
