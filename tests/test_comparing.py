"""A comparison on paper: what its rows say, how they round, the conclusions, and that all is whole in every medium."""

import csv
import io
import json
import math
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from paired import made_up, quiet
from reports import manifest

from sim.base.label import LABEL
from sim.base.rounding import percent
from sim.base.statistics import t_quantile
from sim.exhibits.exhibit import seen
from sim.exhibits.page import page_html, page_markdown, page_record, page_text
from sim.exhibits.records import csv_text, json_text
from sim.exhibits.style import ansi
from sim.exhibits.text import exhibit_lines
from sim.experiment.comparison import Comparison
from sim.experiment.differences import HEADLINES, record
from sim.experiment.looks import Looks
from sim.experiment.precision import Precision, Width
from sim.experiment.run import Run
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.constraints import CONSTRAINTS, constraint_label
from sim.outcomes.keys import Key
from sim.report.page import report_html
from sim.studies.binding import binding, binding_side_by_side, phases_of
from sim.studies.comparing import (
    comparison_page,
    comparison_record,
    conclusions,
    differences,
    left_out,
    margin_words,
    reading,
    warnings,
)
from sim.studies.phases import phases, shares_of_books

NAN = math.nan
BASE = np.linspace(1.0e6, 1.2e6, 20)
NOISE = np.tile([-1.0, 1.0], 10)


def compared(**outcomes):
    """A comparison of two made-up runs, of values (base, other) by outcome."""
    base = made_up("base", **{name: both[0] for name, both in outcomes.items()})
    other = made_up("other", **{name: both[1] for name, both in outcomes.items()})
    return Comparison([base, other])


def rows_of(**outcomes):
    """The rows as people see them, by outcome: texts by heading, the outcome's with its unit."""
    found = {}
    for headlines in (True, False):
        exhibit = differences(compared(**outcomes), headlines)
        for n, row in enumerate(exhibit.rows):
            texts = {each.heading: each.cells[n].text for each in seen(exhibit)}
            found[row.outcome] = {**texts, "unit": seen(exhibit)[0].cells[n].behind}
    return found


def told(**outcomes):
    """The conclusion of the one other scenario."""
    [(name, text)] = conclusions(compared(**outcomes))
    assert name == "other"
    return text


def changed(run, **outcomes):
    """A run with other values of some outcomes."""
    new = {Key(name): np.array(values) for name, values in outcomes.items()}
    return Run.of(run.sourced, run.seed, run.numbers, {**run.outcomes, **new}, run.series)


# --- Rows ---


def test_a_row_in_words_and_numbers():
    row = rows_of(delivered=(BASE, BASE - 100e3 + 1e3 * NOISE))["delivered"]
    assert int(row.pop("runs if unpaired").replace(",", "")) > 20 * 1000
    assert row == {
        "outcome": "delivered compute",
        "unit": "million A100e",
        "base": "1.100",
        "other": "1.000",
        "difference": "-0.1000",
        "interval": "-0.1027 to -0.0973",
        "of base": "-9.09 %",
        "same sign": "lower in 20 of 20",
        "verdict": "worse for buyers",
        "margin": "2 %",
    }, "the share is coarser than the difference, for the base's mean is an estimate too"


def test_a_share_differs_in_points_and_a_date_in_weeks():
    rows = rows_of(
        domestic_share=(np.full(20, 0.5), 0.45 + NOISE / 1000),
        domestic_majority=(np.full(20, 2025.5), 2025.75 + NOISE / 100),
    )
    share, day = rows["domestic_share"], rows["domestic_majority"]
    assert (share["unit"], share["base"], share["margin"]) == ("%", "50.00", "1 point")
    assert (share["difference"], share["interval"]) == ("-5.000 points", "-5.048 to -4.952")
    assert (day["unit"], day["base"], day["same sign"]) == ("date", "2025-07-02", "later in 20 of 20")
    assert (day["difference"], day["interval"]) == ("+13.04 weeks", "+12.79 to +13.30 weeks")
    assert not {"of base", "verdict", "margin"} & {*day}
    assert margin_words(OUTCOMES["domestic_majority"]) == "5 weeks"
    assert margin_words(OUTCOMES["delivered"], " of the base") == "2 % of the base"


@pytest.mark.parametrize("headlines", [True, False])
def test_every_number_is_that_of_the_finding_no_finer_than_its_interval(tiny_comparison, headlines):
    exhibit = differences(tiny_comparison, headlines)
    texts = {each.heading: each for each in seen(exhibit)}
    checked = 0
    for n, row in enumerate(exhibit.rows):
        unit = texts["outcome"].cells[n].behind
        scale = {"%": 0.01, "thousand": 1e3, "million": 1e6, "bn": 1e9}.get(unit.partition(" ")[0], 1.0)
        for heading, value, half in (
            ("tiny", row.base_summary.mean, row.base_summary.half_width),
            ("other", row.other_summary.mean, row.other_summary.half_width),
            ("difference", row.mean, row.judgement.half_width if row.judgement else row.half_width),
        ):
            text = texts[heading].cells[n].text.removesuffix(" points")
            if row.unit != "date" and half > 1e-9 * abs(row.base_summary.mean):
                assert float(text.replace(",", "")) == pytest.approx(value / scale, abs=half / scale / 9)
                assert half / scale * 10.0 ** len(text.partition(".")[2]) < 100 or "." not in text, (row.outcome, text)
                checked += 1
    assert checked > 20


def test_what_exists_in_some_pairs_only_says_so():
    waits = {"wait_median": ([1, 2, NAN, 4], [2, 4, 5, NAN])}
    row = rows_of(**waits)["wait_median"]
    assert row["same sign"] == "longer in 2 of 2"
    assert (row["base"], row["other"], row["difference"]) == ("1.5", "3", "+1.5")
    assert differences(compared(**waits), True).notes(compared(**waits).rows) == [
        "median wait: exists in 3 replications of base and 3 of other; both exist in 2 of 4, and the row is about those."
    ]
    lost = {"wait_median": (range(9), [1, 2] + [NAN] * 7)}
    assert differences(compared(**lost), True).notes(compared(**lost).rows) == [
        "median wait: exists in 9 replications of base and 2 of other; both exist in 2 of 9, and the row is about "
        "those. It exists less often in other (p = 0.016, exact paired test)."
    ]


def test_what_exists_in_one_scenario_only_is_a_row_too():
    """A date without a verdict: it has no difference, but how often it comes is one."""
    dates = {"delivered": ([1] * 8, [1] * 8), "domestic_majority": ([NAN] * 8, [2025.5] * 8)}
    exhibit = differences(compared(**dates), False)
    assert [row.outcome for row in exhibit.rows] == ["domestic_majority"]
    [note] = exhibit.notes(exhibit.rows)
    assert "exists in 0 replications of base and 8 of other; both exist in 0 of 8" in note
    assert note.endswith("It exists more often in other (p = 0.0078, exact paired test).")


def test_a_headline_that_never_exists_stays_in_the_family_and_another_outcome_is_left_out():
    rows = rows_of(
        wait_median=([NAN] * 3, [1, 2, 3]), review_weeks=([NAN] * 3, [NAN] * 3), grey_value=([0] * 3, [0] * 3)
    )
    assert list(rows) == ["wait_median"]
    row = rows["wait_median"]
    assert (row["base"], row["difference"], row["verdict"]) == ("none", "none", "cannot tell")
    assert not {"interval", "same sign"} & {*row}
    gone = differences(compared(wait_median=([NAN] * 3, [1, 2, 3])), True)
    [note] = gone.notes(gone.rows)
    assert note.endswith("Whether that is more than luck cannot be told (p = 0.25, exact paired test).")


def test_pairs_that_all_agree_need_more_than_any_number():
    row = rows_of(delivered=(BASE, BASE))["delivered"]
    assert (row["difference"], row["same sign"], row["runs if unpaired"]) == ("0", "equal in 20 of 20", "no number")


@pytest.mark.parametrize(("pairs", "figures"), [(9, 0), (29, 1), (30, 2)])
def test_independent_replications_have_one_figure_with_few_pairs_and_none_with_very_few(pairs, figures):
    rng = np.random.default_rng(3)
    x = rng.normal(100, 10, pairs)
    y = x + rng.normal(1, 0.32, pairs)
    [row] = compared(delivered=(x, y)).rows
    expected = f"{float(f'{row.independent:.{figures - 1}e}'):,.0f}" if figures else ""
    assert rows_of(delivered=(x, y))["delivered"].get("runs if unpaired", "") == expected


def test_what_a_scenario_says_to_look_at_stands_with_the_headlines():
    base = made_up("base", delivered=[1, 2], import_share=[0.1, 0.2], grey_share=[0.1, 0.2])
    other = made_up("other", delivered=[1, 3], import_share=[0.2, 0.3], grey_share=[0.1, 0.3])
    scenario = replace(other.scenario, look_at=("import_share",))
    other = Run.of(replace(other.sourced, scenario=scenario), other.seed, other.numbers, other.outcomes, {})
    found = [[row.outcome for row in differences(Comparison([base, other]), each).rows] for each in (True, False)]
    assert found == [["delivered", "import_share"], ["grey_share"]]


# --- Conclusions ---


def test_the_conclusion_names_what_can_be_named_and_for_whom():
    text = told(
        delivered=(BASE, 0.9 * BASE + 1e3 * NOISE),
        domestic_share=(np.full(20, 0.5), 0.6 + NOISE / 1000),
        wait_median=(np.full(20, 50.0), 50.1 + NOISE / 100),
        domestic_revenue=(BASE, 1.5 * BASE + 1e3 * NOISE),
        backlog=(BASE, BASE * (1.02 + NOISE / 50)),
    )
    assert "delivered compute is lower by 10.0" in text
    assert ", worse for buyers; domestic share is higher by 10.000 points (9.9" in text
    assert "; domestic revenue is higher by 5" in text
    assert "), better for domestic designers." in text
    assert "different" not in text
    assert text.endswith(" Too small to matter: median wait. Cannot tell whether it matters: backlog (higher).")


def test_where_nothing_differs_it_says_so():
    assert told(delivered=(BASE, BASE)) == "no headline outcome differs in any of 20 replications."
    assert told(delivered=(BASE, BASE + NOISE)) == "no headline outcome differs enough to matter."
    assert told(delivered=([1, 2], [2, 5])) == "no difference can be named. Cannot tell: delivered compute."
    assert told(delivered=([1], [2])) == "one replication has no interval, so nothing can be concluded."


def test_a_difference_from_nothing_is_told_in_its_unit():
    assert "delivered compute is higher by 1.000000 million A100e" in told(delivered=(np.zeros(20), 1e6 + 10 * NOISE))


WEEKS = [10.0, 11.0, 12.0, 13.0]
"""Differences in pairs, in the unit that is told: mean 11.5, standard error 0.645, so 9.4 to 13.6."""


@pytest.mark.parametrize(
    ("outcome", "one", "text"),
    [
        ("wait_median", 1.0, "median wait is longer by 11.5 weeks (9.4 to 13.6), worse for buyers."),
        ("domestic_share", 0.01, "domestic share is higher by 11.5 points (9.4 to 13.6)."),
    ],
)
def test_an_amount_is_told_in_the_words_of_its_unit(outcome, one, text):
    base = [0.2, 0.3, 0.4, 0.5]
    assert told(**{outcome: (base, [value + one * more for value, more in zip(base, WEEKS, strict=True)])}) == text


def test_an_amount_relative_to_the_base_is_told_in_per_cent():
    """A base of 100 that does not vary: the ratio's interval is that of the differences, in per cent."""
    assert told(delivered=([100.0] * 4, [100 + more for more in WEEKS])) == (
        "delivered compute is higher by 11.5 % (9.4 to 13.6), better for buyers."
    )


def test_who_knows_the_direction_but_not_whether_it_matters_says_both():
    """The margin of a median wait is 2 weeks: 1.5 to 3.5 lies across it, -1 to 4 also across 0."""
    half = t_quantile(0.95, 3)
    text = told(wait_median=([10.0] * 4, [10 + 2.5 + x / half for x in (-1, 1, -1.2, 1.2)]))
    assert text == "no difference can be named. Cannot tell whether it matters: median wait (longer)."
    text = told(wait_median=([10.0] * 4, [10 + 1.5 + x for x in (-2, 2, -2.2, 2.2)]))
    assert text == "no difference can be named. Cannot tell: median wait."


def test_conclusions_rest_on_verdicts_that_hold_together_and_not_on_single_intervals():
    """With five more outcomes in the family, what would lean alone leans no more, and what is named is so more widely."""
    wait, share = (
        ([10.0] * 4, [10 + 1.5 + 0.6 * x for x in (-1, 1, -1.2, 1.2)]),
        ([0.2, 0.3, 0.4, 0.5], [0.3, 0.42, 0.5, 0.62]),
    )
    assert told(wait_median=wait) == "no difference can be named. Cannot tell whether it matters: median wait (longer)."
    assert "points (9.2 to 12.8)" in told(domestic_share=share)
    more = {name: ([1.0] * 4, [1.0, 2.0, 0.0, 1.0]) for name in ("delivered", "backlog", "domestic_revenue")}
    text = told(wait_median=wait, domestic_share=share, **more)
    assert "points (7.6 to 14.4)" in text
    assert "Cannot tell: median wait, delivered compute" in text


@pytest.mark.parametrize(("other", "many"), [([7.0, NAN, NAN], "1"), ([NAN] * 3, "0")])
def test_what_has_ceased_to_exist_is_never_told_as_no_difference(other, many):
    lost = (
        f"Median wait has a value in 3 replications of base and in {many} of other: whether that is more than luck "
        f"cannot be told (p = {'0.25' if many == '0' else '0.5'}, exact paired test)."
    )
    same, waits = ([1.0, 2.0, 3.0],) * 2, ([7.0, 8.0, 9.0], other)
    assert told(delivered=same, wait_median=waits) == f"no headline outcome differs where both have a value. {lost}"
    base = made_up("base", delivered=same[0], wait_median=waits[0])
    assert conclusions(Comparison([base, made_up("other", wait_median=other)]))[0][1].endswith(f". {lost}")


def test_what_exists_in_no_pair_neither_spoils_a_conclusion_nor_counts_in_the_family():
    gone = ([NAN] * 2,) * 2
    assert (
        told(delivered=([1.0, 2.0],) * 2, service_level=gone) == "no headline outcome differs in any of 2 replications."
    )
    assert told(service_level=gone) == "no headline outcome has a value in both."
    more = {"delivered": ([10.0, 11.0, 12.0, 13.0], [11.0, 12.5, 13.0, 14.5])}
    with_it, alone = compared(**more, service_level=([NAN] * 4,) * 2), compared(**more)
    assert with_it.row("other", "delivered").judgement == alone.row("other", "delivered").judgement


# --- How to read it ---


def test_two_sentences_say_how_to_read_it_and_one_replication_that_there_is_no_interval(tiny_comparison):
    note, option = reading(tiny_comparison)
    assert option.startswith("--worlds 50 says how far")
    assert "same projects, dates and luck (11 pairs)" in note
    assert "at most 5 % on normal data" in note
    assert "a margin, the smallest difference worth naming" in note
    note, _ = reading(compared(delivered=([1], [2])))
    assert note.startswith("One replication: there is no interval, and every verdict is `cannot tell`.")
    assert rows_of(delivered=([1], [2]))["delivered"]["verdict"] == "cannot tell", "as the note says"


def test_few_and_skewed_differences_are_warned_of_by_name():
    skewed = np.tile([-1.0, -1.0, -1.0, 3.0], 5)
    waits = (np.full(20, 10.0), 14.0 + skewed)
    assert warnings(compared(wait_median=waits, delivered=(BASE, BASE))) == [
        "Few and skewed differences: the verdict on median wait in other may be wrong more often than in 5 % of "
        "comparisons; run 50 replications or more."
    ]
    [both] = warnings(compared(wait_median=waits, domestic_share=(np.full(20, 0.2), 0.23 + 0.01 * skewed)))
    assert "the verdicts on median wait in other and domestic share in other may" in both
    assert warnings(compared(wait_median=(waits[0], 14.0 + NOISE))) == []


def looked(at, **outcomes):
    return Comparison([quiet(run) for run in compared(**outcomes).runs], looks=Looks(at))


def test_what_is_open_at_the_cap_stands_above_the_conclusions_with_its_interval_and_margin():
    """The median wait is 2.5 weeks longer by 1 / t, so at 2.5 % / 1 outcome its interval reaches to 1.5."""
    half = t_quantile(0.975, 3)
    waits = ([10.0] * 4, [10 + 2.5 + x / half * math.sqrt(3) for x in (-1, 1, -1, 1)])
    found = looked((2, 4), wait_median=waits)
    [told] = warnings(found)
    assert told == (
        "NOT all decided: at the cap of 4 replications 1 of 1 verdicts is open, the interval across the margin: median "
        "wait in other, longer by 2.5 weeks (1.5 to 3.5), margin 2 weeks."
    )
    assert (
        "at look 2 of 2, fixed beforehand (after 2 and 4 replications). Each look judges at 5 % / 2"
        in reading(found)[1]
    )
    data = comparison_record(found)["until_decided"]
    assert data == {"decided": False, "open": [{"scenario": "other", "outcome": "wait_median"}], "looks": [2, 4]}
    text = page_text(comparison_page(found))
    assert text.index("NOT all decided") < text.index("no difference can be named")


def test_what_is_decided_says_how_many_replications_it_took():
    found = looked((20, 40), delivered=(BASE, 0.9 * BASE), backlog=([NAN] * 20,) * 2)
    assert warnings(found) == []
    assert "every verdict has fallen after 20 replications of each scenario, at look 1 of 2" in reading(found)[1]
    assert comparison_record(found)["until_decided"]["decided"] is True


def test_what_only_one_scenario_has_is_said_to_be_left_out():
    base = made_up("base", delivered=[1, 2], grey_share=[1, 2])
    comparison = Comparison([base, made_up("other", delivered=[1, 2], review_weeks=[0, 1])])
    assert left_out(comparison) == [
        "other: only base has grey share, so it is not compared.",
        "other: only other has licence review time, so it is not compared.",
    ]
    assert all(note in reading(comparison) for note in left_out(comparison))


def media(comparison, every=False):
    """A comparison in each medium that is text, its blanks single."""
    page = comparison_page(comparison, every)
    texts = {
        "terminal": page_text(page, 120),
        "pipe": page_text(page),
        "Markdown": page_markdown(page).replace("\\", ""),
        "notebook": page_html(page),
        "report": report_html(comparison, manifest(comparison), {}),
    }
    return {name: " ".join(unescape(text).replace("\u00a0", " ").split()) for name, text in texts.items()}


def test_a_precision_that_was_not_reached_stands_above_the_conclusions_everywhere(tiny_comparison):
    found = Precision(0.02, ("delivered",), 25, None, 25, (Width("other", "delivered", 0.05),))
    comparison = Comparison(tiny_comparison.runs, found)
    data = comparison_record(comparison)
    assert list(data).index("warnings") < list(data).index("conclusions")
    assert (data["warnings"][0], data["precision"]["reached"]) == (found.words(), False)
    for name, text in media(comparison).items():
        assert text.index("Precision NOT reached") < text.index(conclusions(comparison)[0][1][:30]), name
    reached = Precision(0.02, ("delivered",), 25, 20, 25, (Width("other", "delivered", 0.01),))
    comparison = Comparison(tiny_comparison.runs, reached)
    assert warnings(comparison) == warnings(tiny_comparison) == tiny_comparison.beside
    assert reached.words() in reading(comparison)


def with_settings(run, name, *settings):
    sourced = replace(run.sourced, settings=settings, scenario=replace(run.scenario, name=name))
    return Run.of(sourced, run.seed, run.numbers, run.outcomes, run.series)


@pytest.mark.parametrize(
    ("one", "two", "text"),
    [
        ([], [], []),
        (["growth=1", "grey=off"], ["growth=1", "grey=off"], ["Each scenario is run with growth=1, grey=off."]),
        ([], ["growth=1"], ["b is run with growth=1."]),
    ],
)
def test_what_was_set_beside_the_files_is_told_before_the_conclusions(tiny_run, one, two, text):
    comparison = Comparison([with_settings(tiny_run, "a", *one), with_settings(tiny_run, "b", *two)])
    assert warnings(comparison) == text
    for medium in (page_text(comparison_page(comparison)), page_markdown(comparison_page(comparison))):
        assert all(medium.index(each) < medium.index("no headline outcome differs") for each in text)


# --- Binding constraints ---


def test_a_share_is_the_same_on_every_page(tiny_comparison):
    """Once one page said 22 % and 21 % of the same constraint."""
    shared = binding_side_by_side(tiny_comparison.runs)
    columns = {each.heading: each.cells for each in seen(shared)}
    recorded = {row["scenario"]: row for row in comparison_record(tiny_comparison)["binding_constraints"]}
    whole = media(tiny_comparison)
    for n, run in enumerate(tiny_comparison.runs):
        alone = {row.constraint: row.share for row in binding(run).rows}
        texts = {each.heading: each.cells for each in seen(binding(run))}
        shares = shares_of_books(run)
        assert math.fsum(shares.values()) == pytest.approx(1)
        for name, share in shares.items():
            assert recorded[run.scenario.name].get(name, 0) == share
            if share:
                place = list(alone).index(name)
                assert alone[name] == share
                assert texts["share"][place].text == columns[constraint_label(name)][n].text == percent(share)
        line = [cells[n].text for cells in columns.values()]
        plain = " ".join(line)
        assert plain in whole["terminal"] or plain.rpartition(" % ")[0] in whole["terminal"]
        for medium in ("report", "notebook"):
            row = re.search(
                rf'<tr><th scope="row">{run.scenario.name}</th>(<td class="number">[^T]*?)</tr>', whole[medium]
            )
            assert re.findall(r">([^<>]+)</td>", row[1])[: len(line) - 2] == line[1:-1]


def test_the_smallest_shares_give_way_first(tiny_comparison):
    exhibit = binding_side_by_side(tiny_comparison.runs)
    _, missing = exhibit_lines(exhibit, 34)
    shares = [max(shares_of_books(run)[name] for run in tiny_comparison.runs) for name in CONSTRAINTS]
    order = [constraint_label(name) for _, name in sorted(zip(shares, CONSTRAINTS, strict=True), reverse=True) if _]
    assert "order books" in missing
    assert set(missing) - {"order books"} == {*order[len(order) + 1 - len(missing) :]}


def test_who_leads_when_stands_with_the_runs_that_agree(tiny_comparison):
    text = " ".join(page_text(comparison_page(tiny_comparison, every=True), 120).split())
    for run in tiny_comparison.runs:
        for phase in phases(run):
            words = f"{run.scenario.name} {phase.start} {phase.end} {constraint_label(phase.constraint)}"
            assert f"{words} {percent(phase.share)} {phase.agreeing} of 11" in text
    assert len(phases_of(tiny_comparison.runs).rows) >= 3


# --- Media ---


def test_the_text_has_every_part_and_the_label(tiny_comparison):
    text = page_text(comparison_page(tiny_comparison))
    assert text.startswith("Compared with tiny: Slow growth, slow-growth; 11 replications, seed 1, 2023-01-01 to ")
    for name in tiny_comparison.names[1:]:
        assert f"\n{name}, less tiny\n" in text
    assert LABEL in text
    assert "revenue: Huawei" not in text
    assert "revenue: Huawei" in page_text(comparison_page(tiny_comparison, every=True))
    table = text.partition("less tiny\n\n")[2].partition("\n\n")[0].splitlines()
    shown = [line for line in table[2:] if not line.startswith(" ")]
    assert [each.split(", ")[0] for each in shown] == [OUTCOMES[name].label for name in HEADLINES]


@pytest.mark.parametrize("every", [False, True])
def test_the_same_finding_stands_in_every_medium(tiny_comparison, every):
    for name, text in media(tiny_comparison, every).items():
        for headlines in (True, False) if every or name == "report" else (True,):
            exhibit = differences(tiny_comparison, headlines)
            shown = {each.heading: each.cells for each in seen(exhibit)}
            for heading in ("outcome", "difference", "interval"):
                texts = [cell.text for cell in shown[heading]]
                if name in ("terminal", "pipe"):  # where a cell may take two lines
                    texts = [word for each in texts for word in each.split()]
                assert all(each in text for each in texts), (name, heading)
        for scenario, said in conclusions(tiny_comparison):
            assert scenario in text
            assert said in text, name
        assert all(note in text.replace("*", "") for note in reading(tiny_comparison)), name
        assert LABEL in text


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160])
def test_a_terminal_breaks_no_number_and_keeps_difference_interval_and_verdict(tiny_comparison, width):
    page = comparison_page(tiny_comparison, every=True)
    text = page_text(page, width)
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    for headlines in (True, False):
        exhibit = differences(tiny_comparison, headlines)
        lines, missing = exhibit_lines(exhibit, width)
        assert "\n".join(lines) in text
        words = " ".join(lines).split()
        for each in seen(exhibit):
            if each.heading not in missing:
                assert all(
                    {*cell.text.split()} <= {*words, *(word.rstrip(",") for word in words)} for cell in each.cells
                )
        assert not {"difference", "interval", "verdict"} & {*missing}
        assert not {"tiny", "other", "of base"} & {*missing} or width < 100, "a hundred columns keep the levels"
        assert all(name in flat.partition("Hidden columns: ")[2] for name in missing)


def test_a_verdict_has_a_colour_and_its_words(tiny_comparison):
    page = comparison_page(tiny_comparison)
    styled = page_text(page, 80, ansi)
    assert re.search(r"\x1b\[(31|32|33|1|2)m\w+.*(better|worse|different|cannot|too small)", styled)
    assert re.sub(r"\x1b\[[\d;]*m", "", styled) == page_text(page, 80)


def test_markdown_tables_are_whole(tiny_comparison):
    text = page_markdown(comparison_page(tiny_comparison, every=True))
    blocks = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert len(blocks) == 2 * 2 + 2
    for block in blocks:
        lines = block.splitlines()
        assert len({line.count("|") for line in lines}) == 1
        assert set(lines[1]) <= set("| -:")


def test_csv_has_a_row_for_each_difference_at_full_precision(tiny_comparison):
    rows = list(csv.DictReader(io.StringIO(csv_text(map(record, tiny_comparison.rows)))))
    assert len(rows) == len(tiny_comparison.rows)
    assert {row["label"] for row in rows} == {LABEL}
    for row, source in zip(rows, tiny_comparison.rows, strict=True):
        assert (row["scenario"], row["outcome"], row["item"], row["year"]) == (
            source.scenario,
            source.key.outcome,
            source.key.item,
            str(source.period or ""),
        )
        assert row["difference"] == ("" if math.isnan(source.mean) else repr(source.mean))
    assert {row["verdict"] for row in rows} > {""}


def test_json_has_everything_and_no_nan(tiny_comparison):
    data = json.loads(json_text(comparison_record(tiny_comparison)), parse_constant=pytest.fail)
    assert data["label"] == LABEL
    assert data["scenarios"] == tiny_comparison.names
    assert data["differences"] == [json.loads(json.dumps(record(row))) for row in tiny_comparison.rows]
    assert data["conclusions"] == dict(conclusions(tiny_comparison))
    assert {row["scenario"] for row in data["phases"]} == {*tiny_comparison.names}
    assert (data["precision"], data["until_decided"]) == (None, None)
    assert data["notes"] == reading(tiny_comparison)


def test_one_replication_and_a_world_where_nothing_waits_have_pages_too(tiny_comparison):
    runs = []
    for run in (run.first(1) for run in tiny_comparison.runs):
        quiet = {key: values * 0 for key, values in run.outcomes.items() if key.outcome == "binds"}
        still = {key: values * 0 if key[0] == "binds" else values for key, values in run.series.items()}
        runs.append(Run.of(run.sourced, run.seed, run.numbers, {**run.outcomes, **quiet}, still))
    comparison = Comparison(runs)
    page = comparison_page(comparison, every=True)
    json_text({**comparison_record(comparison), **page_record(page)})
    for text in (page_text(page), page_markdown(page), page_html(page)):
        assert not re.search(r"\bnan\b", text)
        assert "the order books are empty" in text
