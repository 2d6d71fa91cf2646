"""What tests of exercises share: small runs that are made once, and work done as a student would."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from sim.experiment.run import Run, run_scenario
from sim.lessons import language
from sim.lessons.check import Report, Runs, begin_prediction, check
from sim.lessons.exercise import Exercise
from sim.lessons.language import Names
from sim.lessons.work import ANSWERS, read_work, start
from sim.scenario.load import SourcedScenario
from sim.scenario.show import scenario_hash

_made: dict[tuple[str, int, int], Run] = {}


class Small:
    """A runner of at most so many replications; the same run is made once in a session."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, sourced: SourcedScenario, replications: int, seed: int) -> Run:
        number = min(replications, self.most)
        key = (scenario_hash(sourced.scenario), number, seed)
        if key not in _made:
            _made[key] = run_scenario(sourced, number, seed, workers=1)
        return _made[key]


def predict(folder: Path, exercise: Exercise, **more: object) -> None:
    begin_prediction(read_work(exercise, folder))(
        **{"sign": "higher", "size": 5.0, "low": 1.0, "high": 20.0, "name": "", **more}
    )


def begun(exercise: Exercise, folder: Path, seed: int) -> Path:
    """A started folder with a prediction."""
    start(exercise, folder, seed)
    predict(folder, exercise)
    return folder


def lay_over(exercise: Exercise, folder: Path, overlay: Path, runner: Small, only_answers: bool = False) -> None:
    """Put somebody's answers and files into a started folder. An answer `= expression`, or
    `= expression %`, is worked out on its seed."""
    for path in sorted(overlay.iterdir()):
        if path.name not in (ANSWERS, "fails") and not only_answers:
            shutil.copy(path, folder / path.name)
    if not (overlay / ANSWERS).is_file():
        return
    given = yaml.load((overlay / ANSWERS).read_text(encoding="utf-8"), yaml.BaseLoader)
    work = read_work(exercise, folder)
    runs = Runs(work, runner)
    names = Names(runs={name: runs.lazy(name) for name in runs.names}, let=exercise.machine.let)

    def worked_out(answer: str) -> str:
        if not answer.startswith("="):
            return answer
        expression = answer[1:].removesuffix("%")
        return f"{language.evaluate(expression, names)}{answer[1 + len(expression) :]}"

    content = yaml.safe_load((folder / ANSWERS).read_text(encoding="utf-8"))
    content["answers"] = {key: worked_out(answer) for key, answer in given.items()}
    (folder / ANSWERS).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def checked(exercise: Exercise, folder: Path, runner: Small) -> Report:
    return check(read_work(exercise, folder), runner)
