"""Looks: the numbers of replications at which verdicts are read, fixed before any run.

Whoever looks until a verdict pleases him is wrong more often than he says. So the looks are few and known beforehand,
each twice as far as the last, and the error of 5 % is divided among them in equal parts (Bonferroni): at K looks each
judges its family at 5 % / K. Whatever decides when to stop, the chance of even one wrong verdict over all looks is then
at most 5 %, on normal data, since chances of errors at most add up. It has its price: where eight looks are planned, an
interval is about a fifth wider than that of a single one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.base.judgement import ERROR
from sim.experiment.precision import FIRST


@dataclass(frozen=True)
class Looks:
    """Of a comparison until its verdicts are decided."""

    at: tuple[int, ...]  # replications, rising; the last is the cap

    @classmethod
    def up_to(cls, cap: int) -> Looks:
        """20 replications, 40, 80 and so on, then the cap; a look shortly before the cap is left out."""
        at, many = list[int](), FIRST
        while 3 * many <= 2 * cap:
            at.append(many)
            many *= 2
        return cls((*at, cap))

    @property
    def error(self) -> float:
        """Chance of a wrong verdict that each look may take."""
        return ERROR / len(self.at)
