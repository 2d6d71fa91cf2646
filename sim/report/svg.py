"""An SVG file as an image of a page: nothing in it can meet the page's ids, styles or policy."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from dataclasses import dataclass

SVG = "{http://www.w3.org/2000/svg}"
DESCRIPTION = ".//{http://purl.org/dc/elements/1.1/}description"


@dataclass(frozen=True)
class Image:
    """A picture for a page."""

    title: str
    description: str
    """What it shows, in sentences; the title where the file does not say."""
    address: str
    """The whole file as a `data:` address, for `src`."""


def image(data: bytes, name: str) -> Image:
    """An SVG file's picture with the words of its metadata. Raises ValueError where the data are no SVG."""
    try:
        root = ET.fromstring(data)
    except ET.ParseError as error:
        raise ValueError(f"'{name}' is not an SVG: {error}") from error
    if root.tag != f"{SVG}svg":
        raise ValueError(f"'{name}' is not an SVG")
    title = (root.findtext(f"{SVG}title") or name).strip()
    description = " ".join((root.findtext(DESCRIPTION) or title).split())
    return Image(title, description, f"data:image/svg+xml;base64,{base64.b64encode(data).decode()}")
