"""How often the intervals of an attribution hold the truth, which is known here: that of a pool of replications.

    python scripts/coverage_attribution.py [--pool 200] [--tries 1000] [--pairs 20] [--on delivered]

The sixteen worlds between the baseline and no-controls, in a window cut short, are run once for the pool. Each try
draws so many of its replications, with replacement, and splits the difference anew; its intervals are held against
the numbers of the whole pool. Of 1,000 tries at 95 %, 936 to 964 are to be expected (two standard errors).
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter

from sim.experiment.cases import Case, key_asked, outcomes_of
from sim.experiment.store import store_at
from sim.scenario.load import load
from sim.studies.attribution import Attribution, split
from sim.studies.players import players, worlds_between

WINDOW = {"window.end": "2026-06-01"}


def estimates(found: Attribution) -> dict[str, tuple[float, float]]:
    """Mean and half-width of every 95 % interval, by what it is of."""
    return {
        f"{what} {each.label}": (estimate.mean, estimate.half)
        for each in (*found.parts, found.total)
        for what, estimate in (("part", each.part), ("alone", each.alone), ("last", each.last))
    }


def main() -> None:
    """One line for each interval, and how often any of a try's verdicts on interactions is wrong."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("pool", 200), ("tries", 1000), ("pairs", 20), ("workers", 1)):
        options.add_argument(f"--{name}", type=int, default=default)
    options.add_argument("--on", default="delivered")
    asked = options.parse_args()
    base, other = (load(name, WINDOW).scenario for name in ("baseline", "no-controls"))
    who = players(base, other)
    worlds = worlds_between(base, other, who)
    key = key_asked(worlds, asked.on)
    cases = [Case(world, 1, range(asked.pool)) for world in worlds]
    pool = [found[key].tolist() for found in outcomes_of(cases, asked.workers, store=store_at())]

    def tried(numbers: list[int]) -> Attribution:
        values = [[world[number] for number in numbers] for world in pool]
        return split(base.name, other.name, key, who, values, 1, len(numbers))

    whole = tried(list(range(asked.pool)))
    truth, dividends = estimates(whole), {each.label: each.together.mean for each in whole.interactions}
    luck, held, wrong = random.Random("coverage"), Counter[str](), 0
    for _ in range(asked.tries):
        found = tried(luck.choices(range(asked.pool), k=asked.pairs))
        for name, (mean, half) in estimates(found).items():
            held[name] += abs(mean - truth[name][0]) <= half
        wrong += any(
            each.verdict == "different" and abs(each.together.mean - dividends[each.label]) > each.together.half
            for each in found.interactions
        )
    error = 2 * math.sqrt(0.95 * 0.05 / asked.tries)
    for name in truth:
        share = held[name] / asked.tries
        print(f"{name:45} {100 * share:5.1f} %{'' if abs(share - 0.95) <= error else '  beyond two standard errors'}")
    every = math.fsum(held.values()) / len(truth) / asked.tries
    print(f"{'all intervals':45} {100 * every:5.1f} %")
    print(f"{'a verdict whose interval misses, any of a try':45} {100 * wrong / asked.tries:5.1f} %")


if __name__ == "__main__":
    main()
