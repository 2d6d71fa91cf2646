"""Pictures: every kind of every result can be drawn, says what it is, and comes out the same; and how to add one."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from pictured import BASE, CASES, COMPARED, a_run, named, runs, words
from PIL import Image

import sim.pictures
from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.experiment.comparison import Comparison
from sim.experiment.run import Run
from sim.pictures.axes import DARK, day_number
from sim.pictures.choice import kinds_of, picture_of, pictures, together
from sim.pictures.files import FORMATS
from sim.pictures.names import event_name, readable, short
from sim.pictures.slide import SIZES, render

DAY = datetime.date
RUN_KINDS, COMPARISON_KINDS = kinds_of("run"), kinds_of("comparison")


def test_the_kinds() -> None:
    assert RUN_KINDS == ["sources", "backlog", "binds", "fan", "flows", "policies", "revenue"]
    assert COMPARISON_KINDS == ["difference", "sources", "forest", "binds", "fan", "flows", "policies", "revenue"]
    assert all(kind.what.endswith(".") for kind in pictures().values())


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", RUN_KINDS)
def test_every_kind_of_every_run_can_be_drawn_and_has_its_words(kind: str, case: str) -> None:
    assert_whole(kind, CASES[case])


@pytest.mark.parametrize("case", COMPARED)
@pytest.mark.parametrize("kind", COMPARISON_KINDS)
def test_every_kind_of_every_comparison_can_be_drawn_and_has_its_words(kind: str, case: str) -> None:
    assert_whole(kind, COMPARED[case]())


def assert_whole(kind: str, result: Run | Comparison) -> None:
    slide = picture_of(kind, result)
    told = [" ".join(text.split()) for text in words(slide)]
    assert LABEL in told
    assert any(text == slide.title or (text.endswith(" …") and slide.title.startswith(text[:-2])) for text in told)
    assert slide.description.startswith(f"{LABEL}. {slide.title}. ")
    assert not slide.title.endswith((".", "?")), "a title states what is found"
    assert "nan" not in slide.description.split()
    assert "nan" not in " ".join(told).split()


def test_an_svg_is_sound_keeps_its_text_and_its_words() -> None:
    slide = picture_of("backlog", CASES["odd names"])
    tree = ElementTree.fromstring(render(slide, "svg"))
    told = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert LABEL in told
    assert any("$x^2$" in text and "<b>&" in text for text in told if text)
    assert tree.findtext("{http://www.w3.org/2000/svg}title") == slide.title
    assert tree.findtext(".//{http://purl.org/dc/elements/1.1/}description") == slide.description


def test_letters_without_a_font_bring_no_warning(
    recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    slide = picture_of("backlog", a_run(scenario=dataclasses.replace(BASE, title="收紧边境")))
    assert "收紧边境" in render(slide, "svg").decode()
    for form in FORMATS:
        render(slide, form)
    assert [str(warning.message) for warning in recwarn] == []
    assert caplog.messages == []


def test_a_png_is_a_slide_of_1600_by_900() -> None:
    with Image.open(io.BytesIO(render(picture_of("backlog", CASES["baseline"]), "png"))) as image:
        assert image.size == (1600, 900)


def test_a_notebook_shows_a_slide_with_its_text() -> None:
    slide = picture_of("backlog", CASES["baseline"])
    shown, _ = slide._repr_mimebundle_()
    assert shown == {"image/svg+xml": render(slide, "svg").decode(), "text/plain": slide.description}


def seen(slide: Figure) -> str:
    return " ".join(" ".join(words(slide)).split())


# --- Several results, periods and sizes ---


def renamed(run: Run, name: str, seed: int) -> Run:
    again = named(run, name)
    again.seed = seed
    return again


def test_several_results_are_drawn_together_each_run_once() -> None:
    base, one, other = runs()
    every = together([base, Comparison([base, one]), other])
    assert [run.scenario.name for run in every.runs] == ["baseline", "h20-stays", "tight-border"]
    assert together([every], ["tight-border"]) is other
    assert [run.scenario.name for run in together([every], ["h20-stays", "baseline"]).runs] == ["h20-stays", "baseline"]
    assert sim.plot([base, other], "fan").title == picture_of("fan", Comparison([base, other])).title
    for results, chosen, said in (
        ([every], ["h20-stay"], "no scenario here is named 'h20-stay'; did you mean 'h20-stays'?"),
        ([base, renamed(base, "baseline", 9)], [], "'baseline' is in these results more than once, and not alike"),
        ([base, renamed(base, "baseline", 9)], [], "draw the folders apart, or name other scenarios with --scenario"),
        (
            [base, a_run(scenario=dataclasses.replace(BASE, name="longer"))],
            [],
            "a picture has one window: draw them apart",
        ),
    ):
        with pytest.raises(ChipgateError, match=re.escape(said)):
            together(results, chosen)


def test_runs_that_do_not_pair_are_drawn_but_not_subtracted() -> None:
    base, one, _ = runs()
    both = together([base, renamed(one.first(5), "h20-stays", 9)])
    for kind in COMPARISON_KINDS:
        if pictures()[kind].paired:
            with pytest.raises(ChipgateError, match=f"'{kind}' takes each replication from the one with the same luck"):
                picture_of(kind, both)
        else:
            told = "Not paired: baseline: 12 replications, seed 3; h20-stays: 5 replications, seed 9."
            assert told in seen(picture_of(kind, both))
    assert [kind for kind in COMPARISON_KINDS if pictures()[kind].paired] == ["difference", "forest"]


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (2024, 2025, DAY(2024, 1, 1), DAY(2026, 1, 1)),
        ("2024-11", "2024-12", DAY(2024, 11, 1), DAY(2025, 1, 1)),
        (DAY(2025, 3, 5), None, DAY(2025, 3, 5), DAY(2026, 2, 1)),
        (None, "2024-03-31", DAY(2024, 1, 1), DAY(2024, 4, 1)),
    ],
)
def test_a_period_reaches_from_the_beginning_of_one_to_the_end_of_the_other(start, end, first, last) -> None:
    comparison = COMPARED["two others"]()
    for kind in COMPARISON_KINDS:
        if not pictures()[kind].over_time:
            with pytest.raises(ChipgateError, match="is about the whole window; leave the period out"):
                sim.plot(comparison, kind, start=start, end=end)
            continue
        slide = sim.plot(comparison, kind, start=start, end=end)
        assert {ax.get_xlim() for ax in slide.subfigs[0].axes} == {(day_number(first), day_number(last))}, kind


def test_a_period_or_a_size_that_is_none_is_refused() -> None:
    for more, said in (
        ({"start": 2031}, "nothing of the window, 2024-01-01 to 2026-02-01, lies in the period asked for"),
        ({"start": "spring"}, "'spring' is not a date; write year-month-day"),
        ({"start": "2025-02-30"}, "'2025-02-30' is not a day of the calendar"),
        ({"start": "2025-07-01", "end": 2024}, "the end, 2024, lies before the beginning, 2025-07-01"),
        ({"size": "poster"}, "no size of picture is named 'poster'; there are slide, page, thumbnail"),
    ):
        with pytest.raises(ChipgateError, match=re.escape(said)):
            sim.plot(COMPARED["two others"](), "fan", **more)


@pytest.mark.parametrize("kind", COMPARISON_KINDS)
def test_every_kind_has_every_size_with_its_title_and_its_label(kind: str) -> None:
    for size in SIZES:
        slide = picture_of(kind, COMPARED["two others"](), size=size)
        assert slide.get_size_inches().tolist() == list(SIZES[size].inches)
        assert {LABEL, slide.title} <= {" ".join(text.get_text().split()) for text in slide.texts}, size
        assert all(ax.get_window_extent().height > 0.1 * slide.bbox.height for ax in slide.subfigs[0].axes), size


# --- Dark pages ---


def test_on_a_dark_page_no_word_and_no_line_is_dark_and_nothing_else_on_the_page_changes() -> None:
    for kind in COMPARISON_KINDS:
        text = render(picture_of(kind, COMPARED["two others"]()), "svg").decode()
        [(style, drawn)] = re.findall(r"(?s)prefers-color-scheme: dark\)(.*?)</style>(.*)", text)
        assert all(line.startswith("svg.chipgate ") for line in style.splitlines() if "[style" in line)
        assert text.count('<svg class="chipgate"') == 1
        assert not re.search(r'<path id="m\w+" d="[^"]*" style="stroke: #', drawn), "a mark keeps its line's own colour"
        words_in = set(re.findall(r'<text style="[^"]*fill: (#[0-9a-f]{6})', drawn))
        lines = set(re.findall(r"fill: none; [^\"]*stroke: (#[0-9a-f]{6})", drawn)) | {"#ffffff"}
        assert words_in
        for colour in words_in | {line for line in lines if line in style or kind not in ("policies",)}:
            assert f'{colour}"] {{ fill: {DARK[colour]}' in style, (kind, colour)


# --- The same bytes ---


def digest() -> str:
    """The bytes of every kind, and of one in every format, in short."""
    whole = hashlib.sha256()
    for kind in RUN_KINDS:
        slide = picture_of(kind, CASES["baseline"])
        for form in FORMATS if kind == "fan" else ("svg",):
            whole.update(render(slide, form))
    return whole.hexdigest()


def test_the_same_data_give_the_same_bytes_in_any_order_and_process_without_pyplot_and_whatever_the_settings() -> None:
    plain = digest()
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "text.parse_math": True, "font.family": "serif"}):
        before = dict(mpl.rcParams)
        assert digest() == plain
        assert dict(mpl.rcParams) == before
    slide = picture_of("fan", CASES["baseline"])
    first = render(slide, "svg")
    render(slide, "png")
    assert render(slide, "svg") == first
    here = Path(__file__).parent
    code = "import sys, test_pictures; print(test_pictures.digest()); print('matplotlib.pyplot' in sys.modules)"
    # Files need no backend, whatever the environment names.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    environment |= {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "MPLBACKEND": "nonsense"}
    code = f"import sim.pictures; {code}"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [plain, "False"]


@pytest.mark.parametrize("kind", COMPARISON_KINDS)
def test_the_same_comparison_gives_the_same_bytes(kind: str) -> None:
    one, other = (render(picture_of(kind, COMPARED["two others"]()), "svg") for _ in range(2))
    assert one == other


# --- Which picture ---


@pytest.mark.parametrize(
    ("kind", "outcome", "said"),
    [
        ("fann", None, "no kind of picture is named 'fann'; did you mean 'fan'"),
        ("heatmap", None, "there are difference, sources, forest, binds, fan, flows, policies, revenue"),
        ("backlog", None, "'backlog' shows a single run, and these are the results of a comparison"),
        ("forest", "delivered", "a picture of kind 'forest' is about no single outcome; leave 'delivered' out"),
        ("fan", "domestic_shar", "a picture of kind 'fan' cannot show 'domestic_shar'; did you mean 'domestic_share'"),
        ("revenue", "backlog", "there are revenue_cambricon, revenue_huawei"),
    ],
)
def test_a_wrong_name_is_refused_with_what_is_near(kind: str, outcome: str | None, said: str) -> None:
    with pytest.raises(ChipgateError) as refused:
        picture_of(kind, COMPARED["two others"](), outcome)
    assert said in str(refused.value)


def test_a_runs_pictures_refuse_alike() -> None:
    with pytest.raises(ChipgateError, match="'forest' shows a comparison, and these are the results of a run"):
        picture_of("forest", CASES["baseline"])
    with pytest.raises(ChipgateError, match="a picture of kind 'backlog' is about no single outcome"):
        picture_of("backlog", CASES["baseline"], "delivered")
    with pytest.raises(ValueError, match="svg, png, pdf"):
        render(picture_of("backlog", CASES["baseline"]), "gif")


def test_scenarios_without_room_are_named_and_counted() -> None:
    slide = picture_of("fan", COMPARED["twelve others"]())
    told = " ".join(words(slide)).replace("\n", " ")
    assert "9 of 13 scenarios shown; not shown: " in told
    assert "9 of 13 scenarios shown; not shown: " in slide.description


def test_a_picture_says_scenario_replications_seed_and_settings() -> None:
    assert "Scenario baseline (Baseline), 12 replications, seed 7." in seen(picture_of("backlog", CASES["baseline"]))
    assert "12 replications of each scenario, seed 3." in seen(picture_of("fan", COMPARED["two others"]()))


@pytest.mark.parametrize("name", ["收紧边境" * 12, "a-very-long-name-that-goes-on-" * 4 + "7", "$x^2$ <b>&"])
def test_a_name_of_any_length_or_script_is_short_in_the_drawing_and_whole_below_it(name: str) -> None:
    base, other, _ = runs()
    for kind in COMPARISON_KINDS:
        slide = picture_of(kind, Comparison([base, named(other, name)]))
        for ax in slide.subfigs[0].axes:
            box = ax.get_window_extent()
            assert box.width > 0.2 * slide.bbox.width / len(slide.subfigs[0].axes), f"{kind}: no room is left to draw"
        assert name[:60] in slide.description or kind == "policies"
        if len(name) > 28:
            assert name not in " ".join(words(slide.subfigs[0])), kind


RECIPE = """
from sim.pictures.picture import Picture, picture

@picture
class Total(Picture):
    kind, order = "total", 1
    what = "All that is delivered, as one bar a scenario."

    def draw(self, figure):
        figure.subplots().bar(self.names, [run["delivered"].mean() for run in self.runs])

    def finding(self):
        return f"{self.base['delivered'].mean():.0f} A100e are delivered"

    def shown(self):
        return f"Effective compute delivered, A100e, {self.mean_of}"
"""


def test_a_new_picture_is_one_file(tmp_path, monkeypatch, tiny_run, chipgate, published) -> None:
    (tmp_path / "total.py").write_text(RECIPE)
    monkeypatch.setattr(sim.pictures, "__path__", [*sim.pictures.__path__, str(tmp_path)])
    monkeypatch.setattr("sim.pictures.picture.PICTURES", dict(sim.pictures.picture.PICTURES))
    monkeypatch.setattr("sim.pictures.choice.PICTURES", sim.pictures.picture.PICTURES)
    pictures.cache_clear()
    try:
        assert kinds_of(tiny_run)[0] == kinds_of("comparison")[0] == "total"
        slide = sim.plot(tiny_run)
        assert slide.title == f"{tiny_run['delivered'].mean():.0f} A100e are delivered"
        assert f"{slide.title}. Effective compute delivered, A100e, mean of 23 runs. " in slide.description
        _, listed, _ = chipgate("plot", published)
        assert "total     All that is delivered, as one bar a scenario." in listed
    finally:
        sys.modules.pop("sim.pictures.total", None)
        pictures.cache_clear()


# --- Names ---


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ascend-910b", "Ascend 910B"),
        ("siyuan-590", "Siyuan 590"),
        ("hygon-dcu", "Hygon DCU"),
        ("h20", "H20"),
        ("ai-plus", "AI plus"),
        ("hbm_crunch", "HBM crunch"),
        ("rule-of-january", "Rule of January"),
        ("CloudMatrix-384", "CloudMatrix 384"),
    ],
)
def test_keys_become_names(key: str, name: str) -> None:
    assert readable(key) == name


def test_other_names() -> None:
    assert event_name("threshold-october-2023", DAY(2023, 10, 17)) == "Threshold"
    assert event_name("threshold-october-2023", DAY(2024, 11, 1)) == "Threshold October 2023"
    assert event_name("october-2023", DAY(2023, 10, 1)) == "October 2023"
    assert short("a\n\x07b") == "a b"
    assert short("x" * 90 + " version 7") == "x" * 21 + "…sion 7"
    assert short("收紧边境" * 9 + "之七") == "收紧边境收紧边…境收紧边之七"[:7] + "…" + ("收紧边境" * 9 + "之七")[-6:]


def test_a_picture_saved_by_hand_says_nothing_of_fonts(tmp_path: Path) -> None:
    code = "import sys, sim; sim.plot(sim.read(sys.argv[1]), 'fan').savefig(sys.argv[2])"
    folder = Path(__file__).parents[1] / "results" / "reference"
    command = [sys.executable, "-c", code, str(folder), str(tmp_path / "fan.png")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr == ""
