"""The store: every number is what a fresh run gives, whatever lies there, and nothing is computed twice."""

import hashlib
import io
import json
import math
import os
import random
import subprocess
import sys
import zipfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from lesson_world import make_exercise

import sim.experiment.identity
import sim.experiment.store
import sim.experiment.workers
from sim.base.errors import ChipgateError
from sim.experiment.block import Block
from sim.experiment.cases import chunks
from sim.experiment.identity import identity
from sim.experiment.replication import replicate
from sim.experiment.run import Run, run_scenario
from sim.experiment.sequential import compare_to_precision
from sim.experiment.store import WORDS, Store, read_part, store_at, values_of
from sim.scenario.load import load
from sim.scenario.parts import Scenario
from sim.studies.explain.known import explain


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def counted(monkeypatch):
    """The numbers of the replications that are computed."""
    made = []

    def counting(scenario, seed, number):
        made.append(number)
        return replicate(scenario, seed, number)

    monkeypatch.setattr(sim.experiment.workers, "replicate", counting)
    return made


def same(one: Run, other: Run) -> None:
    assert one.numbers == other.numbers
    assert list(one.outcomes) == list(other.outcomes)
    assert list(one.series) == list(other.series)
    for mine, theirs in ((one.outcomes, other.outcomes), (one.series, other.series)):
        for key, values in mine.items():
            assert values.tobytes() == theirs[key].tobytes(), key


# --- Nothing twice, and the same numbers ---


def test_what_is_kept_is_not_computed_again_and_is_the_same(tiny, tiny_run, store, counted):
    same(run_scenario(load(tiny), 7, workers=1, store=store), tiny_run.first(7))
    assert counted == list(range(7))
    same(run_scenario(load(tiny), 23, workers=1, store=store), tiny_run)
    assert counted == list(range(23))
    same(run_scenario(load(tiny), 12, workers=1, store=store), tiny_run.first(12))
    assert counted == list(range(23))
    assert not store.notes


@pytest.mark.parametrize("order", [[(0, 23)], [(12, 23), (0, 5), (3, 15)], [(5, 6), (19, 21), (0, 20)]])
def test_any_parts_in_any_order_give_the_same(tiny, tiny_run, store, order):
    for start, end in order:
        part = run_scenario(load(tiny), end - start, workers=1, after=start, store=store)
        assert part.numbers == list(range(start, end))
    same(run_scenario(load(tiny), 23, workers=1, store=store), tiny_run)


def test_workers_fill_it_and_find_it(tiny, tiny_run, store, counted):
    same(run_scenario(load(tiny), 23, workers=2, store=store), tiny_run)
    same(run_scenario(load(tiny), 23, workers=2, store=store), tiny_run)
    assert counted == []  # neither in this process


def test_a_precision_takes_up_where_it_was_left(tiny, store, counted):
    scenarios = [load(tiny), load(tiny, {"name": "other", "foundry.growth": "20 %/year"})]
    first = compare_to_precision(scenarios, 0.5, ["delivered"], workers=1, cap=30, store=store)
    done = len(counted)
    again = compare_to_precision(scenarios, 0.5, ["delivered"], workers=1, cap=30, store=store)
    assert len(counted) == done > 0
    same(first.base, again.base)


def test_chunks_hold_every_number_once_and_begin_with_round_ones():
    for start, stop in ((0, 23), (7, 8), (9, 31), (20, 40)):
        found = list(chunks(range(start, stop)))
        assert [number for chunk in found for number in chunk] == list(range(start, stop))
        assert all(chunk[0] % 10 == 0 for chunk in found[1:])
        assert len({chunk[0] // 10 for chunk in found}) == len(found)


# --- What is the same, and what is another ---


def key(scenario, seed=1):
    return Store(Path("nowhere")).shelf(scenario, seed).key


def parts_of(value):
    """A scenario and all that it is made of."""
    if is_dataclass(value):
        yield value
        value = [getattr(value, each.name) for each in fields(value)]
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from parts_of(each)


def test_every_field_is_in_the_key_but_for_words():
    silent = set()
    for part in parts_of(load("baseline").scenario):
        for each in fields(part):
            if values_of(replace(part, **{each.name: "something else"})) == values_of(part):
                silent.add((type(part).__name__, each.name))
    words = {each.name for each in fields(Scenario) if each.type in ("str", "list[str]", "Lever")}
    assert silent == {("Scenario", name) for name in words} | {("Policy", "source"), ("Scenario", "worlds")}


def test_words_move_no_number(tiny):
    scenario = load(tiny).scenario
    other = replace(scenario, **dict.fromkeys(WORDS, "another word"))
    mine, theirs = (Block.of([replicate(each, 1, 0)]) for each in (scenario, other))
    for field in ("outcomes", "series"):
        for name, values in getattr(mine, field).items():
            assert values.tobytes() == getattr(theirs, field)[name].tobytes(), name
    assert key(other) == key(scenario)
    assert key(scenario, 2) != key(scenario)


def test_a_setting_and_a_file_that_says_the_same_are_one(tiny, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        f"# A comment\nextends: {tiny}\nname: its-own\ntitle: Mine\nquestion: Why?\nhangs_on: A guess.\n"
        "foundry: {growth: 0.2 /year}\nassembly: {time: 14 days}\n"
    )
    same_as = {"foundry.growth": "20 %/year", "assembly.time": "2 weeks"}
    assert key(load(file).scenario) == key(load(tiny, same_as).scenario) != key(load(tiny).scenario)


def test_the_order_of_the_segments_is_another_scenario(tiny):
    scenario = load(tiny).scenario
    turned = replace(scenario, demand=dict(reversed(scenario.demand.items())))
    assert key(turned) != key(scenario), "their order moves last digits"


def test_other_code_keeps_its_own(tiny, store, counted, monkeypatch):
    run_scenario(load(tiny), 3, workers=1, store=store)
    monkeypatch.setattr(sim.experiment.store, "identity", lambda: "f" * 64)
    run_scenario(load(tiny), 3, workers=1, store=store)
    assert counted == [0, 1, 2, 0, 1, 2]


def test_a_file_edited_after_import_takes_and_gives_nothing(tiny, store, counted, monkeypatch):
    run_scenario(load(tiny), 3, workers=1, store=store)
    path = next(iter(sim.experiment.identity._AT_IMPORT))
    monkeypatch.setitem(sim.experiment.identity._AT_IMPORT, path, (0, 0))
    run_scenario(load(tiny), 4, workers=1, store=store)
    assert counted == [0, 1, 2, 0, 1, 2, 3]
    assert store.notes == ["the program's files were edited since it started, so nothing new is kept in the store"]
    monkeypatch.undo()
    assert sum(len(read_part(part.path)[0].numbers) for part in store.parts()) == 3


def test_what_computes_has_all_rooms_of_a_replication():
    loaded = {
        Path(module.__file__).resolve()
        for name, module in list(sys.modules.items())
        if name.startswith(("sim.base", "sim.scenario", "sim.model", "sim.outcomes")) and module.__file__
    }
    known = {path.resolve() for path in sim.experiment.identity._AT_IMPORT}
    assert loaded <= known
    assert len(identity()) == 64


# --- What was damaged, and what is hostile ---


def one_part(tiny, store):
    run_scenario(load(tiny), 4, workers=1, store=store)
    [part] = store.parts()
    return part.path


def test_every_flipped_bit_is_found(tiny, store):
    path = one_part(tiny, store)
    whole = path.read_bytes()
    read_part(path)
    draw = random.Random(1)
    for place in (0, 31, 32, 33, len(whole) - 1, *(draw.randrange(len(whole)) for _ in range(40))):
        spoiled = bytearray(whole)
        spoiled[place] ^= 1 << draw.randrange(8)
        path.write_bytes(spoiled)
        with pytest.raises(ValueError, match="damaged"):
            read_part(path)


def sealed(data: bytes) -> bytes:
    return hashlib.sha256(data).digest() + data


def a_link(path):
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


def a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def a_sparse_file(path):
    with path.open("wb") as file:
        file.truncate(3_000_000_000)


def a_strangers(path):
    block, told = read_part(path)
    path.write_bytes(sealed(block.to_bytes(told._asdict() | {"identity": "0" * 64})))


def of_another_shelf(path):
    block, told = read_part(path)
    path.write_bytes(sealed(block.to_bytes(told._asdict() | {"key": "0" * 64})))


def with_foreign_numbers(path):
    block, told = read_part(path)
    path.write_bytes(sealed(replace(block, numbers=(0, 1, 2, 77)).to_bytes(told._asdict())))


def with_arrays(**other):
    """Members of the archive made up; each is a function of the array that is there, or bytes."""

    def spoil(path):
        target, whole = io.BytesIO(), path.read_bytes()[32:]
        with np.load(io.BytesIO(whole)) as arrays, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in arrays.files:
                made = other[name](arrays[name]) if callable(other.get(name)) else other.get(name, arrays[name])
                file = io.BytesIO()
                np.save(file, made) if isinstance(made, np.ndarray) else file.write(made)
                archive.writestr(f"{name}.npy", file.getvalue())
        path.write_bytes(sealed(target.getvalue()))

    return spoil


def claiming(*shape):
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"shape": shape, "fortran_order": False, "descr": "<f8"})
    return head.getvalue() + b"\0" * 80


def with_first(value):
    def changed(values):
        values.flat[0] = value
        return values

    return changed


def telling(change):
    """What is told about the arrays made up."""

    def made(about):
        return np.frombuffer(json.dumps(change(json.loads(about.tobytes()))).encode(), np.uint8)

    return with_arrays(about=made)


MADE_UP = {
    "claims 100 GB": with_arrays(outcomes=claiming(12_500_000_000)),
    "claims 5 GB": with_arrays(series=claiming(625_000_000)),
    "a negative size": with_arrays(series=claiming(-1, 4)),
    "a bomb": with_arrays(series=bytes(150_000_000)),
    "no array": with_arrays(series=b"hello"),
    "infinite": with_arrays(outcomes=with_first(np.inf)),
    "infinite below": with_arrays(series=with_first(-np.inf)),
    "huge": with_arrays(series=with_first(1e308)),
    "whole numbers": with_arrays(outcomes=lambda values: np.nan_to_num(values).astype(int)),
    "texts": with_arrays(series=lambda values: values.astype("U9")),
    "structures": with_arrays(series=lambda values: values.astype([("a", "f8")])),
    "fewer points": with_arrays(series=lambda values: values[:, :, :5].copy()),
    "no points": with_arrays(series=lambda values: values[:, :, 0].copy()),
    "told a number": telling(lambda _: 5),
    "told a text": telling(lambda _: "x"),
    "told too deep": with_arrays(about=lambda _: np.frombuffer(b"[" * 100_000, np.uint8)),
    "no number": telling(lambda told: told | {"numbers": [math.inf] * 4}),
    "a number twice": telling(lambda told: told | {"numbers": [0, 0, 1, 2]}),
    "other outcomes": telling(lambda told: told | {"outcomes": [[f"x{a}", *more] for a, *more in told["outcomes"]]}),
    "one outcome": telling(lambda told: told | {"outcomes": told["outcomes"][:1] * len(told["outcomes"])}),
    "a list as a name": telling(lambda told: told | {"outcomes": [[[1], *more] for _, *more in told["outcomes"]]}),
    "another order": telling(lambda told: told | {"series": told["series"][::-1]}),
}


def locked(path):
    whole = bytearray(path.read_bytes()[32:])
    whole[6] |= 1
    whole[whole.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(sealed(bytes(whole)))


@pytest.mark.parametrize(
    "spoil",
    [
        *(pytest.param(spoil, id=name) for name, spoil in MADE_UP.items()),
        locked,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(sealed(b"no archive")),
        lambda path: path.write_bytes(sealed(b"")),
        a_link,
        a_pipe,
        a_sparse_file,
        a_strangers,
        of_another_shelf,
        with_foreign_numbers,
    ],
)
def test_a_part_that_is_not_what_it_should_be_is_made_again_and_told(tiny, tiny_run, store, counted, spoil):
    path = one_part(tiny, store)
    spoil(path)
    same(run_scenario(load(tiny), 4, workers=1, store=store), tiny_run.first(4))
    if spoil is a_link:  # to nothing: as if nothing were there
        assert store.notes == []
    else:
        [note] = store.notes
        assert note == "a part of 'tiny' in the store was damaged or not this program's; it is computed again"
    assert counted == [0, 1, 2, 3] * 2
    same(run_scenario(load(tiny), 4, workers=1, store=Store(store.folder)), tiny_run.first(4))
    assert counted == [0, 1, 2, 3] * 2


def test_a_block_comes_back_as_it_was(tiny):
    block = Block.of([replicate(load(tiny).scenario, 1, number) for number in (3, 1)])
    again, told = Block.from_bytes(block.to_bytes({"seed": 1}))
    assert told == {"seed": 1}
    assert again.numbers == (3, 1)
    assert list(again.outcomes) == list(block.outcomes)
    assert list(again.series) == list(block.series)
    assert block.joined(again).numbers == (1, 3)
    np.testing.assert_array_equal(block.joined(again).series["backlog", ""], block.series["backlog", ""][::-1])


# --- A place that is small, full, shared or gone ---


def test_the_least_recently_used_goes_first(tiny, store):
    for seed in (1, 2, 3):
        run_scenario(load(tiny), 2, seed=seed, workers=1, store=store)
    parts = {part.path: part for part in store.parts()}
    for age, seed in enumerate((2, 3, 1)):
        path = store.shelf(load(tiny).scenario, seed).path(0)
        os.utime(path, (age, age))
    run_scenario(load(tiny), 2, seed=2, workers=1, store=store)  # used again
    store.limit = sum(part.size for part in parts.values()) - 1
    store.trim()
    left = {part.path for part in store.parts()}
    assert set(parts) - left == {store.shelf(load(tiny).scenario, 3).path(0)}


def test_a_long_run_stays_within_the_limit_meanwhile(tiny, store):
    run_scenario(load(tiny), 10, workers=1, store=store)
    [whole] = store.parts()
    store.limit, sizes = 2 * whole.size, []
    run_scenario(
        load(tiny), 60, workers=1, store=store, progress=lambda: sizes.append(sum(part.size for part in store.parts()))
    )
    assert max(sizes) <= store.limit


def test_a_folder_that_holds_other_files_loses_none_of_them(tiny, store):
    run_scenario(load(tiny), 2, workers=1, store=store)
    others = [store.folder / place for place in ("my/films/casablanca.part", "my/films/.chipgate-x", "00000000.part")]
    others.append(store.folder / "ab" / ("g" * 64) / "00000000.part")
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (0, 0))
    store.limit = 0
    store.trim()
    assert len(store.clear()) == 0
    assert {path for path in store.folder.rglob("*") if path.is_file()} == set(others)


@pytest.mark.parametrize(("given", "limit"), [("5", 5e9), ("0.2 GB", 2e8), ("", 1e9), ("0", 0)])
def test_another_limit(given, limit, tmp_path, monkeypatch):
    monkeypatch.setenv("CHIPGATE_STORE_LIMIT", given)
    assert store_at(tmp_path).limit == limit


@pytest.mark.parametrize("given", ["a lot", "-1", "inf", "nan", "5 MB", "1e308"])
def test_a_limit_that_is_none_is_told(given, tmp_path, monkeypatch):
    monkeypatch.setenv("CHIPGATE_STORE_LIMIT", given)
    with pytest.raises(ChipgateError, match=f"CHIPGATE_STORE_LIMIT is '{given}'; it counts GB, such as 5"):
        store_at(tmp_path)


def test_hidden_files_of_killed_programs_are_swept_and_young_ones_stay(tiny, store):
    path = one_part(tiny, store)
    old, young = path.with_name(".chipgate-00000000"), path.with_name(".chipgate-11111111")
    old.touch()
    young.touch()
    os.utime(old, (0, 0))
    store.trim()
    assert not old.exists()
    assert young.exists()


def test_a_place_that_cannot_be_written_costs_no_number(tiny, tiny_run, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sim.experiment.store, "write_whole", full)
    store = Store(tmp_path / "store")
    same(run_scenario(load(tiny), 4, workers=1, store=store), tiny_run.first(4))
    assert store.notes == [
        f"the store '{store.folder}' cannot be written (No space left on device), so nothing new is kept"
    ]


def test_a_place_at_which_nobody_may_look_costs_no_number(tiny, tiny_run, tmp_path):
    store = store_at(tmp_path / ("x" * 300))
    same(run_scenario(load(tiny), 1, workers=1, store=store), tiny_run.first(1))
    assert (
        store.notes[-1] == f"the store '{store.folder}' cannot be written (File name too long), so nothing new is kept"
    )


def test_a_part_that_may_not_be_read_stays_and_is_told(tiny, store, counted, monkeypatch):
    path = one_part(tiny, store)

    def closed(_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(sim.experiment.store, "open_plain", closed)
        patch.setattr(sim.experiment.store, "write_whole", lambda *_: None)
        run_scenario(load(tiny), 4, workers=1, store=store)
    assert counted == [0, 1, 2, 3] * 2
    assert store.notes == [f"a part of the store '{store.folder}' cannot be read (Permission denied)"]
    assert path.exists()


def test_whoever_may_write_into_the_folder_may_write_into_its_folders(tiny, store):
    store.folder.mkdir()
    store.folder.chmod(0o777)
    path = one_part(tiny, store)
    assert [place.stat().st_mode & 0o777 for place in (path.parent.parent, path.parent, path)] == [0o777, 0o777, 0o644]


def pieces(tiny: Path, folder: Path, order: int, limit: int) -> tuple[list[Run], list[str]]:
    """The same 23 replications by threes, in an order of its own; and what there is to tell."""
    starts, store = list(range(0, 21, 3)), Store(folder, limit)
    random.Random(order).shuffle(starts)
    runs = [run_scenario(load(tiny), 3, workers=1, after=start, store=store) for start in starts]
    return runs, store.notes


def test_processes_write_one_part_at_once_and_another_trims(tiny, tiny_run, store):
    with ProcessPoolExecutor(4) as pool:
        done = [
            pool.submit(pieces, tiny, store.folder, order, limit) for order, limit in enumerate((10**9,) * 3 + (1,))
        ]
        for future in done:
            runs, notes = future.result()
            assert notes == []
            for run in runs:
                for name, values in run.outcomes.items():
                    assert values.tobytes() == tiny_run.outcomes[name][run.numbers].tobytes()
    for part in store.parts():
        read_part(part.path)
    same(run_scenario(load(tiny), 23, workers=1, store=store), tiny_run)


def test_several_may_use_it_at_once(tiny, tiny_run, store):
    def run(_):
        return run_scenario(load(tiny), 23, workers=1, store=Store(store.folder))

    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(run, range(4)):
            same(found, tiny_run)


def test_a_run_that_is_killed_goes_on_where_it_was(tiny, tiny_run, store, counted):
    """As the same command would, given again."""
    code = f"""
import os, signal, sys
import sim.experiment.store as own
from sim.experiment.run import run_scenario
from sim.scenario.load import load
kept = own.Shelf.keep
def keep(shelf, block):
    kept(shelf, block)
    os.kill(os.getpid(), signal.SIGKILL)
own.Shelf.keep = keep
run_scenario(load({str(tiny)!r}), 23, workers=1, store=own.Store(own.Path({str(store.folder)!r})))
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr
    same(run_scenario(load(tiny), 23, workers=1, store=store), tiny_run)
    assert counted == list(range(10, 23))


def test_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("CHIPGATE_STORE", "none")
    assert store_at() is None
    assert store_at("none") is None
    assert store_at(tmp_path / "here").folder == tmp_path / "here"
    monkeypatch.setenv("CHIPGATE_STORE", str(tmp_path / "there"))
    assert store_at().folder == store_at("").folder == tmp_path / "there"
    monkeypatch.delenv("CHIPGATE_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert "chipgate" in str(store_at().folder)
    (tmp_path / "file").touch()
    with pytest.raises(ChipgateError, match="is not a folder"):
        store_at(tmp_path / "file")


@pytest.mark.parametrize("named", ["", "~nobody-of-this-name/store"])
def test_a_home_that_is_none_is_told(named, monkeypatch):
    def nobody(_):
        raise KeyError

    monkeypatch.setenv("CHIPGATE_STORE", named)
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(ChipgateError, match=r"there is no home folder .* for the store; name another with --store"):
        store_at()


# --- The commands ---


def test_commands_keep_and_find_and_the_store_is_listed_verified_and_cleared(tiny, store, chipgate, tmp_path, counted):
    where = ("--store", store.folder)

    def run(name, *more):
        status, _, told = chipgate(
            "run", tiny, "-n", "3", "--workers", "1", "--no-pictures", *more, "--out", tmp_path / name
        )
        assert status == 0, told

    run("first", *where)
    run("second", *where)
    assert counted == [0, 1, 2]
    run("third", "--no-store")
    assert counted == [0, 1, 2] * 2
    for name in ("outcomes.parquet", "series.parquet", "summary.csv"):
        assert len({(tmp_path / folder / name).read_bytes() for folder in ("first", "second", "third")}) == 1
    status, listed, _ = chipgate("store", "list", *where)
    assert (status, "tiny" in listed) == (0, True)
    status, told, _ = chipgate("store", "verify", *where)
    assert (status, told.partition(". ")[0]) == (0, "1 part is whole")
    [part] = store.parts()
    part.path.write_bytes(b"damaged")
    status, told, _ = chipgate("store", "verify", *where)
    assert (status, told.partition(". ")[0]) == (1, "0 parts are whole; 1 was damaged and removed")
    run("fourth", *where)
    (store.folder / "mine.txt").touch()
    status, told, _ = chipgate("store", "clear", *where)
    assert (status, told.split()[:4]) == (0, ["1", "part", "was", "removed"])
    assert [path.name for path in store.folder.rglob("*")] == ["mine.txt"]
    status, told, _ = chipgate("store", "list", *where, "--json")
    assert (status, json.loads(told)["kept"], json.loads(told)["size"]) == (0, [], 0)


def test_what_could_not_be_removed_is_not_said_to_be(tiny, store, chipgate, monkeypatch):
    def refuse(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    run_scenario(load(tiny), 1, workers=1, store=store)
    [part] = store.parts()
    part.path.write_bytes(b"damaged")
    monkeypatch.setattr(Path, "unlink", refuse)
    for command in ("verify", "clear"):
        status, shown, told = chipgate("store", command, "--store", store.folder)
        assert (status, shown, "Permission denied" in told) == (2, "", True)


@pytest.mark.parametrize("inner", ["", "store"])
def test_a_store_in_the_results_folder_is_refused_before_any_work(tiny, chipgate, here, inner, counted):
    command = "run", tiny, "-n", "1", "--workers", "1", "--no-pictures", "--store", f"out/{inner}", "--out"
    status, _, told = chipgate(*command, "out")
    assert (status, "lies in 'out'" in told, counted, [*here.iterdir()]) == (2, True, [], [])
    assert chipgate(*command, f"out/{inner}/results")[0] == 0


def test_an_empty_store_and_none_are_told(store, chipgate, monkeypatch):
    for command in ("list", "verify", "clear"):
        assert chipgate("store", command, "--store", store.folder)[0] == 0
        monkeypatch.setenv("CHIPGATE_STORE", "none")
        status, _, told = chipgate("store", command)
        assert (status, "CHIPGATE_STORE says that nothing is kept" in " ".join(told.split())) == (2, True)
        status, _, told = chipgate("store", command, "--store", "none")
        assert (status, told.startswith("--store says that nothing is kept")) == (2, True)
    assert not store.folder.exists()


@pytest.fixture
def other(tmp_path, tiny):
    path = tmp_path / "other.yaml"
    path.write_text(f"extends: {tiny}\nfoundry: {{growth: 20 %/year}}\n")
    return path


@pytest.mark.usefixtures("here")
def test_commands_share_what_they_compute(tiny, other, store, chipgate, counted):
    def computed(*args):
        counted.clear()
        status, _, told = chipgate(*args, "--workers", "1", "--store", store.folder)
        assert status == 0, told
        return len(counted)

    plain = ("--no-pictures",)
    assert computed("run", tiny, "-n", "4", *plain) == 4
    assert computed("run", tiny, "-n", "12", *plain) == 8
    assert computed("compare", tiny, other, "-n", "12", *plain) == 12
    slow = other.with_name("slow.yaml")
    slow.write_text(f"extends: {tiny}\nfoundry: {{growth: 10 %/year}}\n")
    assert computed("compare", tiny, other, slow, "-n", "12", *plain) == 12
    assert computed("compare", tiny, other, "--precision", "90%", "--on", "delivered", "--cap", "20", *plain) == 16
    assert computed("explain", tiny, other, "-n", "12") == 0
    assert computed("explain", tiny, "-n", "3", "--relax", "wafers") == 3
    assert computed("explain", tiny, "-n", "3", "--relax", "wafers") == 0
    assert computed("run", tiny, "-n", "12", "--out", "whole", *plain) == 0
    counted.clear()
    assert chipgate("reproduce", "whole", "--workers", "1")[0] == 0
    assert counted == list(range(12)), "what is reproduced is computed"


def test_a_check_that_is_made_again_computes_nothing(here, store, chipgate, counted, monkeypatch):
    monkeypatch.setenv("CHIPGATE_STORE", str(store.folder))
    exercise = make_exercise(here / "own")
    assert chipgate("lesson", "start", exercise, "work", "--seed", "3")[0] == 0
    seal = ("--sign", "higher", "--size", "5", "--low", "1", "--high", "20", "--name", "Ada")
    assert chipgate("lesson", "predict", exercise, "work", *seal)[0] == 0
    for many in (12, 0):
        counted.clear()
        status, _, told = chipgate("lesson", "check", exercise, "work", "--workers", "1")
        assert status == 1, told
        assert len(counted) == many
    for _ in range(2):
        counted.clear()
        chipgate("lesson", "test", exercise, "--seeds", "1", "-n", "2", "--workers", "1")
    assert counted == []


def test_from_python(tiny, other, store, counted):
    for _ in range(2):
        sim.run(tiny, replications=2, workers=1, store=store.folder)
        sim.compare([tiny, other], replications=2, workers=1, store=store.folder)
        explain(load(tiny), 2, workers=1, relaxed=["wafers"], store=store.folder)
    assert counted == [0, 1] * 3


def test_what_goes_wrong_is_told_once_a_command_and_costs_no_result(tiny, other, chipgate, tmp_path):
    (tmp_path / "file").touch()
    where, out = ("--store", tmp_path / "file" / "store"), tmp_path / "out"
    status, _, told = chipgate(
        "compare", tiny, other, "-n", "2", "--workers", "1", "--no-pictures", *where, "--out", out
    )
    assert status == 0
    assert told == f"The store '{where[1]}' cannot be written (Not a directory), so nothing new is kept.\n"
    assert (out / "differences.csv").exists()
    status, _, told = chipgate("run", tiny, "--store", tmp_path / "file")
    assert (status, f"the store '{tmp_path / 'file'}' is not a folder" in told) == (2, True)
