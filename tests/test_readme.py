"""What the README says can be done, done: its queries answer, its Python runs, its links lead somewhere."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest

import sim
from sim.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def answers(tmp_path, published, monkeypatch):
    """The queries' answers over three folders: the reference run twice, and a small run of another scenario."""
    shutil.copytree(ROOT / "results" / "reference", tmp_path / "results" / "reference")
    shutil.copytree(ROOT / "results" / "reference", tmp_path / "results" / "again")
    shutil.copytree(published, tmp_path / "results" / "tiny")
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as database:
        return [database.execute(query).fetchall() for query in QUERIES]


def test_there_are_three_queries():
    assert len(QUERIES) == 3


def test_a_year_of_bad_service_is_counted_in_runs(answers):
    rows = {(scenario, year): (share, runs) for scenario, year, share, runs in answers[0]}
    reference = sim.read("results/reference")
    for run in reference.runs:
        for year in (2023, 2025):
            values = run["service_level", year]
            assert rows[run.scenario.name, year] == (round(100 * (values < 0.2).mean()), len(values))


def test_differences_are_paired_inside_a_folder(answers):
    reference = sim.read("results/reference")
    assert sorted((row[0], row[-1]) for row in answers[1]) == sorted(
        (name, folder) for name in reference.names[1:] for folder in ("reference", "again")
    )
    told = {scenario: rest for scenario, *rest, folder in answers[1] if folder == "again"}
    for name, (difference, lower, pairs) in told.items():
        row = reference.row(name, "delivered")
        assert difference == pytest.approx(row.mean, abs=1)
        assert (lower, pairs) == (row.lower, row.pairs)
    assert [rest[0] for rest in told.values()] == sorted(rest[0] for rest in told.values())


def test_waits_and_the_grey_channel_stand_side_by_side(answers):
    reference = sim.read("results/reference")
    assert {row[0] for row in answers[2]} == {*reference.names, "tiny"}
    waits = [row[2] for row in answers[2] if row[2] is not None]
    assert waits == sorted(waits)


def test_every_command_is_in_the_table():
    for name in main.commands:
        assert f"| `chipgate {name}" in README, name


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README))))
def test_links_lead_somewhere(target):
    assert (ROOT / target).exists()
