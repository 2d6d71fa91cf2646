"""An SVG file as part of a page whose policy allows no style attributes.

The files that matplotlib writes say how things look in style attributes and a style sheet of their own. Both are
turned into presentation attributes here, which no content security policy forbids. Ids are made the page's own, and
groups that say nothing are dropped.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
TEXTS = {"text", "tspan", "title", "desc"}  # their blanks mean something
FRAME = {"viewBox", "width", "height", "version", "id"}  # of the root: the page says how large, and which one it is
SHAPES = {"path", "rect", "circle", "ellipse", "line", "polygon", "polyline"}


@dataclass(frozen=True)
class Inline:
    """A picture for a page."""

    title: str
    description: str
    """What it shows, in sentences; empty where the file does not say."""
    markup: str
    """An `svg` element that fills its container's width."""


def inline(data: bytes, name: str) -> Inline:
    """An SVG file's picture as an element for a page; every id in it begins with `name`, which is the page's only one.

    Raises ValueError where the data are no SVG, or have no view box.
    """
    try:
        root = ET.fromstring(data)
    except ET.ParseError as error:
        raise ValueError(f"'{name}' is no SVG: {error}") from error
    if root.tag != f"{SVG}svg" or "viewBox" not in root.attrib:
        raise ValueError(f"'{name}' is no SVG with a view box")
    title = (root.findtext(f"{SVG}title") or name).strip()
    description = " ".join((root.findtext(f".//{DUBLIN_CORE}description") or "").split())
    everywhere = _sheet(root)
    _drop(root)
    for element in root.iter():
        _tidy_element(element)
    _apply(root, everywhere)
    _rename(root, name)
    _flatten(root)
    _strip_blanks(root)
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-labelledby": f"{name}-title",
        "aria-describedby": f"{name}-text",
        **{key: value for key, value in root.attrib.items() if key not in FRAME},
    }
    first = ET.Element("title", {"id": f"{name}-title"})
    first.text = title
    second = ET.Element("desc", {"id": f"{name}-text"})
    second.text = description or title
    root[:0] = [first, second]
    return Inline(title, description, ET.tostring(root, encoding="unicode"))


# --- What is said, and what is not needed ---


def _sheet(root: ET.Element) -> dict[str, str]:
    """What the file's own style sheet says of every element: the only rule that matplotlib writes."""
    said: dict[str, str] = {}
    for style in root.iter(f"{SVG}style"):
        for body in re.findall(r"\*\s*\{([^}]*)\}", style.text or ""):
            said |= _declarations(body)
    return said


def _drop(root: ET.Element) -> None:
    """Take out the file's metadata and style sheet, and its title, which comes back under an id of the page."""
    unwanted = {f"{SVG}{tag}" for tag in ("metadata", "style", "title")}
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in unwanted:
                parent.remove(child)


def _declarations(style: str) -> dict[str, str]:
    """A style attribute as presentation attributes."""
    found: dict[str, str] = {}
    for part in style.split(";"):
        key, colon, value = part.partition(":")
        if not colon:
            continue
        key, value = key.strip(), value.strip()
        found |= _font(value) if key == "font" else {key: value}
    return found


def _font(shorthand: str) -> dict[str, str]:
    """The parts of `font: italic 700 13px 'DejaVu Sans', sans-serif`; there is no attribute for the whole."""
    match = re.fullmatch(r"(.*?)\s*([\d.]+(?:px|pt))(?:/\S+)?\s+(.+)", shorthand)
    if match is None:
        return {}
    found = {"font-size": match[2], "font-family": match[3]}
    for word in match[1].split():
        if word in {"italic", "oblique"}:
            found["font-style"] = word
        elif word == "small-caps":
            found["font-variant"] = word
        elif word != "normal":
            found["font-weight"] = word
    return found


def _tidy_element(element: ET.Element) -> None:
    """One element without its namespace and its style attribute."""
    element.tag = element.tag.removeprefix(SVG)
    attributes = {"href" if key == XLINK else key: value for key, value in element.attrib.items()}
    attributes |= _declarations(attributes.pop("style", ""))
    element.attrib = attributes


def _apply(root: ET.Element, everywhere: dict[str, str]) -> None:
    """What holds for every element is inherited from the root. Not by what is drawn by reference: that would inherit
    from the place of its use, so it says so itself."""
    root.attrib = everywhere | root.attrib
    for definitions in root.iter("defs"):
        for shape in definitions.iter():
            if shape.tag in SHAPES:
                shape.attrib = everywhere | shape.attrib


# --- Ids, groups and blanks ---

TARGET = re.compile(r"(?<=url\(#)[^)]+")


def _rename(root: ET.Element, name: str) -> None:
    """Short ids that begin with a name of the page's, on what is referred to only."""
    used: dict[str, None] = {}
    for element in root.iter():
        used |= dict.fromkeys(target for value in element.attrib.values() for target in TARGET.findall(value))
        if element.attrib.get("href", "").startswith("#"):
            used[element.attrib["href"][1:]] = None
    short = {target: f"{name}-{number}" for number, target in enumerate(used, 1)}
    for element in root.iter():
        attributes = {key: TARGET.sub(lambda m: short[m[0]], value) for key, value in element.attrib.items()}
        if "href" in attributes:
            attributes["href"] = f"#{short[attributes['href'][1:]]}"
        if (own := attributes.pop("id", None)) in short:
            attributes["id"] = short[own]
        element.attrib = attributes


def _flatten(element: ET.Element) -> None:
    """Take groups that say nothing out of the tree, and definitions that hold nothing."""
    children: list[ET.Element] = []
    for child in element:
        _flatten(child)
        if child.tag == "g" and not child.attrib:
            children += child
        elif child.tag not in {"g", "defs"} or len(child):
            children.append(child)
    element[:] = children


def _strip_blanks(root: ET.Element) -> None:
    for element in root.iter():
        if element.tag not in TEXTS:
            element.text = None
        if element.tag != "tspan":
            element.tail = None
