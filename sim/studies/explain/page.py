"""An explanation as a page of text and as a record for programs."""

from __future__ import annotations

import math
from typing import Any

from sim.base.label import LABEL, SENTENCE
from sim.base.rounding import decimals, rounded, scale_of
from sim.base.statistics import Summary, finite
from sim.exhibits.layout import PAGE, fitted, folded, page_width, table_width
from sim.experiment.tables import aligned
from sim.studies.explain.known import Explanation, era_record
from sim.studies.explain.prose import amount_words, reading_help, sentences
from sim.studies.explain.text_strip import BLOCKS, marked, strip
from sim.studies.explain.wording import percent, words
from sim.studies.relief import RELIEFS


def explanation_text(why: Explanation, colour: bool = False, blocks: str = BLOCKS, terminal: int | None = None) -> str:
    """The strip, the rules, the parts, the paired runs and the sentences, at most 100 columns wide, and no wider than
    the terminal, if there is one; tables may be wider than a very narrow one."""
    width, many = page_width(terminal), why.replications
    head = (
        f"{why.scenario}: what binds, {many:,} replication{'s' * (many != 1)}, seed {why.seed}, "
        f"{why.start} to {why.end}"
    )
    lines = [*folded(head, width), *folded(why.question, width), ""]
    if why.total.mean:
        lines += [*strip(why, colour, blocks, width), ""]
        for mark, rule in marked(why):
            lines += folded(f"{mark or '-'}  {rule.day}  {rule.name}: {rule.told}", width, " " * 15)
        lines += [""] if why.rules else []
        lines += [_parts_table(why, width), ""]
        lines += [_paired_table(why, width), *_gaps(why, width), ""] if why.paired else []
    for told in sentences(why):
        lines += folded(told, width)
    lines += ["", *folded(" ".join(reading_help(why)), width), *folded(SENTENCE, width)]
    return "\n".join(lines)


def _parts_table(why: Explanation, width: int) -> str:
    """The parts from the largest down, on one scale, and their sum."""
    divisor, unit = scale_of(why.total.mean, "A100e-weeks")
    rows = []
    for part in sorted(why.parts, key=lambda part: -part.total.mean):
        card = RELIEFS[part.constraint]
        rows.append((card.letter, card.words, *_scaled(part.total, divisor), percent(part.share), card.holds))
    rows.append(("", "all", *_scaled(why.total, divisor), "100 %", ""))
    headings = ("", "what binds", unit, "95 % interval", "share", "the need that ...")
    folding = (2, 5) if width < PAGE else ()
    widths = fitted(list(zip(headings, *rows, strict=True)), width, folding)
    if table_width(widths) > width:  # the words are the first to go
        return aligned(headings[:-1], [row[:-1] for row in rows], right=(2, 4))
    return aligned(headings, rows, (2, 4), widths)


def _scaled(summary: Summary, divisor: float) -> tuple[str, str]:
    """Mean and interval on a common scale."""
    places = min(3, decimals(summary.half_width / divisor, summary.mean / divisor))
    interval = ""
    if math.isfinite(summary.half_width) and summary.mean:
        interval = f"{rounded(summary.low / divisor, places)} to {rounded(summary.high / divisor, places)}"
    return rounded(summary.mean / divisor, places) if summary.mean else "0", interval


def _paired_table(why: Explanation, width: int) -> str:
    """What each paired run changes."""
    rows = []
    for pair in why.paired:
        for n, effect in enumerate(pair.effects):
            size = max(abs(effect.base.mean), abs(effect.relieved.mean))
            divisor, unit = scale_of(size, effect.card.unit) if math.isfinite(size) else (1.0, effect.card.unit)
            texts = [
                rounded(value.mean / divisor, decimals(value.half_width / divisor, abs(value.mean) / divisor))
                if value.having
                else "none"
                for value in (effect.base, effect.relieved)
            ]
            difference, interval = amount_words(effect, *effect.change) if effect.difference.having else ("", "")
            if pair.unchanged:
                difference, interval = "none", ""
            sign = "+" if effect.difference.mean > 0 else ""
            rows.append(
                (words(pair.constraint) if n == 0 else "", effect.outcome, unit, *texts, sign + difference, interval)
            )
    headings = ("relieved alone", "outcome", "unit", "as it is", "relieved", "difference", "95 % interval, paired")
    folding = (0, 2, 5, 6) if width < PAGE else ()
    return aligned(headings, rows, (3, 4, 5), fitted(list(zip(headings, *rows, strict=True)), width, folding))


def _gaps(why: Explanation, width: int) -> list[str]:
    """Where a value does not exist in every run."""
    return [
        line
        for pair in why.paired
        for effect in pair.effects
        if effect.partial
        for line in folded(
            f"Only {effect.pairs} have a {effect.outcome} with and without {words(pair.constraint)}.", width=width
        )
    ]


def explanation_record(why: Explanation) -> dict[str, Any]:
    """Everything as JSON takes it: None for what does not exist."""
    return {
        "label": LABEL,
        "scenario": why.scenario,
        "question": why.question,
        "seed": why.seed,
        "replications": why.replications,
        "unit": "A100e-weeks",
        "total": _record(why.total),
        "parts": [
            {"constraint": part.constraint, "share": finite(part.share), **_record(part.total)} for part in why.parts
        ],
        "eras": [era_record(era) for era in why.eras],
        "looks": {
            "unit": "A100e",
            "dates": [day.isoformat() for day in why.days],
            **{part.constraint: list(part.looks) for part in why.parts},
        },
        "paired_runs": [
            {
                "relieved": pair.constraint,
                "override": RELIEFS[pair.constraint].opening,
                "what_then_holds_up_most": pair.then or None,
                "unchanged": pair.unchanged,
                "effects": [
                    {
                        "outcome": effect.outcome,
                        "unit": effect.card.unit,
                        "base": _record(effect.base),
                        "relieved": _record(effect.relieved),
                        "difference": _record(effect.difference),
                        "pairs_of_runs": effect.difference.having,
                        "worth_naming": effect.named,
                    }
                    for effect in pair.effects
                ],
            }
            for pair in why.paired
        ],
        "rules": [{"date": rule.day.isoformat(), "name": rule.name, "told": rule.told} for rule in why.rules],
        "sentences": list(sentences(why)),
        "reading": reading_help(why),
    }


def _record(summary: Summary) -> dict[str, float | None]:
    exists = math.isfinite(summary.half_width)
    return {
        "mean": finite(summary.mean),
        "low": summary.low if exists else None,
        "high": summary.high if exists else None,
    }
