"""A file, or a folder with all its files, written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
    handle, name = tempfile.mkstemp(prefix=".chipgate-", dir=path.parent)
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
    """Where its files are written."""
    folder: Path
    """The name that it takes when it is whole; known for certain only then."""


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
    hidden = None
    try:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            hidden = Path(tempfile.mkdtemp(prefix=f".{place.name[:50]}-", dir=place.parent))
        except OSError as error:
            raise ChipgateError(f"cannot write in '{folder.parent}': {reason(error)}") from error
        new = NewFolder(hidden, folder)
        yield new
        for path in hidden.iterdir():
            _to_disk(path)
        hidden.chmod(0o755)
        while True:
            try:
                _give_name(hidden, place, overwrite)
                break
            except OSError as error:
                if another is None or error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            new.folder = another()
            place = Path(os.path.realpath(new.folder))
    except OSError as error:
        raise ChipgateError(f"cannot write '{new.folder}': {reason(error)}; nothing was kept") from error
    finally:
        if hidden:
            shutil.rmtree(hidden, ignore_errors=True)
        for above in made:
            with suppress(OSError):  # it holds the folder, or is not there
                above.rmdir()


def _give_name(hidden: Path, folder: Path, overwrite: bool) -> None:
    """Rename; an older folder of the same name steps aside first and comes back if that fails."""
    aside = hidden.with_name(f"{hidden.name}.old")
    try:
        if overwrite and folder.exists():
            folder.rename(aside)
        hidden.rename(folder)  # fails where a folder with anything in it has appeared meanwhile
    except BaseException:  # also Ctrl-C, for at this moment the older folder has another name
        if aside.exists() and not folder.exists():
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
    with suppress(OSError):  # not every file system can do it, and the folder is in its place already
        _to_disk(folder.parent)


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
