"""Exhibits: what the machines make of a finding of their own, an orchard's harvest, in every medium and at any width."""

from __future__ import annotations

import csv
import datetime
import json
import math
import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.base.label import LABEL, SENTENCE
from sim.base.statistics import Summary
from sim.exhibits.exhibit import Column, Estimate, Exhibit, Name, Share, Verdict, estimate_text, phrase, seen
from sim.exhibits.html import exhibit_html, framed, table_html
from sim.exhibits.layout import folded
from sim.exhibits.markdown import exhibit_markdown, safe
from sim.exhibits.page import Drawing, Page, Said, page_html, page_markdown, page_record, page_text
from sim.exhibits.records import csv_text, json_text, records
from sim.exhibits.style import ansi
from sim.exhibits.text import exhibit_lines

NAN = math.nan
DAY = datetime.date(2024, 9, 1)
WIDTHS = range(40, 141, 5)


@dataclass(frozen=True)
class Tree:
    """A kind of fruit, before and after."""

    name: Name
    before: Estimate
    after: Estimate
    difference: Estimate
    verdict: Verdict
    share: float
    trees: int
    farm: str = "north"
    picked: datetime.date | None = DAY


APPLES = Tree(
    Name("apples_red", "red apples of the old kind"),
    Estimate(912_345.678, 1_234.5, "chips", band=(900_000.0, 930_000.0)),
    Estimate(1_234_567.891, 2_345.6, "chips", band=(1_200_000.0, 1_260_000.0)),
    Estimate(322_222.213, 4_321.0, "chips", change=True),
    Verdict("better", "pickers"),
    0.217,
    1_234,
)
PEARS = Tree(
    Name("pears", "pears"),
    Estimate(0.5, 0.01, "share"),
    Estimate(0.45, 0.01, "share"),
    Estimate(-0.05, 0.002, "share", change=True),
    Verdict("too small to matter"),
    0.002,
    7,
    farm="south",
    picked=None,
)
PLUMS = Tree(
    Name("plums", "plums"),
    Estimate(NAN, NAN, "date"),
    Estimate(2025.5, NAN, "date"),
    Estimate(0.25, 0.005, "date", change=True),
    Verdict("different", "pickers"),
    0.0,
    0,
    farm="south",
)
COLUMNS: tuple[Column[Tree], ...] = (
    Column("kind", lambda row: row.name),
    Column("before", lambda row: row.before, shows={"mean": 3, "band": 6}),
    Column("after", lambda row: row.after, shows={"mean": 2}),
    Column("difference", lambda row: row.difference, shows={"mean": 0, "interval": 1}),
    Column("verdict", lambda row: row.verdict, "what we say"),
    Column("share", lambda row: Share(row.share), "of all", {"mean": 5}),
    Column("trees", lambda row: row.trees, shows={"mean": 4}),
    Column("picked", lambda row: row.picked, shows={"mean": 7}),
    Column("hidden", lambda row: "only machines", shows={}),
    Column("nothing", lambda row: None),
)
HARVEST = Exhibit("harvest", "The harvest", COLUMNS, (APPLES, PEARS, PLUMS))
RANKS = {
    "before": 3,
    "10-90 % of runs": 6,
    "after": 2,
    "interval": 1,
    "of all": 5,
    "trees": 4,
    "picked": 7,
}
"""Of the columns that may give way."""


def column(heading: str, exhibit: Exhibit[Any] = HARVEST) -> list[str]:
    """The texts of a column as people see it."""
    [found] = [each for each in seen(exhibit) if each.heading == heading]
    return [cell.text for cell in found.cells]


# --- What people see of a cell ---


def test_the_numbers_of_a_row_share_the_scale_of_the_largest_whatever_columns_are_shown():
    assert column("before") == ["0.9123", "50.0", "none"]
    assert column("after") == ["1.2346", "45.0", "2025-07-02"]
    assert column("difference") == ["+0.3222", "-5.00 points", "+13.04 weeks"]
    assert column("interval") == ["+0.3179 to +0.3265", "-5.20 to -4.80", "+12.78 to +13.31 weeks"]
    assert [cell.behind for cell in seen(HARVEST)[0].cells] == ["million chips", "%", "date"]
    alone = replace(HARVEST, columns=(COLUMNS[0], COLUMNS[1], replace(COLUMNS[2], shows={})))
    assert column("before", alone)[0] == "0.9123", "the hidden column still sets the scale"
    wide = replace(APPLES, before=Estimate(900.0, 50.0, "chips", band=(400.0, 1_500.0)), after=PEARS.after)
    assert column("before", replace(alone, rows=(wide,))) == ["0.900"], "and so does the band"


def test_other_cells_are_plain_words():
    assert column("of all") == ["22 %", "< 1 %", "0 %"]
    assert column("trees") == ["1,234", "7", "0"]
    assert column("picked") == ["2024-09-01", "", "2024-09-01"]
    assert column("what we say") == ["better for pickers", "too small to matter", "different"]
    assert [cell.strong for each in seen(HARVEST) for cell in each.cells if each.heading == "what we say"] == [
        True,
        False,
        True,
    ]


def test_columns_that_say_nothing_are_left_out_and_numbers_stand_to_the_right():
    shown = seen(HARVEST)
    assert {"nothing", "hidden"}.isdisjoint(each.heading for each in shown)
    assert {each.heading for each in shown if each.number} == {"before", "after", "difference", "of all", "trees"}


def test_a_common_column_has_one_scale_and_its_unit_in_the_heading():
    rows = tuple(replace(PEARS, after=Estimate(mean, 40.0, "yuan")) for mean in (2_500.0, 120.0, NAN))
    common = Exhibit(
        "sales",
        "",
        (COLUMNS[0], Column("sold", lambda row: row.after, shows={"mean": 0, "interval": 1}, common=True)),
        rows,
    )
    assert [each.heading for each in seen(common)] == ["kind", "sold, thousand yuan", "interval"]
    assert column("sold, thousand yuan", common) == ["2.500", "0.120", "none"]
    assert column("interval", common) == ["2.460 to 2.540", "0.080 to 0.160", ""]
    assert {cell.behind for cell in seen(common)[0].cells} == {""}
    few = Column[Tree]("few", lambda _row: Estimate(7.0, 0.5, "yuan"), common=True)
    trees = Column[Tree]("trees", lambda row: Estimate(row.trees, 0.5, "dies"), common=True)
    beside = replace(common, columns=(*common.columns, few, trees))
    assert column("few, thousand yuan", beside)[0] == "0.00700", "columns in one unit have one scale"
    assert column("trees, dies", beside)[0] == "7.00", "one in another has its own"
    change = Column[Tree]("change", lambda _row: Estimate(-0.16, 0.024, "share", change=True), common=True)
    level = Column[Tree]("level", lambda _row: Estimate(0.5, 0.1, "share"), common=True)
    assert column("change, points", replace(common, columns=(COLUMNS[0], level, change)))[0] == "-16.0"


def test_a_unit_that_the_name_has_is_not_said_again_and_another_unit_stands_behind_its_number():
    rows = (replace(PEARS, name=Name("waits", "weeks of waiting"), before=Estimate(3.0, 0.1, "weeks")),)
    first, before, after, *_ = (each.cells[0] for each in seen(replace(HARVEST, rows=rows)))
    assert (first.text, first.behind) == ("weeks of waiting", "")
    assert (before.text, after.text) == ("3.00", "45.0 %")


@pytest.mark.parametrize(
    ("estimate", "mean", "interval"),
    [
        (Estimate(2025.5, 0.01, "date"), "2025-07-02", "2025-06-29 to 2025-07-06"),
        (Estimate(2025.5, 0.5, "date"), "2025-07", "2025-01 to 2026-01"),
        (Estimate(2025.5, NAN, "date"), "2025-07-02", ""),
        (Estimate(0.25, 0.005, "date", change=True), "+13.04 weeks", "+12.78 to +13.31 weeks"),
        (Estimate(0.0, 0.0, "date", change=True), "0 weeks", "0 to 0 weeks"),
        (Estimate(NAN, NAN, "date"), "none", ""),
        (Estimate(NAN, NAN, "weeks", change=True), "none", ""),
        (Estimate(-0.04, 1.0, "weeks", change=True), "0.0", "-1.0 to +1.0"),
        (Estimate(-0.5, 30.0, "weeks", change=True), "0", "-30 to +30"),
    ],
)
def test_dates_differences_of_dates_and_what_does_not_exist(estimate, mean, interval):
    assert estimate_text(estimate, 1.0) == mean
    assert estimate_text(estimate, 1.0, "interval") == interval


@given(st.floats(-1e6, 1e6), st.floats(1.0, 1e8), st.booleans(), st.sampled_from([1.0, 0.01, 1e3]))
def test_no_digit_is_finer_than_two_figures_of_its_interval(mean, half, change, divisor):
    estimate = Estimate(mean, half, "A100e", change, (mean - 3 * half, mean + 3 * half))
    views = [estimate_text(estimate, divisor, view).split(" to ") for view in ("mean", "interval", "band")]
    texts = [text for view in views for text in view]
    own = half / divisor
    for text, value in zip(texts, (mean, mean - half, mean + half, *estimate.band), strict=True):
        assert float(text.replace(",", "")) == pytest.approx(value / divisor, abs=own / 9), "fine enough"
        steps = float(text.replace(",", "")) / 10 ** math.floor(math.log10(float(f"{own:.1e}")) - 1)
        assert steps == pytest.approx(round(steps), rel=1e-9, abs=1e-6), "and no finer"
    assert len({len(text.partition(".")[2]) for text in texts}) == 1


@pytest.mark.parametrize(
    ("estimate", "told"),
    [
        (Estimate(-1.09e6, 1.45e5, "A100e"), "1.09 million A100e (0.94 to 1.23)"),
        (Estimate(0.026, 0.0031, "share"), "2.60 % (2.29 to 2.91)"),
        (Estimate(-0.16, 0.024, "share", change=True), "16.0 points (13.6 to 18.4)"),
        (Estimate(0.25, 0.005, "date", change=True), "13.04 weeks (12.78 to 13.31)"),
        (Estimate(5.0, 0.0, "weeks"), "5.000 weeks"),
        (Estimate(5.0, NAN, "weeks"), "5.000 weeks"),
        (Estimate(2024.5, 0.3, "date"), "2024-07 (2024-03 to 2024-10)"),
    ],
)
def test_a_phrase_has_the_size_its_unit_and_its_interval_on_the_same_scale(estimate, told):
    assert phrase(estimate) == told


@pytest.mark.parametrize(
    ("estimate", "told"),
    [
        (Estimate(-1.09e6, 1.45e5, "A100e", change=True), "-1.09 million A100e (-1.23 to -0.94)"),
        (Estimate(0.026, 0.031, "share", change=True), "+2.6 points (-0.5 to +5.7)"),
        (Estimate(0.25, 0.005, "date", change=True), "+13.04 weeks (+12.78 to +13.31)"),
        (Estimate(0.0, 0.0, "weeks", change=True), "0 weeks"),
    ],
)
def test_a_phrase_may_have_the_sign_of_a_difference(estimate, told):
    assert phrase(estimate, sign=True) == told


def test_an_estimate_of_one_value_has_no_band_and_of_none_nothing():
    assert estimate_text(Estimate.of(Summary(3, 1, 2.0, NAN, 2.0, 2.0, 2.0), "weeks"), 1.0, "band") == ""
    assert estimate_text(Estimate.of(Summary(3, 2, 2.0, 0.1, 1.9, 2.0, 2.1), "weeks"), 1.0, "band") == "1.90 to 2.10"
    assert estimate_text(Estimate.of(Summary(3, 0, NAN, NAN, NAN, NAN, NAN), "weeks"), 1.0) == "none"


# --- Text at any width ---


def shown_at(width: float) -> tuple[list[str], set[str]]:
    """The lines, and the headings of the columns that gave way."""
    lines, missing = exhibit_lines(HARVEST, width)
    return lines, set(missing)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_page_and_no_number_is_cut(width):
    lines, missing = shown_at(width)
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    for each in seen(HARVEST):
        if each.heading not in missing:
            for cell in each.cells:
                assert {*cell.text.split()} <= {*words, *(word.rstrip(",") for word in words)}, cell.text
                if each.number:
                    assert cell.text in "\n".join(lines), "and it keeps its per cent sign"


def test_columns_give_way_by_rank_the_last_first_and_rank_0_never():
    hidden = [shown_at(width)[1] for width in [*WIDTHS, math.inf]]
    for missing in hidden:
        assert missing == {heading for heading, rank in RANKS.items() if rank > len(RANKS) - len(missing)}
    assert hidden[-1] == set()
    assert len({len(missing) for missing in hidden}) > 5, "they go one by one"


def test_a_cell_takes_two_lines_at_most_before_a_column_gives_way():
    for width in range(56, 141):
        lines, _ = shown_at(width)
        below = lines[next(n for n, line in enumerate(lines) if line.startswith("---")) + 1 :]
        assert len(below) <= 4, "only one name takes two lines"


def test_where_nothing_fits_each_row_is_told_line_by_line():
    lines, missing = shown_at(26)
    assert missing == set(RANKS)
    assert lines[-7:] == [
        "pears, %",
        "  difference: -5.00 points",
        "  what we say: too small",
        "    to matter",
        "plums, date",
        "  difference: +13.04 weeks",
        "  what we say: different",
    ]
    assert max(map(len, lines)) <= 26


def test_groups_are_tables_with_the_same_columns_and_the_notes_of_their_own_rows():
    parted = replace(HARVEST, by=lambda row: f"Farm {row.farm}", notes=lambda rows: [f"{len(rows)} kinds grow here."])
    assert list(parted.groups.items()) == [("Farm north", (0,)), ("Farm south", (1, 2))]
    lines, missing = exhibit_lines(parted, 80)
    assert {*missing} == shown_at(80)[1], "what gives way is the same in all"
    assert len({line for line in lines if line.startswith("---")}) == 1, "and so are the widths"
    text = "\n".join(lines)
    assert text.index("Farm north") < text.index("1 kinds") < text.index("Farm south") < text.index("2 kinds")


def test_a_verdict_has_a_colour_which_changes_nothing_else():
    styled, _ = exhibit_lines(HARVEST, 80, ansi)
    assert any("\x1b[32m" in line for line in styled)
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in styled] == shown_at(80)[0]


# --- Machines ---


def test_a_record_has_every_column_at_full_precision():
    first, second, third = records(HARVEST)
    assert first == {
        "kind": "apples_red",
        "before": 912_345.678,
        "before_low": 912_345.678 - 1_234.5,
        "before_high": 912_345.678 + 1_234.5,
        "before_p10": 900_000.0,
        "before_p90": 930_000.0,
        "before_unit": "chips",
        "after": 1_234_567.891,
        "after_low": 1_234_567.891 - 2_345.6,
        "after_high": 1_234_567.891 + 2_345.6,
        "after_p10": 1_200_000.0,
        "after_p90": 1_260_000.0,
        "after_unit": "chips",
        "difference": 322_222.213,
        "difference_low": 322_222.213 - 4_321.0,
        "difference_high": 322_222.213 + 4_321.0,
        "difference_unit": "chips",
        "verdict": "better",
        "share": 0.217,
        "trees": 1234,
        "picked": "2024-09-01",
        "hidden": "only machines",
        "nothing": None,
    }
    assert (second["picked"], third["before"], third["after_low"], third["before_p90"]) == (None,) * 4
    assert records(replace(HARVEST, record=lambda row: {"own": row.trees})) == [{"own": n} for n in (1234, 7, 0)]


def test_csv_and_json_hold_the_records_and_no_nan():
    [*rows] = csv.DictReader(csv_text(records(HARVEST)).splitlines())
    for row, record in zip(rows, records(HARVEST), strict=True):
        assert row == {key: "" if value is None else str(value) for key, value in record.items()}
    assert json.loads(json_text({"rows": records(HARVEST)}), parse_constant=pytest.fail)["rows"] == records(HARVEST)
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"a": NAN})


# --- HTML and Markdown ---

HARM = "a|b *c* <script>alert(1)</script> & `d`\n# [e]"
SPOILT = replace(
    HARVEST,
    title=HARM,
    rows=(replace(APPLES, name=Name("x", HARM), farm=HARM),),
    by=lambda row: row.farm,
    notes=lambda _: [HARM],
)


class Tags(HTMLParser):
    """The opening tags of a page with their attributes, and its text; fails where a tag is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.open = "", list[str]()
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_names_its_rows_columns_and_tables_for_those_who_listen():
    [html] = exhibit_html(HARVEST)
    page = Tags(html)
    tags = [tag for tag, _ in page.tags]
    assert (tags.count("caption"), tags.count("tr")) == (1, 1 + len(HARVEST.rows))
    assert [attributes["scope"] for tag, attributes in page.tags if tag == "th"] == ["col"] * len(seen(HARVEST)) + [
        "row"
    ] * len(HARVEST.rows)
    region = page.tags[0][1]
    assert (region["role"], region["tabindex"]) == ("region", "0")
    assert region["aria-labelledby"] in [attributes.get("id") for _, attributes in page.tags]
    assert dict(page.tags)["table"]["id"] == "harvest"
    cells = [set((attributes.get("class") or "").split()) for tag, attributes in page.tags if tag in {"th", "td"}]
    assert ["number" in cell for cell in cells] == [each.number for each in seen(HARVEST)] * 4
    assert ["extra" in cell for cell in cells] == [each.rank > 1 for each in seen(HARVEST)] * 4, "gone on a telephone"
    assert "<strong>better for pickers</strong>" in html
    assert "<small>million chips</small>" in html
    assert "22\u00a0%" in html, "a number keeps its per cent sign"
    assert "<td></td>" not in html


def test_html_of_groups_has_a_table_each_and_names_none_twice():
    tables = exhibit_html(replace(HARVEST, by=lambda row: row.farm))
    assert [re.findall(r'<table id="([^"]+)"', table) for table in tables] == [["harvest-1"], ["harvest-2"]]


def test_html_shows_what_means_harm_as_text():
    for html in (*exhibit_html(SPOILT), table_html([HARM], [[HARM]], name=HARM, caption=HARM), framed(HARM, [])):
        assert {"script", "e"}.isdisjoint(tag for tag, _ in Tags(html).tags)
        assert "<script>alert(1)</script>" in Tags(html).text


def test_markdown_tables_are_whole_whatever_stands_in_them():
    heading, table, note = exhibit_markdown(SPOILT)
    lines = table.splitlines()
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
    assert len(lines) == 3
    assert lines[1].count("---:") == 5
    assert set(lines[1]) <= set("| -:")
    escaped = "a\\|b \\*c\\* \\<script\\>alert(1)\\</script\\> \\& \\`d\\` \\# \\[e\\]"
    assert safe(HARM) == escaped
    assert (heading, note) == (f"## {escaped}", f"- {escaped}")
    assert f"| {escaped}, million chips |" in lines[2]


# --- Pages ---

PAGE = Page(
    title="The orchard, last year",
    question="What grew?",
    parts=(
        Said("findings", ("Much grew.", "More will."), ("apples", "pears"), "In short"),
        Said("plain", ("It rained.",)),
        Drawing(lambda width: ["=" * width]),
        HARVEST,
        replace(HARVEST, key="kinds", title="All kinds", columns=COLUMNS[:1]),
        replace(HARVEST, key="empty", title="An empty table", rows=()),
    ),
    facts={"farms": 2},
    warnings=("Hail was near.",),
    notes=("How to read: slowly.",),
    elsewhere="the barn has them",
)


@pytest.mark.parametrize("width", [None, *WIDTHS])
def test_a_page_of_text_fits_says_everything_and_ends_with_the_label(width):
    text = page_text(PAGE, width)
    assert max(map(len, text.splitlines())) <= (width or 132)
    flat = " ".join(text.split())
    parts = [
        PAGE.title,
        "What grew?",
        "Hail was near.",
        "In short",
        "apples: Much grew.",
        "It rained.",
        "====",
        "The harvest",
        "How to read: slowly.",
        SENTENCE,
    ]
    places = [flat.index(part) for part in parts]
    assert places == sorted(places)
    assert flat.endswith(SENTENCE)
    assert "An empty table" not in text
    hidden = exhibit_lines(HARVEST, width or 132)[1]
    assert (f"Hidden columns: {', '.join(hidden)}; the barn has them." in flat) == bool(hidden)
    assert ("Hidden columns" in flat) == bool(hidden)


def test_a_page_says_the_same_in_every_medium():
    record = page_record(PAGE)
    assert (record["label"], record["farms"], record["warnings"], record["notes"]) == (
        LABEL,
        2,
        ["Hail was near."],
        ["How to read: slowly."],
    )
    assert record["findings"] == {"apples": "Much grew.", "pears": "More will."}
    assert record["plain"] == ["It rained."]
    assert (record["harvest"], record["empty"]) == (records(HARVEST), [])
    assert list(record).index("warnings") < list(record).index("findings")
    markdown = page_markdown(PAGE)
    html = Tags(page_html(PAGE)).text.replace("\u00a0", " ")
    plain = markdown.replace("\\", "").replace("**", "")
    for text in (plain, html, page_text(PAGE, 400)):
        for each in (PAGE.title, PAGE.question, *PAGE.warnings, *PAGE.notes, "apples: Much grew.", SENTENCE):
            assert each in text
        assert "An empty table" not in text
        for shown in seen(HARVEST):
            assert shown.heading in text
            assert all(cell.text in text for cell in shown.cells)


def test_a_page_in_a_pipe_is_that_of_a_terminal_of_a_hundred_columns_but_for_its_tables():
    prose = replace(PAGE, parts=(Said("long", ("Word " * 50,)),))
    assert page_text(prose) == page_text(prose, 100) == page_text(prose, 300)
    assert max(map(len, page_text(prose).splitlines())) <= 100
    assert folded("a 19 % b", 4) == ["a", "19 %", "b"]
