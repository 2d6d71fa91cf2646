"""What a person at a terminal of eighty columns sees, in a real one; and what progress bars say."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest
from lesson_world import make_exercise

from sim.cli import common
from sim.cli.common import _bar, echo_folded, time_left
from sim.cli.lessons import _runner, _runs_of
from sim.lessons import work as works
from sim.lessons.exercise import find

pytestmark = pytest.mark.usefixtures("here")


def terminal(*args: object, columns: int = 80) -> list[str]:
    """The lines that a terminal of so many columns has received; a line written over itself counts as several."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
    command = [sys.executable, "-m", "sim", *map(str, args)]
    child = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TERM": "xterm"},
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # the terminal's other end is closed
            break
        shown += data
    os.close(ours)
    assert child.wait() == 0, shown.decode()
    plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown.decode())
    return [line.rstrip() for line in re.split(r"[\r\n]+", plain)]


def test_a_comparison_fits_eighty_columns_and_its_bars_say_which_run_it_is(tiny):
    (other := tiny.parent / "other-growth.yaml").write_text(f"extends: {tiny.name}\nfoundry: {{growth: 20 %/year}}\n")
    lines = terminal("compare", tiny, other, "-n", 3, "--workers", 1, "--all", "--out", "results-of-this-comparison")
    assert max(map(len, lines)) <= 80
    text = " ".join(lines)
    assert "Running tiny (1 of 2)" in text
    assert "Running other-growth (2 of 2)" in text
    assert (
        "Written to results-of-this-comparison: these tables, the report in report.html, pictures and all data." in text
    )


def test_a_run_and_an_explanation_fit_eighty_columns(tiny):
    for command in ("run", "explain"):
        lines = terminal(command, tiny, "-n", 2, "--workers", 1)
        assert max(map(len, lines)) <= 80, command
    lines = terminal("show", "baseline", "--diff", "licence-queue")
    assert 70 < max(map(len, lines)) <= 80


def test_the_list_a_trace_and_the_backcast_fit_eighty_columns(tiny):
    for command in (["list"], ["run", tiny, "--trace"], ["backcast", "-n", 2]):
        lines = terminal(*command)
        assert 70 < max(map(len, lines)) <= 80, command
    assert "cambricon-revenue-q2-25: derived; from cambricon-revenue-h1-25, corrected." in lines


def test_in_a_pipe_the_backcast_is_one_table(chipgate):
    _, text, _ = chipgate("backcast", "-n", 2)
    [row] = [line for line in text.splitlines() if line.startswith("cambricon-revenue-q2-25")]
    assert row.endswith("derived; from cambricon-revenue-h1-25, corrected")


# --- Sentences ---


def test_a_sentence_is_folded_on_a_terminal_only_and_a_path_stays_whole(monkeypatch, capsys):
    path = "a-folder/with-a-name/that-is-long/" * 4
    told = f"Written to {path}: these tables, the report and all data."
    echo_folded(told)
    assert capsys.readouterr().out == f"{told}\n"
    monkeypatch.setattr(common, "terminal_width", lambda _err: 40)
    echo_folded(told)
    assert capsys.readouterr().out.splitlines() == ["Written to", f"{path}:", "these tables, the report and all data."]


# --- Progress ---


def test_no_time_is_estimated_before_the_first_blocks_of_all_workers_are_back(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    bar = _bar(200, 20, "Running")
    now[0] += 5
    assert [bar.item_show_func(done) for done in (None, 1, 19)] == [None, None, None]
    assert bar.item_show_func(20) == "0:45 left"
    assert bar.item_show_func(100) == "0:05 left"
    assert bar.item_show_func(200) is None
    assert not bar.show_eta, "the library's own, which counts from the first step"


def test_a_bar_fits_on_one_line(monkeypatch):
    for columns, name, width in ((80, "Running baseline", 36), (80, "Running " + "x" * 40, 10), (40, "x" * 60, 5)):
        monkeypatch.setenv("COLUMNS", str(columns))
        bar = _bar(200, 20, name)
        assert bar.width == width
        assert len(f"{name}  [{'#' * bar.width}]  100%  0:00 left") < columns or width == 5


def test_time_left_in_words():
    assert [time_left(seconds) for seconds in (0.4, 59.6, 3599, 3661)] == [
        "0:00 left",
        "1:00 left",
        "59:59 left",
        "1:01:01 left",
    ]


@pytest.fixture
def lesson_work(here, monkeypatch):
    make_exercise(here / "exercises" / "01-tiny")
    monkeypatch.setattr("sim.lessons.exercise.exercise_folder", lambda: here / "exercises")
    exercise = find("1")
    works.start(exercise, here / "work", 5, "")
    return works.read_work(exercise, here / "work")


def test_a_check_counts_the_runs_that_it_makes(lesson_work):
    assert _runs_of(lesson_work) == 3, "yours, base and more; nothing reads the others"


def test_a_lessons_bars_say_which_run_it_is_and_of_how_many_where_that_is_known(monkeypatch, tiny):
    from sim.scenario.load import load

    labels, asked = [], []
    monkeypatch.setattr("sim.cli.lessons.run_told", lambda *args: labels.append(args[-1]))
    known, unknown = _runner(1, lambda: asked.append(1) or 5), _runner(1)
    for run in (known, known, unknown):
        run(load(tiny), 2, 1)
    assert labels == ["Running tiny (1 of 5)", "Running tiny (2 of 5)", "Running tiny (1)"]
    assert asked == [1]
