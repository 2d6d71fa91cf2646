"""One walk over everything that leaves the program: each output says "Illustrative, not predictive"."""

import csv
import json
import re
import struct
import zlib
from pathlib import Path

import duckdb
import pytest
import yaml

from sim.base.label import LABEL
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


def yaml_is_labelled(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {LABEL}")
    assert yaml.safe_load(text)["label"] == LABEL


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
    ".yaml": yaml_is_labelled,
    ".png": png_is_labelled,
    ".svg": svg_is_labelled,
}


def test_every_file_of_a_results_folder_carries_the_label(published, compared):
    files = sorted([*published.iterdir(), *compared.iterdir()])
    for path in files:
        KINDS[path.suffix](path)
    assert {path.suffix for path in files} == set(KINDS)


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


# --- The terminal ---

COMMANDS = [
    ["--help"],
    ["--version"],
    ["run", "TINY", "-n", "2"],
    ["run", "TINY", "-n", "2", "--json"],
    ["run", "TINY", "--trace"],
    ["list"],
    ["list", "--json"],
    ["show", "baseline"],
    ["show", "baseline", "--json"],
    ["show", "baseline", "--diff", "TINY"],
    ["show", "baseline", "--diff", "TINY", "--json"],
    ["compare", "TINY", "OTHER", "-n", "2"],
    ["compare", "TINY", "OTHER", "-n", "2", "--json"],
    ["explain", "TINY", "-n", "2", "--relax", "memory"],
    ["explain", "TINY", "-n", "2", "--relax", "memory", "--json"],
    ["explain", "TINY", "--project", "1"],
    ["explain", "TINY", "--project", "1", "--json"],
    ["lesson", "list"],
    ["lesson", "list", "--json"],
    ["lesson", "show", "1"],
    ["lesson", "show", "1", "--teacher"],
    ["lesson", "start", "1"],
    ["plot", "PUBLISHED"],
    ["plot", "PUBLISHED", "--kind", "backlog"],
    ["reproduce", "PUBLISHED"],
    ["reproduce", "PUBLISHED", "--json"],
    ["check", "baseline"],
    ["schema"],
    ["figures"],
    ["figures", "--json"],
    ["figures", "--check"],
    ["figures", "--check", "--json"],
    ["hindcast", "-n", "2"],
    ["hindcast", "-n", "2", "--json"],
]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_every_command_writes_carries_the_label(command, chipgate, tiny, published, here):
    other = here / "other.yaml"
    other.write_text(f"extends: {tiny}\nfoundry: {{growth: 20 %/year}}\n", encoding="utf-8")
    files = {"TINY": tiny, "OTHER": other, "PUBLISHED": published}
    status, out, _ = chipgate(*(files.get(word, word) for word in command))
    assert status == 0
    assert LABEL in out
    if "--json" in command:
        assert json.loads(out)["label"] == LABEL


def test_no_command_is_left_out_of_the_walk():
    assert {command[0] for command in COMMANDS} - {"--help", "--version"} == set(main.commands)
    for name, command in main.commands.items():
        if any(parameter.name == "as_json" for parameter in command.params):
            assert any(words[0] == name and "--json" in words for words in COMMANDS), name
