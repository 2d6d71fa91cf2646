"""The check of the figures: what it reads, whom it accuses, what settles it, how much of what is planted it sees."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from figures_planted import PUBLISHED, counts, describe, plant_all

from sim.articles.consistency import as_accepted, as_printed, check, check_page
from sim.articles.figures import Figure, Resolution, figure, read_figures
from sim.articles.relations import Interval, Relation, half_a_digit, read_relations, reading, violations
from sim.articles.suspects import SHIFTS, slipped, suspects
from sim.base.label import SENTENCE
from sim.exhibits.page import page_record, page_text

FIGURES, RELATIONS = read_figures(), read_relations()
SLIP = "cambricon-revenue-h1-25"


def times(name: str, factor: float) -> Figure:
    """A figure of the ledger as accepted, a number of times too large, unresolved."""
    right = as_accepted(FIGURES)[name]
    assert isinstance(right.value, float)
    return replace(right, value=right.value * factor)


# --- What a printed number stands for ---


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("cambricon-revenue-24", 1.15e9, 1.25e9),
        ("cambricon-revenue-h1-25", 2.8805e9, 2.8815e9),  # the digits of the accepted value
        ("cambricon-share-rise-from", 120.795, 120.805),  # a zero behind the point counts
        ("cambricon-value-jan25", 250e9, 350e9),  # zeros that end a whole number may be rounding
        ("cambricon-revenue-growth-24", 0.65, 0.75),
        ("cambricon-share-rise", 4.7, 9.4),  # more than
        ("cambricon-run-rate", 11.5e9, 23e9),  # over
        ("cambricon-revenue-growth-h1-25", 40, 80),
        ("cloudmatrix", 383.5, 384.5),
        ("cambricon-founded", 2016, 2017),
        ("control-oct23", 2023.747, 2023.831),
        ("framework-cancelled", 2025.367, 2025.370),
    ],
)
def test_a_printed_number_stands_for_what_rounds_to_it(name: str, low: float, high: float) -> None:
    found = reading(FIGURES[name])
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)


@pytest.mark.parametrize(
    ("text", "half"), [("5 x", 0.1), ("50 x", 0.1), ("50.0 x", 0.001), ("1_200", 50 / 1200), ("-2 %", 0.25)]
)
def test_half_a_digit_is_a_share_of_the_number(text: str, half: float) -> None:
    assert half_a_digit(text) == pytest.approx(half)


@pytest.mark.parametrize("text", ["0 x", "", "none"])
def test_where_no_digit_counts_there_is_no_rounding(text: str) -> None:
    assert half_a_digit(text) == 0


def test_intervals_hold_all_that_their_operands_can_give() -> None:
    one, other = Interval(1, 2), Interval(-3, 4)
    assert one + other == Interval(-2, 6)
    assert one - other == Interval(-3, 5)
    assert one * other == Interval(-6, 8)
    assert other / one == Interval(-3, 4)
    assert (one / other).high == float("inf")


# --- The relations ---


def test_every_relation_says_what_it_holds_and_on_what_principle() -> None:
    names = [relation.name for relation in RELATIONS]
    assert len(set(names)) == len(names)
    for relation in RELATIONS:
        assert relation.ids
        assert all(FIGURES[id_].value is not None and FIGURES[id_].printed for id_ in relation.ids)
        assert relation.says.endswith(".")
        assert relation.principle.endswith(".")


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_no_relation_is_idle(relation: Relation) -> None:
    accepted = as_accepted(FIGURES)
    for id_ in relation.ids:
        for places in SHIFTS:
            wrong = {**accepted, id_: slipped(accepted[id_], places)}
            if relation.name in {violation.relation.name for violation in violations(wrong)}:
                return
    pytest.fail("no slip of any of its figures violates it")


def test_as_resolved_the_figures_agree() -> None:
    assert violations(FIGURES) == []
    assert violations(as_accepted(FIGURES)) == []
    assert suspects(FIGURES) == ()


# --- 28.81 ---


def test_the_check_finds_the_slipped_half_year_by_itself() -> None:
    printed = as_printed(FIGURES)
    assert all(each.resolution is None for each in printed.values())
    assert suspects(printed) == ((SLIP,),)


def test_removing_it_clears_every_violation_and_removing_any_other_figure_does_not() -> None:
    printed = as_printed(FIGURES)
    clearing = [
        id_ for id_ in printed if not violations({other: each for other, each in printed.items() if other != id_})
    ]
    assert clearing == [SLIP]


@pytest.mark.parametrize("left_out", [violation.relation for violation in violations(as_printed(FIGURES))])
def test_it_is_found_without_any_one_of_the_relations_that_it_violates(left_out: Relation) -> None:
    others = [each for each in RELATIONS if each is not left_out]
    assert suspects(as_printed(FIGURES), others) == ((SLIP,),)


def test_the_dollar_figure_is_no_witness() -> None:
    printed = as_printed(FIGURES)
    assert not any(f"{SLIP}-usd" in violation.relation.ids for violation in violations(printed))
    del printed[f"{SLIP}-usd"]
    assert suspects(printed) == ((SLIP,),)


# --- Who is accused ---


def made_up(**values: str) -> dict[str, Figure]:
    """A ledger of plain numbers, each printed as written."""
    base = figure("cambricon-revenue-24")
    return {id_: replace(base, id=id_, value=float(text), text=text) for id_, text in values.items()}


@pytest.mark.parametrize(
    ("pairs", "values", "accused"),
    [
        pytest.param("ab bc ac", {"a": "1.0", "b": "2.0", "c": "1.0"}, ["b"], id="contradicted by two others"),
        pytest.param("ab", {"a": "1.0", "b": "10.0"}, ["a", "b"], id="two that only contradict each other"),
        # Removing a or b clears the only violation; but a tenth of a would contradict c, while a tenth of b mends all.
        pytest.param("ab ac", {"a": "1.0", "b": "10.0", "c": "1.0"}, ["b"], id="its slip would mend everything"),
        pytest.param("ab bc ac", {"a": "1.0", "b": "2.0", "c": "5.0"}, ["ab", "ac", "bc"], id="three that differ"),
    ],
)
def test_of_figures_that_should_be_equal_the_fewest_are_accused(
    pairs: str, values: dict[str, str], accused: list[str]
) -> None:
    equal = [Relation(pair, pair[0], "They are equal.", "By hypothesis.", pair[1]) for pair in pairs.split()]
    assert suspects(made_up(**values), equal) == tuple(map(tuple, accused))


def test_two_slips_in_one_ledger_are_both_named() -> None:
    wrong = {**as_printed(FIGURES), "siyuan-590": times("siyuan-590", 10)}
    assert suspects(wrong) == (("siyuan-590", SLIP),)


def test_a_slip_of_a_leap_day_is_a_day_of_the_calendar() -> None:
    leap = replace(figure("rule-jan25"), value=date(2024, 2, 29), text="2024-02-29")
    assert slipped(leap, 1).value == date(2034, 2, 28)


# --- What settles it ---


def test_the_shipped_ledger_passes_and_shows_the_suspect_and_why() -> None:
    report = check(FIGURES)
    assert (report.exit_status, report.suspects, report.unsettled, report.still_wrong) == (0, ((SLIP,),), (), ())
    text = " ".join(page_text(check_page(report)).split())
    assert f"{SLIP} (001:L19): 28.81 bn yuan -> 2.881 bn yuan. Ten times too large" in text
    assert "With the resolutions applied, every relation holds." in text
    assert "Error" not in text


def test_a_suspect_without_a_resolution_is_an_error() -> None:
    report = check({**FIGURES, SLIP: replace(FIGURES[SLIP], resolution=None)})
    assert (report.exit_status, report.unsettled) == (1, (SLIP,))
    assert f"Error: suspected, and without a resolution: {SLIP}." in page_text(check_page(report))


def test_another_slip_beside_the_resolved_one_is_an_error() -> None:
    report = check({**FIGURES, "cambricon-run-rate": times("cambricon-run-rate", 10)})
    assert (report.exit_status, report.unsettled) == (1, ("cambricon-run-rate",))


def test_a_reason_alone_lets_a_suspect_stand_as_printed() -> None:
    stands = replace(FIGURES[SLIP], resolution=Resolution(None, None, "It is what it is."))
    report = check({**FIGURES, SLIP: stands})
    assert (report.exit_status, report.suspects) == (0, ((SLIP,),))
    text = page_text(check_page(report))
    assert "It is what it is." in text
    assert "every relation holds" not in text


def test_a_value_accepted_instead_that_does_not_agree_either_is_an_error() -> None:
    worse = replace(FIGURES[SLIP], resolution=Resolution(288.1e9, "288.1 bn yuan", "A guess."))
    report = check({**FIGURES, SLIP: worse})
    assert report.exit_status == 1
    assert SLIP in report.still_wrong
    assert "Error: with the resolutions applied, suspected again" in page_text(check_page(report))


def test_where_two_tie_a_resolution_of_either_is_enough() -> None:
    wrong = {**as_accepted(FIGURES), "nvl72": times("nvl72", 10)}
    assert check(wrong).unsettled == ("cloudmatrix", "nvl72")
    wrong["nvl72"] = replace(wrong["nvl72"], resolution=Resolution(72.0, "72 chips", "A slip."))
    assert check(wrong).exit_status == 0


def test_a_ledger_that_agrees_accuses_nobody() -> None:
    report = check(as_accepted(FIGURES))
    assert (report.violations, report.suspects, report.exit_status) == ((), (), 0)
    assert "violated: none." in page_text(check_page(report))


def test_what_no_relation_touches_is_told() -> None:
    report = check(FIGURES)
    assert "sse-50" in report.untouched
    assert "cann-lag" in report.untouched
    assert not {id_ for relation in RELATIONS for id_ in relation.ids} & set(report.untouched)
    assert "No relation touches: sse-50" in page_text(check_page(report))


def test_the_report_fits_a_terminal_and_carries_the_label() -> None:
    lines = page_text(check_page(check(FIGURES)), 80).splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(lines[-2:]) == SENTENCE


def test_the_report_is_plain_data() -> None:
    row = json.loads(json.dumps(page_record(check_page(check(FIGURES)))))
    assert row["suspects"] == [[SLIP]]
    assert row["exit_status"] == 0
    assert {violation["relation"] for violation in row["violations"]} >= {"half year to run-rate"}
    assert all(SLIP in violation["figures"] for violation in row["violations"])


# --- Planted slips ---


def test_planted_slips_are_caught_and_innocents_seldom_accused(capsys: pytest.CaptureFixture[str]) -> None:
    planted = plant_all()
    table = counts(planted)
    with capsys.disabled():
        print("\nslips planted in the figures: planted, caught, named, named alone, innocents accused")
        for slip, row in table.items():
            print(f"  {slip:<16}" + "".join(f"{number:>5}" for number in row))
    for slip in ("x10", "/10", "ten years late", "ten years early"):
        total, caught, named, alone, innocents = table[slip]
        assert caught >= 0.8 * total
        assert named == caught
        assert alone >= 0.65 * total
        assert innocents <= 0.4 * total
    tens = [each for each in planted if each.slip in {"x10", "/10"}]
    assert len(tens) == 2 * sum(isinstance(each.value, float) and not each.derived for each in FIGURES.values())


def test_what_is_published_about_the_check_is_current() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == describe(), "run `python -m tests.figures_planted`"
