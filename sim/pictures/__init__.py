"""Pictures of results, one file a kind: each class of `sim.pictures.picture.Picture` in a module here is found.

for kind in kinds_of(result):
    data = render(picture_of(kind, result), "svg")

Colour is never the only sign: lines have dashes and markers, areas lie in the order of their legend and differ in
lightness, verdicts have a shape and a word.
"""

import contextlib
import os

# Files need no backend, and a name that matplotlib does not know would stop its import: so it is set afterwards.
if _backend := os.environ.pop("MPLBACKEND", ""):
    import matplotlib as _matplotlib

    with contextlib.suppress(ValueError):
        _matplotlib.rcParams["backend"] = _backend
    os.environ["MPLBACKEND"] = _backend
