"""The licence desk: a queue for officers, some weeks of work, and a decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import simpy

from sim.model.facts import LicenceApplied, LicenceApproved, LicenceRefused
from sim.model.setting import Process, Setting
from sim.scenario import Licence
from sim.units import WEEKS_A_YEAR

APPLY_EVERY = 4  # weeks between two applications for one product, at least


class LicenceDesk:
    """One desk for all products that its rule reaches. `approved` is called with what it grants."""

    def __init__(
        self, policy: str, terms: Licence, setting: Setting, approved: Callable[[str, int, float], object]
    ) -> None:
        self.terms = terms
        self.setting = setting
        self.approved = approved
        self.officers = simpy.Resource(setting.env, capacity=int(terms.officers))
        self.in_review: dict[tuple[str, int], float] = {}  # chips by (product, week of application)
        self._granted: dict[int, float] = defaultdict(float)  # chips by quarter
        self._key = f"policies.{policy}.licence"

    def takes(self, week: int) -> bool:
        """Whether it takes applications in that week."""
        return week % APPLY_EVERY == 0

    def apply(self, product: str, slot: int, chips: float) -> None:
        """An application joins the queue."""
        self.in_review[product, slot] = chips
        self.setting.record(LicenceApplied(self.setting.env.now, product, slot, chips))
        self.setting.env.process(self.review(product, slot))

    def review(self, product: str, slot: int) -> Process:
        """Wait for an officer, be worked on, be decided."""
        with self.officers.request() as turn:
            yield turn
            yield self.setting.env.timeout(self._work_time(product, slot))
        if (product, slot) not in self.in_review:
            return  # a ban has refused it meanwhile
        luck = self.setting.streams[f"{self._key}.approval/{product}"]
        if luck.happens(slot, self.terms.approval):
            self._grant(product, slot)
        else:
            self.refuse(product, slot)

    def refuse(self, product: str, slot: int) -> None:
        """The application has failed."""
        chips = self.in_review.pop((product, slot))
        self.setting.record(LicenceRefused(self.setting.env.now, product, slot, chips))

    def _grant(self, product: str, slot: int) -> None:
        """Approve what the quarter's quota leaves."""
        quarter = int(self.setting.env.now // (WEEKS_A_YEAR / 4))
        chips = asked = self.in_review.pop((product, slot))
        if self.terms.quota is not None:
            chips = min(asked, max(0.0, self.terms.quota - self._granted[quarter]))
        self._granted[quarter] += chips
        self.setting.record(LicenceApproved(self.setting.env.now, product, slot, chips, asked - chips))
        self.approved(product, slot, chips)

    def _work_time(self, product: str, slot: int) -> float:
        luck = self.setting.streams[f"{self._key}.work_time/{product}"]
        return luck.exponential(slot, self.terms.work_time)
