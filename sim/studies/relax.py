"""The named override that relaxes each constraint.

`What binds` is attribution by rule; the cause is shown by a paired run in which one constraint is relaxed and
nothing else is touched. An override takes away what its constraint's rule counts, so that the constraint's own part
vanishes, but for what is ordered, sent or asked for at the very moment of a look; what then holds up the order books
is for the run to show. No luck moves: every stream is named after what it serves, so each project, lot and shipment
keeps its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sim.scenario.load import SourcedScenario
from sim.scenario.parts import Policy, Scenario
from sim.scenario.policies.ban import Ban
from sim.scenario.policies.licence import Licence
from sim.scenario.policies.lift import Lift
from sim.scenario.precedence import steps

MOMENT = 1e-6  # weeks, less than a second: a time that must not be 0
PLENTY_OF_STACKS = 1e12
PLENTY_A_WEEK = 1e9  # chips
TENFOLD = 10.0

Override = Callable[[Scenario], Scenario]


@dataclass(frozen=True)
class Relaxation:
    """A constraint and its override, whose docstring says what it stands for."""

    constraint: str
    """As in the fact, the outcomes and the series."""
    opening: str
    """The override in words that begin a sentence: `With ...`, `Without ...`."""
    override: Override


RELAXATIONS: dict[str, Relaxation] = {}
"""By constraint, in the order of the rules."""


def relaxation(constraint: str, opening: str) -> Callable[[Override], Override]:
    """Put an override among the relaxations."""

    def register(override: Override) -> Override:
        RELAXATIONS[constraint] = Relaxation(constraint, opening, override)
        return override

    return register


def relax(sourced: SourcedScenario, constraint: str) -> SourcedScenario:
    """The scenario without that constraint, under its own name. The sources of values are left out, since some are
    no longer true. Raises KeyError."""
    return SourcedScenario(RELAXATIONS[constraint].override(sourced.scenario), {}, sourced.files, sourced.settings)


@relaxation("licence", "With orders free of licences")
def no_desks(scenario: Scenario) -> Scenario:
    """No licence desk opens and nobody foresees one: what a desk would have reached may be ordered freely, also where
    the desk took the place of a ban. Other bans stay, and so does a licence rule that is withdrawn anyway."""
    policies = dict(scenario.policies)
    for name, policy in scenario.policies.items():
        licence = policy.action
        if isinstance(licence, Licence) and policy.withdrawn is None:
            lift = Lift(product=licence.product, threshold=licence.threshold)
            policies[name] = replace(policy, actions={Lift.key: lift}, announced=None)
    return _without_idle_lifts(scenario, policies)


def _without_idle_lifts(scenario: Scenario, policies: dict[str, Policy]) -> Scenario:
    """The scenario with other policies, of which lifts that find nothing to lift are left out."""
    idle = {step.name for step in steps(policies, scenario.imports) if step.idle}
    return replace(scenario, policies={name: policy for name, policy in policies.items() if name not in idle})


@relaxation("transit", "With shipments that land at once")
def shipments_at_once(scenario: Scenario) -> Scenario:
    """What is shipped lands at once, by the grey channel too. The vendor's lead time stays: what is ordered and not
    yet shipped is import volume by the rule."""
    grey = replace(scenario.grey, delay=0.0) if scenario.grey else None
    return replace(scenario, vendor=replace(scenario.vendor, transit=0.0), grey=grey)


@relaxation("import_control", "Without bans on imports")
def no_bans(scenario: Scenario) -> Scenario:
    """No rule bans an import, and nobody foresees one; what lifts nothing but bans goes with them. Caps, licence desks,
    memory and equipment controls stay."""
    kept = {name: rule for name, rule in scenario.policies.items() if not isinstance(rule.action, Ban)}
    return _without_idle_lifts(scenario, kept)


@relaxation("import_volume", "With imports shipped at once and without caps")
def no_caps(scenario: Scenario) -> Scenario:
    """The vendor ships at once whatever is ordered: no product has a cap and no order a lead time, for what is
    ordered and not yet shipped is import volume by the rule. Bans and licence desks stay."""
    imports = {name: replace(chip, cap=PLENTY_A_WEEK) for name, chip in scenario.imports.items()}
    return replace(scenario, imports=imports, vendor=replace(scenario.vendor, lead_time=MOMENT))


@relaxation("memory", "With all the memory it could use")
def plenty_of_memory(scenario: Scenario) -> Scenario:
    """More stacks in stock at the start than anyone could use."""
    return replace(scenario, memory=replace(scenario.memory, stock=PLENTY_OF_STACKS))


@relaxation("wafers", "With a foundry ten times as large")
def tenfold_foundry(scenario: Scenario) -> Scenario:
    """Ten times the wafers that the line can start, also before the window, and a ceiling to match. Growth stays, where
    the line is ever full; yield rises sooner, for it learns from wafers."""
    terms = scenario.foundry
    foundry = replace(terms, wafer_starts=TENFOLD * terms.wafer_starts, ceiling=TENFOLD * terms.ceiling)
    return replace(scenario, foundry=foundry)


@relaxation("production", "With chips made at once")
def chips_at_once(scenario: Scenario) -> Scenario:
    """A lot of wafers takes a moment and assembly no time. What the line can start a week and what memory there is
    stay, and so does the cover that designers have made ahead."""
    foundry = replace(scenario.foundry, cycle_time=MOMENT)
    return replace(scenario, foundry=foundry, assembly=replace(scenario.assembly, time=0.0))
