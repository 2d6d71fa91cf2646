"""How much waits: the backlog over time, with the bands of single runs."""

from __future__ import annotations

from sim.outcomes.keys import Key
from sim.pictures.fan import Fan
from sim.pictures.lines import BACKLOG
from sim.pictures.picture import picture


@picture
class Backlog(Fan):
    """The fan of a run's backlog."""

    kind, order, shows = "backlog", 20, ("run",)
    takes_outcome = False
    what = "The compute that waits over time, with the bands of single runs."

    @property
    def outcomes(self) -> list[Key]:
        """The backlog."""
        return [BACKLOG]
