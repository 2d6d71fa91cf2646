"""Room for large arrays: on the disk instead of in memory, without the rest of the program knowing."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from sim.base.atomic import reason
from sim.base.errors import ChipgateError

Floats = NDArray[np.float64]
LARGE = 16_000_000  # bytes, from which on an array is mapped
PIECE = 1_000_000  # bytes written at a time
LASTING = "/var/tmp"  # where systems want what is large; their /tmp may be memory itself


def room(*shape: int) -> Floats:
    """An array of that shape, full of nan.

    A large one lies in a file without a name, which the system removes whatever ends the process. Nan are written
    first, so that a full disk is an error here and not the end of the process later. Raises ChipgateError.
    """
    size = 8 * prod(shape)
    if size < LARGE:
        return np.full(shape, np.nan)
    place = os.environ.get("TMPDIR") or (LASTING if os.access(LASTING, os.W_OK | os.X_OK) else tempfile.gettempdir())
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            piece = np.full(PIECE // 8, np.nan).tobytes()
            for start in range(0, size, PIECE):
                file.write(piece[: size - start])
            file.flush()
            return np.ndarray(shape, dtype=np.float64, buffer=mmap.mmap(file.fileno(), size))
    except OSError as error:
        raise ChipgateError(
            f"there is no room for {size / 1e6:,.0f} MB of replications in '{place}' ({reason(error)}); "
            "set TMPDIR to a folder on another disk, or ask for fewer replications"
        ) from error


def one_after_another(arrays: Sequence[Floats]) -> Floats:
    """Arrays of one shape as one of one dimension, without a copy where they are the parts of one already."""
    first, whole = arrays[0], arrays[0].base
    if (
        isinstance(whole, np.ndarray)
        and whole.flags.c_contiguous
        and whole.shape == (len(arrays), *first.shape)
        and all(
            _starts(own) == _starts(part) and own.strides == part.strides
            for own, part in zip(arrays, whole, strict=True)
        )
    ):
        return whole.reshape(-1)
    joined = room(len(arrays) * first.size)
    return np.concatenate([own.reshape(-1) for own in arrays], out=joined)


def _starts(values: Floats) -> int:
    return int(values.ctypes.data)
