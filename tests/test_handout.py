"""Exercises on paper: what stands on which sheet, also in a real Chromium."""

import io
import re

import pypdf
import pytest
from lesson_world import EXERCISE, README, make_exercise

from sim.base.label import LABEL
from sim.lessons.exercise import exercise_names, find
from sim.lessons.handout import handout_html

AFTER = "What to do:"


def sheets(html: str) -> list[str]:
    """The words on the first sheet and on the second."""
    body = html.partition("<body>")[2].split('<table class="sheet"')[1:]
    return [" ".join(re.sub(r"<[^>]*>", " ", part).replace("\u00a0", " ").split()) for part in body]


@pytest.fixture
def own(here):
    return make_exercise(here / "mine")


@pytest.mark.usefixtures("own")
def test_the_first_sheet_ends_with_the_prediction_and_the_second_has_the_rest():
    first, second = sheets(handout_html(find("./mine")))
    assert "What do twice the wafers change?" in first
    assert "higher (more)" in first
    assert "in % of its mean in base.yaml" in first
    for word in ("Name", "Seed", "Direction", "Size", "80 % interval", "code"):
        assert word in first
    for told in ("there is more than before", "Why so?", "How much is delivered in the base?", "more less"):
        assert told not in first
        assert told in second
    assert LABEL in first
    assert LABEL in second


@pytest.mark.usefixtures("own")
def test_every_question_has_room_for_its_answer():
    answers = handout_html(find("./mine")).partition("Your answers")[2]
    assert [kind.count("ruled") for kind in re.split(r'<div class="question">', answers)[1:]] == [0, 0, 0, 3]
    assert answers.count('class="tick"') == 2
    assert answers.count('class="line') == 2


def test_nothing_that_a_page_says_can_act_or_call_out(own):
    harm = '<script>alert(1)</script> <b onclick="x">b</b> ![i](http://example.com/i.png) [l](javascript:x)'
    (own / "README.md").write_text(README.replace("About 20 minutes.", f"About 20 minutes. {harm}"))
    (own / "exercise.yaml").write_text(EXERCISE.replace("Which way?", "'<i onload=x>?'"))
    html = handout_html(find("./mine"))
    for tag in ("<script", "<b ", "<img", "<i ", 'href="javascript', "src="):
        assert tag not in html
    assert "default-src 'none'" in html
    assert "&lt;script&gt;" in html


def test_a_handout_goes_to_stdout_or_to_a_file_that_is_new(own, chipgate, here):
    status, out, _ = chipgate("lesson", "show", own, "--print")
    assert (status, out) == (0, f"{handout_html(find(str(own)))}\n")
    assert chipgate("lesson", "show", "./mine", "--print", "--out", "h.html")[0] == 0
    written = (here / "h.html").read_bytes()
    assert written.decode() == handout_html(find("./mine"))
    status, _, err = chipgate("lesson", "show", "./mine", "--print", "--out", "h.html")
    assert (status, (here / "h.html").read_bytes()) == (2, written)
    assert "exists already" in err
    assert chipgate("lesson", "show", "./mine", "--print", "--out", "h.html", "--overwrite")[0] == 0


@pytest.mark.parametrize("words", [["--out", "h.html"], ["--print", "--all"], ["--print", "--teacher"]])
@pytest.mark.usefixtures("here")
def test_options_that_do_not_go_together_are_told(words, chipgate):
    status, out, err = chipgate("lesson", "show", "1", *words)
    assert (status, out) == (2, "")
    assert "--print" in err


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_what_is_seen_before_the_prediction_fits_one_sheet_and_each_has_the_label(size, browser):
    page = browser.new_page()
    for name in exercise_names():
        page.set_content(handout_html(find(name)))
        pages = [each.extract_text() for each in pypdf.PdfReader(io.BytesIO(page.pdf(format=size))).pages]
        assert AFTER in pages[1], f"{name}: the second sheet begins on the second page"
        assert AFTER not in pages[0], name
        assert all(LABEL in text for text in pages), name
        assert len(pages) <= 4, name
    page.close()
