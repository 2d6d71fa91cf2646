"""An SVG file as part of a page: the same picture without style attributes, ids of the page's own, words kept."""

import re
import xml.etree.ElementTree as ET

import pytest

from sim.report.svg import inline

FILE = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="90pt" height="50pt" viewBox="0 0 90 50" font-family="Verdana"
 xmlns="http://www.w3.org/2000/svg" version="1.1">
 <title>Waiting &lt;now&gt;</title>
 <metadata><rdf:RDF xmlns:dc="http://purl.org/dc/elements/1.1/"
   xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><dc:description>Five
   wait &amp; port.</dc:description></rdf:RDF></metadata>
 <defs><style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style></defs>
 <g id="figure_1">
  <g id="axes_1"><path id="idle" d="M 0 0 L 5 5" style="fill: none; stroke: #abcdef; stroke-width: 0.8"/></g>
  <defs><path id="mark" d="M 0 0 L 0 3" style="stroke: #4d4d4d"/><clipPath id="clip"><rect width="9" height="9"/></clipPath></defs>
  <g clip-path="url(#clip)"><use xlink:href="#mark" x="7" style="fill: url(#hatch); stroke-linejoin: miter"/></g>
  <text style="font: italic 700 13px 'DejaVu Sans', sans-serif; fill: #clip00"> two  words </text>
 </g>
 <defs><pattern id="hatch" width="4" height="4"><rect width="4" height="4" style="fill: #fff"/></pattern></defs>
</svg>
"""


@pytest.fixture(scope="module")
def root() -> ET.Element:
    return ET.fromstring(inline(FILE.encode(), "one").markup)


def test_the_words_come_along_once(root):
    picture = inline(FILE.encode(), "one")
    assert (picture.title, picture.description) == ("Waiting <now>", "Five wait & port.")
    assert [(e.tag, e.get("id"), e.text) for e in root[:2]] == [
        ("title", "one-title", "Waiting <now>"),
        ("desc", "one-text", "Five wait & port."),
    ]
    assert root.get("role") == "img"
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == ("one-title", "one-text")
    assert "metadata" not in picture.markup
    assert "DOCTYPE" not in picture.markup
    assert "xmlns" not in picture.markup


def test_a_picture_without_words_is_named_by_its_title():
    bare = FILE.replace(re.search(r"<metadata>.*?</metadata>", FILE, re.S)[0], "")
    picture = inline(bare.encode(), "one")
    assert picture.description == ""
    assert ET.fromstring(picture.markup)[1].text == "Waiting <now>"


def test_the_page_says_how_large_it_is_and_the_file_how_it_is_drawn(root):
    assert root.get("viewBox") == "0 0 90 50"
    assert root.get("width") is root.get("height") is None
    assert root.get("font-family") == "Verdana"


def test_styles_become_attributes(root):
    assert not [e for e in root.iter() if "style" in e.attrib or e.tag == "style"]
    path = root.find("path")
    assert (path.get("fill"), path.get("stroke"), path.get("stroke-width")) == ("none", "#abcdef", "0.8")
    text = root.find("text")
    assert text.text == " two  words "
    assert {key: text.get(key) for key in ("font-style", "font-weight", "font-size", "font-family")} == {
        "font-style": "italic",
        "font-weight": "700",
        "font-size": "13px",
        "font-family": "'DejaVu Sans', sans-serif",
    }


def test_what_holds_for_all_is_inherited_but_not_from_the_place_of_a_use(root):
    assert (root.get("stroke-linejoin"), root.get("stroke-linecap")) == ("round", "butt")
    assert root.find("path").get("stroke-linejoin") is None
    assert root.find(".//use").get("stroke-linejoin") == "miter"
    assert {shape.get("stroke-linejoin") for d in root.iter("defs") for shape in d.iter("path")} == {"round"}


def test_ids_are_the_pages_own_and_only_where_something_refers_to_them(root):
    names = {e.get("id") for e in root.iter()} - {None}
    assert all(name.startswith("one-") for name in names)
    assert len(names) == 5, "two of words, a mark, a clip and a hatch"
    use = root.find(".//use")
    assert root.find(f".//path[@id='{use.get('href')[1:]}']").get("stroke") == "#4d4d4d"
    assert root.find(f".//pattern[@id='{use.get('fill')[5:-1]}']") is not None
    clip = next(e for e in root.iter("g") if e.get("clip-path"))
    assert root.find(f".//clipPath[@id='{clip.get('clip-path')[5:-1]}']") is not None
    assert root.find("text").get("fill") == "#clip00", "a colour is no reference"


def test_groups_that_say_nothing_go_and_others_stay(root):
    assert [e.get("clip-path") is not None for e in root.iter("g")] == [True]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no SVG"),
        (b"<html/>", "no SVG with a view box"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no SVG with a view box"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(data, said):
    with pytest.raises(ValueError, match=f"'backlog' is {said}"):
        inline(data, "backlog")
