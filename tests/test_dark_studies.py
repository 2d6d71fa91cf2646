"""The pictures of studies on a dark page: each word and line has a colour that can be read there."""

import re

import pytest
from formulas import Formula, number
from test_assumption import by_hand, study_of
from test_attribution import played
from test_breakeven import found
from test_robust import by, reversing
from test_sensitivity import Formula as Moved
from test_sensitivity import linear, studied

from sim.pictures.axes import DARK, ON_DARK, ON_LIGHT
from sim.pictures.choice import slides_of
from sim.pictures.slide import render
from sim.scenario.load import load_shipped
from sim.studies.robust import robust
from sim.studies.sweep import sweep

GROWTH, CAP = "foundry.growth", "imports.h20.cap"
BASE, OTHER = load_shipped("baseline"), load_shipped("h20-stays")


def grown(scenario, luck):
    return (2 if scenario.name == "h20-stays" else 1) * (1e5 * (number(scenario, GROWTH) - 0.6) + luck)


STUDIES = {
    "assumption": lambda: study_of([BASE, OTHER], by_hand(1000.0, 300.0, -80.0, -200.0)),
    "sweep": lambda: sweep([BASE, OTHER], [f"{GROWTH}:3"], ["delivered"], Formula(grown), replications=3),
    "map": lambda: sweep([BASE, OTHER], [f"{GROWTH}:3", f"{CAP}:2"], ["delivered"], Formula(grown), replications=3),
    "waterfall": lambda: played(lambda gone, n: 1e6 + n * len(gone) + 1e5 * ("h20-block" in gone) * (n % 2), 4),
    "breakeven": lambda: found(lambda growth: growth - 0.44),
    "robust": lambda: robust([OTHER, load_shipped("early-embargo")], "delivered", by(reversing), worlds=30),
    "tornado": lambda: studied(Moved(linear), BASE),
}


@pytest.mark.parametrize("name", STUDIES)
def test_every_word_and_line_is_read_on_a_dark_page(name):
    slides = slides_of(STUDIES[name]())
    assert slides
    for slide in slides.values():
        drawn = render(slide, "svg").decode().partition("</style>")[2]
        words = re.findall(r'<text style="([^"]*)"', drawn)
        inks = {(re.findall(r"fill: (#\w+)", style) or ["black"])[0] for style in words}
        assert len(words) > 5
        assert inks <= {*DARK, ON_LIGHT, ON_DARK}
        lines = re.findall(r'fill: none; [^"]*stroke: (#\w+)', drawn)
        assert lines
        assert set(lines) <= set(DARK)
        looks = re.findall(r'<(?:path(?! id="m)|use)[^>]* style="([^"]*)"', drawn)  # a mark's uses have its colour
        assert not [look for look in looks if not re.search("fill|stroke: #", look)], "black, which no page changes"


def test_words_on_an_area_stay_as_they_are_on_a_dark_page_as_it_does():
    assert not {ON_LIGHT, ON_DARK} & {*DARK}
    text = render(slides_of(STUDIES["map"]())["map-delivered"], "svg").decode()
    cells = re.findall(r'<text style="[^"]*fill: (#\w+)[^"]*"[^>]*>([+−]?[\d.]+)</text>', text)
    inks = {value: ink for ink, value in cells if ink not in DARK}
    assert len(inks) == 3, "a row each"
    assert [inks[value] for value in sorted(inks, key=lambda value: abs(float(value.replace("−", "-"))))] == [
        ON_LIGHT,
        ON_DARK,
        ON_DARK,
    ]
