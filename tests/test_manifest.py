"""The manifest of a results folder: read back whole, or refused in words."""

import json
import re

import pytest

from sim import __version__
from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.folder.manifest import Manifest, fingerprint, read_manifest, scenario_files

WHOLE = {
    "label": LABEL,
    "kind": "run",
    "scenarios": {"baseline": "0" * 64},
    "settings": {"baseline": ["foundry.growth=50 %/year"]},
    "seed": 1,
    "replications": 200,
    "command": "chipgate run baseline",
    "seconds": 1.5,
    "versions": {"simpy": "4.1"},
    "precision": None,
    "code": "2" * 64,
    "interpreter": "CPython 3.12.0",
    "platform": "Linux",
    "files": {"summary.csv": "1" * 64},
}


def write(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    return tmp_path


def test_what_is_written_is_read_back(tmp_path):
    manifest = Manifest.model_validate(WHOLE)
    assert read_manifest(write(tmp_path, manifest.to_json())) == manifest
    assert json.loads(manifest.to_json()) == WHOLE


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no json", "the file: "),
        ("[]", "the file: "),
        (json.dumps({**WHOLE, "seed": -1}), "seed: "),
        (json.dumps({**WHOLE, "seed": "one", "replications": 0}), "seed: .*replications: "),
        (json.dumps({k: v for k, v in WHOLE.items() if k != "seed"}), "seed: field required"),
        (json.dumps({**WHOLE, "colour": "red"}), "colour: "),
        (json.dumps({**WHOLE, "scenarios": {"baseline": "short"}}), "scenarios.baseline: "),
        (json.dumps({**WHOLE, "files": {"../summary.csv": "1" * 64}}), "files.../summary.csv"),
        (json.dumps({**WHOLE, "kind": "comparison"}), "the file: .*a comparison of 1 scenarios cannot be"),
        (json.dumps({**WHOLE, "scenarios": {"a": "0" * 64, "b": "0" * 64}}), "the file: .*a run of 2 scenarios"),
    ],
    ids=[
        *["no json", "a list", "a negative seed", "two at once", "a key missing", "a key too many", "a short hash"],
        *["a file elsewhere", "a comparison of one", "a run of two"],
    ],
)
def test_a_broken_manifest_is_refused_in_words(tmp_path, text, told):
    with pytest.raises(ChipgateError, match=rf"is no manifest: (.*; )?{told}"):
        read_manifest(write(tmp_path, text))


def test_a_manifest_of_another_version_is_told_as_such(tmp_path):
    newer = {**WHOLE, "versions": {"chipgate": "99.0"}, "colour": "red"}
    with pytest.raises(ChipgateError, match=rf"colour: .*; chipgate 99\.0 wrote it, and this is {__version__}$"):
        read_manifest(write(tmp_path, json.dumps(newer)))
    same = {**newer, "versions": {"chipgate": __version__}}
    with pytest.raises(ChipgateError, match=r"colour: [^;]*$"):
        read_manifest(write(tmp_path, json.dumps(same)))


def test_a_run_has_one_scenario_file_and_a_comparison_one_for_each_name():
    assert scenario_files(["Tight border"]) == {"Tight border": "scenario.yaml"}
    names = ["baseline", "Tight border", "tight-border", "tight border 2", "昇腾", "a." + "x" * 58, "tight-border-2"]
    files = scenario_files(names)
    assert list(files) == names
    assert files["baseline"] == "scenario-baseline.yaml"
    assert files["Tight border"] == "scenario-tight-border.yaml"
    assert files["昇腾"] == "scenario-昇腾.yaml"
    assert len({file.casefold() for file in files.values()}) == len(names)
    for file in files.values():
        assert re.fullmatch(r"scenario-[\w.-]*\w\.yaml", file)
        assert len(file.encode()) < 200


def test_a_folder_without_one_is_no_results_folder(tmp_path):
    with pytest.raises(ChipgateError, match=r"holds no manifest\.json"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(ChipgateError, match="cannot read"):
        read_manifest(tmp_path)


def test_a_fingerprint_is_the_sha256_of_the_bytes(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert fingerprint(tmp_path / "abc").startswith("ba7816bf8f01cfea")
