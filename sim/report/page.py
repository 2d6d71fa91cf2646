"""The report: one page of HTML about a run or a comparison that needs nothing else, not even a network.

page = report_html(run, about, {"backlog": svg})

The page holds no script. Its policy allows nothing but its own style sheet, known by its hash, so whatever a scenario's
texts say, nothing in it can act or call out. The same results and manifest give the same page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from sim.articles.figures import Figure, read_figures, with_origins
from sim.base.wording import listed
from sim.exhibits.exhibit import Exhibit, Seen
from sim.exhibits.html import exhibit_html, table_html
from sim.experiment.comparison import Comparison
from sim.experiment.run import Run
from sim.folder.manifest import FILE, Made, Manifest
from sim.outcomes.cards import OUTCOMES, Outcome
from sim.report.svg import image
from sim.report.template import report_page
from sim.scenario.load import Kind, SourcedScenario, load_shipped
from sim.scenario.show import diff
from sim.studies.binding import binding, binding_side_by_side, phases_of
from sim.studies.comparing import conclusions, differences, margin_words, reading, warnings
from sim.studies.explain.difference import contrast, contrast_sentences
from sim.studies.summary import findings, summary
from sim.studies.summary import reading as summary_reading
from sim.studies.worlds import over_worlds

Cell = Seen


def table(
    name: str,
    caption: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    numbers: Collection[int] = (),
) -> Markup:
    """A table of texts or cells; its first column names the rows."""
    return Markup(table_html(headings, list(rows), numbers, caption, name))


@dataclass(frozen=True)
class Changes:
    """What one scenario changes in another."""

    name: str
    said: str
    """The same in the scenario's own words; may be empty."""
    table: Markup | None
    """None where no value differs."""


def report_html(subject: Run | Comparison, about: Manifest, pictures: Mapping[str, bytes]) -> str:
    """The page, UTF-8 text.

    `pictures` are SVG files by kind, in the order of the page; title and description stand in their metadata. `about`
    is the results folder's manifest; the files that it names already are listed with their fingerprints. Raises
    ValueError for a picture that is no SVG.
    """
    runs = [subject] if isinstance(subject, Run) else subject.runs
    content = _run_content(subject) if isinstance(subject, Run) else _comparison_content(subject)
    return report_page(
        "report.html",
        facts=_facts(runs),
        pictures={kind: image(svg, kind) for kind, svg in pictures.items()},
        meanings=_meanings(runs),
        sources=_sources(runs),
        contested=_contested(runs),
        about=about,
        versions=versions(about),
        hashes=table(
            "scenario-hashes",
            "Each scenario's values as one fingerprint",
            ("scenario", "sha256"),
            about.scenarios.items(),
        ),
        files=files(about),
        **content,
    )


def _facts(runs: Sequence[Run]) -> str:
    """How the numbers were made, in one line."""
    # A comparison's settings stand above its conclusions.
    return f"{runs[0].made}{runs[0].beside}" if len(runs) == 1 else f"each scenario: {runs[0].made}"


def _html(exhibit: Exhibit[Any]) -> Markup:
    """The tables of an exhibit; nothing where it has no rows."""
    return Markup("\n".join(exhibit_html(exhibit)) if exhibit.rows else "")


# --- A run ---


def _run_content(run: Run) -> dict[str, Any]:
    """What only a run's page has."""
    scenario = run.scenario
    return {
        "comparison": False,
        "title": scenario.title,
        "question": scenario.question,
        "outcomes": _html(summary(run, headlines=True)),
        "others": _html(summary(run, headlines=False)),
        "findings": findings(run),
        "notes": summary_reading(run),
        "worlds": Markup(""),
        "origins": [],
        "binds": _html(binding(run)),
        "phases": _html(phases_of([run])),
        "changes": [_changes(load_shipped("baseline"), run.sourced, 1)],
    }


# --- A comparison ---


def _comparison_content(comparison: Comparison) -> dict[str, Any]:
    """What only a comparison's page has."""
    base, others = comparison.base, comparison.others
    return {
        "comparison": True,
        "title": f"{_titles(others)}, against {base.scenario.title}",
        "question": others[0].scenario.question if len(others) == 1 else "",
        "scenarios": table(
            "scenarios",
            "The scenarios and their questions",
            ("scenario", "title", "question"),
            [
                (Cell(run.scenario.name, "the base" if run is base else ""), run.scenario.title, run.scenario.question)
                for run in comparison.runs
            ],
        ),
        "warnings": warnings(comparison),
        "conclusions": conclusions(comparison),
        "outcomes": _html(differences(comparison, headlines=True)),
        "worlds": _html(over_worlds(comparison)),
        "others": _html(differences(comparison, headlines=False)),
        "findings": [],
        "notes": reading(comparison),
        "origins": [" ".join(contrast_sentences(contrast(base, run))) for run in others],
        "binds": _html(binding_side_by_side(comparison.runs)),
        "phases": _html(phases_of(comparison.runs)),
        "changes": [_changes(base.sourced, run.sourced, n) for n, run in enumerate(others, 1)],
    }


def _titles(runs: Sequence[Run]) -> str:
    """Some titles in words; more than three are counted."""
    return f"{len(runs)} scenarios" if len(runs) > 3 else listed([run.scenario.title for run in runs])


# --- What the numbers mean and rest on ---


def _meanings(runs: Sequence[Run]) -> Markup:
    """Each outcome's definition, once for all suppliers or constraints."""
    found = {key.outcome: OUTCOMES[key.outcome] for run in runs for key in run.outcomes}
    ordered = sorted(found.values(), key=lambda card: not card.headline)
    rows = [
        (
            Cell(card.label, card.name),
            card.definition,
            _better(card),
            margin_words(card, " of the base"),
        )
        for card in ordered
    ]
    headings = ("outcome", "what it is", "better", "margin")
    return table("meanings", "What each outcome is", headings, rows)


def _better(card: Outcome) -> str:
    if card.better == "neither":
        return "neither way"
    return f"{card.better}, for {card.for_whom}" if card.for_whom else card.better


KINDS: dict[Kind, str] = {
    "figure": "a figure of the articles, as resolved",
    "derived": "arithmetic over such figures",
    "calibrated": "fitted to such figures, inside a stated range",
    "assumption": "an assumption, with its reason",
    "user": "set by the user",
    "default": "left out of the file, so the default",
}


def _sources(runs: Sequence[Run]) -> Markup:
    """How many of the values have which kind of source."""
    counts = [Counter(p.source.kind for p in run.sourced.parameters.values()) for run in runs]
    rows: list[list[str | Cell]] = [
        [Cell(kind, told), *(f"{count[kind]:,}" for count in counts)]
        for kind, told in KINDS.items()
        if any(count[kind] for count in counts)
    ]
    headings = ("source", *(run.scenario.name for run in runs))
    return table("sources", "How many values rest on what", headings, rows, range(1, len(headings)))


def contested_figures(scenarios: Sequence[SourcedScenario]) -> list[tuple[Figure, dict[str, list[str]]]]:
    """The figures that are in dispute, claimed, alleged or forecast and that a scenario's values rest on, directly or
    through a derived figure, in the ledger's order; with each the keys by the scenario's name."""
    ledger = read_figures()
    used: dict[str, dict[str, list[str]]] = {}
    for sourced in scenarios:
        for parameter in sourced.parameters.values():
            for name in with_origins(parameter.source.figures, ledger):
                used.setdefault(name, {}).setdefault(sourced.scenario.name, []).append(parameter.key)
    return [(each, used[each.id]) for each in ledger.values() if each.id in used and status(each)]


def status(figure: Figure) -> str:
    """Why a figure is not simply one that is reported: an empty text where it is."""
    told = {"projected": "a forecast", "claimed": "claimed, not reported as fact", "alleged": "alleged and denied"}
    parts = ["disputed"] if figure.resolution else []
    return ", ".join([*parts, *([told[figure.kind]] if figure.kind in told else [])])


def _contested(runs: Sequence[Run]) -> Markup | None:
    rows: list[tuple[str | Cell, ...]] = []
    for figure, keys in contested_figures([run.sourced for run in runs]):
        why = " ".join(filter(None, [figure.resolution.why if figure.resolution else "", figure.note]))
        printed = f"as printed: {figure.text}" if figure.resolution and figure.resolution.text else ""
        said = f"article {figure.where}, said by: {figure.said_by}"
        rows.append(
            (
                Cell(figure.title, figure.id),
                Cell(figure.accepted_text or "no number", printed),
                Cell(status(figure), said),
                why,
                _used_for(keys, [run.scenario.name for run in runs]),
            )
        )
    headings = ("figure", "value used", "status and where", "what to know", "used for")
    return (
        table("contested", "Contested and uncertain figures that values here rest on", headings, rows) if rows else None
    )


def _used_for(keys: Mapping[str, Sequence[str]], scenarios: Sequence[str]) -> str:
    """The keys that rest on a figure, with the scenarios' names where not all have them."""
    having: dict[str, list[str]] = {}
    for scenario, names in keys.items():
        for key in names:
            having.setdefault(key, []).append(scenario)
    return "; ".join(
        key if len(owners) == len(scenarios) else f"{key} (in {', '.join(owners)})" for key, owners in having.items()
    )


def _changes(before: SourcedScenario, after: SourcedScenario, number: int) -> Changes:
    """The values in which one scenario differs from another, with their sources; texts about a scenario as a whole are
    no values."""
    rows = [(change["key"], change["before"], change["after"], change["source"]) for change in diff(before, after)]
    rows = [row for row in rows if "." in row[0]]
    name, base = after.scenario.name, before.scenario.name
    headings = ("key", f"in {base}" if name != base else f"in the shipped {base}", f"in {name}", "source")
    made = table(f"changes-{number}", f"From {base} to {name}", headings, rows) if rows else None
    return Changes(name, after.scenario.changes, made)


# --- How to do it again ---


def versions(about: Made) -> Markup:
    """Of the program and of what it ran on."""
    interpreter, _, version = about.interpreter.partition(" ")
    rows = [*about.versions.items(), (interpreter, version)]
    return table("versions", "Program, libraries and interpreter", ("what", "version"), rows)


HOLDS = {
    "outcomes.parquet": "one row for each scenario, replication, outcome, item and period",
    "series.parquet": "values every four weeks",
    "series-summary.parquet": "mean and quantiles over replications, every four weeks",
    "summary.csv": "each outcome: mean, 10–90 % band of single runs, and the 95 % intervals of both",
    "differences.csv": "every paired difference at full precision",
    "differences.json": "the same for programs, with verdicts and what binds",
    "differences.md": "the tables for people, as Markdown",
    "worlds.csv": "what each scenario changes in each of the sampled worlds",
    "worlds.parquet": "the sampled worlds: one row each, a column for each key that varies",
    "scenario": "a scenario as it was run, each value with its source; it runs again",
    "study.json": "the whole study for programs",
    "table": "a table of this page, every column at full precision",
    "picture": "a picture of this page",
}


def files(about: Made) -> Markup | None:
    """What stands beside the page, with fingerprints."""
    rows = [(name, _holds(name), sha256) for name, sha256 in about.files.items()]
    seed = "seed, " * isinstance(about, Manifest)
    rows.append((FILE, f"{seed}versions, command, duration, and the fingerprint of every file", ""))
    headings = ("file", "what is in it", "sha256")
    return table("files", "The files beside this page", headings, rows) if about.files else None


def _holds(file: str) -> str:
    if file in HOLDS:
        return HOLDS[file]
    return HOLDS[{"yaml": "scenario", "csv": "table"}.get(file.rpartition(".")[2], "picture")]
