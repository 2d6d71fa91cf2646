"""Which rule decides: the order in which policies act, and whose word holds for each import.

On different days the latest rule that reaches a product decides. Policies of one day act in the order of `ACTIONS`,
those of one action by name: of a lift, a licence and a ban on the same day the ban acts last, so it decides. The
model, the checks, the reliefs and the pictures all ask here.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.scenario.parts import ACTIONS, Import, Policy, Scenario

REPLACED = ("licence", "memory_control", "equipment_control", "enforcement")
"""Actions of which a later one takes the place of the one before; other actions of one kind stand side by side."""


def in_order(policies: Mapping[str, Policy]) -> list[tuple[str, Policy]]:
    """All policies in the order in which they act, also those withdrawn before they do."""

    def turn(item: tuple[str, Policy]) -> tuple[datetime.date, int, str]:
        name, policy = item
        return policy.effective, min(map(ACTIONS.index, policy.actions), default=len(ACTIONS)), name

    return sorted(policies.items(), key=turn)


@dataclass(frozen=True)
class Step:
    """A policy that acts."""

    name: str
    policy: Policy
    reached: frozenset[str]
    """The imports that it decides on from now on; none where it is not about imports."""
    held: frozenset[str]
    """The imports that bans and licences held back until now."""
    ends: frozenset[str]
    """The earlier policies of which nothing is left from now on."""

    @property
    def idle(self) -> bool:
        """Whether it is a lift that finds nothing to lift."""
        return self.policy.lift is not None and not self.reached & self.held


def steps(policies: Mapping[str, Policy], imports: Mapping[str, Import]) -> Iterator[Step]:
    """The policies one after the other, as they act; those withdrawn before never do."""
    standing: dict[str, frozenset[str]] = {}  # by policy, the imports on which what it says still holds
    for name, policy in in_order(policies):
        if policy.withdrawn is not None:
            continue
        reached = frozenset(policy.reach.products(imports) if policy.reach else ())
        held = {product for other, left in standing.items() if not policies[other].lift for product in left}
        ended = set()
        for other, left in list(standing.items()):
            alike = policies[other].actions == policy.actions
            if alike and not any(action in REPLACED for action in policy.actions):
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
