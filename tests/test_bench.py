"""The measurement of speed: what it does with times, and what it says. Nothing here is timed."""

import contextlib
import json
import multiprocessing
import shutil
import subprocess

import bench
import pytest
from bench import NOW, REFERENCE, REFERENCE_FILE, ROOT, SEED, Turn, answering, exponents, grown, scaled, worktree

from sim.base.errors import ChipgateError
from sim.experiment.replication import record
from sim.scenario.load import load_shipped

GROWTH = {
    "worlds": [{"size": size, "events": 10 * size, "milliseconds": 2.0 * size} for size in (1, 10, 100)],
    "exponent": 1.0,
    "steepest": 1.06,
}


@pytest.fixture
def baseline():
    return load_shipped("baseline").scenario


def turns(milliseconds):
    """Turns of so many milliseconds and a thousand events each, of which a bare loop takes 1 ms."""
    return [Turn(ms / 1000, ms / 2000, 0.001, 1000, 1200) for ms in milliseconds]


# --- Figures ---


def test_the_exponent_is_the_power_that_the_time_grows_with():
    found = exponents([1, 10, 100], [3 * size**1.05 for size in (1, 10, 100)])
    assert found == pytest.approx({"exponent": 1.05, "steepest": 1.05})


def test_what_costs_the_same_in_every_world_hides_no_growth():
    assert exponents([1, 10, 100], [20, 20, 2000]) == pytest.approx({"exponent": 1, "steepest": 2})


def test_the_ratio_is_taken_turn_by_turn():
    """A slow moment of the machine, which both trees share, moves no ratio."""
    found = bench.turn_by_turn(turns([50, 500, 60]), turns([100, 1000, 100]))
    assert found == {"median": pytest.approx(0.5), "quartiles": pytest.approx([0.5, 0.55])}


def test_a_committed_time_counts_in_bare_events():
    """Here an event of the bare loop takes 1 microsecond, so that 60 ms are 60,000 of them."""
    committed = {"in_bare_events": {"median": 100_000}}
    found = scaled(bench.figures("", turns([40, 60, 80]), {}), committed)
    assert found == {"median": pytest.approx(0.6), "quartiles": pytest.approx([0.5, 0.7])}


# --- Larger worlds ---


def numbers(part, path=()):
    """Every number of a part, by its path."""
    if isinstance(part, dict):
        items = part.items()
    elif hasattr(part, "__dataclass_fields__"):
        items = [(name, getattr(part, name)) for name in part.__dataclass_fields__]
    else:
        return {path: part} if isinstance(part, int | float) else {}
    return {key: value for name, item in items for key, value in numbers(item, (*path, name)).items()}


def test_a_grown_world_has_more_projects_and_as_much_more_supply_and_is_else_the_same(baseline):
    before, after = numbers(baseline), numbers(grown(baseline, 10))
    assert before.keys() == after.keys()
    moved = {path for path in before if before[path] != after[path]}
    assert all(after[path] == pytest.approx(10 * before[path]) for path in moved)
    assert {"/".join(path) for path in moved} == {
        *(f"demand/{name}/projects" for name in baseline.demand),
        *(f"imports/{name}/cap" for name in baseline.imports),
        *(f"memory/foreign/{name}" for name in baseline.memory.foreign),
        *(f"memory/domestic/{name}/{key}" for name in baseline.memory.domestic for key in ("rate", "ceiling")),
        *("memory/stock", "grey/base", "grey/cap"),
        *("foundry/wafer_starts", "foundry/ceiling", "foundry/yield_half"),
        *("software/porting_half", "software/readiness_half"),
    }


def test_a_grown_world_ends_after_its_first_year(baseline):
    assert grown(baseline, 1).window.weeks == 52
    assert grown(baseline, 1).window.start == baseline.window.start


# --- The trees ---


def test_a_tree_answers_with_the_figures_of_a_replication(baseline):
    with answering(ROOT, NOW) as ask:
        turn = ask(3)
    assert turn.facts == len(record(baseline, SEED, 3).facts)
    assert turn.events > len(baseline.demand)


def test_a_tree_that_does_not_run_is_named():
    with pytest.raises(ChipgateError, match=f"'{ROOT}' ended with the error above"), answering(ROOT, ""):
        pass


def test_the_trees_change_who_is_first_at_each_turn(monkeypatch):
    asked = []

    @contextlib.contextmanager
    def answer(tree, _imports):
        yield lambda number: asked.append((tree, number))

    monkeypatch.setattr(bench, "answering", answer)
    monkeypatch.setattr(bench, "worktree", lambda commit: contextlib.nullcontext("then"))
    bench.alternate(3)
    assert asked == [(ROOT, 1), ("then", 1), ("then", 2), (ROOT, 2), (ROOT, 3), ("then", 3)]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder that is a clone with one commit, taken for the program's tree."""
    if not shutil.which("git"):
        pytest.skip("there is no git")
    root = tmp_path / "clone"
    root.mkdir()
    (root / "kept").write_text("as it was")
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "--quiet"], ["add", "kept"], [*author, "commit", "--quiet", "--message", "One"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    monkeypatch.setattr(bench, "ROOT", root)
    return root


def test_a_commit_is_built_in_a_worktree_that_goes_away_even_on_ctrl_c(clone):
    (clone / "kept").write_text("changed")
    with contextlib.suppress(KeyboardInterrupt), worktree("HEAD") as tree:
        assert (tree / "kept").read_text() == "as it was"
        raise KeyboardInterrupt
    assert not tree.parent.exists()
    assert bench.git("worktree", "list", "--porcelain").stdout.count("worktree ") == 1


@pytest.mark.usefixtures("clone")
def test_history_that_does_not_reach_the_commit_builds_nothing():
    with worktree(REFERENCE) as tree:
        assert tree is None


def test_a_tree_inside_another_clone_has_no_history(clone, monkeypatch):
    unpacked = clone / "unpacked"
    unpacked.mkdir()
    monkeypatch.setattr(bench, "ROOT", unpacked)
    with worktree("HEAD") as tree:
        assert tree is None


# --- What is saved and said ---


@pytest.fixture
def measure(monkeypatch, tmp_path, capsys):
    """What is saved and what is printed, where this tree's replications take 60 ms and the other's as told."""

    def measured(theirs, *options):
        monkeypatch.setattr(bench, "alternate", lambda count: (turns([60] * count), turns(theirs)))
        monkeypatch.setattr(bench, "growth", lambda: GROWTH)
        file = tmp_path / "build" / "figures.json"
        assert bench.main(["--turns", "2", "--out", str(file), *options]) == 0
        printed = capsys.readouterr().out
        assert printed.endswith(f"saved in {file}\n")
        return json.loads(file.read_text(encoding="utf-8")), printed

    return measured


def test_with_history_the_ratio_is_of_one_run(measure):
    saved, printed = measure([120, 120])
    assert saved["in_one_run"]
    assert saved["ratio"] == {"median": 0.5, "quartiles": [0.5, 0.5]}
    assert saved["reference"]["commit"] == REFERENCE
    assert saved["reference"]["milliseconds"]["median"] == pytest.approx(120)
    assert saved["this"]["milliseconds_of_facts"]["median"] == pytest.approx(30)
    assert saved["this"]["microseconds_an_event"] == pytest.approx(60)
    assert saved["this"]["microseconds_a_bare_event"] == pytest.approx(1)
    assert saved["this"]["machine"].keys() == {"system", "processor", "cores", "load"}
    assert saved["growth"] == GROWTH
    assert "ratio     0.50 (half of 2 turns: 0.50 to 0.50); aim at most 0.6: met" in printed
    assert "exponent  1.00; aim at most 1.05: met" in printed
    assert "steepest  1.06 from one size to the next; aim at most 1.05: missed" in printed
    assert "no history" not in printed


def test_without_history_committed_figures_stand_in_and_that_is_said(measure):
    saved, printed = measure([])
    committed = json.loads(REFERENCE_FILE.read_text(encoding="utf-8"))
    assert not saved["in_one_run"]
    assert saved["reference"] == committed
    assert saved["ratio"] == scaled(saved["this"], committed)
    assert "There is no history here to build a29c830 from, so its committed figures stand in" in printed
    assert committed["interpreter"] in printed


def test_the_committed_figures_have_the_shape_of_measured_ones(measure):
    measured = measure([120, 120])[0]["reference"]
    committed = json.loads(REFERENCE_FILE.read_text(encoding="utf-8"))
    assert committed["commit"] == REFERENCE
    assert numbers(committed).keys() == numbers(measured).keys()
    assert committed.keys() == measured.keys()


def test_an_error_has_status_2(monkeypatch, capsys, tmp_path):
    def fail(_turns):
        raise ChipgateError("no tree answers")

    monkeypatch.setattr(bench, "alternate", fail)
    assert bench.main(["--out", str(tmp_path / "figures.json")]) == 2
    assert capsys.readouterr().err == "no tree answers\n"
    with pytest.raises(SystemExit, match="2"):
        bench.main(["--turns", "1"])


# --- Whole commands ---


@pytest.fixture
def times(monkeypatch):
    """What is run, by tree; this tree's commands take 50 s of wall and 80 s of processor time, 30 of it beside their
    replications, the other's twice as long."""
    run = []

    def timed(tree, _folder, words):
        run.append((tree, words))
        factor = 1 if tree == ROOT else 2
        seconds = {"wall": 50.0 * factor, "processor": 80.0 * factor}
        own = {"processor": 30.0 * factor} if bench.BESIDE in words[1] else seconds
        return f" 50%\n{json.dumps(own)}\n", seconds

    monkeypatch.setattr(bench, "timed", timed)
    monkeypatch.setattr(bench, "worktree", lambda commit: contextlib.nullcontext("then"))
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda: "fork")
    return run


def test_whole_commands_are_timed_in_both_trees_and_the_store_in_this_one(times, measure):
    saved, printed = measure([120, 120], "--commands")
    compared = [(tree, words[0]) for tree, words in times if "compare" in words]
    assert compared[:4] == [(ROOT, "-m"), ("then", "-m"), (ROOT, "-c"), ("then", "-c")]
    assert compared[4:] == [(ROOT, "-m")], "from the store"
    assert [each["reference"] is None for each in saved["commands"]] == [c.again for c in bench.COMMANDS]
    rows = [" ".join(line.split()) for line in printed.splitlines()]
    assert "chipgate --help 100.00 160.00 50.00 80.00 aim at most 0.1: missed" in rows
    assert "run of 200 100.00 160.00 50.00 80.00 0.50; aim at most 0.6: met" in rows
    assert rows.count("beside its replications 60.00 30.00 0.50; aim at most 0.5: met") == 2


def test_a_command_begins_without_what_others_stored(monkeypatch):
    """Of the six that are compared, the run before had one."""
    found = []

    def timed(_tree, folder, words):
        if words[0] == "-m":
            found.append((words[2], (folder / "store").exists()))
            (folder / "store").mkdir(exist_ok=True)
        return '{"wall": 1, "processor": 1}', {}

    monkeypatch.setattr(bench, "timed", timed)
    monkeypatch.setattr(bench, "worktree", lambda commit: contextlib.nullcontext())
    bench.commands()
    assert found[2:] == [("run", False), ("run", True), ("compare", False), ("compare", True)], "each again has its own"


@pytest.mark.usefixtures("times")
def test_workers_that_are_not_forked_would_compute_and_are_not_timed(monkeypatch, measure, capsys):
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda: "spawn")
    found = bench.commands()
    assert "workers start by spawn, not fork" in capsys.readouterr().err
    assert [each["this"] is None for each in found] == [c.program == bench.BESIDE for c in bench.COMMANDS]
    assert "  beside its replications" in measure([120, 120], "--commands")[1]


def test_a_command_that_is_timed_beside_its_replications_computes_none(tmp_path):
    """In its workers neither, whose processor time counts."""
    one = """
import dataclasses
from sim.experiment import replication

one = replicate(load("baseline").scenario, 1, 0)
replicate = lambda _scenario, _seed, number: dataclasses.replace(one, number=number)
replication.record = None  # what computes
"""
    words = ["run", "baseline", "--replications", "12", "--workers", "2", "--no-pictures", "--out", "here"]
    printed, taken = bench.timed(ROOT, tmp_path, ["-c", NOW + one + bench.BESIDE, *words])
    assert 0 < json.loads(printed.splitlines()[-1])["processor"] < taken["processor"]
    assert (tmp_path / "here" / "outcomes.parquet").exists()


@pytest.mark.usefixtures("times")
def test_commands_of_the_other_tree_that_do_not_run_are_told(monkeypatch, capsys):
    timed = bench.timed

    def failing(tree, folder, words):
        if tree != ROOT:
            raise ChipgateError("No module named 'pydantic'")
        return timed(tree, folder, words)

    monkeypatch.setattr(bench, "timed", failing)
    found = bench.commands()
    assert capsys.readouterr().err == "The commands of a29c830 are not timed. No module named 'pydantic'\n"
    assert {each["reference"] for each in found} == {None}
    assert all(each["this"] for each in found)


def test_a_program_that_fails_is_named(tmp_path):
    printed, seconds = bench.timed(ROOT, tmp_path, ["-c", "import sim; print(sim.__file__)"])
    assert printed == f"{ROOT / 'sim' / '__init__.py'}\n"
    assert seconds.keys() == {"wall", "processor"}
    with pytest.raises(ChipgateError, match=f"of '{ROOT}' failed: no luck"):
        bench.timed(ROOT, tmp_path, ["-c", "raise SystemExit('no luck')"])
