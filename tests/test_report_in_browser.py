"""The report as a reader meets it: in a real Chromium, by sight, by keyboard, by screen reader's rules and on paper.

A machine without Chromium skips these tests; with CI=true or CHIPGATE_BROWSER=required that is a failure instead.
CHIPGATE_SCREENSHOTS names a folder to keep the screenshots in.
"""

from __future__ import annotations

import io
import os
import re
import unicodedata
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from reports import harmful_page, run_page, short_page
from test_attribution import played

from sim.base.label import LABEL, SENTENCE
from sim.folder.study import publish_study
from sim.report.study import study_html

PAGES = {"run": run_page, "comparison": short_page}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports as files."""
    folder = tmp_path_factory.mktemp("reports")
    made = {}
    for name, make in PAGES.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(make(), encoding="utf-8")
    return made


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a study that has long names and many columns, by a long command."""
    page = played(lambda gone, number: 1e7 + 1e6 * len(gone) ** 2 * (number + 1)).page()
    folder, command = tmp_path_factory.mktemp("study") / "out", f"chipgate attribute --out {'long-' * 40}name"
    return publish_study(page, dict, folder, command, 1.0, page_of=study_html, formats=()).folder / "report.html"


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    folder = Path(os.environ.get("CHIPGATE_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Visit:
    """A page in a window of its own, and what it said and asked for."""

    def __init__(self, browser: Any, **window: Any) -> None:
        self.context = browser.new_context(**{"viewport": WIDE, **window})
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.got: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfinished", lambda request: self.got.append(request.url))

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def open(self, file: Path) -> Any:
        self.page.goto(file.as_uri())
        return self.page


def photograph(page: Any) -> Image.Image:
    """What the window shows. Chromium on a busy machine may drop the frame and say so; then it is asked again."""
    from playwright.sync_api import Error

    for _ in range(3):
        try:
            return Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        except Error as error:
            if "Unable to capture screenshot" not in error.message:
                raise
            page.wait_for_timeout(1000)
    pytest.fail("Chromium could not show this page three times")


def whole_page(page: Any) -> Image.Image:
    """The page from top to bottom, window by window: Chromium does not always give 17 million points at once."""
    window = page.viewport_size
    height = page.evaluate("document.documentElement.scrollHeight")
    picture = Image.new("RGB", (window["width"], height))
    for top in range(0, height, window["height"]):
        page.evaluate("top => scrollTo({ top, behavior: 'instant' })", top)
        picture.paste(photograph(page), (0, round(page.evaluate("scrollY"))))
    return picture


def violations(page: Any, rule: str = "") -> list[str]:
    """What axe-core finds wrong, by all rules or one of them: the rule, how often, and the first place."""
    source = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    page.evaluate(source)
    only = {"type": "rule", "values": [rule]} if rule else {"type": "tag", "values": RULES}
    found = page.evaluate("only => axe.run(document, {runOnly: only})", only)
    assert len(found["passes"]) > 20 or rule
    return [f"{v['id']} x{len(v['nodes'])}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


# --- Access ---


@pytest.mark.parametrize(
    ("name", "look"),
    [
        *(("run", look) for look in ("light", "print", "narrow")),
        *(("comparison", look) for look in ("light", "dark", "narrow")),
    ],
)
def test_axe_finds_no_violation(browser, files, name, look):
    window = {"color_scheme": "dark" if look == "dark" else "light"}
    if look == "narrow":
        window["viewport"] = {"width": 320, "height": 700}
    with Visit(browser, **window) as visit:
        page = visit.open(files[name])
        if look == "print":
            page.emulate_media(media="print")
        if look != "narrow":  # there as it comes, elsewhere with everything open
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert violations(page) == []


@pytest.mark.parametrize(
    ("whole", "broken", "rule"),
    [
        ('<html lang="en">', "<html>", "html-has-lang"),
        ("--soft: #54575c", "--soft: #c9c9c9", "color-contrast"),
        ("--soft: #b3b5b8", "--soft: #44474a", "color-contrast"),
        (' alt="', ' data-alt="', "image-alt"),
        ("<h1>", "<h4>", "page-has-heading-one"),
        ("<main", "<div", "landmark-one-main"),
    ],
)
def test_axe_would_find_what_is_broken(browser, tmp_path, whole, broken, rule):
    text = run_page()
    assert whole in text
    text = re.sub(r"<meta http-equiv[^>]*>", "", text)  # a changed style sheet has another hash
    file = tmp_path / "broken.html"
    file.write_text(text.replace(whole, broken), encoding="utf-8")
    with Visit(browser, color_scheme="dark" if "b3b5b8" in whole else "light") as visit:
        assert violations(visit.open(file), rule) != []


def test_the_keyboard_reaches_everything_in_the_order_of_the_page_and_shows_where_it_is(browser, files):
    with Visit(browser) as visit:
        page = visit.open(files["comparison"])
        wanted = page.evaluate(
            """() => [...document.querySelectorAll('a[href], summary, [tabindex="0"]')].filter(e => {
                const closed = e.parentElement.closest('details:not([open])');
                return !closed || e === closed.querySelector('summary');
            }).map((e, n) => { e.dataset.n = n; return n; })"""
        )
        assert len(wanted) > 25
        met = []
        for _ in wanted:
            page.keyboard.press("Tab")
            now = page.evaluate(
                """() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
                    return {n: Number(e.dataset.n), outline: s.outlineStyle, width: parseFloat(s.outlineWidth),
                            seen: b.bottom > 0 && b.top < innerHeight && b.right > 0}; }"""
            )
            met.append(now["n"])
            assert (now["outline"], now["seen"]) == ("solid", True), now
            assert now["width"] >= 2
        assert met == wanted


def test_the_skip_link_comes_first_and_goes_to_the_results(browser, files):
    with Visit(browser) as visit:
        page = visit.open(files["run"])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


def test_what_is_folded_opens_and_wide_tables_scroll_by_keyboard(browser, files):
    with Visit(browser, viewport={"width": 320, "height": 700}) as visit:
        page = visit.open(files["comparison"])
        summary = page.locator("summary").first
        summary.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.querySelector('details').open")
        page.locator(".scroll:has(#contested)").focus()
        page.keyboard.press("ArrowRight")
        for _ in range(100):  # it glides
            if moved := page.evaluate("document.activeElement.scrollLeft"):
                break
            page.wait_for_timeout(50)
        assert moved > 0


# --- Policy and network ---


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_asked_for_and_the_policy_has_nothing_to_complain_about(browser, files, name):
    with Visit(browser) as visit:
        visit.open(files[name]).wait_for_load_state("networkidle")
        assert visit.asked == [files[name].as_uri()]
        assert visit.said == []


def test_texts_that_mean_harm_do_none(browser, tmp_path):
    file = tmp_path / "harm.html"
    file.write_text(harmful_page(), encoding="utf-8")
    with Visit(browser) as visit:
        visit.open(file).wait_for_load_state("networkidle")
        assert visit.asked == [file.as_uri()]
        assert visit.said == []


@pytest.mark.parametrize(
    "planted",
    [
        "<p style='color: red'>",
        "<script>document.title = 'changed'</script>",
        "<img src='other.png'>",
        "<style>p{}</style>",
    ],
)
def test_the_policy_would_stop_what_was_planted(browser, tmp_path, planted):
    file = tmp_path / "planted.html"
    file.write_text(run_page().replace("<h1>", f"{planted}<h1>"), encoding="utf-8")
    Image.new("RGB", (9, 9)).save(tmp_path / "other.png")
    with Visit(browser) as visit:
        page = visit.open(file)
        page.wait_for_load_state("networkidle")
        assert any("Content Security Policy" in text for text in visit.said)
        assert page.title() != "changed"
        assert visit.got == [file.as_uri()]


# --- Looks ---


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_is_seen_and_not_a_blank_sheet(browser, files, name):
    with Visit(browser) as visit:
        pictures = visit.open(files[name]).locator("figure img")
        assert pictures.count() > 5
        for picture in pictures.all():
            assert picture.evaluate("e => e.complete && e.naturalWidth > 0")
            seen = Image.open(io.BytesIO(picture.screenshot())).convert("L")
            assert len(seen.getcolors()) > 20


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_window_or_a_large_zoom_scrolls_tables_but_never_the_page(browser, files, name):
    for window in ({"width": 320, "height": 700}, {"width": 640, "height": 450}):
        with Visit(browser, viewport=window, device_scale_factor=2) as visit:
            page = visit.open(files[name])
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_names_of_rows_stay_in_sight_while_their_numbers_scroll_by(browser, files, look):
    with Visit(browser, viewport={"width": 360, "height": 700}, color_scheme=look) as visit:
        page = visit.open(files["comparison"])
        found = page.evaluate(
            """() => {
                const box = document.querySelector('.scroll:has(#contested)'), left = box.getBoundingClientRect().left;
                box.scrollLeft = box.scrollWidth;
                box.scrollIntoView();
                const page = getComputedStyle(document.documentElement).backgroundColor;
                return {moved: box.scrollLeft, rows: [...box.querySelectorAll('tr')].map(row => {
                    const name = row.firstElementChild, b = name.getBoundingClientRect();
                    const seen = document.elementFromPoint(b.left + 4, b.top + b.height / 2);
                    const last = row.lastElementChild.getBoundingClientRect();
                    return {at: b.left - left, seen: b.top > 0 && b.bottom < innerHeight ? name.contains(seen) : true,
                            paper: getComputedStyle(name).backgroundColor === page, over: b.right - last.left};
                })};
            }"""
        )
    assert found["moved"] > 100
    assert len(found["rows"]) > 4
    for row in found["rows"]:
        assert abs(row["at"]) < 1, "the name has scrolled away"
        assert row["seen"], "a number lies over the name"
        assert row["paper"], "numbers shine through"
        assert row["over"] < 1, "the name lies over the last column"


SCROLLING = """() => [...document.querySelectorAll('.scroll')].map(box => ({
    name: box.querySelector('table') ? box.querySelector('table').id : box.getAttribute('aria-label'),
    scrolls: box.scrollWidth > box.clientWidth,
    said: (box.closest('figure') || box).querySelector('.sideways').getClientRects().length > 0,
}))"""


@pytest.mark.parametrize("name", PAGES)
def test_what_scrolls_sideways_says_so_and_nothing_else_does(browser, files, name):
    for width in (320, 360, 640, 1100):
        with Visit(browser, viewport={"width": width, "height": 700}) as visit:
            page = visit.open(files[name])
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            boxes = page.evaluate(SCROLLING)
            assert len(boxes) > 10
            assert [box["name"] for box in boxes if box["scrolls"] != box["said"]] == [], width
            assert any(box["said"] for box in boxes) == (width < 1000)
            page.emulate_media(media="print")
            assert not any(box["said"] for box in page.evaluate(SCROLLING))


@pytest.mark.parametrize("width", [320, 390, 640, 800, 1280])
def test_a_studys_tables_keep_every_column_and_say_where_they_scroll(browser, study, width):
    with Visit(browser, viewport={"width": width, "height": 700}, color_scheme="dark") as visit:
        page = visit.open(study)
        boxes = page.evaluate(SCROLLING)
        assert {"table-parts", "table-interactions"} <= {box["name"] for box in boxes}
        assert [box["name"] for box in boxes if box["scrolls"] != box["said"]] == []
        assert any(box["said"] for box in boxes) == (width < 1000)
        hidden = "[...document.querySelectorAll('main :is(th, td)')].filter(e => !e.getClientRects().length).length"
        assert page.evaluate(hidden) == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        command = page.locator("pre")
        assert command.evaluate("e => e.scrollWidth <= e.clientWidth")
        assert violations(page) == []


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("what", ["#contested", "#picture-fan"])
def test_a_shadow_lies_at_the_edge_behind_which_more_is_and_goes_at_the_end(browser, files, look, what):
    def edge(page: Any, white: bool) -> int:
        """By how many steps of grey most of the right edge differs from the paper, a picture's too."""
        seen = Image.open(io.BytesIO(page.locator(f".scroll:has({what})").screenshot())).convert("L")
        strip = [seen.getpixel((seen.width - 4, y)) for y in range(4, seen.height - 4)]
        paper = seen.getpixel((seen.width - 70, 4))
        assert (paper > 250) == white
        return abs(max(set(strip), key=strip.count) - paper)

    with Visit(browser, viewport={"width": 360, "height": 900}, color_scheme=look) as visit:
        page, white = visit.open(files["comparison"]), look == "light"
        assert edge(page, white) > 25
        page.emulate_media(forced_colors="active")
        assert edge(page, white) <= 3
        page.emulate_media(forced_colors="none")
        page.evaluate(
            "what => { const b = document.querySelector(`.scroll:has(${what})`); b.scrollLeft = 9999; }", what
        )
        assert edge(page, white) <= 3


def test_on_a_telephone_differences_are_in_sight_before_anything_scrolls(browser, files):
    with Visit(browser, viewport={"width": 360, "height": 700}) as visit:
        page = visit.open(files["comparison"])
        ends = page.evaluate(
            "[...document.querySelectorAll('#differences-1 tr > :nth-child(4)')].map(c => c.getBoundingClientRect().right)"
        )
    assert len(ends) > 4
    assert max(ends) <= 360


def test_the_files_table_keeps_its_words_together_on_a_telephone(browser, files):
    with Visit(browser, viewport={"width": 360, "height": 700}) as visit:
        page = visit.open(files["run"])
        cells = page.evaluate(
            "[...document.querySelectorAll('#files td:nth-child(2)')].map(c => [c.textContent, c.clientHeight])"
        )
    assert len(cells) >= 3
    for text, height in cells:
        assert height < 24 * (2 + len(text) / 25), text


@pytest.mark.parametrize("name", PAGES)
def test_nothing_reaches_beyond_the_edge_of_the_paper(browser, files, name):
    with Visit(browser, viewport={"width": 673, "height": 900}) as visit:  # A4 within its margins
        page = visit.open(files[name])
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= 673


def test_dark_mode_is_dark_and_paper_stays_white(browser, files):
    def page_colour(page: Any) -> list[int]:
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return [int(number) for number in re.findall(r"\d+", colour)[:3]]

    def picture_colour(page: Any) -> tuple[int, ...]:
        seen = Image.open(io.BytesIO(page.locator("figure img").first.screenshot())).convert("RGB")
        return tuple(seen.getpixel((seen.width // 2, 6)))

    with Visit(browser, color_scheme="dark") as visit:
        page = visit.open(files["run"])
        assert max(page_colour(page)) < 60
        assert list(picture_colour(page)) == page_colour(page), "no slab on the page"
        page.emulate_media(media="print", color_scheme="dark")
        assert page_colour(page) == [255, 255, 255]
        assert picture_colour(page) == (255, 255, 255)
    with Visit(browser) as visit:
        page = visit.open(files["run"])
        assert page_colour(page) == [255, 255, 255]
        assert picture_colour(page) == (255, 255, 255)


def _letters(text: str) -> str:
    """A text without blanks and ligatures, which paper sets as it likes."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_every_sheet_has_the_label_and_nothing_folded_is_lost(browser, files, screenshots, name):
    from pypdf import PdfReader

    with Visit(browser) as visit:
        page = visit.open(files[name])
        data = page.pdf(prefer_css_page_size=True, path=screenshots / f"{name}.pdf")
        cells = page.evaluate(
            "[...document.querySelectorAll('details td, details th, details p')].map(e => e.textContent)"
        )
    sheets = [_letters(sheet.extract_text()) for sheet in PdfReader(io.BytesIO(data)).pages]
    label = _letters(LABEL)
    assert len(sheets) > 3
    assert all(label in sheet for sheet in sheets)
    paper = "".join(sheets)
    assert _letters(SENTENCE) in paper
    assert len(cells) > 100
    folded = {_letters(cell) for cell in cells if len(cell) < 60}
    lost = {cell for cell in folded if cell not in paper}
    assert lost == set()
    assert "Skiptotheresults" not in paper


@pytest.mark.parametrize(
    ("name", "look"), [("run", "light"), *(("comparison", look) for look in ("light", "dark", "narrow", "print"))]
)
def test_screenshots_are_taken(browser, files, screenshots, name, look):
    window: dict[str, Any] = {"color_scheme": "dark" if look == "dark" else "light"}
    window["viewport"] = {"width": {"narrow": 320, "print": 700}.get(look, 1400), "height": 900}
    with Visit(browser, **window) as visit:
        page = visit.open(files[name])
        if look == "print":
            page.emulate_media(media="print")
        path = screenshots / f"{name}-{look}.png"
        whole_page(page).save(path)
    with Image.open(path) as image:
        assert image.width == window["viewport"]["width"]
        assert image.height > 2000
        bands = [image.crop((0, top, image.width, top + 900)) for top in range(0, image.height - 900, 900)]
        assert min(len(band.getcolors(1 << 24)) for band in bands) > 20
