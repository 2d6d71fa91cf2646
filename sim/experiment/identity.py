"""What computes a replication: the program's own code, SimPy, and an interpreter with its library of functions.

A number may differ in its last digit where any of these differs, so what was computed elsewhere, or by other code, is
another number. The code is known by the files as they were when it was imported: a file edited since then does not
describe what runs.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import sim.experiment.replication  # noqa: F401  (all that computes is imported before its files are looked at)
from sim.base.places import PACKAGE

ROOMS = "base", "scenario", "model", "outcomes"
ALONE = PACKAGE / "experiment" / "replication.py"


def _files() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((PACKAGE / room).rglob("*.py"))
    yield ALONE


def _stamps(files: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """When each file was last written, and its size."""
    return {path: ((about := path.stat()).st_mtime_ns, about.st_size) for path in files}


_AT_IMPORT = _stamps(_files())
_CODE = hashlib.sha256()
for _path in _AT_IMPORT:
    _CODE.update(_path.relative_to(PACKAGE).as_posix().encode() + b"\0" + _path.read_bytes() + b"\0")


@cache
def maker() -> dict[str, str]:
    """What computes replications in this process, part by part."""
    confstr = getattr(os, "confstr", lambda _: "")  # not on Windows
    libraries = getattr(os, "confstr_names", {})
    return {
        CODE: _CODE.hexdigest(),
        "SimPy": importlib.metadata.version("simpy"),
        "Python": f"{platform.python_version()} ({sys.implementation.name}, {sys.version.split('[')[-1].rstrip(']')})",
        "machine": f"{platform.system()} {platform.machine()}",
        "libm": str(confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in libraries else platform.release()),
    }


CODE = "files of chipgate"


@cache
def identity() -> str:
    """The same as a sha256."""
    return hashlib.sha256(json.dumps(maker()).encode()).hexdigest()


def differing(other: Mapping[str, str]) -> str:
    """What is different elsewhere, in words: "Python 3.13.1 instead of 3.11.7"; empty where nothing is."""
    differ = [(name, other.get(name, "none"), here) for name, here in maker().items() if other.get(name) != here]
    return ", ".join(f"other {name}" if name == CODE else f"{name} {it} instead of {here}" for name, it, here in differ)


def edited() -> bool:
    """Whether a file was changed since it was imported."""
    try:
        return _stamps(_AT_IMPORT) != _AT_IMPORT
    except OSError:
        return True
