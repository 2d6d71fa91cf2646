"""Mistakes that a person can mend; every face shows the text and exits with status 2."""


class ChipgateError(Exception):
    """What is wrong, where, and what would be right, in plain words ready to be printed."""
