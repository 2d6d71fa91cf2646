"""Room for large arrays: the same numbers wherever they lie, and nothing left behind."""

import errno
import io
import mmap
import multiprocessing
import os
import tempfile

import numpy as np
import pytest

import sim.experiment.room
import sim.folder.drawing
from sim.base.errors import ChipgateError
from sim.experiment.room import one_after_another, room
from sim.experiment.run import run_scenario
from sim.folder.drawing import pictures_of
from sim.folder.parquet import write_parquet
from sim.scenario.load import load


@pytest.fixture
def mapped(monkeypatch, tmp_path):
    """Every array is taken for a large one; the folder that they lie in."""
    place = tmp_path / "room"
    place.mkdir()
    monkeypatch.setattr(sim.experiment.room, "LARGE", 0)
    monkeypatch.setenv("TMPDIR", str(place))
    return place


def bytes_of(run):
    return [values.tobytes() for values in [*run.outcomes.values(), *run.series.values()]]


def test_mapped_arrays_hold_the_same_numbers_and_give_the_same_files(tiny, tiny_run, mapped, tmp_path):
    run = run_scenario(load(tiny), len(tiny_run), workers=1)
    assert isinstance(next(iter(run.series.values())).base.base, mmap.mmap)
    assert os.listdir(mapped) == []
    assert bytes_of(run) == bytes_of(tiny_run)
    begun = run_scenario(load(tiny), 3, workers=1)
    more = run_scenario(load(tiny), len(tiny_run) - 3, workers=1, after=3)
    joined = begun.joined(more)
    assert (joined.numbers, bytes_of(joined)) == (tiny_run.numbers, bytes_of(tiny_run))
    for name in ("outcome_columns", "series_columns"):
        files = []
        for each in (run.first(4), tiny_run.first(4), run, tiny_run):
            files.append(tmp_path / f"{len(files)}.parquet")
            write_parquet(files[-1], [getattr(each, name)()])
        one, two, three, four = (file.read_bytes() for file in files)
        assert (one, three) == (two, four)


def test_what_lies_together_already_is_not_copied(tiny_run):
    whole = tiny_run.series_columns()["value"]
    assert all(np.shares_memory(values, whole) for values in tiny_run.series.values())


@pytest.mark.parametrize("how", ["other order", "part", "reversed", "column"])
def test_what_does_not_lie_together_comes_one_after_another(how):
    whole = np.arange(12.0).reshape(3, 4)
    given = {
        "other order": [whole[1], whole[0], whole[2]],
        "part": list(whole[:2]),
        "reversed": [row[::-1] for row in whole],
        "column": [whole[:, 1], whole[:, 0], whole[:, 3], whole[:, 2]],
    }[how]
    assert one_after_another(given).tolist() == np.concatenate(given).tolist()


def test_a_full_disk_is_told_in_words(tiny, mapped, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Full())
    told = rf"there is no room for .* of replications in '{mapped}' .No space left on device.; set TMPDIR to a folder"
    with pytest.raises(ChipgateError, match=told):
        run_scenario(load(tiny), 2, workers=1)


def test_a_temporary_folder_that_is_not_there_is_told_in_words(mapped):
    mapped.rmdir()
    with pytest.raises(ChipgateError, match=r"No such file or directory.; set TMPDIR to a folder"):
        room(2, 3)


def test_workers_that_are_not_forked_draw_nothing(tiny_run, monkeypatch):
    def none(*_args, **_options):
        raise AssertionError("workers were started")

    monkeypatch.setattr(sim.folder.drawing, "processes", none)
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda: "spawn")
    with pictures_of(tiny_run, ["svg"], workers=2) as drawn:
        assert drawn["backlog.svg"]().startswith(b"<?xml")
