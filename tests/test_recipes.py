"""The recipes of CONTRIBUTING.md, each followed to the letter; that of a policy action is followed in test_policies.py."""

import re
import shutil
import sys
from pathlib import Path

import duckdb
import pytest
from exercise_runs import Small, begun, checked, lay_over
from recipes import code, recipe

import sim
import sim.articles.figures
import sim.articles.relations
import sim.lessons.exercise
import sim.pictures
from sim.base.places import scenario_folder
from sim.experiment.replication import listen
from sim.experiment.run import run_scenario
from sim.folder.write import publish_results
from sim.lessons.exercise import exercise_folder, find
from sim.lessons.trial import STUDENT, TEACHERS
from sim.model import facts as f
from sim.outcomes import cards
from sim.pictures.choice import pictures
from sim.pictures.picture import PICTURES
from sim.report.page import report_html
from sim.scenario.load import load


@pytest.mark.usefixtures("here")
def test_a_chip_design_is_made_sold_and_earns_money():
    [text] = code("A chip design")
    Path("memory-light.yaml").write_text(text, encoding="utf-8")
    scenario = load("memory-light.yaml").scenario
    facts: list[f.Fact] = []
    listen(scenario, 1, 0, facts.append)
    sold = [fact for fact in facts if isinstance(fact, f.Delivered) and fact.product == "hygon-light"]
    assert sum(fact.yuan for fact in sold) == pytest.approx(60e3 * sum(fact.chips for fact in sold))
    assert sum(fact.chips for fact in sold) > 1000


@pytest.fixture
def outcome():
    """The outcome of the recipe, gone after the test."""
    [text] = code("An outcome")
    exec(text, vars(cards))
    yield "domestic_chips"
    del cards.OUTCOMES["domestic_chips"], cards.domestic_chips


def test_an_outcome_is_in_tables_files_and_comparisons(outcome, tiny, here):
    run = run_scenario(load(tiny), 3, seed=1, workers=1)
    facts: list[f.Fact] = []
    listen(run.scenario, 1, 0, facts.append)
    sold = [fact for fact in facts if isinstance(fact, f.Delivered) and fact.product in run.scenario.designs]
    assert run[outcome][0] == pytest.approx(sum(fact.chips for fact in sold if fact.time >= 0))
    assert (run[outcome, 2023] + run[outcome, 2024]).tolist() == pytest.approx(run[outcome].tolist())
    done = publish_results(run, here / "out", "chipgate run tiny.yaml -n 3", 1.0, page_of=report_html)
    [(mean,)] = duckdb.sql(
        f"SELECT avg(value) FROM '{done.folder}/outcomes.parquet' WHERE outcome = 'domestic_chips' AND year IS NULL"
    ).fetchall()
    assert mean == pytest.approx(run[outcome].mean())
    assert "domestic chips" in (done.folder / "report.html").read_text(encoding="utf-8").lower()
    assert outcome in (done.folder / "summary.csv").read_text(encoding="utf-8")
    with pytest.warns(UserWarning, match="lacks domestic_chips"):
        assert sim.read(Path(__file__).parents[1] / "results" / "reference")


@pytest.fixture
def picture(tmp_path):
    """The kind of picture of the recipe, in a file that lies in another folder; gone after the test."""
    (tmp_path / "added").mkdir()
    [text] = code("A picture")
    (tmp_path / "added" / "total.py").write_text(text, encoding="utf-8")
    sim.pictures.__path__.append(str(tmp_path / "added"))
    pictures.cache_clear()
    yield "total"
    sim.pictures.__path__.pop()
    pictures.cache_clear()
    del PICTURES["total"], sys.modules["sim.pictures.total"]


def test_a_picture_is_listed_drawn_and_in_the_folder(picture, tiny_run, published, chipgate, here):
    assert re.search(rf"^  {picture} +All that is delivered", chipgate("plot", published)[1], re.MULTILINE)
    assert chipgate("plot", published, "--kind", picture, "--out", "total.png")[0] == 0
    assert Path("total.png").read_bytes().startswith(b"\x89PNG")
    done = publish_results(tiny_run, here / "out", "chipgate run tiny.yaml", 1.0, page_of=report_html)
    assert {"total.svg", "total.png"} <= set(done.manifest.files)
    assert "Effective compute delivered, A100e" in (done.folder / "report.html").read_text(encoding="utf-8")


def page(title: str, headings: tuple[str, ...]) -> str:
    return f"# {title}\n\nIllustrative, not predictive.\n" + "".join(f"\n## {each}\n\nText.\n" for each in headings)


def test_an_exercise_starts_passes_with_its_solution_and_fails_without(monkeypatch, chipgate, here):
    for headings in (STUDENT, TEACHERS):
        assert f"*{', '.join(headings)}*" in " ".join(recipe("An exercise").split())
    shutil.copytree(exercise_folder(), "shipped")
    monkeypatch.setattr(sim.lessons.exercise, "exercise_folder", lambda: here / "shipped")
    folder = here / "shipped" / "19-hungry-clouds"
    folder.mkdir()
    [text] = code("An exercise")
    growth = "extends: baseline\ntitle: Mine\ndemand: {{cloud: {{growth: {} %/year}}}}\n"
    files = {"exercise.yaml": text, "hungry.yaml": growth.format(45), "scenario.yaml": growth.format(26)}
    files |= {"README.md": page("19. Hungry clouds", STUDENT), "TEACHER.md": page("19. Hungry clouds", TEACHERS)}
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    assert "19-hungry-clouds" in chipgate("lesson", "list")[1]
    exercise = find("19")
    work, runner = begun(exercise, here / "19-hungry-clouds", seed=1), Small(4)
    for name, percent in (("wrong-1", 26), ("solution", 45)):
        (here / name).mkdir()
        (here / name / "scenario.yaml").write_text(growth.format(percent), encoding="utf-8")
        (here / name / "answers.yaml").write_text(
            "why: It all waits, for nobody can make more chips.", encoding="utf-8"
        )
        lay_over(exercise, work, here / name, runner)
        failed = [finding.name for finding in checked(exercise, work, runner).findings if not finding.holds]
        assert failed == (["longer-queue"] if name == "wrong-1" else [])


def test_a_figure_is_listed_checked_and_stands_in_a_scenario(monkeypatch, chipgate, here):
    figure, relation = code("A figure from a new article")
    shutil.copytree(scenario_folder(), "scenarios")
    places = {"figures.yaml": f"\n{figure}", "relations.yaml": "\n" + re.sub(r"^", "  ", relation, flags=re.MULTILINE)}
    for module in (sim.articles.figures, sim.articles.relations):
        monkeypatch.setattr(module, "scenario_folder", lambda: here / "scenarios")

    def changed(wrong: bool) -> None:
        for name, more in places.items():
            text = (scenario_folder() / name).read_text(encoding="utf-8")
            (here / "scenarios" / name).write_text(text + (more.replace("20 b", "2000 b") if wrong else more), "utf-8")
        sim.articles.figures.read_figures.cache_clear()
        sim.articles.relations.read_relations.cache_clear()

    try:
        changed(wrong=False)
        assert "hygon-revenue-26" in chipgate("figures")[1]
        assert chipgate("figures", "--check")[0] == 0
        sourced = load("baseline", {"projects.datong.budget": "{derived: hygon-revenue-26 / 2, unit: yuan}"})
        assert sourced.scenario.projects["datong"].budget == 10e9
        changed(wrong=True)
        status, told, _ = chipgate("figures", "--check")
        assert status == 1
        assert "Hygon beside Cambricon" in told
    finally:
        monkeypatch.undo()
        sim.articles.figures.read_figures.cache_clear()
        sim.articles.relations.read_relations.cache_clear()
