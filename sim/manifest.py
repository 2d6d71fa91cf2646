"""The manifest of a results folder: what was run, with what, and a fingerprint of each file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.errors import ChipgateError
from sim.label import LABEL

FILE = "manifest.json"


class Manifest(BaseModel):
    """Written last, so that a folder with a manifest is whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = LABEL
    kind: Literal["run", "comparison"]
    scenarios: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(
        min_length=1, description="sha256 of each scenario's values, by name; a comparison's base is the first"
    )
    seed: int = Field(ge=0)
    replications: int = Field(ge=1)
    command: str
    seconds: float = Field(ge=0, description="duration of the run, without the writing")
    versions: dict[str, str]
    interpreter: str
    platform: str
    files: dict[str, str] = Field(default_factory=dict, description="sha256 of each other file, by name")

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
        raise ChipgateError(f"'{path}' is no manifest: {told}") from None


def fingerprint(path: Path) -> str:
    """The sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
