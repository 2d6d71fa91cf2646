"""Which rule decides: the order in which policies act, and whose word holds for each import.

On different days the latest rule that reaches a product decides. Policies of one day act in the `order` of their
actions, those of one order by name: of a lift, a licence and a ban on the same day the ban acts last, so it decides.
The model, the checks, the relaxations and the pictures all ask here.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.scenario.parts import Import, Policy, Scenario


def in_order(policies: Mapping[str, Policy]) -> list[tuple[str, Policy]]:
    """All policies in the order in which they act, also those withdrawn before they do."""
    return sorted(policies.items(), key=lambda item: (item[1].effective, item[1].action.order, item[0]))


@dataclass(frozen=True)
class Step:
    """A policy that acts."""

    name: str
    policy: Policy
    reached: frozenset[str]
    """The imports that it decides on from now on; none where it is not about imports."""
    held: frozenset[str]
    """The imports that earlier policies held back until now."""
    ends: frozenset[str]
    """The earlier policies of which nothing is left from now on."""

    @property
    def idle(self) -> bool:
        """Whether it frees imports, and nothing held back those that it reaches."""
        return self.policy.action.frees and not self.reached & self.held


def steps(policies: Mapping[str, Policy], imports: Mapping[str, Import]) -> Iterator[Step]:
    """The policies one after the other, as they act; those withdrawn before never do."""
    standing: dict[str, frozenset[str]] = {}  # by policy, the imports on which what it says still holds
    for name, policy in in_order(policies):
        if policy.withdrawn is not None:
            continue
        action = policy.action
        reached = frozenset(action.reached(imports))
        held = {product for other, left in standing.items() if not policies[other].action.frees for product in left}
        ended = set()
        for other, left in list(standing.items()):
            alike = policies[other].action.key == action.key
            if alike and not action.replaces:
                continue
            standing[other] = left - reached
            if not standing[other] and (left or alike):
                ended.add(other)
                del standing[other]
        standing[name] = reached
        yield Step(name, policy, reached, frozenset(held), frozenset(ended))


def ends(scenario: Scenario) -> dict[str, datetime.date]:
    """The day on which later policies have undone a policy or taken its place, by its name; without those that nothing
    ends."""
    acting = steps(scenario.policies, scenario.imports)
    return {name: step.policy.effective for step in acting for name in step.ends}
