"""A small scenario, a run of it and its results folder, and the command line as a function."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.experiment.comparison import Comparison, compare_scenarios
from sim.experiment.run import Run, run_scenario
from sim.folder.write import publish_results
from sim.report.page import report_html
from sim.scenario.load import load

NAMES = ("chromium", "chromium-browser", "google-chrome")
WANTED = "needs Chromium and Playwright: apt-get install chromium, pip install -e '.[dev]'"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]


def pytest_configure() -> None:
    """Whoever runs the tests in the background or by nohup has signals ignored, and children inherit that; some tests
    send them."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


@pytest.fixture(scope="session", autouse=True)
def plain_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a machine may set for its terminals stays outside, and matplotlib has a place for its list of fonts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES"):
            patch.delenv(name, raising=False)
        patch.setenv("CHIPGATE_STORE", "none")  # what a test sees was computed for it
        if not os.environ.get("MPLCONFIGDIR"):
            patch.setenv("MPLCONFIGDIR", str(tmp_path_factory.mktemp("matplotlib")))
        yield


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file: the baseline with few projects, fifteen months and no events."""
    scenario = load("baseline").scenario
    lines = [
        "extends: baseline",
        "title: Tiny",
        "question: Does what is around the model work?",
        "window: {end: 2024-04-01}",
        "demand:",
        *(f"  {name}: {{projects: 12 projects/year}}" for name in scenario.demand),
        "policies:",
        *(f"  {name}: off" for name in scenario.policies),
    ]
    path = tmp_path_factory.mktemp("tiny") / "tiny.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_run(tiny: Path) -> Run:
    """Twenty-three replications of it."""
    return run_scenario(load(tiny), 23, seed=1, workers=1)


@pytest.fixture(scope="session")
def published(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their results folder; tests only read it."""
    folder = tmp_path_factory.mktemp("published") / "tiny"
    publish_results(tiny_run, folder, "chipgate run tiny.yaml -n 23", 1.25, page_of=report_html)
    return folder


@pytest.fixture(scope="session")
def tiny_comparison(tiny: Path) -> Comparison:
    """Eleven replications of it and of two others, whose names differ in their capitals only."""
    others = [("Slow growth", "20 %/year"), ("slow-growth", "150 %/year")]
    scenarios = [load(tiny), *(load(tiny, {"name": name, "foundry.growth": growth}) for name, growth in others)]
    return compare_scenarios(scenarios, 11, seed=1, workers=1)


@pytest.fixture(scope="session")
def compared(tiny_comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its results folder; tests only read it."""
    folder = tmp_path_factory.mktemp("compared") / "tiny-vs-2-others"
    publish_results(tiny_comparison, folder, "chipgate compare tiny.yaml others -n 11", 2.5, page_of=report_html)
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which the test stands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def chipgate():
    """The command line in this process: (status, stdout, stderr). Whatever a person would see as a traceback fails."""

    def invoke(*args: object) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, [str(arg) for arg in args], prog_name="chipgate")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return invoke


@pytest.fixture
def process():
    """The command line in a process of its own."""

    def start(*args: object, **options) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "sim", *map(str, args)]
        environment = {**os.environ, "COLUMNS": "120"}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, **options)

    return start


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Chromium for all tests, in an empty home of its own."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = None
    if path is None:
        if os.environ.get("CI") == "true" or os.environ.get("CHIPGATE_BROWSER") == "required":
            pytest.fail(WANTED)
        pytest.skip(WANTED)
    home = str(tmp_path_factory.mktemp("home"))
    environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, env=environment)
        yield chromium
        chromium.close()
