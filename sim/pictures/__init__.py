"""Pictures as slides and as files: a figure with its words and its label, and the bytes of it.

for kind in PICTURES:
    data = render(picture(kind, run), "svg")
"""

from sim.pictures.run import PICTURES, Picture, picture
from sim.pictures.slide import FORMATS, Slide, render

__all__ = ["FORMATS", "PICTURES", "Picture", "Slide", "picture", "render"]
