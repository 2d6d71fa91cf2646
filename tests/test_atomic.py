"""A folder is there with all its files or not at all, and can be read by others."""

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sim.base.atomic import restore, sweep, whole_folder, write_whole
from sim.base.errors import ChipgateError
from sim.lessons.work import lay_out

pytestmark = pytest.mark.usefixtures("here")


def write(folder: Path, **options) -> Path:
    """A folder with one file in it."""
    with whole_folder(folder, **options) as new:
        new.file("a.txt").write_text("a")
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
            new.file("a.txt").write_text("half of it")
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
        new.file("a.txt").write_text("a")
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


# --- Replacing, and what a killed program leaves ---


@pytest.fixture(params=[True, False], ids=["exchanged", "two renames"])
def replacing(request, monkeypatch):
    """Whether the system lets two folders change places in one step."""
    if request.param and sys.platform not in ("linux", "darwin"):
        pytest.skip("no such call")
    if not request.param:
        monkeypatch.setattr("sim.base.atomic._exchanged", lambda *_: False)
    return request.param


def older(folder: Path) -> None:
    folder.mkdir()
    (folder / "old.txt").write_text("old")


@pytest.mark.usefixtures("replacing")
def test_an_older_folder_is_replaced_whole_and_nothing_of_it_stays():
    older(Path("out"))
    write(Path("out"), overwrite=True)
    assert (os.listdir(), os.listdir("out")) == (["out"], ["a.txt"])


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="no such call")
def test_where_folders_change_places_the_name_is_never_gone(monkeypatch):
    rename, moved = Path.rename, []
    monkeypatch.setattr(Path, "rename", lambda path, to: (moved.append(path.name), rename(path, to)))
    older(Path("out"))
    write(Path("out"), overwrite=True)
    assert moved == ["a.txt.part"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_a_folder_that_stepped_aside_comes_back_if_the_new_one_cannot_take_its_name(error, monkeypatch):
    rename = Path.rename

    def refused(path, to):
        if to == Path.cwd() / "out" and path.parent.name == "new":
            raise error
        return rename(path, to)

    monkeypatch.setattr("sim.base.atomic._exchanged", lambda *_: False)
    monkeypatch.setattr(Path, "rename", refused)
    older(Path("out"))
    with pytest.raises((KeyboardInterrupt, ChipgateError)):
        write(Path("out"), overwrite=True)
    assert (os.listdir(), os.listdir("out")) == (["out"], ["old.txt"])


def killed(where: str) -> None:
    """A program that replaces the folder `out` and is killed."""
    code = f"""
import os, sim.base.atomic as atomic
from pathlib import Path
def kill(*_):
    os.kill(os.getpid(), 9)
rename = Path.rename
def aside_only(path, to):
    rename(path, to) if path.name == "a.txt.part" or to.parent.name == "old" else kill()
if "{where}" == "between the renames":
    atomic._exchanged, Path.rename = lambda *_: False, aside_only
elif "{where}" == "before the older one is removed":
    atomic._clear = kill
with atomic.whole_folder(Path("out"), overwrite=True) as new:
    new.file("a.txt").write_text("a")
    if "{where}" == "while it writes":
        kill()
"""
    status = subprocess.run([sys.executable, "-c", code], check=False).returncode
    assert status == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
@pytest.mark.parametrize(
    ("where", "there"),
    [
        ("while it writes", "old.txt"),
        ("between the renames", "old.txt"),
        ("before the older one is removed", "a.txt"),
    ],
)
def test_what_a_killed_program_leaves_is_put_back_and_removed_by_the_next_that_looks_or_writes(where, there):
    older(Path("out"))
    killed(where)
    assert len(os.listdir()) == 1 + (where != "between the renames")
    restore(Path("out"))
    assert os.listdir("out") == [there]
    write(Path("another"))
    assert sorted(os.listdir()) == ["another", "out"]


def test_what_a_living_program_is_making_stays():
    with whole_folder(Path("one")) as new:
        write(Path("two"))
        new.file("a.txt").write_text("a")
    assert os.listdir("one") == ["a.txt"]


def test_what_was_not_made_here_or_may_be_in_use_is_not_removed():
    Path(".chipgate-abcdefgh").mkdir()
    Path(".chipgate-abcdefgh/notes.txt").touch()
    Path(".chipgate-notes").touch()
    Path("elsewhere/new").mkdir(parents=True)
    Path(".chipgate-00000000").symlink_to("elsewhere")
    Path(".chipgate-11111111").mkdir()  # just being made
    Path(".chipgate-22222222").touch()
    before = sorted(os.listdir())
    for name in (".chipgate-abcdefgh", ".chipgate-notes"):
        os.utime(name, (0, 0))
    sweep(Path())
    assert sorted(os.listdir()) == before
    assert os.listdir("elsewhere") == ["new"]
    for name in (".chipgate-11111111", ".chipgate-22222222"):
        os.utime(name, (0, 0))
    sweep(Path())
    assert set(before) - set(os.listdir()) == {".chipgate-11111111", ".chipgate-22222222"}
