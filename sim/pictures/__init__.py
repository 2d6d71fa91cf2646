"""Pictures as slides and as files: a figure with its words and its label, and the bytes of it.

for kind in PICTURES:
    data = render(picture(kind, run), "svg")
for kind in COMPARISON_PICTURES:
    data = render(comparison_picture(kind, comparison), "svg")
"""

from sim.pictures.card import Picture
from sim.pictures.comparison import COMPARISON_PICTURES, comparison_picture
from sim.pictures.fonts import boxes_words
from sim.pictures.run import PICTURES, picture
from sim.pictures.slide import FORMATS, Slide, render

__all__ = [
    "COMPARISON_PICTURES",
    "FORMATS",
    "PICTURES",
    "Picture",
    "Slide",
    "boxes_words",
    "comparison_picture",
    "picture",
    "render",
]
