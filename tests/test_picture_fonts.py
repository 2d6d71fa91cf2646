"""Names in letters that the usual font does not have: one sentence instead of many warnings, and no box where a font is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from drawings import assert_readable, seen, slide_with, words
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from sim.experiment.run import Run
from sim.pictures import fonts
from sim.pictures.fonts import boxes_words
from sim.pictures.plots.canvas import Ruler
from sim.pictures.plots.policies import draw_policies
from sim.pictures.slide import FORMATS, Slide, render
from sim.scenario.load import load

NAME = "收紧边境"
LATIN = "Größe π, Ж"


@pytest.fixture
def no_lender(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose only fonts are matplotlib's own, and Latin ones."""
    monkeypatch.setattr(fonts, "LENDERS", ())


@pytest.fixture
def lender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A machine with a font that has those letters: each a black square, wide and tall."""
    pen = TTGlyphPen(None)
    for step, at in ((pen.moveTo, (0, 0)), (pen.lineTo, (0, 900)), (pen.lineTo, (900, 900)), (pen.lineTo, (900, 0))):
        step(at)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    names = [".notdef", *(f"u{ord(letter):X}" for letter in NAME)]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): f"u{ord(letter):X}" for letter in NAME})
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": "Squares for a test", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=900, sTypoDescender=-100)
    builder.setupPost()
    builder.save(tmp_path / "squares.ttf")
    known = list(font_manager.fontManager.ttflist)
    font_manager.fontManager.addfont(tmp_path / "squares.ttf")
    monkeypatch.setattr(fonts, "LENDERS", ("A font that is not there", "Squares for a test"))
    yield "Squares for a test"
    font_manager.fontManager.ttflist = known
    font_manager.fontManager._findfont_cached.cache_clear()
    fonts._font.cache_clear()


def a_slide(name: str) -> Slide:
    return slide_with(lambda ax: ax.set_title(name), notes=f"Scenario {name}.")


@pytest.mark.usefixtures("no_lender")
@pytest.mark.parametrize("format", FORMATS)
def test_letters_without_a_font_bring_no_warning(
    format: str, recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    warnings.simplefilter("always")
    slide = a_slide(NAME)
    assert_readable(slide, 4)
    render(slide, format)
    assert [str(warning.message) for warning in recwarn] == []
    assert caplog.messages == []


def test_a_font_that_is_there_lends_its_letters(lender: str, caplog: pytest.LogCaptureFixture) -> None:
    slide = a_slide(NAME)
    with_boxes = render(a_slide("\u6211" * 4), "png")
    assert render(slide, "png") != with_boxes
    lent = {text.get_text(): text.get_fontfamily() for text in seen(slide)}
    assert lent[NAME] == ["sans-serif", lender]
    assert lent["A title"] == ["sans-serif"]
    assert render(slide, "pdf").startswith(b"%PDF")
    assert caplog.messages == [], "no word about fonts that are not there"


@pytest.mark.usefixtures("lender")
def test_an_svg_is_the_same_with_and_without_such_a_font(monkeypatch: pytest.MonkeyPatch) -> None:
    slide = a_slide(NAME)
    render(slide, "png")
    with_font = render(slide, "svg")
    monkeypatch.setattr(fonts, "LENDERS", ())
    assert with_font == render(a_slide(NAME), "svg")
    assert NAME in with_font.decode()


@pytest.mark.parametrize("format", FORMATS)
def test_pictures_with_other_letters_do_not_change(format: str, lender: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_font = render(a_slide(LATIN), format)
    monkeypatch.setattr(fonts, "LENDERS", ())
    assert with_font == render(a_slide(LATIN), format)
    assert lender.encode() not in with_font


def test_a_wide_letter_is_as_wide_as_the_text_is_tall_whatever_fonts_there_are() -> None:
    (ax,) = slide_with(lambda ax: ax).axes
    ruler = Ruler(ax)
    assert ruler.width(NAME, 12) == pytest.approx(48)
    assert ruler.width(f"a{NAME}b", 12) == pytest.approx(48 + ruler.width("ab", 12))


@pytest.mark.usefixtures("no_lender")
def test_one_sentence_tells_which_letters_are_boxes() -> None:
    scenario = load("baseline", {"name": NAME}).scenario
    told = boxes_words(scenario)
    assert told.startswith(f"No font on this machine has the letters {NAME}, so PNG and PDF pictures show boxes")
    assert told.count(". ") == 0
    assert boxes_words(load("baseline").scenario) == ""
    assert boxes_words(load("baseline", {"title": LATIN}).scenario) == ""


@pytest.mark.usefixtures("lender")
def test_nothing_is_told_where_a_font_has_the_letters() -> None:
    assert boxes_words(load("baseline", {"name": NAME}).scenario) == ""
    assert "letters 出口, so" in boxes_words(load("baseline", {"name": f"{NAME}出口"}).scenario)


@pytest.mark.usefixtures("no_lender", "here")
def test_a_run_tells_it_once_and_nothing_else_on_stderr(chipgate, tiny: Path) -> None:
    _, out, err = chipgate("run", tiny, "-n", 1, "--set", f"name={NAME}", "--workers", 1, "--out", "made")
    assert err.count("No font on this machine") == len(err.strip().splitlines()) == 1
    assert "No font" not in out
    _, _, err = chipgate("plot", "made", "--kind", "policies", "--format", "png")
    assert "No font on this machine" in err
    _, _, err = chipgate("plot", "made", "--kind", "policies", "--format", "svg")
    assert err == ""


def test_an_ordinary_run_tells_nothing(tiny_run: Run) -> None:
    assert boxes_words(tiny_run.scenario) == ""
    assert words(slide_with(lambda ax: draw_policies(ax, [tiny_run.scenario])))
