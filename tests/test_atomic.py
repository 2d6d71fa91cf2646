"""A folder is there with all its files or not at all, and can be read by others."""

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from sim.base.atomic import whole_folder, write_whole
from sim.base.errors import ChipgateError
from sim.lessons.work import lay_out

pytestmark = pytest.mark.usefixtures("here")


def write(folder: Path, **options) -> Path:
    """A folder with one file in it."""
    with whole_folder(folder, **options) as new:
        (new.hidden / "a.txt").write_text("a")
        assert not folder.exists() or options
    return new.folder


@pytest.mark.skipif(sys.platform == "win32", reason="rights are another thing there")
def test_everybody_may_look_into_a_new_folder_and_nobody_else_write():
    """The hidden one was for its owner only."""
    assert stat.S_IMODE(write(Path("out")).stat().st_mode) == 0o755


def no_fsync_of(kind, monkeypatch):
    fsync = os.fsync

    def refused(handle):
        if kind(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", refused)


@pytest.mark.parametrize("before", [False, True], ids=["new", "replacing"])
def test_where_no_folder_can_be_sent_to_the_disk_its_files_are_and_it_is_there(before, monkeypatch):
    if before:
        Path("out").mkdir()
    no_fsync_of(stat.S_ISDIR, monkeypatch)
    write(Path("out"), overwrite=before)
    assert os.listdir() == ["out"]
    assert Path("out/a.txt").read_text() == "a"


@pytest.mark.skipif(sys.platform == "win32", reason="files are not sent to the disk there")
def test_where_a_file_cannot_be_sent_to_the_disk_nothing_is_kept(monkeypatch):
    no_fsync_of(stat.S_ISREG, monkeypatch)
    with pytest.raises(ChipgateError, match=r"^cannot write 'out': Invalid argument; nothing was kept$"):
        write(Path("out"))
    assert os.listdir() == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("a bug"), OSError(errno.ENOSPC, "No space left")])
def test_what_fails_half_way_leaves_nothing(error):
    def fails():
        with whole_folder(Path("deep/out")) as new:
            (new.hidden / "a.txt").write_text("half of it")
            raise error

    expected = ChipgateError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        fails()
    assert not os.path.exists("deep")


def test_a_place_in_which_nothing_can_be_made_is_told(monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(ChipgateError, match=r"^cannot write in 'deep': No space left on device$"):
        write(Path("deep/out"))
    assert not os.path.exists("deep")


def take(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "theirs.txt").write_text("theirs")


def test_a_name_taken_meanwhile_is_left_alone_and_another_one_asked_for():
    names = iter([Path("two"), Path("three")])
    with whole_folder(Path("one"), another=lambda: next(names)) as new:
        (new.hidden / "a.txt").write_text("a")
        take(Path("one"))
        take(Path("two"))
    assert new.folder == Path("three")
    assert [os.listdir(name) for name in ("one", "two", "three")] == [["theirs.txt"], ["theirs.txt"], ["a.txt"]]
    assert sorted(os.listdir()) == ["one", "three", "two"]


def test_no_other_name_is_asked_for_where_it_would_not_help(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pathlib.Path.rename", full)
    with pytest.raises(ChipgateError, match=r"^cannot write 'out': No space left on device; nothing was kept$"):
        write(Path("out"), another=lambda: pytest.fail("it was asked for"))
    assert os.listdir() == []


def test_a_class_laid_out_by_name_is_counted_on_where_another_program_takes_the_name(monkeypatch):
    assert lay_out("class", {"a.txt": b"a"}) == Path("results/class")
    monkeypatch.setattr("sim.lessons.work.refuse_taken", take)  # after the look for a free name
    assert lay_out("class", {"a.txt": b"a"}) == Path("results/class-3")
    assert sorted(os.listdir("results")) == ["class", "class-2", "class-3"]
    assert [os.listdir(f"results/class-{n}") for n in (2, 3)] == [["theirs.txt"], ["a.txt"]]
    with pytest.raises(ChipgateError, match=r"^cannot write 'mine': .+; nothing was kept$"):
        lay_out(Path("mine"), {"a.txt": b"a"})
    assert os.listdir("mine") == ["theirs.txt"]


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_a_file_that_must_be_new_takes_no_name_that_is_taken(links, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    write_whole(Path("a.txt"), b"first", only_new=True)
    with pytest.raises(FileExistsError):
        write_whole(Path("a.txt"), b"second", only_new=True)
    assert (Path("a.txt").read_bytes(), os.listdir()) == (b"first", ["a.txt"])


@pytest.mark.parametrize("only_new", [True, False])
def test_a_file_on_a_full_disk_leaves_nothing(only_new, monkeypatch):
    def full(path, _):
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(Path("a.txt"), b"first", only_new=only_new)
    assert os.listdir() == []
