"""What holds up the order books over time, by constraint; of a comparison a panel for each scenario on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.base.rounding import percent
from sim.outcomes.constraints import CONSTRAINTS
from sim.pictures.axes import Floats, days_of
from sim.pictures.lines import mean_of
from sim.pictures.names import sentence
from sim.pictures.picture import picture
from sim.pictures.stack import Area, Stack
from sim.studies.phases import shares_of_books

if TYPE_CHECKING:
    from sim.experiment.run import Run

# Bottom to top: what is made at home and what is wanting there, then what comes from abroad and what is wanting there.
# Neighbours differ in lightness.
HUES = {
    "production": "#dfe3e0",
    "wafers": "#0f6b4f",
    "memory": "#8fd0b2",
    "transit": "#b98a2e",
    "licence": "#f3d9a4",
    "import_control": "#b23a1e",
    "import_volume": "#f7b58f",
}


@picture
class Binds(Stack):
    """Areas by constraint."""

    kind, order = "binds", 30
    what = "What holds up the order books over time, by constraint; of a comparison a panel a scenario on one scale."
    every = tuple(sentence(CONSTRAINTS[key].label) for key in HUES)
    empty = "Nothing is on order"

    def areas(self, run: Run) -> tuple[Floats, list[Area]]:
        """What each constraint holds up, A100e, mean over replications."""
        window, days, found = run.scenario.window, days_of(run)[:0], []
        for name, (key, hue) in zip(self.every, HUES.items(), strict=True):
            if ("binds", key) in run.series:
                values = mean_of(run.series["binds", key])
                days, values = self.inside(days_of(run)[: len(values)], values)
                # Of the whole window the sizes are those that the tables have.
                whole = self.period == (window.start, window.end)
                size = shares_of_books(run)[key] if whole else float(values.sum())
                if values.any():
                    found.append(Area(name, hue, values, size, name))
        return days, found

    def finding(self) -> str:
        """What holds up the most, and the second; of a comparison in the base and where it differs the most."""
        if not any(self.shares):
            known = any(name == "binds" for name, _ in self.base.series)
            return "Nothing is on order" if known else "What binds is not known"
        leads = [max(own, key=own.__getitem__) if own else "" for own in self.shares]
        if self.alone:
            first, *more = sorted(self.shares[0].items(), key=lambda item: -item[1])
            told = f", {more[0][0].lower()} {percent(more[0][1])}" if more else ""
            return f"{first[0]} holds up {percent(first[1])} of the order books{told}"
        name, n = self.contrast()
        n = n or len(self.runs) - 1
        one, two = (self.shares[at].get(name, 0.0) for at in (0, n))
        if leads[0] and leads[n] and leads[0] != leads[n]:
            both = [f"{leads[at].lower()} in {self.names[at]} ({percent(self.shares[at][leads[at]])})" for at in (0, n)]
            return f"What holds up the most: {', '.join(both)}"
        return (
            f"{name} holds up {percent(one)} of the order books in {self.names[0]}, {percent(two)} in {self.names[n]}"
        )

    def shown(self) -> str:
        """Orders."""
        return f"Nominal compute on order, {self.drawn_in}, by what holds it up"

    def caption(self) -> str:
        """What the split is."""
        return f"Areas: {self.mean_of}. The split is attribution by rule, not cause."

    def describe(self) -> str:
        """Of each scenario, the largest first."""
        told = []
        for name, own in zip(self.names, self.shares, strict=True):
            parts = [
                f"{part.lower()} {percent(share)}" for part, share in sorted(own.items(), key=lambda item: -item[1])
            ]
            told.append(f"{'' if self.alone else f'{name}: '}{', '.join(parts) or 'nothing is on order'}")
        idle = [name for name in self.every if self.alone and name not in self.shares[0]]
        return f"Of the order books, summed over time: {'; '.join(told)}." + (
            f" Holding up nothing in any run: {', '.join(idle)}." if idle else ""
        )
