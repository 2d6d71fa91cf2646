"""YAML as a tree whose nodes know where they stand, and mistakes that are told at their place.

Scalars stay text: what `NO`, `012` or `12:30` mean is for the schema to say, not for YAML. Anchors, aliases, tags and
merge keys are refused where they stand and never followed, so a small file cannot grow. Nothing here knows what a
scenario is.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from sim.base.alike import alike, invisible
from sim.base.files import UnusableFileError, read_plain

DEEPEST = 30  # levels of nesting
MOST_TOLD = 50  # mistakes in one report
WIDTH = 110  # columns of a report
TOO_DEEP = f"this is nested too deeply, over {DEEPEST} levels"

PARSER: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # the first is some twenty times faster, the events are the same
UNPRINTABLE: re.Pattern[str] = yaml.reader.Reader.NON_PRINTABLE
NOTHING = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, eq=False)
class Document:
    """A text and what it is called in a report: a file's path, or `--set foundry.growth=2`."""

    name: str
    lines: tuple[str, ...] = ()
    path: Path | None = None
    what: str = "file"
    """What sort of text it is, in a word: scenario."""

    @property
    def such(self) -> str:
        """One of its sort, for a message."""
        return f"{'an' if self.what[0] in 'aeiou' else 'a'} {self.what}"

    @classmethod
    def of(cls, name: str, text: str, path: Path | None = None, what: str = "file") -> Document:
        return cls(name, tuple(text.splitlines()), path, what)

    def place(self, line: int = 0, column: int = 0, end: int = 0) -> Place:
        """A stretch of a line, counted from 1, `end` not included; without a line, the document as a whole."""
        return Place(self, line, column, max(end, column + 1))


@dataclass(frozen=True)
class Place:
    """Where something stands, in lines and columns that count from 1."""

    document: Document
    line: int
    column: int
    end: int

    def __str__(self) -> str:
        if self.document.path is None or not self.line:
            return self.document.name
        return f"{self.document.name}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Text:
    """A scalar, as written; `plain` where it stands without quotes."""

    text: str
    place: Place
    plain: bool = True

    @property
    def missing(self) -> bool:
        return self.plain and self.text in NOTHING

    @property
    def off(self) -> bool:
        return self.plain and self.text == "off"


@dataclass(frozen=True)
class Entry:
    """A key's place and its value."""

    key: Place
    node: Node


@dataclass(frozen=True)
class Table:
    """Keys and values, in the order they are written."""

    entries: dict[str, Entry]
    place: Place
    flow: bool = False


@dataclass(frozen=True)
class Series:
    """A list."""

    items: list[Node]
    place: Place


@dataclass(frozen=True)
class Broken:
    """Something already told as a mistake."""

    place: Place


Node: TypeAlias = Text | Table | Series | Broken


@dataclass(frozen=True)
class Mistake:
    """What is wrong, where, and what would be right; a note points at a second place."""

    place: Place
    message: str
    hint: str = ""
    notes: tuple[tuple[Place, str], ...] = ()

    def __str__(self) -> str:
        return self.told()

    def told(self, width: int = WIDTH) -> str:
        """Its lines, in so many columns."""
        told = [_told(self.place, self.message, self.hint, width)]
        return "\n".join(told + [_told(place, f"note: {words}", "", width) for place, words in self.notes])


def quoted(text: str, most: int = 40) -> str:
    """A word of the user's for a message: cut where it is long, in quotes."""
    return f"'{text if len(text) <= most else text[: most - 1] + '…'}'"


def report(mistakes: Iterable[Mistake], order: Iterable[Document], subject: str, width: int = WIDTH) -> str:
    """Every mistake once, by document in the given order and by position, and their count; in so many columns."""
    rank = {id(document): number for number, document in enumerate(order)}
    ordered = sorted(
        dict.fromkeys(map(_by_its_cause, mistakes)),
        key=lambda m: (rank[id(m.place.document)], m.place.line, m.place.column, m.message),
    )
    told = [mistake.told(min(width, WIDTH)) for mistake in ordered[:MOST_TOLD]]
    if len(ordered) > MOST_TOLD:
        told.append(f"... and {len(ordered) - MOST_TOLD:,} more")
    told.append(f"{len(ordered):,} mistake{'s' * (len(ordered) != 1)} in {_printable(subject)}")
    return "\n\n".join(told)


def _by_its_cause(mistake: Mistake) -> Mistake:
    """The character that only looks like a plain one, where a key or a value holds one; else the mistake itself."""
    place, lines = mistake.place, mistake.place.document.lines
    if not 1 <= place.line <= len(lines):
        return mistake
    text = lines[place.line - 1][place.column - 1 : place.end - 1]
    return mistake if text.startswith(("{", "[", '"', "'")) else look_alike(place, text) or mistake


def look_alike(place: Place, text: str) -> Mistake | None:
    """The mistake that the first look-alike of a text is, which begins at that place; None where there is none."""
    if (found := alike(text)) is None:
        return None
    at, message, hint = found
    return Mistake(place.document.place(place.line, place.column + at), message, hint)


def _told(place: Place, message: str, hint: str, width: int) -> str:
    head = _printable(f"{place}: {message}")
    if len(head) > width:
        # The place stands alone, so that how a message breaks does not hang on the length of a path.
        indent = "    "
        wrapped = _filled(message, indent, width)
        head = f"{_printable(str(place))}:\n{wrapped}"
    lines = place.document.lines
    if not 1 <= place.line <= len(lines):
        return head + (f"\n  {hint}" if hint else "")
    # A long line is cut around the place, so that the caret stays in sight.
    line, column, end = lines[place.line - 1], place.column - 1, place.end - 1
    gutter = str(place.line) if place.document.path is not None else " "
    room = width - len(gutter) - 6
    start = 0 if len(line) <= room else max(0, min(column - room // 3, len(line) - room))
    cut = _printable(line[start : start + room])
    cut = ("…" + cut[1:] if start else cut) + ("…" if len(line) > start + room else "")
    before, under = _width(line[start:column]), _width(line[column : min(end, start + room)])
    bar = f"  {' ' * len(gutter)} |"
    caret = f"{bar} {' ' * before}{'^' * max(1, under)}"
    shown = [head, f"  {gutter} | {cut}", f"{caret} {hint}".rstrip()]
    if hint and len(shown[-1]) > width:
        shown[-1:] = [
            caret,
            _filled(hint, f"{bar} ", width),
        ]
    return "\n".join(_printable(text) if "\n" not in text else text for text in shown)


def _filled(text: str, indent: str, width: int) -> str:
    """Lines of a report, in which no name is broken."""
    return textwrap.fill(
        _printable(text),
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _printable(text: str) -> str:
    """Without what could move a terminal's cursor or colour its text."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def _width(text: str) -> int:
    """Columns of a terminal: two for a wide character, none for a combining one."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def read_file(path: Path, name: str, what: str = "file") -> tuple[Document, str | None, list[Mistake]]:
    """A file's text, None where it cannot be read; the mistakes say why."""
    document = Document(name, path=path, what=what)
    try:
        data = read_plain(path)
        text = composed(data.decode("utf-8").removeprefix("\ufeff"))
    except UnusableFileError as error:
        return document, None, [Mistake(document.place(), f"this {error.reason}")]
    except UnicodeDecodeError as error:
        document = Document.of(name, data.decode("utf-8", errors="replace"), path, what)
        line, column = _position(data[: error.start].decode("utf-8"))
        wrong = f"this file is not UTF-8: byte {error.start + 1} is {data[error.start]:#04x}"
        return document, None, [Mistake(document.place(line, column), wrong, "save it as UTF-8")]
    return Document.of(name, text, path, what), text, []


def composed(text: str) -> str:
    """A text whose accents are parts of their letters, as most keyboards write them; some systems' file names are
    decomposed, and mean the same."""
    return unicodedata.normalize("NFC", text)


def _position(before: str) -> tuple[int, int]:
    lines = (before + ".").splitlines()
    return len(lines), len(lines[-1])


def read_table(document: Document, text: str, start: str = "") -> tuple[Table, list[Mistake], bool]:
    """The keys and values of a YAML text, its mistakes, and whether all of it was read; `start` is a hint for an empty
    one.

    What stands before a mistake in the YAML itself is returned too, so that the mistakes in it can be told at once.
    """
    root, mistakes, whole = read_node(document, text)
    if isinstance(root, Table):
        return root, mistakes, whole
    if whole:
        empty = root is None or (isinstance(root, Text) and root.missing)
        message = "this file is empty" if empty else f"{document.such} is 'key: value' lines"
        mistakes.append(Mistake(document.place() if root is None else root.place, message, start))
    return Table({}, document.place()), mistakes, False


def read_node(document: Document, text: str) -> tuple[Node | None, list[Mistake], bool]:
    """The one node that a YAML text holds (None: nothing), its mistakes, and whether all of it was read."""
    strange = UNPRINTABLE.search(text)
    if strange is not None:
        place = document.place(*_position(text[: strange.start()]))
        return None, [no_place(place, strange[0])], False
    builder = Builder(document)
    try:
        for event in yaml.parse(text, Loader=PARSER):
            if not builder.take(event):
                break
    except yaml.MarkedYAMLError as error:
        builder.doubt_the_last()
        builder.stop(syntax_mistake(document, error))
    except yaml.YAMLError:
        builder.stop(Mistake(document.place(), "this is not YAML"))
    return builder.finish(), builder.mistakes, builder.whole


def no_place(place: Place, character: str) -> Mistake:
    if unicodedata.category(character) == "Cf":
        return Mistake(place, *invisible(character))
    return Mistake(place, f"the character U+{ord(character):04X} has no place in a text", "remove it")


def unprintable(text: str) -> str:
    """The first character that could move a terminal's cursor, colour its text or hide in it; empty where none does.

    Blanks of every width may stand in a text, and the joiners that some scripts need.
    """
    strange = (c for c in text if not c.isprintable() and c not in "\n\t\u200c\u200d")
    return next((c for c in strange if unicodedata.category(c) != "Zs"), "")


def printable(text: str) -> str:
    """A text with a code for each letter that could move a terminal's cursor or could not be written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


@dataclass
class Open:
    """A table or list whose end has not come yet; `key` is the key whose value comes next."""

    node: Table | Series
    key: tuple[str, Place] | None = None
    drop: bool = False  # a key that is no text, or the second value of a key: read past it


@dataclass
class Builder:
    """Builds the tree from the parser's events with a stack of its own, so that no depth overflows."""

    document: Document
    mistakes: list[Mistake] = field(default_factory=list)
    whole: bool = True
    root: Node | None = None
    stack: list[Open] = field(default_factory=list)
    documents: int = 0

    @property
    def such(self) -> str:
        return self.document.such

    def take(self, event: Any) -> bool:
        """Use one event; False where reading ends."""
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.tell(event, "a second document starts here", f"{self.such} is one document: remove the '---'")
                return False
        elif isinstance(event, yaml.AliasEvent):
            self.tell(event, f"an alias ('*') has no place in {self.such}", "write the value out")
            self.put(Broken(self.place(event)))
        elif isinstance(event, yaml.ScalarEvent):
            self.plain(event)
            place, strange = self.place(event), "" if event.value.isprintable() else unprintable(event.value)
            if strange:
                self.mistakes.append(no_place(self.where(strange, event, place), strange))
            self.put(Broken(place) if strange else Text(event.value, place, plain=not event.style))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self.plain(event)
            if len(self.stack) == DEEPEST:
                self.stop(Mistake(self.place(event), TOO_DEEP))
                return False
            flow = bool(event.flow_style)
            place = self.place(event)
            mapping = isinstance(event, yaml.MappingStartEvent)
            self.stack.append(Open(Table({}, place, flow) if mapping else Series([], place)))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.put(self.closed(event))
        return True

    def put(self, node: Node) -> None:
        """Place a finished node: as the root, a list's item, a key, or a key's value."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if isinstance(top.node, Series):
            top.node.items.append(node)
        elif top.drop:
            top.drop = False
        elif top.key is None:
            self.put_key(top, node)
        else:
            (name, place), top.key = top.key, None
            top.node.entries[name] = Entry(place, node)

    def put_key(self, top: Open, node: Node) -> None:
        assert isinstance(top.node, Table)
        if not isinstance(node, Text):
            if not isinstance(node, Broken):
                self.mistakes.append(Mistake(node.place, "a key is one word, not a list or a mapping"))
            top.drop = True
        elif node.text == "":
            self.mistakes.append(Mistake(node.place, "a key is missing before this ':'"))
            top.drop = True
        elif node.text == "<<" and node.plain:
            message = f"a merge key ('<<') has no place in {self.such}"
            self.mistakes.append(Mistake(node.place, message, "write the keys out"))
            top.drop = True
        elif node.text in top.node.entries:
            first = top.node.entries[node.text].key
            notes = ((first, "it is given here first"),)
            self.mistakes.append(Mistake(node.place, f"the key {quoted(node.text)} is given twice", "keep one", notes))
            top.drop = True
        else:
            top.key = node.text, node.place

    def plain(self, event: Any) -> None:
        if event.anchor is not None:
            message = f"an anchor ('&') has no place in {self.such}"
            self.tell(event, message, "write the value out where it is needed")
        elif event.tag is not None:
            message = f"a tag ('!') has no place in {self.such}"
            self.tell(event, message, "remove it; put a text that starts so in quotes")

    def closed(self, event: Any) -> Node:
        """The table or list that ends here; one on a single line is shown as a whole."""
        node = self.stack.pop().node
        end = event.end_mark
        if end.line + 1 == node.place.line and end.column >= node.place.column:
            return replace(node, place=replace(node.place, end=end.column + 1))
        return node

    def tell(self, event: Any, message: str, hint: str) -> None:
        self.mistakes.append(Mistake(self.place(event), message, hint))

    def stop(self, mistake: Mistake) -> None:
        self.mistakes.append(mistake)
        self.whole = False

    def doubt_the_last(self) -> None:
        """Forget the value before a mistake in the YAML: it may have run on into the wrong line."""
        node = self.stack[-1].node if self.stack else None
        if isinstance(node, Table) and node.entries:
            name, entry = node.entries.popitem()
            node.entries[name] = Entry(entry.key, Broken(entry.node.place))

    def finish(self) -> Node | None:
        """The root, with what was still open closed where reading stopped."""
        while self.stack:
            self.put(self.stack.pop().node)
        return self.root

    def where(self, letter: str, event: Any, otherwise: Place) -> Place:
        """Where a letter itself stands in a scalar, unless it is written as a code."""
        for line in range(event.start_mark.line, min(event.end_mark.line + 1, len(self.document.lines))):
            if (column := self.document.lines[line].find(letter)) >= 0:
                return self.document.place(line + 1, column + 1)
        return otherwise

    def place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        lines = self.document.lines
        here = lines[start.line] if start.line < len(lines) else ""
        last = end.column if end.line == start.line else len(here.rstrip())
        return self.document.place(start.line + 1, start.column + 1, last + 1)


QUOTED = re.compile(r""" "(?:[^"\\]|\\.)*" | '[^']*' | (?:^|\s)\#.* """, re.VERBOSE)
"""What may hold any character: a text in quotes, a comment."""

# What the parser says -> what it means, and what to do. The first that fits is told.
QUOTE_IT = "put the text in quotes"
SYNTAX = [
    (
        "mapping values are not allowed",
        "this ':' is not expected here",
        f"one 'key: value' a line; {QUOTE_IT} if it holds ': '",
    ),
    ("',' or ']'", "the '[' is not closed, or a ',' is missing", ""),
    (
        "',' or '}'",
        "the '{' is not closed, or a ',' is missing",
        f"{QUOTE_IT} if it holds one of , : {{ }} [ ]",
    ),
    ("unexpected end of stream", "this quote is never closed", ""),
    ("document separator", "this quote is never closed", ""),
    ("unknown escape", "double quotes do not know this '\\' sequence", "use single quotes"),
    ("could not find expected ':'", "a ':' is missing after this key", ""),
    ("node content", "a value is expected here", f"{QUOTE_IT} if it starts with one of , : {{ }} [ ]"),
    ("expected key", "this does not fit the lines above", "indent keys of one group alike"),
    ("'-' indicator", "this does not fit the list above", "indent its '-' alike"),
    ("<block end>", "this does not fit the lines above", "indent keys of one group alike"),
    ("incompatible YAML", "a '%YAML' line has no place in {such}", "remove it"),
    ("directive", "a line that starts with '%' has no place in {such}", "remove it"),
    ("<document start>", "this does not belong to the {what} above", "indent keys of one group alike"),
    ("block scalar", "'|' and '>' start a text on the lines below, nothing follows them", QUOTE_IT),
    ("anchor", "a value cannot start with '&'", QUOTE_IT),
    ("nesting depth", TOO_DEEP, ""),
    ("alias", "a value cannot start with '*'", QUOTE_IT),
    ("tag", "a value cannot start with '!'", QUOTE_IT),
]


def syntax_mistake(document: Document, error: yaml.MarkedYAMLError) -> Mistake:
    """What PyYAML (or libyaml, which words it differently) found, in plain words."""
    mark, opened = error.problem_mark or error.context_mark, error.context_mark
    lines = document.lines or ("",)
    assert mark is not None
    line, column = mark.line, mark.column
    if line >= len(lines):  # told at the end of the text, where there is nothing to see
        line, column = len(lines) - 1, len(lines[-1])
    here = lines[line][column : column + 1]
    place = document.place(line + 1, column + 1)
    # A value may have run on from the line above, if that is no 'key: value' line.
    for number in [line, *([line - 1] if line and not re.search(r":(\s|$)", lines[line - 1]) else [])]:
        text = QUOTED.sub(lambda found: " " * len(found[0]), lines[number])
        if spoiled := look_alike(document.place(number + 1, 1), text):
            return spoiled
    words = f"{error.context or ''}; {error.problem or ''}"
    if "cannot start any token" in words:
        if here == "\t":
            return Mistake(place, "a tab cannot indent a line", "use spaces")
        return Mistake(place, f"a value cannot start with '{here}'", QUOTE_IT)
    for sign, message, hint in SYNTAX:
        if sign not in words:
            continue
        if opened is not None and ("quote" in message or "missing after" in message):
            place = document.place(opened.line + 1, opened.column + 1)
        notes: tuple[tuple[Place, str], ...] = ()
        if opened is not None and message.startswith(("the '[", "the '{")):
            notes = ((document.place(opened.line + 1, opened.column + 1), "it opens here"),)
        return Mistake(place, message.replace("{such}", document.such).replace("{what}", document.what), hint, notes)
    return Mistake(place, "this is not YAML", QUOTE_IT)
