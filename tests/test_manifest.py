"""The manifest of a results folder: read back whole, or refused in words."""

import dataclasses
import json
import os
import re
from pathlib import Path

import pytest

from sim import __version__
from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.folder.manifest import Manifest, Precision, Sampled, fingerprint, read_manifest, scenario_files

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
    "looks": [],
    "sampled": None,
    "keep": "all",
    "code": "2" * 64,
    "interpreter": "CPython 3.12.0",
    "platform": "Linux",
    "files": {"summary.csv": "1" * 64},
}


def write(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    return tmp_path


def test_what_is_written_is_read_back(tmp_path):
    manifest = Manifest(**WHOLE)
    assert read_manifest(write(tmp_path, manifest.to_json())) == manifest
    assert json.loads(manifest.to_json()) == WHOLE
    compared = dataclasses.replace(manifest, precision=Precision(wanted=0.02, outcomes=["demand"], cap=9))
    assert read_manifest(write(tmp_path, compared.to_json())) == compared
    looked = dataclasses.replace(manifest, looks=[100, 200, 2000])
    assert read_manifest(write(tmp_path, looked.to_json())) == looked
    over_worlds = dataclasses.replace(manifest, sampled=Sampled(worlds=50, replications=4, vary="low"))
    assert read_manifest(write(tmp_path, over_worlds.to_json())) == over_worlds


def changed(**keys):
    """A manifest's text, written as a program may that knows nothing of ours."""
    return json.dumps({key: value for key, value in {**WHOLE, **keys}.items() if value != "left out"}, indent=2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no json", "1:1: a manifest is 'key: value' lines"),
        ("[]", "1:1: a manifest is 'key: value' lines"),
        ("", "this file is empty"),
        (changed(seed=-1), "12:11: '-1' is out of range; it must be at least 0"),
        (changed(looks=[20, 40]), "there was no look after 200 replications"),
        (changed(seed="one", replications=0), "'one' is not a whole number.*'0' is out of range.*2 mistakes"),
        (changed(replications=10**12), "'1000000000000' is out of range"),
        (changed(seed="left out"), "the key 'seed' is missing in the manifest"),
        (changed(colour="red"), "unknown key 'colour' in the manifest"),
        (changed(scenarios={"baseline": "short"}), "'short' is not a sha256"),
        (changed(files={"../summary.csv": "1" * 64}), "'../summary.csv' is not the name of a file beside the manifest"),
        (changed(scenarios={}), "'scenarios' has no entries; it takes 1 or more"),
        (changed(kind="comparison"), "4:3: a comparison of 1 scenarios cannot be"),
        (changed(scenarios={"a": "0" * 64, "b": "0" * 64}), "4:3: a run of 2 scenarios cannot be"),
        (changed(command="\x1b]0;pwned\a"), "the character U.001B has no place in a text"),
    ],
    ids=[
        "no-json",
        "list",
        "nothing",
        "negative",
        "no-look",
        "two",
        "many",
        "missing",
        "unknown",
        "short",
        "elsewhere",
        "empty",
        "one",
        "two-scenarios",
        "escape",
    ],
)
def test_a_broken_manifest_is_refused_in_words(tmp_path, monkeypatch, text, told):
    monkeypatch.chdir(write(tmp_path, text))
    with pytest.raises(ChipgateError, match=rf"(?s)'manifest\.json' is not a manifest that can be read:\n.*{told}"):
        read_manifest(Path())


def test_a_manifest_of_another_version_may_say_more_and_is_told_as_such_where_it_is_broken(tmp_path):
    other = {"chipgate": "99.0"}
    assert read_manifest(write(tmp_path, changed(versions=other, colour="red"))).versions == other
    with pytest.raises(ChipgateError, match=rf"can be read; chipgate 99\.0 wrote it, and this is {__version__}:\n"):
        read_manifest(write(tmp_path, changed(versions=other, seed="one")))
    with pytest.raises(ChipgateError, match="unknown key 'colour'"):
        read_manifest(write(tmp_path, changed(versions={"chipgate": __version__}, colour="red")))


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
    with pytest.raises(ChipgateError, match="this is a folder, not a file"):
        read_manifest(tmp_path)


def test_neither_a_pipe_nor_a_huge_file_is_waited_for(tmp_path):
    os.mkfifo(tmp_path / "manifest.json")
    with pytest.raises(ChipgateError, match="this is not a file that can be read"):
        read_manifest(tmp_path)
    with pytest.raises(ChipgateError, match="is not a file that can be read"):
        fingerprint(tmp_path / "manifest.json")
    (tmp_path / "manifest.json").unlink()
    write(tmp_path, "{}")
    os.truncate(tmp_path / "manifest.json", 10**12)
    with pytest.raises(ChipgateError, match="this is far too large"):
        read_manifest(tmp_path)


def test_a_fingerprint_is_the_sha256_of_the_bytes(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert fingerprint(tmp_path / "abc").startswith("ba7816bf8f01cfea")
