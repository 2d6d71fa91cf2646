"""The report as a text: what it says, that nothing in it can act, and that a machine can read its structure."""

import base64
import dataclasses
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from harvest import harvest_page
from reports import HARM, SIX, comparison_page, harmful, harmful_page, manifest, run_page, shipped, six, svgs

from sim.articles.figures import read_figures
from sim.base.label import LABEL, SENTENCE
from sim.base.rounding import percent
from sim.exhibits.exhibit import Exhibit, seen
from sim.experiment.comparison import Comparison
from sim.experiment.differences import HEADLINES
from sim.experiment.run import Run
from sim.folder.manifest import Manifest
from sim.outcomes.constraints import CONSTRAINTS
from sim.pictures.choice import kinds_of, picture_of
from sim.report.page import contested_figures, report_html, status
from sim.scenario.load import load
from sim.scenario.show import diff
from sim.studies.binding import binding, binding_side_by_side, phases_of
from sim.studies.comparing import conclusions, differences, reading
from sim.studies.explain.difference import contrast, contrast_sentences
from sim.studies.phases import shares_of_books
from sim.studies.summary import findings, summary

VOID = {"meta", "link", "br", "img"}
RESULTS = {"run": run_page, "comparison": comparison_page, "harmful": harmful_page}
PAGES = {**RESULTS, "study": harvest_page}


class Page(HTMLParser):
    """A page as a list of elements: (tag, attributes, text inside)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], str]] = []
        self.unclosed: list[int] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {key: value or "" for key, value in attrs}, ""))
        if tag not in VOID:
            self.unclosed.append(len(self.elements) - 1)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        place = self.unclosed.pop()
        assert self.elements[place][0] == tag, f"</{tag}> closes <{self.elements[place][0]}>"

    def handle_data(self, data):
        for place in self.unclosed:
            tag, attributes, text = self.elements[place]
            self.elements[place] = (tag, attributes, text + data.replace("\u00a0", " "))

    def all(self, *tags: str) -> list[tuple[str, dict[str, str], str]]:
        return [element for element in self.elements if element[0] in tags]

    def text(self, tag: str = "body", number: int = 0) -> str:
        return " ".join(self.all(tag)[number][2].split())

    def table(self, name: str) -> list[list[str]]:
        """The texts of a table's cells, row by row, the heading first."""
        start = next(
            n for n, (tag, attributes, _) in enumerate(self.elements) if tag == "table" and attributes["id"] == name
        )
        rows: list[list[str]] = []
        for tag, _, text in self.elements[start + 1 :]:
            if tag == "table":
                break
            if tag == "tr":
                rows.append([])
            elif tag in {"th", "td"} and rows:
                rows[-1].append(" ".join(text.split()))
        return rows


def table_of(exhibit: Exhibit, rows: Sequence[int] | None = None) -> list[list[str]]:
    """The texts of an exhibit's cells, row by row, the heading first."""
    columns = seen(exhibit)
    lines = [[c.cells[n] for c in columns] for n in (range(len(exhibit.rows)) if rows is None else rows)]
    return [[c.heading for c in columns], *([f"{c.text or '–'} {c.behind}".strip() for c in line] for line in lines)]


@pytest.fixture(scope="module", params=PAGES)
def page(request) -> Page:
    return Page(PAGES[request.param]())


@pytest.fixture(scope="module")
def of_run() -> Page:
    return Page(run_page())


@pytest.fixture(scope="module")
def of_six() -> Page:
    return Page(comparison_page())


# --- Every page ---


def test_the_label_is_in_the_title_first_on_the_page_and_last(page):
    assert LABEL in page.text("title")
    assert page.text("header").startswith(SENTENCE)
    assert page.text("footer") == SENTENCE


def test_every_element_is_closed_and_the_page_is_below_a_megabyte(page):
    assert [page.elements[place][0] for place in page.unclosed] == []
    assert max(len(make().encode()) for make in PAGES.values()) < 800_000


def test_nothing_on_the_page_can_act_or_call_out(page):
    tags = {tag for tag, *_ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "form", "base", "foreignobject", "image"}
    for tag, attributes, _ in page.elements:
        assert not [key for key in attributes if key.startswith("on") or key in {"style", "srcset", "action"}], tag
        assert attributes.get("src", "data:image/svg+xml;base64,").startswith("data:image/svg+xml;base64,")
        for key in ("href", "xlink:href"):
            assert attributes.get(key, "#").startswith("#")
        for value in attributes.values():
            assert not re.search(r"url\((?!#)", value)


def test_the_policy_allows_its_own_style_sheet_and_nothing_else(page):
    [(_, meta, _)] = [e for e in page.all("meta") if e[1].get("http-equiv") == "Content-Security-Policy"]
    [style] = page.all("style")
    hashed = base64.b64encode(hashlib.sha256(style[2].encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in meta["content"].split(";"))
    assert rules == {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": f"'sha256-{hashed}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert not re.search(r"url\(|@import|@font-face", style[2])


def test_every_id_is_there_once_and_everything_that_is_referred_to_is_there(page):
    ids = Counter(attributes["id"] for _, attributes, _ in page.elements if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    referred = set()
    for _, attributes, _ in page.elements:
        referred |= {attributes["href"][1:]} if "href" in attributes else set()
        referred |= {
            name for key in ("aria-labelledby", "aria-describedby") for name in attributes.get(key, "").split()
        }
        referred |= {name for value in attributes.values() for name in re.findall(r"url\(#([^)]+)\)", value)}
    assert referred <= set(ids)


def test_headings_go_down_one_at_a_time_and_the_contents_name_each_section(page):
    levels = [int(tag[1]) for tag, *_ in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    links = {
        attributes["href"][1:]: text for tag, attributes, text in page.all("a") if attributes.get("class") != "skip"
    }
    headings = {attributes["id"]: text for _, attributes, text in page.all("h2") if attributes["id"] != "contents"}
    assert links == headings


def test_every_table_has_a_caption_column_heads_row_heads_and_a_region_that_scrolls(page):
    tables = page.all("table")
    assert len(tables) >= 3
    assert len(page.all("caption")) == len(tables)
    regions = [attributes for tag, attributes, _ in page.all("div") if attributes.get("role") == "region"]
    assert all(attributes["tabindex"] == "0" for attributes in regions)
    named = {attributes.get("aria-labelledby") for attributes in regions}
    for _, attributes, _ in tables:
        assert f"{attributes['id']}-caption" in named
        rows = page.table(attributes["id"])
        assert len({len(row) for row in rows}) == 1, attributes["id"]
        assert len(rows) > 1
        assert all(all(row) for row in rows), f"an empty cell in {attributes['id']}"
    assert {attributes.get("scope") for tag, attributes, _ in page.all("th")} == {"row", "col"}


def test_every_picture_has_its_words_for_those_who_do_not_see_it(page):
    figures = page.all("figure")
    pictures = [attributes for _, attributes, _ in page.all("img")]
    assert len(figures) == len(pictures) >= 2
    said = {attributes["id"]: text for _, attributes, text in page.all("p") if "id" in attributes}
    for attributes in pictures:
        assert attributes["alt"]
        finding = attributes["alt"].replace("\u00a0", " ")
        assert said[attributes["aria-describedby"]].startswith(f"{LABEL}. {finding}. ")
        file = base64.b64decode(attributes["src"].removeprefix("data:image/svg+xml;base64,"))
        assert b"<svg" in file


@pytest.mark.parametrize("make", RESULTS.values(), ids=RESULTS)
def test_the_command_the_seed_the_versions_and_the_fingerprints_are_told(make):
    page = Page(make())
    said = page.text("main")
    assert "chipgate --some 'words' -n 2" in said
    assert "Seed 1, 2 replications" in said
    assert "chipgate reproduce" in said
    told = dict(row for row in page.table("versions")[1:])
    about = manifest(six())
    assert told == {**about.versions, "CPython": about.interpreter.split()[1]}
    assert ["summary.csv", "a1" * 32] in [[file, sha] for file, _, sha in page.table("files")]
    assert all(re.fullmatch("[0-9a-f]{64}", sha) for _, sha in page.table("scenario-hashes")[1:])


# --- A run ---


def test_a_run_tells_its_outcomes_and_what_binds_as_its_exhibits_do(of_run):
    run = shipped("h20-stays")
    exhibits = [summary(run, headlines=True), summary(run, headlines=False), binding(run), phases_of([run])]
    for exhibit in exhibits:
        assert of_run.table(exhibit.key) == table_of(exhibit)
        assert len(exhibit.rows) > 1
    assert [row.key.name for row in exhibits[0].rows] == [*HEADLINES]
    for said in findings(run):
        assert said in of_run.text("main")
    share = of_run.table("binding_constraints")[0].index("share")
    told = {row[0]: row[share] for row in of_run.table("binding_constraints")[1:]}
    for name, part in shares_of_books(run).items():
        assert told.get(CONSTRAINTS[name].label, "0 %") == percent(part)


def test_what_was_set_beside_the_files_stands_in_the_page_and_in_every_picture():
    def with_growth(name):
        run = shipped(name)
        sourced = replace(run.sourced, settings=("foundry.growth=50 %/year",))
        return Run.of(sourced, run.seed, run.numbers, run.outcomes, run.series)

    run = with_growth("h20-stays")
    comparison = Comparison([with_growth("baseline"), run])
    for subject, told in (
        (run, "seed 1, 2023-01-01 to 2028-01-01, with foundry.growth=50 %/year"),
        (comparison, "Each scenario is run with foundry.growth=50 %/year."),
    ):
        assert told in Page(report_html(subject, manifest(subject), {})).text("body").replace("\u00a0", " ")
        for kind in kinds_of(subject):
            slide = picture_of(kind, subject)
            assert "foundry.growth=50 %/year" in slide.description
            notes = " ".join(text.get_text() for text in slide.texts)
            assert "foundry.growth=50 %/year" in " ".join(notes.split()), kind


def test_a_run_tells_what_differs_from_the_shipped_baseline_and_the_baseline_that_nothing_does(of_run):
    changed = [c for c in diff(load("baseline"), load("h20-stays")) if "." in c["key"]]
    assert changed
    assert of_run.table("changes-1")[1:] == [
        [c["key"], c["before"] or "–", c["after"] or "–", c["source"] or "–"] for c in changed
    ]
    assert "The H20 block never comes." in of_run.text("main")
    base = Page(report_html(shipped("baseline"), manifest(shipped("baseline")), {}))
    assert "No value differs from the shipped baseline." in base.text("main")
    assert base.all("figure") == []
    assert "Pictures" not in base.text("nav")


def test_a_baseline_in_the_current_folder_is_not_the_shipped_one(tmp_path, monkeypatch):
    run = shipped("h20-stays")
    before = report_html(run, manifest(run), {})
    (tmp_path / "baseline.yaml").write_text("extends: baseline\nfoundry: {growth: 1 %/year}\n")
    monkeypatch.chdir(tmp_path)
    assert report_html(run, manifest(run), {}) == before


# --- A comparison ---


def test_a_comparison_begins_with_a_conclusion_for_each_scenario_and_their_questions(of_six):
    told = [text.replace("\u00a0", " ") for tag, _, text in of_six.all("li")]
    for name, said in conclusions(six()):
        assert f"{name}: {said}" in told
    assert [row[-1] for row in of_six.table("scenarios")[1:]] == [run.scenario.question for run in six().runs]


def test_a_comparison_tells_every_difference_with_its_interval_and_verdict(of_six):
    for exhibit in (differences(six(), headlines=True), differences(six(), headlines=False)):
        for number, (title, rows) in enumerate(exhibit.groups.items(), 1):
            assert title.startswith(f"{SIX[number]}, less baseline")
            assert of_six.table(f"{exhibit.key}-{number}") == table_of(exhibit, rows)
    assert {"interval", "verdict"} < {*of_six.table("differences-1")[0]}
    for note in reading(six()):
        assert note in of_six.text("main")


def test_a_comparison_tells_where_each_difference_comes_from(of_six):
    base, *others = six().runs
    text = of_six.text("main")
    for other in others:
        for told in contrast_sentences(contrast(base, other)):
            assert told in text


def test_a_comparison_tells_what_binds_side_by_side_and_when(of_six):
    for exhibit in (binding_side_by_side(six().runs), phases_of(six().runs)):
        assert of_six.table(exhibit.key) == table_of(exhibit)
    assert [row[0] for row in of_six.table("binding_constraints")[1:]] == [*SIX]


def test_a_comparison_tells_what_each_scenario_changes_with_the_sources(of_six):
    base = load("baseline")
    for number, name in enumerate(SIX[1:], 1):
        changed = [c for c in diff(base, load(name)) if "." in c["key"]]
        told = of_six.table(f"changes-{number}")
        assert told[0] == ["key", "in baseline", f"in {name}", "source"]
        assert [row[0] for row in told[1:]] == [c["key"] for c in changed]
        assert [row[3] for row in told[1:]] == [c["source"] or "–" for c in changed]


# --- What the numbers rest on ---


def test_contested_figures_are_those_in_dispute_that_a_value_rests_on_also_through_a_derived_one():
    found = {figure.id: keys for figure, keys in contested_figures([load("baseline"), load("h20-stays")])}
    assert {"cambricon-revenue-24", "control-oct23", "cloudmatrix", "cambricon-revenue-growth-24"} <= set(found)
    assert "datong" not in found, "reported, with a note, but not in dispute"
    assert "third-party-wafers" not in found, "alleged, but nothing here rests on it"
    assert found["cloudmatrix"] == {name: ["scale.systems.cloudmatrix-384.chips"] for name in ("baseline", "h20-stays")}
    assert "software.stacks.Neuware" in found["cambricon-revenue-growth-24"]["baseline"], "through cambricon-revenue-23"


def test_what_a_figure_is_said_to_be():
    figures = read_figures()
    assert status(figures["market-25"]) == "disputed, a forecast"
    assert status(figures["third-party-wafers"]) == "disputed, alleged and denied"
    assert status(figures["datong"]) == ""


def test_contested_figures_stand_on_the_page_with_the_reason_and_the_keys(of_run):
    rows = {row[0].rsplit(" ", 1)[1]: row for row in of_run.table("contested")[1:]}
    assert list(rows) == [figure.id for figure, _ in contested_figures([load("h20-stays")])]
    control = rows["control-oct23"]
    assert control[1:3] == ["2023-10", "disputed article 002:L4, said by: the article"]
    assert read_figures()["control-oct23"].resolution.why in control[3]
    assert "policies.threshold-october-2023.effective" in control[4]


def test_a_figure_that_only_some_scenarios_use_names_them():
    page = Page(report_html(six(), manifest(six()), {}))
    used = {row[0].rsplit(" ", 1)[1]: row[4] for row in page.table("contested")[1:]}
    assert used["cloudmatrix"] == "scale.systems.cloudmatrix-384.chips"
    # Tell one of them another story.
    lone = dataclasses.replace(
        six().runs[1].sourced,
        parameters={k: p for k, p in six().runs[1].sourced.parameters.items() if "cloudmatrix" not in k},
    )
    keys = {figure.id: keys for figure, keys in contested_figures([six().base.sourced, lone])}
    assert list(keys["cloudmatrix"]) == ["baseline"]


def test_the_kinds_of_sources_are_counted(of_six):
    told = of_six.table("sources")
    assert told[0] == ["source", *SIX]
    counts = Counter(p.source.kind for p in load("tight-border").parameters.values())
    for row in told[1:]:
        kind = row[0].split()[0]
        assert int(row[1 + SIX.index("tight-border")]) == counts[kind] > 0 or kind in {"user", "default"}
    assert counts["assumption"] > 100


# --- Harm, sameness, gaps ---


def test_texts_that_mean_harm_are_shown_as_what_they_are():
    page = Page(harmful_page())
    assert HARM in page.text("h1")
    assert HARM in page.text("main")
    assert page.text("main").count(HARM) >= 4


def test_the_same_results_give_the_same_page_however_long_the_run_took():
    first = manifest(harmful())
    other = dataclasses.replace(first, seconds=99.0, platform="another machine")
    pictures = svgs(harmful())
    assert report_html(harmful(), first, pictures) == report_html(harmful(), other, pictures) == harmful_page()


def test_a_single_replication_has_no_interval_and_the_page_says_so():
    run = shipped("baseline").first(1)
    page = Page(report_html(run, manifest(run), {}))
    assert "One replication: there is no interval." in page.text("main")
    assert "nan" not in page.text("main").split()


def test_without_files_the_page_lists_none(of_run):
    about: Manifest = dataclasses.replace(manifest(shipped("baseline")), files={})
    page = Page(report_html(shipped("baseline"), about, {}))
    assert not [e for e in page.all("table") if e[1]["id"] == "files"]
    assert [e for e in of_run.all("table") if e[1]["id"] == "files"]
