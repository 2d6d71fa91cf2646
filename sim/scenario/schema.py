"""What a scenario file may hold: its shape, the schema that editors read, and the page that explains it.

All three come from the classes of `sim.scenario.parts` and the texts in them. `python -m sim.scenario.schema` writes
the page, `scenarios/REFERENCE.md`.
"""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from sim.base.atomic import write_whole
from sim.base.docstrings import docstring
from sim.base.label import SENTENCE
from sim.base.places import scenario_folder
from sim.base.shapes import Group, Leaf, Listing, Member, Names, Shape, shape_of
from sim.base.units import MEASURES, SCALES
from sim.scenario.parts import Scenario
from sim.scenario.policies.action import ACTIONS
from sim.scenario.sources import GRADES, ways


@functools.cache
def meanings(part: Any) -> dict[str, str]:
    """The text below each field of a part, those it inherits too."""
    texts: dict[str, str] = {}
    above: Any
    for above in reversed(part.__mro__):
        if "__dataclass_fields__" not in vars(above):
            continue
        [definition] = ast.parse(textwrap.dedent(inspect.getsource(above))).body
        assert isinstance(definition, ast.ClassDef)
        for item, after in itertools.pairwise(definition.body):
            match item, after:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    texts[name] = " ".join(text.split())
    return texts


def meaning(group: Group, name: str) -> str:
    """What a key of a group is for."""
    member = group.members[name]
    if member.spread and isinstance(member.shape, Group):
        return docstring(member.shape.part)
    return meanings(group.part).get(member.field or name, "")


# --- The schema for editors ---

TEXT = {"type": ["string", "number", "boolean"]}  # an editor reads a text such as 910 as a number
OFF = {"enum": ["off", False], "description": "Removes what the extended scenario has here."}


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a scenario file.

    Keys inside a group are never required, since an editor cannot see what a file extends; the keys at the top
    are, where it extends nothing.
    """
    defs: dict[str, Any] = {}
    root = _group_schema(shape_of(Scenario), defs)
    required = [name for name, member in shape_of(Scenario).members.items() if member.required and name != "name"]
    extends = {"type": "string", "description": "The scenario that this one changes: a name or a path."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A chipgate scenario",
        "description": SENTENCE,
        **root,
        "properties": {"extends": extends, **root["properties"]},
        "anyOf": [{"required": ["extends"]}, {"required": required}],
        "$defs": dict(sorted(defs.items())),
    }


def _group_schema(group: Group, defs: dict[str, Any]) -> dict[str, Any]:
    properties = {}
    for name, member in group.members.items():
        inner = _schema(member.shape, defs)
        if member.optional:
            inner = {"anyOf": [inner, OFF]}
        properties[name] = {**inner, "description": meaning(group, name)}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _schema(shape: Shape, defs: dict[str, Any]) -> dict[str, Any]:
    match shape:
        case Group(part=part):
            if part.__name__ not in defs:
                described = {"description": docstring(part)}
                defs[part.__name__] = {**described, **_group_schema(shape, defs)}
            return {"$ref": f"#/$defs/{part.__name__}"}
        case Names(key=key, shape=inner):
            names = {"pattern": DATE_PATTERN} if key.day else {"pattern": r"^[^.]+$"}
            values = {"anyOf": [_schema(inner, defs), OFF]}
            return {"type": "object", "propertyNames": names, "additionalProperties": values}
        case Listing(shape=inner):
            return {"type": "array", "items": _schema(inner, defs)}
        case Leaf(words=words) if not shape.sourced:
            return {"enum": list(words)} if words else TEXT
        case Leaf():
            name = _slug(shape)
            defs.setdefault(name, _sourced_schema(shape))
            return {"$ref": f"#/$defs/{name}"}


DATE_PATTERN = r"^\d{4}-\d{2}(-\d{2})?$"


def _bare_schema(leaf: Leaf) -> dict[str, Any]:
    if leaf.quantity is None:
        return {"type": "string", "pattern": DATE_PATTERN, "examples": [leaf.example]}
    quantity = leaf.quantity
    bounds = {
        "minimum": quantity.at_least,
        "exclusiveMinimum": quantity.above,
        "maximum": quantity.at_most,
        "exclusiveMaximum": quantity.below,
    }
    return {
        "type": ["number", "string"],
        **{name: bound for name, bound in bounds.items() if bound is not None},
        "pattern": _pattern(quantity.unit),
        "examples": [leaf.example],
    }


def _pattern(unit: str) -> str:
    """The texts that `sim.base.units.parse` reads as a quantity of a unit."""

    def words(measure: str) -> str:
        kind = MEASURES[measure][0]
        return "|".join(re.escape(word) for word, (measures, _) in MEASURES.items() if measures == kind)

    top, slash, bottom = unit.partition("/")
    scales = "|".join(SCALES)
    written = rf"(({scales})\s+)?({words(top)})" + (f"|{scales}" if MEASURES[top][0] == "number" else "")
    per = rf"\s*/\s*({words(bottom)})" if slash else ""
    return rf"^\s*[-+]?(\d[\d_]*\.?[\d_]*|\.\d+)([eE][-+]?\d+)?\s*(({written}){per})?\s*$"


def _sourced_schema(leaf: Leaf) -> dict[str, Any]:
    """A bare value, or one beside its source."""
    bare = _bare_schema(leaf)
    value_range = {"type": "array", "items": bare, "minItems": 2, "maxItems": 2}
    names = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    known = {"figure": {"type": "string"}, "derived": {"type": "string"}, "calibrated": bare, "assumption": bare}
    known |= {"unit": TEXT, "reason": TEXT, "range": value_range, "to": names, "confidence": {"enum": list(GRADES)}}
    kinds = []
    for group in ways(leaf).values():
        properties = {name: known[name] for name in group.members}
        required = [name for name, member in group.members.items() if member.required]
        kinds.append({"properties": properties, "required": required, "additionalProperties": False})
    return {"if": {"type": "object"}, "then": {"anyOf": kinds}, "else": bare}


def _slug(leaf: Leaf) -> str:
    """A name for a unit with its bounds, such as `share-at-least-0-at-most-100`."""
    return re.sub(r"\W+", "-", f"{leaf.unit or 'number'} {bounds_text(leaf)}".replace("-1", "minus 1")).strip("-")


# --- The page ---


def bounds_text(leaf: Leaf) -> str:
    """The bounds of a quantity in words; empty where there are none."""
    if leaf.quantity is None:
        return f"one of {', '.join(leaf.words)}" if leaf.words else ""
    quantity = leaf.quantity
    bounds = {
        "at least": quantity.at_least,
        "above": quantity.above,
        "at most": quantity.at_most,
        "below": quantity.below,
    }
    return ", ".join(f"{word} {leaf.show(float(b))}" for word, b in bounds.items() if b is not None)


INTRODUCTION = """\
# What a scenario file may hold

> {sentence}

Written by `python -m sim.scenario.schema` from the classes in `sim/scenario`; do not edit it by hand.

A scenario is a YAML file of `key: value` lines. `chipgate check FILE` reports every mistake in it, `chipgate show FILE`
every value with its unit and source, `chipgate show baseline --diff FILE` what it changes.

```yaml
extends: baseline
title: A slower foundry
question: What if each lot took half a year?

foundry:
  cycle_time: 26 weeks
policies:
  h20-block: off
```

For completion and checks while typing, write `chipgate schema > schema.json` and begin the file with the line
`# yaml-language-server: $schema=schema.json`. An editor cannot see what a file extends; `chipgate check` can.

## Building on another scenario

- `extends: NAME` reads `NAME.yaml` in the same folder, or else the shipped scenario of that name (`chipgate list`);
  `extends: ../folder/file.yaml` reads that file.
- Groups and names are merged key by key. A value replaces the one below it together with its source: to keep a range
  or a reason, write it again. A list is replaced whole.
- `off` removes what the extended scenario has under a name, a date or an optional key: `policies: {{h20-block: off}}`.
- `name` and `extends` are not handed on; a scenario's `name` is its file's unless it is written.
- `--set foundry.cycle_time='20 weeks'` and `--set policies.h20-block=off` are a last layer over the file.
- Anchors, aliases, tags and merge keys (`&`, `*`, `!`, `<<`) are refused. A file is UTF-8 and at most 1 MB.

## Numbers, dates and their sources

A quantity is a number and a unit: `14 weeks`, `40 %`, `4.5 bn yuan`, `230 wafers/week`. `thousand`, `million`, `bn`
and `trillion` may stand before a unit. Without a unit, a number counts the unit in the tables below; a share without
`%` lies between 0 and 1. Times may be in {times}.
A date is `2025-04-15`; `2025-04` is the first day of that month.

In your own file a value may stand alone; it is then shown as the user's. It may also say where it comes from. In the
shipped scenarios it must:

| written | means |
|---|---|
| `{{figure: datong}}` | the accepted value of a figure of the articles (`chipgate figures`) |
| `{{derived: market-25 * 0.5, unit: yuan}}` | arithmetic over figures, and its unit; a minus has a space on each side |
| `{{calibrated: 14 weeks, to: [datong], range: [8 weeks, 20 weeks], reason: ...}}` | fitted to those figures |
| `{{assumption: 14 weeks, range: [8 weeks, 20 weeks], reason: ...}}` | assumed; the value lies within its range |

The last two may say, and in the shipped scenarios must, how far they can be trusted, such as `confidence: low`:

{grades}

A `reason` may stand beside a figure or a derived number too. Within `{{ }}`, a text that holds a comma needs quotes.

## Policies

A policy is a dated event under a name of its own, with exactly one of the actions
{actions}.
One whose date lies before the window is in force from the first day. One that would act after the end is a mistake, and
so are two that overlap: the same action on the same target while the first is still in force. The latest rule that
reaches a product decides on it. Policies of one day act in the order of their names, except {ranked}:
these act last and in this order, so that the last of them decides.

```yaml
policies:
  h20-again:
    effective: 2026-03-01
    source: a supposition
    lift: {{product: h20}}
```
"""


def page() -> str:
    """The text of `scenarios/REFERENCE.md`."""
    times = ", ".join(word for word, (kind, _) in MEASURES.items() if kind == "time" and word.endswith("s"))
    actions = ", ".join(f"`{action}`" for action in ACTIONS)
    ranked = ", ".join(f"`{key}`" for key, action in ACTIONS.items() if action.order)
    grades = "\n".join(f"- `{grade}`: {meaning}." for grade, meaning in GRADES.items())
    introduction = INTRODUCTION.format(sentence=SENTENCE, times=times, actions=actions, ranked=ranked, grades=grades)
    sections = [introduction, "## Keys\n"]
    sections += [_section(path, group) for path, group in _groups("", shape_of(Scenario))]
    return "\n".join(sections)


def _groups(path: str, group: Group) -> Iterator[tuple[str, Group]]:
    """Each group with its dotted place, in which NAME stands for any name; a group that occurs twice comes once."""
    found = [(path, group)]
    seen: set[Any] = set()
    while found:
        path, group = found.pop(0)
        if group.part in seen:
            continue
        seen.add(group.part)
        yield path, group
        inner = [
            below
            for name, member in group.members.items()
            for below in _below(f"{path}.{name}".lstrip("."), member.shape)
        ]
        found = inner + found


def _below(path: str, shape: Shape) -> list[tuple[str, Group]]:
    match shape:
        case Group():
            return [(path, shape)]
        case Names(shape=inner):
            return _below(f"{path}.NAME", inner)
    return []


def _section(path: str, group: Group) -> str:
    rows = ["| key | unit | bounds | default | meaning |", "|---|---|---|---|---|"]
    for name, member in group.members.items():
        kind, bounds = _kind(member.shape)
        cells = (f"`{name}`", kind, bounds, _default(member, name), meaning(group, name))
        rows.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    about = docstring(group.part)
    heading = f"### `{path}`" if path else "### The top of a file"
    return "\n".join([heading, "", about, "", *rows, ""])


def _kind(shape: Shape) -> tuple[str, str]:
    match shape:
        case Leaf():
            return (shape.unit or ("number" if shape.sourced else "text")), bounds_text(shape)
        case Names(key=key, shape=inner):
            return f"{'date' if key.day else 'name'}: {_kind(inner)[0]}", _kind(inner)[1]
        case Listing(shape=inner):
            return f"list of {_kind(inner)[0]}s", _kind(inner)[1]
        case Group():
            return "group", ""


def _default(member: Member, name: str) -> str:
    if name == "name":
        return "the file's name"
    if member.required:
        return ""
    if member.default is None:
        return "none"
    if isinstance(member.shape, Leaf):
        return member.shape.show(member.default) or "empty"
    return str(member.default) if member.default else "none"


def main() -> None:
    """Write the page."""
    write_whole(scenario_folder() / "REFERENCE.md", page().encode())


if __name__ == "__main__":
    main()
