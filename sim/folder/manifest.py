"""The manifest of a results folder: what was run, with what, and a fingerprint of each file."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.base.errors import ChipgateError
from sim.base.label import LABEL

FILE = "manifest.json"

FileName = Annotated[str, Field(pattern=r"^[^/\\\x00]+$")]  # beside the manifest, nowhere else


class Precision(BaseModel):
    """The rule that found a comparison's number of replications."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wanted: float = Field(gt=0, lt=1, description="half-width of the paired differences, as a share of the base's mean")
    outcomes: list[str] = Field(min_length=1)
    cap: int = Field(ge=1)


class Manifest(BaseModel):
    """Written last, so that a folder with a manifest is whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = LABEL
    kind: Literal["run", "comparison"]
    scenarios: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(
        min_length=1, description="sha256 of each scenario's values, by name; a comparison's base is the first"
    )
    settings: dict[str, list[str]] = Field(
        default_factory=dict, description="what was set beside scenarios' files, by name: foundry.growth=50 %/year"
    )
    seed: int = Field(ge=0)
    replications: int = Field(ge=1)
    precision: Precision | None = Field(default=None, description="how their number was found, where it was not given")
    command: str
    seconds: float = Field(ge=0, description="duration of the run, without the writing")
    versions: dict[str, str]
    code: str = Field(default="", description="sha256 of the program's own files, which a version does not tell apart")
    interpreter: str
    platform: str
    files: dict[FileName, str] = Field(default_factory=dict, description="sha256 of each other file, by name")

    @model_validator(mode="after")
    def _one_scenario_or_several(self) -> Manifest:
        if (self.kind == "run") != (len(self.scenarios) == 1):
            raise ValueError(f"a {self.kind} of {len(self.scenarios)} scenarios cannot be")
        return self

    def to_json(self) -> str:
        """The text of the file."""
        return self.model_dump_json(indent=2) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a results folder. Raises ChipgateError."""
    path = folder / FILE
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ChipgateError(f"'{folder}' holds no {FILE}, so it is no results folder") from None
    except OSError as error:
        raise ChipgateError(f"cannot read '{path}': {error.strerror}") from None
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg'].lower()}" for e in error.errors())
        raise ChipgateError(f"'{path}' is no manifest: {told}{_writer(path)}") from None


def _writer(path: Path) -> str:
    """Which version wrote a manifest that this one cannot read; nothing where that is the same or not told."""
    from sim.base.version import __version__

    try:
        theirs = json.loads(path.read_bytes())["versions"]["chipgate"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return ""
    return "" if theirs == __version__ else f"; chipgate {str(theirs)[:40]} wrote it, and this is {__version__}"


def scenario_files(names: Sequence[str]) -> dict[str, str]:
    """The file of each scenario's values, by the scenario's name: `scenario.yaml`, among several `scenario-NAME.yaml`.

    Names may hold blanks, and differ only in their capitals; files do not, since some systems take those for one.
    """
    if len(names) == 1:
        return {names[0]: "scenario.yaml"}
    files: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFKC", name).casefold())[:50].strip("-.") or "unnamed"
        number = 1
        while (file := f"scenario-{plain}{f'-{number}' if number > 1 else ''}.yaml") in files.values():
            number += 1
        files[name] = file
    return files


def fingerprint(path: Path) -> str:
    """The sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
