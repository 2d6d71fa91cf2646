"""What people are told: mistakes that they can mend, shown with exit status 2 by every face, and warnings."""


class ChipgateError(Exception):
    """What is wrong, where, and what would be right, in plain words ready to be printed."""


class ChipgateWarning(UserWarning):
    """What a person should know though nothing failed; the command line tells it on stderr."""
