"""A word of warning about letters that no font here has, for every command that draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sim.cli.terminal import echo_folded

if TYPE_CHECKING:
    from sim.experiment.run import Run


def tell_boxes(runs: Iterable[Run]) -> None:
    """Say on stderr which letters of the scenarios are boxes in PNG and PDF pictures; nothing where none is."""
    from sim.pictures.fonts import boxes_words

    if told := boxes_words(*(run.scenario for run in runs)):
        echo_folded(told, err=True)
