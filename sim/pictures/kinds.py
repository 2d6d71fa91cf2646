"""The kinds of pictures told without drawing any: importing them imports matplotlib, which takes a second."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any


@cache
def kinds_told() -> dict[str, str]:
    """What each kind shows, by name, in the order of the pictures; read from the text of the classes."""
    cards = []
    for path in Path(__file__).parent.glob("*.py"):
        for definition in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(definition, ast.ClassDef) and "picture" in map(ast.unparse, definition.decorator_list):
                card = _constants(definition)
                cards.append((card["order"], card["kind"], card["what"]))
    return {kind: what for _, kind, what in sorted(cards)}


def _constants(definition: ast.ClassDef) -> dict[str, Any]:
    """What a class gives its names, where that stands in its text."""
    found = {}
    for line in definition.body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                found[name] = value
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = zip(names, values, strict=True)
                found |= {ast.unparse(name): each.value for name, each in pairs if isinstance(each, ast.Constant)}
    return found
