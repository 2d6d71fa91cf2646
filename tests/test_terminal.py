"""What a person at a terminal sees: lines that fit, numbers that are whole, and what a bar of progress says."""

import contextlib
import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from dataclasses import replace
from pathlib import Path

import pytest
from exercise_runs import Small, begun
from lesson_world import EXERCISE, make_exercise

from sim.cli import terminal
from sim.cli.lessons import _runner
from sim.cli.terminal import bar_line, columns_of, echo_folded, progress_bar, style_of_stdout, time_left
from sim.exhibits.prose import markdown_lines
from sim.exhibits.style import ansi, unstyled
from sim.folder.write import described, publish
from sim.lessons import work as works
from sim.lessons.check import blank_answers, check, planned
from sim.lessons.exercise import find, read_exercise
from sim.lessons.texts import before_text

pytestmark = pytest.mark.usefixtures("here")

ESCAPE = "\x1b"


@pytest.fixture
def on_terminal(monkeypatch, chipgate):
    """A command as on a terminal of so many columns: (stdout, every line that it has shown)."""

    def invoke(columns: int, *args: object) -> tuple[str, list[str]]:
        monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
        monkeypatch.setenv("COLUMNS", str(columns))
        status, out, err = chipgate(*args)
        assert status in (0, 2)
        return out, [line.rstrip() for line in re.split(r"[\r\n]+", f"{out}\n{err}")]

    return invoke


@pytest.fixture
def unpublished(monkeypatch):
    """Pictures and reports cost seconds and have tests of their own."""

    def stand_in(results, folder, command, duration, overwrite=False, **_):
        about = described(results, command, duration)
        return publish(folder, {"seen.txt": lambda path: path.write_text("seen")}, about, overwrite)

    monkeypatch.setattr("sim.folder.write.publish_results", stand_in)


COMMANDS = """
    --help | run --help | compare --help | lesson predict --help | list | show baseline | show baseline --diff TINY
    check TINY baseline | check bad.yaml | figures | figures --check | hindcast -n 2 --workers 1 | run TINY -n 3 --workers 1
    run TINY --trace | run TINY --trace --json | run basline | compare TINY OTHER -n 3 --workers 1 --all
    explain TINY -n 3 --workers 1 | explain TINY --project 1 | lesson list | lesson show 6 --all
    lesson show 1 --teacher | lesson start 6 --seed 5 | plot PUBLISHED | reproduce PUBLISHED --workers 1
"""
BAD = """extends: baseline
fondry: {growth: 200 %/yeer}
foundry: {cycle_time: 14 wks, growth: {assumption: 50 %/year, range: [1 %/year, 2 %/year], reason: a long one}}
policies: {h20-blok: off}
"""
NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")


@pytest.mark.usefixtures("unpublished")
@pytest.mark.parametrize("columns", [40, 60, 80, 120] if os.environ.get("CHIPGATE_FULL") else [40])
@pytest.mark.parametrize("command", [part.strip() for part in re.split(r"[|\n]", COMMANDS) if part.strip()])
def test_nothing_is_wider_than_the_terminal_and_no_number_is_cut(
    command, columns, chipgate, on_terminal, tiny, published, monkeypatch
):
    Path("tiny.yaml").write_text(tiny.read_text())
    Path("other.yaml").write_text("extends: tiny\nfoundry: {growth: 20 %/year}\n")
    Path("bad.yaml").write_text(BAD)
    os.symlink(published, "folder")
    words = {"TINY": "tiny.yaml", "OTHER": "other.yaml", "PUBLISHED": "folder"}
    args = [words.get(word, word) for word in command.split()]
    out, lines = on_terminal(columns, *args)
    assert max(map(len, lines)) <= columns
    monkeypatch.setattr(terminal, "is_terminal", lambda _: False)
    monkeypatch.setattr("sim.exhibits.page.WIDEST", 10_000)  # with every column
    shutil.rmtree("06-h20-block", ignore_errors=True)
    _, piped, _ = chipgate(*args)
    assert set(NUMBER.findall(out)) <= set(NUMBER.findall(piped))


def in_a_terminal(*args: object, columns: int = 80, **environment: str) -> str:
    """What a real terminal of so many columns has received."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    inherited = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
    child = subprocess.Popen(
        [sys.executable, "-m", "sim", *map(str, args)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**inherited, "TERM": "xterm", **environment},
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # until the terminal's other end is closed
        while data := os.read(ours, 65536):
            shown += data
    os.close(ours)
    assert child.wait() == 0, shown.decode()
    return shown.decode()


@pytest.mark.parametrize(("environment", "styled"), [({}, True), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1"}, False)])
def test_a_real_terminal_is_asked_how_wide_it_is_and_gets_styles_unless_it_wants_none(environment, styled, tiny):
    shown = in_a_terminal("explain", tiny, "-n", 2, "--workers", 1, columns=70, **environment)
    assert (ESCAPE in shown) == styled
    plain = re.sub(r"\x1b\[[\d;]*m", "", shown)
    assert 60 < max(len(line.rstrip()) for line in re.split(r"[\r\n]+", plain)) <= 70
    assert ("Running tiny  [" in plain) == (environment.get("TERM") != "dumb"), "a bar goes back to its beginning"


def test_styles_are_for_a_terminal_that_takes_them(monkeypatch):
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    monkeypatch.setenv("TERM", "xterm")
    assert style_of_stdout() is ansi
    assert ansi("better", "bold green") == "\x1b[1;32mbetter\x1b[0m"
    assert ansi("plain", "") == "plain"
    for name, value in (("TERM", "dumb"), ("NO_COLOR", "1")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert style_of_stdout() is unstyled
    monkeypatch.setattr(terminal, "is_terminal", lambda _: False)
    assert style_of_stdout() is unstyled


# --- Sentences and pages ---


def test_a_sentence_is_folded_on_a_terminal_only_and_a_path_stays_whole(monkeypatch, capsys):
    path = "a-folder/with-a-name/that-is-long/" * 4
    told = f"Written to {path}: these tables, the report and all data."
    echo_folded(told)
    assert capsys.readouterr().out == f"{told}\n"
    monkeypatch.setattr(terminal, "terminal_width", lambda _err: 40)
    echo_folded(told)
    assert capsys.readouterr().out.splitlines() == ["Written to", f"{path}:", "these tables, the report and all data."]


PAGE = """# A page

Two lines that make one
paragraph, with **weight** and `code`.

1. An item, which goes on
   below.

       chipgate run baseline

   Its second paragraph.
- Another.

    code outside

| a | b |
|---|---|
"""


def test_a_page_of_markdown_is_folded_and_its_code_is_not():
    assert markdown_lines(PAGE, 30) == [
        "A page",
        "",
        "Two lines that make one",
        "paragraph, with weight and",
        "`code`.",
        "",
        "1. An item, which goes on",
        "   below.",
        "",
        "       chipgate run baseline",
        "",
        "   Its second paragraph.",
        "- Another.",
        "",
        "    code outside",
        "",
        "| a | b |",
        "|---|---|",
    ]
    assert markdown_lines("# A page", 30, ansi) == ["\x1b[1mA page\x1b[0m"]


# --- Progress ---


def test_no_time_is_estimated_before_the_first_blocks_of_all_workers_are_back(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    monkeypatch.setenv("COLUMNS", "80")
    with progress_bar(200, 20, "Running") as step:
        now[0] += 5
        for _ in range(200):
            step()
    lines = [line.rstrip() for line in capsys.readouterr().err.split("\r")[1:]]
    [first] = [line for line in lines if line.endswith("0:45 left")]
    assert "  10%  " in first
    assert not any("left" in line for line in [*lines[: lines.index(first)], lines[-1]])
    assert lines[-1].endswith("100%")
    assert max(map(len, lines)) < 80


def test_what_was_reused_is_told_and_no_time_is_estimated_by_it(monkeypatch, capsys):
    now, old = [100.0], [0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    monkeypatch.setenv("COLUMNS", "80")
    with progress_bar(200, 10, "Running", lambda: old[0]) as step:
        old[0] = 180
        for n in range(200):
            now[0] += n >= 180
            step()
    lines = [line.rstrip() for line in capsys.readouterr().err.split("\r")[1:]]
    times = [line for line in lines if line.endswith("left")]
    assert lines[lines.index(times[0]) - 1].endswith("  94%  180 reused")
    assert times[0].endswith("  95%  0:10 left"), "a second for each of the ten that are to come"
    assert lines[-1].endswith(" 100%  180 reused")


def test_where_nobody_looks_on_there_is_no_bar(capsys):
    with progress_bar(2, 1, "Running") as step:
        step()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_a_bar_fits_on_one_line_whatever_the_name(columns):
    for name in ("Running baseline", "Running " + "x" * 60):
        assert len(bar_line(name, 0.5, "0:14 left", columns)) == columns - 1
    assert bar_line("Running baseline", 0.5, "0:14 left", 80).rstrip() == (
        f"Running baseline  [{'#' * 18}{'-' * 18}]   50%  0:14 left"
    )


def test_a_terminal_that_does_not_say_its_width_has_eighty_columns(monkeypatch):
    with open(os.devnull) as stream:
        assert columns_of(stream) == 80
        monkeypatch.setenv("COLUMNS", "7")
        assert columns_of(stream) == terminal.NARROWEST
        monkeypatch.setenv("COLUMNS", "many")
        assert columns_of(stream) == 80


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
    """Yours, base and more; nothing reads the others, and a blank answer spares the runs that it is set beside."""
    assert planned(lesson_work) == [6, 6, 6]
    answered = replace(lesson_work, answers={**lesson_work.answers, "word": "x"})
    assert planned(answered) == [6, 6, 6]
    texts = replace(lesson_work.exercise.machine.properties["gains"], test="answers.level > mean(calm.delivered)")
    assert blank_answers(lesson_work, texts) == ["level"]


def test_what_is_blank_and_what_will_be_run_is_told_before_the_first_run(lesson_work):
    answers = {"level": 3.0, "way": "more", "word": "x", "why": None}
    assert before_text(replace(lesson_work, answers=answers), [6, 6, 6]) == (
        "One answer is still blank: why. The rest is checked.\nThis check makes 3 runs of 6 replications."
    )
    told = before_text(replace(lesson_work, answers=answers | {"level": None}), [6, 9])
    assert told.startswith("Two answers are still blank: level and why.")
    assert told.endswith("This check makes 2 runs, 15 replications in all.")
    assert before_text(replace(lesson_work, answers=answers | {"why": "so"}), [6, 6]).count("\n") == 0


def test_a_run_that_only_a_blank_answer_is_set_beside_is_not_made(tmp_path):
    text = EXERCISE.replace("within(answers.level, mean(base.delivered), 0.01)", "mean(calm.delivered) > answers.level")
    exercise = read_exercise(make_exercise(tmp_path / "other", text))
    folder, made = begun(exercise, tmp_path / "w", seed=3), []

    def run(sourced, replications, seed):
        made.append(replications)
        return Small(2)(sourced, replications, seed)

    work = works.read_work(exercise, folder)
    check(work, run)
    assert made == planned(work) == [6, 6, 6]
    answers = folder / works.ANSWERS
    answers.write_text(answers.read_text().replace("  level:", "  level: 5 A100e"))
    work, made = works.read_work(exercise, folder), []
    check(work, run)
    assert made == planned(work) == [6, 6, 6, 6]


def test_a_lessons_bars_say_which_run_it_is_and_of_how_many_where_that_is_known(monkeypatch, tiny):
    from sim.scenario.load import load

    labels, asked = [], []
    monkeypatch.setattr("sim.cli.lessons.run_told", lambda *args: labels.append(args[-1]))
    known, unknown = _runner(1, lambda: asked.append(1) or [2] * 5), _runner(1)
    for run in (known, known, unknown):
        run(load(tiny), 2, 1)
    assert labels == ["Running tiny (1 of 5)", "Running tiny (2 of 5)", "Running tiny (1)"]
    assert asked == [1]
