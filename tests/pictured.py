"""What tests of pictures share: runs and comparisons to draw, extreme ones too, and the texts that are seen."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.experiment.comparison import Comparison
from sim.experiment.replication import Replication
from sim.experiment.run import Run, run_scenario
from sim.outcomes.keys import Key, Quarter
from sim.outcomes.series import route
from sim.scenario.load import SourcedScenario, load
from sim.scenario.parts import Policy, Scenario, Window
from sim.scenario.policies.ban import Ban

BASE = load("baseline").scenario
DAY = datetime.date
POINTS = int(BASE.window.weeks // 4) + 1
QUARTERS = [Quarter(year, n) for year in range(2023, 2028) for n in range(1, 5)]
FLOWS = {("Huawei", "state"): 1.2e6, ("Huawei", "cloud"): 3e5, ("Nvidia", "cloud"): 4e5, ("grey", "other"): 1e5}


def words(figure: Figure) -> list[str]:
    """What the texts say."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def a_run(
    delivered: Mapping[str, Sequence[float]] | None = None,
    backlog: Sequence[Sequence[float]] | None = None,
    scenario: Scenario = BASE,
    runs: int = 12,
    revenue: Sequence[float] = tuple(1e8 * (n + 1) for n in range(20)),
) -> Run:
    """A run of what is given: `delivered` by product alike in every replication, `backlog` one list a replication, and
    what Cambricon earns by quarter."""
    points = int(scenario.window.weeks // 4) + 1
    if delivered is None:
        rise = np.linspace(0, 30000, points)
        delivered = {product: rise * (1 + n % 3) / 3 for n, product in enumerate(scenario.chips)}
    if backlog is None:
        backlog = [np.linspace(0, 1e6, points) * (1 + n / runs) for n in range(runs)]
    shares = {Key("domestic_share"): 0.6, Key("import_share"): 0.4}
    years = {Key("delivered", "", year): 1e5 * (year - 2022) for year in range(2023, 2028)}
    quarters = {Key("revenue", "Cambricon", quarter): yuan for quarter, yuan in zip(QUARTERS, revenue, strict=True)}
    flows = {
        ("flow", route(origin, segment)): [FLOWS.get((origin, segment), 0.0) / points] * points
        for origin in [*{chip.supplier: 0 for chip in scenario.chips.values()}, "grey"]
        for segment in scenario.demand
    }
    series = {("delivered", key): list(row) for key, row in delivered.items()} | flows
    rows = [
        Replication(n, shares | years | quarters, {("backlog", ""): list(waiting), **series})
        for n, waiting in enumerate(backlog)
    ]
    return Run(SourcedScenario(scenario, {}, ()), 7, rows)


def with_events(count: int) -> Scenario:
    days = [BASE.window.start + datetime.timedelta(days=400 + 30 * n) for n in range(count)]
    policies = {
        f"control-number-{n}-of-them": Policy.of(Ban(product="h20"), effective=day) for n, day in enumerate(days)
    }
    return dataclasses.replace(BASE, policies=policies)


def in_window(start: datetime.date, end: datetime.date) -> Scenario:
    return dataclasses.replace(BASE, window=Window(start=start, end=end))


NOTHING = {product: [0.0] * POINTS for product in BASE.chips}
ODD = {"$x^2$": Policy.of(Ban(product="$y$\n\x07"), effective=DAY(2024, 1, 1), announced=DAY(2022, 1, 1))}
CASES: dict[str, Run] = {
    "baseline": a_run(),
    "no policies": a_run(scenario=dataclasses.replace(BASE, policies={})),
    "forty policies": a_run(scenario=with_events(40)),
    "odd names": a_run(
        scenario=dataclasses.replace(
            BASE, name="a-name-" * 20, title="$x^2$ <b>& " * 5, question="Why\x07? And so on. " * 40, policies=ODD
        )
    ),
    "nothing": a_run(NOTHING, [[0.0] * POINTS] * 12, revenue=[0.0] * 20),
    "one replication": a_run(runs=1),
    "missing values": a_run(
        {k: [np.nan] * POINTS for k in BASE.chips}, [[np.nan] * POINTS] * 12, revenue=[np.nan] * 20
    ),
    "many products": a_run(
        scenario=dataclasses.replace(
            BASE,
            designs={f"very-long-design-name-{n}00x": BASE.designs["ascend-910b"] for n in range(15)},
            imports={f"import-{n}00": BASE.imports["h20"] for n in range(9)},
        )
    ),
    "three weeks": a_run(scenario=in_window(DAY(2025, 4, 1), DAY(2025, 4, 22))),
    "forty years": a_run(scenario=in_window(DAY(2020, 1, 1), DAY(2060, 1, 1))),
}

SMALL = {"window.start": "2024-01-01", "window.end": "2026-02-01"} | {
    f"demand.{name}.projects": "15 projects/year" for name in BASE.demand
}


@functools.cache
def runs() -> tuple[Run, ...]:
    """The baseline, h20-stays and tight-border over two years and a month."""
    names = ("baseline", "h20-stays", "tight-border")
    return tuple(run_scenario(load(name, SMALL), 12, seed=3, workers=1) for name in names)


def named(run: Run, name: str) -> Run:
    """The same run under another name."""
    sourced = dataclasses.replace(run.sourced, scenario=dataclasses.replace(run.scenario, name=name))
    return Run.of(sourced, run.seed, run.numbers, run.outcomes, run.series)


def without(run: Run, *outcomes: str, after: int = 0) -> Run:
    """A run in which no replication has a value of those outcomes, or none by year after that year."""
    values = {
        key: np.full(len(run), np.nan) if key.name in outcomes and (not after or _year(key) > after) else own
        for key, own in run.outcomes.items()
    }
    return Run.of(run.sourced, run.seed, run.numbers, values, run.series)


def _year(key: Key) -> int:
    return key.period if isinstance(key.period, int) else 0


def at_rest(run: Run) -> Run:
    """A run in which nothing is asked for, so nothing waits and nothing arrives."""
    outcomes = {key: np.zeros(len(run)) for key in run.outcomes}
    return Run.of(run.sourced, run.seed, run.numbers, outcomes, {key: 0 * own for key, own in run.series.items()})


def _many() -> list[Run]:
    others = itertools.cycle(runs()[1:])
    return [named(next(others), f"a-scenario-whose-name-goes-on-and-on-to-number-{n}") for n in range(12)]


COMPARED: dict[str, Callable[[], Comparison]] = {
    "two others": functools.cache(lambda: Comparison(list(runs()))),
    "one other": lambda: Comparison(list(runs()[:2])),
    "twelve others": functools.cache(lambda: Comparison([runs()[0], *_many()])),
    "one replication": lambda: Comparison([run.first(1) for run in runs()]),
    "missing values": lambda: Comparison([runs()[0], without(runs()[1], "wait_median", "delivered"), runs()[2]]),
    "nothing happens": lambda: Comparison([at_rest(runs()[0]), named(at_rest(runs()[0]), "another")]),
}
