"""The ledger of figures: what it holds, what it refuses, its arithmetic, and that it prints what the articles print."""

from __future__ import annotations

import calendar
import dataclasses
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from sim.articles.figures import (
    KINDS,
    Figure,
    Written,
    evaluate,
    figure,
    figures_page,
    ids_of,
    read_figures,
    read_ledger,
)
from sim.base.errors import ChipgateError
from sim.base.label import SENTENCE
from sim.base.units import parse, parse_day
from sim.exhibits.page import page_record, page_text

KEYS = {field.name for field in dataclasses.fields(Written)}
CHECKOUT = Path(__file__).resolve().parent.parent
SEEDS = CHECKOUT.parent / "shared" / "seeds"

PRINTED = [each for each in read_figures().values() if not each.derived]


@pytest.fixture(scope="module")
def articles() -> dict[str, list[str]]:
    """The articles' lines by number."""
    texts = {path.name[:3]: path.read_text(encoding="utf-8").split("\n") for path in SEEDS.glob("*.txt")}
    if len(texts) < 5:
        pytest.skip("the articles are not distributed; the figures are held against them only where they are")
    return texts


# --- What the ledger holds ---


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("cambricon-founded", date(2016, 1, 1), "date"),
        ("cambricon-value-jan25", 300e9, "yuan"),
        ("cambricon-value-jan25-usd", 41e9, "dollars"),
        ("nvidia-value", 3e12, "dollars"),
        ("cambricon-profit-q4-24-low", 240e6, "yuan"),
        ("cambricon-profit-q4-24-high", 328e6, "yuan"),
        ("cambricon-loss-9m-24", 724e6, "yuan"),
        ("cambricon-share-rise", 4.7, "share"),
        ("cambricon-share-rise-from", 120.80, "yuan"),
        ("cambricon-share-rise-to", 695.96, "yuan"),
        ("cambricon-revenue-24", 1.2e9, "yuan"),
        ("cambricon-revenue-growth-24", 0.7, "share"),
        ("cambricon-node", 7, "nm"),
        ("market-25", 178e9, "yuan"),
        ("rule-jan25", date(2025, 1, 1), "date"),
        ("datong", 4.5e9, "yuan"),
        ("cambricon-value-peak", 580e9, "yuan"),
        ("cambricon-value-peak-usd", 81.2e9, "dollars"),
        ("siyuan-590", 0.8, "share"),
        ("siyuan-590-node", 7, "nm"),
        ("siyuan-690", None, "none"),
        ("cambricon-revenue-h1-25", 2.881e9, "yuan"),  # resolved
        ("cambricon-revenue-h1-25-usd", 0.403e9, "dollars"),  # resolved
        ("cambricon-revenue-growth-h1-25", 40, "x"),
        ("cambricon-profit-h1-25", 1.038e9, "yuan"),
        ("cambricon-profit-h1-25-usd", 145e6, "dollars"),
        ("cambricon-top-customer", None, "none"),
        ("entity-listing", date(2022, 1, 1), "date"),
        ("cambricon-revenue-q1-26", 2.88e9, "yuan"),
        ("cambricon-revenue-growth-q1-26", 1.59, "share"),
        ("control-oct23", date(2023, 10, 1), "date"),
        ("mandate", date(2025, 11, 1), "date"),
        ("ai-plus", date(2026, 3, 1), "date"),
        ("cambricon-run-rate", 11.5e9, "yuan"),
        ("superpods", date(2026, 1, 1), "date"),
        ("superpods-to", date(2027, 1, 1), "date"),
        ("share-rise-350", 3.5, "share"),
        ("h20-block", date(2025, 4, 1), "date"),
        ("framework-cancelled", date(2025, 5, 15), "date"),
        ("cloudmatrix", 384, "chips"),
        ("nvl72", 72, "chips"),
        ("third-party-wafers", None, "none"),
        ("cann-lag", None, "none"),
    ],
)
def test_a_figure_has_its_accepted_value_in_its_unit(name: str, value: float | date | None, unit: str) -> None:
    found = figure(name)
    assert found.unit == unit
    assert found.accepted == (pytest.approx(value) if isinstance(value, float | int) else value)


@pytest.mark.parametrize(
    ("name", "billion"),
    [("cambricon-revenue-23", 0.706), ("cambricon-revenue-q1-25", 1.112), ("cambricon-revenue-q2-25", 1.769)],
)
def test_what_the_hindcast_needs_is_derived_from_the_accepted_values(name: str, billion: float) -> None:
    found = figure(name)
    assert isinstance(found.value, float)
    assert round(found.value / 1e9, 3) == billion
    assert (found.kind, found.article, found.line, found.printed) == ("derived", "", 0, "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cambricon-revenue-h1-25", ["Ten times", "25 times", "five times", "3.6 %", "59 %"]),
        ("cambricon-revenue-h1-25-usd", ["conversion", "no witness"]),
        ("cambricon-revenue-growth-h1-25", ["not decide"]),
        ("cambricon-first-profit", ["profit is meant", "internet income", "cambricon-revenue-23"]),
        ("framework-cancelled", ["administration", "no effect"]),
        ("control-oct23", ["starting", "2022", "tightened"]),
        ("cambricon-value-jan25", ["Months before", "no contradiction"]),
        ("cambricon-value-peak", ["Months after", "no contradiction"]),
        ("cambricon-share-rise", ["476 %", "Another window"]),
        ("share-rise-350", ["Another window"]),
        ("cambricon-node", ["Cambricon-1A", "stale"]),
        ("superpods", ["founder of Baidu", "Huawei's chairman"]),
        ("cambricon-run-rate", ["11.52"]),
        ("cambricon-profit-q4-24-low", ["396 to 484"]),
        ("cloudmatrix", ["for the system", "0.31 a chip"]),
        ("market-25", ["Contested", "24 bn", "37-40"]),
        ("third-party-wafers", ["deny"]),
        ("h20-block", ["no year", "inferred"]),
    ],
)
def test_where_the_articles_disagree_the_figure_says_so(name: str, words: list[str]) -> None:
    found = figure(name)
    told = found.note + (found.resolution.why if found.resolution else "")
    assert [word for word in words if word not in told] == []


def test_only_the_slipped_half_year_is_given_another_value() -> None:
    corrected = [each.id for each in PRINTED if each.resolution is not None and each.resolution.value is not None]
    assert corrected == ["cambricon-revenue-h1-25", "cambricon-revenue-h1-25-usd"]
    assert figure("cambricon-revenue-h1-25").value == pytest.approx(28.81e9)


def test_every_kind_is_used_and_every_printed_figure_has_its_place() -> None:
    assert {each.kind for each in PRINTED} == set(KINDS)
    assert all(re.fullmatch(r"00[0-4]:L\d+", each.where) for each in PRINTED)


# --- Against the articles ---


@pytest.mark.parametrize("each", PRINTED, ids=lambda each: each.id)
def test_a_figure_is_printed_in_its_line(each: Figure, articles: dict[str, list[str]]) -> None:
    assert each.printed in articles[each.article][each.line - 1]


@pytest.mark.parametrize("each", PRINTED, ids=lambda each: each.id)
def test_what_is_printed_is_the_numbers_own_words_never_a_sentence(each: Figure) -> None:
    assert len(each.printed) <= 30
    assert len(each.printed.split()) <= 4
    assert not re.search(r"[.!?]$|[.!?]\s|,", each.printed)


MONTHS = list(calendar.month_name)[1:]


def as_number(printed: str) -> float:
    """What printed words such as `RMB28.81 billion`, `more than 40 times`, `7nm` say, read apart from the ledger."""
    (number,) = re.findall(r"\d+(?:\.\d+)?", printed)
    sizes = {"million": 10**6, "billion": 10**9, "trillion": 10**12, "%": 0.01}
    (size,) = [size for word, size in sizes.items() if word in printed] or [1]
    return float(number) * size


@pytest.mark.parametrize("each", [f for f in PRINTED if isinstance(f.value, float)], ids=lambda each: each.id)
def test_the_value_is_what_the_printed_words_say(each: Figure) -> None:
    assert each.value == pytest.approx(as_number(each.printed), rel=1e-12)
    dollars, yuan = "$" in each.printed, re.search("RMB|CNY|yuan", each.printed)
    assert (each.unit == "dollars", each.unit == "yuan") == (dollars, bool(yuan))


@pytest.mark.parametrize("each", [f for f in PRINTED if f.unit == "date"], ids=lambda each: each.id)
def test_the_date_is_what_the_printed_words_say(each: Figure) -> None:
    assert isinstance(each.value, date)
    if each.id == "cambricon-first-profit":
        assert (each.printed, each.value) == ("last quarter of 2024", date(2024, 10, 1))
        return
    year = re.search(r"\d{4}", each.printed)
    month = re.search("|".join(MONTHS), each.printed)
    day = re.search(rf"(?:{'|'.join(MONTHS)}) (\d\d?)$", each.printed)
    assert not year or each.value.year == int(year[0])
    assert each.value.month == (MONTHS.index(month[0]) + 1 if month else 1)
    assert each.value.day == (int(day[1]) if day else 1)
    # No more precise than printed.
    assert len(each.text) == (10 if day else 7 if month else 4)


# Numbers of the articles that are no figures: product names, lengths and names of periods, page furniture, repetition.
NO_FIGURES = {
    ("000", 4): ["9"],
    ("000", 6): ["2024"],
    ("000", 7): ["1"],
    ("000", 8): ["2025"],
    ("001", 15): ["590", "1", "100"],
    ("001", 17): ["690"],
    ("001", 19): ["2025"],
    ("001", 25): ["2"],
    ("001", 37): ["3"],
    ("001", 43): ["1"],
    ("001", 44): ["2"],
    ("001", 45): ["3"],
    ("002", 2): ["2026"],
    ("003", 2): ["2026", "2027"],
    ("003", 17): ["2025"],
    ("003", 18): ["2025"],
    ("004", 2): ["20"],
    ("004", 4): ["910"],
}


def test_every_number_in_the_articles_is_a_figure_or_known_to_be_none(
    articles: dict[str, list[str]],
) -> None:
    def numbers(text: str) -> list[str]:
        return re.findall(r"\d+(?:\.\d+)?", text)

    missing = {}
    for article, lines in articles.items():
        for line, text in enumerate(lines, start=1):
            found = Counter(numbers(text))
            for each in PRINTED:
                if (each.article, each.line) == (article, line):
                    found -= Counter(numbers(each.printed))
            if found:
                missing[article, line] = sorted(found.elements())
    assert missing == {place: sorted(known) for place, known in NO_FIGURES.items()}


# --- Arithmetic over ids ---

SMALL = """
a-1: {title: a, value: 6, unit: x, kind: reported, where: "000:L1", printed: "6", said_by: me}
a-1-1: {title: b, value: 2, unit: x, kind: reported, where: "000:L1", printed: "2", said_by: me}
nought: {title: c, value: 0, unit: x, kind: reported, where: "000:L1", printed: "0", said_by: me}
day: {title: d, value: 2025-04, unit: date, kind: reported, where: "000:L1", printed: April, said_by: me}
named: {title: e, unit: none, kind: reported, where: "000:L1", printed: some, said_by: me}
wrong:
  {title: f, value: 50, unit: x, kind: reported, where: "000:L1", printed: "50", said_by: me,
   resolution: {value: 5, why: a slip}}
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a-1", 6),
        ("a-1 - 1", 5),
        ("a-1-1 * 3 + 1", 7),
        ("1 + a-1-1 * 3", 7),
        ("(1 + a-1-1) * 3", 9),
        ("a-1 / a-1-1 / 3", 1),
        ("a-1 - a-1-1 - 1", 3),
        ("-a-1-1 + 1.5", -0.5),
        ("  wrong*2  ", 10),  # the accepted value
    ],
)
def test_arithmetic_over_ids(expression: str, value: float) -> None:
    assert evaluate(expression, read_ledger(SMALL)) == value


def test_arithmetic_reads_the_shipped_ledger_by_default() -> None:
    assert evaluate("4 * cambricon-revenue-q1-26") == pytest.approx(11.52e9)


def test_the_ids_of_an_expression_come_once_and_in_order() -> None:
    assert ids_of("b-2 / (1 + a-1) - b-2") == ("b-2", "a-1")


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("a-2 * 2", "no figure has the id 'a-2'; did you mean 'a-1'?"),
        ("wrong-a-1", "A minus sign needs a space"),
        ("zzzzzz", "`chipgate figures` lists them"),
        ("a-1 - day", "'day' is a date"),
        ("a-1 + named", "'named' is only named, without a number"),
        ("a-1 / nought", "division by zero"),
        ("9" * 200 + " * " + "9" * 190, "inf is not a number to compute with"),
        ("'a-1'", "a-1 is not a number to compute with"),
        ("a-1.real", "no figure has the id 'a-1.real'"),
        ("a_1", "no figure has the id 'a_1'"),
        ("a-1 a-1", "'a-1 a-1' is not an expression"),
        ("a-1 ** 2", "'a-1 ** 2' is not allowed here, only + - * /"),
        ("a-1 < 2", "'a-1 < 2' is not allowed here, only + - * /"),
        ("abs(a-1)", "there is no function 'abs'"),
    ],
)
def test_arithmetic_that_cannot_be_done_is_told(expression: str, told: str) -> None:
    with pytest.raises(ChipgateError) as caught:
        evaluate(expression, read_ledger(SMALL))
    assert told in str(caught.value)


def test_an_unknown_id_is_told_with_the_likeliest() -> None:
    with pytest.raises(
        ChipgateError, match="no figure has the id 'cambricon-reveneu-24'; did you mean 'cambricon-revenue-24'"
    ):
        figure("cambricon-reveneu-24")


# --- What the ledger refuses ---

GOOD = {
    "title": "a",
    "value": "6 bn yuan",
    "unit": "yuan",
    "kind": "reported",
    "where": "000:L1",
    "printed": "six",
    "said_by": "me",
}


def ledger_text(**changes: str | None) -> str:
    fields = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    return "good:\n" + "".join(f"  {key}: {value}\n" for key, value in fields.items())


def test_a_well_written_figure_is_read() -> None:
    assert read_ledger(ledger_text())["good"].value == 6e9


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        (ledger_text(vlaue="1"), "9:3: unknown key 'vlaue' in 'good'", "did you mean 'value'?"),
        (ledger_text(qqqq="1"), "9:3: unknown key 'qqqq' in 'good'", "known: title, value"),
        (ledger_text(title=None), "1:1: the key 'title' is missing in 'good'", ""),
        (ledger_text(where=None), "1:1: 'where' is missing", ""),
        (ledger_text(value=None), "1:1: a figure has a 'value', unless its unit is 'none'", ""),
        (ledger_text(unit="none"), "3:10: a figure has a 'value', unless its unit is 'none'", ""),
        (ledger_text(unit="bn yuan"), "4:9: 'bn yuan' is not a unit", ""),
        (ledger_text(unit="yaun"), "4:9: 'yaun' is not a unit", "did you mean 'yuan'?"),
        (ledger_text(value="6 bn dollars"), "3:10: 'bn dollars' does not measure this", ""),
        (ledger_text(value="six"), "3:10: 'six' is not a quantity", ""),
        (ledger_text(value="1e999 yuan"), "3:10: '1e999 yuan' is out of range: too large", ""),
        (ledger_text(unit="date", value="2025-13"), "3:10: '2025-13' is not a day of the calendar", ""),
        (ledger_text(kind="rumoured"), "5:9: 'rumoured' is not one of: reported", ""),
        (ledger_text(where="000:2"), "6:10: '000:2' is not a place in an article; write it as 000:L2", ""),
        (ledger_text(title="[a]"), "2:10: 'good.title' is a text", ""),
        (ledger_text(resolution="{why: [so]}"), "9:21: 'good.resolution.why' is a text", ""),
        (ledger_text(said_by='""'), "8:12: '' is not a text", ""),
        (ledger_text(resolution="it is wrong"), "9:15: 'good.resolution' is a group of keys", "value, why"),
        (ledger_text(resolution="{value: 1 bn yuan}"), "9:3: the key 'why' is missing in 'good.resolution'", ""),
        (ledger_text(resolution="{why: so, valeu: 1}"), "9:25: unknown key 'valeu'", "did you mean 'value'?"),
        (ledger_text(resolution="{why: so, value: 1 bn dollars}"), "9:32: 'bn dollars' does not measure this", ""),
        (
            ledger_text(unit="none", value=None, resolution="{why: so, value: 1}"),
            "8:32: a figure of unit 'none' takes",
            "",
        ),
        (ledger_text(derived="1 + 1"), "9:12: what is derived is of kind 'derived'", ""),
        (ledger_text() + "good:\n  title: b\n", "9:1: the key 'good' is given twice", ""),
        (ledger_text() + "  title: b\n", "9:3: the key 'title' is given twice", ""),
        ("Good Id:\n  title: a\n", "1:1: 'Good Id' is not an id: lower-case words", ""),
        ("- a\n- b\n", "1:1: a ledger of figures is 'key: value' lines", ""),
        ("", "this file is empty", ""),
        ('a: "open', "1:4: this quote is never closed", ""),
        (
            "a: {derived: b + 1, title: a, unit: x, kind: derived, said_by: me}",
            "1:14: in 'b + 1': no figure has the id 'b'",
            "",
        ),
        (
            "a: {derived: b, title: a, unit: x, kind: derived, said_by: me}\n"
            "b: {derived: a, title: a, unit: x, kind: derived, said_by: me}\n",
            "1:14: these figures are derived from one another in a circle: a, b",
            "",
        ),
    ],
)
def test_a_mistake_in_the_ledger_is_told_with_its_place(text: str, told: str, hint: str) -> None:
    with pytest.raises(ChipgateError) as caught:
        read_ledger(text, "ledger.yaml")
    report = " ".join(str(caught.value).split())
    assert report.startswith("ledger.yaml:")
    assert told in report
    assert hint in report
    assert report.endswith("1 mistake in ledger.yaml")


def test_all_mistakes_in_the_ledger_are_told_at_once() -> None:
    text = ledger_text(where=None, value="six", printed=None) + "other:\n" + ledger_text(unit="x").partition("\n")[2]
    with pytest.raises(ChipgateError, match=r"4 mistakes in figures\.yaml$"):
        read_ledger(text)


def test_a_derived_figure_may_stand_before_those_it_is_derived_from() -> None:
    text = "twice: {derived: 2 * good, title: a, unit: yuan, kind: derived, said_by: me}\n" + ledger_text()
    ledger = read_ledger(text)
    assert (list(ledger), ledger["twice"].value, ledger["twice"].text) == (
        ["twice", "good"],
        12e9,
        "12 bn yuan",
    )


# --- Showing ---


def test_the_listing_has_every_figure_on_a_line_of_a_terminal_and_the_label() -> None:
    lines = page_text(figures_page(read_figures()), 110).splitlines()
    assert max(map(len, lines)) <= 110
    table = lines[: lines.index("* disputed")]
    starts = [line.split()[0] for line in table if line and not line.startswith(" ")]
    assert [word for word in starts if word in read_figures()] == list(read_figures())
    assert lines[-1] == SENTENCE


def test_the_listing_shows_the_accepted_value_and_why() -> None:
    text = page_text(figures_page(read_figures()))
    line = next(line for line in text.splitlines() if line.startswith("cambricon-revenue-h1-25 "))
    assert "2.881 bn yuan *" in line
    assert "28.81 bn yuan -> 2.881 bn yuan. Ten times too large" in " ".join(text.split())


def test_the_rows_are_plain_data_with_every_key_of_the_ledger() -> None:
    rows = json.loads(json.dumps(page_record(figures_page(read_figures()))["figures"]))
    assert [row["id"] for row in rows] == list(read_figures())
    assert all(set(row) >= KEYS for row in rows)
    by_id = {row["id"]: row for row in rows}
    assert by_id["framework-cancelled"]["value"] == "2025-05-15"
    half_year = by_id["cambricon-revenue-h1-25"]
    assert (half_year["value"], half_year["accepted"]) == (28.81e9, 2.881e9)
    assert half_year["resolution"]["value"] == 2.881e9


def test_the_texts_of_the_ledger_are_read_back_as_their_values() -> None:
    for each in PRINTED:
        if each.unit == "date":
            assert parse_day(each.text if "-" in each.text else f"{each.text}-01") == each.value
        elif each.unit != "none":
            assert parse(each.text, each.unit) == each.value
