"""A made-up study for tests: which kind of fruit an orchard has most of, with a table of three rows and two pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from reports import HARM

from sim.exhibits.exhibit import Column, Estimate, Exhibit, Name
from sim.exhibits.page import Drawing, Page, Said
from sim.folder.manifest import StudyManifest
from sim.folder.study import study_files
from sim.folder.write import made
from sim.pictures.slide import Words, new_slide, render
from sim.pictures.study import Sketch, Sketches, sketches
from sim.report.study import study_html
from sim.studies.study import Study

COMMAND = "chipgate harvest --some 'words' -n 2"


@dataclass(frozen=True)
class Tree:
    """One kind, with what its trees bear."""

    kind: str
    mean: float
    half: float


TREES = (Tree("apples", 1234.5678901234, 12.0), Tree(HARM, 600.25, 7.5), Tree("plums", 30.0, 4.0))
COLUMNS: tuple[Column[Tree], ...] = (
    Column("kind", lambda tree: Name(tree.kind, tree.kind)),
    Column("borne", lambda tree: Estimate(tree.mean, tree.half, "kg"), "borne", {"mean": 0, "interval": 1}),
)


@dataclass(frozen=True)
class Harvest(Study):
    """Its rows are what is found."""

    trees: tuple[Tree, ...] = TREES

    def content(self) -> Page:
        """Two named sentences, a table, and what only a terminal shows."""
        return Page(
            title="What the orchard bears",
            question="Of which kind is there most?",
            warnings=("Only one autumn was seen.",),
            parts=(
                Said("conclusions", ("most of all", "least of all"), ("apples", "plums"), "In short"),
                Drawing(lambda width: ["#" * min(width, 7)]),
                Exhibit("trees", "Kilograms a tree", COLUMNS, self.trees),
                Exhibit("empty", "Nothing", COLUMNS, ()),
            ),
            facts={"study": "harvest", "seed": 1},
            notes=("Interval: where the mean of many trees lies, at 95 %.",),
            elsewhere="trees.csv has them",
        )


@sketches.register(Harvest)
def harvest_sketches(study: Harvest) -> Sketches:
    """Bars, and a line."""
    kinds, kilograms = range(len(study.trees)), [tree.mean for tree in study.trees]

    def words(name: str) -> Words:
        return Words(name, f"Apples lead, as {name}", "Kilograms a tree", (), f"Apples lead, as {name}. Three kinds.")

    return {
        "bars": Sketch(words("bars"), lambda figure: figure.subplots().bar(kinds, kilograms)),
        "line": Sketch(words("line"), lambda figure: figure.subplots().plot(kinds, kilograms)),
    }


@cache
def harvest_page() -> str:
    """Its report."""
    about = StudyManifest(files=dict.fromkeys(study_files(Harvest().page()), "c3" * 32), **made(COMMAND, 1.5))
    pictures = {name: render(new_slide(*sketch), "svg") for name, sketch in sketches(Harvest()).items()}
    return study_html(Harvest().page(), pictures, about)
