"""The command line: what it writes where, what it says to mistakes, and what it leaves behind."""

import datetime
import json
import os
import pty
import re
import resource
import select
import shlex
import signal
import subprocess
import sys
import typing
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

import sim.cli.common
from sim import __version__
from sim.base.errors import ChipgateError
from sim.base.label import LABEL, SENTENCE
from sim.cli import main
from sim.experiment.replication import record
from sim.folder.read import read_results
from sim.model import facts
from sim.outcomes.transcript import SENTENCES, sentence
from sim.pictures.choice import kinds_of, pictures
from sim.pictures.kinds import kinds_told
from sim.scenario.load import load

pytestmark = pytest.mark.usefixtures("here")

HEAVY = {"numpy", "matplotlib", "duckdb", "simpy", "yaml", "jinja2"}


def terminal(
    *args: object, stdout: str = "terminal", until: str | None = None, ended_by: signal.Signals = signal.SIGINT
) -> tuple[int, str, str]:
    """(status, what the terminal showed, what a pipe received) of a process whose stderr is a terminal.

    `stdout` is the same terminal, or a pipe. With `until`, Ctrl-C is pressed once the terminal shows that text; another
    signal goes to the program alone and not to its workers. None of them lives on.
    """
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sim", *map(str, args)]
    environment = {**os.environ, "COLUMNS": "120", "TERM": "xterm"}
    out = theirs if stdout == "terminal" else subprocess.PIPE
    child = subprocess.Popen(
        command, stdin=theirs, stdout=out, stderr=theirs, env=environment, start_new_session=True, text=True
    )
    os.close(theirs)
    piped = child.stdout
    shown, received, pressed = b"", b"", False
    sources = [ours, *([piped.fileno()] if piped else [])]
    while sources:
        ready = select.select(sources, [], [], 300)[0]
        if not ready:
            os.killpg(child.pid, signal.SIGKILL)
            pytest.fail(f"the program shows nothing more and does not end, after {shown.decode()}")
        for source in ready:
            try:
                data = os.read(source, 65536)
            except OSError:  # the terminal's other end is closed
                data = b""
            if not data:
                sources.remove(source)
            elif source == ours:
                shown += data
            else:
                received += data
        if until is not None and not pressed and until.encode() in shown:
            pressed = True
            if ended_by == signal.SIGINT:
                os.killpg(child.pid, ended_by)
            else:
                child.send_signal(ended_by)
    status = child.wait()
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)
    os.close(ours)
    if piped:
        piped.close()
    return status, shown.decode().replace("\r\n", "\n"), received.decode()


def tree(folder: Path = Path()) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


# --- Help, and finding one's way ---


def test_help_imports_nothing_heavy():
    asks = "import sys; from sim.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    help_text, _, modules = done.stdout.rstrip().rpartition("\n")
    assert "Commands:" in help_text
    assert "click" in modules.split()
    assert {module.split(".")[0] for module in modules.split()} & HEAVY == set()


def test_every_command_has_help_of_one_sentence_or_more(chipgate):
    status, text, _ = chipgate("-h")
    assert status == 0
    for name, command in main.commands.items():
        assert command.hidden != bool(re.search(rf"^  {name} +\w", text, re.MULTILINE)), name
        status, told, _ = chipgate(name, "--help")
        assert status == 0
        assert told.startswith(f"Usage: chipgate {name} ")


GROUPS = {name: each for name, each in main.commands.items() if isinstance(each, click.Group)}
COMMANDS = [(name, each) for name, each in main.commands.items() if name not in GROUPS and not each.hidden]
COMMANDS += [(f"{name} {each}", command) for name in GROUPS for each, command in GROUPS[name].commands.items()]


def test_every_command_that_computes_asks_the_store_but_for_the_one_that_checks():
    options = {name: {option for each in command.params for option in each.opts} for name, command in COMMANDS}
    computing = {name for name, own in options.items() if "--workers" in own}
    assert computing - {name for name, own in options.items() if {"--store", "--no-store"} <= own} == {"reproduce"}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_without_a_command_shows_its_help(group, chipgate):
    _, _, told = chipgate(group)
    assert told.strip() == chipgate(group, "--help")[1].strip()


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_commands_help_is_whole_and_ends_with_lines_to_type(name, command, chipgate):
    _, told, _ = chipgate(*name.split(), "--help")
    assert "..." not in command.get_short_help_str(60), "a list of commands cuts it"
    assert "<=" not in told
    assert "RANGE" not in told
    examples = told.rpartition("Examples:\n")[2].splitlines()
    assert 1 <= len(examples) <= 2
    for line in examples:
        words = shlex.split(line.partition(">")[0])
        assert words[: 1 + len(name.split())] == ["chipgate", *name.split()]
        command.make_context(name, words[1 + len(name.split()) :], resilient_parsing=False)


def test_the_kinds_of_pictures_are_told_as_they_are_without_importing_them(process):
    assert list(kinds_told().items()) == [(kind, card.what) for kind, card in pictures().items()]
    done = process("plot", "--help")
    for kind, card in pictures().items():
        assert re.search(rf"^  {kind} +{card.what[:20]}", done.stdout, re.MULTILINE)


def completions(*words: str) -> list[tuple[str, str]]:
    """What the tab key offers after `chipgate` and these words, the last of them begun: (type, value)."""
    *args, incomplete = words
    shell = ShellComplete(main, {}, "chipgate", "_CHIPGATE_COMPLETE")
    return [(item.type, item.value) for item in shell.get_completions(args, incomplete)]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("hind",), ["hindcast"]),
        (("run", "h20-s"), ["h20-stays", "h20-stays-no-mandate"]),
        (("run", "my-"), ["my-own"]),
        (("compare", "baseline", "early-e"), ["early-embargo"]),
        (("explain", "baseline", "tight"), ["tight-border"]),
        (("show", "baseline", "--diff", "no-c"), ["no-controls"]),
        (("check", "basel"), ["baseline"]),
        (
            ("compare", "baseline", "no-controls", "--on", "revenue_"),
            ["revenue_huawei", "revenue_cambricon", "revenue_hygon", "revenue_nvidia"],
        ),
        (("plot", "results/x", "--kind", "f"), ["forest", "fan", "flows"]),
        (("plot", "results/x", "--outcome", "wait"), ["wait_median", "wait_p90"]),
        (("explain", "baseline", "--relax", "import"), ["import_control", "import_volume"]),
        (("lesson", "start", "01"), ["01-first-run"]),
    ],
)
def test_the_tab_key_completes_names(words, offered):
    Path("my-own.yaml").write_text("extends: baseline\n")
    found = completions(*words)
    assert [value for kind, value in found if kind == "plain"] == offered
    takes_a_file = words[0] not in ("hind", "plot") and words[-2] not in ("--on", "--relax")
    assert found[0][0] == ("file" if takes_a_file else "plain"), "bash forgets what stands before files"


def test_a_broken_name_or_folder_costs_the_tab_key_nothing(monkeypatch):
    def gone(name):
        raise ChipgateError(f"{name} is gone")

    monkeypatch.setattr("sim.scenario.load.load_shipped", gone)
    assert completions("plot", "x", "--outcome", "") == []
    assert completions("plot", "") == [("file", "")]


def test_python_m_sim_is_chipgate(process):
    done = process("--version")
    assert (done.returncode, done.stdout) == (0, f"chipgate {__version__}. {LABEL}.\n")


def test_list_names_the_shipped_scenarios_with_their_questions(chipgate):
    status, text, _ = chipgate("list")
    assert status == 0
    assert re.search(r"^ *baseline +What .*\?$", text, re.MULTILINE)
    status, text, _ = chipgate("list", "--json")
    assert json.loads(text)["scenarios"][0]["name"] == "baseline"


# --- Mistakes ---


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["rnu"], "No such command 'rnu'. Did you mean 'run'?"),
        (["run"], "Missing argument 'SCENARIO'"),
        (["run", "basline"], "no scenario is named 'basline'\n  did you mean 'baseline'?"),
        (["run", "absent.yaml"], "there is no file 'absent.yaml'"),
        (["run", "bad.yaml"], "bad.yaml:2:1: unknown key 'fondry'"),
        (["run", "noise.yaml"], "noise.yaml"),
        (["run", "folder.yaml"], "folder.yaml"),
        (["run", "tiny.yaml", "--set", "foundry.growth"], "--set foundry.growth: write KEY=VALUE"),
        (
            ["run", "tiny.yaml", "--set", "foundry.growth＝3"],
            "'＝' is not '=': U+FF1D fullwidth equals sign; write '='",
        ),
        (["compare", "baseline", "h20-block"], "'h20-block' is a policy of the baseline, not a scenario"),
        (["plot", "baseline"], "'baseline' is a scenario, not a results folder; run it first: chipgate run baseline"),
        (["reproduce", "absent"], "there is no folder 'absent'"),
        (["run", "tiny.yaml", "--set", "=3"], "--set =3: write KEY=VALUE"),
        (["run", "tiny.yaml", "--set", "foundry.grwth=50 %/year"], "did you mean 'growth'?"),
        (["run", "tiny.yaml", "--set", "foundry.growth=50 kg"], "'kg' does not measure this"),
        (["run", "tiny.yaml", "--replications", "0"], "'--replications': '0' is out of range; it must be at least 1"),
        (["run", "tiny.yaml", "-n", "many"], "'many' is not a whole number"),
        (["run", "tiny.yaml", "--seed", "-1"], "'--seed': '-1' is out of range; it must be at least 0"),
        (
            ["run", "tiny.yaml", "--workers", "0"],
            "'--workers': '0' is out of range; it must be at least 1 and at most 256",
        ),
        (["run", "tiny.yaml", "--out", "taken"], "'taken' exists already; name another folder, or add --overwrite"),
        (["run", "tiny.yaml", "--out", "."], "'.' exists already"),
        (["run", "tiny.yaml", "--out", "taken", "--overwrite"], "'taken' holds what is not part of a run (mine.txt)"),
        (["run", "tiny.yaml", "--out", "bad.yaml"], "'bad.yaml' is a file"),
        (["run", "tiny.yaml", "--out", "bad.yaml/out"], "is a file, so there can be no folder"),
        (["run", "tiny.yaml", "--out", "x" * 300], "File name too long"),
        (["run", "tiny.yaml", "--pictures", "svg,gif"], "'--pictures': 'gif' is not one of: svg, png, pdf, none"),
        (["compare", "tiny.yaml", "bad.yaml", "--pictures", ""], "'' is not one of: svg, png, pdf, none"),
        (["run", "tiny.yaml", "--trace", "--json"], "--trace shows sentences and writes no folder; leave out --json"),
        (["run", "tiny.yaml", "--trace", "--out", "new"], "leave out --out"),
        (["show", "basline"], "did you mean 'baseline'?"),
        (["show", "baseline", "--diff", "basline"], "did you mean 'baseline'?"),
        (["check", "tiny.yaml", "bad.yaml"], "bad.yaml:2:1"),
        (["figures", "--chek"], "No such option '--chek'"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_a_mistake_is_told_on_stderr_with_status_2_and_nothing_is_written(args, told, chipgate, tiny, monkeypatch):
    monkeypatch.setattr("sim.experiment.cases.computed", lambda *_: pytest.fail("the run began"))
    Path("tiny.yaml").write_text(tiny.read_text())
    Path("bad.yaml").write_text("extends: baseline\nfondry: {}\n")
    Path("noise.yaml").write_bytes(bytes(range(256)))
    Path("folder.yaml").mkdir()
    Path("taken").mkdir()
    Path("taken/mine.txt").write_text("mine")
    before = tree()
    status, out, err = chipgate(*args)
    assert status == 2
    assert told in err
    told_well = [line for line in out.splitlines() if not line.startswith("note: ")]
    assert told_well == (["tiny.yaml: ok"] if args[0] == "check" else [])
    assert "Traceback" not in err
    assert tree() == before


@pytest.mark.parametrize("limit", [5_000, 40_000])
def test_a_disk_that_is_full_is_told_in_words_and_leaves_nothing_but_all_data(process, tiny, limit):
    """No file may grow beyond a limit, so that the data cannot be written, or a picture cannot."""

    def small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = process("run", tiny, "-n", "2", "--out", "deep/out", preexec_fn=small_disk)
    assert done.returncode == 2
    assert "cannot write 'deep/out': File too large" in done.stderr
    assert done.stdout == ""
    if limit == 5_000:
        assert not Path("deep").exists()
    else:
        assert "'deep/out' holds all data, but no report and no pictures" in done.stderr
        assert "nothing was kept" not in done.stderr
        assert not list(Path("deep/out").glob("*.png"))
        assert len(read_results(Path("deep/out"))) == 2
        assert [path.name for path in Path("deep").iterdir()] == ["out"]


# --- Run ---


def test_run_writes_its_folder_and_a_table_into_a_pipe_and_nothing_of_a_bar_anywhere(process, tiny):
    done = process("run", tiny, "-n", "3", "--workers", "2", "--out", "mine")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "tiny: 3 replications, seed 1, 2023-01-01 to 2024-04-01"
    [header] = [line for line in lines if line.startswith("outcome")]
    assert re.split("  +", header) == ["outcome", "mean", "interval", "10-90 % of runs"]
    assert re.search(
        r"^delivered compute, thousand A100e +[\d.]+ +[-\d.]+ to [\d.]+ +[\d.]+ to [\d.]+$", done.stdout, re.M
    )
    assert "\x1b" not in done.stdout
    assert "\r" not in done.stdout
    assert lines[-3] == SENTENCE
    assert lines[-1].startswith("Written to mine: every outcome in summary.csv, the report in report.html, ")
    manifest = json.loads(Path("mine/manifest.json").read_text())
    assert manifest["command"] == f"chipgate run {tiny} -n 3 --workers 2 --out mine"
    assert manifest["replications"] == 3
    assert 0 <= manifest["seconds"] < 600


def test_the_table_is_the_same_for_any_number_of_workers_and_another_for_another_seed(chipgate, tiny):
    def table(*args):
        status, out, _ = chipgate("run", tiny, "-n", "12", *args)
        assert status == 0
        return [line for line in out.splitlines() if not line.startswith(("Written", "tiny:"))]

    assert table("--workers", "1") == table("--workers", "2")
    assert table("--workers", "1", "--seed", "2") != table("--workers", "1")


def test_a_setting_changes_the_run_and_stands_in_the_scenario_beside_the_data(chipgate, tiny):
    status, _, _ = chipgate("run", tiny, "-n", "1", "--set", "assembly.time=30 days", "--out", "slow")
    assert status == 0
    assert "time: 30 days" in Path("slow/scenario.yaml").read_text()
    assert load("slow/scenario.yaml").scenario.assembly.time == pytest.approx(30 / 7)


def test_without_out_runs_are_numbered_and_overwrite_replaces_the_named_one(chipgate, tiny):
    for _ in range(2):
        status, _, _ = chipgate("run", tiny, "-n", "1")
        assert status == 0
    assert sorted(os.listdir("results")) == ["tiny", "tiny-2"]
    status, out, _ = chipgate("run", tiny, "-n", "2", "--out", "results/tiny", "--overwrite")
    assert status == 0
    assert "Written to results/tiny:" in out
    assert json.loads(Path("results/tiny/manifest.json").read_text())["replications"] == 2
    assert sorted(os.listdir("results")) == ["tiny", "tiny-2"]


def test_a_name_that_another_run_takes_meanwhile_costs_nothing(chipgate, tiny, monkeypatch):
    from sim.experiment import run as experiment

    run_scenario = experiment.run_scenario

    def meanwhile(*args, **more):
        Path("results/tiny").mkdir(parents=True)
        return run_scenario(*args, **more)

    monkeypatch.setattr(experiment, "run_scenario", meanwhile)
    status, out, _ = chipgate("run", tiny, "-n", "1")
    assert status == 0
    assert "Written to results/tiny-2:" in out
    assert os.listdir("results/tiny") == []


def test_json_is_valid_without_nan_and_holds_manifest_and_summary(chipgate, tiny):
    status, out, err = chipgate("run", tiny, "-n", "2", "--json", "--out", "mine")
    assert (status, err) == (0, "")

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    data = json.loads(out, parse_constant=refuse)
    manifest = json.loads(Path("mine/manifest.json").read_text())
    assert data["label"] == LABEL
    assert data["folder"] == "mine"
    assert {key: data[key] for key in manifest} == manifest
    rows = {(row["outcome"], row["year"]): row for row in data["outcomes"]}
    assert rows["delivered", None]["mean"] > 0
    assert rows["service_level", 2024]["mean"] is None, "nobody's 52 weeks end inside the window"
    assert rows["service_level", 2024]["n"] == 0


def test_one_replication_is_told_without_interval(chipgate, tiny):
    status, out, _ = chipgate("run", tiny, "-n", "1")
    assert status == 0
    assert "One replication: there is no interval. Run more with --replications." in out
    assert re.search(r"^delivered compute, thousand A100e +[\d.,]+$", out, re.MULTILINE)


@pytest.mark.parametrize("arguments", [["--no-pictures"], ["--pictures", "svg", "--pictures", "none"]])
def test_a_run_without_pictures_draws_none_and_can_be_read_drawn_and_reproduced(arguments, chipgate, tiny, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("sim.pictures.choice.picture_of", lambda *_: pytest.fail("a picture was drawn"))
        status, out, _ = chipgate("run", tiny, "-n", "2", "--workers", "1", "--out", "mine", *arguments)
        assert status == 0
        assert "the report in report.html, and all data, without pictures." in out
        assert chipgate("reproduce", "mine", "--workers", "1")[0] == 0
    assert not [name for name in tree(Path("mine")) if name.endswith((".svg", ".png"))]
    page = Path("mine/report.html").read_text()
    assert "<img" not in page
    assert 'href="#pictures"' not in page
    assert chipgate("plot", "mine", "--kind", "backlog")[0] == 0
    assert Path("mine-backlog.svg").is_file()


def test_pictures_are_written_in_the_formats_asked_for_and_the_report_shows_them_all_the_same(chipgate, tiny):
    other = Path("other.yaml")
    other.write_text(f"extends: {tiny}\nfoundry: {{growth: 20 %/year}}\n")
    status, out, _ = chipgate(
        "compare", tiny, other, "-n", "2", "--workers", "1", "--out", "mine", "--pictures", "PNG, png"
    )
    assert status == 0
    assert "pictures and all data." in out
    pictures = {f"{kind}.png" for kind in kinds_of("comparison")}
    assert {Path(name).name for name in tree(Path("mine")) if name.endswith((".svg", ".png", ".pdf"))} == pictures
    page = Path("mine/report.html").read_text()
    assert page.count("<img") == len(pictures)
    assert "forest.png</span>" in page
    assert "forest.svg" not in page
    status, out, _ = chipgate("reproduce", "mine", "--json")
    states = {file["name"]: file["state"] for file in json.loads(out)["files"]}
    assert {states[name] for name in pictures} == {"same"}


# --- On a terminal ---


def test_the_progress_bar_is_on_stderr_and_the_pipe_holds_the_table_alone(tiny):
    status, shown, received = terminal("run", tiny, "-n", "3", "--workers", "1", "--out", "mine", stdout="pipe")
    assert status == 0
    assert "Running tiny" in shown
    assert "100%" in shown
    assert received.startswith("tiny: 3 replications")
    assert "Running" not in received
    assert "\x1b" not in received


def test_after_the_last_replication_each_step_is_named_and_none_is_left_on_the_screen(tiny):
    _, shown, received = terminal("run", tiny, "-n", "2", "--out", "mine", "--pictures", "svg", stdout="pipe")
    steps = [line.strip() for line in shown.partition("100%")[2].split("\r")]
    kinds = kinds_of("run")
    assert [step for step in steps if step] == [
        "Writing the data",
        *(f"Drawing pictures: {kind} ({n} of {len(kinds)})" for n, kind in enumerate(kinds, 1)),
        "Writing the report",
    ]
    assert steps[-2:] == ["", ""], "the line is written over with blanks"
    assert "Drawing" not in received


def test_json_in_a_pipe_is_json_alone_though_a_terminal_shows_the_bar(tiny):
    status, shown, received = terminal("run", tiny, "-n", "2", "--json", "--out", "mine", stdout="pipe")
    assert status == 0
    assert "Running tiny" in shown
    assert json.loads(received)["label"] == LABEL


def test_a_terminal_shows_the_table_with_both_ranges_the_label_and_brackets_as_they_are(tiny):
    question = "What if [all] of [/x] h20 stays?"
    status, shown, _ = terminal(
        "run", tiny, "-n", "2", "--workers", "1", "--set", f"question={question}", "--out", "mine"
    )
    assert status == 0
    assert "\x1b[1m" in shown, "a little colour"
    plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown)
    assert question in plain
    assert "interval" in plain
    assert "10-90 % of runs" in plain
    assert SENTENCE in plain.replace("\n", " ").replace("  ", " ")


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_its_like_end_a_run_without_a_traceback_and_leave_nothing(ended_by):
    run = ("run", "baseline", "-n", "1000000", "--workers", "2", "--out", "mine")
    status, shown, _ = terminal(*run, until="Running baseline", ended_by=ended_by)
    # By the signal itself where it hits code that Python evaluates from a string, as some modules do when imported.
    assert status in (1, -signal.SIGINT)
    assert "Aborted!" in shown
    assert "Traceback" not in shown
    assert tree() == []


def test_a_second_ctrl_c_does_not_disturb_what_tidies_up_after_the_first(monkeypatch):
    done = []

    def interrupted():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGINT)
            done.append("tidied up")
            monkeypatch.setattr("sim.cli.common.GRACE", 0)  # as if time had passed
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)

    with sim.cli.common._ended_in_order(), pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done == ["tidied up"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# --- Trace ---


def test_trace_tells_one_replication_as_dated_sentences_in_order_and_writes_nothing(chipgate, tiny):
    status, out, err = chipgate("run", tiny, "--trace", "--seed", "5")
    assert (status, err) == (0, "")
    first, *lines = out.splitlines()
    assert first == f"tiny, replication 0, seed 5. {SENTENCE}"
    scenario = load(tiny).scenario
    assert len(lines) == len(record(scenario, 5, 0).facts)
    days = [datetime.date.fromisoformat(line[:10]) for line in lines]
    assert days == sorted(days)
    lead_in = datetime.timedelta(weeks=scenario.lead_in)
    assert scenario.window.start - lead_in <= days[0] < scenario.window.start
    assert days[-1] < scenario.window.end
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d  .*\w\.", line) for line in lines)
    assert tree() == []


def test_a_reader_that_stops_reading_a_trace_sees_no_traceback():
    child = subprocess.Popen(
        [sys.executable, "-m", "sim", "run", "baseline", "--trace"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert LABEL in child.stdout.readline().decode()
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    child.wait()


KINDS = [kind for kind in vars(facts).values() if isinstance(kind, type) and issubclass(kind, tuple)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_fact_has_a_sentence_with_its_names_and_numbers(kind, tiny):
    scenario = load(tiny).scenario
    hints = typing.get_type_hints(kind)
    samples = {float: 1234.0, bool: True}
    values = {name: samples.get(hint, name.upper()) for name, hint in hints.items()}
    text = sentence(kind(**{**values, "time": 52.0}), scenario)
    assert text.startswith("2023-12-31  ")
    assert text.endswith(".")
    untold = {"time", "segment"} | ({"stack"} if kind is facts.ProjectArrived else set())
    for name, value in values.items():
        if isinstance(value, str) and name not in untold:
            assert value in text, f"{name} is not told"
    if any(hint is float for name, hint in hints.items() if name != "time"):
        assert re.search(r"1,234|0\.00", text)


def test_no_sentence_is_left_over_from_a_kind_of_fact_that_is_gone():
    assert set(SENTENCES) == set(KINDS)
    assert len(KINDS) > 10
