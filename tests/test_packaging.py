"""The package: built without a network, and finding its own scenarios from a wheel, an editable install and a checkout."""

import email
import importlib.metadata
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

import sim
from sim.base.places import CHECKOUT, scenario_folder

pytest.importorskip("hatchling")
if not (CHECKOUT / "pyproject.toml").is_file():
    pytest.skip("these tests build the package from a checkout", allow_module_level=True)

LIBRARIES = sysconfig.get_path("purelib")


# Runs `python -m sim` and tells which `sim` that was.
PROGRAM = f"""
import runpy, sys
where, *sys.argv[1:] = sys.argv[1:]
sys.path[1:1] = [where]
sys.path.append({LIBRARIES!r})
try:
    runpy.run_module("sim", run_name="__main__", alter_sys=True)
finally:
    import sim
    print(sim.__file__, file=sys.stderr if "--json" in sys.argv else sys.stdout)
"""


def sim_in(place: Path, *args: object, folder: Path) -> str:
    """What `python -m sim` prints in `folder`, with only that place and the libraries on the path.

    -S keeps the links of an editable install out.
    """
    command = [sys.executable, "-S", "-c", PROGRAM, str(place), *map(str, args)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(target: str, source: Path, folder: Path) -> Path:
    """The file that hatchling builds of a source tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [built] = folder.iterdir()
    return built


def unpacked(wheel: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build("wheel", CHECKOUT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def elsewhere(tmp_path):
    """Another folder to stand in, where somebody has a project with scenarios of their own."""
    folder = tmp_path / "elsewhere"
    (folder / "scenarios").mkdir(parents=True)
    (folder / "scenarios" / "theirs.yaml").write_text("extends: baseline\n")
    (folder / "pyproject.toml").write_text("")
    return folder


# --- What is in the wheel ---


def test_the_wheel_holds_the_package_its_scenarios_and_the_licence_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    [licence] = [name for name in names if name.endswith("LICENSE")]
    assert zipfile.ZipFile(wheel).read(licence).decode() == (CHECKOUT / "LICENSE").read_text()
    information = licence.split("/")[0]
    assert information == f"chipgate-{sim.__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"sim", information}
    scenarios = CHECKOUT / "scenarios"
    shipped = {path.relative_to(scenarios).as_posix() for path in scenarios.rglob("*") if path.is_file()}
    assert {name.removeprefix("sim/scenarios/") for name in names if name.startswith("sim/scenarios/")} == shipped
    assert {"baseline.yaml", "figures.yaml"} <= shipped
    modules = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "sim").rglob("*.py")}
    modules |= {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "sim/report/templates").iterdir()}
    assert modules <= set(names)
    own = [name for name in names if not name.startswith("sim/lessons/example/")]  # a small exercise, with its tests
    assert not [name for name in own if any(word in name for word in ("test", "results/", "__pycache__", ".pyc"))]


def test_the_wheel_names_its_command_its_python_and_its_libraries(wheel):
    archive = zipfile.ZipFile(wheel)
    [points] = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
    assert archive.read(points).decode().split() == ["[console_scripts]", "chipgate", "=", "sim.__main__:chipgate"]
    [metadata] = [name for name in archive.namelist() if name.endswith("METADATA")]
    told = email.message_from_bytes(archive.read(metadata))
    assert (told["Name"], told["Version"]) == ("chipgate", sim.__version__)
    assert told["Requires-Python"] == ">=3.11"
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)} <= set(told.get_all("Classifier"))
    needed = {line.partition(";")[0].split(">")[0].strip() for line in told.get_all("Requires-Dist") if ";" not in line}
    assert {"simpy", "numpy", "pyyaml", "matplotlib", "duckdb", "click"} <= needed
    assert not needed & {"pandas", "pytest", "mypy", "ruff", "hypothesis"}


def test_the_wheel_built_from_the_source_archive_is_the_same(wheel, tmp_path):
    archive = build("sdist", CHECKOUT, tmp_path / "sdist")
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # not before Python 3.11.4
        tar.extractall(tmp_path / "source", **safely)
    [source] = (tmp_path / "source").iterdir()
    assert {"LICENSE", "README.md", "pyproject.toml", "tests", "scenarios"} <= set(os.listdir(source))
    assert not [name for name in names if "__pycache__" in name or name.endswith("manifest.json")]
    again = build("wheel", source, tmp_path / "again")
    contents = [{i.filename: i.CRC for i in zipfile.ZipFile(path).infolist()} for path in (wheel, again)]
    assert contents[0] == contents[1]


# --- Run from another folder ---


def test_a_wheel_reads_its_own_scenarios_from_any_folder(wheel, tmp_path, elsewhere):
    place = unpacked(wheel, tmp_path / "site")
    baseline = place / "sim" / "scenarios" / "baseline.yaml"
    text = baseline.read_text(encoding="utf-8")
    assert text.count("question: ") == 1
    baseline.write_text(text.replace("question: ", "question: Is this the wheel's own? "), encoding="utf-8")
    listed = sim_in(place, "list", folder=elsewhere)
    assert "Is this the wheel's own? What" in listed
    assert listed.rstrip().endswith(str(place / "sim" / "__init__.py"))
    assert "foundry" in sim_in(place, "show", "baseline", folder=elsewhere)
    assert "Illustrative, not predictive" in sim_in(place, "figures", folder=elsewhere)
    assert "theirs" not in listed
    assert sorted(os.listdir(elsewhere)) == ["pyproject.toml", "scenarios"]


def test_a_wheel_runs_and_writes_where_one_stands(wheel, tmp_path, elsewhere, tiny):
    place = unpacked(wheel, tmp_path / "site")
    out = sim_in(place, "run", tiny, "-n", "2", "--workers", "2", "--json", folder=elsewhere)
    assert json.loads(out)["folder"] == "results/tiny"
    assert (elsewhere / "results" / "tiny" / "outcomes.parquet").is_file()


def test_a_wheel_is_not_led_astray_by_what_stands_beside_it(wheel, tmp_path, elsewhere):
    """Somebody's own `scenarios` folder next to the installed package is none of ours."""
    place = unpacked(wheel, tmp_path / "site")
    (place / "scenarios").mkdir()
    (place / "scenarios" / "theirs.yaml").write_text("extends: baseline\n")
    assert "theirs" not in sim_in(place, "list", folder=elsewhere)


def test_an_editable_install_reads_the_scenarios_of_the_checkout(elsewhere):
    try:
        installed = importlib.metadata.distribution("chipgate").read_text("direct_url.json") or "{}"
    except importlib.metadata.PackageNotFoundError:
        installed = "{}"
    origin = json.loads(installed)
    if origin.get("url") != CHECKOUT.as_uri() or not origin.get("dir_info", {}).get("editable"):
        pytest.skip("this checkout is not installed in editable mode")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def told(*command):
        done = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = "import sim.base.places; print(sim.base.places.scenario_folder())"
    assert Path(told(sys.executable, "-c", where).strip()) == CHECKOUT / "scenarios"
    script = Path(sysconfig.get_path("scripts")) / "chipgate"
    assert "foundry" in told(script, "show", "baseline")
    assert told(script, "list") == told(sys.executable, "-m", "sim", "list")


def test_a_bare_checkout_reads_its_own_scenarios_from_any_folder(elsewhere):
    listed = sim_in(CHECKOUT, "list", folder=elsewhere)
    assert listed.rstrip().endswith(str(CHECKOUT / "sim" / "__init__.py"))
    assert "foundry" in sim_in(CHECKOUT, "show", "baseline", folder=elsewhere)
    assert scenario_folder() == CHECKOUT / "scenarios"
