"""What a student changed in the scenario, and a refusal of what the exercise does not leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.base.errors import ChipgateError
from sim.base.units import UnitError, parse, parse_day
from sim.lessons.exercise import Edit
from sim.scenario.load import Parameter, SourcedScenario

FREE = ("name", "title", "question", "lever", "changes", "look_at", "expected", "no_effect", "hangs_on", "label")
"""Texts for people."""
CLOSED, OUTSIDE = "this exercise does not leave open", "outside its range"
"""Headings of what is refused: what may not change so at all, and what may, but not so far."""


@dataclass(frozen=True)
class Changed:
    """One allowed key whose value differs from the scenario that the exercise starts from."""

    key: str
    before: Any
    """None where the key is new."""
    after: Any
    """None where it is taken out."""

    @property
    def effort(self) -> float:
        """The relative change of a number; 1 for anything else, and for a number that was 0."""
        numbers = isinstance(self.before, float) and isinstance(self.after, float)
        return abs(self.after - self.before) / abs(self.before) if numbers and self.before else 1.0


def changes(edit: Edit, before: SourcedScenario, after: SourcedScenario) -> list[Changed]:
    """The allowed changes. Raises ChipgateError, which names every other difference, its place and what is allowed."""
    found: list[Changed] = []
    refused: dict[str, list[str]] = {CLOSED: [], OUTSIDE: []}
    for key in dict.fromkeys([*before.parameters, *after.parameters]):
        old, new = before.parameters.get(key), after.parameters.get(key)
        if _for_people(key) or (old is not None and new is not None and old.value == new.value):
            continue
        heading, wrong = _refusal(edit, key, old, new, after)
        if wrong:
            refused[heading].append(wrong)
        found.append(Changed(key, old.value if old else None, new.value if new else None))
    findings = [
        "\n".join([f"{heading}:", *(f"  {line}" for line in dict.fromkeys(lines))])
        for heading, lines in refused.items()
        if lines
    ]
    if findings:
        keys = "\n".join(f"  {line}" for line in allowed_text(edit))
        raise ChipgateError("\n\n".join([*findings, f"What you may change:\n{keys}"]))
    return found


def allowed_text(edit: Edit) -> list[str]:
    """The keys that may change, each with its range, one a line."""
    words = {"off": "may be taken out whole ('off')", "any": "may be anything"}
    return [
        f"{key}: {words[terms] if isinstance(terms, str) else f'{terms[0]} to {terms[1]}'}"
        for key, terms in edit.keys.items()
    ]


def _for_people(key: str) -> bool:
    return key in FREE or (key.startswith("policies.") and key.endswith(".source"))


def _refusal(
    edit: Edit, key: str, old: Parameter | None, new: Parameter | None, after: SourcedScenario
) -> tuple[str, str]:
    """The heading that a refused difference belongs under, and why it is refused; empty texts where it is allowed."""
    parts = key.split(".")
    heading, reason = CLOSED, "may not change"
    for pattern, terms in edit.keys.items():
        names = pattern.split(".")
        if isinstance(terms, str):
            if _matches(names, parts[: len(names)]):
                group = ".".join(parts[: len(names)])
                if terms == "any" or not _holds(after, group):
                    return "", ""
                heading, reason = CLOSED, f"may be taken out ('{names[-1]}: off'), not changed otherwise"
        elif _matches(names, parts):
            if new is None:
                reason = "may not be taken out"
            else:
                heading, reason = OUTSIDE, _outside(new, terms)
                if not reason:
                    return "", ""
    return heading, f"{_place(edit, new)}: '{key}'{_told(old, new)} {reason}"


def _matches(pattern: list[str], parts: list[str]) -> bool:
    return len(pattern) == len(parts) and all(name in ("*", part) for name, part in zip(pattern, parts, strict=True))


def _holds(scenario: SourcedScenario, group: str) -> bool:
    """Whether a scenario has a key or a group of keys of that name."""
    return any(key == group or key.startswith(f"{group}.") for key in scenario.parameters)


def _outside(parameter: Parameter, terms: tuple[str, str]) -> str:
    """Why a value lies outside its range; an empty text where it does not. Raises ChipgateError for a bad range."""
    try:
        low, high = (parse_day(t) if parameter.unit == "date" else parse(t, parameter.unit) for t in terms)
    except UnitError as error:
        raise ChipgateError(f"exercise.yaml: the range of '{parameter.key}' cannot be read: {error}") from None
    value: Any = parameter.value
    return "" if low <= value <= high else f"lies outside its range, {terms[0]} to {terms[1]}"


def _place(edit: Edit, new: Parameter | None) -> str:
    """File and line of what the student wrote."""
    if new is None or not new.source.file:
        return edit.file
    return f"{new.source.file}:{new.source.line}" if new.source.line else new.source.file


def _told(old: Parameter | None, new: Parameter | None) -> str:
    if new is None:
        return " (taken out)"
    return f" = {new.text}" + (f" (it was {old.text})" if old is not None else " (new)")
