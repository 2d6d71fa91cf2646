"""`chipgate plot`: pictures from a results folder, without running again and without touching it."""

import errno
import json
import os
import re
import shutil
from pathlib import Path

import duckdb
import pytest

import sim
from sim.base.label import LABEL
from sim.folder.manifest import fingerprint
from sim.pictures.choice import kinds_of, pictures
from sim.pictures.slide import render

pytestmark = pytest.mark.usefixtures("here")

STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.fixture(autouse=True)
def no_running(monkeypatch):
    """Nothing here runs a replication."""

    def runs(*_):
        raise AssertionError("a picture needs no running")

    monkeypatch.setattr("sim.experiment.workers.replicate", runs)


@pytest.fixture(autouse=True)
def untouched(published, compared):
    """The folders stay as they are."""
    before = [
        sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir()) for folder in (published, compared)
    ]
    yield
    after = [
        sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir()) for folder in (published, compared)
    ]
    assert after == before


def test_without_a_kind_it_lists_those_of_the_folder_with_a_sentence_each(chipgate, published, compared):
    for folder, subject in ((published, "run"), (compared, "comparison")):
        status, out, _ = chipgate("plot", folder)
        assert status == 0
        assert LABEL in out
        for name in kinds_of(subject):
            card = pictures()[name]
            [line] = [line for line in out.splitlines() if line.split()[:1] == [name]]
            assert card.what in line
            assert ("--outcome" in line) == card.takes_outcome
    assert os.listdir() == []


def test_what_an_older_folder_lacks_is_told_on_stderr_and_the_picture_is_drawn(chipgate, published, here):
    folder = Path(shutil.copytree(published, here / "older"))
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE file AS FROM '{folder}/outcomes.parquet' WHERE outcome != 'ported'")
        database.execute(f"COPY file TO '{folder}/outcomes.parquet' (FORMAT parquet)")
    about = json.loads((folder / "manifest.json").read_text())
    about["files"]["outcomes.parquet"] = fingerprint(folder / "outcomes.parquet")
    (folder / "manifest.json").write_text(json.dumps(about))
    status, out, err = chipgate("plot", folder, "--kind", "backlog")
    assert (status, err) == (0, f"'{folder}' lacks ported, which this version has: missing in what is read\n")
    assert out.startswith("Written to older-backlog.svg. ")


def test_it_draws_the_picture_of_the_folder_again_to_the_same_bytes(chipgate, published):
    status, out, _ = chipgate("plot", published, "--kind", "backlog")
    assert status == 0
    assert out.startswith("Written to tiny-backlog.svg. ")
    assert LABEL in out
    assert Path("tiny-backlog.svg").read_bytes() == (published / "backlog.svg").read_bytes()
    assert os.listdir() == ["tiny-backlog.svg"]


def test_it_draws_a_comparison_about_an_outcome(chipgate, compared):
    assert chipgate("plot", compared, "--kind", "fan", "--outcome", "delivered")[0] == 0
    assert os.listdir() == ["tiny-vs-2-others-fan-delivered.svg"]
    text = Path("tiny-vs-2-others-fan-delivered.svg").read_text(encoding="utf-8")
    assert "tiny-vs-2-others-fan-delivered.svg" not in text
    assert LABEL in text
    assert text != (compared / "fan.svg").read_text(encoding="utf-8")


def test_scenarios_a_period_and_a_size_are_those_asked_for(chipgate, compared, tiny_comparison):
    options = ["--scenario", "tiny", "--scenario", "slow-growth", "--from", "2023-06", "--to", "2023"]
    status, _, err = chipgate("plot", compared, "--kind", "difference", *options, "--size", "page", "--out", "mine.svg")
    assert (status, err) == (0, "")
    asked = {"scenarios": ["tiny", "slow-growth"], "start": "2023-06", "end": 2023, "size": "page"}
    assert Path("mine.svg").read_bytes() == render(sim.plot(tiny_comparison, "difference", **asked), "svg")
    assert Path("mine.svg").read_bytes() != render(sim.plot(tiny_comparison, "difference"), "svg")
    assert chipgate("plot", compared, "--kind", "difference", *options, "--size", "page")[0] == 0
    assert sorted(os.listdir()) == ["mine.svg", "tiny-vs-2-others-difference-tiny-slow-growth-2023-06-2023-page.svg"]


def test_several_folders_are_drawn_together(chipgate, published, compared):
    status, out, _ = chipgate("plot", published, compared)
    assert (status, "together are a comparison; it can be drawn as" in " ".join(out.split())) == (0, True)
    assert re.search(r"^  difference +\w", out, re.MULTILINE)
    status, _, err = chipgate("plot", published, compared, "--kind", "fan")
    assert (status, "'tiny' is in these results more than once, and not alike" in " ".join(err.split())) == (2, True)
    other = Path(shutil.copytree(published, "renamed"))
    both = ["plot", compared, other, "--scenario", "Slow growth", "--scenario", "slow-growth"]
    assert chipgate(*both, "--kind", "forest", "--out", "mine.svg")[0] == 0
    assert "slow-growth" in Path("mine.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", STARTS)
def test_the_format_is_the_one_asked_for_or_that_of_the_files_name(form, chipgate, published):
    assert chipgate("plot", published, "--kind", "binds", "--format", form)[0] == 0
    assert chipgate("plot", published, "--kind", "binds", "--out", f"mine.{form}")[0] == 0
    assert sorted(os.listdir()) == [f"mine.{form}", f"tiny-binds.{form}"]
    assert Path(f"mine.{form}").read_bytes() == Path(f"tiny-binds.{form}").read_bytes()
    assert Path(f"mine.{form}").read_bytes().startswith(STARTS[form])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--kind", "backlgo"], "no kind of picture is named 'backlgo'; did you mean 'backlog'?"),
        (["--kind", "forest"], "'forest' shows a comparison, and these are the results of a run"),
        (["--kind", "binds", "--outcome", "delivered"], "leave 'delivered' out"),
        (["--kind", "fan", "--outcome", "delivred"], "did you mean 'delivered'?"),
        (["--kind", "fan", "--format", "gif"], "'gif' is not one of 'svg', 'png', 'pdf'"),
        (["--kind", "binds", "--out", "mine.gif"], "it must end in .svg, .png, .pdf"),
        (["--kind", "binds", "--out", "mine.svg", "--format", "png"], "contradict each other; leave one out"),
        (["--kind", "binds", "--out", "no/where.svg"], "there is no folder 'no' for the picture"),
        (
            ["--kind", "binds", "--out", "taken.svg"],
            "'taken.svg' exists already; name another file, or add --overwrite",
        ),
        (
            ["--kind", "fan", "--size", "poster"],
            "no size of picture is named 'poster'; there are slide, page, thumbnail",
        ),
        (["--kind", "fan", "--scenario", "tini"], "no scenario here is named 'tini'; did you mean 'tiny'?"),
        (["--kind", "fan", "--from", "2040"], "nothing of the window, 2023-01-01 to 2024-04-01, lies in the period"),
        (["--kind", "flows", "--to", "2023"], "is about the whole window; leave the period out"),
        (["--size", "page"], "--size belongs to a picture; name its --kind"),
        (["--outcome", "delivered"], "--outcome belongs to a picture; name its --kind"),
        (["--out", "x.svg"], "--out belongs to a picture; name its --kind"),
        (["--format", "png"], "--format belongs to a picture; name its --kind"),
        (["--overwrite"], "--overwrite belongs to a picture; name its --kind"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_mistakes_are_told_with_status_2_and_nothing_is_written(options, told, chipgate, published):
    Path("taken.svg").write_text("mine")
    status, out, err = chipgate("plot", published, *options)
    assert (status, out) == (2, "")
    assert told in err
    assert "Traceback" not in err
    assert os.listdir() == ["taken.svg"]
    assert Path("taken.svg").read_text() == "mine"


def test_a_kind_of_a_single_run_is_told_as_such_for_a_comparison(chipgate, compared):
    status, _, err = chipgate("plot", compared, "--kind", "backlog")
    assert (status, "'backlog' shows a single run, and these are the results of a comparison" in err) == (2, True)
    name = "x" * 251 + ".svg"
    status, _, err = chipgate("plot", compared, "--kind", "binds", "--out", name)
    assert (status, os.listdir()) == (0, [name]), "as long as a name may be"
    status, _, err = chipgate("plot", compared, "--kind", "binds", "--out", f"x{name}")
    assert (status, "File name too long" in err) == (2, True)


def test_a_picture_is_replaced_only_if_asked(chipgate, published):
    command = ["plot", published, "--kind", "binds"]
    Path("tiny-binds.svg").write_text("mine")
    status, _, err = chipgate(*command)
    assert status == 2
    assert "'tiny-binds.svg' exists already" in err
    assert Path("tiny-binds.svg").read_text() == "mine"
    assert chipgate(*command, "--overwrite")[0] == 0
    assert Path("tiny-binds.svg").read_bytes() == (published / "binds.svg").read_bytes()


def test_among_the_results_it_writes_only_if_asked_and_over_nothing_of_theirs(chipgate, published, monkeypatch):
    folder = Path(shutil.copytree(published, "results"))
    names = sorted(os.listdir(folder))
    monkeypatch.chdir(folder)
    status, _, err = chipgate("plot", ".", "--kind", "backlog")
    assert status == 2
    assert "'results-backlog.svg' would lie among the results in '.'; name a file elsewhere with --out" in err
    status, _, err = chipgate("plot", ".", "--kind", "binds", "--out", "backlog.svg", "--overwrite")
    assert status == 2
    assert "'backlog.svg' is part of the results, and stays as it is" in err
    assert sorted(os.listdir()) == names
    assert Path("backlog.svg").read_bytes() == (published / "backlog.svg").read_bytes()
    assert chipgate("plot", ".", "--kind", "binds", "--out", "mine.svg")[0] == 0
    assert sorted(os.listdir()) == sorted([*names, "mine.svg"])


def test_results_that_were_changed_are_not_drawn(chipgate, published):
    folder = Path(shutil.copytree(published, "results"))
    with (folder / "series.parquet").open("ab") as file:
        file.write(b"more")
    status, out, err = chipgate("plot", folder, "--kind", "backlog")
    assert (status, out) == (2, "")
    assert "'results/series.parquet' was changed after it was written" in err
    status, out, err = chipgate("plot", "absent")
    assert (status, out) == (2, "")
    assert "there is no folder 'absent'" in err
    assert os.listdir() == ["results"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
def test_a_picture_is_written_whole_or_not_at_all(error, chipgate, published, monkeypatch):
    Path("mine.svg").write_text("before")

    def half(self, data):
        with self.open("wb") as file:
            file.write(data[:100])
        raise error

    monkeypatch.setattr(Path, "write_bytes", half)
    status, _, err = chipgate("plot", published, "--kind", "binds", "--out", "mine.svg", "--overwrite")
    assert status == (1 if isinstance(error, KeyboardInterrupt) else 2)
    if isinstance(error, OSError):
        assert "cannot write 'mine.svg': No space left on device" in err
    assert os.listdir() == ["mine.svg"]
    assert Path("mine.svg").read_text() == "before"
