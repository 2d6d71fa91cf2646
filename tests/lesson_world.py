"""An exercise over a tiny world, for tests of what is around exercises."""

from __future__ import annotations

from pathlib import Path

EXERCISE = """
title: Tiny
goal: See that everything works.
minutes: 20
level: first steps
predict:
  question: What do twice the wafers change?
  base: base.yaml
  other: more.yaml
  outcome: delivered
  in: percent
replications: 6
runs:
  base: base.yaml
  more: more.yaml
  calm: {scenario: yours, set: {foundry.lot_cv: "0"}}
  unbound: {scenario: base.yaml, relax: wafers}
edit:
  file: scenario.yaml
  base: base.yaml
  keys:
    foundry.wafer_starts: [80 wafers/week, 900 wafers/week]
    demand.*.patience: [40 weeks, 80 weeks]
    efficiency: off
    memory.domestic: any
    window.end: [2024-04-01, 2024-06-01]
files: [base.yaml]
answers:
  level: {question: How much is delivered in the base?, kind: number, unit: A100e}
  way: {question: Which way?, kind: choice, choices: [more, less]}
  word: {question: Which word?, kind: name}
  why: {question: Why?, kind: text, words: 3}
let:
  gain: yours.delivered / base.delivered
properties:
  gains:
    claim: Yours delivers more.
    test: gain > 1
    tell: "It delivers {mean(gain) | .2f} times as much."
    hints: [Try more wafers., Try many more wafers., Try the top of the range.]
  level-read:
    claim: The level is read.
    test: within(answers.level, mean(base.delivered), 0.01)
    hints: [Look at the table.]
  way-told:
    claim: The way is told.
    test: (answers.way == 'more') == (mean(more.delivered) > mean(base.delivered))
    hints: [Run both.]
  word-found:
    claim: The word is found.
    test: secret(answers.word, 'salt', 'HASH')
    hints: [It is a word.]
  gentle:
    claim: You change little.
    test: effort() <= 7.5 and changed() <= 2
    tell: The changes add up to {effort() | .1f}.
    hints: [Change less.]
"""

README = """# 01. Tiny

Illustrative, not predictive.

## Goal

About 20 minutes.

## Predict

What do twice the wafers change?

## Do

Answer and check: there is more than before.

## Explain

Why so?

## Go further

Further.
"""

BASE = """
title: Base
extends: baseline
window: {end: 2024-04-01}
demand: {state: {projects: 12 projects/year}, cloud: {projects: 12 projects/year}, other: {projects: 12 projects/year}}
foundry: {dies_per_wafer: 20 dies/wafer, wafer_starts: 100 wafers/week}
"""
MINE = """title: Mine
extends: base.yaml
window: {end: 2024-04-01}
demand: {state: {projects: 12 projects/year}}
"""
MORE = "title: More\nextends: base.yaml\nfoundry: {wafer_starts: 200 wafers/week}\n"


def make_exercise(folder: Path, text: str = EXERCISE) -> Path:
    """The exercise's folder."""
    from sim.lessons.language import secret_hash

    folder.mkdir(parents=True)
    (folder / "exercise.yaml").write_text(text.replace("HASH", secret_hash("salt", "Sesame")), encoding="utf-8")
    (folder / "README.md").write_text(README, encoding="utf-8")
    (folder / "TEACHER.md").write_text("# 01. Tiny: the teacher's page\n\nIllustrative, not predictive.\n")
    (folder / "base.yaml").write_text(BASE, encoding="utf-8")
    (folder / "more.yaml").write_text(MORE, encoding="utf-8")
    (folder / "scenario.yaml").write_text(MINE, encoding="utf-8")
    return folder
