"""Whole numbers as people type them."""

import pytest

from sim.base.digits import LONGEST, whole_number


def test_digits_are_a_number_as_long_as_somebody_may_mean_it():
    assert [whole_number(text) for text in ("0", "07", "14", "9" * LONGEST)] == [0, 7, 14, 10**LONGEST - 1]


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.0", "1_000", " 1", "²", "١", "Ⅷ", "one", "9" * (LONGEST + 1), "9" * 5000]
)
def test_anything_else_is_none(text):
    assert whole_number(text) is None
