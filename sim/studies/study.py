"""What every study is to the commands, to notebooks and to results folders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.exhibits.page import Page, page_html
from sim.scenario.load import SourcedScenario


@dataclass(frozen=True, kw_only=True)
class Study(ABC):
    """A question asked with runs, and its answer. Its pictures are drawn by `sim.plot(study)`."""

    beside: tuple[str, ...] = ()
    """What was set beside the scenarios' files, in sentences, see `set_beside`."""

    @abstractmethod
    def content(self) -> Page:
        """Sentences, exhibits, notes."""

    def page(self) -> Page:
        """All that is shown of it."""
        page = self.content()
        return replace(page, warnings=(*page.warnings, *self.beside), facts={**page.facts, "beside": list(self.beside)})

    def __repr__(self) -> str:
        return f"<{self.page().title}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return page_html(self.page())


def set_beside(scenarios: Sequence[SourcedScenario]) -> tuple[str, ...]:
    """What was set beside the files of some scenarios: `Each scenario is run with foundry.growth=50 %/year.`"""
    given = {each.scenario.name: ", ".join(each.settings) for each in scenarios}
    if len(set(given.values())) > 1:
        return tuple(f"{name} is run with {text}." for name, text in given.items() if text)
    text = next(iter(given.values()))
    who = "Each scenario" if len(given) > 1 else next(iter(given))
    return (f"{who} is run with {text}.",) if text else ()
