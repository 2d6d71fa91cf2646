"""What holds up the order books over time, by constraint; of a comparison a panel for each scenario on one scale."""

from __future__ import annotations

from sim.base.rounding import percent
from sim.base.wording import capital
from sim.experiment.run import Run
from sim.outcomes.constraints import CONSTRAINTS
from sim.pictures.axes import Floats, days_of
from sim.pictures.lines import mean_of
from sim.pictures.picture import picture
from sim.pictures.stack import Area, Stack
from sim.studies.binding import binding_sentences
from sim.studies.phases import shares_of_books

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
    of_series = True
    what = "What holds up the order books over time, by constraint; of a comparison a panel a scenario on one scale."
    every = tuple(capital(CONSTRAINTS[key].label) for key in HUES)
    whole, empty = "the order books", "Nothing is on order"

    def areas(self, run: Run) -> tuple[Floats, list[Area]]:
        """What each constraint holds up, A100e, mean over replications."""
        days, found = days_of(run)[:0], []
        for name, (key, hue) in zip(self.every, HUES.items(), strict=True):
            if ("binds", key) in run.series:
                values = mean_of(run.series["binds", key])
                days, values = self.inside(days_of(run)[: len(values)], values)
                # Of the whole window the sizes are those that the tables have.
                size = shares_of_books(run)[key] if self.whole_window else float(values.sum())
                if values.any():
                    found.append(Area(name, hue, values, size, name))
        return days, found

    def sums(self, run: Run) -> dict[str, Floats]:
        """What each constraint holds up."""
        own = {name: run.series.get(("binds", key)) for name, key in zip(self.every, HUES, strict=True)}
        days = days_of(run)
        return {
            name: self.inside(days[: values.shape[1]], values)[1].sum(axis=1)
            for name, values in own.items()
            if values is not None
        }

    def leading(self) -> str:
        """What holds up the most, and the second."""
        first, *more = sorted(self.shares[0].items(), key=lambda item: -item[1])
        told = f", {more[0][0].lower()} {percent(more[0][1])}" if more else ""
        return f"{first[0]} hold{'s' * (not first[0].endswith('s'))} up {percent(first[1])} of {self.whole}{told}"

    def shown(self) -> str:
        """Orders."""
        return f"Nominal compute on order, {self.drawn_in}, by what holds it up"

    def caption(self) -> str:
        """What the split is."""
        return f"Areas: {self.mean_of}. The split is attribution by rule, not cause."

    def describe(self) -> str:
        """The shares; of a run also when which constraint leads, and which never does anything."""
        if not self.alone or not self.whole_window or not any(self.shares):
            return super().describe()
        idle = [name for name in self.every if name not in self.shares[0]]
        more = f" Holding up nothing in any run: {', '.join(idle)}." if idle else ""
        return f"{super().describe()} {' '.join(binding_sentences(self.base))}{more}"
