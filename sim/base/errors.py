"""What people are told: mistakes that they can mend, shown with exit status 2 by every face, and warnings."""

from __future__ import annotations

from collections.abc import Callable


class ChipgateError(Exception):
    """What is wrong, where, and what would be right, in plain words ready to be printed.

    `fitted` lays out a text of more than a sentence for a terminal of so many columns.
    """

    def __init__(self, text: str, fitted: Callable[[int], str] | None = None) -> None:
        super().__init__(text)
        self.fitted = fitted

    def told(self, width: int) -> str:
        """The text for a terminal of so many columns; its sentences may be wider."""
        return self.fitted(width) if self.fitted else str(self)


class ChipgateWarning(UserWarning):
    """What a person should know though nothing failed; the command line tells it on stderr."""
