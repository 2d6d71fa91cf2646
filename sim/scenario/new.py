"""A scenario file to start from: it extends another one, and shows beside each value the one that it replaces."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.base.atomic import reason, write_whole
from sim.base.errors import ChipgateError
from sim.base.label import SENTENCE
from sim.base.places import scenario_folder
from sim.exhibits.layout import folded
from sim.scenario.load import OWN, WORDS, Parameter, SourcedScenario, find_file, load
from sim.scenario.show import scalar, source_text

LEVERS = ("demand.cloud.growth", "efficiency.saving", "foundry.growth", "imports.h20.cap", "grey.interception")
"""Keys that a file without changes offers, where the extended scenario has them; its policies are offered too."""


def write_new(path: Path, extends: str, settings: Mapping[str, str]) -> None:
    """Write the file of a scenario that extends another, a name or a path, and changes these keys.

    What was there is replaced, and comes back where the new file cannot be read. Raises ChipgateError, with every
    mistake in the settings.
    """
    base, changed = load(extends), load(extends, settings)
    if path.stem == base.scenario.name:
        hint = f"such as {path.with_stem(f'my-{path.stem}')}"
        raise ChipgateError(f"'{path}' would have the name of what it extends; choose another, {hint}")
    asked = [f"{key} were {_value(changed, key, text)}" for key, text in settings.items() if key not in WORDS]
    heading = {
        "title": path.stem.replace("-", " ").replace("_", " ").capitalize(),
        "question": f"What if {' and '.join(asked) or '...'}?",
    }
    own: dict[str, Any] = {key: text for key, text in heading.items() if key not in settings}
    wanted = replace(changed.scenario, **own)
    scalars = {key: scalar(text) for key, text in own.items()}
    text = _text(base, extends, _seen_from(path.parent, extends), {**scalars, **settings})
    before = path.read_bytes() if path.exists() else None
    try:
        write_whole(path, text.encode())
        try:
            if replace(load(path).scenario, **{key: getattr(wanted, key) for key in OWN}) != wanted:
                raise ChipgateError(f"beside '{path}', '{extends}' is another scenario; give --extends its path")
        except ChipgateError:
            path.unlink() if before is None else write_whole(path, before)
            raise
    except OSError as error:
        raise ChipgateError(f"cannot write '{path}': {reason(error)}") from error


def _seen_from(folder: Path, name: str) -> str:
    """What a file in that folder writes to extend a scenario that is called so here."""
    found = find_file(name, Path())
    assert found is not None, "it was read before"
    return name if found.parent == scenario_folder() else Path(os.path.relpath(found, folder)).as_posix()


def _value(changed: SourcedScenario, key: str, written: str) -> str:
    """A changed value for people; as it was written where it is no single one."""
    return changed.parameters[key].text if key in changed.parameters else written


def _text(base: SourcedScenario, name: str, extends: str, changes: Mapping[str, str]) -> str:
    tree = dict[str, Any]()
    for key, value in changes.items():
        *groups, last = key.split(".")
        inner: Any = tree
        for group in groups:
            inner = inner.setdefault(group, {}) if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or isinstance(inner.get(last), dict):
            raise ChipgateError(f"--set {key} and another --set overlap; write what they change as one")
        inner[last] = value
    top = [f"{key}: {tree.pop(key)}" for key in ("title", "question")]
    said = f"Whatever is not here is as in {name}. 'chipgate show {name}' lists its keys."
    lines = [f"# {line}" for line in (*folded(SENTENCE), *folded(said))]
    lines += [f"extends: {scalar(extends)}", *top, "", *_written(tree, (), base)]
    return "\n".join(lines if tree else [*lines, *_offered(base)]) + "\n"


def _written(tree: Mapping[str, Any], path: tuple[str, ...], base: SourcedScenario) -> Iterator[str]:
    """Keys and values, each value below a comment on what the base has there."""
    indent = "  " * len(path)
    for name, value in tree.items():
        if isinstance(value, dict):
            yield f"{indent}{scalar(name)}:"
            yield from _written(value, (*path, name), base)
        else:
            yield from (f"{indent}# {line}" for line in folded(_told(base, ".".join((*path, name)))))
            yield f"{indent}{scalar(name)}: {value}"


def _told(base: SourcedScenario, key: str) -> str:
    """What a scenario has under a key: the value with its unit and source, or the values of a whole group."""
    name = base.scenario.name
    if parameter := base.parameters.get(key):
        source = f" ({source_text(parameter)}{_range(parameter)})" if source_text(parameter) else ""
        unit = f"; unit {parameter.unit}" if parameter.unit not in ("", "date") else ""
        return f"{name}: {parameter.text}{source}{unit}"
    inner = [
        f"{p.key.removeprefix(f'{key}.')} {p.text}" for p in base.parameters.values() if p.key.startswith(f"{key}.")
    ]
    return f"{name}: {', '.join(inner)}" if inner else f"{name} has none"


def _offered(base: SourcedScenario) -> Iterator[str]:
    """Some of what one may change, as comments that are YAML without their signs."""
    yield "# Remove the '# ' before a key and its groups, and change the value:"
    for key in LEVERS:
        if parameter := base.parameters.get(key):
            *groups, last = key.split(".")
            yield from (f"# {'  ' * depth}{name}:" for depth, name in enumerate(groups))
            told = f"{_as_written(parameter)}  # {parameter.source.kind}{_range(parameter)}"
            yield f"# {'  ' * len(groups)}{last}: {told}"
    if base.scenario.policies:
        yield "# policies:"
        for name, policy in base.scenario.policies.items():
            acts = "withdrawn before it acts" if policy.withdrawn else f"acts on {policy.effective}"
            yield f"#   {scalar(name)}: off  # {acts}; 'off' takes it out"


def _range(parameter: Parameter) -> str:
    ends = parameter.source.range_text
    return f", {' to '.join(ends)}" if ends else ""


def _as_written(parameter: Parameter) -> str:
    """A value as a file may hold it."""
    source = parameter.source
    return parameter.text.replace(",", "") if source.kind in ("figure", "derived") else source.text
