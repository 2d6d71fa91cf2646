"""Commands that read and tell: list, show, check, schema, figures."""

from __future__ import annotations

import sys
from itertools import groupby

import click

from sim.base.errors import ChipgateError
from sim.base.label import LABEL, SENTENCE
from sim.cli.common import as_json, echo_json, examples, read, setting
from sim.cli.completion import completed, scenarios
from sim.cli.terminal import echo_folded, echo_page


@click.command(
    "list",
    help="List the shipped scenarios and their questions.",
    epilog=examples("chipgate list"),
)
@as_json
def list_scenarios(as_json: bool) -> None:
    from sim.scenario.load import by_lever

    scenarios = by_lever()
    if as_json:
        echo_json(
            {
                "label": LABEL,
                "scenarios": [
                    {"name": s.name, "lever": s.lever or None, "title": s.title, "question": s.question}
                    for s in scenarios
                ],
            }
        )
        return
    width = max(len(s.name) for s in scenarios)
    for lever, pulled in groupby(scenarios, key=lambda s: s.lever):
        click.echo(f"\n{lever.capitalize()}" if lever else "")
        for s in pulled:
            echo_folded(f"  {s.name:<{width}}  {s.question}", indent=" " * (width + 4))
    click.echo("\nRun one with: chipgate run baseline")
    echo_folded(SENTENCE)


@click.command(
    help="Show each parameter of SCENARIO: value, unit and source.",
    epilog=examples("chipgate show baseline", "chipgate show baseline --diff h20-stays"),
)
@click.argument("scenario", shell_complete=completed(scenarios, files=True))
@click.option(
    "--diff",
    "other",
    metavar="OTHER",
    help="Show only what differs in OTHER.",
    shell_complete=completed(scenarios, files=True),
)
@setting
@as_json
def show(scenario: str, other: str | None, settings: tuple[str, ...], as_json: bool) -> None:
    from sim.scenario.show import changed_page, shown_page

    sourced = read(scenario, settings)
    echo_page(changed_page(sourced, read(other)) if other else shown_page(sourced), as_json)


@click.command(
    help="Check scenario files and report every mistake.",
    epilog=examples("chipgate check mine.yaml"),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=completed(scenarios, files=True))
def check(files: tuple[str, ...]) -> None:
    from sim.outcomes.cards import looked_at_exist
    from sim.scenario.load import check as check_files

    outcome = check_files(files, [looked_at_exist])
    wrong = [file.error for file in outcome if file.error]
    for file in outcome:
        if file.error is None:
            echo_folded(f"{file.name}: ok")
            for note in file.notes:
                echo_folded(f"note: {note}", indent="  ")
    if wrong:
        raise ChipgateError(
            "\n\n".join(map(str, wrong)), lambda width: "\n\n".join(error.told(width) for error in wrong)
        )
    click.echo()
    echo_folded(SENTENCE)


@click.command(
    help="Write the JSON Schema of scenario files, for editors.",
    epilog=examples("chipgate schema > schema.json"),
)
def schema() -> None:
    from sim.scenario.schema import schema as scenario_schema

    echo_json(scenario_schema())


@click.command(
    help="List the figures of the articles, or check them.",
    epilog=examples("chipgate figures", "chipgate figures --check"),
)
@click.option(
    "--check", "checked", is_flag=True, help="Recompute how they relate to each other; status 1 if a relation is wrong."
)
@as_json
def figures(checked: bool, as_json: bool) -> None:
    from sim.articles.consistency import check as check_figures
    from sim.articles.consistency import check_page
    from sim.articles.figures import figures_page, read_figures

    ledger = read_figures()
    if checked:
        report = check_figures(ledger)
        echo_page(check_page(report), as_json)
        sys.exit(report.exit_status)
    echo_page(figures_page(ledger), as_json)
