"""What the README says can be done, done: its queries answer, its Python runs, its links lead somewhere."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest

import sim
from sim.cli import main
from sim.scenario.load import load
from sim.scenario.show import diff

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def answers(tmp_path, published, monkeypatch):
    """The queries' answers over four folders: the reference run, the same with all values half as large again, a small
    run of another scenario, and one of another version without years."""
    for folder in ("reference", "again"):
        shutil.copytree(ROOT / "results" / "reference", tmp_path / "results" / folder)
    shutil.copytree(published, tmp_path / "results" / "tiny")
    (tmp_path / "results" / "older").mkdir()
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as database:
        for columns, source, target in (
            ("* REPLACE (1.5 * value AS value)", "reference", "again"),
            ("* EXCLUDE year", "tiny", "older"),
        ):
            database.execute(
                f"COPY (SELECT {columns} FROM 'results/{source}/outcomes.parquet') "
                f"TO 'results/{target}/outcomes.parquet' (FORMAT parquet)"
            )
        return [database.execute(query).fetchall() for query in QUERIES]


def test_there_are_three_queries():
    assert len(QUERIES) == 3


def test_a_year_of_bad_service_is_counted_in_runs(answers):
    rows = {tuple(key): rest for *key, share, runs in answers[0] for rest in [(share, runs)]}
    reference = sim.read("results/reference")
    for folder, size in (("reference", 1), ("again", 1.5)):
        for run in reference.runs:
            for year in (2023, 2025):
                values = size * run["service_level", year]
                assert rows[folder, run.scenario.name, year] == (round(100 * (values < 0.8).mean()), len(values))


def test_differences_are_paired_inside_a_folder(answers):
    reference = sim.read("results/reference")
    assert sorted(row[:2] for row in answers[1]) == sorted(
        (folder, name) for name in reference.names[1:] for folder in ("reference", "again")
    )
    told = {scenario: rest for folder, scenario, *rest in answers[1] if folder == "again"}
    for name, (difference, lower, pairs) in told.items():
        row = reference.row(name, "delivered")
        assert difference == pytest.approx(1.5 * row.mean, abs=1)
        assert (lower, pairs) == (row.lower, row.pairs)
    assert [rest[0] for rest in told.values()] == sorted(rest[0] for rest in told.values())


def test_waits_and_the_grey_channel_stand_side_by_side(answers):
    reference = sim.read("results/reference")
    both = {(folder, name) for folder in ("reference", "again") for name in reference.names}
    assert {row[:2] for row in answers[2]} == {*both, ("tiny", "tiny"), ("older", "tiny")}
    waits = [row[3] for row in answers[2] if row[3] is not None]
    assert waits == sorted(waits)


def test_the_scenario_to_ask_with_loads_and_changes_one_value_inside_its_range(tmp_path):
    [text] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "faster-foundry.yaml").write_text(text, encoding="utf-8")
    assert "chipgate compare baseline faster-foundry.yaml" in README
    base, mine = load("baseline"), load(tmp_path / "faster-foundry.yaml")
    [changed] = [change["key"] for change in diff(base, mine) if "." in change["key"]]
    low, high = base.parameters[changed].source.range
    assert low <= mine.parameters[changed].value <= high


def test_every_command_is_in_the_table():
    for name in main.commands:
        assert f"| `chipgate {name}" in README, name


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README))))
def test_links_lead_somewhere(target):
    assert (ROOT / target).exists()
