"""Expressions in files: arithmetic, comparisons and calls that a file can state, and no code that it could run.

Python's own grammar reads an expression; it is then worked out node by node, and only what a `Language` has means
anything. Every whole number is read as a float, so that no power and no row of digits takes more time or room than
another. The figures, the values of scenarios and the properties of exercises are each a language of this kind.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import pairwise
from typing import Any, TypeAlias

from sim.base.errors import ChipgateError
from sim.base.units import closest

LONGEST = 1_000  # characters of an expression
DEEPEST = 100  # operations inside one another

Parts: TypeAlias = tuple[str | int, ...]
"""The parts of a name: ("yours", "delivered", 2025) is `yours.delivered[2025]`."""

ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
SIGNS: Mapping[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.USub: "-",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.And: "and",
    ast.Or: "or",
    ast.Not: "not",
}
HYPHENED = re.compile(r"(?<![\w.])[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
"""A name of lower-case words joined by hyphens, as it stands in an expression."""
HYPHEN = "·"  # what Python's grammar takes inside a name in place of a hyphen


class ExpressionError(ChipgateError):
    """An expression that means nothing, or that cannot be worked out."""


@dataclass(frozen=True)
class Language:
    """What an expression may say, and what it means."""

    look_up: Callable[[Parts], Any]
    """The value of a name. Raises ExpressionError for one that is not known."""
    operations: Mapping[str, Callable[..., Any]] = field(default_factory=lambda: ARITHMETIC)
    """By sign, one of SIGNS. A minus before an operand subtracts it from 0; a chain of comparisons needs `and`."""
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    number: Callable[[float], Any] = float
    """The value of a number that an expression states."""
    hyphens: bool = False
    """Whether names hold hyphens, as in HYPHENED; a minus then has a space before and after it."""


def evaluate(text: str, language: Language) -> Any:
    """What an expression comes to.

    Raises ExpressionError, which quotes the expression and says what is wrong in it. Other errors of ChipgateError's
    kind, raised by the language's own functions, pass as they are.
    """
    tree = parse(text, language.hyphens)
    try:
        return _value(tree, language)
    except ExpressionError as error:
        told = str(error)
    except ZeroDivisionError:
        told = "division by zero"
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        told = f"this cannot be worked out: {error}"
    raise ExpressionError(f"in '{_short(text)}': {told}")


def names_in(text: str) -> set[str]:
    """The names in an expression without hyphens, those of functions too, each without its further parts.

    Raises ExpressionError.
    """
    return {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)}


@lru_cache(maxsize=1_000)
def parse(text: str, hyphens: bool = False) -> ast.expr:
    """An expression's syntax tree, not too long and not too deep. Raises ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(f"'{_short(text)}' is too long for an expression: at most {LONGEST:,} characters")
    source = HYPHENED.sub(lambda name: name[0].replace("-", HYPHEN), text) if hyphens else text
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except SyntaxError as error:
        where = f"; see character {error.offset}" if error.offset else ""
        raise ExpressionError(f"'{_short(text)}' is not an expression{where}") from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"'{_short(text)}' is not an expression") from None
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise ExpressionError(f"'{_short(text)}' is too deep: at most {DEEPEST} operations inside one another")
    return tree


def _value(node: ast.expr, language: Language) -> Any:
    match node:
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return language.look_up(_parts(node))
        case ast.Constant(value=str() as text):
            return text.replace(HYPHEN, "-")
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return language.number(float(number))
        case ast.BinOp(left=left, op=sign, right=right):
            return _operation(sign, node, language)(_value(left, language), _value(right, language))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _operation(node.op, node, language)(_value(operand, language))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _operation(node.op, node, language)(language.number(0.0), _value(operand, language))
        case ast.BoolOp(op=sign, values=parts):
            return reduce(_operation(sign, node, language), [_value(part, language) for part in parts])
        case ast.Compare(left=first, ops=signs, comparators=others):
            sides = pairwise([_value(side, language) for side in (first, *others)])
            truths = [_operation(sign, node, language)(*pair) for sign, pair in zip(signs, sides, strict=True)]
            return truths[0] if len(truths) == 1 else reduce(_operation(ast.And(), node, language), truths)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in language.functions:
                near = closest(name, list(language.functions))
                raise ExpressionError(f"there is no function '{name}'" + (f"; did you mean '{near}'?" if near else ""))
            return language.functions[name](*(_value(argument, language) for argument in arguments))
    raise _misplaced(node)


def _parts(node: ast.expr) -> Parts:
    match node:
        case ast.Name(id=name):
            return (name.replace(HYPHEN, "-"),)
        case ast.Attribute(value=owner, attr=name):
            return (*_parts(owner), name.replace(HYPHEN, "-"))
        case ast.Subscript(value=owner, slice=ast.Constant(value=str() | int() as key)):
            return (*_parts(owner), key)
    raise _misplaced(node)


def _operation(sign: ast.AST, node: ast.expr, language: Language) -> Callable[..., Any]:
    known = language.operations
    if (word := SIGNS.get(type(sign), "")) in known:
        return known[word]
    raise _misplaced(node, f", only {' '.join(known)}")


def _misplaced(node: ast.expr, hint: str = "") -> ExpressionError:
    return ExpressionError(f"'{_short(ast.unparse(node).replace(HYPHEN, '-'))}' is not allowed here{hint}")


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
