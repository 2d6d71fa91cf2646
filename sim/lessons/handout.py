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

TEMPLATES = Path(__file__).parent / "templates"


def handout_html(exercise: Exercise) -> str:
    """The handout, UTF-8 text; what the exercise's files say is text and Markdown, never HTML. Raises ChipgateError."""
    import jinja2
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    asked = exercise.machine.predict
    more, less = way_words(asked)
    page = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ).get_template("handout.html")
    text: str = page.render(
        exercise=exercise,
        label=LABEL,
        before=Markup(markdown.render(exercise.opening)),
        after=Markup(markdown.render(exercise.rest)),
        number=number_asked(asked),
        ways=(f"higher ({more})", f"lower ({less})", "same"),
        less=less,
        unit=measure_word(asked),
        wanted=wanted,
    )
    return text.replace(" %", "\u00a0%")  # a number stays on one line with its per cent sign
