"""`chipgate compare`: what it takes, what it refuses before any work, what it writes and where."""

import csv
import io
import json
import re

import pytest

from sim.base.label import LABEL
from sim.experiment.comparison import Comparison
from sim.experiment.looks import Looks
from sim.experiment.run import run_scenario
from sim.folder.manifest import read_manifest
from sim.folder.write import Published, described, publish
from sim.outcomes.keys import Key


@pytest.fixture(autouse=True)
def stand(here):
    """Every test stands in an empty folder."""
    return here


@pytest.fixture
def others(tiny):
    """Files that extend the small scenario."""
    paths = []
    for name, growth in (("faster", "150 %/year"), ("slower", "20 %/year")):
        path = tiny.parent / f"{name}.yaml"
        path.write_text(f"extends: tiny.yaml\nname: {name}\ntitle: {name}\nfoundry: {{growth: {growth}}}\n")
        paths.append(path)
    return paths


@pytest.fixture
def written(monkeypatch):
    """Comparisons that were to be written; pictures and report cost seconds and have tests of their own."""
    found = []

    def stand_in(comparison: Comparison, folder, command, duration, overwrite=False, **_) -> Published:
        found.append(comparison)
        about = described(comparison, command, duration)
        return publish(folder, {"seen.txt": lambda path: path.write_text("seen")}, about, overwrite)

    monkeypatch.setattr("sim.folder.write.publish_results", stand_in)
    return found


def test_it_compares_and_writes_a_folder(chipgate, tiny, others, written, here):
    status, out, err = chipgate("compare", tiny, *others, "-n", 3)
    assert (status, err) == (0, "")
    assert out.startswith("Compared with tiny: faster, slower; 3 replications, seed 1, 2023-01-01 to 2024-04-01")
    assert LABEL in out
    assert "faster, less tiny" in out
    assert "market value, " not in out
    assert "Written to results/tiny-vs-faster-slower" in out
    about = read_manifest(here / "results" / "tiny-vs-faster-slower")
    assert (about.kind, list(about.scenarios), about.replications) == ("comparison", ["tiny", "faster", "slower"], 3)
    assert written[0].names == ["tiny", "faster", "slower"]


@pytest.mark.usefixtures("written")
def test_a_second_one_takes_another_folder(chipgate, tiny, others, here):
    for _ in range(2):
        assert chipgate("compare", tiny, others[0], "-n", 1)[0] == 0
    assert sorted(path.name for path in (here / "results").iterdir()) == ["tiny-vs-faster", "tiny-vs-faster-2"]


@pytest.mark.usefixtures("written")
def test_every_outcome_is_shown_if_asked(chipgate, tiny, others):
    assert "market value, " in chipgate("compare", tiny, others[0], "-n", 2, "--all")[1]


@pytest.mark.usefixtures("written")
def test_json_is_data_only(chipgate, tiny, others):
    for option in (["--json"], ["--format", "json"]):
        status, out, err = chipgate("compare", tiny, others[0], "-n", 2, "--out", f"out{len(option)}", *option)
        data = json.loads(out, parse_constant=pytest.fail)
        assert (status, err) == (0, "")
        assert (data["label"], data["folder"], data["replications"]) == (LABEL, f"out{len(option)}", 2)
        assert data["differences"]
        assert data["versions"]["chipgate"]


@pytest.mark.usefixtures("written")
def test_csv_and_markdown_are_clean_and_the_folder_is_told_beside_them(chipgate, tiny, others):
    _, out, err = chipgate("compare", tiny, others[0], "-n", 2, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row["label"] for row in rows} == {LABEL}
    assert err.startswith("Written to results/tiny-vs-faster: ")
    _, out, err = chipgate("compare", tiny, others[0], "-n", 2, "--format", "markdown")
    assert out.startswith("# Compared with tiny: faster")
    assert "Written" not in out
    assert "Written to" in err


def test_set_changes_every_scenario(chipgate, tiny, others, written):
    status, _, _ = chipgate("compare", tiny, others[0], "-n", 1, "--set", "window.end=2023-03-01", "--seed", 7)
    assert status == 0
    assert {str(run.scenario.window.end) for run in written[0].runs} == {"2023-03-01"}
    assert {run.seed for run in written[0].runs} == {7}


def test_precision_adds_replications_and_says_how_many_it_took(chipgate, tiny, others, written):
    status, out, _ = chipgate("compare", tiny, others[0], "--precision", "5%", "--on", "delivered")
    assert status == 0
    assert "took 3 replications of each scenario; 17 more were run" in " ".join(out.split())
    assert written[0].precision.outcomes == (Key("delivered"),)


@pytest.mark.usefixtures("written")
def test_a_cap_that_comes_first_is_told(chipgate, tiny, others):
    status, out, _ = chipgate(
        "compare", tiny, others[0], "--precision", "0.001%", "--on", "delivered", "--cap", 21, "--json"
    )
    data = json.loads(out)
    assert status == 0
    assert (data["replications"], data["precision"]["reached"], data["precision"]["cap"]) == (21, False, 21)
    assert any("NOT reached" in note for note in data["warnings"])


def test_until_decided_adds_replications_up_to_a_look(chipgate, tiny, others, written):
    status, out, _ = chipgate("compare", tiny, others[0], "--until-decided", "--cap", 40, "--json")
    data = json.loads(out)
    assert status == 0
    assert written[0].looks == Looks((20, 40))
    assert data["until_decided"]["looks"] == [20, 40]
    assert data["replications"] == (20 if data["until_decided"]["decided"] else 40) == len(written[0])
    assert "looks" not in data


@pytest.mark.usefixtures("written")
def test_a_person_who_looks_on_sees_how_many_verdicts_are_open(chipgate, tiny, others, monkeypatch):
    monkeypatch.setattr("sim.cli.terminal.is_watched", lambda: True)
    status, _, err = chipgate("compare", tiny, others[0], "--until-decided", "--cap", 40)
    assert status == 0
    assert re.match(r"20 replications of each; \d of 6 verdicts open at 20\s*$", err.split("\r")[1])


@pytest.mark.usefixtures("written")
def test_a_person_who_looks_on_sees_how_wide_the_widest_interval_is(chipgate, tiny, others, monkeypatch):
    """On one line that is written over, and gone before anything else is told."""
    monkeypatch.setattr("sim.cli.terminal.is_watched", lambda: True)
    monkeypatch.setattr("sim.cli.comparing.run_told", lambda *args: run_scenario(*args[:4]))
    status, _, err = chipgate("compare", tiny, others[0], "--precision", "0.001%", "--on", "delivered", "--cap", 21)
    assert status == 0
    first, second, cleared, end = [line.split(" %")[0] for line in err.split("\r")[1:]]
    assert first.startswith("20 replications of each; widest: delivered in faster, +/- ")
    assert second.startswith("21 replications of each; widest: delivered in faster, +/- ")
    assert (cleared.strip(), end) == ("", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["TINY"], "Missing argument 'OTHER...'"),
        (["TINY", "TINY"], "'tiny' is given twice"),
        (["TINY", "basline"], "baseline"),
        (["TINY", "baseline"], "different windows cannot be compared"),
        (["TINY", "OTHER", "--precision", "2%", "-n", "9"], "leave out replications, or precision"),
        (["TINY", "OTHER", "--on", "delivered"], "on and cap belong to precision"),
        (["TINY", "OTHER", "--cap", "50"], "on and cap belong to precision"),
        (["TINY", "OTHER", "--until-decided", "-n", "9"], "leave out replications, precision and on"),
        (["TINY", "OTHER", "--until-decided", "--precision", "2%"], "leave out replications, precision and on"),
        (["TINY", "OTHER", "--until-decided", "--on", "delivered"], "leave out replications, precision and on"),
        (["TINY", "OTHER", "--precision", "much"], "--precision much: 'much' is not a quantity"),
        (["TINY", "OTHER", "--precision", "2"], "such as 2%"),
        (["TINY", "OTHER", "--precision", "2%", "--on", "domestic_majority"], "is a date"),
        (["TINY", "OTHER", "--precision", "2%", "--on", "deliverd"], "did you mean 'delivered'"),
        (["TINY", "OTHER", "--overwrite"], "--overwrite replaces the folder that --out names"),
        (["TINY", "OTHER", "--json", "--format", "csv"], "--json and --format csv are two formats"),
        (["TINY", "OTHER", "--set", "nonsense"], "write KEY=VALUE"),
        (["TINY", "OTHER", "--out", "TINY"], "is a file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_refused_and_nothing_is_written(chipgate, tiny, others, here, arguments, message):
    words = {"TINY": tiny, "OTHER": others[0]}
    status, out, err = chipgate("compare", *(words.get(word, word) for word in arguments))
    assert status == 2
    assert out == ""
    assert message in " ".join(err.split())
    assert list(here.iterdir()) == []


def test_an_existing_folder_is_refused_before_any_work(chipgate, tiny, others, here, monkeypatch):
    (here / "there").mkdir()
    monkeypatch.setattr("sim.experiment.run.run_scenario", lambda *_: pytest.fail("it ran"))
    status, _, err = chipgate("compare", tiny, others[0], "--out", "there")
    assert status == 2
    assert "'there' exists already; name another folder, or add --overwrite" in err


@pytest.mark.usefixtures("written")
def test_overwrite_replaces_a_results_folder(chipgate, tiny, others, here):
    assert chipgate("compare", tiny, others[0], "-n", 1, "--out", "mine")[0] == 0
    assert chipgate("compare", tiny, others[1], "-n", 1, "--out", "mine", "--overwrite")[0] == 0
    assert list(read_manifest(here / "mine").scenarios) == ["tiny", "slower"]


def test_help_says_what_it_does(chipgate):
    status, out, _ = chipgate("compare", "--help")
    assert status == 0
    assert "Each OTHER is paired with BASE" in out
