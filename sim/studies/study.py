"""What every study is to the commands, to notebooks and to results folders."""

from __future__ import annotations

from abc import ABC, abstractmethod

from sim.exhibits.page import Page, page_html


class Study(ABC):
    """A question asked with runs, and its answer. Its pictures are drawn by `sim.plot(study)`."""

    @abstractmethod
    def page(self) -> Page:
        """All that is shown of it: sentences, exhibits, notes."""

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return page_html(self.page())
