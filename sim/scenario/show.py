"""A scenario for people and machines: its values with their sources, what differs from another, one file of its own."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import itertools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

import yaml

from sim.base.label import SENTENCE
from sim.base.shapes import Group, Leaf, Listing, Names, Shape, shape_of
from sim.base.yaml_tree import WIDTH
from sim.exhibits.layout import folded, longest_word
from sim.scenario.load import Parameter, SourcedScenario
from sim.scenario.parts import Scenario


class Row(TypedDict):
    """One value with its source, ready for JSON."""

    key: str
    value: str
    unit: str
    kind: str
    source: str
    range: str
    file: str
    line: int


class Change(TypedDict):
    """A value that differs between two scenarios, ready for JSON; an empty text where one of them has none."""

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
            file=parameter.source.file,
            line=parameter.source.line,
        )
        for parameter in sourced.parameters.values()
    ]


def diff(before: SourcedScenario, after: SourcedScenario) -> list[Change]:
    """The values that differ, or whose source does; a scenario's name is not one of them."""
    old, new = before.parameters, after.parameters
    changes = []
    for key in [*old, *(key for key in new if key not in old)]:
        if key == "name":
            continue
        one, two = old.get(key), new.get(key)
        if one is None or two is None or (one.value, _told_source(one)) != (two.value, _told_source(two)):
            source = source_text(two) if two is not None else "removed"
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
    reason = f": {source.reason}" if source.reason else ""
    match source.kind:
        case "figure":
            return f"figure {source.figures[0]} ({source.text}){reason}"
        case "derived":
            return f"derived from {source.text}{reason}"
        case "calibrated":
            return f"calibrated to {', '.join(source.figures)}{reason}"
        case "assumption":
            return f"assumption{reason}"
        case "yours":
            written = f", written {source.text}" if source.line and source.text != parameter.text else ""
            return f"yours, {source.file}{f':{source.line}' if source.line else ''}{written}"
        case "default":
            return "default"
        case "text":
            return ""


def shown_text(sourced: SourcedScenario, terminal: int | None = None) -> str:
    """The rows of `show` for people, by group, with the label below; as wide as the terminal, if there is one."""
    scenario = sourced.scenario
    head = [f"{scenario.name}: {scenario.title}", scenario.question, f"read from {', '.join(sourced.files)}"]
    inner = [row for row in show(sourced) if "." in row["key"] or row["kind"] != "text"]
    rows = [(row["key"], row["value"], row["range"], row["source"]) for row in inner]
    return _page(head, ("", "value", "range", "source"), rows, terminal or WIDTH)


def changed_text(before: SourcedScenario, after: SourcedScenario, terminal: int | None = None) -> str:
    """The rows of `diff` for people, with the label below: first what the world is made of, then texts about it."""
    names = before.scenario.name, after.scenario.name
    rows = [(c["key"], c["before"] or "-", c["after"] or "-", c["source"]) for c in diff(before, after)]
    head = [f"from {names[0]} to {names[1]}" if rows else f"no value differs between {names[0]} and {names[1]}"]
    return _page(head, ("", *names, "source"), rows, terminal or WIDTH)


WIDEST = (26, 22, 27)  # columns of a key, and of the two beside it, on a page of WIDTH
LEAST = 24  # columns of a source
Cells = tuple[str, str, str, str]


def _page(head: list[str], titles: Cells, rows: list[Cells], width: int) -> str:
    """Rows of (dotted key, three columns) below their groups; a text too long for its column goes on below.

    Rows without a group are texts about the scenario, which have two columns only.
    """
    lines = [part for line in head for part in folded(line, width)]
    inner: list[Cells] = [(f"  {row[0].rpartition('.')[2]}", *row[1:]) for row in rows if "." in row[0]]
    texts = [row for row in rows if "." not in row[0]]
    if inner:
        widths = _widths([titles, *inner], width)
        narrow = widths[-1] < LEAST / 2
        lines += [""] if narrow else ["", *_cells(titles, widths)]
        groups = [row[0].rpartition(".")[0] for row in rows if "." in row[0]]
        for n, (group, row) in enumerate(zip(groups, inner, strict=True)):
            lines += ["", *folded(group, width, cut_words=True)] if n == 0 or group != groups[n - 1] else []
            lines += _below(row, titles, width) if narrow else _cells(row, widths)
    if texts:
        key = max(len(row[0]) for row in texts)
        half = (width - key - 4) // 2
        first = min(half, max(len(row[1]) for row in [titles, *texts]))
        lines += ["", *_columns(titles[:3], [key, first, width - key - first - 4])]
        for row in texts:
            lines += _columns(row[:3], [key, first, width - key - first - 4])
    return "\n".join([*lines, "", *folded(SENTENCE, width)]) + "\n"


def _widths(rows: list[Cells], width: int) -> list[int]:
    """Of the columns: the first three no wider than they need, nor narrower than a word, and the rest is the source's;
    where that is too little, the widest gives way first."""
    full = [row for row in rows if row[3]]
    natural = [max(len(row[column]) for row in full) for column in range(3)]
    words = [natural[0], *(longest_word([row[column] for row in rows]) for column in (1, 2))]
    least = [min(word, width // 3) for word in words]
    caps = [max(widest, widest * width // WIDTH) for widest in WIDEST]
    widths = [max(*pair) for pair in zip(least, map(min, natural, caps), strict=True)]
    while width - sum(widths) - 6 < LEAST and (loose := [n for n in range(3) if widths[n] > least[n]]):
        widths[max(loose, key=widths.__getitem__)] -= 1
    return [*widths, max(1, width - sum(widths) - 6)]


def _below(row: Cells, titles: Cells, width: int) -> list[str]:
    """One row where there is no room for columns: each cell on a line of its own, behind its title."""
    told = [row[0], *(f"    {title} {cell}" for title, cell in zip(titles[1:], row[1:], strict=True) if cell)]
    return [line for text in told for line in folded(text, width, " " * 6, cut_words=True)]


def _cells(row: Cells, widths: list[int]) -> list[str]:
    """One row as lines; a row without a source, or a range, may use their room."""
    told = 4 if row[3] else 3 if row[2] else 2
    return _columns(row[:told], [*widths[: told - 1], sum(widths[told - 1 :]) + 2 * (4 - told)])


def _columns(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Cells beside each other as lines, those of the first indented as its text is, and by two more."""
    indent = " " * (len(cells[0]) - len(cells[0].lstrip()) + 2)
    columns = [folded(cells[0], widths[0], indent, cut_words=True)]
    columns += [folded(text, width, cut_words=True) for text, width in zip(cells[1:], widths[1:], strict=True)]
    lines = itertools.zip_longest(*columns, fillvalue="")
    padded = ([cell.ljust(width) for cell, width in zip(parts, widths, strict=True)] for parts in lines)
    return ["  ".join(parts).rstrip() for parts in padded]


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
            return [_written_leaf(parameters[".".join(path)]) if shape.sourced else _scalar(value, quotes=True)]
    lines = []
    for name, inner, item in pairs:
        if item is None:
            continue
        below = _written(inner, item, (*path, name), parameters)
        if isinstance(inner, Leaf | Listing):
            lines.append(f"{_scalar(name)}: {below[0]}")
        else:
            lines += [f"{_scalar(name)}:{'' if below else ' {}'}", *(f"  {line}" for line in below)]
    return lines


def _written_leaf(parameter: Parameter) -> str:
    source = parameter.source
    if source.kind in {"yours", "default"}:
        return _scalar(source.text)
    parts = {str(source.kind): _scalar(source.figures[0] if source.kind == "figure" else source.text)}
    if source.unit:
        parts["unit"] = _scalar(source.unit)
    if source.kind == "calibrated":
        parts["to"] = f"[{', '.join(map(_scalar, source.figures))}]"
    if source.range_text:
        parts["range"] = f"[{', '.join(map(_scalar, source.range_text))}]"
    if source.reason:
        parts["reason"] = _scalar(source.reason, quotes=True)
    told = f"  # {parameter.text}" if source.kind in {"figure", "derived"} else ""
    return f"{{{', '.join(f'{key}: {text}' for key, text in parts.items())}}}{told}"


def _scalar(text: str, quotes: bool = False) -> str:
    """A text as a YAML scalar, in quotes unless it is surely plain."""
    if not quotes and PLAIN.fullmatch(text) and text == text.strip() and text not in {"off", "null", "Null", "NULL"}:
        return text
    dumped = yaml.dump(text, default_style='"', allow_unicode=True, width=10**9)
    return str(dumped).rstrip("\n")


def scenario_hash(scenario: Scenario) -> str:
    """The sha256 of a scenario's values as canonical JSON."""

    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value):
            return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
        if isinstance(value, dict):
            return {str(key): plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return value.isoformat() if isinstance(value, datetime.date) else value

    text = json.dumps(plain(scenario), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
