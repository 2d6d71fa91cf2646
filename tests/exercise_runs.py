"""What tests of exercises share: small runs that are made once, and work done as a student would."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sim.experiment.run import Run, run_scenario
from sim.lessons.check import Report, begin_prediction, check
from sim.lessons.exercise import Exercise
from sim.lessons.trial import Once
from sim.lessons.trial import begun as begun
from sim.lessons.trial import lay_over as lay_over
from sim.lessons.work import read_work

_made: dict[tuple[str, int, int], Run] = {}


class Small(Once):
    """A runner of at most so many replications; the same run is made once in a session."""

    def __init__(self, most: int) -> None:
        super().__init__(partial(run_scenario, workers=1), most, _made)


def predict(folder: Path, exercise: Exercise, **more: object) -> None:
    begin_prediction(read_work(exercise, folder))(
        **{"sign": "higher", "size": 5.0, "low": 1.0, "high": 20.0, "name": "", **more}
    )


def checked(exercise: Exercise, folder: Path, runner: Small) -> Report:
    return check(read_work(exercise, folder), runner)
