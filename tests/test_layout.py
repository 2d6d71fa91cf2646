"""Columns of tables: how wide they are, and that no word is broken."""

import pytest

from sim.exhibits.layout import UNBROKEN, fitted, folded, longest_word, table_width

NAMES = ["outcome", "largest_customer_cambricon", "demand"]
WORDS = ["the need that ...", "waits for dies short of memory", "takes CUDA only; a ban is in force"]


@pytest.mark.parametrize("width", range(1, 50))
def test_texts_break_between_words_only(width):
    for text in [*NAMES, *WORDS]:
        lines = folded(text, width)
        assert " ".join(lines) == text
        assert all(len(line) <= width or " " not in line for line in lines)


def test_a_number_keeps_its_per_cent_sign_and_what_is_bound_stays_together():
    assert folded("it is 19 % of all", 8) == ["it is", "19 % of", "all"]
    assert folded("it is 19 % of all", 7) == ["it is", "19 % of", "all"]
    assert folded("it was 19 %", 9) == ["it was", "19 %"]
    assert folded(f"demand, million{UNBROKEN}A100e", 16, "  ") == ["demand,", "  million A100e"]
    assert folded(f"demand, million{UNBROKEN}A100e", 80) == ["demand, million A100e"]
    assert longest_word(["it is 19 %", f"a million{UNBROKEN}A100e"]) == len("million A100e")
    assert longest_word([]) == 0


def test_with_room_columns_are_as_wide_as_their_texts():
    assert fitted([NAMES, WORDS], 62, (0, 1)) == [26, 34]
    assert fitted([NAMES, WORDS], 10) == [26, 34]


def test_without_room_the_table_is_as_low_as_can_be():
    widths = fitted([NAMES, WORDS], 61, (1,))
    assert (widths[0], table_width(widths) <= 61) == (26, True)
    assert sum(len(folded(text, widths[1])) for text in WORDS) == 4, "one text takes two lines"
    # The unit gives way, which costs one line, not the interval, which would cost two.
    rows = [("unit", "interval"), ("million A100e", "1 to 2"), ("weeks", "-28 to -26"), ("weeks", "-27 to -25")]
    assert fitted(list(zip(*rows, strict=True)), 19, (0, 1)) == [7, 10]


def test_columns_are_never_narrower_than_a_word():
    assert fitted([NAMES, WORDS], 5, (0, 1)) == [26, longest_word(WORDS)]
    assert folded(NAMES[1], 3) == [NAMES[1]]
