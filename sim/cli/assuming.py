"""The view of one assumption behind a comparison of two: compare A B --assumption KEY=VALUE."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.asking import asked
from sim.cli.common import refuse_taken
from sim.cli.studying import echo_study_written, write_study
from sim.cli.terminal import echo_page

if TYPE_CHECKING:
    from sim.experiment.comparison import Comparison
    from sim.scenario.load import SourcedScenario
    from sim.studies.assumption import Assumed

assuming = click.option(
    "--assumption",
    metavar="KEY=VALUE",
    help="Of two scenarios: is it the policy or this assumption? A contested figure is taken as FIGURE=printed. "
    "About the outcomes of --on.  [default: compute_years]",
)


class Assuming:
    """The view as it is asked for; what cannot be asked is refused before anything runs. Raises ChipgateError."""

    def __init__(
        self,
        scenarios: Sequence[SourcedScenario],
        assumption: str,
        outcomes: Sequence[str],
        out: Path | None,
        overwrite: bool,
    ) -> None:
        from sim.experiment.cases import key_asked
        from sim.studies.assumption import switch_of

        self.switch = switch_of(scenarios, assumption)
        plain = [each.scenario for each in scenarios]
        self.keys = [key_asked(plain, name) for name in outcomes or ["compute_years"]]
        self.overwrite = overwrite
        if out:
            refuse_taken(_beside(out), overwrite)

    def follow(
        self,
        comparison: Comparison,
        folder: Path,
        formats: Sequence[str],
        workers: int | None,
        form: str,
        tell: Callable[[Mapping[str, Any]], None],
    ) -> None:
        """Run both scenarios with the assumption and write the view beside the comparison's folder. `tell` shows the
        comparison, first; JSON takes the view as a part of it, and CSV has no place for it."""
        from sim.exhibits.page import page_markdown, page_record

        if form != "json":
            tell({})
        start = time.perf_counter()
        study = self._study(comparison, workers)
        seconds, page = time.perf_counter() - start, study.page()
        written = write_study(study, page, _beside(folder), self.overwrite, formats, seconds)
        if form == "json":
            tell({"assumption": {**page_record(page), "folder": str(written)}})
        elif form == "text":
            click.echo()
            echo_page(page)
            click.echo()
        elif form == "markdown":
            click.echo("\n" + page_markdown(page), nl=False)
        echo_study_written(written, formats, err=form != "text")

    def _study(self, comparison: Comparison, workers: int | None) -> Assumed:
        from sim.studies.assumption import assumed

        return assumed(comparison, self.switch, self.keys, asked(workers, "Running both with the assumption"))


def _beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-assumption")
