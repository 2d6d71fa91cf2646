"""One list of everything that leaves the program: each output says "Illustrative, not predictive".

A command, an option, a kind of file, a place in the program that writes one: whatever is new and not in the lists here
fails a test, which names it.
"""

import csv
import json
import re
import struct
import zlib
from pathlib import Path

import click
import duckdb
import pypdf
import pytest
import yaml
from lesson_world import make_exercise

from sim.base.label import LABEL
from sim.base.places import CHECKOUT, PACKAGE, scenario_folder
from sim.cli import main
from sim.pictures.choice import kinds_of, picture_of
from sim.pictures.slide import render


def test_the_label_is_the_one_agreed():
    assert LABEL == "Illustrative, not predictive"


# --- Files ---


def csv_is_labelled(path: Path) -> None:
    """The label is a column, the first line is the header, and no line is a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",")[0] == "label"
    assert not any(line.startswith("#") for line in lines)
    rows = list(csv.DictReader(lines))
    assert rows
    assert {row["label"] for row in rows} == {LABEL}


def parquet_is_labelled(path: Path) -> None:
    with duckdb.connect() as database:
        metadata = dict(database.execute(f"SELECT key, value FROM parquet_kv_metadata('{path}')").fetchall())
        columns = [name for name, *_ in database.execute(f"DESCRIBE FROM '{path}'").fetchall()]
        assert metadata[b"label"] == LABEL.encode()
        if "label" in columns:
            assert database.execute(f"SELECT DISTINCT label FROM '{path}'").fetchall() == [(LABEL,)]


def json_is_labelled(path: Path) -> None:
    assert json.loads(path.read_text(encoding="utf-8"))["label"] == LABEL


def log_is_labelled(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines
    assert {json.loads(line)["label"] for line in lines} == {LABEL}


def yaml_is_labelled(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith(f"# {LABEL}")


def pdf_is_labelled(path: Path) -> None:
    pages = pypdf.PdfReader(path)
    assert LABEL in str(pages.metadata)
    assert LABEL in pages.pages[0].extract_text()


def png_texts(data: bytes) -> dict[str, str]:
    """The text chunks of a PNG file, by keyword."""
    texts, at = {}, 8
    while at < len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        if kind == b"tEXt":
            key, _, text = body.partition(b"\0")
            texts[key.decode()] = text.decode("latin-1")
        elif kind == b"iTXt":
            key, _, rest = body.partition(b"\0")
            text = rest[2:].split(b"\0", 2)[2]
            texts[key.decode()] = (zlib.decompress(text) if rest[0] else text).decode()
        at += length + 12
    return texts


def png_is_labelled(path: Path) -> None:
    assert LABEL in png_texts(path.read_bytes())["Description"]


def svg_is_labelled(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    metadata = re.search(r"<metadata>.*?</metadata>", text, re.DOTALL)
    assert metadata is not None
    assert LABEL in metadata[0]
    drawn = text.replace(metadata[0], "")
    assert re.search(rf"<text[^>]*>{LABEL}</text>", drawn), "it stands in the picture itself"


def page_is_labelled(path: Path) -> None:
    """The first thing on a page, before anything else that a reader would see."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        text = re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<head>.*?</head>|<(style|title)>.*?</\1>", "", text))
    assert LABEL in text[:2000]


KINDS = {
    ".html": page_is_labelled,
    ".md": page_is_labelled,
    ".csv": csv_is_labelled,
    ".parquet": parquet_is_labelled,
    ".json": json_is_labelled,
    ".jsonl": log_is_labelled,
    ".yaml": yaml_is_labelled,
    ".png": png_is_labelled,
    ".svg": svg_is_labelled,
    ".pdf": pdf_is_labelled,
}


def test_every_file_of_a_results_folder_carries_the_label(published, compared):
    for path in [*published.iterdir(), *compared.iterdir()]:
        KINDS[path.suffix](path)
    scenarios = [path for path in (*published.iterdir(), *compared.iterdir()) if path.suffix == ".yaml"]
    assert {yaml.safe_load(path.read_text(encoding="utf-8"))["label"] for path in scenarios} == {LABEL}


@pytest.mark.parametrize("kind", kinds_of("run"))
def test_the_label_is_drawn_inside_every_picture_and_large_enough_to_read(kind, tiny_run):
    slide = picture_of(kind, tiny_run)
    [label] = [text for text in slide.texts if text.get_text() == LABEL]
    box, whole = label.get_window_extent(), slide.bbox
    assert label.get_visible()
    assert label.get_fontsize() >= 12
    assert whole.x0 <= box.x0 < box.x1 <= whole.x1
    assert whole.y0 <= box.y0 < box.y1 <= whole.y1
    plain = render(slide, "png")
    label.set_visible(False)
    assert render(slide, "png") != plain, "without it the picture looks otherwise"


# --- Commands ---

COMMANDS = """
    --help
    --version
    run TINY -n 2 --pictures pdf
    run TINY -n 2 --no-pictures --json
    run TINY -n 2 --keep summary; plot results/tiny
    run TINY -n 2 --no-pictures --all
    run TINY --trace
    list
    list --json
    show baseline
    show baseline --json
    show baseline --diff TINY
    show baseline --diff TINY --json
    new mine.yaml
    new mine.yaml --set foundry.growth=20%/year
    compare TINY OTHER -n 2 --pictures png
    compare TINY OTHER -n 2 --no-pictures --all
    compare TINY OTHER -n 2 --no-pictures --format text
    compare TINY OTHER -n 2 --no-pictures --format markdown
    compare TINY OTHER -n 2 --no-pictures --format csv
    compare TINY OTHER -n 2 --no-pictures --format json
    compare TINY OTHER -n 2 --no-pictures --json
    compare TINY OTHER -n 2 --pictures png --assumption foundry.cycle_time=20
    compare TINY OTHER -n 2 --no-pictures --assumption foundry.cycle_time=20 --json
    compare TINY OTHER -n 2 --no-pictures --worlds 10 --per-world 1
    sample baseline -n 3 --out worlds.parquet
    sample baseline -n 3 --out worlds.csv
    sample baseline -n 3 --json
    explain TINY -n 2 --relax memory
    explain TINY -n 2 --relax memory --json
    explain TINY OTHER -n 2 --picture why.svg
    explain TINY OTHER -n 2 --json
    breakeven TINY OTHER --vary foundry.cover --on compute_years -n 2 --out breakeven --pictures png
    breakeven TINY OTHER --vary foundry.cover -n 2 --no-pictures --json
    sweep TINY --vary foundry.cover:2 -n 2 --out sweep --pictures png
    sweep TINY OTHER --vary foundry.cover:2 --vary grey.kappa:2 -n 2 --no-pictures --json
    explain TINY --project 1
    explain TINY --project 1 --json
    sensitivity TINY -n 3 --vary assembly.time
    sensitivity TINY -n 3 --vary assembly.time --json
    sensitivity TINY OTHER -n 3 --vary assembly.time --all --out rests-on --pictures svg,png,pdf
    sensitivity TINY OTHER -n 3 --vary assembly.time --out rests-on --no-pictures
    attribute TINY OTHER -n 2
    attribute TINY OTHER -n 2 --json
    attribute TINY OTHER -n 2 --out split --pictures png
    attribute TINY OTHER -n 2 --out split --no-pictures
    robust TINY OTHER --worlds 2 -n 1 --out robust --pictures png
    robust TINY OTHER --worlds 2 -n 1 --out robust --no-pictures --json
    lesson --help
    lesson list
    lesson list --json
    lesson show 1
    lesson show 1 --all
    lesson show 1 --teacher
    lesson show 1 --print
    lesson show 1 --print --out handout.html
    lesson new mine; lesson test ./mine --seeds 1 -n 2
    lesson start 1
    lesson start 1 work; lesson predict 1 work PREDICTION; lesson check 1 work; lesson merge . --no-names
    lesson start 1 work; lesson predict 1 work PREDICTION --json; lesson check 1 work --json; lesson merge . --json
    plot PUBLISHED
    plot PUBLISHED --kind backlog --format svg
    plot PUBLISHED --kind backlog --format png
    plot PUBLISHED --kind backlog --format pdf
    plot PUBLISHED --kind backlog --size page
    plot PUBLISHED --kind backlog --size thumbnail
    reproduce PUBLISHED
    reproduce PUBLISHED --json
    check baseline
    schema
    figures
    figures --json
    figures --check
    figures --check --json
    hindcast -n 2
    hindcast -n 2 --json
    store --help
    store list --store kept
    store list --store kept --json
    store verify --store kept
    store clear --store kept
"""
WALK = [line.strip() for line in COMMANDS.strip().splitlines()]
PREDICTION = "--sign higher --size 5 --low 2 --high 9"
CHANGES_NO_FORM = {
    "--store", "--no-store", "--cluster", "--keep",
    "--exercise", "--replications", "--seed", "--set", "--out", "--overwrite", "--workers", "--help", "--version",
    "--precision", "--until-decided", "--seeds", "--on", "--cap", "--extends", "--outcome", "--replication", "--name", "--sign", "--scenario", "--from", "--to", "--low", "--high",
    "--vary", "--levers", "--low-only",
    "--group",
    "--in", "--between", "--target",
    "--worlds", "--per-world", "--want",
}  # fmt: skip
"""Options that decide what is told, or where, but not in which form."""


@pytest.fixture
def lessons(here, monkeypatch):
    """The exercises are a tiny one."""
    make_exercise(here / ".exercises" / "01-tiny")
    monkeypatch.setattr("sim.lessons.exercise.exercise_folder", lambda: here / ".exercises")


@pytest.mark.parametrize("line", WALK)
def test_all_that_a_command_writes_carries_the_label(line, chipgate, tiny, published, here, request):
    if ";" in line:
        request.getfixturevalue("lessons")
    other = here / ".other.yaml"
    other.write_text(f"extends: {tiny}\nname: other\nfoundry: {{growth: 20 %/year}}\n", encoding="utf-8")
    files = {"TINY": tiny, "OTHER": other, "PUBLISHED": published}
    for command in line.replace("PREDICTION", PREDICTION).split("; "):
        status, out, err = chipgate(*(files.get(word, word) for word in command.split()))
        assert status in (0, 1 if command.startswith(("lesson check", "lesson test")) else 0), err
        assert LABEL in out
        if "--json" in command:
            assert json.loads(out)["label"] == LABEL
    for path in here.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(here).parts)
        to_be_edited = line.startswith("lesson") and path.suffix in (".yaml", "")  # a student's own input, an author's
        if path.is_file() and not hidden and not to_be_edited:
            KINDS[path.suffix](path)


def commands(group: click.Group, above: str = "") -> dict[str, click.Command]:
    """Every command that help names, by its words."""
    found = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, f"{above}{name} ")
        elif not command.hidden:
            found[f"{above}{name}"] = command
    return found


def test_no_command_and_no_form_of_its_output_is_left_out_of_the_walk():
    walked = [command for line in WALK for command in line.replace("PREDICTION", PREDICTION).split("; ")]
    for name, command in commands(main).items():
        own = [words for words in walked if words.split()[: len(name.split())] == name.split()]
        assert own, f"{name} is in no line of COMMANDS"
        for option in command.params:
            if not isinstance(option, click.Option) or CHANGES_NO_FORM & set(option.opts):
                continue
            choices = (
                [f" {choice}" for choice in option.type.choices] if isinstance(option.type, click.Choice) else [""]
            )
            for choice in choices:
                form = f"{option.opts[-1]}{choice}"
                assert any(form in words for words in own), f"{name} {form} is in no line of COMMANDS"


# --- Notebooks, and the places that write ---

WRITERS = {
    "sim/experiment/store.py": "the store's parts, which hold numbers for this program and no words",
    "sim/folder/write.py": "results folders: run, compare, and studies (tests/test_study.py)",
    "sim/cli/lessons.py": "lesson show --print",
    "sim/cli/sampling.py": "sample",
    "sim/lessons/seal.py": "lesson predict",
    "sim/lessons/trial.py": "nothing that stays: temporary folders of lesson test",
    "sim/lessons/work.py": "lesson start, predict, check, new, merge",
    "sim/pictures/files.py": "plot, explain --picture",
    "sim/scenario/new.py": "new",
    "sim/scenario/schema.py": "scenarios/REFERENCE.md",
    "sim/studies/answers.py": "docs/scenarios.md",
    "sim/studies/facilitator.py": "docs/facilitator.md",
    "sim/studies/hindcast.py": "scenarios/HINDCAST.md",
}
"""Each module that writes a file, and where the test above or below sees it."""
IN_NOTEBOOKS = {
    "sim/experiment/columns.py",
    "sim/experiment/comparison.py",
    "sim/experiment/run.py",
    "sim/pictures/slide.py",
    "sim/studies/study.py",
}


def modules_with(pattern: str) -> set[str]:
    """The program's modules above its base whose text has such a line."""
    files = {path.relative_to(CHECKOUT).as_posix(): path for path in PACKAGE.rglob("*.py")}
    return {name for name, path in files.items() if "/base/" not in name and re.search(pattern, path.read_text())}


def test_no_place_that_writes_is_left_out():
    writes = r"""\bwrite_whole\(|\bwhole_folder\(|\.write_bytes\(|(?<!super\(\))\.write_text\(|open\([^)]*["'][wax]b?\+?["']"""
    assert modules_with(writes) == set(WRITERS)
    assert modules_with(r"def _repr_\w+_\(") == IN_NOTEBOOKS


def test_the_pages_of_the_checkout_carry_the_label():
    for path in (
        *scenario_folder().glob("*.md"),
        *(CHECKOUT / "docs" / f"{name}.md" for name in ("scenarios", "facilitator")),
    ):
        page_is_labelled(path)


def test_what_a_notebook_shows_carries_the_label(tiny_run, tiny_comparison):
    slide = picture_of("backlog", tiny_run)
    shown = [tiny_run._repr_html_(), tiny_comparison._repr_html_(), tiny_run.table()._repr_html_()]
    shown += slide._repr_mimebundle_()[0].values()
    for text in shown:
        assert LABEL in text
