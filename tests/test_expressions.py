"""The one evaluator of expressions: what it works out, what it refuses, and where it stops."""

import operator

import pytest

from sim.base.expressions import ARITHMETIC, DEEPEST, LONGEST, ExpressionError, Language, evaluate, names_in

VALUES = {("a",): 6.0, ("a", "b"): 2.0, ("a", "b", 2025): 3.0, ("a", "b", "2025Q1"): 4.0, ("a-1",): 5.0}


def look_up(path):
    if path not in VALUES:
        raise ExpressionError(f"{path} is not known")
    return VALUES[path]


WHOLE = Language(
    look_up,
    {
        **ARITHMETIC,
        "**": operator.pow,
        "<": operator.lt,
        "<=": operator.le,
        "==": operator.eq,
        "and": operator.and_,
        "or": operator.or_,
        "not": operator.not_,
    },
    {"largest": max, "name": str},
)
SMALL = Language(look_up, hyphens=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3 - 4 / 2 ** 2", 6),
        ("-(2 - 5)", 3),
        (" a * a.b ", 12),
        ("a.b[2025] - a.b['2025Q1']", -1),
        ("a-1", 5),
        ("1 < 2 <= 2 and not 3 < 2", True),
        ("2 < 1 or 1 < 2 < 2", False),
        ("largest(1, a, 2)", 6),
        ("name('x') == 'x'", True),
        ("1e3 + 1_000", 2000),
    ],
)
def test_an_expression_is_worked_out(text, value):
    assert evaluate(text, WHOLE) == value


@pytest.mark.parametrize(
    ("text", "value"), [("a-1 - 1", 4), ("-a-1 * 2", -10), ("2-a", -4), ("1e-3", 0.001), ("(a-1)*(1 + a)", 35)]
)
def test_a_name_may_hold_hyphens_and_a_minus_then_has_blanks(text, value):
    assert evaluate(text, SMALL) == value


def test_numbers_are_what_the_language_makes_of_them():
    language = Language(look_up, {"+": operator.add}, number=lambda number: f"<{number:g}>")
    assert evaluate("1 + 2", language) == "<1><2>"


@pytest.mark.parametrize(
    "text",
    [
        *("__import__('os').system('true')", "().__class__", "[x for x in a]", "lambda: 1", "a.b[0:2]", "f'{1}'"),
        *("1 if 1 else 2", "1 in 2", "1 is 1", "largest(values=a)", "largest(*a)", "(a := 1)", "{1: 2}", "(1, 2)"),
        *("True", "None", "...", "1j", "b'x'", "+a", "~a", "a // 2", "a % 2", "a @ a", "a != 1", "a[True]", "a[-1]"),
        *("", "a +", "a a", "((((", "\0", "b", "a.b.c", "unknown(1)", "a.b(1)", "(-1) ** a.b < 'x'", "'x' * 3"),
    ],
)
def test_nothing_else_is(text):
    with pytest.raises(ExpressionError):
        evaluate(text, WHOLE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a + (a // 2)", "in 'a + (a // 2)': 'a // 2' is not allowed here, only "),
        ("a + larges(1)", "in 'a + larges(1)': there is no function 'larges'; did you mean 'largest'?"),
        ("a +* 2", "'a +* 2' is not an expression; see character 4"),
        ("a / (a - 6)", "in 'a / (a - 6)': division by zero"),
        ("a + 'x'", "in 'a + 'x'': this cannot be worked out: unsupported operand"),
    ],
)
def test_a_mistake_is_told_with_the_part_that_it_is_in(text, told):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, WHOLE)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 + " * (LONGEST // 4) + "1", "is too long"),
        ("1+" * (DEEPEST + 1) + "1", "is too deep"),
        ("(" * 300 + "1" + ")" * 300, "is not an expression"),
        ("-" * (LONGEST - 1) + "1", "is too deep"),
        ("9 ** 9 ** 9 ** 9", "cannot be worked out"),
        ("9" * 900, "cannot be worked out"),
    ],
)
def test_no_expression_takes_long_or_much_room(text, told):
    with pytest.raises(ExpressionError, match=told) as caught:
        evaluate(text, WHOLE)
    assert len(str(caught.value)) < 300


def test_the_names_of_an_expression_are_its_first_parts_and_its_functions():
    assert names_in("largest(a.b[2025], c) + 'd'") == {"largest", "a", "c"}
