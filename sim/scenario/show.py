"""A scenario for people and machines: its values with their sources, what differs from another, one file of its own."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import yaml

from sim.base.label import SENTENCE
from sim.base.shapes import Group, Leaf, Listing, Names, Shape, shape_of
from sim.base.wording import listed
from sim.exhibits.exhibit import Column, Exhibit
from sim.exhibits.page import Page, Said
from sim.scenario.load import OWN, Parameter, SourcedScenario
from sim.scenario.parts import Scenario
from sim.scenario.sampling import inputs_of
from sim.scenario.sources import GRADES


class Row(TypedDict):
    """One value with its source, ready for JSON."""

    key: str
    value: str
    unit: str
    kind: str
    source: str
    range: str
    confidence: str
    file: str
    line: int


class Change(TypedDict):
    """A value that differs between two scenarios, ready for JSON; an empty text where one of them has none, and then
    the source is that of the other."""

    key: str
    before: str
    after: str
    source: str


def show(sourced: SourcedScenario) -> list[Row]:
    """Every value of a scenario with its unit and source, in the order of the file."""
    return [
        Row(
            key=parameter.key,
            value=parameter.text,
            unit=parameter.unit,
            kind=parameter.source.kind,
            source=source_text(parameter),
            range=" to ".join(parameter.source.range_text or ()),
            confidence=parameter.source.confidence,
            file=parameter.source.file,
            line=parameter.source.line,
        )
        for parameter in sourced.parameters.values()
    ]


def diff(before: SourcedScenario, after: SourcedScenario) -> list[Change]:
    """The values that differ, or whose source does; a scenario's name is not one of them, nor are words
    about the first that the second has nothing in place of."""
    old, new = before.parameters, after.parameters
    changes = []
    for key in [*old, *(key for key in new if key not in old)]:
        if key == "name" or (key in OWN and key not in new):
            continue
        one, two = old.get(key), new.get(key)
        if one is None or two is None or (one.value, _told_source(one)) != (two.value, _told_source(two)):
            absent = f"not in {after.scenario.name}"
            source = source_text(two) if two else "; ".join(filter(None, [absent, source_text(one) if one else ""]))
            texts = [parameter.text if parameter is not None else "" for parameter in (one, two)]
            changes.append(Change(key=key, before=texts[0], after=texts[1], source=source))
    return changes


def _told_source(parameter: Parameter) -> tuple[object, ...]:
    """A source without its place; texts have none."""
    source = parameter.source
    return () if source.kind == "text" else (source.kind, source.reason, source.range, source.figures)


def source_text(parameter: Parameter) -> str:
    """A value's source in one line, such as `assumption: press reports`."""
    source = parameter.source
    grade = f", {source.confidence} confidence" if source.confidence else ""
    reason = f"{grade}: {source.reason}" if source.reason else grade
    match source.kind:
        case "figure":
            return f"figure {source.figures[0]} ({source.text}){reason}"
        case "derived":
            return f"derived from {source.text}{reason}"
        case "calibrated":
            return f"calibrated to {', '.join(source.figures)}{reason}"
        case "assumption":
            return f"assumption{reason}"
        case "user":
            written = f", written {source.text}" if source.line and source.text != parameter.text else ""
            return f"user, {source.file}{f':{source.line}' if source.line else ''}{written}"
        case "default":
            return "default"
        case "text":
            return ""


VALUES: tuple[Column[Row], ...] = (
    Column("key", lambda row: row["key"]),
    Column("value", lambda row: row["value"]),
    Column("range", lambda row: row["range"], shows={"mean": 1}),
    Column("source", lambda row: row["source"]),
)


def shown_page(sourced: SourcedScenario) -> Page:
    """Every value of a scenario with its source; words about it, and which keys are sampled how, stand in its file."""
    scenario = sourced.scenario
    rows = tuple(
        row
        for row in show(sourced)
        if row["kind"] != "text" or ("." in row["key"] and not row["key"].startswith("worlds."))
    )
    return Page(
        title=f"{scenario.name}: {scenario.title}",
        question=scenario.question,
        parts=(Exhibit("parameters", "", VALUES, rows, record=dict),),
        facts={"scenario": scenario.name},
        notes=(f"Read from {', '.join(sourced.files)}.", *_varying(sourced)),
        elsewhere="--json has them",
    )


def _varying(sourced: SourcedScenario) -> Iterator[str]:
    """How much may vary, and how far it can be trusted; nothing where nothing may."""
    inputs = inputs_of(sourced)
    grades = Counter(each.confidence or "unstated" for each in inputs if not each.lever)
    counts = [f"{grades[grade]} of {grade}" for grade in (*GRADES, "unstated") if grades[grade]]
    if counts:
        yield f"Uncertain within their ranges, which nobody decides: {listed(counts)} confidence."
    if levers := len(inputs) - grades.total():
        yield f"Levers, which somebody decides: {levers}."


def changed_page(before: SourcedScenario, after: SourcedScenario) -> Page:
    """What differs between two scenarios: first what the world is made of, then texts about it."""
    names = before.scenario.name, after.scenario.name
    changes = diff(before, after)
    rows, texts = (tuple(c for c in changes if ("." in c["key"]) is inner) for inner in (True, False))
    columns: tuple[Column[Change], ...] = (
        Column("key", lambda row: row["key"]),
        Column("before", lambda row: row["before"] or "-", names[0]),
        Column("after", lambda row: row["after"] or "-", names[1]),
        Column("source", lambda row: row["source"], shows={"mean": 1}),
    )
    return Page(
        title=f"from {names[0]} to {names[1]}" if changes else f"no value differs between {names[0]} and {names[1]}",
        parts=(
            Exhibit("parameters", "", columns, rows, record=dict),
            Said("texts", tuple(c["after"] or "removed" for c in texts), tuple(c["key"] for c in texts)),
        ),
        facts={"scenario": names[0], "other": names[1]},
        elsewhere="--json has them",
    )


# --- As one file ---


PLAIN = re.compile(r"[A-Za-z0-9.+-][\w %/.+*()-]*")


def resolved_yaml(sourced: SourcedScenario) -> str:
    """A scenario that extends nothing, each value with its source; loading it gives the same values and sources."""
    head = [f"# {SENTENCE}", f"# Read from {', '.join(Path(file).name for file in sourced.files)}."]
    return "\n".join([*head, *_written(shape_of(Scenario), sourced.scenario, (), sourced.parameters)]) + "\n"


def _written(shape: Shape, value: Any, path: tuple[str, ...], parameters: dict[str, Parameter]) -> list[str]:
    """The lines of a group's keys and values, or a single line: what stands behind the key."""
    match shape:
        case Group():
            pairs = [(name, member.shape, shape.value(value, name)) for name, member in shape.members.items()]
        case Names():
            pairs = [(str(name), shape.shape, item) for name, item in value.items()]
        case Listing():
            items = [_written(shape.shape, item, (*path, str(n)), parameters) for n, item in enumerate(value)]
            return [f"[{', '.join(item[0] for item in items)}]"]
        case Leaf():
            return [_written_leaf(parameters[".".join(path)]) if shape.sourced else scalar(value, quotes=True)]
    lines = []
    for name, inner, item in pairs:
        if item is None:
            continue
        below = _written(inner, item, (*path, name), parameters)
        if isinstance(inner, Leaf | Listing):
            lines.append(f"{scalar(name)}: {below[0]}")
        else:
            lines += [f"{scalar(name)}:{'' if below else ' {}'}", *(f"  {line}" for line in below)]
    return lines


def _written_leaf(parameter: Parameter) -> str:
    source = parameter.source
    if source.kind in {"user", "default"}:
        return scalar(source.text)
    parts = {str(source.kind): scalar(source.figures[0] if source.kind == "figure" else source.text)}
    if source.unit:
        parts["unit"] = scalar(source.unit)
    if source.kind == "calibrated":
        parts["to"] = f"[{', '.join(map(scalar, source.figures))}]"
    if source.range_text:
        parts["range"] = f"[{', '.join(map(scalar, source.range_text))}]"
    if source.confidence:
        parts["confidence"] = source.confidence
    if source.reason:
        parts["reason"] = scalar(source.reason, quotes=True)
    told = f"  # {parameter.text}" if source.kind in {"figure", "derived"} else ""
    return f"{{{', '.join(f'{key}: {text}' for key, text in parts.items())}}}{told}"


def scalar(text: str, quotes: bool = False) -> str:
    """A text as a YAML scalar, in quotes unless it is surely plain."""
    if not quotes and PLAIN.fullmatch(text) and text == text.strip() and text not in {"off", "null", "Null", "NULL"}:
        return text
    dumped = yaml.dump(text, default_style='"', allow_unicode=True, width=10**9)
    return str(dumped).rstrip("\n")


LATER = ("hangs_on", "worlds")
"""Words that scenarios were given after results folders were: left out where they are empty, so that those are read."""


def scenario_hash(scenario: Scenario) -> str:
    """The sha256 of a scenario's values as canonical JSON, without how worlds are sampled, which moves none of them."""

    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value):
            told = {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
            return {name: each for name, each in told.items() if each or name not in LATER}
        if isinstance(value, dict):
            return {str(key): plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return value.isoformat() if isinstance(value, datetime.date) else value

    values = plain(dataclasses.replace(scenario, worlds=None))
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
