"""An exercise on paper: one page of HTML, black on white, without scripts and without the network.

The first sheet goes as far as the question to predict, with a form to fill in by hand; what to do and room for the
answers begin on a new sheet, to be handed out when the predictions are sealed.
"""

from __future__ import annotations

from pathlib import Path

from sim.base.label import LABEL
from sim.lessons.exercise import Exercise
from sim.lessons.score import measure_word, way_words
from sim.lessons.texts import number_asked
from sim.lessons.work import wanted
from sim.report.template import template, unbroken

TEMPLATE = Path(__file__).parent / "templates" / "handout.html"


def handout_html(exercise: Exercise) -> str:
    """The handout, UTF-8 text; what the exercise's files say is text and Markdown, never HTML. Raises ChipgateError."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    asked = exercise.machine.predict
    more, less = way_words(asked)
    page: str = template(TEMPLATE).render(
        exercise=exercise,
        label=LABEL,
        before=Markup(unbroken(markdown.render(exercise.opening))),
        after=Markup(unbroken(markdown.render(exercise.rest))),
        number=number_asked(asked),
        ways=(f"higher ({more})", f"lower ({less})", "same"),
        less=less,
        unit=measure_word(asked),
        wanted=wanted,
    )
    return page
