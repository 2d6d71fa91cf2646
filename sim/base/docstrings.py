"""Docstrings that people read in the program itself."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from typing import Any


def docstring(thing: Any) -> str:
    """The docstring of a class or a function on one line; from its source where Python drops docstrings (-OO), and
    dataclasses put others in their place."""
    if sys.flags.optimize < 2:
        text = thing.__doc__
    else:
        [definition] = ast.parse(textwrap.dedent(inspect.getsource(thing))).body
        assert isinstance(definition, ast.ClassDef | ast.FunctionDef)
        text = ast.get_docstring(definition)
    return " ".join((text or "").split())
