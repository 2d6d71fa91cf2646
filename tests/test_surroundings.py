"""What surrounds the program: streams that are closed or full, limits of the system, names, start methods, -OO."""

import os
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

import sim
from sim.base.errors import ChipgateError
from sim.base.label import SENTENCE
from sim.lessons.work import LOG, MOST_BAD, read_log
from sim.scenario.load import load

pytestmark = pytest.mark.usefixtures("here")

ROOT = Path(sim.__file__).parents[1]
PAGE = (ROOT / "docs" / "analyst.md").read_text(encoding="utf-8")


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a shell makes of a command; `chipgate` in it is this program."""
    program = f"{sys.executable} -m sim"
    return subprocess.run(
        ["bash", "-c", command.replace("chipgate", program)],
        capture_output=True,
        env={**os.environ, **environment},
        text=True,
        timeout=120,
        check=False,
    )


# --- Streams and limits ---

FULL = "the system does not let this go on: No space left on device\n"
CLOSED = "standard output is closed, so nothing could be shown; send it to /dev/null instead\n"
FEW_FILES = "too many files are open; allow this program more of them, as 'ulimit -n 256' does\n"
LITTLE = "this program may have 410 MB of memory, too little for a run and its pictures; allow it 600 MB or more, with "
NO_ANSWER = "a question got no answer, for standard input is at its end; see python -m sim lesson --help\n"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("chipgate list >&-", CLOSED),
        ("chipgate --help >&-", CLOSED),
        ("chipgate list > /dev/full", FULL),
        ("chipgate --help > /dev/full", FULL),
        ("chipgate schema > /dev/full", FULL),
        ("chipgate run nonsense 2>&-", ""),
        ("ulimit -n 12; chipgate run TINY -n 40 --workers 4", FEW_FILES),
        ("ulimit -v 400000; chipgate run TINY -n 2", f"{LITTLE}'ulimit -v 600000'\n"),
        ("chipgate lesson start 6 work > start.txt; chipgate lesson predict 6 work <&-", NO_ANSWER),
        ("chipgate run $'caf\\xe9/mine.yaml'", "'caf\\udce9/mine.yaml' is not written in UTF-8, "),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence_with_status_2(command, told, tiny):
    done = shell(command.replace("TINY", str(tiny)))
    assert done.returncode == 2
    assert done.stderr.lstrip("\n").startswith(told)
    assert done.stderr.strip().count("\n") == 0
    assert bool(done.stderr) == bool(told)


def test_a_closed_stderr_costs_nothing_and_its_number_goes_to_no_file(tiny):
    done = shell(f"chipgate run {tiny} -n 2 --workers 1 --out mine 2>&-")
    assert (done.returncode, done.stderr) == (0, "")
    assert SENTENCE in done.stdout
    assert shell("chipgate reproduce mine --workers 1").returncode == 0


def test_a_pipe_whose_reader_has_gone_is_left_quietly():
    done = shell("chipgate show baseline | head -1")
    assert (done.stdout, done.stderr) == ("baseline: Baseline\n", "")


def test_letters_that_the_terminal_lacks_are_written_as_their_codes(tiny):
    done = shell(f"chipgate show {tiny} --set title=\u0161koda", PYTHONIOENCODING="latin-1")
    assert done.returncode == 0
    assert "tiny: \\u0161koda" in done.stdout


# --- Names ---


def test_a_name_is_one_name_however_its_accents_are_written(tiny, chipgate):
    composed, decomposed = (unicodedata.normalize(form, "caf\u00e9") for form in ("NFC", "NFD"))
    Path(f"{decomposed}.yaml").write_text(tiny.read_text())
    Path("child.yaml").write_text(f"extends: {composed}\ntitle: {decomposed}\n", encoding="utf-8")
    for asked in (f"{decomposed}.yaml", f"{composed}.yaml", decomposed, composed, Path(f"{decomposed}.yaml")):
        assert load(asked).scenario.name == composed
    assert load("child").scenario.title == composed
    status, _, err = chipgate("compare", f"{composed}.yaml", f"{decomposed}.yaml", "-n", 1)
    assert (status, err) == (2, f"'{composed}' is given twice; compare it with another scenario\n")


def test_a_files_name_that_is_no_scenarios_name_is_refused_with_the_way_out(tiny, chipgate):
    Path("plan (2).yaml").write_text(tiny.read_text())
    status, _, err = chipgate("check", "plan (2).yaml")
    assert status == 2
    assert "'plan (2)' cannot be a scenario's name" in err
    assert "a line 'name: ...' in the file" in " ".join(err.split())


# --- Line ends ---


def test_a_clone_keeps_every_byte_whatever_git_is_told_of_line_ends(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a checkout")
    git = ["git", "-c", "core.autocrlf=true", "-c", "safe.directory=*"]
    scratch = tmp_path / "one"
    scratch.mkdir()
    for name in (".gitattributes", "results/reference/summary.csv", "scenarios/baseline.yaml", "sim/__main__.py"):
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, scratch / name)
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all"]):
        subprocess.run([*git, *words], cwd=scratch, check=True, capture_output=True)
    subprocess.run([*git, "clone", "-q", scratch, tmp_path / "two"], check=True, capture_output=True)
    for path in (path for path in (tmp_path / "two").rglob("*") if path.is_file() and ".git/" not in str(path)):
        assert b"\r" not in path.read_bytes(), path.name


def test_a_file_in_which_only_line_ends_changed_is_refused_as_such(published):
    shutil.copytree(published, "mine")
    path = Path("mine/scenario.yaml")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(ChipgateError, match="has other line ends than when it was written, and nothing else"):
        sim.read("mine")
    path.write_bytes(path.read_bytes().replace(b"Tiny", b"Tinier"))
    with pytest.raises(ChipgateError, match="was changed after it was written"):
        sim.read("mine")


# --- Start methods ---


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_script_without_a_guard_is_told_of_it(method, tiny):
    snippet, *_ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    begin = f"import multiprocessing\nmultiprocessing.set_start_method('{method}', force=True)\n"
    script = begin + snippet.replace('"baseline", replications=200', f"{str(tiny)!r}, replications=40, workers=2")
    Path("script.py").write_text(script, encoding="utf-8")
    done = shell(f"{sys.executable} script.py", PYTHONPATH=str(ROOT))
    assert done.returncode == 1
    [told] = [line for line in done.stderr.splitlines() if line.startswith("sim.base.errors.ChipgateError: ")]
    assert "below 'if __name__ == \"__main__\":', or run in one process with workers=1" in told
    assert done.stderr.count("Traceback") == 1, "the workers leave quietly"


def test_a_process_that_may_have_no_children_does_the_work_itself(tiny):
    Path("script.py").write_text(
        "import multiprocessing, sim\n"
        "def work():\n"
        f"    print(sim.run({str(tiny)!r}, replications=12, workers=2)['delivered'].shape)\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.Process(target=work, daemon=True)\n"
        "    process.start()\n"
        "    process.join()\n"
    )
    done = shell(f"{sys.executable} script.py", PYTHONPATH=str(ROOT))
    assert done.stdout == "(12,)\n"
    assert "this process is a daemon and may have no workers" in done.stderr


# --- Settings ---


def test_false_switches_off_and_an_unfit_setting_is_told_by_its_key(tiny):
    assert "h20-block" not in load("baseline", {"policies.h20-block": False}).scenario.policies
    for value in (True, None, [1], float("nan")):
        with pytest.raises(ChipgateError, match=r"foundry\.growth"):
            load(tiny, {"foundry.growth": value})


# --- Python without docstrings ---


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "run --help",
        "lesson predict --help",
        "list",
        "show baseline",
        "schema",
        "check baseline",
        "plot FOLDER",
        "explain TINY -n 2 --workers 1 --json",
    ],
)
def test_python_that_drops_docstrings_and_assertions_says_the_same(command, tiny, published):
    words = command.replace("TINY", str(tiny)).replace("FOLDER", str(published))
    plain, stripped = shell(f"chipgate {words}"), shell(f"chipgate {words}", PYTHONOPTIMIZE="2")
    assert plain.returncode == stripped.returncode == 0, stripped.stderr
    assert stripped.stdout == plain.stdout


def test_python_that_drops_docstrings_keeps_what_outcomes_mean():
    code = "from sim.outcomes.cards import OUTCOMES; print(*(card.definition for card in OUTCOMES.values()), sep='|')"
    one, two = (
        shell(f'{sys.executable} -c "{code}"', PYTHONOPTIMIZE=level, PYTHONPATH=str(ROOT)).stdout
        for level in ("0", "2")
    )
    assert one == two
    assert len(one) > 1000


# --- Files from others ---


def test_a_log_of_nothing_but_broken_lines_is_left_soon(tmp_path):
    (tmp_path / LOG).write_bytes(b"{\n" * 450_000)
    with pytest.raises(ChipgateError, match=f"is not a log of checks: over {MOST_BAD} of its lines are broken"):
        read_log(tmp_path / LOG)
