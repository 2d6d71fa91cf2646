"""A comparison in words and tables: for the terminal, Markdown, CSV and JSON, and rows of texts for the report.

Every text is rounded no finer than the interval beside it; CSV and JSON have full precision.
"""

from sim.comparison_tables.binding import Bound, binds_side_by_side
from sim.comparison_tables.data import comparison_csv, comparison_json, comparison_record
from sim.comparison_tables.page import comparison_markdown, comparison_text, print_comparison
from sim.comparison_tables.prose import all_notes, conclusions, gaps, heading, left_out, phrase, reading_notes, warnings
from sim.comparison_tables.rows import DifferenceRow, headline_rows, other_rows, smallest_words

__all__ = [
    "Bound",
    "DifferenceRow",
    "all_notes",
    "binds_side_by_side",
    "comparison_csv",
    "comparison_json",
    "comparison_markdown",
    "comparison_record",
    "comparison_text",
    "conclusions",
    "gaps",
    "heading",
    "headline_rows",
    "left_out",
    "other_rows",
    "phrase",
    "print_comparison",
    "reading_notes",
    "smallest_words",
    "warnings",
]
