"""The picture of revenue beside the articles: both are what they are, misses are told, and all of it can be read."""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Sequence

import numpy as np
import pytest
from drawings import assert_readable, assert_same_bytes, new_axes, slide_with, words
from worlds import baseline

from sim.articles.figures import read_figures
from sim.experiment.replication import Replication
from sim.experiment.run import Run
from sim.pictures.article_revenue import article_revenues, quarters_of
from sim.pictures.plots.revenue import (
    PrintedRevenue,
    draw_revenue,
    earned,
    quarter_ends,
    revenue_notes,
    revenue_outcomes,
    revenue_tells,
    revenue_title,
)
from sim.pictures.slide import Slide
from sim.scenario.load import SourcedScenario
from sim.scenario.parts import Scenario, Window
from sim.studies.backcast import TARGETS

BASE = baseline()
DAY = datetime.date
NAME = "revenue_cambricon"
FIGURES = article_revenues()
TWENTY = [f"{year}Q{n}" for year in range(2023, 2028) for n in range(1, 5)]


def a_run(
    values: Sequence[float] = tuple(1e8 * (n + 1) for n in range(20)),
    scenario: Scenario = BASE,
    runs: int = 12,
    quarters: Sequence[str] = TWENTY,
    name: str = NAME,
    spread: float = 0.5,
) -> Run:
    """A run that earns these yuan by quarter, a little more in each replication, with these as their mean."""
    factors = np.linspace(1 - spread, 1 + spread, runs) if runs > 1 else [1.0]
    rows = [
        Replication(
            n,
            {(name, quarter): value * factor for quarter, value in zip(quarters, values, strict=True)},
            {("backlog", ""): [0.0]},
        )
        for n, factor in enumerate(factors)
    ]
    return Run(SourcedScenario(scenario, {}, ()), 7, rows)


def called(name: str) -> Scenario:
    return dataclasses.replace(BASE, name=name)


def planted(count: int) -> list[PrintedRevenue]:
    return [
        PrintedRevenue(f"a-figure-with-a-long-id-{n}", NAME, 1e9 + 1e7 * n, quarter, (quarter,), "held out")
        for n, quarter in enumerate(TWENTY[:count])
    ]


SHORT = Window(start=DAY(2025, 2, 1), end=DAY(2025, 6, 10))
MANY = [a_run([1e8 * (k + n) for n in range(20)], called(f"a-scenario-with-a-name-{k}")) for k in range(9)]
CASES: dict[str, tuple[Sequence[Run], Sequence[PrintedRevenue]]] = {
    "twelve runs": ([a_run()], FIGURES),
    "one replication": ([a_run(runs=1)], FIGURES),
    "three replications": ([a_run(runs=3)], FIGURES),
    "all runs agree": ([a_run(spread=0.0)], FIGURES),
    "two scenarios": ([a_run(), a_run([3e8] * 20, called("other"))], FIGURES),
    "nine scenarios": (MANY, FIGURES),
    "no figures": ([a_run()], []),
    "twenty figures": ([a_run()], planted(20)),
    "nothing earned": ([a_run([0.0] * 20)], FIGURES),
    "nothing earned, no figures": ([a_run([0.0] * 20)], []),
    "nan": ([a_run([np.nan] * 20)], FIGURES),
    "no whole quarter": (
        [a_run([1e8] * 2, dataclasses.replace(BASE, window=SHORT), quarters=["2025Q1", "2025Q2"])],
        FIGURES,
    ),
    "odd names": ([a_run(scenario=called("$x$\n\x07" * 30)), a_run([5.0] * 20, called("<b>&"))], FIGURES),
    "high everywhere": ([a_run([3e9] * 20, spread=0.9)], FIGURES),
}


@functools.cache
def slide_of(case: str) -> Slide:
    return slide_with(lambda ax: draw_revenue(ax, *CASES[case], NAME))


# --- The articles' figures ---


def test_the_ledgers_revenues_are_found_with_their_quarters_and_use() -> None:
    assert {(row.figure, row.period, len(row.quarters), row.use) for row in FIGURES} == {
        ("cambricon-revenue-23", "2023", 4, "fitted"),
        ("cambricon-revenue-24", "2024", 4, "fitted"),
        ("cambricon-revenue-h1-25", "H1 2025", 2, ""),
        ("cambricon-revenue-q1-25", "Q1 2025", 1, "held out"),
        ("cambricon-revenue-q2-25", "Q2 2025", 1, "held out"),
        ("cambricon-revenue-q1-26", "Q1 2026", 1, "held out"),
    }
    ledger = read_figures()
    assert {row.value for row in FIGURES} == {ledger[row.figure].accepted for row in FIGURES}
    assert [row.figure for row in FIGURES if row.corrected] == ["cambricon-revenue-h1-25"]
    assert {row.outcome for row in FIGURES} == {NAME}


def test_every_revenue_of_the_backcast_is_among_them() -> None:
    found = {row.figure: row for row in FIGURES}
    targets = [target for target in TARGETS if target.outcome.startswith("revenue_")]
    assert len(targets) == 5
    for target in targets:
        row = found[target.figure]
        assert row.outcome == target.outcome
        wanted = [target.period] if isinstance(target.period, str) else [f"{target.period}Q{n}" for n in range(1, 5)]
        assert list(row.quarters) == wanted


def test_another_suppliers_revenue_in_the_ledger_is_found_too() -> None:
    known = read_figures()["cambricon-revenue-24"]
    new = dataclasses.replace(known, id="huawei-revenue", title="Two Words's revenue", period="9 months 2024")
    dollars = dataclasses.replace(new, unit="dollars")
    growth = dataclasses.replace(new, title="growth of Huawei's revenue over a year before")
    running = dataclasses.replace(new, period="from Q1 2026")
    (row,) = article_revenues({str(n): each for n, each in enumerate((new, dollars, growth, running))})
    assert (row.figure, row.outcome, row.use) == ("huawei-revenue", "revenue_two_words", "")
    assert row.quarters == ("2024Q1", "2024Q2", "2024Q3")


@pytest.mark.parametrize(
    ("period", "quarters"),
    [
        ("Q4 2024", ("2024Q4",)),
        ("H2 2025", ("2025Q3", "2025Q4")),
        ("6 months 2024", ("2024Q1", "2024Q2")),
        ("2023", ("2023Q1", "2023Q2", "2023Q3", "2023Q4")),
        ("Jan 2025", ()),
        ("2025, peak", ()),
        ("", ()),
    ],
)
def test_periods_become_quarters(period: str, quarters: tuple[str, ...]) -> None:
    assert quarters_of(period) == quarters


def test_quarters_have_first_days_and_ends() -> None:
    assert quarter_ends("2025Q1") == (DAY(2025, 1, 1), DAY(2025, 4, 1))
    assert quarter_ends("2025Q4") == (DAY(2025, 10, 1), DAY(2026, 1, 1))


# --- What is shown is what the run holds ---


def test_the_quarters_of_a_year_add_up_to_it(tiny_run: Run) -> None:
    found = earned(tiny_run, NAME)
    year = found.over([f"2023Q{n}" for n in range(1, 5)])
    assert year is not None
    assert year == pytest.approx(tiny_run[NAME, 2023])
    assert year.mean() > 0


def test_a_part_of_a_quarter_is_left_out() -> None:
    window = Window(start=DAY(2023, 2, 1), end=DAY(2023, 10, 2))
    run = a_run([1.0] * 4, dataclasses.replace(BASE, window=window), quarters=TWENTY[:4])
    assert earned(run, NAME).quarters == ("2023Q2", "2023Q3")
    assert earned(run, NAME).over(["2023Q1"]) is None


def test_the_line_is_the_mean_and_a_diamond_the_figure_a_quarter() -> None:
    run = a_run()
    ax = draw_revenue(new_axes(), [run], FIGURES, NAME)
    (line,) = [line for line in ax.lines if line.get_label() == "baseline"]
    assert line.get_ydata() == pytest.approx([1e8 * (n + 1) for n in range(20)])
    assert line.get_xdata()[0] == pytest.approx((DAY(2023, 1, 1) - DAY(1970, 1, 1)).days + 45)
    diamonds = [mark for mark in ax.lines if mark.get_gid() == "figure"]
    by_figure = {row.figure: row.value / len(row.quarters) for row in FIGURES}
    assert sorted(mark.get_ydata()[0] for mark in diamonds) == pytest.approx(sorted(by_figure.values()))
    hollow = [mark for mark in diamonds if mark.get_markerfacecolor() == "white"]
    assert sorted(mark.get_ydata()[0] for mark in hollow) == pytest.approx(
        sorted(by_figure[f"cambricon-revenue-{name}"] for name in ("q1-25", "q2-25", "q1-26"))
    )


def test_each_figure_is_told_with_its_use_its_miss_and_its_id() -> None:
    told = words(slide_with(lambda ax: draw_revenue(ax, [a_run()], FIGURES, NAME)))
    assert {row.figure for row in FIGURES} <= set(told)
    # The thirteenth quarter earns 1.3 bn; the article says 2.88 bn.
    assert "Q1 2026: 2.88 bn, held out" in told
    assert "model 1.3 bn (-55 %)" in told
    assert "2024: 1.2 bn, fitted" in told
    assert "model 2.6 bn (+117 %)" in told
    assert "H1 2025: 2.88 bn, corrected, in neither" in told


def test_the_words_say_of_each_figure_what_the_picture_says() -> None:
    told = revenue_tells([a_run()], FIGURES, NAME)
    for row in FIGURES:
        (said,) = [part for part in told.split("; ") if row.figure in part]
        assert ("corrected and not as the articles print it" in said) == row.corrected
        assert ("yuan in the articles" in said) == (not row.corrected)
        assert f"{row.figure}, {row.use or 'neither fitted nor held out'})" in said
    assert [part.split(" 1")[0].split(" 2.")[0].split(" 7")[0] for part in told.split("; ")] == [
        *("2023", "2024", "Q1 2025", "H1 2025", "Q2 2025", "Q1 2026")
    ]


def test_a_figure_outside_the_window_is_counted_not_drawn(tiny_run: Run) -> None:
    ax = draw_revenue(new_axes(), [tiny_run], FIGURES, NAME)
    assert len([mark for mark in ax.lines if mark.get_gid() == "figure"]) == 1
    assert "5 figures outside the window." in revenue_notes([tiny_run], FIGURES, NAME)


def test_a_supplier_without_figures_says_so() -> None:
    run = a_run(name="revenue_huawei")
    slide = slide_with(lambda ax: draw_revenue(ax, [run], FIGURES, "revenue_huawei"))
    assert "No figure in the articles" in words(slide)
    assert "The articles give no revenue of this supplier." in revenue_notes([run], FIGURES, "revenue_huawei")
    assert revenue_tells([run], FIGURES, "revenue_huawei") == (
        "The articles give no revenue of Huawei. 2 bn yuan in Q4 2027."
    )
    assert revenue_title(FIGURES, "revenue_huawei") == "Huawei's revenue by quarter"
    assert revenue_title(FIGURES, NAME) == "Cambricon's revenue by quarter, beside the articles' figures"


def test_the_outcomes_begin_with_the_supplier_that_has_figures(tiny_run: Run) -> None:
    names = revenue_outcomes(tiny_run, FIGURES)
    assert names[0] == NAME
    assert set(names) == {"revenue_cambricon", "revenue_huawei", "revenue_hygon", "revenue_nvidia"}
    assert revenue_outcomes(tiny_run)[0] == "revenue_huawei"


def test_scenarios_that_earn_the_same_are_named() -> None:
    same, other = a_run(scenario=called("same")), a_run([5e8] * 20, called("other"))
    runs = [a_run(), same, other]
    assert "Run by run the same as in baseline: same." in revenue_notes(runs, FIGURES, NAME)
    told = revenue_tells(runs, FIGURES, NAME)
    assert told.startswith("baseline: 2023 706 million yuan in the articles (cambricon-revenue-23, fitted), model 1 bn")
    assert "2024 1.2 bn yuan in the articles (cambricon-revenue-24, fitted), model 2.6 bn (+117 %)" in told
    assert "; 2024 model 2 bn (+67 %)" in told.split("other: ")[1]
    assert told.endswith("Run by run the same as in baseline: same.")
    assert "It earns the same in every scenario, run by run." in revenue_tells([*runs[:2], same], FIGURES, NAME)


def test_the_notes_fit_their_three_lines() -> None:
    for case in ("twelve runs", "two scenarios", "nine scenarios"):
        notes = f"12 replications of each scenario, seed 1. {revenue_notes(*CASES[case], NAME)}"
        told = words(slide_with(lambda ax: ax, notes=notes))
        (shown,) = [text for text in told if text.startswith("12 replications")]
        assert " ".join(shown.split()) == " ".join(notes.split()), case
        assert "Dashed lines: policy events" in notes


def test_bands_are_of_single_runs_and_at_most_two() -> None:
    counts = {"twelve runs": 1, "one replication": 0, "all runs agree": 0, "two scenarios": 2, "nine scenarios": 1}
    for case, count in counts.items():
        (ax,) = slide_of(case).axes
        assert len(ax.collections) == count, case
    assert "Bands: 10-90 % of single runs." in revenue_notes(*CASES["twelve runs"], NAME)
    assert "Bands: lowest to highest run." in revenue_notes(*CASES["three replications"], NAME)
    first = "a-scenario-with-a-name-0"
    assert f"Band of {first}: 10-90 % of single runs." in revenue_notes(*CASES["nine scenarios"], NAME)
    assert "Band" not in revenue_notes(*CASES["one replication"], NAME)


# --- All of it can be read ---


@pytest.mark.parametrize("case", CASES)
def test_no_text_leaves_the_picture_or_touches_another(case: str) -> None:
    assert_readable(slide_of(case))


def test_figures_without_room_for_their_words_are_counted() -> None:
    slide = slide_of("twenty figures")
    (ax,) = slide.axes
    named = [text for text in ax.texts if text.get_gid() == "told" and ": " in text.get_text()]
    (counted,) = [int(text.split()[0]) for text in words(slide) if text.endswith("figures not named")]
    assert 0 < len(named) == 20 - counted
    assert not [text for text in words(slide_of("twelve runs")) if "not named" in text]


def test_labels_cover_no_line_and_no_diamond() -> None:
    slide = slide_of("two scenarios")
    (ax,) = slide.axes
    labels = [text.get_window_extent() for text in ax.texts if text.get_gid() == "told"]
    assert len(labels) == 18
    for line in ax.lines:
        if line.get_label() in {"baseline", "other"} or line.get_gid() == "figure":
            days, yuan = line.get_data()
            grid = np.linspace(days[0], days[-1], 500)
            points = ax.transData.transform(np.column_stack([grid, np.interp(grid, days, yuan)]))
            for box in labels:
                assert not any(box.contains(x, y) for x, y in points)


def test_worlds_without_values_say_so() -> None:
    assert "It is 0 throughout this window" in words(
        slide_with(lambda ax: draw_revenue(ax, *CASES["nothing earned, no figures"], NAME))
    )
    none = "There is no whole quarter of Cambricon's revenue to show"
    assert none in words(slide_with(lambda ax: draw_revenue(ax, *CASES["no whole quarter"], NAME)))
    assert revenue_tells(*CASES["no whole quarter"], NAME) == "no whole quarter to show."
    assert "no value in the model" in revenue_tells(*CASES["nan"], NAME)


def test_the_same_runs_give_the_same_small_file() -> None:
    for case in ("twelve runs", "nine scenarios"):
        # One from the cache, one drawn anew.
        slides = iter([slide_of(case), slide_of.__wrapped__(case)])
        assert_same_bytes(slides.__next__, 60_000)
