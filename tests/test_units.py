"""Numbers as people write and read them: quantities with units, dates, and no more digits than are known."""

import calendar
import datetime
import math
import re

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sim.base.rounding import MOST_DECIMALS, NOISE, date_text, day_of, decimals, rounded, scale_of
from sim.base.statistics import Summary, summarise
from sim.base.units import (
    LONGEST,
    MEASURES,
    WEEKS_A_YEAR,
    Quantity,
    UnitError,
    closest,
    decimal_year,
    measure_of,
    parse,
    parse_day,
    show,
    spellings,
    whole_number,
)
from sim.base.units import example as example_of
from sim.exhibits.exhibit import cells

# --- Whole numbers ---


def test_digits_are_a_number_as_long_as_somebody_may_mean_it():
    assert [whole_number(text) for text in ("0", "07", "14", "9" * LONGEST)] == [0, 7, 14, 10**LONGEST - 1]


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1_000", " 1", "²", "١", "Ⅷ", "one", "9" * 101, "9" * 5000])
def test_anything_else_is_no_whole_number(text):
    assert whole_number(text) is None


# --- Quantities as written ---


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("14 weeks", "weeks", 14),
        ("14", "weeks", 14),
        ("1 week", "weeks", 1),
        ("28 days", "weeks", 4),
        ("1 year", "weeks", 365.25 / 7),
        ("12 months", "weeks", 365.25 / 7),
        ("4 quarters", "weeks", 365.25 / 7),
        ("40 %", "share", 0.4),
        ("40%", "share", 0.4),
        ("0.4", "share", 0.4),
        ("-5 %", "share", -0.05),
        ("35 %/year", "share/year", 0.35),
        ("4.5 bn yuan", "yuan", 4.5e9),
        ("4.5 billion CNY", "yuan", 4.5e9),
        ("100 thousand yuan", "yuan", 1e5),
        ("0.3 million stacks", "stacks", 3e5),
        ("60_000 stacks/week", "stacks/week", 6e4),
        ("1__000_ weeks", "weeks", 1000),
        ("230 wafers/week", "wafers/week", 230),
        ("700 W", "kW", 0.7),
        ("2 MW", "kW", 2000),
        (".5e3 A100e", "A100e", 500),
        ("1 die", "dies", 1),
        ("  7   weeks ", "weeks", 7),
    ],
)
def test_a_quantity_is_read_in_the_unit_asked_for(text, unit, expected):
    assert parse(text, unit) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "unit", "told"),
    [
        ("soon", "weeks", "'soon' is not a quantity; write a number and a unit, such as '14 weeks'"),
        ("", "weeks", "'' is not a quantity"),
        ("1,5 weeks", "weeks", "'1,5 weeks' has a comma in the place of its decimal point"),
        ("4 bn dollars", "yuan", "'bn dollars' does not measure this; write a number and one of: yuan, thousand yuan"),
        ("4 kg", "yuan", "'kg' does not measure this"),
        ("4 hundred yuan", "yuan", "'hundred yuan' does not measure this"),
        ("35 %", "share/year", "'%' does not measure this; write a number and one of: %/year, share/year"),
        ("5 wafers", "wafers/week", "'wafers' does not measure this; write a number and one of: wafers/week"),
        ("nan", "weeks", "'nan' is not a quantity"),
        ("inf weeks", "weeks", "'inf weeks' is not a quantity"),
        ("0x10", "", "'x10' does not measure this"),
    ],
)
def test_what_is_no_quantity_of_that_unit_is_told_with_what_would_be(text, unit, told):
    with pytest.raises(UnitError) as caught:
        parse(text, unit)
    assert told in str(caught.value)


UNITS = sorted(
    {unit for unit in MEASURES if unit} | {"share/year", "stacks/week", "wafers/week", "dies/wafer", "kW/A100e"}
)


@pytest.mark.parametrize("unit", UNITS)
def test_every_spelling_that_a_message_offers_is_understood_as_the_same_kind(unit):
    assert parse(example_of(unit), unit) > 0
    for written in spellings(unit):
        given_measure, wanted = measure_of(written), measure_of(unit)
        assert given_measure is not None
        assert given_measure[0] == wanted[0]
        assert parse(f"3 {written}", unit) > 0


@given(st.floats(1e-3, 1e12), st.sampled_from(UNITS))
def test_what_is_shown_reads_back_to_four_figures(value, unit):
    assert parse(show(value, unit).replace(",", ""), unit) == pytest.approx(value, rel=6e-4)


@given(st.floats(-1e6, 1e6), st.sampled_from(["weeks", "days", "months", "quarters", "years"]))
def test_times_convert_there_and_back(value, unit):
    weeks = parse(f"{value!r} {unit}", "weeks")
    assert parse(f"{weeks!r} weeks", unit) == pytest.approx(value, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("120 %", "'120 %' is out of range; it must be at most 100 %"),
        ("-1 %", "'-1 %' is out of range; it must be at least 0 %"),
        (True, "a quantity belongs here, such as '40 %'"),
        (None, "a quantity belongs here"),
        (math.nan, "out of range"),
        (math.inf, "out of range"),
        ("1e999", "out of range"),
    ],
)
def test_a_value_out_of_its_bounds_is_told_with_the_bound(value, told):
    with pytest.raises(UnitError) as caught:
        Quantity("share", at_least=0, at_most=1).read(value)
    assert told in str(caught.value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "1e999 weeks", 10**400])
def test_what_cannot_be_computed_with_is_out_of_range_even_without_bounds(value):
    with pytest.raises(UnitError, match="is out of range: too large to compute with"):
        Quantity("weeks").read(value)


def test_bounds_that_are_allowed_are_allowed_and_those_that_are_not_are_not():
    assert Quantity("share", at_least=0, at_most=1).read("100 %") == 1
    assert isinstance(Quantity("weeks").read(3), float)
    assert Quantity("share", at_least=0, at_most=1).read(0) == 0
    for open_ended in (Quantity("weeks", above=0), Quantity("weeks", below=0)):
        with pytest.raises(UnitError, match=r"it must be (above|below) 0 weeks"):
            open_ended.read("0 weeks")


def test_a_day_is_a_date_or_a_month_and_nothing_else():
    assert parse_day("2025-04-15") == datetime.date(2025, 4, 15)
    assert parse_day(" 2024-02 ") == datetime.date(2024, 2, 1)
    assert parse_day("2024-02-29") == datetime.date(2024, 2, 29)
    for text in ("2025-02-29", "2025-13"):
        with pytest.raises(UnitError, match="is not a day of the calendar"):
            parse_day(text)
    for text in ("15.4.2025", "2025-4-1", "2025", "soon"):
        with pytest.raises(UnitError, match="is not a date; write year-month-day, such as '2025-04-15'"):
            parse_day(text)


def test_the_likely_word_is_meant_and_a_far_one_is_not():
    assert closest("wekes", ("weeks", "days", "")) == "weeks"
    assert closest("parsec", ("weeks", "days", "")) is None


# --- Dates as decimal years ---


def share_of_its_year(day: datetime.date) -> float:
    days = 366 if calendar.isleap(day.year) else 365
    return day.year + (day - datetime.date(day.year, 1, 1)).days / days


@given(st.dates(datetime.date(1950, 1, 1), datetime.date(2150, 12, 31)))
@example(datetime.date(2024, 12, 31))
@example(datetime.date(2023, 12, 31))
@example(datetime.date(2024, 2, 29))
def test_a_decimal_year_is_that_very_day_also_in_leap_years(day):
    assert day_of(share_of_its_year(day)) == day


@given(st.integers(0, 12 * 365))
def test_years_counted_in_weeks_from_a_first_of_january_stay_within_a_day(days):
    """As the outcomes count them: a year of 365.25 days."""
    found = day_of(2023 + days / 7 / WEEKS_A_YEAR)
    assert abs((found - datetime.date(2023, 1, 1)).days - days) <= 1


def test_a_day_is_counted_in_years_of_365_25_days():
    assert decimal_year(datetime.date(2024, 1, 1)) == 2024
    assert decimal_year(datetime.date(2024, 4, 1)) == 2024 + 91 / 365.25


def test_a_date_is_shown_no_finer_than_its_uncertainty():
    assert date_text(2025.5, 0.01) == "2025-07-02"
    assert date_text(2025.5, 0.5) == "2025-07"
    assert date_text(2025.5, 9.0) == "2026"
    assert date_text(2025.5, math.nan) == "2025-07-02"


def test_the_row_of_a_date_shows_days_months_or_years_alike():
    near, far = summarise(np.array([2025.1, 2025.11, 2025.12])), summarise(np.array([2023.5, 2027.9]))
    assert cells(near, "date") == ("date", "2025-02-10", "2025-02-01 to 2025-02-19", "2025-02-07 to 2025-02-13")
    assert cells(far, "date") == ("date", "2026", "1998 to 2054", "2024 to 2027")
    assert cells(summarise(np.array([2025.5])), "date") == ("date", "2025-07-02", "", "")


# --- No more digits than are known ---


@pytest.mark.parametrize(
    ("uncertainty", "size", "expected"),
    [
        (0.123, 5.0, 2),
        (1.23, 5.0, 1),
        (12.3, 5.0, 0),
        (117.0, 859.0, -1),
        (0.0996, 5.0, 2),
        (math.nan, 123.456, 1),
        (0.0, 123456.0, -2),
        (1e-14, 60.0, 2),
        (0.0, 0.0, 0),
        (1e-12, 0.0, MOST_DECIMALS),
        (math.inf, 5.0, 3),
    ],
)
def test_two_figures_of_the_uncertainty_are_shown_or_four_of_the_number(uncertainty, size, expected):
    assert decimals(uncertainty, size) == expected


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [(1234.56, 1, "1,234.6"), (1234.56, 0, "1,235"), (1234.56, -2, "1,200"), (-0.04, 1, "0.0"), (0.0, 0, "0")],
)
def test_a_number_is_rounded_to_places_before_and_behind_the_point(value, places, expected):
    assert rounded(value, places) == expected


def summaries():
    """Summaries of any size and spread, in the order that quantiles have."""

    def make(mean, half, offsets):
        low, middle, high = sorted(mean + half * offset for offset in offsets)
        return Summary(50, 50, mean, half, low, middle, high)

    sizes = st.floats(1e-3, 1e12) | st.floats(-1e6, 1e6)
    return st.builds(make, sizes, st.floats(1e-6, 1e11), st.tuples(*[st.floats(-9, 9)] * 3))


FACTORS = {"thousand": 1e3, "million": 1e6, "bn": 1e9}


def shown(text: str, unit: str) -> float:
    """A shown number as it reads, in the outcome's own unit."""
    factor = 0.01 if unit == "%" else FACTORS.get(unit.split()[0], 1.0)
    return float(text.replace(",", "")) * factor


@given(summaries(), st.sampled_from(["A100e", "share", "weeks", "yuan", "projects", "MW", "kW/A100e"]))
def test_what_is_shown_is_as_fine_as_the_interval_allows_and_no_finer(summary, unit):
    assume(summary.half_width > 1e-8 * abs(summary.mean))
    word, mean, interval, band = cells(summary, unit)
    texts = [mean, *interval.split(" to "), *band.split(" to ")]
    values = [summary.mean, summary.low, summary.high, summary.p10, summary.p90]
    divisor, told = scale_of(max(abs(summary.mean), abs(summary.p90)), unit)
    assert told == word
    places = decimals(summary.half_width / divisor, abs(summary.mean) / divisor)
    step = 10.0**-places * divisor
    assert step >= summary.half_width / 101, "the last figure shown is at least a hundredth of the half-width"
    assert step <= summary.half_width / 9 or places == MOST_DECIMALS, "and the half-width shows two figures"
    for text, value in zip(texts, values, strict=True):
        assert re.fullmatch(r"-?[\d,]+(\.\d+)?", text)
        assert len(text.partition(".")[2]) == max(0, places), "all on one scale, with the same decimals"
        assert abs(shown(text, word) - value) <= 0.5001 * step + 1e-9 * abs(value)
        steps = shown(text, word) / step
        assert steps == pytest.approx(round(steps), rel=1e-9, abs=1e-6)
    assert "-0" not in [text.rstrip("0.") for text in texts]


@given(st.floats(0.001, 1e9), st.integers(2, 40), st.sampled_from(["share", "weeks", "A100e", "projects"]))
@example(0.1, 3, "share")
@example(0.6, 20, "share")
def test_values_that_are_all_the_same_show_four_figures_and_not_the_computers_noise(value, many, unit):
    summary = summarise(np.full(many, value))
    assert summary.half_width <= NOISE * value
    _, mean, interval, band = cells(summary, unit)
    figures = re.sub(r"[,.]", "", mean).strip("0")
    assert len(figures) <= 4
    assert interval == band == f"{mean} to {mean}"


@pytest.mark.parametrize(
    ("size", "unit", "expected"),
    [
        (2.5e6, "A100e", (1e6, "million A100e")),
        (999, "A100e", (1, "A100e")),
        (1000, "stacks", (1e3, "thousand stacks")),
        (4.5e9, "yuan", (1e9, "bn yuan")),
        (0.4, "share", (0.01, "%")),
        (2e6, "projects", (1, "projects")),
    ],
)
def test_a_scale_word_is_used_where_it_helps(size, unit, expected):
    assert scale_of(size, unit) == expected


def test_a_summary_of_nothing_shows_that_there_is_none():
    assert cells(summarise(np.array([math.nan, math.nan])), "weeks") == ("weeks", "none", "", "")


def test_a_single_value_shows_neither_interval_nor_band():
    assert cells(summarise(np.array([math.nan, 12.3456])), "weeks") == ("weeks", "12.35", "", "")
