"""Reads a tree of YAML along a shape into a record, noting every mistake and where each value stands.

What could not be read is `UNKNOWN`, so that everything else can be looked at still, and all mistakes told together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, TypeAlias

from sim.base.errors import ChipgateError
from sim.base.shapes import Group, Leaf, Listing, Member, Names, Shape, Words
from sim.base.units import UnitError, closest
from sim.base.yaml_tree import (
    MOST_TOLD,
    Broken,
    Document,
    Entry,
    Mistake,
    Node,
    Place,
    Series,
    Table,
    Text,
    quoted,
    read_table,
    report,
)

KeyPath: TypeAlias = tuple[str, ...]
Wrong: TypeAlias = tuple[KeyPath, str, str]
"""The keys that a mistake is found at, what is wrong, and a hint, which may be empty."""
NEEDS_QUOTES = "a text with a comma needs quotes here"


class Unknown:
    """A value that could not be read. Comparisons are false, its parts and results are unknown, it holds nothing."""

    def _same(self, *_: object, **__: object) -> Any:
        return self

    def _false(self, *_: object) -> bool:
        return False

    __getattr__ = __getitem__ = __call__ = _same
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __mod__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __contains__ = _false
    __bool__ = _false
    __hash__ = object.__hash__

    def __iter__(self) -> Iterator[Any]:
        return iter(())


UNKNOWN: Any = Unknown()


@dataclass
class Reader:
    """Turns a tree into a record along a shape, noting the place of each value, and every mistake."""

    documents: Sequence[Document]
    """Where mistakes may stand, in the order in which they are told."""
    mistakes: list[Mistake] = field(default_factory=list)
    complete: bool = True
    """Whether all of it could be read as YAML; else a key may stand where nobody saw it."""
    blanks: bool = False
    """Whether a key that may be left out may also be left blank."""
    lenient: bool = False
    """Whether unknown keys are passed over."""
    places: dict[KeyPath, Place] = field(default_factory=dict)
    all_missing: ClassVar[str] = ""
    """A hint where keys at the top are missing."""
    gone: ClassVar[Mapping[str, str]] = {}
    """Keys that files had once, and what takes their place."""

    # --- Files ---

    @classmethod
    def of(
        cls, document: Document, text: str | None, mistakes: Iterable[Mistake] = (), **options: bool
    ) -> tuple[Reader, Table]:
        """A reader of one file as `read_file` gives it, and the file's keys and values; what is not even YAML is a
        mistake already."""
        table, found, complete = Table({}, document.place()), [*mistakes], False
        if text is not None:
            table, found, complete = read_table(document, text)
        return cls([document], found, complete, places={(): document.place()}, **options), table

    def refuse(self, told: str = "") -> None:
        """Raise ChipgateError with every mistake, if there is one."""
        if self.mistakes:
            written = partial(report, self.mistakes, self.documents, self.documents[0].name)
            raise ChipgateError(told + written(), lambda width: told + written(width))

    # --- Mistakes ---

    def tell(self, place: Place, message: str, hint: str = "") -> Any:
        """Note a mistake; the value is unknown."""
        self.mistakes.append(Mistake(place, message, hint))
        return UNKNOWN

    def tell_all(self, found: Iterable[Wrong]) -> None:
        """Note what is wrong between values."""
        for path, message, hint in found:
            self.tell(self.place(path), message, hint)

    def place(self, path: KeyPath) -> Place:
        """The place of a value, or of the nearest group around it."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]

    def called(self, path: KeyPath) -> str:
        """What stands at a path, for a message."""
        return f"'{quoted('.'.join(path), 60)[1:-1]}'" if path else f"the {self.documents[0].what}"

    # --- Shapes ---

    def read(self, shape: Shape, node: Node, path: KeyPath = ()) -> Any:
        """The value of a node, UNKNOWN where it cannot be read."""
        if isinstance(node, Broken):
            return UNKNOWN
        if isinstance(node, Text) and node.missing:
            return self.tell(node.place, f"{self.called(path)} has no value", wanted(shape))
        match shape:
            case Leaf():
                return self.read_leaf(shape, node, path)
            case Listing():
                return self.read_list(shape, node, path)
            case Names():
                return self.read_names(shape, node, path)
            case Group():
                return self.read_group(shape, node, path)

    def read_group(self, shape: Group, node: Node, path: KeyPath) -> Any:
        if isinstance(node, Text) and shape.short:
            node = Table({shape.short: Entry(node.place, node)}, node.place)
        if not isinstance(node, Table):
            if isinstance(node, Text) and node.off:
                every = f"every {self.documents[0].what} has it"
                return self.tell(node.place, f"{self.called(path)} cannot be switched off", every)
            if _like_off(node):
                return self.tell_off(node, path)
            return self.tell(node.place, f"{self.called(path)} is a group of keys", wanted(shape))
        meant = {self.unknown_key(shape, name, entry, node, path) for name, entry in node.entries.items()}
        values: dict[str, Any] = {}
        missing: list[str] = []
        for name, member in shape.members.items():
            here = (*path, name)
            entry = node.entries.get(name)
            if entry is None and name in meant:
                values[name] = UNKNOWN
            elif not member.required and (entry is None or (self.blanks and _is_blank(entry))):
                self.left_out(member, here)
            elif entry is None:
                values[name] = UNKNOWN
                missing.append(name)
            elif member.optional and isinstance(entry.node, Text) and entry.node.off:
                values[name] = None
            elif _like_off(entry.node) and _switched(member):
                values[name] = self.tell_off(entry.node, here)
            elif _like_off(entry.node) and isinstance(member.shape, Group) and not member.shape.short:
                values[name] = self.read_group(member.shape, Text("off", entry.node.place), here)
            else:
                self.places[here] = entry.node.place if isinstance(member.shape, Leaf | Listing) else entry.key
                values[name] = self.read(member.shape, entry.node, here)
        if missing and self.complete:
            self.tell_missing(shape, missing, node, path)
        return shape.record(values)

    def tell_off(self, node: Node, path: KeyPath) -> Any:
        """Tell another word in the place of off."""
        return self.tell(
            node.place,
            f"{self.called(path)} is taken out by the word off, plain and in small letters",
            "did you mean off?",
        )

    def tell_missing(self, shape: Group, missing: list[str], node: Table, path: KeyPath) -> None:
        names = ", ".join(f"'{name}'" for name in missing)
        many = len(missing) > 1
        message = f"the key{'s' * many} {names} {'are' if many else 'is'} missing in {self.called(path)}"
        first = _example(shape.members[missing[0]].shape)
        hint = f"such as '{missing[0]}: {first}'" if first else ""
        self.tell(self.places.get(path, node.place), message, hint if path else self.all_missing or hint)

    def unknown_key(self, shape: Group, name: str, entry: Entry, table: Table, path: KeyPath) -> str | None:
        """Tell a key that the group does not have; return the one that was likely meant."""
        if name in shape.members or self.lenient:
            return None
        message = f"unknown key {quoted(name)} in {self.called(path)}"
        if name in self.gone:
            self.tell(entry.key, f"the key {quoted(name)} is gone from {self.called(path)}", self.gone[name])
            return None
        if len(self.mistakes) > MOST_TOLD:  # looking for a likely key takes its time
            self.tell(entry.key, message)
            return None
        near = self.same_sense(name, shape) or closest(name, list(shape.members))
        hint = f"did you mean '{near}'?" if near else self.home(name) or f"known: {', '.join(shape.members)}"
        if _split_by_a_comma(table, entry):
            message, hint = _number_split(table, entry, name) or (message, NEEDS_QUOTES)
        self.tell(entry.key, message, hint)
        return near

    def same_sense(self, _name: str, _shape: Group) -> str:
        """A key of the group that says what another word was meant to say; empty where none is known."""
        return ""

    def home(self, _name: str) -> str:
        """Where a key of that name belongs that does not belong where it stands; empty where that is not known."""
        return ""

    def left_out(self, member: Member, path: KeyPath) -> None:
        """What follows from a key that is left at its default."""

    def read_names(self, shape: Names, node: Node, path: KeyPath) -> Any:
        if _like_off(node):
            told = f"{self.called(path)} cannot be switched off as a whole"
            return self.tell(node.place, told, "switch off each of its names: 'NAME: off'")
        if not isinstance(node, Table):
            return self.tell(node.place, f"{self.called(path)} is a group of names", wanted(shape))
        values = {}
        for name, entry in node.entries.items():
            try:
                key = self.read_name(shape.key, name)
            except UnitError as error:
                self.tell(entry.key, str(error), error.hint)
                continue
            here = (*path, str(key))
            self.places[here] = entry.node.place if isinstance(shape.shape, Leaf) else entry.key
            values[key] = self.read(shape.shape, entry.node, here)
        if self.miscounted(shape, node, len(node.entries), path):
            return UNKNOWN
        return values

    def read_name(self, leaf: Leaf, text: str) -> Any:
        """A name as a key. Raises UnitError."""
        return leaf.read(text)

    def read_list(self, shape: Listing, node: Node, path: KeyPath) -> Any:
        if isinstance(node, Text) and shape.words:
            return self.read_leaf(Leaf(Words(shape.words)), node, path)
        if isinstance(node, Text) and shape.alone:
            node = Series([node], node.place)
        if not isinstance(node, Series):
            return self.tell(node.place, f"{self.called(path)} is a list", f"such as {_example(shape) or '[a, b]'}")
        if self.miscounted(shape, node, len(node.items), path):
            return UNKNOWN
        values = []
        for number, item in enumerate(node.items):
            here = (*path, str(number))
            self.places[here] = item.place
            values.append(self.read_item(shape.shape, item, here))
        return values if shape.most is None else tuple(values)

    def read_item(self, leaf: Leaf, node: Node, path: KeyPath) -> Any:
        """A value in a list."""
        return self.read(leaf, node, path)

    def miscounted(self, shape: Names | Listing, node: Node, entries: int, path: KeyPath) -> bool:
        """Tell too few or too many entries, and whether it was so."""
        most = shape.most if isinstance(shape, Listing) else None
        wrong = entries < shape.least or (most is not None and entries > most)
        if wrong:
            it_has = f"{entries or 'no'} entr{'y' if entries == 1 else 'ies'}"
            it_takes = f"{shape.least} or more" if most is None else str(most)
            self.tell(node.place, f"{self.called(path)} has {it_has}; it takes {it_takes}", _example(shape))
        return wrong

    def read_leaf(self, leaf: Leaf, node: Node, path: KeyPath) -> Any:
        if isinstance(leaf.kind, Words) and not isinstance(node, Text | Broken):
            opened = [place for mistake in self.mistakes for place, _ in mistake.notes]
            if any((place.line, place.column) == (node.place.line, node.place.column) for place in opened):
                return UNKNOWN  # its bracket is not closed, which is told
            block = isinstance(node, Table) and not node.flow
            hint = f"put a text {'with a colon' if block else 'that starts with [ or {'} in quotes"
            return self.tell(node.place, f"{self.called(path)} is a text", hint)
        return self.read_value(leaf, node, path)

    def read_value(self, leaf: Leaf, node: Node, path: KeyPath) -> Any:
        """A value that stands bare."""
        if isinstance(node, Broken):
            return UNKNOWN
        if not isinstance(node, Text) or node.missing:
            return self.tell(node.place, f"{self.called(path)} takes one value here", f"such as {leaf.example}")
        try:
            return leaf.read(node.text)
        except UnitError as error:
            near = closest(error.word, error.words)
            hint = _meant(leaf, node.text) or (f"did you mean '{near}'?" if near else error.hint)
            return self.tell(node.place, str(error), hint)


def wanted(shape: Shape) -> str:
    """What belongs where nothing fitting stands."""
    match shape:
        case Leaf():
            return f"such as {shape.example}" if _example(shape) else "a text belongs here"
        case Listing():
            return "a list belongs here, such as [a, b]"
        case Names():
            return "names with their values belong here"
        case Group():
            return f"keys with their values belong here: {', '.join(shape.members)}"


def _example(shape: Shape) -> str:
    """A well-written value; empty for a group, and for any text."""
    match shape:
        case Leaf(kind=kind) if not isinstance(kind, Words):
            return kind.example
        case Listing(shape=Leaf(kind=kind), least=least) if not isinstance(kind, Words):
            return f"[{', '.join([kind.example] * max(least, 1))}]"
    return ""


def _split_by_a_comma(table: Table, entry: Entry) -> bool:
    """Within braces, what follows a comma in a text reads as a key without a value."""
    return table.flow and _is_blank(entry)


def _number_split(table: Table, entry: Entry, name: str) -> tuple[str, str] | None:
    """What to write where a comma within braces has cut a number in two; None where it has not."""
    cut = entry.key
    for before in (other.node for other in table.entries.values()):
        place = before.place
        beside = (place.document, place.line, place.end) == (cut.document, cut.line, cut.column - 1)
        if beside and isinstance(before, Text) and re.fullmatch(r"[-+]?\d+", before.text) and name[0].isdigit():
            point = "" if re.match(r"\d{3}(?!\d)", name) else "."
            return "a comma ends a value within braces", f"write {before.text}{point}{name}"
    return None


def _like_off(node: Node) -> bool:
    return isinstance(node, Text) and node.text.lower() in {"off", "no", "false", "none"}


def _switched(member: Member) -> bool:
    """Whether a key's value may be off, and is not a text, which may be any word."""
    return member.optional and not (isinstance(member.shape, Leaf) and isinstance(member.shape.kind, Words))


def _is_blank(entry: Entry) -> bool:
    return isinstance(entry.node, Text) and entry.node.missing


SPELT = {
    "percent": "%", "pct": "%", "per": "/", "¥": "yuan", "￥": "yuan", "元": "yuan", "$": "dollars",
    **dict.fromkeys(("d",), "days"), **dict.fromkeys(("w", "wk", "wks"), "weeks"),
    **dict.fromkeys(("mo", "mos", "mth"), "months"), **dict.fromkeys(("y", "yr", "yrs"), "years"),
    **dict.fromkeys(("k", "tsd"), "thousand"), **dict.fromkeys(("m", "mio", "mn", "mln"), "million"),
    **dict.fromkeys(("b", "mrd", "bln"), "bn"),
}  # fmt: skip
"""Other ways to write a word of a unit."""


def _meant(leaf: Leaf, text: str) -> str:
    """A quantity that a text was likely meant as: 40 % for 40, 200 %/year for 200%, 14 weeks for 14w."""
    if not leaf.quantity:
        return ""
    top, _, per = leaf.unit.replace("share", "%").partition("/")
    words = re.findall(r"[-+]?[\d.]+|[^\W\d]+|[^\w\s]", text.strip().lower() if text.isascii() else text.strip())
    words = [SPELT.get(word, word) for word in words]
    if words and words[0] in SPELT.values():  # a currency's sign stands before its number
        words = [*words[1:], words[0]]
    spelt = re.sub(r" ?/ ?", "/", " ".join(words))
    spelt = re.sub(r"/(day|week|month|quarter|year)s$", r"/\1", spelt)
    written = re.sub(r"(?<=\d)%", " %", " ".join(text.split()))
    tries = [spelt, f"{written}/{per}" if per else "", f"{spelt} {top}", f"{spelt} {top}/{per}" if per else ""]
    if per and "/" in written:
        tries.append(re.sub(r" ?/", f" {top}/", written))
    for each in filter(None, tries):
        with suppress(UnitError):
            leaf.read(each)
            return f"did you mean '{each}'?"
    return ""
