"""The recipes of CONTRIBUTING.md, for tests that follow them."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def recipe(heading: str) -> str:
    """The text below a heading."""
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def code(heading: str) -> list[str]:
    """The blocks of code in a recipe."""
    return re.findall(r"```\w+\n(.*?)```", recipe(heading), re.DOTALL)
