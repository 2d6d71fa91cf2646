"""Pictures as slides and as files: a figure with its words and its label, and the bytes of it.

for kind in kinds_of(results):
    data = render(picture_of(kind, results), "svg")
"""

from sim.picture_files import FORMATS
from sim.pictures.card import Picture
from sim.pictures.choice import kinds_of, picture_of
from sim.pictures.comparison import COMPARISON_PICTURES, comparison_picture
from sim.pictures.fonts import boxes_words
from sim.pictures.run import PICTURES, picture
from sim.pictures.slide import Slide, render

__all__ = [
    "COMPARISON_PICTURES",
    "FORMATS",
    "PICTURES",
    "Picture",
    "Slide",
    "boxes_words",
    "comparison_picture",
    "kinds_of",
    "picture",
    "picture_of",
    "render",
]
