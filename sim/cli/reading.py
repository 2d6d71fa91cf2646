"""Commands that read and tell: list, show, check, schema, figures."""

from __future__ import annotations

import sys
from itertools import groupby

import click

from sim.base.errors import ChipgateError
from sim.base.label import LABEL, SENTENCE
from sim.cli.common import as_json, echo_json, read, setting
from sim.cli.terminal import echo_folded, terminal_width


@click.command("list", help="List the shipped scenarios and their questions, by who pulls the lever.")
@as_json
def list_scenarios(as_json: bool) -> None:
    from sim.scenario.fields import LEVERS
    from sim.scenario.load import shipped

    rank: dict[str, int] = {lever: i for i, lever in enumerate(LEVERS)}
    scenarios = sorted(shipped(), key=lambda s: rank.get(s.lever, 0))
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


@click.command(help="Show each parameter of SCENARIO: value, unit and source.")
@click.argument("scenario")
@click.option("--diff", "other", metavar="OTHER", help="Show only what differs in OTHER.")
@setting
@as_json
def show(scenario: str, other: str | None, settings: tuple[str, ...], as_json: bool) -> None:
    from sim.scenario.show import changed_text, diff, shown_text
    from sim.scenario.show import show as rows

    sourced = read(scenario, settings)
    compared = read(other) if other else None
    if as_json:
        data = diff(sourced, compared) if compared else rows(sourced)
        echo_json({"label": LABEL, "scenario": sourced.scenario.name, "parameters": data})
    else:
        width = terminal_width()
        click.echo(changed_text(sourced, compared, width) if compared else shown_text(sourced, width))


@click.command(help="Check scenario files and tell every mistake in them.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def check(files: tuple[str, ...]) -> None:
    from sim.scenario.load import check as check_files

    outcome = check_files(files)
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


@click.command(help="Write the JSON Schema of scenario files, for editors.")
def schema() -> None:
    from sim.scenario.schema import schema as scenario_schema

    echo_json(scenario_schema())


@click.command(help="List the figures of the articles, or check them against each other.")
@click.option(
    "--check", "checked", is_flag=True, help="Recompute the relations between the figures; status 1 if one is wrong."
)
@as_json
def figures(checked: bool, as_json: bool) -> None:
    from sim.articles.consistency import check as check_figures
    from sim.articles.consistency import render_check, report_row
    from sim.articles.figures import figure_rows, read_figures, render_figures

    ledger = read_figures()
    if checked:
        report = check_figures(ledger)
        if as_json:
            echo_json({**report_row(report), "label": LABEL})
        else:
            click.echo(render_check(report, terminal_width()))
        sys.exit(report.exit_status)
    if as_json:
        echo_json({"label": LABEL, "figures": figure_rows(ledger)})
    else:
        click.echo(render_figures(ledger, terminal_width()))
