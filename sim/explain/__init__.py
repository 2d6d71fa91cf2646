"""Why projects wait: what binds over time, what took over when, and what relieving one constraint alone would change.

    why = explain(load("baseline"), replications=50)
    print(explanation_text(why))

The split of the need that waits is attribution by rule (`sim.model.binding`). The paired runs show cause: the same
seed and replications, hence the same luck, with one constraint relieved (`sim.relief`). All sentences are made from
the numbers. `tell_project` tells one project's life instead.
"""

from sim.explain.known import (
    NOTHING,
    Era,
    Explanation,
    all_waiting,
    chosen,
    era_record,
    eras,
    explain,
    explained,
    leading,
    shares_of_waiting,
    smoothed,
)
from sim.explain.life import closing_words, life_record, life_text, tell_project
from sim.explain.page import explanation_record, explanation_text
from sim.explain.prose import reading_help, sentences
from sim.explain.text_strip import BLOCKS, PLAIN_BLOCKS, strip, writable_blocks
from sim.explain.wording import percent, words

__all__ = [
    "BLOCKS",
    "NOTHING",
    "PLAIN_BLOCKS",
    "Era",
    "Explanation",
    "all_waiting",
    "chosen",
    "closing_words",
    "era_record",
    "eras",
    "explain",
    "explained",
    "explanation_record",
    "explanation_text",
    "leading",
    "life_record",
    "life_text",
    "percent",
    "reading_help",
    "sentences",
    "shares_of_waiting",
    "smoothed",
    "strip",
    "tell_project",
    "words",
    "writable_blocks",
]
