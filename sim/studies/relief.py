"""The named override that relieves each constraint.

`What binds` is attribution by rule; the cause is shown by a paired run in which one constraint is relieved and
nothing else is touched. An override takes away what its constraint's rule counts, so that the constraint's own part
vanishes, but for what is ordered or sent at the very moment of a look; what then holds up the need is for the run to
show. No luck moves: every stream is named after what it serves, so each project, lot and shipment keeps its own.
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
class Relief:
    """A constraint and its override, whose docstring says what it stands for."""

    constraint: str
    """As in the fact, the outcomes and the series."""
    letter: str
    """What stands for the constraint where there is room for one."""
    holds: str
    """Which need the constraint holds up, in a few words."""
    opening: str
    """The override in words that begin a sentence: `With ...`, `Without ...`."""
    override: Override

    @property
    def words(self) -> str:
        """The constraint's name in a sentence."""
        return self.constraint.replace("_", " ")


RELIEFS: dict[str, Relief] = {}
"""By constraint, in the order of the rules."""


def relief(constraint: str, letter: str, holds: str, opening: str) -> Callable[[Override], Override]:
    """Put an override among the reliefs."""

    def register(override: Override) -> Override:
        RELIEFS[constraint] = Relief(constraint, letter, holds, opening, override)
        return override

    return register


def relieve(sourced: SourcedScenario, constraint: str) -> SourcedScenario:
    """The scenario without that constraint, under its own name. The sources of values are left out, since some are
    no longer true. Raises KeyError."""
    return SourcedScenario(RELIEFS[constraint].override(sourced.scenario), {}, sourced.files, sourced.settings)


@relief(
    "software",
    "S",
    "ports, or could run on idle chips",
    "With domestic software as good as CUDA and ports that take no time",
)
def perfect_software(scenario: Scenario) -> Scenario:
    """All of a domestic chip's nominal compute is usable from the start, a port takes a moment, and so nobody waits
    before porting. What large projects lose on loose chips (`scale`) stays."""
    software = replace(
        scenario.software, readiness_start=1.0, readiness_ceiling=1.0, porting_start=MOMENT, porting_floor=0.0
    )
    demand = {name: replace(terms, porting_wait=0.0) for name, terms in scenario.demand.items()}
    return replace(scenario, software=software, demand=demand)


@relief("licence", "L", "is in review at a licence desk", "With orders free of licences")
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


@relief("transit", "T", "is shipped and on its way", "With shipments that land at once")
def shipments_at_once(scenario: Scenario) -> Scenario:
    """What is shipped lands at once, by the grey channel too. The vendor's lead time stays: what is ordered and not
    yet shipped is import volume by the rule."""
    grey = replace(scenario.grey, delay=0.0) if scenario.grey else None
    return replace(scenario, vendor=replace(scenario.vendor, transit=0.0), grey=grey)


@relief("memory", "M", "waits for dies short of memory", "With all the memory it could use")
def plenty_of_memory(scenario: Scenario) -> Scenario:
    """More stacks in stock at the start than anyone could use."""
    return replace(scenario, memory=replace(scenario.memory, stock=PLENTY_OF_STACKS))


@relief("import_control", "C", "takes CUDA only; a ban is in force", "Without bans on imports")
def no_bans(scenario: Scenario) -> Scenario:
    """No rule bans an import, and nobody foresees one; what lifts nothing but bans goes with them. Caps, licence desks,
    memory and equipment controls stay."""
    kept = {name: rule for name, rule in scenario.policies.items() if not isinstance(rule.action, Ban)}
    return _without_idle_lifts(scenario, kept)


@relief(
    "import_volume",
    "V",
    "takes CUDA only; too little shipped",
    "With imports shipped at once and without caps",
)
def no_caps(scenario: Scenario) -> Scenario:
    """The vendor ships at once whatever is ordered: no product has a cap and no order a lead time, for what is
    ordered and not yet shipped is import volume by the rule. Bans and licence desks stay."""
    imports = {name: replace(chip, cap=PLENTY_A_WEEK) for name, chip in scenario.imports.items()}
    return replace(scenario, imports=imports, vendor=replace(scenario.vendor, lead_time=MOMENT))


@relief("wafers", "W", "is left: wafers are too few", "With a foundry ten times as large")
def tenfold_foundry(scenario: Scenario) -> Scenario:
    """Ten times the wafer starts, the lots in progress at the start of the window too, and a ceiling to match. Growth
    stays; yield rises sooner, for it learns from wafers."""
    terms = scenario.foundry
    foundry = replace(terms, wafer_starts=TENFOLD * terms.wafer_starts, ceiling=TENFOLD * terms.ceiling)
    return replace(scenario, foundry=foundry)
