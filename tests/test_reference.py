"""The reference page and the schema for editors say what the reader does."""

import itertools
import re
from typing import Any

import jsonschema
import pytest

from sim.base import shapes
from sim.base.places import scenario_folder
from sim.base.shapes import Group, Leaf, Listing, Names, Shape, shape_of
from sim.base.units import MEASURES, SCALES, UnitError
from sim.base.yaml_tree import Document, Node, Series, Table, Text, read_table
from sim.scenario import schema as reference
from sim.scenario.load import load, shipped
from sim.scenario.parts import Design, Scenario
from sim.scenario.schema import page, schema
from sim.scenario.show import resolved_yaml

VALIDATOR = jsonschema.Draft202012Validator(schema())


def as_an_editor_reads(text: str) -> Any:
    """A file as YAML 1.2 has it: numbers are numbers, dates and `off` are texts."""

    def plain(node: Node) -> Any:
        match node:
            case Table(entries=entries):
                return {name: plain(entry.node) for name, entry in entries.items()}
            case Series(items=items):
                return [plain(item) for item in items]
            case Text(text=text, plain=True) if re.fullmatch(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?", text):
                return float(text)
            case Text(text=text):
                return text
        raise AssertionError(node)

    return plain(read_table(Document.of("it", text), text)[0])


def complaints(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(as_an_editor_reads(text))]


def leaves(shape: Shape) -> list[Leaf]:
    match shape:
        case Leaf():
            return [shape]
        case Group(members=members):
            return [leaf for member in members.values() for leaf in leaves(member.shape)]
        case Names(key=key, shape=inner):
            return [key, *leaves(inner)]
        case Listing(shape=leaf):
            return [leaf]


# --- The page ---


def test_the_page_is_the_one_in_the_folder():
    """`python -m sim.scenario.schema` writes it anew."""
    assert (scenario_folder() / "REFERENCE.md").read_text(encoding="utf-8") == page()


def test_the_page_tells_every_key_and_what_it_means():
    text = page()
    for line in text[text.index("## Keys") :].splitlines():
        if line.startswith("| `"):
            key, unit, _, _, meaning = (cell.strip() for cell in line.strip("|").split("|"))
            assert unit, key
            assert meaning, key
    for group in ("foundry", "demand.NAME", "designs.NAME", "policies.NAME.ban"):
        assert f"### `{group}`" in text


def test_every_example_of_the_page_can_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```yaml\n(.*?)```", page(), flags=re.DOTALL)
    assert len(examples) >= 2
    for number, example in enumerate(examples):
        text = example if "extends" in example else f"extends: baseline\n{example}"
        (tmp_path / f"example{number}.yaml").write_text(text)
        load(f"example{number}.yaml")
    sources = re.findall(r"^\| `(\{.*?\})`", page(), flags=re.MULTILINE)
    assert len(sources) == 4
    for source in sources:
        key = "imports.h20.price" if "yuan" in source or "figure" in source else "foundry.cycle_time"
        load("baseline", {key: source.replace("...", "why not")})


def test_a_type_that_no_file_could_spell_is_an_error_of_the_program():
    for hint in (complex, list[Design], float):
        with pytest.raises(TypeError, match="no way to write"):
            shapes._shape(hint)


def test_inherited_keys_have_their_meaning():
    assert reference.meanings(Design)["supplier"] == "Company that sells it."


# --- The schema ---


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("scenario", shipped(), ids=lambda each: each.name)
def test_editors_find_nothing_in_the_shipped_files(scenario):
    assert complaints(scenario.path.read_text(encoding="utf-8")) == []


def test_editors_find_nothing_in_a_fragment_nor_in_a_resolved_file():
    assert complaints("extends: baseline\nfoundry: {cycle_time: 20 weeks}\npolicies: {h20-block: off}\n") == []
    assert complaints(resolved_yaml(load("baseline"))) == []


@pytest.mark.parametrize(
    "mistake",
    [
        "fondry: {growth: 1}",
        "foundry: {growt: 1}",
        "foundry: {growth: 35 weeks}",
        "foundry: {growth: -2}",
        "foundry: {yield_start: 40}",
        "foundry: {cycle_time: {assumption: 14 weeks}}",
        "foundry: {cycle_time: {assumption: 14 weeks, range: [8 weeks], reason: x}}",
        "foundry: {cycle_time: {asumption: 14 weeks}}",
        "foundry: {cycle_time: {figure: x, unit: weeks}}",
        "foundry: {cycle_time: [14 weeks]}",
        "foundry: 14 weeks",
        "window: {start: January}",
        "designs: {siyuan-590: {wafer_share: {2026-01: 10 %}}}",
        "policies: {x: {mandate: {segments: state}}}",
        "software: {stacks: {v1.5: 10 %}}",
    ],
)
def test_editors_find_a_typical_mistake(mistake):
    assert complaints(f"extends: baseline\n{mistake}\n")
    assert complaints(f"{mistake}\n")


def test_editors_miss_the_keys_of_a_scenario_that_extends_nothing():
    assert complaints("title: x\nquestion: y\n")


def test_every_key_has_a_description():
    def walk(part: Any, where: str) -> None:
        for name, inner in part.get("properties", {}).items():
            assert inner["description"], f"{where}.{name}"

    walk(schema(), "")
    for name, part in schema()["$defs"].items():
        walk(part, name)


def test_the_schema_takes_the_units_that_the_reader_takes():
    words = sorted(MEASURES)
    scales = ["", "bn ", *(["thousand "] if "thousand" in SCALES else [])]
    units = [f"{scale}{top}" for scale, top in itertools.product(scales, words)]
    units += [f"{unit}/{bottom}" for unit in units for bottom in ("", "week", "year", "wafer", "A100e", "furlong")]
    for quantity in {
        leaf.unit: leaf.quantity for leaf in leaves(shape_of(Scenario)) if leaf.quantity is not None
    }.values():
        pattern = re.compile(reference._pattern(quantity.unit))
        for unit in units:
            text = f"0.25 {unit}"
            try:
                Leaf(type(quantity)(quantity.unit)).read(text)
            except UnitError:
                assert not pattern.search(text), (text, quantity.unit)
            else:
                assert pattern.search(text), (text, quantity.unit)
