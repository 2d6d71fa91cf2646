"""An SVG file as an image of a page: the whole file, and its words."""

import base64

import pytest

from sim.report.svg import image

FILE = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<svg width="90pt" height="50pt" viewBox="0 0 90 50" xmlns="http://www.w3.org/2000/svg" version="1.1">
 <title>Waiting &lt;now&gt;</title>
 <metadata><rdf:RDF xmlns:dc="http://purl.org/dc/elements/1.1/"
   xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><dc:description>Five
   wait &amp; port.</dc:description></rdf:RDF></metadata>
</svg>
"""


def test_an_image_is_the_whole_file_with_its_words():
    picture = image(FILE.encode(), "one")
    assert (picture.title, picture.description) == ("Waiting <now>", "Five wait & port.")
    kind, _, data = picture.address.partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode() == FILE


def test_a_picture_without_words_is_named_by_its_title_or_its_name():
    bare = "<svg xmlns='http://www.w3.org/2000/svg'/>"
    assert image(bare.encode(), "one").title == image(bare.encode(), "one").description == "one"


@pytest.mark.parametrize("data", [b"", b"<html/>"])
def test_what_is_no_picture_is_refused_by_name(data):
    with pytest.raises(ValueError, match="'backlog' is not an SVG"):
        image(data, "backlog")
