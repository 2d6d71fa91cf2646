"""What a notebook meets: sim.compare, tables that show themselves, pictures, and the way into pandas and polars."""

import sys
import types
from html.parser import HTMLParser

import numpy as np
import pytest
from paired import made_up, quiet

import sim
from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.exhibits.exhibit import seen
from sim.exhibits.html import table_html
from sim.experiment.columns import Columns
from sim.experiment.comparison import Comparison
from sim.studies.binding import binding_side_by_side
from sim.studies.comparing import differences
from sim.studies.notebook import comparison_html

VOID = {"br", "hr", "img", "meta"}


class Balanced(HTMLParser):
    """Fails where a tag is closed that is not open; counts cells by row."""

    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.text = [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, _):
        self.open += [tag] * (tag not in VOID)
        self.rows += [0] * (tag == "tr")
        if tag in ("td", "th"):
            self.rows[-1] += 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_compare_runs_scenarios_with_settings_for_all(tiny):
    comparison = sim.compare([tiny, "baseline"], replications=2, workers=1, settings={"window.end": "2023-03-01"})
    assert comparison.names == ["tiny", "baseline"]
    assert len(comparison) == 2
    assert {str(run.scenario.window.end) for run in comparison.runs} == {"2023-03-01"}


def test_compare_takes_a_precision_instead_of_a_number(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "sim.experiment.sequential.compare_to_precision", lambda *args, **_: asked.append(args[1:6]) or "found"
    )
    assert sim.compare(["baseline", "h20-stays"], precision="2%", on=["delivered"], workers=1) == "found"
    assert sim.compare(["baseline", "h20-stays"], precision=0.05, cap=50) == "found"
    assert asked == [(0.02, ["delivered"], 1, 1, 2000), (0.05, [], 1, None, 50)]


def test_compare_goes_on_until_decided(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "sim.experiment.sequential.compare_until_decided", lambda *args, **_: asked.append(args[1:4]) or "found"
    )
    assert sim.compare(["baseline", "h20-stays"], until_decided=True, workers=1, seed=7) == "found"
    assert sim.compare(["baseline", "h20-stays"], until_decided=True, cap=50) == "found"
    assert asked == [(7, 1, 2000), (1, None, 50)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(scenarios=["baseline"]), "at least one other"),
        (dict(scenarios=["baseline", "h20-stays"], until_decided=True, replications=9), "leave out replications"),
        (dict(scenarios=["baseline", "h20-stays"], until_decided=True, cap=19), "cap: 19 is too low"),
        (dict(scenarios=["baseline", "h20-stays"], precision="2%", replications=9), "leave out replications"),
        (dict(scenarios=["baseline", "h20-stays"], on=["delivered"]), "belong to precision"),
        (dict(scenarios=["baseline", "h20-stays"], precision=2.0), "between 0 and 100 %"),
        (dict(scenarios=["baseline", "h20-stays"], replications=0), "replications: 0 is too low"),
        (dict(scenarios=["baseline", "h20-stays"], replications="10"), "replications: '10' is not a whole number"),
        (dict(scenarios=["baseline", "h20-stays"], replications=2.5), "replications: 2.5 is not a whole number"),
        (dict(scenarios=["baseline", "h20-stays"], seed=-1), "seed: -1 is too low"),
        (dict(scenarios=["baseline", "h20-stays"], seed=1.5), "seed: 1.5 is not a whole number"),
        (dict(scenarios="baseline"), "such as \\['baseline', 'h20-stays'\\]"),
        (dict(scenarios=["baseline", "baseline"]), "'baseline' is given twice"),
        (
            dict(scenarios=["baseline", "h20-stays"], precision="2%", on="binds"),
            "has one value for each item: binds_licence",
        ),
    ],
)
def test_what_compare_cannot_do_it_says(arguments, message):
    with pytest.raises(ChipgateError, match=message):
        sim.compare(**arguments)


def test_a_comparison_shows_itself(tiny_comparison):
    page = Balanced(tiny_comparison._repr_html_())
    assert LABEL in page.text
    exhibits = [differences(tiny_comparison, headlines=True), binding_side_by_side(tiny_comparison.runs)]
    assert page.rows == [len(seen(exhibits[0]))] * 2 * (1 + 6) + [len(seen(exhibits[1]))] * (1 + 3)
    assert "Slow growth, less tiny" in page.text
    assert tiny_comparison._repr_html_() == comparison_html(tiny_comparison)


def test_a_comparison_says_which_rows_speak_of_some_pairs_only():
    nan = float("nan")
    base = made_up("base", wait_median=[1.0, 2.0, nan], backlog=[1.0, 2.0, 3.0])
    runs = [quiet(run) for run in (base, made_up("other", wait_median=[2.0, nan, 3.0]))]
    page = Balanced(Comparison(runs)._repr_html_()).text
    assert "median wait: exists in 2 replications of base and 2 of other; both exist in 1 of 3" in page
    assert "only base has backlog, so it is not compared" in page


def test_a_run_shows_itself_and_which_rows_speak_of_some_replications_only(tiny_run):
    page = Balanced(tiny_run._repr_html_())
    assert LABEL in page.text
    assert tiny_run.scenario.question in page.text
    assert page.rows == [4] * (1 + 6)
    page = Balanced(quiet(made_up("some", wait_median=[1.0, float("nan"), 3.0]))._repr_html_())
    assert "median wait: exists in 2 of 3 replications; the row is about those." in page.text


def test_no_colour_is_set_so_that_light_and_dark_notebooks_both_do(tiny_comparison):
    html = tiny_comparison._repr_html_()
    assert "color" not in html
    assert "background" not in html


def test_what_comes_in_is_escaped():
    page = table_html(["<b>"], [["<script>alert(1)</script>"]], name='"a" & b')
    assert "<script>" not in page
    assert "<b>" not in page
    assert 'id="&quot;a&quot; &amp; b"' in page
    assert Balanced(page).text.split() == ["<b>", "<script>alert(1)</script>"]


def test_names_are_escaped_in_a_comparison(tiny_run):
    comparison = Comparison([made_up("base", delivered=[1, 2]), made_up("other", delivered=[1, 2])])
    for run in comparison.runs:
        run.outcomes.update({key: values[:2] for key, values in tiny_run.outcomes.items()})
    object.__setattr__(comparison.runs[1].scenario, "name", "<i>other</i>")
    try:
        assert "<i>other</i>" not in comparison._repr_html_()
        assert "&lt;i&gt;other&lt;/i&gt;" in comparison._repr_html_()
    finally:
        object.__setattr__(comparison.runs[1].scenario, "name", "other")


def test_a_picture_comes_from_a_run_and_from_a_comparison(tiny_run, tiny_comparison):
    assert LABEL in [text.get_text() for text in sim.plot(tiny_run, "backlog").texts]
    assert LABEL in [text.get_text() for text in sim.plot(tiny_comparison, "fan").texts]
    with pytest.raises(ChipgateError):
        sim.plot(tiny_run, "nothing")


# --- Columns ---


def test_columns_are_a_dict_of_arrays_that_tells_its_size(tiny_comparison):
    table = tiny_comparison.differences
    assert isinstance(table, dict)
    assert isinstance(table["difference"], np.ndarray)
    assert repr(table).startswith(f"<Columns: {len(tiny_comparison.rows)} rows of label, base, scenario, ")
    assert Columns().rows == 0


def test_columns_show_their_first_rows_and_say_how_many_more_there_are(tiny_comparison):
    page = Balanced(tiny_comparison.differences._repr_html_())
    assert len(page.rows) == 1 + 40
    assert f"{len(tiny_comparison.rows) - 40:,} more rows are not shown." in page.text
    assert LABEL in page.text
    assert "nan" not in page.text
    short = Balanced(Columns(number=np.array([1.5, np.nan]), word=np.array(["<a>", ""]))._repr_html_())
    assert "more rows" not in short.text
    assert "<a>" in short.text


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_columns_go_into_pandas_and_polars(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(DataFrame=lambda data, **_: ("frame", data)))
    table = Columns(number=np.array([1, 2]))
    kind, data = getattr(table, f"to_{name}")()
    assert kind == "frame"
    assert type(data) is dict
    assert data["number"].tolist() == [1, 2]


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_without_them_the_message_says_what_to_do(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ChipgateError, match=f"{name} is not installed; install it beside chipgate, or use the arrays"):
        getattr(Columns(), f"to_{name}")()


def test_pandas_itself_takes_them():
    pandas = pytest.importorskip("pandas", reason="pandas is not among the dependencies")
    frame = pandas.DataFrame(Columns(number=np.array([1, 2]), word=np.array(["a", "b"])))
    assert frame.shape == (2, 2)
