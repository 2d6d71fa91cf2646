"""Plain files, read with a limit on their size; a pipe or a device would be waited for without end."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

from sim.base.errors import ChipgateError

LARGEST = 1_000_000  # bytes


class UnusableFileError(ChipgateError):
    """A file that cannot be used: where it lies, what is wrong and what to do; `reason` alone for whoever names the
    file already."""

    def __init__(self, path: Path, reason: str, advice: str = "") -> None:
        super().__init__(f"'{path}' {reason}" + (f". {advice}" if advice else ""))
        self.reason = reason


def open_plain(path: Path) -> io.BufferedReader:
    """A plain file, or a link to one, opened for reading. Raises OSError, and UnusableFileError for anything else."""

    def without_waiting(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    file = open(path, "rb", opener=without_waiting)  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise UnusableFileError(path, "is not a file that can be read")
    return file


def read_plain(path: Path, most: int = LARGEST, advice: str = "") -> bytes:
    """The bytes of a plain file, at most so many; `advice` says what to do about more. Raises UnusableFileError."""
    try:
        with open_plain(path) as file:
            data = file.read(most + 1)
    except FileNotFoundError:
        reason = "is a link to a file that is not there" if path.is_symlink() else "is not there"
        raise UnusableFileError(path, reason) from None
    except IsADirectoryError:
        raise UnusableFileError(path, "is a folder, not a file") from None
    except OSError as error:
        raise UnusableFileError(path, f"cannot be read: {error.strerror}") from None
    except ValueError:
        raise UnusableFileError(path, "cannot be read: its name is not a path") from None
    if len(data) > most:
        raise UnusableFileError(path, f"is far too large, over {most / 1e6:g} MB", advice)
    return data
