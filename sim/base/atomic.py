"""A file, or a folder with all its files, written whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.base.errors import ChipgateError


def refuse_file(path: Path, overwrite: bool, what: str) -> None:
    """Refuse a file's place that is taken, or that does not exist, before any work is done. Raises ChipgateError."""
    try:
        if path.is_dir():
            raise ChipgateError(f"'{path}' is a folder; name a file")
        if os.path.lexists(path) and not overwrite:
            raise ChipgateError(f"'{path}' exists already; name another file, or add --overwrite to replace it")
        if not path.parent.is_dir():
            raise ChipgateError(f"there is no folder '{path.parent}' for the {what}")
    except OSError as error:
        raise ChipgateError(f"'{path}' cannot be a {what}'s name: {error.strerror}") from None


def write_whole(path: Path, data: bytes, only_new: bool = False) -> None:
    """Put the bytes in a file's place in one step; what was there stays until then, and where that fails.

    The hidden file has a short name of its own, so that a name as long as the system allows can be written. Raises
    OSError, and FileExistsError where `only_new` is true and something has the name already.
    """
    handle, name = tempfile.mkstemp(prefix=PREFIX, dir=path.parent)
    os.close(handle)
    hidden = Path(name)
    try:
        hidden.write_bytes(data)
        hidden.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        if only_new:
            _link(hidden, path)
        else:
            hidden.replace(path)
    finally:
        hidden.unlink(missing_ok=True)
    _sweep_once(path.parent.absolute())


def _link(hidden: Path, path: Path) -> None:
    """Give a file a name that must be free. Raises FileExistsError."""
    try:
        os.link(hidden, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: the name is taken first, then filled in one step
        path.open("xb").close()
        hidden.replace(path)


@dataclass
class NewFolder:
    """A folder in the making."""

    hidden: Path
    """Where it is until it is whole."""
    folder: Path
    """The name that it takes when it is whole; known for certain only then."""

    def file(self, name: str) -> Path:
        """Where to write one of its files: below another name until all are written, for DuckDB and pathlib look into
        hidden folders, and must not find half of `results/**/outcomes.parquet` there."""
        path = self.hidden / f"{name}{UNFINISHED}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


UNFINISHED = ".part"
PREFIX = ".chipgate-"
MADE_HERE = re.compile(rf"{re.escape(PREFIX)}[a-z0-9_]{{8}}")
"""The hidden files and folders of this module, as tempfile names them."""
NEW, OLD = "new", "old"  # what lies in a hidden folder: what is being made, and what it replaces where that steps aside
STALE = 3600  # seconds after which a hidden file is nobody's any more


@contextmanager
def whole_folder(
    folder: Path, overwrite: bool = False, another: Callable[[], Path] | None = None
) -> Iterator[NewFolder]:
    """A hidden folder beside `folder` to write files into; at the end it takes its name in one step.

    Whoever sees the folder sees all of it. Where anything fails, or Ctrl-C is pressed, nothing of it stays. What was
    there before is replaced only if `overwrite` is true. Where another program takes the name meanwhile, `another` is
    asked for one. Raises ChipgateError where the files or the folder cannot be written.
    """
    place = Path(os.path.realpath(folder))  # a link stays a link
    made = [above for above in place.parents if not os.path.exists(above)]
    workshop, lock = None, None
    try:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            sweep(place.parent)
            workshop = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place.parent))
            lock = _lock(workshop)
            hidden = workshop / NEW / place.name
            hidden.mkdir(parents=True)
        except OSError as error:
            raise ChipgateError(f"cannot write in '{folder.parent}': {reason(error)}") from error
        new = NewFolder(hidden, folder)
        yield new
        _finish(hidden)
        while True:
            try:
                _give_name(hidden, place, overwrite)
                break
            except OSError as error:
                if another is None or error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            new.folder = another()
            place = Path(os.path.realpath(new.folder))
        with suppress(OSError):  # not every file system can do it, and the folder is in its place already
            _to_disk(place.parent)
    except OSError as error:
        kept = "what was there stays as it was" if overwrite and place.exists() else "nothing was kept"
        raise ChipgateError(f"cannot write '{new.folder}': {reason(error)}; {kept}") from error
    finally:
        if workshop:
            _clear(workshop)
        if lock is not None:
            os.close(lock)
        for above in made:
            with suppress(OSError):  # it holds the folder, or is not there
                above.rmdir()


def _finish(hidden: Path) -> None:
    """Send a folder's files to the disk, and only then give them their names."""
    files = [path for path in hidden.rglob("*") if path.is_file()]
    for path in files:
        _to_disk(path)
    for path in files:
        path.rename(path.with_name(path.name.removesuffix(UNFINISHED)))
    hidden.chmod(0o755)


def _give_name(hidden: Path, place: Path, overwrite: bool) -> None:
    """Rename. An older folder of that name changes places with the new one; where no system's call does that, it steps
    aside first, and until the new one is there `_clear` would put it back."""
    if not (overwrite and place.exists()):
        hidden.rename(place)  # fails where a folder with anything in it has appeared meanwhile
    elif not _exchanged(hidden, place):
        aside = hidden.parents[1] / OLD / place.name
        aside.parent.mkdir(exist_ok=True)
        place.rename(aside)
        hidden.rename(place)
        aside.rename(hidden)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether two folders have taken each other's name, in one step; not every system and file system can do it."""
    try:
        import ctypes

        system, names = ctypes.CDLL(None), (os.fsencode(one), os.fsencode(other))
        if sys.platform == "linux":
            return bool(system.renameat2(HERE, names[0], HERE, names[1], EXCHANGE) == 0)
        return bool(system.renamex_np(*names, EXCHANGE) == 0)  # macOS
    except (ImportError, AttributeError, OSError, TypeError):
        return False


HERE, EXCHANGE = -100, 2  # AT_FDCWD; RENAME_EXCHANGE and RENAME_SWAP


# --- What a killed program leaves ---


def sweep(folder: Path) -> None:
    """Remove what killed programs have left hidden in a folder, and put back what had stepped aside for it.

    What a living program holds stays, and so does what is not of this module's making or of another user.
    """
    with suppress(OSError):
        for name in filter(MADE_HERE.fullmatch, os.listdir(folder)):
            with suppress(OSError):
                _sweep_one(folder / name)


_sweep_once = cache(sweep)


def _sweep_one(path: Path) -> None:
    about = path.lstat()
    stale = time.time() - about.st_mtime > STALE
    if hasattr(os, "geteuid") and about.st_uid != os.geteuid():
        return
    if stat.S_ISREG(about.st_mode):
        if stale:
            path.unlink()
        return
    there = set(os.listdir(path))  # fails for what is no folder
    if stat.S_ISLNK(about.st_mode) or there - {NEW, OLD} or not (stale or NEW in there):
        return  # not made here, or just being made
    lock = _lock(path)
    if lock is not None or stale:
        _clear(path)
    if lock is not None:
        os.close(lock)


def restore(folder: Path) -> None:
    """Put back a folder that stepped aside for a program that was killed before it could put another in its place."""
    if not os.path.lexists(folder):
        sweep(folder.absolute().parent)


def _clear(workshop: Path) -> None:
    """Remove a hidden folder; what lies aside in it gets its name back first, if nothing has that now."""
    with suppress(OSError):
        for aside in workshop.glob(f"{OLD}/*"):
            if not os.path.lexists(home := workshop.parent / aside.name):
                aside.rename(home)
        shutil.rmtree(workshop, ignore_errors=True)


def _lock(folder: Path) -> int | None:
    """Hold a folder until the handle is closed, or this process ends in whatever way; None where the system has no such
    locks. Raises BlockingIOError where another process holds it."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        if isinstance(error, BlockingIOError):
            raise
        return None
    return handle


def _to_disk(path: Path) -> None:
    if sys.platform == "win32":
        return  # no handle on a folder there, and files are flushed on close
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def reason(error: Exception) -> str:
    """What an error says, without numbers and paths."""
    return (isinstance(error, OSError) and error.strerror) or str(error).partition("\n")[0]
