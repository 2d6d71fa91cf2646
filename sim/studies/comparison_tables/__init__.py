"""A comparison in words and tables: for the terminal, Markdown, CSV and JSON, and rows of texts for the report.

Every text is rounded no finer than the interval beside it; CSV and JSON have full precision.
"""
