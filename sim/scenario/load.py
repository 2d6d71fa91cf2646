"""Scenario files -> a frozen scenario with the source of each value, or a report of every mistake at once.

A file is read as a tree whose nodes know where they stand (`sim.base.yaml_tree`), laid over the file that it
extends, and read along the shape of the classes of `sim.scenario.parts`: a part's keys are its fields, so a key that
nothing reads cannot exist. What could not be read is `UNKNOWN` to the rules (`sim.scenario.rules`), so that their
findings are told together with everything else.
"""

from __future__ import annotations

import datetime
import itertools
import numbers
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

from sim.articles.figures import evaluate, ids_of
from sim.base.errors import ChipgateError
from sim.base.places import scenario_folder
from sim.base.reading import UNKNOWN, KeyPath, Reader
from sim.base.shapes import LONGEST, Group, Leaf, Listing, Member, Names, Shape, Value, shape_of
from sim.base.units import UnitError, closest, measure_of
from sim.base.units import show as show_quantity
from sim.base.wording import listed
from sim.base.yaml_tree import (
    Broken,
    Document,
    Entry,
    Mistake,
    Node,
    Place,
    Series,
    Table,
    Text,
    composed,
    quoted,
    read_file,
    read_node,
    read_table,
    report,
)
from sim.scenario.fields import LEVERS
from sim.scenario.parts import Scenario, Worlds
from sim.scenario.rules import Finding, Rule, findings, named_in, notes
from sim.scenario.schema import bounds_text
from sim.scenario.sources import SOURCED, ways

Kind: TypeAlias = Literal["figure", "derived", "calibrated", "assumption", "user", "default", "text"]


class ScenarioError(ChipgateError):
    """Every mistake of a scenario; its text is the whole report."""

    def __init__(
        self, text: str, mistakes: tuple[Mistake, ...] = (), fitted: Callable[[int], str] | None = None
    ) -> None:
        super().__init__(text, fitted)
        self.mistakes = mistakes


@dataclass(frozen=True)
class Source:
    """Where a value comes from.

    `user` is a number that stands bare in a file or setting, `default` one left out, `text` one that is not a number.
    """

    kind: Kind
    text: str
    """The value as written: `14 weeks`, a figure's own text, or the expression of a derived number."""
    reason: str = ""
    range: tuple[float, float] | tuple[datetime.date, datetime.date] | None = None
    """Lowest and highest, in the key's unit."""
    range_text: tuple[str, str] | None = None
    """The same as written."""
    confidence: str = ""
    """How far an assumption can be trusted: high, medium or low; empty where nobody says."""
    figures: tuple[str, ...] = ()
    """The figures it rests on, by id."""
    unit: str = ""
    """The unit that the expression of a derived number gives."""
    file: str = ""
    line: int = 0
    """The place; 0 for a setting."""


@dataclass(frozen=True)
class Parameter:
    """One value of a scenario: a float in `unit`, a date (unit `date`) or a text (unit empty, kind `text`)."""

    key: str
    value: Value
    unit: str
    text: str
    """The value for people."""
    source: Source


SCENARIO = "scenario"
START = "'extends: baseline' and a 'title: ...' are a start"
WORDS = ("name", "title", "question", "lever")
"""Keys that change no number."""
OWN = ("name", "question", "changes", "look_at", "expected", "no_effect", "hangs_on")
"""Keys that a file does not take from the one that it extends: what they say is true of that one alone."""


@dataclass(frozen=True)
class SourcedScenario:
    """A scenario, every value's source by dotted key, the files it was read from, the first asked for first, and what
    was set beside them, such as `foundry.growth=50 %/year`."""

    scenario: Scenario
    parameters: dict[str, Parameter]
    files: tuple[str, ...]
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shipped:
    """A scenario that comes with the program."""

    name: str
    title: str
    question: str
    lever: str
    path: Path


# --- Files and layers ---


@dataclass(frozen=True)
class Layer:
    """The keys and values of one file or one setting; `whole` where all of it could be read, `based` where what it
    extends is there."""

    document: Document
    table: Table
    whole: bool
    based: bool = True


def _shown(path: Path) -> str:
    """A path for people: from the current folder, a shipped one by its folder wherever that was installed."""
    try:
        shipped = path.resolve().parent == scenario_folder()
        return f"scenarios/{path.name}" if shipped else os.path.relpath(path)
    except (OSError, RuntimeError, ValueError):
        return path.name


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that no folder can have
        return False


def _is_path(name: str) -> bool:
    return "/" in name or os.sep in name or name.endswith((".yaml", ".yml"))


def find_file(name: str, folder: Path, asking: Path | None = None) -> Path | None:
    """The file of a name or path that stands in a file of `folder`: beside it, else shipped.

    A file that asks for its own name means the shipped one, so that somebody's `baseline.yaml` can extend it.
    """
    if len(name) > LONGEST or "\0" in name:
        return None
    path = folder / (name if _is_path(name) else f"{name}.yaml")
    shipped = scenario_folder() / f"{name}.yaml"
    try:
        if not _is_path(name) and name in _shipped_paths() and (not path.exists() or path.resolve() == asking):
            return shipped
        if os.path.lexists(path):
            return path
        return next((own for own in path.parent.iterdir() if composed(own.name) == composed(path.name)), None)
    except (OSError, RuntimeError, ValueError):
        return None


DATA = {"figures", "relations"}
"""Files beside the shipped scenarios that are none."""


def _shipped_paths() -> dict[str, Path]:
    paths = scenario_folder().glob("*.yaml")
    return {path.stem: path for path in sorted(paths) if path.stem not in DATA and not path.name.startswith(".")}


def known_names(folder: Path) -> list[str]:
    """The scenarios that a name may mean in a folder: those shipped and those that lie there."""
    try:
        beside = [path.stem for path in folder.glob("*.yaml")]
    except OSError:
        beside = []
    return sorted({*_shipped_paths(), *beside})


def _near(name: str, folder: Path) -> str:
    near = closest(Path(name).stem[:LONGEST], known_names(folder))
    return f"did you mean '{near}'? " if near else ""


def _chain(path: Path, mistakes: list[Mistake]) -> list[Layer]:
    """The layers of a file and of what it extends, the file itself first."""
    layers: list[Layer] = []
    resolved: list[Path] = []
    while True:
        document, text, problems = read_file(path, _shown(path), SCENARIO)
        mistakes += problems
        if text is None:
            return [*layers, Layer(document, Table({}, document.place()), whole=False, based=False)]
        table, problems, whole = read_table(document, text, START)
        mistakes += problems
        table = _indented(shape_of(Scenario), table, mistakes)
        resolved.append(path.resolve())
        extends = table.entries.get("extends")
        rest = {name: entry for name, entry in table.entries.items() if name != "extends"}
        parent, extends_well = (None, True) if extends is None else _parent(extends, path, resolved, mistakes)
        layers.append(Layer(document, Table(rest, document.place(1, 1)), whole and extends_well, extends_well))
        if parent is None:
            return layers
        path = parent


def _parent(extends: Entry, path: Path, resolved: list[Path], mistakes: list[Mistake]) -> tuple[Path | None, bool]:
    """The file that an `extends` names; without one, a mistake."""
    node = extends.node
    if not isinstance(node, Text) or node.missing or not node.text:
        if not isinstance(node, Broken):
            wanted = "'extends' takes the name or the path of one scenario"
            mistakes.append(Mistake(node.place, wanted, "such as 'extends: baseline'"))
        return None, False
    parent = find_file(node.text, path.parent, resolved[-1])
    if parent is None:
        told, _, hint = ("" if _is_path(node.text) else _another_thing(node.text)).partition("\n  ")
        told = told or f"there is no scenario {quoted(node.text)} to extend"
        hint = hint or f"{_near(node.text, path.parent)}'chipgate list' names those shipped"
        mistakes.append(Mistake(node.place, told, hint))
        return None, False
    if _resolved(parent) in resolved:
        circle = [*resolved[resolved.index(_resolved(parent)) :], _resolved(parent)]
        names = " -> ".join(file.name for file in circle)
        mistakes.append(Mistake(node.place, f"this closes a circle of 'extends': {names}", "remove one of them"))
        return None, False
    return parent, True


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _setting(key: str, value: str, mistakes: list[Mistake]) -> Layer:
    """The layer of one `--set KEY=VALUE`; the value is YAML on one line."""
    line = f"{key}={value}"
    document = Document(f"--set {quoted(line, 60)[1:-1]}", (line,), what=SCENARIO)
    empty = Layer(document, Table({}, document.place()), whole=True)
    names = key.split(".")
    if names[0] == "extends":
        mistakes.append(Mistake(document.place(1, 1, len(key) + 1), "'extends' belongs at the top of a file"))
        return empty
    if not all(names) or "\n" in line or "\r" in line:
        hint = "such as --set foundry.cycle_time='20 weeks'"
        mistakes.append(Mistake(document.place(1, 1, len(key) + 1), "a setting is PART.KEY=VALUE on one line", hint))
        return empty
    # The value is read behind as many blanks as the key is long, so that its marks fit the line shown.
    node, problems, whole = read_node(document, " " * (len(key) + 1) + value)
    mistakes += problems
    after = document.place(1, len(line) + 1)
    node = Broken(after) if problems or not whole else node or Text("", after)
    end = len(key) + 1
    for name in reversed(names):
        place = document.place(1, end - len(name), end)
        node = Table({name: Entry(place, node)}, place)
        end -= len(name) + 1
    assert isinstance(node, Table)
    return Layer(document, node, whole=True)


def _as_text(key: object, value: object) -> str:
    """A setting's value as `--set` takes it. Raises ChipgateError."""
    if isinstance(key, str):
        match value:
            case str():
                return value
            case datetime.date():
                return value.isoformat()[:10]
            case False:
                return "off"
            case numbers.Real() if not isinstance(value, bool):
                return str(int(value)) if isinstance(value, numbers.Integral) else repr(float(value))
    raise ChipgateError(
        f"the setting {quoted(str(key))} cannot be {quoted(repr(value))}: "
        "it is a text such as '20 weeks' or 'off', a number in the key's own unit, a date, or False for off"
    )


# --- Merging ---


def _merge(layers: list[Layer], mistakes: list[Mistake]) -> Table:
    """The layers, the lowest first, as one table."""
    merged = Table({}, layers[0].table.place)
    complete = True
    settings = [layer.table for layer in layers if layer.document.path is None]
    groups = {group for table in settings for group in table.entries}
    times = Counter((group, name) for group in groups for table in settings for name in _names(table, group))
    new = {place for place, many in times.items() if many > 1}  # a name that settings add key by key
    for layer in layers:
        complete = complete and layer.whole
        _refuse_strangers(layer.table, merged, new, mistakes)
        setting = layer.document.path is None
        below = {name: entry for name, entry in merged.entries.items() if setting or name not in OWN}
        laid = _lay(shape_of(Scenario), Table(below, merged.place), layer.table, mistakes, complete)
        assert isinstance(laid, Table)
        merged = laid
    return merged


def _taken_out(layers: Iterable[Layer]) -> dict[KeyPath, Place]:
    """Where files and settings take a name out of a group, the uppermost of each."""
    return {
        (group, name): inner.key
        for layer in layers
        for group, entry in layer.table.entries.items()
        if isinstance(entry.node, Table)
        for name, inner in entry.node.entries.items()
        if isinstance(inner.node, Text) and inner.node.off
    }


def _lay(shape: Shape | None, below: Node | None, above: Node, mistakes: list[Mistake], complete: bool) -> Node:
    """One node over another: key by key in groups and names; a list or a value with its source is replaced whole."""
    if not isinstance(above, Table) or not isinstance(shape, Group | Names):
        return above
    entries = dict(below.entries) if isinstance(below, Table) else {}
    if entries and not above.entries and above.flow:
        one = next(iter(entries))
        told = "{} changes nothing: keys are added to those of the scenario that is extended"
        how = f"to take one out, write {{{one}: off}}" if isinstance(shape, Names) else "name a key with its new value"
        mistakes.append(Mistake(above.place, told, how))
    for name, entry in above.entries.items():
        if isinstance(shape, Names):
            if isinstance(entry.node, Text) and entry.node.off:
                if name not in entries and complete:
                    near = closest(name, list(entries))
                    hint = f"did you mean '{near}'?" if near else f"there are: {', '.join(entries) or 'none'}"
                    mistakes.append(Mistake(entry.key, f"there is no {quoted(name)} to switch off", hint))
                entries.pop(name, None)
                continue
            inner: Shape | None = shape.shape
        else:
            inner = shape.members[name].shape if name in shape.members else None
        old = entries.get(name)
        entries[name] = Entry(entry.key, _lay(inner, old.node if old else None, entry.node, mistakes, complete))
    return Table(entries, above.place, above.flow)


def _refuse_strangers(above: Table, below: Table, new: set[tuple[str, str]], mistakes: list[Mistake]) -> None:
    """Tell names that are new and say too little to stand alone, or are not there to be taken out, where one of another
    group or nearly of that name was surely meant; take them out."""
    members = shape_of(Scenario).members
    groups = {key: member.shape for key, member in members.items() if isinstance(member.shape, Names)}
    for group, entry in list(above.entries.items()):
        named, known = groups.get(group), _names(below, group)
        if named is None or not isinstance(named.shape, Group) or not known or not isinstance(entry.node, Table):
            continue
        for name, inner in list(entry.node.entries.items()):
            off = isinstance(inner.node, Text) and inner.node.off
            little = isinstance(inner.node, Table) and _too_little(named.shape, inner.node)
            if name in known or (group, name) in new or not (off or little):
                continue
            keys = list(inner.node.entries) if isinstance(inner.node, Table) else []
            others = {f"{other}.{name}": shape.shape for other, shape in groups.items() if name in _names(below, other)}
            if name in below.entries and name in members:
                others[name] = members[name].shape
            homes = [
                other
                for other, shape in others.items()
                if isinstance(shape, Group) and shape.members.keys() >= {*keys[:1]}
            ]
            near = closest(name, known) if len(keys) == 1 and not _kinds(named.shape, keys) else ""
            if homes or near:
                meant = ".".join([*homes[:1], *keys[:1]]) + ": off" * off if homes else near
                told = f"there is no {quoted(name)} under '{group}'"
                mistakes.append(Mistake(inner.key, told, f"did you mean '{meant}'?"))
                del entry.node.entries[name]
                if not entry.node.entries:
                    del above.entries[group]


def _names(table: Table, group: str) -> list[str]:
    """The names of a group; none where it has none."""
    node = table.entries[group].node if group in table.entries else None
    return list(node.entries) if isinstance(node, Table) else []


def _too_little(shape: Group, table: Table) -> bool:
    """Whether keys are some, and not all that such an entry needs."""
    needed = {name for name, member in shape.members.items() if member.required}
    given = table.entries.keys()
    return bool(given) and not (needed <= given and (_kinds(shape, given) or not _kinds(shape, shape.members)))


def _kinds(shape: Group, keys: Iterable[str]) -> list[str]:
    """Those of the keys that say what kind of entry it is: a policy's action."""
    return [key for key in keys if key in shape.members and shape.members[key].spread]


def _indented(shape: Shape | None, table: Table, mistakes: list[Mistake]) -> Table:
    """A table without the keys that belong into the empty group above them, each such group told once."""
    entries: dict[str, Entry] = {}
    group, inside, told = "", None, False
    for name, entry in table.entries.items():
        own = shape.members[name].shape if isinstance(shape, Group) and name in shape.members else None
        if inside is not None and not own and _belongs(inside, name, entry.node):
            if not told:
                message = f"{quoted(name)} belongs to '{group}' above, and its indentation does not say so"
                mistakes.append(Mistake(entry.key, message, "begin it, and the keys after it, with two more blanks"))
                del entries[group]
            told = True
            continue
        if isinstance(shape, Names):
            own = shape.shape
        node = _indented(own, entry.node, mistakes) if isinstance(entry.node, Table) else entry.node
        entries[name] = Entry(entry.key, node)
        empty = isinstance(node, Text) and node.missing and isinstance(own, Group | Names)
        group, inside, told = (name, own, False) if empty else ("", None, False)
    return Table(entries, table.place, table.flow)


def _belongs(shape: Shape, name: str, node: Node) -> bool:
    """Whether a key may lie in a group: one that it has, or a name with what a name of it holds."""
    if isinstance(shape, Group):
        return name in shape.members
    return isinstance(shape, Names) and (
        isinstance(node, Table) or (isinstance(node, Text) and (node.missing or node.off))
    )


# --- Reading ---


DATES = ("effective", "available", "arrives", "starts", "date", "day", "when", "from", "start", "begins")
"""Words for the day of an event; each kind of entry has its own key for it."""
GONE = {
    "wafer_share": "orders pull wafers now: see 'foundry.cover', and 'software.stacks' for who orders where",
    "reserved": "nothing is reserved now: the customer's 'projects' run the supplier's stack from the day it 'starts'",
}


@dataclass
class Reading(Reader):
    """Turns a merged table into a scenario, noting each value's source too."""

    parameters: dict[str, Parameter] = field(default_factory=dict)
    root: Table = field(default_factory=lambda: Table({}, Document("").place()))
    """What is read."""
    all_missing = "'extends: baseline' fills them in"
    gone = GONE

    def same_sense(self, name: str, shape: Group) -> str:
        return next((word for word in DATES if word in shape.members), "") if name in DATES else ""

    def home(self, name: str) -> str:
        for group, member in shape_of(Scenario).members.items():
            if isinstance(member.shape, Names) and name in _names(self.root, group):
                return f"did you mean '{group}.{name}'?"
        homes = _homes(name)
        return "it belongs at the top of a file" if name == "extends" else homes and f"it belongs in {homes}"

    def left_out(self, member: Member, path: KeyPath) -> None:
        """A key at its default; only numbers and dates are parameters then."""
        if isinstance(member.shape, Leaf) and member.shape.sourced and member.default is not None:
            shown = member.shape.show(member.default)
            self.note(member.shape, member.default, path, Source("default", shown))

    def read_name(self, leaf: Leaf, text: str) -> Any:
        if "." in text or len(text) > LONGEST:
            raise UnitError(f"the name {quoted(text)} is too long or holds a '.'", hint="--set joins names by '.'")
        return super().read_name(leaf, text)

    def read_list(self, shape: Listing, node: Node, path: KeyPath) -> Any:
        values = super().read_list(shape, node, path)
        if not shape.shape.sourced and values is not UNKNOWN:
            known = ", ".join(text for text in values if text is not UNKNOWN)
            self.note(shape.shape, known, path, self.at(node.place, "text", known))
        return values

    def read_item(self, leaf: Leaf, node: Node, path: KeyPath) -> Any:
        return self.read(leaf, node, path) if leaf.sourced else super().read_leaf(leaf, node, path)

    def read_leaf(self, leaf: Leaf, node: Node, path: KeyPath) -> Any:
        if not leaf.sourced:
            value = super().read_leaf(leaf, node, path)
            source = self.at(node.place, "text", str(value))
        elif isinstance(node, Table):
            value, source = self.read_sourced(leaf, node, path)
        else:
            value = self.read_value(leaf, node, path)
            source = self.at(node.place, "user", node.text if isinstance(node, Text) else "")
        if value is not UNKNOWN:
            self.note(leaf, value, path, source)
        return value

    def note(self, leaf: Leaf, value: Value, path: KeyPath, source: Source) -> None:
        key = ".".join(path)
        self.parameters[key] = Parameter(key, value, leaf.unit, leaf.show(value), source)

    def at(self, place: Place, kind: Kind, text: str, **more: Any) -> Source:
        document = place.document
        line = place.line if document.path is not None else 0
        return Source(kind, text, file=document.name, line=line, **more)

    # --- A value with its source ---

    def read_sourced(self, leaf: Leaf, node: Table, path: KeyPath) -> tuple[Any, Source]:
        """A `{figure: ...}`, `{derived: ...}`, `{calibrated: ...}` or `{assumption: ...}`."""
        kinds = [kind for kind in SOURCED if kind in node.entries]
        if len(kinds) != 1:
            return self.no_source(leaf, node, path, kinds), self.at(node.place, "user", "")
        kind: Any = kinds[0]
        more: dict[str, Any] = {}
        given = Reader(self.documents, self.mistakes, self.complete).read(ways(leaf)[kind], node, path)
        value, written = given[kind], node.entries[kind].node
        text = written.text if isinstance(written, Text) else ""
        if value is UNKNOWN:
            pass
        elif kind == "figure":
            text, more = value.accepted_text, {"figures": (value.id,)}
            value = self.of_figure(leaf, value.accepted, value.unit, f"the figure '{value.id}'", written.place)
        elif kind == "derived":
            text, more = value, {"figures": tuple(ids_of(value)), "unit": given["unit"]}
            value = self.computed(leaf, value, given["unit"], written.place)
        else:
            more = self.ends(given["range"], node.entries.get("range"))
            if more and (value < more["range"][0] or value > more["range"][1]):
                ends = " to ".join(more["range_text"])
                value = self.tell(written.place, f"{quoted(text)} lies outside its own range, {ends}")
            more["figures"] = tuple(figure.id for figure in given.get("to", ()) if figure is not UNKNOWN)
            more["confidence"] = grade if (grade := given.get("confidence")) not in (None, UNKNOWN) else ""
        reason = " ".join(str(given.get("reason") or "").split())
        return value, self.at(node.place, kind, text, reason=reason, **more)

    def no_source(self, leaf: Leaf, node: Table, path: KeyPath, kinds: list[str]) -> Any:
        if kinds:
            second = node.entries[kinds[1]].key
            return self.tell(second, f"{self.called(path)} has two sources: {' and '.join(kinds)}", "keep one")
        known = {name for group in ways(leaf).values() for name in group.members}
        for name, entry in node.entries.items():
            if name not in known and (near := closest(name, SOURCED)):
                message = f"unknown key {quoted(name)} in {self.called(path)}"
                return self.tell(entry.key, message, f"did you mean '{near}'?")
        hint = f"{leaf.example}, or one of: {', '.join(SOURCED)}"
        place = next(iter(node.entries.values())).key if node.entries else node.place
        return self.tell(place, f"{self.called(path)} takes a value, perhaps with its source", hint)

    def of_figure(self, leaf: Leaf, value: Any, unit: str, what: str, place: Place) -> Any:
        """A figure's value, or one computed from figures, in the leaf's unit and bounds."""
        if value is None:
            return self.tell(place, f"{what} has no accepted number")
        if leaf.day or isinstance(value, datetime.date):
            if leaf.day and isinstance(value, datetime.date):
                return value
            return self.tell(place, f"{what} is {'no' if leaf.day else 'a'} date", f"such as {leaf.example}")
        assert leaf.quantity is not None
        given, wanted = measure_of(unit), measure_of(leaf.unit)
        if given is None or wanted is None or given[0] != wanted[0]:
            return self.tell(place, f"{what} is in {unit or 'no unit'}", f"it takes {leaf.unit or 'no unit'} here")
        try:
            return leaf.quantity.read(f"{float(value)!r} {unit}")
        except UnitError:
            shown = show_quantity(float(value), unit)
            return self.tell(place, f"{what} is {shown}, out of range", f"it must be {bounds_text(leaf)}")

    def computed(self, leaf: Leaf, expression: str, unit: Any, place: Place) -> Any:
        """The value of an expression over figures; its unit may be unknown."""
        try:
            value = evaluate(expression)
        except ChipgateError as error:
            return self.tell(place, str(error))
        return UNKNOWN if unit is UNKNOWN else self.of_figure(leaf, value, unit, "this", place)

    def ends(self, low_high: Any, entry: Entry | None) -> dict[str, Any]:
        """A range, as values and as written; empty where one of them is not known."""
        if low_high is UNKNOWN or UNKNOWN in low_high or entry is None or not isinstance(entry.node, Series):
            return {}
        texts = tuple(item.text for item in entry.node.items if isinstance(item, Text))
        if low_high[0] > low_high[1]:
            message = f"this range runs backwards, from {texts[0]} to {texts[1]}"
            self.tell(entry.node.place, message, "the lowest comes first")
            return {}
        return {"range": low_high, "range_text": texts}

    # --- Rules ---

    def check_rules(self, found: Iterable[Finding]) -> None:
        """Tell what rules find, at the uppermost of the values at fault; of two, the other is noted."""
        gone: dict[KeyPath, list[str]] = {}
        for finding in found:
            if finding.missing and finding.missing in self.places:
                gone.setdefault(finding.missing, []).append(".".join(finding.paths[0][:2]))
                continue
            places = sorted(map(self.place, finding.paths), key=lambda place: self.documents.index(place.document))
            notes = [(place, "together with this") for place in places[1:]] if len(places) == 2 else []
            self.mistakes.append(Mistake(places[0], finding.message, finding.hint, tuple(notes)))
        for path, users in gone.items():
            message = (
                f"{listed(users)} {'name' if len(users) > 1 else 'names'} '{'.'.join(path)}', which this takes out"
            )
            self.tell(self.places[path], message, f"take out too: {', '.join(f'{user}: off' for user in users)}")


def _homes(name: str) -> str:
    """The groups that do have a key of that name."""

    def search(shape: Shape, path: str) -> Iterator[str]:
        match shape:
            case Group():
                if name in shape.members and path:
                    yield f"'{path}'"
                for key, member in shape.members.items():
                    yield from search(member.shape, f"{path}.{key}".lstrip("."))
            case Names():
                yield from search(shape.shape, f"{path}.NAME")

    return " or ".join(itertools.islice(search(shape_of(Scenario), ""), 2))


# --- What is read ---


def load(
    name_or_path: str | Path, settings: Mapping[str, Value] | None = None, rules: Iterable[Rule] = ()
) -> SourcedScenario:
    """The scenario of a file or of a shipped name, with `settings` (dotted key -> value) laid over it: a text as in a
    file, a number in the key's own unit, a date, or False for off. `rules` are held against a scenario that keeps all
    others, such as `sim.outcomes.cards.looked_at_exist`.

    A name means NAME.yaml in the current folder, else a shipped scenario. Raises ScenarioError, whose text tells every
    mistake of the files and the settings.
    """
    return _load(name_or_path, settings or {}, rules, sources_needed=False)


def load_shipped(name: str, settings: Mapping[str, Value] | None = None) -> SourcedScenario:
    """The shipped scenario of that name, whatever lies in the current folder. Raises ScenarioError."""
    return load(scenario_folder() / f"{name}.yaml", settings)


@dataclass(frozen=True)
class Checked:
    """A file with its mistakes, if there are any, and what is no mistake and worth knowing."""

    name: str
    error: ScenarioError | None = None
    notes: tuple[str, ...] = ()


def check(names_or_paths: Iterable[str | Path], rules: Sequence[Rule] = ()) -> list[Checked]:
    """What is wrong with each file, and what is worth knowing. In the shipped files a number without a source is a
    mistake too."""

    def checked(item: str | Path) -> Checked:
        try:
            sourced = _load(item, {}, rules, sources_needed=True)
        except ScenarioError as error:
            return Checked(str(item), error)
        told = (*notes(sourced.scenario), *_beyond_ranges(item, sourced), *_not_sampled_so(sourced))
        return Checked(str(item), notes=told)

    return [checked(item) for item in names_or_paths]


def _beyond_ranges(item: str | Path, sourced: SourcedScenario) -> Iterator[str]:
    """Bare values outside the range that the extended file gives for what they replace."""
    path = item if isinstance(item, Path) else find_file(item, Path())
    base = _chain(path, [])[1:2] if path is not None else []
    before = load(base[0].document.path).parameters if base and base[0].document.path else {}
    for key, old in before.items():
        new = sourced.parameters.get(key)
        if new is None or new.source.kind != "user" or old.source.range is None or old.source.range_text is None:
            continue
        ends: Any = old.source.range
        value: Any = new.value
        if value < ends[0] or value > ends[1]:
            written = " to ".join(old.source.range_text)
            yield f"{key}: {new.text} lies outside the range that {Path(old.source.file).name} gives, {written}"


def _not_sampled_so(sourced: SourcedScenario) -> Iterator[str]:
    """What the scenario says of sampled worlds, and its own values or ranges do not allow."""
    worlds = sourced.scenario.worlds or Worlds()
    for name, keys in worlds.order.items():
        if not in_order(sourced, keys):
            values = listed([f"{key} {sourced.parameters[key].text}" for key in keys if key in sourced.parameters])
            told = f"'worlds.order.{name}' is passed over in sampled worlds"
            yield f"{told}, for the scenario's own values break it: {values}"
    for key, parameter in sourced.parameters.items():
        if not named_in(worlds.log, key) or named_in(worlds.fixed, key):
            continue
        match parameter.source:
            case Source(range=(float(low), float(high)), range_text=(written, _)) if low <= 0 and low < high:
                told = f"'worlds.log' names {key}, whose range begins with {written}, which has no logarithm"
                yield f"no world can be sampled: {told}"


def in_order(sourced: SourcedScenario, keys: Iterable[str]) -> bool:
    """Whether those of some keys that a scenario has stand from low to high in it."""
    values: list[Any] = [sourced.parameters[key].value for key in keys if key in sourced.parameters]
    return values == sorted(values)


def _load(
    name_or_path: str | Path, given: Mapping[str, Value], rules: Iterable[Rule], sources_needed: bool
) -> SourcedScenario:
    if not isinstance(given, Mapping):
        told = quoted(repr(given), 40)
        raise ChipgateError(f"settings are a dict, such as {{'foundry.growth': '50 %/year'}}, not {told}")
    settings = {key: composed(_as_text(key, value)) for key, value in given.items()}
    name = str(name_or_path)
    path = name_or_path if isinstance(name_or_path, Path) else find_file(name, Path())
    if path is None or _is_folder(path):
        what = f"there is no file {quoted(name, 80)}" if _is_path(name) else f"no scenario is named {quoted(name, 80)}"
        near = f"\n  {_near(name, Path(name).parent if _is_path(name) else Path())}"
        raise ScenarioError(_another_thing(name) or f"{what}{near}'chipgate list' names those shipped")
    mistakes: list[Mistake] = []
    layers = _chain(path, mistakes)
    changes = [_setting(key, text, mistakes) for key, text in settings.items()]
    documents = [layer.document for layer in [*reversed(changes), *layers]]
    reading = Reading(documents, mistakes, complete=all(layer.whole for layer in layers))
    merged = _merge([*reversed(layers), *changes], mistakes)
    first = layers[0].document
    reading.places |= {(): first.place(), **_taken_out([*reversed(layers), *changes])}
    if "name" not in merged.entries:
        merged.entries["name"] = Entry(first.place(), Text(composed(path.stem), first.place()))
    reading.root = merged
    scenario = reading.read(shape_of(Scenario), merged, ())
    if all(layer.based for layer in layers):  # else a rule would miss what only the base explains
        reading.check_rules(findings(scenario))
    if not mistakes:
        reading.check_rules(finding for rule in rules for finding in rule(scenario))
    if sources_needed:
        _tell_bare(reading)
    if mistakes:
        only_settings = all(mistake.place.document.path is None for mistake in mistakes)
        subject = "the settings" if only_settings else _spoiled(mistakes, first)
        written = partial(report, mistakes, documents[::-1], subject)
        raise ScenarioError(written(), tuple(mistakes), written)
    files = tuple(layer.document.name for layer in layers)
    told = tuple(f"{key}={' '.join(value.split())}" for key, value in settings.items() if key not in WORDS)
    return SourcedScenario(scenario, reading.parameters, files, told)


def _another_thing(name: str) -> str:
    """What a name stands for that is not a scenario's, and the scenario that was likely meant; empty where it is
    nothing of the baseline's."""
    if not name:
        return "a scenario's name or file is empty"
    if _is_folder(folder := Path(name)):
        inside = ", ".join(sorted(map(str, folder.glob("scenario*.yaml")))[:3])
        what = (
            f"results folder, not a scenario\n  what was run lies in it: {inside}"
            if inside
            else "folder, not a scenario"
        )
        return f"'{name}' is a {what}"
    base = load_shipped("baseline")
    for group, what in NAMED.items():
        if name in getattr(base.scenario, group):
            told = f"'{name}' is {what} of the baseline, not a scenario"
            about = [s.name for s in shipped() if _changes(s.path, group, name)]
            hint = f"did you mean '{min(about, key=len)}'? " if about else ""
            return f"{told}\n  {hint}'chipgate show baseline' shows it, --set {group}.{name}... changes it"
    if name in base.parameters or any(key.startswith(f"{name}.") for key in base.parameters):
        return f"'{name}' is a key, not a scenario\n  'chipgate show baseline' shows it, --set {name}... changes it"
    return ""


NAMED = {
    "policies": "a policy",
    "imports": "a chip",
    "designs": "a chip",
    "demand": "a segment of demand",
    "projects": "a project",
    "anchors": "a contract",
}


def _changes(path: Path, group: str, name: str) -> bool:
    """Whether a shipped file takes out what the baseline has under that name, and nothing else there."""
    document, text, _ = read_file(path, path.name, SCENARIO)
    table = read_table(document, text or "")[0]
    node = table.entries[group].node if group in table.entries else None
    entries = node.entries if isinstance(node, Table) else {}
    return list(entries) == [name] and isinstance(inner := entries[name].node, Text) and inner.off


def _spoiled(mistakes: Sequence[Mistake], first: Document) -> str:
    """The file that the mistakes are in, where that is another one than was asked for."""
    names = {mistake.place.document.name for mistake in mistakes}
    if len(names) > 1 or first.name in names:
        return first.name
    return f"{names.pop()}, which {first.name} extends"


def _tell_bare(reading: Reading) -> None:
    """In a shipped file no number stands bare."""
    folder = scenario_folder()
    for key, parameter in reading.parameters.items():
        place = reading.place(tuple(key.split(".")))
        file = place.document.path
        if parameter.source.kind == "user" and file is not None and file.resolve().parent == folder:
            reading.tell(place, f"'{key}' stands bare in a shipped scenario", f"give it one of: {', '.join(SOURCED)}")


def shipped() -> list[Shipped]:
    """The scenarios that come with the program, by name; a file that cannot be read has an empty title."""

    def heading(path: Path) -> Shipped:
        document, text, _ = read_file(path, path.name, SCENARIO)
        entries = read_table(document, text)[0].entries if text is not None else {}
        nodes = [entries[key].node if key in entries else None for key in ("title", "question", "lever")]
        title, question, lever = (node.text if isinstance(node, Text) else "" for node in nodes)
        return Shipped(path.stem, title, question, lever, path)

    return [heading(path) for path in _shipped_paths().values()]


def by_lever() -> list[Shipped]:
    """The same by who pulls the lever, the baseline first."""
    rank: dict[str, int] = {lever: n for n, lever in enumerate(LEVERS)}
    return sorted(shipped(), key=lambda each: rank.get(each.lever, 0))
