"""What the pages say can be done, done: commands, code and queries run, links lead somewhere, counts and tables are true.

The recipes of CONTRIBUTING.md are followed in test_recipes.py.
"""

import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import duckdb
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from test_architecture import ROOMS

import sim
from sim.articles.figures import read_figures
from sim.cli import main
from sim.folder.worlds import SAMPLED, WORLDS
from sim.lessons.exercise import all_exercises
from sim.outcomes.cards import OUTCOMES
from sim.pictures.choice import kinds_of
from sim.scenario.load import load, load_shipped, shipped
from sim.scenario.show import diff, show
from sim.studies import facilitator

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text_of(page: Path | str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def prose(page: str) -> str:
    """The same on one line."""
    return " ".join(text_of(page).split())


def tokens(page: Path) -> Iterator[Token]:
    """All of a page, also what stands inside a paragraph."""
    for token in MarkdownIt("commonmark").enable("table").parse(text_of(page)):
        yield token
        yield from token.children or ()


def blocks(page: Path, language: str) -> list[str]:
    return [token.content for token in tokens(page) if token.type == "fence" and token.info == language]


def table(page: Path | str, heading: str) -> list[list[str]]:
    """The cells below a table's two first lines."""
    lines = text_of(page).partition(f"\n{heading}\n|")[2].partition("\n\n")[0].splitlines()[1:]
    assert lines, heading
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


# --- Commands ---


def commands(page: Path, kinds: tuple[str, ...] = ("code_block", "code_inline")) -> list[list[str]]:
    """The words of each command line of chipgate, without `chipgate`; `cd FOLDER` too."""
    lines = [line for token in tokens(page) if token.type in kinds for line in token.content.splitlines()]
    split = [
        shlex.split(line.strip().removeprefix("uv run "), comments=True)
        for line in lines
        if "chipgate" in line or "cd " in line
    ]
    return [words[words[0] == "chipgate" :] for words in split if words and words[0] in ("chipgate", "cd")]


def parsed(words: list[str]) -> click.Context:
    """What click makes of a command line; it fails where a command, an option or a value does not exist. The bare name
    of a command is only looked up."""
    command: click.Command = main
    words = list(words)
    if words and words[-1] == "--help":
        words.pop()
    while isinstance(command, click.Group) and words:
        command = command.commands[words.pop(0)]
    return command.make_context(command.name, words) if words else click.Context(command)


@each_page
def test_every_command_line_is_one_that_the_program_takes(page):
    own = {f"{name}.yaml" for name in re.findall(r"`([\w-]+)\.yaml`", text_of(page))}
    known = {scenario.name for scenario in shipped()} | own | {"results/reference"}
    for words in commands(page):
        if words[0] == "cd":
            continue
        context = parsed(words)
        about = [context.params.get(name) or () for name in ("scenario", "base", "other", "others", "files")]
        for name in [each for given in about for each in ([given] if isinstance(given, str) else given)]:
            assert name in known or name.isupper() or name.endswith("..."), f"{page.name}: {name}"
        if settings := context.params.get("settings"):
            load("baseline", dict(setting.split("=", 1) for setting in settings))


def test_every_command_is_in_the_table():
    named = {row[0].split()[1].strip("`") for row in table("README.md", "| command | what it does |")}
    assert named == {name for name, command in main.commands.items() if not command.hidden}


HEADING = "| from | reported | projected | derived | claimed | alleged | disputed | in all |"
LONG = {
    "reproduce",
    "check 1",
    "merge",
    "--precision",
    "--until-decided",
    "--cluster",
    "sensitivity",
    "robust",
}  # each has tests of its own


@each_page
@pytest.mark.usefixtures("here")
def test_command_lines_of_a_page_run_one_after_the_other(page, chipgate, monkeypatch):
    monkeypatch.setenv("CHIPGATE_STORE", str(Path("kept").absolute()))
    shutil.copytree(ROOT / "results" / "reference", "results/reference")
    for text in blocks(page, "yaml"):
        if name := re.search(rf"`([\w-]+\.yaml)`:\n\n```yaml\n{re.escape(text)}", text_of(page)):
            Path(name[1]).write_text(text, encoding="utf-8")
    for words in commands(page, ("code_block",)):
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
            continue
        if any(name in " ".join(words) for name in LONG):
            continue
        more = []
        options = {option for parameter in parsed(words).command.params for option in parameter.opts}
        if "-n" in options and "--project" not in words and "--trace" not in words and "results/reference" not in words:
            more = ["-n", "2"]
        if "--no-pictures" in options and "--trace" not in words:
            more += ["--no-pictures"]
        if "--worlds" in words:
            more += ["--worlds", "10", "--per-world", "1"]
        if set(words) & {"breakeven", "sweep", "attribute", "--worlds", "--assumption"} and "--set" in options:
            more += ["--set", "window.end=2024-01-01"]
        if words[:2] == ["lesson", "predict"]:
            more = shlex.split("--sign higher --size 10 --low 5 --high 20")
        status, _, told = chipgate(*words, *more)
        assert status == 0, f"{' '.join(words)}: {told}"


@each_page
def test_every_target_of_make_exists(page):
    lines = [line for token in tokens(page) if token.type.startswith("code_") for line in token.content.splitlines()]
    targets = {line.split()[1] for line in lines if line.startswith("make ")}
    assert targets <= set(re.findall(r"^(\w+):", text_of("Makefile"), re.MULTILINE))


# --- Code ---


def test_every_fence_has_a_language_that_these_tests_run():
    known = {"python", "sql", "yaml"}
    assert {token.info for page in PAGES for token in tokens(page) if token.type == "fence"} <= known


@pytest.mark.parametrize("code", [code for page in [PAGES[0], *DOCS] for code in blocks(page, "python")])
@pytest.mark.usefixtures("here")
def test_python_runs(code):
    shutil.copytree(ROOT / "results" / "reference", "results/reference")
    few = {"replications=200": "replications=3, workers=1", "worlds=50": "worlds=10, per_world=1"}
    for many, less in few.items():
        code = code.replace(many, less)
    exec(code, {})


@pytest.mark.parametrize("text", [text for page in [PAGES[0], *DOCS] for text in blocks(page, "yaml")])
@pytest.mark.usefixtures("here")
def test_a_scenario_loads_and_changes_one_thing(text):
    Path("mine.yaml").write_text(text, encoding="utf-8")
    base, mine = load("baseline"), load("mine.yaml")
    changed = {".".join(change["key"].split(".")[:3]) for change in diff(base, mine) if "." in change["key"]}
    assert len({key if not key.startswith("policies") else ".".join(key.split(".")[:2]) for key in changed}) == 1
    for key in changed & mine.parameters.keys() & base.parameters.keys():
        low, high = base.parameters[key].source.range
        assert low <= mine.parameters[key].value <= high


# --- Queries ---

QUERIES = blocks(ROOT / "docs" / "database.md", "sql")


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


def test_all_queries_are_on_one_page():
    assert len(QUERIES) == 3
    assert [page.name for page in PAGES if blocks(page, "sql")] == ["database.md"]


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


# --- Links ---


def slug(heading: str) -> str:
    """As GitHub makes a heading's anchor."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


LINKING = [*PAGES, ROOT / "results" / "README.md", ROOT / "scenarios" / "exercises" / "README.md"]


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for token in tokens(page):
        target = str(token.attrs.get("href") or token.attrs.get("src") or "")
        if not target or "://" in target:
            continue
        path, _, anchor = target.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to.exists(), target
        if anchor:
            assert anchor in {slug(line) for line in re.findall(r"^#+ (.+)$", text_of(to), re.MULTILINE)}, target


def test_the_front_page_is_short_and_leads_to_every_other():
    front = text_of("README.md")
    assert len(front.splitlines()) <= 150
    for page in PAGES[1:]:
        assert f"({page.relative_to(ROOT)})" in front


# --- What the pages state ---


def test_counts_are_those_of_the_program():
    assert f"the {len(shipped())} shipped scenarios" in prose("README.md")
    assert [card.headline for card in OUTCOMES.values()].count(True) == 6
    assert "the six headline outcomes" in prose("README.md")
    minutes = [exercise.machine.minutes for exercise in all_exercises()]
    assert f"{min(minutes)} to {max(minutes)} minutes each" in prose("docs/teaching.md")


def test_a_teacher_finds_every_exercise_and_the_plans_name_no_other():
    rows = table("docs/teaching.md", "| exercise | what it is about | best after |")
    known = {int(row[0]) for row in rows}
    assert {exercise.number for exercise in all_exercises()} <= known
    assert {int(row[2]) for row in rows if row[2]} <= known
    plans = table("docs/teaching.md", "| session | in class | at home | what it is about |")
    assert {int(number) for row in plans for number in re.findall(r"\d+", f"{row[1]} {row[2]}")} <= known


def test_the_facilitators_card_is_what_the_program_makes():
    made = facilitator.page(load_shipped("baseline"), list(read_figures().values()))
    assert text_of("docs/facilitator.md") == made, "write it anew with: make pages"


def test_the_card_counts_what_the_ledger_and_the_baseline_have():
    card = prose("docs/facilitator.md")
    figures = [each for each in read_figures().values() if each.article]
    assert f"Five news articles print {len(figures)} numbers and dates" in card
    values = [row for row in show(load_shipped("baseline")) if row["kind"] != "text"]
    kinds = [row["kind"] for row in values if not row["key"].startswith("worlds.")]  # of which the model reads none
    assert f"{kinds.count('assumption')} of {len(kinds)} values are assumptions" in card
    rows = {row[0]: [int(cell) for cell in row[1:]] for row in table("docs/facilitator.md", HEADING)}
    for number in range(5):
        own = [each for each in figures if each.article == f"{number:03}"]
        assert rows[f"article {number:03}"][-2:] == [len([each for each in own if each.resolution]), len(own)]
        assert sum(rows[f"article {number:03}"][:-2]) == len(own)


def test_the_kinds_of_pictures_are_named():
    assert not [kind for kind in kinds_of("comparison") if f'"{kind}"' not in text_of("docs/analyst.md")]


def test_the_finding_on_the_front_page_is_that_of_the_reference_run():
    front, reference = prose("README.md"), sim.read(ROOT / "results" / "reference")

    def change(name: str, outcome: str) -> float:
        row = reference.row(name, outcome)
        return 100 * row.mean / reference.base[outcome].mean()

    assert f"{change('software-parity', 'delivered'):.0f} % more compute" in front
    assert f"{-change('software-parity', 'domestic_revenue'):.0f} % less: the same work" in front
    assert f"{-change('hbm-crunch', 'delivered'):.0f} % less would be delivered" in front


def test_the_reference_run_gives_no_prediction_away():
    asked = {exercise.machine.predict.other for exercise in all_exercises()}
    assert not asked & set(sim.read(ROOT / "results" / "reference").names[1:])


def test_the_files_of_a_results_folder_are_listed(published, compared):
    cells = " ".join(row[0] for row in table("docs/database.md", "| file | what is in it |"))
    listed = set(re.findall(r"`([\w-]+\.\w+)`", cells))
    written = {path.name for folder in (published, compared) for path in folder.iterdir()}
    plain = {re.sub(r"scenario-.*", "scenario.yaml", name) for name in written if not name.endswith((".svg", ".png"))}
    assert listed == plain | {"series-summary.parquet", WORLDS, SAMPLED} | {f"{kind}.png" for kind in kinds_of("run")}
    only = [f"`{kind}.png`" for kind in kinds_of("comparison") if kind not in kinds_of("run")]
    assert f"a comparison has {' and '.join(only)} instead of `backlog.png`" in prose("docs/database.md")


def test_the_rooms_are_those_of_the_code():
    assert [row[0].strip("`") for row in table("docs/developer.md", "| room | what is in it |")] == list(ROOMS)


def test_each_dependency_has_its_reason():
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    needed, dev = project["dependencies"] + extras["cluster"], extras["dev"]
    names = {re.split(r"[<>=]", line)[0] for line in needed}
    assert {row[0] for row in table("docs/developer.md", "| package | why |")} == names
    tools = text_of("docs/developer.md").rpartition("For development:")[2]
    for name in dev:
        assert re.search(rf"\b{re.split('[<>=]', name)[0]}\b", tools), name


def test_the_glossary_is_in_order_and_knows_the_words():
    terms = re.findall(r"^\*\*(.+?)\*\*:", text_of("docs/glossary.md"), re.MULTILINE)
    assert terms == sorted(terms, key=str.lower)
    verdicts = re.search(r"^\*\*Verdict\*\*.*$", text_of("docs/glossary.md"), re.MULTILINE)
    rows = ", ".join(row[0] for row in table("docs/analyst.md", "| verdict | what it says |"))
    assert verdicts
    assert verdicts[0].endswith(f"{rows}.")
