"""A study on its way to paper: on a terminal, in its results folder, in a notebook and as a picture."""

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from harvest import HARM, TREES, Harvest
from test_label import KINDS
from test_report import Page

import sim
from sim.base.atomic import PREFIX, NewFolder
from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.cli.common import Commands
from sim.cli.studying import echo_study, study_out
from sim.exhibits.page import page_record
from sim.folder.manifest import Manifest, StudyManifest, manifest_of
from sim.folder.study import publish_study
from sim.folder.write import Published, made, publish, refuse_existing
from sim.pictures.choice import sketches_of, slides_of
from sim.report.study import study_html
from sim.scenario.load import load_shipped
from sim.studies.study import Study, set_beside

DATA = {"study.json", "trees.csv"}
PICTURES = {"bars.svg", "bars.png", "line.svg", "line.png"}
REST = {"report.html", "manifest.json"}
GIVEN = "chipgate harvest orchard --out out"

pytestmark = pytest.mark.usefixtures("here")


def write(folder: Path | str = Path("out"), **more) -> Published[StudyManifest]:
    """The made-up study's folder."""
    study = Harvest()
    own = {"slides": partial(slides_of, study), "page_of": study_html, "formats": (), **more}
    return publish_study(study.page(), own.pop("slides"), folder, GIVEN, 2.512, **own)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """With pictures; tests only read it."""
    return write(tmp_path_factory.mktemp("study") / "out", formats=("svg", "png")).folder


# --- The folder ---


def test_the_folder_is_whole_and_every_file_carries_the_label(whole):
    assert set(os.listdir(whole)) == DATA | PICTURES | REST
    for path in whole.iterdir():
        KINDS[path.suffix](path)


def test_the_manifest_says_how_it_was_made_and_has_the_sum_of_every_other_file(whole):
    about = manifest_of(whole)
    assert isinstance(about, StudyManifest)
    assert (about.kind, about.command, about.seconds) == ("study", GIVEN, 2.51)
    assert about.versions["chipgate"] == sim.__version__
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in whole.iterdir()}
    assert about.files == {name: each for name, each in sums.items() if name != "manifest.json"}


def test_programs_find_all_of_it_at_full_precision(whole):
    assert json.loads((whole / "study.json").read_text()) == json.loads(json.dumps(page_record(Harvest().page())))
    rows = list(csv.DictReader((whole / "trees.csv").read_text().splitlines()))
    assert [(row["kind"], float(row["borne"])) for row in rows] == [(tree.kind, tree.mean) for tree in TREES]


def test_the_report_tells_the_sentences_the_table_the_pictures_and_the_command(whole):
    page = Page((whole / "report.html").read_text(encoding="utf-8"))
    said = page.text("main")
    for text in ("Only one autumn was seen.", "apples: most of all", "where the mean of many trees lies", GIVEN):
        assert text in said
    assert "#######" not in said, "drawn in letters"
    assert [row[0] for row in page.table("table-trees")] == ["kind", "apples kg", f"{HARM} kg", "plums kg"]
    assert [attributes["alt"] for _, attributes, _ in page.all("img")] == [
        "Apples lead, as bars",
        "Apples lead, as line",
    ]
    assert "bars.svg, bars.png" in said
    told = {row[0]: row[1:] for row in page.table("files")[1:]}
    assert set(told) == DATA | PICTURES | {"manifest.json"}
    assert told["trees.csv"][1] == manifest_of(whole).files["trees.csv"]


def test_without_pictures_none_are_drawn_and_the_report_has_none():
    done = write(slides=lambda: pytest.fail("a picture was drawn"))
    assert set(os.listdir("out")) == DATA | REST
    assert "Pictures" not in Page((done.folder / "report.html").read_text()).text()


def test_the_report_has_its_pictures_also_where_the_folder_keeps_none_as_svg():
    write(formats=("png",))
    assert set(os.listdir("out")) == DATA | REST | {"bars.png", "line.png"}
    assert len(Page(Path("out/report.html").read_text()).all("img")) == 2


def test_a_name_takes_the_next_free_folder_below_results():
    assert [write("harvest").folder for _ in range(2)] == [Path("results/harvest"), Path("results/harvest-2")]


def test_two_exhibits_of_one_key_are_a_mistake_of_whoever_wrote_the_study():
    page = Harvest().page()
    twice = page.__class__(page.title, (*page.parts, *page.parts), page.facts)
    with pytest.raises(ValueError, match="have one key"):
        publish_study(twice, dict, Path("out"), GIVEN, 0, page_of=study_html, formats=())
    assert os.listdir() == []


# --- Whole or not at all ---


def stop(error: BaseException):
    raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("a bug")], ids=["ctrl-c", "bug"])
@pytest.mark.parametrize("step", ["slides", "page_of"])
@pytest.mark.parametrize("before", [False, True], ids=["new", "replacing"])
def test_what_fails_half_way_leaves_everything_as_it_was(error, step, before):
    if before:
        write()
    then = {path.name: path.stat().st_ino for path in Path().glob("out/*")}
    failing = {"formats": ("svg",), step: lambda *_: stop(error)}
    with pytest.raises(type(error)):
        write(**failing, overwrite=before)
    assert os.listdir() == (["out"] if before else [])
    assert {path.name: path.stat().st_ino for path in Path().glob("out/*")} == then


@pytest.mark.parametrize("name", sorted(DATA | REST))
def test_a_file_that_cannot_be_written_is_told_in_words_and_nothing_stays(name, monkeypatch):
    """As on a full disk: the file's place is taken by a folder."""
    file = NewFolder.file

    def occupied(new: NewFolder, wanted: str) -> Path:
        path = file(new, wanted)
        if wanted == name:
            path.mkdir(exist_ok=True)
        return path

    monkeypatch.setattr(NewFolder, "file", occupied)
    with pytest.raises(ChipgateError, match=r"^cannot write 'out': .+; nothing was kept$"):
        write()
    assert os.listdir() == []


KILLED = """
import os, signal
from sim.base.atomic import NewFolder
from test_study import write

file = NewFolder.file
NewFolder.file = lambda new, name: os.kill(os.getpid(), signal.SIGKILL) if name == "report.html" else file(new, name)
write()
"""


def test_a_program_that_is_killed_while_it_writes_leaves_no_folder_and_the_next_one_clears_away():
    places = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    done = subprocess.run([sys.executable, "-c", KILLED], env={**os.environ, **places}, check=False)
    assert done.returncode == -signal.SIGKILL
    [hidden] = os.listdir()
    assert hidden.startswith(PREFIX)
    write()
    assert os.listdir() == ["out"]


def test_a_taken_place_is_refused_and_what_is_not_the_studys_own_is_never_replaced():
    write()
    with pytest.raises(ChipgateError, match="'out' exists already"):
        write()
    Path("out/.notes").write_text("mine")
    with pytest.raises(ChipgateError, match=r"holds what is not part of a run \(\.notes\)"):
        write(overwrite=True)
    Path("out/.notes").unlink()
    write(overwrite=True, formats=("svg",))
    assert set(os.listdir("out")) == DATA | REST | {"bars.svg", "line.svg"}


def test_a_run_may_replace_a_study_and_a_study_a_run():
    run = Manifest(kind="run", scenarios={"a": "0" * 64}, seed=1, replications=1, **made("chipgate run a", 1))
    publish(Path("out"), {"old.txt": lambda path: path.write_text("old")}, run)
    write(overwrite=True)
    assert set(os.listdir("out")) == DATA | REST
    refuse_existing(Path("out"), overwrite=True)
    assert publish(Path("out"), {}, run, overwrite=True).manifest.kind == "run"


# --- What reads folders of runs ---


@pytest.mark.parametrize("command", ["plot DIR", "plot DIR --kind backlog", "reproduce DIR", "read"])
def test_what_takes_runs_says_what_the_folder_is_and_what_to_do_instead(command, whole, chipgate):
    if command == "read":
        with pytest.raises(ChipgateError) as caught:
            sim.read(whole)
        told = str(caught.value)
    else:
        status, out, told = chipgate(*command.replace("DIR", str(whole)).split())
        assert (status, out) == (2, "")
    told = " ".join(told.split())
    assert "holds a study" in told
    assert "study.json" in told
    assert told.endswith(GIVEN)


def test_a_spoiled_manifest_of_a_study_is_told_with_its_place():
    folder = write().folder
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"seconds": 2', '"seconds": -2'), encoding="utf-8")
    with pytest.raises(ChipgateError, match=r"'-2\.51' is out of range"):
        manifest_of(folder)


# --- The command line ---


@click.group(cls=Commands)
def orchard() -> None:
    pass


begun: list[str] = []


@orchard.command()
@click.argument("which")
@study_out
def harvest(which: str, output) -> None:
    begun.append(which)
    echo_study(Harvest(), output)


def give(*args: str) -> tuple[int, str, str]:
    """The made-up command: (status, stdout, stderr)."""
    begun.clear()
    result = CliRunner().invoke(orchard, ["harvest", "all", *args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_without_out_the_page_is_shown_nothing_is_written_and_no_picture_drawn(monkeypatch):
    monkeypatch.setattr("sim.pictures.choice.slides_of", lambda _: pytest.fail("a picture was drawn"))
    status, out, err = give()
    assert (status, err, begun) == (0, "", ["all"])
    assert LABEL in out
    assert "apples: most of all" in out
    assert json.loads(give("--json")[1]) == page_record(Harvest().page())
    assert os.listdir() == []


def test_with_out_the_folder_is_written_and_told():
    status, out, _ = give("--out", "out", "--pictures", "svg")
    assert status == 0
    assert out.index("apples: most of all") < out.index("Written to out: ")
    assert set(os.listdir("out")) == DATA | REST | {"bars.svg", "line.svg"}
    told = json.loads(give("--out", "out", "--overwrite", "--no-pictures", "--json")[1])
    assert set(os.listdir("out")) == DATA | REST
    assert told == {**page_record(Harvest().page()), "folder": "out"}


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--out", "taken"], "'taken' exists already"),
        (["--out", "taken", "--overwrite"], "holds what is not part of a run (mine.txt)"),
        (["--overwrite"], "--overwrite replaces the folder that --out names"),
        (["--out", "new", "--pictures", "gif"], "'gif' is not one of"),
    ],
)
def test_a_place_where_no_folder_can_be_is_refused_before_any_work(args, told):
    Path("taken").mkdir()
    Path("taken/mine.txt").touch()
    status, out, err = give(*args)
    assert (status, out, begun) == (2, "", [])
    assert told in " ".join(err.split())
    assert os.listdir() == ["taken"]


# --- Python ---


class Bare(Study):
    """A study without a picture."""

    def content(self):
        return Harvest().content()


def test_a_notebook_shows_a_study_with_the_label():
    shown = Harvest()._repr_html_()
    assert LABEL in shown
    assert "apples: most of all" in shown


def test_plot_gives_the_first_picture_of_a_study_or_the_one_named_in_the_size_asked_for():
    assert sim.plot(Harvest()).title == "Apples lead, as bars"
    line = sim.plot(Harvest(), "line", size="page")
    assert line.title == "Apples lead, as line"
    assert line.get_size_inches()[0] == pytest.approx(6.7)
    assert LABEL in line.description


@pytest.mark.parametrize(
    ("study", "more", "told"),
    [
        (Harvest(), {"kind": "lines"}, "no picture of this study is named 'lines'; did you mean 'line'?"),
        (Harvest(), {"size": "pages"}, "no size of picture is named 'pages'; did you mean 'page'?"),
        (Harvest(), {"outcome": "delivered"}, "leave out outcome"),
        (Harvest(), {"start": 2024}, "leave out outcome"),
        (Bare(), {}, "this study has no picture"),
        ([Harvest()], {}, "plot takes a run or a comparison"),
    ],
)
def test_a_picture_that_a_study_has_not_is_refused(study, more, told):
    with pytest.raises(ChipgateError) as caught:
        sim.plot(study, **more)
    assert told in str(caught.value)


def test_a_study_without_a_picture_has_a_folder_all_the_same():
    publish_study(Bare().page(), partial(slides_of, Bare()), Path("out"), GIVEN, 0, page_of=study_html)
    assert set(os.listdir("out")) == DATA | REST


def test_studies_and_their_commands_begin_without_what_draws():
    code = "import sys, sim, sim.studies.study, sim.cli.studying; print({'matplotlib', 'duckdb', 'jinja2'} & {*sys.modules})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "set()"


# --- What was set beside the files ---


def test_what_was_set_beside_the_files_is_said_on_the_page_in_the_record_and_below_the_picture():
    one, other = (load_shipped(name, {"foundry.growth": "60 %/year"}) for name in ("baseline", "h20-stays"))
    study = replace(Harvest(), beside=set_beside([one, other]))
    told = "Each scenario is run with foundry.growth=60 %/year."
    assert study.page().warnings[-1] == told
    assert page_record(study.page())["beside"] == [told]
    assert told in sketches_of(study)["bars"].words.notes
    assert set_beside([load_shipped("baseline"), other]) == ("h20-stays is run with foundry.growth=60 %/year.",)
    assert set_beside([load_shipped("baseline")]) == ()
