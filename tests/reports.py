"""Reports for tests, each made once: of a run, of six shipped scenarios, and of scenarios whose texts mean harm."""

from __future__ import annotations

import dataclasses
import tempfile
from functools import cache
from pathlib import Path

from sim.experiment.comparison import Comparison
from sim.experiment.run import Run, run_scenario
from sim.folder.manifest import Manifest
from sim.folder.write import described
from sim.pictures.choice import kinds_of, picture_of
from sim.pictures.slide import render
from sim.report.page import report_html
from sim.scenario.load import load

SIX = ("baseline", "h20-stays", "tight-border", "no-mandate", "early-embargo", "efficiency-rebound")
HARM = """</style></svg><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)> & "quotes" {{ 1/0 }}"""


@cache
def shipped(name: str) -> Run:
    return run_scenario(load(name), 2, workers=1)


@cache
def six() -> Comparison:
    return Comparison([shipped(name) for name in SIX])


@cache
def harmful() -> Comparison:
    """Two short scenarios; one has markup in every text that it may have."""
    lines = [
        "extends: baseline",
        "window: {end: 2023-10-01}",
        "demand: {state: {projects: 12 projects/year}, cloud: {projects: 12 projects/year}}",
    ]
    texts = [f"{key}: {HARM!r}" for key in ("title", "question", "changes")]
    sourced = []
    with tempfile.TemporaryDirectory() as folder:
        for name, more in (
            ("plain", []),
            (
                "harm",
                [
                    *texts,
                    f"foundry: {{growth: {{assumption: 50 %/year, range: [40 %/year, 60 %/year], reason: {HARM!r}}}}}",
                ],
            ),
        ):
            path = Path(folder) / f"{name}.yaml"
            path.write_text("\n".join([*lines, *more]) + "\n", encoding="utf-8")
            sourced.append(load(path))
    return Comparison([run_scenario(each, 2, workers=1) for each in sourced])


@cache
def svgs(subject: Run | Comparison) -> dict[str, bytes]:
    """Every picture of a run or a comparison as a file."""
    return {kind: render(picture_of(kind, subject), "svg") for kind in kinds_of(subject)}


def manifest(subject: Run | Comparison) -> Manifest:
    """The manifest of its results folder, two files named."""
    about = described(subject, "chipgate --some 'words' -n 2", 1.5)
    return dataclasses.replace(about, files={"summary.csv": "a1" * 32, "outcomes.parquet": "b2" * 32})


@cache
def run_page() -> str:
    return report_html(shipped("h20-stays"), manifest(shipped("h20-stays")), svgs(shipped("h20-stays")))


@cache
def comparison_page() -> str:
    return report_html(six(), manifest(six()), svgs(six()))


@cache
def short_page() -> str:
    """Of the first three."""
    three = Comparison([shipped(name) for name in SIX[:3]])
    return report_html(three, manifest(three), svgs(three))


@cache
def harmful_page() -> str:
    return report_html(harmful(), manifest(harmful()), svgs(harmful()))
