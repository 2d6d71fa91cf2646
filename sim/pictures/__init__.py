"""Pictures as slides and as files: a figure with its words and its label, and the bytes of it.

for kind in kinds_of(results):
    data = render(picture_of(kind, results), "svg")
"""
