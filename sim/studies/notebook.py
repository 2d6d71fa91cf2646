"""What a notebook shows of a run and of a comparison."""

from __future__ import annotations

from sim.exhibits.html import notebook_html
from sim.exhibits.page import page_html
from sim.experiment.comparison import Comparison
from sim.experiment.run import Run
from sim.studies.comparing import comparison_page
from sim.studies.summary import run_page


@notebook_html.register(Run)
def run_html(run: Run) -> str:
    """A run's question, headline outcomes and findings."""
    return page_html(run_page(run))


@notebook_html.register(Comparison)
def comparison_html(comparison: Comparison) -> str:
    """What is concluded of each scenario, and its headline differences."""
    return page_html(comparison_page(comparison))
